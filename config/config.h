/* Configuration: config/chaski.yaml as one checked value.
 *
 * One table of settings (settings.c) holds every name, type, unit, default, bounds and sentence; reading, `chaski
 * check`, help and the annotated sample all come from it. Every fault is found in one pass, with file:line:col,
 * value, rule and remedy; an unknown key gets "did you mean". A secret `x` may be written, or named by `x_file:
 * PATH` (a file that only its owner can read), not both; CHASKI_<CHANNEL>_X in the environment (CHASKI_REDIS_URL
 * for redis.url) goes before either. The environment is an argument, so that this module reads only the files it
 * is told to. No fault ever shows a secret. Secrets named inside STATE_DIR/secrets are ours to make:
 * config_missing_secrets() tells which are not there, `serve` and `check` write them (32 random bytes as hex,
 * mode 0600) before they call config_read(). Proved by tests/unit/test_config.c and
 * tests/blackbox/check.test.mjs. */
#ifndef CONFIG_CONFIG_H
#define CONFIG_CONFIG_H

#include "base/error.h"
#include "base/slice.h"

struct arena;
struct yaml_node;

#define CONFIG_BYTES_MAX (1024 * 1024) /* of the file */
#define CONFIG_CHANNELS_MAX 32
#define CONFIG_WORKERS_MAX 64
#define CONFIG_CHANNEL_NAME 33 /* bytes of a channel's name and its NUL */
#define CONFIG_SETTINGS_MAX 32 /* of one channel */

struct config_setting {
    const char *name;  /* as the settings table has it */
    const char *value; /* as text: secrets resolved, defaults filled in, lists joined by commas; "" when not set */
    bool secret;
};

struct config_channel {
    const char *name;                                    /* the path is /hooks/NAME: letters, digits, - and _ */
    const char *provider;                                /* one of this version */
    unsigned line, column;                               /* of its name in the file, for later faults */
    struct config_setting settings[CONFIG_SETTINGS_MAX]; /* every one the provider has */
    size_t setting_count;
    double rate; /* messages/s; 0 when not set */
};

enum durability { DURABILITY_STRICT, DURABILITY_RELAXED };

enum config_log { CONFIG_LOG_DEBUG, CONFIG_LOG_INFO, CONFIG_LOG_WARNING, CONFIG_LOG_ERROR };

enum config_days { CONFIG_MON_FRI, CONFIG_MON_SAT, CONFIG_ALL_DAYS };

struct config {
    const char *file;   /* where it was read from */
    const char *listen; /* "127.0.0.1:8080" or "unix:/path" */
    bool allow_direct;
    const char *public_url;             /* no slash at the end */
    const char *const *trusted_proxies; /* IP addresses and networks (cidr_parse() takes each), ended by NULL */
    int workers;                        /* 1 to CONFIG_WORKERS_MAX; 0: auto, one a core */
    const char *state_dir;
    const char *redis_url; /* may hold a password: never to be shown */
    enum durability durability;
    enum config_log log;            /* the least grave line that is written */
    int bulk_from_min, bulk_to_min; /* of the day in Lima */
    enum config_days bulk_days;
    int monthly_cap;                          /* messages a person; 0 no limit */
    const char *notice_sender, *notice_leave; /* what each notice says */
    const char *currency;                     /* "PEN": of prices */
    const char *flows;                        /* directory */
    const char *const *languages;             /* keys, ended by NULL; the first is the default */
    bool unreviewed_languages;                /* they may be spoken */
    const char *languages_from;               /* the option that named the languages; NULL: the file did */
    bool models_promote;                      /* training may put a better version into use */
    const char *catalogue;                    /* file */
    const char *models;                       /* registry directory */
    int broadcast_hold_s;                     /* between confirming and sending */
    const char *const *webhook_allow;         /* hosts (base/outside.h), ended by NULL */
    int webhook_give_up_s, webhook_disable_s; /* of an event's tries; of an endpoint's failing */
    struct config_channel channels[CONFIG_CHANNELS_MAX];
    size_t channel_count;
    struct arena *arena;          /* owns all of this, and the texts */
    const struct yaml_node *tree; /* what was read, for the places of later faults */
};

/* Reads a variable of the environment, or gives NULL (getenv's shape). */
typedef const char *config_env(const char *name);

/* Reads and checks a configuration file. Returns a whole configuration, freed with config_free(), or NULL with
 * faults (all of them, in the order of the file). Blocks on the disk. Secrets read from files lose one final
 * newline. `env` may be NULL. */
struct config *config_read(const char *path, config_env *env, struct faults *faults);

/* Frees a configuration; NULL is allowed. */
void config_free(struct config *config);

/* Gives the path to read: `given` if not NULL, else $CHASKI_CONFIG, else config/chaski.yaml, else
 * /etc/chaski/chaski.yaml, the first that exists (the last is given when none does). */
const char *config_path(const char *given, config_env *env);

/* Gives a channel's setting, "" where it is not set or the provider has none of that name. */
const char *config_setting(const struct config_channel *channel, const char *name);

/* Adds a fault at the place of a setting, written with dots: "redis.url", "channels.sms.from". Where it is not in
 * the file, at the nearest map above it that is. */
void config_fault(const struct config *config, struct faults *faults, const char *setting, const char *format, ...)
    __attribute__((format(printf, 4, 5)));

/* Called with the path of a secret's file, as the configuration names it, and the variable of the environment that
 * would stand for it. Both are good during the call. Anything but OK ends the walk. */
typedef enum error config_missing(void *ctx, const char *path, const char *variable);

/* Calls `missing` for each file that some `x_file` names directly inside STATE_DIR/secrets and that does not
 * exist, where the environment does not give that secret. Makes nothing. Returns OK, the first error `missing`
 * returned, or ERR_NOMEM. A file that cannot be read or parsed names nothing: config_read() tells its faults.
 * Blocks on the disk. */
MUST_USE enum error config_missing_secrets(const char *path, config_env *env, config_missing *missing, void *ctx);

/* Writes the annotated sample, every setting with its sentence, unit, default and bounds. */
void config_sample(FILE *out);

#endif
