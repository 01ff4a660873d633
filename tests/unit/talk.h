/* A conversation in a test: the shipped flow, one state, a scripted engine, a clock that stands until it is moved.
 *
 * talk_turn() does what the gateway's turn does: it steps, gives the advice that the test has ready, renders, and on
 * the way proves what must hold always: the state survives its encoding byte for byte, and the same inputs give the
 * same bytes; and the timers that the effects have set are those that the state knows of. talk_fire() fires the first
 * that is due, as the gateway would, on the channel whose turn set it. */
#ifndef TESTS_TALK_H
#define TESTS_TALK_H

#include "tests/unit/unit.h"

#include <stdio.h>
#include <string.h>

#include "base/mem.h"
#include "dialog/dialog.h"
#include "dialog/state.h"
#include "gateway/flow_file.h"
#include "tests/unit/languages_kit.h"

#define TALK_FLOW "config/flows/diagnostico.yaml"
#define TALK_NOW 1795435200000 /* 2026-11-23T12:00:00Z */
#define TALK_EFFECTS 256
#define TALK_FILE_BYTES (512 * 1024)

/* A timer as the gateway keeps it. */
struct talk_timer {
    char name[DIALOG_NAME];
    int64_t due_ms;
    struct channel_traits channel; /* of the turn that set it */
};

struct talk {
    const struct flows *flows;
    struct state state;
    struct channel_traits channel;
    int64_t now_ms;
    struct advice industry, profile, resources; /* what the engine would say */
    struct arena *arena;                        /* of the last turn */
    struct effect effects[TALK_EFFECTS];        /* of the last turn, SAY and all */
    size_t effect_count;
    struct message *messages;
    size_t message_count;
    struct outcome outcome; /* the last step's */
    unsigned repeat_every;  /* prove repeatability in one turn of so many; 0 as 1 */
    unsigned turns;
    bool follows;                  /* what is said can follow by SMS: for events that the test makes */
    struct channel_traits told_on; /* the last turn's channel */
    struct talk_timer timers[DIALOG_TIMERS_MAX];
    size_t timer_count;
};

/* Reads a whole file; the caller frees with mem_free. Fails the test when it cannot. */
static inline struct slice talk_read_file(const char *path)
{
    FILE *in = fopen(path, "rb");
    if (!in)
        fail_msg("%s cannot be opened: run the tests from the repository's top", path);
    char *bytes = mem_alloc(TALK_FILE_BYTES);
    assert_non_null(bytes);
    size_t len = fread(bytes, 1, TALK_FILE_BYTES - 1, in);
    bytes[len] = '\0';
    fclose(in);
    return (struct slice){bytes, len};
}

/* Loads a flow with those that make a program with it; any fault fails the test. */
static inline struct flows *talk_program(const char *path)
{
    struct flow_file file;
    enum error error = flow_file_load(&file, path, NULL, NULL, NULL);
    faults_print(&file.faults, stdout);
    assert_int_equal(error, OK);
    assert_true(file.good);
    faults_release(&file.faults);
    flows_speak(file.flows, kit_languages());
    languages_free(file.languages);
    return file.flows;
}

/* Loads the shipped flows. */
static inline struct flows *talk_flows(void)
{
    return talk_program(TALK_FLOW);
}

static inline void talk_begin(struct talk *talk, const struct flows *flows)
{
    memset(talk, 0, sizeof(*talk));
    talk->flows = flows;
    talk->now_ms = TALK_NOW;
    talk->channel = (struct channel_traits){.kind = CHANNEL_SMS};
    talk->industry.kind = NEED_INDUSTRY;
    talk->profile.kind = NEED_PROFILE;
    talk->resources.kind = NEED_RESOURCES;
    state_init(&talk->state);
}

static inline void talk_end(struct talk *talk)
{
    arena_free(talk->arena);
    talk->arena = NULL;
}

static inline const struct advice *talk_advice(const struct talk *talk, enum need need)
{
    return need == NEED_INDUSTRY ? &talk->industry : need == NEED_PROFILE ? &talk->profile : &talk->resources;
}

static inline void talk_check_encoding(const struct state *state)
{
    static struct state back;
    struct buf first, second;
    buf_init(&first, DIALOG_STATE_BYTES);
    buf_init(&second, DIALOG_STATE_BYTES);
    state_encode(state, &first);
    assert_int_equal(first.error, OK);
    assert_int_equal(state_decode(buf_slice(&first), &back), OK);
    state_encode(&back, &second);
    assert_true(slice_eq(buf_slice(&first), buf_slice(&second)));
    buf_release(&first);
    buf_release(&second);
}

static inline bool talk_same_states(const struct state *a, const struct state *b)
{
    struct buf first, second;
    buf_init(&first, DIALOG_STATE_BYTES);
    buf_init(&second, DIALOG_STATE_BYTES);
    state_encode(a, &first);
    state_encode(b, &second);
    bool same = !first.error && !second.error && slice_eq(buf_slice(&first), buf_slice(&second));
    buf_release(&first);
    buf_release(&second);
    return same;
}

static inline bool talk_same_messages(const struct message *a, const struct message *b, size_t count)
{
    for (size_t i = 0; i < count; i++) {
        if (a[i].kind != b[i].kind || a[i].ends != b[i].ends || a[i].option_count != b[i].option_count ||
            !slice_eq(a[i].text, b[i].text))
            return false;
        for (size_t j = 0; j < a[i].option_count; j++)
            if (!slice_eq(a[i].options[j].id, b[i].options[j].id) ||
                !slice_eq(a[i].options[j].title, b[i].options[j].title))
                return false;
    }
    return true;
}

/* Steps and renders once, from a state, into a talk that holds everything that came of it. */
static inline enum error talk_compute(struct talk *talk, const struct event *event)
{
    const struct advice *advice = NULL;
    talk->effect_count = 0;
    for (int rounds = 0; rounds < 16; rounds++) {
        enum error error = dialog_step(talk->flows, &talk->state, event, talk->channel.kind, advice, talk->now_ms,
                                       talk->arena, &talk->outcome);
        if (error)
            return error;
        for (size_t i = 0; i < talk->outcome.effect_count; i++) {
            assert_true(talk->effect_count < TALK_EFFECTS);
            talk->effects[talk->effect_count++] = talk->outcome.effects[i];
        }
        if (talk->outcome.need == NEED_NOTHING)
            return dialog_render(talk->effects, talk->effect_count, &talk->channel, talk->outcome.ended, &talk->state,
                                 talk->arena, &talk->messages, &talk->message_count);
        advice = talk_advice(talk, talk->outcome.need);
    }
    fail_msg("the step needed the engine sixteen times");
    return ERR_LIMIT;
}

static inline void talk_fresh_arena(struct talk *talk)
{
    if (talk->arena)
        arena_reset(talk->arena);
    else
        talk->arena = arena_new(1 << 24);
    assert_non_null(talk->arena);
}

/* Proves that a turn computed again, from the same state, gives the same bytes. */
static inline void talk_check_repeats(const struct talk *talk, const struct state *before, const struct event *event)
{
    static struct talk again;
    struct arena *arena = again.arena;
    memset(&again, 0, offsetof(struct talk, effects));
    again.flows = talk->flows;
    again.state = *before;
    again.channel = talk->channel;
    again.now_ms = talk->now_ms;
    again.industry = talk->industry;
    again.profile = talk->profile;
    again.resources = talk->resources;
    again.arena = arena;
    talk_fresh_arena(&again);
    assert_int_equal(talk_compute(&again, event), OK);
    assert_true(talk_same_states(&talk->state, &again.state));
    assert_int_equal(talk->message_count, again.message_count);
    assert_true(talk_same_messages(talk->messages, again.messages, talk->message_count));
}

static inline void talk_drop_timer(struct talk *talk, struct slice name)
{
    for (size_t i = 0; i < talk->timer_count; i++)
        if (slice_is(name, talk->timers[i].name)) {
            talk->timers[i] = talk->timers[--talk->timer_count];
            return;
        }
}

/* Knows the timers of a state that was given from outside. */
static inline void talk_know_timers(struct talk *talk)
{
    talk->timer_count = 0;
    for (size_t i = 0; i < talk->state.timer_count; i++) {
        if (talk->state.timers[i].due_ms == 0)
            continue;
        struct talk_timer *timer = &talk->timers[talk->timer_count++];
        memcpy(timer->name, talk->state.timers[i].name, sizeof(timer->name));
        timer->due_ms = talk->state.timers[i].due_ms;
        timer->channel = talk->channel;
    }
}

/* Keeps what the turn's effects set, and proves that it is what the state knows. */
static inline void talk_keep_timers(struct talk *talk)
{
    size_t set = 0;
    for (size_t i = 0; i < talk->effect_count; i++) {
        const struct effect *effect = &talk->effects[i];
        if (effect->kind != EFFECT_TIMER)
            continue;
        talk_drop_timer(talk, effect->slot);
        if (effect->due_ms == 0)
            continue;
        assert_true(effect->due_ms > talk->now_ms);
        assert_true(talk->timer_count < DIALOG_TIMERS_MAX);
        struct talk_timer *timer = &talk->timers[talk->timer_count++];
        assert_true(slice_copy(effect->slot, timer->name, sizeof(timer->name)));
        timer->due_ms = effect->due_ms;
        timer->channel = talk->channel;
    }
    for (size_t i = 0; i < talk->state.timer_count; i++)
        set += talk->state.timers[i].due_ms != 0;
    assert_int_equal(set, talk->timer_count);
    for (size_t i = 0; i < talk->timer_count; i++) {
        const struct timer *known = state_timer(&talk->state, slice_of(talk->timers[i].name));
        assert_true(known && known->due_ms == talk->timers[i].due_ms);
    }
}

/* Takes one turn and proves what must hold of any. The last turn's messages are gone after it. */
static inline void talk_turn(struct talk *talk, const struct event *event)
{
    struct state before = talk->state;
    talk_fresh_arena(talk);
    talk->told_on = talk->channel;
    assert_int_equal(talk_compute(talk, event), OK);
    if (talk->repeat_every == 0 || talk->turns++ % talk->repeat_every == 0)
        talk_check_repeats(talk, &before, event);
    talk_check_encoding(&talk->state);
    talk_keep_timers(talk);
}

/* Fires the timer that is due first, if one is by `until_ms`, at its instant or now, whichever is later. Its name is in
 * *fired. Returns false when none is. */
static inline bool talk_fire(struct talk *talk, int64_t until_ms, char fired[DIALOG_NAME])
{
    const struct talk_timer *first = NULL;
    for (size_t i = 0; i < talk->timer_count; i++)
        if (talk->timers[i].due_ms <= until_ms && (!first || talk->timers[i].due_ms < first->due_ms))
            first = &talk->timers[i];
    if (!first)
        return false;
    struct talk_timer timer = *first;
    struct channel_traits channel = talk->channel;
    struct event event = {.kind = EVENT_TIMER, .from = SLICE("+51987654321"), .id = SLICE("t1")};
    memcpy(fired, timer.name, DIALOG_NAME);
    event.payload = slice_of(fired);
    event.at_ms = timer.due_ms;
    talk->now_ms = talk->now_ms > timer.due_ms ? talk->now_ms : timer.due_ms;
    talk->channel = timer.channel;
    talk_drop_timer(talk, event.payload);
    talk_turn(talk, &event);
    talk->channel = channel;
    return true;
}

/* Takes a turn with words. */
static inline void talk_say(struct talk *talk, const char *words)
{
    struct event event = {
        .kind = EVENT_TEXT, .from = SLICE("+51987654321"), .id = SLICE("m1"), .text = slice_of(words)};
    talk_turn(talk, &event);
}

#endif
