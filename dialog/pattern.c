#include "dialog/pattern.h"

#include <endian.h>
#include <string.h>

#include "base/suggest.h"
#include "dialog/sound.h"

#define SLIP_SOUNDS 6 /* words of fewer sounds have too many neighbours to forgive a slip */
#define TWO_SLIPS_SOUNDS 11
#define GAP_MAX 3

/* One element of a form, and what follows it. */
struct element_text {
    struct slice words;
    bool optional;
    struct slice rest;
};

static struct element_text first_element(struct slice form)
{
    struct element_text element = {0};
    slice_cut(&form, ' ', &element.words);
    element.rest = form;
    size_t len = element.words.len;
    if (len > 1 && element.words.ptr[len - 1] == '?') {
        element.optional = true;
        element.words.len--;
    }
    return element;
}

/* Gives where the first bar of the bytes is, or `end`: eight at a time, for most of all words are passed over. */
static inline const char *find_bar(const char *at, const char *end)
{
    const uint64_t ones = 0x0101010101010101u;
    uint64_t eight;
    for (; end - at >= (ptrdiff_t)sizeof(eight); at += sizeof(eight)) {
        memcpy(&eight, at, sizeof(eight));
        eight = le64toh(eight) ^ ones * '|';
        uint64_t bars = (eight - ones) & ~eight & ones << 7; /* the lowest bit that is set is a bar's */
        if (bars)
            return at + __builtin_ctzll(bars) / 8;
    }
    while (at < end && *at != '|')
        at++;
    return at;
}

/* Gives the word of "a|b|c" that begins at `at`. */
static struct slice word_from(struct slice words, size_t at)
{
    const char *from = words.ptr + at;
    return (struct slice){from, (size_t)(find_bar(from, words.ptr + words.len) - from)};
}

static bool starts_with(struct slice text, struct slice prefix)
{
    return text.len >= prefix.len && slice_eq(slice_part(text, 0, prefix.len), prefix);
}

static bool sounds_alike(struct slice word, struct slice sound)
{
    char key[SOUND_BYTES];
    if (word.len < SLIP_SOUNDS || sound.len < SLIP_SOUNDS)
        return !sound_ends_otherwise(word, sound) && sound_compare(word, sound) == SOUND_SAME;
    if (sound.len > word.len + 2) /* more slips than are forgiven: a key is no longer than its word */
        return false;
    struct slice own = {key, sound_of(word, key)};
    if (slice_eq(own, sound))
        return true;
    size_t shorter = own.len < sound.len ? own.len : sound.len, longer = own.len + sound.len - shorter;
    unsigned slips = shorter < TWO_SLIPS_SOUNDS ? 1 : 2;
    return shorter >= SLIP_SOUNDS && longer - shorter <= slips && edit_distance(own, sound, slips) <= slips;
}

static bool fits_word(const struct lexicon *lexicon, struct slice word, const struct token *token)
{
    if (word.len == 0)
        return false;
    if (word.len > 1 && word.ptr[0] == '=')
        return slice_eq(slice_part(word, 1, word.len), token->text);
    bool prefix = word.len > 1 && word.ptr[word.len - 1] == '*';
    word.len -= prefix;
    if (slice_eq(word, token->text))
        return true;
    if (token->sound.len == 0 || sound_class(word) != token->class)
        return false;
    if (token->stem.sound.len && stem_is_of(lexicon, &token->stem, word))
        return true;
    if (prefix)
        return starts_with(token->text, word) || sound_compare(word, token->sound) != SOUND_OTHER;
    return sounds_alike(word, token->sound);
}

static bool fits_words(const struct lexicon *lexicon, struct slice words, const struct token *token)
{
    const char *at = words.ptr, *end = words.ptr + words.len;
    char first = token->text.len ? token->text.ptr[0] : '\0';
    while (at < end) {
        unsigned char class = sound_class_of(*at);
        const char *bar = find_bar(at, end);
        bool may_fit = class == token->class || class == 0 || *at == first; /* most words end at their first letter */
        if (may_fit && fits_word(lexicon, (struct slice){at, (size_t)(bar - at)}, token))
            return true;
        at = bar + 1;
    }
    return false;
}

static bool fits_element(const struct lexicon *lexicon, struct slice words, const struct token *token)
{
    if (words.len == 1 && words.ptr[0] == '.')
        return true;
    if (words.len == 1 && words.ptr[0] == '#')
        return token->kind == TOKEN_NUMBER;
    return fits_words(lexicon, words, token);
}

static size_t skip_pauses(const struct lexed *lexed, size_t i)
{
    while (i < lexed->count && lexed->tokens[i].pause)
        i++;
    return i;
}

/* Matches a form at token i. Recursion is as deep as the form is long; a form has few gaps (flow_alerts.c). */
static bool match(struct slice form, const struct lexed *lexed, size_t i)
{
    if (!form.ptr || form.len == 0)
        return true;
    struct element_text element = first_element(form);
    size_t at = skip_pauses(lexed, i);
    if (element.words.len == 1 && element.words.ptr[0] == '$')
        return at == lexed->count && match(element.rest, lexed, i);
    if (element.words.len == 2 && element.words.ptr[0] == '.' && element.words.ptr[1] == '.') {
        for (size_t gap = 0; gap <= GAP_MAX && i + gap <= lexed->count; gap++)
            if (match(element.rest, lexed, i + gap))
                return true;
        return false;
    }
    if (at < lexed->count && fits_element(lexed->lexicon, element.words, &lexed->tokens[at]) &&
        match(element.rest, lexed, at + 1))
        return true;
    return element.optional && match(element.rest, lexed, i);
}

#define ANY_CLASS UINT32_MAX

static uint32_t class_bit(unsigned char class)
{
    return UINT32_C(1) << (class & 31);
}

/* Gives the sound class of the tokens that a word as it is written fits, as a bit. */
static uint32_t classes_of_word(struct slice word)
{
    if (word.len > 1 && word.ptr[0] == '=')
        word = slice_part(word, 1, word.len);
    if (word.len == 0 || word.ptr[0] < 'a' || word.ptr[0] > 'z')
        return ANY_CLASS;
    word.len -= word.len > 1 && word.ptr[word.len - 1] == '*';
    return class_bit(sound_class(word));
}

/* Gives the sound classes of the tokens that an element's words fit, as bits. */
static uint32_t classes_of(struct slice words)
{
    uint32_t classes = 0;
    for (size_t at = 0; at <= words.len && classes != ANY_CLASS;) {
        struct slice word = word_from(words, at);
        at += word.len + 1;
        classes |= classes_of_word(word);
    }
    return classes;
}

static bool cut_start(struct slice *form)
{
    bool from_start = form->len > 1 && form->ptr[0] == '^' && form->ptr[1] == ' ';
    if (from_start)
        *form = (struct slice){form->ptr + 2, form->len - 2};
    return from_start;
}

/* Keeps the two narrowest of what is needed. */
static void need(struct gist *gist, uint32_t classes)
{
    int few = __builtin_popcount(classes);
    if (few < __builtin_popcount(gist->needs[0])) {
        gist->needs[1] = gist->needs[0];
        gist->needs[0] = classes;
    } else if (few < __builtin_popcount(gist->needs[1])) {
        gist->needs[1] = classes;
    }
}

struct gist pattern_gist(const char *form)
{
    struct gist gist = {.needs = {ANY_CLASS, ANY_CLASS}};
    struct slice rest = slice_of(form);
    bool from_start = cut_start(&rest), to_end = false, begun = false;
    size_t most = 0;
    while (rest.len > 0) {
        struct element_text element = first_element(rest);
        bool gap = slice_is(element.words, "..");
        rest = element.rest;
        to_end = slice_is(element.words, "$");
        if (to_end)
            break;
        uint32_t classes = classes_of(element.words);
        if (!begun)
            gist.begins |= classes;
        begun = begun || gap || !element.optional;
        gist.ends = classes | (element.optional && !gap ? gist.ends : 0);
        gist.least += !gap && !element.optional;
        most += gap ? GAP_MAX : 1;
        if (!gap && !element.optional)
            need(&gist, classes);
    }
    if (!begun)
        gist.begins = ANY_CLASS;
    if (!to_end || gist.least == 0)
        gist.ends = ANY_CLASS;
    gist.most = from_start && to_end && most < UINT8_MAX ? (uint8_t)most : UINT8_MAX;
    return gist;
}

/* A message at the same glance. */
struct glance {
    uint32_t said, first, last; /* classes: of all tokens, of the first and the last that is no pause */
    size_t count;               /* tokens, pauses apart */
};

static struct glance glance_at(const struct lexed *lexed)
{
    struct glance glance = {0};
    for (size_t i = 0; i < lexed->count; i++) {
        uint32_t class = class_bit(lexed->tokens[i].class);
        glance.said |= class;
        if (lexed->tokens[i].pause)
            continue;
        glance.last = class;
        if (glance.count++ == 0)
            glance.first = class;
    }
    return glance;
}

static bool may_match(const char *form, const struct gist *gist, const struct glance *glance)
{
    uint32_t begins = form[0] == '^' ? glance->first : glance->said;
    return glance->count >= gist->least && glance->count <= gist->most &&
           (gist->begins == ANY_CLASS || (gist->begins & begins)) &&
           (gist->ends == ANY_CLASS || (gist->ends & glance->last)) && (gist->needs[0] & glance->said) &&
           (gist->needs[1] & glance->said);
}

/* Tells whether a form matches, from tokens of the classes `begins` only. */
static bool matches(const char *written, uint32_t begins, const struct lexed *lexed)
{
    struct slice form = slice_of(written);
    size_t tries = cut_start(&form) && lexed->count ? 1 : lexed->count;
    for (size_t i = 0; i < tries; i++) {
        bool may_begin = form.ptr != written || (begins & class_bit(lexed->tokens[i].class));
        if (may_begin && match(form, lexed, i))
            return true;
    }
    return false;
}

bool pattern_has_any(const char *const *forms, const struct gist *gists, size_t count, const struct lexed *lexed)
{
    struct glance glance = glance_at(lexed);
    for (size_t i = 0; i < count; i++)
        if (may_match(forms[i], &gists[i], &glance) && matches(forms[i], gists[i].begins, lexed))
            return true;
    return false;
}

/* Gives the bytes of an element's shortest word: the longer, the fewer messages have one of them. */
static size_t shortest_word(struct slice words)
{
    size_t shortest = SIZE_MAX;
    for (size_t at = 0; at <= words.len;) {
        struct slice word = word_from(words, at);
        at += word.len + 1;
        shortest = word.len < shortest ? word.len : shortest;
    }
    return shortest;
}

/* Gives the words of the element that the fewest messages fit, of those that a match must have; none where there is
 * none, or no class tells of it. */
static struct slice rarest_element(struct slice form)
{
    struct slice rarest = SLICE_NONE;
    size_t longest = 0;
    cut_start(&form);
    while (form.len > 0) {
        struct element_text element = first_element(form);
        form = element.rest;
        size_t len = shortest_word(element.words);
        if (element.optional || len <= longest || classes_of(element.words) == ANY_CLASS)
            continue;
        rarest = element.words;
        longest = len;
    }
    return rarest;
}

static enum error add_key(struct arena *arena, struct slice word, struct pattern_keys *keys)
{
    char sound[SOUND_BYTES];
    int class = __builtin_ctz(classes_of_word(word));
    bool prefix = word.ptr[word.len - 1] == '*';
    struct slice bare = slice_part(word, word.ptr[0] == '=', word.len - prefix);
    struct slice key_sound = arena_copy(arena, (struct slice){sound, sound_of(bare, sound)});
    struct pattern_key *key = arena_bytes(arena, sizeof(*key));
    if (!key || !key_sound.ptr)
        return ERR_NOMEM;
    bool slips = !prefix && key_sound.len >= SLIP_SOUNDS;
    const struct pattern_key **same = slips ? &keys->longs[class] : &keys->by_class[class];
    *key = (struct pattern_key){word, bare, key_sound, lexicon_letters(key_sound), prefix, *same};
    *same = key;
    return OK;
}

enum error pattern_keys_add(struct arena *arena, const char *form, struct pattern_keys *keys)
{
    struct slice words = rarest_element(slice_of(form));
    enum error error = OK;
    keys->any = keys->any || words.len == 0;
    for (size_t at = 0; !error && words.len && at <= words.len;) {
        struct slice word = word_from(words, at);
        error = add_key(arena, word, keys);
        at += word.len + 1;
    }
    return error;
}

/* Tells whether a token sounds or is written as a key, or begins so where that is enough. */
static bool meets(const struct pattern_key *key, const struct token *token)
{
    struct slice own = key->sound, sound = token->sound;
    bool as_long = key->prefix ? own.len <= sound.len : own.len == sound.len;
    bool may = as_long && (own.len == 0 || own.ptr[own.len - 1] == sound.ptr[own.len - 1]); /* most end here */
    return (may && slice_eq(own, slice_part(sound, 0, own.len))) ||
           (key->prefix && starts_with(token->text, key->bare));
}

/* Tells whether a token with these letters may be a long key with a slip: most are told apart by their sounds' lengths
 * and letters. */
static bool may_slip(const struct lexicon *lexicon, const struct pattern_key *key, const struct token *token,
                     uint32_t letters)
{
    size_t own = key->sound.len, len = token->sound.len;
    uint32_t apart = key->letters ^ letters;
    for (int i = 0; i < 4; i++) /* of two slips */
        apart &= apart - 1;
    return own <= len + 2 && len <= own + 2 && !apart && fits_word(lexicon, key->word, token);
}

static bool may_fit(const struct pattern_keys *keys, const struct lexicon *lexicon, const struct token *token)
{
    const struct pattern_key *key;
    bool plain = token->sound.len > 0 && token->stem.sound.len == 0;
    for (key = keys->by_class[token->class & 31]; key; key = key->next)
        if (plain ? meets(key, token) : fits_word(lexicon, key->word, token))
            return true;
    if (plain && token->sound.len < SLIP_SOUNDS)
        return false;
    uint32_t letters = lexicon_letters(token->sound);
    for (key = keys->longs[token->class & 31]; key; key = key->next)
        if (plain ? meets(key, token) || may_slip(lexicon, key, token, letters) : fits_word(lexicon, key->word, token))
            return true;
    return false;
}

bool pattern_keys_may(const struct pattern_keys *keys, const struct lexed *lexed)
{
    for (size_t i = 0; i < lexed->count && !keys->any; i++)
        if (may_fit(keys, lexed->lexicon, &lexed->tokens[i]))
            return true;
    return keys->any;
}

bool pattern_has(const char *form, const struct lexed *lexed)
{
    return matches(form, ANY_CLASS, lexed);
}
