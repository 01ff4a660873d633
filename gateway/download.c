#include "gateway/download.h"

#include <stdio.h>
#include <string.h>

#include "base/form.h"
#include "base/utf8.h"

#define ANY "application/octet-stream"
#define CODECS "codecs="
#define COUNT(array) (sizeof(array) / sizeof((array)[0]))

static bool is_letter_or_digit(char c)
{
    return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9');
}

/* Letters, digits and what `more` has. */
static bool is_made_of(struct slice text, const char *more)
{
    for (size_t i = 0; i < text.len; i++)
        if (!is_letter_or_digit(text.ptr[i]) && (!text.ptr[i] || !strchr(more, text.ptr[i])))
            return false;
    return text.len > 0;
}

/* Tells whether a browser shows what has this type, or saves it, and in no case runs it. `type` is in small letters. */
static bool is_dead(const char *type)
{
    static const char *const kinds[] = {"image/", "audio/", "video/", "application/", "text/"};
    static const char *const alive[] = {"html", "svg", "script", "wasm", "flash", "mhtml"};
    const struct slice whole = slice_of(type);
    bool known = false;
    for (size_t i = 0; i < COUNT(kinds); i++)
        known = known || slice_starts(whole, kinds[i]);
    for (size_t i = 0; i < COUNT(alive); i++)
        known = known && !strstr(type, alive[i]);
    return known && !slice_ends(whole, SLICE("xml"));
}

void download_type(struct slice type, char out[DOWNLOAD_TYPE])
{
    struct slice rest = type, whole = SLICE_NONE, sub, parameter;
    char small[DOWNLOAD_TYPE];
    snprintf(out, DOWNLOAD_TYPE, ANY);
    if (!slice_cut(&rest, ';', &whole) || !slice_copy(slice_trim(whole), small, sizeof(small)))
        return;
    for (char *at = small; *at; at++)
        *at = (char)(*at >= 'A' && *at <= 'Z' ? *at + ('a' - 'A') : *at);
    sub = slice_of(small);
    if (!slice_cut(&sub, '/', &whole) || !is_made_of(whole, "") || !is_made_of(sub, ".+-_") || !is_dead(small))
        return;
    snprintf(out, DOWNLOAD_TYPE, "%s", small);
    parameter = slice_trim(rest);
    const size_t used = strlen(small);
    if (slice_starts(parameter, CODECS) &&
        is_made_of(slice_part(parameter, sizeof(CODECS) - 1, parameter.len), ".,-") &&
        used + 2 + parameter.len < DOWNLOAD_TYPE)
        snprintf(out + used, DOWNLOAD_TYPE - used, "; %.*s", (int)parameter.len, parameter.ptr);
}

const char *download_ending(const char *type)
{
    static const struct {
        const char *type, *ending;
    } rows[] = {
        {"audio/ogg", "ogg"},  {"audio/mpeg", "mp3"}, {"audio/mp4", "m4a"},  {"audio/aac", "aac"},
        {"audio/amr", "amr"},  {"image/jpeg", "jpg"}, {"image/png", "png"},  {"image/webp", "webp"},
        {"image/gif", "gif"},  {"video/mp4", "mp4"},  {"video/3gpp", "3gp"}, {"application/pdf", "pdf"},
        {"text/plain", "txt"},
    };
    const struct slice whole = slice_of(type), plain = slice_part(whole, 0, slice_find(whole, ';'));
    for (size_t i = 0; i < COUNT(rows); i++)
        if (slice_is(plain, rows[i].type))
            return rows[i].ending;
    return "bin";
}

/* Tells whether a character may be in a name: none that a system takes for a separator, that cannot be seen, or that
 * turns the writing of those behind it round ("cod.exe" shown as "exe.doc"). */
static bool may_name(uint32_t c)
{
    return c >= ' ' && !(c >= 0x7F && c < 0xA0) && !(c < 0x7F && strchr("/\\:*?\"<>|", (char)c)) &&
           !(c >= 0x200B && c <= 0x200F) && !(c >= 0x202A && c <= 0x202E) && !(c >= 0x2060 && c <= 0x206F) &&
           c != 0x061C && c != 0xFEFF && c != 0xFFFD;
}

/* Writes what may be of a name's last part, without dots and blanks in front; cut at a whole character. */
static void put_name(struct buf *out, struct slice name)
{
    uint32_t c;
    for (size_t i = name.len; i-- > 0;)
        if (name.ptr[i] == '/' || name.ptr[i] == '\\') {
            name = slice_part(name, i + 1, name.len);
            break;
        }
    while (utf8_next(&name, &c) && out->len + 4 <= DOWNLOAD_NAME_MAX)
        if (may_name(c) && (out->len || (c != '.' && c != ' ')))
            utf8_put(out, c);
}

void download_put_disposition(struct buf *out, struct slice name, const char *otherwise)
{
    char room[DOWNLOAD_NAME_MAX + 1];
    struct buf clean;
    bool is_plain = true;
    buf_init_over(&clean, room, sizeof(room), DOWNLOAD_NAME_MAX);
    put_name(&clean, name);
    if (!clean.len)
        buf_adds(&clean, otherwise);
    buf_adds(out, "Content-Disposition: attachment; filename=\"");
    for (size_t i = 0; i < clean.len; i++) {
        const char c = clean.ptr[i];
        const bool is_good = is_letter_or_digit(c) || strchr("._-() ", c);
        is_plain = is_plain && is_good;
        buf_addc(out, is_good ? c : '_');
    }
    buf_addc(out, '"');
    if (!is_plain) {
        buf_adds(out, "; filename*=UTF-8''");
        form_encode(buf_slice(&clean), out);
    }
    buf_adds(out, "\r\n");
    out->error = out->error ? out->error : clean.error;
    buf_release(&clean);
}
