/* The store in memory against the store in a real Redis: the same random operations on both, each answer compared. Ids
 * of entries are each store's own, and mapped by their place in the streams. */
#include "tests/unit/redis_kit.h"

#include <string.h>

#include "gateway/redis.h"
#include "gateway/store_memory_parts.h"

#define OPERATIONS 8000
#define ENTRIES_MAX 8192
#define CONTACTS 5
#define NOW_MS 1795402800000
#define FAR_MS 5000000 /* more than a contact may lie in the set of its shard before its time */

/* An answer, as text. */
struct told {
    bool called;
    size_t len;
    char text[65536];
};

/* An entry, by both stores' ids. */
struct known {
    unsigned shard;
    enum store_stream stream;
    char ids[2][STORE_ID_MAX];
};

struct world {
    struct redis *redis;
    struct store *stores[2]; /* memory, Redis */
    struct told told[2];
    struct known known[ENTRIES_MAX];
    size_t known_count;
    uint64_t chance;
    int64_t now_ms;
    unsigned serial; /* of commits: the newest message's id */
    int step, done[14];
};

static struct world world;

static unsigned pick(struct world *w, unsigned below)
{
    w->chance = w->chance * 6364136223846793005u + 1442695040888963407u;
    return (unsigned)(w->chance >> 33) % below;
}

static int64_t soon_or_late(struct world *w)
{
    return w->now_ms + pick(w, 5) + (pick(w, 3) ? 0 : FAR_MS);
}

#define TELL(t, ...) (t)->len += (size_t)snprintf((t)->text + (t)->len, sizeof((t)->text) - (t)->len, __VA_ARGS__)
#define TEXT(slice) (int)(slice).len, (slice).ptr ? (slice).ptr : ""

static struct told *answered(void *ctx, enum error error)
{
    struct told *t = ctx;
    t->called = true;
    t->len = 0;
    TELL(t, "%d", error);
    return t;
}

static void on_stored(void *ctx, enum error error, const struct stored *s)
{
    struct told *t = answered(ctx, error);
    if (s)
        TELL(t, " %d %.*s %.*s v%llu %lld %.*s %.*s %.*s %.*s", s->repeated, TEXT(s->reply), TEXT(s->turn),
             (unsigned long long)s->version, (long long)s->born_ms, TEXT(s->state), TEXT(s->session),
             TEXT(s->ussd_text), TEXT(s->facts));
}

static void on_ended(void *ctx, enum error error)
{
    answered(ctx, error);
}

static void on_leased(void *ctx, enum error error, uint64_t token)
{
    struct told *t = answered(ctx, error);
    TELL(t, " %llu", (unsigned long long)token);
}

static void on_counted(void *ctx, enum error error, size_t count)
{
    struct told *t = answered(ctx, error);
    TELL(t, " %zu", count);
}

static void on_leave(void *ctx, enum error error, const struct leave_given *g)
{
    struct told *t = answered(ctx, error);
    if (!error)
        TELL(t, " leave %d due %lld tries %lld limits %.*s in %lld", g->leave, (long long)g->due_ms,
             (long long)g->tries, TEXT(g->person.limits), (long long)g->person.inbound_ms);
}

static void on_tally(void *ctx, enum error error, const struct tally *tally)
{
    struct told *t = answered(ctx, error);
    TELL(t, " %zu %zu %zu", tally->waiting, tally->doubt, tally->dead);
}

static void on_due(void *ctx, enum error error, const struct due_timer *list, size_t count)
{
    struct told *t = answered(ctx, error);
    for (size_t i = 0; i < count; i++)
        TELL(t, " %.*s/%.*s/%.*s/%lld", TEXT(list[i].name), TEXT(list[i].channel), TEXT(list[i].contact),
             (long long)list[i].due_ms);
}

/* A string may end early where nothing but zeros would follow. */
static void on_columns(void *ctx, enum error error, const struct slice *columns, size_t count)
{
    struct told *t = answered(ctx, error);
    for (size_t i = 0; i < count; i++) {
        size_t len = columns[i].len;
        while (len && !columns[i].ptr[len - 1])
            len--;
        TELL(t, "\n%zu:", i);
        for (size_t at = 0; at < len; at++)
            if (columns[i].ptr[at])
                TELL(t, " %zu=%02x", at, (unsigned char)columns[i].ptr[at]);
    }
}

static void on_people(void *ctx, enum error error, const struct slice *contacts, size_t count)
{
    struct told *t = answered(ctx, error);
    for (size_t i = 0; i < count; i++)
        TELL(t, " %.*s", TEXT(contacts[i]));
}

static void on_swapped(void *ctx, enum error error, struct slice held)
{
    struct told *t = answered(ctx, error);
    TELL(t, " %.*s", TEXT(held));
}

static char read_ids[2][STORE_READ_MAX][STORE_ID_MAX];
static size_t read_counts[2];

static void on_read(void *ctx, enum error error, const struct store_entry *list, size_t count)
{
    struct told *t = answered(ctx, error);
    size_t which = t == &world.told[1];
    read_counts[which] = count;
    for (size_t i = 0; i < count; i++) {
        TELL(t, " %u %.*s %.*s %lld\n", list[i].shard, TEXT(list[i].class), TEXT(list[i].json),
             (long long)list[i].again_ms);
        slice_copy(list[i].id, read_ids[which][i], STORE_ID_MAX);
    }
}

/* Waits for both answers and compares them. */
static void compare(struct world *w, const char *what)
{
    int64_t deadline_ms = clock_steady_ms() + PATIENCE_MS;
    while (!w->told[1].called && clock_steady_ms() < deadline_ms)
        event_base_loop(base, EVLOOP_ONCE);
    if (!w->told[0].called || !w->told[1].called || strcmp(w->told[0].text, w->told[1].text) != 0)
        fail_msg("operation %d, %s: in memory \"%s\", in Redis \"%s\"", w->step, what, w->told[0].text,
                 w->told[1].text);
    w->told[0].called = w->told[1].called = false;
}

/* Does `call` (an expression over `store`, `told` and `which`) on both stores, and compares. */
#define BOTH(what, call)                                                                                               \
    do {                                                                                                               \
        for (size_t which = 0; which < 2; which++) {                                                                   \
            struct store *store = w->stores[which];                                                                    \
            struct told *told = &w->told[which];                                                                       \
            assert_int_equal(call, OK);                                                                                \
        }                                                                                                              \
        compare(w, what);                                                                                              \
    } while (0)

static struct slice contact_of(unsigned i)
{
    static const char *const contacts[CONTACTS] = {"+51900000001", "+51900000002", "PE.1=3", "+51900000004",
                                                   "51900000005"};
    return slice_of(contacts[i]);
}

static struct slice word(struct world *w, const char *const *words, unsigned count)
{
    return slice_of(words[pick(w, count)]);
}

static const char *const channels[] = {"sms", "wa"}, *const owners[] = {"one", "two"},
                         *const timer_names[] = {"t1", "t2", "t3"}, *const texts[] = {"", "x", "y|z", "x|z", "|z"},
                         *const classes[] = {"reply", "confirmation", "reminder", "notice"},
                         *const statuses[] = {"queued", "sent", "delivered", "read", "played", "failed", "odd"},
                         *const purposes[] = {"respuestas", "avisos_capacitacion", "otro"},
                         *const answers[] = {"yes", "no", "pending"}, *const tongues[] = {"", "es", "qu"},
                         *const provider_ids[] = {"p1", "p2", "p3", "p4", "p5", "p6", "p7", "p8"};

/* Reads both streams of a shard and learns new entries. */
static void learn(struct world *w, unsigned shard)
{
    struct store_cursor cursor = {.shard = shard, .after = "0-0"};
    for (int stream = 0; stream < STORE_STREAMS; stream++) {
        BOTH("read", store_read(store, (enum store_stream)stream, &cursor, 1, STORE_READ_MAX, on_read, told));
        assert_int_equal(read_counts[0], read_counts[1]);
        for (size_t i = 0; i < read_counts[0]; i++) {
            size_t k = 0;
            while (k < w->known_count && !(w->known[k].shard == shard && w->known[k].stream == (unsigned)stream &&
                                           strcmp(w->known[k].ids[0], read_ids[0][i]) == 0))
                k++;
            if (k < w->known_count) {
                assert_string_equal(w->known[k].ids[1], read_ids[1][i]);
                continue;
            }
            assert_true(w->known_count < ENTRIES_MAX);
            struct known *made = &w->known[w->known_count++];
            *made = (struct known){.shard = shard, .stream = (enum store_stream)stream};
            memcpy(made->ids, (char[2][STORE_ID_MAX]){{0}}, sizeof(made->ids));
            memcpy(made->ids[0], read_ids[0][i], STORE_ID_MAX);
            memcpy(made->ids[1], read_ids[1][i], STORE_ID_MAX);
        }
    }
}

/* A Redis store without its cache of contacts, which may say of a message seen that it was not. */
static void forget_cache(struct world *w)
{
    store_close(w->stores[1]);
    w->stores[1] = store_redis_new(w->redis, SLICE("key"));
}

static void held_of(void *ctx, enum error error, const struct stored *s)
{
    (void)error;
    *(struct stored *)ctx = *s;
}

struct loaded {
    bool done;
    char line[1024], ids[512];
    struct slice its_ids;
};

static void on_line(void *ctx, enum error error, const struct stored *s)
{
    struct loaded *loaded = ctx;
    assert_int_equal(error, OK);
    assert_true(slice_copy(s->held, loaded->line, sizeof(loaded->line)) || !s->held.len);
    assert_true(s->ids.len <= sizeof(loaded->ids));
    loaded->its_ids = s->ids.ptr ? (struct slice){loaded->ids, s->ids.len} : SLICE_NONE;
    if (s->ids.len)
        memcpy(loaded->ids, s->ids.ptr, s->ids.len);
    loaded->done = true;
}

/* What the store in Redis wants to be told again. */
static void load_line(struct world *w, struct slice contact, struct loaded *loaded)
{
    memset(loaded, 0, sizeof(*loaded));
    assert_int_equal(store_load(w->stores[1], contact, SLICE("?"), on_line, loaded), OK);
    WAIT_FOR(loaded->done);
}

static void any_profile(struct world *w, struct profile *out)
{
    for (unsigned c = COLUMN_FIRST_SEEN + 1; c < PROFILE_COLUMNS; c++)
        out->columns[c] = pick(w, 2) ? pick(w, 1u << 8 * profile_columns[c].bytes) : 0;
}

static void do_commit(struct world *w)
{
    char id[32], state[32], journal[128], json[STORE_ROWS_MAX][64];
    struct loaded loaded;
    struct slice contact = contact_of(pick(w, CONTACTS));
    struct stored held;
    char facts[16];
    load_line(w, contact, &loaded);
    assert_int_equal(store_load(w->stores[0], contact, SLICE("?"), held_of, &held), OK);
    slice_copy(held.facts, facts, sizeof(facts)); /* which the first of the two frees if it erases */
    snprintf(id, sizeof(id), "sms:%u", pick(w, 5) ? w->serial : pick(w, w->serial + 1));
    snprintf(state, sizeof(state), "state %u", w->serial++);
    snprintf(journal, sizeof(journal), "%s\n%s", id, state);
    struct commit c = {.contact = contact,
                       .channel = word(w, channels, 2),
                       .message_id = slice_of(id),
                       .named = pick(w, 4) > 0,
                       .ids = loaded.its_ids,
                       .expected = held.version + !pick(w, 10),
                       .born_ms = held.born_ms,
                       .state = slice_of(state),
                       .reply = word(w, texts, 3),
                       .session = word(w, texts, 3),
                       .ussd_text = word(w, texts, 3),
                       .facts = slice_of(facts),
                       .journal = slice_of(journal),
                       .now_ms = w->now_ms,
                       .inbound_ms = pick(w, 3) ? w->now_ms - pick(w, 1000) : 0,
                       .kind = (enum channel_kind)pick(w, 3),
                       .language = word(w, tongues, 3),
                       .opt = pick(w, 12)  ? OPT_UNCHANGED
                              : pick(w, 3) ? OPT_IN
                                           : OPT_OUT,
                       .erase = !pick(w, 25)};
    if (!pick(w, 3)) {
        c.facts = word(w, texts, 3);
        c.learned = true;
        any_profile(w, &c.known_before);
        any_profile(w, &c.known);
    }
    for (c.consent_count = 0; c.consent_count < pick(w, 3); c.consent_count++)
        c.consents[c.consent_count] = (struct store_consent){.purpose = word(w, purposes, 3),
                                                             .value = word(w, answers, 3),
                                                             .question = SLICE("?"),
                                                             .message_id = SLICE("id")};
    for (c.outbox_count = 0; c.outbox_count < pick(w, 2) * pick(w, 4); c.outbox_count++) {
        snprintf(json[c.outbox_count], 64, "{\"n\":%u.%zu}", w->serial, c.outbox_count);
        c.outbox[c.outbox_count] = (struct store_row){word(w, classes, 4), slice_of(json[c.outbox_count])};
    }
    for (c.timer_count = 0; c.timer_count < pick(w, 4); c.timer_count++)
        c.timers[c.timer_count] = (struct store_timer){word(w, timer_names, 3), pick(w, 4) ? soon_or_late(w) : 0};
    if (!pick(w, 3))
        c.fired = (struct store_timer){word(w, timer_names, 3), w->now_ms + pick(w, 5)};
    c.held = c.expected == held.version ? slice_of(loaded.line) : SLICE("999999 1 0 0 000000 0 0 - 0");
    BOTH("commit", store_commit(store, &c, on_stored, told));
    w->now_ms += c.erase; /* who was erased is not born again in the same millisecond */
    learn(w, shard_of(contact));
}

static void do_load(struct world *w)
{
    char id[32];
    snprintf(id, sizeof(id), "sms:%u",
             pick(w, 2) ? pick(w, 2000) : w->serial - pick(w, w->serial < 20 ? w->serial + 1 : 20));
    struct slice contact = contact_of(pick(w, CONTACTS));
    forget_cache(w);
    BOTH("load", store_load(store, contact, slice_of(id), on_stored, told));
}

static void do_lease(struct world *w)
{
    struct slice owner = word(w, owners, 2);
    unsigned shard = shard_of(contact_of(pick(w, CONTACTS)));
    int64_t keep_ms = pick(w, 2) ? 600000 : 0;
    BOTH("lease", store_lease(store, shard, owner, keep_ms, on_leased, told));
}

static const struct known *any_known(struct world *w)
{
    unsigned recent = w->known_count < 6 ? (unsigned)w->known_count : 6;
    return recent ? &w->known[w->known_count - 1 - pick(w, recent)] : NULL;
}

static void do_intend(struct world *w)
{
    const struct known *k = any_known(w);
    if (!k)
        return;
    struct intent i = {.shard = k->shard,
                       .stream = k->stream,
                       .channel = word(w, channels, 2),
                       .token = ((struct store_memory *)w->stores[0])->shards[k->shard].token - !pick(w, 6),
                       .owner = word(w, owners, 2),
                       .now_ms = w->now_ms,
                       .after_opt_out = !pick(w, 3),
                       .resend = !pick(w, 3),
                       .limited = !pick(w, 3),
                       .limits_before = word(w, texts, 5),
                       .limits_then = word(w, texts, 5)};
    do
        i.contact = contact_of(pick(w, CONTACTS));
    while (shard_of(i.contact) != k->shard);
    if (pick(w, 3)) /* the one who holds the lease, mostly */
        i.owner = slice_of(((struct store_memory *)w->stores[0])->shards[k->shard].holder);
    BOTH("intend", (i.id = slice_of(k->ids[which]), store_intend(store, &i, on_leave, told)));
}

static void do_end(struct world *w)
{
    const struct known *k = any_known(w);
    if (!k)
        return;
    struct send_end e = {.shard = k->shard,
                         .stream = k->stream,
                         .class = SLICE("reply"),
                         .channel = word(w, channels, 2),
                         .json = SLICE("{\"again\":1}"),
                         .token = ((struct store_memory *)w->stores[0])->shards[k->shard].token - !pick(w, 6),
                         .owner = word(w, owners, 2),
                         .now_ms = w->now_ms,
                         .state = (enum send_state)pick(w, SEND_STATES),
                         .due_ms = w->now_ms + pick(w, 1000),
                         .code = SLICE("131000")};
    if (e.state == SEND_STATE_SENT) {
        for (e.provider_id_count = 0; e.provider_id_count < pick(w, 3); e.provider_id_count++)
            e.provider_ids[e.provider_id_count] = word(w, provider_ids, 8);
        e.parts = (unsigned)e.provider_id_count;
        e.referred = pick(w, 3) == 0;
    }
    BOTH("end", (e.id = slice_of(k->ids[which]), store_end(store, &e, on_ended, told)));
    learn(w, k->shard);
}

static void do_receive(struct world *w)
{
    char name[32];
    const struct known *k = any_known(w);
    struct slice id = word(w, provider_ids, 8), channel = word(w, channels, 2);
    snprintf(name, sizeof(name), "%s:%s", channel.ptr, id.ptr);
    struct receipt_row r = {.shard = k ? k->shard : 0, .name = slice_of(name), .status = word(w, statuses, 7)};
    bool by_id = k && pick(w, 2);
    if (!pick(w, 4))
        r.part = word(w, provider_ids, 8);
    BOTH("receive", (r.id = by_id ? slice_of(k->ids[which]) : SLICE_NONE, store_receive(store, &r, on_ended, told)));
}

static void do_postpone(struct world *w)
{
    struct slice contact = contact_of(pick(w, CONTACTS));
    struct due_timer t = {.shard = shard_of(contact),
                          .name = word(w, timer_names, 3),
                          .channel = word(w, channels, 2),
                          .contact = contact,
                          .due_ms = w->now_ms + pick(w, 4) - 2};
    for (struct memory_timer *m = ((struct store_memory *)w->stores[0])->shards[t.shard].timers; m; m = m->next)
        if (pick(w, 2) && slice_is(contact, m->contact))
            t = (struct due_timer){t.shard, slice_of(m->name), slice_of(m->channel), contact, m->due_ms};
    char name[16], channel[16];
    slice_copy(t.name, name, sizeof(name));
    slice_copy(t.channel, channel, sizeof(channel));
    t.name = slice_of(name);
    t.channel = slice_of(channel);
    int64_t due_ms = pick(w, 3) ? w->now_ms + pick(w, 10) : 0;
    BOTH("postpone", store_postpone(store, &t, due_ms, on_ended, told));
}

static void do_due(struct world *w)
{
    unsigned shard = shard_of(contact_of(pick(w, CONTACTS)));
    int64_t now_ms = w->now_ms + pick(w, 5);
    BOTH("due", store_due(store, shard, now_ms, on_due, told));
}

static void do_tally(struct world *w)
{
    unsigned shard = shard_of(contact_of(pick(w, CONTACTS)));
    BOTH("tally", store_tally(store, shard, on_tally, told));
}

static void do_swap(struct world *w)
{
    struct slice channel = word(w, channels, 2), before = word(w, texts, 3), then = word(w, texts, 3);
    BOTH("swap", store_swap(store, channel, before, then, on_swapped, told));
}

static void do_attend(struct world *w)
{
    struct slice owner = word(w, owners, 2);
    bool leaves = !pick(w, 4);
    static const int64_t steps_ms[] = {0, 0, 0, STORE_ATTENDANCE_MS, 2 * STORE_ATTENDANCE_MS, -2 * STORE_ATTENDANCE_MS};
    int64_t now_ms = w->now_ms + steps_ms[pick(w, sizeof(steps_ms) / sizeof(steps_ms[0]))];
    BOTH("attend", store_attend(store, owner, now_ms, leaves, on_counted, told));
}

/* The records themselves: state and delivery, the first and the seventh word. */
static void on_record(void *ctx, const redisReply *reply)
{
    struct told *t = answered(ctx, OK);
    struct slice rest = slice_of(reply && reply->str ? reply->str : "- - - - - - -"), word;
    for (int i = 0; i < 7 && slice_cut(&rest, ' ', &word); i++)
        if (i == 0 || i == 6)
            TELL(t, " %.*s", TEXT(word));
}

static void do_record(struct world *w)
{
    static const char *const states[] = {"wait", "sent", "dead", "doubt", "dropped", "intent", "resent", "-"};
    static const char *const deliveries[] = {"-", "queued", "sent", "delivered", "read", "played", "failed"};
    const struct known *k = any_known(w);
    char key[KEY_MAX];
    if (!k)
        return;
    const struct memory_send *send =
        memory_send_find((struct store_memory *)w->stores[0], k->shard, slice_of(k->ids[0]));
    struct told *t = answered(&w->told[0], OK);
    TELL(t, " %s %s", states[send ? send->state : MEMORY_NEW], deliveries[send ? send->delivery : MEMORY_NOTHING]);
    const struct slice args[] = {SLICE("HGET"), key_sends(key, k->shard, slice_of(k->ids[1])), slice_of(k->ids[1])};
    assert_int_equal(redis_command(w->redis, args, 3, on_record, &w->told[1]), OK);
    compare(w, "record");
}

/* What people are found by, and who has which number. */
static void do_index(struct world *w)
{
    enum profile_column columns[PROFILE_COLUMNS];
    size_t count = 0;
    const unsigned shard = shard_of(contact_of(pick(w, CONTACTS)));
    for (unsigned c = 0; c < PROFILE_COLUMNS; c++)
        if (pick(w, 2))
            columns[count++] = (enum profile_column)c;
    if (count)
        BOTH("columns", store_columns(store, shard, columns, count, on_columns, told));
    const uint32_t from = pick(w, 4), most = 1 + pick(w, pick(w, 2) ? 4 : STORE_PEOPLE_MAX);
    BOTH("people", store_people(store, shard, from, most, on_people, told));
}

/* One process begins a call and dies; a receipt comes; the other asks. */
static void do_take_over(struct world *w)
{
    const struct known *k = any_known(w);
    if (!k)
        return;
    struct intent i = {.shard = k->shard, .stream = k->stream, .channel = SLICE("sms"), .now_ms = w->now_ms + 5000};
    struct receipt_row r = {.shard = k->shard, .status = word(w, statuses, 7)};
    i.contact = SLICE("nobody's");
    i.after_opt_out = true;
    for (unsigned step = 0; step < 2; step++) {
        const struct memory_shard *shard = &((struct store_memory *)w->stores[0])->shards[k->shard];
        i.owner = slice_of(owners[step]);
        BOTH("lease", store_lease(store, k->shard, slice_of(owners[!step]), 0, on_leased, told));
        BOTH("lease", store_lease(store, k->shard, i.owner, 600000, on_leased, told));
        i.token = shard->token;
        BOTH("intend", (i.id = slice_of(k->ids[which]), store_intend(store, &i, on_leave, told)));
        if (!step)
            BOTH("receive", (r.id = slice_of(k->ids[which]), store_receive(store, &r, on_ended, told)));
    }
}

static void both_stores_answer_alike(void **state)
{
    static void (*const operations[])(struct world *) = {do_commit,  do_load,     do_lease,     do_intend, do_end,
                                                         do_receive, do_postpone, do_due,       do_tally,  do_swap,
                                                         do_attend,  do_record,   do_take_over, do_index};
    struct world *w = &world;
    const struct redis_options options = {.unix_path = socket_path};
    (void)state;
    base = event_base_new();
    w->redis = redis_open(base, &options, NULL, NULL);
    w->stores[0] = store_memory_new();
    w->stores[1] = store_redis_new(w->redis, SLICE("key"));
    w->chance = 8;
    w->now_ms = NOW_MS;
    WAIT_FOR(redis_up(w->redis));
    for (w->step = 0; w->step < OPERATIONS; w->step++) {
        unsigned kind = pick(w, 28);
        kind = kind < 12 ? kind : kind < 15 ? 3 : kind < 19 ? 4 : kind < 22 ? 5 : kind < 24 ? 11 : kind < 25 ? 12 : 0;
        kind = kind || pick(w, 4) ? kind : 13;
        w->now_ms += pick(w, 3) + (pick(w, 400) ? 0 : FAR_MS);
        w->done[kind]++;
        operations[kind](w);
    }
    print_message("%d operations alike, %zu messages\n", w->step, w->known_count);
    store_close(w->stores[0]);
    store_close(w->stores[1]);
    redis_close(w->redis);
    event_base_free(base);
}

int main(void)
{
    const struct CMUnitTest tests[] = {cmocka_unit_test(both_stores_answer_alike)};
    return cmocka_run_group_tests(tests, make_server, remove_server);
}
