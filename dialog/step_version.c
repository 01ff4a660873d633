/* Sessions and versions: each ends on the version that it began with, where that is still there and nothing else is
 * declared; else it goes on in the newest, at the same question or the nearest safe place. Nobody's session fails
 * because somebody published. */
#include <string.h>

#include "dialog/state.h"
#include "dialog/step.h"

/* Where one can wait: for an answer, for staff, or in the middle of a turn for the engine. */
static bool can_wait(const struct step *step, const struct flow_state *state)
{
    return state && (state->ask || (state->hands_over && step->state->ticket.holds) ||
                     (step->advice && state->need != NEED_NOTHING));
}

static const struct flow_state *named(const struct step *step, const char *name)
{
    int index = flow_state_index(step->flow, slice_of(name));
    return index == FLOW_NONE ? NULL : &step->flow->states[index];
}

/* Renames a state as the migration says; what it does not name keeps its name. */
static void move(const struct step *step, const struct migration *migration, char name[DIALOG_NAME])
{
    int to = name[0] ? migration_state(step->flow, migration, name) : FLOW_NONE;
    if (to != FLOW_NONE)
        state_keep(slice_of(step->flow->states[to].name), name, DIALOG_NAME);
}

static void migrate(struct step *step, const struct migration *migration)
{
    struct state *state = step->state;
    move(step, migration, state->at);
    move(step, migration, state->below);
    state->kept_history.count = 0;
    for (size_t i = 0; i < state->history_count; i++)
        move(step, migration, state->history[i]);
    for (size_t i = 0; i < state->timer_count; i++)
        move(step, migration, state->timers[i].spent);
    for (size_t i = 0; i < migration->dropped_count; i++)
        step_drop_fact(step, migration->dropped[i]);
    state_forget_doubt(state);
}

/* The question below, if a command's is gone; else the flow's start, which passes over all that is known already. */
static void go_to_safety(struct step *step)
{
    struct state *state = step->state;
    char below[DIALOG_NAME];
    memcpy(below, state->below, sizeof(below));
    step_close(step);
    memcpy(state->at, below, sizeof(below));
    step->moved = true;
}

/* A doubt belongs to the slot that its question fills. */
static bool doubt_fits(const struct step *step)
{
    const struct flow_state *at = step_at(step);
    return !step->state->doubt.slot[0] ||
           (at && at->slot != FLOW_NONE && strcmp(step->flow->slots[at->slot].name, step->state->doubt.slot) == 0);
}

/* `other`: the session began with another version. */
static void settle(struct step *step, bool other)
{
    struct state *state = step->state;
    const struct flow_state *at;
    const struct migration *migration = other ? flow_migration(step->flow, state->version) : NULL;
    state->told_nothing = state->told_nothing && !other;
    if (migration)
        migrate(step, migration);
    if (state->below[0] && !can_wait(step, named(step, state->below)))
        memset(state->below, 0, sizeof(state->below));
    if (!state->at[0])
        return;
    at = step_at(step);
    if (!can_wait(step, at)) {
        go_to_safety(step);
    } else if (!doubt_fits(step)) {
        state_forget_doubt(state);
        step->moved = true;
    } else if (other && at->consent.len) { /* another question than was asked */
        step->moved = true;
    }
}

/* Who has not chosen a language, or one that is off by now, is spoken to in the first of those that are on. */
static void settle_language(struct step *step)
{
    const struct flow *flow = step->flow;
    for (size_t i = 0; i < flow->offered_count; i++)
        if (strcmp(step->state->lang, flow->langs[flow->offered[i]]) == 0)
            return;
    state_keep(slice_of(flow->langs[flow->offered[0]]), step->state->lang, sizeof(step->state->lang));
    step->state->told_nothing = false;
}

bool step_find_flow(struct step *step, const struct flows *flows)
{
    struct state *state = step->state;
    const struct flow *newest = flows_find(flows, state->flow, "");
    if (!newest)
        return false;
    step->flow = newest;
    bool is_newest = state_same_name(state->version, newest->version);
    if (!is_newest && state->at[0] && !flow_migration(newest, state->version))
        step->flow = flows_find(flows, state->flow, state->version);
    settle(step, !is_newest && state->version[0] && strcmp(state->version, step->flow->version) != 0);
    settle_language(step);
    if (is_newest && state_same_name(state->flow, newest->name))
        return true;
    state_keep(slice_of(step->flow->name), state->flow, sizeof(state->flow));
    state_keep(slice_of(step->flow->version), state->version, sizeof(state->version));
    return true;
}
