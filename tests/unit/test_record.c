/* A thought as rows: what is kept of each effect, for which class it goes out, and what happens when there is too
 * much or no memory. */
#include "tests/unit/unit.h"

#include <stdlib.h>
#include <string.h>

#include "base/json.h"
#include "base/mem.h"
#include "gateway/facts.h"
#include "gateway/journal.h"
#include "gateway/log.h"
#include "gateway/record.h"

#define NOW_MS 1795402800000
#define ARENA_MAX (4 * 1024 * 1024)

static const struct channel async = {.name = "wa", .kind = CHANNEL_WHATSAPP};
static const struct channel sync = {.name = "sms", .kind = CHANNEL_SMS, .sync = true};
static const struct event event = {
    .kind = EVENT_TEXT, .from = SLICE("+51987654321"), .id = SLICE("wamid.1"), .text = SLICE("di \"hola\"\n\xc3\xb1")};

struct fixture {
    struct arena *arena;
    struct thought thought;
    struct commit commit;
    struct slice before; /* facts */
};

static int set_up(void **state)
{
    struct fixture *f = calloc(1, sizeof(*f));
    f->arena = arena_new(ARENA_MAX);
    state_init(&f->thought.state);
    memcpy(f->thought.state.version, "v7", 3);
    *state = f;
    return 0;
}

static int tear_down(void **state)
{
    struct fixture *f = *state;
    arena_free(f->arena);
    free(f);
    return 0;
}

static enum error record(struct fixture *f, const struct channel *channel)
{
    const struct occasion occasion = {channel, &event, NOW_MS, 16, f->before, SLICE_NONE};
    f->commit = (struct commit){0};
    return record_thought(&occasion, &f->thought, f->arena, &f->commit);
}

static void give_effects(struct fixture *f, struct effect *effects, size_t count)
{
    f->thought.effects = effects;
    f->thought.effect_count = count;
}

/* Checks a row's member; NULL expects it to be absent. */
static void expect_member(struct slice row, const char *name, const char *value)
{
    cJSON *root;
    assert_int_equal(json_parse(row, RECORD_MAX, &root), OK);
    struct slice found = json_string(root, name);
    if (value)
        assert_true(slice_is(found, value));
    else
        assert_null(found.ptr);
    cJSON_Delete(root);
}

static void a_fact_carries_where_it_comes_from(void **state)
{
    struct fixture *f = *state;
    struct effect effects[] = {
        {.kind = EFFECT_FACT,
         .slot = SLICE("sales"),
         .value = SLICE("1500/month"),
         .raw = event.text,
         .confidence = 0.9},
        {.kind = EFFECT_FORGET, .slot = SLICE("trend")},
    };
    struct advice advice = {.kind = NEED_INDUSTRY, .version = "industry v0001"};
    struct facts facts;
    give_effects(f, effects, 2);
    assert_int_equal(record(f, &sync), OK);
    assert_true(f->commit.learned);
    assert_int_equal(facts_read(f->commit.facts, f->arena, &facts), OK);
    assert_int_equal(facts.count, 1);
    assert_true(slice_is(facts.list[0].slot, "sales") && slice_is(facts.list[0].value, "1500/month"));
    assert_true(slice_eq(facts.list[0].raw, event.text) && slice_is(facts.list[0].message_id, "wamid.1"));
    assert_true(slice_is(facts.list[0].rule, "v7") && facts.list[0].at_ms == NOW_MS);
    assert_true(facts.list[0].confidence == 0.9);
    f->thought.advices = &advice;
    f->thought.advice_count = 1;
    assert_int_equal(record(f, &sync), OK);
    assert_int_equal(facts_read(f->commit.facts, f->arena, &facts), OK);
    assert_true(slice_is(facts.list[0].rule, "industry v0001"));
}

/* What was known stays; what is said anew takes the place of what it was; what cannot be read begins anew. */
static void facts_are_added_to_those_before(void **state)
{
    struct fixture *f = *state;
    struct effect effect = {.kind = EFFECT_FACT, .slot = SLICE("ruc"), .value = SLICE("no"), .confidence = 1};
    struct facts facts;
    assert_int_equal(record(f, &sync), OK);
    assert_true(!f->commit.learned && f->commit.facts.len == 0);
    give_effects(f, &effect, 1);
    assert_int_equal(record(f, &sync), OK);
    f->before = f->commit.facts;
    effect.slot = SLICE("trend");
    assert_int_equal(record(f, &sync), OK);
    assert_int_equal(facts_read(f->commit.facts, f->arena, &facts), OK);
    assert_int_equal(facts.count, 2);
    f->before = f->commit.facts;
    effect.kind = EFFECT_FORGET;
    effect.slot = SLICE("ruc");
    assert_int_equal(record(f, &sync), OK);
    assert_int_equal(facts_read(f->commit.facts, f->arena, &facts), OK);
    assert_int_equal(facts.count, 1);
    effect.kind = EFFECT_END;
    assert_int_equal(record(f, &sync), OK);
    assert_true(!f->commit.learned && slice_eq(f->commit.facts, f->before));
    effect.kind = EFFECT_FACT;
    f->before = SLICE("?");
    assert_int_equal(record(f, &sync), OK);
    assert_int_equal(facts_read(f->commit.facts, f->arena, &facts), OK);
    assert_int_equal(facts.count, 1);
}

static void consents_and_requests_are_kept(void **state)
{
    struct fixture *f = *state;
    struct effect effects[] = {
        {.kind = EFFECT_CONSENT, .slot = SLICE("avisos"), .value = SLICE("yes"), .raw = SLICE("\xc2\xbfQuieres?")},
        {.kind = EFFECT_OPT_OUT},
        {.kind = EFFECT_REQUEST, .slot = SLICE("rectify")},
    };
    give_effects(f, effects, 3);
    assert_int_equal(record(f, &async), OK);
    assert_int_equal(f->commit.consent_count, 2);
    const struct store_consent *given = &f->commit.consents[0], *taken = &f->commit.consents[1];
    assert_true(slice_is(given->purpose, "avisos") && slice_is(given->value, "yes"));
    assert_true(slice_is(given->question, "\xc2\xbfQuieres?") && slice_is(given->message_id, "wamid.1"));
    assert_true(slice_is(taken->purpose, "mensajes") && slice_is(taken->value, "no"));
    assert_true(slice_eq(taken->question, event.text));
    assert_int_equal(f->commit.opt, OPT_OUT);
    assert_int_equal(f->commit.request_count, 1);
    expect_member(f->commit.requests[0], "kind", "rectify");
    expect_member(f->commit.requests[0], "contact", "+51987654321");
}

static void a_ticket_is_a_line_until_it_is_closed(void **state)
{
    struct fixture *f = *state;
    struct effect effect = {.kind = EFFECT_TICKET, .slot = SLICE("open"), .due_ms = 1700};
    give_effects(f, &effect, 1);
    f->thought.state.ticket = (struct ticket){.opened_ms = 1700, .waits_ms = 1800, .waiting = 2, .taken = "ana"};
    assert_int_equal(record(f, &async), OK);
    assert_int_equal(f->commit.ticket_ms, 1700);
    expect_member(f->commit.ticket, "contact", "+51987654321");
    expect_member(f->commit.ticket, "taken", "ana");
    expect_member(f->commit.ticket, "why", "asked");
    f->thought.state.ticket.opened_ms = 0;
    f->commit.ticket = SLICE_NONE;
    assert_int_equal(record(f, &async), OK);
    assert_int_equal(f->commit.ticket_ms, 1700);
    assert_int_equal(f->commit.ticket.len, 0);
}

static void what_is_said_goes_out_by_its_class(void **state)
{
    static const struct {
        const char *name;
        const struct channel *channel;
        bool opted_out, erases;
        const char *class; /* NULL: nothing goes to the outbox */
    } rows[] = {
        {"a reply", &async, false, false, "reply"},
        {"the confirmation of BAJA", &async, true, false, "confirmation"},
        {"the confirmation of BORRAR", &async, false, true, "confirmation"},
        {"said in the webhook's answer", &sync, false, false, NULL},
    };
    struct fixture *f = *state;
    struct effect erase = {.kind = EFFECT_ERASE};
    struct message messages[] = {
        {.kind = MESSAGE_BUTTONS,
         .text = SLICE("uno \"dos\""),
         .option_count = 1,
         .options = {{SLICE("a"), SLICE("A"), SLICE("")}}},
        {.kind = MESSAGE_LIST,
         .text = SLICE("tres"),
         .list_button = SLICE("Ver"),
         .option_count = 1,
         .options = {{SLICE("b"), SLICE("B"), SLICE("be")}}},
    };
    f->thought.messages = messages;
    f->thought.message_count = 2;
    for (size_t i = 0; i < COUNT(rows); i++) {
        print_message("%s\n", rows[i].name);
        give_effects(f, &erase, rows[i].erases);
        f->thought.state.opted_out = rows[i].opted_out;
        assert_int_equal(record(f, rows[i].channel), OK);
        assert_int_equal(f->commit.erase, rows[i].erases);
        assert_int_equal(f->commit.outbox_count, rows[i].class ? 2 : 0);
        if (!rows[i].class)
            continue;
        assert_true(slice_is(f->commit.outbox[1].name, rows[i].class));
        expect_member(f->commit.outbox[0].value, "to", "+51987654321");
        expect_member(f->commit.outbox[0].value, "channel", "wa");
        expect_member(f->commit.outbox[0].value, "text", "uno \"dos\"");
        assert_non_null(
            strstr(f->commit.outbox[1].value.ptr,
                   "\"list\":{\"button\":\"Ver\",\"rows\":[{\"id\":\"b\",\"title\":\"B\",\"description\":\"be\"}]}"));
    }
}

static void the_journal_holds_what_a_replay_needs(void **state)
{
    struct fixture *f = *state;
    struct message said = {.text = SLICE("hola")};
    struct advice advice = {.kind = NEED_RESOURCES, .resource_count = 1, .resources = {{.id = "fae"}}, .version = "v1"};
    struct journal_entry entry;
    char digest[DIGEST_TEXT];
    struct state decoded;
    struct buf again;
    f->thought.before = SLICE("the state before");
    f->thought.models[0] = (struct engine_model){"m1", "0123456789abcdef"};
    f->thought.model_count = 1;
    f->thought.messages = &said;
    f->thought.message_count = 1;
    f->thought.advices = &advice;
    f->thought.advice_count = 1;
    assert_int_equal(record(f, &sync), OK);
    assert_int_equal(journal_read(f->commit.journal, f->arena, &entry), OK);
    assert_int_equal(entry.at_ms, NOW_MS);
    assert_int_equal(entry.version, 16);
    assert_true(slice_eq(entry.event.text, event.text));
    assert_int_equal(entry.event.from.len, 0);
    assert_true(slice_is(entry.state, "the state before"));
    quick_digest_write(entry.state, digest);
    assert_true(slice_is(entry.before, digest));
    quick_digest_write(f->commit.state, digest);
    assert_true(slice_is(entry.after, digest));
    assert_int_equal(entry.advice_count, 1);
    assert_memory_equal(entry.advices, &advice, sizeof(advice));
    assert_true(slice_is(entry.models[0].name, "m1"));
    assert_true(slice_is(entry.messages[0].text, "hola"));
    assert_int_equal(state_decode(f->commit.state, &decoded), OK);
    buf_init(&again, DIALOG_STATE_BYTES);
    state_encode(&decoded, &again);
    assert_true(slice_eq(buf_slice(&again), f->commit.state));
    buf_release(&again);
}

static void too_many_rows_are_a_limit(void **state)
{
    static const enum effect_kind kinds[] = {EFFECT_CONSENT, EFFECT_REQUEST, EFFECT_OPT_IN};
    static struct effect effects[STORE_ROWS_MAX + 1];
    static struct message messages[STORE_ROWS_MAX + 1];
    struct fixture *f = *state;
    for (size_t k = 0; k < COUNT(kinds); k++) {
        for (size_t i = 0; i < COUNT(effects); i++)
            effects[i].kind = kinds[k];
        give_effects(f, effects, STORE_ROWS_MAX);
        assert_int_equal(record(f, &async), OK);
        give_effects(f, effects, STORE_ROWS_MAX + 1);
        assert_int_equal(record(f, &async), ERR_LIMIT);
    }
    give_effects(f, NULL, 0);
    f->thought.messages = messages;
    f->thought.message_count = STORE_ROWS_MAX + 1;
    assert_int_equal(record(f, &async), ERR_LIMIT);
}

static void without_memory_it_fails_and_leaks_nothing(void **state)
{
    struct fixture *f = *state;
    struct effect effects[] = {{.kind = EFFECT_FACT, .slot = SLICE("sales"), .value = SLICE("1"), .raw = SLICE("1")},
                               {.kind = EFFECT_OPT_IN}};
    struct message said = {.text = SLICE("hola")};
    enum error error = ERR_NOMEM;
    give_effects(f, effects, 2);
    f->thought.messages = &said;
    f->thought.message_count = 1;
    for (long successes = 0; error; successes++) {
        struct arena *arena = arena_new(ARENA_MAX);
        arena_free(f->arena);
        f->arena = arena;
        mem_fail_after(successes);
        error = record(f, &async);
        mem_fail_after(-1);
        assert_true(error == OK || error == ERR_NOMEM);
        assert_true(successes < 100);
    }
}

#define ROW(test) cmocka_unit_test_setup_teardown(test, set_up, tear_down)

int main(void)
{
    /* clang-format off */
    const struct CMUnitTest tests[] = {
        ROW(a_fact_carries_where_it_comes_from), ROW(facts_are_added_to_those_before),
        ROW(consents_and_requests_are_kept), ROW(a_ticket_is_a_line_until_it_is_closed),
        ROW(what_is_said_goes_out_by_its_class),
        ROW(the_journal_holds_what_a_replay_needs), ROW(too_many_rows_are_a_limit),
        ROW(without_memory_it_fails_and_leaks_nothing),
    };
    /* clang-format on */
    log_open(LOG_ERROR, SLICE("key"));
    return cmocka_run_group_tests(tests, NULL, NULL);
}
