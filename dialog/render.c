#include "dialog/render.h"

#include <string.h>

#include "base/sms.h"
#include "base/utf8.h"

#define MESSAGES_MAX (2 * DIALOG_EFFECTS_MAX)
#define MESSAGES_FIRST 2 /* what most answers have room enough with */
#define BODY_BYTES 65536

static enum error make_room(struct rendering *r)
{
    size_t room = r->room ? 2 * r->room : MESSAGES_FIRST;
    if (room > MESSAGES_MAX)
        return ERR_LIMIT;
    struct message *grown = arena_grow(r->arena, r->messages, r->count, room, sizeof(*grown));
    if (!grown)
        return ERR_NOMEM;
    r->messages = grown;
    r->room = room;
    return OK;
}

struct message *render_add(struct rendering *r, enum message_kind kind, struct slice text)
{
    struct slice copy = arena_copy(r->arena, text);
    if (!r->error && !copy.ptr)
        r->error = ERR_NOMEM;
    if (!r->error && r->count == r->room)
        r->error = make_room(r);
    if (r->error)
        return NULL;
    struct message *message = &r->messages[r->count++];
    memset(message, 0, offsetof(struct message, options));
    message->kind = kind;
    message->text = copy;
    return message;
}

void render_options(const struct effect *say, struct buf *out)
{
    for (size_t i = 0; i < say->option_count; i++) {
        buf_addc(out, '\n');
        if (say->letters) {
            buf_addc(out, (char)('A' + i));
        } else {
            if (i + 1 >= 10)
                buf_addc(out, '1');
            buf_addc(out, (char)('0' + (i + 1) % 10));
        }
        buf_addc(out, ' ');
        buf_addslice(out, say->options[i].title);
    }
}

/* Sends what has gathered, in texts of at most text_chars. */
static void flush(struct rendering *r, struct buf *body)
{
    struct slice rest = buf_slice(body);
    while (rest.len && !r->error) {
        struct slice part = utf8_prefix(rest, r->text_chars);
        if (part.len < rest.len) {
            size_t cut = part.len;
            while (cut > 0 && part.ptr[cut - 1] != '\n' && part.ptr[cut - 1] != ' ')
                cut--;
            part.len = cut ? cut : part.len;
        }
        rest = slice_part(rest, part.len, rest.len);
        part = slice_trim(part);
        if (part.len)
            render_add(r, MESSAGE_TEXT, part);
    }
    buf_clear(body);
}

/* Appends a paragraph, after sending what was there before if both together are too long. */
static void gather(struct rendering *r, struct buf *body, struct slice text, size_t max)
{
    if (body->len && utf8_count(buf_slice(body)) + 2 + utf8_count(text) > max)
        flush(r, body);
    if (body->len)
        buf_adds(body, "\n\n");
    buf_addslice(body, text);
}

static bool fits_buttons(const struct effect *say)
{
    bool fits = say->option_count <= MESSAGE_BUTTONS_MAX;
    for (size_t i = 0; i < say->option_count; i++)
        fits =
            fits && say->options[i].description.len == 0 && utf8_count(say->options[i].title) <= MESSAGE_BUTTON_CHARS;
    return fits;
}

static void add_interactive(struct rendering *r, const struct effect *say, struct slice body)
{
    bool buttons = fits_buttons(say);
    struct message *message =
        render_add(r, buttons ? MESSAGE_BUTTONS : MESSAGE_LIST, utf8_prefix(body, MESSAGE_BODY_CHARS));
    if (!message)
        return;
    message->option_count = say->option_count;
    for (size_t i = 0; i < say->option_count; i++) {
        const struct message_option *option = &say->options[i];
        message->options[i] = (struct message_option){
            .id = option->id,
            .title = utf8_prefix(option->title, buttons ? MESSAGE_BUTTON_CHARS : MESSAGE_ROW_CHARS),
            .description = utf8_prefix(option->description, MESSAGE_DESCRIPTION_CHARS),
        };
    }
    message->list_button = buttons ? SLICE_NONE : utf8_prefix(say->list_button, MESSAGE_BUTTON_CHARS);
}

/* Finds the template that stands for what a turn says. */
static const struct message_template *template_of(const struct effect *effects, size_t count)
{
    const struct message_template *found = NULL;
    for (size_t i = 0; i < count; i++)
        if (effects[i].kind == EFFECT_SAY && effects[i].template)
            found = effects[i].template;
    return found;
}

/* What is said in one turn becomes as few messages as fit: one a turn saves the pair rate, and order cannot break. */
static void render_whatsapp(struct rendering *r, const struct effect *effects, size_t count, bool interactive)
{
    struct buf body;
    char room[RENDER_USUAL];
    r->text_chars = interactive ? MESSAGE_TEXT_CHARS : PLAIN_CHARS_MAX;
    buf_init_within(&body, r->arena, room, sizeof(room), BODY_BYTES);
    for (size_t i = 0; i < count; i++) {
        const struct effect *say = &effects[i];
        if (say->kind != EFFECT_SAY)
            continue;
        if (say->option_count && interactive) {
            gather(r, &body, say->text, MESSAGE_BODY_CHARS);
            add_interactive(r, say, buf_slice(&body));
            buf_clear(&body);
            continue;
        }
        gather(r, &body, say->text, r->text_chars);
        render_options(say, &body);
    }
    flush(r, &body);
    if (r->count)
        r->messages[r->count - 1].template = template_of(effects, count);
    r->error = r->error ? r->error : body.error;
    buf_release(&body);
}

enum error dialog_render(const struct effect *effects, size_t effect_count, const struct channel_traits *traits,
                         bool ended, struct state *state, struct arena *arena, struct message **out, size_t *out_count)
{
    struct rendering r = {.arena = arena, .sms = &traits->sms, .tongue = traits->tongue};
    size_t page = traits->page_units && traits->page_units < USSD_SEPTETS_MAX ? traits->page_units : USSD_SEPTETS_MAX;
    if (traits->kind == CHANNEL_USSD)
        render_ussd(&r, effects, effect_count, page, ended, state);
    else if (traits->kind == CHANNEL_SMS)
        render_sms(&r, effects, effect_count);
    else
        render_whatsapp(&r, effects, effect_count, traits->interactive);
    if (r.error)
        return r.error;
    *out = r.messages;
    *out_count = r.count;
    return OK;
}

enum error dialog_render_follow(const struct effect *effects, size_t effect_count, const struct sms_policy *sms,
                                struct arena *arena, struct message **out, size_t *out_count)
{
    struct rendering r = {.arena = arena, .sms = sms};
    for (size_t i = 0; i < effect_count && !r.error; i++) {
        if (effects[i].kind != EFFECT_FOLLOW)
            continue;
        const struct effect say = {.kind = EFFECT_SAY, .text = effects[i].value};
        render_sms(&r, &say, 1);
    }
    if (r.error)
        return r.error;
    *out = r.messages;
    *out_count = r.count;
    return OK;
}
