/* The limits of sending, as one function: when is the earliest instant at which this message may go?
 *
 * Pure: time and states are arguments, the next states are results; nothing is read, kept or allocated. The states are
 * shared by all workers as short texts, so a caller does this:
 *
 *     read the channel's text and the person's; limit_mend_channel(), limit_mend_person(): true means write it first
 *     limit_admit(rules, channel, person, message, now) and, where at_ms is above now, wait until then and begin again
 *     swap the channel's text for answer.channel (compare-and-set); on a lost race begin again with the newer text
 *     write answer.person with the intent; then call the provider
 *     where answer.refund_ms is not 0: limit_refund() and swap the channel's text; never twice for one answer
 *
 * The channel goes first: a crash between the two writes then counts a message too many, never one too few.
 *
 * Bounds, all of them over closed windows:
 *   rate    GCRA: in T seconds at most rate * T + burst segments. A message of more segments than the burst goes when
 *           nothing is owed; the bound is then rate * T + the segments of the largest message
 *   pair    likewise in messages to one person: T / pair_ms + pair_burst. Source: providers.md 1.8 (131056)
 *   window  free text only until LIMIT_WINDOW_MARGIN_MS before window_ms have passed since the person last wrote
 *   tier    in any 24 hours at most daily_tier persons get a template outside their window. A person's count moves on
 *           with each such message: the newest is what the window sees. Kept in buckets of LIMIT_BUCKET_MS that are let
 *           go whole, when their end is out of the window
 *   hours   bulk goes in bulk_from_min to before bulk_to_min of the days of bulk_days, in Lima, and on no holiday
 *   cap     at most monthly_cap bulk messages a person a month of Lima, over all channels together. What meets it never
 *           goes: a notice is of the month in which it is sent, and would be no news in the next
 *   until   nothing goes at or after until_ms: what it is about is over then
 * Replies go before bulk by the caller's order: it asks for bulk (message_class()->bulk) when no reply waits. What bulk
 * has just taken holds a reply for at most its own segments' time.
 *
 * Clocks. A clock that is set forward is time that has passed, for nobody can tell the difference: it gives back at
 * most one burst. A clock that is set back opens no bound: what was booked stays booked, and waits for the clock;
 * limit_mend_*() shortens that wait to what could truly be owed. Two exceptions, told here because nothing in a state
 * tells them apart: the window stays open longer by what the clock was set back (the provider then refuses, 131047),
 * and a person written to by template while the clock was more than a day ahead may be missed by the tier when the
 * clock gets there again. The month only goes forward.
 *
 * Extreme values are clamped, and no arithmetic overflows. Failure policy: a text that cannot be read is ERR_SYNTAX and
 * changes nothing. Proved by tests/unit/test_limits.c (with a counter of another kind over each window),
 * tests/unit/test_monthly_cap.c (the cap over channels),
 * tests/unit/test_limits_text.c and tests/fuzz/fuzz_limits.c. */
#ifndef GATEWAY_LIMITS_H
#define GATEWAY_LIMITS_H

#include "base/error.h"
#include "base/slice.h"
#include "gateway/message_class.h"

#define LIMIT_NEVER INT64_MAX
#define LIMIT_TIME_MAX_MS INT64_C(253402300799999) /* the year 9999: later is taken as this, before 1970 as 1970 */
#define LIMIT_SEGMENTS_MAX 255                     /* of one message: what an SMS can have */
#define LIMIT_BURST_MAX 1000000
#define LIMIT_SEGMENT_US_MAX INT64_C(1000000000000)
#define LIMIT_DAY_MS INT64_C(86400000)
#define LIMIT_WINDOW_MARGIN_MS 30000 /* for the call's own time, and for clocks that differ */
#define LIMIT_BUCKET_MS INT64_C(900000)
#define LIMIT_BUCKETS 97        /* those that a closed window of 24 hours can touch */
#define LIMIT_AHEAD_MS 60000    /* how far a state's rate and pair may lie ahead beyond what can be owed */
#define LIMIT_CHANNEL_TEXT 2176 /* bytes of an encoded channel and its NUL, at most */
#define LIMIT_PERSON_TEXT 128   /* bytes of an encoded person and its NUL, at most */
#define LIMIT_WEEK 0x7F         /* bulk_days: all of them */

enum limit_reason {
    LIMIT_NONE,
    LIMIT_RATE,
    LIMIT_PAIR,
    LIMIT_WINDOW,
    LIMIT_TIER,
    LIMIT_QUIET,
    LIMIT_CAP,
    LIMIT_EXPIRED, /* before the deadline: who asked for an end is not to hear of a failure */
    LIMIT_DEADLINE
};
#define LIMIT_REASONS 9

struct holidays;

struct limit_rules {
    int64_t segment_us;              /* time that a segment takes at the channel's rate, rounded up; 0 no rate */
    int64_t burst;                   /* segments, from 1 */
    int64_t pair_ms;                 /* time that a message to one person takes; 0 no such limit */
    int64_t pair_burst;              /* messages, from 1 */
    int64_t window_ms;               /* service window; 0: the channel has none */
    int64_t daily_tier;              /* persons; 0 no such limit */
    int bulk_from_min;               /* minute of the day in Lima; both 0: bulk goes at any hour */
    int bulk_to_min;                 /* the first minute in which bulk no longer goes, to 1440 */
    unsigned bulk_days;              /* bits 1 << weekday, 0 Sunday; looked at with the minutes */
    const struct holidays *holidays; /* on which bulk does not go, where it has hours; NULL: none */
    int64_t monthly_cap;             /* messages; 0 no such limit */
};

struct limit_bucket {
    uint32_t number; /* of LIMIT_BUCKET_MS since 1970 */
    uint32_t count;  /* persons, from 1 */
};

/* A channel's state; all zero at first. */
struct limit_channel {
    int64_t tat_us;                             /* GCRA's theoretical arrival time, since 1970; 0 nothing owed */
    size_t bucket_count;                        /* of `buckets` */
    struct limit_bucket buckets[LIMIT_BUCKETS]; /* by number, ascending */
};

/* A person's state on one channel; all zero at first. Month and count are the person's on all channels. */
struct limit_person {
    int64_t pair_tat_us; /* as tat_us */
    int64_t month;       /* year * 12 + month - 1 in Lima; 0 none */
    int64_t month_count; /* capped messages in `month` */
    int64_t inbound_ms;  /* when the person last wrote, by limit_inbound(); 0 never */
    int64_t begun_ms;    /* the last template outside the window; 0 never */
};

struct limit_message {
    enum message_class class;
    int64_t segments; /* what it costs, from 1 to LIMIT_SEGMENTS_MAX; 1 on WhatsApp */
    bool template;    /* may go outside the window */
    int64_t due_ms;   /* when it was committed, or a timer said it: its class's deadline counts from here */
    int64_t until_ms; /* from when on it does not go; 0: there is no such time */
};

struct limit_answer {
    int64_t at_ms;                /* the earliest instant, as far as these states tell; at or before now: go;
                                   * LIMIT_NEVER: not as they are, and `reason` says why */
    enum limit_reason reason;     /* what holds it the longest; LIMIT_NONE when it may go */
    struct limit_channel channel; /* after it went; as given when it waits */
    struct limit_person person;   /* likewise */
    int64_t refund_ms;            /* for limit_refund(), once `person` is written; 0 none */
    bool template;                /* it may go, and the window is shut: as its template */
};

/* Tells when a message may go, and the states after it went. Units: now_ms since 1970. */
void limit_admit(const struct limit_rules *rules, const struct limit_channel *channel,
                 const struct limit_person *person, const struct limit_message *message, int64_t now_ms,
                 struct limit_answer *out);

/* Tells whether a person had as many capped messages as a month allows: `monthly_cap` of the rules, and `shared`, what
 * her channels share, as the encoder writes it behind the bar. What cannot be read is no cap. */
bool limit_cap_reached(int64_t monthly_cap, struct slice shared, int64_t now_ms);

/* Gives back a person's older place in the tier. Without it the tier is used more than need be, for a day. Returns
 * whether the channel changed. */
bool limit_refund(struct limit_channel *channel, int64_t refund_ms);

/* Notes that the person wrote: the provider's timestamp, but not one from the future, and the latest of them. */
void limit_inbound(struct limit_person *person, int64_t provider_ms, int64_t now_ms);

/* Cuts what lies farther ahead of the clock than can be owed, after the clock was set back. Returns whether it
 * changed: write it then, also if nothing is sent. */
bool limit_mend_channel(const struct limit_rules *rules, struct limit_channel *channel, int64_t now_ms);
bool limit_mend_person(const struct limit_rules *rules, struct limit_person *person, int64_t now_ms);

/* Writes a state as text: "c1 TAT BUCKET:COUNT …", "p1 PAIR INBOUND BEGUN|MONTH COUNT": before the bar
 * what is of the channel, "" when all is zero, and behind it what the person's channels share, left out likewise. The
 * text of a state that limit_admit() gave can be read back. Returns its bytes, without the NUL. */
size_t limit_channel_encode(const struct limit_channel *channel, char out[LIMIT_CHANNEL_TEXT]);
size_t limit_person_encode(const struct limit_person *person, char out[LIMIT_PERSON_TEXT]);

/* Reads a state's text; the empty text is a new state. Returns OK, or ERR_SYNTAX for anything but what the encoder
 * writes, with *out unchanged. */
MUST_USE enum error limit_channel_decode(struct slice text, struct limit_channel *out);
MUST_USE enum error limit_person_decode(struct slice text, struct limit_person *out);

/* Gives a reason's word for metrics and logs: "rate", "quiet" … Never NULL. */
const char *limit_reason_name(enum limit_reason reason);

#endif
