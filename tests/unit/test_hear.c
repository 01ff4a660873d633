/* What a message tells beside its answer: taken where words say what it is, never from a bare number. */
#include "tests/unit/talk.h"

#include "dialog/hear.h"
#include "dialog/lexer.h"
#include "tests/unit/languages_kit.h"

#define NOW_MS 1795435200000 /* 2026-11-23T12:00:00Z */

static const enum slot_type types[] = {TYPE_TENURE, TYPE_MONEY,  TYPE_CUSTOMERS, TYPE_WORKERS,
                                       TYPE_RUC,    TYPE_REGION, TYPE_GOAL};

/* Writes "tenure=36 region=08" for what is heard. */
static void write_heard(const char *text, bool loosely, char out[256])
{
    struct lexed lexed;
    struct said said;
    size_t used = 0;
    out[0] = '\0';
    recognise_lex(kit_lexicon(), slice_of(text), &lexed, &said);
    for (size_t i = 0; i < COUNT(types); i++) {
        struct recognised found;
        if (hear(types[i], &said, 0, lexed.count, loosely, NOW_MS, &found) == OK)
            used += (size_t)snprintf(out + used, 256 - used, "%s%s=%s", used ? " " : "", slot_type_name(types[i]),
                                     found.value);
    }
}

static void facts_are_heard_by_their_cues(void **state)
{
    static const struct {
        const char *text, *heard;
    } rows[] = {
        {"tengo una bodega en Cusco hace 3 años, vendo 200 diarios", "tenure=36 money=200/day region=08"},
        {"soy de Puno, tejo chompas hace 10 años con mi mama", "tenure=120 region=21"},
        {"hago tortas por encargo, yo sola, vendo como 1500 al mes", "money=1500/month workers=1"},
        {"restaurante en Huancayo, somos 5, atiendo 60 clientes al dia", "customers=60/day workers=5 region=12"},
        {"tengo ruc y una ferreteria en Trujillo desde el 2018", "tenure=106 ruc=yes region=13"},
        {"no tengo ruc, vendo comida, gano 50 soles diarios", "money=50/day ruc=no"},
        {"tengo 3 años con mi bodega en juliaca", "tenure=36 region=21"},
        {"trabajo con mi esposo y dos ayudantes", "workers=4"},
        {"vendo ropa, 2 años, trujillo", "tenure=24 region=13"},
        {"crio cuyes, necesito un prestamo para ampliar", "goal=finance"},
        {"pienso poner una juguería", "tenure=-1"},
        {"vendo quesos de cajamarca en lima", "region=15"},
        {"saco de 80 a 100 soles por dia en mi puesto en ica", "money=80..100/day region=11"},
        /* numbers of something else, and numbers of nobody knows what */
        {"tengo una bodega", ""},
        {"tengo 40 años y vendo ropa", ""},
        {"vendo 200 panes diarios", ""},
        {"vendo menus a 12 soles", ""},
        {"vendo a 20 soles el menu", ""},
        {"tengo 2 hijos y vendo gelatina", ""},
        {"debo 5000 soles al banco y vendo abarrotes", ""},
        {"quiero abrir otra tienda", ""},
        {"tengo dos tiendas", ""},
        {"vendo 300", ""},
        {"3 200 5", ""},
        {"mi ruc es 20512333797", ""},
        {"no vendo 500 al mes", ""},
        {"", ""},
    };
    (void)state;
    for (size_t i = 0; i < COUNT(rows); i++) {
        char heard[256];
        write_heard(rows[i].text, false, heard);
        if (strcmp(heard, rows[i].heard) != 0)
            fail_msg("\"%s\" tells \"%s\", not \"%s\"", rows[i].text, heard, rows[i].heard);
    }
}

static void what_sets_right_needs_a_unit_alone(void **state)
{
    static const struct {
        const char *text, *heard;
    } rows[] = {
        {"no, 5 años", "tenure=60"},
        {"son 300 al mes", "money=300/month"},
        {"no, en Puno", "region=21"},
        {"Tacna", "region=23"},
        {"no, 3 personas", "workers=3"},
        {"no", ""},
        {"5", ""},
        {"así no es", ""},
    };
    (void)state;
    for (size_t i = 0; i < COUNT(rows); i++) {
        char heard[256];
        write_heard(rows[i].text, true, heard);
        if (strcmp(heard, rows[i].heard) != 0)
            fail_msg("\"%s\" sets right \"%s\", not \"%s\"", rows[i].text, heard, rows[i].heard);
    }
}

/* Writes the words that tell of none of the types. */
static void write_left(const char *text, char out[256])
{
    struct lexed lexed;
    struct said said;
    uint64_t told = 0;
    size_t used = 0;
    out[0] = '\0';
    recognise_lex(kit_lexicon(), slice_of(text), &lexed, &said);
    for (size_t i = 0; i < COUNT(types); i++)
        told |= hear_tokens(types[i], &said, NOW_MS);
    for (size_t i = 0; i < lexed.count; i++)
        if (!(told >> i & 1))
            used += (size_t)snprintf(out + used, 256 - used, "%s%.*s", used ? " " : "", (int)lexed.tokens[i].text.len,
                                     lexed.tokens[i].text.ptr);
}

static void what_tells_of_a_fact_is_known_word_for_word(void **state)
{
    static const struct {
        const char *text, *left;
    } rows[] = {
        {"tengo una bodega en Cusco hace 3 años, vendo 200 diarios", "tengo una bodega"},
        {"vendo ropa, somos 3, atiendo 20 clientes al día, no tengo ruc", "vendo ropa"},
        {"crio cuyes, necesito un prestamo para ampliar", "crio cuyes para ampliar"},
        {"vendo 200 panes diarios", "vendo 200 panes diarios"},
        {"", ""},
    };
    (void)state;
    for (size_t i = 0; i < COUNT(rows); i++) {
        char left[256];
        write_left(rows[i].text, left);
        if (strcmp(left, rows[i].left) != 0)
            fail_msg("\"%s\" leaves \"%s\", not \"%s\"", rows[i].text, left, rows[i].left);
    }
}

static void only_some_types_are_heard(void **state)
{
    (void)state;
    assert_true(hear_knows(TYPE_TENURE));
    assert_true(hear_knows(TYPE_REGION));
    assert_false(hear_knows(TYPE_YESNO));
    assert_false(hear_knows(TYPE_TEXT));
    assert_false(hear_knows(TYPE_CHOICE));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(facts_are_heard_by_their_cues),
        cmocka_unit_test(what_sets_right_needs_a_unit_alone),
        cmocka_unit_test(what_tells_of_a_fact_is_known_word_for_word),
        cmocka_unit_test(only_some_types_are_heard),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
