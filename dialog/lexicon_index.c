#include "dialog/lexicon_index.h"

#define LENGTHS_MAX 64 /* of a key: more would be no word that anybody writes */

static size_t count_all(const struct lexicon *lexicon, bool beginning)
{
    size_t count = 0;
    for (size_t c = 0; c < SOUND_CLASSES; c++)
        count += beginning ? lexicon->by_class[c].beginning_count : lexicon->by_class[c].sounding_count;
    return count;
}

/* Makes an index with room for so many. */
static enum error make_room(struct arena *arena, size_t count, struct literal_index *out)
{
    uint32_t size = 64;
    while (size < 2 * count)
        size *= 2;
    out->slots = arena_array(arena, size, sizeof(*out->slots));
    out->mask = size - 1;
    return out->slots ? OK : ERR_NOMEM;
}

static void add(struct literal_index *index, struct slice key, size_t place)
{
    uint32_t hash = KEY_HASH;
    if (key.len == 0 || key.len >= LENGTHS_MAX)
        return;
    for (size_t i = 0; i < key.len; i++)
        hash = key_hash_on(hash, key.ptr[i]);
    while (index->slots[hash & index->mask])
        hash++;
    ((uint16_t *)index->slots)[hash & index->mask] = (uint16_t)(place + 1);
    index->lengths |= UINT64_C(1) << key.len;
}

/* Lists the words of a class that are long enough for a slip, by their length. Returns the place behind the last. */
static size_t list_long(struct lexicon *lexicon, struct literals *class, size_t used)
{
    struct long_word *words = (struct long_word *)lexicon->long_words;
    for (size_t len = 0; len <= SOUND_BYTES; len++) {
        class->longs[len] = (uint16_t)used;
        for (size_t i = 0; len >= LEXICON_SLIP_LETTERS - 1 && i < class->sounding_count; i++) {
            const struct literal *literal = &class->sounding[i];
            if (literal->sound.len == len && literal->text.len >= LEXICON_SLIP_LETTERS)
                words[used++] =
                    (struct long_word){lexicon_letters(literal->sound), (uint16_t)(literal - lexicon->literals)};
        }
    }
    class->longs[SOUND_BYTES + 1] = (uint16_t)used;
    return used;
}

enum error lexicon_index(struct arena *arena, struct lexicon *lexicon)
{
    size_t sounding = count_all(lexicon, false), beginning = count_all(lexicon, true), used = 0;
    lexicon->long_words = arena_array(arena, sounding + 1, sizeof(*lexicon->long_words));
    if (!lexicon->long_words || make_room(arena, sounding, &lexicon->sounding) ||
        make_room(arena, beginning, &lexicon->beginning_text) || make_room(arena, beginning, &lexicon->beginning_sound))
        return ERR_NOMEM;
    for (size_t c = 0; c < SOUND_CLASSES; c++) {
        struct literals *class = &lexicon->by_class[c];
        for (size_t i = 0; i < class->sounding_count; i++)
            add(&lexicon->sounding, class->sounding[i].sound, (size_t)(&class->sounding[i] - lexicon->literals));
        for (size_t i = 0; i < class->beginning_count; i++) {
            size_t place = (size_t)(&class->beginning[i] - lexicon->literals);
            add(&lexicon->beginning_text, class->beginning[i].text, place);
            add(&lexicon->beginning_sound, class->beginning[i].sound, place);
        }
        used = list_long(lexicon, class, used);
    }
    return OK;
}

static bool may_be_meant(const struct known *known)
{
    return known->sound.len > 0 && known->text.len >= NEAR_LETTERS_LEAST && known->text.len <= NEAR_LETTERS_MAX;
}

/* Counts the words of each class and length, then makes of the counts where each begins. */
static void place_near(struct lexicon *lexicon, size_t count)
{
    uint16_t *from = &lexicon->near_from[0][0], used = 0;
    for (size_t i = 0; i < count; i++)
        if (may_be_meant(&lexicon->known[i]))
            lexicon->near_from[lexicon->known[i].class % SOUND_CLASSES][lexicon->known[i].text.len]++;
    for (size_t i = 0; i < sizeof(lexicon->near_from) / sizeof(*from); i++) {
        uint16_t own = from[i];
        from[i] = used;
        used = (uint16_t)(used + own);
    }
}

enum error lexicon_index_near(struct arena *arena, struct lexicon *lexicon, size_t count)
{
    struct near_word *words = arena_array(arena, count + 1, sizeof(*words));
    if (!words || count > UINT16_MAX)
        return ERR_NOMEM;
    place_near(lexicon, count);
    for (size_t i = 0; i < count; i++) {
        const struct known *known = &lexicon->known[i];
        uint16_t *from = lexicon->near_from[known->class % SOUND_CLASSES];
        if (may_be_meant(known))
            words[from[known->text.len]++] = (struct near_word){lexicon_letters(known->text), (uint16_t)i};
    }
    for (size_t i = sizeof(lexicon->near_from) / sizeof(uint16_t); i-- > 1;) /* each has become where the next begins */
        (&lexicon->near_from[0][0])[i] = (&lexicon->near_from[0][0])[i - 1];
    lexicon->near_from[0][0] = 0;
    lexicon->near_words = words;
    return OK;
}
