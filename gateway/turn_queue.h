/* The queue of turns: one at a time for each contact, in the order of arrival.
 *
 * A person who sends ten messages at once would make ten turns conflict, each thought over again and again; here the
 * nine wait for the one before them. Other processes still meet at the commit. Allocates nothing: a turn brings its own
 * place. Must not know: what a turn does. Proved by tests/unit/test_turn_queue.c. */
#ifndef GATEWAY_TURN_QUEUE_H
#define GATEWAY_TURN_QUEUE_H

#include "base/slice.h"

#define TURN_LINES 1024 /* hash buckets of contacts with a turn under way */

/* A turn's place, its own memory; the contact is borrowed until it leaves. */
struct turn_place {
    struct slice contact;
    struct turn_place *behind; /* the next of this contact; NULL: none */
    struct turn_place *last;   /* kept by the first of a line only */
    struct turn_place *next;   /* the next line of the bucket; kept by the first of a line only */
};

struct turn_queue {
    struct turn_place *lines[TURN_LINES]; /* all NULL at first */
};

/* Takes a place in the contact's line. Returns true when nobody is before it: its turn goes now. */
bool turn_queue_join(struct turn_queue *queue, struct turn_place *place, struct slice contact);

/* Leaves the first place of its line. Returns whose turn goes now, or NULL. */
struct turn_place *turn_queue_leave(struct turn_queue *queue, struct turn_place *place);

#endif
