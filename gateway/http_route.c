#include "gateway/http_parts.h"

#include <string.h>

const struct http_route *route_find(const struct http_route *routes, size_t count, struct slice path)
{
    const struct http_route *best = NULL;
    size_t best_len = 0;
    for (size_t i = 0; i < count; i++) {
        const struct http_route *route = &routes[i];
        size_t len = strlen(route->path);
        if (slice_is(path, route->path))
            return route;
        if (len > best_len && route->path[len - 1] == '/' && slice_starts(path, route->path)) {
            best = route;
            best_len = len;
        }
    }
    return best;
}

static const struct row {
    const char *name;
    unsigned bit;
    enum method method;
} rows[] = {{"GET", HTTP_GET, METHOD_GET},
            {"POST", HTTP_POST, METHOD_POST},
            {"PUT", HTTP_PUT, METHOD_PUT},
            {"PATCH", HTTP_PATCH, METHOD_PATCH},
            {"DELETE", HTTP_DELETE, METHOD_DELETE}};

#define ROWS (sizeof(rows) / sizeof(rows[0]))

bool route_takes(const struct http_route *route, struct slice method)
{
    for (size_t i = 0; i < ROWS; i++)
        if (slice_is(method, rows[i].name))
            return route->methods & rows[i].bit;
    return slice_is(method, "HEAD") && route->methods == HTTP_GET;
}

enum method route_method(struct slice name)
{
    for (size_t i = 0; i < ROWS; i++)
        if (slice_is(name, rows[i].name))
            return rows[i].method;
    return METHOD_GET;
}

void route_put_methods(const struct http_route *route, struct buf *out)
{
    const char *between = "";
    for (size_t i = 0; i < ROWS; i++)
        if (route->methods & rows[i].bit) {
            buf_adds(out, between);
            buf_adds(out, rows[i].name);
            between = ", ";
        }
    if (route->methods == HTTP_GET)
        buf_adds(out, ", HEAD");
}
