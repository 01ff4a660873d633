#include "engine/liblinear_text.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "base/mem.h"

#define NUMBER_MAX 40 /* bytes of one number */

struct reader {
    const char *file;
    struct faults *faults;
    struct slice rest;
    unsigned line;
    const struct linear_shape *shape;
    size_t columns;                   /* labels that the file has */
    size_t labels[ENGINE_LABELS_MAX]; /* each column's place among the shape's */
    size_t features;                  /* without the bias */
    double bias_value;                /* below 0: the file has no bias */
    double *weights, *bias;           /* as linear_make() takes them */
};

static enum error refuse(struct reader *r, const char *rule)
{
    faults_add(r->faults, r->file, r->line, 1, "%s: give a model that liblinear's train wrote from a dump", rule);
    return ERR_SYNTAX;
}

static bool next_word(struct slice *line, struct slice *word)
{
    do {
        if (!slice_cut(line, ' ', word))
            return false;
    } while (word->len == 0);
    return true;
}

static bool read_number(struct slice word, double *out)
{
    char text[NUMBER_MAX], *end;
    if (word.len == 0 || !slice_copy(word, text, sizeof(text)) || !text[0] || !strchr("+-.0123456789", text[0]))
        return false;
    *out = strtod(text, &end);
    return *end == '\0' && isfinite(*out) && fabs(*out) < 1e30;
}

/* Gives the next line's words behind its name. */
static bool next_line(struct reader *r, const char *name, struct slice *words)
{
    struct slice word;
    r->line++;
    return slice_cut(&r->rest, '\n', words) && next_word(words, &word) && slice_is(word, name);
}

static enum error read_labels(struct reader *r, struct slice words)
{
    bool seen[ENGINE_LABELS_MAX] = {false};
    struct slice word;
    uint64_t label;
    for (size_t i = 0; i < r->columns; i++) {
        if (!next_word(&words, &word) || !slice_u64(word, r->shape->classes - 1, &label) || seen[label])
            return refuse(r, "each label must be the number of one of ours, once");
        seen[label] = true;
        r->labels[i] = (size_t)label;
    }
    return OK;
}

static enum error read_head(struct reader *r)
{
    struct slice words, word;
    uint64_t number;
    if (!next_line(r, "solver_type", &words) || !next_word(&words, &word) || slice_starts(word, "ONECLASS") ||
        slice_is(word, "MCSVM_CS") || (word.len > 3 && slice_is(slice_part(word, word.len - 3, word.len), "SVR")))
        return refuse(r, "the first line must name a solver that sets each label against the rest");
    if (!next_line(r, "nr_class", &words) || !next_word(&words, &word) ||
        !slice_u64(word, r->shape->classes, &number) || number < 2)
        return refuse(r, "nr_class must be from 2 to the number of our labels");
    r->columns = (size_t)number;
    if (!next_line(r, "label", &words))
        return refuse(r, "the third line must give the labels");
    enum error error = read_labels(r, words);
    if (error)
        return error;
    if (!next_line(r, "nr_feature", &words) || !next_word(&words, &word) ||
        !slice_u64(word, r->shape->dimension, &number))
        return refuse(r, "nr_feature must be at most our dimension");
    r->features = (size_t)number;
    if (!next_line(r, "bias", &words) || !next_word(&words, &word) || !read_number(word, &r->bias_value))
        return refuse(r, "the fifth line must give the bias");
    return next_line(r, "w", &words) ? OK : refuse(r, "the sixth line must be w");
}

/* Puts one row where it belongs. Two labels share one column, half each, as in train.c. */
static enum error read_row(struct reader *r, size_t index)
{
    bool shared = r->columns == 2;
    struct slice line, word;
    double value;
    r->line++;
    if (!slice_cut(&r->rest, '\n', &line))
        return refuse(r, "there must be a line of weights for each feature");
    for (size_t c = 0; c < (shared ? 1 : r->columns); c++) {
        if (!next_word(&line, &word) || !read_number(word, &value))
            return refuse(r, "each line must have a number for each label");
        for (size_t k = shared ? 0 : c; k <= (shared ? 1 : c); k++) {
            double part = !shared ? value : k == 0 ? value / 2 : -value / 2;
            if (index < r->features)
                r->weights[index * r->shape->classes + r->labels[k]] = part;
            else
                r->bias[r->labels[k]] = part * r->bias_value;
        }
    }
    return OK;
}

static enum error read_rows(struct reader *r)
{
    size_t rows = r->features + (r->bias_value >= 0);
    enum error error = OK;
    for (size_t c = 0; c < r->shape->classes; c++)
        r->bias[c] = -1e6; /* a label without rows */
    for (size_t k = 0; k < r->columns; k++)
        r->bias[r->labels[k]] = 0;
    for (size_t i = 0; !error && i < rows; i++)
        error = read_row(r, i);
    if (!error && slice_trim(r->rest).len) {
        r->line++;
        error = refuse(r, "nothing may follow the weights");
    }
    return error;
}

enum error liblinear_text_read(const char *file, struct slice bytes, const struct linear_shape *shape,
                               struct faults *faults, struct linear **out)
{
    double bias[ENGINE_LABELS_MAX];
    struct reader r = {.file = file, .faults = faults, .rest = bytes, .shape = shape, .bias = bias};
    if (bytes.len > LIBLINEAR_TEXT_MAX) {
        faults_add(faults, file, 0, 0, "is larger than %u bytes: give a smaller model", LIBLINEAR_TEXT_MAX);
        return ERR_LIMIT;
    }
    enum error error = read_head(&r);
    if (error)
        return error;
    r.weights = mem_alloc((size_t)shape->dimension * shape->classes * sizeof(*r.weights));
    error = r.weights ? read_rows(&r) : ERR_NOMEM;
    if (!error)
        error = linear_make(shape, r.weights, bias, out);
    mem_free(r.weights);
    if (error && faults->total == 0)
        faults_add(faults, file, 0, 0, "cannot become a model: %s", error_text(error));
    return error;
}
