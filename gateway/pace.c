#include "gateway/pace.h"

#include <string.h>

#include "base/mem.h"
#include "gateway/metrics.h"

#define AT_ONCE_MAX 64 /* places of one compare-and-set */
#define AGAIN_MS 1000  /* after the store failed, or memory did */
#define NAME_MAX_BYTES 64

/* A list of places. */
struct queue {
    struct pace_place *first, *last;
};

/* One channel. */
struct pace {
    struct pace *next;
    struct pacer *pacer;
    char name[NAME_MAX_BYTES];
    const struct limit_rules *rules;
    struct queue waiting[2];       /* replies, bulk */
    struct queue booked;           /* their compare-and-set is under way */
    char held[LIMIT_CHANNEL_TEXT]; /* what the store holds, as far as we know */
    char then[LIMIT_CHANNEL_TEXT]; /* what it is to become */
    struct limit_channel channel;  /* `held`, with refunds not written yet */
    struct alarm *alarm;
    size_t under_way; /* places that have a slot, those booked among them */
    bool swapping, pumping, again;
    bool soon; /* the alarm is set for a place that became free */
};

struct pacer {
    struct loop *loop;
    struct store *store;
    pace_told *told;
    struct pace *paces;
};

_Static_assert(LIMIT_PERSON_TEXT <= STORE_LIMITS_MAX, "the store takes what the limits write");

static void pump(struct pace *pace);

static void append(struct queue *queue, struct pace_place *place)
{
    place->next = NULL;
    *(queue->first ? &queue->last->next : &queue->first) = place;
    queue->last = place;
}

static bool take_out(struct queue *queue, const struct pace_place *place)
{
    struct pace_place **at = &queue->first, *before = NULL;
    while (*at && *at != place) {
        before = *at;
        at = &before->next;
    }
    if (!*at)
        return false;
    *at = place->next;
    if (queue->last == place)
        queue->last = before;
    return true;
}

static struct pace_place *shift(struct queue *queue)
{
    struct pace_place *place = queue->first;
    if (place)
        take_out(queue, place);
    return place;
}

static struct queue *queue_of(struct pace *pace, const struct pace_place *place)
{
    return &pace->waiting[message_class(place->class)->bulk];
}

static void take_slot(struct pace *pace, struct pace_place *place)
{
    place->slot = pace;
    pace->under_way++;
}

static void leave_slot(struct pace_place *place)
{
    place->slot->under_way--;
    place->slot = NULL;
}

static void tell(struct pacer *pacer, struct pace_place *place, enum pace_word word, int64_t at_ms, const char *reason)
{
    const struct pace_answer answer = {word, at_ms, reason};
    place->queued = false;
    pacer->told(place->ctx, &answer);
}

static void keep_held(struct pace *pace, struct slice text)
{
    struct limit_channel read;
    if (limit_channel_decode(text, &read) || !slice_copy(text, pace->held, sizeof(pace->held)))
        return; /* written by nobody of ours: what we know stays, and the next swap fails again */
    pace->channel = read;
}

static void on_swapped(void *ctx, enum error error, struct slice held)
{
    struct pace *pace = ctx;
    struct pace_place *place;
    struct queue booked = pace->booked;
    pace->booked = (struct queue){0};
    pace->swapping = false;
    if (!error)
        memcpy(pace->held, pace->then, sizeof(pace->held));
    else if (error == ERR_CONFLICT)
        keep_held(pace, held);
    if (error) {
        /* in front of those that came meanwhile, in the same order */
        struct queue later[2] = {pace->waiting[0], pace->waiting[1]};
        pace->waiting[0] = pace->waiting[1] = (struct queue){0};
        while ((place = shift(&booked))) {
            leave_slot(place);
            append(queue_of(pace, place), place);
        }
        for (size_t i = 0; i < 2; i++)
            while ((place = shift(&later[i])))
                append(&pace->waiting[i], place);
    }
    pace->pumping = true;
    while ((place = shift(&booked)))
        tell(pace->pacer, place, PACE_GO, 0, "");
    pace->pumping = false;
    if (error == ERR_UNAVAILABLE)
        alarm_set(pace->alarm, AGAIN_MS);
    else
        pump(pace);
}

static void ask_limits(const struct pace *pace, const struct limit_channel *channel, const struct pace_place *place,
                       int64_t now_ms, struct limit_answer *out)
{
    struct limit_person person = {0};
    const struct limit_message message = {
        .class = place->class,
        .segments = pace->rules->segment_us ? adapter_cost(place->channel, place->message) : 1,
        .template = adapter_sends_template(place->channel, place->message),
        .due_ms = place->committed_ms,
        .until_ms = place->until_ms};
    if (place->limited && !limit_person_decode(slice_of(place->person->text), &person)) {
        limit_inbound(&person, place->person->inbound_ms, now_ms);
        limit_mend_person(pace->rules, &person, now_ms);
    }
    limit_admit(pace->rules, channel, &person, &message, now_ms, out);
}

/* Decides about the first of a queue. Returns whether it left the queue; the channel's own rate holds all behind it. */
static bool decide(struct pace *pace, struct queue *queue, struct limit_channel *channel, int64_t now_ms)
{
    struct limit_answer answer;
    struct pace_place *place = queue->first;
    if (!place->rules || (place->limited && !place->person->known)) {
        shift(queue);
        take_slot(pace, place);
        tell(pace->pacer, place, PACE_GO, 0, ""); /* nothing limits it, or its intent finds the person's limits first */
        return true;
    }
    ask_limits(pace, channel, place, now_ms, &answer);
    if (answer.at_ms > now_ms && answer.reason == LIMIT_RATE) {
        alarm_set(pace->alarm, answer.at_ms - now_ms);
        return false;
    }
    shift(queue);
    if (answer.at_ms <= now_ms) {
        *channel = answer.channel;
        place->refund_ms = answer.refund_ms;
        place->template = answer.template;
        if (place->limited)
            limit_person_encode(&answer.person, place->person_then);
        take_slot(pace, place);
        append(&pace->booked, place);
        return true;
    }
    metric_add(METRIC_LIMITED, pace->name, limit_reason_name(answer.reason), 1);
    tell(pace->pacer, place, answer.at_ms == LIMIT_NEVER ? PACE_NEVER : PACE_WAIT, answer.at_ms,
         limit_reason_name(answer.reason));
    return true;
}

/* Writes what the channel has become, where that is not what it was; who is booked goes when it is written. */
static void swap(struct pace *pace, const struct limit_channel *channel)
{
    bool counts = pace->rules->segment_us || pace->rules->daily_tier;
    if (counts)
        limit_channel_encode(channel, pace->then);
    if (!counts || strcmp(pace->then, pace->held) == 0) {
        for (struct pace_place *place; (place = shift(&pace->booked));)
            tell(pace->pacer, place, PACE_GO, 0, "");
        return;
    }
    pace->swapping = true;
    pace->channel = *channel;
    if (store_swap(pace->pacer->store, slice_of(pace->name), slice_of(pace->held), slice_of(pace->then), on_swapped,
                   pace))
        on_swapped(pace, ERR_UNAVAILABLE, SLICE_NONE);
}

static void pump_once(struct pace *pace)
{
    int64_t now_ms = loop_now_ms(pace->pacer->loop);
    struct limit_channel channel = pace->channel;
    if (pace->rules)
        limit_mend_channel(pace->rules, &channel, now_ms);
    size_t n = 0;
    for (; n < AT_ONCE_MAX && pace->under_way < PACE_UNDER_WAY_MAX; n++) {
        struct queue *queue = pace->waiting[0].first ? &pace->waiting[0] : &pace->waiting[1];
        if (!queue->first || !decide(pace, queue, &channel, now_ms))
            break;
    }
    pace->again = pace->again || n == AT_ONCE_MAX;
    if (pace->booked.first)
        swap(pace, &channel);
}

/* What is told may join again at once: that is seen to by the next round. */
static void pump(struct pace *pace)
{
    pace->again = true;
    pace->soon = false;
    if (pace->pumping || pace->swapping)
        return;
    pace->pumping = true;
    while (pace->again && !pace->swapping) {
        pace->again = false;
        pump_once(pace);
    }
    pace->pumping = false;
}

static void on_alarm(void *ctx)
{
    pump(ctx);
}

static struct pace *find_pace(struct pacer *pacer, const struct pace_place *place)
{
    struct pace *pace = pacer->paces;
    while (pace && strcmp(pace->name, place->channel->name) != 0)
        pace = pace->next;
    if (pace || !(pace = mem_alloc(sizeof(*pace))))
        return pace;
    *pace = (struct pace){.next = pacer->paces, .pacer = pacer, .rules = place->rules};
    slice_copy(slice_of(place->channel->name), pace->name, sizeof(pace->name));
    pace->alarm = alarm_new(pacer->loop, on_alarm, pace);
    if (!pace->alarm) {
        mem_free(pace);
        return NULL;
    }
    return pacer->paces = pace;
}

/* Tells whether anything that is counted of a person can hold such a message, or counts it. */
static bool counts_person(const struct limit_rules *rules, enum message_class class)
{
    return rules->pair_ms || rules->window_ms || rules->daily_tier ||
           (rules->monthly_cap && message_class(class)->capped);
}

void pacer_join(struct pacer *pacer, struct pace_place *place)
{
    place->limited = place->channel && place->rules && counts_person(place->rules, place->class);
    if (!place->channel) {
        tell(pacer, place, PACE_GO, 0, "");
        return;
    }
    struct pace *pace = find_pace(pacer, place);
    if (!pace) {
        tell(pacer, place, PACE_WAIT, loop_now_ms(pacer->loop) + AGAIN_MS, "memory");
        return;
    }
    place->queued = true;
    append(queue_of(pace, place), place);
    pump(pace);
}

void pacer_leave(struct pacer *pacer, struct pace_place *place)
{
    if (!place->queued)
        return;
    struct pace *pace = find_pace(pacer, place);
    place->queued = false;
    if (pace && !take_out(queue_of(pace, place), place))
        take_out(&pace->booked, place);
    pacer_release(place);
}

/* Never from within: whoever releases is about to do something else with its line. */
void pacer_release(struct pace_place *place)
{
    struct pace *pace = place->slot;
    if (!pace)
        return;
    leave_slot(place);
    if (pace->soon || pace->swapping || !(pace->waiting[0].first || pace->waiting[1].first))
        return;
    pace->soon = true;
    alarm_set(pace->alarm, 0);
}

void pacer_gone(struct pacer *pacer, const struct pace_place *place, struct pace_person *person)
{
    struct pace *pace = place->limited && person->known && place->refund_ms ? find_pace(pacer, place) : NULL;
    if (place->limited && person->known)
        memcpy(person->text, place->person_then, sizeof(person->text));
    if (pace && !pace->swapping)
        limit_refund(&pace->channel, place->refund_ms);
}

void pacer_store_up(struct pacer *pacer)
{
    for (struct pace *pace = pacer->paces; pace; pace = pace->next)
        pump(pace);
}

struct pacer *pacer_new(struct loop *loop, struct store *store, pace_told *told)
{
    struct pacer *pacer = mem_alloc(sizeof(*pacer));
    if (pacer)
        *pacer = (struct pacer){.loop = loop, .store = store, .told = told};
    return pacer;
}

void pacer_free(struct pacer *pacer)
{
    for (struct pace *pace = pacer ? pacer->paces : NULL, *next; pace; pace = next) {
        next = pace->next;
        alarm_free(pace->alarm);
        mem_free(pace);
    }
    mem_free(pacer);
}

struct slice pace_person_before(const struct pace_person *person)
{
    return person->known ? slice_of(person->text) : SLICE("?");
}

struct slice pace_person_then(const struct pace_place *place)
{
    return slice_of(place->person_then);
}

void pace_person_set(struct pace_person *person, const struct store_person *held)
{
    person->known = true;
    person->inbound_ms = held->inbound_ms;
    slice_copy(held->limits, person->text, sizeof(person->text)); /* one that cannot be read counts as new */
}
