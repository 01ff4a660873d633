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
        return after == 'l' && is_vowel(third) ? 'y' : 'l';
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

unsigned char sound_class(struct slice word)
{
    char c = letter(word, word.len > 1 && word.ptr[0] == 'h');
    unsigned char class = sound_class_of(c);
    return class ? class : (unsigned char)c;
}
