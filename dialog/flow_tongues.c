/* The languages of a flow: which it speaks, how, and which are on offer. */
#include <string.h>

#include "dialog/flow_translate.h"

/* Gives how a language is spoken: as its file says, else as Spanish. */
static const struct tongue *tongue_of(const struct flows *flows, const char *key)
{
    for (size_t i = 0; i < flows->tongue_count; i++)
        if (strcmp(flows->tongues[i].key, key) == 0)
            return &flows->tongues[i];
    return &flows->tongues[0];
}

static int lang_index(const struct flow *flow, const char *key)
{
    for (size_t i = 0; i < flow->lang_count; i++)
        if (strcmp(flow->langs[i], key) == 0)
            return (int)i;
    return FLOW_NONE;
}

static void check_languages(struct loader *l, const struct yaml_node *root)
{
    const struct yaml_node *node = yaml_get(root, "languages");
    size_t count = node && node->kind == YAML_LIST ? node->count : 0;
    bool good = count > 0 && count <= FLOW_LANGS_MAX;
    for (size_t i = 0; good && i < count; i++)
        good = node->items[i]->kind == YAML_SCALAR && tongue_is_key(node->items[i]->text);
    if (!good)
        yaml_fault(l->faults, l->file, node ? node : root,
                   "`languages` must list 1 to %d codes, the default first, as in [es]", FLOW_LANGS_MAX);
}

void load_languages(struct loader *l, const struct yaml_node *root)
{
    struct flow *flow = l->flow;
    check_languages(l, root);
    flow->lang_count = translate_langs(l->flows, root, flow->langs);
    if (flow->lang_count == 0) {
        flow->lang_count = 1;
        memcpy(flow->langs[0], "es", 3);
    }
    for (size_t i = 0; i < flow->lang_count; i++) {
        flow->tongues[i] = tongue_of(l->flows, flow->langs[i]);
        int other = i ? lang_index(flow, flow->tongues[i]->fallback) : FLOW_NONE;
        flow->falls_back[i] = i == 0 ? FLOW_NONE : other == FLOW_NONE ? 0 : other;
    }
    for (size_t i = 0; i < l->flows->on_count; i++)
        flow->offered[flow->offered_count++] = (unsigned)lang_index(flow, l->flows->on[i]->key);
    for (size_t i = 0; l->flows->on_count == 0 && i < flow->lang_count; i++)
        flow->offered[flow->offered_count++] = (unsigned)i;
}

static struct yaml_node *node_at(struct loader *l, const struct yaml_node *at, enum yaml_kind kind, size_t room)
{
    struct yaml_node *node = load_make(l, 1, sizeof(*node));
    if (!node)
        return NULL;
    *node = (struct yaml_node){.kind = kind, .file = at->file, .line = at->line, .column = at->column};
    node->text = SLICE("");
    node->items = kind == YAML_LIST ? load_make(l, room, sizeof(*node->items)) : NULL;
    node->pairs = kind == YAML_MAP ? load_make(l, room, sizeof(*node->pairs)) : NULL;
    return (kind == YAML_LIST && !node->items) || (kind == YAML_MAP && !node->pairs) ? NULL : node;
}

static struct yaml_node *scalar_at(struct loader *l, const struct yaml_node *at, struct slice text)
{
    struct yaml_node *node = node_at(l, at, YAML_SCALAR, 0);
    if (node)
        node->text = text;
    return node;
}

static void put(struct loader *l, struct yaml_node *map, const char *key, const struct yaml_node *value)
{
    struct yaml_node *name = scalar_at(l, map, slice_of(key));
    if (name && value)
        map->pairs[map->count++] = (struct yaml_pair){name, (struct yaml_node *)value};
}

const struct yaml_node *load_language_options(struct loader *l, const struct yaml_node *at)
{
    const struct flow *flow = l->flow;
    struct yaml_node *list = node_at(l, at, YAML_LIST, flow->offered_count);
    for (size_t i = 0; list && i < flow->offered_count; i++) {
        const struct tongue *tongue = flow->tongues[flow->offered[i]];
        const char *key = flow->langs[flow->offered[i]];
        struct yaml_node *option = node_at(l, at, YAML_MAP, 3);
        bool known = strcmp(tongue->key, key) == 0;
        if (!option)
            return NULL;
        put(l, option, "value", scalar_at(l, at, slice_of(key)));
        put(l, option, "title", scalar_at(l, at, known ? tongue->name : slice_of(key)));
        put(l, option, "words", known ? tongue->called : NULL);
        list->items[list->count++] = option;
    }
    return list;
}
