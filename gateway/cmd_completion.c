/* chaski completion: what a shell asks when somebody presses Tab. */
#include <string.h>

#include "gateway/commands.h"

static const char more_help[] =
    "\n"
    "SHELL is bash or zsh. Put\n"
    "  source <(chaski completion bash)\n"
    "into ~/.bashrc, or the same with zsh into ~/.zshrc. Commands are completed, and options, which are asked of the\n"
    "command's --help at that time; elsewhere the names of files.\n";

/* Options are read off the command's own help, so that they are never others than it takes. */
static const char head[] = "_chaski() {\n"
                           "    local cur=${COMP_WORDS[COMP_CWORD]} words=\n"
                           "    COMPREPLY=()\n"
                           "    if [[ $cur == -* ]]; then\n"
                           "        words=$(\"${COMP_WORDS[0]}\" \"${COMP_WORDS[@]:1:COMP_CWORD-1}\" --help "
                           "2>/dev/null |\n"
                           "            sed -n 's/^  \\(-., \\|    \\)\\(--[a-z-]*\\).*/\\2/p')\n"
                           "    elif ((COMP_CWORD == 1)); then\n"
                           "        words='";
static const char middle[] = "help'\n"
                             "    elif ((COMP_CWORD == 2)); then\n"
                             "        case ${COMP_WORDS[1]} in\n";
static const char tail[] = "        esac\n"
                           "    fi\n"
                           "    [[ -z $words ]] || COMPREPLY=($(compgen -W \"$words\" -- \"$cur\"))\n"
                           "}\n"
                           "complete -o default -F _chaski chaski\n";

/* Copies the first word of a command's name. */
static void first_word(const struct command *command, char word[32])
{
    struct slice name = slice_of(command->name);
    slice_copy(slice_part(name, 0, slice_find(name, ' ')), word, 32);
}

/* Calls `put` for each first word, once: those of a group stand together. */
static void each_first_word(void (*put)(const char *word))
{
    char last[32] = "", word[32];
    for (size_t i = 0; commands[i]; i++) {
        first_word(commands[i], word);
        if (strcmp(word, last) != 0)
            put(word);
        memcpy(last, word, sizeof(last));
    }
}

static void put_word(const char *word)
{
    printf("%s ", word);
}

static void put_group(const char *word)
{
    const char *between = "";
    if (!commands_is_group(word))
        return;
    printf("        %s) words='", word);
    for (size_t i = 0; commands[i]; i++) {
        const char *name = commands_within(commands[i], word);
        if (!name)
            continue;
        printf("%s%s", between, name);
        between = " ";
    }
    puts("' ;;");
}

static int run(const struct command *self, int argc, char **argv)
{
    static const struct option_row options[] = {{0}};
    const char *words[1];
    int code, count = cli_parse(self, options, argc, argv, words, 1, &code);
    if (count < 0) {
        if (code == EXIT_GOOD)
            cli_put_prose(stdout, more_help);
        return code;
    }
    bool zsh = count == 1 && strcmp(words[0], "zsh") == 0;
    if (count == 0 || (!zsh && strcmp(words[0], "bash") != 0)) {
        fprintf(stderr, "chaski completion: %s%s%s: the shell must be bash or zsh\n",
                count ? "there is none for \"" : "", count ? words[0] : "which shell", count ? "\"" : "");
        return EXIT_USAGE;
    }
    if (zsh)
        puts("autoload -U +X compinit && compinit\nautoload -U +X bashcompinit && bashcompinit");
    fputs(head, stdout);
    each_first_word(put_word);
    fputs(middle, stdout);
    each_first_word(put_group);
    fputs(tail, stdout);
    return EXIT_GOOD;
}

const struct command command_completion = {"completion", "SHELL",
                                           "prints what bash or zsh needs to complete commands and options", run};
