/* A guard's or an expression's text being read: what flow_guard.c and flow_expr.c share.
 *
 * The first fault ends it: `bad` sticks, and what is read after it is of no use. Proved by tests/unit/test_flow.c and
 * test_expr.c. */
#ifndef DIALOG_GUARD_READER_H
#define DIALOG_GUARD_READER_H

#include "dialog/flow_load.h"

#define GUARD_DEPTH_MAX 16

struct guard_reader {
    struct loader *l;
    const struct yaml_node *node;
    struct slice rest;
    struct slice word; /* the token under the eye; empty at the end */
    unsigned depth;
    bool sure; /* may be asked about */
    bool bad;
};

/* Adds a fault at the token under the eye. */
#define GUARD_FAULT(in, ...)                                                                                           \
    do {                                                                                                               \
        if (!(in)->bad)                                                                                                \
            faults_add((in)->l->faults, load_file((in)->l, (in)->node), (in)->node->line, guard_column(in),            \
                       __VA_ARGS__);                                                                                   \
        (in)->bad = true;                                                                                              \
    } while (0)

/* Gives the column of the token under the eye. */
unsigned guard_column(const struct guard_reader *in);

/* Moves the eye to the next token: a word, or one of ( ) , = != < <= > >= + *. */
void guard_advance(struct guard_reader *in);

/* Moves on if the token is this one. */
bool guard_take(struct guard_reader *in, const char *word);

/* Moves over this token, or adds a fault. */
void guard_expect(struct guard_reader *in, const char *word);

/* Tells whether what begins under the eye is compared as a number that is computed. */
bool expr_begins(const struct guard_reader *in);

/* Reads an expression. Returns NULL with `bad` set after a fault. */
const struct expr *expr_read(struct guard_reader *in);

/* Reads `SUM COMPARISON SUM`. */
const struct guard *expr_read_comparison(struct guard_reader *in);

#endif
