#include "dialog/flow_translate.h"

#include <stdio.h>
#include <string.h>

#include "base/suggest.h"
#include "base/utf8.h"
#include "dialog/flow_places.h"

#define KNOWN_MAX 2000 /* places that a hint looks through */

/* One file under way. */
struct laying {
    struct flows *flows;
    struct loader *l;
    const struct flow_source *source;
    char langs[FLOW_LANGS_MAX][TONGUE_KEY];
    size_t lang_count;
    const char **known; /* places met, for hints; ends with NULL */
    size_t known_count;
};

bool translation_is(const struct yaml_node *root)
{
    return yaml_get(root, "language") && !yaml_get(root, "states");
}

enum error translation_add(struct flows *flows, struct loader *l, const struct yaml_node *root, const char *digest)
{
    static const char *const keys[] = {"flow", "language", "texts", NULL};
    const struct yaml_node *flow = load_scalar(l, root, "flow"), *lang = load_scalar(l, root, "language");
    const struct yaml_node *texts = yaml_get(root, "texts");
    size_t before = l->faults->total;
    if (!flows->translations)
        flows->translations = load_make(l, TRANSLATIONS_MAX, sizeof(*flows->translations));
    if (!flows->translations)
        return ERR_NOMEM;
    struct translation *made = &flows->translations[flows->translation_count];
    *made = (struct translation){.file = l->file, .root = root, .texts = texts};
    memcpy(made->digest, digest, DIGEST_TEXT);
    load_keys(l, root, "a translation", keys);
    if (flows->translation_count == TRANSLATIONS_MAX)
        yaml_fault(l->faults, l->file, root, "there are more than %d translations: remove some", TRANSLATIONS_MAX);
    if (flow)
        load_name(l, flow, "flow", made->flow);
    else
        yaml_fault(l->faults, l->file, root, "the file has no `flow`: name the flow whose words these are");
    if (lang && tongue_is_key(lang->text))
        slice_copy(lang->text, made->lang, sizeof(made->lang));
    else
        yaml_fault(l->faults, l->file, lang ? lang : root, "`language` must be a language's key, as en");
    if (!texts || texts->kind != YAML_MAP)
        yaml_fault(l->faults, l->file, texts ? texts : root, "`texts` must be a map of `place: words`");
    if (l->faults->total != before)
        return l->out_of_memory ? ERR_NOMEM : ERR_VALUE;
    made->used = load_make(l, texts->count, sizeof(*made->used));
    flows->translation_count++;
    return l->out_of_memory ? ERR_NOMEM : OK;
}

static bool has_lang(char langs[FLOW_LANGS_MAX][TONGUE_KEY], size_t count, struct slice key)
{
    for (size_t i = 0; i < count; i++)
        if (slice_is(key, langs[i]))
            return true;
    return false;
}

size_t translate_langs(const struct flows *flows, const struct yaml_node *main, char out[FLOW_LANGS_MAX][TONGUE_KEY])
{
    const struct yaml_node *own = yaml_get(main, "languages");
    size_t count = 0;
    memset(out, 0, FLOW_LANGS_MAX * sizeof(out[0]));
    for (size_t i = 0; own && own->kind == YAML_LIST && i < own->count && count < FLOW_LANGS_MAX; i++)
        if (own->items[i]->kind == YAML_SCALAR && slice_copy(own->items[i]->text, out[count], TONGUE_KEY))
            count++;
    for (size_t i = 0; i < flows->on_count && count < FLOW_LANGS_MAX; i++)
        if (!has_lang(out, count, slice_of(flows->on[i]->key)))
            memcpy(out[count++], flows->on[i]->key, TONGUE_KEY);
    return count;
}

/* Makes a map of a text, with room for more: {es: …}. */
static struct yaml_node *map_of(struct laying *at, const struct yaml_node *text, size_t more)
{
    struct yaml_node *map = load_make(at->l, 1, sizeof(*map));
    struct yaml_node *key = load_make(at->l, 1, sizeof(*key));
    size_t count = text->kind == YAML_MAP ? text->count : 1;
    struct yaml_pair *pairs = load_make(at->l, count + more, sizeof(*pairs));
    if (!map || !key || !pairs)
        return NULL;
    *map = *text;
    map->kind = YAML_MAP;
    map->pairs = pairs;
    map->count = count;
    *key = (struct yaml_node){.kind = YAML_SCALAR, .file = text->file, .line = text->line, .column = text->column};
    key->text = arena_copy(at->l->arena, slice_of(at->langs[0]));
    at->l->out_of_memory = at->l->out_of_memory || !key->text.ptr;
    key->text = key->text.ptr ? key->text : SLICE("");
    if (text->kind == YAML_MAP)
        memcpy(pairs, text->pairs, count * sizeof(*pairs));
    else
        pairs[0] = (struct yaml_pair){key, (struct yaml_node *)text};
    return map;
}

/* Tells whether a key is "en" or "en.sms". */
static bool is_of_lang(struct slice key, const char *lang)
{
    return slice_is(slice_part(key, 0, slice_find(key, '.')), lang);
}

/* Adds what a translation says to a text. */
static void add_text(struct laying *at, const struct translation *from, const struct yaml_pair *said,
                     struct yaml_node **node)
{
    bool several = said->value->kind == YAML_MAP;
    struct faults *faults = at->l->faults;
    for (size_t i = 0; (*node)->kind == YAML_MAP && i < (*node)->count; i++)
        if (is_of_lang((*node)->pairs[i].key->text, from->lang)) {
            yaml_fault(faults, from->file, said->key, "the flow itself has this text in '%s': remove one of the two",
                       from->lang);
            return;
        }
    struct yaml_node *map = map_of(at, *node, several ? said->value->count : 1);
    struct yaml_node *key = load_make(at->l, 1, sizeof(*key));
    if (!map || !key || (*node)->kind == YAML_LIST)
        return;
    *key = *said->key;
    key->text = slice_of(from->lang);
    if (!several)
        map->pairs[map->count++] = (struct yaml_pair){key, said->value};
    for (size_t i = 0; several && i < said->value->count; i++) {
        const struct yaml_pair *pair = &said->value->pairs[i];
        if (is_of_lang(pair->key->text, from->lang))
            map->pairs[map->count++] = *pair;
        else
            yaml_fault(faults, from->file, pair->key, "this file is of '%s': write `%s:`, and `%s.sms:` for a channel",
                       from->lang, from->lang, from->lang);
    }
    *node = map;
}

/* Adds forms to those that are there. */
static void add_forms(struct laying *at, const struct translation *from, const struct yaml_pair *said,
                      struct yaml_node **node)
{
    const struct yaml_node *old = *node;
    if (said->value->kind != YAML_LIST || old->kind != YAML_LIST) {
        yaml_fault(at->l->faults, from->file, said->value, "forms of words must be a list, as in [\"^ yes|yeah\"]");
        return;
    }
    struct yaml_node *list = load_make(at->l, 1, sizeof(*list));
    struct yaml_node **items = load_make(at->l, old->count + said->value->count, sizeof(*items));
    if (!list || !items)
        return;
    *list = *old;
    memcpy(items, old->items, old->count * sizeof(*items));
    memcpy(items + old->count, said->value->items, said->value->count * sizeof(*items));
    list->items = items;
    list->count = old->count + said->value->count;
    *node = list;
}

/* Gives an option forms that it had none of. */
static void put_forms(struct laying *at, const struct yaml_pair *said, struct yaml_node *option)
{
    struct yaml_node *key = load_make(at->l, 1, sizeof(*key));
    struct yaml_node *map = map_of(at, option, 1);
    if (!key || !map)
        return;
    *key = *said->key;
    key->text = SLICE("words");
    map->pairs[map->count++] = (struct yaml_pair){key, said->value};
    *option = *map;
}

/* Says what a translation says at a place. */
static void lay_one(struct laying *at, const struct translation *from, const struct yaml_pair *said,
                    const struct place *place)
{
    if (said->value->kind == YAML_SCALAR && said->value->text.len == 0)
        return; /* not translated yet */
    if (place->kind == PLACE_FORMS && place->node)
        add_forms(at, from, said, place->node);
    else if (place->kind == PLACE_FORMS && yaml_get(place->map, "words"))
        add_forms(at, from, said, &place->map->pairs[place->map->count - 1].value);
    else if (place->kind == PLACE_FORMS)
        put_forms(at, said, place->map);
    else
        add_text(at, from, said, place->node);
}

/* Tells whether a text has words of its own, and not only references and signs. */
static bool has_words(struct slice text)
{
    for (size_t i = 0; i < text.len; i++) {
        unsigned char c = (unsigned char)text.ptr[i];
        if (c == '{' && i + 1 < text.len && text.ptr[i + 1] == '{')
            while (i + 1 < text.len && text.ptr[i + 1] != '}')
                i++;
        else if (c >= 0x80 || (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z'))
            return true;
    }
    return false;
}

/* Notes in which languages a text lacks. */
static void note_lacking(struct laying *at, const struct place *place)
{
    const struct yaml_node *node = place->node ? *place->node : NULL;
    const struct yaml_node *own = node && node->kind == YAML_MAP ? yaml_get(node, at->langs[0]) : node;
    if (place->kind != PLACE_TEXT || !own || own->kind != YAML_SCALAR || !has_words(own->text))
        return;
    for (size_t i = 1; i < at->lang_count; i++) {
        struct lacking *lacks = yaml_get(node, at->langs[i]) ? NULL : load_make(at->l, 1, sizeof(*lacks));
        struct slice name = lacks ? arena_copy(at->l->arena, slice_of(place->name)) : SLICE_NONE;
        at->l->out_of_memory = at->l->out_of_memory || (lacks && !name.ptr);
        if (!lacks || !name.ptr)
            continue;
        *lacks = (struct lacking){.lang = i,
                                  .place = name.ptr,
                                  .file = at->source->file,
                                  .line = own->line,
                                  .column = own->column,
                                  .next = at->l->lacking};
        at->l->lacking = lacks;
    }
}

static void lay(void *ctx, const struct place *place)
{
    struct laying *at = ctx;
    for (size_t i = 0; i < at->flows->translation_count; i++) {
        struct translation *from = &at->flows->translations[i];
        if (strcmp(from->flow, at->source->name) != 0 || !has_lang(at->langs, at->lang_count, slice_of(from->lang)))
            continue;
        for (size_t j = 0; j < from->texts->count; j++) {
            if (!slice_is(from->texts->pairs[j].key->text, place->name))
                continue;
            from->used[j] = true;
            lay_one(at, from, &from->texts->pairs[j], place);
        }
    }
    struct slice name = at->known_count < KNOWN_MAX ? arena_copy(at->l->arena, slice_of(place->name)) : SLICE_NONE;
    if (name.ptr)
        at->known[at->known_count++] = name.ptr;
    note_lacking(at, place);
    if (at->flows->tell && place->node)
        at->flows->tell(at->flows->tell_ctx, at->source->name, place->name, *place->node, at->langs[0]);
}

/* Adds the faults of places that the flow has not. */
static void fault_unused(struct laying *at)
{
    for (size_t i = 0; i < at->flows->translation_count; i++) {
        struct translation *from = &at->flows->translations[i];
        if (strcmp(from->flow, at->source->name) != 0)
            continue;
        from->found = true;
        for (size_t j = 0; has_lang(at->langs, at->lang_count, slice_of(from->lang)) && j < from->texts->count; j++) {
            const struct yaml_node *key = from->texts->pairs[j].key;
            if (!from->used[j])
                yaml_fault(at->l->faults, from->file, key, "flow %s has no text '%.*s'%s: rename or remove it",
                           from->flow, (int)key->text.len, key->text.ptr, load_hint(at->l, key->text, at->known));
        }
    }
}

/* Takes a pair out of a map. */
static void take_out(struct yaml_node *map, size_t at)
{
    memmove(&map->pairs[at], &map->pairs[at + 1], (map->count - at - 1) * sizeof(map->pairs[0]));
    map->count--;
}

/* Takes away what lets choose a language, where there is nothing to choose. */
static void take_choice(struct yaml_node *root)
{
    struct yaml_node *states = yaml_get(root, "states"), *commands = yaml_get(root, "commands");
    for (size_t i = 0; states && states->kind == YAML_MAP && i < states->count;) {
        const struct yaml_node *options = yaml_get(states->pairs[i].value, "options");
        if (options && options->kind == YAML_SCALAR && slice_is(options->text, "languages"))
            take_out(states, i);
        else
            i++;
    }
    for (size_t i = 0; commands && commands->kind == YAML_MAP && i < commands->count; i++)
        if (slice_is(commands->pairs[i].key->text, "language"))
            take_out(commands, i);
}

void translate(struct flows *flows, struct loader *l, const struct flow_source *source, const struct yaml_node *main)
{
    struct laying at = {.flows = flows, .l = l, .source = source};
    at.lang_count = translate_langs(flows, main, at.langs);
    bool alone = (flows->on_count ? flows->on_count : at.lang_count) < 2;
    if (at.lang_count < 2 && !flows->tell) {
        take_choice(source->root);
        return;
    }
    at.known = load_make(l, KNOWN_MAX + 1, sizeof(*at.known));
    if (!at.known)
        return;
    if (at.lang_count == 0)
        at.lang_count = 1;
    flow_places(flows, source, lay, &at);
    fault_unused(&at);
    if (alone)
        take_choice(source->root);
}

enum error translate_digest(const struct flows *flows, const struct flow_source *source, const struct yaml_node *main,
                            char digest[DIGEST_TEXT])
{
    char langs[FLOW_LANGS_MAX][TONGUE_KEY], text[2 * DIGEST_TEXT + TONGUE_KEY];
    size_t count = translate_langs(flows, main, langs);
    enum error error = OK;
    for (size_t i = 1; i < count && !error; i++) {
        const char *said = "";
        for (size_t j = 0; j < flows->translation_count; j++)
            if (strcmp(flows->translations[j].flow, source->name) == 0 &&
                strcmp(flows->translations[j].lang, langs[i]) == 0)
                said = flows->translations[j].digest;
        int len = snprintf(text, sizeof(text), "%s %s %s", digest, langs[i], said);
        error = digest_write((struct slice){text, (size_t)len}, digest);
    }
    return error;
}

void translations_end(struct flows *flows, struct faults *faults)
{
    for (size_t i = 0; i < flows->translation_count; i++) {
        const struct translation *from = &flows->translations[i];
        if (!from->found)
            yaml_fault(faults, from->file, yaml_get(from->root, "flow"),
                       "there is no flow '%s' that this is a translation of: rename or remove it", from->flow);
    }
    flows->translation_count = 0;
}
