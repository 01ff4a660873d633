#include "tests/unit/unit.h"

#include <string.h>
#include <utf8proc.h>

#include "base/mem.h"
#include "base/utf8.h"

/* Code points that some text gives, in hex, to compare as one string. */
static const char *code_points(struct slice text, struct buf *out)
{
    uint32_t code_point;
    while (utf8_next(&text, &code_point))
        buf_addf(out, "%s%X", out->len ? " " : "", (unsigned)code_point);
    return buf_text(out);
}

static void next_takes_characters_or_single_bytes(void **state)
{
    static const struct {
        const char *name, *text, *expected;
        bool valid;
    } rows[] = {
        {"empty", "", "", true},
        {"ASCII", "a~", "61 7E", true},
        {"first and last of two bytes", "\xC2\x80\xDF\xBF", "80 7FF", true},
        {"first and last of three", "\xE0\xA0\x80\xEF\xBF\xBF", "800 FFFF", true},
        {"first and last of four", "\xF0\x90\x80\x80\xF4\x8F\xBF\xBF", "10000 10FFFF", true},
        {"around the surrogates", "\xED\x9F\xBF\xEE\x80\x80", "D7FF E000", true},
        {"a real U+FFFD", "\xEF\xBF\xBD", "FFFD", true},
        {"overlong of two", "\xC0\xAF", "FFFD FFFD", false},
        {"overlong of two, C1", "\xC1\xBF", "FFFD FFFD", false},
        {"overlong of three", "\xE0\x9F\xBF", "FFFD FFFD FFFD", false},
        {"overlong of four", "\xF0\x8F\xBF\xBF", "FFFD FFFD FFFD FFFD", false},
        {"a surrogate", "\xED\xA0\xBD", "FFFD FFFD FFFD", false},
        {"above the end", "\xF4\x90\x80\x80", "FFFD FFFD FFFD FFFD", false},
        {"F5 and FF", "\xF5\x80\xFF", "FFFD FFFD FFFD", false},
        {"cut short at the end", "a\xE2\x82", "61 FFFD FFFD", false},
        {"cut short by another",
         "\xE2\x82"
         "a\xC3",
         "FFFD FFFD 61 FFFD", false},
        {"a lone continuation", "\x80z", "FFFD 7A", false},
        {"Latin-1 by mistake", "a\xF1o", "61 FFFD 6F", false},
    };
    (void)state;
    for (size_t i = 0; i < COUNT(rows); i++) {
        struct buf seen;
        buf_init(&seen, 1000);
        if (strcmp(code_points(slice_of(rows[i].text), &seen), rows[i].expected) != 0)
            fail_msg("%s: %s", rows[i].name, buf_text(&seen));
        if (utf8_valid(slice_of(rows[i].text)) != rows[i].valid)
            fail_msg("%s: validity", rows[i].name);
        buf_release(&seen);
    }
}

static void validity_is_seen_at_every_offset(void **state)
{
    char text[33];
    (void)state;
    for (size_t at = 0; at < sizeof(text) - 1; at++) {
        memset(text, 'a', sizeof(text));
        assert_true(utf8_valid((struct slice){text, sizeof(text)}));
        memcpy(text + at, "\xC3\xA1", 2);
        assert_true(utf8_valid((struct slice){text, sizeof(text)}));
        text[at + 1] = 'a';
        assert_false(utf8_valid((struct slice){text, sizeof(text)}));
    }
}

static void every_code_point_is_written_and_read_back(void **state)
{
    (void)state;
    for (uint32_t c = 0; c < 0x110010; c++) {
        char bytes[4];
        uint32_t read;
        struct slice rest = {bytes, utf8_encode(c, bytes)};
        bool exists = c <= 0x10FFFF && (c < 0xD800 || c > 0xDFFF);
        assert_true(utf8_valid(rest));
        assert_true(utf8_next(&rest, &read));
        assert_int_equal(read, exists ? c : UTF8_REPLACEMENT);
        assert_int_equal(rest.len, 0);
    }
}

static void clean_text_is_fit_to_keep(void **state)
{
    static const struct {
        const char *name;
        struct slice text;
        const char *expected;
    } rows[] = {
        {"empty", {"", 0}, ""},
        {"nothing", {NULL, 0}, ""},
        {"plain", SLICE("¿Qué tal? 😀"), "¿Qué tal? 😀"},
        {"tab and line feed stay", SLICE("a\tb\nc"), "a\tb\nc"},
        {"CR LF and CR", SLICE("a\r\nb\rc\r"), "a\nb\nc\n"},
        {"CR CR LF", SLICE("a\r\r\nb"), "a\n\nb"},
        {"NUL, ESC, DEL", SLICE("a\0b\x1B[1mc\x7F"), "ab[1mc"},
        {"C1 controls",
         SLICE("a\xC2\x85"
               "b\xC2\x9F"),
         "ab"},
        {"a leading mark", SLICE("\xEF\xBB\xBFhola"), "hola"},
        {"a mark inside stays", SLICE("ho\xEF\xBB\xBFla"), "ho\xEF\xBB\xBFla"},
        {"Latin-1 by mistake", SLICE("a\xF1o"), "a\xEF\xBF\xBDo"},
        {"cut short", SLICE("sol\xE2\x82"), "sol\xEF\xBF\xBD\xEF\xBF\xBD"},
        {"only dirt", SLICE("\0\x01\x02"), ""},
    };
    (void)state;
    for (size_t i = 0; i < COUNT(rows); i++) {
        struct buf out, again;
        buf_init(&out, 1000);
        buf_init(&again, 1000);
        utf8_clean(rows[i].text, &out);
        if (strcmp(buf_text(&out), rows[i].expected) != 0 || out.error)
            fail_msg("%s: %s", rows[i].name, buf_text(&out));
        utf8_clean(buf_slice(&out), &again);
        assert_true(slice_eq(buf_slice(&out), buf_slice(&again)));
        buf_release(&out);
        buf_release(&again);
    }
}

static void cleaning_without_memory_sticks(void **state)
{
    (void)state;
    for (long n = 0;; n++) {
        struct buf out;
        buf_init(&out, 1000);
        mem_fail_after(n);
        utf8_clean(SLICE("a\rb\rc, y bastante más texto para que el espacio tenga que crecer dos veces, o tres"), &out);
        mem_fail_after(-1);
        enum error error = out.error;
        buf_release(&out);
        if (error == OK)
            break;
        assert_int_equal(error, ERR_NOMEM);
        assert_in_range(n, 0, 10);
    }
}

static void counts_and_cuts_by_code_point(void **state)
{
    static const struct {
        const char *text;
        size_t count, max;
        const char *prefix;
    } rows[] = {
        {"", 0, 5, ""},
        {"año", 3, 2, "añ"},
        {"año", 3, 3, "año"},
        {"año", 3, 9, "año"},
        {"😀a", 2, 1, "😀"},
        {"a\xFF"
         "b",
         3, 2, "a\xFF"},
        {"ñ", 1, 0, ""},
    };
    (void)state;
    for (size_t i = 0; i < COUNT(rows); i++) {
        assert_int_equal(utf8_count(slice_of(rows[i].text)), rows[i].count);
        assert_true(slice_is(utf8_prefix(slice_of(rows[i].text), rows[i].max), rows[i].prefix));
    }
    assert_int_equal(utf8_count(SLICE_NONE), 0);
    assert_int_equal(utf8_prefix(SLICE_NONE, 3).len, 0);
}

static void folded_text_compares(void **state)
{
    static const struct {
        const char *name, *text, *expected;
    } rows[] = {
        {"empty", "", ""},
        {"only blanks", " \t\r\n\xC2\xA0 ", ""},
        {"Spanish", "¿Vendes PIÑA, Güero? ¡Sí!", "¿vendes pina, guero? ¡si!"},
        {"marks on their own", "Peru\xCC\x81 n\xCC\x83", "peru n"},
        {"blanks are one", "  a \t\n b\x01\x7F c\xC2\x85 ", "a b c"},
        {"wide blanks",
         "a\xE2\x80\x83\xE3\x80\x80"
         "b\xE2\x80\xA8"
         "c",
         "a b c"},
        {"quotes", "“a” ‘b’ «c» ‹d› \"e\" `f´ „g‟ l′", "'a' 'b' 'c' 'd' 'e' 'f' 'g' l'"},
        {"an apostrophe of Quechua", "p’unchaw pʼunchaw", "p'unchaw p'unchaw"},
        {"dashes", "a–b—c‐d‑e−f―g-h", "a-b-c-d-e-f-g-h"},
        {"dots", "ya…", "ya..."},
        {"ligature, wide, circled", "ﬁn ＳＯＬ ①", "fin sol 1"},
        {"ordinals and powers", "1º 3ª m²", "1o 3a m2"},
        {"fractions stand apart", "2½ ½ 1⅓ 3 ¼ ⅘", "2 1/2 1/2 1 1/3 3 1/4 4/5"},
        {"sharp s, ae", "Straße Æ", "strasse æ"},
        {"money", "S/ 1,500.50 €5", "s/ 1,500.50 €5"},
        {"Greek and Cyrillic", "ΟΔΌΣ Ёлка", "οδοσ елка"},
        {"emoji stays, its variation goes", "❤️ 😀", "❤ 😀"},
        {"keycap", "1️⃣", "1"},
        {"invisible ones go", "ho\xC2\xADla\xE2\x80\x8B \xEF\xBB\xBFya\xE2\x80\x8E", "hola ya"},
        {"ill-formed",
         "a\xFF"
         "b",
         "a\xEF\xBF\xBD"
         "b"},
        {"spacing marks are blanks", "a¨b¸c¯", "a b c"},
        {"Hangul survives", "가", "\xE1\x84\x80\xE1\x85\xA1"},
    };
    (void)state;
    for (size_t i = 0; i < COUNT(rows); i++) {
        char out[200];
        size_t len = utf8_fold(slice_of(rows[i].text), out, sizeof(out));
        assert_int_equal(len, strlen(out));
        if (strcmp(out, rows[i].expected) != 0)
            fail_msg("%s: \"%s\"", rows[i].name, out);
    }
    char out[8] = "before";
    assert_int_equal(utf8_fold(SLICE_NONE, out, sizeof(out)), 0);
    assert_string_equal(out, "");
}

static void folding_cuts_between_characters(void **state)
{
    static const struct {
        const char *text;
        size_t size;
        const char *expected;
    } rows[] = {
        {"abc", 4, "abc"},  {"abcd", 4, "abc"},
        {"ab cd", 4, "ab"}, {"ab   ", 4, "ab"},
        {"a¿b", 3, "a"},    {"a¿b", 4, "a¿"},
        {"á", 2, "a"},      {"a", 1, ""},
        {"ß", 2, "s"},      {"½", 3, "1/"},
        {"😀x", 4, ""},      {"ab c", 3, "ab"},
        {"a 😀x", 4, "a"},   {"ab\xC2\xA0 c", 4, "ab"},
        {"", 1, ""},
    };
    (void)state;
    for (size_t i = 0; i < COUNT(rows); i++) {
        char out[9];
        memset(out, '#', sizeof(out));
        utf8_fold(slice_of(rows[i].text), out, rows[i].size);
        if (strcmp(out, rows[i].expected) != 0)
            fail_msg("%s into %zu: \"%s\"", rows[i].text, rows[i].size, out);
        for (size_t at = rows[i].size; at < sizeof(out); at++)
            assert_int_equal(out[at], '#');
    }
}

/* The general way for U+00A0 to U+00FF, told by libutf8proc alone: what the table must say where quotes,
 * dashes and fractions are not concerned. */
static void the_latin1_table_agrees_with_unicode(void **state)
{
    (void)state;
    for (uint32_t c = 0xA0; c <= 0xFF; c++) {
        char bytes[4], out[16], expected[16] = "";
        utf8proc_int32_t parts[8];
        int boundary = 0;
        size_t len = 0;
        if (strchr("\xAB\xB4\xBB\xBC\xBD\xBE", (int)c))
            continue;
        utf8proc_ssize_t count = utf8proc_decompose_char(
            (utf8proc_int32_t)c, parts, 8,
            UTF8PROC_DECOMPOSE | UTF8PROC_COMPAT | UTF8PROC_CASEFOLD | UTF8PROC_STRIPMARK | UTF8PROC_IGNORE, &boundary);
        for (utf8proc_ssize_t i = 0; i < count; i++)
            if (parts[i] != ' ')
                len += utf8_encode((uint32_t)parts[i], expected + len);
        utf8_fold((struct slice){bytes, utf8_encode(c, bytes)}, out, sizeof(out));
        if (strcmp(out, expected) != 0)
            fail_msg("U+%04X: \"%s\" and \"%s\"", (unsigned)c, out, expected);
    }
}

static void folding_twice_changes_nothing(void **state)
{
    (void)state;
    for (uint32_t c = 0; c < 0x110000; c++) {
        char text[12], once[120], twice[120];
        size_t len = 0;
        text[len++] = 'x';
        len += utf8_encode(c, text + len);
        text[len++] = 'Y';
        struct slice folded = {once, utf8_fold((struct slice){text, len}, once, sizeof(once))};
        assert_true(utf8_valid(folded));
        utf8_fold(folded, twice, sizeof(twice));
        if (strcmp(once, twice) != 0)
            fail_msg("U+%04X: \"%s\", then \"%s\"", (unsigned)c, once, twice);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(next_takes_characters_or_single_bytes),
        cmocka_unit_test(validity_is_seen_at_every_offset),
        cmocka_unit_test(every_code_point_is_written_and_read_back),
        cmocka_unit_test(clean_text_is_fit_to_keep),
        cmocka_unit_test(cleaning_without_memory_sticks),
        cmocka_unit_test(counts_and_cuts_by_code_point),
        cmocka_unit_test(folded_text_compares),
        cmocka_unit_test(folding_cuts_between_characters),
        cmocka_unit_test(the_latin1_table_agrees_with_unicode),
        cmocka_unit_test(folding_twice_changes_nothing),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
