/* The store in memory, what is sent: the twin of gateway/lua/outbox.lua and lease.lua. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/mem.h"
#include "gateway/store_memory_parts.h"

#define KEEP_EARLY_MS 600000 /* as outbox.lua */

static int64_t steady_ms(const struct store_memory *self)
{
    return self->loop ? loop_steady_ms(self->loop) : 0;
}

/* ---- who is there, leases, a channel's limits ---- */

enum error memory_attend(struct store *store, struct slice owner, int64_t now_ms, bool leaves, store_counted *done,
                         void *ctx)
{
    struct store_memory *self = (struct store_memory *)store;
    struct memory_worker **at = &self->workers, *made = leaves ? NULL : mem_alloc(sizeof(*made));
    size_t count = 0;
    if (!leaves && !made)
        return ERR_NOMEM;
    while (*at) {
        struct memory_worker *worker = *at;
        if (slice_is(owner, worker->owner) || worker->told_ms < now_ms - STORE_ATTENDANCE_MS ||
            worker->told_ms > now_ms + STORE_ATTENDANCE_MS) {
            *at = worker->next;
            mem_free(worker);
        } else {
            count++;
            at = &worker->next;
        }
    }
    if (made) {
        slice_copy(owner, made->owner, sizeof(made->owner));
        made->told_ms = now_ms;
        made->next = self->workers;
        self->workers = made;
        count++;
    }
    done(ctx, OK, count);
    return OK;
}

static bool is_leased(const struct store_memory *self, const struct memory_shard *shard)
{
    return shard->holder[0] && (!self->loop || steady_ms(self) < shard->leased_until_ms);
}

static bool holds_lease(const struct store_memory *self, unsigned shard, struct slice owner, uint64_t token)
{
    const struct memory_shard *s = &self->shards[shard];
    return is_leased(self, s) && slice_is(owner, s->holder) && s->token == token;
}

enum error memory_lease(struct store *store, unsigned shard, struct slice owner, int64_t keep_ms, store_leased *done,
                        void *ctx)
{
    struct store_memory *self = (struct store_memory *)store;
    struct memory_shard *s = &self->shards[shard];
    uint64_t token = 0;
    bool leased = is_leased(self, s), ours = leased && slice_is(owner, s->holder);
    if (ours || !leased) {
        if (!ours && keep_ms > 0)
            s->token++;
        s->holder[0] = '\0';
        if (keep_ms > 0) {
            slice_copy(owner, s->holder, sizeof(s->holder));
            s->leased_until_ms = steady_ms(self) + keep_ms;
            token = s->token;
        }
    }
    done(ctx, OK, token);
    return OK;
}

static struct memory_limits *find_limits(struct store_memory *self, struct slice channel)
{
    struct memory_limits *limits = self->limits;
    while (limits && !slice_is(channel, limits->channel))
        limits = limits->next;
    return limits;
}

static void free_limits(struct memory_limits *limits)
{
    mem_free(limits->channel);
    mem_free(limits->held);
    mem_free(limits);
}

enum error memory_swap(struct store *store, struct slice channel, struct slice before, struct slice then,
                       store_swapped *done, void *ctx)
{
    struct store_memory *self = (struct store_memory *)store;
    struct memory_limits *held = find_limits(self, channel);
    if (!slice_eq(held ? slice_of(held->held) : SLICE_NONE, before)) {
        done(ctx, ERR_CONFLICT, held ? slice_of(held->held) : SLICE_NONE);
        return OK;
    }
    char *text = mem_copy(then.ptr, then.len);
    if (text && !held && (held = mem_alloc(sizeof(*held)))) {
        held->channel = mem_copy(channel.ptr, channel.len);
        if (!held->channel) {
            free_limits(held);
            held = NULL;
        } else {
            held->next = self->limits;
            self->limits = held;
        }
    }
    if (!text || !held) {
        mem_free(text);
        return ERR_NOMEM;
    }
    mem_free(held->held);
    held->held = text;
    done(ctx, OK, SLICE_NONE);
    return OK;
}

/* ---- streams ---- */

struct memory_entry *memory_entry_new(struct slice class, struct slice json, int64_t again_ms)
{
    struct memory_entry *made = mem_alloc(sizeof(*made));
    if (!made)
        return NULL;
    made->class = mem_copy(class.ptr, class.len);
    made->json = mem_copy(json.ptr, json.len);
    made->json_len = json.len;
    made->again_ms = again_ms;
    if (made->class && made->json)
        return made;
    memory_entry_free(made);
    return NULL;
}

void memory_entry_free(struct memory_entry *entry)
{
    if (!entry)
        return;
    mem_free(entry->class);
    mem_free(entry->json);
    mem_free(entry);
}

/* Ids rise strictly in a stream; those of bulk have a range of their own, for both share the shard's records. */
void memory_entry_append(struct store_memory *self, unsigned shard, enum store_stream stream,
                         struct memory_entry *entry)
{
    struct memory_stream *s = &self->shards[shard].streams[stream];
    int64_t now_ms = self->loop ? loop_now_ms(self->loop) : 0;
    if ((uint64_t)now_ms > s->ms) {
        s->ms = (uint64_t)now_ms;
        s->number = 0;
    } else {
        s->number++;
    }
    if (stream == STREAM_BULK && s->number < STORE_BULK_NUMBER)
        s->number += STORE_BULK_NUMBER;
    entry->ms = s->ms;
    entry->number = s->number;
    entry->next = NULL;
    *(s->first ? &s->last->next : &s->first) = entry;
    s->last = entry;
    self->shards[shard].tally.waiting++;
}

static void write_id(const struct memory_entry *entry, char id[STORE_ID_MAX])
{
    snprintf(id, STORE_ID_MAX, "%llu-%llu", (unsigned long long)entry->ms, (unsigned long long)entry->number);
}

static void delete_entry(struct store_memory *self, unsigned shard, enum store_stream stream, struct slice id)
{
    struct memory_stream *s = &self->shards[shard].streams[stream];
    struct memory_entry *before = NULL, *at = s->first;
    char text[STORE_ID_MAX];
    for (; at; before = at, at = at->next) {
        write_id(at, text);
        if (slice_is(id, text))
            break;
    }
    if (!at)
        return;
    *(before ? &before->next : &s->first) = at->next;
    if (s->last == at)
        s->last = before;
    memory_entry_free(at);
    self->shards[shard].tally.waiting--;
}

/* One entry of a reading; a copy, because the callback may end the entry. */
struct item {
    struct item *next;
    char id[STORE_ID_MAX];
    unsigned shard;
    struct slice class, json;
    int64_t again_ms;
};

static struct item *new_item(const struct memory_entry *entry, unsigned shard)
{
    size_t class_len = strlen(entry->class);
    struct item *item = mem_alloc(sizeof(*item) + class_len + entry->json_len + 1);
    if (!item)
        return NULL;
    char *texts = (char *)(item + 1);
    memcpy(texts, entry->class, class_len);
    memcpy(texts + class_len, entry->json, entry->json_len);
    write_id(entry, item->id);
    item->shard = shard;
    item->class = (struct slice){texts, class_len};
    item->json = (struct slice){texts + class_len, entry->json_len};
    item->again_ms = entry->again_ms;
    return item;
}

/* Copies up to `most` entries behind a cursor to the list's end. Returns their number, or SIZE_MAX without memory. */
static size_t gather(const struct memory_stream *s, const struct store_cursor *cursor, size_t most, struct item ***end)
{
    uint64_t ms, number;
    char *rest;
    size_t count = 0;
    if (!s->first)
        return 0;
    ms = strtoull(cursor->after, &rest, 10);
    number = *rest == '-' ? strtoull(rest + 1, NULL, 10) : 0;
    for (const struct memory_entry *e = s->first; e && count < most; e = e->next) {
        if (e->ms < ms || (e->ms == ms && e->number <= number))
            continue;
        if (!(**end = new_item(e, cursor->shard)))
            return SIZE_MAX;
        *end = &(**end)->next;
        count++;
    }
    return count;
}

static void free_items(struct item *item)
{
    for (struct item *next; item; item = next) {
        next = item->next;
        mem_free(item);
    }
}

enum error memory_read(struct store *store, enum store_stream stream, const struct store_cursor *cursors, size_t count,
                       size_t most, store_read_done *done, void *ctx)
{
    struct store_memory *self = (struct store_memory *)store;
    struct item *items = NULL, **end = &items;
    size_t total = 0;
    most = most < STORE_READ_MAX ? most : STORE_READ_MAX;
    for (size_t i = 0; i < count; i++) {
        size_t found = gather(&self->shards[cursors[i].shard].streams[stream], &cursors[i], most, &end);
        if (found == SIZE_MAX) {
            free_items(items);
            return ERR_NOMEM;
        }
        total += found;
    }
    struct store_entry *list = total ? mem_alloc(total * sizeof(*list)) : NULL;
    if (total && !list) {
        free_items(items);
        return ERR_NOMEM;
    }
    total = 0;
    for (const struct item *i = items; i; i = i->next)
        list[total++] = (struct store_entry){i->shard, slice_of(i->id), i->class, i->json, i->again_ms};
    done(ctx, OK, list, total);
    mem_free(list);
    free_items(items);
    return OK;
}

/* ---- a message's record ---- */

static struct memory_send *find_send(struct memory_shard *shard, struct slice id)
{
    struct memory_send *send = shard->sends;
    while (send && !slice_is(id, send->id))
        send = send->next;
    return send;
}

const struct memory_send *memory_send_find(const struct store_memory *self, unsigned shard, struct slice id)
{
    const struct memory_send *send = self->shards[shard].sends;
    while (send && !slice_is(id, send->id))
        send = send->next;
    return send;
}

static struct memory_send *need_send(struct memory_shard *shard, struct slice id)
{
    struct memory_send *send = find_send(shard, id);
    if (send || !(send = mem_alloc(sizeof(*send))))
        return send;
    slice_copy(id, send->id, sizeof(send->id));
    send->state = MEMORY_NEW;
    send->next = shard->sends;
    shard->sends = send;
    return send;
}

static bool is_final(const struct memory_send *send)
{
    return send && send->state != SEND_STATE_WAIT && send->state != MEMORY_INTENT && send->state != MEMORY_NEW;
}

static enum memory_delivery delivery_of(struct slice status)
{
    static const char *const names[] = {"", "queued", "sent", "delivered", "read", "played", "failed"};
    for (size_t i = 1; i < sizeof(names) / sizeof(names[0]); i++)
        if (slice_is(status, names[i]))
            return (enum memory_delivery)i;
    return MEMORY_NOTHING;
}

/* Moves a delivery: forward, never back; failed only from below delivered. */
static bool advance(enum memory_delivery *now, enum memory_delivery status)
{
    if (*now == MEMORY_FAILED || status == MEMORY_NOTHING)
        return false;
    if (status == MEMORY_FAILED ? *now >= MEMORY_DELIVERED : status <= *now)
        return false;
    *now = status;
    return true;
}

/* The delivery of several parts: failed when one failed, else as far as the slowest. */
static enum memory_delivery of_parts(const struct memory_send *send)
{
    enum memory_delivery slowest = MEMORY_PLAYED;
    size_t heard = 0;
    for (const struct memory_part *part = send->heard; part; part = part->next, heard++) {
        if (part->delivery == MEMORY_FAILED)
            return MEMORY_FAILED;
        if (part->delivery < slowest)
            slowest = part->delivery;
    }
    return heard >= send->parts ? slowest : MEMORY_QUEUED;
}

static enum error advance_part(struct memory_send *send, struct slice name, enum memory_delivery status)
{
    if (!name.len || send->parts < 2) {
        advance(&send->delivery, status);
        return OK;
    }
    struct memory_part *part = send->heard;
    while (part && !slice_is(name, part->name))
        part = part->next;
    if (!part) {
        part = mem_alloc(sizeof(*part));
        if (!part || !(part->name = mem_copy(name.ptr, name.len))) {
            mem_free(part);
            return ERR_NOMEM;
        }
        if (!advance(&part->delivery, status)) {
            mem_free(part->name);
            mem_free(part);
            return OK;
        }
        part->next = send->heard;
        send->heard = part;
    } else if (!advance(&part->delivery, status)) {
        return OK;
    }
    advance(&send->delivery, of_parts(send));
    return OK;
}

/* ---- leave ---- */

/* What is to be said before the person is looked at; LEAVES: nothing. */
static enum leave refuse(struct store_memory *self, const struct intent *intent, const struct memory_send *send)
{
    bool open = send && send->state == MEMORY_INTENT && !slice_is(intent->owner, send->by);
    if (is_final(send))
        return LEAVE_DONE;
    if (!holds_lease(self, intent->shard, intent->owner, intent->token))
        return LEAVE_LOST;
    if (open && send->delivery > MEMORY_QUEUED)
        return LEAVE_SENT;
    if (open && !intent->resend)
        return LEAVE_DOUBT;
    return send && send->state == SEND_STATE_WAIT && send->due_ms > intent->now_ms ? LEAVE_LATER : LEAVES;
}

/* A person's limits, as their one text is taken apart: the channel's own, and what all channels share. */
struct limits_parts {
    struct slice own, shared;
};

static struct limits_parts split_limits(struct slice text)
{
    size_t bar = slice_find(text, '|');
    return (struct limits_parts){slice_part(text, 0, bar), slice_part(text, bar + 1, text.len)};
}

static bool replace_text(char **text, struct slice then)
{
    char *made = mem_copy(then.ptr, then.len);
    if (made) {
        mem_free(*text);
        *text = made;
    }
    return made != NULL;
}

/* Sets the channel's own part, making the person where there is none. Returns false without memory. */
static bool set_own(struct memory_contact *contact, struct slice channel, struct slice own)
{
    struct memory_person *person = memory_person_find(contact, channel);
    if (!person && (person = memory_person_new(channel))) {
        person->next = contact->persons;
        contact->persons = person;
    }
    return person && replace_text(&person->limits, own);
}

/* Compares and sets the person's limits. Returns OK; ERR_CONFLICT with what is held, in `text`; or ERR_NOMEM. */
static enum error swap_person(struct memory_contact *contact, const struct intent *intent, struct store_person *held,
                              char text[STORE_LIMITS_MAX])
{
    const struct limits_parts before = split_limits(intent->limits_before), then = split_limits(intent->limits_then);
    struct memory_person *person = memory_person_find(contact, intent->channel);
    const char *own = person && person->limits ? person->limits : "";
    const char *shared = contact && contact->limits ? contact->limits : "";
    bool sharing = !slice_eq(before.shared, then.shared);
    if (!slice_is(before.own, own) || (sharing && !slice_is(before.shared, shared))) {
        snprintf(text, STORE_LIMITS_MAX, shared[0] ? "%s|%s" : "%s", own, shared);
        *held = (struct store_person){slice_of(text), person ? person->inbound_ms : 0};
        return ERR_CONFLICT;
    }
    if (contact && !slice_eq(before.own, then.own) && !set_own(contact, intent->channel, then.own))
        return ERR_NOMEM;
    return contact && sharing && !replace_text(&contact->limits, then.shared) ? ERR_NOMEM : OK;
}

enum error memory_intend(struct store *store, const struct intent *intent, store_intended *done, void *ctx)
{
    struct store_memory *self = (struct store_memory *)store;
    struct memory_shard *shard = &self->shards[intent->shard];
    struct memory_send *send = find_send(shard, intent->id);
    struct memory_contact *contact = memory_contact_find(self, intent->contact);
    struct leave_given given = {.leave = refuse(self, intent, send)};
    if (given.leave == LEAVE_LATER)
        given.due_ms = send->due_ms;
    bool open = send && send->state == MEMORY_INTENT && !slice_is(intent->owner, send->by);
    if (given.leave == LEAVES && !intent->after_opt_out && (!contact || contact->opted_out))
        given.leave = open ? LEAVE_DOUBT : LEAVE_DROP; /* what is open may have gone before the person went out */
    if (given.leave != LEAVES) {
        done(ctx, OK, &given);
        return OK;
    }
    bool again = send && send->state == MEMORY_INTENT && slice_is(intent->owner, send->by);
    if (!(send = need_send(shard, intent->id)))
        return ERR_NOMEM;
    char limits[STORE_LIMITS_MAX];
    enum error error = intent->limited && !again ? swap_person(contact, intent, &given.person, limits) : OK;
    if (error == ERR_NOMEM)
        return error;
    given.leave = error ? LEAVE_LIMITS : LEAVE_GO;
    if (!error) {
        send->state = MEMORY_INTENT;
        slice_copy(intent->owner, send->by, sizeof(send->by));
        given.tries = ++send->tries;
    }
    done(ctx, OK, &given);
    return OK;
}

/* ---- ends ---- */

static struct memory_name *find_name(struct memory_shard *shard, struct slice name)
{
    struct memory_name *at = shard->names;
    while (at && !slice_is(name, at->name))
        at = at->next;
    return at;
}

static struct memory_name *need_name(struct memory_shard *shard, struct slice name)
{
    struct memory_name *made = find_name(shard, name);
    if (made || !(made = mem_alloc(sizeof(*made))))
        return made;
    if (!(made->name = mem_copy(name.ptr, name.len))) {
        mem_free(made);
        return NULL;
    }
    made->next = shard->names;
    shard->names = made;
    return made;
}

static bool is_kept(const struct store_memory *self, const struct memory_name *name)
{
    return name->delivery && (!self->loop || steady_ms(self) < name->until_ms);
}

/* Ties a provider's id to its message, and takes what came before. */
static enum error take_early(struct store_memory *self, struct memory_send *send, const struct send_end *end, size_t at)
{
    char text[KEY_MAX];
    struct slice id = end->provider_ids[at], part = end->parts > 1 ? id : SLICE_NONE;
    snprintf(text, sizeof(text), "%.*s:%.*s", (int)end->channel.len, end->channel.ptr, (int)id.len, id.ptr);
    struct memory_name *name = need_name(&self->shards[end->shard], slice_of(text));
    char *kept = name ? mem_copy(part.ptr, part.len) : NULL;
    if (!kept)
        return ERR_NOMEM;
    enum error error = is_kept(self, name) ? advance_part(send, part, name->delivery) : OK;
    mem_free(name->part);
    name->part = kept;
    name->delivery = MEMORY_NOTHING;
    memcpy(name->id, send->id, sizeof(name->id));
    return error;
}

static void leave_doubt(struct memory_shard *shard, const struct memory_send *send)
{
    if (send->state == SEND_STATE_DOUBT)
        shard->tally.doubt--;
}

static enum error send_again(struct store_memory *self, struct memory_send *send, const struct send_end *end)
{
    struct memory_entry *entry = memory_entry_new(end->class, end->json, end->now_ms);
    if (!entry)
        return ERR_NOMEM;
    leave_doubt(&self->shards[end->shard], send);
    memory_entry_append(self, end->shard, end->stream, entry);
    send->state = MEMORY_RESENT;
    return OK;
}

/* Writes the state; the names come first, so that a lack of memory leaves the message where it was. */
static enum error write_end(struct store_memory *self, const struct send_end *end)
{
    struct memory_shard *shard = &self->shards[end->shard];
    struct memory_send *send = need_send(shard, end->id);
    enum error error = send ? OK : ERR_NOMEM;
    if (error)
        return error;
    send->parts = end->parts ? end->parts : 1;
    bool named = !end->referred && end->state != SEND_STATE_WAIT;
    for (size_t i = 0; !error && named && i < end->provider_id_count; i++)
        error = take_early(self, send, end, i);
    if (error)
        return error;
    leave_doubt(shard, send);
    send->state = end->state;
    send->due_ms = end->due_ms;
    if (end->state != SEND_STATE_WAIT)
        delete_entry(self, end->shard, end->stream, end->id);
    shard->tally.doubt += end->state == SEND_STATE_DOUBT;
    shard->tally.dead += end->state == SEND_STATE_DEAD;
    return OK;
}

enum error memory_end(struct store *store, const struct send_end *end, store_ended *done, void *ctx)
{
    struct store_memory *self = (struct store_memory *)store;
    struct memory_send *send = find_send(&self->shards[end->shard], end->id);
    bool ours = send && slice_is(end->owner, send->by);
    bool late = ours && send->state == SEND_STATE_DOUBT && end->state != SEND_STATE_DOUBT;
    enum error error = OK, answer = OK;
    if (is_final(send) && !late)
        error = OK;
    else if (!late && !(ours && send->state == MEMORY_INTENT) && !holds_lease(self, end->shard, end->owner, end->token))
        answer = ERR_CONFLICT;
    else if (late && end->state == SEND_STATE_WAIT)
        error = send_again(self, send, end);
    else
        error = write_end(self, end);
    if (error)
        return error;
    done(ctx, answer);
    return OK;
}

/* ---- receipts ---- */

static enum error take_receipt(struct memory_shard *shard, struct slice id, struct slice part, struct slice status)
{
    struct memory_send *send = find_send(shard, id);
    if (!send || send->state == MEMORY_NEW)
        return OK;
    enum error error = advance_part(send, part, delivery_of(status));
    if (error || send->state != SEND_STATE_DOUBT)
        return error;
    leave_doubt(shard, send);
    send->state = SEND_STATE_SENT;
    return OK;
}

enum error memory_receive(struct store *store, const struct receipt_row *r, store_ended *done, void *ctx)
{
    struct store_memory *self = (struct store_memory *)store;
    struct memory_shard *shard = &self->shards[r->shard];
    enum error error = OK;
    if (r->id.len) {
        error = take_receipt(shard, r->id, r->part, r->status);
    } else {
        struct memory_name *name = need_name(shard, r->name);
        if (!name) {
            error = ERR_NOMEM;
        } else if (name->id[0]) {
            error = take_receipt(shard, slice_of(name->id), r->part.len ? r->part : slice_of(name->part), r->status);
        } else {
            if (!is_kept(self, name))
                name->delivery = MEMORY_NOTHING;
            advance(&name->delivery, delivery_of(r->status));
            name->until_ms = steady_ms(self) + KEEP_EARLY_MS;
        }
    }
    if (error)
        return error;
    done(ctx, OK);
    return OK;
}

enum error memory_tally(struct store *store, unsigned shard, store_tallied *done, void *ctx)
{
    const struct tally tally = ((struct store_memory *)store)->shards[shard].tally;
    done(ctx, OK, &tally);
    return OK;
}

static void free_shard(struct memory_shard *shard)
{
    for (size_t i = 0; i < STORE_STREAMS; i++) {
        for (struct memory_entry *e = shard->streams[i].first, *next; e; e = next) {
            next = e->next;
            memory_entry_free(e);
        }
    }
    for (struct memory_send *send = shard->sends, *next; send; send = next) {
        next = send->next;
        for (struct memory_part *part = send->heard, *after; part; part = after) {
            after = part->next;
            mem_free(part->name);
            mem_free(part);
        }
        mem_free(send);
    }
    for (struct memory_name *name = shard->names, *next; name; name = next) {
        next = name->next;
        mem_free(name->name);
        mem_free(name->part);
        mem_free(name);
    }
}

void memory_outbox_free(struct store_memory *self)
{
    for (size_t i = 0; i < SHARDS; i++)
        free_shard(&self->shards[i]);
    for (struct memory_worker *worker = self->workers, *next; worker; worker = next) {
        next = worker->next;
        mem_free(worker);
    }
    for (struct memory_limits *limits = self->limits, *next; limits; limits = next) {
        next = limits->next;
        free_limits(limits);
    }
}
