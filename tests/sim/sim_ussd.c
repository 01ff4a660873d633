/* People who dial: sessions of hops on Africa's Talking, which tells all of the input each time, and on Infobip, which
 * tells the last one; hops that come twice, people who hang up, or dial anew. A hop that fails ends its session: nobody
 * sends it again. */
#include "tests/sim/sim.h"

#define TYPES_MS 2500      /* nobody answers a screen faster: within USSD_REPEAT_MS it would be a repeat */
#define COPY_MS 1200       /* the network's second copy of a hop comes within this */
#define HOPS_MAX 12        /* of a session */
#define NOTHING "Gracias." /* the screen where nothing is kept: after BORRAR */

/* A session, until it ends. */
struct sim_dial {
    struct sim_dial *next;
    unsigned person, channel, hops;
    char session[24], text[256], last[32]; /* text: all inputs, joined with "*" */
    struct sim_inbound *now;               /* the hop under way, or answered last */
    bool waits;                            /* for that hop's answer */
    bool over;
};

static const char *const inputs[] = {"1", "1", "2", "3", "si", "no", "vendo pan", "cusco", "3000", "0", "ALTA", "hola"};

static void on_hop(struct sim *sim, void *ctx);

static struct sim_dial *find_dial(struct sim *sim, struct slice session)
{
    struct sim_dial *dial = sim->dials;
    while (dial && !slice_is(session, dial->session))
        dial = dial->next;
    return dial;
}

static void send_hop(struct sim *sim, struct sim_dial *dial, const char *verb, struct sim_inbound *in, int64_t wait_ms)
{
    char body[1024], path[96] = "";
    const char *number = sim_person(dial->person).ptr + 1;
    if (dial->channel == SIM_USSD_LAST) {
        snprintf(path, sizeof(path), "/hooks/ussdlast/session/%s/%s", dial->session, verb);
        snprintf(body, sizeof(body), "{\"msisdn\":\"%s\",\"shortCode\":\"*384*2#\",\"text\":\"%s\"}", number,
                 dial->last);
    } else {
        int len =
            snprintf(body, sizeof(body), "sessionId=%s&phoneNumber=%%2B%s&serviceCode=*384*1%%23&networkCode=71606&",
                     dial->session, number);
        if (strcmp(verb, "end") == 0)
            snprintf(body + len, sizeof(body) - (size_t)len, "status=%s", dial->waits ? "Failed" : "Incomplete");
        else
            snprintf(body + len, sizeof(body) - (size_t)len, "text=%s", dial->text);
        for (char *c = body; *c; c++)
            if (*c == ' ')
                *c = '+';
    }
    sim_webhook(sim, dial->channel, path, body, 1, in, wait_ms);
}

/* The same input soon again is a repeat where only the last one is told, and soon is what the clock says. */
static const char *pick_input(struct sim *sim, const struct sim_dial *dial)
{
    bool differs = dial->channel == SIM_USSD_LAST && (sim->worlds & SIM_STEPS);
    const char *input;
    do
        input = inputs[sim_pick(sim, sizeof(inputs) / sizeof(inputs[0]))];
    while (differs && strcmp(input, dial->last) == 0);
    return input;
}

/* The person types, or only dials. */
static void next_hop(struct sim *sim, struct sim_dial *dial)
{
    struct sim_inbound *in = mem_alloc(sizeof(*in));
    if (!in)
        abort();
    if (dial->hops++) {
        snprintf(dial->last, sizeof(dial->last), "%s", pick_input(sim, dial));
        size_t len = strlen(dial->text);
        snprintf(dial->text + len, sizeof(dial->text) - len, "%s%s", len ? "*" : "", dial->last);
    }
    *in = (struct sim_inbound){.next = sim->inbounds, .person = dial->person, .channel = dial->channel, .dial = dial};
    snprintf(in->id, sizeof(in->id), "%s:%s:%u", sim->channels[dial->channel].name, dial->session, dial->hops);
    sim->inbounds = in;
    dial->now = in;
    dial->waits = true;
    sim->did.hops++;
    sim_note(sim, "%s types \"%s\" as %s", sim_person(dial->person).ptr, dial->last, in->id);
    int64_t wait_ms = sim_pick(sim, 50);
    const char *verb = dial->hops == 1 ? "start" : "response";
    send_hop(sim, dial, verb, in, wait_ms);
    /* What stands still, or comes after a step of the clock, may come later than a repeat is known for one. */
    bool may_come_late = dial->channel == SIM_USSD_LAST && (sim->worlds & (SIM_PAUSES | SIM_STEPS));
    if (!may_come_late && sim_maybe(sim, 15))
        send_hop(sim, dial, verb, in, wait_ms + sim_pick(sim, COPY_MS));
}

static void dial_anew(struct sim *sim, unsigned person)
{
    struct sim_dial *dial = mem_alloc(sizeof(*dial));
    if (!dial)
        abort();
    *dial = (struct sim_dial){.next = sim->dials, .person = person, .channel = SIM_USSD + sim_pick(sim, 2)};
    snprintf(dial->session, sizeof(dial->session), "S%u", ++sim->serial);
    if (dial->channel == SIM_USSD && sim_pick(sim, 6) == 0)
        snprintf(dial->text, sizeof(dial->text), "1"); /* dialled with the code */
    sim->dials = dial;
    next_hop(sim, dial);
}

/* Whether the person has dialled anew since: a phone has one session. Where every hop of both tells all of the input
 * the old one goes on all the same, to be hard on us; where only the last one is told nothing could tell the two
 * apart. */
static bool is_left(const struct sim *sim, const struct sim_dial *dial)
{
    const struct sim_dial *newest = sim->dials;
    while (newest->person != dial->person)
        newest = newest->next;
    return newest != dial && (dial->channel == SIM_USSD_LAST || newest->channel == SIM_USSD_LAST);
}

/* The next hop of a session; the person may hang up instead, and dial again soon. */
static void on_hop(struct sim *sim, void *ctx)
{
    struct sim_dial *dial = ctx;
    if (sim->calm || dial->over || sim->now_ms >= sim->end_ms || is_left(sim, dial))
        return;
    if (dial->hops < HOPS_MAX && sim_pick(sim, 8)) {
        next_hop(sim, dial);
        return;
    }
    dial->over = true;
    if (sim_pick(sim, 2))
        send_hop(sim, dial, "end", NULL, sim_pick(sim, 500));
    if (sim_pick(sim, 2))
        dial_anew(sim, dial->person);
}

/* An answer came, or never will (`body` NULL). */
void sim_ussd_answered(struct sim *sim, struct sim_inbound *in, const char *body)
{
    struct sim_dial *dial = in->dial;
    if (dial->now != in || !dial->waits)
        return; /* a copy's */
    if (!body && in->open)
        return; /* a copy may still be answered */
    dial->waits = false;
    bool goes_on = body && (strncmp(body, "CON ", 4) == 0 || strstr(body, "\"shouldClose\":false"));
    if (goes_on)
        sim_at(sim, TYPES_MS + sim_pick(sim, 20000), false, on_hop, dial);
    else
        dial->over = true;
}

bool sim_ussd_is_nothing(const char *body)
{
    return strcmp(body, "END " NOTHING) == 0 || strstr(body, "\"" NOTHING "\"") != NULL;
}

/* A hop's turn was committed: what is kept of the session is what was typed, and what was thought about is what was
 * typed last. */
void sim_ussd_committed(struct sim *sim, const struct commit *c)
{
    struct sim_dial *dial = find_dial(sim, c->session);
    char *before = sim->sessions[sim_person_of(c->contact)], typed[48];
    if (!dial || slice_is(c->channel, "sms") || slice_is(c->channel, "wa") ||
        memmem(c->message_id.ptr, c->message_id.len, ":end", 4))
        return;
    bool goes_on = strcmp(before, dial->session) == 0 && dial->hops > 1;
    slice_copy(c->session, before, sizeof(sim->sessions[0]));
    if (!dial->now)
        return;
    dial->now->commits++;
    if (dial->now->commits > 1 && dial->channel == SIM_USSD_LAST && c->expected == 0) {
        dial->now->forgotten = true;
        dial->now->commits = 1;
    }
    if (dial->now->commits > 1)
        sim_violation(sim, "one effect", "%s had %u", dial->now->id, dial->now->commits);
    if (dial->channel == SIM_USSD && !slice_is(c->ussd_text, dial->text))
        sim_violation(sim, "hops", "\"%s\" was typed in %s, and \"%.*s\" is kept", dial->text, dial->session,
                      (int)c->ussd_text.len, c->ussd_text.ptr);
    int typed_len = snprintf(typed, sizeof(typed), "%c%s", (int)strlen(dial->last), dial->last); /* as it is packed */
    if (goes_on && !memmem(c->journal.ptr, c->journal.len, typed, (size_t)typed_len))
        sim_violation(sim, "hops", "\"%s\" was typed in %s, and something else was thought about", dial->last,
                      dial->session);
}

static void on_dial(struct sim *sim, void *ctx)
{
    (void)ctx;
    if (sim->calm || sim->now_ms >= sim->end_ms)
        return;
    dial_anew(sim, sim_pick(sim, SIM_PEOPLE));
    sim_at(sim, 60000 + sim_pick(sim, 3600000), false, on_dial, NULL);
}

void sim_ussd_begin(struct sim *sim)
{
    if (sim->worlds & SIM_DIALS)
        sim_at(sim, 20000, false, on_dial, NULL);
}

void sim_ussd_free(struct sim *sim)
{
    for (struct sim_dial *dial = sim->dials, *next; dial; dial = next) {
        next = dial->next;
        mem_free(dial);
    }
}
