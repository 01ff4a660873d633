#include "gateway/api.h"

#include <arpa/inet.h>

#include "base/mem.h"
#include "gateway/api_parts.h"
#include "gateway/peer.h"

#define PREFIX "/api/v1"
#define LINE_MAX 4096 /* bytes of a line of the audit log */

struct api *api_open(struct event_base *base, const struct world *world, struct redis *redis, struct turns *turns,
                     struct slice key)
{
    struct api *api = mem_alloc(sizeof(*api));
    if (!api)
        return NULL;
    *api = (struct api){.world = world,
                        .redis = redis,
                        .turns = turns,
                        .store = turns->store,
                        .key = key,
                        .slow = slow_hash_open(base)};
    if (api->slow)
        return api;
    mem_free(api);
    return NULL;
}

void api_use_webhooks(struct api *api, struct webhooks *webhooks)
{
    api->webhooks = webhooks;
}

void api_use_sender(struct api *api, struct sender *sender)
{
    api->sender = sender;
}

void api_use_merger(struct api *api, struct merger *merger)
{
    api->merger = merger;
}

void api_stop(struct api *api)
{
    if (!api)
        return;
    slow_hash_close(api->slow);
    api->slow = NULL;
}

void api_close(struct api *api)
{
    api_stop(api);
    mem_free(api);
}

size_t api_body_max(void *ctx, struct slice rest)
{
    (void)ctx;
    return slice_ends(rest, SLICE("/import")) ? API_UPLOAD_MAX : API_BODY_MAX;
}

void api_put_act(const struct api_call *call, const char *what, const char *whom, struct slice more, struct buf *out)
{
    buf_addc(out, '{');
    api_put_text(out, "who", slice_of(call->who));
    api_put_text(out, "what", slice_of(what));
    api_put_text(out, "whom", slice_of(whom));
    api_put_text(out, "from", slice_of(call->from));
    if (more.len) {
        json_put_name(out, "more");
        buf_addslice(out, more);
    }
    buf_addc(out, '}');
}

void api_act(struct api_call *call, struct slice records, const char *field, struct slice before, struct slice after,
             const char *what, const char *whom, struct slice more, api_then *then)
{
    struct buf line;
    buf_init(&line, LINE_MAX);
    api_put_act(call, what, whom, more, &line);
    const struct slice args[] = {SLICE("FCALL"),  SLICE("chaski_act"), SLICE("2"), records,
                                 STAFF_AUDIT,     slice_of(field),     before,     after,
                                 buf_slice(&line)};
    if (line.error)
        api_unavailable(call);
    else
        api_redis(call, args, sizeof(args) / sizeof(args[0]), then);
    buf_release(&line);
}

bool api_person_read(struct api_call *call, struct api_person *out)
{
    unsigned char digest[SHA256_BYTES];
    if (phone_normalise(call->path[0], out->number)) {
        api_field_problem(call, 400, "The number is none.", "number",
                          "must be as +51987654321, or nine digits of Peru");
        return false;
    }
    if (hmac_sha256(call->api->key, slice_of(out->number), digest)) {
        api_unavailable(call);
        return false;
    }
    for (size_t i = 0; i < sizeof(out->digest); i++)
        out->digest[i] = digest[i];
    hex_encode(digest, CONSENT_WHO, out->who);
    out->shard = shard_of(slice_of(out->number));
    return true;
}

void api_note(struct api_call *call, const char *what, const char *whom, api_then *then)
{
    struct buf line;
    buf_init(&line, LINE_MAX);
    api_put_act(call, what, whom, SLICE_NONE, &line);
    const struct slice args[] = {SLICE("XADD"), STAFF_AUDIT, SLICE("*"), SLICE("act"), buf_slice(&line)};
    if (line.error)
        api_unavailable(call);
    else
        api_redis(call, args, sizeof(args) / sizeof(args[0]), then);
    buf_release(&line);
}

static void run(struct api_call *call)
{
    call->route->run(call);
}

/* Reads what was sent with the request. Returns false after answering. */
static bool read_body(struct api_call *call)
{
    const struct request *request = &call->exchange->request;
    struct slice type = request_header(request, "Content-Type"), media;
    if (!call->route->body) {
        if (request->body.len)
            api_problem(call, 400, "This operation takes no body.", "");
        return !request->body.len;
    }
    if (!slice_cut(&type, ';', &media) || !slice_is_nocase(slice_trim(media), "application/json")) {
        api_problem(call, 415, "The body must be JSON: send Content-Type: application/json.", "");
        return false;
    }
    enum error error = json_parse(request->body, API_UPLOAD_MAX, &call->body);
    if (error == ERR_NOMEM)
        api_unavailable(call);
    else if (error)
        api_problem(call, 400,
                    error == ERR_VALUE   ? "The body has a key twice."
                    : error == ERR_LIMIT ? "The body is too large, too deep or has too many values."
                                         : "The body is not JSON.",
                    "");
    return !error;
}

/* What comes with the request is looked at once it is known who asks, so that a stranger learns nothing. */
static void take(struct api_call *call)
{
    struct buf problems;
    buf_init(&problems, API_TEXT_MAX);
    if (form_parse(call->exchange->request.query, call->exchange->arena, &call->query)) {
        api_problem(call, 400, "The query has too many parameters.", "");
    } else if (!api_check_query(&call->query, call->route->query, &problems)) {
        api_problem(call, 400, "The query is not what this operation takes.", buf_text(&problems));
    } else if (read_body(call)) {
        if (call->route->body && !api_check_body(call->body, call->route->body, &problems))
            api_problem(call, 422, "The body is not what this operation takes.", buf_text(&problems));
        else
            api_done_look(call, run);
    }
    buf_release(&problems);
}

static void admit(struct api_call *call)
{
    if (call->role & call->route->roles)
        take(call);
    else
        api_problem(call, 403, "Your role does not allow this.", "");
}

static void on_known(struct api_call *call, const redisReply *reply)
{
    struct staff_token token;
    struct staff_user user;
    const redisReply *const *found = (const redisReply *const *)reply->element;
    bool known = reply->elements == 2 && found[0]->type == REDIS_REPLY_STRING && found[1]->type == REDIS_REPLY_STRING &&
                 staff_token_read((struct slice){found[0]->str, found[0]->len}, &token) &&
                 staff_user_read((struct slice){found[1]->str, found[1]->len}, &user);
    if (!known || !staff_token_good(&token, &user, call->exchange->request.now_ms)) {
        api_problem(call, 401, "The token is not known, has expired or was revoked.", "");
        return;
    }
    slice_copy(slice_of(token.user), call->who, sizeof(call->who));
    call->role = user.role;
    admit(call);
}

/* Finds out who asks. */
static void authenticate(struct api_call *call)
{
    struct slice rest = request_header(&call->exchange->request, "Authorization"), scheme;
    if (!slice_cut(&rest, ' ', &scheme) || !slice_is_nocase(scheme, "Bearer")) {
        api_problem(call, 401, "Send Authorization: Bearer, and a token.", "");
        return;
    }
    rest = slice_trim(rest);
    if (staff_is_operator(call->api->key, rest, call->exchange->request.now_ms, call->who)) {
        call->is_operator = true;
        call->role = ROLE_ADMIN;
        admit(call);
        return;
    }
    if (staff_token_digest(rest, call->token)) {
        api_problem(call, 401, "The token is not known, has expired or was revoked.", "");
        return;
    }
    const struct slice args[] = {SLICE("FCALL_RO"), SLICE("chaski_who"), SLICE("2"),
                                 STAFF_TOKENS,      STAFF_USERS,         slice_of(call->token)};
    api_redis(call, args, sizeof(args) / sizeof(args[0]), on_known);
}

static void find_peer(struct api_call *call)
{
    struct address address;
    const struct request *request = &call->exchange->request;
    if (!peer_find(call->exchange->peer, request_header(request, "X-Forwarded-For"),
                   call->api->world->config->trusted_proxies, &address))
        return;
    inet_ntop(AF_INET6, address.bytes, call->from, sizeof(call->from));
    if (strncmp(call->from, "::ffff:", 7) == 0 && strchr(call->from, '.'))
        memmove(call->from, call->from + 7, strlen(call->from + 7) + 1);
}

static void not_found(struct api_call *call, const struct buf *allow)
{
    static const struct api_route none = {.id = "none"};
    call->route = &none;
    if (!allow->len) {
        api_problem(call, 404, "There is nothing at this path: /api/openapi.json lists what there is.", "");
        return;
    }
    const char *header = arena_printf(call->exchange->arena, "Allow: %s\r\n", buf_text(allow));
    const struct api_response response = {
        header ? 405 : 503, "application/problem+json",
        SLICE("{\"title\":\"Method Not Allowed\",\"status\":405,\"detail\":\"This path takes other methods.\"}\n"),
        slice_of(header)};
    api_send(call, &response);
}

static void serve_openapi(struct http_exchange *exchange)
{
    struct buf text;
    buf_init(&text, API_TEXT_MAX);
    api_put_openapi(&text);
    http_answer(exchange, &(struct response){text.error ? 503 : 200, "application/json", buf_slice(&text)});
    buf_release(&text);
}

static struct slice method_of(const struct request *request)
{
    static const char *const names[] = {[METHOD_GET] = "GET",
                                        [METHOD_POST] = "POST",
                                        [METHOD_PUT] = "PUT",
                                        [METHOD_PATCH] = "PATCH",
                                        [METHOD_DELETE] = "DELETE"};
    return slice_of(names[request->method]);
}

void api_handle(void *ctx, struct http_exchange *exchange)
{
    const struct slice path = exchange->request.path;
    struct buf allow;
    if (slice_is(path, "/api/openapi.json") && exchange->request.method == METHOD_GET) {
        serve_openapi(exchange);
        return;
    }
    struct api_call *call = arena_alloc(exchange->arena, sizeof(*call));
    if (!call) {
        http_answer_text(exchange, 503, "no memory\n");
        return;
    }
    call->api = ctx;
    call->exchange = exchange;
    find_peer(call);
    buf_init_over(&allow, (char[128]){0}, 128, 128);
    call->route = slice_starts(path, PREFIX "/")
                      ? api_find(method_of(&exchange->request), slice_part(path, sizeof(PREFIX) - 1, path.len),
                                 call->path, &allow)
                      : NULL;
    bool decoded = true;
    for (size_t i = 0; call->route && i < API_PATH_PARTS && call->path[i].ptr; i++)
        decoded = decoded && api_decode(call->path[i], exchange->arena, &call->path[i]);
    if (!call->route)
        not_found(call, &allow);
    else if (!decoded)
        api_problem(call, 400, "The path has an escape that is none, or is not UTF-8.", "");
    else if (call->route->roles)
        authenticate(call);
    else
        take(call);
}
