#include "gateway/keys.h"

#include <string.h>

#define DAY_MS (24 * 3600 * UINT64_C(1000))

unsigned shard_of(struct slice contact)
{
    return slice_hash(contact) % SHARDS;
}

struct slice key_write(char out[KEY_MAX], unsigned shard, const char *kind, struct slice name)
{
    char number[SLICE_DECIMAL_SIZE], *to = out;
    slice_pack(&to, SLICE("ck:{s"));
    slice_pack(&to, slice_decimal(shard, number));
    slice_pack(&to, SLICE("}:"));
    slice_pack(&to, slice_of(kind));
    if (name.len) {
        *to++ = ':';
        slice_pack(&to, slice_part(name, 0, (size_t)(out + KEY_MAX - 1 - to)));
    }
    *to = '\0';
    return (struct slice){out, (size_t)(to - out)};
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
