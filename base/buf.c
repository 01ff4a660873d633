#include "base/buf.h"

#include <stdarg.h>
#include <stdio.h>
#include <string.h>

#include "base/mem.h"

#define FIRST_BYTES 256 /* most of what is written fits */

void buf_init(struct buf *b, size_t max)
{
    *b = (struct buf){.max = max < SIZE_MAX ? max : SIZE_MAX - 1}; /* the NUL counts too */
}

void buf_init_over(struct buf *b, char *room, size_t size, size_t max)
{
    buf_init(b, max);
    b->ptr = room;
    b->capacity = size <= b->max ? size : b->max + 1;
    b->lent = true;
    b->ptr[0] = '\0';
}

void buf_init_within(struct buf *b, struct arena *arena, char *room, size_t size, size_t max)
{
    buf_init_over(b, room, size, max);
    b->arena = arena;
}

void buf_release(struct buf *b)
{
    if (!b->lent)
        mem_free(b->ptr);
    buf_init(b, b->max);
}

void buf_clear(struct buf *b)
{
    b->len = 0;
    b->error = OK;
    if (b->ptr)
        b->ptr[0] = '\0';
}

/* Doubles, so that appends stay cheap, but never past the limit and its NUL. */
static size_t grown(const struct buf *b, size_t need)
{
    size_t capacity = b->capacity ? b->capacity : FIRST_BYTES;
    while (capacity < need)
        capacity = capacity > SIZE_MAX / 2 ? need : capacity * 2;
    return capacity > b->max ? b->max + 1 : capacity;
}

bool buf_reserve(struct buf *b, size_t more)
{
    if (b->error)
        return false;
    if (more > b->max - b->len) {
        b->error = ERR_LIMIT;
        return false;
    }
    size_t need = b->len + more + 1;
    if (need <= b->capacity)
        return true;
    size_t capacity = grown(b, need);
    char *ptr = b->arena ? arena_bytes(b->arena, capacity) : mem_resize(b->lent ? NULL : b->ptr, capacity);
    if (!ptr) {
        b->error = ERR_NOMEM;
        return false;
    }
    if (b->lent)
        memcpy(ptr, b->ptr, b->len + 1);
    b->lent = b->arena != NULL;
    b->ptr = ptr;
    b->capacity = capacity;
    return true;
}

void buf_grow_and_add(struct buf *b, const void *bytes, size_t len)
{
    if (!buf_reserve(b, len))
        return;
    if (len)
        memcpy(b->ptr + b->len, bytes, len);
    b->len += len;
    b->ptr[b->len] = '\0';
}

void buf_addi(struct buf *b, int64_t number)
{
    char text[SLICE_DECIMAL_SIZE];
    buf_addslice(b, slice_decimal(number, text));
}

/* Writes into the room there is; only what does not fit is formatted a second time. */
void buf_addf(struct buf *b, const char *format, ...)
{
    va_list args;
    size_t room = b->capacity - b->len;
    if (b->error)
        return;
    va_start(args, format);
    int len = vsnprintf(room ? b->ptr + b->len : NULL, room, format, args);
    va_end(args);
    if (len < 0) {
        b->error = ERR_LIMIT; /* above INT_MAX: the C library gives up */
    } else if ((size_t)len < room) {
        b->len += (size_t)len;
    } else if (buf_reserve(b, (size_t)len)) {
        va_start(args, format);
        vsnprintf(b->ptr + b->len, (size_t)len + 1, format, args);
        va_end(args);
        b->len += (size_t)len;
    }
    if (b->ptr)
        b->ptr[b->len] = '\0';
}

const char *buf_text(const struct buf *b)
{
    return b->ptr ? b->ptr : "";
}
