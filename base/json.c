#include "base/json.h"

#include <stdlib.h>
#include <string.h>

#include "base/json_scan.h"
#include "base/mem.h"
#include "base/utf8.h"

#define INT_LIMIT 9007199254740992.0 /* 2^53: below it a double holds every whole number */

/* cJSON answers NULL for bad bytes and for no memory alike; its allocation hook tells the two apart. */
static bool starved;

static void *hook_alloc(size_t size)
{
    void *block = mem_alloc(size);
    if (!block)
        starved = true;
    return block;
}

/* Checks tokens and limits; their order is left to cJSON. Tells whether any escape has to be mended. */
static enum error check_tokens(struct slice text, bool *lone)
{
    struct json_scan s = {text.ptr, text.ptr + text.len, false};
    unsigned depth = 0;
    size_t tokens = 0;
    for (; s.at < s.end;) {
        char c = *s.at;
        if (c == ' ' || c == '\t' || c == '\r' || c == '\n') {
            s.at++;
            continue;
        }
        if (c == '{' || c == '[')
            depth++;
        if ((c == '}' || c == ']') && depth-- == 0)
            return ERR_SYNTAX;
        if (c != ',' && c != ':' && c != '}' && c != ']')
            tokens++;
        if (depth > JSON_DEPTH_MAX || tokens > JSON_TOKENS_MAX)
            return ERR_LIMIT;
        if (!json_scan_token(&s))
            return ERR_SYNTAX;
    }
    *lone = s.lone;
    return OK;
}

/* Writes U+FFFD over each escape that is no character; both take six bytes. The tokens are checked: a backslash
 * stands nowhere but in a string. */
static void mend_escapes(char *text, size_t len)
{
    static const char replacement[] = "\\ufffd";
    struct json_scan s = {text, text + len, false};
    uint32_t meant;
    for (size_t i; s.at < s.end;) {
        i = (size_t)(s.at - text);
        s.lone = false;
        if (json_scan_take(&s, '\\'))
            json_scan_escape(&s, &meant);
        else
            s.at++;
        if (s.lone)
            memcpy(text + i, replacement, sizeof(replacement) - 1);
    }
}

static int compare_keys(const void *a, const void *b)
{
    return strcmp(*(char *const *)a, *(char *const *)b);
}

/* Looks for a repeated key by sorting, so that a hostile object costs n log n. */
static enum error check_keys(const cJSON *object)
{
    size_t count = (size_t)cJSON_GetArraySize(object), filled = 0;
    const cJSON *member;
    enum error error = OK;
    const char **keys = count > 1 ? mem_alloc(count * sizeof(*keys)) : NULL;
    if (count < 2)
        return OK;
    if (!keys)
        return ERR_NOMEM;
    cJSON_ArrayForEach(member, object) keys[filled++] = member->string;
    qsort(keys, count, sizeof(*keys), compare_keys);
    for (size_t i = 1; i < count && !error; i++)
        if (strcmp(keys[i - 1], keys[i]) == 0)
            error = ERR_VALUE;
    mem_free(keys);
    return error;
}

/* Checks the keys of a value and of all below it; the depth is bounded by JSON_DEPTH_MAX. */
static enum error check_all_keys(const cJSON *value)
{
    const cJSON *member;
    enum error error = cJSON_IsObject(value) ? check_keys(value) : OK;
    cJSON_ArrayForEach(member, value)
    {
        if (error)
            break;
        error = check_all_keys(member);
    }
    return error;
}

static bool is_blank(struct slice text)
{
    return slice_trim(text).len == 0;
}

/* Has cJSON read a text whose tokens are checked. */
static enum error read_tree(struct slice text, cJSON **out)
{
    cJSON_Hooks hooks = {.malloc_fn = hook_alloc, .free_fn = mem_free};
    const char *end = NULL;
    cJSON_InitHooks(&hooks);
    starved = false;
    cJSON *tree = cJSON_ParseWithLengthOpts(text.ptr, text.len, &end, false);
    if (!tree)
        return starved ? ERR_NOMEM : ERR_SYNTAX;
    bool whole = is_blank(slice_part(text, (size_t)(end - text.ptr), text.len));
    enum error error = whole ? check_all_keys(tree) : ERR_SYNTAX;
    if (error)
        cJSON_Delete(tree);
    else
        *out = tree;
    return error;
}

static enum error read_mended(struct slice text, cJSON **out)
{
    char *copy = mem_copy(text.ptr, text.len);
    if (!copy)
        return ERR_NOMEM;
    mend_escapes(copy, text.len);
    enum error error = read_tree((struct slice){copy, text.len}, out);
    mem_free(copy);
    return error;
}

enum error json_parse(struct slice text, size_t max_bytes, cJSON **out)
{
    bool lone = false;
    if (text.len > max_bytes)
        return ERR_LIMIT;
    if (text.len == 0 || !utf8_valid(text))
        return ERR_SYNTAX;
    enum error error = check_tokens(text, &lone);
    if (error)
        return error;
    return lone ? read_mended(text, out) : read_tree(text, out);
}

static const cJSON *get(const cJSON *object, const char *name)
{
    return cJSON_IsObject(object) ? cJSON_GetObjectItemCaseSensitive(object, name) : NULL;
}

struct slice json_string(const cJSON *object, const char *name)
{
    const cJSON *member = get(object, name);
    return cJSON_IsString(member) ? slice_of(member->valuestring) : SLICE_NONE;
}

const cJSON *json_object(const cJSON *object, const char *name)
{
    const cJSON *member = get(object, name);
    return cJSON_IsObject(member) ? member : NULL;
}

const cJSON *json_array(const cJSON *object, const char *name)
{
    const cJSON *member = get(object, name);
    return cJSON_IsArray(member) ? member : NULL;
}

bool json_int(const cJSON *object, const char *name, int64_t *out)
{
    const cJSON *member = get(object, name);
    uint64_t digits;
    if (cJSON_IsString(member)) {
        if (!slice_u64(slice_of(member->valuestring), (uint64_t)INT_LIMIT - 1, &digits))
            return false;
        *out = (int64_t)digits;
        return true;
    }
    if (!cJSON_IsNumber(member))
        return false;
    double value = member->valuedouble;
    if (!(value > -INT_LIMIT && value < INT_LIMIT) || (double)(int64_t)value != value)
        return false;
    *out = (int64_t)value;
    return true;
}

/* Gives the letter that JSON has for a byte behind a backslash, or NUL where it has none. */
static char short_escape(char c)
{
    static const char pairs[] = "\"\"\\\\\bb\ff\nn\rr\tt";
    for (const char *pair = pairs; *pair; pair += 2)
        if (*pair == c)
            return pair[1];
    return '\0';
}

static void put_escape(struct buf *out, char c)
{
    char letter = short_escape(c);
    if (letter) {
        buf_addc(out, '\\');
        buf_addc(out, letter);
    } else {
        buf_addf(out, "\\u%04x", (unsigned)c);
    }
}

/* Puts bytes that stand as they are between quotes, and a byte or none that follows, into room that is there. */
static void put_plain(struct buf *out, struct slice text, char behind)
{
    char *at = out->ptr + out->len;
    *at++ = '"';
    slice_pack(&at, text);
    *at++ = '"';
    *at = behind;
    at += behind != '\0';
    *at = '\0';
    out->len = (size_t)(at - out->ptr);
}

void json_put_string(struct buf *out, struct slice text)
{
    if (!buf_reserve(out, text.len + 2))
        return;
    size_t run = json_plain_run(text.ptr, text.len);
    if (run == text.len) {
        put_plain(out, text, '\0');
        return;
    }
    buf_addc(out, '"');
    buf_add(out, text.ptr, run);
    for (size_t at = run; at < text.len; at++) {
        put_escape(out, text.ptr[at]);
        run = json_plain_run(text.ptr + at + 1, text.len - at - 1);
        buf_add(out, text.ptr + at + 1, run);
        at += run;
    }
    buf_addc(out, '"');
}

void json_put_name(struct buf *out, const char *name)
{
    struct slice text = slice_of(name);
    char last = out->len ? out->ptr[out->len - 1] : '{';
    size_t comma = last != '{' && last != '[';
    if (!buf_reserve(out, comma + text.len + 3))
        return;
    out->ptr[out->len] = ',';
    out->len += comma;
    put_plain(out, text, ':');
}

void json_put_strings(struct buf *out, const char *name, const struct slice *texts, size_t count)
{
    json_put_name(out, name);
    buf_addc(out, '[');
    for (size_t i = 0; i < count; i++) {
        buf_adds(out, i ? "," : "");
        json_put_string(out, texts[i]);
    }
    buf_addc(out, ']');
}
