/* facts: prints a record of facts (standard input) as one JSON object, slot by slot, for the tests. */
#include <stdio.h>
#include <stdlib.h>

#include "base/json.h"
#include "gateway/facts.h"

static void put(struct buf *out, const char *name, struct slice value)
{
    json_put_name(out, name);
    json_put_string(out, value);
}

int main(void)
{
    static char bytes[FACTS_BYTES_MAX];
    struct arena *arena = arena_new(1024 * 1024);
    struct facts facts;
    struct buf out;
    size_t len = fread(bytes, 1, sizeof(bytes), stdin);
    if (!arena || facts_read((struct slice){bytes, len}, arena, &facts))
        return EXIT_FAILURE;
    buf_init(&out, 1024 * 1024);
    buf_addc(&out, '{');
    for (size_t i = 0; i < facts.count; i++) {
        const struct origin *fact = &facts.list[i];
        buf_addc(&out, i ? ',' : ' ');
        json_put_string(&out, fact->slot);
        buf_adds(&out, ":{");
        put(&out, "value", fact->value);
        put(&out, "raw", fact->raw);
        put(&out, "rule", fact->rule);
        put(&out, "message_id", fact->message_id);
        buf_addf(&out, ",\"confidence\":%.4f,\"at\":%lld}", fact->confidence, (long long)fact->at_ms);
    }
    buf_addc(&out, '}');
    puts(buf_text(&out));
    arena_free(arena);
    buf_release(&out);
    return EXIT_SUCCESS;
}
