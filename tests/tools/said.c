/* Every text that flows and catalogue can say by SMS, as it is written, one a line: `flows` or `catalogue`, a tab, the
 * text. A placeholder stands for itself, without its braces. Run from the repository: build/tools/said FILE... */
#include <stdio.h>
#include <string.h>

#include "base/yaml.h"
#include "config/secret.h"

#define FILE_MAX (4 * 1024 * 1024)

static const char *const flow_keys[] = {"say",      "ask",   "retry",  "invalid", "texts",
                                        "question", "again", "thanks", "declined"};
static const char *const resource_keys[] = {"text", "contact"};

static void print_said(const char *what, struct slice text)
{
    printf("%s\t", what);
    for (size_t i = 0; i < text.len; i++) {
        char c = text.ptr[i];
        if (c != '{' && c != '}')
            putchar(c == '\n' ? '\r' : c);
    }
    putchar('\n');
}

static bool is_for_sms(const struct yaml_node *map, struct slice key)
{
    size_t dot = slice_find(key, '.');
    if (dot < key.len)
        return slice_is(slice_part(key, dot, key.len), ".sms");
    char narrow[64];
    snprintf(narrow, sizeof(narrow), "%.*s.sms", (int)key.len, key.ptr);
    return !yaml_get(map, narrow);
}

static bool is_one_of(struct slice key, const char *const *keys, size_t count)
{
    for (size_t i = 0; i < count; i++)
        if (slice_is(key, keys[i]))
            return true;
    return false;
}

static void walk(const char *what, const struct yaml_node *node, bool said)
{
    bool flow = strcmp(what, "flows") == 0;
    if (node->kind == YAML_SCALAR && said)
        print_said(what, node->text);
    for (size_t i = 0; node->kind == YAML_LIST && i < node->count; i++)
        walk(what, node->items[i], said);
    for (size_t i = 0; node->kind == YAML_MAP && i < node->count; i++) {
        struct slice key = node->pairs[i].key->text;
        bool opens = flow ? is_one_of(key, flow_keys, sizeof(flow_keys) / sizeof(flow_keys[0]))
                          : is_one_of(key, resource_keys, sizeof(resource_keys) / sizeof(resource_keys[0]));
        if (!said || is_for_sms(node, key))
            walk(what, node->pairs[i].value, said || opens);
    }
}

int main(int argc, char **argv)
{
    for (int i = 1; i < argc; i++) {
        struct arena *arena = arena_new((size_t)64 * 1024 * 1024);
        struct faults faults;
        struct yaml_node *tree = NULL;
        struct slice bytes;
        faults_init(&faults);
        if (file_read(argv[i], FILE_MAX, arena, &bytes, NULL) || yaml_parse(argv[i], bytes, arena, &faults, &tree) ||
            !tree) {
            fprintf(stderr, "said: %s cannot be read\n", argv[i]);
            return 1;
        }
        walk(yaml_get(tree, "flow") ? "flows" : "catalogue", tree, false);
        faults_release(&faults);
        arena_free(arena);
    }
    return 0;
}
