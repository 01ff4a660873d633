/* The registry: which version of which model is in use.
 *
 * `DIR/NAME/champion` holds the name of the version in use; `previous` and `challenger`, where they are there, of the
 * version before it and of one under trial. `DIR/NAME/vNNNN/model.bin` holds weights, `card.json` beside it what is
 * known of them. This module only reads; commands write (gateway/model_files.h). Failure policy: whatever is missing or
 * damaged is a fault with a remedy. Proved by tests/unit/test_engine_industry.c. */
#ifndef ENGINE_REGISTRY_H
#define ENGINE_REGISTRY_H

#include "base/crypto.h"
#include "engine/linear.h"

#define REGISTRY_PATH_MAX 4096
#define REGISTRY_VERSION 8 /* bytes of "v0001" and its end, with room */

struct registry_model {
    struct linear *weights;   /* owned; NULL when it could not be read */
    char version[ENGINE_KEY]; /* "industry v0001" */
    char digest[DIGEST_TEXT]; /* of model.bin */
};

/* Tells whether a text is a version: v0000 to v9999. */
bool registry_is_version(struct slice text);

/* Reads which version an alias ("champion", "previous", "challenger") names. Returns OK, or an error with a fault. */
MUST_USE enum error registry_alias(const char *dir, const char *name, const char *alias, struct faults *faults,
                                   char version[REGISTRY_VERSION]);

/* As registry_load(), of a version that is named. */
MUST_USE enum error registry_load_version(const char *dir, const char *name, const char *version, uint32_t scheme,
                                          struct faults *faults, struct registry_model *out);

/* Reads the champion of `name` and checks that it is of that name and of the given feature scheme. Returns OK, or an
 * error with a fault and *out empty. Blocks on the disk. */
MUST_USE enum error registry_load(const char *dir, const char *name, uint32_t scheme, struct faults *faults,
                                  struct registry_model *out);

/* Frees what registry_load() made and leaves it empty. */
void registry_release(struct registry_model *model);

#endif
