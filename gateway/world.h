/* The world: what is loaded from files at start, whole or not at all.
 *
 * Configuration, flows, engine (models, industries, catalogue), and channels with their adapters and the holidays
 * that they keep. Commands ask for the
 * parts that they need. Nothing in it changes while it is used. Failure policy: every fault of every part is found
 * and told before it gives up. Proved by tests/blackbox/check.test.mjs. */
#ifndef GATEWAY_WORLD_H
#define GATEWAY_WORLD_H

#include "config/config.h"
#include "gateway/holidays.h"
#include "gateway/limit_rules.h"
#include "gateway/think.h"

enum world_part { WORLD_FLOWS = 1, WORLD_ENGINE = 2, WORLD_CHANNELS = 4 };

struct world {
    struct config *config;
    struct languages *languages; /* with the flows */
    struct mind mind;            /* flows and engine, owned; NULL where not asked for */
    struct channel channels[CONFIG_CHANNELS_MAX];
    struct setting settings[CONFIG_CHANNELS_MAX][CONFIG_SETTINGS_MAX];
    struct limit_rules rules[CONFIG_CHANNELS_MAX]; /* by the channel's place */
    struct holidays holidays;                      /* with the channels */
    size_t channel_count;
};

#define FLOW_BYTES_MAX (1024 * 1024)

/* Reads the configuration at `config_file` (NULL: the usual places) and the parts asked for. Returns the whole, freed
 * with world_close(), or NULL with faults. Blocks on the disk. */
struct world *world_open(const char *config_file, unsigned parts, struct faults *faults);

/* As above, with these languages ("es,en"), reviewed or not, in place of those that the configuration names (NULL:
 * those). */
struct world *world_open_in(const char *config_file, unsigned parts, const char *languages, struct faults *faults);

/* As above, for a command that has nothing to add: writes the faults to stderr. Returns NULL after telling them. */
struct world *world_open_or_tell(const char *config_file, unsigned parts, const char *languages);

/* Frees all of it; NULL is allowed. */
void world_close(struct world *world);

/* Finds a channel by name; NULL when there is none. */
const struct channel *world_channel(const struct world *world, struct slice name);

/* Gives the rules of one of its channels' limits. */
const struct limit_rules *world_rules(const struct world *world, const struct channel *channel);

/* Adds a fault for what a flow says otherwise than the catalogue (mentions.h). */
void world_check_mentions(const struct world *world, struct faults *faults);

/* Reads the parts of an already checked configuration into `world`, adding faults: what world_open() does after the
 * configuration. */
void world_read_parts(struct world *world, unsigned parts, struct faults *faults);

#endif
