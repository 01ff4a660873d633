#include "tests/unit/unit.h"

#include <string.h>

#include "base/password.h"

static void a_password_is_its_own_hash_s_alone(void **state)
{
    char hash[PASSWORD_HASH], other[PASSWORD_HASH];
    (void)state;
    assert_int_equal(password_hash(SLICE("la casa de los abuelos"), hash), OK);
    assert_int_equal(password_hash(SLICE("la casa de los abuelos"), other), OK);
    assert_string_not_equal(hash, other); /* the salt */
    assert_true(strncmp(hash, "$argon2id$v=19$m=19456,t=2,p=1$", 31) == 0);
    assert_true(password_is(SLICE("la casa de los abuelos"), hash));
    assert_true(password_is(SLICE("la casa de los abuelos"), other));
    assert_false(password_is(SLICE("la casa de los abuelo"), hash));
    assert_false(password_is(SLICE_NONE, hash));
}

static void nobody_s_password_is_never_right(void **state)
{
    (void)state;
    assert_false(password_is(SLICE("anything"), ""));
    assert_false(password_is(SLICE_NONE, ""));
    assert_false(password_is(SLICE("anything"), "no hash at all"));
}

static void what_is_too_long_is_not_hashed(void **state)
{
    char hash[PASSWORD_HASH], text[PASSWORD_MAX + 2];
    (void)state;
    memset(text, 'a', sizeof(text));
    assert_int_equal(password_hash((struct slice){text, PASSWORD_MAX}, hash), OK);
    assert_true(password_is((struct slice){text, PASSWORD_MAX}, hash));
    assert_false(password_is((struct slice){text, PASSWORD_MAX + 1}, hash));
    assert_int_equal(password_hash((struct slice){text, PASSWORD_MAX + 1}, hash), ERR_LIMIT);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_password_is_its_own_hash_s_alone),
        cmocka_unit_test(nobody_s_password_is_never_right),
        cmocka_unit_test(what_is_too_long_is_not_hashed),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
