#include "tests/unit/unit.h"

#include <string.h>

#include "gateway/staff.h"

#define NOW 1795858551000

static const struct slice key = SLICE("0123456789abcdef0123456789abcdef");

static void names_are_plain(void **state)
{
    static const char *const good[] = {"ana", "ana.quispe-2_x", "a", "abcdefghijklmnopqrstuvwxyz123456"};
    static const char *const bad[] = {"",           "Ana",   "2ana", ".ana",
                                      "ana quispe", "ana\n", "añá",  "abcdefghijklmnopqrstuvwxyz1234567"};
    (void)state;
    for (size_t i = 0; i < COUNT(good); i++)
        assert_true(staff_is_name(slice_of(good[i])));
    for (size_t i = 0; i < COUNT(bad); i++)
        assert_false(staff_is_name(slice_of(bad[i])));
}

static void roles_have_names(void **state)
{
    (void)state;
    for (unsigned i = 0; role_names[i]; i++)
        assert_string_equal(role_name(role_of(slice_of(role_names[i]))), role_names[i]);
    assert_int_equal(role_of(SLICE("root")), 0);
    assert_int_equal(role_of(SLICE_NONE), 0);
    assert_string_equal(role_name(ROLE_VIEWER | ROLE_ADMIN), "");
}

static void records_are_read_as_written(void **state)
{
    struct staff_user user = {.role = ROLE_EDITOR, .created_ms = NOW, .hash = "$argon2id$v=19$x"}, user_again;
    struct staff_token token = {.expires_ms = NOW + 1, .created_ms = NOW, .user = "ana", .label = "two words"}, again;
    char out[STAFF_RECORD];
    (void)state;
    assert_true(staff_user_read(staff_user_write(&user, out), &user_again));
    assert_string_equal(out, "editor 1795858551000 0 active $argon2id$v=19$x");
    assert_int_equal(user_again.role, ROLE_EDITOR);
    assert_string_equal(user_again.hash, user.hash);
    staff_user_revoke(&user, NOW + 1);
    assert_true(staff_user_read(staff_user_write(&user, out), &user_again));
    assert_true(user_again.revoked && !user_again.hash[0] && user_again.ended_ms == NOW + 1);
    assert_true(staff_token_read(staff_token_write(&token, out), &again));
    assert_true(again.expires_ms == NOW + 1 && again.created_ms == NOW);
    assert_string_equal(again.user, "ana");
    assert_string_equal(again.label, "two words");
}

static void what_is_no_record_is_nobody_s(void **state)
{
    static const char *const users[] = {
        "", "root 1 0 active -", "admin", "admin 1", "admin x 0 active -", "admin 1 0 active - more",
        "admin 1 active -", "admin 1 x active -", "admin 1 0 active"};
    static const char *const tokens[] = {"", "1", "1 1", "x 1 ana l", "1 1 Ana l", "1 1 ana", "-1 1 ana l"};
    struct staff_user user;
    struct staff_token token;
    (void)state;
    for (size_t i = 0; i < COUNT(users); i++)
        assert_false(staff_user_read(slice_of(users[i]), &user));
    for (size_t i = 0; i < COUNT(tokens); i++)
        assert_false(staff_token_read(slice_of(tokens[i]), &token));
    assert_true(staff_user_read(SLICE("admin 1 0 anything -"), &user)); /* any state but active is none */
    assert_true(user.revoked);
}

static void what_was_revoked_does_not_come_back(void **state)
{
    struct staff_user user = {.role = ROLE_EDITOR, .created_ms = NOW};
    struct staff_token before = {.expires_ms = NOW + 1000, .created_ms = NOW, .user = "ana"}, after = before;
    (void)state;
    after.created_ms = NOW + 2;
    assert_true(staff_token_good(&before, &user, NOW));
    assert_false(staff_token_good(&before, &user, NOW + 1000));
    staff_user_revoke(&user, NOW + 1);
    assert_false(staff_token_good(&before, &user, NOW + 1));
    assert_false(staff_token_good(&after, &user, NOW + 2));
    user.revoked = false;
    assert_false(staff_token_good(&before, &user, NOW + 2));
    assert_true(staff_token_good(&after, &user, NOW + 2));
}

static void tokens_differ_and_have_digests(void **state)
{
    char one[STAFF_TOKEN], two[STAFF_TOKEN], digest[SHA256_HEX], again[SHA256_HEX];
    (void)state;
    assert_int_equal(staff_token_make(one, digest), OK);
    assert_int_equal(staff_token_make(two, again), OK);
    assert_int_equal(strlen(one), STAFF_TOKEN - 1);
    assert_string_not_equal(one, two);
    assert_string_not_equal(digest, again);
    assert_int_equal(staff_token_digest(slice_of(one), again), OK);
    assert_string_equal(digest, again);
    assert_int_equal(staff_token_digest(SLICE("chk_short"), again), ERR_REFUSED);
    one[0] = 'x';
    assert_int_equal(staff_token_digest(slice_of(one), again), ERR_REFUSED);
}

static void an_operator_s_token_is_good_for_minutes_and_one_key(void **state)
{
    char token[STAFF_OPERATOR_TOKEN], user[STAFF_NAME];
    (void)state;
    assert_int_equal(staff_operator_token(key, SLICE("Root"), NOW, token), ERR_VALUE);
    assert_int_equal(staff_operator_token(key, SLICE("ana_q"), NOW, token), OK);
    assert_true(staff_is_operator(key, slice_of(token), NOW, user));
    assert_string_equal(user, "ana_q");
    assert_true(staff_is_operator(key, slice_of(token), NOW + STAFF_OPERATOR_MS - 1, user));
    assert_false(staff_is_operator(key, slice_of(token), NOW + STAFF_OPERATOR_MS, user));
    assert_false(staff_is_operator(key, slice_of(token), NOW - 1, user)); /* nobody makes one for later */
    assert_false(staff_is_operator(SLICE("another key"), slice_of(token), NOW, user));
    for (size_t i = 0; token[i]; i++) { /* no byte can be another */
        const char kept = token[i];
        token[i] = kept == '0' ? '1' : '0';
        assert_false(staff_is_operator(key, slice_of(token), NOW, user));
        token[i] = kept;
    }
    for (size_t len = 0; len < strlen(token); len++)
        assert_false(staff_is_operator(key, (struct slice){token, len}, NOW, user));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(names_are_plain),
        cmocka_unit_test(roles_have_names),
        cmocka_unit_test(records_are_read_as_written),
        cmocka_unit_test(what_is_no_record_is_nobody_s),
        cmocka_unit_test(what_was_revoked_does_not_come_back),
        cmocka_unit_test(tokens_differ_and_have_digests),
        cmocka_unit_test(an_operator_s_token_is_good_for_minutes_and_one_key),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
