#include "dialog/lexicon.h"

#include "base/suggest.h"
#include "dialog/lexer.h"

#define SLIP_SOUNDS 6 /* words of fewer sounds have too many neighbours to forgive a slip */
#define TWO_SLIPS_SOUNDS 11
#define GAP_MAX 3 /* tokens */

const struct known *lexicon_known(const struct lexicon *lexicon, struct slice text)
{
    uint32_t at = slice_hash(text) & lexicon->slot_mask;
    for (; lexicon->slots && lexicon->slots[at]; at = (at + 1) & lexicon->slot_mask) {
        const struct known *known = &lexicon->known[lexicon->slots[at] - 1];
        if (slice_eq(known->text, text))
            return known;
    }
    return NULL;
}

size_t lexicon_sound(const struct lexicon *lexicon, struct slice word, char out[SOUND_BYTES])
{
    if (lexicon->spelt_by_ear)
        return sound_of(word, out);
    size_t len = word.len < SOUND_BYTES ? word.len : SOUND_BYTES;
    memcpy(out, word.ptr, len);
    return len;
}

struct stem lexicon_stem(const struct lexicon *lexicon, struct slice sound)
{
    return lexicon->spelt_by_ear ? sound_stem(sound) : (struct stem){.plural = false};
}

static void set_bits(struct fits *fits, const uint16_t *bits, size_t count)
{
    for (size_t i = 0; i < count; i++)
        fits->bits[bits[i] / 64] |= UINT64_C(1) << bits[i] % 64;
}

/* Notes that a token is a literal with a slip: elements must know it, for it costs; classes and keys need not. */
static void set_slip(const struct lexicon *lexicon, struct token *token, const struct literal *literal,
                     struct fits *out)
{
    size_t count = 0;
    if (token->slip_count == LEXICON_SLIPS_MAX)
        return;
    while (count < literal->bit_count && literal->bits[count] < lexicon->first_element)
        count++;
    set_bits(out, literal->bits, count);
    token->slips[token->slip_count++] = (uint16_t)(literal - lexicon->literals);
}

uint32_t lexicon_letters(struct slice sound)
{
    uint32_t letters = 0;
    for (size_t i = 0; i < sound.len; i++)
        letters |= UINT32_C(1) << (sound.ptr[i] & 31);
    return letters;
}

/* Tells whether a sound is a literal's with one slip, or two where both are long. `letters` are the sound's. */
static bool is_slip(const struct literal *literal, struct slice sound, uint32_t letters)
{
    size_t own = literal->sound.len;
    size_t shorter = own < sound.len ? own : sound.len, longer = own + sound.len - shorter;
    unsigned slips = shorter < TWO_SLIPS_SOUNDS ? 1 : 2;
    return shorter >= SLIP_SOUNDS && longer - shorter <= slips && sound.len <= literal->text.len + 2 &&
           (unsigned)__builtin_popcount(literal->letters ^ letters) <= 2 * slips && /* what most words end at */
           edit_distance(literal->sound, sound, slips) <= slips;
}

static bool begins(struct slice text, struct slice with)
{
    return with.len <= text.len && memcmp(text.ptr, with.ptr, with.len) == 0;
}

static bool is_stem_of(const struct token *token, const struct literal *literal)
{
    return token->stem.sound.len > 0 && sound_is_of(literal->text, &token->stem);
}

/* Looks for every word that a token of no literal's letters could be. */
static void look_by_sound(const struct lexicon *lexicon, struct token *token, struct fits *out)
{
    const struct literals *all = &lexicon->by_class[token->class % SOUND_CLASSES];
    uint32_t hash = slice_hash(token->sound), letters = lexicon_letters(token->sound);
    for (size_t i = 0; i < all->sounding_count; i++) {
        const struct literal *literal = &all->sounding[i];
        if ((literal->hash == hash && slice_eq(literal->sound, token->sound)) || is_stem_of(token, literal))
            set_bits(out, literal->bits, literal->bit_count);
        else if (is_slip(literal, token->sound, letters))
            set_slip(lexicon, token, literal, out);
    }
    for (size_t i = 0; i < all->beginning_count; i++) {
        const struct literal *literal = &all->beginning[i];
        if (begins(token->text, literal->text) || begins(token->sound, literal->sound) || is_stem_of(token, literal))
            set_bits(out, literal->bits, literal->bit_count);
    }
}

void lexicon_look(const struct lexicon *lexicon, struct token *token, struct fits *out)
{
    *out = (struct fits){0};
    token->fits = out;
    token->slip_count = 0;
    if (token->known) {
        set_bits(out, token->known->bits, token->known->bit_count);
        for (size_t i = 0; i < token->known->slip_count; i++)
            set_slip(lexicon, token, &lexicon->literals[token->known->slips[i]], out);
    } else if (token->sound.len > 0) {
        look_by_sound(lexicon, token, out);
    }
}

enum fit { FIT_NONE, FIT_SLIP, FIT_EXACT };

static enum fit fit_element(const struct element *element, const struct lexed *lexed, const struct token *token)
{
    if (element->kind == ELEMENT_ANY)
        return FIT_EXACT;
    if (element->kind == ELEMENT_NUMBER)
        return token->kind == TOKEN_NUMBER ? FIT_EXACT : FIT_NONE;
    if (token->fits->bits[element->bit / 64] >> element->bit % 64 & 1)
        return FIT_EXACT;
    for (size_t i = 0; i < token->slip_count; i++) {
        const struct literal *literal = &lexed->lexicon->literals[token->slips[i]];
        for (size_t j = literal->bit_count; j > 0 && literal->bits[j - 1] >= element->bit; j--)
            if (literal->bits[j - 1] == element->bit)
                return FIT_SLIP;
    }
    return FIT_NONE;
}

/* Matches elements at token i. Recursion is as deep as the form is long, and a form has few gaps (language_load.c). */
static bool match(const struct element *elements, size_t count, const struct lexed *lexed, size_t i,
                  struct row_match *out)
{
    double confidence = out->confidence;
    if (count == 0) {
        out->end = i;
        return true;
    }
    size_t at = i;
    while (at < lexed->count && lexed->tokens[at].pause)
        at++;
    if (elements->kind == ELEMENT_END)
        return at == lexed->count && match(elements + 1, count - 1, lexed, i, out);
    if (elements->kind == ELEMENT_GAP) {
        for (size_t gap = 0; gap <= GAP_MAX && i + gap <= lexed->count; gap++)
            if (match(elements + 1, count - 1, lexed, i + gap, out))
                return true;
        return false;
    }
    enum fit fit = at < lexed->count ? fit_element(elements, lexed, &lexed->tokens[at]) : FIT_NONE;
    if (fit != FIT_NONE) {
        out->confidence = confidence - (fit == FIT_SLIP ? LEXICON_SLIP : 0);
        if (match(elements + 1, count - 1, lexed, at + 1, out))
            return true;
    }
    out->confidence = confidence;
    return elements->optional && match(elements + 1, count - 1, lexed, i, out);
}

/* Fits a token to the first element that lacks one, else to any. `met` has a bit for each that has one. */
static enum fit fit_any(const struct lexicon_row *row, const struct lexed *lexed, const struct token *token,
                        unsigned *met)
{
    enum fit known = FIT_NONE;
    for (size_t i = 0; i < row->element_count; i++) {
        enum fit fit = fit_element(&row->elements[i], lexed, token);
        bool needed = i + 1 < row->element_count;
        if (fit != FIT_NONE && needed && !(*met & 1u << i)) {
            *met |= 1u << i;
            return fit;
        }
        if (needed || known == FIT_NONE)
            known = fit > known ? fit : known;
    }
    return known;
}

/* Matches a form that is met in any order. */
static bool match_any_order(const struct lexicon_row *row, const struct lexed *lexed, struct row_match *out)
{
    unsigned met = 0;
    for (size_t i = 0; i < lexed->count; i++) {
        enum fit fit = lexed->tokens[i].pause ? FIT_EXACT : fit_any(row, lexed, &lexed->tokens[i], &met);
        if (fit == FIT_NONE)
            return false;
        out->confidence -= fit == FIT_SLIP ? LEXICON_SLIP : 0;
    }
    out->end = lexed->count;
    return met == (1u << (row->element_count - 1)) - 1;
}

static bool find_row(const struct lexicon_row *row, const struct lexed *lexed, struct row_match *out)
{
    size_t tries = (row->from_start || row->any_order) && lexed->count ? 1 : lexed->count;
    for (size_t i = 0; i < tries; i++) {
        struct row_match trial = {.row = row, .first = i, .confidence = row->confidence};
        bool matches = row->any_order ? match_any_order(row, lexed, &trial)
                                      : match(row->elements, row->element_count, lexed, i, &trial);
        if (matches) {
            *out = trial;
            return true;
        }
    }
    return false;
}

/* Gives the first bit that is set of those from `from` to before `to`, or `to`. `also` may be NULL. */
static size_t next_bit(const struct lexed *lexed, const uint64_t *also, size_t from, size_t to)
{
    for (size_t limb = from / 64; limb * 64 < to; limb++) {
        uint64_t set = also ? also[limb] : 0;
        for (size_t i = 0; i < lexed->count; i++)
            set |= lexed->tokens[i].fits->bits[limb];
        if (from > limb * 64)
            set &= ~UINT64_C(0) << from % 64;
        if (set) {
            size_t found = limb * 64 + (size_t)__builtin_ctzll(set);
            return found < to ? found : to;
        }
    }
    return to;
}

const struct lexicon_row *lexicon_rows(const struct lexicon *lexicon, enum table table, size_t *count)
{
    *count = lexicon->tables[table + 1] - lexicon->tables[table];
    return *count ? lexicon->rows + lexicon->tables[table] : NULL;
}

size_t lexicon_next(enum table table, size_t from, const struct lexed *lexed)
{
    const struct lexicon *lexicon = lexed->lexicon;
    size_t first = lexicon->tables[table];
    return next_bit(lexed, lexicon->keyless, WORDS_COUNT + first + from, WORDS_COUNT + lexicon->tables[table + 1]) -
           WORDS_COUNT - first;
}

bool lexicon_find(enum table table, size_t from, const struct lexed *lexed, struct row_match *out)
{
    size_t count;
    const struct lexicon_row *rows = lexicon_rows(lexed->lexicon, table, &count);
    for (size_t i = lexicon_next(table, from, lexed); i < count; i = lexicon_next(table, i + 1, lexed))
        if (find_row(&rows[i], lexed, out))
            return true;
    return false;
}

bool lexicon_has(enum table table, const struct lexed *lexed)
{
    struct row_match unused;
    return lexicon_find(table, 0, lexed, &unused);
}

const struct lexicon_row *lexicon_row_of(enum table table, const struct lexed *lexed, const struct token *token)
{
    size_t from = WORDS_COUNT + lexed->lexicon->tables[table], to = WORDS_COUNT + lexed->lexicon->tables[table + 1];
    for (size_t limb = from / 64; limb * 64 < to; limb++) {
        uint64_t set = token->fits->bits[limb];
        if (from > limb * 64)
            set &= ~UINT64_C(0) << from % 64;
        size_t found = set ? limb * 64 + (size_t)__builtin_ctzll(set) : to;
        if (set)
            return found < to ? &lexed->lexicon->rows[found - WORDS_COUNT] : NULL;
    }
    return NULL;
}

bool lexicon_row_at(const struct lexicon_row *row, const struct lexed *lexed, size_t at, size_t *end,
                    double *confidence)
{
    struct row_match trial = {.confidence = *confidence};
    if (!match(row->elements, row->element_count, lexed, at, &trial))
        return false;
    *end = trial.end;
    *confidence = trial.confidence;
    return true;
}
