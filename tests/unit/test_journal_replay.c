/* Replays over the shipped flow: a recorded conversation is the same again, each kind of change is found, and what is
 * written down as a scenario names nobody. */
#include "tests/unit/shipped_world.h"

#include <string.h>

#include "base/mem.h"
#include "gateway/record.h"
#include "gateway/replay.h"
#include "gateway/repro.h"

#define NOW_MS 1795435200000 /* 2026-11-23T12:00:00Z */
#define ARENA_MAX (4 * 1024 * 1024)
#define TURNS_MAX 24

/* A conversation as its journal keeps it. */
static char *journal[TURNS_MAX];
static size_t turns;

static const char *const script[] = {
    "hola",
    "1",
    "vendo jugos y desayunos en un puesto del mercado",
    "si",
    "hace 2 anios",
    "3000 al mes",
    "igual",
    "unos 20 al dia",
    "yo solo",
    "no",
    "cusco",
    "prestamo",
    "1",
    "4",
    "si",
    "no",
    "menu",
    "2",
};

static char *in_json(struct slice packed, struct arena *arena)
{
    struct journal_entry entry;
    struct buf json;
    buf_init(&json, JOURNAL_ENTRY_MAX);
    assert_int_equal(journal_read(packed, arena, &entry), OK);
    journal_write(&json, &entry);
    char *text = mem_copy(json.ptr, json.len);
    buf_release(&json);
    return text;
}

static void record_turn(struct buf *state, const struct channel *channel, const char *text, size_t at)
{
    const struct event event = {.kind = text[0] ? EVENT_TEXT : EVENT_BEGIN,
                                .from = SLICE("+51987654321"),
                                .id = SLICE("m"),
                                .text = slice_of(text),
                                .at_ms = NOW_MS};
    const struct occasion occasion = {channel, &event, NOW_MS + (int64_t)at * 61000, at, SLICE_NONE, SLICE_NONE};
    struct arena *arena = arena_new(ARENA_MAX);
    struct thought *thought = arena_alloc(arena, sizeof(*thought));
    struct commit *commit = arena_alloc(arena, sizeof(*commit));
    bool reset;
    assert_int_equal(think(&world->mind, channel, buf_slice(state), &event, occasion.now_ms, arena, thought, &reset),
                     OK);
    assert_int_equal(record_thought(&occasion, thought, arena, commit), OK);
    buf_clear(state);
    buf_addslice(state, commit->state);
    journal[at] = in_json(commit->journal, arena);
    arena_free(arena);
}

static int record_conversation(void **state)
{
    const struct channel channel = {.name = "sms", .kind = CHANNEL_SMS, .sync = true};
    struct buf stored;
    buf_init(&stored, DIALOG_STATE_BYTES);
    if (open_world(state))
        return -1;
    for (turns = 0; turns < COUNT(script); turns++)
        record_turn(&stored, &channel, script[turns], turns);
    buf_release(&stored);
    return 0;
}

static int forget_conversation(void **state)
{
    for (size_t i = 0; i < turns; i++)
        mem_free(journal[i]);
    return close_world(state);
}

/* Replays entries `from` to before `to`, the entry at `changed` with `then` for `now`; gives the last verdict. */
static enum replay_verdict play(size_t from, size_t to, size_t changed, const char *then, const char *now, bool engine,
                                size_t *unknown)
{
    struct arena *arena = arena_new(ARENA_MAX);
    struct replayed got = {.verdict = REPLAY_SAME};
    struct journal_entry entry;
    struct replay replay;
    struct buf text;
    size_t skipped = 0;
    replay_init(&replay, &world->mind, engine);
    buf_init(&text, JOURNAL_ENTRY_MAX);
    for (size_t i = from; i < to && (got.verdict == REPLAY_SAME || got.verdict == REPLAY_UNKNOWN); i++) {
        arena_reset(arena);
        buf_clear(&text);
        if (i == changed) {
            char *found = strstr(journal[i], then);
            if (!found)
                fail_msg("'%s' is not in %s", then, journal[i]);
            buf_add(&text, journal[i], (size_t)(found - journal[i]));
            buf_adds(&text, now);
            buf_adds(&text, found + strlen(then));
        } else {
            buf_adds(&text, journal[i]);
        }
        assert_int_equal(journal_read(buf_slice(&text), arena, &entry), OK);
        assert_int_equal(replay_turn(&replay, &entry, arena, &got), OK);
        skipped += got.verdict == REPLAY_UNKNOWN;
    }
    if (unknown)
        *unknown = skipped;
    buf_release(&text);
    replay_release(&replay);
    arena_free(arena);
    return got.verdict;
}

static void a_conversation_is_the_same_again(void **state)
{
    size_t unknown;
    (void)state;
    assert_int_equal(play(0, turns, turns, "", "", false, &unknown), REPLAY_SAME);
    assert_int_equal(unknown, 0);
    assert_int_equal(play(0, turns, turns, "", "", true, &unknown), REPLAY_SAME);
    assert_int_equal(unknown, 0);
}

static void it_begins_where_the_state_is_known(void **state)
{
    size_t unknown;
    (void)state;
    assert_int_equal(play(3, turns, turns, "", "", false, &unknown), REPLAY_SAME);
    assert_int_equal(unknown, JOURNAL_STATE_EVERY - 3);
    assert_int_equal(play(3, 6, turns, "", "", false, &unknown), REPLAY_UNKNOWN);
    assert_int_equal(unknown, 3);
}

/* The second entry is the answer to the consent; the third asks for the industry. */
static void each_kind_of_change_is_found(void **state)
{
    static const struct {
        size_t at;
        const char *then, *now;
        enum replay_verdict expected;
    } rows[] = {
        {1, "\"v\":\"yes\"", "\"v\":\"no\"", REPLAY_EFFECTS},
        {1, "\"fx\":[{", "\"fx\":[{\"k\":\"end\"},{", REPLAY_EFFECTS},
        {0, "\"w\":[\"Hola", "\"w\":[\"Adios", REPLAY_WORDS},
        {0, "\"w\":[", "\"w\":[\"one more\",", REPLAY_WORDS},
        {2, "\"a\":[{\"k\":\"industry\"", "\"a\":[{\"k\":\"profile\"", REPLAY_NEEDS},
        {0, "\"d\":[\"\",\"", "\"d\":[\"\",\"0123456789abcdef\"],\"unused\":[\"", REPLAY_STATE},
        {2, "\"x\":\"vendo jugos", "\"x\":\"vendo zapatos", REPLAY_EFFECTS},
    };
    (void)state;
    for (size_t i = 0; i < COUNT(rows); i++) {
        enum replay_verdict verdict = play(0, turns, rows[i].at, rows[i].then, rows[i].now, false, NULL);
        if (verdict != rows[i].expected)
            fail_msg("row %zu: %d", i, verdict);
    }
}

static void a_replay_without_memory_fails_alone(void **state)
{
    struct arena *kept = arena_new(ARENA_MAX);
    struct journal_entry entry;
    enum error error = ERR_NOMEM;
    (void)state;
    assert_int_equal(journal_read(slice_of(journal[2]), kept, &entry), OK);
    entry.version = 0; /* from the empty state: it may differ, but is computed */
    for (long successes = 0; error; successes++) {
        struct arena *arena = arena_new(ARENA_MAX);
        struct replayed got;
        struct replay replay;
        replay_init(&replay, &world->mind, false);
        mem_fail_after(successes);
        error = replay_turn(&replay, &entry, arena, &got);
        mem_fail_after(-1);
        replay_release(&replay);
        arena_free(arena);
        assert_true(error == OK || error == ERR_NOMEM);
        assert_true(successes < 1000);
    }
    arena_free(kept);
}

static void numbers_become_a_made_up_one(void **state)
{
    static const struct {
        const char *text, *expected;
    } rows[] = {
        {"", ""},
        {"mi cel es 912345678", "mi cel es 987654321"},
        {"912 345 678, gracias", "987654321, gracias"},
        {"+51 912-345-678", "987654321"},
        {"+51912345678 y 0051912345678", "987654321 y 987654321"},
        {"51912345678", "987654321"},
        {"RUC 20912345678", "RUC 20912345678"},
        {"10912345678", "10912345678"},
        {"9123456789", "9123456789"},
        {"91234567", "91234567"},
        {"vendo 900 al mes", "vendo 900 al mes"},
        {"0-801-12-100", "0-801-12-100"},
        {"9", "9"},
    };
    struct buf out;
    (void)state;
    buf_init(&out, 1024);
    for (size_t i = 0; i < COUNT(rows); i++) {
        buf_clear(&out);
        repro_mask(&out, slice_of(rows[i].text));
        assert_string_equal(buf_text(&out), rows[i].expected);
    }
    buf_release(&out);
}

static void a_scenario_says_who_did_what(void **state)
{
    static const struct message_option yes = {SLICE("s/y"), SLICE("S\xc3\xad"), {NULL, 0}};
    const struct message question = {
        .kind = MESSAGE_BUTTONS, .text = SLICE("\xc2\xbfSeguimos?\n\nDime"), .options = {yes}, .option_count = 1};
    const struct effect fact = {.kind = EFFECT_FACT, .slot = SLICE("activity"), .value = SLICE("al 912345678")};
    const struct advice advice = {.kind = NEED_INDUSTRY, .labels = {{"k", "N", 0.934}}, .label_count = 1, .sure = true};
    struct journal_entry entry = {.at_ms = NOW_MS,
                                  .kind = CHANNEL_WHATSAPP,
                                  .interactive = true,
                                  .event = {.kind = EVENT_TEXT, .text = SLICE("al\n912 345 678")},
                                  .advices = &advice,
                                  .advice_count = 1,
                                  .effects = &fact,
                                  .effect_count = 1,
                                  .messages = &question,
                                  .message_count = 1};
    struct repro *repro = mem_alloc(sizeof(*repro));
    (void)state;
    repro_init(repro);
    repro_turn(repro, &entry);
    entry = (struct journal_entry){.at_ms = NOW_MS + 3723000,
                                   .version = 1,
                                   .kind = CHANNEL_WHATSAPP,
                                   .interactive = true,
                                   .event = {.kind = EVENT_CHOICE, .payload = yes.id}};
    repro_turn(repro, &entry);
    entry.version = 9; /* a gap without a state */
    repro_turn(repro, &entry);
    assert_int_equal(repro->out.error, OK);
    assert_string_equal(buf_text(&repro->out),
                        "# Recorded, and written down by `chaski replay --repro`. Phone numbers are made up.\n"
                        "flow_test: 1\n"
                        "conversations:\n"
                        "  - name: \"recorded from 2026-11-23T12:00:00.000Z on\"\n"
                        "    at: \"2026-11-23T12:00:00.000Z\"\n"
                        "    channel: whatsapp\n"
                        "    industry: none\n"
                        "    profile: none\n"
                        "    resources: none\n"
                        "    steps:\n"
                        "      - say: |-\n"
                        "          al\n"
                        "          987654321\n"
                        "        industry:\n"
                        "          sure: yes\n"
                        "          trades:\n"
                        "            - {key: k, name: N, probability: 0.93}\n"
                        "        expect: |-\n"
                        "          \xc2\xbfSeguimos?\n"
                        "\n"
                        "          Dime\n"
                        "          [S\xc3\xad]\n"
                        "        does: [fact activity al 987654321]\n"
                        "      - down: 3723s\n"
                        "      - press: \"S\xc3\xad\"\n"
                        "        expect: []\n"
                        "        does: []\n");
    repro_release(repro);
    mem_free(repro);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_conversation_is_the_same_again), cmocka_unit_test(it_begins_where_the_state_is_known),
        cmocka_unit_test(each_kind_of_change_is_found),     cmocka_unit_test(a_replay_without_memory_fails_alone),
        cmocka_unit_test(numbers_become_a_made_up_one),     cmocka_unit_test(a_scenario_says_who_did_what),
    };
    return cmocka_run_group_tests(tests, record_conversation, forget_conversation);
}
