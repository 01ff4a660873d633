/* The covering's parts among themselves: acts that may be taken, places where a conversation stands, what it has been.
 *
 * Internal to gateway/script_cover*.c. All lies in the arena of the covering. Proved by
 * tests/unit/test_script_cover.c. */
#ifndef GATEWAY_SCRIPT_COVER_PARTS_H
#define GATEWAY_SCRIPT_COVER_PARTS_H

#include "gateway/script_cover.h"

#define COVER_ACTS_MAX 96

enum cover_engine {
    COVER_SURE,
    COVER_UNSURE,
    COVER_NO_TRADE,
    COVER_NO_RESOURCES,
    COVER_ONE_RESOURCE,
    COVER_TRAININGS,
    COVER_ENGINES
};

/* One thing that a person can do. */
struct cover_act {
    enum script_act act;
    struct slice text;
    int64_t span_ms;
    enum cover_engine engine; /* what the engine finds, if it is asked: SURE is the usual */
    bool quiet;               /* only of use for its own edge, not to get somewhere */
};

/* Where a conversation stands: a player's, kept. */
struct cover_place {
    struct slice state; /* encoded */
    struct channel_traits channel;
    int64_t now_ms;
    struct script_timer timers[DIALOG_TIMERS_MAX];
    size_t timer_count;
    const struct script_option *options;
    size_t option_count;
    char asks[DIALOG_NAME];
    struct slice last; /* the last message's words; empty: none */
    bool rests;        /* nothing is open */
    bool paused;       /* the last message is so long ago that a dial is asked whether to go on */
};

/* A conversation that is had for covering. */
struct cover_talk {
    struct channel_traits channel;
    struct cover_act acts[COVER_STEPS_MAX];
    size_t count; /* 0: left out */
    bool *gone;   /* of each edge: gone along here; in the arena */
};

/* Who does the acts: the player, and what came of the last one. */
struct cover_walk {
    struct script_player player;
    struct trail trail;
    struct script_came came;
};

/* Gives the place where a conversation begins. */
struct cover_place cover_begin(const struct cover_talk *talk);

/* Does an act from a place: what came is in the walk. Returns what script_step() does. */
MUST_USE enum error cover_go(struct cover_walk *walk, const struct cover_place *place, const struct cover_act *act);

/* Keeps, in the arena, where the player stands after an act. Returns OK or ERR_NOMEM. */
MUST_USE enum error cover_keep(const struct cover_walk *walk, struct arena *arena, struct cover_place *out);

/* Tells whether a dial would now be asked whether to go on, as far as time is concerned. */
bool cover_paused(const struct cover_walk *walk);

/* Leaves out of conversations what the rest makes needless, until no single step of any can be left out without an edge
 * that they went along being lost. `near` is for a conversation at a time. Returns OK or ERR_NOMEM. */
MUST_USE enum error cover_shrink(struct cover_walk *walk, struct cover_talk *talks, size_t talk_count,
                                 struct arena *near, struct arena *arena);

/* Lists what can be done at a place. Returns the number, at most COVER_ACTS_MAX; texts lie in the arena. */
size_t cover_acts(const struct cover_wanted *wanted, const struct cover_place *place, struct arena *arena,
                  struct cover_act *out);

/* Gives what the engine is said to find, for all conversations and behind an act. */
struct script_pins cover_pins(enum cover_engine engine);

/* Gives what the engine is said to find when this act is done. */
struct script_pins cover_act_pins(const struct cover_act *act);

#endif
