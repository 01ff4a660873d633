/* What must always hold, looked at whenever the store has done something or a provider took something. The checks keep
 * books of their own and believe nobody's. */
#include "tests/sim/sim.h"

#include <stdarg.h>

void sim_violation(struct sim *sim, const char *format, ...)
{
    va_list list;
    va_start(list, format);
    if (!sim->violations++)
        vsnprintf(sim->why, sizeof(sim->why), format, list);
    va_end(list);
    if (sim->trace)
        printf("VIOLATION %s\n", sim->why);
}

static unsigned person_of(struct slice contact)
{
    unsigned i = 0;
    while (i < SIM_PEOPLE && !slice_eq(contact, sim_person(i)))
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
            if (!entry || !made) {
                sim_violation(sim, "an entry cannot be read");
                mem_free(made);
                return;
            }
            for (const struct sim_message *m = sim->messages[shard]; m; m = m->next)
                if (strcmp(m->id, id) == 0)
                    sim_violation(sim, "two entries of shard %u are %s", shard, id);
            *made = (struct sim_message){.next = sim->messages[shard],
                                         .shard = shard,
                                         .channel = slice_is(entry->channel, "wa"),
                                         .stream = (enum store_stream)stream,
                                         .class = entry->class,
                                         .state = MEMORY_NEW};
            memcpy(made->id, id, sizeof(made->id));
            slice_copy(entry->to, made->to, sizeof(made->to));
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
    unsigned person = person_of(c->contact);
    if (error || person == SIM_PEOPLE)
        return;
    for (struct sim_inbound *in = sim->inbounds; in; in = in->next)
        in->commits += slice_is(c->message_id, in->id);
    if (is_again(sim, c->message_id))
        sim_violation(sim, "%.*s had two effects", (int)c->message_id.len, c->message_id.ptr);
    if (c->fired.name.len)
        sim->did.timers++;
    const struct memory_contact *held = memory_contact_find((struct store_memory *)sim->memory, c->contact);
    if (!c->erase && (!held || held->version != c->expected + 1))
        sim_violation(sim, "the version of %s made no step", sim_person(person).ptr);
    if (sim->versions[person] != c->expected)
        sim_violation(sim, "%s was at version %llu, and a commit over %llu was taken", sim_person(person).ptr,
                      (unsigned long long)sim->versions[person], (unsigned long long)c->expected);
    sim->versions[person] = c->erase ? 0 : c->expected + 1;
    if (c->opt != OPT_UNCHANGED)
        sim->opted_out[person] = c->opt == OPT_OUT;
    if (c->erase)
        sim->opted_out[person] = true; /* nothing but a confirmation, until the person comes again */
    else if (!c->born_ms && c->opt != OPT_OUT)
        sim->opted_out[person] = false;
    sim_check_new(sim, shard_of(c->contact));
}

static struct sim_message *find_message(struct sim *sim, unsigned shard, struct slice id)
{
    struct sim_message *m = sim->messages[shard];
    while (m && !slice_is(id, m->id))
        m = m->next;
    return m;
}

void sim_check_intent(struct sim *sim, const struct intent *intent, const struct leave_given *given)
{
    const struct sim_message *m = find_message(sim, intent->shard, intent->id);
    unsigned person = person_of(intent->contact);
    if (given->leave != LEAVE_GO)
        return;
    if (!m)
        sim_violation(sim, "an intent for what is no entry: %u-%.*s", intent->shard, (int)intent->id.len,
                      intent->id.ptr);
    else if (person < SIM_PEOPLE && sim->opted_out[person] && m->class != CLASS_CONFIRMATION)
        sim_violation(sim, "%u-%s began after the opt-out", m->shard, m->id);
}

static bool is_final_state(unsigned state)
{
    return state == SEND_STATE_SENT || state == SEND_STATE_DEAD || state == SEND_STATE_DROPPED ||
           state == MEMORY_RESENT;
}

/* A record's steps: an end is an end, doubt may be settled, receipts move forward. */
void sim_check_message(struct sim *sim, unsigned shard, struct slice id)
{
    const struct memory_send *send = memory_send_find((const struct store_memory *)sim->memory, shard, id);
    struct sim_message *m = find_message(sim, shard, id);
    if (!send || !m)
        return;
    if (is_final_state(m->state) && send->state != m->state)
        sim_violation(sim, "%u-%s was in state %u and is in %u", shard, m->id, m->state, send->state);
    if (m->state == SEND_STATE_DOUBT && (send->state == MEMORY_INTENT || send->state == SEND_STATE_WAIT))
        sim_violation(sim, "%u-%s was in doubt and is tried again", shard, m->id);
    if (send->delivery < m->delivery ||
        (m->delivery >= MEMORY_DELIVERED && m->delivery < MEMORY_FAILED && send->delivery == MEMORY_FAILED))
        sim_violation(sim, "the delivery of %u-%s went back from %d to %d", shard, m->id, m->delivery, send->delivery);
    if (send->state == SEND_STATE_DOUBT && !m->doubted)
        sim->did.doubts++;
    m->doubted = m->doubted || send->state == SEND_STATE_DOUBT;
    m->state = send->state;
    m->delivery = send->delivery;
}

static int compare_ids(const char *a, const char *b)
{
    unsigned long long ams = 0, an = 0, bms = 0, bn = 0;
    sscanf(a, "%llu-%llu", &ams, &an);
    sscanf(b, "%llu-%llu", &bms, &bn);
    return ams != bms ? (ams < bms ? -1 : 1) : an < bn ? -1 : an > bn;
}

/* The provider took a message: at most once, after INTENT, and in the order of its person and channel. */
struct sim_message *sim_check_accepted(struct sim *sim, struct slice reference)
{
    char id[STORE_ID_MAX];
    unsigned shard;
    struct sim_message *m =
        outbox_reference_read(reference, &shard, id) ? find_message(sim, shard, slice_of(id)) : NULL;
    if (!m) {
        sim_violation(sim, "the provider took what is no entry: %.*s", (int)reference.len, reference.ptr);
        return NULL;
    }
    sim_check_message(sim, shard, slice_of(id));
    if (m->state == MEMORY_NEW || m->state == SEND_STATE_WAIT)
        sim_violation(sim, "%u-%s went without an intent", shard, id);
    if (++m->accepted > 1 && !sim->resend[m->channel] && !m->doubted)
        sim_violation(sim, "%u-%s went twice", shard, id);
    if (m->accepted > 1 && !sim->resend[m->channel])
        sim_violation(sim, "%u-%s went again under hold", shard, id);
    unsigned person = person_of(slice_of(m->to));
    struct sim_message **last = &sim->last_accepted[person][m->channel][m->stream];
    if (person < SIM_PEOPLE) {
        if (*last && !m->doubted && m->accepted == 1 && compare_ids((*last)->id, m->id) > 0)
            sim_violation(sim, "%s went after %s", m->id, (*last)->id);
        if (!*last || compare_ids((*last)->id, m->id) < 0)
            *last = m;
    }
    return m;
}

#define LATE_MS 30000 /* what may lie between a place in the pace and its call */

/* A limited channel: in T seconds no more than rate * T + burst, and what was held up in between. */
void sim_check_call(struct sim *sim, unsigned channel, unsigned cost)
{
    int64_t now_ms = sim->now_ms;
    if (!sim->rules[channel].segment_us)
        return;
    if (sim->rate_tat_ms < now_ms)
        sim->rate_tat_ms = now_ms;
    sim->rate_tat_ms += (int64_t)cost * SIM_RATE_MS;
    if (sim->rate_tat_ms - now_ms > (SIM_BURST + (int64_t)cost) * SIM_RATE_MS + LATE_MS)
        sim_violation(sim, "the rate is exceeded by %lld ms", (long long)(sim->rate_tat_ms - now_ms));
}

void sim_check_end(struct sim *sim)
{
    const struct store_memory *memory = (const struct store_memory *)sim->memory;
    for (const struct sim_inbound *in = sim->inbounds; in; in = in->next)
        if (in->commits != 1 || !in->accepted)
            sim_violation(sim, "%s had %u effects", in->id, in->commits);
    for (unsigned shard = 0; shard < SHARDS; shard++) {
        const struct memory_shard *s = &memory->shards[shard];
        for (struct sim_message *m = sim->messages[shard]; m; m = m->next) {
            sim_check_message(sim, shard, slice_of(m->id));
            if (!is_final_state(m->state) && m->state != SEND_STATE_DOUBT)
                sim_violation(sim, "%u-%s has no end: state %u", shard, m->id, m->state);
            if (m->state == SEND_STATE_SENT && !m->accepted)
                sim_violation(sim, "%u-%s counts as sent and never went", shard, m->id);
            if (m->state == MEMORY_RESENT && m->accepted)
                sim_violation(sim, "%u-%s was sent again though it went", shard, m->id);
        }
        if (s->streams[0].first || s->streams[1].first)
            sim_violation(sim, "shard %u still holds entries", shard);
        if (s->timers && s->timers->due_ms < sim->now_ms - 60000)
            sim_violation(sim, "timer %s of %s was not fired", s->timers->name, s->timers->contact);
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
