/* Journal entries: what is written is read back the same, what is no entry is refused, and no memory is no entry. */
#include "tests/unit/unit.h"

#include <string.h>

#include "base/buf.h"
#include "base/mem.h"
#include "gateway/journal.h"

#define ARENA_MAX (1024 * 1024)
#define DIGEST_A "0123456789abcdef"
#define DIGEST_B "fedcba9876543210"

static const struct advice advices[] = {
    {.kind = NEED_INDUSTRY,
     .labels = {{"restaurante", "Comida y restaurante", 0.1 + 0.2}, {"bodega", "Bodega", 1e-9}},
     .label_count = 2,
     .sure = true,
     .version = "industry v0001"},
    {.kind = NEED_PROFILE,
     .stage = "growth",
     .stage_probability = 0.8,
     .outlook = "por crecer",
     .lever = "place",
     .version = "s"},
    {.kind = NEED_RESOURCES,
     .resources = {{.id = "cde",
                    .text = "CDE \"x\"",
                    .reason = "porque s\xc3\xad",
                    .contact = "gob.pe",
                    .why = "goal",
                    .why_key = "training"}},
     .resource_count = 1},
    {.kind = NEED_RESOURCES,
     .resources = {{.id = "a", .text = "b", .reason = "c", .contact = "d"}},
     .propensities = {0.25},
     .resource_count = 1},
    {.kind = NEED_TRAININGS, .trainings = {"CAJA vie 4/12 15:00", "WEB \"x\""}, .training_count = 2},
};

static const struct effect effects[] = {
    {.kind = EFFECT_SAY, .text = SLICE("not kept")},
    {.kind = EFFECT_FACT,
     .slot = SLICE("sales"),
     .value = SLICE("1500/month"),
     .raw = SLICE("unas 1500"),
     .confidence = 1},
    {.kind = EFFECT_FACT, .slot = SLICE("trend"), .value = SLICE("up"), .raw = SLICE("otra"), .confidence = 0.75},
    {.kind = EFFECT_CONSENT, .slot = SLICE("avisos"), .value = SLICE("yes"), .raw = SLICE("\xc2\xbfQuieres?")},
    {.kind = EFFECT_FORGET, .slot = SLICE("goal")},
    {.kind = EFFECT_END},
};

static const struct message_template template = {
    .name = SLICE("aviso"),
    .language = SLICE("es"),
    .params = {SLICE("a"), SLICE("b")},
    .param_count = 2,
    .buttons = true,
};

static const struct message messages[] = {
    {.text = SLICE("hola\nJuan")},
    {.kind = MESSAGE_BUTTONS,
     .text = SLICE("\xc2\xbfS\xc3\xad?"),
     .options = {{SLICE("y"), SLICE("S\xc3\xad"), {NULL, 0}}, {SLICE("n"), SLICE("No"), {NULL, 0}}},
     .option_count = 2},
    {.kind = MESSAGE_LIST,
     .text = SLICE("cual"),
     .options = {{SLICE("a"), SLICE("A"), SLICE("be")}},
     .option_count = 1,
     .list_button = SLICE("Ver")},
    {.text = SLICE("adios"), .ends = true},
    {.text = SLICE("hola"), .template = &template},
};

static struct journal_entry whole(void)
{
    return (struct journal_entry){
        .at_ms = 1795435200000,
        .channel = SLICE("wa"),
        .kind = CHANNEL_WHATSAPP,
        .interactive = true,
        .sms = {SMS_CHEAPEST, true, false, 2},
        .page_units = 160,
        .event = {.kind = EVENT_TEXT,
                  .from = SLICE("+51987654321"),
                  .name = SLICE("Mar\xc3\xad"
                                "a"),
                  .id = SLICE("wamid.1"),
                  .text = SLICE("unas 1500"),
                  .payload = SLICE("p"),
                  .session = SLICE("s"),
                  .at_ms = 1795435199000},
        .version = 16,
        .flow = SLICE("diagnostico"),
        .flow_version = SLICE("1"),
        .flow_digest = SLICE(DIGEST_A),
        .models = {{SLICE("industry v0001"), SLICE(DIGEST_B)}, {SLICE("catalogue"), SLICE(DIGEST_A)}},
        .model_count = 2,
        .advices = advices,
        .advice_count = COUNT(advices),
        .effects = effects,
        .effect_count = COUNT(effects),
        .messages = messages,
        .message_count = COUNT(messages),
        .before = SLICE(DIGEST_A),
        .after = SLICE(DIGEST_B),
        .state = {"\x00\xff\x01state", 8},
    };
}

static struct journal_entry with_media(void)
{
    return (struct journal_entry){
        .at_ms = 1795435200000,
        .channel = SLICE("wa"),
        .kind = CHANNEL_WHATSAPP,
        .event = {.kind = EVENT_MEDIA,
                  .id = SLICE("wamid.2"),
                  .text = SLICE("mi puesto"),
                  .media = {MEDIA_DOCUMENT, SLICE("900100"), SLICE("application/pdf"), SLICE("men\xc3\xba.pdf")}},
        .after = SLICE(DIGEST_B),
    };
}

/* The bytes stay the test's until it releases them. */
static struct slice written(struct buf *out, const struct journal_entry *entry)
{
    buf_clear(out);
    journal_write(out, entry);
    assert_int_equal(out->error, OK);
    return buf_slice(out);
}

static struct slice packed(struct buf *out, const struct journal_entry *entry)
{
    buf_clear(out);
    journal_pack(out, entry);
    assert_int_equal(out->error, OK);
    return buf_slice(out);
}

static void what_is_written_is_read_back(void **state)
{
    struct journal_entry entry = whole(), back;
    struct arena *arena = arena_new(ARENA_MAX);
    struct buf first, second;
    (void)state;
    buf_init(&first, JOURNAL_ENTRY_MAX);
    buf_init(&second, JOURNAL_ENTRY_MAX);
    struct slice json = written(&first, &entry);
    assert_null(strstr(buf_text(&first), "+51987654321"));
    assert_null(strstr(buf_text(&first), "Mar"));
    assert_null(strstr(buf_text(&first), "not kept"));
    assert_int_equal(journal_read(json, arena, &back), OK);
    assert_true(slice_eq(json, written(&second, &back)));
    assert_int_equal(back.at_ms, entry.at_ms);
    assert_int_equal(back.event.at_ms, entry.event.at_ms);
    assert_int_equal(back.kind, CHANNEL_WHATSAPP);
    assert_true(back.interactive);
    assert_true(sms_policy_same(&back.sms, &entry.sms));
    assert_int_equal(back.version, 16);
    assert_int_equal(back.advice_count, COUNT(advices));
    assert_memory_equal(back.advices, advices, sizeof(advices));
    assert_int_equal(back.effect_count, COUNT(effects) - 1);
    assert_true(slice_is(back.effects[0].raw, "unas 1500"));
    assert_true(slice_is(back.effects[1].raw, "otra"));
    assert_true(back.effects[1].confidence == 0.75);
    assert_int_equal(back.effects[4].kind, EFFECT_END);
    assert_int_equal(back.message_count, COUNT(messages));
    assert_int_equal(back.messages[2].kind, MESSAGE_LIST);
    assert_true(slice_is(back.messages[2].options[0].description, "be"));
    assert_true(back.messages[3].ends);
    assert_true(slice_eq(back.state, entry.state));
    assert_true(slice_is(back.models[1].name, "catalogue"));
    buf_release(&first);
    buf_release(&second);
    arena_free(arena);
}

/* What JSON says of an entry says all of it. */
static void what_is_packed_is_read_back(void **state)
{
    const struct journal_entry rows[] = {
        whole(),
        {.channel = SLICE("s"), .after = SLICE(DIGEST_A)},
        {.channel = SLICE("s"), .event = {.kind = EVENT_LOCATION, .latitude = -13.531950000001}},
        with_media(),
        {.channel = SLICE("s"), .event = {.kind = EVENT_MEDIA, .media = {.kind = MEDIA_AUDIO}}},
        {.channel = SLICE("s"),
         .event = {.id = SLICE("has a space, and \xc3\xb1"), .session = SLICE("7"), .follows = true}},
    };
    struct arena *arena = arena_new(ARENA_MAX);
    struct buf json, bytes, again;
    (void)state;
    buf_init(&json, JOURNAL_ENTRY_MAX);
    buf_init(&bytes, JOURNAL_ENTRY_MAX);
    buf_init(&again, JOURNAL_ENTRY_MAX);
    for (size_t i = 0; i < COUNT(rows); i++) {
        struct journal_entry back;
        assert_int_equal(journal_read(packed(&bytes, &rows[i]), arena, &back), OK);
        assert_true(slice_eq(written(&json, &rows[i]), written(&again, &back)));
    }
    struct slice head = packed(&bytes, &rows[0]);
    assert_true(slice_starts(head, "wa:wamid.1\n"));
    assert_true(head.len * 2 < written(&json, &rows[0]).len * 1.5);
    assert_null(memmem(head.ptr, head.len, "51987654321", 11));
    assert_null(memmem(head.ptr, head.len, "not kept", 8));
    buf_release(&json);
    buf_release(&bytes);
    buf_release(&again);
    arena_free(arena);
}

/* No byte of an entry may be another so that what is read is out of its bounds, or no memory is taken for what is not
 * there. */
static void change_each_byte(const struct journal_entry *entry)
{
    struct arena *arena = arena_new(ARENA_MAX);
    struct journal_entry back;
    struct buf out, again;
    buf_init(&out, JOURNAL_ENTRY_MAX);
    buf_init(&again, JOURNAL_ENTRY_MAX);
    struct slice bytes = packed(&out, entry);
    char *at = strchr(out.ptr, '\n') + 1;
    const char format = *at;
    *at = (char)(format + 1);
    assert_int_equal(journal_read(bytes, arena, &back), ERR_UNSUPPORTED);
    *at = format;
    for (size_t i = 0; i < bytes.len; i++) {
        const char was = out.ptr[i];
        for (unsigned flip = 1; flip < 256; flip <<= 1) {
            out.ptr[i] = (char)(was ^ (char)flip);
            enum error error = journal_read(bytes, arena, &back);
            assert_true(error != ERR_NOMEM);
            if (error == OK) {
                buf_clear(&again);
                journal_write(&again, &back);
                assert_int_equal(again.error, OK);
            }
            arena_reset(arena);
        }
        out.ptr[i] = was;
    }
    buf_release(&out);
    buf_release(&again);
    arena_free(arena);
}

static void a_packed_entry_with_other_bytes_is_refused_or_whole(void **state)
{
    const struct journal_entry entries[] = {whole(), with_media()};
    (void)state;
    for (size_t i = 0; i < COUNT(entries); i++)
        change_each_byte(&entries[i]);
}

static void media_are_kept_by_where_they_are(void **state)
{
    const struct journal_entry entry = with_media();
    struct arena *arena = arena_new(ARENA_MAX);
    struct journal_entry back;
    struct buf out;
    (void)state;
    buf_init(&out, JOURNAL_ENTRY_MAX);
    for (int form = 0; form < 2; form++) {
        assert_int_equal(journal_read(form ? packed(&out, &entry) : written(&out, &entry), arena, &back), OK);
        assert_int_equal(back.event.media.kind, MEDIA_DOCUMENT);
        assert_true(slice_is(back.event.media.id, "900100"));
        assert_true(slice_is(back.event.media.type, "application/pdf"));
        assert_true(slice_is(back.event.media.name, "men\xc3\xba.pdf"));
    }
    buf_release(&out);
    arena_free(arena);
}

/* As entries of both kinds were before media were kept: they are read, and written the same, byte for byte. */
static void entries_of_before_stay_as_they_were(void **state)
{
    static const char *const rows[] = {"text", "media"};
    static const char before[] = "s:a\n\x01\x00\x02\x00K\x02hi\x01\x00\x00\x00\x00\x00\x00";
    struct arena *arena = arena_new(ARENA_MAX);
    struct journal_entry back;
    struct buf out;
    char bytes[sizeof(before) - 1];
    (void)state;
    buf_init(&out, JOURNAL_ENTRY_MAX);
    for (size_t i = 0; i < COUNT(rows); i++) {
        size_t kind = 0;
        memcpy(bytes, before, sizeof(bytes));
        assert_true(journal_number(JOURNAL_EVENTS, slice_of(rows[i]), &kind));
        *(char *)memchr(bytes, 'K', sizeof(bytes)) = (char)kind;
        const struct slice entry = {bytes, sizeof(bytes)};
        assert_int_equal(journal_read(entry, arena, &back), OK);
        assert_int_equal(back.event.kind, kind);
        assert_int_equal(back.event.media.id.len, 0);
        assert_true(slice_eq(packed(&out, &back), entry));
    }
    buf_release(&out);
    arena_free(arena);
}

static void nothing_empty_is_written(void **state)
{
    const struct journal_entry entry = {
        .at_ms = 1, .channel = SLICE("s"), .event = {.kind = EVENT_BEGIN}, .after = SLICE(DIGEST_A)};
    struct buf out;
    (void)state;
    buf_init(&out, JOURNAL_ENTRY_MAX);
    assert_true(slice_is(written(&out, &entry), "{\"j\":3,\"t\":1,\"c\":\"s\",\"e\":{\"k\":\"begin\"},"
                                                "\"d\":[\"\",\"" DIGEST_A "\"]}"));
    buf_release(&out);
}

static void a_place_keeps_its_degrees(void **state)
{
    const struct journal_entry entry = {
        .channel = SLICE("s"), .event = {.kind = EVENT_LOCATION, .latitude = -13.531950000001, .longitude = -71.9}};
    struct arena *arena = arena_new(ARENA_MAX);
    struct journal_entry back;
    struct buf out;
    (void)state;
    buf_init(&out, JOURNAL_ENTRY_MAX);
    assert_int_equal(journal_read(written(&out, &entry), arena, &back), OK);
    assert_true(back.event.latitude == entry.event.latitude && back.event.longitude == entry.event.longitude);
    buf_release(&out);
    arena_free(arena);
}

#define HEAD "{\"j\":3,\"t\":1,\"c\":\"s\",\"k\":\"sms\",\"e\":{\"k\":\"text\"}"
#define MEDIA(kind, value) "{\"j\":3,\"t\":1,\"c\":\"s\",\"e\":{\"k\":\"" kind "\",\"m\":" value "}," TAIL
#define TAIL "\"d\":[\"\",\"" DIGEST_A "\"]}"

static void what_is_no_entry_is_refused(void **state)
{
    static const struct {
        const char *json;
        enum error expected;
    } rows[] = {
        {HEAD "," TAIL, OK},
        {"{\"j\":3,\"t\":1,\"c\":\"s\",\"e\":{}," TAIL, OK},
        {"", ERR_SYNTAX},
        {"[]", ERR_SYNTAX},
        {"{}", ERR_VALUE},
        {"{\"j\":\"two\"}", ERR_VALUE},
        {"{\"j\":2,\"t\":1}", ERR_UNSUPPORTED},
        {"{\"at\":1795435200000,\"channel\":\"sms\",\"kind\":0,\"text\":\"hola\",\"said\":[\"x\"]}", ERR_UNSUPPORTED},
        {"{\"j\":3}", ERR_VALUE},
        {HEAD "}", ERR_VALUE},
        {HEAD ",\"v\":-1," TAIL, ERR_VALUE},
        {HEAD ",\"i\":2," TAIL, ERR_VALUE},
        {HEAD ",\"f\":[\"a\",\"b\"]," TAIL, ERR_VALUE},
        {HEAD ",\"f\":[\"a\",\"b\",\"short\"]," TAIL, ERR_VALUE},
        {HEAD ",\"m\":[]," TAIL, ERR_VALUE},
        {HEAD ",\"m\":{\"x\":1}," TAIL, ERR_VALUE},
        {HEAD ",\"a\":{}," TAIL, ERR_VALUE},
        {HEAD ",\"a\":[1]," TAIL, ERR_VALUE},
        {HEAD ",\"a\":[{\"k\":\"what\"}]," TAIL, ERR_VALUE},
        {HEAD ",\"a\":[{},{},{},{},{},{},{},{},{},{}]," TAIL, ERR_LIMIT},
        {HEAD ",\"a\":[{\"k\":\"industry\",\"l\":[[\"k\",\"n\"]]}]," TAIL, ERR_VALUE},
        {HEAD ",\"a\":[{\"k\":\"industry\",\"l\":[[\"k\",\"n\",\"p\"]]}]," TAIL, ERR_VALUE},
        {HEAD ",\"a\":[{\"k\":\"industry\",\"l\":[[],[],[],[]]}]," TAIL, ERR_LIMIT},
        {HEAD ",\"a\":[{\"k\":\"profile\",\"g\":\"0123456789012345678901234567890123456789\"}]," TAIL, ERR_VALUE},
        {HEAD ",\"a\":[{\"k\":\"profile\",\"gp\":1e999}]," TAIL, ERR_VALUE},
        {HEAD ",\"a\":[{\"k\":\"resources\",\"r\":[[\"a\",\"b\",\"c\"]]}]," TAIL, ERR_VALUE},
        {HEAD ",\"a\":[{\"k\":\"trainings\",\"tr\":[1]}]," TAIL, ERR_VALUE},
        {HEAD ",\"a\":[{\"k\":\"trainings\",\"tr\":[\"a\",\"b\",\"c\",\"d\"]}]," TAIL, ERR_LIMIT},
        {HEAD ",\"a\":[{\"k\":\"resources\",\"pr\":[0.5]}]," TAIL, ERR_VALUE},
        {HEAD ",\"a\":[{\"k\":\"resources\",\"r\":[[\"a\",\"b\",\"c\",\"d\"]],\"pr\":[0]}]," TAIL, ERR_VALUE},
        {HEAD ",\"fx\":[{\"k\":\"say\"}]," TAIL, ERR_VALUE},
        {HEAD ",\"fx\":[{\"s\":\"x\"}]," TAIL, ERR_VALUE},
        {HEAD ",\"w\":[7]," TAIL, ERR_VALUE},
        {HEAD ",\"w\":[{\"x\":\"a\",\"b\":[[\"only\"]]}]," TAIL, ERR_VALUE},
        {HEAD ",\"w\":[{\"x\":\"a\",\"b\":[[],[],[],[],[],[],[],[],[],[],[]]}]," TAIL, ERR_LIMIT},
        {HEAD ",\"b\":\"%%\"," TAIL, ERR_VALUE},
        {HEAD ",\"d\":[\"\",\"xyz\"]}", ERR_VALUE},
        {MEDIA("media", "[\"audio\",\"9\",\"\",\"\"]"), OK},
        {MEDIA("text", "[\"audio\",\"9\",\"\",\"\"]"), ERR_VALUE},
        {MEDIA("media", "[\"audio\",\"\",\"\",\"\"]"), ERR_VALUE},
        {MEDIA("media", "[\"opera\",\"9\",\"\",\"\"]"), ERR_VALUE},
        {MEDIA("media", "[\"audio\",\"9\",\"\"]"), ERR_VALUE},
        {MEDIA("media", "7"), ERR_VALUE},
        {"{\"j\":3,\"t\":1,\"c\":\"s\",\"k\":\"post\",\"e\":{\"k\":\"text\"}," TAIL, ERR_VALUE},
        {"{\"j\":3,\"t\":1,\"c\":\"s\",\"k\":7,\"e\":{\"k\":\"text\"}," TAIL, ERR_VALUE},
        {"{\"j\":3,\"t\":1,\"c\":\"s\",\"k\":\"sms\",\"e\":{\"k\":\"fly\"}," TAIL, ERR_VALUE},
        {"{\"j\":3,\"t\":1,\"c\":\"s\",\"k\":\"sms\",\"e\":[]," TAIL, ERR_VALUE},
    };
    struct arena *arena = arena_new(ARENA_MAX);
    struct journal_entry entry;
    (void)state;
    for (size_t i = 0; i < COUNT(rows); i++) {
        enum error error = journal_read(slice_of(rows[i].json), arena, &entry);
        if (error != rows[i].expected)
            fail_msg("%s: %s", rows[i].json, error_text(error));
    }
    arena_free(arena);
}

static void a_cut_entry_is_refused(void **state)
{
    const struct journal_entry entry = whole();
    struct arena *arena = arena_new(ARENA_MAX);
    struct journal_entry back;
    struct buf out;
    (void)state;
    buf_init(&out, JOURNAL_ENTRY_MAX);
    for (int form = 0; form < 2; form++) {
        struct slice bytes = form ? packed(&out, &entry) : written(&out, &entry);
        for (size_t len = 0; len < bytes.len; len++) {
            assert_int_equal(journal_read(slice_part(bytes, 0, len), arena, &back), ERR_SYNTAX);
            arena_reset(arena);
        }
    }
    buf_release(&out);
    arena_free(arena);
}

static void read_without_memory(struct slice bytes)
{
    struct journal_entry back;
    enum error error = ERR_NOMEM;
    for (long successes = 0; error; successes++) {
        struct arena *arena = arena_new(ARENA_MAX);
        mem_fail_after(successes);
        error = journal_read(bytes, arena, &back);
        mem_fail_after(-1);
        arena_free(arena);
        assert_true(error == OK || error == ERR_NOMEM);
        assert_true(successes < 1000);
    }
    for (size_t max = 16; max < 32768; max += 16) {
        struct arena *arena = arena_new(max);
        error = journal_read(bytes, arena, &back);
        arena_free(arena);
        assert_true(error == OK || error == ERR_NOMEM);
    }
    assert_int_equal(error, OK);
}

static void without_memory_there_is_no_entry(void **state)
{
    const struct journal_entry entry = whole(), media = with_media();
    struct buf out, small;
    (void)state;
    buf_init(&out, JOURNAL_ENTRY_MAX);
    read_without_memory(written(&out, &media));
    read_without_memory(packed(&out, &media));
    read_without_memory(written(&out, &entry));
    read_without_memory(packed(&out, &entry));
    buf_init(&small, 40);
    journal_write(&small, &entry);
    assert_int_equal(small.error, ERR_LIMIT);
    buf_clear(&small);
    journal_pack(&small, &entry);
    assert_int_equal(small.error, ERR_LIMIT);
    buf_release(&small);
    buf_release(&out);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(what_is_written_is_read_back),
        cmocka_unit_test(what_is_packed_is_read_back),
        cmocka_unit_test(a_packed_entry_with_other_bytes_is_refused_or_whole),
        cmocka_unit_test(media_are_kept_by_where_they_are),
        cmocka_unit_test(entries_of_before_stay_as_they_were),
        cmocka_unit_test(nothing_empty_is_written),
        cmocka_unit_test(a_place_keeps_its_degrees),
        cmocka_unit_test(what_is_no_entry_is_refused),
        cmocka_unit_test(a_cut_entry_is_refused),
        cmocka_unit_test(without_memory_there_is_no_entry),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
