/* chaski parse: the recognisers, line by line. */
#include <stdio.h>
#include <stdlib.h>
#include <time.h>
#include <unistd.h>

#include "base/civil.h"
#include "base/suggest.h"
#include "dialog/recognise.h"
#include "dialog/language.h"
#include "gateway/cli.h"
#include "gateway/languages.h"
#include "gateway/world.h"

struct parsing {
    const struct lexicon *lexicon;
    enum slot_type type;
    struct slice choices;
    int64_t now_ms;
};

static int parse_line(void *ctx, struct slice line)
{
    const struct parsing *parsing = ctx;
    struct recognised found;
    if (recognise(parsing->lexicon, parsing->type, parsing->choices, line, parsing->now_ms, &found) == OK)
        printf("%s\t%.2f\n", found.value, found.confidence);
    else
        printf("?\n");
    return EXIT_GOOD;
}

static int unknown_type(const char *name)
{
    const char *known[TYPE_CHOICE + 2] = {NULL};
    for (int type = TYPE_TEXT; type <= TYPE_CHOICE; type++)
        known[type] = slot_type_name((enum slot_type)type);
    const char *near = suggest(slice_of(name), known);
    fprintf(stderr, "chaski parse: there is no type \"%s\"; ", name);
    if (near) {
        fprintf(stderr, "did you mean \"%s\"?\n", near);
        return EXIT_USAGE;
    }
    fprintf(stderr, "the types are");
    for (int type = TYPE_TEXT; type < TYPE_CHOICE; type++)
        fprintf(stderr, " %s,", known[type]);
    fprintf(stderr, " choice:a|b|c\n");
    return EXIT_USAGE;
}

/* Tells whether each label of a choice is a word or more, and another than those before. */
static bool labels_differ(struct slice labels)
{
    struct slice rest = labels, label, other;
    while (slice_cut(&rest, '|', &label)) {
        struct slice behind = rest;
        if (!slice_trim(label).len)
            return false;
        while (slice_cut(&behind, '|', &other))
            if (slice_eq(slice_trim(label), slice_trim(other)))
                return false;
    }
    return labels.len > 0 && labels.ptr[labels.len - 1] != '|';
}

/* Reads the type, and the labels of a choice. Returns EXIT_GOOD, or EXIT_USAGE with the reason on stderr. */
static int read_type(const char *name, struct parsing *out)
{
    struct slice rest = slice_of(name), head;
    if (slot_type_named(rest, &out->type) != OK)
        return unknown_type(name);
    slice_cut(&rest, ':', &head);
    out->choices = rest;
    if (out->type != TYPE_CHOICE || labels_differ(rest))
        return EXIT_GOOD;
    fprintf(stderr, "chaski parse: choice needs its labels, each another: \"choice:si|no|tal vez\"\n");
    return EXIT_USAGE;
}

/* Reads the day that the lines were written on: noon in Lima; without one, now. */
static int read_now(const char *text, int64_t *out_ms)
{
    if (!text) {
        *out_ms = (int64_t)time(NULL) * 1000;
        return EXIT_GOOD;
    }
    if (civil_parse(slice_of(text), out_ms) != OK) {
        fprintf(stderr, "chaski parse: --now is \"%s\": it must be a date, YYYY-MM-DD\n", text);
        return EXIT_USAGE;
    }
    if (slice_of(text).len == sizeof "YYYY-MM-DD" - 1)
        *out_ms += (12 * 3600 - LIMA_OFFSET_S) * INT64_C(1000);
    return EXIT_GOOD;
}

static const char *environment(const char *name)
{
    return getenv(name);
}

/* Opens the languages that the configuration's flows are understood by; those built in where there is no
 * configuration. Returns NULL after telling why. */
static struct languages *open_languages(const char *config)
{
    struct world *world = NULL;
    struct languages *languages = NULL;
    struct faults faults;
    faults_init(&faults);
    if (!config && access(config_path(NULL, environment), R_OK) != 0)
        languages = languages_built_in(&faults);
    else if ((world = world_open(config, 0, &faults)))
        languages = languages_beside(world->config->flows, &faults);
    world_close(world);
    faults_print(&faults, stderr);
    faults_release(&faults);
    return languages;
}

/* Reads the lines in a language. */
static int parse_lines(const struct languages *languages, const char *lang, struct parsing *parsing)
{
    if (!languages_named(languages, slice_of(lang))) {
        fprintf(stderr, "chaski parse: --lang is \"%s\": there is", lang);
        for (size_t i = 0; i < languages->count; i++)
            fprintf(stderr, "%s %s", i ? "," : "", languages->items[i].key);
        fprintf(stderr, "\n");
        return EXIT_USAGE;
    }
    parsing->lexicon = languages_lexicon(languages, lang);
    return cli_each_line(stdin, parse_line, parsing);
}

static int run(const struct command *self, int argc, char **argv)
{
    const char *words[2] = {NULL}, *lang = "es", *now = NULL, *config = NULL;
    const struct option_row options[] = {
        {"lang", 0, "LANG", "language of the lines (es, with the Quechua that people mix in)", &lang, NULL},
        {"config", 'c', "FILE", "configuration: the languages lie beside its flows", &config, NULL},
        {"now", 0, "YYYY-MM-DD", "the day the lines were written on (default: today)", &now, NULL},
        {0},
    };
    struct parsing parsing = {.type = TYPE_TEXT};
    int code, count = cli_parse(self, options, argc, argv, words, 2, &code);
    if (count < 0)
        return code;
    if (count != 1) {
        fprintf(stderr, "chaski parse: %s; `chaski parse --help` tells more\n",
                count ? "one type at a time" : "say which type, as in `chaski parse money`");
        return EXIT_USAGE;
    }
    code = read_type(words[0], &parsing);
    if (code == EXIT_GOOD)
        code = read_now(now, &parsing.now_ms);
    if (code != EXIT_GOOD)
        return code;
    struct languages *languages = open_languages(config);
    code = languages ? parse_lines(languages, lang, &parsing) : EXIT_CONFIG;
    languages_free(languages);
    return code;
}

const struct command command_parse = {"parse", "TYPE [--lang es] [--now YYYY-MM-DD]",
                                      "reads lines as money, tenure, workers, customers, yesno, ruc, regime, "
                                      "region, trend, goal, command or choice:a|b|c",
                                      run};
