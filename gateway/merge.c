#include "gateway/merge.h"

#include "dialog/merged.h"

#define TEXT_MAX FACTS_BYTES_MAX

static const struct origin *find(const struct facts *facts, struct slice slot)
{
    for (size_t i = 0; i < facts->count; i++)
        if (slice_eq(facts->list[i].slot, slot))
            return &facts->list[i];
    return NULL;
}

static struct merged_fact as_merged(const struct origin *fact)
{
    return (struct merged_fact){.slot = fact->slot,
                                .value = fact->value,
                                .raw = fact->raw,
                                .confidence = fact->confidence,
                                .at_ms = fact->at_ms,
                                .rule = fact->rule,
                                .message_id = fact->message_id};
}

/* Tells whether the conversation would take a fact as it is. */
static bool can_take(const struct flow *flow, const struct origin *fact, int64_t now_ms)
{
    const struct merged_fact merged = as_merged(fact);
    char value[DIALOG_ACTIVITY];
    return merged_can_put(&merged) && dialog_read_fact(flow, fact->slot, fact->value, now_ms, value) == OK &&
           slice_is(fact->value, value);
}

void merge_plan(const struct flow *flow, const struct facts *into, const struct facts *from, int64_t now_ms,
                struct merge_plan *out)
{
    out->taken_count = out->older_count = out->left_count = 0;
    for (size_t i = 0; i < from->count; i++) {
        const struct origin *fact = &from->list[i], *known = find(into, fact->slot);
        if (!can_take(flow, fact, now_ms))
            out->left[out->left_count++] = fact;
        else if (known && slice_eq(known->value, fact->value))
            continue;
        else if (known && known->at_ms >= fact->at_ms)
            out->older[out->older_count++] = fact;
        else
            out->taken[out->taken_count++] = (struct merge_taken){fact, known};
    }
}

enum error merge_text(const struct merge_plan *plan, struct arena *arena, struct slice *out)
{
    struct buf text;
    buf_init(&text, TEXT_MAX);
    for (size_t i = 0; i < plan->taken_count; i++) {
        const struct merged_fact fact = as_merged(plan->taken[i].fact);
        merged_put(&text, &fact);
    }
    *out = text.error ? SLICE_NONE : arena_copy(arena, buf_slice(&text));
    buf_release(&text);
    return out->ptr ? OK : ERR_NOMEM;
}
