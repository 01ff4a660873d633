#include "dialog/sound.h"

/* Letters whose words can begin alike share a class; h is looked through. */
static const char class_of_letter[26] = {
    ['a' - 'a'] = 'a', ['b' - 'a'] = 'b', ['c' - 'a'] = 'c', ['d' - 'a'] = 'd', ['e' - 'a'] = 'e', ['f' - 'a'] = 'f',
    ['g' - 'a'] = 'g', ['h' - 'a'] = 'h', ['i' - 'a'] = 'i', ['j' - 'a'] = 'g', ['k' - 'a'] = 'c', ['l' - 'a'] = 'i',
    ['m' - 'a'] = 'm', ['n' - 'a'] = 'm', ['o' - 'a'] = 'o', ['p' - 'a'] = 'p', ['q' - 'a'] = 'c', ['r' - 'a'] = 'r',
    ['s' - 'a'] = 'c', ['t' - 'a'] = 't', ['u' - 'a'] = 'u', ['v' - 'a'] = 'b', ['w' - 'a'] = 'u', ['x' - 'a'] = 'c',
    ['y' - 'a'] = 'i', ['z' - 'a'] = 'c',
};

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

unsigned char sound_class(struct slice word)
{
    size_t i = word.len > 1 && word.ptr[0] == 'h';
    char c = letter(word, i);
    return (unsigned char)(c >= 'a' && c <= 'z' ? class_of_letter[c - 'a'] : c);
}
