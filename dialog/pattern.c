#include "dialog/pattern.h"

#include <string.h>

#include "base/suggest.h"
#include "dialog/sound.h"

#define SLIP_SOUNDS 6 /* words of fewer sounds have too many neighbours to forgive a slip */
#define TWO_SLIPS_SOUNDS 11
#define GAP_MAX 3

#define ANY_CLASS UINT32_MAX

static uint32_t class_bit(unsigned char class)
{
    return UINT32_C(1) << (class & 31);
}

static bool starts_with(struct slice text, struct slice prefix)
{
    return text.len >= prefix.len && slice_eq(slice_part(text, 0, prefix.len), prefix);
}

static size_t count_of(struct slice text, char c)
{
    size_t count = 0;
    for (size_t i = 0; i < text.len; i++)
        count += text.ptr[i] == c;
    return count;
}

/* Reads a word as it is written. */
static enum error read_word(struct arena *arena, struct slice written, struct pattern_word *out)
{
    char sound[SOUND_BYTES];
    struct slice text = written;
    out->exact = written.len > 1 && written.ptr[0] == '=';
    text = slice_part(text, out->exact, text.len);
    out->prefix = text.len > 1 && text.ptr[text.len - 1] == '*';
    if (out->prefix && !out->exact) /* what is met letter by letter has no other signs */
        text.len--;
    out->text = text;
    out->class = sound_class(text);
    out->sound = arena_copy(arena, (struct slice){sound, sound_of(text, sound)});
    out->letters = lexicon_letters(out->sound);
    return out->sound.ptr ? OK : ERR_NOMEM;
}

/* Gives the sound class of the tokens that a word fits, as a bit; all where it begins with no letter. */
static uint32_t classes_of(const struct pattern_word *word)
{
    bool letter = word->text.len && word->text.ptr[0] >= 'a' && word->text.ptr[0] <= 'z';
    return letter ? class_bit(word->class) : ANY_CLASS;
}

static enum element_kind kind_of(struct slice words)
{
    static const struct {
        const char *sign;
        enum element_kind kind;
    } rows[] = {{".", ELEMENT_ANY}, {"#", ELEMENT_NUMBER}, {"..", ELEMENT_GAP}, {"$", ELEMENT_END}};
    for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++)
        if (slice_is(words, rows[i].sign))
            return rows[i].kind;
    return ELEMENT_WORDS;
}

/* Reads one element; its words are put from *words on. */
static enum error read_element(struct arena *arena, struct slice written, struct pattern_word **words,
                               struct pattern_element *out)
{
    struct slice word;
    enum error error = OK;
    out->optional = written.len > 1 && written.ptr[written.len - 1] == '?';
    written.len -= out->optional;
    out->kind = kind_of(written);
    out->words = *words;
    out->word_count = 0;
    out->classes = 0;
    while (!error && slice_cut(&written, '|', &word)) {
        error = read_word(arena, word, *words);
        out->classes |= classes_of(*words);
        out->word_count++;
        ++*words;
    }
    return error;
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

static struct gist gist_of(const struct pattern *pattern)
{
    struct gist gist = {.needs = {ANY_CLASS, ANY_CLASS}};
    bool to_end = false, begun = false;
    size_t most = 0;
    for (size_t i = 0; i < pattern->element_count && !to_end; i++) {
        const struct pattern_element *element = &pattern->elements[i];
        bool gap = element->kind == ELEMENT_GAP;
        to_end = element->kind == ELEMENT_END;
        if (to_end)
            continue;
        if (!begun)
            gist.begins |= element->classes;
        begun = begun || gap || !element->optional;
        gist.ends = element->classes | (element->optional && !gap ? gist.ends : 0);
        gist.least += !gap && !element->optional;
        most += gap ? GAP_MAX : 1;
        if (!gap && !element->optional)
            need(&gist, element->classes);
    }
    if (!begun)
        gist.begins = ANY_CLASS;
    if (!to_end || gist.least == 0)
        gist.ends = ANY_CLASS;
    gist.most = pattern->from_start && to_end && most < UINT8_MAX ? (uint8_t)most : UINT8_MAX;
    return gist;
}

enum error pattern_read(struct arena *arena, const char *form, struct pattern *out)
{
    struct slice rest = slice_of(form), written;
    enum error error = OK;
    out->from_start = slice_starts(rest, "^ ");
    rest = slice_part(rest, out->from_start ? 2 : 0, rest.len);
    size_t blanks = count_of(rest, ' ') + 1, bars = count_of(rest, '|');
    struct pattern_element *elements = arena_array(arena, blanks, sizeof(*elements));
    struct pattern_word *words = arena_array(arena, blanks + bars, sizeof(*words));
    if (!elements || !words)
        return ERR_NOMEM;
    out->elements = elements;
    out->element_count = 0;
    while (!error && rest.len > 0 && slice_cut(&rest, ' ', &written))
        error = read_element(arena, written, &words, &elements[out->element_count++]);
    out->gist = gist_of(out);
    return error;
}

static bool sounds_alike(const struct pattern_word *word, struct slice sound)
{
    struct slice own = word->sound;
    if (slice_eq(own, sound))
        return true;
    if (word->text.len < SLIP_SOUNDS || sound.len < SLIP_SOUNDS)
        return false;
    size_t shorter = own.len < sound.len ? own.len : sound.len, longer = own.len + sound.len - shorter;
    unsigned slips = shorter < TWO_SLIPS_SOUNDS ? 1 : 2;
    return shorter >= SLIP_SOUNDS && longer - shorter <= slips && edit_distance(own, sound, slips) <= slips;
}

static bool fits_word(const struct lexicon *lexicon, const struct pattern_word *word, const struct token *token)
{
    if (word->text.len == 0)
        return false;
    if (slice_eq(word->text, token->text))
        return true;
    if (word->exact || token->sound.len == 0 || word->class != token->class)
        return false;
    if (token->stem.sound.len && stem_is_of(lexicon, &token->stem, word->text))
        return true;
    if (word->prefix)
        return starts_with(token->text, word->text) || starts_with(token->sound, word->sound);
    return sounds_alike(word, token->sound);
}

static bool fits_element(const struct lexicon *lexicon, const struct pattern_element *element,
                         const struct token *token)
{
    if (element->kind == ELEMENT_ANY)
        return true;
    if (element->kind == ELEMENT_NUMBER)
        return token->kind == TOKEN_NUMBER;
    if (!token->exchanged && !(element->classes & class_bit(token->class))) /* that one has another word's class */
        return false;
    for (size_t i = 0; i < element->word_count; i++)
        if (fits_word(lexicon, &element->words[i], token))
            return true;
    return false;
}

/* Matches elements at token i. Recursion is as deep as the form is long; a form has few gaps (flow_alerts.c). */
static bool match(const struct pattern_element *elements, size_t count, const struct lexed *lexed, size_t i)
{
    size_t at = i;
    if (count == 0)
        return true;
    while (at < lexed->count && lexed->tokens[at].pause)
        at++;
    if (elements->kind == ELEMENT_END)
        return at == lexed->count && match(elements + 1, count - 1, lexed, i);
    if (elements->kind == ELEMENT_GAP) {
        for (size_t gap = 0; gap <= GAP_MAX && i + gap <= lexed->count; gap++)
            if (match(elements + 1, count - 1, lexed, i + gap))
                return true;
        return false;
    }
    if (at < lexed->count && fits_element(lexed->lexicon, elements, &lexed->tokens[at]) &&
        match(elements + 1, count - 1, lexed, at + 1))
        return true;
    return elements->optional && match(elements + 1, count - 1, lexed, i);
}

struct glance pattern_glance(const struct lexed *lexed)
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

static bool may_match(const struct pattern *pattern, const struct glance *glance)
{
    const struct gist *gist = &pattern->gist;
    uint32_t begins = pattern->from_start ? glance->first : glance->said;
    return glance->count >= gist->least && glance->count <= gist->most &&
           (gist->begins == ANY_CLASS || (gist->begins & begins)) &&
           (gist->ends == ANY_CLASS || (gist->ends & glance->last)) && (gist->needs[0] & glance->said) &&
           (gist->needs[1] & glance->said);
}

static bool matches(const struct pattern *pattern, const struct lexed *lexed)
{
    size_t tries = pattern->from_start && lexed->count ? 1 : lexed->count;
    for (size_t i = 0; i < tries; i++) {
        bool may_begin = pattern->from_start || (pattern->gist.begins & class_bit(lexed->tokens[i].class));
        if (may_begin && match(pattern->elements, pattern->element_count, lexed, i))
            return true;
    }
    return false;
}

bool pattern_has_any(const struct pattern *patterns, size_t count, const struct lexed *lexed,
                     const struct glance *glance)
{
    for (size_t i = 0; i < count; i++)
        if (may_match(&patterns[i], glance) && matches(&patterns[i], lexed))
            return true;
    return false;
}

/* Gives the bytes of an element's shortest word: the longer, the fewer messages have one of them. */
static size_t shortest_word(const struct pattern_element *element)
{
    size_t shortest = SIZE_MAX;
    for (size_t i = 0; i < element->word_count; i++)
        if (element->words[i].text.len < shortest)
            shortest = element->words[i].text.len;
    return shortest;
}

/* Gives the element that the fewest messages fit, of those that a match must have; NULL where there is none, or no
 * class tells of it. */
static const struct pattern_element *rarest_element(const struct pattern *form)
{
    const struct pattern_element *rarest = NULL;
    size_t longest = 0;
    for (size_t i = 0; i < form->element_count; i++) {
        const struct pattern_element *element = &form->elements[i];
        size_t len = shortest_word(element);
        if (element->optional || len <= longest || element->classes == ANY_CLASS)
            continue;
        rarest = element;
        longest = len;
    }
    return rarest;
}

static enum error add_key(struct arena *arena, const struct pattern_word *word, struct pattern_keys *keys)
{
    struct pattern_key *key = arena_bytes(arena, sizeof(*key));
    if (!key)
        return ERR_NOMEM;
    bool slips = !word->prefix && word->sound.len >= SLIP_SOUNDS;
    const struct pattern_key **same = slips ? &keys->longs[word->class & 31] : &keys->by_class[word->class & 31];
    *key = (struct pattern_key){word, *same};
    *same = key;
    return OK;
}

enum error pattern_keys_add(struct arena *arena, const struct pattern *form, struct pattern_keys *keys)
{
    const struct pattern_element *element = rarest_element(form);
    enum error error = OK;
    keys->any = keys->any || !element;
    for (size_t i = 0; element && !error && i < element->word_count; i++)
        error = add_key(arena, &element->words[i], keys);
    return error;
}

/* Tells whether a token sounds or is written as a key, or begins so where that is enough. */
static inline bool meets(const struct pattern_word *key, const struct token *token)
{
    struct slice own = key->sound, sound = token->sound;
    bool as_long = key->prefix ? own.len <= sound.len : own.len == sound.len;
    bool may = as_long && (own.len == 0 || own.ptr[own.len - 1] == sound.ptr[own.len - 1]); /* most end here */
    return (may && slice_eq(own, slice_part(sound, 0, own.len))) ||
           (key->prefix && starts_with(token->text, key->text));
}

/* Tells whether a token with these letters may be a long key with a slip: most are told apart by their sounds' lengths
 * and letters. */
static bool may_slip(const struct lexicon *lexicon, const struct pattern_word *key, const struct token *token,
                     uint32_t letters)
{
    size_t own = key->sound.len, len = token->sound.len;
    uint32_t apart = key->letters ^ letters;
    for (int i = 0; i < 4; i++) /* of two slips */
        apart &= apart - 1;
    return own <= len + 2 && len <= own + 2 && !apart && fits_word(lexicon, key, token);
}

static bool may_fit(const struct pattern_keys *keys, const struct lexicon *lexicon, const struct token *token)
{
    const struct pattern_key *key;
    bool plain = token->sound.len > 0 && token->stem.sound.len == 0;
    for (key = keys->by_class[token->class & 31]; key; key = key->next)
        if (plain ? meets(key->word, token) : fits_word(lexicon, key->word, token))
            return true;
    if (plain && token->sound.len < SLIP_SOUNDS)
        return false;
    uint32_t letters = lexicon_letters(token->sound);
    for (key = keys->longs[token->class & 31]; key; key = key->next)
        if (plain ? meets(key->word, token) || may_slip(lexicon, key->word, token, letters)
                  : fits_word(lexicon, key->word, token))
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
