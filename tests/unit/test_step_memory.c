/* A step and its rendering take their memory from the event's arena alone: with room in it, and no block to be had
 * anywhere else, everything is said, the long texts too, on each kind of channel. */
#include "tests/unit/talk.h"

#include "base/sms.h"

#define ROOM (1 << 20)

static const struct channel_traits channels[] = {
    {.kind = CHANNEL_SMS},
    {.kind = CHANNEL_SMS, .sms = {.manner = SMS_CHEAPEST}},
    {.kind = CHANNEL_USSD, .page_units = 182},
    {.kind = CHANNEL_WHATSAPP, .interactive = true},
    {.kind = CHANNEL_WHATSAPP},
};

/* %s is long: nothing that is said may have more characters, but they take two bytes each, and three texts come in one
 * turn, the last with options. */
static const char long_form[] =
    "flow: prueba\n"
    "version: 1\n"
    "languages: [es]\n"
    "start: uno\n"
    "returning: uno\n"
    "slots: {a: {type: money}, si: {type: yesno}}\n"
    "texts: {opted_out: x, opted_in: x, opted_help: x, not_words: x, resumed: x, switched: x, greeted: x,\n"
    "  thanked: x, nothing_back: x, language: x, old_button: x, closed: Fin, confirm: '{{doubt}}?', 'yes': 'Sí',\n"
    "  'no': 'No', period: x, day: x, week: x, month: x, year: x, list_button: x}\n"
    "commands: {menu: lado, help: lado, mydata: lado, rectify: lado, erase: lado, agent: lado}\n"
    "states:\n"
    "  lado: {aside: true, say: Lado, next: resume}\n"
    "  uno: {ask: Uno, slot: a, assume: month, retry: [x], otherwise: fin, next: dos}\n"
    "  dos: {say: \"{{a}} %s\", next: tres}\n"
    "  tres: {say: \"%s {{a}}\", next: cuatro}\n"
    "  cuatro:\n"
    "    ask: \"{{a}} %s\"\n"
    "    slot: si\n"
    "    options: [{value: 'yes', title: Sí}, {value: 'no', title: No}]\n"
    "    retry: [x]\n"
    "    otherwise: fin\n"
    "    next: fin\n"
    "  fin: {say: \"%s {{a}}\", end: true}\n";

/* An arena that holds one block with room for all that follows. */
static struct arena *roomy(void)
{
    struct arena *arena = arena_new(1 << 24);
    assert_non_null(arena);
    assert_non_null(arena_bytes(arena, ROOM));
    struct arena_mark mark = arena_mark(arena);
    mark.used -= mark.chunk_used;
    mark.chunk_used = 0; /* the block stays, and what lay in it is taken back */
    arena_rewind(arena, mark);
    return arena;
}

/* Takes a turn while no block is to be had. Returns the bytes of what is said. */
static size_t say_without_heap(struct talk *talk, const char *words)
{
    size_t bytes = 0;
    struct event event = {
        .kind = EVENT_TEXT, .from = SLICE("+51987654321"), .id = SLICE("m1"), .text = slice_of(words)};
    arena_free(talk->arena);
    talk->arena = roomy();
    mem_fail_after(0);
    enum error error = talk_compute(talk, &event);
    mem_fail_after(-1);
    if (error)
        fail_msg("channel %d, '%s': %s", talk->channel.kind, words, error_text(error));
    for (size_t i = 0; i < talk->message_count; i++)
        bytes += talk->messages[i].text.len;
    return bytes;
}

/* Loads the flow with texts of so many ñ, in words of seven. */
static struct flows *load_long(size_t letters)
{
    static char text[4 * 4096];
    char words[2048];
    struct faults faults;
    struct buf long_words;
    struct flows *flows = flows_new();
    assert_non_null(flows);
    buf_init_over(&long_words, words, sizeof(words), sizeof(words) - 1);
    for (size_t i = 0; i < letters; i++)
        buf_adds(&long_words, i % 8 == 7 ? " " : "ñ");
    assert_int_equal(long_words.error, OK);
    int len = snprintf(text, sizeof(text), long_form, words, words, words, words);
    assert_in_range(len, 1, sizeof(text) - 1);
    faults_init(&faults);
    flows_speak(flows, kit_languages());
    enum error error = flows_add(flows, "f.yaml", slice_of(text), &faults);
    error = error ? error : flows_finish(flows, &faults);
    faults_print(&faults, stdout);
    assert_int_equal(error, OK);
    faults_release(&faults);
    return flows;
}

static void long_texts_grow_in_the_arena(void **unused)
{
    static const size_t lengths[] = {500, 850};
    static struct talk talk;
    (void)unused;
    for (size_t l = 0; l < COUNT(lengths); l++) {
        struct flows *flows = load_long(lengths[l]);
        for (size_t c = 0; c < COUNT(channels); c++) {
            bool pages = channels[c].kind == CHANNEL_USSD;
            talk_begin(&talk, flows);
            talk.channel = channels[c];
            say_without_heap(&talk, "hola");
            size_t bytes = say_without_heap(&talk, "1500 soles al mes");
            assert_true(pages ? bytes > 100 && bytes <= 2 * USSD_SEPTETS_MAX : bytes > 3 * lengths[l]);
            bytes = say_without_heap(&talk, pages ? "98" : "si");
            assert_true(pages ? bytes > 100 && bytes <= 2 * USSD_SEPTETS_MAX : bytes > lengths[l]);
            talk_end(&talk);
        }
        flows_free(flows);
    }
}

static void the_shipped_flow_needs_no_heap(void **unused)
{
    static const char *const words[] = {"hola",
                                        "si",
                                        "tengo una bodega en Cusco hace 3 años, vendo 200 diarios",
                                        "si",
                                        "a veces suben, a veces bajan",
                                        "igual",
                                        "mis datos",
                                        "98",
                                        "no sé",
                                        "menu",
                                        "BAJA"};
    static struct talk talk;
    struct flows *flows = talk_flows();
    (void)unused;
    for (size_t c = 0; c < COUNT(channels); c++) {
        talk_begin(&talk, flows);
        talk.channel = channels[c];
        for (size_t i = 0; i < COUNT(words); i++)
            say_without_heap(&talk, words[i]);
        talk_end(&talk);
    }
    flows_free(flows);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(long_texts_grow_in_the_arena),
        cmocka_unit_test(the_shipped_flow_needs_no_heap),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
