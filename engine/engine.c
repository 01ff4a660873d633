#include "engine/engine.h"

#include <errno.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "base/mem.h"
#include "engine/business.h"
#include "engine/catalogue.h"
#include "engine/engine_parts.h"
#include "engine/features.h"
#include "engine/growth.h"
#include "engine/industries.h"
#include "engine/ranker.h"
#include "engine/reason.h"
#include "engine/recommend.h"
#include "engine/registry.h"
#include "engine/speech.h"
#include "engine/stage.h"

#define INDUSTRIES_FILE_MAX (64u * 1024) /* bytes */
#define REASON_LETTERS_MIN 3u

/* Reads a whole text file into the buffer. Returns false with a fault. */
static bool read_file(const char *path, struct faults *faults, struct buf *out)
{
    char block[16384];
    FILE *file = fopen(path, "rbe");
    if (!file) {
        faults_add(faults, path, 0, 0, "cannot be read (%s): give the path of a file that is there", strerror(errno));
        return false;
    }
    for (size_t got; (got = fread(block, 1, sizeof(block), file)) > 0;)
        buf_add(out, block, got);
    bool whole = !ferror(file) && !out->error;
    fclose(file);
    if (!whole)
        faults_add(faults, path, 0, 0, "cannot be read whole: it must have at most %zu bytes", out->max);
    return whole;
}

static bool read_industries(struct engine *engine, const char *path, struct faults *faults)
{
    struct buf bytes;
    buf_init(&bytes, INDUSTRIES_FILE_MAX);
    bool good = read_file(path, faults, &bytes) &&
                industries_read(path, buf_slice(&bytes), faults, &engine->industries) == OK &&
                digest_write(buf_slice(&bytes), engine->industries_digest) == OK;
    buf_release(&bytes);
    return good;
}

static bool read_catalogue(struct engine *engine, const char *path, struct faults *faults)
{
    struct buf bytes;
    buf_init(&bytes, CATALOGUE_FILE_MAX);
    if (read_file(path, faults, &bytes) && digest_write(buf_slice(&bytes), engine->catalogue_digest) == OK)
        engine->catalogue = catalogue_read(path, buf_slice(&bytes), faults);
    buf_release(&bytes);
    return engine->catalogue != NULL;
}

/* The model's labels must be the industries, so that each has a name. */
static bool check_labels(const struct linear *model, const char *dir, struct faults *faults)
{
    const struct linear_shape *shape = linear_shape(model);
    for (size_t i = 0; i < shape->classes; i++) {
        if (word_number(&industries, slice_of(shape->labels[i])) != WORD_NONE)
            continue;
        faults_add(faults, dir, 0, 0, "the model industry has the label \"%s\", which is no industry: train it again",
                   shape->labels[i]);
        return false;
    }
    return true;
}

/* A ranker has two outputs of its own; industries need a name each. Others' labels are their trainers'. */
static bool check_outputs(enum engine_part part, const struct linear *model, const char *dir, struct faults *faults)
{
    if (part == PART_INDUSTRY)
        return check_labels(model, dir, faults);
    if (part != PART_RANKER || ranker_is(model))
        return true;
    faults_add(faults, dir, 0, 0, "the model ranker has not the outputs %s and %s: train it again", RANKER_ODDS,
               RANKER_DOUBT);
    return false;
}

/* Nobody's answers came with the program, so that a registry has no ranker until one was trained. */
static bool read_ranker(struct engine *engine, const char *dir, struct faults *faults)
{
    char path[REGISTRY_PATH_MAX];
    snprintf(path, sizeof(path), "%s/ranker/champion", dir);
    if (access(path, F_OK))
        return true;
    if (registry_load(dir, "ranker", RANKER_SCHEME, faults, &engine->ranker))
        return false;
    return check_outputs(PART_RANKER, engine->ranker.weights, dir, faults);
}

/* A version under trial must be as whole as one in use: it is meant to become that. */
static bool read_challenger(enum engine_part part, const char *dir, struct faults *faults, struct registry_model *out)
{
    static const struct {
        const char *name;
        uint32_t scheme;
    } rows[PART_COUNT] = {
        [PART_INDUSTRY] = {"industry", FEATURES_SCHEME}, [PART_STAGE] = {"stage", STAGE_SCHEME},
        [PART_CLOSING] = {"closing", GROWTH_SCHEME},     [PART_GROWTH] = {"growth", GROWTH_SCHEME},
        [PART_RANKER] = {"ranker", RANKER_SCHEME},
    };
    char path[REGISTRY_PATH_MAX], version[REGISTRY_VERSION];
    snprintf(path, sizeof(path), "%s/%s/challenger", dir, rows[part].name);
    if (access(path, F_OK))
        return true;
    return registry_alias(dir, rows[part].name, "challenger", faults, version) == OK &&
           registry_load_version(dir, rows[part].name, version, rows[part].scheme, faults, out) == OK &&
           check_outputs(part, out->weights, dir, faults);
}

static bool read_models(struct engine *engine, const char *dir, struct faults *faults)
{
    const struct {
        const char *name;
        uint32_t scheme;
        struct registry_model *model;
    } rows[] = {
        {"industry", FEATURES_SCHEME, &engine->industry},
        {"stage", STAGE_SCHEME, &engine->stage},
        {"closing", GROWTH_SCHEME, &engine->closing},
        {"growth", GROWTH_SCHEME, &engine->growth},
    };
    bool good = true;
    for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++)
        good = registry_load(dir, rows[i].name, rows[i].scheme, faults, rows[i].model) == OK && good;
    snprintf(engine->outlook_version, sizeof(engine->outlook_version), "%.18s, %.18s", engine->closing.version,
             engine->growth.version);
    good = read_ranker(engine, dir, faults) && good;
    for (size_t i = 0; i < PART_COUNT; i++)
        good = read_challenger((enum engine_part)i, dir, faults, &engine->challengers[i]) && good;
    return good && check_outputs(PART_INDUSTRY, engine->industry.weights, dir, faults);
}

struct engine *engine_open(const char *registry_dir, const char *industries_file, const char *catalogue_file,
                           struct faults *faults)
{
    struct engine *engine = mem_alloc(sizeof(*engine));
    if (!engine) {
        faults_add(faults, registry_dir, 0, 0, "there is no memory for the models");
        return NULL;
    }
    bool good = read_models(engine, registry_dir, faults);
    good = read_industries(engine, industries_file, faults) && good;
    good = read_catalogue(engine, catalogue_file, faults) && good;
    if (good)
        return engine;
    engine_close(engine);
    return NULL;
}

void engine_close(struct engine *engine)
{
    if (!engine)
        return;
    registry_release(&engine->industry);
    registry_release(&engine->stage);
    registry_release(&engine->closing);
    registry_release(&engine->growth);
    registry_release(&engine->ranker);
    for (size_t i = 0; i < PART_COUNT; i++)
        registry_release(&engine->challengers[i]);
    for (size_t i = 0; i < engine->spoken_count; i++)
        speech_free(engine->spoken[i].speech);
    catalogue_free(engine->catalogue);
    mem_free(engine);
}

bool engine_speak(struct engine *engine, const char *language, const char *file, struct faults *faults)
{
    struct buf bytes;
    struct speech *speech = NULL;
    size_t at = engine->spoken_count;
    if (at == ENGINE_LANGUAGES_MAX || !slice_copy(slice_of(language), engine->spoken[at].language, 8)) {
        faults_add(faults, file, 0, 0, "there are more than %d languages, or the key of one is too long: remove some",
                   ENGINE_LANGUAGES_MAX);
        return false;
    }
    buf_init(&bytes, SPEECH_FILE_MAX);
    if (read_file(file, faults, &bytes))
        speech = speech_read(file, buf_slice(&bytes), engine->catalogue, faults);
    buf_release(&bytes);
    engine->spoken[at].speech = speech;
    engine->spoken_count += speech != NULL;
    return speech != NULL;
}

const struct speech *engine_speech(const struct engine *engine, const char *language)
{
    for (size_t i = 0; i < engine->spoken_count; i++)
        if (language && strcmp(engine->spoken[i].language, language) == 0)
            return engine->spoken[i].speech;
    return NULL;
}

const struct catalogue *engine_catalogue(const struct engine *engine)
{
    return engine->catalogue;
}

void engine_swap_catalogue(struct engine *engine, struct catalogue **catalogue, char digest[DIGEST_TEXT])
{
    char before[DIGEST_TEXT];
    struct catalogue *was = engine->catalogue;
    memcpy(before, engine->catalogue_digest, sizeof(before));
    memcpy(engine->catalogue_digest, digest, sizeof(before));
    memcpy(digest, before, sizeof(before));
    engine->catalogue = *catalogue;
    *catalogue = was;
}

size_t engine_models(const struct engine *engine, struct engine_model out[ENGINE_MODELS_MAX])
{
    const struct {
        const char *name, *digest;
    } rows[ENGINE_MODELS_MAX] = {
        {engine->industry.version, engine->industry.digest}, {engine->stage.version, engine->stage.digest},
        {engine->closing.version, engine->closing.digest},   {engine->growth.version, engine->growth.digest},
        {"industries", engine->industries_digest},           {"catalogue", engine->catalogue_digest},
        {engine->ranker.version, engine->ranker.digest},
    };
    size_t count = 0;
    for (size_t i = 0; i < ENGINE_MODELS_MAX; i++) {
        if (!rows[i].name[0])
            continue;
        slice_copy(slice_of(rows[i].name), out[count].name, sizeof(out[count].name));
        slice_copy(slice_of(rows[i].digest), out[count].digest, sizeof(out[count].digest));
        count++;
    }
    return count;
}

/* Names the words that speak most for a label, strongest first. Words that speak against it, and those too short to
 * tell a person anything, are no reasons. */
static void fill_reasons(const struct features *features, const struct linear *model, size_t class_index,
                         char reasons[ENGINE_REASONS][ENGINE_KEY])
{
    double share[FEATURES_WORDS_MAX];
    features_shares(features, model, class_index, share);
    for (size_t w = 0; w < features->word_count; w++)
        if (features->words[w].len < REASON_LETTERS_MIN)
            share[w] = 0;
    for (size_t r = 0; r < ENGINE_REASONS; r++) {
        size_t best = FEATURES_WORDS_MAX;
        for (size_t w = 0; w < features->word_count; w++)
            if (share[w] > 0 && (best == FEATURES_WORDS_MAX || share[w] > share[best]))
                best = w;
        if (best == FEATURES_WORDS_MAX)
            return;
        share[best] = 0;
        if (!slice_copy(features_word(features, best), reasons[r], ENGINE_KEY))
            r--; /* a word too long to show: the next one takes its place */
    }
}

static void predict_industry(const struct engine *engine, struct slice text, struct features *features,
                             struct prediction *out)
{
    features_of_text(text, features);
    linear_predict(engine->industry.weights, features->items, features->count, out);
    memcpy(out->version, engine->industry.version, sizeof(out->version));
    if (features->count == 0)
        out->sure = false;
}

void engine_industry(const struct engine *engine, struct slice text, struct prediction *out)
{
    const struct linear *model = engine->industry.weights;
    struct features features;
    predict_industry(engine, text, &features, out);
    fill_reasons(&features, model, linear_class(model, slice_of(out->guesses[0].label)), out->reasons);
}

void engine_industry_only(const struct engine *engine, struct slice text, struct prediction *out)
{
    struct features features;
    predict_industry(engine, text, &features, out);
}

void engine_stage(const struct engine *engine, const struct business *business, struct prediction *out)
{
    stage_predict(engine->stage.weights, engine->stage.version, business, out);
}

size_t engine_questions(const struct engine *engine, const struct business *business,
                        struct engine_question out[ENGINE_QUESTIONS_MAX])
{
    _Static_assert(STAGE_FACTS == ENGINE_QUESTIONS_MAX, "room for each fact");
    return stage_questions(engine->stage.weights, business, out);
}

void engine_growth(const struct engine *engine, const struct business *business, struct prediction *out)
{
    growth_predict(engine->closing.weights, engine->growth.weights, engine->outlook_version, business, out);
}

void engine_outlook_auc(const struct engine *engine, const struct business *business, struct engine_interval *closing,
                        struct engine_interval *growth)
{
    bool place = business_place(business) >= 0;
    *closing = growth_auc(engine->closing.weights, place);
    *growth = growth_auc(engine->growth.weights, place);
}

bool engine_lever(const struct engine *engine, const struct business *business, struct engine_lever *out)
{
    return growth_lever(engine->closing.weights, business, out);
}

const char *engine_industry_name(const struct engine *engine, const char *language, const char *key)
{
    int number = word_number(&industries, slice_of(key));
    return number == WORD_NONE
               ? NULL
               : speech_industry(engine_speech(engine, language), key, engine->industries.items[number].name);
}

const char *engine_resource_contact(const struct engine *engine, const char *language, struct slice id)
{
    const struct resource *resource = catalogue_find(engine->catalogue, id);
    return resource ? speech_contact(engine_speech(engine, language), resource->id, resource->contact) : NULL;
}

struct engine_told engine_resource(const struct engine *engine, const char *language, uint16_t number, int64_t today_ms)
{
    const struct resource *resource = catalogue_numbered(engine->catalogue, number);
    const struct speech *speech = engine_speech(engine, language);
    if (!resource || today_ms >= resource->valid_until_ms)
        return (struct engine_told){resource ? resource->id : "", "", ""};
    return (struct engine_told){resource->id, speech_text(speech, resource->id, resource->text),
                                speech_contact(speech, resource->id, resource->contact)};
}

void engine_reason(const struct engine *engine, const char *language, struct engine_why why, char out[ENGINE_TEXT])
{
    const struct reason reason = reason_find(why.kind, why.key);
    out[0] = '\0';
    if (reason.word)
        reason_say(engine_speech(engine, language), reason, out);
}

void engine_guess_industry(const struct engine *engine, struct business *business)
{
    struct prediction guess;
    if (business->industry[0] || !business->activity[0])
        return;
    engine_industry_only(engine, slice_of(business->activity), &guess);
    if (guess.sure)
        memcpy(business->industry, guess.guesses[0].label, sizeof(business->industry));
}

uint16_t engine_shown(struct slice id)
{
    return (uint16_t)slice_hash(id);
}

size_t engine_recommend(const struct engine *engine, const struct business *business, const struct recommend_ask *ask,
                        struct recommendation *out, size_t max)
{
    struct prediction stage;
    struct business known = *business;
    engine_guess_industry(engine, &known);
    engine_stage(engine, &known, &stage);
    const struct recommender with = {engine->catalogue, engine->ranker.weights, engine_speech(engine, ask->language)};
    return recommend(&with, &stage, &known, ask, out, max);
}
