/* Configuration: config/chaski.yaml as one checked value.
 *
 * One table of settings (settings.c) holds every name, type, unit, default, bounds and sentence; reading, `chaski check`, help and the
 * annotated sample all come from it. Every fault is found in one pass, with file:line:col, value, rule and remedy; an
 * unknown key gets "did you mean". A secret `x` may come from `x_file` or from the environment, CHASKI_X (top level) or CHASKI_<CHANNEL>_X.
 * The environment is an argument, so that this module reads only the files it is told to.
 * Proved by tests/unit/test_config.c. */
#ifndef CONFIG_CONFIG_H
#define CONFIG_CONFIG_H

#include "base/error.h"
#include "base/slice.h"

#define CONFIG_CHANNELS_MAX 32
#define CONFIG_SETTINGS_MAX 32 /* of one channel */

struct config_setting {
    const char *name;  /* as the settings table has it */
    const char *value; /* as text; secrets resolved; "" when not set */
    bool secret;
};

struct config_channel {
    const char *name;     /* the path is /hooks/NAME: letters, digits, - and _ */
    const char *provider;
    unsigned line, column; /* of its entry, for later faults */
    struct config_setting settings[CONFIG_SETTINGS_MAX];
    size_t setting_count;
    double rate;           /* messages/s; 0 when not set */
};

enum durability { DURABILITY_STRICT, DURABILITY_RELAXED };

struct config {
    const char *file;        /* where it was read from */
    const char *listen;      /* "127.0.0.1:8080" or "unix:/path" */
    bool allow_direct;
    const char *public_url;  /* no slash at the end */
    const char **trusted_proxies; /* ended by NULL */
    int workers;             /* from 1; auto is resolved by the caller from 0 */
    const char *state_dir;
    const char *redis_url;
    enum durability durability;
    const char *flows;       /* directory */
    const char *catalogue;   /* file */
    const char *models;      /* registry directory */
    struct config_channel channels[CONFIG_CHANNELS_MAX];
    size_t channel_count;
};

/* Reads a variable of the environment, or gives NULL (getenv's shape). */
typedef const char *config_env(const char *name);

/* Reads and checks a configuration file. Returns a whole configuration, freed with config_free(), or NULL with faults (all of them).
 * Blocks on the disk. Secrets read from files lose one final newline. */
struct config *config_read(const char *path, config_env *env, struct faults *faults);
void config_free(struct config *config);

/* Gives the path to read: `given` if not NULL, else $CHASKI_CONFIG, else config/chaski.yaml, else /etc/chaski/chaski.yaml, the first that
 * exists (the last is given when none does). */
const char *config_path(const char *given, config_env *env);

/* Writes the annotated sample, every setting with its sentence, unit, default and bounds. */
void config_sample(FILE *out);

#endif
