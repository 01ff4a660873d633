#include "gateway/keys.h"

#include <stdio.h>

unsigned shard_of(struct slice contact)
{
    return slice_hash(contact) % SHARDS;
}

struct slice key_write(char out[KEY_MAX], unsigned shard, const char *kind, struct slice name)
{
    int len = snprintf(out, KEY_MAX, "ck:{s%u}:%s%s%.*s", shard, kind, name.len ? ":" : "", (int)name.len,
                       name.len ? name.ptr : "");
    if (len < 0)
        len = 0;
    return (struct slice){out, (size_t)len < KEY_MAX ? (size_t)len : KEY_MAX - 1};
}
