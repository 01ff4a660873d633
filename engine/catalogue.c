#include "engine/catalogue_parts.h"

#include <string.h>

#include "base/buf.h"
#include "base/civil.h"
#include "base/mem.h"
#include "base/sms.h"
#include "base/suggest.h"
#include "base/utf8.h"
#include "base/yaml.h"
#include "engine/engine.h"

#define NAME_MAX_CHARACTERS 100
#define CONTACT_MAX_CHARACTERS 120
#define NOTE_MAX_CHARACTERS 300
#define NUMBER_MAX 1000000000u
#define DAY_MS (24 * 3600 * INT64_C(1000))

struct catalogue {
    struct arena *tree; /* owns every text */
    struct resource *resources;
    size_t count;
};

struct reader {
    const char *file;
    struct faults *faults;
    struct catalogue *made;
};

/* A key of an entry, and how its value is read. */
struct field {
    const char *key;
    bool required;
    enum catalogue_form form;
    void (*read)(struct reader *r, const struct field *field, const struct yaml_node *node, struct resource *out);
    size_t offset;                       /* of the struct's field; 0 where `read` knows */
    const struct vocabulary *vocabulary; /* of words and sets of words */
    size_t most;                         /* characters, of texts */
};

#define FAULT(r, node, ...) yaml_fault((r)->faults, (r)->file, node, __VA_ARGS__)

static void *place(struct resource *out, const struct field *field)
{
    return (char *)out + field->offset;
}

static bool is_scalar(struct reader *r, const struct field *field, const struct yaml_node *node)
{
    if (node->kind == YAML_SCALAR && node->text.len > 0)
        return true;
    FAULT(r, node, "%s must be one value on its line", field->key);
    return false;
}

static void fault_word(struct reader *r, const struct yaml_node *node, const struct vocabulary *vocabulary)
{
    const char *near = word_suggest(vocabulary, node->text);
    if (near)
        FAULT(r, node, "there is no %s \"%.60s\"; did you mean \"%s\"?", vocabulary->what, node->text.ptr, near);
    else
        FAULT(r, node, "there is no %s \"%.60s\"; the first one known is \"%s\", the last \"%s\"", vocabulary->what,
              node->text.ptr, vocabulary->words[0].key, vocabulary->words[vocabulary->count - 1].key);
}

/* Tells whether the default policy of a text channel would send this as GSM-7, and adds a fault if not. */
static void check_gsm7(struct reader *r, const struct field *field, const struct yaml_node *node)
{
    struct buf sent;
    buf_init(&sent, 4096);
    sms_transliterate(node->text, &sent);
    if (sent.error)
        FAULT(r, node, "%s could not be checked: %s", field->key, error_text(sent.error));
    else if (sms_measure(buf_slice(&sent)).encoding != SMS_GSM7)
        FAULT(r, node, "%s has a character that no plain SMS can carry: write it with letters, digits and simple signs",
              field->key);
    else if (sms_measure(buf_slice(&sent)).units > field->most) /* the prover of flows reckons with no more */
        FAULT(r, node, "%s costs %zu septets on SMS: at most %zu, and each of € [ ] { } | ^ ~ \\ costs two", field->key,
              sms_measure(buf_slice(&sent)).units, field->most);
    buf_release(&sent);
}

/* Tells whether a character is one that people write: no control, and nothing that another notation cannot hold. */
static bool is_written(uint32_t c)
{
    return c >= ' ' && !(c >= 0x7F && c < 0xA0) && c != 0x2028 && c != 0x2029 && c != 0xFEFF && (c & 0xFFFE) != 0xFFFE;
}

static void check_line(struct reader *r, const struct field *field, const struct yaml_node *node)
{
    struct slice rest = node->text;
    uint32_t c;
    while (utf8_next(&rest, &c)) {
        if (is_written(c))
            continue;
        FAULT(r, node, c == '\n' ? "%s must be one line" : "%s has a control character: write it without", field->key);
        return;
    }
}

static void check_links(struct reader *r, const struct field *field, const struct yaml_node *node)
{
    struct slice rest = node->text, word;
    while (slice_cut(&rest, ' ', &word))
        if (!catalogue_is_link(word))
            FAULT(r, node, "%s has \"%.*s\", which is no link: write it as https://www.gob.pe/page", field->key,
                  (int)(word.len > 60 ? 60 : word.len), word.ptr);
}

static void read_text(struct reader *r, const struct field *field, const struct yaml_node *node, struct resource *out)
{
    if (!is_scalar(r, field, node))
        return;
    size_t count = utf8_count(node->text);
    if (count > field->most)
        FAULT(r, node, "%s has %zu characters: at most %zu, shorten it", field->key, count, field->most);
    else
        check_line(r, field, node);
    memcpy(place(out, field), &node->text.ptr, sizeof(node->text.ptr));
}

/* Reads a text that goes out to owners. */
static void read_said(struct reader *r, const struct field *field, const struct yaml_node *node, struct resource *out)
{
    read_text(r, field, node, out);
    if (node->kind != YAML_SCALAR)
        return;
    check_gsm7(r, field, node);
    check_links(r, field, node);
}

static bool is_id(struct slice text)
{
    for (size_t i = 0; i < text.len; i++)
        if (!strchr("abcdefghijklmnopqrstuvwxyz0123456789-", text.ptr[i]) || text.ptr[i] == '\0')
            return false;
    return text.len > 0 && text.len < ENGINE_KEY;
}

/* What stands beside the ids in the API's paths. */
static bool is_taken(struct slice id)
{
    static const char *const words[] = {"check", "diff", "export", "import", "versions"};
    bool taken = false;
    for (size_t i = 0; i < sizeof(words) / sizeof(words[0]); i++)
        taken |= slice_is(id, words[i]);
    return taken;
}

static void read_id(struct reader *r, const struct field *field, const struct yaml_node *node, struct resource *out)
{
    if (!is_scalar(r, field, node))
        return;
    if (!is_id(node->text))
        FAULT(r, node, "id \"%.60s\" must be 1 to %d letters a to z, digits and -", node->text.ptr, ENGINE_KEY - 1);
    else if (is_taken(node->text))
        FAULT(r, node, "id \"%s\" is an address of the API's own: give this entry another one", node->text.ptr);
    else if (catalogue_find(r->made, node->text))
        FAULT(r, node, "id \"%s\" is there twice: give this entry another one, or remove it", node->text.ptr);
    out->number = engine_shown(node->text);
    const struct resource *alike = catalogue_numbered(r->made, out->number);
    if (alike && !slice_is(node->text, alike->id))
        FAULT(r, node, "id \"%.60s\" would be remembered as %s is: give this entry another one", node->text.ptr,
              alike->id);
    out->id = node->text.ptr;
}

static void read_word(struct reader *r, const struct field *field, const struct yaml_node *node, struct resource *out)
{
    if (!is_scalar(r, field, node))
        return;
    int number = word_number(field->vocabulary, node->text);
    if (number == WORD_NONE)
        fault_word(r, node, field->vocabulary);
    else
        memcpy(place(out, field), &number, sizeof(number));
}

/* Reads one word of a list. Returns WORD_NONE after a fault. */
static int read_member(struct reader *r, const struct field *field, const struct yaml_node *node)
{
    if (!is_scalar(r, field, node))
        return WORD_NONE;
    int number = word_number(field->vocabulary, node->text);
    if (number == WORD_NONE)
        fault_word(r, node, field->vocabulary);
    return number;
}

/* Adds one word of a list to a set. */
static void add_member(struct reader *r, const struct field *field, const struct yaml_node *node, unsigned *set)
{
    int number = read_member(r, field, node);
    if (number == WORD_NONE)
        return;
    if (*set & 1u << number)
        FAULT(r, node, "%s names \"%s\" twice: once is enough", field->key, node->text.ptr);
    *set |= 1u << number;
}

/* Reads "all" (only where an entry must say something), one word, or a list of words. */
static void read_set(struct reader *r, const struct field *field, const struct yaml_node *node, struct resource *out)
{
    unsigned set = 0;
    if (node->kind == YAML_MAP || (node->kind == YAML_LIST && node->count == 0))
        FAULT(r, node, "%s must be one %s or a list like [%s]", field->key, field->vocabulary->what,
              field->vocabulary->words[0].key);
    else if (node->kind == YAML_SCALAR && field->required && slice_is(node->text, "all"))
        set = (1u << field->vocabulary->count) - 1;
    else if (node->kind == YAML_SCALAR)
        add_member(r, field, node, &set);
    for (size_t i = 0; node->kind == YAML_LIST && i < node->count; i++)
        add_member(r, field, node->items[i], &set);
    memcpy(place(out, field), &set, sizeof(set));
}

static void read_goals(struct reader *r, const struct field *field, const struct yaml_node *node, struct resource *out)
{
    if (node->kind != YAML_LIST || node->count > RESOURCE_GOALS_MAX) {
        FAULT(r, node, "goals must be a list of at most %d, the one it serves best first, like [finance, debts]",
              RESOURCE_GOALS_MAX);
        return;
    }
    for (size_t i = 0; i < node->count; i++) {
        int number = read_member(r, field, node->items[i]);
        if (number == GOAL_OTHER)
            FAULT(r, node->items[i], "\"other\" is what an owner may answer, not what a resource serves: remove it");
        else if (number != WORD_NONE)
            out->goals[out->goal_count++] = number;
    }
}

static void read_number(struct reader *r, const struct field *field, const struct yaml_node *node, struct resource *out)
{
    uint64_t number = 0;
    if (!is_scalar(r, field, node))
        return;
    if (!slice_u64(node->text, NUMBER_MAX, &number))
        FAULT(r, node, "%s is \"%.60s\": it must be a whole number, digits only", field->key, node->text.ptr);
    double value = (double)number;
    memcpy(place(out, field), &value, sizeof(value));
}

static void read_months(struct reader *r, const struct field *field, const struct yaml_node *node, struct resource *out)
{
    uint64_t number = 0;
    if (!is_scalar(r, field, node))
        return;
    if (!slice_u64(node->text, 1200, &number))
        FAULT(r, node, "%s is \"%.60s\": it must be whole months, 0 to 1200", field->key, node->text.ptr);
    out->tenure_months_min = (int)number;
}

/* Reads a day that exists: civil_parse() also takes times, which have no sense here. */
static bool read_day(struct reader *r, const struct field *field, const struct yaml_node *node, const char *or_else,
                     int64_t *out)
{
    char again[CIVIL_TEXT];
    int64_t ms;
    if (node->text.len == 10 && civil_parse(node->text, &ms) == OK) {
        civil_format(ms, again);
        if (memcmp(again, node->text.ptr, 10) == 0) {
            *out = ms - LIMA_OFFSET_S * INT64_C(1000);
            return true;
        }
    }
    FAULT(r, node, "%s is \"%.60s\": it must be a day like 2026-11-23%s", field->key, node->text.ptr, or_else);
    return false;
}

static void read_checked(struct reader *r, const struct field *field, const struct yaml_node *node,
                         struct resource *out)
{
    if (is_scalar(r, field, node))
        (void)read_day(r, field, node, "", &out->checked_on_ms);
}

static void read_valid(struct reader *r, const struct field *field, const struct yaml_node *node, struct resource *out)
{
    if (!is_scalar(r, field, node) || slice_is(node->text, "open"))
        return;
    if (read_day(r, field, node, ", or open", &out->valid_until_ms))
        out->valid_until_ms += DAY_MS;
}

static void read_confidence(struct reader *r, const struct field *field, const struct yaml_node *node,
                            struct resource *out)
{
    if (!is_scalar(r, field, node))
        return;
    if (node->text.len != 1 || node->text.ptr[0] < 'A' || node->text.ptr[0] > 'C')
        FAULT(r, node, "confidence is \"%.60s\": it must be A, B or C", node->text.ptr);
    out->confidence = node->text.ptr[0];
}

/* Sources are for staff who check an entry; the engine only insists that somebody wrote them down. */
static void read_sources(struct reader *r, const struct field *field, const struct yaml_node *node,
                         struct resource *out)
{
    (void)out;
    if (node->kind != YAML_LIST || node->count == 0) {
        FAULT(r, node, "sources must be a list of pages or words that say where this was learned");
        return;
    }
    for (size_t i = 0; i < node->count; i++) {
        if (!is_scalar(r, field, node->items[i]))
            continue;
        check_line(r, field, node->items[i]);
        check_links(r, field, node->items[i]);
    }
}

static const struct word formality_words[] = {{"any", ""}, {"with_ruc", ""}, {"without_ruc", ""}, {NULL, NULL}};
static const struct vocabulary formalities = {"formality", formality_words, 3};

static const struct word size_words[] = {
    {"micro", ""}, {"pequena", ""}, {"asociaciones", ""}, {"any", ""}, {NULL, NULL}};
static const struct vocabulary sizes = {"size", size_words, 4};

#define AT(name) offsetof(struct resource, name)
static const struct field fields[] = {
    {"id", true, CATALOGUE_WORD, read_id, 0, NULL, 0},
    {"name", true, CATALOGUE_TEXT, read_text, AT(name), NULL, NAME_MAX_CHARACTERS},
    {"kind", true, CATALOGUE_WORD, read_word, AT(kind), &kinds, 0},
    {"provider", true, CATALOGUE_TEXT, read_text, AT(provider), NULL, NAME_MAX_CHARACTERS},
    {"text", true, CATALOGUE_TEXT, read_said, AT(text), NULL, RESOURCE_TEXT_MAX},
    {"contact", true, CATALOGUE_TEXT, read_said, AT(contact), NULL, CONTACT_MAX_CHARACTERS},
    {"goals", true, CATALOGUE_LIST, read_goals, 0, &goals, 0},
    {"stages", true, CATALOGUE_SET, read_set, AT(stages), &stages, 0},
    {"industries", true, CATALOGUE_SET, read_set, AT(industries), &industries, 0},
    {"regions", true, CATALOGUE_SET, read_set, AT(regions), &regions, 0},
    {"regions_note", false, CATALOGUE_TEXT, read_text, AT(regions_note), NULL, NOTE_MAX_CHARACTERS},
    {"formality", true, CATALOGUE_WORD, read_word, AT(formality), &formalities, 0},
    {"size", true, CATALOGUE_SET, read_set, AT(sizes), &sizes, 0},
    {"requires", false, CATALOGUE_SET, read_set, AT(requires), &tags, 0},
    {"regimes", false, CATALOGUE_SET, read_set, AT(regimes), &regimes, 0},
    {"sales_month_max", false, CATALOGUE_NUMBER, read_number, AT(sales_month_max), NULL, 0},
    {"workers_min", false, CATALOGUE_NUMBER, read_number, AT(workers_min), NULL, 0},
    {"workers_max", false, CATALOGUE_NUMBER, read_number, AT(workers_max), NULL, 0},
    {"tenure_months_min", false, CATALOGUE_NUMBER, read_months, 0, NULL, 0},
    {"checked_on", true, CATALOGUE_WORD, read_checked, 0, NULL, 0},
    {"valid_until", true, CATALOGUE_WORD, read_valid, 0, NULL, 0},
    {"confidence", true, CATALOGUE_WORD, read_confidence, 0, NULL, 0},
    {"sources", true, CATALOGUE_LINES, read_sources, 0, NULL, 0},
};
#define FIELD_COUNT (sizeof(fields) / sizeof(fields[0]))
_Static_assert(FIELD_COUNT == CATALOGUE_FIELDS, "the header counts them");

const char *catalogue_field(size_t number)
{
    return fields[number].key;
}

enum catalogue_form catalogue_form(size_t number)
{
    return fields[number].form;
}

bool catalogue_requires(size_t number)
{
    return fields[number].required;
}

size_t catalogue_field_number(struct slice key)
{
    size_t number = 0;
    while (number < FIELD_COUNT && !slice_is(key, fields[number].key))
        number++;
    return number;
}

void catalogue_fault_key(const char *file, const struct yaml_node *key, struct faults *faults)
{
    const char *known[FIELD_COUNT + 1] = {NULL};
    for (size_t i = 0; i < FIELD_COUNT; i++)
        known[i] = fields[i].key;
    const char *near = suggest(key->text, known);
    if (near)
        yaml_fault(faults, file, key, "an entry has no \"%.60s\"; did you mean \"%s\"?", key->text.ptr, near);
    else
        yaml_fault(faults, file, key, "an entry has no \"%.60s\"; remove it, or write it as a comment", key->text.ptr);
}

static void read_resource(struct reader *r, const struct yaml_node *node, struct resource *out)
{
    *out = (struct resource){.id = "",
                             .name = "",
                             .provider = "",
                             .text = "",
                             .contact = "",
                             .regions_note = "",
                             .regimes = (1u << regimes.count) - 1,
                             .sales_month_max = -1,
                             .workers_min = -1,
                             .workers_max = -1,
                             .tenure_months_min = -1,
                             .valid_until_ms = RESOURCE_OPEN,
                             .entry = node};
    if (node->kind != YAML_MAP) {
        FAULT(r, node, "an entry must be lines of `key: value`, beginning with `- id:`");
        return;
    }
    for (size_t i = 0; i < node->count; i++) {
        const size_t number = catalogue_field_number(node->pairs[i].key->text);
        if (number < FIELD_COUNT)
            fields[number].read(r, &fields[number], node->pairs[i].value, out);
        else
            catalogue_fault_key(r->file, node->pairs[i].key, r->faults);
    }
    for (size_t i = 0; i < FIELD_COUNT; i++)
        if (fields[i].required && !yaml_get(node, fields[i].key))
            FAULT(r, node, "the entry \"%s\" has no %s: add it", out->id, fields[i].key);
}

/* Finds the list of entries in a file's tree. Returns NULL with a fault where there is none. */
static const struct yaml_node *find_list(const char *file, const struct yaml_node *root, struct faults *faults)
{
    const struct yaml_node *list = yaml_get(root, "resources");
    if (!list || list->kind != YAML_LIST || list->count == 0) {
        faults_add(faults, file, root ? root->line : 1, 1,
                   "a catalogue begins with `resources:` and a list of entries");
        return NULL;
    }
    for (size_t i = 0; i < root->count; i++)
        if (root->pairs[i].value != list)
            yaml_fault(faults, file, root->pairs[i].key, "beside resources there is nothing: remove \"%.60s\"",
                       root->pairs[i].key->text.ptr);
    return list;
}

static void read_list(struct reader *r, struct yaml_node *const *entries, size_t count)
{
    if (count > CATALOGUE_RESOURCES_MAX) {
        faults_add(r->faults, r->file, 0, 0, "there are %zu entries: at most %d", count, CATALOGUE_RESOURCES_MAX);
        return;
    }
    r->made->resources = arena_array(r->made->tree, count, sizeof(*r->made->resources));
    if (!r->made->resources) {
        catalogue_fault_memory(r->file, r->faults);
        return;
    }
    for (size_t i = 0; i < count; i++) {
        read_resource(r, entries[i], &r->made->resources[i]);
        r->made->count++;
    }
}

void catalogue_fault_memory(const char *file, struct faults *faults)
{
    faults_add(faults, file, 0, 0, "there is no memory to read it: try again");
}

struct catalogue *catalogue_make(const char *file, struct arena *tree, struct yaml_node *const *entries, size_t count,
                                 struct faults *faults)
{
    const size_t before = faults->total;
    struct reader r = {.file = file, .faults = faults, .made = mem_alloc(sizeof(*r.made))};
    if (r.made) {
        r.made->tree = tree;
        read_list(&r, entries, count);
    } else {
        arena_free(tree);
        catalogue_fault_memory(file, faults);
    }
    if (faults->total == before)
        return r.made;
    catalogue_free(r.made);
    return NULL;
}

struct catalogue *catalogue_read(const char *file, struct slice bytes, struct faults *faults)
{
    const size_t before = faults->total;
    const struct yaml_node *list = NULL;
    struct yaml_node *root = NULL;
    struct arena *tree = arena_new(CATALOGUE_TREE_MAX);
    if (!tree) {
        catalogue_fault_memory(file, faults);
    } else if (bytes.len > CATALOGUE_FILE_MAX) {
        faults_add(faults, file, 0, 0, "it has %zu bytes: at most %u", bytes.len, CATALOGUE_FILE_MAX);
    } else {
        enum error error = yaml_parse(file, bytes, tree, faults, &root);
        if (error == OK)
            list = find_list(file, root, faults);
        else if (faults->total == before)
            faults_add(faults, file, 0, 0, "it could not be read: %s", error_text(error));
    }
    const size_t found = faults->total;
    struct catalogue *made = NULL;
    if (list)
        made = catalogue_make(file, tree, list->items, list->count, faults);
    else
        arena_free(tree);
    if (found == before)
        return made;
    catalogue_free(made);
    return NULL;
}

void catalogue_free(struct catalogue *catalogue)
{
    if (catalogue)
        arena_free(catalogue->tree);
    mem_free(catalogue);
}

size_t catalogue_count(const struct catalogue *catalogue)
{
    return catalogue->count;
}

const struct resource *catalogue_at(const struct catalogue *catalogue, size_t number)
{
    return &catalogue->resources[number];
}

const struct resource *catalogue_numbered(const struct catalogue *catalogue, uint16_t number)
{
    for (size_t i = 0; i < catalogue->count; i++)
        if (catalogue->resources[i].number == number)
            return &catalogue->resources[i];
    return NULL;
}

const struct resource *catalogue_find(const struct catalogue *catalogue, struct slice id)
{
    for (size_t i = 0; i < catalogue->count; i++)
        if (slice_is(id, catalogue->resources[i].id))
            return &catalogue->resources[i];
    return NULL;
}
