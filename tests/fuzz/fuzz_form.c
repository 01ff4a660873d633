/* Any bytes as a form: decoding never reads outside, and encoding what was decoded gives the same fields
 * again. */
#include <stdlib.h>

#include "base/form.h"

static void encode(const struct form *form, struct buf *out)
{
    for (size_t i = 0; i < form->count; i++) {
        form_encode(form->fields[i].name, out);
        buf_addc(out, '=');
        form_encode(form->fields[i].value, out);
        buf_addc(out, '&');
    }
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    struct arena *arena = arena_new(1 << 24);
    struct form form, again;
    struct buf wire;
    buf_init(&wire, 1 << 24);
    if (form_parse((struct slice){(const char *)data, size}, arena, &form) == OK) {
        encode(&form, &wire);
        if (form_parse(buf_slice(&wire), arena, &again) != OK || again.count != form.count)
            abort();
        for (size_t i = 0; i < form.count; i++)
            if (!slice_eq(form.fields[i].name, again.fields[i].name) ||
                !slice_eq(form.fields[i].value, again.fields[i].value))
                abort();
    }
    buf_release(&wire);
    arena_free(arena);
    return 0;
}
