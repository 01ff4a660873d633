/* The file, little-endian:
 *     0  "CHSKLIN1" or 2     8  u32 scheme        12  u32 dimension     16  u32 classes
 *    20  f32 temperature    24  f32 threshold     28  f32 shift         32  name, 16 bytes, filled up with NUL
 *    48  per class: label, 40 bytes, filled up with NUL
 *        per class: f32 bias; per class: f32 scale
 *        per feature, per class: i16 weight (times the class's scale)
 *        u64 checksum: FNV-1a over all bytes before it
 * The eighth byte says how scores become probabilities: 1 by a softmax (the shift is zero), 2 by sigmoids. */
#include "engine/linear.h"

#include <math.h>
#include <string.h>

#include "base/mem.h"

#define HEAD_BYTES 48u
#define CHECKSUM_BYTES 8u
#define STRIDE                                                                                                         \
    ENGINE_LABELS_MAX /* weights of a feature in memory: a fixed number, so that the sum over labels is one vector */

#define SHIFT_MAX 100.0

static const char magic[7] = {'C', 'H', 'S', 'K', 'L', 'I', 'N'};
static const char link_marks[] = {[LINEAR_SOFTMAX] = '1', [LINEAR_SIGMOIDS] = '2'};

struct linear {
    struct linear_shape shape;
    float bias[STRIDE];
    float scale[STRIDE];
    int16_t *weights; /* owned: dimension * STRIDE, zero behind the last class */
};

static bool in_bounds(double value, double low, double high)
{
    return isfinite(value) && value >= low && value <= high;
}

/* Gives the rule that a shape breaks, or NULL. */
static const char *shape_fault(const struct linear_shape *shape)
{
    if (shape->classes < 2 || shape->classes > ENGINE_LABELS_MAX)
        return "the number of labels must be from 2 to 16";
    if (shape->dimension < 1 || shape->dimension > LINEAR_DIMENSION_MAX)
        return "the number of features must be from 1 to 262144";
    if (!in_bounds(shape->temperature, 1e-3, 1e3))
        return "the temperature must be from 0.001 to 1000";
    if (!in_bounds(shape->shift, -SHIFT_MAX, SHIFT_MAX))
        return "the shift must be from -100 to 100";
    if (shape->link == LINEAR_SOFTMAX && (shape->shift < 0 || shape->shift > 0))
        return "the shift must be 0 with a softmax";
    if (!in_bounds(shape->threshold, 0, 1))
        return "the threshold must be from 0 to 1";
    if (!shape->name[0] || !memchr(shape->name, 0, sizeof(shape->name)))
        return "the name must have 1 to 15 bytes";
    for (size_t i = 0; i < shape->classes; i++)
        if (!shape->labels[i][0] || !memchr(shape->labels[i], 0, ENGINE_KEY))
            return "each label must have 1 to 39 bytes";
    return NULL;
}

static size_t weights_bytes(const struct linear_shape *shape)
{
    return (size_t)shape->dimension * shape->classes * sizeof(int16_t);
}

static size_t file_bytes(const struct linear_shape *shape)
{
    return HEAD_BYTES + shape->classes * (ENGINE_KEY + 2 * sizeof(float)) + weights_bytes(shape) + CHECKSUM_BYTES;
}

static enum error linear_new(const struct linear_shape *shape, struct linear **out)
{
    struct linear *model = mem_alloc(sizeof(*model));
    if (!model)
        return ERR_NOMEM;
    model->shape = *shape;
    model->weights = mem_alloc((size_t)shape->dimension * STRIDE * sizeof(*model->weights));
    if (!model->weights) {
        mem_free(model);
        return ERR_NOMEM;
    }
    *out = model;
    return OK;
}

void linear_free(struct linear *model)
{
    if (!model)
        return;
    mem_free(model->weights);
    mem_free(model);
}

/* Finds the scale with which a class's largest weight becomes 32767. Returns false when a weight is no number. */
static bool find_scale(const double *weights, size_t rows, size_t classes, size_t class_index, float *scale)
{
    double largest = 0;
    for (size_t i = 0; i < rows; i++) {
        double weight = fabs(weights[i * classes + class_index]);
        if (!isfinite(weight) || weight > 1e30)
            return false;
        if (weight > largest)
            largest = weight;
    }
    *scale = largest > 1e-30 ? (float)(largest / INT16_MAX) : 0.0f;
    return true;
}

enum error linear_make(const struct linear_shape *shape, const double *weights, const double *bias, struct linear **out)
{
    struct linear *model;
    if (shape_fault(shape))
        return ERR_VALUE;
    enum error error = linear_new(shape, &model);
    if (error)
        return error;
    for (size_t c = 0; c < shape->classes; c++) {
        if (!in_bounds(bias[c], -1e30, 1e30) ||
            !find_scale(weights, shape->dimension, shape->classes, c, &model->scale[c])) {
            linear_free(model);
            return ERR_VALUE;
        }
        model->bias[c] = (float)bias[c];
        for (size_t i = 0; model->scale[c] > 0 && i < shape->dimension; i++) {
            double steps = round(weights[i * shape->classes + c] / (double)model->scale[c]);
            model->weights[i * STRIDE + c] = (int16_t)fmax(-INT16_MAX, fmin(INT16_MAX, steps));
        }
    }
    *out = model;
    return linear_calibrate(model, shape->temperature, shape->shift, shape->threshold);
}

static uint64_t checksum(const unsigned char *bytes, size_t len)
{
    uint64_t hash = 0xcbf29ce484222325u;
    for (size_t i = 0; i < len; i++)
        hash = (hash ^ bytes[i]) * 0x100000001b3u;
    return hash;
}

static uint64_t get_bytes(const unsigned char *at, unsigned bytes)
{
    uint64_t value = 0;
    for (unsigned i = 0; i < bytes; i++)
        value |= (uint64_t)at[i] << (8 * i);
    return value;
}

static uint32_t get_u32(const unsigned char *at)
{
    return (uint32_t)get_bytes(at, 4);
}

static float get_f32(const unsigned char *at)
{
    uint32_t bits = get_u32(at);
    float value;
    memcpy(&value, &bits, sizeof(value));
    return value;
}

static void put_bytes(struct buf *out, uint64_t value, unsigned bytes)
{
    for (unsigned i = 0; i < bytes; i++)
        buf_addc(out, (char)(unsigned char)(value >> (8 * i)));
}

static void put_f32(struct buf *out, float value)
{
    uint32_t bits;
    memcpy(&bits, &value, sizeof(bits));
    put_bytes(out, bits, 4);
}

/* Adds the fault that the file has, with what mends it. */
static enum error damaged(struct faults *faults, const char *file, const char *rule)
{
    faults_add(faults, file, 0, 0, "this is not a whole model: %s; train it again, or take the file from the release",
               rule);
    return ERR_VALUE;
}

/* Reads header and labels. Returns NULL, or the rule that is broken. */
static const char *read_shape(const unsigned char *bytes, size_t len, struct linear_shape *shape)
{
    memset(shape, 0, sizeof(*shape));
    if (len < HEAD_BYTES + CHECKSUM_BYTES || memcmp(bytes, magic, sizeof(magic)) != 0)
        return "it must begin with CHSKLIN and a header of 48 bytes";
    if (bytes[7] != link_marks[LINEAR_SOFTMAX] && bytes[7] != link_marks[LINEAR_SIGMOIDS])
        return "its eighth byte must be 1 or 2";
    shape->link = bytes[7] == link_marks[LINEAR_SIGMOIDS] ? LINEAR_SIGMOIDS : LINEAR_SOFTMAX;
    shape->scheme = get_u32(bytes + 8);
    shape->dimension = get_u32(bytes + 12);
    shape->classes = get_u32(bytes + 16);
    shape->temperature = (double)get_f32(bytes + 20);
    shape->threshold = (double)get_f32(bytes + 24);
    shape->shift = (double)get_f32(bytes + 28);
    memcpy(shape->name, bytes + 32, sizeof(shape->name));
    if (shape->classes > ENGINE_LABELS_MAX || len < HEAD_BYTES + shape->classes * ENGINE_KEY)
        return "the number of labels must be from 2 to 16";
    for (size_t i = 0; i < shape->classes; i++)
        memcpy(shape->labels[i], bytes + HEAD_BYTES + i * ENGINE_KEY, ENGINE_KEY);
    const char *rule = shape_fault(shape);
    if (!rule && len != file_bytes(shape))
        rule = "its length must be what its header says";
    return rule;
}

/* Reads what follows the labels into a model of that shape. Returns false when a number is not finite. */
static bool read_numbers(const unsigned char *at, struct linear *model)
{
    size_t classes = model->shape.classes;
    for (size_t c = 0; c < classes; c++) {
        model->bias[c] = get_f32(at + 4 * c);
        model->scale[c] = get_f32(at + 4 * (classes + c));
        if (!in_bounds((double)model->bias[c], -1e30, 1e30) || !in_bounds((double)model->scale[c], 0, 1e30))
            return false;
    }
    at += 8 * classes;
    for (size_t i = 0; i < model->shape.dimension; i++)
        for (size_t c = 0; c < classes; c++, at += 2)
            model->weights[i * STRIDE + c] = (int16_t)(uint16_t)get_bytes(at, 2);
    return true;
}

enum error linear_read(const char *file, struct slice bytes, struct faults *faults, struct linear **out)
{
    const unsigned char *start = (const unsigned char *)bytes.ptr;
    struct linear_shape shape;
    struct linear *model;
    const char *rule = read_shape(start, bytes.len, &shape);
    if (!rule && get_bytes(start + bytes.len - CHECKSUM_BYTES, 8) != checksum(start, bytes.len - CHECKSUM_BYTES))
        rule = "its checksum must be that of its bytes";
    if (rule)
        return damaged(faults, file, rule);
    enum error error = linear_new(&shape, &model);
    if (error) {
        faults_add(faults, file, 0, 0, "there is no memory for this model");
        return error;
    }
    if (!read_numbers(start + HEAD_BYTES + shape.classes * ENGINE_KEY, model)) {
        linear_free(model);
        return damaged(faults, file, "every bias and scale must be a number");
    }
    *out = model;
    return OK;
}

void linear_write(const struct linear *model, struct buf *out)
{
    const struct linear_shape *shape = &model->shape;
    size_t start = out->len;
    buf_add(out, magic, sizeof(magic));
    buf_addc(out, link_marks[shape->link]);
    put_bytes(out, shape->scheme, 4);
    put_bytes(out, shape->dimension, 4);
    put_bytes(out, shape->classes, 4);
    put_f32(out, (float)shape->temperature);
    put_f32(out, (float)shape->threshold);
    put_f32(out, (float)shape->shift);
    buf_add(out, shape->name, sizeof(shape->name));
    for (size_t c = 0; c < shape->classes; c++)
        buf_add(out, shape->labels[c], ENGINE_KEY);
    for (size_t c = 0; c < shape->classes; c++)
        put_f32(out, model->bias[c]);
    for (size_t c = 0; c < shape->classes; c++)
        put_f32(out, model->scale[c]);
    for (size_t i = 0; i < shape->dimension; i++)
        for (size_t c = 0; c < shape->classes; c++)
            put_bytes(out, (uint16_t)model->weights[i * STRIDE + c], 2);
    if (!out->error)
        put_bytes(out, checksum((const unsigned char *)out->ptr + start, out->len - start), 8);
}

const struct linear_shape *linear_shape(const struct linear *model)
{
    return &model->shape;
}

enum error linear_calibrate(struct linear *model, double temperature, double shift, double threshold)
{
    struct linear_shape shape = model->shape;
    shape.temperature = (double)(float)temperature; /* as the file will have it */
    shape.shift = (double)(float)shift;
    shape.threshold = (double)(float)threshold;
    if (shape_fault(&shape))
        return ERR_VALUE;
    model->shape = shape;
    return OK;
}

void linear_scores(const struct linear *model, const struct feature *features, size_t count,
                   double scores[ENGINE_LABELS_MAX])
{
    float sums[STRIDE] = {0};
    for (size_t i = 0; i < count; i++) {
        if (features[i].index >= model->shape.dimension)
            continue;
        const int16_t *row = model->weights + (size_t)features[i].index * STRIDE;
        for (size_t c = 0; c < STRIDE; c++)
            sums[c] += features[i].value * (float)row[c];
    }
    for (size_t c = 0; c < STRIDE; c++)
        scores[c] = (double)model->bias[c] + (double)sums[c] * (double)model->scale[c];
}

void linear_softmax(const double *scores, size_t classes, double temperature, double *probabilities)
{
    double top = scores[0], sum = 0;
    for (size_t c = 1; c < classes; c++)
        top = fmax(top, scores[c]);
    for (size_t c = 0; c < classes; c++) {
        probabilities[c] = exp((scores[c] - top) / temperature);
        sum += probabilities[c];
    }
    for (size_t c = 0; c < classes; c++)
        probabilities[c] /= sum;
}

/* The logarithm of a sigmoid, without losing small ones. */
static double log_sigmoid(double x)
{
    return x < 0 ? x - log1p(exp(x)) : -log1p(exp(-x));
}

void linear_probabilities(const struct linear_shape *shape, const double *scores, double *probabilities)
{
    double logs[ENGINE_LABELS_MAX];
    if (shape->link == LINEAR_SOFTMAX) {
        linear_softmax(scores, shape->classes, shape->temperature, probabilities);
        return;
    }
    for (size_t c = 0; c < shape->classes; c++)
        logs[c] = log_sigmoid(scores[c] / shape->temperature + shape->shift);
    linear_softmax(logs, shape->classes, 1, probabilities);
}

double linear_weight(const struct linear *model, uint32_t index, size_t class_index)
{
    if (index >= model->shape.dimension || class_index >= model->shape.classes)
        return 0;
    return (double)model->weights[(size_t)index * STRIDE + class_index] * (double)model->scale[class_index];
}

size_t linear_class(const struct linear *model, struct slice label)
{
    for (size_t c = 0; c < model->shape.classes; c++)
        if (slice_is(label, model->shape.labels[c]))
            return c;
    return ENGINE_LABELS_MAX;
}

void linear_predict(const struct linear *model, const struct feature *features, size_t count, struct prediction *out)
{
    const struct linear_shape *shape = &model->shape;
    double scores[ENGINE_LABELS_MAX], probabilities[ENGINE_LABELS_MAX];
    size_t order[ENGINE_LABELS_MAX];
    linear_scores(model, features, count, scores);
    linear_probabilities(shape, scores, probabilities);
    for (size_t c = 0; c < shape->classes; c++) {
        size_t at = c;
        while (at > 0 && probabilities[order[at - 1]] < probabilities[c]) {
            order[at] = order[at - 1];
            at--;
        }
        order[at] = c;
    }
    out->count = shape->classes;
    for (size_t i = 0; i < shape->classes; i++) {
        memcpy(out->guesses[i].label, shape->labels[order[i]], ENGINE_KEY);
        out->guesses[i].probability = probabilities[order[i]];
    }
    out->sure = out->guesses[0].probability >= shape->threshold;
    memset(out->reasons, 0, sizeof(out->reasons));
}
