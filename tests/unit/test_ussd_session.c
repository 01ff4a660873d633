/* Places in USSD sessions: what is new, what is a repeat, and by which id, for gateways that send the whole history and
 * for those that send the last input only. */
#include "tests/unit/unit.h"

#include <stdio.h>
#include <string.h>

#include "adapters/ussd.h"
#include "base/arena.h"
#include "base/mem.h"

#define FROM "+51987654321"
#define NOW_MS 1795402800000
#define ARENA_MAX (64 * 1024)
#define HOPS_MAX 6

/* What a contact's store keeps between hops. */
struct memory {
    char session[32];
    char text[2048];
};

static void keep(struct memory *memory, const char *session, struct slice text)
{
    assert_true(slice_copy(slice_of(session), memory->session, sizeof(memory->session)));
    assert_true(slice_copy(text, memory->text, sizeof(memory->text)));
}

/* One hop: a NULL input is a start. */
struct step {
    const char *session, *input;
    int after_ms; /* since the hop before */
    enum ussd_hop_kind kind;
    const char *gives; /* the input that the conversation is to see */
    int same_id_as;    /* the number of an earlier hop from 1; 0: an id never seen before */
};

static struct event event_of(const struct step *step, bool last_input, const char *whole)
{
    const char *text = last_input ? step->input : whole;
    return (struct event){.kind = text && text[0]      ? EVENT_TEXT
                                  : last_input && text ? EVENT_TEXT
                                                       : EVENT_BEGIN,
                          .from = SLICE(FROM),
                          .id = SLICE("given"),
                          .session = slice_of(step->session),
                          .text = slice_of(text),
                          .last_input = last_input};
}

struct story {
    const char *name;
    struct step steps[HOPS_MAX];
};

static void play(const struct story *story)
{
    char ids[HOPS_MAX][64];
    struct memory memory = {"", ""};
    int64_t now_ms = NOW_MS;
    for (size_t i = 0; i < HOPS_MAX && story->steps[i].session; i++) {
        const struct step *step = &story->steps[i];
        const struct event event = event_of(step, true, NULL);
        struct arena *arena = arena_new(ARENA_MAX);
        struct ussd_hop hop;
        int same = 0;
        now_ms += step->after_ms;
        assert_int_equal(ussd_place(slice_of(memory.session), slice_of(memory.text), &event, now_ms, arena, &hop), OK);
        assert_true(slice_copy(hop.id, ids[i], sizeof(ids[i])));
        for (size_t earlier = i; earlier > 0; earlier--)
            if (strcmp(ids[earlier - 1], ids[i]) == 0)
                same = (int)earlier;
        if (hop.kind != step->kind || !slice_is(hop.input, step->gives) || same != step->same_id_as)
            fail_msg("%s, hop %zu: kind %d, input \"%.*s\", the id of hop %d", story->name, i + 1, (int)hop.kind,
                     (int)hop.input.len, hop.input.ptr ? hop.input.ptr : "", same);
        if (hop.kind != USSD_REPEAT)
            keep(&memory, step->session, hop.kept);
        arena_free(arena);
    }
}

#define R (USSD_REPEAT_MS)

/* providers.md part 6.5: no id, no history. */
static void places_a_last_input(void **state)
{
    static const struct story stories[] = {
        {"a conversation",
         {{"s", NULL, 0, USSD_BEGIN, "", 0},
          {"s", "1", 5000, USSD_INPUT, "1", 0},
          {"s", "2", 5000, USSD_INPUT, "2", 0},
          {"s", "bodega de ropa", 5000, USSD_INPUT, "bodega de ropa", 0}}},
        {"a start twice", {{"s", NULL, 0, USSD_BEGIN, "", 0}, {"s", NULL, 500, USSD_BEGIN, "", 1}}},
        {"the same digit twice, quickly: a repeat",
         {{"s", NULL, 0, USSD_BEGIN, "", 0},
          {"s", "1", 5000, USSD_INPUT, "1", 0},
          {"s", "1", R - 1, USSD_REPEAT, "", 2},
          {"s", "2", 100, USSD_INPUT, "2", 0}}},
        {"the same digit twice, slowly: two inputs",
         {{"s", NULL, 0, USSD_BEGIN, "", 0},
          {"s", "1", 5000, USSD_INPUT, "1", 0},
          {"s", "1", R, USSD_INPUT, "1", 0},
          {"s", "1", R, USSD_INPUT, "1", 0}}},
        {"repeats do not push the window on",
         {{"s", NULL, 0, USSD_BEGIN, "", 0},
          {"s", "1", 5000, USSD_INPUT, "1", 0},
          {"s", "1", R - 100, USSD_REPEAT, "", 2},
          {"s", "1", 100, USSD_INPUT, "1", 0}}},
        {"another digit at once is no repeat",
         {{"s", NULL, 0, USSD_BEGIN, "", 0}, {"s", "1", 10, USSD_INPUT, "1", 0}, {"s", "2", 10, USSD_INPUT, "2", 0}}},
        {"double digits are one input",
         {{"s", NULL, 0, USSD_BEGIN, "", 0},
          {"s", "1", 5000, USSD_INPUT, "1", 0},
          {"s", "11", 100, USSD_INPUT, "11", 0},
          {"s", "1", 100, USSD_INPUT, "1", 0},
          {"s", "1", 100, USSD_REPEAT, "", 4}}},
        {"a star in an input",
         {{"s", NULL, 0, USSD_BEGIN, "", 0},
          {"s", "5*5", 5000, USSD_INPUT, "5*5", 0},
          {"s", "5", 100, USSD_INPUT, "5", 0},
          {"s", "5", 100, USSD_REPEAT, "", 3}}},
        {"empty inputs",
         {{"s", NULL, 0, USSD_BEGIN, "", 0},
          {"s", "", 100, USSD_INPUT, "", 0},
          {"s", "", 100, USSD_REPEAT, "", 2},
          {"s", "", R, USSD_INPUT, "", 0}}},
        {"a clock set back",
         {{"s", NULL, 0, USSD_BEGIN, "", 0},
          {"s", "1", 5000, USSD_INPUT, "1", 0},
          {"s", "1", -1000, USSD_REPEAT, "", 2},
          {"s", "1", -R, USSD_INPUT, "1", 0}}},
        {"leading zeros stay", {{"s", NULL, 0, USSD_BEGIN, "", 0}, {"s", "007", 0, USSD_INPUT, "007", 0}}},
        {"an input before any start begins",
         {{"s", "1", 0, USSD_BEGIN, "", 0}, {"s", "1", 100, USSD_REPEAT, "", 1}, {"s", "2", 100, USSD_INPUT, "2", 0}}},
        {"a new session",
         {{"s", NULL, 0, USSD_BEGIN, "", 0},
          {"s", "1", 5000, USSD_INPUT, "1", 0},
          {"t", NULL, 100, USSD_BEGIN, "", 0},
          {"t", "1", 100, USSD_INPUT, "1", 0}}},
        {"an input of the session before, unseen: begins anew",
         {{"s", NULL, 0, USSD_BEGIN, "", 0},
          {"t", NULL, 5000, USSD_BEGIN, "", 0},
          {"s", "1", 100, USSD_BEGIN, "", 0},
          {"t", "1", 100, USSD_BEGIN, "", 0}}},
        {"a late repeat of the session before keeps its id",
         {{"s", NULL, 0, USSD_BEGIN, "", 0},
          {"s", "1", 5000, USSD_INPUT, "1", 0},
          {"t", NULL, 100, USSD_BEGIN, "", 0},
          {"s", "1", 100, USSD_BEGIN, "", 2}}},
    };
    (void)state;
    for (size_t i = 0; i < COUNT(stories); i++)
        play(&stories[i]);
}

/* providers.md part 3.4: the same function, for gateways that send all input so far; the id is the adapter's. */
static void places_a_whole_history(void **state)
{
    static const struct {
        const char *stored_session, *stored, *now;
        enum ussd_hop_kind kind;
        const char *input;
    } rows[] = {
        {"", "", "", USSD_BEGIN, ""},         {"", "", "1*2", USSD_BEGIN, "1*2"},
        {"s", "", "1", USSD_INPUT, "1"},      {"s", "1", "1*1", USSD_INPUT, "1"},
        {"s", "1", "1", USSD_REPEAT, ""},     {"s", "1", "1*5*5", USSD_INPUT, "5*5"},
        {"s", "1*2", "7", USSD_BEGIN, ""},    {"s", "1*2", "", USSD_BEGIN, ""},
        {"t", "1", "1*2", USSD_BEGIN, "1*2"}, {"s", "1", "1*11", USSD_INPUT, "11"},
        {"s", "9 1 *1", "1", USSD_BEGIN, ""},
    };
    (void)state;
    for (size_t i = 0; i < COUNT(rows); i++) {
        const struct step step = {.session = "s"};
        const struct event event = event_of(&step, false, rows[i].now);
        struct ussd_hop hop;
        assert_int_equal(
            ussd_place(slice_of(rows[i].stored_session), slice_of(rows[i].stored), &event, NOW_MS, NULL, &hop), OK);
        if (hop.kind != rows[i].kind || !slice_is(hop.input, rows[i].input))
            fail_msg("\"%s\" then \"%s\": kind %d, input \"%.*s\"", rows[i].stored, rows[i].now, (int)hop.kind,
                     (int)hop.input.len, hop.input.ptr ? hop.input.ptr : "");
        assert_true(slice_is(hop.id, "given"));
        assert_true(slice_is(hop.kept, rows[i].now));
    }
}

/* What is stored may be of another channel, of an older version or broken: then the session begins anew. */
static void what_is_kept_is_not_trusted(void **state)
{
    static const char *const rows[] = {"",      "1",     "1*2",       "x 1 *1", "9 1",     "9 2 *1",
                                       "9 9 1", "9  *1", "9 1 2",     "9 0 1",  "-1 1 *1", "99999999999999999999 1 *1",
                                       "9 1 1", " ",     "9 -1 *1*1", "*1",     "9 *1",    "9 3 *1"};
    (void)state;
    for (size_t i = 0; i < COUNT(rows); i++) {
        const struct step step = {.session = "s", .input = "1"};
        const struct event event = event_of(&step, true, NULL);
        struct arena *arena = arena_new(ARENA_MAX);
        struct ussd_hop hop;
        assert_int_equal(ussd_place(SLICE("s"), slice_of(rows[i]), &event, NOW_MS, arena, &hop), OK);
        if (hop.kind != USSD_BEGIN)
            fail_msg("\"%s\": kind %d", rows[i], (int)hop.kind);
        arena_free(arena);
    }
}

/* However long a session lasts, what is kept of it is bounded, and every hop has an id of its own. */
static void a_long_session_is_folded(void **state)
{
    static char ids[200][64];
    struct memory memory = {"", ""};
    (void)state;
    for (size_t i = 0; i < COUNT(ids); i++) {
        const struct step step = {.session = "s", .input = i ? "treinta bytes de texto escrito" : NULL};
        const struct event event = event_of(&step, true, NULL);
        struct arena *arena = arena_new(ARENA_MAX);
        struct ussd_hop hop;
        int64_t now_ms = NOW_MS + (int64_t)i * R;
        assert_int_equal(ussd_place(slice_of(memory.session), slice_of(memory.text), &event, now_ms, arena, &hop), OK);
        assert_int_equal(hop.kind, i ? USSD_INPUT : USSD_BEGIN);
        assert_true(hop.kept.len <= USSD_HISTORY_MAX + 32);
        keep(&memory, "s", hop.kept);
        assert_true(slice_copy(hop.id, ids[i], sizeof(ids[i])));
        for (size_t earlier = 0; earlier < i; earlier++)
            assert_string_not_equal(ids[earlier], ids[i]);
        assert_int_equal(ussd_place(SLICE("s"), slice_of(memory.text), &event, now_ms + 1, arena, &hop), OK);
        assert_int_equal(hop.kind, i ? USSD_REPEAT : USSD_BEGIN);
        assert_true(slice_is(hop.id, ids[i]));
        arena_free(arena);
    }
}

/* The same session and history of two people are two hops. */
static void a_number_is_part_of_the_id(void **state)
{
    struct arena *arena = arena_new(ARENA_MAX);
    struct slice a, b;
    (void)state;
    assert_int_equal(ussd_hop_id(SLICE("s"), SLICE("+51987654321"), SLICE("*1"), arena, &a), OK);
    assert_int_equal(ussd_hop_id(SLICE("s"), SLICE("+51987654322"), SLICE("*1"), arena, &b), OK);
    assert_false(slice_eq(a, b));
    arena_free(arena);
}

static void memory_may_fail_anywhere(void **state)
{
    static const char *const kept[] = {"", "1795402790000 1 *1", "1795402800000 1 *1"};
    (void)state;
    for (size_t i = 0; i < COUNT(kept); i++)
        for (size_t size = 0, done = 0; !done; size += 8) {
            const struct step step = {.session = "s", .input = "1"};
            const struct event event = event_of(&step, true, NULL);
            struct arena *arena = arena_new(size);
            struct ussd_hop hop = {.kind = USSD_REPEAT, .id = SLICE("left alone")};
            assert_non_null(arena);
            enum error error = ussd_place(SLICE("s"), slice_of(kept[i]), &event, NOW_MS, arena, &hop);
            done = error == OK;
            assert_true(done || (error == ERR_NOMEM && slice_is(hop.id, "left alone")));
            assert_true(size < ARENA_MAX);
            arena_free(arena);
        }
}

static void codes(void **state)
{
    (void)state;
    assert_true(ussd_is_code("*384*1#"));
    assert_true(ussd_is_code("*123"));
    assert_false(ussd_is_code("123#"));
    assert_false(ussd_is_code(""));
    assert_true(ussd_same_code(SLICE("*123#"), SLICE("*123")));
    assert_false(ussd_same_code(SLICE("*123#"), SLICE("*124#")));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(places_a_last_input),
        cmocka_unit_test(places_a_whole_history),
        cmocka_unit_test(what_is_kept_is_not_trusted),
        cmocka_unit_test(a_long_session_is_folded),
        cmocka_unit_test(a_number_is_part_of_the_id),
        cmocka_unit_test(memory_may_fail_anywhere),
        cmocka_unit_test(codes),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
