/* The parts of queries, shared by query.c (parsing) and query_match.c (use), and by nobody else.
 *
 * A query is a tree of nodes, its leaves comparisons of a field's number. Proved by tests/unit/test_query.c. */
#ifndef GATEWAY_QUERY_PARTS_H
#define GATEWAY_QUERY_PARTS_H

#include "gateway/query.h"

enum query_kind {
    QUERY_ALL,
    QUERY_AND,
    QUERY_OR,
    QUERY_NOT,
    QUERY_EQUAL,    /* the field's number is `number` */
    QUERY_AT_LEAST, /* it is that or more */
    QUERY_SINCE,    /* it is a day not before so many days ago (`number`, which may be -1: tomorrow) */
    QUERY_ANY       /* one of the bits of `number` is set in it */
};

struct query_node {
    enum query_kind kind;
    unsigned left, right; /* AND, OR; NOT has left alone */
    const struct profile_field *field;
    int64_t number;
};

struct query {
    unsigned root, count;
    struct query_node nodes[QUERY_NODES_MAX];
};

/* Gives the number that a day so long ago has: never 0, which is nobody's. */
static inline uint32_t query_day(uint32_t today, int64_t ago)
{
    return ago >= today ? 1 : (uint32_t)(today - ago);
}

#endif
