#include "base/crypto.h"

#include <openssl/core_names.h>
#include <openssl/evp.h>
#include <openssl/params.h>
#include <sodium.h>

#define KEY_REMEMBERED 64 /* bytes */

_Static_assert(SEAL_KEY == crypto_secretbox_KEYBYTES &&
                   SEAL_HEAD == crypto_secretbox_NONCEBYTES + crypto_secretbox_MACBYTES,
               "a seal is of secretbox's sizes");
_Static_assert(2 * crypto_shorthash_BYTES == DIGEST_TEXT - 1, "both kinds of short digest are of one length");

/* OpenSSL looks an algorithm up by its name, with locks and allocations, for several times what a short digest takes:
 * each is fetched once a process, and its context is free between calls. */
struct keyed {
    const char *digest;
    EVP_MAC_CTX *context;              /* NULL before the first use */
    unsigned char key[KEY_REMEMBERED]; /* that it has; a channel's is the same for each of its webhooks */
    size_t key_len;
    bool has_key;
};

static struct keyed keyed_sha1 = {.digest = "SHA1"}, keyed_sha256 = {.digest = "SHA256"};

static EVP_MAC_CTX *context_of(struct keyed *keyed)
{
    const OSSL_PARAM digest[] = {OSSL_PARAM_utf8_string(OSSL_MAC_PARAM_DIGEST, (void *)keyed->digest, 0),
                                 OSSL_PARAM_END};
    if (keyed->context)
        return keyed->context;
    EVP_MAC *mac = EVP_MAC_fetch(NULL, "HMAC", NULL);
    EVP_MAC_CTX *context = EVP_MAC_CTX_new(mac);
    EVP_MAC_free(mac); /* the context holds it */
    if (context && EVP_MAC_CTX_set_params(context, digest) == 1)
        return keyed->context = context;
    EVP_MAC_CTX_free(context);
    return NULL;
}

/* Begins a code under a key; one that the context has need not be spread over two blocks again. */
static bool begin(struct keyed *keyed, EVP_MAC_CTX *context, struct slice key)
{
    if (keyed->has_key && bytes_equal(key, (struct slice){(const char *)keyed->key, keyed->key_len}))
        return EVP_MAC_init(context, NULL, 0, NULL) == 1;
    /* OpenSSL takes a NULL key for "the key of the call before": an empty key must point somewhere. */
    keyed->has_key = false;
    if (EVP_MAC_init(context, (const unsigned char *)(key.ptr ? key.ptr : ""), key.len, NULL) != 1)
        return false;
    keyed->has_key = key.len <= sizeof(keyed->key);
    keyed->key_len = keyed->has_key ? key.len : 0;
    if (keyed->key_len)
        memcpy(keyed->key, key.ptr, key.len);
    return true;
}

static enum error hmac(struct keyed *keyed, size_t bytes, struct slice key, struct slice data, unsigned char *out)
{
    const unsigned char *data_ptr = (const unsigned char *)(data.ptr ? data.ptr : "");
    EVP_MAC_CTX *context = context_of(keyed);
    bool good = context && begin(keyed, context, key) && EVP_MAC_update(context, data_ptr, data.len) == 1 &&
                EVP_MAC_final(context, out, &(size_t){0}, bytes) == 1;
    return good ? OK : ERR_NOMEM;
}

enum error hmac_sha1(struct slice key, struct slice data, unsigned char out[SHA1_BYTES])
{
    return hmac(&keyed_sha1, SHA1_BYTES, key, data, out);
}

enum error hmac_sha256(struct slice key, struct slice data, unsigned char out[SHA256_BYTES])
{
    return hmac(&keyed_sha256, SHA256_BYTES, key, data, out);
}

enum error sha256(struct slice data, unsigned char out[SHA256_BYTES])
{
    static EVP_MD *algorithm;
    static EVP_MD_CTX *context;
    if (!algorithm)
        algorithm = EVP_MD_fetch(NULL, "SHA256", NULL);
    if (!context)
        context = EVP_MD_CTX_new();
    bool good = algorithm && context && EVP_DigestInit_ex(context, algorithm, NULL) == 1 &&
                EVP_DigestUpdate(context, data.ptr ? data.ptr : "", data.len) == 1 &&
                EVP_DigestFinal_ex(context, out, NULL) == 1;
    return good ? OK : ERR_NOMEM;
}

enum error digest_write(struct slice data, char out[DIGEST_TEXT])
{
    unsigned char digest[SHA256_BYTES];
    enum error error = sha256(data, digest);
    out[0] = '\0';
    if (!error)
        hex_encode(digest, (DIGEST_TEXT - 1) / 2, out);
    return error;
}

void quick_digest_write(struct slice data, char out[DIGEST_TEXT])
{
    static const unsigned char key[crypto_shorthash_KEYBYTES];
    unsigned char digest[crypto_shorthash_BYTES];
    crypto_shorthash(digest, (const unsigned char *)(data.ptr ? data.ptr : ""), data.len, key);
    hex_encode(digest, sizeof(digest), out);
}

void hex_encode(const unsigned char *bytes, size_t len, char *out)
{
    static const char digits[] = "0123456789abcdef";
    for (size_t i = 0; i < len; i++) {
        out[2 * i] = digits[bytes[i] >> 4];
        out[2 * i + 1] = digits[bytes[i] & 15];
    }
    out[2 * len] = '\0';
}

bool hex_decode(struct slice hex, unsigned char *out, size_t len)
{
    size_t written = 0;
    const char *end = NULL;
    if (hex.len != 2 * len)
        return false;
    return len == 0 || (sodium_hex2bin(out, len, hex.ptr, hex.len, NULL, &written, &end) == 0 && written == len &&
                        end == hex.ptr + hex.len);
}

void base64_encode(const unsigned char *bytes, size_t len, char *out)
{
    sodium_bin2base64(out, BASE64_SIZE(len), bytes, len, sodium_base64_VARIANT_ORIGINAL);
}

bool base64_decode(struct slice text, unsigned char *out, size_t size, size_t *len)
{
    size_t written = 0;
    if (text.len &&
        sodium_base642bin(out, size, text.ptr, text.len, NULL, &written, NULL, sodium_base64_VARIANT_ORIGINAL) != 0)
        return false;
    *len = written;
    return true;
}

bool bytes_equal(struct slice a, struct slice b)
{
    return a.len == b.len && (a.len == 0 || sodium_memcmp(a.ptr, b.ptr, a.len) == 0);
}

void random_bytes(unsigned char *out, size_t len)
{
    randombytes_buf(out, len);
}

void seal(const unsigned char key[SEAL_KEY], unsigned char head[SEAL_HEAD], unsigned char *bytes, size_t len)
{
    random_bytes(head, crypto_secretbox_NONCEBYTES);
    crypto_secretbox_detached(bytes, head + crypto_secretbox_NONCEBYTES, bytes, len, head, key);
}

bool unseal(const unsigned char key[SEAL_KEY], const unsigned char head[SEAL_HEAD], unsigned char *bytes, size_t len)
{
    return crypto_secretbox_open_detached(bytes, bytes, head + crypto_secretbox_NONCEBYTES, len, head, key) == 0;
}
