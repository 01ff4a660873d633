/* What strangers' files are handed out as. */
#include "tests/unit/unit.h"

#include <string.h>

#include "base/mem.h"
#include "gateway/download.h"

static void types_that_run_are_none(void **state)
{
    static const struct {
        const char *type, *expected;
    } rows[] = {
        {"audio/ogg; codecs=opus", "audio/ogg; codecs=opus"},
        {"Audio/OGG;codecs=opus", "audio/ogg; codecs=opus"},
        {"image/jpeg", "image/jpeg"},
        {" video/3gpp ", "video/3gpp"},
        {"application/pdf", "application/pdf"},
        {"application/vnd.openxmlformats-officedocument.wordprocessingml.document",
         "application/vnd.openxmlformats-officedocument.wordprocessingml.document"},
        {"text/plain; charset=utf-8", "text/plain"},
        {"audio/ogg; codecs=\"a\"", "audio/ogg"},
        {"audio/ogg; codecs=a\r\nX: y", "audio/ogg"},
        {"text/html", NULL},
        {"TEXT/HTML; charset=utf-8", NULL},
        {"image/svg+xml", NULL},
        {"application/xml", NULL},
        {"application/xhtml+xml", NULL},
        {"application/javascript", NULL},
        {"text/ecmascript", NULL},
        {"application/wasm", NULL},
        {"application/x-shockwave-flash", NULL},
        {"message/rfc822", NULL},
        {"multipart/related", NULL},
        {"image/jp\r\neg", NULL},
        {"image/", NULL},
        {"/jpeg", NULL},
        {"image/a/b", NULL},
        {"image", NULL},
        {"", NULL},
        {"im\xc3\xa1ge/png", NULL},
    };
    char out[DOWNLOAD_TYPE], longest[300];
    (void)state;
    for (size_t i = 0; i < COUNT(rows); i++) {
        download_type(slice_of(rows[i].type), out);
        assert_string_equal(out, rows[i].expected ? rows[i].expected : "application/octet-stream");
    }
    memset(longest, 'a', sizeof(longest));
    memcpy(longest, "image/", 6);
    download_type((struct slice){longest, sizeof(longest)}, out);
    assert_string_equal(out, "application/octet-stream");
    memcpy(longest + 10, ";codecs=", 8);
    download_type((struct slice){longest, sizeof(longest)}, out);
    assert_string_equal(out, "image/aaaa");
    assert_string_equal(download_ending("audio/ogg; codecs=opus"), "ogg");
    assert_string_equal(download_ending("application/octet-stream"), "bin");
}

static void a_name_is_a_name_everywhere(void **state)
{
    static const struct {
        const char *name, *expected;
    } rows[] = {
        {"factura 12.pdf", "filename=\"factura 12.pdf\""},
        {"", "filename=\"audio-1.ogg\""},
        {"...", "filename=\"audio-1.ogg\""},
        {"/", "filename=\"audio-1.ogg\""},
        {"../../etc/passwd", "filename=\"passwd\""},
        {"C:\\Users\\a.doc", "filename=\"a.doc\""},
        {".bashrc", "filename=\"bashrc\""},
        {"a\"; filename=\"b.exe", "filename=\"a_ filename_b.exe\"; filename*=UTF-8''a%3B%20filename%3Db.exe"},
        {"a\r\nSet-Cookie: b", "filename=\"aSet-Cookie b\""},
        {"men\xc3\xba.pdf", "filename=\"men__.pdf\"; filename*=UTF-8''men%C3%BA.pdf"},
        {"a\xe2\x80\xae"
         "cod.exe",
         "filename=\"acod.exe\""},
        {"a\xff.txt", "filename=\"a.txt\""},
        {"100%.txt", "filename=\"100_.txt\"; filename*=UTF-8''100%25.txt"},
    };
    struct buf out;
    char text[400];
    (void)state;
    buf_init(&out, 4096);
    for (size_t i = 0; i < COUNT(rows); i++) {
        buf_clear(&out);
        download_put_disposition(&out, slice_of(rows[i].name), "audio-1.ogg");
        snprintf(text, sizeof(text), "Content-Disposition: attachment; %s\r\n", rows[i].expected);
        assert_string_equal(buf_text(&out), text);
    }
    buf_release(&out);
}

static void a_name_is_cut_at_a_character(void **state)
{
    char name[600];
    struct buf out;
    (void)state;
    for (size_t i = 0; i < sizeof(name); i += 2)
        memcpy(name + i, "\xc3\xb1", 2);
    buf_init(&out, 4096);
    download_put_disposition(&out, (struct slice){name, sizeof(name)}, "a");
    assert_int_equal(out.error, OK);
    const char *encoded = strstr(buf_text(&out), "UTF-8''");
    assert_non_null(encoded);
    assert_int_equal(strlen(encoded + 7) - 2, DOWNLOAD_NAME_MAX / 2 * 2 * 3 - 6);
    buf_release(&out);
}

static void failing_memory_sticks(void **state)
{
    struct buf out;
    (void)state;
    buf_init(&out, 4096);
    mem_fail_after(0);
    download_put_disposition(&out, SLICE("a.pdf"), "b");
    mem_fail_after(-1);
    assert_int_equal(out.error, ERR_NOMEM);
    buf_release(&out);
    buf_init(&out, 40);
    download_put_disposition(&out, SLICE("a.pdf"), "b");
    assert_int_equal(out.error, ERR_LIMIT);
    buf_release(&out);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(types_that_run_are_none),
        cmocka_unit_test(a_name_is_a_name_everywhere),
        cmocka_unit_test(a_name_is_cut_at_a_character),
        cmocka_unit_test(failing_memory_sticks),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
