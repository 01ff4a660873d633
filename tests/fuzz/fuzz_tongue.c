/* A language's file: any bytes either make a language that says every value, or give at least one fault. */
#include <assert.h>

#include "dialog/value.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    static const struct {
        enum slot_type type;
        const char *value;
    } said[] = {{TYPE_MONEY, "500..800/week"}, {TYPE_TENURE, "30"}, {TYPE_TENURE, "-1"}, {TYPE_GOAL, "debts"},
                {TYPE_WORKERS, "2..5"},        {TYPE_YESNO, "yes"}, {TYPE_RUC, "no"},    {TYPE_TREND, "UNKNOWN"}};
    struct faults faults;
    struct tongue tongue;
    struct arena *arena = arena_new(1 << 24);
    assert(arena);
    faults_init(&faults);
    enum error error = tongue_read("x.yaml", "en", (struct slice){(const char *)data, size}, arena, &faults, &tongue);
    assert((error == OK) == (faults.total == 0) || error == ERR_NOMEM);
    for (size_t i = 0; !error && i < sizeof(said) / sizeof(said[0]); i++) {
        struct buf out;
        buf_init(&out, 4096);
        value_speak(&tongue, said[i].type, slice_of(said[i].value), &out);
        assert(out.error == OK && out.len > 0 && value_spoken_max(&tongue, said[i].type) * 4 >= out.len);
        buf_release(&out);
    }
    faults_release(&faults);
    arena_free(arena);
    return 0;
}
