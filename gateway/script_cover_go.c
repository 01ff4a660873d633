#include <string.h>

#include "dialog/state.h"
#include "gateway/script_cover_parts.h"

#define TALK_FROM_MS 1795435200000 /* 2026-11-23T12:00:00Z, as scripts have it */

struct cover_place cover_begin(const struct cover_talk *talk)
{
    return (struct cover_place){.channel = talk->channel, .now_ms = TALK_FROM_MS, .rests = true};
}

/* Puts the player where a conversation stands. */
static enum error stand_at(struct script_player *player, const struct cover_place *place)
{
    buf_clear(&player->state);
    buf_addslice(&player->state, place->state);
    player->channel = place->channel;
    player->now_ms = place->now_ms;
    player->timer_count = place->timer_count;
    memcpy(player->timers, place->timers, sizeof(player->timers));
    player->option_count = place->option_count;
    if (place->option_count)
        memcpy(player->options, place->options, place->option_count * sizeof(*place->options));
    memcpy(player->asks, place->asks, sizeof(player->asks));
    return player->state.error;
}

struct script_pins cover_act_pins(const struct cover_act *act)
{
    struct script_pins pins = cover_pins(COVER_SURE), own = cover_pins(act->engine);
    pins.industry = own.industry ? own.industry : pins.industry;
    pins.resources = own.resources;
    pins.trainings = own.trainings;
    return pins;
}

enum error cover_go(struct cover_walk *walk, const struct cover_place *place, const struct cover_act *act)
{
    const struct script_step step = {.act = act->act, .text = act->text, .span_ms = act->span_ms};
    enum error error = stand_at(&walk->player, place);
    walk->trail.count = 0;
    walk->player.pins = cover_act_pins(act);
    return error ? error : script_step(&walk->player, &step, &walk->came);
}

bool cover_paused(const struct cover_walk *walk)
{
    const struct flow *flow = walk->trail.edges->flow;
    return walk->player.channel.kind == CHANNEL_USSD && flow->redial != FLOW_NONE && walk->came.state->at[0] &&
           walk->player.now_ms - walk->came.state->last_ms >= flow->redial_after_ms;
}

enum error cover_keep(const struct cover_walk *walk, struct arena *arena, struct cover_place *out)
{
    const struct script_player *player = &walk->player;
    const struct script_came *came = &walk->came;
    struct script_option *options = arena_array(arena, player->option_count + 1, sizeof(*options));
    *out = (struct cover_place){.channel = player->channel, .now_ms = player->now_ms, .options = options};
    out->state = arena_copy(arena, buf_slice(&player->state));
    out->last = arena_copy(arena, came->message_count ? came->messages[came->message_count - 1] : SLICE_NONE);
    if (!options || !out->state.ptr || !out->last.ptr)
        return ERR_NOMEM;
    memcpy(options, player->options, player->option_count * sizeof(*options));
    out->option_count = player->option_count;
    memcpy(out->timers, player->timers, sizeof(out->timers));
    out->timer_count = player->timer_count;
    memcpy(out->asks, player->asks, sizeof(out->asks));
    out->rests = came->state->at[0] == '\0';
    out->paused = cover_paused(walk);
    return OK;
}
