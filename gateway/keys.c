#include "gateway/keys.h"

#include <string.h>

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
