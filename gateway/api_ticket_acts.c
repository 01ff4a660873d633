/* Acting on a ticket: each act is a turn of the person's conversation, with the commit, the order and the journal of
 * any other, and is decided over the contact as she was when the ticket was read. */
#include <stdio.h>
#include <string.h>

#include "base/utf8.h"
#include "gateway/api_tickets.h"

#define TRIES_MAX 8 /* a person who writes meanwhile has it decided anew */

struct acting {
    struct api_call *call;
    struct ticket_name name;
    const char *what;       /* "ticket.answer" */
    const char *verb;       /* of the event's payload */
    struct slice who;       /* whom the payload names */
    struct channel channel; /* a copy that answers nobody: what is said goes by the outbox */
    struct event event;
    uint64_t version; /* of the contact as she was when the line was read */
    int tries;
    bool noted;
    struct ticket_inbound inbound;
    char number[CONTACT_MAX], key[KEY_MAX];
    char whom[SHA256_HEX], id[SHA256_HEX + 8], payload[STAFF_NAME + 16];
    struct slice text; /* of an answer, cleaned */
    const struct message_template *template;
};

static void read_number(struct api_call *call);

/* ---- what is answered ---- */

static void on_line_after(struct api_call *call, const redisReply *reply)
{
    const struct acting *acting = call->own;
    cJSON *line = ticket_line_read(api_reply(reply));
    struct buf body;
    if (!line) {
        ticket_missing(call); /* the person left in this instant, and what was sent goes nowhere */
        return;
    }
    buf_init(&body, API_TEXT_MAX);
    buf_addc(&body, '{');
    ticket_put(&body, &acting->name, line);
    buf_adds(&body, "}\n");
    cJSON_Delete(line);
    api_answer(call, &body);
}

static void read_line(struct api_call *call, api_then *then)
{
    struct acting *acting = call->own;
    const struct slice args[] = {SLICE("HGET"), key_write(acting->key, acting->name.shard, "tickets", SLICE_NONE),
                                 acting->name.field};
    api_redis(call, args, 3, then);
}

static void on_turn(void *ctx, const struct turn_result *result)
{
    struct acting *acting = ctx;
    struct api_call *call = acting->call;
    if (result->error == ERR_CONFLICT && ++acting->tries < TRIES_MAX)
        read_number(call);
    else if (result->error)
        api_unavailable(call);
    else if (strcmp(acting->what, "ticket.close") == 0)
        api_answer_nothing(call);
    else
        read_line(call, on_line_after);
}

/* ---- the act ---- */

static void act(struct api_call *call, const redisReply *reply)
{
    struct acting *acting = call->own;
    (void)reply;
    acting->noted = true;
    snprintf(acting->payload, sizeof(acting->payload), "%s %.*s", acting->verb, (int)acting->who.len, acting->who.ptr);
    acting->event = (struct event){.kind = EVENT_STAFF,
                                   .from = slice_of(acting->number),
                                   .id = slice_of(acting->id),
                                   .payload = slice_of(acting->payload),
                                   .text = acting->text,
                                   .template = acting->template};
    if (turn_start_at(call->api->turns, &acting->channel, &acting->event, acting->version,
                      call->exchange->request.now_ms, call->exchange->arena, on_turn, acting))
        api_unavailable(call);
}

static void begin(struct api_call *call)
{
    struct acting *acting = call->own;
    if (acting->noted)
        act(call, NULL);
    else
        api_note(call, acting->what, acting->whom, act);
}

static bool is_mine(const struct api_call *call, struct slice taken)
{
    return !taken.len || slice_is(taken, call->who);
}

/* Has the answer go by the channel's template once its window is shut. */
static enum error name_template(struct api_call *call)
{
    struct acting *acting = call->own;
    const struct slice values[WINDOW_PARAMS] = {[WINDOW_TEXT] = acting->text};
    acting->template = NULL;
    if (strcmp(acting->verb, "answer") != 0 || utf8_count(acting->text) > WINDOW_TEXT_CHARS)
        return OK;
    return window_template(&acting->channel, WINDOW_ANSWER, values, call->exchange->arena, &acting->template);
}

/* Tells why an answer is refused, and does it. */
static bool refuse_answer(struct api_call *call, struct slice taken, const struct ticket_way *way)
{
    const struct acting *acting = call->own;
    char detail[128];
    if (!is_mine(call, taken)) {
        snprintf(detail, sizeof(detail), "%.*s takes care of it: assign it to yourself first.", (int)taken.len,
                 taken.ptr);
        api_problem(call, 409, detail, "");
    } else if (way->why) {
        api_problem(call, 409, way->why, "");
    } else if (!way->words && utf8_count(acting->text) > WINDOW_TEXT_CHARS) {
        api_field_problem(call, 422, "She last wrote by WhatsApp 24 hours ago or more: it goes as a template.", "text",
                          "must have at most 700 characters");
    } else {
        return false;
    }
    return true;
}

/* Decides, over the ticket as it is. */
static void decide(struct api_call *call, const cJSON *line, const struct ticket_way *way)
{
    struct acting *acting = call->own;
    const bool answers = strcmp(acting->verb, "answer") == 0;
    const struct channel *channel = answers || !way->own ? way->channel : way->own;
    if (answers && refuse_answer(call, json_string(line, "taken"), way))
        return;
    if (!channel) {
        api_problem(call, 409, way->why, "");
        return;
    }
    if (strcmp(acting->verb, "close") == 0 && (way->channel != channel || !way->words))
        acting->verb = "end"; /* nothing could be heard of it */
    acting->channel = *channel;
    acting->channel.sync = false;
    if (name_template(call))
        api_unavailable(call);
    else
        begin(call);
}

static void on_inbound(struct api_call *call, const redisReply *reply)
{
    struct ticket_way way;
    ticket_way_find(call, json_string(call->owned, "channel"), reply, &way);
    decide(call, call->owned, &way);
}

static void on_line(struct api_call *call, const redisReply *reply)
{
    struct acting *acting = call->own;
    cJSON_Delete(call->owned);
    call->owned = ticket_line_read(api_reply(reply));
    if (!call->owned) {
        ticket_missing(call);
        return;
    }
    ticket_ask_inbound(call, &acting->inbound, acting->name.shard, slice_of(acting->number), on_inbound);
}

/* The contact first, and the ticket behind it: a turn at that version is of the ticket as it was read. */
static void on_loaded(void *ctx, enum error error, const struct stored *stored)
{
    struct api_call *call = ctx;
    struct acting *acting = call->own;
    if (error || !stored->version) {
        api_unavailable(call);
        return;
    }
    acting->version = stored->version;
    read_line(call, on_line);
}

/* The event's id: under an Idempotency-Key always the same, so that a repeat of what nobody knows of is done once. */
static bool make_id(struct api_call *call)
{
    struct acting *acting = call->own;
    unsigned char bytes[SHA256_BYTES];
    char hex[SHA256_HEX];
    random_bytes(bytes, sizeof(bytes));
    if (call->done_key.len && sha256(call->done_key, bytes))
        return false;
    hex_encode(bytes, sizeof(bytes), hex);
    snprintf(acting->id, sizeof(acting->id), "staff:%s", hex);
    return true;
}

static void on_number(struct api_call *call, const redisReply *reply)
{
    struct acting *acting = call->own;
    cJSON *line = ticket_line_read(api_reply(reply));
    bool good = line && slice_copy(json_string(line, "contact"), acting->number, sizeof(acting->number));
    cJSON_Delete(line);
    if (!good)
        ticket_missing(call);
    else if (!make_id(call) || !ticket_whom(call, slice_of(acting->number), acting->whom) ||
             store_load(call->api->store, slice_of(acting->number), slice_of(acting->id), on_loaded, call))
        api_unavailable(call);
}

static void read_number(struct api_call *call)
{
    read_line(call, on_number);
}

static struct acting *prepare(struct api_call *call, const char *what, const char *verb)
{
    struct acting *acting = call->own = arena_alloc(call->exchange->arena, sizeof(*acting));
    if (!acting) {
        api_unavailable(call);
        return NULL;
    }
    acting->call = call;
    acting->what = what;
    acting->verb = verb;
    acting->who = slice_of(call->who);
    if (ticket_name_read(call->path[0], &acting->name))
        return acting;
    ticket_missing(call);
    return NULL;
}

/* ---- the handlers ---- */

static void on_user(struct api_call *call, const redisReply *reply)
{
    struct acting *acting = call->own;
    struct staff_user user;
    bool known = staff_user_read(api_reply(reply), &user) && !user.revoked;
    if (known || slice_is(acting->who, call->who))
        read_number(call);
    else
        api_field_problem(call, 422, "There is no such user.", "to", "must be the name of an active user");
}

void api_tickets_assign(struct api_call *call)
{
    struct acting *acting = prepare(call, "ticket.assign", "take");
    if (!acting)
        return;
    acting->who = api_text(call, "to");
    if (!staff_is_name(acting->who)) {
        api_field_problem(call, 422, "There is no such user.", "to", "must be the name of an active user");
        return;
    }
    const struct slice args[] = {SLICE("HGET"), STAFF_USERS, acting->who};
    api_redis(call, args, 3, on_user);
}

void api_tickets_answer(struct api_call *call)
{
    struct acting *acting = prepare(call, "ticket.answer", "answer");
    struct buf clean;
    if (!acting)
        return;
    buf_init(&clean, API_BODY_MAX);
    utf8_clean(api_text(call, "text"), &clean);
    acting->text = arena_copy(call->exchange->arena, slice_trim(buf_slice(&clean)));
    bool whole = !clean.error && acting->text.ptr;
    buf_release(&clean);
    if (!whole)
        api_unavailable(call);
    else if (!acting->text.len)
        api_field_problem(call, 422, "There are no words to send.", "text", "must have words");
    else
        read_number(call);
}

void api_tickets_close(struct api_call *call)
{
    if (prepare(call, "ticket.close", "close"))
        read_number(call);
}
