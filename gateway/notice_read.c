/* Reading a notice: its JSON becomes the tree that texts of flows are read from, with who sends and how to leave. */
#include <string.h>

#include "base/utf8.h"
#include "dialog/flow_notice.h"
#include "gateway/notice.h"

#define TEXTS_MAX (FLOW_LANGS_MAX * VARIANT_COUNT)
#define FOLDED_MAX (4 * NOTICE_TEXT_BYTES)
#define NOTICE_TEXT_BYTES 8000 /* of one wording as written */
#define FIELD_CHARS 32         /* of a name that is shown */

struct reading {
    struct arena *arena;
    struct faults *faults;
    struct slice sender, leave;
    char *folded; /* FOLDED_MAX: a text's own words, while they are looked through */
    bool out_of_memory;
};

static struct yaml_node *make_node(struct reading *r, enum yaml_kind kind, const char *field, size_t room)
{
    struct yaml_node *node = arena_alloc(r->arena, sizeof(*node));
    if (node) {
        node->kind = kind;
        node->file = field;
        node->items = kind == YAML_LIST ? arena_array(r->arena, room + 1, sizeof(struct yaml_node *)) : NULL;
        node->pairs = kind == YAML_MAP ? arena_array(r->arena, room + 1, sizeof(*node->pairs)) : NULL;
    }
    if (!node || !field || (kind == YAML_LIST && !node->items) || (kind == YAML_MAP && !node->pairs)) {
        r->out_of_memory = true;
        return NULL;
    }
    return node;
}

/* Makes a scalar of a text, fit to keep: without control characters. */
static struct yaml_node *make_scalar(struct reading *r, const char *field, struct slice text)
{
    struct buf clean;
    struct yaml_node *node = make_node(r, YAML_SCALAR, field, 0);
    buf_init(&clean, 3 * text.len + 1);
    utf8_clean(text, &clean);
    if (node)
        node->text = arena_copy(r->arena, buf_slice(&clean));
    r->out_of_memory = r->out_of_memory || clean.error || (node && !node->text.ptr);
    buf_release(&clean);
    return r->out_of_memory ? NULL : node;
}

static bool add_pair(struct reading *r, struct yaml_node *map, const char *key, struct yaml_node *value)
{
    struct yaml_node *name = value ? make_scalar(r, value->file, slice_of(key)) : NULL;
    if (name)
        map->pairs[map->count++] = (struct yaml_pair){name, value};
    return name;
}

static const char *member_field(struct reading *r, const char *field, const cJSON *member)
{
    const struct slice key = utf8_prefix(slice_of(member->string ? member->string : ""), FIELD_CHARS);
    const char *name = member->string ? arena_printf(r->arena, "%s.%.*s", field, (int)key.len, key.ptr) : field;
    r->out_of_memory = r->out_of_memory || !name;
    return name;
}

/* Makes a tree of texts, lists and maps. NULL after a fault, or without memory. */
static struct yaml_node *make_tree(struct reading *r, const char *field, const cJSON *json)
{
    struct yaml_node *node;
    if (cJSON_IsString(json))
        return make_scalar(r, field, slice_of(json->valuestring));
    if (!cJSON_IsArray(json) && !cJSON_IsObject(json)) {
        faults_add(r->faults, field, 0, 0, "must be a text, in quotes");
        return NULL;
    }
    node = make_node(r, cJSON_IsArray(json) ? YAML_LIST : YAML_MAP, field, (size_t)cJSON_GetArraySize(json));
    for (const cJSON *member = json->child; node && member; member = member->next) {
        struct yaml_node *value = make_tree(r, member_field(r, field, member), member);
        if (value && node->kind == YAML_LIST)
            node->items[node->count++] = value;
        else if (value)
            add_pair(r, node, member->string, value);
    }
    return node;
}

/* ---- who sends, and how to leave ---- */

/* Cuts off what stands before the next {{reference}}, and the reference. Returns false at the end. */
static bool next_words(struct slice *rest, struct slice *words, struct slice *reference)
{
    size_t open = 0, close;
    if (!rest->len)
        return false;
    while (open < rest->len && !slice_starts(slice_part(*rest, open, rest->len), "{{"))
        open++;
    for (close = open; close < rest->len && !slice_starts(slice_part(*rest, close, rest->len), "}}");)
        close++;
    *words = slice_part(*rest, 0, open);
    *reference = slice_part(*rest, open, close);
    *rest = slice_part(*rest, close + 2, rest->len);
    return true;
}

/* Tells whether a line speaks of something that a person may lack, with nothing to say then: it is left out for her. */
static bool can_go(struct slice line)
{
    struct slice words, reference;
    bool bare = false;
    while (next_words(&line, &words, &reference))
        bare = bare || (reference.len && slice_find(reference, '|') == reference.len);
    return bare;
}

static bool is_word_char(char c)
{
    return (c >= 'a' && c <= 'z') || (c >= '0' && c <= '9');
}

/* Tells whether a folded text has a folded word or phrase, not as part of a longer word. */
static bool has_phrase(struct slice text, struct slice phrase)
{
    for (size_t i = 0; phrase.len && i + phrase.len <= text.len; i++) {
        bool begins = i == 0 || !is_word_char(text.ptr[i - 1]);
        size_t end = i + phrase.len;
        if (begins && memcmp(text.ptr + i, phrase.ptr, phrase.len) == 0 &&
            (end == text.len || !is_word_char(text.ptr[end])))
            return true;
    }
    return false;
}

/* Tells whether the words of a text, its references apart, say a phrase. */
static bool says(const struct reading *r, struct slice text, struct slice phrase)
{
    char folded[256], *own = r->folded;
    struct slice words, reference;
    size_t len = 0;
    while (next_words(&text, &words, &reference)) {
        len += utf8_fold(words, own + len, FOLDED_MAX - len);
        if (len + 2 < FOLDED_MAX)
            own[len++] = ' ';
    }
    return has_phrase((struct slice){own, len}, (struct slice){folded, utf8_fold(phrase, folded, sizeof(folded))});
}

static struct slice last_word(struct slice text)
{
    size_t at = text.len;
    while (at > 0 && text.ptr[at - 1] != ' ')
        at--;
    return slice_part(text, at, text.len);
}

/* Puts the sender before a text and the way out behind it, where it has them not. A first line that may be left out
 * must not take the sender with it. */
static struct yaml_node *make_whole(struct reading *r, const char *field, struct slice text)
{
    const struct slice none = SLICE("");
    struct slice rest = text, first = SLICE_NONE;
    slice_cut(&rest, '\n', &first);
    bool named = says(r, text, r->sender), leaves = says(r, text, last_word(r->leave));
    const struct slice parts[] = {named ? none : r->sender,
                                  named           ? none
                                  : can_go(first) ? SLICE(":\n")
                                                  : SLICE(": "),
                                  text, leaves ? none : SLICE("\n"), leaves ? none : r->leave};
    struct slice whole = arena_join(r->arena, parts, sizeof(parts) / sizeof(parts[0]));
    struct yaml_node *node = make_node(r, YAML_SCALAR, field, 0);
    r->out_of_memory = r->out_of_memory || !whole.ptr;
    if (node)
        node->text = whole;
    return r->out_of_memory ? NULL : node;
}

/* Checks one wording as written, and completes it. */
static struct yaml_node *make_wording(struct reading *r, const char *field, const cJSON *json)
{
    struct yaml_node *node = make_tree(r, field, json);
    struct slice text = node && node->kind == YAML_SCALAR ? slice_trim(node->text) : SLICE_NONE, rest = text, line;
    bool stays = false;
    while (slice_cut(&rest, '\n', &line))
        stays = stays || (slice_trim(line).len && !can_go(line));
    if (node && (!text.len || text.len > NOTICE_TEXT_BYTES))
        faults_add(r->faults, field, 0, 0, "must be a text of 1 to %d bytes", NOTICE_TEXT_BYTES);
    else if (node && !stays)
        faults_add(r->faults, field, 0, 0,
                   "has in each line a {{reference}} that some may have no answer to, and a line without it is left "
                   "out: say something instead of it, as {{activity|tu negocio}}");
    else if (node)
        return make_whole(r, field, text);
    return NULL;
}

static void read_texts(struct reading *r, const cJSON *json, struct notice *notice)
{
    const cJSON *texts = json_object(json, "texts");
    size_t found = r->faults->total;
    if (!cJSON_IsObject(texts) || !texts->child) {
        faults_add(r->faults, "texts", 0, 0, "must be an object of texts by language, as {\"es\": \"Hola\"}");
        return;
    }
    if (cJSON_GetArraySize(texts) > TEXTS_MAX) {
        faults_add(r->faults, "texts", 0, 0, "must have at most %d texts: one a language and kind of channel",
                   TEXTS_MAX);
        return;
    }
    struct yaml_node *map = make_node(r, YAML_MAP, "texts", (size_t)cJSON_GetArraySize(texts));
    for (const cJSON *member = texts->child; map && member; member = member->next)
        add_pair(r, map, member->string, make_wording(r, member_field(r, "texts", member), member));
    if (r->out_of_memory || r->faults->total > found)
        return;
    if (flow_notice_text(notice->flow, map, r->arena, r->faults, &notice->text) == ERR_NOMEM)
        r->out_of_memory = true;
}

/* ---- the template ---- */

/* Takes the category out of a template, whose other members flows know. */
static void take_category(struct reading *r, struct yaml_node *map, enum price_kind *category)
{
    size_t kept = 0;
    bool given = false;
    for (size_t i = 0; i < map->count; i++) {
        const struct yaml_pair pair = map->pairs[i];
        if (slice_is(pair.key->text, "category")) {
            given = true;
            if (pair.value->kind != YAML_SCALAR || !price_kind_named(pair.value->text, category))
                faults_add(r->faults, pair.value->file, 0, 0,
                           "must be utility or marketing, as Meta has approved the template: it sets the price");
        } else if (slice_is(pair.key->text, "buttons")) {
            faults_add(r->faults, pair.value->file, 0, 0,
                       "a notice asks nothing: name a template without quick replies");
        } else {
            map->pairs[kept++] = pair;
        }
    }
    map->count = kept;
    if (!given)
        faults_add(r->faults, "template.category", 0, 0,
                   "must be given: utility or marketing, as Meta has approved the template");
}

static void read_template(struct reading *r, const cJSON *json, struct notice *notice)
{
    const cJSON *template = cJSON_GetObjectItemCaseSensitive(json, "template");
    size_t found = r->faults->total;
    if (!template || cJSON_IsNull(template))
        return;
    if (!cJSON_IsObject(template)) {
        faults_add(r->faults, "template", 0, 0, "must be an object with name, language, params and category");
        return;
    }
    struct yaml_node *map = make_tree(r, "template", template);
    if (!map || r->faults->total > found)
        return;
    take_category(r, map, &notice->category);
    if (flow_notice_template(notice->flow, map, r->arena, r->faults, &notice->template) == ERR_NOMEM)
        r->out_of_memory = true;
}

static void read_name(struct reading *r, const cJSON *json, struct notice *notice)
{
    struct slice name = json_string(json, "name");
    if (!cJSON_GetObjectItemCaseSensitive(json, "name"))
        return;
    bool good = utf8_count(slice_trim(name)) > 0 && utf8_count(name) <= NOTICE_NAME;
    for (size_t i = 0; i < name.len && good; i++)
        good = (unsigned char)name.ptr[i] >= 0x20 && name.ptr[i] != 0x7F;
    if (!good) {
        faults_add(r->faults, "name", 0, 0, "must be one line of 1 to %d characters", NOTICE_NAME);
        return;
    }
    notice->name = arena_copy(r->arena, slice_trim(name));
    r->out_of_memory = r->out_of_memory || !notice->name.ptr;
}

enum error notice_read(const cJSON *json, const struct flow *flow, const char *sender, const char *leave,
                       struct arena *arena, struct faults *faults, struct notice *out)
{
    struct reading r = {.arena = arena, .faults = faults, .sender = slice_of(sender), .leave = slice_of(leave)};
    struct notice notice = {.flow = flow};
    size_t found = faults->total;
    r.folded = arena_bytes(arena, FOLDED_MAX);
    if (!r.folded)
        return ERR_NOMEM;
    read_name(&r, json, &notice);
    read_texts(&r, json, &notice);
    read_template(&r, json, &notice);
    if (r.out_of_memory)
        return ERR_NOMEM;
    if (faults->total > found)
        return ERR_VALUE;
    *out = notice;
    return OK;
}
