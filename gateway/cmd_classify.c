/* chaski classify: what the models say, line by line. */
#include <stdio.h>
#include <string.h>

#include "base/json.h"
#include "base/suggest.h"
#include "engine/business.h"
#include "gateway/cli.h"
#include "gateway/insight.h"
#include "gateway/world.h"

#define ANSWER_MAX (64 * 1024) /* bytes */

typedef void write_fn(const struct engine *engine, const struct business *business, struct buf *out);

/* The models by name; one that takes text has no function of facts. */
static const struct model_row {
    const char *name;
    void (*of_facts)(const struct engine *engine, const struct business *business, struct prediction *out);
    write_fn *say, *put; /* what stands beside its prediction, in words and in JSON; NULL: nothing */
} models[] = {
    {"industry", NULL, NULL, NULL},
    {"stage", engine_stage, insight_say_question, insight_put_questions},
    {"growth", engine_growth, insight_say_auc, insight_put_outlook},
};

struct classifying {
    const struct engine *engine;
    const struct model_row *model;
    size_t top; /* how many labels with their probabilities stand first */
    bool json;
    unsigned long line; /* from 1 */
};
#define MODEL_COUNT (sizeof(models) / sizeof(models[0]))

static void put_line(const struct classifying *c, const struct prediction *p, const struct business *business,
                     struct buf *out)
{
    for (size_t i = 0; i < c->top && i < p->count; i++)
        buf_addf(out, "%s\t%.4f\t", p->guesses[i].label, p->guesses[i].probability);
    buf_adds(out, p->sure ? "sure\t" : "unsure\t");
    for (size_t i = 0; i < ENGINE_REASONS && p->reasons[i][0]; i++)
        buf_addf(out, "%s%s", i ? ", " : "", p->reasons[i]);
    if (c->model->say)
        c->model->say(c->engine, business, out);
}

static void put_object(const struct classifying *c, const struct prediction *p, const struct business *business,
                       struct buf *out)
{
    buf_addc(out, '{');
    insight_put_prediction(p, c->top, out);
    if (c->model->put)
        c->model->put(c->engine, business, out);
    buf_addc(out, '}');
}

static int print_prediction(const struct classifying *c, const struct prediction *p, const struct business *business)
{
    struct buf out;
    buf_init(&out, ANSWER_MAX);
    (c->json ? put_object : put_line)(c, p, business, &out);
    enum error error = out.error;
    if (error)
        fprintf(stderr, "chaski classify: standard input:%lu: %s\n", c->line, error_text(error));
    else
        puts(buf_text(&out));
    buf_release(&out);
    return error ? EXIT_TEMPORARY : EXIT_GOOD;
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
    if (classifying->model->of_facts) {
        int code = read_facts(classifying->line, line, &business);
        if (code != EXIT_GOOD)
            return code;
        classifying->model->of_facts(classifying->engine, &business, &prediction);
    } else {
        engine_industry(classifying->engine, line, &prediction);
    }
    return print_prediction(classifying, &prediction, &business);
}

static int find_model(const char *name, struct classifying *out)
{
    const char *known[MODEL_COUNT + 1] = {NULL};
    for (size_t i = 0; i < MODEL_COUNT; i++) {
        known[i] = models[i].name;
        if (strcmp(models[i].name, name) == 0) {
            out->model = &models[i];
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
    struct classifying classifying = {.line = 0};
    const struct option_row options[] = {
        {"config", 'c', "FILE", "configuration: it names the models", &config, NULL},
        {"top", 0, "K", "how many labels and probabilities to give (1)", &top, NULL},
        {"json", 0, NULL, "an object a line, with the question that would tell most, or how well outlooks are told",
         NULL, &classifying.json},
        {0},
    };
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
    "classify", "MODEL [--top K] [--json] [-c FILE]",
    "reads lines (text for industry, a JSON object of facts for stage and growth), answers label, probability, sure or "
    "unsure, reasons",
    run};
