/* USSD by Infobip: each webhook is one hop, and its answer is the screen, as JSON.
 *
 * POST …/session/ID/start opens a session, PUT …/session/ID/response brings what was typed last, and only that (see
 * ussd.h: the history is ours, and so is the hop's id), PUT …/session/ID/end tells that it is over. The end names
 * nobody, so it is acknowledged and nothing else. Infobip puts the path behind the address that it was given, so
 * that a ?key= cannot stand there: it proves itself by Basic authentication. A channel of this kind is always
 * synchronous. Source: providers.md part 6.5. */
#include "adapters/common.h"
#include "adapters/ussd.h"
#include "base/crypto.h"
#include "base/json.h"

#define INPUT_MAX 1024         /* bytes of one input; a network carries 182 characters */
#define SESSION_MAX 128        /* bytes of a session id */
#define SCREEN_MAX (16 * 1024) /* bytes; what fits a phone is the renderer's care */
#define BASIC_USER "chaski"    /* of the Basic authentication whose password is the hook_secret */
#define BASIC_PREFIX "Basic "
#define TYPE "application/json"
#define COUNT(array) (sizeof(array) / sizeof((array)[0]))

static enum error open_channel(struct channel *channel, struct faults *faults)
{
    static const struct setting_rule rules[] = {
        {"hook_secret", true, true, NULL,
         "Infobip signs nothing, so make one up and give it Basic authentication with the user " BASIC_USER
         " and the secret as password"},
        {"service_code", false, false, ussd_is_code, "it must be what people dial, such as *384*1#"},
        {"api_base", false, false, adapter_is_base_url, "it must be an http or https address with no slash at its end"},
    };
    if (!adapter_settings_ok(channel, rules, COUNT(rules), faults))
        return ERR_VALUE;
    channel->kind = CHANNEL_USSD;
    channel->interactive = false;
    channel->sync = true;
    return OK;
}

/* Compares what we would send ourselves: the secret is never decoded out of bytes from outside. */
static enum error basic_check(struct slice secret, const struct request *request, struct arena *arena)
{
    struct slice given = request_header(request, "Authorization");
    if (given.len < sizeof(BASIC_PREFIX) - 1 ||
        !slice_is_nocase(slice_part(given, 0, sizeof(BASIC_PREFIX) - 1), BASIC_PREFIX))
        return ERR_REFUSED;
    struct slice plain = slice_of(arena_printf(arena, "%s:%.*s", BASIC_USER, (int)secret.len, secret.ptr));
    char *expected = plain.ptr ? arena_alloc(arena, BASE64_SIZE(plain.len)) : NULL;
    if (!expected)
        return ERR_NOMEM;
    base64_encode((const unsigned char *)plain.ptr, plain.len, expected);
    return bytes_equal(slice_part(given, sizeof(BASIC_PREFIX) - 1, given.len), slice_of(expected)) ? OK : ERR_REFUSED;
}

/* By Basic authentication, or by ?key= where something in front puts it there. */
static enum error authenticate(const struct channel *channel, const struct request *request, struct arena *arena)
{
    struct slice secret = slice_of(channel_setting(channel, "hook_secret"));
    if (!secret.len)
        return ERR_REFUSED;
    enum error error = basic_check(secret, request, arena);
    return error == ERR_REFUSED ? hook_secret_check(channel, request, arena) : error;
}

enum verb { VERB_START, VERB_RESPONSE, VERB_END };

static const struct verb_row {
    const char *name;
    enum method method;
    enum verb verb;
} verb_rows[] = {
    {"start", METHOD_POST, VERB_START},
    {"response", METHOD_PUT, VERB_RESPONSE},
    {"end", METHOD_PUT, VERB_END},
};

/* Reads "/hooks/CHANNEL/session/ID/VERB". */
static enum error read_path(const struct request *request, enum verb *verb, struct slice *session)
{
    static const char *const before[] = {"", "hooks", NULL, "session"}; /* NULL: the channel, found already */
    struct slice rest = request->path, part;
    for (size_t i = 0; i < COUNT(before); i++)
        if (!slice_cut(&rest, '/', &part) || (before[i] && !slice_is(part, before[i])))
            return ERR_SYNTAX;
    if (!slice_cut(&rest, '/', session) || session->len == 0 || session->len > SESSION_MAX)
        return ERR_SYNTAX;
    for (size_t i = 0; i < COUNT(verb_rows); i++) {
        if (!slice_is(rest, verb_rows[i].name))
            continue;
        *verb = verb_rows[i].verb;
        return request->method == verb_rows[i].method ? OK : ERR_UNSUPPORTED;
    }
    return ERR_SYNTAX;
}

/* Gives a member that is a text, or a whole number that somebody wrote without quotes; NULL ptr for neither. */
static enum error read_text(const cJSON *root, const char *name, struct arena *arena, struct slice *out)
{
    int64_t number;
    *out = json_string(root, name);
    if (out->ptr || !json_int(root, name, &number))
        return OK;
    *out = slice_of(arena_printf(arena, "%lld", (long long)number));
    return out->ptr ? OK : ERR_NOMEM;
}

/* The number comes in full, without its plus. */
static enum error read_number(const cJSON *root, struct arena *arena, struct slice *out)
{
    struct slice number;
    enum error error = read_text(root, "msisdn", arena, &number);
    if (error)
        return error;
    if (number.len == 0)
        return ERR_SYNTAX;
    if (number.ptr[0] != '+')
        number = slice_of(arena_printf(arena, "+%.*s", (int)number.len, number.ptr));
    return number.ptr ? adapter_address(number, arena, out) : ERR_NOMEM;
}

/* A start brings the code that was dialled, which is no input; a response brings the input. Its id is no hop's: the
 * same "1" is another hop each time, and which one it is only the turn can tell. */
static enum error read_input(const cJSON *root, enum verb verb, struct arena *arena, struct event *event)
{
    struct slice text;
    event->kind = verb == VERB_START ? EVENT_BEGIN : EVENT_TEXT;
    event->last_input = true;
    if (verb == VERB_START)
        return ussd_hop_id(event->session, event->from, SLICE_NONE, arena, &event->id);
    enum error error = read_text(root, "text", arena, &text);
    if (error || text.len > INPUT_MAX)
        return error ? error : ERR_LIMIT;
    event->text = adapter_clean(text, arena);
    event->id = slice_of(arena_printf(arena, "%.*s:?", (int)event->session.len, event->session.ptr));
    return event->text.ptr && event->id.ptr ? OK : ERR_NOMEM;
}

static enum error read_root(const struct channel *channel, const cJSON *root, enum verb verb, struct arena *arena,
                            struct event *event)
{
    struct slice ours = slice_of(channel_setting(channel, "service_code")), code = json_string(root, "shortCode");
    if (!cJSON_IsObject(root))
        return ERR_SYNTAX;
    if (ours.len && code.len && !ussd_same_code(ours, code))
        return ERR_REFUSED;
    enum error error = read_number(root, arena, &event->from);
    return error ? error : read_input(root, verb, arena, event);
}

static enum error decode(const struct channel *channel, const struct request *request, struct arena *arena,
                         struct decoded *out)
{
    static const struct response ended = {200, TYPE, SLICE("{\"responseExitCode\":200,\"responseMessage\":\"\"}")};
    struct slice session;
    struct decoded made;
    enum verb verb;
    cJSON *root = NULL;
    enum error error = read_path(request, &verb, &session);
    if (error)
        return error;
    if (verb == VERB_END) {
        *out = (struct decoded){.answered = true, .answer = ended};
        return OK;
    }
    struct event *event = adapter_one_event(arena, &made);
    if (!event)
        return ERR_NOMEM;
    error = adapter_id(session, arena, &event->session);
    if (!error)
        error = json_parse(request->body, ADAPTER_WEBHOOK_MAX, &root);
    if (!error)
        error = read_root(channel, root, verb, arena, event);
    cJSON_Delete(root);
    if (!error)
        *out = made;
    return error == ERR_VALUE ? ERR_SYNTAX : error;
}

/* All four members are required. */
static enum error write_screen(bool closes, struct slice text, struct arena *arena, struct slice *out)
{
    struct buf json;
    buf_init(&json, 2 * SCREEN_MAX);
    buf_addf(&json, "{\"shouldClose\":%s", closes ? "true" : "false");
    json_put_name(&json, "ussdMenu");
    json_put_string(&json, text);
    buf_adds(&json, ",\"responseExitCode\":200,\"responseMessage\":\"\"}");
    return adapter_take(&json, arena, out);
}

static enum error answer(const struct channel *channel, const struct message *messages, size_t count,
                         struct arena *arena, struct response *out)
{
    static const struct message nothing = {.text = SLICE("Gracias."), .ends = true};
    struct response made = {.status = 200, .content_type = TYPE};
    struct buf text;
    (void)channel;
    if (count == 0) {
        messages = &nothing;
        count = 1;
    }
    buf_init(&text, SCREEN_MAX);
    ussd_put_screen(&text, messages, count);
    enum error error = text.error;
    if (!error)
        error = write_screen(messages[count - 1].ends, buf_slice(&text), arena, &made.body);
    buf_release(&text);
    if (!error)
        *out = made;
    return error;
}

/* Exit code 200 although something failed: with 500 nobody says that the text would be shown. Never fails for want of
 * memory: a person looks at the phone and waits. */
static enum error sorry(const struct channel *channel, struct arena *arena, struct response *out)
{
    (void)channel;
    (void)arena;
    *out = (struct response){
        .status = 200,
        .content_type = TYPE,
        .body = SLICE("{\"shouldClose\":true,\"ussdMenu\":\"Ahora no podemos atenderle. Por favor, marque de nuevo en "
                      "unos minutos.\",\"responseExitCode\":200,\"responseMessage\":\"\"}"),
    };
    return OK;
}

const struct adapter adapter_infobip_ussd = {
    .provider = "infobip_ussd",
    .body_max = ADAPTER_WEBHOOK_MAX,
    .subpaths = true,
    .asks = BASIC_PREFIX "realm=\"" BASIC_USER "\"",
    .open = open_channel,
    .authenticate = authenticate,
    .decode = decode,
    .answer = answer,
    .call = NULL, /* a screen goes only as the answer to a hop */
    .result = NULL,
    .failure = NULL,
    .sorry = sorry,
};
