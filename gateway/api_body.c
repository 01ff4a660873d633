#include "base/civil.h"
#include "base/suggest.h"
#include "base/utf8.h"
#include "gateway/api_parts.h"

#include <math.h>
#include <stdarg.h>
#include <stdio.h>

#define RULE_MAX 400
#define NAME_SHOWN 64        /* bytes of a name that is shown; longer ones are not known here anyway */
#define PROBLEMS_SHOWN 16384 /* bytes, beyond which no further ones are told */

static void add(struct buf *problems, const char *field, const char *format, ...) __attribute__((format(printf, 3, 4)));

static void add(struct buf *problems, const char *field, const char *format, ...)
{
    char rule[RULE_MAX];
    va_list list;
    if (problems->len > PROBLEMS_SHOWN)
        return;
    va_start(list, format);
    vsnprintf(rule, sizeof(rule), format, list);
    va_end(list);
    buf_adds(problems, problems->len ? ",{" : "{");
    json_put_name(problems, "field");
    json_put_string(problems, slice_of(field));
    json_put_name(problems, "rule");
    json_put_string(problems, slice_of(rule));
    buf_addc(problems, '}');
}

static bool is_one_of(struct slice text, const char *const *values)
{
    while (*values && !slice_is(text, *values))
        values++;
    return *values != NULL;
}

static void check_text(const struct api_field *field, struct slice text, struct buf *problems)
{
    const int64_t length = (int64_t)utf8_count(text);
    if (field->values && !is_one_of(text, field->values)) {
        char all[RULE_MAX / 2] = "";
        for (size_t i = 0; field->values[i]; i++)
            snprintf(all + strlen(all), sizeof(all) - strlen(all), "%s%s", i ? ", " : "", field->values[i]);
        add(problems, field->name, "must be one of %s", all);
    } else if (length < field->min) {
        add(problems, field->name, "must have at least %lld characters", (long long)field->min);
    } else if (field->max && length > field->max) {
        add(problems, field->name, "must have at most %lld characters", (long long)field->max);
    }
}

static void check_whole(const struct api_field *field, double value, struct buf *problems)
{
    if (value != floor(value) || value < (double)field->min || (field->max && value > (double)field->max))
        add(problems, field->name, "must be a whole number from %lld to %lld", (long long)field->min,
            (long long)field->max);
}

static void check_number(const struct api_field *field, double value, struct buf *problems)
{
    if (!(value >= (double)field->min) || (field->max && value > (double)field->max))
        add(problems, field->name, "must be a number from %lld to %lld", (long long)field->min, (long long)field->max);
}

static void check_texts(const struct api_field *field, const cJSON *list, struct buf *problems)
{
    const cJSON *item;
    const int64_t count = cJSON_GetArraySize(list);
    if (count < field->min || (field->max && count > field->max))
        add(problems, field->name, "must have from %lld to %lld texts", (long long)field->min, (long long)field->max);
    cJSON_ArrayForEach(item, list)
    {
        if (cJSON_IsString(item))
            continue;
        add(problems, field->name, "must be a list of texts");
        return;
    }
}

static void check_member(const struct api_field *field, const cJSON *member, struct buf *problems)
{
    static const char *const wanted[] = {[API_TEXT] = "a text",        [API_WHOLE] = "a whole number",
                                         [API_NUMBER] = "a number",    [API_TRUTH] = "true or false",
                                         [API_TIME] = "a text",        [API_MAP] = "an object",
                                         [API_LIST] = "a list of texts"};
    if (field->type == API_NUMBER && cJSON_IsNumber(member))
        check_number(field, member->valuedouble, problems);
    else if (field->type == API_LIST && cJSON_IsArray(member))
        check_texts(field, member, problems);
    else if (field->type == API_MAP && cJSON_IsObject(member))
        return;
    else if (field->type == API_TEXT && cJSON_IsString(member))
        check_text(field, slice_of(member->valuestring), problems);
    else if (field->type == API_WHOLE && cJSON_IsNumber(member))
        check_whole(field, member->valuedouble, problems);
    else if (!(field->type == API_TRUTH && cJSON_IsBool(member)))
        add(problems, field->name, "must be %s", wanted[field->type]);
}

static const struct api_field *field_named(const struct api_field *fields, const char *name)
{
    while (fields && fields->name && strcmp(fields->name, name) != 0)
        fields++;
    return fields && fields->name ? fields : NULL;
}

static void add_unknown(struct buf *problems, const struct api_field *fields, const char *name)
{
    const char *known[32] = {NULL};
    for (size_t i = 0; fields && fields[i].name && i < 31; i++)
        known[i] = fields[i].name;
    const char *near = suggest(slice_of(name), known);
    if (near)
        add(problems, name, "is not known here; did you mean %s?", near);
    else
        add(problems, strlen(name) > NAME_SHOWN ? "" : name, "a field of this name is not known here");
}

bool api_check_body(const cJSON *body, const struct api_shape *shape, struct buf *problems)
{
    if (!cJSON_IsObject(body)) {
        add(problems, "", "the body must be a JSON object");
        return false;
    }
    for (const cJSON *member = body->child; member; member = member->next) {
        const struct api_field *field = field_named(shape->fields, member->string);
        if (field)
            check_member(field, member, problems);
        else
            add_unknown(problems, shape->fields, member->string);
    }
    for (const struct api_field *field = shape->fields; field->name; field++)
        if (field->required && !cJSON_GetObjectItemCaseSensitive(body, field->name))
            add(problems, field->name, "must be given");
    return !problems->len;
}

bool api_check_query(const struct form *query, const struct api_field *fields, struct buf *problems)
{
    for (size_t i = 0; i < query->count; i++) {
        char name[64];
        uint64_t number;
        const struct slice value = query->fields[i].value;
        if (!slice_copy(query->fields[i].name, name, sizeof(name)) || !utf8_valid(slice_of(name))) {
            add(problems, "", "a name in the query is not known here");
            continue;
        }
        const struct api_field *field = field_named(fields, name);
        if (!field)
            add_unknown(problems, fields, name);
        else if (field->type == API_WHOLE && !slice_u64(value, INT64_MAX, &number))
            add(problems, name, "must be a whole number");
        else if (field->type == API_WHOLE)
            check_whole(field, (double)number, problems);
        else if (!utf8_valid(value) || memchr(value.ptr ? value.ptr : "", '\0', value.len))
            add(problems, name, "must be UTF-8 without NUL");
        else
            check_text(field, value, problems);
    }
    return !problems->len;
}

struct slice api_text(const struct api_call *call, const char *name)
{
    return json_string(call->body, name);
}

struct slice api_query(const struct api_call *call, const char *name)
{
    return form_get(&call->query, name);
}

bool api_time(struct api_call *call, const char *field, int64_t otherwise, int64_t *out_ms)
{
    const struct slice text = api_text(call, field);
    if (!text.ptr)
        return true;
    if (!text.len) {
        *out_ms = otherwise;
        return true;
    }
    if (!civil_parse_lima(text, out_ms))
        return true;
    api_field_problem(call, 422, "The time is none.", field,
                      "must be as 2026-12-01T09:00, which is in Lima, or with a zone");
    return false;
}

size_t api_limit(const struct api_call *call)
{
    uint64_t limit = API_LIST_USUAL;
    if (!slice_u64(api_query(call, "limit"), API_LIST_MAX, &limit))
        return API_LIST_USUAL;
    return limit ? (size_t)limit : API_LIST_USUAL;
}
