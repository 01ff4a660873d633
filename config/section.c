#include "config/section.h"

#include <string.h>

#include "base/suggest.h"
#include "config/secret.h"
#include "config/setting_value.h"

const char *section_name(struct reading *r, const struct section *s)
{
    if (s->scope == SCOPE_TOP)
        return "the top level";
    if (s->scope == SCOPE_REDIS)
        return "redis";
    if (s->scope == SCOPE_WEBHOOKS)
        return "webhooks";
    const char *name = arena_printf(r->arena, "channel %s", s->channel);
    return name ? name : "the channel";
}

const struct yaml_pair *map_find(const struct yaml_node *map, struct slice key)
{
    for (size_t i = 0; map && map->kind == YAML_MAP && i < map->count; i++)
        if (slice_eq(map->pairs[i].key->text, key))
            return &map->pairs[i];
    return NULL;
}

void words_add(struct words *words, const char *word)
{
    if (word && words->count < WORDS_MAX)
        words->items[words->count++] = word;
}

static void known_words(struct reading *r, const struct section *s, struct words *out)
{
    *out = (struct words){.count = 0};
    for (const struct setting_row *row = setting_rows; row->name; row++) {
        if (!setting_belongs(row, s->scope, s->provider))
            continue;
        words_add(out, row->name);
        if (row->type == SETTING_SECRET)
            words_add(out, arena_printf(r->arena, "%s_file", row->name));
    }
    words_add(out, s->scope == SCOPE_CHANNEL ? "provider" : NULL);
    words_add(out, s->scope == SCOPE_TOP ? "redis" : NULL);
    words_add(out, s->scope == SCOPE_TOP ? "webhooks" : NULL);
    words_add(out, s->scope == SCOPE_TOP ? "channels" : NULL);
}

static const char *provider_name(unsigned bit)
{
    const struct provider_row *row = provider_rows;
    while (row->name && !(row->bit & bit))
        row++;
    return row->name;
}

/* Finds a row of that name in another section; NULL when there is none. */
static const struct setting_row *find_elsewhere(const struct section *s, struct slice key)
{
    for (const struct setting_row *row = setting_rows; row->name; row++)
        if (slice_is(key, row->name) && !setting_belongs(row, s->scope, s->provider))
            return row;
    return NULL;
}

static void fault_of_key(struct reading *r, const struct section *s, const struct yaml_node *key,
                         const struct words *words)
{
    char shown[SETTING_VALUE_SHOWN];
    const char *near = suggest(key->text, words->items);
    const struct setting_row *row = find_elsewhere(s, key->text);
    size_t colon = slice_find(key->text, ':');
    setting_value_show(slice_part(key->text, 0, colon), shown);
    if (colon < key->text.len) /* what is behind it was meant as the value, which may be a secret */
        yaml_fault(r->faults, r->file, key, "there is no blank after the colon of \"%s:\": write `%s: …`", shown,
                   shown);
    else if (row && row->scope == SCOPE_CHANNEL && s->scope == SCOPE_CHANNEL)
        yaml_fault(r->faults, r->file, key, "%s is a setting of %s, and %s is of %s: remove it, or change the provider",
                   row->name, provider_name(row->providers), section_name(r, s), provider_name(s->provider));
    else if (row && !near)
        yaml_fault(r->faults, r->file, key, "%s is no setting of %s: it belongs %s", row->name, section_name(r, s),
                   row->scope == SCOPE_TOP        ? "at the top level"
                   : row->scope == SCOPE_REDIS    ? "below redis:"
                   : row->scope == SCOPE_WEBHOOKS ? "below webhooks:"
                                                  : "into a channel");
    else if (near)
        yaml_fault(r->faults, r->file, key, "%s has no setting \"%s\"; did you mean \"%s\"?", section_name(r, s), shown,
                   near);
    else
        yaml_fault(r->faults, r->file, key,
                   "%s has no setting \"%s\": remove it (`chaski check --sample` shows every setting)",
                   section_name(r, s), shown);
}

void section_check_keys(struct reading *r, const struct section *s)
{
    struct words words;
    known_words(r, s, &words);
    for (size_t i = 0; s->map && i < s->map->count; i++) {
        const struct yaml_node *key = s->map->pairs[i].key;
        bool known = false;
        for (size_t w = 0; w < words.count && !known; w++)
            known = slice_is(key->text, words.items[w]);
        if (!known)
            fault_of_key(r, s, key, &words);
    }
}

/* Reads a node as a row's value. Returns "" after a fault, so that reading can go on. */
static const char *read_node(struct reading *r, const struct setting_row *row, const struct yaml_node *node)
{
    size_t found = r->faults->total;
    const char *value = setting_value_read(row, node, r->file, r->arena, r->faults);
    if (!value && r->faults->total == found)
        r->error = ERR_NOMEM;
    return value ? value : "";
}

static const char *read_secret_file(struct reading *r, const char *name, const struct yaml_node *node)
{
    const struct setting_row row = {.name = name, .type = SETTING_PATH};
    size_t found = r->faults->total;
    const char *secret = read_node(r, &row, node)[0] ? secret_from_file(node, r->file, r->arena, r->faults) : NULL;
    if (!secret && r->faults->total == found)
        r->error = ERR_NOMEM;
    return secret ? secret : "";
}

static const char *absent(struct reading *r, const struct section *s, const struct setting_row *row)
{
    if (!row->required || (row->instead && yaml_get(s->map, row->instead)))
        return row->fallback ? row->fallback : "";
    if (row->type == SETTING_SECRET) {
        const char *variable = secret_variable(r->arena, s->channel, row->name);
        yaml_fault(r->faults, r->file, s->at, "%s has no %s: write %s or %s_file, or set %s in the environment",
                   section_name(r, s), row->name, row->name, row->name, variable ? variable : "its variable");
    } else {
        yaml_fault(r->faults, r->file, s->at, "%s has no %s: write it%s%s (%s)", section_name(r, s), row->name,
                   row->instead ? " or " : "", row->instead ? row->instead : "", row->sentence);
    }
    return "";
}

static const char *read_secret(struct reading *r, const struct section *s, const struct setting_row *row)
{
    const char *file_name = arena_printf(r->arena, "%s_file", row->name);
    const char *given = secret_from_environment(r->env, r->arena, s->channel, row->name);
    if (!file_name) {
        r->error = ERR_NOMEM;
        return "";
    }
    const struct yaml_node *plain = yaml_get(s->map, row->name), *file = yaml_get(s->map, file_name);
    if (plain && file)
        yaml_fault(r->faults, r->file, file, "%s and %s are both given: keep one of them", row->name, file_name);
    if (given && !setting_value_is_secret(slice_of(given)))
        yaml_fault(r->faults, r->file, s->at,
                   "%s in the environment has control characters or is above 4096 bytes: set it to the secret alone",
                   secret_variable(r->arena, s->channel, row->name));
    if (given)
        return given;
    if (plain)
        return read_node(r, row, plain);
    return file ? read_secret_file(r, file_name, file) : absent(r, s, row);
}

const char *section_read(struct reading *r, const struct section *s, const struct setting_row *row)
{
    const struct yaml_node *node = yaml_get(s->map, row->name);
    if (row->type == SETTING_SECRET)
        return read_secret(r, s, row);
    return node ? read_node(r, row, node) : absent(r, s, row);
}
