/* The program of several files: its parts, its slots, its states under their names. */
#include "dialog/flow_link.h"

#include <string.h>

const struct flow_source *link_part(const struct linker *k, struct slice name)
{
    for (size_t i = 0; i < k->part_count; i++)
        if (slice_is(name, k->parts[i]->name))
            return k->parts[i];
    return NULL;
}

struct yaml_node *link_node(struct linker *k, const struct yaml_node *at, enum yaml_kind kind, size_t room)
{
    struct yaml_node *node = load_make(k->l, 1, sizeof(*node));
    if (!node)
        return NULL;
    *node = (struct yaml_node){.kind = kind, .file = at->file, .line = at->line, .column = at->column};
    node->text = SLICE("");
    if (kind == YAML_LIST)
        node->items = load_make(k->l, room, sizeof(*node->items));
    else if (kind == YAML_MAP)
        node->pairs = load_make(k->l, room, sizeof(*node->pairs));
    return (kind == YAML_LIST && !node->items) || (kind == YAML_MAP && !node->pairs) ? NULL : node;
}

struct yaml_node *link_scalar(struct linker *k, const struct yaml_node *at, const char *text)
{
    struct yaml_node *node = link_node(k, at, YAML_SCALAR, 0);
    if (node) {
        node->text = slice_of(text);
        node->quoted = at->kind == YAML_SCALAR && at->quoted;
    }
    return node;
}

void link_put(struct linker *k, struct yaml_node *map, const char *what, struct yaml_node *key, struct yaml_node *value)
{
    if (!map || !key || !value)
        return;
    for (size_t i = 0; i < map->count; i++) {
        const struct yaml_node *other = map->pairs[i].key;
        if (!slice_eq(other->text, key->text))
            continue;
        yaml_fault(k->l->faults, k->l->file, key, "%s '%.*s' is also in %s, line %u: rename or remove one of them",
                   what, (int)key->text.len, key->text.ptr, other->file ? other->file : k->l->file, other->line);
        return;
    }
    map->pairs[map->count++] = (struct yaml_pair){key, value};
}

const char *link_name(struct linker *k, const struct frame *frame, const struct yaml_node *at)
{
    const struct yaml_node *start = yaml_get(frame->source->root, "start");
    bool first = frame->source->owner[0] && !frame->caller && !yaml_get(frame->source->root, "once") && start &&
                 slice_eq(start->text, at->text);
    const char *name = first ? frame->source->name
                             : arena_printf(k->l->arena, "%s%.*s", frame->prefix, (int)at->text.len, at->text.ptr);
    k->l->out_of_memory = k->l->out_of_memory || !name;
    if (name && strlen(name) < DIALOG_NAME)
        return name;
    if (name)
        yaml_fault(k->l->faults, k->l->file, at,
                   "this state is called '%s' in the program, and a name has at most %d bytes: shorten it, or the "
                   "name of its flow or call",
                   name, DIALOG_NAME - 1);
    return "";
}

/* Tells whether what `next` or `otherwise` holds leads to `return`. */
static bool returns(const struct yaml_node *node)
{
    if (!node)
        return false;
    if (node->kind == YAML_MAP)
        return returns(yaml_get(node, "to"));
    for (size_t i = 0; node->kind == YAML_LIST && i < node->count; i++)
        if (node->items[i]->kind != YAML_LIST && returns(node->items[i]))
            return true;
    return node->kind == YAML_SCALAR && slice_is(node->text, "return");
}

static bool some_state_returns(const struct flow_source *source)
{
    const struct yaml_node *states = yaml_get(source->root, "states");
    for (size_t i = 0; states && states->kind == YAML_MAP && i < states->count; i++)
        if (returns(yaml_get(states->pairs[i].value, "next")) || returns(yaml_get(states->pairs[i].value, "otherwise")))
            return true;
    return false;
}

bool link_is_called(const struct flow_source *source)
{
    return yaml_get(source->root, "takes") || yaml_get(source->root, "gives") || some_state_returns(source);
}

void link_states(struct linker *k, const struct frame *frame)
{
    const struct yaml_node *states = yaml_get(frame->source->root, "states");
    for (size_t i = 0; states && states->kind == YAML_MAP && i < states->count && !k->full; i++) {
        const struct yaml_node *key = states->pairs[i].key, *node = states->pairs[i].value;
        if (yaml_get(node, "call")) {
            link_call(k, frame, key, node);
            continue;
        }
        if (k->states->count + 2 >= FLOW_STATES_MAX) {
            yaml_fault(k->l->faults, k->l->file, key,
                       "with all its calls the program has more than %d states: call less, or make it smaller",
                       FLOW_STATES_MAX);
            k->full = true;
            return;
        }
        link_put(k, k->states, "state", link_scalar(k, key, link_name(k, frame, key)), link_state(k, frame, node));
    }
}

static struct frame frame_of(const struct linker *k, const struct flow_source *source)
{
    const char *prefix = source == k->main ? "" : arena_printf(k->l->arena, "%s.", source->name);
    k->l->out_of_memory = k->l->out_of_memory || !prefix;
    return (struct frame){
        .source = source, .scope = source == k->main ? "" : source->name, .prefix = prefix ? prefix : ""};
}

/* Names that a file gives to its states have no dot: that is the program's. */
static void check_names(struct linker *k, const struct flow_source *source)
{
    char name[DIALOG_NAME];
    const struct yaml_node *states = yaml_get(source->root, "states"), *start = yaml_get(source->root, "start");
    if (!states || states->kind != YAML_MAP || states->count == 0) {
        yaml_fault(k->l->faults, k->l->file, states ? states : source->root,
                   "`states` must be a map of 1 to %d named states", FLOW_STATES_MAX);
        return;
    }
    for (size_t i = 0; i < states->count; i++) {
        load_name(k->l, states->pairs[i].key, "state", name);
        if (slice_is(states->pairs[i].key->text, "resume") || slice_is(states->pairs[i].key->text, "return"))
            yaml_fault(k->l->faults, k->l->file, states->pairs[i].key,
                       "`%.*s` is a way that every flow has: give this state another name",
                       (int)states->pairs[i].key->text.len, states->pairs[i].key->text.ptr);
    }
    if (!start || start->kind != YAML_SCALAR || !yaml_get(states, start->text.ptr))
        yaml_fault(k->l->faults, k->l->file, start ? start : source->root,
                   "`start` must name a state of this file, where the flow begins");
}

static void check_part(struct linker *k, const struct flow_source *part)
{
    static const char *const keys[] = {"flow",    "part_of", "takes",    "gives", "start",  "slots",
                                       "compute", "timers",  "keywords", "once",  "states", NULL};
    load_keys(k->l, part->root, "a part of a flow", keys);
    if (link_is_called(part) && !some_state_returns(part))
        yaml_fault(k->l->faults, k->l->file, part->root,
                   "flow %s never returns to its caller: lead one of its ways `to: return`", part->name);
    if (link_is_called(part) && yaml_get(part->root, "keywords"))
        yaml_fault(k->l->faults, k->l->file, yaml_get(part->root, "keywords"),
                   "flow %s is called, and words alone cannot: remove `keywords`", part->name);
    if (link_is_called(part) && yaml_get(part->root, "timers"))
        yaml_fault(k->l->faults, k->l->file, yaml_get(part->root, "timers"),
                   "flow %s is called, and has no time of its own: move its `timers` to the main flow", part->name);
}

/* Copies a timer with its states as the program names them. */
static struct yaml_node *link_timer(struct linker *k, const struct frame *frame, const struct yaml_node *timer)
{
    if (timer->kind != YAML_MAP)
        return (struct yaml_node *)timer;
    struct yaml_node *copy = link_node(k, timer, YAML_MAP, timer->count);
    for (size_t i = 0; copy && i < timer->count; i++) {
        const struct yaml_pair *pair = &timer->pairs[i];
        bool answer = slice_is(pair->key->text, "from") && slice_is(pair->value->text, "answer");
        bool target = !answer && (slice_is(pair->key->text, "from") || slice_is(pair->key->text, "to"));
        copy->pairs[copy->count++] =
            (struct yaml_pair){pair->key, target ? link_target(k, frame, pair->value) : pair->value};
    }
    return copy;
}

/* A part's keywords lead to its start, or name a state for each, as the main flow's do. */
static void merge_keywords(struct linker *k, const struct frame *frame)
{
    const struct yaml_node *node = yaml_get(frame->source->root, "keywords");
    for (size_t i = 0; node && node->kind == YAML_MAP && i < node->count; i++)
        link_put(k, k->keywords, "keyword", link_target(k, frame, node->pairs[i].key), node->pairs[i].value);
    if (node && node->kind != YAML_MAP && frame->source != k->main)
        link_put(k, k->keywords, "keyword", link_scalar(k, node, frame->source->name), (struct yaml_node *)node);
}

static void merge_heads(struct linker *k, const struct frame *frame)
{
    const struct yaml_node *slots = yaml_get(frame->source->root, "slots");
    const struct yaml_node *timers = yaml_get(frame->source->root, "timers");
    const struct yaml_node *compute = yaml_get(frame->source->root, "compute");
    const struct yaml_node *odd = slots && slots->kind != YAML_MAP       ? slots
                                  : timers && timers->kind != YAML_MAP   ? timers
                                  : compute && compute->kind != YAML_MAP ? compute
                                                                         : NULL;
    if (odd)
        yaml_fault(k->l->faults, k->l->file, odd, "`slots`, `compute` and `timers` must be maps of what they name");
    merge_keywords(k, frame);
    for (size_t i = 0; !odd && slots && i < slots->count; i++)
        link_put(k, k->slots, "slot", slots->pairs[i].key, slots->pairs[i].value);
    for (size_t i = 0; !odd && compute && i < compute->count; i++)
        link_put(k, k->compute, "number", compute->pairs[i].key, compute->pairs[i].value);
    for (size_t i = 0; !odd && timers && i < timers->count; i++)
        link_put(k, k->timers, "timer", timers->pairs[i].key, link_timer(k, frame, timers->pairs[i].value));
}

/* Gathers what `uses` names. */
static void find_parts(struct linker *k, const struct yaml_node *uses)
{
    const char **known = load_make(k->l, k->source_count + 1, sizeof(*known));
    k->parts = load_make(k->l, k->source_count, sizeof(*k->parts));
    if (uses->kind != YAML_LIST)
        yaml_fault(k->l->faults, k->l->file, uses, "`uses` must list flows, as in [menu, ayuda]");
    size_t names = 0;
    for (size_t i = 0; known && i < k->source_count; i++)
        if (strcmp(k->sources[i].owner, k->main->name) == 0)
            known[names++] = k->sources[i].name;
    for (size_t i = 0; known && k->parts && uses->kind == YAML_LIST && i < uses->count; i++) {
        const struct yaml_node *name = uses->items[i];
        struct flow_source *part = NULL;
        for (size_t j = 0; name->kind == YAML_SCALAR && j < k->source_count; j++)
            if (slice_is(name->text, k->sources[j].name) && strcmp(k->sources[j].owner, k->main->name) == 0)
                part = &k->sources[j];
        if (!part)
            yaml_fault(k->l->faults, k->l->file, name,
                       "no file beside this one has the flow '%.*s' with `part_of: %s`%s: write it, or remove the name",
                       (int)name->text.len, name->text.ptr, k->main->name, load_hint(k->l, name->text, known));
        else if (part->used)
            yaml_fault(k->l->faults, k->l->file, name, "flow %s is used twice: remove one of the two", part->name);
        else
            k->parts[k->part_count++] = part;
        if (part)
            part->used = true;
    }
}

/* Makes the tree that is read as one flow. */
static struct yaml_node *merged(struct linker *k, const struct frame *frame)
{
    const struct yaml_node *root = k->main->root;
    struct yaml_node *whole = link_node(k, root, YAML_MAP, root->count + 5);
    for (size_t i = 0; whole && i < root->count; i++) {
        struct slice key = root->pairs[i].key->text;
        struct yaml_node *value = root->pairs[i].value;
        if (slice_is(key, "uses"))
            continue;
        if (slice_is(key, "start") || slice_is(key, "returning"))
            value = link_target(k, frame, value);
        struct yaml_node *commands =
            slice_is(key, "commands") && value->kind == YAML_MAP ? link_node(k, value, YAML_MAP, value->count) : NULL;
        for (size_t j = 0; commands && j < value->count; j++)
            link_put(k, commands, "command", value->pairs[j].key, link_target(k, frame, value->pairs[j].value));
        value = commands ? commands : value;
        value = slice_is(key, "states") ? k->states : value;
        value = slice_is(key, "slots") ? k->slots : value;
        value = slice_is(key, "keywords") && value->kind == YAML_MAP ? k->keywords : value;
        value = slice_is(key, "compute") ? k->compute : value;
        value = slice_is(key, "timers") ? k->timers : value;
        whole->pairs[whole->count++] = (struct yaml_pair){root->pairs[i].key, value};
    }
    if (!yaml_get(root, "slots"))
        link_put(k, whole, "key", link_scalar(k, root, "slots"), k->slots);
    if (!yaml_get(root, "keywords") && k->keywords->count)
        link_put(k, whole, "key", link_scalar(k, root, "keywords"), k->keywords);
    if (!yaml_get(root, "compute") && k->compute->count)
        link_put(k, whole, "key", link_scalar(k, root, "compute"), k->compute);
    if (!yaml_get(root, "timers") && k->timers->count)
        link_put(k, whole, "key", link_scalar(k, root, "timers"), k->timers);
    return whole;
}

static size_t size_of(const struct linker *k, const char *key)
{
    size_t count = 0;
    for (size_t i = 0; i < k->source_count; i++) {
        const struct yaml_node *map = yaml_get(k->sources[i].root, key);
        count += map ? map->count : 0;
    }
    return count;
}

struct yaml_node *load_linked(struct loader *l, struct flow_source *sources, size_t count,
                              const struct flow_source *main)
{
    struct linker k = {.l = l, .sources = sources, .source_count = count, .main = main};
    struct frame whole = frame_of(&k, main);
    k.states = link_node(&k, main->root, YAML_MAP, FLOW_STATES_MAX + 1);
    k.slots = link_node(&k, main->root, YAML_MAP, size_of(&k, "slots"));
    k.compute = link_node(&k, main->root, YAML_MAP, size_of(&k, "compute"));
    k.keywords = link_node(&k, main->root, YAML_MAP, size_of(&k, "keywords") + count);
    k.timers = link_node(&k, main->root, YAML_MAP, size_of(&k, "timers"));
    if (!k.states || !k.slots || !k.compute || !k.keywords || !k.timers)
        return NULL;
    find_parts(&k, yaml_get(main->root, "uses"));
    check_names(&k, main);
    for (size_t i = 0; i < k.part_count; i++) {
        check_part(&k, k.parts[i]);
        check_names(&k, k.parts[i]);
    }
    merge_heads(&k, &whole);
    for (size_t i = 0; i < k.part_count; i++) {
        struct frame part = frame_of(&k, k.parts[i]);
        merge_heads(&k, &part);
    }
    link_states(&k, &whole);
    for (size_t i = 0; i < k.part_count; i++) {
        struct frame part = frame_of(&k, k.parts[i]);
        if (!link_is_called(k.parts[i])) {
            link_once(&k, &part);
            link_states(&k, &part);
        }
    }
    for (size_t i = 0; i < k.part_count; i++)
        if (link_is_called(k.parts[i]) && !k.parts[i]->called && !k.full)
            yaml_fault(l->faults, l->file, k.parts[i]->root,
                       "nobody calls flow %s: make a state with `call: %s`, or "
                       "take it out of `uses`",
                       k.parts[i]->name, k.parts[i]->name);
    return l->out_of_memory ? NULL : merged(&k, &whole);
}
