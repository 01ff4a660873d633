/* The catalogue's notations: what one writes, every one reads as the same. */
#include "tests/unit/unit.h"

#include <stdio.h>
#include <string.h>

#include "base/buf.h"
#include "base/mem.h"
#include "engine/catalogue_write.h"

#define TEXT_MAX (1024u * 1024)

static char shipped_bytes[CATALOGUE_FILE_MAX];
static struct catalogue *shipped;

static int read_shipped(void **state)
{
    struct faults faults;
    FILE *in = fopen("models/catalogue.yaml", "rb");
    (void)state;
    faults_init(&faults);
    if (!in)
        return -1;
    struct slice text = {shipped_bytes, fread(shipped_bytes, 1, sizeof(shipped_bytes), in)};
    fclose(in);
    shipped = catalogue_read("models/catalogue.yaml", text, &faults);
    faults_release(&faults);
    return shipped ? 0 : -1;
}

static int free_shipped(void **state)
{
    (void)state;
    catalogue_free(shipped);
    return 0;
}

/* All entries as JSON, a line each. */
static void put_entries(const struct catalogue *catalogue, struct buf *out)
{
    for (size_t i = 0; i < catalogue_count(catalogue); i++) {
        catalogue_put_entry(out, catalogue_at(catalogue, i));
        buf_addc(out, '\n');
    }
}

static struct catalogue *read_lines(struct slice lines, struct faults *faults)
{
    struct slice entries[CATALOGUE_RESOURCES_MAX];
    size_t count = 0;
    while (lines.len && slice_cut(&lines, '\n', &entries[count]))
        count++;
    return catalogue_read_entries(entries, count, faults);
}

/* Tells whether a catalogue is the same once it was written and read in each notation. */
static void assert_comes_back(const struct catalogue *catalogue)
{
    struct buf json, text, again;
    buf_init(&json, TEXT_MAX);
    put_entries(catalogue, &json);
    for (int form = 0; form < 3; form++) {
        struct faults faults;
        struct catalogue *made;
        faults_init(&faults);
        buf_init(&text, TEXT_MAX);
        buf_init(&again, TEXT_MAX);
        if (form == 0)
            catalogue_put_yaml(&text, catalogue);
        else if (form == 1)
            catalogue_put_csv(&text, catalogue);
        else
            buf_addslice(&text, buf_slice(&json));
        made = form == 0   ? catalogue_read("x.yaml", buf_slice(&text), &faults)
               : form == 1 ? catalogue_read_csv("x.csv", buf_slice(&text), &faults)
                           : read_lines(buf_slice(&text), &faults);
        if (!made)
            fail_msg("%s:%u:%u: %s", faults.items[0].file, faults.items[0].line, faults.items[0].column,
                     faults.items[0].text);
        put_entries(made, &again);
        assert_int_equal(text.error, OK);
        assert_string_equal(buf_text(&json), buf_text(&again));
        catalogue_free(made);
        buf_release(&text);
        buf_release(&again);
        faults_release(&faults);
    }
    buf_release(&json);
}

static void what_ships_comes_back_from_every_notation(void **state)
{
    (void)state;
    assert_comes_back(shipped);
}

static uint32_t seed;

static uint32_t chance(uint32_t below)
{
    seed = seed * 1664525u + 1013904223u;
    return (seed >> 8) % below;
}

static void put_odd_text(struct buf *out, const char *first)
{
    static const char *const pieces[] = {"=", "+", "-", "@",  "'",   "\\\"", ";", ",", "a", "ñ", "#",  ": ", "\\\\",
                                         "|", "%", "é", "08", "all", "null", "{", "!", "&", "*", "- ", "?"};
    buf_adds(out, first);
    for (uint32_t n = chance(6); n > 0; n--)
        buf_adds(out, pieces[chance(COUNT(pieces))]);
}

/* An entry of odd texts as JSON. */
static void put_odd_entry(struct buf *out, unsigned number)
{
    static const char *const names[] = {"name", "provider", "text", "contact", "regions_note"};
    static const char *const firsts[] = {"=", "+1", "-", "@", "'", "''=", "x", "\\\"", "a\\\"b"};
    buf_addf(out, "{\"id\":\"r%u\",\"kind\":\"finance\",\"goals\":[\"debts\",\"finance\"],\"confidence\":\"B\"",
             number);
    for (size_t i = 0; i < COUNT(names); i++) {
        buf_addf(out, ",\"%s\":\"", names[i]);
        put_odd_text(out, firsts[chance(COUNT(firsts))]);
        buf_adds(out, "x\"");
    }
    buf_adds(out, chance(2) ? ",\"stages\":[\"all\"],\"regions\":[\"08\"]"
                            : ",\"stages\":[\"growth\"],\"regions\":[\"all\"]");
    buf_adds(out, ",\"industries\":[\"agro\",\"turismo\"],\"formality\":\"any\",\"size\":[\"micro\"]");
    if (chance(2))
        buf_addf(out, ",\"sales_month_max\":%u,\"requires\":[\"women\"]", chance(1000000));
    buf_adds(out, ",\"checked_on\":\"2026-02-28\",\"valid_until\":\"open\",\"sources\":[\"");
    put_odd_text(out, firsts[chance(COUNT(firsts))]);
    buf_adds(out, "x\",\"");
    put_odd_text(out, "https://a.pe/");
    buf_adds(out, "\"]}\n");
}

static void odd_texts_come_back_from_every_notation(void **state)
{
    (void)state;
    unsigned made_count = 0;
    for (seed = 1; seed < 4000; seed += 2) {
        const uint32_t kept = seed;
        struct faults faults;
        struct buf lines;
        faults_init(&faults);
        buf_init(&lines, TEXT_MAX);
        for (unsigned i = 0; i < 2; i++)
            put_odd_entry(&lines, i);
        struct catalogue *made = read_lines(buf_slice(&lines), &faults); /* links that are none are refused */
        if (made)
            assert_comes_back(made);
        made_count += made != NULL;
        catalogue_free(made);
        faults_release(&faults);
        buf_release(&lines);
        seed = kept;
    }
    assert_in_range(made_count, 500, 2000);
}

#define NAMES                                                                                                          \
    "id,name,kind,provider,text,contact,goals,stages,industries,regions,formality,size,checked_on,valid_until,"        \
    "confidence,sources\n"

static void slips_in_csv_are_named_with_place(void **state)
{
    static const struct {
        const char *text, *fault;
    } rows[] = {
        {"", "1:1: there are no entries"},
        {"id,nam\n", "1:4: an entry has no \"nam\"; did you mean \"name\"?"},
        {"id,id\n", "1:4: the column id is there twice"},
        {"id,name\n", "1:1: there is no column kind: add it"},
        {NAMES, "1:1: there are no entries"},
        {NAMES "caja,Caja\n", "2:1: the row has 2 cells, the first one 16"},
        {NAMES ",,,,,,,,,,,,,,,\ncaja,Caja,finanse,P,T,C,finance,all,all,all,any,any,2026-11-23,open,A,s\n",
         "3:11: there is no kind \"finanse\"; did you mean \"finance\"?"},
        {NAMES "caja,Caja,finance,P,T,C,finance,all,all,\"08; 26\",any,any,2026-11-23,open,A,s\n",
         "2:41: there is no region \"26\""},
        {NAMES "caja,Caja,finance,P,T,C,finance,all,all,08,any,any,23/11/2026,open,A,s\n",
         "2:52: checked_on is \"23/11/2026\""},
        {NAMES "caja,,finance,P,T,C,finance,all,all,08,any,any,2026-11-23,open,A,s\n",
         "2:1: the entry \"caja\" has no name: add it"},
        {NAMES "caja,Caja,finance,P,T,C,finance,all,all,08,any,any,2026-11-23,open,A,s\n"
               "caja,Caja,finance,P,T,C,finance,all,all,08,any,any,2026-11-23,open,A,s\n",
         "3:1: id \"caja\" is there twice"},
        {NAMES "caja,\"Caja\"x\n", "2:12: a quote stands where none may be"},
        {NAMES "caja,Caja,finance,P,\"a\nb\",C,finance,all,all,08,any,any,2026-11-23,open,A,s\n",
         "2:21: text must be one line"},
        {NAMES "caja,Caja,finance,P,T,ve a https://gob,finance,all,all,08,any,any,2026-11-23,open,A,s\n",
         "2:23: contact has \"https://gob\", which is no link"},
        {NAMES "import,Caja,finance,P,T,C,finance,all,all,08,any,any,2026-11-23,open,A,s\n",
         "2:1: id \"import\" is an address of the API's own"},
        {"id,\xff\n", "0:0: it is not UTF-8: save it as \"CSV UTF-8\""},
    };
    (void)state;
    for (size_t i = 0; i < COUNT(rows); i++) {
        char got[300] = "";
        struct faults faults;
        faults_init(&faults);
        assert_null(catalogue_read_csv("x.csv", slice_of(rows[i].text), &faults));
        if (faults.count)
            snprintf(got, sizeof(got), "%u:%u: %s", faults.items[0].line, faults.items[0].column, faults.items[0].text);
        if (strncmp(got, rows[i].fault, strlen(rows[i].fault)) != 0)
            fail_msg("row %zu: expected \"%s\", got \"%s\"", i, rows[i].fault, got);
        faults_release(&faults);
    }
}

static void slips_in_json_are_named_by_field(void **state)
{
    static const struct {
        const char *text, *file, *fault;
    } rows[] = {
        {"[1]", "", "entry 1 is no JSON object"},
        {"{\"id\":\"caja\",\"name\":[\"a\"]}", "caja.name", "name must be one value"},
        {"{\"id\":\"caja\",\"name\":true}", "caja.name", "name must be one value"},
        {"{\"id\":\"caja\",\"stages\":[\"growht\"]}", "caja.stages", "there is no stage \"growht\"; did you mean"},
        {"{\"id\":\"caja\",\"sales_month_max\":1.5}", "caja.sales_month_max", "sales_month_max is \"1.5\""},
        {"{\"id\":\"caja\",\"txt\":\"a\"}", "caja.txt", "an entry has no \"txt\"; did you mean \"text\"?"},
        {"{\"id\":\"caja\",\"sources\":[{}]}", "caja.sources", "sources must be one value"},
        {"{\"id\":\"caja\"}", "caja", "the entry \"caja\" has no name: add it"},
    };
    (void)state;
    for (size_t i = 0; i < COUNT(rows); i++) {
        struct faults faults;
        const struct slice entry = slice_of(rows[i].text);
        faults_init(&faults);
        assert_null(catalogue_read_entries(&entry, 1, &faults));
        if (strcmp(faults.items[0].file, rows[i].file) != 0 ||
            strncmp(faults.items[0].text, rows[i].fault, strlen(rows[i].fault)) != 0)
            fail_msg("row %zu: %s: %s", i, faults.items[0].file, faults.items[0].text);
        faults_release(&faults);
    }
}

static void note_change(void *ctx, const struct catalogue_change *change)
{
    struct buf *out = ctx;
    if (!change->before)
        buf_addf(out, "+%s ", change->after->id);
    else if (!change->after)
        buf_addf(out, "-%s ", change->before->id);
    else
        buf_addf(out, "%s.%s ", change->after->id, catalogue_field_name(change->field));
}

#define ENTRY(id, name, more)                                                                                          \
    "{\"id\":\"" id "\",\"name\":\"" name                                                                              \
    "\",\"kind\":\"finance\",\"provider\":\"P\",\"text\":\"T\",\"contact\":\"C\","                                     \
    "\"goals\":[\"finance\"],\"stages\":[\"all\"],\"industries\":[\"all\"],\"regions\":[\"all\"],"                     \
    "\"formality\":\"any\",\"size\":[\"any\"],\"checked_on\":\"2026-11-23\",\"valid_until\":\"open\","                 \
    "\"confidence\":\"A\",\"sources\":[\"s\"]" more "}\n"

static void differences_are_told_by_entry_and_field(void **state)
{
    struct faults faults;
    struct buf told;
    (void)state;
    faults_init(&faults);
    buf_init(&told, 1000);
    struct catalogue *one = read_lines(SLICE(ENTRY("a", "A", "") ENTRY("b", "B", "") ENTRY("c", "C", "")), &faults);
    struct catalogue *two = read_lines(
        SLICE(ENTRY("c", "C", ",\"requires\":[\"women\"]") ENTRY("a", "A2", "") ENTRY("d", "D", "")), &faults);
    assert_non_null(one);
    assert_non_null(two);
    assert_int_equal(catalogue_compare(one, two, note_change, &told), OK);
    assert_string_equal(buf_text(&told), "c.requires a.name +d -b ");
    buf_clear(&told);
    assert_int_equal(catalogue_compare(one, one, note_change, &told), OK);
    assert_int_equal(told.len, 0);
    catalogue_free(one);
    catalogue_free(two);
    buf_release(&told);
    faults_release(&faults);
}

static void each_failed_allocation_is_a_fault(void **state)
{
    static const char csv[] = NAMES "caja,Caja,finance,P,T,C,finance,all,all,08,any,any,2026-11-23,open,A,\"s\nt\"\n";
    const struct slice entry = SLICE(ENTRY("a", "A", ""));
    (void)state;
    for (int form = 0; form < 2; form++) {
        struct catalogue *made = NULL;
        for (long successes = 0; !made; successes++) {
            struct faults faults;
            faults_init(&faults);
            mem_fail_after(successes);
            made = form ? catalogue_read_csv("x", slice_of(csv), &faults) : catalogue_read_entries(&entry, 1, &faults);
            mem_fail_after(-1);
            assert_true((made == NULL) == (faults.total > 0));
            faults_release(&faults);
            assert_in_range(successes, 0, 500);
        }
        catalogue_free(made);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(what_ships_comes_back_from_every_notation),
        cmocka_unit_test(odd_texts_come_back_from_every_notation),
        cmocka_unit_test(slips_in_csv_are_named_with_place),
        cmocka_unit_test(slips_in_json_are_named_by_field),
        cmocka_unit_test(differences_are_told_by_entry_and_field),
        cmocka_unit_test(each_failed_allocation_is_a_fault),
    };
    return cmocka_run_group_tests(tests, read_shipped, free_shipped);
}
