/* Any bytes as a script: what is refused has a fault with a place, what is taken is within its limits; and any text,
 * written into a script, reads back as it was but for the characters that YAML has no place for. */
#include <stdlib.h>

#include "base/utf8.h"
#include "gateway/script.h"

static void check(const struct script *script)
{
    if (script->count == 0 || script->count > SCRIPT_CONVERSATIONS_MAX)
        abort();
    for (size_t i = 0; i < script->count; i++) {
        const struct script_conversation *conversation = &script->conversations[i];
        if (!conversation->name.len || !conversation->step_count || conversation->step_count > SCRIPT_STEPS_MAX)
            abort();
        for (size_t j = 0; j < conversation->step_count; j++)
            if (!conversation->steps[j].node || conversation->steps[j].span_ms < 0 ||
                conversation->steps[j].span_ms > SCRIPT_SPAN_MAX_MS)
                abort();
    }
}

/* Characters that are written as a blank: controls of C1, what is no character, NUL; CR, which a block of lines would
 * swallow, is kept by its quotes. */
static bool is_lost(struct slice text)
{
    for (size_t i = 0; i < text.len; i++) {
        unsigned char c = (unsigned char)text.ptr[i], d = i + 1 < text.len ? (unsigned char)text.ptr[i + 1] : 0;
        if (c == '\0' || (c == 0xC2 && d < 0xA0) || (c == 0xEF && d == 0xBF) || (c == 0xEF && d == 0xBB) ||
            (c == 0xE2 && d == 0x80))
            return true;
    }
    return false;
}

static void check_text(struct slice text)
{
    struct arena *arena = arena_new(1 << 26);
    struct script script;
    struct faults faults;
    struct buf yaml;
    faults_init(&faults);
    buf_init(&yaml, 1 << 24);
    buf_adds(&yaml, "flow_test: 1\nconversations:\n  - name: n\n    steps:\n      - say: ");
    script_put_text(&yaml, text, 10);
    buf_adds(&yaml, "\n      - photo: ");
    script_put_text(&yaml, text, 0);
    buf_addc(&yaml, '\n');
    if (script_read("text.yaml", buf_slice(&yaml), arena, &faults, &script) || script.conversations[0].step_count != 2)
        abort();
    for (int i = 0; i < 2 && !is_lost(text); i++)
        if (!slice_eq(script.conversations[0].steps[i].text, text))
            abort();
    buf_release(&yaml);
    faults_release(&faults);
    arena_free(arena);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    struct slice bytes = {(const char *)data, size};
    struct arena *arena = arena_new(1 << 26);
    struct script script;
    struct faults faults;
    faults_init(&faults);
    enum error error = script_read("fuzz.yaml", bytes, arena, &faults, &script);
    if ((error != OK) != (faults.total > 0) || (error != OK && error != ERR_SYNTAX && error != ERR_VALUE))
        abort();
    if (!error)
        check(&script);
    faults_release(&faults);
    arena_free(arena);
    if (utf8_valid(bytes))
        check_text(bytes);
    return 0;
}
