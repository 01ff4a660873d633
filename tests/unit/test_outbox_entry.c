#include "tests/unit/unit.h"

#include "base/mem.h"
#include "gateway/outbox_entry.h"

static const char list_json[] =
    "{\"channel\":\"wa\",\"to\":\"+51987654321\",\"at\":1795402800000,\"text\":\"Elige\",\"list\":{\"button\":\"Ver\","
    "\"rows\":[{\"id\":\"a\",\"title\":\"Uno\",\"description\":\"primero\"},{\"id\":\"b\",\"title\":\"Dos\"}]}}";

static struct outbox_entry *read_entry(unsigned shard, struct slice id, struct slice class, const char *json,
                                       enum error *error)
{
    const struct store_entry item = {.shard = shard, .id = id, .class = class, .json = slice_of(json)};
    return outbox_entry_read(&item, STREAM_REPLIES, error);
}

static void an_entry_reads_back(void **state)
{
    enum error error;
    struct outbox_entry *e = read_entry(17, SLICE("1795402800000-3"), SLICE("confirmation"), list_json, &error);
    (void)state;
    assert_non_null(e);
    assert_string_equal(e->reference, "17-1795402800000-3");
    assert_int_equal(e->class, CLASS_CONFIRMATION);
    assert_true(slice_is(e->to, "+51987654321"));
    assert_int_equal(e->at_ms, 1795402800000);
    assert_int_equal(e->message.kind, MESSAGE_LIST);
    assert_int_equal(e->message.option_count, 2);
    assert_true(slice_is(e->message.options[0].description, "primero"));
    assert_true(slice_is(e->message.list_button, "Ver"));
    outbox_entry_free(e);
}

static void a_template_reads_back(void **state)
{
    enum error error;
    struct outbox_entry *e = read_entry(
        0, SLICE("1-0"), SLICE("reminder"),
        "{\"channel\":\"wa\",\"to\":\"+51987654321\",\"at\":1,\"text\":\"x\",\"template\":{\"name\":\"aviso\","
        "\"language\":\"es\",\"params\":[\"a\",\"b\"],\"buttons\":true}}",
        &error);
    (void)state;
    assert_non_null(e);
    assert_ptr_equal(e->message.template, &e->template);
    assert_true(slice_is(e->template.name, "aviso") && slice_is(e->template.language, "es"));
    assert_int_equal(e->template.param_count, 2);
    assert_true(slice_is(e->template.params[1], "b") && e->template.buttons);
    outbox_entry_free(e);
}

static void escaped_texts_read_as_they_were(void **state)
{
    enum error error;
    struct outbox_entry *e = read_entry(0, SLICE("1-0"), SLICE("reply"),
                                        "{\"channel\":\"wa\",\"to\":\"+51987654321\",\"at\":1,\"text\":"
                                        "\"\\\"S\\u00ed\\\"\\n\\ud83d\\ude00\\u0000\",\"buttons\":"
                                        "[{\"id\":\"a\\\\b\",\"title\":\"Uno\"},{\"id\":\"c\",\"title\":\"D\\tos\"}]}",
                                        &error);
    (void)state;
    assert_non_null(e);
    assert_true(slice_is(e->message.text, "\"S\xc3\xad\"\n\xf0\x9f\x98\x80\xef\xbf\xbd"));
    assert_int_equal(e->message.kind, MESSAGE_BUTTONS);
    assert_true(slice_is(e->message.options[0].id, "a\\b") && slice_is(e->message.options[0].title, "Uno"));
    assert_true(slice_is(e->message.options[1].title, "D\tos"));
    outbox_entry_free(e);
}

static void what_is_no_entry_is_refused(void **state)
{
    static const char *const rows[] = {
        "",
        "{}",
        "[1]",
        "{\"channel\":\"wa\",\"to\":\"+51987654321\",\"text\":\"x\"}",
        "{\"channel\":\"\",\"to\":\"+51987654321\",\"at\":1,\"text\":\"x\"}",
        "{\"channel\":\"wa\",\"to\":7,\"at\":1,\"text\":\"x\"}",
        "{\"channel\":\"wa\",\"to\":\"+5\",\"at\":1}",
        "{\"channel\":\"wa\",\"to\":\"+5\",\"at\":1,\"text\":\"x\"",
        "{\"channel\":\"wa\",\"to\":\"+5\",\"at\":1,\"text\":\"x\"}}",
        "{\"channel\":\"wa\",\"to\":\"+5\",\"at\":1,\"text\":\"\xff\"}",
        "{\"channel\":\"wa\",\"to\":\"+5\",\"at\":1,\"text\":\"x\",\"buttons\":[{\"id\" \"a\"}]}",
        "{\"channel\":\"wa\",\"to\":\"+5\",\"at\":1,\"text\":\"x\",\"template\":{\"params\":[\"a\" \"b\"]}}",
    };
    enum error error;
    (void)state;
    for (size_t i = 0; i < COUNT(rows); i++) {
        assert_null(read_entry(0, SLICE("1-0"), SLICE("reply"), rows[i], &error));
        assert_int_equal(error, ERR_SYNTAX);
    }
}

static void what_a_person_sends_again_is_of_that_instant(void **state)
{
    const struct store_entry item = {
        .id = SLICE("1-0"), .class = SLICE("reply"), .json = slice_of(list_json), .again_ms = 7};
    enum error error;
    struct outbox_entry *e = outbox_entry_read(&item, STREAM_BULK, &error);
    (void)state;
    assert_non_null(e);
    assert_int_equal(e->at_ms, 7);
    assert_int_equal(e->stream, STREAM_BULK);
    outbox_entry_free(e);
    assert_null(read_entry(0, SLICE("1-0"), SLICE("nonsense"), list_json, &error));
    assert_int_equal(error, ERR_SYNTAX);
}

static void without_memory_an_entry_is_not_read(void **state)
{
    struct outbox_entry *e = NULL;
    enum error error;
    (void)state;
    for (long allowed = 0; !e; allowed++) {
        assert_true(allowed < 200);
        mem_fail_after(allowed);
        e = read_entry(0, SLICE("1-0"), SLICE("reply"), list_json, &error);
        mem_fail_after(-1);
    }
    assert_int_equal(e->message.option_count, 2);
    outbox_entry_free(e);
}

static void references_are_ours_or_not(void **state)
{
    static const struct {
        const char *reference;
        bool ours;
    } rows[] = {
        {"17-1795402800000-3", true}, {"0-1-0", true},  {"64-1-0", false},
        {"17-1795402800000", false},  {"", false},      {"a-1-0", false},
        {"17-1-0-9", false},          {"17--0", false}, {"17-99999999999999999999999999999999-0", false},
    };
    unsigned shard;
    char id[32];
    (void)state;
    for (size_t i = 0; i < COUNT(rows); i++)
        assert_int_equal(outbox_reference_read(slice_of(rows[i].reference), &shard, id), rows[i].ours);
    assert_true(outbox_reference_read(SLICE("17-1795402800000-3"), &shard, id));
    assert_int_equal(shard, 17);
    assert_string_equal(id, "1795402800000-3");
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(an_entry_reads_back),
        cmocka_unit_test(a_template_reads_back),
        cmocka_unit_test(escaped_texts_read_as_they_were),
        cmocka_unit_test(what_is_no_entry_is_refused),
        cmocka_unit_test(what_a_person_sends_again_is_of_that_instant),
        cmocka_unit_test(without_memory_an_entry_is_not_read),
        cmocka_unit_test(references_are_ours_or_not),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
