#include "base/utf8.h"
#include "gateway/api_parts.h"

/* Compares a route's path with a request's, part by part. */
static bool path_fits(const char *pattern, struct slice path, struct slice out[API_PATH_PARTS])
{
    struct slice left = slice_of(pattern), wanted, given;
    size_t count = 0;
    while (slice_cut(&left, '/', &wanted)) {
        if (!slice_cut(&path, '/', &given))
            return false;
        if (!slice_starts(wanted, "{")) {
            if (!slice_eq(wanted, given))
                return false;
        } else if (!given.len || count == API_PATH_PARTS) {
            return false;
        } else {
            out[count++] = given;
        }
    }
    return !path.ptr;
}

const struct api_route *api_find(struct slice method, struct slice rest, struct slice path[API_PATH_PARTS],
                                 struct buf *allow)
{
    for (const struct api_route *route = api_routes; route->method; route++) {
        memset(path, 0, API_PATH_PARTS * sizeof(*path));
        if (!path_fits(route->path, rest, path))
            continue;
        if (slice_is(method, route->method))
            return route;
        if (allow->len)
            buf_adds(allow, ", ");
        buf_adds(allow, route->method);
    }
    return NULL;
}

bool api_decode(struct slice part, struct arena *arena, struct slice *out)
{
    unsigned char byte;
    char *bytes = arena_bytes(arena, part.len + 1);
    size_t len = 0;
    if (!bytes)
        return false;
    for (size_t i = 0; i < part.len; i++) {
        if (part.ptr[i] != '%') {
            bytes[len++] = part.ptr[i];
            continue;
        }
        if (part.len - i < 3 || !hex_decode(slice_part(part, i + 1, i + 3), &byte, 1) || byte < ' ' || byte == 127)
            return false;
        bytes[len++] = (char)byte;
        i += 2;
    }
    bytes[len] = '\0';
    *out = (struct slice){bytes, len};
    return utf8_valid(*out);
}
