/* What the engine offered, and who still reads it: labels and resources are most of a state's bytes, and a session that
 * is over needs them no more, if every way to a text or guard that reads them asks the engine again. */
#include "dialog/flow_load.h"

static bool part_reads(const struct part *part, enum need of)
{
    bool label = part->kind == REF_LABEL_KEY || part->kind == REF_LABEL_NAME;
    bool resource = part->kind >= REF_RESOURCE_ID && part->kind <= REF_RESOURCE_CONTACT;
    return of == NEED_INDUSTRY ? label : resource;
}

static bool wording_reads(const struct wording *wording, enum need of)
{
    for (size_t i = 0; wording && i < wording->part_count; i++)
        if (part_reads(&wording->parts[i], of))
            return true;
    return false;
}

static bool text_reads(const struct text *text, enum need of)
{
    for (size_t lang = 0; text && lang < FLOW_LANGS_MAX; lang++)
        for (size_t i = 0; i < VARIANT_COUNT; i++)
            if (wording_reads(text->variants[lang][i], of))
                return true;
    return false;
}

static bool guard_reads(const struct guard *guard, enum need of)
{
    return guard && ((guard->kind == GUARD_HAVE && part_reads(&guard->have, of)) || guard_reads(guard->left, of) ||
                     guard_reads(guard->right, of));
}

static bool assigns_read(struct assigns assigns, enum need of)
{
    for (size_t i = 0; i < assigns.count; i++)
        if (part_reads(&assigns.items[i].value, of))
            return true;
    return false;
}

static bool way_reads(const struct transition *way, enum need of)
{
    return way && (guard_reads(way->when, of) || assigns_read(way->set, of) || text_reads(way->say, of));
}

static bool option_reads(const struct option *option, enum need of)
{
    return guard_reads(option->when, of) || part_reads(&option->value, of) || text_reads(option->title, of) ||
           text_reads(option->description, of);
}

bool load_state_reads(const struct flow_state *state, enum need of)
{
    const struct text *const texts[] = {state->say, state->ask, state->list_button, state->invalid, state->refusal};
    bool reads = assigns_read(state->set, of) || wording_reads(state->raw, of) || way_reads(state->otherwise, of);
    for (size_t i = 0; i < sizeof(texts) / sizeof(texts[0]); i++)
        reads = reads || text_reads(texts[i], of);
    for (size_t i = 0; i < state->retry_count; i++)
        reads = reads || text_reads(state->retry[i], of);
    for (size_t i = 0; i < state->option_count; i++)
        reads = reads || option_reads(&state->options[i], of);
    for (size_t i = 0; i < state->next_count; i++)
        reads = reads || way_reads(&state->next[i], of);
    return reads;
}

bool load_flow_reads(const struct flow *flow, enum need of)
{
    bool reads = false;
    for (size_t i = 0; i < PHRASE_COUNT; i++)
        reads = reads || text_reads(flow->phrases[i], of);
    for (size_t i = 0; i < flow->alert_count; i++)
        reads = reads || text_reads(flow->alerts[i].say, of);
    for (size_t i = 0; i < flow->timer_count; i++)
        reads = reads || guard_reads(flow->timers[i].when, of) || text_reads(flow->timers[i].say, of);
    return reads;
}
