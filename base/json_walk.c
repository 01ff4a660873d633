#include "base/json_walk.h"

#include <string.h>

#include "base/json.h"
#include "base/utf8.h"

static void skip_blanks(struct json_scan *s)
{
    while (s->at < s->end && (*s->at == ' ' || *s->at == '\t' || *s->at == '\r' || *s->at == '\n'))
        s->at++;
}

struct json_walk json_walk_into(struct slice text)
{
    const char *begin = text.len ? text.ptr : ""; /* of nothing there may be no bytes at all */
    struct json_walk walk = {.scan = {.at = begin, .end = begin + text.len}};
    skip_blanks(&walk.scan);
    if (json_scan_take(&walk.scan, '{'))
        walk.close = '}';
    else if (json_scan_take(&walk.scan, '['))
        walk.close = ']';
    else
        walk.scan.end = walk.scan.at;
    return walk;
}

/* Takes an object or a list off without looking into it. */
static bool skip_nested(struct json_scan *s)
{
    unsigned depth = 0;
    while (s->at < s->end) {
        char c = *s->at;
        if (!json_scan_token(s))
            return false;
        if (c == '{' || c == '[')
            depth++;
        if ((c == '}' || c == ']') && --depth == 0)
            return true;
        if (depth > JSON_DEPTH_MAX)
            return false;
        skip_blanks(s);
    }
    return false;
}

static struct slice between(const char *from, const char *to)
{
    return (struct slice){from, (size_t)(to - from)};
}

static bool is_known_word(struct slice word)
{
    return slice_is(word, "true") || slice_is(word, "false") || slice_is(word, "null");
}

/* Takes a value off. */
static bool take_value(struct json_scan *s, struct json_value *out)
{
    const char *from = s->at;
    char c = s->at < s->end ? *s->at : '\0';
    bool nests = c == '{' || c == '[';
    if (!c || strchr("}],:", c) || !(nests ? skip_nested(s) : json_scan_token(s)))
        return false;
    struct slice text = between(from, s->at);
    *out = (struct json_value){.kind = c == '{' ? JSON_OBJECT : JSON_LIST, .text = text};
    if (c == '"')
        *out = (struct json_value){.kind = JSON_STRING,
                                   .escaped = slice_find(text, '\\') < text.len,
                                   .text = slice_part(text, 1, text.len - 1)};
    else if (!nests)
        out->kind = c >= 'a' && c <= 'z' ? JSON_WORD : JSON_NUMBER;
    return out->kind != JSON_WORD || is_known_word(text);
}

static bool take_name(struct json_scan *s, struct slice *name)
{
    const char *from = s->at;
    if (s->at == s->end || *s->at != '"' || !json_scan_token(s))
        return false;
    *name = between(from + 1, s->at - 1);
    skip_blanks(s);
    if (!json_scan_take(s, ':'))
        return false;
    skip_blanks(s);
    return true;
}

bool json_walk_next(struct json_walk *walk, struct slice *name, struct json_value *value)
{
    struct json_scan *s = &walk->scan;
    skip_blanks(s);
    if (walk->ended || !walk->close)
        return false;
    if (json_scan_take(s, walk->close)) {
        walk->ended = true;
        return false;
    }
    if (walk->begun && !json_scan_take(s, ','))
        return false;
    walk->begun = true;
    skip_blanks(s);
    *name = SLICE_NONE;
    return (walk->close == ']' || take_name(s, name)) && take_value(s, value);
}

bool json_walk_whole(const struct json_walk *walk)
{
    struct json_scan rest = walk->scan;
    skip_blanks(&rest);
    return walk->ended && rest.at == rest.end;
}

struct slice json_unescape(const struct json_value *value, char *out)
{
    struct json_scan s = {.at = value->text.ptr, .end = value->text.ptr + value->text.len};
    char *to = out;
    uint32_t meant;
    while (s.at < s.end) {
        size_t run = json_plain_run(s.at, (size_t)(s.end - s.at));
        memcpy(to, s.at, run);
        to += run;
        s.at += run;
        if (json_scan_take(&s, '\\') && json_scan_escape(&s, &meant))
            to += utf8_encode(meant, to);
        else if (s.at < s.end)
            break; /* not a string that was read by this */
    }
    return between(out, to);
}
