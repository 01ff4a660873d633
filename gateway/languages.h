/* The languages' files: those of a folder, else those that were built in.
 *
 * They lie in `languages` beside the folder of the flows (config/languages beside config/flows). Where that folder is
 * not, the files that this program was built with serve, so that a command needs none. Failure policy: what is wrong
 * with a file or with reading it is a fault. Proved by tests/blackbox/languages.test.mjs. */
#ifndef GATEWAY_LANGUAGES_H
#define GATEWAY_LANGUAGES_H

#include "dialog/language.h"

/* Reads and compiles the languages for flows of a folder. Returns them, to be freed with languages_free(), or NULL with
 * faults. Blocks on the disk. */
struct languages *languages_beside(const char *flows_dir, struct faults *faults);

/* As above, of those that were built in. */
struct languages *languages_built_in(struct faults *faults);

#endif
