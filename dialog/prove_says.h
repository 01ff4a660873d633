/* What turns say, in sizes: septets on SMS and USSD, characters on WhatsApp.
 *
 * Internal to dialog/prove_*.c: one language on one kind of channel, measured once. Sizes are bounds: no turn says
 * more, whatever the facts and the engine put into its references. Proved by tests/unit/test_prove.c. */
#ifndef DIALOG_PROVE_SAYS_H
#define DIALOG_PROVE_SAYS_H

#include "base/buf.h"
#include "dialog/prove_parts.h"

/* Of one text, or of several that one turn says. */
struct size {
    size_t least, most; /* units */
    size_t texts;       /* at most */
    size_t longest;     /* units of the longest of them; of those only that SMS may have to cut */
    size_t followed;    /* segments of SMS that follow besides, at most */
    bool bracketed;     /* a line of it begins with "(": SMS keeps that with the line before */
};

struct says {
    struct prover *p;
    const char *lang;
    int lang_index;
    enum channel_kind channel;
    struct buf scratch;
    size_t *spoken;      /* of each slot: its value spoken */
    size_t doubted;      /* a value that is asked back */
    size_t heard;        /* the longest name of a slot that is heard before it is asked */
    struct size *said;   /* of each state: its `say` */
    struct size *own;    /* of each state: its `say` and its question with options */
    struct size *again;  /* of each question: the longest of what asks it again, or asks its answer back */
    struct size *before; /* of each state: what one step may have said before it enters it */
    struct size resumed; /* ... before it goes back to a question */
    struct size opening; /* what may come before all else: a greeting, an alert, a reminder */
};

/* Measures everything; says_end() frees. The prover's out_of_memory tells of failure. */
void says_begin(struct says *s, struct prover *p, size_t lang, enum channel_kind channel);
void says_end(struct says *s);

/* Measures a text of the flow; nothing for NULL. */
struct size says_text(struct says *s, const struct text *text);

/* Adds up what is said one behind the other. */
struct size says_and(struct size a, struct size b);

/* The larger of two, in each respect. */
struct size says_or(struct size a, struct size b);

/* What a turn of that size sends at most. */
struct prove_turn says_turn(const struct says *s, struct size size);

/* The least segments of a turn that says at least so many units. */
size_t says_segments_least(const struct says *s, size_t units);

/* Bounds whole conversations, and finds the rounds in them. */
void prove_costs(struct says *s);

#endif
