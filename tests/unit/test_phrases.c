#include "tests/unit/unit.h"

#include <string.h>

#include "base/buf.h"
#include "base/mem.h"
#include "engine/phrases.h"

static const char lexicon[] = "# made up\nsell\tcomercio\tropa, zapatos\n\nplace\totros\tmina\n";
static const char patterns[] =
    "sell\tvendo {x}\nplace\tmi {x}\nplace\t{x}\nhead\thola\ntail\ten {lugar}\nlugar\tlima\n";

struct catch
{
    struct buf text;
    size_t count, fail_at; /* fails at that row, from 1; 0 never */
};

static enum error catch_phrase(void *ctx, const struct phrase *phrase)
{
    struct catch *catch = ctx;
    if (++catch->count == catch->fail_at)
        return ERR_LIMIT;
    buf_addslice(&catch->text, phrase->label);
    buf_addc(&catch->text, ':');
    buf_addslice(&catch->text, phrase->text);
    buf_addc(&catch->text, '\n');
    return OK;
}

static enum error expand(const char *words, const char *sentences, unsigned per_entry, uint64_t seed,
                         struct faults *faults, struct catch *catch)
{
    struct phrases_source source = {"words.tsv", slice_of(words), "sentences.tsv", slice_of(sentences)};
    return phrases_expand(&source, per_entry, seed, faults, catch_phrase, catch);
}

static void the_bare_entry_comes_first(void **state)
{
    struct catch catch = {.count = 0};
    struct faults faults;
    (void)state;
    faults_init(&faults);
    buf_init(&catch.text, 10000);
    assert_int_equal(expand(lexicon, patterns, 1, 1, &faults, &catch), OK);
    assert_string_equal(buf_text(&catch.text), "comercio:ropa\ncomercio:zapatos\notros:mina\n");
    buf_release(&catch.text);
    faults_release(&faults);
}

static void the_same_seed_gives_the_same_rows(void **state)
{
    struct catch runs[3] = {{.count = 0}};
    struct faults faults;
    (void)state;
    faults_init(&faults);
    for (size_t i = 0; i < 3; i++) {
        buf_init(&runs[i].text, 100000);
        assert_int_equal(expand(lexicon, patterns, 20, i == 2 ? 8 : 7, &faults, &runs[i]), OK);
        assert_int_equal(runs[i].count, 60);
    }
    assert_true(slice_eq(buf_slice(&runs[0].text), buf_slice(&runs[1].text)));
    assert_false(slice_eq(buf_slice(&runs[0].text), buf_slice(&runs[2].text)));
    assert_non_null(strstr(buf_text(&runs[0].text), "comercio:vendo ropa\n"));
    assert_non_null(strstr(buf_text(&runs[0].text), "en lima\n"));
    for (size_t i = 0; i < 3; i++)
        buf_release(&runs[i].text);
    faults_release(&faults);
}

static void lines_out_of_form_are_faults(void **state)
{
    static const struct {
        const char *words, *sentences, *file;
        unsigned line;
    } rows[] = {
        {"sell\tcomercio\n", patterns, "words.tsv", 1},
        {"\nsell\tcomercio\ta\tb\n", patterns, "words.tsv", 2},
        {"fly\tcomercio\ta\n", patterns, "words.tsv", 1},
        {lexicon, "sell vendo\n", "sentences.tsv", 1},
        {lexicon, "sell\tvendo {x}\nsell\t\n", "sentences.tsv", 2},
    };
    (void)state;
    for (size_t i = 0; i < COUNT(rows); i++) {
        struct catch catch = {.count = 0};
        struct faults faults;
        faults_init(&faults);
        buf_init(&catch.text, 10000);
        assert_int_equal(expand(rows[i].words, rows[i].sentences, 2, 1, &faults, &catch), ERR_SYNTAX);
        assert_int_equal(faults.total, 1);
        assert_string_equal(faults.items[0].file, rows[i].file);
        assert_int_equal(faults.items[0].line, rows[i].line);
        faults_release(&faults);
        buf_release(&catch.text);
    }
}

static void a_receiver_may_end_it(void **state)
{
    struct catch catch = {.fail_at = 4};
    struct faults faults;
    (void)state;
    faults_init(&faults);
    buf_init(&catch.text, 10000);
    assert_int_equal(expand(lexicon, patterns, 5, 1, &faults, &catch), ERR_LIMIT);
    assert_int_equal(catch.count, 4);
    buf_release(&catch.text);
    faults_release(&faults);
}

static void no_memory_ends_it(void **state)
{
    long successes = 0;
    enum error error;
    (void)state;
    do {
        struct catch catch = {.count = 0};
        struct faults faults;
        faults_init(&faults);
        buf_init(&catch.text, 10000);
        mem_fail_after(successes++);
        error = expand(lexicon, patterns, 3, 1, &faults, &catch);
        bool whole = !catch.text.error;
        mem_fail_after(-1);
        buf_release(&catch.text);
        faults_release(&faults);
        if (!error && whole)
            break;
        assert_true(error == OK || error == ERR_NOMEM);
    } while (successes < 1000);
    assert_in_range(successes, 3, 999);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(the_bare_entry_comes_first),
        cmocka_unit_test(the_same_seed_gives_the_same_rows),
        cmocka_unit_test(lines_out_of_form_are_faults),
        cmocka_unit_test(a_receiver_may_end_it),
        cmocka_unit_test(no_memory_ends_it),
    };
    return cmocka_run_group_tests_name("phrases", tests, NULL, NULL);
}
