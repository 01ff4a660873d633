/* Templates: what a timer says, as what may go to a person who has been silent for a day. */
#include <string.h>

#include "dialog/step.h"
#include "dialog/substitute.h"

#define NOTHING "-" /* an empty parameter is refused (132012) */

/* Makes one line of a parameter, with one blank where there were several or a line ended: the provider refuses
 * others. */
static struct slice one_line(struct step *step, struct slice text)
{
    char *out = arena_bytes(step->arena, text.len + 1);
    size_t len = 0;
    if (!out) {
        step->error = step->error ? step->error : ERR_NOMEM;
        return SLICE(NOTHING);
    }
    for (size_t i = 0; i < text.len; i++) {
        bool blank = text.ptr[i] == ' ' || text.ptr[i] == '\n' || text.ptr[i] == '\t' || text.ptr[i] == '\r';
        if (!blank)
            out[len++] = text.ptr[i];
        else if (len && out[len - 1] != ' ')
            out[len++] = ' ';
    }
    struct slice line = slice_trim((struct slice){out, len});
    return line.len ? line : SLICE(NOTHING);
}

static const struct message_template *fill(struct step *step, const struct flow_template *from)
{
    struct message_template *made = arena_alloc(step->arena, sizeof(*made));
    if (!made) {
        step->error = step->error ? step->error : ERR_NOMEM;
        return NULL;
    }
    const struct wording *code = flow_wording(step->flow, from->language, step->state->lang, CHANNEL_WHATSAPP);
    *made = (struct message_template){.name = from->name, .language = code->source, .buttons = from->buttons};
    for (size_t i = 0; i < from->param_count; i++) {
        const struct wording *wording = flow_wording(step->flow, from->params[i], step->state->lang, CHANNEL_WHATSAPP);
        struct slice said = SLICE_NONE;
        enum error error = substitute(step->flow, step->state, wording, CHANNEL_WHATSAPP, step->arena, &said);
        step->error = step->error ? step->error : error;
        made->params[made->param_count++] = one_line(step, said);
    }
    return made;
}

void step_name_template(struct step *step)
{
    struct effect *last = NULL;
    if (step->event->kind != EVENT_TIMER || step->channel != CHANNEL_WHATSAPP)
        return;
    const struct flow_timer *timer = flow_timer_named(step->flow, step->event->payload);
    for (size_t i = 0; i < step->out->effect_count; i++)
        if (step->out->effects[i].kind == EFFECT_SAY)
            last = &step->out->effects[i];
    if (timer && timer->template && last)
        last->template = fill(step, timer->template);
}
