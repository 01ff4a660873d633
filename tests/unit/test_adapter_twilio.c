#include "tests/unit/adapter_kit.h"

#include "adapters/twilio_signature.h"
#include "base/buf.h"
#include "base/form.h"

#define TOKEN "12345678901234567890123456789012"
#define SID "AC00000000000000000000000000000001"
#define SM "SM0123456789abcdef0123456789abcdef"
#define XML "<?xml version=\"1.0\" encoding=\"UTF-8\"?>"

static const struct setting sms[] = {
    {"account_sid", SID}, {"auth_token", TOKEN}, {"from", "+5117654321"}, {"reply", "sync"}, {NULL, NULL}};
static const struct setting whatsapp[] = {{"account_sid", SID},
                                          {"auth_token", TOKEN},
                                          {"from", "whatsapp:+5117654321"},
                                          {"reply", "async"},
                                          {"api_base", "http://127.0.0.1:9"},
                                          {NULL, NULL}};
static const struct setting service[] = {{"account_sid", SID},
                                         {"auth_token", TOKEN},
                                         {"messaging_service_sid", "MG00000000000000000000000000000002"},
                                         {"hook_secret", "s3/cret"},
                                         {NULL, NULL}};

#define MEDIA_ID "MM0123456789abcdef0123456789abcdef/Media/ME0123456789abcdef0123456789abcdef"
#define MEDIA_URL "https%3A%2F%2Fapi.twilio.com/2010-04-01/Accounts/" SID "/Messages/" MEDIA_ID

#define HOOK "https://gw.ejemplo.pe"
#define T1_BODY                                                                                                        \
    "ToCountry=PE&AccountSid=" SID "&ApiVersion=2010-04-01&Body=Hola%2C+%C2%BFa+qu%C3%A9+hora+abren%3F+%C3%B1+"        \
    "%F0%9F%98%80&From=%2B51987654321&FromCountry=PE&MessageSid=" SM "&NumMedia=0&NumSegments=1&SmsMessageSid=" SM     \
    "&SmsSid=" SM "&SmsStatus=received&To=%2B5117654321"
#define T1_SIGNATURE "KeloLbvY0KVmEiBII2su6qOTamg="
#define T2_BODY                                                                                                        \
    "MessageSid=" SM "&MessageStatus=delivered&To=%2B51987654321&From=%2B5117654321&AccountSid=" SID                   \
    "&ApiVersion=2010-04-01"
#define T2_TARGET "/hooks/twilio/status?id=42&t=a%20b"
#define T8_TARGET "/hooks/twilio/json?bodySHA256=9c86bc356899d186dcbbe3d33757e5d9cabcce33b55d33bdfdccab813e0cb993"

/* The vectors of providers.md part 2.2, the SDK's own, and what must not pass. */
static void signatures(void **state)
{
    static const struct {
        const char *name;
        enum method method;
        const char *public_url, *target, *body, *signature;
        enum error expected;
    } rows[] = {
        {"T1", METHOD_POST, HOOK, "/hooks/twilio/sms", T1_BODY, T1_SIGNATURE, OK},
        {"T2", METHOD_POST, HOOK, T2_TARGET, T2_BODY, "0JyMorHdChcmcGdVu3WpvRp1E0I=", OK},
        {"T3 with the port", METHOD_POST, HOOK ":8443", "/hooks/twilio/sms", "From=%2B51987654321&Body=x",
         "kWnT63Z+SWCDTUAxIZb+JedhQzo=", OK},
        {"T3 without it", METHOD_POST, HOOK ":8443", "/hooks/twilio/sms", "From=%2B51987654321&Body=x",
         "Zzb+axG/2+Mgn5ViN7T8a14la3Q=", OK},
        {"T3 port signed, none configured", METHOD_POST, HOOK, "/hooks/twilio/sms", "From=%2B51987654321&Body=x",
         "kWnT63Z+SWCDTUAxIZb+JedhQzo=", ERR_REFUSED},
        {"T4 repeated names", METHOD_POST, HOOK, "/hooks/twilio/sms", "Zeta=b&Body=x&Zeta=a&Zeta=b",
         "NiVjZNjFdKt85ab7/V1kdcgem6c=", OK},
        {"T5 empty", METHOD_POST, HOOK, "/hooks/twilio/sms", "", "kvOa+LAJfddvMyamSPHN0aD9hqw=", OK},
        {"T6 byte order", METHOD_POST, HOOK, "/h", "a=1&B=2&_c=3&A1=4", "ydG90JBvd6zzYpspk8bLhFveQyk=", OK},
        {"T7 GET", METHOD_GET, HOOK, "/hooks/twilio/get?Body=Hola+Per%C3%BA&From=%2B51987654321", "",
         "mcr6I1NBUzRs0YPiY2AdQ+RzZ7o=", OK},
        {"T8 JSON", METHOD_POST, HOOK, T8_TARGET, "{\"a\":1,\"texto\":\"ñ\"}", "0pXOhHKVki3OXO7nMsBV4Ka7wpM=", OK},
        {"T8 other body", METHOD_POST, HOOK, T8_TARGET, "{\"a\":2,\"texto\":\"ñ\"}",
         "0pXOhHKVki3OXO7nMsBV4Ka7wpM=", ERR_REFUSED},
        {"standard port signed", METHOD_POST, HOOK, "/h", "a=1", "WzUD6x1NQV/Ql8hc7/XdxNLcV9s=", OK},
        {"standard port configured", METHOD_POST, HOOK ":443", "/h", "a=1", "LrMA5owmQQN6HUiWCzsJrgg5TQM=", OK},
        {"http, port 80 signed", METHOD_POST, "http://gw.ejemplo.pe", "/h", "a=1", "m05O608pZdobCMiu4mUAxEPWE6w=", OK},
        {"userinfo, port", METHOD_POST, "https://u:p@gw.ejemplo.pe:8443", "/h", "a=1",
         "EXn+BlZqdSDJVqNXPPafLiGtU1U=", OK},
        {"IPv6", METHOD_POST, "https://[2001:db8::1]", "/h", "a=1", "Ojain+JoSO5rbDRoT54E4Nd639s=", OK},
        {"empty value counts", METHOD_POST, HOOK, "/h", "a=&b=1", "YWgUQCPNIri6Oe2tfTEZU1aAe3c=", OK},
        {"other scheme", METHOD_POST, "http://gw.ejemplo.pe", "/hooks/twilio/sms", T1_BODY, T1_SIGNATURE, ERR_REFUSED},
        {"slash added", METHOD_POST, HOOK, "/hooks/twilio/sms/", T1_BODY, T1_SIGNATURE, ERR_REFUSED},
        {"case of the path", METHOD_POST, HOOK, "/hooks/twilio/Sms", T1_BODY, T1_SIGNATURE, ERR_REFUSED},
        {"query decoded", METHOD_POST, HOOK, "/hooks/twilio/status?id=42&t=a+b", T2_BODY,
         "0JyMorHdChcmcGdVu3WpvRp1E0I=", ERR_REFUSED},
        {"a parameter more", METHOD_POST, HOOK, "/hooks/twilio/sms", T1_BODY "&x=1", T1_SIGNATURE, ERR_REFUSED},
        {"as GET", METHOD_GET, HOOK, "/hooks/twilio/sms", T1_BODY, T1_SIGNATURE, ERR_REFUSED},
        {"one bit", METHOD_POST, HOOK, "/hooks/twilio/sms", T1_BODY, "KeloLbvY0KVmEiBII2su6qOTamk=", ERR_REFUSED},
        {"cut short", METHOD_POST, HOOK, "/hooks/twilio/sms", T1_BODY, "KeloLbvY0KVmEiBII2su6qOTamg", ERR_REFUSED},
        {"empty signature", METHOD_POST, HOOK, "/hooks/twilio/sms", T1_BODY, "", ERR_REFUSED},
        {"no signature", METHOD_POST, HOOK, "/hooks/twilio/sms", T1_BODY, NULL, ERR_REFUSED},
        {"account not ours", METHOD_POST, HOOK, "/h", "AccountSid=AC00000000000000000000000000000009",
         "7QCZnSuxewHp4Z8CFkk4J1oR6mk=", ERR_REFUSED},
    };
    struct channel channel = kit_channel("twilio", sms);
    (void)state;
    for (size_t i = 0; i < COUNT(rows); i++) {
        struct header header = {SLICE("x-twilio-signature"), slice_of(rows[i].signature)};
        struct request request =
            kit_request(rows[i].method, rows[i].target, slice_of(rows[i].body), &header, rows[i].signature ? 1 : 0);
        struct arena *arena = arena_new(KIT_ARENA);
        channel.public_url = rows[i].public_url;
        enum error got = channel.adapter->authenticate(&channel, &request, arena);
        if (got != rows[i].expected)
            fail_msg("%s: %s", rows[i].name, error_text(got));
        arena_free(arena);
    }
}

/* The parameters are parsed for the signature, and are in the order of the wire for who reads them afterwards. */
static void the_form_is_parsed_once(void **state)
{
    struct channel channel = kit_channel("twilio", sms);
    struct header header = {SLICE("X-Twilio-Signature"), SLICE(T1_SIGNATURE)};
    struct request request = kit_request(METHOD_POST, "/hooks/twilio/sms", SLICE(T1_BODY), &header, 1);
    struct arena *arena = arena_new(KIT_ARENA);
    struct form form = {0}, own, again;
    (void)state;
    request.form = &form;
    assert_int_equal(channel.adapter->authenticate(&channel, &request, arena), OK);
    assert_int_equal(twilio_params(&request, arena, &again), OK);
    assert_ptr_equal(again.fields, form.fields);
    assert_int_equal(form_parse(request.body, arena, &own), OK);
    assert_int_equal(again.count, own.count);
    for (size_t i = 0; i < own.count; i++)
        assert_true(slice_eq(own.fields[i].name, again.fields[i].name));
    arena_free(arena);
}

static void the_header_comes_once(void **state)
{
    struct channel channel = kit_channel("twilio", sms);
    struct header twice[] = {{SLICE("X-Twilio-Signature"), SLICE(T1_SIGNATURE)},
                             {SLICE("X-Twilio-Signature"), SLICE(T1_SIGNATURE)}};
    struct request request = kit_request(METHOD_POST, "/hooks/twilio/sms", SLICE(T1_BODY), twice, 2);
    struct arena *arena = arena_new(KIT_ARENA);
    (void)state;
    assert_int_equal(channel.adapter->authenticate(&channel, &request, arena), ERR_REFUSED);
    arena_free(arena);
}

static void either_token_holds_during_rotation(void **state)
{
    static const struct setting rotating[] = {{"account_sid", SID},
                                              {"auth_token", "the next one"},
                                              {"auth_token_secondary", TOKEN},
                                              {"from", "+5117654321"},
                                              {NULL, NULL}};
    struct channel channel = kit_channel("twilio", rotating);
    struct header header = {SLICE("X-Twilio-Signature"), SLICE(T1_SIGNATURE)};
    struct request request = kit_request(METHOD_POST, "/hooks/twilio/sms", SLICE(T1_BODY), &header, 1);
    struct arena *arena = arena_new(KIT_ARENA);
    (void)state;
    assert_int_equal(channel.adapter->authenticate(&channel, &request, arena), OK);
    arena_free(arena);
}

/* Signed with an empty key: what a missing second token would accept. */
static void an_empty_token_opens_nothing(void **state)
{
    struct channel channel = kit_channel("twilio", sms);
    struct header header = {SLICE("X-Twilio-Signature"), SLICE("a9v/4rAV5d15o80Alot901JkLlk=")};
    struct request request = kit_request(METHOD_POST, "/h", SLICE("a=1"), &header, 1);
    struct arena *arena = arena_new(KIT_ARENA);
    (void)state;
    assert_int_equal(channel.adapter->authenticate(&channel, &request, arena), ERR_REFUSED);
    arena_free(arena);
}

static void hook_secret_stands_beside_the_signature(void **state)
{
    static const struct {
        const char *target, *signature;
        enum error expected;
    } rows[] = {
        {"/h?key=s3%2Fcret", "dsVhegmMGpNNelgSKvbvRxWhJwM=", OK},
        {"/h?key=wrong", "gjOnc5TvTD1vWD64YgOEC9KSocM=", ERR_REFUSED},
        {"/h", "LrMA5owmQQN6HUiWCzsJrgg5TQM=", ERR_REFUSED},
        {"/h?key=s3%2Fcret", "gjOnc5TvTD1vWD64YgOEC9KSocM=", ERR_REFUSED},
    };
    struct channel channel = kit_channel("twilio", service);
    (void)state;
    for (size_t i = 0; i < COUNT(rows); i++) {
        struct header header = {SLICE("X-Twilio-Signature"), slice_of(rows[i].signature)};
        struct request request = kit_request(METHOD_POST, rows[i].target, SLICE("a=1"), &header, 1);
        struct arena *arena = arena_new(KIT_ARENA);
        assert_int_equal(channel.adapter->authenticate(&channel, &request, arena), rows[i].expected);
        arena_free(arena);
    }
}

#define FROM "MessageSid=" SM "&From=%2B51987654321"
#define WA_FROM "MessageSid=" SM "&From=whatsapp%3A%2B51987654321"
#define IN .from = "+51987654321", .id = SM

static const struct {
    const char *name, *target, *body;
    enum error error;
    struct expected_event event;
} decode_rows[] = {
    {"T1", "/h", T1_BODY, OK, {EVENT_TEXT, IN, .text = "Hola, ¿a qué hora abren? ñ 😀"}},
    {"empty SMS", "/h", FROM "&Body=&NumMedia=0", OK, {EVENT_TEXT, IN}},
    {"no body", "/h", FROM, OK, {EVENT_TEXT, IN}},
    {"only the legacy id", "/h", "SmsSid=" SM "&From=%2B51987654321&Body=a", OK, {EVENT_TEXT, IN, .text = "a"}},
    {"unknown parameters", "/h", FROM "&Body=a&Newest=1&FromCity=", OK, {EVENT_TEXT, IN, .text = "a"}},
    {"plus forgotten", "/h", "MessageSid=" SM "&From=+51987654321&Body=a", OK, {EVENT_TEXT, IN, .text = "a"}},
    {"ill-formed UTF-8, control bytes",
     "/h",
     FROM "&Body=a%ff%00%0D%0Ab",
     OK,
     {EVENT_TEXT, IN, .text = "a\xEF\xBF\xBD\nb"}},
    {"an escape that is none", "/h", FROM "&Body=100%25+%zz%", OK, {EVENT_TEXT, IN, .text = "100% %zz%"}},
    {"short code", "/h", "MessageSid=" SM "&From=2233&Body=a", OK, {EVENT_IGNORED, .id = SM}},
    {"name for a number", "/h", "MessageSid=" SM "&From=Movistar&Body=a", OK, {EVENT_IGNORED, .id = SM}},
    {"opt-out", "/h", FROM "&Body=cancelar&OptOutType=STOP", OK, {EVENT_TEXT, IN, .text = "BAJA"}},
    {"opt-in", "/h", FROM "&Body=volver&OptOutType=START", OK, {EVENT_TEXT, IN, .text = "ALTA"}},
    {"help", "/h", FROM "&Body=info&OptOutType=HELP", OK, {EVENT_TEXT, IN, .text = "AYUDA"}},
    {"WhatsApp",
     "/h",
     WA_FROM "&Body=hola&ProfileName=Mar%C3%ADa&WaId=51987654321&MessageType=text",
     OK,
     {EVENT_TEXT, IN, .text = "hola", .name = "María"}},
    {"WhatsApp without the prefix", "/h", FROM "&Body=hola&MessageType=text", OK, {EVENT_TEXT, IN, .text = "hola"}},
    {"user id",
     "/h",
     "MessageSid=" SM "&From=whatsapp%3APE.1000000000000001&Body=hola",
     OK,
     {EVENT_TEXT, .from = "PE.1000000000000001", .id = SM, .text = "hola"}},
    {"user id alone",
     "/h",
     "MessageSid=" SM "&From=&ExternalUserId=whatsapp%3APE.1000000000000001&Body=hola",
     OK,
     {EVENT_TEXT, .from = "PE.1000000000000001", .id = SM, .text = "hola"}},
    {"button",
     "/h",
     WA_FROM "&Body=S%C3%AD&ButtonText=S%C3%AD&ButtonPayload=pago_si&MessageType=button",
     OK,
     {EVENT_CHOICE, IN, .text = "Sí", .payload = "pago_si"}},
    {"button without title",
     "/h",
     WA_FROM "&Body=Claro&ButtonPayload=pago_si",
     OK,
     {EVENT_CHOICE, IN, .text = "Claro", .payload = "pago_si"}},
    {"button without payload",
     "/h",
     WA_FROM "&Body=Claro&ButtonText=Claro&ButtonPayload=",
     OK,
     {EVENT_TEXT, IN, .text = "Claro"}},
    {"list",
     "/h",
     WA_FROM "&Body=x&ListId=ag_12&ListTitle=Miraflores&ListDescription=Larco",
     OK,
     {EVENT_CHOICE, IN, .text = "Miraflores", .payload = "ag_12"}},
    {"location",
     "/h",
     WA_FROM "&Body=&Latitude=-12.1219&Longitude=-77.0297&Label=Parque&Address=Lima",
     OK,
     {EVENT_LOCATION, IN, .text = "Parque", .latitude = -12.1219, .longitude = -77.0297}},
    {"location, address only",
     "/h",
     WA_FROM "&Latitude=-12&Longitude=-77.0&Address=Lima",
     OK,
     {EVENT_LOCATION, IN, .text = "Lima", .latitude = -12, .longitude = -77}},
    {"latitude off the globe",
     "/h",
     WA_FROM "&Body=a&Latitude=-91&Longitude=-77.0",
     OK,
     {EVENT_TEXT, IN, .text = "a", .latitude = 0}},
    {"media",
     "/h",
     WA_FROM "&Body=mi+puesto&NumMedia=1&MediaUrl0=" MEDIA_URL "&MediaContentType0=image%2Fjpeg",
     OK,
     {EVENT_MEDIA, IN, .text = "mi puesto", .media = MEDIA_ID}},
    {"media without a body",
     "/h",
     WA_FROM "&NumMedia=2&MediaUrl0=" MEDIA_URL "&MessageType=image",
     OK,
     {EVENT_MEDIA, IN, .media = MEDIA_ID}},
    {"media elsewhere",
     "/h",
     WA_FROM "&NumMedia=1&MediaUrl0=https%3A%2F%2Fe.pe%2Fa&MessageType=image",
     OK,
     {EVENT_MEDIA, IN}},
    {"contacts", "/h", WA_FROM "&Body=&NumMedia=0&MessageType=contacts", OK, {EVENT_UNSUPPORTED, IN}},
    {"reaction", "/h", WA_FROM "&Body=&MessageType=reaction", OK, {EVENT_IGNORED, IN}},
    {"T2", T2_TARGET, T2_BODY, OK, {EVENT_STATUS, IN, .delivery = DELIVERY_DELIVERED}},
    {"our reference",
     "/h/status?ref=s17%3A42",
     T2_BODY,
     OK,
     {EVENT_STATUS, IN, .delivery = DELIVERY_DELIVERED, .reference = "s17:42"}},
    {"failed, with its code",
     "/h?ref=a",
     "MessageSid=" SM "&MessageStatus=undelivered&ErrorCode=30005&To=%2B51987654321",
     OK,
     {EVENT_STATUS, IN, .delivery = DELIVERY_FAILED, .reference = "a", .error = "30005"}},
    {"status by its legacy name",
     "/h",
     "SmsSid=" SM "&SmsStatus=sent&To=%2B51987654321",
     OK,
     {EVENT_STATUS, IN, .delivery = DELIVERY_SENT}},
    {"status to a short code",
     "/h",
     "MessageSid=" SM "&MessageStatus=sent&To=2233",
     OK,
     {EVENT_STATUS, .id = SM, .delivery = DELIVERY_SENT}},
    {"a status of tomorrow",
     "/h",
     "MessageSid=" SM "&MessageStatus=teleported&To=%2B51987654321",
     OK,
     {EVENT_IGNORED, IN}},
    {"JSON", T8_TARGET, "{\"a\":1}", OK, {.kind = EVENT_IGNORED}},
    {"nothing", "/h", "", ERR_SYNTAX, {0}},
    {"no id", "/h", "From=%2B51987654321&Body=a", ERR_SYNTAX, {0}},
    {"no sender", "/h", "MessageSid=" SM "&Body=a", ERR_SYNTAX, {0}},
    {"status without id", "/h", "MessageStatus=sent", ERR_SYNTAX, {0}},
    {"an id of control bytes", "/h", "MessageSid=%01&From=%2B51987654321", ERR_SYNTAX, {0}},
};

static void decodes(void **state)
{
    struct channel channel = kit_channel("twilio", sms);
    (void)state;
    for (size_t i = 0; i < COUNT(decode_rows); i++) {
        struct request request =
            kit_request(METHOD_POST, decode_rows[i].target, slice_of(decode_rows[i].body), NULL, 0);
        struct arena *arena = arena_new(KIT_ARENA);
        struct decoded decoded = {0};
        enum error error = channel.adapter->decode(&channel, &request, arena, &decoded);
        if (error != decode_rows[i].error)
            fail_msg("%s: %s", decode_rows[i].name, error_text(error));
        assert_int_equal(decoded.count, error ? 0 : 1);
        assert_false(decoded.answered);
        if (!error)
            kit_expect_event(decode_rows[i].name, &decoded.events[0], &decode_rows[i].event);
        arena_free(arena);
    }
}

static void statuses_stand_on_the_lattice(void **state)
{
    static const struct {
        const char *status;
        enum delivery expected;
    } rows[] = {
        {"accepted", DELIVERY_QUEUED},
        {"scheduled", DELIVERY_QUEUED},
        {"queued", DELIVERY_QUEUED},
        {"sending", DELIVERY_QUEUED},
        {"sent", DELIVERY_SENT},
        {"delivered", DELIVERY_DELIVERED},
        {"read", DELIVERY_READ},
        {"undelivered", DELIVERY_FAILED},
        {"failed", DELIVERY_FAILED},
        {"canceled", DELIVERY_FAILED},
        {"partially_delivered", DELIVERY_SENT},
    };
    struct channel channel = kit_channel("twilio", sms);
    (void)state;
    for (size_t i = 0; i < COUNT(rows); i++) {
        struct arena *arena = arena_new(KIT_ARENA);
        struct decoded decoded = {0};
        const char *body = arena_printf(arena, "MessageSid=" SM "&MessageStatus=%s", rows[i].status);
        struct request request = kit_request(METHOD_POST, "/h", slice_of(body), NULL, 0);
        assert_int_equal(channel.adapter->decode(&channel, &request, arena, &decoded), OK);
        assert_int_equal(decoded.events[0].kind, EVENT_STATUS);
        assert_int_equal(decoded.events[0].delivery, rows[i].expected);
        arena_free(arena);
    }
}

static void get_is_read_from_the_query(void **state)
{
    struct channel channel = kit_channel("twilio", sms);
    struct request request = kit_request(METHOD_GET, "/h?Body=Hola+Per%C3%BA&From=%2B51987654321&MessageSid=" SM,
                                         SLICE("Body=other"), NULL, 0);
    const struct expected_event expected = {EVENT_TEXT, IN, .text = "Hola Perú"};
    struct arena *arena = arena_new(KIT_ARENA);
    struct decoded decoded = {0};
    (void)state;
    assert_int_equal(channel.adapter->decode(&channel, &request, arena, &decoded), OK);
    kit_expect_event("GET", &decoded.events[0], &expected);
    arena_free(arena);
}

static void too_many_parameters_are_a_limit(void **state)
{
    struct channel channel = kit_channel("twilio", sms);
    struct arena *arena = arena_new(KIT_ARENA);
    struct decoded decoded = {0};
    struct buf body;
    (void)state;
    buf_init(&body, 100000);
    for (int i = 0; i <= FORM_FIELDS_MAX; i++)
        buf_addf(&body, "a%d=1&", i);
    struct header header = {SLICE("X-Twilio-Signature"), SLICE(T1_SIGNATURE)};
    struct request request = kit_request(METHOD_POST, "/h", buf_slice(&body), &header, 1);
    assert_int_equal(channel.adapter->authenticate(&channel, &request, arena), ERR_REFUSED);
    assert_int_equal(channel.adapter->decode(&channel, &request, arena, &decoded), ERR_LIMIT);
    buf_release(&body);
    arena_free(arena);
}

static struct message words(const char *text)
{
    return (struct message){.kind = MESSAGE_TEXT, .text = slice_of(text)};
}

/* Byte for byte what npm twilio's MessagingResponse writes, where it writes anything. */
static void twiml(void **state)
{
    static const struct {
        const char *texts[2];
        const char *expected;
    } rows[] = {
        {{NULL}, XML "<Response/>"},
        {{"Hola & <adiós> ñ \"q\" 's' 😀", NULL},
         XML "<Response><Message>Hola &amp; &lt;adiós&gt; ñ \"q\" 's' 😀</Message></Response>"},
        {{"a\nb\tc", NULL}, XML "<Response><Message>a\nb\tc</Message></Response>"},
        {{"a\r\nb", NULL}, XML "<Response><Message>a&#xD;\nb</Message></Response>"},
        {{" x ", "]]>"}, XML "<Response><Message> x </Message><Message>]]&gt;</Message></Response>"},
        {{"a&amp;b", NULL}, XML "<Response><Message>a&amp;amp;b</Message></Response>"},
        {{"a\x7f"
          "b",
          NULL},
         XML "<Response><Message>a\x7f"
             "b</Message></Response>"},
        {{"a\x01\x08\x0b\x0c\x0e\x1f"
          "b\xEF\xBF\xBE\xEF\xBF\xBF",
          NULL},
         XML "<Response><Message>ab</Message></Response>"},
        {{"", NULL}, XML "<Response/>"},
    };
    struct channel channel = kit_channel("twilio", sms);
    (void)state;
    for (size_t i = 0; i < COUNT(rows); i++) {
        struct message messages[2] = {words(rows[i].texts[0]), words(rows[i].texts[1])};
        size_t count = rows[i].texts[0] ? rows[i].texts[1] ? 2 : 1 : 0;
        struct arena *arena = arena_new(KIT_ARENA);
        struct response response;
        assert_int_equal(channel.adapter->answer(&channel, messages, count, arena, &response), OK);
        assert_int_equal(response.status, 200);
        assert_string_equal(response.content_type, "text/xml");
        kit_expect_slice("twiml", "body", response.body, rows[i].expected);
        arena_free(arena);
    }
}

static void options_without_buttons_are_numbered(void **state)
{
    struct channel channel = kit_channel("twilio", whatsapp);
    struct message message = {.kind = MESSAGE_BUTTONS,
                              .text = SLICE("¿Sigue?"),
                              .options = {{SLICE("y"), SLICE("Sí"), SLICE_NONE}, {SLICE("n"), SLICE("No"), SLICE_NONE}},
                              .option_count = 2};
    struct arena *arena = arena_new(KIT_ARENA);
    struct response response;
    (void)state;
    assert_false(channel.interactive);
    assert_int_equal(channel.adapter->answer(&channel, &message, 1, arena, &response), OK);
    kit_expect_slice("options", "body", response.body,
                     XML "<Response><Message>¿Sigue?\n1. Sí\n2. No</Message></Response>");
    arena_free(arena);
}

/* 1600 UTF-16 units to a message: an emoji is two of them, and is never cut. */
static void long_bodies_become_several_messages(void **state)
{
    static const struct {
        const char *unit;
        size_t repeat, parts, first; /* first: bytes of the first part */
    } rows[] = {
        {"a", 1600, 1, 1600}, {"a", 1601, 2, 1600},       {"ñ", 1600, 1, 3200},
        {"ñ", 3201, 3, 3200}, {"😀", 800, 1, 3200},        {"😀", 801, 2, 3200},
        {"a😀", 534, 2, 2666}, {"palabra ", 201, 2, 1600}, {"palabra, ", 200, 2, 1593},
    };
    struct channel channel = kit_channel("twilio", sms);
    (void)state;
    for (size_t i = 0; i < COUNT(rows); i++) {
        struct arena *arena = arena_new(KIT_ARENA);
        struct response response;
        struct buf text;
        buf_init(&text, 100000);
        for (size_t n = 0; n < rows[i].repeat; n++)
            buf_adds(&text, rows[i].unit);
        struct message message = words(buf_text(&text));
        assert_int_equal(channel.adapter->answer(&channel, &message, 1, arena, &response), OK);
        const char *at = strstr(response.body.ptr, "<Message>") + 9;
        assert_int_equal(strstr(at, "</Message>") - at, rows[i].first);
        size_t parts = 0;
        for (const char *p = response.body.ptr; (p = strstr(p, "<Message>")) != NULL; p++)
            parts++;
        assert_int_equal(parts, rows[i].parts);
        struct http_call call = {0};
        assert_int_equal(channel.adapter->call(&channel, SLICE("+51987654321"), &message, SLICE("r"), arena, &call),
                         rows[i].parts > 1 ? ERR_LIMIT : OK);
        buf_release(&text);
        arena_free(arena);
    }
}

static void a_document_above_its_limit_fails(void **state)
{
    struct channel channel = kit_channel("twilio", sms);
    struct arena *arena = arena_new(KIT_ARENA);
    struct response response;
    struct buf text;
    (void)state;
    buf_init(&text, 200000);
    for (int n = 0; n < 20000; n++)
        buf_adds(&text, "&&&&");
    struct message message = words(buf_text(&text));
    assert_int_equal(channel.adapter->answer(&channel, &message, 1, arena, &response), ERR_LIMIT);
    buf_release(&text);
    arena_free(arena);
}

#define CONTENT "HX00000000000000000000000000000001"

/* A template goes by its Content SID, on a WhatsApp channel that has one for it. */
static void templates(void **state)
{
    static const struct setting with[] = {{"account_sid", SID},
                                          {"auth_token", TOKEN},
                                          {"from", "whatsapp:+5117654321"},
                                          {"content_sids", "otra=HX00000000000000000000000000000002, aviso=" CONTENT},
                                          {NULL, NULL}};
    static const struct setting bad[] = {{"account_sid", SID},
                                         {"auth_token", TOKEN},
                                         {"from", "whatsapp:+5117654321"},
                                         {"content_sids", "aviso=" CONTENT ",HX1"},
                                         {NULL, NULL}};
    const struct message_template known = {
        .name = SLICE("aviso"), .params = {SLICE("Ana & \"Ñ\""), SLICE("2")}, .param_count = 2};
    const struct message_template unknown = {.name = SLICE("avis")};
    struct message message = words("Hola");
    struct channel channel = kit_channel("twilio", with), none = kit_channel("twilio", whatsapp);
    struct arena *arena = arena_new(KIT_ARENA);
    struct http_call call;
    (void)state;
    assert_false(adapter_sends_template(&channel, &message));
    message.template = &unknown;
    assert_false(adapter_sends_template(&channel, &message));
    message.template = &known;
    assert_true(adapter_sends_template(&channel, &message));
    assert_false(adapter_sends_template(&none, &message));
    assert_int_equal(channel.adapter->call(&channel, SLICE("+51987654321"), &message, SLICE("r"), arena, &call), OK);
    kit_expect_slice("template", "body", call.body,
                     "To=whatsapp%3A%2B51987654321&From=whatsapp%3A%2B5117654321&ContentSid=" CONTENT
                     "&ContentVariables=%7B%221%22%3A%22Ana%20%26%20%5C%22%C3%91%5C%22%22%2C%222%22%3A%222%22%7D"
                     "&StatusCallback=https%3A%2F%2Fgw.ejemplo.pe%2Fhooks%2Ftest%2Fstatus%3Fref%3Dr");
    kit_expect_fault("twilio", bad, "content_sids");
    arena_free(arena);
}

static void calls(void **state)
{
    static const struct {
        const struct setting *settings;
        const char *to, *text, *reference, *url, *body;
    } rows[] = {
        {sms, "+51987654321", "Hola ñ & 100%", "s17:42",
         "https://api.twilio.com/2010-04-01/Accounts/" SID "/Messages.json",
         "To=%2B51987654321&From=%2B5117654321&Body=Hola%20%C3%B1%20%26%20100%25"
         "&StatusCallback=https%3A%2F%2Fgw.ejemplo.pe%2Fhooks%2Ftest%2Fstatus%3Fref%3Ds17%253A42"},
        {whatsapp, "+51987654321", "a", "r", "http://127.0.0.1:9/2010-04-01/Accounts/" SID "/Messages.json",
         "To=whatsapp%3A%2B51987654321&From=whatsapp%3A%2B5117654321&Body=a"
         "&StatusCallback=https%3A%2F%2Fgw.ejemplo.pe%2Fhooks%2Ftest%2Fstatus%3Fref%3Dr"},
        {whatsapp, "PE.1000000000000001", "a", "r", "http://127.0.0.1:9/2010-04-01/Accounts/" SID "/Messages.json",
         "To=whatsapp%3APE.1000000000000001&From=whatsapp%3A%2B5117654321&Body=a"
         "&StatusCallback=https%3A%2F%2Fgw.ejemplo.pe%2Fhooks%2Ftest%2Fstatus%3Fref%3Dr"},
        {service, "+51987654321", "a", "r", "https://api.twilio.com/2010-04-01/Accounts/" SID "/Messages.json",
         "To=%2B51987654321&MessagingServiceSid=MG00000000000000000000000000000002&Body=a"
         "&StatusCallback=https%3A%2F%2Fgw.ejemplo.pe%2Fhooks%2Ftest%2Fstatus%3Fref%3Dr%26key%3Ds3%252Fcret"},
    };
    (void)state;
    for (size_t i = 0; i < COUNT(rows); i++) {
        struct channel channel = kit_channel("twilio", rows[i].settings);
        struct message message = words(rows[i].text);
        struct arena *arena = arena_new(KIT_ARENA);
        struct http_call call = {0};
        assert_int_equal(
            channel.adapter->call(&channel, slice_of(rows[i].to), &message, slice_of(rows[i].reference), arena, &call),
            OK);
        assert_int_equal(call.method, METHOD_POST);
        assert_string_equal(call.url, rows[i].url);
        assert_string_equal(call.user, SID);
        assert_string_equal(call.password, TOKEN);
        assert_int_equal(call.header_count, 1);
        kit_expect_slice("call", "body", call.body, rows[i].body);
        arena_free(arena);
    }
}

static void results(void **state)
{
    static const struct {
        int status;
        const char *body;
        enum send_class class;
        const char *provider_id, *code;
    } rows[] = {
        {201, "{\"sid\":\"" SM "\",\"status\":\"queued\",\"num_segments\":\"1\",\"error_code\":null}", SEND_OK, SM, ""},
        {200, "{\"sid\":\"" SM "\"}", SEND_OK, SM, ""},
        {201, "{\"sid\":\"" SM "\",\"status\":\"failed\",\"error_code\":21610}", SEND_RECIPIENT, "", "21610"},
        {201, "{\"sid\":\"" SM "\",\"num_segments\":3,\"subresource_uris\":{\"media\":null}}", SEND_OK, SM, ""},
        {201, "{\"sid\":\"" SM "\",\"sid\":\"" SM "\"}", SEND_MALFORMED, "", ""},
        {201, "{\"sid\":\"" SM "\"", SEND_MALFORMED, "", ""},
        {201, "{\"sid\":\"" SM "\",\"error_code\":\"21610\"}", SEND_RECIPIENT, "", "21610"},
        {201, "{}", SEND_MALFORMED, "", ""},
        {201, "[]", SEND_MALFORMED, "", ""},
        {201, "OK", SEND_MALFORMED, "", ""},
        {201, "", SEND_MALFORMED, "", ""},
        {302, "", SEND_MALFORMED, "", ""},
        {0, "", SEND_MALFORMED, "", ""},
        {429, "{\"code\":20429,\"status\":429}", SEND_THROTTLED, "", "20429"},
        {429, "<html>slow</html>", SEND_THROTTLED, "", ""},
        {500, "<html>", SEND_TRANSIENT, "", ""},
        {503, "{\"code\":20503}", SEND_TRANSIENT, "", "20503"},
        {502, "{\"message\":\"x\"}", SEND_TRANSIENT, "", ""},
        {401, "{\"code\":20003,\"status\":401}", SEND_CHANNEL, "", "20003"},
        {403, "<html>", SEND_CHANNEL, "", ""},
        {404, "{\"code\":20404}", SEND_CHANNEL, "", "20404"},
        {400, "{\"code\":21211,\"message\":\"x\",\"status\":400}", SEND_RECIPIENT, "", "21211"},
        {400, "{\"code\":\"21211\"}", SEND_RECIPIENT, "", "21211"},
        {400, "{\"code\":21212}", SEND_CHANNEL, "", "21212"},
        {400, "{\"code\":21609}", SEND_CHANNEL, "", "21609"},
        {400, "{\"code\":21610}", SEND_RECIPIENT, "", "21610"},
        {400, "{\"code\":21408}", SEND_RECIPIENT, "", "21408"},
        {400, "{\"code\":21617}", SEND_MESSAGE, "", "21617"},
        {400, "{\"code\":21602}", SEND_MESSAGE, "", "21602"},
        {400, "{\"code\":21611}", SEND_LATER, "", "21611"},
        {400, "{\"code\":63016}", SEND_MESSAGE, "", "63016"},
        {400, "{\"code\":63018}", SEND_THROTTLED, "", "63018"},
        {400, "{\"code\":63024}", SEND_RECIPIENT, "", "63024"},
        {400, "{\"code\":63033}", SEND_RECIPIENT, "", "63033"},
        {400, "{\"code\":63007}", SEND_CHANNEL, "", "63007"},
        {400, "{\"code\":21606}", SEND_CHANNEL, "", "21606"},
        {400, "{\"code\":14107}", SEND_THROTTLED, "", "14107"},
        {400, "{\"code\":14102}", SEND_MESSAGE, "", "14102"},
        {400, "{\"code\":30007}", SEND_MESSAGE, "", "30007"},
        {400, "{\"code\":30003}", SEND_LATER, "", "30003"},
        {400, "{\"code\":99999}", SEND_MESSAGE, "", "99999"},
        {400, "<html>", SEND_MALFORMED, "", ""},
    };
    struct channel channel = kit_channel("twilio", sms);
    (void)state;
    for (size_t i = 0; i < COUNT(rows); i++) {
        struct arena *arena = arena_new(KIT_ARENA);
        struct send_result got;
        channel.adapter->result(&channel, rows[i].status, slice_of(rows[i].body), arena, &got);
        if (got.class != rows[i].class)
            fail_msg("%d %s: class %d", rows[i].status, rows[i].body, (int)got.class);
        kit_expect_slice(rows[i].body, "provider_id", got.provider_id, rows[i].provider_id);
        kit_expect_slice(rows[i].body, "code", got.code, rows[i].code);
        assert_int_equal(got.retry_after_ms, 0);
        arena_free(arena);
    }
}

/* One id for all segments; how many they are is what was paid for. */
static void segments_are_counted(void **state)
{
    static const struct {
        const char *member;
        unsigned parts;
    } rows[] = {
        {"\"num_segments\":\"3\"", 3},   {"\"num_segments\":2", 2},
        {"\"num_segments\":\"0\"", 0}, /* a service's: not yet known */
        {"\"num_segments\":\"x\"", 0},   {"\"num_segments\":\"-1\"", 0},
        {"\"num_segments\":\"256\"", 0}, {"\"num_media\":\"0\"", 0},
    };
    struct channel channel = kit_channel("twilio", sms);
    (void)state;
    for (size_t i = 0; i < COUNT(rows); i++) {
        struct arena *arena = arena_new(KIT_ARENA);
        struct send_result got;
        const char *body = arena_printf(arena, "{\"sid\":\"" SM "\",%s}", rows[i].member);
        channel.adapter->result(&channel, 201, slice_of(body), arena, &got);
        assert_int_equal(got.class, SEND_OK);
        assert_int_equal(got.parts, rows[i].parts);
        assert_int_equal(got.more_count, 0);
        arena_free(arena);
    }
}

/* The SMS API has no field for a reference of ours, so it travels in the address of receipts. The signature is what npm
 * twilio 6.2.0 makes with getExpectedTwilioSignature of that address, query and key included, and the form. */
static void a_reference_comes_back(void **state)
{
    struct channel channel = kit_channel("twilio", service);
    struct message message = words("a");
    struct arena *arena = arena_new(KIT_ARENA);
    struct http_call call = {0};
    struct form form;
    struct decoded decoded = {0};
    struct header header = {SLICE("X-Twilio-Signature"), SLICE("2FbPfn3Mtzpf562jlEBebSwm91I=")};
    (void)state;
    assert_int_equal(
        channel.adapter->call(&channel, SLICE("+51987654321"), &message, SLICE("17-1700000000000-0"), arena, &call),
        OK);
    assert_int_equal(form_parse(call.body, arena, &form), OK);
    struct slice url = form_get(&form, "StatusCallback");
    assert_true(slice_is(url, HOOK "/hooks/test/status?ref=17-1700000000000-0&key=s3%2Fcret"));
    const char *target = arena_printf(arena, "%.*s", (int)(url.len - strlen(HOOK)), url.ptr + strlen(HOOK));
    struct request request = kit_request(METHOD_POST, target, SLICE(T2_BODY), &header, 1);
    assert_int_equal(channel.adapter->authenticate(&channel, &request, arena), OK);
    assert_int_equal(channel.adapter->decode(&channel, &request, arena, &decoded), OK);
    assert_int_equal(decoded.events[0].kind, EVENT_STATUS);
    kit_expect_slice("receipt", "reference", decoded.events[0].reference, "17-1700000000000-0");
    assert_int_equal(decoded.events[0].part, 0);
    struct request other =
        kit_request(METHOD_POST, "/hooks/test/status?ref=17-1700000000000-1&key=s3%2Fcret", SLICE(T2_BODY), &header, 1);
    assert_int_equal(channel.adapter->authenticate(&channel, &other, arena), ERR_REFUSED);
    arena_free(arena);
}

static void opens(void **state)
{
    struct channel a = kit_channel("twilio", sms), b = kit_channel("twilio", whatsapp),
                   c = kit_channel("twilio", service);
    (void)state;
    assert_int_equal(a.kind, CHANNEL_SMS);
    assert_true(a.sync);
    assert_int_equal(b.kind, CHANNEL_WHATSAPP);
    assert_false(b.sync);
    assert_int_equal(c.kind, CHANNEL_SMS);
    assert_true(c.sync);
}

static void refuses_to_open(void **state)
{
    static const struct {
        struct setting settings[5];
        const char *fault;
    } rows[] = {
        {{{"auth_token", TOKEN}, {"from", "+5117654321"}}, "account_sid is missing: it must be AC and 32"},
        {{{"account_sid", "AC12"}, {"auth_token", TOKEN}, {"from", "+5117654321"}}, "account_sid is \"AC12\": "},
        {{{"account_sid", SID}, {"from", "+5117654321"}}, "auth_token is missing: copy it"},
        {{{"account_sid", SID}, {"auth_token", TOKEN}}, "from and messaging_service_sid are both missing"},
        {{{"account_sid", SID}, {"auth_token", TOKEN}, {"from", "x"}, {"reply", "soon"}},
         "reply is \"soon\": it must be sync or async"},
        {{{"account_sid", SID}, {"auth_token", TOKEN}, {"from", "x"}, {"api_base", "ftp://x"}},
         "api_base is \"ftp://x\": "},
        {{{"account_sid", SID}, {"auth_token", TOKEN}, {"from", "x"}, {"api_base", "http://x/"}},
         "no slash at its end"},
        {{{"account_sid", SID}, {"auth_token", TOKEN}, {"messaging_service_sid", "MG1"}},
         "messaging_service_sid is \"MG1\": "},
    };
    (void)state;
    for (size_t i = 0; i < COUNT(rows); i++)
        kit_expect_fault("twilio", rows[i].settings, rows[i].fault);
}

static void memory_may_fail_anywhere(void **state)
{
    struct channel channel = kit_channel("twilio", sms);
    struct header header = {SLICE("X-Twilio-Signature"), SLICE(T1_SIGNATURE)};
    struct header status = {SLICE("X-Twilio-Signature"), SLICE("0JyMorHdChcmcGdVu3WpvRp1E0I=")};
    struct request message = kit_request(METHOD_POST, "/hooks/twilio/sms", SLICE(T1_BODY), &header, 1);
    struct request receipt = kit_request(METHOD_POST, T2_TARGET, SLICE(T2_BODY), &status, 1);
    (void)state;
    kit_torture(&channel, &message);
    kit_torture_arena(&channel, &message);
    kit_torture(&channel, &receipt);
    kit_torture_arena(&channel, &receipt);
}

static void sending_may_run_out_of_memory(void **state)
{
    struct channel channel = kit_channel("twilio", service);
    struct message message = words("Hola");
    (void)state;
    for (long n = 0, done = 0; !done; n++) {
        struct response response;
        struct http_call call = {0};
        struct send_result sent;
        mem_fail_after(n);
        struct arena *arena = arena_new(KIT_ARENA);
        enum error error = arena ? channel.adapter->answer(&channel, &message, 1, arena, &response) : ERR_NOMEM;
        if (!error)
            error = channel.adapter->call(&channel, SLICE("+51987654321"), &message, SLICE("r"), arena, &call);
        if (!error)
            channel.adapter->result(&channel, 201, SLICE("{\"sid\":\"" SM "\"}"), arena, &sent);
        mem_fail_after(-1);
        done = !error && sent.class == SEND_OK && sent.provider_id.len > 0;
        assert_true(error == OK || error == ERR_NOMEM);
        arena_free(arena);
        assert_true(n < 1000);
    }
}

static void says_sorry_with_503(void **state)
{
    struct channel channel = kit_channel("twilio", sms);
    struct response response;
    (void)state;
    assert_int_equal(channel.adapter->sorry(&channel, NULL, &response), OK);
    assert_int_equal(response.status, 503);
    assert_int_equal(response.body.len, 0);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(signatures),
        cmocka_unit_test(the_form_is_parsed_once),
        cmocka_unit_test(the_header_comes_once),
        cmocka_unit_test(either_token_holds_during_rotation),
        cmocka_unit_test(an_empty_token_opens_nothing),
        cmocka_unit_test(hook_secret_stands_beside_the_signature),
        cmocka_unit_test(decodes),
        cmocka_unit_test(statuses_stand_on_the_lattice),
        cmocka_unit_test(get_is_read_from_the_query),
        cmocka_unit_test(too_many_parameters_are_a_limit),
        cmocka_unit_test(twiml),
        cmocka_unit_test(options_without_buttons_are_numbered),
        cmocka_unit_test(long_bodies_become_several_messages),
        cmocka_unit_test(a_document_above_its_limit_fails),
        cmocka_unit_test(calls),
        cmocka_unit_test(templates),
        cmocka_unit_test(results),
        cmocka_unit_test(segments_are_counted),
        cmocka_unit_test(a_reference_comes_back),
        cmocka_unit_test(opens),
        cmocka_unit_test(refuses_to_open),
        cmocka_unit_test(memory_may_fail_anywhere),
        cmocka_unit_test(sending_may_run_out_of_memory),
        cmocka_unit_test(says_sorry_with_503),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
