/* Templates: what a timer says, as what may go to a person who has been silent for a day. */
#include "dialog/step.h"
#include "dialog/substitute.h"

void step_name_template(struct step *step)
{
    struct effect *last = NULL;
    if (step->event->kind != EVENT_TIMER || step->channel != CHANNEL_WHATSAPP)
        return;
    const struct flow_timer *timer = flow_timer_named(step->flow, step->event->payload);
    for (size_t i = 0; i < step->out->effect_count; i++)
        if (step->out->effects[i].kind == EFFECT_SAY)
            last = &step->out->effects[i];
    if (!timer || !timer->template || !last)
        return;
    for (size_t i = 0; i < timer->template->param_count; i++)
        step_remind(step,
                    flow_wording(step->flow, timer->template->params[i], step->state->lang, step->channel)->tells);
    enum error error = substitute_template(step->flow, step->state, timer->template, step->arena, &last->template);
    step->error = step->error ? step->error : error;
}
