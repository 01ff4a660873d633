/* What `make bench` compares with: the least that libevent's HTTP server can do.
 *
 * bare echo PUBLIC_URL TOKEN: reads a Twilio form, checks its signature as the adapter does, and answers with a TwiML
 * document that holds the Body. Nothing is stored: the ceiling of a turn.
 * bare sink: takes every POST as Twilio's Messages resource does (201 and a SID). The word `hold` on standard input
 * lets it keep the answers back, `go` gives them and counts from there, `count` prints what came since. Prints its
 * port; ends when standard input does. */
#include <event2/buffer.h>
#include <event2/event.h>
#include <event2/http.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>
#include <time.h>
#include <unistd.h>

#include "adapters/twilio_signature.h"

#define ARENA_MAX (256 * 1024)
#define HELD_MAX 65536
#define FILLER "(bytes that make this answer as long as a question of the conversation is: about a hundred and fifty.)"

static struct event_base *base;
static struct arena *arena;
static const char *public_url, *token;

static int64_t now_us(void)
{
    struct timespec now;
    clock_gettime(CLOCK_MONOTONIC, &now);
    return now.tv_sec * 1000000LL + now.tv_nsec / 1000;
}

static void answer(struct evhttp_request *http, int status, const char *type)
{
    evhttp_add_header(evhttp_request_get_output_headers(http), "Content-Type", type);
    evhttp_send_reply(http, status, NULL, NULL);
}

static void on_form(struct evhttp_request *http, void *ctx)
{
    struct evbuffer *input = evhttp_request_get_input_buffer(http);
    const char *signature = evhttp_find_header(evhttp_request_get_input_headers(http), "X-Twilio-Signature");
    const struct header header = {SLICE("X-Twilio-Signature"), slice_of(signature)};
    const struct request request = {
        .method = METHOD_POST,
        .target = slice_of(evhttp_request_get_uri(http)),
        .body = {(const char *)evbuffer_pullup(input, -1), evbuffer_get_length(input)},
        .headers = &header,
        .header_count = 1,
    };
    struct form form;
    (void)ctx;
    arena_reset(arena);
    if (twilio_params(&request, arena, &form) || twilio_signature_check(&request, &form, public_url, token, arena)) {
        answer(http, 401, "text/plain");
        return;
    }
    struct slice body = form_get(&form, "Body");
    struct evbuffer *output = evhttp_request_get_output_buffer(http);
    evbuffer_add_printf(
        output, "<?xml version=\"1.0\" encoding=\"UTF-8\"?><Response><Message>%.*s " FILLER "</Message></Response>",
        (int)body.len, body.ptr);
    answer(http, 200, "text/xml");
}

static struct sink {
    struct evhttp_request *held[HELD_MAX];
    size_t held_count;
    bool holds;
    unsigned long long posts, sids;
    int64_t go_us, last_us;
} sink;

static void accept_post(struct evhttp_request *http)
{
    struct evbuffer *output = evhttp_request_get_output_buffer(http);
    evbuffer_add_printf(output, "{\"sid\":\"SM%032llx\",\"status\":\"queued\",\"error_code\":null}", ++sink.sids);
    answer(http, 201, "application/json");
}

static void on_post(struct evhttp_request *http, void *ctx)
{
    (void)ctx;
    if (sink.holds && sink.held_count < HELD_MAX) {
        sink.held[sink.held_count++] = http;
        return;
    }
    sink.posts++;
    sink.last_us = now_us();
    accept_post(http);
}

static void obey(const char *word)
{
    if (strcmp(word, "hold") == 0) {
        sink.holds = true;
    } else if (strcmp(word, "go") == 0) {
        size_t count = sink.held_count;
        sink.holds = false;
        sink.held_count = 0;
        sink.posts = 0;
        sink.go_us = sink.last_us = now_us();
        for (size_t i = 0; i < count; i++)
            accept_post(sink.held[i]);
        printf("{\"held\":%zu}\n", count);
    } else {
        printf("{\"posts\":%llu,\"held\":%zu,\"seconds\":%.6f}\n", sink.posts, sink.held_count,
               (double)(sink.last_us - sink.go_us) / 1e6);
    }
    fflush(stdout);
}

static void on_stdin(evutil_socket_t fd, short what, void *ctx)
{
    char text[256];
    struct slice rest, word;
    ssize_t got = read((int)fd, text, sizeof(text) - 1);
    (void)what;
    (void)ctx;
    if (got <= 0) {
        event_base_loopbreak(base);
        return;
    }
    rest = (struct slice){text, (size_t)got};
    while (slice_cut(&rest, '\n', &word)) {
        text[(size_t)(word.ptr - text) + word.len] = '\0';
        if (word.len)
            obey(word.ptr);
    }
}

static void print_port(struct evhttp_bound_socket *bound)
{
    struct sockaddr_in address;
    socklen_t len = sizeof(address);
    getsockname(evhttp_bound_socket_get_fd(bound), (struct sockaddr *)&address, &len);
    printf("%d\n", ntohs(address.sin_port));
    fflush(stdout);
}

int main(int argc, char **argv)
{
    struct event_config *config = event_config_new(); /* as the daemon's loop */
    struct rlimit files;
    bool is_echo = argc == 4 && strcmp(argv[1], "echo") == 0;
    if (!is_echo && !(argc == 2 && strcmp(argv[1], "sink") == 0)) {
        fprintf(stderr, "usage: bare echo PUBLIC_URL TOKEN | bare sink\n");
        return 2;
    }
    public_url = is_echo ? argv[2] : "";
    token = is_echo ? argv[3] : "";
    signal(SIGPIPE, SIG_IGN);
    getrlimit(RLIMIT_NOFILE, &files);
    files.rlim_cur = files.rlim_max;
    setrlimit(RLIMIT_NOFILE, &files);
    arena = arena_new(ARENA_MAX);
    event_config_set_flag(config, EVENT_BASE_FLAG_EPOLL_USE_CHANGELIST);
    base = event_base_new_with_config(config);
    event_config_free(config);
    struct evhttp *http = evhttp_new(base);
    struct evhttp_bound_socket *bound = evhttp_bind_socket_with_handle(http, "127.0.0.1", 0);
    struct event *input = event_new(base, 0, EV_READ | EV_PERSIST, on_stdin, NULL);
    if (!arena || !bound || !input)
        return 2;
    evhttp_set_gencb(http, is_echo ? on_form : on_post, NULL);
    event_add(input, NULL);
    print_port(bound);
    event_base_dispatch(base);
    event_free(input);
    evhttp_free(http);
    event_base_free(base);
    arena_free(arena);
    return 0;
}
