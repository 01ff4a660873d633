/* What journal_pack.c writes and journal_unpack.c reads, for these two.
 *
 *     CHANNEL ':' ID '\n'       the message, as chaski_commit finds it; no ID where it is not plain letters
 *     PACKED_FORMAT, marks, at_ms, channel's kind, [policy], [page's units],
 *     event: kind, [id], text, [payload], [session], [sent - at_ms], [latitude, longitude],
 *            [media: kind, id, type, name]
 *     version, [flow: name, version, digest], models, advices, effects, messages,
 *     digests before and after, [state]
 *
 * in the writing of packing.h; what is in brackets is there if its mark is. A list is its count and its members; a
 * digest is the number of its bytes and these; a share is its hundredths, or SHARE_REAL and a real number. Kinds are
 * the numbers of their enums: these are only ever added to, at the end. Proved by tests/unit/test_journal.c and
 * tests/fuzz/fuzz_journal.c. */
#ifndef GATEWAY_JOURNAL_PACK_H
#define GATEWAY_JOURNAL_PACK_H

#include "gateway/journal.h"

#define PACKED_FORMAT 1
#define SHARE_REAL 101

_Static_assert(EVENT_STAFF == 10 && MEDIA_STICKER == 5 && EFFECT_TIMER == 12 && NEED_TEXTS == 5 &&
                   CHANNEL_WHATSAPP == 2 && MESSAGE_LIST == 2,
               "journals hold these numbers: a new kind goes to the end of its enum");

enum packed_entry {
    PACKED_INTERACTIVE = 1,
    PACKED_FOLLOWS = 2,
    PACKED_POLICY = 4,
    PACKED_PAGE = 8,
    PACKED_ID = 16,
    PACKED_PAYLOAD = 32,
    PACKED_SESSION = 64,
    PACKED_SENT = 128,
    PACKED_FLOW = 256,
    PACKED_STATE = 512,
    PACKED_MEDIA = 1024,
    PACKED_ENTRY_ALL = 2047,
};

enum packed_advice {
    PACKED_SURE = 1,
    PACKED_STAGE = 2,
    PACKED_STAGE_SHARE = 4,
    PACKED_OUTLOOK = 8,
    PACKED_LEVER = 16,
    PACKED_ADVICE_ALL = 31,
};

enum packed_effect { PACKED_RAW = 1, PACKED_CONFIDENCE = 2, PACKED_DUE = 4, PACKED_EFFECT_ALL = 7 };

enum packed_message { PACKED_KIND = 3, PACKED_ENDS = 4, PACKED_TEMPLATE = 8, PACKED_MESSAGE_ALL = 15 };

/* Reads what journal_pack() wrote: journal_read()'s for it, with its results. */
MUST_USE enum error journal_unpack(struct slice bytes, struct arena *arena, struct journal_entry *out);

#endif
