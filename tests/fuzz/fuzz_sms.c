/* The text layer: pages hold all of the text but the blanks between them and never exceed their size; making a text
 * plain never costs a segment, and changes nothing where it would not make it GSM-7. */
#include <assert.h>
#include <string.h>

#include "base/sms.h"
#include "base/utf8.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void check_measure(struct slice text)
{
    struct sms_size s = sms_measure(text);
    size_t part = s.encoding == SMS_GSM7 ? SMS_GSM7_PART : SMS_UCS2_PART;
    size_t single = s.encoding == SMS_GSM7 ? SMS_GSM7_SINGLE : SMS_UCS2_SINGLE;
    if (s.units <= single)
        assert(s.segments == 1);
    else /* a part may stay one unit short, where a pair did not fit */
        assert(s.segments * part >= s.units && (s.segments - 1) * (part - 1) < s.units);
}

static void check_transliterate(struct slice text)
{
    struct buf out, again;
    struct sms_size before = sms_measure(text);
    buf_init(&out, SIZE_MAX);
    buf_init(&again, SIZE_MAX);
    sms_transliterate(text, &out);
    sms_transliterate(buf_slice(&out), &again);
    struct sms_size after = sms_measure(buf_slice(&out));
    assert(out.error == OK);
    assert(after.segments <= before.segments);
    if (before.encoding == SMS_GSM7 || after.encoding == SMS_UCS2)
        assert(slice_eq(buf_slice(&out), text));
    assert(slice_eq(buf_slice(&again), buf_slice(&out)));
    buf_release(&out);
    buf_release(&again);
}

static void check_pages(struct slice text, size_t max)
{
    struct slice rest = text, page;
    const char *end = text.ptr;
    bool is_valid = utf8_valid(text);
    while (sms_page(&rest, max, &page)) {
        assert(page.len > 0);
        assert(sms_measure(page).units <= max || utf8_count(page) == 1);
        assert(!is_valid || utf8_valid(page));
        for (; end < page.ptr; end++)
            assert(strchr(" \t\r\n", *end) && *end);
        assert(end == page.ptr);
        end = page.ptr + page.len;
    }
    for (; end < text.ptr + text.len; end++)
        assert(strchr(" \t\r\n", *end) && *end);
    assert(rest.len == 0);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    if (size == 0)
        return 0;
    struct slice text = {(const char *)data + 1, size - 1};
    check_measure(text);
    check_transliterate(text);
    check_pages(text, data[0]);
    return 0;
}
