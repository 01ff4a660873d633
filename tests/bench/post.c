/* What the outbox is compared with in `make bench`: libcurl's multi interface on libevent, POSTing as fast as it can.
 *
 * post -u URL [-c IN_FLIGHT] [-d SECONDS] [-w WARM_UP_SECONDS]. Each easy handle is set up once and used again, so
 * nothing but the sending itself is measured. Checks every answer (201 and a SID). Prints one line of JSON. */
#include <curl/curl.h>
#include <event2/event.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

#include "base/mem.h"

#define HANDLES_MAX 1024
#define FORM                                                                                                           \
    "To=%2B51900000001&From=%2B5117654321&Body=%C2%BFA%20qu%C3%A9%20se%20dedica%20tu%20negocio%3F%20Cu%C3%A9ntame%20"  \
    "con%20tus%20palabras%20qu%C3%A9%20vendes%20o%20qu%C3%A9%20haces.&StatusCallback=https%3A%2F%2Fgw.ejemplo.pe"      \
    "%2Fhooks%2Fsmsa%2Fstatus%3Fref%3D1700000000000-0"

struct post {
    CURL *easy;
    char answer[1024];
    size_t len;
};

static struct event_base *base;
static struct event *timer;
static CURLM *multi;
static struct post posts[HANDLES_MAX];
static unsigned long long done, errors;
static double counted_s, end_s;
static int running;

static double now_s(void)
{
    struct timespec now;
    clock_gettime(CLOCK_MONOTONIC, &now);
    return (double)now.tv_sec + (double)now.tv_nsec / 1e9;
}

static size_t take(char *bytes, size_t size, size_t count, void *ctx)
{
    struct post *post = ctx;
    size_t len = size * count;
    if (len > sizeof(post->answer) - 1 - post->len)
        return 0;
    memcpy(post->answer + post->len, bytes, len);
    post->len += len;
    post->answer[post->len] = '\0';
    return len;
}

static void collect(void)
{
    int left;
    double now = now_s();
    for (CURLMsg *message; (message = curl_multi_info_read(multi, &left));) {
        CURL *easy = message->easy_handle;
        struct post *post = NULL;
        long status = 0;
        CURLcode code = message->data.result;
        curl_easy_getinfo(easy, CURLINFO_PRIVATE, (char **)&post);
        curl_easy_getinfo(easy, CURLINFO_RESPONSE_CODE, &status);
        errors += code != CURLE_OK || status != 201 || !strstr(post->answer, "\"sid\":\"SM");
        done += now >= counted_s && now <= end_s;
        post->len = 0;
        curl_multi_remove_handle(multi, easy);
        if (now < end_s && errors < 50)
            curl_multi_add_handle(multi, easy);
    }
    if (running == 0 && now >= end_s)
        event_base_loopbreak(base);
}

static void on_ready(evutil_socket_t fd, short what, void *ctx)
{
    int mask = (what & EV_READ ? CURL_CSELECT_IN : 0) | (what & EV_WRITE ? CURL_CSELECT_OUT : 0);
    (void)ctx;
    curl_multi_socket_action(multi, fd, mask, &running);
    collect();
}

static void on_timer(evutil_socket_t fd, short what, void *ctx)
{
    (void)fd;
    (void)what;
    (void)ctx;
    curl_multi_socket_action(multi, CURL_SOCKET_TIMEOUT, 0, &running);
    collect();
}

static int watch(CURL *easy, curl_socket_t fd, int what, void *ctx, void *watched)
{
    short events = (short)((what & CURL_POLL_IN ? EV_READ : 0) | (what & CURL_POLL_OUT ? EV_WRITE : 0));
    struct event *event = watched;
    (void)easy;
    (void)ctx;
    if (what == CURL_POLL_REMOVE) {
        event_free(event);
        curl_multi_assign(multi, fd, NULL);
        return 0;
    }
    if (event) {
        event_del(event);
        event_assign(event, base, fd, (short)(events | EV_PERSIST), on_ready, NULL);
    } else {
        event = event_new(base, fd, (short)(events | EV_PERSIST), on_ready, NULL);
        curl_multi_assign(multi, fd, event);
    }
    return event_add(event, NULL);
}

static int set_timer(CURLM *of, long ms, void *ctx)
{
    struct timeval wait = {ms / 1000, ms % 1000 * 1000};
    (void)of;
    (void)ctx;
    return ms < 0 ? event_del(timer) : event_add(timer, &wait);
}

static void prepare(struct post *post, const char *url)
{
    CURL *easy = post->easy = curl_easy_init();
    curl_easy_setopt(easy, CURLOPT_URL, url);
    curl_easy_setopt(easy, CURLOPT_PROXY, "");
    curl_easy_setopt(easy, CURLOPT_PRIVATE, post);
    curl_easy_setopt(easy, CURLOPT_NOSIGNAL, 1L);
    curl_easy_setopt(easy, CURLOPT_TIMEOUT_MS, 10000L);
    curl_easy_setopt(easy, CURLOPT_HTTPAUTH, (long)CURLAUTH_BASIC);
    curl_easy_setopt(easy, CURLOPT_USERNAME, "AC00000000000000000000000000000001");
    curl_easy_setopt(easy, CURLOPT_PASSWORD, "made-up");
    curl_easy_setopt(easy, CURLOPT_POSTFIELDS, FORM);
    curl_easy_setopt(easy, CURLOPT_WRITEFUNCTION, take);
    curl_easy_setopt(easy, CURLOPT_WRITEDATA, post);
}

int main(int argc, char **argv)
{
    const char *url = NULL;
    long in_flight = 64;
    double seconds = 1, warm_s = 0;
    for (int option; (option = getopt(argc, argv, "u:c:d:w:")) != -1;) {
        url = option == 'u' ? optarg : url;
        in_flight = option == 'c' ? strtol(optarg, NULL, 10) : in_flight;
        seconds = option == 'd' ? strtod(optarg, NULL) : seconds;
        warm_s = option == 'w' ? strtod(optarg, NULL) : warm_s;
    }
    if (!url || in_flight < 1 || in_flight > HANDLES_MAX) {
        fprintf(stderr, "usage: post -u URL [-c IN_FLIGHT] [-d SECONDS] [-w WARM_UP_SECONDS]\n");
        return 2;
    }
    curl_global_init(CURL_GLOBAL_DEFAULT);
    base = event_base_new();
    timer = evtimer_new(base, on_timer, NULL);
    multi = curl_multi_init();
    curl_multi_setopt(multi, CURLMOPT_SOCKETFUNCTION, watch);
    curl_multi_setopt(multi, CURLMOPT_TIMERFUNCTION, set_timer);
    curl_multi_setopt(multi, CURLMOPT_MAXCONNECTS, in_flight);
    counted_s = now_s() + warm_s;
    end_s = counted_s + seconds;
    for (long i = 0; i < in_flight; i++) {
        prepare(&posts[i], url);
        curl_multi_add_handle(multi, posts[i].easy);
    }
    event_base_dispatch(base);
    printf("{\"posts\":%llu,\"posts_s\":%.1f,\"errors\":%llu}\n", done, (double)done / seconds, errors);
    return errors ? 1 : 0;
}
