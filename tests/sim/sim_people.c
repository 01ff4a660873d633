/* People who write, the webhooks that bring it (repeated, shuffled over the workers, until one is accepted), and
 * notices to many, which are committed directly. */
#include "tests/sim/sim.h"

#include "base/buf.h"

/* A webhook: kept by its provider until it is accepted. */
struct sim_hook {
    struct sim_hook *next; /* of the worker that has it */
    struct sim *sim;
    struct sim_worker *worker;
    struct sim_inbound *inbound;
    unsigned channel, tries;
    char query[96], body[1024]; /* query: the path, where the provider tells by it */
    struct arena *arena;        /* of the worker's try; NULL: at the provider */
    struct event *event;
};

struct slice sim_person(unsigned number)
{
    static const char *const people[SIM_PEOPLE] = {"+51900000001", "+51900000002", "+51900000003", "+51900000004",
                                                   "+51900000005", "+51900000006", "+51900000007", "+51900000008"};
    return slice_of(people[number]);
}

static void on_hook(struct sim *sim, void *ctx);

static void leave_worker(struct sim_hook *hook)
{
    struct sim_hook **at = &hook->worker->hooks;
    while (*at && *at != hook)
        at = &(*at)->next;
    if (*at)
        *at = hook->next;
    arena_free(hook->arena);
    hook->arena = NULL;
    hook->worker = NULL;
}

/* The provider comes again; on USSD nobody does, and the session is over. */
static void refuse(struct sim_hook *hook)
{
    struct sim *sim = hook->sim;
    if (hook->channel >= SIM_USSD) {
        if (hook->inbound) {
            hook->inbound->open--;
            sim->people_out--;
            sim_ussd_answered(sim, hook->inbound, NULL);
        }
        mem_free(hook);
        return;
    }
    hook->tries++;
    sim_at(sim, 500 + sim_pick(sim, 1000 * (hook->tries < 10 ? hook->tries : 10)), true, on_hook, hook);
}

static void take_leave_of(struct sim_hook *hook)
{
    struct sim_inbound *inbound = hook->inbound;
    struct sim *sim = hook->sim;
    if (inbound) {
        inbound->accepted = true;
        inbound->open--;
        sim->people_out--;
        if (!inbound->commits)
            sim_violation(sim, "commit before answer", "%s was accepted and not committed", inbound->id);
        if (!inbound->dial &&
            sim_maybe(sim, 10)) { /* the answer was lost on the way: the provider repeats what was accepted */
            sim->did.repeats++;
            inbound->open++;
            sim->people_out++;
            refuse(hook);
            return;
        }
    }
    mem_free(hook);
}

static void on_turned(void *ctx, const struct turn_result *result)
{
    struct sim_hook *hook = ctx;
    struct sim *sim = hook->sim;
    struct sim_inbound *inbound = hook->inbound;
    sim_note(sim, "w%u hook %s: %d%s", hook->worker->number, inbound ? inbound->id : "of an end", result->error,
             result->repeated ? " repeated" : "");
    if (!result->error && inbound && sim->channels[hook->channel].sync) {
        char reply[sizeof(inbound->reply)];
        slice_copy(result->response.body, reply, sizeof(reply));
        /* After BORRAR a repeat is answered with nothing, and may be answered first. */
        bool says = inbound->dial ? !sim_ussd_is_nothing(reply)
                                  : strstr(reply, "<Message>") && strstr(inbound->reply, "<Message>");
        if (inbound->has_reply && strcmp(reply, inbound->reply) != 0 && says && !inbound->forgotten)
            sim_violation(sim, "one answer", "%s was answered in two ways", inbound->id);
        if (!inbound->has_reply)
            memcpy(inbound->reply, reply, sizeof(reply));
        inbound->has_reply = true;
        if (inbound->dial)
            sim_ussd_answered(sim, inbound, reply);
    }
    leave_worker(hook);
    if (result->error)
        refuse(hook);
    else
        take_leave_of(hook);
}

static void on_received(void *ctx, enum error error)
{
    struct sim_hook *hook = ctx;
    leave_worker(hook);
    if (error)
        refuse(hook);
    else
        take_leave_of(hook);
}

static enum error take(struct sim_hook *hook)
{
    struct sim *sim = hook->sim;
    struct sim_worker *worker = hook->worker;
    const struct channel *channel = &sim->channels[hook->channel];
    static const struct header headers[] = {{SLICE("Content-Type"), SLICE("application/x-www-form-urlencoded")}};
    struct request *request = arena_alloc(hook->arena, sizeof(*request));
    struct decoded decoded;
    bool last = hook->channel == SIM_USSD_LAST, starts = !last || strstr(hook->query, "/start");
    *request = (struct request){.method = starts ? METHOD_POST : METHOD_PUT,
                                .query = slice_of(last ? "" : hook->query),
                                .path = slice_of(last ? hook->query : ""),
                                .body = slice_of(hook->body),
                                .headers = headers,
                                .header_count = hook->channel == SIM_SMS || hook->channel == SIM_USSD ? 1 : 0,
                                .now_ms = sim_wall(sim)};
    enum error error = channel->adapter->decode(channel, request, hook->arena, &decoded);
    if (!error && decoded.answered)
        return ERR_REFUSED; /* an end of Infobip's, which names nobody */
    if (error || decoded.count != 1) {
        sim_violation(sim, "webhooks", "one was not understood: %s", error_text(error));
        return ERR_SYNTAX;
    }
    hook->event = &decoded.events[0];
    if (hook->event->kind == EVENT_STATUS)
        return receipt_take(&worker->store, channel, hook->event, on_received, hook);
    return turn_start(&worker->turns, channel, hook->event, sim_wall(sim), hook->arena, on_turned, hook);
}

static void on_hook(struct sim *sim, void *ctx)
{
    struct sim_hook *hook = ctx;
    struct sim_worker *worker = &sim->workers[sim_pick(sim, SIM_WORKERS)];
    if (sim->over) {
        mem_free(hook);
        return;
    }
    sim->did.hooks++;
    if (!worker->up || worker->drains || sim->now_ms < worker->paused_until_ms) {
        refuse(hook);
        return;
    }
    hook->worker = worker;
    hook->arena = arena_new(8 * 1024 * 1024);
    hook->next = worker->hooks;
    worker->hooks = hook;
    if (!hook->arena)
        abort();
    if (take(hook)) {
        leave_worker(hook);
        refuse(hook);
    }
}

void sim_hooks_drop(struct sim_worker *worker)
{
    while (worker->hooks) {
        struct sim_hook *hook = worker->hooks;
        leave_worker(hook);
        refuse(hook);
    }
}

void sim_webhook(struct sim *sim, unsigned channel, const char *query, const char *body, unsigned copies,
                 struct sim_inbound *inbound, int64_t wait_ms)
{
    for (unsigned i = 0; i < copies; i++) {
        struct sim_hook *hook = mem_alloc(sizeof(*hook));
        if (!hook)
            abort();
        hook->sim = sim;
        hook->channel = channel;
        hook->inbound = inbound;
        snprintf(hook->query, sizeof(hook->query), "%s", query);
        snprintf(hook->body, sizeof(hook->body), "%s", body);
        if (inbound) {
            inbound->open++;
            sim->people_out++;
        }
        sim_at(sim, wait_ms + (i ? sim_pick(sim, 3000) : 0), true, on_hook, hook);
    }
}

/* ---- what people write ---- */

static const char *const words[] = {"hola",
                                    "1",
                                    "2",
                                    "si",
                                    "no",
                                    "vendo jugos en el mercado",
                                    "hace 2 anios",
                                    "3000 al mes",
                                    "igual",
                                    "unos 20 al dia",
                                    "yo solo",
                                    "cusco",
                                    "prestamo",
                                    "BAJA",
                                    "ALTA",
                                    "ALTA",
                                    "MIS DATOS",
                                    "BORRAR",
                                    "AYUDA",
                                    "asesor",
                                    "hola",
                                    "1",
                                    "si",
                                    "1"};

static void write_text(struct sim *sim, unsigned person, unsigned channel, const char *text)
{
    struct sim_inbound *inbound = mem_alloc(sizeof(*inbound));
    char body[1024], id[40];
    if (!inbound)
        abort();
    snprintf(id, sizeof(id), channel ? "wamid.in%u" : "SM%032x", ++sim->serial);
    *inbound = (struct sim_inbound){.next = sim->inbounds, .person = person, .channel = channel};
    snprintf(inbound->id, sizeof(inbound->id), "%s:%s", sim->channels[channel].name, id);
    sim->inbounds = inbound;
    if (channel)
        snprintf(
            body, sizeof(body),
            "{\"object\":\"whatsapp_business_account\",\"entry\":[{\"id\":\"1\",\"changes\":[{\"field\":\"messages\","
            "\"value\":{\"messaging_product\":\"whatsapp\",\"metadata\":{\"phone_number_id\":\"104\"},\"messages\":[{"
            "\"from\":\"%s\",\"id\":\"%s\",\"timestamp\":\"%lld\",\"type\":\"text\",\"text\":{\"body\":\"%s\"}}]}}]}]}",
            sim_person(person).ptr + 1, id, (long long)(sim->now_ms / 1000), text);
    else
        snprintf(body, sizeof(body), "MessageSid=%s&SmsStatus=received&From=%%2B%s&Body=%s", id,
                 sim_person(person).ptr + 1, text);
    for (char *c = channel ? NULL : strstr(body, "&Body="); c && *c; c++)
        if (*c == ' ')
            *c = '+';
    sim->did.inbound++;
    sim_note(sim, "%s writes \"%s\" as %s", sim_person(person).ptr, text, inbound->id);
    sim_webhook(sim, channel, "", body, 1 + (sim_maybe(sim, 25) ? sim_pick(sim, 4) : 0), inbound, sim_pick(sim, 50));
}

struct sim_person_act {
    unsigned person;
};

static void on_write(struct sim *sim, void *ctx)
{
    struct sim_person_act *act = ctx;
    if (sim->now_ms >= sim->end_ms || sim->calm) {
        mem_free(act);
        return;
    }
    unsigned channel = sim_pick(sim, 4) ? act->person % 2 : sim_pick(sim, 2);
    write_text(sim, act->person, channel, words[sim_pick(sim, sizeof(words) / sizeof(words[0]))]);
    bool talks = sim_pick(sim, 8) != 0; /* else goes away for hours */
    sim_at(sim, talks ? 200 + sim_pick(sim, 20000) : 600000 + sim_pick(sim, 8 * 3600000), false, on_write, act);
}

/* ---- notices ---- */

static void on_held(void *ctx, enum error error, const struct stored *stored)
{
    (void)error;
    *(struct stored *)ctx = *stored;
}

static void on_noticed(void *ctx, enum error error, const struct stored *stored)
{
    (void)stored;
    *(enum error *)ctx = error;
}

/* Tells a person something that nobody asked for. */
void sim_people_notice(struct sim *sim, unsigned person)
{
    char json[256], id[48], timer[16];
    /* On USSD nothing can be sent, but a timer may speak for it. */
    bool only_timer = (sim->worlds & SIM_DIALS) && sim_pick(sim, 5) == 0;
    unsigned channel = sim_pick(sim, 2) + (only_timer ? SIM_USSD : 0);
    struct stored held;
    struct slice to = sim_person(person);
    enum error error = OK;
    snprintf(id, sizeof(id), "campaign:%u", ++sim->serial);
    snprintf(json, sizeof(json), "{\"channel\":\"%s\",\"to\":\"%.*s\",\"at\":%lld,\"text\":\"aviso %u\"}",
             sim->channels[channel].name, (int)to.len, to.ptr, (long long)sim_wall(sim), sim->serial);
    if (store_load(sim->memory, to, slice_of(id), on_held, &held) || !held.version)
        return;
    struct commit *c = mem_alloc(sizeof(*c));
    char *state = mem_copy(held.state.ptr, held.state.len);
    if (!c || !state)
        abort();
    *c = (struct commit){.contact = sim_person(person),
                         .channel = slice_of(sim->channels[channel].name),
                         .message_id = slice_of(id),
                         .expected = held.version,
                         .born_ms = held.born_ms,
                         .state = {state, held.state.len},
                         .now_ms = sim_wall(sim),
                         .outbox_count = only_timer ? 0 : 1};
    c->outbox[0] = (struct store_row){SLICE("notice"), slice_of(json)};
    if (only_timer || sim_pick(sim, 2)) { /* a timer that means nothing to the flow: fired once all the same */
        snprintf(timer, sizeof(timer), "t%u", sim->serial);
        c->timers[0] = (struct store_timer){slice_of(timer), sim_wall(sim) + 1000 + sim_pick(sim, 4 * 3600000)};
        c->timer_count = 1;
    }
    if (store_commit(sim->memory, c, on_noticed, &error))
        abort();
    sim->did.notices++;
    sim_note(sim, "notice %s", id);
    sim_check_committed(sim, c, error);
    mem_free(c);
    mem_free(state);
}

static void on_campaign(struct sim *sim, void *ctx)
{
    (void)ctx;
    if (sim->now_ms >= sim->end_ms || sim->calm)
        return;
    bool large = (sim->worlds & SIM_CAMPAIGNS) && sim_pick(sim, 4) == 0;
    for (unsigned i = 0; i < SIM_PEOPLE; i++)
        for (unsigned n = large ? 24 : sim_pick(sim, 3); n > 0; n--)
            sim_people_notice(sim, i);
    sim_at(sim, 1800000 + sim_pick(sim, 6 * 3600000), false, on_campaign, NULL);
}

void sim_people_begin(struct sim *sim)
{
    for (unsigned i = 0; i < SIM_PEOPLE; i++) {
        struct sim_person_act *act = mem_alloc(sizeof(*act));
        if (!act)
            abort();
        act->person = i;
        sim_at(sim, 2000 + sim_pick(sim, 60000), false, on_write, act);
    }
    sim_at(sim, 120000, false, on_campaign, NULL);
}

bool sim_people_waiting(const struct sim *sim)
{
    return sim->people_out > 0;
}

void sim_people_free(struct sim *sim)
{
    while (sim->inbounds) {
        struct sim_inbound *next = sim->inbounds->next;
        mem_free(sim->inbounds);
        sim->inbounds = next;
    }
}
