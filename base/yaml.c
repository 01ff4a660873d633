#include "base/yaml.h"

#include <stdarg.h>
#include <stdlib.h>
#include <string.h>
#include <yaml.h>

#include "base/utf8.h"

/* One reading. `event` is the one being looked at; it is replaced by next_event(). A function that returns
 * false or NULL has met something after which nothing more can be read; `error` then says what. Faults that
 * leave the rest readable only set `error`. */
struct reader {
    const char *file;
    struct arena *arena;
    struct faults *faults;
    yaml_parser_t parser;
    yaml_event_t event;
    bool has_event;
    unsigned depth;
    size_t nodes;
    enum error error;
};

void yaml_fault(struct faults *faults, const char *file, const struct yaml_node *at, const char *format, ...)
{
    char text[1024];
    va_list args;
    va_start(args, format);
    vsnprintf(text, sizeof(text), format, args);
    va_end(args);
    faults_add(faults, at && at->file ? at->file : file, at ? at->line : 0, at ? at->column : 0, "%s", text);
}

static void fault_at(struct reader *r, yaml_mark_t mark, const char *text)
{
    faults_add(r->faults, r->file, (unsigned)mark.line + 1, (unsigned)mark.column + 1, "%s", text);
    r->error = ERR_SYNTAX;
}

/* What libyaml says, and what a person is told. */
static const struct {
    const char *problem;
    const char *sentence;
    bool at_start; /* the place to name is where the unfinished thing began */
} problems[] = {
    {"mapping values are not allowed in this context",
     "a second \": \" on this line, or a wrong indent: put the value in quotes, or the key on its own line", false},
    {"could not find expected ':'", "a key without a colon: write `key: value`, with a blank after the colon", true},
    {"did not find expected key", "no key is here, where one must be: indent this line like the other keys of its map",
     false},
    {"did not find expected '-' indicator",
     "this line is neither a list item nor the end of the list: indent it like its neighbours", false},
    {"did not find expected ',' or '}'",
     "a map in braces is not closed: put } at its end, and a comma between its pairs", true},
    {"did not find expected ',' or ']'",
     "a list in brackets is not closed: put ] at its end, and a comma between its items", true},
    {"did not find expected node content", "a value is missing here: write one, or \"\" for none", false},
    {"did not find expected <document start>",
     "text after the end of the document: indent it to belong to something above, or remove it", false},
    {"found character that cannot start any token",
     "a value cannot begin with this character (tab, @, ` or %): indent with blanks, put the value in quotes", false},
    {"did not find expected alphabetic or numeric character",
     "a value cannot begin with * or &, which mean aliases and anchors: put the value in quotes", true},
    {"found a tab character that violates indentation", "a tab in the indent: indent with blanks", false},
    {"found a tab character where an indentation space is expected", "a tab in the indent: indent with blanks", false},
    {"found unexpected end of stream", "a quote is opened here and never closed: close it", true},
    {"found unknown escape character",
     "a backslash before a letter that makes no escape: write \\\\, or use single quotes", false},
    {"block sequence entries are not allowed in this context",
     "a list item cannot begin here: put it on a line of its own, indented under its key", false},
    {"block mapping entries are not allowed in this context", "a key cannot begin here: put it on a line of its own",
     false},
    {"found undefined tag handle", "tags (!) are not taken here: put the value in quotes", false},
    {"did not find expected whitespace or line break", "a blank is missing here: put one, or put the value in quotes",
     false},
};

static void fault_of_syntax(struct reader *r)
{
    const yaml_parser_t *p = &r->parser;
    const char *problem = p->problem ? p->problem : "cannot be read as YAML";
    if (p->error == YAML_MEMORY_ERROR) {
        r->error = ERR_NOMEM;
        return;
    }
    for (size_t i = 0; i < sizeof(problems) / sizeof(problems[0]); i++) {
        if (strcmp(problems[i].problem, problem) == 0) {
            fault_at(r, problems[i].at_start ? p->context_mark : p->problem_mark, problems[i].sentence);
            return;
        }
    }
    faults_add(r->faults, r->file, (unsigned)p->problem_mark.line + 1, (unsigned)p->problem_mark.column + 1,
               "%s: look at the indent, quotes and brackets here and in the line before", problem);
    r->error = ERR_SYNTAX;
}

static bool next_event(struct reader *r)
{
    if (r->has_event)
        yaml_event_delete(&r->event);
    r->has_event = yaml_parser_parse(&r->parser, &r->event) != 0;
    if (!r->has_event)
        fault_of_syntax(r);
    return r->has_event;
}

static struct yaml_node *out_of_memory(struct reader *r)
{
    r->error = ERR_NOMEM;
    return NULL;
}

/* Makes room for one more item at the end of a growing array in the arena. Returns NULL without memory. */
static void *grow(struct reader *r, void *items, size_t count, size_t size)
{
    if (count & (count - 1))
        return items;
    void *larger = arena_array(r->arena, count ? 2 * count : 1, size);
    if (larger && count)
        memcpy(larger, items, count * size);
    return larger;
}

static struct yaml_node *read_node(struct reader *r);

static bool read_list(struct reader *r, struct yaml_node *list)
{
    if (!next_event(r))
        return false;
    while (r->event.type != YAML_SEQUENCE_END_EVENT) {
        struct yaml_node *item = read_node(r);
        if (!item)
            return false;
        list->items = grow(r, list->items, list->count, sizeof(struct yaml_node *));
        if (!list->items)
            return out_of_memory(r);
        list->items[list->count++] = item;
        if (!next_event(r))
            return false;
    }
    return true;
}

/* A key in a map, with its place in the file's order. */
struct key {
    struct slice text;
    const struct yaml_node *node;
    size_t index;
};

static int compare_keys(const void *a, const void *b)
{
    const struct key *x = a, *y = b;
    int order = slice_compare(x->text, y->text);
    return order ? order : (x->index > y->index) - (x->index < y->index);
}

/* Looks for repeated keys by sorting, so that a hostile map costs n log n. */
static bool check_keys(struct reader *r, const struct yaml_node *map)
{
    struct key *keys = arena_array(r->arena, map->count, sizeof(*keys));
    if (!keys)
        return out_of_memory(r);
    size_t count = 0;
    for (size_t i = 0; i < map->count; i++)
        if (map->pairs[i].key->kind == YAML_SCALAR)
            keys[count++] = (struct key){map->pairs[i].key->text, map->pairs[i].key, i};
    qsort(keys, count, sizeof(*keys), compare_keys);
    for (size_t i = 1; i < count; i++) {
        if (!slice_eq(keys[i - 1].text, keys[i].text))
            continue;
        struct slice shown = utf8_prefix(keys[i].text, 60);
        yaml_fault(r->faults, r->file, keys[i].node,
                   "the key \"%.*s\" is here again (first in line %u): keep one of the two", (int)shown.len, shown.ptr,
                   keys[i - 1].node->line);
        r->error = ERR_SYNTAX;
    }
    return true;
}

static void check_key(struct reader *r, const struct yaml_node *key)
{
    const char *fault = NULL;
    if (key->kind != YAML_SCALAR)
        fault = "a key is a list or a map: a key must be one word or text";
    else if (!key->quoted && slice_is(key->text, "<<"))
        fault = "merge keys (<<) are not taken here: write the settings out";
    if (!fault)
        return;
    yaml_fault(r->faults, r->file, key, "%s", fault);
    r->error = ERR_SYNTAX;
}

static bool read_map(struct reader *r, struct yaml_node *map)
{
    if (!next_event(r))
        return false;
    while (r->event.type != YAML_MAPPING_END_EVENT) {
        struct yaml_pair pair = {.key = read_node(r)};
        if (!pair.key)
            return false;
        check_key(r, pair.key);
        pair.value = next_event(r) ? read_node(r) : NULL;
        if (!pair.value)
            return false;
        map->pairs = grow(r, map->pairs, map->count, sizeof(struct yaml_pair));
        if (!map->pairs)
            return out_of_memory(r);
        map->pairs[map->count++] = pair;
        if (!next_event(r))
            return false;
    }
    return check_keys(r, map);
}

static bool read_scalar(struct reader *r, struct yaml_node *node)
{
    struct slice text = {(const char *)r->event.data.scalar.value, r->event.data.scalar.length};
    node->quoted = r->event.data.scalar.style != YAML_PLAIN_SCALAR_STYLE;
    if (slice_find(text, '\0') < text.len)
        fault_at(r, r->event.start_mark, "a NUL character (\\0) is in this text: remove it");
    node->text = arena_copy(r->arena, text);
    return node->text.ptr || out_of_memory(r);
}

/* Refuses anchors and tags, which a scalar, a list and a map can carry alike. */
static void check_properties(struct reader *r, const yaml_char_t *anchor, const yaml_char_t *tag)
{
    if (anchor)
        fault_at(r, r->event.start_mark, "anchors (&name) are not taken here: write the value out where it is wanted");
    if (tag)
        fault_at(r, r->event.start_mark, "tags (!) are not taken here: remove it, the type is known from the key");
}

static bool enter(struct reader *r)
{
    if (++r->depth <= YAML_DEPTH_MAX)
        return true;
    fault_at(r, r->event.start_mark, "too deep: lists and maps may lie 24 deep in each other");
    return false;
}

static struct yaml_node *read_list_node(struct reader *r, struct yaml_node *node)
{
    node->kind = YAML_LIST;
    check_properties(r, r->event.data.sequence_start.anchor, r->event.data.sequence_start.tag);
    bool whole = enter(r) && read_list(r, node);
    r->depth--;
    return whole ? node : NULL;
}

static struct yaml_node *read_map_node(struct reader *r, struct yaml_node *node)
{
    node->kind = YAML_MAP;
    check_properties(r, r->event.data.mapping_start.anchor, r->event.data.mapping_start.tag);
    bool whole = enter(r) && read_map(r, node);
    r->depth--;
    return whole ? node : NULL;
}

/* Makes a node of the current event, and of all events that belong to it. */
static struct yaml_node *read_node(struct reader *r)
{
    struct yaml_node *node = arena_alloc(r->arena, sizeof(*node));
    if (!node)
        return out_of_memory(r);
    node->line = (unsigned)r->event.start_mark.line + 1;
    node->column = (unsigned)r->event.start_mark.column + 1;
    if (++r->nodes > YAML_NODES_MAX) {
        fault_at(r, r->event.start_mark, "too much in one file: at most 200,000 keys and values; split it");
        return NULL;
    }
    switch (r->event.type) {
    case YAML_SEQUENCE_START_EVENT:
        return read_list_node(r, node);
    case YAML_MAPPING_START_EVENT:
        return read_map_node(r, node);
    case YAML_SCALAR_EVENT:
        check_properties(r, r->event.data.scalar.anchor, r->event.data.scalar.tag);
        return read_scalar(r, node) ? node : NULL;
    default: /* an alias is all that is left */
        fault_at(r, r->event.start_mark,
                 "aliases (*name) are not taken here: write the value out, or put it in quotes");
        node->text = SLICE("");
        return node;
    }
}

/* Reads the stream: its start, at most one document, its end. */
static void read_stream(struct reader *r, struct yaml_node **out)
{
    if (!next_event(r) || !next_event(r) || r->event.type == YAML_STREAM_END_EVENT)
        return;
    if (r->event.data.document_start.tag_directives.start != r->event.data.document_start.tag_directives.end)
        fault_at(r, r->event.start_mark, "a %TAG directive is not taken here: remove it");
    if (!next_event(r) || !(*out = read_node(r)))
        return;
    if (next_event(r) && next_event(r) && r->event.type != YAML_STREAM_END_EVENT)
        fault_at(r, r->event.start_mark, "a second document begins here: keep one document a file");
}

/* Finds the first byte that is no UTF-8 text, or a control character, which libyaml would refuse without a
 * place. */
static bool check_bytes(struct reader *r, struct slice rest)
{
    yaml_mark_t mark = {0};
    uint32_t code_point;
    if (rest.len > YAML_BYTES_MAX) {
        fault_at(r, mark, "the file is above 8 MiB: split it");
        return false;
    }
    for (struct slice before = rest; utf8_next(&rest, &code_point); before = rest) {
        if (code_point == UTF8_REPLACEMENT && before.len - rest.len == 1) {
            fault_at(r, mark, "this is not UTF-8: save the file as UTF-8");
            return false;
        }
        bool control = (code_point < 0x20 && code_point != '\t' && code_point != '\n' && code_point != '\r') ||
                       (code_point >= 0x7F && code_point < 0xA0 && code_point != 0x85);
        if (control || code_point == 0xFFFE || code_point == 0xFFFF) {
            fault_at(r, mark, "a control character that cannot be seen is here: remove it");
            return false;
        }
        mark.column++;
        if (code_point == '\n')
            mark = (yaml_mark_t){.line = mark.line + 1};
    }
    return true;
}

enum error yaml_parse(const char *file, struct slice bytes, struct arena *arena, struct faults *faults,
                      struct yaml_node **out)
{
    struct reader r = {.file = file, .arena = arena, .faults = faults};
    struct yaml_node *root = NULL;
    if (slice_starts(bytes, "\xEF\xBB\xBF"))
        bytes = slice_part(bytes, 3, bytes.len);
    if (!check_bytes(&r, bytes))
        return r.error;
    if (!yaml_parser_initialize(&r.parser))
        return ERR_NOMEM;
    yaml_parser_set_encoding(&r.parser, YAML_UTF8_ENCODING);
    yaml_parser_set_input_string(&r.parser, (const unsigned char *)(bytes.ptr ? bytes.ptr : ""), bytes.len);
    read_stream(&r, &root);
    if (r.has_event)
        yaml_event_delete(&r.event);
    yaml_parser_delete(&r.parser);
    if (r.error)
        return r.error;
    *out = root;
    return OK;
}

struct yaml_node *yaml_get(const struct yaml_node *map, const char *key)
{
    for (size_t i = 0; map && map->kind == YAML_MAP && i < map->count; i++)
        if (slice_is(map->pairs[i].key->text, key))
            return map->pairs[i].value;
    return NULL;
}
