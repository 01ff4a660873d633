/* USSD sessions: what is new in a hop, and the id by which a repeat of it is known.
 *
 * Gateways give a hop no id, and speak of its input in one of two ways. Africa's Talking sends all of the session's
 * input, joined with "*": "", "1", "1*2". The last piece alone cannot tell a repeated request from a second "1", and an
 * input may hold "*" itself, so what is new is what stands behind the text that was kept from the session's last turn.
 * Infobip sends the last input only (event.last_input), and then the history is our own: each input is added to what
 * was kept. In both a hop's id is the session and a digest of the number and the whole history, so that two
 * workers, or the same request twice, name one hop alike.
 *
 * With the last input only, one thing cannot be known: whether "1" and again "1" is a person who pressed 1 on two
 * screens, or one request that came twice. Within USSD_REPEAT_MS it counts as a repeat, and the recorded screen is
 * shown again; later it counts as a new input. A person who answers two screens alike faster than that is shown the
 * second screen twice and answers again; a repeat that comes later is taken for an input. Of two sessions of one person
 * only the latest is kept: an input of another session begins anew, from the open question, and is never guessed at;
 * where it has the history of a hop answered before in that session, it is shown that hop's screen again. After BORRAR
 * nothing is kept, so a repeat of it begins anew too.
 *
 * Must not know: how anything is stored. Pure: time is an argument. Failure policy: ERR_NOMEM leaves the output alone.
 * Source: providers.md parts 3.4 and 6.5. Proved by tests/unit/test_ussd_session.c, tests/unit/test_adapter_ussd.c,
 * tests/unit/test_turn.c and tests/fuzz/fuzz_ussd.c. */
#ifndef ADAPTERS_USSD_H
#define ADAPTERS_USSD_H

#include "base/arena.h"
#include "base/buf.h"
#include "base/error.h"
#include "dialog/event.h"
#include "dialog/message.h"

#define USSD_REPEAT_MS 2000  /* an identical last input within this is the same request; Source: providers.md part 6.5 \
                              */
#define USSD_HISTORY_MAX 512 /* bytes of our own history: what would be longer is folded into its digest */

enum ussd_input {
    USSD_SAME,    /* the request came again: show the stored screen, change nothing */
    USSD_NEW,     /* the person answered: *input is the answer, which may be empty and may hold "*" */
    USSD_DIVERGED /* not a continuation of what was stored: never guess, begin anew */
};

/* Finds what is new in `now`, given the text `stored` of the same session's last turn. *input is a part of
 * `now`, and empty unless USSD_NEW. */
enum ussd_input ussd_new_input(struct slice stored, struct slice now, struct slice *input);

enum ussd_hop_kind {
    USSD_BEGIN, /* a session's first hop, or one that continues nothing that is kept */
    USSD_INPUT, /* the person answered the screen that was shown last */
    USSD_REPEAT /* the last hop again: what was recorded under `id` is the answer */
};

struct ussd_hop {
    enum ussd_hop_kind kind;
    struct slice input; /* BEGIN: what was dialled with the code, often empty; INPUT: the answer; REPEAT: empty */
    struct slice id;    /* by which this hop's answer is recorded, the same on each repeat */
    struct slice kept;  /* to be stored as the session's text beside its id; means something to ussd_place() alone */
};

/* Places a hop (BEGIN or TEXT) in its session, given the contact's last session and its text as they are stored, both
 * empty for none. Call it after a load, and again over what a conflict gives back; commit under hop->id, with
 * event->session and hop->kept. A REPEAT whose id is not the one that the load asked about is to be looked up by its
 * own id; where nothing is recorded there, take it as an empty input. Returns OK, or ERR_NOMEM. Units: milliseconds.
 * Owner: slices of *hop lie in the arena, or are the event's or the stored ones. */
MUST_USE enum error ussd_place(struct slice stored_session, struct slice stored_text, const struct event *event,
                               int64_t now_ms, struct arena *arena, struct ussd_hop *hop);

/* Writes the id of a session's hop from the number and the whole history. The number is in it because what was answered
 * is kept under the id: a network that gives a session's name out twice must not show one person's screen to another.
 * Returns OK or ERR_NOMEM. */
MUST_USE enum error ussd_hop_id(struct slice session, struct slice from, struct slice history, struct arena *arena,
                                struct slice *out);

/* Tells whether text is a code that people dial: "*384*1#", or without the final "#". */
bool ussd_is_code(const char *value);

/* Tells whether two codes are one, whether written with the final "#" or without. */
bool ussd_same_code(struct slice a, struct slice b);

/* Appends messages as one screen, a line end between them, in GSM 7-bit characters only: what has a plain form takes
 * it, whatever else no phone could show becomes "?". Errors stay in the buffer. */
void ussd_put_screen(struct buf *out, const struct message *messages, size_t count);

#endif
