/* Numbers in words, and numbers half in words. */
#include <string.h>

#include "base/suggest.h"
#include "dialog/lexer.h"

#define JOINED_LETTERS 8 /* a shorter word is hardly two numbers in one, however it is spelt */
#define NO_BOUND INT64_MAX

#define SLIP_SOUNDS 6       /* of a number's word in which a slip is forgiven: "quiniento", "cincueta" */
#define SLIP_LEAST_VALUE 20 /* below it the words are too short and too like others */

#define NEAR_LETTERS 5       /* of a number's word that another may be, misspelt */
#define NEAR_TWICE_LETTERS 8 /* ... with two slips */

/* The numbers that a word of one class may be, or begin with. */
struct atoms {
    const struct atom *first, *end;
};

static struct atoms atoms_of_class(const struct lexicon *lexicon, unsigned char class)
{
    const size_t *from = &lexicon->atoms_from[class % SOUND_CLASSES];
    return lexicon->atoms ? (struct atoms){lexicon->atoms + from[0], lexicon->atoms + from[1]}
                          : (struct atoms){NULL, NULL};
}

/* Finds the one number that a long word is with a slip. What could be two ("senenta") is none. */
static const struct atom *misspelt_atom(const struct lexicon *lexicon, struct slice sound, unsigned char class)
{
    const struct atom *found = NULL;
    struct atoms atoms = atoms_of_class(lexicon, class);
    for (const struct atom *atom = atoms.first; sound.len + 1 >= SLIP_SOUNDS && atom < atoms.end; atom++) {
        bool as_long = atom->sound.len <= sound.len + 1 && sound.len <= atom->sound.len + 1;
        if (!as_long || atom->class != class || atom->value < SLIP_LEAST_VALUE || atom->kind != ATOM_PLAIN ||
            atom->sound.len < SLIP_SOUNDS || edit_distance(atom->sound, sound, 1) > 1)
            continue;
        if (found && found->value != atom->value)
            return NULL;
        found = atom;
    }
    return found;
}

/* Finds the atom that a whole word is. */
static const struct atom *whole_atom(const struct lexicon *lexicon, const struct token *token)
{
    const struct slice text = token->text, sound = token->sound;
    const unsigned char class = token->class;
    bool letter = text.len == 1; /* "c" sounds as "k" does, and is no thousand */
    struct atoms atoms = atoms_of_class(lexicon, class);
    for (const struct atom *atom = atoms.first; atom < atoms.end; atom++) {
        bool same = letter ? slice_eq(text, atom->word) : slice_eq(atom->sound, sound) && atom->class == class;
        bool multiplies = atom->kind == ATOM_MULTIPLIER || atom->kind == ATOM_BUNCH; /* "nuevita" is no nine */
        bool smaller = token->stem.sound.len && multiplies && atom->class == class &&
                       stem_is_of(lexicon, &token->stem, atom->word); /* "milcito" */
        if ((same || smaller) && atom->kind != ATOM_PREFIX)
            return atom;
    }
    return misspelt_atom(lexicon, sound, class);
}

/* Gives the one letter for those that are written for each other: "sinquenta", "beintisinco". */
static char plain_letter(char c)
{
    switch (c) {
    case 'z':
    case 'c':
    case 'k':
    case 'q':
        return 's';
    case 'v':
        return 'b';
    default:
        return c;
    }
}

static bool begins_alike(struct slice letters, struct slice word)
{
    size_t i = 0;
    while (i < word.len && i < letters.len && plain_letter(letters.ptr[i]) == plain_letter(word.ptr[i]))
        i++;
    return i == word.len;
}

/* Finds the longest atom that begins the letters, as they are spelt or else `loosely`. */
static const struct atom *leading_atom(const struct lexicon *lexicon, struct slice letters, bool loosely)
{
    const struct atom *longest = NULL;
    size_t longest_len = 1; /* "k" begins too much */
    char plain = plain_letter(letters.ptr[0]);
    struct atoms atoms = atoms_of_class(lexicon, sound_class(letters));
    for (const struct atom *atom = atoms.first; atom < atoms.end; atom++) {
        struct slice word = atom->word;
        bool begins = loosely ? plain == plain_letter(word.ptr[0]) : letters.ptr[0] == word.ptr[0];
        if (begins && word.len > longest_len && word.len <= letters.len &&
            (loosely ? begins_alike(letters, word) : slice_eq(slice_part(letters, 0, word.len), word))) {
            longest = atom;
            longest_len = word.len;
        }
    }
    return longest;
}

/* Cuts "treintaicinco" or "dosmil" into atoms. Returns how many; 0 when the word is anything else. */
static size_t split_joined(const struct lexicon *lexicon, struct slice letters,
                           const struct atom *parts[NUMBER_PARTS_MAX])
{
    size_t count = 0;
    while (letters.len > 0 && count < NUMBER_PARTS_MAX) {
        const struct atom *atom = leading_atom(lexicon, letters, false);
        char first = plain_letter(letters.ptr[0]);
        if (!atom && lexicon->spelt_by_ear &&
            (count > 0 || (letters.len > JOINED_LETTERS && (first == 's' || first == 'b'))))
            atom = leading_atom(lexicon, letters, true);
        if (!atom)
            return 0;
        parts[count++] = atom;
        letters = slice_part(letters, atom->word.len, letters.len);
        if (letters.len > 2 && lexicon->number_links >> (letters.ptr[0] & 31) & 1)
            letters = slice_part(letters, 1, letters.len);
    }
    return letters.len == 0 && count > 1 ? count : 0;
}

size_t number_parts(const struct lexicon *lexicon, const struct token *token,
                    const struct atom *parts[NUMBER_PARTS_MAX])
{
    parts[0] = whole_atom(lexicon, token);
    return parts[0] ? 1 : split_joined(lexicon, token->text, parts);
}

bool token_may_be_number(const struct lexicon *lexicon, const struct token *token)
{
    size_t len = token->text.len;
    if (token->kind != TOKEN_WORD || len + 1 < NEAR_LETTERS || !lexicon->atoms)
        return false;
    struct atoms atoms = {lexicon->atoms, lexicon->atoms + lexicon->atoms_from[SOUND_CLASSES]};
    if (token->known) /* what is a word is not taken for all too many: "cuarto" */
        atoms = atoms_of_class(lexicon, token->class);
    for (const struct atom *atom = atoms.first; atom < atoms.end; atom++) {
        struct slice word = atom->word;
        bool begins = atom->kind == ATOM_PREFIX && word.len >= NEAR_LETTERS && len > word.len + 1;
        for (size_t cut = word.len - 1; begins && cut <= word.len + 1; cut++)
            if (edit_distance(word, slice_part(token->text, 0, cut), 1) <= 1)
                return true;
        unsigned edits = len < NEAR_TWICE_LETTERS || word.len < NEAR_TWICE_LETTERS ? 1 : 2;
        bool as_long = word.len <= len + edits && len <= word.len + edits;
        if (word.len >= NEAR_LETTERS && as_long && edit_distance(word, token->text, edits) <= edits)
            return true;
    }
    return false;
}

static size_t atoms_of(const struct lexicon *lexicon, const struct token *token,
                       const struct atom *parts[NUMBER_PARTS_MAX])
{
    if (token->kind != TOKEN_WORD || token->sound.len == 0)
        return 0;
    if (!token->known)
        return number_parts(lexicon, token, parts);
    memcpy(parts, token->known->parts, sizeof(token->known->parts));
    return token->known->part_count;
}

/* A number while it is put together; amounts in hundredths. */
struct sum {
    const struct lexicon *lexicon;
    int64_t total; /* finished by a multiplier */
    int64_t part;  /* not yet multiplied */
    int64_t room;  /* what is added next must be below this */
    int64_t least; /* what multiplies next must be below this */
    int64_t scale;
    bool any, slang, rough, digits, article;
    bool bunch; /* what came last: "un par" */
};

static bool add_plain(struct sum *sum, int64_t hundredths, bool digits)
{
    if (hundredths >= sum->room || (sum->any && hundredths == 0))
        return false;
    sum->article = false;
    sum->part += hundredths;
    if (digits || hundredths == 0)
        sum->room = 0;
    else
        sum->room = hundredths % 10000 == 0 ? 10000 : hundredths % 1000 == 0 ? 1000 : 0;
    sum->digits |= digits;
    sum->any = true;
    return true;
}

static bool multiply(struct sum *sum, const struct atom *atom)
{
    int64_t base = atom->value == 1000000 ? sum->total + sum->part : sum->part;
    bool follower_ok = sum->any && (atom->value != 100 || (base >= 200 && base <= 900));
    if (atom->value >= sum->least || (sum->any && base == 0) || (atom->kind == ATOM_FOLLOWER && !follower_ok))
        return false;
    if (!sum->any)
        base = 100;
    if (base > LEXER_NUMBER_MAX / atom->value)
        return false;
    sum->total = base * atom->value + (atom->value == 1000000 ? 0 : sum->total);
    sum->part = 0;
    sum->scale = atom->value;
    sum->least = atom->value;
    sum->room = atom->kind == ATOM_BUNCH ? 0 : atom->value * 100;
    sum->bunch = atom->kind == ATOM_BUNCH;
    sum->slang |= atom->slang;
    sum->article = false;
    sum->any = true;
    return true;
}

static bool add_atom(struct sum *sum, const struct atom *atom)
{
    bool first = !sum->any;
    if (atom->kind >= ATOM_MULTIPLIER)
        return multiply(sum, atom);
    if (!add_plain(sum, atom->value * 100, false))
        return false;
    if (atom->kind == ATOM_PREFIX)
        sum->room = 1000;
    sum->article = first && atom->kind == ATOM_ARTICLE;
    return true;
}

/* Adds all atoms of one token, or none of them. */
static bool add_token(struct sum *sum, const struct token *token)
{
    const struct atom *parts[NUMBER_PARTS_MAX];
    struct sum trial = *sum;
    size_t count = atoms_of(sum->lexicon, token, parts);
    if (token->kind == TOKEN_NUMBER) {
        if (!add_plain(&trial, token->hundredths, true))
            return false;
    } else if (count == 0) {
        return false;
    }
    for (size_t i = 0; i < count; i++)
        if (!add_atom(&trial, parts[i]))
            return false;
    *sum = trial;
    return true;
}

static bool is_multiplier(const struct lexicon *lexicon, const struct token *token)
{
    const struct atom *parts[NUMBER_PARTS_MAX];
    return atoms_of(lexicon, token, parts) == 1 && parts[0]->kind >= ATOM_MULTIPLIER;
}

/* Takes "y medio", "y pico" or "y cinco" behind a number. Returns the tokens taken. */
static size_t add_after_and(struct sum *sum, const struct token *tokens, size_t left)
{
    if (left > 0 && slice_is(tokens[0].text, "1/2") && sum->digits) {
        sum->part += 50;
        sum->room = sum->least = 0;
        return 1;
    }
    if (left < 2 || !token_is(&tokens[0], WORDS_NUMBER_AND))
        return 0;
    if (token_is(&tokens[1], WORDS_NUMBER_HALF)) {
        sum->part += 50 * sum->scale;
        sum->room = 0;
        if (sum->scale != 1 || left < 3 || !is_multiplier(sum->lexicon, &tokens[2]))
            sum->least = 0;
        return 2;
    }
    if (token_is(&tokens[1], WORDS_NUMBER_SOME)) {
        sum->rough = true;
        sum->room = sum->least = 0;
        return 2;
    }
    if (sum->room == 1000 && tokens[1].kind == TOKEN_WORD && add_token(sum, &tokens[1]))
        return 2;
    return 0;
}

/* Takes "de miles" behind "un par". Returns the tokens taken. */
static size_t add_of_many(struct sum *sum, const struct token *tokens, size_t left)
{
    const struct atom *parts[NUMBER_PARTS_MAX];
    if (!sum->bunch || left < 2 || !token_is(&tokens[0], WORDS_OF) || atoms_of(sum->lexicon, &tokens[1], parts) != 1 ||
        (parts[0]->kind != ATOM_MULTIPLIER && parts[0]->kind != ATOM_FOLLOWER) || parts[0]->slang ||
        tokens[1].text.len == 1 || sum->total > LEXER_NUMBER_MAX / parts[0]->value)
        return 0;
    sum->total *= parts[0]->value;
    sum->scale = parts[0]->value;
    sum->bunch = false;
    return 2;
}

/* Puts a number together from the tokens. Returns how many it took; 0 when no number begins here. */
static size_t compose(struct sum *sum, const struct token *tokens, size_t left)
{
    size_t used = 0;
    if (left > 1 && token_is(&tokens[0], WORDS_NUMBER_HALF) && is_multiplier(sum->lexicon, &tokens[1])) {
        sum->part = 50;
        sum->any = true;
        used = 1;
    }
    while (used < left) {
        size_t taken = add_token(sum, &tokens[used]);
        if (!taken && sum->any)
            taken = add_after_and(sum, tokens + used, left - used);
        if (!taken)
            break;
        used += taken;
    }
    return used + add_of_many(sum, tokens + used, left - used);
}

/* Puts half of a number together: "la mitad de mil". Not of a year. Returns as compose() does. */
static size_t compose_half(struct sum *sum, const struct token *tokens, size_t left)
{
    struct sum whole = *sum;
    if (left < 3 || !token_is(&tokens[0], WORDS_NUMBER_HALF) || !token_is(&tokens[1], WORDS_OF))
        return 0;
    size_t used = compose(&whole, tokens + 2, left - 2);
    int64_t number = whole.total + whole.part;
    if (used == 0 || whole.scale == 1 || (number >= 190000 && number < 210000) || number % 200 != 0)
        return 0;
    *sum = whole;
    sum->total = number / 2;
    sum->part = 0;
    return used + 2;
}

/* Makes the number of the tokens from `first` on, with the first one's text. */
static struct token composed(const struct sum *sum, const struct token *first, size_t used)
{
    struct token token = *first;
    token.kind = TOKEN_NUMBER;
    token.hundredths = sum->total + sum->part;
    token.scale = sum->scale;
    token.rough = sum->rough;
    token.slang = sum->slang;
    token.style = sum->article ? NUMBER_ARTICLE : sum->digits ? NUMBER_DIGITS : NUMBER_WORDS;
    if (used > 1) {
        token.sound = SLICE_NONE;
        token.known = NULL;
    }
    return token;
}

void lex_numbers(struct lexed *lexed)
{
    size_t kept = 0;
    for (size_t i = 0; i < lexed->count;) {
        struct sum sum = {.lexicon = lexed->lexicon, .room = NO_BOUND, .least = NO_BOUND, .scale = 1};
        size_t used = compose_half(&sum, lexed->tokens + i, lexed->count - i);
        if (used == 0)
            used = compose(&sum, lexed->tokens + i, lexed->count - i);
        if (used > 0) {
            struct token number = composed(&sum, &lexed->tokens[i], used);
            const struct slice end = lexed->tokens[i + used - 1].text;
            number.text.len = (size_t)(end.ptr + end.len - number.text.ptr);
            lexed->tokens[kept] = number;
        } else if (kept != i)
            lexed->tokens[kept] = lexed->tokens[i];
        if (used > 1)
            lexicon_look(lexed->lexicon, &lexed->tokens[kept], &lexed->fits[i]);
        i += used > 0 ? used : 1;
        kept++;
    }
    lexed->count = kept;
}

void lex_number_at(struct lexed *lexed, size_t i)
{
    size_t first = i > 0 && lexed->tokens[i - 1].kind == TOKEN_NUMBER ? i - 1 : i; /* "1 docena" */
    for (; first <= i; first++) {
        struct sum sum = {.lexicon = lexed->lexicon, .room = NO_BOUND, .least = NO_BOUND, .scale = 1};
        size_t used = compose(&sum, lexed->tokens + first, i + 1 - first);
        if (first + used != i + 1)
            continue;
        /* the word at i may stand in the lexicon, not behind the number: the text stays the first one's */
        lexed->tokens[first] = composed(&sum, &lexed->tokens[first], used);
        lexed->count -= used - 1;
        memmove(&lexed->tokens[first + 1], &lexed->tokens[i + 1],
                (lexed->count - first - 1) * sizeof(lexed->tokens[0]));
        return;
    }
}
