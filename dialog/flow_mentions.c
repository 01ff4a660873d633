/* Mentions: which resources of the catalogue a text names by hand. */
#include "dialog/flow_load.h"

struct mentions load_mentions(struct loader *l, const struct yaml_node *node)
{
    const struct mentions none = {NULL, 0};
    if (!node)
        return none;
    if (node->kind != YAML_LIST) {
        yaml_fault(l->faults, l->file, node, "`mentions` must list ids of the catalogue, as in [becas-romero]");
        return none;
    }
    struct mention *items = load_make(l, node->count, sizeof(*items));
    for (size_t i = 0; items && i < node->count; i++) {
        const struct yaml_node *id = node->items[i];
        items[i] = (struct mention){
            .id = SLICE(""), .file = load_file(l, id), .line = id->line, .column = id->column};
        if (id->kind == YAML_SCALAR)
            items[i].id = arena_copy(l->arena, id->text);
        l->out_of_memory = l->out_of_memory || !items[i].id.ptr;
    }
    return (struct mentions){items, items ? node->count : 0};
}
