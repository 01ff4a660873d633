/* Messages: what Chaski says, ready for one kind of channel.
 *
 * Rendered by dialog/render, written to the wire by adapters. All slices are valid UTF-8 and lie in the turn's arena.
 * Limits are those of the narrowest provider. Source: providers.md part 1.8. Proved by tests/unit/test_render.c and
 * test_adapter_*.c. */
#ifndef DIALOG_MESSAGE_H
#define DIALOG_MESSAGE_H

#include "base/slice.h"

#define MESSAGE_BUTTONS_MAX 3
#define MESSAGE_ROWS_MAX 10
#define MESSAGE_BUTTON_CHARS 20      /* code points of a button's title, and of the word that opens a list */
#define MESSAGE_ROW_CHARS 24         /* of a list row's title */
#define MESSAGE_DESCRIPTION_CHARS 72 /* of a list row's description */
#define MESSAGE_BODY_CHARS 1024      /* of a body with buttons or a list */
#define MESSAGE_TEXT_CHARS 4096      /* of a WhatsApp text */

#define TEMPLATE_PARAMS_MAX 8
#define TEMPLATE_PARAM_CHARS 200 /* of one parameter: a body of 1024 holds them beside its own words */

enum message_kind {
    MESSAGE_TEXT,
    MESSAGE_BUTTONS, /* WhatsApp: 1 to 3 options */
    MESSAGE_LIST     /* WhatsApp: 1 to 10 options behind one button */
};

struct message_option {
    struct slice id; /* comes back as the event's payload */
    struct slice title;
    struct slice description; /* list rows; may be empty */
};

/* A template that the provider has approved: what may go to a person who has not written for a day. Its own words lie
 * with the provider; a message that names one says the same in free words. Source: providers.md part 1.8. */
struct message_template {
    struct slice name, language;
    struct slice params[TEMPLATE_PARAMS_MAX]; /* of its body, in order: each one line, never empty */
    size_t param_count;
    bool buttons; /* it has a quick reply for each of the message's options, in their order */
};

/* The options come last: most messages have none, and what is behind their count is anything. */
struct message {
    enum message_kind kind;
    struct slice text;
    size_t option_count;
    struct slice list_button;                /* LIST: the word that opens it */
    bool ends;                               /* USSD: END instead of CON */
    const struct message_template *template; /* WhatsApp: goes instead where free words may not; NULL: none */
    struct message_option options[MESSAGE_ROWS_MAX];
};

#endif
