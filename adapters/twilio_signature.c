#include "adapters/twilio_signature.h"

#include <stdlib.h>

#include "adapters/common.h"
#include "base/crypto.h"

#define SIGNATURE_SIZE BASE64_SIZE(SHA1_BYTES)       /* 28 characters and the NUL */
#define SIGNED_MAX (ADAPTER_WEBHOOK_MAX + 16 * 1024) /* bytes of URL and parameters */

/* The hash that a URL names, or a slice with a NULL ptr. */
static enum error named_hash(const struct request *request, struct arena *arena, struct slice *out)
{
    struct form query;
    enum error error = form_parse(request->query, arena, &query);
    if (!error)
        *out = form_get(&query, "bodySHA256");
    return error;
}

bool twilio_is_json(const struct request *request)
{
    struct slice rest = request->query, field;
    while (slice_cut(&rest, '&', &field))
        if (slice_starts(field, "bodySHA256="))
            return true;
    return false;
}

enum error twilio_params(const struct request *request, struct arena *arena, struct form *out)
{
    struct slice text = request->method == METHOD_GET ? request->query : request->body;
    if (twilio_is_json(request))
        text = SLICE_NONE;
    return form_parse(text, arena, out);
}

static int by_name_then_value(const void *a, const void *b)
{
    const struct form_field *left = a, *right = b;
    int order = slice_compare(left->name, right->name);
    return order ? order : slice_compare(left->value, right->value);
}

/* Appends the parameters as they are signed. Equal fields stand side by side once sorted, and count once. */
static void put_params(struct buf *out, struct form *params)
{
    if (params->count > 1)
        qsort(params->fields, params->count, sizeof(*params->fields), by_name_then_value);
    for (size_t i = 0; i < params->count; i++) {
        const struct form_field *field = &params->fields[i];
        if (i > 0 && by_name_then_value(field - 1, field) == 0)
            continue;
        buf_addslice(out, field->name);
        buf_addslice(out, field->value);
    }
}

/* The configured address in its parts; each keeps its own punctuation. */
struct origin {
    struct slice scheme, user, host, port;
    struct slice path; /* what a proxy takes off before it calls us; empty as a rule */
};

static struct origin origin_parts(struct slice url)
{
    size_t colon = slice_find(url, ':');
    size_t start = colon + 3 <= url.len ? colon + 3 : url.len; /* behind "://" */
    size_t end = start + slice_find(slice_part(url, start, url.len), '/');
    size_t host = start, port = end;
    for (size_t i = start; i < end; i++)
        if (url.ptr[i] == '@')
            host = i + 1;
    for (size_t i = host; i < end; i++) {
        if (url.ptr[i] == ':' && port == end)
            port = i;
        else if (url.ptr[i] == ']')
            port = end; /* the colons before it belong to an IPv6 address */
    }
    return (struct origin){slice_part(url, 0, start), slice_part(url, start, host), slice_part(url, host, port),
                           slice_part(url, port, end), slice_part(url, end, url.len)};
}

/* The port to sign with when one is asked for: the URL's own, else the scheme's standard one. */
static struct slice port_of(const struct origin *origin)
{
    if (origin->port.len > 0)
        return origin->port;
    return slice_is_nocase(origin->scheme, "https://") ? SLICE(":443") : SLICE(":80");
}

static enum error sign(struct slice token, const struct origin *origin, struct slice port, struct slice target,
                       struct slice params, char out[SIGNATURE_SIZE])
{
    unsigned char mac[SHA1_BYTES];
    struct buf data;
    buf_init(&data, SIGNED_MAX);
    buf_addslice(&data, origin->scheme);
    buf_addslice(&data, origin->user);
    buf_addslice(&data, origin->host);
    buf_addslice(&data, port);
    buf_addslice(&data, origin->path);
    buf_addslice(&data, target);
    buf_addslice(&data, params);
    enum error error = data.error ? data.error : hmac_sha1(token, buf_slice(&data), mac);
    buf_release(&data);
    if (!error)
        base64_encode(mac, sizeof(mac), out);
    return error;
}

static enum error body_hash_check(const struct request *request, struct arena *arena)
{
    unsigned char hash[SHA256_BYTES];
    char hex[SHA256_HEX];
    struct slice named = SLICE_NONE;
    enum error error = named_hash(request, arena, &named);
    if (!error)
        error = sha256(request->body, hash);
    if (error)
        return error;
    hex_encode(hash, sizeof(hash), hex);
    return bytes_equal(named, slice_of(hex)) ? OK : ERR_REFUSED;
}

static enum error signed_params(const struct request *request, struct arena *arena, struct slice *out)
{
    struct form params = {0};
    struct buf b;
    enum error error = request->method == METHOD_GET ? OK : twilio_params(request, arena, &params);
    if (error)
        return error;
    buf_init(&b, SIGNED_MAX);
    put_params(&b, &params);
    return adapter_take(&b, arena, out);
}

enum error twilio_signature_check(const struct request *request, const char *public_url, const char *token,
                                  struct arena *arena)
{
    struct origin origin = origin_parts(slice_of(public_url));
    struct slice given = request_header(request, "X-Twilio-Signature");
    struct slice params = SLICE_NONE;
    char with_port[SIGNATURE_SIZE], without[SIGNATURE_SIZE];
    enum error error = signed_params(request, arena, &params);
    if (!error)
        error = sign(slice_of(token), &origin, port_of(&origin), request->target, params, with_port);
    if (!error)
        error = sign(slice_of(token), &origin, SLICE_NONE, request->target, params, without);
    if (!error && twilio_is_json(request))
        error = body_hash_check(request, arena);
    if (error)
        return error == ERR_NOMEM ? ERR_NOMEM : ERR_REFUSED;
    bool either = bytes_equal(given, slice_of(with_port));
    either |= bytes_equal(given, slice_of(without));
    return either && token[0] ? OK : ERR_REFUSED;
}
