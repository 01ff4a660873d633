#include "engine/train.h"

#include <linear.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "base/mem.h"
#include "engine/train_set.h"

struct train_set *train_set_new(void)
{
    return mem_alloc(sizeof(struct train_set));
}

void train_set_free(struct train_set *set)
{
    if (!set)
        return;
    mem_free(set->features);
    mem_free(set->ends);
    mem_free(set->truth);
    mem_free(set);
}

static enum error grow_features(struct train_set *set, size_t more)
{
    if (set->feature_count + more <= set->feature_room)
        return OK;
    size_t room = (set->feature_count + more) * 2;
    struct feature *features = mem_resize(set->features, room * sizeof(*features));
    if (!features)
        return ERR_NOMEM;
    set->features = features;
    set->feature_room = room;
    return OK;
}

static enum error grow_rows(struct train_set *set)
{
    if (set->rows < set->row_room)
        return OK;
    size_t room = set->row_room ? set->row_room * 2 : 256;
    size_t *ends = mem_resize(set->ends, room * sizeof(*ends));
    if (!ends)
        return ERR_NOMEM;
    set->ends = ends;
    uint8_t *truth = mem_resize(set->truth, room * sizeof(*truth));
    if (!truth)
        return ERR_NOMEM;
    set->truth = truth;
    set->row_room = room;
    return OK;
}

enum error train_set_add(struct train_set *set, const struct feature *features, size_t count, size_t label)
{
    if (label >= ENGINE_LABELS_MAX)
        return ERR_VALUE;
    enum error error = grow_rows(set);
    if (!error)
        error = grow_features(set, count);
    if (error)
        return error;
    if (count)
        memcpy(set->features + set->feature_count, features, count * sizeof(*features));
    set->feature_count += count;
    set->ends[set->rows] = set->feature_count;
    set->truth[set->rows] = (uint8_t)label;
    set->rows++;
    return OK;
}

size_t train_set_rows(const struct train_set *set)
{
    return set->rows;
}

const struct feature *train_set_row(const struct train_set *set, size_t row, size_t *count)
{
    size_t start = row ? set->ends[row - 1] : 0;
    *count = set->ends[row] - start;
    return set->features + start;
}

static void count_labels(const struct train_set *set, size_t counts[ENGINE_LABELS_MAX])
{
    memset(counts, 0, ENGINE_LABELS_MAX * sizeof(*counts));
    for (size_t i = 0; i < set->rows; i++)
        counts[set->truth[i]]++;
}

static enum error check_rows(const struct train_set *set, const struct linear_shape *shape)
{
    size_t counts[ENGINE_LABELS_MAX], present = 0;
    count_labels(set, counts);
    for (size_t c = 0; c < ENGINE_LABELS_MAX; c++) {
        present += counts[c] > 0;
        if (counts[c] > 0 && c >= shape->classes)
            return ERR_VALUE;
    }
    for (size_t i = 0; i < set->feature_count; i++)
        if (set->features[i].index >= shape->dimension || !isfinite(set->features[i].value))
            return ERR_VALUE;
    return present < 2 ? ERR_VALUE : OK;
}

static void say_nothing(const char *text)
{
    (void)text;
}

/* liblinear's view of the rows: its nodes count from 1 and end with -1; the bias is one more feature. */
struct problem_memory {
    struct feature_node *nodes;
    struct feature_node **starts;
    double *labels;
};

static void problem_release(struct problem_memory *memory)
{
    mem_free(memory->nodes);
    mem_free(memory->starts);
    mem_free(memory->labels);
}

static enum error problem_build(const struct train_set *set, uint32_t dimension, struct problem_memory *memory)
{
    memory->nodes = mem_alloc((set->feature_count + 2 * set->rows) * sizeof(*memory->nodes));
    memory->starts = mem_alloc(set->rows * sizeof(*memory->starts));
    memory->labels = mem_alloc(set->rows * sizeof(*memory->labels));
    if (!memory->nodes || !memory->starts || !memory->labels)
        return ERR_NOMEM;
    struct feature_node *node = memory->nodes;
    for (size_t i = 0; i < set->rows; i++) {
        size_t count;
        const struct feature *features = train_set_row(set, i, &count);
        memory->starts[i] = node;
        memory->labels[i] = set->truth[i];
        for (size_t j = 0; j < count; j++)
            *node++ = (struct feature_node){(int)features[j].index + 1, (double)features[j].value};
        *node++ = (struct feature_node){(int)dimension + 1, 1.0};
        *node++ = (struct feature_node){-1, 0.0};
    }
    return OK;
}

static size_t label_weights(const struct train_set *set, double balance, int labels[ENGINE_LABELS_MAX],
                            double weights[ENGINE_LABELS_MAX])
{
    size_t counts[ENGINE_LABELS_MAX], present = 0;
    count_labels(set, counts);
    for (size_t c = 0; c < ENGINE_LABELS_MAX; c++) {
        if (!counts[c])
            continue;
        labels[present] = (int)c;
        weights[present++] = (double)counts[c];
    }
    double mean = (double)set->rows / (double)present;
    for (size_t i = 0; i < present; i++)
        weights[i] = pow(mean / weights[i], balance);
    return present;
}

/* Puts liblinear's weights where linear_make() wants them. A two-label problem has one column, which is halved between
 * the labels. */
static void spread(const struct model *fitted, const struct linear_shape *shape, double *weights, double *bias)
{
    size_t columns = fitted->nr_class == 2 ? 1 : (size_t)fitted->nr_class;
    for (size_t c = 0; c < shape->classes; c++)
        bias[c] = -1e6; /* a label without rows */
    for (size_t k = 0; k < (size_t)fitted->nr_class; k++) {
        size_t label = (size_t)fitted->label[k], column = columns == 1 ? 0 : k;
        double factor = columns > 1 ? 1.0 : k == 0 ? 0.5 : -0.5;
        for (size_t i = 0; i < shape->dimension; i++)
            weights[i * shape->classes + label] = factor * fitted->w[i * columns + column];
        bias[label] = factor * fitted->w[(size_t)shape->dimension * columns + column];
    }
}

static enum error fit(const struct train_set *set, const struct linear_shape *shape,
                      const struct train_options *options, struct problem_memory *memory, double *weights, double *bias)
{
    static const int solvers[] = {[TRAIN_LOGISTIC] = L2R_LR, [TRAIN_SVM] = L2R_L2LOSS_SVC};
    int labels[ENGINE_LABELS_MAX];
    double label_weight[ENGINE_LABELS_MAX];
    struct parameter parameter = {.solver_type = solvers[options->solver],
                                  .eps = options->tolerance,
                                  .C = options->c,
                                  .weight_label = labels,
                                  .weight = label_weight};
    parameter.nr_weight = (int)label_weights(set, options->balance, labels, label_weight);
    struct problem problem = {
        .l = (int)set->rows, .n = (int)shape->dimension + 1, .y = memory->labels, .x = memory->starts, .bias = 1.0};
    if (check_parameter(&problem, &parameter))
        return ERR_VALUE;
    set_print_string_function(say_nothing);
    struct model *fitted = train(&problem, &parameter);
    spread(fitted, shape, weights, bias);
    free_and_destroy_model(&fitted);
    return OK;
}

enum error train_fit(const struct train_set *set, const struct linear_shape *shape, const struct train_options *options,
                     struct linear **out)
{
    struct linear_shape plain = *shape;
    struct problem_memory memory = {NULL, NULL, NULL};
    double bias[ENGINE_LABELS_MAX];
    plain.temperature = 1;
    plain.shift = 0;
    plain.threshold = 0;
    enum error error = check_rows(set, shape);
    if (error)
        return error;
    double *weights = mem_alloc((size_t)shape->dimension * shape->classes * sizeof(*weights));
    error = weights ? problem_build(set, shape->dimension, &memory) : ERR_NOMEM;
    if (!error)
        error = fit(set, shape, options, &memory, weights, bias);
    if (!error)
        error = linear_make(&plain, weights, bias, out);
    problem_release(&memory);
    mem_free(weights);
    return error;
}

/* Every row's scores, once, so that searching a temperature is cheap. Owner: the caller (mem_free). */
static double *all_scores(const struct linear *model, const struct train_set *set)
{
    double *scores = mem_alloc(set->rows * ENGINE_LABELS_MAX * sizeof(*scores));
    for (size_t i = 0; scores && i < set->rows; i++) {
        size_t count;
        const struct feature *features = train_set_row(set, i, &count);
        linear_scores(model, features, count, scores + i * ENGINE_LABELS_MAX);
    }
    return scores;
}

double train_log_loss(const struct train_set *set, const double *scores, const struct linear_shape *shape)
{
    double sum = 0, probabilities[ENGINE_LABELS_MAX];
    for (size_t i = 0; i < set->rows; i++) {
        linear_probabilities(shape, scores + i * ENGINE_LABELS_MAX, probabilities);
        sum -= log(fmax(probabilities[set->truth[i]], 1e-15));
    }
    return sum / (double)set->rows;
}

enum knob { KNOB_TEMPERATURE, KNOB_SHIFT };

static void turn(struct linear_shape *shape, enum knob knob, double at)
{
    if (knob == KNOB_TEMPERATURE)
        shape->temperature = exp(at);
    else
        shape->shift = at;
}

/* Golden-section search along one of the two: the log loss has one valley there. */
static void search(const struct train_set *set, const double *scores, enum knob knob, struct linear_shape *shape)
{
    const double ratio = 0.6180339887498949;
    double low = knob == KNOB_TEMPERATURE ? log(0.02) : -10, high = knob == KNOB_TEMPERATURE ? log(50) : 10;
    for (int step = 0; step < 40; step++) {
        double at[2] = {high - ratio * (high - low), low + ratio * (high - low)}, loss[2];
        for (int side = 0; side < 2; side++) {
            turn(shape, knob, at[side]);
            loss[side] = train_log_loss(set, scores, shape);
        }
        if (loss[0] < loss[1])
            high = at[1];
        else
            low = at[0];
    }
    turn(shape, knob, (low + high) / 2);
}

void train_fit_link(const struct train_set *set, const double *scores, struct linear_shape *shape)
{
    int rounds = shape->link == LINEAR_SOFTMAX ? 1 : 10;
    for (int round = 0; round < rounds; round++) {
        search(set, scores, KNOB_TEMPERATURE, shape);
        if (shape->link == LINEAR_SIGMOIDS)
            search(set, scores, KNOB_SHIFT, shape);
    }
}

struct answer {
    double probability;
    bool right;
};

static int surer_first(const void *a, const void *b)
{
    const struct answer *x = a, *y = b;
    if (x->probability != y->probability)
        return x->probability < y->probability ? 1 : -1;
    return (int)y->right - (int)x->right;
}

static struct answer best_answer(const double *scores, const struct linear_shape *shape, size_t truth)
{
    double probabilities[ENGINE_LABELS_MAX];
    size_t best = 0;
    linear_probabilities(shape, scores, probabilities);
    for (size_t c = 1; c < shape->classes; c++)
        if (probabilities[c] > probabilities[best])
            best = c;
    return (struct answer){probabilities[best], best == truth};
}

/* The lowest probability down to which answers are right often enough; 1 when not even the surest are. Rounded down to
 * what a model's file can hold, so that the answer which set it is sure. */
static double best_threshold(struct answer *answers, size_t count, double precision)
{
    double threshold = 1, right = 0;
    qsort(answers, count, sizeof(*answers), surer_first);
    for (size_t i = 0; i < count; i++) {
        right += answers[i].right;
        bool last_of_its_kind = i + 1 == count || answers[i + 1].probability < answers[i].probability;
        if (last_of_its_kind && right >= precision * (double)(i + 1))
            threshold = answers[i].probability;
    }
    float kept = (float)threshold;
    return (double)((double)kept > threshold ? nextafterf(kept, 0) : kept);
}

enum error train_calibrate(struct linear *model, const struct train_set *held_out, double precision)
{
    struct linear_shape shape = *linear_shape(model);
    if (!held_out->rows)
        return ERR_VALUE;
    double *scores = all_scores(model, held_out);
    struct answer *answers = mem_alloc(held_out->rows * sizeof(*answers));
    enum error error = scores && answers ? OK : ERR_NOMEM;
    if (!error) {
        train_fit_link(held_out, scores, &shape);
        error = linear_calibrate(model, shape.temperature, shape.shift, 0);
    }
    if (!error) {
        shape = *linear_shape(model);
        for (size_t i = 0; i < held_out->rows; i++)
            answers[i] = best_answer(scores + i * ENGINE_LABELS_MAX, &shape, held_out->truth[i]);
        error =
            linear_calibrate(model, shape.temperature, shape.shift, best_threshold(answers, held_out->rows, precision));
    }
    mem_free(scores);
    mem_free(answers);
    return error;
}

uint64_t train_draw(struct train_random *random)
{
    uint64_t z = random->state += 0x9e3779b97f4a7c15u;
    z = (z ^ (z >> 30)) * 0xbf58476d1ce4e5b9u;
    z = (z ^ (z >> 27)) * 0x94d049bb133111ebu;
    return z ^ (z >> 31);
}

size_t train_draw_below(struct train_random *random, size_t bound)
{
    return (size_t)(train_draw(random) % bound);
}
