#include "tests/unit/unit.h"

#include <string.h>

#include "base/sms_split.h"
#include "base/utf8.h"

#define GRIN "\U0001F600"
#define FLAG "\U0001F1F5\U0001F1EA"

static const struct sms_policy plain = {0}, wide = {.wide_reference = true}, shift = {.spanish_shift = true},
                               wide_shift = {.spanish_shift = true, .wide_reference = true};

static void hex_of(const uint8_t *octets, size_t len, struct buf *out)
{
    for (size_t i = 0; i < len; i++)
        buf_addf(out, "%02x", octets[i]);
}

/* The second row's septets are those of providers.md part 10.4, the others were worked out by hand. */
static void short_texts_are_one_segment(void **state)
{
    static const struct {
        const char *text;
        const struct sms_policy *policy;
        const char *octets;
    } rows[] = {
        {"hellohello", &plain, "68656c6c6f68656c6c6f"},
        {"¿Año nuevo? 5€", &plain, "60417d6f206e7565766f3f20351b65"},
        {"", &plain, ""},
        {"@$_", &wide, "000211"},
        {"Perú", &plain, "00500065007200fa"},
        {"Perú", &shift, "00500065007200fa"},
        {"a" GRIN, &plain, "0061d83dde00"},
        {"a\xFFz", &plain, "0061fffd007a"},
        {"\xED\xA0\xBD", &plain, "fffdfffdfffd"},
    };
    (void)state;
    for (size_t i = 0; i < COUNT(rows); i++) {
        struct sms_split split;
        struct sms_segment segment;
        struct buf out;
        buf_init(&out, 1000);
        assert_int_equal(sms_split_begin(&split, slice_of(rows[i].text), rows[i].policy, 7), OK);
        assert_int_equal(split.total, 1);
        assert_true(sms_split_next(&split, &segment));
        assert_int_equal(segment.number, 1);
        assert_int_equal(segment.header_len, 0);
        hex_of(segment.octets, segment.len, &out);
        assert_string_equal(buf_text(&out), rows[i].octets);
        assert_false(sms_split_next(&split, &segment));
        buf_release(&out);
    }
}

static void build(const char *piece, int times, const char *then, int then_times, struct buf *out)
{
    buf_init(out, 100000);
    for (int i = 0; i < times; i++)
        buf_adds(out, piece);
    for (int i = 0; i < then_times; i++)
        buf_adds(out, then);
}

static void headers_name_reference_place_and_shift(void **state)
{
    static const struct {
        const char *name, *piece;
        int times;
        const char *then;
        int then_times;
        const struct sms_policy *policy;
        unsigned reference;
        enum sms_encoding encoding;
        const char *headers; /* of each segment, separated by blanks; "-" none */
    } rows[] = {
        {"8 bits", "a", 161, "", 0, &plain, 0x1A7, SMS_GSM7, "050003a70201 050003a70202"},
        {"16 bits", "a", 305, "", 0, &wide, 0x1A7, SMS_GSM7, "06080401a70301 06080401a70302 06080401a70303"},
        {"16 bits, taken modulo", "a", 161, "", 0, &wide, 0x5FFFF, SMS_GSM7, "060804ffff0201 060804ffff0202"},
        {"UCS-2", "ó", 71, "", 0, &plain, 1, SMS_UCS2, "050003010201 050003010202"},
        {"70 ó do not need the shift", "ó", 70, "", 0, &shift, 1, SMS_UCS2, "-"},
        {"71 ó are one with the shift", "ó", 71, "", 0, &shift, 1, SMS_GSM7_ES, "03240102"},
        {"one ó in 155 septets", "a", 153, "ó", 1, &shift, 1, SMS_GSM7_ES, "03240102"},
        {"one ó in 156", "a", 154, "ó", 1, &shift, 9, SMS_GSM7_ES, "080003090201240102 080003090202240102"},
        {"the same, wide", "a", 154, "ó", 1, &wide_shift, 9, SMS_GSM7_ES, "09080400090201240102 09080400090202240102"},
        {"the shift is not for GSM-7", "a", 161, "", 0, &shift, 9, SMS_GSM7, "050003090201 050003090202"},
    };
    (void)state;
    for (size_t i = 0; i < COUNT(rows); i++) {
        struct sms_split split;
        struct sms_segment segment;
        struct buf text, out;
        build(rows[i].piece, rows[i].times, rows[i].then, rows[i].then_times, &text);
        buf_init(&out, 1000);
        assert_int_equal(sms_split_begin(&split, buf_slice(&text), rows[i].policy, rows[i].reference), OK);
        assert_int_equal(split.encoding, rows[i].encoding);
        while (sms_split_next(&split, &segment)) {
            buf_adds(&out, segment.number > 1 ? " " : "");
            hex_of(segment.octets, segment.header_len, &out);
            buf_adds(&out, segment.header_len ? "" : "-");
        }
        if (strcmp(buf_text(&out), rows[i].headers) != 0)
            fail_msg("%s: %s", rows[i].name, buf_text(&out));
        buf_release(&text);
        buf_release(&out);
    }
}

static void cuts_are_where_they_cost_nothing(void **state)
{
    static const struct {
        const char *name, *piece;
        int times;
        const char *then;
        int then_times;
        const struct sms_policy *policy;
        size_t bytes[4]; /* of each segment; 0 ends */
    } rows[] = {
        {"between words", "palabra ", 30, "", 0, &plain, {152, 88}},
        {"in a word where that would cost one more", "a", 100, "b", 206, &plain, {153, 153}},
        {"as late as the rest allows", "aaaaaaaaa ", 30, "", 0, &plain, {150, 150}},
        {"only as many as there is room for", "aaaaaaaaa ", 30, "b", 6, &plain, {153, 153}},
        {"before a blank too", "a", 153, " b", 20, &plain, {153, 40}},
        {"a pair goes whole to the next", "a", 152, "€", 10, &plain, {152, 30}},
        {"never in a surrogate pair", "ó", 66, GRIN, 5, &plain, {132, 20}},
        {"not in a flag where that costs nothing", "ó", 65, FLAG, 2, &plain, {130, 16}},
        {"in a flag where it would cost", "ó", 65, FLAG, 17, &plain, {134, 132}},
        {"not between a letter and its mark", "ó", 66, "e\xCC\x81", 3, &plain, {132, 9}},
        {"wide references leave a unit less", "a", 305, "", 0, &wide, {152, 152, 1}},
        {"of the shift's 149", "ó", 30, "a", 200, &shift, {149, 111}},
    };
    (void)state;
    for (size_t i = 0; i < COUNT(rows); i++) {
        struct sms_split split;
        struct sms_segment segment;
        struct buf text;
        size_t n = 0;
        build(rows[i].piece, rows[i].times, rows[i].then, rows[i].then_times, &text);
        assert_int_equal(sms_split_begin(&split, buf_slice(&text), rows[i].policy, 0), OK);
        for (; sms_split_next(&split, &segment); n++)
            if (n >= 4 || segment.text.len != rows[i].bytes[n])
                fail_msg("%s: segment %zu of %u has %zu bytes", rows[i].name, n + 1, split.total, segment.text.len);
        assert_true(n == 4 || rows[i].bytes[n] == 0);
        buf_release(&text);
    }
}

static void no_more_segments_than_can_be_numbered(void **state)
{
    struct sms_split split;
    struct sms_segment segment;
    struct buf text;
    (void)state;
    build("a", 255 * 153, "", 0, &text);
    assert_int_equal(sms_split_begin(&split, buf_slice(&text), &plain, 0), OK);
    for (unsigned n = 1; n <= 255; n++) {
        assert_true(sms_split_next(&split, &segment));
        assert_int_equal(segment.len, 6 + 153);
        assert_int_equal(segment.octets[5], n);
    }
    assert_false(sms_split_next(&split, &segment));
    assert_int_equal(sms_split_begin(&split, buf_slice(&text), &wide, 0), ERR_LIMIT);
    buf_addc(&text, 'a');
    assert_int_equal(sms_split_begin(&split, buf_slice(&text), &plain, 0), ERR_LIMIT);
    buf_release(&text);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(short_texts_are_one_segment),
        cmocka_unit_test(headers_name_reference_place_and_shift),
        cmocka_unit_test(cuts_are_where_they_cost_nothing),
        cmocka_unit_test(no_more_segments_than_can_be_numbered),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
