#include "base/mem.h"

#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include "base/blocks.h"

static long successes_left = -1;

/* The pages that nobody has. A sanitizer is to see them as freed, so it gets them back. */
static struct page {
    struct page *next;
} *pages;
static size_t page_count;
#ifdef __SANITIZE_ADDRESS__
static const size_t pages_kept;
#else
static const size_t pages_kept = MEM_PAGES_KEPT;
#endif

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
    return may_allocate() ? blocks_take_zeroed(1, size) : NULL;
}

void *mem_resize(void *block, size_t size)
{
    return may_allocate() ? blocks_resize(block, size) : NULL;
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
    blocks_give(block);
}

void *mem_page_take(void)
{
    struct page *page = pages;
    if (!may_allocate())
        return NULL;
    if (!page)
        return malloc(MEM_PAGE);
    pages = page->next;
    page_count--;
    return page;
}

void mem_page_give(void *page)
{
    struct page *given = page;
    if (!given || page_count >= pages_kept) {
        free(given);
        return;
    }
    given->next = pages;
    pages = given;
    page_count++;
}

void mem_fail_after(long successes)
{
    successes_left = successes;
}
