#include <math.h>
#include <string.h>

#include "engine/stage.h"
#include "engine/vocabulary.h"

#define VALUES_MAX 8 /* of one fact */

/* How likely each value of each fact is, together with each stage, given what is known. */
struct joint {
    double share[STAGE_FACTS][VALUES_MAX][STAGE_COUNT];
    double stage[STAGE_COUNT];
};

static bool agrees(const struct stage_set *known, const struct stage_set *whole)
{
    for (size_t i = 0; i < STAGE_FACTS; i++)
        if (known->value[i] != stage_values[i] && known->value[i] != whole->value[i])
            return false;
    return true;
}

/* Adds up the whole fact sets that agree with what is known. */
static void gather(const struct linear *model, const struct stage_set *known, struct joint *out)
{
    double total = 0;
    memset(out, 0, sizeof(*out));
    for (uint32_t place = 0; place < STAGE_SETS; place++) {
        struct stage_set whole;
        stage_set_at(place, &whole);
        if (!stage_set_whole(&whole) || !agrees(known, &whole))
            continue;
        double share = exp(linear_weight(model, STAGE_AT_SETS + place, 0));
        int stage = stage_rule_of(&whole);
        total += share;
        out->stage[stage] += share;
        for (size_t f = 0; f < STAGE_FACTS; f++)
            out->share[f][whole.value[f]][stage] += share;
    }
    for (size_t s = 0; s < STAGE_COUNT; s++) {
        out->stage[s] /= total;
        for (size_t f = 0; f < STAGE_FACTS; f++)
            for (size_t v = 0; v <= stage_values[f]; v++)
                out->share[f][v][s] /= total;
    }
}

/* Mutual information of a fact and the stage, in bits. That there is no trend, as nothing is sold, is an answer. */
static double information(const struct joint *joint, size_t fact)
{
    double bits = 0;
    for (size_t v = 0; v <= stage_values[fact]; v++) {
        double value = 0;
        for (size_t s = 0; s < STAGE_COUNT; s++)
            value += joint->share[fact][v][s];
        for (size_t s = 0; s < STAGE_COUNT; s++) {
            double both = joint->share[fact][v][s];
            if (both > 0)
                bits += both * log2(both / (value * joint->stage[s]));
        }
    }
    return bits > 0 ? bits : 0;
}

size_t stage_questions(const struct linear *model, const struct business *business,
                       struct engine_question out[STAGE_FACTS])
{
    struct stage_set known;
    struct joint joint;
    size_t count = 0;
    stage_set_of(business, &known);
    if (stage_rule_of(&known) != WORD_NONE)
        return 0;
    gather(model, &known, &joint);
    for (size_t f = 0; f < STAGE_FACTS; f++) {
        if (known.value[f] != stage_values[f] || (f == STAGE_SALES && business->sales_refused))
            continue;
        struct engine_question question = {stage_slots[f], information(&joint, f)};
        size_t at = count++;
        for (; at > 0 && out[at - 1].bits < question.bits; at--)
            out[at] = out[at - 1];
        out[at] = question;
    }
    return count;
}
