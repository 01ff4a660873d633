/* What staff do to a conversation by itself (facts that are imported, and facts that are put right), and when one that
 * is not understood is handed over to them. */
#include "tests/unit/talk.h"

#include "dialog/flow.h"

static struct flows *flows;
static struct talk talk;

static int set_up(void **state)
{
    (void)state;
    talk_begin(&talk, flows);
    return 0;
}

static int tear_down(void **state)
{
    (void)state;
    talk_end(&talk);
    return 0;
}

/* Lets staff act, and proves that the person is told nothing. */
static void staff(const char *payload, struct slice text)
{
    const struct event event = {.kind = EVENT_STAFF,
                                .from = SLICE("+51987654321"),
                                .id = SLICE("s1"),
                                .payload = slice_of(payload),
                                .text = text};
    talk_turn(&talk, &event);
    assert_int_equal(talk.message_count, 0);
    for (size_t i = 0; i < talk.effect_count; i++)
        assert_int_equal(talk.effects[i].kind, EFFECT_FACT);
}

/* The facts that the last turn learned, "SLOT=VALUE ..." in their order. */
static const char *learned(void)
{
    static char text[1024];
    size_t len = 0;
    text[0] = '\0';
    for (size_t i = 0; i < talk.effect_count; i++) {
        const struct effect *effect = &talk.effects[i];
        len += (size_t)snprintf(text + len, sizeof(text) - len, "%s%.*s=%.*s", i ? " " : "", (int)effect->slot.len,
                                effect->slot.ptr, (int)effect->value.len, effect->value.ptr);
        assert_true(len < sizeof(text));
    }
    return text;
}

static void lines_are_taken_one_by_one(void **state)
{
    static const struct {
        const char *text, *learned;
    } rows[] = {{"", ""},
                {"region\t08", "region=08"},
                {"region\t08\n", "region=08"},
                {"\n\nregion\t08\n\n", "region=08"},
                {"activity\tvendo jugos\nregion\tCusco", "activity=vendo jugos region=08"},
                {"workers\t3\nworkers\t4", "workers=3"}, /* the first of two */
                {"region\t99\nworkers\t3", "workers=3"}, /* what the slot cannot be is left out, the rest is taken */
                {"workers\t\nregion\t08", "region=08"},
                {"region 08\nworkers\t3", "workers=3"}, /* no tab */
                {"colour\tblue\n\tx\nworkers\t3", "workers=3"},
                {"consent\tyes\nnotices\tyes\nworkers\t3", "workers=3"}, /* a consent is the person's alone */
                {"workers\tsomos tres", "workers=3"}};                   /* words that are surely one */
    (void)state;
    for (size_t i = 0; i < COUNT(rows); i++) {
        state_init(&talk.state);
        staff("import ana", slice_of(rows[i].text));
        if (strcmp(learned(), rows[i].learned) != 0)
            fail_msg("row %zu: %s", i, learned());
        talk_end(&talk);
    }
}

static void what_is_known_stays(void **state)
{
    (void)state;
    staff("import ana", SLICE("workers\t3"));
    staff("import ana", SLICE("workers\t4\nregion\t08"));
    assert_string_equal(learned(), "region=08");
    assert_true(slice_is(state_fact(&talk.state, "workers"), "3"));
    staff("import", SLICE("workers\t4"));
    assert_string_equal(learned(), "");
    staff("correct ana workers", SLICE("4"));
    assert_string_equal(learned(), "workers=4");
}

static void who_came_to_a_training_has_that_among_her_facts(void **state)
{
    (void)state;
    staff("trained 12", SLICE_NONE);
    assert_string_equal(learned(), "trained=yes");
    const struct event event = {
        .kind = EVENT_STAFF, .from = SLICE("+51987654321"), .id = SLICE("s2"), .payload = SLICE("untrained 12")};
    talk_turn(&talk, &event);
    assert_int_equal(talk.message_count, 0);
    assert_int_equal(talk.effect_count, 1);
    assert_int_equal(talk.effects[0].kind, EFFECT_FORGET);
    assert_true(slice_is(talk.effects[0].slot, "trained"));
}

static void of_who_left_nothing_is_taken(void **state)
{
    (void)state;
    talk_say(&talk, "hola");
    talk_say(&talk, "BAJA");
    assert_true(talk.state.opted_out);
    staff("import ana", SLICE("workers\t3\nregion\t08"));
    assert_string_equal(learned(), "");
    assert_false(state_fact(&talk.state, "workers").len);
}

static void who_was_imported_begins_as_anybody(void **state)
{
    char first[1024];
    (void)state;
    talk_say(&talk, "hola");
    assert_true(talk.message_count > 0 && slice_copy(talk.messages[0].text, first, sizeof(first)));
    talk_end(&talk);
    talk_begin(&talk, flows);
    staff("import ana", SLICE("region\t08"));
    talk_say(&talk, "hola");
    assert_true(talk.message_count > 0);
    assert_true(slice_is(talk.messages[0].text, first)); /* she is asked whether she agrees */
    assert_true(slice_is(state_fact(&talk.state, "region"), "08"));
}

static void without_memory_an_import_fails_alone(void **state)
{
    const struct event event = {.kind = EVENT_STAFF,
                                .from = SLICE("+51987654321"),
                                .id = SLICE("s1"),
                                .payload = SLICE("import ana"),
                                .text = SLICE("activity\tvendo jugos\nregion\tCusco\nworkers\t3")};
    bool done = false;
    (void)state;
    for (long after = 0; !done && after < 1000; after++) {
        struct arena *arena = arena_new(1 << 20);
        struct state own;
        struct outcome out;
        state_init(&own);
        mem_fail_after(after);
        enum error error = dialog_step(flows, &own, &event, CHANNEL_SMS, NULL, talk.now_ms, arena, &out);
        mem_fail_after(-1);
        assert_true(error == ERR_NOMEM || (error == OK && state_fact(&own, "workers").len));
        done = error == OK;
        arena_free(arena);
    }
    assert_true(done);
}

/* Sends something that is no words. Tells whether the conversation is with staff then, lost. */
static bool lost_with(enum event_kind kind)
{
    const struct event event = {.kind = kind, .from = SLICE("+51987654321"), .id = SLICE("m1")};
    talk_turn(&talk, &event);
    return talk.state.ticket.opened_ms && talk.state.ticket.holds && talk.state.ticket.lost;
}

static void the_third_that_is_no_words_is_for_staff(void **state)
{
    (void)state;
    talk.channel.kind = CHANNEL_WHATSAPP;
    talk_say(&talk, "hola");
    assert_false(lost_with(EVENT_MEDIA));
    assert_false(lost_with(EVENT_LOCATION)); /* nobody asked where */
    talk_say(&talk, "1");                    /* what is understood begins the count anew */
    assert_false(lost_with(EVENT_MEDIA));
    assert_false(lost_with(EVENT_UNSUPPORTED));
    assert_true(lost_with(EVENT_MEDIA));
    talk_say(&talk, "seguir");
    assert_false(talk.state.ticket.holds);
    assert_false(lost_with(EVENT_MEDIA));
    talk_say(&talk, "BAJA");
    for (int i = 0; i < 4; i++)
        lost_with(EVENT_MEDIA);
    assert_false(talk.state.ticket.opened_ms); /* who left is handed over to nobody */
}

/* Says words from the consent's question on. Tells whether the conversation is with staff then, lost. */
static bool lost_by(const char *words)
{
    char said[64];
    struct slice rest = slice_of(words), one;
    talk_end(&talk);
    talk_begin(&talk, flows);
    talk_say(&talk, "hola");
    while (slice_cut(&rest, ',', &one)) {
        assert_true(slice_copy(one, said, sizeof(said)));
        assert_false(talk.state.ticket.holds); /* not before the last of them */
        talk_say(&talk, said);
    }
    return talk.state.ticket.opened_ms && talk.state.ticket.holds && talk.state.ticket.lost;
}

static void the_third_in_a_row_that_is_not_understood_is_for_staff(void **state)
{
    static const struct {
        const char *words;
        bool lost;
    } rows[] = {
        {"7%7,7%7", false},
        {"7%7,7%7,7%7", true},
        {"7%7,7%7,si,7,7,7", true},         /* an answer begins the count anew */
        {"7%7,7%7,gracias,7%7", false},     /* a command; the last try of the question gives it up */
        {"si,7,7,gracias,7,7%7,7%7", true}, /* that goes on over the next question */
        {"7%7,7%7,menu,7%7,7%7,7%7", true}, /* a command's own question */
        {"7%7,7%7,cursos,7%7,7%7", false},  /* a keyword */
        {"7%7,hola,7%7,buenas,7%7", true},  /* a greeting neither */
        {"no entiendo,no entiendo,no entiendo", true},
        {"si,no sé,no sé,vendo ropa", false},
        {"si,vendo ropa,7%7,7%7,somos 4 en Cusco,si,7%7", false},    /* what is told is understood */
        {"si,vendo ropa,3 años,80,no,80,no,80,no", true},            /* what is denied was not */
        {"si,vendo ropa,3 años,80,7%7,80,7%7,70,7%7", false},        /* 80 is 80: a yes */
        {"si,vendo ropa,3 años,80,70,60,50,7%7,7%7", false},         /* asked back is neither; it is given up */
        {"si,vendo ropa,3 años,7%7,7%7,20000000 al mes,7%7", false}, /* not allowed, but understood */
        {"si,vendo ropa,3 años,20000000 al mes,vendo 5 soles al mes y estoy en Cusco,no,%%%,%%%", true},
    };
    (void)state;
    talk.channel.kind = CHANNEL_SMS;
    for (size_t i = 0; i < COUNT(rows); i++)
        if (lost_by(rows[i].words) != rows[i].lost)
            fail_msg("%s: at %s, %u in a row", rows[i].words, talk.state.at, talk.state.misread);
}

/* What was told beside a doubt that comes to nothing waits while staff have the word, and is asked back behind that. */
static void what_waits_beside_a_doubt_outlasts_staff(void **state)
{
    static const struct {
        const char *words, *back;
    } rows[] = {
        {"si,vendo ropa,3 años,vendo 5 soles al mes y estoy en Cusco,no,%%%,%%%", "seguir"},
        {"si,vendo ropa,3 años,vendo 5 soles al mes y estoy en Cusco,asesor", "seguir"},
        {"si,vendo ropa,3 años,vendo 5 soles al mes y estoy en Cusco,asesor", NULL}, /* staff close it */
    };
    const struct event closes = {
        .kind = EVENT_STAFF, .from = SLICE("+51987654321"), .id = SLICE("s"), .payload = SLICE("close ana")};
    (void)state;
    talk.channel.kind = CHANNEL_SMS;
    for (size_t i = 0; i < COUNT(rows); i++) {
        lost_by(rows[i].words);
        assert_true(talk.state.ticket.holds);
        if (rows[i].back)
            talk_say(&talk, rows[i].back);
        else
            talk_turn(&talk, &closes);
        assert_string_equal(talk.state.at, "ventas");
        assert_string_equal(talk.state.doubt.slot, "");
        talk_say(&talk, "900 al mes");
        talk_say(&talk, "si");
        assert_true(slice_is(state_fact(&talk.state, "sales"), "900/month"));
        if (!slice_is(state_fact(&talk.state, "region"), "08"))
            fail_msg("%s: the region is lost", rows[i].words);
    }
}

/* An empty message comes without even an address: it is one of which nothing can be made, and no lack of memory. */
static void an_empty_message_is_not_understood(void **state)
{
    const struct event empty = {.kind = EVENT_TEXT, .from = SLICE("+51987654321"), .id = SLICE("m")};
    (void)state;
    assert_false(lost_by("si,vendo ropa"));
    talk_turn(&talk, &empty);
    assert_string_equal(talk.state.at, "tiempo");
    assert_int_equal(talk.state.misread, 1);
}

/* Where staff had their turn with a question, its tries alone count: nobody goes round. The next has its own count. */
static void who_was_with_staff_gets_on(void **state)
{
    (void)state;
    assert_true(lost_by("si,7,7,7"));
    talk_say(&talk, "seguir");
    assert_string_equal(talk.state.at, "actividad");
    for (int i = 0; i < 3; i++)
        talk_say(&talk, "7");
    assert_string_equal(talk.state.at, "tiempo");
    assert_false(talk.state.ticket.holds);
    for (int i = 0; i < 3; i++)
        talk_say(&talk, "7%7");
    assert_true(talk.state.ticket.holds);
    assert_int_equal(talk.state.ticket.waiting, 2); /* the same ticket */
}

/* A button of before is no answer meanwhile; its words may be for the flow. */
static void a_button_of_before_goes_on_where_its_words_do(void **state)
{
    static const struct {
        const char *title;
        bool holds;
    } rows[] = {{"Seguir", false}, {"Contacto del 1", true}};
    (void)state;
    for (size_t i = 0; i < COUNT(rows); i++) {
        assert_true(lost_by("si,7,7,7"));
        const struct event event = {.kind = EVENT_CHOICE,
                                    .from = SLICE("+51987654321"),
                                    .id = SLICE("b"),
                                    .text = slice_of(rows[i].title),
                                    .payload = SLICE("resultados:seguir")};
        talk_turn(&talk, &event);
        assert_int_equal(talk.state.ticket.holds, rows[i].holds);
        assert_int_equal(talk.message_count, !rows[i].holds);
    }
}

int main(void)
{
    flows = talk_flows();
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(lines_are_taken_one_by_one, set_up, tear_down),
        cmocka_unit_test_setup_teardown(what_is_known_stays, set_up, tear_down),
        cmocka_unit_test_setup_teardown(who_came_to_a_training_has_that_among_her_facts, set_up, tear_down),
        cmocka_unit_test_setup_teardown(of_who_left_nothing_is_taken, set_up, tear_down),
        cmocka_unit_test_setup_teardown(who_was_imported_begins_as_anybody, set_up, tear_down),
        cmocka_unit_test_setup_teardown(the_third_that_is_no_words_is_for_staff, set_up, tear_down),
        cmocka_unit_test_setup_teardown(the_third_in_a_row_that_is_not_understood_is_for_staff, set_up, tear_down),
        cmocka_unit_test_setup_teardown(what_waits_beside_a_doubt_outlasts_staff, set_up, tear_down),
        cmocka_unit_test_setup_teardown(an_empty_message_is_not_understood, set_up, tear_down),
        cmocka_unit_test_setup_teardown(who_was_with_staff_gets_on, set_up, tear_down),
        cmocka_unit_test_setup_teardown(a_button_of_before_goes_on_where_its_words_do, set_up, tear_down),
        cmocka_unit_test_setup_teardown(without_memory_an_import_fails_alone, set_up, tear_down),
    };
    int failed = cmocka_run_group_tests(tests, NULL, NULL);
    flows_free(flows);
    return failed;
}
