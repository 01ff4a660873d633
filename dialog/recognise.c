#include "dialog/recognise.h"

#include "base/utf8.h"
#include "dialog/recognise_types.h"

#define CLOSING_TOKENS 3  /* of one courtesy at the end */
#define INSTEAD 0.7       /* confidence of what stands in the place of something denied */
#define INSTEAD_DOUBT 0.5 /* so doubtful a reading does not */

/* Keeps what was said: as much as a value holds. The dialogue keeps the words themselves. */
static enum error recognise_text(const struct reading *reading, struct recognised *out)
{
    if (reading->lexed->count == 0)
        return ERR_NOT_FOUND;
    struct slice kept = slice_trim(reading->text);
    size_t count = utf8_count(kept);
    while (kept.len >= RECOGNISE_VALUE)
        kept = utf8_prefix(kept, count = count < RECOGNISE_VALUE ? count - 1 : RECOGNISE_VALUE - 1);
    return recognised_set(out, slice_trim(kept), 1.0);
}

static const struct {
    enum slot_type type;
    const char *name;
    enum error (*read)(const struct reading *reading, struct recognised *out);
} types[] = {
    {TYPE_TEXT, "text", recognise_text},
    {TYPE_MONEY, "money", recognise_money},
    {TYPE_TENURE, "tenure", recognise_tenure},
    {TYPE_WORKERS, "workers", recognise_workers},
    {TYPE_CUSTOMERS, "customers", recognise_customers},
    {TYPE_YESNO, "yesno", recognise_yesno},
    {TYPE_RUC, "ruc", recognise_ruc},
    {TYPE_REGIME, "regime", recognise_regime},
    {TYPE_REGION, "region", recognise_region},
    {TYPE_TREND, "trend", recognise_trend},
    {TYPE_GOAL, "goal", recognise_goal},
    {TYPE_COMMAND, "command", recognise_command},
    {TYPE_CHOICE, "choice", recognise_choice},
};

#define TYPES (sizeof types / sizeof types[0])

_Static_assert(TYPES == TYPE_CHOICE + 1, "every slot type has its row, in the order of the enum");

enum error slot_type_named(struct slice name, enum slot_type *out)
{
    if (slice_starts(name, "choice:"))
        name = SLICE("choice");
    for (size_t i = 0; i < TYPES; i++) {
        if (!slice_is(name, types[i].name))
            continue;
        *out = types[i].type;
        return OK;
    }
    return ERR_NOT_FOUND;
}

const char *slot_type_name(enum slot_type type)
{
    return types[type].name;
}

enum error recognised_set(struct recognised *out, struct slice value, double confidence)
{
    if (value.len == 0 || !slice_copy(value, out->value, sizeof out->value))
        return ERR_NOT_FOUND;
    out->confidence = confidence < 0 ? 0 : confidence > 1 ? 1 : confidence;
    return OK;
}

enum error recognise_by(enum table table, const struct reading *reading, struct recognised *out)
{
    struct row_match match;
    if (!lexicon_find(table, 0, reading->lexed, &match))
        return ERR_NOT_FOUND;
    return recognised_set(out, match.row->value, match.confidence);
}

/* Gives the tokens that a row of a table takes from `first` on, up to `most`, and 0 when none does. Slips are forgiven
 * in openings, but "5 señoras" does not end with "señora". */
static size_t taken_at(enum table table, const struct lexed *lexed, size_t first, size_t most)
{
    size_t count, longest = 0;
    const struct lexicon_row *rows = lexicon_rows(lexed->lexicon, table, &count);
    for (size_t i = lexicon_next(table, 0, lexed); i < count; i = lexicon_next(table, i + 1, lexed)) {
        size_t end = first;
        double likeness = 1.0;
        if (lexicon_row_at(&rows[i], lexed, first, &end, &likeness) && end - first <= most && end - first > longest &&
            (likeness >= 1.0 || table == TABLE_OPENINGS))
            longest = end - first;
    }
    return longest;
}

/* Tells whether who the word at i names is spoken of, and not to: "mi señora", "una señora". */
static bool is_spoken_of(const struct lexed *lexed, size_t i)
{
    return token_is(token_before(lexed, i, 1), WORDS_BEFORE_HELPER);
}

/* Gives the tokens of the courtesy that ends the first `left` tokens; 0 when none does, or when it is all of them. */
static size_t closing_of(const struct lexed *lexed, size_t left)
{
    for (size_t size = left < CLOSING_TOKENS ? left : CLOSING_TOKENS; size > 0; size--)
        if (!is_spoken_of(lexed, left - size) && taken_at(TABLE_CLOSINGS, lexed, left - size, size) == size)
            return size < left ? size : 0;
    return 0;
}

/* Counts what only greets and addresses at both ends. Something is always left between. */
void recognise_count_courtesies(struct said *said)
{
    const struct lexed *lexed = said->lexed;
    size_t left = lexed->count;
    for (size_t taken = 1; taken > 0 && left > 1; said->closing += taken, left -= taken)
        taken = closing_of(lexed, left);
    for (size_t taken = 1; taken > 0 && left > 1; said->opening += taken, left -= taken)
        taken = taken_at(TABLE_OPENINGS, lexed, said->opening, left - 1);
}

void recognise_lex(const struct lexicon *lexicon, struct slice text, struct lexed *lexed, struct said *out)
{
    *out = (struct said){.text = slice_part(text, 0, RECOGNISE_BYTES_MAX), .lexed = lexed};
    lex(lexicon, out->text, lexed);
    recognise_count_courtesies(out);
}

bool recognise_evades(const struct said *said)
{
    struct reading reading = {.text = said->text, .lexed = said->lexed, .whole = said->lexed};
    size_t letters = 0;
    for (size_t i = 0; i < said->lexed->text_len; i++)
        letters += said->lexed->text[i] >= 'a' && said->lexed->text[i] <= 'z';
    return letters < 2 || reading_evades(&reading);
}

/* Reads a message without what greets and addresses around it: "la verdad no pues señorita" is "no". */
static enum error read_bare(enum slot_type type, struct reading reading, const struct said *said,
                            struct recognised *out)
{
    struct lexed bare;
    lexed_begin_part(said->lexed, &bare);
    for (size_t i = said->opening; i + said->closing < said->lexed->count; i++)
        bare.tokens[bare.count++] = said->lexed->tokens[i];
    reading.lexed = &bare;
    return types[type].read(&reading, out);
}

/* Finds where what stands in the place of something denied begins: "no en puno, en tacna". 0 when nothing is denied, or
 * nothing stands there. */
static size_t instead_of_denied(const struct lexed *lexed)
{
    bool denied = false;
    size_t from = 0;
    for (size_t i = 0; i < lexed->count; i++) {
        bool denial = token_is(&lexed->tokens[i], WORDS_DENIALS);
        if (denial)
            from = 0;
        else if (denied && from == 0 && reading_turns_at(lexed, i))
            from = i + 1;
        denied = denied || denial;
    }
    return from < lexed->count ? from : 0;
}

/* Reads what is said in the place of something denied, where the whole was not read for sure; it is asked back. */
static bool read_instead(enum slot_type type, struct reading reading, const struct said *said, struct recognised *out)
{
    size_t from = instead_of_denied(said->lexed);
    struct lexed part;
    if (from == 0)
        return false;
    lexed_begin_part(said->lexed, &part);
    for (size_t i = from; i + said->closing < said->lexed->count; i++)
        part.tokens[part.count++] = said->lexed->tokens[i];
    reading.lexed = &part;
    struct recognised found = {.confidence = 0};
    if (part.count == 0 || types[type].read(&reading, &found) != OK || found.confidence <= INSTEAD_DOUBT)
        return false;
    *out = found;
    out->confidence = INSTEAD;
    return true;
}

/* Tells whether a type's values can stand in the place of one that is denied; a choice reads denials itself. */
static bool may_stand_instead(enum slot_type type)
{
    return type != TYPE_COMMAND && type != TYPE_CHOICE && type != TYPE_TEXT && type != TYPE_YESNO && type != TYPE_RUC;
}

/* A greeting is a command, and may be in a label, so that these are read as they stand first. */
static bool reads_whole_first(enum slot_type type)
{
    return type == TYPE_COMMAND || type == TYPE_CHOICE;
}

enum error recognise_once(enum slot_type type, struct slice choices, const struct said *said,
                          const struct lexed *message, int64_t now_ms, struct recognised *out)
{
    struct recognised whole = {.confidence = 0}, bare = {.confidence = 0}; /* equal to the last byte of `value` */
    struct reading reading = {said->text, choices, now_ms, said->lexed, message};
    bool courteous = said->opening + said->closing > 0 && type != TYPE_TEXT, read = false;
    if (!courteous || reads_whole_first(type))
        read = types[type].read(&reading, &whole) == OK;
    bool sure = read && whole.confidence >= RECOGNISE_SURE;
    if (courteous && !sure && read_bare(type, reading, said, &bare) == OK) {
        *out = bare;
        read = true;
    } else if (read) {
        *out = whole;
    }
    if ((!read || out->confidence < RECOGNISE_SURE) && may_stand_instead(type))
        read = read_instead(type, reading, said, out) || read;
    return read ? OK : ERR_NOT_FOUND;
}

enum error recognise_said(enum slot_type type, struct slice choices, const struct said *said, int64_t now_ms,
                          struct recognised *out)
{
    enum error error = recognise_once(type, choices, said, said->lexed, now_ms, out);
    if (!error && type != TYPE_TEXT && out->confidence >= RECOGNISE_SURE)
        recognise_doubt(type, choices, said, now_ms, out);
    return error;
}

enum error recognise(const struct lexicon *lexicon, enum slot_type type, struct slice choices, struct slice text,
                     int64_t now_ms, struct recognised *out)
{
    struct lexed lexed;
    struct said said;
    recognise_lex(lexicon, text, &lexed, &said);
    return recognise_said(type, choices, &said, now_ms, out);
}
