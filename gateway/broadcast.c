#include "gateway/broadcast.h"

#include "base/json.h"

#define NONE BROADCAST_STATES

const char *const broadcast_states[] = {"draft",  "previewed", "confirmed", "holding", "sending",
                                        "paused", "done",      "cancelled", NULL};

/* From each state, what each event makes of it. */
static const unsigned char table[BROADCAST_STATES][BROADCAST_EVENTS] = {
    /* EDIT, PREVIEW, CONFIRM, UNDO, DUE, PAUSE, RESUME, CANCEL, FINISH */
    [BROADCAST_DRAFT] = {BROADCAST_DRAFT, BROADCAST_PREVIEWED, NONE, NONE, NONE, NONE, NONE, BROADCAST_CANCELLED, NONE},
    [BROADCAST_PREVIEWED] = {BROADCAST_DRAFT, BROADCAST_PREVIEWED, BROADCAST_CONFIRMED, NONE, NONE, NONE, NONE,
                             BROADCAST_CANCELLED, NONE},
    [BROADCAST_CONFIRMED] = {NONE, NONE, NONE, BROADCAST_PREVIEWED, BROADCAST_HOLDING, NONE, NONE, BROADCAST_CANCELLED,
                             NONE},
    [BROADCAST_HOLDING] = {NONE, NONE, NONE, BROADCAST_PREVIEWED, BROADCAST_SENDING, NONE, NONE, BROADCAST_CANCELLED,
                           NONE},
    [BROADCAST_SENDING] = {NONE, NONE, NONE, NONE, NONE, BROADCAST_PAUSED, NONE, BROADCAST_CANCELLED, BROADCAST_DONE},
    [BROADCAST_PAUSED] = {NONE, NONE, NONE, NONE, NONE, NONE, BROADCAST_SENDING, BROADCAST_CANCELLED, NONE},
    [BROADCAST_DONE] = {NONE, NONE, NONE, NONE, NONE, NONE, NONE, NONE, NONE},
    [BROADCAST_CANCELLED] = {NONE, NONE, NONE, NONE, NONE, NONE, NONE, NONE, NONE},
};

bool broadcast_next(enum broadcast_state state, enum broadcast_event event, enum broadcast_state *next)
{
    if (table[state][event] == NONE)
        return false;
    *next = (enum broadcast_state)table[state][event];
    return true;
}

static int64_t due_of(const struct broadcast *b, int64_t now_ms, int64_t hold_ms)
{
    if (b->state == BROADCAST_CONFIRMED)
        return b->start_ms - hold_ms;
    if (b->state != BROADCAST_HOLDING)
        return 0;
    return b->start_ms > now_ms + hold_ms ? b->start_ms : now_ms + hold_ms;
}

bool broadcast_apply(struct broadcast *b, enum broadcast_event event, int64_t now_ms, int64_t hold_ms)
{
    if (!broadcast_next(b->state, event, &b->state))
        return false;
    if (event == BROADCAST_CONFIRM && b->start_ms <= now_ms + hold_ms)
        b->state = BROADCAST_HOLDING;
    b->since_ms = now_ms;
    b->due_ms = due_of(b, now_ms, hold_ms);
    b->reason = SLICE_NONE;
    return true;
}

bool broadcast_is_live(const struct broadcast *b)
{
    return b->state >= BROADCAST_CONFIRMED && b->state != BROADCAST_DONE;
}

bool broadcast_is_id(struct slice text)
{
    uint64_t number;
    return text.len && text.len < BROADCAST_ID && text.ptr[0] != '0' && slice_u64(text, BROADCAST_ID_MAX, &number);
}

/* ---- the record ---- */

/* The fields that are numbers, and those that are texts. */
static const struct {
    const char *name;
    size_t at;
} numbers[] = {{"created", offsetof(struct broadcast, created_ms)}, {"since", offsetof(struct broadcast, since_ms)},
               {"start", offsetof(struct broadcast, start_ms)},     {"due", offsetof(struct broadcast, due_ms)},
               {"budget", offsetof(struct broadcast, budget)},      {"people", offsetof(struct broadcast, people)}},
  texts[] = {{"by", offsetof(struct broadcast, by)},         {"confirmed_by", offsetof(struct broadcast, confirmed_by)},
             {"name", offsetof(struct broadcast, name)},     {"audience", offsetof(struct broadcast, audience)},
             {"notice", offsetof(struct broadcast, notice)}, {"reason", offsetof(struct broadcast, reason)},
             {"purpose", offsetof(struct broadcast, purpose)},
           {"training", offsetof(struct broadcast, training)}};

#define COUNT_OF(rows) (sizeof(rows) / sizeof((rows)[0]))

static bool read_state(struct slice name, enum broadcast_state *out)
{
    for (size_t i = 0; broadcast_states[i]; i++) {
        if (!slice_is(name, broadcast_states[i]))
            continue;
        *out = (enum broadcast_state)i;
        return true;
    }
    return false;
}

static enum error read_fields(const cJSON *root, struct arena *arena, struct broadcast *out)
{
    const cJSON *channel;
    if (!read_state(json_string(root, "state"), &out->state))
        return ERR_SYNTAX;
    for (size_t i = 0; i < COUNT_OF(numbers); i++)
        if (!json_int(root, numbers[i].name, (int64_t *)((char *)out + numbers[i].at)))
            return ERR_SYNTAX;
    for (size_t i = 0; i < COUNT_OF(texts); i++) {
        struct slice *to = (struct slice *)((char *)out + texts[i].at);
        *to = arena_copy(arena, json_string(root, texts[i].name));
        if (!to->ptr)
            return ERR_NOMEM;
    }
    cJSON_ArrayForEach(channel, json_array(root, "channels"))
    {
        if (out->channel_count == BROADCAST_CHANNELS_MAX || !cJSON_IsString(channel))
            return ERR_SYNTAX;
        struct slice *to = &out->channels[out->channel_count++];
        *to = arena_copy(arena, slice_of(channel->valuestring));
        if (!to->ptr)
            return ERR_NOMEM;
    }
    if (!json_int(root, "until", &out->until_ms)) /* records of before have none */
        out->until_ms = 0;
    out->is_list = cJSON_IsTrue(cJSON_GetObjectItemCaseSensitive(root, "is_list"));
    return OK;
}

enum error broadcast_read(struct slice record, struct arena *arena, struct broadcast *out)
{
    cJSON *root;
    *out = (struct broadcast){0};
    enum error error = json_parse(record, BROADCAST_RECORD_MAX, &root);
    if (error)
        return error == ERR_NOMEM ? error : ERR_SYNTAX;
    error = read_fields(root, arena, out);
    cJSON_Delete(root);
    return error;
}

void broadcast_write(const struct broadcast *b, struct buf *out)
{
    buf_addc(out, '{');
    json_put_name(out, "state");
    json_put_string(out, slice_of(broadcast_states[b->state]));
    for (size_t i = 0; i < COUNT_OF(numbers); i++) {
        json_put_name(out, numbers[i].name);
        buf_addi(out, *(const int64_t *)((const char *)b + numbers[i].at));
    }
    for (size_t i = 0; i < COUNT_OF(texts); i++) {
        json_put_name(out, texts[i].name);
        json_put_string(out, *(const struct slice *)((const char *)b + texts[i].at));
    }
    json_put_strings(out, "channels", b->channels, b->channel_count);
    if (b->until_ms) {
        json_put_name(out, "until");
        buf_addi(out, b->until_ms);
    }
    json_put_name(out, "is_list");
    buf_adds(out, b->is_list ? "true}" : "false}");
}
