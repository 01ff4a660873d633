#include "base/mem.h"

#include <stdint.h>
#include <stdlib.h>
#include <string.h>

static long successes_left = -1;

static int may_allocate(void)
{
    if (successes_left < 0)
        return 1;
    if (successes_left == 0)
        return 0;
    successes_left--;
    return 1;
}

void *mem_alloc(size_t size)
{
    return may_allocate() ? calloc(1, size ? size : 1) : NULL;
}

void *mem_resize(void *block, size_t size)
{
    return may_allocate() ? realloc(block, size ? size : 1) : NULL;
}

char *mem_copy(const char *bytes, size_t len)
{
    char *copy = len < SIZE_MAX ? mem_alloc(len + 1) : NULL;
    if (copy && len)
        memcpy(copy, bytes, len);
    return copy;
}

void mem_free(void *block)
{
    free(block);
}

void mem_fail_after(long successes)
{
    successes_left = successes;
}
