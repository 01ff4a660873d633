/* The files of languages: what each is like, and the flows' words in it.
 *
 * A language KEY lies in the folder `languages` beside the flows' folder, as KEY.yaml; what flows say in it lies in the
 * folder KEY within the flows' own, a file of the same name for each flow. Spanish is built in, where its file is not
 * there. Failure policy: what is wrong with a file or with reading it is a fault, and so is a language that nobody has
 * reviewed, where that is not allowed. Proved by tests/blackbox/languages.test.mjs. */
#ifndef GATEWAY_LANGUAGE_FILES_H
#define GATEWAY_LANGUAGE_FILES_H

#include "dialog/flow.h"

/* Switches a language on, before any flow is added. `flows_dir` is the flows' folder. Returns ERR_NOT_FOUND after
 * adding nothing when it has no file, ERR_IO, ERR_VALUE or ERR_SYNTAX after a fault, ERR_NOMEM. */
MUST_USE enum error language_file_add(struct flows *flows, const char *flows_dir, struct slice key,
                                      struct faults *faults);

/* Adds every translation of a folder of flows, in the languages that are on. */
void language_files_translations(struct flows *flows, const char *flows_dir, struct faults *faults);

/* Adds the translations that belong to one flow's file, where they are there, in the languages that are on. Returns OK,
 * or as flows_add(). */
MUST_USE enum error language_files_of_flow(struct flows *flows, const char *flow_file, struct faults *faults);

/* Writes the file that holds a language, or the translation of a flow's file (a path) into it. Returns false when that
 * is too long. */
bool language_file_path(const char *flows_dir, struct slice key, char *out, size_t size);
bool translation_file_path(const char *flow_file, struct slice key, char *out, size_t size);

#endif
