#include "tests/unit/unit.h"

#include <string.h>

#include "gateway/catalogue_kept.h"

static struct arena *arena;

static int set_up(void **state)
{
    (void)state;
    arena = arena_new(CATALOGUE_KEPT_ROOM);
    return arena ? 0 : -1;
}

static int tear_down(void **state)
{
    (void)state;
    arena_free(arena);
    return 0;
}

/* A reply of texts, as HGETALL gives it. */
static redisReply *reply_of(const char *const *texts, size_t count, redisReply *items, redisReply **pointers,
                            redisReply *out)
{
    for (size_t i = 0; i < count; i++) {
        items[i] = (redisReply){.type = REDIS_REPLY_STRING, .str = (char *)texts[i], .len = strlen(texts[i])};
        pointers[i] = &items[i];
    }
    *out = (redisReply){.type = REDIS_REPLY_ARRAY, .elements = count, .element = pointers};
    return out;
}

static struct catalogue_kept *kept_of(const char *const *texts, size_t count)
{
    redisReply items[16], *pointers[16], reply;
    struct catalogue_kept *kept = arena_bytes(arena, sizeof(*kept));
    assert_int_equal(catalogue_kept_read(reply_of(texts, count, items, pointers, &reply), arena, kept), OK);
    return kept;
}

/* "VERSION: id=text …" */
static void assert_is(const struct catalogue_kept *kept, const char *wanted)
{
    struct buf out;
    buf_init(&out, 1000);
    buf_addf(&out, "%llu:", (unsigned long long)kept->version);
    for (size_t i = 0; i < kept->count; i++)
        buf_addf(&out, " %.*s=%.*s", (int)kept->items[i].id.len, kept->items[i].id.ptr, (int)kept->items[i].text.len,
                 kept->items[i].text.ptr);
    assert_string_equal(buf_text(&out), wanted);
    buf_release(&out);
}

static const char *const three[] = {"c", "{3}", "#version", "7", "a", "{1}", "#order", "b a c", "b", "{2}"};

static void entries_come_in_their_order(void **state)
{
    static const char *const odd[] = {"#version", "2", "#order", "a b", "a", "{1}", "z", "{9}"};
    static const char *const no_version[] = {"#order", "a", "a", "{1}"};
    (void)state;
    assert_is(kept_of(three, COUNT(three)), "7: b={2} a={1} c={3}");
    assert_is(kept_of(NULL, 0), "0:");
    assert_is(kept_of(odd, COUNT(odd)), "2: a={1}");
    assert_is(kept_of(no_version, COUNT(no_version)), "0:");
}

static void a_version_is_undone(void **state)
{
    struct catalogue_kept *kept = kept_of(three, COUNT(three));
    (void)state;
    assert_int_equal(catalogue_kept_undo(kept, SLICE("a c"), SLICE("b \na {0}\n"), arena), OK);
    assert_is(kept, "6: a={0} c={3}");
    assert_int_equal(catalogue_kept_undo(kept, SLICE("d c a"), SLICE("d {\"x\": \"y z\"}\n"), arena), OK);
    assert_is(kept, "5: d={\"x\": \"y z\"} c={3} a={0}");
    assert_int_equal(catalogue_kept_undo(kept, SLICE(""), SLICE("d \nc \na \n"), arena), OK);
    assert_is(kept, "4:");
}

static void what_changes_is_told_for_the_function(void **state)
{
    struct catalogue_kept *before = kept_of(three, COUNT(three)), *after = kept_of(three, COUNT(three));
    struct buf out;
    (void)state;
    buf_init(&out, 1000);
    catalogue_kept_put_changes(&out, before, after);
    assert_int_equal(out.len, 0);
    catalogue_kept_remove(after, SLICE("b"));
    catalogue_kept_remove(after, SLICE("nobody"));
    assert_int_equal(catalogue_kept_put(after, SLICE("c"), SLICE("{4}")), OK);
    assert_int_equal(catalogue_kept_put(after, SLICE("d"), SLICE("{5}")), OK);
    catalogue_kept_put_changes(&out, before, after);
    assert_string_equal(buf_text(&out), "c {4}\nd {5}\nb \n");
    buf_clear(&out);
    catalogue_kept_put_order(&out, after);
    assert_string_equal(buf_text(&out), "a c d");
    buf_release(&out);
}

static void there_is_room_for_so_many(void **state)
{
    struct catalogue_kept *kept = arena_alloc(arena, sizeof(*kept));
    (void)state;
    for (size_t i = 0; i < CATALOGUE_RESOURCES_MAX; i++)
        assert_int_equal(catalogue_kept_put(kept, slice_of(arena_printf(arena, "r%zu", i)), SLICE("{}")), OK);
    assert_int_equal(catalogue_kept_put(kept, SLICE("r7"), SLICE("{}")), OK);
    assert_int_equal(catalogue_kept_put(kept, SLICE("more"), SLICE("{}")), ERR_LIMIT);
}

static void missing_memory_is_told(void **state)
{
    redisReply items[16], *pointers[16], reply;
    struct catalogue_kept *kept = arena_bytes(arena, sizeof(*kept));
    struct arena *small = arena_new(3);
    (void)state;
    reply_of(three, COUNT(three), items, pointers, &reply);
    assert_int_equal(catalogue_kept_read(&reply, small, kept), ERR_NOMEM);
    assert_int_equal(catalogue_kept_undo(kept, SLICE("a"), SLICE("b \n"), small), ERR_NOMEM);
    arena_free(small);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(entries_come_in_their_order, set_up, tear_down),
        cmocka_unit_test_setup_teardown(a_version_is_undone, set_up, tear_down),
        cmocka_unit_test_setup_teardown(what_changes_is_told_for_the_function, set_up, tear_down),
        cmocka_unit_test_setup_teardown(there_is_room_for_so_many, set_up, tear_down),
        cmocka_unit_test_setup_teardown(missing_memory_is_told, set_up, tear_down),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
