/* The simulator: a phone of any kind for trying out, spoken to in JSON.
 *
 * POST {"from", "text", "id"?, "payload"?, "channel"?: "sms" | "ussd" | "whatsapp", "session"?}, answered in
 * the same breath with
 * {"replies": [{"text", "buttons"? | "list"?}], "ended"}. Without an id each request is a new message, though
 * its words be the same: its id is a digest of the body and the instant. With an id it is the same message
 * however often it comes. Without a channel the phone is a WhatsApp. On ussd, "text" is all input of the
 * session so far, joined by "*", as a network sends it ("" dials), and "session" names the session. Nothing
 * is signed: for this machine only, or behind a hook_secret. */
#include "adapters/common.h"
#include "base/crypto.h"
#include "base/json.h"

#define TEXT_MAX 8192          /* bytes of a message */
#define REPLY_MAX (256 * 1024) /* bytes of an answer */
#define DIGEST_BYTES 8         /* of the digest that stands for an id */
#define COUNT(array) (sizeof(array) / sizeof((array)[0]))

static const struct phone {
    const char *name;
    enum channel_kind kind;
    bool interactive;
} phones[] = {
    {"whatsapp", CHANNEL_WHATSAPP, true}, /* the one for a request that names none */
    {"sms", CHANNEL_SMS, false},
    {"ussd", CHANNEL_USSD, false},
};

static enum error open_channel(struct channel *channel, struct faults *faults)
{
    (void)faults;
    channel->kind = phones[0].kind;
    channel->interactive = phones[0].interactive;
    channel->sync = true;
    return OK;
}

static const struct phone *phone_named(struct slice name)
{
    if (!name.ptr)
        return &phones[0];
    for (size_t i = 0; i < COUNT(phones); i++)
        if (slice_is(name, phones[i].name))
            return &phones[i];
    return NULL;
}

static enum error read_id(const cJSON *root, const struct request *request, struct arena *arena, struct slice *out)
{
    unsigned char digest[SHA256_BYTES];
    char hex[2 * DIGEST_BYTES + 1];
    struct slice given = json_string(root, "id");
    if (given.ptr)
        return adapter_id(given, arena, out);
    const char *unique =
        arena_printf(arena, "%lld %.*s", (long long)request->now_ms, (int)request->body.len, request->body.ptr);
    if (!unique || sha256(slice_of(unique), digest))
        return ERR_NOMEM;
    hex_encode(digest, DIGEST_BYTES, hex);
    *out = slice_of(arena_printf(arena, "simulator-%s", hex));
    return out->ptr ? OK : ERR_NOMEM;
}

static enum error read_session(const cJSON *root, struct arena *arena, struct event *event)
{
    struct slice session = json_string(root, "session");
    if (event->text.len == 0)
        event->kind = EVENT_BEGIN;
    return adapter_id(session.ptr ? session : SLICE("simulator"), arena, &event->session);
}

static enum error read_event(const cJSON *root, const struct phone *phone, const struct request *request,
                             struct arena *arena, struct event *event)
{
    enum error error = adapter_address(json_string(root, "from"), arena, &event->from);
    if (!error)
        error = read_id(root, request, arena, &event->id);
    if (error)
        return error;
    event->text = json_string(root, "text");
    event->payload = json_string(root, "payload");
    if (event->text.len > TEXT_MAX)
        return ERR_LIMIT;
    event->kind = event->payload.len ? EVENT_CHOICE : EVENT_TEXT;
    event->at_ms = request->now_ms;
    if (phone->kind == CHANNEL_USSD)
        error = read_session(root, arena, event);
    return error ? error : adapter_clean_event(event, arena);
}

/* The channel as the request wants it: the same, but of another kind. */
static const struct channel *play(const struct channel *channel, const struct phone *phone, struct arena *arena)
{
    struct channel *as = arena_alloc(arena, sizeof(*as));
    if (!as)
        return NULL;
    *as = *channel;
    as->kind = phone->kind;
    as->interactive = phone->interactive;
    return as;
}

static enum error read_root(const struct channel *channel, const cJSON *root, const struct request *request,
                            struct arena *arena, struct decoded *out)
{
    const struct phone *phone = phone_named(json_string(root, "channel"));
    struct decoded made;
    if (!phone)
        return ERR_SYNTAX;
    struct event *event = adapter_one_event(arena, &made);
    made.as = event ? play(channel, phone, arena) : NULL;
    if (!made.as)
        return ERR_NOMEM;
    enum error error = read_event(root, phone, request, arena, event);
    if (!error)
        *out = made;
    return error;
}

static enum error decode(const struct channel *channel, const struct request *request, struct arena *arena,
                         struct decoded *out)
{
    cJSON *root = NULL;
    if (request->method != METHOD_POST)
        return ERR_UNSUPPORTED;
    enum error error = json_parse(request->body, ADAPTER_WEBHOOK_MAX, &root);
    if (!error)
        error = read_root(channel, root, request, arena, out);
    cJSON_Delete(root);
    return error == ERR_VALUE ? ERR_SYNTAX : error;
}

static void put_member(struct buf *out, const char *name, struct slice value)
{
    json_put_name(out, name);
    json_put_string(out, value);
}

static void put_options(struct buf *out, const char *name, const struct message *message)
{
    json_put_name(out, name);
    buf_adds(out, "[");
    for (size_t i = 0; i < message->option_count; i++) {
        const struct message_option *option = &message->options[i];
        buf_adds(out, i ? ",{" : "{");
        put_member(out, "id", option->id);
        put_member(out, "title", option->title);
        if (message->kind == MESSAGE_LIST && option->description.len > 0)
            put_member(out, "description", option->description);
        buf_adds(out, "}");
    }
    buf_adds(out, "]");
}

static void put_reply(struct buf *out, const struct message *message)
{
    buf_adds(out, "{");
    put_member(out, "text", message->text);
    if (message->kind == MESSAGE_BUTTONS)
        put_options(out, "buttons", message);
    if (message->kind == MESSAGE_LIST) {
        json_put_name(out, "list");
        buf_adds(out, "{");
        put_member(out, "button", message->list_button);
        put_options(out, "rows", message);
        buf_adds(out, "}");
    }
    buf_adds(out, "}");
}

static enum error answer(const struct channel *channel, const struct message *messages, size_t count,
                         struct arena *arena, struct response *out)
{
    struct response made = {.status = 200, .content_type = "application/json"};
    bool ended = false;
    struct buf json;
    (void)channel;
    buf_init(&json, REPLY_MAX);
    buf_adds(&json, "{\"replies\":[");
    for (size_t i = 0; i < count; i++) {
        buf_adds(&json, i ? "," : "");
        put_reply(&json, &messages[i]);
        ended = messages[i].ends;
    }
    buf_addf(&json, "],\"ended\":%s}", ended ? "true" : "false");
    enum error error = adapter_take(&json, arena, &made.body);
    if (!error)
        *out = made;
    return error;
}

const struct adapter adapter_simulator = {
    .provider = "simulator",
    .body_max = ADAPTER_WEBHOOK_MAX,
    .retries = false,
    .open = open_channel,
    .authenticate = hook_secret_check,
    .decode = decode,
    .answer = answer,
    .call = NULL, /* nobody is called: what is said stands in the answer */
    .result = NULL,
    .sorry = adapter_sorry_503,
};
