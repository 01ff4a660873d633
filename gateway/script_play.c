#include "gateway/script_play.h"

#include <string.h>

#include "dialog/state.h"

#define FROM SLICE("+51987654321")
#define TEXT_BYTES (64 * 1024)

enum error script_player_open(struct script_player *player, const struct flows *flows, const struct engine *engine)
{
    memset(player, 0, sizeof(*player));
    player->flows = flows;
    player->engine = engine;
    buf_init(&player->state, DIALOG_STATE_BYTES);
    player->arena = arena_new(SCRIPT_STEP_BYTES);
    return player->arena ? OK : ERR_NOMEM;
}

void script_player_close(struct script_player *player)
{
    arena_free(player->arena);
    player->arena = NULL;
    buf_release(&player->state);
}

static void drop_timer(struct script_player *player, size_t at)
{
    player->timers[at] = player->timers[--player->timer_count];
}

static struct script_timer *timer_of(struct script_player *player, const char *name)
{
    for (size_t i = 0; i < player->timer_count; i++)
        if (strcmp(player->timers[i].name, name) == 0)
            return &player->timers[i];
    return NULL;
}

/* Knows the timers of the state as it is now; one that was set or moved is this channel's. */
static void know_timers(struct script_player *player, const struct state *state)
{
    for (size_t i = player->timer_count; i > 0; i--) {
        const struct timer *known = state_timer((struct state *)state, slice_of(player->timers[i - 1].name));
        if (!known || known->due_ms == 0)
            drop_timer(player, i - 1);
    }
    for (size_t i = 0; i < state->timer_count; i++) {
        const struct timer *timer = &state->timers[i];
        struct script_timer *known = timer->due_ms ? timer_of(player, timer->name) : NULL;
        if (timer->due_ms == 0 || (known && known->due_ms == timer->due_ms))
            continue;
        known = known ? known : &player->timers[player->timer_count++];
        memcpy(known->name, timer->name, sizeof(known->name));
        known->due_ms = timer->due_ms;
        known->channel = player->channel;
    }
}

enum error script_begin(struct script_player *player, const struct script_conversation *conversation)
{
    arena_reset(player->arena);
    buf_clear(&player->state);
    buf_addslice(&player->state, conversation->state);
    player->channel = conversation->channel;
    player->pins = conversation->pins;
    player->given = player->named = NULL;
    player->now_ms = conversation->at_ms;
    player->timer_count = player->option_count = 0;
    player->asks[0] = '\0';
    struct state *state = arena_alloc(player->arena, sizeof(*state));
    if (!state || player->state.error)
        return ERR_NOMEM;
    if (conversation->state.len && state_decode(conversation->state, state) == OK)
        know_timers(player, state);
    return OK;
}

/* A trade that is pinned by its key alone has the name that the engine knows it by. */
static void name_trade(const struct script_player *player, const char *language, struct advice *out)
{
    for (size_t i = 0; i < out->label_count; i++) {
        const char *name = player->engine ? engine_industry_name(player->engine, language, out->labels[i].key) : NULL;
        if (!out->labels[i].name[0])
            state_keep(slice_of(name ? name : out->labels[i].key), out->labels[i].name, ADVICE_KEY);
    }
}

struct asking {
    struct script_player *player;
    unsigned asked; /* bits */
};

/* Names the labels that the state has as they were pinned, or else as they are known. */
static void name_again(const struct script_player *player, const struct state *state, struct advice *out)
{
    const struct advice *pinned = player->named;
    out->label_count = state->label_count;
    for (size_t i = 0; i < state->label_count; i++) {
        out->labels[i] = state->labels[i];
        out->labels[i].name[0] = '\0';
        for (size_t j = 0; pinned && j < pinned->label_count; j++)
            if (strcmp(pinned->labels[j].key, out->labels[i].key) == 0)
                memcpy(out->labels[i].name, pinned->labels[j].name, ADVICE_KEY);
    }
    name_trade(player, state->lang, out);
}

/* Says again what is pinned, now or when it was given; the rest is the engine's, where there is one. */
static enum error advise_texts(struct script_player *player, const struct outcome *asked, const struct state *state,
                               const struct event *event, int64_t now_ms, struct advice *out)
{
    const struct advice *pinned = player->pins.texts ? player->pins.texts : player->given;
    const struct adviser engine = think_adviser(player->engine);
    enum error error = player->engine ? engine.advise(engine.ctx, asked, state, event, now_ms, out) : OK;
    out->kind = NEED_TEXTS;
    name_again(player, state, out);
    out->resource_count = state->resource_count;
    for (size_t i = 0; i < state->resource_count; i++) {
        struct advice_resource *to = &out->resources[i];
        if (!player->engine)
            *to = (struct advice_resource){.why = ""};
        for (size_t j = 0; pinned && j < pinned->resource_count; j++)
            if (engine_shown(slice_of(pinned->resources[j].id)) == state_resource(state, i))
                *to = pinned->resources[j];
    }
    return error;
}

static enum error advise(void *ctx, const struct outcome *asked, const struct state *state, const struct event *event,
                         int64_t now_ms, struct advice *out)
{
    struct asking *asking = ctx;
    struct script_player *player = asking->player;
    const struct script_pins *pins = &player->pins;
    const struct advice *pinned = asked->need == NEED_INDUSTRY  ? pins->industry
                                  : asked->need == NEED_PROFILE ? pins->profile
                                                                : pins->resources;
    if (asked->need == NEED_TEXTS)
        return advise_texts(player, asked, state, event, now_ms, out);
    asking->asked |= 1u << asked->need;
    if (asked->need == NEED_TRAININGS) { /* no engine knows them: there are those that the script names */
        if (pins->trainings)
            *out = *pins->trainings;
        out->kind = NEED_TRAININGS;
        return OK;
    }
    if (asked->need == NEED_RESOURCES)
        player->given = pinned;
    if (asked->need == NEED_INDUSTRY)
        player->named = pinned;
    if (pinned && pinned->kind != NEED_NOTHING) {
        *out = *pinned;
        name_trade(player, state->lang, out);
        return OK;
    }
    player->lacks = asked->need;
    if (!player->engine)
        return ERR_UNAVAILABLE;
    const struct adviser engine = think_adviser(player->engine);
    return engine.advise(engine.ctx, asked, state, event, now_ms, out);
}

static enum error told(struct script_player *player, struct buf *text, struct slice *out)
{
    *out = arena_copy(player->arena, buf_slice(text));
    enum error error = text->error ? text->error : out->ptr ? OK : ERR_NOMEM;
    buf_release(text);
    return error;
}

static enum error add_deed(struct script_player *player, struct buf *text, struct script_came *out)
{
    struct slice deed;
    enum error error = told(player, text, &deed);
    if (!error && out->does_count == SCRIPT_DEEDS_MAX)
        return ERR_LIMIT;
    if (!error)
        out->does[out->does_count++] = deed;
    return error;
}

static void keep_options(struct script_player *player, const struct thought *thought)
{
    player->option_count = 0;
    for (size_t i = 0; i < thought->message_count; i++) {
        const struct message *message = &thought->messages[i];
        for (size_t j = 0; j < message->option_count; j++) {
            struct script_option *to = &player->options[player->option_count];
            if (player->option_count < sizeof(player->options) / sizeof(player->options[0]) &&
                slice_copy(message->options[j].id, to->id, sizeof(to->id)) &&
                slice_copy(message->options[j].title, to->title, sizeof(to->title)))
                player->option_count++;
        }
    }
}

static enum error tell_all(struct script_player *player, const struct thought *thought, struct script_came *out)
{
    struct buf text;
    enum error error = OK;
    for (size_t i = 0; i < thought->effect_count && !error; i++) {
        if (thought->effects[i].kind == EFFECT_SAY)
            continue;
        buf_init(&text, TEXT_BYTES);
        script_put_effect(&text, &thought->effects[i], player->now_ms);
        error = add_deed(player, &text, out);
    }
    for (size_t i = 0; i < thought->message_count && !error; i++) {
        if (out->message_count == SCRIPT_MESSAGES_MAX)
            return ERR_LIMIT;
        buf_init(&text, TEXT_BYTES);
        script_put_message(&text, &thought->messages[i], player->channel.kind);
        error = told(player, &text, &out->messages[out->message_count]);
        out->message_count += !error;
    }
    return error;
}

static enum error turn(struct script_player *player, const struct event *event, struct script_came *out)
{
    const struct channel channel = {.name = "script",
                                    .kind = player->channel.kind,
                                    .interactive = player->channel.interactive,
                                    .page_units = player->channel.page_units,
                                    .sms = player->channel.sms};
    struct asking asking = {.player = player};
    const struct adviser adviser = {advise, &asking, player->trail};
    struct thought *thought = arena_alloc(player->arena, sizeof(*thought));
    bool reset;
    if (!thought)
        return ERR_NOMEM;
    enum error error = think_advised(player->flows, &adviser, &channel, buf_slice(&player->state), event,
                                     player->now_ms, player->arena, thought, &reset);
    if (error)
        return error;
    error = tell_all(player, thought, out);
    know_timers(player, &thought->state);
    keep_options(player, thought);
    buf_clear(&player->state);
    state_encode(&thought->state, &player->state);
    out->state = &thought->state;
    state_keep(thought->awaiting, player->asks, sizeof(player->asks));
    out->ended = thought->ended;
    out->asked |= asking.asked;
    return error ? error : player->state.error;
}

/* Fires the timer that is due first, if one is by then, at its instant or now, whichever is later. */
static enum error fire(struct script_player *player, int64_t until_ms, struct script_came *out, bool *fired)
{
    size_t first = player->timer_count;
    for (size_t i = 0; i < player->timer_count; i++)
        if (player->timers[i].due_ms <= until_ms &&
            (first == player->timer_count || player->timers[i].due_ms < player->timers[first].due_ms))
            first = i;
    *fired = first < player->timer_count;
    if (!*fired)
        return OK;
    const struct script_timer timer = player->timers[first];
    const struct channel_traits channel = player->channel;
    struct event event = {.kind = EVENT_TIMER, .from = FROM, .id = SLICE("t"), .at_ms = timer.due_ms};
    struct buf text;
    event.payload = slice_of(timer.name);
    drop_timer(player, first);
    player->now_ms = player->now_ms > timer.due_ms ? player->now_ms : timer.due_ms;
    player->channel = timer.channel;
    buf_init(&text, TEXT_BYTES);
    buf_addf(&text, "fires %s", timer.name);
    enum error error = add_deed(player, &text, out);
    if (!error)
        error = turn(player, &event, out);
    player->channel = channel;
    return error;
}

static enum error let_pass(struct script_player *player, const struct script_step *step, struct script_came *out)
{
    int64_t until_ms = player->now_ms + step->span_ms;
    bool fired = step->act == SCRIPT_WAIT;
    enum error error = OK;
    while (fired && !error)
        error = fire(player, until_ms, out, &fired);
    player->now_ms = until_ms;
    return error;
}

/* Finds the option of the last messages with a title. Returns false when there is none. */
static bool press(const struct script_player *player, struct slice title, struct event *event)
{
    for (size_t i = 0; i < player->option_count; i++) {
        if (!slice_is(title, player->options[i].title))
            continue;
        event->kind = EVENT_CHOICE;
        event->payload = arena_copy(player->arena, slice_of(player->options[i].id));
        return event->payload.ptr != NULL;
    }
    return false;
}

/* Makes the event of a step that the person takes. Returns false when there is no such button. */
static bool event_of(const struct script_player *player, const struct script_step *step, struct event *event)
{
    static const enum event_kind kinds[] = {
        [SCRIPT_SAY] = EVENT_TEXT,
        [SCRIPT_PRESS] = EVENT_CHOICE,
        [SCRIPT_PAYLOAD] = EVENT_CHOICE,
        [SCRIPT_PHOTO] = EVENT_MEDIA,
        [SCRIPT_PLACE] = EVENT_LOCATION,
        [SCRIPT_DIAL] = EVENT_BEGIN,
        [SCRIPT_STICKER] = EVENT_UNSUPPORTED,
        [SCRIPT_HANG_UP] = EVENT_ABORT,
        [SCRIPT_STAFF] = EVENT_STAFF,
    };
    *event = (struct event){.kind = kinds[step->act],
                            .from = FROM,
                            .id = SLICE("m"),
                            .text = step->text,
                            .follows = player->channel.follows};
    if (step->act == SCRIPT_PRESS)
        return press(player, step->text, event);
    if (step->act == SCRIPT_STAFF) {
        event->text = step->text; /* behind two words, or three */
        for (int words = slice_starts(step->text, "correct ") ? 3 : 2; words > 0; words--)
            event->text = slice_part(event->text, slice_find(event->text, ' ') + 1, event->text.len);
        size_t len = step->text.len - event->text.len;
        event->payload = slice_trim(slice_part(step->text, 0, len));
    } else if (step->act == SCRIPT_PAYLOAD) {
        event->payload = step->text;
        event->text = SLICE_NONE;
    } else if (step->act == SCRIPT_PLACE) {
        event->text = SLICE_NONE;
        event->latitude = step->latitude;
        event->longitude = step->longitude;
    }
    return true;
}

/* Gives the state as it stands where no turn has changed it. */
static enum error know_state(struct script_player *player, struct script_came *out)
{
    struct state *state = arena_alloc(player->arena, sizeof(*state));
    if (!state)
        return ERR_NOMEM;
    if (state_decode(buf_slice(&player->state), state))
        state_init(state);
    out->state = state;
    return OK;
}

enum error script_step(struct script_player *player, const struct script_step *step, struct script_came *out)
{
    struct event event;
    enum error error = OK;
    arena_reset(player->arena);
    memset(out, 0, sizeof(*out));
    player->lacks = NEED_NOTHING;
    player->channel = step->channel ? *step->channel : player->channel;
    player->pins.industry = step->pins.industry ? step->pins.industry : player->pins.industry;
    player->pins.profile = step->pins.profile ? step->pins.profile : player->pins.profile;
    player->pins.resources = step->pins.resources ? step->pins.resources : player->pins.resources;
    player->pins.texts = step->pins.texts ? step->pins.texts : player->pins.texts;
    player->pins.trainings = step->pins.trainings ? step->pins.trainings : player->pins.trainings;
    if (step->act == SCRIPT_WAIT || step->act == SCRIPT_DOWN)
        error = let_pass(player, step, out);
    else if (step->act != SCRIPT_NOTHING)
        error = event_of(player, step, &event) ? turn(player, &event, out) : ERR_NOT_FOUND;
    out->asks = slice_of(player->asks);
    return error || out->state ? error : know_state(player, out);
}
