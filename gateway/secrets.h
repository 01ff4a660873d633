/* Secrets that the first start makes.
 *
 * A configuration that names secret files inside state_dir/secrets gets them made: 32 random bytes as hex, mode 0600,
 * written whole or not at all. So is the key under which people appear in logs and in the consent log. Nothing is
 * ever overwritten. Proved by tests/unit/test_secrets.c and tests/blackbox/sample.test.mjs. */
#ifndef GATEWAY_SECRETS_H
#define GATEWAY_SECRETS_H

#include "base/error.h"
#include "base/slice.h"

struct secrets {
    char person_key[65]; /* hex and the NUL */
};

/* Makes the secret files that the configuration names and that are not there. Returns an error with a fault. Blocks
 * on the disk. */
MUST_USE enum error secrets_make(const char *config_file, struct faults *faults);

/* Reads state_dir/secrets/person_key, making it at the first start. Returns an error with a fault. Blocks on the
 * disk. */
MUST_USE enum error secrets_read(const char *state_dir, struct secrets *out, struct faults *faults);

/* Gives the key; the secrets'. */
struct slice secrets_person_key(const struct secrets *secrets);

#endif
