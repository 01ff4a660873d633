#include "tests/unit/adapter_kit.h"

#include "base/json.h"
#include "base/sms.h"

static const struct setting settings[] = {{"service_code", "*123#"}, {"hook_secret", "s3/cret"}, {NULL, NULL}};
static const struct setting any_code[] = {{"hook_secret", "s3/cret"}, {NULL, NULL}};

#define AT "/hooks/test/session/IB_1/"
#define BODY(text) "{'msisdn':'51987654321','imsi':'','shortCode':'*123#','optional':'','ussdNodeId':'n'," text "}"
#define IN .from = "+51987654321", .session = "IB_1"
#define FIRST "IB_1:704cc4c770b1841a" /* the number and no history, as with any other gateway */

/* providers.md part 6.5. */
static void decodes(void **state)
{
    static const struct {
        const char *name;
        enum method method;
        const char *target, *body;
        enum error error;
        struct expected_event event;
    } rows[] = {
        {"start", METHOD_POST, AT "start", BODY("'text':'*123#'"), OK, {EVENT_BEGIN, IN, .id = FIRST}},
        {"start with a query", METHOD_POST, AT "start?key=a", BODY("'text':''"), OK, {EVENT_BEGIN, IN, .id = FIRST}},
        {"start without text", METHOD_POST, AT "start", "{'msisdn':'51987654321'}", OK, {EVENT_BEGIN, IN, .id = FIRST}},
        {"input", METHOD_PUT, AT "response", BODY("'text':'1'"), OK, {EVENT_TEXT, IN, .id = "IB_1:?", .text = "1"}},
        {"zeros stay",
         METHOD_PUT,
         AT "response",
         BODY("'text':'007'"),
         OK,
         {EVENT_TEXT, IN, .id = "IB_1:?", .text = "007"}},
        {"words",
         METHOD_PUT,
         AT "response",
         BODY("'text':'bodega de ñandú'"),
         OK,
         {EVENT_TEXT, IN, .id = "IB_1:?", .text = "bodega de ñandú"}},
        {"stars", METHOD_PUT, AT "response", BODY("'text':'5*5'"), OK, {EVENT_TEXT, IN, .id = "IB_1:?", .text = "5*5"}},
        {"nothing typed", METHOD_PUT, AT "response", BODY("'text':''"), OK, {EVENT_TEXT, IN, .id = "IB_1:?"}},
        {"null", METHOD_PUT, AT "response", BODY("'text':null"), OK, {EVENT_TEXT, IN, .id = "IB_1:?"}},
        {"numbers without quotes",
         METHOD_PUT,
         AT "response",
         "{'msisdn':51987654321,'text':12}",
         OK,
         {EVENT_TEXT, IN, .id = "IB_1:?", .text = "12"}},
        {"a number with its plus",
         METHOD_POST,
         AT "start",
         "{'msisdn':'+51987654321'}",
         OK,
         {EVENT_BEGIN, IN, .id = FIRST}},
        {"code without #",
         METHOD_POST,
         AT "start",
         "{'msisdn':'51987654321','shortCode':'*123'}",
         OK,
         {EVENT_BEGIN, IN, .id = FIRST}},
        {"another code", METHOD_POST, AT "start", "{'msisdn':'51987654321','shortCode':'*124#'}", ERR_REFUSED, {0}},
        {"no number", METHOD_POST, AT "start", "{'text':'1'}", ERR_SYNTAX, {0}},
        {"an empty number", METHOD_POST, AT "start", "{'msisdn':''}", ERR_SYNTAX, {0}},
        {"a number that is none", METHOD_POST, AT "start", "{'msisdn':'anonymous'}", ERR_SYNTAX, {0}},
        {"a list", METHOD_POST, AT "start", "[]", ERR_SYNTAX, {0}},
        {"no JSON", METHOD_POST, AT "start", "msisdn=51987654321", ERR_SYNTAX, {0}},
        {"a member twice", METHOD_POST, AT "start", "{'msisdn':'51987654321','msisdn':'51987654322'}", ERR_SYNTAX, {0}},
        {"no body", METHOD_POST, AT "start", "", ERR_SYNTAX, {0}},
        {"start by PUT", METHOD_PUT, AT "start", BODY("'text':''"), ERR_UNSUPPORTED, {0}},
        {"response by POST", METHOD_POST, AT "response", BODY("'text':'1'"), ERR_UNSUPPORTED, {0}},
        {"end by GET", METHOD_GET, AT "end", "", ERR_UNSUPPORTED, {0}},
        {"another verb", METHOD_POST, AT "begin", BODY("'text':''"), ERR_SYNTAX, {0}},
        {"more behind", METHOD_POST, AT "start/", BODY("'text':''"), ERR_SYNTAX, {0}},
        {"no session", METHOD_POST, "/hooks/test/session//start", BODY("'text':''"), ERR_SYNTAX, {0}},
        {"no verb", METHOD_POST, "/hooks/test/session/IB_1", BODY("'text':''"), ERR_SYNTAX, {0}},
        {"the channel alone", METHOD_POST, "/hooks/test", BODY("'text':''"), ERR_SYNTAX, {0}},
        {"a status", METHOD_POST, "/hooks/test/status", BODY("'text':''"), ERR_SYNTAX, {0}},
    };
    struct channel channel = kit_channel("infobip_ussd", settings);
    (void)state;
    for (size_t i = 0; i < COUNT(rows); i++) {
        struct arena *arena = arena_new(KIT_ARENA);
        struct request request = kit_request(rows[i].method, rows[i].target, kit_json(arena, rows[i].body), NULL, 0);
        struct decoded decoded = {0};
        enum error error = channel.adapter->decode(&channel, &request, arena, &decoded);
        if (error != rows[i].error || decoded.count != (error ? 0 : 1))
            fail_msg("%s: %s, %zu events", rows[i].name, error_text(error), decoded.count);
        if (!error) {
            kit_expect_event(rows[i].name, &decoded.events[0], &rows[i].event);
            assert_true(decoded.events[0].last_input);
        }
        arena_free(arena);
    }
}

/* The end names nobody: it is acknowledged, whatever it says and however often. */
static void acknowledges_an_end(void **state)
{
    static const char *const bodies[] = {"{\"reason\":\"timeout\",\"exitCode\":600}", "", "x"};
    struct channel channel = kit_channel("infobip_ussd", settings);
    (void)state;
    for (size_t i = 0; i < COUNT(bodies); i++) {
        struct request request = kit_request(METHOD_PUT, AT "end", slice_of(bodies[i]), NULL, 0);
        struct arena *arena = arena_new(KIT_ARENA);
        struct decoded decoded = {0};
        assert_int_equal(channel.adapter->decode(&channel, &request, arena, &decoded), OK);
        assert_true(decoded.answered);
        assert_int_equal(decoded.count, 0);
        assert_int_equal(decoded.answer.status, 200);
        assert_string_equal(decoded.answer.content_type, "application/json");
        kit_expect_slice("end", "body", decoded.answer.body, "{\"responseExitCode\":200,\"responseMessage\":\"\"}");
        arena_free(arena);
    }
}

static void limits_hold(void **state)
{
    static const struct {
        int session, text;
        enum error expected;
    } rows[] = {{128, 1, OK}, {129, 1, ERR_SYNTAX}, {1, 1024, OK}, {1, 1025, ERR_LIMIT}};
    struct channel channel = kit_channel("infobip_ussd", any_code);
    (void)state;
    for (size_t i = 0; i < COUNT(rows); i++) {
        struct arena *arena = arena_new(KIT_ARENA);
        struct decoded decoded = {0};
        const char *target = arena_printf(arena, "/hooks/test/session/%0*d/response", rows[i].session, 1);
        const char *body = arena_printf(arena, "{\"msisdn\":\"51987654321\",\"text\":\"%0*d\"}", rows[i].text, 1);
        struct request request = kit_request(METHOD_PUT, target, slice_of(body), NULL, 0);
        assert_int_equal(channel.adapter->decode(&channel, &request, arena, &decoded), rows[i].expected);
        arena_free(arena);
    }
}

/* base64 of "chaski:s3/cret" and of what is not quite that, by openssl. */
static void the_password_is_asked_for(void **state)
{
    static const struct {
        const char *target, *authorization;
        enum error expected;
    } rows[] = {
        {AT "start", "Basic Y2hhc2tpOnMzL2NyZXQ=", OK},
        {AT "start", "basic Y2hhc2tpOnMzL2NyZXQ=", OK},
        {AT "start?key=s3/cret", NULL, OK},
        {AT "start?key=s3/cret", "Basic eDp5", OK},
        {AT "start", NULL, ERR_REFUSED},
        {AT "start", "", ERR_REFUSED},
        {AT "start", "Basic ", ERR_REFUSED},
        {AT "start", "Basic Y2hhc2tpOg==", ERR_REFUSED},         /* no password */
        {AT "start", "Basic Y2hhc2tpOnMzL2NyZQ==", ERR_REFUSED}, /* s3/cre */
        {AT "start", "Basic Y2hhc2tpOnMzL2NyZXQy", ERR_REFUSED}, /* s3/cret2 */
        {AT "start", "Basic b3RoZXI6czMvY3JldA==", ERR_REFUSED}, /* another user */
        {AT "start", "Bearer Y2hhc2tpOnMzL2NyZXQ=", ERR_REFUSED},
        {AT "start", "Y2hhc2tpOnMzL2NyZXQ=", ERR_REFUSED},
        {AT "start?key=", NULL, ERR_REFUSED},
    };
    struct channel channel = kit_channel("infobip_ussd", settings);
    struct channel unset = {.adapter = channel.adapter};
    struct arena *arena = arena_new(KIT_ARENA);
    (void)state;
    for (size_t i = 0; i < COUNT(rows); i++) {
        struct header header = {SLICE("Authorization"), slice_of(rows[i].authorization)};
        struct request request =
            kit_request(METHOD_POST, rows[i].target, SLICE_NONE, &header, rows[i].authorization ? 1 : 0);
        enum error error = channel.adapter->authenticate(&channel, &request, arena);
        if (error != rows[i].expected)
            fail_msg("%s %s: %s", rows[i].target, rows[i].authorization, error_text(error));
        assert_int_equal(channel.adapter->authenticate(&unset, &request, arena), ERR_REFUSED);
    }
    arena_free(arena);
}

#define SCREEN(closes, menu)                                                                                           \
    "{\"shouldClose\":" closes ",\"ussdMenu\":\"" menu "\",\"responseExitCode\":200,\"responseMessage\":\"\"}"

static void screens(void **state)
{
    static const struct {
        const char *texts[2];
        bool ends;
        const char *expected;
    } rows[] = {
        {{"1. Saldo\n2. Recargas"}, false, SCREEN("false", "1. Saldo\\n2. Recargas")},
        {{"Su saldo es \"S/ 10.50\""}, true, SCREEN("true", "Su saldo es \\\"S/ 10.50\\\"")},
        {{"¿Año? áéíóú ñÑ pollo 🐔\r\n"}, false, SCREEN("false", "¿Año? aéiou ñÑ pollo ?\\n")},
        {{"uno", "dos"}, true, SCREEN("true", "uno\\ndos")},
        {{""}, false, SCREEN("false", "")},
        {{NULL}, false, SCREEN("true", "Gracias.")},
    };
    struct channel channel = kit_channel("infobip_ussd", settings);
    (void)state;
    for (size_t i = 0; i < COUNT(rows); i++) {
        struct message messages[2] = {{.text = slice_of(rows[i].texts[0])}, {.text = slice_of(rows[i].texts[1])}};
        size_t count = rows[i].texts[0] ? rows[i].texts[1] ? 2 : 1 : 0;
        struct arena *arena = arena_new(KIT_ARENA);
        struct response response;
        messages[count ? count - 1 : 0].ends = rows[i].ends;
        assert_int_equal(channel.adapter->answer(&channel, messages, count, arena, &response), OK);
        assert_int_equal(response.status, 200);
        assert_string_equal(response.content_type, "application/json");
        kit_expect_slice("screen", "body", response.body, rows[i].expected);
        arena_free(arena);
    }
}

static void says_sorry_with_a_screen(void **state)
{
    struct channel channel = kit_channel("infobip_ussd", settings);
    struct response response;
    cJSON *root;
    int64_t code;
    (void)state;
    assert_int_equal(channel.adapter->sorry(&channel, NULL, &response), OK);
    assert_int_equal(response.status, 200);
    assert_int_equal(json_parse(response.body, 1024, &root), OK);
    assert_true(cJSON_IsTrue(cJSON_GetObjectItemCaseSensitive(root, "shouldClose")));
    assert_true(json_int(root, "responseExitCode", &code) && code == 200);
    assert_true(json_string(root, "responseMessage").ptr);
    struct sms_size size = sms_measure(json_string(root, "ussdMenu"));
    assert_int_equal(size.encoding, SMS_GSM7);
    assert_true(size.units > 0 && size.units <= 160);
    cJSON_Delete(root);
}

static void opens(void **state)
{
    static const struct {
        struct setting settings[3];
        const char *fault;
    } rows[] = {
        {{{"service_code", "*123#"}}, "hook_secret is missing: Infobip signs nothing"},
        {{{"hook_secret", "s"}, {"service_code", "123"}}, "service_code is \"123\": it must be what people dial"},
        {{{"hook_secret", "s"}, {"api_base", "https://x/"}}, "api_base is \"https://x/\": "},
    };
    struct channel channel = kit_channel("infobip_ussd", any_code);
    (void)state;
    assert_int_equal(channel.kind, CHANNEL_USSD);
    assert_true(channel.sync);
    assert_false(channel.interactive);
    assert_true(channel.adapter->subpaths);
    assert_null(channel.adapter->call);
    for (size_t i = 0; i < COUNT(rows); i++)
        kit_expect_fault("infobip_ussd", rows[i].settings, rows[i].fault);
}

static void memory_may_fail_anywhere(void **state)
{
    static const struct {
        enum method method;
        const char *target;
    } rows[] = {{METHOD_POST, AT "start"}, {METHOD_PUT, AT "response"}, {METHOD_PUT, AT "end"}};
    struct channel channel = kit_channel("infobip_ussd", settings);
    struct header header = {SLICE("Authorization"), SLICE("Basic Y2hhc2tpOnMzL2NyZXQ=")};
    struct message message = {.text = SLICE("Razón: ó")};
    (void)state;
    for (size_t i = 0; i < COUNT(rows); i++) {
        struct request request = kit_request(rows[i].method, rows[i].target,
                                             SLICE("{\"msisdn\":51987654321,\"text\":\"bodega ñ\"}"), &header, 1);
        kit_torture(&channel, &request);
        kit_torture_arena(&channel, &request);
    }
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
        cmocka_unit_test(decodes),     cmocka_unit_test(acknowledges_an_end),
        cmocka_unit_test(limits_hold), cmocka_unit_test(the_password_is_asked_for),
        cmocka_unit_test(screens),     cmocka_unit_test(says_sorry_with_a_screen),
        cmocka_unit_test(opens),       cmocka_unit_test(memory_may_fail_anywhere),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
