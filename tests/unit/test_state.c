#include "tests/unit/unit.h"

#include <string.h>

#include "base/mem.h"
#include "dialog/state.h"
#include "dialog/state_words.h"

static void fill(struct state *s)
{
    state_init(s);
    state_keep(SLICE("diagnostico"), s->flow, sizeof(s->flow));
    state_keep(SLICE("1"), s->version, sizeof(s->version));
    state_keep(SLICE("ventas"), s->at, sizeof(s->at));
    state_keep(SLICE("meta"), s->below, sizeof(s->below));
    s->tries = 2;
    s->last_ms = 1795000000123;
    s->last_channel = CHANNEL_WHATSAPP;
    state_push_history(s, "bienvenida");
    state_push_history(s, "actividad");
    assert_true(state_set_fact(s, "activity", SLICE("vendo ñoquis y ají"), 1));
    assert_true(state_set_fact(s, "sales", SLICE("1500/month"), 0.8));
    state_keep(SLICE("sales"), s->doubt.slot, sizeof(s->doubt.slot));
    state_keep(SLICE("1500/?"), s->doubt.value, sizeof(s->doubt.value));
    s->doubt.confidence = 0.5;
    state_keep(SLICE("1500"), s->doubt_raw, sizeof(s->doubt_raw));
    s->label_count = 1;
    state_keep(SLICE("comercio"), s->labels[0].key, ADVICE_KEY);
    state_keep(SLICE("comercio"), s->labels[0].name, ADVICE_KEY);
    s->labels[0].probability = 0.61;
    s->resource_count = 2;
    s->resources[0] =
        (struct advice_resource){.id = "cde", .text = "CDE de Produce", .why = "goal", .why_key = "training"};
    s->resources[1] = (struct advice_resource){.id = "mype"};
    state_keep_shown(s, "yape");
    state_keep_shown(s, "cde");
    state_keep_shown(s, "mype");
    state_keep(SLICE("pages that wait"), s->pending, sizeof(s->pending));
    s->page_from = 6;
    s->page_to = 11;
    s->pending_ends = s->told_nothing = true;
    s->asked_ms = 1795000000456;
    state_add_timer(s, "expire")->due_ms = 1795000000789;
    state_keep(SLICE("ventas"), state_add_timer(s, "remind")->spent, DIALOG_NAME);
}

static void encode(const struct state *s, struct buf *out)
{
    buf_init(out, DIALOG_STATE_BYTES);
    state_encode(s, out);
    assert_int_equal(out->error, OK);
}

static void assert_same_states(const struct state *a, const struct state *b)
{
    struct buf first, second;
    encode(a, &first);
    encode(b, &second);
    assert_true(slice_eq(buf_slice(&first), buf_slice(&second)));
    buf_release(&first);
    buf_release(&second);
}

static void encodes_and_decodes_byte_for_byte(void **state)
{
    struct state s, back, fresh;
    struct buf first, second;
    (void)state;
    fill(&s);
    encode(&s, &first);
    memset(&back, 0x5a, sizeof(back));
    assert_int_equal(state_decode(buf_slice(&first), &back), OK);
    encode(&back, &second);
    assert_true(slice_eq(buf_slice(&first), buf_slice(&second)));
    assert_string_equal(back.facts[0].value, "vendo ñoquis y ají");
    assert_int_equal(back.tries, 2);
    assert_true(back.told_nothing && back.pending_ends && !back.opted_out);
    assert_true(back.last_ms == 1795000000123);
    assert_string_equal(back.resources[0].why_key, "training");
    assert_string_equal(back.resources[0].text, ""); /* what it says is the catalogue's */
    assert_string_equal(back.resources[1].id, "");
    assert_int_equal(state_resource(&back, 0), (uint16_t)slice_hash(SLICE("cde")));
    assert_int_equal(state_resource(&back, 1), (uint16_t)slice_hash(SLICE("mype")));
    assert_true(back.asked_ms == 1795000000456);
    assert_true(state_timer(&back, SLICE("expire"))->due_ms == 1795000000789);
    assert_string_equal(state_timer(&back, SLICE("remind"))->spent, "ventas");
    assert_int_equal(state_timer(&back, SLICE("remind"))->due_ms, 0);
    buf_release(&second);
    buf_release(&first);
    state_init(&fresh);
    encode(&fresh, &first);
    assert_int_equal(state_decode(buf_slice(&first), &back), OK);
    assert_string_equal(back.lang, ""); /* until the first step */
    buf_release(&first);
}

static void whatever_was_learned_before_equal_states_give_equal_bytes(void **state)
{
    struct state a, b;
    (void)state;
    memset(&a, 0, sizeof(a));
    memset(&b, 0x5a, sizeof(b));
    fill(&a);
    fill(&b);
    assert_true(state_set_fact(&b, "region", SLICE("Madre de Dios, mucho mas largo que lo de antes"), 1));
    assert_true(state_set_fact(&b, "sales", SLICE("UNKNOWN"), 1));
    assert_true(state_set_fact(&b, "sales", SLICE("1500/month"), 0.8));
    assert_true(state_forget_fact(&b, "region"));
    b.facts[1].confidence = 0.8;
    assert_same_states(&a, &b);
}

/* The greatest state of all: every text full, every place taken. */
static void the_greatest_state_fits(void **state)
{
    struct state s, back;
    char longest[DIALOG_PENDING], name[DIALOG_NAME];
    struct buf out;
    (void)state;
    memset(longest, 'x', sizeof(longest));
    struct slice text = {longest, sizeof(longest)};
    state_init(&s);
    char *const places[] = {s.flow, s.version, s.at, s.below};
    for (size_t i = 0; i < COUNT(places); i++)
        state_keep(text, places[i], DIALOG_NAME);
    for (unsigned i = 0; i < 40; i++) {
        snprintf(name, sizeof(name), "a_long_name_of_a_slot_number_%u", i % 100);
        assert_int_equal(state_set_fact(&s, name, text, 1), i < DIALOG_SLOTS_MAX);
        state_push_history(&s, name);
    }
    assert_int_equal(s.history_count, 16);
    assert_string_equal(s.history[15], "a_long_name_of_a_slot_number_39");
    state_keep(text, s.doubt.slot, sizeof(s.doubt.slot));
    state_keep(text, s.doubt.value, sizeof(s.doubt.value));
    state_keep(text, s.doubt_raw, sizeof(s.doubt_raw));
    state_keep(text, s.pending, sizeof(s.pending));
    s.page_to = DIALOG_PENDING - 1;
    for (s.resource_count = 0; s.resource_count < ADVICE_RESOURCES_MAX; s.resource_count++) {
        struct advice_resource *r = &s.resources[s.resource_count];
        state_keep_shown(&s, "cde");
        state_keep(text, r->why, ADVICE_KEY);
        state_keep(text, r->why_key, ADVICE_KEY);
    }
    for (size_t i = 0; i < DIALOG_TIMERS_MAX; i++) {
        snprintf(name, sizeof(name), "a_long_name_of_a_timer_number_%zu", i);
        struct timer *timer = state_add_timer(&s, name);
        assert_non_null(timer);
        timer->due_ms = INT64_MAX;
        state_keep(text, timer->spent, sizeof(timer->spent));
    }
    assert_null(state_add_timer(&s, "one more"));
    encode(&s, &out);
    assert_in_range(out.len, 10000, DIALOG_STATE_BYTES);
    assert_int_equal(state_decode(buf_slice(&out), &back), OK);
    buf_release(&out);
}

static void keeps_texts_cut_between_characters(void **state)
{
    char out[6];
    (void)state;
    state_keep(SLICE("abcdñ"), out, sizeof(out));
    assert_string_equal(out, "abcd");
    state_keep(SLICE("abcñ"), out, sizeof(out));
    assert_string_equal(out, "abcñ");
    state_keep(SLICE("a"), out, sizeof(out));
    assert_string_equal(out, "a");
}

static void history_gives_back_the_latest(void **state)
{
    struct state s;
    char name[DIALOG_NAME];
    (void)state;
    state_init(&s);
    assert_false(state_pop_history(&s, name));
    state_push_history(&s, "a");
    state_push_history(&s, "b");
    state_push_history(&s, "b");
    assert_true(state_pop_history(&s, name));
    assert_string_equal(name, "b");
    assert_true(state_pop_history(&s, name));
    assert_string_equal(name, "a");
    assert_false(state_pop_history(&s, name));
}

/* A state keeps which resources were given: what they say comes in their order, and nothing of what is gone. */
static void is_reminded_of_resources_in_their_order(void **state)
{
    static const struct advice texts = {
        .kind = NEED_TEXTS,
        .resource_count = 1,
        .resources = {{.id = "cde", .text = "CDE", .reason = "no pide RUC", .contact = "cde.pe"}}};
    struct state s;
    (void)state;
    fill(&s);
    state_remind(&s, &texts, TELLS_RESOURCES);
    assert_string_equal(s.resources[0].id, "cde");
    assert_string_equal(s.resources[0].text, "CDE");
    assert_string_equal(s.resources[0].reason, "no pide RUC");
    assert_string_equal(s.resources[0].contact, "cde.pe");
    assert_string_equal(s.resources[0].why_key, "training");
    assert_string_equal(s.resources[1].id, "");
    assert_string_equal(s.resources[1].text, "");
}

/* Names are compared to their NUL, whatever is behind it in their places. */
static void names_are_the_same_to_their_end(void **state)
{
    static const struct {
        const char *one, *other;
    } rows[] = {{"", ""},
                {"", "a"},
                {"ventas", "ventas"},
                {"ventas", "venta"},
                {"confirma", "confirma"},
                {"confirma", "confirma_rubro"},
                {"confirma_rubro", "confirma_rubrx"},
                {"clasifica_otra_vez", "clasifica_otra_vez"},
                {"un_nombre_de_treinta_y_un_bytes", "un_nombre_de_treinta_y_un_bytes"},
                {"un_nombre_de_treinta_y_un_bytes", "un_nombre_de_treinta_y_un_byte"}};
    (void)state;
    for (size_t i = 0; i < COUNT(rows); i++) {
        char one[DIALOG_NAME], other[DIALOG_NAME];
        memset(one, 0x01, sizeof(one));
        memset(other, 0xFF, sizeof(other));
        state_keep(slice_of(rows[i].one), one, sizeof(one));
        state_keep(slice_of(rows[i].other), other, sizeof(other));
        assert_int_equal(state_same_name(one, other), strcmp(one, other) == 0);
        assert_int_equal(state_same_name(other, one), strcmp(one, other) == 0);
    }
}

/* A label whose name is forgotten has it again where it is told; one that has its name keeps it. */
static void is_reminded_of_names_that_it_lacks(void **state)
{
    static const struct advice texts = {
        .kind = NEED_TEXTS, .label_count = 2, .labels = {{.name = "Comercio"}, {.name = "Confección"}}};
    struct state s;
    (void)state;
    fill(&s);
    s.label_count = 2;
    state_keep(SLICE("confeccion"), s.labels[1].key, ADVICE_KEY);
    s.labels[1].name[0] = '\0';
    assert_true(state_lacks_names(&s));
    state_remind(&s, &texts, TELLS_RESOURCES);
    assert_true(state_lacks_names(&s));
    state_remind(&s, &texts, TELLS_NAME(0));
    assert_false(state_lacks_names(&s));
    assert_string_equal(s.labels[0].name, "comercio");
    assert_string_equal(s.labels[1].name, "Confección");
    state_forget_names(&s);
    assert_string_equal(s.labels[0].name, "");
    assert_string_equal(s.labels[0].key, "comercio");
}

static void shown_resources_are_remembered_for_four_answers(void **state)
{
    char id[] = "a";
    struct state s, back;
    struct buf out;
    (void)state;
    state_init(&s);
    for (size_t i = 0; i < DIALOG_SHOWN_MAX + 2; i++, id[0]++)
        state_keep_shown(&s, id);
    assert_int_equal(s.shown_count, DIALOG_SHOWN_MAX);
    assert_int_equal(s.shown[0], (uint16_t)slice_hash(SLICE("c")));
    assert_int_equal(s.shown[DIALOG_SHOWN_MAX - 1], (uint16_t)slice_hash(SLICE("n")));
    encode(&s, &out);
    assert_int_equal(state_decode(buf_slice(&out), &back), OK);
    assert_same_states(&back, &s);
    buf_release(&out);
}

/* Every shorter piece, every longer one, and bytes that break a rule: refused, and what comes is a fresh state. */
static void refuses_what_is_no_encoding(void **state)
{
    struct state s, untouched, fresh;
    struct buf good, longer;
    (void)state;
    fill(&s);
    encode(&s, &good);
    state_init(&untouched);
    memset(&s, 0x33, sizeof(s));
    for (size_t len = 0; len < good.len; len++)
        assert_int_equal(state_decode((struct slice){good.ptr, len}, &s), ERR_SYNTAX);
    buf_init(&longer, DIALOG_STATE_BYTES);
    buf_addslice(&longer, buf_slice(&good));
    buf_addc(&longer, '\0');
    assert_int_equal(state_decode(buf_slice(&longer), &s), ERR_SYNTAX);
    static const struct {
        size_t offset; /* in the encoding of a fresh state */
        unsigned char byte;
    } rows[] = {
        {0, 'T'},   /* no state's first letter */
        {1, 10},    /* a later version */
        {1, 8},     /* an earlier one */
        {2, 1},     /* a NUL in a text */
        {2, 40},    /* a text longer than its place, and than the rest */
        {6, 0xff},  /* no word of ours */
        {9, 3},     /* no kind of channel */
        {9, 32},    /* a flag that there is not */
        {10, 0x80}, /* a number that goes on with nothing */
        {13, 17},   /* more history than there is room */
        {14, 25},   /* more facts */
        {17, 101},  /* a share without its bytes */
        {17, 103},  /* no share */
        {18, 4},    /* more labels */
        {19, 4},    /* more resources */
        {19, 1},    /* a resource that was not shown */
        {20, 13},   /* more shown resources */
        {20, 1},    /* a shown resource that is not there */
        {21, 1},    /* a timer that is not there */
        {21, 5},    /* more timers than there is room */
    };
    state_init(&fresh);
    buf_clear(&longer);
    state_encode(&fresh, &longer);
    assert_int_equal(longer.len, 22);
    for (size_t i = 0; i < COUNT(rows); i++) {
        unsigned char before = (unsigned char)longer.ptr[rows[i].offset];
        longer.ptr[rows[i].offset] = (char)rows[i].byte;
        if (state_decode(buf_slice(&longer), &s) != ERR_SYNTAX)
            fail_msg("row %zu was taken", i);
        longer.ptr[rows[i].offset] = (char)before;
    }
    assert_same_states(&s, &untouched);
    assert_int_equal(state_decode(buf_slice(&longer), &fresh), OK);
    buf_release(&longer);
    buf_release(&good);
}

/* A state has one encoding: the fields of a fresh one, each written in a way of its own. */
static void refuses_what_could_be_shorter(void **state)
{
    static const struct {
        const char *what;
        struct slice flow, tries, share;
        enum error error;
    } rows[] = {
        {"as it is", SLICE("\0"), SLICE("\0"), SLICE("\0"), OK},
        {"another text", SLICE("\3abc"), SLICE("\x81\1"), SLICE("\x64"), OK},
        {"a share of many digits", SLICE("\0"), SLICE("\0"), SLICE("\x65\0\0\0\0\0\0\xc0\x3f"), OK},
        {"a word written out", SLICE("\2es"), SLICE("\0"), SLICE("\0"), ERR_SYNTAX},
        {"a short text as a long one", SLICE("\x7f\0\3abc"), SLICE("\0"), SLICE("\0"), ERR_SYNTAX},
        {"a number with an idle byte", SLICE("\0"), SLICE("\x81\0"), SLICE("\0"), ERR_SYNTAX},
        {"a half with all its bytes", SLICE("\0"), SLICE("\0"), SLICE("\x65\0\0\0\0\0\0\xe0\x3f"), ERR_SYNTAX},
        {"a share above one", SLICE("\0"), SLICE("\0"), SLICE("\x65\0\0\0\0\0\0\0\x40"), ERR_SYNTAX},
        {"bytes that are no UTF-8", SLICE("\1\xff"), SLICE("\0"), SLICE("\0"), ERR_SYNTAX},
        {"more than 64 bits", SLICE("\0"), SLICE("\xff\xff\xff\xff\xff\xff\xff\xff\xff\2"), SLICE("\0"), ERR_SYNTAX},
    };
    struct state s;
    struct buf fresh, made;
    (void)state;
    state_init(&s);
    encode(&s, &fresh);
    buf_init(&made, DIALOG_STATE_BYTES);
    for (size_t i = 0; i < COUNT(rows); i++) {
        buf_clear(&made);
        buf_add(&made, fresh.ptr, 2);
        buf_addslice(&made, rows[i].flow);
        buf_add(&made, fresh.ptr + 3, 7);
        buf_addslice(&made, rows[i].tries);
        buf_add(&made, fresh.ptr + 11, 6);
        buf_addslice(&made, rows[i].share);
        buf_add(&made, fresh.ptr + 18, 4);
        if (state_decode(buf_slice(&made), &s) != rows[i].error)
            fail_msg("%s", rows[i].what);
    }
    buf_release(&made);
    buf_release(&fresh);
}

/* What a million contacts leave in Redis. */
static void what_states_often_hold_takes_a_byte(void **state)
{
    static const char *const facts[][2] = {{"consent", "yes"}, {"industry", "bodega_alimentos"}, {"goal", "export"}};
    struct state s, back;
    struct buf out;
    (void)state;
    state_init(&s);
    for (size_t i = 0; i < COUNT(facts); i++)
        assert_true(state_set_fact(&s, facts[i][0], slice_of(facts[i][1]), 0.95));
    encode(&s, &out);
    assert_int_equal(out.len, 22 + COUNT(facts) * 3);
    assert_int_equal(state_decode(buf_slice(&out), &back), OK);
    assert_same_states(&back, &s);
    buf_release(&out);
}

static void refuses_two_facts_of_one_slot(void **state)
{
    struct state s;
    struct buf out;
    (void)state;
    state_init(&s);
    assert_true(state_set_fact(&s, "ruc", SLICE("yes"), 1));
    assert_true(state_set_fact(&s, "rus", SLICE("yes"), 1));
    s.facts[1].slot[2] = 'c';
    encode(&s, &out);
    assert_int_equal(state_decode(buf_slice(&out), &s), ERR_SYNTAX);
    buf_release(&out);
}

static void timers_lie_without_gaps_and_once_each(void **state)
{
    struct state s;
    struct buf out;
    (void)state;
    state_init(&s);
    state_add_timer(&s, "a")->due_ms = 1;
    state_add_timer(&s, "b")->due_ms = 2;
    state_add_timer(&s, "c")->due_ms = 3;
    assert_ptr_equal(state_add_timer(&s, "b"), state_timer(&s, SLICE("b")));
    state_drop_timer(&s, state_timer(&s, SLICE("b")));
    assert_int_equal(s.timer_count, 2);
    assert_null(state_timer(&s, SLICE("b")));
    assert_int_equal(state_timer(&s, SLICE("c"))->due_ms, 3);
    s.timers[1].name[0] = 'a';
    encode(&s, &out);
    assert_int_equal(state_decode(buf_slice(&out), &s), ERR_SYNTAX);
    buf_release(&out);
}

/* A number for a word is only safe while both sides have the same list. */
static void the_words_belong_to_their_edition(void **state)
{
    uint32_t digest = 2166136261u;
    (void)state;
    for (size_t i = 0; i < STATE_CODED; i++) {
        struct slice word = state_coded(i);
        for (size_t j = 0; j <= word.len; j++)
            digest = (digest ^ (j < word.len ? (unsigned char)word.ptr[j] : 0)) * 16777619u;
    }
    if (STATE_EDITION != 2 || digest != 0x76ccb9d5)
        fail_msg("the words are others (0x%08x): raise STATE_EDITION by one, and write both down here", digest);
}

/* The table that finds a word's number, as it must be: printed where it is not. */
static void each_word_is_found_by_its_text(void **state)
{
    unsigned char slots[256] = {0};
    bool found = true;
    (void)state;
    for (size_t i = 0; i < STATE_CODED; i++) {
        struct slice word = state_coded(i);
        struct state_key key;
        assert_true(state_key_of(word.ptr, &key) && key.len == word.len);
        uint64_t sum = key.first + 2 * key.second + 4 * key.third;
        unsigned char at = (unsigned char)(sum * STATE_SPREAD >> 56);
        while (slots[at])
            at++;
        slots[at] = (unsigned char)(i + 1);
        found = found && state_coded_of(word) == i;
    }
    for (size_t i = 0; !found && i < COUNT(slots); i++)
        printf("%d,%c", slots[i], i % 16 == 15 ? '\n' : ' ');
    assert_true(found);
    assert_int_equal(state_coded_of(SLICE("s")), STATE_CODED);
    assert_int_equal(state_coded_of(SLICE("")), STATE_CODED);
    assert_int_equal(state_coded_of(SLICE("yesno")), STATE_CODED);
}

static void without_memory_encoding_fails_and_says_so(void **state)
{
    struct state s;
    struct buf out;
    bool failed = true;
    (void)state;
    fill(&s);
    for (long n = 0; failed; n++) {
        buf_init(&out, DIALOG_STATE_BYTES);
        mem_fail_after(n);
        state_encode(&s, &out);
        mem_fail_after(-1);
        failed = out.error == ERR_NOMEM;
        buf_release(&out);
        assert_true(n < 100);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(encodes_and_decodes_byte_for_byte),
        cmocka_unit_test(whatever_was_learned_before_equal_states_give_equal_bytes),
        cmocka_unit_test(the_greatest_state_fits),
        cmocka_unit_test(keeps_texts_cut_between_characters),
        cmocka_unit_test(history_gives_back_the_latest),
        cmocka_unit_test(is_reminded_of_resources_in_their_order),
        cmocka_unit_test(is_reminded_of_names_that_it_lacks),
        cmocka_unit_test(names_are_the_same_to_their_end),
        cmocka_unit_test(shown_resources_are_remembered_for_four_answers),
        cmocka_unit_test(refuses_what_is_no_encoding),
        cmocka_unit_test(refuses_two_facts_of_one_slot),
        cmocka_unit_test(refuses_what_could_be_shorter),
        cmocka_unit_test(what_states_often_hold_takes_a_byte),
        cmocka_unit_test(timers_lie_without_gaps_and_once_each),
        cmocka_unit_test(the_words_belong_to_their_edition),
        cmocka_unit_test(each_word_is_found_by_its_text),
        cmocka_unit_test(without_memory_encoding_fails_and_says_so),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
