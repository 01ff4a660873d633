#include "tests/unit/unit.h"

#include <string.h>

#include "base/mem.h"
#include "gateway/store.h"

/* What the last callback was told. */
struct told {
    enum error error;
    bool called, has, repeated;
    uint64_t version;
    char state[64], reply[64], text[64];
};

static void keep(struct told *told, enum error error, const struct stored *stored)
{
    *told = (struct told){.error = error, .called = true, .has = stored != NULL};
    if (!stored)
        return;
    told->repeated = stored->repeated;
    told->version = stored->version;
    slice_copy(stored->state, told->state, sizeof(told->state));
    slice_copy(stored->reply.len ? stored->reply : stored->turn, told->reply, sizeof(told->reply));
    slice_copy(stored->ussd_text, told->text, sizeof(told->text));
}

static void on_loaded(void *ctx, enum error error, const struct stored *stored)
{
    keep(ctx, error, stored);
}

static struct commit make_commit(uint64_t expected, const char *id, const char *state, const char *reply)
{
    return (struct commit){
        .contact = SLICE("+51987654321"),
        .message_id = slice_of(id),
        .expected = expected,
        .state = slice_of(state),
        .reply = slice_of(reply),
        .journal = slice_of(reply),
        .session = SLICE("s1"),
        .ussd_text = SLICE("1*2"),
    };
}

static struct told commit(struct store *store, const struct commit *c)
{
    struct told told = {0};
    assert_int_equal(store_commit(store, c, on_loaded, &told), OK);
    assert_true(told.called);
    return told;
}

static struct told load(struct store *store, const char *id)
{
    struct told told = {0};
    assert_int_equal(store_load(store, SLICE("+51987654321"), slice_of(id), on_loaded, &told), OK);
    return told;
}

static void a_new_contact_has_version_0(void **state)
{
    struct store *store = store_memory_new();
    struct told told = load(store, "sms:a");
    (void)state;
    assert_false(told.repeated);
    assert_int_equal(told.version, 0);
    store_close(store);
}

static void a_commit_is_seen_and_its_repeat_changes_nothing(void **state)
{
    struct store *store = store_memory_new();
    struct commit first = make_commit(0, "sms:a", "one", "hola"), again = make_commit(1, "sms:a", "two", "otra");
    (void)state;
    assert_int_equal(commit(store, &first).error, OK);
    struct told told = load(store, "sms:a");
    assert_true(told.repeated);
    assert_string_equal(told.reply, "hola");
    told = commit(store, &again);
    assert_int_equal(told.error, ERR_CONFLICT);
    assert_true(told.repeated);
    told = load(store, "sms:b");
    assert_int_equal(told.version, 1);
    assert_string_equal(told.state, "one");
    assert_string_equal(told.text, "1*2");
    store_close(store);
}

static void a_stale_commit_gives_the_newer_contact(void **state)
{
    struct store *store = store_memory_new();
    struct commit first = make_commit(0, "sms:a", "one", ""), stale = make_commit(0, "sms:b", "two", "");
    (void)state;
    commit(store, &first);
    struct told told = commit(store, &stale);
    assert_int_equal(told.error, ERR_CONFLICT);
    assert_false(told.repeated);
    assert_int_equal(told.version, 1);
    assert_string_equal(told.state, "one");
    store_close(store);
}

static void erasing_forgets_the_contact_and_remembers_the_message(void **state)
{
    struct store *store = store_memory_new();
    struct commit first = make_commit(0, "sms:a", "one", "hola"), erase = make_commit(1, "sms:b", "", "adios");
    (void)state;
    erase.erase = true;
    commit(store, &first);
    assert_int_equal(commit(store, &erase).error, OK);
    assert_int_equal(load(store, "sms:c").version, 0);
    assert_string_equal(load(store, "sms:b").reply, "adios");
    assert_true(load(store, "sms:a").repeated);
    assert_string_equal(load(store, "sms:a").reply, "");
    store_close(store);
}

static void without_memory_nothing_changes(void **state)
{
    struct store *store = store_memory_new();
    struct commit first = make_commit(0, "sms:a", "one", "hola");
    struct told told = {0};
    enum error error = ERR_NOMEM;
    (void)state;
    for (long allowed = 0; error; allowed++) {
        assert_true(allowed < 50);
        mem_fail_after(allowed);
        error = store_commit(store, &first, on_loaded, &told);
        mem_fail_after(-1);
        if (error) {
            assert_false(told.called);
            assert_false(load(store, "sms:a").repeated);
        }
    }
    assert_true(load(store, "sms:a").repeated);
    store_close(store);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_new_contact_has_version_0),
        cmocka_unit_test(a_commit_is_seen_and_its_repeat_changes_nothing),
        cmocka_unit_test(a_stale_commit_gives_the_newer_contact),
        cmocka_unit_test(erasing_forgets_the_contact_and_remembers_the_message),
        cmocka_unit_test(without_memory_nothing_changes),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
