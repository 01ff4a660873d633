#include "base/blocks.h"

#include <malloc.h>
#include <stdbool.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#define STEP 16 /* what glibc's block sizes differ by: 24, 40, 56 … */
#define LEAST 24
#define CLASSES (BLOCKS_LARGEST / STEP + 1)

struct block {
    struct block *next;
};

static _Thread_local struct {
    bool on;
    size_t kept; /* bytes */
    struct block *lists[CLASSES];
} keep;

void blocks_keep(void)
{
#ifndef __SANITIZE_ADDRESS__
    keep.on = true;
#endif
}

size_t blocks_kept(void)
{
    return keep.kept;
}

/* The bytes that each block of a class has at least. */
static size_t class_bytes(size_t class)
{
    return LEAST + class * STEP;
}

/* The least class whose blocks are large enough. */
static size_t class_for(size_t size)
{
    return size <= LEAST ? 0 : (size - LEAST + STEP - 1) / STEP;
}

void *blocks_take(size_t size)
{
    if (!keep.on || size > BLOCKS_LARGEST)
        return malloc(size ? size : 1);
    size_t class = class_for(size);
    struct block *block = keep.lists[class];
    if (!block)
        return malloc(class_bytes(class));
    keep.lists[class] = block->next;
    keep.kept -= class_bytes(class);
    return block;
}

void *blocks_take_zeroed(size_t count, size_t size)
{
    if (!keep.on || size > BLOCKS_LARGEST || count > BLOCKS_LARGEST || count * size > BLOCKS_LARGEST)
        return calloc(count ? count : 1, size ? size : 1);
    void *block = blocks_take(count * size);
    return block ? memset(block, 0, count * size) : NULL;
}

void blocks_give(void *block)
{
    struct block *given = block;
    size_t size = keep.on && block ? malloc_usable_size(block) : 0;
    if (size < LEAST || size > BLOCKS_LARGEST || keep.kept + size > BLOCKS_KEPT_MAX) {
        free(block);
        return;
    }
    size_t class = (size - LEAST) / STEP;
    given->next = keep.lists[class];
    keep.lists[class] = given;
    keep.kept += class_bytes(class);
}

void *blocks_resize(void *block, size_t size)
{
    if (!keep.on || !block)
        return block ? realloc(block, size ? size : 1) : blocks_take(size);
    size_t has = malloc_usable_size(block);
    if (size > BLOCKS_LARGEST || has > BLOCKS_LARGEST)
        return realloc(block, size ? size : 1);
    if (size <= has)
        return block;
    void *larger = blocks_take(size);
    if (!larger)
        return NULL;
    memcpy(larger, block, has);
    blocks_give(block);
    return larger;
}

char *blocks_copy(const char *text)
{
    size_t size = strlen(text) + 1;
    char *copy = blocks_take(size);
    return copy ? memcpy(copy, text, size) : NULL;
}
