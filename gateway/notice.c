#include "gateway/notice.h"

#include "base/utf8.h"
#include "dialog/dialog.h"
#include "dialog/substitute.h"
#include "gateway/limit_rules.h"

/* Makes the message of what was said. ERR_LIMIT where it does not fit into one. */
static enum error make_message(const struct channel *channel, struct slice text, struct arena *arena,
                               struct message *out)
{
    const struct effect say = {.kind = EFFECT_SAY, .text = text};
    const struct channel_traits traits = {
        .kind = channel->kind, .interactive = channel->interactive, .sms = channel->sms};
    struct message *messages;
    size_t count;
    enum error error = dialog_render(&say, 1, &traits, false, NULL, arena, &messages, &count);
    if (!error && count != 1)
        error = ERR_LIMIT;
    if (!error)
        *out = messages[0];
    return error;
}

enum error notice_words(const struct notice *notice, enum channel_kind kind, const struct state *state,
                        struct arena *arena, struct slice *out)
{
    const struct wording *wording = flow_wording(notice->flow, notice->text, state->lang, kind);
    return substitute(notice->flow, state, wording, kind, arena, out);
}

/* Says the notice to one state. */
static enum error say(const struct notice *notice, const struct channel *channel, const struct state *state,
                      struct arena *arena, struct notice_said *out)
{
    struct slice text;
    enum error error = notice_words(notice, channel->kind, state, arena, &text);
    if (!error)
        error = make_message(channel, text, arena, &out->message);
    if (!error && channel->kind == CHANNEL_WHATSAPP && notice->template)
        error = substitute_template(notice->flow, state, notice->template, arena, &out->message.template);
    return error;
}

/* Says the notice as to who told nothing. */
static enum error say_bare(const struct notice *notice, const struct channel *channel, const struct state *state,
                           struct arena *arena, struct notice_said *out)
{
    struct state *bare = arena_alloc(arena, sizeof(*bare));
    if (!bare)
        return ERR_NOMEM;
    memcpy(bare->lang, state->lang, sizeof(bare->lang));
    return say(notice, channel, bare, arena, out);
}

enum error notice_render(const struct notice *notice, const struct channel *channel, const struct state *state,
                         struct arena *arena, struct notice_said *out)
{
    struct notice_said said = {.segments = 1};
    if (!channel->adapter->call || channel->kind == CHANNEL_USSD)
        return ERR_UNSUPPORTED;
    enum error error = say(notice, channel, state, arena, &said);
    if (error == ERR_LIMIT) {
        said.shortened = true;
        error = say_bare(notice, channel, state, arena, &said);
    }
    if (error)
        return error;
    if (channel->kind == CHANNEL_SMS) {
        said.size = sms_measure_as(said.message.text, &channel->sms);
        said.segments = (unsigned)said.size.segments;
    }
    *out = said;
    return OK;
}

int64_t notice_price(const struct notice *notice, const struct channel *channel, const struct notice_said *said,
                     struct slice number, bool open)
{
    struct price_table table;
    bool words = channel->kind != CHANNEL_WHATSAPP || open;
    price_read(channel, &table);
    return price_of(&table, number, words ? PRICE_WORDS : notice->category, said->segments);
}

static bool can_send_template(const struct notice *notice, const struct channel *channel)
{
    if (!notice->template || !channel->adapter->sends_template)
        return false;
    const struct message_template named = {.name = notice->template->name};
    return channel->adapter->sends_template(channel, &named);
}

enum notice_way notice_way(const struct notice *notice, const struct channel *channel, int64_t inbound_ms,
                           int64_t now_ms)
{
    if (!channel->adapter->call || channel->kind == CHANNEL_USSD)
        return NOTICE_NEVER;
    if (channel->kind == CHANNEL_SMS)
        return NOTICE_WORDS;
    if (!inbound_ms)
        return NOTICE_NEVER;
    if (now_ms - inbound_ms < LIMIT_DAY_MS - LIMIT_WINDOW_MARGIN_MS)
        return NOTICE_WORDS;
    return can_send_template(notice, channel) ? NOTICE_TEMPLATE : NOTICE_SHUT;
}

/* ---- what is wrong, and what is worth knowing ---- */

/* Fills a bare state that speaks a language of the flow. NULL without memory. */
static struct state *bare_state(const struct flow *flow, size_t lang, struct arena *arena)
{
    struct state *state = arena_alloc(arena, sizeof(*state));
    if (state)
        slice_copy(slice_of(flow->langs[lang]), state->lang, sizeof(state->lang));
    return state;
}

/* Tells whether the notice has words of its own in a language. */
static bool has_language(const struct notice *notice, size_t lang)
{
    return notice->text->variants[lang][VARIANT_PLAIN] != NULL;
}

static enum error check_length(const struct notice *notice, const struct channel *channel, size_t lang,
                               struct faults *faults)
{
    struct notice_said said;
    struct arena *arena = arena_new(1 << 20);
    struct state *state = arena ? bare_state(notice->flow, lang, arena) : NULL;
    enum error error = state ? notice_render(notice, channel, state, arena, &said) : ERR_NOMEM;
    if (error == ERR_LIMIT) {
        char field[64];
        const char *key = notice->flow->langs[lang];
        snprintf(field, sizeof(field), "texts.%s", key);
        faults_add(faults, field, 0, 0,
                   "needs more than the %u segments that an SMS of channel %s may have: shorten it, or give it a "
                   "shorter %s.sms, or raise the channel's sms_segments",
                   sms_policy_segments(&channel->sms), channel->name, key);
        error = OK;
    }
    arena_free(arena);
    return error;
}

enum error notice_check(const struct notice *notice, const struct channel *channel, struct faults *faults)
{
    size_t found = faults->total;
    enum error error = OK;
    if (!channel->adapter->call || channel->kind == CHANNEL_USSD) {
        faults_add(faults, "channels", 0, 0,
                   "channel %s cannot begin a message: name one of SMS or WhatsApp that sends by itself",
                   channel->name);
        return ERR_VALUE;
    }
    for (size_t lang = 0; lang < notice->flow->lang_count && !error; lang++)
        if (has_language(notice, lang))
            error = check_length(notice, channel, lang, faults);
    if (channel->kind == CHANNEL_WHATSAPP && notice->template && !can_send_template(notice, channel))
        faults_add(faults, "template.name", 0, 0,
                   "channel %s cannot send it: give its Content SID in the channel's content_sids, as %.*s=HX…",
                   channel->name, (int)notice->template->name.len, notice->template->name.ptr);
    return error ? error : faults->total > found ? ERR_VALUE : OK;
}

static void advise_languages(const struct notice *notice, struct faults *advice)
{
    const struct flow *flow = notice->flow;
    for (size_t i = 0; i < flow->offered_count; i++) {
        char field[64];
        size_t lang = flow->offered[i];
        if (has_language(notice, lang))
            continue;
        snprintf(field, sizeof(field), "texts.%s", flow->langs[lang]);
        faults_add(advice, field, 0, 0, "who has chosen this language gets another: write the text in it too");
    }
}

/* The longest that a wording can grow to is told in segments of its own alphabet, where that is more than as it is
 * written. */
static enum error advise_growth(const struct notice *notice, const struct channel *channel, size_t lang,
                                struct faults *advice)
{
    struct notice_said said;
    struct arena *arena = arena_new(1 << 20);
    struct state *state = arena ? bare_state(notice->flow, lang, arena) : NULL;
    enum error error = state ? notice_render(notice, channel, state, arena, &said) : ERR_NOMEM;
    if (!error) {
        char field[64];
        size_t chars = flow_wording(notice->flow, notice->text, state->lang, CHANNEL_SMS)->chars_max;
        size_t bare = utf8_count(said.message.text), most = said.size.units + (chars > bare ? chars - bare : 0);
        size_t alone = sms_capacity(said.size.encoding, false, channel->sms.wide_reference);
        size_t part = sms_capacity(said.size.encoding, true, channel->sms.wide_reference);
        size_t segments = most <= alone ? 1 : (most + part - 1) / part, budget = sms_policy_segments(&channel->sms);
        snprintf(field, sizeof(field), "texts.%s", state->lang);
        if (segments > said.segments)
            faults_add(advice, field, 0, 0,
                       "is %u segments on channel %s where nothing is known, and can grow to %zu%s: shorten it, or "
                       "speak fewer facts, if each is to cost the same",
                       said.segments, channel->name, segments < budget ? segments : budget,
                       segments > budget ? ", beyond which what the person told is left out" : "");
    }
    arena_free(arena);
    return error == ERR_NOMEM ? error : OK;
}

enum error notice_advise(const struct notice *notice, const struct channel *channel, struct faults *advice)
{
    enum error error = OK;
    advise_languages(notice, advice);
    for (size_t lang = 0; channel->kind == CHANNEL_SMS && lang < notice->flow->lang_count && !error; lang++)
        if (has_language(notice, lang))
            error = advise_growth(notice, channel, lang, advice);
    if (channel->kind == CHANNEL_WHATSAPP && !notice->template)
        faults_add(advice, "template", 0, 0,
                   "without one, who has not written on channel %s for a day is left out: name an approved template",
                   channel->name);
    else if (channel->kind == CHANNEL_WHATSAPP)
        faults_add(advice, "template.name", 0, 0,
                   "its words lie with the provider: see that they say who sends it and how to leave (BAJA)");
    return error;
}
