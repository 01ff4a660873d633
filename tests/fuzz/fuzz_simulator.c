/* Any bytes as a simulated phone: what is decoded is fit to keep, and the answer is JSON. */
#include "tests/fuzz/adapter_fuzz.h"

static const struct setting settings[] = {{"hook_secret", "quipu"}, {NULL, NULL}};

static void check(const struct fuzz_outcome *outcome)
{
    cJSON *root = NULL;
    fuzz_require(outcome->decoded->count == 0 || outcome->decoded->as);
    fuzz_require(outcome->answer.len == 0 || json_parse(outcome->answer, 1 << 20, &root) == OK);
    cJSON_Delete(root);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    static const struct fuzz_adapter simulator = {"simulator", settings, "X-Any", check};
    return fuzz_run(&simulator, data, size);
}
