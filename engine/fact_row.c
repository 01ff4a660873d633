#include "engine/fact_row.h"

bool fact_row_column(const struct table *table, const char *name, size_t *out)
{
    for (size_t i = 0; i < table->columns; i++)
        if (slice_is(table->names[i], name)) {
            *out = i;
            return true;
        }
    return false;
}

enum error fact_row_refuse(const struct table *table, size_t row, struct slice column, const char *rule,
                           struct faults *faults)
{
    faults_add(faults, table->file, (unsigned)row + 2, 0, "%.*s must be %s", (int)column.len, column.ptr, rule);
    return ERR_VALUE;
}

enum error fact_row_take(const struct table *table, size_t row, struct faults *faults, struct business *out)
{
    business_init(out);
    for (size_t i = 0; i < table->columns; i++) {
        struct slice value = table_cell(table, row, i);
        if (value.len && business_set(out, table->names[i], value))
            return fact_row_refuse(table, row, table->names[i], "a value as `chaski parse` prints it, or empty",
                                   faults);
    }
    return OK;
}
