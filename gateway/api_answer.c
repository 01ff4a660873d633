#include <stdio.h>
#include <stdlib.h>

#include "base/civil.h"
#include "gateway/api_parts.h"
#include "gateway/log.h"

#define PROBLEM_MAX (64 * 1024)
#define CURSOR_MAX 512 /* bytes */

/* What goes out when not even a problem can be written. */
static const struct api_response no_memory = {
    503, "application/problem+json", {"{\"title\":\"Service Unavailable\",\"status\":503}\n", 44}, {"", 0}};

void api_send(struct api_call *call, const struct api_response *response)
{
    struct http_exchange *exchange = call->exchange;
    cJSON_Delete(call->body);
    cJSON_Delete(call->owned);
    arena_free(call->arena);
    const struct response plain = {response->status, response->type, response->body};
    http_answer_with(exchange, &plain, response->headers); /* the call lies in its arena */
}

/* Sends what a buffer holds, and releases it. What is kept for a repeat has to wait for Redis, in the arena. The buffer
 * itself may lie in the arena, which goes with the answer. */
static void finish(struct api_call *call, struct api_response response, struct buf *body)
{
    struct buf own;
    if (body) {
        own = *body;
        body = &own;
    }
    if (body)
        response.body =
            call->done_key.len && !body->error ? arena_copy(call->exchange->arena, buf_slice(body)) : buf_slice(body);
    if (body && (body->error || !response.body.ptr))
        response = no_memory;
    if (call->done_key.len)
        api_done_keep(call, &response);
    else
        api_send(call, &response);
    if (body)
        buf_release(body);
}

void api_answer(struct api_call *call, struct buf *body)
{
    finish(call, (struct api_response){call->route->status, "application/json", SLICE_NONE, SLICE_NONE}, body);
}

void api_answer_item(struct api_call *call, struct buf *body, struct slice record)
{
    char etag[DIGEST_TEXT + 2];
    api_etag(record, etag);
    const char *header = arena_printf(call->exchange->arena, "ETag: %s\r\n", etag);
    if (!header)
        body->error = ERR_NOMEM;
    finish(call, (struct api_response){call->route->status, "application/json", SLICE_NONE, slice_of(header)}, body);
}

void api_answer_file(struct api_call *call, const char *type, struct slice body, struct slice headers)
{
    api_send(call, &(struct api_response){call->route->status, type, body, headers});
}

void api_page_open(struct api_page *page, size_t limit)
{
    page->limit = limit;
    page->count = 0;
    page->more = false;
    buf_init(&page->last, CURSOR_MAX);
    buf_init(&page->body, API_TEXT_MAX);
    buf_adds(&page->body, "{\"items\":[");
}

bool api_page_takes(struct api_page *page, struct slice cursor)
{
    if (page->count == page->limit) {
        page->more = true;
        return false;
    }
    if (page->count++)
        buf_addc(&page->body, ',');
    buf_clear(&page->last);
    buf_addslice(&page->last, cursor);
    return true;
}

void api_page_close(struct api_page *page)
{
    buf_addc(&page->body, ']');
    if (page->more)
        api_put_text(&page->body, "next", buf_slice(&page->last));
    else
        buf_adds(&page->body, ",\"next\":null");
    buf_adds(&page->body, "}\n");
    buf_release(&page->last);
}

void api_page_answer(struct api_call *call, struct api_page *page)
{
    api_page_close(page);
    api_answer(call, &page->body);
}

struct row {
    struct slice field, record;
};

static int by_field(const void *a, const void *b)
{
    const struct row *x = a, *y = b;
    return slice_compare(x->field, y->field);
}

void api_page_records(struct api_call *call, const redisReply *reply, size_t id_len, api_put_record *put)
{
    const struct slice after = api_query(call, "cursor");
    const size_t count = reply->elements / 2;
    struct row *rows = arena_array(call->exchange->arena, count + 1, sizeof(*rows));
    struct api_page page;
    if (!rows) {
        api_unavailable(call);
        return;
    }
    for (size_t i = 0; i < count; i++)
        rows[i] = (struct row){api_reply(reply->element[2 * i]), api_reply(reply->element[2 * i + 1])};
    qsort(rows, count, sizeof(*rows), by_field);
    api_page_open(&page, api_limit(call));
    for (size_t i = 0; i < count; i++) {
        const struct slice id = slice_part(rows[i].field, 0, id_len);
        if (slice_compare(id, after) > 0)
            put(call, &page, id, rows[i].record);
    }
    api_page_answer(call, &page);
}

void api_answer_nothing(struct api_call *call)
{
    finish(call, (struct api_response){204, NULL, SLICE_NONE, SLICE_NONE}, NULL);
}

/* Source: RFC 9110 section 15.5. */
static const char *title_of(int status)
{
    static const struct {
        int status;
        const char *title;
    } titles[] = {{400, "Bad Request"},
                  {401, "Unauthorized"},
                  {403, "Forbidden"},
                  {404, "Not Found"},
                  {405, "Method Not Allowed"},
                  {409, "Conflict"},
                  {410, "Gone"},
                  {412, "Precondition Failed"},
                  {415, "Unsupported Media Type"},
                  {422, "Unprocessable Content"},
                  {428, "Precondition Required"},
                  {429, "Too Many Requests"},
                  {502, "Bad Gateway"},
                  {504, "Gateway Timeout"}};
    for (size_t i = 0; i < sizeof(titles) / sizeof(titles[0]); i++)
        if (titles[i].status == status)
            return titles[i].title;
    return "Service Unavailable";
}

static void send_problem(struct api_call *call, int status, const char *detail, const char *problems,
                         struct slice headers)
{
    struct buf body;
    buf_init(&body, PROBLEM_MAX);
    buf_addc(&body, '{');
    api_put_text(&body, "title", slice_of(title_of(status)));
    json_put_name(&body, "status");
    buf_addi(&body, status);
    api_put_text(&body, "detail", slice_of(detail));
    if (*problems) {
        json_put_name(&body, "errors");
        buf_addf(&body, "[%s]", problems);
    }
    buf_adds(&body, "}\n");
    finish(call, (struct api_response){status, "application/problem+json", SLICE_NONE, headers}, &body);
}

void api_problem(struct api_call *call, int status, const char *detail, const char *problems)
{
    /* Source: RFC 9110 section 11.6.1: a 401 names the scheme. */
    const struct slice scheme = SLICE("WWW-Authenticate: Bearer realm=\"chaski\"\r\n");
    send_problem(call, status, detail, problems, status == 401 ? scheme : SLICE_NONE);
}

void api_field_problem(struct api_call *call, int status, const char *detail, const char *field, const char *rule)
{
    struct buf problems;
    buf_init(&problems, PROBLEM_MAX);
    buf_addc(&problems, '{');
    api_put_text(&problems, "field", slice_of(field));
    api_put_text(&problems, "rule", slice_of(rule));
    buf_addc(&problems, '}');
    api_problem(call, status, detail, buf_text(&problems));
    buf_release(&problems);
}

void api_wait_problem(struct api_call *call, int64_t wait_ms, const char *detail)
{
    const char *header =
        arena_printf(call->exchange->arena, "Retry-After: %lld\r\n", (long long)((wait_ms + 999) / 1000));
    send_problem(call, 429, detail, "", slice_of(header));
}

void api_unavailable(struct api_call *call)
{
    send_problem(call, 503, "Redis does not answer, or refuses writes: try again in a moment.", "",
                 SLICE("Retry-After: 2\r\n"));
}

static void on_reply(void *ctx, const redisReply *reply)
{
    struct api_call *call = ctx;
    char text[256];
    if (reply && reply->type == REDIS_REPLY_ERROR)
        log_event(LOG_ERROR, "Redis refused a command of the API", "operation=%s error=%s", call->route->id,
                  log_value((struct slice){reply->str, reply->len}, text, sizeof(text)));
    if (!reply || reply->type == REDIS_REPLY_ERROR)
        api_unavailable(call);
    else
        call->then(call, reply);
}

void api_redis(struct api_call *call, const struct slice *args, size_t count, api_then *then)
{
    call->then = then;
    if (redis_command(call->api->redis, args, count, on_reply, call))
        api_unavailable(call);
}

void api_etag(struct slice record, char out[DIGEST_TEXT + 2])
{
    char digest[DIGEST_TEXT];
    if (digest_write(record, digest))
        slice_copy(SLICE("none"), digest, sizeof(digest)); /* fits no If-Match that was ever given */
    snprintf(out, DIGEST_TEXT + 2, "\"%s\"", digest);
}

bool api_matches(struct api_call *call, struct slice record)
{
    char etag[DIGEST_TEXT + 2];
    const struct slice wanted = request_header(&call->exchange->request, "If-Match");
    api_etag(record, etag);
    if (slice_is(wanted, etag) || slice_is(wanted, "*"))
        return true;
    if (wanted.len)
        api_problem(call, 412, "Somebody changed it since: read it again, and send If-Match with its new ETag.", "");
    else
        api_problem(call, 428, "Send If-Match with the ETag that it had when it was read, or * to change it anyhow.",
                    "");
    return false;
}

void api_put_time(struct buf *out, const char *name, int64_t ms)
{
    char text[CIVIL_TEXT];
    civil_format(ms, text);
    api_put_text(out, name, slice_of(text));
}

void api_put_text(struct buf *out, const char *name, struct slice text)
{
    json_put_name(out, name);
    json_put_string(out, text);
}
