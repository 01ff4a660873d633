/* A flow file as a whole: its head, its slots, its phrases, its commands. */
#include "dialog/flow_load.h"

#include <stdlib.h>
#include <string.h>

#include "base/suggest.h"
#include "dialog/flow_translate.h"
#include "dialog/hear.h"
#include "dialog/value.h"

#define NUMBER_MAX 1000000000

void *load_make(struct loader *l, size_t count, size_t size)
{
    void *made = arena_array(l->arena, count ? count : 1, size);
    if (!made)
        l->out_of_memory = true;
    return made;
}

const char *load_hint(struct loader *l, struct slice word, const char *const *known)
{
    const char *nearest = suggest(word, known);
    const char *hint = nearest ? arena_printf(l->arena, " (did you mean '%s'?)", nearest) : "";
    if (!hint)
        l->out_of_memory = true;
    return hint ? hint : "";
}

bool load_keys(struct loader *l, const struct yaml_node *node, const char *what, const char *const *known)
{
    if (!node || node->kind != YAML_MAP) {
        if (node)
            yaml_fault(l->faults, l->file, node, "%s must be a map of `key: value`, with the keys %s, ...", what,
                       known[0]);
        return false;
    }
    for (size_t i = 0; i < node->count; i++) {
        struct slice key = node->pairs[i].key->text;
        size_t k = 0;
        while (known[k] && !slice_is(key, known[k]))
            k++;
        if (!known[k])
            yaml_fault(l->faults, l->file, node->pairs[i].key, "%s has no key '%.*s'%s: rename or remove it", what,
                       (int)key.len, key.ptr, load_hint(l, key, known));
    }
    return true;
}

static int lookup(struct loader *l, const struct yaml_node *node, const char *what, const char *const *known)
{
    if (node->kind == YAML_SCALAR)
        for (int i = 0; known[i]; i++)
            if (slice_is(node->text, known[i]))
                return i;
    if (node->kind != YAML_SCALAR)
        yaml_fault(l->faults, l->file, node, "the name of a %s is needed here", what);
    else
        yaml_fault(l->faults, l->file, node, "there is no %s '%.*s'%s: use one that this file declares", what,
                   (int)node->text.len, node->text.ptr, load_hint(l, node->text, known));
    return FLOW_NONE;
}

struct slice load_alias(const struct loader *l, const char *scope, struct slice name)
{
    for (const struct alias *alias = l->aliases; alias; alias = alias->next)
        if (strcmp(alias->scope, scope) == 0 && slice_eq(alias->name, name))
            return alias->slot;
    return name;
}

void load_add_alias(struct loader *l, const char *scope, struct slice name, struct slice slot)
{
    struct alias *alias = load_make(l, 1, sizeof(*alias));
    if (!alias)
        return;
    *alias = (struct alias){.next = l->aliases, .scope = scope, .name = name, .slot = slot};
    l->aliases = alias;
}

int load_slot_index(const struct loader *l, struct slice name)
{
    return flow_slot_index(l->flow, l->scope ? load_alias(l, l->scope, name) : name);
}

const char *load_file(const struct loader *l, const struct yaml_node *node)
{
    return node->file ? node->file : l->file;
}

int load_slot_ref(struct loader *l, const struct yaml_node *node)
{
    int named = node->kind == YAML_SCALAR ? load_slot_index(l, node->text) : FLOW_NONE;
    if (named != FLOW_NONE)
        return named;
    const char **known = load_make(l, l->flow->slot_count + 1, sizeof(*known));
    for (size_t i = 0; known && i < l->flow->slot_count; i++)
        known[i] = l->slots[i].name;
    return known ? lookup(l, node, "slot", known) : FLOW_NONE;
}

int load_state_ref(struct loader *l, const struct yaml_node *node)
{
    const char **known = load_make(l, l->flow->state_count + 1, sizeof(*known));
    for (size_t i = 0; known && i < l->flow->state_count; i++)
        known[i] = l->states[i].name;
    return known ? lookup(l, node, "state", known) : FLOW_NONE;
}

const struct yaml_node *load_scalar(struct loader *l, const struct yaml_node *map, const char *key)
{
    const struct yaml_node *node = yaml_get(map, key);
    if (node && (node->kind != YAML_SCALAR || node->text.len == 0)) {
        yaml_fault(l->faults, l->file, node, "'%s' must be one word or number", key);
        return NULL;
    }
    return node;
}

bool load_flag(struct loader *l, const struct yaml_node *map, const char *key)
{
    const struct yaml_node *node = load_scalar(l, map, key);
    if (!node || slice_is(node->text, "false"))
        return false;
    if (!slice_is(node->text, "true"))
        yaml_fault(l->faults, l->file, node, "'%s' is '%.*s': it must be true or false", key, (int)node->text.len,
                   node->text.ptr);
    return true;
}

void load_name(struct loader *l, const struct yaml_node *node, const char *what, char out[DIALOG_NAME])
{
    struct slice name = node->text;
    bool good = node->kind == YAML_SCALAR && name.len > 0 && name.ptr[0] >= 'a' && name.ptr[0] <= 'z' &&
                slice_copy(name, out, DIALOG_NAME);
    for (size_t i = 0; good && i < name.len; i++)
        good = name.ptr[i] == '_' ||
               (l->linked && strcmp(what, "state") == 0 && (name.ptr[i] == '.' || name.ptr[i] == '-')) ||
               (name.ptr[i] >= '0' && name.ptr[i] <= '9') || (name.ptr[i] >= 'a' && name.ptr[i] <= 'z');
    if (!good)
        yaml_fault(l->faults, l->file, node,
                   "this is no name for a %s: use at most %d lower-case letters, digits and _, a letter first", what,
                   DIALOG_NAME - 1);
}

bool load_number(struct loader *l, const struct yaml_node *map, const char *key, double *out)
{
    const struct yaml_node *node = load_scalar(l, map, key);
    uint64_t number;
    if (!node)
        return false;
    bool minus = slice_starts(node->text, "-");
    if (!slice_u64(slice_part(node->text, minus, node->text.len), NUMBER_MAX, &number)) {
        yaml_fault(l->faults, l->file, node, "'%s' is '%.*s': it must be a whole number", key, (int)node->text.len,
                   node->text.ptr);
        return false;
    }
    *out = minus ? -(double)number : (double)number;
    return true;
}

int64_t load_span(struct loader *l, const struct yaml_node *map, const char *key, int64_t otherwise)
{
    static const struct {
        char unit;
        int64_t ms;
    } units[] = {{'s', 1000}, {'m', 60000}, {'h', 3600000}, {'d', 86400000}};
    const struct yaml_node *node = load_scalar(l, map, key);
    uint64_t number;
    if (!node)
        return otherwise;
    for (size_t i = 0; i < sizeof(units) / sizeof(units[0]); i++)
        if (node->text.ptr[node->text.len - 1] == units[i].unit &&
            slice_u64(slice_part(node->text, 0, node->text.len - 1), 100000, &number))
            return (int64_t)number * units[i].ms;
    yaml_fault(l->faults, l->file, node, "'%s' is '%.*s': write a span of time as 90s, 30m, 6h or 30d", key,
               (int)node->text.len, node->text.ptr);
    return otherwise;
}

/* A name is spoken as it stands. */
static void check_plain(struct loader *l, const struct yaml_node *node, const struct text *text)
{
    for (size_t lang = 0; text && lang < FLOW_LANGS_MAX; lang++)
        for (size_t v = 0; v < VARIANT_COUNT; v++) {
            const struct wording *wording = text->variants[lang][v];
            if (wording && !wording->whole)
                yaml_fault(l->faults, l->file, node,
                           "what a value is called may have no {{reference}}: write plain words");
        }
}

static void load_slot_names(struct loader *l, struct slot *slot, const struct yaml_node *node)
{
    if (!node)
        return;
    if (node->kind != YAML_MAP) {
        yaml_fault(l->faults, l->file, node, "`names` must be a map of `value: what it is called`");
        return;
    }
    struct slot_name *names = load_make(l, node->count, sizeof(*names));
    for (size_t i = 0; names && i < node->count; i++) {
        const struct yaml_node *key = node->pairs[i].key;
        if (!value_valid(slot->type, key->text))
            yaml_fault(l->faults, l->file, key, "'%.*s' is no value of %s, which is %s", (int)key->text.len,
                       key->text.ptr, slot->name, slot_type_name(slot->type));
        names[i].value = key->text;
        names[i].text = load_text(l, node->pairs[i].value, SCOPE_TEXT);
        check_plain(l, node->pairs[i].value, names[i].text);
    }
    slot->names = names;
    slot->name_count = names ? node->count : 0;
}

static void load_heard(struct loader *l, struct slot *slot, const struct yaml_node *node)
{
    slot->heard = load_text(l, node, SCOPE_TEXT);
    check_plain(l, node, slot->heard);
    if (node && (slot->transient || !hear_knows(slot->type)))
        yaml_fault(
            l->faults, l->file, node,
            "slot %s cannot be heard before it is asked: only lasting ones of money, tenure, customers, workers, "
            "ruc, region and goal can; take `heard` away",
            slot->name);
}

/* A text that staff or the engine wrote is known to be short, and can be an option's title. */
static void load_chars(struct loader *l, struct slot *slot, const struct yaml_node *map)
{
    double chars = 0;
    if (!load_number(l, map, "chars", &chars))
        return;
    slot->chars = chars >= 1 && chars <= MESSAGE_ROW_CHARS ? (size_t)chars : 0;
    if (!slot->chars || slot->type != TYPE_TEXT || !slot->transient)
        yaml_fault(l->faults, l->file, yaml_get(map, "chars"),
                   "`chars` is of a transient text, from 1 to %d: correct it, or take it away", MESSAGE_ROW_CHARS);
}

static void load_slot(struct loader *l, struct slot *slot, const struct yaml_node *node)
{
    static const char *const keys[] = {"type",      "transient", "min",   "max",   "usual_min",
                                       "usual_max", "names",     "heard", "chars", NULL};
    static const char *const types[] = {"text",   "money",  "tenure", "workers", "customers", "yesno", "ruc",
                                        "regime", "region", "trend",  "goal",    "choice",    NULL};
    if (!load_keys(l, node, "a slot", keys))
        return;
    const struct yaml_node *type = load_scalar(l, node, "type");
    if (!type)
        yaml_fault(l->faults, l->file, node, "slot %s has no `type`: give one of text, money, yesno, choice, ...",
                   slot->name);
    else if (slot_type_named(type->text, &slot->type) != OK || slot->type == TYPE_COMMAND)
        yaml_fault(l->faults, l->file, type, "there is no type '%.*s'%s: use text, money, tenure, yesno, choice, ...",
                   (int)type->text.len, type->text.ptr, load_hint(l, type->text, types));
    slot->transient = load_flag(l, node, "transient");
    slot->has_min = load_number(l, node, "min", &slot->min);
    slot->has_max = load_number(l, node, "max", &slot->max);
    slot->has_usual = load_number(l, node, "usual_min", &slot->usual_min);
    slot->has_usual = load_number(l, node, "usual_max", &slot->usual_max) && slot->has_usual;
    bool bounded = slot->has_min || slot->has_max || yaml_get(node, "usual_min") || yaml_get(node, "usual_max");
    if (bounded && !value_is_numeric(slot->type))
        yaml_fault(l->faults, l->file, node, "slot %s is %s and has no number to bound: remove min, max and usual_*",
                   slot->name, slot_type_name(slot->type));
    if (!slot->has_usual && (yaml_get(node, "usual_min") || yaml_get(node, "usual_max")))
        yaml_fault(l->faults, l->file, node, "slot %s has one of usual_min and usual_max: give both", slot->name);
    if (slot->has_min && slot->has_max && slot->min > slot->max)
        yaml_fault(l->faults, l->file, node, "slot %s has min above max: swap them", slot->name);
    load_slot_names(l, slot, yaml_get(node, "names"));
    load_heard(l, slot, yaml_get(node, "heard"));
    load_chars(l, slot, node);
}

void load_slots(struct loader *l, const struct yaml_node *node)
{
    if (!node || node->kind != YAML_MAP)
        return;
    l->slots = load_make(l, node->count, sizeof(*l->slots));
    l->flow->slots = l->slots;
    size_t kept = 0;
    for (size_t i = 0; l->slots && i < node->count; i++) {
        load_name(l, node->pairs[i].key, "slot", l->slots[i].name);
        l->slots[i].file = load_file(l, node->pairs[i].key);
        l->slots[i].line = node->pairs[i].key->line;
        l->slots[i].column = node->pairs[i].key->column;
        load_slot(l, &l->slots[i], node->pairs[i].value);
        kept += !l->slots[i].transient;
    }
    l->flow->slot_count = l->slots ? node->count : 0;
    if (node->count > DIALOG_SLOTS_MAX)
        yaml_fault(l->faults, l->file, node,
                   "there are %zu slots (%zu of them kept), and a state holds %d: ask for less", node->count, kept,
                   DIALOG_SLOTS_MAX);
}

/* clang-format off */
static const char *const phrase_names[PHRASE_COUNT + 1] = {
    [PHRASE_OPTED_OUT] = "opted_out",       [PHRASE_OPTED_IN] = "opted_in",   [PHRASE_OPTED_HELP] = "opted_help",
    [PHRASE_NOT_WORDS] = "not_words",       [PHRASE_RESUMED] = "resumed",     [PHRASE_SWITCHED] = "switched",
    [PHRASE_GREETED] = "greeted",           [PHRASE_THANKED] = "thanked",     [PHRASE_NOTHING_BACK] = "nothing_back",
    [PHRASE_LANGUAGE] = "language",         [PHRASE_CLOSED] = "closed",       [PHRASE_CONFIRM] = "confirm",
    [PHRASE_HEARD] = "heard",               [PHRASE_HELD] = "held",           [PHRASE_HANDED_BACK] = "handed_back",
    [PHRASE_OLD_BUTTON] = "old_button",     [PHRASE_LOST] = "lost",
    [PHRASE_YES] = "yes",                   [PHRASE_NO] = "no",               [PHRASE_PERIOD] = "period",
    [PHRASE_DAY] = "day",                   [PHRASE_WEEK] = "week",           [PHRASE_MONTH] = "month",
    [PHRASE_YEAR] = "year",                 [PHRASE_LIST_BUTTON] = "list_button",
    [PHRASE_GONE] = "gone",
};
/* clang-format on */

static bool hears(const struct loader *l)
{
    for (size_t i = 0; i < l->flow->slot_count; i++)
        if (l->slots[i].heard)
            return true;
    return false;
}

/* Tells whether a flow can do without a phrase; what lacks PHRASE_GONE is found once all its texts are read. */
static bool may_lack(const struct loader *l, int phrase)
{
    return phrase == PHRASE_HELD || phrase == PHRASE_HANDED_BACK || phrase == PHRASE_LOST || phrase == PHRASE_GONE ||
           (phrase == PHRASE_HEARD && !hears(l));
}

static void load_phrases(struct loader *l, const struct yaml_node *root, const struct yaml_node *node)
{
    if (!node || !load_keys(l, node, "`texts`", phrase_names)) {
        yaml_fault(l->faults, l->file, node ? node : root,
                   "the flow has no `texts`: give what it says whatever the state");
        return;
    }
    for (int i = 0; i < PHRASE_COUNT; i++) {
        bool doubts = i == PHRASE_CONFIRM || i == PHRASE_PERIOD || i == PHRASE_HEARD;
        bool title = (i >= PHRASE_DAY && i <= PHRASE_LIST_BUTTON) || i == PHRASE_YES || i == PHRASE_NO;
        const struct text *text = load_text(l, yaml_get(node, phrase_names[i]), doubts ? SCOPE_DOUBT : SCOPE_TEXT);
        l->flow->phrases[i] = text;
        if (!text && !may_lack(l, i))
            yaml_fault(l->faults, l->file, node, "`texts` has no '%s': write it", phrase_names[i]);
        size_t most = i == PHRASE_GONE ? RESOURCE_TEXT_CHARS : title ? MESSAGE_BUTTON_CHARS : MESSAGE_BODY_CHARS;
        load_text_limit(l, text, most, "this text", "shorten it");
        load_text_narrow(l, text);
    }
}

static void load_commands(struct loader *l, const struct yaml_node *root, const struct yaml_node *node)
{
    static const char *const names[FLOW_COMMAND_COUNT + 1] = {"menu",  "help",  "mydata",  "rectify",
                                                              "erase", "agent", "language"};
    if (!node || !load_keys(l, node, "`commands`", names)) {
        yaml_fault(l->faults, l->file, node ? node : root,
                   "the flow has no `commands`: name the states of menu, help, "
                   "mydata, rectify, erase and agent");
        return;
    }
    for (int i = 0; i < FLOW_COMMAND_COUNT; i++) {
        const struct yaml_node *target = yaml_get(node, names[i]);
        l->flow->commands[i] = target ? load_state_ref(l, target) : FLOW_NONE;
        if (!target && i != FLOW_LANGUAGE)
            yaml_fault(l->faults, l->file, node, "`commands` has no '%s': name the state that answers it", names[i]);
        else if (target && l->flow->commands[i] != FLOW_NONE && !l->states[l->flow->commands[i]].aside)
            yaml_fault(l->faults, l->file, target,
                       "state %s answers a command and would lose the open question: give it "
                       "`aside: true`",
                       l->states[l->flow->commands[i]].name);
    }
}

static void load_version(struct loader *l, const struct yaml_node *root)
{
    const struct yaml_node *node = load_scalar(l, root, "version");
    if (!node || !slice_u64(node->text, NUMBER_MAX, &l->flow->number) ||
        !slice_copy(node->text, l->flow->version, DIALOG_NAME))
        yaml_fault(l->faults, l->file, node ? node : root,
                   "`version` must be a whole number: raise it with each change");
}

static int load_head_state(struct loader *l, const struct yaml_node *root, const char *key)
{
    const struct yaml_node *node = load_scalar(l, root, key);
    if (!node) {
        yaml_fault(l->faults, l->file, root, "the flow has no `%s`: name the state", key);
        return FLOW_NONE;
    }
    return load_state_ref(l, node);
}

/* Gives every state its name first, so that texts and transitions can refer ahead. */
static void name_states(struct loader *l, const struct yaml_node *root, const struct yaml_node *node)
{
    if (!node || node->kind != YAML_MAP || node->count == 0 || node->count > FLOW_STATES_MAX) {
        yaml_fault(l->faults, l->file, node ? node : root, "`states` must be a map of 1 to %d named states",
                   FLOW_STATES_MAX);
        return;
    }
    l->states = load_make(l, node->count, sizeof(*l->states));
    l->flow->states = l->states;
    for (size_t i = 0; l->states && i < node->count; i++) {
        load_name(l, node->pairs[i].key, "state", l->states[i].name);
        l->states[i].file = load_file(l, node->pairs[i].key);
        l->states[i].line = node->pairs[i].key->line;
        l->states[i].column = node->pairs[i].key->column;
        l->states[i].aside = load_flag(l, node->pairs[i].value, "aside");
    }
    l->flow->state_count = l->states ? node->count : 0;
    flow_note_states(l->flow);
}

void load_flow(struct loader *l, const struct yaml_node *root)
{
    static const char *const keys[] = {"flow",      "version",      "main",         "languages", "start",
                                       "returning", "resume_after", "expire_after", "redial",    "slots",
                                       "compute",   "texts",        "commands",     "alerts",    "keywords",
                                       "timers",    "migrate",      "states",       NULL};
    l->flow->redial = FLOW_NONE;
    if (!load_keys(l, root, "a flow", keys))
        return;
    const struct yaml_node *name = load_scalar(l, root, "flow");
    if (name)
        load_name(l, name, "flow", l->flow->name);
    else
        yaml_fault(l->faults, l->file, root, "the file has no `flow`: give the flow's name");
    load_version(l, root);
    load_languages(l, root);
    l->flow->main = load_flag(l, root, "main");
    l->flow->resume_after_ms = load_span(l, root, "resume_after", 6 * 3600000LL);
    l->flow->expire_after_ms = load_span(l, root, "expire_after", 30 * 86400000LL);
    if (l->flow->expire_after_ms < l->flow->resume_after_ms)
        yaml_fault(l->faults, l->file, yaml_get(root, "expire_after"),
                   "`expire_after` is shorter than `resume_after`: nobody would ever be resumed");
    load_slots(l, yaml_get(root, "slots"));
    load_computed(l, yaml_get(root, "compute"));
    name_states(l, root, yaml_get(root, "states"));
    if (!l->states)
        return;
    l->flow->start = load_head_state(l, root, "start");
    l->flow->returning = load_head_state(l, root, "returning");
    load_phrases(l, root, yaml_get(root, "texts"));
    load_commands(l, root, yaml_get(root, "commands"));
    bool choice = l->flow->commands[FLOW_LANGUAGE] != FLOW_NONE;
    l->flow->first = choice ? l->flow->commands[FLOW_LANGUAGE] : l->flow->start;
    load_alerts(l, yaml_get(root, "alerts"));
    load_keywords(l, yaml_get(root, "keywords"));
    load_states(l, yaml_get(root, "states"));
    load_timers(l, yaml_get(root, "timers"));
    load_redial(l, yaml_get(root, "redial"));
    load_migrations(l, yaml_get(root, "migrate"));
}
