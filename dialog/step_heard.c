/* What an answer told beside itself: asked back in one message, set right, and learned. One fact alone, told in words
 * that are kept, is asked back in the place of its own question: that takes no message more. */
#include <string.h>

#include "dialog/heard.h"
#include "dialog/state.h"
#include "dialog/step.h"

#define RECALLED 0.7   /* confidence of a value from words that were said for another question */
#define TOKENS_LEAST 4 /* of an answer that can tell more than it was asked */

static void read_waiting(const struct step *step, const struct flow_state *at, const char *words, struct heard *out)
{
    heard_read(step->flow, step->state, at->slot, slice_of(words), step->now_ms, out);
}

/* Asks back what words tell. No value: they are no answer to the question. */
static void ask_back(struct step *step, const struct flow_state *at, struct slice value, struct slice words)
{
    struct state *state = step->state;
    state_keep(slice_of(step->flow->slots[at->slot].name), state->doubt.slot, sizeof(state->doubt.slot));
    state_keep(value, state->doubt.value, sizeof(state->doubt.value));
    state->doubt.confidence = HEARD_CONFIDENCE;
    state_keep(words, state->doubt_raw, sizeof(state->doubt_raw));
    step_ask_again(step);
}

bool step_ask_heard(struct step *step, const struct flow_state *at, struct slice value, struct slice raw)
{
    struct state *state = step->state;
    struct heard heard;
    char words[DIALOG_ACTIVITY];
    bool now = slice_eq(step->event->text, raw); /* as is nearly always: they are cut into tokens already */
    if (!at->hears || (now && (step->event->kind != EVENT_TEXT || step_said(step)->lexed->count < TOKENS_LEAST)))
        return false;
    state_keep(raw, words, sizeof(words));
    if (slice_is(step->event->text, words))
        heard_read_said(step->flow, state, at->slot, step_said(step), step->now_ms, &heard);
    else
        read_waiting(step, at, words, &heard);
    bool kept = step->flow->slots[at->slot].type == TYPE_TEXT; /* one alone waits in them for its question */
    step->told_nothing = heard.count == 0;
    if (heard.count <= kept)
        return false;
    ask_back(step, at, value, slice_of(words));
    return true;
}

/* Gives the slot that keeps the words which a question with `hears` was answered with, or FLOW_NONE. */
static int words_slot(const struct flow *flow)
{
    for (size_t i = 0; i < flow->state_count; i++) {
        const struct flow_state *state = &flow->states[i];
        if (state->hears && flow->slots[state->slot].type == TYPE_TEXT)
            return state->slot;
    }
    return FLOW_NONE;
}

void step_note_words(struct step *step, unsigned slot)
{
    if (step->flow->slots[slot].type != TYPE_TEXT || (int)slot != words_slot(step->flow))
        return;
    step->state->told_nothing = step->told_nothing;
    step->told_nothing = false;
}

bool step_is_recalled(const struct step *step)
{
    const struct state *state = step->state;
    int kept = words_slot(step->flow);
    return kept != FLOW_NONE && slice_is(state_fact(state, step->flow->slots[kept].name), state->doubt_raw);
}

bool step_keeps_told(const struct step *step, const struct flow_state *at)
{
    const struct state *state = step->state;
    struct heard heard = {.count = 0};
    if (at->hears && state->doubt_raw[0] && !step_is_recalled(step) && !heard_waits(state))
        read_waiting(step, at, state->doubt_raw, &heard);
    return heard.count > 0;
}

void step_drop_doubt(struct step *step, const struct flow_state *at)
{
    struct state *state = step->state;
    struct slice told = step_keeps_told(step, at) ? step_copy(step, slice_of(state->doubt_raw)) : SLICE_NONE;
    state_forget_doubt(state);
    state_keep(told, state->doubt_raw, sizeof(state->doubt_raw));
}

/* Puts into `out`, as they are kept, the event's words, and behind them (`too`) those of before. Returns whether they
 * tell something. */
static bool tells(struct step *step, const struct flow_state *at, bool too, char out[DIALOG_ACTIVITY])
{
    struct heard heard;
    const struct slice parts[] = {step->event->text, SLICE(", "), slice_of(step->state->doubt_raw)};
    struct slice words = too ? arena_join(step->arena, parts, 3) : step->event->text;
    if (too && !words.ptr)
        step->error = step->error ? step->error : ERR_NOMEM;
    state_keep(words, out, DIALOG_ACTIVITY);
    read_waiting(step, at, out, &heard);
    return heard.count > 0;
}

/* Tells whether the event's words, which are no answer, tell something all the same; puts them into `out`, with those
 * of before (`too`) where they tell something together. */
static bool told(struct step *step, const struct flow_state *at, bool too, char out[DIALOG_ACTIVITY])
{
    if (!at->hears || step->event->kind != EVENT_TEXT || !tells(step, at, false, out))
        return false;
    return (too && tells(step, at, true, out)) || tells(step, at, false, out);
}

bool step_ask_told(struct step *step, const struct flow_state *at)
{
    char words[DIALOG_ACTIVITY];
    if (!told(step, at, step_keeps_told(step, at), words))
        return false;
    ask_back(step, at, SLICE_NONE, slice_of(words));
    return true;
}

bool step_keep_told(struct step *step, const struct flow_state *at)
{
    char words[DIALOG_ACTIVITY];
    if (!told(step, at, !step_is_recalled(step), words))
        return false;
    memcpy(step->state->doubt_raw, words, sizeof(words));
    return true;
}

bool step_ask_kept(struct step *step, const struct flow_state *at)
{
    char words[DIALOG_ACTIVITY];
    if (!step_keeps_told(step, at))
        return false;
    memcpy(words, step->state->doubt_raw, sizeof(words));
    ask_back(step, at, SLICE_NONE, slice_of(words));
    return true;
}

bool step_recall(struct step *step, const struct flow_state *at)
{
    struct state *state = step->state;
    const struct slot *slot = &step->flow->slots[at->slot];
    bool may_tell = slot->heard && !at->ask_known && !state->told_nothing;
    int kept = may_tell ? words_slot(step->flow) : FLOW_NONE;
    struct slice words = kept == FLOW_NONE ? SLICE_NONE : state_fact(state, step->flow->slots[kept].name);
    struct recognised found;
    if (step->aside || words.len == 0 ||
        !heard_of_slot(step->flow, state, (unsigned)at->slot, words, step->now_ms, &found))
        return false;
    state_keep(slice_of(slot->name), state->doubt.slot, sizeof(state->doubt.slot));
    state_keep(slice_of(found.value), state->doubt.value, sizeof(state->doubt.value));
    state->doubt.confidence = RECALLED;
    state_keep(words, state->doubt_raw, sizeof(state->doubt_raw));
    return true;
}

static bool same(const struct heard *a, const struct heard *b)
{
    bool alike = a->count == b->count;
    for (size_t i = 0; alike && i < a->count; i++)
        alike = a->items[i].slot == b->items[i].slot && strcmp(a->items[i].found.value, b->items[i].found.value) == 0;
    return alike;
}

bool step_correct_heard(struct step *step, const struct flow_state *at)
{
    struct state *state = step->state;
    struct heard before, after;
    char words[DIALOG_ACTIVITY];
    const struct slice parts[] = {step->event->text, SLICE(HEARD_JOIN), slice_of(state->doubt_raw)};
    struct slice joined = arena_join(step->arena, parts, 3);
    if (!joined.ptr) {
        step->error = step->error ? step->error : ERR_NOMEM;
        return false;
    }
    state_keep(joined, words, sizeof(words));
    read_waiting(step, at, state->doubt_raw, &before);
    read_waiting(step, at, words, &after);
    if (after.count == 0 || same(&before, &after))
        return false;
    memcpy(state->doubt_raw, words, sizeof(state->doubt_raw));
    return true;
}

void step_learn_heard(struct step *step, const struct flow_state *at)
{
    struct heard heard;
    struct slice raw = step_copy(step, slice_of(step->state->doubt_raw));
    read_waiting(step, at, step->state->doubt_raw, &heard);
    for (size_t i = 0; i < heard.count; i++)
        step_learn(step, heard.items[i].slot, slice_of(heard.items[i].found.value), raw, 1);
}
