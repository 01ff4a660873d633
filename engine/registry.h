/* The registry: which version of which model is in use.
 *
 * `DIR/NAME/champion` holds a version's name, `DIR/NAME/vNNNN/model.bin` its weights, `card.json` beside it what is
 * known of it. This module only reads; training writes. Failure policy: whatever is missing or damaged is a fault with
 * a remedy. Proved by tests/unit/test_engine_industry.c. */
#ifndef ENGINE_REGISTRY_H
#define ENGINE_REGISTRY_H

#include "base/crypto.h"
#include "engine/linear.h"

#define REGISTRY_PATH_MAX 4096

struct registry_model {
    struct linear *weights;   /* owned; NULL when it could not be read */
    char version[ENGINE_KEY]; /* "industry v0001" */
    char digest[DIGEST_TEXT]; /* of model.bin */
};

/* Reads the champion of `name` and checks that it is of that name and of the given feature scheme. Returns OK, or an
 * error with a fault and *out empty. Blocks on the disk. */
MUST_USE enum error registry_load(const char *dir, const char *name, uint32_t scheme, struct faults *faults,
                                  struct registry_model *out);

/* Frees what registry_load() made and leaves it empty. */
void registry_release(struct registry_model *model);

#endif
