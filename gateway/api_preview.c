/* Previews: what a notice would say, cost and take. Nothing is kept of it but that somebody looked. */
#include <stdio.h>

#include "base/civil.h"
#include "base/phone.h"
#include "gateway/api_parts.h"
#include "gateway/preview.h"

#define ARENA_MAX ((size_t)48 << 20) /* bytes: 256 people, each with a state where her words are too long */

/* A preview under way; all of it lies in call->arena. */
struct previewing {
    struct notice notice;
    const struct channel *channels[PREVIEW_CHANNELS_MAX];
    const struct limit_rules *rules[PREVIEW_CHANNELS_MAX];
    size_t channel_count;
    int64_t start_ms;
    struct preview *preview;
    struct state state;
    const cJSON *number; /* that is looked at; NULL: all were */
    uint64_t people, looked_at;
    char who[PHONE_MAX], key[KEY_MAX], fields[PREVIEW_CHANNELS_MAX][CONFIG_CHANNEL_NAME + 3];
};

/* ---- what is asked ---- */

static bool can_begin(const struct channel *channel)
{
    return channel->adapter->call && channel->kind != CHANNEL_USSD;
}

static void add_channel(struct api_call *call, const struct channel *channel)
{
    struct previewing *p = call->own;
    p->channels[p->channel_count] = channel;
    p->rules[p->channel_count++] = world_rules(call->api->world, channel);
}

/* Finds the channels, in the order of preference. Returns false after answering. */
static bool read_channels(struct api_call *call)
{
    struct previewing *p = call->own;
    const struct world *world = call->api->world;
    const cJSON *list = json_array(call->body, "channels"), *item;
    for (size_t i = 0; !list && i < world->channel_count && p->channel_count < PREVIEW_CHANNELS_MAX; i++)
        if (can_begin(&world->channels[i]))
            add_channel(call, &world->channels[i]);
    cJSON_ArrayForEach(item, list)
    {
        const struct channel *channel = world_channel(world, slice_of(item->valuestring));
        bool twice = false;
        for (size_t i = 0; i < p->channel_count; i++)
            twice = twice || p->channels[i] == channel;
        if (!channel || twice) {
            api_field_problem(call, 422, "A channel is none, or is there twice.", "channels",
                              "must be names of the configuration's channels, each once: GET /channels lists them");
            return false;
        }
        add_channel(call, channel);
    }
    if (!p->channel_count)
        api_field_problem(call, 422, "There is no channel.", "channels",
                          "the configuration has none that can begin a message: add one of SMS or WhatsApp");
    return p->channel_count > 0;
}

/* A time without a zone is Lima's. Returns false after answering. */
static bool read_start(struct api_call *call)
{
    struct previewing *p = call->own;
    const struct slice text = api_text(call, "start_at");
    p->start_ms = call->exchange->request.now_ms;
    if (!text.len)
        return true;
    if (civil_parse_lima(text, &p->start_ms)) {
        api_field_problem(call, 422, "The time is none.", "start_at",
                          "must be as 2026-12-01T09:00, which is in Lima, or with a zone");
        return false;
    }
    if (p->start_ms < call->exchange->request.now_ms)
        p->start_ms = call->exchange->request.now_ms;
    return true;
}

static void put_faults(const struct faults *faults, struct buf *out)
{
    for (size_t i = 0; i < faults->count; i++) {
        buf_adds(out, i ? ",{" : "{");
        api_put_text(out, "field", slice_of(faults->items[i].file));
        api_put_text(out, "rule", slice_of(faults->items[i].text));
        buf_addc(out, '}');
    }
}

/* Reads the notice and checks it on each channel. Returns false after answering. */
static bool read_notice(struct api_call *call)
{
    struct previewing *p = call->own;
    const struct world *world = call->api->world;
    const struct config *config = world->config;
    struct faults faults;
    struct buf problems;
    faults_init(&faults);
    enum error error = notice_read(call->body, flows_find(world->mind.flows, "", ""), config->notice_sender,
                                   config->notice_leave, call->arena, &faults, &p->notice);
    for (size_t i = 0; i < p->channel_count && error == OK; i++) {
        error = notice_check(&p->notice, p->channels[i], &faults);
        error = error == ERR_VALUE ? OK : error;
    }
    const bool good = !error && !faults.total;
    buf_init(&problems, API_TEXT_MAX);
    put_faults(&faults, &problems);
    if (error && error != ERR_VALUE)
        api_unavailable(call);
    else if (!good)
        api_problem(call, 422, "The notice cannot go as it is.", buf_text(&problems));
    buf_release(&problems);
    faults_release(&faults);
    return good;
}

/* ---- what is answered ---- */

static void put_whole(struct buf *out, const char *name, uint64_t number)
{
    json_put_name(out, name);
    buf_addi(out, (int64_t)number);
}

static void put_truth(struct buf *out, const char *name, bool truth)
{
    json_put_name(out, name);
    buf_adds(out, truth ? "true" : "false");
}

static void put_cost(struct buf *out, int64_t price)
{
    if (price == PRICE_UNKNOWN)
        return;
    json_put_name(out, "cost");
    buf_addf(out, "%lld.%04lld", (long long)(price / PRICE_ONE), (long long)(price % PRICE_ONE));
}

static void put_template(struct buf *out, const struct message_template *template)
{
    api_put_text(out, "template", template->name);
    json_put_name(out, "params");
    buf_addc(out, '[');
    for (size_t i = 0; i < template->param_count; i++) {
        buf_adds(out, i ? "," : "");
        json_put_string(out, template->params[i]);
    }
    buf_addc(out, ']');
}

static void put_sample(struct buf *out, const struct preview_sample *sample, bool sms)
{
    buf_addc(out, '{');
    api_put_text(out, "which", slice_of(sample->which));
    api_put_text(out, "language", sample->language);
    api_put_text(out, "goes_as", slice_of(sample->open ? "words" : "template"));
    api_put_text(out, "text", sample->said.message.text);
    if (sample->said.message.template)
        put_template(out, sample->said.message.template);
    if (sms) {
        api_put_text(out, "encoding", slice_of(sms_encoding_name(sample->said.size.encoding)));
        put_whole(out, "units", sample->said.size.units);
    }
    put_whole(out, "segments", sample->said.segments);
    put_truth(out, "shortened", sample->said.shortened);
    put_cost(out, sample->price);
    buf_addc(out, '}');
}

static void put_letter(struct buf *out, const struct letter *letter)
{
    struct buf words;
    buf_init(&words, 1024);
    letter_explain(letter, &words);
    buf_addc(out, '{');
    api_put_text(out, "letter", slice_of(letter->text));
    api_put_text(out, "effect", slice_of(letter_effect_name(letter->effect)));
    api_put_text(out, "instead", slice_of(letter->instead));
    put_whole(out, "segments", letter->segments);
    put_whole(out, "segments_then", letter->segments_then);
    api_put_text(out, "means", buf_slice(&words));
    buf_addc(out, '}');
    out->error = out->error ? out->error : words.error;
    buf_release(&words);
}

static void put_channel(struct buf *out, const struct preview_channel *c)
{
    const bool sms = c->channel->kind == CHANNEL_SMS;
    buf_addc(out, '{');
    api_put_text(out, "channel", slice_of(c->channel->name));
    api_put_text(out, "kind", slice_of(sms ? "sms" : "whatsapp"));
    put_whole(out, "people", c->people);
    put_whole(out, "templates", c->templates);
    put_whole(out, "segments", c->segments);
    put_whole(out, "shortened", c->shortened);
    put_cost(out, c->price);
    if (c->channel->rate > 0) {
        json_put_name(out, "rate");
        buf_addf(out, "%g", c->channel->rate);
    }
    if (c->begins_ms != LIMIT_NEVER)
        api_put_time(out, "begins_at", c->begins_ms);
    if (c->ends_ms != LIMIT_NEVER)
        api_put_time(out, "ends_at", c->ends_ms);
    json_put_name(out, "samples");
    buf_addc(out, '[');
    for (size_t i = 0; i < c->sample_count; i++) {
        buf_adds(out, i ? "," : "");
        put_sample(out, &c->samples[i], sms);
    }
    buf_adds(out, "],\"letters\":[");
    for (size_t i = 0; i < c->letter_count; i++) {
        buf_adds(out, i ? "," : "");
        put_letter(out, &c->letters[i]);
    }
    buf_adds(out, "]}");
}

static void put_excluded(struct buf *out, const struct preview_result *r)
{
    bool first = true;
    json_put_name(out, "excluded");
    buf_addc(out, '[');
    for (int reason = 0; reason < PREVIEW_REASONS; reason++) {
        if (!r->excluded[reason])
            continue;
        buf_adds(out, first ? "{" : ",{");
        api_put_text(out, "reason", slice_of(preview_reason_name((enum preview_reason)reason)));
        put_whole(out, "people", r->excluded[reason]);
        buf_addc(out, '}');
        first = false;
    }
    buf_addc(out, ']');
}

/* What all channels cost; those that nobody gets it on have no say. */
static int64_t cost_of(const struct preview_result *r)
{
    int64_t sum = 0;
    for (size_t i = 0; i < r->channel_count; i++) {
        const struct preview_channel *c = &r->channels[i];
        if (c->people && c->price == PRICE_UNKNOWN)
            return PRICE_UNKNOWN;
        sum += c->people ? c->price : 0;
    }
    return sum;
}

static enum error put_advice(struct buf *out, const struct previewing *p)
{
    struct faults advice;
    enum error error = OK;
    faults_init(&advice);
    for (size_t i = 0; i < p->channel_count && !error; i++)
        error = notice_advise(&p->notice, p->channels[i], &advice);
    json_put_name(out, "advice");
    buf_addc(out, '[');
    put_faults(&advice, out);
    buf_addc(out, ']');
    faults_release(&advice);
    return error;
}

static void answer(struct api_call *call)
{
    struct previewing *p = call->own;
    struct preview_result *r = arena_alloc(call->arena, sizeof(*r));
    struct buf body;
    if (!r || preview_finish(p->preview, p->people, r)) {
        api_unavailable(call);
        return;
    }
    buf_init(&body, API_TEXT_MAX);
    buf_addc(&body, '{');
    put_whole(&body, "people", r->people);
    put_whole(&body, "looked_at", r->looked_at);
    api_put_text(&body, "basis", slice_of(preview_basis_name(r->basis)));
    api_put_text(&body, "currency", slice_of(call->api->world->config->currency));
    put_cost(&body, cost_of(r));
    json_put_name(&body, "channels");
    buf_addc(&body, '[');
    for (size_t i = 0; i < r->channel_count; i++) {
        buf_adds(&body, i ? "," : "");
        put_channel(&body, &r->channels[i]);
    }
    buf_addc(&body, ']');
    put_excluded(&body, r);
    if (put_advice(&body, p))
        body.error = ERR_NOMEM;
    buf_adds(&body, "}\n");
    api_answer(call, &body);
}

/* ---- who is looked at ---- */

static void look(struct api_call *call);

static void on_person(struct api_call *call, const redisReply *reply)
{
    struct previewing *p = call->own;
    struct preview_person person = {.number = slice_of(p->who)};
    const struct slice state = reply->elements ? api_reply(reply->element[0]) : SLICE_NONE;
    for (size_t i = 0; i < p->channel_count && i + 1 < reply->elements; i++) {
        uint64_t ms;
        if (slice_u64(api_reply(reply->element[i + 1]), INT64_MAX, &ms))
            person.inbound_ms[i] = (int64_t)ms;
    }
    if (state.len && !state_decode(state, &p->state))
        person.state = &p->state;
    p->number = p->number->next;
    p->looked_at++;
    if (preview_add(p->preview, &person))
        api_unavailable(call);
    else
        look(call);
}

static void look(struct api_call *call)
{
    struct previewing *p = call->own;
    struct slice args[3 + PREVIEW_CHANNELS_MAX] = {SLICE("HMGET"), SLICE_NONE, SLICE("s")};
    if (!p->number || p->looked_at == PREVIEW_PEOPLE_MAX) {
        answer(call);
        return;
    }
    if (phone_normalise(slice_of(p->number->valuestring), p->who)) {
        api_field_problem(call, 422, "A number is none.", "numbers",
                          "must be as +51987654321, or nine digits of Peru, each");
        return;
    }
    args[1] = key_write(p->key, shard_of(slice_of(p->who)), "contact", slice_of(p->who));
    for (size_t i = 0; i < p->channel_count; i++) {
        snprintf(p->fields[i], sizeof(p->fields[i]), "in:%s", p->channels[i]->name);
        args[3 + i] = slice_of(p->fields[i]);
    }
    api_redis(call, args, 3 + p->channel_count, on_person);
}

static void begin(struct api_call *call, const redisReply *reply)
{
    (void)reply;
    look(call);
}

void api_notices_preview(struct api_call *call)
{
    const cJSON *numbers = json_array(call->body, "numbers");
    int64_t people = 0;
    call->arena = arena_new(ARENA_MAX);
    struct previewing *p = call->own = call->arena ? arena_alloc(call->arena, sizeof(*p)) : NULL;
    if (!p) {
        api_unavailable(call);
        return;
    }
    if (!read_channels(call) || !read_start(call) || !read_notice(call))
        return;
    p->number = numbers ? numbers->child : NULL;
    if (!numbers && json_int(call->body, "people", &people))
        p->people = (uint64_t)people;
    else if (numbers)
        p->people = (uint64_t)cJSON_GetArraySize(numbers);
    p->preview = preview_open(&p->notice, p->channels, p->rules, p->channel_count, p->start_ms, call->arena);
    if (!p->preview)
        api_unavailable(call);
    else
        api_note(call, "notice.preview", "", begin);
}
