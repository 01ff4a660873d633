#include "gateway/script_cover.h"

#include <string.h>

#include "dialog/state.h"
#include "gateway/script_cover_parts.h"

#define CHANNELS 3
#define SEEN_SIZE (1u << 15)

/* A place that a search came to. */
struct spot {
    struct cover_place place;
    uint32_t parent;
    struct cover_act act; /* that led here */
};

struct cover {
    const struct cover_wanted *wanted;
    struct arena *arena; /* of what stays */
    struct arena *near;  /* of one search */
    struct cover_walk walk;
    bool *gone;
    struct cover_talk *talks;
    size_t talk_count;
    struct spot *spots;
    uint32_t spot_count;
    uint32_t seen[SEEN_SIZE]; /* hashes of the spots' keys; 0 free */
    size_t steps_max;         /* of one conversation */
    bool whole_facts;         /* places with other facts are other places */
};

bool cover_feasible(const struct cover_wanted *wanted, uint32_t edge)
{
    struct edge_told told = edge_tell(wanted->edges, edge);
    const struct prove_met *met = told.state == FLOW_NONE ? NULL : &wanted->proof->met[told.state];
    if (!met)
        return true;
    if (told.kind == EDGE_NEXT)
        return met->taken[told.index];
    return told.kind == EDGE_OPTION ? met->offered[told.index] : met->waited;
}

static size_t new_edges(const struct cover *cover)
{
    size_t count = 0;
    for (size_t i = 0; i < cover->walk.trail.count; i++) {
        bool again = cover->gone[cover->walk.trail.taken[i]];
        for (size_t j = 0; j < i && !again; j++)
            again = cover->walk.trail.taken[j] == cover->walk.trail.taken[i];
        count += !again;
    }
    return count;
}

/* Tells whether an act came by a new way out after the last wrong answer: that takes several, so that it is gone where
 * it is begun. */
static bool gives_up(const struct cover *cover)
{
    for (size_t i = 0; i < cover->walk.trail.count; i++)
        if (!cover->gone[cover->walk.trail.taken[i]] &&
            edge_tell(cover->wanted->edges, cover->walk.trail.taken[i]).kind == EDGE_OTHERWISE)
            return true;
    return false;
}

static void mix(uint32_t *hash, const void *bytes, size_t len)
{
    for (size_t i = 0; i < len; i++)
        *hash = (*hash ^ ((const unsigned char *)bytes)[i]) * 16777619u;
}

/* Gives what tells places apart. */
static uint32_t key_of(const struct cover *cover)
{
    const struct state *state = cover->walk.came.state;
    uint32_t hash = 2166136261u;
    unsigned counts[] = {state->tries,
                         state->misread,
                         (unsigned)state->label_count,
                         state->opted_out,
                         state->below[0] != '\0',
                         state->resource_count != 0,
                         state->fact_count != 0,
                         cover_paused(&cover->walk)};
    mix(&hash, state->at, sizeof(state->at));
    mix(&hash, state->doubt.slot, sizeof(state->doubt.slot));
    mix(&hash, counts, sizeof(counts));
    for (size_t i = 0; i < cover->walk.player.timer_count; i++)
        mix(&hash, cover->walk.player.timers[i].name, strlen(cover->walk.player.timers[i].name));
    for (size_t i = 0; i < state->fact_count && cover->whole_facts; i++) {
        mix(&hash, state->facts[i].slot, strlen(state->facts[i].slot));
        mix(&hash, state->facts[i].value, strlen(state->facts[i].value));
    }
    return hash ? hash : 1;
}

/* Tells whether a place was not seen yet, and sees it. */
static bool is_new(struct cover *cover)
{
    uint32_t key = key_of(cover), at = key % SEEN_SIZE;
    while (cover->seen[at] && cover->seen[at] != key)
        at = (at + 1) % SEEN_SIZE;
    bool fresh = cover->seen[at] == 0;
    cover->seen[at] = key;
    return fresh;
}

/* What a search has found: a way from its first place. */
struct way {
    struct cover_act acts[COVER_STEPS_MAX];
    size_t count;
    int rank; /* 0 none, 1 ends the session, 2 leads on, 3 stays */
    size_t news;
};

static void take_way(const struct cover *cover, uint32_t from, const struct cover_act *act, int rank, size_t news,
                     struct way *out)
{
    size_t depth = 1;
    for (uint32_t at = from; at; at = cover->spots[at].parent)
        depth++;
    if (depth > COVER_STEPS_MAX)
        return;
    out->count = depth;
    out->acts[--depth] = *act;
    for (uint32_t at = from; at; at = cover->spots[at].parent)
        out->acts[--depth] = cover->spots[at].act;
    out->rank = rank;
    out->news = news;
}

/* Tries one act from a spot. */
static enum error try_act(struct cover *cover, uint32_t from, const struct cover_act *act, struct way *best)
{
    const struct cover_place *place = &cover->spots[from].place;
    enum error error = cover_go(&cover->walk, place, act);
    if (error == ERR_NOT_FOUND || error == ERR_UNAVAILABLE)
        return OK;
    if (error)
        return error;
    size_t news = new_edges(cover);
    bool rests = cover->walk.came.state->at[0] == '\0',
         stays = slice_is(slice_of(cover->walk.player.asks), place->asks);
    int rank = !news ? 0 : !from && gives_up(cover) ? 3 : rests ? 1 : from || !stays ? 2 : 3;
    if (rank > best->rank || (rank && rank == best->rank && from == 0 && news > best->news))
        take_way(cover, from, act, rank, news, best);
    if (cover->spot_count == (cover->whole_facts ? COVER_FAR_MAX : COVER_NEAR_MAX) || !is_new(cover))
        return OK; /* the first asked first: what is seen has room for so many places and no more */
    struct spot *spot = &cover->spots[cover->spot_count];
    spot->parent = from;
    spot->act = *act;
    error = cover_keep(&cover->walk, cover->near, &spot->place);
    cover->spot_count += !error;
    return error;
}

/* Tries an act with all that the engine could find in it. */
static enum error try_all(struct cover *cover, uint32_t from, struct cover_act act, struct way *best)
{
    static const struct {
        enum cover_engine engine;
        enum need need;
    } rows[] = {{COVER_UNSURE, NEED_INDUSTRY},
                {COVER_NO_TRADE, NEED_INDUSTRY},
                {COVER_NO_RESOURCES, NEED_RESOURCES},
                {COVER_ONE_RESOURCE, NEED_RESOURCES},
                {COVER_TRAININGS, NEED_TRAININGS}};
    cover->walk.came.asked = 0;
    enum error error = try_act(cover, from, &act, best);
    unsigned asked = cover->walk.came.asked;
    for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]) && !error; i++) {
        if (!(asked >> rows[i].need & 1))
            continue;
        act.engine = rows[i].engine;
        error = try_act(cover, from, &act, best);
    }
    return error;
}

/* Looks for the nearest act that goes along a new edge; best->count is 0 when there is none. */
static enum error search(struct cover *cover, const struct cover_place *start, struct way *best)
{
    struct cover_act acts[COVER_ACTS_MAX];
    enum error error = OK;
    arena_reset(cover->near);
    memset(cover->seen, 0, sizeof(cover->seen));
    memset(best, 0, sizeof(*best));
    cover->spots[0] = (struct spot){.place = *start};
    cover->spot_count = 1;
    for (uint32_t at = 0; at < cover->spot_count && !error && !best->rank; at++) {
        size_t count = cover_acts(cover->wanted, &cover->spots[at].place, cover->near, acts);
        for (size_t i = 0; i < count && !error && (at == 0 || !best->rank); i++)
            if (at == 0 || !acts[i].quiet)
                error = try_all(cover, at, acts[i], best);
    }
    return error;
}

/* Goes a way that was found, for good. */
static enum error go_way(struct cover *cover, struct cover_talk *talk, const struct way *way, struct cover_place *place)
{
    for (size_t i = 0; i < way->count; i++) {
        struct cover_act *act = &talk->acts[talk->count];
        *act = way->acts[i];
        act->text = arena_copy(cover->arena, act->text);
        enum error error = act->text.ptr ? cover_go(&cover->walk, place, act) : ERR_NOMEM;
        if (!error)
            error = cover_keep(&cover->walk, cover->arena, place);
        if (error)
            return error;
        talk->count++;
        for (size_t j = 0; j < cover->walk.trail.count; j++)
            cover->gone[cover->walk.trail.taken[j]] = talk->gone[cover->walk.trail.taken[j]] = true;
    }
    return OK;
}

/* Has one conversation, as long as something new is near. */
static enum error have_talk(struct cover *cover, struct cover_talk *talk, size_t channel)
{
    static const struct channel_traits channels[CHANNELS] = {{.kind = CHANNEL_SMS},
                                                             {.kind = CHANNEL_WHATSAPP, .interactive = true},
                                                             {.kind = CHANNEL_USSD, .follows = true}};
    struct cover_place place;
    struct way *way = arena_alloc(cover->arena, sizeof(*way));
    enum error error = way ? OK : ERR_NOMEM;
    talk->channel = channels[channel];
    talk->count = 0;
    talk->gone = arena_array(cover->arena, cover->wanted->edges->count + 1, sizeof(bool));
    place = cover_begin(talk);
    while (!error && talk->gone && talk->count < cover->steps_max) {
        error = search(cover, &place, way);
        if (error || !way->count || talk->count + way->count > cover->steps_max)
            break;
        error = go_way(cover, talk, way, &place);
    }
    return talk->gone ? error : ERR_NOMEM;
}

static bool all_gone(const struct cover *cover)
{
    for (uint32_t i = 0; i < cover->wanted->edges->count; i++)
        if (!cover->gone[i] && cover_feasible(cover->wanted, i))
            return false;
    return true;
}

/* Has conversations until they add nothing. */
static enum error have_talks(struct cover *cover)
{
    enum error error = OK;
    unsigned idle = 0; /* kinds of phone on which nothing new was found, one after the other */
    while (!error && cover->talk_count < COVER_TALKS_MAX && idle < CHANNELS && !all_gone(cover)) {
        struct cover_talk *talk = &cover->talks[cover->talk_count];
        error = have_talk(cover, talk, (cover->talk_count + idle) % CHANNELS);
        idle = talk->count ? 0 : idle + 1;
        cover->talk_count += talk->count > 0;
    }
    return error;
}

static void put_act(struct buf *out, const struct cover_act *act)
{
    static const char *const keys[] = {
        [SCRIPT_SAY] = "say: ", [SCRIPT_PRESS] = "press: ", [SCRIPT_WAIT] = "wait: ", [SCRIPT_DIAL] = "do: dial"};
    buf_addf(out, "      - %s", keys[act->act]);
    if (act->act == SCRIPT_WAIT)
        script_put_span(out, act->span_ms);
    else if (act->act != SCRIPT_DIAL)
        script_put_text(out, act->text, 0);
    buf_addc(out, '\n');
}

static void put_talk(struct buf *out, const struct cover_talk *talk, size_t number)
{
    const struct script_pins usual = cover_pins(COVER_SURE);
    struct script_pins now = usual;
    buf_addf(out, "  - name: cover %zu by ", number);
    script_put_channel(out, &talk->channel);
    buf_adds(out, "\n    channel: ");
    script_put_channel(out, &talk->channel);
    buf_adds(out, "\n    steps:\n");
    for (size_t i = 0; i < talk->count; i++) {
        struct script_pins pins = cover_act_pins(&talk->acts[i]);
        put_act(out, &talk->acts[i]);
        if (pins.industry != now.industry)
            script_put_advice(out, pins.industry, 8);
        if (pins.resources != now.resources && pins.resources)
            script_put_advice(out, pins.resources, 8);
        else if (pins.resources != now.resources)
            buf_adds(out, "        resources: engine\n");
        if (pins.trainings != now.trainings && pins.trainings)
            script_put_advice(out, pins.trainings, 8);
        else if (pins.trainings != now.trainings)
            buf_adds(out, "        trainings: none\n");
        now = pins;
    }
}

static void put_all(const struct cover *cover, struct buf *out, struct cover_found *found)
{
    const struct script_pins usual = cover_pins(COVER_SURE);
    buf_adds(out, "# Written by `chaski flow test --generate`: conversations along every edge of the flow.\nflow_test: "
                  "1\nflow: ");
    script_put_text(out, slice_of(cover->wanted->flow_path), 0);
    buf_addc(out, '\n');
    script_put_advice(out, usual.industry, 0);
    script_put_advice(out, usual.profile, 0);
    buf_adds(out, "conversations:\n");
    for (size_t i = 0; i < cover->talk_count; i++) {
        if (!cover->talks[i].count)
            continue;
        put_talk(out, &cover->talks[i], ++found->talks);
        found->steps += cover->talks[i].count;
    }
}

/* Long enough to come by every question and be asked some twice. */
static size_t steps_for(const struct flow *flow)
{
    size_t questions = 0;
    for (size_t i = 0; i < flow->state_count; i++)
        questions += flow->states[i].ask != NULL;
    size_t steps = 2 * questions > COVER_STEPS_USUAL ? 2 * questions : COVER_STEPS_USUAL;
    return steps < COVER_STEPS_MAX ? steps : COVER_STEPS_MAX;
}

/* Tells whether an edge is of the kinds of which no step goes along two: what is said is one option or one wrong
 * answer, or else a keyword, an alert or a dial. A command can be a wrong answer too, and one wait fires two timers. */
static bool takes_a_step(const struct cover_wanted *wanted, uint32_t edge)
{
    enum edge_kind kind = edge_tell(wanted->edges, edge).kind;
    return kind == EDGE_OPTION || kind == EDGE_RETRY || kind == EDGE_OTHERWISE || kind == EDGE_KEYWORD ||
           kind == EDGE_ALERT || kind == EDGE_REDIAL;
}

enum error script_cover(const struct cover_wanted *wanted, struct arena *arena, struct buf *out,
                        struct cover_found *found)
{
    struct cover *cover = arena_alloc(arena, sizeof(*cover));
    *found = (struct cover_found){.edges = wanted->edges->count};
    if (!cover || script_player_open(&cover->walk.player, wanted->flows, wanted->engine))
        return ERR_NOMEM;
    cover->wanted = wanted;
    cover->arena = arena;
    cover->near = arena_new(COVER_ARENA_BYTES);
    cover->walk.trail.edges = wanted->edges;
    cover->steps_max = steps_for(wanted->edges->flow);
    cover->walk.player.trail = &cover->walk.trail;
    cover->gone = arena_array(arena, wanted->edges->count + 1, sizeof(bool));
    cover->talks = arena_array(arena, COVER_TALKS_MAX, sizeof(*cover->talks));
    cover->spots = arena_array(arena, COVER_FAR_MAX, sizeof(*cover->spots));
    enum error error = cover->near && cover->gone && cover->talks && cover->spots ? OK : ERR_NOMEM;
    if (!error)
        error = have_talks(cover);
    cover->whole_facts = true;
    if (!error)
        error = have_talks(cover);
    if (!error)
        error = cover_shrink(&cover->walk, cover->talks, cover->talk_count, cover->near, arena);
    if (!error) {
        put_all(cover, out, found);
        error = out->error;
    }
    found->gone = cover->gone;
    for (uint32_t i = 0; i < wanted->edges->count && cover->gone; i++) {
        bool feasible = cover_feasible(wanted, i);
        found->feasible += feasible;
        found->covered += feasible && cover->gone[i];
        found->least += feasible && cover->gone[i] && takes_a_step(wanted, i);
    }
    arena_free(cover->near);
    script_player_close(&cover->walk.player);
    return error;
}
