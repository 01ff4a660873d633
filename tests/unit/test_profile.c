/* Profiles: what facts and turns become as numbers, and that the table fits what it is of. */
#include "tests/unit/unit.h"

#include <stdio.h>
#include <string.h>

#include "gateway/profile.h"

#define NOW_MS INT64_C(1795402800000)

static uint32_t number(const struct profile *p, const char *field)
{
    return profile_number(p, profile_field(slice_of(field)));
}

static void facts_become_numbers(void **state)
{
    static const struct {
        const char *slot, *value;
        uint32_t number;
    } rows[] = {
        {"stage", "startup", 1},
        {"stage", "decline", 4},
        {"stage", "odd", 7},
        {"stage", "", 0},
        {"industry", "bodega_alimentos", 1},
        {"industry", "otros", 14},
        {"region", "25", 25},
        {"goal", "other", 9},
        {"goal", "REFUSED", 0},
        {"ruc", "20100070970", 1},
        {"ruc", "no", 2},
        {"ruc", "INVALID", 3},
        {"regime", "none", 5},
        {"trend", "UNKNOWN", 0},
        {"outlook", "por crecer", 3},
        {"workers", "1", 2},
        {"workers", "2..5", 4},
        {"workers", "5000", 5001},
        {"tenure", "-1", 1},
        {"tenure", "0", 2},
        {"sales", "1500/month", 1501},
        {"sales", "1500/?", 0},
        {"sales", "10000000/month", 10000001},
        {"trained", "yes", 1},
        {"trained", "no", 0},
    };
    (void)state;
    for (size_t i = 0; i < COUNT(rows); i++) {
        struct profile p = {{0}};
        profile_learn(&p, slice_of(rows[i].slot), slice_of(rows[i].value));
        if (number(&p, rows[i].slot) != rows[i].number)
            fail_msg("%s=%s is %u", rows[i].slot, rows[i].value, number(&p, rows[i].slot));
        profile_learn(&p, slice_of(rows[i].slot), SLICE_NONE);
        assert_int_equal(number(&p, rows[i].slot), 0);
    }
    struct profile p = {{0}};
    static const char *const others[] = {"activity", "seen", "channel", "first_seen", "opted_out", ""};
    for (size_t i = 0; i < COUNT(others); i++)
        profile_learn(&p, slice_of(others[i]), SLICE("sms"));
    for (size_t i = 0; i < PROFILE_COLUMNS; i++)
        assert_int_equal(p.columns[i], 0);
}

static void turns_tell_traits(void **state)
{
    struct profile p = {{0}};
    uint32_t *traits = &p.columns[COLUMN_TRAITS];
    (void)state;
    *traits = profile_traits(0, &(struct profile_signs){0});
    assert_int_equal(number(&p, "seen"), 1);
    *traits = profile_traits(*traits, &(struct profile_signs){true, CHANNEL_USSD, NOW_MS, SLICE("qu"), 0});
    assert_int_equal(number(&p, "channel"), 2);
    assert_int_equal(number(&p, "language"), 2);
    assert_int_equal(number(&p, "seen"), profile_day(NOW_MS));
    *traits =
        profile_traits(*traits, &(struct profile_signs){true, CHANNEL_SMS, NOW_MS - PROFILE_DAY_MS, SLICE_NONE, 1});
    assert_int_equal(number(&p, "channel"), 3);
    assert_int_equal(number(&p, "seen"), profile_day(NOW_MS));
    assert_int_equal(number(&p, "opted_out"), 1);
    *traits = profile_traits(*traits, &(struct profile_signs){.opted = -1, .language = SLICE("xx")});
    assert_int_equal(number(&p, "opted_out"), 0);
    assert_int_equal(number(&p, "language"), 7);
    *traits = profile_consent(*traits, *traits, SLICE("estudio"), SLICE("yes"));
    *traits = profile_consent(*traits, UINT32_MAX, SLICE("avisos_capacitacion"), SLICE("yes"));
    *traits = profile_consent(*traits, *traits, SLICE("mensajes"), SLICE("yes"));
    assert_int_equal(number(&p, "consent"), 8 + 2);
    *traits = profile_consent(*traits, *traits, SLICE("estudio"), SLICE("no"));
    assert_int_equal(number(&p, "consent"), 2);
    assert_int_equal(number(&p, "seen"), profile_day(NOW_MS));
}

/* Each message has answers, as "PURPOSE=VALUE …"; behind them, how the person stands to notices, offers and studies. */
static void many_are_written_to_after_a_second_yes(void **state)
{
    static const struct {
        const char *messages[4];
        int notices, offers, study;
    } rows[] = {
        {{"avisos_capacitacion=pending"}, 1, 0, 0},
        {{"avisos_capacitacion=pending", "avisos_capacitacion=yes"}, 2, 0, 0},
        {{"avisos_capacitacion=yes"}, 1, 0, 0}, /* of a flow that asks once */
        {{"avisos_capacitacion=yes avisos_capacitacion=yes"}, 1, 0, 0},
        {{"avisos_capacitacion=pending ofertas_aliados=yes"}, 1, 1, 0},
        {{"ofertas_aliados=pending", "avisos_capacitacion=yes"}, 1, 1, 0},
        {{"ofertas_aliados=pending", "ofertas_aliados=yes", "ofertas_aliados=pending"}, 0, 2, 0},
        {{"ofertas_aliados=pending", "ofertas_aliados=no", "ofertas_aliados=yes"}, 0, 1, 0},
        {{"ofertas_aliados=pending", "ofertas_aliados=yes", "ofertas_aliados=no"}, 0, 0, 0},
        {{"ofertas_aliados=pending", "ofertas_aliados=odd"}, 0, 0, 0},
        {{"estudio=yes"}, 0, 0, 2},
        {{"estudio=yes", "estudio=pending"}, 0, 0, 0}, /* never of a flow: one yes is enough there */
    };
    (void)state;
    for (size_t i = 0; i < COUNT(rows); i++) {
        uint32_t traits =
            profile_traits(0, &(struct profile_signs){.wrote = true, .kind = CHANNEL_SMS, .at_ms = NOW_MS});
        for (size_t m = 0; m < 4 && rows[i].messages[m]; m++) {
            struct slice rest = slice_of(rows[i].messages[m]), value, purpose;
            const uint32_t before = traits;
            while (slice_cut(&rest, ' ', &value))
                if (slice_cut(&value, '=', &purpose))
                    traits = profile_consent(traits, before, purpose, value);
        }
        assert_int_equal(profile_standing(traits, SLICE(PURPOSE_NOTICES)), rows[i].notices);
        assert_int_equal(profile_standing(traits, SLICE(PURPOSE_OFFERS)), rows[i].offers);
        assert_int_equal(profile_standing(traits, SLICE(PURPOSE_STUDY)), rows[i].study);
        assert_int_equal(profile_standing(traits, SLICE("")), STANDING_NONE);
        struct profile p = {{0}};
        profile_put_line(&p, traits, NOW_MS);
        assert_int_equal(number(&p, "pending"), (rows[i].notices == 1) + 2 * (rows[i].offers == 1));
        assert_int_equal(number(&p, "first_seen"), profile_day(NOW_MS));
        assert_int_equal(number(&p, "seen"), profile_day(NOW_MS));
        assert_true(profile_wrote(traits));
        traits = profile_traits(traits, &(struct profile_signs){.opted = 1});
        assert_int_equal(profile_standing(traits, SLICE(PURPOSE_NOTICES)), STANDING_NONE);
        assert_int_equal(profile_standing(traits, SLICE(PURPOSE_OFFERS)), STANDING_NONE);
        profile_put_line(&p, traits, NOW_MS);
        assert_int_equal(number(&p, "pending") + number(&p, "consent"), 0);
    }
    assert_false(profile_wrote(profile_traits(0, &(struct profile_signs){.language = SLICE("es")})));
}

/* Midnight in Lima is 05:00 UTC. */
static void days_are_those_of_lima(void **state)
{
    const int64_t five_utc = INT64_C(1795410000000);
    (void)state;
    assert_int_equal(profile_day(five_utc), profile_day(five_utc - 1) + 1);
    assert_int_equal(profile_day(five_utc + PROFILE_DAY_MS - 1), profile_day(five_utc));
    assert_int_equal(profile_day(0), 1);
    assert_int_equal(profile_day(INT64_C(9000000000000)), 8191);
}

static void every_word_has_its_number(void **state)
{
    uint32_t used[PROFILE_COLUMNS] = {0};
    (void)state;
    for (const struct profile_field *f = profile_fields; f->name; f++) {
        unsigned bits = f->bits;
        uint32_t count = 0;
        assert_ptr_equal(profile_field(slice_of(f->name)), f);
        assert_true(f->shift + bits <= 8 * profile_columns[f->column].bytes);
        assert_int_equal(used[f->column] & ((UINT32_C(1) << bits) - 1) << f->shift, 0);
        used[f->column] |= ((UINT32_C(1) << bits) - 1) << f->shift;
        for (; f->words && f->words[count]; count++)
            assert_int_equal(profile_word(f, slice_of(f->words[count])),
                             f->kind == PROFILE_SET ? UINT32_C(1) << count : count + 1);
        if (f->kind == PROFILE_WORD) /* one is left for what is none of them */
            assert_true(count < (UINT32_C(1) << bits) - 1);
        if (f->kind == PROFILE_SET)
            assert_true(count <= bits);
    }
    for (unsigned c = 0; c < PROFILE_COLUMNS; c++)
        assert_true(profile_columns[c].name && profile_columns[c].bytes <= PROFILE_BYTES_MAX);
}

/* Who adds an industry adds it to the table too, at the end. */
static void industries_are_those_of_the_models(void **state)
{
    FILE *file = fopen("models/industries.yaml", "r");
    char line[512];
    size_t found = 0;
    (void)state;
    assert_non_null(file);
    while (fgets(line, sizeof(line), file)) {
        struct slice text = slice_trim(slice_of(line));
        if (strncmp(line, "  ", 2) != 0 || line[2] == ' ' || line[2] == '#' || !slice_ends(text, SLICE(":")))
            continue;
        text.len--;
        found++;
        if (!profile_word(profile_field(SLICE("industry")), text))
            fail_msg("%.*s is not in gateway/profile.c: add it at the end of `industries`", (int)text.len, text.ptr);
    }
    fclose(file);
    assert_true(found >= 14);
}

static void numbers_lie_high_byte_first(void **state)
{
    char out[PROFILE_BYTES_MAX];
    (void)state;
    assert_true(slice_eq(profile_write(COLUMN_SALES, 0x010203, out), SLICE("\1\2\3")));
    assert_true(slice_eq(profile_write(COLUMN_WORKERS, 0x0102, out), SLICE("\1\2")));
    assert_true(slice_eq(profile_write(COLUMN_REGION, 8, out), SLICE("\10")));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(facts_become_numbers),
        cmocka_unit_test(turns_tell_traits),
        cmocka_unit_test(many_are_written_to_after_a_second_yes),
        cmocka_unit_test(days_are_those_of_lima),
        cmocka_unit_test(every_word_has_its_number),
        cmocka_unit_test(numbers_lie_high_byte_first),
        cmocka_unit_test(industries_are_those_of_the_models),
    };
    return cmocka_run_group_tests_name("profile", tests, NULL, NULL);
}
