/* Numbers in words, and numbers half in words. */
#include "base/suggest.h"
#include "dialog/lexer.h"
#include "dialog/sound.h"

enum atom_kind {
    ATOM_PLAIN,      /* adds: "veinte" */
    ATOM_ARTICLE,    /* adds 1, if anything: "un" */
    ATOM_PREFIX,     /* only within a word: "veinti" */
    ATOM_MULTIPLIER, /* multiplies what stands before it, or 1: "mil" */
    ATOM_FOLLOWER,   /* multiplies, and never stands alone: "k", "cientos" */
    ATOM_BUNCH       /* multiplies and ends the number: "docena" */
};

struct atom {
    const char *word;
    int64_t value;
    enum atom_kind kind;
    bool slang;
};

static const struct atom atoms[] = {
    {"cero", 0, ATOM_PLAIN, false},
    {"un", 1, ATOM_ARTICLE, false},
    {"uno", 1, ATOM_ARTICLE, false},
    {"una", 1, ATOM_ARTICLE, false},
    {"dos", 2, ATOM_PLAIN, false},
    {"tres", 3, ATOM_PLAIN, false},
    {"cuatro", 4, ATOM_PLAIN, false},
    {"cinco", 5, ATOM_PLAIN, false},
    {"seis", 6, ATOM_PLAIN, false},
    {"siete", 7, ATOM_PLAIN, false},
    {"ocho", 8, ATOM_PLAIN, false},
    {"nueve", 9, ATOM_PLAIN, false},
    {"diez", 10, ATOM_PLAIN, false},
    {"once", 11, ATOM_PLAIN, false},
    {"doce", 12, ATOM_PLAIN, false},
    {"trece", 13, ATOM_PLAIN, false},
    {"catorce", 14, ATOM_PLAIN, false},
    {"quince", 15, ATOM_PLAIN, false},
    {"dieci", 10, ATOM_PREFIX, false},
    {"diezi", 10, ATOM_PREFIX, false},
    {"veinte", 20, ATOM_PLAIN, false},
    {"veinti", 20, ATOM_PREFIX, false},
    {"venti", 20, ATOM_PREFIX, false},
    {"treinta", 30, ATOM_PLAIN, false},
    {"trenta", 30, ATOM_PLAIN, false},
    {"cuarenta", 40, ATOM_PLAIN, false},
    {"cincuenta", 50, ATOM_PLAIN, false},
    {"sesenta", 60, ATOM_PLAIN, false},
    {"setenta", 70, ATOM_PLAIN, false},
    {"ochenta", 80, ATOM_PLAIN, false},
    {"noventa", 90, ATOM_PLAIN, false},
    {"cien", 100, ATOM_PLAIN, false},
    {"ciento", 100, ATOM_PLAIN, false},
    {"doscientos", 200, ATOM_PLAIN, false},
    {"doscientas", 200, ATOM_PLAIN, false},
    {"trescientos", 300, ATOM_PLAIN, false},
    {"trescientas", 300, ATOM_PLAIN, false},
    {"cuatrocientos", 400, ATOM_PLAIN, false},
    {"cuatrocientas", 400, ATOM_PLAIN, false},
    {"quinientos", 500, ATOM_PLAIN, false},
    {"quinientas", 500, ATOM_PLAIN, false},
    {"seiscientos", 600, ATOM_PLAIN, false},
    {"seiscientas", 600, ATOM_PLAIN, false},
    {"setecientos", 700, ATOM_PLAIN, false},
    {"sietecientos", 700, ATOM_PLAIN, false},
    {"setecientas", 700, ATOM_PLAIN, false},
    {"ochocientos", 800, ATOM_PLAIN, false},
    {"ochocientas", 800, ATOM_PLAIN, false},
    {"novecientos", 900, ATOM_PLAIN, false},
    {"nuevecientos", 900, ATOM_PLAIN, false},
    {"novecientas", 900, ATOM_PLAIN, false},
    {"cientos", 100, ATOM_FOLLOWER, false},
    {"mil", 1000, ATOM_MULTIPLIER, false},
    {"mill", 1000, ATOM_MULTIPLIER, false},
    {"k", 1000, ATOM_FOLLOWER, false},
    {"millon", 1000000, ATOM_MULTIPLIER, false},
    {"millones", 1000000, ATOM_MULTIPLIER, false},
    {"palo", 1000000, ATOM_MULTIPLIER, true},
    {"palos", 1000000, ATOM_MULTIPLIER, true},
    {"palito", 1000000, ATOM_MULTIPLIER, true},
    {"palitos", 1000000, ATOM_MULTIPLIER, true},
    {"par", 2, ATOM_BUNCH, false},
    {"decena", 10, ATOM_BUNCH, false},
    {"decenas", 10, ATOM_BUNCH, false},
    {"docena", 12, ATOM_BUNCH, false},
    {"docenas", 12, ATOM_BUNCH, false},
    {"veintena", 20, ATOM_BUNCH, false},
    {"centenar", 100, ATOM_BUNCH, false},
    {"huk", 1, ATOM_PLAIN, false},
    {"iskay", 2, ATOM_PLAIN, false},
    {"kimsa", 3, ATOM_PLAIN, false},
    {"kinsa", 3, ATOM_PLAIN, false},
    {"tawa", 4, ATOM_PLAIN, false},
    {"pichqa", 5, ATOM_PLAIN, false},
    {"pisqa", 5, ATOM_PLAIN, false},
    {"suqta", 6, ATOM_PLAIN, false},
    {"soqta", 6, ATOM_PLAIN, false},
    {"qanchis", 7, ATOM_PLAIN, false},
    {"pusaq", 8, ATOM_PLAIN, false},
    {"isqun", 9, ATOM_PLAIN, false},
    {"esqon", 9, ATOM_PLAIN, false},
    {"chunka", 10, ATOM_BUNCH, false},
};

#define ATOMS (sizeof atoms / sizeof atoms[0])
#define JOINED_LETTERS 8 /* a shorter word is hardly two numbers in one, however it is spelt */
#define PARTS_MAX 4      /* of one written word: "dos|cientos|cincuenta|mil" is more than people join */
#define NO_BOUND INT64_MAX

static bool sounds_as(struct slice sound, unsigned char class, const char *word)
{
    if (class != sound_class_of(word[word[0] == 'h'])) /* what most words end at */
        return false;
    struct slice other = slice_of(word);
    return !sound_ends_otherwise(other, sound) && sound_compare(other, sound) == SOUND_SAME;
}

#define SLIP_SOUNDS 6       /* of a number's word in which a slip is forgiven: "quiniento", "cincueta" */
#define SLIP_LEAST_VALUE 20 /* below it the words are too short and too like others */

/* Finds the one number that a long word is with a slip. What could be two ("senenta") is none. */
static const struct atom *misspelt_atom(const struct token *token)
{
    const struct atom *found = NULL;
    for (size_t i = 0; token->sound.len >= SLIP_SOUNDS && i < ATOMS; i++) {
        char key[SOUND_BYTES];
        if (sound_class_of(atoms[i].word[0]) != token->class || atoms[i].value < SLIP_LEAST_VALUE ||
            atoms[i].kind != ATOM_PLAIN)
            continue;
        struct slice word = slice_of(atoms[i].word);
        if (word.len + 1 < token->sound.len || word.len > token->sound.len + 3)
            continue;
        struct slice sound = {key, sound_of(word, key)};
        if (sound.len < SLIP_SOUNDS || edit_distance(sound, token->sound, 1) > 1)
            continue;
        if (found && found->value != atoms[i].value)
            return NULL;
        found = &atoms[i];
    }
    return found;
}

/* Finds the atom that a whole word is. */
static const struct atom *whole_atom(const struct token *token)
{
    bool letter = token->text.len == 1; /* "c" sounds as "k" does, and is no thousand */
    for (size_t i = 0; i < ATOMS; i++) {
        bool same =
            letter ? slice_is(token->text, atoms[i].word) : sounds_as(token->sound, token->class, atoms[i].word);
        if (same && atoms[i].kind != ATOM_PREFIX)
            return &atoms[i];
    }
    return misspelt_atom(token);
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

static bool begins_alike(struct slice letters, const char *word)
{
    size_t i = 0;
    while (word[i] && i < letters.len && plain_letter(letters.ptr[i]) == plain_letter(word[i]))
        i++;
    return !word[i];
}

/* Finds the longest atom that begins the letters, as they are spelt or else `loosely`. */
static const struct atom *leading_atom(struct slice letters, bool loosely)
{
    const struct atom *longest = NULL;
    size_t longest_len = 1; /* "k" begins too much */
    for (size_t i = 0; i < ATOMS; i++) {
        bool begins = loosely ? plain_letter(letters.ptr[0]) == plain_letter(atoms[i].word[0])
                              : letters.ptr[0] == atoms[i].word[0];
        size_t len = begins ? slice_of(atoms[i].word).len : 0;
        if (len > longest_len &&
            (loosely ? begins_alike(letters, atoms[i].word) : slice_starts(letters, atoms[i].word))) {
            longest = &atoms[i];
            longest_len = len;
        }
    }
    return longest;
}

/* Cuts "treintaicinco" or "dosmil" into atoms. Returns how many; 0 when the word is anything else. */
static size_t split_joined(struct slice letters, const struct atom *parts[PARTS_MAX])
{
    size_t count = 0;
    while (letters.len > 0 && count < PARTS_MAX) {
        const struct atom *atom = leading_atom(letters, false);
        char first = plain_letter(letters.ptr[0]);
        if (!atom && (count > 0 || (letters.len > JOINED_LETTERS && (first == 's' || first == 'b'))))
            atom = leading_atom(letters, true);
        if (!atom)
            return 0;
        parts[count++] = atom;
        letters = slice_part(letters, slice_of(atom->word).len, letters.len);
        if (letters.len > 2 && (letters.ptr[0] == 'i' || letters.ptr[0] == 'y'))
            letters = slice_part(letters, 1, letters.len);
    }
    return letters.len == 0 && count > 1 ? count : 0;
}

static size_t atoms_of(const struct token *token, const struct atom *parts[PARTS_MAX])
{
    if (token->kind != TOKEN_WORD)
        return 0;
    parts[0] = whole_atom(token);
    return parts[0] ? 1 : split_joined(token->text, parts);
}

/* A number while it is put together; amounts in hundredths. */
struct sum {
    int64_t total; /* finished by a multiplier */
    int64_t part;  /* not yet multiplied */
    int64_t room;  /* what is added next must be below this */
    int64_t least; /* what multiplies next must be below this */
    int64_t scale;
    bool any, slang, rough, digits, article;
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
    const struct atom *parts[PARTS_MAX];
    struct sum trial = *sum;
    size_t count = atoms_of(token, parts);
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

static bool is_half(const struct token *token)
{
    return slice_is(token->text, "medio") || slice_is(token->text, "media") || slice_is(token->text, "1/2");
}

static bool is_remainder(const struct token *token)
{
    static const char *const words[] = {"pico", "picos", "tantos", "tanto", "algo", "pucho"};
    for (size_t i = 0; i < sizeof words / sizeof words[0]; i++)
        if (slice_is(token->text, words[i]))
            return true;
    return false;
}

static bool is_multiplier(const struct token *token)
{
    const struct atom *parts[PARTS_MAX];
    return atoms_of(token, parts) == 1 && parts[0]->kind >= ATOM_MULTIPLIER;
}

/* Takes "y medio", "y pico" or "y cinco" behind a number. Returns the tokens taken. */
static size_t add_after_and(struct sum *sum, const struct token *tokens, size_t left)
{
    if (left > 0 && slice_is(tokens[0].text, "1/2") && sum->digits) {
        sum->part += 50;
        sum->room = sum->least = 0;
        return 1;
    }
    if (left < 2 || (!slice_is(tokens[0].text, "y") && !slice_is(tokens[0].text, "i")))
        return 0;
    if (is_half(&tokens[1])) {
        sum->part += 50 * sum->scale;
        sum->room = 0;
        if (sum->scale != 1 || left < 3 || !is_multiplier(&tokens[2]))
            sum->least = 0;
        return 2;
    }
    if (is_remainder(&tokens[1])) {
        sum->rough = true;
        sum->room = sum->least = 0;
        return 2;
    }
    if (sum->room == 1000 && tokens[1].kind == TOKEN_WORD && add_token(sum, &tokens[1]))
        return 2;
    return 0;
}

/* Puts a number together from the tokens. Returns how many it took; 0 when no number begins here. */
static size_t compose(struct sum *sum, const struct token *tokens, size_t left)
{
    size_t used = 0;
    if (left > 1 && is_half(&tokens[0]) && is_multiplier(&tokens[1])) {
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
    return used;
}

static struct token composed(const struct sum *sum, const struct token *first, const struct token *last)
{
    struct token token = *first;
    token.kind = TOKEN_NUMBER;
    token.text.len = (size_t)(last->text.ptr + last->text.len - first->text.ptr);
    token.hundredths = sum->total + sum->part;
    token.scale = sum->scale;
    token.rough = sum->rough;
    token.slang = sum->slang;
    token.style = sum->article ? NUMBER_ARTICLE : sum->digits ? NUMBER_DIGITS : NUMBER_WORDS;
    if (first != last)
        token.sound = SLICE_NONE;
    return token;
}

void lex_numbers(struct lexed *lexed)
{
    size_t kept = 0;
    for (size_t i = 0; i < lexed->count;) {
        struct sum sum = {.room = NO_BOUND, .least = NO_BOUND, .scale = 1};
        size_t used = compose(&sum, lexed->tokens + i, lexed->count - i);
        if (used > 0)
            lexed->tokens[kept] = composed(&sum, &lexed->tokens[i], &lexed->tokens[i + used - 1]);
        else
            lexed->tokens[kept] = lexed->tokens[i++];
        i += used;
        kept++;
    }
    lexed->count = kept;
}
