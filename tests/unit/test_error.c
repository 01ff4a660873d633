#include "tests/unit/unit.h"

#include <string.h>

#include "base/error.h"
#include "base/mem.h"
#include "base/utf8.h"

static void every_error_has_its_phrase(void **state)
{
    (void)state;
    for (int e = OK; e >= ERR_UNSUPPORTED; e--) {
        assert_string_not_equal(error_text((enum error)e), "unknown error");
        for (int other = OK; other > e; other--)
            assert_string_not_equal(error_text((enum error)e), error_text((enum error)other));
    }
    assert_string_equal(error_text((enum error)1), "unknown error");
    assert_string_equal(error_text((enum error)(ERR_UNSUPPORTED - 1)), "unknown error");
    assert_string_equal(error_text(ERR_CONFLICT), "changed meanwhile");
}

static const char *printed(const struct faults *faults, char *out, size_t size)
{
    FILE *file = fmemopen(out, size, "w");
    assert_non_null(file);
    faults_print(faults, file);
    fclose(file);
    return out;
}

static void faults_are_printed_in_order(void **state)
{
    struct faults faults;
    char out[500];
    (void)state;
    faults_init(&faults);
    faults_add(&faults, "a.yaml", 12, 7, "rate is %d: it must be from %s", 0, "0.1 to 1000");
    faults_add(&faults, "a.yaml", 3, 0, "no column");
    faults_add(&faults, "b.yaml", 0, 0, "no line");
    faults_add(&faults, NULL, 0, 0, "no file");
    faults_add(&faults, "", 5, 5, "%s", "100%");
    assert_int_equal(faults.count, 5);
    assert_int_equal(faults.total, 5);
    assert_string_equal(printed(&faults, out, sizeof(out)), "a.yaml:12:7: rate is 0: it must be from 0.1 to 1000\n"
                                                            "a.yaml:3: no column\n"
                                                            "b.yaml: no line\n"
                                                            "no file\n"
                                                            "100%\n");
    faults_release(&faults);
    assert_int_equal(faults.total, 0);
    assert_null(faults.items);
    faults_release(&faults);
}

static void too_many_are_counted(void **state)
{
    struct faults faults;
    static char out[100000];
    (void)state;
    faults_init(&faults);
    for (int i = 0; i < FAULTS_MAX + 2; i++)
        faults_add(&faults, "f", (unsigned)i + 1, 1, "t");
    assert_int_equal(faults.count, FAULTS_MAX);
    assert_int_equal(faults.total, FAULTS_MAX + 2);
    assert_non_null(strstr(printed(&faults, out, sizeof(out)), "f:1000:1: t\nand 2 more\n"));
    faults_release(&faults);
}

static void long_sentences_end_with_a_character(void **state)
{
    static char text[3000];
    (void)state;
    for (size_t lead = 0; lead < 4; lead++) {
        struct faults faults;
        size_t len = lead;
        memset(text, 'a', lead);
        while (len < 2000)
            len += utf8_encode(0x1F600, text + len);
        text[len] = '\0';
        faults_init(&faults);
        faults_add(&faults, "f", 1, 1, "%s", text);
        struct slice kept = slice_of(faults.items[0].text);
        assert_true(utf8_valid(kept));
        assert_in_range(kept.len, 1000, 1023);
        assert_true(slice_starts(slice_of(text), faults.items[0].text));
        faults_release(&faults);
    }
}

static void no_memory_only_counts(void **state)
{
    (void)state;
    for (long n = 0; n < 20; n++) {
        struct faults faults;
        faults_init(&faults);
        mem_fail_after(n);
        for (int i = 0; i < 3; i++)
            faults_add(&faults, "file", 1, 1, "text %d", i);
        mem_fail_after(-1);
        assert_int_equal(faults.total, 3);
        assert_int_equal(faults.count, n < 3 ? 0 : n < 6 ? 1 : n < 9 ? 2 : 3);
        faults_release(&faults);
    }
}

static void memory_beyond_all_measure_is_none(void **state)
{
    (void)state;
    assert_null(mem_copy("x", SIZE_MAX));
    char *empty = mem_copy(NULL, 0);
    assert_string_equal(empty, "");
    mem_free(empty);
    mem_free(NULL);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(every_error_has_its_phrase), cmocka_unit_test(faults_are_printed_in_order),
        cmocka_unit_test(too_many_are_counted),       cmocka_unit_test(long_sentences_end_with_a_character),
        cmocka_unit_test(no_memory_only_counts),      cmocka_unit_test(memory_beyond_all_measure_is_none),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
