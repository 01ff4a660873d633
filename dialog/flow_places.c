#include "dialog/flow_places.h"

#include <stdarg.h>
#include <stdio.h>
#include <string.h>

/* One walk. */
struct walker {
    const struct flows *flows;
    place_visit *visit;
    void *ctx;
};

/* Visits a node, under a name that is made as printf() does. A name too long is none that anybody can write. */
__attribute__((format(printf, 4, 5))) static void visit(const struct walker *w, enum place_kind kind,
                                                        struct yaml_node **node, const char *format, ...)
{
    struct place place = {.kind = kind, .node = node};
    va_list args;
    va_start(args, format);
    int len = vsnprintf(place.name, sizeof(place.name), format, args);
    va_end(args);
    if (len > 0 && (size_t)len < sizeof(place.name))
        w->visit(w->ctx, &place);
}

/* Gives the value of a key where it stands, or NULL. */
static struct yaml_node **value_of(const struct yaml_node *map, const char *key)
{
    for (size_t i = 0; map && map->kind == YAML_MAP && i < map->count; i++)
        if (slice_is(map->pairs[i].key->text, key))
            return &map->pairs[i].value;
    return NULL;
}

static size_t pairs_of(const struct yaml_node *map)
{
    return map && map->kind == YAML_MAP ? map->count : 0;
}

static size_t items_of(const struct yaml_node *list)
{
    return list && list->kind == YAML_LIST ? list->count : 0;
}

static void visit_key(const struct walker *w, const char *name, const struct yaml_node *map, const char *key)
{
    struct yaml_node **node = value_of(map, key);
    if (node)
        visit(w, strcmp(key, "words") == 0 ? PLACE_FORMS : PLACE_TEXT, node, "%s.%s", name, key);
}

/* Visits the forms that an option has not, and a translation may give it. */
static void visit_absent(const struct walker *w, const char *name, struct yaml_node *option)
{
    struct place place = {.kind = PLACE_FORMS, .map = option};
    int len = snprintf(place.name, sizeof(place.name), "%s.words", name);
    if (len > 0 && (size_t)len < sizeof(place.name))
        w->visit(w->ctx, &place);
}

/* What `next` or `otherwise` says: one way, or a list of them. */
static void visit_ways(const struct walker *w, const char *state, const struct yaml_node *map, const char *key)
{
    char name[PLACE_BYTES];
    const struct yaml_node *ways = yaml_get(map, key);
    snprintf(name, sizeof(name), "%s.%s", state, key);
    visit_key(w, name, ways, "say");
    for (size_t i = 0; i < items_of(ways); i++) {
        snprintf(name, sizeof(name), "%s.%s.%zu", state, key, i + 1);
        visit_key(w, name, ways->items[i], "say");
    }
}

/* An option goes by its value, or, where the engine gives that, by its number. */
static void visit_options(const struct walker *w, const char *state, const struct yaml_node *map)
{
    const struct yaml_node *options = yaml_get(map, "options");
    char name[PLACE_BYTES];
    for (size_t i = 0; i < items_of(options); i++) {
        const struct yaml_node *option = options->items[i], *value = yaml_get(option, "value");
        struct yaml_node **title = value_of(option, "title");
        bool named = value && value->kind == YAML_SCALAR && value->text.len && value->text.ptr[0] != '{';
        if (named)
            snprintf(name, sizeof(name), "%s.options.%s", state, value->text.ptr);
        else
            snprintf(name, sizeof(name), "%s.options.%zu", state, i + 1);
        if (title)
            visit(w, PLACE_TEXT, title, "%s", name);
        visit_key(w, name, option, "description");
        if (yaml_get(option, "words") || option->kind != YAML_MAP)
            visit_key(w, name, option, "words");
        else
            visit_absent(w, name, options->items[i]);
    }
}

/* Tells whether the flow that a state calls takes an argument as a text. */
static bool takes_text(const struct walker *w, const struct yaml_node *call, const struct yaml_node *argument)
{
    for (size_t i = 0; call->kind == YAML_SCALAR && i < w->flows->source_count; i++) {
        const struct flow_source *callee = &w->flows->sources[i];
        const struct yaml_node *take = yaml_get(yaml_get(callee->root, "takes"), argument->text.ptr);
        if (!slice_is(call->text, callee->name) || !take)
            continue;
        const struct yaml_node *type = take->kind == YAML_MAP ? yaml_get(take, "type") : take;
        return type && type->kind == YAML_SCALAR && slice_is(type->text, "text");
    }
    return false;
}

static void visit_call(const struct walker *w, const char *state, const struct yaml_node *map)
{
    const struct yaml_node *call = yaml_get(map, "call"), *with = yaml_get(map, "with");
    for (size_t i = 0; call && i < pairs_of(with); i++)
        if (takes_text(w, call, with->pairs[i].key))
            visit(w, PLACE_TEXT, &with->pairs[i].value, "%s.with.%s", state, with->pairs[i].key->text.ptr);
}

static void visit_state(const struct walker *w, const char *name, const struct yaml_node *map)
{
    static const char *const keys[] = {"say", "ask", "follow", "list_button", "refusal", "invalid"};
    const struct yaml_node *retry = yaml_get(map, "retry");
    for (size_t i = 0; i < sizeof(keys) / sizeof(keys[0]); i++)
        visit_key(w, name, map, keys[i]);
    visit_options(w, name, map);
    for (size_t i = 0; i < items_of(retry); i++)
        visit(w, PLACE_TEXT, &retry->items[i], "%s.retry.%zu", name, i + 1);
    visit_ways(w, name, map, "otherwise");
    visit_ways(w, name, map, "next");
    visit_call(w, name, map);
}

static void visit_slots(const struct walker *w, const struct yaml_node *slots)
{
    char name[PLACE_BYTES];
    for (size_t i = 0; i < pairs_of(slots); i++) {
        const struct yaml_node *names = yaml_get(slots->pairs[i].value, "names");
        const char *slot = slots->pairs[i].key->text.ptr;
        snprintf(name, sizeof(name), "slots.%s", slot);
        visit_key(w, name, slots->pairs[i].value, "heard");
        for (size_t j = 0; j < pairs_of(names); j++)
            visit(w, PLACE_TEXT, &names->pairs[j].value, "slots.%s.names.%s", slot, names->pairs[j].key->text.ptr);
    }
}

static void visit_timers(const struct walker *w, const struct yaml_node *timers)
{
    char name[PLACE_BYTES];
    for (size_t i = 0; i < pairs_of(timers); i++) {
        const struct yaml_node *template = yaml_get(timers->pairs[i].value, "template");
        const struct yaml_node *params = yaml_get(template, "params");
        struct yaml_node **code = value_of(template, "language");
        snprintf(name, sizeof(name), "timers.%s", timers->pairs[i].key->text.ptr);
        visit_key(w, name, timers->pairs[i].value, "say");
        if (code)
            visit(w, PLACE_CODE, code, "%s.template.language", name);
        for (size_t j = 0; j < items_of(params); j++)
            visit(w, PLACE_TEXT, &params->items[j], "%s.template.params.%zu", name, j + 1);
    }
}

static void visit_alerts(const struct walker *w, const struct yaml_node *alerts)
{
    char name[PLACE_BYTES];
    for (size_t i = 0; i < items_of(alerts); i++) {
        snprintf(name, sizeof(name), "alerts.%zu", i + 1);
        visit_key(w, name, alerts->items[i], "words");
        visit_key(w, name, alerts->items[i], "say");
    }
}

/* A part has one list, the main flow one for each state. */
static void visit_keywords(const struct walker *w, struct yaml_node *root)
{
    struct yaml_node **keywords = value_of(root, "keywords");
    if (keywords && (*keywords)->kind == YAML_LIST)
        visit(w, PLACE_FORMS, keywords, "keywords");
    for (size_t i = 0; keywords && i < pairs_of(*keywords); i++)
        visit(w, PLACE_FORMS, &(*keywords)->pairs[i].value, "keywords.%s", (*keywords)->pairs[i].key->text.ptr);
}

void flow_places(const struct flows *flows, const struct flow_source *source, place_visit *visit_one, void *ctx)
{
    const struct walker w = {.flows = flows, .visit = visit_one, .ctx = ctx};
    const struct yaml_node *texts = yaml_get(source->root, "texts"), *states = yaml_get(source->root, "states");
    visit_slots(&w, yaml_get(source->root, "slots"));
    for (size_t i = 0; i < pairs_of(texts); i++)
        visit(&w, PLACE_TEXT, &texts->pairs[i].value, "texts.%s", texts->pairs[i].key->text.ptr);
    visit_keywords(&w, source->root);
    visit_alerts(&w, yaml_get(source->root, "alerts"));
    visit_timers(&w, yaml_get(source->root, "timers"));
    for (size_t i = 0; i < pairs_of(states); i++)
        visit_state(&w, states->pairs[i].key->text.ptr, states->pairs[i].value);
}
