/* What a call says: libcurl's options, set once for all that says the same. */
#include <string.h>

#include "base/crypto.h"
#include "gateway/sender_parts.h"

#define READ_BYTES 1024L       /* libcurl has so much room for each call: an answer is short, */
#define FILE_READ_BYTES 65536L /* unless it is a file */

/* An idle connection older than this (and a second, as libcurl counts) is not used again. Node's server and Apache
 * close theirs after 5 s, most others later: a request that meets such a closing on its way is in doubt.
 * Sources: server.keepAliveTimeout of nodejs.org/api/http.html; KeepAliveTimeout of httpd.apache.org/docs/2.4. */
#define KEPT_SECONDS 3

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

/* The type of body that libcurl names by itself, in one piece; a header of ours it prints byte by byte. */
static bool is_own_type(const struct http_call *http, const char *header)
{
    return http->method == METHOD_POST && strcmp(header, "Content-Type: application/x-www-form-urlencoded") == 0;
}

static bool names_header(const struct http_call *http, const char *name)
{
    for (size_t i = 0; i < http->header_count; i++)
        if (slice_starts(slice_of(http->headers[i]), name))
            return true;
    return false;
}

/* No Expect: libcurl asks before a body of 1 MB and more only, and an adapter's arena holds none. Our name is a header
 * like others, because as an option libcurl would print it anew, byte for byte, before it prints the request. */
static bool set_headers(struct call *call, const struct http_call *http)
{
    bool good = add_header(call, "User-Agent: chaski/" CHASKI_VERSION);
    if (!names_header(http, "Accept:"))
        good = good && add_header(call, "Accept:"); /* libcurl's own, which says nothing, is left out */
    good = good && (!http->user || add_basic(call, http->user, http->password));
    for (size_t i = 0; i < http->header_count; i++)
        good = good && (is_own_type(http, http->headers[i]) || add_header(call, http->headers[i]));
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
    bad |= curl_easy_setopt(easy, CURLOPT_MAXAGE_CONN, (long)KEPT_SECONDS);
    bad |= curl_easy_setopt(easy, CURLOPT_CONNECTTIMEOUT_MS, (long)call->sender->connect_ms);
    bad |= curl_easy_setopt(easy, CURLOPT_TIMEOUT_MS, (long)call->sender->total_ms);
    bad |= curl_easy_setopt(easy, CURLOPT_WRITEFUNCTION, take_answer);
    bad |= curl_easy_setopt(easy, CURLOPT_WRITEDATA, call);
    bad |= curl_easy_setopt(easy, CURLOPT_PREREQFUNCTION, before_request);
    bad |= curl_easy_setopt(easy, CURLOPT_PREREQDATA, call);
    bad |= curl_easy_setopt(easy, CURLOPT_BUFFERSIZE, READ_BYTES);
    bad |= sender_own_sockets(call->sender, easy);
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

/* What follows the host goes out as it stands: libcurl would encode the path anew for each call, byte by byte. A proxy
 * that is not only passed through must be told the whole address, though. */
static unsigned set_target(struct call *call)
{
    char *path = NULL, *query = NULL;
    struct buf target;
    buf_init(&target, HEAD_MAX);
    unsigned bad = curl_url_get(call->url, CURLUPART_PATH, &path, CURLU_URLENCODE);
    if (!bad && curl_url_get(call->url, CURLUPART_QUERY, &query, 0) == CURLUE_OUT_OF_MEMORY)
        bad = CURLE_OUT_OF_MEMORY;
    if (!bad)
        buf_addf(&target, "%s%s%s", path, query ? "?" : "", query ? query : "");
    if (!bad && !target.error) {
        bad |= curl_easy_setopt(call->easy, CURLOPT_REQUEST_TARGET, buf_text(&target));
        bad |= curl_url_set(call->url, CURLUPART_PATH, "/", 0);
        bad |= curl_url_set(call->url, CURLUPART_QUERY, NULL, 0);
    }
    curl_free(path);
    curl_free(query);
    buf_release(&target);
    return bad || target.error ? CURLE_OUT_OF_MEMORY : CURLE_OK;
}

/* Has the address parsed once, not for each call; one that cannot be is for libcurl to refuse. */
static unsigned set_url(struct call *call, const struct http_call *http)
{
    bool past_proxies = http->guarded || is_this_machine(http->url) || slice_starts(slice_of(http->url), "https:");
    if (!call->url && !(call->url = curl_url()))
        return CURLE_OUT_OF_MEMORY;
    if (curl_url_set(call->url, CURLUPART_URL, http->url, CURLU_NON_SUPPORT_SCHEME) != CURLUE_OK)
        return curl_easy_setopt(call->easy, CURLOPT_URL, http->url);
    unsigned bad = past_proxies ? set_target(call) : CURLE_OK;
    return bad | curl_easy_setopt(call->easy, CURLOPT_CURLU, call->url);
}

/* Has a file come in larger pieces, and for longer as long as it comes. */
static unsigned set_file(struct call *call)
{
    CURL *easy = call->easy;
    unsigned bad = curl_easy_setopt(easy, CURLOPT_BUFFERSIZE, FILE_READ_BYTES);
    bad |= curl_easy_setopt(easy, CURLOPT_TIMEOUT_MS, (long)call->sender->total_ms * SENDER_FILE_TIMES);
    bad |= curl_easy_setopt(easy, CURLOPT_LOW_SPEED_LIMIT, (long)SENDER_FILE_SLOW);
    return bad | curl_easy_setopt(easy, CURLOPT_LOW_SPEED_TIME, (long)SENDER_FILE_SLOW_S);
}

/* What this call says, but for its body. libcurl copies every text. */
static bool set_head(struct call *call, const struct http_call *http)
{
    CURL *easy = call->easy;
    unsigned bad = set_url(call, http);
    if (is_this_machine(http->url))
        bad |= curl_easy_setopt(easy, CURLOPT_NOPROXY, "*");
    if (http->guarded)
        bad |= sender_guard_sockets(call);
    if (http->file_max)
        bad |= set_file(call);
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
#define HEAD_TEXTS (6 + CALL_HEADERS_MAX)
static void list_head(const struct http_call *http, const char *out[HEAD_TEXTS + 1])
{
    size_t count = 0;
    out[count++] = http->method == METHOD_POST ? "POST" : "GET";
    out[count++] = http->guarded ? "guarded" : "";
    out[count++] = http->file_max ? "file" : "";
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
bool call_set(struct call *call, const struct http_call *http)
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
