#include "adapters/media.h"

#include <string.h>

#include "base/crypto.h"
#include "base/utf8.h"

#define HTTPS "https://"

_Static_assert(sizeof(((struct media_step *)0)->digest) == SHA256_BYTES, "media_step holds a SHA-256");

/* Printable ASCII but for what some parser takes for a separator, or for an escape of one. */
static bool is_plain(struct slice url)
{
    for (size_t i = 0; i < url.len; i++)
        if (url.ptr[i] <= ' ' || url.ptr[i] >= 0x7F || strchr("\\@#\"<>^`{|}", url.ptr[i]))
            return false;
    return true;
}

static bool is_host(struct slice host)
{
    for (size_t i = 0; i < host.len; i++)
        if (!((host.ptr[i] >= 'a' && host.ptr[i] <= 'z') || (host.ptr[i] >= '0' && host.ptr[i] <= '9') ||
              host.ptr[i] == '-' || host.ptr[i] == '.'))
            return false;
    return host.len > 0;
}

/* Gives scheme, host and port of a base address: all before the first slash of its path. */
static struct slice origin_of(const char *base)
{
    struct slice whole = slice_of(base);
    size_t host = slice_starts(whole, HTTPS) ? sizeof(HTTPS) - 1 : slice_starts(whole, "http://") ? 7 : whole.len;
    return slice_part(whole, 0, host + slice_find(slice_part(whole, host, whole.len), '/'));
}

static bool is_at(const struct media_place *place, struct slice host, struct slice path)
{
    bool fits = place->host[0] == '.' ? slice_ends(host, slice_of(place->host)) : slice_is(host, place->host);
    return fits && slice_starts(path, place->path);
}

bool media_lies_at(struct slice url, const struct media_place *places, const char *base)
{
    const struct slice origin = origin_of(base), rest = slice_part(url, sizeof(HTTPS) - 1, url.len);
    if (!url.len || url.len > MEDIA_URL_MAX || !is_plain(url))
        return false;
    if (origin.len && url.len > origin.len && url.ptr[origin.len] == '/' &&
        slice_eq(slice_part(url, 0, origin.len), origin))
        return true;
    const size_t end = slice_find(rest, '/');
    const struct slice host = slice_part(rest, 0, end), path = slice_part(rest, end, rest.len);
    if (!slice_starts(url, HTTPS) || !is_host(host) || memmem(path.ptr, path.len, "/..", 3))
        return false;
    for (; places->host; places++)
        if (is_at(places, host, path))
            return true;
    return false;
}

enum media_kind media_kind_of(struct slice type)
{
    return slice_starts(type, "image/")   ? MEDIA_IMAGE
           : slice_starts(type, "audio/") ? MEDIA_AUDIO
           : slice_starts(type, "video/") ? MEDIA_VIDEO
           : type.len                     ? MEDIA_DOCUMENT
                                          : MEDIA_OTHER;
}

void media_describe(struct media *media, struct slice type, struct slice name)
{
    media->type = type.len <= MEDIA_TYPE_MAX ? type : SLICE_NONE;
    media->name = utf8_prefix(name, MEDIA_NAME_CHARS);
}

enum media_fate media_fate_of(int status)
{
    return status == 200                    ? MEDIA_FILE
           : status == 404 || status == 410 ? MEDIA_GONE
           : status == 401 || status == 403 ? MEDIA_REFUSED
           : status >= 300 && status <= 399 ? MEDIA_ELSEWHERE
                                            : MEDIA_TROUBLE;
}

bool media_digest(struct slice text, unsigned char out[32])
{
    unsigned char bytes[SHA256_BYTES + 1];
    size_t len = 0;
    if (hex_decode(text, bytes, SHA256_BYTES) ||
        (base64_decode(text, bytes, sizeof(bytes), &len) && len == SHA256_BYTES)) {
        memcpy(out, bytes, SHA256_BYTES);
        return true;
    }
    return false;
}
