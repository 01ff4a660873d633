#include "gateway/cli.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/mem.h"
#include "base/suggest.h"

#define OPTIONS_MAX 32
#define OPTION_COLUMNS 27 /* before what an option does */

static void print_usage(const struct command *self, const struct option_row *options, FILE *out)
{
    fprintf(out, "usage: chaski %s ", self->name);
    cli_put_wrapped(out, self->arguments, strlen("usage: chaski  ") + strlen(self->name), strlen("usage: chaski "));
    fputc('\n', out);
    cli_put_wrapped(out, self->sentence, 0, 0);
    fputc('\n', out);
    for (; options->name; options++) {
        char left[48];
        snprintf(left, sizeof(left), "%c%c%s--%s%s%s", options->letter ? '-' : ' ',
                 options->letter ? options->letter : ' ', options->letter ? ", " : "  ", options->name,
                 options->argument ? " " : "", options->argument ? options->argument : "");
        int width = fprintf(out, "  %-24s ", left);
        cli_put_wrapped(out, options->sentence, width > 0 ? (size_t)width : 0, OPTION_COLUMNS);
    }
    fprintf(out, "      --help               prints this\n");
}

static const struct option_row *find_long(const struct option_row *options, struct slice name)
{
    for (; options->name; options++)
        if (slice_is(name, options->name))
            return options;
    return NULL;
}

static const struct option_row *find_letter(const struct option_row *options, char letter)
{
    for (; options->name; options++)
        if (options->letter == letter)
            return options;
    return NULL;
}

static int explain_unknown(const struct command *self, const struct option_row *options, const char *word)
{
    const char *known[OPTIONS_MAX + 2] = {"help"};
    struct slice name = slice_of(word + strspn(word, "-"));
    name.len = slice_find(name, '=');
    for (size_t i = 0; options[i].name && i < OPTIONS_MAX; i++)
        known[i + 1] = options[i].name;
    const char *near = suggest(name, known);
    fprintf(stderr, "chaski %s: there is no option %s", self->name, word);
    if (near)
        fprintf(stderr, "; did you mean --%s?\n", near);
    else
        fprintf(stderr, "; `chaski %s --help` lists them\n", self->name);
    return EXIT_USAGE;
}

/* Takes the option at argv[*at], and its argument, which may be joined (--lang=es, -cFILE) or the next word.
 * Returns EXIT_GOOD, or EXIT_USAGE after saying why. */
static int take_option(const struct command *self, const struct option_row *options, int argc, char **argv, int *at)
{
    const char *word = argv[*at];
    const struct option_row *row;
    const char *joined = NULL;
    if (word[1] == '-') {
        struct slice name = slice_of(word + 2);
        size_t equals = slice_find(name, '=');
        if (equals < name.len)
            joined = word + 2 + equals + 1;
        name.len = equals;
        row = find_long(options, name);
    } else {
        row = find_letter(options, word[1]);
        if (row && word[2])
            joined = word + 2;
    }
    if (!row)
        return explain_unknown(self, options, word);
    if (row->flag) {
        if (joined) {
            fprintf(stderr, "chaski %s: --%s takes no value: leave \"%s\" out\n", self->name, row->name, joined);
            return EXIT_USAGE;
        }
        *row->flag = true;
        return EXIT_GOOD;
    }
    if (!joined && *at + 1 >= argc) {
        fprintf(stderr, "chaski %s: --%s needs a value: --%s %s\n", self->name, row->name, row->name, row->argument);
        return EXIT_USAGE;
    }
    *row->text = joined ? joined : argv[++*at];
    return EXIT_GOOD;
}

int cli_parse(const struct command *self, const struct option_row *options, int argc, char **argv, const char **words,
              int word_max, int *exit_code)
{
    int count = 0;
    bool options_end = false;
    *exit_code = EXIT_GOOD;
    for (int i = 0; i < argc; i++) {
        if (!options_end && strcmp(argv[i], "--") == 0) {
            options_end = true;
        } else if (!options_end && (strcmp(argv[i], "--help") == 0 || strcmp(argv[i], "-h") == 0)) {
            print_usage(self, options, stdout);
            return -1;
        } else if (!options_end && argv[i][0] == '-' && argv[i][1]) {
            *exit_code = take_option(self, options, argc, argv, &i);
            if (*exit_code)
                return -1;
        } else if (count == word_max) {
            fprintf(stderr, "chaski %s: \"%s\" is one word too many; usage: chaski %s %s\n", self->name, argv[i],
                    self->name, self->arguments);
            *exit_code = EXIT_USAGE;
            return -1;
        } else {
            words[count++] = argv[i];
        }
    }
    return count;
}

static bool is_regular_file(FILE *in)
{
    struct stat status;
    return fstat(fileno(in), &status) == 0 && S_ISREG(status.st_mode);
}

/* Says what is wrong with a line, or nothing when it is fit to use. */
static const char *line_trouble(struct slice line)
{
    if (line.len > LINE_MAX_BYTES)
        return "the line is longer than 65536 bytes: cut it";
    if (slice_find(line, '\0') < line.len)
        return "the line holds a NUL byte: input is text, one item a line";
    return NULL;
}

/* A reader that went away needs no more lines (`| head`), which is no error of anybody's. */
static int explain_output(int error)
{
    if (error == EPIPE)
        return EXIT_GOOD;
    fprintf(stderr, "chaski: standard output cannot be written (%s): make room, or write elsewhere\n", strerror(error));
    return EXIT_TEMPORARY;
}

int cli_each_line(FILE *in, int (*each)(void *ctx, struct slice line), void *ctx)
{
    char *bytes = NULL;
    size_t capacity = 0, number = 0;
    bool flush_each = !is_regular_file(in);
    int code = EXIT_GOOD;
    ssize_t len;
    while (code == EXIT_GOOD && (len = getline(&bytes, &capacity, in)) >= 0) {
        struct slice line = {bytes, (size_t)len};
        number++;
        if (line.len && line.ptr[line.len - 1] == '\n')
            line.len--;
        if (line.len && line.ptr[line.len - 1] == '\r')
            line.len--;
        const char *trouble = line_trouble(line);
        if (trouble) {
            fprintf(stderr, "chaski: standard input:%zu: %s\n", number, trouble);
            code = EXIT_DATA;
        } else {
            code = each(ctx, line);
        }
        if (flush_each)
            fflush(stdout);
        if (ferror(stdout) && code == EXIT_GOOD) {
            free(bytes);
            return explain_output(errno);
        }
    }
    free(bytes); /* getline's own */
    if (code == EXIT_GOOD && fflush(stdout))
        code = explain_output(errno);
    return code;
}

/* Reads up to `max` + 1 bytes, so that a file above the limit shows. */
static enum error read_whole(FILE *file, size_t max, struct slice *out)
{
    size_t capacity = 64 * 1024, len = 0;
    char *bytes = mem_alloc(capacity);
    while (bytes) {
        len += fread(bytes + len, 1, capacity - 1 - len, file);
        if (len < capacity - 1 || len > max)
            break;
        char *more = mem_resize(bytes, capacity *= 2);
        if (!more) {
            mem_free(bytes);
            return ERR_NOMEM;
        }
        bytes = more;
    }
    if (!bytes)
        return ERR_NOMEM;
    enum error error = ferror(file) ? ERR_IO : len > max ? ERR_LIMIT : OK;
    if (error) {
        mem_free(bytes);
        return error;
    }
    bytes[len] = '\0';
    *out = (struct slice){bytes, len};
    return OK;
}

int cli_take_each(int argc, char **argv, const char *option, const char **out, size_t max)
{
    size_t count = 0, len = strlen(option);
    int left = 0;
    for (int i = 0; i < argc; i++) {
        bool named = strncmp(argv[i], option, len) == 0;
        if (count < max && named && argv[i][len] == '=')
            out[count++] = argv[i] + len + 1;
        else if (count < max && named && argv[i][len] == '\0' && i + 1 < argc)
            out[count++] = argv[++i];
        else
            argv[left++] = argv[i];
    }
    return left;
}

enum error cli_read_file(const char *path, size_t max, struct slice *out)
{
    const bool is_input = strcmp(path, "-") == 0;
    FILE *file = is_input ? stdin : fopen(path, "rbe");
    if (!file)
        return errno == ENOENT ? ERR_NOT_FOUND : ERR_IO;
    enum error error = read_whole(file, max, out);
    if (!is_input)
        fclose(file);
    return error;
}

bool cli_is_fancy(FILE *stream)
{
    const char *term = getenv("TERM"), *no_color = getenv("NO_COLOR");
    return isatty(fileno(stream)) && term && strcmp(term, "dumb") != 0 && !(no_color && no_color[0]);
}

bool cli_confirm(const struct command *self, const char *what_for, const char *word)
{
    char line[64] = "";
    if (!isatty(STDIN_FILENO)) {
        fprintf(stderr, "chaski %s: this cannot be undone: give --yes where nobody can be asked\n", self->name);
        return false;
    }
    fprintf(stderr, "This cannot be undone. Type %s again %s: ", word, what_for);
    if (!fgets(line, sizeof(line), stdin))
        line[0] = '\0';
    line[strcspn(line, "\r\n")] = '\0';
    if (strcmp(line, word) == 0)
        return true;
    fprintf(stderr, "chaski %s: that is another one: nothing was done\n", self->name);
    return false;
}
