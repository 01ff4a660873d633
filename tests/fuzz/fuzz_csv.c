/* Reads any bytes as CSV; what is accepted must be read again the same after it was written. */
#include <stdlib.h>

#include "base/csv.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    struct arena *arena = arena_new(16 * 1024 * 1024);
    struct csv_cell cells[CSV_CELLS_MAX], again[CSV_CELLS_MAX];
    struct csv_reader reader, second;
    size_t count, count_again;
    csv_begin(&reader, (struct slice){(const char *)data, size});
    while (csv_row(&reader, arena, cells, &count) == OK) {
        struct buf text;
        buf_init(&text, 16 * 1024 * 1024);
        for (size_t i = 0; i < count; i++)
            csv_put(&text, cells[i].text, i == 0);
        csv_end(&text);
        csv_begin(&second, buf_slice(&text));
        second.separator = ','; /* the first cell may have more semicolons than the row has commas */
        if (csv_row(&second, arena, again, &count_again) || count_again != count || second.rest.len)
            abort();
        for (size_t i = 0; i < count; i++)
            if (!slice_eq(cells[i].text, again[i].text))
                abort();
        buf_release(&text);
    }
    arena_free(arena);
    return 0;
}
