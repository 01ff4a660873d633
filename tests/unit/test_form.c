#include "tests/unit/unit.h"

#include <string.h>

#include "base/form.h"
#include "base/mem.h"

/* Writes the fields as name=value joined by "|", so that a row can say what it expects. */
static void write_fields(const struct form *form, struct buf *out)
{
    for (size_t i = 0; i < form->count; i++) {
        buf_adds(out, i ? "|" : "");
        buf_addslice(out, form->fields[i].name);
        buf_addc(out, '=');
        buf_addslice(out, form->fields[i].value);
    }
}

static void decodes_in_order(void **state)
{
    static const struct {
        const char *text, *expected;
    } rows[] = {
        {"", ""},
        {"a=1", "a=1"},
        {"a=1&b=2&a=3", "a=1|b=2|a=3"},
        {"&&a=1&&", "a=1"},
        {"a", "a="},
        {"=v", "=v"},
        {"a=b=c", "a=b=c"},
        {"Body=hola+a+todos", "Body=hola a todos"},
        {"From=%2B51987654321", "From=+51987654321"},
        {"Body=%C2%BFqu%c3%a9%3F", "Body=\u00BFqu\u00E9?"},
        {"hub.mode=subscribe&hub.challenge=1158201444", "hub.mode=subscribe|hub.challenge=1158201444"},
        {"id=%N&status=1", "id=%N|status=1"},
        {"a=%&b=%4&c=%4g&d=%%41", "a=%|b=%4|c=%4g|d=%A"},
        {"%61%3D=%26", "a==&"},
        {"a=\xff%fe", "a=\xff\xfe"},
    };
    (void)state;
    struct arena *arena = arena_new(1 << 16);
    for (size_t i = 0; i < COUNT(rows); i++) {
        struct form form;
        struct buf out;
        buf_init(&out, 1024);
        assert_int_equal(form_parse(slice_of(rows[i].text), arena, &form), OK);
        write_fields(&form, &out);
        assert_string_equal(buf_text(&out), rows[i].expected);
        buf_release(&out);
    }
    arena_free(arena);
}

static void keeps_a_nul_in_a_value(void **state)
{
    struct arena *arena = arena_new(4096);
    struct form form;
    (void)state;
    assert_int_equal(form_parse(SLICE("a=x%00y"), arena, &form), OK);
    assert_true(slice_eq(form_get(&form, "a"), SLICE("x\0y")));
    arena_free(arena);
}

static void gets_the_first_of_a_name(void **state)
{
    struct arena *arena = arena_new(4096);
    struct form form;
    (void)state;
    assert_int_equal(form_parse(SLICE("a=1&a=2&e="), arena, &form), OK);
    assert_true(slice_is(form_get(&form, "a"), "1"));
    assert_non_null(form_get(&form, "e").ptr);
    assert_int_equal(form_get(&form, "e").len, 0);
    assert_null(form_get(&form, "A").ptr);
    arena_free(arena);
}

static void refuses_more_fields_than_the_limit(void **state)
{
    char text[2 * FORM_FIELDS_MAX + 3];
    struct arena *arena = arena_new(1 << 16);
    struct form form = {.count = 7};
    (void)state;
    for (size_t i = 0; i <= FORM_FIELDS_MAX; i++)
        memcpy(text + 2 * i, "a&", 2);
    assert_int_equal(form_parse((struct slice){text, 2 * FORM_FIELDS_MAX + 2}, arena, &form), ERR_LIMIT);
    assert_int_equal(form.count, 7);
    assert_int_equal(form_parse((struct slice){text, 2 * FORM_FIELDS_MAX}, arena, &form), OK);
    assert_int_equal(form.count, FORM_FIELDS_MAX);
    arena_free(arena);
}

static void encodes_what_is_not_unreserved(void **state)
{
    static const struct {
        const char *text, *expected;
    } rows[] = {
        {"", ""},
        {"aZ09-._~", "aZ09-._~"},
        {"a b&c=d+e", "a%20b%26c%3Dd%2Be"},
        {"\u00F1/\U0001F600", "%C3%B1%2F%F0%9F%98%80"},
    };
    (void)state;
    for (size_t i = 0; i < COUNT(rows); i++) {
        struct buf out;
        buf_init(&out, 1024);
        form_encode(slice_of(rows[i].text), &out);
        assert_string_equal(buf_text(&out), rows[i].expected);
        buf_release(&out);
    }
}

static void fails_cleanly_without_memory(void **state)
{
    enum error error = ERR_NOMEM;
    char text[20001];
    (void)state;
    memset(text, 'a', sizeof(text));
    text[10000] = '&';
    for (long n = 0; error == ERR_NOMEM; n++) {
        struct form form;
        mem_fail_after(n);
        struct arena *arena = arena_new(1 << 16);
        error = arena ? form_parse((struct slice){text, sizeof(text)}, arena, &form) : ERR_NOMEM;
        mem_fail_after(-1);
        arena_free(arena);
        assert_true(n < 100);
    }
    assert_int_equal(error, OK);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(decodes_in_order),
        cmocka_unit_test(keeps_a_nul_in_a_value),
        cmocka_unit_test(gets_the_first_of_a_name),
        cmocka_unit_test(refuses_more_fields_than_the_limit),
        cmocka_unit_test(encodes_what_is_not_unreserved),
        cmocka_unit_test(fails_cleanly_without_memory),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
