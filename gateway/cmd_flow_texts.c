/* chaski flow texts: what of a flow is to be translated, as the file that a translator fills in. */
#include <stdio.h>
#include <string.h>

#include "base/mem.h"
#include "gateway/cli.h"
#include "gateway/flow_file.h"
#include "gateway/language_files.h"

static const char more_help[] =
    "\n"
    "Writes each text of the flow FILE under its place, with what it says in the flow's own language as a comment, "
    "and\n"
    "below it what the translation KEY/FILE says, or an empty one. Filled in, this is that translation. --missing\n"
    "writes only what is not translated yet. docs/translations.md tells the rest. Exit 0; 65 when the flow or the\n"
    "translation has a fault.\n";

struct listing {
    const char *language;
    char flow[DIALOG_NAME]; /* whose texts are listed */
    bool missing;
    size_t texts, translated;
};

static bool has_words(struct slice text)
{
    size_t open = slice_find(text, '{');
    for (size_t i = 0; i < text.len; i++) {
        if (i == open && i + 1 < text.len && text.ptr[i + 1] == '{') {
            i += slice_find(slice_part(text, i, text.len), '}') + 1;
            open = i + 1 + slice_find(slice_part(text, i + 1, text.len), '{');
            continue;
        }
        unsigned char c = (unsigned char)text.ptr[i];
        if (c >= 0x80 || (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z'))
            return true;
    }
    return false;
}

/* Writes a text in double quotes. */
static void put_quoted(struct slice text)
{
    putchar('"');
    for (size_t i = 0; i < text.len; i++) {
        if (text.ptr[i] == '"' || text.ptr[i] == '\\')
            putchar('\\');
        if (text.ptr[i] == '\n')
            fputs("\\n", stdout);
        else
            putchar(text.ptr[i]);
    }
    putchar('"');
}

/* Writes what a variant says as a comment, a line each. */
static void put_comment(struct slice key, struct slice text)
{
    struct slice line, rest = slice_trim(text);
    bool first = true;
    while (slice_cut(&rest, '\n', &line)) {
        printf("  # %.*s%s%.*s\n", first ? (int)key.len : 0, key.ptr, first ? ": " : "    ", (int)line.len, line.ptr);
        first = false;
    }
}

static void put_own(const struct yaml_node *text, const char *first)
{
    if (text->kind == YAML_SCALAR)
        put_comment(slice_of(first), text->text);
    for (size_t i = 0; text->kind == YAML_MAP && i < text->count; i++) {
        struct slice key = text->pairs[i].key->text;
        if (slice_is(slice_part(key, 0, slice_find(key, '.')), first))
            put_comment(key, text->pairs[i].value->text);
    }
}

/* Writes what the translation says: one text, or one for each kind of channel. */
static void put_translation(const struct listing *listing, const char *place, const struct yaml_node *text)
{
    size_t count = 0;
    printf("  %s:", place);
    for (size_t i = 0; text->kind == YAML_MAP && i < text->count; i++) {
        struct slice key = text->pairs[i].key->text;
        count += slice_is(slice_part(key, 0, slice_find(key, '.')), listing->language);
    }
    for (size_t i = 0; i < (text->kind == YAML_MAP ? text->count : 0); i++) {
        const struct yaml_pair *pair = &text->pairs[i];
        if (!slice_is(slice_part(pair->key->text, 0, slice_find(pair->key->text, '.')), listing->language))
            continue;
        if (count > 1)
            printf("\n    %s:", pair->key->text.ptr);
        putchar(' ');
        put_quoted(pair->value->text);
    }
    puts(count ? "" : " \"\"");
}

static void tell(void *ctx, const char *flow, const char *place, const struct yaml_node *text, const char *first)
{
    struct listing *listing = ctx;
    const struct yaml_node *own = text->kind == YAML_MAP ? yaml_get(text, first) : text;
    if (strcmp(flow, listing->flow) != 0 || text->kind == YAML_LIST || !own || own->kind != YAML_SCALAR ||
        !has_words(own->text))
        return;
    bool done = text->kind == YAML_MAP && yaml_get(text, listing->language);
    listing->texts++;
    listing->translated += done;
    if (done && listing->missing)
        return;
    put_own(text, first);
    put_translation(listing, place, text);
}

/* A flow's file has the flow's name. */
static bool name_of(const char *path, char out[DIALOG_NAME])
{
    const char *slash = strrchr(path, '/'), *name = slash ? slash + 1 : path;
    size_t len = strlen(name);
    return len > 5 && strcmp(name + len - 5, ".yaml") == 0 &&
           slice_copy((struct slice){name, len - 5}, out, DIALOG_NAME);
}

static int list(struct listing *listing, const char *path)
{
    char languages[2 * TONGUE_KEY + 8];
    struct flow_file file;
    int code = EXIT_GOOD;
    if (!name_of(path, listing->flow)) {
        fprintf(stderr, "chaski flow texts: %s: a flow's file is FLOW.yaml, with the name of its flow\n", path);
        return EXIT_DATA;
    }
    printf("flow: %s\nlanguage: %s\ntexts:\n", listing->flow, listing->language);
    snprintf(languages, sizeof(languages), "%s", listing->language);
    enum error error = flow_file_load(&file, path, languages, tell, listing);
    if (error) {
        fprintf(stderr, "chaski flow texts: %s cannot be read (%s): see that it is a flow of at most %d bytes\n", path,
                error_text(error), FLOW_FILE_BYTES);
        code = error == ERR_NOMEM ? EXIT_TEMPORARY : EXIT_DATA;
    } else if (!file.good) {
        faults_print(&file.faults, stderr);
        code = EXIT_DATA;
    } else {
        fprintf(stderr, "%s: %zu texts, %zu of them in %s\n", path, listing->texts, listing->translated,
                listing->language);
    }
    flow_file_release(&file);
    return code;
}

static int run(const struct command *self, int argc, char **argv)
{
    const char *file[1] = {NULL};
    struct listing listing = {.language = NULL};
    const struct option_row options[] = {
        {"language", 0, "KEY", "into which language, whose file is KEY.yaml in the folder `languages`",
         &listing.language, NULL},
        {"missing", 0, NULL, "only what is not translated yet", NULL, &listing.missing},
        {0},
    };
    int code, count = cli_parse(self, options, argc, argv, file, 1, &code);
    if (count < 0) {
        if (code == EXIT_GOOD)
            cli_put_prose(stdout, more_help);
        return code;
    }
    if (count == 0 || !listing.language || !tongue_is_key(slice_of(listing.language))) {
        fprintf(stderr, "chaski flow texts: name a flow file and a language, as in `chaski flow texts "
                        "config/flows/menu.yaml --language en`\n");
        return EXIT_USAGE;
    }
    return list(&listing, file[0]);
}

const struct command command_flow_texts = {"flow texts", "FILE --language KEY [--missing]",
                                           "lists what of a flow is to be translated, as a file to fill in", run};
