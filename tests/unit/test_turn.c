/* Turns over the shipped flow and models and a store in memory: repeats, conflicts, USSD sessions, lack of memory. */
#include "tests/unit/shipped_world.h"

#include <stdio.h>
#include <string.h>

#include "adapters/ussd.h"
#include "base/mem.h"
#include "gateway/keys.h"
#include "gateway/log.h"
#include "gateway/turn.h"

#define NOW_MS 1795402800000
#define ARENA_MAX (4 * 1024 * 1024)

/* What a turn's answer was. */
struct told {
    enum error error;
    bool called, repeated, ended;
    char body[4096];
    char awaiting[DIALOG_NAME];
};

static void on_thought(void *ctx, const struct thought *thought)
{
    struct told *told = ctx;
    slice_copy(thought->awaiting, told->awaiting, sizeof(told->awaiting));
    told->ended = thought->ended;
}

static void on_turn(void *ctx, const struct turn_result *result)
{
    struct told *told = ctx;
    told->error = result->error;
    told->called = true;
    told->repeated = result->repeated;
    slice_copy(result->response.body, told->body, sizeof(told->body));
}

static struct channel channel_of(enum channel_kind kind)
{
    return (struct channel){.name = "test",
                            .adapter = adapter_named("simulator"),
                            .kind = kind,
                            .interactive = kind == CHANNEL_WHATSAPP,
                            .sync = true,
                            .public_url = ""};
}

/* Takes one turn of +51987654321 at an instant. Returns what turn_start() did. */
static enum error take_at(struct store *store, enum channel_kind kind, const struct event *event, int64_t now_ms,
                          struct told *told)
{
    struct turns turns = {.mind = &world->mind,
                          .store = store,
                          .thinks = on_thought,
                          .thinks_ctx = told};
    const struct channel channel = channel_of(kind);
    struct arena *arena = arena_new(ARENA_MAX);
    *told = (struct told){0};
    enum error error = arena ? turn_start(&turns, &channel, event, now_ms, arena, on_turn, told) : ERR_NOMEM;
    arena_free(arena);
    return error;
}

static enum error take(struct store *store, enum channel_kind kind, const struct event *event, struct told *told)
{
    return take_at(store, kind, event, NOW_MS, told);
}

static struct told say(struct store *store, const char *id, const char *text)
{
    const struct event event = {
        .kind = EVENT_TEXT, .from = SLICE("+51987654321"), .id = slice_of(id), .text = slice_of(text)};
    struct told told;
    assert_int_equal(take(store, CHANNEL_SMS, &event, &told), OK);
    assert_true(told.called);
    return told;
}

static struct told dial(struct store *store, enum event_kind kind, const char *session, const char *text)
{
    char id[64];
    snprintf(id, sizeof(id), "%s:%s", session, text);
    const struct event event = {.kind = kind,
                                .from = SLICE("+51987654321"),
                                .id = slice_of(id),
                                .session = slice_of(session),
                                .text = slice_of(text)};
    struct told told;
    assert_int_equal(take(store, CHANNEL_USSD, &event, &told), OK);
    return told;
}

static void a_conversation_is_kept_between_turns(void **state)
{
    struct store *store = store_memory_new();
    (void)state;
    assert_string_equal(say(store, "1", "hola").awaiting, "consent");
    assert_string_equal(say(store, "2", "si").awaiting, "activity");
    store_close(store);
}

static void a_repeat_gives_the_recorded_answer(void **state)
{
    struct store *store = store_memory_new();
    (void)state;
    struct told first = say(store, "1", "hola");
    say(store, "2", "si");
    struct told again = say(store, "1", "hola");
    assert_true(again.repeated);
    assert_string_equal(again.body, first.body);
    store_close(store);
}

/* A store before which somebody else always was, `left` times: the first commits conflict with what that somebody
 * wrote. */
struct busy_store {
    struct store head;
    struct store *real;
    int left;
};

static void on_nothing(void *ctx, enum error error, const struct stored *stored)
{
    (void)ctx;
    (void)error;
    (void)stored;
}

static enum error busy_load(struct store *s, struct slice contact, struct slice id, store_loaded *done, void *ctx)
{
    return store_load(((struct busy_store *)s)->real, contact, id, done, ctx);
}

static enum error busy_commit(struct store *s, const struct commit *c, store_committed *done, void *ctx)
{
    struct busy_store *busy = (struct busy_store *)s;
    if (busy->left > 0) {
        static int messages;
        char id[32];
        busy->left--;
        snprintf(id, sizeof(id), "somebody-%d", messages++);
        struct commit other = {.contact = c->contact,
                               .message_id = slice_of(id),
                               .expected = c->expected,
                               .born_ms = c->born_ms,
                               .state = c->state};
        assert_int_equal(store_commit(busy->real, &other, on_nothing, NULL), OK);
    }
    return store_commit(busy->real, c, done, ctx);
}

static const struct store_methods busy_methods = {.load = busy_load, .commit = busy_commit};

static void a_conflict_is_thought_again(void **state)
{
    struct busy_store busy = {{&busy_methods}, store_memory_new(), 3};
    (void)state;
    struct told told = say(&busy.head, "1", "hola");
    assert_int_equal(told.error, OK);
    assert_int_equal(busy.left, 0);
    busy.left = TURN_TRIES_MAX + 1;
    assert_int_equal(say(&busy.head, "2", "si").error, ERR_CONFLICT);
    store_close(busy.real);
}

static void ussd_sends_the_whole_history(void **state)
{
    struct store *store = store_memory_new();
    (void)state;
    assert_string_equal(dial(store, EVENT_BEGIN, "s1", "").awaiting, "consent");
    struct told answered = dial(store, EVENT_TEXT, "s1", "1");
    assert_string_equal(answered.awaiting, "activity");
    assert_true(dial(store, EVENT_TEXT, "s1", "1").repeated);
    struct told diverged = dial(store, EVENT_TEXT, "s1", "7*8");
    assert_false(diverged.repeated);
    assert_string_equal(diverged.awaiting, "activity"); /* never guessed: the open question again */
    assert_string_equal(dial(store, EVENT_BEGIN, "s2", "").awaiting, "activity");
    store_close(store);
}

static void ussd_knows_an_end_that_comes_late_and_a_timer(void **state)
{
    struct store *store = store_memory_new();
    (void)state;
    dial(store, EVENT_BEGIN, "s1", "");
    dial(store, EVENT_TEXT, "s1", "1");
    assert_string_equal(dial(store, EVENT_BEGIN, "s2", "").awaiting, "activity");
    assert_int_equal(dial(store, EVENT_ABORT, "s1", "").error, OK);
    const struct event event = {.kind = EVENT_TIMER,
                                .from = SLICE("+51987654321"),
                                .id = SLICE("timer:other:7"),
                                .payload = SLICE("other"),
                                .at_ms = 7};
    struct told told;
    assert_int_equal(take(store, CHANNEL_USSD, &event, &told), OK);
    assert_null(strstr(told.body, "negocio")); /* nobody dialled: nothing is asked anew */
    assert_string_not_equal(dial(store, EVENT_TEXT, "s2", "pan").awaiting, "activity"); /* s2 goes on */
    store_close(store);
}

/* A hop of a gateway that sends the last input only; a NULL input opens the session. */
static struct told press(struct store *store, const char *session, const char *input, int64_t at_ms)
{
    const struct event event = {.kind = input ? EVENT_TEXT : EVENT_BEGIN,
                                .from = SLICE("+51987654321"),
                                .id = input ? SLICE("s:?") : SLICE("s:begin"),
                                .session = slice_of(session),
                                .text = slice_of(input),
                                .last_input = true};
    struct told told;
    assert_int_equal(take_at(store, CHANNEL_USSD, &event, at_ms, &told), OK);
    assert_true(told.called);
    assert_int_equal(told.error, OK);
    return told;
}

static void ussd_sends_the_last_input_only(void **state)
{
    struct store *store = store_memory_new();
    int64_t at_ms = NOW_MS;
    (void)state;
    assert_string_equal(press(store, "s1", NULL, at_ms).awaiting, "consent");
    struct told answered = press(store, "s1", "1", at_ms += 5000);
    assert_string_equal(answered.awaiting, "activity");
    struct told again = press(store, "s1", "1", at_ms + USSD_REPEAT_MS - 1);
    assert_true(again.repeated);
    assert_string_equal(again.body, answered.body);
    struct told activity = press(store, "s1", "vendo abarrotes y verduras en mi tiendita", at_ms += 5000);
    assert_string_equal(activity.awaiting, "confirma");
    assert_true(press(store, "s1", NULL, at_ms).repeated); /* the start again: the first screen */
    struct told slowly = press(store, "s1", "1", at_ms += 5000);
    assert_false(slowly.repeated);
    assert_string_equal(slowly.awaiting, "tenure");
    struct told other = press(store, "s2", "1", at_ms += 100);
    assert_false(other.repeated); /* of a session that never began: the open question again, never guessed */
    assert_string_equal(other.awaiting, "tenure");
    assert_true(press(store, "s2", "1", at_ms).repeated);
    store_close(store);
}

/* Somebody else commits in between: the hop is placed again over what he left. */
static void a_last_input_survives_a_conflict(void **state)
{
    struct busy_store busy = {{&busy_methods}, store_memory_new(), 0};
    (void)state;
    assert_string_equal(press(&busy.head, "s1", NULL, NOW_MS).awaiting, "consent");
    busy.left = 2; /* each leaves the state without the session */
    struct told told = press(&busy.head, "s1", "1", NOW_MS + 5000);
    assert_int_equal(busy.left, 0);
    assert_string_equal(told.awaiting, "activity"); /* that somebody took the answer with the rest */
    assert_true(press(&busy.head, "s1", "1", NOW_MS + 5001).repeated);
    store_close(busy.real);
}

static void senders_that_are_nobody_are_refused(void **state)
{
    struct store *store = store_memory_new();
    struct told told;
    char longest[CONTACT_MAX + 8];
    memset(longest, '9', sizeof(longest));
    const struct event nobody = {.kind = EVENT_TEXT, .id = SLICE("1"), .text = SLICE("hola")};
    const struct event endless = {.kind = EVENT_TEXT, .id = SLICE("1"), .from = {longest, sizeof(longest)}};
    (void)state;
    assert_int_equal(take(store, CHANNEL_SMS, &nobody, &told), ERR_VALUE);
    assert_int_equal(take(store, CHANNEL_SMS, &endless, &told), ERR_VALUE);
    store_close(store);
}

static void without_memory_a_turn_fails_alone(void **state)
{
    struct store *store = store_memory_new();
    const struct event event = {
        .kind = EVENT_TEXT, .from = SLICE("+51987654321"), .id = SLICE("1"), .text = SLICE("hola")};
    struct told told = {0};
    bool done = false;
    (void)state;
    for (long allowed = 0; !done; allowed++) {
        assert_true(allowed < 500);
        mem_fail_after(allowed);
        enum error error = take(store, CHANNEL_SMS, &event, &told);
        mem_fail_after(-1);
        done = !error && !told.error;
        if (!done)
            assert_false(told.repeated);
    }
    assert_string_equal(told.awaiting, "consent");
    assert_true(say(store, "1", "hola").repeated);
    store_close(store);
}

static int set_up(void **state)
{
    log_open(LOG_ERROR, SLICE("0123456789abcdef"));
    return open_world(state);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_conversation_is_kept_between_turns),
        cmocka_unit_test(a_repeat_gives_the_recorded_answer),
        cmocka_unit_test(a_conflict_is_thought_again),
        cmocka_unit_test(ussd_sends_the_whole_history),
        cmocka_unit_test(ussd_knows_an_end_that_comes_late_and_a_timer),
        cmocka_unit_test(ussd_sends_the_last_input_only),
        cmocka_unit_test(a_last_input_survives_a_conflict),
        cmocka_unit_test(senders_that_are_nobody_are_refused),
        cmocka_unit_test(without_memory_a_turn_fails_alone),
    };
    return cmocka_run_group_tests(tests, set_up, close_world);
}
