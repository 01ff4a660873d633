/* Languages' files: what ships is whole, a slip is named at its place, values are said as the file says. */
#include "tests/unit/unit.h"

#include <stdio.h>
#include <string.h>

#include "base/mem.h"
#include "dialog/value.h"
#include "tests/unit/translate_kit.h"

static char *read_text(const char *path)
{
    FILE *in = fopen(path, "rb");
    char *bytes = mem_alloc(1 << 20);
    assert_non_null(in);
    assert_non_null(bytes);
    bytes[fread(bytes, 1, (1 << 20) - 1, in)] = '\0';
    fclose(in);
    return bytes;
}

static enum error read_tongue(const char *yaml, struct arena *arena, struct faults *faults, struct tongue *out)
{
    return tongue_read("x.yaml", "jbo", slice_of(yaml), arena, faults, out);
}

static void what_ships_is_whole(void **state)
{
    static const char *const keys[] = {"es", "en", "qu", "quz"};
    (void)state;
    for (size_t i = 0; i < COUNT(keys); i++) {
        char path[64];
        struct faults faults;
        struct tongue tongue;
        struct arena *arena = arena_new(1 << 24);
        snprintf(path, sizeof(path), "config/languages/%s.yaml", keys[i]);
        char *yaml = read_text(path);
        faults_init(&faults);
        enum error error = tongue_read(path, keys[i], slice_of(yaml), arena, &faults, &tongue);
        faults_print(&faults, stdout);
        assert_int_equal(error, OK);
        assert_true(tongue.reviewed || tongue.partial);
        faults_release(&faults);
        mem_free(yaml);
        arena_free(arena);
    }
}

static void says_values_as_its_file_does(void **state)
{
    static const struct {
        enum slot_type type;
        const char *value, *words;
    } rows[] = {
        {TYPE_MONEY, "1500/month", "1500 rupnu ca masti"},
        {TYPE_MONEY, "500..800/week", "500 bi o 800 rupnu ca jeftu"},
        {TYPE_MONEY, "1500/?", "1500 rupnu"},
        {TYPE_CUSTOMERS, "20/day", "20 ca djedi"},
        {TYPE_WORKERS, "2..5", "2 bi o 5"},
        {TYPE_TENURE, "30", "2 nanca e 6 masti"},
        {TYPE_TENURE, "-1", "za u"},
        {TYPE_GOAL, "other", "drata"},
        {TYPE_REGION, "08", "Cusco"},
        {TYPE_TREND, "UNKNOWN", "na djuno"},
    };
    struct arena *arena = arena_new(1 << 24);
    struct faults faults;
    struct tongue tongue;
    struct buf out;
    (void)state;
    faults_init(&faults);
    assert_int_equal(read_tongue(translate_tongue, arena, &faults, &tongue), OK);
    buf_init(&out, 256);
    for (size_t i = 0; i < COUNT(rows); i++) {
        buf_clear(&out);
        value_speak(&tongue, rows[i].type, slice_of(rows[i].value), &out);
        assert_string_equal(buf_text(&out), rows[i].words);
    }
    buf_release(&out);
    faults_release(&faults);
    arena_free(arena);
}

static void each_slip_is_named(void **state)
{
    static const struct {
        const char *yaml, *fault;
    } rows[] = {
        {"", "x.yaml:1:1: a language begins with `name:`"},
        {"reviewed: true\nphrases: {partial: true}\n", "x.yaml:1:1: the file has no `name`"},
        {"name: A\n", "x.yaml:1:1: the file has no `phrases`"},
        {"name: A\nphrases: {partial: maybe}\n", "x.yaml:2:20: 'partial' must be true or false"},
        {"name: A\nphrases: {partial: true, unknwon: x}\n",
         "x.yaml:2:26: `phrases` has no key 'unknwon'; did you mean unknown"},
        {"name: A\nphrases: {partial: true, amount: {money: S}}\n", "'money' must have 1 times the sign #"},
        {"name: A\nphrases: {partial: true, pages: {more: 123456}}\n", "'more' has 6 characters, and only 5"},
        {"name: A\nphrases: {partial: true, unknown: \xE2\x98\xBA}\n", "no plain SMS can carry"},
        {"name: A\nphrases: {partial: true, fallback: jbo}\n", "`fallback` must be the key of another language"},
        {"name: A\nphrases: {partial: true, called: word}\n", "`called` must be a list of forms"},
        {"name: A\nphrases: {unknown: x}\n", "`phrases` has no 'refused': write it, or `partial: true`"},
    };
    (void)state;
    for (size_t i = 0; i < COUNT(rows); i++) {
        struct arena *arena = arena_new(1 << 24);
        struct faults faults;
        struct tongue tongue;
        char text[2048];
        FILE *told = fmemopen(text, sizeof(text), "w");
        faults_init(&faults);
        assert_int_not_equal(read_tongue(rows[i].yaml, arena, &faults, &tongue), OK);
        faults_print(&faults, told);
        fclose(told);
        if (!strstr(text, rows[i].fault))
            fail_msg("'%s' is not in: %s", rows[i].fault, text);
        faults_release(&faults);
        arena_free(arena);
    }
}

static void without_memory_reading_fails(void **state)
{
    enum error error = ERR_NOMEM;
    (void)state;
    for (long n = 0; error; n++) {
        struct faults faults;
        struct tongue tongue;
        faults_init(&faults);
        mem_fail_after(n);
        struct arena *arena = arena_new(1 << 24);
        error = arena ? read_tongue(translate_tongue, arena, &faults, &tongue) : ERR_NOMEM;
        mem_fail_after(-1);
        arena_free(arena);
        faults_release(&faults);
        assert_true(error == OK || error == ERR_NOMEM);
        assert_true(n < 1000);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(what_ships_is_whole),
        cmocka_unit_test(says_values_as_its_file_does),
        cmocka_unit_test(each_slip_is_named),
        cmocka_unit_test(without_memory_reading_fails),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
