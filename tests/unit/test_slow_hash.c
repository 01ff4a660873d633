#include "tests/unit/unit.h"

#include <stdio.h>

#include "base/mem.h"
#include "gateway/slow_hash.h"

static struct event_base *base;
static struct slow_hash *slow;

struct ending {
    unsigned times;
    bool is;
    char made[PASSWORD_HASH];
};

static int set_up(void **state)
{
    (void)state;
    base = event_base_new();
    slow = slow_hash_open(base);
    return slow ? 0 : -1;
}

static int tear_down(void **state)
{
    (void)state;
    slow_hash_close(slow);
    event_base_free(base);
    return 0;
}

static void on_done(void *ctx, bool is, const char *made)
{
    struct ending *ending = ctx;
    ending->times++;
    ending->is = is;
    snprintf(ending->made, sizeof(ending->made), "%s", made);
}

static void wait_for(const struct ending *ending)
{
    while (!ending->times)
        event_base_loop(base, EVLOOP_ONCE);
}

static void what_was_made_compares(void **state)
{
    struct ending made = {0}, right = {0}, wrong = {0}, nobody = {0};
    (void)state;
    assert_int_equal(slow_hash_make(slow, SLICE("doce letras sí"), on_done, &made), OK);
    wait_for(&made);
    assert_true(made.made[0] == '$');
    assert_int_equal(slow_hash_compare(slow, SLICE("doce letras sí"), slice_of(made.made), on_done, &right), OK);
    assert_int_equal(slow_hash_compare(slow, SLICE("doce letras no"), slice_of(made.made), on_done, &wrong), OK);
    assert_int_equal(slow_hash_compare(slow, SLICE("doce letras no"), SLICE_NONE, on_done, &nobody), OK);
    assert_int_equal(right.times, 0); /* never from inside */
    wait_for(&nobody);
    assert_true(right.times == 1 && right.is);
    assert_true(wrong.times == 1 && !wrong.is);
    assert_true(nobody.times == 1 && !nobody.is);
}

static void too_many_are_refused(void **state)
{
    struct ending endings[SLOW_HASH_WAITING + 1] = {0};
    (void)state;
    for (size_t i = 0; i < SLOW_HASH_WAITING; i++)
        assert_int_equal(slow_hash_make(slow, SLICE("a"), on_done, &endings[i]), OK);
    assert_int_equal(slow_hash_make(slow, SLICE("a"), on_done, &endings[SLOW_HASH_WAITING]), ERR_UNAVAILABLE);
    wait_for(&endings[SLOW_HASH_WAITING - 1]);
    assert_int_equal(slow_hash_make(slow, SLICE("a"), on_done, &endings[SLOW_HASH_WAITING]), OK);
}

static void whoever_waits_at_the_end_is_told(void **state)
{
    struct ending endings[3] = {0};
    (void)state;
    for (size_t i = 0; i < COUNT(endings); i++)
        assert_int_equal(slow_hash_make(slow, SLICE("a"), on_done, &endings[i]), OK);
    slow_hash_close(slow);
    slow = NULL;
    for (size_t i = 0; i < COUNT(endings); i++) {
        assert_int_equal(endings[i].times, 1);
        assert_string_equal(endings[i].made, "");
    }
}

static void limits_and_missing_memory_are_told_at_once(void **state)
{
    char text[PASSWORD_MAX + 1] = {0};
    struct ending ending = {0};
    (void)state;
    assert_int_equal(slow_hash_make(slow, (struct slice){text, sizeof(text)}, on_done, &ending), ERR_LIMIT);
    mem_fail_after(0);
    enum error making = slow_hash_make(slow, SLICE("a"), on_done, &ending);
    enum error comparing = slow_hash_compare(slow, SLICE("a"), SLICE_NONE, on_done, &ending);
    struct slow_hash *none = slow_hash_open(base);
    mem_fail_after(-1);
    assert_int_equal(making, ERR_NOMEM);
    assert_int_equal(comparing, ERR_NOMEM);
    assert_null(none);
    assert_int_equal(ending.times, 0);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(what_was_made_compares, set_up, tear_down),
        cmocka_unit_test_setup_teardown(too_many_are_refused, set_up, tear_down),
        cmocka_unit_test_setup_teardown(whoever_waits_at_the_end_is_told, set_up, tear_down),
        cmocka_unit_test_setup_teardown(limits_and_missing_memory_are_told_at_once, set_up, tear_down),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
