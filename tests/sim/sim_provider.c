/* Providers, hostile: late, busy, broken, cut off after they took the message or before; their receipts come in any
 * order, more than once, and before the answer. */
#include "tests/sim/sim.h"

/* A call on its way. */
struct sim_send {
    struct sim_worker *worker;
    uint64_t life;
    sender_done *done;
    void *ctx;
    unsigned channel;
    char reference[64], to[32];
    enum { ACCEPT, BUSY, BROKEN, REFUSED, CUT_BEFORE, CUT_AFTER, NO_CONNECTION } fate;
    char id[48];
};

static void find_after(struct slice text, const char *mark, const char *stops, char *out, size_t size)
{
    const char *at = memmem(text.ptr, text.len, mark, strlen(mark));
    size_t len = 0;
    if (at) {
        at += strlen(mark);
        while (at + len < text.ptr + text.len && !strchr(stops, at[len]) && len + 1 < size)
            len++;
    }
    memcpy(out, at ? at : "", len);
    out[len] = '\0';
}

static void send_receipt(const struct sim_send *send, const char *status, int64_t wait_ms)
{
    struct sim *sim = send->worker->sim;
    char body[640], query[96] = "", named[128] = "";
    if (send->channel) {
        if (!sim_maybe(sim, 30)) /* else by the provider's id alone */
            snprintf(named, sizeof(named), ",\"biz_opaque_callback_data\":\"%s\"", send->reference);
        snprintf(
            body, sizeof(body),
            "{\"object\":\"whatsapp_business_account\",\"entry\":[{\"id\":\"1\",\"changes\":[{\"field\":\"messages\","
            "\"value\":{\"messaging_product\":\"whatsapp\",\"metadata\":{\"phone_number_id\":\"104\"},"
            "\"statuses\":[{\"id\":\"%s\",\"status\":\"%s\",\"timestamp\":\"%lld\",\"recipient_id\":\"%s\"%s}]}}]}]}",
            send->id, status, (long long)(sim->now_ms / 1000), send->to + 1, named);
    } else {
        snprintf(body, sizeof(body), "MessageSid=%s&MessageStatus=%s&To=%%2B%s", send->id, status, send->to + 1);
        if (!sim_maybe(sim, 30))
            snprintf(query, sizeof(query), "ref=%s", send->reference);
    }
    sim->did.receipts++;
    sim_webhook(sim, send->channel, query, body, 1 + (sim_maybe(sim, 20) ? sim_pick(sim, 3) : 0), NULL, wait_ms);
}

static void on_answered(struct sim *sim, void *ctx)
{
    static const char *const busy[] = {"{\"code\":20429,\"status\":429}", "{\"error\":{\"code\":130429}}"};
    static const char *const refused[] = {"{\"code\":21610,\"status\":400}", "{\"error\":{\"code\":131026}}"};
    struct sim_send *send = ctx;
    char body[160] = "";
    bool alive = send->worker->up && send->worker->life == send->life;
    if (alive && sim_is_struck(send->worker, on_answered, send))
        return;
    struct sender_answer answer = {.fate = SENDER_ANSWERED, .status = 200, .trouble = ""};
    switch (send->fate) {
    case ACCEPT:
        answer.status = send->channel ? 200 : 201;
        snprintf(body, sizeof(body),
                 send->channel ? "{\"messages\":[{\"id\":\"%s\"}]}"
                               : "{\"sid\":\"%s\",\"status\":\"queued\",\"num_segments\":\"1\"}",
                 send->id);
        break;
    case BUSY:
        answer.status = 429;
        answer.retry_after_ms = 1000 * sim_pick(sim, 8);
        snprintf(body, sizeof(body), "%s", busy[send->channel]);
        break;
    case BROKEN:
        answer.status = 503;
        break;
    case REFUSED:
        answer.status = 400;
        snprintf(body, sizeof(body), "%s", refused[send->channel]);
        break;
    case CUT_BEFORE:
    case CUT_AFTER:
        answer = (struct sender_answer){.fate = SENDER_IN_DOUBT, .trouble = "no answer"};
        break;
    case NO_CONNECTION:
        answer = (struct sender_answer){.fate = SENDER_NOT_SENT, .trouble = "no connection"};
        break;
    }
    answer.body = slice_of(body);
    if (alive)
        send->done(send->ctx, &answer);
    mem_free(send);
}

static void on_arrived(struct sim *sim, void *ctx)
{
    struct sim_send *send = ctx;
    int64_t wait_ms = 20 + sim_pick(sim, 200) + (sim_maybe(sim, 5) ? sim_pick(sim, 9000) : 0);
    bool dead = !send->worker->up || send->worker->life != send->life;
    if (dead && send->fate == ACCEPT && sim_pick(sim, 2))
        send->fate = CUT_BEFORE; /* it died before it was written */
    sim_note(sim, "provider %s: fate %d", send->reference, send->fate);
    if (send->fate == ACCEPT || send->fate == CUT_AFTER) {
        static const char *const names[2][3] = {{"sent", "delivered", "undelivered"}, {"sent", "delivered", "read"}};
        sim->did.accepted++;
        sim_check_accepted(sim, slice_of(send->reference));
        for (unsigned i = 0; i < 3; i++)
            if (sim_pick(sim, 3) && !(i == 2 && !send->channel && sim_pick(sim, 8)))
                send_receipt(send, names[send->channel][i],
                             sim_pick(sim, 4) ? sim_pick(sim, 20000) : sim_pick(sim, 100));
    }
    sim_at(sim, wait_ms, true, on_answered, send);
}

enum error sim_call_provider(void *caller, const struct http_call *call, sender_done *done, void *ctx)
{
    static const unsigned chances[] = {
        [BUSY] = 4, [BROKEN] = 4, [REFUSED] = 1, [CUT_BEFORE] = 1, [CUT_AFTER] = 1, [NO_CONNECTION] = 4};
    struct sim_worker *worker = caller;
    struct sim *sim = worker->sim;
    struct sim_send *send = mem_alloc(sizeof(*send));
    if (!send)
        return ERR_NOMEM;
    *send = (struct sim_send){.worker = worker, .life = worker->life, .done = done, .ctx = ctx};
    send->channel = strstr(call->url, "wa.example") != NULL;
    find_after(call->body, send->channel ? "\"biz_opaque_callback_data\":\"" : "ref%3D", "\"&", send->reference,
               sizeof(send->reference));
    if (!send->channel)
        find_after(call->body, "To=%2B", "&", send->to + 1, sizeof(send->to) - 1);
    else
        find_after(call->body, "\"to\":\"", "\"", send->to + 1, sizeof(send->to) - 1);
    send->to[0] = '+';
    for (unsigned i = BUSY; i <= NO_CONNECTION; i++)
        if (!send->fate && sim_maybe(sim, chances[i]))
            send->fate = i;
    snprintf(send->id, sizeof(send->id), send->channel ? "wamid.%u" : "SM%032x", ++sim->serial);
    sim->did.sends++;
    const struct sim_message *message = sim_check_called(sim, slice_of(send->reference));
    sim_book_call(sim, send->channel, message ? message->cost : 1);
    sim_at(sim, send->fate == NO_CONNECTION ? 1 : 10 + sim_pick(sim, 300), true,
           send->fate == NO_CONNECTION ? on_answered : on_arrived, send);
    return OK;
}
