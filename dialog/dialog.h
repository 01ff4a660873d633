/* The conversation: (flow, state, event) -> (state, effects), and its words on a channel.
 *
 * Pure: equal inputs give equal bytes. No clock, no random, no I/O, no globals, and the step allocates only from the
 * arena it is given. The state is a value of fixed size; what the person must read is in effects, rendered for one
 * channel. Must not know: providers, Redis, models.
 * Failure policy: a person always gets an answer. ERR_NOMEM and ERR_LIMIT are for the caller (the turn fails, nothing
 * is committed). Proved by tests/unit/test_step.c, test_step_timer.c, test_step_memory.c, test_render.c and the
 * conversations of tests/replay/ (test_script.c). */
#ifndef DIALOG_DIALOG_H
#define DIALOG_DIALOG_H

#include "base/arena.h"
#include "base/buf.h"
#include "base/error.h"
#include "base/sms_policy.h"
#include "dialog/advice.h"
#include "dialog/event.h"
#include "dialog/message.h"
#include "dialog/recognise.h"

#define DIALOG_SLOTS_MAX 32
#define DIALOG_WHO 33            /* bytes of the name of somebody of the staff, and its NUL */
#define DIALOG_NAME 32           /* bytes of a name (slot, state, flow) and its NUL */
#define DIALOG_ACTIVITY 301      /* bytes of the activity kept in the state and its NUL */
#define DIALOG_PENDING 2048      /* bytes of USSD pages that wait and their NUL */
#define DIALOG_STATE_BYTES 20480 /* the longest encoding of a state; a usual one has 100 to 900 */
#define DIALOG_EFFECTS_MAX 64
#define DIALOG_SHOWN_MAX 12  /* resources shown to a person that are remembered: four answers */
#define DIALOG_TIMERS_MAX 4  /* of one flow, and of one person */
#define DIALOG_MISREAD_MAX 3 /* in a row: with the third the conversation is handed over to staff */

struct flows;
struct tongue;
struct trail;

struct fact {
    char slot[DIALOG_NAME];      /* "" none */
    char value[DIALOG_ACTIVITY]; /* canonical (DESIGN 1.4); for activity the words themselves */
    double confidence;           /* 0 to 1 */
    bool staffs; /* somebody of the staff set it right, surely: what the engine finds does not replace it */
};

/* A timer as the person's state knows it. The gateway keeps the instants too, and fires them. */
struct timer {
    char name[DIALOG_NAME];
    int64_t due_ms;          /* when it fires; 0: it is not set, and the entry only remembers `spent` */
    char spent[DIALOG_NAME]; /* the state that it went for already, and does not go for again; "" none */
};

/* A person who is answered by people. */
struct ticket {
    int64_t opened_ms;      /* 0: there is none, and nothing below means anything */
    int64_t waits_ms;       /* the first message of the person's that no person has answered; 0: none waits */
    unsigned waiting;       /* how many there are */
    bool holds;             /* the flow is silent, and its question waits below */
    bool lost;              /* nobody asked for it: nothing could be made of three messages in a row */
    char taken[DIALOG_WHO]; /* who of the staff takes care of it; "" nobody yet */
};

/* Entries at a list's start that say what they said when the state was read, and where their bytes lie in the
 * encoding that it was read from: state_encode_over() takes them from there. */
struct state_kept {
    uint16_t count, from, len;
};

/* What a list has is told by its count, a text ends at its NUL, and what lies behind is anything: states are compared
 * by their encodings. What is large and mostly empty comes last, so that a fresh state costs little. */
struct state {
    char flow[DIALOG_NAME];    /* "" for a contact never seen */
    char version[DIALOG_NAME]; /* of the flow that the session began with */
    char at[DIALOG_NAME];      /* the state that waits for an answer; "" between sessions */
    char below[DIALOG_NAME];   /* the question left open while a command (MENU, BORRAR, ...) has its own, or when a
                                  silence ended the session; "" none */
    char lang[8];              /* "es": what is spoken; "" until the first step */
    unsigned tries;            /* wrong answers in a row to the question at `at` */
    unsigned misread; /* messages in a row of which nothing could be made; DIALOG_MISREAD_MAX: staff were asked because
                         of that, and are not once more for the same question */
    struct ticket ticket;
    int64_t last_ms;  /* the person's last message; 0 never */
    int64_t asked_ms; /* when a timer asked the open question, with no word of the person's since; 0 none did */
    enum channel_kind last_channel;
    bool opted_out;              /* BAJA: nothing but its confirmation goes out until ALTA */
    bool pending_ends;           /* USSD: whether the last page ends the session */
    bool told_nothing;           /* the words that a question with `hears` was answered with are known to tell of no
                                    other question: they need not be read again for each */
    bool reminded;               /* the resources' texts are what the engine says in this turn: not in the encoding */
    uint16_t page_from, page_to; /* USSD: of `pending`, the bytes that the screen shows; what is behind waits */
    size_t history_count, fact_count, resource_count, shown_count, label_count, timer_count;
    struct state_kept kept_history, kept_facts;
    struct state_kept kept_advice;       /* one entry: labels, resources and those shown */
    struct fact doubt;                   /* an answer to `at` that is being asked back; slot "" none */
    char doubt_raw[DIALOG_ACTIVITY];     /* the words of that answer */
    char pending[DIALOG_PENDING];        /* USSD: all of a text that takes several pages; "" none */
    char history[16][DIALOG_NAME];       /* questions answered or given up, latest last, for ATRAS */
    struct fact facts[DIALOG_SLOTS_MAX]; /* in the order learned */
    struct advice_resource resources[ADVICE_RESOURCES_MAX]; /* the last three, for details on request. The encoding has
                                                                only their numbers (the last of `shown`) and why: a
                                                                reminder gives ids and texts, none of what is gone */
    uint16_t shown[DIALOG_SHOWN_MAX];              /* the resources of the last answers, latest last, by the low bits of
                                                      slice_hash() of their ids: so that the same are not given again */
    struct advice_label labels[ADVICE_LABELS_MAX]; /* industries on offer */
    struct timer timers[DIALOG_TIMERS_MAX];        /* set or spent */
};

enum effect_kind {
    EFFECT_SAY,     /* tell the person `text` (already substituted), with `options` to choose from */
    EFFECT_FACT,    /* a fact was learned: slot, value, raw, confidence */
    EFFECT_FORGET,  /* a fact was taken back: slot */
    EFFECT_CONSENT, /* consent `slot` (purpose) became `value` (yes, no, or pending: a first yes): append to the
                       consent log with `raw`, the question asked; the person's words where BAJA took it back */
    EFFECT_OPT_OUT, /* stop sending: drop what is queued */
    EFFECT_OPT_IN,
    EFFECT_ERASE,    /* the person asked that everything be deleted: after the reply is recorded, forget the contact */
    EFFECT_REQUEST,  /* staff must act: `slot` is information, mydata or rectify */
    EFFECT_END,      /* the session is over */
    EFFECT_FOLLOW,   /* send `value` by SMS, beside what the turn says: only where event.follows */
    EFFECT_TICKET,   /* the ticket opened at `due_ms` is another: `slot` says what came (open, waits, take, answer,
                        close),  `value` who did it, empty for the person; the state tells what it is now */
    EFFECT_TRAINING, /* she signs up for a training, leaves it, or is there: `slot` is join, leave or came, `value`
                        the training's id where a button named it, `raw` her words, which may name it */
    EFFECT_TIMER     /* fire the timer `slot` at `due_ms`, in place of an earlier one of that name; 0: take it back. One
                        that fires is gone unless its own step sets it again. At ERASE and OPT_OUT each is taken back */
};

/* Which page of a text a USSD screen shows. */
enum page_turn { PAGE_FIRST, PAGE_NEXT, PAGE_BACK };

struct effect {
    enum effect_kind kind;
    enum page_turn page; /* SAY: not the first: `text` is state->pending */
    struct slice text;   /* SAY: as the flow has it for the channel */
    size_t option_count;
    bool letters;                  /* SAY: in text the options are marked A, B, ... instead of 1, 2, ... */
    struct slice list_button;      /* SAY with more than three options */
    struct slice slot, value, raw; /* as the kind says */
    double confidence;
    int64_t due_ms;                                  /* TIMER: an instant; 0 takes it back */
    const struct message_template *template;         /* SAY of a timer on WhatsApp, the turn's last; NULL: none */
    struct message_option options[MESSAGE_ROWS_MAX]; /* SAY: what is behind their count is anything */
};

struct flow;

struct outcome {
    const struct flow *flow; /* that the person is in now; NULL where nobody looked */
    struct effect *effects;  /* in the arena, in order; NULL when none */
    size_t effect_count;
    enum need need; /* not NEED_NOTHING: ask the engine, then step again with the advice; effects so far are kept by the
                       caller */
    struct slice need_text; /* NEED_INDUSTRY: the words */
    struct slice awaiting;  /* the slot that is asked now; empty when none */
    bool ended;
};

/* Makes flows of which there is none yet; NULL without memory. */
struct flows *flows_new(void);

/* Switches a language on, with its file's bytes (dialog/tongue.h): before any flow is added. The first is spoken to
 * who has not chosen. Where none is, flows speak the languages that they name themselves. A flow's words in it are in
 * its files, or in translations (`language`), which are added before the flow. Returns as flows_add() does. */
MUST_USE enum error flows_add_language(struct flows *flows, const char *key, const char *file, struct slice yaml,
                                       struct faults *faults);

/* Switches on the Spanish that is built in. */
MUST_USE enum error flows_add_spanish(struct flows *flows);

/* Reads and checks flow files' bytes: call once a file, then flows_finish(). Faults name file, line, column and remedy.
 * Returns ERR_VALUE when any fault was found. Files that make one program together (`uses`, `part_of`) are read whole
 * by flows_link(), which flows_finish() calls for those since the last: call it behind each folder of a program. */
MUST_USE enum error flows_add(struct flows *flows, const char *file, struct slice yaml, struct faults *faults);
MUST_USE enum error flows_link(struct flows *flows, struct faults *faults);
MUST_USE enum error flows_finish(struct flows *flows, struct faults *faults);
void flows_free(struct flows *flows);

struct languages;

/* Has answers understood by these languages, which must outlive the flows. */
void flows_speak(struct flows *flows, const struct languages *languages);

/* USSD: tells whether pages wait behind the screen. */
bool state_has_more_pages(const struct state *state);

/* Makes the state of a contact never seen. */
void state_init(struct state *state);

/* Appends the state's versioned encoding, at most DIALOG_STATE_BYTES; equal states give equal bytes. Failure sticks in
 * out->error. */
void state_encode(const struct state *state, struct buf *out);

/* As state_encode(), of a state that state_decode() read from `before` and that was changed by what dialog/ has for it:
 * what is unchanged is copied from there. */
void state_encode_over(const struct state *state, struct slice before, struct buf *out);

/* Reads an encoding. Returns ERR_SYNTAX, with *out a fresh state, for anything else. */
MUST_USE enum error state_decode(struct slice bytes, struct state *out);

/* Gives the value of a fact, or an empty slice. */
struct slice state_fact(const struct state *state, const char *slot);

/* The bit of a resource's id (0), text (1), reason (2) or contact (3). */
#define TELLS(resource, what) (1u << (4 * (resource) + (what)))
#define TELLS_RESOURCES ((1u << 4 * ADVICE_RESOURCES_MAX) - 1)

/* The bit of a label's name. */
#define TELLS_NAME(label) (1u << (4 * ADVICE_RESOURCES_MAX + (label)))
#define TELLS_NAMES (((1u << ADVICE_LABELS_MAX) - 1) << 4 * ADVICE_RESOURCES_MAX)

/* Gives the texts of what the engine found in a turn before, for the step that says them again. */
struct reminder {
    /* Fills in ids and texts of state->resources, and names of state->labels, as far as there are any and `told` speaks
     * of them (state_remind()): the bits (wording.tells) of what is said now. Returns OK, or what the step ends
     * with. */
    enum error (*remind)(void *ctx, struct state *state, unsigned told);
    void *ctx;
};

/* Takes one step, which changes *state in place: it is large, and most of it stays as it was. `event` is what the
 * person did on a channel of kind `channel`, and must not lie in the state; `advice` is NULL at first, and what the
 * engine said when the step before (same event, the state as that step left it) returned a need. `now_ms` is the
 * instant of the event. Returns OK with *out (slices in the arena), ERR_NOMEM or ERR_LIMIT: then the state is of no
 * use any more.
 * A timer is fired on the channel whose turn set it; on USSD it cannot speak. One that is not set, or was due at
 * another instant (a stale firing, a repeated one), changes nothing and has no effect. */
MUST_USE enum error dialog_step(const struct flows *flows, struct state *state, const struct event *event,
                                enum channel_kind channel, const struct advice *advice, int64_t now_ms,
                                struct arena *arena, struct outcome *out);

/* Who goes along with a step. */
struct step_company {
    const struct reminder *reminder; /* NULL: of resources is said what the state has */
    struct trail *trail;             /* notes the flow's edges that are taken (dialog/edges.h); NULL: nobody asks */
};

/* As dialog_step(), in company. */
MUST_USE enum error dialog_step_along(const struct flows *flows, struct state *state, const struct event *event,
                                      enum channel_kind channel, const struct advice *advice, int64_t now_ms,
                                      struct arena *arena, const struct step_company *company, struct outcome *out);

/* Reads what staff say that a fact is: a value as the slot has it, or words that are surely one. Returns OK with *out;
 * ERR_NOT_FOUND for what is no fact of the flow, ERR_REFUSED for a consent, which is the person's alone, ERR_VALUE for
 * what the slot cannot be. */
MUST_USE enum error dialog_read_fact(const struct flow *flow, struct slice slot, struct slice words, int64_t now_ms,
                                     char out[DIALOG_ACTIVITY]);

/* What a channel can show. */
struct channel_traits {
    enum channel_kind kind;
    bool interactive;  /* buttons and lists */
    size_t page_units; /* USSD: septets of a page, USSD_SEPTETS_MAX unless the operator takes less; 0 elsewhere */
    bool follows;      /* USSD: what is said can follow by SMS; not looked at here, an event tells it too */
    const struct tongue *tongue; /* USSD: how pages are turned; NULL: as in Spanish */
    struct sms_policy sms;       /* SMS: how texts are written, and how long one message may be */
};

/* Turns the SAY effects of a finished turn into messages for a channel: numbered options where there are no buttons,
 * text for SMS as its policy writes it (plain: GSM-7 throughout), one page for USSD with the whole kept in
 * state->pending ("98 Más" turns to the next, "0 Atrás" to the one before). Returns OK with *out in the arena (may be
 * none), ERR_NOMEM or ERR_LIMIT. */
MUST_USE enum error dialog_render(const struct effect *effects, size_t effect_count,
                                  const struct channel_traits *traits, bool ended, struct state *state,
                                  struct arena *arena, struct message **out, size_t *out_count);

/* Makes of the FOLLOW effects the messages that go by SMS. Returns as dialog_render() does. */
MUST_USE enum error dialog_render_follow(const struct effect *effects, size_t effect_count,
                                         const struct sms_policy *sms, struct arena *arena, struct message **out,
                                         size_t *out_count);

#endif
