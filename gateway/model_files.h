/* The registry's files, as commands write them: versions, cards, and the aliases that say which version is in use.
 *
 * Every file is written beside its place and moved there, so that a reader sees the old or the new one whole, and a
 * crash leaves one of the two. Must not know: what a model answers. Failure policy: what cannot be read or written is
 * told on stderr with its path, and the verb returns false. Proved by tests/blackbox/model.test.mjs. */
#ifndef GATEWAY_MODEL_FILES_H
#define GATEWAY_MODEL_FILES_H

#include "base/json.h"
#include "engine/registry.h"
#include "engine/trainer.h"

#define MODEL_CARD_MAX (4u * 1024 * 1024) /* bytes */

/* Makes a folder and those above it. */
bool model_make_folder(const char *path);

/* Writes a file whole or not at all. */
bool model_write_file(const char *path, struct slice bytes);

/* Writes a card indented, so that people can read it and compare two. */
bool model_write_card(const char *path, const cJSON *card);

/* Reads the card of a version. Returns NULL after telling why; else the caller's (cJSON_Delete). */
cJSON *model_read_card(const char *registry, const char *name, const char *version);

/* Makes an alias name a version. */
bool model_set_alias(const char *registry, const char *name, const char *alias, const char *version);

/* Tells which version an alias names; "" when there is no such alias, or it names none. */
void model_alias(const char *registry, const char *name, const char *alias, char version[REGISTRY_VERSION]);

/* Finds the first version that the registry has not. */
bool model_next_version(const char *registry, const char *name, char version[REGISTRY_VERSION]);

/* Finds the last version before the first one that the registry has not. Returns false when there is none. */
bool model_last_version(const char *registry, const char *name, char version[REGISTRY_VERSION]);

/* Puts model and card into the registry and prints the folder; the first version of all becomes champion, later ones
 * wait for `model promote`. */
bool model_put(const char *registry, const char *name, const char *version, const struct train_result *result);

#endif
