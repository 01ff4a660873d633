#include "engine/ranker.h"

#include <math.h>
#include <string.h>

#define RULES 0u /* index of the rules' score */
#define UNKNOWN 0x3fu

/* What a feature is about; numbers are part of the hash. */
enum field { FIELD_ALONE, FIELD_GOAL, FIELD_STAGE, FIELD_INDUSTRY, FIELD_REGION, FIELD_RUC, FIELD_SIZE, FIELD_COUNT };

/* Spreads 64 bits. Source: the finaliser of SplitMix64. */
static uint64_t mix(uint64_t z)
{
    z = (z ^ (z >> 30)) * 0xbf58476d1ce4e5b9u;
    z = (z ^ (z >> 27)) * 0x94d049bb133111ebu;
    return z ^ (z >> 31);
}

static int likeliest_stage(const struct profile *p)
{
    int best = 0;
    for (int i = 1; i < STAGE_COUNT; i++)
        if (p->stage[i] > p->stage[best])
            best = i;
    return best;
}

static uint32_t cross(uint64_t what, enum field field, unsigned value)
{
    return 1 + (uint32_t)(mix(what << 16 ^ (uint64_t)field << 8 ^ value) % (RANKER_DIMENSION - 1));
}

size_t ranker_features(const struct profile *profile, const struct resource *resource, double rules,
                       struct feature out[RANKER_FEATURES])
{
    const unsigned values[FIELD_COUNT] = {
        [FIELD_GOAL] = profile->goal == WORD_NONE ? UNKNOWN : (unsigned)profile->goal,
        [FIELD_STAGE] = (unsigned)likeliest_stage(profile),
        [FIELD_INDUSTRY] = profile->industry == WORD_NONE ? UNKNOWN : (unsigned)profile->industry,
        [FIELD_REGION] = profile->region == WORD_NONE ? UNKNOWN : (unsigned)profile->region,
        [FIELD_RUC] = profile->has_ruc < 0 ? UNKNOWN : (unsigned)profile->has_ruc,
        [FIELD_SIZE] = profile->size,
    };
    uint64_t one = slice_hash(slice_of(resource->id)), kind = (uint64_t)resource->kind;
    size_t count = 0;
    out[count++] = (struct feature){RULES, RANKER_PRIOR_VALUE * (float)rules};
    for (int field = 0; field < FIELD_COUNT; field++) {
        out[count++] = (struct feature){cross(one, (enum field)field, values[field]), 1};
        out[count++] = (struct feature){cross(kind, (enum field)field, values[field]), 1};
    }
    return count;
}

bool ranker_is(const struct linear *model)
{
    const struct linear_shape *shape = linear_shape(model);
    return shape->classes == 2 && strcmp(shape->labels[0], RANKER_ODDS) == 0 &&
           strcmp(shape->labels[1], RANKER_DOUBT) == 0;
}

struct ranker_belief ranker_believe(const struct linear *model, const struct profile *profile,
                                    const struct resource *resource, double rules)
{
    struct feature features[RANKER_FEATURES];
    double scores[ENGINE_LABELS_MAX];
    size_t count = ranker_features(profile, resource, rules, features);
    linear_scores(model, features, count, scores);
    return (struct ranker_belief){scores[0], scores[1] > 0 ? sqrt(scores[1]) : 0};
}

/* Near enough to a normal deviate for this, and made of whole numbers: four uniform numbers' sum, whose variance is a
 * third. */
double ranker_draw(const struct ranker_belief *belief, uint64_t seed, const struct resource *resource)
{
    uint64_t bits = mix(mix(seed) ^ slice_hash(slice_of(resource->id)) * 0x9e3779b97f4a7c15u);
    int32_t sum = 0;
    for (unsigned shift = 0; shift < 64; shift += 16)
        sum += (int32_t)(bits >> shift & 0xffff);
    return belief->odds + RANKER_BOLDNESS * belief->spread * 1.7320508075688772 * ((double)sum / 65535 - 2);
}

uint64_t ranker_seed(uint64_t seed, uint64_t number)
{
    return mix(seed + number * 0x9e3779b97f4a7c15u);
}

double ranker_probability(double odds)
{
    return 1 / (1 + exp(-odds));
}
