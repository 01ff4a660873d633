#include "base/slice.h"

#include <string.h>
#include <strings.h>

bool slice_is_nocase(struct slice a, const char *text)
{
    if (a.len && (a.ptr[0] | 0x20) != (text[0] | 0x20))
        return false; /* as most that are not it */
    size_t len = strlen(text);
    return a.len == len && (len == 0 || strncasecmp(a.ptr, text, len) == 0);
}

int slice_compare(struct slice a, struct slice b)
{
    size_t shared = a.len < b.len ? a.len : b.len;
    int order = shared ? memcmp(a.ptr, b.ptr, shared) : 0;
    return order ? order : (a.len > b.len) - (a.len < b.len);
}

static bool is_blank(char c)
{
    return c == ' ' || c == '\t' || c == '\r' || c == '\n';
}

struct slice slice_trim(struct slice a)
{
    while (a.len > 0 && is_blank(a.ptr[0])) {
        a.ptr++;
        a.len--;
    }
    while (a.len > 0 && is_blank(a.ptr[a.len - 1]))
        a.len--;
    return a;
}

bool slice_cut(struct slice *rest, char separator, struct slice *head)
{
    if (!rest->ptr)
        return false;
    size_t at = slice_find(*rest, separator);
    *head = (struct slice){rest->ptr, at};
    *rest = at < rest->len ? (struct slice){rest->ptr + at + 1, rest->len - at - 1} : SLICE_NONE;
    return true;
}

bool slice_u64(struct slice a, uint64_t max, uint64_t *out)
{
    uint64_t value = 0;
    if (a.len == 0)
        return false;
    for (size_t i = 0; i < a.len; i++) {
        if (a.ptr[i] < '0' || a.ptr[i] > '9')
            return false;
        uint64_t digit = (uint64_t)(a.ptr[i] - '0');
        if (__builtin_mul_overflow(value, 10, &value) || __builtin_add_overflow(value, digit, &value))
            return false;
    }
    if (value > max)
        return false;
    *out = value;
    return true;
}

uint32_t slice_hash(struct slice a)
{
    uint32_t hash = 2166136261u;
    for (size_t i = 0; i < a.len; i++)
        hash = (hash ^ (unsigned char)a.ptr[i]) * 16777619u;
    return hash ^ hash >> 16;
}

bool slice_copy(struct slice a, char *out, size_t size)
{
    out[0] = '\0';
    if (a.len >= size || (a.len && memchr(a.ptr, '\0', a.len)))
        return false;
    if (a.len)
        memcpy(out, a.ptr, a.len);
    out[a.len] = '\0';
    return true;
}

void slice_fill(struct slice a, char *out, size_t size)
{
    size_t len = a.len < size ? a.len : size - 1;
    if (len)
        memcpy(out, a.ptr, len);
    out[len] = '\0';
}

/* The numbers below a hundred: a division gives two digits. */
static const char pairs[] = "0001020304050607080910111213141516171819"
                            "2021222324252627282930313233343536373839"
                            "4041424344454647484950515253545556575859"
                            "6061626364656667686970717273747576777879"
                            "8081828384858687888990919293949596979899";

struct slice slice_decimal(int64_t number, char out[SLICE_DECIMAL_SIZE])
{
    uint64_t rest = number < 0 ? -(uint64_t)number : (uint64_t)number;
    char *const end = out + SLICE_DECIMAL_SIZE, *at = end;
    for (; rest >= 100; rest /= 100)
        memcpy(at -= 2, pairs + 2 * (rest % 100), 2);
    if (rest >= 10)
        memcpy(at -= 2, pairs + 2 * rest, 2);
    else
        *--at = (char)('0' + rest);
    if (number < 0)
        *--at = '-';
    return (struct slice){at, (size_t)(end - at)};
}
