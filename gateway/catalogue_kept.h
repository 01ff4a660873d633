/* The catalogue as Redis keeps it once staff edited it; before that the configuration's file is the catalogue.
 *
 *     ck:{staff}:catalogue            hash: id → the entry as JSON (catalogue_put_entry()), #version, #order (ids)
 *     ck:{staff}:catalogue:versions   stream, N-0 of version N: at, act (as the audit log has it), and what it was
 *                                     before: order, before ("ID JSON\n" each that changed); 500 are kept
 *
 * A version is a whole: the one before is had by undoing what it changed. Must not know: HTTP, who edits. Failure
 * policy: what is not of this form is read as nothing. Pure. Proved by tests/unit/test_catalogue_kept.c. */
#ifndef GATEWAY_CATALOGUE_KEPT_H
#define GATEWAY_CATALOGUE_KEPT_H

#include <hiredis/hiredis.h>

#include "base/arena.h"
#include "base/buf.h"
#include "engine/catalogue.h"

#define CATALOGUE_KEY SLICE("ck:{staff}:catalogue")
#define CATALOGUE_VERSIONS_KEY SLICE("ck:{staff}:catalogue:versions")
#define CATALOGUE_KEPT_ROOM (32u * 1024 * 1024) /* bytes of an arena that two of them and their change fit into */

struct catalogue_item {
    struct slice id, text; /* text: the entry as JSON */
};

/* A catalogue by its entries, in their order. Texts lie in the arena that it was made with. */
struct catalogue_kept {
    uint64_t version; /* 0: Redis has none */
    struct catalogue_item items[CATALOGUE_RESOURCES_MAX];
    size_t count;
};

/* Makes one of HGETALL's reply. Returns ERR_NOMEM, or ERR_LIMIT for more entries than there may be. */
MUST_USE enum error catalogue_kept_read(const redisReply *reply, struct arena *arena, struct catalogue_kept *out);

/* Makes one of a catalogue that was read, with version 0. Returns ERR_NOMEM. */
MUST_USE enum error catalogue_kept_of(const struct catalogue *catalogue, struct arena *arena,
                                      struct catalogue_kept *out);

/* Finds an entry; NULL where there is none. */
const struct catalogue_item *catalogue_kept_find(const struct catalogue_kept *kept, struct slice id);

/* Puts an entry in the place of the one of its id, or behind the last; takes one away. Returns ERR_LIMIT where there is
 * no room. */
MUST_USE enum error catalogue_kept_put(struct catalogue_kept *kept, struct slice id, struct slice text);
void catalogue_kept_remove(struct catalogue_kept *kept, struct slice id);

/* Makes of a version the one before it. `order` and `before` are as the stream has them. Returns ERR_NOMEM or
 * ERR_LIMIT. */
MUST_USE enum error catalogue_kept_undo(struct catalogue_kept *kept, struct slice order, struct slice before,
                                        struct arena *arena);

/* Checks and makes the catalogue that it is. Returns as catalogue_read_entries(). */
struct catalogue *catalogue_kept_make(const struct catalogue_kept *kept, struct faults *faults);

/* Appends the ids in their order, and a line for each entry that is not the same in both, as the Function
 * chaski_edit_catalogue takes them. */
void catalogue_kept_put_order(struct buf *out, const struct catalogue_kept *kept);
void catalogue_kept_put_changes(struct buf *out, const struct catalogue_kept *before,
                                const struct catalogue_kept *after);

#endif
