/* What a preview of a notice takes and answers, as the API's document has it. */
#include "gateway/api_parts.h"
#include "gateway/api_shapes.h"
#include "gateway/notice.h"
#include "gateway/preview.h"
#include "gateway/query.h"

static const char *const categories[] = {"utility", "marketing", NULL};
static const char *const bases[] = {"everybody", "sample", "assumed", NULL};
static const char *const reasons[] = {"unknown",    "opted_out",  "never_wrote", "not_confirmed",
                                      "no_consent", "no_channel", "no_window",  "cap",         NULL};
static const char *const kinds[] = {"sms", "ussd", "whatsapp", NULL};
static const char *const samples[] = {"bare", "typical", "longest", NULL};
static const char *const ways[] = {"words", "template", NULL};
static const char *const effects[] = {"replaced", "left out", "two units", "ucs-2", NULL};

static const struct api_field template_fields[] = {
    SHOWN("name", API_TEXT, "as the provider has it"),
    SHOWN("language", API_TEXT, "its code with the provider: es, es_PE"),
    MAYBE("params", API_LIST, "what fills {{1}}, {{2}} …: texts as `texts` has them, 200 characters each"),
    ONE_OF("category", categories, "as Meta has approved it: it sets the price"),
    {0}};
const struct api_shape api_notice_template = {"NoticeTemplate", "A template of WhatsApp.", template_fields};

static const struct api_field draft_fields[] = {
    {"name", API_TEXT, false, 1, NOTICE_NAME, NULL, "what staff call it", NULL},
    SHOWN("texts", API_MAP, "what is said, by language and kind of channel: es, es.sms, qu"),
    {"template", API_MAP, false, 0, 0, NULL, "what goes on WhatsApp to who has not written for a day",
     &api_notice_template},
    {"channels", API_LIST, false, 1, PREVIEW_CHANNELS_MAX, NULL,
     "names, in the order of preference; all that can begin a message where it is not given", NULL},
    {"audience", API_TEXT, false, 1, QUERY_BYTES_MAX, NULL,
     "who gets it, as POST /audience/count takes it; 256 of them are looked at", NULL},
    {"numbers", API_LIST, false, 1, 10000, NULL, "who gets it; the first 256 are looked at", NULL},
    {"people", API_WHOLE, false, 0, 1000000000, NULL, "how many get it, where neither audience nor numbers are given",
     NULL},
    {"purpose", API_TEXT, false, 0, 0, profile_bulk_purposes,
     "what its people agreed to; avisos_capacitacion where it is not given", NULL},
    {"until_at", API_TEXT, false, 0, 40, NULL, "from when on nobody more would get it; empty: no such time", NULL},
    {"start_at", API_TEXT, false, 0, 40, NULL,
     "when it is sent, in Lima unless it has a zone; now where it is not given", NULL},
    {0}};
const struct api_shape api_notice_draft = {"NoticeDraft", "A notice, and who it is for.", draft_fields};

static const struct api_field sample_fields[] = {
    ONE_OF("which", samples, "bare: to who told nothing; typical and longest of those looked at"),
    SHOWN("language", API_TEXT, "the language's key; empty: the first"),
    ONE_OF("goes_as", ways, "as free words, or as the template"),
    SHOWN("text", API_TEXT, "the free words, as they go"),
    MAYBE("template", API_TEXT, "the template's name"),
    MAYBE("params", API_LIST, "what fills it"),
    MAYBE("encoding", API_TEXT, "of an SMS: GSM-7, GSM-7-ES or UCS-2"),
    MAYBE("units", API_WHOLE, "of an SMS: septets, or UTF-16 units"),
    SHOWN("segments", API_WHOLE, "of an SMS; 1 on WhatsApp"),
    SHOWN("shortened", API_TRUTH, "whether what the person told would be too long, and was left out"),
    MAYBE("cost", API_NUMBER, "what it costs; not there where no price is set"),
    {0}};
static const struct api_shape sample = {"NoticeSample", "A message as it goes.", sample_fields};

static const struct api_field letter_fields[] = {
    SHOWN("letter", API_TEXT, "the character"),
    ONE_OF("effect", effects, "what it does to an SMS"),
    SHOWN("instead", API_TEXT, "how it goes, or could be written; empty: left out"),
    SHOWN("segments", API_WHOLE, "of the text as it goes"),
    SHOWN("segments_then", API_WHOLE, "of the text with that instead"),
    SHOWN("means", API_TEXT, "the same in words, with the remedy"),
    {0}};
static const struct api_shape letter = {"NoticeLetter", "A letter that costs, or goes otherwise.", letter_fields};

static const struct api_field channel_fields[] = {
    SHOWN("channel", API_TEXT, "its name"),
    ONE_OF("kind", kinds, "what phones see"),
    SHOWN("people", API_WHOLE, "who get it here"),
    SHOWN("templates", API_WHOLE, "of them, by the template"),
    SHOWN("segments", API_WHOLE, "in all; messages on WhatsApp"),
    SHOWN("shortened", API_WHOLE, "of them, whose own words would be too long and are left out"),
    MAYBE("cost", API_NUMBER, "in all; not there where a price is not set"),
    MAYBE("rate", API_NUMBER, "messages or segments a second; not there where none is set"),
    MAYBE("begins_at", API_TIME, "the first instant in the hours of bulk"),
    MAYBE("ends_at", API_TIME,
          "when the last has gone, as far as rate, hours and tier tell; not there beyond ten years"),
    SHOWN("missed", API_WHOLE, "of its people, whom that leaves without it, as until_at comes first; an estimate"),
    LIST_OF("samples", &sample, "what people read"),
    LIST_OF("letters", &letter, "of an SMS: what costs, or goes otherwise than written"),
    {0}};
static const struct api_shape channel = {"NoticeOnChannel", "A notice on one channel.", channel_fields};

static const struct api_field excluded_fields[] = {
    ONE_OF("reason", reasons, "why"), SHOWN("people", API_WHOLE, "how many"), {0}};
static const struct api_shape excluded = {"NoticeExcluded", "Who gets nothing.", excluded_fields};

static const struct api_field advice_fields[] = {SHOWN("field", API_TEXT, "what it is about"),
                                                 SHOWN("rule", API_TEXT, "what is worth knowing, with the remedy"),
                                                 {0}};
static const struct api_shape advice = {"NoticeAdvice", "Something worth knowing before it is sent.", advice_fields};

static const struct api_field preview_fields[] = {
    SHOWN("people", API_WHOLE, "whom it is for"),
    SHOWN("recipients", API_WHOLE, "who of them get it"),
    SHOWN("looked_at", API_WHOLE, "of them, on whom the figures rest"),
    ONE_OF("basis", bases, "everybody was looked at; a sample, which stands for all; or nobody"),
    SHOWN("currency", API_TEXT, "of every cost"),
    MAYBE("cost", API_NUMBER, "in all; not there where a price is not set"),
    MAYBE("auc", API_TEXT, API_QUERY_AUC),
    LIST_OF("channels", &channel, "in the order of preference"),
    LIST_OF("excluded", &excluded, "who gets nothing, by reason"),
    LIST_OF("advice", &advice, "what is worth knowing"),
    {0}};
const struct api_shape api_notice_preview = {"NoticePreview", "What a notice says, costs and takes.", preview_fields};
