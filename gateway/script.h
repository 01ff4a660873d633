/* Scripts: conversations written down, with what must come of them, as a person can write them.
 *
 * A YAML file whose format docs/flows.md tells ("Testing what you wrote"): who says what on which channel, how time
 * passes, which words must come back, what is done besides, which facts then hold, what is asked. Everything that is
 * read lies in the arena it was read into and borrows from it; the file's own bytes are not needed any more. Must not
 * know: flows, the engine. Limits: SCRIPT_BYTES of a file, SCRIPT_CONVERSATIONS_MAX conversations, SCRIPT_STEPS_MAX
 * steps of one. Failure policy: every fault of a file is found in one go, with line, column and remedy.
 * Proved by tests/unit/test_script.c and tests/fuzz/fuzz_script.c. */
#ifndef GATEWAY_SCRIPT_H
#define GATEWAY_SCRIPT_H

#include "base/yaml.h"
#include "dialog/dialog.h"

#define SCRIPT_BYTES (4 * 1024 * 1024)
#define SCRIPT_ARENA_BYTES (64 * 1024 * 1024)
#define SCRIPT_CONVERSATIONS_MAX 1000
#define SCRIPT_STEPS_MAX 1000
#define SCRIPT_SPAN_MAX_MS (3660ll * 86400000) /* of one wait */

enum script_act {
    SCRIPT_NOTHING, /* changes only what the step says besides: the channel, what the engine finds */
    SCRIPT_SAY,
    SCRIPT_PRESS,   /* a button or row of the last messages, by its title */
    SCRIPT_PAYLOAD, /* one by its id, also of long ago */
    SCRIPT_PHOTO,   /* text: its caption; may be empty */
    SCRIPT_STICKER,
    SCRIPT_PLACE,
    SCRIPT_DIAL,
    SCRIPT_HANG_UP,
    SCRIPT_STAFF, /* text: "take NAME", "answer NAME words", "close NAME", "end NAME", "correct NAME SLOT value" */
    SCRIPT_WAIT,  /* time passes, and each timer that falls due on the way fires */
    SCRIPT_DOWN   /* time passes while nothing runs: no timer fires */
};

/* What the engine is said to find, in place of the real one. */
struct script_pins {
    const struct advice *industry, *profile, *resources, *trainings; /* NULL: as before */
    const struct advice *texts; /* of resources given before; NULL: as they were pinned then, or the engine's */
};

/* One YAML value that says what must come, with its place; `node` NULL: nothing is asked of it. */
struct script_wish {
    const struct yaml_node *key, *node;
};

struct script_step {
    enum script_act act;
    struct slice text;
    int64_t span_ms;                      /* WAIT, DOWN */
    double latitude, longitude;           /* PLACE, degrees */
    const struct channel_traits *channel; /* from here on; NULL: as before */
    struct script_pins pins;              /* from here on */
    struct script_wish expect, does, facts, asks;
    const struct yaml_node *node; /* the step's own */
};

struct script_conversation {
    struct slice name;
    struct channel_traits channel;
    int64_t at_ms;      /* when it begins */
    struct slice state; /* what is remembered of the person, encoded; empty: nothing */
    struct script_pins pins;
    const struct script_step *steps;
    size_t step_count;
    unsigned line, column;
};

struct script {
    const char *file;
    const char *languages; /* "es,en": those that are on; "": the flow's own */
    struct slice flow;     /* path, beside the script's own folder; empty: none is named */
    const struct script_conversation *conversations;
    size_t count;
};

/* Reads a file's bytes. Returns OK with *out, ERR_VALUE or ERR_SYNTAX with at least one fault, or ERR_NOMEM. */
MUST_USE enum error script_read(const char *file, struct slice bytes, struct arena *arena, struct faults *faults,
                                struct script *out);

/* Gives the line where what follows a step begins: the next step, or the next conversation; 0 at the end. */
unsigned script_next_line(const struct script *script, size_t conversation, size_t step);

/* Reads "sms", "ussd", "whatsapp" or "whatsapp-plain", behind sms a policy in the words of base/sms_policy.h. Returns
 * false, with *out unchanged, for anything else. */
bool script_channel(struct slice words, struct channel_traits *out);

/* Appends the words that script_channel() reads. */
void script_put_channel(struct buf *out, const struct channel_traits *traits);

/* Reads "20h": a whole number and s, m, h or d, to SCRIPT_SPAN_MAX_MS. Returns false for anything else. */
bool script_span(struct slice text, int64_t *out_ms);

/* Appends a span in the greatest unit that tells it whole, cut to seconds. */
void script_put_span(struct buf *out, int64_t span_ms);

/* Appends text as a YAML scalar that reads back the same: in quotes, or as a block of lines at `indent` where it has
 * several. Text is valid UTF-8; what YAML has no place for becomes a blank. */
void script_put_text(struct buf *out, struct slice text, unsigned indent);

/* Appends a message as it is told in a script: on USSD CON or END before its words; below them the buttons in
 * brackets, the word that opens a list in braces. */
void script_put_message(struct buf *out, const struct message *message, enum channel_kind channel);

/* Appends an effect as it is told in a script: "fact sales 1500/month", "timer remind 20h", counted from `now_ms`. */
void script_put_effect(struct buf *out, const struct effect *effect, int64_t now_ms);

/* Appends `industry: …`, `profile: …` or `resources: …` or `texts: …` lines with what the engine found, at an
 * indentation. */
void script_put_advice(struct buf *out, const struct advice *advice, unsigned indent);

#endif
