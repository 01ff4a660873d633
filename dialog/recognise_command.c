/* Commands: only when the whole message means one. "BAJA por favor" is; "mi venta baja" is not. */
#include <string.h>

#include "dialog/recognise_types.h"

#define ADDRESSED_MOST 4     /* words: longer messages say something else */
#define ADDRESSED_THANKS 0.8 /* most that is left with a strange word at an end */
#define ADDRESSED_GREET 0.7  /* "hola lonas": what is strange may be an answer */

/* Tells whether the token at i is a word of a class, with which somebody is spoken to: "mi hijo me ayuda" speaks of
 * him. */
static bool is_said_to(const struct lexed *lexed, size_t i, enum word_class words)
{
    const struct token *token = &lexed->tokens[i];
    bool of_mine = token_is(token_before(lexed, i, 1), WORDS_MY) && token_is(token, WORDS_HELPERS);
    return token->kind == TOKEN_WORD && token_is(token, words) && !of_mine;
}

/* Leaves out the tokens of a class of words: gives `from` where it has none, as nearly always. The rest keep pointing
 * into it. */
static const struct lexed *leave_out(const struct lexed *from, enum word_class words, struct lexed *room)
{
    size_t first = 0;
    while (first < from->count && !is_said_to(from, first, words))
        first++;
    if (first == from->count)
        return from;
    lexed_begin_part(from, room);
    for (size_t i = 0; i < from->count; i++)
        if (!is_said_to(from, i, words))
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

/* Leaves out a strange word at an end, which is how somebody is addressed: "gracias ñaña". Returns false when there is
 * none, or it is alone. */
static bool leave_out_address(const struct lexed *from, struct lexed *out)
{
    if (from->count < 2 || from->count > ADDRESSED_MOST)
        return false;
    bool last = token_is_strange(&from->tokens[from->count - 1]);
    if (!last && !token_is_strange(&from->tokens[0]))
        return false;
    lexed_begin_part(from, out);
    out->count = from->count - 1;
    memcpy(out->tokens, from->tokens + !last, out->count * sizeof out->tokens[0]);
    return true;
}

/* Reads a greeting or thanks to somebody whose name or title no list has. */
static enum error read_addressed(const struct lexed *lexed, struct recognised *out)
{
    struct lexed rest;
    if (!leave_out_address(lexed, &rest) || read_command(&rest, out) != OK)
        return ERR_NOT_FOUND;
    bool thanks = slice_is(slice_of(out->value), "thanks");
    double most = thanks ? ADDRESSED_THANKS : ADDRESSED_GREET;
    if (!thanks && !slice_is(slice_of(out->value), "greet"))
        return ERR_NOT_FOUND;
    out->confidence = out->confidence < most ? out->confidence : most;
    return OK;
}

/* Reads BAJA where it leads the message and a pause stands behind it: "BAJA, no quiero mas mensajes". */
static enum error read_leading_stop(const struct lexed *lexed, struct recognised *out)
{
    struct lexed first;
    if (lexed->count < 3 || !lexed->tokens[1].pause)
        return ERR_NOT_FOUND;
    lexed_begin_part(lexed, &first);
    first.tokens[0] = lexed->tokens[0];
    first.count = 1;
    return read_command(&first, out) == OK && slice_is(slice_of(out->value), "stop") ? OK : ERR_NOT_FOUND;
}

enum error recognise_command(const struct reading *reading, struct recognised *out)
{
    struct lexed rooms[2];
    if (read_command(reading->lexed, out) == OK || read_leading_stop(reading->lexed, out) == OK)
        return OK;
    const struct lexed *plain = leave_out(reading->lexed, WORDS_COURTESIES, &rooms[0]);
    if (plain != reading->lexed && read_command(plain, out) == OK)
        return OK;
    const struct lexed *bare = leave_out(plain, WORDS_SALUTATIONS, &rooms[1]);
    if (bare != plain && read_command(bare, out) == OK)
        return OK;
    return read_addressed(plain, out);
}
