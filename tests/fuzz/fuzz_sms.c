/* The text layer: pages hold all of the text but the blanks between them and never exceed their size; rendering never
 * costs a segment, and what is rendered stays; segments are as many as measured, hold the whole text, and fit. */
#include <assert.h>
#include <string.h>

#include "base/sms_split.h"
#include "base/utf8.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static struct sms_policy policy_of(uint8_t how)
{
    return (struct sms_policy){
        .manner = (enum sms_manner)(how % 3),
        .spanish_shift = how & 4,
        .wide_reference = how & 8,
        .segments_max = how >> 5,
    };
}

static void check_measure(struct slice text, const struct sms_policy *policy)
{
    struct sms_size s = sms_measure_as(text, policy);
    size_t part = sms_capacity(s.encoding, true, policy->wide_reference);
    if (s.units <= sms_capacity(s.encoding, false, policy->wide_reference))
        assert(s.segments == 1);
    else /* a part may stay one unit short, where a pair did not fit */
        assert(s.segments * part >= s.units && (s.segments - 1) * (part - 1) < s.units);
}

static void check_render(struct slice text, const struct sms_policy *policy)
{
    struct buf out, again;
    struct sms_size before = sms_measure_as(text, policy), promised = sms_measure_rendered(text, policy);
    buf_init(&out, SIZE_MAX);
    buf_init(&again, SIZE_MAX);
    sms_render(text, policy, &out);
    sms_render(buf_slice(&out), policy, &again);
    struct sms_size after = sms_measure_as(buf_slice(&out), policy);
    assert(out.error == OK);
    assert(after.segments <= before.segments && after.segments == promised.segments);
    if (before.encoding == SMS_GSM7 || policy->manner == SMS_EXACT ||
        (after.encoding == SMS_UCS2 && !policy->spanish_shift))
        assert(slice_eq(buf_slice(&out), text));
    if (policy->manner == SMS_PLAIN && after.encoding != SMS_GSM7)
        assert(slice_eq(buf_slice(&out), text));
    assert(slice_eq(buf_slice(&again), buf_slice(&out)));
    buf_release(&out);
    buf_release(&again);
}

/* The radio carries 140 octets: the header, and septets packed from the next septet's border on. */
static void check_fits(const struct sms_split *split, const struct sms_segment *segment)
{
    size_t body = segment->len - segment->header_len;
    assert(segment->len <= SMS_OCTETS_MAX && segment->header_len <= SMS_HEADER_MAX);
    assert(!segment->header_len || segment->octets[0] == segment->header_len - 1);
    if (split->encoding == SMS_UCS2)
        assert(segment->len <= 140);
    else
        assert((segment->header_len * 8 + 6) / 7 + body <= 160);
}

static void check_split(struct slice text, const struct sms_policy *policy)
{
    struct sms_split split;
    struct sms_segment segment;
    struct sms_size size = sms_measure_as(text, policy);
    size_t at = 0, octets = 0;
    unsigned number = 0;
    enum error error = sms_split_begin(&split, text, policy, 0xABCDE);
    assert((error == OK) == (size.segments <= SMS_SEGMENTS_MAX));
    if (error)
        return;
    assert(split.encoding == size.encoding && split.total == size.segments);
    while (sms_split_next(&split, &segment)) {
        assert(segment.text.ptr == text.ptr + at && segment.number == ++number);
        assert(number == 1 || segment.text.len > 0);
        check_fits(&split, &segment);
        at += segment.text.len;
        octets += segment.len - segment.header_len;
    }
    assert(number == split.total && at == text.len);
    assert(octets == size.units * (size.encoding == SMS_UCS2 ? 2 : 1));
}

static void check_blanks(const char **at, const char *end)
{
    for (; *at < end; ++*at)
        assert(strchr(" \t\r\n", **at) && **at);
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
        check_blanks(&end, page.ptr);
        end = page.ptr + page.len;
    }
    check_blanks(&end, text.ptr + text.len);
    assert(rest.len == 0);
}

static void check_messages(struct slice text, const struct sms_policy *policy)
{
    struct slice rest = text, message;
    const char *end = text.ptr;
    size_t most = policy->segments_max ? policy->segments_max : SMS_SEGMENTS_BUDGET;
    while (sms_message(&rest, policy, &message)) {
        assert(message.len > 0 && sms_measure_rendered(message, policy).segments <= most);
        check_blanks(&end, message.ptr);
        end = message.ptr + message.len;
    }
    check_blanks(&end, text.ptr + text.len);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    if (size < 2)
        return 0;
    struct slice text = {(const char *)data + 2, size - 2};
    struct sms_policy policy = policy_of(data[1]);
    check_measure(text, &policy);
    check_render(text, &policy);
    check_split(text, &policy);
    check_pages(text, data[0]);
    check_messages(text, &policy);
    return 0;
}
