/* The difference of two flows, as conversations show it.
 *
 * The same conversations are had in both, step by step, as long as the person could say the same in both. What comes
 * otherwise is told with the old and the new words; a change that comes again in other steps is told once, and counted.
 * Prints to stdout; must not know: what the conversations themselves expect. Failure policy: what is wrong is told on
 * stderr. Proved by tests/blackbox/flow-test.test.mjs. */
#ifndef GATEWAY_FLOW_DIFF_H
#define GATEWAY_FLOW_DIFF_H

#include "gateway/script_file.h"

#define FLOW_DIFF_CHANGES_MAX 4096 /* told; more are counted only */

struct flow_diff {
    struct script_desk old, new; /* the engine is the old one's */
    bool json, fancy;
    uint32_t told[FLOW_DIFF_CHANGES_MAX]; /* hashes of the changes that were told */
    size_t told_count;
    size_t conversations, changed, steps, changed_steps;
};

/* Compares what a script's conversations give in both flows, which are at hand. Returns an exit code: EXIT_GOOD also
 * where they differ. */
int flow_diff_script(struct flow_diff *diff, const struct script *script);

/* Tells how much has changed. */
void flow_diff_summarise(const struct flow_diff *diff);

#endif
