#include "gateway/redis_url.h"

#include <string.h>

#define FORMS "write embedded, unix:/path or redis://HOST:PORT/DATABASE"
#define DATABASE_MAX 15

static bool has_control_or_blank(struct slice text)
{
    for (size_t i = 0; i < text.len; i++)
        if ((unsigned char)text.ptr[i] <= ' ' || text.ptr[i] == 0x7F)
            return true;
    return false;
}

static int hex_value(char c)
{
    const char *digits = "0123456789abcdef";
    const char *at = c ? strchr(digits, c >= 'A' && c <= 'F' ? c | 0x20 : c) : NULL;
    return at ? (int)(at - digits) : -1;
}

/* Decodes %XX into `out`. Returns false when an escape is broken, makes a NUL, or the result does not fit. */
static bool decode(struct slice text, char out[REDIS_PASSWORD])
{
    size_t len = 0;
    for (size_t i = 0; i < text.len; i++) {
        char c = text.ptr[i];
        if (c == '%') {
            int high = text.len - i > 2 ? hex_value(text.ptr[i + 1]) : -1;
            int low = text.len - i > 2 ? hex_value(text.ptr[i + 2]) : -1;
            if (high < 0 || low < 0)
                return false;
            c = (char)(high << 4 | low);
            i += 2;
        }
        if (c == '\0' || len + 1 >= REDIS_PASSWORD)
            return false;
        out[len++] = c;
    }
    out[len] = '\0';
    return true;
}

/* Takes "USER:PASSWORD@" off the front, if it is there. The last @ ends it, as one in a password may be
 * unescaped. */
static const char *take_login(struct slice *rest, struct redis_url *out)
{
    size_t at = rest->len;
    while (at > 0 && rest->ptr[at - 1] != '@')
        at--;
    if (at == 0)
        return NULL;
    struct slice login = slice_part(*rest, 0, at - 1), user = SLICE_NONE;
    *rest = slice_part(*rest, at, rest->len);
    if (slice_find(login, ':') == login.len)
        return "the part before @ has no colon: write redis://USER:PASSWORD@HOST or redis://:PASSWORD@HOST";
    slice_cut(&login, ':', &user);
    if (!decode(user, out->user) || !decode(login, out->password))
        return "user or password is above 128 bytes or has a broken %XX: write a % as %25";
    return NULL;
}

/* Takes "/DATABASE" off the end, if it is there. */
static const char *take_database(struct slice *rest, struct redis_url *out)
{
    uint64_t database = 0;
    size_t slash = slice_find(*rest, '/');
    struct slice digits = slice_part(*rest, slash + 1, rest->len);
    if (digits.len > 0 && !slice_u64(digits, DATABASE_MAX, &database))
        return "the database behind the last / must be a number from 0 to 15";
    out->database = (int)database;
    *rest = slice_part(*rest, 0, slash);
    return NULL;
}

/* Takes ":PORT" off the end; what is left is the host, in brackets if it is an IPv6 address. */
static const char *take_host(struct slice rest, struct redis_url *out)
{
    uint64_t port = REDIS_PORT;
    bool bracketed = slice_starts(rest, "[");
    size_t end = slice_find(rest, bracketed ? ']' : ':');
    struct slice host = slice_part(rest, bracketed, end);
    struct slice behind = slice_part(rest, end + bracketed, rest.len);
    if (bracketed && end == rest.len)
        return "the address has a [ without a ]";
    if (behind.len > 0 &&
        (behind.ptr[0] != ':' || !slice_u64(slice_part(behind, 1, behind.len), 65535, &port) || !port))
        return "the port must be a number from 1 to 65535, and an IPv6 address stands in brackets";
    if (host.len == 0 || !slice_copy(host, out->host, sizeof(out->host)))
        return "there is no host: write redis://HOST:PORT/DATABASE";
    out->port = (int)port;
    return NULL;
}

static const char *parse_tcp(struct slice rest, struct redis_url *out)
{
    out->place = REDIS_TCP;
    const char *why = take_login(&rest, out);
    if (!why)
        why = take_database(&rest, out);
    return why ? why : take_host(rest, out);
}

static const char *parse_unix(struct slice path, struct redis_url *out)
{
    out->place = REDIS_UNIX;
    if (path.len == 0)
        return "there is no path behind unix: write unix:/run/redis/redis-server.sock";
    return slice_copy(path, out->host, 108) ? NULL : "a unix socket's path may have 107 bytes: choose a shorter one";
}

static const char *parse_embedded(struct slice rest, struct redis_url *out)
{
    out->place = REDIS_EMBEDDED;
    return rest.len ? FORMS : NULL;
}

enum error redis_url_parse(struct slice url, struct redis_url *out, const char **why)
{
    static const struct {
        const char *prefix;
        const char *(*parse)(struct slice rest, struct redis_url *out); /* NULL: not in this version */
    } forms[] = {
        {"embedded", parse_embedded}, {"unix:", parse_unix}, {"redis://", parse_tcp},
        {"cluster://", NULL},         {"sentinel://", NULL},
    };
    for (size_t i = 0; i < sizeof(forms) / sizeof(forms[0]); i++) {
        struct redis_url made = {0};
        if (!slice_starts(url, forms[i].prefix))
            continue;
        if (!forms[i].parse) {
            *why = "cluster:// and sentinel:// are not in this version: " FORMS;
            return ERR_UNSUPPORTED;
        }
        *why = has_control_or_blank(url) ? "it holds a blank or control character: remove it"
                                         : forms[i].parse(slice_part(url, strlen(forms[i].prefix), url.len), &made);
        if (*why)
            return ERR_VALUE;
        *out = made;
        return OK;
    }
    *why = "it is not of a known form: " FORMS;
    return ERR_VALUE;
}
