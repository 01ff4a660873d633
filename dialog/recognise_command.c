/* Commands: only when the whole message means one. "BAJA por favor" is; "mi venta baja" is not. */
#include "dialog/recognise_types.h"

/* Leaves out the tokens of a class of words. The rest keep pointing into `from`. */
static void leave_out(const struct lexed *from, enum word_class words, struct lexed *out)
{
    lexed_begin_part(from, out);
    for (size_t i = 0; i < from->count; i++) {
        const struct token *token = &from->tokens[i];
        if (token->kind != TOKEN_WORD || !token_is(token, words))
            out->tokens[out->count++] = *token;
    }
}

static enum error read_command(const struct lexed *lexed, struct recognised *out)
{
    struct row_match match;
    if (!lexicon_find(TABLE_COMMANDS, 0, lexed, &match))
        return ERR_NOT_FOUND;
    return recognised_set(out, match.row->value, match.confidence);
}

enum error recognise_command(const struct reading *reading, struct recognised *out)
{
    struct lexed plain, bare;
    if (read_command(reading->lexed, out) == OK)
        return OK;
    leave_out(reading->lexed, WORDS_COURTESIES, &plain);
    if (plain.count < reading->lexed->count && read_command(&plain, out) == OK)
        return OK;
    leave_out(&plain, WORDS_SALUTATIONS, &bare);
    if (bare.count == plain.count)
        return ERR_NOT_FOUND;
    return read_command(&bare, out);
}
