#include "engine/corpus.h"

#include <string.h>

#include "base/mem.h"
#include "base/utf8.h"

#define TEXTS_MAX (256u * 1024 * 1024) /* bytes */
#define FOLD_MAX 1024
#define COLUMNS_MAX 16

enum error corpus_init(struct corpus *corpus)
{
    memset(corpus, 0, sizeof(*corpus));
    corpus->texts = arena_new(TEXTS_MAX);
    return corpus->texts ? OK : ERR_NOMEM;
}

void corpus_release(struct corpus *corpus)
{
    mem_free(corpus->items);
    arena_free(corpus->texts);
    memset(corpus, 0, sizeof(*corpus));
}

bool corpus_is_held(const struct example *example)
{
    return example->origin == ORIGIN_MADE_UP && (example->entry >> 7) % CORPUS_HELD_ENTRIES == 0;
}

uint64_t corpus_key(struct slice text)
{
    char folded[FOLD_MAX];
    uint64_t hash = 0xcbf29ce484222325u;
    size_t len = utf8_fold(text, folded, sizeof(folded));
    for (size_t i = 0; i < len; i++)
        hash = (hash ^ (unsigned char)folded[i]) * 0x100000001b3u;
    return hash ? hash : 1;
}

static enum error add(struct corpus *corpus, const struct example *example)
{
    if (corpus->count == corpus->room) {
        size_t room = corpus->room ? corpus->room * 2 : 4096;
        struct example *items = mem_resize(corpus->items, room * sizeof(*items));
        if (!items)
            return ERR_NOMEM;
        corpus->items = items;
        corpus->room = room;
    }
    corpus->items[corpus->count] = *example;
    corpus->items[corpus->count++].key = corpus_key(example->text);
    corpus->origins[example->origin]++;
    return OK;
}

/* Finds a department's number, giving it one where it is new. */
static enum error find_group(struct corpus *corpus, struct slice name, int8_t *out)
{
    for (size_t i = 0; i < corpus->group_count; i++) {
        if (slice_is(name, corpus->groups[i])) {
            *out = (int8_t)i;
            return OK;
        }
    }
    if (corpus->group_count == CORPUS_GROUPS_MAX)
        return ERR_LIMIT;
    if (!slice_copy(name, corpus->groups[corpus->group_count], ENGINE_KEY))
        return ERR_VALUE;
    *out = (int8_t)corpus->group_count++;
    return OK;
}

enum column { TEXT, INDUSTRY, DEPARTMENT, STATUS, PRODUCT, OCCUPATION, COLUMN_COUNT };

static const char *const column_names[COLUMN_COUNT] = {
    [TEXT] = "text",     [INDUSTRY] = "industry", [DEPARTMENT] = "department",
    [STATUS] = "status", [PRODUCT] = "product",   [OCCUPATION] = "occupation",
};

/* Where each column stands in a line; -1 where the table has none. */
struct table {
    const char *file;
    int at[COLUMN_COUNT];
    unsigned line;
};

static void read_names(struct slice line, struct table *table)
{
    struct slice name;
    for (int c = 0; c < COLUMN_COUNT; c++)
        table->at[c] = -1;
    for (int i = 0; slice_cut(&line, '\t', &name) && i < COLUMNS_MAX; i++)
        for (int c = 0; c < COLUMN_COUNT; c++)
            if (slice_is(slice_trim(name), column_names[c]))
                table->at[c] = i;
}

static void read_fields(struct slice line, const struct table *table, struct slice fields[COLUMN_COUNT])
{
    struct slice columns[COLUMNS_MAX] = {SLICE_NONE};
    for (int i = 0; i < COLUMNS_MAX && slice_cut(&line, '\t', &columns[i]);)
        i++;
    for (int c = 0; c < COLUMN_COUNT; c++)
        fields[c] = table->at[c] < 0 ? SLICE_NONE : slice_trim(columns[table->at[c]]);
}

static enum error add_row(struct corpus *corpus, const struct table *table, struct slice line, struct faults *faults)
{
    struct slice fields[COLUMN_COUNT];
    read_fields(line, table, fields);
    int label = word_number(&industries, fields[INDUSTRY]);
    if (label == WORD_NONE || fields[TEXT].len == 0) {
        faults_add(faults, table->file, table->line, 1, "needs a text and one of the %d industries", INDUSTRY_COUNT);
        return ERR_VALUE;
    }
    struct example example = {.text = fields[TEXT], .label = (uint8_t)label, .group = CORPUS_GROUP_NONE};
    if (fields[DEPARTMENT].len) {
        enum error error = find_group(corpus, fields[DEPARTMENT], &example.group);
        if (error)
            return error;
        example.origin = ORIGIN_SURVEY;
        example.owner = slice_is(fields[STATUS], "2") || slice_is(fields[STATUS], "3") || slice_is(fields[STATUS], "4");
    }
    enum error error = add(corpus, &example);
    static const enum column more[] = {PRODUCT, OCCUPATION};
    for (size_t i = 0; !error && i < 2; i++) {
        if (!fields[more[i]].len)
            continue;
        example.text = fields[more[i]];
        example.origin = ORIGIN_WORDS;
        error = add(corpus, &example);
    }
    return error;
}

enum error corpus_add_table(struct corpus *corpus, const char *file, struct slice bytes, struct faults *faults)
{
    struct table table = {.file = file};
    struct slice line;
    bool named = false;
    while (slice_cut(&bytes, '\n', &line)) {
        table.line++;
        if (slice_trim(line).len == 0 || line.ptr[0] == '#')
            continue;
        if (!named) {
            named = true;
            read_names(line, &table);
            if (table.at[TEXT] < 0 || table.at[INDUSTRY] < 0) {
                faults_add(faults, file, table.line, 1,
                           "the first line must name the columns, text and industry among them");
                return ERR_SYNTAX;
            }
            continue;
        }
        enum error error = add_row(corpus, &table, line, faults);
        if (error)
            return error;
    }
    return OK;
}

static enum error add_phrase(void *ctx, const struct phrase *phrase)
{
    struct corpus *corpus = ctx;
    int label = word_number(&industries, phrase->label);
    struct example example = {.origin = ORIGIN_MADE_UP, .group = CORPUS_GROUP_NONE};
    if (label == WORD_NONE)
        return ERR_VALUE;
    example.label = (uint8_t)label;
    example.entry = corpus_key(phrase->entry);
    example.text = arena_copy(corpus->texts, phrase->text);
    return example.text.ptr ? add(corpus, &example) : ERR_NOMEM;
}

enum error corpus_add_phrases(struct corpus *corpus, const struct phrases_source *source, unsigned per_entry,
                              uint64_t seed, struct faults *faults)
{
    enum error error = phrases_expand(source, per_entry, seed, faults, add_phrase, corpus);
    if (error == ERR_VALUE)
        faults_add(faults, source->lexicon_file, 0, 0, "each line's second column must be one of the %d industries",
                   INDUSTRY_COUNT);
    return error;
}

enum error key_set_init(struct key_set *set, size_t count)
{
    size_t slots = 64;
    while (slots < count * 2)
        slots *= 2;
    set->mask = slots - 1;
    set->slots = mem_alloc(slots * sizeof(*set->slots));
    return set->slots ? OK : ERR_NOMEM;
}

void key_set_release(struct key_set *set)
{
    mem_free(set->slots);
    set->slots = NULL;
}

static size_t find_slot(const struct key_set *set, uint64_t key)
{
    size_t at = (size_t)(key ^ (key >> 32)) & set->mask;
    while (set->slots[at] && set->slots[at] != key)
        at = (at + 1) & set->mask;
    return at;
}

bool key_set_add(struct key_set *set, uint64_t key)
{
    size_t at = find_slot(set, key);
    if (set->slots[at])
        return false;
    set->slots[at] = key;
    return true;
}

bool key_set_has(const struct key_set *set, uint64_t key)
{
    return set->slots[find_slot(set, key)] != 0;
}
