/* Writing the catalogue: as YAML, CSV and JSON, each of which reads again as the same, and what differs between two.
 *
 * Fields are always in one order, sets of words as lists, "all" as ["all"] in JSON, so that entries that say the same
 * in other notations are the same JSON. Must not know: files. Failure policy: the buffer's. Proved by
 * tests/unit/test_catalogue_forms.c. */
#ifndef ENGINE_CATALOGUE_WRITE_H
#define ENGINE_CATALOGUE_WRITE_H

#include "base/buf.h"
#include "engine/catalogue.h"

/* Appends an entry as a JSON object on one line. */
void catalogue_put_entry(struct buf *out, const struct resource *resource);

/* Appends the whole as a file. */
void catalogue_put_yaml(struct buf *out, const struct catalogue *catalogue);
void catalogue_put_csv(struct buf *out, const struct catalogue *catalogue);

/* Appends a field's value as a person reads it (pieces joined by ", "). `number` is below CATALOGUE_FIELDS. Appends
 * nothing where the entry leaves it out. */
void catalogue_put_value(struct buf *out, const struct resource *resource, size_t number);

/* Gives a field's name. */
const char *catalogue_field_name(size_t number);

/* One difference: an entry that came or went, or a field of one that is in both. */
struct catalogue_change {
    const struct resource *before, *after; /* NULL: it is not there */
    size_t field;                          /* CATALOGUE_FIELDS: the entry as a whole */
};

/* Calls `each` for every difference, in the order of `after`, then for what was removed. Entries are the same by id;
 * their order in the file is not looked at. A NULL `before` has none. Returns ERR_NOMEM, or OK. */
MUST_USE enum error catalogue_compare(const struct catalogue *before, const struct catalogue *after,
                                      void (*each)(void *ctx, const struct catalogue_change *change), void *ctx);

#endif
