/* Playing scripts: each step through the gateway's own thinking, with time and the engine in hand.
 *
 * A player is one person's conversation: the state, encoded after each turn as it would be stored, the clock, the
 * timers with the channel whose turn set them. It changes only in script_step(). What came of a step lies in the
 * player's arena until its next one. Must not know: files, terminals, what was expected. Failure policy: a step that
 * cannot be done says why. Proved by tests/unit/test_script.c and tests/blackbox/flow-test.test.mjs. */
#ifndef GATEWAY_SCRIPT_PLAY_H
#define GATEWAY_SCRIPT_PLAY_H

#include "dialog/edges.h"
#include "gateway/script.h"
#include "gateway/think.h"

#define SCRIPT_STEP_BYTES (32 * 1024 * 1024) /* of all that one step makes */
#define SCRIPT_MESSAGES_MAX 64               /* of one step: a long wait can fire several timers */
#define SCRIPT_DEEDS_MAX 256

struct script_timer {
    char name[DIALOG_NAME];
    int64_t due_ms;
    struct channel_traits channel; /* of the turn that set it */
};

/* What a person can press. */
struct script_option {
    char id[160], title[160];
};

struct script_player {
    const struct flows *flows;
    const struct engine *engine; /* NULL: what is not pinned cannot be asked */
    struct trail *trail;         /* NULL, or emptied by the caller between steps */
    struct arena *arena;
    struct channel_traits channel;
    struct script_pins pins;
    const struct advice *given; /* the resources that were pinned when they were given; NULL: the engine's */
    const struct advice *named; /* the industries that were pinned when they were asked for; NULL: the engine's */
    int64_t now_ms;
    struct buf state; /* encoded */
    struct script_timer timers[DIALOG_TIMERS_MAX];
    size_t timer_count;
    struct script_option options[MESSAGE_ROWS_MAX * 2]; /* of the last messages */
    size_t option_count;
    char asks[DIALOG_NAME]; /* the slot that is asked; "": nothing is open */
    enum need lacks;        /* what was asked that neither pins nor an engine know */
};

/* What came of a step. */
struct script_came {
    struct slice messages[SCRIPT_MESSAGES_MAX]; /* as script_put_message() tells them */
    size_t message_count;
    struct slice does[SCRIPT_DEEDS_MAX]; /* as script_put_effect() tells them, and "fires NAME" */
    size_t does_count;
    struct slice asks;         /* the slot that is asked; empty: nothing is open */
    bool ended;                /* the last turn ended the session */
    const struct state *state; /* after */
    unsigned asked;            /* bit (1 << need) of each that the engine was asked for, pinned or not */
};

/* Prepares a player; flows and engine outlive it. Returns ERR_NOMEM, with nothing to close. */
MUST_USE enum error script_player_open(struct script_player *player, const struct flows *flows,
                                       const struct engine *engine);

/* Frees what it holds. */
void script_player_close(struct script_player *player);

/* Begins a conversation: nobody has said anything yet. Returns ERR_NOMEM. */
MUST_USE enum error script_begin(struct script_player *player, const struct script_conversation *conversation);

/* Takes a step. Returns OK with *out; ERR_NOT_FOUND when there is no such button to press; ERR_UNAVAILABLE when
 * player->lacks is neither pinned nor to be had; ERR_NOMEM or ERR_LIMIT. */
MUST_USE enum error script_step(struct script_player *player, const struct script_step *step, struct script_came *out);

#endif
