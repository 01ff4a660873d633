/* WhatsApp's webhook envelope: every message, status and account event of one POST, as events.
 *
 * One body may batch up to a thousand updates of several numbers; each becomes exactly one event, so that
 * nothing goes uncounted: what is of another number, another product or no use to a conversation is
 * EVENT_IGNORED. People are keyed by number, by business-scoped user id where no number comes. Unknown and
 * missing members are tolerated, wherever they are. Must not know: signatures, tokens, sending (360dialog
 * sends the same envelope with other credentials). Source: providers.md parts 1.3 to 1.7. Proved by
 * tests/unit/test_adapter_whatsapp.c and tests/fuzz/fuzz_whatsapp.c. */
#ifndef ADAPTERS_WHATSAPP_DECODE_H
#define ADAPTERS_WHATSAPP_DECODE_H

#include "adapters/adapter.h"

#define WHATSAPP_BODY_MAX (3 * 1024 * 1024) /* bytes of a webhook's body */
#define WHATSAPP_UPDATES_MAX 2000           /* in one body; Meta batches up to 1000 */

#define WHATSAPP_MEDIA_ID_MAX 128 /* bytes; Meta's have 15 or 16 digits */

/* Tells whether a text is a media id as it may stand in a path. */
bool whatsapp_is_media_id(struct slice id);

/* Decodes a body sent for the number `phone_number_id` into events in the arena. Returns OK, ERR_SYNTAX (no
 * JSON object), ERR_LIMIT (size, depth, updates) or ERR_NOMEM. */
MUST_USE enum error whatsapp_decode(struct slice body, const char *phone_number_id, struct arena *arena,
                                    struct decoded *out);

#endif
