/* USSD by Africa's Talking: each webhook is one hop, and its answer is the screen. Source: providers.md
 * part 3.4. */
#include "adapters/common.h"
#include "adapters/ussd.h"
#include "base/civil.h"
#include "base/form.h"

#define TEXT_MAX 8192          /* bytes of a session's whole input */
#define SESSION_MAX 128        /* bytes of a session id */
#define SCREEN_MAX (16 * 1024) /* bytes; what fits a phone is the renderer's care */
#define COUNT(array) (sizeof(array) / sizeof((array)[0]))

static enum error open_channel(struct channel *channel, struct faults *faults)
{
    static const struct setting_rule rules[] = {
        {"service_code", true, false, ussd_is_code, "it must be what people dial, such as *384*1#"},
        {"hook_secret", true, true, NULL,
         "Africa's Talking signs nothing, so make one up and give it the address with ?key= and the secret"},
    };
    if (!adapter_settings_ok(channel, rules, COUNT(rules), faults))
        return ERR_VALUE;
    channel->kind = CHANNEL_USSD;
    channel->interactive = false;
    channel->sync = true;
    return OK;
}

static enum error authenticate(const struct channel *channel, const struct request *request, struct arena *arena)
{
    return channel_setting(channel, "hook_secret")[0] ? hook_secret_check(channel, request, arena) : ERR_REFUSED;
}

static bool is_our_code(const struct channel *channel, struct slice code)
{
    return code.len == 0 || ussd_same_code(code, slice_of(channel_setting(channel, "service_code")));
}

/* The text is handed on whole: what is new in it only the turn can tell, which has the session's last (see
 * ussd.h). The id is final: the whole history is here. */
static enum error decode_hop(const struct form *form, struct arena *arena, struct event *event)
{
    struct slice text = form_get(form, "text");
    if (text.len > TEXT_MAX)
        return ERR_LIMIT;
    event->text = adapter_clean(text, arena);
    if (!event->text.ptr)
        return ERR_NOMEM;
    event->kind = event->text.len ? EVENT_TEXT : EVENT_BEGIN;
    return ussd_hop_id(event->session, event->from, event->text, arena, &event->id);
}

/* The notice of a session's end: "Success" follows an END of ours, the others tell that the person or the
 * network hung up. */
static enum error decode_end(const struct form *form, struct arena *arena, struct event *event)
{
    event->kind = slice_is(form_get(form, "status"), "Success") ? EVENT_IGNORED : EVENT_ABORT;
    event->id = slice_of(arena_printf(arena, "%.*s:end", (int)event->session.len, event->session.ptr));
    if (!event->id.ptr)
        return ERR_NOMEM;
    if (civil_parse(form_get(form, "date"), &event->at_ms) || event->at_ms < 0)
        event->at_ms = 0;
    return OK;
}

static enum error decode(const struct channel *channel, const struct request *request, struct arena *arena,
                         struct decoded *out)
{
    struct form form;
    struct decoded made;
    if (request->method != METHOD_POST)
        return ERR_UNSUPPORTED;
    enum error error = form_parse(request->body, arena, &form);
    struct event *event = error ? NULL : adapter_one_event(arena, &made);
    if (!event)
        return error ? error : ERR_NOMEM;
    struct slice session = form_get(&form, "sessionId");
    if (session.len > SESSION_MAX)
        return ERR_SYNTAX;
    if (!is_our_code(channel, form_get(&form, "serviceCode")))
        return ERR_REFUSED;
    error = adapter_id(session, arena, &event->session);
    if (!error)
        error = adapter_address(form_get(&form, "phoneNumber"), arena, &event->from);
    if (error)
        return error == ERR_VALUE ? ERR_SYNTAX : error;
    bool over = form_get(&form, "status").len > 0 && !form_get(&form, "text").ptr;
    error = over ? decode_end(&form, arena, event) : decode_hop(&form, arena, event);
    if (!error)
        *out = made;
    return error;
}

/* A screen without a prefix would end the session with an error on the phone, so even nothing to say is an
 * END. */
static enum error answer(const struct channel *channel, const struct message *messages, size_t count,
                         struct arena *arena, struct response *out)
{
    static const struct message nothing = {.text = SLICE("Gracias."), .ends = true};
    struct response made = {.status = 200, .content_type = "text/plain"};
    struct buf screen;
    (void)channel;
    if (count == 0) {
        messages = &nothing;
        count = 1;
    }
    buf_init(&screen, SCREEN_MAX);
    buf_adds(&screen, messages[count - 1].ends ? "END " : "CON ");
    ussd_put_screen(&screen, messages, count);
    enum error error = adapter_take(&screen, arena, &made.body);
    if (!error)
        *out = made;
    return error;
}

/* Never fails for want of memory: a person looks at the phone and waits. */
static enum error sorry(const struct channel *channel, struct arena *arena, struct response *out)
{
    (void)channel;
    (void)arena;
    *out = (struct response){
        .status = 200,
        .content_type = "text/plain",
        .body = SLICE("END Ahora no podemos atenderle. Por favor, marque de nuevo en unos minutos."),
    };
    return OK;
}

const struct adapter adapter_africastalking_ussd = {
    .provider = "africastalking_ussd",
    .body_max = ADAPTER_WEBHOOK_MAX,
    .retries = false, /* a hop that went wrong is gone: the session ends */
    .open = open_channel,
    .authenticate = authenticate,
    .decode = decode,
    .answer = answer,
    .call = NULL, /* a screen goes only as the answer to a hop */
    .result = NULL,
    .sorry = sorry,
};
