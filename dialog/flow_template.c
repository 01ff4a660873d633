/* Templates of WhatsApp in a flow: their names with the provider, and what fills them. */
#include <ctype.h>

#include "base/utf8.h"
#include "dialog/flow_load.h"
#include "dialog/template_name.h"

bool template_is_name(struct slice name)
{
    bool good = name.len > 0 && name.len <= TEMPLATE_NAME_BYTES;
    for (size_t i = 0; i < name.len && good; i++)
        good = islower((unsigned char)name.ptr[i]) || isdigit((unsigned char)name.ptr[i]) || name.ptr[i] == '_';
    return good;
}

bool template_is_language(struct slice code)
{
    size_t small = 0;
    while (small < code.len && islower((unsigned char)code.ptr[small]))
        small++;
    struct slice rest = slice_part(code, small, code.len);
    bool region = rest.len == 3 && rest.ptr[0] == '_' && isupper((unsigned char)rest.ptr[1]) &&
                  isupper((unsigned char)rest.ptr[2]);
    return code.len < TEMPLATE_LANGUAGE_BYTES && small >= 2 && small <= 3 && (rest.len == 0 || region);
}

static struct slice load_word(struct loader *l, const struct yaml_node *map, const char *key,
                              bool (*is_good)(struct slice), const char *must)
{
    const struct yaml_node *node = load_scalar(l, map, key);
    if (node && is_good(node->text))
        return node->text;
    if (node)
        yaml_fault(l->faults, l->file, node, "the template's %s is '%.*s': it must be %s", key, (int)node->text.len,
                   node->text.ptr, must);
    else if (!yaml_get(map, key))
        yaml_fault(l->faults, l->file, map, "this template has no %s: write %s", key, must);
    return SLICE_NONE;
}

static void load_params(struct loader *l, const struct yaml_node *node, enum scope scope, struct flow_template *out)
{
    if (!node)
        return;
    if (node->kind != YAML_LIST || node->count > TEMPLATE_PARAMS_MAX) {
        yaml_fault(l->faults, l->file, node, "`params` must be a list of at most %d texts", TEMPLATE_PARAMS_MAX);
        return;
    }
    for (size_t i = 0; i < node->count; i++) {
        const struct text *text = load_text(l, node->items[i], scope);
        load_text_limit(l, text, TEMPLATE_PARAM_CHARS, "this parameter", "a template's body has no room for more");
        out->params[out->param_count++] = text;
    }
}

/* The code that the template's language has at the provider; another for a flow's other languages. */
static const struct text *load_code(struct loader *l, const struct yaml_node *map)
{
    const struct yaml_node *node = yaml_get(map, "language");
    const struct text *text = load_text(l, node, SCOPE_TEXT);
    bool good = text != NULL;
    for (size_t i = 0; good && i < l->flow->lang_count; i++) {
        const struct wording *code = text->variants[i][VARIANT_PLAIN];
        good = code ? template_is_language(code->source) : i > 0;
    }
    if (!good)
        yaml_fault(l->faults, l->file, node ? node : map,
                   "this template has no language: write the language's code at the provider: es or es_PE");
    return text;
}

const struct flow_template *load_template(struct loader *l, const struct yaml_node *node, enum scope scope)
{
    static const char *const keys[] = {"name", "language", "params", "buttons", NULL};
    struct flow_template *out = node ? load_make(l, 1, sizeof(*out)) : NULL;
    if (!out || !load_keys(l, node, "a template", keys))
        return NULL;
    out->name = load_word(l, node, "name", template_is_name, "the provider's: small letters, digits and _");
    out->language = load_code(l, node);
    load_params(l, yaml_get(node, "params"), scope, out);
    out->buttons = load_flag(l, node, "buttons");
    return out;
}
