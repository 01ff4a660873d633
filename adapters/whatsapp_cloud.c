/* WhatsApp Cloud API (Meta). Source: providers.md part 1. */
#include "adapters/common.h"
#include "adapters/media.h"
#include "adapters/whatsapp_decode.h"
#include "base/crypto.h"
#include "base/form.h"
#include "base/json.h"
#include "base/utf8.h"

#define API_BASE "https://graph.facebook.com/v25.0"
#define SIGNATURE_PREFIX "sha256="
#define CHALLENGE_MAX 256 /* bytes that are echoed */
#define BUTTON_ID_BYTES 256
#define ROW_ID_BYTES 200
#define SEND_MAX (64 * 1024) /* bytes of a message's JSON: 4096 code points, escaped, take at most 24 KiB */
#define PAIR_RATE 131056     /* too many messages to one person; Source: providers.md part 1.8 */
#define PAIR_RATE_MS 1000    /* the first wait then, each later one four times as long; Source: the same */
#define PAIR_RATE_GROWTH 4
#define COUNT(array) (sizeof(array) / sizeof((array)[0]))

static bool is_number_id(const char *value)
{
    uint64_t id;
    return slice_u64(slice_of(value), UINT64_MAX, &id);
}

static bool is_boolean(const char *value)
{
    return slice_is(slice_of(value), "true") || slice_is(slice_of(value), "false");
}

static enum error open_channel(struct channel *channel, struct faults *faults)
{
    static const struct setting_rule rules[] = {
        {"phone_number_id", true, false, is_number_id,
         "it must be the number's id, digits only, as Meta's API set-up page shows it"},
        {"access_token", true, true, NULL, "create one for a system user in Meta's business settings"},
        {"app_secret", true, true, NULL, "copy it from the basic settings of the app at Meta"},
        {"verify_token", true, true, NULL, "make one up, and give it to Meta with the webhook's address"},
        {"accept_escaped_signature", false, false, is_boolean, "it must be true or false"},
        {"api_base", false, false, adapter_is_base_url,
         "it must be an http or https address with no slash at its end, such as " API_BASE},
    };
    if (!adapter_settings_ok(channel, rules, COUNT(rules), faults))
        return ERR_VALUE;
    channel->kind = CHANNEL_WHATSAPP;
    channel->interactive = true;
    channel->sync = false;
    return OK;
}

static enum error signature_check(const char *secret, struct slice body, struct slice given)
{
    unsigned char named[SHA256_BYTES], mac[SHA256_BYTES];
    size_t prefix = sizeof(SIGNATURE_PREFIX) - 1;
    if (!slice_starts(given, SIGNATURE_PREFIX) ||
        !hex_decode(slice_part(given, prefix, given.len), named, sizeof(named)))
        return ERR_REFUSED;
    if (hmac_sha256(slice_of(secret), body, mac))
        return ERR_NOMEM;
    return bytes_equal((struct slice){(const char *)named, sizeof(named)},
                       (struct slice){(const char *)mac, sizeof(mac)})
               ? OK
               : ERR_REFUSED;
}

static void put_unit(struct buf *out, uint32_t unit)
{
    if (unit < 0x7F)
        buf_addc(out, (char)unit);
    else
        buf_addf(out, "\\u%04x", (unsigned)unit);
}

/* Writes the body as it stood before something on the way turned its escapes into characters. */
static void put_escaped(struct buf *out, struct slice body)
{
    uint32_t c;
    while (utf8_next(&body, &c)) {
        if (c > 0xFFFF)
            put_unit(out, 0xD7C0 + (c >> 10));
        put_unit(out, c > 0xFFFF ? 0xDC00 + (c & 0x3FF) : c);
    }
}

static bool is_ascii(struct slice text)
{
    for (size_t i = 0; i < text.len; i++)
        if ((unsigned char)text.ptr[i] >= 0x80)
            return false;
    return true;
}

/* The second try, off unless set: some hold that Meta signs the escaped form whatever it sends. */
static enum error escaped_signature_check(const char *secret, struct slice body, struct slice given)
{
    struct buf escaped;
    if (is_ascii(body) || !utf8_valid(body))
        return ERR_REFUSED;
    buf_init(&escaped, 3 * WHATSAPP_BODY_MAX); /* two bytes become six */
    put_escaped(&escaped, body);
    enum error error = escaped.error == ERR_LIMIT ? ERR_REFUSED : escaped.error;
    if (!error)
        error = signature_check(secret, buf_slice(&escaped), given);
    buf_release(&escaped);
    return error;
}

static enum error authenticate(const struct channel *channel, const struct request *request, struct arena *arena)
{
    const char *secret = channel_setting(channel, "app_secret");
    struct slice given = request_header(request, "X-Hub-Signature-256");
    enum error error = hook_secret_check(channel, request, arena);
    if (error || request->method == METHOD_GET) /* a handshake has no signature: decode() checks its token */
        return error;
    error = secret[0] ? signature_check(secret, request->body, given) : ERR_REFUSED;
    if (error == ERR_REFUSED && slice_is(slice_of(channel_setting(channel, "accept_escaped_signature")), "true"))
        error = escaped_signature_check(secret, request->body, given);
    return error;
}

static enum error handshake(const struct channel *channel, const struct request *request, struct arena *arena,
                            struct decoded *out)
{
    struct slice token = slice_of(channel_setting(channel, "verify_token"));
    struct form query;
    enum error error = form_parse(request->query, arena, &query);
    if (error)
        return error;
    struct slice challenge = form_get(&query, "hub.challenge");
    if (token.len == 0 || !slice_is(form_get(&query, "hub.mode"), "subscribe") ||
        !bytes_equal(form_get(&query, "hub.verify_token"), token) || challenge.len == 0)
        return ERR_REFUSED;
    if (challenge.len > CHALLENGE_MAX)
        return ERR_LIMIT;
    *out = (struct decoded){
        .answered = true,
        .answer = {.status = 200, .content_type = "text/plain", .body = challenge},
    };
    return OK;
}

static enum error decode(const struct channel *channel, const struct request *request, struct arena *arena,
                         struct decoded *out)
{
    if (request->method == METHOD_GET)
        return handshake(channel, request, arena, out);
    return whatsapp_decode(request->body, channel_setting(channel, "phone_number_id"), arena, out);
}

/* Exactly 200, and nothing else: Meta repeats whatever was answered otherwise. */
static enum error answer(const struct channel *channel, const struct message *messages, size_t count,
                         struct arena *arena, struct response *out)
{
    (void)channel;
    (void)messages;
    (void)count;
    (void)arena;
    *out = (struct response){.status = 200, .content_type = "text/plain", .body = SLICE_NONE};
    return OK;
}

/* What one kind of message may hold. Source: providers.md part 1.8. */
static const struct limits {
    size_t text_chars, options, title_chars, id_bytes, description_chars, button_chars;
} limits[] = {
    [MESSAGE_TEXT] = {MESSAGE_TEXT_CHARS, 0, 0, 0, 0, 0},
    [MESSAGE_BUTTONS] = {MESSAGE_BODY_CHARS, MESSAGE_BUTTONS_MAX, MESSAGE_BUTTON_CHARS, BUTTON_ID_BYTES,
                         MESSAGE_DESCRIPTION_CHARS, 0},
    [MESSAGE_LIST] = {MESSAGE_BODY_CHARS, MESSAGE_ROWS_MAX, MESSAGE_ROW_CHARS, ROW_ID_BYTES, MESSAGE_DESCRIPTION_CHARS,
                      MESSAGE_BUTTON_CHARS},
};

static bool fits(struct slice text, size_t least, size_t most)
{
    size_t chars = utf8_count(text);
    return chars >= least && chars <= most;
}

static bool repeats_an_earlier(const struct message *message, size_t index)
{
    const struct message_option *options = message->options;
    for (size_t i = 0; i < index; i++)
        if (slice_eq(options[index].id, options[i].id) ||
            (message->kind == MESSAGE_BUTTONS && slice_eq(options[index].title, options[i].title)))
            return true;
    return false;
}

static bool option_fits(const struct message_option *option, const struct limits *most)
{
    return fits(option->title, 1, most->title_chars) && fits(option->description, 0, most->description_chars) &&
           option->id.len > 0 && option->id.len <= most->id_bytes && slice_trim(option->id).len == option->id.len;
}

static bool message_fits(const struct message *message)
{
    const struct limits *most = &limits[message->kind];
    if (!fits(message->text, 1, most->text_chars))
        return false;
    if (message->kind == MESSAGE_TEXT)
        return true;
    if (message->option_count == 0 || message->option_count > most->options)
        return false;
    for (size_t i = 0; i < message->option_count; i++)
        if (!option_fits(&message->options[i], most) || repeats_an_earlier(message, i))
            return false;
    return message->kind != MESSAGE_LIST || fits(message->list_button, 1, most->button_chars);
}

static void put_member(struct buf *out, const char *name, struct slice value)
{
    json_put_name(out, name);
    json_put_string(out, value);
}

static void put_text(struct buf *out, const struct message *message)
{
    buf_adds(out, ",\"type\":\"text\",\"text\":{\"preview_url\":false");
    put_member(out, "body", message->text);
    buf_adds(out, "}");
}

/* Opens the frame that buttons and lists share; each closes it with "]}}" or what stands there. */
static void open_interactive(struct buf *out, const char *type, const struct message *message)
{
    buf_addf(out, ",\"type\":\"interactive\",\"interactive\":{\"type\":\"%s\",\"body\":{", type);
    put_member(out, "text", message->text);
    buf_adds(out, "},\"action\":{");
}

static void put_buttons(struct buf *out, const struct message *message)
{
    open_interactive(out, "button", message);
    buf_adds(out, "\"buttons\":[");
    for (size_t i = 0; i < message->option_count; i++) {
        buf_addf(out, "%s{\"type\":\"reply\",\"reply\":{", i ? "," : "");
        put_member(out, "id", message->options[i].id);
        put_member(out, "title", message->options[i].title);
        buf_adds(out, "}}");
    }
    buf_adds(out, "]}}");
}

static void put_list(struct buf *out, const struct message *message)
{
    open_interactive(out, "list", message);
    put_member(out, "button", message->list_button);
    buf_adds(out, ",\"sections\":[{\"rows\":[");
    for (size_t i = 0; i < message->option_count; i++) {
        buf_adds(out, i ? ",{" : "{");
        put_member(out, "id", message->options[i].id);
        put_member(out, "title", message->options[i].title);
        if (message->options[i].description.len > 0)
            put_member(out, "description", message->options[i].description);
        buf_adds(out, "}");
    }
    buf_adds(out, "]}]}}");
}

/* Payloads are those that the buttons of free words would have had, so that an answer is read alike. */
static void put_template(struct buf *out, const struct message *message)
{
    const struct message_template *template = message->template;
    const char *comma = "";
    buf_adds(out, ",\"type\":\"template\",\"template\":{");
    put_member(out, "name", template->name);
    buf_adds(out, ",\"language\":{");
    put_member(out, "code", template->language);
    buf_adds(out, "},\"components\":[");
    for (size_t i = 0; i < template->param_count; i++) {
        buf_adds(out, i ? ",{\"type\":\"text\"" : "{\"type\":\"body\",\"parameters\":[{\"type\":\"text\"");
        put_member(out, "text", template->params[i]);
        buf_adds(out, "}");
    }
    if (template->param_count) {
        buf_adds(out, "]}");
        comma = ",";
    }
    for (size_t i = 0; template->buttons && i < message->option_count; i++, comma = ",") {
        buf_addf(out, "%s{\"type\":\"button\",\"sub_type\":\"quick_reply\",\"index\":\"%zu\",", comma, i);
        buf_adds(out, "\"parameters\":[{\"type\":\"payload\"");
        put_member(out, "payload", message->options[i].id);
        buf_adds(out, "}]}");
    }
    buf_adds(out, "]}");
}

static void put_send(struct buf *out, struct slice to, const struct message *message, struct slice reference)
{
    static void (*const writers[])(struct buf *, const struct message *) = {
        [MESSAGE_TEXT] = put_text, [MESSAGE_BUTTONS] = put_buttons, [MESSAGE_LIST] = put_list};
    buf_adds(out, "{\"messaging_product\":\"whatsapp\",\"recipient_type\":\"individual\"");
    put_member(out, adapter_is_user_id(to) ? "recipient" : "to", to);
    (message->template ? put_template : writers[message->kind])(out, message);
    if (reference.len > 0)
        put_member(out, "biz_opaque_callback_data", reference);
    buf_adds(out, "}");
}

/* Makes a call of the messages edge, which takes what the buffer holds and releases it. */
static enum error post(const struct channel *channel, struct buf *json, struct arena *arena, struct http_call *out)
{
    struct http_call made = {.method = METHOD_POST, .header_count = 2};
    enum error error = adapter_take(json, arena, &made.body);
    made.url = arena_printf(arena, "%s/%s/messages", adapter_setting_or(channel, "api_base", API_BASE),
                            channel_setting(channel, "phone_number_id"));
    made.headers[0] = arena_printf(arena, "Authorization: Bearer %s", channel_setting(channel, "access_token"));
    made.headers[1] = "Content-Type: application/json";
    if (!error && (!made.url || !made.headers[0]))
        error = ERR_NOMEM;
    if (!error)
        *out = made;
    return error;
}

/* Reads the phone number that it sends from. Source: Cloud API, phone numbers. */
static enum error probe(const struct channel *channel, struct arena *arena, struct http_call *out)
{
    *out = (struct http_call){.method = METHOD_GET, .header_count = 1};
    out->url = arena_printf(arena, "%s/%s?fields=id", adapter_setting_or(channel, "api_base", API_BASE),
                            channel_setting(channel, "phone_number_id"));
    out->headers[0] = arena_printf(arena, "Authorization: Bearer %s", channel_setting(channel, "access_token"));
    return out->url && out->headers[0] ? OK : ERR_NOMEM;
}

static enum error call(const struct channel *channel, struct slice to, const struct message *message,
                       struct slice reference, struct arena *arena, struct http_call *out)
{
    struct buf json;
    if (!message_fits(message))
        return ERR_LIMIT;
    buf_init(&json, SEND_MAX);
    put_send(&json, to, message, reference);
    return post(channel, &json, arena, out);
}

static enum error seen(const struct channel *channel, const struct event *event, struct arena *arena,
                       struct http_call *out)
{
    struct buf json;
    buf_init(&json, SEND_MAX);
    buf_adds(&json, "{\"messaging_product\":\"whatsapp\",\"status\":\"read\"");
    put_member(&json, "message_id", event->id);
    buf_addc(&json, '}');
    return post(channel, &json, arena, out);
}

/* Error codes by what is to be done about them: neither the HTTP status nor the subcode tells. Source:
 * providers.md part 1.9. */
/* clang-format off */
static const struct code_class code_rows[] = {
    {4, 4, SEND_THROTTLED}, {80007, 80007, SEND_THROTTLED}, {130429, 130429, SEND_THROTTLED},
    {PAIR_RATE, PAIR_RATE, SEND_THROTTLED},

    {1, 2, SEND_TRANSIENT}, {131000, 131000, SEND_TRANSIENT}, {131016, 131016, SEND_TRANSIENT},
    {133004, 133004, SEND_TRANSIENT}, {131057, 131057, SEND_TRANSIENT}, {2494100, 2494100, SEND_TRANSIENT},
    {131053, 131053, SEND_TRANSIENT}, {132069, 132069, SEND_TRANSIENT},

    {131048, 131049, SEND_LATER}, {131064, 131064, SEND_LATER}, {132015, 132015, SEND_LATER},

    {131026, 131026, SEND_RECIPIENT}, {131050, 131050, SEND_RECIPIENT}, {130403, 130403, SEND_RECIPIENT},

    {131047, 131047, SEND_MESSAGE}, {131021, 131021, SEND_MESSAGE}, {130472, 130472, SEND_MESSAGE},
    {131062, 131062, SEND_MESSAGE}, {100, 100, SEND_MESSAGE}, {131008, 131009, SEND_MESSAGE},
    {131051, 131051, SEND_MESSAGE}, {135000, 135000, SEND_MESSAGE}, {132000, 132001, SEND_MESSAGE},
    {132005, 132005, SEND_MESSAGE}, {132007, 132007, SEND_MESSAGE}, {132012, 132012, SEND_MESSAGE},
    {132016, 132016, SEND_MESSAGE}, {132018, 132018, SEND_MESSAGE}, {132068, 132068, SEND_MESSAGE},

    {0, 0, SEND_CHANNEL}, {3, 3, SEND_CHANNEL}, {10, 10, SEND_CHANNEL}, {33, 33, SEND_CHANNEL},
    {190, 190, SEND_CHANNEL}, {200, 299, SEND_CHANNEL}, {368, 368, SEND_CHANNEL},
    {130497, 130497, SEND_CHANNEL}, {131005, 131005, SEND_CHANNEL}, {131031, 131031, SEND_CHANNEL},
    {131037, 131037, SEND_CHANNEL}, {131042, 131042, SEND_CHANNEL}, {131045, 131045, SEND_CHANNEL},
    {133010, 133010, SEND_CHANNEL}, {133016, 133016, SEND_CHANNEL},
};
/* clang-format on */

static void read_answer(const cJSON *root, int status, struct arena *arena, struct send_result *out)
{
    const cJSON *fault = json_object(root, "error");
    enum send_class by_status = adapter_class_of_status(status);
    struct slice id = json_string(cJSON_GetArrayItem(json_array(root, "messages"), 0), "id");
    int64_t code;
    if (by_status == SEND_OK && (fault || id.len == 0))
        by_status = fault ? SEND_MESSAGE : SEND_MALFORMED;
    if (cJSON_IsTrue(cJSON_GetObjectItemCaseSensitive(fault, "is_transient")))
        by_status = SEND_TRANSIENT;
    out->class = by_status;
    if (json_int(fault, "code", &code)) {
        out->code = slice_of(arena_printf(arena, "%lld", (long long)code));
        out->class = adapter_class_of(code_rows, COUNT(code_rows), code, by_status);
        out->retry_after_ms = code == PAIR_RATE ? PAIR_RATE_MS : 0;
        out->retry_growth = code == PAIR_RATE ? PAIR_RATE_GROWTH : 0;
    }
    if (out->class == SEND_OK)
        out->provider_id = adapter_clean(id, arena);
}

static void result(const struct channel *channel, int status, struct slice body, struct arena *arena,
                   struct send_result *out)
{
    (void)channel;
    adapter_result(status, body, arena, read_answer, out);
}

static enum send_class failure(struct slice code)
{
    return adapter_class_of_text(code_rows, COUNT(code_rows), code);
}

/* Whether Meta has approved it, its own answer tells (132001). */
static bool sends_template(const struct channel *channel, const struct message_template *template)
{
    (void)channel;
    return template->name.len > 0;
}

/* ---- media ---- */

/* Where Meta's files lie. The token goes there too, so that no other host may be added lightly. Source: providers.md
 * parts 1.6 and 8. */
static const struct media_place media_places[] = {{"lookaside.fbsbx.com", "/"}, {NULL, NULL}};

static enum error media_get(const struct channel *channel, const char *url, struct arena *arena, struct http_call *out)
{
    const char *bearer = arena_printf(arena, "Authorization: Bearer %s", channel_setting(channel, "access_token"));
    if (!url || !bearer)
        return ERR_NOMEM;
    *out = (struct http_call){.method = METHOD_GET, .url = url, .headers = {bearer}, .header_count = 1};
    return OK;
}

static enum error media(const struct channel *channel, struct slice id, struct arena *arena, struct http_call *out)
{
    if (!whatsapp_is_media_id(id))
        return ERR_VALUE;
    return media_get(channel,
                     arena_printf(arena, "%s/%.*s?phone_number_id=%s",
                                  adapter_setting_or(channel, "api_base", API_BASE), (int)id.len, id.ptr,
                                  channel_setting(channel, "phone_number_id")),
                     arena, out);
}

/* An id that Meta does not know, any more or ever, is code 100 with 400: the status does not tell. */
static enum media_fate fate_of_fault(const cJSON *root, int status)
{
    int64_t code;
    if (!json_int(json_object(root, "error"), "code", &code))
        return status == 200 ? MEDIA_TROUBLE : media_fate_of(status);
    return code == 100                                                                           ? MEDIA_GONE
           : adapter_class_of(code_rows, COUNT(code_rows), code, SEND_MALFORMED) == SEND_CHANNEL ? MEDIA_REFUSED
                                                                                                 : MEDIA_TROUBLE;
}

/* What is told of a file, and the call for it. */
static enum error read_media(const struct channel *channel, const cJSON *root, int status, struct arena *arena,
                             struct media_step *step)
{
    const struct slice url = json_string(root, "url");
    int64_t size = 0;
    if (status != 200 || !url.len) {
        step->fate = fate_of_fault(root, status);
        return OK;
    }
    if (!media_lies_at(url, media_places, adapter_setting_or(channel, "api_base", API_BASE))) {
        step->fate = MEDIA_ELSEWHERE;
        return OK;
    }
    step->fate = MEDIA_CALL;
    step->type = adapter_clean(json_string(root, "mime_type"), arena);
    step->size = json_int(root, "file_size", &size) && size > 0 ? (uint64_t)size : 0;
    step->has_digest = media_digest(json_string(root, "sha256"), step->digest);
    return step->type.ptr ? media_get(channel, arena_printf(arena, "%.*s", (int)url.len, url.ptr), arena, &step->call)
                          : ERR_NOMEM;
}

static enum error media_next(const struct channel *channel, const struct media_answer *answer, struct arena *arena,
                             struct media_step *step)
{
    cJSON *root = NULL;
    if (answer->asked > 1) {
        step->fate = media_fate_of(answer->status);
        return OK;
    }
    enum error error = json_parse(answer->body, ADAPTER_ANSWER_MAX, &root);
    if (error && error != ERR_NOMEM) {
        step->fate = answer->status == 200 ? MEDIA_TROUBLE : media_fate_of(answer->status);
        return OK;
    }
    if (!error)
        error = read_media(channel, root, answer->status, arena, step);
    cJSON_Delete(root);
    return error;
}

const struct adapter adapter_whatsapp_cloud = {
    .provider = "whatsapp_cloud",
    .body_max = WHATSAPP_BODY_MAX,
    .retries = true, /* providers.md part 1.3: for up to 7 days */
    .open = open_channel,
    .authenticate = authenticate,
    .decode = decode,
    .answer = answer,
    .sends_template = sends_template,
    .call = call,
    .media = media,
    .media_next = media_next,
    .probe = probe,
    .seen = seen,
    .result = result,
    .failure = failure,
    .sorry = adapter_sorry_503,
};
