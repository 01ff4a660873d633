/* The alerts of a flow, and forms of words wherever a flow has them. */
#include <string.h>

#include "dialog/flow_load.h"
#include "dialog/pattern.h"

#define FORM_LETTERS_MIN 2
#define FORM_CHOICES_MAX 6 /* gaps and elements that may be left out: each doubles the work at worst */

/* Tells whether a form is written as dialog/pattern.h reads it, catches not everything, and stays cheap. */
static bool form_good(struct slice form)
{
    size_t letters = 0, choices = 0;
    for (size_t i = 0; i < form.len; i++) {
        char c = form.ptr[i];
        if (c == '\0' || !(strchr(" |*?=^$.#", c) || (c >= 'a' && c <= 'z') || (c >= '0' && c <= '9')))
            return false;
        letters += c >= 'a' && c <= 'z';
        choices += c == '?' || (c == '.' && i > 0 && form.ptr[i - 1] == '.');
    }
    return letters >= FORM_LETTERS_MIN && choices <= FORM_CHOICES_MAX && form.len <= FLOW_FORM_BYTES;
}

struct forms load_forms(struct loader *l, const struct yaml_node *node)
{
    struct forms none = {0};
    if (!node)
        return none;
    if (node->kind != YAML_LIST || node->count == 0 || node->count > FLOW_FORMS_MAX) {
        yaml_fault(l->faults, l->file, node, "`words` must list 1 to %d forms, as in [\"me piden cupo|cupos\"]",
                   FLOW_FORMS_MAX);
        return none;
    }
    const char **items = load_make(l, node->count, sizeof(*items));
    struct pattern *patterns = load_make(l, node->count, sizeof(*patterns));
    for (size_t i = 0; items && patterns && i < node->count; i++) {
        bool good = node->items[i]->kind == YAML_SCALAR && form_good(node->items[i]->text);
        if (!good)
            yaml_fault(l->faults, l->file, node->items[i],
                       "this is no form of words: write at most %d bytes of small letters without accents, with "
                       "| * ? .. ^ $ between them, at least %d letters, and at most %d of ? and ..",
                       FLOW_FORM_BYTES, FORM_LETTERS_MIN, FORM_CHOICES_MAX);
        struct slice copy = good ? arena_copy(l->arena, node->items[i]->text) : SLICE("");
        items[i] = copy.ptr ? copy.ptr : "";
        if (!copy.ptr || pattern_read(l->arena, items[i], &patterns[i]))
            l->out_of_memory = true;
    }
    return (struct forms){items, patterns, items && patterns ? node->count : 0};
}

static void load_alert(struct loader *l, const struct yaml_node *node, struct alert *out)
{
    static const char *const keys[] = {"words", "say", "wait", "request", "mentions", NULL};
    static const char *const requests[] = {"information", "mydata", "rectify", NULL};
    if (!load_keys(l, node, "an alert", keys))
        return;
    out->words = load_forms(l, yaml_get(node, "words"));
    out->say = load_text(l, yaml_get(node, "say"), SCOPE_TEXT);
    out->wait = load_flag(l, node, "wait");
    out->request = load_request(l, node, requests);
    out->mentions = load_mentions(l, yaml_get(node, "mentions"));
    if (!yaml_get(node, "words") || !yaml_get(node, "say"))
        yaml_fault(l->faults, l->file, node, "an alert needs `words` and what to `say` to them");
    load_text_limit(l, out->say, MESSAGE_BODY_CHARS, "this text", "shorten it");
    load_text_narrow(l, out->say);
}

/* Makes the keys of all that the alerts are said with. */
static void load_alert_keys(struct loader *l)
{
    struct pattern_keys *keys = load_make(l, 1, sizeof(*keys));
    for (size_t i = 0; keys && i < l->flow->alert_count; i++)
        for (size_t j = 0; j < l->flow->alerts[i].words.count; j++)
            if (pattern_keys_add(l->arena, &l->flow->alerts[i].words.patterns[j], keys))
                l->out_of_memory = true;
    l->flow->alert_keys = keys;
}

void load_alerts(struct loader *l, const struct yaml_node *node)
{
    if (!node)
        return;
    if (node->kind != YAML_LIST || node->count > FLOW_ALERTS_MAX) {
        yaml_fault(l->faults, l->file, node, "`alerts` must list at most %d alerts", FLOW_ALERTS_MAX);
        return;
    }
    struct alert *alerts = load_make(l, node->count, sizeof(*alerts));
    for (size_t i = 0; alerts && i < node->count; i++)
        load_alert(l, node->items[i], &alerts[i]);
    l->flow->alerts = alerts;
    l->flow->alert_count = alerts ? node->count : 0;
    load_alert_keys(l);
}

/* The plainest that a form takes: the first of each choice, without what may be left out. */
static struct slice example_of(struct loader *l, const char *form)
{
    struct slice rest = slice_of(form), element, first;
    char words[FLOW_FORM_BYTES + 1];
    size_t len = 0;
    while (slice_cut(&rest, ' ', &element)) {
        if (element.len == 0 || strchr("^$", element.ptr[0]) || element.ptr[element.len - 1] == '?' ||
            !slice_cut(&element, '|', &first))
            continue;
        for (size_t i = 0; i < first.len && len + 1 < sizeof(words); i++)
            if (first.ptr[i] >= 'a' && first.ptr[i] <= 'z') {
                bool begins = i == 0 || first.ptr[i - 1] == '=';
                if (begins && len > 0)
                    words[len++] = ' ';
                words[len++] = first.ptr[i];
            }
    }
    struct slice copy = arena_copy(l->arena, (struct slice){words, len});
    l->out_of_memory = l->out_of_memory || !copy.ptr;
    return copy;
}

void load_keywords(struct loader *l, const struct yaml_node *node)
{
    if (!node)
        return;
    if (node->kind != YAML_MAP || node->count > FLOW_KEYWORDS_MAX) {
        yaml_fault(l->faults, l->file, node, "`keywords` must be a map of at most %d `state: [forms]`",
                   FLOW_KEYWORDS_MAX);
        return;
    }
    struct keyword *keywords = load_make(l, node->count, sizeof(*keywords));
    for (size_t i = 0; keywords && i < node->count; i++) {
        keywords[i].to = load_state_ref(l, node->pairs[i].key);
        keywords[i].words = load_forms(l, node->pairs[i].value);
        if (keywords[i].words.count)
            keywords[i].example = example_of(l, keywords[i].words.items[0]);
        if (keywords[i].to != FLOW_NONE && !l->states[keywords[i].to].aside)
            yaml_fault(l->faults, l->file, node->pairs[i].key,
                       "words lead to state %s, which would lose the open question: give it `aside: true`",
                       l->states[keywords[i].to].name);
    }
    l->flow->keywords = keywords;
    l->flow->keyword_count = keywords ? node->count : 0;
}
