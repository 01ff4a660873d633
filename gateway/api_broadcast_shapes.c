/* Broadcasts, as the API takes and shows them. */
#include "gateway/api_broadcasts.h"
#include "gateway/api_shapes.h"
#include "gateway/broadcast.h"
#include "gateway/profile.h"

static const char *const ledger_states[] = {"queued",  "sent",  "delivered", "read", "failed",
                                            "dropped", "doubt", "excluded",  NULL};
const struct api_field api_recipients_query[] = {
    {"cursor", API_TEXT, false, 0, 512, NULL, "where the page begins: next of the page before", NULL},
    {"limit", API_WHOLE, false, 1, API_LIST_MAX, NULL, "items of a page; 50 where it is not given", NULL},
    {"state", API_TEXT, false, 0, 0, ledger_states, "only those", NULL},
    {0}};

static const struct api_field recipient_fields[] = {
    MAYBE("number", API_TEXT, "who; not there for who was erased since, or for a role that may not send"),
    MAYBE("person", API_TEXT, "what stands for the number, for such a role"),
    ONE_OF("state", ledger_states, "what became of it"),
    MAYBE("reason", API_TEXT, "why"),
    {0}};
const struct api_shape api_recipient = {"Recipient", "Somebody of a broadcast's ledger.", recipient_fields};

/* clang-format off */
#define CAST_WORDS(needed)                                                                                             \
    {"name", API_TEXT, needed, 1, BROADCAST_NAME_MAX, NULL, "what staff call it", NULL},                               \
    {"texts", API_MAP, needed, 0, 0, NULL, "what is said, by language and kind of channel: es, es.sms, qu", NULL},     \
    {"template", API_MAP, false, 0, 0, NULL, "on WhatsApp, to who has not written for a day",                          \
     &api_notice_template},                                                                                            \
    {"channels", API_LIST, needed, 1, BROADCAST_CHANNELS_MAX, NULL,                                                    \
     "by which; to each person the first that reaches her", NULL},                                                     \
    {"audience", API_TEXT, false, 1, 2000, NULL, "to whom: a query over what is known", NULL},                         \
    {"start_at", API_TEXT, false, 0, 40, NULL, "when, in Lima unless it has a zone; empty: when confirmed", NULL}, \
    {"until_at", API_TEXT, false, 0, 40, NULL, "from when on nobody more gets it; empty: no such time", NULL},     \
    {"purpose", API_TEXT, false, 0, 0, profile_bulk_purposes, "what its people agreed to", NULL},                  \
    {"budget", API_NUMBER, false, 0, 1000000, NULL, "soles that it may cost at most; 0: no cap", NULL}
/* clang-format on */

static const struct api_field new_broadcast_fields[] = {
    CAST_WORDS(true),
    {"training", API_TEXT, false, 1, 6, NULL, "the training that it invites to", NULL},
    {"numbers", API_LIST, false, 1, 20000, NULL, "to whom: phone numbers, in place of a query", NULL},
    {0}};
const struct api_shape api_new_broadcast = {"NewBroadcast", "A broadcast to be made.", new_broadcast_fields};

static const struct api_field broadcast_change_fields[] = {CAST_WORDS(false), {0}};
const struct api_shape api_broadcast_change = {"BroadcastChange", "What is to be another of a draft.",
                                               broadcast_change_fields};

static const struct api_field confirmation_fields[] = {
    {"people", API_WHOLE, true, 0, 100000000, NULL, "how many people it goes to, as the preview told", NULL},
    {"tolerance", API_WHOLE, false, 0, 100000000, NULL, "by how many that may have moved since; 0 usually", NULL},
    {0}};
const struct api_shape api_broadcast_confirmation = {"Confirmation", "The number of people, repeated.",
                                                     confirmation_fields};

static const struct api_field trial_fields[] = {{"number", API_TEXT, true, 1, 40, NULL,
                                                 "who gets it: somebody who wrote to Chaski and agreed to its purpose",
                                                 NULL},
                                                {0}};
const struct api_shape api_broadcast_trial = {"Trial", "A test send.", trial_fields};

static const struct api_field broadcast_fields[] = {
    SHOWN("id", API_TEXT, "a number"),
    SHOWN("name", API_TEXT, "what staff call it"),
    ONE_OF("state", broadcast_states, "how far it is"),
    MAYBE("reason", API_TEXT, "why it paused by itself: budget"),
    SHOWN("since_at", API_TIME, "since when it is in this state"),
    MAYBE("due_at", API_TIME, "when it goes on by itself"),
    MAYBE("start_at", API_TIME, "when it is to be sent"),
    MAYBE("until_at", API_TIME, "from when on nobody more gets it"),
    MAYBE("budget", API_NUMBER, "soles that it may cost at most"),
    MAYBE("people", API_WHOLE, "how many people it goes to, as last counted"),
    SHOWN("texts", API_MAP, "what is said, by language and kind of channel"),
    {"template", API_MAP, false, 0, 0, NULL, "what goes on WhatsApp to who has not written for a day",
     &api_notice_template},
    ONE_OF("purpose", profile_bulk_purposes, "what its people agreed to"),
    MAYBE("audience", API_TEXT, "to whom: a query; not there where they were given one by one"),
    MAYBE("auc", API_TEXT, API_QUERY_AUC),
    LIST_OF("channels", NULL, "by which, the first that reaches a person"),
    MAYBE("training", API_TEXT, "the training that it invites to"),
    SHOWN("created_at", API_TIME, "when it was made"),
    SHOWN("created_by", API_TEXT, "by whom"),
    MAYBE("confirmed_by", API_TEXT, "who confirmed it"),
    MAYBE("queued", API_WHOLE, "people who wait their turn"),
    MAYBE("sent", API_WHOLE, "people to whom it went, of whom nothing more was heard"),
    MAYBE("delivered", API_WHOLE, "people who got it"),
    MAYBE("read", API_WHOLE, "people who read it"),
    MAYBE("failed", API_WHOLE, "people to whom it could not go"),
    MAYBE("dropped", API_WHOLE,
          "people who did not get it because they opted out or had the month's cap meanwhile, or it was cancelled"),
    MAYBE("doubt", API_WHOLE, "people of whom nobody knows whether it went"),
    MAYBE("excluded", API_WHOLE,
          "people who get none: not agreed or confirmed, no channel, had the month's cap, erased"),
    MAYBE("cost", API_NUMBER, "soles that it cost so far, what waits at the channels among it"),
    {0}};
const struct api_shape api_broadcast = {"Broadcast", "A notice to many people; its ledger where one is shown.",
                                        broadcast_fields};
