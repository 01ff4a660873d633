/* Showing what a script expected and what came, to a person.
 *
 * The words that differ are marked, [-old-]{+new+}, in colour only where the caller says that there is a terminal.
 * Text cannot move the cursor. Pure; failure sticks in the buffer. Proved by tests/unit/test_script.c. */
#ifndef GATEWAY_SCRIPT_SHOW_H
#define GATEWAY_SCRIPT_SHOW_H

#include "gateway/script_compare.h"

/* Appends a text with what is new in it marked against the old, cut between words; each of its lines but the first
 * begins with `margin` blanks. */
void script_show_change(struct buf *out, struct slice old, struct slice new, bool fancy, unsigned margin);

/* Appends what a person does in a step: `"hola"`, `presses "Sí"`, `20h later`. */
void script_show_act(struct buf *out, const struct script_step *step);

/* Appends a step as a transcript has it: what the person does behind an arrow, then the messages that come, an empty
 * line between them. */
void script_show_turn(struct buf *out, const struct script_step *step, const struct script_came *came);

/* Appends the lines that tell a miss: what was expected, what came, and both as one text with the change marked. */
void script_show_miss(struct buf *out, const struct script_miss *miss, bool fancy);

#endif
