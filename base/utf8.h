/* UTF-8, and the folding that all understanding starts from.
 *
 * Text from outside is checked or repaired once, at the border; inside, every slice of text is valid UTF-8.
 * Folding is the one normalisation that recognisers, keywords and classifiers share, in training and in use.
 * Invariants: no function here allocates (what is appended to a buffer grows that buffer), each is linear in
 * its input, and folding what is folded changes nothing. Proved by tests/unit/test_utf8.c and
 * tests/fuzz/fuzz_utf8.c. */
#ifndef BASE_UTF8_H
#define BASE_UTF8_H

#include "base/buf.h"
#include "base/slice.h"

#define UTF8_REPLACEMENT 0xFFFDu /* what stands for bytes that are no character */

/* Takes the first code point off text that begins with a byte above 0x7F: utf8_next()'s rarer half. */
bool utf8_next_wide(struct slice *rest, uint32_t *code_point);

/* Takes the first code point off *rest. Ill-formed bytes (overlong, surrogate, above U+10FFFF, cut short)
 * give UTF8_REPLACEMENT and take one byte. Returns false, with nothing changed, when *rest is empty. */
static inline bool utf8_next(struct slice *rest, uint32_t *code_point)
{
    if (rest->len == 0)
        return false;
    if ((unsigned char)*rest->ptr >= 0x80)
        return utf8_next_wide(rest, code_point);
    *code_point = (unsigned char)*rest->ptr++;
    rest->len--;
    return true;
}

/* Tells whether the slice is well-formed UTF-8 throughout. */
bool utf8_valid(struct slice text);

/* Writes one code point as UTF-8; surrogates and values above U+10FFFF are written as UTF8_REPLACEMENT.
 * Returns the bytes written, 1 to 4. */
size_t utf8_encode(uint32_t code_point, char out[4]);

/* Appends one code point; surrogates and values above U+10FFFF are written as UTF8_REPLACEMENT. */
void utf8_put(struct buf *out, uint32_t code_point);

/* Appends text as valid UTF-8 fit to keep: ill-formed bytes become U+FFFD, a leading byte order mark and
 * control characters other than LF and TAB go (CR LF and CR become LF). */
void utf8_clean(struct slice text, struct buf *out);

/* Counts code points (WhatsApp's limits are in these); an ill-formed byte counts as one. */
size_t utf8_count(struct slice text);

/* Cuts text to at most `max` code points, never inside one. */
struct slice utf8_prefix(struct slice text, size_t max);

/* Folds text into `out` for comparing: lower case, marks off (á a, ñ n, ü u), compatibility forms unfolded
 * ("1½" is "1 1/2"), the various quotes and dashes made ' and -, every run of blanks and controls one space,
 * none at the ends; invisible characters go. Other punctuation and emoji stay. Writes at most `size` - 1
 * bytes and a NUL, cutting between characters; `size` is at least 1. Returns the bytes written. Source:
 * Unicode NFKD and case folding, by libutf8proc; ASCII and Latin-1 by tables of ours. */
size_t utf8_fold(struct slice text, char *out, size_t size);

#endif
