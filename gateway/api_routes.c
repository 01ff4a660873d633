/* The API's table: each route once, with all that is known of it. */
#include "gateway/api_broadcasts.h"
#include "gateway/api_merge.h"
#include "gateway/api_outbox.h"
#include "gateway/api_shapes.h"
#include "gateway/api_users.h"
#include "gateway/api_webhooks.h"
#include "gateway/broadcast.h"
#include "gateway/profile.h"
#include "gateway/request_kind.h"

static const char *const kinds[] = {"sms", "ussd", "whatsapp", NULL};

const struct api_field api_page_query[] = {
    {"cursor", API_TEXT, false, 0, 512, NULL, "where the page begins: next of the page before", NULL},
    {"limit", API_WHOLE, false, 1, API_LIST_MAX, NULL, "items of a page; 50 where it is not given", NULL},
    {0}};

static const struct api_field channel_fields[] = {
    SHOWN("name", API_TEXT, "as the configuration has it"),
    SHOWN("provider", API_TEXT, "whose protocol it speaks"),
    ONE_OF("kind", kinds, "what phones see"),
    SHOWN("answers_in_webhook", API_TRUTH, "whether replies go out with the webhook's answer"),
    SHOWN("sends", API_TRUTH, "whether it can send by itself"),
    {0}};
static const struct api_shape channel = {"Channel", "A way to people's phones.", channel_fields};

static const struct api_field fact_fields[] = {
    SHOWN("slot", API_TEXT, "what is known"),
    SHOWN("value", API_TEXT, "its value"),
    MAYBE("said", API_TEXT, "the person's words"),
    SHOWN("confidence", API_NUMBER, "how sure it was understood, 0 to 1"),
    MAYBE("at", API_TIME, "when it was learned"),
    MAYBE("rule", API_TEXT, "the version of the flow, or of the model, that decided"),
    MAYBE("message_id", API_TEXT, "the provider's id of the message"),
    MAYBE("model", API_TEXT, "what the model says, where staff set it right"),
    MAYBE("auc", API_TEXT, API_OUTLOOK_AUC),
    {0}};
static const struct api_shape fact = {"Fact", "Something known of a person, and where from.", fact_fields};

static const struct api_field seen_fields[] = {SHOWN("channel", API_TEXT, "the channel's name"),
                                               SHOWN("last_message_at", API_TIME, "when the person last wrote there"),
                                               {0}};
static const struct api_shape seen = {"SeenOn", "A channel on which somebody wrote.", seen_fields};

static const struct api_field timer_fields[] = {SHOWN("name", API_TEXT, "what happens"),
                                                SHOWN("channel", API_TEXT, "where"),
                                                SHOWN("due_at", API_TIME, "when"),
                                                {0}};
static const struct api_shape timer = {"Timer", "Something that will happen by itself.", timer_fields};

static const struct api_field contact_fields[] = {
    SHOWN("number", API_TEXT, "E.164"),
    SHOWN("first_seen_at", API_TIME, "when the person first wrote"),
    SHOWN("turns", API_WHOLE, "how many turns changed what is kept"),
    SHOWN("opted_out", API_TRUTH, "whether nothing may be sent (BAJA)"),
    LIST_OF("channels", &seen, "where the person wrote"),
    LIST_OF("timers", &timer, "what is set for later"),
    LIST_OF("facts", &fact, "what is known, in the order learned"),
    MAYBE("merged_at", API_TIME, "when the number was merged into another; what is here is of since then"),
    MAYBE("merged_into", API_TEXT, "that one, E.164, where she was not erased since"),
    {0}};
static const struct api_shape contact = {"Contact", "A person, and what is kept of her.", contact_fields};

static const struct api_field consent_fields[] = {
    SHOWN("at", API_TIME, "when"),
    SHOWN("purpose", API_TEXT, "what for"),
    SHOWN("value", API_TEXT, "yes or no"),
    SHOWN("question", API_TEXT, "what was asked, or the words that took it back"),
    SHOWN("channel", API_TEXT, "where"),
    SHOWN("message_id", API_TEXT, "the provider's id of the message"),
    MAYBE("flow", API_TEXT, "that asked: name, version and digest, which tells the words; none where staff erased"),
    {0}};
static const struct api_shape consent = {"Consent", "A line of the consent log, which outlives the person's data.",
                                         consent_fields};

static const struct api_field turn_fields[] = {
    SHOWN("at", API_TIME, "when"),
    SHOWN("channel", API_TEXT, "where"),
    SHOWN("event", API_TEXT, "what came: text, choice, media, timer …"),
    MAYBE("heard", API_TEXT, "the person's words"),
    MAYBE("staff", API_TEXT, "what somebody of the staff did, and who"),
    {"media", API_MAP, false, 0, 0, NULL, "what came besides words", &api_media},
    LIST_OF("said", NULL, "what was answered, a text a message"),
    {0}};
static const struct api_shape turn = {"Turn", "What somebody wrote and was answered, of the last 90 days.",
                                      turn_fields};

static const struct api_field request_fields[] = {
    SHOWN("id", API_TEXT, "what to finish it by"),
    SHOWN("kind", API_TEXT, "information, mydata, rectify or erase"),
    SHOWN("number", API_TEXT, "who asked"),
    SHOWN("channel", API_TEXT, "where; staff: they entered it"),
    SHOWN("at", API_TIME, "when"),
    MAYBE("due_at", API_TIME, "the first instant that is too late by law; not there where none is set"),
    MAYBE("is_late", API_TRUTH, "whether that is past"),
    {0}};
static const struct api_shape request = {"Request", "What somebody asked of staff, and the law sets a time for.",
                                         request_fields};

static const struct api_field new_request_fields[] = {
    {"number", API_TEXT, true, 1, 40, NULL, "who asked: somebody who wrote to Chaski", NULL},
    {"kind", API_TEXT, true, 0, 0, request_kind_words,
     "information: what becomes of her data, 8 working days; mydata: to see them, 20; rectify, erase: 10", NULL},
    {"at", API_TEXT, false, 0, 40, NULL, "when she asked, in Lima unless it has a zone; now if it is not given", NULL},
    {0}};
static const struct api_shape new_request = {"NewRequest", "What somebody asked otherwise than by text.",
                                             new_request_fields};

static const struct api_field count_request_fields[] = {
    {"query", API_TEXT, true, 1, 2000, NULL, "who is meant, as region = 08 and seen < 30d; all is everybody", NULL},
    {"template", API_TRUTH, false, 0, 0, NULL, "whether WhatsApp may go outside its window, by a template", NULL},
    {"purpose", API_TEXT, false, 0, 0, profile_bulk_purposes, "what is sent; avisos_capacitacion usually", NULL},
    {0}};
static const struct api_shape count_request = {"AudienceQuery", "Whom to count.", count_request_fields};

static const struct api_field count_fields[] = {
    SHOWN("people", API_WHOLE, "how many there are"),
    SHOWN("matched", API_WHOLE, "how many the query means"),
    SHOWN("recipients", API_WHOLE, "how many of them may be written to"),
    SHOWN("excluded", API_MAP,
          "the others by the first reason that holds: opted_out, never_wrote, not_confirmed, no_consent, no_channel, "
          "no_window; what is decided when a message goes out, as the monthly cap, is not among them"),
    MAYBE("auc", API_TEXT, API_QUERY_AUC),
    {0}};
static const struct api_shape audience = {"AudienceCount", "How many a query means.", count_fields};

static const struct api_field people_query[] = {
    {"query", API_TEXT, false, 0, 2000, NULL, "who is meant; everybody where it is not given", NULL},
    {"cursor", API_TEXT, false, 0, 512, NULL, "where the page begins: next of the page before", NULL},
    {"limit", API_WHOLE, false, 1, API_LIST_MAX, NULL, "items of a page; 50 where it is not given", NULL},
    {0}};

static const struct api_field listed_fields[] = {SHOWN("number", API_TEXT, "E.164"),
                                                 SHOWN("first_seen_at", API_TIME, "when the person first wrote"),
                                                 SHOWN("opted_out", API_TRUTH, "whether nothing may be sent (BAJA)"),
                                                 MAYBE("stage", API_TEXT, "of the business"),
                                                 MAYBE("industry", API_TEXT, "its key"),
                                                 MAYBE("region", API_TEXT, "INEI's two digits"),
                                                 MAYBE("auc", API_TEXT, API_OUTLOOK_AUC),
                                                 SHOWN("facts", API_MAP, "all that is known: slot and value"),
                                                 {0}};
static const struct api_shape listed = {"ListedContact", "A person, in short.", listed_fields};

static const struct api_field segment_fields[] = {NAME_FIELD("the segment's name"),
                                                  SHOWN("query", API_TEXT, "who is meant"),
                                                  MAYBE("auc", API_TEXT, API_QUERY_AUC),
                                                  SHOWN("created_by", API_TEXT, "who made it"),
                                                  SHOWN("created_at", API_TIME, "when it was made"),
                                                  {0}};
static const struct api_shape segment = {"Segment", "A query with a name.", segment_fields};

static const struct api_field new_segment_fields[] = {
    NAME_FIELD("lower-case letters, digits, dots, - and _, a letter first"),
    {"query", API_TEXT, true, 1, 2000, NULL, "who is meant", NULL},
    {0}};
static const struct api_shape new_segment = {"NewSegment", "A segment to be made.", new_segment_fields};

static const struct api_field segment_change_fields[] = {
    {"query", API_TEXT, true, 1, 2000, NULL, "who is meant from now on", NULL}, {0}};
static const struct api_shape segment_change = {"SegmentChange", "What is to be another of a segment.",
                                                segment_change_fields};

static const char *const ticket_states[] = {"open", "closed", NULL};
static const char *const takers[] = {"me", "nobody", NULL};
static const char *const reasons[] = {"asked", "lost", NULL};

static const struct api_field ticket_query[] = {
    {"state", API_TEXT, false, 0, 0, ticket_states, "closed: those of the last 90 days, the last closed first", NULL},
    {"taken_by", API_TEXT, false, 0, 0, takers, "only those that you take care of, or nobody does", NULL},
    {"cursor", API_TEXT, false, 0, 512, NULL, "where the page begins: next of the page before", NULL},
    {"limit", API_WHOLE, false, 1, API_LIST_MAX, NULL, "items of a page; 50 where it is not given", NULL},
    {0}};

#define TICKET_FIELDS                                                                                                  \
    SHOWN("id", API_TEXT, "what to act on it by"), SHOWN("number", API_TEXT, "who is to be answered"),                 \
        SHOWN("channel", API_TEXT, "where an answer goes"), SHOWN("opened_at", API_TIME, "since when"),                \
        SHOWN("waiting", API_WHOLE, "how many messages no person has answered"),                                       \
        MAYBE("waits_since", API_TIME, "the first of them"), MAYBE("taken_by", API_TEXT, "who takes care of it"),      \
        ONE_OF("why", reasons, "asked: she wants a person; lost: three messages in a row were not understood")

static const struct api_field ticket_fields[] = {
    TICKET_FIELDS, MAYBE("closed_at", API_TIME, "when it was closed; not there: it is open"), {0}};
static const struct api_shape ticket = {"Ticket", "A person whom a person is to answer.", ticket_fields};

static const char *const manners[] = {"words", "template", NULL};
static const struct api_field ticket_whole_fields[] = {
    TICKET_FIELDS,
    MAYBE("cannot_answer", API_TEXT, "why no answer can go to her now; not there where one can"),
    {"answer_as", API_TEXT, false, 0, 0, manners, "how an answer goes now", NULL},
    MAYBE("answer_on", API_TEXT, "the channel by which it goes: an SMS's where her WhatsApp has neither"),
    MAYBE("window_until", API_TIME, "until when her WhatsApp takes free words"),
    LIST_OF("turns", &turn, "what was said on all channels, the newest first, the last 50"),
    {0}};
static const struct api_shape ticket_whole = {"TicketWhole", "A ticket, and the conversation.", ticket_whole_fields};

static const struct api_field assignment_fields[] = {
    {"to", API_TEXT, true, 1, STAFF_NAME - 1, NULL, "the user who is to take care of it", NULL}, {0}};
static const struct api_shape assignment = {"Assignment", "Who takes care of a ticket.", assignment_fields};

static const struct api_field answer_fields[] = {
    {"text", API_TEXT, true, 1, API_ANSWER_MAX, NULL, "what she is to read", NULL}, {0}};
static const struct api_shape answer = {"Answer", "A person's words to the person of a ticket.", answer_fields};

static const struct api_field correction_fields[] = {{"value", API_TEXT, true, 1, DIALOG_ACTIVITY - 1, NULL,
                                                      "what it is: a value of the slot, or words that are one", NULL},
                                                     {0}};
static const struct api_shape correction = {"FactChange", "What a fact is from now on.", correction_fields};

const struct api_route api_routes[] = {
    API_USER_ROUTES,
    {.method = "POST",
     .path = "/audience/count",
     .id = "countAudience",
     .sentence = "Counts whom a query means, and says why some of them are not written to",
     .roles = ROLE_EVERY,
     .status = 200,
     .body = &count_request,
     .answer = &audience,
     .run = api_audience_count},
    {.method = "POST",
     .path = "/audience/rebuild",
     .id = "rebuildAudience",
     .sentence = "Compares a page of the index with the records, and sets it right",
     .roles = ROLE_ENGINEER | ROLE_ADMIN,
     .status = 200,
     .body = &api_index_rebuild,
     .answer = &api_index_rebuilt,
     .run = api_audience_rebuild},
    API_BROADCAST_ROUTES,
    {.method = "GET",
     .path = "/catalogue",
     .id = "listCatalogue",
     .sentence = "Lists what owners can be pointed to, in the catalogue's order",
     .roles = ROLE_EVERY,
     .status = 200,
     .query = api_page_query,
     .answer = &api_catalogue_entry,
     .is_list = true,
     .run = api_catalogue_list},
    {.method = "POST",
     .path = "/catalogue",
     .id = "createCatalogueEntry",
     .sentence = "Adds an entry behind the last",
     .roles = ROLE_EDITOR | ROLE_ADMIN,
     .status = 201,
     .body = &api_catalogue_entry,
     .answer = &api_catalogue_entry,
     .is_versioned = true,
     .run = api_catalogue_create},
    {.method = "GET",
     .path = "/catalogue/check",
     .id = "checkCatalogue",
     .sentence = "Lists entries that somebody must look at: expired, ending within 30 days, not checked for long",
     .roles = ROLE_EVERY,
     .status = 200,
     .query = api_catalogue_check_query,
     .answer = &api_catalogue_attention,
     .is_list = true,
     .run = api_catalogue_check},
    {.method = "GET",
     .path = "/catalogue/diff",
     .id = "compareCatalogue",
     .sentence = "Lists what differs between two versions, field by field",
     .roles = ROLE_EVERY,
     .status = 200,
     .query = api_catalogue_diff_query,
     .answer = &api_catalogue_change,
     .is_list = true,
     .run = api_catalogue_diff},
    {.method = "GET",
     .path = "/catalogue/export",
     .id = "exportCatalogue",
     .sentence = "Gives the catalogue, or a version of before, as the text of a file",
     .roles = ROLE_EVERY,
     .status = 200,
     .query = api_catalogue_export_query,
     .answer = &api_catalogue_file,
     .run = api_catalogue_export},
    {.method = "POST",
     .path = "/catalogue/import",
     .id = "importCatalogue",
     .sentence = "Takes entries from the text of a file, all or none, and lists what that changes",
     .roles = ROLE_EDITOR | ROLE_ADMIN,
     .status = 200,
     .body = &api_catalogue_upload,
     .answer = &api_catalogue_change,
     .is_list = true,
     .run = api_catalogue_import},
    {.method = "GET",
     .path = "/catalogue/versions",
     .id = "listCatalogueVersions",
     .sentence = "Lists versions, the newest first; 500 are kept",
     .roles = ROLE_EVERY,
     .status = 200,
     .query = api_page_query,
     .answer = &api_catalogue_version,
     .is_list = true,
     .run = api_catalogue_versions},
    {.method = "POST",
     .path = "/catalogue/versions/{version}/restore",
     .id = "restoreCatalogue",
     .sentence = "Makes a version of before the newest",
     .roles = ROLE_EDITOR | ROLE_ADMIN,
     .status = 200,
     .answer = &api_catalogue_restored,
     .run = api_catalogue_restore},
    {.method = "GET",
     .path = "/catalogue/{id}",
     .id = "showCatalogueEntry",
     .sentence = "Shows an entry",
     .roles = ROLE_EVERY,
     .status = 200,
     .answer = &api_catalogue_entry,
     .is_versioned = true,
     .run = api_catalogue_show},
    {.method = "PUT",
     .path = "/catalogue/{id}",
     .id = "replaceCatalogueEntry",
     .sentence = "Puts an entry in the place of one",
     .roles = ROLE_EDITOR | ROLE_ADMIN,
     .status = 200,
     .body = &api_catalogue_entry,
     .answer = &api_catalogue_entry,
     .is_versioned = true,
     .run = api_catalogue_replace},
    {.method = "DELETE",
     .path = "/catalogue/{id}",
     .id = "removeCatalogueEntry",
     .sentence = "Takes an entry away; versions of before keep it",
     .roles = ROLE_EDITOR | ROLE_ADMIN,
     .status = 204,
     .is_versioned = true,
     .run = api_catalogue_remove},
    {.method = "GET",
     .path = "/channels",
     .id = "listChannels",
     .sentence = "Lists channels, without their secrets",
     .roles = ROLE_EVERY,
     .status = 200,
     .query = api_page_query,
     .answer = &channel,
     .is_list = true,
     .run = api_channels_list},
    {.method = "POST",
     .path = "/channels/{name}/test",
     .id = "testChannel",
     .sentence = "Asks a channel's provider whether its credentials are good; nothing is sent to anybody",
     .roles = ROLE_ENGINEER | ROLE_ADMIN,
     .status = 200,
     .answer = &api_channel_tested,
     .run = api_channels_test},
    {.method = "GET",
     .path = "/contacts",
     .id = "listContacts",
     .sentence = "Lists people whom a query means; written down in the audit log",
     .roles = ROLE_EVERY,
     .status = 200,
     .query = people_query,
     .answer = &listed,
     .is_list = true,
     .run = api_contacts_list},
    /* clang-format off */
    {.method = "POST", .path = "/contacts/import", .id = "importContacts",
     .sentence = "Takes people and facts of a CSV; none of them is written to before she writes",
     .roles = ROLE_EDITOR | ROLE_ADMIN, .status = 200, .body = &api_import_file, .answer = &api_import_result,
     .run = api_contacts_import},
    /* clang-format on */
    {.method = "GET",
     .path = "/contacts/{number}",
     .id = "showContact",
     .sentence = "Shows what is kept of a person; written down in the audit log",
     .roles = ROLE_EVERY,
     .status = 200,
     .answer = &contact,
     .run = api_contacts_show},
    {.method = "DELETE",
     .path = "/contacts/{number}",
     .id = "eraseContact",
     .sentence = "Forgets a person, as BORRAR does; only the consent log stays, without the number",
     .roles = ROLE_ADMIN,
     .status = 204,
     .run = api_contacts_erase},
    API_MERGE_ROUTES,
    {.method = "GET",
     .path = "/contacts/{number}/facts/{slot}",
     .id = "showFact",
     .sentence = "Shows one fact of a person; written down in the audit log",
     .roles = ROLE_EVERY,
     .status = 200,
     .answer = &fact,
     .is_versioned = true,
     .run = api_facts_show},
    {.method = "PATCH",
     .path = "/contacts/{number}/facts/{slot}",
     .id = "correctFact",
     .sentence = "Sets a fact right, also in a conversation under way; a consent is the person's alone",
     .roles = ROLE_SENDER | ROLE_EDITOR | ROLE_ADMIN,
     .status = 200,
     .body = &correction,
     .answer = &fact,
     .is_versioned = true,
     .run = api_facts_correct},
    /* clang-format off */
    {.method = "GET", .path = "/contacts/{number}/media/{id}", .id = "fetchMedia",
     .sentence = "Fetches from the provider what a person sent besides words; written down in the audit log",
     .roles = ROLE_EVERY, .status = 200, .is_file = true, .run = api_media_show},
    /* clang-format on */
    {.method = "GET",
     .path = "/contacts/{number}/turns",
     .id = "listTurns",
     .sentence = "Lists a person's turns of the last 90 days, the newest first; written down in the audit log",
     .roles = ROLE_EVERY,
     .status = 200,
     .query = api_page_query,
     .answer = &turn,
     .is_list = true,
     .run = api_turns_list},
    {.method = "GET",
     .path = "/contacts/{number}/consents",
     .id = "listConsents",
     .sentence =
         "Lists what a person agreed to and took back, also after she was erased; written down in the audit log",
     .roles = ROLE_EVERY,
     .status = 200,
     .query = api_page_query,
     .answer = &consent,
     .is_list = true,
     .run = api_consents_list},
    {.method = "POST",
     .path = "/broadcasts/preview",
     .id = "previewNotice",
     .sentence = "Tells what a notice would say, cost and take on each channel; keeps nothing of it",
     .roles = ROLE_SENDER | ROLE_ADMIN,
     .status = 200,
     .body = &api_notice_draft,
     .answer = &api_notice_preview,
     .run = api_notices_preview},
    API_OUTBOX_ROUTES,
    {.method = "GET",
     .path = "/requests",
     .id = "listRequests",
     .sentence = "Lists what people asked of staff by text and was not done",
     .roles = ROLE_EVERY,
     .status = 200,
     .query = api_page_query,
     .answer = &request,
     .is_list = true,
     .run = api_requests_list},
    {.method = "POST",
     .path = "/requests",
     .id = "createRequest",
     .sentence = "Enters what somebody asked otherwise than by text: by telephone, by letter, at the counter",
     .roles = ROLE_SENDER | ROLE_EDITOR | ROLE_ADMIN,
     .status = 201,
     .body = &new_request,
     .answer = &request,
     .run = api_requests_create},
    {.method = "POST",
     .path = "/requests/{id}/done",
     .id = "finishRequest",
     .sentence = "Takes a request off the list: it was answered",
     .roles = ROLE_SENDER | ROLE_EDITOR | ROLE_ADMIN,
     .status = 204,
     .run = api_requests_done},
    {.method = "GET",
     .path = "/segments",
     .id = "listSegments",
     .sentence = "Lists segments by name",
     .roles = ROLE_EVERY,
     .status = 200,
     .query = api_page_query,
     .answer = &segment,
     .is_list = true,
     .run = api_segments_list},
    {.method = "POST",
     .path = "/segments",
     .id = "createSegment",
     .sentence = "Gives a query a name",
     .roles = ROLE_SENDER | ROLE_EDITOR | ROLE_ADMIN,
     .status = 201,
     .body = &new_segment,
     .answer = &segment,
     .is_versioned = true,
     .run = api_segments_create},
    {.method = "GET",
     .path = "/segments/{name}",
     .id = "showSegment",
     .sentence = "Shows a segment",
     .roles = ROLE_EVERY,
     .status = 200,
     .answer = &segment,
     .is_versioned = true,
     .run = api_segments_show},
    {.method = "PATCH",
     .path = "/segments/{name}",
     .id = "changeSegment",
     .sentence = "Gives a segment another query",
     .roles = ROLE_SENDER | ROLE_EDITOR | ROLE_ADMIN,
     .status = 200,
     .body = &segment_change,
     .answer = &segment,
     .is_versioned = true,
     .run = api_segments_change},
    {.method = "DELETE",
     .path = "/segments/{name}",
     .id = "deleteSegment",
     .sentence = "Takes a segment away",
     .roles = ROLE_SENDER | ROLE_EDITOR | ROLE_ADMIN,
     .status = 204,
     .is_versioned = true,
     .run = api_segments_delete},
    /* clang-format off */
    {.method = "GET", .path = "/tickets", .id = "listTickets",
     .sentence = "Lists whom a person is to answer, the oldest first, or whom one did", .roles = ROLE_EVERY,
     .status = 200, .query = ticket_query, .answer = &ticket, .is_list = true, .run = api_tickets_list},
    {.method = "GET", .path = "/tickets/{id}", .id = "showTicket",
     .sentence = "Shows a ticket with its conversation; written down in the audit log", .roles = ROLE_EVERY,
     .status = 200, .answer = &ticket_whole, .is_versioned = true, .run = api_tickets_show},
    {.method = "POST", .path = "/tickets/{id}/assign", .id = "assignTicket",
     .sentence = "Says who takes care of a ticket", .roles = ROLE_SENDER | ROLE_EDITOR | ROLE_ADMIN, .status = 200,
     .body = &assignment, .answer = &ticket, .run = api_tickets_assign},
    {.method = "POST", .path = "/tickets/{id}/answer", .id = "answerTicket",
     .sentence =
         "Sends words to the person, as a reply in her conversation; whose ticket nobody takes care of is then yours",
     .roles = ROLE_SENDER | ROLE_EDITOR | ROLE_ADMIN, .status = 200, .body = &answer, .answer = &ticket,
     .run = api_tickets_answer},
    {.method = "POST", .path = "/tickets/{id}/close", .id = "closeTicket",
     .sentence = "Closes a ticket: the flow goes on where it stood", .roles = ROLE_SENDER | ROLE_EDITOR | ROLE_ADMIN,
     .status = 204, .run = api_tickets_close},
    {.method = "GET", .path = "/trainings", .id = "listTrainings", .sentence = "Lists trainings, the newest first",
     .roles = ROLE_EVERY, .status = 200, .query = api_page_query, .answer = &api_training, .is_list = true,
     .run = api_trainings_list},
    {.method = "POST", .path = "/trainings", .id = "createTraining", .sentence = "Makes a training",
     .roles = ROLE_SENDER | ROLE_EDITOR | ROLE_ADMIN, .status = 201, .body = &api_new_training,
     .answer = &api_training, .is_versioned = true, .run = api_trainings_create},
    {.method = "GET", .path = "/trainings/{id}", .id = "showTraining",
     .sentence = "Shows a training, and how many signed up and came", .roles = ROLE_EVERY, .status = 200,
     .answer = &api_training, .is_versioned = true, .run = api_trainings_show},
    {.method = "PATCH", .path = "/trainings/{id}", .id = "changeTraining",
     .sentence = "Changes a training; more seats go to who waits", .roles = ROLE_SENDER | ROLE_EDITOR | ROLE_ADMIN,
     .status = 200, .body = &api_training_change, .answer = &api_training, .is_versioned = true,
     .run = api_trainings_change},
    {.method = "POST", .path = "/trainings/{id}/cancel", .id = "cancelTraining",
     .sentence = "Cancels a training for good; who signed up is told", .roles = ROLE_SENDER | ROLE_EDITOR | ROLE_ADMIN,
     .status = 200, .answer = &api_training, .run = api_trainings_cancel},
    {.method = "GET", .path = "/trainings/{id}/people", .id = "listTrainingPeople",
     .sentence = "Lists who signed up, waits, left and came, in the order of signing up", .roles = ROLE_EVERY,
     .status = 200, .query = api_training_people_query, .answer = &api_training_person, .is_list = true,
     .run = api_training_people_list},
    {.method = "POST", .path = "/trainings/{id}/attendance", .id = "markAttendance", .sentence = "Notes who came",
     .roles = ROLE_SENDER | ROLE_EDITOR | ROLE_ADMIN, .status = 200, .body = &api_training_attendance,
     .answer = &api_training_attended, .run = api_training_attend},
    /* clang-format on */
    API_WEBHOOK_ROUTES,
    {0},
};
