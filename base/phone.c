#include "base/phone.h"

#include <string.h>

#include "base/utf8.h"

#define DIGITS_MIN 8
#define DIGITS_MAX 15                   /* E.164 */
#define RAW_DIGITS_MAX (DIGITS_MAX + 2) /* with the international prefix 00 */
#define PERU "51"
#define PERU_MOBILE_DIGITS 9

/* What people and phone books put between digits; the invisible ones come along when a number is copied. */
static bool is_separator(uint32_t code_point)
{
    static const struct {
        uint32_t first, last;
    } rows[] = {
        {'\t', '\t'},     {' ', ' '},       {'(', ')'},       {'-', '.'},       {'[', '['},
        {']', ']'},       {0xA0, 0xA0},     {0xAD, 0xAD},     {0x2000, 0x2015}, {0x202A, 0x202F},
        {0x2060, 0x2060}, {0x2066, 0x2069}, {0x2212, 0x2212}, {0xFEFF, 0xFEFF},
    };
    for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++)
        if (code_point >= rows[i].first && code_point <= rows[i].last)
            return true;
    return false;
}

/* Collects the digits of a number, and whether a plus sign stands before them. Returns the number of digits,
 * 0 for what is no number. */
static size_t collect(struct slice raw, char digits[RAW_DIGITS_MAX], bool *has_plus)
{
    size_t count = 0;
    uint32_t c;
    *has_plus = false;
    while (utf8_next(&raw, &c)) {
        if (c >= '0' && c <= '9') {
            if (count == RAW_DIGITS_MAX)
                return 0;
            digits[count++] = (char)c;
        } else if (c == '+' && count == 0 && !*has_plus) {
            *has_plus = true;
        } else if (!is_separator(c)) {
            return 0;
        }
    }
    return count;
}

enum error phone_normalise(struct slice raw, char out[PHONE_MAX])
{
    char collected[RAW_DIGITS_MAX];
    const char *digits = collected, *country = "";
    bool has_plus;
    size_t count = collect(raw, collected, &has_plus);

    out[0] = '\0';
    if (!has_plus && count > 2 && digits[0] == '0' && digits[1] == '0') {
        digits += 2;
        count -= 2;
    } else if (!has_plus && count == PERU_MOBILE_DIGITS && digits[0] == '9') {
        country = PERU;
    }
    if (count < DIGITS_MIN || count > DIGITS_MAX || digits[0] == '0')
        return ERR_VALUE;
    size_t prefix = strlen(country);
    out[0] = '+';
    memcpy(out + 1, country, prefix);
    memcpy(out + 1 + prefix, digits, count);
    out[1 + prefix + count] = '\0';
    return OK;
}

bool phone_is_peru_mobile(const char *e164)
{
    const char *prefix = "+" PERU "9";
    size_t len = strlen(prefix);
    if (strncmp(e164, prefix, len) != 0)
        return false;
    return strspn(e164 + len, "0123456789") == PERU_MOBILE_DIGITS - 1 && e164[len + PERU_MOBILE_DIGITS - 1] == '\0';
}
