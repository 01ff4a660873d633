/* The journal: one turn as one entry, written and read back.
 *
 * An entry holds what a replay needs: when and where, the event as the conversation saw it, what the engine advised
 * (whole, so that no engine is needed), which flow and models there were, and what came of it: effects, words, and a
 * digest of the state before and after. Each JOURNAL_STATE_EVERY versions it holds the state before, so that a replay
 * can begin where the older entries are gone. It is most of what is kept of a person: keys are short, and nothing
 * empty or usual is written. It never holds who the person is (the key where it lies names them), nor their shown
 * name; of what she sent besides words it holds where it is with the provider, never the bytes. The store has an entry
 * packed (gateway/journal_pack.h), in half the bytes; for eyes, and for files that `chaski replay` reads, it is a JSON
 * object on one line:
 *
 *     {"j":3,"t":1795435200000,"c":"wa","k":"whatsapp","i":1,    format, now_ms, channel, k: its kind unless sms,
 *                                                                interactive
 *      "y":"cheapest es","z":160,                                how its SMS are written, a USSD screen's septets,
 *                                                                unless as usual
 *      "e":{"k":"choice","i":"SM1","x":"hola","p":"…","s":"…",   event; k: unless text;
 *           "a":-900,"la":-13.5,"lo":-71.9,                      a: at_ms - now_ms
 *           "m":["audio","900","audio/ogg","nota.ogg"]},         media: kind, id, type, name
 *      "v":3,"f":["diagnostico","1","DIGEST"],                   version before, flow,
 *      "m":{"industry v0001":"DIGEST",…},                        models
 *      "a":[{"k":"industry","l":[["KEY","NAME",0.93],…],"s":1,"v":"industry v0001"},
 *           {"k":"profile","g":"growth","gp":0.8,"o":"estable"},
 *           {"k":"resources","r":[["ID","TEXT","REASON","CONTACT"]…],
 *            "pr":[0.93,…]}],                                    propensities where draws chose
 *      "fx":[{"k":"fact","s":"sales","v":"1500/month",
 *             "r":"raw, unless the event's text","c":0.9},…],
 *      "w":["plain words",{"x":"words","b":[["ID","TITLE"],…],
 *           "l":"list button","e":1,                             e: the USSD session ends;
 *           "t":["NAME","LANGUAGE","b" or "","PARAM",…]}],       a template may go instead
 *      "d":["DIGEST before","DIGEST after"],
 *      "b":"the state before, base64"}
 *
 * Must not know: Redis, steps. Failure policy: bytes that are no entry are refused, never half read. Proved by
 * tests/unit/test_journal.c and tests/fuzz/fuzz_journal.c. */
#ifndef GATEWAY_JOURNAL_H
#define GATEWAY_JOURNAL_H

#include "base/crypto.h"
#include "dialog/dialog.h"

#define JOURNAL_FORMAT 3              /* entries without "j" were written before there was a format */
#define JOURNAL_ENTRY_MAX (64 * 1024) /* bytes */
#define JOURNAL_STATE_EVERY 16        /* versions */
#define JOURNAL_MODELS_MAX 8
#define JOURNAL_ADVICES_MAX 9
#define JOURNAL_MESSAGES_MAX 64

struct journal_model {
    struct slice name, digest;
};

struct journal_entry {
    int64_t at_ms; /* the instant that the step was given */
    struct slice channel;
    enum channel_kind kind;
    bool interactive;
    struct sms_policy sms;
    size_t page_units;  /* USSD: septets of a screen; 0: the most there are */
    struct event event; /* `from` and `name` are empty */
    uint64_t version;   /* the contact's before the turn; 0: never seen */
    struct slice flow, flow_version, flow_digest;
    struct journal_model models[JOURNAL_MODELS_MAX]; /* none where nothing was asked */
    size_t model_count;
    const struct advice *advices; /* in the order given */
    size_t advice_count;
    const struct effect *effects; /* SAY is left out: the messages have it */
    size_t effect_count;
    const struct message *messages;
    size_t message_count;
    struct slice before, after; /* digests of the encoded states; before is empty for a contact never seen */
    struct slice state;         /* encoded, before; empty where it is not kept, and for a contact never seen */
};

/* Append an entry, as JSON on one line, or packed. All texts must be valid UTF-8. Failure sticks in out->error. */
void journal_write(struct buf *out, const struct journal_entry *entry);
void journal_pack(struct buf *out, const struct journal_entry *entry);

/* Reads an entry, in either form, into the arena; texts of the entry lie there too. Returns OK; ERR_UNSUPPORTED for an
 * entry of an older or a newer format; ERR_SYNTAX, ERR_VALUE or ERR_LIMIT for what is no entry; ERR_NOMEM. *out is
 * whole only with OK. */
MUST_USE enum error journal_read(struct slice bytes, struct arena *arena, struct journal_entry *out);

/* The words that stand for numbers: "text", "fact", "industry", "sms", "audio". */
enum journal_words { JOURNAL_EVENTS, JOURNAL_EFFECTS, JOURNAL_NEEDS, JOURNAL_CHANNELS, JOURNAL_MEDIA };

/* Gives the word for a number of `words`, or NULL when it has none. */
const char *journal_word(enum journal_words words, size_t number);

/* JOURNAL_MEDIA's words, behind which is NULL: for a table of what may stand in a field. */
extern const char *const journal_media_kinds[];

/* Finds a word's number. Returns false, with *out unchanged, when it is none. */
bool journal_number(enum journal_words words, struct slice word, size_t *out);

/* What an entry means that names no kind of event, or of channel. */
#define JOURNAL_USUAL_EVENT EVENT_TEXT
#define JOURNAL_USUAL_CHANNEL CHANNEL_SMS

/* What an effect of this kind carries unless the entry says otherwise. */
struct slice journal_usual_raw(enum effect_kind kind, struct slice text);
double journal_usual_confidence(enum effect_kind kind);

#endif
