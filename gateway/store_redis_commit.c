/* The store in Redis, a commit's keys and arguments: the sections of gateway/lua/commit.lua, in the order of their
 * letters. */
#include "base/crypto.h"
#include "gateway/consent_row.h"
#include "gateway/contact_line.h"
#include "gateway/keys.h"
#include "gateway/message_class.h"
#include "gateway/store_redis_parts.h"

#define CONSENT_MAX (2 * MESSAGE_ID_MAX) /* bytes of a line of the consent log */
#define DAY_MS INT64_C(86400000)
#define SLACK_MS (2 * DAY_MS) /* expiries are set this much late, because they are set once a day: contact.lua */
#define SECTION_KEYS_MAX 5

/* A commit while it is written. */
struct writing {
    const struct commit *commit;
    const struct upkeep *upkeep;
    struct slice who;
    unsigned shard;
    size_t bulk_count; /* of its messages; the others are replies */
};

struct section {
    bool (*has)(const struct writing *w);
    const char *keys[SECTION_KEYS_MAX + 1]; /* by kind; only "seen" has a name, the person's */
    void (*add)(struct arguments *a, const struct writing *w); /* NULL: nothing */
};

/* ---- a: the message may have been seen */

static bool asks(const struct writing *w)
{
    return w->upkeep->asks;
}

/* The message, and what is remembered of it, "MS VERSION[ REPLY]" (gateway/lua/contact.lua). */
static void add_message(struct arguments *a, const struct writing *w)
{
    const struct commit *c = w->commit;
    char now[SLICE_DECIMAL_SIZE], version[SLICE_DECIMAL_SIZE];
    const bool answers = c->erase && c->reply.len;
    const struct slice seen[] = {slice_decimal(c->now_ms, now), SLICE(" "),
                                 slice_decimal(c->outbox_count ? 0 : (int64_t)c->expected + 1, version), SLICE(" "),
                                 c->reply};
    arguments_add(a, c->message_id);
    arguments_joined(a, seen, answers ? 5 : 3);
}

/* ---- n: she is new */

static bool is_new(const struct writing *w)
{
    return !w->commit->held.len;
}

/* ---- f: facts */

static bool has_facts(const struct writing *w)
{
    return w->commit->learned && w->commit->facts.len;
}

static void add_facts(struct arguments *a, const struct writing *w)
{
    arguments_add(a, w->commit->facts);
}

/* ---- u: fields that few turns change: a USSD session, leave to write, and facts of which nothing is left */

static unsigned unusual_fields(const struct commit *c)
{
    return 2u * (c->session.len > 0) + (c->opt != OPT_UNCHANGED) + (c->learned && !c->facts.len);
}

static bool has_unusual(const struct writing *w)
{
    return unusual_fields(w->commit);
}

static void add_unusual(struct arguments *a, const struct writing *w)
{
    const struct commit *c = w->commit;
    arguments_number(a, 2 * unusual_fields(c));
    if (c->session.len) {
        arguments_add(a, SLICE("session"));
        arguments_add(a, c->session);
        arguments_add(a, SLICE("text"));
        arguments_add(a, c->ussd_text);
    }
    if (c->opt != OPT_UNCHANGED) {
        arguments_add(a, SLICE("out"));
        arguments_add(a, c->opt == OPT_OUT ? SLICE("1") : SLICE("0"));
    }
    if (c->learned && !c->facts.len) {
        arguments_add(a, SLICE("f"));
        arguments_add(a, SLICE_NONE);
    }
}

/* ---- o, b: messages of the two streams */

static bool is_bulk(const struct store_row *row)
{
    enum message_class class = CLASS_REPLY;
    return message_class_find(row->name, &class) && message_class(class)->bulk;
}

static void add_messages(struct arguments *a, const struct commit *c, bool bulk, size_t count)
{
    arguments_number(a, (int64_t)count);
    for (size_t i = 0; i < c->outbox_count; i++) {
        if (is_bulk(&c->outbox[i]) != bulk)
            continue;
        arguments_add(a, c->outbox[i].name);
        arguments_add(a, c->outbox[i].value);
    }
}

static bool has_replies(const struct writing *w)
{
    return w->commit->outbox_count > w->bulk_count;
}

static void add_replies(struct arguments *a, const struct writing *w)
{
    add_messages(a, w->commit, false, w->commit->outbox_count - w->bulk_count);
}

static bool has_bulk(const struct writing *w)
{
    return w->bulk_count;
}

static void add_bulk(struct arguments *a, const struct writing *w)
{
    add_messages(a, w->commit, true, w->bulk_count);
}

/* ---- m: the columns in which the person is another than before */

static bool has_marks(const struct writing *w)
{
    return w->upkeep->marks;
}

static bool differs(const struct upkeep *upkeep, unsigned column)
{
    return upkeep->before.columns[column] != upkeep->then.columns[column];
}

static void add_columns(struct arguments *a, const struct writing *w)
{
    for (unsigned i = 0; i < PROFILE_COLUMNS; i++)
        if (differs(w->upkeep, i))
            arguments_key(a, w->shard, "index", slice_of(profile_columns[i].name));
}

static void add_marks(struct arguments *a, const struct writing *w)
{
    const struct upkeep *upkeep = w->upkeep;
    arguments_number(a, (int64_t)upkeep->marks);
    for (unsigned i = 0; i < PROFILE_COLUMNS; i++) {
        if (!differs(upkeep, i))
            continue;
        char number[PROFILE_BYTES_MAX];
        const struct slice value = profile_write((enum profile_column)i, upkeep->then.columns[i], number);
        arguments_number(a, (int64_t)upkeep->number * (int64_t)value.len);
        arguments_add(a, value);
    }
}

/* ---- c: consents */

static bool has_consents(const struct writing *w)
{
    return w->commit->consent_count;
}

/* The text, and a line but for the text's number (consent_row.h). */
static void add_consent(struct arguments *a, const struct writing *w, const struct store_consent *consent)
{
    const struct commit *c = w->commit;
    const struct slice text[] = {consent->purpose, SLICE(" "),  consent->value,
                                 SLICE(" "),       c->channel,  consent->flow.len ? SLICE(" ") : SLICE_NONE,
                                 consent->flow,    SLICE("\n"), consent->question};
    struct consent_row row = {.at_ms = c->now_ms, .message_id = consent->message_id};
    char room[CONSENT_MAX];
    struct buf line;
    buf_init_over(&line, room, sizeof(room), CONSENT_MAX);
    enum error error = hex_decode(w->who, row.who, sizeof(row.who)) ? consent_row_write(&row, &line) : ERR_VALUE;
    if (!a->error)
        a->error = error;
    arguments_joined(a, text, sizeof(text) / sizeof(text[0]));
    arguments_add(a, buf_slice(&line));
    buf_release(&line);
}

static void add_consents(struct arguments *a, const struct writing *w)
{
    arguments_number(a, (int64_t)w->commit->consent_count);
    for (size_t i = 0; i < w->commit->consent_count; i++)
        add_consent(a, w, &w->commit->consents[i]);
}

/* ---- r, w: requests to staff, wishes of trainings */

static bool has_requests(const struct writing *w)
{
    return w->commit->request_count;
}

static void add_requests(struct arguments *a, const struct writing *w)
{
    arguments_number(a, (int64_t)w->commit->request_count);
    for (size_t i = 0; i < w->commit->request_count; i++)
        arguments_add(a, w->commit->requests[i]);
}

static bool has_wishes(const struct writing *w)
{
    return w->commit->wish_count;
}

static void add_wishes(struct arguments *a, const struct writing *w)
{
    arguments_number(a, (int64_t)w->commit->wish_count);
    for (size_t i = 0; i < w->commit->wish_count; i++)
        arguments_add(a, w->commit->wishes[i]);
}

/* ---- p, t: another place among the timers, time to tend what is kept */

static bool moves(const struct writing *w)
{
    return w->upkeep->moves;
}

static void add_place(struct arguments *a, const struct writing *w)
{
    arguments_number(a, w->commit->now_ms);
    arguments_number(a, w->upkeep->place_ms);
}

static bool tends(const struct writing *w)
{
    return w->upkeep->tends;
}

static void add_terms(struct arguments *a, const struct writing *w)
{
    arguments_number(a, w->commit->now_ms);
    arguments_number(a, STORE_REMEMBER_S * INT64_C(1000) + SLACK_MS);
    arguments_number(a, STORE_JOURNAL_DAYS * DAY_MS + SLACK_MS);
}

/* ---- k: a ticket */

static bool has_ticket(const struct writing *w)
{
    return w->commit->ticket_ms;
}

/* Now; a ticket's id, "MS-WHO" with as much of the person's digest as tells those of one instant apart; its line. */
static void add_ticket(struct arguments *a, const struct writing *w)
{
    char number[SLICE_DECIMAL_SIZE];
    const struct slice id[] = {slice_decimal(w->commit->ticket_ms, number), SLICE("-"),
                               slice_part(w->who, 0, TICKET_WHO)};
    arguments_number(a, w->commit->now_ms);
    arguments_joined(a, id, sizeof(id) / sizeof(id[0]));
    arguments_add(a, w->commit->ticket);
}

/* ---- x: she is erased */

static bool is_erased(const struct writing *w)
{
    return w->commit->erase;
}

static void add_now(struct arguments *a, const struct writing *w)
{
    arguments_number(a, w->commit->now_ms);
}

/* ---- y: what stays of her then, a digest: who imports people asks for it */

static void add_who(struct arguments *a, const struct writing *w)
{
    unsigned char who[CONSENT_WHO];
    if (!hex_decode(w->who, who, sizeof(who)) && !a->error)
        a->error = ERR_VALUE;
    arguments_add(a, (struct slice){(const char *)who, sizeof(who)});
}

/* ---- e: something is told to partners' systems, or what waits to be told is taken back */

static bool has_events(const struct writing *w)
{
    return w->commit->erase || w->commit->event_count;
}

static void add_events(struct arguments *a, const struct writing *w)
{
    const struct commit *c = w->commit;
    arguments_number(a, c->now_ms);
    arguments_number(a, (int64_t)c->event_count);
    for (size_t i = 0; i < c->event_count; i++) {
        arguments_add(a, c->events[i].type);
        arguments_number(a, c->events[i].purposes);
        arguments_add(a, c->events[i].data);
    }
}

/* In the order of LETTERS in gateway/lua/commit.lua, from the lowest bit of a part's kind on. */
static const struct section sections[] = {
    {asks, {"seen"}, add_message}, /* a */
    {is_new, {"index"}, NULL}, /* n */
    {has_facts, {NULL}, add_facts}, /* f */
    {has_unusual, {NULL}, add_unusual}, /* u */
    {has_replies, {"outbox"}, add_replies}, /* o */
    {has_marks, {NULL}, add_marks}, /* m; its keys: add_columns() */
    {has_bulk, {"bulk"}, add_bulk}, /* b */
    {has_consents, {"consent", "texts"}, add_consents}, /* c */
    {has_requests, {"requests"}, add_requests}, /* r */
    {has_wishes, {"wishes"}, add_wishes}, /* w */
    {moves, {"timers"}, add_place}, /* p */
    {tends, {"seen"}, add_terms}, /* t */
    {has_ticket, {"tickets"}, add_ticket}, /* k */
    {is_erased, {"index", "requests", "timers", "tickets", "wishes"}, add_now}, /* x */
    {is_erased, {"left"}, add_who}, /* y */
    {has_events, {"seen", "webhooks"}, add_events}, /* e */
};
enum { SECTIONS = sizeof(sections) / sizeof(sections[0]) };

_Static_assert(SECTIONS <= 16, "a part's kind has a bit for each section");

/* The contact, its turns, and the keys of the sections, whose bits are the part's kind. */
static void add_keys(struct arguments *a, const struct writing *w)
{
    arguments_key(a, w->shard, "contact", w->commit->contact);
    arguments_key(a, w->shard, "turns", w->commit->contact);
    for (unsigned i = 0; i < SECTIONS; i++) {
        const struct section *s = &sections[i];
        if (!s->has(w))
            continue;
        a->kind = (uint16_t)(a->kind | 1u << i);
        for (const char *const *kind = s->keys; *kind; kind++)
            arguments_key(a, w->shard, *kind, slice_is(SLICE("seen"), *kind) ? w->who : SLICE_NONE);
        if (s->add == add_marks)
            add_columns(a, w);
    }
}

void store_redis_write(struct arguments *a, const struct commit *c, struct slice who, struct slice then,
                       const struct upkeep *upkeep)
{
    struct writing w = {.commit = c, .upkeep = upkeep, .who = who, .shard = shard_of(c->contact)};
    char now[SLICE_DECIMAL_SIZE];
    const struct slice turn[] = {slice_decimal(c->now_ms, now), SLICE(" "), c->journal};
    const struct slice name = contact_line_name(then);
    const struct slice kept[] = {slice_part(then, name.len, then.len), SLICE("\n"), c->state};
    for (size_t i = 0; i < c->outbox_count; i++)
        w.bulk_count += is_bulk(&c->outbox[i]);
    arguments_begin_part(a);
    add_keys(a, &w);
    arguments_end_keys(a);
    arguments_add(a, contact_line_name(c->held));
    arguments_joined(a, turn, 3);
    arguments_add(a, name);
    arguments_joined(a, kept, 3);
    for (unsigned i = 0; i < SECTIONS; i++)
        if (a->kind & 1u << i && sections[i].add)
            sections[i].add(a, &w);
}
