/* Blocks: memory that was freed a moment ago, for whoever asks for as much next.
 *
 * A call to a provider makes some fifty small allocations inside of libcurl, and many calls are under way at once, so
 * that the C library has long merged what one freed when the next asks. A thread that said blocks_keep() keeps what
 * it frees in a list a size; every other thread (libcurl's resolvers) goes to the C library. Invariant: every block is
 * one of malloc()'s, so that any thread, and free(), may free it. Failure policy: that of malloc(). Under
 * AddressSanitizer nothing is kept, so that it sees what is freed. Proved by tests/unit/test_blocks.c. */
#ifndef BASE_BLOCKS_H
#define BASE_BLOCKS_H

#include <stddef.h>

#define BLOCKS_LARGEST 4096                 /* bytes: larger ones are never kept */
#define BLOCKS_KEPT_MAX (8UL * 1024 * 1024) /* bytes that nobody has, in a thread */

/* Lets the calling thread keep blocks from now on, until it ends. */
void blocks_keep(void);

/* Gives `size` bytes, not zeroed. Returns NULL when there is no memory; the caller owns the result. */
void *blocks_take(size_t size) __attribute__((warn_unused_result));

/* Gives `count` times `size` zeroed bytes. Returns NULL when there is no memory; the caller owns the result. */
void *blocks_take_zeroed(size_t count, size_t size) __attribute__((warn_unused_result));

/* Changes a block's size, as realloc(): on NULL the old block is still the caller's. */
void *blocks_resize(void *block, size_t size) __attribute__((warn_unused_result));

/* Copies a text. Returns NULL when there is no memory; the caller owns the result. */
char *blocks_copy(const char *text) __attribute__((warn_unused_result));

/* Frees a block; NULL is allowed. */
void blocks_give(void *block);

/* Tells how many bytes the calling thread keeps that nobody has. */
size_t blocks_kept(void);

#endif
