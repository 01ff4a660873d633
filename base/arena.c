#include "base/arena.h"

#include <stdarg.h>
#include <stdio.h>
#include <string.h>

#include "base/mem.h"

#define CHUNK_BYTES 8192

struct chunk {
    struct chunk *next;
    size_t size; /* bytes behind the header */
    size_t used; /* bytes */
    _Alignas(max_align_t) char bytes[];
};

struct arena {
    struct chunk *first;   /* kept over resets */
    struct chunk *current; /* where the next block is cut from */
    size_t max;            /* bytes */
    size_t used;           /* bytes */
};

static struct chunk *chunk_new(size_t size)
{
    struct chunk *chunk = mem_alloc(sizeof(*chunk) + size);
    if (chunk)
        chunk->size = size;
    return chunk;
}

struct arena *arena_new(size_t max)
{
    struct arena *arena = mem_alloc(sizeof(*arena));
    if (!arena)
        return NULL;
    arena->first = chunk_new(CHUNK_BYTES);
    if (!arena->first) {
        mem_free(arena);
        return NULL;
    }
    arena->current = arena->first;
    arena->max = max < SIZE_MAX / 2 ? max : SIZE_MAX / 2; /* so that rounding up cannot overflow */
    return arena;
}

static void free_chunks_after(struct chunk *chunk)
{
    struct chunk *next = chunk->next;
    while (next) {
        struct chunk *after = next->next;
        mem_free(next);
        next = after;
    }
    chunk->next = NULL;
}

void arena_free(struct arena *arena)
{
    if (!arena)
        return;
    free_chunks_after(arena->first);
    mem_free(arena->first);
    mem_free(arena);
}

void arena_reset(struct arena *arena)
{
    free_chunks_after(arena->first);
    memset(arena->first->bytes, 0, arena->first->used);
    arena->first->used = 0;
    arena->current = arena->first;
    arena->used = 0;
}

struct arena_mark arena_mark(const struct arena *arena)
{
    return (struct arena_mark){arena->current, arena->current->used, arena->used};
}

void arena_rewind(struct arena *arena, struct arena_mark mark)
{
    struct chunk *chunk = mark.chunk;
    free_chunks_after(chunk);
    memset(chunk->bytes + mark.chunk_used, 0, chunk->used - mark.chunk_used);
    chunk->used = mark.chunk_used;
    arena->current = chunk;
    arena->used = mark.used;
}

void *arena_alloc(struct arena *arena, size_t size)
{
    size_t align = _Alignof(max_align_t);
    if (size > arena->max - arena->used)
        return NULL;
    size = (size + align - 1) / align * align;
    if (size > arena->max - arena->used)
        return NULL;
    struct chunk *chunk = arena->current;
    if (size > chunk->size - chunk->used) {
        chunk = chunk_new(size > CHUNK_BYTES ? size : CHUNK_BYTES);
        if (!chunk)
            return NULL;
        arena->current->next = chunk;
        arena->current = chunk;
    }
    void *block = chunk->bytes + chunk->used;
    chunk->used += size;
    arena->used += size;
    return block;
}

void *arena_array(struct arena *arena, size_t count, size_t size)
{
    size_t bytes;
    return __builtin_mul_overflow(count, size, &bytes) ? NULL : arena_alloc(arena, bytes);
}

void *arena_grow(struct arena *arena, const void *items, size_t count, size_t room, size_t size)
{
    void *grown = arena_array(arena, room, size);
    if (grown && count)
        memcpy(grown, items, count * size);
    return grown;
}

struct slice arena_copy(struct arena *arena, struct slice s)
{
    if (s.len == SIZE_MAX)
        return SLICE_NONE;
    char *copy = arena_alloc(arena, s.len + 1);
    if (!copy)
        return SLICE_NONE;
    if (s.len)
        memcpy(copy, s.ptr, s.len);
    return (struct slice){copy, s.len};
}

char *arena_printf(struct arena *arena, const char *format, ...)
{
    va_list args;
    va_start(args, format);
    int len = vsnprintf(NULL, 0, format, args);
    va_end(args);
    char *text = len < 0 ? NULL : arena_alloc(arena, (size_t)len + 1);
    if (!text)
        return NULL;
    va_start(args, format);
    vsnprintf(text, (size_t)len + 1, format, args);
    va_end(args);
    return text;
}

size_t arena_used(const struct arena *arena)
{
    return arena->used;
}
