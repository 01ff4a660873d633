#include "base/crypto.h"

#include <openssl/evp.h>
#include <openssl/hmac.h>
#include <sodium.h>

static enum error hmac(const EVP_MD *digest, struct slice key, struct slice data, unsigned char *out)
{
    /* OpenSSL takes a NULL key for "the key of the call before": an empty key must point somewhere. */
    const void *key_ptr = key.ptr ? key.ptr : "";
    unsigned len = 0;
    if (key.len > INT32_MAX)
        return ERR_LIMIT;
    if (!HMAC(digest, key_ptr, (int)key.len, (const unsigned char *)data.ptr, data.len, out, &len))
        return ERR_NOMEM;
    return OK;
}

enum error hmac_sha1(struct slice key, struct slice data, unsigned char out[SHA1_BYTES])
{
    return hmac(EVP_sha1(), key, data, out);
}

enum error hmac_sha256(struct slice key, struct slice data, unsigned char out[SHA256_BYTES])
{
    return hmac(EVP_sha256(), key, data, out);
}

enum error sha256(struct slice data, unsigned char out[SHA256_BYTES])
{
    unsigned len = 0;
    return EVP_Digest(data.ptr ? data.ptr : "", data.len, out, &len, EVP_sha256(), NULL) == 1 ? OK : ERR_NOMEM;
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
