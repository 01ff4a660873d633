/* Calls, from their beginning to their end. */
#include <string.h>

#include "base/blocks.h"
#include "base/mem.h"
#include "gateway/clock.h"
#include "gateway/sender_parts.h"

#define RETRY_AFTER_MAX_S (7 * 24 * 3600) /* a provider that asks for more means something else */
#define KEPT_CONNECTIONS 512
#define KEPT_CALLS 512
#define KEPT_ANSWER (16 * 1024) /* bytes of an answer's memory that a call keeps for the next */
#define TURN_CALLS 32           /* begun in one turn of the loop: a crowd does not keep what else happened waiting */

/* A provider that is quick is called so often at once and no more: each call has some 10 KB of libcurl's and the
 * kernel's, which beyond this are no longer near the processor. One that has a call wait for CROWD_MS is not quick, and
 * then all go that may. */
#define CROWD_CALLS 64
#define CROWD_MS 20

static void call_free(struct call *call)
{
    if (call->easy)
        curl_easy_cleanup(call->easy);
    curl_url_cleanup(call->url);
    curl_slist_free_all(call->headers);
    buf_release(&call->head);
    buf_release(&call->answer);
    mem_free(call);
}

/* Keeps a call that ended for another one. */
static void call_rest(struct call *call)
{
    struct sender *sender = call->sender;
    if (sender->ending || sender->idle_count == KEPT_CALLS) {
        call_free(call);
        return;
    }
    if (call->answer.capacity > KEPT_ANSWER)
        buf_release(&call->answer);
    call->before = NULL;
    call->after = sender->idle;
    sender->idle = call;
    sender->idle_count++;
}

static void free_idle(struct sender *sender)
{
    for (struct call *call; (call = sender->idle);) {
        sender->idle = call->after;
        call_free(call);
    }
    sender->idle_count = 0;
}

static void call_link(struct call *call)
{
    struct sender *sender = call->sender;
    call->after = sender->calls;
    if (call->after)
        call->after->before = call;
    sender->calls = call;
    sender->in_flight++;
}

static void call_unlink(struct call *call)
{
    struct sender *sender = call->sender;
    if (call->before)
        call->before->after = call->after;
    else
        sender->calls = call->after;
    if (call->after)
        call->after->before = call->before;
    sender->in_flight--;
}

/* Tells how a call ended. Only bytes of the request that were really written make a doubt. */
static enum sender_fate fate_of(const struct call *call, CURLcode code)
{
    long written = 0;       /* bytes of the request */
    if (call->attempts > 0) /* else it is what an earlier call wrote */
        curl_easy_getinfo(call->easy, CURLINFO_REQUEST_SIZE, &written);
    if (code == CURLE_OK || (code == CURLE_WRITE_ERROR && call->answer.error))
        return SENDER_ANSWERED;
    return written > 0 ? SENDER_IN_DOUBT : SENDER_NOT_SENT;
}

static int64_t retry_after_ms(CURL *easy)
{
    curl_off_t seconds = 0;
    curl_easy_getinfo(easy, CURLINFO_RETRY_AFTER, &seconds);
    if (seconds <= 0)
        return 0;
    return (int64_t)(seconds < RETRY_AFTER_MAX_S ? seconds : RETRY_AFTER_MAX_S) * 1000;
}

static struct slice header_of(CURL *easy, const char *name)
{
    struct curl_header *header;
    return curl_easy_header(easy, name, 0, CURLH_HEADER, -1, &header) == CURLHE_OK ? slice_of(header->value)
                                                                                   : SLICE_NONE;
}

/* Fills what the provider answered. */
static void fill_answer(const struct call *call, struct sender_answer *answer)
{
    long status = 0;
    curl_easy_getinfo(call->easy, CURLINFO_RESPONSE_CODE, &status);
    answer->status = (int)status;
    answer->body = buf_slice(&call->answer);
    answer->cut = call->answer.error;
    answer->retry_after_ms = retry_after_ms(call->easy);
    answer->trouble = "";
    if (!call->is_file)
        return;
    answer->type = header_of(call->easy, "Content-Type");
    answer->location = header_of(call->easy, "Location");
}

/* Takes a call out of libcurl's hands, tells its owner, and lets it rest. One that failed is not used again: where it
 * came to no connection (a host that is not found), its handle still has its buffer, and refuses to be set anew. */
static void finish(struct call *call, CURLcode code, const char *trouble)
{
    struct sender_answer answer = {.fate = fate_of(call, code), .trouble = trouble};
    curl_multi_remove_handle(call->sender->multi, call->easy);
    call->sender->at_work -= call->at_work;
    if (answer.fate == SENDER_ANSWERED) {
        fill_answer(call, &answer);
    } else if (call->refused) {
        answer.trouble = "the host's address is not public";
    } else if (call->attempts > 1) {
        answer.trouble = "the connection ended before an answer came";
    }
    call_unlink(call);
    call->done(call->ctx, &answer);
    if (answer.fate == SENDER_ANSWERED)
        call_rest(call);
    else
        call_free(call);
}

/* Gives a call that rests, or a new one; NULL without memory. */
static struct call *need_call(struct sender *sender)
{
    struct call *call = sender->idle;
    if (call) {
        sender->idle = call->after;
        sender->idle_count--;
        return call;
    }
    if (!(call = mem_alloc(sizeof(*call))))
        return NULL;
    call->sender = sender;
    buf_init(&call->head, HEAD_MAX);
    buf_init(&call->answer, SENDER_ANSWER_MAX);
    if ((call->easy = curl_easy_init()))
        return call;
    call_free(call);
    return NULL;
}

static bool may_begin(const struct sender *sender)
{
    return sender->begun < TURN_CALLS && sender->at_work < sender->crowd;
}

/* Gives a call to libcurl. Returns false without memory. */
static bool begin(struct call *call)
{
    struct sender *sender = call->sender;
    const struct timeval now = {0, 0};
    if (sender->begun == 0 && event_add(sender->turn, &now) != 0)
        return false;
    sender->begun++;
    if (curl_multi_add_handle(sender->multi, call->easy) != CURLM_OK)
        return false;
    call->at_work = true;
    sender->at_work++;
    return true;
}

/* Looks again when the first of those that wait will have waited for long. */
static void watch_crowd(struct sender *sender)
{
    int64_t left_ms = sender->waiting->since_ms + CROWD_MS - clock_steady_ms();
    const struct timeval wait = {.tv_usec = left_ms > 0 ? left_ms * 1000 : 0};
    if (!event_pending(sender->crowded, EV_TIMEOUT, NULL))
        event_add(sender->crowded, &wait);
}

/* Begins of those that wait as many as may. */
static void begin_waiting(struct sender *sender)
{
    while (sender->waiting && may_begin(sender)) {
        struct call *call = sender->waiting;
        sender->waiting = call->behind;
        if (!begin(call))
            finish(call, CURLE_OUT_OF_MEMORY, "out of memory");
    }
    if (!sender->waiting)
        sender->crowd = CROWD_CALLS;
}

/* Another turn of the loop: whatever else was ready in the last one has had its time. */
static void on_turn(evutil_socket_t fd, short what, void *context)
{
    struct sender *sender = context;
    (void)fd;
    (void)what;
    sender->begun = 0;
    begin_waiting(sender);
}

static void on_crowded(evutil_socket_t fd, short what, void *context)
{
    struct sender *sender = context;
    (void)fd;
    (void)what;
    if (!sender->waiting)
        return;
    if (clock_steady_ms() - sender->waiting->since_ms >= CROWD_MS)
        sender->crowd = SIZE_MAX;
    begin_waiting(sender);
    if (sender->waiting)
        watch_crowd(sender);
}

void sender_collect(struct sender *sender)
{
    int left;
    for (CURLMsg *message; (message = curl_multi_info_read(sender->multi, &left));) {
        struct call *call = NULL;
        CURLcode code = message->data.result;
        if (message->msg != CURLMSG_DONE)
            continue;
        curl_easy_getinfo(message->easy_handle, CURLINFO_PRIVATE, (char **)&call);
        finish(call, code, curl_easy_strerror(code));
    }
    begin_waiting(sender);
}

static void wait_behind(struct call *call)
{
    struct sender *sender = call->sender;
    *(sender->waiting ? &sender->last_waiting->behind : &sender->waiting) = call;
    sender->last_waiting = call;
    call->since_ms = clock_steady_ms();
    watch_crowd(sender);
}

enum error sender_call(struct sender *sender, const struct http_call *http, sender_done *done, void *ctx)
{
    if (sender->ending)
        return ERR_UNAVAILABLE;
    struct call *call = need_call(sender);
    if (!call)
        return ERR_NOMEM;
    call->done = done;
    call->ctx = ctx;
    call->attempts = 0;
    call->refused = false;
    call->before = call->after = call->behind = NULL;
    buf_clear(&call->answer);
    call->is_file = http->file_max > 0;
    call->answer.max = call->is_file ? http->file_max : SENDER_ANSWER_MAX;
    call->at_work = false;
    bool waits = sender->waiting || !may_begin(sender);
    if (!call_set(call, http) || (!waits && !begin(call))) {
        call_free(call);
        return ERR_NOMEM;
    }
    call_link(call);
    if (waits)
        wait_behind(call);
    return OK;
}

struct sender *sender_new(struct event_base *base)
{
    static bool ready;
    if (!ready && curl_global_init_mem(CURL_GLOBAL_DEFAULT, blocks_take, blocks_give, blocks_resize, blocks_copy,
                                       blocks_take_zeroed) != CURLE_OK)
        return NULL;
    ready = true;
    struct sender *sender = mem_alloc(sizeof(*sender));
    if (!sender)
        return NULL;
    sender->base = base;
    sender_set_patience(sender, SENDER_CONNECT_MS, SENDER_TOTAL_MS);
    sender->crowd = CROWD_CALLS;
    sender->turn = evtimer_new(base, on_turn, sender);
    sender->crowded = evtimer_new(base, on_crowded, sender);
    sender->multi = curl_multi_init();
    if (!sender->turn || !sender->crowded || !sender->multi || !sender_watch(sender)) {
        sender_free(sender);
        return NULL;
    }
    curl_multi_setopt(sender->multi, CURLMOPT_MAXCONNECTS, (long)KEPT_CONNECTIONS);
    return sender;
}

void sender_free(struct sender *sender)
{
    if (!sender)
        return;
    sender->ending = true;
    while (sender->calls)
        finish(sender->calls, CURLE_ABORTED_BY_CALLBACK, "the sender ended");
    free_idle(sender);
    if (sender->multi)
        curl_multi_cleanup(sender->multi);
    sender_unwatch(sender);
    if (sender->turn)
        event_free(sender->turn);
    if (sender->crowded)
        event_free(sender->crowded);
    mem_free(sender);
}

void sender_set_patience(struct sender *sender, int connect_ms, int total_ms)
{
    free_idle(sender); /* they have what was before */
    sender->connect_ms = connect_ms;
    sender->total_ms = total_ms;
}

size_t sender_in_flight(const struct sender *sender)
{
    return sender->in_flight;
}
