/* What must always hold, looked at whenever the store has done something or a provider took something. The checks keep
 * books of their own and believe nobody's. */
#include "tests/sim/sim.h"

#include <stdarg.h>

/* The first one counts. */
void sim_violation(struct sim *sim, const char *name, const char *format, ...)
{
    va_list list;
    va_start(list, format);
    if (!sim->violations++) {
        int len = snprintf(sim->why, sizeof(sim->why), "%s: ", name);
        vsnprintf(sim->why + len, sizeof(sim->why) - (size_t)len, format, list);
    }
    va_end(list);
    if (sim->trace)
        printf("%lld VIOLATION %s\n", (long long)(sim->now_ms - SIM_BEGIN_MS), sim->why);
}

unsigned sim_person_of(struct slice contact)
{
    unsigned i = 0;
    while (i < SIM_PEOPLE && !slice_eq(contact, sim_person(i)))
        i++;
    return i;
}

unsigned sim_channel_of(const struct sim *sim, struct slice name)
{
    unsigned i = 0;
    while (i < SIM_CHANNELS && !slice_is(name, sim->channels[i].name))
        i++;
    return i;
}

/* Enters new entries of a shard into the books. */
void sim_check_new(struct sim *sim, unsigned shard)
{
    const struct store_memory *memory = (const struct store_memory *)sim->memory;
    for (int stream = 0; stream < STORE_STREAMS; stream++) {
        struct sim_message *latest = sim->latest[shard][stream];
        for (const struct memory_entry *e = memory->shards[shard].streams[stream].first; e; e = e->next) {
            char id[STORE_ID_MAX];
            unsigned long long ms = 0, number = 0;
            enum error error;
            if (latest)
                sscanf(latest->id, "%llu-%llu", &ms, &number);
            if (latest && (e->ms < ms || (e->ms == ms && e->number <= number)))
                continue;
            snprintf(id, sizeof(id), "%llu-%llu", (unsigned long long)e->ms, (unsigned long long)e->number);
            const struct store_entry item = {shard, slice_of(id), slice_of(e->class), {e->json, e->json_len}, 0};
            struct outbox_entry *entry = outbox_entry_read(&item, (enum store_stream)stream, &error);
            struct sim_message *made = mem_alloc(sizeof(*made));
            unsigned channel = entry ? sim_channel_of(sim, entry->channel) : SIM_CHANNELS;
            if (channel == SIM_CHANNELS || !made) {
                sim_violation(sim, "entries can be read", "one of shard %u", shard);
                mem_free(made);
                outbox_entry_free(entry);
                return;
            }
            for (const struct sim_message *m = sim->messages[shard]; m; m = m->next)
                if (strcmp(m->id, id) == 0)
                    sim_violation(sim, "ids do not meet", "two entries of shard %u are %s", shard, id);
            *made = (struct sim_message){.next = sim->messages[shard],
                                         .shard = shard,
                                         .channel = channel,
                                         .cost = adapter_cost(&sim->channels[channel], &entry->message),
                                         .stream = (enum store_stream)stream,
                                         .class = entry->class,
                                         .state = MEMORY_NEW};
            memcpy(made->id, id, sizeof(made->id));
            slice_copy(entry->to, made->to, sizeof(made->to));
            if (sim->rules[channel].segment_us && made->cost > sim->cost_max)
                sim->cost_max = made->cost;
            sim->messages[shard] = made;
            latest = sim->latest[shard][stream] = made;
            outbox_entry_free(entry);
        }
    }
}

/* Two commits of one message id, of a person or a timer. */
static bool is_again(struct sim *sim, struct slice id)
{
    uint64_t hash = 0xCBF29CE484222325u;
    for (size_t i = 0; i < id.len; i++)
        hash = (hash ^ (unsigned char)id.ptr[i]) * 0x100000001B3u;
    for (size_t i = 0; i < sim->committed_count; i++)
        if (sim->committed[i] == hash)
            return true;
    if (sim->committed_count < SIM_COMMITS_MAX)
        sim->committed[sim->committed_count++] = hash;
    return false;
}

/* A message id has one effect, and the contact's version is one more after it. */
void sim_check_committed(struct sim *sim, const struct commit *c, enum error error)
{
    unsigned person = sim_person_of(c->contact);
    if (error || person == SIM_PEOPLE)
        return;
    for (struct sim_inbound *in = sim->inbounds; in; in = in->next)
        in->commits += !in->dial && slice_is(c->message_id, in->id);
    sim_ussd_committed(sim, c);
    if (is_again(sim, c->message_id))
        sim_violation(sim, "one effect", "%.*s had two", (int)c->message_id.len, c->message_id.ptr);
    if (c->fired.name.len)
        sim->did.timers++;
    const struct memory_contact *held = memory_contact_find((struct store_memory *)sim->memory, c->contact);
    if (!c->erase && (!held || held->version != c->expected + 1))
        sim_violation(sim, "versions", "that of %s made no step", sim_person(person).ptr);
    if (sim->versions[person] != c->expected)
        sim_violation(sim, "versions", "%s was at version %llu, and a commit over %llu was taken",
                      sim_person(person).ptr, (unsigned long long)sim->versions[person],
                      (unsigned long long)c->expected);
    sim->versions[person] = c->erase ? 0 : c->expected + 1;
    if (c->opt != OPT_UNCHANGED)
        sim->opted_out[person] = c->opt == OPT_OUT;
    if (c->erase)
        sim->opted_out[person] = true; /* nothing but a confirmation, until the person comes again */
    else if (!c->born_ms && c->opt != OPT_OUT)
        sim->opted_out[person] = false;
    if (c->erase) {
        sim->pair_tat_us[person] = 0;
        sim->sessions[person][0] = '\0';
    }
    sim_book_timers(sim, c, person);
    sim_check_new(sim, shard_of(c->contact));
}

static struct sim_message *find_message(struct sim *sim, unsigned shard, struct slice id)
{
    struct sim_message *m = sim->messages[shard];
    while (m && !slice_is(id, m->id))
        m = m->next;
    return m;
}

static bool is_final_state(unsigned state)
{
    return state == SEND_STATE_SENT || state == SEND_STATE_DEAD || state == SEND_STATE_DROPPED ||
           state == MEMORY_RESENT;
}

/* A worker that drains ends what it began, and begins nothing. */
void sim_check_asked(const struct sim_worker *worker, const struct intent *intent)
{
    struct sim_message *m = find_message(worker->sim, intent->shard, intent->id);
    if (!m)
        return;
    if (worker->drains && m->asked[worker->number] != worker->life)
        sim_violation(worker->sim, "drain", "%s begins %u-%s while it drains", worker->word, m->shard, m->id);
    m->asked[worker->number] = worker->life;
}

/* Leave: to who holds the shard, for a message that is not over, that nobody else may be calling, and that the person
 * still wants. */
void sim_check_intent(struct sim *sim, const struct intent *intent, const struct leave_given *given)
{
    struct sim_message *m = find_message(sim, intent->shard, intent->id);
    unsigned person = sim_person_of(intent->contact);
    if (given->leave == LEAVE_DROP && person < SIM_PEOPLE && !sim->opted_out[person])
        sim_violation(sim, "opt-out", "%u-%.*s is dropped, and %s wants it", intent->shard, (int)intent->id.len,
                      intent->id.ptr, sim_person(person).ptr);
    if (given->leave != LEAVE_GO)
        return;
    if (!m || person == SIM_PEOPLE) {
        sim_violation(sim, "leave", "for what is no entry: %u-%.*s", intent->shard, (int)intent->id.len,
                      intent->id.ptr);
        return;
    }
    bool again = slice_is(intent->owner, m->open_by);
    if (sim->opted_out[person] && m->class != CLASS_CONFIRMATION)
        sim_violation(sim, "opt-out", "%u-%s began after it", m->shard, m->id);
    if (is_final_state(m->state) || m->state == SEND_STATE_DOUBT)
        sim_violation(sim, "an end is an end", "%u-%s has leave in state %u", m->shard, m->id, m->state);
    if (m->open_by[0] && !again && !sim->resend[m->channel])
        sim_violation(sim, "doubt", "%u-%s has leave, and %s may have called", m->shard, m->id, m->open_by);
    if (!sim_book_holds(sim, intent->shard, intent->owner, intent->token))
        sim_violation(sim, "fence", "%.*s has leave for %u-%s and does not hold the shard", (int)intent->owner.len,
                      intent->owner.ptr, m->shard, m->id);
    if (!again)
        sim_book_pair(sim, intent, person);
    m->called_anew = m->called_anew || (m->open_by[0] && !again);
    slice_copy(intent->owner, m->open_by, sizeof(m->open_by));
    m->open_token = intent->token;
}

/* A record's steps: an end is an end, doubt may be settled, receipts move forward. */
void sim_check_message(struct sim *sim, unsigned shard, struct slice id)
{
    const struct memory_send *send = memory_send_find((const struct store_memory *)sim->memory, shard, id);
    struct sim_message *m = find_message(sim, shard, id);
    if (!send || !m)
        return;
    if (is_final_state(m->state) && send->state != m->state)
        sim_violation(sim, "an end is an end", "%u-%s was in state %u and is in %u", shard, m->id, m->state,
                      send->state);
    if (m->state == SEND_STATE_DOUBT && (send->state == MEMORY_INTENT || send->state == SEND_STATE_WAIT))
        sim_violation(sim, "doubt", "%u-%s is tried again", shard, m->id);
    if (send->delivery < m->delivery ||
        (m->delivery >= MEMORY_DELIVERED && m->delivery < MEMORY_FAILED && send->delivery == MEMORY_FAILED))
        sim_violation(sim, "receipts go forward", "that of %u-%s went from %d to %d", shard, m->id, m->delivery,
                      send->delivery);
    if (send->state == SEND_STATE_DOUBT && !m->doubted)
        sim->did.doubts++;
    m->doubted = m->doubted || send->state == SEND_STATE_DOUBT;
    m->state = send->state;
    m->delivery = send->delivery;
}

static bool is_in_stream(const struct sim *sim, const struct sim_message *m)
{
    const struct store_memory *memory = (const struct store_memory *)sim->memory;
    for (const struct memory_entry *e = memory->shards[m->shard].streams[m->stream].first; e; e = e->next) {
        char id[STORE_ID_MAX];
        snprintf(id, sizeof(id), "%llu-%llu", (unsigned long long)e->ms, (unsigned long long)e->number);
        if (strcmp(id, m->id) == 0)
            return true;
    }
    return false;
}

/* An end counts from who had leave, or from who holds the shard; what is over leaves its stream, what waits stays. */
void sim_check_ended(struct sim *sim, const struct send_end *end, enum error error)
{
    struct sim_message *m = find_message(sim, end->shard, end->id);
    if (!m)
        return;
    unsigned before = m->state;
    bool ours = slice_is(end->owner, m->open_by), settles = before == MEMORY_INTENT || before == SEND_STATE_DOUBT;
    sim_check_message(sim, end->shard, end->id);
    if (error == ERR_CONFLICT && ours && settles)
        sim_violation(sim, "ends are taken", "%u-%s is told by who called, in vain", m->shard, m->id);
    if (!error && m->state != before && !(ours && settles) && !sim_book_holds(sim, end->shard, end->owner, end->token))
        sim_violation(sim, "fence", "%.*s ended %u-%s and does not hold the shard", (int)end->owner.len, end->owner.ptr,
                      m->shard, m->id);
    bool over = is_final_state(m->state) || m->state == SEND_STATE_DOUBT;
    if (!error && over == is_in_stream(sim, m))
        sim_violation(sim, "streams", over ? "%u-%s is over, and stays" : "%u-%s waits, and is gone", m->shard, m->id);
    if (m->state != MEMORY_INTENT && m->state != SEND_STATE_DOUBT)
        m->open_by[0] = '\0';
}

static int compare_ids(const char *a, const char *b)
{
    unsigned long long ams = 0, an = 0, bms = 0, bn = 0;
    sscanf(a, "%llu-%llu", &ams, &an);
    sscanf(b, "%llu-%llu", &bms, &bn);
    return ams != bms ? (ams < bms ? -1 : 1) : an < bn ? -1 : an > bn;
}

struct sim_message *sim_check_called(struct sim *sim, struct slice reference)
{
    char id[STORE_ID_MAX];
    unsigned shard;
    return outbox_reference_read(reference, &shard, id) ? find_message(sim, shard, slice_of(id)) : NULL;
}

/* The provider took a message: at most once, after INTENT, and in the order of its person and channel. */
struct sim_message *sim_check_accepted(struct sim *sim, struct slice reference)
{
    struct sim_message *m = sim_check_called(sim, reference);
    if (!m) {
        sim_violation(sim, "calls", "the provider took what is no entry: %.*s", (int)reference.len, reference.ptr);
        return NULL;
    }
    sim_check_message(sim, m->shard, slice_of(m->id));
    if ((m->state == MEMORY_NEW || m->state == SEND_STATE_WAIT) && !m->called_anew)
        sim_violation(sim, "intent before call", "%u-%s went without one", m->shard, m->id);
    if (++m->accepted > 1 && !sim->resend[m->channel])
        sim_violation(sim, "one send", m->doubted ? "%u-%s went again under hold" : "%u-%s went twice", m->shard,
                      m->id);
    unsigned person = sim_person_of(slice_of(m->to));
    struct sim_message **last = &sim->last_accepted[person][m->channel][m->stream];
    if (person < SIM_PEOPLE) {
        if (*last && !m->doubted && !m->called_anew && m->accepted == 1 && compare_ids((*last)->id, m->id) > 0)
            sim_violation(sim, "order", "%s went after %s", m->id, (*last)->id);
        if (!*last || compare_ids((*last)->id, m->id) < 0)
            *last = m;
    }
    return m;
}

void sim_check_end(struct sim *sim)
{
    const struct store_memory *memory = (const struct store_memory *)sim->memory;
    for (const struct sim_inbound *in = sim->inbounds; in; in = in->next)
        if (in->dial ? in->commits > 1 : in->commits != 1 || !in->accepted)
            sim_violation(sim, "one effect", "%s had %u", in->id, in->commits);
    for (unsigned shard = 0; shard < SHARDS; shard++) {
        const struct memory_shard *s = &memory->shards[shard];
        for (struct sim_message *m = sim->messages[shard]; m; m = m->next) {
            sim_check_message(sim, shard, slice_of(m->id));
            if (!is_final_state(m->state) && m->state != SEND_STATE_DOUBT)
                sim_violation(sim, "all ends", "%u-%s has none: state %u", shard, m->id, m->state);
            if (m->state == SEND_STATE_SENT && !m->accepted)
                sim_violation(sim, "all ends", "%u-%s counts as sent and never went", shard, m->id);
            if (m->state == MEMORY_RESENT && m->accepted && !sim->resend[m->channel])
                sim_violation(sim, "one send", "%u-%s was sent again though it went", shard, m->id);
        }
        if (s->streams[0].first || s->streams[1].first)
            sim_violation(sim, "all ends", "shard %u still holds entries", shard);
        if (s->timers && s->timers->due_ms < sim_wall(sim) - 60000)
            sim_violation(sim, "timers are not lost", "%s of %s", s->timers->name, s->timers->contact);
    }
}

void sim_check_free(struct sim *sim)
{
    for (unsigned shard = 0; shard < SHARDS; shard++) {
        for (struct sim_message *m = sim->messages[shard], *next; m; m = next) {
            next = m->next;
            mem_free(m);
        }
    }
}
