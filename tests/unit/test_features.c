#include "tests/unit/unit.h"

#include <math.h>
#include <string.h>

#include "base/mem.h"
#include "engine/features.h"

static bool has_index(const struct features *f, uint32_t index)
{
    for (size_t i = 0; i < f->count; i++)
        if (f->items[i].index == index)
            return true;
    return false;
}

/* Counts the features of `a` that `b` has too. */
static size_t shared(const struct features *a, const struct features *b)
{
    size_t count = 0;
    for (size_t i = 0; i < a->count; i++)
        count += has_index(b, a->items[i].index);
    return count;
}

static void what_sounds_alike_is_alike(void **state)
{
    static const struct {
        const char *a, *b;
    } rows[] = {
        {"negocio", "negosio"},    {"vendo", "bendo"},       {"POLLERÍA", "poyeria"}, {"zapatos", "sapatos"},
        {"hago", "ago"},           {"quesos", "kesos"},      {"coser", "cozer"},      {"gelatina", "jelatina"},
        {"  bodega ", "Bodega!!"}, {"llantas", "yantas"},    {"ceviche", "seviche"},  {"grasiaaas", "gracias"},
        {"niños", "ninos"},        {"tengo 12", "tengo 34"},
    };
    (void)state;
    for (size_t i = 0; i < COUNT(rows); i++) {
        struct features a, b;
        features_of_text(slice_of(rows[i].a), &a);
        features_of_text(slice_of(rows[i].b), &b);
        if (a.count == 0 || a.count != b.count || shared(&a, &b) != a.count)
            fail_msg("%s and %s differ", rows[i].a, rows[i].b);
    }
}

static void what_differs_differs(void **state)
{
    static const struct {
        const char *a, *b;
    } rows[] = {{"chico", "quico"}, {"perro", "zorro"}, {"hago pan", "pan hago"}, {"gato", "jato"}, {"lana", "llana"}};
    (void)state;
    for (size_t i = 0; i < COUNT(rows); i++) {
        struct features a, b;
        features_of_text(slice_of(rows[i].a), &a);
        features_of_text(slice_of(rows[i].b), &b);
        assert_true(shared(&a, &b) < a.count || shared(&b, &a) < b.count);
    }
}

static void a_slip_keeps_much(void **state)
{
    struct features a, b;
    (void)state;
    features_of_text(SLICE("confecciones"), &a);
    features_of_text(SLICE("confeccines"), &b);
    assert_true(shared(&a, &b) * 2 > a.count);
}

static void words_pairs_and_parts_are_counted_once(void **state)
{
    static const struct {
        const char *text;
        size_t words, features;
    } rows[] = {
        {"", 0, 0},         {" ¿?... ", 0, 0}, {"y", 1, 4}, /* y; " y", " y ", "y " */
        {"¿Y?", 1, 4},      {"pan", 1, 11}, /* the word; four pairs, three triples, two fours and one five of " pan " */
        {"pan pan", 2, 12},                 /* the same once, and the pair */
    };
    (void)state;
    for (size_t i = 0; i < COUNT(rows); i++) {
        struct features f;
        features_of_text(slice_of(rows[i].text), &f);
        assert_int_equal(f.word_count, rows[i].words);
        if (f.count != rows[i].features)
            fail_msg("\"%s\" has %zu features", rows[i].text, f.count);
    }
}

static void vectors_have_length_one_and_stay_in_bounds(void **state)
{
    char text[2000];
    struct features f;
    (void)state;
    for (size_t i = 0, drawn = 7; i < sizeof(text); i++) {
        drawn = (drawn * 1103515245 + 12345) % 2147483648;
        text[i] = (char)(i % 9 == 8 ? ' ' : 'a' + (int)(drawn / 65536 % 26));
    }
    features_of_text((struct slice){text, sizeof(text)}, &f);
    double sum = 0;
    for (size_t i = 0; i < f.count; i++) {
        assert_true(f.items[i].index < FEATURES_DIMENSION);
        sum += (double)(f.items[i].value * f.items[i].value);
        for (size_t k = 0; k < i; k++)
            assert_int_not_equal(f.items[i].index, f.items[k].index);
    }
    assert_true(f.count > 400 && f.count <= FEATURES_MAX);
    assert_true(f.word_count <= FEATURES_WORDS_MAX);
    assert_true(fabs(sum - 1) < 1e-3);
}

static void each_word_gets_its_share(void **state)
{
    struct linear_shape shape = {
        .name = "t", .dimension = FEATURES_DIMENSION, .classes = 2, .labels = {"a", "b"}, .temperature = 1};
    double bias[2] = {0, 0}, share[FEATURES_WORDS_MAX];
    struct features one, f;
    struct linear *model;
    (void)state;
    double *weights = mem_alloc(FEATURES_DIMENSION * 2 * sizeof(*weights));
    features_of_text(SLICE("cuyes"), &one);
    for (size_t i = 0; i < one.count; i++)
        weights[one.items[i].index * 2] = 1;
    assert_int_equal(linear_make(&shape, weights, bias, &model), OK);
    features_of_text(SLICE("Crío CUYES ahora"), &f);
    features_shares(&f, model, 0, share);
    assert_int_equal(f.word_count, 3);
    assert_true(slice_is(features_word(&f, 1), "cuyes"));
    assert_true(share[1] > 0.5 && share[0] < 0.3 && share[2] < 0.3);
    linear_free(model);
    mem_free(weights);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(what_sounds_alike_is_alike),
        cmocka_unit_test(what_differs_differs),
        cmocka_unit_test(a_slip_keeps_much),
        cmocka_unit_test(words_pairs_and_parts_are_counted_once),
        cmocka_unit_test(vectors_have_length_one_and_stay_in_bounds),
        cmocka_unit_test(each_word_gets_its_share),
    };
    return cmocka_run_group_tests_name("features", tests, NULL, NULL);
}
