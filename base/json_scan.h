/* JSON's tokens, which json.c checks before a tree is made of them and json_walk.c reads in place; for these two only.
 *
 * Tells what is well formed within a token, not in which order tokens may come. Proved by tests/unit/test_json.c,
 * tests/unit/test_json_walk.c and tests/fuzz/fuzz_json.c. */
#ifndef BASE_JSON_SCAN_H
#define BASE_JSON_SCAN_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/* What is left to look at. */
struct json_scan {
    const char *at, *end;
    bool lone; /* met a \u escape that is no character by itself: NUL, or half a surrogate pair */
};

/* Takes a byte off, if it is next. Returns whether it was. */
static inline bool json_scan_take(struct json_scan *s, char c)
{
    if (s->at == s->end || *s->at != c)
        return false;
    s->at++;
    return true;
}

/* Takes off a whole token that is not blank: a string, a number, a word, or one of {}[],: . There must be a byte.
 * Returns whether it was well formed; a word may be any of lower-case letters. */
bool json_scan_token(struct json_scan *s);

/* Takes what follows a backslash, a surrogate pair whole, and gives the character: U+FFFD for what is none. Returns
 * whether it was well formed. */
bool json_scan_escape(struct json_scan *s, uint32_t *out);

/* Counts the bytes at the start that stand in a string as they are. */
size_t json_plain_run(const char *bytes, size_t len);

#endif
