/* chaski recommend: facts in, what fits out, line by line. */
#include <stdio.h>

#include "base/civil.h"
#include "base/json.h"
#include "engine/business.h"
#include "gateway/cli.h"
#include "gateway/clock.h"
#include "gateway/insight.h"
#include "gateway/world.h"

#define TOP_DEFAULT 3
#define TOP_MAX 20
#define ANSWER_MAX (64 * 1024) /* bytes */

struct advising {
    const struct engine *engine;
    int64_t now_ms;
    size_t top;
    bool profile;
    unsigned long line;
};

static void put_recommendation(struct buf *out, const struct recommendation *r)
{
    buf_addc(out, '{');
    json_put_name(out, "id");
    json_put_string(out, slice_of(r->id));
    json_put_name(out, "score");
    buf_addf(out, "%.4f", r->score);
    json_put_name(out, "reasons");
    buf_addc(out, '[');
    for (size_t i = 0; i < ENGINE_REASONS && r->reasons[i][0]; i++) {
        buf_adds(out, i ? "," : "");
        json_put_string(out, slice_of(r->reasons[i]));
    }
    buf_adds(out, "]}");
}

/* Appends what is thought of the business, for staff. */
static void put_profile(const struct engine *engine, const struct business *business, struct buf *out)
{
    struct prediction stage, outlook;
    engine_stage(engine, business, &stage);
    engine_growth(engine, business, &outlook);
    json_put_name(out, "stage");
    buf_addc(out, '{');
    insight_put_prediction(&stage, ENGINE_LABELS_MAX, out);
    insight_put_questions(engine, business, out);
    buf_addc(out, '}');
    json_put_name(out, "outlook");
    buf_addc(out, '{');
    insight_put_prediction(&outlook, ENGINE_LABELS_MAX, out);
    insight_put_outlook(engine, business, out);
    buf_addc(out, '}');
}

static int print_recommendations(const struct advising *advising, const struct business *business)
{
    struct recommendation found[TOP_MAX];
    struct buf out;
    const struct recommend_ask ask = {.today_ms = advising->now_ms};
    size_t count = engine_recommend(advising->engine, business, &ask, found, advising->top);
    buf_init(&out, ANSWER_MAX);
    if (advising->profile) {
        buf_addc(&out, '{');
        put_profile(advising->engine, business, &out);
        json_put_name(&out, "resources");
    }
    buf_addc(&out, '[');
    for (size_t i = 0; i < count; i++) {
        buf_adds(&out, i ? "," : "");
        put_recommendation(&out, &found[i]);
    }
    buf_adds(&out, advising->profile ? "]}" : "]");
    bool good = !out.error;
    if (good)
        puts(buf_text(&out));
    else
        fprintf(stderr, "chaski recommend: line %lu: %s\n", advising->line, error_text(out.error));
    buf_release(&out);
    return good ? EXIT_GOOD : EXIT_TEMPORARY;
}

static int bad_json(unsigned long line, enum error error)
{
    fprintf(stderr,
            "chaski recommend: line %lu: not a JSON object of facts (%s): write one like {\"goal\": \"finance\"}\n",
            line, error_text(error));
    return error == ERR_NOMEM ? EXIT_TEMPORARY : EXIT_DATA;
}

static int take_line(void *ctx, struct slice line)
{
    struct advising *advising = ctx;
    struct business business;
    char why[BUSINESS_WHY_MAX];
    cJSON *facts = NULL;
    advising->line++;
    enum error error = json_parse(line, LINE_MAX_BYTES, &facts);
    if (error)
        return bad_json(advising->line, error);
    error = business_from_json(facts, &business, why);
    cJSON_Delete(facts);
    if (!error)
        return print_recommendations(advising, &business);
    fprintf(stderr, "chaski recommend: line %lu: %s\n", advising->line, why);
    return EXIT_DATA;
}

static int read_options(const char *top, const char *now, struct advising *out)
{
    uint64_t count = TOP_DEFAULT;
    if (top && (!slice_u64(slice_of(top), TOP_MAX, &count) || count == 0)) {
        fprintf(stderr, "chaski recommend: --top is \"%s\": it must be from 1 to %d\n", top, TOP_MAX);
        return EXIT_USAGE;
    }
    out->top = (size_t)count;
    out->now_ms = clock_ms();
    if (now && civil_parse(slice_of(now), &out->now_ms) != OK) {
        fprintf(stderr, "chaski recommend: --now is \"%s\": it must be a date, YYYY-MM-DD\n", now);
        return EXIT_USAGE;
    }
    if (now && slice_of(now).len == sizeof("YYYY-MM-DD") - 1)
        out->now_ms -= LIMA_OFFSET_S * INT64_C(1000);
    return EXIT_GOOD;
}

static int run(const struct command *self, int argc, char **argv)
{
    const char *word = NULL, *config = NULL, *top = NULL, *now = NULL;
    struct advising advising = {.line = 0};
    const struct option_row options[] = {
        {"config", 'c', "FILE", "configuration: it names the catalogue and the models", &config, NULL},
        {"top", 0, "K", "how many to give (3)", &top, NULL},
        {"profile", 0, NULL, "an object a line: what is thought of the business, for staff, and the array as resources",
         NULL, &advising.profile},
        {"now", 0, "YYYY-MM-DD", "the day, in Lima, to judge what is out of date (default: today)", &now, NULL},
        {0},
    };
    int code, words = cli_parse(self, options, argc, argv, &word, 1, &code);
    if (words < 0)
        return code;
    if (words > 0) {
        fprintf(stderr, "chaski recommend: it takes no \"%s\": facts come as lines on stdin\n", word);
        return EXIT_USAGE;
    }
    if ((code = read_options(top, now, &advising)) != EXIT_GOOD)
        return code;
    struct world *world = world_open_or_tell(config, WORLD_ENGINE, NULL);
    if (!world)
        return EXIT_CONFIG;
    advising.engine = world->mind.engine;
    code = cli_each_line(stdin, take_line, &advising);
    world_close(world);
    return code;
}

const struct command command_recommend = {"recommend", "[--top K] [--profile] [--now YYYY-MM-DD] [-c FILE]",
                                          "reads a JSON object of facts a line, answers what fits: a JSON array of "
                                          "{\"id\", \"score\", \"reasons\"}, best first",
                                          run};
