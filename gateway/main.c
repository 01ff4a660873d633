/* chaski: picks the command and runs it. */
#include <signal.h>
#include <stdio.h>
#include <string.h>

#include "base/suggest.h"
#include "gateway/commands.h"

#define KNOWN_MAX 128 /* commands that a misspelt one is held against */

static void put_command(const struct command *command, FILE *out)
{
    fprintf(out, "  %-20s ", command->name);
    cli_put_wrapped(out, command->sentence, 23, 23);
}

static void print_help(FILE *out)
{
    fprintf(out, "usage: chaski COMMAND [options]\n\n");
    for (size_t i = 0; commands[i]; i++)
        put_command(commands[i], out);
    fprintf(out, "\n`chaski COMMAND --help` tells more of one.\n");
}

static void print_group(const char *group, FILE *out)
{
    fprintf(out, "usage: chaski %s COMMAND [options]\n\n", group);
    for (size_t i = 0; commands[i]; i++)
        if (commands_within(commands[i], group))
            put_command(commands[i], out);
    fprintf(out, "\n`chaski %s COMMAND --help` tells more of one.\n", group);
}

/* Gives the known name nearest to a word: of a group's commands, or, the group being NULL, of commands and groups. */
static const char *nearest(const char *word, const char *group)
{
    const char *known[KNOWN_MAX + 1] = {NULL};
    size_t count = 0;
    for (size_t i = 0; commands[i] && count < KNOWN_MAX; i++) {
        const char *name = group ? commands_within(commands[i], group) : commands[i]->name;
        if (name)
            known[count++] = name;
    }
    return suggest(slice_of(word), known);
}

/* The first word is a group's, and the second, which may be NULL, none of its commands'. */
static int explain_group(const char *group, const char *word)
{
    const char *near = word ? nearest(word, group) : NULL, *between = ": ";
    if (near) {
        fprintf(stderr, "chaski %s: there is no \"%s\"; did you mean \"%s %s\"?\n", group, word, group, near);
        return EXIT_USAGE;
    }
    if (word)
        fprintf(stderr, "chaski %s: there is no \"%s\"; it is one of", group, word);
    else
        fprintf(stderr, "chaski %s: say which", group);
    for (size_t i = 0; commands[i]; i++) {
        const char *name = commands_within(commands[i], group);
        if (!name)
            continue;
        fprintf(stderr, "%s%s", between, name);
        between = ", ";
    }
    fprintf(stderr, " (`chaski %s --help` tells more)\n", group);
    return EXIT_USAGE;
}

static bool asks_help(const char *word)
{
    return strcmp(word, "--help") == 0 || strcmp(word, "-h") == 0;
}

static int no_such_command(int argc, char **argv)
{
    const char *second = argc > 1 ? argv[1] : NULL, *near = nearest(argv[0], NULL);
    if (commands_is_group(argv[0])) {
        if (!second || !asks_help(second))
            return explain_group(argv[0], second);
        print_group(argv[0], stdout);
        return EXIT_GOOD;
    }
    fprintf(stderr, "chaski: there is no command \"%s\"", argv[0]);
    if (near)
        fprintf(stderr, "; did you mean \"%s\"?\n", near);
    else
        fprintf(stderr, "; `chaski --help` lists them\n");
    return EXIT_USAGE;
}

static int run(int argc, char **argv)
{
    const struct command *command = NULL;
    int used = commands_find(argc, argv, &command);
    return used ? command->run(command, argc - used, argv + used) : no_such_command(argc, argv);
}

/* `chaski help flow check` is `chaski flow check --help`. */
static int help(int argc, char **argv)
{
    static char option[] = "--help";
    const struct command *command = NULL;
    char *asked[] = {argc ? argv[0] : NULL, option};
    if (!argc) {
        print_help(stdout);
        return EXIT_GOOD;
    }
    return commands_find(argc, argv, &command) ? command->run(command, 1, asked + 1) : no_such_command(2, asked);
}

int main(int argc, char **argv)
{
    signal(SIGPIPE, SIG_IGN);
    if (argc < 2) {
        print_help(stderr);
        return EXIT_USAGE;
    }
    if (asks_help(argv[1]) || strcmp(argv[1], "help") == 0)
        return help(argc - 2, argv + 2);
    if (strcmp(argv[1], "--version") == 0)
        return command_version.run(&command_version, 0, argv + 2);
    return run(argc - 1, argv + 1);
}
