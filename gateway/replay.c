#include "gateway/replay.h"

#include <string.h>

#include "dialog/flow.h"

void replay_init(struct replay *replay, const struct mind *mind, bool ask_engine)
{
    *replay = (struct replay){.mind = mind, .ask_engine = ask_engine};
    buf_init(&replay->state, DIALOG_STATE_BYTES);
}

void replay_release(struct replay *replay)
{
    buf_release(&replay->state);
}

/* What was recorded, given out in its order; a need that was not recorded next is looked for behind. Texts stand last,
 * whenever they were asked for. */
struct recorded {
    const struct journal_entry *entry;
    size_t next;
    enum need missing; /* NEED_NOTHING: none */
};

static enum error advise_as_recorded(void *ctx, const struct outcome *asked, const struct state *state,
                                     const struct event *event, int64_t now_ms, struct advice *out)
{
    struct recorded *recorded = ctx;
    (void)state;
    (void)event;
    (void)now_ms;
    for (size_t i = recorded->next; i < recorded->entry->advice_count; i++) {
        if (recorded->entry->advices[i].kind == asked->need) {
            *out = recorded->entry->advices[i];
            recorded->next = asked->need == NEED_TEXTS ? recorded->next : i + 1;
            return OK;
        }
    }
    recorded->missing = asked->need;
    return ERR_NOT_FOUND;
}

static enum error keep_state(struct replay *replay, struct slice state)
{
    buf_clear(&replay->state);
    buf_addslice(&replay->state, state);
    return replay->state.error;
}

/* Finds the state before the turn: what was carried here, or what the entry holds. */
static enum error find_state(struct replay *replay, const struct journal_entry *entry)
{
    char digest[DIGEST_TEXT] = "";
    bool follows = replay->known && entry->version == replay->version;
    if (follows && replay->state.len)
        quick_digest_write(buf_slice(&replay->state), digest);
    replay->known = follows && slice_is(entry->before, digest);
    if (replay->known || (entry->version && !entry->state.len))
        return OK;
    replay->known = true;
    return keep_state(replay, entry->version ? entry->state : SLICE_NONE);
}

static enum error compute(struct replay *replay, const struct journal_entry *entry, struct arena *arena,
                          struct thought *thought, enum need *missing)
{
    struct slice name = arena_copy(arena, entry->channel), before = arena_copy(arena, buf_slice(&replay->state));
    const struct channel channel = {.name = name.ptr,
                                    .kind = entry->kind,
                                    .interactive = entry->interactive,
                                    .sms = entry->sms,
                                    .page_units = entry->page_units};
    struct recorded recorded = {.entry = entry};
    const struct adviser adviser = {.advise = advise_as_recorded, .ctx = &recorded};
    bool reset;
    if (!name.ptr || !before.ptr)
        return ERR_NOMEM;
    enum error error = replay->ask_engine
                           ? think(replay->mind, &channel, before, &entry->event, entry->at_ms, arena, thought, &reset)
                           : think_advised(replay->mind->flows, &adviser, &channel, before, &entry->event, entry->at_ms,
                                           arena, thought, &reset);
    *missing = recorded.missing;
    return error;
}

/* Effects but SAY, whose words are compared as messages. */
static enum error list_effects(const struct thought *thought, struct arena *arena, struct replayed *out)
{
    struct effect *effects = arena_array(arena, thought->effect_count + 1, sizeof(*effects));
    if (!effects)
        return ERR_NOMEM;
    for (size_t i = 0; i < thought->effect_count; i++)
        if (thought->effects[i].kind != EFFECT_SAY)
            effects[out->effect_count++] = thought->effects[i];
    out->effects = effects;
    return OK;
}

static bool same_effect(const struct effect *a, const struct effect *b)
{
    return a->kind == b->kind && slice_eq(a->slot, b->slot) && slice_eq(a->value, b->value) &&
           slice_eq(a->raw, b->raw) && a->confidence == b->confidence && a->due_ms == b->due_ms;
}

static bool same_template(const struct message_template *a, const struct message_template *b)
{
    if (!a || !b)
        return a == b;
    bool same = slice_eq(a->name, b->name) && slice_eq(a->language, b->language) && a->buttons == b->buttons &&
                a->param_count == b->param_count;
    for (size_t i = 0; same && i < a->param_count; i++)
        same = slice_eq(a->params[i], b->params[i]);
    return same;
}

bool replay_same_message(const struct message *a, const struct message *b)
{
    if (a->kind != b->kind || a->ends != b->ends || !slice_eq(a->text, b->text) ||
        !slice_eq(a->list_button, b->list_button) || !same_template(a->template, b->template))
        return false;
    if (a->kind == MESSAGE_TEXT)
        return true;
    for (size_t i = 0; i < a->option_count && i < b->option_count; i++)
        if (!slice_eq(a->options[i].id, b->options[i].id) || !slice_eq(a->options[i].title, b->options[i].title) ||
            !slice_eq(a->options[i].description, b->options[i].description))
            return false;
    return a->option_count == b->option_count;
}

static void compare(const struct journal_entry *entry, struct replayed *out)
{
    size_t at = 0;
    while (at < entry->effect_count && at < out->effect_count && same_effect(&entry->effects[at], &out->effects[at]))
        at++;
    if (at < entry->effect_count || at < out->effect_count) {
        out->verdict = REPLAY_EFFECTS;
        out->at = at;
        return;
    }
    at = 0;
    while (at < entry->message_count && at < out->message_count &&
           replay_same_message(&entry->messages[at], &out->messages[at]))
        at++;
    if (at < entry->message_count || at < out->message_count) {
        out->verdict = REPLAY_WORDS;
        out->at = at;
    } else if (!slice_is(entry->after, out->state)) {
        out->verdict = REPLAY_STATE;
    }
}

static enum error take_thought(struct replay *replay, const struct thought *thought, struct arena *arena,
                               struct replayed *out)
{
    buf_clear(&replay->state);
    state_encode(&thought->state, &replay->state);
    if (replay->state.error || list_effects(thought, arena, out))
        return ERR_NOMEM;
    quick_digest_write(buf_slice(&replay->state), out->state);
    out->messages = thought->messages;
    out->message_count = thought->message_count;
    out->models = thought->models;
    out->model_count = thought->model_count;
    return OK;
}

/* The flow of a turn that was not computed is the one that the recorded flow's name leads to now. */
static void name_flow(const struct flow *flow, struct replayed *out)
{
    out->flow = flow ? flow->name : "";
    out->flow_version = flow ? flow->version : "";
    out->flow_digest = flow ? flow->digest : "";
}

enum error replay_turn(struct replay *replay, const struct journal_entry *entry, struct arena *arena,
                       struct replayed *out)
{
    struct thought *thought = arena_alloc(arena, sizeof(*thought));
    memset(out, 0, sizeof(*out));
    enum error error = thought ? find_state(replay, entry) : ERR_NOMEM;
    if (error)
        return error;
    if (!replay->known) {
        out->verdict = REPLAY_UNKNOWN;
        return OK;
    }
    replay->version = entry->version + 1;
    error = compute(replay, entry, arena, thought, &out->need);
    if (out->need != NEED_NOTHING) {
        struct slice name = arena_copy(arena, entry->flow), version = arena_copy(arena, entry->flow_version);
        out->verdict = REPLAY_NEEDS;
        if (name.ptr && version.ptr)
            name_flow(flows_find(replay->mind->flows, name.ptr, version.ptr), out);
        return name.ptr && version.ptr ? OK : ERR_NOMEM;
    }
    if (error || (error = take_thought(replay, thought, arena, out)))
        return error;
    name_flow(thought->flow, out);
    compare(entry, out);
    return OK;
}

void replay_effect(struct buf *out, const struct effect *effect)
{
    const char *kind = journal_word(JOURNAL_EFFECTS, (size_t)effect->kind);
    buf_adds(out, kind ? kind : "?");
    if (effect->slot.len) {
        buf_addc(out, ' ');
        buf_addslice(out, effect->slot);
    }
    if (effect->value.len) {
        buf_addc(out, ' ');
        buf_addslice(out, effect->value);
    }
}
