/* The store in memory, a contact's turn and timers: the twin of gateway/lua/contact.lua. */
#include <stdio.h>
#include <string.h>

#include "base/mem.h"
#include "gateway/message_class.h"
#include "gateway/store_memory_parts.h"

/* All that a commit needs, made before anything changes, so that a lack of memory changes nothing. */
struct making {
    struct memory_contact *contact; /* NULL: it is there already */
    struct memory_person *person;   /* likewise, or not needed */
    char *state, *session, *ussd_text, *facts;
    struct memory_seen seen;
    struct memory_entry *entries[STORE_ROWS_MAX];
    struct memory_timer *timers[STORE_ROWS_MAX];
    bool failed;
};

struct memory_contact *memory_contact_find(struct store_memory *self, struct slice name)
{
    for (struct memory_contact *c = self->contacts; c; c = c->next)
        if (slice_is(name, c->name))
            return c;
    return NULL;
}

struct memory_person *memory_person_find(struct memory_contact *contact, struct slice channel)
{
    struct memory_person *person = contact ? contact->persons : NULL;
    while (person && !slice_is(channel, person->channel))
        person = person->next;
    return person;
}

struct memory_person *memory_person_new(struct slice channel)
{
    struct memory_person *made = mem_alloc(sizeof(*made));
    if (made && !(made->channel = mem_copy(channel.ptr, channel.len))) {
        mem_free(made);
        return NULL;
    }
    return made;
}

void memory_person_free(struct memory_person *person)
{
    if (!person)
        return;
    mem_free(person->channel);
    mem_free(person->limits);
    mem_free(person);
}

static struct memory_seen *find_seen(struct store_memory *self, struct slice who, struct slice id)
{
    uint32_t hash = slice_hash(id);
    size_t count = self->next_seen < STORE_MEMORY_SEEN ? self->next_seen : STORE_MEMORY_SEEN;
    for (size_t i = 0; i < count; i++) {
        struct memory_seen *seen = &self->seen[i];
        if (seen->hash == hash && slice_is(id, seen->id) && slice_is(who, seen->who))
            return seen;
    }
    return NULL;
}

static struct stored describe(const struct memory_contact *contact)
{
    if (!contact)
        return (struct stored){0};
    return (struct stored){.version = contact->version,
                           .born_ms = contact->born_ms,
                           .state = {contact->state, contact->state_len},
                           .session = slice_of(contact->session),
                           .ussd_text = slice_of(contact->ussd_text),
                           .facts = {contact->facts, contact->facts_len}};
}

static struct stored repeat(const struct memory_seen *seen)
{
    return (struct stored){.repeated = true, .reply = slice_of(seen->reply), .turn = {seen->turn, seen->turn_len}};
}

static enum error load(struct store *store, struct slice contact, struct slice message_id, store_loaded *done,
                       void *ctx)
{
    struct store_memory *self = (struct store_memory *)store;
    const struct memory_seen *seen = find_seen(self, contact, message_id);
    const struct stored stored = seen ? repeat(seen) : describe(memory_contact_find(self, contact));
    done(ctx, OK, &stored);
    return OK;
}

/* ---- timers ---- */

static void free_timer(struct memory_timer *timer)
{
    if (!timer)
        return;
    mem_free(timer->name);
    mem_free(timer->channel);
    mem_free(timer->contact);
    mem_free(timer);
}

static struct memory_timer *new_timer(const struct commit *c, const struct store_timer *row)
{
    struct memory_timer *made = mem_alloc(sizeof(*made));
    if (!made)
        return NULL;
    *made = (struct memory_timer){.name = mem_copy(row->name.ptr, row->name.len),
                                  .channel = mem_copy(c->channel.ptr, c->channel.len),
                                  .contact = mem_copy(c->contact.ptr, c->contact.len),
                                  .due_ms = row->due_ms};
    if (made->name && made->channel && made->contact)
        return made;
    free_timer(made);
    return NULL;
}

/* Drops a contact's timer of that name; an empty name drops all, `due_ms` not 0 only the one of that instant. */
static void drop_timers(struct store_memory *self, struct slice contact, struct slice name, int64_t due_ms)
{
    struct memory_timer **at = &self->shards[shard_of(contact)].timers;
    while (*at) {
        struct memory_timer *timer = *at;
        if (slice_is(contact, timer->contact) && (!name.len || slice_is(name, timer->name)) &&
            (!due_ms || due_ms == timer->due_ms)) {
            *at = timer->next;
            free_timer(timer);
        } else {
            at = &timer->next;
        }
    }
}

/* As a sorted set of Redis: by instant, then by the member's bytes, "NAME CHANNEL CONTACT". */
static int compare_timers(const struct memory_timer *a, const struct memory_timer *b)
{
    char texts[2][2 * KEY_MAX];
    if (a->due_ms != b->due_ms)
        return a->due_ms < b->due_ms ? -1 : 1;
    snprintf(texts[0], sizeof(texts[0]), "%s %s %s", a->name, a->channel, a->contact);
    snprintf(texts[1], sizeof(texts[1]), "%s %s %s", b->name, b->channel, b->contact);
    return strcmp(texts[0], texts[1]);
}

static void put_timer(struct store_memory *self, struct memory_timer *timer)
{
    struct memory_timer **at = &self->shards[shard_of(slice_of(timer->contact))].timers;
    while (*at && compare_timers(*at, timer) < 0)
        at = &(*at)->next;
    timer->next = *at;
    *at = timer;
}

static enum error due(struct store *store, unsigned shard, int64_t now_ms, store_due_done *done, void *ctx)
{
    struct store_memory *self = (struct store_memory *)store;
    struct due_timer list[STORE_DUE_MAX];
    size_t count = 0;
    for (const struct memory_timer *t = self->shards[shard].timers; t && count < STORE_DUE_MAX; t = t->next)
        if (t->due_ms <= now_ms)
            list[count++] =
                (struct due_timer){shard, slice_of(t->name), slice_of(t->channel), slice_of(t->contact), t->due_ms};
    done(ctx, OK, list, count);
    return OK;
}

static enum error postpone(struct store *store, const struct due_timer *timer, int64_t due_ms, store_ended *done,
                           void *ctx)
{
    struct store_memory *self = (struct store_memory *)store;
    struct memory_timer **at = &self->shards[timer->shard].timers;
    while (*at && !(slice_is(timer->name, (*at)->name) && slice_is(timer->channel, (*at)->channel) &&
                    slice_is(timer->contact, (*at)->contact) && (*at)->due_ms == timer->due_ms))
        at = &(*at)->next;
    struct memory_timer *found = *at;
    if (found) {
        *at = found->next;
        found->due_ms = due_ms;
        if (due_ms)
            put_timer(self, found);
        else
            free_timer(found);
    }
    done(ctx, OK);
    return OK;
}

/* ---- the commit ---- */

static void free_contact(struct memory_contact *c)
{
    if (!c)
        return;
    for (struct memory_person *p = c->persons, *next; p; p = next) {
        next = p->next;
        memory_person_free(p);
    }
    mem_free(c->name);
    mem_free(c->state);
    mem_free(c->session);
    mem_free(c->ussd_text);
    mem_free(c->limits);
    mem_free(c->facts);
    mem_free(c);
}

static void free_seen(struct memory_seen *seen)
{
    mem_free(seen->id);
    mem_free(seen->reply);
    mem_free(seen->turn);
    mem_free(seen->who);
}

static void free_making(struct making *m)
{
    free_contact(m->contact);
    memory_person_free(m->person);
    mem_free(m->state);
    mem_free(m->session);
    mem_free(m->ussd_text);
    mem_free(m->facts);
    free_seen(&m->seen);
    for (size_t i = 0; i < STORE_ROWS_MAX; i++) {
        memory_entry_free(m->entries[i]);
        free_timer(m->timers[i]);
    }
}

static char *copy(struct making *m, struct slice text)
{
    char *made = mem_copy(text.ptr, text.len);
    m->failed = m->failed || !made;
    return made;
}

static void make_contact(struct store_memory *self, struct making *m, struct memory_contact *held,
                         const struct commit *c)
{
    m->state = copy(m, c->state);
    m->session = copy(m, c->session);
    m->ussd_text = copy(m, c->ussd_text);
    m->facts = copy(m, c->facts);
    if (!held) {
        m->contact = mem_alloc(sizeof(*m->contact));
        m->failed = m->failed || !m->contact;
    }
    if (m->contact) {
        m->failed = !memory_people_reserve(self, shard_of(c->contact)) || m->failed;
        m->contact->name = copy(m, c->contact);
        m->contact->session = copy(m, SLICE_NONE);
        m->contact->ussd_text = copy(m, SLICE_NONE);
        m->contact->facts = copy(m, SLICE_NONE);
    }
    if (c->inbound_ms && !memory_person_find(held, c->channel)) {
        m->person = memory_person_new(c->channel);
        m->failed = m->failed || !m->person;
    }
}

static bool make_all(struct store_memory *self, struct making *m, struct memory_contact *held, const struct commit *c)
{
    const struct slice turn = c->erase || c->outbox_count ? SLICE_NONE : c->journal;
    memset(m, 0, sizeof(*m));
    make_contact(self, m, held, c);
    m->seen = (struct memory_seen){.id = copy(m, c->message_id),
                                   .reply = copy(m, c->erase ? c->reply : SLICE_NONE),
                                   .turn = copy(m, turn),
                                   .turn_len = turn.len,
                                   .who = copy(m, c->contact),
                                   .hash = slice_hash(c->message_id)};
    for (size_t i = 0; i < c->outbox_count; i++)
        m->failed = !(m->entries[i] = memory_entry_new(c->outbox[i].name, c->outbox[i].value, 0)) || m->failed;
    for (size_t i = 0; i < c->timer_count; i++)
        if (c->timers[i].due_ms)
            m->failed = !(m->timers[i] = new_timer(c, &c->timers[i])) || m->failed;
    return !m->failed;
}

static void swap_text(char **held, char **made)
{
    char *old = *held;
    *held = *made;
    *made = old;
}

/* Takes what was made of the contact; what it replaces is left in `m`. */
static void take_contact(struct store_memory *self, struct making *m, struct memory_contact *held,
                         const struct commit *c)
{
    if (m->contact) {
        held = m->contact;
        m->contact = NULL;
        held->next = self->contacts;
        self->contacts = held;
        memory_people_add(self, held);
    }
    if (m->person) {
        m->person->next = held->persons;
        held->persons = m->person;
        m->person = NULL;
    }
    held->version = c->expected + 1;
    held->born_ms = c->born_ms ? c->born_ms : c->now_ms;
    held->state_len = c->state.len;
    swap_text(&held->state, &m->state);
    if (c->learned) {
        held->facts_len = c->facts.len;
        swap_text(&held->facts, &m->facts);
    }
    if (c->session.len) {
        swap_text(&held->session, &m->session);
        swap_text(&held->ussd_text, &m->ussd_text);
    }
    if (c->inbound_ms)
        memory_person_find(held, c->channel)->inbound_ms = c->inbound_ms;
    if (c->opt != OPT_UNCHANGED)
        held->opted_out = c->opt == OPT_OUT;
    memory_profile_commit(held, c);
}

/* Forgets a contact, its timers and its turns; that its messages were seen stays known. */
static void forget(struct store_memory *self, struct slice name)
{
    for (size_t i = 0; i < STORE_MEMORY_SEEN; i++)
        if (self->seen[i].id && slice_is(name, self->seen[i].who))
            self->seen[i].turn_len = 0;
    drop_timers(self, name, SLICE_NONE, 0);
    struct memory_contact **at = &self->contacts;
    while (*at && !slice_is(name, (*at)->name))
        at = &(*at)->next;
    struct memory_contact *gone = *at;
    if (!gone)
        return;
    *at = gone->next;
    memory_people_forget(self, gone);
    free_contact(gone);
}

static void take_rows(struct store_memory *self, struct making *m, const struct commit *c)
{
    unsigned shard = shard_of(c->contact);
    for (size_t i = 0; i < c->outbox_count; i++) {
        enum message_class class = CLASS_REPLY;
        bool bulk = message_class_find(c->outbox[i].name, &class) && message_class(class)->bulk;
        memory_entry_append(self, shard, bulk ? STREAM_BULK : STREAM_REPLIES, m->entries[i]);
        m->entries[i] = NULL;
    }
    if (c->fired.name.len)
        drop_timers(self, c->contact, c->fired.name, c->fired.due_ms);
    for (size_t i = 0; i < c->timer_count; i++) {
        drop_timers(self, c->contact, c->timers[i].name, 0);
        if (m->timers[i])
            put_timer(self, m->timers[i]);
        m->timers[i] = NULL;
    }
    if (c->opt == OPT_OUT)
        drop_timers(self, c->contact, SLICE_NONE, 0);
}

static enum error commit(struct store *store, const struct commit *c, store_committed *done, void *ctx)
{
    struct store_memory *self = (struct store_memory *)store;
    struct memory_contact *held = memory_contact_find(self, c->contact);
    const struct memory_seen *seen = find_seen(self, c->contact, c->message_id);
    struct stored newer = describe(held);
    struct making m;
    bool moved = newer.version != c->expected || newer.born_ms != c->born_ms;
    if (!moved && seen)
        newer = repeat(seen);
    if (moved || seen) {
        done(ctx, ERR_CONFLICT, &newer);
        return OK;
    }
    if (!make_all(self, &m, held, c)) {
        free_making(&m);
        return ERR_NOMEM;
    }
    struct memory_seen *slot = &self->seen[self->next_seen++ % STORE_MEMORY_SEEN], old = *slot;
    *slot = m.seen;
    m.seen = old;
    take_contact(self, &m, held, c);
    take_rows(self, &m, c);
    if (c->erase)
        forget(self, c->contact);
    free_making(&m);
    done(ctx, OK, NULL);
    return OK;
}

static void close_store(struct store *store)
{
    struct store_memory *self = (struct store_memory *)store;
    while (self->contacts) {
        struct memory_contact *next = self->contacts->next;
        free_contact(self->contacts);
        self->contacts = next;
    }
    for (size_t i = 0; i < STORE_MEMORY_SEEN; i++)
        free_seen(&self->seen[i]);
    for (size_t i = 0; i < SHARDS; i++) {
        for (struct memory_timer *t = self->shards[i].timers, *next; t; t = next) {
            next = t->next;
            free_timer(t);
        }
    }
    memory_outbox_free(self);
    memory_people_free(self);
    mem_free(self);
}

void store_memory_set_loop(struct store *store, struct loop *loop)
{
    ((struct store_memory *)store)->loop = loop;
}

struct store *store_memory_new(void)
{
    static const struct store_methods methods = {.load = load,
                                                 .commit = commit,
                                                 .close = close_store,
                                                 .attend = memory_attend,
                                                 .lease = memory_lease,
                                                 .read = memory_read,
                                                 .intend = memory_intend,
                                                 .end = memory_end,
                                                 .receive = memory_receive,
                                                 .tally = memory_tally,
                                                 .due = due,
                                                 .postpone = postpone,
                                                 .swap = memory_swap,
                                                 .columns = memory_columns,
                                                 .people = memory_people_read};
    struct store_memory *self = mem_alloc(sizeof(*self));
    if (!self)
        return NULL;
    self->head.methods = &methods;
    return &self->head;
}
