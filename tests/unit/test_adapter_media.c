/* Media of both adapters that carry them: what is kept of a webhook, which calls are made, and where none is. */
#include "tests/unit/adapter_kit.h"

#include "adapters/media.h"
#include "base/crypto.h"

#define SID "AC00000000000000000000000000000001"
#define MM "MM0123456789abcdef0123456789abcdef"
#define ME "ME0123456789abcdef0123456789abcdef"
#define BELOW "/2010-04-01/Accounts/" SID "/Messages/"
#define EMPTY_HEX "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855"
#define EMPTY_BASE64 "47DEQpj8HBSa+/TImW+5JCeuQeRkm5NMpJWZG3hSuFU="

static const struct setting twilio[] = {
    {"account_sid", SID}, {"auth_token", "token"}, {"from", "whatsapp:+5117654321"}, {NULL, NULL}};
static const struct setting twilio_near[] = {{"account_sid", SID},
                                             {"auth_token", "token"},
                                             {"from", "whatsapp:+5117654321"},
                                             {"api_base", "http://127.0.0.1:9"},
                                             {NULL, NULL}};
static const struct setting meta[] = {
    {"phone_number_id", "200"}, {"access_token", "token"}, {"app_secret", "s"}, {"verify_token", "v"}, {NULL, NULL}};
static const struct setting meta_near[] = {{"phone_number_id", "200"},
                                           {"access_token", "token"},
                                           {"app_secret", "s"},
                                           {"verify_token", "v"},
                                           {"api_base", "http://127.0.0.1:9/v25.0"},
                                           {NULL, NULL}};

/* Hosts that look like a provider's to somebody, spelled in each way that some parser reads otherwise. */
static void only_the_providers_own_places_are_called(void **state)
{
    static const struct media_place places[] = {{".cdn.com", "/"}, {"s3.com", "/bucket/"}, {NULL, NULL}};
    static const struct {
        const char *url, *base;
        bool good;
    } rows[] = {
        {"https://mms.cdn.com/a?b=c&d=%20", "https://api.com", true},
        {"https://s3.com/bucket/a", "https://api.com", true},
        {"https://api.com/x", "https://api.com/v25.0", true},
        {"http://127.0.0.1:9/x", "http://127.0.0.1:9/v25.0", true},
        {"", "https://api.com", false},
        {"https://", "https://api.com", false},
        {"https:///a", "https://api.com", false},
        {"https://cdn.com/a", "https://api.com", false},
        {"http://mms.cdn.com/a", "https://api.com", false},
        {"HTTPS://mms.cdn.com/a", "https://api.com", false},
        {"https://MMS.cdn.com/a", "https://api.com", false},
        {"https://mms.cdn.com", "https://api.com", false},
        {"https://mms.cdn.com?a", "https://api.com", false},
        {"https://mms.cdn.com:443/a", "https://api.com", false},
        {"https://mms.cdn.com.evil.pe/a", "https://api.com", false},
        {"https://evil.pe/mms.cdn.com/", "https://api.com", false},
        {"https://evil.pe#.cdn.com/", "https://api.com", false},
        {"https://evil.pe\\\\.cdn.com/", "https://api.com", false},
        {"https://mms.cdn.com@evil.pe/", "https://api.com", false},
        {"https://evil.pe@mms.cdn.com/", "https://api.com", false},
        {"https://evilcdn.com/a", "https://api.com", false},
        {"https://s3.com/other/a", "https://api.com", false},
        {"https://s3.com/bucket", "https://api.com", false},
        {"https://s3.com/bucket/../other/a", "https://api.com", false},
        {"https://mms.cdn.com/a b", "https://api.com", false},
        {"https://mms.cdn.com/a\r\nX: y", "https://api.com", false},
        {"https://api.com.evil.pe/x", "https://api.com", false},
        {"https://api.com@evil.pe/x", "https://api.com", false},
        {"https://api.com:8443/x", "https://api.com", false},
        {"http://127.0.0.1:99/x", "http://127.0.0.1:9/v25.0", false},
        {"https://127.0.0.1:9/x", "http://127.0.0.1:9/v25.0", false},
        {"http://169.254.169.254/latest/meta-data/", "https://api.com", false},
        {"file:///etc/passwd", "https://api.com", false},
        {"/relative", "https://api.com", false},
        {"/relative", "", false},
    };
    char longest[MEDIA_URL_MAX + 2] = "https://mms.cdn.com/";
    (void)state;
    for (size_t i = 0; i < COUNT(rows); i++)
        if (media_lies_at(slice_of(rows[i].url), places, rows[i].base) != rows[i].good)
            fail_msg("%s: is%s called", rows[i].url, rows[i].good ? " not" : "");
    memset(longest + strlen(longest), 'a', sizeof(longest) - 1 - strlen(longest));
    assert_false(media_lies_at(slice_of(longest), places, "https://api.com"));
    longest[MEDIA_URL_MAX] = '\0';
    assert_true(media_lies_at(slice_of(longest), places, "https://api.com"));
}

static void kinds_sizes_and_digests_are_read(void **state)
{
    struct media media = {0};
    unsigned char digest[SHA256_BYTES] = {0};
    char type[MEDIA_TYPE_MAX + 1], name[4 * MEDIA_NAME_CHARS];
    (void)state;
    assert_int_equal(media_kind_of(SLICE("image/jpeg")), MEDIA_IMAGE);
    assert_int_equal(media_kind_of(SLICE("audio/ogg; codecs=opus")), MEDIA_AUDIO);
    assert_int_equal(media_kind_of(SLICE("video/mp4")), MEDIA_VIDEO);
    assert_int_equal(media_kind_of(SLICE("application/pdf")), MEDIA_DOCUMENT);
    assert_int_equal(media_kind_of(SLICE_NONE), MEDIA_OTHER);
    memset(type, 'a', sizeof(type));
    memset(name, 'b', sizeof(name));
    media_describe(&media, (struct slice){type, sizeof(type)}, (struct slice){name, sizeof(name)});
    assert_int_equal(media.type.len, 0);
    assert_int_equal(media.name.len, MEDIA_NAME_CHARS);
    assert_true(media_digest(SLICE(EMPTY_HEX), digest) && digest[0] == 0xE3 && digest[31] == 0x55);
    digest[0] = 0;
    assert_true(media_digest(SLICE(EMPTY_BASE64), digest) && digest[0] == 0xE3 && digest[31] == 0x55);
    assert_false(media_digest(SLICE(""), digest));
    assert_false(media_digest(SLICE("e3b0"), digest));
    assert_false(media_digest(SLICE("47DEQpj8HBSa+/TImW+5JCeuQeRkm5NMpJWZG3hSuFVV"), digest));
}

static const struct {
    const char *name, *provider;
    const struct setting *settings;
    const char *id, *url; /* NULL: refused */
} first_calls[] = {
    {"Meta", "whatsapp_cloud", meta, "900100", "https://graph.facebook.com/v25.0/900100?phone_number_id=200"},
    {"Meta, another base", "whatsapp_cloud", meta_near, "9", "http://127.0.0.1:9/v25.0/9?phone_number_id=200"},
    {"Meta, no id", "whatsapp_cloud", meta, "", NULL},
    {"Meta, up", "whatsapp_cloud", meta, "../9", NULL},
    {"Meta, a query", "whatsapp_cloud", meta, "9?a=b", NULL},
    {"Meta, Twilio's", "whatsapp_cloud", meta, MM "/Media/" ME, NULL},
    {"Twilio", "twilio", twilio, MM "/Media/" ME, "https://api.twilio.com" BELOW MM "/Media/" ME},
    {"Twilio, another base", "twilio", twilio_near, MM "/Media/" ME, "http://127.0.0.1:9" BELOW MM "/Media/" ME},
    {"Twilio, Meta's", "twilio", twilio, "900100", NULL},
    {"Twilio, another thing", "twilio", twilio, MM "/Delet/" ME, NULL},
    {"Twilio, more", "twilio", twilio, MM "/Media/" ME "/x", NULL},
    {"Twilio, up", "twilio", twilio, "../Media/" ME, NULL},
};

static void the_first_call_lies_below_our_base(void **state)
{
    (void)state;
    for (size_t i = 0; i < COUNT(first_calls); i++) {
        const struct channel channel = kit_channel(first_calls[i].provider, first_calls[i].settings);
        struct arena *arena = arena_new(KIT_ARENA);
        struct http_call call = {0};
        enum error error = channel.adapter->media(&channel, slice_of(first_calls[i].id), arena, &call);
        assert_int_equal(error, first_calls[i].url ? OK : ERR_VALUE);
        if (!error)
            kit_expect_slice(first_calls[i].name, "url", slice_of(call.url), first_calls[i].url);
        arena_free(arena);
    }
}

#define FILE_AT(url) "{'url':'" url "','mime_type':'audio/ogg','sha256':'" EMPTY_HEX "','file_size':7,'id':'9'}"
#define LOOKASIDE "https://lookaside.fbsbx.com/whatsapp_business/attachments/?mid=9&ext=1&hash=a"
#define CDN "https://mms.twiliocdn.com/AC/ME?Expires=1&Signature=a~b-c_"

static const struct {
    const char *name;
    const struct setting *settings; /* of Meta's channel; or: */
    bool is_twilio;
    unsigned asked;
    int status;
    const char *location, *body;
    enum media_fate fate;
    const char *url; /* CALL */
    bool has_password;
} answers[] = {
    {"told where", meta, false, 1, 200, "", FILE_AT(LOOKASIDE), MEDIA_CALL, LOOKASIDE, true},
    {"told where, near", meta_near, false, 1, 200, "", FILE_AT("http://127.0.0.1:9/f"), MEDIA_CALL,
     "http://127.0.0.1:9/f", true},
    {"token to a stranger", meta, false, 1, 200, "", FILE_AT("https://evil.pe/f"), MEDIA_ELSEWHERE, NULL, false},
    {"token to who looks like it", meta, false, 1, 200, "", FILE_AT("https://lookaside.fbsbx.com.evil.pe/f"),
     MEDIA_ELSEWHERE, NULL, false},
    {"token in the clear", meta, false, 1, 200, "", FILE_AT("http://lookaside.fbsbx.com/f"), MEDIA_ELSEWHERE, NULL,
     false},
    {"token to the cloud's metadata", meta, false, 1, 200, "", FILE_AT("http://169.254.169.254/f"), MEDIA_ELSEWHERE,
     NULL, false},
    {"no address", meta, false, 1, 200, "", "{'id':'9'}", MEDIA_TROUBLE, NULL, false},
    {"an address of another type", meta, false, 1, 200, "", "{'url':{'a':1}}", MEDIA_TROUBLE, NULL, false},
    {"no JSON", meta, false, 1, 200, "", "<html>", MEDIA_TROUBLE, NULL, false},
    {"no object", meta, false, 1, 200, "", "[]", MEDIA_TROUBLE, NULL, false},
    {"nothing", meta, false, 1, 200, "", "", MEDIA_TROUBLE, NULL, false},
    {"unknown", meta, false, 1, 400, "", "{'error':{'code':100,'error_subcode':33}}", MEDIA_GONE, NULL, false},
    {"not found", meta, false, 1, 404, "", "", MEDIA_GONE, NULL, false},
    {"token expired", meta, false, 1, 401, "", "{'error':{'code':190}}", MEDIA_REFUSED, NULL, false},
    {"not allowed", meta, false, 1, 400, "", "{'error':{'code':10}}", MEDIA_REFUSED, NULL, false},
    {"throttled", meta, false, 1, 400, "", "{'error':{'code':80007}}", MEDIA_TROUBLE, NULL, false},
    {"its edge", meta, false, 1, 502, "", "<html>", MEDIA_TROUBLE, NULL, false},
    {"sent elsewhere", meta, false, 1, 302, LOOKASIDE, "", MEDIA_ELSEWHERE, NULL, false},
    {"the file", meta, false, 2, 200, "", "x", MEDIA_FILE, NULL, false},
    {"a file that looks like an answer", meta, false, 2, 200, "", FILE_AT(LOOKASIDE), MEDIA_FILE, NULL, false},
    {"a file sent elsewhere", meta, false, 2, 302, LOOKASIDE, "", MEDIA_ELSEWHERE, NULL, false},
    {"the file is gone", meta, false, 2, 404, "", "", MEDIA_GONE, NULL, false},
    {"half of it", meta, false, 2, 206, "", "x", MEDIA_TROUBLE, NULL, false},
    {"Twilio's file", NULL, true, 1, 200, "", "x", MEDIA_FILE, NULL, false},
    {"next door", NULL, true, 1, 307, CDN, "", MEDIA_CALL, CDN, false},
    {"next door, open", NULL, true, 1, 302, "https://s3-external-1.amazonaws.com/media.twiliocdn.com/AC/a", "",
     MEDIA_CALL, "https://s3-external-1.amazonaws.com/media.twiliocdn.com/AC/a", false},
    {"another's bucket", NULL, true, 1, 302, "https://s3-external-1.amazonaws.com/evil/a", "", MEDIA_ELSEWHERE, NULL,
     false},
    {"elsewhere", NULL, true, 1, 307, "https://evil.pe/", "", MEDIA_ELSEWHERE, NULL, false},
    {"to this machine", NULL, true, 1, 307, "http://127.0.0.1:6379/", "", MEDIA_ELSEWHERE, NULL, false},
    {"nowhere", NULL, true, 1, 307, "", "", MEDIA_ELSEWHERE, NULL, false},
    {"from there the file", NULL, true, 2, 200, "", "x", MEDIA_FILE, NULL, false},
    {"deleted", NULL, true, 1, 404, "", "", MEDIA_GONE, NULL, false},
    {"wrong password", NULL, true, 1, 401, "", "", MEDIA_REFUSED, NULL, false},
    {"a fault", NULL, true, 1, 500, "", "", MEDIA_TROUBLE, NULL, false},
};

static void an_answer_has_one_fate(void **state)
{
    (void)state;
    for (size_t i = 0; i < COUNT(answers); i++) {
        const struct channel channel =
            answers[i].is_twilio ? kit_channel("twilio", twilio) : kit_channel("whatsapp_cloud", answers[i].settings);
        struct arena *arena = arena_new(KIT_ARENA);
        struct media_step step = {0};
        const struct media_answer answer = {answers[i].asked, answers[i].status, slice_of(answers[i].location),
                                            kit_json(arena, answers[i].body)};
        assert_int_equal(channel.adapter->media_next(&channel, &answer, arena, &step), OK);
        if (step.fate != answers[i].fate)
            fail_msg("%s: fate is %d, expected %d", answers[i].name, (int)step.fate, (int)answers[i].fate);
        if (step.fate == MEDIA_CALL) {
            kit_expect_slice(answers[i].name, "url", slice_of(step.call.url), answers[i].url);
            assert_int_equal(step.call.header_count > 0 || step.call.user, answers[i].has_password);
        }
        arena_free(arena);
    }
}

static void what_is_stated_of_a_file_is_kept(void **state)
{
    const struct channel channel = kit_channel("whatsapp_cloud", meta);
    struct arena *arena = arena_new(KIT_ARENA);
    struct media_step step = {0};
    const struct media_answer first = {1, 200, SLICE_NONE, kit_json(arena, FILE_AT(LOOKASIDE))};
    const struct media_answer second = {2, 200, SLICE_NONE, SLICE("1234567")};
    (void)state;
    assert_int_equal(channel.adapter->media_next(&channel, &first, arena, &step), OK);
    assert_int_equal(channel.adapter->media_next(&channel, &second, arena, &step), OK);
    assert_int_equal(step.fate, MEDIA_FILE);
    assert_int_equal(step.size, 7);
    assert_true(step.has_digest && step.digest[0] == 0xE3);
    assert_true(slice_is(step.type, "audio/ogg"));
    arena_free(arena);
}

static void a_failing_allocation_is_no_fate(void **state)
{
    (void)state;
    for (size_t i = 0; i < COUNT(answers); i++) {
        const struct channel channel =
            answers[i].is_twilio ? kit_channel("twilio", twilio) : kit_channel("whatsapp_cloud", answers[i].settings);
        struct arena *texts = arena_new(KIT_ARENA);
        const struct media_answer answer = {answers[i].asked, answers[i].status, slice_of(answers[i].location),
                                            kit_json(texts, answers[i].body)};
        const struct slice id = answers[i].is_twilio ? SLICE(MM "/Media/" ME) : SLICE("900");
        enum error error = ERR_NOMEM;
        for (long n = 0; error; n++) {
            struct media_step step = {0};
            struct http_call call;
            mem_fail_after(n);
            struct arena *arena = arena_new(KIT_ARENA);
            error = arena ? channel.adapter->media(&channel, id, arena, &call) : ERR_NOMEM;
            error = error ? error : channel.adapter->media_next(&channel, &answer, arena, &step);
            mem_fail_after(-1);
            arena_free(arena);
            assert_true(error == OK || error == ERR_NOMEM);
            assert_true(error || step.fate == answers[i].fate);
            assert_true(n < 1000);
        }
        error = ERR_NOMEM;
        for (size_t size = 0; error; size += 8) {
            struct media_step step = {0};
            struct arena *arena = arena_new(size);
            error = channel.adapter->media_next(&channel, &answer, arena, &step);
            arena_free(arena);
            assert_true(error == OK || error == ERR_NOMEM);
            assert_true(error || step.fate == answers[i].fate);
        }
        arena_free(texts);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(only_the_providers_own_places_are_called), cmocka_unit_test(kinds_sizes_and_digests_are_read),
        cmocka_unit_test(the_first_call_lies_below_our_base),       cmocka_unit_test(an_answer_has_one_fate),
        cmocka_unit_test(what_is_stated_of_a_file_is_kept),         cmocka_unit_test(a_failing_allocation_is_no_fate),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
