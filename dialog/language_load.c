/* A language's file: from its tree to words, rows and numbers, each checked where it is written. */
#include "dialog/language_load.h"

#include <stdlib.h>

#include "dialog/flow_load.h"

enum table_kind { ROWS, NUMBERS, NAMES, FORMS };

#define CLASS_NAME(constant, name) name,
static const char *const class_names[] = {LEXICON_CLASSES(CLASS_NAME) NULL};

#define ENDING_NAME(constant, name) name,
static const char *const ending_names[] = {LEXICON_ENDINGS(ENDING_NAME) NULL};

#define TABLE_NAME(constant, name, kind, values) name,
static const char *const table_names[] = {LEXICON_TABLES(TABLE_NAME) NULL};

#define TABLE_SPEC(constant, name, kind, values) {kind, values},
static const struct {
    enum table_kind kind;
    const char *values;
} specs[] = {LEXICON_TABLES(TABLE_SPEC)};

/* A language being read. `l` has the file, the arena and the faults. */
struct reader {
    struct loader l;
    struct language_words *words;
    const struct yaml_node *root;
};

const char *word_class_name(enum word_class class)
{
    return class_names[class];
}

const char *table_name(enum table table)
{
    return table_names[table];
}

static int index_of(const char *const *names, struct slice name)
{
    for (int i = 0; names[i]; i++)
        if (slice_is(name, names[i]))
            return i;
    return -1;
}

static struct slice keep(struct reader *r, struct slice text)
{
    struct slice copy = arena_copy(r->l.arena, text);
    r->l.out_of_memory = r->l.out_of_memory || !copy.ptr;
    return copy.ptr ? copy : SLICE("");
}

/* Tells whether bytes can stand in a word: small letters without marks, digits, and signs that mean nothing in forms.
 */
static bool word_good(struct slice word)
{
    size_t from = word.len > 1 && word.ptr[0] == '=', end = word.len - (word.len > 1 && word.ptr[word.len - 1] == '*');
    for (size_t i = from; i < end; i++)
        if ((word.ptr[i] >= 'A' && word.ptr[i] <= 'Z') || strchr(" |*?=^#@&", word.ptr[i]))
            return false;
    return word.len > from;
}

/* Writes the words of a class or a group as "a|b|c". */
static struct slice read_words(struct reader *r, const struct yaml_node *node)
{
    char *out = load_make(&r->l, 1, node->text.len + 1);
    size_t len = 0, count = 0;
    struct slice rest = node->text, word;
    if (node->kind != YAML_SCALAR) {
        yaml_fault(r->l.faults, r->l.file, node, "words are needed here, with blanks between them");
        return SLICE("");
    }
    while (out && slice_cut(&rest, ' ', &word)) {
        if (word.len == 0)
            continue;
        if (!word_good(word) || ++count > LANGUAGE_WORDS_MAX) {
            yaml_fault(r->l.faults, r->l.file, node,
                       "'%.*s' is no word: write at most %d of small letters without marks, =word or word*",
                       (int)word.len, word.ptr, LANGUAGE_WORDS_MAX);
            return SLICE("");
        }
        if (len > 0)
            out[len++] = '|';
        memcpy(out + len, word.ptr, word.len);
        len += word.len;
    }
    return (struct slice){out ? out : "", len};
}

/* Reads a map of words under names that are known. */
static void read_named(struct reader *r, const struct yaml_node *node, const char *what, const char *const *names,
                       struct slice *out)
{
    if (!node || !load_keys(&r->l, node, what, names))
        return;
    for (size_t i = 0; i < node->count; i++) {
        int at = index_of(names, node->pairs[i].key->text);
        if (at >= 0)
            out[at] = read_words(r, node->pairs[i].value);
    }
}

/* Reads endings: bare letters, for an ending has no sign and is no form. */
static void read_endings(struct reader *r, const struct yaml_node *node)
{
    read_named(r, node, "`endings`", ending_names, r->words->endings);
    for (size_t i = 0; node && i < ENDINGS_COUNT; i++) {
        struct slice rest = r->words->endings[i], one;
        size_t count = 0;
        bool good = true;
        while (rest.len > 0 && slice_cut(&rest, '|', &one)) {
            count++;
            for (size_t j = 0; j < one.len; j++)
                good = good && one.ptr[j] >= 'a' && one.ptr[j] <= 'z';
        }
        if (!good || count > ENDINGS_MAX / 2)
            yaml_fault(r->l.faults, r->l.file, yaml_get(node, ending_names[i]),
                       "endings are at most %d, of small letters without marks or signs", ENDINGS_MAX / 2);
    }
}

/* Finds what "@name" stands for: a class of this file, or one of its groups. */
static struct slice words_named(struct reader *r, const struct yaml_node *at, struct slice name)
{
    int class = index_of(class_names, name);
    if (class >= 0 && r->words->classes[class].len)
        return r->words->classes[class];
    const struct yaml_node *groups = yaml_get(r->root, "groups");
    for (size_t i = 0; groups && groups->kind == YAML_MAP && i < groups->count; i++)
        if (slice_eq(groups->pairs[i].key->text, name))
            return read_words(r, groups->pairs[i].value);
    yaml_fault(r->l.faults, r->l.file, at, "'@%.*s' is neither in `groups` nor in `words`: add it there, or mend it",
               (int)name.len, name.ptr);
    return SLICE("");
}

/* A form while it is written out. */
struct writing {
    char bytes[LANGUAGE_FORM_BYTES];
    size_t len;
    bool full;
};

static void write_bytes(struct writing *out, struct slice bytes)
{
    if (bytes.len > sizeof(out->bytes) - out->len) {
        out->full = true;
        return;
    }
    memcpy(out->bytes + out->len, bytes.ptr ? bytes.ptr : "", bytes.len);
    out->len += bytes.len;
}

/* Writes one element out. Returns false when it is none. */
static bool write_element(struct reader *r, const struct yaml_node *at, struct slice element, struct writing *out)
{
    static const char *const signs[] = {".", "..", "#", "^", "$", NULL};
    bool optional = element.len > 1 && element.ptr[element.len - 1] == '?';
    struct slice words = slice_part(element, 0, element.len - optional), word;
    bool good = words.len > 0, sign = index_of(signs, words) >= 0;
    for (size_t i = 0; !sign && slice_cut(&words, '|', &word); i++) {
        write_bytes(out, i ? SLICE("|") : SLICE(""));
        bool named = word.len > 1 && word.ptr[0] == '@';
        good = good && (named || word_good(word));
        write_bytes(out, named ? words_named(r, at, slice_part(word, 1, word.len)) : word);
    }
    write_bytes(out, sign ? words : SLICE(""));
    write_bytes(out, optional ? SLICE("?") : SLICE(""));
    return good;
}

/* Tells whether "&" is first, and ":" last but one, with nothing between that may be left out. */
static bool any_order_good(struct slice form)
{
    struct slice rest = form, element;
    size_t count = 0, colon = 0;
    bool plain = true;
    while (slice_cut(&rest, ' ', &element)) {
        count++;
        colon = slice_is(element, ":") ? count : colon;
        plain = plain && !(element.ptr[element.len - 1] == '?' || slice_is(element, "..") || slice_is(element, "^") ||
                           slice_is(element, "$") || slice_is(element, "."));
    }
    return plain && colon >= 3 && colon + 1 == count;
}

/* Reads a form. What has no element that somebody must write would match anything: it is a fault as well. */
static struct slice read_form(struct reader *r, const struct yaml_node *node)
{
    struct writing out = {.len = 0, .full = false};
    size_t elements = 0, choices = 0;
    struct slice rest = node->text, element;
    bool good = node->kind == YAML_SCALAR, must = false;
    while (good && slice_cut(&rest, ' ', &element)) {
        if (element.len == 0)
            continue;
        write_bytes(&out, elements++ ? SLICE(" ") : SLICE(""));
        bool open = element.ptr[element.len - 1] == '?' || slice_is(element, "..");
        choices += open;
        must = must || !(open || slice_is(element, "^"));
        bool any_order = slice_is(element, elements == 1 ? "&" : ":");
        if (any_order)
            write_bytes(&out, element);
        good = (any_order || write_element(r, node, element, &out)) && (elements == 1 || !slice_is(element, "^")) &&
               (!rest.ptr || !slice_is(element, "$"));
    }
    struct slice form = {out.bytes, out.len};
    if (good && (slice_starts(form, "& ") || slice_find(form, ':') < form.len))
        good = any_order_good(form);
    if (!good || !must || out.full || choices > LANGUAGE_CHOICES_MAX || elements > LANGUAGE_ELEMENTS_MAX) {
        yaml_fault(r->l.faults, r->l.file, node,
                   "this is no form of words: at most %d elements with blanks between, ^ first and $ last, at most %d "
                   "of them with ? or .., and one at least without; or & needed elements : what may stand around",
                   LANGUAGE_ELEMENTS_MAX, LANGUAGE_CHOICES_MAX);
        return SLICE("");
    }
    return keep(r, form);
}

/* Gives the place of a value among those of its table, or -1. */
static int place_among(const char *values, struct slice value)
{
    struct slice rest = slice_of(values), one;
    for (int i = 0; slice_cut(&rest, ' ', &one); i++)
        if (slice_eq(one, value))
            return i;
    return -1;
}

static void read_value(struct reader *r, enum table table, const struct yaml_node *node, struct language_row *out)
{
    uint64_t number = 0;
    bool scalar = node->kind == YAML_SCALAR && node->text.len > 0;
    out->value = scalar ? node->text : SLICE("");
    if (specs[table].kind == ROWS)
        out->number = scalar ? place_among(specs[table].values, node->text) : -1;
    else
        out->number = scalar && slice_u64(node->text, 1000000, &number) ? (int)number : -1;
    if (out->number >= 0)
        return;
    if (specs[table].kind == ROWS)
        yaml_fault(r->l.faults, r->l.file, node, "'%.*s' is no value of %s: it must be one of: %s", (int)node->text.len,
                   node->text.ptr ? node->text.ptr : "", table_names[table], specs[table].values);
    else
        yaml_fault(r->l.faults, r->l.file, node, "'%.*s' is no value of %s: it must be a whole number",
                   (int)node->text.len, node->text.ptr ? node->text.ptr : "", table_names[table]);
}

static double read_confidence(struct reader *r, const struct yaml_node *node)
{
    char *end = NULL;
    double number = node->kind == YAML_SCALAR && node->text.len > 0 ? strtod(node->text.ptr, &end) : -1;
    if (number < 0 || number > 1 || (end && *end))
        yaml_fault(r->l.faults, r->l.file, node, "this is no confidence: it must be from 0 to 1, as 0.85");
    return number;
}

/* Reads [form, value, confidence], or of NAMES [[name, ...], value, confidence], as one row or several. */
static size_t read_row(struct reader *r, enum table table, const struct yaml_node *node, struct language_row *out,
                       size_t room)
{
    bool names = specs[table].kind == NAMES;
    bool good = node->kind == YAML_LIST && (node->count == 3 || (node->count == 2 && !names)) &&
                (node->items[0]->kind == YAML_LIST) == names;
    if (!good) {
        yaml_fault(r->l.faults, r->l.file, node, "a row of %s is %s, value, confidence]", table_names[table],
                   names ? "[[name, another name]" : "[\"form\"");
        return 0;
    }
    struct language_row row = {.confidence = 1};
    read_value(r, table, node->items[1], &row);
    if (node->count == 3)
        row.confidence = read_confidence(r, node->items[2]);
    size_t count = names ? node->items[0]->count : 1;
    for (size_t i = 0; i < count && i < room; i++) {
        out[i] = row;
        out[i].form = read_form(r, names ? node->items[0]->items[i] : node->items[0]);
    }
    return count;
}

static void read_table(struct reader *r, enum table table, const struct yaml_node *node, unsigned depth);

/* Takes the rows of another table of the file, which a row names. */
static size_t include_rows(struct reader *r, const struct yaml_node *node, struct language_row *out, size_t room,
                           unsigned depth)
{
    int other = index_of(table_names, node->text);
    const struct yaml_node *rows = yaml_get(yaml_get(r->root, "tables"), node->text.ptr);
    if (other < 0 || !rows || depth > 0) {
        yaml_fault(r->l.faults, r->l.file, node, "'%.*s' is no table whose rows could stand here", (int)node->text.len,
                   node->text.ptr);
        return 0;
    }
    if (!r->words->has_table[other])
        read_table(r, (enum table)other, rows, depth + 1);
    const struct language_table *from = &r->words->tables[other];
    for (size_t i = 0; i < from->count && i < room; i++)
        out[i] = from->rows[i];
    return from->count;
}

static size_t read_item(struct reader *r, enum table table, const struct yaml_node *node, struct language_row *out,
                        size_t room, unsigned depth)
{
    if (specs[table].kind == FORMS && room > 0) {
        *out = (struct language_row){.form = read_form(r, node), .confidence = 1};
        return 1;
    }
    return node->kind == YAML_SCALAR ? include_rows(r, node, out, room, depth) : read_row(r, table, node, out, room);
}

static void read_table(struct reader *r, enum table table, const struct yaml_node *node, unsigned depth)
{
    size_t room = specs[table].kind == NAMES ? 4 * LANGUAGE_ROWS_MAX : LANGUAGE_ROWS_MAX, used = 0;
    size_t before = SIZE_MAX;
    struct language_row *rows = load_make(&r->l, room, sizeof(*rows));
    if (node->kind != YAML_LIST) {
        yaml_fault(r->l.faults, r->l.file, node, "%s must be a list of rows", table_names[table]);
        return;
    }
    r->words->has_table[table] = true;
    for (size_t i = 0; rows && i < node->count && used <= room; i++)
        if (specs[table].kind != FORMS && slice_is(node->items[i]->text, "also"))
            before = used;
        else
            used += read_item(r, table, node->items[i], rows + used, room - used, depth);
    if (used > room) {
        yaml_fault(r->l.faults, r->l.file, node, "%s has more than %zu rows: put some together", table_names[table],
                   room);
        used = 0;
    }
    used = rows ? used : 0;
    r->words->tables[table] = (struct language_table){rows, used, before < used ? before : used};
}

static void read_tables(struct reader *r, const struct yaml_node *node)
{
    if (!node || !load_keys(&r->l, node, "`tables`", table_names))
        return;
    for (size_t i = 0; i < node->count; i++) {
        int table = index_of(table_names, node->pairs[i].key->text);
        if (table >= 0 && !r->words->has_table[table])
            read_table(r, (enum table)table, node->pairs[i].value, 0);
    }
}

static const struct {
    const char *name;
    enum atom_kind kind;
    bool slang;
} number_kinds[] = {
    {"plain", ATOM_PLAIN, false},           {"article", ATOM_ARTICLE, false}, {"prefix", ATOM_PREFIX, false},
    {"multiplier", ATOM_MULTIPLIER, false}, {"slang", ATOM_MULTIPLIER, true}, {"follower", ATOM_FOLLOWER, false},
    {"bunch", ATOM_BUNCH, false},
};

#define NUMBER_KINDS (sizeof number_kinds / sizeof number_kinds[0])

static void read_atoms(struct reader *r, const struct yaml_node *map, size_t kind)
{
    for (size_t i = 0; map && i < map->count; i++) {
        const struct yaml_node *word = map->pairs[i].key, *node = map->pairs[i].value;
        uint64_t value = 0;
        bool multiplies = number_kinds[kind].kind >= ATOM_MULTIPLIER;
        if (node->kind != YAML_SCALAR || !slice_u64(node->text, 1000000, &value) || (multiplies && value < 2) ||
            !word_good(word->text)) {
            yaml_fault(r->l.faults, r->l.file, word,
                       "a number is `word: %s`, in small letters without marks, up to 1000000",
                       multiplies ? "1000" : "15");
            continue;
        }
        struct atom *atom = &r->words->atoms[r->words->atom_count++];
        *atom = (struct atom){.word = word->text, .kind = number_kinds[kind].kind, .slang = number_kinds[kind].slang};
        atom->value = (int64_t)value;
    }
}

static void read_numbers(struct reader *r, const struct yaml_node *node)
{
    const char *names[NUMBER_KINDS + 1] = {NULL};
    size_t count = 0;
    for (size_t i = 0; i < NUMBER_KINDS; i++)
        names[i] = number_kinds[i].name;
    if (!node || !load_keys(&r->l, node, "`numbers`", names))
        return;
    for (size_t i = 0; i < node->count; i++)
        count += node->pairs[i].value->kind == YAML_MAP ? node->pairs[i].value->count : 0;
    r->words->atoms = load_make(&r->l, count, sizeof(*r->words->atoms));
    for (size_t kind = 0; r->words->atoms && kind < NUMBER_KINDS; kind++) {
        const struct yaml_node *map = yaml_get(node, number_kinds[kind].name);
        if (map && map->kind != YAML_MAP)
            yaml_fault(r->l.faults, r->l.file, map, "`%s` must be a map of `word: number`", number_kinds[kind].name);
        else
            read_atoms(r, map, kind);
    }
}

static void read_abbreviations(struct reader *r, const struct yaml_node *node)
{
    if (!node)
        return;
    struct abbreviation *items = load_make(&r->l, node->count, sizeof(*items));
    for (size_t i = 0; items && node->kind == YAML_MAP && i < node->count; i++) {
        items[i] = (struct abbreviation){node->pairs[i].key->text, node->pairs[i].value->text};
        if (!word_good(items[i].written) || node->pairs[i].value->kind != YAML_SCALAR || !word_good(items[i].meant) ||
            items[i].meant.len > 16)
            yaml_fault(r->l.faults, r->l.file, node->pairs[i].key,
                       "an abbreviation is `written: meant`, one word each, at most 16 letters");
    }
    if (node->kind != YAML_MAP)
        yaml_fault(r->l.faults, r->l.file, node, "`abbreviations` must be a map of `written: meant`");
    r->words->abbreviations = items;
    r->words->abbreviation_count = items && node->kind == YAML_MAP ? node->count : 0;
}

static const struct slice *read_others(struct reader *r, const struct yaml_node *node, size_t *count)
{
    struct slice *others = load_make(&r->l, node->kind == YAML_LIST ? node->count : 1, sizeof(*others));
    bool good = node->kind == YAML_LIST && node->count > 0;
    for (size_t i = 0; others && node->kind == YAML_LIST && i < node->count; i++) {
        others[i] = node->items[i]->text;
        good = good && node->items[i]->kind == YAML_SCALAR && word_good(others[i]);
    }
    if (!good)
        yaml_fault(r->l.faults, r->l.file, node, "`joined` is a map of `word: [a word written on to it, another]`");
    *count = others && good ? node->count : 0;
    return others;
}

static void read_joined(struct reader *r, const struct yaml_node *node)
{
    if (!node)
        return;
    struct joined *items = load_make(&r->l, node->count, sizeof(*items));
    if (node->kind != YAML_MAP) {
        yaml_fault(r->l.faults, r->l.file, node, "`joined` must be a map of `word: [a word written on to it]`");
        return;
    }
    for (size_t i = 0; items && i < node->count; i++) {
        items[i].first = node->pairs[i].key->text;
        if (!word_good(items[i].first))
            yaml_fault(r->l.faults, r->l.file, node->pairs[i].key, "a word of small letters is needed here");
        items[i].others = read_others(r, node->pairs[i].value, &items[i].count);
    }
    r->words->joined = items;
    r->words->joined_count = items ? node->count : 0;
}

static void read_head(struct reader *r, struct language *out)
{
    const struct yaml_node *key = load_scalar(&r->l, r->root, "language"), *name = load_scalar(&r->l, r->root, "name");
    const struct yaml_node *spelling = load_scalar(&r->l, r->root, "spelling");
    bool good = key && key->text.len >= 2 && slice_copy(key->text, out->key, sizeof(out->key));
    for (size_t i = 0; good && i < key->text.len; i++)
        good = key->text.ptr[i] >= 'a' && key->text.ptr[i] <= 'z';
    if (!good)
        yaml_fault(r->l.faults, r->l.file, key ? key : r->root,
                   "a language begins with `language: KEY`, 2 to %d small letters", LANGUAGE_KEY - 1);
    out->name = name ? name->text : slice_of(out->key);
    out->reviewed = load_flag(&r->l, r->root, "reviewed");
    r->words->spelt_by_ear = spelling && slice_is(spelling->text, "es");
    if (spelling && !r->words->spelt_by_ear && !slice_is(spelling->text, "none"))
        yaml_fault(r->l.faults, r->l.file, spelling, "'%.*s' is no spelling: it must be es or none",
                   (int)spelling->text.len, spelling->text.ptr);
}

enum error language_load(struct arena *arena, const struct yaml_node *root, struct faults *faults, struct language *out)
{
    static const char *const keys[] = {"language", "name",   "reviewed",      "spelling", "also",    "words",
                                       "endings",  "groups", "abbreviations", "joined",   "numbers", "tables",
                                       "phrases",  NULL};
    struct reader r = {.l = {.file = out->file, .arena = arena, .faults = faults}, .root = root};
    r.words = load_make(&r.l, 1, sizeof(*r.words));
    if (!r.words)
        return ERR_NOMEM;
    if (!load_keys(&r.l, root, "a language", keys))
        return OK;
    r.words->root = root;
    r.words->also = yaml_get(root, "also");
    read_head(&r, out);
    read_named(&r, yaml_get(root, "words"), "`words`", class_names, r.words->classes);
    read_endings(&r, yaml_get(root, "endings"));
    read_abbreviations(&r, yaml_get(root, "abbreviations"));
    read_joined(&r, yaml_get(root, "joined"));
    read_numbers(&r, yaml_get(root, "numbers"));
    read_tables(&r, yaml_get(root, "tables"));
    out->words = r.words;
    return r.l.out_of_memory ? ERR_NOMEM : OK;
}
