#include "gateway/webhook.h"

#include <inttypes.h>
#include <stdio.h>
#include <string.h>

#include "base/civil.h"
#include "base/json.h"
#include "gateway/contact_line.h"

#define ID_BYTES 7
#define WORD_BYTES ((WEBHOOK_WORD - 1) / 2)
#define SIGNED_MAX (128 * 1024)

/* Number and text members of a record, by their places in the struct. */
static const struct {
    const char *name;
    size_t at;
} numbers[] = {{"created", offsetof(struct webhook, created_ms)},
               {"from", offsetof(struct webhook, from_ms)},
               {"generation", offsetof(struct webhook, generation)},
               {"both_until", offsetof(struct webhook, both_until_ms)},
               {"off_at", offsetof(struct webhook, off_ms)}},
  texts[] = {{"url", offsetof(struct webhook, url)},
             {"description", offsetof(struct webhook, description)},
             {"by", offsetof(struct webhook, by)},
             {"word", offsetof(struct webhook, word)},
             {"word_before", offsetof(struct webhook, word_before)},
             {"off", offsetof(struct webhook, off)}};

#define COUNT_OF(array) (sizeof(array) / sizeof((array)[0]))

void webhook_make_id(char out[WEBHOOK_ID])
{
    unsigned char chance[ID_BYTES];
    char hex[2 * ID_BYTES + 1];
    random_bytes(chance, sizeof(chance));
    hex_encode(chance, sizeof(chance), hex);
    snprintf(out, WEBHOOK_ID, "wh_%.13s", hex);
}

void webhook_make_word(char out[WEBHOOK_WORD])
{
    unsigned char chance[WORD_BYTES];
    random_bytes(chance, sizeof(chance));
    hex_encode(chance, sizeof(chance), out);
}

/* ---- the record ---- */

static enum error read_types(const cJSON *root, struct webhook *out)
{
    const cJSON *item;
    cJSON_ArrayForEach(item, json_array(root, "events"))
    {
        const enum webhook_type type = webhook_type_of(slice_of(cJSON_IsString(item) ? item->valuestring : ""));
        if (type == WEBHOOK_TYPES)
            return ERR_SYNTAX;
        out->types |= UINT32_C(1) << type;
    }
    out->purpose = webhook_purpose(json_string(root, "purpose"));
    return out->types && out->purpose ? OK : ERR_SYNTAX;
}

static enum error read_fields(const cJSON *root, struct arena *arena, struct webhook *out)
{
    for (size_t i = 0; i < COUNT_OF(numbers); i++)
        if (!json_int(root, numbers[i].name, (int64_t *)((char *)out + numbers[i].at)))
            return ERR_SYNTAX;
    for (size_t i = 0; i < COUNT_OF(texts); i++) {
        const struct slice text = json_string(root, texts[i].name);
        const struct slice kept = arena_copy(arena, text);
        if (!text.ptr)
            return ERR_SYNTAX;
        if (!kept.ptr)
            return ERR_NOMEM;
        memcpy((char *)out + texts[i].at, &kept, sizeof(kept));
    }
    out->numbers = cJSON_IsTrue(cJSON_GetObjectItemCaseSensitive(root, "numbers"));
    return out->word.len ? read_types(root, out) : ERR_SYNTAX;
}

enum error webhook_read(struct slice id, struct slice record, struct arena *arena, struct webhook *out)
{
    cJSON *root;
    *out = (struct webhook){.url = SLICE_NONE};
    if (!slice_copy(id, out->id, sizeof(out->id)))
        return ERR_SYNTAX;
    enum error error = json_parse(record, WEBHOOK_RECORD_MAX, &root);
    if (error)
        return error == ERR_NOMEM ? error : ERR_SYNTAX;
    error = read_fields(root, arena, out);
    cJSON_Delete(root);
    return error;
}

void webhook_write(const struct webhook *w, struct buf *out)
{
    struct slice events[WEBHOOK_TYPES];
    size_t count = 0, purpose = 0;
    for (unsigned type = 0; type < WEBHOOK_TYPES; type++)
        if (w->types & UINT32_C(1) << type)
            events[count++] = slice_of(webhook_types[type]);
    while (webhook_purposes()[purpose] && !(w->purpose & UINT32_C(1) << purpose))
        purpose++;
    buf_addc(out, '{');
    for (size_t i = 0; i < COUNT_OF(texts); i++) {
        json_put_name(out, texts[i].name);
        json_put_string(out, *(const struct slice *)((const char *)w + texts[i].at));
    }
    for (size_t i = 0; i < COUNT_OF(numbers); i++) {
        json_put_name(out, numbers[i].name);
        buf_addi(out, *(const int64_t *)((const char *)w + numbers[i].at));
    }
    json_put_strings(out, "events", events, count);
    json_put_name(out, "purpose");
    json_put_string(out, slice_of(webhook_purposes()[purpose]));
    json_put_name(out, "numbers");
    buf_adds(out, w->numbers ? "true}" : "false}");
}

bool webhook_takes(const struct webhook *w, const struct webhook_event *event)
{
    const enum webhook_type type = webhook_type_of(event->type);
    return !w->off.len && type < WEBHOOK_TYPES && (w->types & UINT32_C(1) << type) && (w->purpose & event->purposes);
}

bool webhook_agrees(const struct webhook *w, struct slice name, struct slice kept)
{
    struct contact_line line;
    return name.len && !contact_line_fields(name, kept, &line, NULL) && (webhook_allowed(line.traits) & w->purpose);
}

enum error webhook_event_copy(struct webhook_event *event, struct arena *arena)
{
    struct slice *const all[] = {&event->number, &event->who, &event->type, &event->data};
    for (size_t i = 0; i < COUNT_OF(all); i++)
        if (!(*all[i] = arena_copy(arena, *all[i])).ptr)
            return ERR_NOMEM;
    return OK;
}

/* ---- secrets and signatures ---- */

static enum error secret_bytes(struct slice key, struct slice word, unsigned char out[SHA256_BYTES])
{
    char text[sizeof("webhook ") + WEBHOOK_WORD];
    if (word.len >= WEBHOOK_WORD)
        return ERR_VALUE;
    snprintf(text, sizeof(text), "webhook %.*s", (int)word.len, word.ptr);
    return hmac_sha256(key, slice_of(text), out);
}

enum error webhook_secret(struct slice key, struct slice word, char out[WEBHOOK_SECRET])
{
    unsigned char bytes[SHA256_BYTES];
    _Static_assert(WEBHOOK_SECRET >= sizeof("whsec_") + BASE64_SIZE(SHA256_BYTES), "a secret's text has room");
    enum error error = secret_bytes(key, word, bytes);
    if (error)
        return error;
    memcpy(out, "whsec_", 6);
    base64_encode(bytes, sizeof(bytes), out + 6);
    return OK;
}

static enum error add_signature(struct slice key, struct slice word, struct slice text, char out[WEBHOOK_SIGNATURE_MAX])
{
    unsigned char secret[SHA256_BYTES], digest[SHA256_BYTES];
    enum error error = secret_bytes(key, word, secret);
    if (!error)
        error = hmac_sha256((struct slice){(const char *)secret, sizeof(secret)}, text, digest);
    if (error)
        return error;
    char base64[BASE64_SIZE(SHA256_BYTES)];
    const size_t len = strlen(out);
    base64_encode(digest, sizeof(digest), base64);
    snprintf(out + len, WEBHOOK_SIGNATURE_MAX - len, "%sv1,%s", len ? " " : "", base64);
    return OK;
}

enum error webhook_sign(const struct webhook *w, struct slice key, const char *id, int64_t at_s, struct slice body,
                        char out[WEBHOOK_SIGNATURE_MAX])
{
    struct buf text;
    buf_init(&text, SIGNED_MAX);
    buf_addf(&text, "%s.%" PRId64 ".", id, at_s);
    buf_addslice(&text, body);
    out[0] = '\0';
    enum error error = text.error ? text.error : add_signature(key, w->word, buf_slice(&text), out);
    if (!error && w->word_before.len && at_s * 1000 < w->both_until_ms)
        error = add_signature(key, w->word_before, buf_slice(&text), out);
    buf_release(&text);
    return error;
}

/* ---- what a delivery says ---- */

void webhook_put_body(const struct webhook *w, const struct webhook_event *event, struct buf *out)
{
    char at[CIVIL_TEXT];
    civil_format(event->at_ms, at);
    buf_addc(out, '{');
    json_put_name(out, "type");
    json_put_string(out, event->type);
    json_put_name(out, "timestamp");
    json_put_string(out, slice_of(at));
    json_put_name(out, "data");
    buf_addc(out, '{');
    json_put_name(out, "contact");
    json_put_string(out, event->who);
    if (w->numbers && event->number.len) {
        json_put_name(out, "number");
        json_put_string(out, event->number);
    }
    if (event->data.len > 2) { /* an object: its members are added to ours */
        buf_addc(out, ',');
        buf_addslice(out, slice_part(event->data, 1, event->data.len - 1));
    }
    buf_adds(out, "}}");
}

int64_t webhook_wait_ms(int64_t tries, unsigned char chance)
{
    static const int64_t waits_s[] = {5, 300, 1800, 7200, 18000, 36000, 50400, 72000, 86400};
    const int64_t last = (int64_t)COUNT_OF(waits_s) - 1, at = tries > 0 ? tries - 1 : 0;
    const int64_t wait_ms = 1000 * waits_s[at < last ? at : last];
    return wait_ms - wait_ms / 10 + wait_ms / 5 * chance / 255;
}
