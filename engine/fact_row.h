/* A row of a data set of use, as a business: what conversations and staff taught, told by `chaski dataset build`.
 *
 * Columns whose names are slots (DESIGN 1.4) hold canonical values, or nothing where the fact is unknown; others are
 * the trainer's. Must not know: what is learned. Failure policy: a value that is none is a fault with its line.
 * Proved by tests/unit/test_engine_stage.c and tests/unit/test_engine_growth.c. */
#ifndef ENGINE_FACT_ROW_H
#define ENGINE_FACT_ROW_H

#include "engine/engine.h"
#include "engine/table.h"

/* Tells whether a table has a column. */
bool fact_row_column(const struct table *table, const char *name, size_t *out);

/* Takes the facts of a row. Returns ERR_VALUE with a fault and *out unfinished. */
MUST_USE enum error fact_row_take(const struct table *table, size_t row, struct faults *faults, struct business *out);

/* Names a cell that is not what it must be. Returns ERR_VALUE. */
enum error fact_row_refuse(const struct table *table, size_t row, struct slice column, const char *rule,
                           struct faults *faults);

#endif
