/* BAJA against a model: short random histories of one person, each step a real turn; who is out is told by the model
 * alone, and the store must give leave to a reminder exactly when the model does. */
#include "tests/sim/sim.h"

static const struct {
    const char *text;
    int out; /* -1: changes nothing */
} baja_words[] = {{"BAJA", 1}, {"baja", 1}, {"Baja", 1}, {"ALTA", 0}, {"alta", 0},       {"hola", -1},
                  {"1", -1},   {"2", -1},   {"si", -1},  {"no", -1},  {"vendo pan", -1}, {"MIS DATOS", -1}};

static void on_baja_turn(void *ctx, const struct turn_result *result)
{
    *(enum error *)ctx = result->error;
}

static void on_baja_leave(void *ctx, enum error error, const struct leave_given *given)
{
    *(enum leave *)ctx = error ? LEAVES : given->leave;
}

static void on_baja_lease(void *ctx, enum error error, uint64_t token)
{
    *(uint64_t *)ctx = error ? 0 : token;
}

/* One history. Returns whether store and model agreed at each step. */
static bool tell_history(const struct mind *mind, struct sim *chance, struct arena *arena,
                         const struct channel *channel, char why[256])
{
    struct store *store = store_memory_new();
    struct turns turns = {.mind = mind, .store = store};
    unsigned shard = shard_of(sim_person(0)), steps = 2 + sim_pick(chance, 5);
    uint64_t token = 0;
    bool out = false, good = true;
    size_t len = 0;
    if (!store || store_lease(store, shard, SLICE("one"), 1000, on_baja_lease, &token))
        abort();
    for (unsigned i = 0; i < steps && good; i++) {
        unsigned word = sim_pick(chance, sizeof(baja_words) / sizeof(baja_words[0]));
        char id[24];
        enum error error = ERR_UNAVAILABLE;
        enum leave leave = LEAVES;
        snprintf(id, sizeof(id), "%u", i);
        const struct event event = {
            .kind = EVENT_TEXT, .from = sim_person(0), .id = slice_of(id), .text = slice_of(baja_words[word].text)};
        arena_reset(arena);
        if (turn_start(&turns, channel, &event, SIM_BEGIN_MS + i * 1000, arena, on_baja_turn, &error) || error)
            abort();
        out = baja_words[word].out < 0 ? out : baja_words[word].out;
        snprintf(id, sizeof(id), "%u-1", i + 1);
        const struct intent intent = {.shard = shard,
                                      .id = slice_of(id),
                                      .contact = sim_person(0),
                                      .channel = SLICE("sms"),
                                      .token = token,
                                      .owner = SLICE("one")};
        if (store_intend(store, &intent, on_baja_leave, &leave))
            abort();
        good = leave == (out ? LEAVE_DROP : LEAVE_GO);
        len += (size_t)snprintf(why + len, 256 - len, "%s, ", baja_words[word].text);
    }
    store_close(store);
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
        bool good = tell_history(mind, chance, arena, &chance->channels[i % SIM_USSD], history);
        if (!good && !bad++)
            memcpy(why, history, 256);
    }
    arena_free(arena);
    mem_free(chance);
    return bad;
}
