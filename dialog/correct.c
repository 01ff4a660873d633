/* Setting a fact right from outside the conversation. */
#include <string.h>

#include "dialog/dialog.h"
#include "dialog/flow.h"
#include "dialog/state.h"
#include "dialog/value.h"

static bool is_consent(const struct flow *flow, int slot)
{
    for (size_t i = 0; i < flow->state_count; i++)
        if (flow->states[i].slot == slot && flow->states[i].consent.len)
            return true;
    return false;
}

/* Tells whether a slot whose values have names has this one among them. */
static bool is_named(const struct slot *slot, struct slice value)
{
    for (size_t i = 0; i < slot->name_count; i++)
        if (slice_eq(slot->names[i].value, value))
            return true;
    return slot->type != TYPE_TEXT || slot->name_count == 0;
}

static bool is_allowed(const struct slot *slot, struct slice value)
{
    double number;
    if (!value_valid(slot->type, value) || value_lacks_period(value) || !is_named(slot, value))
        return false;
    return !value_number(slot->type, value, &number) ||
           ((!slot->has_min || number >= slot->min) && (!slot->has_max || number <= slot->max));
}

enum error dialog_read_fact(const struct flow *flow, struct slice slot, struct slice words, int64_t now_ms,
                            char out[DIALOG_ACTIVITY])
{
    int index = flow_slot_index(flow, slot);
    const struct slot *named = index == FLOW_NONE ? NULL : &flow->slots[index];
    struct recognised found;
    struct lexed lexed;
    struct said said;
    if (!named || named->transient)
        return ERR_NOT_FOUND;
    if (is_consent(flow, index))
        return ERR_REFUSED;
    words = slice_trim(words);
    if (words.len >= DIALOG_ACTIVITY)
        return ERR_VALUE;
    if (is_allowed(named, words)) {
        state_keep(words, out, DIALOG_ACTIVITY);
        return OK;
    }
    recognise_lex(flow_lexicon(flow, flow->langs[0]), words, &lexed, &said);
    if (!words.len || named->type == TYPE_TEXT || named->type == TYPE_CHOICE ||
        recognise_said(named->type, SLICE_NONE, &said, now_ms, &found) != OK || found.confidence < RECOGNISE_SURE ||
        !is_allowed(named, slice_of(found.value)))
        return ERR_VALUE;
    state_keep(slice_of(found.value), out, DIALOG_ACTIVITY);
    return OK;
}
