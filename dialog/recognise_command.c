/* Commands: only when the whole message means one. "BAJA por favor" is; "mi venta baja" is not. */
#include "dialog/recognise_types.h"

/* Tells whether a token is a word of a class. */
static bool is_word_of(const struct token *token, enum word_class words)
{
    return token->kind == TOKEN_WORD && token_is(token, words);
}

/* Leaves out the tokens of a class of words: gives `from` where it has none, as nearly always. The rest keep pointing
 * into it. */
static const struct lexed *leave_out(const struct lexed *from, enum word_class words, struct lexed *room)
{
    size_t first = 0;
    while (first < from->count && !is_word_of(&from->tokens[first], words))
        first++;
    if (first == from->count)
        return from;
    lexed_begin_part(from, room);
    for (size_t i = 0; i < from->count; i++)
        if (!is_word_of(&from->tokens[i], words))
            room->tokens[room->count++] = from->tokens[i];
    return room;
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
    struct lexed rooms[2];
    if (read_command(reading->lexed, out) == OK)
        return OK;
    const struct lexed *plain = leave_out(reading->lexed, WORDS_COURTESIES, &rooms[0]);
    if (plain != reading->lexed && read_command(plain, out) == OK)
        return OK;
    const struct lexed *bare = leave_out(plain, WORDS_SALUTATIONS, &rooms[1]);
    return bare == plain ? ERR_NOT_FOUND : read_command(bare, out);
}
