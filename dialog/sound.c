#include "dialog/sound.h"

static char letter(struct slice word, size_t i)
{
    return i < word.len ? word.ptr[i] : '\0';
}

static bool is_vowel(char c)
{
    return c == 'a' || c == 'e' || c == 'i' || c == 'o' || c == 'u';
}

static bool softens(char c)
{
    return c == 'e' || c == 'i';
}

/* Gives the sound that begins at *i and moves past its letters; '\0' for a silent letter. */
static char next_sound(struct slice word, size_t *i)
{
    char c = letter(word, *i), after = letter(word, *i + 1), third = letter(word, *i + 2);
    *i += 1;
    switch (c) {
    case 'h':
        return '\0';
    case 'v':
        return 'b';
    case 'z':
    case 'x':
        return 's';
    case 'w':
        return 'u';
    case 'j':
        return 'j';
    case 'c':
        if (after == 'h') {
            *i += 1;
            return 'C';
        }
        return softens(after) ? 's' : 'k';
    case 'q':
        *i += after == 'u' && softens(third);
        return 'k';
    case 'g':
        *i += after == 'u' && softens(third);
        return softens(after) ? 'j' : 'g';
    case 'l':
        *i += after == 'l';
        return after == 'l' ? 'y' : 'l';
    case 'y':
        return is_vowel(after) ? 'y' : 'i';
    case 'n': /* "anios", "senior": how phones without a tilde are made to say it */
        *i += after == 'i' && is_vowel(third);
        return after == 'b' || after == 'p' || after == 'v' ? 'm' : 'n';
    default:
        return c;
    }
}

size_t sound_of(struct slice word, char *out)
{
    size_t used = 0;
    for (size_t i = 0; i < word.len && used < SOUND_BYTES;) {
        char sound = next_sound(word, &i);
        if (sound && (used == 0 || out[used - 1] != sound))
            out[used++] = sound;
    }
    return used;
}

enum sound_likeness sound_compare(struct slice word, struct slice sound)
{
    size_t used = 0;
    char last = '\0';
    for (size_t i = 0; i < word.len && used < SOUND_BYTES;) {
        char next = next_sound(word, &i);
        if (!next || next == last)
            continue;
        if (used == sound.len || sound.ptr[used] != next)
            return SOUND_OTHER;
        used++;
        last = next;
    }
    return used == sound.len ? SOUND_SAME : SOUND_BEGINS;
}

#define STEM_LEAST 3  /* sounds before "ito" */
#define WHOLE_LEAST 5 /* of a word that loses nothing before it: "igual", "semanal", "meses" */

static bool cut_end(struct slice *sound, const char *end)
{
    struct slice ending = slice_of(end);
    if (sound->len < ending.len + STEM_LEAST ||
        !slice_eq(slice_part(*sound, sound->len - ending.len, sound->len), ending))
        return false;
    sound->len -= ending.len;
    return true;
}

struct stem sound_stem(struct slice sound)
{
    static const char *const whole[] = {"bonito", "bonita", "senorita",
                                        "senoritas"}; /* what they come from means else */
    struct stem stem = {.plural = sound.len > 0 && sound.ptr[sound.len - 1] == 's'};
    struct slice rest = sound;
    rest.len -= stem.plural;
    for (size_t i = 0; i < sizeof whole / sizeof whole[0]; i++)
        if (slice_is(sound, whole[i]))
            return stem;
    while (cut_end(&rest, "isimo") || cut_end(&rest, "isima") || cut_end(&rest, "ito") || cut_end(&rest, "ita"))
        stem.sound = rest;
    return stem;
}

/* Tells what is left of a key behind a beginning; an end that it has not, when it does not begin so. */
static struct slice behind(struct slice key, struct slice beginning)
{
    bool begins = key.len >= beginning.len && slice_eq(slice_part(key, 0, beginning.len), beginning);
    return begins ? slice_part(key, beginning.len, key.len) : SLICE("?");
}

static bool is_vowel_or_two(struct slice end)
{
    return (end.len == 1 && is_vowel(end.ptr[0])) || (end.len == 2 && end.ptr[0] == 'i' && is_vowel(end.ptr[1]));
}

bool sound_is_of(struct slice word, const struct stem *stem)
{
    char buffer[SOUND_BYTES];
    struct slice key, sound = stem->sound;
    if (word.len < STEM_LEAST || word.len > SOUND_BYTES || word.ptr[0] == '=')
        return false;
    key = (struct slice){buffer, sound_of(word, buffer)};
    if (key.len >= WHOLE_LEAST && slice_eq(key, sound)) /* "meses" and "mesesitos", "igual" and "igualito" */
        return true;
    if (stem->plural && (key.len == 0 || key.ptr[key.len - 1] != 's'))
        return false;
    key.len -= stem->plural;
    if (is_vowel_or_two(behind(key, sound)))
        return true;
    bool linked = sound.ptr[sound.len - 1] == 's'; /* "sol" and "solcito" */
    struct slice before = {sound.ptr, sound.len - linked};
    struct slice left = linked ? behind(key, before) : SLICE("?");
    return linked && before.len >= STEM_LEAST && (left.len == 0 || (stem->plural && slice_is(left, "e")));
}

unsigned char sound_class(struct slice word)
{
    char c = letter(word, word.len > 1 && word.ptr[0] == 'h');
    unsigned char class = sound_class_of(c);
    return class ? class : (unsigned char)c;
}
