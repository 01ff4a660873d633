#include "base/suggest.h"

#include <string.h>

#define WORD_MAX 64

/* Takes off what both begin and end with: it makes no difference, and most pairs are one letter apart. */
static void trim_alike(struct slice *a, struct slice *b)
{
    size_t shorter = a->len < b->len ? a->len : b->len, start = 0, end = 0;
    while (start < shorter && a->ptr[start] == b->ptr[start])
        start++;
    while (end < shorter - start && a->ptr[a->len - 1 - end] == b->ptr[b->len - 1 - end])
        end++;
    *a = slice_part(*a, start, a->len - end);
    *b = slice_part(*b, start, b->len - end);
}

static bool is_swapped(struct slice a, struct slice b)
{
    return a.len == 2 && b.len == 2 && a.ptr[0] == b.ptr[1] && a.ptr[1] == b.ptr[0];
}

/* Three rows of the optimal string alignment table are enough: a swap looks two rows back. Of each only what is within
 * `limit` of the diagonal can count; what stands beside that is more than the limit. */
unsigned edit_distance(struct slice a, struct slice b, unsigned limit)
{
    unsigned rows[3][WORD_MAX + 1];
    if (a.len > WORD_MAX || b.len > WORD_MAX)
        return limit + 1;
    trim_alike(&a, &b);
    size_t shorter = a.len < b.len ? a.len : b.len, longer = a.len + b.len - shorter;
    if (longer - shorter > limit)
        return limit + 1;
    if (longer <= 1 || is_swapped(a, b))
        return longer > 0;
    if (limit < 2)
        return limit + 1;
    for (size_t j = 0; j <= b.len; j++)
        rows[0][j] = (unsigned)j;
    for (size_t i = 1; i <= a.len; i++) {
        unsigned *now = rows[i % 3], *before = rows[(i + 2) % 3], *earlier = rows[(i + 1) % 3];
        size_t first = i > limit ? i - limit : 1, last = b.len < i + limit ? b.len : i + limit;
        unsigned best = now[first - 1] = first > 1 ? limit + 1 : (unsigned)i;
        if (last == i + limit) /* nothing was written there */
            before[last] = limit + 1;
        for (size_t j = first; j <= last; j++) {
            unsigned cost = before[j - 1] + (a.ptr[i - 1] != b.ptr[j - 1]);
            if (before[j] + 1 < cost)
                cost = before[j] + 1;
            if (now[j - 1] + 1 < cost)
                cost = now[j - 1] + 1;
            if (i > 1 && j > 1 && a.ptr[i - 1] == b.ptr[j - 2] && a.ptr[i - 2] == b.ptr[j - 1] &&
                earlier[j - 2] + 1 < cost)
                cost = earlier[j - 2] + 1;
            now[j] = cost;
            if (cost < best)
                best = cost;
        }
        if (best > limit)
            return limit + 1;
    }
    unsigned distance = rows[a.len % 3][b.len];
    return distance > limit ? limit + 1 : distance;
}

const char *suggest(struct slice word, const char *const *known)
{
    unsigned limit = word.len <= 3 ? 1 : 2;
    const char *nearest = NULL;
    for (; *known; known++) {
        unsigned distance = edit_distance(word, slice_of(*known), limit);
        if (distance <= limit) {
            nearest = *known;
            if (distance == 0)
                break;
            limit = distance - 1;
        }
    }
    return nearest;
}
