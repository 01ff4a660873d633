#include "tests/unit/unit.h"

#include "gateway/message_class.h"

static void each_class_is_found_by_its_name(void **state)
{
    (void)state;
    for (int i = 0; i < MESSAGE_CLASSES; i++) {
        enum message_class class;
        assert_true(message_class_find(slice_of(message_class((enum message_class)i)->name), &class));
        assert_int_equal(class, i);
    }
}

static void other_words_are_no_class(void **state)
{
    static const char *const words[] = {"", "Reply", "repl", "replyy", "notice ", "bulk"};
    enum message_class class = CLASS_NOTICE;
    (void)state;
    for (size_t i = 0; i < COUNT(words); i++)
        assert_false(message_class_find(slice_of(words[i]), &class));
    assert_int_equal(class, CLASS_NOTICE);
}

static void the_rows_say_what_a_class_may_do(void **state)
{
    static const struct {
        enum message_class class;
        bool bulk, after_opt_out, keeps_hours, capped;
        int64_t deadline_h;
    } rows[] = {
        {CLASS_REPLY, false, false, false, false, 24},
        {CLASS_CONFIRMATION, false, true, false, false, 7 * 24},
        {CLASS_REMINDER, true, false, true, true, 12},
        {CLASS_NOTICE, true, false, true, true, 72},
    };
    (void)state;
    for (size_t i = 0; i < COUNT(rows); i++) {
        const struct message_class_row *row = message_class(rows[i].class);
        assert_int_equal(row->bulk, rows[i].bulk);
        assert_int_equal(row->after_opt_out, rows[i].after_opt_out);
        assert_int_equal(row->keeps_hours, rows[i].keeps_hours);
        assert_int_equal(row->capped, rows[i].capped);
        assert_int_equal(row->deadline_ms, rows[i].deadline_h * 3600000);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(each_class_is_found_by_its_name),
        cmocka_unit_test(other_words_are_no_class),
        cmocka_unit_test(the_rows_say_what_a_class_may_do),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
