/* What one person gets of a broadcast: nobody who may not be written to gets anything, whatever else is known of her;
 * who may, by the first channel that reaches her. Every allocation fails once. */
#include "tests/unit/shipped_world.h"

#include <stdio.h>
#include <string.h>

#include "base/mem.h"
#include "dialog/dialog.h"
#include "dialog/state.h"
#include "gateway/broadcast_say.h"
#include "gateway/contact_line.h"

#define NOW_MS INT64_C(1795438800000) /* 23 November 2026, 08:00 in Lima */
#define HOUR_MS INT64_C(3600000)

static struct world sending; /* the shipped flow, with two channels */
static struct arena *arena;
static struct notice notice;
static const struct broadcast cast = {.purpose = SLICE(PURPOSE_NOTICES),
                                      .notice = SLICE("{\"texts\":{\"es\":\"Feria el s\xc3\xa1"
                                                      "bado\"}}"),
                                      .channels = {SLICE("wa"), SLICE("sms")},
                                      .channel_count = 2};

static int set_up(void **state)
{
    static const struct channel channels[] = {{.name = "wa", .kind = CHANNEL_WHATSAPP, .interactive = true},
                                              {.name = "sms", .kind = CHANNEL_SMS}};
    static const char *const adapters[] = {"whatsapp_cloud", "twilio"};
    struct faults faults;
    if (open_world(state))
        return -1;
    sending.config = world->config;
    sending.mind = world->mind;
    sending.channel_count = COUNT(channels);
    for (size_t i = 0; i < COUNT(channels); i++) {
        sending.channels[i] = channels[i];
        sending.channels[i].adapter = adapter_named(adapters[i]);
        sending.channels[i].sms = adapter_sms_policy(&sending.channels[i]);
    }
    arena = arena_new(32 << 20);
    faults_init(&faults);
    assert_int_equal(broadcast_notice(&sending, &cast, arena, &faults, &notice), OK);
    faults_release(&faults);
    return 0;
}

static int tear_down(void **state)
{
    arena_free(arena);
    return close_world(state);
}

/* The traits of who did this, a letter a message: w wrote; p, y, n said of notices yes once, yes again, no; t, o agreed
 * to the study, to offers; B BAJA; A ALTA. - never wrote. */
static uint32_t traits_of(const char *deeds)
{
    uint32_t traits = 0;
    for (const char *deed = deeds; *deed; deed++) {
        const struct profile_signs signs = {.wrote = *deed != '-',
                                            .kind = CHANNEL_SMS,
                                            .at_ms = NOW_MS - HOUR_MS,
                                            .opted = *deed == 'B'   ? 1
                                                     : *deed == 'A' ? -1
                                                                    : 0};
        traits = profile_traits(traits, &signs);
        if (*deed == 'y' || *deed == 'n')
            traits = profile_consent(traits, traits, SLICE(PURPOSE_NOTICES), *deed == 'y' ? SLICE("yes") : SLICE("no"));
        if (*deed == 'p')
            traits = profile_consent(traits, traits, SLICE(PURPOSE_NOTICES), SLICE("pending"));
        if (*deed == 't')
            traits = profile_consent(traits, traits, SLICE(PURPOSE_STUDY), SLICE("yes"));
        if (*deed == 'o')
            traits = profile_consent(traits, traits, SLICE(PURPOSE_OFFERS), SLICE("yes"));
    }
    return traits;
}

/* Writes the line of a person who did that, and wrote on WhatsApp at `wa_ms` (0 never), to `text`. */
static struct slice line_of(const char *deeds, int64_t wa_ms, char text[CONTACT_LINE_MAX])
{
    const struct contact_line line = {.version = 3,
                                      .born_ms = NOW_MS - HOUR_MS,
                                      .number = 1,
                                      .traits = traits_of(deeds),
                                      .inbound = {{SLICE("wa"), wa_ms}},
                                      .inbound_count = wa_ms != 0};
    struct slice written;
    assert_int_equal(contact_line_write(&line, text, &written), OK);
    return written;
}

/* A person who did that; `text` and `bytes` have room for her line and state. */
static struct broadcast_person person_of(const char *deeds, char text[CONTACT_LINE_MAX], struct buf *bytes)
{
    struct broadcast_person person = {.who = SLICE("+51987654321"), .line = line_of(deeds, 0, text)};
    struct state state;
    state_init(&state);
    buf_init(bytes, 16384);
    state_encode(&state, bytes);
    person.state = buf_slice(bytes);
    return person;
}

static bool goes_by(const struct broadcast_said *said, const char *channel)
{
    char start[32];
    snprintf(start, sizeof(start), "{\"channel\":\"%s\"", channel);
    return slice_starts(said->entry, start);
}

static const char *excluded(const struct broadcast_person *person, struct broadcast_said *said)
{
    assert_int_equal(broadcast_say(&sending, &cast, &notice, person, NOW_MS, arena, said), OK);
    assert_true(said->excluded ? !said->entry.len : said->entry.len > 0);
    return said->excluded ? said->excluded : "";
}

static void who_may_not_be_written_to_gets_nothing(void **state)
{
    static const struct {
        const char *deeds, *excluded;
    } rows[] = {{"wpy", ""},
                {"w", "no consent"},
                {"wp", "not confirmed"},
                {"wy", "not confirmed"},
                {"wpyn", "no consent"},
                {"wpn", "no consent"},
                {"wto", "no consent"},
                {"wtoo", "no consent"},
                {"wpyB", "no consent"}, /* BAJA takes every consent back */
                {"wpyBA", "no consent"},
                {"wpyBApy", ""},
                {"-", "never wrote"}};
    (void)state;
    for (size_t i = 0; i < COUNT(rows); i++) {
        char line[CONTACT_LINE_MAX];
        struct buf bytes;
        struct broadcast_said said;
        struct broadcast_person person = person_of(rows[i].deeds, line, &bytes);
        if (strcmp(excluded(&person, &said), rows[i].excluded) != 0)
            fail_msg("%s: %s", rows[i].deeds, excluded(&person, &said));
        person.opted_out = true; /* whatever she agreed to */
        assert_string_equal(excluded(&person, &said), "opted out");
        person.who = SLICE("");
        assert_string_equal(excluded(&person, &said), "erased");
        buf_release(&bytes);
    }
}

/* The shipped configuration's cap is reached in November 2026, not by fewer, and not by those of October. */
static void who_had_her_share_of_the_month_gets_no_more(void **state)
{
    char line[CONTACT_LINE_MAX], limits[32];
    struct buf bytes;
    struct broadcast_said said;
    const int cap = sending.config->monthly_cap, month = 2026 * 12 + 10;
    (void)state;
    struct broadcast_person person = person_of("wpy", line, &bytes);
    assert_true(cap > 0);
    for (int less = -1; less <= 1; less++) {
        snprintf(limits, sizeof(limits), "%d %d", month, cap - less);
        person.limits = slice_of(limits);
        assert_string_equal(excluded(&person, &said), less == 1 ? "" : "cap");
    }
    snprintf(limits, sizeof(limits), "%d %d", month - 1, cap);
    person.limits = slice_of(limits);
    assert_string_equal(excluded(&person, &said), "");
    person.limits = SLICE("2 1 0"); /* nobody of ours wrote it */
    assert_string_equal(excluded(&person, &said), "");
    buf_release(&bytes);
}

static void what_cannot_be_read_is_nobody(void **state)
{
    char line[CONTACT_LINE_MAX];
    struct buf bytes;
    struct broadcast_said said;
    (void)state;
    struct broadcast_person person = person_of("wpy", line, &bytes), other = person;
    other.line = SLICE("");
    assert_string_equal(excluded(&other, &said), "unknown");
    other.line = SLICE("3 x");
    assert_string_equal(excluded(&other, &said), "unknown");
    other = person;
    other.state = slice_part(person.state, 0, person.state.len / 2);
    assert_string_equal(excluded(&other, &said), "unknown");
    buf_release(&bytes);
}

static void each_goes_by_the_first_channel_that_reaches_her(void **state)
{
    char line[CONTACT_LINE_MAX];
    struct buf bytes;
    struct broadcast_said said;
    (void)state;
    struct broadcast_person person = person_of("wpy", line, &bytes);
    assert_string_equal(excluded(&person, &said), "");
    assert_true(goes_by(&said, "sms"));
    person.line = line_of("wpy", NOW_MS - HOUR_MS, line); /* WhatsApp takes free words still */
    assert_string_equal(excluded(&person, &said), "");
    assert_true(goes_by(&said, "wa"));
    person.line = line_of("wpy", NOW_MS - 25 * HOUR_MS, line); /* and no more, and there is no template */
    assert_string_equal(excluded(&person, &said), "");
    assert_true(goes_by(&said, "sms"));
    buf_release(&bytes);
}

static void without_memory_nothing_is_decided(void **state)
{
    char line[CONTACT_LINE_MAX];
    struct buf bytes;
    (void)state;
    const struct broadcast_person person = person_of("wpy", line, &bytes);
    bool done = false;
    for (long after = 0; !done && after < 1000; after++) {
        struct arena *own = arena_new(1024 * 1024);
        struct broadcast_said said;
        mem_fail_after(after);
        enum error error = broadcast_say(&sending, &cast, &notice, &person, NOW_MS, own, &said);
        mem_fail_after(-1);
        assert_true(error == ERR_NOMEM || (error == OK && !said.excluded && said.entry.len));
        done = error == OK;
        arena_free(own);
    }
    assert_true(done);
    buf_release(&bytes);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(who_may_not_be_written_to_gets_nothing),
        cmocka_unit_test(who_had_her_share_of_the_month_gets_no_more),
        cmocka_unit_test(what_cannot_be_read_is_nobody),
        cmocka_unit_test(each_goes_by_the_first_channel_that_reaches_her),
        cmocka_unit_test(without_memory_nothing_is_decided),
    };
    return cmocka_run_group_tests(tests, set_up, tear_down);
}
