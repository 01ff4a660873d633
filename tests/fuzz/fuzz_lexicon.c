/* A language's file: any bytes either load, and then a message is read, or give at least
 * one fault. Behind a form feed stands the message. */
#include <assert.h>

#include "dialog/language.h"
#include "dialog/lexer.h"
#include "dialog/recognise.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void read_as(const struct lexicon *lexicon, struct slice message)
{
    static struct lexed lexed;
    struct said said;
    recognise_lex(lexicon, message, &lexed, &said);
    assert(lexed.count <= LEXER_TOKENS_MAX);
    for (int type = TYPE_TEXT; type <= TYPE_CHOICE; type++) {
        struct recognised found;
        enum error error = recognise_said((enum slot_type)type, SLICE("uno|dos"), &said, 0, &found);
        assert(error == OK || error == ERR_NOT_FOUND);
        assert(error || (found.value[0] && found.confidence >= 0 && found.confidence <= 1));
    }
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    struct slice rest = {(const char *)data, size}, file = SLICE("");
    struct languages *languages = languages_new();
    struct faults faults;
    assert(languages);
    faults_init(&faults);
    slice_cut(&rest, '\f', &file);
    enum error error = languages_add(languages, "f.yaml", file, &faults);
    if (!error)
        error = languages_finish(languages, &faults);
    assert((error == OK) == (faults.total == 0) && error != ERR_NOMEM);
    if (!error)
        read_as(languages->items[0].lexicon, rest);
    faults_release(&faults);
    languages_free(languages);
    return 0;
}
