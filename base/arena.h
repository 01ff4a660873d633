/* Arenas: memory that dies together.
 *
 * One arena serves one event: a request, a turn, a file that is read. Everything made for it is freed in one go,
 * so that no decoder frees anything by itself. Blocks are aligned for any type, and zeroed but for texts and
 * arena_bytes(). An arena has a named limit; reaching it is ERR_LIMIT's case and looks like no memory to the caller
 * (NULL).
 * Proved by tests/unit/test_arena.c. */
#ifndef BASE_ARENA_H
#define BASE_ARENA_H

#include "base/slice.h"

struct arena;

/* Makes an arena that may hand out up to `max` bytes. Returns NULL without memory; free with arena_free(). */
struct arena *arena_new(size_t max);

/* Frees the arena and all that it handed out; NULL is allowed. */
void arena_free(struct arena *arena);

/* Takes back all that was handed out, keeping the first page for the next event. */
void arena_reset(struct arena *arena);

/* A point to go back to. */
struct arena_mark {
    void *chunk;
    size_t chunk_used, used; /* bytes */
};

/* Notes where the arena stands. */
struct arena_mark arena_mark(const struct arena *arena);

/* Takes back all that was handed out since the mark; a reset in between makes the mark invalid. */
void arena_rewind(struct arena *arena, struct arena_mark mark);

/* Hands out `size` zeroed bytes. Returns NULL at the limit or without memory. */
void *arena_alloc(struct arena *arena, size_t size) __attribute__((warn_unused_result));

/* As arena_alloc(), for bytes that are written before they are read: they are not zeroed. */
void *arena_bytes(struct arena *arena, size_t size) __attribute__((warn_unused_result));

/* Hands out room for `count` items of `size` bytes, NULL also when the product overflows. */
void *arena_array(struct arena *arena, size_t count, size_t size) __attribute__((warn_unused_result));

/* Hands out room for `room` items of `size` bytes, of which the first `count` are copied from `items` and the others
 * zeroed. The old ones stay where they are until the arena ends. Returns NULL as arena_array() does. */
void *arena_grow(struct arena *arena, const void *items, size_t count, size_t room, size_t size)
    __attribute__((warn_unused_result));

/* Copies a slice, with a NUL behind it. An empty result with a NULL ptr means failure; the copy of an empty slice has
 * a ptr. */
struct slice arena_copy(struct arena *arena, struct slice s) __attribute__((warn_unused_result));

/* Copies slices one behind the other, with a NUL behind the last. Returns as arena_copy(). */
struct slice arena_join(struct arena *arena, const struct slice *parts, size_t count)
    __attribute__((warn_unused_result));

/* Formats text into the arena, NUL-terminated. Returns NULL on failure. */
char *arena_printf(struct arena *arena, const char *format, ...)
    __attribute__((format(printf, 2, 3), warn_unused_result));

/* Tells how many bytes are handed out. */
size_t arena_used(const struct arena *arena);

#endif
