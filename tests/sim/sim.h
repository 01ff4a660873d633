/* The simulation: the real turn, outbox, shards, timers, pace and receipts of two workers under a virtual clock, over
 * one store in memory that is reached by a bad network, with hostile providers and people who write. One seed gives one
 * run, and says which of the worlds (SIM_…) it is in.
 *
 * sim_loop.c has the clock, chance and alarms; sim_store.c the network to the store; sim_provider.c the providers;
 * sim_people.c who writes, and webhooks; sim_ussd.c who dials; sim_trouble.c crashes, outages, processes that stand
 * still, drains, steps of the clock; sim_check.c and sim_books.c what must always hold; sim.c a run; sim_baja.c BAJA
 * and ALTA against a model, without a network. All files are included into one program (tests/tools/sim.c,
 * tests/unit/test_sim.c). */
#ifndef TESTS_SIM_H
#define TESTS_SIM_H

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/mem.h"
#include "gateway/log.h"
#include "gateway/outbox_entry.h"
#include "gateway/outgoing.h"
#include "gateway/receipt.h"
#include "gateway/store_memory_parts.h"
#include "gateway/world.h"

#define SIM_WORKERS 2
#define SIM_PEOPLE 8
/* "sms" by Twilio, answered in the webhook's answer; "wa" by WhatsApp's cloud; USSD by Africa's Talking and Infobip */
enum { SIM_SMS, SIM_WA, SIM_USSD, SIM_USSD_LAST, SIM_CHANNELS };
#define SIM_BEGIN_MS 1795435200000
#define SIM_RATE_MS 1000 /* a segment of SMS takes so long, and so many may go at once: */
#define SIM_BURST 5
#define SIM_COMMITS_MAX 16384 /* of a run */
#define SIM_SHORT_MS 5000     /* a wait above this is the world's: it is skipped to, not put off */
#define SIM_STEPS_MAX 8       /* of the wall clock, remembered */

/* What a run's world has beside crashes, short outages and bad providers. */
enum {
    SIM_PAUSES = 1,    /* processes stand still, often for longer than their leases */
    SIM_STEPS = 2,     /* the wall clock jumps */
    SIM_DRAINS = 4,    /* workers are told to finish and leave */
    SIM_OUTAGES = 8,   /* the store is away for longer than a lease */
    SIM_DIALS = 32,    /* people use USSD */
    SIM_CAMPAIGNS = 16 /* as many notices at once as the rate needs minutes for */
};

struct sim;

typedef void sim_act(struct sim *sim, void *ctx);

/* What is to happen. Machine time stands still while the world's is skipped (sim_skip()). */
struct sim_event {
    int64_t at_ms;
    uint64_t order;
    bool machine;
    sim_act *act;
    void *ctx;
};

struct sim_loop {
    struct loop head;
    struct sim *sim;
    struct sim_worker *worker; /* NULL: the store's */
};

struct sim_call; /* to the store */
struct sim_hook; /* a webhook that a worker has */

struct sim_worker {
    struct sim *sim;
    unsigned number;
    bool up, drains;
    uint64_t life; /* rises with each start */
    char word[STORE_OWNER_MAX];
    int64_t paused_until_ms; /* until then nothing of it moves */
    int64_t well_since_ms;   /* steady: since then it could have done all that is asked of it */
    struct sim_loop loop;
    struct store store; /* the network's end */
    struct sim_call *calls, **calls_end;
    int64_t reach_ms, heard_ms; /* the connection keeps its order */
    int64_t stuck_until_ms;     /* what it sent while it stood still, and the store was away */
    bool cut;                   /* no connection */
    struct turns turns;
    struct outgoing *outgoing;
    struct sim_hook *hooks;
};

/* What the check knows of an outbox entry. */
struct sim_message {
    struct sim_message *next;
    unsigned shard, channel;
    enum store_stream stream;
    char id[STORE_ID_MAX];
    enum message_class class;
    char to[32];
    unsigned cost; /* segments */
    unsigned accepted;
    bool doubted;
    char open_by[STORE_OWNER_MAX]; /* who had leave and told no end; "" nobody */
    uint64_t open_token;           /* under which lease */
    uint64_t asked[SIM_WORKERS];   /* in which life each asked for leave */
    bool called_anew;              /* a second process had leave, by the channel's policy */
    unsigned state;
    enum memory_delivery delivery;
};

/* What a person wrote, once. */
struct sim_inbound {
    struct sim_inbound *next;
    unsigned person, channel;
    char id[64]; /* "channel:provider's id" */
    char reply[4096];
    bool accepted, has_reply;
    struct sim_dial *dial;  /* USSD: whose hop it is */
    unsigned commits, open; /* copies that are not accepted yet */
    bool forgotten; /* the person was erased between a hop's copies, and with it what told them for one */
};

/* The books' lease of a shard. */
struct sim_lease {
    char holder[STORE_OWNER_MAX];
    uint64_t token, heard; /* heard: what its holder knows to give back */
    int64_t until_ms;      /* steady */
    int64_t free_since_ms; /* likewise; while nobody holds it */
};

/* The books' timer: of whom, named how, for when. */
struct sim_timer {
    struct sim_timer *next;
    unsigned person;
    char name[32];
    int64_t due_ms;
    enum { TIMER_SET, TIMER_DROPPED, TIMER_FIRED } state;
};

struct sim_figures {
    uint64_t inbound, repeats, hooks, sends, accepted, crashes, outages, lost, doubts, receipts, timers, notices,
        pauses, drains, jumps, refusals, hops, steps;
};

struct sim {
    uint64_t seed, chance, order, digest;
    unsigned worlds;
    int64_t now_ms, steady_ms, end_ms; /* now_ms is the world's time, which never steps */
    int64_t ahead_ms;                  /* what the machine's wall clock is before it */
    int64_t moved_ms;                  /* when a message last made a step */
    struct {
        int64_t at_ms, wall_ms;
    } set_back[SIM_STEPS_MAX]; /* when, and what the wall clock had been */
    size_t set_back_count;
    int64_t busy_since_ms, stood_at_ms; /* for sim_check_pace() */
    uint64_t stood;
    struct sim_event *heap;
    size_t heap_count, heap_room;
    bool over; /* what is left is let go of */
    bool calm; /* no more mischief: what is under way comes to its end */
    bool store_away, trace;
    struct store *memory;
    struct sim_loop clock; /* the store's */
    struct sim_worker workers[SIM_WORKERS];
    struct channel channels[SIM_CHANNELS];
    struct limit_rules rules[SIM_CHANNELS];
    bool resend[SIM_CHANNELS];
    const struct mind *mind;
    struct sim_message *messages[SHARDS];
    struct sim_message *latest[SHARDS][STORE_STREAMS];
    struct sim_inbound *inbounds;
    struct sim_dial *dials;
    char sessions[SIM_PEOPLE][24]; /* the last USSD session that was committed */
    size_t people_out;
    bool opted_out[SIM_PEOPLE];
    uint64_t versions[SIM_PEOPLE];
    struct sim_message *last_accepted[SIM_PEOPLE][SIM_CHANNELS][STORE_STREAMS];
    struct sim_lease leases[SHARDS];
    struct sim_timer *timers;
    struct {
        const void *timer;
        int64_t due_ms, since_ms;
    } due[SHARDS];                                 /* the first timer that is due, and since when */
    int64_t rate_tat_ms, rate_booked, rate_called; /* segments */
    unsigned cost_max;                             /* of a message, in segments */
    int64_t pair_tat_us[SIM_PEOPLE];
    unsigned serial;
    uint64_t committed[SIM_COMMITS_MAX]; /* hashes of message ids */
    size_t committed_count;
    struct sim_figures did;
    unsigned violations;
    char why[256]; /* the first violation */
};

/* sim_loop.c */
uint64_t sim_chance(struct sim *sim);
unsigned sim_pick(struct sim *sim, unsigned below);
bool sim_maybe(struct sim *sim, unsigned percent); /* never when calm */
void sim_at(struct sim *sim, int64_t wait_ms, bool machine, sim_act *act, void *ctx);
bool sim_step(struct sim *sim);
int64_t sim_wall(const struct sim *sim);
void sim_skip(struct sim *sim, int64_t until_ms);
void sim_loop_open(struct sim_loop *loop, struct sim *sim);
void sim_note(struct sim *sim, const char *format, ...) __attribute__((format(printf, 2, 3)));

/* sim_store.c */
void sim_store_open(struct sim_worker *worker);
void sim_store_cut(struct sim_worker *worker, bool tell);
bool sim_store_is_asked(const struct sim_worker *worker);

/* sim_trouble.c */
void sim_trouble_begin(struct sim *sim);
void sim_start(struct sim *sim, void *ctx);
void sim_crash(struct sim_worker *worker);
bool sim_is_held(struct sim_worker *worker, sim_act *act, void *ctx);
bool sim_is_struck(struct sim_worker *worker, sim_act *act, void *ctx);

/* sim_provider.c */
enum error sim_call_provider(void *caller, const struct http_call *call, sender_done *done, void *ctx);

/* sim_people.c */
void sim_people_begin(struct sim *sim);
void sim_people_notice(struct sim *sim, unsigned person);
void sim_webhook(struct sim *sim, unsigned channel, const char *query, const char *body, unsigned copies,
                 struct sim_inbound *inbound, int64_t wait_ms);
void sim_hooks_drop(struct sim_worker *worker);
struct slice sim_person(unsigned number);
void sim_people_free(struct sim *sim);
bool sim_people_waiting(const struct sim *sim);

/* sim_ussd.c */
void sim_ussd_begin(struct sim *sim);
void sim_ussd_answered(struct sim *sim, struct sim_inbound *in, const char *body);
bool sim_ussd_is_nothing(const char *body);
void sim_ussd_committed(struct sim *sim, const struct commit *c);
void sim_ussd_free(struct sim *sim);

/* sim_check.c */
void sim_violation(struct sim *sim, const char *name, const char *format, ...) __attribute__((format(printf, 3, 4)));
void sim_check_committed(struct sim *sim, const struct commit *commit, enum error error);
void sim_check_asked(const struct sim_worker *worker, const struct intent *intent);
void sim_check_intent(struct sim *sim, const struct intent *intent, const struct leave_given *given);
void sim_check_ended(struct sim *sim, const struct send_end *end, enum error error);
void sim_check_message(struct sim *sim, unsigned shard, struct slice id);
void sim_check_new(struct sim *sim, unsigned shard);
struct sim_message *sim_check_accepted(struct sim *sim, struct slice reference);
struct sim_message *sim_check_called(struct sim *sim, struct slice reference);
void sim_check_end(struct sim *sim);
void sim_check_free(struct sim *sim);
unsigned sim_person_of(struct slice contact);
unsigned sim_channel_of(const struct sim *sim, struct slice name);

/* sim_books.c */
void sim_book_lease(struct sim *sim, unsigned shard, struct slice owner, int64_t keep_ms, uint64_t token);
bool sim_book_holds(const struct sim *sim, unsigned shard, struct slice owner, uint64_t token);
void sim_book_left(struct sim *sim, const struct sim_worker *worker);
void sim_book_timers(struct sim *sim, const struct commit *commit, unsigned person);
void sim_book_postponed(struct sim *sim, const struct due_timer *timer, int64_t due_ms);
void sim_book_due(struct sim *sim);
void sim_book_free_shards(struct sim *sim);
void sim_book_swap(struct sim *sim, struct slice before, struct slice then, int64_t asked_ms);
void sim_book_call(struct sim *sim, unsigned channel, unsigned cost);
void sim_book_pair(struct sim *sim, const struct intent *intent, unsigned person);
void sim_book_pace(struct sim *sim, bool idle);
void sim_book_free(struct sim *sim);

/* sim_baja.c */
unsigned long sim_baja(const struct mind *mind, uint64_t seed, unsigned long histories, char why[256]);

/* sim.c */
bool sim_run(const struct mind *mind, uint64_t seed, double days, bool trace, struct sim_figures *did, uint64_t *digest,
             char why[256]);

#endif
