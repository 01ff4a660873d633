/* Every error code that the reference lists, and what is to be done about it: typed from providers.md parts 1.9 and
 * 2.6, not from the adapters' tables, with its letters. T is TRANSIENT or, where the words say rate or throughput,
 * THROTTLED; TL is LATER; P, PR and PC are MESSAGE, RECIPIENT and CHANNEL. Each code must be classed alike in the
 * answer to a send and in a receipt. */
#include "tests/unit/adapter_kit.h"

#define TOKEN "12345678901234567890123456789012"
#define SID "AC00000000000000000000000000000001"

static const struct setting twilio[] = {
    {"account_sid", SID}, {"auth_token", TOKEN}, {"from", "+5117654321"}, {NULL, NULL}};
static const struct setting meta[] = {{"phone_number_id", "200300400500600"},
                                      {"access_token", "t"},
                                      {"app_secret", "s"},
                                      {"verify_token", "v"},
                                      {NULL, NULL}};

/* A line of the reference: its codes, a dash for a run, and their class. */
struct line {
    const char *codes;
    enum send_class class;
};

static const struct line twilio_lines[] = {
    {"20429 14107", SEND_THROTTLED},
    {"20500 20503", SEND_TRANSIENT},
    {"63009 63010 63012 60005 30008 30020", SEND_TRANSIENT},
    {"63017 63018 30022", SEND_THROTTLED},
    {"21611 30001", SEND_LATER},
    {"30003", SEND_LATER}, /* "T once, long" */
    {"30017 30410", SEND_TRANSIENT},
    {"21211 21214 21217 21408 21614 21612 30005 30006 63003 63024", SEND_RECIPIENT},
    {"21212", SEND_CHANNEL}, /* listed there as PR; Twilio's own text names the From number, which is a setting */
    {"21610", SEND_RECIPIENT},
    {"63033 63014", SEND_RECIPIENT},
    {"63032 63049", SEND_MESSAGE},
    {"63016", SEND_MESSAGE},
    {"21602 21603 21604 21617 21619 21620 21623 21656 12300 14101-14103 63005 63013 63019 63021 63027-63029 63030 "
     "63031",
     SEND_MESSAGE},
    {"30004 30007 63026", SEND_MESSAGE},
    {"20003 21606 21703 21705 63001 63002 63007 63008 63020 30002 63038", SEND_CHANNEL},
};

static const struct line meta_lines[] = {
    {"1 2 131000 131016 133004", SEND_TRANSIENT},
    {"4 80007 130429", SEND_THROTTLED},
    {"131056", SEND_THROTTLED}, /* "T (4^X s)" */
    {"131057 2494100", SEND_TRANSIENT},
    {"131053", SEND_TRANSIENT},
    {"131048 131064", SEND_LATER},
    {"131049", SEND_LATER},
    {"131047", SEND_MESSAGE},
    {"131026", SEND_RECIPIENT},
    {"131050", SEND_RECIPIENT},
    {"130403", SEND_RECIPIENT},
    {"131021", SEND_MESSAGE},
    {"130472", SEND_MESSAGE},
    {"131062", SEND_MESSAGE},
    {"100 131008 131009 131051 135000", SEND_MESSAGE},
    {"132000 132001 132005 132007 132012 132016 132018 132068", SEND_MESSAGE},
    {"132015", SEND_LATER},
    {"132069", SEND_TRANSIENT},
    {"0 190 200-299 3 10 131005", SEND_CHANNEL},
    {"368 130497 131031", SEND_CHANNEL},
    {"131037 131042 131045 133010 33", SEND_CHANNEL},
    {"133016", SEND_CHANNEL},
};

/* Classes a code in the answer to a send and in a receipt. `form` is the answer's body, around the code. The HTTP
 * status is one that would be classed otherwise, so that only a row of the table can give the right class. */
static void check(const struct channel *channel, const char *form, uint64_t code, enum send_class expected)
{
    struct arena *arena = arena_new(KIT_ARENA);
    struct send_result got;
    char text[24], body[128];
    int status = expected == SEND_MESSAGE ? 500 : 400;
    snprintf(text, sizeof(text), "%llu", (unsigned long long)code);
    snprintf(body, sizeof(body), "{\"%s\":%s}", form, text);
    if (strcmp(form, "error") == 0)
        snprintf(body, sizeof(body), "{\"error\":{\"code\":%s}}", text);
    channel->adapter->result(channel, status, slice_of(body), arena, &got);
    enum send_class in_receipt = channel->adapter->failure(slice_of(text));
    if (got.class != expected || in_receipt != expected)
        fail_msg("%s %s: class %d in an answer, %d in a receipt, expected %d", channel->adapter->provider, text,
                 (int)got.class, (int)in_receipt, (int)expected);
    kit_expect_slice(text, "code", got.code, text);
    arena_free(arena);
}

/* Walks lines; returns how many codes stand in them. */
static size_t walk(const struct channel *channel, const char *form, const struct line *lines, size_t count)
{
    size_t codes = 0;
    for (size_t i = 0; i < count; i++) {
        struct slice rest = slice_of(lines[i].codes), run;
        while (slice_cut(&rest, ' ', &run), run.len) {
            uint64_t first, last;
            size_t dash = slice_find(run, '-');
            assert_true(slice_u64(slice_part(run, 0, dash), UINT64_MAX, &first));
            last = first;
            if (dash < run.len)
                assert_true(slice_u64(slice_part(run, dash + 1, run.len), UINT64_MAX, &last));
            for (uint64_t code = first; code <= last; code++, codes++)
                check(channel, form, code, lines[i].class);
            if (!rest.ptr)
                break;
        }
    }
    return codes;
}

static void every_listed_code_has_its_class(void **state)
{
    const struct channel sms = kit_channel("twilio", twilio), whatsapp = kit_channel("whatsapp_cloud", meta);
    (void)state;
    assert_int_equal(walk(&sms, "code", twilio_lines, COUNT(twilio_lines)), 70);
    assert_int_equal(walk(&whatsapp, "error", meta_lines, COUNT(meta_lines)), 151);
}

/* An HTTP status alone: 0.9 and the providers' own words. */
static void a_status_has_its_class(void **state)
{
    static const struct {
        int status;
        enum send_class class;
    } rows[] = {
        {200, SEND_MALFORMED}, {400, SEND_MALFORMED}, {401, SEND_CHANNEL},   {402, SEND_CHANNEL},
        {403, SEND_CHANNEL},   {404, SEND_CHANNEL},   {408, SEND_TRANSIENT}, {429, SEND_THROTTLED},
        {500, SEND_TRANSIENT}, {503, SEND_TRANSIENT}, {302, SEND_MALFORMED},
    };
    const struct channel channels[] = {kit_channel("twilio", twilio), kit_channel("whatsapp_cloud", meta)};
    (void)state;
    for (size_t c = 0; c < COUNT(channels); c++)
        for (size_t i = 0; i < COUNT(rows); i++) {
            struct arena *arena = arena_new(KIT_ARENA);
            struct send_result got;
            channels[c].adapter->result(&channels[c], rows[i].status, SLICE("<html>"), arena, &got);
            if (got.class != rows[i].class)
                fail_msg("%s %d: class %d", channels[c].adapter->provider, rows[i].status, (int)got.class);
            arena_free(arena);
        }
}

/* What is in no table, or is no code at all: the provider gave up on that message. */
static void unknown_codes_fail_the_message(void **state)
{
    static const char *const codes[] = {"", "99999999", "-1", "x", "21610 ", "99999999999999999999"};
    (void)state;
    for (size_t i = 0; i < COUNT(codes); i++) {
        assert_int_equal(adapter_named("twilio")->failure(slice_of(codes[i])), SEND_MESSAGE);
        assert_int_equal(adapter_named("whatsapp_cloud")->failure(slice_of(codes[i])), SEND_MESSAGE);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(every_listed_code_has_its_class),
        cmocka_unit_test(a_status_has_its_class),
        cmocka_unit_test(unknown_codes_fail_the_message),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
