#include "gateway/health.h"

#include "base/json.h"
#include "gateway/metrics.h"

#define METRICS_BYTES_MAX (1024 * 1024)
#define READY_BYTES_MAX 4096

void health_live(void *ctx, struct http_exchange *exchange)
{
    (void)ctx;
    http_answer_text(exchange, 200, "alive\n");
}

/* Adds a check that fails, or one to be warned of, with its reason. */
static void add_check(struct buf *out, const char *name, const char *why)
{
    buf_adds(out, out->len && out->ptr[out->len - 1] == '}' ? ",{" : "{");
    json_put_name(out, "check");
    json_put_string(out, slice_of(name));
    json_put_name(out, "why");
    json_put_string(out, slice_of(why));
    buf_addc(out, '}');
}

static void answer_json(struct http_exchange *exchange, int status, const char *type, struct buf *body)
{
    struct slice kept = body->error ? SLICE_NONE : arena_copy(exchange->arena, buf_slice(body));
    const struct response response = {kept.ptr ? status : 503, type, kept};
    buf_release(body);
    http_answer(exchange, &response);
}

void health_ready(void *ctx, struct http_exchange *exchange)
{
    const struct health *health = ctx;
    struct buf failing, warnings, body;
    buf_init(&failing, READY_BYTES_MAX);
    buf_init(&warnings, READY_BYTES_MAX);
    buf_init(&body, READY_BYTES_MAX);
    if (redis_trouble(health->redis)[0])
        add_check(&failing, "redis", redis_trouble(health->redis));
    if (health->draining)
        add_check(&failing, "draining", "this worker is ending and takes nothing new");
    if (redis_weakness(health->redis)[0])
        add_check(&warnings, "redis", redis_weakness(health->redis));
    buf_addf(&body, "{\"ready\":%s,\"durability\":\"%s\",\"spooled\":%lld,\"failing\":[%s],\"warnings\":[%s]}\n",
             failing.len ? "false" : "true",
             health->world->config->durability == DURABILITY_STRICT ? "strict" : "relaxed",
             health->spool ? (long long)spool_messages(health->spool) : 0, buf_text(&failing), buf_text(&warnings));
    int status = failing.len ? 503 : 200;
    buf_release(&failing);
    buf_release(&warnings);
    answer_json(exchange, status, "application/json", &body);
}

void health_metrics(void *ctx, struct http_exchange *exchange)
{
    struct buf body;
    (void)ctx;
    buf_init(&body, METRICS_BYTES_MAX);
    metrics_write(&body);
    answer_json(exchange, 200, "text/plain; version=0.0.4; charset=utf-8", &body);
}
