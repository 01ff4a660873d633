/* Timers: which are set at the end of a turn, and what one does that fires.
 *
 * A timer that counts from an answer is set once and stays where it is while the person writes: when it fires too
 * early it sets itself again, so that turns cost nothing. */
#include <string.h>

#include "dialog/guard.h"
#include "dialog/state.h"
#include "dialog/step.h"

static void announce(struct step *step, const struct timer *timer)
{
    struct effect *effect = step_effect(step, EFFECT_TIMER);
    if (!effect)
        return;
    effect->slot = step_copy(step, slice_of(timer->name));
    effect->due_ms = timer->due_ms;
}

/* Takes a timer back; what it was spent on is forgotten with it. */
static void take_back(struct step *step, struct timer *timer)
{
    if (timer->due_ms) {
        timer->due_ms = 0;
        announce(step, timer);
    }
    state_drop_timer(step->state, timer);
}

void step_drop_timers(struct step *step)
{
    for (size_t i = step->state->timer_count; i > 0; i--)
        if (step->state->timers[i - 1].due_ms)
            take_back(step, &step->state->timers[i - 1]);
}

static const struct flow_timer *named(const struct step *step, const struct timer *timer)
{
    return flow_timer_named(step->flow, slice_of(timer->name));
}

void step_drop_timers_from(struct step *step, int from)
{
    for (size_t i = step->state->timer_count; i > 0; i--) {
        struct timer *timer = &step->state->timers[i - 1];
        const struct flow_timer *row = named(step, timer);
        if (row && row->from == from)
            take_back(step, timer);
    }
}

/* Takes back what counts from an answer; what was spent is forgotten only with the session. */
static void drop_answer_timers(struct step *step, bool spent_too)
{
    for (size_t i = step->state->timer_count; i > 0; i--) {
        struct timer *timer = &step->state->timers[i - 1];
        const struct flow_timer *row = named(step, timer);
        if (row && row->from == FROM_ANSWER && (timer->due_ms || spent_too))
            take_back(step, timer);
    }
}

/* Makes room by a timer that this flow does not have; it never has more than there is room for. */
static struct timer *entry(struct step *step, const char *name)
{
    struct timer *timer = state_add_timer(step->state, name);
    for (size_t i = step->state->timer_count; i > 0 && !timer; i--)
        if (!named(step, &step->state->timers[i - 1])) {
            take_back(step, &step->state->timers[i - 1]);
            timer = state_add_timer(step->state, name);
        }
    return timer;
}

static void set(struct step *step, const struct flow_timer *row, int64_t due_ms)
{
    struct timer *timer = entry(step, row->name);
    if (!timer) {
        step->error = step->error ? step->error : ERR_LIMIT;
        return;
    }
    timer->due_ms = due_ms;
    memset(timer->spent, 0, sizeof(timer->spent));
    announce(step, timer);
}

/* Nothing can be sent to a phone whose USSD session is over, and nobody who is out is written to. */
static bool may_speak(const struct step *step, const struct flow_timer *row)
{
    return step->channel != CHANNEL_USSD && !step->state->opted_out &&
           guard_holds(step->flow, step->state, row->when, false);
}

static const struct flow_state *open_question(const struct step *step)
{
    const struct flow_state *at = step_at(step);
    return at && at->ask ? at : NULL;
}

/* Tells whether a timer may speak of the open question: one that waits for it, and was not spoken of yet. */
static bool may_remind(const struct step *step, const struct flow_timer *row, const struct flow_state *at)
{
    const struct timer *timer = state_timer_named(step->state, row->name);
    bool spent = timer && state_same_name(timer->spent, at->name);
    return !at->quiet && !spent && may_speak(step, row);
}

void step_keep_timers(struct step *step)
{
    const struct flow_state *at = step->state->opted_out ? NULL : open_question(step);
    if (step->state->opted_out)
        step_drop_timers(step);
    else if (!at)
        drop_answer_timers(step, true);
    for (size_t i = 0; at && i < step->flow->timer_count; i++) {
        const struct flow_timer *row = &step->flow->timers[i];
        const struct timer *timer;
        if (row->from != FROM_ANSWER || ((timer = state_timer_named(step->state, row->name)) && timer->due_ms))
            continue;
        if (row->end ? guard_holds(step->flow, step->state, row->when, false) : may_remind(step, row, at))
            set(step, row, step->now_ms + row->after_ms);
    }
}

void step_set_timers(struct step *step, int from)
{
    for (size_t i = 0; i < step->flow->timer_count; i++) {
        const struct flow_timer *row = &step->flow->timers[i];
        if (row->from != from)
            continue;
        const struct timer *timer = state_timer_named(step->state, row->name);
        bool anew = !timer || (row->again && timer->due_ms == 0);
        if (anew && may_speak(step, row))
            set(step, row, step->now_ms + row->after_ms);
    }
}

/* A timer that comes late, when the session is about to end, has nothing to remind of. */
static bool ends_now(const struct step *step)
{
    for (size_t i = 0; i < step->flow->timer_count; i++) {
        const struct flow_timer *row = &step->flow->timers[i];
        const struct timer *timer = state_timer_named(step->state, row->name);
        if (row->end && timer && timer->due_ms && timer->due_ms <= step->now_ms &&
            step->state->last_ms + row->after_ms <= step->now_ms)
            return true;
    }
    return false;
}

static void note(const struct step *step, const struct flow_timer *row)
{
    step_note(step, EDGE_TIMER, NULL, (unsigned)(row - step->flow->timers));
}

static void remind(struct step *step, const struct flow_timer *row, struct timer *timer)
{
    const struct flow_state *at = open_question(step);
    timer->due_ms = 0;
    if (!may_remind(step, row, at) || ends_now(step))
        return;
    memcpy(timer->spent, at->name, sizeof(timer->spent));
    step->state->asked_ms = step->now_ms;
    note(step, row);
    step_say(step, row->say);
    step_ask_again(step);
}

/* Ends the session without a word. Its question lies below, where the flow can find it open. */
static void expire(struct step *step, const struct flow_timer *row, struct timer *timer)
{
    struct state *state = step->state;
    const struct flow_state *at = open_question(step);
    timer->due_ms = 0;
    if (!guard_holds(step->flow, state, row->when, false))
        return;
    note(step, row);
    if (!at->aside)
        memcpy(state->below, state->at, sizeof(state->below));
    memset(state->at, 0, sizeof(state->at));
    state_forget_doubt(state);
    state_forget_pages(state);
    state->tries = 0;
    state->asked_ms = 0;
    drop_answer_timers(step, true);
    step_effect(step, EFFECT_END);
}

/* Nobody of the staff has taken the ticket: the person is told, once. */
static void excuse(struct step *step, const struct flow_timer *row, struct timer *timer)
{
    const struct ticket *ticket = &step->state->ticket;
    state_drop_timer(step->state, timer);
    if (!ticket->opened_ms || ticket->taken[0] || !may_speak(step, row))
        return;
    note(step, row);
    step_say(step, row->say);
}

/* Goes to the timer's state, over a question that nobody has been at for a while; who is writing now, or waits for
 * staff, is not disturbed. It is for once. */
static void lead(struct step *step, const struct flow_timer *row, struct timer *timer)
{
    struct state *state = step->state;
    const struct flow_state *at = open_question(step);
    bool held = step_is_held(step);
    int64_t calm_ms = (held ? step->now_ms : state->last_ms) + step->flow->resume_after_ms;
    if ((at || held) && calm_ms > step->now_ms) {
        set(step, row, calm_ms);
        return;
    }
    timer->due_ms = 0;
    memcpy(timer->spent, step->flow->states[row->from].name, sizeof(timer->spent));
    if (!may_speak(step, row))
        return;
    note(step, row);
    drop_answer_timers(step, false);
    if (at && !at->aside)
        memcpy(state->below, state->at, sizeof(state->below));
    state_forget_doubt(state);
    state->tries = 0;
    state->asked_ms = step->now_ms;
    step_go(step, row->to);
}

bool step_timer_stale(const struct state *state, const struct event *event)
{
    for (size_t i = 0; i < state->timer_count; i++)
        if (slice_is(event->payload, state->timers[i].name))
            return state->timers[i].due_ms == 0 || state->timers[i].due_ms != event->at_ms;
    return true;
}

void step_timer(struct step *step)
{
    struct timer *timer = state_timer(step->state, step->event->payload);
    const struct flow_timer *row = timer ? named(step, timer) : NULL;
    if (!row) {
        if (timer)
            state_drop_timer(step->state, timer);
        return;
    }
    /* A clock that stands behind the one that fired must not set it again for an instant that has come. */
    if (step->now_ms < step->event->at_ms)
        step->now_ms = step->event->at_ms;
    if (row->from == FROM_TICKET)
        excuse(step, row, timer);
    else if (row->from != FROM_ANSWER)
        lead(step, row, timer);
    else if (!open_question(step))
        state_drop_timer(step->state, timer);
    else if (step->state->last_ms + row->after_ms > step->now_ms)
        set(step, row, step->state->last_ms + row->after_ms);
    else if (row->end)
        expire(step, row, timer);
    else
        remind(step, row, timer);
}
