/* Where a secret comes from: the environment, a file of its own, or the configuration itself.
 *
 * A file must be regular, not empty, readable by its owner only. Failure policy: a fault names the file or the
 * variable, the rule and the remedy, and never the secret. Proved by tests/unit/test_config.c. */
#ifndef CONFIG_SECRET_H
#define CONFIG_SECRET_H

#include "base/arena.h"
#include "base/error.h"
#include "base/yaml.h"
#include "config/config.h"
#include "config/settings.h"

/* Writes the variable's name: CHASKI_<CHANNEL>_<NAME>, CHASKI_REDIS_<NAME> for redis; upper case, other
 * characters _. Returns NULL without memory. `channel` is NULL outside channels. */
const char *secret_variable(struct arena *arena, const char *channel, const char *name);

/* Gives the environment's value of a secret, NULL where it has none or an empty one. */
const char *secret_from_environment(config_env *env, struct arena *arena, const char *channel, const char *name);

/* Reads a secret's file, whose path `at` holds. Returns NULL after a fault there, or without memory. Blocks on
 * the disk. */
const char *secret_from_file(const struct yaml_node *at, const char *file, struct arena *arena, struct faults *faults);

/* Reads a whole regular file of at most `max` bytes into the arena. Returns ERR_NOT_FOUND, ERR_LIMIT, ERR_NOMEM,
 * ERR_VALUE (not a regular file), or ERR_IO with errno. Sets *mode on success, if not NULL. Blocks on the disk. */
MUST_USE enum error file_read(const char *path, size_t max, struct arena *arena, struct slice *out, unsigned *mode);

#endif
