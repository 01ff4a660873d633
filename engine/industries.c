#include "engine/industries.h"

#include <string.h>

#include "base/utf8.h"
#include "base/yaml.h"

#define ARENA_MAX (1024u * 1024)

/* Copies a text of at most `max` characters, or adds the fault. */
static bool take_text(const char *file, struct faults *faults, const struct yaml_node *entry, const char *key,
                      size_t max, char *out, size_t size)
{
    const struct yaml_node *node = yaml_get(entry, key);
    if (!node || node->kind != YAML_SCALAR || node->text.len == 0) {
        yaml_fault(faults, file, node ? node : entry, "%s must be a text: write it", key);
        return false;
    }
    if (utf8_count(node->text) > max || !slice_copy(node->text, out, size)) {
        yaml_fault(faults, file, node, "%s has %zu characters: at most %zu fit", key, utf8_count(node->text), max);
        return false;
    }
    return true;
}

static void take_entry(const char *file, struct faults *faults, const struct yaml_pair *pair, struct industries *out)
{
    int number = word_number(&industries, pair->key->text);
    if (number == WORD_NONE) {
        const char *near = word_suggest(&industries, pair->key->text);
        yaml_fault(faults, file, pair->key, "there is no industry \"%s\"%s%s: use one of the fourteen keys",
                   pair->key->text.ptr, near ? "; did you mean " : "", near ? near : "");
        return;
    }
    struct industry *item = &out->items[number];
    take_text(file, faults, pair->value, "name", INDUSTRY_NAME_MAX, item->name, sizeof(item->name));
    take_text(file, faults, pair->value, "about", INDUSTRY_ABOUT_MAX, item->about, sizeof(item->about));
    take_text(file, faults, pair->value, "isic", INDUSTRY_ISIC_MAX - 1, item->isic, sizeof(item->isic));
}

static enum error take_all(const char *file, struct faults *faults, const struct yaml_node *root,
                           struct industries *out)
{
    struct industries read = {{{"", "", ""}}};
    size_t before = faults->total;
    const struct yaml_node *map = yaml_get(root, "industries");
    if (!map || map->kind != YAML_MAP) {
        faults_add(faults, file, 1, 1, "must hold one map, industries, from keys to name, about and isic");
        return ERR_VALUE;
    }
    for (size_t i = 0; i < map->count; i++)
        take_entry(file, faults, &map->pairs[i], &read);
    for (size_t i = 0; i < INDUSTRY_COUNT; i++)
        if (!yaml_get(map, industries.words[i].key))
            yaml_fault(faults, file, map, "the industry \"%s\" is missing: add it", industries.words[i].key);
    if (faults->total > before)
        return ERR_VALUE;
    *out = read;
    return OK;
}

enum error industries_read(const char *file, struct slice bytes, struct faults *faults, struct industries *out)
{
    struct yaml_node *root = NULL;
    struct arena *arena = arena_new(ARENA_MAX);
    enum error error = arena ? yaml_parse(file, bytes, arena, faults, &root) : ERR_NOMEM;
    if (!error)
        error = take_all(file, faults, root, out);
    else if (error == ERR_NOMEM)
        faults_add(faults, file, 0, 0, "there is no memory to read it");
    arena_free(arena);
    return error;
}
