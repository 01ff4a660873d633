/* The state's facts, changed: what the step needs beside the public view of dialog.h.
 *
 * A state is a value: no function here allocates or fails but by a full table, and whatever is too long for its place
 * is cut between characters. Invariants: facts lie without gaps, one a slot; what changes facts, questions or advice
 * that a state was read with, and not only adds to them, takes them out of `kept`. Proved by tests/unit/test_state.c
 * and test_think.c. */
#ifndef DIALOG_STATE_H
#define DIALOG_STATE_H

#include <endian.h>

#include "dialog/dialog.h"

_Static_assert(DIALOG_NAME % 8 == 0, "names are compared eight bytes at a time");

/* Tells whether two names are the same, each in a place of DIALOG_NAME bytes: eight bytes at a time, to the NUL. */
static inline bool state_same_name(const char *a, const char *b)
{
    for (size_t i = 0; i < DIALOG_NAME; i += 8) {
        uint64_t one, other;
        memcpy(&one, a + i, sizeof(one));
        memcpy(&other, b + i, sizeof(other));
        one = le64toh(one);
        uint64_t ends = (one - UINT64_C(0x0101010101010101)) & ~one & UINT64_C(0x8080808080808080);
        uint64_t counts = ends ? ((ends & -ends) << 1) - 1 : ~UINT64_C(0); /* to the first NUL */
        if ((one ^ le64toh(other)) & counts)
            return false;
        if (ends)
            return true;
    }
    return true;
}

/* Keeps a text in a place of `size` bytes, cut between characters. */
void state_keep(struct slice text, char *out, size_t size);

/* Finds a slot's fact; NULL when there is none. */
struct fact *state_fact_named(struct state *state, const char *slot);

/* Sets or replaces a slot's fact. Returns false, with nothing changed, when DIALOG_SLOTS_MAX other slots have facts. */
bool state_set_fact(struct state *state, const char *slot, struct slice value, double confidence);

/* Takes a slot's fact back. Returns false when there was none. */
bool state_forget_fact(struct state *state, const char *slot);

/* Remembers that the person was shown a resource; the one shown longest ago is forgotten for it. */
void state_keep_shown(struct state *state, const char *id);

/* Gives the number by which a resource that the state has is remembered. */
uint16_t state_resource(const struct state *state, size_t index);

/* Takes from an advice that has them in the state's order what `told` (TELLS() and TELLS_NAME() bits) speaks of: ids
 * and texts of the resources, names of the labels that have none. */
void state_remind(struct state *state, const struct advice *texts, unsigned told);

/* Tells whether a label's name is forgotten. */
bool state_lacks_names(const struct state *state);

/* Forgets the labels' names, which the engine finds again by their keys: most of what labels take. */
void state_forget_names(struct state *state);

/* Notes that labels or resources change. */
void state_touch_advice(struct state *state);

/* Puts a state's name on top of the history; the oldest falls off at the end. A name already on top is not repeated. */
void state_push_history(struct state *state, const char *name);

/* Forgets an answer that is being asked back, and its words. */
void state_forget_doubt(struct state *state);

/* Forgets the pages of a text. */
void state_forget_pages(struct state *state);

/* Forgets the history. */
void state_forget_history(struct state *state);

/* Takes the latest name off the history into `out`. Returns false when it is empty. */
bool state_pop_history(struct state *state, char out[DIALOG_NAME]);

/* Finds a timer's entry by name, set or spent; NULL when there is none. */
struct timer *state_timer(struct state *state, struct slice name);

/* As state_timer(), of a name in a place of DIALOG_NAME bytes. */
struct timer *state_timer_named(struct state *state, const char *name);

/* Finds or makes a timer's entry. Returns NULL when DIALOG_TIMERS_MAX others have one. */
struct timer *state_add_timer(struct state *state, const char *name);

/* The words that an encoding says by their number: STATE_CODED of them, at most 128. Whoever changes them raises
 * STATE_EDITION, which every encoding's version has in it (state_code.c, gateway/facts.c), so that bytes of before are
 * refused and not misread; tests/unit/test_state.c pins the words to it. state_coded_of() returns STATE_CODED for a
 * text that is none; state_coded() the constant text, empty for a number that is none's. */
#define STATE_CODED ((size_t)120)
#define STATE_EDITION 2
size_t state_coded_of(struct slice text);
struct slice state_coded(size_t number);

/* Removes a timer's entry, which is the state's own. */
void state_drop_timer(struct state *state, struct timer *timer);

#endif
