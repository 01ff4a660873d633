/* Models that plain liblinear's `train` wrote: its text file, as one of ours.
 *
 * Whoever dumps the features (`chaski dataset dump industry --libsvm`), trains with liblinear's own program and reads
 * the file here gets the same scores, up to rounding to 16 bits. A label's number in the file is its place among the
 * shape's labels; feature i is our index i - 1. The file comes from outside: every number is bounded, what is not of
 * the form is a fault with its line. Proved by tests/unit/test_liblinear_text.c and tests/fuzz/fuzz_liblinear_text.c.
 * Source: save_model() of liblinear 2.3. */
#ifndef ENGINE_LIBLINEAR_TEXT_H
#define ENGINE_LIBLINEAR_TEXT_H

#include "base/error.h"
#include "engine/linear.h"

#define LIBLINEAR_TEXT_MAX (32u * 1024 * 1024) /* bytes */

/* Reads a file's bytes as a model of the given shape; a label without rows never wins. Only solvers that give a score a
 * label (classification) are taken, not those of Crammer and Singer with two labels, nor regression. Returns OK with
 * *out the caller's; ERR_LIMIT, ERR_SYNTAX or ERR_VALUE, with a fault; ERR_NOMEM. */
MUST_USE enum error liblinear_text_read(const char *file, struct slice bytes, const struct linear_shape *shape,
                                        struct faults *faults, struct linear **out);

#endif
