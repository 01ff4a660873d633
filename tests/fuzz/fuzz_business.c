/* Sets every slot to any bytes, and reads any bytes as a JSON object of facts: numbers stay numbers, refusals change
 * nothing. */
#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "engine/business.h"
#include "engine/tags.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void check(const struct business *b)
{
    if (!isfinite(b->sales_month) || !isfinite(b->workers) || !isfinite(b->customers_week) || b->has_ruc > 1 ||
        b->fixed_place > 1 || business_place(b) > 1)
        abort();
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    static const char *const names[] = {"tenure", "sales",  "trend", "customers", "workers",  "ruc",
                                        "regime", "region", "goal",  "industry",  "activity", "place"};
    struct slice value = {(const char *)data, size};
    char why[BUSINESS_WHY_MAX];
    struct business b, before;
    cJSON *tree = NULL;
    business_init(&b);
    for (size_t i = 0; i < sizeof(names) / sizeof(names[0]); i++) {
        before = b;
        if (business_set(&b, slice_of(names[i]), value) != OK && memcmp(&before, &b, sizeof(b)) != 0)
            abort();
        check(&b);
    }
    (void)tags_stated(value);
    if (json_parse(value, 65536, &tree) == OK && business_from_json(tree, &b, why) == OK)
        check(&b);
    cJSON_Delete(tree);
    return 0;
}
