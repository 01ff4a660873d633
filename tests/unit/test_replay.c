/* Plays the conversations of tests/replay/: text files that tell who says what, and what must come back.
 *
 *     # a comment                       channel sms | ussd | ussd-follow | whatsapp | whatsapp-plain       wait 3d (s,
 * m, h, d): the clock moves and no timer fires, as while the daemon is down +20h                              the clock
 * moves, and each timer that falls due on the way fires engine industry sure KEY|NAME|0.93, KEY|NAME|0.04         what
 * the engine would say: scripted, no model runs here engine profile STAGE 0.8 OUTLOOK                          engine
 * resource ID|TEXT|REASON|CONTACT (up to three; `engine none` clears) at 2026-11-23T12:00:00Z           what time it is
 * (as `chaski replay --repro` writes it) state BASE64                      what is remembered of the owner, encoded;
 * without BASE64: nothing is > words                           the owner writes; or > [press TITLE] > [payload ID] >
 * [dial] > [hang up] > [photo] > [photo: caption] > [sticker] > [place -13.5 -71.9]
 *     * fact sales 1500/month           what happened besides words, in order: fact, forget, consent, request, follow,
 *       opt-out, opt-in, erase, end,
 *                                       timer NAME 20h (set so far ahead, or `off`), fires NAME
 *     < first line                      one message that comes back; its further lines are indented by two blanks;
 *     [Title] are buttons,
 *       further line                    {Button} before them opens a list; on USSD the first word is CON or END
 *
 * Whatever comes and is not written, fails; so does what is written and does not come. `test_replay --write` writes
 * what came into the files instead, to be read over before it is committed. */
#include "tests/unit/talk.h"

#include <dirent.h>
#include <stdlib.h>

#include "base/buf.h"
#include "base/civil.h"
#include "base/crypto.h"

#define REPLAY_DIR "tests/replay"
#define SCRIPT_MAX 262144

static const struct flows *flows;
static struct talk talk;
static const char *script_name; /* being played, for messages */

static struct slice word(struct slice *rest)
{
    struct slice head = SLICE_NONE;
    *rest = slice_trim(*rest);
    size_t end = slice_find(*rest, ' ');
    head = slice_part(*rest, 0, end);
    *rest = slice_trim(slice_part(*rest, end, rest->len));
    return head;
}

/* "0.93" as a number: two decimals are enough here. */
static double probability(struct slice text)
{
    uint64_t whole = 0, hundredths = 0;
    struct slice rest = slice_trim(text), head;
    if (slice_cut(&rest, '.', &head))
        slice_u64(head, 1, &whole);
    if (rest.len)
        slice_u64(rest, 99, &hundredths);
    return (double)whole + (double)hundredths / (rest.len == 1 ? 10 : 100);
}

static void set_industry(struct slice rest)
{
    struct advice *advice = &talk.industry;
    struct slice label, key, name;
    memset(advice->labels, 0, sizeof(advice->labels));
    advice->label_count = 0;
    advice->sure = slice_is(word(&rest), "sure");
    while (advice->label_count < ADVICE_LABELS_MAX && slice_cut(&rest, ',', &label)) {
        label = slice_trim(label);
        struct advice_label *to = &advice->labels[advice->label_count++];
        assert_true(slice_cut(&label, '|', &key) && slice_cut(&label, '|', &name));
        state_keep(key, to->key, sizeof(to->key));
        state_keep(name, to->name, sizeof(to->name));
        to->probability = probability(label);
    }
}

static void add_resource(struct slice rest)
{
    struct advice *advice = &talk.resources;
    assert_true(advice->resource_count < ADVICE_RESOURCES_MAX);
    struct advice_resource *to = &advice->resources[advice->resource_count++];
    struct slice part;
    assert_true(slice_cut(&rest, '|', &part));
    state_keep(part, to->id, sizeof(to->id));
    assert_true(slice_cut(&rest, '|', &part));
    state_keep(part, to->text, sizeof(to->text));
    assert_true(slice_cut(&rest, '|', &part));
    state_keep(part, to->reason, sizeof(to->reason));
    state_keep(rest, to->contact, sizeof(to->contact));
}

static void set_engine(struct slice rest)
{
    struct slice kind = word(&rest);
    if (slice_is(kind, "industry")) {
        set_industry(rest);
    } else if (slice_is(kind, "profile")) {
        state_keep(word(&rest), talk.profile.stage, ADVICE_KEY);
        talk.profile.stage_probability = probability(word(&rest));
        state_keep(rest, talk.profile.outlook, ADVICE_KEY);
    } else if (slice_is(kind, "resource")) {
        add_resource(rest);
    } else if (slice_is(kind, "none")) {
        memset(&talk.industry.labels, 0, sizeof(talk.industry.labels));
        talk.industry.label_count = talk.resources.resource_count = 0;
    } else {
        fail_msg("the engine cannot give '%.*s'", (int)kind.len, kind.ptr);
    }
}

/* "sms", or "sms cheapest es": the words behind the name are those of base/sms_policy.h. */
static void set_channel(struct slice rest)
{
    struct slice name;
    static const struct {
        const char *name;
        struct channel_traits traits;
    } channels[] = {
        {"sms", {.kind = CHANNEL_SMS}},
        {"ussd", {.kind = CHANNEL_USSD, .page_units = 182}},
        {"ussd-follow", {.kind = CHANNEL_USSD, .page_units = 182}},
        {"whatsapp", {.kind = CHANNEL_WHATSAPP, .interactive = true}},
        {"whatsapp-plain", {.kind = CHANNEL_WHATSAPP}},
    };
    slice_cut(&rest, ' ', &name);
    for (size_t i = 0; i < COUNT(channels); i++) {
        if (slice_is(name, channels[i].name)) {
            talk.channel = channels[i].traits;
            talk.follows = slice_is(name, "ussd-follow");
            assert_true(sms_policy_parse(rest, &talk.channel.sms));
            return;
        }
    }
    fail_msg("no channel '%.*s'", (int)name.len, name.ptr);
}

static const char units[] = "smhd";
static const int64_t unit_ms[] = {1000, 60000, 3600000, 86400000};

static int64_t span_ms(struct slice span)
{
    uint64_t number = 0;
    assert_true(span.len > 1 && slice_u64(slice_part(span, 0, span.len - 1), 10000, &number));
    const char *unit = strchr(units, span.ptr[span.len - 1]);
    assert_non_null(unit);
    return (int64_t)number * unit_ms[unit - units];
}

static void set_time(struct slice at)
{
    assert_int_equal(civil_parse(at, &talk.now_ms), OK);
}

static void set_state(struct slice encoded)
{
    unsigned char bytes[DIALOG_STATE_BYTES];
    size_t len = 0;
    state_init(&talk.state);
    if (!encoded.len)
        return;
    assert_true(base64_decode(encoded, bytes, sizeof(bytes), &len));
    assert_int_equal(state_decode((struct slice){(const char *)bytes, len}, &talk.state), OK);
    talk_know_timers(&talk);
}

/* Finds the option of the last turn's messages by its title. */
static struct slice pressed(struct slice title)
{
    for (size_t i = 0; i < talk.message_count; i++)
        for (size_t j = 0; j < talk.messages[i].option_count; j++)
            if (slice_eq(talk.messages[i].options[j].title, title))
                return talk.messages[i].options[j].id;
    fail_msg("%s: there is no button '%.*s' to press", script_name, (int)title.len, title.ptr);
    return SLICE_NONE;
}

static double degrees(struct slice text)
{
    bool minus = slice_starts(text, "-");
    uint64_t whole = 0, tenths = 0;
    struct slice rest = slice_part(text, minus, text.len), head;
    if (slice_cut(&rest, '.', &head))
        slice_u64(head, 180, &whole);
    slice_u64(rest, 9, &tenths);
    double value = (double)whole + (double)tenths / 10;
    return minus ? -value : value;
}

/* What stands in brackets behind `>`. */
static struct event act(struct slice text)
{
    struct event event = {.kind = EVENT_UNSUPPORTED, .from = SLICE("+51987654321"), .id = SLICE("m1")};
    if (slice_is(text, "dial"))
        event.kind = EVENT_BEGIN;
    else if (slice_is(text, "hang up"))
        event.kind = EVENT_ABORT;
    else if (slice_starts(text, "photo")) {
        event.kind = EVENT_MEDIA;
        event.text = slice_trim(slice_part(text, 6, text.len));
    } else if (slice_starts(text, "press ")) {
        event.kind = EVENT_CHOICE;
        event.text = slice_part(text, 6, text.len);
        event.payload = pressed(event.text);
    } else if (slice_starts(text, "payload ")) {
        event.kind = EVENT_CHOICE;
        event.payload = slice_part(text, 8, text.len);
    } else if (slice_starts(text, "place ")) {
        struct slice rest = slice_part(text, 6, text.len);
        event.kind = EVENT_LOCATION;
        event.latitude = degrees(word(&rest));
        event.longitude = degrees(rest);
    } else if (!slice_is(text, "sticker")) {
        fail_msg("nobody can do [%.*s]", (int)text.len, text.ptr);
    }
    return event;
}

static void owner_does(struct slice what)
{
    static char kept[4096];
    struct event event = {.kind = EVENT_TEXT, .from = SLICE("+51987654321"), .id = SLICE("m1"), .text = what};
    if (what.len > 1 && what.ptr[0] == '[')
        event = act(slice_part(what, 1, what.len - 1));
    if (event.payload.len) { /* lies in the last turn's arena */
        assert_true(slice_copy(event.payload, kept, sizeof(kept)));
        event.payload = slice_of(kept);
    }
    event.follows = talk.follows;
    talk_turn(&talk, &event);
}

/* Lines of a value stand in one line here. */
static void put_flat(struct buf *out, struct slice text)
{
    for (size_t i = 0; i < text.len; i++)
        buf_addc(out, text.ptr[i] == '\n' ? ' ' : text.ptr[i]);
}

static const char *const effect_names[] = {
    [EFFECT_FACT] = "fact",     [EFFECT_FORGET] = "forget", [EFFECT_CONSENT] = "consent", [EFFECT_OPT_OUT] = "opt-out",
    [EFFECT_OPT_IN] = "opt-in", [EFFECT_ERASE] = "erase",   [EFFECT_REQUEST] = "request", [EFFECT_END] = "end",
    [EFFECT_TIMER] = "timer",   [EFFECT_FOLLOW] = "follow",
};

/* How far ahead a timer is set, in the greatest unit that tells it whole. */
static void put_due(struct buf *out, int64_t due_ms)
{
    int64_t ahead = due_ms - talk.now_ms;
    size_t unit = 3;
    while (unit > 0 && ahead % unit_ms[unit] != 0)
        unit--;
    if (due_ms == 0)
        buf_adds(out, " off");
    else
        buf_addf(out, " %lld%c", (long long)(ahead / unit_ms[unit]), units[unit]);
}

static void put_effects(struct buf *out)
{
    for (size_t i = 0; i < talk.effect_count; i++) {
        const struct effect *effect = &talk.effects[i];
        if (effect->kind == EFFECT_SAY)
            continue;
        buf_addf(out, "* %s", effect_names[effect->kind]);
        if (effect->slot.len)
            buf_addf(out, " %.*s", (int)effect->slot.len, effect->slot.ptr);
        if (effect->value.len) {
            buf_addc(out, ' ');
            put_flat(out, effect->value);
        }
        if (effect->kind == EFFECT_TIMER)
            put_due(out, effect->due_ms);
        buf_addc(out, '\n');
    }
}

static void put_lines(struct buf *out, struct slice text)
{
    struct slice line;
    for (bool first = true; slice_cut(&text, '\n', &line); first = false) {
        if (!first)
            buf_adds(out, line.len ? "\n  " : "\n");
        buf_addslice(out, line);
    }
}

static void put_messages(struct buf *out)
{
    for (size_t i = 0; i < talk.message_count; i++) {
        const struct message *message = &talk.messages[i];
        buf_adds(out, "< ");
        if (talk.told_on.kind == CHANNEL_USSD)
            buf_adds(out, message->ends ? "END " : "CON ");
        put_lines(out, message->text);
        if (message->option_count)
            buf_adds(out, "\n ");
        if (message->kind == MESSAGE_LIST)
            buf_addf(out, " {%.*s}", (int)message->list_button.len, message->list_button.ptr);
        for (size_t j = 0; j < message->option_count; j++)
            buf_addf(out, " [%.*s]", (int)message->options[j].title.len, message->options[j].title.ptr);
        buf_addc(out, '\n');
    }
}

static void let_time_pass(struct slice span, struct buf *out)
{
    char fired[DIALOG_NAME];
    int64_t until_ms = talk.now_ms + span_ms(span);
    while (talk_fire(&talk, until_ms, fired)) {
        buf_addf(out, "* fires %s\n", fired);
        put_effects(out);
        put_messages(out);
    }
    talk.now_ms = until_ms;
}

/* Reads a script and writes it again with what really came back. */
static void play(struct slice script, struct buf *out)
{
    struct slice line;
    bool blank_owed = false;
    talk_begin(&talk, flows);
    while (slice_cut(&script, '\n', &line) && (line.len || script.ptr)) {
        struct slice rest = line;
        if (slice_starts(line, "< ") || slice_starts(line, "* ") || slice_starts(line, "  "))
            continue;
        if (line.len == 0 && !blank_owed)
            continue;
        buf_addslice(out, line);
        buf_addc(out, '\n');
        blank_owed = line.len > 0;
        struct slice verb = word(&rest);
        if (slice_is(verb, ">")) {
            owner_does(rest);
            put_effects(out);
            put_messages(out);
        } else if (slice_is(verb, "channel")) {
            set_channel(rest);
        } else if (slice_is(verb, "wait")) {
            talk.now_ms += span_ms(rest);
        } else if (slice_starts(verb, "+")) {
            let_time_pass(slice_part(verb, 1, verb.len), out);
        } else if (slice_is(verb, "at")) {
            set_time(rest);
        } else if (slice_is(verb, "state")) {
            set_state(rest);
        } else if (slice_is(verb, "engine")) {
            set_engine(rest);
        } else if (line.len && line.ptr[0] != '#') {
            fail_msg("a script has no line '%.*s'", (int)line.len, line.ptr);
        }
    }
    talk_end(&talk);
}

/* Shows the first line that differs, of both. */
static void show_difference(const char *name, struct slice written, struct slice came)
{
    struct slice a, b;
    for (unsigned line = 1;; line++) {
        bool more = slice_cut(&written, '\n', &a), came_more = slice_cut(&came, '\n', &b);
        if (!more)
            a = SLICE("(the end)");
        if (!came_more)
            b = SLICE("(the end)");
        if ((!more && !came_more) || !slice_eq(a, b)) {
            fail_msg("%s:%u: written '%.*s', came '%.*s'", name, line, (int)a.len, a.ptr, (int)b.len, b.ptr);
            return;
        }
    }
}

static void play_file(const char *name, bool write)
{
    struct buf came;
    struct slice script = talk_read_file(name);
    script_name = name;
    buf_init(&came, SCRIPT_MAX);
    play(script, &came);
    assert_int_equal(came.error, OK);
    if (write) {
        FILE *out = fopen(name, "wb");
        assert_non_null(out);
        fwrite(came.ptr, 1, came.len, out);
        assert_int_equal(fclose(out), 0);
    } else if (!slice_eq(script, buf_slice(&came))) {
        show_difference(name, script, buf_slice(&came));
    }
    buf_release(&came);
    mem_free((char *)script.ptr);
}

static bool writing;
static char **given; /* files to play instead of the folder's, ended by NULL */

static void the_given_conversations_go_as_written(void **state)
{
    (void)state;
    for (; *given; given++)
        play_file(*given, writing);
}

static void every_conversation_goes_as_written(void **state)
{
    DIR *folder = opendir(REPLAY_DIR);
    struct dirent *entry;
    char name[512];
    size_t count = 0;
    (void)state;
    assert_non_null(folder);
    while ((entry = readdir(folder))) {
        if (strstr(entry->d_name, ".txt") == NULL)
            continue;
        snprintf(name, sizeof(name), "%s/%s", REPLAY_DIR, entry->d_name);
        play_file(name, writing);
        count++;
    }
    closedir(folder);
    assert_true(count >= 15);
}

int main(int argc, char **argv)
{
    struct flows *loaded = talk_flows();
    flows = loaded;
    writing = argc > 1 && strcmp(argv[1], "--write") == 0;
    given = argc > 1 ? argv + 1 + writing : argv + argc;
    const struct CMUnitTest only[] = {cmocka_unit_test(the_given_conversations_go_as_written)};
    const struct CMUnitTest tests[] = {cmocka_unit_test(every_conversation_goes_as_written)};
    int failed = *given ? cmocka_run_group_tests(only, NULL, NULL) : cmocka_run_group_tests(tests, NULL, NULL);
    flows_free(loaded);
    return failed;
}
