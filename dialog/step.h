/* One step under way: what its parts share.
 *
 * Internal to dialog/step*.c. The first failure sticks in `error`, and what follows it does nothing of consequence:
 * the caller throws the outcome away. Every function that says, learns or forgets does so by an effect and in the
 * state at once. Proved by tests/unit/test_step.c and the conversations of tests/replay/. */
#ifndef DIALOG_STEP_H
#define DIALOG_STEP_H

#include "dialog/edges.h"
#include "dialog/flow.h"
#include "dialog/lexer.h"
#include "dialog/pattern.h"

/* States entered in one step: load_check() proves that no flow goes round. */
#define STEP_MOVES_MAX (2 * FLOW_STATES_MAX)

/* What a message of the person's is to the count of those in a row that are not understood. */
enum heed {
    HEED_UNDERSTOOD, /* the count begins anew */
    HEED_NEITHER,    /* it stands: a greeting, a dial, another page, an answer that is asked back, words for staff */
    HEED_MISREAD     /* nothing could be made of it: it was counted */
};

struct step_words {
    struct said said; /* lexed is NULL until somebody asks */
    struct glance glance;
    struct lexed lexed;
};

/* What is on offer at a question. */
struct offer {
    const struct flow_state *at; /* NULL until somebody asks */
    struct message_option options[MESSAGE_ROWS_MAX];
    size_t count;
};

struct step {
    const struct flow *flow;
    const struct event *event;
    enum channel_kind channel;
    const struct advice *advice; /* NULL but right after a need */
    int *at;                     /* the state that waited when somebody asked last: step_at() looks there first */
    struct step_words *words;    /* the event's, cut into tokens at most once: step_said() */
    struct offer *offer;         /* of the open question, while it is being answered: found out at most once */
    int64_t now_ms;
    struct arena *arena;
    struct outcome *out;
    size_t effect_room;              /* effects that out->effects has room for; grows */
    struct state *state;             /* changed in place */
    struct trail *trail;             /* NULL: nobody asks what was taken */
    const struct reminder *reminder; /* NULL: the state's resources are as they are */
    int64_t heard_ms;                /* when she last wrote, or was asked, before this event; 0 never */
    unsigned moves;
    bool resumed;      /* the person comes back after a silence to an open question */
    bool switched;     /* ... on another channel than before */
    bool paused;       /* ... after so long that a dial is asked whether to go on */
    bool aside;        /* what is answered belongs to a command: who sets a fact right is not told it again */
    enum heed heed;    /* what the event is, as far as it was read */
    bool moved;        /* the version that goes on asks another question than was answered: ask first */
    bool listens;      /* USSD: what was said needs words of the person, though no question is open */
    bool begun;        /* a session began in this step: it does not begin twice */
    bool lost;         /* the conversation is handed over because messages were not understood */
    bool told_nothing; /* the words that are being answered with were read, and tell of no other question */
    enum error error;
};

/* Finds the flow that the session goes on with, and brings the state to it: the version that it began with, the newest
 * where a migration is declared, where the old one is gone and between sessions. Returns false without any flow. */
bool step_find_flow(struct step *step, const struct flows *flows);

/* Notes an edge from a state of the flow, or of the flow (NULL), where somebody asks for it. */
void step_note(const struct step *step, enum edge_kind kind, const struct flow_state *from, unsigned index);

/* Gives the event's text, cut into tokens. */
const struct said *step_said(const struct step *step);

/* Adds an effect, zeroed but for its kind and the places of options, of which it has none yet. Returns NULL with
 * `error` set when there is no room. */
struct effect *step_effect(struct step *step, enum effect_kind kind);

/* Copies bytes for the outcome; an empty slice with `error` set without memory. */
struct slice step_copy(struct step *step, struct slice s);

/* Gives a wording with everything filled in; empty with `error` set when that fails. */
struct slice step_worded(struct step *step, const struct wording *wording, enum channel_kind channel);

/* Has at hand what is told of resources next (wording.tells, part_tells()). */
void step_remind(struct step *step, unsigned told);

/* Says a text or one of the flow's phrases; a text of which no line is left says nothing. */
void step_say(struct step *step, const struct text *text);
void step_phrase(struct step *step, enum phrase phrase);

/* Learns or takes back a fact: in the state, and outside unless the slot is transient. */
void step_learn(struct step *step, unsigned slot, struct slice value, struct slice raw, double confidence);
void step_forget(struct step *step, unsigned slot);

/* Takes back the fact of a slot that need not be one of this flow's. */
void step_drop_fact(struct step *step, struct slice slot);

/* Gives the state that waits for an answer, or NULL between sessions. */
const struct flow_state *step_at(const struct step *step);

/* Goes to a state (or TO_RESUME) and on from there until one waits, ends, or needs the engine. */
void step_go(struct step *step, int to);

/* Goes on behind a need with the advice that came. */
void step_go_on(struct step *step);

/* Takes a transition's consequences and goes where it leads. */
void step_take(struct step *step, const struct transition *way);

/* Takes the first of the state's transitions whose guard holds. */
void step_leave(struct step *step, const struct flow_state *from);

/* Waits at a state, asking its question from the start. */
void step_ask(struct step *step, int index);

/* Asks the open question again as it stands, a doubt too; without one, begins or ends. */
void step_ask_again(struct step *step);

/* Greets who comes back after a silence or on another channel, and asks again; on another channel and after a dial
 * what led to the question is said too. */
void step_come_back(struct step *step);

/* Asks with another text in place of the question's own, with the same options. */
void step_ask_with(struct step *step, const struct flow_state *at, const struct text *text);

/* Ends the session. */
void step_end(struct step *step);

/* Forgets where the conversation stands, not what was learned. */
void step_close(struct step *step);

/* Begins a session: a first contact at the flow's start, somebody known at its return; but one whose question is gone
 * goes on from the start, over what is known. */
void step_begin(struct step *step);

/* Gives the options on offer at a state, as message options (ids "STATE:VALUE"). Returns their number. */
size_t step_options(struct step *step, const struct flow_state *at, struct message_option *out);

/* Tells whether the words are exactly the title of an option on offer: then they are that, even where they could be a
 * command ("seguir"). */
bool step_names_option(struct step *step);

/* Tells whether the words say what one of the forms says. */
bool step_says(const struct step *step, struct forms forms);

/* Goes where a keyword leads that the words are. Returns false when they are none. */
bool step_keyword(struct step *step);

/* Likewise, of words that are no answer whatever is asked: they are about a training. Or goes where `wish` is wished of
 * one, whatever the words. */
bool step_wish(struct step *step, struct slice wish);

/* Takes the event as the answer to the open question. */
void step_answer(struct step *step);

/* Asks back what the answer's words tell beside it. Returns false, with nothing asked, when they tell nothing. */
bool step_ask_heard(struct step *step, const struct flow_state *at, struct slice value, struct slice raw);

/* Asks back what words tell that are no answer to the open question; with the doubt's value empty. Returns false, with
 * nothing asked, when they tell nothing. */
bool step_ask_told(struct step *step, const struct flow_state *at);

/* Keeps beside the open doubt what such words tell, to be asked back with the doubt's end. Returns false for nothing.
 */
bool step_keep_told(struct step *step, const struct flow_state *at);

/* Asks back what is kept beside a doubt that comes to nothing. Returns false for nothing. */
bool step_ask_kept(struct step *step, const struct flow_state *at);

/* Tells whether the open doubt is of words that were said for another question. */
bool step_is_recalled(const struct step *step);

/* Tells whether the words of an answer that is asked back, or was and is denied, tell something beside it that is
 * still to be asked back. Not those that were said for another question: they have been. */
bool step_keeps_told(const struct step *step, const struct flow_state *at);

/* Forgets a doubtful value; what its words tell beside it stays, and is asked back with the next answer. */
void step_drop_doubt(struct step *step, const struct flow_state *at);

/* Makes a doubt of what words of before tell of the question, which is not asked yet. Returns false when they do
 * not. */
bool step_recall(struct step *step, const struct flow_state *at);

/* Notes, where a slot that is learned keeps words of before, whether those are known to tell of no other question. */
void step_note_words(struct step *step, unsigned slot);

/* Takes the event's words as setting right what waits to be confirmed. Returns false when they change nothing of it. */
bool step_correct_heard(struct step *step, const struct flow_state *at);

/* Learns what waits to be confirmed, the answer itself apart. */
void step_learn_heard(struct step *step, const struct flow_state *at);

/* Asks the open question with its next retry text, as after an answer that was not understood. */
void step_explain(struct step *step);

/* Sets what timers this turn's end calls for, and takes back those whose question is no longer open. */
void step_keep_timers(struct step *step);

/* Sets the timers that count from a state that is lived, by its index. */
void step_set_timers(struct step *step, int from);

/* Takes back every timer that is set. */
void step_drop_timers(struct step *step);

/* Takes back the timers that count from this: a state, FROM_ANSWER or FROM_TICKET. */
void step_drop_timers_from(struct step *step, int from);

/* Tells whether the flow is silent because a person of the staff is to answer. */
bool step_is_held(const struct step *step);

/* Notes a message that is for staff; on USSD, whose screen must have words, says so. */
void step_wait_for_staff(struct step *step);

/* Waits for staff, with the open question below: opens the ticket, unless one is open; or (step_hold()) as before. */
void step_hand_over(struct step *step);
void step_hold(struct step *step);

/* Counts a message of which nothing could be made. */
void step_count_misread(struct step *step);

/* Hands the conversation over where this message, before which so many were counted, was the last that is allowed in a
 * row. Returns whether it was. */
bool step_lose(struct step *step, unsigned before);

/* Counts it, and hands over likewise. */
bool step_misread(struct step *step);

/* Goes on where the flow stood, with the ticket still open. */
void step_go_on_without_staff(struct step *step);

/* Closes the ticket, if one is open; `who` of the staff, empty for the person. */
void step_close_ticket(struct step *step, struct slice who);

/* Does what staff did. */
void step_staff(struct step *step);

/* Names the template that says what a timer has just said, on WhatsApp, where it has one. */
void step_name_template(struct step *step);

/* Tells whether a firing is of a timer that is not set, or is set for another instant. */
bool step_timer_stale(const struct state *state, const struct event *event);

/* Does what the timer that fires is for. */
void step_timer(struct step *step);

/* Answers a command (a word of TYPE_COMMAND). Returns false for a word that is none. */
bool step_command(struct step *step, struct slice command);

#endif
