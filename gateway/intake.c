#include "gateway/failpoint.h"
#include "gateway/intake.h"

#include "gateway/clock.h"
#include "gateway/metrics.h"
#include "gateway/receipt.h"

static void take_next(struct intake *intake);

void intake_count(const struct channel *channel, const char *outcome)
{
    metric_add(METRIC_WEBHOOKS, channel->name, outcome, 1);
}

bool intake_matters(const struct decoded *decoded)
{
    for (size_t i = 0; i < decoded->count; i++)
        if (decoded->events[i].kind != EVENT_IGNORED)
            return true;
    return false;
}

static void on_turn(void *ctx, const struct turn_result *result)
{
    struct intake *intake = ctx;
    if (result->error) {
        intake->done(intake, result->error);
        return;
    }
    if (!result->repeated)
        metric_add(METRIC_TURNS, intake->channel->name, NULL, 1);
    if (!result->repeated && intake->hooks->seen)
        seen_mark(intake->hooks->seen, intake->channel, &intake->decoded.events[intake->next - 1]);
    intake->repeated = result->repeated;
    intake->answer = result->response;
    take_next(intake);
}

static void on_receipt(void *ctx, enum error error)
{
    FAILPOINT("receipt.written");
    struct intake *intake = ctx;
    if (error)
        intake->done(intake, error);
    else
        take_next(intake);
}

/* Starts the next event that means something; when there is none left, it is done. */
static void take_next(struct intake *intake)
{
    const struct hooks *hooks = intake->hooks;
    while (intake->next < intake->decoded.count) {
        const struct event *event = &intake->decoded.events[intake->next++];
        enum error error = OK;
        if (event->kind == EVENT_IGNORED) {
            intake_count(intake->channel, "ignored");
            continue;
        }
        if (event->kind == EVENT_STATUS) {
            error = receipt_take(hooks->store, intake->channel, event, on_receipt, intake);
        } else {
            arena_reset(intake->arena);
            intake->answer = (struct response){0}; /* it lay there */
            error = turn_start(hooks->turns, intake->channel, event, clock_ms(), intake->arena, on_turn, intake);
        }
        if (error == ERR_VALUE) {
            intake_count(intake->channel, "ignored"); /* a sender that is nobody: no number, no user id */
            continue;
        }
        if (error)
            intake->done(intake, error);
        return;
    }
    intake->done(intake, OK);
}

enum error intake_start(struct intake *intake)
{
    intake->arena = arena_new(HOOK_ARENA_MAX);
    if (!intake->arena)
        return ERR_NOMEM;
    take_next(intake);
    return OK;
}
