/* One fact of a person: shown, and set right. Setting it right is a turn of her conversation, so that the session and
 * what is kept of her say the same, and the journal tells who did it. */
#include <stdio.h>
#include <string.h>

#include "dialog/flow.h"
#include "gateway/api_parts.h"
#include "gateway/contact_line.h"
#include "gateway/facts.h"

#define TRIES_MAX 8 /* a person who writes meanwhile has it decided anew */

struct asking {
    struct api_call *call;
    bool changes;
    struct api_person person;
    char id[SHA256_HEX + 8];
    char value[DIALOG_ACTIVITY]; /* as the slot has it */
    char payload[STAFF_NAME + DIALOG_NAME + 16];
    struct channel channel; /* a copy that answers nobody */
    struct event event;
    uint64_t version;
    int tries;
};

static const struct origin *find(const struct facts *facts, struct slice slot)
{
    for (size_t i = 0; i < facts->count; i++)
        if (slice_eq(facts->list[i].slot, slot))
            return &facts->list[i];
    return NULL;
}

/* What a fact's ETag is made of. */
static struct slice record_of(const struct api_call *call, const struct origin *fact)
{
    const char *text =
        arena_printf(call->exchange->arena, "%.*s %lld", (int)fact->value.len, fact->value.ptr, (long long)fact->at_ms);
    return slice_of(text ? text : "");
}

static void load(struct api_call *call);

/* ---- setting it right ---- */

static void on_turn(void *ctx, const struct turn_result *result)
{
    struct asking *asking = ctx;
    struct api_call *call = asking->call;
    if (result->error == ERR_CONFLICT && ++asking->tries < TRIES_MAX) {
        load(call);
    } else if (result->error) {
        api_unavailable(call);
    } else {
        asking->changes = false; /* it is done: what is there now is the answer */
        load(call);
    }
}

/* Finds the channel where the person last wrote. */
static const struct channel *last_channel(const struct api_call *call, struct slice text)
{
    const struct channel *found = NULL;
    struct contact_line line;
    int64_t last_ms = 0;
    if (contact_line_read(text, &line))
        return NULL;
    for (size_t i = 0; i < line.inbound_count; i++) {
        const struct channel *channel = world_channel(call->api->world, line.inbound[i].channel);
        if (!channel || line.inbound[i].ms < last_ms)
            continue;
        found = channel;
        last_ms = line.inbound[i].ms;
    }
    return found;
}

static void correct(struct api_call *call, const struct stored *stored)
{
    struct asking *asking = call->own;
    const struct channel *channel = last_channel(call, stored->held);
    if (!channel) {
        api_problem(call, 409, "The channels where she wrote are not configured any more.", "");
        return;
    }
    asking->version = stored->version;
    asking->channel = *channel;
    asking->channel.sync = false;
    snprintf(asking->payload, sizeof(asking->payload), "correct %s %.*s", call->who, (int)call->path[1].len,
             call->path[1].ptr);
    asking->event = (struct event){.kind = EVENT_STAFF,
                                   .from = slice_of(asking->person.number),
                                   .id = slice_of(asking->id),
                                   .payload = slice_of(asking->payload),
                                   .text = slice_of(asking->value)};
    if (turn_start_at(call->api->turns, &asking->channel, &asking->event, asking->version,
                      call->exchange->request.now_ms, call->exchange->arena, on_turn, asking))
        api_unavailable(call);
}

/* ---- what is there ---- */

static void answer(struct api_call *call, const struct facts *facts, const struct origin *fact)
{
    struct buf body;
    buf_init(&body, API_TEXT_MAX);
    api_put_fact(&body, call->api->world->mind.engine, facts, fact);
    buf_addc(&body, '\n');
    api_answer_item(call, &body, record_of(call, fact));
}

static void on_loaded(void *ctx, enum error error, const struct stored *stored)
{
    struct api_call *call = ctx;
    struct asking *asking = call->own;
    struct facts *facts = arena_alloc(call->exchange->arena, sizeof(*facts));
    if (error || !facts || facts_read(stored->facts, call->exchange->arena, facts)) {
        api_unavailable(call);
        return;
    }
    const struct origin *fact = find(facts, call->path[1]);
    if (!stored->version || (!fact && !asking->changes)) {
        api_problem(call, 404, "Nothing of that is kept of this number.", "");
        return;
    }
    if (!asking->changes) {
        answer(call, facts, fact);
    } else if (api_matches(call, fact ? record_of(call, fact) : SLICE_NONE)) {
        correct(call, stored);
    }
}

static void load(struct api_call *call)
{
    struct asking *asking = call->own;
    unsigned char bytes[16];
    char hex[2 * sizeof(bytes) + 1];
    random_bytes(bytes, sizeof(bytes));
    hex_encode(bytes, sizeof(bytes), hex);
    snprintf(asking->id, sizeof(asking->id), "staff:%s", hex);
    store_look_anew(call->api->store, slice_of(asking->person.number));
    if (store_load(call->api->store, slice_of(asking->person.number), slice_of(asking->id), on_loaded, call))
        api_unavailable(call);
}

static void on_noted(struct api_call *call, const redisReply *reply)
{
    (void)reply;
    load(call);
}

static void begin(struct api_call *call, struct asking *asking)
{
    if (api_person_read(call, &asking->person))
        api_note(call, asking->changes ? "fact.correct" : "fact.show", asking->person.who, on_noted);
}

static struct asking *prepare(struct api_call *call)
{
    struct asking *asking = call->own = arena_alloc(call->exchange->arena, sizeof(*asking));
    if (!asking) {
        api_unavailable(call);
        return NULL;
    }
    asking->call = call;
    return asking;
}

void api_facts_show(struct api_call *call)
{
    struct asking *asking = prepare(call);
    if (asking)
        begin(call, asking);
}

void api_facts_correct(struct api_call *call)
{
    struct asking *asking = prepare(call);
    if (!asking)
        return;
    const struct flow *flow = flows_find(call->api->world->mind.flows, "", "");
    enum error error = flow ? dialog_read_fact(flow, call->path[1], api_text(call, "value"),
                                               call->exchange->request.now_ms, asking->value)
                            : ERR_NOT_FOUND;
    asking->changes = true;
    if (error == ERR_NOT_FOUND)
        api_field_problem(call, 404, "The flow has no such fact.", "slot", "must be a slot that is kept");
    else if (error == ERR_REFUSED)
        api_field_problem(call, 422, "A consent is the person's alone.", "slot", "must not be one that consents");
    else if (error)
        api_field_problem(call, 422, "That is no value of this slot.", "value",
                          "must be a value that the slot can have, as 1500/month, or words that are surely one");
    else
        begin(call, asking);
}
