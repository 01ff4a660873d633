/* Rows of a data file for training: tab-separated values under a line of column names.
 *
 * Cells are slices into the bytes given. Must not know: what a column means. Failure policy: a ragged row or a
 * missing column is a fault with line and remedy. Proved by tests/unit/test_table.c and tests/fuzz/fuzz_table.c. */
#ifndef ENGINE_TABLE_H
#define ENGINE_TABLE_H

#include "base/arena.h"
#include "base/error.h"

#define TABLE_COLUMNS_MAX 64

struct table {
    const char *file;
    struct slice names[TABLE_COLUMNS_MAX];
    size_t columns;
    struct slice *cells; /* rows * columns, in the arena */
    size_t rows;
};

/* Reads a file's bytes. Returns ERR_SYNTAX with a fault (no rows, a row with another number of cells), ERR_LIMIT
 * (columns) or ERR_NOMEM. */
MUST_USE enum error table_read(const char *file, struct slice bytes, struct arena *arena, struct faults *faults,
                               struct table *out);

/* Finds columns by name. Returns ERR_NOT_FOUND with a fault for each that is missing. */
MUST_USE enum error table_find(const struct table *table, const char *const *names, size_t count, struct faults *faults,
                               size_t *columns);

/* Gives a cell, borrowed from the bytes. */
struct slice table_cell(const struct table *table, size_t row, size_t column);

/* Reads a cell as a decimal number with an optional sign and point. Returns false, with *out unchanged, for anything
 * else. */
bool table_number(const struct table *table, size_t row, size_t column, double *out);

#endif
