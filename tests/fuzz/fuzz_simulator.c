/* Any bytes as a simulated phone: what is decoded is fit to keep, and the answer is JSON. */
#include "tests/fuzz/adapter_fuzz.h"

static const struct setting settings[] = {{"hook_secret", "quipu"}, {NULL, NULL}};

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    static struct channel channel;
    struct header header;
    struct arena *arena = arena_new(FUZZ_ARENA);
    cJSON *root = NULL;
    fuzz_open(&channel, "simulator", settings);
    struct request request = fuzz_request(data, size, &header, "X-Any");
    struct decoded decoded = fuzz_decode(&channel, &request, arena);
    fuzz_require(decoded.count == 0 || decoded.as);
    struct slice answer = fuzz_speak(&channel, &request, arena);
    fuzz_require(answer.len == 0 || json_parse(answer, 1 << 20, &root) == OK);
    cJSON_Delete(root);
    arena_free(arena);
    return 0;
}
