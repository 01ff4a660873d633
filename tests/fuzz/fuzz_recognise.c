/* Feeds any bytes to every recogniser. The first byte picks the type, the second how many of the rest are a choice's
 * labels. */
#include <assert.h>
#include <string.h>

#include "dialog/hear.h"
#include "dialog/lexer.h"
#include "dialog/recognise.h"
#include "tests/unit/languages_kit.h"

#define WRITTEN_MS (1795453200 * INT64_C(1000))

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

/* Characters that a type's values are made of; NULL where they are the sender's own. */
static const char *const alphabets[] = {
    [TYPE_TEXT] = NULL,
    [TYPE_MONEY] = "0123456789./?adehkmnortuweyNOKUWREFSD",
    [TYPE_TENURE] = "-0123456789",
    [TYPE_WORKERS] = "0123456789.UNKOW",
    [TYPE_CUSTOMERS] = "0123456789./?adehkmnortuweyNOKUW",
    [TYPE_YESNO] = "yesnomaybe",
    [TYPE_RUC] = "0123456789yesnoINVALID",
    [TYPE_REGIME] = "NRUSEMTGnoeKOW",
    [TYPE_REGION] = "0123456789",
    [TYPE_TREND] = "upsamedownUNKOW",
    [TYPE_GOAL] = "abcdefghijklmnopqrstuvwxyz_",
    [TYPE_COMMAND] = "abcdefghijklmnopqrstuvwxyz",
    [TYPE_CHOICE] = NULL,
};

static void check_value(enum slot_type type, const struct recognised *found)
{
    size_t len = strnlen(found->value, RECOGNISE_VALUE);
    assert(len > 0 && len < RECOGNISE_VALUE);
    assert(found->confidence >= 0 && found->confidence <= 1);
    assert(!alphabets[type] || strspn(found->value, alphabets[type]) == len);
    assert(type != TYPE_REGION || len == 2);
}

static void check_tokens(const struct lexed *lexed)
{
    assert(lexed->count <= LEXER_TOKENS_MAX && lexed->text_len < LEXER_BYTES);
    for (size_t i = 0; i < lexed->count; i++) {
        const struct token *token = &lexed->tokens[i];
        assert(token->text.len > 0);
        assert(token->hundredths >= 0 && token->hundredths <= LEXER_NUMBER_MAX * 2);
    }
}

/* What is heard beside an answer is sure, complete, and the more the less is asked of its cues. */
static void check_hearing(enum slot_type type, struct slice text, const struct lexed *lexed, size_t first)
{
    struct said said = {.text = text, .lexed = lexed};
    struct recognised strict, loose;
    size_t from = first < lexed->count ? first : 0;
    enum error error = hear(type, &said, from, lexed->count, false, WRITTEN_MS, &strict);
    enum error loosely = hear(type, &said, from, lexed->count, true, WRITTEN_MS, &loose);
    assert(error == OK || error == ERR_NOT_FOUND);
    assert(error != OK || loosely == OK);
    if (error != OK)
        return;
    assert(hear_knows(type) && strict.confidence >= RECOGNISE_SURE);
    assert(from > 0 || hear_tokens(type, &said, WRITTEN_MS) != 0);
    check_value(type, &strict);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    static struct lexed lexed;
    if (size < 2)
        return 0;
    enum slot_type type = (enum slot_type)(data[0] % (TYPE_CHOICE + 1));
    struct slice rest = {(const char *)data + 2, size - 2};
    struct slice choices = slice_part(rest, 0, type == TYPE_CHOICE ? data[1] : 0);
    struct slice text = slice_part(rest, choices.len, rest.len);
    struct recognised first, second;
    memset(&first, 0x55, sizeof first);
    memset(&second, 0xAA, sizeof second);
    lex(kit_lexicon(), text, &lexed);
    check_tokens(&lexed);
    enum error error = recognise(kit_lexicon(), type, choices, text, WRITTEN_MS, &first);
    assert(error == OK || error == ERR_NOT_FOUND);
    assert(recognise(kit_lexicon(), type, choices, text, WRITTEN_MS, &second) == error);
    if (error == OK) {
        check_value(type, &first);
        assert(strcmp(first.value, second.value) == 0 &&
               memcmp(&first.confidence, &second.confidence, sizeof(double)) == 0);
    }
    check_hearing(type, text, &lexed, data[1]);
    return 0;
}
