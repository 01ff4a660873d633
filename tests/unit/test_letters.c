/* Letters that cost: each is told once, with what it does under the channel's policy and what to write instead. */
#include "tests/unit/unit.h"

#include <string.h>

#include "gateway/letters.h"

static struct channel sms(enum sms_manner manner, bool shift)
{
    return (struct channel){
        .name = "sms", .kind = CHANNEL_SMS, .sms = {.manner = manner, .spanish_shift = shift, .segments_max = 10}};
}

/* 100 letters: one segment of GSM-7, two of UCS-2. */
#define HUNDRED "aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa"

static const struct {
    enum sms_manner manner;
    bool shift;
    const char *text, *letter;
    enum letter_effect effect;
    const char *instead;
    const char *said; /* the sentence */
} rows[] = {
    {SMS_PLAIN, false, "Perú", "ú", LETTER_REPLACED, "u", "ú goes as u, which costs nothing"},
    {SMS_PLAIN, false, "Hola \xF0\x9F\x98\x80", "\xF0\x9F\x98\x80", LETTER_LOST, "",
     "\xF0\x9F\x98\x80 is left out, since GSM-7 has nothing like it: write it in words"},
    {SMS_PLAIN, false, "[hoy", "[", LETTER_TWO, "(", "[ takes two units and costs no segment here: send ("},
    {SMS_PLAIN, false, HUNDRED "aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa[", "[", LETTER_TWO, "(",
     "[ takes two units and costs a segment: send ("},
    {SMS_EXACT, false, HUNDRED "á", "á", LETTER_UCS2, "a",
     "á makes the whole SMS hold 70 characters instead of 160 (2 segments instead of 1): send a"},
    {SMS_EXACT, false, "á", "á", LETTER_UCS2, "a", "á makes the whole SMS hold 70 characters instead of 160: send a"},
    {SMS_CHEAPEST, false, HUNDRED "á", "á", LETTER_REPLACED, "a", "á goes as a, which costs nothing"},
    {SMS_EXACT, true, HUNDRED "á", "á", LETTER_TWO, "a", "á takes two units and costs no segment here: send a"},
};

static void a_letter_is_told_with_its_remedy(void **state)
{
    (void)state;
    for (size_t i = 0; i < COUNT(rows); i++) {
        const struct channel channel = sms(rows[i].manner, rows[i].shift);
        struct letter letters[LETTERS_MAX];
        struct buf said;
        size_t count = 99;
        buf_init(&said, 1024);
        assert_int_equal(letters_find(slice_of(rows[i].text), &channel, letters, &count), OK);
        assert_int_equal(count, 1);
        assert_string_equal(letters[0].text, rows[i].letter);
        assert_int_equal(letters[0].effect, rows[i].effect);
        assert_string_equal(letters[0].instead, rows[i].instead);
        letter_explain(&letters[0], &said);
        assert_string_equal(buf_text(&said), rows[i].said);
        assert_non_null(letter_effect_name(letters[0].effect));
        buf_release(&said);
    }
}

static void what_costs_nothing_is_not_told(void **state)
{
    const struct channel channel = sms(SMS_PLAIN, false);
    struct letter letters[LETTERS_MAX];
    size_t count = 99;
    (void)state;
    assert_int_equal(letters_find(SLICE("¿Qué año? ¡Ñandú, à è ì ò ù!\nHola"), &channel, letters, &count), OK);
    assert_int_equal(count, 1); /* the ú of Ñandú */
    assert_int_equal(letters_find(SLICE(""), &channel, letters, &count), OK);
    assert_int_equal(count, 0);
    assert_int_equal(letters_find(SLICE("ú ú Ú [ ["), &channel, letters, &count), OK);
    assert_int_equal(count, 3);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_letter_is_told_with_its_remedy),
        cmocka_unit_test(what_costs_nothing_is_not_told),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
