#include "tests/unit/unit.h"

#include "base/mem.h"
#include "gateway/outbox_entry.h"

static const char list_json[] =
    "{\"channel\":\"wa\",\"to\":\"+51987654321\",\"at\":1795402800000,\"text\":\"Elige\",\"list\":{\"button\":\"Ver\","
    "\"rows\":[{\"id\":\"a\",\"title\":\"Uno\",\"description\":\"primero\"},{\"id\":\"b\",\"title\":\"Dos\"}]}}";

static void an_entry_reads_back(void **state)
{
    enum error error;
    struct outbox_entry *e =
        outbox_entry_read(17, SLICE("1795402800000-3"), SLICE("confirmation"), slice_of(list_json), &error);
    (void)state;
    assert_non_null(e);
    assert_string_equal(e->reference, "17-1795402800000-3");
    assert_true(e->confirmation);
    assert_true(slice_is(e->to, "+51987654321"));
    assert_int_equal(e->at_ms, 1795402800000);
    assert_int_equal(e->message.kind, MESSAGE_LIST);
    assert_int_equal(e->message.option_count, 2);
    assert_true(slice_is(e->message.options[0].description, "primero"));
    assert_true(slice_is(e->message.list_button, "Ver"));
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
    };
    enum error error;
    (void)state;
    for (size_t i = 0; i < COUNT(rows); i++) {
        assert_null(outbox_entry_read(0, SLICE("1-0"), SLICE("reply"), slice_of(rows[i]), &error));
        assert_int_equal(error, ERR_SYNTAX);
    }
}

static void without_memory_an_entry_is_not_read(void **state)
{
    struct outbox_entry *e = NULL;
    enum error error;
    (void)state;
    for (long allowed = 0; !e; allowed++) {
        assert_true(allowed < 200);
        mem_fail_after(allowed);
        e = outbox_entry_read(0, SLICE("1-0"), SLICE("reply"), slice_of(list_json), &error);
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
        cmocka_unit_test(what_is_no_entry_is_refused),
        cmocka_unit_test(without_memory_an_entry_is_not_read),
        cmocka_unit_test(references_are_ours_or_not),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
