/* A model's card: what is known of it, as JSON that a person can read.
 *
 * A few verbs over base/json.h, so that every card is written alike: members in order, one a line, numbers with four
 * digits behind the point. Must not know: models. Proved by tests/unit/test_card.c. */
#ifndef ENGINE_CARD_H
#define ENGINE_CARD_H

#include "base/buf.h"
#include "engine/train.h"

/* Opens an object (`name` NULL for the card itself or inside a list) and closes it. */
void card_open(struct buf *out, const char *name);
void card_close(struct buf *out);

/* Opens a list and closes it. */
void card_open_list(struct buf *out, const char *name);
void card_close_list(struct buf *out);

/* Appends a member. */
void card_text(struct buf *out, const char *name, const char *text);
void card_number(struct buf *out, const char *name, double number);
void card_count(struct buf *out, const char *name, size_t count);

/* Appends {"value", "low", "high"}. */
void card_interval(struct buf *out, const char *name, const struct train_interval *interval);

#endif
