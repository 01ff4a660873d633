/* The YAML subset of configuration, flows and catalogue, as a tree with places.
 *
 * Maps, lists and scalars; no anchors, aliases, tags, merge keys, duplicate keys or several documents. Every
 * scalar is text: its type is decided by whoever asks for it, so `no` stays "no" where a string is expected.
 * Every node knows its line and column, counted in characters. A face over libyaml's events: what the subset
 * refuses never becomes a tree. Failure policy: all faults of a file that libyaml can read are found in one go; a
 * fault of syntax ends the reading. Proved by tests/unit/test_yaml.c and tests/fuzz/fuzz_yaml.c. */
#ifndef BASE_YAML_H
#define BASE_YAML_H

#include "base/arena.h"
#include "base/error.h"

#define YAML_DEPTH_MAX 24
#define YAML_NODES_MAX 200000
#define YAML_BYTES_MAX (8 * 1024 * 1024)

enum yaml_kind { YAML_SCALAR, YAML_LIST, YAML_MAP };

struct yaml_pair;

struct yaml_node {
    enum yaml_kind kind;
    const char *file;         /* that yaml_fault() names; NULL: the one it is given. The parser leaves it NULL */
    unsigned line;            /* from 1 */
    unsigned column;          /* from 1 */
    bool quoted;              /* scalar: written in quotes or as a block, so never null or a number by accident */
    struct slice text;        /* scalar: UTF-8, NUL-terminated, no NUL inside; empty for a key without a value */
    struct yaml_node **items; /* list */
    struct yaml_pair *pairs;  /* map, in file order */
    size_t count;             /* items or pairs */
};

struct yaml_pair {
    struct yaml_node *key; /* always a scalar */
    struct yaml_node *value;
};

/* Parses a whole file's bytes; everything lies in the arena. Returns OK with *out (NULL for an empty file);
 * ERR_SYNTAX with at least one fault that names file, line, column and remedy; or ERR_NOMEM. */
MUST_USE enum error yaml_parse(const char *file, struct slice bytes, struct arena *arena, struct faults *faults,
                               struct yaml_node **out);

/* Gives the value of a key, or NULL; also NULL when `map` is NULL or not a map. */
struct yaml_node *yaml_get(const struct yaml_node *map, const char *key);

/* Adds a fault at a node's place. */
void yaml_fault(struct faults *faults, const char *file, const struct yaml_node *at, const char *format, ...)
    __attribute__((format(printf, 4, 5)));

#endif
