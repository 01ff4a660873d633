/* Previews: who goes by which channel, what all of it costs, and how figures of some stand for all. */
#include "tests/unit/shipped_world.h"

#include <stdio.h>
#include <string.h>

#include "base/mem.h"
#include "dialog/state.h"
#include "gateway/preview.h"

#define DAY_MS INT64_C(86400000)
#define MONDAY_8 INT64_C(1795438800000) /* 23 November 2026, 08:00 in Lima */

static const struct setting wa_settings[] = {
    {"price", "0.03"}, {"price_utility", "0.11"}, {"content_sids", "feria=HX00000000000000000000000000000001"}};
static const struct setting sms_settings[] = {{"price", "0.0450"}};

static const struct limit_rules sms_rules = {
    .segment_us = 1000000, .burst = 1, .bulk_from_min = 480, .bulk_to_min = 1200, .bulk_days = 0x7E};
static const struct limit_rules wa_rules = {.segment_us = 12500,
                                            .burst = 1,
                                            .bulk_from_min = 480,
                                            .bulk_to_min = 1200,
                                            .bulk_days = 0x7E,
                                            .window_ms = DAY_MS,
                                            .daily_tier = 1000};
static const struct limit_rules *const rules[] = {&wa_rules, &sms_rules};

static struct channel wa = {
    .name = "wa", .kind = CHANNEL_WHATSAPP, .settings = wa_settings, .setting_count = COUNT(wa_settings)};
static struct channel sms = {
    .name = "sms", .kind = CHANNEL_SMS, .settings = sms_settings, .setting_count = COUNT(sms_settings)};
static const struct channel *const channels[] = {&wa, &sms};

static struct notice read_notice(const char *json, struct arena *arena)
{
    struct notice notice;
    struct faults faults;
    cJSON *tree = NULL;
    faults_init(&faults);
    assert_int_equal(json_parse(slice_of(json), NOTICE_BYTES_MAX, &tree), OK);
    assert_int_equal(notice_read(tree, flows_find(world->mind.flows, "", ""), "Chaski", "Para no recibir: BAJA", arena,
                                 &faults, &notice),
                     OK);
    cJSON_Delete(tree);
    faults_release(&faults);
    return notice;
}

#define NOTICE                                                                                                         \
    "{\"texts\":{\"es\":\"Feria para {{activity|tu negocio}}\"},\"template\":{\"name\":\"feria\",\"language\":\"es\"," \
    "\"params\":[\"{{activity|tu negocio}}\"],\"category\":\"utility\"}}"

/* Adds a person who last wrote so long ago on each channel; 0 never. */
static void add(struct preview *preview, const char *activity, int64_t wa_ago_ms, int64_t sms_ago_ms, bool out)
{
    struct state state;
    state_init(&state);
    state.opted_out = out;
    if (activity)
        assert_true(state_set_fact(&state, "activity", slice_of(activity), 1));
    const struct preview_person person = {
        .number = SLICE("+51987654321"),
        .state = &state,
        .wrote = true,
        .standing = STANDING_AGREED,
        .inbound_ms = {wa_ago_ms ? MONDAY_8 - wa_ago_ms : 0, sms_ago_ms ? MONDAY_8 - sms_ago_ms : 0}};
    assert_int_equal(preview_add(preview, &person), OK);
}

static struct preview_result made(struct arena *arena, const struct notice *notice, uint64_t people)
{
    struct preview_result result;
    char words[150];
    struct preview *preview = preview_open(notice, channels, rules, 2, MONDAY_8, 0, arena);
    assert_non_null(preview);
    memset(words, 'b', sizeof(words) - 1);
    words[sizeof(words) - 1] = '\0';
    if (people) {
        add(preview, "vendo jugos", DAY_MS / 2, DAY_MS, false); /* free words on WhatsApp */
        add(preview, NULL, 3 * DAY_MS, 0, false);               /* the template */
        add(preview, NULL, 0, 9 * DAY_MS, false);               /* SMS, a segment */
        add(preview, "vendo pan", 0, 9 * DAY_MS, false);        /* SMS, a segment */
        add(preview, words, 0, 0, false);                       /* SMS; what an echo has room for */
        add(preview, NULL, DAY_MS / 2, DAY_MS, true);           /* is out */
    }
    assert_int_equal(preview_finish(preview, people ? people : 1500, &result), OK);
    return result;
}

static void each_goes_by_the_first_channel_that_can(void **state)
{
    struct arena *arena = arena_new(32 << 20);
    const struct notice notice = read_notice(NOTICE, arena);
    struct preview_result r = made(arena, &notice, 6);
    (void)state;
    assert_int_equal(r.basis, PREVIEW_EVERYBODY);
    assert_int_equal(r.people, 6);
    assert_int_equal(r.excluded[PREVIEW_OPTED_OUT], 1);
    assert_int_equal(r.excluded[PREVIEW_NO_CONSENT] + r.excluded[PREVIEW_UNKNOWN] + r.excluded[PREVIEW_NO_CHANNEL], 0);
    assert_int_equal(r.channels[0].people, 2);
    assert_int_equal(r.channels[0].templates, 1);
    assert_int_equal(r.channels[0].segments, 2);
    assert_int_equal(r.channels[0].price, 300 + 1100);
    assert_int_equal(r.channels[1].people, 3);
    const uint64_t longest = r.channels[1].samples[r.channels[1].sample_count - 1].said.segments;
    assert_int_equal(r.channels[1].segments, 2 + longest);
    assert_int_equal(r.channels[1].price, 450 * (2 + longest));
    assert_int_equal(r.channels[1].begins_ms, MONDAY_8);
    assert_int_equal(r.channels[1].ends_ms, MONDAY_8 + (1 + (int64_t)longest) * 1000);
    assert_string_equal(r.channels[1].samples[0].which, "bare");
    assert_string_equal(r.channels[1].samples[1].which, "typical");
    assert_true(
        slice_is(r.channels[1].samples[1].said.message.text, "Chaski: Feria para vendo pan\nPara no recibir: BAJA") ||
        slice_is(r.channels[1].samples[1].said.message.text, "Chaski: Feria para tu negocio\nPara no recibir: BAJA"));
    assert_string_equal(r.channels[1].samples[2].which, "longest");
    arena_free(arena);
}

static void some_stand_for_all(void **state)
{
    struct arena *arena = arena_new(32 << 20);
    const struct notice notice = read_notice(NOTICE, arena);
    struct preview_result r = made(arena, &notice, 6000);
    (void)state;
    assert_int_equal(r.basis, PREVIEW_SAMPLE);
    assert_int_equal(r.looked_at, 6);
    assert_int_equal(r.channels[0].people, 2000);
    assert_int_equal(r.channels[0].price, 1400 * 1000);
    assert_int_equal(r.channels[1].people, 3000);
    /* 1,000 people by template, which a day takes, and 2,000 messages at 80 a second */
    assert_int_equal(r.channels[0].ends_ms, MONDAY_8 + 1999 * 25 / 2);
    arena_free(arena);
}

static void without_people_it_is_as_to_who_told_nothing(void **state)
{
    struct arena *arena = arena_new(32 << 20);
    const struct notice notice = read_notice(NOTICE, arena);
    struct preview_result r = made(arena, &notice, 0);
    (void)state;
    assert_int_equal(r.basis, PREVIEW_ASSUMED);
    assert_int_equal(r.channels[0].people, 1500);
    assert_int_equal(r.channels[0].price, 1500 * 1100);
    assert_int_equal(r.channels[0].ends_ms, MONDAY_8 + DAY_MS + 499 * 25 / 2); /* the tier: 1,000 a day */
    assert_int_equal(r.channels[1].people, 0);
    assert_int_equal(r.channels[1].sample_count, 1);
    assert_int_equal(r.channels[1].samples[0].price, 450);
    arena_free(arena);
}

static void without_a_price_no_sum_is_told(void **state)
{
    struct arena *arena = arena_new(32 << 20);
    const struct notice notice = read_notice(NOTICE, arena);
    sms.setting_count = 0;
    struct preview_result r = made(arena, &notice, 6);
    (void)state;
    assert_int_equal(r.channels[1].price, PRICE_UNKNOWN);
    assert_int_equal(r.channels[0].price, 1400);
    sms.setting_count = COUNT(sms_settings);
    arena_free(arena);
}

static void at_most_so_many_are_looked_at(void **state)
{
    struct arena *arena = arena_new(32 << 20);
    const struct notice notice = read_notice(NOTICE, arena);
    struct preview *preview = preview_open(&notice, channels, rules, 2, MONDAY_8, 0, arena);
    struct preview_result r;
    (void)state;
    for (int i = 0; i < PREVIEW_PEOPLE_MAX + 50; i++)
        add(preview, "vendo pan", 0, DAY_MS, false);
    assert_int_equal(preview_finish(preview, PREVIEW_PEOPLE_MAX + 50, &r), OK);
    assert_int_equal(r.looked_at, PREVIEW_PEOPLE_MAX);
    assert_int_equal(r.basis, PREVIEW_SAMPLE);
    assert_int_equal(r.channels[1].people, PREVIEW_PEOPLE_MAX + 50);
    arena_free(arena);
}

static void whom_nobody_asked_gets_nothing(void **state)
{
    struct arena *arena = arena_new(32 << 20);
    const struct notice notice = read_notice(NOTICE, arena);
    struct preview *preview = preview_open(&notice, channels, rules, 1, MONDAY_8, 0, arena); /* WhatsApp alone */
    struct preview_result r;
    struct state known;
    (void)state;
    state_init(&known);
    struct preview_person person = {.number = SLICE("+51987654321"), .state = &known, .inbound_ms = {1, 1}};
    assert_int_equal(preview_add(preview, &person), OK);
    person.wrote = true;
    assert_int_equal(preview_add(preview, &person), OK);
    person.standing = STANDING_PENDING;
    assert_int_equal(preview_add(preview, &person), OK);
    person.state = NULL;
    assert_int_equal(preview_add(preview, &person), OK);
    add(preview, NULL, 0, DAY_MS, false); /* never wrote there */
    assert_int_equal(preview_finish(preview, 5, &r), OK);
    assert_int_equal(r.excluded[PREVIEW_NO_CHANNEL], 1);
    assert_int_equal(r.excluded[PREVIEW_NEVER_WROTE], 1);
    assert_int_equal(r.excluded[PREVIEW_NOT_CONFIRMED], 1);
    assert_int_equal(r.excluded[PREVIEW_NO_CONSENT], 1);
    assert_int_equal(r.excluded[PREVIEW_UNKNOWN], 1);
    assert_int_equal(r.channels[0].people, 0);
    for (int reason = 0; reason < PREVIEW_REASONS; reason++)
        assert_non_null(preview_reason_name((enum preview_reason)reason));
    assert_string_equal(preview_basis_name(r.basis), "everybody");
    const struct notice bare = read_notice("{\"texts\":{\"es\":\"Feria\"}}", arena);
    preview = preview_open(&bare, channels, rules, 1, MONDAY_8, 0, arena);
    add(preview, NULL, 2 * DAY_MS, DAY_MS, false); /* no template goes after a day */
    assert_int_equal(preview_finish(preview, 1, &r), OK);
    assert_int_equal(r.excluded[PREVIEW_NO_WINDOW], 1);
    arena_free(arena);
}

/* Until when it may go: whom rate and tier do not reach by then are told, and who gets a part of it gets nothing. */
static void whom_time_is_too_short_for_is_told(void **state)
{
    static const struct {
        int64_t until_ms;
        uint64_t on_wa; /* of the 1,500 that it is for: 80 a second, 1,000 templates a day */
    } rows[] = {{0, 0},
                {MONDAY_8 + 1, 1499},
                {MONDAY_8 + 1000, 1420},
                {MONDAY_8 + DAY_MS, 500},
                {MONDAY_8 + DAY_MS + 499 * 25 / 2, 1},
                {MONDAY_8 + DAY_MS + 499 * 25 / 2 + 1, 0}};
    struct arena *arena = arena_new(32 << 20);
    const struct notice notice = read_notice(NOTICE, arena);
    (void)state;
    for (size_t i = 0; i < COUNT(rows); i++) {
        struct preview_result r;
        struct preview *preview = preview_open(&notice, channels, rules, 2, MONDAY_8, rows[i].until_ms, arena);
        assert_int_equal(preview_finish(preview, 1500, &r), OK);
        assert_int_equal(r.channels[0].missed, rows[i].on_wa);
        assert_int_equal(r.channels[1].missed, 0); /* nobody gets it there */
    }
    arena_free(arena);
}

static void a_part_of_an_sms_is_none(void **state)
{
    struct arena *arena = arena_new(32 << 20);
    char json[256] = "{\"texts\":{\"es\":\"";
    const size_t head = strlen(json);
    memset(json + head, 'b', 140); /* with the sender and how to leave: two segments */
    snprintf(json + head + 140, sizeof(json) - head - 140, "\"}}");
    const struct notice notice = read_notice(json, arena);
    struct preview_result r;
    struct preview *preview = preview_open(&notice, channels, rules, 2, MONDAY_8, MONDAY_8 + 3000, arena);
    (void)state;
    add(preview, NULL, 0, DAY_MS, false);
    add(preview, NULL, 0, DAY_MS, false);
    assert_int_equal(preview_finish(preview, 2, &r), OK);
    assert_int_equal(r.channels[1].segments, 4);
    assert_int_equal(r.channels[1].missed, 1); /* three of the four segments go: one person's, and half of another's */
    arena_free(arena);
}

/* Who had her share of the month costs nothing, but is told for what else holds of her first. */
static void who_had_her_share_is_excluded(void **state)
{
    struct arena *arena = arena_new(32 << 20);
    const struct notice notice = read_notice(NOTICE, arena);
    struct preview *preview = preview_open(&notice, channels, rules, 2, MONDAY_8, 0, arena);
    struct preview_result r;
    struct state known;
    (void)state;
    state_init(&known);
    struct preview_person person = {.number = SLICE("+51987654321"),
                                    .state = &known,
                                    .wrote = true,
                                    .capped = true,
                                    .standing = STANDING_AGREED,
                                    .inbound_ms = {0, MONDAY_8 - DAY_MS}};
    assert_int_equal(preview_add(preview, &person), OK);
    person.inbound_ms[0] = MONDAY_8 - 3 * DAY_MS; /* a template would go, and does not */
    assert_int_equal(preview_add(preview, &person), OK);
    person.standing = STANDING_NONE;
    assert_int_equal(preview_add(preview, &person), OK);
    person.standing = STANDING_AGREED;
    person.capped = false;
    assert_int_equal(preview_add(preview, &person), OK);
    assert_int_equal(preview_finish(preview, 4, &r), OK);
    assert_int_equal(r.excluded[PREVIEW_CAP], 2);
    assert_int_equal(r.excluded[PREVIEW_NO_CONSENT], 1);
    assert_int_equal(r.channels[0].people, 1);
    assert_int_equal(r.channels[0].price, 1100);
    assert_int_equal(r.channels[1].people, 0);
    assert_int_equal(r.channels[1].price, 0);
    arena_free(arena);
}

/* For every n the n-th allocation fails. */
static void without_memory_nothing_is_half_told(void **state)
{
    bool done = false;
    struct arena *own = arena_new(32 << 20);
    const struct notice notice = read_notice(NOTICE, own);
    (void)state;
    for (long n = 0; !done && n < 2000; n++) {
        struct arena *arena = arena_new(32 << 20);
        struct preview_result r = {.people = 99};
        struct state known;
        const struct preview_person person = {.number = SLICE("+51987654321"),
                                              .state = &known,
                                              .wrote = true,
                                              .standing = STANDING_AGREED,
                                              .inbound_ms = {1, 1}};
        state_init(&known);
        mem_fail_after(n);
        struct preview *preview = preview_open(&notice, channels, rules, 2, MONDAY_8, 0, arena);
        enum error error = preview ? preview_add(preview, &person) : ERR_NOMEM;
        if (!error)
            error = preview_finish(preview, 1, &r);
        mem_fail_after(-1);
        assert_true(error == OK || error == ERR_NOMEM);
        done = error == OK;
        arena_free(arena);
    }
    assert_true(done);
    arena_free(own);
}

static int open_all(void **state)
{
    wa.adapter = sms.adapter = adapter_named("twilio");
    return open_world(state);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(each_goes_by_the_first_channel_that_can),
        cmocka_unit_test(some_stand_for_all),
        cmocka_unit_test(without_people_it_is_as_to_who_told_nothing),
        cmocka_unit_test(without_a_price_no_sum_is_told),
        cmocka_unit_test(at_most_so_many_are_looked_at),
        cmocka_unit_test(whom_nobody_asked_gets_nothing),
        cmocka_unit_test(whom_time_is_too_short_for_is_told),
        cmocka_unit_test(a_part_of_an_sms_is_none),
        cmocka_unit_test(who_had_her_share_is_excluded),
        cmocka_unit_test(without_memory_nothing_is_half_told),
    };
    return cmocka_run_group_tests(tests, open_all, close_world);
}
