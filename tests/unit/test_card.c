#include "tests/unit/unit.h"

#include "base/json.h"
#include "engine/card.h"

static void a_card_is_json_in_order(void **state)
{
    struct train_interval interval = {0.5, 0.25, 0.75};
    struct buf card;
    cJSON *tree = NULL;
    (void)state;
    buf_init(&card, 10000);
    card_open(&card, NULL);
    card_text(&card, "name", "a \"stage\"");
    card_count(&card, "rows", 12);
    card_open_list(&card, "steps");
    card_open(&card, NULL);
    card_number(&card, "loss", 1.0 / 3);
    card_close(&card);
    card_open(&card, NULL);
    card_interval(&card, "auc", &interval);
    card_close(&card);
    card_close_list(&card);
    card_close(&card);
    assert_string_equal(buf_text(&card),
                        "{\n\"name\": \"a \\\"stage\\\"\",\n\"rows\": 12,\n\"steps\": [\n{\n\"loss\": 0.3333},\n{\n"
                        "\"auc\": {\"value\": 0.5000, \"low\": 0.2500, \"high\": 0.7500}}]}");
    assert_int_equal(json_parse(buf_slice(&card), 10000, &tree), OK);
    cJSON_Delete(tree);
    buf_release(&card);
}

int main(void)
{
    const struct CMUnitTest tests[] = {cmocka_unit_test(a_card_is_json_in_order)};
    return cmocka_run_group_tests(tests, NULL, NULL);
}
