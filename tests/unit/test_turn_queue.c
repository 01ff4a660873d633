#include "tests/unit/unit.h"

#include <stdio.h>

#include "gateway/turn_queue.h"

static void each_contact_has_a_line_of_its_own(void **state)
{
    struct turn_queue queue = {.lines = {NULL}};
    struct turn_place ana[3], luis;
    (void)state;
    assert_true(turn_queue_join(&queue, &ana[0], SLICE("+51900000001")));
    assert_false(turn_queue_join(&queue, &ana[1], SLICE("+51900000001")));
    assert_true(turn_queue_join(&queue, &luis, SLICE("+51900000002")));
    assert_false(turn_queue_join(&queue, &ana[2], SLICE("+51900000001")));
    assert_ptr_equal(turn_queue_leave(&queue, &ana[0]), &ana[1]);
    assert_null(turn_queue_leave(&queue, &luis));
    assert_ptr_equal(turn_queue_leave(&queue, &ana[1]), &ana[2]);
    assert_null(turn_queue_leave(&queue, &ana[2]));
    assert_true(turn_queue_join(&queue, &ana[0], SLICE("+51900000001")));
    assert_null(turn_queue_leave(&queue, &ana[0]));
}

/* More contacts than buckets: lines share them without touching each other. */
static void lines_share_buckets(void **state)
{
    enum { CONTACTS = 3 * TURN_LINES };
    static struct turn_queue queue;
    static struct turn_place places[CONTACTS][2];
    static char names[CONTACTS][16];
    (void)state;
    for (int i = 0; i < CONTACTS; i++) {
        snprintf(names[i], sizeof(names[i]), "+519%08d", i);
        assert_true(turn_queue_join(&queue, &places[i][0], slice_of(names[i])));
        assert_false(turn_queue_join(&queue, &places[i][1], slice_of(names[i])));
    }
    for (int i = 0; i < CONTACTS; i += 2)
        assert_ptr_equal(turn_queue_leave(&queue, &places[i][0]), &places[i][1]);
    for (int i = CONTACTS - 1; i >= 0; i--) {
        if (i % 2)
            assert_ptr_equal(turn_queue_leave(&queue, &places[i][0]), &places[i][1]);
        assert_null(turn_queue_leave(&queue, &places[i][1]));
    }
    for (size_t i = 0; i < TURN_LINES; i++)
        assert_null(queue.lines[i]);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(each_contact_has_a_line_of_its_own),
        cmocka_unit_test(lines_share_buckets),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
