/* Memory: the one door to the allocator.
 *
 * Every allocation of ours goes through here, so that a test can make the n-th one fail and see that the
 * message it served fails alone (STYLE: out of memory on one message fails that message). Blocks come from
 * base/blocks.h. Libraries that take hooks are given these (cJSON) or those (libcurl, libevent), which do not fail on
 * purpose.
 * Proved by tests/unit/test_arena.c, test_buf.c, and the allocation-failure rows of each module's unit test. */
#ifndef BASE_MEM_H
#define BASE_MEM_H

#include <stddef.h>

/* Allocates `size` zeroed bytes. Returns NULL when there is no memory; the caller owns the result. */
void *mem_alloc(size_t size) __attribute__((warn_unused_result));

/* Changes an allocation's size, as realloc(): on NULL the old block is still the caller's. New bytes are not
 * zeroed. */
void *mem_resize(void *block, size_t size) __attribute__((warn_unused_result));

/* Copies `len` bytes and adds a NUL. Returns NULL when there is no memory; the caller owns the result. */
char *mem_copy(const char *bytes, size_t len) __attribute__((warn_unused_result));

/* Frees a block from the functions above; NULL is allowed. */
void mem_free(void *block);

#define MEM_PAGE 16384      /* bytes */
#define MEM_PAGES_KEPT 1024 /* that nobody has, for the next ones who ask */

/* Gives MEM_PAGE bytes, not zeroed, for what lives as long as one message does: a page that came back last goes out
 * first, because the processor still has it at hand. Returns NULL when there is no memory; the caller owns the result,
 * until mem_page_give(). */
void *mem_page_take(void) __attribute__((warn_unused_result));
void mem_page_give(void *page);

/* For tests: lets `successes` more allocations succeed and fails every later one; a negative number turns
 * failing off. Not thread-safe. */
void mem_fail_after(long successes);

#endif
