/* Steps over the shipped flow: lines of any bytes as events, on any channel, with time passing and timers that fire, in
 * time, late, or stale. Whoever is not out gets an answer, a stale timer does nothing, nothing fails, and every state
 * survives its encoding. */
#include <assert.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/utf8.h"
#include "dialog/flow.h"
#include "dialog/state.h"
#include "tests/unit/languages_kit.h"

#define FIRST_MS 1795435200000
#define ROUNDS_MAX 16
#define TURNS_MAX 64
#define FIRES 15 /* kind of a line that fires a timer */
#define STAFF 14 /* ... of one that has staff act; its text is what they say */

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void add(struct flows *flows, const char *name, struct faults *faults)
{
    static char bytes[512 * 1024];
    char path[64];
    snprintf(path, sizeof(path), "config/flows/%s.yaml", name);
    FILE *in = fopen(path, "rb");
    if (!in)
        abort();
    size_t len = fread(bytes, 1, sizeof(bytes), in);
    fclose(in);
    if (flows_add(flows, path, (struct slice){bytes, len}, faults))
        abort();
}

static struct flows *load(void)
{
    struct faults faults;
    struct flows *flows = flows_new();
    flows_speak(flows, kit_languages());
    if (!flows)
        abort();
    faults_init(&faults);
    add(flows, "diagnostico", &faults);
    while (flows_lacks(flows))
        add(flows, flows_lacks(flows), &faults);
    if (flows_finish(flows, &faults))
        abort();
    faults_release(&faults);
    return flows;
}

static const struct advice *advise(enum need need, unsigned char how)
{
    static struct advice advice;
    memset(&advice, 0, sizeof(advice));
    advice.kind = need;
    advice.sure = how & 1;
    advice.label_count = (how >> 1) % (ADVICE_LABELS_MAX + 1);
    advice.resource_count = (how >> 3) % (ADVICE_RESOURCES_MAX + 1);
    for (size_t i = 0; i < advice.label_count; i++) {
        advice.labels[i].key[0] = advice.labels[i].name[0] = (char)('a' + i);
        advice.labels[i].probability = 0.3;
    }
    for (size_t i = 0; i < advice.resource_count; i++)
        advice.resources[i].id[0] = advice.resources[i].text[0] = (char)('a' + i);
    memcpy(advice.stage, "growth", 7);
    return &advice;
}

/* A timer that the state has set, or one that nobody set: of another instant, or of another name. Tells whether it is
 * stale. */
static bool fire(const struct state *state, unsigned char how, struct event *event, int64_t *now_ms)
{
    static const struct timer none;
    size_t at = how % DIALOG_TIMERS_MAX;
    const struct timer *timer = at < state->timer_count ? &state->timers[at] : &none;
    *event = (struct event){.kind = EVENT_TIMER, .payload = slice_of(timer->name), .at_ms = timer->due_ms};
    if (timer->due_ms == 0 || how >= 0xf0) {
        event->at_ms += 1;
        return true;
    }
    if (*now_ms < event->at_ms)
        *now_ms = event->at_ms;
    return false;
}

/* The first byte says what kind of event, the second which channel and how long after the last. */
static void turn(const struct flows *flows, struct state *state, struct slice line, int64_t *now_ms)
{
    static const struct channel_traits channels[] = {
        {.kind = CHANNEL_SMS}, {.kind = CHANNEL_USSD}, {.kind = CHANNEL_WHATSAPP, .interactive = true}};
    static struct outcome outcome;
    unsigned char kind = (unsigned char)line.ptr[0], how = (unsigned char)line.ptr[1];
    const struct channel_traits *channel = &channels[(how & 7) < 6 ? state->last_channel : how % 3];
    struct buf clean;
    buf_init(&clean, 65536);
    utf8_clean(slice_part(line, 2, line.len), &clean);
    struct event event = {.kind = kind % 16 < 9 ? (enum event_kind)(kind % 16) : EVENT_TEXT, .text = buf_slice(&clean)};
    event.payload = event.text;
    if (kind % 16 == STAFF) {
        static const char *const acts[] = {"take ana", "answer ana", "close ana", "end ana"};
        event.kind = EVENT_STAFF;
        event.payload = slice_of(acts[how % 4]);
    }
    *now_ms += (int64_t)(how >> 4) * 3600000 * (how & 8 ? 24 : 1);
    static struct state before;
    static char name[DIALOG_NAME];
    before = *state;
    bool stale = kind % 16 == FIRES && fire(&before, how, &event, now_ms);
    if (event.kind == EVENT_TIMER) { /* its name lies in a state that changes */
        memcpy(name, event.payload.ptr, sizeof(name));
        event.payload = slice_of(name);
    }
    struct arena *arena = arena_new(1 << 24);
    const struct advice *advice = NULL;
    struct effect said[DIALOG_EFFECTS_MAX * ROUNDS_MAX];
    size_t count = 0, rounds = 0, messages_count = 0;
    struct message *messages = NULL;
    bool owed = !state->opted_out && event.kind < EVENT_ABORT;
    assert(arena);
    do {
        assert(dialog_step(flows, state, &event, channel->kind, advice, *now_ms, arena, &outcome) == OK);
        if (outcome.effect_count)
            memcpy(said + count, outcome.effects, outcome.effect_count * sizeof(*said));
        count += outcome.effect_count;
        advice = advise(outcome.need, how);
    } while (outcome.need != NEED_NOTHING && ++rounds < ROUNDS_MAX);
    assert(rounds < ROUNDS_MAX);
    assert(dialog_render(said, count, channel, outcome.ended, state, arena, &messages, &messages_count) == OK);
    bool held = before.ticket.holds && channel->kind != CHANNEL_USSD; /* the words are for staff */
    assert(!owed || held || messages_count > 0);
    assert(!stale || (count == 0 && memcmp(state, &before, sizeof(before)) == 0));
    assert(event.kind != EVENT_STAFF || before.ticket.opened_ms || count == 0);
    assert(event.kind != EVENT_TIMER || messages_count == 0 || (channel->kind != CHANNEL_USSD && !before.opted_out));
    arena_free(arena);
    buf_release(&clean);
}

/* Writes the state over the bytes that it was read from, which gives the same as writing it anew, and reads it back. */
static void store(struct state *state, struct buf *bytes)
{
    struct buf over;
    buf_init(&over, DIALOG_STATE_BYTES);
    state_encode_over(state, buf_slice(bytes), &over);
    buf_clear(bytes);
    state_encode(state, bytes);
    assert(!bytes->error && slice_eq(buf_slice(bytes), buf_slice(&over)));
    assert(state_decode(buf_slice(bytes), state) == OK);
    buf_release(&over);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    static struct flows *flows;
    static struct state state;
    struct slice rest = {(const char *)data, size}, line;
    struct buf bytes;
    int64_t now_ms = FIRST_MS;
    if (!flows)
        flows = load();
    state_init(&state);
    buf_init(&bytes, DIALOG_STATE_BYTES);
    for (int turns = 0; turns < TURNS_MAX && slice_cut(&rest, '\n', &line); turns++) {
        if (line.len < 2)
            continue;
        turn(flows, &state, line, &now_ms);
        store(&state, &bytes);
    }
    buf_release(&bytes);
    return 0;
}
