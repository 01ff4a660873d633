#include "tests/unit/adapter_kit.h"

#include "adapters/ussd.h"
#include "base/sms.h"

static const struct setting settings[] = {{"service_code", "*384*1#"}, {"hook_secret", "s3/cret"}, {NULL, NULL}};

/* providers.md part 3.4: what is new in a session's text. */
static void finds_the_new_input(void **state)
{
    static const struct {
        const char *stored, *now;
        enum ussd_input expected;
        const char *input;
    } rows[] = {
        {"", "", USSD_SAME, ""},
        {"", "1", USSD_NEW, "1"},
        {"", "1*2", USSD_NEW, "1*2"},
        {"", "*", USSD_NEW, "*"},
        {"1", "1", USSD_SAME, ""},
        {"1", "1*1", USSD_NEW, "1"},
        {"1*1", "1*1", USSD_SAME, ""},
        {"1", "1*2", USSD_NEW, "2"},
        {"1", "1*5*5", USSD_NEW, "5*5"},
        {"1", "1*", USSD_NEW, ""},
        {"1*", "1*", USSD_SAME, ""},
        {"1*", "1**", USSD_NEW, ""},
        {"1*", "1**2", USSD_NEW, "2"},
        {"1", "1*007", USSD_NEW, "007"},
        {"1*2", "1", USSD_DIVERGED, ""},
        {"1*2", "", USSD_DIVERGED, ""},
        {"1*2", "1*3", USSD_DIVERGED, ""},
        {"1*2", "1*3*4", USSD_DIVERGED, ""},
        {"1", "12", USSD_DIVERGED, ""},
        {"1", "2*1", USSD_DIVERGED, ""},
        {"bodega", "bodega*San Juan", USSD_NEW, "San Juan"},
    };
    (void)state;
    for (size_t i = 0; i < COUNT(rows); i++) {
        struct slice input = SLICE("left over");
        enum ussd_input got = ussd_new_input(slice_of(rows[i].stored), slice_of(rows[i].now), &input);
        if (got != rows[i].expected)
            fail_msg("\"%s\" then \"%s\": %d", rows[i].stored, rows[i].now, (int)got);
        kit_expect_slice(rows[i].now, "input", input, rows[i].input);
    }
    struct slice input;
    assert_int_equal(ussd_new_input(SLICE_NONE, SLICE_NONE, &input), USSD_SAME);
}

#define HOP "sessionId=ATUid_1&serviceCode=*384*1%23&phoneNumber=%2B51987654321&networkCode=71606"
#define IN .from = "+51987654321", .session = "ATUid_1"
#define END "date=2026-11-23%2003%3A00%3A00&" HOP "&cost=None&durationInMillis=9000&hopsCount=3&input=1*2"

static void decodes(void **state)
{
    static const struct {
        const char *name, *body;
        enum error error;
        struct expected_event event;
    } rows[] = {
        {"dial", HOP "&text=", OK, {EVENT_BEGIN, IN, .id = "ATUid_1:704cc4c770b1841a"}},
        {"no text", HOP, OK, {EVENT_BEGIN, IN, .id = "ATUid_1:704cc4c770b1841a"}},
        {"first input", HOP "&text=1", OK, {EVENT_TEXT, IN, .id = "ATUid_1:537aae8fff3118dc", .text = "1"}},
        {"the same session and input of another number",
         "sessionId=ATUid_1&phoneNumber=%2B51987000001&text=1",
         OK,
         {EVENT_TEXT, .from = "+51987000001", .session = "ATUid_1", .id = "ATUid_1:906cb6df347104cb", .text = "1"}},
        {"history",
         HOP "&text=1*bodega+de+ropa*007",
         OK,
         {EVENT_TEXT, IN, .id = "ATUid_1:50202669435d7f7d", .text = "1*bodega de ropa*007"}},
        {"text of a number's look",
         HOP "&text=00",
         OK,
         {EVENT_TEXT, IN, .id = "ATUid_1:b242405509a844af", .text = "00"}},
        {"code without #",
         "sessionId=ATUid_1&serviceCode=*384*1&phoneNumber=%2B51987654321&text=",
         OK,
         {EVENT_BEGIN, IN, .id = "ATUid_1:704cc4c770b1841a"}},
        {"no code",
         "sessionId=ATUid_1&phoneNumber=+51987654321&text=",
         OK,
         {EVENT_BEGIN, IN, .id = "ATUid_1:704cc4c770b1841a"}},
        {"another code", "sessionId=ATUid_1&serviceCode=*384*2%23&phoneNumber=%2B51987654321&text=", ERR_REFUSED, {0}},
        {"no session", "serviceCode=*384*1%23&phoneNumber=%2B51987654321&text=", ERR_SYNTAX, {0}},
        {"empty session", "sessionId=&phoneNumber=%2B51987654321&text=", ERR_SYNTAX, {0}},
        {"no number", "sessionId=a&serviceCode=*384*1%23&text=", ERR_SYNTAX, {0}},
        {"a number that is none", "sessionId=a&phoneNumber=anonymous&text=", ERR_SYNTAX, {0}},
        {"nothing", "", ERR_SYNTAX, {0}},
        {"JSON", "{\"sessionId\":\"a\"}", ERR_SYNTAX, {0}},
        {"hung up", END "&status=Incomplete", OK, {EVENT_ABORT, IN, .id = "ATUid_1:end", .at_ms = 1795402800000}},
        {"failed",
         END "&status=Failed&errorMessage=x",
         OK,
         {EVENT_ABORT, IN, .id = "ATUid_1:end", .at_ms = 1795402800000}},
        {"ended well", END "&status=Success", OK, {EVENT_IGNORED, IN, .id = "ATUid_1:end", .at_ms = 1795402800000}},
        {"ended before there was time",
         "date=1013-11-23%2003%3A00%3A00&" HOP "&status=Incomplete",
         OK,
         {EVENT_ABORT, IN, .id = "ATUid_1:end"}},
        {"end without a date", HOP "&status=Incomplete", OK, {EVENT_ABORT, IN, .id = "ATUid_1:end"}},
        {"a hop with a status of its own",
         HOP "&text=1&status=Active",
         OK,
         {EVENT_TEXT, IN, .id = "ATUid_1:537aae8fff3118dc", .text = "1"}},
    };
    struct channel channel = kit_channel("africastalking_ussd", settings);
    (void)state;
    for (size_t i = 0; i < COUNT(rows); i++) {
        struct request request = kit_request(METHOD_POST, "/hooks/ussd", slice_of(rows[i].body), NULL, 0);
        struct arena *arena = arena_new(KIT_ARENA);
        struct decoded decoded = {0};
        enum error error = channel.adapter->decode(&channel, &request, arena, &decoded);
        if (error != rows[i].error || decoded.count != (error ? 0 : 1))
            fail_msg("%s: %s, %zu events", rows[i].name, error_text(error), decoded.count);
        if (!error)
            kit_expect_event(rows[i].name, &decoded.events[0], &rows[i].event);
        arena_free(arena);
    }
}

static void limits_hold(void **state)
{
    static const struct {
        const char *field;
        size_t length;
        enum error expected;
    } rows[] = {
        {"text", 8192, OK},
        {"text", 8193, ERR_LIMIT},
        {"sessionId", 128, OK},
        {"sessionId", 129, ERR_SYNTAX},
    };
    struct channel channel = kit_channel("africastalking_ussd", settings);
    (void)state;
    for (size_t i = 0; i < COUNT(rows); i++) {
        struct arena *arena = arena_new(KIT_ARENA);
        struct decoded decoded = {0};
        const char *body = arena_printf(arena, "%s=%0*d&%s", rows[i].field, (int)rows[i].length, 1, HOP);
        struct request request = kit_request(METHOD_POST, "/hooks/ussd", slice_of(body), NULL, 0);
        assert_int_equal(channel.adapter->decode(&channel, &request, arena, &decoded), rows[i].expected);
        arena_free(arena);
    }
}

static void only_posts_are_taken(void **state)
{
    struct channel channel = kit_channel("africastalking_ussd", settings);
    struct request request = kit_request(METHOD_GET, "/hooks/ussd?" HOP, SLICE_NONE, NULL, 0);
    struct arena *arena = arena_new(KIT_ARENA);
    struct decoded decoded = {0};
    (void)state;
    assert_int_equal(channel.adapter->decode(&channel, &request, arena, &decoded), ERR_UNSUPPORTED);
    arena_free(arena);
}

/* Nothing is signed: the key in the address is all there is. */
static void the_key_is_asked_for(void **state)
{
    static const struct {
        const char *target;
        enum error expected;
    } rows[] = {
        {"/hooks/ussd?key=s3%2Fcret", OK},         {"/hooks/ussd?key=s3/cret", OK},
        {"/hooks/ussd?a=1&key=s3/cret", OK},       {"/hooks/ussd", ERR_REFUSED},
        {"/hooks/ussd?key=", ERR_REFUSED},         {"/hooks/ussd?key=s3/cre", ERR_REFUSED},
        {"/hooks/ussd?key=s3/cret2", ERR_REFUSED}, {"/hooks/ussd?KEY=s3/cret", ERR_REFUSED},
    };
    struct channel channel = kit_channel("africastalking_ussd", settings);
    struct channel unset = {.adapter = channel.adapter};
    struct arena *arena = arena_new(KIT_ARENA);
    (void)state;
    for (size_t i = 0; i < COUNT(rows); i++) {
        struct request request = kit_request(METHOD_POST, rows[i].target, SLICE("key=s3/cret"), NULL, 0);
        assert_int_equal(channel.adapter->authenticate(&channel, &request, arena), rows[i].expected);
        assert_int_equal(channel.adapter->authenticate(&unset, &request, arena), ERR_REFUSED);
    }
    arena_free(arena);
}

static void screens(void **state)
{
    static const struct {
        const char *texts[2];
        bool ends;
        const char *expected;
    } rows[] = {
        {{"Bienvenido\n1. Saldo\n2. Recargas"}, false, "CON Bienvenido\n1. Saldo\n2. Recargas"},
        {{"Su saldo es S/ 10.50"}, true, "END Su saldo es S/ 10.50"},
        {{"¿Año? áéíóú ÁÉÍÓÚ ñÑüÜ¡"}, false, "CON ¿Año? aéiou AÉIOU ñÑüÜ¡"},
        {{"“Yuca” – S/ 5…\r\n"}, false, "CON \"Yuca\" - S/ 5...\n"},
        {{"pollo 🐔 ok"}, false, "CON pollo ? ok"},
        {{"\xEF\xBB\xBFhola"}, false, "CON hola"},
        {{"uno", "dos"}, true, "END uno\ndos"},
        {{""}, false, "CON "},
        {{NULL}, false, "END Gracias."},
    };
    struct channel channel = kit_channel("africastalking_ussd", settings);
    (void)state;
    for (size_t i = 0; i < COUNT(rows); i++) {
        struct message messages[2] = {{.text = slice_of(rows[i].texts[0])}, {.text = slice_of(rows[i].texts[1])}};
        size_t count = rows[i].texts[0] ? rows[i].texts[1] ? 2 : 1 : 0;
        struct arena *arena = arena_new(KIT_ARENA);
        struct response response;
        messages[count ? count - 1 : 0].ends = rows[i].ends;
        assert_int_equal(channel.adapter->answer(&channel, messages, count, arena, &response), OK);
        assert_int_equal(response.status, 200);
        assert_string_equal(response.content_type, "text/plain");
        kit_expect_slice("screen", "body", response.body, rows[i].expected);
        arena_free(arena);
    }
}

static void says_sorry_with_a_screen(void **state)
{
    struct channel channel = kit_channel("africastalking_ussd", settings);
    struct response response;
    (void)state;
    assert_int_equal(channel.adapter->sorry(&channel, NULL, &response), OK);
    assert_int_equal(response.status, 200);
    assert_string_equal(response.content_type, "text/plain");
    assert_true(slice_starts(response.body, "END "));
    struct sms_size size = sms_measure(slice_part(response.body, 4, response.body.len));
    assert_int_equal(size.encoding, SMS_GSM7);
    assert_true(size.units <= 160);
}

static void opens(void **state)
{
    static const struct {
        struct setting settings[3];
        const char *fault;
    } rows[] = {
        {{{"hook_secret", "s"}}, "service_code is missing: it must be what people dial"},
        {{{"service_code", "384"}, {"hook_secret", "s"}}, "service_code is \"384\": it must be what people dial"},
        {{{"service_code", "*384 1#"}, {"hook_secret", "s"}}, "service_code is \"*384 1#\": "},
        {{{"service_code", "*384*1#"}}, "hook_secret is missing: Africa's Talking signs nothing"},
    };
    struct channel channel = kit_channel("africastalking_ussd", settings);
    (void)state;
    assert_int_equal(channel.kind, CHANNEL_USSD);
    assert_true(channel.sync);
    assert_false(channel.interactive);
    assert_null(channel.adapter->call);
    for (size_t i = 0; i < COUNT(rows); i++)
        kit_expect_fault("africastalking_ussd", rows[i].settings, rows[i].fault);
}

static void memory_may_fail_anywhere(void **state)
{
    struct channel channel = kit_channel("africastalking_ussd", settings);
    struct request hop = kit_request(METHOD_POST, "/hooks/ussd?key=s3/cret", SLICE(HOP "&text=1*bodega"), NULL, 0);
    struct request end = kit_request(METHOD_POST, "/hooks/ussd?key=s3/cret", SLICE(END "&status=Incomplete"), NULL, 0);
    struct message message = {.text = SLICE("Razón: ó")};
    (void)state;
    kit_torture(&channel, &hop);
    kit_torture_arena(&channel, &hop);
    kit_torture(&channel, &end);
    kit_torture_arena(&channel, &end);
    for (long n = 0, done = 0; !done; n++) {
        struct response response;
        mem_fail_after(n);
        struct arena *arena = arena_new(KIT_ARENA);
        enum error error = arena ? channel.adapter->answer(&channel, &message, 1, arena, &response) : ERR_NOMEM;
        mem_fail_after(-1);
        done = error == OK;
        assert_true(error == OK || error == ERR_NOMEM);
        arena_free(arena);
        assert_true(n < 1000);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(finds_the_new_input),
        cmocka_unit_test(decodes),
        cmocka_unit_test(limits_hold),
        cmocka_unit_test(only_posts_are_taken),
        cmocka_unit_test(the_key_is_asked_for),
        cmocka_unit_test(screens),
        cmocka_unit_test(says_sorry_with_a_screen),
        cmocka_unit_test(opens),
        cmocka_unit_test(memory_may_fail_anywhere),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
