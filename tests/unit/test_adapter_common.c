#include "tests/unit/adapter_kit.h"

#include "adapters/common.h"

static void the_table_knows_its_adapters(void **state)
{
    const char *const *names = adapter_names();
    size_t count = 0;
    (void)state;
    for (; names[count]; count++) {
        assert_string_equal(adapter_named(names[count])->provider, names[count]);
        assert_true(count == 0 || strcmp(names[count - 1], names[count]) < 0);
    }
    assert_int_equal(count, 5);
    assert_null(adapter_named("pigeon"));
    assert_null(adapter_named(""));
}

/* What all adapters share, where no provider's own test reaches. */
static void addresses_and_degrees(void **state)
{
    static const struct {
        const char *text;
        bool good;
        double value;
    } degrees[] = {
        {"-12.0464", true, -12.0464},
        {"0", true, 0},
        {"-0.5", true, -0.5},
        {"90", true, 90},
        {"90.01", false, 0},
        {"", false, 0},
        {"-", false, 0},
        {".5", false, 0},
        {"5.", false, 0},
        {"1.2.3", false, 0},
        {"+1", false, 0},
        {"1e1", false, 0},
        {" 1", false, 0},
        {"12.34567890123456789", true, 12.3456789012345},
        {"1234567890123456", false, 0},
    };
    static const struct {
        const char *text;
        bool good;
    } ids[] = {
        {"PE.1000000000000001", true},
        {"PE.ENT.1", true},
        {"PE.", false},
        {"pe.1", false},
        {"PE1", false},
        {"PE.a b", false},
        {"", false},
        {"+51987654321", false},
    };
    static const struct {
        const char *url;
        bool good;
    } urls[] = {
        {"https://api.twilio.com", true},
        {"http://127.0.0.1:9/v25.0", true},
        {"https://", false},
        {"https:///x", false},
        {"ftp://x", false},
        {"https://x/", false},
        {"https://x y", false},
        {"https://x?y", false},
        {"", false},
    };
    (void)state;
    for (size_t i = 0; i < COUNT(degrees); i++) {
        double value = 0;
        assert_int_equal(adapter_degrees(slice_of(degrees[i].text), 90, &value), degrees[i].good);
        assert_true(value == degrees[i].value);
    }
    for (size_t i = 0; i < COUNT(ids); i++)
        assert_int_equal(adapter_is_user_id(slice_of(ids[i].text)), ids[i].good);
    for (size_t i = 0; i < COUNT(urls); i++)
        assert_int_equal(adapter_is_base_url(urls[i].url), urls[i].good);
}

/* Of what is too long the beginning is kept, in whole characters. */
static void long_texts_are_cut(void **state)
{
    struct arena *arena = arena_new(1u << 20);
    char text[2 * ADAPTER_TEXT_CHARS + 3];
    (void)state;
    assert_non_null(arena);
    for (size_t i = 0; i + 1 < sizeof(text); i += 2)
        memcpy(text + i, "ñ", 2);
    const struct slice whole = {text, sizeof(text) - 1}, odd = {"\xff", 1};
    struct event event = {.text = whole, .payload = whole, .name = odd, .media = {.name = whole}, .reference = whole};
    assert_int_equal(adapter_clean_event(&event, arena), OK);
    assert_true(slice_eq(event.text, slice_part(whole, 0, 2 * ADAPTER_TEXT_CHARS)));
    assert_true(slice_eq(event.payload, slice_part(whole, 0, 2 * ADAPTER_PART_CHARS)));
    assert_true(slice_eq(event.media.name, event.payload));
    assert_true(slice_eq(event.reference, event.payload));
    assert_true(slice_is(event.name, "\xef\xbf\xbd"));
    assert_int_equal(event.error.len, 0);
    arena_free(arena);
}

/* "T (4^X s), X = 0, 1, 2 ...": providers.md part 1.8. */
static void waits_grow(void **state)
{
    static const struct {
        int64_t after_ms;
        unsigned growth, earlier;
        int64_t expected;
    } rows[] = {
        {0, 0, 5, 0},
        {7000, 0, 0, 7000},
        {7000, 0, 9, 7000},
        {7000, 1, 9, 7000},
        {1000, 4, 0, 1000},
        {1000, 4, 1, 4000},
        {1000, 4, 2, 16000},
        {1000, 4, 5, 1024000},
        {1000, 4, 6, 3600000},
        {0, 4, 3, 0},
        {1000, 4, UINT32_MAX, 3600000},
        {7200000, 0, 0, 7200000},
    };
    (void)state;
    for (size_t i = 0; i < COUNT(rows); i++) {
        const struct send_result result = {
            .class = SEND_THROTTLED, .retry_after_ms = rows[i].after_ms, .retry_growth = rows[i].growth};
        assert_int_equal(send_retry_after_ms(&result, rows[i].earlier), rows[i].expected);
    }
}

/* A text of `count` times a character. */
static struct message repeated(struct arena *arena, const char *character, size_t count)
{
    struct buf text;
    struct message message = {.kind = MESSAGE_TEXT};
    buf_init(&text, 4096);
    for (size_t i = 0; i < count; i++)
        buf_adds(&text, character);
    message.text = arena_copy(arena, buf_slice(&text));
    buf_release(&text);
    return message;
}

/* What a message costs: providers.md part 10.5 for the segments. */
static void costs(void **state)
{
    static const struct {
        enum channel_kind kind;
        const char *character;
        size_t count, options;
        unsigned expected;
    } rows[] = {
        {CHANNEL_SMS, "a", 0, 0, 1},       {CHANNEL_SMS, "a", 160, 0, 1},
        {CHANNEL_SMS, "a", 161, 0, 2},     {CHANNEL_SMS, "a", 307, 0, 3},
        {CHANNEL_SMS, "ó", 70, 0, 1},      {CHANNEL_SMS, "ó", 71, 0, 2},
        {CHANNEL_SMS, "😀", 36, 0, 2},      {CHANNEL_SMS, "€", 81, 0, 2},
        {CHANNEL_SMS, "a", 154, 1, 1}, /* and a line of six: "1. Si" */
        {CHANNEL_SMS, "a", 155, 1, 2},     {CHANNEL_USSD, "a", 161, 0, 1},
        {CHANNEL_WHATSAPP, "ó", 71, 0, 1}, {CHANNEL_WHATSAPP, "a", 900, 3, 1},
    };
    (void)state;
    for (size_t i = 0; i < COUNT(rows); i++) {
        struct arena *arena = arena_new(KIT_ARENA);
        const struct channel channel = {.kind = rows[i].kind};
        struct message message = repeated(arena, rows[i].character, rows[i].count);
        for (size_t o = 0; o < rows[i].options; o++)
            message.options[message.option_count++] = (struct message_option){SLICE("si"), SLICE("Si"), SLICE_NONE};
        message.kind = message.option_count ? MESSAGE_BUTTONS : MESSAGE_TEXT;
        unsigned cost = adapter_cost(&channel, &message);
        if (cost != rows[i].expected)
            fail_msg("%zu times \"%s\", %zu options: %u", rows[i].count, rows[i].character, rows[i].options, cost);
        arena_free(arena);
    }
}

/* The encoding that a channel's operators know is what is paid for. */
static void a_shift_costs_less(void **state)
{
    static const struct setting settings[] = {
        {"sms_text", "cheapest"}, {"national_shift", "es"}, {"sms_segments", "2"}};
    struct channel channel = {.kind = CHANNEL_SMS, .settings = settings, .setting_count = COUNT(settings)};
    struct arena *arena = arena_new(KIT_ARENA);
    struct message message = repeated(arena, "ó", 71);
    (void)state;
    assert_int_equal(adapter_cost(&channel, &message), 2);
    channel.sms = adapter_sms_policy(&channel);
    assert_int_equal(channel.sms.manner, SMS_CHEAPEST);
    assert_int_equal(channel.sms.segments_max, 2);
    assert_int_equal(adapter_cost(&channel, &message), 1);
    channel.setting_count = 0;
    channel.sms = adapter_sms_policy(&channel);
    assert_int_equal(channel.sms.manner, SMS_PLAIN);
    assert_false(channel.sms.spanish_shift);
    arena_free(arena);
}

/* Without memory a cost may be too high, never too low. */
static void costs_without_memory(void **state)
{
    static const char *const characters[] = {"a", "ó", "😀", "€"};
    const struct channel channel = {.kind = CHANNEL_SMS};
    (void)state;
    for (size_t i = 0; i < COUNT(characters); i++)
        for (size_t count = 0; count < 700; count += 7) {
            struct arena *arena = arena_new(KIT_ARENA);
            struct message message = repeated(arena, characters[i], count);
            unsigned cost = adapter_cost(&channel, &message);
            mem_fail_after(0);
            unsigned blind = adapter_cost(&channel, &message);
            mem_fail_after(-1);
            assert_true(blind >= cost && cost >= 1);
            arena_free(arena);
        }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(the_table_knows_its_adapters),
        cmocka_unit_test(addresses_and_degrees),
        cmocka_unit_test(long_texts_are_cut),
        cmocka_unit_test(waits_grow),
        cmocka_unit_test(costs),
        cmocka_unit_test(a_shift_costs_less),
        cmocka_unit_test(costs_without_memory),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
