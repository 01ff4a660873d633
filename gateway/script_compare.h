/* Comparing: what a script wants of a step, and what came.
 *
 * Pure. A message is wanted whole, or by what it must have; what is not asked about may be anything. Failure policy:
 * cannot fail; what is too long to tell sticks in the buffer. Proved by tests/unit/test_script.c. */
#ifndef GATEWAY_SCRIPT_COMPARE_H
#define GATEWAY_SCRIPT_COMPARE_H

#include "gateway/script_play.h"

enum script_aspect { SCRIPT_WORDS, SCRIPT_DEEDS, SCRIPT_FACTS, SCRIPT_ASKS, SCRIPT_UNDONE, SCRIPT_ASPECTS };

/* The first thing that came otherwise. */
struct script_miss {
    enum script_aspect aspect;
    const struct yaml_node *at; /* what was wanted */
    size_t number;              /* of the message or deed, from 1; 0: none of them */
    struct slice expected, got; /* the script's, and the player's until its next step */
    bool part;                  /* it must have the words, not be them */
};

/* Gives an aspect's name: "words". */
const char *script_aspect_name(enum script_aspect aspect);

/* Tells whether what came is what the step wants. Else *out says what is otherwise first. */
bool script_compare(const struct script_step *step, const struct script_came *came, struct script_miss *out);

/* Tells whether a list of a step's own, its words or its deeds, is as it came. What is not asked about is. */
bool script_same_words(const struct script_step *step, const struct script_came *came);
bool script_same_deeds(const struct script_step *step, const struct script_came *came);

#endif
