/* What the commands `chaski model …` share: where the registry is, and which figure of a card speaks for its model.
 *
 * Failure policy: as a command's, an exit code after telling why. Proved by tests/blackbox/model.test.mjs. */
#ifndef GATEWAY_CMD_MODEL_H
#define GATEWAY_CMD_MODEL_H

#include <stdbool.h>

#include "base/json.h"
#include "engine/registry.h"
#include "engine/train.h"

#define MODEL_NAMES 5

/* The models that there are. */
extern const char *const model_names[MODEL_NAMES];

/* Tells whether there is a model of that name, and says which there are when not. */
bool model_is_known(const char *command, const char *name);

/* Tells whether a word is a version of that model in the registry, and says so when not. */
bool model_has_version(const char *registry, const char *name, const char *version);

/* Gives the registry: `--registry`, else what the configuration names. Returns false after telling why; *out is good
 * until model_registry_release(). */
struct model_registry {
    const char *dir;
    const char *catalogue; /* what the configuration names; the shipped one where the registry was given */
    struct world *world;   /* NULL where the registry was given */
};
bool model_registry_open(const char *given, const char *config, struct model_registry *out);
void model_registry_release(struct model_registry *registry);

/* Holds a version against the champion on a file that neither saw (texts; of ranker a rows.tsv), tells what was found,
 * and makes it the champion if it is better by more than luck and that is allowed. Returns EXIT_GOOD either way, or
 * another code after telling why nothing could be told. */
int model_promote_better(const struct model_registry *registry, const char *name, const char *version, const char *data,
                         bool allowed);

/* Gives the figure that speaks for a model: accuracy on texts or facts that training did not see; for closing, growth
 * and ranker the area under the curve. Returns its name, or NULL when the card has none. */
const char *model_headline(const char *name, const cJSON *card, struct train_interval *out);

#endif
