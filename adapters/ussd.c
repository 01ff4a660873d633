#include "adapters/ussd.h"

#include "adapters/common.h"
#include "base/crypto.h"
#include "base/sms.h"
#include "base/utf8.h"

#define HOP_KEY_BYTES 8        /* of the digest that tells a session's hops apart */
#define SCREEN_MAX (16 * 1024) /* bytes; what fits a phone is the renderer's care */

enum ussd_input ussd_new_input(struct slice stored, struct slice now, struct slice *input)
{
    *input = SLICE_NONE;
    if (slice_eq(stored, now))
        return USSD_SAME;
    if (stored.len == 0) {
        *input = now;
        return USSD_NEW;
    }
    if (now.len <= stored.len || !slice_eq(slice_part(now, 0, stored.len), stored) || now.ptr[stored.len] != '*')
        return USSD_DIVERGED;
    *input = slice_part(now, stored.len + 1, now.len);
    return USSD_NEW;
}

enum error ussd_hop_id(struct slice session, struct slice from, struct slice history, struct arena *arena,
                       struct slice *out)
{
    unsigned char digest[SHA256_BYTES];
    char hex[2 * HOP_KEY_BYTES + 1];
    struct slice hop =
        slice_of(arena_printf(arena, "%.*s %.*s", (int)from.len, from.ptr, (int)history.len, history.ptr));
    if (!hop.ptr || sha256(hop, digest))
        return ERR_NOMEM;
    hex_encode(digest, HOP_KEY_BYTES, hex);
    struct slice id = slice_of(arena_printf(arena, "%.*s:%s", (int)session.len, session.ptr, hex));
    if (!id.ptr)
        return ERR_NOMEM;
    *out = id;
    return OK;
}

/* A session whose history we keep ourselves: "AT BYTES HISTORY", where each input stands behind a "*" in the history,
 * the last one has so many bytes, and came at AT. A session that has only begun has no history. */
struct history {
    int64_t at_ms;
    struct slice last; /* part of text */
    struct slice text;
};

static bool read_history(struct slice kept, struct history *out)
{
    struct slice rest = kept, at, bytes;
    uint64_t at_ms, count;
    if (!slice_cut(&rest, ' ', &at) || !slice_cut(&rest, ' ', &bytes) || !slice_u64(at, INT64_MAX, &at_ms) ||
        !slice_u64(bytes, rest.len, &count))
        return false;
    if (rest.len && (count == rest.len || rest.ptr[rest.len - count - 1] != '*'))
        return false;
    *out = (struct history){(int64_t)at_ms, slice_part(rest, rest.len - count, rest.len), rest};
    return true;
}

/* Folds a history that has become long, so that what is kept of a session is bounded however long it lasts. */
static enum error fold(struct slice *history, size_t more, struct arena *arena)
{
    unsigned char digest[SHA256_BYTES];
    char hex[SHA256_HEX];
    if (history->len + 1 + more <= USSD_HISTORY_MAX)
        return OK;
    if (sha256(*history, digest))
        return ERR_NOMEM;
    hex_encode(digest, sizeof(digest), hex);
    *history = slice_of(arena_printf(arena, "~%s", hex));
    return history->ptr ? OK : ERR_NOMEM;
}

/* Finishes a hop whose history is known. */
static enum error name_hop(const struct event *event, const struct history *history, struct arena *arena,
                           struct ussd_hop *hop)
{
    hop->kept = slice_of(arena_printf(arena, "%lld %zu %.*s", (long long)history->at_ms, history->last.len,
                                      (int)history->text.len, history->text.ptr ? history->text.ptr : ""));
    if (!hop->kept.ptr)
        return ERR_NOMEM;
    return ussd_hop_id(event->session, event->from, history->text, arena, &hop->id);
}

/* Whether an input is the one that came last, so soon after it that it is the same request. A clock that was set back
 * makes nothing new. */
static bool is_repeat(const struct history *history, struct slice input, int64_t now_ms)
{
    int64_t age_ms = now_ms > history->at_ms ? now_ms - history->at_ms : history->at_ms - now_ms;
    return history->text.len && slice_eq(history->last, input) && age_ms < USSD_REPEAT_MS;
}

static enum error place_last(struct slice stored, bool same_session, const struct event *event, int64_t now_ms,
                             struct arena *arena, struct ussd_hop *hop)
{
    struct history history = {.at_ms = now_ms > 0 ? now_ms : 0};
    struct history before = {0};
    if (event->kind == EVENT_BEGIN) {
        hop->kind = USSD_BEGIN;
        return name_hop(event, &history, arena, hop);
    }
    bool continues = same_session && read_history(stored, &before);
    if (continues && is_repeat(&before, event->text, now_ms)) {
        hop->kind = USSD_REPEAT;
        hop->kept = stored;
        return ussd_hop_id(event->session, event->from, before.text, arena, &hop->id);
    }
    hop->kind = continues ? USSD_INPUT : USSD_BEGIN;
    hop->input = continues ? event->text : SLICE_NONE;
    struct slice earlier = continues ? before.text : SLICE_NONE;
    enum error error = fold(&earlier, event->text.len, arena);
    if (error)
        return error;
    history.text = slice_of(arena_printf(arena, "%.*s*%.*s", (int)earlier.len, earlier.ptr ? earlier.ptr : "",
                                         (int)event->text.len, event->text.ptr ? event->text.ptr : ""));
    if (!history.text.ptr)
        return ERR_NOMEM;
    history.last = slice_part(history.text, history.text.len - event->text.len, history.text.len);
    return name_hop(event, &history, arena, hop);
}

static void place_whole(struct slice stored, bool same_session, const struct event *event, struct ussd_hop *hop)
{
    hop->id = event->id;
    hop->kept = event->text;
    hop->kind = USSD_BEGIN;
    if (!same_session || event->kind == EVENT_BEGIN) {
        hop->input = event->text;
        return;
    }
    enum ussd_input what = ussd_new_input(stored, event->text, &hop->input);
    if (what != USSD_DIVERGED)
        hop->kind = what == USSD_SAME ? USSD_REPEAT : USSD_INPUT;
}

enum error ussd_place(struct slice stored_session, struct slice stored_text, const struct event *event, int64_t now_ms,
                      struct arena *arena, struct ussd_hop *hop)
{
    struct ussd_hop made = {0};
    enum error error = OK;
    bool same_session = event->session.len && slice_eq(stored_session, event->session);
    if (event->last_input)
        error = place_last(stored_text, same_session, event, now_ms, arena, &made);
    else
        place_whole(stored_text, same_session, event, &made);
    if (!error)
        *hop = made;
    return error;
}

bool ussd_is_code(const char *value)
{
    for (const char *at = value; *at; at++)
        if (*at != '*' && *at != '#' && (*at < '0' || *at > '9'))
            return false;
    return value[0] == '*';
}

static struct slice bare_code(struct slice code)
{
    return code.len > 0 && code.ptr[code.len - 1] == '#' ? slice_part(code, 0, code.len - 1) : code;
}

bool ussd_same_code(struct slice a, struct slice b)
{
    return slice_eq(bare_code(a), bare_code(b));
}

/* The renderer writes GSM 7-bit already, but a person's own words may come back in a text of ours. */
static void put_gsm7(struct buf *out, struct slice text)
{
    struct slice rest = text;
    uint32_t code_point;
    struct buf plain;
    buf_init(&plain, 16);
    while (utf8_next(&rest, &code_point)) {
        char bytes[4];
        struct slice character = {bytes, utf8_encode(code_point, bytes)};
        buf_clear(&plain);
        sms_transliterate(character, &plain);
        if (code_point != '\r')
            buf_addslice(out, sms_measure(buf_slice(&plain)).encoding == SMS_GSM7 ? buf_slice(&plain) : SLICE("?"));
        out->error = out->error ? out->error : plain.error;
    }
    buf_release(&plain);
}

void ussd_put_screen(struct buf *out, const struct message *messages, size_t count)
{
    struct buf text;
    buf_init(&text, SCREEN_MAX);
    for (size_t i = 0; i < count; i++) {
        buf_adds(&text, i ? "\n" : "");
        adapter_put_plain(&text, &messages[i]);
    }
    put_gsm7(out, buf_slice(&text));
    out->error = out->error ? out->error : text.error;
    buf_release(&text);
}
