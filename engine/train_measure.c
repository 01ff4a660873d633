#include "engine/train.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "base/json.h"
#include "base/mem.h"
#include "engine/train_set.h"

/* What a model said about one row. */
struct verdict {
    uint8_t truth, given;
    bool in_top3;
    double probability; /* of the given label */
    double second;      /* of the second label, for the area under the curve */
};

static struct verdict judge(const struct linear *model, const struct train_set *set, size_t row,
                            struct train_metrics *sums)
{
    const struct linear_shape *shape = linear_shape(model);
    double scores[ENGINE_LABELS_MAX], probabilities[ENGINE_LABELS_MAX];
    size_t count, truth = set->truth[row], given = 0, better = 0;
    const struct feature *features = train_set_row(set, row, &count);
    linear_scores(model, features, count, scores);
    linear_probabilities(shape, scores, probabilities);
    for (size_t c = 0; c < shape->classes; c++) {
        double off = probabilities[c] - (c == truth ? 1.0 : 0.0);
        sums->brier += off * off;
        better += probabilities[c] > probabilities[truth] || (probabilities[c] == probabilities[truth] && c < truth);
        if (probabilities[c] > probabilities[given])
            given = c;
    }
    sums->log_loss -= log(fmax(probabilities[truth], 1e-15));
    return (struct verdict){(uint8_t)truth, (uint8_t)given, better < 3, probabilities[given], probabilities[1]};
}

bool train_is_right(const struct linear *model, const struct train_set *set, size_t row)
{
    struct train_metrics sums = {.rows = 0};
    struct verdict verdict = judge(model, set, row, &sums);
    return verdict.given == verdict.truth;
}

/* The four measures that get an interval, over rows that count `times` each. */
struct measures {
    double accuracy, top3, macro_f1, auc;
};

static double macro_f1(const double confusion[ENGINE_LABELS_MAX][ENGINE_LABELS_MAX])
{
    double sum = 0, labels = 0;
    for (size_t c = 0; c < ENGINE_LABELS_MAX; c++) {
        double truly = 0, given = 0;
        for (size_t k = 0; k < ENGINE_LABELS_MAX; k++) {
            truly += confusion[c][k];
            given += confusion[k][c];
        }
        if (truly > 0) {
            labels++;
            sum += 2 * confusion[c][c] / (truly + given);
        }
    }
    return labels > 0 ? sum / labels : 0;
}

/* Area under the curve of rows sorted by `second`: how often a row of the second label stands above one of the first,
 * ties half. */
static double area(const struct verdict *rows, const uint32_t *times, size_t count)
{
    double pairs = 0, below = 0, above = 0;
    for (size_t i = 0; i < count;) {
        double first = 0, second = 0, level = rows[i].second;
        for (; i < count && rows[i].second == level; i++)
            *(rows[i].truth == 1 ? &second : &first) += times[i];
        pairs += second * (below + first / 2);
        below += first;
        above += second;
    }
    return below > 0 && above > 0 ? pairs / (below * above) : 0;
}

static struct measures measure(const struct verdict *rows, const uint32_t *times, size_t count, bool two_labels)
{
    double confusion[ENGINE_LABELS_MAX][ENGINE_LABELS_MAX] = {{0}}, all = 0;
    struct measures m = {0, 0, 0, 0};
    for (size_t i = 0; i < count; i++) {
        confusion[rows[i].truth][rows[i].given] += times[i];
        all += times[i];
        m.accuracy += rows[i].given == rows[i].truth ? times[i] : 0;
        m.top3 += rows[i].in_top3 ? times[i] : 0;
    }
    m.accuracy /= all;
    m.top3 /= all;
    m.macro_f1 = macro_f1(confusion);
    m.auc = two_labels ? area(rows, times, count) : 0;
    return m;
}

static int by_number(const void *a, const void *b)
{
    double x = *(const double *)a, y = *(const double *)b;
    return (x > y) - (x < y);
}

static int by_second(const void *a, const void *b)
{
    const struct verdict *x = a, *y = b;
    return (x->second > y->second) - (x->second < y->second);
}

static struct train_interval interval(double value, double *samples)
{
    qsort(samples, TRAIN_RESAMPLES, sizeof(*samples), by_number);
    return (struct train_interval){value, samples[TRAIN_RESAMPLES / 40],
                                   samples[TRAIN_RESAMPLES - 1 - TRAIN_RESAMPLES / 40]};
}

static enum error bootstrap(const struct verdict *rows, size_t count, bool two_labels, uint64_t seed,
                            struct train_metrics *out)
{
    struct train_random random = {seed};
    uint32_t *times = mem_alloc(count * sizeof(*times));
    double(*samples)[TRAIN_RESAMPLES] = mem_alloc(4 * sizeof(*samples));
    if (!times || !samples) {
        mem_free(times);
        mem_free(samples);
        return ERR_NOMEM;
    }
    for (size_t i = 0; i < count; i++)
        times[i] = 1;
    struct measures whole = measure(rows, times, count, two_labels);
    for (size_t r = 0; r < TRAIN_RESAMPLES; r++) {
        memset(times, 0, count * sizeof(*times));
        for (size_t i = 0; i < count; i++)
            times[train_draw_below(&random, count)]++;
        struct measures m = measure(rows, times, count, two_labels);
        samples[0][r] = m.accuracy;
        samples[1][r] = m.top3;
        samples[2][r] = m.macro_f1;
        samples[3][r] = m.auc;
    }
    out->accuracy = interval(whole.accuracy, samples[0]);
    out->top3 = interval(whole.top3, samples[1]);
    out->macro_f1 = interval(whole.macro_f1, samples[2]);
    out->auc = interval(whole.auc, samples[3]);
    mem_free(times);
    mem_free(samples);
    return OK;
}

/* Sums up bins, the confusion matrix and the share of sure answers. */
static void tally(const struct verdict *rows, size_t count, double threshold, struct train_metrics *out)
{
    double sure = 0, sure_right = 0;
    for (size_t i = 0; i < count; i++) {
        bool right = rows[i].given == rows[i].truth;
        size_t bin = (size_t)(rows[i].probability * TRAIN_BINS);
        if (bin >= TRAIN_BINS)
            bin = TRAIN_BINS - 1;
        out->confusion[rows[i].truth][rows[i].given]++;
        out->bin_rows[bin]++;
        out->bin_probability[bin] += rows[i].probability;
        out->bin_accuracy[bin] += right;
        sure += rows[i].probability >= threshold;
        sure_right += rows[i].probability >= threshold && right;
    }
    for (size_t b = 0; b < TRAIN_BINS; b++) {
        out->ece += fabs(out->bin_probability[b] - out->bin_accuracy[b]) / (double)count;
        if (out->bin_rows[b]) {
            out->bin_probability[b] /= (double)out->bin_rows[b];
            out->bin_accuracy[b] /= (double)out->bin_rows[b];
        }
    }
    out->sure_share = sure / (double)count;
    out->sure_accuracy = sure > 0 ? sure_right / sure : 0;
}

enum error train_measure(const struct linear *model, const struct train_set *set, uint64_t seed,
                         struct train_metrics *out)
{
    struct train_metrics metrics = {.rows = set->rows};
    const struct linear_shape *shape = linear_shape(model);
    if (!set->rows)
        return ERR_VALUE;
    struct verdict *rows = mem_alloc(set->rows * sizeof(*rows));
    if (!rows)
        return ERR_NOMEM;
    for (size_t i = 0; i < set->rows; i++)
        rows[i] = judge(model, set, i, &metrics);
    metrics.log_loss /= (double)set->rows;
    metrics.brier /= (double)set->rows;
    tally(rows, set->rows, shape->threshold, &metrics);
    if (shape->classes == 2)
        qsort(rows, set->rows, sizeof(*rows), by_second);
    enum error error = bootstrap(rows, set->rows, shape->classes == 2, seed, &metrics);
    mem_free(rows);
    if (!error)
        *out = metrics;
    return error;
}

static void put_interval(struct buf *out, const char *name, struct train_interval interval_value)
{
    json_put_name(out, name);
    buf_addf(out, "{\"value\": %.4f, \"low\": %.4f, \"high\": %.4f}", interval_value.value, interval_value.low,
             interval_value.high);
}

static void put_confusion(const struct linear_shape *shape, const struct train_metrics *metrics, struct buf *out)
{
    json_put_name(out, "confusion");
    buf_adds(out, "{\"rows\": \"true label\", \"columns\": \"given label, in the order of labels\"");
    for (size_t c = 0; c < shape->classes; c++) {
        json_put_name(out, shape->labels[c]);
        buf_addc(out, '[');
        for (size_t k = 0; k < shape->classes; k++)
            buf_addf(out, "%s%zu", k ? ", " : "", metrics->confusion[c][k]);
        buf_addc(out, ']');
    }
    buf_addc(out, '}');
}

static void put_calibration(const struct train_metrics *metrics, struct buf *out)
{
    json_put_name(out, "calibration");
    buf_addf(out, "{\"ece\": %.4f, \"bins\": [", metrics->ece);
    for (size_t b = 0; b < TRAIN_BINS; b++)
        buf_addf(out, "%s{\"rows\": %zu, \"probability\": %.3f, \"accuracy\": %.3f}", b ? ", " : "",
                 metrics->bin_rows[b], metrics->bin_probability[b], metrics->bin_accuracy[b]);
    buf_adds(out, "]}");
}

void train_put_metrics(const struct linear_shape *shape, const struct train_metrics *metrics, struct buf *out)
{
    buf_addf(out, "{\"rows\": %zu", metrics->rows);
    put_interval(out, "accuracy", metrics->accuracy);
    put_interval(out, "top3", metrics->top3);
    put_interval(out, "macro_f1", metrics->macro_f1);
    if (shape->classes == 2)
        put_interval(out, "auc", metrics->auc);
    json_put_name(out, "log_loss");
    buf_addf(out, "%.4f", metrics->log_loss);
    json_put_name(out, "brier");
    buf_addf(out, "%.4f", metrics->brier);
    json_put_name(out, "sure_share");
    buf_addf(out, "%.4f", metrics->sure_share);
    json_put_name(out, "sure_accuracy");
    buf_addf(out, "%.4f", metrics->sure_accuracy);
    put_calibration(metrics, out);
    put_confusion(shape, metrics, out);
    buf_addc(out, '}');
}
