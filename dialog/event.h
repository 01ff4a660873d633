/* Events: what happened outside, in one form for every provider.
 *
 * Adapters make them, the turn hands them to the conversation. All slices lie in the request's arena and are valid
 * UTF-8. Proved by tests/unit/test_adapter_*.c. */
#ifndef DIALOG_EVENT_H
#define DIALOG_EVENT_H

#include "base/slice.h"

/* The payload of a button under an invitation, "training:ID:join" (or leave); and of a short TEXT from who was invited
 * to one: "training:ID:MS", when. */
#define TRAINING_PAYLOAD "training:"

enum channel_kind { CHANNEL_SMS, CHANNEL_USSD, CHANNEL_WHATSAPP };

enum event_kind {
    EVENT_TEXT,        /* words; also a USSD input */
    EVENT_CHOICE,      /* a button or list row of ours was pressed: payload is its id, text its title */
    EVENT_MEDIA,       /* picture, voice, document: text is the caption */
    EVENT_LOCATION,    /* a place: latitude, longitude; text is its name */
    EVENT_UNSUPPORTED, /* something a person sent that we cannot read: answer once, kindly */
    EVENT_BEGIN,       /* a USSD session opens: no words yet */
    EVENT_ABORT,       /* a USSD session ended without us: not answered */
    EVENT_STATUS,      /* a delivery status of an outbound message: no turn */
    EVENT_IGNORED,     /* nothing to do (a reaction, another product's webhook): counted only */
    EVENT_TIMER, /* a timer of ours is due: payload is its name, at_ms its due instant; from is the person; no words */
    EVENT_STAFF  /* somebody of the staff acts: payload is "take NAME", "answer NAME" (text is what the person reads),
                    "close NAME", or "end NAME", which closes the ticket without a word; or "correct NAME SLOT": text
                     is what the fact is from now on, which the person is not told; "import NAME": text has facts, a
                     line each (slot, tab, value), of which those are taken that are not known; "merge NAME": text has
                     facts of another number (merged.h), all of which are taken; or "tell WHAT" and "remind WHAT": text
                     is what she reads, of a training; "trained TRAINING" and "untrained TRAINING": that she was in
                     one, or in none after all, which she is not told */
};

/* The fate of an outbound message, as a lattice: it only moves to a larger value, and FAILED only from below DELIVERED.
 * Source: providers.md part 0.4. */
enum delivery { DELIVERY_QUEUED, DELIVERY_SENT, DELIVERY_DELIVERED, DELIVERY_READ, DELIVERY_PLAYED, DELIVERY_FAILED };

struct message_template;

/* What a person sent besides words. Journals hold the numbers: a new kind goes to the end. */
enum media_kind { MEDIA_OTHER, MEDIA_IMAGE, MEDIA_AUDIO, MEDIA_VIDEO, MEDIA_DOCUMENT, MEDIA_STICKER };

/* Where it is, not what it is: the bytes stay with the provider until somebody of the staff wants them. */
struct media {
    enum media_kind kind;
    struct slice id;   /* what its adapter finds it by again, never a whole address; empty: it cannot be fetched */
    struct slice type; /* "audio/ogg; codecs=opus", as the provider says; may be empty */
    struct slice name; /* the file's, as the person says; may be empty */
};

struct event {
    enum event_kind kind;
    struct slice from; /* who: E.164 with plus, or a provider's user id (WhatsApp BSUID) */
    struct slice id; /* the provider's id of this message, the same on each re-delivery; never empty but for IGNORED */
    struct slice session;       /* USSD session id; empty elsewhere */
    struct slice text;          /* as written, cleaned (utf8_clean) */
    bool last_input;            /* USSD: text is the last input only, not all of the session's so far, and id is no
                                   hop's yet: adapters/ussd.h finds both */
    bool follows;               /* USSD: what the session gives can follow by SMS: its channel has follow_by */
    struct slice payload;       /* CHOICE: id of the button or row; TIMER: its name; STAFF: as above;
                                   TEXT: TRAINING_PAYLOAD, or empty */
    struct slice name;          /* the name a person shows; empty if none */
    struct media media;         /* MEDIA */
    int64_t at_ms;              /* the provider's time of the message; 0 unknown; TIMER: when it was due */
    double latitude, longitude; /* LOCATION, degrees */
    enum delivery delivery;     /* STATUS */
    unsigned part;              /* STATUS: which part of a long message this tells of, from 1; 0 the whole */
    struct slice reference;     /* STATUS: our own outbox id where the provider echoes it; empty else */
    struct slice error;         /* STATUS FAILED: the provider's error code as text; empty if none */
    /* STAFF: what goes by WhatsApp where its free words may not; NULL: none. The conversation does not look at it. */
    const struct message_template *template;
};

#endif
