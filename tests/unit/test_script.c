/* Scripts: what the reader takes and refuses, what plays, compares, shows and records them. */
#include "tests/unit/talk.h"

#include <dirent.h>
#include <stdlib.h>

#include "gateway/script_compare.h"
#include "gateway/script_record.h"
#include "gateway/script_show.h"

#define FOLDER "tests/replay"
#define HEAD "flow_test: 1\nconversations:\n  - name: n\n    steps:\n"

static const char one[] = "flow_test: 1\n"
                          "conversations:\n"
                          "  - name: hello # said by hand\n"
                          "    channel: whatsapp\n"
                          "    industry: none\n"
                          "    profile: none\n"
                          "    resources: none\n"
                          "    steps:\n"
                          "      # the first word\n"
                          "      - say: hola\n"
                          "        asks: consent\n"
                          "        does: [end]\n"
                          "        expect:\n"
                          "          has: [Chaski, Acepta]\n"
                          "      - press: S\xc3\xad\n"
                          "        # what is known then\n"
                          "        facts: {consent: yes, sales: none}\n"
                          "\n"
                          "      - wait: 20h\n";

static enum error read(const char *text, struct arena *arena, struct faults *faults, struct script *out)
{
    faults_init(faults);
    return script_read("s.yaml", slice_of(text), arena, faults, out);
}

static void refuses_with_place_and_remedy(void **state)
{
    static const struct {
        const char *text, *fault;
        unsigned line, column;
    } rows[] = {
        {"", "the file is empty", 1, 1},
        {"a", "is no map", 1, 1},
        {"conversations: []", "flow_test: 1", 1, 1},
        {"flow_test: 2\nconversations: [{name: n, steps: [{say: a}]}]", "flow_test: 1", 1, 12},
        {"flow_test: 1\nconversations: []", "1 to 1000", 2, 16},
        {"flow_test: 1\nconversation: []", "did you mean conversations", 2, 1},
        {"flow_test: 1\nconversations:\n  - steps: [{say: a}]", "has a name", 3, 5},
        {"flow_test: 1\nconversations:\n  - name: n", "has steps", 3, 5},
        {"flow_test: 1\nconversations:\n  - {name: n, steps: []}", "1 to 1000 steps", 3, 22},
        {"flow_test: 1\nconversations:\n  - {name: n, channel: fax, steps: [{say: a}]}", "sms, ussd, whatsapp", 3, 24},
        {"flow_test: 1\nconversations:\n  - {name: n, at: noon, steps: [{say: a}]}", "at is no time", 3, 19},
        {"flow_test: 1\nconversations:\n  - {name: n, state: '###', steps: [{say: a}]}", "state is none", 3, 22},
        {HEAD "      - {say: a, wait: 1h}", "one thing", 5, 24},
        {HEAD "      - {sya: a}", "did you mean say", 5, 10},
        {HEAD "      - {wait: long}", "as 20h", 5, 16},
        {HEAD "      - {wait: 99999d}", "as 20h", 5, 16},
        {HEAD "      - {place: there}", "-13.5 -71.9", 5, 17},
        {HEAD "      - {do: sing}", "dial, hang up, photo or sticker", 5, 14},
        {HEAD "      - {press: ''}", "nothing is pressed", 5, 17},
        {HEAD "      - {say: a, does: end}", "is no list", 5, 24},
        {HEAD "      - {say: a, facts: [b]}", "is no map", 5, 25},
        {HEAD "      - {say: a, expect: {hsa: b}}", "did you mean has", 5, 27},
        {HEAD "      - {say: a, expect: {has: {b: c}}}", "takes a text", 5, 32},
        {HEAD "      - {expect: a}", "nothing is done here", 5, 9},
        {HEAD "      - {say: a, industry: {sure: yes}}", "industry must be", 5, 28},
        {HEAD "      - {say: a, industry: {trades: [{key: k}]}}", "name must be", 5, 38},
        {HEAD "      - {say: a, profile: x}", "profile must be", 5, 27},
        {HEAD "      - {say: a, resources: [{id: a}, {}, {}, {}]}", "resources must be", 5, 29},
    };
    (void)state;
    for (size_t i = 0; i < COUNT(rows); i++) {
        struct arena *arena = arena_new(SCRIPT_ARENA_BYTES);
        struct faults faults;
        struct script script;
        enum error error = read(rows[i].text, arena, &faults, &script);
        if (error != ERR_VALUE || !faults.count || !strstr(faults.items[0].text, rows[i].fault) ||
            faults.items[0].line != rows[i].line || faults.items[0].column != rows[i].column)
            fail_msg("row %zu: error %d, %zu faults, %u:%u: %s", i, error, faults.count,
                     faults.count ? faults.items[0].line : 0, faults.count ? faults.items[0].column : 0,
                     faults.count ? faults.items[0].text : "");
        faults_release(&faults);
        arena_free(arena);
    }
}

static void fails_cleanly_without_memory(void **state)
{
    enum error error = ERR_NOMEM;
    struct slice text = talk_read_file(FOLDER "/sms_full.yaml");
    (void)state;
    for (long n = 0; error == ERR_NOMEM; n++) {
        struct faults faults;
        struct script script;
        faults_init(&faults);
        mem_fail_after(n);
        struct arena *arena = arena_new(SCRIPT_ARENA_BYTES);
        error = arena ? script_read("s.yaml", text, arena, &faults, &script) : ERR_NOMEM;
        mem_fail_after(-1);
        assert_int_equal(faults.count, 0);
        faults_release(&faults);
        arena_free(arena);
        assert_true(n < 10000);
    }
    assert_int_equal(error, OK);
    mem_free((char *)text.ptr);
}

static const struct flows *flows;

/* Opens `one` and its player; plays so many of its steps. */
struct stage {
    struct arena *arena;
    struct faults faults;
    struct script script;
    struct script_player player;
    struct script_came came;
    const struct script_step *step; /* the last that was played */
};

static struct stage *stage_open(const char *text, size_t steps)
{
    struct stage *stage = mem_alloc(sizeof(*stage));
    assert_non_null(stage);
    stage->arena = arena_new(SCRIPT_ARENA_BYTES);
    assert_int_equal(read(text, stage->arena, &stage->faults, &stage->script), OK);
    assert_int_equal(script_player_open(&stage->player, flows, NULL), OK);
    assert_int_equal(script_begin(&stage->player, &stage->script.conversations[0]), OK);
    for (size_t i = 0; i < steps; i++) {
        stage->step = &stage->script.conversations[0].steps[i];
        assert_int_equal(script_step(&stage->player, stage->step, &stage->came), OK);
    }
    return stage;
}

static void stage_close(struct stage *stage)
{
    script_player_close(&stage->player);
    faults_release(&stage->faults);
    arena_free(stage->arena);
    mem_free(stage);
}

/* A player, its first steps, and what it tells: whatever allocation fails, the step fails and nothing else does. */
static void a_step_fails_alone_without_memory(void **state)
{
    struct stage *stage = stage_open(one, 0);
    enum error error = ERR_NOMEM;
    (void)state;
    script_player_close(&stage->player);
    for (long n = 0; error; n++) {
        mem_fail_after(n);
        error = script_player_open(&stage->player, flows, NULL);
        bool open = !error;
        if (!error)
            error = script_begin(&stage->player, &stage->script.conversations[0]);
        for (size_t i = 0; i < 2 && !error; i++)
            error = script_step(&stage->player, &stage->script.conversations[0].steps[i], &stage->came);
        mem_fail_after(-1);
        assert_true(error == OK || error == ERR_NOMEM);
        if (open && error)
            script_player_close(&stage->player);
        assert_true(n < 10000);
    }
    stage_close(stage);
}

static void spans_and_channels_read_back(void **state)
{
    static const char *const spans[] = {"0s", "59s", "61s", "90m", "20h", "3d", "3660d"};
    static const char *const channels[] = {"sms", "sms cheapest es", "ussd", "whatsapp", "whatsapp-plain"};
    static const char *const wrong[] = {"", "h", "3661d", "1w", "-1s", "1.5h"};
    struct channel_traits traits;
    struct buf out;
    int64_t ms;
    (void)state;
    buf_init(&out, 64);
    for (size_t i = 0; i < COUNT(spans); i++) {
        buf_clear(&out);
        assert_true(script_span(slice_of(spans[i]), &ms));
        script_put_span(&out, ms);
        assert_string_equal(buf_text(&out), spans[i]);
    }
    for (size_t i = 0; i < COUNT(wrong); i++)
        assert_false(script_span(slice_of(wrong[i]), &ms));
    for (size_t i = 0; i < COUNT(channels); i++) {
        buf_clear(&out);
        assert_true(script_channel(slice_of(channels[i]), &traits));
        script_put_channel(&out, &traits);
        assert_string_equal(buf_text(&out), channels[i]);
    }
    assert_false(script_channel(SLICE("ussd cheapest"), &traits));
    assert_false(script_channel(SLICE("sms dearest"), &traits));
    buf_release(&out);
}

static void compares_what_is_asked_about(void **state)
{
    static const struct {
        const char *wish;
        bool same;
        enum script_aspect aspect;
        const char *expected;
    } rows[] = {
        {"asks: consent", true, 0, ""},
        {"asks: none", false, SCRIPT_ASKS, ""},
        {"asks: sales", false, SCRIPT_ASKS, "sales"},
        {"expect: {has: Chaski}", true, 0, ""},
        {"expect: {has: [Chaski, Chasqui]}", false, SCRIPT_WORDS, "Chasqui"},
        {"expect: [{has: Chaski}]", true, 0, ""},
        {"expect: [{has: Chaski}, another]", false, SCRIPT_WORDS, "another"},
        {"expect: Chaski", false, SCRIPT_WORDS, "Chaski"},
        {"expect: none", false, SCRIPT_WORDS, ""},
        {"expect: []", false, SCRIPT_WORDS, ""},
        {"does: [timer expire 3d]", true, 0, ""},
        {"does: []", false, SCRIPT_DEEDS, ""},
        {"does: [end]", false, SCRIPT_DEEDS, "end"},
        {"facts: {consent: none, sales: none}", true, 0, ""},
        {"facts: {consent: yes}", false, SCRIPT_FACTS, "yes"},
    };
    (void)state;
    for (size_t i = 0; i < COUNT(rows); i++) {
        char text[512];
        struct script_miss miss = {.aspect = SCRIPT_ASPECTS};
        snprintf(text, sizeof(text), "%s      - {say: hola, %s}\n", HEAD, rows[i].wish);
        struct stage *stage = stage_open(text, 1);
        bool same = script_compare(stage->step, &stage->came, &miss);
        if (same != rows[i].same || (!same && (miss.aspect != rows[i].aspect || miss.at->line != 5 ||
                                               !slice_is(miss.expected, rows[i].expected))))
            fail_msg("row %zu: same %d, aspect %d, expected '%.*s'", i, same, miss.aspect, (int)miss.expected.len,
                     miss.expected.ptr ? miss.expected.ptr : "");
        stage_close(stage);
    }
}

static void what_cannot_be_done_says_so(void **state)
{
    static const char text[] = HEAD "      - {say: hola}\n"
                                    "      - {press: Nothing}\n"
                                    "      - {say: si}\n"
                                    "      - {say: vendo ropa}\n";
    struct stage *stage = stage_open(text, 1);
    const struct script_step *steps = stage->script.conversations[0].steps;
    (void)state;
    assert_int_equal(script_step(&stage->player, &steps[1], &stage->came), ERR_NOT_FOUND);
    assert_int_equal(script_step(&stage->player, &steps[2], &stage->came), OK);
    assert_int_equal(script_step(&stage->player, &steps[3], &stage->came), ERR_UNAVAILABLE);
    assert_int_equal(stage->player.lacks, NEED_INDUSTRY);
    stage_close(stage);
}

static void marks_the_words_that_differ(void **state)
{
    static const struct {
        const char *old, *new, *shown;
    } rows[] = {
        {"a b c", "a b c", "a b c"},
        {"a b c", "a x c", "a [-b-]{+x+} c"},
        {"a b", "a b c", "a [-b-]{+b c+}"},
        {"", "a", "{+a+}"},
        {"a", "", "[-a-]"},
        {"cuanto vendes", "cuanta vendes", "[-cuanto-]{+cuanta+} vendes"},
        {"a\nb", "a\nc", "a\n  [-b-]{+c+}"},
        {"a \x1b[31m", "a b", "a [- [31m-]{+b+}"},
    };
    struct buf out;
    (void)state;
    buf_init(&out, 256);
    for (size_t i = 0; i < COUNT(rows); i++) {
        buf_clear(&out);
        script_show_change(&out, slice_of(rows[i].old), slice_of(rows[i].new), false, 2);
        assert_string_equal(buf_text(&out), rows[i].shown);
    }
    buf_release(&out);
}

/* Plays the first conversation and records it; the new text is in *out. */
static size_t record_all(const char *text, struct buf *out)
{
    struct stage *stage = stage_open(text, 0);
    const struct script_conversation *conversation = &stage->script.conversations[0];
    struct script_record record;
    script_record_init(&record, slice_of(text));
    for (size_t i = 0; i < conversation->step_count; i++) {
        unsigned next = i + 1 < conversation->step_count ? conversation->steps[i + 1].node->line : 0;
        assert_int_equal(script_step(&stage->player, &conversation->steps[i], &stage->came), OK);
        assert_int_equal(script_record_step(&record, &conversation->steps[i], &stage->came, next), OK);
    }
    script_record_end(&record);
    size_t changed = record.changed;
    buf_addslice(out, buf_slice(&record.out));
    script_record_release(&record);
    stage_close(stage);
    return changed;
}

static void records_only_what_differs(void **state)
{
    struct buf first, again;
    (void)state;
    buf_init(&first, SCRIPT_BYTES);
    buf_init(&again, SCRIPT_BYTES);
    assert_int_equal(record_all(one, &first), 2);
    assert_non_null(strstr(buf_text(&first), "  - name: hello # said by hand\n"));
    assert_non_null(
        strstr(buf_text(&first), "        does: [timer expire 3d]\n        expect:\n          has: [Chaski"));
    assert_non_null(strstr(buf_text(&first),
                           "        # what is known then\n        facts: {consent: yes, sales: none}\n\n"
                           "      - wait: 20h\n        expect: |-\n"));
    assert_int_equal(record_all(buf_text(&first), &again), 0);
    assert_string_equal(buf_text(&first), buf_text(&again));
    buf_release(&first);
    buf_release(&again);
}

static void a_step_on_one_line_is_not_written_into(void **state)
{
    static const char text[] = HEAD "      - {say: hola, expect: x}\n";
    struct stage *stage = stage_open(text, 1);
    struct script_record record;
    (void)state;
    script_record_init(&record, slice_of(text));
    assert_int_equal(script_record_step(&record, stage->step, &stage->came, 0), ERR_UNSUPPORTED);
    script_record_release(&record);
    stage_close(stage);
}

static bool same_slices(const struct slice *a, const struct slice *b, size_t count)
{
    for (size_t i = 0; i < count; i++)
        if (!slice_eq(a[i], b[i]))
            return false;
    return true;
}

/* Plays a file twice at once: it goes as written, and the same inputs give the same bytes. */
static void play_file(const char *name)
{
    struct slice bytes = talk_read_file(name);
    struct stage *stage = stage_open(bytes.ptr, 0), *second = stage_open(bytes.ptr, 0);
    for (size_t i = 0; i < stage->script.count; i++) {
        const struct script_conversation *conversation = &stage->script.conversations[i];
        assert_int_equal(script_begin(&stage->player, conversation), OK);
        assert_int_equal(script_begin(&second->player, conversation), OK);
        for (size_t j = 0; j < conversation->step_count; j++) {
            const struct script_step *step = &conversation->steps[j];
            struct script_miss miss;
            assert_int_equal(script_step(&stage->player, step, &stage->came), OK);
            assert_int_equal(script_step(&second->player, step, &second->came), OK);
            if (!script_compare(step, &stage->came, &miss))
                fail_msg("%s:%u: %s: expected '%.*s', got '%.*s'", name, miss.at->line, script_aspect_name(miss.aspect),
                         (int)miss.expected.len, miss.expected.ptr, (int)miss.got.len, miss.got.ptr);
            assert_int_equal(stage->came.message_count, second->came.message_count);
            assert_true(same_slices(stage->came.messages, second->came.messages, stage->came.message_count));
            assert_true(slice_eq(buf_slice(&stage->player.state), buf_slice(&second->player.state)));
            talk_check_encoding(stage->came.state);
        }
    }
    stage_close(stage);
    stage_close(second);
    mem_free((char *)bytes.ptr);
}

static void every_conversation_goes_as_written_and_twice_alike(void **state)
{
    DIR *folder = opendir(FOLDER);
    struct dirent *entry;
    char name[512];
    size_t count = 0;
    (void)state;
    assert_non_null(folder);
    while ((entry = readdir(folder))) {
        if (strstr(entry->d_name, ".yaml") == NULL)
            continue;
        snprintf(name, sizeof(name), "%s/%s", FOLDER, entry->d_name);
        play_file(name);
        count++;
    }
    closedir(folder);
    assert_true(count >= 45);
}

int main(void)
{
    struct flows *loaded = talk_flows();
    flows = loaded;
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(refuses_with_place_and_remedy),
        cmocka_unit_test(fails_cleanly_without_memory),
        cmocka_unit_test(a_step_fails_alone_without_memory),
        cmocka_unit_test(spans_and_channels_read_back),
        cmocka_unit_test(compares_what_is_asked_about),
        cmocka_unit_test(what_cannot_be_done_says_so),
        cmocka_unit_test(marks_the_words_that_differ),
        cmocka_unit_test(records_only_what_differs),
        cmocka_unit_test(a_step_on_one_line_is_not_written_into),
        cmocka_unit_test(every_conversation_goes_as_written_and_twice_alike),
    };
    int failed = cmocka_run_group_tests(tests, NULL, NULL);
    flows_free(loaded);
    return failed;
}
