/* Notices: what goes to many people, each in her language, with what she has told, by the channel that reaches her.
 *
 * A notice is part of a JSON object, whose other members are the caller's: `name`, or none; `texts`, by language and
 * kind of channel as in flows (docs/flows.md), with {{slot|otherwise}} (dialog/flow_notice.h); `template`, the approved
 * one that says the same on WhatsApp to who has not written for a day, with `params` filled in the same way, and its
 * `category`, utility or marketing, which prices it. Who sends and how to leave are always said: unless a text has
 * them, the settings notice_sender and notice_leave are put before and behind it (a template's own words lie with the
 * provider: they must have them). Source: peru.md part 4.3. Invariant: what notice_read() took and notice_check() let
 * pass can be rendered for anybody, in one message: where what a person told makes it too long for an SMS channel's
 * budget, it is said as to who told nothing. Pure: no clock, no settings but its arguments. Must not know: who gets
 * it, when, budgets. Failure policy: every fault is found in one go; its `file` is the field, as "texts.es.sms", its
 * text the rule with the remedy. Proved by tests/unit/test_notice.c and tests/fuzz/fuzz_notice.c. */
#ifndef GATEWAY_NOTICE_H
#define GATEWAY_NOTICE_H

#include "adapters/adapter.h"
#include "base/json.h"
#include "base/sms.h"
#include "dialog/flow.h"
#include "gateway/price.h"

#define NOTICE_NAME 80               /* characters of a name */
#define NOTICE_BYTES_MAX (64 * 1024) /* of its JSON */

struct notice {
    struct slice name;                    /* empty: none */
    const struct flow *flow;              /* over whose slots it speaks */
    const struct text *text;              /* with sender and way out */
    const struct flow_template *template; /* NULL: none */
    enum price_kind category;             /* of the template */
};

/* Reads a notice over a flow's slots (the newest main one: flows_find(flows, "", "")), with the deployment's two
 * settings. Owner: the result lies in the arena and borrows of the flow; the JSON may go. Returns OK; ERR_VALUE with
 * faults; or ERR_NOMEM. */
MUST_USE enum error notice_read(const cJSON *json, const struct flow *flow, const char *sender, const char *leave,
                                struct arena *arena, struct faults *faults, struct notice *out);

/* Adds a fault where a channel cannot carry the notice: it cannot begin a message, a text is too long for its budget
 * whatever people have told, or it cannot send the template. Returns OK, ERR_VALUE or ERR_NOMEM. */
MUST_USE enum error notice_check(const struct notice *notice, const struct channel *channel, struct faults *faults);

/* Adds what is worth knowing before it is sent on a channel, each with its remedy: a language that is on and has no
 * text, a text that can grow by a segment, a WhatsApp notice without a template. Returns OK or ERR_NOMEM. */
MUST_USE enum error notice_advise(const struct notice *notice, const struct channel *channel, struct faults *advice);

/* Writes the words of the notice for a person and a kind of channel, as they were written: before an SMS channel's
 * policy has its way. Returns OK, ERR_NOMEM or ERR_LIMIT. The result lies in the arena. */
MUST_USE enum error notice_words(const struct notice *notice, enum channel_kind kind, const struct state *state,
                                 struct arena *arena, struct slice *out);

/* A notice as one person gets it. */
struct notice_said {
    struct message message; /* for the outbox: text as sent, and the template where the notice has one */
    struct sms_size size;   /* SMS */
    unsigned segments;      /* what it counts in rate and price: 1 on WhatsApp */
    bool shortened;         /* what she told would be too long, and was left out */
};

/* Writes the notice for a person: her language and facts are in `state` (the rest of it is not looked at). Owner: the
 * result lies in the arena and borrows of the notice. Returns OK; ERR_LIMIT where it does not fit whatever she told
 * (notice_check() would have said so); ERR_UNSUPPORTED for a channel that cannot send; or ERR_NOMEM. */
MUST_USE enum error notice_render(const struct notice *notice, const struct channel *channel, const struct state *state,
                                  struct arena *arena, struct notice_said *out);

/* Tells what it costs to send that to a number; `open`: on WhatsApp, she wrote within the day, so that free words go.
 * PRICE_UNKNOWN where the price is not set. Units: ten-thousandths of the currency. */
int64_t notice_price(const struct notice *notice, const struct channel *channel, const struct notice_said *said,
                     struct slice number, bool open);

/* What a channel can do for a person. */
enum notice_way {
    NOTICE_WORDS,    /* free words go */
    NOTICE_TEMPLATE, /* the template goes */
    NOTICE_NEVER,    /* WhatsApp: she never wrote there; or the channel cannot begin a message */
    NOTICE_SHUT      /* WhatsApp: she has not written for a day, and there is no template that the channel can send */
};

/* Tells how a notice would go to a person, who is known by a phone number, and last wrote on the channel at
 * `inbound_ms` (0: never). An SMS reaches every number; WhatsApp only who wrote there. Units: ms since 1970. Pure. */
enum notice_way notice_way(const struct notice *notice, const struct channel *channel, int64_t inbound_ms,
                           int64_t now_ms);

#endif
