/* Passwords: written down so that whoever reads what is written cannot know them.
 *
 * Argon2id of libsodium, with a salt of its own for each, in the text form that names its parameters, so that older
 * ones can be checked after the parameters have risen. Slow on purpose: PASSWORD_MEMORY bytes and some tens of
 * milliseconds, so never on an event loop (gateway/slow_hash.h). Source of the parameters: OWASP, Password Storage
 * (Argon2id, 19 MiB, 2 passes). Holds no secrets. Proved by tests/unit/test_password.c. */
#ifndef BASE_PASSWORD_H
#define BASE_PASSWORD_H

#include "base/error.h"
#include "base/slice.h"

#define PASSWORD_MIN 12   /* bytes: of what is taken as a new one */
#define PASSWORD_MAX 256  /* bytes: longer ones are refused before they are hashed */
#define PASSWORD_HASH 129 /* bytes of the text and its NUL */
#define PASSWORD_MEMORY (19u * 1024 * 1024)
#define PASSWORD_PASSES 2

/* Writes what may be kept of a password. Returns ERR_LIMIT above PASSWORD_MAX, ERR_NOMEM. Blocks. */
MUST_USE enum error password_hash(struct slice password, char out[PASSWORD_HASH]);

/* Tells whether a password is the one that `hash` was made of; `hash` "" stands for nobody's, takes as long, and is
 * always false. Blocks. */
bool password_is(struct slice password, const char *hash);

#endif
