#include "gateway/watch.h"

#include <stdio.h>
#include <string.h>

#include "base/mem.h"
#include "engine/drift.h"
#include "engine/shadow.h"
#include "gateway/cli.h"
#include "gateway/model_files.h"

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

static void note_marks(const struct drift_marks *marks, struct sighting *out)
{
    for (size_t i = 0; i < marks->count; i++)
        note(out, METRIC_MODEL_SEEN, drift_name(marks->items[i].feature),
             drift_bin(marks->items[i].feature, marks->items[i].bin));
}

void watch_industry(const struct engine *engine, struct slice text, const struct prediction *said, struct sighting *out)
{
    struct shadows shadows = {{SHADOW_NONE}};
    struct drift_marks marks;
    note_answer("industry", said, out);
    drift_of_text(text, said, &marks);
    note_marks(&marks, out);
    shadow_industry(engine, text, said->guesses[0].label, &shadows);
    note_shadows(engine, &shadows, out);
}

void watch_profile(const struct engine *engine, const struct business *business, const struct prediction *stage,
                   const struct prediction *outlook, struct sighting *out)
{
    struct shadows shadows = {{SHADOW_NONE}};
    struct drift_marks marks;
    if (strcmp(stage->version, "stage rule") == 0)
        note(out, METRIC_MODEL_ANSWERS, "stage", "rule");
    else
        note_answer("stage", stage, out);
    note_answer("growth", outlook, out);
    drift_of_business(business, stage, outlook, &marks);
    note_marks(&marks, out);
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

/* "otros" is what is written down where nothing fitted, or she gave up. */
void watch_trade(const struct state *before, const struct effect *effects, size_t count, struct sighting *out)
{
    for (size_t i = 0; i < count; i++) {
        const struct effect *effect = &effects[i];
        if (effect->kind != EFFECT_FACT || !slice_is(effect->slot, "industry") || !before->label_count)
            continue;
        bool first = slice_is(effect->value, before->labels[0].key);
        note(out, METRIC_MODEL_TRADES,
             first                              ? "confirmed"
             : slice_is(effect->value, "otros") ? "none"
                                                : "corrected",
             NULL);
    }
}

void watch_count(const struct sighting *sighting)
{
    for (size_t i = 0; i < sighting->count; i++)
        metric_add(sighting->ticks[i].metric, sighting->ticks[i].a, sighting->ticks[i].b, 1);
}

static void publish(const struct drift_counts *shares)
{
    for (enum drift_feature feature = 0; feature < DRIFT_COUNT; feature++)
        for (size_t bin = 0; drift_total(shares, feature) > 0 && drift_bin(feature, bin); bin++)
            metric_set(METRIC_MODEL_REFERENCE, drift_name(feature), drift_bin(feature, bin),
                       shares->bins[feature][bin]);
}

void watch_references(const char *registry)
{
    static const char *const names[] = {"industry", "stage", "growth"};
    for (size_t i = 0; i < sizeof(names) / sizeof(names[0]); i++) {
        char version[REGISTRY_VERSION], path[REGISTRY_PATH_MAX];
        struct drift_counts shares;
        struct slice bytes = SLICE_NONE;
        cJSON *card = NULL;
        model_alias(registry, names[i], "champion", version);
        snprintf(path, sizeof(path), "%s/%s/%s/card.json", registry, names[i], version);
        if (cli_read_file(path, MODEL_CARD_MAX, &bytes) == OK && json_parse(bytes, MODEL_CARD_MAX, &card) == OK) {
            drift_read(json_object(json_object(card, "reference"), "shares"), &shares);
            publish(&shares);
        }
        cJSON_Delete(card);
        mem_free((char *)bytes.ptr);
    }
}
