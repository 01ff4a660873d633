/* Several flow files made one: the tree that flow_load.c reads.
 *
 * A main flow names in `uses` the flows that make one program with it; each lies in a file of its own with `part_of`.
 * Linking works on trees, before anything is compiled: a part's states get the part's name before theirs, and a
 * state that calls is replaced by its callee's states, with the arguments put in their places. So a program is one
 * table of states for whoever steps, proves or draws, a call costs nothing when it runs, and no call can go round.
 *
 * Internal to dialog/flow_*.c. Every node knows the file that it was written in, also behind a call. Limits:
 * FLOW_STATES_MAX states and CALL_DEPTH_MAX calls within calls, after which a fault says so. Proved by
 * tests/unit/test_flow_link.c. */
#ifndef DIALOG_FLOW_LINK_H
#define DIALOG_FLOW_LINK_H

#include "dialog/flow_load.h"

#define CALL_DEPTH_MAX 6
#define TAKES_MAX 16 /* arguments of one flow */

/* One file that waits to be linked. */
struct flow_source {
    const char *file;
    struct yaml_node *root;
    char name[DIALOG_NAME];
    char owner[DIALOG_NAME];  /* `part_of`; "" for a main flow */
    char digest[DIGEST_TEXT]; /* of its bytes */
    bool used;                /* some main flow names it */
    bool called;              /* some state calls it */
};

/* An argument, in its place: a text or a word as its node, a slot by its name in the program. */
struct argument {
    struct slice name;
    const struct yaml_node *node; /* NULL: left out, or a slot */
    struct slice slot;            /* empty: a text or a word */
};

/* Where names are looked up: the main flow, a part, or one call. */
struct frame {
    const struct flow_source *source;
    const struct frame *caller;               /* NULL but for a call */
    const char *scope;                        /* "", "menu", "avisos": where its names of slots are looked up first */
    const char *prefix;                       /* of its states' names: the scope and a dot, or "" */
    const char *back;                         /* the state that `return` leads to; NULL but for a call */
    bool aside;                               /* the call is */
    struct argument arguments[TAKES_MAX + 1]; /* and the result */
    size_t argument_count;
    unsigned depth;
};

struct linker {
    struct loader *l;
    struct flow_source *sources;
    size_t source_count;
    const struct flow_source *main;
    const struct flow_source **parts; /* what it uses, in that order */
    size_t part_count;
    struct yaml_node *states, *slots, *timers, *compute, *keywords; /* maps that grow */
    bool full;                                                      /* of states: said once */
};

/* Finds a part of the program by its name; NULL when it uses none of that name. */
const struct flow_source *link_part(const struct linker *k, struct slice name);

/* Tells whether a flow is there to be called: it takes, gives or returns. */
bool link_is_called(const struct flow_source *source);

/* Gives the name that a frame's state has in the program, or "" after a fault (too long) at `at`. */
const char *link_name(struct linker *k, const struct frame *frame, const struct yaml_node *at);

/* Adds a pair to a map that has room; adds a fault when the key is there already. */
void link_put(struct linker *k, struct yaml_node *map, const char *what, struct yaml_node *key,
              struct yaml_node *value);

/* Makes a node at another's place. */
struct yaml_node *link_node(struct linker *k, const struct yaml_node *at, enum yaml_kind kind, size_t room);
struct yaml_node *link_scalar(struct linker *k, const struct yaml_node *at, const char *text);

/* Copies a state with its targets as the program names them and its arguments put in. */
struct yaml_node *link_state(struct linker *k, const struct frame *frame, const struct yaml_node *state);

/* Copies a target (`to`), or all that `next` and `otherwise` hold. */
struct yaml_node *link_target(struct linker *k, const struct frame *frame, const struct yaml_node *node);
struct yaml_node *link_ways(struct linker *k, const struct frame *frame, const struct yaml_node *node);

/* Adds all states of a frame, those of its calls among them. */
void link_states(struct linker *k, const struct frame *frame);

/* Adds the state that lets nobody into a part twice, for one that is for `once`. */
void link_once(struct linker *k, const struct frame *frame);

/* Adds the states of one call. */
void link_call(struct linker *k, const struct frame *frame, const struct yaml_node *key, const struct yaml_node *node);

#endif
