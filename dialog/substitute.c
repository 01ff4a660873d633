#include "dialog/substitute.h"

#include "base/utf8.h"
#include "dialog/expr.h"
#include "dialog/heard.h"
#include "dialog/value.h"

#define SUBSTITUTED_BYTES 16384
#define SUBSTITUTED_USUAL 1024 /* bytes that most texts have */
#define NOTHING "-"            /* an empty parameter of a template is refused (132012) */

/* What a resource says. Where it says nothing, it is gone. */
static struct slice told(const struct flow *flow, const struct state *state, const char *text, size_t chars)
{
    const struct text *gone = flow->phrases[PHRASE_GONE];
    if (text[0] || !gone)
        return utf8_prefix(slice_of(text), chars);
    return flow_wording(flow, gone, state->lang, CHANNEL_SMS)->source;
}

struct slice part_value(const struct flow *flow, const struct state *state, const struct part *part)
{
    unsigned i = part->index;
    const struct advice_resource *resource = i < state->resource_count ? &state->resources[i] : NULL;
    const struct advice_label *label = i < state->label_count ? &state->labels[i] : NULL;
    switch (part->kind) {
    case REF_WORDS:
        return part->words;
    case REF_SLOT:
        return state_fact(state, flow->slots[i].name);
    case REF_DOUBT:
        return slice_of(state->doubt.value);
    case REF_HEARD: /* what they tell is read again when it is spoken */
        return slice_of(state->doubt_raw);
    case REF_LABEL_KEY:
        return label ? slice_of(label->key) : SLICE_NONE;
    case REF_LABEL_NAME:
        return label ? utf8_prefix(slice_of(label->name[0] ? label->name : label->key), LABEL_NAME_CHARS) : SLICE_NONE;
    case REF_RESOURCE_ID:
        return resource ? slice_of(resource->id) : SLICE_NONE;
    case REF_RESOURCE_TEXT:
        return resource ? told(flow, state, resource->text, RESOURCE_TEXT_CHARS) : SLICE_NONE;
    case REF_RESOURCE_REASON:
        return resource ? utf8_prefix(slice_of(resource->reason), RESOURCE_REASON_CHARS) : SLICE_NONE;
    case REF_RESOURCE_CONTACT:
        return resource ? told(flow, state, resource->contact, RESOURCE_CONTACT_CHARS) : SLICE_NONE;
    case REF_STAGE:
    case REF_COMPUTED:
    case REF_OUTLOOK:
    case REF_LEVER:
    case REF_TRAINING:
        return SLICE_NONE;
    }
    return SLICE_NONE;
}

unsigned part_tells(const struct part *part)
{
    bool tells = part->kind >= REF_RESOURCE_ID && part->kind <= REF_RESOURCE_CONTACT;
    if (part->kind == REF_LABEL_NAME)
        return TELLS_NAME(part->index);
    return tells ? TELLS(part->index, part->kind - REF_RESOURCE_ID) : 0;
}

bool part_is_there(const struct flow *flow, const struct state *state, const struct part *part)
{
    double number;
    if (part->kind == REF_COMPUTED)
        return expr_value(flow, state, flow->computed[part->index].is, &number);
    struct slice value = part_value(flow, state, part);
    if (part->only_known && (slice_is(value, VALUE_UNKNOWN) || slice_is(value, VALUE_REFUSED)))
        return false;
    return value.len > 0;
}

/* Appends a person's own words on WhatsApp, where * _ ~ and ` would format them: letters that look alike stand for
 * those, for there is no escape. */
static void speak_words(struct slice words, struct buf *out)
{
    static const struct {
        char mark;
        const char *alike;
    } marks[] = {{'*', "\xE2\x88\x97"}, {'_', "\xCB\x8D"}, {'~', "\xE2\x88\xBC"}, {'`', "\xCB\x8B"}};
    for (size_t i = 0; i < words.len; i++) {
        size_t m = 0;
        while (m < sizeof(marks) / sizeof(marks[0]) && marks[m].mark != words.ptr[i])
            m++;
        if (m < sizeof(marks) / sizeof(marks[0]))
            buf_adds(out, marks[m].alike);
        else
            buf_addc(out, words.ptr[i]);
    }
}

/* Says a slot's value by the flow's own names for it, else by its type's. */
static void speak_slot(const struct flow *flow, const struct state *state, const struct slot *slot, struct slice value,
                       enum channel_kind channel, struct buf *out)
{
    for (size_t i = 0; i < slot->name_count; i++) {
        if (slice_eq(slot->names[i].value, value)) {
            buf_addslice(out, flow_wording(flow, slot->names[i].text, state->lang, channel)->source);
            return;
        }
    }
    if (slot->chars)
        buf_addslice(out, utf8_prefix(value, slot->chars));
    else if (channel == CHANNEL_WHATSAPP && slot->type == TYPE_TEXT)
        speak_words(value, out);
    else
        value_speak(flow_tongue(flow, state->lang), slot->type, value, out);
}

/* A resource whose text begins with what it is called, before a colon, has that in bold on WhatsApp. */
static void speak_resource(struct slice text, enum channel_kind channel, struct buf *out)
{
    size_t len = slice_find(text, ':');
    bool named = channel == CHANNEL_WHATSAPP && len > 1 && len < text.len && len <= RESOURCE_NAME_BYTES;
    for (size_t i = 0; named && i < len; i++)
        named = !strchr(".,;?!()*_~`\n", text.ptr[i]);
    if (named)
        buf_addf(out, "*%.*s*", (int)len, text.ptr);
    buf_addslice(out, slice_part(text, named ? len : 0, text.len));
}

static void speak_part(const struct flow *flow, const struct state *state, const struct part *part,
                       enum channel_kind channel, struct buf *out)
{
    struct slice value = part_value(flow, state, part);
    double number;
    if (part->kind == REF_COMPUTED) {
        if (expr_value(flow, state, flow->computed[part->index].is, &number))
            expr_speak(number, out);
        return;
    }
    int doubted = part->kind == REF_DOUBT ? flow_slot_index(flow, slice_of(state->doubt.slot)) : FLOW_NONE;
    if (part->kind == REF_SLOT)
        speak_slot(flow, state, &flow->slots[part->index], value, channel, out);
    else if (part->kind == REF_RESOURCE_TEXT)
        speak_resource(value, channel, out);
    else if (part->kind == REF_HEARD)
        heard_speak(flow, state, channel, out);
    else if (doubted != FLOW_NONE)
        speak_slot(flow, state, &flow->slots[doubted], value, channel, out);
    else
        buf_addslice(out, value);
}

/* Ends a line: keeps it, or takes it back when something in it was missing. The line break goes with it. */
static void end_line(struct buf *out, size_t *start, bool *missing, bool last)
{
    if (*missing && !out->error && out->ptr) {
        out->len = *start;
        out->ptr[out->len] = '\0';
    } else if (!last) {
        buf_addc(out, '\n');
    }
    *start = out->len;
    *missing = false;
}

static void substitute_into(const struct flow *flow, const struct state *state, const struct wording *wording,
                            enum channel_kind channel, struct buf *out)
{
    size_t start = 0;
    bool missing = false;
    for (size_t i = 0; i < wording->part_count; i++) {
        const struct part *part = &wording->parts[i];
        if (part->kind != REF_WORDS) {
            bool there = part_is_there(flow, state, part);
            missing = missing || (!there && !part->otherwise.ptr);
            if (there)
                speak_part(flow, state, part, channel, out);
            else
                buf_addslice(out, part->otherwise);
            continue;
        }
        struct slice rest = part->words, line;
        while (slice_cut(&rest, '\n', &line)) {
            buf_addslice(out, line);
            if (rest.ptr)
                end_line(out, &start, &missing, false);
        }
    }
    end_line(out, &start, &missing, true);
}

enum error substitute(const struct flow *flow, const struct state *state, const struct wording *wording,
                      enum channel_kind channel, struct arena *arena, struct slice *out)
{
    struct buf text;
    char room[SUBSTITUTED_USUAL];
    if (wording->whole) {
        *out = wording->source;
        return OK;
    }
    buf_init_within(&text, arena, room, sizeof(room), SUBSTITUTED_BYTES);
    substitute_into(flow, state, wording, channel, &text);
    enum error error = text.error;
    struct slice copy = error ? SLICE_NONE : arena_copy(arena, slice_trim(buf_slice(&text)));
    buf_release(&text);
    if (error)
        return error;
    if (!copy.ptr)
        return ERR_NOMEM;
    *out = copy;
    return OK;
}

/* Makes one line of a parameter, with one blank where there were several or a line ended: the provider refuses
 * others. */
static enum error one_line(struct slice text, struct arena *arena, struct slice *out)
{
    char *line = arena_bytes(arena, text.len + 1);
    size_t len = 0;
    if (!line)
        return ERR_NOMEM;
    for (size_t i = 0; i < text.len; i++) {
        bool blank = text.ptr[i] == ' ' || text.ptr[i] == '\n' || text.ptr[i] == '\t' || text.ptr[i] == '\r';
        if (!blank)
            line[len++] = text.ptr[i];
        else if (len && line[len - 1] != ' ')
            line[len++] = ' ';
    }
    *out = slice_trim((struct slice){line, len});
    if (!out->len)
        *out = SLICE(NOTHING);
    return OK;
}

enum error substitute_template(const struct flow *flow, const struct state *state, const struct flow_template *from,
                               struct arena *arena, const struct message_template **out)
{
    struct message_template *made = arena_alloc(arena, sizeof(*made));
    enum error error = made ? OK : ERR_NOMEM;
    if (error)
        return error;
    *made =
        (struct message_template){.name = from->name,
                                  .language = flow_wording(flow, from->language, state->lang, CHANNEL_WHATSAPP)->source,
                                  .buttons = from->buttons};
    for (size_t i = 0; i < from->param_count && !error; i++) {
        const struct wording *wording = flow_wording(flow, from->params[i], state->lang, CHANNEL_WHATSAPP);
        struct slice said = SLICE_NONE;
        error = substitute(flow, state, wording, CHANNEL_WHATSAPP, arena, &said);
        if (!error)
            error = one_line(said, arena, &made->params[made->param_count++]);
    }
    if (!error)
        *out = made;
    return error;
}
