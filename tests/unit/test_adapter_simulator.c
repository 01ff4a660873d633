#include "tests/unit/adapter_kit.h"

static const struct setting none[] = {{NULL, NULL}};
static const struct setting guarded[] = {{"hook_secret", "s"}, {NULL, NULL}};

#define WHO "'from':'+51987654321','id':'m1'"
#define IN .from = "+51987654321", .id = "m1", .at_ms = KIT_NOW_MS

static void decodes(void **state)
{
    static const struct {
        const char *body;
        enum error error;
        enum channel_kind kind;
        bool interactive;
        struct expected_event event;
    } rows[] = {
        {"{" WHO ",'text':'hola'}", OK, CHANNEL_WHATSAPP, true, {EVENT_TEXT, IN, .text = "hola"}},
        {"{" WHO ",'text':'hola','channel':'sms'}", OK, CHANNEL_SMS, false, {EVENT_TEXT, IN, .text = "hola"}},
        {"{" WHO ",'text':'Sí','payload':'yes','channel':'whatsapp'}",
         OK,
         CHANNEL_WHATSAPP,
         true,
         {EVENT_CHOICE, IN, .text = "Sí", .payload = "yes"}},
        {"{" WHO ",'payload':'yes'}", OK, CHANNEL_WHATSAPP, true, {EVENT_CHOICE, IN, .payload = "yes"}},
        {"{" WHO ",'text':'a','later':{'x':[1]}}", OK, CHANNEL_WHATSAPP, true, {EVENT_TEXT, IN, .text = "a"}},
        {"{" WHO ",'text':'','channel':'ussd'}", OK, CHANNEL_USSD, false, {EVENT_BEGIN, IN, .session = "simulator"}},
        {"{" WHO ",'text':'1*2','channel':'ussd','session':'s1'}",
         OK,
         CHANNEL_USSD,
         false,
         {EVENT_TEXT, IN, .session = "s1", .text = "1*2"}},
        {"{'from':'987654321','id':'m1'}", OK, CHANNEL_WHATSAPP, true, {EVENT_TEXT, IN}},
        {"{" WHO ",'text':'a','channel':'fax'}", ERR_SYNTAX, CHANNEL_SMS, false, {0}},
        {"{'from':'somebody','text':'a'}", ERR_SYNTAX, CHANNEL_SMS, false, {0}},
        {"{'from':51987654321,'text':'a'}", ERR_SYNTAX, CHANNEL_SMS, false, {0}},
        {"{'text':'a'}", ERR_SYNTAX, CHANNEL_SMS, false, {0}},
        {"{'from':'+51987654321','id':'','text':'a'}", ERR_SYNTAX, CHANNEL_SMS, false, {0}},
        {"{" WHO ",'channel':'ussd','session':''}", ERR_SYNTAX, CHANNEL_SMS, false, {0}},
        {"[]", ERR_SYNTAX, CHANNEL_SMS, false, {0}},
        {"", ERR_SYNTAX, CHANNEL_SMS, false, {0}},
        {"from=a", ERR_SYNTAX, CHANNEL_SMS, false, {0}},
        {"{'from':'a','from':'b'}", ERR_SYNTAX, CHANNEL_SMS, false, {0}},
    };
    struct channel channel = kit_channel("simulator", none);
    (void)state;
    for (size_t i = 0; i < COUNT(rows); i++) {
        struct arena *arena = arena_new(KIT_ARENA);
        struct request request = kit_request(METHOD_POST, "/hooks/demo", kit_json(arena, rows[i].body), NULL, 0);
        struct decoded decoded = {0};
        enum error error = channel.adapter->decode(&channel, &request, arena, &decoded);
        if (error != rows[i].error || decoded.count != (error ? 0 : 1))
            fail_msg("%s: %s, %zu events", rows[i].body, error_text(error), decoded.count);
        if (!error) {
            kit_expect_event(rows[i].body, &decoded.events[0], &rows[i].event);
            assert_int_equal(decoded.as->kind, rows[i].kind);
            assert_int_equal(decoded.as->interactive, rows[i].interactive);
            assert_ptr_equal(decoded.as->name, channel.name);
            assert_ptr_equal(decoded.as->adapter, channel.adapter);
        }
        arena_free(arena);
    }
}

static struct slice id_of(const struct channel *channel, const char *body, int64_t now_ms, struct arena *arena)
{
    struct request request = kit_request(METHOD_POST, "/hooks/demo", kit_json(arena, body), NULL, 0);
    struct decoded decoded = {0};
    request.now_ms = now_ms;
    assert_int_equal(channel->adapter->decode(channel, &request, arena, &decoded), OK);
    return decoded.events[0].id;
}

static void without_an_id_each_request_is_a_message(void **state)
{
    static const char body[] = "{'from':'+51987654321','text':'a'}", other[] = "{'from':'+51987654321','text':'b'}";
    struct channel channel = kit_channel("simulator", none);
    struct arena *arena = arena_new(KIT_ARENA);
    (void)state;
    assert_true(slice_starts(id_of(&channel, body, 1, arena), "simulator-"));
    assert_true(slice_eq(id_of(&channel, body, 1, arena), id_of(&channel, body, 1, arena)));
    assert_false(slice_eq(id_of(&channel, body, 1, arena), id_of(&channel, body, 2, arena)));
    assert_false(slice_eq(id_of(&channel, body, 1, arena), id_of(&channel, other, 1, arena)));
    assert_true(slice_is(id_of(&channel, "{" WHO "}", 1, arena), "m1"));
    assert_true(slice_is(id_of(&channel, "{" WHO "}", 2, arena), "m1"));
    arena_free(arena);
}

static void only_posts_are_taken(void **state)
{
    struct channel channel = kit_channel("simulator", none);
    struct request request = kit_request(METHOD_GET, "/hooks/demo", SLICE_NONE, NULL, 0);
    struct arena *arena = arena_new(KIT_ARENA);
    struct decoded decoded = {0};
    (void)state;
    assert_int_equal(channel.adapter->decode(&channel, &request, arena, &decoded), ERR_UNSUPPORTED);
    arena_free(arena);
}

static void long_texts_are_a_limit(void **state)
{
    struct channel channel = kit_channel("simulator", none);
    (void)state;
    for (int length = 8192; length <= 8193; length++) {
        struct arena *arena = arena_new(KIT_ARENA);
        struct decoded decoded = {0};
        const char *body = arena_printf(arena, "{" WHO ",'text':'%0*d'}", length, 1);
        struct request request = kit_request(METHOD_POST, "/hooks/demo", kit_json(arena, body), NULL, 0);
        assert_int_equal(channel.adapter->decode(&channel, &request, arena, &decoded), length == 8192 ? OK : ERR_LIMIT);
        arena_free(arena);
    }
}

static void a_secret_guards_it_where_one_is_set(void **state)
{
    static const struct {
        const struct setting *settings;
        const char *target;
        enum error expected;
    } rows[] = {
        {none, "/hooks/demo", OK},
        {none, "/hooks/demo?key=x", OK},
        {guarded, "/hooks/demo?key=s", OK},
        {guarded, "/hooks/demo?key=x", ERR_REFUSED},
        {guarded, "/hooks/demo", ERR_REFUSED},
    };
    struct arena *arena = arena_new(KIT_ARENA);
    (void)state;
    for (size_t i = 0; i < COUNT(rows); i++) {
        struct channel channel = kit_channel("simulator", rows[i].settings);
        struct request request = kit_request(METHOD_POST, rows[i].target, SLICE_NONE, NULL, 0);
        assert_int_equal(channel.adapter->authenticate(&channel, &request, arena), rows[i].expected);
    }
    arena_free(arena);
}

#define TEXT(literal)                                                                                                  \
    {                                                                                                                  \
        literal, sizeof(literal) - 1                                                                                   \
    }

static void answers(void **state)
{
    static const struct message said[] = {
        {.text = TEXT("dos\n\"2\"")},
        {.kind = MESSAGE_BUTTONS,
         .text = TEXT("¿Sí?"),
         .options = {{TEXT("y"), TEXT("Sí"), TEXT("")}, {TEXT("n"), TEXT("No"), TEXT("")}},
         .option_count = 2},
        {.kind = MESSAGE_LIST,
         .text = TEXT("Elija"),
         .options = {{TEXT("a"), TEXT("A"), TEXT("la A")}, {TEXT("b"), TEXT("B"), TEXT("")}},
         .option_count = 2,
         .list_button = TEXT("Ver"),
         .ends = true},
    };
    static const struct {
        size_t from, count;
        const char *expected;
    } rows[] = {
        {0, 0, "{'replies':[],'ended':false}"},
        {0, 1, "{'replies':[{'text':'dos\\n\\'2\\''}],'ended':false}"},
        {1, 1,
         "{'replies':[{'text':'¿Sí?','buttons':[{'id':'y','title':'Sí'},{'id':'n','title':'No'}]}],"
         "'ended':false}"},
        {1, 2,
         "{'replies':[{'text':'¿Sí?','buttons':[{'id':'y','title':'Sí'},{'id':'n','title':'No'}]},"
         "{'text':'Elija','list':{'button':'Ver','rows':[{'id':'a','title':'A','description':'la A'},"
         "{'id':'b','title':'B'}]}}],'ended':true}"},
    };
    struct channel channel = kit_channel("simulator", none);
    (void)state;
    assert_true(channel.sync);
    for (size_t i = 0; i < COUNT(rows); i++) {
        struct arena *arena = arena_new(KIT_ARENA);
        struct response response;
        assert_int_equal(channel.adapter->answer(&channel, said + rows[i].from, rows[i].count, arena, &response), OK);
        assert_int_equal(response.status, 200);
        assert_string_equal(response.content_type, "application/json");
        kit_expect_slice("answer", "body", response.body, kit_json(arena, rows[i].expected).ptr);
        arena_free(arena);
    }
}

static void says_sorry_with_503(void **state)
{
    struct channel channel = kit_channel("simulator", none);
    struct response response;
    (void)state;
    assert_int_equal(channel.adapter->sorry(&channel, NULL, &response), OK);
    assert_int_equal(response.status, 503);
}

static void memory_may_fail_anywhere(void **state)
{
    struct channel channel = kit_channel("simulator", guarded);
    struct arena *arena = arena_new(KIT_ARENA);
    struct slice body = kit_json(arena, "{'from':'+51987654321','text':'1','channel':'ussd','session':'s'}");
    struct request request = kit_request(METHOD_POST, "/hooks/demo?key=s", body, NULL, 0);
    (void)state;
    kit_torture(&channel, &request);
    kit_torture_arena(&channel, &request);
    arena_free(arena);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(decodes),
        cmocka_unit_test(without_an_id_each_request_is_a_message),
        cmocka_unit_test(only_posts_are_taken),
        cmocka_unit_test(long_texts_are_a_limit),
        cmocka_unit_test(a_secret_guards_it_where_one_is_set),
        cmocka_unit_test(answers),
        cmocka_unit_test(says_sorry_with_503),
        cmocka_unit_test(memory_may_fail_anywhere),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
