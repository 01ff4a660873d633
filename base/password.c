#include "base/password.h"

#include <sodium.h>

_Static_assert(PASSWORD_HASH > crypto_pwhash_STRBYTES, "a hash has room");

enum error password_hash(struct slice password, char out[PASSWORD_HASH])
{
    if (password.len > PASSWORD_MAX)
        return ERR_LIMIT;
    if (sodium_init() < 0 ||
        crypto_pwhash_str(out, password.ptr ? password.ptr : "", password.len, PASSWORD_PASSES, PASSWORD_MEMORY))
        return ERR_NOMEM;
    return OK;
}

bool password_is(struct slice password, const char *hash)
{
    char nobody[PASSWORD_HASH];
    if (password.len > PASSWORD_MAX || sodium_init() < 0)
        return false;
    if (!*hash) {
        enum error error = password_hash(password, nobody);
        (void)error;
        return false;
    }
    return crypto_pwhash_str_verify(hash, password.ptr ? password.ptr : "", password.len) == 0;
}
