#include "gateway/hooks.h"

#include "gateway/clock.h"
#include "gateway/failpoint.h"
#include "gateway/log.h"
#include "gateway/metrics.h"
#include "gateway/peer.h"
#include "gateway/spool.h"

/* A webhook under way. */
struct hook {
    struct intake intake; /* first, so that a intake is its hook */
    struct http_exchange *exchange;
    struct spool_place place; /* in the order of arrival, where it may come to be spooled */
    int64_t started_ms;       /* steady clock */
};

static const struct channel *channel_of(const struct hooks *hooks, struct slice rest)
{
    struct slice name = slice_part(rest, 0, slice_find(rest, '/'));
    struct slice tail = slice_part(rest, name.len, rest.len);
    const struct channel *channel = world_channel(hooks->world, name);
    bool known = tail.len == 0 || slice_is(tail, "/status") || (channel && channel->adapter->subpaths);
    return known ? channel : NULL;
}

size_t hooks_body_max(void *ctx, struct slice rest)
{
    const struct channel *channel = channel_of(ctx, rest);
    return channel ? channel->adapter->body_max : HTTP_NO_PATH;
}

/* Whether what Redis cannot take is kept for it: the provider would not come again, and what is said later can be
 * sent. */
static bool is_spooled(const struct hooks *hooks, const struct channel *channel)
{
    return hooks->spool && !channel->adapter->retries && channel->adapter->call;
}

static void close_hook(struct hook *hook, const struct response *answer)
{
    struct arena *arena = hook->intake.arena;
    if (hook->intake.hooks->spool)
        spool_leave(hook->intake.hooks->spool, &hook->place);
    http_answer(hook->exchange, answer); /* the hook lies in the exchange's arena: gone now */
    arena_free(arena);
}

/* Nothing was promised: the provider is told to come again, or the person that we are sorry. */
static struct response apology(const struct channel *channel, struct arena *arena, enum error error)
{
    struct response answer;
    log_event(LOG_WARNING, "a webhook failed", "channel=%s why=\"%s\"", channel->name, error_text(error));
    intake_count(channel, "failed");
    if (channel->adapter->sorry(channel, arena, &answer))
        answer = (struct response){503, "text/plain", SLICE_NONE};
    return answer;
}

static void fail(struct hook *hook, enum error error)
{
    const struct response answer = apology(hook->intake.channel, hook->exchange->arena, error);
    close_hook(hook, &answer);
}

/* Puts a webhook on disk, and acknowledges it once it is there: the answer is made first, so that nothing that was
 * spooled is called a failure. */
static void put_on_disk(struct hook *hook)
{
    const struct channel *channel = hook->intake.channel;
    struct arena *arena = hook->exchange->arena;
    struct response answer;
    enum error error = channel->adapter->answer(channel, NULL, 0, arena, &answer);
    if (!error)
        error = spool_put(hook->intake.hooks->spool, &hook->place, slice_of(channel->name), &hook->exchange->request,
                          arena);
    if (error) {
        fail(hook, error);
        return;
    }
    intake_count(channel, "spooled");
    close_hook(hook, &answer);
}

static void finish(struct hook *hook)
{
    struct intake *d = &hook->intake;
    if (!d->answer.status) {
        enum error error = d->channel->adapter->answer(d->channel, NULL, 0, hook->exchange->arena, &d->answer);
        if (error) {
            fail(hook, error);
            return;
        }
    }
    intake_count(d->channel, d->repeated ? "repeated" : "accepted");
    metric_observe(METRIC_TURN_SECONDS, d->channel->name, (double)(clock_steady_ms() - hook->started_ms) / 1000);
    FAILPOINT("hook.answering");
    close_hook(hook, &d->answer);
    FAILPOINT("hook.answered");
}

static void on_taken(struct intake *intake, enum error error)
{
    struct hook *hook = (struct hook *)intake;
    if (!error)
        finish(hook);
    else if (error == ERR_UNAVAILABLE && is_spooled(intake->hooks, intake->channel))
        put_on_disk(hook);
    else
        fail(hook, error);
}

/* Delivers it now, or puts it behind those of its channel that wait on disk. A person in front of a screen is told at
 * once, where Redis hangs and the answer would come too late. */
static void begin(struct hook *hook)
{
    const struct hooks *hooks = hook->intake.hooks;
    const struct channel *channel = hook->intake.channel;
    if (channel->kind == CHANNEL_USSD && redis_trouble(hooks->redis)[0]) {
        fail(hook, ERR_UNAVAILABLE);
        return;
    }
    if (is_spooled(hooks, channel) && intake_matters(&hook->intake.decoded)) {
        spool_arrive(hooks->spool, &hook->place);
        if (spool_holds(hooks->spool, slice_of(channel->name))) {
            put_on_disk(hook);
            return;
        }
    }
    enum error error = intake_start(&hook->intake);
    if (error)
        fail(hook, error);
}

/* Tells a caller that it is not who it must be, or, where it is, that this is not for the channel. A client that waits
 * to be asked for its name and password is asked. */
static void refuse_caller(struct http_exchange *exchange, const struct channel *channel, bool authentic)
{
    static const struct response who = {.status = 401, .body = SLICE("wrong signature\n")};
    bool handshake = exchange->request.method == METHOD_GET;
    const char *asks = channel->adapter->asks;
    log_event(LOG_WARNING, "a webhook was refused", "channel=%s what=%s", channel->name,
              !authentic  ? "signature"
              : handshake ? "handshake"
                          : "code");
    if (authentic)
        http_answer_text(exchange, 403, handshake ? "wrong token\n" : "another service code\n");
    else
        http_answer_with(exchange, &who,
                         asks ? slice_of(arena_printf(exchange->arena, "WWW-Authenticate: %s\r\n", asks)) : SLICE_NONE);
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
    intake_count(channel, error == ERR_REFUSED ? "refused" : "malformed");
    if (error == ERR_REFUSED) {
        refuse_caller(exchange, channel, authentic);
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
    if (!channel) { /* the configuration has none of that name */
        http_answer_text(exchange, 404, "no such channel\n");
        return;
    }
    if (!may_call(hooks, channel, exchange)) {
        intake_count(channel, "refused");
        http_answer_text(exchange, 403, "this address may not call here\n");
        return;
    }
    if (exchange->request.method == METHOD_PUT && !channel->adapter->subpaths) {
        refuse(exchange, channel, ERR_UNSUPPORTED, false);
        return;
    }
    enum error error = channel->adapter->authenticate(channel, &exchange->request, exchange->arena);
    bool authentic = error == OK;
    FAILPOINT("hook.authenticated");
    if (!error)
        error = channel->adapter->decode(channel, &exchange->request, exchange->arena, &decoded);
    FAILPOINT("hook.decoded");
    if (error && error != ERR_NOMEM) {
        refuse(exchange, channel, error, authentic);
        return;
    }
    if (!error && decoded.answered) {
        http_answer(exchange, &decoded.answer);
        return;
    }
    struct hook *hook = error ? NULL : arena_alloc(exchange->arena, sizeof(*hook));
    if (!hook) {
        const struct response answer = apology(channel, exchange->arena, ERR_NOMEM);
        http_answer(exchange, &answer);
        return;
    }
    hook->intake = (struct intake){
        .hooks = hooks, .channel = decoded.as ? decoded.as : channel, .decoded = decoded, .done = on_taken};
    hook->exchange = exchange;
    hook->started_ms = clock_steady_ms();
    begin(hook);
}
