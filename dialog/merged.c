#include "dialog/merged.h"

#define FACT_END '\x1e'
#define PART_END '\x1f'
#define CERTAINTY 10000

static bool is_plain(struct slice text)
{
    return slice_find(text, FACT_END) == text.len && slice_find(text, PART_END) == text.len;
}

bool merged_can_put(const struct merged_fact *fact)
{
    return fact->slot.len && is_plain(fact->slot) && is_plain(fact->value) && is_plain(fact->rule) &&
           is_plain(fact->message_id) && is_plain(fact->raw);
}

void merged_put(struct buf *out, const struct merged_fact *fact)
{
    if (out->len)
        buf_addc(out, FACT_END);
    buf_addslice(out, fact->slot);
    buf_addc(out, PART_END);
    buf_addslice(out, fact->value);
    buf_addc(out, PART_END);
    buf_addi(out, (int64_t)(fact->confidence * CERTAINTY + 0.5));
    buf_addc(out, PART_END);
    buf_addi(out, fact->at_ms);
    buf_addc(out, PART_END);
    buf_addslice(out, fact->rule);
    buf_addc(out, PART_END);
    buf_addslice(out, fact->message_id);
    buf_addc(out, PART_END);
    buf_addslice(out, fact->raw);
}

static bool read_fact(struct slice rest, struct merged_fact *out)
{
    struct slice certainty, at;
    uint64_t number, ms;
    if (!slice_cut(&rest, PART_END, &out->slot) || !slice_cut(&rest, PART_END, &out->value) ||
        !slice_cut(&rest, PART_END, &certainty) || !slice_cut(&rest, PART_END, &at) ||
        !slice_cut(&rest, PART_END, &out->rule) || !slice_cut(&rest, PART_END, &out->message_id) ||
        !slice_cut(&rest, PART_END, &out->raw) || rest.ptr || !out->slot.len ||
        !slice_u64(certainty, CERTAINTY, &number) || !slice_u64(at, INT64_MAX, &ms))
        return false;
    out->confidence = (double)number / CERTAINTY;
    out->at_ms = (int64_t)ms;
    return true;
}

bool merged_cut(struct slice *rest, struct merged_fact *out)
{
    struct slice fact;
    while (slice_cut(rest, FACT_END, &fact))
        if (read_fact(fact, out))
            return true;
    return false;
}

bool merged_find(struct slice text, struct slice slot, struct merged_fact *out)
{
    struct merged_fact fact;
    bool found = false;
    while (merged_cut(&text, &fact)) {
        if (slice_eq(fact.slot, slot)) {
            *out = fact;
            found = true;
        }
    }
    return found;
}
