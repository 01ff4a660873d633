/* chaski classify: what the models say, line by line. */
#include <stdio.h>
#include <string.h>

#include "base/json.h"
#include "base/suggest.h"
#include "engine/business.h"
#include "gateway/cli.h"
#include "gateway/world.h"

struct classifying {
    const struct engine *engine;
    void (*of_facts)(const struct engine *engine, const struct business *business, struct prediction *out);
    size_t top;         /* how many labels with their probabilities stand first */
    unsigned long line; /* from 1 */
};

/* The models by name; one that takes text has no function of facts. */
static const struct {
    const char *name;
    void (*of_facts)(const struct engine *engine, const struct business *business, struct prediction *out);
} models[] = {
    {"industry", NULL},
    {"stage", engine_stage},
    {"growth", engine_growth},
};
#define MODEL_COUNT (sizeof(models) / sizeof(models[0]))

static void print_prediction(const struct prediction *p, size_t top)
{
    for (size_t i = 0; i < top && i < p->count; i++)
        printf("%s\t%.4f\t", p->guesses[i].label, p->guesses[i].probability);
    fputs(p->sure ? "sure\t" : "unsure\t", stdout);
    for (size_t i = 0; i < ENGINE_REASONS && p->reasons[i][0]; i++)
        printf("%s%s", i ? ", " : "", p->reasons[i]);
    putchar('\n');
}

/* Reads a line's facts. Returns EXIT_GOOD, or the exit code after saying what is wrong in which line. */
static int read_facts(unsigned long line_number, struct slice line, struct business *out)
{
    char why[BUSINESS_WHY_MAX];
    cJSON *facts = NULL;
    enum error error = json_parse(line, LINE_MAX_BYTES, &facts);
    if (error) {
        fprintf(stderr,
                "chaski classify: standard input:%lu: not a JSON object of facts (%s): write one like {\"tenure\": 18, "
                "\"trend\": \"up\"}\n",
                line_number, error_text(error));
        return error == ERR_NOMEM ? EXIT_TEMPORARY : EXIT_DATA;
    }
    error = business_from_json(facts, out, why);
    cJSON_Delete(facts);
    if (error)
        fprintf(stderr, "chaski classify: standard input:%lu: %s\n", line_number, why);
    return error ? EXIT_DATA : EXIT_GOOD;
}

static int classify_line(void *ctx, struct slice line)
{
    struct classifying *classifying = ctx;
    struct prediction prediction;
    struct business business;
    classifying->line++;
    if (classifying->of_facts) {
        int code = read_facts(classifying->line, line, &business);
        if (code != EXIT_GOOD)
            return code;
        classifying->of_facts(classifying->engine, &business, &prediction);
    } else {
        engine_industry(classifying->engine, line, &prediction);
    }
    print_prediction(&prediction, classifying->top);
    return EXIT_GOOD;
}

static int find_model(const char *name, struct classifying *out)
{
    const char *known[MODEL_COUNT + 1] = {NULL};
    for (size_t i = 0; i < MODEL_COUNT; i++) {
        known[i] = models[i].name;
        if (strcmp(models[i].name, name) == 0) {
            out->of_facts = models[i].of_facts;
            return EXIT_GOOD;
        }
    }
    const char *near = suggest(slice_of(name), known);
    fprintf(stderr, "chaski classify: there is no model \"%s\"; ", name);
    if (near)
        fprintf(stderr, "did you mean \"%s\"?\n", near);
    else
        fprintf(stderr, "the models are industry, stage, growth\n");
    return EXIT_USAGE;
}

static int read_words(const char *model, const char *top, struct classifying *out)
{
    uint64_t count = 1;
    if (!model) {
        fprintf(stderr, "chaski classify: needs a model: industry, stage or growth\n");
        return EXIT_USAGE;
    }
    if (top && (!slice_u64(slice_of(top), ENGINE_LABELS_MAX, &count) || count == 0)) {
        fprintf(stderr, "chaski classify: --top is \"%s\": it must be from 1 to %d\n", top, ENGINE_LABELS_MAX);
        return EXIT_USAGE;
    }
    out->top = (size_t)count;
    return find_model(model, out);
}

static int run(const struct command *self, int argc, char **argv)
{
    const char *model = NULL, *config = NULL, *top = NULL;
    const struct option_row options[] = {
        {"config", 'c', "FILE", "configuration: it names the models", &config, NULL},
        {"top", 0, "K", "how many labels and probabilities to give (1)", &top, NULL},
        {0},
    };
    struct classifying classifying = {.line = 0};
    int code;
    if (cli_parse(self, options, argc, argv, &model, 1, &code) < 0)
        return code;
    if ((code = read_words(model, top, &classifying)) != EXIT_GOOD)
        return code;
    struct world *world = world_open_or_tell(config, WORLD_ENGINE, NULL);
    if (!world)
        return EXIT_CONFIG;
    classifying.engine = world->mind.engine;
    code = cli_each_line(stdin, classify_line, &classifying);
    world_close(world);
    return code;
}

const struct command command_classify = {
    "classify", "MODEL [--top K] [-c FILE]",
    "reads lines (text for industry, a JSON object of facts for stage and growth), answers label, probability, sure or "
    "unsure, reasons",
    run};
