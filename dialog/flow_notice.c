#include "dialog/flow_notice.h"

#include "dialog/flow_load.h"

/* Makes a loader of a flow that is loaded: its own copy, for a loader may write what it loads. Returns false without
 * memory. */
static bool begin(struct loader *l, const struct flow *flow, struct arena *arena, struct faults *faults)
{
    *l = (struct loader){.flows = flow->all, .file = "", .arena = arena, .faults = faults, .scope = ""};
    l->flow = arena_bytes(arena, sizeof(*l->flow));
    l->slots = arena_array(arena, flow->slot_count + 1, sizeof(*l->slots));
    if (!l->flow || !l->slots)
        return false;
    *l->flow = *flow;
    for (size_t i = 0; i < flow->slot_count; i++)
        l->slots[i] = flow->slots[i];
    return true;
}

static enum error end(const struct loader *l, size_t found)
{
    return l->out_of_memory ? ERR_NOMEM : l->faults->total > found ? ERR_VALUE : OK;
}

enum error flow_notice_text(const struct flow *flow, const struct yaml_node *node, struct arena *arena,
                            struct faults *faults, const struct text **out)
{
    struct loader l;
    size_t found = faults->total;
    if (!begin(&l, flow, arena, faults))
        return ERR_NOMEM;
    const struct text *text = load_text(&l, node, SCOPE_NOTICE);
    load_text_limit(&l, text, NOTICE_TEXT_CHARS, "this text", "shorten it, or say less of what a person has told");
    enum error error = end(&l, found);
    if (!error)
        *out = text;
    return error;
}

enum error flow_notice_template(const struct flow *flow, const struct yaml_node *node, struct arena *arena,
                                struct faults *faults, const struct flow_template **out)
{
    struct loader l;
    size_t found = faults->total;
    if (!begin(&l, flow, arena, faults))
        return ERR_NOMEM;
    const struct flow_template *template = load_template(&l, node, SCOPE_NOTICE);
    enum error error = end(&l, found);
    if (!error)
        *out = template;
    return error;
}
