/* What the adapters' fuzz targets share: bytes as a request, and what must hold of whatever comes of it.
 *
 * An input is a target on the first line (a GET or a PUT where "GET " or "PUT " stands before it), a signature header's
 * value on the second, and a body. Authentication is tried and then passed by, so that decoding sees everything. */
#ifndef TESTS_ADAPTER_FUZZ_H
#define TESTS_ADAPTER_FUZZ_H

#include <stdlib.h>

#include "adapters/adapter.h"
#include "base/buf.h"
#include "base/json.h"
#include "base/utf8.h"

#define FUZZ_ARENA (64 * 1024 * 1024)

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static inline void fuzz_require(bool holds)
{
    if (!holds)
        abort();
}

/* Opens a channel once; its settings end at the first without a name. */
static inline void fuzz_open(struct channel *channel, const char *provider, const struct setting *settings)
{
    struct faults faults;
    if (channel->adapter)
        return;
    faults_init(&faults);
    *channel = (struct channel){.name = "fuzz",
                                .adapter = adapter_named(provider),
                                .settings = settings,
                                .public_url = "https://gw.ejemplo.pe:8443"};
    while (settings[channel->setting_count].name)
        channel->setting_count++;
    fuzz_require(channel->adapter && channel->adapter->open(channel, &faults) == OK);
}

static inline struct slice fuzz_line(struct slice *rest)
{
    struct slice line = SLICE_NONE;
    slice_cut(rest, '\n', &line);
    return line;
}

/* Reads the input; what is left behind both lines is the body. */
static inline struct request fuzz_request(const uint8_t *data, size_t size, struct header *header,
                                          const char *header_name)
{
    struct slice rest = {(const char *)data, size};
    struct request request = {.method = METHOD_POST, .headers = header, .header_count = 1, .now_ms = 1795402800000};
    request.target = fuzz_line(&rest);
    *header = (struct header){slice_of(header_name), fuzz_line(&rest)};
    request.body = rest;
    bool is_put = slice_starts(request.target, "PUT ");
    if (is_put || slice_starts(request.target, "GET ")) {
        request.method = is_put ? METHOD_PUT : METHOD_GET;
        request.target = slice_part(request.target, 4, request.target.len);
    }
    size_t mark = slice_find(request.target, '?');
    request.path = slice_part(request.target, 0, mark);
    request.query = slice_part(request.target, mark + 1, request.target.len);
    return request;
}

static inline void fuzz_check_event(const struct event *e)
{
    const struct slice texts[] = {e->from,     e->id,         e->session,    e->text,      e->payload, e->name,
                                  e->media.id, e->media.type, e->media.name, e->reference, e->error};
    for (size_t i = 0; i < sizeof(texts) / sizeof(texts[0]); i++)
        fuzz_require(utf8_valid(texts[i]) && (texts[i].ptr || texts[i].len == 0));
    fuzz_require(e->kind >= EVENT_TEXT && e->kind <= EVENT_IGNORED);
    fuzz_require(e->kind == EVENT_IGNORED || e->id.len > 0);
    fuzz_require(e->kind == EVENT_IGNORED || e->kind == EVENT_STATUS || e->from.len > 0);
    fuzz_require(e->at_ms >= 0 && e->latitude >= -90 && e->latitude <= 90 && e->longitude >= -180 &&
                 e->longitude <= 180);
}

/* Authenticates and decodes; returns what was decoded, nothing where it failed. */
static inline struct decoded fuzz_decode(const struct channel *channel, const struct request *request,
                                         struct arena *arena)
{
    struct decoded decoded = {0};
    enum error error = channel->adapter->authenticate(channel, request, arena);
    fuzz_require(error == OK || error == ERR_REFUSED);
    error = channel->adapter->decode(channel, request, arena, &decoded);
    fuzz_require(error == OK || error == ERR_SYNTAX || error == ERR_REFUSED || error == ERR_LIMIT ||
                 error == ERR_UNSUPPORTED);
    fuzz_require(error == OK || (decoded.count == 0 && !decoded.answered));
    for (size_t i = 0; i < decoded.count; i++)
        fuzz_check_event(&decoded.events[i]);
    return decoded;
}

/* Makes a message of the body's text, with options when its length says so. */
static inline struct message fuzz_message(struct slice text)
{
    struct message message = {.kind = (enum message_kind)(text.len % 3), .text = text, .ends = text.len % 2};
    struct slice rest = text;
    message.list_button = utf8_prefix(text, 21);
    for (size_t i = 0; i < MESSAGE_ROWS_MAX && message.kind != MESSAGE_TEXT; i++) {
        struct slice title = fuzz_line(&rest);
        message.options[i] = (struct message_option){title, utf8_prefix(title, 25), title};
        message.option_count += rest.ptr != NULL;
    }
    return message;
}

/* Answers with, and sends, a message made of the body; reads the body as a provider's answer. Gives the webhook's
 * answer. */
static inline struct slice fuzz_speak(const struct channel *channel, const struct request *request, struct arena *arena)
{
    const struct adapter *adapter = channel->adapter;
    struct response response = {0};
    struct http_call call;
    struct send_result result;
    struct buf clean;
    buf_init(&clean, request->body.len * 3);
    utf8_clean(request->body, &clean);
    struct message message = fuzz_message(buf_slice(&clean));
    enum error error = adapter->answer(channel, &message, 1, arena, &response);
    fuzz_require(error == OK || error == ERR_LIMIT);
    fuzz_require(utf8_valid(response.body));
    if (adapter->call) {
        error =
            adapter->call(channel, utf8_prefix(message.text, 20), &message, utf8_prefix(message.text, 9), arena, &call);
        fuzz_require(error == OK || error == ERR_LIMIT);
        for (int status = 200; status <= 500; status += 100)
            adapter->result(channel, status, request->body, arena, &result);
    }
    buf_release(&clean);
    return response.body;
}

/* What became of an input. */
struct fuzz_outcome {
    const struct channel *channel;
    const struct request *request;
    const struct decoded *decoded;
    struct slice answer;    /* to the webhook */
    struct slice signature; /* the header's value */
    struct arena *arena;
};

/* An adapter to be fuzzed; its settings end at the first without a name. */
struct fuzz_adapter {
    const char *provider;
    const struct setting *settings;
    const char *signature; /* the header's name */
    void (*check)(const struct fuzz_outcome *outcome);
};

/* Does a target's whole work: decodes an input, speaks, and checks what only this adapter promises. */
static inline int fuzz_run(const struct fuzz_adapter *adapter, const uint8_t *data, size_t size)
{
    static struct channel channel;
    struct header header;
    struct arena *arena = arena_new(FUZZ_ARENA);
    fuzz_open(&channel, adapter->provider, adapter->settings);
    struct request request = fuzz_request(data, size, &header, adapter->signature);
    struct decoded decoded = fuzz_decode(&channel, &request, arena);
    struct slice answer = fuzz_speak(&channel, &request, arena);
    adapter->check(&(struct fuzz_outcome){&channel, &request, &decoded, answer, header.value, arena});
    arena_free(arena);
    return 0;
}

#endif
