/* Any bytes as an id, as a provider's answer and as what a stranger calls a file: nothing is called but the provider's
 * own, and no header is more than one line.
 *
 * An input is an id or a name on the first line, a Location or a type on the second, and an answer's body. */
#include "tests/fuzz/adapter_fuzz.h"

#include <string.h>

#include "gateway/download.h"

static const struct setting twilio[] = {{"account_sid", "AC00000000000000000000000000000001"},
                                        {"auth_token", "token"},
                                        {"from", "whatsapp:+5117654321"},
                                        {NULL, NULL}};
static const struct setting meta[] = {{"phone_number_id", "200300400500600"},
                                      {"access_token", "token"},
                                      {"app_secret", "chaski-app-secret-0001"},
                                      {"verify_token", "quipu"},
                                      {NULL, NULL}};

/* Reads the host anew, as nothing in the adapters does: all between "https://" and the first character that no host
 * has. */
static void check_url(const char *url)
{
    static const char *const hosts[] = {"lookaside.fbsbx.com", "graph.facebook.com", "api.twilio.com",
                                        "s3-external-1.amazonaws.com"};
    fuzz_require(strncmp(url, "https://", 8) == 0);
    const size_t len = strspn(url + 8, "abcdefghijklmnopqrstuvwxyz0123456789.-");
    const struct slice host = {url + 8, len};
    bool known = slice_ends(host, SLICE(".twiliocdn.com"));
    for (size_t i = 0; i < sizeof(hosts) / sizeof(hosts[0]); i++)
        known = known || slice_is(host, hosts[i]);
    fuzz_require(known && url[8 + len] == '/');
    for (const char *at = url; *at; at++)
        fuzz_require(*at > ' ' && *at < 0x7F && *at != '@' && *at != '\\');
}

static void fetch(const struct channel *channel, struct slice id, struct slice location, struct slice body)
{
    static const int statuses[] = {200, 307, 400, 404, 500};
    struct arena *arena = arena_new(FUZZ_ARENA);
    struct http_call call;
    enum error error = channel->adapter->media(channel, id, arena, &call);
    fuzz_require(error == OK || error == ERR_VALUE);
    if (!error)
        check_url(call.url);
    for (unsigned asked = 1; asked <= 2; asked++)
        for (size_t i = 0; i < sizeof(statuses) / sizeof(statuses[0]); i++) {
            struct media_step step = {0};
            const struct media_answer answer = {asked, statuses[i], location, body};
            fuzz_require(channel->adapter->media_next(channel, &answer, arena, &step) == OK);
            fuzz_require(step.fate <= MEDIA_TROUBLE && utf8_valid(step.type));
            fuzz_require(step.fate != MEDIA_FILE || statuses[i] == 200);
            if (step.fate == MEDIA_CALL)
                check_url(step.call.url);
        }
    arena_free(arena);
}

static void check_headers(struct slice name, struct slice type)
{
    char out[DOWNLOAD_TYPE];
    struct buf headers;
    download_type(type, out);
    for (const char *at = out; *at; at++)
        fuzz_require(*at >= ' ' && *at < 0x7F);
    const struct slice kind = slice_part(slice_of(out), 0, slice_find(slice_of(out), ';'));
    fuzz_require(!memmem(kind.ptr, kind.len, "html", 4) && !memmem(kind.ptr, kind.len, "svg", 3));
    buf_init(&headers, 4096);
    download_put_disposition(&headers, name, "otherwise.bin");
    fuzz_require(!headers.error && slice_ends(buf_slice(&headers), SLICE("\r\n")));
    for (size_t i = 0; i < headers.len - 2; i++)
        fuzz_require(headers.ptr[i] >= ' ' && headers.ptr[i] < 0x7F);
    buf_release(&headers);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    static struct channel channels[2];
    struct slice rest = {(const char *)data, size};
    const struct slice first = fuzz_line(&rest), second = fuzz_line(&rest);
    fuzz_open(&channels[0], "twilio", twilio);
    fuzz_open(&channels[1], "whatsapp_cloud", meta);
    for (size_t i = 0; i < 2; i++)
        fetch(&channels[i], first, second, rest);
    check_headers(first, second);
    return 0;
}
