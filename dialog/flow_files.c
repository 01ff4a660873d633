/* Flow files as they come: one that is whole is read at once, those that make a program together are linked. */
#include <string.h>

#include "dialog/flow_translate.h"

/* A file's name outlives the call. */
static const char *keep_name(struct loader *l, const char *file)
{
    struct slice copy = arena_copy(l->arena, slice_of(file));
    l->out_of_memory = l->out_of_memory || !copy.ptr;
    return copy.ptr ? copy.ptr : "";
}

/* Notes in every node the file that it is of: nodes of several will lie in one tree. Depth: YAML_DEPTH_MAX. */
static void sign(struct yaml_node *node, const char *file)
{
    node->file = file;
    for (size_t i = 0; i < node->count; i++) {
        if (node->kind == YAML_MAP)
            sign(node->pairs[i].key, file);
        sign(node->kind == YAML_MAP ? node->pairs[i].value : node->items[i], file);
    }
}

/* Compiles and checks a tree, and keeps its flow when it has no fault, counted from `before`. */
static enum error load_tree(struct flows *flows, struct loader *l, const struct yaml_node *root, const char *digest,
                            size_t before)
{
    l->flow = load_make(l, 1, sizeof(*l->flow));
    if (!l->flow)
        return ERR_NOMEM;
    l->flow->file = l->file;
    l->flow->all = flows;
    l->flow->lacking = l->lacking;
    memcpy(l->flow->digest, digest, DIGEST_TEXT);
    if (root)
        load_flow(l, root);
    else
        faults_add(l->faults, l->file, 1, 1, "the file is empty: a flow begins with `flow: NAME`");
    if (l->faults->total == before && !l->out_of_memory)
        load_check(l);
    if (l->out_of_memory)
        return ERR_NOMEM;
    if (l->faults->total != before) {
        flows->refused = l->flow;
        return ERR_VALUE;
    }
    flows->items[flows->count++] = l->flow;
    return OK;
}

/* Reads a word of a file's head; it stays "" after a fault. */
static void head_name(struct loader *l, const struct yaml_node *root, const char *key, char out[DIALOG_NAME])
{
    const struct yaml_node *node = load_scalar(l, root, key);
    if (node)
        load_name(l, node, "flow", out);
    else if (!yaml_get(root, key))
        yaml_fault(l->faults, l->file, root, "the file has no `%s`: give the flow's name", key);
}

/* Puts a file aside until flows_link(). */
static enum error add_source(struct flows *flows, struct loader *l, struct yaml_node *root, const char *digest)
{
    size_t before = l->faults->total;
    if (!flows->sources)
        flows->sources = load_make(l, FLOW_FILES_MAX, sizeof(*flows->sources));
    if (!flows->sources)
        return ERR_NOMEM;
    struct flow_source *source = &flows->sources[flows->source_count];
    *source = (struct flow_source){.file = l->file, .root = root};
    memcpy(source->digest, digest, DIGEST_TEXT);
    sign(root, l->file);
    head_name(l, root, "flow", source->name);
    if (yaml_get(root, "part_of"))
        head_name(l, root, "part_of", source->owner);
    for (size_t i = 0; i < flows->source_count; i++)
        if (strcmp(flows->sources[i].name, source->name) == 0 && strcmp(flows->sources[i].owner, source->owner) == 0)
            faults_add(l->faults, l->file, 1, 1, "flow %s is also in %s: rename or remove one of them", source->name,
                       flows->sources[i].file);
    if (l->faults->total != before)
        return ERR_VALUE;
    flows->source_count++;
    return OK;
}

/* Reads a flow that is one file. */
static enum error add_whole(struct flows *flows, struct loader *l, struct yaml_node *root, char digest[DIGEST_TEXT])
{
    size_t before = l->faults->total;
    struct flow_source source = {.file = l->file, .root = root};
    const struct yaml_node *name = yaml_get(root, "flow");
    if (name && name->kind == YAML_SCALAR && slice_copy(name->text, source.name, sizeof(source.name))) {
        translate(flows, l, &source, root);
        if (translate_digest(flows, &source, root, digest))
            return ERR_NOMEM;
    }
    return load_tree(flows, l, root, digest, before);
}

enum error flows_add(struct flows *flows, const char *file, struct slice yaml, struct faults *faults)
{
    struct yaml_node *root = NULL;
    char digest[DIGEST_TEXT];
    if (flows->count + flows->source_count >= FLOW_FILES_MAX || yaml.len > FLOW_FILE_BYTES) {
        faults_add(faults, file, 1, 1,
                   "a flow file may have %d bytes, and there may be %d of them: split or remove some", FLOW_FILE_BYTES,
                   FLOW_FILES_MAX);
        return ERR_VALUE;
    }
    enum error error = yaml_parse(file, yaml, flows->arena, faults, &root);
    if (error)
        return error == ERR_NOMEM ? error : ERR_VALUE;
    struct loader l = {.flows = flows, .arena = flows->arena, .faults = faults};
    l.file = keep_name(&l, file);
    if (l.out_of_memory || digest_write(yaml, digest))
        return ERR_NOMEM;
    if (translation_is(root)) {
        sign(root, l.file);
        return translation_add(flows, &l, root, digest);
    }
    bool several = yaml_get(root, "part_of") || yaml_get(root, "uses");
    return several ? add_source(flows, &l, root, digest) : add_whole(flows, &l, root, digest);
}

/* Digests a program: its main flow's digest and those of all that it uses, in that order. */
static enum error digest_all(struct loader *l, const struct flow_source *sources, size_t count,
                             const struct flow_source *main, char out[DIGEST_TEXT])
{
    char *all = load_make(l, count, DIGEST_TEXT);
    const struct yaml_node *uses = yaml_get(main->root, "uses");
    size_t len = strlen(main->digest);
    if (!all)
        return ERR_NOMEM;
    memcpy(all, main->digest, len);
    for (size_t i = 0; uses->kind == YAML_LIST && i < uses->count; i++)
        for (size_t j = 0; j < count && len < (count - 1) * DIGEST_TEXT; j++)
            if (strcmp(sources[j].owner, main->name) == 0 && slice_is(uses->items[i]->text, sources[j].name)) {
                memcpy(all + len, sources[j].digest, strlen(sources[j].digest));
                len += strlen(sources[j].digest);
            }
    return digest_write((struct slice){all, len}, out);
}

static enum error link_main(struct flows *flows, struct flow_source *main, struct faults *faults)
{
    size_t before = faults->total;
    char digest[DIGEST_TEXT];
    struct loader l = {.flows = flows, .arena = flows->arena, .faults = faults, .file = main->file, .linked = true};
    enum error error = digest_all(&l, flows->sources, flows->source_count, main, digest);
    if (error)
        return error;
    l.linked = false;
    for (size_t i = 0; i < flows->source_count && !error; i++)
        if (&flows->sources[i] == main || strcmp(flows->sources[i].owner, main->name) == 0) {
            translate(flows, &l, &flows->sources[i], main->root);
            error = translate_digest(flows, &flows->sources[i], main->root, digest);
        }
    if (error)
        return error;
    struct yaml_node *root = load_linked(&l, flows->sources, flows->source_count, main);
    l.linked = true;
    if (!root)
        return ERR_NOMEM;
    return load_tree(flows, &l, root, digest, before);
}

enum error flows_link(struct flows *flows, struct faults *faults)
{
    size_t before = faults->total;
    enum error error = OK;
    for (size_t i = 0; i < flows->source_count && error != ERR_NOMEM; i++)
        if (flows->sources[i].owner[0] == '\0')
            error = link_main(flows, &flows->sources[i], faults);
    for (size_t i = 0; i < flows->source_count && error != ERR_NOMEM; i++) {
        const struct flow_source *source = &flows->sources[i];
        if (source->owner[0] && !source->used)
            yaml_fault(faults, source->file, yaml_get(source->root, "part_of"),
                       "no flow '%s' uses %s: add it to the list `uses` there, or remove this file", source->owner,
                       source->name);
    }
    flows->source_count = 0;
    translations_end(flows, faults);
    if (error == ERR_NOMEM)
        return error;
    return faults->total == before ? OK : ERR_VALUE;
}

static bool has_source(const struct flows *flows, struct slice name, const char *owner)
{
    for (size_t i = 0; i < flows->source_count; i++)
        if (slice_is(name, flows->sources[i].name) && strcmp(flows->sources[i].owner, owner) == 0)
            return true;
    return false;
}

const char *flows_lacks(const struct flows *flows)
{
    for (size_t i = 0; i < flows->source_count; i++) {
        const struct flow_source *source = &flows->sources[i];
        const struct yaml_node *uses = source->owner[0] ? NULL : yaml_get(source->root, "uses");
        if (source->owner[0] && !has_source(flows, slice_of(source->owner), ""))
            return source->owner;
        for (size_t j = 0; uses && uses->kind == YAML_LIST && j < uses->count; j++)
            if (uses->items[j]->kind == YAML_SCALAR && !has_source(flows, uses->items[j]->text, source->name))
                return uses->items[j]->text.ptr;
    }
    return NULL;
}
