/* A whole webhook without memory: for every n, the n-th allocation of authenticating, decoding, stepping, committing
 * and answering fails, and every later one. The turn then fails cleanly or succeeds: the provider is told, once, and
 * what is kept is nothing or all of it; else the lines behind would be answered otherwise than in a store that lacked
 * nothing. Sending without memory: test_adapter_twilio.c, test_adapter_whatsapp.c and test_sender.c. */
#include "tests/unit/shipped_world.h"

#include <stdio.h>
#include <string.h>

#include "base/mem.h"
#include "gateway/log.h"
#include "gateway/turn.h"
#include "tests/unit/adapter_kit.h"

#define ARENA_MAX (4 * 1024 * 1024)
#define ALLOCATIONS_MAX 5000 /* of one webhook: the loop must end */

struct told {
    unsigned calls;
    enum error error;
    bool repeated;
    int status;
    char body[4096];
};

static void on_turn(void *ctx, const struct turn_result *result)
{
    struct told *told = ctx;
    told->calls++;
    told->error = result->error;
    told->repeated = result->repeated;
    told->status = result->response.status;
    slice_copy(result->response.body, told->body, sizeof(told->body));
}

/* One line of a conversation, and the body with which the simulator sends it. */
static const struct {
    const char *id, *text;
} lines[] = {{"1", "hola"},   {"2", "si"},     {"3", "vendo abarrotes en mi bodega"},
             {"4", "si"},     {"5", "3 años"}, {"6", "mis datos"},
             {"7", "borrar"}, {"8", "1"}};
#define LINES (sizeof(lines) / sizeof(lines[0]))

/* Takes a webhook from its bytes to its answer, as hooks.c does. Returns the first error that the provider would be
 * told. */
static enum error take(struct store *store, const struct channel *channel, size_t line, struct told *told)
{
    struct turns turns = {.mind = &world->mind, .store = store};
    struct arena *arena = arena_new(ARENA_MAX), *own = arena ? arena_new(ARENA_MAX) : NULL;
    struct decoded decoded = {0};
    const struct header type = {SLICE("Content-Type"), SLICE("application/json")};
    char body[256];
    enum error error = own ? OK : ERR_NOMEM;
    snprintf(body, sizeof(body), "{\"from\":\"+51987654321\",\"id\":\"%s\",\"text\":\"%s\"}", lines[line].id,
             lines[line].text);
    const struct request request = kit_request(METHOD_POST, "/hooks/test", slice_of(body), &type, 1);
    *told = (struct told){0};
    if (!error)
        error = channel->adapter->authenticate(channel, &request, arena);
    if (!error)
        error = channel->adapter->decode(channel, &request, arena, &decoded);
    if (!error)
        assert_int_equal(decoded.count, 1);
    if (!error)
        error = turn_start(&turns, decoded.as ? decoded.as : channel, decoded.events, KIT_NOW_MS, own, on_turn, told);
    if (error)
        assert_int_equal(told->calls, 0); /* an error or a call, never both */
    else
        assert_int_equal(told->calls, 1); /* the sender is told, once */
    arena_free(own);
    arena_free(arena);
    return error ? error : told->error;
}

/* What a store that lacked nothing answers to each line. */
static void learn(const struct channel *channel, struct told expected[LINES])
{
    struct store *store = store_memory_new();
    for (size_t i = 0; i < LINES; i++)
        assert_int_equal(take(store, channel, i, &expected[i]), OK);
    store_close(store);
}

/* Fails allocation after allocation of one line until it succeeds (a repeat, if it was committed and only the answer
 * failed); then a repeat gives what was answered. */
static long starve(struct store *store, const struct channel *channel, size_t line, const struct told *expected)
{
    struct told told;
    enum error error = ERR_NOMEM;
    long n = 0;
    for (; error; n++) {
        assert_true(n < ALLOCATIONS_MAX);
        mem_fail_after(n);
        error = take(store, channel, line, &told);
        mem_fail_after(-1);
        if (error && error != ERR_NOMEM)
            fail_msg("line %zu, allocation %ld: error %d instead of a lack of memory", line, n, (int)error);
    }
    assert_string_equal(told.body, expected->body);
    assert_int_equal(take(store, channel, line, &told), OK);
    assert_true(told.repeated);
    assert_string_equal(told.body, expected->body);
    return n;
}

static void every_allocation_of_a_webhook_may_fail(void **state)
{
    static const struct setting none[] = {{0}};
    static struct told expected[LINES];
    struct channel channel = kit_channel("simulator", none);
    struct store *store = store_memory_new();
    long total = 0;
    (void)state;
    learn(&channel, expected);
    for (size_t i = 0; i < LINES; i++)
        total += starve(store, &channel, i, &expected[i]);
    print_message("%ld allocations failed over %zu webhooks\n", total, LINES);
    store_close(store);
}

static int set_up(void **state)
{
    log_open(LOG_ERROR, SLICE("0123456789abcdef"));
    return open_world(state);
}

int main(void)
{
    const struct CMUnitTest tests[] = {cmocka_unit_test(every_allocation_of_a_webhook_may_fail)};
    return cmocka_run_group_tests(tests, set_up, close_world);
}
