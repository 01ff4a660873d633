/* An endpoint's record, its secrets and signatures, and what a delivery says. */
#include "tests/unit/unit.h"

#include <stdio.h>
#include <string.h>

#include "base/mem.h"
#include "gateway/webhook.h"

#define KEY SLICE("0123456789abcdef0123456789abcdef")
#define NOW_MS INT64_C(1795402800000)

static struct arena *arena;
static struct buf out;

static int set_up(void **state)
{
    (void)state;
    arena = arena_new(1 << 20);
    buf_init(&out, 1 << 16);
    return 0;
}

static int tear_down(void **state)
{
    (void)state;
    arena_free(arena);
    buf_release(&out);
    return 0;
}

static struct webhook make(void)
{
    return (struct webhook){.id = "wh_0123456789abc",
                            .url = SLICE("https://crm.example.pe/in"),
                            .description = SLICE("the \"CRM\""),
                            .by = SLICE("ana"),
                            .types = 1u << WEBHOOK_UPDATED | 1u << WEBHOOK_DIAGNOSED,
                            .purpose = webhook_purpose(SLICE("ofertas_aliados")),
                            .numbers = true,
                            .created_ms = NOW_MS,
                            .from_ms = NOW_MS,
                            .generation = 7,
                            .word = SLICE("00112233445566778899aabbccddeeff"),
                            .word_before = SLICE(""),
                            .off = SLICE("")};
}

static void a_record_is_read_as_it_was_written(void **state)
{
    const struct webhook made = make();
    struct webhook read;
    (void)state;
    webhook_write(&made, &out);
    assert_int_equal(out.error, OK);
    assert_int_equal(webhook_read(SLICE("wh_0123456789abc"), buf_slice(&out), arena, &read), OK);
    assert_string_equal(read.id, made.id);
    assert_true(slice_eq(read.url, made.url) && slice_eq(read.description, made.description));
    assert_true(slice_eq(read.word, made.word) && slice_eq(read.by, made.by) && !read.off.len);
    assert_int_equal(read.types, made.types);
    assert_int_equal(read.purpose, made.purpose);
    assert_true(read.numbers && read.generation == 7 && read.created_ms == NOW_MS);
}

static void what_is_no_record_is_refused(void **state)
{
    static const char *const rows[] = {"", "[]", "{}", "{\"url\":1}", "{\"url\":\"https://a.pe\"}", "nonsense"};
    struct webhook made = make(), read;
    (void)state;
    for (size_t i = 0; i < COUNT(rows); i++)
        assert_int_equal(webhook_read(SLICE("wh_1"), slice_of(rows[i]), arena, &read), ERR_SYNTAX);
    made.types = 0;
    webhook_write(&made, &out);
    assert_int_equal(webhook_read(SLICE("wh_1"), buf_slice(&out), arena, &read), ERR_SYNTAX);
    buf_clear(&out);
    made = make();
    webhook_write(&made, &out);
    assert_int_equal(webhook_read(SLICE("wh_0123456789abcdef"), buf_slice(&out), arena, &read), ERR_SYNTAX);
    for (long n = 0; n < 200; n++) {
        mem_fail_after(n);
        enum error error = webhook_read(SLICE("wh_1"), buf_slice(&out), arena, &read);
        mem_fail_after(-1);
        if (error == OK)
            return;
        assert_int_equal(error, ERR_NOMEM);
    }
    fail_msg("it never came through");
}

/* The secret's text is the key's base64: whoever is given it signs as we do (tests/blackbox/partners.test.mjs has the
 * reference's own library verify it). */
static void deliveries_are_signed_with_what_the_secret_says(void **state)
{
    struct webhook w = make();
    char secret[WEBHOOK_SECRET], other[WEBHOOK_SECRET], signature[WEBHOOK_SIGNATURE_MAX], expected[128], text[64];
    unsigned char bytes[SHA256_BYTES], digest[SHA256_BYTES];
    size_t len;
    (void)state;
    assert_int_equal(webhook_secret(KEY, w.word, secret), OK);
    assert_int_equal(webhook_secret(KEY, SLICE("another"), other), OK);
    assert_string_not_equal(secret, other);
    assert_memory_equal(secret, "whsec_", 6);
    assert_true(base64_decode(slice_of(secret + 6), bytes, sizeof(bytes), &len));
    assert_int_equal(len, sizeof(bytes));
    assert_int_equal(hmac_sha256((struct slice){(char *)bytes, len}, SLICE("3-1-0.1795402800.{}"), digest), OK);
    base64_encode(digest, sizeof(digest), text);
    snprintf(expected, sizeof(expected), "v1,%s", text);
    assert_int_equal(webhook_sign(&w, KEY, "3-1-0", NOW_MS / 1000, SLICE("{}"), signature), OK);
    assert_string_equal(signature, expected);
    w.word_before = SLICE("ffeeddccbbaa99887766554433221100");
    w.both_until_ms = NOW_MS + 1;
    assert_int_equal(webhook_sign(&w, KEY, "3-1-0", NOW_MS / 1000, SLICE("{}"), signature), OK);
    assert_memory_equal(signature, expected, strlen(expected));
    assert_memory_equal(signature + strlen(expected), " v1,", 4);
    w.both_until_ms = NOW_MS;
    assert_int_equal(webhook_sign(&w, KEY, "3-1-0", NOW_MS / 1000, SLICE("{}"), signature), OK);
    assert_string_equal(signature, expected);
}

static void a_number_is_told_only_where_it_may_be(void **state)
{
    const struct webhook_event event = {.number = SLICE("+51987654321"),
                                        .who = SLICE("0a1b"),
                                        .type = SLICE("contact.updated"),
                                        .data = SLICE("{\"facts\":{}}"),
                                        .at_ms = NOW_MS};
    struct webhook w = make();
    (void)state;
    webhook_put_body(&w, &event, &out);
    assert_string_equal(buf_text(&out),
                        "{\"type\":\"contact.updated\",\"timestamp\":\"2026-11-23T03:00:00.000Z\",\"data\":{"
                        "\"contact\":\"0a1b\",\"number\":\"+51987654321\",\"facts\":{}}}");
    buf_clear(&out);
    w.numbers = false;
    webhook_put_body(&w, &event, &out);
    assert_null(strstr(buf_text(&out), "987"));
}

static void an_endpoint_takes_what_it_asked_for(void **state)
{
    struct webhook w = make();
    struct webhook_event event = {.type = SLICE("contact.updated"), .purposes = w.purpose};
    (void)state;
    assert_true(webhook_takes(&w, &event));
    event.purposes = ~w.purpose;
    assert_false(webhook_takes(&w, &event));
    event.purposes = w.purpose;
    event.type = SLICE("contact.withdrawn");
    assert_false(webhook_takes(&w, &event));
    event.type = SLICE("contact.moved");
    assert_false(webhook_takes(&w, &event));
    event.type = SLICE("diagnosis.done");
    assert_true(webhook_takes(&w, &event));
    w.off = SLICE("staff");
    assert_false(webhook_takes(&w, &event));
}

static void tries_come_later_and_later(void **state)
{
    int64_t before = 0, sum = 0;
    (void)state;
    for (int64_t tries = 1; tries <= 9; tries++) {
        const int64_t least = webhook_wait_ms(tries, 0), most = webhook_wait_ms(tries, 255);
        assert_true(least > before && most > least && most * 9 <= least * 11);
        before = least;
        sum += least;
    }
    assert_int_equal(webhook_wait_ms(10, 0), webhook_wait_ms(9, 0));
    assert_int_equal(webhook_wait_ms(1, 0), 4500);
    assert_true(sum > INT64_C(2) * 86400000);
}

static void ids_are_chance(void **state)
{
    char a[WEBHOOK_ID], b[WEBHOOK_ID], word[WEBHOOK_WORD];
    (void)state;
    webhook_make_id(a);
    webhook_make_id(b);
    webhook_make_word(word);
    assert_int_equal(strlen(a), WEBHOOK_ID - 1);
    assert_int_equal(strlen(word), WEBHOOK_WORD - 1);
    assert_string_not_equal(a, b);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(a_record_is_read_as_it_was_written, set_up, tear_down),
        cmocka_unit_test_setup_teardown(what_is_no_record_is_refused, set_up, tear_down),
        cmocka_unit_test_setup_teardown(deliveries_are_signed_with_what_the_secret_says, set_up, tear_down),
        cmocka_unit_test_setup_teardown(a_number_is_told_only_where_it_may_be, set_up, tear_down),
        cmocka_unit_test_setup_teardown(an_endpoint_takes_what_it_asked_for, set_up, tear_down),
        cmocka_unit_test_setup_teardown(tries_come_later_and_later, set_up, tear_down),
        cmocka_unit_test_setup_teardown(ids_are_chance, set_up, tear_down),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
