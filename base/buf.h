/* Buffers: bytes that grow up to a named limit.
 *
 * A writer appends without checking each call: the first failure (limit reached, no memory) sticks in
 * `error`, later appends do nothing, and the writer looks once, at the end. The bytes before the failure
 * stay readable. There is always a NUL behind the last byte.
 * Life cycle: buf_init, any appends, buf_release. Proved by tests/unit/test_buf.c. */
#ifndef BASE_BUF_H
#define BASE_BUF_H

#include <string.h>

#include "base/arena.h"
#include "base/error.h"

struct buf {
    char *ptr;           /* owned unless lent; NULL until the first append */
    size_t len;          /* bytes, without the NUL */
    size_t capacity;     /* bytes allocated */
    size_t max;          /* limit for len, bytes */
    enum error error;    /* OK, ERR_LIMIT or ERR_NOMEM: sticks */
    bool lent;           /* ptr is the caller's memory, or the arena's */
    struct arena *arena; /* what it grows in; NULL: the heap */
};

/* Prepares an empty buffer that may hold up to `max` bytes. Allocates nothing. */
void buf_init(struct buf *b, size_t max);

/* As buf_init(), beginning in `room`, which has `size` bytes and must outlive the buffer: only what needs more is
 * allocated. */
void buf_init_over(struct buf *b, char *room, size_t size, size_t max);

/* As buf_init_over(), growing in `arena`, which must outlive the buffer: what was outgrown stays there until the arena
 * ends, at most twice `max` in all. */
void buf_init_within(struct buf *b, struct arena *arena, char *room, size_t size, size_t max);

/* Frees the bytes and leaves an empty buffer with the same limit. */
void buf_release(struct buf *b);

/* Forgets the contents and the error, keeping the memory. */
void buf_clear(struct buf *b);

/* Makes room for `more` bytes and the NUL, so that appending that many cannot fail. Returns false, with the failure in
 * `error`, when there is none. */
bool buf_reserve(struct buf *b, size_t more);

/* Appends bytes where the room may have to grow first: what buf_add() does when there is none. */
void buf_grow_and_add(struct buf *b, const void *bytes, size_t len);

/* Appends bytes. */
static inline void buf_add(struct buf *b, const void *bytes, size_t len)
{
    if (b->error || len >= b->capacity - b->len) {
        buf_grow_and_add(b, bytes, len);
        return;
    }
    if (len)
        memcpy(b->ptr + b->len, bytes, len);
    b->len += len;
    b->ptr[b->len] = '\0';
}

/* Appends one byte. */
static inline void buf_addc(struct buf *b, char c)
{
    buf_add(b, &c, 1);
}

/* Appends a NUL-terminated text. */
static inline void buf_adds(struct buf *b, const char *text)
{
    buf_add(b, text, strlen(text));
}

/* Appends a slice. */
static inline void buf_addslice(struct buf *b, struct slice s)
{
    buf_add(b, s.ptr, s.len);
}

/* Appends a decimal number. */
void buf_addi(struct buf *b, int64_t number);

/* Appends printf-style text. */
void buf_addf(struct buf *b, const char *format, ...) __attribute__((format(printf, 2, 3)));

/* Gives the contents; good until the next append, clear or release. */
static inline struct slice buf_slice(const struct buf *b)
{
    return (struct slice){b->ptr, b->len};
}

/* Gives the contents as NUL-terminated text, "" when empty; good as long as buf_slice()'s. */
const char *buf_text(const struct buf *b);

#endif
