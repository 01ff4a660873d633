/* The simulation: the real turn, outbox, shards, timers, pace and receipts of two workers under a virtual clock, over
 * one store in memory that is reached by a bad network, with hostile providers and people who write. One seed gives one
 * run.
 *
 * sim_loop.c has the clock, chance and alarms; sim_store.c the network to the store; sim_provider.c the providers;
 * sim_people.c who writes, and webhooks; sim_check.c what must always hold; sim.c a run; sim_baja.c BAJA and ALTA
 * against a model, without a network. All files are included into one program (tests/tools/sim.c,
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
#define SIM_CHANNELS 2 /* "sms" by Twilio, answered in the webhook's answer; "wa" by WhatsApp's cloud */
#define SIM_BEGIN_MS 1795435200000
#define SIM_RATE_MS 1000 /* a segment of SMS takes so long, and so many may go at once: */
#define SIM_BURST 5
#define SIM_COMMITS_MAX 16384 /* of a run */

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
};

struct sim_call; /* to the store */
struct sim_hook; /* a webhook that a worker has */

struct sim_worker {
    struct sim *sim;
    unsigned number;
    bool up;
    uint64_t life; /* rises with each start */
    struct sim_loop loop;
    struct store store; /* the network's end */
    struct sim_call *calls, **calls_end;
    int64_t reach_ms, heard_ms; /* the connection keeps its order */
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
    unsigned accepted;
    bool doubted;
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
    unsigned commits, open; /* copies that are not accepted yet */
};

struct sim_figures {
    uint64_t inbound, repeats, hooks, sends, accepted, crashes, outages, lost, doubts, receipts, timers, notices, steps;
};

struct sim {
    uint64_t seed, chance, order, digest;
    int64_t now_ms, steady_ms, end_ms;
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
    size_t people_out;
    bool opted_out[SIM_PEOPLE];
    uint64_t versions[SIM_PEOPLE];
    struct sim_message *last_accepted[SIM_PEOPLE][SIM_CHANNELS][STORE_STREAMS];
    int64_t rate_tat_ms;
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
void sim_skip(struct sim *sim);
void sim_loop_open(struct sim_loop *loop, struct sim *sim);
void sim_note(struct sim *sim, const char *format, ...) __attribute__((format(printf, 2, 3)));

/* sim_store.c */
void sim_store_open(struct sim_worker *worker);
void sim_store_cut(struct sim_worker *worker, bool tell);

/* sim_provider.c */
enum error sim_call_provider(void *caller, const struct http_call *call, sender_done *done, void *ctx);

/* sim_people.c */
void sim_people_begin(struct sim *sim);
void sim_webhook(struct sim *sim, unsigned channel, const char *query, const char *body, unsigned copies,
                 struct sim_inbound *inbound, int64_t wait_ms);
void sim_hooks_drop(struct sim_worker *worker);
struct slice sim_person(unsigned number);
void sim_people_free(struct sim *sim);
bool sim_people_waiting(const struct sim *sim);

/* sim_check.c */
void sim_violation(struct sim *sim, const char *format, ...) __attribute__((format(printf, 2, 3)));
void sim_check_committed(struct sim *sim, const struct commit *commit, enum error error);
void sim_check_intent(struct sim *sim, const struct intent *intent, const struct leave_given *given);
void sim_check_message(struct sim *sim, unsigned shard, struct slice id);
void sim_check_new(struct sim *sim, unsigned shard);
void sim_check_call(struct sim *sim, unsigned channel, unsigned cost);
struct sim_message *sim_check_accepted(struct sim *sim, struct slice reference);
void sim_check_end(struct sim *sim);
void sim_check_free(struct sim *sim);

/* sim_baja.c */
unsigned long sim_baja(const struct mind *mind, uint64_t seed, unsigned long histories, char why[256]);

/* sim.c */
bool sim_run(const struct mind *mind, uint64_t seed, double days, bool trace, struct sim_figures *did, uint64_t *digest,
             char why[256]);

#endif
