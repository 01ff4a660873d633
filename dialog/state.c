#include "dialog/state.h"

#include <math.h>
#include <string.h>

#include "base/utf8.h"

#define STATE_MAGIC 'S'
#define STATE_VERSION 2
#define STATE_VERSION_TIMERLESS 1 /* ended before asked_ms */
#define HISTORY_MAX (sizeof(((struct state *)0)->history) / DIALOG_NAME)

/* Each field takes at most two bytes more than its memory, and each of those has more memory than that to spare. */
_Static_assert(sizeof(struct state) + 512 < DIALOG_STATE_BYTES, "a whole state fits its encoding's limit");

/* A place for text in a struct: where, and how many bytes with the NUL. */
struct place {
    size_t offset;
    size_t size;
};

#define PLACE(type, member)                                                                                            \
    {                                                                                                                  \
        offsetof(struct type, member), sizeof(((struct type *)0)->member)                                              \
    }

static const struct place state_texts[] = {
    PLACE(state, flow), PLACE(state, version),   PLACE(state, at),      PLACE(state, below),
    PLACE(state, lang), PLACE(state, doubt_raw), PLACE(state, pending),
};
static const struct place fact_texts[] = {PLACE(fact, slot), PLACE(fact, value)};
static const struct place timer_texts[] = {PLACE(timer, name), PLACE(timer, spent)};
static const struct place label_texts[] = {PLACE(advice_label, key), PLACE(advice_label, name)};
static const struct place resource_texts[] = {
    PLACE(advice_resource, id),
    PLACE(advice_resource, text),
    PLACE(advice_resource, reason),
    PLACE(advice_resource, contact),
};

#define COUNT(array) (sizeof(array) / sizeof((array)[0]))

void state_init(struct state *state)
{
    memset(state, 0, sizeof(*state));
    memcpy(state->lang, "es", 2);
}

void state_keep(struct slice text, char *out, size_t size)
{
    size_t len = text.len < size ? text.len : size - 1;
    while (len < text.len && len > 0 && ((unsigned char)text.ptr[len] & 0xC0) == 0x80)
        len--;
    if (len)
        memmove(out, text.ptr, len);
    memset(out + len, 0, size - len);
}

static struct fact *find_fact(struct state *state, const char *slot)
{
    for (size_t i = 0; i < state->fact_count; i++)
        if (strcmp(state->facts[i].slot, slot) == 0)
            return &state->facts[i];
    return NULL;
}

struct slice state_fact(const struct state *state, const char *slot)
{
    for (size_t i = 0; i < state->fact_count; i++)
        if (strcmp(state->facts[i].slot, slot) == 0)
            return slice_of(state->facts[i].value);
    return SLICE_NONE;
}

bool state_set_fact(struct state *state, const char *slot, struct slice value, double confidence)
{
    struct fact *fact = find_fact(state, slot);
    if (!fact) {
        if (state->fact_count == DIALOG_SLOTS_MAX)
            return false;
        fact = &state->facts[state->fact_count++];
        state_keep(slice_of(slot), fact->slot, sizeof(fact->slot));
    }
    state_keep(value, fact->value, sizeof(fact->value));
    fact->confidence = confidence;
    return true;
}

bool state_forget_fact(struct state *state, const char *slot)
{
    struct fact *fact = find_fact(state, slot);
    if (!fact)
        return false;
    struct fact *last = &state->facts[state->fact_count - 1];
    memmove(fact, fact + 1, (size_t)(last - fact) * sizeof(*fact));
    memset(last, 0, sizeof(*last));
    state->fact_count--;
    return true;
}

void state_push_history(struct state *state, const char *name)
{
    if (state->history_count && strcmp(state->history[state->history_count - 1], name) == 0)
        return;
    if (state->history_count == HISTORY_MAX) {
        memmove(state->history[0], state->history[1], (HISTORY_MAX - 1) * DIALOG_NAME);
        state->history_count--;
    }
    state_keep(slice_of(name), state->history[state->history_count++], DIALOG_NAME);
}

bool state_pop_history(struct state *state, char out[DIALOG_NAME])
{
    if (state->history_count == 0)
        return false;
    char *top = state->history[--state->history_count];
    memcpy(out, top, DIALOG_NAME);
    memset(top, 0, DIALOG_NAME);
    return true;
}

struct timer *state_timer(struct state *state, struct slice name)
{
    for (size_t i = 0; i < state->timer_count; i++)
        if (slice_is(name, state->timers[i].name))
            return &state->timers[i];
    return NULL;
}

struct timer *state_add_timer(struct state *state, const char *name)
{
    struct timer *timer = state_timer(state, slice_of(name));
    if (timer || state->timer_count == DIALOG_TIMERS_MAX)
        return timer;
    timer = &state->timers[state->timer_count++];
    state_keep(slice_of(name), timer->name, sizeof(timer->name));
    return timer;
}

void state_drop_timer(struct state *state, struct timer *timer)
{
    struct timer *last = &state->timers[state->timer_count - 1];
    memmove(timer, timer + 1, (size_t)(last - timer) * sizeof(*timer));
    memset(last, 0, sizeof(*last));
    state->timer_count--;
}

static void put_number(struct buf *out, uint64_t value, unsigned bytes)
{
    while (bytes-- > 0)
        buf_addc(out, (char)(unsigned char)(value >> (8 * bytes)));
}

/* Adding zero turns a negative zero into the plain one: equal numbers have equal bytes. */
static void put_share(struct buf *out, double value)
{
    uint64_t bits;
    value += 0.0;
    memcpy(&bits, &value, sizeof(bits));
    put_number(out, bits, 8);
}

static void put_texts(struct buf *out, const void *base, const struct place *places, size_t count)
{
    for (size_t i = 0; i < count; i++) {
        const char *text = (const char *)base + places[i].offset;
        size_t len = strnlen(text, places[i].size - 1);
        put_number(out, len, 2);
        buf_add(out, text, len);
    }
}

static void put_fact(struct buf *out, const struct fact *fact)
{
    put_texts(out, fact, fact_texts, COUNT(fact_texts));
    put_share(out, fact->confidence);
}

void state_encode(const struct state *state, struct buf *out)
{
    buf_addc(out, STATE_MAGIC);
    put_number(out, STATE_VERSION, 1);
    put_texts(out, state, state_texts, COUNT(state_texts));
    put_number(out, state->tries, 4);
    put_number(out, (uint64_t)state->last_ms, 8);
    put_number(out, state->last_channel, 1);
    put_number(out, state->opted_out, 1);
    put_number(out, state->pending_ends, 1);
    put_number(out, state->history_count, 1);
    for (size_t i = 0; i < state->history_count; i++)
        put_texts(out, state->history[i], &(struct place){0, DIALOG_NAME}, 1);
    put_number(out, state->fact_count, 1);
    for (size_t i = 0; i < state->fact_count; i++)
        put_fact(out, &state->facts[i]);
    put_fact(out, &state->doubt);
    put_number(out, state->label_count, 1);
    for (size_t i = 0; i < state->label_count; i++) {
        put_texts(out, &state->labels[i], label_texts, COUNT(label_texts));
        put_share(out, state->labels[i].probability);
    }
    put_number(out, state->resource_count, 1);
    for (size_t i = 0; i < state->resource_count; i++)
        put_texts(out, &state->resources[i], resource_texts, COUNT(resource_texts));
    put_number(out, (uint64_t)state->asked_ms, 8);
    put_number(out, state->timer_count, 1);
    for (size_t i = 0; i < state->timer_count; i++) {
        put_texts(out, &state->timers[i], timer_texts, COUNT(timer_texts));
        put_number(out, (uint64_t)state->timers[i].due_ms, 8);
    }
}

/* Bytes being read; the first thing that is wrong sticks in `bad`, and what is read after it is zero. */
struct reader {
    struct slice rest;
    bool bad;
};

static uint64_t get_number(struct reader *in, unsigned bytes, uint64_t max)
{
    uint64_t value = 0;
    if (in->bad || in->rest.len < bytes) {
        in->bad = true;
        return 0;
    }
    for (unsigned i = 0; i < bytes; i++)
        value = value << 8 | (unsigned char)in->rest.ptr[i];
    in->rest = slice_part(in->rest, bytes, in->rest.len);
    if (value > max) {
        in->bad = true;
        return 0;
    }
    return value;
}

static double get_share(struct reader *in)
{
    uint64_t bits = get_number(in, 8, UINT64_MAX);
    double value;
    memcpy(&value, &bits, sizeof(value));
    if (!(value >= 0 && value <= 1) || signbit(value)) {
        in->bad = true;
        return 0;
    }
    return value;
}

static void get_texts(struct reader *in, void *base, const struct place *places, size_t count)
{
    for (size_t i = 0; i < count; i++) {
        size_t len = get_number(in, 2, places[i].size - 1);
        struct slice text = slice_part(in->rest, 0, len);
        if (in->bad || text.len != len || !utf8_valid(text) || slice_find(text, '\0') != len) {
            in->bad = true;
            return;
        }
        in->rest = slice_part(in->rest, len, in->rest.len);
        state_keep(text, (char *)base + places[i].offset, places[i].size);
    }
}

static void get_fact(struct reader *in, struct fact *fact)
{
    get_texts(in, fact, fact_texts, COUNT(fact_texts));
    fact->confidence = get_share(in);
}

static void get_facts(struct reader *in, struct state *state)
{
    size_t count = get_number(in, 1, DIALOG_SLOTS_MAX);
    for (size_t i = 0; i < count && !in->bad; i++) {
        get_fact(in, &state->facts[i]);
        if (state->facts[i].slot[0] == '\0' || find_fact(state, state->facts[i].slot))
            in->bad = true;
        state->fact_count = i + 1;
    }
    get_fact(in, &state->doubt);
}

static void get_timers(struct reader *in, struct state *state)
{
    state->asked_ms = (int64_t)get_number(in, 8, UINT64_MAX);
    size_t count = get_number(in, 1, DIALOG_TIMERS_MAX);
    for (size_t i = 0; i < count && !in->bad; i++) {
        struct timer *timer = &state->timers[i];
        get_texts(in, timer, timer_texts, COUNT(timer_texts));
        timer->due_ms = (int64_t)get_number(in, 8, INT64_MAX);
        if (timer->name[0] == '\0' || state_timer(state, slice_of(timer->name)))
            in->bad = true;
        state->timer_count = i + 1;
    }
}

static void get_state(struct reader *in, struct state *state)
{
    bool ours = get_number(in, 1, 255) == STATE_MAGIC;
    uint64_t version = get_number(in, 1, STATE_VERSION);
    if (!ours || version < STATE_VERSION_TIMERLESS)
        in->bad = true;
    get_texts(in, state, state_texts, COUNT(state_texts));
    state->tries = (unsigned)get_number(in, 4, UINT32_MAX);
    state->last_ms = (int64_t)get_number(in, 8, UINT64_MAX);
    state->last_channel = (enum channel_kind)get_number(in, 1, CHANNEL_WHATSAPP);
    state->opted_out = get_number(in, 1, 1);
    state->pending_ends = get_number(in, 1, 1);
    state->history_count = get_number(in, 1, HISTORY_MAX);
    for (size_t i = 0; i < state->history_count; i++)
        get_texts(in, state->history[i], &(struct place){0, DIALOG_NAME}, 1);
    get_facts(in, state);
    state->label_count = get_number(in, 1, ADVICE_LABELS_MAX);
    for (size_t i = 0; i < state->label_count; i++) {
        get_texts(in, &state->labels[i], label_texts, COUNT(label_texts));
        state->labels[i].probability = get_share(in);
    }
    state->resource_count = get_number(in, 1, ADVICE_RESOURCES_MAX);
    for (size_t i = 0; i < state->resource_count; i++)
        get_texts(in, &state->resources[i], resource_texts, COUNT(resource_texts));
    if (version > STATE_VERSION_TIMERLESS)
        get_timers(in, state);
}

enum error state_decode(struct slice bytes, struct state *out)
{
    struct reader in = {bytes, false};
    struct state state;
    memset(&state, 0, sizeof(state));
    get_state(&in, &state);
    if (in.bad || in.rest.len != 0)
        return ERR_SYNTAX;
    *out = state;
    return OK;
}
