/* Entries of the streams of requests: what XRANGE gives is read, and anything else is none. */
#include "tests/unit/unit.h"

#include <string.h>

#include "base/mem.h"
#include "gateway/request_entry.h"
#include "tests/unit/peru_holidays.h"

#define DAY_MS INT64_C(86400000)
#define MONDAY_8 INT64_C(1795438800000) /* 23 November 2026, 08:00 in Lima */

/* Reads an entry of one field as a reply has it. */
static bool read_text(const char *text, struct slice *id, cJSON **out)
{
    char word[] = "entry", at[] = "1700000000000-0";
    redisReply name = {.type = REDIS_REPLY_STRING, .str = word, .len = 5};
    redisReply value = {.type = REDIS_REPLY_STRING, .str = (char *)text, .len = strlen(text)};
    redisReply number = {.type = REDIS_REPLY_STRING, .str = at, .len = 15};
    redisReply *pair[] = {&name, &value};
    redisReply fields = {.type = REDIS_REPLY_ARRAY, .elements = 2, .element = pair};
    redisReply *both[] = {&number, &fields};
    const redisReply entry = {.type = REDIS_REPLY_ARRAY, .elements = 2, .element = both};
    *out = NULL;
    return request_entry_read(&entry, id, out);
}

static void an_entry_has_its_day(void **state)
{
    static const struct {
        const char *text;
        bool has_day;
        int64_t late_ms;
    } rows[] = {
        {"{\"kind\":\"information\",\"at\":1795438800000}", true, MONDAY_8 + 11 * DAY_MS - 8 * DAY_MS / 24},
        {"{\"kind\":\"erase\",\"at\":1795438800000}", true, MONDAY_8 + 15 * DAY_MS - 8 * DAY_MS / 24},
        {"{\"kind\":\"dance\",\"at\":1795438800000}", false, 0},
        {"{\"at\":1795438800000}", false, 0},
        {"[]", false, 0},
    };
    (void)state;
    for (size_t i = 0; i < COUNT(rows); i++) {
        struct slice id;
        cJSON *entry;
        int64_t late_ms = 0;
        assert_true(read_text(rows[i].text, &id, &entry));
        assert_int_equal(id.len, 15);
        assert_int_equal(request_entry_late(entry, &peru, &late_ms), rows[i].has_day);
        assert_int_equal(late_ms, rows[i].late_ms);
        cJSON_Delete(entry);
    }
}

/* One that does not tell when is long overdue: somebody should look at it. */
static void without_its_time_it_is_late(void **state)
{
    struct slice id;
    cJSON *entry;
    int64_t late_ms = MONDAY_8;
    (void)state;
    assert_true(read_text("{\"kind\":\"mydata\"}", &id, &entry));
    assert_true(request_entry_late(entry, &peru, &late_ms) && late_ms < 60 * DAY_MS);
    cJSON_Delete(entry);
}

static void anything_else_is_none(void **state)
{
    const redisReply gone = {.type = REDIS_REPLY_NIL}, empty = {.type = REDIS_REPLY_ARRAY};
    redisReply number = {.type = REDIS_REPLY_INTEGER, .integer = 7};
    redisReply *both[] = {&number, &number};
    const redisReply numbers = {.type = REDIS_REPLY_ARRAY, .elements = 2, .element = both};
    char longer[REQUEST_ENTRY_MAX + 2];
    struct slice id;
    cJSON *entry = NULL;
    (void)state;
    assert_false(request_entry_read(&gone, &id, &entry));
    assert_false(request_entry_read(&empty, &id, &entry));
    assert_false(request_entry_read(&numbers, &id, &entry));
    assert_false(read_text("", &id, &entry));
    assert_false(read_text("{\"kind\":", &id, &entry));
    memset(longer, ' ', sizeof(longer));
    memcpy(longer, "{}", 2);
    longer[sizeof(longer) - 1] = '\0';
    assert_false(read_text(longer, &id, &entry));
    assert_null(entry);
}

static void without_memory_it_is_none(void **state)
{
    bool done = false;
    (void)state;
    for (long n = 0; !done && n < 100; n++) {
        struct slice id;
        cJSON *entry;
        mem_fail_after(n);
        done = read_text("{\"kind\":\"erase\",\"at\":1}", &id, &entry);
        mem_fail_after(-1);
        assert_int_equal(done, entry != NULL);
        cJSON_Delete(entry);
    }
    assert_true(done);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(an_entry_has_its_day),
        cmocka_unit_test(without_its_time_it_is_late),
        cmocka_unit_test(anything_else_is_none),
        cmocka_unit_test(without_memory_it_is_none),
    };
    if (!peru_holidays_load())
        return 1;
    return cmocka_run_group_tests(tests, NULL, NULL);
}
