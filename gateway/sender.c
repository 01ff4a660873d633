#include "gateway/sender.h"

#include <curl/curl.h>
#include <string.h>

#include "base/buf.h"
#include "base/crypto.h"
#include "base/mem.h"
#include "gateway/failpoint.h"

#define RETRY_AFTER_MAX_S (7 * 24 * 3600) /* a provider that asks for more means something else */
#define KEPT_CONNECTIONS 512
#define KEPT_CALLS 512
#define KEPT_ANSWER (16 * 1024) /* bytes of an answer's memory that a call keeps for the next */
#define HEAD_MAX (64 * 1024) /* bytes; a longer head is set anew each time */
#define TURN_CALLS 32 /* begun in one turn of the loop: a crowd does not keep what else happened waiting */
#define READ_BYTES 4096L     /* libcurl has so much room for each call: an answer is short */
#define KEPT_SECONDS                                                                                                   \
    30 /* an idle connection older than this is not used again: few servers keep one longer than a minute */

/* A call, or what is left of one: the next call that says the same to the same address has only its body to set. */
struct call {
    struct sender *sender;
    struct call *before, *after; /* in sender->calls; `after` also in sender->idle */
    struct call *behind;         /* in sender->waiting */
    CURL *easy;
    CURLU *url;
    struct curl_slist *headers;
    struct buf head; /* what `easy` is set to, but for the body: texts with their NUL */
    struct buf answer;
    sender_done *done;
    void *ctx;
    unsigned attempts; /* connections that a request was about to be written on */
};

struct sender {
    struct event_base *base;
    CURLM *multi;
    struct event *timer, *turn;
    struct call *calls, *idle;
    struct call *waiting, *last_waiting; /* for their turn; among `calls` too */
    size_t in_flight, idle_count, begun; /* `begun`: in this turn of the loop */
    int connect_ms, total_ms;
    bool ending;
};

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
    long written = 0; /* bytes of the request */
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

/* Takes a call out of libcurl's hands, tells its owner, and lets it rest. */
static void finish(struct call *call, CURLcode code, const char *trouble)
{
    struct sender_answer answer = {.fate = fate_of(call, code), .trouble = trouble};
    curl_multi_remove_handle(call->sender->multi, call->easy);
    if (answer.fate == SENDER_ANSWERED) {
        long status = 0;
        curl_easy_getinfo(call->easy, CURLINFO_RESPONSE_CODE, &status);
        answer.status = (int)status;
        answer.body = buf_slice(&call->answer);
        answer.retry_after_ms = retry_after_ms(call->easy);
        answer.trouble = "";
    }
    call_unlink(call);
    call->done(call->ctx, &answer);
    call_rest(call);
}

static void collect(struct sender *sender)
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
}

static void on_ready(evutil_socket_t fd, short what, void *context)
{
    struct sender *sender = context;
    int running;
    int mask = (what & EV_READ ? CURL_CSELECT_IN : 0) | (what & EV_WRITE ? CURL_CSELECT_OUT : 0);
    curl_multi_socket_action(sender->multi, fd, mask, &running);
    FAILPOINT("sender.moved");
    collect(sender);
}

static void on_timer(evutil_socket_t fd, short what, void *context)
{
    struct sender *sender = context;
    int running;
    (void)fd;
    (void)what;
    curl_multi_socket_action(sender->multi, CURL_SOCKET_TIMEOUT, 0, &running);
    collect(sender);
}

/* libcurl wants a socket watched, or no longer. Source: CURLMOPT_SOCKETFUNCTION(3). */
static int watch_socket(CURL *easy, curl_socket_t fd, int what, void *context, void *watch)
{
    struct sender *sender = context;
    short events = (short)((what & CURL_POLL_IN ? EV_READ : 0) | (what & CURL_POLL_OUT ? EV_WRITE : 0));
    struct event *event = watch;
    (void)easy;
    if (what == CURL_POLL_REMOVE) {
        curl_multi_assign(sender->multi, fd, NULL);
        if (event)
            event_free(event);
        return 0;
    }
    if (!event) {
        if (!(event = event_new(sender->base, fd, (short)(events | EV_PERSIST), on_ready, sender)))
            return -1;
        curl_multi_assign(sender->multi, fd, event);
    } else if (event_del(event) != 0 ||
               event_assign(event, sender->base, fd, (short)(events | EV_PERSIST), on_ready, sender) != 0) {
        return -1;
    }
    return event_add(event, NULL);
}

/* libcurl wants to be called after a time; -1 no longer. Source: CURLMOPT_TIMERFUNCTION(3), which forbids to
 * call back at once. */
static int set_timer(CURLM *multi, long timeout_ms, void *context)
{
    struct sender *sender = context;
    struct timeval wait = {.tv_sec = timeout_ms / 1000, .tv_usec = timeout_ms % 1000 * 1000};
    (void)multi;
    return timeout_ms < 0 ? event_del(sender->timer) : event_add(sender->timer, &wait);
}

/* Keeps a part of the answer. Returning less than was given ends the call. */
static size_t take_answer(char *bytes, size_t size, size_t count, void *context)
{
    struct call *call = context;
    size_t len = size * count, room = call->answer.max - call->answer.len;
    buf_add(&call->answer, bytes, len < room ? len : room);
    if (len > room && !call->answer.error)
        call->answer.error = ERR_LIMIT;
    return call->answer.error ? 0 : len;
}

/* Comes before each writing of the request. The second is libcurl's own repetition on a fresh connection:
 * whether the first was acted on, nobody knows, so that is for the caller to decide. */
static int before_request(void *context, char *ip, char *own_ip, int port, int own_port)
{
    struct call *call = context;
    (void)ip;
    (void)own_ip;
    (void)port;
    (void)own_port;
    return call->attempts++ == 0 ? CURL_PREREQFUNC_OK : CURL_PREREQFUNC_ABORT;
}

static bool add_header(struct call *call, const char *header)
{
    struct curl_slist *longer = curl_slist_append(call->headers, header);
    if (longer)
        call->headers = longer;
    return longer;
}

/* Basic authentication (RFC 7617), written here once: libcurl encodes name and password anew for each call. */
static bool add_basic(struct call *call, const char *user, const char *password)
{
    struct buf plain, line;
    buf_init(&plain, HEAD_MAX);
    buf_init(&line, 2 * HEAD_MAX);
    buf_addf(&plain, "%s:%s", user, password ? password : "");
    buf_adds(&line, "Authorization: Basic ");
    bool good = !plain.error && buf_reserve(&line, BASE64_SIZE(plain.len));
    if (good)
        base64_encode((const unsigned char *)plain.ptr, plain.len, line.ptr + line.len);
    good = good && add_header(call, line.ptr);
    buf_release(&plain);
    buf_release(&line);
    return good;
}

static bool set_headers(struct call *call, const struct http_call *http)
{
    bool good = add_header(call, "Expect:") && (!http->user || add_basic(call, http->user, http->password));
    for (size_t i = 0; i < http->header_count; i++)
        good = good && add_header(call, http->headers[i]);
    return good && curl_easy_setopt(call->easy, CURLOPT_HTTPHEADER, call->headers) == CURLE_OK;
}

/* What is the same for all calls. */
static bool set_manners(struct call *call)
{
    CURL *easy = call->easy;
    unsigned bad = 0;
    bad |= curl_easy_setopt(easy, CURLOPT_PRIVATE, call);
    bad |= curl_easy_setopt(easy, CURLOPT_NOSIGNAL, 1L);
    bad |= curl_easy_setopt(easy, CURLOPT_TCP_NODELAY, 1L);
    bad |= curl_easy_setopt(easy, CURLOPT_PROTOCOLS_STR, "http,https");
    bad |= curl_easy_setopt(easy, CURLOPT_FOLLOWLOCATION, 0L);
    bad |= curl_easy_setopt(easy, CURLOPT_SSL_VERIFYPEER, 1L);
    bad |= curl_easy_setopt(easy, CURLOPT_SSL_VERIFYHOST, 2L);
    bad |= curl_easy_setopt(easy, CURLOPT_HTTP_VERSION, (long)CURL_HTTP_VERSION_1_1);
    bad |= curl_easy_setopt(easy, CURLOPT_USERAGENT, "chaski/" CHASKI_VERSION);
    bad |= curl_easy_setopt(easy, CURLOPT_MAXAGE_CONN, (long)KEPT_SECONDS);
    bad |= curl_easy_setopt(easy, CURLOPT_CONNECTTIMEOUT_MS, (long)call->sender->connect_ms);
    bad |= curl_easy_setopt(easy, CURLOPT_TIMEOUT_MS, (long)call->sender->total_ms);
    bad |= curl_easy_setopt(easy, CURLOPT_WRITEFUNCTION, take_answer);
    bad |= curl_easy_setopt(easy, CURLOPT_WRITEDATA, call);
    bad |= curl_easy_setopt(easy, CURLOPT_PREREQFUNCTION, before_request);
    bad |= curl_easy_setopt(easy, CURLOPT_PREREQDATA, call);
    bad |= curl_easy_setopt(easy, CURLOPT_BUFFERSIZE, READ_BYTES);
    return bad == CURLE_OK;
}

/* A proxy that the environment names is for the world outside, never for this machine (the sample, a provider's
 * fake). */
static bool is_this_machine(const char *url)
{
    static const char *const heads[] = {"http://127.0.0.1", "http://[::1]", "http://localhost"};
    for (size_t i = 0; i < sizeof(heads) / sizeof(heads[0]); i++) {
        size_t len = strlen(heads[i]);
        if (strncmp(url, heads[i], len) == 0 && (url[len] == ':' || url[len] == '/' || url[len] == '\0'))
            return true;
    }
    return false;
}

/* Has the address parsed once, not for each call; one that cannot be is for libcurl to refuse. */
static unsigned set_url(struct call *call, const char *url)
{
    if (!call->url && !(call->url = curl_url()))
        return CURLE_OUT_OF_MEMORY;
    if (curl_url_set(call->url, CURLUPART_URL, url, CURLU_NON_SUPPORT_SCHEME) == CURLUE_OK)
        return curl_easy_setopt(call->easy, CURLOPT_CURLU, call->url);
    return curl_easy_setopt(call->easy, CURLOPT_URL, url);
}

/* What this call says, but for its body. libcurl copies every text. */
static bool set_head(struct call *call, const struct http_call *http)
{
    CURL *easy = call->easy;
    unsigned bad = set_url(call, http->url);
    if (is_this_machine(http->url))
        bad |= curl_easy_setopt(easy, CURLOPT_NOPROXY, "*");
    if (http->method == METHOD_POST)
        bad |= curl_easy_setopt(easy, CURLOPT_POST, 1L);
    return bad == CURLE_OK && set_headers(call, http);
}

static bool set_body(struct call *call, const struct http_call *http)
{
    if (http->method != METHOD_POST)
        return true;
    const char *body = http->body.len ? http->body.ptr : "";
    return curl_easy_setopt(call->easy, CURLOPT_POSTFIELDSIZE_LARGE, (curl_off_t)http->body.len) == CURLE_OK &&
           curl_easy_setopt(call->easy, CURLOPT_COPYPOSTFIELDS, body) == CURLE_OK;
}

/* The texts of a call but for its body, in their order; NULL behind the last. */
#define HEAD_TEXTS (4 + CALL_HEADERS_MAX)
static void list_head(const struct http_call *http, const char *out[HEAD_TEXTS + 1])
{
    size_t count = 0;
    out[count++] = http->method == METHOD_POST ? "POST" : "GET";
    out[count++] = http->url;
    out[count++] = http->user ? http->user : "";
    out[count++] = http->user && http->password ? http->password : "";
    for (size_t i = 0; i < http->header_count; i++)
        out[count++] = http->headers[i];
    out[count] = NULL;
}

static bool has_head(const struct call *call, const char *const *texts)
{
    const char *at = buf_text(&call->head), *end = at + call->head.len;
    for (; *texts && at < end && strcmp(at, *texts) == 0; texts++)
        at += strlen(at) + 1;
    return !*texts && at == end && !call->head.error;
}

/* Sets a call anew, unless it says already what the last one on this handle said. */
static bool set_request(struct call *call, const struct http_call *http)
{
    const char *texts[HEAD_TEXTS + 1];
    list_head(http, texts);
    if (!has_head(call, texts)) {
        curl_easy_reset(call->easy);
        curl_slist_free_all(call->headers);
        call->headers = NULL;
        buf_clear(&call->head);
        if (!set_manners(call) || !set_head(call, http))
            return false;
        for (size_t i = 0; texts[i]; i++)
            buf_add(&call->head, texts[i], strlen(texts[i]) + 1);
    }
    return set_body(call, http);
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

/* Gives a call to libcurl. Returns false without memory. */
static bool begin(struct call *call)
{
    struct sender *sender = call->sender;
    const struct timeval now = {0, 0};
    if (sender->begun == 0 && event_add(sender->turn, &now) != 0)
        return false;
    sender->begun++;
    return curl_multi_add_handle(sender->multi, call->easy) == CURLM_OK;
}

/* Another turn of the loop: whatever else was ready in the last one has had its time. */
static void on_turn(evutil_socket_t fd, short what, void *context)
{
    struct sender *sender = context;
    (void)fd;
    (void)what;
    sender->begun = 0;
    while (sender->waiting && sender->begun < TURN_CALLS) {
        struct call *call = sender->waiting;
        sender->waiting = call->behind;
        if (!begin(call))
            finish(call, CURLE_OUT_OF_MEMORY, "out of memory");
    }
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
    call->before = call->after = call->behind = NULL;
    buf_clear(&call->answer);
    bool waits = sender->waiting || sender->begun == TURN_CALLS;
    if (!set_request(call, http) || (!waits && !begin(call))) {
        call_free(call);
        return ERR_NOMEM;
    }
    call_link(call);
    if (waits) {
        *(sender->waiting ? &sender->last_waiting->behind : &sender->waiting) = call;
        sender->last_waiting = call;
    }
    return OK;
}

struct sender *sender_new(struct event_base *base)
{
    static bool ready;
    if (!ready && curl_global_init(CURL_GLOBAL_DEFAULT) != CURLE_OK)
        return NULL;
    ready = true;
    struct sender *sender = mem_alloc(sizeof(*sender));
    if (!sender)
        return NULL;
    sender->base = base;
    sender_set_patience(sender, SENDER_CONNECT_MS, SENDER_TOTAL_MS);
    sender->timer = evtimer_new(base, on_timer, sender);
    sender->turn = evtimer_new(base, on_turn, sender);
    sender->multi = curl_multi_init();
    if (!sender->timer || !sender->turn || !sender->multi) {
        sender_free(sender);
        return NULL;
    }
    curl_multi_setopt(sender->multi, CURLMOPT_SOCKETFUNCTION, watch_socket);
    curl_multi_setopt(sender->multi, CURLMOPT_SOCKETDATA, sender);
    curl_multi_setopt(sender->multi, CURLMOPT_TIMERFUNCTION, set_timer);
    curl_multi_setopt(sender->multi, CURLMOPT_TIMERDATA, sender);
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
    if (sender->timer)
        event_free(sender->timer);
    if (sender->turn)
        event_free(sender->turn);
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
