#include "base/arena.h"

#include <stdarg.h>
#include <stdio.h>
#include <string.h>

#include "base/mem.h"

/* What blocks are cut from: a page, or more where one block needs more. */
struct chunk {
    struct chunk *next;
    size_t size; /* bytes behind the header */
    size_t used; /* bytes */
    _Alignas(max_align_t) char bytes[];
};

#define CHUNK_BYTES (MEM_PAGE - sizeof(struct chunk))

/* Lies at the start of its own first chunk. */
struct arena {
    struct chunk *first;   /* kept over resets */
    struct chunk *current; /* where the next block is cut from */
    size_t max;            /* bytes */
    size_t used;           /* bytes */
};

#define ALIGN _Alignof(max_align_t)
#define ROUND_UP(size) (((size) + ALIGN - 1) / ALIGN * ALIGN)
#define HEAD_BYTES ROUND_UP(sizeof(struct arena))

static struct chunk *chunk_new(size_t size)
{
    struct chunk *chunk = size <= CHUNK_BYTES ? mem_page_take() : mem_resize(NULL, sizeof(*chunk) + size);
    if (!chunk)
        return NULL;
    *chunk = (struct chunk){.size = size <= CHUNK_BYTES ? CHUNK_BYTES : size};
    return chunk;
}

static void chunk_free(struct chunk *chunk)
{
    if (chunk->size == CHUNK_BYTES)
        mem_page_give(chunk);
    else
        mem_free(chunk);
}

struct arena *arena_new(size_t max)
{
    struct chunk *first = chunk_new(0);
    if (!first)
        return NULL;
    struct arena *arena = (struct arena *)first->bytes;
    first->used = HEAD_BYTES;
    *arena = (struct arena){
        .first = first,
        .current = first,
        .max = max < SIZE_MAX / 2 ? max : SIZE_MAX / 2, /* so that rounding up cannot overflow */
    };
    return arena;
}

static void free_chunks_after(struct chunk *chunk)
{
    struct chunk *next = chunk->next;
    while (next) {
        struct chunk *after = next->next;
        chunk_free(next);
        next = after;
    }
    chunk->next = NULL;
}

void arena_free(struct arena *arena)
{
    if (!arena)
        return;
    struct chunk *first = arena->first;
    free_chunks_after(first);
    chunk_free(first);
}

void arena_reset(struct arena *arena)
{
    free_chunks_after(arena->first);
    arena->first->used = HEAD_BYTES;
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
    chunk->used = mark.chunk_used;
    arena->current = chunk;
    arena->used = mark.used;
}

void *arena_bytes(struct arena *arena, size_t size)
{
    if (size > arena->max - arena->used)
        return NULL;
    size = ROUND_UP(size);
    if (size > arena->max - arena->used)
        return NULL;
    struct chunk *chunk = arena->current;
    if (size > chunk->size - chunk->used) {
        chunk = chunk_new(size);
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

void *arena_alloc(struct arena *arena, size_t size)
{
    void *block = arena_bytes(arena, size);
    return block ? memset(block, 0, size) : NULL;
}

void *arena_array(struct arena *arena, size_t count, size_t size)
{
    size_t bytes;
    return __builtin_mul_overflow(count, size, &bytes) ? NULL : arena_alloc(arena, bytes);
}

void *arena_grow(struct arena *arena, const void *items, size_t count, size_t room, size_t size)
{
    size_t bytes;
    char *grown = __builtin_mul_overflow(room, size, &bytes) ? NULL : arena_bytes(arena, bytes);
    if (!grown)
        return NULL;
    if (count)
        memcpy(grown, items, count * size);
    memset(grown + count * size, 0, bytes - count * size);
    return grown;
}

struct slice arena_copy(struct arena *arena, struct slice s)
{
    char *start = s.len < SIZE_MAX ? arena_bytes(arena, s.len + 1) : NULL, *to = start;
    if (!start)
        return SLICE_NONE;
    slice_pack(&to, s);
    *to = '\0';
    return (struct slice){start, s.len};
}

struct slice arena_join(struct arena *arena, const struct slice *parts, size_t count)
{
    size_t len = 0;
    for (size_t i = 0; i < count; i++)
        if (__builtin_add_overflow(len, parts[i].len, &len))
            return SLICE_NONE;
    char *start = len < SIZE_MAX ? arena_bytes(arena, len + 1) : NULL, *to = start;
    if (!start)
        return SLICE_NONE;
    for (size_t i = 0; i < count; i++)
        slice_pack(&to, parts[i]);
    *to = '\0';
    return (struct slice){start, len};
}

/* Writes into the room there is; only what does not fit is formatted a second time. */
char *arena_printf(struct arena *arena, const char *format, ...)
{
    va_list args;
    char *place = arena->current->bytes + arena->current->used;
    size_t room = arena->current->size - arena->current->used;
    va_start(args, format);
    int len = vsnprintf(place, room, format, args);
    va_end(args);
    char *text = len < 0 ? NULL : arena_bytes(arena, (size_t)len + 1);
    if (!text || (text == place && (size_t)len < room))
        return text;
    va_start(args, format);
    vsnprintf(text, (size_t)len + 1, format, args);
    va_end(args);
    return text;
}

size_t arena_used(const struct arena *arena)
{
    return arena->used;
}
