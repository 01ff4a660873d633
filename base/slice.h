/* Slices: borrowed runs of bytes.
 *
 * A slice points into memory that somebody else owns and is good until that owner lets go of it; nothing
 * here allocates, and no slice need end in NUL. All of Chaski passes text as slices, so that a decoder
 * can hand on parts of a request without copying. Bytes only: UTF-8 lives in utf8.h.
 * Proved by tests/unit/test_slice.c. */
#ifndef BASE_SLICE_H
#define BASE_SLICE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

struct slice {
    const char *ptr; /* NULL only where len is 0 */
    size_t len;      /* bytes */
};

#define SLICE_NONE ((struct slice){NULL, 0})
#define SLICE(literal) ((struct slice){(literal), sizeof(literal) - 1})

/* Makes a slice of the NUL-terminated text (NULL gives the empty slice). */
static inline struct slice slice_of(const char *text)
{
    return text ? (struct slice){text, strlen(text)} : SLICE_NONE;
}

/* Tells whether two slices hold the same bytes. Not for secrets: see bytes_equal() in crypto.h. */
static inline bool slice_eq(struct slice a, struct slice b)
{
    return a.len == b.len && (a.len == 0 || memcmp(a.ptr, b.ptr, a.len) == 0);
}

/* Tells whether the slice holds exactly the bytes of the NUL-terminated text. Most that are not it tell so by their
 * first byte. */
static inline bool slice_is(struct slice a, const char *text)
{
    bool may_be = a.len == 0 || (text && a.ptr[0] == text[0]);
    return may_be && slice_eq(a, slice_of(text));
}

/* As slice_is(), not minding the case of ASCII letters. */
bool slice_is_nocase(struct slice a, const char *text);

/* Tells whether the slice begins with the NUL-terminated prefix. */
static inline bool slice_starts(struct slice a, const char *prefix)
{
    size_t len = strlen(prefix);
    return a.len >= len && (len == 0 || memcmp(a.ptr, prefix, len) == 0);
}

/* Tells whether the slice ends with another. */
static inline bool slice_ends(struct slice a, struct slice end)
{
    return a.len >= end.len && (end.len == 0 || memcmp(a.ptr + a.len - end.len, end.ptr, end.len) == 0);
}

/* Orders two slices by bytes, then by length. Returns below, at or above 0. */
int slice_compare(struct slice a, struct slice b);

/* Takes ASCII blanks (space, tab, CR, LF) off both ends. */
struct slice slice_trim(struct slice a);

/* Gives the part from byte `start` to before byte `end`; both are clamped to the slice. */
static inline struct slice slice_part(struct slice a, size_t start, size_t end)
{
    if (end > a.len)
        end = a.len;
    if (start > end)
        start = end;
    return a.ptr ? (struct slice){a.ptr + start, end - start} : SLICE_NONE;
}

/* Finds the first `needle`. Returns its byte offset, or a.len when there is none. */
static inline size_t slice_find(struct slice a, char needle)
{
    const char *at = a.len ? (const char *)memchr(a.ptr, needle, a.len) : NULL;
    return at ? (size_t)(at - a.ptr) : a.len;
}

/* Cuts the text before the first `separator` into *head and moves *rest behind it.
 * Returns false, with nothing changed, when *rest is exhausted (its ptr is NULL). The last piece leaves *rest
 * exhausted, so "a,b," gives "a", "b" and "". */
bool slice_cut(struct slice *rest, char separator, struct slice *head);

/* Reads an unsigned decimal of digits only. Returns false, with *out unchanged, on an empty slice, any
 * other byte, or a value above `max`. */
bool slice_u64(struct slice a, uint64_t max, uint64_t *out);

/* Gives a 32-bit hash (FNV-1a, folded) that spreads short texts such as phone numbers; the same on every machine. Not
 * for secrets. */
uint32_t slice_hash(struct slice a);

/* Copies the slice with a final NUL into `out`. Returns false, with out[0] NUL, if it does not fit in `size` bytes
 * or holds a NUL itself. */
bool slice_copy(struct slice a, char *out, size_t size);

/* Copies of the slice what fits into `out`, which has `size` > 0 bytes, and puts a NUL behind. Cuts at a byte. */
void slice_fill(struct slice a, char *out, size_t size);

/* Writes a decimal number into the end of `out` (no NUL) and gives it as a slice. */
#define SLICE_DECIMAL_SIZE 20 /* "-9223372036854775808" */
struct slice slice_decimal(int64_t number, char out[SLICE_DECIMAL_SIZE]);

/* Copies the slice's bytes to *to, which has room for them, and moves *to behind them. Returns the copy. */
static inline struct slice slice_pack(char **to, struct slice from)
{
    char *start = *to;
    if (from.len)
        memcpy(start, from.ptr, from.len);
    *to = start + from.len;
    return (struct slice){start, from.len};
}

#endif
