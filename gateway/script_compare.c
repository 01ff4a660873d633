#include "gateway/script_compare.h"

#include <string.h>

const char *script_aspect_name(enum script_aspect aspect)
{
    static const char *const names[SCRIPT_ASPECTS] = {[SCRIPT_WORDS] = "words",
                                                      [SCRIPT_DEEDS] = "what is done",
                                                      [SCRIPT_FACTS] = "a fact",
                                                      [SCRIPT_ASKS] = "what is asked",
                                                      [SCRIPT_UNDONE] = "what the person does"};
    return names[aspect];
}

static bool is_none(const struct yaml_node *node)
{
    return node->kind == YAML_SCALAR && !node->quoted && (node->text.len == 0 || slice_is(node->text, "none"));
}

static bool has(struct slice text, struct slice part)
{
    return part.len == 0 || (text.len >= part.len && memmem(text.ptr, text.len, part.ptr, part.len) != NULL);
}

/* Compares one message with what is wanted of it. */
static bool same_message(const struct yaml_node *wanted, struct slice came, struct script_miss *out)
{
    const struct yaml_node *parts = wanted->kind == YAML_MAP ? yaml_get(wanted, "has") : NULL;
    out->at = wanted;
    out->part = parts != NULL;
    out->got = came;
    if (wanted->kind == YAML_SCALAR) {
        out->expected = wanted->text;
        return slice_eq(wanted->text, came);
    }
    if (parts && parts->kind == YAML_SCALAR) {
        out->expected = parts->text;
        return has(came, parts->text);
    }
    for (size_t i = 0; parts && parts->kind == YAML_LIST && i < parts->count; i++) {
        out->expected = parts->items[i]->text;
        if (!has(came, parts->items[i]->text))
            return false;
    }
    return true;
}

static bool same_words(const struct yaml_node *wanted, const struct script_came *came, struct script_miss *out)
{
    struct yaml_node *one = (struct yaml_node *)wanted;
    struct yaml_node **items = wanted->kind == YAML_LIST ? wanted->items : &one;
    size_t count = wanted->kind == YAML_LIST ? wanted->count : is_none(wanted) ? 0 : 1;
    for (size_t i = 0; i < count || i < came->message_count; i++) {
        *out = (struct script_miss){.aspect = SCRIPT_WORDS, .at = wanted, .number = i + 1};
        if (i == came->message_count) {
            if (items[i]->kind == YAML_SCALAR)
                out->expected = items[i]->text;
            out->at = items[i];
            return false;
        }
        if (i >= count) {
            out->got = came->messages[i];
            return false;
        }
        if (!same_message(items[i], came->messages[i], out))
            return false;
    }
    return true;
}

static bool same_deeds(const struct yaml_node *wanted, const struct script_came *came, struct script_miss *out)
{
    for (size_t i = 0; i < wanted->count || i < came->does_count; i++) {
        *out = (struct script_miss){.aspect = SCRIPT_DEEDS, .at = wanted, .number = i + 1};
        if (i < wanted->count) {
            out->at = wanted->items[i];
            out->expected = wanted->items[i]->text;
        }
        if (i < came->does_count)
            out->got = came->does[i];
        if (i >= wanted->count || i >= came->does_count || !slice_eq(out->expected, out->got))
            return false;
    }
    return true;
}

static bool same_facts(const struct yaml_node *wanted, const struct script_came *came, struct script_miss *out)
{
    for (size_t i = 0; i < wanted->count; i++) {
        const struct yaml_node *value = wanted->pairs[i].value;
        *out = (struct script_miss){.aspect = SCRIPT_FACTS, .at = value};
        out->expected = is_none(value) ? SLICE_NONE : value->text;
        out->got = state_fact(came->state, wanted->pairs[i].key->text.ptr);
        if (!slice_eq(out->expected, out->got))
            return false;
    }
    return true;
}

bool script_same_words(const struct script_step *step, const struct script_came *came)
{
    struct script_miss miss;
    return !step->expect.node || same_words(step->expect.node, came, &miss);
}

bool script_same_deeds(const struct script_step *step, const struct script_came *came)
{
    struct script_miss miss;
    return !step->does.node || same_deeds(step->does.node, came, &miss);
}

bool script_compare(const struct script_step *step, const struct script_came *came, struct script_miss *out)
{
    const struct yaml_node *asks = step->asks.node;
    if (step->expect.node && !same_words(step->expect.node, came, out))
        return false;
    if (step->does.node && !same_deeds(step->does.node, came, out))
        return false;
    if (step->facts.node && !same_facts(step->facts.node, came, out))
        return false;
    if (!asks)
        return true;
    *out = (struct script_miss){.aspect = SCRIPT_ASKS, .at = asks, .got = came->asks};
    out->expected = is_none(asks) ? SLICE_NONE : asks->text;
    return slice_eq(out->expected, out->got);
}
