/* What partners' systems are told of a turn: of whom, what of her, and what not. */
#include "tests/unit/unit.h"

#include <stdlib.h>
#include <string.h>

#include "base/mem.h"
#include "gateway/contact_line.h"
#include "gateway/webhook_event.h"

#define NOW_MS 1795402800000

struct fixture {
    struct arena *arena;
    struct event event;
    struct thought thought;
    struct commit commit;
    struct webhook_wants wants;
    char held[CONTACT_LINE_MAX];
};

static int set_up(void **state)
{
    struct fixture *f = calloc(1, sizeof(*f));
    f->arena = arena_new(1 << 20);
    for (size_t i = 0; i < WEBHOOK_TYPES; i++)
        f->wants.purposes[i] = webhook_purpose(SLICE("ofertas_aliados"));
    *state = f;
    return 0;
}

static int tear_down(void **state)
{
    struct fixture *f = *state;
    arena_free(f->arena);
    free(f);
    return 0;
}

/* Puts who the person is before the turn. */
static void stands(struct fixture *f, uint32_t traits)
{
    const struct contact_line line = {.version = 3,
                                      .born_ms = NOW_MS,
                                      .tend_ms = NOW_MS,
                                      .number = 1,
                                      .traits = traits};
    assert_int_equal(contact_line_write(&line, f->held, &f->commit.held), OK);
    f->commit.expected = 3;
    f->commit.now_ms = NOW_MS;
}

/* Has said yes once before the turn, to what may need it twice. */
static uint32_t asked(struct fixture *f, const char *purpose)
{
    const uint32_t traits = profile_consent(0, 0, slice_of(purpose), SLICE("yes"));
    stands(f, traits);
    return traits;
}

/* Has agreed to a purpose before the turn ("": to none). */
static void agreed(struct fixture *f, const char *purpose)
{
    const uint32_t first = asked(f, purpose);
    stands(f, profile_consent(first, first, slice_of(purpose), SLICE("yes")));
}

static void give_effects(struct fixture *f, struct effect *effects, size_t count)
{
    f->thought.effects = effects;
    f->thought.effect_count = count;
}

/* Expects one event, or with NULL none. */
static void expect(struct fixture *f, const char *type, const char *data)
{
    f->commit.event_count = 0;
    assert_int_equal(webhook_tell(&f->wants, &f->event, &f->thought, f->arena, &f->commit), OK);
    assert_int_equal(f->commit.event_count, type != NULL);
    if (!type)
        return;
    assert_true(slice_is(f->commit.events[0].type, type));
    if (!slice_is(f->commit.events[0].data, data))
        fail_msg("%.*s", (int)f->commit.events[0].data.len, f->commit.events[0].data.ptr);
    assert_int_equal(f->commit.events[0].purposes, webhook_purpose(SLICE("ofertas_aliados")));
}

static void facts_are_told_as_they_are_after_the_turn(void **state)
{
    struct fixture *f = *state;
    struct effect effects[] = {
        {.kind = EFFECT_FACT, .slot = SLICE("region"), .value = SLICE("15")},
        {.kind = EFFECT_FACT, .slot = SLICE("activity"), .value = SLICE("vendo \"chifles\" en Piura")},
        {.kind = EFFECT_FACT, .slot = SLICE("ruc"), .value = SLICE("10412345674")},
        {.kind = EFFECT_FACT, .slot = SLICE("region"), .value = SLICE("20")},
        {.kind = EFFECT_FACT, .slot = SLICE("outlook"), .value = SLICE("riesgo")},
        {.kind = EFFECT_FACT, .slot = SLICE("sales"), .value = SLICE("10/day")},
        {.kind = EFFECT_FORGET, .slot = SLICE("sales")},
        {.kind = EFFECT_FORGET, .slot = SLICE("activity")},
    };
    agreed(f, "ofertas_aliados");
    give_effects(f, effects, COUNT(effects));
    expect(f, "contact.updated", "{\"facts\":{\"ruc\":\"yes\",\"region\":\"20\"},\"forgotten\":[\"sales\"]}");
    effects[2].value = SLICE("no");
    give_effects(f, effects + 1, 2);
    expect(f, "contact.updated", "{\"facts\":{\"ruc\":\"no\"},\"forgotten\":[]}");
    give_effects(f, effects + 1, 1);
    expect(f, NULL, NULL); /* her own words are nobody else's */
    give_effects(f, NULL, 0);
    expect(f, NULL, NULL);
}

static void only_who_agreed_is_told_of(void **state)
{
    static const struct {
        const char *purpose;
        enum opt opt;
        const char *type;
    } rows[] = {
        {"ofertas_aliados", OPT_UNCHANGED, "contact.updated"},
        {"avisos_capacitacion", OPT_UNCHANGED, NULL},
        {"respuestas", OPT_UNCHANGED, NULL},
        {"", OPT_UNCHANGED, NULL},
        {"ofertas_aliados", OPT_OUT, "contact.withdrawn"},
    };
    struct fixture *f = *state;
    struct effect effect = {.kind = EFFECT_FACT, .slot = SLICE("region"), .value = SLICE("20")};
    give_effects(f, &effect, 1);
    for (size_t i = 0; i < COUNT(rows); i++) {
        agreed(f, rows[i].purpose);
        f->commit.opt = rows[i].opt;
        expect(f, rows[i].type,
               rows[i].opt == OPT_OUT ? "{\"why\":\"consent\"}" : "{\"facts\":{\"region\":\"20\"},\"forgotten\":[]}");
    }
    memset(&f->wants, 0, sizeof(f->wants));
    agreed(f, "ofertas_aliados");
    f->commit.opt = OPT_UNCHANGED;
    expect(f, NULL, NULL);
}

static void consent_counts_as_it_is_after_the_turn(void **state)
{
    struct fixture *f = *state;
    struct effect effect = {.kind = EFFECT_FACT, .slot = SLICE("region"), .value = SLICE("20")};
    give_effects(f, &effect, 1);
    agreed(f, "");
    f->commit.consents[f->commit.consent_count++] =
        (struct store_consent){SLICE("ofertas_aliados"), SLICE("yes"), SLICE("?"), SLICE("a"), SLICE_NONE};
    expect(f, NULL, NULL); /* the first yes of two */
    asked(f, "ofertas_aliados");
    expect(f, "contact.updated", "{\"facts\":{\"region\":\"20\"},\"forgotten\":[]}");
    agreed(f, "ofertas_aliados");
    f->commit.consents[0].value = SLICE("no");
    expect(f, "contact.withdrawn", "{\"why\":\"consent\"}");
    f->commit.consent_count = 0;
    f->commit.erase = true;
    expect(f, "contact.withdrawn", "{\"why\":\"erased\"}");
    f->commit.event_count = 0;
    assert_int_equal(webhook_tell_erased(NULL, f->arena, &f->commit), OK);
    assert_int_equal(f->commit.event_count, 0);
    assert_int_equal(webhook_tell_erased(&f->wants, f->arena, &f->commit), OK);
    assert_int_equal(f->commit.event_count, 1);
    agreed(f, "respuestas");
    expect(f, NULL, NULL);
    f->commit.erase = false;
    f->commit.held = SLICE_NONE; /* never seen */
    f->commit.expected = 0;
    expect(f, NULL, NULL);
}

static void a_diagnosis_is_told_with_what_was_recommended(void **state)
{
    struct fixture *f = *state;
    struct advice advices[] = {
        {.kind = NEED_PROFILE, .stage = "growth"},
        {.kind = NEED_RESOURCES, .resource_count = 2, .resources = {{.id = "r-1"}, {.id = "r-2"}}}};
    f->thought.advices = advices;
    f->thought.advice_count = 2;
    agreed(f, "ofertas_aliados");
    expect(f, "diagnosis.done", "{\"stage\":\"growth\",\"resources\":[\"r-1\",\"r-2\"]}");
    f->thought.advice_count = 1;
    expect(f, NULL, NULL);
    f->thought.advices = advices + 1;
    advices[1].resource_count = 0;
    expect(f, "diagnosis.done", "{\"resources\":[]}");
}

static void a_sign_up_is_told_with_its_place(void **state)
{
    static const struct {
        const char *payload, *data;
    } rows[] = {
        {"tell seat t-1", "{\"training\":\"t-1\",\"place\":\"seat\"}"},
        {"tell moved t-1", "{\"training\":\"t-1\",\"place\":\"seat\"}"},
        {"tell waiting t-1", "{\"training\":\"t-1\",\"place\":\"waiting\"}"},
        {"tell left t-1", NULL},
        {"tell seat", NULL},
        {"remind reminder t-1", NULL},
        {"answer ana", NULL},
    };
    struct fixture *f = *state;
    agreed(f, "ofertas_aliados");
    f->event.kind = EVENT_STAFF;
    for (size_t i = 0; i < COUNT(rows); i++) {
        f->event.payload = slice_of(rows[i].payload);
        expect(f, rows[i].data ? "training.signed_up" : NULL, rows[i].data);
    }
    f->event = (struct event){.kind = EVENT_TEXT, .payload = SLICE("tell seat t-1")}; /* hers is no sign-up */
    expect(f, NULL, NULL);
}

static void names_are_found(void **state)
{
    (void)state;
    assert_int_equal(webhook_type_of(SLICE("diagnosis.done")), WEBHOOK_DIAGNOSED);
    assert_int_equal(webhook_type_of(SLICE("diagnosis")), WEBHOOK_TYPES);
    assert_int_equal(webhook_purpose(SLICE("respuestas")), 1);
    assert_int_equal(webhook_purpose(SLICE("estudio")), 8);
    assert_int_equal(webhook_purpose(SLICE("x")), 0);
    assert_string_equal(webhook_purposes()[2], "ofertas_aliados");
}

static void lack_of_memory_fails_the_turn(void **state)
{
    struct fixture *f = *state;
    struct effect effect = {.kind = EFFECT_FACT, .slot = SLICE("region"), .value = SLICE("20")};
    struct arena *none = arena_new(8);
    agreed(f, "ofertas_aliados");
    give_effects(f, &effect, 1);
    assert_int_equal(webhook_tell(&f->wants, &f->event, &f->thought, none, &f->commit), ERR_NOMEM);
    assert_int_equal(f->commit.event_count, 0);
    arena_free(none);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(facts_are_told_as_they_are_after_the_turn, set_up, tear_down),
        cmocka_unit_test_setup_teardown(only_who_agreed_is_told_of, set_up, tear_down),
        cmocka_unit_test_setup_teardown(consent_counts_as_it_is_after_the_turn, set_up, tear_down),
        cmocka_unit_test_setup_teardown(a_diagnosis_is_told_with_what_was_recommended, set_up, tear_down),
        cmocka_unit_test_setup_teardown(a_sign_up_is_told_with_its_place, set_up, tear_down),
        cmocka_unit_test_setup_teardown(names_are_found, set_up, tear_down),
        cmocka_unit_test_setup_teardown(lack_of_memory_fails_the_turn, set_up, tear_down),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
