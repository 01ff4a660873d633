#include "tests/unit/unit.h"

#include <string.h>

#include "base/mem.h"
#include "base/sms.h"
#include "base/utf8.h"

#define FAMILY "\U0001F468\u200D\U0001F469\u200D\U0001F467" /* 8 UTF-16 units */
#define GRIN "\U0001F600"
#define FLAG "\U0001F1F5\U0001F1EA"
#define THUMB "\U0001F44D\U0001F3FD"

/* A text as runs of pieces; a piece with `times` 0 ends it. */
struct piece {
    const char *text;
    int times;
};

#define ONCE(text)                                                                                                     \
    {                                                                                                                  \
        {                                                                                                              \
            (text), 1                                                                                                  \
        }                                                                                                              \
    }

static void build(const struct piece *pieces, size_t max, struct buf *out)
{
    buf_init(out, 100000);
    for (size_t i = 0; i < max && pieces[i].times; i++)
        for (int n = 0; n < pieces[i].times; n++)
            buf_adds(out, pieces[i].text);
}

/* providers.md part 10.5: the fifty strings in its order, then those searched for disagreement, by our rule.
 */
static const struct {
    const char *name;
    struct piece pieces[5];
    enum sms_encoding encoding;
    size_t units, segments;
} measured[] = {
    {"empty", ONCE(""), SMS_GSM7, 0, 1},
    {"Hola", ONCE("Hola"), SMS_GSM7, 4, 1},
    {"¿Qué hora es?", ONCE("¿Qué hora es?"), SMS_GSM7, 13, 1},
    {"ñandú", ONCE("ñandú"), SMS_UCS2, 5, 1},
    {"Ñoño ¡olé!", ONCE("Ñoño ¡olé!"), SMS_GSM7, 10, 1},
    {"acción", ONCE("acción"), SMS_UCS2, 6, 1},
    {"Perú", ONCE("Perú"), SMS_UCS2, 4, 1},
    {"àèìòù", ONCE("àèìòù"), SMS_GSM7, 5, 1},
    {"áéíóú", ONCE("áéíóú"), SMS_UCS2, 5, 1},
    {"ÁÉÍÓÚ", ONCE("ÁÉÍÓÚ"), SMS_UCS2, 5, 1},
    {"Ç only", ONCE("Ç"), SMS_GSM7, 1, 1},
    {"ç only", ONCE("ç"), SMS_UCS2, 1, 1},
    {"€", ONCE("€"), SMS_GSM7, 2, 1},
    {"extension", ONCE("[]{}\\|~^"), SMS_GSM7, 16, 1},
    {"form feed", ONCE("\f"), SMS_GSM7, 2, 1},
    {"tab", ONCE("a\tb"), SMS_UCS2, 3, 1},
    {"CRLF", ONCE("a\r\nb"), SMS_GSM7, 4, 1},
    {"nbsp", ONCE("a\u00A0b"), SMS_UCS2, 3, 1},
    {"backtick", ONCE("`"), SMS_UCS2, 1, 1},
    {"smart quotes", ONCE("“hola”"), SMS_UCS2, 6, 1},
    {"en dash", ONCE("a–b"), SMS_UCS2, 3, 1},
    {"ellipsis", ONCE("…"), SMS_UCS2, 1, 1},
    {"emoji", ONCE(GRIN), SMS_UCS2, 2, 1},
    {"flag", ONCE(FLAG), SMS_UCS2, 4, 1},
    {"family ZWJ", ONCE(FAMILY), SMS_UCS2, 8, 1},
    {"e + combining acute", ONCE("e\u0301"), SMS_UCS2, 2, 1},
    {"160 a", {{"a", 160}}, SMS_GSM7, 160, 1},
    {"161 a", {{"a", 161}}, SMS_GSM7, 161, 2},
    {"306 a", {{"a", 306}}, SMS_GSM7, 306, 2},
    {"307 a", {{"a", 307}}, SMS_GSM7, 307, 3},
    {"80 €", {{"€", 80}}, SMS_GSM7, 160, 1},
    {"81 €", {{"€", 81}}, SMS_GSM7, 162, 2},
    {"152 a + € + 8 a", {{"a", 152}, {"€", 1}, {"a", 8}}, SMS_GSM7, 162, 2},
    {"152a€ twice", {{"a", 152}, {"€", 1}, {"a", 152}, {"€", 1}}, SMS_GSM7, 308, 3},
    {"70 ó", {{"ó", 70}}, SMS_UCS2, 70, 1},
    {"71 ó", {{"ó", 71}}, SMS_UCS2, 71, 2},
    {"134 ó", {{"ó", 134}}, SMS_UCS2, 134, 2},
    {"135 ó", {{"ó", 135}}, SMS_UCS2, 135, 3},
    {"35 emoji", {{GRIN, 35}}, SMS_UCS2, 70, 1},
    {"36 emoji", {{GRIN, 36}}, SMS_UCS2, 72, 2},
    {"66 ó + emoji + 3 ó", {{"ó", 66}, {GRIN, 1}, {"ó", 3}}, SMS_UCS2, 71, 2},
    {"66 ó + emoji + 10 ó", {{"ó", 66}, {GRIN, 1}, {"ó", 10}}, SMS_UCS2, 78, 2},
    {"33 emoji + ó + 3 emoji", {{GRIN, 33}, {"ó", 1}, {GRIN, 3}}, SMS_UCS2, 73, 2},
    {"Greek capital delta", ONCE("Δ"), SMS_GSM7, 1, 1},
    {"Greek small alpha", ONCE("α"), SMS_UCS2, 1, 1},
    {"159 a + CRLF", {{"a", 159}, {"\r\n", 1}}, SMS_GSM7, 161, 2},
    {"159 a + LF", {{"a", 159}, {"\n", 1}}, SMS_GSM7, 160, 1},
    {"150 a + ó", {{"a", 150}, {"ó", 1}}, SMS_UCS2, 151, 3},
    {"160 ñ", {{"ñ", 160}}, SMS_GSM7, 160, 1},
    {"68 ó + CRLF", {{"ó", 68}, {"\r\n", 1}}, SMS_UCS2, 70, 1},
    {"a cluster on the boundary", {{"ó", 66}, {"e\u0301", 1}, {"ó", 66}}, SMS_UCS2, 134, 2},
    {"a family across it", {{"ó", 63}, {FAMILY, 1}, {"ó", 63}}, SMS_UCS2, 134, 3},
    {"a family across it, earlier", {{"ó", 60}, {FAMILY, 1}, {"ó", 66}}, SMS_UCS2, 134, 3},
    {"CRLF across it", {{"ó", 66}, {"\r\n", 1}, {"ó", 66}}, SMS_UCS2, 134, 2},
    {"CRLF across it, GSM", {{"a", 152}, {"\r\n", 1}, {"a", 152}}, SMS_GSM7, 306, 2},
    {"an escape pair across it twice", {{"a", 152}, {"€", 1}, {"a", 151}, {"€", 1}}, SMS_GSM7, 307, 3},
    {"305 a + €", {{"a", 305}, {"€", 1}}, SMS_GSM7, 307, 3},
    {"153 €", {{"€", 153}}, SMS_GSM7, 306, 3},
    {"a flag across it", {{"ó", 66}, {FLAG, 1}, {"ó", 64}}, SMS_UCS2, 134, 3},
    {"17 thumbs", {{THUMB, 17}}, SMS_UCS2, 68, 1},
    {"18 thumbs", {{THUMB, 18}}, SMS_UCS2, 72, 2},
    {"a lone surrogate's bytes", ONCE("a\xED\xA0\xBD"), SMS_UCS2, 4, 1},
    {"BOM + Hola", ONCE("\uFEFFHola"), SMS_UCS2, 5, 1},
    {"ESC", ONCE("\x1B"), SMS_UCS2, 1, 1},
};

static void texts_measure_as_the_oracles_say(void **state)
{
    (void)state;
    assert_int_equal(COUNT(measured), 64);
    for (size_t i = 0; i < COUNT(measured); i++) {
        struct buf text;
        build(measured[i].pieces, COUNT(measured[i].pieces), &text);
        struct sms_size size = sms_measure(buf_slice(&text));
        if (size.encoding != measured[i].encoding || size.units != measured[i].units ||
            size.segments != measured[i].segments)
            fail_msg("%s: %s, %zu units, %zu segments", measured[i].name, sms_encoding_name(size.encoding), size.units,
                     size.segments);
        buf_release(&text);
    }
    struct sms_size nul = sms_measure(SLICE("\0"));
    assert_int_equal(nul.encoding, SMS_UCS2);
    assert_int_equal(nul.units, 1);
}

/* The standard's two tables, in its order (providers.md parts 10.1 and 10.2). */
static void septets_are_those_of_the_standard(void **state)
{
    static const uint16_t standard[] = {
        0x40, 0xA3,  0x24, 0xA5,  0xE8,  0xE9,  0xF9,  0xEC,  0xF2,  0xC7,  0x0A,  0xD8,  0xF8, 0x0D, 0xC5,
        0xE5, 0x394, 0x5F, 0x3A6, 0x393, 0x39B, 0x3A9, 0x3A0, 0x3A8, 0x3A3, 0x398, 0x39E, 0xC6, 0xE6, 0xDF,
        0xC9, 0xA4,  0xA1, 0xC4,  0xD6,  0xD1,  0xDC,  0xA7,  0xBF,  0xE4,  0xF6,  0xF1,  0xFC, 0xE0,
    };
    static const uint16_t extension[] = {0x0C, 0x5E, 0x7B, 0x7D, 0x5C, 0x5B, 0x7E, 0x5D, 0x7C, 0x20AC};
    size_t one = 0, two = 0;
    (void)state;
    for (uint32_t c = 0; c < 0x110000; c++) {
        unsigned septets = gsm7_cost(c);
        one += septets == 1;
        two += septets == 2;
    }
    assert_int_equal(one, 127); /* 128 without the escape */
    assert_int_equal(two, COUNT(extension));
    for (size_t i = 0; i < COUNT(standard); i++)
        assert_int_equal(gsm7_cost(standard[i]), 1);
    for (size_t i = 0; i < COUNT(extension); i++)
        assert_int_equal(gsm7_cost(extension[i]), 2);
    for (uint32_t c = 0x20; c < 0x7B; c++)
        if (c < 0x5B || c > 0x60)
            assert_int_equal(gsm7_cost(c), 1);
}

static void only_what_loses_no_meaning_is_replaced(void **state)
{
    static const struct {
        const char *text, *expected; /* NULL: as it is */
    } rows[] = {
        {"", NULL},
        {"Hola", NULL},
        {"¿Año, café, güero? ¡Ñ!", NULL},
        {"Perú", "Peru"},
        {"Él está aquí: ¿cuánto vendió el ñandú?", "Él esta aqui: ¿cuanto vendio el ñandu?"},
        {"ÁÉÍÓÚ áéíóú", "AÉIOU aéiou"},
        {"França", "FranÇa"},
        {"“hola” – Perú…", "\"hola\" - Peru..."},
        {"«a» ‘b’ ‹c› „d‟ `e´ l′ m″", "\"a\" 'b' 'c' \"d\" 'e' l' m\""},
        {"p’unchaw, pʼunchaw", "p'unchaw, p'unchaw"},
        {"a‐b‑c‒d–e—f―g−h", "a-b-c-d-e-f-g-h"},
        {"S/\u00A0500\u202Fya\u2009!\ta\u3000b", "S/ 500 ya ! a b"},
        {"uno\u2028dos\u2029tres", "uno dos tres"},
        {"\uFEFFHola\u200B, so\u00ADles\u2060\u200E", "Hola, soles"},
        {"\u200B", ""},
        {"Perú 😀", NULL},
        {"“Perú” α", NULL},
        {"N° 5, 1º, 2ª • ya", NULL},
        {"e\u0301", NULL},
        {"â ã ê î ï õ", NULL},
        {"À È Ì", NULL},
        {"👨‍👩‍👧\u00A0", NULL},
        {"Per\xFA", NULL},
    };
    (void)state;
    for (size_t i = 0; i < COUNT(rows); i++) {
        struct buf out;
        buf_init(&out, 1000);
        sms_transliterate(slice_of(rows[i].text), &out);
        if (strcmp(buf_text(&out), rows[i].expected ? rows[i].expected : rows[i].text) != 0)
            fail_msg("%s: %s", rows[i].text, buf_text(&out));
        buf_release(&out);
    }
}

static void replacing_never_costs_a_segment(void **state)
{
    static const struct {
        const char *name;
        struct piece pieces[5];
        bool replaced;
    } rows[] = {
        {"53 ellipses are 159 dots", {{"…", 53}}, true},    {"54 ellipses would be two", {{"…", 54}}, false},
        {"71 ellipses are two of each", {{"…", 71}}, true}, {"103 ellipses would be three", {{"…", 103}}, false},
        {"accents always pay", {{"á", 1000}}, true},        {"brackets count twice", {{"[", 69}, {"“", 1}}, true},
    };
    (void)state;
    for (size_t i = 0; i < COUNT(rows); i++) {
        struct buf text, out;
        build(rows[i].pieces, COUNT(rows[i].pieces), &text);
        buf_init(&out, 100000);
        sms_transliterate(buf_slice(&text), &out);
        if (slice_eq(buf_slice(&text), buf_slice(&out)) == rows[i].replaced)
            fail_msg("%s", rows[i].name);
        assert_true(sms_measure(buf_slice(&out)).segments <= sms_measure(buf_slice(&text)).segments);
        buf_release(&text);
        buf_release(&out);
    }
}

/* Whatever the character: it stays, or it goes to something that GSM 7-bit has; and what GSM 7-bit has stays.
 */
static void every_code_point_stays_or_becomes_plain(void **state)
{
    (void)state;
    for (uint32_t c = 0; c < 0x110000; c++) {
        char bytes[4];
        struct buf out;
        struct slice text = {bytes, utf8_encode(c, bytes)};
        buf_init(&out, 100);
        sms_transliterate(text, &out);
        if (!slice_eq(text, buf_slice(&out))) {
            assert_int_equal(gsm7_cost(c), 0);
            assert_int_equal(sms_measure(buf_slice(&out)).encoding, SMS_GSM7);
        }
        buf_release(&out);
    }
}

static void transliterating_without_memory_sticks(void **state)
{
    (void)state;
    for (long n = 0;; n++) {
        struct buf out;
        buf_init(&out, 1000);
        mem_fail_after(n);
        sms_transliterate(SLICE("Aquí y allá, una acción más larga que los primeros 64 bytes del búfer, sí"), &out);
        mem_fail_after(-1);
        enum error error = out.error;
        buf_release(&out);
        if (error == OK)
            break;
        assert_int_equal(error, ERR_NOMEM);
        assert_in_range(n, 0, 10);
    }
}

static void pages_end_at_words(void **state)
{
    static const struct {
        const char *name, *text;
        size_t max;
        const char *pages; /* joined by | */
    } rows[] = {
        {"empty", "", 5, ""},
        {"fits", "hola", 4, "hola"},
        {"fits with its blanks", " a ", 3, " a "},
        {"a word end", "hola mundo", 9, "hola|mundo"},
        {"a word that ends at the limit", "hola que tal", 4, "hola|que|tal"},
        {"one more would not fit", "hola mundo", 5, "hola|mundo"},
        {"the last that fits", "a b c d", 5, "a b c|d"},
        {"a line end", "uno\ndos tres", 7, "uno\ndos|tres"},
        {"blanks at the cut go", "uno  \r\n dos", 5, "uno|dos"},
        {"blanks elsewhere stay", "a  b  c  d", 4, "a  b|c  d"},
        {"blanks at the end go with the cut", "hola    ", 5, "hola"},
        {"a long word is cut", "abcdefgh", 3, "abc|def|gh"},
        {"a word, then a long one", "ab cdefgh", 4, "ab|cdef|gh"},
        {"never inside a character", "ñññññ", 2, "ññ|ññ|ñ"},
        {"extension characters are two", "[[[", 4, "[[|["},
        {"an odd limit", "[[[", 5, "[[|["},
        {"emoji are two", GRIN GRIN GRIN, 4, GRIN GRIN "|" GRIN},
        {"units are the page's own", "[[[[ " GRIN " [[[[", 8, "[[[[|" GRIN " [[[["},
        {"blanks lead", "    a", 3, "   | a"},
        {"no room", "ab", 0, "a|b"},
        {"no room for a pair", GRIN "a", 1, GRIN "|a"},
        {"ill-formed bytes are characters", "\xFF\xFF\xFF", 2, "\xFF\xFF|\xFF"},
    };
    (void)state;
    for (size_t i = 0; i < COUNT(rows); i++) {
        struct slice rest = slice_of(rows[i].text), page;
        struct buf out;
        buf_init(&out, 1000);
        for (int n = 0; sms_page(&rest, rows[i].max, &page); n++) {
            buf_adds(&out, n ? "|" : "");
            buf_addslice(&out, page);
        }
        if (strcmp(buf_text(&out), rows[i].pages) != 0)
            fail_msg("%s: \"%s\"", rows[i].name, buf_text(&out));
        buf_release(&out);
    }
    struct slice none = SLICE_NONE, page;
    assert_false(sms_page(&none, 10, &page));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(texts_measure_as_the_oracles_say),
        cmocka_unit_test(septets_are_those_of_the_standard),
        cmocka_unit_test(only_what_loses_no_meaning_is_replaced),
        cmocka_unit_test(replacing_never_costs_a_segment),
        cmocka_unit_test(every_code_point_stays_or_becomes_plain),
        cmocka_unit_test(transliterating_without_memory_sticks),
        cmocka_unit_test(pages_end_at_words),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
