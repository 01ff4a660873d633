#include "dialog/recognise.h"

#include "base/utf8.h"
#include "dialog/recognise_types.h"

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

void recognise_lex(const struct lexicon *lexicon, struct slice text, struct lexed *lexed, struct said *out)
{
    out->text = slice_part(text, 0, RECOGNISE_BYTES_MAX);
    out->lexed = lexed;
    lex(lexicon, out->text, lexed);
}

bool recognise_evades(const struct said *said)
{
    struct reading reading = {.text = said->text, .lexed = said->lexed};
    size_t letters = 0;
    for (size_t i = 0; i < said->lexed->text_len; i++)
        letters += said->lexed->text[i] >= 'a' && said->lexed->text[i] <= 'z';
    return letters < 2 || reading_evades(&reading);
}

enum error recognise_said(enum slot_type type, struct slice choices, const struct said *said, int64_t now_ms,
                          struct recognised *out)
{
    struct recognised found;
    struct reading reading = {said->text, choices, now_ms, said->lexed};
    enum error error = types[type].read(&reading, &found);
    if (error)
        return ERR_NOT_FOUND;
    *out = found;
    return OK;
}

enum error recognise(const struct lexicon *lexicon, enum slot_type type, struct slice choices, struct slice text,
                     int64_t now_ms, struct recognised *out)
{
    struct lexed lexed;
    struct said said;
    recognise_lex(lexicon, text, &lexed, &said);
    return recognise_said(type, choices, &said, now_ms, out);
}
