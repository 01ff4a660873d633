/* Previews: what a notice would say, cost and take. Nothing is kept of it but that somebody looked. */
#include <stdio.h>

#include "base/phone.h"
#include "gateway/api_preview_parts.h"
#include "gateway/contact_line.h"

#define ARENA_MAX ((size_t)48 << 20) /* bytes: 256 people, each with a state where her words are too long */

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

/* Reads from when until when it would be sent. Returns false after answering. */
static bool read_start(struct api_call *call)
{
    struct previewing *p = call->own;
    const int64_t now_ms = call->exchange->request.now_ms;
    p->start_ms = now_ms;
    if (!api_time(call, "start_at", now_ms, &p->start_ms) || !api_time(call, "until_at", 0, &p->until_ms))
        return false;
    if (p->start_ms < now_ms)
        p->start_ms = now_ms;
    if (!p->until_ms || p->until_ms > p->start_ms)
        return true;
    api_field_problem(call, 422, "It would go to nobody.", "until_at", "must be later than now, and than start_at");
    return false;
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
    preview_put_faults(&faults, &problems);
    if (error && error != ERR_VALUE)
        api_unavailable(call);
    else if (!good)
        api_problem(call, 422, "The notice cannot go as it is.", buf_text(&problems));
    buf_release(&problems);
    faults_release(&faults);
    return good;
}

/* ---- who is looked at ---- */

static void look(struct api_call *call);

static void on_person(struct api_call *call, const redisReply *reply)
{
    struct previewing *p = call->own;
    struct preview_person person = {.number = p->numbers[p->at++]};
    const struct slice name = reply->elements == 3 ? api_reply(reply->element[0]) : SLICE_NONE;
    struct contact_line line;
    struct slice state;
    if (name.len && !contact_line_fields(name, api_reply(reply->element[1]), &line, &state) &&
        !state_decode(state, &p->state)) {
        person.state = &p->state;
        for (size_t i = 0; i < p->channel_count; i++)
            person.inbound_ms[i] = contact_line_inbound(&line, slice_of(p->channels[i]->name));
        person.wrote = profile_wrote(line.traits);
        person.capped = limit_cap_reached(call->api->world->config->monthly_cap, api_reply(reply->element[2]),
                                          p->start_ms);
        person.standing = profile_standing(line.traits, p->purpose);
    }
    if (preview_add(p->preview, &person))
        api_unavailable(call);
    else
        look(call);
}

static void look(struct api_call *call)
{
    struct previewing *p = call->own;
    struct slice args[] = {SLICE("HMGET"), SLICE_NONE, SLICE("v"), SLICE("s"), SLICE("lim")};
    if (p->at == p->number_count) {
        preview_answer(call);
        return;
    }
    args[1] = key_write(p->key, shard_of(p->numbers[p->at]), "contact", p->numbers[p->at]);
    api_redis(call, args, sizeof(args) / sizeof(args[0]), on_person);
}

static void on_sample(void *ctx, enum error error, const struct audience_sample *sample)
{
    struct api_call *call = ctx;
    struct previewing *p = call->own;
    if (error) {
        api_unavailable(call);
        return;
    }
    p->count = sample->count;
    p->people = sample->count.recipients;
    p->numbers = sample->contacts;
    p->number_count = sample->contact_count;
    look(call);
}

/* Asked once the act is written down. */
static void begin(struct api_call *call, const redisReply *reply)
{
    struct previewing *p = call->own;
    struct audience_rules rules = {
        .purpose = p->purpose, .template = p->notice.template, .now_ms = call->exchange->request.now_ms};
    (void)reply;
    for (size_t i = 0; i < p->channel_count; i++)
        rules.kinds |= 1u << p->channels[i]->kind;
    if (!p->query)
        look(call);
    else if (audience_sample(call->api->store, p->query, &rules, PREVIEW_PEOPLE_MAX, call->arena, on_sample, call))
        api_unavailable(call);
}

/* Reads the numbers that are to be looked at. Returns false after answering. */
static bool read_numbers(struct api_call *call, const cJSON *list)
{
    struct previewing *p = call->own;
    struct slice *numbers = arena_array(call->arena, PREVIEW_PEOPLE_MAX, sizeof(*numbers));
    const cJSON *item;
    p->people = (uint64_t)cJSON_GetArraySize(list);
    p->numbers = numbers;
    cJSON_ArrayForEach(item, list)
    {
        char number[PHONE_MAX];
        if (phone_normalise(slice_of(item->valuestring), number)) {
            api_field_problem(call, 422, "A number is none.", "numbers",
                              "must be as +51987654321, or nine digits of Peru, each");
            return false;
        }
        struct slice kept =
            p->number_count < PREVIEW_PEOPLE_MAX ? arena_copy(call->arena, slice_of(number)) : SLICE("");
        if (!numbers || !kept.ptr) {
            api_unavailable(call);
            return false;
        }
        if (kept.len)
            numbers[p->number_count++] = kept;
    }
    return true;
}

static bool read_query(struct api_call *call, struct slice text)
{
    struct previewing *p = call->own;
    struct query_fault fault;
    enum error error = query_parse(text, call->arena, &p->query, &fault);
    char rule[QUERY_FAULT + 32];
    snprintf(rule, sizeof(rule), "column %zu: %s", fault.column, error ? fault.text : "");
    if (error == ERR_SYNTAX)
        api_field_problem(call, 422, "The audience is not understood.", "audience", rule);
    else if (error)
        api_unavailable(call);
    return !error;
}

/* Reads who it is for. Returns false after answering. */
static bool read_people(struct api_call *call)
{
    struct previewing *p = call->own;
    const cJSON *numbers = json_array(call->body, "numbers");
    const struct slice audience = api_text(call, "audience");
    int64_t people = 0;
    const bool counted = json_int(call->body, "people", &people);
    if ((numbers != NULL) + (audience.ptr != NULL) + counted > 1) {
        api_field_problem(call, 422, "It is not clear who it is for.", "audience",
                          "must be given alone: one of audience, numbers and people");
        return false;
    }
    p->people = (uint64_t)people;
    if (numbers)
        return read_numbers(call, numbers);
    return !audience.ptr || read_query(call, audience);
}

void api_notices_preview(struct api_call *call)
{
    call->arena = arena_new(ARENA_MAX);
    struct previewing *p = call->own = call->arena ? arena_alloc(call->arena, sizeof(*p)) : NULL;
    if (!p) {
        api_unavailable(call);
        return;
    }
    p->purpose = api_text(call, "purpose");
    if (!p->purpose.len)
        p->purpose = SLICE(PURPOSE_NOTICES);
    if (!read_channels(call) || !read_start(call) || !read_notice(call) || !read_people(call))
        return;
    p->preview = preview_open(&p->notice, p->channels, p->rules, p->channel_count, p->start_ms, p->until_ms,
                              call->arena);
    if (!p->preview)
        api_unavailable(call);
    else
        api_note(call, "notice.preview", "", begin);
}
