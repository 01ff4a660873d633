/* Queries: who is meant, in words that staff type.
 *
 *     query := both { "or" both }            both := one { "and" one }
 *     one   := "not" one | "(" query ")" | "all" | test
 *     test  := FIELD ("=" | "!=" | "<" | "<=" | ">" | ">=") VALUE
 *            | FIELD ["not"] "in" "(" VALUE { "," VALUE } ")" | FIELD ("known" | "unknown")
 *     VALUE := word, number, number of days ("30d", "4w") or "text in quotes"
 *
 * Fields and what may be compared with them: profile.h. Days are counted back from today in Lima: `seen < 30d` is
 * whoever wrote in the last thirty. What is not known is smaller than nothing and greater than nothing; `not` and `!=`
 * find all that the rest does not, those of whom nothing is known among them. A query is checked whole when it is
 * parsed, so that it cannot fail when it is used. Two ways of use agree: of 512 people at once, over their bits, and of
 * one. Must not know: the store. Pure. Failure policy: one fault, with its column, what was expected, and the remedy.
 * Proved by tests/unit/test_query.c and tests/fuzz/fuzz_query.c. */
#ifndef GATEWAY_QUERY_H
#define GATEWAY_QUERY_H

#include "base/arena.h"
#include "base/error.h"
#include "gateway/profile.h"

#define QUERY_BYTES_MAX 2000
#define QUERY_NODES_MAX 256
#define QUERY_DEPTH_MAX 32
#define QUERY_FAULT 400 /* bytes of a fault's text and its NUL */
#define QUERY_GROUP 512 /* people who are looked at together */
#define QUERY_WORDS (QUERY_GROUP / 64)

struct query;

struct query_fault {
    size_t column; /* from 1, in characters */
    char text[QUERY_FAULT];
};

/* Parses and checks a text, which is borrowed for the call. *out lies in the arena. Returns OK, ERR_SYNTAX with *fault,
 * or ERR_NOMEM. */
MUST_USE enum error query_parse(struct slice text, struct arena *arena, struct query **out, struct query_fault *fault);

/* Gives the columns that a query reads, a bit each; traits are always among them. */
uint32_t query_columns(const struct query *query);

/* Tells whether a query asks for a field. */
bool query_reads(const struct query *query, const struct profile_field *field);

/* Bitmaps of a group of people: of each column, for each bit of its number, a bit a person; and who is there. People
 * lie in an order in which they are quickly loaded, the same in all of them. */
struct query_group {
    uint64_t bits[PROFILE_COLUMNS][8 * PROFILE_BYTES_MAX][QUERY_WORDS];
    uint64_t there[QUERY_WORDS];
};

/* Makes a group's bitmaps of some columns (a bit each in `columns`, traits among them) from the columns' strings, which
 * may end early: what is behind their end is 0. `number` is the group's, from 0. */
void query_load(struct query_group *group, uint32_t columns, const struct slice strings[PROFILE_COLUMNS],
                size_t number);

/* Gives who of a group is there and matches. `today` is profile_day() of now. */
void query_match(const struct query *query, const struct query_group *group, uint32_t today, uint64_t out[QUERY_WORDS]);

/* Puts a bitmap of people into the order of their numbers: the first person is the high bit of the first byte. */
void query_in_order(uint64_t who[QUERY_WORDS]);

/* Gives who of a group has one of the bits of a field of many (a SET, a FLAG), or a day not before `day`. */
void query_any(const struct query_group *group, const struct profile_field *field, uint32_t number,
               uint64_t out[QUERY_WORDS]);
void query_since(const struct query_group *group, const struct profile_field *field, uint32_t day,
                 uint64_t out[QUERY_WORDS]);

/* Tells whether one person matches. */
bool query_matches(const struct query *query, const struct profile *profile, uint32_t today);

#endif
