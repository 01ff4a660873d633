#include "gateway/spool_file.h"

#include <stdio.h>
#include <string.h>

#include "base/crypto.h"
#include "base/form.h"

#define MAGIC "chaski spool 1 "
#define HEADERS_MAX 64

/* What a decoder may want of a request's head; whatever else a provider sent proves who it is, and has done so. */
static const char *const kept_headers[] = {"Content-Type", "Content-Encoding"};
#define KEPT (sizeof(kept_headers) / sizeof(kept_headers[0]))

static void put(struct buf *out, struct slice value)
{
    buf_addf(out, "%zu:", value.len);
    buf_addslice(out, value);
    buf_addc(out, ',');
}

static void put_number(struct buf *out, uint64_t number)
{
    char text[24];
    snprintf(text, sizeof(text), "%llu", (unsigned long long)number);
    put(out, slice_of(text));
}

/* A field is compared as it would be decoded, so that "%6Bey" hides nothing. */
static enum error is_key(struct slice field, struct arena *arena, bool *out)
{
    struct form form;
    enum error error = form_parse(field, arena, &form);
    if (!error)
        *out = form.count && slice_is(form.fields[0].name, "key");
    return error;
}

/* Writes the target without the fields of its query that are the hook's secret. */
static enum error put_target(struct buf *out, const struct request *request, struct arena *arena)
{
    struct slice rest = request->query.len ? request->query : SLICE_NONE, field;
    struct buf target;
    enum error error = OK;
    char before = '?';
    buf_init(&target, request->target.len + 1);
    buf_addslice(&target, request->path);
    while (!error && slice_cut(&rest, '&', &field)) {
        bool secret = false;
        error = is_key(field, arena, &secret);
        if (secret)
            continue;
        buf_addc(&target, before);
        buf_addslice(&target, field);
        before = '&';
    }
    error = error ? error : target.error;
    if (!error)
        put(out, buf_slice(&target));
    buf_release(&target);
    return error;
}

static void put_headers(struct buf *out, const struct request *request)
{
    for (size_t i = 0; i < KEPT; i++) {
        struct slice value = request_header(request, kept_headers[i]);
        if (!value.ptr)
            continue;
        put(out, slice_of(kept_headers[i]));
        put(out, value);
    }
}

enum error spool_file_write(const struct spool_message *message, struct arena *arena, struct buf *out)
{
    const struct request *request = &message->request;
    unsigned char digest[SHA256_BYTES];
    char hex[SHA256_HEX];
    struct buf payload;
    buf_init(&payload, SPOOL_FILE_MAX);
    put(&payload, message->channel);
    put_number(&payload, (uint64_t)request->now_ms);
    put_number(&payload, message->sequence);
    put(&payload, request->method == METHOD_GET ? SLICE("GET") : SLICE("POST"));
    enum error error = put_target(&payload, request, arena);
    put(&payload, request->body);
    put_headers(&payload, request);
    error = error ? error : payload.error;
    error = error ? error : sha256(buf_slice(&payload), digest);
    if (!error) {
        hex_encode(digest, sizeof(digest), hex);
        buf_addf(out, MAGIC "%zu %s\n", payload.len, hex);
        buf_addslice(out, buf_slice(&payload));
        error = out->error;
    }
    buf_release(&payload);
    return error;
}

static bool take(struct slice *rest, struct slice *out)
{
    uint64_t len;
    size_t colon = slice_find(*rest, ':');
    if (!slice_u64(slice_part(*rest, 0, colon), SPOOL_FILE_MAX, &len))
        return false;
    struct slice behind = slice_part(*rest, colon + 1, rest->len);
    if (behind.len <= len || behind.ptr[len] != ',')
        return false;
    *out = slice_part(behind, 0, len);
    *rest = slice_part(behind, len + 1, behind.len);
    return true;
}

static bool take_number(struct slice *rest, uint64_t max, uint64_t *out)
{
    struct slice text;
    return take(rest, &text) && slice_u64(text, max, out);
}

/* The payload of a file: its digest is right. */
static bool open_file(struct slice bytes, enum error *error, struct slice *out)
{
    unsigned char want[SHA256_BYTES], digest[SHA256_BYTES];
    struct slice head, length;
    uint64_t len;
    if (!slice_starts(bytes, MAGIC) || !slice_cut(&bytes, '\n', &head))
        return false;
    head = slice_part(head, sizeof(MAGIC) - 1, head.len);
    if (!slice_cut(&head, ' ', &length) || !slice_u64(length, SPOOL_FILE_MAX, &len) || len != bytes.len ||
        !hex_decode(head, want, sizeof(want)))
        return false;
    *error = sha256(bytes, digest);
    *out = bytes;
    return !*error && memcmp(want, digest, sizeof(want)) == 0;
}

static bool read_request(struct slice *rest, struct spool_message *m)
{
    uint64_t at_ms;
    struct slice method;
    struct request *request = &m->request;
    if (!take(rest, &m->channel) || !take_number(rest, INT64_MAX, &at_ms) ||
        !take_number(rest, UINT64_MAX, &m->sequence) || !take(rest, &method) || !take(rest, &request->target) ||
        !take(rest, &request->body) || !m->channel.len || m->channel.len >= SPOOL_CHANNEL_MAX)
        return false;
    if (!slice_is(method, "GET") && !slice_is(method, "POST"))
        return false;
    size_t mark = slice_find(request->target, '?');
    request->now_ms = (int64_t)at_ms;
    request->method = slice_is(method, "GET") ? METHOD_GET : METHOD_POST;
    request->path = slice_part(request->target, 0, mark);
    request->query = slice_part(request->target, mark + 1, request->target.len);
    return true;
}

enum error spool_file_read(struct slice bytes, struct arena *arena, struct spool_message *out)
{
    struct spool_message made = {0};
    enum error error = OK;
    struct slice rest;
    if (!open_file(bytes, &error, &rest) || !read_request(&rest, &made))
        return error ? error : ERR_SYNTAX;
    struct header *headers = arena_array(arena, HEADERS_MAX, sizeof(*headers));
    if (!headers)
        return ERR_NOMEM;
    while (rest.len) {
        struct header *header = &headers[made.request.header_count];
        if (made.request.header_count++ == HEADERS_MAX || !take(&rest, &header->name) || !take(&rest, &header->value))
            return ERR_SYNTAX;
    }
    made.request.headers = headers;
    *out = made;
    return OK;
}
