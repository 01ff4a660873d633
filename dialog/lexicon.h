/* The words by which answers in one language are understood, compiled: what lex() looks tokens up in.
 *
 * Immutable once made (lexicon_make.h), and handed in wherever words are read; it may be shared by threads and forks.
 * Each word of a message is looked up once. What it fits is a set of bits: the classes it is in, the rows of tables
 * that it may be the key of, and the elements of their forms. So a question about a word is the test of a bit, and a
 * table is searched by its keys alone.
 *
 * A form is a row of elements between blanks, matched against tokens one by one:
 *   word         that word as it is written or sounds, or with a slip in a long one
 *   =word        that word, letter by letter          @name   any word of a class or a group of the file
 *   a|b|c        any of these                         word*   a word that begins so
 *   #            a number                             .       any one token
 *   ..           up to three tokens                   e?      e, or nothing
 *   ^ and $      the message begins, ends here
 * A form that begins with & is met in any order, by a whole message that has a word of each element before the colon
 * and none but theirs and those behind it: "& ver|muestr* menu : el|mi|quiero".
 * Words are also met with a diminutive or superlative ending of the language ("semanita"): endings.h.
 * Commas and dashes between words are passed over. Rows are tried in order and the first that matches anywhere wins.
 * Must not know: what any question means. Nothing here fails or allocates; work is bounded by rows x tokens.
 * Proved by tests/unit/test_lexicon.c and tests/fuzz/fuzz_lexicon.c. */
#ifndef DIALOG_LEXICON_H
#define DIALOG_LEXICON_H

#include "base/slice.h"
#include "dialog/endings.h"
#include "dialog/lexicon_names.h"
#include "dialog/sound.h"

#define LEXICON_BITS 8192 /* classes, rows and elements of a language with those that it is read with */
#define LEXICON_LIMBS (LEXICON_BITS / 64)
#define LEXICON_GROUPS (LEXICON_LIMBS / 64) /* of limbs */
#define LEXICON_SLIP 0.1                    /* what a misspelt word takes off the confidence */
#define LEXICON_SLIP_LETTERS 6              /* shorter words have too many neighbours to forgive a slip */
#define LEXICON_SLIPS_MAX 4                 /* words that one token may be with a slip; further ones are not seen */
#define NEAR_LETTERS_LEAST 4                /* of a word and of what it may be, misspelt, */
#define NEAR_LETTERS_LONG 5                 /* the longer has so many */
#define NEAR_LETTERS_MAX 20
#define NUMBER_PARTS_MAX 4 /* of one written word: "dos|cientos|cincuenta|mil" is more than people join */

#define LEXICON_CLASS(constant, name) WORDS_##constant,
enum word_class { LEXICON_CLASSES(LEXICON_CLASS) WORDS_COUNT };
#undef LEXICON_CLASS

#define LEXICON_TABLE(constant, name, kind, values) TABLE_##constant,
enum table { LEXICON_TABLES(LEXICON_TABLE) TABLE_COUNT };
#undef LEXICON_TABLE

enum atom_kind {
    ATOM_PLAIN,      /* adds: "veinte" */
    ATOM_ARTICLE,    /* adds 1, if anything: "un" */
    ATOM_PREFIX,     /* only within a word: "veinti" */
    ATOM_MULTIPLIER, /* multiplies what stands before it, or 1: "mil" */
    ATOM_FOLLOWER,   /* multiplies, and never stands alone: "k", "cientos" */
    ATOM_BUNCH       /* multiplies and ends the number: "docena" */
};

/* A word that is a number, or a part of one. */
struct atom {
    struct slice word, sound;
    unsigned char class; /* of its sound */
    int64_t value;
    enum atom_kind kind;
    bool slang; /* "palo": a million to most */
};

enum element_kind { ELEMENT_WORDS, ELEMENT_ANY, ELEMENT_NUMBER, ELEMENT_GAP, ELEMENT_END };

struct element {
    enum element_kind kind;
    bool optional;
    uint16_t bit; /* WORDS */
};

struct lexicon_row {
    struct slice form;  /* as written, of NAMES one name */
    struct slice value; /* canonical */
    int number;         /* the value as such; where it is one of a table's own, its place among those */
    double confidence;  /* 0 to 1 */
    bool from_start;    /* "^" */
    bool any_order;     /* "&": each element is needed but the last, which has the words that may stand around */
    const struct element *elements;
    size_t element_count;
};

/* A word written in the file, of the ways to match it; what it sets. */
struct literal {
    struct slice text, sound; /* without its signs */
    unsigned char class;      /* of the sound */
    const uint16_t *bits;     /* in order */
    size_t bit_count;
};

/* A word long enough to be met with a slip, as most that it is not are told from it: by the letters that it has. */
struct long_word {
    uint32_t letters; /* as bits */
    uint16_t literal;
};

/* A word of the file, for who looks for those that a misspelt one may be. */
struct near_word {
    uint32_t letters; /* as bits */
    uint16_t known;   /* its place */
};

/* The words of one sound class, by the way they are matched. */
struct literals {
    const struct literal *sounding, *beginning;
    size_t sounding_count, beginning_count;
    uint16_t longs[SOUND_BYTES + 2]; /* of long_words: where those of so many sounds begin */
};

/* Literals by a key of theirs, which is met from its first letter on. */
struct literal_index {
    const uint16_t *slots; /* of a hash table: place in literals and 1; 0 empty. NULL without any */
    uint32_t mask;
    uint64_t lengths; /* that keys have, as bits */
};

/* What a token fits. Most limbs are zero: `limbs` has a bit for each that is not, and the others are anything. */
struct fits {
    uint64_t limbs[LEXICON_GROUPS];
    uint64_t bits[LEXICON_LIMBS];
};

/* Makes it nothing. */
static inline void fits_clear(struct fits *fits)
{
    for (size_t group = 0; group < LEXICON_GROUPS; group++)
        fits->limbs[group] = 0;
}

/* Tells whether it is nothing. */
static inline bool fits_nothing(const struct fits *fits)
{
    uint64_t any = 0;
    for (size_t group = 0; group < LEXICON_GROUPS; group++)
        any |= fits->limbs[group];
    return any == 0;
}

/* Gives a limb of what is fitted. */
static inline uint64_t fits_limb(const struct fits *fits, size_t limb)
{
    return fits->limbs[limb / 64] >> limb % 64 & 1 ? fits->bits[limb] : 0;
}

/* Adds bits of a limb. */
static inline void fits_add(struct fits *fits, size_t limb, uint64_t bits)
{
    fits->bits[limb] = fits_limb(fits, limb) | bits;
    fits->limbs[limb / 64] |= UINT64_C(1) << limb % 64;
}

/* Tells whether a bit is fitted. */
static inline bool fits_has(const struct fits *fits, size_t bit)
{
    return fits_limb(fits, bit / 64) >> bit % 64 & 1;
}

/* A word of the file as a token: what looking it up gives, found out before. */
struct known {
    struct slice text, sound;
    unsigned char class;
    struct stem stem;
    const struct fits *fits; /* of a word that sets many bits; NULL: they are set one by one */
    const uint16_t *bits;
    size_t bit_count;
    uint16_t slips[LEXICON_SLIPS_MAX];
    size_t slip_count;
    const struct atom *parts[NUMBER_PARTS_MAX]; /* the number that it is */
    size_t part_count;
};

struct abbreviation {
    struct slice written, meant;
};

/* Words that are written as one with a short word before them: "nose", "deacuerdo". */
struct joined {
    struct slice first;
    const struct slice *others; /* one of these must be all of the rest */
    size_t count;
};

#define SOUND_CLASSES 32
#define LEXICON_WRITTEN 4096 /* bits */

struct lexicon {
    bool spelt_by_ear; /* letters are mixed up as Spanish does (sound.h) */
    const struct lexicon_row *rows;
    size_t tables[TABLE_COUNT + 1]; /* the first row of each, and behind the last */
    struct fits keyless;            /* rows that no word tells of */
    size_t first_element;           /* bit */
    const struct literal *literals; /* all */
    struct literals by_class[SOUND_CLASSES];
    const struct long_word *long_words; /* by class, then by the number of their sounds */
    struct literal_index sounding, beginning_text, beginning_sound;
    const struct known *known;
    const uint32_t *slots; /* of a hash table: place in known and 1; 0 empty */
    uint32_t slot_mask;
    const struct near_word *near_words; /* of known, by class, then by the number of letters */
    uint16_t near_from[SOUND_CLASSES][NEAR_LETTERS_MAX + 2];
    const struct atom *atoms;             /* by class */
    size_t atoms_from[SOUND_CLASSES + 1]; /* the first of each, and behind the last */
    const struct abbreviation *abbreviations;
    size_t abbreviation_count;
    const struct joined *joined;
    size_t joined_count;
    uint64_t written[LEXICON_WRITTEN / 64]; /* abbreviations and joined words, as bits; few others share one */
    struct endings endings;
    uint32_t number_links; /* letters that may stand between numbers written as one ("treintaicinco"), as bits */
};

struct lexed;
struct token;

/* Finds the words of the file that a word of a message may be that is not written as one of them: one edit apart, from
 * the same sound on. Returns how many it gave; further ones than `room` are not seen. */
size_t lexicon_near(const struct lexicon *lexicon, const struct token *token, const struct known **out, size_t room);

/* Tells whether a word is another form of one, by so many letters that it begins with: "escriban" of "escrib*". */
bool lexicon_inflects(const struct lexicon *lexicon, const struct token *token);

/* Tells whether a word is written as none of the file, sounds as none, and is no plural or diminutive of one. */
bool lexicon_misspells(const struct lexicon *lexicon, const struct token *token);

/* Finds a word of the file by its very letters. Returns NULL when it is none. */
const struct known *lexicon_known(const struct lexicon *lexicon, struct slice text);

/* Gives the bit in `written` of a word, which has a letter at least, by its length, its ends and its middle. */
static inline size_t lexicon_written_bit(struct slice word)
{
    uint32_t ends = (unsigned char)word.ptr[0] | (uint32_t)(unsigned char)word.ptr[word.len - 1] << 8;
    uint32_t middle = (uint32_t)(unsigned char)word.ptr[word.len / 2] << 16 | (uint32_t)word.len << 24;
    return (ends | middle) * UINT32_C(0x9E3779B1) >> 20;
}

/* Tells whether a word may be an abbreviation, or two words written as one. */
static inline bool lexicon_may_mean_other(const struct lexicon *lexicon, struct slice word)
{
    size_t bit = lexicon_written_bit(word);
    return lexicon->written[bit / 64] >> bit % 64 & 1;
}

/* Sets what a token fits, by its text, sound, class and what is known of it: in *token, and where nobody found it out
 * before in *out, which must live as long as the token. */
void lexicon_look(const struct lexicon *lexicon, struct token *token, struct fits *out);

/* Writes a word's key: how it sounds, where the language is spelt by ear; else its letters. Returns its bytes. */
size_t lexicon_sound(const struct lexicon *lexicon, struct slice word, char out[SOUND_BYTES]);

/* Gives the letters of a key, as bits. */
uint32_t lexicon_letters(struct slice sound);

/* Gives the hash of a key that has one letter more; KEY_HASH is that of the empty one. */
#define KEY_HASH 2166136261u
static inline uint32_t key_hash_on(uint32_t hash, char letter)
{
    return (hash ^ (unsigned char)letter) * 16777619u;
}

/* What was matched. */
struct row_match {
    const struct lexicon_row *row;
    size_t first, end; /* tokens matched: from first to before end */
    double confidence; /* the row's, less the slips */
};

/* Finds the first row of a table, from the row `from` of it on, that matches. Returns false, with *out unchanged, when
 * none does. */
bool lexicon_find(enum table table, size_t from, const struct lexed *lexed, struct row_match *out);

/* Tells whether one of a table's forms matches. */
bool lexicon_has(enum table table, const struct lexed *lexed);

/* Gives the rows of a table, and how many there are; NULL for none. */
const struct lexicon_row *lexicon_rows(const struct lexicon *lexicon, enum table table, size_t *count);

/* Gives the first row of a table of single words that a token fits, or NULL. */
const struct lexicon_row *lexicon_row_of(enum table table, const struct lexed *lexed, const struct token *token);

/* Finds the rows of a table, from `from` on, whose key some token fits, or one of the whole message's where this is a
 * part of it: whether a row matches is still to be seen. Returns the row's place, or the table's count when there is
 * none. */
size_t lexicon_next(enum table table, size_t from, const struct lexed *lexed);

/* Matches a row's form at token `at` and no other. On true *end is the token behind it, and *confidence has lost what
 * slips cost; otherwise both are as they were. */
bool lexicon_row_at(const struct lexicon_row *row, const struct lexed *lexed, size_t at, size_t *end,
                    double *confidence);

#endif
