#include "tests/unit/unit.h"

#include "base/phone.h"

static void numbers_have_one_form(void **state)
{
    static const struct {
        const char *name, *raw, *expected; /* NULL: refused */
    } rows[] = {
        {"Twilio", "+51987654321", "+51987654321"},
        {"Meta", "51987654321", "+51987654321"},
        {"some message centres", "0051987654321", "+51987654321"},
        {"a Peruvian mobile", "987654321", "+51987654321"},
        {"a plus that became a blank", " 51987654321", "+51987654321"},
        {"a mobile with a stray blank", " 987654321 ", "+51987654321"},
        {"groups", "+51 987 654 321", "+51987654321"},
        {"dashes", "987-654-321", "+51987654321"},
        {"dots and brackets", "(51) 987.654.321", "+51987654321"},
        {"no-break blank, thin dash",
         "987\xC2\xA0"
         "654\xE2\x80\x91"
         "321",
         "+51987654321"},
        {"direction marks of a phone book", "\xE2\x80\xAA+51 987 654 321\xE2\x80\xAC", "+51987654321"},
        {"a landline with its country", "+51 1 765 4321", "+5117654321"},
        {"another country", "+1 (415) 555-0100", "+14155550100"},
        {"an explicit plus is taken at its word", "+987654321", "+987654321"},
        {"fifteen digits", "+123456789012345", "+123456789012345"},
        {"fifteen behind 00", "00123456789012345", "+123456789012345"},
        {"eight digits", "12345678", "+12345678"},
        {"empty", "", NULL},
        {"only a plus", "+", NULL},
        {"two pluses", "++51987654321", NULL},
        {"a plus inside", "51+987654321", NULL},
        {"a short code", "2233", NULL},
        {"seven digits", "1234567", NULL},
        {"sixteen digits", "+1234567890123456", NULL},
        {"eighteen digits", "001234567890123456", NULL},
        {"letters", "SUNAT", NULL},
        {"letters behind", "51987654321x", NULL},
        {"a scheme is the adapter's to take off", "whatsapp:+51987654321", NULL},
        {"a trunk zero", "01 765 4321", NULL},
        {"zero behind the plus", "+0051987654321", NULL},
        {"zero behind 00", "000987654321", NULL},
        {"only zeros", "0000000000", NULL},
        {"digits of another script", "\xD9\xA1\xD9\xA2\xD9\xA3\xD9\xA4\xD9\xA5\xD9\xA6\xD9\xA7\xD9\xA8", NULL},
        {"bytes that are no text",
         "51987\xFF"
         "654321",
         NULL},
    };
    (void)state;
    for (size_t i = 0; i < COUNT(rows); i++) {
        char out[PHONE_MAX] = "left over";
        enum error error = phone_normalise(slice_of(rows[i].raw), out);
        if (error != (rows[i].expected ? OK : ERR_VALUE))
            fail_msg("%s: %s", rows[i].name, error_text(error));
        assert_string_equal(out, rows[i].expected ? rows[i].expected : "");
    }
}

static void a_nul_is_no_digit(void **state)
{
    char out[PHONE_MAX];
    (void)state;
    assert_int_equal(phone_normalise(SLICE("51987654321\0"), out), ERR_VALUE);
    assert_int_equal(phone_normalise(SLICE_NONE, out), ERR_VALUE);
}

static void mobiles_of_peru_are_known(void **state)
{
    static const struct {
        const char *e164;
        bool expected;
    } rows[] = {
        {"+51987654321", true},
        {"+51900000000", true},
        {"+5117654321", false},
        {"+51887654321", false},
        {"+519876543210", false},
        {"+5198765432", false},
        {"51987654321", false},
        {"+51987 54321", false},
        {"+14155550100", false},
        {"+519", false},
        {"", false},
    };
    (void)state;
    for (size_t i = 0; i < COUNT(rows); i++)
        if (phone_is_peru_mobile(rows[i].e164) != rows[i].expected)
            fail_msg("%s", rows[i].e164);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(numbers_have_one_form),
        cmocka_unit_test(a_nul_is_no_digit),
        cmocka_unit_test(mobiles_of_peru_are_known),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
