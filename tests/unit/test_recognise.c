#include "tests/unit/recognise_rows.h"

#include "dialog/lexer.h"
#include "tests/unit/languages_kit.h"

static void words_that_tell_nothing_are_no_trade(void **state)
{
    static const struct {
        const char *text;
        bool evades;
    } rows[] = {
        {"ok", true},
        {"si claro", true},
        {"no quiero decir", true},
        {"no quiero", true},
        {"¿para qué?", true},
        {"😀😀", true},
        {"12", true},
        {"bodega", false},
        {"vendo ropa", false},
        {"si vendo ropa", false},
        {"¿vendo ropa, vale?", false},
        {"hago tortas", false},
        {"papa y maíz", false},
    };
    (void)state;
    for (size_t i = 0; i < COUNT(rows); i++) {
        struct lexed lexed;
        struct said said;
        recognise_lex(kit_lexicon(), slice_of(rows[i].text), &lexed, &said);
        if (recognise_evades(&said) != rows[i].evades)
            fail_msg("\"%s\" should %sevade", rows[i].text, rows[i].evades ? "" : "not ");
    }
}

static void types_have_names(void **state)
{
    static const char *const names[] = {"text",   "money",  "tenure", "workers", "customers", "yesno", "ruc",
                                        "regime", "region", "trend",  "goal",    "command",   "choice"};
    enum slot_type type = TYPE_TEXT;
    (void)state;
    for (int i = TYPE_TEXT; i <= TYPE_CHOICE; i++) {
        assert_int_equal(slot_type_named(slice_of(names[i]), &type), OK);
        assert_int_equal(type, i);
        assert_string_equal(slot_type_name(type), names[i]);
    }
    assert_int_equal(slot_type_named(SLICE("choice:a|b"), &type), OK);
    assert_int_equal(type, TYPE_CHOICE);
    type = TYPE_RUC;
    assert_int_equal(slot_type_named(SLICE("monney"), &type), ERR_NOT_FOUND);
    assert_int_equal(type, TYPE_RUC);
}

static void text_is_kept_trimmed_and_within_its_bounds(void **state)
{
    static const struct recognise_row rows[] = {
        {"  vendo chompas de alpaca ", "vendo chompas de alpaca", SURE},
        {"...", NULL, SURE},
        {" \n ", NULL, SURE},
        {"ñññññññññññññññññññññññññññññññññññññ", "ñññññññññññññññññññññññññññññññ", SURE},
    };
    (void)state;
    CHECK_ROWS(TYPE_TEXT, "", rows);
}

/* The words of the reference for Quechua, part 6 of the domain facts, and tens: no speaker has read them yet. They are
 * understood whichever of the languages is spoken, for people mix them; so is Aymara's yes and no. */
static void quechua_is_read_as_far_as_the_reference_goes(void **state)
{
    static const char *const spoken[] = {"es", "qu", "quz"};
    static const struct {
        enum slot_type type;
        const char *text, *value;
    } rows[] = {
        {TYPE_YESNO, "arí", "yes"},
        {TYPE_YESNO, "aw", "yes"},
        {TYPE_YESNO, "jisa", "yes"},
        {TYPE_YESNO, "manam", "no"},
        {TYPE_YESNO, "manan", "no"},
        {TYPE_YESNO, "janiwa", "no"},
        {TYPE_YESNO, "manaraqmi", "no"},
        {TYPE_YESNO, "icha", "maybe"},
        {TYPE_YESNO, "ichapas si", "maybe"},
        {TYPE_YESNO, "ari, tal vez", "maybe"},
        {TYPE_YESNO, "ari pues", "yes"},
        {TYPE_TENURE, "huk wata", "12"},
        {TYPE_TENURE, "iskay wata", "24"},
        {TYPE_TENURE, "kimsa killa", "3"},
        {TYPE_TENURE, "kinsa watan", "36"},
        {TYPE_TENURE, "manaraqmi", "-1"},
        {TYPE_WORKERS, "tawa", "4"},
        {TYPE_WORKERS, "pichqa runa", "5"},
        {TYPE_WORKERS, "pisqa", "5"},
        {TYPE_WORKERS, "sapallaymi llamkani", "1"},
        {TYPE_CUSTOMERS, "suqta", "6/?"},
        {TYPE_CUSTOMERS, "soqta sapa punchaw", "6/day"},
        {TYPE_CUSTOMERS, "qanchis", "7/?"},
        {TYPE_CUSTOMERS, "pusaq", "8/?"},
        {TYPE_CUSTOMERS, "isqun", "9/?"},
        {TYPE_CUSTOMERS, "esqon", "9/?"},
        {TYPE_CUSTOMERS, "tawa chunka pisqayuq", "45/?"},
        {TYPE_CUSTOMERS, "pachak iskay chunka", "120/?"},
        {TYPE_MONEY, "chunka soles", "10/?"},
        {TYPE_MONEY, "iskay chunka soles", "20/?"},
        {TYPE_MONEY, "chunka hukniyuq soles", "11/?"},
        {TYPE_MONEY, "kimsa waranqa soles sapa killa", "3000/month"},
        {TYPE_REGION, "qosqo", "08"},
        {TYPE_COMMAND, "yanapay", "help"},
        {TYPE_COMMAND, "allichu yanapay", "help"},
        {TYPE_COMMAND, "manan hamut'anichu", "help"},
        {TYPE_COMMAND, "runasimipi", "language"},
        {TYPE_COMMAND, "añay", "thanks"},
        {TYPE_COMMAND, "sulpayki", "thanks"},
        {TYPE_COMMAND, "allinllachu", "greet"},
        {TYPE_COMMAND, "allin p'unchay", "greet"},
        {TYPE_COMMAND, "kamisaraki", "greet"},
    };
    (void)state;
    for (size_t i = 0; i < COUNT(rows) * COUNT(spoken); i++) {
        const char *key = spoken[i % COUNT(spoken)], *text = rows[i / COUNT(spoken)].text;
        struct recognised found = {"", 0};
        if (recognise(languages_lexicon(kit_languages(), key), rows[i / COUNT(spoken)].type, SLICE_NONE, slice_of(text),
                      0, &found) != OK ||
            strcmp(found.value, rows[i / COUNT(spoken)].value) != 0)
            fail_msg("\"%s\" gave \"%s\", not %s, to who speaks %s", text, found.value,
                     rows[i / COUNT(spoken)].value, key);
    }
}

static void what_is_not_understood_leaves_the_answer_alone(void **state)
{
    (void)state;
    for (int type = TYPE_TEXT; type <= TYPE_CHOICE; type++) {
        struct recognised found = {"untouched", 0.25};
        assert_int_equal(recognise(kit_lexicon(), (enum slot_type)type, SLICE("a|b"), SLICE(""), 0, &found),
                         ERR_NOT_FOUND);
        assert_string_equal(found.value, "untouched");
    }
}

/* Months are counted from the day of the message, on Lima's clock. */
static void greetings_around_an_answer_are_passed_over(void **state)
{
    static const struct {
        enum slot_type type;
        struct recognise_row row;
    } rows[] = {
        {TYPE_YESNO, {"hola buenas tardes claro joven", "yes", SURE}},
        {TYPE_YESNO, {"pucha nop señorita", "no", SURE}},
        {TYPE_YESNO, {"buenps días no autorizo", "no", DOUBTFUL}},
        {TYPE_YESNO, {"la verdad no estoy segruo", "maybe", DOUBTFUL}},
        {TYPE_YESNO, {"no etniendo", "no", DOUBTFUL}},
        {TYPE_YESNO, {"la verdad no estoy segiro", "no", DOUBTFUL}},
        {TYPE_YESNO, {"disculpe, la verdad tampoco", "no", SURE}},
        {TYPE_TREND, {"buenas, soy de puno", NULL, SURE}},
        {TYPE_TREND, {"hola buenas tardes vendo lo mismo", "same", SURE}},
        {TYPE_REGIME, {"a ver rg amigo", "RG", SURE}},
        {TYPE_CHOICE, {"mmm la b por favor", "dos", SURE}},
        {TYPE_WORKERS, {"19 joven", "19", SURE}},
        {TYPE_WORKERS, {"con mi señora", "2", SURE}},
        {TYPE_WORKERS, {"una señora", "2", SURE}},
        {TYPE_MONEY, {"mil gracias", NULL, SURE}},
        {TYPE_COMMAND, {"buenas tardes señorita", "greet", SURE}},
        {TYPE_COMMAND, {"pucha menu pues", "menu", SURE}},
        {TYPE_RUC, {"hola, 10101174102 gracias", "10101174102", SURE}},
    };
    (void)state;
    for (size_t i = 0; i < COUNT(rows); i++)
        check_rows(rows[i].type, "uno|dos", &rows[i].row, 1);
}

static void tenure_needs_the_date_of_the_message(void **state)
{
    static const struct {
        int64_t now_ms;
        const char *text, *value;
    } rows[] = {
        {1795453200000, "desde el 2019", "94"},  {1767243600000, "desde el 2019", "84"}, /* 2026-01-01 00:00 in Lima */
        {1767243599000, "desde el 2019", "83"},                                          /* one second before */
        {1767243600000, "desde diciembre", "1"}, {1767243600000, "desde enero", "0"},
    };
    (void)state;
    for (size_t i = 0; i < COUNT(rows); i++) {
        struct recognised found;
        enum error error =
            recognise(kit_lexicon(), TYPE_TENURE, SLICE_NONE, slice_of(rows[i].text), rows[i].now_ms, &found);
        assert_int_equal(error, OK);
        assert_string_equal(found.value, rows[i].value);
    }
}

/* Whatever comes, values keep their form; how long it takes is measured by hand. */
static void hostile_input_is_survived(void **state)
{
    static const char *const parts[] = {
        "mil ", "1 ", "no ", "un ",         "y ",           "de ",    "9",
        ".",    "'",  "s/",  "subio baja ", "san juan de ", "entre ", "\xF0\x9F\x91\x8D",
        "\xFF", "x",  "ano "};
    static char text[RECOGNISE_BYTES_MAX * 2];
    unsigned seed = 20261123;
    (void)state;
    for (int round = 0; round < 200; round++) {
        size_t used = 0;
        size_t kinds = 1 + (size_t)round % 4;
        while (used + 16 < sizeof text) {
            seed = seed * 1103515245u + 12345u;
            const char *part = parts[((size_t)round + (seed >> 16) % kinds) % COUNT(parts)];
            memcpy(text + used, part, strlen(part));
            used += strlen(part);
        }
        for (int type = TYPE_TEXT; type <= TYPE_CHOICE; type++) {
            struct recognised found;
            if (recognise(kit_lexicon(), (enum slot_type)type, SLICE("uno|dos|san juan"), (struct slice){text, used}, 0,
                          &found) == OK)
                assert_true(found.confidence >= 0 && found.confidence <= 1 && strlen(found.value) < RECOGNISE_VALUE);
        }
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(words_that_tell_nothing_are_no_trade),
        cmocka_unit_test(types_have_names),
        cmocka_unit_test(text_is_kept_trimmed_and_within_its_bounds),
        cmocka_unit_test(quechua_is_read_as_far_as_the_reference_goes),
        cmocka_unit_test(what_is_not_understood_leaves_the_answer_alone),
        cmocka_unit_test(greetings_around_an_answer_are_passed_over),
        cmocka_unit_test(tenure_needs_the_date_of_the_message),
        cmocka_unit_test(hostile_input_is_survived),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
