#include "gateway/broadcast_say.h"

#include <string.h>

#include "base/json.h"
#include "base/utf8.h"
#include "dialog/state.h"
#include "gateway/contact_line.h"
#include "gateway/profile.h"
#include "gateway/record.h"

#define ENTRY_MAX (16 * 1024) /* bytes of an entry */

enum error broadcast_notice(const struct world *world, const struct broadcast *b, struct arena *arena,
                            struct faults *faults, struct notice *out)
{
    const struct config *config = world->config;
    cJSON *root;
    enum error error = json_parse(b->notice, BROADCAST_RECORD_MAX, &root);
    if (error)
        return error == ERR_NOMEM ? error : ERR_VALUE;
    error = notice_read(root, flows_find(world->mind.flows, "", ""), config->notice_sender, config->notice_leave, arena,
                        faults, out);
    cJSON_Delete(root);
    for (size_t i = 0; i < b->channel_count && !error; i++) {
        const struct channel *channel = world_channel(world, b->channels[i]);
        if (channel)
            error = notice_check(out, channel, faults);
    }
    return error;
}

/* How it goes to a person. */
struct way {
    const struct channel *channel; /* NULL: it cannot */
    bool open;                     /* free words go */
};

static struct way choose(const struct world *world, const struct broadcast *b, const struct notice *notice,
                         const struct contact_line *line, int64_t now_ms)
{
    for (size_t i = 0; i < b->channel_count; i++) {
        const struct channel *channel = world_channel(world, b->channels[i]);
        const int64_t inbound_ms = contact_line_inbound(line, b->channels[i]);
        const enum notice_way way = channel ? notice_way(notice, channel, inbound_ms, now_ms) : NOTICE_NEVER;
        if (way == NOTICE_WORDS || way == NOTICE_TEMPLATE)
            return (struct way){channel, way == NOTICE_WORDS};
    }
    return (struct way){NULL, false};
}

static enum error write_entry(const struct broadcast *b, const struct channel *channel, struct slice to,
                              const struct message *message, int64_t now_ms, struct arena *arena, struct slice *out)
{
    struct buf entry;
    buf_init(&entry, ENTRY_MAX);
    buf_addc(&entry, '{');
    json_put_name(&entry, "channel");
    json_put_string(&entry, slice_of(channel->name));
    json_put_name(&entry, "to");
    json_put_string(&entry, to);
    json_put_name(&entry, "at");
    buf_addi(&entry, now_ms);
    if (b->until_ms) {
        json_put_name(&entry, "until");
        buf_addi(&entry, b->until_ms);
    }
    record_message(&entry, message);
    buf_addc(&entry, '}');
    *out = entry.error ? SLICE_NONE : arena_copy(arena, buf_slice(&entry));
    buf_release(&entry);
    return out->ptr ? OK : ERR_NOMEM;
}

/* Puts the two answers to an invitation under it, where the channel has buttons and it is short enough for them. */
static enum error put_buttons(const struct channel *channel, struct slice training, const struct state *state,
                              struct arena *arena, struct message *message)
{
    static const char *const verbs[] = {"join", "leave"};
    static const char *const titles[][2] = {{"Me apunto", "No voy"}, {"Count me in", "Not going"}};
    const bool english = strcmp(state->lang, "en") == 0;
    if (!training.len || !channel->interactive || channel->kind != CHANNEL_WHATSAPP || message->kind != MESSAGE_TEXT ||
        utf8_count(message->text) > MESSAGE_BODY_CHARS)
        return OK;
    for (size_t i = 0; i < 2; i++) {
        const char *id = arena_printf(arena, TRAINING_PAYLOAD "%.*s:%s", (int)training.len, training.ptr, verbs[i]);
        if (!id)
            return ERR_NOMEM;
        message->options[i] = (struct message_option){.id = slice_of(id), .title = slice_of(titles[english][i])};
    }
    message->option_count = 2;
    message->kind = MESSAGE_BUTTONS;
    return OK;
}

static enum error say(const struct broadcast *b, const struct notice *notice, const struct way *way,
                      const struct state *state, struct slice who, int64_t now_ms, struct arena *arena,
                      struct broadcast_said *out)
{
    struct notice_said said;
    enum error error = notice_render(notice, way->channel, state, arena, &said);
    if (error == ERR_NOMEM)
        return error;
    if (error) {
        out->excluded = "does not fit";
        return OK;
    }
    if (put_buttons(way->channel, b->training, state, arena, &said.message))
        return ERR_NOMEM;
    const int64_t price = notice_price(notice, way->channel, &said, who, way->open);
    out->cost = price == PRICE_UNKNOWN ? 0 : price;
    return write_entry(b, way->channel, who, &said.message, now_ms, arena, &out->entry);
}

/* Tells why a person may not be written to for a purpose; NULL: she may, her line is in *line, and in *state what she
 * has said. */
static const char *refusal_of(const struct broadcast_person *person, struct slice purpose, struct contact_line *line,
                              struct state *state)
{
    struct slice encoded;
    if (!person->who.len)
        return "erased";
    if (!person->line.len || contact_line_fields(person->line, person->state, line, &encoded))
        return "unknown";
    if (person->opted_out)
        return "opted out";
    if (!profile_wrote(line->traits))
        return "never wrote";
    switch (profile_standing(line->traits, purpose)) {
    case STANDING_NONE:
        return "no consent";
    case STANDING_PENDING:
        return "not confirmed";
    case STANDING_AGREED:
        break;
    }
    return state_decode(encoded, state) ? "unknown" : NULL;
}

enum error broadcast_say(const struct world *world, const struct broadcast *b, const struct notice *notice,
                         const struct broadcast_person *person, int64_t now_ms, struct arena *arena,
                         struct broadcast_said *out)
{
    struct state *state = arena_alloc(arena, sizeof(*state));
    struct contact_line line;
    *out = (struct broadcast_said){0};
    if (!state)
        return ERR_NOMEM;
    out->excluded = b->until_ms && now_ms >= b->until_ms ? limit_reason_name(LIMIT_EXPIRED)
                                                          : refusal_of(person, b->purpose, &line, state);
    struct way way = {NULL, false};
    if (!out->excluded)
        way = choose(world, b, notice, &line, now_ms);
    if (!out->excluded && !way.channel)
        out->excluded = "no channel";
    if (!out->excluded && limit_cap_reached(world->config->monthly_cap, person->limits, now_ms))
        out->excluded = limit_reason_name(LIMIT_CAP);
    return out->excluded ? OK : say(b, notice, &way, state, person->who, now_ms, arena, out);
}
