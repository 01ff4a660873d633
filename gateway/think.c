#include "gateway/think.h"

#include <string.h>

#include "base/sms.h"
#include "dialog/flow.h"
#include "dialog/state.h"

/* Copies what fits; the engine's texts are within the advice's bounds, which the catalogue's check proves. */
static void put_text(char *out, size_t size, const char *text)
{
    slice_fill(slice_of(text), out, size);
}

/* Who advises, and what is noted of it. */
struct advising {
    const struct engine *engine;
    struct sighting *seen;           /* NULL: nobody watches */
    const struct offering *offering; /* NULL: there are no trainings */
};

static void advise_industry(const struct advising *by, const char *language, struct slice text, struct advice *out)
{
    const struct engine *engine = by->engine;
    struct prediction prediction;
    engine_industry_only(engine, text, &prediction);
    for (size_t i = 0; i < prediction.count && i < ADVICE_LABELS_MAX; i++) {
        struct advice_label *label = &out->labels[out->label_count++];
        put_text(label->key, sizeof(label->key), prediction.guesses[i].label);
        put_text(label->name, sizeof(label->name), engine_industry_name(engine, language, prediction.guesses[i].label));
        label->probability = prediction.guesses[i].probability;
    }
    out->sure = prediction.sure;
    put_text(out->version, sizeof(out->version), prediction.version);
    if (by->seen)
        watch_industry(engine, text, &prediction, by->seen);
}

struct business think_business(const struct state *state)
{
    struct business business;
    business_init(&business);
    for (size_t i = 0; i < state->fact_count; i++)
        if (business_set(&business, slice_of(state->facts[i].slot), slice_of(state->facts[i].value)))
            continue;
    return business;
}

static void advise_profile(const struct advising *by, const struct state *state, struct advice *out)
{
    struct business business = think_business(state);
    struct prediction stage, growth;
    struct engine_lever lever;
    engine_stage(by->engine, &business, &stage);
    engine_growth(by->engine, &business, &growth);
    if (engine_lever(by->engine, &business, &lever))
        put_text(out->lever, sizeof(out->lever), lever.key);
    if (stage.count) {
        put_text(out->stage, sizeof(out->stage), stage.guesses[0].label);
        out->stage_probability = stage.guesses[0].probability;
    }
    if (growth.count)
        put_text(out->outlook, sizeof(out->outlook), growth.guesses[0].label);
    put_text(out->version, sizeof(out->version), stage.version);
    if (by->seen)
        watch_profile(by->engine, &business, &stage, &growth, by->seen);
}

/* Picks the strongest reason that no resource before it gave: three times the same says nothing about the three. */
static size_t fresh_reason(const struct recommendation *found, const struct advice *given, size_t at)
{
    for (size_t r = 0; r < ENGINE_REASONS && found->reasons[r][0]; r++) {
        bool said = false;
        for (size_t i = 0; i < at && !said; i++)
            said = strcmp(given->resources[i].reason, found->reasons[r]) == 0;
        if (!said)
            return r;
    }
    return 0;
}

/* The seed of what is drawn for an answer: of what a journal keeps of the event, so that a turn that is computed again
 * draws the same, and so does its replay. */
static uint64_t seed_of(const struct event *event, int64_t now_ms)
{
    uint64_t seed = (uint64_t)slice_hash(event->id) << 32 ^ (uint64_t)now_ms;
    return seed ? seed : 1;
}

static void advise_resources(const struct advising *by, const struct state *state, const struct event *event,
                             int64_t now_ms, struct advice *out)
{
    struct business business = think_business(state);
    struct recommendation found[ADVICE_RESOURCES_MAX];
    const struct recommend_ask ask = {.language = state->lang,
                                      .today_ms = now_ms,
                                      .seed = seed_of(event, now_ms),
                                      .shown = state->shown,
                                      .shown_count = state->shown_count};
    out->resource_count = engine_recommend(by->engine, &business, &ask, found, ADVICE_RESOURCES_MAX);
    for (size_t i = 0; i < out->resource_count; i++) {
        struct advice_resource *resource = &out->resources[i];
        put_text(resource->id, sizeof(resource->id), found[i].id);
        put_text(resource->text, sizeof(resource->text), found[i].text);
        const size_t why = fresh_reason(&found[i], out, i);
        put_text(resource->reason, sizeof(resource->reason), found[i].reasons[why]);
        put_text(resource->why, sizeof(resource->why), found[i].whys[why].kind);
        put_text(resource->why_key, sizeof(resource->why_key), found[i].whys[why].key);
        put_text(resource->contact, sizeof(resource->contact), found[i].contact);
        out->propensities[i] = found[i].propensity;
    }
    if (by->seen)
        watch_resources(by->engine, &business, &ask, out, by->seen);
}

/* Says again what was given before, in the words of today: one for each, in its order, and empty where it is gone. */
static void advise_texts(const struct engine *engine, const struct state *state, int64_t now_ms, struct advice *out)
{
    out->label_count = state->label_count;
    for (size_t i = 0; i < out->label_count; i++) {
        struct advice_label *label = &out->labels[i];
        *label = state->labels[i];
        put_text(label->name, sizeof(label->name), engine_industry_name(engine, state->lang, label->key));
    }
    out->resource_count = state->resource_count;
    for (size_t i = 0; i < out->resource_count; i++) {
        const struct advice_resource *given = &state->resources[i];
        struct advice_resource *resource = &out->resources[i];
        const struct engine_told told = engine_resource(engine, state->lang, state_resource(state, i), now_ms);
        char reason[ENGINE_TEXT] = "";
        if (told.text[0])
            engine_reason(engine, state->lang, (struct engine_why){given->why, given->why_key}, reason);
        resource->why[0] = resource->why_key[0] = '\0'; /* the state has them */
        put_text(resource->id, sizeof(resource->id), told.id);
        put_text(resource->text, sizeof(resource->text), told.text);
        put_text(resource->reason, sizeof(resource->reason), reason);
        put_text(resource->contact, sizeof(resource->contact), told.contact);
    }
}

static enum error advise_watched(void *ctx, const struct outcome *asked, const struct state *state,
                                 const struct event *event, int64_t now_ms, struct advice *out)
{
    const struct advising *by = ctx;
    out->kind = asked->need;
    switch (asked->need) {
    case NEED_INDUSTRY:
        advise_industry(by, state->lang, asked->need_text, out);
        break;
    case NEED_PROFILE:
        advise_profile(by, state, out);
        break;
    case NEED_RESOURCES:
        advise_resources(by, state, event, now_ms, out);
        break;
    case NEED_TEXTS:
        advise_texts(by->engine, state, now_ms, out);
        break;
    case NEED_TRAININGS:
        return by->offering ? by->offering->offer(by->offering, now_ms, out) : OK;
    case NEED_NOTHING:
        break;
    }
    return OK;
}

static enum error advise(void *ctx, const struct outcome *asked, const struct state *state, const struct event *event,
                         int64_t now_ms, struct advice *out)
{
    struct advising unseen = {.engine = ctx};
    return advise_watched(&unseen, asked, state, event, now_ms, out);
}

static enum error keep_effects(struct thought *thought, const struct outcome *step, struct arena *arena)
{
    size_t held = thought->effect_count, count = held + step->effect_count;
    if (step->effect_count > DIALOG_EFFECTS_MAX - held)
        return ERR_LIMIT;
    if (!step->effect_count)
        return OK;
    if (held == 0) {
        thought->effects = step->effects; /* in the same arena: most thoughts are of one step */
    } else {
        struct effect *both = arena_grow(arena, thought->effects, held, count, sizeof(*both));
        if (!both)
            return ERR_NOMEM;
        memcpy(both + held, step->effects, step->effect_count * sizeof(*both));
        thought->effects = both;
    }
    thought->effect_count = count;
    return OK;
}

/* The texts of what was recommended before: asked for once, when the first of them is said. */
struct reminding {
    const struct adviser *adviser;
    const struct event *event;
    int64_t now_ms;
    struct arena *arena;
    struct advice *texts; /* NULL: none is said yet */
    unsigned told;        /* bits of those that were said */
};

static enum error remind(void *ctx, struct state *state, unsigned told)
{
    struct reminding *r = ctx;
    const struct outcome asked = {.need = NEED_TEXTS};
    r->told |= told;
    if (!r->texts) {
        struct advice *texts = arena_bytes(r->arena, sizeof(*texts));
        if (!texts)
            return ERR_NOMEM;
        memset(texts, 0, offsetof(struct advice, labels));
        enum error error = r->adviser->advise(r->adviser->ctx, &asked, state, r->event, r->now_ms, texts);
        if (error)
            return error;
        r->texts = texts;
    }
    state_remind(state, r->texts, told);
    return OK;
}

/* Keeps for the journal what was said of the engine's finds, and no more: a replay says no more either. */
static void keep_texts(const struct reminding *r, struct thought *out)
{
    if (!(r->told & TELLS_NAMES))
        r->texts->label_count = 0;
    if (!(r->told & TELLS_RESOURCES))
        r->texts->resource_count = 0;
    for (unsigned i = 0; i < r->texts->resource_count; i++) {
        struct advice_resource *one = &r->texts->resources[i];
        char *const texts[] = {one->text, one->reason, one->contact};
        for (unsigned what = 0; what < sizeof(texts) / sizeof(texts[0]); what++)
            if (!(r->told & TELLS(i, what + 1))) /* the id stays */
                texts[what][0] = '\0';
    }
    if (!out->advices)
        out->advices = r->texts;
    else
        out->advices[out->advice_count] = *r->texts;
    out->advice_count++;
}

/* Steps until the conversation needs nothing more of the engine. */
static enum error converse(const struct flows *flows, const struct adviser *adviser, const struct channel *channel,
                           const struct event *event, int64_t now_ms, struct arena *arena, struct thought *out)
{
    struct reminding reminding = {.adviser = adviser, .event = event, .now_ms = now_ms, .arena = arena};
    const struct reminder reminder = {remind, &reminding};
    const struct step_company company = {.reminder = &reminder, .trail = adviser->trail};
    struct outcome step;
    const struct advice *advice = NULL;
    for (int i = 0; i <= THINK_STEPS_MAX; i++) {
        enum error error =
            dialog_step_along(flows, &out->state, event, channel->kind, advice, now_ms, arena, &company, &step);
        if (error || (error = keep_effects(out, &step, arena)))
            return error;
        out->flow = step.flow;
        out->awaiting = step.awaiting;
        out->ended = step.ended;
        if (step.need == NEED_NOTHING) {
            if (reminding.texts)
                keep_texts(&reminding, out);
            return OK;
        }
        if (out->advice_count == THINK_STEPS_MAX)
            return ERR_LIMIT;
        if (!out->advices && !(out->advices = arena_bytes(arena, (THINK_STEPS_MAX + 1) * sizeof(*out->advices))))
            return ERR_NOMEM;
        struct advice *given = &out->advices[out->advice_count++];
        memset(given, 0, offsetof(struct advice, labels));
        if ((error = adviser->advise(adviser->ctx, &step, &out->state, event, now_ms, given)))
            return error;
        advice = given;
    }
    return ERR_LIMIT;
}

enum error think_decoded(const struct flows *flows, const struct adviser *adviser, const struct channel *channel,
                         const struct event *event, int64_t now_ms, struct arena *arena, struct thought *out)
{
    struct channel_traits traits = {
        .kind = channel->kind,
        .interactive = channel->interactive,
        .page_units = channel->page_units,
        .sms = channel->sms,
    };
    memset(out, 0, offsetof(struct thought, models)); /* what follows is large, and told by counts or written whole */
    out->seen.count = 0;
    enum error error = converse(flows, adviser, channel, event, now_ms, arena, out);
    if (error)
        return error;
    if (!out->flow)
        out->flow = flows_find(flows, out->state.flow, out->state.version);
    traits.tongue = out->flow ? flow_tongue(out->flow, out->state.lang) : NULL;
    if (channel->follow && (error = dialog_render_follow(out->effects, out->effect_count, &channel->follow->sms, arena,
                                                         &out->following, &out->following_count)))
        return error;
    return dialog_render(out->effects, out->effect_count, &traits, out->ended, &out->state, arena, &out->messages,
                         &out->message_count);
}

enum error think_advised(const struct flows *flows, const struct adviser *adviser, const struct channel *channel,
                         struct slice before, const struct event *event, int64_t now_ms, struct arena *arena,
                         struct thought *out, bool *reset)
{
    *reset = state_decode(before, &out->state) != OK && before.len > 0;
    enum error error = think_decoded(flows, adviser, channel, event, now_ms, arena, out);
    out->before = before;
    return error;
}

struct adviser think_adviser(const struct engine *engine)
{
    return (struct adviser){.advise = advise, .ctx = (void *)engine};
}

/* Where a turn of hers set the industry and asked no model, the owner did: of what she was offered before. */
static enum error watch_owner(const struct event *event, struct slice before, struct arena *arena, struct thought *out)
{
    bool told = false;
    if (event->kind == EVENT_STAFF)
        return OK;
    for (size_t i = 0; i < out->effect_count && !told; i++)
        told = out->effects[i].kind == EFFECT_FACT && slice_is(out->effects[i].slot, "industry");
    for (size_t i = 0; i < out->advice_count; i++)
        told = told && out->advices[i].kind != NEED_INDUSTRY;
    if (!told)
        return OK;
    struct state *then = arena_bytes(arena, sizeof(*then));
    if (!then)
        return ERR_NOMEM;
    if (state_decode(before, then) == OK)
        watch_trade(then, out->effects, out->effect_count, &out->seen);
    return OK;
}

enum error think(const struct mind *mind, const struct channel *channel, struct slice before, const struct event *event,
                 int64_t now_ms, struct arena *arena, struct thought *out, bool *reset)
{
    return think_offering(mind, NULL, channel, before, event, now_ms, arena, out, reset);
}

enum error think_offering(const struct mind *mind, const struct offering *offering, const struct channel *channel,
                          struct slice before, const struct event *event, int64_t now_ms, struct arena *arena,
                          struct thought *out, bool *reset)
{
    struct advising by = {mind->engine, &out->seen, offering};
    const struct adviser watched = {.advise = advise_watched, .ctx = &by};
    enum error error = think_advised(mind->flows, &watched, channel, before, event, now_ms, arena, out, reset);
    if (!error)
        error = watch_owner(event, before, arena, out);
    if (!error && out->advice_count && out->advices[0].kind != NEED_TEXTS) /* those are in the journal themselves */
        out->model_count = engine_models(mind->engine, out->models);
    return error;
}
