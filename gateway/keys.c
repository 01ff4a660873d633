#include "gateway/keys.h"

#include <string.h>

#define DAY_MS (24 * 3600 * UINT64_C(1000))

unsigned shard_of(struct slice contact)
{
    return slice_hash(contact) % SHARDS;
}

struct slice key_write(char out[KEY_MAX], unsigned shard, const char *kind, struct slice name)
{
    char number[SLICE_DECIMAL_SIZE];
    const struct slice parts[] = {SLICE("ck:{s"), slice_decimal(shard, number),       SLICE("}:"),
                                  slice_of(kind), name.len ? SLICE(":") : SLICE_NONE, name};
    size_t len = 0;
    for (size_t i = 0; i < sizeof(parts) / sizeof(parts[0]); i++) {
        struct slice part = slice_part(parts[i], 0, KEY_MAX - 1 - len);
        if (part.len)
            memcpy(out + len, part.ptr, part.len);
        len += part.len;
    }
    out[len] = '\0';
    return (struct slice){out, len};
}

uint64_t key_day(struct slice id)
{
    struct slice ms;
    uint64_t number;
    return slice_cut(&id, '-', &ms) && slice_u64(ms, UINT64_MAX / 10 - 1, &number) ? number / DAY_MS : 0;
}

struct slice key_sends(char out[KEY_MAX], unsigned shard, struct slice id)
{
    char day[SLICE_DECIMAL_SIZE];
    return key_write(out, shard, "sends", slice_decimal((int64_t)key_day(id), day));
}
