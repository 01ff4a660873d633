/* Any bytes as YAML: what is refused has a fault, and what is taken is a tree within its limits, with places
 * and without repeated keys. */
#include <stdlib.h>

#include "base/utf8.h"
#include "base/yaml.h"

static void check(const struct yaml_node *node, unsigned depth)
{
    if (depth > YAML_DEPTH_MAX || !node->line || !node->column)
        abort();
    if (node->kind == YAML_SCALAR) {
        if (!node->text.ptr || node->text.ptr[node->text.len] || !utf8_valid(node->text))
            abort();
        return;
    }
    for (size_t i = 0; i < node->count; i++) {
        if (node->kind == YAML_LIST) {
            check(node->items[i], depth + 1);
            continue;
        }
        const struct yaml_node *key = node->pairs[i].key;
        check(key, depth + 1);
        check(node->pairs[i].value, depth + 1);
        if (key->kind != YAML_SCALAR || yaml_get(node, key->text.ptr) != node->pairs[i].value)
            abort();
    }
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    struct arena *arena = arena_new(1 << 26);
    struct yaml_node *root = NULL;
    struct faults faults;
    faults_init(&faults);
    enum error error = yaml_parse("fuzz.yaml", (struct slice){(const char *)data, size}, arena, &faults, &root);
    if ((error == ERR_SYNTAX) != (faults.total > 0) || (error != OK && error != ERR_SYNTAX))
        abort();
    if (root)
        check(root, 0);
    faults_release(&faults);
    arena_free(arena);
    return 0;
}
