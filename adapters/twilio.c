/* Twilio Programmable Messaging, SMS and WhatsApp. Source: providers.md part 2. */
#include "adapters/common.h"
#include "adapters/media.h"
#include "adapters/twilio_signature.h"
#include "base/crypto.h"
#include "base/form.h"
#include "base/json.h"
#include "base/json_walk.h"
#include "base/sms.h"
#include "base/utf8.h"

#define API_BASE "https://api.twilio.com"
#define WHATSAPP_PREFIX "whatsapp:"
#define BODY_UNITS 1600       /* UTF-16 units of one message's body: above it 21617 */
#define TWIML_MAX (64 * 1024) /* bytes of a document */
#define TWIML_USUAL 2048      /* bytes of one for which nothing is allocated */
#define URL_USUAL 256         /* bytes of an address of receipts for which nothing is allocated */
#define FORM_USUAL 2048       /* bytes of a send for which nothing is allocated */
#define FORM_MAX (32 * 1024)  /* bytes of a send: 1600 units, percent-encoded, take at most 14400 */

#define COUNT(array) (sizeof(array) / sizeof((array)[0]))

static bool is_whatsapp(const char *from)
{
    return slice_starts(slice_of(from), WHATSAPP_PREFIX);
}

static bool is_sid(struct slice sid, const char *prefix)
{
    unsigned char bytes[16];
    return slice_starts(sid, prefix) && hex_decode(slice_part(sid, 2, sid.len), bytes, sizeof(bytes));
}

static bool is_account_sid(const char *value)
{
    return is_sid(slice_of(value), "AC");
}

static bool is_service_sid(const char *value)
{
    return is_sid(slice_of(value), "MG");
}

static bool is_reply(const char *value)
{
    return slice_is(slice_of(value), "sync") || slice_is(slice_of(value), "async");
}

/* Finds a template's Content SID in "NAME=HX…, NAME=HX…"; empty where it is not there. */
static struct slice content_sid(struct slice sids, struct slice name)
{
    struct slice item, word;
    while (slice_cut(&sids, ',', &item))
        if (slice_cut(&item, '=', &word) && slice_eq(slice_trim(word), name))
            return slice_trim(item);
    return SLICE_NONE;
}

static bool is_content_sids(const char *value)
{
    struct slice rest = slice_of(value), item, name;
    while (slice_cut(&rest, ',', &item))
        if (!slice_cut(&item, '=', &name) || !slice_trim(name).len || !is_sid(slice_trim(item), "HX"))
            return false;
    return true;
}

static enum error open_channel(struct channel *channel, struct faults *faults)
{
    static const struct setting_rule rules[] = {
        {"account_sid", true, false, is_account_sid,
         "it must be AC and 32 hexadecimal digits, as Twilio's console shows it"},
        {"auth_token", true, true, NULL, "copy it from Twilio's console"},
        {"messaging_service_sid", false, false, is_service_sid,
         "it must be MG and 32 hexadecimal digits, as Twilio's console shows it"},
        {"reply", false, false, is_reply, "it must be sync or async"},
        {"content_sids", false, false, is_content_sids,
         "it must be NAME=HX and 32 hexadecimal digits, several separated by commas"},
        {"api_base", false, false, adapter_is_base_url,
         "it must be an http or https address with no slash at its end, such as " API_BASE},
    };
    const char *from = channel_setting(channel, "from");
    bool good = adapter_settings_ok(channel, rules, COUNT(rules), faults);
    if (!from[0] && !channel_setting(channel, "messaging_service_sid")[0]) {
        faults_add(faults, "", 0, 0, "from and messaging_service_sid are both missing: one of them must say who sends");
        good = false;
    }
    if (!good)
        return ERR_VALUE;
    channel->kind = is_whatsapp(from) ? CHANNEL_WHATSAPP : CHANNEL_SMS;
    channel->interactive = false; /* buttons and lists are Content templates, made beforehand */
    channel->sync = slice_is(slice_of(adapter_setting_or(channel, "reply", "sync")), "sync");
    return OK;
}

/* The account must be ours, where the request names one: a sub-account's requests are not this channel's. */
static enum error account_check(const struct channel *channel, const struct form *params)
{
    struct slice account = form_get(params, "AccountSid");
    return !account.ptr || slice_is(account, channel_setting(channel, "account_sid")) ? OK : ERR_REFUSED;
}

static enum error authenticate(const struct channel *channel, const struct request *request, struct arena *arena)
{
    static const char *const tokens[] = {"auth_token", "auth_token_secondary"}; /* both hold while a token is changed */
    struct form params;
    enum error error = hook_secret_check(channel, request, arena);
    if (error)
        return error;
    error = twilio_params(request, arena, &params);
    if (error)
        return error == ERR_NOMEM ? ERR_NOMEM : ERR_REFUSED;
    error = ERR_REFUSED;
    for (size_t i = 0; i < COUNT(tokens) && error == ERR_REFUSED; i++)
        error =
            twilio_signature_check(request, &params, channel->public_url, channel_setting(channel, tokens[i]), arena);
    return error ? error : account_check(channel, &params);
}

static struct slice first_of(const struct form *params, const char *const *names, size_t count)
{
    struct slice value = SLICE_NONE;
    for (size_t i = 0; i < count && value.len == 0; i++)
        value = form_get(params, names[i]);
    return value;
}

static enum error message_sid(const struct form *params, struct arena *arena, struct slice *out)
{
    static const char *const names[] = {"MessageSid", "SmsMessageSid", "SmsSid"};
    return adapter_id(first_of(params, names, COUNT(names)), arena, out);
}

static enum error address(struct slice raw, struct arena *arena, struct slice *out)
{
    if (slice_starts(raw, WHATSAPP_PREFIX))
        raw = slice_part(raw, sizeof(WHATSAPP_PREFIX) - 1, raw.len);
    return adapter_address(raw, arena, out);
}

/* What Twilio says of a message, and how far along it is. Source: providers.md part 2.5. */
static const struct status_row {
    const char *name;
    enum delivery delivery;
} status_rows[] = {
    {"accepted", DELIVERY_QUEUED},     {"scheduled", DELIVERY_QUEUED}, {"queued", DELIVERY_QUEUED},
    {"sending", DELIVERY_QUEUED},      {"sent", DELIVERY_SENT},        {"partially_delivered", DELIVERY_SENT},
    {"delivered", DELIVERY_DELIVERED}, {"read", DELIVERY_READ},        {"undelivered", DELIVERY_FAILED},
    {"failed", DELIVERY_FAILED},       {"canceled", DELIVERY_FAILED},
};

static enum error decode_status(const struct form *params, struct slice status, struct slice query, struct arena *arena,
                                struct event *event)
{
    struct form ours;
    const struct status_row *row = NULL;
    for (size_t i = 0; i < COUNT(status_rows); i++)
        if (slice_is(status, status_rows[i].name))
            row = &status_rows[i];
    enum error error = message_sid(params, arena, &event->id);
    if (!error)
        error = form_parse(query, arena, &ours);
    if (error)
        return error;
    event->kind = row ? EVENT_STATUS : EVENT_IGNORED;
    event->delivery = row ? row->delivery : DELIVERY_QUEUED;
    event->reference = form_get(&ours, "ref");
    event->error = form_get(params, "ErrorCode");
    error = address(form_get(params, "To"), arena, &event->from);
    return error && error != ERR_VALUE ? error : adapter_clean_event(event, arena);
}

/* With Advanced Opt-Out Twilio acts on keywords of the operator's choosing, and says which act it was. */
static const struct {
    const char *act, *word;
} opt_out_rows[] = {{"STOP", "BAJA"}, {"START", "ALTA"}, {"HELP", "AYUDA"}};

/* A button or list row of ours that was pressed: the parameters of its id and of its title. */
static const struct {
    const char *payload, *title;
} choice_rows[] = {{"ButtonPayload", "ButtonText"}, {"ListId", "ListTitle"}};

static void find_choice(const struct form *params, struct event *event)
{
    for (size_t i = 0; i < COUNT(choice_rows); i++) {
        struct slice payload = form_get(params, choice_rows[i].payload);
        if (payload.len == 0)
            continue;
        struct slice title = form_get(params, choice_rows[i].title);
        event->kind = EVENT_CHOICE;
        event->payload = payload;
        event->text = title.len ? title : event->text;
        return;
    }
}

static void find_location(const struct form *params, struct event *event)
{
    static const char *const names[] = {"Label", "Address", "Body"};
    if (!adapter_degrees(form_get(params, "Latitude"), 90, &event->latitude) ||
        !adapter_degrees(form_get(params, "Longitude"), 180, &event->longitude))
        return;
    event->kind = EVENT_LOCATION;
    event->text = first_of(params, names, COUNT(names));
}

/* Tells whether a text is "MM…/Media/ME…": what an account's media have below its messages. */
static bool is_media_id(struct slice id)
{
    struct slice message, word;
    return slice_cut(&id, '/', &message) && slice_cut(&id, '/', &word) && slice_is(word, "Media") &&
           (is_sid(message, "MM") || is_sid(message, "SM")) && is_sid(id, "ME");
}

static bool cut_is(struct slice *rest, const char *expected)
{
    struct slice part;
    return slice_cut(rest, '/', &part) && (!expected || slice_is(part, expected));
}

/* Gives what an address has behind ".../2010-04-01/Accounts/OURS/Messages/"; empty for one that is none of our media.
 * That alone is kept, and called below our own base address. */
static struct slice media_id(const struct channel *channel, struct slice url)
{
    static const struct media_place api[] = {{".twilio.com", "/"}, {NULL, NULL}};
    const char *const parts[] = {NULL /* scheme */, "",         NULL /* host */,
                                 "2010-04-01",      "Accounts", channel_setting(channel, "account_sid"),
                                 "Messages"};
    struct slice rest = url;
    if (!media_lies_at(url, api, adapter_setting_or(channel, "api_base", API_BASE)))
        return SLICE_NONE;
    for (size_t i = 0; i < COUNT(parts); i++)
        if (!cut_is(&rest, parts[i]))
            return SLICE_NONE;
    return is_media_id(rest) ? rest : SLICE_NONE;
}

static void find_media(const struct form *params, struct event *event)
{
    const struct slice type = form_get(params, "MediaContentType0");
    uint64_t count;
    if (!slice_u64(form_get(params, "NumMedia"), 1000, &count) || count == 0)
        return;
    event->kind = EVENT_MEDIA;
    event->media.kind = media_kind_of(type);
    media_describe(&event->media, type, SLICE_NONE);
}

static void find_opt_out(const struct form *params, struct event *event)
{
    struct slice act = form_get(params, "OptOutType");
    for (size_t i = 0; i < COUNT(opt_out_rows); i++)
        if (slice_is(act, opt_out_rows[i].act))
            event->text = slice_of(opt_out_rows[i].word);
}

/* WhatsApp kinds that carry nothing we read: an empty SMS is words (none), an empty WhatsApp message of
 * another kind is not. */
static void find_nothing(const struct form *params, struct event *event)
{
    struct slice type = form_get(params, "MessageType");
    if (event->text.len > 0 || type.len == 0 || slice_is(type, "text"))
        return;
    event->kind = slice_is(type, "reaction") ? EVENT_IGNORED : EVENT_UNSUPPORTED;
}

static enum error decode_message(const struct channel *channel, const struct form *params, struct arena *arena,
                                 struct event *event)
{
    static void (*const finders[])(const struct form *, struct event *) = {
        find_choice, find_location, find_media, find_nothing, /* the first to find something decides */
    };
    static const char *const senders[] = {"From", "ExternalUserId"};
    struct slice from = first_of(params, senders, COUNT(senders));
    enum error error = from.len ? message_sid(params, arena, &event->id) : ERR_SYNTAX;
    if (!error)
        error = address(from, arena, &event->from);
    if (error == ERR_VALUE) {
        event->kind = EVENT_IGNORED; /* a short code or a name: a machine's message, nobody to answer */
        return OK;
    }
    if (error)
        return error;
    event->kind = EVENT_TEXT;
    event->text = form_get(params, "Body");
    event->name = form_get(params, "ProfileName");
    find_opt_out(params, event);
    for (size_t i = 0; i < COUNT(finders) && event->kind == EVENT_TEXT; i++)
        finders[i](params, event);
    if (event->kind == EVENT_MEDIA)
        event->media.id = media_id(channel, form_get(params, "MediaUrl0"));
    return adapter_clean_event(event, arena);
}

/* Inbound messages carry SmsStatus=received; status callbacks come to the same address or another and say
 * MessageStatus. */
static bool is_inbound(struct slice status)
{
    return status.len == 0 || slice_is(status, "received") || slice_is(status, "receiving");
}

static enum error decode(const struct channel *channel, const struct request *request, struct arena *arena,
                         struct decoded *out)
{
    static const char *const names[] = {"MessageStatus", "SmsStatus"};
    struct form params;
    struct decoded made;
    enum error error = twilio_params(request, arena, &params);
    if (error)
        return error;
    struct event *event = adapter_one_event(arena, &made);
    if (!event)
        return ERR_NOMEM;
    struct slice status = first_of(&params, names, COUNT(names));
    if (twilio_is_json(request))
        event->kind = EVENT_IGNORED; /* an event stream or another product: no message comes as JSON */
    else if (is_inbound(status))
        error = decode_message(channel, &params, arena, event);
    else
        error = decode_status(&params, status, request->query, arena, event);
    if (!error)
        *out = made;
    return error;
}

/* Cuts the first part of at most BODY_UNITS off *rest, behind the last blank or line end if there is one,
 * never inside a character. */
static struct slice cut_body(struct slice *rest)
{
    struct slice ahead = *rest;
    if (rest->len <= BODY_UNITS) { /* no character has more units than bytes */
        *rest = SLICE_NONE;
        return ahead;
    }
    size_t units = 0, fits = 0, blank = 0;
    uint32_t code_point;
    while (utf8_next(&ahead, &code_point)) {
        units += code_point > 0xFFFF ? 2 : 1;
        if (units > BODY_UNITS)
            break;
        fits = rest->len - ahead.len;
        if (code_point == ' ' || code_point == '\n')
            blank = fits;
    }
    size_t at = fits == rest->len || blank == 0 ? fits : blank;
    struct slice head = slice_part(*rest, 0, at);
    *rest = slice_part(*rest, at, rest->len);
    return head;
}

/* Tells whether XML 1.0 has the character; Twilio refuses the whole document (12100) for one that it has not.
 */
static bool is_xml(uint32_t c)
{
    return c >= 0x20 ? c != 0xFFFE && c != 0xFFFF : c == '\t' || c == '\n' || c == '\r';
}

/* The bytes that stand in XML as they are: ASCII but for controls and marks. */
static const bool plain[256] = {
    ['\t' ... '\n'] = true, [' ' ... '%'] = true, ['\'' ... ';'] = true, ['='] = true, ['?' ... '~'] = true,
};

/* Counts the plain bytes at the start. */
static size_t plain_run(struct slice text)
{
    size_t run = 0;
    while (run < text.len && plain[(unsigned char)text.ptr[run]])
        run++;
    return run;
}

static void put_xml(struct buf *out, struct slice text)
{
    uint32_t c;
    for (;;) {
        size_t run = plain_run(text);
        buf_add(out, text.ptr, run);
        text = slice_part(text, run, text.len);
        if (!utf8_next(&text, &c))
            return;
        if (c == '&')
            buf_adds(out, "&amp;");
        else if (c == '<')
            buf_adds(out, "&lt;");
        else if (c == '>')
            buf_adds(out, "&gt;");
        else if (c == '\r')
            buf_adds(out, "&#xD;");
        else if (is_xml(c))
            utf8_put(out, c);
    }
}

static void put_twiml_text(struct buf *out, struct slice body)
{
    while (body.len > 0) {
        buf_adds(out, "<Message>");
        put_xml(out, cut_body(&body));
        buf_adds(out, "</Message>");
    }
}

static void put_twiml_message(struct buf *out, const struct message *message)
{
    struct buf text;
    if (message->kind == MESSAGE_TEXT) {
        put_twiml_text(out, message->text);
        return;
    }
    buf_init(&text, TWIML_MAX);
    adapter_put_plain(&text, message);
    put_twiml_text(out, buf_slice(&text));
    out->error = out->error ? out->error : text.error;
    buf_release(&text);
}

static enum error answer(const struct channel *channel, const struct message *messages, size_t count,
                         struct arena *arena, struct response *out)
{
    /* Never text/plain: Twilio would send such a body on as an SMS. */
    struct response made = {.status = 200, .content_type = "text/xml"};
    struct buf document;
    char room[TWIML_USUAL];
    (void)channel;
    buf_init_over(&document, room, sizeof(room), TWIML_MAX);
    buf_adds(&document, "<?xml version=\"1.0\" encoding=\"UTF-8\"?><Response>");
    size_t empty = document.len;
    for (size_t i = 0; i < count; i++)
        put_twiml_message(&document, &messages[i]);
    if (document.len > empty) {
        buf_adds(&document, "</Response>");
    } else {
        buf_clear(&document);
        buf_adds(&document, "<?xml version=\"1.0\" encoding=\"UTF-8\"?><Response/>");
    }
    enum error error = adapter_take(&document, arena, &made.body);
    if (!error)
        *out = made;
    return error;
}

static void put_field(struct buf *out, const char *name, const char *prefix, struct slice value)
{
    if (value.len == 0)
        return;
    if (out->len)
        buf_addc(out, '&');
    buf_adds(out, name);
    buf_addc(out, '=');
    form_encode(slice_of(prefix), out);
    form_encode(value, out);
}

/* The address of receipts: our reference comes back in it, and so does the hook's key. */
static void put_status_callback(struct buf *out, const struct channel *channel, struct slice reference)
{
    struct slice secret = slice_of(channel_setting(channel, "hook_secret"));
    struct buf url;
    char room[URL_USUAL];
    buf_init_over(&url, room, sizeof(room), FORM_MAX);
    buf_adds(&url, channel->public_url);
    buf_adds(&url, "/hooks/");
    buf_adds(&url, channel->name);
    buf_adds(&url, "/status?ref=");
    form_encode(reference, &url);
    if (secret.len > 0) {
        buf_adds(&url, "&key=");
        form_encode(secret, &url);
    }
    put_field(out, "StatusCallback", "", buf_slice(&url));
    out->error = out->error ? out->error : url.error;
    buf_release(&url);
}

static bool sends_template(const struct channel *channel, const struct message_template *template)
{
    return channel->kind == CHANNEL_WHATSAPP &&
           content_sid(slice_of(channel_setting(channel, "content_sids")), template->name).len > 0;
}

/* The words and buttons of a Content template are Twilio's; only its variables are said here. */
static void put_content(struct buf *out, const struct channel *channel, const struct message_template *template)
{
    struct buf variables;
    buf_init(&variables, FORM_MAX);
    put_field(out, "ContentSid", "", content_sid(slice_of(channel_setting(channel, "content_sids")), template->name));
    for (size_t i = 0; i < template->param_count; i++) {
        buf_addf(&variables, "%s\"%zu\":", i ? "," : "{", i + 1);
        json_put_string(&variables, template->params[i]);
    }
    if (template->param_count)
        buf_addc(&variables, '}');
    put_field(out, "ContentVariables", "", buf_slice(&variables));
    out->error = out->error ? out->error : variables.error;
    buf_release(&variables);
}

static void put_send(struct buf *out, const struct channel *channel, struct slice to, const struct message *message,
                     struct slice body, struct slice reference)
{
    bool whatsapp = channel->kind == CHANNEL_WHATSAPP;
    put_field(out, "To", whatsapp ? WHATSAPP_PREFIX : "", to);
    put_field(out, "From", "", slice_of(channel_setting(channel, "from")));
    put_field(out, "MessagingServiceSid", "", slice_of(channel_setting(channel, "messaging_service_sid")));
    if (message->template)
        put_content(out, channel, message->template);
    else
        put_field(out, "Body", "", body);
    put_status_callback(out, channel, reference);
}

static enum error call(const struct channel *channel, struct slice to, const struct message *message,
                       struct slice reference, struct arena *arena, struct http_call *out)
{
    struct http_call made = {.method = METHOD_POST, .header_count = 1};
    struct buf text, form;
    char text_room[FORM_USUAL], form_room[FORM_USUAL];
    const char *sid = channel_setting(channel, "account_sid");
    buf_init_over(&text, text_room, sizeof(text_room), FORM_MAX);
    buf_init_over(&form, form_room, sizeof(form_room), FORM_MAX);
    adapter_put_plain(&text, message);
    struct slice rest = buf_slice(&text), body = cut_body(&rest);
    enum error error = text.error ? text.error : rest.len ? ERR_LIMIT : OK;
    if (!error)
        put_send(&form, channel, to, message, body, reference);
    buf_release(&text);
    form.error = form.error ? form.error : error;
    error = adapter_take(&form, arena, &made.body);
    made.headers[0] = "Content-Type: application/x-www-form-urlencoded";
    made.user = sid;
    made.password = channel_setting(channel, "auth_token");
    made.url = arena_printf(arena, "%s/2010-04-01/Accounts/%s/Messages.json",
                            adapter_setting_or(channel, "api_base", API_BASE), sid);
    if (!error && !made.url)
        error = ERR_NOMEM;
    if (!error)
        *out = made;
    return error;
}

/* Reads the account. Source: Twilio's Account resource. */
static enum error probe(const struct channel *channel, struct arena *arena, struct http_call *out)
{
    const char *sid = channel_setting(channel, "account_sid");
    *out = (struct http_call){.method = METHOD_GET,
                              .url = arena_printf(arena, "%s/2010-04-01/Accounts/%s.json",
                                                  adapter_setting_or(channel, "api_base", API_BASE), sid),
                              .user = sid,
                              .password = channel_setting(channel, "auth_token")};
    return out->url ? OK : ERR_NOMEM;
}

/* Error codes by what is to be done about them. 21212 (From) and 21609 (StatusCallback) name settings of ours, so they
 * are no recipient's fault and no message's. Source: providers.md part 2.6. */
/* clang-format off */
static const struct code_class code_rows[] = {
    {20429, 20429, SEND_THROTTLED}, {14107, 14107, SEND_THROTTLED}, {63017, 63018, SEND_THROTTLED},
    {30022, 30022, SEND_THROTTLED},

    {20500, 20500, SEND_TRANSIENT}, {20503, 20503, SEND_TRANSIENT}, {63009, 63010, SEND_TRANSIENT},
    {63012, 63012, SEND_TRANSIENT}, {60005, 60005, SEND_TRANSIENT}, {30008, 30008, SEND_TRANSIENT},
    {30020, 30020, SEND_TRANSIENT}, {30017, 30017, SEND_TRANSIENT}, {30410, 30410, SEND_TRANSIENT},

    {21611, 21611, SEND_LATER}, {30001, 30001, SEND_LATER}, {30003, 30003, SEND_LATER},

    {21211, 21211, SEND_RECIPIENT}, {21214, 21214, SEND_RECIPIENT}, {21217, 21217, SEND_RECIPIENT},
    {21408, 21408, SEND_RECIPIENT}, {21614, 21614, SEND_RECIPIENT}, {21612, 21612, SEND_RECIPIENT},
    {30005, 30006, SEND_RECIPIENT}, {63003, 63003, SEND_RECIPIENT}, {63024, 63024, SEND_RECIPIENT},
    {21610, 21610, SEND_RECIPIENT}, {63033, 63033, SEND_RECIPIENT}, {63014, 63014, SEND_RECIPIENT},

    {63032, 63032, SEND_MESSAGE}, {63049, 63049, SEND_MESSAGE}, {63016, 63016, SEND_MESSAGE},
    {21602, 21604, SEND_MESSAGE}, {21617, 21617, SEND_MESSAGE}, {21619, 21620, SEND_MESSAGE},
    {21623, 21623, SEND_MESSAGE}, {21656, 21656, SEND_MESSAGE}, {12300, 12300, SEND_MESSAGE},
    {14101, 14103, SEND_MESSAGE}, {63005, 63005, SEND_MESSAGE}, {63013, 63013, SEND_MESSAGE},
    {63019, 63019, SEND_MESSAGE}, {63021, 63021, SEND_MESSAGE}, {63027, 63031, SEND_MESSAGE},
    {30004, 30004, SEND_MESSAGE}, {30007, 30007, SEND_MESSAGE}, {63026, 63026, SEND_MESSAGE},

    {20003, 20003, SEND_CHANNEL}, {21212, 21212, SEND_CHANNEL}, {21606, 21606, SEND_CHANNEL},
    {21609, 21609, SEND_CHANNEL},
    {21703, 21703, SEND_CHANNEL}, {21705, 21705, SEND_CHANNEL}, {63001, 63002, SEND_CHANNEL},
    {63007, 63008, SEND_CHANNEL}, {63020, 63020, SEND_CHANNEL}, {30002, 30002, SEND_CHANNEL},
    {63038, 63038, SEND_CHANNEL},
};
/* clang-format on */

static void read_answer(const cJSON *root, int status, struct arena *arena, struct send_result *out)
{
    enum send_class by_status = adapter_class_of_status(status);
    bool created = by_status == SEND_OK;
    int64_t code, parts;
    out->class = created ? SEND_MALFORMED : by_status;
    if (json_int(root, created ? "error_code" : "code", &code)) {
        out->code = slice_of(arena_printf(arena, "%lld", (long long)code));
        out->class = adapter_class_of(code_rows, COUNT(code_rows), code, created ? SEND_MESSAGE : by_status);
    } else if (created && json_string(root, "sid").len > 0) {
        out->class = SEND_OK;
        out->provider_id = adapter_clean(json_string(root, "sid"), arena);
        if (json_int(root, "num_segments", &parts) && parts > 0 && parts <= SMS_SEGMENTS_MAX)
            out->parts = (unsigned)parts;
    }
}

static enum send_class failure(struct slice code)
{
    return adapter_class_of_text(code_rows, COUNT(code_rows), code);
}

/* What a resource that was created says, as far as it counts. */
struct created {
    struct slice sid;
    uint64_t parts;
    bool plain; /* false: it says something else too, or says it otherwise */
};

static void note_member(struct created *created, struct slice name, const struct json_value *value)
{
    if (slice_is(name, "sid")) {
        created->plain = created->plain && !created->sid.ptr && value->kind == JSON_STRING && !value->escaped;
        created->sid = value->text;
    } else if (slice_is(name, "num_segments")) {
        created->plain =
            created->plain && value->kind == JSON_STRING && slice_u64(value->text, SMS_SEGMENTS_MAX, &created->parts);
    } else if (slice_is(name, "error_code")) {
        created->plain = created->plain && value->kind == JSON_WORD; /* null */
    }
}

/* Reads in place what nearly every send is answered. Returns false where read_answer() is to look. */
static bool read_created(int status, struct slice body, struct send_result *out)
{
    struct created created = {.plain = adapter_class_of_status(status) == SEND_OK};
    if (!created.plain || body.len > ADAPTER_ANSWER_MAX || !utf8_valid(body))
        return false;
    struct json_walk walk = json_walk_into(body);
    struct json_value value;
    for (struct slice name; json_walk_next(&walk, &name, &value);)
        note_member(&created, name, &value);
    if (!json_walk_whole(&walk) || !created.plain || !is_sid(created.sid, "SM"))
        return false;
    *out = (struct send_result){.class = SEND_OK, .provider_id = created.sid, .parts = (unsigned)created.parts};
    return true;
}

static void result(const struct channel *channel, int status, struct slice body, struct arena *arena,
                   struct send_result *out)
{
    (void)channel;
    if (!read_created(status, body, out))
        adapter_result(status, body, arena, read_answer, out);
}

/* ---- media ---- */

static enum error media(const struct channel *channel, struct slice id, struct arena *arena, struct http_call *out)
{
    const char *sid = channel_setting(channel, "account_sid");
    if (!is_media_id(id))
        return ERR_VALUE;
    *out = (struct http_call){.method = METHOD_GET,
                              .url = arena_printf(arena, "%s/2010-04-01/Accounts/%s/Messages/%.*s",
                                                  adapter_setting_or(channel, "api_base", API_BASE), sid, (int)id.len,
                                                  id.ptr),
                              .user = sid,
                              .password = channel_setting(channel, "auth_token")};
    return out->url ? OK : ERR_NOMEM;
}

/* The file itself, or where it lies, which is asked without the password. Source: providers.md part 2.1; the second
 * host is for accounts that ask nobody for a password to media. Source: Twilio's help on access to media. */
static enum error media_next(const struct channel *channel, const struct media_answer *answer, struct arena *arena,
                             struct media_step *step)
{
    static const struct media_place places[] = {
        {".twiliocdn.com", "/"}, {"s3-external-1.amazonaws.com", "/media.twiliocdn.com/"}, {NULL, NULL}};
    const struct slice at = answer->location;
    step->fate = media_fate_of(answer->status);
    if (step->fate != MEDIA_ELSEWHERE || !media_lies_at(at, places, adapter_setting_or(channel, "api_base", API_BASE)))
        return OK;
    step->call = (struct http_call){.method = METHOD_GET, .url = arena_printf(arena, "%.*s", (int)at.len, at.ptr)};
    step->fate = MEDIA_CALL;
    return step->call.url ? OK : ERR_NOMEM;
}

const struct adapter adapter_twilio = {
    .provider = "twilio",
    .body_max = ADAPTER_WEBHOOK_MAX,
    .retries = false, /* providers.md part 2.4: 4xx and 5xx are not repeated unless the URL asks for it */
    .refers = true,   /* put_status_callback(): in the address that Twilio is given with each message */
    .open = open_channel,
    .authenticate = authenticate,
    .decode = decode,
    .answer = answer,
    .sends_template = sends_template,
    .call = call,
    .media = media,
    .media_next = media_next,
    .probe = probe,
    .result = result,
    .failure = failure,
    .sorry = adapter_sorry_503,
};
