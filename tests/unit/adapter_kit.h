/* What the adapters' tests share: channels and requests from rows, and comparing a whole event at once. */
#ifndef TESTS_ADAPTER_KIT_H
#define TESTS_ADAPTER_KIT_H

#include "tests/unit/unit.h"

#include <stdio.h>
#include <string.h>

#include "adapters/adapter.h"
#include "base/mem.h"

#define KIT_ARENA (16 * 1024 * 1024)
#define KIT_NOW_MS 1795402800000

/* An event as a row writes it: a field left out is expected to be empty. */
struct expected_event {
    enum event_kind kind;
    const char *from, *id, *session, *text, *payload, *name, *media, *reference, *error;
    int64_t at_ms;
    double latitude, longitude;
    enum delivery delivery;
};

/* Makes a channel that is to be opened; the settings end at the first without a name. */
static inline struct channel kit_unopened(const char *provider, const struct setting *settings)
{
    struct channel channel = {.name = "test",
                              .adapter = adapter_named(provider),
                              .settings = settings,
                              .public_url = "https://gw.ejemplo.pe"};
    assert_non_null(channel.adapter);
    while (settings[channel.setting_count].name)
        channel.setting_count++;
    return channel;
}

/* Makes an opened channel; the settings end at the first without a name. */
static inline struct channel kit_channel(const char *provider, const struct setting *settings)
{
    struct channel channel = kit_unopened(provider, settings);
    struct faults faults;
    faults_init(&faults);
    enum error error = channel.adapter->open(&channel, &faults);
    faults_print(&faults, stderr);
    assert_int_equal(error, OK);
    assert_int_equal(faults.total, 0);
    faults_release(&faults);
    return channel;
}

static inline struct request kit_request(enum method method, const char *target, struct slice body,
                                         const struct header *headers, size_t count)
{
    struct slice whole = slice_of(target);
    size_t mark = slice_find(whole, '?');
    return (struct request){
        .method = method,
        .target = whole,
        .path = slice_part(whole, 0, mark),
        .query = slice_part(whole, mark + 1, whole.len),
        .body = body,
        .headers = headers,
        .header_count = count,
        .now_ms = KIT_NOW_MS,
    };
}

/* Makes JSON of a row that is written with apostrophes for quotes. */
static inline struct slice kit_json(struct arena *arena, const char *text)
{
    char *json = arena_printf(arena, "%s", text);
    assert_non_null(json);
    for (char *at = json; *at; at++)
        if (*at == '\'')
            *at = '"';
    return slice_of(json);
}

static inline void kit_expect_slice(const char *row, const char *field, struct slice got, const char *expected)
{
    if (slice_is(got, expected ? expected : ""))
        return;
    fail_msg("%s: %s is \"%.*s\", expected \"%s\"", row, field, (int)got.len, got.ptr ? got.ptr : "",
             expected ? expected : "");
}

static inline void kit_expect_event(const char *row, const struct event *got, const struct expected_event *expected)
{
    if (got->kind != expected->kind)
        fail_msg("%s: kind is %d, expected %d", row, (int)got->kind, (int)expected->kind);
    kit_expect_slice(row, "from", got->from, expected->from);
    kit_expect_slice(row, "id", got->id, expected->id);
    kit_expect_slice(row, "session", got->session, expected->session);
    kit_expect_slice(row, "text", got->text, expected->text);
    kit_expect_slice(row, "payload", got->payload, expected->payload);
    kit_expect_slice(row, "name", got->name, expected->name);
    kit_expect_slice(row, "media", got->media.id, expected->media);
    kit_expect_slice(row, "reference", got->reference, expected->reference);
    kit_expect_slice(row, "error", got->error, expected->error);
    if (got->delivery != expected->delivery || got->at_ms != expected->at_ms)
        fail_msg("%s: delivery %d at %lld, expected %d at %lld", row, (int)got->delivery, (long long)got->at_ms,
                 (int)expected->delivery, (long long)expected->at_ms);
    if (got->latitude != expected->latitude || got->longitude != expected->longitude)
        fail_msg("%s: place is %.9f, %.9f", row, got->latitude, got->longitude);
}

/* Opens a channel that must be refused, and checks that the faults name what the row says. */
static inline void kit_expect_fault(const char *provider, const struct setting *settings, const char *fault)
{
    struct channel channel = kit_unopened(provider, settings);
    struct faults faults;
    faults_init(&faults);
    assert_int_equal(channel.adapter->open(&channel, &faults), ERR_VALUE);
    if (faults.total != 1 || !strstr(faults.items[0].text, fault))
        fail_msg("expected the one fault \"%s\", got %zu: \"%s\"", fault, faults.total,
                 faults.total ? faults.items[0].text : "");
    faults_release(&faults);
}

/* Runs authenticate and decode with every allocation failing in turn: nothing but ERR_NOMEM may come of it
 * until all succeed. */
static inline void kit_torture(const struct channel *channel, const struct request *request)
{
    for (long n = 0;; n++) {
        struct decoded decoded = {0};
        mem_fail_after(n);
        struct arena *arena = arena_new(KIT_ARENA);
        enum error error = arena ? channel->adapter->authenticate(channel, request, arena) : ERR_NOMEM;
        if (!error)
            error = channel->adapter->decode(channel, request, arena, &decoded);
        mem_fail_after(-1);
        arena_free(arena);
        if (error == OK)
            return;
        assert_int_equal(error, ERR_NOMEM);
        assert_true(n < 1000);
    }
}

/* Runs authenticate and decode within arenas of every small size: as above, for the arena's own limit. */
static inline void kit_torture_arena(const struct channel *channel, const struct request *request)
{
    for (size_t size = 0;; size += 16) {
        struct decoded decoded = {0};
        struct arena *arena = arena_new(size);
        assert_non_null(arena);
        enum error error = channel->adapter->authenticate(channel, request, arena);
        if (!error)
            error = channel->adapter->decode(channel, request, arena, &decoded);
        arena_free(arena);
        if (error == OK)
            return;
        assert_int_equal(error, ERR_NOMEM);
        assert_true(size < KIT_ARENA);
    }
}

#endif
