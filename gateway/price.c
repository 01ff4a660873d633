#include "gateway/price.h"

static const char *const settings[PRICE_KINDS] = {
    [PRICE_WORDS] = "price", [PRICE_UTILITY] = "price_utility", [PRICE_MARKETING] = "price_marketing"};

void price_read(const struct channel *channel, struct price_table *out)
{
    struct slice rest = slice_of(channel_setting(channel, "price_by_prefix"));
    out->prefix_count = 0;
    for (int kind = 0; kind < PRICE_KINDS; kind++)
        if (!price_value(slice_of(channel_setting(channel, settings[kind])), &out->each[kind]))
            out->each[kind] = PRICE_UNKNOWN;
    while (out->prefix_count < PRICE_PREFIXES_MAX) {
        struct price_prefix *next = &out->prefixes[out->prefix_count];
        if (!price_next(&rest, &next->prefix, &next->price))
            return;
        out->prefix_count++;
    }
}

int64_t price_of(const struct price_table *table, struct slice number, enum price_kind kind, unsigned segments)
{
    int64_t each = table->each[kind];
    size_t longest = 0;
    for (size_t i = 0; kind == PRICE_WORDS && i < table->prefix_count; i++) {
        const struct price_prefix *row = &table->prefixes[i];
        if (row->prefix.len > longest && slice_eq(slice_part(number, 0, row->prefix.len), row->prefix)) {
            each = row->price;
            longest = row->prefix.len;
        }
    }
    return each == PRICE_UNKNOWN ? PRICE_UNKNOWN : each * (int64_t)segments;
}

bool price_kind_named(struct slice name, enum price_kind *out)
{
    if (!slice_is(name, "utility") && !slice_is(name, "marketing"))
        return false;
    *out = slice_is(name, "utility") ? PRICE_UTILITY : PRICE_MARKETING;
    return true;
}
