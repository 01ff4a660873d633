/* Texts of a flow: languages, variants for channels, {{references}} and how long they can grow. */
#include <string.h>

#include "base/buf.h"
#include "base/sms.h"
#include "base/suggest.h"
#include "base/utf8.h"
#include "dialog/expr.h"
#include "dialog/flow_load.h"
#include "dialog/heard.h"
#include "dialog/substitute.h"
#include "dialog/value.h"

#define TEXT_BYTES_MAX 8192

/* The references that are no slots. */
static const struct {
    const char *name;
    enum ref_kind kind;
    unsigned index;
    size_t chars_max;
    enum scope scope;
} references[] = {
    {"label1.key", REF_LABEL_KEY, 0, ADVICE_KEY, SCOPE_TEXT},
    {"label2.key", REF_LABEL_KEY, 1, ADVICE_KEY, SCOPE_TEXT},
    {"label3.key", REF_LABEL_KEY, 2, ADVICE_KEY, SCOPE_TEXT},
    {"label1.name", REF_LABEL_NAME, 0, LABEL_NAME_CHARS, SCOPE_TEXT},
    {"label2.name", REF_LABEL_NAME, 1, LABEL_NAME_CHARS, SCOPE_TEXT},
    {"label3.name", REF_LABEL_NAME, 2, LABEL_NAME_CHARS, SCOPE_TEXT},
    {"r1.id", REF_RESOURCE_ID, 0, ADVICE_KEY, SCOPE_TEXT},
    {"r2.id", REF_RESOURCE_ID, 1, ADVICE_KEY, SCOPE_TEXT},
    {"r3.id", REF_RESOURCE_ID, 2, ADVICE_KEY, SCOPE_TEXT},
    {"r1.text", REF_RESOURCE_TEXT, 0, RESOURCE_TEXT_CHARS + RESOURCE_BOLD_CHARS, SCOPE_TEXT},
    {"r2.text", REF_RESOURCE_TEXT, 1, RESOURCE_TEXT_CHARS + RESOURCE_BOLD_CHARS, SCOPE_TEXT},
    {"r3.text", REF_RESOURCE_TEXT, 2, RESOURCE_TEXT_CHARS + RESOURCE_BOLD_CHARS, SCOPE_TEXT},
    {"r1.reason", REF_RESOURCE_REASON, 0, RESOURCE_REASON_CHARS, SCOPE_TEXT},
    {"r2.reason", REF_RESOURCE_REASON, 1, RESOURCE_REASON_CHARS, SCOPE_TEXT},
    {"r3.reason", REF_RESOURCE_REASON, 2, RESOURCE_REASON_CHARS, SCOPE_TEXT},
    {"r1.contact", REF_RESOURCE_CONTACT, 0, RESOURCE_CONTACT_CHARS, SCOPE_TEXT},
    {"r2.contact", REF_RESOURCE_CONTACT, 1, RESOURCE_CONTACT_CHARS, SCOPE_TEXT},
    {"r3.contact", REF_RESOURCE_CONTACT, 2, RESOURCE_CONTACT_CHARS, SCOPE_TEXT},
    {"doubt", REF_DOUBT, 0, 0, SCOPE_DOUBT},
    {"heard", REF_HEARD, 0, 0, SCOPE_DOUBT},
    {"advice.stage", REF_STAGE, 0, ADVICE_KEY, SCOPE_ADVICE},
    {"advice.outlook", REF_OUTLOOK, 0, ADVICE_KEY, SCOPE_ADVICE},
    {"advice.lever", REF_LEVER, 0, ADVICE_KEY, SCOPE_ADVICE},
    {"training1", REF_TRAINING, 0, ADVICE_KEY, SCOPE_TRAININGS},
    {"training2", REF_TRAINING, 1, ADVICE_KEY, SCOPE_TRAININGS},
    {"training3", REF_TRAINING, 2, ADVICE_KEY, SCOPE_TRAININGS},
};

#define REFERENCES (sizeof(references) / sizeof(references[0]))

static size_t text_chars_max(const struct text *text)
{
    size_t most = 0;
    for (size_t lang = 0; text && lang < FLOW_LANGS_MAX; lang++)
        for (size_t v = 0; v < VARIANT_COUNT; v++)
            if (text->variants[lang][v] && text->variants[lang][v]->chars_max > most)
                most = text->variants[lang][v]->chars_max;
    return most;
}

static size_t slot_chars_max(const struct loader *l, const struct slot *slot)
{
    size_t most = 0;
    for (size_t i = 0; i < l->flow->lang_count; i++) {
        size_t chars = slot->chars ? slot->chars : value_spoken_max(l->flow->tongues[i], slot->type);
        most = chars > most ? chars : most;
    }
    for (size_t i = 0; i < slot->name_count; i++) {
        size_t chars = text_chars_max(slot->names[i].text);
        most = chars > most ? chars : most;
    }
    return most;
}

/* Any slot's answer can be in doubt. */
static size_t doubt_chars_max(const struct loader *l)
{
    size_t most = 0;
    for (size_t i = 0; i < l->flow->slot_count; i++) {
        size_t chars = slot_chars_max(l, &l->slots[i]);
        most = chars > most ? chars : most;
    }
    return most;
}

static size_t heard_chars_max(const struct loader *l)
{
    size_t most = 0;
    for (size_t i = 0; i < l->flow->slot_count; i++) {
        size_t chars = text_chars_max(l->slots[i].heard);
        most = chars > most ? chars : most;
    }
    return heard_spoken_max(most);
}

/* Adds the fault of what is no fact that a notice can speak, with the nearest name. */
static void fault_fact(struct loader *l, const struct yaml_node *node, struct slice name)
{
    size_t count = 0;
    const char **known = load_make(l, l->flow->slot_count + 1, sizeof(*known));
    if (!known)
        return;
    for (size_t i = 0; i < l->flow->slot_count; i++)
        if (!l->slots[i].transient)
            known[count++] = l->slots[i].name;
    yaml_fault(l->faults, l->file, node,
               "{{%.*s}} is no fact of a person%s: name one, and what to say to who has told none, as "
               "{{activity|tu negocio}}",
               (int)name.len, name.ptr, load_hint(l, name, known));
}

/* Adds the fault of a reference that is none, with the nearest name. */
static void fault_reference(struct loader *l, const struct yaml_node *node, struct slice name)
{
    size_t count = l->flow->slot_count + REFERENCES;
    const char **known = load_make(l, count + 1, sizeof(*known));
    if (!known)
        return;
    for (size_t i = 0; i < l->flow->slot_count; i++)
        known[i] = l->slots[i].name;
    for (size_t i = 0; i < REFERENCES; i++)
        known[l->flow->slot_count + i] = references[i].name;
    yaml_fault(l->faults, l->file, node, "{{%.*s}} is no slot and nothing of the engine's%s: name a slot of `slots`",
               (int)name.len, name.ptr, load_hint(l, name, known));
}

/* Finds what {{name}} means here. Returns false after adding a fault. */
static bool resolve(struct loader *l, const struct yaml_node *node, struct slice name, enum scope scope,
                    struct part *out, size_t *chars)
{
    int slot = load_slot_index(l, name);
    if (slot != FLOW_NONE && !(scope == SCOPE_NOTICE && l->slots[slot].transient)) {
        *out = (struct part){.kind = REF_SLOT, .index = (unsigned)slot, .only_known = scope == SCOPE_NOTICE};
        *chars = slot_chars_max(l, &l->slots[slot]);
        return true;
    }
    int computed = load_computed_index(l, name);
    if (computed != FLOW_NONE) {
        *out = (struct part){.kind = REF_COMPUTED, .index = (unsigned)computed};
        *chars = expr_chars_max(l->flow->computed[computed].is);
        return true;
    }
    if (scope == SCOPE_NOTICE) {
        fault_fact(l, node, name);
        return false;
    }
    for (size_t i = 0; i < REFERENCES; i++) {
        if (!slice_is(name, references[i].name))
            continue;
        if (references[i].scope != SCOPE_TEXT && references[i].scope != scope) {
            yaml_fault(l->faults, l->file, node, "{{%s}} has no meaning here: it stands only %s", references[i].name,
                       references[i].scope == SCOPE_DOUBT    ? "in the texts `confirm`, `period` and `heard`"
                       : references[i].scope == SCOPE_ADVICE ? "in `set`, in a state with `needs: profile`"
                                                             : "in `set`, in a state with `needs: trainings`");
            return false;
        }
        *out = (struct part){.kind = references[i].kind, .index = references[i].index};
        *chars = references[i].kind == REF_DOUBT   ? doubt_chars_max(l)
                 : references[i].kind == REF_HEARD ? heard_chars_max(l)
                                                   : references[i].chars_max;
        return true;
    }
    fault_reference(l, node, name);
    return false;
}

static size_t find_pair(struct slice text, char c)
{
    for (size_t i = 0; i + 1 < text.len; i++)
        if (text.ptr[i] == c && text.ptr[i + 1] == c)
            return i;
    return text.len;
}

/* Reads what stands between {{ and }}: a name, and in a notice what to say otherwise behind a bar. */
static bool read_reference(struct loader *l, const struct yaml_node *node, struct slice inside, enum scope scope,
                           struct part *out, size_t *chars)
{
    size_t bar = scope == SCOPE_NOTICE ? slice_find(inside, '|') : inside.len;
    struct slice otherwise = slice_trim(slice_part(inside, bar + 1, inside.len));
    if (!resolve(l, node, slice_trim(slice_part(inside, 0, bar)), scope, out, chars))
        return false;
    if (bar < inside.len) {
        out->otherwise = otherwise.len ? otherwise : SLICE("");
        *chars = utf8_count(otherwise) > *chars ? utf8_count(otherwise) : *chars;
    }
    return true;
}

/* Cuts the next part off *rest. Returns false at the end, or after adding a fault (then *rest is emptied). */
static bool next_part(struct loader *l, const struct yaml_node *node, enum scope scope, struct slice *rest,
                      struct part *out, size_t *chars)
{
    size_t open = find_pair(*rest, '{');
    if (rest->len == 0)
        return false;
    if (open > 0) {
        *out = (struct part){.kind = REF_WORDS, .words = slice_part(*rest, 0, open)};
        *chars = utf8_count(out->words);
        *rest = slice_part(*rest, open, rest->len);
        return true;
    }
    size_t close = find_pair(*rest, '}');
    struct slice inside = slice_part(*rest, 2, close);
    if (close == rest->len)
        yaml_fault(l->faults, l->file, node, "'{{' has no '}}' behind it: close the reference");
    bool good = close < rest->len && read_reference(l, node, inside, scope, out, chars);
    *rest = good ? slice_part(*rest, close + 2, rest->len) : SLICE_NONE;
    return good;
}

/* Tells whether a part says what only the catalogue knows. */
static bool is_said(const struct part *part)
{
    return part->kind >= REF_RESOURCE_TEXT && part->kind <= REF_RESOURCE_CONTACT;
}

const struct wording *load_wording(struct loader *l, const struct yaml_node *node, enum scope scope)
{
    struct wording *wording = load_make(l, 1, sizeof(*wording));
    if (!wording)
        return NULL;
    if (node->kind != YAML_SCALAR || slice_trim(node->text).len == 0 || node->text.len > TEXT_BYTES_MAX) {
        yaml_fault(l->faults, l->file, node, "a text is needed here: words in one line, quoted, or a `|` block");
        return NULL;
    }
    struct slice source = slice_trim(node->text), rest = source;
    size_t count = 1, chars;
    for (size_t i = 0; i + 1 < source.len; i++)
        count += 2 * (source.ptr[i] == '{' && source.ptr[i + 1] == '{');
    struct part *parts = load_make(l, count, sizeof(*parts));
    if (!parts)
        return NULL;
    *wording = (struct wording){
        .source = source, .parts = parts, .file = load_file(l, node), .line = node->line, .column = node->column};
    while (wording->part_count < count && next_part(l, node, scope, &rest, &parts[wording->part_count], &chars)) {
        const struct part *part = &parts[wording->part_count++];
        wording->tells |= part_tells(part);
        wording->chars_max += chars;
        if (is_said(part) && !l->tells)
            l->tells = wording;
    }
    wording->whole = wording->part_count == 1 && parts[0].kind == REF_WORDS;
    return wording;
}

struct part load_part(struct loader *l, const struct yaml_node *node, enum scope scope)
{
    struct part part = {0};
    size_t chars;
    if (!node)
        return part;
    if (node->kind != YAML_SCALAR || node->text.len == 0) {
        yaml_fault(l->faults, l->file, node, "a value is needed here: a word, or one {{reference}}");
        return part;
    }
    struct slice rest = node->text;
    if (next_part(l, node, scope, &rest, &part, &chars) && rest.len > 0)
        yaml_fault(l->faults, l->file, node, "a value is either words or exactly one {{reference}}, not both");
    if (is_said(&part))
        yaml_fault(l->faults, l->file, node,
                   "what a resource says is never kept, for the catalogue may say something else tomorrow: name it by "
                   "its id");
    if (part.kind == REF_COMPUTED)
        yaml_fault(l->faults, l->file, node,
                   "{{%s}} is computed anew wherever it is read, and never kept: use it in guards and texts",
                   l->flow->computed[part.index].name);
    return part;
}

static const char *const variant_names[VARIANT_COUNT] = {"", "sms", "ussd", "whatsapp"};

/* Reads "es" or "es.sms". Returns false after adding a fault. */
static bool variant_named(struct loader *l, const struct yaml_node *key, size_t *lang, size_t *variant)
{
    struct slice rest = key->text, name, kind;
    if (!slice_cut(&rest, '.', &name))
        return false;
    kind = rest.ptr ? rest : SLICE("");
    for (*lang = 0; *lang < l->flow->lang_count; ++*lang)
        if (slice_is(name, l->flow->langs[*lang]))
            break;
    for (*variant = 0; *variant < VARIANT_COUNT; ++*variant)
        if (slice_is(kind, variant_names[*variant]))
            break;
    if (*lang == l->flow->lang_count)
        yaml_fault(l->faults, l->file, key, "'%.*s' is not a language of this flow: use %s, or add it to `languages`",
                   (int)name.len, name.ptr, l->flow->langs[0]);
    else if (*variant == VARIANT_COUNT || (rest.ptr && kind.len == 0))
        yaml_fault(l->faults, l->file, key, "'%.*s' is not a kind of channel: use sms, ussd or whatsapp", (int)kind.len,
                   kind.ptr);
    else
        return true;
    return false;
}

/* Where each kind of channel looks, best first. */
static const enum variant falls_back[][VARIANT_COUNT] = {
    [CHANNEL_SMS] = {VARIANT_SMS, VARIANT_PLAIN, VARIANT_PLAIN, VARIANT_PLAIN},
    [CHANNEL_USSD] = {VARIANT_USSD, VARIANT_SMS, VARIANT_PLAIN, VARIANT_PLAIN},
    [CHANNEL_WHATSAPP] = {VARIANT_WHATSAPP, VARIANT_PLAIN, VARIANT_PLAIN, VARIANT_PLAIN},
};

_Static_assert(sizeof(falls_back) / sizeof(falls_back[0]) == VARIANT_COUNT - 1, "each kind of channel has a variant");
_Static_assert(FLOW_LANGS_MAX * VARIANT_COUNT <= UINT8_MAX, "a variant's number fits its byte");

/* Gives which wording, counted through, a channel says in a language: its own, or that of the one it falls back to. */
static unsigned char said_by(const struct flow *flow, const struct text *text, int spoken, size_t channel)
{
    for (size_t hops = 0; spoken != FLOW_NONE && hops < flow->lang_count; hops++) {
        for (size_t i = 0; i < VARIANT_COUNT; i++)
            if (text->variants[spoken][falls_back[channel][i]])
                return (unsigned char)((unsigned)spoken * VARIANT_COUNT + falls_back[channel][i]);
        spoken = flow->falls_back[spoken];
    }
    return VARIANT_PLAIN;
}

static void choose_said(const struct flow *flow, struct text *text)
{
    for (size_t lang = 0; lang < flow->lang_count; lang++)
        for (size_t channel = 0; channel < VARIANT_COUNT - 1; channel++)
            text->said[lang][channel] = said_by(flow, text, (int)lang, channel);
}

const struct text *load_text(struct loader *l, const struct yaml_node *node, enum scope scope)
{
    struct text *text = node ? load_make(l, 1, sizeof(*text)) : NULL;
    if (!text)
        return NULL;
    if (node->kind == YAML_SCALAR) {
        text->variants[0][VARIANT_PLAIN] = load_wording(l, node, scope);
        choose_said(l->flow, text);
        return text;
    }
    for (size_t i = 0; node->kind == YAML_MAP && i < node->count; i++) {
        size_t lang, variant;
        if (variant_named(l, node->pairs[i].key, &lang, &variant))
            text->variants[lang][variant] = load_wording(l, node->pairs[i].value, scope);
    }
    for (size_t i = 0; i < l->flow->lang_count; i++) {
        bool some = i == 0;
        for (size_t v = 0; v < VARIANT_COUNT; v++)
            some = some || text->variants[i][v];
        if (some && !yaml_get(node, l->flow->langs[i]))
            yaml_fault(l->faults, l->file, node, "this text has no '%s': write it, all channels fall back to it",
                       l->flow->langs[i]);
    }
    choose_said(l->flow, text);
    return text;
}

/* Adds a fault for each wording that is too long; those for SMS or USSD alone may be as long as `narrow`. */
static void limit(struct loader *l, const struct text *text, size_t chars, size_t narrow, const char *what,
                  const char *remedy)
{
    for (size_t lang = 0; text && lang < FLOW_LANGS_MAX; lang++) {
        for (size_t v = 0; v < VARIANT_COUNT; v++) {
            const struct wording *wording = text->variants[lang][v];
            size_t most = v == VARIANT_SMS || v == VARIANT_USSD ? narrow : chars;
            if (wording && wording->chars_max > most)
                faults_add(l->faults, wording->file, wording->line, wording->column,
                           "%s can grow to %zu characters, and only %zu are allowed: %s", what, wording->chars_max,
                           most, remedy);
        }
    }
}

void load_text_limit(struct loader *l, const struct text *text, size_t chars, const char *what, const char *remedy)
{
    limit(l, text, chars, chars, what, remedy);
}

void load_title_limit(struct loader *l, const struct text *title, bool list)
{
    limit(l, title, list ? MESSAGE_ROW_CHARS : MESSAGE_BUTTON_CHARS, MESSAGE_ROW_CHARS, "this title",
          list ? "a list's row holds no more" : "a button holds no more (a list has more than three options)");
}

/* Finds the first character of a wording that GSM-7 lacks even after transliteration. */
static bool outside_gsm7(const struct wording *wording, struct buf *scratch)
{
    buf_clear(scratch);
    sms_transliterate(wording->source, scratch);
    return scratch->error == OK && sms_measure(buf_slice(scratch)).encoding != SMS_GSM7;
}

void load_text_narrow(struct loader *l, const struct text *text)
{
    struct buf scratch;
    buf_init(&scratch, TEXT_BYTES_MAX * 4);
    for (size_t lang = 0; text && lang < l->flow->lang_count; lang++) {
        for (int channel = CHANNEL_SMS; channel <= CHANNEL_USSD; channel++) {
            const struct wording *wording =
                flow_wording(l->flow, text, l->flow->langs[lang], (enum channel_kind)channel);
            bool repeats =
                channel == CHANNEL_USSD && wording == flow_wording(l->flow, text, l->flow->langs[lang], CHANNEL_SMS);
            if (wording && !repeats && outside_gsm7(wording, &scratch))
                faults_add(
                    l->faults, wording->file, wording->line, wording->column,
                    "this text has a character outside GSM-7, so that each SMS of it holds 70 characters: leave it "
                    "out, or give `%s.sms` without it",
                    l->flow->langs[lang]);
        }
    }
    l->out_of_memory = l->out_of_memory || scratch.error == ERR_NOMEM;
    buf_release(&scratch);
}
