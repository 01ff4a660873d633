/* Any bytes as JSON: what is taken holds to the promises (depth, keys, text), its strings survive writing and reading,
 * and read in place it says the same. */
#include <stdlib.h>

#include "base/json.h"
#include "base/json_walk.h"
#include "base/mem.h"
#include "base/utf8.h"

#define MAX_BYTES (1 << 20)

static void check_text(const char *text)
{
    struct slice written = slice_of(text);
    struct buf out;
    cJSON *again = NULL;
    buf_init(&out, 1 << 23);
    json_put_string(&out, written);
    if (!utf8_valid(written) || json_parse(buf_slice(&out), 1 << 23, &again) != OK ||
        !slice_is(written, again->valuestring))
        abort();
    cJSON_Delete(again);
    buf_release(&out);
}

static void check(const cJSON *value, unsigned depth)
{
    const cJSON *member;
    if (depth > JSON_DEPTH_MAX)
        abort();
    if (value->string)
        check_text(value->string);
    if (cJSON_IsString(value))
        check_text(value->valuestring);
    cJSON_ArrayForEach(member, value) check(member, depth + 1);
}

static bool says(const struct json_value *value, const char *text)
{
    char *room = mem_alloc(value->text.len + 1);
    bool same = room && slice_is(json_unescape(value, room), text);
    mem_free(room);
    return same;
}

static void walk_value(const struct json_value *value, const cJSON *is);

/* Walks through an object or list beside the tree that json_parse() made of it. */
static void walk_beside(struct slice text, const cJSON *tree)
{
    struct json_walk walk = json_walk_into(text);
    struct json_value value;
    const cJSON *member = tree->child;
    for (struct slice name; json_walk_next(&walk, &name, &value); member = member->next) {
        const struct json_value named = {.text = name};
        if (!member || (name.ptr && !says(&named, member->string)))
            abort();
        walk_value(&value, member);
    }
    if (member || !json_walk_whole(&walk))
        abort();
}

static void walk_value(const struct json_value *value, const cJSON *is)
{
    bool same = value->kind == JSON_STRING   ? cJSON_IsString(is) && says(value, is->valuestring)
                : value->kind == JSON_NUMBER ? cJSON_IsNumber(is)
                : value->kind == JSON_WORD   ? cJSON_IsBool(is) || cJSON_IsNull(is)
                : value->kind == JSON_LIST   ? cJSON_IsArray(is)
                                             : cJSON_IsObject(is);
    if (!same)
        abort();
    if (value->kind == JSON_LIST || value->kind == JSON_OBJECT)
        walk_beside(value->text, is);
}

/* Whatever the bytes are, walking ends. */
static void walk_through(struct slice text)
{
    struct json_walk walk = json_walk_into(text);
    struct json_value value;
    for (struct slice name; json_walk_next(&walk, &name, &value);)
        if (value.kind == JSON_LIST || value.kind == JSON_OBJECT)
            walk_through(value.text);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    cJSON *tree = NULL;
    int64_t number;
    if (json_parse((struct slice){(const char *)data, size}, MAX_BYTES, &tree) == OK) {
        check(tree, 0);
        if (cJSON_IsArray(tree) || cJSON_IsObject(tree))
            walk_beside((struct slice){(const char *)data, size}, tree);
        if (json_int(tree, "a", &number) && (number > INT64_C(1) << 53 || number < -(INT64_C(1) << 53)))
            abort();
    }
    cJSON_Delete(tree);
    walk_through((struct slice){(const char *)data, size});
    return 0;
}
