/* Compiling languages to a lexicon: every word once, with all that it sets. */
#include <stdlib.h>

#include "dialog/language_load.h"
#include "dialog/lexer.h"
#include "dialog/lexicon_index.h"

#define FEW_BITS 12 /* that a word sets: of one that sets more, all that it fits is kept ready */

enum literal_kind { SOUNDING, BEGINNING, EXACT };

/* A word as a form has it, with its signs, on the way to a literal. */
struct word {
    struct slice written, text;
    enum literal_kind kind;
    unsigned char class;
};

/* That a word sets a bit. */
struct setting {
    uint16_t literal, bit;
};

/* What elements with words are, each once. */
struct element_words {
    struct slice words;
    unsigned long commonness; /* of its words in all elements: how little it tells */
};

struct maker {
    struct arena *arena, *scratch;
    const struct language_words *const *languages;
    size_t language_count;
    struct lexicon *lexicon;
    struct word *words;             /* sorted */
    size_t word_count, first_exact; /* EXACT ones come last */
    struct element_words *elements; /* in the order of their bits */
    size_t element_count;
    uint32_t *element_slots; /* of a hash table: place in elements and 1 */
    uint32_t element_mask;
    unsigned *uses; /* of each word, in elements */
    struct setting *settings;
    size_t setting_count, setting_room;
    bool out_of_memory;
};

static void *make_room(struct maker *m, struct arena *arena, size_t count, size_t size)
{
    void *made = arena_array(arena, count ? count : 1, size);
    m->out_of_memory = m->out_of_memory || !made;
    return made;
}

static bool is_letter(char c)
{
    return c >= 'a' && c <= 'z';
}

static struct word word_of(struct slice written)
{
    struct word word = {.written = written, .text = written, .kind = SOUNDING};
    if (written.len > 1 && written.ptr[0] == '=') {
        word.text = slice_part(written, 1, written.len);
        word.kind = EXACT;
    } else if (written.len > 1 && written.ptr[written.len - 1] == '*') {
        word.text = slice_part(written, 0, written.len - 1);
        word.kind = BEGINNING;
    } else if (!is_letter(written.ptr[0])) {
        word.kind = EXACT; /* signs and figures have no sound */
    }
    word.class = sound_class(word.text);
    return word;
}

static int compare_words(const void *a, const void *b)
{
    const struct word *one = a, *other = b;
    if (one->kind != other->kind)
        return one->kind < other->kind ? -1 : 1;
    if (one->class != other->class)
        return one->class < other->class ? -1 : 1;
    return slice_compare(one->written, other->written);
}

static size_t word_index(const struct maker *m, struct slice written)
{
    struct word key = word_of(written);
    const struct word *found = bsearch(&key, m->words, m->word_count, sizeof(key), compare_words);
    return (size_t)(found - m->words); /* each was collected */
}

/* Takes the words off a form or a class, whatever parts them: blanks, bars, the sign of what may be left out. "$" is
 * taken for one, as where it is a coin; as an end it is a word that nobody asks for. */
static bool next_word(struct slice *rest, struct slice *out)
{
    struct slice word;
    while (rest->len > 0) {
        size_t end = 0;
        while (end < rest->len && rest->ptr[end] != ' ' && rest->ptr[end] != '|')
            end++;
        word = slice_part(*rest, 0, end);
        *rest = slice_part(*rest, end + (end < rest->len), rest->len);
        if (word.len > 1 && word.ptr[word.len - 1] == '?')
            word.len--;
        bool sign = slice_is(word, ".") || slice_is(word, "..") || slice_is(word, "#") || slice_is(word, "^") ||
                    slice_is(word, "&") || slice_is(word, ":");
        if (word.len > 0 && !sign) {
            *out = word;
            return true;
        }
    }
    return false;
}

/* Calls for each text of the languages that has words: classes, then forms. Returns the words counted; collects them
 * where there is room. */
static size_t collect(struct slice text, struct word *out, size_t count)
{
    struct slice word;
    while (next_word(&text, &word)) {
        if (out)
            out[count] = word_of(word);
        count++;
    }
    return count;
}

static size_t collect_all(struct maker *m, struct word *out)
{
    size_t count = 0;
    for (size_t l = 0; l < m->language_count; l++) {
        for (size_t i = 0; i < WORDS_COUNT; i++)
            count = collect(m->languages[l]->classes[i], out, count);
        for (size_t i = 0; i < TABLE_COUNT; i++)
            for (size_t row = 0; row < m->languages[l]->tables[i].count; row++)
                count = collect(m->languages[l]->tables[i].rows[row].form, out, count);
    }
    return count;
}

static void make_words(struct maker *m)
{
    size_t count = collect_all(m, NULL), kept = 0;
    m->words = make_room(m, m->scratch, count, sizeof(*m->words));
    m->uses = make_room(m, m->scratch, count, sizeof(*m->uses));
    if (m->out_of_memory)
        return;
    collect_all(m, m->words);
    qsort(m->words, count, sizeof(*m->words), compare_words);
    for (size_t i = 0; i < count; i++)
        if (kept == 0 || compare_words(&m->words[kept - 1], &m->words[i]) != 0)
            m->words[kept++] = m->words[i];
    m->word_count = m->first_exact = kept;
    while (m->first_exact > 0 && m->words[m->first_exact - 1].kind == EXACT)
        m->first_exact--;
    m->setting_room = 2 * count; /* each word of a form once for its element, once for its row */
    m->settings = make_room(m, m->scratch, m->setting_room, sizeof(*m->settings));
    for (m->element_mask = 64; m->element_mask < 2 * count; m->element_mask *= 2)
        continue;
    m->elements = make_room(m, m->scratch, count, sizeof(*m->elements));
    m->element_slots = make_room(m, m->scratch, m->element_mask, sizeof(*m->element_slots));
    m->element_mask--;
}

/* Has each of the words set a bit. */
static void set(struct maker *m, struct slice words, size_t bit)
{
    struct slice word;
    while (next_word(&words, &word))
        m->settings[m->setting_count++] = (struct setting){(uint16_t)word_index(m, word), (uint16_t)bit};
}

static void make_classes(struct maker *m)
{
    for (size_t l = 0; l < m->language_count; l++)
        for (size_t i = 0; i < WORDS_COUNT; i++)
            set(m, m->languages[l]->classes[i], i);
}

/* Gives the place of an element with such words, a new one where it is the first. */
static size_t element_index(struct maker *m, struct slice words)
{
    uint32_t at = slice_hash(words) & m->element_mask;
    for (; m->element_slots[at]; at = (at + 1) & m->element_mask)
        if (slice_eq(m->elements[m->element_slots[at] - 1].words, words))
            return m->element_slots[at] - 1;
    m->elements[m->element_count].words = words;
    m->element_slots[at] = (uint32_t)++m->element_count;
    struct slice rest = words, word;
    while (next_word(&rest, &word))
        m->uses[word_index(m, word)]++;
    return m->element_count - 1;
}

static struct element element_of(struct maker *m, struct slice written)
{
    struct element element = {.kind = ELEMENT_WORDS};
    element.optional = written.len > 1 && written.ptr[written.len - 1] == '?';
    written.len -= element.optional;
    if (slice_is(written, "."))
        element.kind = ELEMENT_ANY;
    else if (slice_is(written, ".."))
        element.kind = ELEMENT_GAP;
    else if (slice_is(written, "#"))
        element.kind = ELEMENT_NUMBER;
    else if (slice_is(written, "$"))
        element.kind = ELEMENT_END;
    else
        element.bit = (uint16_t)element_index(m, written); /* its place; the bits begin when all rows are known */
    return element;
}

static void make_row(struct maker *m, const struct language_row *from, struct lexicon_row *out)
{
    struct slice rest = from->form, written;
    size_t count = 0;
    *out = (struct lexicon_row){
        .form = from->form, .value = from->value, .number = from->number, .confidence = from->confidence};
    struct element *elements = make_room(m, m->arena, LANGUAGE_ELEMENTS_MAX, sizeof(*elements));
    while (elements && count < LANGUAGE_ELEMENTS_MAX && slice_cut(&rest, ' ', &written)) {
        if (slice_is(written, "^"))
            out->from_start = true;
        else if (slice_is(written, "&") || slice_is(written, ":"))
            out->any_order = true;
        else if (written.len > 0)
            elements[count++] = element_of(m, written);
    }
    if (out->any_order && elements && count > 0)
        elements[count - 1].optional = true; /* what may stand around is no key */
    out->elements = elements;
    out->element_count = count;
}

/* Makes the rows of a table from `from` to before `to`. Returns how many. */
static size_t make_part(struct maker *m, const struct language_table *table, size_t from, size_t to,
                        struct lexicon_row *out)
{
    for (size_t i = from; i < to; i++)
        make_row(m, &table->rows[i], &out[i - from]);
    return to - from;
}

static struct lexicon_row *make_rows(struct maker *m)
{
    size_t count = 0, used = 0;
    for (size_t l = 0; l < m->language_count; l++)
        for (size_t i = 0; i < TABLE_COUNT; i++)
            count += m->languages[l]->tables[i].count;
    struct lexicon_row *rows = make_room(m, m->arena, count, sizeof(*rows));
    for (size_t i = 0; rows && i < TABLE_COUNT; i++) {
        const struct language_table *own = &m->languages[0]->tables[i];
        m->lexicon->tables[i] = used;
        used += make_part(m, own, 0, own->before, rows + used);
        for (size_t l = 1; l < m->language_count; l++) {
            const struct language_table *other = &m->languages[l]->tables[i];
            used += make_part(m, other, 0, other->count, rows + used);
        }
        used += make_part(m, own, own->before, own->count, rows + used);
    }
    m->lexicon->tables[TABLE_COUNT] = used;
    m->lexicon->rows = rows;
    return rows;
}

static void weigh_elements(struct maker *m)
{
    for (size_t i = 0; i < m->element_count; i++) {
        struct slice rest = m->elements[i].words, word;
        while (next_word(&rest, &word))
            m->elements[i].commonness += 1 + m->uses[word_index(m, word)];
    }
}

/* Has the words of the element that tells most of a row set the row's bit: without one of them it cannot match. */
static void make_key(struct maker *m, const struct lexicon_row *row, size_t bit)
{
    const struct element_words *key = NULL;
    for (size_t i = 0; i < row->element_count; i++) {
        const struct element *element = &row->elements[i];
        const struct element_words *words = &m->elements[element->bit];
        if (element->kind == ELEMENT_WORDS && !element->optional && (!key || words->commonness < key->commonness))
            key = words;
    }
    if (key)
        set(m, key->words, bit);
    else
        fits_add(&m->lexicon->keyless, bit / 64, UINT64_C(1) << bit % 64);
}

static void place_elements(struct maker *m, struct lexicon_row *rows)
{
    size_t count = m->lexicon->tables[TABLE_COUNT], first = WORDS_COUNT + count;
    m->lexicon->first_element = first;
    weigh_elements(m);
    for (size_t i = 0; i < count; i++)
        make_key(m, &rows[i], WORDS_COUNT + i);
    for (size_t i = 0; i < m->element_count; i++)
        set(m, m->elements[i].words, first + i);
    for (size_t i = 0; i < count; i++)
        for (size_t j = 0; j < rows[i].element_count; j++)
            ((struct element *)rows[i].elements)[j].bit += (uint16_t)first;
}

static int compare_settings(const void *a, const void *b)
{
    const struct setting *one = a, *other = b;
    return one->literal != other->literal ? (one->literal < other->literal ? -1 : 1)
                                          : (one->bit > other->bit) - (one->bit < other->bit);
}

static struct slice keep_sound(struct maker *m, struct slice word)
{
    char key[SOUND_BYTES];
    struct slice copy = arena_copy(m->arena, (struct slice){key, lexicon_sound(m->lexicon, word, key)});
    m->out_of_memory = m->out_of_memory || !copy.ptr;
    return copy;
}

/* Gives the words of each class their place, by kind. */
static void group_literals(struct maker *m, const struct literal *literals)
{
    for (size_t i = 0; i < m->word_count; i++) {
        struct literals *group = &m->lexicon->by_class[m->words[i].class % SOUND_CLASSES];
        if (m->words[i].kind == SOUNDING && group->sounding_count++ == 0)
            group->sounding = &literals[i];
        if (m->words[i].kind == BEGINNING && group->beginning_count++ == 0)
            group->beginning = &literals[i];
    }
}

static void make_literals(struct maker *m)
{
    struct literal *literals = make_room(m, m->arena, m->word_count, sizeof(*literals));
    uint16_t *bits = make_room(m, m->arena, m->setting_count, sizeof(*bits));
    qsort(m->settings, m->setting_count, sizeof(*m->settings), compare_settings);
    for (size_t i = 0, at = 0; literals && bits && i < m->word_count; i++) {
        struct literal *literal = &literals[i];
        literal->text = m->words[i].text;
        literal->sound = keep_sound(m, literal->text);
        literal->class = m->words[i].class;
        literal->bits = bits;
        for (; at < m->setting_count && m->settings[at].literal == i; at++)
            if (literal->bit_count == 0 || bits[literal->bit_count - 1] != m->settings[at].bit)
                bits[literal->bit_count++] = m->settings[at].bit;
        bits += literal->bit_count;
    }
    m->lexicon->literals = literals;
    if (!literals)
        return;
    group_literals(m, literals);
    m->out_of_memory = m->out_of_memory || lexicon_index(m->arena, m->lexicon) != OK;
}

/* Adds the numbers of one class, in the order of the files. Returns the place behind the last. */
static size_t add_numbers(struct maker *m, size_t class, struct atom *atoms, size_t used)
{
    for (size_t l = 0; l < m->language_count; l++)
        for (size_t i = 0; i < m->languages[l]->atom_count; i++) {
            const struct atom *from = &m->languages[l]->atoms[i];
            if (sound_class(from->word) % SOUND_CLASSES != class)
                continue;
            atoms[used] = *from;
            atoms[used].sound = keep_sound(m, from->word);
            atoms[used++].class = sound_class(from->word);
        }
    return used;
}

static void make_numbers(struct maker *m)
{
    size_t count = 0, used = 0;
    for (size_t l = 0; l < m->language_count; l++)
        count += m->languages[l]->atom_count;
    struct atom *atoms = make_room(m, m->arena, count, sizeof(*atoms));
    for (size_t class = 0; atoms && class < SOUND_CLASSES; class ++) {
        m->lexicon->atoms_from[class] = used;
        used = add_numbers(m, class, atoms, used);
    }
    m->lexicon->atoms = atoms;
    m->lexicon->atoms_from[SOUND_CLASSES] = used;
}

static void note_written(struct maker *m, struct slice first, struct slice rest)
{
    struct slice word = arena_join(m->scratch, (const struct slice[]){first, rest}, 2);
    m->out_of_memory = m->out_of_memory || !word.ptr;
    if (!word.ptr || !word.len)
        return;
    size_t bit = lexicon_written_bit(word);
    m->lexicon->written[bit / 64] |= UINT64_C(1) << bit % 64;
}

/* Notes which words are not read as they are written, so that most others are told apart at once. */
static void note_writing(struct maker *m)
{
    const struct lexicon *lexicon = m->lexicon;
    for (size_t i = 0; i < lexicon->abbreviation_count; i++)
        note_written(m, lexicon->abbreviations[i].written, SLICE_NONE);
    for (size_t i = 0; i < lexicon->joined_count; i++)
        for (size_t j = 0; j < lexicon->joined[i].count; j++)
            note_written(m, lexicon->joined[i].first, lexicon->joined[i].others[j]);
}

static void make_writing(struct maker *m)
{
    size_t abbreviations = 0, joined = 0;
    for (size_t l = 0; l < m->language_count; l++) {
        abbreviations += m->languages[l]->abbreviation_count;
        joined += m->languages[l]->joined_count;
    }
    struct abbreviation *a = make_room(m, m->arena, abbreviations, sizeof(*a));
    struct joined *j = make_room(m, m->arena, joined, sizeof(*j));
    for (size_t l = 0; a && j && l < m->language_count; l++) {
        const struct language_words *from = m->languages[l];
        for (size_t i = 0; i < from->abbreviation_count; i++)
            a[m->lexicon->abbreviation_count++] = from->abbreviations[i];
        for (size_t i = 0; i < from->joined_count; i++)
            j[m->lexicon->joined_count++] = from->joined[i];
    }
    m->lexicon->abbreviations = a;
    m->lexicon->joined = j;
    if (!m->out_of_memory)
        note_writing(m);
}

/* Keeps the endings of all languages, each once. What is more than a list holds is left out: a language's own come
 * first, and fill half of it at most. */
static void make_endings(struct maker *m)
{
    for (size_t kind = 0; kind < ENDINGS_COUNT; kind++) {
        struct ending_list *list = &m->lexicon->endings.lists[kind];
        for (size_t l = 0; l < m->language_count; l++) {
            struct slice rest = m->languages[l]->endings[kind], one;
            while (rest.len > 0 && list->count < ENDINGS_MAX && slice_cut(&rest, '|', &one)) {
                struct slice sound = keep_sound(m, one);
                bool there = false;
                for (size_t i = 0; i < list->count; i++)
                    there = there || slice_eq(list->items[i], sound);
                if (!there && sound.len > 0)
                    list->items[list->count++] = sound;
            }
        }
    }
}

/* Finds the letters that may stand between numbers written as one. */
static void make_number_links(struct maker *m)
{
    for (size_t l = 0; l < m->language_count; l++) {
        struct slice rest = m->languages[l]->classes[WORDS_NUMBER_AND], word;
        while (next_word(&rest, &word)) {
            struct slice text = word_of(word).text;
            if (text.len == 1 && is_letter(text.ptr[0]))
                m->lexicon->number_links |= UINT32_C(1) << (text.ptr[0] & 31);
        }
    }
}

/* Sets what words set that are met letter by letter: from the word `from` on. */
static void set_exact(const struct maker *m, struct slice text, size_t from, struct fits *out)
{
    for (size_t i = from; i < m->word_count; i++) {
        const struct literal *literal = &m->lexicon->literals[i];
        for (size_t j = 0; slice_eq(literal->text, text) && j < literal->bit_count; j++)
            fits_add(out, literal->bits[j] / 64, UINT64_C(1) << literal->bits[j] % 64);
    }
}

static const struct fits *keep_fits(struct maker *m, const struct fits *fits)
{
    struct fits *kept = make_room(m, m->arena, 1, sizeof(*kept));
    if (kept)
        *kept = *fits;
    return kept;
}

/* Looks one word up as if it were in a message, and keeps what that gives. */
static void know(struct maker *m, struct slice text, struct known *out)
{
    struct fits fits;
    struct token token = {.kind = TOKEN_WORD, .text = text};
    size_t count = 0;
    if (is_letter(text.ptr[0])) {
        token.sound = keep_sound(m, text);
        token.class = sound_class(text);
    }
    token.stem = stem_of(m->lexicon, token.sound);
    lexicon_look(m->lexicon, &token, &fits);
    *out = (struct known){
        .stem = token.stem, .text = text, .sound = token.sound, .class = token.class, .slip_count = token.slip_count};
    memcpy(out->slips, token.slips, sizeof(out->slips));
    set_exact(m, text, token.sound.len > 0 ? m->first_exact : 0, &fits);
    for (size_t i = 0; i < LEXICON_LIMBS; i++)
        count += (size_t)__builtin_popcountll(fits_limb(&fits, i));
    uint16_t *bits = make_room(m, m->arena, count, sizeof(*bits));
    for (size_t i = 0; bits && i < LEXICON_LIMBS; i++)
        for (uint64_t left = fits_limb(&fits, i); left; left &= left - 1)
            bits[out->bit_count++] = (uint16_t)(i * 64 + (size_t)__builtin_ctzll(left));
    out->bits = bits;
    if (count > FEW_BITS)
        out->fits = keep_fits(m, &fits);
    if (token.sound.len > 0)
        out->part_count = number_parts(m->lexicon, &token, out->parts);
}

/* Finds the slot of a text: the one that has it, or the free one that it would get. */
static uint32_t *slot_of(uint32_t *slots, uint32_t mask, const struct known *known, struct slice text)
{
    uint32_t at = slice_hash(text) & mask;
    while (slots[at] && !slice_eq(known[slots[at] - 1].text, text))
        at = (at + 1) & mask;
    return &slots[at];
}

/* Makes known all words of forms, classes and numbers, and what abbreviations mean. */
static void make_known(struct maker *m)
{
    struct lexicon *lexicon = m->lexicon;
    size_t atom_count = lexicon->atoms_from[SOUND_CLASSES];
    size_t room = m->word_count + atom_count + lexicon->abbreviation_count, count = 0;
    uint32_t size = 64;
    while (size < 2 * room)
        size *= 2;
    struct known *known = make_room(m, m->arena, room, sizeof(*known));
    uint32_t *slots = make_room(m, m->arena, size, sizeof(*slots));
    for (size_t i = 0; !m->out_of_memory && i < room; i++) {
        size_t j = i - m->word_count, k = j - atom_count;
        struct slice text = i < m->word_count ? m->words[i].text
                            : j < atom_count  ? lexicon->atoms[j].word
                                              : lexicon->abbreviations[k].meant;
        uint32_t *slot = slot_of(slots, size - 1, known, text);
        if (*slot)
            continue;
        know(m, text, &known[count]);
        *slot = (uint32_t)++count;
    }
    lexicon->known = known;
    lexicon->slots = slots;
    lexicon->slot_mask = size - 1;
    m->out_of_memory = m->out_of_memory || lexicon_index_near(m->arena, lexicon, count);
}

static enum error make_all(struct maker *m)
{
    make_words(m);
    if (m->out_of_memory)
        return ERR_NOMEM;
    if (m->word_count > UINT16_MAX)
        return ERR_LIMIT;
    make_classes(m);
    struct lexicon_row *rows = make_rows(m);
    if (m->out_of_memory)
        return ERR_NOMEM;
    if (WORDS_COUNT + m->lexicon->tables[TABLE_COUNT] + m->element_count > LEXICON_BITS)
        return ERR_LIMIT;
    place_elements(m, rows);
    make_endings(m);
    make_literals(m);
    make_numbers(m);
    make_writing(m);
    make_number_links(m);
    if (!m->out_of_memory)
        make_known(m);
    return m->out_of_memory ? ERR_NOMEM : OK;
}

enum error lexicon_make(struct arena *arena, const struct language_words *const *words, size_t count,
                        const struct lexicon **out)
{
    struct maker m = {.arena = arena, .languages = words, .language_count = count};
    m.lexicon = arena_alloc(arena, sizeof(*m.lexicon));
    m.scratch = arena_new(LANGUAGES_ARENA_BYTES);
    enum error error = m.lexicon && m.scratch ? OK : ERR_NOMEM;
    if (!error) {
        m.lexicon->spelt_by_ear = words[0]->spelt_by_ear;
        error = make_all(&m);
    }
    if (!error)
        *out = m.lexicon;
    arena_free(m.scratch);
    return error;
}
