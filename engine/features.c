#include "engine/features.h"

#include <math.h>
#include <string.h>

#include "base/utf8.h"

#define GRAM_MIN 2
#define GRAM_MAX 5
#define SOUND_MAX (FEATURES_TEXT_MAX + 2)
#define SEEN_SLOTS 4096u /* a power of two, at least twice FEATURES_MAX */

_Static_assert(FEATURES_TEXT_MAX * 4 + FEATURES_WORDS_MAX * 2 <= FEATURES_MAX,
               "every feature of the longest text has room");
_Static_assert(SEEN_SLOTS >= 2 * FEATURES_MAX, "the table stays half empty");
_Static_assert((FEATURES_DIMENSION & (FEATURES_DIMENSION - 1)) == 0, "the dimension is a power of two");
_Static_assert(FEATURES_WORDS_MAX <= FEATURES_PAIR, "a word's number leaves room for the pair's mark");

/* Seeds that keep words, pairs and parts of words from meeting by design. */
enum { SEED_WORD = 0x5bd1e995, SEED_PAIR = 0x27d4eb2f, SEED_PART = 0x165667b1 };

struct maker {
    struct features *out;
    uint16_t seen[SEEN_SLOTS]; /* item number + 1, by index; 0 is free */
};

static uint32_t hash_byte(uint32_t hash, char byte)
{
    return (hash ^ (unsigned char)byte) * 0x01000193u;
}

static uint32_t hash_slice(uint32_t hash, struct slice s)
{
    for (size_t i = 0; i < s.len; i++)
        hash = hash_byte(hash, s.ptr[i]);
    return hash;
}

/* Mixes FNV's bits so that the low ones are good, and cuts them to the dimension. */
static uint32_t hash_index(uint32_t hash)
{
    hash = (hash ^ (hash >> 15)) * 0x2c1b3c6du;
    hash = (hash ^ (hash >> 12)) * 0x297a2d39u;
    return (hash ^ (hash >> 15)) & (FEATURES_DIMENSION - 1);
}

/* Notes that a feature is there; one that is there already counts once. */
static void add(struct maker *maker, uint32_t hash, float value, size_t word)
{
    struct features *out = maker->out;
    uint32_t index = hash_index(hash), slot = index & (SEEN_SLOTS - 1);
    for (; maker->seen[slot]; slot = (slot + 1) & (SEEN_SLOTS - 1))
        if (out->items[maker->seen[slot] - 1].index == index)
            return;
    if (out->count == FEATURES_MAX)
        return;
    out->word[out->count] = (uint8_t)word;
    out->items[out->count++] = (struct feature){index, value};
    maker->seen[slot] = (uint16_t)out->count;
}

/* Folded Spanish and Quechua are ASCII; what is not (opening marks, emoji) parts words. */
static bool is_word_byte(char c)
{
    return (c >= 'a' && c <= 'z') || (c >= '0' && c <= '9');
}

static bool is_soft(char c)
{
    return c == 'e' || c == 'i';
}

/* Gives how the letters at `i` sound, one byte, and how many of them that takes; 0 for a silent one. */
static char sound_at(struct slice word, size_t i, size_t *taken)
{
    char c = word.ptr[i], next = i + 1 < word.len ? word.ptr[i + 1] : 0;
    char third = i + 2 < word.len ? word.ptr[i + 2] : 0;
    *taken = 1;
    switch (c) {
    case 'v':
        return 'b';
    case 'z':
        return 's';
    case 'h':
        return 0;
    case 'l':
        *taken = next == 'l' ? 2 : 1;
        return next == 'l' ? 'y' : 'l';
    case 'c':
        *taken = next == 'h' ? 2 : 1;
        return next == 'h' ? 'C' : is_soft(next) ? 's' : 'k';
    case 'q':
        *taken = next == 'u' && is_soft(third) ? 2 : 1;
        return 'k';
    case 'g':
        *taken = next == 'u' && is_soft(third) ? 2 : 1;
        return is_soft(next) ? 'j' : 'g';
    default:
        return c >= '0' && c <= '9' ? '0' : c;
    }
}

/* Spells a word the way it sounds in Peru: seseo, yeismo, b as v, no h, no doubled letters; all digits alike. */
static struct slice sound(struct slice word, char *out)
{
    size_t len = 0, taken;
    for (size_t i = 0; i < word.len; i += taken) {
        char c = sound_at(word, i, &taken);
        if (c && (len == 0 || out[len - 1] != c))
            out[len++] = c;
    }
    return (struct slice){out, len};
}

/* Adds every run of 2 to 5 characters of a word between blanks that mark its ends. */
static void add_parts(struct maker *maker, struct slice spelt, size_t word)
{
    for (size_t start = 0; start + GRAM_MIN <= spelt.len; start++) {
        uint32_t hash = SEED_PART;
        for (size_t n = 1; n <= GRAM_MAX && start + n <= spelt.len; n++) {
            hash = hash_byte(hash, spelt.ptr[start + n - 1]);
            if (n >= GRAM_MIN)
                add(maker, hash, 1, word);
        }
    }
}

static void add_word(struct maker *maker, size_t word, uint32_t *previous)
{
    char spelt[SOUND_MAX];
    spelt[0] = ' ';
    struct slice heard = sound(features_word(maker->out, word), spelt + 1);
    uint32_t hash = hash_slice(SEED_WORD, heard);
    add(maker, hash, 1, word);
    if (word > 0)
        add(maker, hash_slice(*previous ^ SEED_PAIR, heard), 1, (word - 1) | FEATURES_PAIR);
    spelt[heard.len + 1] = ' ';
    add_parts(maker, (struct slice){spelt, heard.len + 2}, word);
    *previous = hash;
}

static void find_words(struct features *out, size_t len)
{
    for (size_t i = 0; i < len && out->word_count < FEATURES_WORDS_MAX;) {
        size_t start = i;
        while (i < len && is_word_byte(out->text[i]))
            i++;
        if (i > start)
            out->words[out->word_count++] = (struct feature_word){(uint16_t)start, (uint16_t)(i - start)};
        else
            i++;
    }
}

void features_of_text(struct slice text, struct features *out)
{
    struct maker maker;
    uint32_t previous = 0;
    double sum = 0;
    memset(maker.seen, 0, sizeof(maker.seen));
    maker.out = out;
    out->count = 0;
    out->word_count = 0;
    find_words(out, utf8_fold(text, out->text, sizeof(out->text)));
    for (size_t i = 0; i < out->word_count; i++)
        add_word(&maker, i, &previous);
    for (size_t i = 0; i < out->count; i++)
        sum += (double)(out->items[i].value * out->items[i].value);
    const float length = (float)sqrt(sum);
    for (size_t i = 0; i < out->count; i++)
        out->items[i].value /= length;
}

struct slice features_word(const struct features *features, size_t word)
{
    return (struct slice){features->text + features->words[word].start, features->words[word].len};
}

void features_shares(const struct features *features, const struct linear *model, size_t class_index, double *share)
{
    memset(share, 0, FEATURES_WORDS_MAX * sizeof(*share));
    for (size_t i = 0; i < features->count; i++) {
        size_t word = features->word[i] & (FEATURES_PAIR - 1);
        double weight = linear_weight(model, features->items[i].index, class_index) * (double)features->items[i].value;
        if (features->word[i] & FEATURES_PAIR) {
            share[word] += weight / 2;
            share[word + 1] += weight / 2;
        } else {
            share[word] += weight;
        }
    }
}
