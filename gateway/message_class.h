/* The classes of outbound messages, as a table: what each may do, and how long it is worth sending.
 *
 * A class is committed with its message, by its name. Everything that treats replies and bulk differently reads this
 * table (the outbox's streams, the limits, the send gate), so that they cannot disagree. Must not know: channels,
 * providers, Redis. Proved by tests/unit/test_message_class.c. */
#ifndef GATEWAY_MESSAGE_CLASS_H
#define GATEWAY_MESSAGE_CLASS_H

#include "base/slice.h"

enum message_class {
    CLASS_REPLY,        /* answers what a person wrote */
    CLASS_CONFIRMATION, /* says that BAJA was heard */
    CLASS_REMINDER,     /* said by a timer of a conversation */
    CLASS_NOTICE        /* goes to many */
};
#define MESSAGE_CLASSES 4

struct message_class_row {
    const char *name;
    bool bulk;           /* its stream goes after the replies */
    int64_t deadline_ms; /* from when it was committed or due; later than that it is not sent */
    bool after_opt_out;  /* may go to a person who opted out */
    bool keeps_hours;    /* goes in the hours of bulk alone */
    bool capped;         /* the monthly cap counts it */
};

/* Gives a class's row. */
const struct message_class_row *message_class(enum message_class class);

/* Finds a class by its name. Returns false, with *out unchanged, when there is none of that name. */
bool message_class_find(struct slice name, enum message_class *out);

#endif
