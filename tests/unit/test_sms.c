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

static const struct sms_policy cheapest = {.manner = SMS_CHEAPEST}, exact = {.manner = SMS_EXACT},
                               shifting = {.manner = SMS_CHEAPEST, .spanish_shift = true},
                               exact_shifting = {.manner = SMS_EXACT, .spanish_shift = true},
                               plain_shifting = {.spanish_shift = true};

static void a_policy_takes_the_fewest_segments(void **state)
{
    static const struct {
        const char *name;
        const struct sms_policy *policy;
        struct piece pieces[5], sent[5]; /* sent: none for as it is */
        enum sms_encoding encoding;
        size_t units, segments;
    } rows[] = {
        {"a short text stays", &cheapest, {{"Perú", 1}}, {{0}}, SMS_UCS2, 4, 1},
        {"70 too", &cheapest, {{"ó", 70}}, {{0}}, SMS_UCS2, 70, 1},
        {"71 would be two", &cheapest, {{"ó", 71}}, {{"o", 71}}, SMS_GSM7, 71, 1},
        {"exact pays", &exact, {{"ó", 71}}, {{0}}, SMS_UCS2, 71, 2},
        {"two either way", &cheapest, {{"…", 71}}, {{0}}, SMS_UCS2, 71, 2},
        {"the shift keeps the accents", &shifting, {{"ó", 71}}, {{0}}, SMS_GSM7_ES, 142, 1},
        {"exact with the shift", &exact_shifting, {{"ó", 71}}, {{0}}, SMS_GSM7_ES, 142, 1},
        {"as short without it", &shifting, {{"Perú", 1}}, {{0}}, SMS_UCS2, 4, 1},
        {"155 septets", &shifting, {{"a", 153}, {"ó", 1}}, {{0}}, SMS_GSM7_ES, 155, 1},
        {"156 go without accents", &shifting, {{"a", 154}, {"ó", 1}}, {{"a", 154}, {"o", 1}}, SMS_GSM7, 155, 1},
        {"exact: 156", &exact_shifting, {{"a", 154}, {"ó", 1}}, {{0}}, SMS_GSM7_ES, 156, 2},
        {"the shift lacks only the dash", &shifting, {{"á – ", 20}}, {{"á - ", 20}}, SMS_GSM7_ES, 100, 1},
        {"exact keeps the dash", &exact_shifting, {{"á – ", 20}}, {{0}}, SMS_UCS2, 80, 2},
        {"no way around an emoji", &shifting, {{"ó", 69}, {GRIN, 1}}, {{0}}, SMS_UCS2, 71, 2},
        {"plain needs no shift", &plain_shifting, {{"ó", 71}}, {{"o", 71}}, SMS_GSM7, 71, 1},
        {"what is GSM-7 stays", &shifting, {{"ñ", 160}}, {{0}}, SMS_GSM7, 160, 1},
    };
    (void)state;
    for (size_t i = 0; i < COUNT(rows); i++) {
        struct buf text, sent, out;
        build(rows[i].pieces, COUNT(rows[i].pieces), &text);
        build(rows[i].sent[0].times ? rows[i].sent : rows[i].pieces, COUNT(rows[i].sent), &sent);
        buf_init(&out, 100000);
        sms_render(buf_slice(&text), rows[i].policy, &out);
        struct sms_size promised = sms_measure_rendered(buf_slice(&text), rows[i].policy);
        struct sms_size size = sms_measure_as(buf_slice(&out), rows[i].policy);
        if (!slice_eq(buf_slice(&out), buf_slice(&sent)) || size.encoding != rows[i].encoding ||
            size.units != rows[i].units || size.segments != rows[i].segments || promised.segments != size.segments)
            fail_msg("%s: %s, %zu units, %zu segments: %s", rows[i].name, sms_encoding_name(size.encoding), size.units,
                     size.segments, buf_text(&out));
        buf_release(&text);
        buf_release(&sent);
        buf_release(&out);
    }
}

static void wide_references_leave_a_unit_less(void **state)
{
    static const struct sms_policy wide = {.wide_reference = true, .spanish_shift = true};
    static const struct {
        const char *piece;
        int times;
        enum sms_encoding encoding;
        size_t segments;
    } rows[] = {
        {"a", 160, SMS_GSM7, 1}, {"a", 304, SMS_GSM7, 2},    {"a", 305, SMS_GSM7, 3},
        {"α", 132, SMS_UCS2, 2}, {"α", 133, SMS_UCS2, 3},    {"ó", 77, SMS_GSM7_ES, 1},
        {"ó", 78, SMS_UCS2, 2},  {"ó", 148, SMS_GSM7_ES, 2}, {"ó", 149, SMS_UCS2, 3},
    };
    (void)state;
    for (size_t i = 0; i < COUNT(rows); i++) {
        struct buf text;
        build(&(struct piece){rows[i].piece, rows[i].times}, 1, &text);
        struct sms_size size = sms_measure_as(buf_slice(&text), &wide);
        if (size.encoding != rows[i].encoding || size.segments != rows[i].segments)
            fail_msg("%d %s: %s, %zu segments", rows[i].times, rows[i].piece, sms_encoding_name(size.encoding),
                     size.segments);
        buf_release(&text);
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

static void messages_hold_the_policys_segments(void **state)
{
    static const struct sms_policy one = {.segments_max = 1}, one_exact = {.manner = SMS_EXACT, .segments_max = 1};
    static const struct {
        const char *name;
        const struct sms_policy *policy;
        struct piece pieces[3];
        size_t bytes[4]; /* of each message; 0 ends */
    } rows[] = {
        {"three by default", &cheapest, {{"a", 460}}, {459, 1}},
        {"at a word", &cheapest, {{"aaaaaaa ", 58}}, {455, 8}},
        {"one, plain", &one, {{"ó", 161}}, {320, 2}},
        {"one, exact", &one_exact, {{"ó", 100}}, {140, 60}},
        {"accents are kept where a message is short", &cheapest, {{"ó", 460}}, {918, 2}},
    };
    (void)state;
    for (size_t i = 0; i < COUNT(rows); i++) {
        struct slice rest, message;
        struct buf text;
        size_t n = 0;
        build(rows[i].pieces, COUNT(rows[i].pieces), &text);
        for (rest = buf_slice(&text); sms_message(&rest, rows[i].policy, &message); n++)
            if (n >= 4 || message.len != rows[i].bytes[n])
                fail_msg("%s: message %zu has %zu bytes", rows[i].name, n + 1, message.len);
        assert_int_equal(rows[i].bytes[n], 0);
        buf_release(&text);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(texts_measure_as_the_oracles_say),
        cmocka_unit_test(only_what_loses_no_meaning_is_replaced),
        cmocka_unit_test(replacing_never_costs_a_segment),
        cmocka_unit_test(a_policy_takes_the_fewest_segments),
        cmocka_unit_test(wide_references_leave_a_unit_less),
        cmocka_unit_test(messages_hold_the_policys_segments),
        cmocka_unit_test(every_code_point_stays_or_becomes_plain),
        cmocka_unit_test(transliterating_without_memory_sticks),
        cmocka_unit_test(pages_end_at_words),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
