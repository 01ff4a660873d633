#include "tests/unit/unit.h"

#include <string.h>
#include <unistd.h>

#include "gateway/log.h"

/* Runs with stderr in a pipe and gives what was written. */
static size_t captured(void (*write_line)(void), char *out, size_t size)
{
    int ends[2], kept = dup(STDERR_FILENO);
    assert_int_equal(pipe(ends), 0);
    dup2(ends[1], STDERR_FILENO);
    write_line();
    dup2(kept, STDERR_FILENO);
    close(kept);
    close(ends[1]);
    ssize_t len = read(ends[0], out, size - 1);
    close(ends[0]);
    out[len > 0 ? len : 0] = '\0';
    return len > 0 ? (size_t)len : 0;
}

static void write_hostile(void)
{
    char value[64];
    log_event(LOG_INFO, "hostile", "value=%s",
              log_value(SLICE("a\"b\n\x1b[31m\xe2\x80\xa8 level=error"), value, sizeof(value)));
}

static void write_long(void)
{
    char filler[4 * LOG_LINE_MAX];
    memset(filler, 'x', sizeof(filler) - 1);
    filler[sizeof(filler) - 1] = '\0';
    log_event(LOG_INFO, "long", "value=%s", filler);
}

static void write_low(void)
{
    log_event(LOG_DEBUG, "low", "%s", "");
}

static void one_event_is_one_line(void **state)
{
    char out[8 * LOG_LINE_MAX];
    (void)state;
    size_t len = captured(write_hostile, out, sizeof(out));
    assert_ptr_equal(strchr(out, '\n'), out + len - 1);
    assert_non_null(strstr(out, "level=info msg=\"hostile\" value=\"a\\\"b\\x0a\\x1b"));
    len = captured(write_long, out, sizeof(out));
    assert_true(len < LOG_LINE_MAX);
    assert_ptr_equal(strchr(out, '\n'), out + len - 1);
    assert_int_equal(captured(write_low, out, sizeof(out)), 0);
}

static void people_are_keyed_hashes(void **state)
{
    char first[LOG_PERSON], again[LOG_PERSON], other[LOG_PERSON];
    (void)state;
    log_open(LOG_INFO, SLICE("0123456789abcdef0123456789abcdef"));
    log_person(SLICE("+51987654321"), first);
    assert_string_equal(first, log_person(SLICE("+51987654321"), again));
    assert_string_not_equal(first, log_person(SLICE("+51987654322"), other));
    log_open(LOG_INFO, SLICE("another key of sixteen bytes or more"));
    assert_string_not_equal(first, log_person(SLICE("+51987654321"), again));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(one_event_is_one_line),
        cmocka_unit_test(people_are_keyed_hashes),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
