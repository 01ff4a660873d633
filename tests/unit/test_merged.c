#include "tests/unit/unit.h"

#include "dialog/merged.h"

static const struct merged_fact sales = {.slot = SLICE("sales"),
                                         .value = SLICE("1500/month"),
                                         .raw = SLICE("unos 1500\nal mes, ñ"),
                                         .confidence = 0.9375,
                                         .at_ms = 1795435200123,
                                         .rule = SLICE("diagnostico 1"),
                                         .message_id = SLICE("SM01")};

static void what_is_written_is_read(void **state)
{
    const struct merged_fact bare = {.slot = SLICE("goal"), .value = SLICE("finance")};
    struct merged_fact read;
    struct buf text;
    (void)state;
    buf_init(&text, 1024);
    merged_put(&text, &sales);
    merged_put(&text, &bare);
    struct slice rest = buf_slice(&text);
    assert_true(merged_cut(&rest, &read));
    assert_true(slice_eq(read.slot, sales.slot) && slice_eq(read.value, sales.value) && slice_eq(read.raw, sales.raw));
    assert_true(slice_eq(read.rule, sales.rule) && slice_eq(read.message_id, sales.message_id));
    assert_int_equal(read.at_ms, sales.at_ms);
    assert_true(read.confidence == 0.9375);
    assert_true(merged_cut(&rest, &read));
    assert_true(slice_eq(read.slot, bare.slot) && !read.raw.len && !read.at_ms);
    assert_false(merged_cut(&rest, &read));
    assert_true(merged_find(buf_slice(&text), SLICE("goal"), &read));
    assert_false(merged_find(buf_slice(&text), SLICE("ruc"), &read));
    buf_release(&text);
}

static void what_is_no_fact_is_passed_over(void **state)
{
    static const char *const rows[] = {
        "",
        "\x1e\x1e",
        "sales\x1f"
        "1/day",
        "\x1f"
        "1/day\x1f"
        "9\x1f"
        "9\x1fr\x1fi\x1fw",
        "s\x1fv\x1f"
        "10001\x1f"
        "9\x1fr\x1fi\x1fw",
        "s\x1fv\x1f"
        "9\x1f-9\x1fr\x1fi\x1fw",
        "s\x1fv\x1f"
        "9\x1f"
        "9\x1fr\x1fi\x1fw\x1f",
    };
    struct merged_fact read;
    (void)state;
    for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
        struct buf text;
        buf_init(&text, 1024);
        buf_adds(&text, rows[i]);
        merged_put(&text, &sales);
        struct slice rest = buf_slice(&text);
        assert_true(merged_cut(&rest, &read));
        assert_true(slice_eq(read.slot, sales.slot));
        assert_false(merged_cut(&rest, &read));
        buf_release(&text);
    }
}

static void a_text_with_a_separator_is_not_written(void **state)
{
    struct merged_fact fact = sales;
    (void)state;
    assert_true(merged_can_put(&fact));
    fact.raw = SLICE("a\x1f");
    assert_false(merged_can_put(&fact));
    fact.raw = SLICE("a\x1e");
    assert_false(merged_can_put(&fact));
    fact.raw = SLICE_NONE;
    fact.slot = SLICE_NONE;
    assert_false(merged_can_put(&fact));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(what_is_written_is_read),
        cmocka_unit_test(what_is_no_fact_is_passed_over),
        cmocka_unit_test(a_text_with_a_separator_is_not_written),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
