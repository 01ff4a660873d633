#include "gateway/message_class.h"

#define HOUR_MS INT64_C(3600000)

static const struct message_class_row rows[MESSAGE_CLASSES] = {
    /* a reply that is a day old is not sent: WhatsApp's window, and sense */
    [CLASS_REPLY] = {"reply", false, 24 * HOUR_MS, false, false, false},
    /* the proof that BAJA was heard is worth more tries than anything else */
    [CLASS_CONFIRMATION] = {"confirmation", false, 7 * 24 * HOUR_MS, true, false, false},
    [CLASS_REMINDER] = {"reminder", true, 12 * HOUR_MS, false, true, true},
    [CLASS_NOTICE] = {"notice", true, 72 * HOUR_MS, false, true, true},
};

const struct message_class_row *message_class(enum message_class class)
{
    return &rows[class];
}

bool message_class_find(struct slice name, enum message_class *out)
{
    for (size_t i = 0; i < MESSAGE_CLASSES; i++) {
        if (slice_is(name, rows[i].name)) {
            *out = (enum message_class)i;
            return true;
        }
    }
    return false;
}
