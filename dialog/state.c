#include "dialog/state.h"

#include <string.h>

#define HISTORY_MAX (sizeof(((struct state *)0)->history) / DIALOG_NAME)

void state_init(struct state *state)
{
    memset(state, 0, offsetof(struct state, doubt));
    state_forget_doubt(state);
    state->pending[0] = '\0';
}

void state_keep(struct slice text, char *out, size_t size)
{
    size_t len = text.len < size ? text.len : size - 1;
    while (len < text.len && len > 0 && ((unsigned char)text.ptr[len] & 0xC0) == 0x80)
        len--;
    if (len)
        memmove(out, text.ptr, len);
    out[len] = '\0';
}

struct fact *state_fact_named(struct state *state, const char *slot)
{
    for (size_t i = 0; i < state->fact_count; i++)
        if (state->facts[i].slot[0] == slot[0] && strcmp(state->facts[i].slot, slot) == 0)
            return &state->facts[i];
    return NULL;
}

struct slice state_fact(const struct state *state, const char *slot)
{
    for (size_t i = 0; i < state->fact_count; i++)
        if (state->facts[i].slot[0] == slot[0] && strcmp(state->facts[i].slot, slot) == 0)
            return slice_of(state->facts[i].value);
    return SLICE_NONE;
}

/* Notes that an entry of a list is changed. */
static void touch(struct state_kept *kept, size_t entry)
{
    if (entry < kept->count)
        kept->count = 0;
}

bool state_set_fact(struct state *state, const char *slot, struct slice value, double confidence)
{
    struct fact *fact = state_fact_named(state, slot);
    if (!fact) {
        if (state->fact_count == DIALOG_SLOTS_MAX)
            return false;
        fact = &state->facts[state->fact_count++];
        state_keep(slice_of(slot), fact->slot, sizeof(fact->slot));
    }
    touch(&state->kept_facts, (size_t)(fact - state->facts));
    state_keep(value, fact->value, sizeof(fact->value));
    fact->confidence = confidence;
    fact->staffs = false;
    return true;
}

bool state_forget_fact(struct state *state, const char *slot)
{
    struct fact *fact = state_fact_named(state, slot);
    if (!fact)
        return false;
    struct fact *last = &state->facts[state->fact_count - 1];
    touch(&state->kept_facts, (size_t)(fact - state->facts));
    memmove(fact, fact + 1, (size_t)(last - fact) * sizeof(*fact));
    state->fact_count--;
    return true;
}

void state_touch_advice(struct state *state)
{
    touch(&state->kept_advice, 0);
}

void state_keep_shown(struct state *state, const char *id)
{
    state_touch_advice(state);
    if (state->shown_count == DIALOG_SHOWN_MAX)
        memmove(state->shown, state->shown + 1, --state->shown_count * sizeof(*state->shown));
    state->shown[state->shown_count++] = (uint16_t)slice_hash(slice_of(id));
}

uint16_t state_resource(const struct state *state, size_t index)
{
    return state->shown[state->shown_count - state->resource_count + index];
}

bool state_lacks_names(const struct state *state)
{
    for (size_t i = 0; i < state->label_count; i++)
        if (!state->labels[i].name[0])
            return true;
    return false;
}

void state_forget_names(struct state *state)
{
    for (size_t i = 0; i < state->label_count; i++) {
        if (!state->labels[i].name[0])
            continue;
        state->labels[i].name[0] = '\0';
        state_touch_advice(state);
    }
}

/* Names the labels that have no name. */
static void remind_of_names(struct state *state, const struct advice *texts)
{
    for (size_t i = 0; i < state->label_count && i < texts->label_count; i++) {
        if (state->labels[i].name[0])
            continue;
        state_keep(slice_of(texts->labels[i].name), state->labels[i].name, ADVICE_KEY);
        state_touch_advice(state);
    }
}

void state_remind(struct state *state, const struct advice *texts, unsigned told)
{
    static const struct advice_resource gone;
    if (told & TELLS_NAMES)
        remind_of_names(state, texts);
    for (size_t i = 0; (told & TELLS_RESOURCES) && i < state->resource_count; i++) {
        struct advice_resource *to = &state->resources[i];
        const struct advice_resource *from = i < texts->resource_count ? &texts->resources[i] : &gone;
        state_keep(slice_of(from->id), to->id, ADVICE_KEY);
        state_keep(slice_of(from->text), to->text, ADVICE_TEXT);
        state_keep(slice_of(from->reason), to->reason, ADVICE_TEXT);
        state_keep(slice_of(from->contact), to->contact, ADVICE_TEXT);
    }
}

void state_push_history(struct state *state, const char *name)
{
    if (state->history_count && strcmp(state->history[state->history_count - 1], name) == 0)
        return;
    if (state->history_count == HISTORY_MAX) {
        touch(&state->kept_history, 0);
        memmove(state->history[0], state->history[1], (HISTORY_MAX - 1) * DIALOG_NAME);
        state->history_count--;
    }
    state_keep(slice_of(name), state->history[state->history_count++], DIALOG_NAME);
}

void state_forget_history(struct state *state)
{
    touch(&state->kept_history, 0);
    state->history_count = 0;
}

bool state_pop_history(struct state *state, char out[DIALOG_NAME])
{
    if (state->history_count == 0)
        return false;
    touch(&state->kept_history, state->history_count - 1);
    memcpy(out, state->history[--state->history_count], DIALOG_NAME);
    return true;
}

struct timer *state_timer(struct state *state, struct slice name)
{
    for (size_t i = 0; i < state->timer_count; i++)
        if (name.len && name.len < DIALOG_NAME && state->timers[i].name[0] == name.ptr[0] &&
            state->timers[i].name[name.len] == '\0' && memcmp(state->timers[i].name, name.ptr, name.len) == 0)
            return &state->timers[i];
    return NULL;
}

struct timer *state_timer_named(struct state *state, const char *name)
{
    for (size_t i = 0; i < state->timer_count; i++)
        if (state_same_name(state->timers[i].name, name))
            return &state->timers[i];
    return NULL;
}

struct timer *state_add_timer(struct state *state, const char *name)
{
    struct timer *timer = state_timer(state, slice_of(name));
    if (timer || state->timer_count == DIALOG_TIMERS_MAX)
        return timer;
    timer = &state->timers[state->timer_count++];
    *timer = (struct timer){.due_ms = 0};
    state_keep(slice_of(name), timer->name, sizeof(timer->name));
    return timer;
}

void state_drop_timer(struct state *state, struct timer *timer)
{
    struct timer *last = &state->timers[state->timer_count - 1];
    memmove(timer, timer + 1, (size_t)(last - timer) * sizeof(*timer));
    state->timer_count--;
}

bool state_has_more_pages(const struct state *state)
{
    return state->page_to < strlen(state->pending);
}

void state_forget_doubt(struct state *state)
{
    state->doubt.slot[0] = state->doubt.value[0] = state->doubt_raw[0] = '\0';
    state->doubt.confidence = 0;
    state->doubt.staffs = false;
}

void state_forget_pages(struct state *state)
{
    state->pending[0] = '\0';
    state->page_from = state->page_to = 0;
    state->pending_ends = false;
}
