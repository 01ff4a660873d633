/* The OpenAPI 3.1 document, written from the table that serves. Source: OpenAPI Specification 3.1.0. */
#include "gateway/api_parts.h"

/* Problems that a route can answer with. */
static const struct {
    int status;
    const char *text;
} problems[] = {
    {400, "The request is malformed"},
    {401, "Nobody, or somebody unknown, asks"},
    {403, "The role does not allow it"},
    {404, "There is no such thing"},
    {409, "It is in the way of another"},
    {410, "The provider has it no more"},
    {412, "It was changed since it was read"},
    {415, "The body is not JSON"},
    {422, "The body is not what is taken"},
    {428, "If-Match is missing"},
    {429, "Too many tries, or too many at once"},
    {502, "The provider has a fault, or gave what is not handed on"},
    {503, "Redis is away, or memory is short"},
    {504, "The provider did not answer in time"},
};

static void put_whole(struct buf *out, const char *name, int64_t number)
{
    json_put_name(out, name);
    buf_addi(out, number);
}

static char last_byte(const struct buf *out)
{
    return out->len ? out->ptr[out->len - 1] : '\0';
}

/* Opens `"name":{`. */
static void open(struct buf *out, const char *name)
{
    json_put_name(out, name);
    buf_addc(out, '{');
}

static void put_field_schema(struct buf *out, const struct api_field *field)
{
    static const char *const types[] = {
        [API_TEXT] = "string", [API_WHOLE] = "integer", [API_NUMBER] = "number", [API_TRUTH] = "boolean",
        [API_TIME] = "string", [API_MAP] = "object",    [API_LIST] = "array"};
    if (field->type == API_MAP && field->of) {
        buf_addf(out, "\"$ref\":\"#/components/schemas/%s\"", field->of->name);
        return;
    }
    api_put_text(out, "type", slice_of(types[field->type]));
    if (field->type == API_TIME)
        api_put_text(out, "format", SLICE("date-time"));
    if (field->type == API_MAP)
        buf_adds(out, ",\"additionalProperties\":{\"type\":\"string\"}");
    if (field->type == API_LIST && field->of)
        buf_addf(out, ",\"items\":{\"$ref\":\"#/components/schemas/%s\"}", field->of->name);
    else if (field->type == API_LIST)
        buf_adds(out, ",\"items\":{\"type\":\"string\"}");
    if (field->type == API_TEXT && field->min)
        put_whole(out, "minLength", field->min);
    if (field->type == API_TEXT && field->max)
        put_whole(out, "maxLength", field->max);
    if (field->type == API_WHOLE && field->max) {
        put_whole(out, "minimum", field->min);
        put_whole(out, "maximum", field->max);
    }
    if (field->values) {
        json_put_name(out, "enum");
        buf_addc(out, '[');
        for (size_t i = 0; field->values[i]; i++) {
            if (i)
                buf_addc(out, ',');
            json_put_string(out, slice_of(field->values[i]));
        }
        buf_addc(out, ']');
    }
}

static void put_shape(struct buf *out, const struct api_shape *shape, bool strict)
{
    bool first = true;
    open(out, shape->name);
    api_put_text(out, "type", SLICE("object"));
    api_put_text(out, "description", slice_of(shape->sentence));
    if (strict)
        buf_adds(out, ",\"additionalProperties\":false");
    open(out, "properties");
    for (const struct api_field *field = shape->fields; field->name; field++) {
        open(out, field->name);
        put_field_schema(out, field);
        api_put_text(out, "description", slice_of(field->sentence));
        buf_addc(out, '}');
    }
    buf_addc(out, '}');
    for (const struct api_field *field = shape->fields; field->name; field++) {
        if (!field->required)
            continue;
        if (first)
            buf_adds(out, ",\"required\":[");
        else
            buf_addc(out, ',');
        json_put_string(out, slice_of(field->name));
        first = false;
    }
    buf_adds(out, first ? "}" : "]}");
}

static void put_reference(struct buf *out, const char *kind, const char *name)
{
    json_put_name(out, "$ref");
    buf_addf(out, "\"#/components/%s/%s\"", kind, name);
}

static void put_answer_schema(struct buf *out, const struct api_route *route)
{
    open(out, "content");
    open(out, "application/json");
    open(out, "schema");
    if (route->is_list) {
        buf_adds(out,
                 "\"type\":\"object\",\"required\":[\"items\",\"next\"],\"properties\":{\"items\":{\"type\":\"array\"");
        open(out, "items");
        put_reference(out, "schemas", route->answer->name);
        buf_adds(out, "}},\"next\":{\"type\":[\"string\",\"null\"],\"description\":\"cursor of the next page; null: "
                      "there is none\"}}");
    } else {
        put_reference(out, "schemas", route->answer->name);
    }
    buf_adds(out, "}}}");
}

/* Tells whether a request must name the version that it changes. */
static bool needs_match(const struct api_route *route)
{
    return strcmp(route->method, "PATCH") == 0 ||
           (route->is_versioned && (strcmp(route->method, "PUT") == 0 || strcmp(route->method, "DELETE") == 0));
}

static bool can_answer(const struct api_route *route, int status)
{
    const bool has_body = route->body != NULL, has_part = strchr(route->path, '{') != NULL;
    const bool changes = needs_match(route);
    return status == 401   ? true
           : status == 403 ? route->roles != 0
           : status == 404 ? has_part
           : status == 409 ? strcmp(route->method, "POST") == 0 || changes || route->is_file
           : status == 410 ? route->is_file
           : status == 412 ? changes
           : status == 428 ? changes
           : status == 415 ? has_body
           : status == 422 ? has_body || changes || strcmp(route->method, "POST") == 0
           : status == 429 ? has_body || route->is_file
           : status == 502 ? route->is_file
           : status == 504 ? route->is_file
                           : true;
}

static void put_responses(struct buf *out, const struct api_route *route)
{
    char status[8];
    open(out, "responses");
    open(out,
         (slice_copy(slice_decimal(route->status, (char[SLICE_DECIMAL_SIZE]){0}), status, sizeof(status)), status));
    api_put_text(out, "description",
                 slice_of(route->answer    ? route->answer->sentence
                          : route->is_file ? "The file."
                                           : "Done"));
    if (route->is_versioned && route->answer)
        buf_adds(out, ",\"headers\":{\"ETag\":{\"description\":\"its version, for If-Match\",\"schema\":{\"type\":"
                      "\"string\"}}}");
    if (route->answer)
        put_answer_schema(out, route);
    if (route->is_file)
        buf_adds(out, ",\"headers\":{\"Content-Disposition\":{\"description\":\"attachment, and the file's name\","
                      "\"schema\":{\"type\":\"string\"}}},\"content\":{\"*/*\":{\"schema\":{}}}");
    buf_addc(out, '}');
    for (size_t i = 0; i < sizeof(problems) / sizeof(problems[0]); i++) {
        if (!can_answer(route, problems[i].status))
            continue;
        buf_addf(out, ",\"%d\":{\"$ref\":\"#/components/responses/Problem%d\"}", problems[i].status,
                 problems[i].status);
    }
    buf_addc(out, '}');
}

static void put_parameter(struct buf *out, const char *place, const char *name, const char *sentence, bool required)
{
    if (last_byte(out) == '}')
        buf_addc(out, ',');
    buf_addc(out, '{');
    api_put_text(out, "name", slice_of(name));
    api_put_text(out, "in", slice_of(place));
    api_put_text(out, "description", slice_of(sentence));
    json_put_name(out, "required");
    buf_adds(out, required ? "true" : "false");
    open(out, "schema");
}

static void put_parameters(struct buf *out, const struct api_route *route)
{
    struct slice rest = slice_of(route->path), part;
    json_put_name(out, "parameters");
    buf_addc(out, '[');
    while (slice_cut(&rest, '/', &part)) {
        char name[64];
        if (!slice_starts(part, "{") || !slice_copy(slice_part(part, 1, part.len - 1), name, sizeof(name)))
            continue;
        put_parameter(out, "path", name, "what the path is about", true);
        buf_adds(out, "\"type\":\"string\",\"minLength\":1}}");
    }
    for (const struct api_field *field = route->query; field && field->name; field++) {
        put_parameter(out, "query", field->name, field->sentence, false);
        put_field_schema(out, field);
        buf_adds(out, "}}");
    }
    if (strcmp(route->method, "POST") == 0 && route->roles) { /* api_done_look() */
        put_parameter(out, "header", "Idempotency-Key",
                      "a word of the caller's own; a repeat within a day gets the first one's answer", false);
        buf_adds(out, "\"type\":\"string\",\"minLength\":1,\"maxLength\":64,\"pattern\":\"^[!-~]+$\"}}");
    }
    if (needs_match(route)) {
        put_parameter(out, "header", "If-Match", "the ETag that it had when it was read, or *", true);
        buf_adds(out, "\"type\":\"string\"}}");
    }
    buf_addc(out, ']');
}

static void put_operation(struct buf *out, const struct api_route *route)
{
    char method[8] = {0};
    for (size_t i = 0; route->method[i] && i < sizeof(method) - 1; i++)
        method[i] = (char)(route->method[i] | ' ');
    open(out, method);
    api_put_text(out, "operationId", slice_of(route->id));
    api_put_text(out, "summary", slice_of(route->sentence));
    json_put_name(out, "x-roles");
    buf_addc(out, '[');
    for (unsigned i = 0; role_names[i]; i++)
        if (route->roles & 1u << i)
            buf_addf(out, "%s\"%s\"", last_byte(out) == '[' ? "" : ",", role_names[i]);
    buf_addc(out, ']');
    if (!route->roles)
        buf_adds(out, ",\"security\":[]");
    put_parameters(out, route);
    if (route->body) {
        buf_adds(out, ",\"requestBody\":{\"required\":true,\"content\":{\"application/json\":{\"schema\":{");
        put_reference(out, "schemas", route->body->name);
        buf_adds(out, "}}}}");
    }
    put_responses(out, route);
    buf_addc(out, '}');
}

static void put_paths(struct buf *out)
{
    open(out, "paths");
    for (const struct api_route *route = api_routes; route->method; route++) {
        const bool continues = route != api_routes && strcmp(route[-1].path, route->path) == 0;
        if (!continues)
            open(out, route->path);
        put_operation(out, route);
        if (!route[1].method || strcmp(route[1].path, route->path) != 0)
            buf_addc(out, '}');
    }
    buf_addc(out, '}');
}

/* Tells whether a schema of that name was put: routes share shapes, and so do shapes what is within them. */
static bool is_put(const struct buf *out, const char *name)
{
    char key[64];
    const int len = snprintf(key, sizeof(key), "\"%s\":{\"type\"", name);
    const struct slice text = buf_slice(out);
    return text.len && memmem(text.ptr, text.len, key, (size_t)len);
}

/* Puts a shape, and those within it. */
static void put_whole_shape(struct buf *out, const struct api_shape *shape, bool strict)
{
    put_shape(out, shape, strict);
    for (const struct api_field *field = shape->fields; field->name; field++)
        if (field->of && !is_put(out, field->of->name))
            put_whole_shape(out, field->of, strict);
}

static void put_components(struct buf *out)
{
    open(out, "components");
    buf_adds(out, "\"securitySchemes\":{\"bearer\":{\"type\":\"http\",\"scheme\":\"bearer\"}}");
    open(out, "schemas");
    for (const struct api_route *route = api_routes; route->method; route++) {
        if (route->body && !is_put(out, route->body->name))
            put_whole_shape(out, route->body, true);
        if (route->answer && !is_put(out, route->answer->name))
            put_whole_shape(out, route->answer, false);
    }
    open(out, "Problem");
    buf_adds(out, "\"type\":\"object\",\"description\":\"What is wrong, and how to mend it (RFC 9457).\",\"required\":"
                  "[\"title\",\"status\"],\"properties\":{\"title\":{\"type\":\"string\"},\"status\":{\"type\":"
                  "\"integer\"},\"detail\":{\"type\":\"string\"},\"errors\":{\"type\":\"array\",\"items\":{\"type\":"
                  "\"object\",\"required\":[\"field\",\"rule\"],\"properties\":{\"field\":{\"type\":\"string\"},"
                  "\"rule\":{\"type\":\"string\"}}}}}}}");
    open(out, "responses");
    for (size_t i = 0; i < sizeof(problems) / sizeof(problems[0]); i++) {
        buf_addf(out, "%s\"Problem%d\":{", i ? "," : "", problems[i].status);
        api_put_text(out, "description", slice_of(problems[i].text));
        buf_adds(out, ",\"content\":{\"application/problem+json\":{\"schema\":{\"$ref\":\"#/components/schemas/"
                      "Problem\"}}}}");
    }
    buf_adds(out, "}}");
}

void api_put_openapi(struct buf *out)
{
    buf_addc(out, '{');
    api_put_text(out, "openapi", SLICE("3.1.0"));
    open(out, "info");
    api_put_text(out, "title", SLICE("Chaski"));
    api_put_text(out, "version", SLICE(CHASKI_VERSION));
    api_put_text(out, "description", SLICE("The messaging gateway's API for its staff, console and command line."));
    buf_adds(out, ",\"license\":{\"name\":\"MIT\",\"identifier\":\"MIT\"}}");
    buf_adds(out, ",\"servers\":[{\"url\":\"/api/v1\"}],\"security\":[{\"bearer\":[]}]");
    put_paths(out);
    put_components(out);
    buf_adds(out, "}\n");
}
