#include "dialog/endings.h"

#include "dialog/lexicon.h"

#define WHOLE_LEAST 5 /* of a word that loses nothing before it: "igual", "semanal", "meses" */

bool ends_as(const struct lexicon *lexicon, enum ending_kind kind, struct slice sound, struct slice *out)
{
    const struct ending_list *list = &lexicon->endings.lists[kind];
    for (size_t i = 0; i < list->count; i++) {
        struct slice ending = list->items[i];
        if (sound.len > ending.len && slice_ends(sound, ending)) {
            if (out)
                *out = ending;
            return true;
        }
    }
    return false;
}

static bool cut_small(const struct lexicon *lexicon, struct slice *sound)
{
    struct slice ending;
    if (!ends_as(lexicon, ENDINGS_SMALL, *sound, &ending) || sound->len < ending.len + STEM_LEAST)
        return false;
    sound->len -= ending.len;
    return true;
}

struct stem stem_of(const struct lexicon *lexicon, struct slice sound)
{
    const struct ending_list *others = &lexicon->endings.lists[ENDINGS_NOT_SMALL];
    struct stem stem = {.sound = SLICE_NONE};
    for (size_t i = 0; i < others->count; i++)
        if (slice_eq(sound, others->items[i]))
            return stem;
    if (ends_as(lexicon, ENDINGS_PLURAL, sound, &stem.plural))
        sound.len -= stem.plural.len;
    while (cut_small(lexicon, &sound))
        stem.sound = sound;
    return stem;
}

static bool is_vowel(char c)
{
    return c == 'a' || c == 'e' || c == 'i' || c == 'o' || c == 'u';
}

/* Tells whether a key is a stem and a vowel or two: "semana", "limpio". */
static bool is_with_vowels(struct slice key, struct slice stem)
{
    if (key.len <= stem.len || key.len > stem.len + 2 || !slice_eq(slice_part(key, 0, stem.len), stem))
        return false;
    return is_vowel(key.ptr[key.len - 1]) && (key.len == stem.len + 1 || key.ptr[stem.len] == 'i');
}

/* Tells whether a key is a beginning and one of the plural's endings. */
static bool is_plural_of(const struct lexicon *lexicon, struct slice key, struct slice beginning)
{
    const struct ending_list *list = &lexicon->endings.lists[ENDINGS_PLURAL];
    if (key.len < beginning.len || !slice_eq(slice_part(key, 0, beginning.len), beginning))
        return false;
    for (size_t i = 0; i < list->count; i++)
        if (slice_eq(slice_part(key, beginning.len, key.len), list->items[i]))
            return true;
    return false;
}

bool stem_is_of(const struct lexicon *lexicon, const struct stem *stem, struct slice word)
{
    char buffer[SOUND_BYTES];
    struct slice link;
    if (word.len < STEM_LEAST || word.len > SOUND_BYTES || word.ptr[0] == '=')
        return false;
    struct slice key = {buffer, lexicon_sound(lexicon, word, buffer)}, singular = key;
    if (key.len >= WHOLE_LEAST && slice_eq(key, stem->sound)) /* "meses" and "mesesitos", "igual" and "igualito" */
        return true;
    if (!slice_ends(key, stem->plural))
        return false;
    singular.len -= stem->plural.len;
    if (is_with_vowels(singular, stem->sound))
        return true;
    if (!ends_as(lexicon, ENDINGS_LINK, stem->sound, &link) || stem->sound.len - link.len < STEM_LEAST)
        return false;
    struct slice before = slice_part(stem->sound, 0, stem->sound.len - link.len); /* "sol" of "solcitos" */
    return slice_eq(singular, before) || (stem->plural.len > 0 && is_plural_of(lexicon, key, before));
}
