#include "config/price_value.h"

bool price_value(struct slice text, int64_t *out)
{
    size_t point = slice_find(text, '.');
    struct slice behind = slice_part(text, point + 1, text.len);
    uint64_t whole, parts = 0;
    if (!slice_u64(slice_part(text, 0, point), PRICE_MAX / PRICE_ONE, &whole) || behind.len > 4)
        return false;
    if (point < text.len && !slice_u64(behind, PRICE_ONE, &parts))
        return false;
    for (size_t i = behind.len; i < 4; i++)
        parts *= 10;
    int64_t price = (int64_t)whole * PRICE_ONE + (int64_t)parts;
    if (price > PRICE_MAX)
        return false;
    *out = price;
    return true;
}

static bool is_prefix(struct slice text)
{
    bool good = text.len >= 2 && text.len <= 1 + PRICE_PREFIX_DIGITS && text.ptr[0] == '+' && text.ptr[1] != '0';
    for (size_t i = 1; i < text.len && good; i++)
        good = text.ptr[i] >= '0' && text.ptr[i] <= '9';
    return good;
}

bool price_next(struct slice *rest, struct slice *prefix, int64_t *price)
{
    struct slice after = *rest, item, name;
    if (!rest->len || !slice_cut(&after, ',', &item))
        return false;
    item = slice_trim(item);
    if (!slice_cut(&item, '=', &name) || !item.ptr || !is_prefix(name) || !price_value(item, price) ||
        (after.ptr && !slice_trim(after).len))
        return false;
    *prefix = name;
    *rest = after.ptr ? after : (struct slice){rest->ptr, 0};
    return true;
}

bool price_list(struct slice text)
{
    struct slice rest = text, prefix, seen[PRICE_PREFIXES_MAX];
    int64_t price;
    size_t count = 0;
    while (count < PRICE_PREFIXES_MAX && price_next(&rest, &prefix, &price)) {
        for (size_t i = 0; i < count; i++)
            if (slice_eq(seen[i], prefix))
                return false;
        seen[count++] = prefix;
    }
    return count > 0 && !rest.len;
}
