/* One map of settings, read by the settings table: the common part of top level, redis and channels.
 *
 * Knows rows, values, secrets and "did you mean"; not what a setting means. Failure policy: a fault never ends
 * the reading, its setting then reads as "". Proved by tests/unit/test_config.c. */
#ifndef CONFIG_SECTION_H
#define CONFIG_SECTION_H

#include "base/arena.h"
#include "base/error.h"
#include "base/yaml.h"
#include "config/config.h"
#include "config/settings.h"

/* One reading of one file. */
struct reading {
    const char *file;
    config_env *env;
    struct arena *arena;
    struct faults *faults;
    const struct yaml_node *tree;
    struct config *config;
    enum error error; /* ERR_NOMEM sticks; everything else is a fault */
};

/* One map of settings in the file. */
struct section {
    enum setting_scope scope;
    unsigned provider;           /* a provider_bit; 0 outside channels */
    const char *channel;         /* its name; NULL outside channels */
    const struct yaml_node *map; /* NULL where it is not in the file */
    const struct yaml_node *at;  /* where to say that something is missing */
};

/* Known words, for "did you mean". */
#define WORDS_MAX 64
struct words {
    const char *items[WORDS_MAX + 1]; /* ended by NULL */
    size_t count;
};

/* Adds a word; NULL, and words above WORDS_MAX, are left out. */
void words_add(struct words *words, const char *word);

/* Says where a section is, as the subject of a sentence. */
const char *section_name(struct reading *r, const struct section *s);

/* Refuses keys that are no setting of the section. */
void section_check_keys(struct reading *r, const struct section *s);

/* Reads a row's setting: as written, from its secret's file or the environment, or its default. Gives "" where
 * there is none, and after a fault. Blocks on the disk for a secret's file. */
const char *section_read(struct reading *r, const struct section *s, const struct setting_row *row);

/* Finds a key of a map, or gives NULL; also when `map` is NULL or no map. */
const struct yaml_pair *map_find(const struct yaml_node *map, struct slice key);

/* Reads config->channels off the map `channels`; the rest of the configuration must have been read. */
void channels_read(struct reading *r);

/* Finds a map at the top level. Gives NULL when it is not there, or is not a map (then with a fault that ends in
 * `remedy`). */
const struct yaml_pair *top_map(struct reading *r, const char *name, const char *remedy);

#endif
