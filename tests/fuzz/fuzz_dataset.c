/* Compares any bytes as two data sets: the first line and what is behind the first form feed. */
#include <stdlib.h>

#include "gateway/dataset.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    struct slice rest = {(const char *)data, size}, before, after;
    struct dataset_difference d;
    if (!slice_cut(&rest, '\f', &before) || !slice_cut(&rest, '\f', &after))
        return 0;
    if (dataset_compare(before, after, &d))
        return 0;
    if (d.gone > d.rows_before || d.added > d.rows_after || d.people_gone > d.people_before ||
        d.people_added > d.people_after)
        abort();
    size_t rows_before = 0, rows_after = 0;
    for (size_t i = 0; i < d.origin_count; i++) {
        rows_before += d.origins[i].before;
        rows_after += d.origins[i].after;
    }
    if (rows_before > d.rows_before || rows_after > d.rows_after)
        abort();
    return 0;
}
