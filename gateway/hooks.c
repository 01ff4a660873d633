#include "gateway/hooks.h"

#include "gateway/clock.h"
#include "gateway/log.h"
#include "gateway/metrics.h"
#include "gateway/peer.h"
#include "gateway/receipt.h"

/* A webhook under way: its events are taken one after the other. */
struct hook {
    const struct hooks *hooks;
    const struct channel *channel;
    struct http_exchange *exchange;
    struct decoded decoded;
    size_t next;            /* event to take */
    struct arena *arena;    /* of the turn under way; reset between turns */
    struct response answer; /* the last turn's; status 0: none yet */
    int64_t started_ms;     /* steady clock */
    bool repeated;
};

static void take_next(struct hook *hook);

static const struct channel *channel_of(const struct hooks *hooks, struct slice rest)
{
    struct slice name = slice_part(rest, 0, slice_find(rest, '/'));
    struct slice tail = slice_part(rest, name.len, rest.len);
    if (tail.len && !slice_is(tail, "/status"))
        return NULL;
    return world_channel(hooks->world, name);
}

size_t hooks_body_max(void *ctx, struct slice rest)
{
    const struct channel *channel = channel_of(ctx, rest);
    return channel ? channel->adapter->body_max : 0;
}

static void count(const struct channel *channel, const char *outcome)
{
    metric_add(METRIC_WEBHOOKS, channel->name, outcome, 1);
}

static void close_hook(struct hook *hook, const struct response *answer)
{
    struct arena *arena = hook->arena;
    http_answer(hook->exchange, answer); /* the hook lies in the exchange's arena: gone now */
    arena_free(arena);
}

/* Nothing was promised: the provider is told to come again, or the person that we are sorry. */
static struct response apology(const struct channel *channel, struct arena *arena, enum error error)
{
    struct response answer;
    log_event(LOG_WARNING, "a webhook failed", "channel=%s why=\"%s\"", channel->name, error_text(error));
    count(channel, "failed");
    if (channel->adapter->sorry(channel, arena, &answer))
        answer = (struct response){503, "text/plain", SLICE_NONE};
    return answer;
}

static void fail(struct hook *hook, enum error error)
{
    const struct response answer = apology(hook->channel, hook->exchange->arena, error);
    close_hook(hook, &answer);
}

static void finish(struct hook *hook)
{
    if (!hook->answer.status) {
        enum error error = hook->channel->adapter->answer(hook->channel, NULL, 0, hook->exchange->arena, &hook->answer);
        if (error) {
            fail(hook, error);
            return;
        }
    }
    count(hook->channel, hook->repeated ? "repeated" : "accepted");
    metric_observe(METRIC_TURN_SECONDS, hook->channel->name, (double)(clock_steady_ms() - hook->started_ms) / 1000);
    close_hook(hook, &hook->answer);
}

static void on_turn(void *ctx, const struct turn_result *result)
{
    struct hook *hook = ctx;
    if (result->error) {
        fail(hook, result->error);
        return;
    }
    if (!result->repeated)
        metric_add(METRIC_TURNS, hook->channel->name, NULL, 1);
    hook->repeated = result->repeated;
    hook->answer = result->response;
    take_next(hook);
}

static void on_receipt(void *ctx, enum error error)
{
    struct hook *hook = ctx;
    if (error)
        fail(hook, error);
    else
        take_next(hook);
}

/* Starts the next event that means something; when there is none left, answers. */
static void take_next(struct hook *hook)
{
    while (hook->next < hook->decoded.count) {
        const struct event *event = &hook->decoded.events[hook->next++];
        enum error error = OK;
        if (event->kind == EVENT_IGNORED) {
            count(hook->channel, "ignored");
            continue;
        }
        if (event->kind == EVENT_STATUS) {
            error = receipt_take(hook->hooks->redis, hook->channel, event, on_receipt, hook);
        } else {
            arena_reset(hook->arena);
            hook->answer = (struct response){0}; /* it lay there */
            error = turn_start(hook->hooks->turns, hook->channel, event, clock_ms(), hook->arena, on_turn, hook);
        }
        if (error == ERR_VALUE) {
            count(hook->channel, "ignored"); /* a sender that is nobody: no number, no user id */
            continue;
        }
        if (error)
            fail(hook, error);
        return;
    }
    finish(hook);
}

static void refuse(struct http_exchange *exchange, const struct channel *channel, enum error error, bool authentic)
{
    static const struct {
        enum error error;
        int status;
        const char *text;
    } rows[] = {
        {ERR_SYNTAX, 400, "malformed body\n"},
        {ERR_VALUE, 400, "malformed body\n"},
        {ERR_LIMIT, 413, "too large\n"},
        {ERR_UNSUPPORTED, 405, "method not taken here\n"},
    };
    count(channel, error == ERR_REFUSED ? "refused" : "malformed");
    if (error == ERR_REFUSED) {
        log_event(LOG_WARNING, "a webhook was refused", "channel=%s what=%s", channel->name,
                  authentic ? "handshake" : "signature");
        http_answer_text(exchange, authentic ? 403 : 401, authentic ? "wrong token\n" : "wrong signature\n");
        return;
    }
    struct response sorry;
    if (channel->kind == CHANNEL_USSD && !channel->adapter->sorry(channel, exchange->arena, &sorry)) {
        http_answer(exchange, &sorry); /* a screen that hangs is worse than any status */
        return;
    }
    for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
        if (rows[i].error == error) {
            http_answer_text(exchange, rows[i].status, rows[i].text);
            return;
        }
    }
    http_answer_text(exchange, 500, "internal error\n");
}

/* Checks the caller's address where the channel names whom it takes. */
static bool may_call(const struct hooks *hooks, const struct channel *channel, const struct http_exchange *exchange)
{
    struct slice networks = slice_of(channel_setting(channel, "allow_from"));
    struct slice forwarded = request_header(&exchange->request, "X-Forwarded-For");
    struct address caller;
    if (!networks.len)
        return true;
    return peer_find(exchange->peer, forwarded, hooks->world->config->trusted_proxies, &caller) &&
           peer_allowed(&caller, networks);
}

void hooks_handle(void *ctx, struct http_exchange *exchange)
{
    const struct hooks *hooks = ctx;
    const struct channel *channel = channel_of(hooks, exchange->rest);
    struct decoded decoded = {0};
    if (!channel) {
        http_answer_text(exchange, 404, "no such channel\n");
        return;
    }
    if (!may_call(hooks, channel, exchange)) {
        count(channel, "refused");
        http_answer_text(exchange, 403, "this address may not call here\n");
        return;
    }
    enum error error = channel->adapter->authenticate(channel, &exchange->request, exchange->arena);
    bool authentic = error == OK;
    if (!error)
        error = channel->adapter->decode(channel, &exchange->request, exchange->arena, &decoded);
    if (error && error != ERR_NOMEM) {
        refuse(exchange, channel, error, authentic);
        return;
    }
    if (!error && decoded.answered) {
        http_answer(exchange, &decoded.answer);
        return;
    }
    struct hook *hook = error ? NULL : arena_alloc(exchange->arena, sizeof(*hook));
    struct arena *arena = hook ? arena_new(HOOK_ARENA_MAX) : NULL;
    if (!arena) {
        const struct response answer = apology(channel, exchange->arena, ERR_NOMEM);
        http_answer(exchange, &answer);
        return;
    }
    *hook = (struct hook){.hooks = hooks,
                          .channel = decoded.as ? decoded.as : channel,
                          .exchange = exchange,
                          .decoded = decoded,
                          .arena = arena,
                          .started_ms = clock_steady_ms()};
    take_next(hook);
}
