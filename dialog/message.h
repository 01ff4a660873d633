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

struct message {
    enum message_kind kind;
    struct slice text;
    struct message_option options[MESSAGE_ROWS_MAX];
    size_t option_count;
    struct slice list_button; /* LIST: the word that opens it */
    bool ends;                /* USSD: END instead of CON */
};

#endif
