#include "tests/unit/unit.h"

#include <math.h>
#include <stdio.h>
#include <string.h>

#include "engine/business.h"

/* Writes what is known, one `name=value` after the other, in the order of the struct. */
static void describe(const struct business *b, char out[512])
{
    size_t n = 0;
    out[0] = '\0';
    if (b->tenure_months != TENURE_UNKNOWN)
        n += (size_t)snprintf(out + n, 512 - n, "tenure=%d ", b->tenure_months);
    if (b->sales_month >= 0)
        n += (size_t)snprintf(out + n, 512 - n, "sales=%.2f ", b->sales_month);
    if (b->sales_refused)
        n += (size_t)snprintf(out + n, 512 - n, "refused ");
    if (b->customers_week >= 0)
        n += (size_t)snprintf(out + n, 512 - n, "customers=%.2f ", b->customers_week);
    if (b->workers >= 0)
        n += (size_t)snprintf(out + n, 512 - n, "workers=%.1f ", b->workers);
    if (b->has_ruc >= 0)
        n += (size_t)snprintf(out + n, 512 - n, "ruc=%d ", b->has_ruc);
    if (b->fixed_place >= 0)
        n += (size_t)snprintf(out + n, 512 - n, "place=%d ", b->fixed_place);
    snprintf(out + n, 512 - n, "%s%s%s%s%s%s", b->trend, b->regime, b->region, b->goal, b->industry, b->activity);
}

static const struct {
    const char *slot, *value, *expected; /* expected NULL: ERR_VALUE, nothing changed */
} canonical_rows[] = {
    {"tenure", "24", "tenure=24 "},
    {"tenure", "-1", "tenure=-1 "},
    {"tenure", "0", "tenure=0 "},
    {"tenure", "UNKNOWN", ""},
    {"tenure", "-2", NULL},
    {"tenure", "2 años", NULL},
    {"tenure", "1801", NULL},
    {"tenure", "", NULL},
    {"sales", "1500/month", "sales=1500.00 "},
    {"sales", "1500.50/month", "sales=1500.50 "},
    {"sales", "100/day", "sales=2600.00 "},
    {"sales", "500..800/week", "sales=2814.50 "},
    {"sales", "12000/year", "sales=1000.00 "},
    {"sales", "900/?", "sales=900.00 "},
    {"sales", "0/month", "sales=0.00 "},
    {"sales", "UNKNOWN", ""},
    {"sales", "REFUSED", "refused "},
    {"sales", "1500", NULL},
    {"sales", "1500/fortnight", NULL},
    {"sales", "-5/month", NULL},
    {"sales", "800..500/week", NULL},
    {"sales", "1e3/month", NULL},
    {"sales", "nan/month", NULL},
    {"sales", "1,500/month", NULL},
    {"sales", "1.2.3/month", NULL},
    {"sales", "5./month", NULL},
    {"sales", "/month", NULL},
    {"sales", "99999999999999999999/month", NULL},
    {"trend", "up", "up"},
    {"trend", "same", "same"},
    {"trend", "down", "down"},
    {"trend", "UNKNOWN", ""},
    {"trend", "sideways", NULL},
    {"customers", "20/day", "customers=120.09 "},
    {"customers", "80..100/week", "customers=90.00 "},
    {"customers", "30/?", "customers=30.00 "},
    {"customers", "20", NULL},
    {"workers", "1", "workers=1.0 "},
    {"workers", "2..5", "workers=3.5 "},
    {"workers", "UNKNOWN", ""},
    {"workers", "two", NULL},
    {"ruc", "yes", "ruc=1 "},
    {"ruc", "no", "ruc=0 "},
    {"ruc", "maybe", ""},
    {"ruc", "INVALID", ""},
    {"ruc", "20512333797", "ruc=1 "},
    {"ruc", "2051233379", NULL},
    {"ruc", "sí", NULL},
    {"place", "yes", "place=1 "},
    {"place", "no", "place=0 "},
    {"place", "UNKNOWN", ""},
    {"place", "maybe", NULL},
    {"regime", "NRUS", "NRUS"},
    {"regime", "none", "none"},
    {"regime", "UNKNOWN", ""},
    {"regime", "nrus", NULL},
    {"region", "08", "08"},
    {"region", "25", "25"},
    {"region", "26", NULL},
    {"region", "8", NULL},
    {"region", "Cusco", NULL},
    {"goal", "public_sales", "public_sales"},
    {"goal", "other", "other"},
    {"goal", "money", NULL},
    {"industry", "manufactura_artesania", "manufactura_artesania"},
    {"industry", "UNKNOWN", ""},
    {"industry", "bodega", NULL},
    {"activity", "vendo ropa", "vendo ropa"},
    {"activity", "\xff", NULL},
    {"consent", "yes", ""},
    {"no such slot", "anything", ""},
};

static void canonical_values_become_facts(void **state)
{
    (void)state;
    for (size_t i = 0; i < COUNT(canonical_rows); i++) {
        struct business b;
        char got[512];
        business_init(&b);
        enum error error = business_set(&b, slice_of(canonical_rows[i].slot), slice_of(canonical_rows[i].value));
        describe(&b, got);
        if (error != (canonical_rows[i].expected ? OK : ERR_VALUE))
            fail_msg("%s=%s gave %d", canonical_rows[i].slot, canonical_rows[i].value, error);
        assert_string_equal(got, canonical_rows[i].expected ? canonical_rows[i].expected : "");
    }
}

static void a_wrong_value_leaves_the_old_one(void **state)
{
    static const char *const slot_names[] = {"tenure", "sales",  "trend", "customers", "workers", "ruc",
                                             "regime", "region", "goal",  "industry",  "activity"};
    struct business before, after;
    (void)state;
    business_init(&before);
    assert_int_equal(business_set(&before, SLICE("sales"), SLICE("10/day")), OK);
    assert_int_equal(business_set(&before, SLICE("goal"), SLICE("debts")), OK);
    assert_int_equal(business_set(&before, SLICE("activity"), SLICE("combi")), OK);
    after = before;
    for (size_t i = 0; i < COUNT(slot_names); i++)
        assert_int_equal(business_set(&after, slice_of(slot_names[i]), SLICE("a\0b")), ERR_VALUE);
    assert_memory_equal(&before, &after, sizeof(before));
}

static void what_is_taken_back_is_unknown_again(void **state)
{
    struct business b;
    (void)state;
    business_init(&b);
    assert_int_equal(business_set(&b, SLICE("sales"), SLICE("10/day")), OK);
    assert_int_equal(business_set(&b, SLICE("sales"), SLICE("REFUSED")), OK);
    assert_true(b.sales_month < 0 && b.sales_refused);
    assert_int_equal(business_set(&b, SLICE("sales"), SLICE("10/month")), OK);
    assert_true(b.sales_month > 9 && !b.sales_refused);
    assert_int_equal(business_set(&b, SLICE("goal"), SLICE("debts")), OK);
    assert_int_equal(business_set(&b, SLICE("goal"), SLICE("UNKNOWN")), OK);
    assert_string_equal(b.goal, "");
}

static void long_words_are_cut_between_characters(void **state)
{
    char text[700] = "";
    struct business b;
    (void)state;
    for (size_t i = 0; i < 200; i++)
        memcpy(text + 3 * i, "\xe2\x82\xac", 4); /* 600 bytes of euro signs */
    business_init(&b);
    assert_int_equal(business_set(&b, SLICE("activity"), slice_of(text)), OK);
    assert_int_equal(strlen(b.activity), 300);
}

static void a_regime_tells_of_a_tax_number(void **state)
{
    static const struct {
        int has_ruc;
        const char *regime;
        int expected;
    } rows[] = {{-1, "", -1}, {-1, "NRUS", 1}, {-1, "none", 0}, {0, "NRUS", 0}, {1, "none", 1}, {0, "", 0}};
    (void)state;
    for (size_t i = 0; i < COUNT(rows); i++) {
        struct business b;
        business_init(&b);
        b.has_ruc = rows[i].has_ruc;
        snprintf(b.regime, sizeof(b.regime), "%s", rows[i].regime);
        assert_int_equal(business_ruc(&b), rows[i].expected);
    }
}

static void json_objects_become_facts(void **state)
{
    static const struct {
        const char *json, *expected; /* or, after "!", what the refusal says */
    } rows[] = {
        {"{}", ""},
        {"{\"tenure\": 24, \"sales\": 1500.5, \"customers\": 40, \"workers\": 2.5, \"ruc\": true, \"trend\": \"up\"}",
         "tenure=24 sales=1500.50 customers=40.00 workers=2.5 ruc=1 up"},
        {"{\"tenure\": \"24\", \"sales\": \"100/day\", \"ruc\": \"no\"}", "tenure=24 sales=2600.00 ruc=0 "},
        {"{\"ruc\": 20512333797}", "ruc=1 "},
        {"{\"ruc\": false, \"goal\": null, \"color\": [1]}", "ruc=0 "},
        {"{\"tenure\": -1}", "tenure=-1 "},
        {"[]", "!facts must be a JSON object"},
        {"\"facts\"", "!facts must be a JSON object"},
        {"{\"goal\": \"money\"}", "!\"goal\" must be finance, customers"},
        {"{\"goal\": 3}", "!\"goal\" must be"},
        {"{\"goal\": {\"value\": \"finance\"}}", "!\"goal\" must be"},
        {"{\"tenure\": 2.5}", "!\"tenure\" must be whole months"},
        {"{\"tenure\": true}", "!\"tenure\" must be"},
        {"{\"sales\": -3}", "!\"sales\" must be"},
        {"{\"sales\": 1e300}", "!\"sales\" must be"},
        {"{\"workers\": []}", "!\"workers\" must be"},
        {"{\"region\": 8}", "!\"region\" must be a department's INEI code"},
    };
    (void)state;
    for (size_t i = 0; i < COUNT(rows); i++) {
        struct business b;
        char got[512], why[BUSINESS_WHY_MAX] = "";
        cJSON *json = NULL;
        business_init(&b);
        assert_int_equal(json_parse(slice_of(rows[i].json), 4096, &json), OK);
        bool refused = rows[i].expected[0] == '!';
        assert_int_equal(business_from_json(json, &b, why), refused ? ERR_VALUE : OK);
        cJSON_Delete(json);
        describe(&b, got);
        assert_string_equal(got, refused ? "" : rows[i].expected);
        if (refused && strncmp(why, rows[i].expected + 1, strlen(rows[i].expected + 1)) != 0)
            fail_msg("%s: %s", rows[i].json, why);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(canonical_values_become_facts),       cmocka_unit_test(a_wrong_value_leaves_the_old_one),
        cmocka_unit_test(what_is_taken_back_is_unknown_again), cmocka_unit_test(long_words_are_cut_between_characters),
        cmocka_unit_test(a_regime_tells_of_a_tax_number),      cmocka_unit_test(json_objects_become_facts),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
