#include "gateway/log.h"

#include <stdarg.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "base/civil.h"
#include "base/crypto.h"
#include "gateway/clock.h"

static enum log_level lowest = LOG_INFO;
static char person_key[64];
static size_t person_key_len;

void log_open(enum log_level level, struct slice key)
{
    lowest = level;
    person_key_len = key.len < sizeof(person_key) ? key.len : sizeof(person_key);
    if (person_key_len)
        memcpy(person_key, key.ptr, person_key_len);
}

void log_event(enum log_level level, const char *message, const char *pairs, ...)
{
    static const char *const names[] = {"debug", "info", "warning", "error"};
    char line[LOG_LINE_MAX], when[CIVIL_TEXT];
    va_list args;
    if (level < lowest)
        return;
    civil_format(clock_ms(), when);
    int used = snprintf(line, sizeof(line) - 1, "time=%s level=%s msg=\"%s\"%s", when, names[level], message,
                        pairs[0] ? " " : "");
    size_t len = used < 0 ? 0 : (size_t)used;
    if (len < sizeof(line) - 1) {
        va_start(args, pairs);
        used = vsnprintf(line + len, sizeof(line) - 1 - len, pairs, args);
        va_end(args);
        len += used < 0 ? 0 : (size_t)used;
    }
    if (len > sizeof(line) - 2)
        len = sizeof(line) - 2;
    line[len++] = '\n';
    /* One write a line, so that lines of several processes do not mix. A log that cannot be written is no reason to
     * stop. */
    if (write(STDERR_FILENO, line, len) < 0)
        return;
}

const char *log_person(struct slice who, char out[LOG_PERSON])
{
    unsigned char digest[SHA256_BYTES];
    if (hmac_sha256((struct slice){person_key, person_key_len}, who, digest))
        memset(digest, 0, sizeof(digest));
    hex_encode(digest, (LOG_PERSON - 1) / 2, out);
    return out;
}

const char *log_value(struct slice text, char *out, size_t size)
{
    size_t at = 0;
    if (size < 8)
        return "\"\"";
    out[at++] = '"';
    for (size_t i = 0; i < text.len && at + 6 < size; i++) {
        unsigned char c = (unsigned char)text.ptr[i];
        if (c == '"' || c == '\\') {
            out[at++] = '\\';
            out[at++] = (char)c;
        } else if (c < 0x20 || c > 0x7E) {
            at += (size_t)snprintf(out + at, size - at, "\\x%02x", c);
        } else {
            out[at++] = (char)c;
        }
    }
    out[at++] = '"';
    out[at] = '\0';
    return out;
}
