#include "dialog/lexicon.h"

#include "base/suggest.h"
#include "dialog/lexer.h"

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

static void set_bits(struct fits *fits, const uint16_t *bits, size_t count)
{
    for (size_t i = 0; i < count; i++)
        fits_add(fits, bits[i] / 64, UINT64_C(1) << bits[i] % 64);
}

uint32_t lexicon_letters(struct slice sound)
{
    uint32_t letters = 0;
    for (size_t i = 0; i < sound.len; i++)
        letters |= UINT32_C(1) << (sound.ptr[i] & 31);
    return letters;
}

static bool begins(struct slice text, struct slice with)
{
    return with.len <= text.len && memcmp(text.ptr, with.ptr, with.len) == 0;
}

static bool is_stem_of(const struct lexicon *lexicon, const struct token *token, const struct literal *literal)
{
    /* Whatever a stem is of begins as it does: what most words end at. */
    return token->stem.sound.len > 0 && begins(literal->sound, slice_part(token->stem.sound, 0, STEM_LEAST)) &&
           stem_is_of(lexicon, &token->stem, literal->text);
}

static bool sounds_as(const struct literal *literal, const struct token *token)
{
    return literal->class == token->class && slice_eq(literal->sound, token->sound);
}

/* Sets what the words set that sound as the token does. */
static void look_by_sound(const struct lexicon *lexicon, const struct token *token, struct fits *out)
{
    const struct literal_index *index = &lexicon->sounding;
    uint32_t hash = KEY_HASH;
    for (size_t i = 0; i < token->sound.len; i++)
        hash = key_hash_on(hash, token->sound.ptr[i]);
    for (uint32_t at = hash & index->mask; index->slots && index->slots[at]; at = (at + 1) & index->mask) {
        const struct literal *literal = &lexicon->literals[index->slots[at] - 1];
        if (sounds_as(literal, token))
            set_bits(out, literal->bits, literal->bit_count);
    }
}

/* Sets what the words set that a token's text, or its sound, begins with. */
static void look_by_beginning(const struct lexicon *lexicon, const struct literal_index *index,
                              const struct token *token, bool by_sound, struct fits *out)
{
    struct slice whole = by_sound ? token->sound : token->text;
    uint32_t hash = KEY_HASH;
    for (size_t len = 1; len <= whole.len && len < 64 && index->lengths >> len; len++) {
        hash = key_hash_on(hash, whole.ptr[len - 1]);
        if (!(index->lengths >> len & 1))
            continue;
        for (uint32_t at = hash & index->mask; index->slots[at]; at = (at + 1) & index->mask) {
            const struct literal *literal = &lexicon->literals[index->slots[at] - 1];
            struct slice key = by_sound ? literal->sound : literal->text;
            if (key.len == len && literal->class == token->class && begins(whole, key))
                set_bits(out, literal->bits, literal->bit_count);
        }
    }
}

/* Sets what the words set that a diminutive or superlative is of. */
static void look_by_stem(const struct lexicon *lexicon, const struct token *token, struct fits *out)
{
    const struct literals *all = &lexicon->by_class[token->class % SOUND_CLASSES];
    for (size_t i = 0; i < all->sounding_count; i++)
        if (is_stem_of(lexicon, token, &all->sounding[i]))
            set_bits(out, all->sounding[i].bits, all->sounding[i].bit_count);
    for (size_t i = 0; i < all->beginning_count; i++)
        if (is_stem_of(lexicon, token, &all->beginning[i]))
            set_bits(out, all->beginning[i].bits, all->beginning[i].bit_count);
}

/* Notes that a token may be a literal with a slip; of too many the first ones in the file's order. */
static void note_slip(struct token *token, uint16_t literal)
{
    size_t at = token->slip_count;
    if (at < LEXICON_SLIPS_MAX)
        token->slip_count++;
    else if (token->slips[--at] < literal)
        return;
    for (; at > 0 && token->slips[at - 1] > literal; at--)
        token->slips[at] = token->slips[at - 1];
    token->slips[at] = literal;
}

/* Tells whether two keys can be one but for a slip, by their letters: what most words end at. */
static inline bool few_others(uint32_t letters, uint32_t others)
{
    uint32_t apart = letters ^ others;
    apart &= apart - 1; /* a slip exchanges one for another */
    return (apart & (apart - 1)) == 0;
}

/* Tells whether two keys can be one but for two slips. */
static inline bool some_others(uint32_t letters, uint32_t others)
{
    uint32_t apart = letters ^ others;
    apart &= apart - 1;
    return few_others(apart & (apart - 1), 0);
}

static bool is_sound(const struct lexicon *lexicon, struct slice sound, unsigned char class)
{
    const struct literal_index *index = &lexicon->sounding;
    uint32_t hash = KEY_HASH;
    for (size_t i = 0; i < sound.len; i++)
        hash = key_hash_on(hash, sound.ptr[i]);
    for (uint32_t at = hash & index->mask; index->slots && index->slots[at]; at = (at + 1) & index->mask) {
        const struct literal *literal = &lexicon->literals[index->slots[at] - 1];
        if (literal->class == class && slice_eq(literal->sound, sound))
            return true;
    }
    return false;
}

/* Tells of how many sounds a word must be that a token is with a slip: of one fewer where a short token is no word, nor
 * the plural of one ("manan" and "manana", "chicas" and "chinas"). */
static size_t least_sounds(const struct lexicon *lexicon, const struct token *token)
{
    struct slice sound = token->sound, singular = sound;
    if (sound.len > LEXICON_SLIP_LETTERS || sound.len < LEXICON_SLIP_LETTERS - 1)
        return LEXICON_SLIP_LETTERS;
    singular.len -= sound.ptr[sound.len - 1] == 's';
    bool is_word = is_sound(lexicon, sound, token->class) || is_sound(lexicon, singular, token->class);
    return is_word ? LEXICON_SLIP_LETTERS : LEXICON_SLIP_LETTERS - 1;
}

/* Looks for the words that a token is with one slip, or two where both are long. */
static void look_for_slips(const struct lexicon *lexicon, struct token *token)
{
    const uint16_t *longs = lexicon->by_class[token->class % SOUND_CLASSES].longs;
    size_t len = token->sound.len, shortest = least_sounds(lexicon, token);
    size_t least = len >= TWO_SLIPS_SOUNDS + 2 ? len - 2 : len - 1, most = len >= TWO_SLIPS_SOUNDS ? len + 2 : len + 1;
    uint32_t letters = lexicon_letters(token->sound);
    for (size_t own = least < shortest ? shortest : least; len >= shortest && own <= most && own <= SOUND_BYTES;
         own++) {
        unsigned slips = own < TWO_SLIPS_SOUNDS || len < TWO_SLIPS_SOUNDS ? 1 : 2;
        for (size_t i = longs[own]; i < longs[own + 1]; i++) {
            const struct long_word *word = &lexicon->long_words[i];
            if (!few_others(word->letters, letters) && (slips == 1 || !some_others(word->letters, letters)))
                continue;
            const struct literal *literal = &lexicon->literals[word->literal];
            if (!sounds_as(literal, token) && edit_distance(literal->sound, token->sound, slips) <= slips &&
                !is_stem_of(lexicon, token, literal))
                note_slip(token, word->literal);
        }
    }
}

/* Sets what the words set that a token is with a slip, but for elements: those must know it, for it costs. */
static void set_slips(const struct lexicon *lexicon, const struct token *token, struct fits *out)
{
    for (size_t i = 0; i < token->slip_count; i++) {
        const struct literal *literal = &lexicon->literals[token->slips[i]];
        size_t count = 0;
        while (count < literal->bit_count && literal->bits[count] < lexicon->first_element)
            count++;
        set_bits(out, literal->bits, count);
    }
}

void lexicon_look(const struct lexicon *lexicon, struct token *token, struct fits *out)
{
    const struct known *known = token->known;
    token->fits = out;
    token->slip_count = 0;
    if (known) {
        token->slip_count = known->slip_count;
        memcpy(token->slips, known->slips, sizeof(token->slips));
    }
    if (known && known->fits) {
        token->fits = known->fits;
        return;
    }
    fits_clear(out);
    if (known) {
        set_bits(out, known->bits, known->bit_count);
    } else if (token->sound.len > 0) {
        look_by_sound(lexicon, token, out);
        look_by_beginning(lexicon, &lexicon->beginning_text, token, false, out);
        look_by_beginning(lexicon, &lexicon->beginning_sound, token, true, out);
        if (token->stem.sound.len > 0)
            look_by_stem(lexicon, token, out);
        if (token->sound.len >= LEXICON_SLIP_LETTERS - 1)
            look_for_slips(lexicon, token);
        set_slips(lexicon, token, out);
    }
}

bool lexicon_inflects(const struct lexicon *lexicon, const struct token *token)
{
    const struct literals *all = &lexicon->by_class[token->class % SOUND_CLASSES];
    for (size_t i = 0; i < all->beginning_count; i++)
        if (all->beginning[i].text.len >= NEAR_LETTERS_LONG && begins(token->text, all->beginning[i].text))
            return true;
    return false;
}

bool lexicon_misspells(const struct lexicon *lexicon, const struct token *token)
{
    size_t len = token->text.len;
    if (token->sound.len == 0 || token->exchanged || token->known)
        return token->exchanged;
    bool plural = len > 2 && token->text.ptr[len - 1] == 's' && token->text.ptr[len - 2] != 'n' &&
                  lexicon_known(lexicon, slice_part(token->text, 0, len - 1)); /* "chicas", not "buens" */
    bool small = token->stem.sound.len > 0 && token->slip_count == 0 && !fits_nothing(token->fits);
    const struct atom *parts[NUMBER_PARTS_MAX];
    bool joined = token->kind == TOKEN_NUMBER && number_parts(lexicon, token, parts) > 1; /* "veinticinco" */
    return !plural && !small && !joined && !is_sound(lexicon, token->sound, token->class);
}

/* Tells whether a word begins as another does, but for a slip: "mubicipalidad" as "municip*". */
static bool begins_nearly(struct slice word, struct slice beginning)
{
    size_t at = 0;
    while (at < word.len && at < beginning.len && word.ptr[at] == beginning.ptr[at])
        at++;
    struct slice rest = slice_part(word, at, word.len), lacks = slice_part(beginning, at, beginning.len);
    if (lacks.len == 0 || rest.len == 0)
        return lacks.len <= 1;
    struct slice rest_on = slice_part(rest, 1, rest.len), lacks_on = slice_part(lacks, 1, lacks.len);
    bool swapped = rest.len > 1 && lacks.len > 1 && rest.ptr[0] == lacks.ptr[1] && rest.ptr[1] == lacks.ptr[0] &&
                   begins(slice_part(rest, 2, rest.len), slice_part(lacks, 2, lacks.len));
    return swapped || begins(rest_on, lacks_on) || begins(rest, lacks_on) || begins(rest_on, lacks);
}

/* Tells whether one of the second and third letters is the other word's: one edit leaves that, most words have not. */
static inline bool share_a_letter(const char *a, const char *b)
{
    return a[1] == b[1] || a[2] == b[2] || a[1] == b[2] || a[2] == b[1];
}

/* Gives the known words of a class that a word is one edit from, behind those given before. */
static size_t near_of_class(const struct lexicon *lexicon, unsigned char class, struct slice word,
                            const struct known **out, size_t count, size_t room)
{
    const struct literals *all = &lexicon->by_class[class % SOUND_CLASSES];
    const uint16_t *from = lexicon->near_from[class % SOUND_CLASSES];
    uint32_t letters = lexicon_letters(word);
    size_t least = word.len >= NEAR_LETTERS_LONG ? word.len - 1 : NEAR_LETTERS_LONG;
    for (size_t i = from[least]; i < from[word.len + 2] && count < room; i++) {
        const struct known *known = &lexicon->known[lexicon->near_words[i].known];
        if (few_others(lexicon->near_words[i].letters, letters) && known->class == class &&
            share_a_letter(known->text.ptr, word.ptr) && edit_distance(known->text, word, 1) == 1)
            out[count++] = known;
    }
    for (size_t i = 0; i < all->beginning_count && count < room; i++) {
        const struct literal *literal = &all->beginning[i];
        bool near = literal->text.len >= NEAR_LETTERS_LEAST && literal->class == class &&
                    share_a_letter(literal->text.ptr, word.ptr) && !begins(word, literal->text) &&
                    begins_nearly(word, literal->text);
        const struct known *known = near ? lexicon_known(lexicon, literal->text) : NULL;
        if (known)
            out[count++] = known;
    }
    return count;
}

size_t lexicon_near(const struct lexicon *lexicon, const struct token *token, const struct known **out, size_t room)
{
    static const char vowels[] = "aeiou";
    struct slice word = token->text;
    size_t count = 0;
    if (!lexicon->near_words || word.len < NEAR_LETTERS_LEAST || word.len >= NEAR_LETTERS_MAX)
        return 0;
    bool silent = word.ptr[0] == 'h' && !memchr(vowels, word.ptr[1], sizeof vowels - 1); /* "hrmana" */
    for (size_t i = 0; silent && i < sizeof vowels - 1; i++)
        count = near_of_class(lexicon, sound_class((struct slice){&vowels[i], 1}), word, out, count, room);
    count = near_of_class(lexicon, token->class, word, out, count, room);
    if (count == 0 && word.ptr[word.len - 1] == 's' && word.len > NEAR_LETTERS_LONG) /* a plural: "mcuhachos" */
        count = near_of_class(lexicon, token->class, slice_part(word, 0, word.len - 1), out, count, room);
    return count;
}

enum fit { FIT_NONE, FIT_SLIP, FIT_EXACT };

static enum fit fit_element(const struct element *element, const struct lexed *lexed, const struct token *token)
{
    if (element->kind == ELEMENT_ANY)
        return FIT_EXACT;
    if (element->kind == ELEMENT_NUMBER)
        return token->kind == TOKEN_NUMBER ? FIT_EXACT : FIT_NONE;
    if (fits_has(token->fits, element->bit))
        return token->exchanged ? FIT_SLIP : FIT_EXACT;
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

/* Tells from a row's first element that no match begins at a token: so it is at most. */
static inline bool begins_otherwise(const struct lexicon_row *row, const struct lexed *lexed, size_t i)
{
    const struct element *first = row->elements;
    if (i >= lexed->count || row->element_count == 0 || first->kind != ELEMENT_WORDS || first->optional)
        return false;
    const struct token *token = &lexed->tokens[i];
    return !fits_has(token->fits, first->bit) && token->slip_count == 0 && !token->pause;
}

static bool find_row(const struct lexicon_row *row, const struct lexed *lexed, struct row_match *out)
{
    size_t tries = (row->from_start || row->any_order) && lexed->count ? 1 : lexed->count;
    for (size_t i = 0; i < tries; i++) {
        if (!row->any_order && begins_otherwise(row, lexed, i))
            continue;
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

/* Gives the first bit that is set of those from `from` to before `to`, or `to`. */
static size_t next_bit(const struct fits *fits, size_t from, size_t to)
{
    if (from >= to)
        return to;
    size_t limb = from / 64, group = limb / 64;
    uint64_t set = fits_limb(fits, limb) >> from % 64 << from % 64;
    uint64_t limbs = fits->limbs[group] & ~UINT64_C(1) << limb % 64; /* behind that one, which may be the last */
    while (!set && limb * 64 < to) {
        if (limbs) {
            limb = group * 64 + (size_t)__builtin_ctzll(limbs);
            set = fits->bits[limb];
            limbs &= limbs - 1;
        } else if (++group < LEXICON_GROUPS) {
            limbs = fits->limbs[group];
        } else {
            return to;
        }
    }
    size_t found = set ? limb * 64 + (size_t)__builtin_ctzll(set) : to;
    return found < to ? found : to;
}

const struct lexicon_row *lexicon_rows(const struct lexicon *lexicon, enum table table, size_t *count)
{
    *count = lexicon->tables[table + 1] - lexicon->tables[table];
    return *count ? lexicon->rows + lexicon->tables[table] : NULL;
}

size_t lexicon_next(enum table table, size_t from, const struct lexed *lexed)
{
    const size_t *tables = lexed->lexicon->tables;
    size_t first = WORDS_COUNT + tables[table];
    return next_bit(lexed->may, first + from, WORDS_COUNT + tables[table + 1]) - first;
}

bool lexicon_find(enum table table, size_t from, const struct lexed *lexed, struct row_match *out)
{
    const struct lexicon *lexicon = lexed->lexicon;
    size_t end = WORDS_COUNT + lexicon->tables[table + 1];
    size_t bit = next_bit(lexed->may, WORDS_COUNT + lexicon->tables[table] + from, end);
    for (; bit < end; bit = next_bit(lexed->may, bit + 1, end))
        if (find_row(&lexicon->rows[bit - WORDS_COUNT], lexed, out))
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
    const size_t *tables = lexed->lexicon->tables;
    size_t to = WORDS_COUNT + tables[table + 1], found = next_bit(token->fits, WORDS_COUNT + tables[table], to);
    return found < to ? &lexed->lexicon->rows[found - WORDS_COUNT] : NULL;
}

bool lexicon_row_at(const struct lexicon_row *row, const struct lexed *lexed, size_t at, size_t *end,
                    double *confidence)
{
    if (begins_otherwise(row, lexed, at))
        return false;
    struct row_match trial = {.confidence = *confidence};
    if (!match(row->elements, row->element_count, lexed, at, &trial))
        return false;
    *end = trial.end;
    *confidence = trial.confidence;
    return true;
}
