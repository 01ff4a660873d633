#include "gateway/api_parts.h"

#include <string.h>

#define PENDING_MS "600000" /* 10 minutes: then a request whose worker died may be done again */
#define KEPT_MS "86400000"  /* a day */
#define KEY_LONGEST 64      /* characters of an Idempotency-Key */

/* What is kept is "DIGEST" of the request while it is being done, then "DIGEST ", a seal's head, and sealed
 * "STATUS N\nTYPE\n", N bytes of headers, and the body. An answer may tell of a person who is erased within the day,
 * where nothing of Redis leads from her to it: what it is sealed under takes the request's every byte and its key, and
 * we keep neither, so that it is readable to who asks the same again and to nobody else. */

static bool is_key(struct slice key)
{
    for (size_t i = 0; i < key.len; i++)
        if (key.ptr[i] <= ' ' || key.ptr[i] > '~')
            return false;
    return key.len && key.len <= KEY_LONGEST;
}

/* With our key: a body may have a password, which whoever reads Redis could else find by guessing. */
static bool digest_of(const struct api_call *call, struct slice a, struct slice b, unsigned char out[SHA256_BYTES])
{
    const struct slice parts[] = {a, SLICE("\n"), b};
    const struct slice all = arena_join(call->exchange->arena, parts, sizeof(parts) / sizeof(parts[0]));
    return all.ptr && !hmac_sha256(call->api->key, all, out);
}

/* Names what is kept of a request, what it is told by, and what seals its answer. Returns NULL without memory. */
static const char *name_of(struct api_call *call, struct slice key)
{
    const struct request *request = &call->exchange->request;
    const struct slice who = slice_of(call->who);
    unsigned char named[SHA256_BYTES], asked[SHA256_BYTES], shown[SHA256_BYTES];
    char name[SHA256_HEX], request_digest[SHA256_HEX];
    if (!digest_of(call, who, key, named) || !digest_of(call, request->path, request->body, asked))
        return NULL;
    hex_encode(named, sizeof(named), name);
    hex_encode(asked, sizeof(asked), request_digest);
    if (!digest_of(call, SLICE("asked"), slice_of(request_digest), shown) ||
        !digest_of(call, key, slice_of(request_digest), call->done_seal))
        return NULL;
    hex_encode(shown, sizeof(shown), call->done_digest);
    return arena_printf(call->exchange->arena, "ck:{staff}:done:%s", name);
}

/* Sends an opened answer again. */
static void send_again(struct api_call *call, struct slice kept)
{
    struct slice line, type, status;
    uint64_t code, headers;
    if (!slice_cut(&kept, '\n', &line) || !slice_cut(&kept, '\n', &type) || !slice_cut(&line, ' ', &status) ||
        !slice_u64(status, 599, &code) || !slice_u64(line, kept.len, &headers)) {
        api_unavailable(call);
        return;
    }
    const struct slice parts[] = {slice_part(kept, 0, headers), SLICE("Idempotent-Replayed: true\r\n")};
    const struct slice head = arena_join(call->exchange->arena, parts, 2);
    type = arena_copy(call->exchange->arena, type);
    if (!head.ptr || !type.ptr)
        api_unavailable(call);
    else
        api_send(call, &(struct api_response){(int)code, type.ptr, slice_part(kept, headers, kept.len), head});
}

static void repeat(struct api_call *call, struct slice kept)
{
    const struct slice copy = arena_copy(call->exchange->arena, kept);
    unsigned char *sealed = (unsigned char *)copy.ptr;
    if (!sealed)
        api_unavailable(call);
    else if (copy.len < SEAL_HEAD || !unseal(call->done_seal, sealed, sealed + SEAL_HEAD, copy.len - SEAL_HEAD))
        api_problem(call, 409, "This was done, and its answer cannot be read any more: look at what there is now.", "");
    else
        send_again(call, slice_part(copy, SEAL_HEAD, copy.len));
}

static void on_looked(struct api_call *call, const redisReply *reply)
{
    struct slice kept = reply->type == REDIS_REPLY_STRING ? (struct slice){reply->str, reply->len} : SLICE_NONE, digest;
    if (!kept.ptr) {
        call->begin(call);
        return;
    }
    call->done_key = SLICE_NONE; /* whatever is answered now is not this request's first answer */
    bool ended = slice_find(kept, ' ') < kept.len;
    slice_cut(&kept, ' ', &digest);
    if (!slice_is(digest, call->done_digest))
        api_problem(call, 422, "This Idempotency-Key came with another request: take a new one for each.", "");
    else if (!ended)
        api_problem(call, 409, "The request with this Idempotency-Key is still being done: ask again in a moment.", "");
    else
        repeat(call, kept);
}

void api_done_look(struct api_call *call, void (*begin)(struct api_call *))
{
    const struct request *request = &call->exchange->request;
    const struct slice key = request_header(request, "Idempotency-Key");
    const bool is_somebodys = call->route->roles != 0; /* a key that anybody may name would be everybody's */
    if (!slice_is(slice_of(call->route->method), "POST") || !is_somebodys || !key.ptr) {
        begin(call);
        return;
    }
    if (!is_key(key)) {
        api_field_problem(call, 400, "The Idempotency-Key is none.", "Idempotency-Key",
                          "must be 1 to 64 visible ASCII characters");
        return;
    }
    const char *name = name_of(call, key);
    if (!name) {
        api_unavailable(call);
        return;
    }
    call->begin = begin;
    call->done_key = slice_of(name);
    const struct slice args[] = {SLICE("SET"), call->done_key,   slice_of(call->done_digest), SLICE("NX"), SLICE("GET"),
                                 SLICE("PX"),  SLICE(PENDING_MS)};
    api_redis(call, args, sizeof(args) / sizeof(args[0]), on_looked);
}

static void on_kept(struct api_call *call, const redisReply *reply)
{
    (void)reply;
    api_send(call, call->kept);
}

/* Makes what is kept of an answer. Empty without memory. */
static struct slice sealed(struct api_call *call, const struct api_response *response)
{
    static const char once[] =
        "{\"title\":\"Conflict\",\"status\":409,\"detail\":\"This was done, and its answer held a "
        "secret, which is shown once: revoke it, and make another.\"}\n";
    static const char head[SEAL_HEAD];
    const bool hides = call->route->is_secret && response->status < 300;
    const char *type = hides ? "application/problem+json" : response->type ? response->type : "";
    const char *digest = arena_printf(call->exchange->arena, "%s ", call->done_digest);
    const char *first = arena_printf(call->exchange->arena, "%d %zu\n%s\n", hides ? 409 : response->status,
                                     hides ? 0 : response->headers.len, type);
    if (!digest || !first)
        return SLICE_NONE;
    const struct slice parts[] = {slice_of(digest),
                                  {head, sizeof(head)},
                                  slice_of(first),
                                  hides ? SLICE_NONE : response->headers,
                                  hides ? SLICE(once) : response->body};
    const struct slice kept = arena_join(call->exchange->arena, parts, sizeof(parts) / sizeof(parts[0]));
    unsigned char *bytes = (unsigned char *)kept.ptr + strlen(digest);
    if (kept.ptr)
        seal(call->done_seal, bytes, bytes + SEAL_HEAD, kept.len - strlen(digest) - SEAL_HEAD);
    return kept;
}

/* A failure of ours may be tried again at once, so that nothing is kept of it. */
void api_done_keep(struct api_call *call, const struct api_response *response)
{
    const struct slice key = call->done_key, kept = sealed(call, response);
    call->done_key = SLICE_NONE; /* what api_redis() answers where Redis is away goes out as it is */
    if (!kept.ptr || !(call->kept = arena_alloc(call->exchange->arena, sizeof(*call->kept)))) {
        api_send(call, response);
        return;
    }
    *call->kept = *response;
    const struct slice set[] = {SLICE("SET"), key, kept, SLICE("PX"), SLICE(KEPT_MS)};
    const struct slice forget[] = {SLICE("DEL"), key};
    if (response->status < 500)
        api_redis(call, set, sizeof(set) / sizeof(set[0]), on_kept);
    else
        api_redis(call, forget, 2, on_kept);
}
