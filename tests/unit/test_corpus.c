#include "tests/unit/unit.h"

#include <string.h>

#include "base/mem.h"
#include "engine/corpus.h"

static const char survey[] = "text\tindustry\tproduct\toccupation\tstatus\tdepartment\n"
                             "VENTA DE ROPA\tcomercio\tROPA\t\t3\tNorte\n"
                             "# a comment\n"
                             "Cría de cuyes\tagro\tCUYES\tCRIADOR\t1\tSur\r\n"
                             "venta de  ropa\tcomercio\t\t\t4\tSur\n";

static void rows_come_with_origin_group_and_owner(void **state)
{
    static const struct {
        const char *text, *industry;
        enum origin origin;
        int group;
        bool owner;
    } rows[] = {
        {"VENTA DE ROPA", "comercio", ORIGIN_SURVEY, 0, true},
        {"ROPA", "comercio", ORIGIN_WORDS, 0, true},
        {"Cría de cuyes", "agro", ORIGIN_SURVEY, 1, false},
        {"CUYES", "agro", ORIGIN_WORDS, 1, false},
        {"CRIADOR", "agro", ORIGIN_WORDS, 1, false},
        {"venta de  ropa", "comercio", ORIGIN_SURVEY, 1, true},
        {"Minas", "otros", ORIGIN_LIST, CORPUS_GROUP_NONE, false},
    };
    struct corpus corpus;
    struct faults faults;
    (void)state;
    faults_init(&faults);
    assert_int_equal(corpus_init(&corpus), OK);
    assert_int_equal(corpus_add_table(&corpus, "s.tsv", slice_of(survey), &faults), OK);
    assert_int_equal(corpus_add_table(&corpus, "l.tsv", SLICE("industry\ttext\notros\tMinas\n"), &faults), OK);
    assert_int_equal(corpus.count, COUNT(rows));
    for (size_t i = 0; i < COUNT(rows); i++) {
        const struct example *e = &corpus.items[i];
        assert_true(slice_is(e->text, rows[i].text));
        assert_string_equal(industries.words[e->label].key, rows[i].industry);
        assert_int_equal(e->origin, rows[i].origin);
        assert_int_equal(e->group, rows[i].group);
        assert_int_equal(e->owner, rows[i].owner);
    }
    assert_true(corpus.items[0].key == corpus.items[5].key); /* they fold alike */
    assert_true(corpus.items[0].key != corpus.items[1].key);
    assert_string_equal(corpus.groups[1], "Sur");
    corpus_release(&corpus);
    faults_release(&faults);
}

static void tables_out_of_form_are_faults(void **state)
{
    static const struct {
        const char *bytes;
        enum error error;
        unsigned line;
    } rows[] = {
        {"text\tkind\na\tagro\n", ERR_SYNTAX, 1},
        {"text\tindustry\na\tagro\n\tagro\n", ERR_VALUE, 3},
        {"text\tindustry\na\tagricultura\n", ERR_VALUE, 2},
        {"text\tindustry\na\n", ERR_VALUE, 2},
    };
    (void)state;
    for (size_t i = 0; i < COUNT(rows); i++) {
        struct corpus corpus;
        struct faults faults;
        faults_init(&faults);
        assert_int_equal(corpus_init(&corpus), OK);
        assert_int_equal(corpus_add_table(&corpus, "t.tsv", slice_of(rows[i].bytes), &faults), rows[i].error);
        assert_int_equal(faults.total, 1);
        assert_int_equal(faults.items[0].line, rows[i].line);
        corpus_release(&corpus);
        faults_release(&faults);
    }
}

static void phrases_know_their_entry(void **state)
{
    struct phrases_source source = {"w", SLICE("sell\tcomercio\tropa, Zapatos\n"), "p", SLICE("sell\tvendo {x}\n")};
    struct corpus corpus;
    struct faults faults;
    (void)state;
    faults_init(&faults);
    assert_int_equal(corpus_init(&corpus), OK);
    assert_int_equal(corpus_add_phrases(&corpus, &source, 3, 1, &faults), OK);
    assert_int_equal(corpus.count, 6);
    assert_int_equal(corpus.origins[ORIGIN_MADE_UP], 6);
    assert_true(corpus.items[0].entry == corpus.items[2].entry);
    assert_true(corpus.items[3].entry == corpus_key(SLICE("zapatos")));
    source.lexicon = SLICE("sell\tventas\tropa\n");
    assert_int_equal(corpus_add_phrases(&corpus, &source, 3, 1, &faults), ERR_VALUE);
    assert_int_equal(faults.total, 1);
    corpus_release(&corpus);
    faults_release(&faults);
}

static void sets_hold_what_was_added(void **state)
{
    struct key_set set;
    (void)state;
    assert_int_equal(key_set_init(&set, 1000), OK);
    for (uint64_t i = 1; i <= 1000; i++)
        assert_true(key_set_add(&set, i * 64));
    for (uint64_t i = 1; i <= 1000; i++) {
        assert_false(key_set_add(&set, i * 64));
        assert_true(key_set_has(&set, i * 64));
        assert_false(key_set_has(&set, i * 64 + 1));
    }
    key_set_release(&set);
}

static void no_memory_ends_it(void **state)
{
    long successes = 0;
    enum error error;
    (void)state;
    do {
        struct corpus corpus;
        struct faults faults;
        faults_init(&faults);
        mem_fail_after(successes++);
        error = corpus_init(&corpus);
        if (!error)
            error = corpus_add_table(&corpus, "s.tsv", slice_of(survey), &faults);
        mem_fail_after(-1);
        corpus_release(&corpus);
        faults_release(&faults);
        assert_true(error == OK || error == ERR_NOMEM);
    } while (error && successes < 100);
    assert_in_range(successes, 2, 99);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(rows_come_with_origin_group_and_owner),
        cmocka_unit_test(tables_out_of_form_are_faults),
        cmocka_unit_test(phrases_know_their_entry),
        cmocka_unit_test(sets_hold_what_was_added),
        cmocka_unit_test(no_memory_ends_it),
    };
    return cmocka_run_group_tests_name("corpus", tests, NULL, NULL);
}
