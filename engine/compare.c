#include "engine/compare.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "base/mem.h"

/* Twice the chance that a fair coin, thrown once for each telling row, falls on the rarer side as seldom or more so. */
static double exact_p(size_t first, size_t second)
{
    size_t rarer = first < second ? first : second;
    double all = (double)(first + second), sum = 0;
    for (size_t k = 0; k <= rarer; k++) {
        double n = (double)k;
        sum += exp(lgamma(all + 1) - lgamma(n + 1) - lgamma(all - n + 1) - all * log(2));
    }
    return fmin(1, 2 * sum);
}

static int by_size(const void *a, const void *b)
{
    double x = *(const double *)a, y = *(const double *)b;
    return (x > y) - (x < y);
}

static double gain_of(enum compare_row row)
{
    return row == COMPARE_SECOND ? 1 : row == COMPARE_FIRST ? -1 : 0;
}

static void fill_interval(const enum compare_row *rows, size_t count, uint64_t seed, double *samples,
                          struct train_interval *out)
{
    struct train_random random = {seed};
    for (size_t r = 0; r < TRAIN_RESAMPLES; r++) {
        double sum = 0;
        for (size_t i = 0; i < count; i++)
            sum += gain_of(rows[train_draw_below(&random, count)]);
        samples[r] = sum / (double)count;
    }
    qsort(samples, TRAIN_RESAMPLES, sizeof(*samples), by_size);
    out->low = samples[TRAIN_RESAMPLES / 40];
    out->high = samples[TRAIN_RESAMPLES - 1 - TRAIN_RESAMPLES / 40];
}

enum error compare_rows(const enum compare_row *rows, size_t count, uint64_t seed, struct compare *out)
{
    if (count == 0)
        return ERR_VALUE;
    double *samples = mem_alloc(TRAIN_RESAMPLES * sizeof(*samples));
    if (!samples)
        return ERR_NOMEM;
    memset(out, 0, sizeof(*out));
    out->rows = count;
    for (size_t i = 0; i < count; i++)
        out->counts[rows[i]]++;
    size_t first = out->counts[COMPARE_FIRST], second = out->counts[COMPARE_SECOND];
    out->p = exact_p(first, second);
    out->gain.value = ((double)second - (double)first) / (double)count;
    fill_interval(rows, count, seed, samples, &out->gain);
    mem_free(samples);
    if (out->p < COMPARE_LEVEL)
        out->verdict = second > first ? COMPARE_BETTER : COMPARE_WORSE;
    return OK;
}

const char *compare_text(enum compare_verdict verdict)
{
    static const char *const texts[] = {
        [COMPARE_NO_DIFFERENCE] = "no real difference", [COMPARE_BETTER] = "better", [COMPARE_WORSE] = "worse"};
    return texts[verdict];
}
