#include "engine/table.h"

#include <string.h>

/* Counts lines that hold something. */
static size_t count_lines(struct slice bytes)
{
    size_t count = 0;
    struct slice line;
    while (slice_cut(&bytes, '\n', &line))
        count += line.len > 0;
    return count;
}

/* Cuts a line into at most `max` cells. Returns how many it has, also above that. */
static size_t cut_line(struct slice line, struct slice *cells, size_t max)
{
    size_t count = 0;
    struct slice cell;
    if (line.len > 0 && line.ptr[line.len - 1] == '\r')
        line.len--;
    for (; slice_cut(&line, '\t', &cell); count++)
        if (count < max)
            cells[count] = cell;
    return count;
}

enum error table_read(const char *file, struct slice bytes, struct arena *arena, struct faults *faults,
                      struct table *out)
{
    struct table made = {.file = file};
    size_t lines = count_lines(bytes), number = 1;
    struct slice line;
    if (lines < 2 || !slice_cut(&bytes, '\n', &line)) {
        faults_add(faults, file, 1, 1, "there are no rows: it needs a line of column names and rows below it");
        return ERR_SYNTAX;
    }
    made.columns = cut_line(line, made.names, TABLE_COLUMNS_MAX);
    if (made.columns > TABLE_COLUMNS_MAX) {
        faults_add(faults, file, 1, 1, "there are %zu columns: at most %d", made.columns, TABLE_COLUMNS_MAX);
        return ERR_LIMIT;
    }
    made.cells =
        arena_array(arena, lines * made.columns, sizeof(*made.cells)); /* an empty first line is none of `lines` */
    if (!made.cells)
        return ERR_NOMEM;
    while (slice_cut(&bytes, '\n', &line)) {
        number++;
        if (line.len == 0)
            continue;
        size_t cells = cut_line(line, made.cells + made.rows * made.columns, made.columns);
        if (cells != made.columns) {
            faults_add(faults, file, (unsigned)number, 1, "the row has %zu cells, the first line %zu", cells,
                       made.columns);
            return ERR_SYNTAX;
        }
        made.rows++;
    }
    *out = made;
    return OK;
}

enum error table_find(const struct table *table, const char *const *names, size_t count, struct faults *faults,
                      size_t *columns)
{
    enum error error = OK;
    for (size_t i = 0; i < count; i++) {
        size_t at = 0;
        while (at < table->columns && !slice_is(table->names[at], names[i]))
            at++;
        if (at == table->columns) {
            faults_add(faults, table->file, 1, 1, "there is no column \"%s\": is this the right file?", names[i]);
            error = ERR_NOT_FOUND;
        }
        columns[i] = at;
    }
    return error;
}

struct slice table_cell(const struct table *table, size_t row, size_t column)
{
    return table->cells[row * table->columns + column];
}

bool table_number(const struct table *table, size_t row, size_t column, double *out)
{
    struct slice text = table_cell(table, row, column);
    bool negative = text.len > 0 && text.ptr[0] == '-';
    double value = 0, place = 1;
    size_t digits = 0, points = 0;
    for (size_t i = negative; i < text.len; i++) {
        if (text.ptr[i] == '.' && points++ == 0)
            continue;
        if (text.ptr[i] < '0' || text.ptr[i] > '9')
            return false;
        digits++;
        place = points ? place / 10 : 1;
        value = points ? value + place * (text.ptr[i] - '0') : value * 10 + (text.ptr[i] - '0');
    }
    if (digits == 0)
        return false;
    *out = negative ? -value : value;
    return true;
}
