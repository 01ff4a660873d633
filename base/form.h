/* URL-encoded forms and query strings, decoded in order.
 *
 * Providers repeat names, sign all parameters and send percent signs that encode nothing (Kannel's "%N"), so decoding
 * keeps order and duplicates and takes an invalid escape literally. Dots in names stay (hub.mode).
 * Source: WHATWG URL standard, application/x-www-form-urlencoded parsing; providers.md parts 1.1, 2.2, 4.2.
 * Proved by tests/unit/test_form.c and tests/fuzz/fuzz_form.c. */
#ifndef BASE_FORM_H
#define BASE_FORM_H

#include "base/arena.h"
#include "base/buf.h"
#include "base/error.h"

#define FORM_FIELDS_MAX 256

struct form_field {
    struct slice name;  /* decoded: in the arena, or in the text where there was nothing to decode */
    struct slice value; /* as the name; may hold any byte */
};

struct form {
    struct form_field *fields; /* in the arena, in wire order */
    size_t count;
};

/* Decodes `a=b&c=d` (+ and %XX). Owner: what is found lies in the arena and in the text. Returns ERR_LIMIT above
 * FORM_FIELDS_MAX fields, ERR_NOMEM. */
MUST_USE enum error form_parse(struct slice text, struct arena *arena, struct form *out);

/* Gives the first value of that name, or a slice with a NULL ptr when there is none. */
struct slice form_get(const struct form *form, const char *name);

/* Appends text percent-encoded (RFC 3986 unreserved characters stay; blank becomes %20). */
void form_encode(struct slice text, struct buf *out);

#endif
