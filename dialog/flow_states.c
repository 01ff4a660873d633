/* The states of a flow: questions, options, transitions. */
#include <string.h>

#include "dialog/flow_translate.h"
#include "dialog/value.h"

#define TRIES_DEFAULT 3

static struct assigns load_assigns(struct loader *l, const struct yaml_node *node, enum scope scope)
{
    struct assigns none = {0};
    if (!node)
        return none;
    if (node->kind != YAML_MAP) {
        yaml_fault(l->faults, l->file, node, "`set` must be a map of `slot: value`");
        return none;
    }
    struct assign *items = load_make(l, node->count, sizeof(*items));
    for (size_t i = 0; items && i < node->count; i++) {
        int slot = load_slot_ref(l, node->pairs[i].key);
        if (slot == FLOW_NONE)
            continue;
        items[i].slot = (unsigned)slot;
        items[i].value = load_part(l, node->pairs[i].value, scope);
        if (items[i].value.kind == REF_WORDS && items[i].value.words.len &&
            !value_valid(l->slots[slot].type, items[i].value.words))
            yaml_fault(l->faults, l->file, node->pairs[i].value, "'%.*s' is no value of %s, which is %s",
                       (int)items[i].value.words.len, items[i].value.words.ptr, l->slots[slot].name,
                       slot_type_name(l->slots[slot].type));
    }
    return (struct assigns){items, items ? node->count : 0};
}

static struct slot_list load_slot_list(struct loader *l, const struct yaml_node *node)
{
    struct slot_list none = {0};
    if (!node)
        return none;
    if (node->kind != YAML_LIST) {
        yaml_fault(l->faults, l->file, node, "`forget` must be a list of slots, as in [sales, trend]");
        return none;
    }
    unsigned *items = load_make(l, node->count, sizeof(*items));
    for (size_t i = 0; items && i < node->count; i++) {
        int slot = load_slot_ref(l, node->items[i]);
        items[i] = slot == FLOW_NONE ? 0 : (unsigned)slot;
    }
    return (struct slot_list){items, items ? node->count : 0};
}

const struct text *load_said(struct loader *l, const struct yaml_node *map, const char *key)
{
    const struct text *text = load_text(l, yaml_get(map, key), SCOPE_TEXT);
    load_text_limit(l, text, MESSAGE_BODY_CHARS, "this text", "shorten it, or make two states of it");
    load_text_narrow(l, text);
    return text;
}

static int load_target(struct loader *l, const struct yaml_node *node)
{
    if (node->kind == YAML_SCALAR && slice_is(node->text, "resume"))
        return TO_RESUME;
    return load_state_ref(l, node);
}

static void load_transition(struct loader *l, const struct yaml_node *node, bool guarded, bool sure,
                            struct transition *out)
{
    static const char *const keys[] = {"to", "when", "set", "forget", "say", NULL};
    *out = (struct transition){.to = FLOW_NONE, .file = load_file(l, node), .line = node->line, .column = node->column};
    if (node->kind == YAML_SCALAR) {
        out->to = load_target(l, node);
        return;
    }
    if (!load_keys(l, node, "a transition", keys))
        return;
    const struct yaml_node *to = yaml_get(node, "to"), *when = yaml_get(node, "when");
    if (to)
        out->to = load_target(l, to);
    else
        yaml_fault(l->faults, l->file, node, "this transition goes nowhere: give it `to: STATE` or `to: resume`");
    if (when && !guarded)
        yaml_fault(l->faults, l->file, when, "`otherwise` is the way that is always open: take its `when` away");
    else
        out->when = load_guard(l, when, sure);
    out->set = load_assigns(l, yaml_get(node, "set"), SCOPE_TEXT);
    out->forget = load_slot_list(l, yaml_get(node, "forget"));
    out->say = load_said(l, node, "say");
}

static void load_next(struct loader *l, struct flow_state *state, const struct yaml_node *node)
{
    bool sure = state->need == NEED_INDUSTRY;
    size_t count = node->kind == YAML_LIST ? node->count : 1;
    struct transition *items = load_make(l, count, sizeof(*items));
    if (!items)
        return;
    for (size_t i = 0; i < count; i++) {
        const struct yaml_node *item = node->kind == YAML_LIST ? node->items[i] : node;
        load_transition(l, item, true, sure, &items[i]);
        bool always = item->kind == YAML_SCALAR || !yaml_get(item, "when");
        if (always && i + 1 < count)
            yaml_fault(l->faults, l->file, item,
                       "this transition is always taken, and those behind it never: put it last");
        if (!always && i + 1 == count)
            yaml_fault(l->faults, l->file, item, "all guards can fail here: add a last transition without `when`");
    }
    if (count == 0)
        yaml_fault(l->faults, l->file, node, "`next` is empty: name at least one state");
    state->next = items;
    state->next_count = count;
}

/* Gives the id of an option whose value is always the same; an empty slice for others. */
static struct slice load_id(struct loader *l, const struct flow_state *state, const struct part *value)
{
    const struct slice parts[] = {slice_of(state->name), SLICE(":"), value->words};
    if (value->kind != REF_WORDS || value->words.len == 0)
        return SLICE_NONE;
    struct slice id = arena_join(l->arena, parts, sizeof(parts) / sizeof(parts[0]));
    l->out_of_memory = l->out_of_memory || !id.ptr;
    return id;
}

static void load_option(struct loader *l, const struct flow_state *state, const struct yaml_node *node, bool list,
                        struct option *out)
{
    static const char *const keys[] = {"value", "title", "description", "when", "words", "follow", NULL};
    if (!load_keys(l, node, "an option", keys))
        return;
    const struct yaml_node *value = load_scalar(l, node, "value"), *title = yaml_get(node, "title");
    const struct slot *slot = state->slot == FLOW_NONE ? NULL : &l->slots[state->slot];
    out->file = load_file(l, node);
    out->line = node->line;
    out->column = node->column;
    out->when = load_guard(l, yaml_get(node, "when"), false);
    out->words = load_forms(l, yaml_get(node, "words"));
    out->follow = load_flag(l, node, "follow");
    out->value = load_part(l, value, SCOPE_TEXT);
    out->id = load_id(l, state, &out->value);
    out->title = load_text(l, title, SCOPE_TEXT);
    out->description = load_text(l, yaml_get(node, "description"), SCOPE_TEXT);
    if (!value || !title)
        yaml_fault(l->faults, l->file, node, "an option needs a `value` and a `title`");
    else if (slot && out->value.kind == REF_WORDS && !value_valid(slot->type, out->value.words))
        yaml_fault(l->faults, l->file, value, "'%.*s' is no value of %s, which is %s", (int)value->text.len,
                   value->text.ptr, slot->name, slot_type_name(slot->type));
    load_title_limit(l, out->title, list);
    load_text_limit(l, out->description, MESSAGE_DESCRIPTION_CHARS, "this description", "a list's row holds no more");
    load_text_narrow(l, out->title);
}

static void load_options(struct loader *l, struct flow_state *state, const struct yaml_node *node)
{
    if (!node)
        return;
    state->language = node->kind == YAML_SCALAR && slice_is(node->text, "languages");
    if (state->language && !(node = load_language_options(l, node)))
        return;
    if (node->kind != YAML_LIST || node->count == 0 || node->count > MESSAGE_ROWS_MAX) {
        yaml_fault(l->faults, l->file, node, "`options` must list 1 to %d options, or be `languages`",
                   MESSAGE_ROWS_MAX);
        return;
    }
    struct option *options = load_make(l, node->count, sizeof(*options));
    for (size_t i = 0; options && i < node->count; i++)
        load_option(l, state, node->items[i], node->count > MESSAGE_BUTTONS_MAX, &options[i]);
    state->options = options;
    state->option_count = options ? node->count : 0;
    bool bare = options != NULL;
    for (size_t i = 0; bare && i < node->count; i++)
        bare = options[i].follow;
    if (bare)
        yaml_fault(l->faults, l->file, node,
                   "all of these options are `follow: true`, so that most channels have none");
}

static void load_retry(struct loader *l, struct flow_state *state, const struct yaml_node *map)
{
    const struct yaml_node *node = yaml_get(map, "retry");
    if (!node || node->kind != YAML_LIST || node->count == 0 || node->count > FLOW_TRIES_MAX) {
        yaml_fault(l->faults, l->file, node ? node : map,
                   "a question needs `retry`: a list of 1 to %d texts for wrong answers, each with more of an example",
                   FLOW_TRIES_MAX);
        return;
    }
    for (size_t i = 0; i < node->count; i++) {
        state->retry[i] = load_text(l, node->items[i], SCOPE_TEXT);
        load_text_limit(l, state->retry[i], MESSAGE_BODY_CHARS, "this text", "shorten it");
        load_text_narrow(l, state->retry[i]);
    }
    state->retry_count = node->count;
}

static void load_period(struct loader *l, struct flow_state *state, const struct yaml_node *map)
{
    const struct yaml_node *asked = load_scalar(l, map, "period"), *assumed = load_scalar(l, map, "assume");
    const struct yaml_node *node = asked ? asked : assumed;
    if (!node)
        return;
    if (!value_is_period(node->text))
        yaml_fault(l->faults, l->file, node, "'%.*s' is no period: use day, week, month or year", (int)node->text.len,
                   node->text.ptr);
    if (asked && assumed)
        yaml_fault(l->faults, l->file, assumed, "`period` asks back and `assume` does not: keep one of them");
    state->period = node->text;
    state->assume_period = assumed != NULL;
}

static void load_consent(struct loader *l, struct flow_state *state, const struct yaml_node *map)
{
    const struct yaml_node *node = load_scalar(l, map, "consent");
    if (!node)
        return;
    state->consent = node->text;
    if (state->slot == FLOW_NONE || l->slots[state->slot].type != TYPE_YESNO)
        yaml_fault(l->faults, l->file, node, "consent is a yes or a no: let this state fill a slot of type yesno");
    if (node->text.len >= DIALOG_NAME)
        yaml_fault(l->faults, l->file, node, "the purpose of a consent has at most %d characters", DIALOG_NAME - 1);
}

/* The keys that only a question has. */
static const char *const question_keys[] = {"slot",    "options", "letters",   "list_button", "retry", "invalid",
                                            "refusal", "tries",   "otherwise", "consent",     "raw",   "known",
                                            "quiet",   "period",  "assume",    "hears",       NULL};

static void load_tries(struct loader *l, struct flow_state *state, const struct yaml_node *map)
{
    const struct yaml_node *tries = load_scalar(l, map, "tries"), *otherwise = yaml_get(map, "otherwise");
    uint64_t number = TRIES_DEFAULT;
    if (tries && (!slice_u64(tries->text, FLOW_TRIES_MAX, &number) || number == 0))
        yaml_fault(l->faults, l->file, tries, "`tries` must be from 1 to %d", FLOW_TRIES_MAX);
    state->tries = (unsigned)number;
    struct transition *transition = otherwise ? load_make(l, 1, sizeof(*transition)) : NULL;
    if (transition)
        load_transition(l, otherwise, false, false, transition);
    else
        yaml_fault(l->faults, l->file, map,
                   "this question is a trap: say with `otherwise` where it goes after the last wrong answer");
    state->otherwise = transition;
}

static void load_question(struct loader *l, struct flow_state *state, const struct yaml_node *map)
{
    const struct yaml_node *slot = load_scalar(l, map, "slot"), *known = load_scalar(l, map, "known");
    const struct yaml_node *raw = load_scalar(l, map, "raw");
    state->slot = slot ? load_slot_ref(l, slot) : FLOW_NONE;
    if (!slot)
        yaml_fault(l->faults, l->file, map,
                   "this question fills no slot: name one with `slot` (a transient one, if need be)");
    state->adds = known && slice_is(known->text, "add");
    state->ask_known = state->adds || (known && slice_is(known->text, "ask"));
    if (known && !state->ask_known && !slice_is(known->text, "skip"))
        yaml_fault(l->faults, l->file, known, "`known` is '%.*s': it must be ask, add or skip", (int)known->text.len,
                   known->text.ptr);
    if (state->adds && state->slot != FLOW_NONE &&
        (l->slots[state->slot].type != TYPE_TEXT || l->slots[state->slot].transient))
        yaml_fault(l->faults, l->file, known,
                   "`known: add` puts words behind words: the slot must be a text that is kept");
    state->letters = load_flag(l, map, "letters");
    state->quiet = load_flag(l, map, "quiet");
    state->hears = load_flag(l, map, "hears");
    load_options(l, state, yaml_get(map, "options"));
    state->list_button = load_text(l, yaml_get(map, "list_button"), SCOPE_TEXT);
    load_text_limit(l, state->list_button, MESSAGE_BUTTON_CHARS, "this title", "a button holds no more");
    load_retry(l, state, map);
    state->invalid = load_said(l, map, "invalid");
    state->refusal = load_said(l, map, "refusal");
    state->raw = raw ? load_wording(l, raw, SCOPE_TEXT) : NULL;
    load_period(l, state, map);
    load_consent(l, state, map);
    load_tries(l, state, map);
    if (state->slot != FLOW_NONE && l->slots[state->slot].type == TYPE_CHOICE && state->option_count == 0)
        yaml_fault(l->faults, l->file, map, "slot %s is a choice, so this question needs `options`",
                   l->slots[state->slot].name);
}

static void load_need(struct loader *l, struct flow_state *state, const struct yaml_node *map)
{
    static const struct {
        const char *name;
        enum need need;
    } needs[] = {{"industry", NEED_INDUSTRY},
                 {"profile", NEED_PROFILE},
                 {"resources", NEED_RESOURCES},
                 {"trainings", NEED_TRAININGS}};
    const struct yaml_node *node = load_scalar(l, map, "needs"), *of = load_scalar(l, map, "of");
    state->need_slot = of && node ? load_slot_ref(l, of) : FLOW_NONE;
    state->training_slot = of && state->training ? load_slot_ref(l, of) : FLOW_NONE;
    for (size_t i = 0; node && i < sizeof(needs) / sizeof(needs[0]); i++)
        if (slice_is(node->text, needs[i].name))
            state->need = needs[i].need;
    if (node && state->need == NEED_NOTHING)
        yaml_fault(l->faults, l->file, node,
                   "the engine cannot give '%.*s': use industry, profile, resources or trainings", (int)node->text.len,
                   node->text.ptr);
    if (state->need == NEED_INDUSTRY && !of)
        yaml_fault(l->faults, l->file, node, "`needs: industry` reads somebody's words: name their slot with `of`");
    if (of && state->need != NEED_INDUSTRY && !state->training)
        yaml_fault(l->faults, l->file, of, "`of` has a meaning only beside `needs: industry` or `training`");
}

static void load_training(struct loader *l, struct flow_state *state, const struct yaml_node *map)
{
    static const char *const wishes[] = {"join", "leave", "came", NULL};
    const struct yaml_node *training = load_scalar(l, map, "training");
    for (size_t i = 0; training && wishes[i]; i++)
        if (slice_is(training->text, wishes[i]))
            state->training = wishes[i];
    if (training && !state->training)
        yaml_fault(l->faults, l->file, training, "of a training nobody can wish '%.*s': use join, leave or came",
                   (int)training->text.len, training->text.ptr);
}

const char *load_request(struct loader *l, const struct yaml_node *map, const char *const *words)
{
    const struct yaml_node *request = load_scalar(l, map, "request");
    char known[64] = "";
    size_t len = 0;
    for (size_t i = 0; request && words[i]; i++) {
        if (slice_is(request->text, words[i]))
            return words[i];
        len += (size_t)snprintf(known + len, sizeof(known) - len, "%s%s",
                                i == 0         ? ""
                                : words[i + 1] ? ", "
                                               : " or ",
                                words[i]);
    }
    if (request)
        yaml_fault(l->faults, l->file, request, "staff cannot be asked for '%.*s'%s: use %s", (int)request->text.len,
                   request->text.ptr, load_hint(l, request->text, words), known);
    return NULL;
}

static void load_acts(struct loader *l, struct flow_state *state, const struct yaml_node *map)
{
    static const char *const requests[] = {"information", "mydata", "rectify", "agent", NULL};
    load_training(l, state, map);
    state->forget = load_slot_list(l, yaml_get(map, "forget"));
    load_need(l, state, map);
    const enum scope scope = state->need == NEED_PROFILE     ? SCOPE_ADVICE
                             : state->need == NEED_TRAININGS ? SCOPE_TRAININGS
                                                             : SCOPE_TEXT;
    state->set = load_assigns(l, yaml_get(map, "set"), scope);
    state->say = load_said(l, map, "say");
    state->follow = load_said(l, map, "follow");
    state->mentions = load_mentions(l, yaml_get(map, "mentions"));
    state->erase = load_flag(l, map, "erase");
    state->end = load_flag(l, map, "end");
    state->request = load_request(l, map, requests);
    state->hands_over = state->request && strcmp(state->request, "agent") == 0;
}

static void load_state(struct loader *l, struct flow_state *state, const struct yaml_node *map)
{
    static const char *const keys[] = {
        "aside", "forget",    "needs",   "of",      "set",         "say",      "request", "erase",
        "ask",   "slot",      "options", "letters", "list_button", "retry",    "invalid", "refusal",
        "tries", "otherwise", "consent", "raw",     "known",       "quiet",    "period",  "assume",
        "hears", "end",       "next",    "follow",  "mentions",    "training", NULL};
    state->slot = state->need_slot = FLOW_NONE;
    if (!load_keys(l, map, "a state", keys))
        return;
    load_acts(l, state, map);
    state->ask = load_said(l, map, "ask");
    if (yaml_get(map, "ask"))
        load_question(l, state, map);
    for (size_t i = 0; !yaml_get(map, "ask") && question_keys[i]; i++)
        if (yaml_get(map, question_keys[i]))
            yaml_fault(l->faults, l->file, yaml_get(map, question_keys[i]),
                       "`%s` belongs to a question, and this state has no `ask`: add one, or take it away",
                       question_keys[i]);
    const struct yaml_node *next = yaml_get(map, "next");
    if (next)
        load_next(l, state, next);
    if (next && state->end)
        yaml_fault(l->faults, l->file, next, "this state ends the session and goes on as well: keep `end` or `next`");
    if (yaml_get(map, "ask") && state->end)
        yaml_fault(l->faults, l->file, map, "this state asks and ends the session: the answer would be lost");
    if (!next && !state->end)
        yaml_fault(l->faults, l->file, map, "this state leads nowhere: give it `next`, or `end: true`");
    if (state->erase && !state->end)
        yaml_fault(l->faults, l->file, map, "a state that erases all must end the session: add `end: true`");
}

/* What the state waits for is staff, so that nothing else may come of it but where to go on. */
static void check_hands_over(struct loader *l, const struct flow_state *state, const struct yaml_node *map)
{
    if (l->flow->staff != FLOW_NONE && &l->states[l->flow->staff] != state)
        yaml_fault(l->faults, l->file, map, "state %s asks for staff already, and one place is enough: lead there",
                   l->states[l->flow->staff].name);
    if (!state->aside || state->ask || state->end || state->need != NEED_NOTHING)
        yaml_fault(l->faults, l->file, map,
                   "a state with `request: agent` waits for staff: give it `aside: true` and `next`, and no `ask`, "
                   "`needs` or `end`");
    const struct text *const *phrases = l->flow->phrases;
    if (!phrases[PHRASE_HELD] || !phrases[PHRASE_HANDED_BACK] || !phrases[PHRASE_LOST])
        yaml_fault(
            l->faults, l->file, map,
            "this state asks for staff: write in `texts` what is said meanwhile where something must be (`held`), when "
            "they have answered (`handed_back`), and to who did not ask for them but was not understood (`lost`)");
}

void load_states(struct loader *l, const struct yaml_node *node)
{
    char scope[DIALOG_NAME];
    l->flow->staff = FLOW_NONE;
    for (size_t i = 0; i < l->flow->state_count; i++) {
        const char *name = l->states[i].name, *dot = strrchr(name, '.');
        slice_copy(slice_part(slice_of(name), 0, dot ? (size_t)(dot - name) : 0), scope, sizeof(scope));
        l->scope = scope;
        load_state(l, &l->states[i], node->pairs[i].value);
        if (!l->states[i].hands_over)
            continue;
        check_hands_over(l, &l->states[i], node->pairs[i].value);
        l->flow->staff = (int)i;
    }
    l->scope = NULL;
}
