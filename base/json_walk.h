/* JSON read in place: the members of an object or a list one after the other, with no tree and nothing allocated.
 *
 * For what we wrote ourselves and read once, as what waits to be sent, and for an answer of which a word or two is
 * wanted (twilio.c); what comes from outside is json.h's else. Each token is checked as there, and each value's place;
 * what is within a value that nobody enters is checked by its tokens and its depth only, a name that comes twice is
 * given twice, and names are given as they are written. Whether the bytes are UTF-8 is for the caller to know. Proved
 * by tests/unit/test_json_walk.c and tests/fuzz/fuzz_json.c. */
#ifndef BASE_JSON_WALK_H
#define BASE_JSON_WALK_H

#include "base/json_scan.h"
#include "base/slice.h"

enum json_kind { JSON_STRING, JSON_NUMBER, JSON_WORD, JSON_OBJECT, JSON_LIST };

struct json_value {
    enum json_kind kind;
    bool escaped;      /* a string that is not what it says until json_unescape() */
    struct slice text; /* as it is written: a string without its quotes, an object or list with its brackets */
};

struct json_walk {
    struct json_scan scan;
    char close; /* } or ] */
    bool begun, ended;
};

/* Begins at an object or a list, blanks around it allowed; text that is neither has no members and is not whole. */
struct json_walk json_walk_into(struct slice text);

/* Takes the next member, with its name in an object and SLICE_NONE for one in a list; borrowed from the text. Returns
 * false at the end, and at what is not JSON. */
bool json_walk_next(struct json_walk *walk, struct slice *name, struct json_value *value);

/* Tells, once there is no next member, whether that was the end of the text, all of it well formed. */
bool json_walk_whole(const struct json_walk *walk);

/* Writes what an escaped string says into `out`, which has room for its text.len bytes, and gives it. What is no
 * character is U+FFFD, as in json_parse(). */
struct slice json_unescape(const struct json_value *value, char *out);

#endif
