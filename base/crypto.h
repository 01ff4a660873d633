/* Cryptography that webhooks need: digests, keyed digests, their written forms, comparison in constant time.
 *
 * A thin face over OpenSSL and libsodium, so that no other file chooses an algorithm's parameters. Holds no
 * secrets. Proved by tests/unit/test_crypto.c (vectors of RFC 2202, RFC 4231, RFC 4648 and providers.md). */
#ifndef BASE_CRYPTO_H
#define BASE_CRYPTO_H

#include "base/error.h"
#include "base/slice.h"

#define SHA1_BYTES 20
#define SHA256_BYTES 32
#define SHA256_HEX 65 /* bytes with the NUL */

/* Computes digests. Return ERR_NOMEM when the library could not. */
MUST_USE enum error hmac_sha1(struct slice key, struct slice data, unsigned char out[SHA1_BYTES]);
MUST_USE enum error hmac_sha256(struct slice key, struct slice data, unsigned char out[SHA256_BYTES]);
MUST_USE enum error sha256(struct slice data, unsigned char out[SHA256_BYTES]);

#define DIGEST_TEXT 17 /* bytes of a short digest and its NUL */

/* Writes the first 64 bits of SHA-256 as hex: enough to tell versions of our own files apart, not to withstand who
 * would forge one. Returns ERR_NOMEM, with out[0] NUL, when the library could not. */
MUST_USE enum error digest_write(struct slice data, char out[DIGEST_TEXT]);

/* Writes 64 bits of SipHash-2-4, under a key that is no secret, as hex: as digest_write() for what is short and
 * digested often, at a tenth of its cost. */
void quick_digest_write(struct slice data, char out[DIGEST_TEXT]);

/* Writes bytes as lower-case hex with a NUL; `out` has room for 2 * len + 1. */
void hex_encode(const unsigned char *bytes, size_t len, char *out);

/* Reads hex of either case. Returns false when it is not exactly `len` bytes. */
bool hex_decode(struct slice hex, unsigned char *out, size_t len);

#define BASE64_SIZE(len) (((len) + 2) / 3 * 4 + 1)

/* Writes standard base64 with padding and a NUL; `out` has room for BASE64_SIZE(len). */
void base64_encode(const unsigned char *bytes, size_t len, char *out);

/* Reads standard base64 with padding into at most `size` bytes. Returns false, with *len unchanged, for anything else.
 */
MUST_USE bool base64_decode(struct slice text, unsigned char *out, size_t size, size_t *len);

/* Compares two byte strings in time that depends on their lengths only. Use for every secret. */
bool bytes_equal(struct slice a, struct slice b);

/* Fills `out` from the system's random source; used by gateway/ only. */
void random_bytes(unsigned char *out, size_t len);

#define SEAL_KEY 32  /* bytes */
#define SEAL_HEAD 40 /* bytes: a nonce of chance and an authenticator, kept in front of what is sealed */

/* Seals bytes where they lie: only who has the key can read them, or change them unnoticed. XSalsa20 and Poly1305, of
 * libsodium's secretbox; for gateway/ only, since the nonce is chance. */
void seal(const unsigned char key[SEAL_KEY], unsigned char head[SEAL_HEAD], unsigned char *bytes, size_t len);

/* Opens them again where they lie. Returns false, with nothing opened, for another key and for what was changed. */
MUST_USE bool unseal(const unsigned char key[SEAL_KEY], const unsigned char head[SEAL_HEAD], unsigned char *bytes,
                     size_t len);

#endif
