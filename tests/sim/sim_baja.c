/* BAJA against a model: random histories of one person who writes on two channels, with what is queued, timers and
 * staff beside. Each step is a real turn, a notice that is fed, or a message for which leave is asked. Who is out is
 * told by the words alone: while she is, nothing new is said but the one confirmation and what she herself asks for
 * then, and leave is given on no channel to anything else, whatever was queued before. */
#include "tests/sim/sim.h"

#define BAJA_STEPS_MAX 12
#define BAJA_CHANNELS 2 /* "sms", which answers in the webhook's answer, and "wa", by the outbox */

static const struct {
    const char *text;
    enum { SAYS_ANYTHING, SAYS_OUT, SAYS_IN, SAYS_ASKS } what; /* ASKS: who is out is answered, by law */
} baja_words[] = {
    {"BAJA", SAYS_OUT},    {"baja", SAYS_OUT},      {"Baja", SAYS_OUT},           {"ALTA", SAYS_IN},
    {"alta", SAYS_IN},     {"hola", SAYS_ANYTHING}, {"1", SAYS_ANYTHING},         {"2", SAYS_ANYTHING},
    {"si", SAYS_ANYTHING}, {"no", SAYS_ANYTHING},   {"vendo pan", SAYS_ANYTHING}, {"MIS DATOS", SAYS_ASKS},
    {"AYUDA", SAYS_ASKS}};

struct baja {
    const struct channel *channels;
    struct store *store;
    struct turns turns;
    struct arena *arena;
    struct sim *chance;
    unsigned shard, step, probes;
    uint64_t token;
    int64_t remind_ms;      /* when the reminder that was set last is due */
    bool out, asked;        /* asked: for her data or for help, since she went out */
    size_t owed, confirmed; /* confirmations of BAJA and answers to who is out; those that had leave */
    size_t said;            /* by the last turn, in its answer */
    enum leave leave;
    size_t held;           /* entries of both streams, */
    unsigned wanted;       /* of which this one */
    char id[STORE_ID_MAX]; /* is here */
    enum store_stream stream;
    enum message_class class;
    char *why;
    size_t len;
};

static void note_step(struct baja *b, const char *what, const char *of)
{
    if (b->len < 256)
        b->len += (size_t)snprintf(b->why + b->len, 256 - b->len, "%s%s%s, ", what, *of ? " " : "", of);
}

static bool fault(struct baja *b, const char *what)
{
    note_step(b, "->", what);
    return false;
}

/* ---- what is queued ---- */

static void on_baja_read(void *ctx, enum error error, const struct store_entry *entries, size_t count)
{
    struct baja *b = ctx;
    if (error)
        abort();
    for (size_t i = 0; i < count; i++) {
        if (b->held++ != b->wanted)
            continue;
        slice_copy(entries[i].id, b->id, sizeof(b->id));
        if (!message_class_find(entries[i].class, &b->class))
            abort();
    }
}

/* Counts what is queued, and looks at one of it. */
static size_t look_at_entry(struct baja *b, unsigned wanted)
{
    struct store_cursor cursor = {.shard = b->shard, .after = "0-0"};
    b->held = 0;
    b->wanted = wanted;
    for (unsigned stream = 0; stream < STORE_STREAMS; stream++) {
        const size_t before = b->held;
        if (store_read(b->store, (enum store_stream)stream, &cursor, 1, STORE_READ_MAX, on_baja_read, b))
            abort();
        if (wanted >= before && wanted < b->held)
            b->stream = (enum store_stream)stream;
    }
    return b->held;
}

static void on_baja_leave(void *ctx, enum error error, const struct leave_given *given)
{
    struct baja *b = ctx;
    b->leave = error ? LEAVES : given->leave;
}

static void on_baja_end(void *ctx, enum error error)
{
    (void)ctx;
    if (error)
        abort();
}

static bool leave_is_right(struct baja *b, const char *channel, const char *id, enum message_class class)
{
    const bool goes = !b->out || class == CLASS_CONFIRMATION;
    const struct intent intent = {.shard = b->shard,
                                  .id = slice_of(id),
                                  .contact = sim_person(0),
                                  .channel = slice_of(channel),
                                  .token = b->token,
                                  .owner = SLICE("one"),
                                  .now_ms = SIM_BEGIN_MS,
                                  .after_opt_out = message_class(class)->after_opt_out};
    if (store_intend(b->store, &intent, on_baja_leave, b))
        abort();
    return b->leave == (goes ? LEAVE_GO : LEAVE_DROP);
}

/* Asks leave for something that is queued, and ends it. */
static bool send_one(struct baja *b)
{
    const size_t held = look_at_entry(b, 0);
    if (!held)
        return true;
    look_at_entry(b, sim_pick(b->chance, (unsigned)held));
    note_step(b, "send", message_class(b->class)->name);
    if (!leave_is_right(b, "wa", b->id, b->class))
        return fault(b, "leave");
    const struct send_end end = {.shard = b->shard,
                                 .stream = b->stream,
                                 .id = slice_of(b->id),
                                 .class = slice_of(message_class(b->class)->name),
                                 .channel = SLICE("wa"),
                                 .token = b->token,
                                 .owner = SLICE("one"),
                                 .now_ms = SIM_BEGIN_MS,
                                 .state = b->leave == LEAVE_GO ? SEND_STATE_SENT : SEND_STATE_DROPPED,
                                 .code = SLICE("200")};
    if (store_end(b->store, &end, on_baja_end, b))
        abort();
    b->confirmed += b->leave == LEAVE_GO && b->class == CLASS_CONFIRMATION;
    return b->confirmed <= b->owed || fault(b, "a second confirmation");
}

/* Whatever it were, on whichever channel: the gate says what the words did. */
static bool probe_gate(struct baja *b)
{
    char id[STORE_ID_MAX];
    for (size_t c = 0; c < BAJA_CHANNELS; c++) {
        for (unsigned class = 0; class < MESSAGE_CLASSES; class ++) {
            snprintf(id, sizeof(id), "9%u-1", ++b->probes);
            if (!leave_is_right(b, b->channels[c].name, id, (enum message_class) class))
                return fault(b, message_class((enum message_class) class)->name);
        }
    }
    return true;
}

static void feed_notice(struct baja *b)
{
    struct memory_entry *entry = memory_entry_new(SLICE("notice"), SLICE("{}"), 0);
    if (!entry)
        abort();
    memory_entry_append((struct store_memory *)b->store, b->shard, STREAM_BULK, entry);
    note_step(b, "notice", "");
}

/* ---- turns ---- */

static void on_baja_turn(void *ctx, const struct turn_result *result)
{
    struct baja *b = ctx;
    static const char message[] = "<Message>";
    struct slice body = result->response.body;
    if (result->error)
        abort();
    for (b->said = 0; body.len >= sizeof(message) - 1; body = slice_part(body, 1, body.len))
        b->said += slice_starts(body, message);
}

/* Takes a turn. Returns how many messages it says, at once and by the outbox. */
static size_t take_turn(struct baja *b, const struct channel *channel, struct event *event)
{
    char id[24];
    const size_t before = look_at_entry(b, 0);
    snprintf(id, sizeof(id), "%u", b->step);
    event->from = sim_person(0);
    event->id = event->kind == EVENT_TEXT ? slice_of(id) : event->id;
    arena_reset(b->arena);
    if (turn_start(&b->turns, channel, event, SIM_BEGIN_MS + b->step * INT64_C(1000), b->arena, on_baja_turn, b))
        abort();
    return b->said + look_at_entry(b, 0) - before;
}

static bool write_word(struct baja *b)
{
    const unsigned word = sim_pick(b->chance, sizeof(baja_words) / sizeof(baja_words[0]));
    const struct channel *channel = &b->channels[sim_pick(b->chance, BAJA_CHANNELS)];
    struct event event = {.kind = EVENT_TEXT, .text = slice_of(baja_words[word].text)};
    const bool was_out = b->out;
    note_step(b, channel->name, baja_words[word].text);
    b->asked = was_out && (b->asked || baja_words[word].what == SAYS_ASKS);
    b->out = baja_words[word].what == SAYS_OUT || (was_out && baja_words[word].what != SAYS_IN);
    const size_t said = take_turn(b, channel, &event);
    if (b->out)
        b->owed += said - b->said; /* by the outbox */
    if (b->out && !was_out)
        return said == 1 || fault(b, "not one confirmation");
    return !b->out || b->asked || said == 0 || fault(b, "said to who is out");
}

/* The reminder comes due, perhaps after the turn that took it back; a training is told of; staff answer. */
static bool act_on_her(struct baja *b)
{
    static const char *const acts[] = {"remind", "answer ana", "tell t1", "remind t1"};
    const unsigned act = sim_pick(b->chance, sizeof(acts) / sizeof(acts[0]));
    const struct memory_timer *timer = ((struct store_memory *)b->store)->shards[b->shard].timers;
    char id[32];
    for (; timer; timer = timer->next)
        if (strcmp(timer->name, "remind") == 0)
            b->remind_ms = timer->due_ms;
    snprintf(id, sizeof(id), "act:%u", b->step);
    struct event event = {.kind = act ? EVENT_STAFF : EVENT_TIMER,
                          .id = slice_of(id),
                          .payload = slice_of(acts[act]),
                          .text = act ? SLICE("Hay un taller.") : SLICE_NONE,
                          .at_ms = act ? SIM_BEGIN_MS : b->remind_ms};
    note_step(b, "act", acts[act]);
    const size_t said = take_turn(b, &b->channels[SIM_WA], &event);
    return !b->out || said == 0 || fault(b, "said to who is out");
}

/* She writes first: of whom nothing is known, nothing goes to her. */
static bool take_step(struct baja *b)
{
    const unsigned what = b->step ? sim_pick(b->chance, 10) : 0;
    if (what < 6)
        return write_word(b);
    if (what < 8)
        return send_one(b);
    if (what == 8)
        return act_on_her(b);
    feed_notice(b);
    return true;
}

/* ---- histories ---- */

static void on_baja_lease(void *ctx, enum error error, uint64_t token)
{
    *(uint64_t *)ctx = error ? 0 : token;
}

/* One history. Returns whether store and model agreed at each step. */
static bool tell_history(const struct mind *mind, struct sim *chance, struct arena *arena, char why[256])
{
    struct baja b = {.channels = chance->channels,
                     .store = store_memory_new(),
                     .arena = arena,
                     .chance = chance,
                     .shard = shard_of(sim_person(0)),
                     .why = why};
    const unsigned steps = 2 + sim_pick(chance, BAJA_STEPS_MAX - 1);
    bool good = true;
    if (!b.store || store_lease(b.store, b.shard, SLICE("one"), 1000, on_baja_lease, &b.token))
        abort();
    b.turns = (struct turns){.mind = mind, .store = b.store};
    for (; b.step < steps && good; b.step++)
        good = take_step(&b) && probe_gate(&b);
    store_close(b.store);
    return good;
}

unsigned long sim_baja(const struct mind *mind, uint64_t seed, unsigned long histories, char why[256])
{
    struct sim *chance = mem_alloc(sizeof(*chance));
    struct arena *arena = arena_new(4 * 1024 * 1024);
    unsigned long bad = 0;
    if (!chance || !arena)
        abort();
    chance->seed = chance->chance = seed;
    open_channels(chance);
    for (unsigned long i = 0; i < histories; i++) {
        char history[256] = "";
        bool good = tell_history(mind, chance, arena, history);
        if (!good && !bad++)
            memcpy(why, history, 256);
    }
    arena_free(arena);
    mem_free(chance);
    return bad;
}
