/* The catalogue in CSV and in JSON: made into the tree that YAML gives. */
#include <stdio.h>
#include <string.h>

#include "base/csv.h"
#include "base/json.h"
#include "base/utf8.h"
#include "engine/catalogue_parts.h"

#define ENTRY_MAX (16u * 1024) /* bytes of one as JSON */
#define PIECES_MAX 64          /* of one field */

/* What a tree is made with: places are the node's that is being made. */
struct maker {
    struct arena *arena;
    const char *file; /* that nodes name; NULL: the catalogue's */
    unsigned line, column;
};

static struct yaml_node *make_node(struct maker *m, enum yaml_kind kind, size_t room)
{
    struct yaml_node *node = arena_alloc(m->arena, sizeof(*node));
    if (!node)
        return NULL;
    *node = (struct yaml_node){.kind = kind, .file = m->file, .line = m->line, .column = m->column};
    if (kind == YAML_LIST && !(node->items = arena_array(m->arena, room, sizeof(*node->items))))
        return NULL;
    if (kind == YAML_MAP && !(node->pairs = arena_array(m->arena, room, sizeof(*node->pairs))))
        return NULL;
    return node;
}

static struct yaml_node *make_scalar(struct maker *m, struct slice text)
{
    struct yaml_node *node = make_node(m, YAML_SCALAR, 0);
    if (!node)
        return NULL;
    node->text = arena_copy(m->arena, text);
    node->quoted = true;
    return node->text.ptr ? node : NULL;
}

/* Gives "all" alone as the word that it is in YAML. */
static struct yaml_node *unwrap_all(enum catalogue_form form, struct yaml_node *list)
{
    return form == CATALOGUE_SET && list->count == 1 && slice_is(list->items[0]->text, "all") ? list->items[0] : list;
}

/* Tells whether a value is a field left out. A list may be empty, where a set may not. */
static bool is_empty(enum catalogue_form form, const struct yaml_node *value)
{
    return value->kind == YAML_SCALAR ? value->text.len == 0
                                      : value->kind == YAML_LIST && value->count == 0 && form != CATALOGUE_LIST;
}

/* Adds a field to an entry, unless it is left out. Returns false without memory. */
static bool add_pair(struct maker *m, struct yaml_node *entry, struct slice key, enum catalogue_form form,
                     struct yaml_node *value)
{
    if (!value)
        return false;
    if (is_empty(form, value))
        return true;
    struct yaml_node *name = make_scalar(m, key);
    if (name)
        entry->pairs[entry->count++] = (struct yaml_pair){name, value};
    return name != NULL;
}

/* ---- CSV ---- */

static size_t piece_end(struct slice rest, enum catalogue_form form)
{
    size_t at = 0;
    while (at < rest.len && rest.ptr[at] != '\n' &&
           (form == CATALOGUE_LINES || (rest.ptr[at] != ',' && rest.ptr[at] != ';')))
        at++;
    return at;
}

/* Makes a list of a cell's pieces; more than PIECES_MAX make one too long a word, which is refused. */
static struct yaml_node *split_cell(struct maker *m, enum catalogue_form form, struct slice rest)
{
    struct yaml_node *list = make_node(m, YAML_LIST, PIECES_MAX);
    while (list && rest.len) {
        size_t end = list->count == PIECES_MAX - 1 ? rest.len : piece_end(rest, form);
        const struct slice whole = slice_part(rest, 0, end);
        const struct slice piece = form == CATALOGUE_LINES ? whole : slice_trim(whole);
        rest = slice_part(rest, end + 1, rest.len);
        if (piece.len && !(list->items[list->count++] = make_scalar(m, piece)))
            return NULL;
    }
    return list ? unwrap_all(form, list) : NULL;
}

struct sheet {
    struct maker m;
    const char *file;
    struct faults *faults;
    struct csv_reader reader;
    struct csv_cell cells[CSV_CELLS_MAX];
    size_t fields[CSV_CELLS_MAX]; /* by column: the field's number */
    size_t columns;
    struct yaml_node *entries[CATALOGUE_RESOURCES_MAX + 1];
    size_t count;
};

/* Reads the row of names. Every one must be a field's, once, and none that is required may lack. */
static void read_names(struct sheet *s)
{
    bool seen[CATALOGUE_FIELDS + 1] = {false};
    for (size_t i = 0; i < s->columns; i++) {
        const struct csv_cell *cell = &s->cells[i];
        const size_t number = s->fields[i] = catalogue_field_number(slice_trim(cell->text));
        struct yaml_node key = {.line = cell->line, .column = cell->column, .text = cell->text};
        if (number == CATALOGUE_FIELDS)
            catalogue_fault_key(s->file, &key, s->faults);
        else if (seen[number])
            yaml_fault(s->faults, s->file, &key, "the column %s is there twice: remove one", catalogue_field(number));
        seen[number] = true;
    }
    for (size_t i = 0; i < CATALOGUE_FIELDS; i++)
        if (catalogue_requires(i) && !seen[i])
            faults_add(s->faults, s->file, 1, 1, "there is no column %s: add it", catalogue_field(i));
}

static bool is_blank(const struct sheet *s, size_t count)
{
    for (size_t i = 0; i < count; i++)
        if (s->cells[i].text.len)
            return false;
    return true;
}

/* Makes an entry of the row that was read. Returns false without memory. */
static bool read_entry(struct sheet *s, size_t count)
{
    s->m.line = s->cells[0].line;
    s->m.column = s->cells[0].column;
    struct yaml_node *entry = make_node(&s->m, YAML_MAP, count);
    if (count != s->columns)
        faults_add(s->faults, s->file, s->cells[0].line, s->cells[0].column,
                   "the row has %zu cells, the first one %zu: put cells with commas or quotes into quotes", count,
                   s->columns);
    for (size_t i = 0; entry && i < count && count == s->columns; i++) {
        const enum catalogue_form form = catalogue_form(s->fields[i]);
        const struct slice text =
            form == CATALOGUE_TEXT || form == CATALOGUE_LINES ? s->cells[i].text : slice_trim(s->cells[i].text);
        s->m.line = s->cells[i].line;
        s->m.column = s->cells[i].column;
        struct yaml_node *value = form < CATALOGUE_LIST ? make_scalar(&s->m, text) : split_cell(&s->m, form, text);
        if (!add_pair(&s->m, entry, slice_of(catalogue_field(s->fields[i])), form, value))
            return false;
    }
    s->entries[s->count++] = entry;
    return entry != NULL;
}

static enum error read_rows(struct sheet *s)
{
    size_t count;
    enum error error = csv_row(&s->reader, s->m.arena, s->cells, &s->columns);
    if (!error)
        read_names(s);
    if (s->faults->total)
        return OK;
    while (!error) {
        error = csv_row(&s->reader, s->m.arena, s->cells, &count);
        if (error || is_blank(s, count))
            continue;
        if (s->count > CATALOGUE_RESOURCES_MAX)
            return OK;
        if (!read_entry(s, count))
            error = ERR_NOMEM;
    }
    return error == ERR_NOT_FOUND ? OK : error;
}

static void read_sheet(struct sheet *s, struct slice bytes)
{
    if (bytes.len > CATALOGUE_FILE_MAX) {
        faults_add(s->faults, s->file, 0, 0, "it has %zu bytes: at most %u", bytes.len, CATALOGUE_FILE_MAX);
    } else if (!utf8_valid(bytes)) {
        faults_add(s->faults, s->file, 0, 0, "it is not UTF-8: save it as \"CSV UTF-8\"");
    } else {
        csv_begin(&s->reader, bytes);
        enum error error = read_rows(s);
        if (error == ERR_SYNTAX)
            faults_add(s->faults, s->file, s->reader.line, s->reader.column,
                       "a quote stands where none may be, or does not end: a cell with quotes is put into quotes, and "
                       "each of its own is written twice");
        else if (error == ERR_LIMIT)
            faults_add(s->faults, s->file, s->reader.line, s->reader.column, "a row has more than %d cells",
                       CSV_CELLS_MAX);
        else if (error)
            catalogue_fault_memory(s->file, s->faults);
        else if (s->count == 0 && !s->faults->total)
            faults_add(s->faults, s->file, 1, 1,
                       "there are no entries: it needs a row of fields' names, then a row each");
    }
}

struct catalogue *catalogue_read_csv(const char *file, struct slice bytes, struct faults *faults)
{
    struct faults own;
    struct catalogue *made = NULL;
    struct arena *arena = arena_new(CATALOGUE_TREE_MAX);
    struct sheet *s = arena ? arena_alloc(arena, sizeof(*s)) : NULL;
    faults_init(&own);
    if (s) {
        s->m.arena = arena;
        s->file = file;
        s->faults = &own;
        read_sheet(s, bytes);
    } else {
        catalogue_fault_memory(file, &own);
    }
    bool good = own.total == 0;
    for (size_t i = 0; i < own.count; i++)
        faults_add(faults, file, own.items[i].line, own.items[i].column, "%s", own.items[i].text);
    if (!good && own.count == 0)
        catalogue_fault_memory(file, faults);
    faults_release(&own);
    if (good)
        made = catalogue_make(file, arena, s->entries, s->count, faults);
    else
        arena_free(arena);
    return made;
}

/* ---- JSON ---- */

static struct yaml_node *node_of_text(struct maker *m, const cJSON *value)
{
    char number[32];
    if (cJSON_IsString(value))
        return make_scalar(m, slice_of(value->valuestring));
    snprintf(number, sizeof(number), "%.15g", value->valuedouble);
    return make_scalar(m, slice_of(number));
}

static struct yaml_node *node_of(struct maker *m, enum catalogue_form form, const cJSON *value)
{
    if (!cJSON_IsArray(value))
        return cJSON_IsString(value) || cJSON_IsNumber(value) ? node_of_text(m, value) : make_node(m, YAML_MAP, 1);
    struct yaml_node *list = make_node(m, YAML_LIST, (size_t)cJSON_GetArraySize(value) + 1);
    const cJSON *item;
    cJSON_ArrayForEach(item, value)
    {
        if (list)
            list->items[list->count] = cJSON_IsString(item) ? node_of_text(m, item) : make_node(m, YAML_MAP, 1);
        if (!list || !list->items[list->count++])
            return NULL;
    }
    return list ? unwrap_all(form, list) : NULL;
}

static struct yaml_node *entry_of(struct arena *arena, const cJSON *object)
{
    const struct slice given = json_string(object, "id");
    const char *id = arena_printf(arena, "%.*s", given.len < 64 ? (int)given.len : 64, given.len ? given.ptr : "");
    struct maker m = {.arena = arena, .file = id};
    struct yaml_node *entry = id ? make_node(&m, YAML_MAP, (size_t)cJSON_GetArraySize(object) + 1) : NULL;
    const cJSON *member;
    cJSON_ArrayForEach(member, object)
    {
        const size_t number = catalogue_field_number(slice_of(member->string));
        const enum catalogue_form form = number < CATALOGUE_FIELDS ? catalogue_form(number) : CATALOGUE_TEXT;
        if (!entry || !(m.file = arena_printf(arena, "%s.%.64s", id, member->string)) ||
            !add_pair(&m, entry, slice_of(member->string), form, node_of(&m, form, member)))
            return NULL;
    }
    return entry;
}

struct catalogue *catalogue_read_entries(const struct slice *entries, size_t count, struct faults *faults)
{
    const size_t before = faults->total;
    struct arena *arena = arena_new(CATALOGUE_TREE_MAX);
    struct yaml_node **nodes = arena ? arena_array(arena, count + 1, sizeof(struct yaml_node *)) : NULL;
    if (!nodes)
        catalogue_fault_memory("", faults);
    else if (count == 0)
        faults_add(faults, "", 0, 0, "a catalogue has at least one entry");
    for (size_t i = 0; nodes && i < count; i++) {
        cJSON *object = NULL;
        enum error error = json_parse(entries[i], ENTRY_MAX, &object);
        if (error || !cJSON_IsObject(object))
            faults_add(faults, "", 0, 0, "entry %zu is no JSON object of at most %u bytes: %s", i + 1, ENTRY_MAX,
                       error_text(error));
        else if (!(nodes[i] = entry_of(arena, object)))
            catalogue_fault_memory("", faults);
        cJSON_Delete(object);
    }
    if (faults->total == before)
        return catalogue_make("", arena, nodes, count, faults);
    arena_free(arena);
    return NULL;
}

/* ---- links ---- */

bool catalogue_is_link(struct slice word)
{
    size_t at = 0, dots = 0, end;
    while (at + 3 <= word.len && memcmp(word.ptr + at, "://", 3) != 0)
        at++;
    if (at + 3 > word.len)
        return true;
    if (!slice_starts(word, "http://") && !slice_starts(word, "https://"))
        return false;
    for (size_t i = 0; i < word.len; i++)
        if (word.ptr[i] <= ' ' || word.ptr[i] > '~')
            return false;
    const struct slice host = slice_part(word, at + 3, word.len);
    for (end = 0; end < host.len && !strchr("/?#:", host.ptr[end]); end++) {
        const char c = host.ptr[end];
        dots += c == '.';
        if (!(c >= 'a' && c <= 'z') && !(c >= 'A' && c <= 'Z') && !(c >= '0' && c <= '9') && c != '.' && c != '-')
            return false;
    }
    return dots > 0 && host.ptr[0] != '.' && host.ptr[end - 1] != '.';
}
