/* A part of `make hostile` in every run: no timing, but that each message is read to its end, within bounds, and twice
 * alike. */
#include "tests/unit/unit.h"

#include "dialog/hear.h"
#include "dialog/lexer.h"
#include "dialog/recognise.h"
#include "tests/unit/hostile.h"
#include "tests/unit/languages_kit.h"

#define MESSAGES 150
#define WRITTEN_MS 1795435200000

static void check(enum slot_type type, const struct said *said, uint64_t number)
{
    struct recognised one = {.confidence = -1}, other = {.confidence = -1};
    enum error error = recognise_said(type, SLICE("a|b c|1000 a 3000"), said, WRITTEN_MS, &one);
    if (recognise_said(type, SLICE("a|b c|1000 a 3000"), said, WRITTEN_MS, &other) != error ||
        memcmp(&one, &other, sizeof(one)) != 0)
        fail_msg("message %llu is read in two ways as %s", (unsigned long long)number, slot_type_name(type));
    if (error == OK && (strlen(one.value) == 0 || one.confidence < 0 || one.confidence > 1))
        fail_msg("message %llu gives no value as %s", (unsigned long long)number, slot_type_name(type));
    if (hear(type, said, 0, said->lexed->count, true, WRITTEN_MS, &one) == OK && one.confidence < RECOGNISE_SURE)
        fail_msg("message %llu is heard without being sure, as %s", (unsigned long long)number, slot_type_name(type));
}

static void hostile_messages_are_read_to_their_end(void **state)
{
    static struct hostile hostile;
    static struct lexed lexed;
    (void)state;
    for (uint64_t i = 0; i < MESSAGES; i++) {
        struct said said;
        recognise_lex(kit_lexicon(), hostile_message(&hostile, i), &lexed, &said);
        assert_true(lexed.count <= LEXER_TOKENS_MAX && lexed.text_len < LEXER_BYTES);
        for (int type = TYPE_TEXT; type <= TYPE_CHOICE; type++)
            check((enum slot_type)type, &said, i);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {cmocka_unit_test(hostile_messages_are_read_to_their_end)};
    return cmocka_run_group_tests(tests, NULL, NULL);
}
