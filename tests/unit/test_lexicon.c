#include "tests/unit/unit.h"

#include <stdio.h>
#include <string.h>

#include "base/buf.h"
#include "base/mem.h"
#include "dialog/language.h"
#include "dialog/lexer.h"
#include "dialog/recognise.h"
#include "tests/unit/languages_kit.h"

#define FILE_BYTES (256 * 1024)

/* Reads a shipped file; the caller frees. */
static char *read_file(const char *path)
{
    FILE *in = fopen(path, "rb");
    char *text = mem_alloc(FILE_BYTES);
    assert_non_null(in);
    assert_non_null(text);
    size_t len = fread(text, 1, FILE_BYTES - 1, in);
    assert_true(feof(in) && len > 0);
    fclose(in);
    return text;
}

/* Adds the languages that Spanish is read with. */
static void add_companions(struct languages *languages, struct faults *faults)
{
    static const char *const files[] = {"config/languages/qu.yaml", "config/languages/quz.yaml",
                                        "config/languages/ay.yaml"};
    for (size_t i = 0; i < COUNT(files); i++) {
        char *text = read_file(files[i]);
        assert_int_equal(languages_add(languages, files[i], slice_of(text), faults), OK);
        mem_free(text);
    }
}

/* Puts one text in the place of another. */
static void change(struct buf *out, const char *text, const char *from, const char *to)
{
    const char *at = strstr(text, from);
    if (!at)
        fail_msg("\"%s\" is not there", from);
    buf_init(out, FILE_BYTES);
    buf_addslice(out, (struct slice){text, (size_t)(at - text)});
    buf_adds(out, to);
    buf_adds(out, at + strlen(from));
    assert_int_equal(out->error, OK);
}

static void each_fault_names_its_place_and_remedy(void **state)
{
    static const struct {
        const char *from, *to, *fault;
    } rows[] = {
        {"language: es", "language: ES", "a language begins with `language: KEY`"},
        {"spelling: es", "spelling: pt", "'pt' is no spelling: it must be es or none"},
        {"\nwords:\n", "\nwords:\n  abuot: unos\n", "has no key 'abuot' (did you mean 'about'?)"},
        {"\n  between: entre\n", "\n", "the class of words 'between' is missing: add it"},
        {"\n  between: entre\n", "\n  between: Entre\n", "'Entre' is no word"},
        {"\n  between: entre\n", "\n  between: [entre]\n", "words are needed here"},
        {"  yesno:\n", "  yesnot:\n", "has no key 'yesnot'"},
        {"  yesno:\n", "  yesno:\n    - [\"ja\", si, 0.9]\n",
         "'si' is no value of yesno: it must be one of: yes no maybe"},
        {"  yesno:\n", "  yesno:\n    - [\"ja\", yes, 1.1]\n", "this is no confidence: it must be from 0 to 1"},
        {"  yesno:\n", "  yesno:\n    - [\"ja\"]\n", "a row of yesno is [\"form\", value, confidence]"},
        {"  yesno:\n", "  yesno:\n    - [\"ja?\", yes, 0.9]\n", "this is no form of words"},
        {"  yesno:\n", "  yesno:\n    - [\"ja ^ so\", yes, 0.9]\n", "this is no form of words"},
        {"  yesno:\n", "  yesno:\n    - [\"a? b? c? d? e? f? g? .. .. h\", yes, 0.9]\n", "this is no form of words"},
        {"  yesno:\n", "  yesno:\n    - [\"@nowhere\", yes, 0.9]\n",
         "'@nowhere' is neither in `groups` nor in `words`"},
        {"  yesno:\n", "  yesno:\n    - nowhere\n", "'nowhere' is no table whose rows could stand here"},
        {"  recents:\n", "  recents:\n    - [\"ja\", soon, 0.9]\n",
         "'soon' is no value of recents: it must be a whole"},
        {"  places:\n", "  places:\n    - [\"aqui\", \"01\", 0.9]\n", "a row of places is [[name, another name]"},
        {"  multiplier: {", "  multiplier: {ja: 1, ", "a number is `word: 1000`"},
        {"\njoined:\n", "\njoined:\n  ja: nein\n", "`joined` is a map of"},
        {"\nabbreviations:\n  {", "\nabbreviations:\n  {J: ja, ", "an abbreviation is `written: meant`"},
        {"also: [qu, quz, ay]", "also: [tl]", "there is no other language 'tl'"},
        {"\n  trade: dor", "\n  trade: Dor", "'Dor' is no word"},
        {"\n  trade: dor", "\n  trade: dor*", "endings are at most 16, of small letters"},
        {"\n  plural: s es", "\n  plural: a b c d e f g h i j k l m n o p q",
         "endings are at most 16, of small letters"},
        {"\n  plural: s es", "\n  plurals: s es", "has no key 'plurals' (did you mean 'plural'?)"},
        {"name: Castellano", "nombre: Castellano", "has no key 'nombre'"},
    };
    char *shipped = read_file("config/languages/es.yaml");
    (void)state;
    for (size_t i = 0; i < COUNT(rows); i++) {
        struct languages *languages = languages_new();
        struct faults faults;
        struct buf text;
        faults_init(&faults);
        change(&text, shipped, rows[i].from, rows[i].to);
        enum error error = languages_add(languages, "es.yaml", buf_slice(&text), &faults);
        if (!error) {
            add_companions(languages, &faults);
            error = languages_finish(languages, &faults);
        }
        if (error != ERR_VALUE || faults.count == 0 || !strstr(faults.items[0].text, rows[i].fault) ||
            faults.items[0].line == 0)
            fail_msg("row %zu gave: %s", i, faults.count ? faults.items[0].text : "no fault");
        buf_release(&text);
        faults_release(&faults);
        languages_free(languages);
    }
    mem_free(shipped);
}

static void a_language_is_added_by_a_file(void **state)
{
    static const char german[] =
        "language: de\nname: Deutsch\nspelling: none\nalso: [es]\n"
        "words: {plus: und y}\nnumbers: {plain: {zwei: 2, zwanzig: 20}, multiplier: {tausend: 1000}}\n"
        "groups: {gladly: gern gerne}\n"
        "endings: {small: lein, plural: en, trade: meister}\n"
        "tables: {yesno: [[\"^ ja|jawohl|@gladly\", yes, 0.9], [\"^ nein\", no, 0.9]],\n"
        "  periods: [[woche, week, 1]], units: [[jahre|jahren, year]]}\n";
    static const struct {
        enum slot_type type;
        const char *said, *value;
    } rows[] = {
        {TYPE_YESNO, "Jawohl!", "yes"},
        {TYPE_YESNO, "gerne", "yes"},
        {TYPE_YESNO, "nein", "no"},
        {TYPE_YESNO, "claro", "yes"}, /* and Spanish with it */
        {TYPE_TENURE, "zwanzig jahre", "240"},
        {TYPE_TENURE, "2 jahren und 3 meses", "27"},
        {TYPE_MONEY, "zwei tausend soles pro woche", "2000/week"},
        {TYPE_YESNO, "neim", NULL},
        {TYPE_TENURE, "2 jahrelein", "24"}, /* its own endings, and Spanish ones */
        {TYPE_TENURE, "2 mesesitos", "2"},
        {TYPE_WORKERS, "zwei baumeister", "3"},
        {TYPE_WORKERS, "zwei baumeisteren", "3"},
        {TYPE_WORKERS, "zwei barberos", "3"},
        {TYPE_WORKERS, "zwei bausteine", NULL},
    };
    struct languages *languages = languages_new();
    struct faults faults;
    (void)state;
    faults_init(&faults);
    char *spanish = read_file("config/languages/es.yaml");
    assert_int_equal(languages_add(languages, "es.yaml", slice_of(spanish), &faults), OK);
    assert_int_equal(languages_add(languages, "de.yaml", slice_of(german), &faults), OK);
    add_companions(languages, &faults);
    assert_int_equal(languages_finish(languages, &faults), OK);
    for (size_t i = 0; i < COUNT(rows); i++) {
        struct recognised found = {.value = ""};
        enum error error =
            recognise(languages_lexicon(languages, "de"), rows[i].type, SLICE_NONE, slice_of(rows[i].said), 0, &found);
        if ((error == OK) != (rows[i].value != NULL) || (rows[i].value && strcmp(found.value, rows[i].value) != 0))
            fail_msg("\"%s\" is %s", rows[i].said, found.value);
    }
    assert_false(languages_named(languages, SLICE("de"))->reviewed);
    assert_true(slice_is(languages_named(languages, SLICE("de"))->name, "Deutsch"));
    assert_ptr_equal(languages_lexicon(languages, "xx"), languages_lexicon(languages, "es"));
    assert_int_equal(languages_add(languages, "zwei.yaml", slice_of(german), &faults), ERR_VALUE);
    mem_free(spanish);
    faults_release(&faults);
    languages_free(languages);
}

/* Rows of the other languages stand behind a language's own, or where its table says so. */
static void a_table_says_where_the_others_are_read(void **state)
{
    static const struct {
        const char *from, *to, *value;
    } rows[] = {
        {"", "", "no"}, /* as it ships: behind what says perhaps, before yes and no */
        {"    - also\n    - [\"todavia", "    - [\"todavia", "yes"},
        {"    - also\n    - [\"todavia", "    - [\"^ claro\", maybe, 0.9]\n    - also\n    - [\"todavia", "maybe"},
    };
    char *shipped = read_file("config/languages/es.yaml");
    (void)state;
    for (size_t i = 0; i < COUNT(rows); i++) {
        struct languages *languages = languages_new();
        struct faults faults;
        struct buf text;
        struct recognised found = {.value = ""};
        faults_init(&faults);
        change(&text, shipped, rows[i].from, rows[i].to);
        assert_int_equal(languages_add(languages, "es.yaml", buf_slice(&text), &faults), OK);
        assert_int_equal(languages_add(languages, "qu.yaml",
                                       SLICE("language: qu\nalso: [es]\ntables:\n  yesno:\n"
                                             "    - [\"^ claro\", no, 1]\n"),
                                       &faults),
                         OK);
        assert_int_equal(languages_add(languages, "quz.yaml", SLICE("language: quz\nalso: [es]\n"), &faults), OK);
        assert_int_equal(languages_add(languages, "ay.yaml", SLICE("language: ay\nalso: [es]\n"), &faults), OK);
        assert_int_equal(languages_finish(languages, &faults), OK);
        assert_int_equal(
            recognise(languages_lexicon(languages, "es"), TYPE_YESNO, SLICE_NONE, SLICE("claro"), 0, &found), OK);
        assert_string_equal(found.value, rows[i].value);
        buf_release(&text);
        faults_release(&faults);
        languages_free(languages);
    }
    mem_free(shipped);
}

static void without_a_language_nothing_is_understood(void **state)
{
    struct recognised found;
    (void)state;
    for (int type = TYPE_MONEY; type <= TYPE_CHOICE; type++)
        if (type != TYPE_RUC && type != TYPE_CHOICE)
            assert_int_equal(
                recognise(languages_lexicon(NULL, "es"), (enum slot_type)type, SLICE_NONE, SLICE("si"), 0, &found),
                ERR_NOT_FOUND);
}

/* What is known of a word of the file is what looking it up afresh gives: by its sound, its beginning and its slips. */
static void known_words_are_as_unknown_ones(void **state)
{
    const struct lexicon *lexicon = kit_lexicon();
    struct lexicon fresh = *lexicon;
    static struct lexed one, other;
    (void)state;
    fresh.slots = NULL;
    for (uint32_t slot = 0; slot <= lexicon->slot_mask; slot++) {
        if (!lexicon->slots[slot])
            continue;
        struct slice text = lexicon->known[lexicon->slots[slot] - 1].text;
        lex(lexicon, text, &one);
        lex(&fresh, text, &other);
        if (one.count != other.count)
            fail_msg("%.*s is cut in two ways", (int)text.len, text.ptr);
        for (size_t i = 0; i < one.count; i++)
            for (size_t limb = 0; limb < LEXICON_LIMBS; limb++) {
                uint64_t missing = fits_limb(other.tokens[i].fits, limb) & ~fits_limb(one.tokens[i].fits, limb);
                if (missing || one.tokens[i].hundredths != other.tokens[i].hundredths)
                    fail_msg("%.*s is understood in two ways", (int)text.len, text.ptr);
            }
    }
}

static void without_memory_loading_fails_and_frees(void **state)
{
    static const char small[] =
        "language: es\nspelling: es\nwords: {and: y e, half: medio}\nendings: {small: ito, plural: s es}\n"
        "groups: {so: asi}\nabbreviations: {x: por}\njoined: {no: [se]}\n"
        "numbers: {plain: {uno: 1}, multiplier: {mil: 1000}}\n"
        "tables: {yesno: [[\"^ si|claro @so?\", yes, 0.9]], places: [[[lima, ica], \"15\", 1]]}\n";
    struct faults faults;
    enum error error = ERR_NOMEM;
    (void)state;
    for (long n = 0; error == ERR_NOMEM; n++) {
        faults_init(&faults);
        mem_fail_after(n);
        struct languages *languages = languages_new();
        error = languages ? languages_add(languages, "es.yaml", slice_of(small), &faults) : ERR_NOMEM;
        if (!error)
            error = languages_finish(languages, &faults);
        mem_fail_after(-1);
        languages_free(languages);
        faults_release(&faults);
        assert_true(n < 5000);
    }
    assert_int_equal(error, ERR_VALUE); /* of so small a language much is missing */
}

static void without_memory_compiling_fails_and_frees(void **state)
{
    char *spanish = read_file("config/languages/es.yaml");
    enum error error = ERR_NOMEM;
    (void)state;
    for (long n = 0; error == ERR_NOMEM; n += 1 + n / 8) {
        struct faults faults;
        struct languages *languages = languages_new();
        faults_init(&faults);
        assert_int_equal(languages_add(languages, "es.yaml", slice_of(spanish), &faults), OK);
        add_companions(languages, &faults);
        mem_fail_after(n);
        error = languages_finish(languages, &faults);
        mem_fail_after(-1);
        assert_true(error == OK || error == ERR_NOMEM);
        languages_free(languages);
        faults_release(&faults);
        assert_true(n < 5000);
    }
    mem_free(spanish);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(each_fault_names_its_place_and_remedy),
        cmocka_unit_test(a_language_is_added_by_a_file),
        cmocka_unit_test(a_table_says_where_the_others_are_read),
        cmocka_unit_test(without_a_language_nothing_is_understood),
        cmocka_unit_test(known_words_are_as_unknown_ones),
        cmocka_unit_test(without_memory_loading_fails_and_frees),
        cmocka_unit_test(without_memory_compiling_fails_and_frees),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
