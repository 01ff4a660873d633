/* What the adapters that carry media share, seen by nobody else.
 *
 * A file that a person sent stays with the provider, which says by an answer where it lies. Such an address is called
 * only where it is https and at one of the provider's own hosts, or at the very scheme, host and port that the
 * channel's base address has; it is read in one spelling only, so that no two parsers find two hosts in it. Must not
 * know: any one provider. Pure. Failure policy: what is not known is refused. Limits: MEDIA_URL_MAX,
 * MEDIA_TYPE_MAX, MEDIA_NAME_CHARS. Proved by tests/unit/test_adapter_media.c and tests/fuzz/fuzz_media.c. */
#ifndef ADAPTERS_MEDIA_H
#define ADAPTERS_MEDIA_H

#include "adapters/adapter.h"

#define MEDIA_URL_MAX 2048   /* bytes of an address that is called */
#define MEDIA_TYPE_MAX 100   /* bytes of a MIME type that is kept; a longer one is not */
#define MEDIA_NAME_CHARS 100 /* of a file's name that are kept */

/* Where a provider's files lie; a list ends with a host that is NULL. */
struct media_place {
    const char *host; /* "a.b.c", or ".b.c" for all below it */
    const char *path; /* how the path begins: "/" for any */
};

/* Tells whether an address may be called: at one of the places, or at what `base` (http or https) begins with. */
bool media_lies_at(struct slice url, const struct media_place *places, const char *base);

/* Gives the kind of a MIME type: DOCUMENT for what is no image, audio or video, OTHER for an empty one. */
enum media_kind media_kind_of(struct slice type);

/* Fills type and name of media, cut to what is kept. */
void media_describe(struct media *media, struct slice type, struct slice name);

/* Gives what an answer's status alone means: FILE for 200, ELSEWHERE for a redirection. */
enum media_fate media_fate_of(int status);

/* Reads a SHA-256, in hex or in base64. Returns false, with out unchanged, for what is none. */
bool media_digest(struct slice text, unsigned char out[32]);

#endif
