/* Any bytes as a webhook of Meta: what is decoded is fit to keep, and what is sent is JSON. */
#include "tests/fuzz/adapter_fuzz.h"

static const struct setting settings[] = {{"phone_number_id", "200300400500600"},   {"access_token", "token"},
                                          {"app_secret", "chaski-app-secret-0001"}, {"verify_token", "quipu"},
                                          {"accept_escaped_signature", "true"},     {NULL, NULL}};

static void check_call(const struct channel *channel, struct slice text, struct arena *arena)
{
    struct message message = fuzz_message(text);
    struct http_call call;
    cJSON *root = NULL;
    if (channel->adapter->call(channel, SLICE("+51987654321"), &message, SLICE("r"), arena, &call))
        return;
    fuzz_require(json_parse(call.body, 1 << 20, &root) == OK);
    cJSON_Delete(root);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    static struct channel channel;
    struct header header;
    struct arena *arena = arena_new(FUZZ_ARENA);
    struct buf clean;
    fuzz_open(&channel, "whatsapp_cloud", settings);
    struct request request = fuzz_request(data, size, &header, "X-Hub-Signature-256");
    fuzz_decode(&channel, &request, arena);
    fuzz_require(fuzz_speak(&channel, &request, arena).len == 0);
    buf_init(&clean, request.body.len * 3);
    utf8_clean(request.body, &clean);
    check_call(&channel, buf_slice(&clean), arena);
    buf_release(&clean);
    arena_free(arena);
    return 0;
}
