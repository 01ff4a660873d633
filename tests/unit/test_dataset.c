#include "gateway/dataset.h"

#include <stdio.h>
#include <string.h>

#include "base/mem.h"
#include "dialog/state.h"
#include "engine/engine.h"
#include "tests/unit/unit.h"

#define COUNT(array) (sizeof(array) / sizeof((array)[0]))
#define DAY_MS INT64_C(86400000)
#define NOON_MS INT64_C(1795453200000) /* 2026-11-23, noon in Lima */

static const struct advice shown[] = {
    {.kind = NEED_PROFILE, .stage = "growth", .version = "stage rule"},
    {.kind = NEED_RESOURCES,
     .resources = {{.id = "cde", .text = "t", .reason = "r", .contact = "Línea 0800"},
                   {.id = "cajas", .text = "t", .reason = "r", .contact = "tu caja"},
                   {.id = "rnp", .text = "t", .reason = "r", .contact = "osce.gob.pe"}},
     .propensities = {0.5, 0.25, 1},
     .resource_count = 3},
};

static const struct advice heard[] = {
    {.kind = NEED_INDUSTRY, .sure = true, .labels = {{"comercio"}}, .label_count = 1}};

/* A turn as a row: the day, what is learned, what is said, what was advised. */
struct turn_row {
    int day;
    const char *slot, *value, *said;
    const struct advice *advices;
    size_t advice_count;
    bool staffs; /* somebody of the staff did it */
};

static struct state held(const char *consent, const char *study, bool opted_out)
{
    struct state s;
    state_init(&s);
    assert_true(state_set_fact(&s, "consent", slice_of(consent), 1));
    assert_true(state_set_fact(&s, "study", slice_of(study), 1));
    s.opted_out = opted_out;
    return s;
}

static void take(struct dataset_person *person, const struct turn_row *row)
{
    const struct effect effect = {.kind = EFFECT_FACT,
                                  .slot = slice_of(row->slot ? row->slot : ""),
                                  .value = slice_of(row->value ? row->value : "")};
    const struct message message = {.text = slice_of(row->said ? row->said : "")};
    const struct journal_entry entry = {.at_ms = NOON_MS + row->day * DAY_MS,
                                        .event = {.kind = row->staffs ? EVENT_STAFF : EVENT_TEXT},
                                        .effects = &effect,
                                        .effect_count = row->slot != NULL,
                                        .messages = &message,
                                        .message_count = row->said != NULL,
                                        .advices = row->advices,
                                        .advice_count = row->advice_count};
    dataset_turn(person, &entry);
}

static const struct turn_row begins[] = {
    {0, "goal", "finance", NULL, NULL, 0, false},
    {0, "ruc", "20123456786", NULL, NULL, 0, false},
    {0, "region", "15", "Esto te puede servir", shown, COUNT(shown), false},
};

#define FACTS "growth\tfinance\t\t15\tyes\t\t\t\t\t\t\n"
#define TAIL "\t\t" FACTS /* no ranker, and nothing was shown before */

static void an_answer_teaches_what_was_said_of_it(void **state)
{
    static const struct {
        const char *what, *rows;
        struct turn_row turns[3];
    } rows[] = {
        {"nothing said", "", {{0}}},
        {"a contact asked for, and it helped",
         "aa\t2026-11-23\tcde\t0\tsaid\t0.5000\t" TAIL "aa\t2026-11-23\tcajas\t1\tsaid\t0.2500\t" TAIL
         "aa\t2026-11-23\trnp\t0\tsaid\t1.0000\t" TAIL,
         {{0, NULL, NULL, "Contacto del 2: TU CAJA", NULL, 0, false}, {0, "useful", "yes", NULL, NULL, 0, false}}},
        {"asked for, nothing more",
         "aa\t2026-11-23\tcde\t1\tasked\t0.5000\t" TAIL "aa\t2026-11-23\tcajas\t0\tasked\t0.2500\t" TAIL
         "aa\t2026-11-23\trnp\t0\tasked\t1.0000\t" TAIL,
         {{1, NULL, NULL, "Contacto del 1: Linea 0800", NULL, 0, false}}},
        {"it helped, none asked for",
         "aa\t2026-11-23\tcde\t1\tsaid\t0.5000\t" TAIL "aa\t2026-11-23\tcajas\t1\tsaid\t0.2500\t" TAIL
         "aa\t2026-11-23\trnp\t1\tsaid\t1.0000\t" TAIL,
         {{0, "useful", "yes", NULL, NULL, 0, false}, {0, "goal", "export", NULL, NULL, 0, false}}},
        {"asked for, but it did not help",
         "aa\t2026-11-23\tcde\t0\tsaid\t0.5000\t" TAIL "aa\t2026-11-23\tcajas\t0\tsaid\t0.2500\t" TAIL
         "aa\t2026-11-23\trnp\t0\tsaid\t1.0000\t" TAIL,
         {{0, NULL, NULL, "osce.gob.pe", NULL, 0, false}, {0, "useful", "no", NULL, NULL, 0, false}}},
        {"said too late", "", {{31, "useful", "yes", NULL, NULL, 0, false}}},
    };
    const struct state known = held("yes", "yes", false);
    (void)state;
    for (size_t i = 0; i < COUNT(rows); i++) {
        struct dataset_person person;
        struct buf out;
        buf_init(&out, DATASET_BYTES_MAX);
        dataset_begin(&person, DATASET_RANKER, "aa", &known, &out);
        for (size_t k = 0; k < COUNT(begins); k++)
            take(&person, &begins[k]);
        for (size_t k = 0; k < COUNT(rows[i].turns) && (rows[i].turns[k].slot || rows[i].turns[k].said); k++)
            take(&person, &rows[i].turns[k]);
        assert_int_equal(dataset_end(&person), OK);
        if (!slice_is(buf_slice(&out), rows[i].rows))
            fail_msg("%s: %s", rows[i].what, buf_text(&out));
        buf_release(&out);
    }
}

static void who_has_not_agreed_or_has_left_has_no_rows(void **state)
{
    const struct state rows[] = {held("no", "yes", false), held("yes", "no", false), held("yes", "yes", true)};
    static const struct turn_row said = {0, "useful", "yes", NULL, NULL, 0, false};
    (void)state;
    for (size_t i = 0; i < COUNT(rows); i++) {
        struct dataset_person person;
        struct buf out;
        buf_init(&out, DATASET_BYTES_MAX);
        dataset_begin(&person, DATASET_RANKER, "aa", &rows[i], &out);
        for (size_t k = 0; k < COUNT(begins); k++)
            take(&person, &begins[k]);
        take(&person, &said);
        assert_int_equal(dataset_end(&person), OK);
        assert_int_equal(out.len, 0);
        buf_release(&out);
    }
}

static void a_checkin_has_the_facts_of_its_answer(void **state)
{
    static const struct turn_row later[] = {
        {31, "sales", "9000/month", NULL, NULL, 0, false},
        {32, "outcome", "up", NULL, NULL, 0, false},
        {33, "outcome", "UNKNOWN", NULL, NULL, 0, false},
    };
    const struct state known = held("yes", "yes", false);
    struct dataset_person person;
    struct buf out;
    (void)state;
    buf_init(&out, DATASET_BYTES_MAX);
    dataset_begin(&person, DATASET_GROWTH, "aa", &known, &out);
    for (size_t k = 0; k < COUNT(begins); k++)
        take(&person, &begins[k]);
    for (size_t k = 0; k < COUNT(later); k++)
        take(&person, &later[k]);
    assert_int_equal(dataset_end(&person), OK);
    assert_string_equal(buf_text(&out), "aa\t2026-12-25\tup\tcheckin\t2026-11-23\t" FACTS);
    buf_release(&out);
}

static void only_a_confirmed_trade_is_a_label(void **state)
{
    static const struct turn_row turns[] = {
        {0, "activity", "vendo\tpan", NULL, heard, COUNT(heard), false},
        {0, "industry", "turismo", NULL, heard, COUNT(heard), false}, /* the engine's, not hers */
        {0, "industry", "otros", NULL, NULL, 0, false},
        {0, "industry", "bodega_alimentos", NULL, NULL, 0, false},
        {1, "industry", "comercio", NULL, NULL, 0, false},
    };
    const struct state known = held("yes", "yes", false);
    struct dataset_person person;
    struct buf out;
    (void)state;
    buf_init(&out, DATASET_BYTES_MAX);
    dataset_begin(&person, DATASET_INDUSTRY, "aa", &known, &out);
    for (size_t k = 0; k < COUNT(turns); k++)
        take(&person, &turns[k]);
    assert_int_equal(dataset_end(&person), OK);
    assert_string_equal(buf_text(&out), "aa\t2026-11-23\tbodega_alimentos\tcorrected\tvendo pan\n"
                                        "aa\t2026-11-24\tcomercio\tconfirmed\tvendo pan\n");
    buf_release(&out);
}

/* Two conversations: what staff say of words that she was asked about, and of others. */
static void staff_set_trades_right(void **state)
{
    static const struct turn_row turns[] = {
        {0, "activity", "vendo pan", NULL, heard, COUNT(heard), false},
        {0, "industry", "comercio", NULL, NULL, 0, false},
        {1, "industry", "agro", .staffs = true},
        {2, "industry", "bodega_alimentos", .staffs = true},
        {3, "activity", "siembro papa", NULL, heard, COUNT(heard), false},
        {3, "industry", "agro", NULL, NULL, 0, false},
        {4, "activity", "una cosa rara", .staffs = true},
        {4, "industry", "otros", .staffs = true},
    };
    const struct state known = held("yes", "yes", false);
    struct dataset_person person;
    struct buf out;
    (void)state;
    buf_init(&out, DATASET_BYTES_MAX);
    buf_adds(&out, "somebody else's\n");
    dataset_begin(&person, DATASET_INDUSTRY, "aa", &known, &out);
    for (size_t k = 0; k < COUNT(turns); k++)
        take(&person, &turns[k]);
    assert_int_equal(dataset_end(&person), OK);
    assert_string_equal(buf_text(&out), "somebody else's\n"
                                        "aa\t2026-11-25\tbodega_alimentos\tstaff\tvendo pan\n"
                                        "aa\t2026-11-26\tagro\tcorrected\tsiembro papa\n"
                                        "aa\t2026-11-27\totros\tstaff\tuna cosa rara\n");
    buf_release(&out);
}

static void only_staff_label_stages(void **state)
{
    static const struct turn_row turns[] = {
        {0, "stage", "growth", NULL, NULL, 0, false}, /* the flow's own */
        {1, "stage", "decline", .staffs = true},
        {1, "stage", "established", .staffs = true},
        {2, "goal", "export", .staffs = true},
        {2, "stage", "startup", .staffs = true},
    };
    static const char labels[] = "aa\t2026-11-24\testablished\tstaff\t" FACTS
                                 "aa\t2026-11-25\tstartup\tstaff\tgrowth\texport\t\t15\tyes\t\t\t\t\t\t\n";
    const struct state rows[] = {held("yes", "yes", false), held("no", "yes", false), held("yes", "yes", true)};
    (void)state;
    for (size_t i = 0; i < COUNT(rows); i++) {
        struct dataset_person person;
        struct buf out;
        buf_init(&out, DATASET_BYTES_MAX);
        dataset_begin(&person, DATASET_STAGE, "aa", &rows[i], &out);
        for (size_t k = 0; k < COUNT(begins); k++)
            take(&person, &begins[k]);
        for (size_t k = 0; k < COUNT(turns); k++)
            take(&person, &turns[k]);
        assert_int_equal(dataset_end(&person), OK);
        assert_string_equal(buf_text(&out), i ? "" : labels);
        buf_release(&out);
    }
}

/* Whether an answer helped, and how sales went, is the person's to say. */
static void staff_do_not_speak_for_her(void **state)
{
    static const struct turn_row useful = {0, "useful", "yes", .staffs = true},
                                 outcome = {31, "outcome", "up", .staffs = true};
    const struct state known = held("yes", "yes", false);
    static const struct {
        enum dataset_kind kind;
        const struct turn_row *turn;
        const char *rows;
    } rows[] = {{DATASET_RANKER, &useful, ""},
                {DATASET_GROWTH, &outcome, "aa\t2026-12-24\tup\tstaff\t2026-11-23\t" FACTS}};
    (void)state;
    for (size_t i = 0; i < COUNT(rows); i++) {
        struct dataset_person person;
        struct buf out;
        buf_init(&out, DATASET_BYTES_MAX);
        dataset_begin(&person, rows[i].kind, "aa", &known, &out);
        for (size_t k = 0; k < COUNT(begins); k++)
            take(&person, &begins[k]);
        take(&person, rows[i].turn);
        assert_int_equal(dataset_end(&person), OK);
        assert_string_equal(buf_text(&out), rows[i].rows);
        buf_release(&out);
    }
}

static void a_sign_up_for_trainings_is_a_label_and_so_is_a_no(void **state)
{
    static const struct turn_row turns[] = {
        {0, "notices", "yes", NULL, NULL, 0, false},
        {1, "notices", "UNKNOWN", NULL, NULL, 0, false},
        {2, "notices", "no", NULL, NULL, 0, false},
    };
    const struct state known = held("yes", "yes", false);
    struct dataset_person person;
    struct buf out;
    (void)state;
    buf_init(&out, DATASET_BYTES_MAX);
    dataset_begin(&person, DATASET_TRAININGS, "aa", &known, &out);
    for (size_t k = 0; k < COUNT(begins); k++)
        take(&person, &begins[k]);
    for (size_t k = 0; k < COUNT(turns); k++)
        take(&person, &turns[k]);
    assert_int_equal(dataset_end(&person), OK);
    assert_string_equal(buf_text(&out), "aa\t2026-11-23\t1\tsigned_up\t" FACTS "aa\t2026-11-25\t0\tdeclined\t" FACTS);
    buf_release(&out);
}

/* What she was shown before is told with the second answer, and what her words state with both. */
static void an_answer_tells_what_was_shown_before_and_which_tags_hold(void **state)
{
    static const struct turn_row turns[] = {
        {0, "activity", "somos una asociación de artesanas", NULL, NULL, 0, false},
        {1, NULL, NULL, NULL, shown, COUNT(shown), false},
        {1, "useful", "yes", NULL, NULL, 0, false},
        {2, NULL, NULL, NULL, shown, COUNT(shown), false},
        {2, "useful", "no", NULL, NULL, 0, false},
    };
    const struct state known = held("yes", "yes", false);
    struct dataset_person person;
    char numbers[64];
    struct buf out;
    (void)state;
    snprintf(numbers, sizeof(numbers), "\t%u,%u,%u\t", engine_shown(SLICE("cde")), engine_shown(SLICE("cajas")),
             engine_shown(SLICE("rnp")));
    buf_init(&out, DATASET_BYTES_MAX);
    dataset_begin(&person, DATASET_RANKER, "aa", &known, &out);
    for (size_t k = 0; k < COUNT(turns); k++)
        take(&person, &turns[k]);
    assert_int_equal(dataset_end(&person), OK);
    struct slice rest = buf_slice(&out), line;
    for (size_t row = 0; row < 6; row++) {
        assert_true(slice_cut(&rest, '\n', &line));
        assert_int_equal(memmem(line.ptr, line.len, numbers, strlen(numbers)) != NULL, row >= 3);
        assert_non_null(memmem(line.ptr, line.len, "association", strlen("association")));
    }
    buf_release(&out);
}

static void rows_are_sorted_and_each_once(void **state)
{
    struct slice lines[] = {SLICE("b\td\tx\t1"), SLICE("a\td\ty\t2"), SLICE("a\td\tx\t1"), SLICE("b\td\tx\t0")};
    struct buf out;
    (void)state;
    buf_init(&out, 4096);
    assert_int_equal(dataset_write(DATASET_INDUSTRY, lines, COUNT(lines), &out), 3);
    assert_string_equal(buf_text(&out), "who\tat\tindustry\torigin\ttext\na\td\tx\t1\na\td\ty\t2\nb\td\tx\t0\n");
    buf_release(&out);
}

static void two_sets_are_compared_by_key_and_by_person(void **state)
{
    struct dataset_difference d;
    (void)state;
    assert_int_equal(dataset_compare(SLICE("h\na\td\tx\t1\na\td\ty\t1\nb\td\tx\t1\n"),
                                     SLICE("h\na\td\tx\t0\nc\td\tx\t1\nc\td\ty\t1\n"), &d),
                     OK);
    assert_int_equal(d.rows_before, 3);
    assert_int_equal(d.rows_after, 3);
    assert_int_equal(d.origin_count, 0);
    assert_int_equal(d.gone, 2);
    assert_int_equal(d.added, 2);
    assert_int_equal(d.changed, 1);
    assert_int_equal(d.people_before, 2);
    assert_int_equal(d.people_after, 2);
    assert_int_equal(d.people_gone, 1);
    assert_int_equal(d.people_added, 1);
    assert_int_equal(dataset_compare(SLICE("who\tat\tx\torigin\na\td\tx\tstaff\nb\td\tx\tconfirmed\n"),
                                     SLICE("who\tat\tx\torigin\na\td\tx\tstaff\nb\td\ty\tstaff\n"), &d),
                     OK);
    assert_int_equal(d.origin_count, 2);
    assert_true(slice_is(d.origins[0].name, "staff") && slice_is(d.origins[1].name, "confirmed"));
    assert_true(d.origins[0].before == 1 && d.origins[0].after == 2);
    assert_true(d.origins[1].before == 1 && d.origins[1].after == 0);
    assert_int_equal(dataset_compare(SLICE("h\n"), SLICE("i\n"), &d), ERR_VALUE);
    assert_int_equal(dataset_compare(SLICE("h\na\tb\n"), SLICE("h\n"), &d), ERR_VALUE);
}

static void without_memory_nothing_is_compared(void **state)
{
    struct dataset_difference d;
    enum error error = ERR_NOMEM;
    (void)state;
    for (long successes = 0; error; successes++) {
        mem_fail_after(successes);
        error = dataset_compare(SLICE("h\na\td\tx\t1\n"), SLICE("h\na\td\tx\t0\n"), &d);
        mem_fail_after(-1);
        assert_true(error == OK || error == ERR_NOMEM);
        assert_true(successes < 10);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(an_answer_teaches_what_was_said_of_it),
        cmocka_unit_test(who_has_not_agreed_or_has_left_has_no_rows),
        cmocka_unit_test(a_checkin_has_the_facts_of_its_answer),
        cmocka_unit_test(only_a_confirmed_trade_is_a_label),
        cmocka_unit_test(staff_set_trades_right),
        cmocka_unit_test(only_staff_label_stages),
        cmocka_unit_test(staff_do_not_speak_for_her),
        cmocka_unit_test(a_sign_up_for_trainings_is_a_label_and_so_is_a_no),
        cmocka_unit_test(an_answer_tells_what_was_shown_before_and_which_tags_hold),
        cmocka_unit_test(rows_are_sorted_and_each_once),
        cmocka_unit_test(two_sets_are_compared_by_key_and_by_person),
        cmocka_unit_test(without_memory_nothing_is_compared),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
