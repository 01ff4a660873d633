#include "engine/speech.h"

#include <string.h>

#include "base/arena.h"
#include "base/mem.h"
#include "base/sms.h"
#include "base/utf8.h"
#include "base/yaml.h"
#include "engine/industries.h"

#define TREE_MAX_BYTES (16u * 1024 * 1024)

struct speech {
    struct arena *arena;
    const struct yaml_node *industries, *reasons, *resources; /* NULL where not there */
};

struct reading {
    const char *file;
    struct faults *faults;
    const struct catalogue *catalogue;
};

static const struct word ruc_words[] = {{"have", ""}, {"step", ""}, {"none", ""}, {NULL, NULL}};
static const struct word broad_words[] = {{"all", ""}, {"trade", ""}, {NULL, NULL}};
static const struct word region_words[] = {{"in", ""}, {NULL, NULL}};
static const struct vocabulary ruc_reasons = {"reason of RUC", ruc_words, 3};
static const struct vocabulary broad_reasons = {"broad reason", broad_words, 2};
static const struct vocabulary region_reasons = {"reason of a region", region_words, 1};

/* What reasons there are, by their kinds. */
static const struct {
    const char *kind;
    const struct vocabulary *words;
} kinds_of_reasons[] = {
    {"goal", &goals},
    {"tag", &tags},
    {"industry", &industries},
    {"stage", &stages},
    {"ruc", &ruc_reasons},
    {"broad", &broad_reasons},
    {"region", &region_reasons},
};

/* Checks a text that goes out: one line, short enough, and within what a plain SMS can carry. */
static void check_said(const struct reading *r, const struct yaml_node *node, const char *what, size_t most)
{
    struct buf sent;
    if (node->kind != YAML_SCALAR || node->text.len == 0 || slice_find(node->text, '\n') < node->text.len) {
        yaml_fault(r->faults, r->file, node, "%s must be words in one line", what);
        return;
    }
    buf_init(&sent, 4096);
    sms_transliterate(node->text, &sent);
    struct sms_size size = sms_measure(buf_slice(&sent));
    if (sent.error)
        yaml_fault(r->faults, r->file, node, "%s could not be checked: %s", what, error_text(sent.error));
    else if (size.encoding != SMS_GSM7)
        yaml_fault(r->faults, r->file, node, "%s has a character that no plain SMS can carry: leave it out", what);
    else if (utf8_count(node->text) > most || size.units > most)
        yaml_fault(r->faults, r->file, node, "%s has %zu characters: at most %zu, shorten it", what,
                   utf8_count(node->text), most);
    buf_release(&sent);
}

/* Checks a map whose keys are words of a vocabulary. */
static void check_map(const struct reading *r, const struct yaml_node *map, const struct vocabulary *words, size_t most)
{
    if (map->kind != YAML_MAP) {
        yaml_fault(r->faults, r->file, map, "must be a map from each %s to words", words->what);
        return;
    }
    for (size_t i = 0; i < map->count; i++) {
        const struct yaml_node *key = map->pairs[i].key;
        const char *near = word_suggest(words, key->text);
        if (word_number(words, key->text) == WORD_NONE)
            yaml_fault(r->faults, r->file, key, "there is no %s \"%.60s\"%s%s: rename or remove it", words->what,
                       key->text.ptr, near ? "; did you mean " : "", near ? near : "");
        check_said(r, map->pairs[i].value, key->text.ptr, most);
    }
}

static void check_reasons(const struct reading *r, const struct yaml_node *map)
{
    const size_t count = sizeof(kinds_of_reasons) / sizeof(kinds_of_reasons[0]);
    for (size_t i = 0; map->kind == YAML_MAP && i < map->count; i++) {
        size_t k = 0;
        while (k < count && !slice_is(map->pairs[i].key->text, kinds_of_reasons[k].kind))
            k++;
        if (k < count)
            check_map(r, map->pairs[i].value, kinds_of_reasons[k].words, SPEECH_REASON_MAX);
        else
            yaml_fault(r->faults, r->file, map->pairs[i].key,
                       "there are no reasons \"%.60s\": goal, tag, industry, stage, ruc, broad and region are",
                       map->pairs[i].key->text.ptr);
    }
    if (map->kind != YAML_MAP)
        yaml_fault(r->faults, r->file, map, "`reasons` must be a map of goal, tag, industry, ...");
}

/* A resource has its text, or a map of text and contact. */
static void check_resources(const struct reading *r, const struct yaml_node *map)
{
    for (size_t i = 0; map->kind == YAML_MAP && i < map->count; i++) {
        const struct yaml_node *key = map->pairs[i].key, *value = map->pairs[i].value;
        if (!catalogue_find(r->catalogue, key->text))
            yaml_fault(r->faults, r->file, key, "the catalogue has no resource \"%.60s\": rename or remove it",
                       key->text.ptr);
        if (value->kind != YAML_MAP)
            check_said(r, value, key->text.ptr, RESOURCE_TEXT_MAX);
        for (size_t j = 0; value->kind == YAML_MAP && j < value->count; j++) {
            bool text = slice_is(value->pairs[j].key->text, "text");
            if (text || slice_is(value->pairs[j].key->text, "contact"))
                check_said(r, value->pairs[j].value, text ? "text" : "contact",
                           text ? RESOURCE_TEXT_MAX : SPEECH_CONTACT_MAX);
            else
                yaml_fault(r->faults, r->file, value->pairs[j].key, "a resource has `text` and `contact` here");
        }
    }
    if (map->kind != YAML_MAP)
        yaml_fault(r->faults, r->file, map, "`resources` must be a map from ids to texts");
}

static void check_tree(const struct reading *r, const struct yaml_node *root, struct speech *out)
{
    for (size_t i = 0; root && root->kind == YAML_MAP && i < root->count; i++) {
        const struct yaml_node *key = root->pairs[i].key, *value = root->pairs[i].value;
        if (slice_is(key->text, "industries")) {
            out->industries = value;
            check_map(r, value, &industries, INDUSTRY_NAME_MAX);
        } else if (slice_is(key->text, "reasons")) {
            out->reasons = value;
            check_reasons(r, value);
        } else if (slice_is(key->text, "resources")) {
            out->resources = value;
            check_resources(r, value);
        } else {
            yaml_fault(r->faults, r->file, key, "there is no key \"%.60s\": industries, reasons and resources are",
                       key->text.ptr);
        }
    }
    if (!root || root->kind != YAML_MAP)
        faults_add(r->faults, r->file, 1, 1, "must be a map of industries, reasons and resources");
}

struct speech *speech_read(const char *file, struct slice bytes, const struct catalogue *catalogue,
                           struct faults *faults)
{
    const struct reading r = {file, faults, catalogue};
    size_t before = faults->total;
    struct yaml_node *root = NULL;
    struct speech *made = mem_alloc(sizeof(*made));
    if (made)
        made->arena = arena_new(TREE_MAX_BYTES);
    if (!made || !made->arena)
        faults_add(faults, file, 0, 0, "there is no memory to read it: try again");
    else if (yaml_parse(file, bytes, made->arena, faults, &root) == OK)
        check_tree(&r, root, made);
    else if (faults->total == before)
        faults_add(faults, file, 0, 0, "there is no memory to read it: try again");
    if (faults->total == before)
        return made;
    speech_free(made);
    return NULL;
}

void speech_free(struct speech *speech)
{
    if (speech)
        arena_free(speech->arena);
    mem_free(speech);
}

static const char *words_of(const struct yaml_node *node, const char *spanish)
{
    return node && node->kind == YAML_SCALAR ? node->text.ptr : spanish;
}

const char *speech_industry(const struct speech *speech, const char *key, const char *spanish)
{
    return speech ? words_of(yaml_get(speech->industries, key), spanish) : spanish;
}

const char *speech_text(const struct speech *speech, const char *id, const char *spanish)
{
    const struct yaml_node *node = speech ? yaml_get(speech->resources, id) : NULL;
    return words_of(node && node->kind == YAML_MAP ? yaml_get(node, "text") : node, spanish);
}

const char *speech_contact(const struct speech *speech, const char *id, const char *spanish)
{
    const struct yaml_node *node = speech ? yaml_get(speech->resources, id) : NULL;
    return words_of(yaml_get(node, "contact"), spanish);
}

const char *speech_reason(const struct speech *speech, const char *kind, const char *key, const char *spanish)
{
    return speech ? words_of(yaml_get(yaml_get(speech->reasons, kind), key), spanish) : spanish;
}
