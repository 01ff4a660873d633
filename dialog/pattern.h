/* Forms that a flow has of its own: what its alerts, keywords and options are said with.
 *
 * They are written as those of a language's file (lexicon.h, without @name), and read once, when the flow is. A flow
 * may speak of anything, in several languages and versions at once, so that its words are no part of a lexicon: there
 * each word of a message is looked up among all that a language has, here a few forms are asked whether they are met.
 * A gist tells most of them from most messages at a glance. Must not know: any word. Work is bounded by forms x tokens.
 * Proved by tests/unit/test_pattern.c, which also holds them against the lexicon's way to match. */
#ifndef DIALOG_PATTERN_H
#define DIALOG_PATTERN_H

#include "base/arena.h"
#include "base/error.h"
#include "dialog/lexer.h"

/* What of a form most messages fail at a glance: sound classes (sound.h) as bits, and numbers of tokens, pauses apart.
 * It is the form's alone. */
struct gist {
    uint32_t begins;   /* with which a match can begin; all when it can begin with anything */
    uint32_t needs[2]; /* of each some token must be; all when there is nothing to tell */
    uint32_t ends;     /* of the message's last token */
    uint8_t least;     /* tokens that a message must have */
    uint8_t most;      /* and may have; UINT8_MAX any number */
};

/* A word of a form. */
struct pattern_word {
    struct slice text;   /* without its signs */
    struct slice sound;  /* the key of that, and the letters of the key (lexicon_letters()) */
    uint32_t letters;    /* as bits */
    unsigned char class; /* of the sound */
    bool exact, prefix;  /* "=word", "word*" */
};

struct pattern_element {
    enum element_kind kind;
    bool optional;
    uint32_t classes; /* of the tokens that it fits, as bits; all when they may be any */
    const struct pattern_word *words;
    size_t word_count;
};

/* A form, read. */
struct pattern {
    const struct pattern_element *elements;
    size_t element_count;
    bool from_start; /* "^" */
    struct gist gist;
};

/* Reads a form, whose bytes must stay in place. Returns OK with *out, or ERR_NOMEM. */
MUST_USE enum error pattern_read(struct arena *arena, const char *form, struct pattern *out);

/* A message at a glance, as a gist is compared with. */
struct glance {
    uint32_t said, first, last; /* classes, as bits: of all tokens, of the first and the last that is no pause */
    size_t count;               /* tokens, pauses apart */
};

/* Gives the glance of a message. */
struct glance pattern_glance(const struct lexed *lexed);

/* Tells whether one of the forms matches anywhere; `glance` is pattern_glance() of the message. */
bool pattern_has_any(const struct pattern *patterns, size_t count, const struct lexed *lexed,
                     const struct glance *glance);

/* What several forms cannot be said without: of each the words of its rarest element, by their class. A message that
 * has none of them is none of the forms, which costs less to know than to try them. */
struct pattern_key {
    const struct pattern_word *word;
    const struct pattern_key *next;
};

struct pattern_keys {
    const struct pattern_key *by_class[32]; /* that are met as they are, or as a beginning */
    const struct pattern_key *longs[32];    /* ... that are met with a slip too, by a word as long */
    bool any;                               /* a form has no such element: any message may be it */
};

/* Adds a form, which must stay in place. Returns OK or ERR_NOMEM. */
MUST_USE enum error pattern_keys_add(struct arena *arena, const struct pattern *form, struct pattern_keys *keys);

/* Tells whether a message may match one of the forms; of those that do match always. */
bool pattern_keys_may(const struct pattern_keys *keys, const struct lexed *lexed);

#endif
