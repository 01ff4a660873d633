/* Reads any bytes as a training file: every cell lies in the bytes, numbers are numbers. */
#include <math.h>
#include <stdlib.h>

#include "engine/table.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    struct faults faults;
    struct table table;
    struct arena *arena = arena_new(1024 * 1024);
    faults_init(&faults);
    if (arena && table_read("fuzz", (struct slice){(const char *)data, size}, arena, &faults, &table) == OK)
        for (size_t row = 0; row < table.rows; row++)
            for (size_t column = 0; column < table.columns; column++) {
                double number = 0;
                if (table_number(&table, row, column, &number) && isnan(number))
                    abort();
            }
    faults_release(&faults);
    arena_free(arena);
    return 0;
}
