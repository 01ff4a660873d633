#include "tests/unit/adapter_kit.h"

#include "base/buf.h"
#include "base/crypto.h"

#define SECRET "chaski-app-secret-0001"
#define OURS "200300400500600"
#define USER "PE.1000000000000001"

static const struct setting settings[] = {{"phone_number_id", OURS},
                                          {"access_token", "token"},
                                          {"app_secret", SECRET},
                                          {"verify_token", "quipu/7"},
                                          {NULL, NULL}};
static const struct setting lenient[] = {{"phone_number_id", OURS},
                                         {"access_token", "token"},
                                         {"app_secret", SECRET},
                                         {"verify_token", "quipu/7"},
                                         {"accept_escaped_signature", "true"},
                                         {"api_base", "http://127.0.0.1:9/v25.0"},
                                         {NULL, NULL}};

#define M1                                                                                                             \
    "{'object':'whatsapp_business_account','entry':[{'id':'100200300400500','changes':[{'value':{"                     \
    "'messaging_product':'whatsapp','metadata':{'display_phone_number':'5117654321',"                                  \
    "'phone_number_id':'200300400500600'},'contacts':[{'profile':{'name':'Mar\\u00eda \\u00d1ahui'},"                  \
    "'wa_id':'51987654321','user_id':'PE.1000000000000001'}],'messages':[{'from':'51987654321',"                       \
    "'from_user_id':'PE.1000000000000001','id':'wamid.TEST0001','timestamp':'1795402800','type':'text',"               \
    "'text':{'body':'\\u00bfA qu\\u00e9 hora abren? \\ud83d\\ude00'}}]},'field':'messages'}]}]}"
#define M2                                                                                                             \
    "{'object':'whatsapp_business_account','entry':[{'id':'100200300400500','changes':[{'value':{"                     \
    "'messaging_product':'whatsapp','metadata':{'display_phone_number':'5117654321',"                                  \
    "'phone_number_id':'200300400500600'},'contacts':[{'profile':{'name':'María Ñahui'},"                            \
    "'wa_id':'51987654321','user_id':'PE.1000000000000001'}],'messages':[{'from':'51987654321',"                       \
    "'from_user_id':'PE.1000000000000001','id':'wamid.TEST0001','timestamp':'1795402800','type':'text',"               \
    "'text':{'body':'¿A qué hora abren? 😀'}}]},'field':'messages'}]}]}"
#define M1_MAC "944fd44148cfa5c121f553781a4d874ff711a25ec5eaa0fc82e52838f368a0f6"
#define M2_MAC "ebcff4a008a2b48ef0d0bbbb4de86aecb6e39260663d0a4f3e46e8ca5ef5b3ab"
#define M1_MAC_UPPER "944FD44148CFA5C121F553781A4D874FF711A25EC5EAA0FC82E52838F368A0F6"
#define M0_MAC "de68cfca7cbdb57ea3c1b3af1a151958f5a2a3b89908eab9d460d57e4f518e88"
#define M3 "{'object':'whatsapp_business_account','entry':[]}"
#define M3_MAC "ca56e319d57b64d62c6ec60fdf1e04633e8152d97fd0dba8fefe9217e1fe3ca5"
#define M4 "{'a':'\\/x\\u003C\\u0040'}"
#define M4_MAC "14be63b0c014b5edf4fd52fecb63b9e0dc893cda2b96ef5f89447a22060bb8c3"

static void the_vectors_are_whole(void **state)
{
    (void)state;
    assert_int_equal(sizeof(M1) - 1, 538);
    assert_int_equal(sizeof(M2) - 1, 514);
    assert_int_equal(sizeof(M3) - 1, 49);
    assert_int_equal(sizeof(M4) - 1, 23);
}

/* providers.md part 1.2. */
static void signatures(void **state)
{
    static const struct {
        const char *name;
        const struct setting *settings;
        const char *body, *header;
        enum error expected;
    } rows[] = {
        {"M0", settings, "", "sha256=" M0_MAC, OK},
        {"M1", settings, M1, "sha256=" M1_MAC, OK},
        {"M2", settings, M2, "sha256=" M2_MAC, OK},
        {"M3", settings, M3, "sha256=" M3_MAC, OK},
        {"M4", settings, M4, "sha256=" M4_MAC, OK},
        {"upper-case hex", settings, M1, "sha256=" M1_MAC_UPPER, OK},
        {"escaped form over raw UTF-8", settings, M2, "sha256=" M1_MAC, ERR_REFUSED},
        {"the same, accepted", lenient, M2, "sha256=" M1_MAC, OK},
        {"DEL is escaped too", lenient, "\x7fé a",
         "sha256=5a8cc667a9757190c1137733f13c005bedb0b2488506b990b1b4cd2b6ed2a36d", OK},
        {"raw form where both are accepted", lenient, M2, "sha256=" M2_MAC, OK},
        {"raw signature over the escaped body", lenient, M1, "sha256=" M2_MAC, ERR_REFUSED},
        {"no second try on ASCII", lenient, M3, "sha256=" M4_MAC, ERR_REFUSED},
        {"no second try on ill-formed UTF-8", lenient, "\xff", "sha256=" M4_MAC, ERR_REFUSED},
        {"a byte more", settings, M1 " ", "sha256=" M1_MAC, ERR_REFUSED},
        {"no header", settings, M1, NULL, ERR_REFUSED},
        {"empty header", settings, M1, "", ERR_REFUSED},
        {"prefix alone", settings, M1, "sha256=", ERR_REFUSED},
        {"no prefix", settings, M1, M1_MAC, ERR_REFUSED},
        {"other prefix", settings, M1, "sha512=" M1_MAC, ERR_REFUSED},
        {"prefix in capitals", settings, M1, "SHA256=" M1_MAC, ERR_REFUSED},
        {"too short", settings, M1, "sha256=944fd44148cfa5c121f553781a4d874ff711a25ec5eaa0fc82e52838f368a0f",
         ERR_REFUSED},
        {"too long", settings, M1, "sha256=" M1_MAC "0", ERR_REFUSED},
        {"not hex", settings, M1, "sha256=944fd44148cfa5c121f553781a4d874ff711a25ec5eaa0fc82e52838f368a0fg",
         ERR_REFUSED},
    };
    (void)state;
    for (size_t i = 0; i < COUNT(rows); i++) {
        struct channel channel = kit_channel("whatsapp_cloud", rows[i].settings);
        struct header header = {SLICE("x-hub-signature-256"), slice_of(rows[i].header)};
        struct arena *arena = arena_new(KIT_ARENA);
        struct request request =
            kit_request(METHOD_POST, "/hooks/wa", kit_json(arena, rows[i].body), &header, rows[i].header ? 1 : 0);
        enum error got = channel.adapter->authenticate(&channel, &request, arena);
        if (got != rows[i].expected)
            fail_msg("%s: %s", rows[i].name, error_text(got));
        arena_free(arena);
    }
}

static void legacy_and_repeated_headers_are_refused(void **state)
{
    struct channel channel = kit_channel("whatsapp_cloud", settings);
    struct header headers[] = {{SLICE("X-Hub-Signature"), SLICE("sha1=0123456789012345678901234567890123456789")},
                               {SLICE("X-Hub-Signature-256"), SLICE("sha256=" M1_MAC)},
                               {SLICE("X-Hub-Signature-256"), SLICE("sha256=" M1_MAC)}};
    static const struct {
        size_t from, count;
        enum error expected;
    } rows[] = {{0, 1, ERR_REFUSED}, {0, 2, OK}, {1, 2, ERR_REFUSED}};
    struct arena *arena = arena_new(KIT_ARENA);
    (void)state;
    for (size_t i = 0; i < COUNT(rows); i++) {
        struct request request =
            kit_request(METHOD_POST, "/hooks/wa", kit_json(arena, M1), headers + rows[i].from, rows[i].count);
        assert_int_equal(channel.adapter->authenticate(&channel, &request, arena), rows[i].expected);
    }
    arena_free(arena);
}

/* providers.md part 1.1. */
static void handshakes(void **state)
{
    static const struct {
        const char *target;
        enum error expected;
        const char *challenge;
    } rows[] = {
        {"/h?hub.mode=subscribe&hub.challenge=1158201444&hub.verify_token=quipu%2F7", OK, "1158201444"},
        {"/h?hub.verify_token=quipu/7&hub.challenge=a%20%3Cb%3E%26+%C3%B1&hub.mode=subscribe", OK, "a <b>& ñ"},
        {"/h?hub.mode=subscribe&hub.challenge=0012&hub.verify_token=quipu/7&x=1", OK, "0012"},
        {"/h?hub.mode=subscribe&hub.challenge=1&hub.verify_token=quipu/8", ERR_REFUSED, NULL},
        {"/h?hub.mode=subscribe&hub.challenge=1&hub.verify_token=", ERR_REFUSED, NULL},
        {"/h?hub.mode=subscribe&hub.challenge=1", ERR_REFUSED, NULL},
        {"/h?hub.mode=unsubscribe&hub.challenge=1&hub.verify_token=quipu/7", ERR_REFUSED, NULL},
        {"/h?hub_mode=subscribe&hub_challenge=1&hub_verify_token=quipu/7", ERR_REFUSED, NULL},
        {"/h?hub.mode=subscribe&hub.verify_token=quipu/7", ERR_REFUSED, NULL},
        {"/h", ERR_REFUSED, NULL},
    };
    struct channel channel = kit_channel("whatsapp_cloud", settings);
    (void)state;
    for (size_t i = 0; i < COUNT(rows); i++) {
        struct request request = kit_request(METHOD_GET, rows[i].target, SLICE_NONE, NULL, 0);
        struct arena *arena = arena_new(KIT_ARENA);
        struct decoded decoded = {0};
        assert_int_equal(channel.adapter->authenticate(&channel, &request, arena), OK);
        assert_int_equal(channel.adapter->decode(&channel, &request, arena, &decoded), rows[i].expected);
        assert_int_equal(decoded.answered, rows[i].challenge != NULL);
        assert_int_equal(decoded.count, 0);
        kit_expect_slice(rows[i].target, "challenge", decoded.answer.body, rows[i].challenge);
        if (decoded.answered) {
            assert_int_equal(decoded.answer.status, 200);
            assert_string_equal(decoded.answer.content_type, "text/plain");
        }
        arena_free(arena);
    }
}

static void a_long_challenge_is_not_echoed(void **state)
{
    struct channel channel = kit_channel("whatsapp_cloud", settings);
    (void)state;
    for (int length = 256; length <= 257; length++) {
        struct arena *arena = arena_new(KIT_ARENA);
        struct decoded decoded = {0};
        const char *target =
            arena_printf(arena, "/h?hub.mode=subscribe&hub.verify_token=quipu/7&hub.challenge=%0*d", length, 1);
        struct request request = kit_request(METHOD_GET, target, SLICE_NONE, NULL, 0);
        assert_int_equal(channel.adapter->decode(&channel, &request, arena, &decoded), length == 256 ? OK : ERR_LIMIT);
        arena_free(arena);
    }
}

#define CHANGE(value) "{'field':'messages','value':" value "}"
#define METADATA(id) "'metadata':{'display_phone_number':'5117654321','phone_number_id':'" id "'}"
#define ENTRY(changes) "{'object':'whatsapp_business_account','entry':[{'id':'1','changes':[" changes "]}]}"
#define VALUE(members) ENTRY(CHANGE("{" METADATA(OURS) "," members "}"))
#define CONTACT "'contacts':[{'profile':{'name':'Ana'},'wa_id':'51987654321','user_id':'" USER "'}]"
#define MESSAGE(members) VALUE(CONTACT ",'messages':[{" members "}]")
#define FROM "'from':'51987654321','id':'wamid.IN','timestamp':'1795402860',"
#define STATUS(members) VALUE("'statuses':[{" members "}]")
#define IN .from = "+51987654321", .id = "wamid.IN", .name = "Ana", .at_ms = 1795402860000
#define OUT .from = "+51987654321", .id = "wamid.OUT", .at_ms = 1795402832000
#define STATUS_OF(status)                                                                                              \
    STATUS("'id':'wamid.OUT','status':'" status "','timestamp':'1795402832','recipient_id':'51987654321'")

/* providers.md parts 1.5 and 1.7: one update each. */
static const struct {
    const char *name, *body;
    struct expected_event event;
} decode_rows[] = {
    {"M1",
     M1,
     {EVENT_TEXT, .from = "+51987654321", .id = "wamid.TEST0001", .name = "María Ñahui", .text = "¿A qué hora abren? 😀",
      .at_ms = 1795402800000}},
    {"M2",
     M2,
     {EVENT_TEXT, .from = "+51987654321", .id = "wamid.TEST0001", .name = "María Ñahui", .text = "¿A qué hora abren? 😀",
      .at_ms = 1795402800000}},
    {"empty text", MESSAGE(FROM "'type':'text','text':{'body':''}"), {EVENT_TEXT, IN}},
    {"text without a body", MESSAGE(FROM "'type':'text','text':{}"), {EVENT_UNSUPPORTED, IN}},
    {"text of another type", MESSAGE(FROM "'type':'text','text':'a'"), {EVENT_UNSUPPORTED, IN}},
    {"control bytes",
     MESSAGE(FROM "'type':'text','text':{'body':'a\\u0007\\r\\nb'}"),
     {EVENT_TEXT, IN, .text = "a\nb"}},
    {"template button",
     MESSAGE("'context':{'from':'5117654321','id':'wamid.OUT9'}," FROM
             "'type':'button','button':{'payload':'BAJA','text':'No recibir más'}"),
     {EVENT_CHOICE, IN, .text = "No recibir más", .payload = "BAJA"}},
    {"template button, no payload",
     MESSAGE(FROM "'type':'button','button':{'text':'Sí'}"),
     {EVENT_TEXT, IN, .text = "Sí"}},
    {"reply button",
     MESSAGE(FROM "'type':'interactive','interactive':{'type':'button_reply',"
                  "'button_reply':{'id':'pago_si','title':'Sí, pagar'}}"),
     {EVENT_CHOICE, IN, .text = "Sí, pagar", .payload = "pago_si"}},
    {"list row",
     MESSAGE(FROM "'type':'interactive','interactive':{'type':'list_reply','list_reply':"
                  "{'id':'ag_12','title':'Miraflores','description':'Av. Larco 123'}}"),
     {EVENT_CHOICE, IN, .text = "Miraflores", .payload = "ag_12"}},
    {"flow",
     MESSAGE(FROM "'type':'interactive','interactive':{'type':'nfm_reply','nfm_reply':"
                  "{'name':'flow','body':'Sent','response_json':'{\\'a\\':1}'}}"),
     {EVENT_TEXT, IN, .text = "Sent", .payload = "{\"a\":1}"}},
    {"interactive of tomorrow",
     MESSAGE(FROM "'type':'interactive','interactive':{'type':'hologram'}"),
     {EVENT_UNSUPPORTED, IN}},
    {"location",
     MESSAGE(FROM "'type':'location','location':{'latitude':-12.1219,'longitude':-77.0297,"
                  "'name':'Parque Kennedy','address':'Miraflores, Lima'}"),
     {EVENT_LOCATION, IN, .text = "Parque Kennedy", .latitude = -12.1219, .longitude = -77.0297}},
    {"location as text, no name",
     MESSAGE(FROM "'type':'location','location':{'latitude':'-12.5',"
                  "'longitude':'-77','address':'Lima'}"),
     {EVENT_LOCATION, IN, .text = "Lima", .latitude = -12.5, .longitude = -77}},
    {"location off the globe",
     MESSAGE(FROM "'type':'location','location':{'latitude':1e3,'longitude':0}"),
     {EVENT_UNSUPPORTED, IN}},
    {"location null", MESSAGE(FROM "'type':'location','location':null"), {EVENT_UNSUPPORTED, IN}},
    {"image",
     MESSAGE(FROM "'type':'image','image':{'id':'900','mime_type':'image/jpeg','caption':'mi puesto'}"),
     {EVENT_MEDIA, IN, .text = "mi puesto", .media = "900"}},
    {"voice note",
     MESSAGE(FROM "'type':'audio','audio':{'id':'900100','mime_type':'audio/ogg; codecs=opus','voice':true}"),
     {EVENT_MEDIA, IN, .media = "900100"}},
    {"old voice", MESSAGE(FROM "'type':'voice','voice':{'id':'9'}"), {EVENT_MEDIA, IN, .media = "9"}},
    {"video", MESSAGE(FROM "'type':'video','video':{'id':'9'}"), {EVENT_MEDIA, IN, .media = "9"}},
    {"document",
     MESSAGE(FROM "'type':'document','document':{'id':'9','filename':'a.pdf'}"),
     {EVENT_MEDIA, IN, .media = "9"}},
    {"sticker", MESSAGE(FROM "'type':'sticker','sticker':{'id':'9','animated':true}"), {EVENT_MEDIA, IN, .media = "9"}},
    {"contacts",
     MESSAGE(FROM "'type':'contacts','contacts':[{'name':{'formatted_name':'Rosa Quispe'},'phones':[]}]"),
     {EVENT_UNSUPPORTED, IN, .text = "Rosa Quispe"}},
    {"unsupported",
     MESSAGE(FROM "'type':'unsupported','errors':[{'code':131051,'title':'x'}]"),
     {EVENT_UNSUPPORTED, IN}},
    {"reaction", MESSAGE(FROM "'type':'reaction','reaction':{'message_id':'wamid.OUT'}"), {EVENT_IGNORED, IN}},
    {"order", MESSAGE(FROM "'type':'order','order':{}"), {EVENT_IGNORED, IN}},
    {"system",
     VALUE("'messages':[{" FROM "'type':'system','system':{'type':'user_changed_number','wa_id':'51911111111'}}]"),
     {EVENT_IGNORED, .from = "+51987654321", .id = "wamid.IN", .at_ms = 1795402860000}},
    {"a type of tomorrow", MESSAGE(FROM "'type':'hologram'"), {EVENT_IGNORED, IN}},
    {"no type",
     MESSAGE("'from':'51987654321','id':'wamid.IN'"),
     {EVENT_IGNORED, .from = "+51987654321", .id = "wamid.IN", .name = "Ana"}},
    {"group",
     MESSAGE(FROM "'group_id':'g','type':'text','text':{'body':'a'}"),
     {EVENT_IGNORED, .from = "+51987654321", .id = "wamid.IN", .at_ms = 1795402860000}},
    {"user id, no from",
     MESSAGE("'from_user_id':'" USER "','id':'wamid.IN','timestamp':'1795402860','type':'text','text':{'body':'a'}"),
     {EVENT_TEXT, .from = USER, .id = "wamid.IN", .name = "Ana", .at_ms = 1795402860000, .text = "a"}},
    {"user id inside from",
     MESSAGE("'from':'" USER "','id':'wamid.IN','timestamp':'1795402860','type':'text','text':{'body':'a'}"),
     {EVENT_TEXT, .from = USER, .id = "wamid.IN", .name = "Ana", .at_ms = 1795402860000, .text = "a"}},
    {"nobody", MESSAGE("'id':'wamid.IN','type':'text','text':{'body':'a'}"), {EVENT_IGNORED, .id = "wamid.IN"}},
    {"no id", MESSAGE("'from':'51987654321','type':'text','text':{'body':'a'}"), {.kind = EVENT_IGNORED}},
    {"contacts of others",
     VALUE("'contacts':[{'profile':{'name':'Eva'},'wa_id':'51911111111'},{'profile':{'name':'Ana'},"
           "'wa_id':'51987654321'}],'messages':[{" FROM "'type':'text','text':{'body':'a'}}]"),
     {EVENT_TEXT, IN, .text = "a"}},
    {"no contact",
     VALUE("'messages':[{" FROM "'type':'text','text':{'body':'a'}}]"),
     {EVENT_TEXT, .from = "+51987654321", .id = "wamid.IN", .at_ms = 1795402860000, .text = "a"}},
    {"milliseconds",
     MESSAGE("'from':'51987654321','id':'wamid.IN','timestamp':'1795402860123','type':'text','text':{'"
             "body':'a'}"),
     {EVENT_TEXT, .from = "+51987654321", .id = "wamid.IN", .name = "Ana", .at_ms = 1795402860123, .text = "a"}},
    {"timestamp as a number",
     MESSAGE("'from':'51987654321','id':'wamid.IN','timestamp':1795402860,'type':'text','text':{'body':'a'}"),
     {EVENT_TEXT, IN, .text = "a"}},
    {"timestamp of words",
     MESSAGE("'from':'51987654321','id':'wamid.IN','timestamp':'ayer','type':'text','text':{'body':'a'}"),
     {EVENT_TEXT, .from = "+51987654321", .id = "wamid.IN", .name = "Ana", .text = "a"}},
    {"a number of another country",
     MESSAGE("'from':'15551234567','id':'wamid.IN','type':'text','text':{'body':'a'}"),
     {EVENT_TEXT, .from = "+15551234567", .id = "wamid.IN", .text = "a"}},
    {"message is no object", VALUE("'messages':[7]"), {.kind = EVENT_IGNORED}},

    {"sent", STATUS_OF("sent"), {EVENT_STATUS, OUT, .delivery = DELIVERY_SENT}},
    {"delivered", STATUS_OF("delivered"), {EVENT_STATUS, OUT, .delivery = DELIVERY_DELIVERED}},
    {"read", STATUS_OF("read"), {EVENT_STATUS, OUT, .delivery = DELIVERY_READ}},
    {"played", STATUS_OF("played"), {EVENT_STATUS, OUT, .delivery = DELIVERY_PLAYED}},
    {"deleted", STATUS_OF("deleted"), {EVENT_IGNORED, OUT}},
    {"warning", STATUS_OF("warning"), {EVENT_IGNORED, OUT}},
    {"failed",
     STATUS("'id':'wamid.OUT','status':'failed','timestamp':'1795402832','recipient_id':'51987654321',"
            "'errors':[{'code':131026,'title':'x'}]"),
     {EVENT_STATUS, OUT, .delivery = DELIVERY_FAILED, .error = "131026"}},
    {"failed, no reason", STATUS_OF("failed"), {EVENT_STATUS, OUT, .delivery = DELIVERY_FAILED}},
    {"our reference",
     STATUS("'id':'wamid.OUT','status':'read','timestamp':'1795402832','recipient_id':'51987654321',"
            "'biz_opaque_callback_data':'s17:42','pricing':{'billable':false}"),
     {EVENT_STATUS, OUT, .delivery = DELIVERY_READ, .reference = "s17:42"}},
    {"status of a user id",
     STATUS("'id':'wamid.OUT','status':'sent','recipient_user_id':'" USER "'"),
     {EVENT_STATUS, .from = USER, .id = "wamid.OUT", .delivery = DELIVERY_SENT}},
    {"status of nobody",
     STATUS("'id':'wamid.OUT','status':'sent'"),
     {EVENT_STATUS, .id = "wamid.OUT", .delivery = DELIVERY_SENT}},
    {"status without id", STATUS("'status':'sent'"), {.kind = EVENT_IGNORED}},

    {"account event", VALUE("'errors':[{'code':130429,'title':'x'}]"), {EVENT_IGNORED, .error = "130429"}},
    {"nothing in it", VALUE("'messaging_product':'whatsapp'"), {.kind = EVENT_IGNORED}},
    {"other field, no metadata", ENTRY("{'field':'account_update','value':{'event':'x'}}"), {.kind = EVENT_IGNORED}},
    {"other field with messages",
     ENTRY("{'field':'smb_message_echoes','value':{" METADATA(OURS) ",'messages':[{" FROM
                                                                    "'type':'text','text':{'body':'a'}}]}}"),
     {.kind = EVENT_IGNORED}},
    {"value null", ENTRY("{'field':'messages','value':null}"), {.kind = EVENT_IGNORED}},
    {"another number",
     ENTRY(CHANGE("{" METADATA("999") ",'messages':[{" FROM "'type':'text','text':{'body':'a'}}]}")),
     {.kind = EVENT_IGNORED}},
    {"another object", "{'object':'page','entry':[{'changes':[{}]}]}", {.kind = EVENT_IGNORED}},
    {"M4", M4, {.kind = EVENT_IGNORED}},
};

static void decodes(void **state)
{
    struct channel channel = kit_channel("whatsapp_cloud", settings);
    (void)state;
    for (size_t i = 0; i < COUNT(decode_rows); i++) {
        struct arena *arena = arena_new(KIT_ARENA);
        struct request request = kit_request(METHOD_POST, "/hooks/wa", kit_json(arena, decode_rows[i].body), NULL, 0);
        struct decoded decoded = {0};
        enum error error = channel.adapter->decode(&channel, &request, arena, &decoded);
        if (error || decoded.count != 1)
            fail_msg("%s: %s, %zu events", decode_rows[i].name, error_text(error), decoded.count);
        kit_expect_event(decode_rows[i].name, &decoded.events[0], &decode_rows[i].event);
        arena_free(arena);
    }
}

static void batches_lose_nothing(void **state)
{
    static const char body[] =
        "{'object':'whatsapp_business_account','entry':["
        "{'id':'1','changes':[" CHANGE(
            "{" METADATA(OURS) "," CONTACT ",'messages':[{" FROM "'type':'text','text':{'body':'uno'}},"
                               "{'from':'51911111111','id':'wamid.IN2','type':'text','text':{"
                               "'body':'dos'}}],"
                               "'statuses':[{'id':'wamid.OUT','status':'read'}],'errors':[{'code':0}"
                               "]}") ","
                                     "{'field':'account_update','value':{}}]},"
                                     "{'id':'2','changes':[" CHANGE("{" METADATA(
                                         "999") ",'messages':[{},{"
                                                "}],'statuses':[{}"
                                                "]}") "," CHANGE("{" METADATA(OURS) ",'messages':[{'from':"
                                                                                    "'51922222222','id':'wamid.IN3',"
                                                                                    "'type':'text','text':{'body':"
                                                                                    "'tres'}}]}") "]},"
                                                                                                  "{'id':"
                                                                                                  "'3'},7,"
                                                                                                  "{'change"
                                                                                                  "s':{}}]"
                                                                                                  "}";
    static const struct expected_event expected[] = {
        {EVENT_TEXT, IN, .text = "uno"},
        {EVENT_TEXT, .from = "+51911111111", .id = "wamid.IN2", .text = "dos"},
        {EVENT_STATUS, .id = "wamid.OUT", .delivery = DELIVERY_READ},
        {EVENT_IGNORED, .error = "0"},
        {.kind = EVENT_IGNORED},
        {.kind = EVENT_IGNORED},
        {.kind = EVENT_IGNORED},
        {.kind = EVENT_IGNORED},
        {EVENT_TEXT, .from = "+51922222222", .id = "wamid.IN3", .text = "tres"},
    };
    struct channel channel = kit_channel("whatsapp_cloud", settings);
    struct arena *arena = arena_new(KIT_ARENA);
    struct request request = kit_request(METHOD_POST, "/hooks/wa", kit_json(arena, body), NULL, 0);
    struct decoded decoded = {0};
    (void)state;
    assert_int_equal(channel.adapter->decode(&channel, &request, arena, &decoded), OK);
    assert_int_equal(decoded.count, COUNT(expected));
    for (size_t i = 0; i < COUNT(expected); i++)
        kit_expect_event("batch", &decoded.events[i], &expected[i]);
    arena_free(arena);
}

#define TEXT_FROM(number, text)                                                                                        \
    "{'from':'" number "','id':'wamid." number "','timestamp':'1795402860','type':'text','text':{'body':'" text "'}}"
#define THREE(odd)                                                                                                     \
    VALUE("'messages':[" TEXT_FROM("51911111111", "uno") "," TEXT_FROM("51922222222",                                  \
                                                                       odd) "," TEXT_FROM("51933333333", "tres") "]")

/* One person's odd character costs neither that message nor the others of the batch. */
static void odd_characters_refuse_nobody(void **state)
{
    static const struct {
        const char *body, *text;
    } rows[] = {
        {THREE("hola \\ud83d"), "hola \uFFFD"},
        {THREE("\\ude00 hola"), "\uFFFD hola"},
        {THREE("a\\u0000b"), "a\uFFFDb"},
        {THREE("a\xff"
               "b"),
         "a\uFFFDb"},
        {THREE("\xed\xa0\xbd"), "\uFFFD\uFFFD\uFFFD"},
        {THREE("ma\xc3"), "ma\uFFFD"},
        {THREE("\xff\\ud83d"), "\uFFFD\uFFFD"},
    };
    struct channel channel = kit_channel("whatsapp_cloud", settings);
    (void)state;
    for (size_t i = 0; i < COUNT(rows); i++) {
        struct arena *arena = arena_new(KIT_ARENA);
        struct request request = kit_request(METHOD_POST, "/hooks/wa", kit_json(arena, rows[i].body), NULL, 0);
        struct decoded decoded = {0};
        assert_int_equal(channel.adapter->decode(&channel, &request, arena, &decoded), OK);
        assert_int_equal(decoded.count, 3);
        kit_expect_slice(rows[i].text, "first", decoded.events[0].text, "uno");
        kit_expect_slice(rows[i].text, "second", decoded.events[1].text, rows[i].text);
        kit_expect_slice(rows[i].text, "third", decoded.events[2].text, "tres");
        arena_free(arena);
    }
}

static void malformed_bodies(void **state)
{
    static const struct {
        const char *body;
        enum error expected;
    } rows[] = {
        {"", ERR_SYNTAX},
        {"{", ERR_SYNTAX},
        {"[]", ERR_SYNTAX},
        {"null", ERR_SYNTAX},
        {"'a'", ERR_SYNTAX},
        {M3 "x", ERR_SYNTAX},
        {M3 M3, ERR_SYNTAX},
        {"{'a':1,'a':2}", ERR_SYNTAX},
        {"\xff", ERR_SYNTAX},
        {M3 "\xff", ERR_SYNTAX},
        {M3, OK},
        {"{'object':'whatsapp_business_account'}", OK},
        {"{'object':'whatsapp_business_account','entry':{}}", OK},
    };
    struct channel channel = kit_channel("whatsapp_cloud", settings);
    (void)state;
    for (size_t i = 0; i < COUNT(rows); i++) {
        struct arena *arena = arena_new(KIT_ARENA);
        struct request request = kit_request(METHOD_POST, "/hooks/wa", kit_json(arena, rows[i].body), NULL, 0);
        struct decoded decoded = {0};
        enum error error = channel.adapter->decode(&channel, &request, arena, &decoded);
        if (error != rows[i].expected || decoded.count)
            fail_msg("%s: %s, %zu events", rows[i].body, error_text(error), decoded.count);
        arena_free(arena);
    }
}

static void put_many(struct buf *b, const char *item, size_t count)
{
    for (size_t i = 0; i < count; i++)
        buf_addf(b, "%s%s", i ? "," : "", item);
}

static void limits_hold(void **state)
{
    static const struct {
        const char *before, *item, *after;
        size_t count;
        enum error expected;
    } rows[] = {
        {"{'object':'whatsapp_business_account','entry':[{'changes':[", "{}", "]}]}", 2000, OK},
        {"{'object':'whatsapp_business_account','entry':[{'changes':[", "{}", "]}]}", 2001, ERR_LIMIT},
        {"{'object':'whatsapp_business_account','entry':[{'changes':[{'value':{'messages':[", "{}", "]}}]}]}", 2001,
         ERR_LIMIT},
    };
    struct channel channel = kit_channel("whatsapp_cloud", settings);
    (void)state;
    for (size_t i = 0; i < COUNT(rows); i++) {
        struct arena *arena = arena_new(KIT_ARENA);
        struct decoded decoded = {0};
        struct buf body;
        buf_init(&body, 1000000);
        buf_addslice(&body, kit_json(arena, rows[i].before));
        put_many(&body, rows[i].item, rows[i].count);
        buf_addslice(&body, kit_json(arena, rows[i].after));
        struct request request = kit_request(METHOD_POST, "/hooks/wa", buf_slice(&body), NULL, 0);
        assert_int_equal(channel.adapter->decode(&channel, &request, arena, &decoded), rows[i].expected);
        assert_int_equal(decoded.count, rows[i].expected ? 0 : rows[i].count);
        buf_release(&body);
        arena_free(arena);
    }
}

static struct message words(const char *text)
{
    return (struct message){.kind = MESSAGE_TEXT, .text = slice_of(text)};
}

#define TEXT(literal)                                                                                                  \
    {                                                                                                                  \
        literal, sizeof(literal) - 1                                                                                   \
    }

static const struct message buttons = {
    .kind = MESSAGE_BUTTONS,
    .text = TEXT("¿Confirma \"ya\"?"),
    .options = {{TEXT("si"), TEXT("Sí"), TEXT("not shown")}, {TEXT("no"), TEXT("No"), TEXT("")}},
    .option_count = 2,
};
static const struct message list = {
    .kind = MESSAGE_LIST,
    .text = TEXT("Elija agencia"),
    .options = {{TEXT("ag_12"), TEXT("Miraflores"), TEXT("Av. Larco 123")}, {TEXT("ag_13"), TEXT("Rímac"), TEXT("")}},
    .option_count = 2,
    .list_button = TEXT("Ver agencias"),
};

/* Buttons that have a template: two quick replies, two parameters. */
static const struct message_template follow_up = {
    .name = TEXT("seguimiento"),
    .language = TEXT("es_PE"),
    .params = {TEXT("Ana \"Ñ\""), TEXT("2")},
    .param_count = 2,
    .buttons = true,
};
static const struct message_template bare = {.name = TEXT("aviso"), .language = TEXT("es")};

#define SEND "{'messaging_product':'whatsapp','recipient_type':'individual',"
#define URL "/200300400500600/messages"

static void calls(void **state)
{
    struct message text = words("Su saldo es\nS/ 10.50 \\ ñ 😀");
    struct message templated = buttons, plain = words("Hola");
    templated.template = &follow_up;
    plain.template = &bare;
    const struct {
        const struct setting *settings;
        const char *to;
        const struct message *message;
        const char *reference, *url, *body;
    } rows[] = {
        {settings, "+51987654321", &text, "s17:42", "https://graph.facebook.com/v25.0" URL,
         SEND "'to':'+51987654321','type':'text','text':{'preview_url':false,"
              "'body':'Su saldo es\\nS/ 10.50 \\\\ ñ 😀'},'biz_opaque_callback_data':'s17:42'}"},
        {lenient, USER, &buttons, "", "http://127.0.0.1:9/v25.0" URL,
         SEND "'recipient':'" USER "','type':'interactive','interactive':{'type':'button',"
              "'body':{'text':'¿Confirma \\'ya\\'?'},'action':{'buttons':["
              "{'type':'reply','reply':{'id':'si','title':'Sí'}},"
              "{'type':'reply','reply':{'id':'no','title':'No'}}]}}}"},
        {settings, "+51987654321", &list, "r", "https://graph.facebook.com/v25.0" URL,
         SEND "'to':'+51987654321','type':'interactive','interactive':{'type':'list',"
              "'body':{'text':'Elija agencia'},'action':{'button':'Ver "
              "agencias','sections':[{'rows':["
              "{'id':'ag_12','title':'Miraflores','description':'Av. Larco 123'},"
              "{'id':'ag_13','title':'Rímac'}]}]}},'biz_opaque_callback_data':'r'}"},
        {settings, "+51987654321", &templated, "r", "https://graph.facebook.com/v25.0" URL,
         SEND
         "'to':'+51987654321','type':'template','template':{'name':'seguimiento','language':{'code':'es_PE'},"
         "'components':[{'type':'body','parameters':[{'type':'text','text':'Ana \\'Ñ\\''},{'type':'text','text':'2'}]},"
         "{'type':'button','sub_type':'quick_reply','index':'0','parameters':[{'type':'payload','payload':'si'}]},"
         "{'type':'button','sub_type':'quick_reply','index':'1','parameters':[{'type':'payload','payload':'no'}]}]},"
         "'biz_opaque_callback_data':'r'}"},
        {settings, "+51987654321", &plain, "", "https://graph.facebook.com/v25.0" URL,
         SEND "'to':'+51987654321','type':'template','template':{'name':'aviso','language':{'code':'es'},"
              "'components':[]}}"},
    };
    (void)state;
    for (size_t i = 0; i < COUNT(rows); i++) {
        struct channel channel = kit_channel("whatsapp_cloud", rows[i].settings);
        struct arena *arena = arena_new(KIT_ARENA);
        struct http_call call = {0};
        assert_int_equal(channel.adapter->call(&channel, slice_of(rows[i].to), rows[i].message,
                                               slice_of(rows[i].reference), arena, &call),
                         OK);
        assert_int_equal(call.method, METHOD_POST);
        assert_string_equal(call.url, rows[i].url);
        assert_null(call.user);
        assert_int_equal(call.header_count, 2);
        assert_string_equal(call.headers[0], "Authorization: Bearer token");
        assert_string_equal(call.headers[1], "Content-Type: application/json");
        kit_expect_slice("call", "body", call.body, kit_json(arena, rows[i].body).ptr);
        arena_free(arena);
    }
}

static void a_message_is_marked_as_read(void **state)
{
    struct channel channel = kit_channel("whatsapp_cloud", settings);
    struct arena *arena = arena_new(KIT_ARENA);
    const struct event event = {.kind = EVENT_TEXT, .id = SLICE("wamid.\"1")};
    struct http_call call;
    (void)state;
    assert_int_equal(channel.adapter->seen(&channel, &event, arena, &call), OK);
    assert_string_equal(call.url, "https://graph.facebook.com/v25.0" URL);
    kit_expect_slice("seen", "body", call.body,
                     "{\"messaging_product\":\"whatsapp\",\"status\":\"read\",\"message_id\":\"wamid.\\\"1\"}");
    arena_free(arena);
    for (long n = 0; n < 20; n++) {
        arena = arena_new(KIT_ARENA);
        mem_fail_after(n);
        enum error error = channel.adapter->seen(&channel, &event, arena, &call);
        mem_fail_after(-1);
        assert_true(error == OK || error == ERR_NOMEM);
        arena_free(arena);
    }
}

#define TEN "0123456789"
#define HUNDRED TEN TEN TEN TEN TEN TEN TEN TEN TEN TEN

/* A message beyond Meta's limits is our own fault, and is not sent for Meta to refuse. */
static void messages_beyond_the_limits_are_not_written(void **state)
{
    struct message rows[16];
    bool good[16] = {false};
    size_t count = 0;
    char long_text[MESSAGE_TEXT_CHARS + 2];
    struct channel channel = kit_channel("whatsapp_cloud", settings);
    (void)state;
    memset(long_text, 'a', sizeof(long_text));
    good[count] = true;
    rows[count++] = (struct message){.text = {long_text, MESSAGE_TEXT_CHARS}};
    rows[count++] = (struct message){.text = {long_text, MESSAGE_TEXT_CHARS + 1}};
    rows[count++] = (struct message){.text = {long_text, 0}};
    good[count] = true;
    rows[count++] = buttons;
    rows[count] = buttons;
    rows[count++].text = (struct slice){long_text, MESSAGE_BODY_CHARS + 1};
    rows[count] = buttons;
    rows[count++].option_count = 4;
    rows[count] = buttons;
    rows[count++].option_count = 0;
    rows[count] = buttons;
    rows[count++].options[1].title = buttons.options[0].title;
    rows[count] = buttons;
    rows[count++].options[1].id = buttons.options[0].id;
    rows[count] = buttons;
    rows[count++].options[0].id = SLICE(" si");
    good[count] = true;
    rows[count] = buttons;
    rows[count++].options[0].title = SLICE("ññññññññññññññññññññ");
    rows[count] = buttons;
    rows[count++].options[0].title = SLICE("abcdefghijklmnopqrstu");
    good[count] = true;
    rows[count] = list;
    rows[count++].options[0].title = list.options[1].title;
    rows[count] = list;
    rows[count++].list_button = SLICE_NONE;
    rows[count] = list;
    rows[count++].options[1].description = SLICE(HUNDRED);
    rows[count] = list;
    rows[count++].options[1].id = SLICE(HUNDRED HUNDRED "x");
    for (size_t i = 0; i < count; i++) {
        struct arena *arena = arena_new(KIT_ARENA);
        struct http_call call = {0};
        enum error got = channel.adapter->call(&channel, SLICE("+51987654321"), &rows[i], SLICE("r"), arena, &call);
        if (got != (good[i] ? OK : ERR_LIMIT))
            fail_msg("message %zu: %s", i, error_text(got));
        arena_free(arena);
    }
}

#define ERROR_CODE(code) "{'error':{'message':'x','type':'OAuthException','code':" code "}}"

/* providers.md part 1.9. */
static const struct {
    int status;
    const char *body;
    enum send_class class;
    const char *provider_id, *code;
} result_rows[] = {
    {200,
     "{'messaging_product':'whatsapp','contacts':[{'input':'x','wa_id':'y'}],"
     "'messages':[{'id':'wamid.OUT1','message_status':'accepted'}]}",
     SEND_OK, "wamid.OUT1", ""},
    {201, "{'messages':[{'id':'wamid.OUT1'}]}", SEND_OK, "wamid.OUT1", ""},
    {200, "{}", SEND_MALFORMED, "", ""},
    {200, "{'messages':[]}", SEND_MALFORMED, "", ""},
    {200, "{'messages':[{'id':''}]}", SEND_MALFORMED, "", ""},
    {200, "<html>", SEND_MALFORMED, "", ""},
    {200, "", SEND_MALFORMED, "", ""},
    {302, "", SEND_MALFORMED, "", ""},
    {200, ERROR_CODE("131047"), SEND_MESSAGE, "", "131047"},
    {200, ERROR_CODE("987654"), SEND_MESSAGE, "", "987654"},
    {400, ERROR_CODE("130429"), SEND_THROTTLED, "", "130429"},
    {400, ERROR_CODE("'130429'"), SEND_THROTTLED, "", "130429"},
    {429, ERROR_CODE("4"), SEND_THROTTLED, "", "4"},
    {400, ERROR_CODE("80007"), SEND_THROTTLED, "", "80007"},
    {400, ERROR_CODE("131056"), SEND_THROTTLED, "", "131056"},
    {500, ERROR_CODE("1"), SEND_TRANSIENT, "", "1"},
    {400, ERROR_CODE("2"), SEND_TRANSIENT, "", "2"},
    {500, ERROR_CODE("131000"), SEND_TRANSIENT, "", "131000"},
    {400, ERROR_CODE("131016"), SEND_TRANSIENT, "", "131016"},
    {400, ERROR_CODE("131057"), SEND_TRANSIENT, "", "131057"},
    {400, ERROR_CODE("2494100"), SEND_TRANSIENT, "", "2494100"},
    {400, ERROR_CODE("131053"), SEND_TRANSIENT, "", "131053"},
    {400, ERROR_CODE("132069"), SEND_TRANSIENT, "", "132069"},
    {400, ERROR_CODE("131048"), SEND_LATER, "", "131048"},
    {400, ERROR_CODE("131064"), SEND_LATER, "", "131064"},
    {400, ERROR_CODE("131049"), SEND_LATER, "", "131049"},
    {400, ERROR_CODE("132015"), SEND_LATER, "", "132015"},
    {400, ERROR_CODE("131026"), SEND_RECIPIENT, "", "131026"},
    {400, ERROR_CODE("131050"), SEND_RECIPIENT, "", "131050"},
    {400, ERROR_CODE("130403"), SEND_RECIPIENT, "", "130403"},
    {400, ERROR_CODE("131021"), SEND_MESSAGE, "", "131021"},
    {400, ERROR_CODE("130472"), SEND_MESSAGE, "", "130472"},
    {400, ERROR_CODE("131062"), SEND_MESSAGE, "", "131062"},
    {400, ERROR_CODE("100"), SEND_MESSAGE, "", "100"},
    {404, ERROR_CODE("100"), SEND_MESSAGE, "", "100"},
    {400, ERROR_CODE("131009"), SEND_MESSAGE, "", "131009"},
    {400, ERROR_CODE("132001"), SEND_MESSAGE, "", "132001"},
    {401, ERROR_CODE("190"), SEND_CHANNEL, "", "190"},
    {400, ERROR_CODE("0"), SEND_CHANNEL, "", "0"},
    {403, ERROR_CODE("10"), SEND_CHANNEL, "", "10"},
    {403, ERROR_CODE("200"), SEND_CHANNEL, "", "200"},
    {403, ERROR_CODE("299"), SEND_CHANNEL, "", "299"},
    {400, ERROR_CODE("300"), SEND_MESSAGE, "", "300"},
    {400, ERROR_CODE("131005"), SEND_CHANNEL, "", "131005"},
    {400, ERROR_CODE("368"), SEND_CHANNEL, "", "368"},
    {400, ERROR_CODE("131042"), SEND_CHANNEL, "", "131042"},
    {400, ERROR_CODE("133016"), SEND_CHANNEL, "", "133016"},
    {400, "{'error':{'code':987654,'is_transient':true}}", SEND_TRANSIENT, "", "987654"},
    {500, ERROR_CODE("987654"), SEND_TRANSIENT, "", "987654"},
    {500, "{'error':'x'}", SEND_TRANSIENT, "", ""},
    {502, "<html>Bad gateway</html>", SEND_TRANSIENT, "", ""},
    {429, "<html>", SEND_THROTTLED, "", ""},
    {400, "<html>", SEND_MALFORMED, "", ""},
    {0, "", SEND_MALFORMED, "", ""},
};

static void results(void **state)
{
    struct channel channel = kit_channel("whatsapp_cloud", settings);
    (void)state;
    for (size_t i = 0; i < COUNT(result_rows); i++) {
        struct arena *arena = arena_new(KIT_ARENA);
        struct send_result got;
        channel.adapter->result(&channel, result_rows[i].status, kit_json(arena, result_rows[i].body), arena, &got);
        if (got.class != result_rows[i].class)
            fail_msg("%d %s: class %d", result_rows[i].status, result_rows[i].body, (int)got.class);
        kit_expect_slice(result_rows[i].body, "provider_id", got.provider_id, result_rows[i].provider_id);
        bool is_pair_rate = strcmp(result_rows[i].code, "131056") == 0; /* waits 4^X seconds */
        assert_int_equal(got.retry_after_ms, is_pair_rate ? 1000 : 0);
        assert_int_equal(got.retry_growth, is_pair_rate ? 4 : 0);
        assert_int_equal(got.parts, 0); /* a message is one, whatever its length */
        assert_int_equal(got.more_count, 0);
        kit_expect_slice(result_rows[i].body, "code", got.code, result_rows[i].code);
        arena_free(arena);
    }
}

static void acknowledges_with_an_empty_200(void **state)
{
    struct channel channel = kit_channel("whatsapp_cloud", settings);
    struct message message = words("never sent so");
    struct response response;
    (void)state;
    assert_int_equal(channel.kind, CHANNEL_WHATSAPP);
    assert_true(channel.interactive);
    assert_false(channel.sync);
    for (size_t count = 0; count < 2; count++) {
        assert_int_equal(channel.adapter->answer(&channel, &message, count, NULL, &response), OK);
        assert_int_equal(response.status, 200);
        assert_int_equal(response.body.len, 0);
    }
    assert_int_equal(channel.adapter->sorry(&channel, NULL, &response), OK);
    assert_int_equal(response.status, 503);
    assert_int_equal(response.body.len, 0);
    assert_true(channel.adapter->body_max >= 3 * 1024 * 1024);
}

static void refuses_to_open(void **state)
{
    static const struct {
        struct setting settings[6];
        const char *fault;
    } rows[] = {
        {{{"access_token", "t"}, {"app_secret", "s"}, {"verify_token", "v"}}, "phone_number_id is missing"},
        {{{"phone_number_id", "+51"}, {"access_token", "t"}, {"app_secret", "s"}, {"verify_token", "v"}},
         "phone_number_id is \"+51\": it must be the number's id"},
        {{{"phone_number_id", "1"}, {"app_secret", "s"}, {"verify_token", "v"}}, "access_token is missing"},
        {{{"phone_number_id", "1"}, {"access_token", "t"}, {"verify_token", "v"}}, "app_secret is missing"},
        {{{"phone_number_id", "1"}, {"access_token", "t"}, {"app_secret", "s"}}, "verify_token is missing"},
        {{{"phone_number_id", "1"},
          {"access_token", "t"},
          {"app_secret", "s"},
          {"verify_token", "v"},
          {"accept_escaped_signature", "yes"}},
         "accept_escaped_signature is \"yes\": it must be true or false"},
        {{{"phone_number_id", "1"},
          {"access_token", "t"},
          {"app_secret", "s"},
          {"verify_token", "v"},
          {"api_base", "graph.facebook.com"}},
         "api_base is \"graph.facebook.com\": it must be an http or https address"},
    };
    (void)state;
    for (size_t i = 0; i < COUNT(rows); i++)
        kit_expect_fault("whatsapp_cloud", rows[i].settings, rows[i].fault);
}

static void memory_may_fail_anywhere(void **state)
{
    struct channel channel = kit_channel("whatsapp_cloud", lenient);
    struct arena *arena = arena_new(KIT_ARENA);
    struct slice failed = kit_json(arena, STATUS("'id':'wamid.OUT','status':'failed','recipient_id':'51987654321',"
                                                 "'errors':[{'code':131026}]"));
    unsigned char mac[SHA256_BYTES];
    char hex[sizeof("sha256=") + 2 * SHA256_BYTES] = "sha256=";
    (void)state;
    assert_int_equal(hmac_sha256(SLICE(SECRET), failed, mac), OK);
    hex_encode(mac, sizeof(mac), hex + strlen(hex));
    struct header of_m1 = {SLICE("X-Hub-Signature-256"), SLICE("sha256=" M1_MAC)};
    struct header of_failed = {SLICE("X-Hub-Signature-256"), slice_of(hex)};
    struct request message = kit_request(METHOD_POST, "/hooks/wa", kit_json(arena, M2), &of_m1, 1);
    struct request status = kit_request(METHOD_POST, "/hooks/wa", failed, &of_failed, 1);
    struct request hello =
        kit_request(METHOD_GET, "/h?hub.mode=subscribe&hub.challenge=1&hub.verify_token=quipu/7", SLICE_NONE, NULL, 0);
    kit_torture(&channel, &message);
    kit_torture_arena(&channel, &message);
    kit_torture(&channel, &status);
    kit_torture_arena(&channel, &status);
    kit_torture(&channel, &hello);
    kit_torture_arena(&channel, &hello);
    arena_free(arena);
}

static void sending_may_run_out_of_memory(void **state)
{
    struct channel channel = kit_channel("whatsapp_cloud", settings);
    (void)state;
    for (long n = 0, done = 0; !done; n++) {
        struct http_call call = {0};
        struct send_result sent = {0};
        mem_fail_after(n);
        struct arena *arena = arena_new(KIT_ARENA);
        enum error error =
            arena ? channel.adapter->call(&channel, SLICE("+51987654321"), &list, SLICE("r"), arena, &call) : ERR_NOMEM;
        if (!error)
            channel.adapter->result(&channel, 200, SLICE("{\"messages\":[{\"id\":\"wamid.OUT1\"}]}"), arena, &sent);
        mem_fail_after(-1);
        done = !error && sent.class == SEND_OK && sent.provider_id.len > 0;
        assert_true(error == OK || error == ERR_NOMEM);
        arena_free(arena);
        assert_true(n < 1000);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(the_vectors_are_whole),
        cmocka_unit_test(signatures),
        cmocka_unit_test(legacy_and_repeated_headers_are_refused),
        cmocka_unit_test(handshakes),
        cmocka_unit_test(a_long_challenge_is_not_echoed),
        cmocka_unit_test(decodes),
        cmocka_unit_test(batches_lose_nothing),
        cmocka_unit_test(odd_characters_refuse_nobody),
        cmocka_unit_test(malformed_bodies),
        cmocka_unit_test(limits_hold),
        cmocka_unit_test(calls),
        cmocka_unit_test(a_message_is_marked_as_read),
        cmocka_unit_test(messages_beyond_the_limits_are_not_written),
        cmocka_unit_test(results),
        cmocka_unit_test(acknowledges_with_an_empty_200),
        cmocka_unit_test(refuses_to_open),
        cmocka_unit_test(memory_may_fail_anywhere),
        cmocka_unit_test(sending_may_run_out_of_memory),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
