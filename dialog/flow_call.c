/* Calls: a flow's states once more, for one caller, with its arguments in their places. */
#include <string.h>

#include "base/buf.h"
#include "dialog/flow_link.h"

#define SPLICED_BYTES 16384

static const struct argument *argument_named(const struct frame *frame, struct slice name)
{
    for (size_t i = 0; i < frame->argument_count; i++)
        if (slice_eq(frame->arguments[i].name, name))
            return &frame->arguments[i];
    return NULL;
}

/* Cuts "words {{name}}" off a text: *words before it, *name empty at the end. */
static void cut_reference(struct slice *rest, struct slice *words, struct slice *name)
{
    struct slice text = *rest;
    *words = text;
    *name = *rest = SLICE_NONE;
    for (size_t i = 0; i + 1 < text.len; i++) {
        if (text.ptr[i] != '{' || text.ptr[i + 1] != '{')
            continue;
        for (size_t j = i + 2; j + 1 < text.len; j++)
            if (text.ptr[j] == '}' && text.ptr[j + 1] == '}') {
                *words = slice_part(text, 0, i);
                *name = slice_part(text, i, j + 2);
                *rest = slice_part(text, j + 2, text.len);
                return;
            }
        return;
    }
}

static struct slice name_in(struct slice reference)
{
    return slice_trim(slice_part(reference, 2, reference.len - 2));
}

/* Puts arguments into a text; what is none of them is left to be read later. */
static struct yaml_node *splice(struct linker *k, const struct frame *frame, const struct yaml_node *node)
{
    struct buf out;
    char room[256];
    struct slice rest = node->text, words, reference;
    buf_init_over(&out, room, sizeof(room), SPLICED_BYTES);
    while (rest.ptr) {
        cut_reference(&rest, &words, &reference);
        buf_addslice(&out, words);
        if (!reference.ptr)
            break;
        const struct argument *argument = argument_named(frame, name_in(reference));
        if (!argument)
            buf_addslice(&out, reference);
        else if (argument->slot.ptr)
            buf_addf(&out, "{{%.*s}}", (int)argument->slot.len, argument->slot.ptr);
        else if (argument->node && argument->node->kind == YAML_SCALAR)
            buf_addslice(&out, argument->node->text);
        else
            yaml_fault(k->l->faults, k->l->file, node,
                       "{{%.*s}} can be left out, or differs by language or channel: let it stand alone",
                       (int)argument->name.len, argument->name.ptr);
    }
    struct yaml_node *copy = link_node(k, node, YAML_SCALAR, 0);
    if (out.error == ERR_LIMIT)
        yaml_fault(k->l->faults, k->l->file, node, "with its arguments this text has more than %d bytes: shorten it",
                   SPLICED_BYTES);
    struct slice kept = out.error ? SLICE_NONE : arena_copy(k->l->arena, buf_slice(&out));
    k->l->out_of_memory = k->l->out_of_memory || !kept.ptr;
    buf_release(&out);
    if (copy) {
        copy->quoted = node->quoted;
        copy->text = kept.ptr ? kept : SLICE("");
    }
    return copy;
}

/* Copies what holds no targets. Gives NULL for what only says an argument that was left out. */
static struct yaml_node *copy_plain(struct linker *k, const struct frame *frame, const struct yaml_node *node)
{
    if (!frame->caller)
        return (struct yaml_node *)node;
    if (node->kind == YAML_SCALAR) {
        struct slice rest = slice_trim(node->text), words, reference;
        cut_reference(&rest, &words, &reference);
        if (!reference.ptr)
            return (struct yaml_node *)node;
        bool alone = words.len == 0 && rest.len == 0;
        const struct argument *argument = alone ? argument_named(frame, name_in(reference)) : NULL;
        return argument && !argument->slot.ptr ? (struct yaml_node *)argument->node : splice(k, frame, node);
    }
    struct yaml_node *copy = link_node(k, node, node->kind, node->count);
    for (size_t i = 0; copy && i < node->count; i++) {
        struct yaml_node *value = copy_plain(k, frame, node->kind == YAML_LIST ? node->items[i] : node->pairs[i].value);
        if (value && node->kind == YAML_LIST)
            copy->items[copy->count++] = value;
        else if (value)
            copy->pairs[copy->count++] = (struct yaml_pair){node->pairs[i].key, value};
    }
    return copy;
}

/* Gives the program's name for a target, or NULL after a fault. */
static const char *resolve(struct linker *k, const struct frame *frame, const struct yaml_node *node)
{
    struct slice name = node->text;
    const struct yaml_node *own = yaml_get(frame->source->root, "states");
    if (slice_is(name, "resume") || name.len == 0)
        return name.ptr;
    if (slice_is(name, "return")) {
        if (!frame->back)
            yaml_fault(k->l->faults, k->l->file, node,
                       "nobody calls %s, so that it has nowhere to return: name a state, or `resume`",
                       frame->source->name);
        return frame->back;
    }
    if (yaml_get(own, name.ptr))
        return link_name(k, frame, node);
    size_t dot = slice_find(name, '.');
    struct slice flow = slice_part(name, 0, dot), state = slice_part(name, dot + 1, name.len);
    const struct flow_source *part = link_part(k, flow);
    if (part && link_is_called(part)) {
        yaml_fault(k->l->faults, k->l->file, node,
                   "flow %s returns to its caller, so that nothing leads into it: make a state with `call: %s`",
                   part->name, part->name);
        return NULL;
    }
    const struct yaml_node *start = part ? yaml_get(part->root, "start") : NULL;
    if (start && dot < name.len && slice_eq(state, start->text))
        return part->name;
    return dot < name.len && slice_is(flow, k->main->name) ? state.ptr : name.ptr;
}

struct yaml_node *link_target(struct linker *k, const struct frame *frame, const struct yaml_node *node)
{
    if (node->kind != YAML_SCALAR)
        return (struct yaml_node *)node;
    const char *name = resolve(k, frame, node);
    return link_scalar(k, node, name ? name : "resume");
}

struct yaml_node *link_ways(struct linker *k, const struct frame *frame, const struct yaml_node *node)
{
    if (node->kind == YAML_SCALAR)
        return link_target(k, frame, node);
    struct yaml_node *copy = link_node(k, node, node->kind, node->count);
    for (size_t i = 0; copy && i < node->count; i++) {
        if (node->kind == YAML_LIST) {
            bool list = node->items[i]->kind == YAML_LIST; /* is none, as the loader will say */
            copy->items[copy->count++] = list ? node->items[i] : link_ways(k, frame, node->items[i]);
            continue;
        }
        bool to = slice_is(node->pairs[i].key->text, "to");
        struct yaml_node *value = (to ? link_target : copy_plain)(k, frame, node->pairs[i].value);
        if (value)
            copy->pairs[copy->count++] = (struct yaml_pair){node->pairs[i].key, value};
    }
    return copy;
}

/* What lies on a question that is kept must itself be an aside. */
static void put_aside(struct linker *k, const struct frame *frame, struct yaml_node *state)
{
    if (frame->aside && !yaml_get(state, "aside"))
        link_put(k, state, "key", link_scalar(k, state, "aside"), link_scalar(k, state, "true"));
}

struct yaml_node *link_state(struct linker *k, const struct frame *frame, const struct yaml_node *state)
{
    if (state->kind != YAML_MAP)
        return (struct yaml_node *)state;
    struct yaml_node *copy = link_node(k, state, YAML_MAP, state->count + 1);
    for (size_t i = 0; copy && i < state->count; i++) {
        const struct yaml_pair *pair = &state->pairs[i];
        bool ways = slice_is(pair->key->text, "next") || slice_is(pair->key->text, "otherwise");
        struct yaml_node *value = (ways ? link_ways : copy_plain)(k, frame, pair->value);
        if (value)
            copy->pairs[copy->count++] = (struct yaml_pair){pair->key, value};
    }
    if (copy)
        put_aside(k, frame, copy);
    return copy;
}

/* How an argument is declared: its type, and whether it may be left out. */
static bool read_take(struct linker *k, const struct yaml_node *take, struct slice *type, bool *optional)
{
    static const char *const keys[] = {"type", "optional", NULL};
    const struct yaml_node *node = take;
    if (take->kind == YAML_MAP && load_keys(k->l, take, "an argument", keys)) {
        node = yaml_get(take, "type");
        *optional = load_flag(k->l, take, "optional");
    }
    enum slot_type slot;
    bool good = node && node->kind == YAML_SCALAR &&
                (slice_is(node->text, "text") || slice_is(node->text, "word") ||
                 (slot_type_named(node->text, &slot) == OK && slot != TYPE_COMMAND));
    if (good)
        *type = node->text;
    else
        yaml_fault(k->l->faults, k->l->file, take,
                   "an argument is a `text`, a `word`, or a slot by its type, as in {amount: money}");
    return good;
}

/* Lets a name in the callee stand for a slot of the program, and checks that it is of the type. */
static void bind_slot(struct linker *k, const struct frame *frame, struct frame *callee, struct slice name,
                      const struct yaml_node *node, struct slice type)
{
    struct slice actual = load_alias(k->l, frame->scope, node->text);
    const struct yaml_node *slot = yaml_get(k->slots, actual.ptr), *is = yaml_get(slot, "type");
    if (node->kind != YAML_SCALAR || !slot || !is || is->kind != YAML_SCALAR)
        yaml_fault(k->l->faults, k->l->file, node, "there is no slot '%.*s': name one of `slots`, which is %.*s",
                   (int)node->text.len, node->text.ptr, (int)type.len, type.ptr);
    else if (!slice_eq(is->text, type))
        yaml_fault(k->l->faults, k->l->file, node,
                   "slot %.*s is %.*s, and flow %s needs one that is %.*s here: name another", (int)node->text.len,
                   node->text.ptr, (int)is->text.len, is->text.ptr, callee->source->name, (int)type.len, type.ptr);
    else {
        load_add_alias(k->l, callee->scope, name, actual);
        callee->arguments[callee->argument_count++] = (struct argument){.name = name, .slot = actual};
    }
}

static bool is_word(const struct yaml_node *node)
{
    for (size_t i = 0; node->kind == YAML_SCALAR && i < node->text.len; i++)
        if (!strchr("_abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789", node->text.ptr[i]))
            return false;
    return node->kind == YAML_SCALAR && node->text.len > 0;
}

/* Binds one argument that the callee declares. */
static void bind(struct linker *k, const struct frame *frame, struct frame *callee, const struct yaml_pair *take,
                 const struct yaml_node *call)
{
    struct slice type = SLICE_NONE, name = take->key->text;
    bool optional = false;
    const struct yaml_node *with = yaml_get(call, "with"), *node = yaml_get(with, name.ptr);
    if (!read_take(k, take->value, &type, &optional))
        return;
    bool text = slice_is(type, "text"), word = slice_is(type, "word");
    const struct yaml_node *kept = node && (text || word) ? copy_plain(k, frame, node) : NULL;
    if (!node && !(optional && (text || word)))
        yaml_fault(k->l->faults, k->l->file, with ? with : call, "flow %s takes '%.*s', a %.*s: give it in `with`",
                   callee->source->name, (int)name.len, name.ptr, (int)type.len, type.ptr);
    else if (kept && word && !is_word(kept))
        yaml_fault(k->l->faults, k->l->file, node, "'%.*s' of flow %s is one word of letters, digits and _",
                   (int)name.len, name.ptr, callee->source->name);
    else if (node && text && node->kind == YAML_LIST)
        yaml_fault(k->l->faults, k->l->file, node, "'%.*s' of flow %s is a text: write words, or a map of languages",
                   (int)name.len, name.ptr, callee->source->name);
    else if (!text && !word)
        bind_slot(k, frame, callee, name, node, type);
    if (text || word)
        callee->arguments[callee->argument_count++] = (struct argument){.name = name, .node = kept};
}

/* Binds what the callee takes and gives to what the call hands over. */
static void bind_all(struct linker *k, const struct frame *frame, struct frame *callee, const struct yaml_node *call)
{
    const char *known[TAKES_MAX + 1] = {NULL};
    const struct yaml_node *takes = yaml_get(callee->source->root, "takes"), *with = yaml_get(call, "with");
    const struct yaml_node *gives = yaml_get(callee->source->root, "gives"), *result = yaml_get(call, "result");
    size_t count = takes && takes->kind == YAML_MAP ? takes->count : 0;
    enum slot_type type;
    if (takes && (takes->kind != YAML_MAP || count > TAKES_MAX)) {
        yaml_fault(k->l->faults, k->l->file, takes, "`takes` must be a map of at most %d arguments", TAKES_MAX);
        return;
    }
    for (size_t i = 0; i < count; i++)
        known[i] = takes->pairs[i].key->text.ptr;
    if (with && count == 0)
        yaml_fault(k->l->faults, k->l->file, with, "flow %s takes nothing: remove `with`", callee->source->name);
    else if (with)
        load_keys(k->l, with, "what this call hands over", known);
    for (size_t i = 0; i < count; i++)
        bind(k, frame, callee, &takes->pairs[i], call);
    if (gives && (gives->kind != YAML_SCALAR || slot_type_named(gives->text, &type) != OK))
        yaml_fault(k->l->faults, k->l->file, gives, "`gives` is the type of a slot, as in `gives: yesno`");
    else if (gives && !result)
        yaml_fault(k->l->faults, k->l->file, call, "flow %s gives a %.*s: name the slot for it with `result`",
                   callee->source->name, (int)gives->text.len, gives->text.ptr);
    else if (gives)
        bind_slot(k, frame, callee, SLICE("result"), result, gives->text);
    else if (result)
        yaml_fault(k->l->faults, k->l->file, result, "flow %s gives nothing: remove `result`", callee->source->name);
}

/* Finds the flow that a state calls, and that it may. */
static const struct flow_source *callee_of(struct linker *k, const struct frame *frame, const struct yaml_node *node)
{
    const struct yaml_node *name = load_scalar(k->l, node, "call");
    const struct flow_source *callee = name ? link_part(k, name->text) : NULL;
    const char **known = load_make(k->l, k->part_count + 1, sizeof(*known));
    for (size_t i = 0; known && i < k->part_count; i++)
        known[i] = k->parts[i]->name;
    if (!callee && name && known)
        yaml_fault(k->l->faults, k->l->file, name, "there is no flow '%.*s'%s: call one that `uses` names",
                   (int)name->text.len, name->text.ptr, load_hint(k->l, name->text, known));
    if (!callee)
        return NULL;
    if (!link_is_called(callee))
        yaml_fault(k->l->faults, k->l->file, name,
                   "flow %s never returns, so that nobody can call it: lead one of its ways `to: return`, or go to "
                   "it with `next: %s`",
                   callee->name, callee->name);
    for (const struct frame *above = frame; above; above = above->caller)
        if (above->source == callee) {
            yaml_fault(
                k->l->faults, k->l->file, name,
                "flow %s would be called while it runs%s%s: calls may not go round; lead back to a state instead",
                callee->name, above == frame ? "" : ", by way of ", above == frame ? "" : frame->source->name);
            return NULL;
        }
    if (frame->depth == CALL_DEPTH_MAX)
        yaml_fault(k->l->faults, k->l->file, name, "calls lie deeper than %d within each other: call from higher up",
                   CALL_DEPTH_MAX);
    return link_is_called(callee) && frame->depth < CALL_DEPTH_MAX ? callee : NULL;
}

/* The way into a flow: at once, or past it for whom its slot says that it was. */
static struct yaml_node *way_in(struct linker *k, const struct flow_source *source, const struct yaml_node *at,
                                const char *start, const char *past)
{
    const struct yaml_node *once = yaml_get(source->root, "once");
    const char *was = once && once->kind == YAML_SCALAR ? arena_printf(k->l->arena, "known(%s)", once->text.ptr) : "";
    struct yaml_node *to = link_scalar(k, at, start);
    if (!once)
        return to;
    struct yaml_node *list = link_node(k, once, YAML_LIST, 2), *over = link_node(k, once, YAML_MAP, 2);
    struct yaml_node *in = link_node(k, once, YAML_MAP, 2), *set = link_node(k, once, YAML_MAP, 1);
    k->l->out_of_memory = k->l->out_of_memory || !was;
    if (!was || !list || !over || !in || !set)
        return NULL;
    link_put(k, set, "slot", (struct yaml_node *)once, link_scalar(k, once, "yes"));
    link_put(k, over, "key", link_scalar(k, once, "when"), link_scalar(k, once, was));
    link_put(k, over, "key", link_scalar(k, once, "to"), link_scalar(k, once, past));
    link_put(k, in, "key", link_scalar(k, once, "set"), set);
    link_put(k, in, "key", link_scalar(k, once, "to"), to);
    list->items[list->count++] = over;
    list->items[list->count++] = in;
    return list;
}

void link_once(struct linker *k, const struct frame *frame)
{
    const struct yaml_node *once = yaml_get(frame->source->root, "once");
    const struct yaml_node *start = yaml_get(frame->source->root, "start");
    if (!once || !start || start->kind != YAML_SCALAR)
        return;
    struct yaml_node *state = link_node(k, once, YAML_MAP, 2);
    if (!state)
        return;
    link_put(k, state, "key", link_scalar(k, once, "aside"), link_scalar(k, once, "true"));
    link_put(k, state, "key", link_scalar(k, once, "next"),
             way_in(k, frame->source, once, link_name(k, frame, start), "resume"));
    link_put(k, k->states, "state", link_scalar(k, once, frame->source->name), state);
}

/* The state that calls: what it does before, and on to the callee's start. */
static void put_entry(struct linker *k, const struct frame *frame, const struct frame *callee,
                      const struct yaml_node *key, const struct yaml_node *node)
{
    static const char *const kept[] = {"aside", "forget", "set", "say"};
    struct yaml_node *entry = link_node(k, node, YAML_MAP, sizeof(kept) / sizeof(kept[0]) + 2);
    const struct yaml_node *start = yaml_get(callee->source->root, "start");
    const char *name = link_name(k, frame, key);
    if (!entry || !start || start->kind != YAML_SCALAR)
        return;
    for (size_t i = 0; i < sizeof(kept) / sizeof(kept[0]); i++) {
        struct yaml_node *value = yaml_get(node, kept[i]);
        if (value)
            link_put(k, entry, "key", link_scalar(k, value, kept[i]), copy_plain(k, frame, value));
    }
    put_aside(k, callee, entry);
    link_put(k, entry, "key", link_scalar(k, node, "next"),
             way_in(k, callee->source, node, link_name(k, callee, start), callee->back));
    link_put(k, k->states, "state", link_scalar(k, key, name), entry);
}

/* The state that the callee returns to: the caller's, with the caller's ways. */
static void put_return(struct linker *k, const struct frame *frame, const struct frame *callee,
                       const struct yaml_node *key, const struct yaml_node *node)
{
    struct yaml_node *state = link_node(k, node, YAML_MAP, 2), *next = yaml_get(node, "next");
    if (!next)
        yaml_fault(k->l->faults, k->l->file, node, "this call leads nowhere when it returns: give it `next`");
    if (!state || !next)
        return;
    put_aside(k, callee, state);
    link_put(k, state, "key", link_scalar(k, next, "next"), link_ways(k, frame, next));
    link_put(k, k->states, "state", link_scalar(k, key, callee->back), state);
}

void link_call(struct linker *k, const struct frame *frame, const struct yaml_node *key, const struct yaml_node *node)
{
    static const char *const keys[] = {"call", "with", "result", "aside", "forget", "set", "say", "next", NULL};
    struct flow_source *source = (struct flow_source *)callee_of(k, frame, node);
    bool known = load_keys(k->l, node, "a call", keys);
    if (!source || !known)
        return;
    struct frame callee = {.source = source, .caller = frame, .depth = frame->depth + 1};
    callee.aside = frame->aside || load_flag(k->l, node, "aside");
    callee.scope = link_name(k, frame, key);
    callee.prefix = arena_printf(k->l->arena, "%s.", callee.scope);
    callee.back = arena_printf(k->l->arena, "%s-return", callee.scope);
    k->l->out_of_memory = k->l->out_of_memory || !callee.prefix || !callee.back;
    source->called = true;
    if (k->l->out_of_memory || !callee.scope[0])
        return;
    bind_all(k, frame, &callee, node);
    put_entry(k, frame, &callee, key, node);
    link_states(k, &callee);
    put_return(k, frame, &callee, key, node);
}
