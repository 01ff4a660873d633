#include "engine/shadow.h"

#include <string.h>

#include "engine/engine_parts.h"
#include "engine/features.h"
#include "engine/growth.h"
#include "engine/recommend.h"
#include "engine/stage.h"
#include "engine/vocabulary.h"

static const struct linear *challenger(const struct engine *engine, enum engine_part part)
{
    return engine->challengers[part].weights;
}

const char *engine_challenger(const struct engine *engine, enum engine_part part)
{
    return challenger(engine, part) ? engine->challengers[part].version : NULL;
}

static enum shadow judge(const struct prediction *prediction, const char *said)
{
    if (!prediction->sure || !prediction->count)
        return SHADOW_ABSTAINS;
    return strcmp(prediction->guesses[0].label, said) == 0 ? SHADOW_AGREES : SHADOW_DIFFERS;
}

void shadow_industry(const struct engine *engine, struct slice text, const char *said, struct shadows *out)
{
    struct prediction prediction;
    struct features features;
    if (!challenger(engine, PART_INDUSTRY))
        return;
    features_of_text(text, &features);
    linear_predict(challenger(engine, PART_INDUSTRY), features.items, features.count, &prediction);
    prediction.sure = prediction.sure && features.count > 0;
    out->of[PART_INDUSTRY] = judge(&prediction, said);
}

void shadow_profile(const struct engine *engine, const struct business *business, const char *stage,
                    const char *outlook, struct shadows *out)
{
    const struct linear *stage_model = challenger(engine, PART_STAGE);
    const struct linear *closing = challenger(engine, PART_CLOSING), *growth = challenger(engine, PART_GROWTH);
    struct prediction prediction;
    if (stage_model && stage_rule(business) == WORD_NONE) {
        stage_predict(stage_model, "", business, &prediction);
        out->of[PART_STAGE] = judge(&prediction, stage);
    }
    if (closing) {
        growth_predict(closing, engine->growth.weights, "", business, &prediction);
        out->of[PART_CLOSING] = judge(&prediction, outlook);
    }
    if (growth) {
        growth_predict(engine->closing.weights, growth, "", business, &prediction);
        out->of[PART_GROWTH] = judge(&prediction, outlook);
    }
}

static bool is_among(const char *id, const struct recommendation *page, size_t count)
{
    for (size_t i = 0; i < count; i++)
        if (strcmp(page[i].id, id) == 0)
            return true;
    return false;
}

void shadow_resources(const struct engine *engine, const struct business *business, const struct recommend_ask *ask,
                      const char *const *said, size_t count, struct shadows *out)
{
    struct recommendation page[RECOMMEND_PAGE];
    struct prediction stage;
    struct business known = *business;
    if (!challenger(engine, PART_RANKER) || count > RECOMMEND_PAGE)
        return;
    engine_guess_industry(engine, &known);
    engine_stage(engine, &known, &stage);
    const struct recommender with = {engine->catalogue, challenger(engine, PART_RANKER),
                                     engine_speech(engine, ask->language)};
    struct recommend_ask again = *ask;
    again.page_alone = true;
    size_t given = recommend(&with, &stage, &known, &again, page, RECOMMEND_PAGE);
    bool same = given == count;
    for (size_t i = 0; i < count; i++)
        same = same && is_among(said[i], page, given);
    out->of[PART_RANKER] = same ? SHADOW_AGREES : SHADOW_DIFFERS;
}
