#include <stdio.h>
#include <string.h>

#include "tests/unit/unit.h"

#include "dialog/lexer.h"
#include "dialog/sound.h"
#include "tests/unit/languages_kit.h"

static void words_that_sound_alike_share_a_key(void **state)
{
    static const struct {
        const char *a, *b;
        bool alike;
    } rows[] = {
        {"bajo", "vajo", true},   {"hola", "ola", true},         {"anos", "anios", true},  {"si", "siii", true},
        {"cuzco", "cusco", true}, {"arekipa", "arequipa", true}, {"yo", "llo", true},      {"empezar", "enpezar", true},
        {"exito", "esito", true}, {"wanuco", "huanuco", true},   {"jente", "gente", true}, {"kiero", "quiero", true},
        {"casa", "cama", false},  {"si", "se", false},           {"choza", "cosa", false}, {"gato", "jato", false},
        {"perro", "pero", true}, /* the price of forgiving doubled letters */
    };
    (void)state;
    for (size_t i = 0; i < COUNT(rows); i++) {
        char a[SOUND_BYTES], b[SOUND_BYTES];
        struct slice key_a = {a, sound_of(slice_of(rows[i].a), a)}, key_b = {b, sound_of(slice_of(rows[i].b), b)};
        assert_int_equal(slice_eq(key_a, key_b), rows[i].alike);
        assert_true(!rows[i].alike || sound_class(slice_of(rows[i].a)) == sound_class(slice_of(rows[i].b)));
    }
}

/* Words as they are, numbers in hundredths between < and >. */
static void write_tokens(const struct lexed *lexed, char *out, size_t size)
{
    size_t used = 0;
    out[0] = '\0';
    for (size_t t = 0; t < lexed->count; t++) {
        const struct token *token = &lexed->tokens[t];
        const char *blank = t ? " " : "";
        int len = token->kind == TOKEN_NUMBER
                      ? snprintf(out + used, size - used, "%s<%lld>", blank, (long long)token->hundredths)
                      : snprintf(out + used, size - used, "%s%.*s", blank, (int)token->text.len, token->text.ptr);
        used += (size_t)len;
    }
}

/* Each row is the message and its tokens. */
static void cuts_messages_into_words_and_numbers(void **state)
{
    static const struct {
        const char *message, *tokens;
    } rows[] = {
        {"1500", "<150000>"},
        {"S/.1500", "s/ <150000>"},
        {"s/ 1,200.50", "s/ <120050>"},
        {"1.500", "<150000>"},
        {"1.50", "<150>"},
        {"1,5", "<150>"},
        {"0.125", "<12>"},
        {"1.500,50", "<150050>"},
        {"1'200,000", "<120000000>"},
        {"1\xE2\x80\x99"
         "500",
         "<150000>"},
        {"1 500 soles", "<150000> soles"},
        {"unos 500 600", "unos <50000> <60000>"},
        {"150 000", "<15000000>"},
        {"1.2.3", "1.2.3"},
        {"1500,500", "1500,500"},
        {"99999999999999", "99999999999999"},
        {"2mil", "<200000>"},
        {"3k", "<300000>"},
        {"a 3 c/u", "a <300> c / u"},
        {"mil quinientos", "<150000>"},
        {"dos mil 500", "<250000>"},
        {"2 mil y medio", "<250000>"},
        {"treinta y cinco", "<3500>"},
        {"treintaicinco", "<3500>"},
        {"veintiuno, ventidos", "<2100> , <2200>"},
        {"dieciseis", "<1600>"},
        {"dosmil trescientos cuarenta y uno", "<234100>"},
        {"kinientos sinkuenta", "<55000>"},
        {"quinientos mil", "<50000000>"},
        {"un millon doscientos mil", "<120000000>"},
        {"medio palo", "<50000000>"},
        {"media docena", "<600>"},
        {"medio millar", "<50000>"},
        {"un par de miles", "<200000>"},
        {"la mitad de mil", "la <50000>"},
        {"mitad de dos mil veinte", "mitad de <202000>"},
        {"docena y media", "<1800>"},
        {"un par de meses", "<200> de meses"},
        {"2 1/2", "<250>"},
        {"mil y pico", "<100000>"},
        {"dos tres", "<200> <300>"},
        {"cero", "<0>"},
        {"iskay chunka", "<2000>"},
        {"miles de soles", "miles de soles"},
        {"año y medio", "ano y medio"},
        {"s.j.l. y p'unchay", "sjl y punchay"},
        {"20soles x dia", "<2000> soles por dia"},
        {"cien to veinte", "<12000>"}, /* as dictation cuts */
        {"de cena", "de cena"},        /* and not "decena" */
        {"¿¡Sí!? (ya)", "si ya"},
        {"👍🏽", "\xF0\x9F\x91\x8D"},
        {"5%", "<500> %"},
        {"gracias \xF0\x9F\x92\x95", "gracias"}, /* a heart means nothing here */
        {"\xF0\x9F\x92\x95", "\xF0\x9F\x92\x95"},
        {"", ""},
    };
    (void)state;
    for (size_t i = 0; i < COUNT(rows); i++) {
        struct lexed lexed;
        char seen[256];
        lex(kit_lexicon(), slice_of(rows[i].message), &lexed);
        write_tokens(&lexed, seen, sizeof(seen));
        assert_string_equal(seen, rows[i].tokens);
    }
}

/* The word that is put in stands in the lexicon: its number with one of the message keeps the text of that one. */
static void a_mended_word_counts_with_the_number_before_it(void **state)
{
    static struct lexed whole, mended;
    const struct known *dozen = lexicon_known(kit_lexicon(), SLICE("docena"));
    (void)state;
    assert_non_null(dozen);
    lex(kit_lexicon(), SLICE("unas 2 dicema al mes"), &whole);
    assert_int_equal(whole.count, 5);
    lexed_mend(&whole, 2, dozen, &mended);
    assert_int_equal(mended.count, 4);
    assert_int_equal(mended.tokens[1].kind, TOKEN_NUMBER);
    assert_int_equal(mended.tokens[1].hundredths, 2400);
    assert_true(slice_is(mended.tokens[1].text, "2"));
    assert_true(slice_is(mended.tokens[2].text, "al"));
}

static void long_messages_are_cut(void **state)
{
    static char message[64 * 1024];
    static const char *const fillings[] = {"a ",           "1 ",  "mil ", "1.1", "s/", "'", "\xF0\x9F\x91\x8D",
                                           "\xEF\xB7\xBA", "\xFF"};
    (void)state;
    for (size_t f = 0; f < COUNT(fillings); f++) {
        struct lexed lexed;
        size_t len = strlen(fillings[f]);
        for (size_t i = 0; i < sizeof message; i++)
            message[i] = fillings[f][i % len];
        lex(kit_lexicon(), (struct slice){message, sizeof message}, &lexed);
        assert_true(lexed.count <= LEXER_TOKENS_MAX);
        assert_true(lexed.text_len < LEXER_BYTES);
    }
}

static void beyond_both_ends_stands_a_sign_without_text(void **state)
{
    struct lexed lexed;
    (void)state;
    lex(kit_lexicon(), SLICE("yo solo"), &lexed);
    assert_true(slice_is(token_at(&lexed, 1)->text, "solo"));
    assert_true(slice_is(token_before(&lexed, 1, 1)->text, "yo"));
    const struct token *const outside[] = {token_at(&lexed, 2), token_at(&lexed, SIZE_MAX), token_before(&lexed, 1, 2),
                                           token_before(&lexed, 0, 1)};
    for (size_t i = 0; i < COUNT(outside); i++) {
        assert_int_equal(outside[i]->kind, TOKEN_SIGN);
        assert_int_equal(outside[i]->text.len, 0);
    }
}

/* Who speaks Quechua has three vowels: a strange word is met as the one that it is with e and i, o and u exchanged. */
static void strange_words_are_met_with_their_vowels_exchanged(void **state)
{
    static const struct {
        const char *word, *met; /* NULL: as none */
    } rows[] = {{"mesis", "meses"}, {"sulis", "soles"}, {"menus", NULL}, {"zzz", NULL}, {"eieieieieiei", NULL}};
    (void)state;
    for (size_t i = 0; i < COUNT(rows); i++) {
        struct lexed lexed;
        lex(kit_lexicon(), slice_of(rows[i].word), &lexed);
        const struct token *token = token_at(&lexed, 0);
        assert_int_equal(token->exchanged, rows[i].met != NULL);
        assert_true(slice_is(token->text, rows[i].word));
        assert_true(!rows[i].met || slice_is(token->known->text, rows[i].met));
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(words_that_sound_alike_share_a_key),
        cmocka_unit_test(cuts_messages_into_words_and_numbers),
        cmocka_unit_test(a_mended_word_counts_with_the_number_before_it),
        cmocka_unit_test(long_messages_are_cut),
        cmocka_unit_test(strange_words_are_met_with_their_vowels_exchanged),
        cmocka_unit_test(beyond_both_ends_stands_a_sign_without_text),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
