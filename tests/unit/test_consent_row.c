/* Lines of the consent log: what was written comes back, in few bytes; what is no line is refused. */
#include "tests/unit/unit.h"

#include <string.h>

#include "gateway/consent_row.h"

#define NOW_MS 1795402800000

static const char who[] = "0123456789abcdef";

static struct slice write_row(struct buf *out, struct slice id, int64_t at_ms)
{
    struct consent_row row = {.at_ms = at_ms, .message_id = id};
    memcpy(row.who, who, CONSENT_WHO);
    buf_clear(out);
    assert_int_equal(consent_row_write(&row, out), OK);
    buf_adds(out, "17");
    return buf_slice(out);
}

static void what_was_written_comes_back(void **state)
{
    static const struct {
        struct slice id;
        size_t len; /* of the whole line */
    } rows[] = {
        {SLICE("SM0123456789abcdeffedcba9876543210"), CONSENT_WHO + 6 + 1 + 2 + 16 + 2},
        {SLICE("sevenap0123456789abcdeffedcba9876543210"), CONSENT_WHO + 6 + 1 + 7 + 16 + 2},
        {SLICE("eightlet0123456789abcdeffedcba9876543210"), CONSENT_WHO + 6 + 1 + 8 + 1 + 16 + 2},
        {SLICE("wamid.HBgLNTE5ODc2NTQzMjEVAgASGBQzQTg="), CONSENT_WHO + 6 + 1 + 38 + 2},
        {SLICE("3f2504e0-4f89-11d3-9a0c-0305e82c3301"), CONSENT_WHO + 6 + 1 + 1 + 4 + 1 + 28 + 2},
        {SLICE("wamid.HBgLNTE5ODc2NTQzMjEVAgASGBQzQTgzQTgHBgLNTE5ODc2NTQzMjEVAgASGBQzQTg="),
         CONSENT_WHO + 6 + 2 + 73 + 2},
        {SLICE(""), CONSENT_WHO + 6 + 1 + 2},
        {SLICE("123456789"), CONSENT_WHO + 6 + 1 + 1 + 4 + 1 + 1 + 2},
    };
    struct arena *arena = arena_new(64 * 1024);
    struct buf out;
    (void)state;
    buf_init(&out, 4096);
    for (size_t i = 0; i < COUNT(rows); i++) {
        struct consent_row back;
        struct slice line = write_row(&out, rows[i].id, NOW_MS + (int64_t)i);
        assert_int_equal(line.len, rows[i].len);
        assert_int_equal(consent_row_read(line, arena, &back), OK);
        assert_memory_equal(back.who, who, CONSENT_WHO);
        assert_int_equal(back.at_ms, NOW_MS + (int64_t)i);
        assert_int_equal(back.text, 17);
        assert_true(slice_eq(back.message_id, rows[i].id));
        for (size_t len = 0; len + 2 < line.len; len++) /* the number is its last two digits */
            if (consent_row_read(slice_part(line, 0, len), arena, &back) == OK)
                assert_false(slice_eq(back.message_id, rows[i].id));
    }
    buf_release(&out);
    arena_free(arena);
}

static void without_memory_it_is_an_error(void **state)
{
    struct arena *arena = arena_new(64 * 1024);
    struct buf out;
    struct consent_row back;
    (void)state;
    buf_init(&out, 4096);
    struct slice line = write_row(&out, SLICE("SM0123456789abcdeffedcba9876543210"), NOW_MS);
    while (arena_alloc(arena, 16))
        ;
    assert_int_equal(consent_row_read(line, arena, &back), ERR_NOMEM);
    buf_release(&out);
    arena_free(arena);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(what_was_written_comes_back),
        cmocka_unit_test(without_memory_it_is_an_error),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
