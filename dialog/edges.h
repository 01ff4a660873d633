/* Edges: the ways that conversations can take through a flow, numbered; and the trail of those a step took.
 *
 * An edge is a transition, an option chosen, a retry, the way after the last wrong answer, a timer that did what it is
 * for, a command, an alert, a keyword, a dial that is asked whether to go on. The last four are the flow's, not a
 * question's: they work alike at each. A step notes what it takes only where somebody asked for a trail. Everything
 * lies in the arena that is given. Must not know: what words lead there. Proved by tests/unit/test_edges.c. */
#ifndef DIALOG_EDGES_H
#define DIALOG_EDGES_H

#include "dialog/flow.h"

#define TRAIL_MAX 64 /* edges noted of one trail; more are left out */
#define EDGE_COMMANDS 13

enum edge_kind {
    EDGE_NEXT,      /* index: the state's transition */
    EDGE_OPTION,    /* index: the state's option */
    EDGE_RETRY,     /* index: wrong answers before, from 0 */
    EDGE_OTHERWISE, /* index 0 */
    EDGE_TIMER,     /* of the flow: index of the timer */
    EDGE_COMMAND,   /* of the flow: edge_command()'s number */
    EDGE_ALERT,     /* of the flow: index of the alert */
    EDGE_KEYWORD,   /* of the flow: index of the keyword */
    EDGE_REDIAL     /* of the flow: index 0 */
};

struct edges {
    const struct flow *flow;
    const uint32_t *base; /* number of each state's first edge; behind the last state, of the flow's first */
    uint32_t count;
};

/* One edge, told. */
struct edge_told {
    enum edge_kind kind;
    int state; /* FLOW_NONE: of the flow */
    unsigned index;
    unsigned line, column; /* in the flow's file; 0 where it has no place of its own */
};

struct trail {
    const struct edges *edges; /* steps in another flow are not noted */
    uint32_t taken[TRAIL_MAX]; /* numbers, in order, perhaps one twice */
    size_t count;
};

/* Numbers a flow's edges. Returns NULL without memory. */
const struct edges *edges_of(const struct flow *flow, struct arena *arena);

/* Gives an edge's number; below edges->count for any that the flow has. */
uint32_t edge_number(const struct edges *edges, enum edge_kind kind, int state, unsigned index);

/* Tells which edge a number is; it is below edges->count. */
struct edge_told edge_tell(const struct edges *edges, uint32_t number);

/* Gives the word of a command by its number, below EDGE_COMMANDS: "menu". */
const char *edge_command(unsigned number);

/* Appends an edge in words: "ventas -> tendencia", "ventas: option 2". */
void edge_put(const struct edges *edges, uint32_t number, struct buf *out);

/* Notes an edge that a step in `flow` takes. A trail of NULL notes nothing. */
void trail_note(struct trail *trail, const struct flow *flow, enum edge_kind kind, int state, unsigned index);

#endif
