/* JSON from outside, read strictly; JSON of ours, written exactly.
 *
 * A face over cJSON that refuses what cJSON lets pass: more than JSON_DEPTH_MAX levels, duplicate keys,
 * ill-formed UTF-8, raw control bytes, numbers like 01 or 1., trailing bytes. Size, depth and number of values
 * are counted before anything is allocated. What JSON's grammar allows but no text of ours can hold is not the
 * sender's fault and is mended, not refused: the escape of half a surrogate pair and \u0000 are read as U+FFFD
 * (one person's odd character must not cost the other people whose messages share the body). No other file calls
 * cJSON's parser. Proved by tests/unit/test_json.c and tests/fuzz/fuzz_json.c. */
#ifndef BASE_JSON_H
#define BASE_JSON_H

#include <cjson/cJSON.h>

#include "base/buf.h"
#include "base/error.h"
#include "base/slice.h"

#define JSON_DEPTH_MAX 32
#define JSON_TOKENS_MAX 200000 /* strings (keys too), numbers, literals, lists and objects of one text */

/* Parses one JSON text of at most `max_bytes`. All strings and keys of the tree are valid UTF-8 without NUL; keys
 * are compared as mended. Returns OK with *out owned by the caller (cJSON_Delete), ERR_LIMIT (size, depth,
 * tokens), ERR_SYNTAX, ERR_VALUE (duplicate key) or ERR_NOMEM. */
MUST_USE enum error json_parse(struct slice text, size_t max_bytes, cJSON **out);

/* Gives a member's string, or a slice with a NULL ptr when `object` is not an object, has no such member, or it
 * is not a string. Borrowed from the tree. NULL objects are allowed, in all of these. */
struct slice json_string(const cJSON *object, const char *name);

/* Gives a member that is an object or an array, or NULL. Keys are case-sensitive. */
const cJSON *json_object(const cJSON *object, const char *name);
const cJSON *json_array(const cJSON *object, const char *name);

/* Reads a member that is a number, or a string of digits (Meta sends timestamps so). Returns false when it is
 * neither or not a whole number that a double holds exactly (below 2^53 in size). */
bool json_int(const cJSON *object, const char *name, int64_t *out);

/* Appends a JSON string with its quotes: escapes quote, backslash and controls; text must be valid UTF-8. */
void json_put_string(struct buf *out, struct slice text);

/* Appends `"name":` and, where needed, the comma before it (unless the last byte is { or [). */
void json_put_name(struct buf *out, const char *name);

/* Appends a member that is a list of strings, as the two above do. */
void json_put_strings(struct buf *out, const char *name, const struct slice *texts, size_t count);

#endif
