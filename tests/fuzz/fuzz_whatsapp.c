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

static void check(const struct fuzz_outcome *outcome)
{
    struct slice body = outcome->request->body;
    struct buf clean;
    fuzz_require(outcome->answer.len == 0);
    buf_init(&clean, body.len * 3);
    utf8_clean(body, &clean);
    check_call(outcome->channel, buf_slice(&clean), outcome->arena);
    buf_release(&clean);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    static const struct fuzz_adapter whatsapp = {"whatsapp_cloud", settings, "X-Hub-Signature-256", check};
    return fuzz_run(&whatsapp, data, size);
}
