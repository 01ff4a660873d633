/* Spooled bytes: what is written reads back, without secrets; whatever is cut or altered is refused; lack of memory. */
#include "tests/unit/unit.h"

#include <string.h>

#include "base/mem.h"
#include "gateway/spool_file.h"

#define ARENA_MAX (1024 * 1024)

static const struct header headers[] = {
    {SLICE("Content-type"), SLICE("application/x-www-form-urlencoded")},
    {SLICE("X-Twilio-Signature"), SLICE("c2VjcmV0")},
    {SLICE("Authorization"), SLICE("Basic c2VjcmV0")},
};

static struct spool_message message_of(const char *target, struct slice body)
{
    struct slice whole = slice_of(target);
    size_t mark = slice_find(whole, '?');
    return (struct spool_message){.channel = SLICE("sms"),
                                  .sequence = 42,
                                  .request = {.method = METHOD_POST,
                                              .target = whole,
                                              .path = slice_part(whole, 0, mark),
                                              .query = slice_part(whole, mark + 1, whole.len),
                                              .body = body,
                                              .headers = headers,
                                              .header_count = COUNT(headers),
                                              .now_ms = 1795402800000}};
}

static enum error write_and_read(const struct spool_message *given, struct arena *arena, struct spool_message *out)
{
    struct buf bytes;
    buf_init(&bytes, SPOOL_FILE_MAX);
    enum error error = spool_file_write(given, arena, &bytes);
    struct slice kept = error ? SLICE_NONE : arena_copy(arena, buf_slice(&bytes));
    if (!error)
        error = kept.ptr ? spool_file_read(kept, arena, out) : ERR_NOMEM;
    buf_release(&bytes);
    return error;
}

static void what_is_written_reads_back(void **state)
{
    static const struct {
        const char *target, *kept; /* without the hook's key */
        struct slice body;
    } rows[] = {
        {"/hooks/sms", "/hooks/sms", SLICE("a=b\0\n,12:")},
        {"/hooks/sms?key=secret", "/hooks/sms", SLICE("")},
        {"/hooks/sms/status?ref=s1-2&key=secret", "/hooks/sms/status?ref=s1-2", SLICE("x")},
        {"/hooks/sms?%6bey=secret&a=b%20c&k=1", "/hooks/sms?a=b%20c&k=1", SLICE("x")},
        {"/hooks/sms?", "/hooks/sms", SLICE("x")},
    };
    (void)state;
    for (size_t i = 0; i < COUNT(rows); i++) {
        struct arena *arena = arena_new(ARENA_MAX);
        struct spool_message given = message_of(rows[i].target, rows[i].body), got;
        assert_int_equal(write_and_read(&given, arena, &got), OK);
        assert_true(slice_is(got.channel, "sms"));
        assert_int_equal(got.sequence, 42);
        assert_int_equal(got.request.now_ms, 1795402800000);
        assert_int_equal(got.request.method, METHOD_POST);
        assert_true(slice_is(got.request.target, rows[i].kept));
        assert_true(slice_is(got.request.path, "/hooks/sms") || slice_is(got.request.path, "/hooks/sms/status"));
        assert_true(slice_eq(got.request.body, rows[i].body));
        assert_int_equal(got.request.header_count, 1);
        assert_true(slice_eq(request_header(&got.request, "content-type"), headers[0].value));
        arena_free(arena);
    }
}

/* Each prefix, and each byte with one bit turned. */
static void what_is_torn_is_refused(void **state)
{
    struct arena *arena = arena_new(ARENA_MAX);
    struct spool_message given = message_of("/hooks/sms?a=b", SLICE("From=%2B51987654321&Body=hola")), got;
    struct buf bytes;
    (void)state;
    buf_init(&bytes, SPOOL_FILE_MAX);
    assert_int_equal(spool_file_write(&given, arena, &bytes), OK);
    for (size_t len = 0; len < bytes.len; len++)
        assert_int_equal(spool_file_read((struct slice){bytes.ptr, len}, arena, &got), ERR_SYNTAX);
    for (size_t at = 0; at < bytes.len; at++) {
        bytes.ptr[at] ^= 0x40;
        assert_int_equal(spool_file_read(buf_slice(&bytes), arena, &got), ERR_SYNTAX);
        bytes.ptr[at] ^= 0x40;
    }
    assert_int_equal(spool_file_read(buf_slice(&bytes), arena, &got), OK);
    buf_addc(&bytes, 'x');
    assert_int_equal(spool_file_read(buf_slice(&bytes), arena, &got), ERR_SYNTAX);
    buf_release(&bytes);
    arena_free(arena);
}

static void lack_of_memory_fails_the_message_alone(void **state)
{
    struct spool_message given = message_of("/hooks/sms?a=b&key=secret", SLICE("From=1")), got;
    enum error error = ERR_NOMEM;
    long successes = 0;
    (void)state;
    for (; error && successes < 1000; successes++) {
        struct arena *arena = arena_new(ARENA_MAX);
        mem_fail_after(successes);
        error = write_and_read(&given, arena, &got);
        mem_fail_after(-1);
        assert_true(error == OK || error == ERR_NOMEM);
        arena_free(arena);
    }
    assert_int_equal(error, OK);
    assert_true(successes > 2);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(what_is_written_reads_back),
        cmocka_unit_test(what_is_torn_is_refused),
        cmocka_unit_test(lack_of_memory_fails_the_message_alone),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
