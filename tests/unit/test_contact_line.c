/* A contact's line: read and written alike, refused when it is none, and what a commit makes of it. */
#include "tests/unit/unit.h"

#include <string.h>

#include "gateway/contact_line.h"

#define NOW_MS 1000000

static void what_is_no_line_is_refused(void **state)
{
    static const char *const bad[] = {"1",
                                      "1 2 3",
                                      "1 2 3 ",
                                      " 1 2 3 4",
                                      "1 2 3 4",
                                      "1 2 0 3 000004 5 0 - 6 ",
                                      "-1 2 0 3 000004 5 0 - 6",
                                      "1 2 0 3 000004 4294967296 0 - 6",
                                      "1 2 0 3 000004 5 0 - 6 remind",
                                      "1 2 0 3 000004 5 0 - 6 remind sms",
                                      "1 2 0 3 000004 5 0 - 6 remind sms x",
                                      "1 2 3 000004 5 6",
                                      "1 2 0 3 000004 5 0 - 6 remind  5",
                                      "1 2 x 3 000004 5 0 - 6",
                                      "1 2 0 3 000004 5 0 sms 6",
                                      "1 2 0 3 000004 5 0 sms= 6",
                                      "1 2 0 3 000004 5 0 =5 6",
                                      "1 2 0 3 000004 5 0 sms=5, 6",
                                      "1 2 0 3 000004 5 0 a=1,b=1,c=1,d=1,e=1,f=1,g=1,h=1,i=1 6",
                                      "99999999999999999999 2 0 3 000004 5 0 - 6"};
    struct contact_line line;
    char out[CONTACT_LINE_MAX], many[1024] = "1 2 0 3 4 5 0 - 6";
    struct slice written;
    (void)state;
    for (size_t i = 0; i < COUNT(bad); i++)
        if (contact_line_read(slice_of(bad[i]), &line) != ERR_SYNTAX)
            fail_msg("\"%s\" was read", bad[i]);
    for (size_t i = 0; i <= CONTACT_LINE_TIMERS_MAX; i++) {
        enum error expected = i < CONTACT_LINE_TIMERS_MAX ? OK : ERR_SYNTAX;
        strcat(many, " t sms 5");
        assert_int_equal(contact_line_read(slice_of(many), &line), expected);
        if (expected)
            continue;
        assert_int_equal(contact_line_write(&line, out, &written), OK);
        assert_true(slice_is(written, many));
    }
    assert_int_equal(contact_line_read(SLICE_NONE, &line), OK);
    assert_true(line.version == 0 && line.timer_count == 0);
}

/* A line, what a commit brings, and the line then. */
static const struct {
    const char *what, *before;
    struct {
        const char *name;
        int64_t due_ms;
    } timers[2], fired;
    enum opt opt;
    const char *after;
} rows[] = {
    {"a contact never seen", "", {{0}}, {0}, OPT_UNCHANGED, "1 1000000 0 24 000000 2048 0 - 0"},
    {"who is new is looked at early",
     "",
     {{"expire", NOW_MS + 57600001}},
     {0},
     OPT_UNCHANGED,
     "1 1000000 0 24 000000 2048 0 - 58600000 expire sms 58600001"},
    {"but not too late",
     "",
     {{"expire", NOW_MS + 57599999}},
     {0},
     OPT_UNCHANGED,
     "1 1000000 0 24 000000 2048 0 - 58599999 expire sms 58599999"},
    {"a first timer",
     "1 7 0 3 12 2048 0 - 0",
     {{"remind", 50}},
     {0},
     OPT_UNCHANGED,
     "2 7 0 3 12 2048 0 - 50 remind sms 50"},
    {"it is time to tend", "1 7 0 0 12 2048 0 - 0", {{0}}, {0}, OPT_UNCHANGED, "2 7 0 25 12 2048 0 - 0"},
    {"put off: the place stays",
     "1 7 0 3 12 2048 0 - 50 remind wa 50",
     {{"remind", 60}},
     {0},
     OPT_UNCHANGED,
     "2 7 0 3 12 2048 0 - 50 remind sms 60"},
    {"an earlier one moves it",
     "1 7 0 3 12 2048 0 - 50 remind sms 60",
     {{"expire", 40}},
     {0},
     OPT_UNCHANGED,
     "2 7 0 3 12 2048 0 - 40 remind sms 60 expire sms 40"},
    {"one goes, the other stays",
     "1 7 0 3 12 2048 0 - 40 remind sms 60 expire sms 40",
     {{"expire", 0}},
     {0},
     OPT_UNCHANGED,
     "2 7 0 3 12 2048 0 - 40 remind sms 60"},
    {"the last one goes",
     "1 7 0 3 12 2048 0 - 40 remind sms 60",
     {{"remind", 0}, {"never-set", 0}},
     {0},
     OPT_UNCHANGED,
     "2 7 0 3 12 2048 0 - 0"},
    {"fired",
     "1 7 0 3 12 2048 0 - 60 remind sms 60",
     {{0}},
     {"remind", 60},
     OPT_UNCHANGED,
     "2 7 0 3 12 2048 0 - 0"},
    {"fired for another instant",
     "1 7 0 3 12 2048 0 - 60 remind sms 60",
     {{0}},
     {"remind", 59},
     OPT_UNCHANGED,
     "2 7 0 3 12 2048 0 - 60 remind sms 60"},
    {"fired and set again",
     "1 7 0 3 12 2048 0 - 60 remind sms 60",
     {{"remind", 90}},
     {"remind", 60},
     OPT_UNCHANGED,
     "2 7 0 3 12 2048 0 - 90 remind sms 90"},
    {"BAJA",
     "1 7 0 3 12 2048 0 - 60 remind sms 60",
     {{"expire", 90}},
     {0},
     OPT_OUT,
     "2 7 0 3 12 2049 0 - 0"},
};

static void commits_move_timers_and_seldom_the_place(void **state)
{
    (void)state;
    for (size_t i = 0; i < COUNT(rows); i++) {
        struct contact_line line;
        char out[CONTACT_LINE_MAX];
        struct slice written;
        assert_int_equal(contact_line_read(slice_of(rows[i].before), &line), OK);
        struct commit c = {.channel = SLICE("sms"),
                           .expected = line.version,
                           .born_ms = line.born_ms,
                           .now_ms = NOW_MS,
                           .fired = {slice_of(rows[i].fired.name), rows[i].fired.due_ms},
                           .opt = rows[i].opt};
        for (; c.timer_count < 2 && rows[i].timers[c.timer_count].name; c.timer_count++)
            c.timers[c.timer_count] = (struct store_timer){slice_of(rows[i].timers[c.timer_count].name),
                                                           rows[i].timers[c.timer_count].due_ms};
        assert_int_equal(contact_line_commit(&line, &c), OK);
        assert_int_equal(contact_line_write(&line, out, &written), OK);
        if (!slice_is(written, rows[i].after))
            fail_msg("%s: %.*s", rows[i].what, (int)written.len, written.ptr);
    }
}

static void turns_tell_of_the_person(void **state)
{
    struct contact_line line;
    struct commit c = {.channel = SLICE("wa"),
                       .kind = CHANNEL_WHATSAPP,
                       .inbound_ms = INT64_C(1795402800000),
                       .language = SLICE("es"),
                       .consents = {{.purpose = SLICE("avisos_capacitacion"), .value = SLICE("yes")},
                                    {.purpose = SLICE("respuestas"), .value = SLICE("no")}},
                       .consent_count = 2};
    struct profile p = {{0}};
    (void)state;
    assert_int_equal(contact_line_read(SLICE_NONE, &line), OK);
    assert_int_equal(contact_line_commit(&line, &c), OK);
    p.columns[COLUMN_TRAITS] = line.traits;
    assert_int_equal(profile_number(&p, profile_field(SLICE("channel"))), 4);
    assert_int_equal(profile_number(&p, profile_field(SLICE("consent"))), 0);
    assert_int_equal(profile_standing(line.traits, SLICE(PURPOSE_NOTICES)), STANDING_PENDING);
    assert_int_equal(profile_number(&p, profile_field(SLICE("language"))), 1);
    assert_int_equal(profile_number(&p, profile_field(SLICE("seen"))), profile_day(c.inbound_ms));
    assert_int_equal(contact_line_commit(&line, &c), OK);
    assert_int_equal(profile_standing(line.traits, SLICE(PURPOSE_NOTICES)), STANDING_AGREED);
    c = (struct commit){.channel = SLICE("api"), .opt = OPT_OUT};
    assert_int_equal(contact_line_commit(&line, &c), OK);
    assert_int_equal(profile_standing(line.traits, SLICE(PURPOSE_NOTICES)), STANDING_NONE);
    assert_int_equal(line.traits & 1, 1);
}

static void a_line_tells_when_she_wrote_on_each_channel(void **state)
{
    static const char *const names[] = {"sms", "wa", "sms", "a", "b", "c", "d", "e", "f", "g"};
    struct contact_line line, again;
    char out[CONTACT_LINE_MAX];
    struct slice written;
    (void)state;
    assert_int_equal(contact_line_read(SLICE_NONE, &line), OK);
    for (size_t i = 0; i < COUNT(names); i++) {
        const struct commit c = {.channel = slice_of(names[i]), .now_ms = NOW_MS, .inbound_ms = 100 + (int64_t)i};
        assert_int_equal(contact_line_commit(&line, &c), OK);
        assert_int_equal(contact_line_inbound(&line, c.channel), c.inbound_ms);
    }
    const struct commit none = {.channel = SLICE("api"), .now_ms = NOW_MS};
    assert_int_equal(contact_line_commit(&line, &none), OK); /* it was no message */
    assert_int_equal(contact_line_write(&line, out, &written), OK);
    assert_int_equal(contact_line_read(written, &again), OK);
    assert_int_equal(again.inbound_count, CONTACT_LINE_CHANNELS_MAX);
    assert_int_equal(contact_line_inbound(&again, SLICE("sms")), 102);
    assert_int_equal(contact_line_inbound(&again, SLICE("g")), 109);
    assert_int_equal(contact_line_inbound(&again, SLICE("wa")), 0); /* the one of longest ago had to go */
    assert_int_equal(contact_line_inbound(&again, SLICE("api")), 0);
    for (const char *const *bad = (const char *const[]){"a b", "a,b", "a=b", "", NULL}; *bad; bad++) {
        const struct commit c = {.channel = slice_of(*bad), .now_ms = NOW_MS, .inbound_ms = 5};
        assert_int_equal(contact_line_commit(&line, &c), ERR_VALUE);
    }
}

/* The fields `v` and `s` of a contact's hash, and the state that is in them; NULL: they are refused. */
static const struct {
    const char *name, *kept, *state;
} fields[] = {
    {"12 7 3 ", "3 000004 5 0 - 6\nSTATE\n2", "STATE\n2"},
    {"12 7 3 ", "3 000004 5 0 - 6\n", ""},
    {"12 7 3 3 000004 5 0 - 6", "ST\nATE", "ST\nATE"}, /* as before library version 20 */
    {"12 7 3 3 000004 5 0 - 6", "", ""},
    {"12 7 3", "3 000004 5 0 - 6\nSTATE", NULL},
    {"12 7 3 ", "", NULL},
    {"12 7 3 ", "3 000004 5 0\nSTATE", NULL},
    {"12 x 3 ", "3 000004 5 0 - 6\nSTATE", NULL},
};

static void a_line_lies_in_two_fields(void **state)
{
    struct contact_line line;
    struct slice held;
    (void)state;
    for (size_t i = 0; i < COUNT(fields); i++) {
        enum error error = contact_line_fields(slice_of(fields[i].name), slice_of(fields[i].kept), &line, &held);
        assert_int_equal(error, fields[i].state ? OK : ERR_SYNTAX);
        if (error)
            continue;
        assert_true(slice_is(held, fields[i].state));
        assert_true(line.version == 12 && line.born_ms == 7 && line.edits == 3 && line.number == 4);
        assert_true(line.place_ms == 6 && line.timer_count == 0);
    }
    assert_int_equal(contact_line_fields(SLICE_NONE, SLICE_NONE, &line, NULL), OK);
    assert_int_equal(line.version, 0);
}

static void a_line_is_named_by_its_first_words(void **state)
{
    (void)state;
    assert_true(slice_is(contact_line_name(SLICE("12 7 0 3 000004 5 0 - 6")), "12 7 0 "));
    assert_false(contact_line_name(SLICE_NONE).len);
    assert_false(contact_line_name(SLICE("12 7 0")).len);
    struct contact_line line; /* what changed between commits starts anew with one */
    const struct commit c = {.channel = SLICE("sms"), .expected = 12, .born_ms = 7, .now_ms = NOW_MS};
    assert_int_equal(contact_line_read(SLICE("12 7 3 3 000004 5 0 - 6"), &line), OK);
    assert_int_equal(line.edits, 3);
    assert_int_equal(contact_line_commit(&line, &c), OK);
    assert_int_equal(line.edits, 0);
}

static void a_new_line_is_given_its_number(void **state)
{
    char line[] = "1 7 0 3 000000 1 0 - 0 remind sms 60";
    (void)state;
    assert_false(contact_line_number(line, strlen(line), 1000000));
    assert_true(contact_line_number(line, strlen(line), 40213));
    assert_string_equal(line, "1 7 0 3 040213 1 0 - 0 remind sms 60");
    assert_false(contact_line_number(line, strlen(line), 3));
    assert_false(contact_line_number(line, 3, 3));
}

static void what_has_no_place_in_a_line_is_an_error(void **state)
{
    struct contact_line line;
    struct slice written;
    char out[CONTACT_LINE_MAX], names[CONTACT_LINE_TIMERS_MAX + 1][8], longest[CONTACT_LINE_MAX];
    struct commit c = {.channel = SLICE("sms"), .now_ms = NOW_MS, .timers = {{SLICE("a b"), 5}}, .timer_count = 1};
    (void)state;
    assert_int_equal(contact_line_read(SLICE_NONE, &line), OK);
    assert_int_equal(contact_line_commit(&line, &c), ERR_VALUE);
    for (c.timer_count = 0; c.timer_count <= CONTACT_LINE_TIMERS_MAX; c.timer_count++) {
        names[c.timer_count][0] = (char)('a' + c.timer_count);
        c.timers[c.timer_count] = (struct store_timer){{names[c.timer_count], 1}, 5};
    }
    assert_int_equal(contact_line_read(SLICE_NONE, &line), OK);
    assert_int_equal(contact_line_commit(&line, &c), ERR_LIMIT);
    memset(longest, 'x', sizeof(longest));
    c.timer_count = 1;
    c.timers[0].name = (struct slice){longest, sizeof(longest)};
    assert_int_equal(contact_line_read(SLICE_NONE, &line), OK);
    assert_int_equal(contact_line_commit(&line, &c), OK);
    assert_int_equal(contact_line_write(&line, out, &written), ERR_LIMIT);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(what_is_no_line_is_refused),
        cmocka_unit_test(commits_move_timers_and_seldom_the_place),
        cmocka_unit_test(turns_tell_of_the_person),
        cmocka_unit_test(a_line_tells_when_she_wrote_on_each_channel),
        cmocka_unit_test(a_line_lies_in_two_fields),
        cmocka_unit_test(a_line_is_named_by_its_first_words),
        cmocka_unit_test(a_new_line_is_given_its_number),
        cmocka_unit_test(what_has_no_place_in_a_line_is_an_error),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
