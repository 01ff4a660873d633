#include "tests/unit/unit.h"

#include <string.h>

#include "base/civil.h"
#include "engine/catalogue_check.h"

static int64_t day(const char *text)
{
    int64_t ms = 0;
    assert_int_equal(civil_parse(slice_of(text), &ms), OK);
    return ms;
}

static void entries_stand_as_their_dates_say(void **state)
{
    static const struct {
        const char *checked, *valid, *now;
        char confidence;
        enum catalogue_state is;
    } rows[] = {
        {"2026-11-23T05:00:00Z", NULL, "2026-11-28", 'A', CATALOGUE_GOOD},
        {"2026-11-23T05:00:00Z", NULL, "2026-11-23T04:59:59Z", 'A', CATALOGUE_STALE},
        {"2026-11-23T05:00:00Z", NULL, "2027-05-22T04:59:59.999Z", 'A', CATALOGUE_GOOD},
        {"2026-11-23T05:00:00Z", NULL, "2027-05-22T05:00:00Z", 'B', CATALOGUE_STALE},
        {"2026-11-23T05:00:00Z", NULL, "2027-02-21T05:00:00Z", 'C', CATALOGUE_STALE},
        {"2026-11-23T05:00:00Z", "2027-01-01T05:00:00Z", "2026-12-02T04:59:59Z", 'A', CATALOGUE_GOOD},
        {"2026-11-23T05:00:00Z", "2027-01-01T05:00:00Z", "2026-12-02T05:00:00Z", 'A', CATALOGUE_ENDING},
        {"2025-11-23T05:00:00Z", "2027-01-01T05:00:00Z", "2026-12-02T05:00:00Z", 'A', CATALOGUE_ENDING},
        {"2026-11-23T05:00:00Z", "2027-01-01T05:00:00Z", "2027-01-01T04:59:59.999Z", 'A', CATALOGUE_ENDING},
        {"2026-11-23T05:00:00Z", "2027-01-01T05:00:00Z", "2027-01-01T05:00:00Z", 'A', CATALOGUE_EXPIRED},
    };
    (void)state;
    for (size_t i = 0; i < COUNT(rows); i++) {
        const struct resource r = {.checked_on_ms = day(rows[i].checked),
                                   .valid_until_ms = rows[i].valid ? day(rows[i].valid) : RESOURCE_OPEN,
                                   .confidence = rows[i].confidence};
        if (catalogue_state(&r, day(rows[i].now)) != rows[i].is)
            fail_msg("row %zu: %s", i, catalogue_state_words[catalogue_state(&r, day(rows[i].now))]);
    }
}

static void what_it_costs_is_reckoned(void **state)
{
    char text[121], contact[121];
    (void)state;
    memset(text, 'a', 120);
    memset(contact, 'b', 120);
    text[120] = contact[120] = '\0';
    struct catalogue_cost cost = catalogue_cost(&(struct resource){.text = text, .contact = contact});
    assert_int_equal(cost.septets, 241);
    assert_int_equal(cost.segments, 2);
    assert_int_equal(cost.screens, 2);
    cost = catalogue_cost(&(struct resource){.text = "Préstamo, así", .contact = "tu caja"});
    assert_int_equal(cost.septets, 21);
    assert_int_equal(cost.segments, 1);
    assert_int_equal(cost.screens, 1);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(entries_stand_as_their_dates_say),
        cmocka_unit_test(what_it_costs_is_reckoned),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
