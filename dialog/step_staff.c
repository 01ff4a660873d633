/* People answer people: the flow falls silent while a ticket is open, until staff close it or the person goes on. */
#include <string.h>

#include "dialog/merged.h"
#include "dialog/state.h"
#include "dialog/step.h"

static struct effect *tell(struct step *step, const char *what, struct slice who)
{
    struct effect *effect = step_effect(step, EFFECT_TICKET);
    if (!effect)
        return NULL;
    effect->slot = slice_of(what);
    effect->value = who;
    effect->due_ms = step->state->ticket.opened_ms;
    return effect;
}

bool step_is_held(const struct step *step)
{
    const struct flow_state *at = step->state->ticket.holds ? step_at(step) : NULL;
    return at && at->hands_over;
}

void step_wait_for_staff(struct step *step)
{
    struct ticket *ticket = &step->state->ticket;
    step->heed = HEED_NEITHER;
    if (step->event->kind != EVENT_BEGIN) { /* a dial tells nothing */
        ticket->waits_ms = ticket->waits_ms ? ticket->waits_ms : step->now_ms;
        ticket->waiting++;
        tell(step, "waits", SLICE_NONE);
    }
    state_forget_pages(step->state);
    if (step->channel == CHANNEL_USSD)
        step_phrase(step, PHRASE_HELD);
}

void step_hold(struct step *step)
{
    struct state *state = step->state;
    const struct flow_state *from = step_at(step);
    if (from && !from->hands_over) /* else what waits beside a doubt waits already */
        step_drop_doubt(step, from);
    state_keep(slice_of(step->flow->states[step->flow->staff].name), state->at, sizeof(state->at));
    state->tries = 0;
}

void step_hand_over(struct step *step)
{
    struct ticket *ticket = &step->state->ticket;
    bool opens = !ticket->opened_ms;
    step_hold(step);
    if (opens)
        *ticket = (struct ticket){.opened_ms = step->now_ms, .lost = step->lost};
    ticket->holds = true;
    ticket->waits_ms = ticket->waits_ms ? ticket->waits_ms : step->now_ms;
    ticket->waiting++;
    tell(step, opens ? "open" : "waits", SLICE_NONE);
    if (opens)
        step_set_timers(step, FROM_TICKET);
    if (step->channel == CHANNEL_USSD)
        step->out->ended = true;
}

void step_count_misread(struct step *step)
{
    struct state *state = step->state;
    step->heed = HEED_MISREAD;
    if (step->flow->staff != FLOW_NONE && !state->opted_out && state->misread < DIALOG_MISREAD_MAX)
        state->misread++;
}

/* The count stays at its end: who is not understood after that either gets on by the question's tries. */
bool step_lose(struct step *step, unsigned before)
{
    struct state *state = step->state;
    const struct flow_state *at = step_at(step);
    if (state->misread == before || state->misread < DIALOG_MISREAD_MAX)
        return false;
    if (!at->aside)
        memcpy(state->below, state->at, sizeof(state->below));
    step->lost = true;
    step_go(step, step->flow->staff);
    return true;
}

bool step_misread(struct step *step)
{
    const unsigned before = step->state->misread;
    step_count_misread(step);
    return step_lose(step, before);
}

void step_go_on_without_staff(struct step *step)
{
    step->state->ticket.holds = false;
    step->heed = HEED_NEITHER;
    step_leave(step, step_at(step));
}

void step_close_ticket(struct step *step, struct slice who)
{
    struct ticket *ticket = &step->state->ticket;
    if (!ticket->opened_ms)
        return;
    tell(step, "close", who);
    *ticket = (struct ticket){.opened_ms = 0};
    step_drop_timers_from(step, FROM_TICKET);
}

/* ---- what staff do ---- */

static void take(struct step *step, struct slice who)
{
    struct ticket *ticket = &step->state->ticket;
    state_keep(who, ticket->taken, sizeof(ticket->taken));
    step_drop_timers_from(step, FROM_TICKET);
    tell(step, "take", who);
}

static void answer(struct step *step, struct slice who)
{
    struct ticket *ticket = &step->state->ticket;
    if (!step->event->text.len)
        return;
    if (!ticket->taken[0])
        state_keep(who, ticket->taken, sizeof(ticket->taken));
    ticket->waits_ms = 0;
    ticket->waiting = 0;
    step->state->asked_ms = step->now_ms;
    step_drop_timers_from(step, FROM_TICKET);
    tell(step, "answer", who);
    struct slice words = step_copy(step, step->event->text);
    struct effect *effect = step_effect(step, EFFECT_SAY);
    if (effect)
        effect->text = words;
}

/* Opens the question below without a word: who writes next finds it. */
static void reopen(struct state *state)
{
    memcpy(state->at, state->below, sizeof(state->at));
    memset(state->below, 0, sizeof(state->below));
}

static void close_quietly(struct step *step, struct slice who)
{
    bool held = step_is_held(step);
    step_close_ticket(step, who);
    if (held)
        reopen(step->state);
}

/* The flow goes on where it stood. Who spoke by USSD finds it there, for a question asked by SMS would be another
 * channel's. */
static void close_aloud(struct step *step, struct slice who)
{
    const struct flow_state *at = step_is_held(step) ? step_at(step) : NULL;
    if (!at || step->state->last_channel == CHANNEL_USSD) {
        close_quietly(step, who);
        return;
    }
    step_close_ticket(step, who);
    step->state->asked_ms = step->now_ms;
    step_phrase(step, PHRASE_HANDED_BACK);
    step_leave(step, at);
}

/* `who` is "NAME SLOT". */
static void correct(struct step *step, struct slice who)
{
    struct slice name;
    char value[DIALOG_ACTIVITY];
    if (!slice_cut(&who, ' ', &name) || dialog_read_fact(step->flow, who, step->event->text, step->now_ms, value) != OK)
        return;
    const unsigned slot = (unsigned)flow_slot_index(step->flow, who);
    step_learn(step, slot, slice_of(value), step->event->text, 1);
    struct fact *fact = state_fact_named(step->state, step->flow->slots[slot].name);
    if (fact)
        fact->staffs = true;
}

/* What is told of a training belongs to no question. */
static void tell_training(struct step *step, struct slice what)
{
    struct slice words = step_copy(step, step->event->text);
    struct effect *effect = step->state->opted_out || !words.len ? NULL : step_effect(step, EFFECT_SAY);
    (void)what;
    if (effect)
        effect->text = words;
}

/* Facts of a list, a line each: SLOT, tab, value. What is known already stays: a list is not better than the person. Of
 * who left nothing is taken. */
static void import(struct step *step, struct slice who)
{
    struct slice rest = step->event->text, line, slot;
    char value[DIALOG_ACTIVITY];
    (void)who;
    while (!step->state->opted_out && slice_cut(&rest, '\n', &line)) {
        if (!slice_cut(&line, '\t', &slot) || dialog_read_fact(step->flow, slot, line, step->now_ms, value) != OK)
            continue;
        const unsigned index = (unsigned)flow_slot_index(step->flow, slot);
        if (!state_fact(step->state, step->flow->slots[index].name).len)
            step_learn(step, index, slice_of(value), line, 1);
    }
}

/* Facts of another number of hers that are newer than hers, or not known. She told them herself, so that they are taken
 * of who left too; a consent is never among them. */
static void merge(struct step *step, struct slice who)
{
    struct slice rest = step->event->text;
    struct merged_fact fact;
    char value[DIALOG_ACTIVITY];
    (void)who;
    while (merged_cut(&rest, &fact))
        if (dialog_read_fact(step->flow, fact.slot, fact.value, step->now_ms, value) == OK)
            step_learn(step, (unsigned)flow_slot_index(step->flow, fact.slot), slice_of(value), fact.raw,
                       fact.confidence);
}

/* That she was in a training, or in none after all: no slot of a flow, for nobody is asked that. */
static void learn_training(struct step *step, bool came)
{
    struct effect *effect = step_effect(step, came ? EFFECT_FACT : EFFECT_FORGET);
    if (!effect)
        return;
    effect->slot = SLICE("trained");
    effect->value = effect->raw = came ? SLICE("yes") : SLICE_NONE;
    effect->confidence = came;
}

static void train(struct step *step, struct slice training)
{
    (void)training;
    learn_training(step, true);
}

static void untrain(struct step *step, struct slice training)
{
    (void)training;
    learn_training(step, false);
}

static const struct {
    const char *word;
    void (*run)(struct step *step, struct slice who);
    bool anyhow; /* also where there is no ticket */
} acts[] = {{"take", take, false},         {"answer", answer, false},     {"close", close_aloud, false},
            {"end", close_quietly, false}, {"correct", correct, true},    {"import", import, true},
            {"merge", merge, true},        {"tell", tell_training, true}, {"remind", tell_training, true},
            {"trained", train, true},      {"untrained", untrain, true}};

void step_staff(struct step *step)
{
    struct slice who = step->event->payload, act;
    bool open = step->state->ticket.opened_ms && !step->state->opted_out;
    if (!slice_cut(&who, ' ', &act))
        return;
    for (size_t i = 0; i < sizeof(acts) / sizeof(acts[0]); i++)
        if (slice_is(act, acts[i].word) && (open || acts[i].anyhow))
            acts[i].run(step, who);
}
