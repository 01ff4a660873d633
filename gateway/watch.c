#include "gateway/watch.h"

#include <string.h>

#include "engine/shadow.h"

static void note(struct sighting *out, enum metric metric, const char *a, const char *b)
{
    if (out->count < WATCH_TICKS_MAX)
        out->ticks[out->count++] = (struct tick){metric, a, b};
}

static void note_shadows(const struct engine *engine, const struct shadows *shadows, struct sighting *out)
{
    static const char *const words[] = {
        [SHADOW_AGREES] = "agrees", [SHADOW_DIFFERS] = "differs", [SHADOW_ABSTAINS] = "abstains"};
    for (size_t i = 0; i < PART_COUNT; i++)
        if (shadows->of[i] != SHADOW_NONE)
            note(out, METRIC_MODEL_SHADOW, engine_challenger(engine, (enum engine_part)i), words[shadows->of[i]]);
}

static void note_answer(const char *model, const struct prediction *said, struct sighting *out)
{
    note(out, METRIC_MODEL_ANSWERS, model, said->sure ? "sure" : "unsure");
}

void watch_industry(const struct engine *engine, struct slice text, const struct prediction *said, struct sighting *out)
{
    struct shadows shadows = {{SHADOW_NONE}};
    note_answer("industry", said, out);
    shadow_industry(engine, text, said->guesses[0].label, &shadows);
    note_shadows(engine, &shadows, out);
}

void watch_profile(const struct engine *engine, const struct business *business, const struct prediction *stage,
                   const struct prediction *outlook, struct sighting *out)
{
    struct shadows shadows = {{SHADOW_NONE}};
    if (strcmp(stage->version, "stage rule") == 0)
        note(out, METRIC_MODEL_ANSWERS, "stage", "rule");
    else
        note_answer("stage", stage, out);
    note_answer("growth", outlook, out);
    shadow_profile(engine, business, stage->guesses[0].label, outlook->guesses[0].label, &shadows);
    note_shadows(engine, &shadows, out);
}

void watch_resources(const struct engine *engine, const struct business *business, const struct recommend_ask *ask,
                     const struct advice *said, struct sighting *out)
{
    struct shadows shadows = {{SHADOW_NONE}};
    const char *ids[ADVICE_RESOURCES_MAX];
    for (size_t i = 0; i < said->resource_count; i++)
        ids[i] = said->resources[i].id;
    shadow_resources(engine, business, ask, ids, said->resource_count, &shadows);
    note_shadows(engine, &shadows, out);
}

void watch_count(const struct sighting *sighting)
{
    for (size_t i = 0; i < sighting->count; i++)
        metric_add(sighting->ticks[i].metric, sighting->ticks[i].a, sighting->ticks[i].b, 1);
}
