/* Text from outside: whatever the bytes, cleaning and folding give valid UTF-8, and doing it twice changes nothing. */
#include <assert.h>
#include <string.h>

#include "base/mem.h"
#include "base/utf8.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void check_walk(struct slice text)
{
    struct slice rest = text;
    uint32_t code_point;
    size_t count = 0;
    bool valid = true;
    while (rest.len > 0) {
        char bytes[4];
        struct slice before = rest;
        assert(utf8_next(&rest, &code_point));
        size_t width = before.len - rest.len;
        struct slice written = {bytes, utf8_encode(code_point, bytes)};
        if (!slice_eq(written, slice_part(before, 0, width))) {
            assert(code_point == UTF8_REPLACEMENT && width == 1);
            valid = false;
        }
        count++;
    }
    assert(utf8_valid(text) == valid);
    assert(utf8_count(text) == count);
    assert(utf8_prefix(text, count).len == text.len);
    if (count > 0)
        assert(utf8_count(utf8_prefix(text, count - 1)) == count - 1);
}

static void check_clean(struct slice text)
{
    struct buf once, twice;
    buf_init(&once, SIZE_MAX);
    buf_init(&twice, SIZE_MAX);
    utf8_clean(text, &once);
    utf8_clean(buf_slice(&once), &twice);
    assert(once.error == OK && utf8_valid(buf_slice(&once)));
    assert(slice_eq(buf_slice(&once), buf_slice(&twice)) || slice_starts(buf_slice(&once), "\xEF\xBB\xBF"));
    buf_release(&once);
    buf_release(&twice);
}

/* Folding into less room gives the start of what more room holds, but for a blank that would end it. */
static void check_fold(struct slice text, size_t size)
{
    size_t most = 34 * text.len + 1; /* U+FDFA: 3 bytes become 33 */
    char *whole = mem_alloc(most), *part = mem_alloc(size), *again = mem_alloc(most);
    assert(whole && part && again);
    struct slice all = {whole, utf8_fold(text, whole, most)};
    struct slice cut = {part, utf8_fold(text, part, size)};
    assert(utf8_valid(all) && utf8_valid(cut));
    assert(all.len < most && cut.len < size && whole[all.len] == '\0' && part[cut.len] == '\0');
    assert(slice_starts(all, part) && (cut.len == all.len || cut.len + 5 >= size));
    assert(!memmem(whole, all.len, "  ", 2));
    assert(all.len == 0 || (whole[0] != ' ' && whole[all.len - 1] != ' '));
    assert(utf8_fold(all, again, most) == all.len && strcmp(again, whole) == 0);
    mem_free(whole);
    mem_free(part);
    mem_free(again);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    if (size == 0)
        return 0;
    struct slice text = {(const char *)data + 1, size - 1};
    check_walk(text);
    check_clean(text);
    check_fold(text, data[0] + 1u);
    return 0;
}
