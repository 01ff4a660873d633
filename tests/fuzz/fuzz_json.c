/* Any bytes as JSON: what is taken holds to the promises (depth, keys, text), and its strings survive writing
 * and reading. */
#include <stdlib.h>

#include "base/json.h"
#include "base/utf8.h"

#define MAX_BYTES (1 << 20)

static void check_text(const char *text)
{
    struct slice written = slice_of(text);
    struct buf out;
    cJSON *again = NULL;
    buf_init(&out, 1 << 23);
    json_put_string(&out, written);
    if (!utf8_valid(written) || json_parse(buf_slice(&out), 1 << 23, &again) != OK ||
        !slice_is(written, again->valuestring))
        abort();
    cJSON_Delete(again);
    buf_release(&out);
}

static void check(const cJSON *value, unsigned depth)
{
    const cJSON *member;
    if (depth > JSON_DEPTH_MAX)
        abort();
    if (value->string)
        check_text(value->string);
    if (cJSON_IsString(value))
        check_text(value->valuestring);
    cJSON_ArrayForEach(member, value) check(member, depth + 1);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    cJSON *tree = NULL;
    int64_t number;
    if (json_parse((struct slice){(const char *)data, size}, MAX_BYTES, &tree) == OK) {
        check(tree, 0);
        if (json_int(tree, "a", &number) && (number > INT64_C(1) << 53 || number < -(INT64_C(1) << 53)))
            abort();
    }
    cJSON_Delete(tree);
    return 0;
}
