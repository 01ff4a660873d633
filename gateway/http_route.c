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

bool route_takes(const struct http_route *route, struct slice method)
{
    static const struct {
        const char *name;
        unsigned bit;
    } rows[] = {{"GET", HTTP_GET}, {"POST", HTTP_POST}, {"PUT", HTTP_PUT}};
    for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++)
        if (slice_is(method, rows[i].name))
            return route->methods & rows[i].bit;
    return slice_is(method, "HEAD") && route->methods == HTTP_GET;
}

const char *route_methods(const struct http_route *route)
{
    static const char *const texts[] = {
        [0] = "",
        [HTTP_GET] = "GET, HEAD",
        [HTTP_POST] = "POST",
        [HTTP_GET | HTTP_POST] = "GET, POST",
        [HTTP_PUT] = "PUT",
        [HTTP_GET | HTTP_PUT] = "GET, PUT",
        [HTTP_POST | HTTP_PUT] = "POST, PUT",
        [HTTP_GET | HTTP_POST | HTTP_PUT] = "GET, POST, PUT",
    };
    return texts[route->methods & (HTTP_GET | HTTP_POST | HTTP_PUT)];
}
