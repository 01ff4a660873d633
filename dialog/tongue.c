#include "dialog/tongue.h"

#include <string.h>

#include "base/sms.h"
#include "base/suggest.h"
#include "base/utf8.h"
#include "spanish.h"

/* Where each phrase stands below `phrases`, and how many # it has. */
static const struct {
    const char *section; /* NULL: at the top */
    const char *key;
    unsigned marks;
    size_t chars_max;
} rows[SAY_COUNT] = {
    [SAY_UNKNOWN] = {NULL, "unknown", 0, TONGUE_PHRASE_CHARS},
    [SAY_REFUSED] = {NULL, "refused", 0, TONGUE_PHRASE_CHARS},
    [SAY_MONEY] = {"amount", "money", 1, TONGUE_PHRASE_CHARS},
    [SAY_RANGE] = {"amount", "range", 2, TONGUE_PHRASE_CHARS},
    [SAY_DAY] = {"period", "day", 1, TONGUE_PHRASE_CHARS},
    [SAY_WEEK] = {"period", "week", 1, TONGUE_PHRASE_CHARS},
    [SAY_MONTH] = {"period", "month", 1, TONGUE_PHRASE_CHARS},
    [SAY_YEAR] = {"period", "year", 1, TONGUE_PHRASE_CHARS},
    [SAY_NOT_OPEN] = {"tenure", "not_open", 0, TONGUE_PHRASE_CHARS},
    [SAY_OPENING] = {"tenure", "opening", 0, TONGUE_PHRASE_CHARS},
    [SAY_ONE_MONTH] = {"tenure", "month", 1, TONGUE_PHRASE_CHARS},
    [SAY_MONTHS] = {"tenure", "months", 1, TONGUE_PHRASE_CHARS},
    [SAY_ONE_YEAR] = {"tenure", "year", 1, TONGUE_PHRASE_CHARS},
    [SAY_YEARS] = {"tenure", "years", 1, TONGUE_PHRASE_CHARS},
    [SAY_YEARS_MONTHS] = {"tenure", "both", 2, TONGUE_PHRASE_CHARS},
    [SAY_MORE] = {"pages", "more", 0, TONGUE_PAGE_CHARS},
    [SAY_BACK] = {"pages", "back", 0, TONGUE_PAGE_CHARS},
    [SAY_WORDS] = {"yesno", "yes", 0, TONGUE_PHRASE_CHARS},
    {"yesno", "no", 0, TONGUE_PHRASE_CHARS},
    {"yesno", "maybe", 0, TONGUE_PHRASE_CHARS},
    {"ruc", "yes", 0, TONGUE_PHRASE_CHARS},
    {"ruc", "no", 0, TONGUE_PHRASE_CHARS},
    {"regime", "NRUS", 0, TONGUE_PHRASE_CHARS},
    {"regime", "RER", 0, TONGUE_PHRASE_CHARS},
    {"regime", "RMT", 0, TONGUE_PHRASE_CHARS},
    {"regime", "RG", 0, TONGUE_PHRASE_CHARS},
    {"regime", "none", 0, TONGUE_PHRASE_CHARS},
    {"trend", "up", 0, TONGUE_PHRASE_CHARS},
    {"trend", "same", 0, TONGUE_PHRASE_CHARS},
    {"trend", "down", 0, TONGUE_PHRASE_CHARS},
    {"goal", "finance", 0, TONGUE_PHRASE_CHARS},
    {"goal", "customers", 0, TONGUE_PHRASE_CHARS},
    {"goal", "digital", 0, TONGUE_PHRASE_CHARS},
    {"goal", "formalise", 0, TONGUE_PHRASE_CHARS},
    {"goal", "export", 0, TONGUE_PHRASE_CHARS},
    {"goal", "public_sales", 0, TONGUE_PHRASE_CHARS},
    {"goal", "training", 0, TONGUE_PHRASE_CHARS},
    {"goal", "debts", 0, TONGUE_PHRASE_CHARS},
    {"goal", "other", 0, TONGUE_PHRASE_CHARS},
};

struct reading {
    const char *file;
    struct arena *arena;
    struct faults *faults;
    struct tongue *out;
    bool out_of_memory;
};

bool tongue_is_key(struct slice key)
{
    for (size_t i = 0; i < key.len; i++)
        if (key.ptr[i] < 'a' || key.ptr[i] > 'z')
            return false;
    return key.len >= 2 && key.len < TONGUE_KEY;
}

static bool same_section(const char *a, const char *b)
{
    return a == b || (a && b && strcmp(a, b) == 0);
}

/* Keys that stand at a place: in a section, or at the top of `phrases` those of it and the sections' names. */
static void known_keys(const char *section, const char *known[SAY_COUNT + 4])
{
    static const char *const head[] = {"called", "partial", "fallback"};
    size_t count = 0;
    for (size_t i = 0; i < SAY_COUNT; i++) {
        const char *key = same_section(rows[i].section, section) ? rows[i].key : !section ? rows[i].section : NULL;
        if (key && (count == 0 || strcmp(known[count - 1], key) != 0))
            known[count++] = key;
    }
    for (size_t i = 0; !section && i < sizeof(head) / sizeof(head[0]); i++)
        known[count++] = head[i];
    known[count] = NULL;
}

static void check_keys(struct reading *r, const struct yaml_node *map, const char *section)
{
    const char *known[SAY_COUNT + 4];
    known_keys(section, known);
    if (map->kind != YAML_MAP) {
        yaml_fault(r->faults, r->file, map, "`%s` must be a map of `key: words`, with the key %s",
                   section ? section : "phrases", known[0]);
        return;
    }
    for (size_t i = 0; i < map->count; i++) {
        const struct yaml_node *key = map->pairs[i].key;
        size_t k = 0;
        while (known[k] && !slice_is(key->text, known[k]))
            k++;
        const char *near = known[k] ? NULL : suggest(key->text, known);
        if (!known[k])
            yaml_fault(r->faults, r->file, key, "`%s` has no key '%.*s'%s%s: rename or remove it",
                       section ? section : "phrases", (int)key->text.len, key->text.ptr, near ? "; did you mean " : "",
                       near ? near : "");
    }
}

static unsigned marks_in(struct slice words)
{
    unsigned marks = 0;
    for (size_t i = 0; i < words.len; i++)
        marks += words.ptr[i] == '#';
    return marks;
}

/* Words that USSD and a plain SMS can carry. */
static bool is_narrow(struct reading *r, struct slice words)
{
    struct buf sent;
    char room[256];
    buf_init_over(&sent, room, sizeof(room), 4096);
    sms_transliterate(words, &sent);
    bool narrow = !sent.error && sms_measure(buf_slice(&sent)).encoding == SMS_GSM7;
    r->out_of_memory = r->out_of_memory || sent.error == ERR_NOMEM;
    buf_release(&sent);
    return narrow;
}

/* Takes words of a text that are short enough and cheap to send. Returns an empty slice after a fault. */
static struct slice take_words(struct reading *r, const struct yaml_node *node, const char *what, size_t chars_max)
{
    if (node->kind != YAML_SCALAR || node->text.len == 0)
        yaml_fault(r->faults, r->file, node, "'%s' must be words: write them in one line", what);
    else if (utf8_count(node->text) > chars_max)
        yaml_fault(r->faults, r->file, node, "'%s' has %zu characters, and only %zu are allowed: shorten it", what,
                   utf8_count(node->text), chars_max);
    else if (!is_narrow(r, node->text))
        yaml_fault(r->faults, r->file, node, "'%s' has a character that no plain SMS can carry: leave it out", what);
    else
        return node->text;
    return SLICE_NONE;
}

static void read_phrase(struct reading *r, const struct yaml_node *phrases, size_t i)
{
    const struct yaml_node *map = rows[i].section ? yaml_get(phrases, rows[i].section) : phrases;
    const struct yaml_node *node = yaml_get(map, rows[i].key);
    if (!node && !r->out->partial) {
        yaml_fault(r->faults, r->file, map ? map : phrases, "`phrases` has no '%s%s%s': write it, or `partial: true`",
                   rows[i].section ? rows[i].section : "", rows[i].section ? "." : "", rows[i].key);
        return;
    }
    struct slice words = node ? take_words(r, node, rows[i].key, rows[i].chars_max) : SLICE_NONE;
    if (words.len && marks_in(words) != rows[i].marks)
        yaml_fault(r->faults, r->file, node, "'%s' must have %u times the sign #, where the number stands", rows[i].key,
                   rows[i].marks);
    else if (words.len)
        r->out->phrases[i] = words;
}

static void read_phrases(struct reading *r, const struct yaml_node *root)
{
    const struct yaml_node *phrases = yaml_get(root, "phrases");
    if (!phrases && !r->out->partial)
        yaml_fault(r->faults, r->file, root, "the file has no `phrases`: say how values are spoken");
    if (!phrases)
        return;
    check_keys(r, phrases, NULL);
    for (size_t i = 0; i < SAY_COUNT; i++) {
        const char *section = rows[i].section;
        if (section && (i == 0 || !same_section(section, rows[i - 1].section)) && yaml_get(phrases, section))
            check_keys(r, yaml_get(phrases, section), section);
        read_phrase(r, phrases, i);
    }
}

static bool read_flag(struct reading *r, const struct yaml_node *root, const char *key)
{
    const struct yaml_node *node = yaml_get(root, key);
    bool yes = node && node->kind == YAML_SCALAR && slice_is(node->text, "true");
    if (node && !yes && !(node->kind == YAML_SCALAR && slice_is(node->text, "false")))
        yaml_fault(r->faults, r->file, node, "'%s' must be true or false", key);
    return yes;
}

static void read_head(struct reading *r, const struct yaml_node *root)
{
    const struct yaml_node *name = yaml_get(root, "name"), *phrases = yaml_get(root, "phrases");
    const struct yaml_node *fallback = yaml_get(phrases, "fallback"), *called = yaml_get(phrases, "called");
    if (name)
        r->out->name = take_words(r, name, "name", TONGUE_NAME_CHARS);
    else
        yaml_fault(r->faults, r->file, root, "the file has no `name`: write what its speakers call the language");
    r->out->reviewed = read_flag(r, root, "reviewed");
    r->out->partial = read_flag(r, phrases, "partial");
    if (fallback &&
        (fallback->kind != YAML_SCALAR || !tongue_is_key(fallback->text) || slice_is(fallback->text, r->out->key)))
        yaml_fault(r->faults, r->file, fallback, "`fallback` must be the key of another language, as es");
    else if (fallback)
        slice_copy(fallback->text, r->out->fallback, sizeof(r->out->fallback));
    if (called && called->kind != YAML_LIST)
        yaml_fault(r->faults, r->file, called, "`called` must be a list of forms, as [\"ingles|english\"]");
    else
        r->out->called = called;
}

static enum error read_tree(struct reading *r, const struct yaml_node *root)
{
    size_t before = r->faults->total;
    if (!root || root->kind != YAML_MAP) {
        faults_add(r->faults, r->file, 1, 1, "a language begins with `name:`, what its speakers call it");
        return ERR_VALUE;
    }
    read_head(r, root);
    read_phrases(r, root);
    if (r->out_of_memory)
        return ERR_NOMEM;
    return r->faults->total == before ? OK : ERR_VALUE;
}

static enum error read_over(const char *file, const char *key, struct slice yaml, struct arena *arena,
                            struct faults *faults, struct tongue *out)
{
    struct reading r = {.file = file, .arena = arena, .faults = faults, .out = out};
    struct yaml_node *root = NULL;
    if (!slice_copy(slice_of(key), out->key, sizeof(out->key)))
        return ERR_VALUE;
    enum error error = yaml_parse(file, yaml, arena, faults, &root);
    return error ? error : read_tree(&r, root);
}

enum error tongue_spanish(struct arena *arena, struct tongue *out)
{
    struct faults faults;
    *out = (struct tongue){.name = SLICE_NONE};
    faults_init(&faults);
    enum error error = read_over("es", "es", (struct slice){spanish, sizeof(spanish)}, arena, &faults, out);
    faults_release(&faults);
    return error ? ERR_NOMEM : OK; /* its file is checked by the tests */
}

enum error tongue_read(const char *file, const char *key, struct slice yaml, struct arena *arena, struct faults *faults,
                       struct tongue *out)
{
    struct tongue spanish_one;
    enum error error = tongue_spanish(arena, &spanish_one);
    if (error)
        return error;
    *out = (struct tongue){.name = SLICE_NONE};
    memcpy(out->phrases, spanish_one.phrases, sizeof(out->phrases));
    return read_over(file, key, yaml, arena, faults, out);
}

struct slice tongue_word(const struct tongue *tongue, const char *type, struct slice value)
{
    for (size_t i = SAY_WORDS; i < SAY_COUNT; i++)
        if (slice_is(value, rows[i].key) && strcmp(type, rows[i].section) == 0)
            return tongue->phrases[i];
    return SLICE_NONE;
}

void tongue_fill(struct slice phrase, struct slice first, struct slice second, struct buf *out)
{
    struct slice given[] = {first, second};
    size_t next = 0;
    for (size_t i = 0; i < phrase.len; i++) {
        if (phrase.ptr[i] == '#' && next < sizeof(given) / sizeof(given[0]))
            buf_addslice(out, given[next++]);
        else
            buf_addc(out, phrase.ptr[i]);
    }
}

size_t tongue_words_max(const struct tongue *tongue, const char *type)
{
    size_t most = 0;
    for (size_t i = SAY_WORDS; i < SAY_COUNT; i++) {
        size_t chars = utf8_count(tongue->phrases[i]);
        if (strcmp(type, rows[i].section) == 0 && chars > most)
            most = chars;
    }
    return most;
}
