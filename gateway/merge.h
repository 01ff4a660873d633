/* Merging two numbers of one person: what of the facts of the one is taken by the other.
 *
 * A fact is taken where it is not known of the number that stays, or is newer there; it keeps its words, its time and
 * what decided it. A consent is never taken: each purpose stays what the person said on that number. Must not know:
 * Redis, who asks. Pure. Proved by tests/unit/test_merge.c. */
#ifndef GATEWAY_MERGE_H
#define GATEWAY_MERGE_H

#include "dialog/flow.h"
#include "gateway/facts.h"

struct merge_taken {
    const struct origin *fact;
    const struct origin *instead; /* of the number that stays, which is older; NULL: it was not known */
};

/* What becomes of each fact of the other number; those that are known alike are in none. Borrows both. */
struct merge_plan {
    struct merge_taken taken[FACTS_MAX];
    const struct origin *older[FACTS_MAX]; /* the number that stays has a newer one */
    const struct origin *left[FACTS_MAX];  /* consents, and what the flow has no slot for */
    size_t taken_count, older_count, left_count;
};

/* Decides, by the slots of a flow. */
void merge_plan(const struct flow *flow, const struct facts *into, const struct facts *from, int64_t now_ms,
                struct merge_plan *out);

/* Writes what is taken as the text of a turn (dialog/merged.h), in the arena. Returns OK or ERR_NOMEM. */
MUST_USE enum error merge_text(const struct merge_plan *plan, struct arena *arena, struct slice *out);

#endif
