#include "base/json_scan.h"

#include <string.h>

static bool is_digit(char c)
{
    return c >= '0' && c <= '9';
}

/* Tells whether any of eight bytes is below 0x20, a quote or a backslash. It may say so of others too, never the
 * other way round. */
static bool maybe_special(uint64_t eight)
{
    const uint64_t ones = 0x0101010101010101u, tops = 0x8080808080808080u;
    uint64_t quote = eight ^ (ones * '"'), backslash = eight ^ (ones * '\\');
    return (((eight - ones * 0x20) | (quote - ones) | (backslash - ones)) & ~eight & tops) != 0;
}

size_t json_plain_run(const char *bytes, size_t len)
{
    size_t run = 0;
    uint64_t eight;
    for (; len - run >= sizeof(eight); run += sizeof(eight)) {
        memcpy(&eight, bytes + run, sizeof(eight));
        if (maybe_special(eight))
            break;
    }
    if (len - run < sizeof(eight) && len >= sizeof(eight)) { /* the last few, with some before them */
        memcpy(&eight, bytes + len - sizeof(eight), sizeof(eight));
        if (!maybe_special(eight))
            return len;
    }
    while (run < len && (unsigned char)bytes[run] >= 0x20 && bytes[run] != '"' && bytes[run] != '\\')
        run++;
    return run;
}

static bool skip_digits(struct json_scan *s)
{
    const char *start = s->at;
    while (s->at < s->end && is_digit(*s->at))
        s->at++;
    return s->at > start;
}

/* Source: RFC 8259 part 6. cJSON takes any run of digits, signs, points and letters e that strtod can begin
 * with. */
static bool skip_number(struct json_scan *s)
{
    json_scan_take(s, '-');
    if (!json_scan_take(s, '0') && !skip_digits(s))
        return false;
    if (json_scan_take(s, '.') && !skip_digits(s))
        return false;
    if (json_scan_take(s, 'e') || json_scan_take(s, 'E')) {
        if (!json_scan_take(s, '+'))
            json_scan_take(s, '-');
        if (!skip_digits(s))
            return false;
    }
    return s->at == s->end || (*s->at && strchr(" \t\r\n,]}", *s->at));
}

/* Reads the four hex digits of a \u escape. Returns -1 when there are not four. */
static long hex4(struct json_scan *s)
{
    long value = 0;
    if (s->end - s->at < 4)
        return -1;
    for (int i = 0; i < 4; i++) {
        char c = *s->at++, lower = (char)(c | 0x20);
        if (is_digit(c))
            value = value * 16 + (c - '0');
        else if (lower >= 'a' && lower <= 'f')
            value = value * 16 + (lower - 'a' + 10);
        else
            return -1;
    }
    return value;
}

/* Takes the second half of a surrogate pair, if it is next, and gives it; else -1. */
static long take_low(struct json_scan *s)
{
    struct json_scan ahead = *s;
    if (!json_scan_take(&ahead, '\\') || !json_scan_take(&ahead, 'u'))
        return -1;
    long unit = hex4(&ahead);
    if (unit < 0xDC00 || unit > 0xDFFF)
        return -1;
    s->at = ahead.at;
    return unit;
}

/* Gives the character of the escape whose letter is next and is not u. */
static bool take_short(struct json_scan *s, uint32_t *out)
{
    static const char letters[] = "\"\\/bfnrt", meant[] = "\"\\/\b\f\n\r\t";
    const char *letter = s->at < s->end && *s->at ? strchr(letters, *s->at) : NULL;
    if (!letter)
        return false;
    s->at++;
    *out = (unsigned char)meant[letter - letters];
    return true;
}

bool json_scan_escape(struct json_scan *s, uint32_t *out)
{
    if (!json_scan_take(s, 'u'))
        return take_short(s, out);
    long unit = hex4(s);
    bool high = unit >= 0xD800 && unit <= 0xDBFF, low = unit >= 0xDC00 && unit <= 0xDFFF;
    long second = high ? take_low(s) : -1;
    bool lone = unit == 0 || low || (high && second < 0);
    s->lone = s->lone || lone;
    *out = lone ? 0xFFFD : high ? 0x10000 + (uint32_t)((unit - 0xD800) * 0x400 + (second - 0xDC00)) : (uint32_t)unit;
    return unit >= 0;
}

static bool skip_string(struct json_scan *s)
{
    uint32_t meant;
    for (s->at++; s->at < s->end;) {
        s->at += json_plain_run(s->at, (size_t)(s->end - s->at));
        if (json_scan_take(s, '"'))
            return true;
        if (!json_scan_take(s, '\\') || !json_scan_escape(s, &meant))
            return false; /* a control byte, or the end */
    }
    return false;
}

static bool skip_word(struct json_scan *s)
{
    const char *start = s->at;
    while (s->at < s->end && *s->at >= 'a' && *s->at <= 'z')
        s->at++;
    return s->at > start;
}

bool json_scan_token(struct json_scan *s)
{
    char c = *s->at;
    if (c == '"')
        return skip_string(s);
    if (c == '-' || is_digit(c))
        return skip_number(s);
    if (strchr("{}[],:", c) && c) {
        s->at++;
        return true;
    }
    return skip_word(s);
}
