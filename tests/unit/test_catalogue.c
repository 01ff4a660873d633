#include "tests/unit/unit.h"

#include <stdio.h>
#include <string.h>

#include "base/buf.h"
#include "base/civil.h"
#include "base/mem.h"
#include "engine/catalogue.h"

#define GOOD_LINES 16

/* A good entry, a line each; a test changes, drops or adds one. */
static const char *const good[GOOD_LINES] = {
    "  - id: caja",
    "    name: Caja",
    "    kind: finance",
    "    provider: CMAC",
    "    text: \"Préstamo para tu negocio: mañana mismo.\"",
    "    contact: tu caja",
    "    goals: [finance, debts]",
    "    stages: [growth, established]",
    "    industries: all",
    "    regions: [\"08\", \"15\"]",
    "    formality: any",
    "    size: [micro, pequena]",
    "    checked_on: 2026-11-23",
    "    valid_until: 2026-12-31",
    "    confidence: A",
    "    sources: [general knowledge]",
};

/* Writes a file with the good entry, where the line that begins with `key` is `line` instead (NULL: without it). A
 * key that no line has is one more line. */
static void write_file(const char *key, const char *line, struct buf *out)
{
    bool found = false;
    buf_clear(out);
    buf_adds(out, "resources:\n");
    for (size_t i = 0; i < GOOD_LINES; i++) {
        const char *begin = good[i] + strspn(good[i], " -");
        bool this = key && strncmp(begin, key, strlen(key)) == 0 && begin[strlen(key)] == ':';
        found |= this;
        if (!this || line)
            buf_addf(out, "%s\n", this ? line : good[i]);
    }
    if (key && !found && line)
        buf_addf(out, "%s\n", line);
}

/* Reads; the first fault is written as "line:column: text". */
static struct catalogue *read_text(struct slice text, char first[400])
{
    struct faults faults;
    faults_init(&faults);
    struct catalogue *made = catalogue_read("catalogue.yaml", text, &faults);
    first[0] = '\0';
    if (faults.count > 0)
        snprintf(first, 400, "%u:%u: %s", faults.items[0].line, faults.items[0].column, faults.items[0].text);
    assert_true((made == NULL) == (faults.total > 0));
    faults_release(&faults);
    return made;
}

static void a_good_entry_is_read_whole(void **state)
{
    struct buf text;
    char fault[400];
    (void)state;
    buf_init(&text, 10000);
    write_file("workers_min",
               "    workers_min: 2\n    requires: women\n    regimes: [RMT, RG]\n    tenure_months_min: 6", &text);
    struct catalogue *made = read_text(buf_slice(&text), fault);
    assert_string_equal(fault, "");
    assert_int_equal(catalogue_count(made), 1);
    const struct resource *r = catalogue_find(made, SLICE("caja"));
    assert_ptr_equal(r, catalogue_at(made, 0));
    assert_null(catalogue_find(made, SLICE("banco")));
    assert_string_equal(r->name, "Caja");
    assert_string_equal(r->text, "Préstamo para tu negocio: mañana mismo.");
    assert_int_equal(r->kind, KIND_FINANCE);
    assert_int_equal(r->goal_count, 2);
    assert_int_equal(r->goals[1], GOAL_DEBTS);
    assert_int_equal(r->stages, 1u << STAGE_GROWTH | 1u << STAGE_ESTABLISHED);
    assert_int_equal(r->industries, (1u << INDUSTRY_COUNT) - 1);
    assert_int_equal(r->regions, 1u << 7 | 1u << 14);
    assert_int_equal(r->formality, FORMALITY_ANY);
    assert_int_equal(r->sizes, SIZES_MICRO | SIZES_PEQUENA);
    assert_int_equal(r->requires, 1u << word_number(&tags, SLICE("women")));
    assert_int_equal(r->regimes, 1u << 2 | 1u << 3);
    assert_true(r->workers_min > 1.9 && r->workers_max < 0 && r->sales_month_max < 0);
    assert_int_equal(r->tenure_months_min, 6);
    assert_int_equal(r->confidence, 'A');
    char day[CIVIL_TEXT];
    civil_format(r->valid_until_ms, day);
    assert_string_equal(day, "2027-01-01T05:00:00.000Z");
    civil_format(r->checked_on_ms, day);
    assert_string_equal(day, "2026-11-23T05:00:00.000Z");
    catalogue_free(made);
    buf_release(&text);
}

static const struct {
    const char *key, *line, *fault; /* the beginning of the first fault */
} slips[] = {
    {"id", "  - name2: x", "2:5: an entry has no \"name2\"; did you mean \"name\"?"},
    {"id", "  - id: \"\"", "2:9: id must be one value"},
    {"id", "  - id: Caja", "2:9: id \"Caja\" must be 1 to 39 letters a to z"},
    {"id", "  - id: caja_1", "2:9: id \"caja_1\" must be"},
    {"id", "  - id: aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa", "2:9: id \"aaaa"},
    {"id", "  - id: [caja]", "2:9: id must be one value"},
    {"name", NULL, "2:5: the entry \"caja\" has no name: add it"},
    {"kind", NULL, "2:5: the entry \"caja\" has no kind: add it"},
    {"kind", "    kind: finanse", "4:11: there is no kind \"finanse\"; did you mean \"finance\"?"},
    {"kind", "    kind: loans", "4:11: there is no kind \"loans\"; the first one known is \"formalisation\""},
    {"text",
     "    text: "
     "\"aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa"
     "aaaaaaaaaaaaaaaaaaaaáá\"",
     "6:11: text has 123 characters: at most 120, shorten it"},
    {"text", "    text: \"Préstamo 💰 ya\"", "6:11: text has a character that no plain SMS can carry"},
    {"text", "    text: \"a\\nb\"", "6:11: text must be one line"},
    {"text", NULL, "2:5: the entry \"caja\" has no text: add it"},
    {"text", "    text: \"[{[{[{[{[{[{[{[{[{[{[{[{[{[{[{[{[{[{[{[{[{[{[{[{[{[{[{[{[{[{ la ruta para crecer\"",
     "6:11: text costs "},
    {"contact", "    contact: \"нет\"", "7:14: contact has a character that no plain SMS can carry"},
    {"goals", "    goals: [finanse]", "8:13: there is no goal \"finanse\"; did you mean \"finance\"?"},
    {"goals", "    goals: [other]", "8:13: \"other\" is what an owner may answer"},
    {"goals", "    goals: finance", "8:12: goals must be a list of at most 5"},
    {"goals", "    goals: [finance, debts, digital, export, training, customers]",
     "8:12: goals must be a list of at most 5"},
    {"stages", "    stages: [growht]", "9:14: there is no stage \"growht\"; did you mean \"growth\"?"},
    {"stages", "    stages: [growth, growth]", "9:22: stages names \"growth\" twice"},
    {"stages", "    stages: []", "9:13: stages must be one stage or a list like [startup]"},
    {"industries", "    industries: [bodega_alimento]",
     "10:18: there is no industry \"bodega_alimento\"; did you mean \"bodega_alimentos\"?"},
    {"industries", "    industries: {agro: yes}", "10:17: industries must be one industry"},
    {"industrie", "    industrie: all", "18:5: an entry has no \"industrie\"; did you mean \"industries\"?"},
    {"regions", "    regions: [\"26\"]", "11:15: there is no region \"26\"; did you mean"},
    {"regions", "    regions: [Cusco]",
     "11:15: there is no region \"Cusco\"; the first one known is \"01\", the last \"25\""},
    {"formality", "    formality: with_rcu", "12:16: there is no formality \"with_rcu\"; did you mean \"with_ruc\"?"},
    {"size", "    size: [micr]", "13:12: there is no size \"micr\"; did you mean \"micro\"?"},
    {"checked_on", "    checked_on: 2026-13-01",
     "14:17: checked_on is \"2026-13-01\": it must be a day like 2026-11-23"},
    {"checked_on", "    checked_on: 2026-02-30", "14:17: checked_on is \"2026-02-30\""},
    {"checked_on", "    checked_on: 23/11/2026", "14:17: checked_on is \"23/11/2026\""},
    {"checked_on", NULL, "2:5: the entry \"caja\" has no checked_on: add it"},
    {"valid_until", "    valid_until: opne",
     "15:18: valid_until is \"opne\": it must be a day like 2026-11-23, or open"},
    {"valid_until", "    valid_until: 2026-12-31T10:00:00Z", "15:18: valid_until is"},
    {"confidence", "    confidence: D", "16:17: confidence is \"D\": it must be A, B or C"},
    {"confidence", "    confidence: AB", "16:17: confidence is \"AB\""},
    {"sources", "    sources: []", "17:14: sources must be a list of pages"},
    {"sources", "    sources: [\"\"]", "17:15: sources must be one value"},
    {"requires", "    requires: [woman]", "18:16: there is no tag \"woman\"; did you mean \"women\"?"},
    {"requires", "    requires: all", "18:15: there is no tag \"all\""},
    {"regimes", "    regimes: [RUS]", "18:15: there is no regime \"RUS\"; did you mean"},
    {"workers_min", "    workers_min: two", "18:18: workers_min is \"two\": it must be a whole number"},
    {"sales_month_max", "    sales_month_max: -5", "18:22: sales_month_max is \"-5\""},
    {"tenure_months_min", "    tenure_months_min: 2 years",
     "18:24: tenure_months_min is \"2 years\": it must be whole months"},
    {"id", "  - nothing", "3:"},
};

static void slips_are_named_with_place_and_remedy(void **state)
{
    struct buf text;
    size_t wrong = 0;
    (void)state;
    buf_init(&text, 10000);
    for (size_t i = 0; i < COUNT(slips); i++) {
        char fault[400];
        write_file(slips[i].key, slips[i].line, &text);
        catalogue_free(read_text(buf_slice(&text), fault));
        if (strncmp(fault, slips[i].fault, strlen(slips[i].fault)) != 0) {
            print_message("%s: expected \"%s\", got \"%s\"\n", slips[i].line ? slips[i].line : slips[i].key,
                          slips[i].fault, fault);
            wrong++;
        }
    }
    buf_release(&text);
    assert_int_equal(wrong, 0);
}

static void whole_files_that_are_none_are_refused(void **state)
{
    static const struct {
        const char *text, *fault;
    } rows[] = {
        {"", "1:1: a catalogue begins with `resources:`"},
        {"resources: []\n", "1:1: a catalogue begins"},
        {"resources: yes\n", "1:1: a catalogue begins"},
        {"- id: caja\n", "1:1: a catalogue begins"},
        {"resources:\n  - caja\n", "2:5: an entry must be lines of `key: value`"},
        {"resources: [", ""},
        {"resources: &a\n  - *a\n", ""},
    };
    (void)state;
    for (size_t i = 0; i < COUNT(rows); i++) {
        char fault[400];
        assert_null(read_text(slice_of(rows[i].text), fault));
        if (strncmp(fault, rows[i].fault, strlen(rows[i].fault)) != 0)
            fail_msg("expected \"%s\", got \"%s\"", rows[i].fault, fault);
    }
}

static void ids_are_unique_and_all_faults_are_found(void **state)
{
    struct buf text;
    struct faults faults;
    (void)state;
    buf_init(&text, 10000);
    faults_init(&faults);
    write_file("kind", "    kind: loan", &text);
    for (size_t i = 0; i < GOOD_LINES; i++)
        buf_addf(&text, "%s\n", i == 14 ? "    confidence: Z" : good[i]);
    buf_adds(&text, "other: 1\n");
    assert_null(catalogue_read("c.yaml", buf_slice(&text), &faults));
    assert_int_equal(faults.total, 4);
    assert_string_equal(faults.items[0].text, "beside resources there is nothing: remove \"other\"");
    assert_int_equal(faults.items[1].line, 4);
    assert_string_equal(faults.items[2].text, "id \"caja\" is there twice: give this entry another one, or remove it");
    assert_int_equal(faults.items[2].line, 18);
    assert_int_equal(faults.items[3].line, 32);
    faults_release(&faults);
    buf_release(&text);
}

static void each_failed_allocation_is_a_fault(void **state)
{
    struct buf text;
    struct catalogue *made = NULL;
    long successes = 0;
    (void)state;
    buf_init(&text, 10000);
    write_file(NULL, NULL, &text);
    for (; !made; successes++) {
        struct faults faults;
        faults_init(&faults);
        mem_fail_after(successes);
        made = catalogue_read("c.yaml", buf_slice(&text), &faults);
        mem_fail_after(-1);
        assert_true((made == NULL) == (faults.total > 0));
        faults_release(&faults);
        assert_in_range(successes, 0, 500);
    }
    assert_true(successes > 2);
    catalogue_free(made);
    buf_release(&text);
}

/* The file that ships: all of the reference's entries, and every one can be served. */
static void the_real_catalogue_is_whole(void **state)
{
    static char bytes[CATALOGUE_FILE_MAX];
    char fault[400];
    size_t dated = 0;
    (void)state;
    FILE *in = fopen("models/catalogue.yaml", "rb");
    assert_non_null(in);
    struct slice text = {bytes, fread(bytes, 1, sizeof(bytes), in)};
    fclose(in);
    struct catalogue *made = read_text(text, fault);
    assert_string_equal(fault, "");
    assert_int_equal(catalogue_count(made), 89);
    for (size_t i = 0; i < catalogue_count(made); i++) {
        const struct resource *r = catalogue_at(made, i);
        dated += r->valid_until_ms != RESOURCE_OPEN;
        assert_true(r->goal_count > 0 || r->kind == KIND_EMERGENCY);
    }
    assert_true(dated >= 10);
    catalogue_free(made);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_good_entry_is_read_whole),
        cmocka_unit_test(slips_are_named_with_place_and_remedy),
        cmocka_unit_test(whole_files_that_are_none_are_refused),
        cmocka_unit_test(ids_are_unique_and_all_faults_are_found),
        cmocka_unit_test(each_failed_allocation_is_a_fault),
        cmocka_unit_test(the_real_catalogue_is_whole),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
