/* Trainings as values: the record, codes, the reminder's instant, and what people are told. */
#include "tests/unit/unit.h"

#include <stdio.h>
#include <string.h>

#include "base/civil.h"
#include "base/mem.h"
#include "gateway/training.h"
#include "tests/unit/hostile.h"
#include "tests/unit/peru_holidays.h"

static struct arena *arena;

static int set_up(void **state)
{
    (void)state;
    arena = arena_new(1024 * 1024);
    return arena ? 0 : -1;
}

static int tear_down(void **state)
{
    (void)state;
    arena_free(arena);
    return 0;
}

static int64_t lima(const char *text)
{
    int64_t ms = 0;
    assert_int_equal(civil_parse_lima(slice_of(text), &ms), OK);
    return ms;
}

static struct training usual(void)
{
    struct training t = {.created_ms = 1,
                         .starts_ms = lima("2026-12-04T15:00"),
                         .deadline_ms = lima("2026-12-03T18:00"),
                         .seats = 2,
                         .by = SLICE("ana"),
                         .code = SLICE("CAJA"),
                         .title = SLICE("Caja y \"precios\""),
                         .place = SLICE("Municipalidad de Wanchaq"),
                         .link = SLICE(""),
                         .audience = SLICE("region = 08"),
                         .door = SLICE("QRS7")};
    for (size_t i = 0; i < TRAINING_TEXTS; i++)
        t.texts[i] = SLICE("");
    return t;
}

static void a_record_comes_back_as_it_was(void **state)
{
    struct training t = usual(), again;
    struct buf out, second;
    (void)state;
    t.texts[TRAINING_CERTIFICATE] = SLICE("Constancia de {{title}}");
    buf_init(&out, TRAINING_RECORD_MAX);
    buf_init(&second, TRAINING_RECORD_MAX);
    training_write(&t, &out);
    assert_int_equal(training_read(buf_slice(&out), arena, &again), OK);
    training_write(&again, &second);
    assert_true(slice_eq(buf_slice(&out), buf_slice(&second)));
    assert_int_equal(again.seats, 2);
    assert_true(slice_is(again.texts[TRAINING_CERTIFICATE], "Constancia de {{title}}"));
    for (size_t len = 0; len < buf_slice(&out).len; len++)
        assert_int_equal(training_read(slice_part(buf_slice(&out), 0, len), arena, &again), ERR_SYNTAX);
    buf_release(&out);
    buf_release(&second);
}

static void records_that_are_none(void **state)
{
    static const char *const rows[] = {
        "",
        "{}",
        "[]",
        "{\"code\":\"CAJA\"}",
        "{\"created\":1,\"starts\":2,\"deadline\":2,\"seats\":0,\"certified\":0,\"code\":\"CAJA\"}",
        "{\"created\":1,\"starts\":2,\"deadline\":2,\"seats\":3,\"certified\":0,\"code\":\"caja\"}",
        "{\"created\":1,\"starts\":\"x\",\"deadline\":2,\"seats\":3,\"certified\":0,\"code\":\"CAJA\"}"};
    struct training t;
    (void)state;
    for (size_t i = 0; i < COUNT(rows); i++)
        assert_int_equal(training_read(slice_of(rows[i]), arena, &t), ERR_SYNTAX);
}

static void without_memory_nothing_is_read(void **state)
{
    struct training t = usual();
    struct buf out;
    (void)state;
    buf_init(&out, TRAINING_RECORD_MAX);
    training_write(&t, &out);
    bool done = false;
    for (long after = 0; !done && after < 1000; after++) {
        struct arena *own = arena_new(64 * 1024);
        mem_fail_after(after);
        enum error error = training_read(buf_slice(&out), own, &t);
        mem_fail_after(-1);
        assert_true(error == OK || error == ERR_NOMEM);
        done = error == OK;
        arena_free(own);
    }
    assert_true(done);
    buf_release(&out);
}

static void wishes_are_read(void **state)
{
    static const char *const none[] = {"", "join", "{\"verb\":", "[\"join\""};
    struct training_wish wish;
    char big[TRAINING_WISH_MAX + 16];
    (void)state;
    assert_int_equal(
        training_wish_read(SLICE("{\"verb\":\"join\",\"words\":\"me apunto caja\",\"channel\":7}"), arena, &wish), OK);
    assert_true(slice_is(wish.verb, "join") && slice_is(wish.words, "me apunto caja"));
    assert_true(slice_is(wish.training, "") && slice_is(wish.channel, ""));
    for (size_t i = 0; i < COUNT(none); i++)
        assert_int_equal(training_wish_read(slice_of(none[i]), arena, &wish), ERR_SYNTAX);
    memset(big, ' ', sizeof(big));
    big[0] = '{';
    big[sizeof(big) - 1] = '}';
    assert_int_equal(training_wish_read((struct slice){big, sizeof(big)}, arena, &wish), ERR_SYNTAX);
}

static void without_memory_nothing_is_wished_or_said(void **state)
{
    struct training t = usual();
    const struct training_values values = {.number = 3, .proof = SLICE("12-3"), .list = SLICE("CAJA")};
    const char *text;
    bool done = false;
    (void)state;
    for (long after = 0; !done && after < 1000; after++) {
        struct arena *own = arena_new(64 * 1024);
        struct training_wish wish;
        struct slice said;
        mem_fail_after(after);
        enum error error = training_wish_read(SLICE("{\"verb\":\"join\",\"words\":\"me apunto caja\"}"), own, &wish);
        if (!error)
            error = training_say(&t, TRAINING_SEAT, "es", &values, own, &said);
        if (!error)
            error = training_fits(&t, own, &text);
        mem_fail_after(-1);
        assert_true(error == OK || error == ERR_NOMEM);
        done = error == OK;
        arena_free(own);
    }
    assert_true(done);
}

static void codes_and_ids(void **state)
{
    static const struct {
        const char *words, *code;
        bool names;
    } rows[] = {{"me apunto caja", "CAJA", true},
                {"Me apunto: CAJA!", "CAJA", true},
                {"cajas", "CAJA", false},
                {"caja", "CAJA", true},
                {"mi caja2", "CAJA2", true},
                {"", "CAJA", false},
                {"llegu\xc3\xa9 qrs7", "QRS7", true},
                {"qrs", "QRS7", false},
                {"caja", "", false}};
    (void)state;
    for (size_t i = 0; i < COUNT(rows); i++)
        assert_int_equal(training_names(slice_of(rows[i].words), slice_of(rows[i].code)), rows[i].names);
    assert_true(training_is_code(SLICE("CAJA2")) && training_is_code(SLICE("AB")));
    assert_false(training_is_code(SLICE("A")) || training_is_code(SLICE("2A")) || training_is_code(SLICE("CAJA-2")) ||
                 training_is_code(SLICE("ABCDEFGHI")) || training_is_code(SLICE("caja")));
    assert_true(training_is_id(SLICE("1")) && training_is_id(SLICE("999999")));
    assert_false(training_is_id(SLICE("")) || training_is_id(SLICE("01")) || training_is_id(SLICE("1000000")) ||
                 training_is_id(SLICE("-1")));
}

static void a_door_has_letters_and_a_digit(void **state)
{
    char door[TRAINING_DOOR];
    (void)state;
    for (unsigned byte = 0; byte < 256; byte++) {
        const unsigned char chance[TRAINING_DOOR - 1] = {(unsigned char)byte, (unsigned char)(byte * 7),
                                                         (unsigned char)(byte * 13), (unsigned char)(byte * 31)};
        training_make_door(chance, door);
        assert_int_equal(strlen(door), TRAINING_DOOR - 1);
        assert_true(training_is_code(slice_of(door)));
        assert_null(strpbrk(door, "IO01"));
        assert_non_null(strpbrk(door, "23456789"));
    }
}

static void the_reminder_comes_at_a_decent_hour(void **state)
{
    static const struct limit_rules usual_hours = {.burst = 1,
                                                   .bulk_from_min = 480,
                                                   .bulk_to_min = 1200,
                                                   .bulk_days = 0x7E,
                                                   .holidays = &peru},
                                    never = {.burst = 1, .bulk_from_min = 480, .bulk_to_min = 1200, .bulk_days = 0};
    static const struct {
        const char *starts, *reminder;
    } rows[] = {
        {"2026-12-04T15:00", "2026-12-03T10:00"},
        {"2026-12-04T00:30", "2026-12-03T10:00"},
        {"2026-11-30T08:00", "2026-11-28T10:00"}, /* a Monday: not on Sunday */
        {"2026-12-10T08:00", "2026-12-07T10:00"}, /* 8 and 9 December are holidays */
    };
    (void)state;
    for (size_t i = 0; i < COUNT(rows); i++)
        assert_int_equal(training_remind_ms(&usual_hours, lima(rows[i].starts)), lima(rows[i].reminder));
    assert_int_equal(training_remind_ms(&never, lima("2026-11-30T08:00")), lima("2026-11-29T10:00"));
}

static void what_people_are_told(void **state)
{
    struct training t = usual();
    const struct training_values values = {.number = 3, .proof = SLICE("12-3")};
    char name[TRAINING_LIST];
    struct slice said, bad;
    (void)state;
    assert_int_equal(training_say(&t, TRAINING_SEAT, "es", &values, arena, &said), OK);
    assert_string_equal(said.ptr, "Tienes lugar: Caja y \"precios\", viernes 4/12, 15:00, Municipalidad de Wanchaq. Si "
                                  "no puedes ir, responde NO VOY.");
    assert_int_equal(training_say(&t, TRAINING_WAITING, "qu", &values, arena, &said), OK);
    assert_non_null(strstr(said.ptr, "número 3"));
    assert_int_equal(training_say(&t, TRAINING_LEFT, "en", &values, arena, &said), OK);
    assert_string_equal(said.ptr, "Done, you are not in Caja y \"precios\" any more.");
    t.texts[TRAINING_CERTIFICATE] = SLICE("{{ code }} {{proof}}: {{when}}{{");
    assert_int_equal(training_say(&t, TRAINING_CERTIFICATE, "es", &values, arena, &said), OK);
    training_list_name(&t, name);
    assert_string_equal(name, "CAJA vie 4/12 15:00");
    assert_true(training_text_good(SLICE("a {{title}} b"), &bad));
    assert_false(training_text_good(SLICE("a {{titel}} b"), &bad));
    assert_true(slice_is(bad, "titel"));
    assert_false(training_text_good(SLICE("a {{"), &bad));
    for (size_t text = 0; text < TRAINING_TEXTS; text++) {
        assert_non_null(training_texts[text]);
        assert_int_equal(training_say(&t, (enum training_text)text, "en", &values, arena, &said), OK);
        assert_true(said.len > 0);
        assert_int_equal(training_say(&t, (enum training_text)text, "es", &values, arena, &said), OK);
        assert_true(said.len > 0);
    }
    assert_null(training_texts[TRAINING_TEXTS]);
}

/* A text that names the place twenty times is one that no message takes. */
static void what_comes_to_too_much_is_told(void **state)
{
    static const char where[] = "{{where}}{{where}}{{where}}{{where}}{{where}}";
    const struct training_values values = {0};
    struct training t = usual();
    char place[TRAINING_PLACE_MAX + 1], text[TRAINING_TEXT_MAX + 1];
    const char *which = NULL;
    struct slice said;
    (void)state;
    assert_int_equal(training_fits(&t, arena, &which), OK);
    memset(place, 'p', sizeof(place) - 1);
    place[sizeof(place) - 1] = '\0';
    t.place = slice_of(place);
    t.texts[TRAINING_MOVED] = slice_of(where);
    assert_int_equal(training_fits(&t, arena, &which), OK);
    snprintf(text, sizeof(text), "%s%s%s%s%s", where, where, where, where, where);
    t.texts[TRAINING_MOVED] = slice_of(text);
    assert_int_equal(training_fits(&t, arena, &which), ERR_LIMIT);
    assert_string_equal(which, "moved");
    assert_int_equal(training_say(&t, TRAINING_MOVED, "es", &values, arena, &said), ERR_LIMIT);
    assert_null(said.ptr);
}

static void until_when_one_can_sign_up(void **state)
{
    struct training t = usual();
    (void)state;
    assert_true(training_is_open(&t, t.deadline_ms - 1));
    assert_false(training_is_open(&t, t.deadline_ms));
    t.cancelled = true;
    assert_false(training_is_open(&t, t.deadline_ms - 1));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_record_comes_back_as_it_was),
        cmocka_unit_test(records_that_are_none),
        cmocka_unit_test(without_memory_nothing_is_read),
        cmocka_unit_test(wishes_are_read),
        cmocka_unit_test(without_memory_nothing_is_wished_or_said),
        cmocka_unit_test(codes_and_ids),
        cmocka_unit_test(a_door_has_letters_and_a_digit),
        cmocka_unit_test(the_reminder_comes_at_a_decent_hour),
        cmocka_unit_test(what_people_are_told),
        cmocka_unit_test(what_comes_to_too_much_is_told),
        cmocka_unit_test(until_when_one_can_sign_up),
    };
    if (!peru_holidays_load())
        return 1;
    return cmocka_run_group_tests(tests, set_up, tear_down);
}
