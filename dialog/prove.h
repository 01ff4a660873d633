/* The prover: what can go wrong in a flow, found before anybody meets it.
 *
 * An abstract interpretation of the compiled flow. A slot's values are parted into the classes that the flow's guards,
 * bounds and questions can tell apart (no fact being one), and conversations are walked over (state, classes, what lies
 * below, the engine's finds). "Never" is said only where a walk that allows too much does not find it either; "can"
 * where a walk of exact steps found it, which also gives the answers that lead there. Lengths and costs are upper and
 * lower bounds over all values: in septets as SMS and USSD send them, in characters for WhatsApp.
 *
 * Assumed: facts come from this version of the flow; ATRAS goes back along transitions, not over a command's jump; the
 * engine's texts cost a septet a character, as the catalogue's do. Must not know: files, currencies, terminals.
 * Everything lies in the arena that is given. Failure policy: ERR_NOMEM, with *out unusable; a flow that the loader
 * took can always be proved. Proved by tests/unit/test_prove.c (more of it: `make prove`), test_prove_shortest.c and
 * tests/fuzz/fuzz_flow.c.
 */
#ifndef DIALOG_PROVE_H
#define DIALOG_PROVE_H

#include "dialog/flow.h"

#define PROVE_ARENA_BYTES (64 * 1024 * 1024)
#define PROVE_CHANNELS 3 /* of enum channel_kind */
#define PROVE_ANY (-1)   /* of no one language or channel */

enum prove_rule {
    PROVE_UNREACHABLE, /* no conversation comes to this state */
    PROVE_TRAP,        /* no answer leads on to an end or the menu */
    PROVE_FALLBACK,    /* who is never understood goes round for ever */
    PROVE_TIMEOUT,     /* the question stays open, as long as nobody writes */
    PROVE_HIDDEN,      /* a question can be asked without any of its options */
    PROVE_NEVER,       /* a guard never holds there */
    PROVE_SHADOWED,    /* one before it is always taken instead */
    PROVE_TYPE,        /* a value that its slot cannot have */
    PROVE_TEMPLATE,    /* WhatsApp takes no free words by then */
    PROVE_SCREEN,      /* longer than a USSD page */
    PROVE_SEGMENTS,    /* above the SMS budget */
    PROVE_TRANSLATION, /* a text lacks in a language that is on */
    PROVE_ENDLESS,     /* a timer that comes again and again without an answer */
    PROVE_LOST,        /* longer than a USSD session keeps */
    PROVE_RULE_COUNT
};

/* One thing found. */
struct finding {
    enum prove_rule rule;
    bool error;            /* else a warning */
    const char *file;      /* one of the program's */
    unsigned line, column; /* of that; 0 where no one line is to blame */
    int lang, channel;     /* index into flow->langs, enum channel_kind; PROVE_ANY */
    const char *text;      /* what, and how to mend it */
    const char *path;      /* the shortest answers that lead there; NULL: it needs none, or none was found */
    bool path_sure;        /* it was played through dialog_step() */
};

/* At least and at most, both reached or not. */
struct interval {
    size_t least, most;
};

/* What one conversation from the first message to its end can cost, each question asked once with all its tries: SMS
 * in messages and segments; USSD in sessions' pages, each a segment; WhatsApp in messages, each a segment. */
struct prove_cost {
    struct interval messages, segments;
    struct interval followed; /* USSD: segments of what follows by SMS besides, where the channel has `follow_by` */
};

/* A round of questions that can be gone again and again: what one more pass costs at most. */
struct prove_loop {
    int state; /* one of it: the first in the file */
    const char *states;
    struct prove_cost pass[PROVE_CHANNELS];
};

/* The most that one turn can send which ends waiting at a state; the last row is for turns that end the session. */
struct prove_turn {
    size_t units;    /* SMS, USSD: septets; WhatsApp: characters */
    size_t messages; /* USSD: pages */
    size_t segments;
    size_t followed; /* USSD: segments of SMS besides */
};

/* What conversations do at a state, as far as it was walked. */
struct prove_met {
    bool waited;         /* for an answer */
    const bool *taken;   /* of each transition */
    const bool *offered; /* of each option */
};

/* Values of a slot that guards, bounds and questions tell apart, one for each class. */
struct prove_values {
    const struct slice *items;
    size_t count;
};

struct proof {
    struct finding *findings; /* by file, the main flow's first, and line */
    size_t count, errors, warnings;
    struct prove_cost costs[FLOW_LANGS_MAX][PROVE_CHANNELS];
    const struct prove_turn *turns[FLOW_LANGS_MAX][PROVE_CHANNELS]; /* state_count + 1 rows */
    const struct prove_loop *loops;
    size_t loop_count;
    struct prove_turn redial; /* what one more dial that is asked whether to go on costs at most, where the person goes
                                 on: its question and the open one anew, each with all its tries */
    const struct prove_met *met;       /* a row for each state */
    const struct prove_values *values; /* a row for each slot */
    bool whole;                        /* nothing had to be left out: what is not found is not there */
};

/* Proves one flow of `flows`, which are finished. Returns OK or ERR_NOMEM (the arena is at its end). */
MUST_USE enum error prove(const struct flows *flows, const struct flow *flow, struct arena *arena, struct proof *out);

/* Gives a rule's name, as in "unreachable". */
const char *prove_rule_name(enum prove_rule rule);

/* Gives the answers that lead to the state whose text begins at or before a line of a file, over transitions alone,
 * whatever their guards say: for a flow that was refused at load, of which parts may lack. NULL when no state is there,
 * or nothing leads to it, or without memory. */
const char *prove_way_to_line(const struct flow *flow, const char *file, unsigned line, struct arena *arena);

#endif
