/* The covering's parts among themselves: acts that may be taken, places where a conversation stands.
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

/* Lists what can be done at a place. Returns the number, at most COVER_ACTS_MAX; texts lie in the arena. */
size_t cover_acts(const struct cover_wanted *wanted, const struct cover_place *place, struct arena *arena,
                  struct cover_act *out);

/* Gives what the engine is said to find, for all conversations and behind an act. */
struct script_pins cover_pins(enum cover_engine engine);

#endif
