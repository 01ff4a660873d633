/* The prover's parts among themselves: classes of values, tests over them, walks.
 *
 * Internal to dialog/prove*.c. A prover's memory is one arena; the first failure sticks in `out_of_memory`, and
 * whoever made something looks there before using it. Proved by tests/unit/test_prove.c. */
#ifndef DIALOG_PROVE_PARTS_H
#define DIALOG_PROVE_PARTS_H

#include "dialog/prove.h"

#define COMBINATIONS_MAX 400 /* of classes that a walk follows */
#define CLASSES_MAX 63       /* of one slot, "no fact" among them */
#define CLASS_NONE 0         /* no fact */
#define CLASS_ANY 255        /* not told apart */
#define FOUND_ANY 255        /* of labels and resources: not followed */
#define SURE_ANY 2
#define BELOW_SOME (-3) /* some question */
#define STATE_WORDS (FLOW_STATES_MAX / 64 + 1)
#define SPOTS_MAX 128 /* that one move can lead to */

#define SLOT_BIT(slot) (1u << (slot))
#define CLASS_BIT(class) (1ull << (class))

/* A value that somewhere in the flow makes a difference, or stands for those that make none. */
struct candidate {
    struct slice value;
    unsigned class;
    bool told; /* an answer in a person's own words can be it: a recogniser's, inside the slot's bounds */
};

/* One slot's values, parted. */
struct domain {
    struct candidate *items;
    size_t count, room;
    unsigned class_count; /* with CLASS_NONE */
    bool blurred;         /* there were more than fit: what guards ask of them is not sure */
    uint64_t all;         /* classes but CLASS_NONE */
    uint64_t told;        /* that own words can give; REFUSED apart */
    uint64_t refused;     /* the class of REFUSED; 0 where the type has none */
    struct slice example[CLASSES_MAX + 1];
};

enum truth { NO, YES, MAYBE };

/* A guard over classes. */
struct test {
    const struct guard *guard;
    const struct test *left, *right;
    uint64_t holds;   /* of a leaf over a slot: the classes it holds for */
    bool unsure;      /* ... or not */
    uint32_t numbers; /* slots that a number is computed of */
    bool never;       /* its comparison holds for none of their values */
};

/* What a state's guards ask about. */
struct site {
    const struct test **next; /* NULL: always */
    const struct test **options;
    uint32_t slots; /* that they name */
};

enum phase {
    AT_REST,  /* between sessions */
    ENTERING, /* a state */
    SKIPPING, /* a question that is known: on by its transitions, with nothing of what they do */
    WAITING,
    STUCK,  /* after wrong answers */
    LEAVING /* by the first transition whose guard holds */
};

/* Where a conversation stands. Compared as bytes: no padding. */
struct spot {
    uint8_t class_of[DIALOG_SLOTS_MAX]; /* CLASS_ANY for those not followed */
    int16_t state;                      /* FLOW_NONE at rest */
    int16_t below;
    uint8_t phase;
    uint8_t found;  /* labels in the low four bits, resources above */
    uint8_t timers; /* bit of each that leads somewhere and is set */
    uint8_t sure;   /* LEAVING only */
};

enum move_kind {
    MOVE_NONE, /* part of the step before */
    MOVE_BEGIN,
    MOVE_ANSWER,    /* argument: class */
    MOVE_OTHERWISE, /* all tries, none understood */
    MOVE_COMMAND,   /* argument: enum flow_command, then keywords */
    MOVE_BACK,
    MOVE_BAJA,    /* and ALTA after it */
    MOVE_TIMER,   /* argument: index */
    MOVE_SILENCE, /* until expire_after */
    MOVE_REDIAL,  /* by USSD, after redial_after */
    MOVE_ENGINE   /* argument: found, sure in bit 8 */
};

struct move {
    enum move_kind kind;
    unsigned argument;
};

struct node {
    struct spot spot;
    uint32_t parent;
    uint16_t depth; /* answers */
    uint16_t argument;
    uint8_t kind;
    bool done;
    bool leads_out; /* to an end, the menu, or the question below */
};

struct edge {
    uint32_t from, to;
};

/* What walks noted of a state. */
struct noted {
    bool entered, waited;
    bool *taken;   /* transitions */
    bool *held;    /* ... whose own guard held, taken or not */
    bool *offered; /* options */
    bool bare;     /* asked where an option must be chosen, and none was on offer */
    bool timeless; /* asked with no timer that would end it */
};

/* Where a walk saw a state first: its nodes, 0 none. */
struct seen {
    uint32_t entered, waited, bare, timeless;
};

/* One walk over all conversations. Exact: every spot is one that a conversation really has, and of those alike in what
 * is asked about only the first is gone on from. Else: slots that are not followed may be anything, and what is not
 * found cannot be. */
struct walk {
    struct prover *p;
    bool exact;
    bool finds;          /* not exact: labels and resources are followed */
    bool silent;         /* not exact: timers with `again` fire only where they are set; edges are what time does */
    uint32_t followed;   /* slots */
    struct noted *noted; /* gathers what is seen, of this walk and those before */
    struct seen *seen;   /* of this walk */
    struct node *nodes;  /* the first is no node */
    uint32_t count, room;
    uint32_t *table; /* of nodes, by hash */
    uint32_t table_size;
    uint32_t *now, *later; /* waiting to be gone on from; each as long as there are nodes, twice */
    uint32_t now_count, later_count;
    struct edge *edges; /* NULL: not kept. Those that time and commands do not bring about; if silent, those of time */
    uint32_t edge_count, edge_room;
    bool full; /* something had to be left out */
};

struct prover {
    const struct flows *flows;
    const struct flow *flow;
    struct arena *arena;
    struct proof *out;
    bool out_of_memory;
    struct domain domains[DIALOG_SLOTS_MAX];
    struct site *sites;
    struct noted *exact, *may; /* of all exact walks; of the latest other */
    bool **dead;               /* transitions that are proved never to be taken */
    uint8_t *keeps;            /* what of the engine's finds a state may still ask about: bit 0 labels, 1 resources */
    uint8_t needs;             /* the same of the flow */
    const struct test *timers[DIALOG_TIMERS_MAX];
    uint32_t timer_slots;            /* that the guards of timers which end a session name */
    uint32_t aside_changes;          /* slots that a command can change before it goes back to the question */
    uint64_t (*before)[STATE_WORDS]; /* of each state: the questions that ATRAS can lead to from it */
    bool *asked;                     /* those of them that may have been asked */
    uint32_t *interrupts;            /* of each state: the keywords that are no answer to its question, as bits */
    struct walk first, second;       /* over everything; for one question at a time */
    struct edge *edges;              /* room for a walk's */
    uint32_t edge_room;
    struct prove_loop *loops; /* out->loops, while they are made */
    size_t finding_room;
};

/* Hands out zeroed room, or NULL with out_of_memory set. */
void *prove_make(struct prover *p, size_t count, size_t size);

/* Adds a finding, with the path to a node of the walk (0: none). Returns it, the prover's own until the next, or NULL
 * for no text and without memory. */
struct finding *prove_find(struct prover *p, enum prove_rule rule, bool error, const char *file, unsigned line,
                           unsigned column, const char *text, const struct walk *walk, uint32_t node);

/* Formats into the prover's arena. Returns NULL with out_of_memory set. */
const char *prove_text(struct prover *p, const char *format, ...) __attribute__((format(printf, 2, 3)));

/* Parts every slot's values into classes and compiles all guards. */
void prove_classes(struct prover *p);

/* Gives the class of a value, which is among the slot's candidates; CLASS_NONE for one that is not. */
unsigned prove_class_of(const struct domain *domain, struct slice value);

/* Gives the classes that a reference's value can have in a slot, for a conversation that stands at `spot`. The low bit
 * (CLASS_NONE) says that it can be missing. */
uint64_t prove_assigned(const struct prover *p, unsigned slot, const struct part *value, const struct spot *spot);

/* Tells whether a test holds at a spot. NULL holds. */
enum truth prove_truth(const struct test *test, const struct spot *spot);

/* Gives the slots that a guard names. */
uint32_t prove_slots(const struct guard *guard);

/* Gives the classes that a question can be answered with at a spot, REFUSED among them where it takes that. Notes
 * which options are on offer, and whether none is where one must be chosen. */
uint64_t prove_answers(const struct prover *p, int state, const struct spot *spot, struct noted *noted);

/* Makes a walk's room, for so many spots. */
void prove_walk_make(struct prover *p, struct walk *walk, uint32_t room);

/* Walks from the first contact until nothing is new; what it found before is forgotten. */
void prove_walk(struct walk *walk);

/* Takes the walk that all findings' paths come from. */
void prove_first(struct prover *p);

/* Finds out about the flow's shape: what ATRAS can lead back to, what commands can change, what of the engine's finds
 * is still asked about where. */
void prove_shape(struct prover *p);

/* Finds what guards never let happen, and what only they let happen. */
void prove_guards(struct prover *p);

/* Tells which slots may be followed together, so that a walk stays small: as many of `wanted` as give at most so many
 * combinations of classes, those of `first` before others. */
uint32_t prove_few(const struct prover *p, uint32_t first, uint32_t wanted, size_t most);

/* Walks exactly, or allowing too much, in p->second, with these slots followed. Returns false when something had to be
 * left out. */
bool prove_walk_exact(struct prover *p, uint32_t followed);
bool prove_walk_more(struct prover *p, uint32_t followed, bool finds);

/* Finds questions that nobody gets out of. */
void prove_traps(struct prover *p);

/* Finds timers that come for ever, and those that speak when WhatsApp takes no free words. */
void prove_time(struct prover *p);

/* Finds values that their slots cannot have, and texts that lack in a language. */
void prove_fits(struct prover *p);

/* Bounds what turns and conversations send, and finds what is too long. */
void prove_lengths(struct prover *p);

/* Writes the answers that lead to a node, and plays them. Returns NULL for node 0 and without memory. */
const char *prove_path(struct prover *p, const struct walk *walk, uint32_t node, bool *sure);

/* Finds which keywords interrupt which questions, by saying them there. */
void prove_keywords(struct prover *p);

/* Plays a chain of nodes, the last first, through dialog_step(). Returns whether the conversation stood everywhere
 * where the walk says. */
bool prove_play(struct prover *p, const struct walk *walk, const uint32_t *chain, size_t count);

#endif
