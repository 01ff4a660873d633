#include "adapters/twilio_signature.h"

#include <endian.h>
#include <stdlib.h>

#include "adapters/common.h"
#include "base/crypto.h"

#define SIGNATURE_SIZE BASE64_SIZE(SHA1_BYTES)       /* 28 characters and the NUL */
#define SIGNED_MAX (ADAPTER_WEBHOOK_MAX + 16 * 1024) /* bytes of URL and parameters */
#define SIGNED_USUAL 2048                            /* bytes of them for which nothing is allocated */
#define SORTED_FEW 32                                /* parameters, of which a webhook has some 20 */

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
    if (request->form && request->form->fields) {
        *out = *request->form;
        return OK;
    }
    if (twilio_is_json(request))
        text = SLICE_NONE;
    enum error error = form_parse(text, arena, out);
    if (!error && request->form)
        *request->form = *out;
    return error;
}

/* A parameter and the first letters of its name as a number, which most are told apart by. */
struct sorted_field {
    uint64_t letters;
    const struct form_field *field;
};

static uint64_t first_letters(struct slice name)
{
    uint64_t letters = 0;
    memcpy(&letters, name.ptr, name.len < sizeof(letters) ? name.len : sizeof(letters));
    return be64toh(letters);
}

static int by_name_then_value(const void *a, const void *b)
{
    const struct sorted_field *left = a, *right = b;
    if (left->letters != right->letters)
        return left->letters < right->letters ? -1 : 1;
    int order = slice_compare(left->field->name, right->field->name);
    return order ? order : slice_compare(left->field->value, right->field->value);
}

/* For a few fields cheaper than qsort(), which takes a copy of each; for many it would cost their square. */
static void sort_few(struct sorted_field *fields, size_t count)
{
    for (size_t i = 1; i < count; i++) {
        const struct sorted_field field = fields[i];
        size_t at = i;
        for (; at > 0 && by_name_then_value(&field, &fields[at - 1]) < 0; at--)
            fields[at] = fields[at - 1];
        fields[at] = field;
    }
}

/* Appends the parameters as they are signed. Equal fields stand side by side once sorted, and count once. */
static void put_params(struct buf *out, const struct form *params)
{
    struct sorted_field sorted[FORM_FIELDS_MAX];
    for (size_t i = 0; i < params->count; i++)
        sorted[i] = (struct sorted_field){first_letters(params->fields[i].name), &params->fields[i]};
    if (params->count <= SORTED_FEW)
        sort_few(sorted, params->count);
    else
        qsort(sorted, params->count, sizeof(sorted[0]), by_name_then_value);
    for (size_t i = 0; i < params->count; i++) {
        if (i > 0 && by_name_then_value(&sorted[i - 1], &sorted[i]) == 0)
            continue;
        buf_addslice(out, sorted[i].field->name);
        buf_addslice(out, sorted[i].field->value);
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

/* Computes the signature over the address, with that port in it, and the parameters; a GET's are in its target. */
static enum error sign(const struct request *request, const struct form *params, const struct origin *origin,
                       struct slice port, struct slice token, char out[SIGNATURE_SIZE])
{
    unsigned char mac[SHA1_BYTES];
    struct buf data;
    char room[SIGNED_USUAL];
    buf_init_over(&data, room, sizeof(room), SIGNED_MAX);
    buf_addslice(&data, origin->scheme);
    buf_addslice(&data, origin->user);
    buf_addslice(&data, origin->host);
    buf_addslice(&data, port);
    buf_addslice(&data, origin->path);
    buf_addslice(&data, request->target);
    if (request->method != METHOD_GET)
        put_params(&data, params);
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

enum error twilio_signature_check(const struct request *request, const struct form *params, const char *public_url,
                                  const char *token, struct arena *arena)
{
    const struct origin origin = origin_parts(slice_of(public_url));
    const struct slice given = request_header(request, "X-Twilio-Signature");
    const struct slice ports[] = {SLICE_NONE, port_of(&origin)};
    enum error error = twilio_is_json(request) ? body_hash_check(request, arena) : OK;
    bool good = false;
    for (size_t i = 0; i < sizeof(ports) / sizeof(ports[0]) && !good && !error && token[0]; i++) {
        char own[SIGNATURE_SIZE];
        error = sign(request, params, &origin, ports[i], slice_of(token), own);
        good = !error && bytes_equal(given, slice_of(own));
    }
    return good ? OK : error == ERR_NOMEM ? ERR_NOMEM : ERR_REFUSED;
}
