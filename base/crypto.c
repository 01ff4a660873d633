#include "base/crypto.h"

#include <openssl/crypto.h>
#include <openssl/evp.h>
#include <sodium.h>
#include <string.h>

#define BLOCK_BYTES 64 /* of SHA-1 and SHA-256 */

/* OpenSSL looks an algorithm up by its name, with locks and allocations, for many times what a short digest takes: once
 * a process, then. */
struct hash {
    const char *name;
    EVP_MD *algorithm;   /* NULL before the first use */
    EVP_MD_CTX *context; /* free between calls */
};

static struct hash sha1_hash = {"SHA1", NULL, NULL}, sha256_hash = {"SHA256", NULL, NULL};

static bool is_ready(struct hash *hash)
{
    if (!hash->algorithm)
        hash->algorithm = EVP_MD_fetch(NULL, hash->name, NULL);
    if (!hash->context)
        hash->context = EVP_MD_CTX_new();
    return hash->algorithm && hash->context;
}

/* Digests a head, of one block or none, and the data behind it. */
static enum error digest(struct hash *hash, const unsigned char *head, struct slice data, unsigned char *out)
{
    bool good = is_ready(hash) && EVP_DigestInit_ex(hash->context, hash->algorithm, NULL) == 1 &&
                (!head || EVP_DigestUpdate(hash->context, head, BLOCK_BYTES) == 1) &&
                EVP_DigestUpdate(hash->context, data.ptr ? data.ptr : "", data.len) == 1 &&
                EVP_DigestFinal_ex(hash->context, out, NULL) == 1;
    return good ? OK : ERR_NOMEM;
}

/* Source: RFC 2104. */
static enum error hmac(struct hash *hash, size_t digest_bytes, struct slice key, struct slice data, unsigned char *out)
{
    unsigned char inner[BLOCK_BYTES] = {0}, outer[BLOCK_BYTES];
    enum error error = OK;
    if (key.len > BLOCK_BYTES)
        error = digest(hash, NULL, key, inner);
    else if (key.len)
        memcpy(inner, key.ptr, key.len);
    for (size_t i = 0; i < BLOCK_BYTES; i++) {
        outer[i] = inner[i] ^ 0x5c;
        inner[i] ^= 0x36;
    }
    if (!error)
        error = digest(hash, inner, data, out);
    if (!error)
        error = digest(hash, outer, (struct slice){(const char *)out, digest_bytes}, out);
    OPENSSL_cleanse(inner, sizeof(inner));
    OPENSSL_cleanse(outer, sizeof(outer));
    return error;
}

enum error hmac_sha1(struct slice key, struct slice data, unsigned char out[SHA1_BYTES])
{
    return hmac(&sha1_hash, SHA1_BYTES, key, data, out);
}

enum error hmac_sha256(struct slice key, struct slice data, unsigned char out[SHA256_BYTES])
{
    return hmac(&sha256_hash, SHA256_BYTES, key, data, out);
}

enum error sha256(struct slice data, unsigned char out[SHA256_BYTES])
{
    return digest(&sha256_hash, NULL, data, out);
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
