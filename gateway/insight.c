#include "gateway/insight.h"

#include "base/json.h"

#define CHANCE 0.5

static void put_member(struct buf *out, const char *name, const char *text)
{
    json_put_name(out, name);
    json_put_string(out, slice_of(text));
}

void insight_put_prediction(const struct prediction *prediction, size_t top, struct buf *out)
{
    json_put_name(out, "guesses");
    buf_addc(out, '[');
    for (size_t i = 0; i < top && i < prediction->count; i++) {
        buf_adds(out, i ? ",{" : "{");
        put_member(out, "label", prediction->guesses[i].label);
        json_put_name(out, "probability");
        buf_addf(out, "%.4f}", prediction->guesses[i].probability);
    }
    buf_addc(out, ']');
    json_put_name(out, "sure");
    buf_adds(out, prediction->sure ? "true" : "false");
    json_put_name(out, "reasons");
    buf_addc(out, '[');
    for (size_t i = 0; i < ENGINE_REASONS && prediction->reasons[i][0]; i++) {
        buf_adds(out, i ? "," : "");
        json_put_string(out, slice_of(prediction->reasons[i]));
    }
    buf_addc(out, ']');
    put_member(out, "version", prediction->version);
}

static void put_question(const struct engine_question *question, struct buf *out)
{
    buf_addc(out, '{');
    put_member(out, "slot", question->slot);
    json_put_name(out, "bits");
    buf_addf(out, "%.4f}", question->bits);
}

void insight_put_questions(const struct engine *engine, const struct business *business, struct buf *out)
{
    struct engine_question questions[ENGINE_QUESTIONS_MAX];
    size_t count = engine_questions(engine, business, questions);
    json_put_name(out, "next_question");
    if (count)
        put_question(&questions[0], out);
    else
        buf_adds(out, "null");
    json_put_name(out, "questions");
    buf_addc(out, '[');
    for (size_t i = 0; i < count; i++) {
        buf_adds(out, i ? "," : "");
        put_question(&questions[i], out);
    }
    buf_addc(out, ']');
}

static void put_interval(const char *name, const struct engine_interval *interval, struct buf *out)
{
    json_put_name(out, name);
    buf_addf(out, "{\"value\":%.4f,\"low\":%.4f,\"high\":%.4f}", interval->value, interval->low, interval->high);
}

void insight_put_outlook(const struct engine *engine, const struct business *business, struct buf *out)
{
    struct engine_interval closing, growth;
    struct engine_lever lever;
    engine_outlook_auc(engine, business, &closing, &growth);
    json_put_name(out, "auc");
    buf_addc(out, '{');
    put_interval("closing", &closing, out);
    put_interval("growth", &growth, out);
    json_put_name(out, "chance");
    buf_addf(out, "%.1f}", CHANCE);
    json_put_name(out, "lever");
    if (engine_lever(engine, business, &lever)) {
        buf_addc(out, '{');
        put_member(out, "key", lever.key);
        put_interval("more_live_of_100", &lever.survival, out);
        buf_addc(out, '}');
    } else {
        buf_adds(out, "null");
    }
}

/* Opens brackets behind what the cell holds already. */
static void open_brackets(struct buf *out)
{
    bool first = out->len == 0 || out->ptr[out->len - 1] == '\t';
    buf_adds(out, first ? "(" : " (");
}

void insight_say_question(const struct engine *engine, const struct business *business, struct buf *out)
{
    struct engine_question questions[ENGINE_QUESTIONS_MAX];
    if (!engine_questions(engine, business, questions))
        return;
    open_brackets(out);
    buf_addf(out, "next_question: %s %.2f bits)", questions[0].slot, questions[0].bits);
}

void insight_put_auc_words(const struct engine *engine, const struct business *business, struct buf *out)
{
    struct engine_interval closing, growth;
    engine_outlook_auc(engine, business, &closing, &growth);
    buf_addf(out, "AUC: riesgo %.2f de %.2f a %.2f; crecer %.2f de %.2f a %.2f; %.2f es azar", closing.value,
             closing.low, closing.high, growth.value, growth.low, growth.high, CHANCE);
}

void insight_say_auc(const struct engine *engine, const struct business *business, struct buf *out)
{
    open_brackets(out);
    insight_put_auc_words(engine, business, out);
    buf_addc(out, ')');
}
