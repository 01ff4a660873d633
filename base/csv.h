/* CSV as RFC 4180 has it, for people's spreadsheets: read with places, written so that no cell is taken for a formula.
 *
 * A cell that begins with = + - @ TAB or CR, behind any number of apostrophes, is written with one more apostrophe in
 * front, and read with one less, so that what was written is read again as it was. Reading takes commas or semicolons,
 * as the first line has them (spreadsheets of some countries write these), a byte order mark, LF or CR LF, and skips
 * blank lines. Must not know: what a column means. Failure policy: a quote where none may be, and NUL, are a fault of
 * the row, told by place; nothing after it is read. Proved by tests/unit/test_csv.c and tests/fuzz/fuzz_csv.c. */
#ifndef BASE_CSV_H
#define BASE_CSV_H

#include "base/arena.h"
#include "base/buf.h"
#include "base/error.h"

#define CSV_CELLS_MAX 64 /* of one row */

struct csv_cell {
    struct slice text;     /* with a NUL behind it; line breaks are LF */
    unsigned line, column; /* where it begins, from 1, in characters */
};

struct csv_reader {
    struct slice rest; /* not yet read */
    char separator;    /* comma or semicolon */
    unsigned line;     /* of what is read next, from 1 */
    unsigned column;
};

/* Begins to read a file's bytes, which are borrowed and must be UTF-8. */
void csv_begin(struct csv_reader *reader, struct slice bytes);

/* Reads a row's cells into the arena. Returns OK, ERR_NOT_FOUND where there is no further row, ERR_SYNTAX (the
 * reader's line and column are the fault's), ERR_LIMIT (more than CSV_CELLS_MAX cells) or ERR_NOMEM. */
MUST_USE enum error csv_row(struct csv_reader *reader, struct arena *arena, struct csv_cell out[CSV_CELLS_MAX],
                            size_t *count);

/* Appends a cell, in quotes, behind a comma unless it is the row's first; and a row's end. */
void csv_put(struct buf *out, struct slice text, bool first);
void csv_end(struct buf *out);

#endif
