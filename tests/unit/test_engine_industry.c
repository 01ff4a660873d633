#include "tests/unit/unit.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/mem.h"
#include "base/utf8.h"
#include "engine/engine.h"
#include "engine/features.h"
#include "engine/industries.h"
#include "engine/registry.h"

static int open_engine(void **state)
{
    struct faults faults;
    faults_init(&faults);
    *state = engine_open("models/registry", "models/industries.yaml", "models/catalogue.yaml", &faults);
    faults_print(&faults, stderr);
    faults_release(&faults);
    return *state ? 0 : -1;
}

static int close_engine(void **state)
{
    engine_close(*state);
    return 0;
}

/* What no model that is fit to be champion gets wrong. */
static void plain_words_are_understood(void **state)
{
    static const struct {
        const char *text, *label;
    } rows[] = {
        {"bodega", "bodega_alimentos"},
        {"vendo abarrotes", "bodega_alimentos"},
        {"VENDO FRUTAS EN EL MERCADO", "bodega_alimentos"},
        {"tengo una ferreteria", "comercio"},
        {"vendo ropa", "comercio"},
        {"botica", "comercio"},
        {"pollería", "restaurante"},
        {"poyeria", "restaurante"},
        {"vendo menú", "restaurante"},
        {"jugueria", "restaurante"},
        {"crío cuyes", "agro"},
        {"tengo mi chacra de papa", "agro"},
        {"panaderia", "alimentos_fab"},
        {"hago tortas por encargo", "alimentos_fab"},
        {"confecciono polos", "confeccion"},
        {"costurera", "confeccion"},
        {"carpinteria", "manufactura_artesania"},
        {"hago retablos", "manufactura_artesania"},
        {"albañil", "construccion"},
        {"gasfitero", "construccion"},
        {"mototaxi", "transporte"},
        {"soy taxista", "transporte"},
        {"mecánica automotriz", "reparacion"},
        {"arreglo celulares", "reparacion"},
        {"peluqueria", "serv_personales"},
        {"hago uñas y pestañas", "serv_personales"},
        {"soy contador", "tec_prof"},
        {"cabina de internet", "tec_prof"},
        {"hospedaje", "turismo"},
        {"soy guia de turismo", "turismo"},
        {"reciclaje", "otros"},
    };
    for (size_t i = 0; i < COUNT(rows); i++) {
        struct prediction p;
        engine_industry(*state, slice_of(rows[i].text), &p);
        if (strcmp(p.guesses[0].label, rows[i].label) != 0)
            fail_msg("%s is taken for %s", rows[i].text, p.guesses[0].label);
    }
}

static void a_prediction_is_whole(void **state)
{
    struct prediction p;
    double sum = 0;
    engine_industry(*state, SLICE("Tengo una pollería en Comas, ¿ya?"), &p);
    assert_int_equal(p.count, INDUSTRY_COUNT);
    for (size_t i = 0; i < p.count; i++) {
        sum += p.guesses[i].probability;
        assert_true(i == 0 || p.guesses[i].probability <= p.guesses[i - 1].probability);
        assert_non_null(engine_industry_name(*state, "es", p.guesses[i].label));
    }
    assert_true(sum > 0.999 && sum < 1.001);
    assert_string_equal(p.reasons[0], "polleria");
    assert_int_equal(strncmp(p.version, "industry v", 10), 0);
    engine_industry(*state, SLICE("Vendo pollo a la brasa en Comas"), &p);
    assert_true(p.sure);
}

/* What was asked of the shipped model's file. */
static void the_model_is_at_most_one_mebibyte(void **state)
{
    char path[128], version[8] = "";
    struct stat held;
    (void)state;
    FILE *file = fopen("models/registry/industry/champion", "re");
    assert_non_null(file);
    assert_int_equal(fscanf(file, "%7s", version), 1);
    fclose(file);
    snprintf(path, sizeof(path), "models/registry/industry/%s/model.bin", version);
    assert_int_equal(stat(path, &held), 0);
    assert_in_range(held.st_size, 1, 1 << 20);
}

static void text_without_words_is_never_sure(void **state)
{
    static const char *const rows[] = {"", " ", "???", "\xf0\x9f\x98\x80", "\xff\xfe", "asdfgh", "si", "hola"};
    for (size_t i = 0; i < COUNT(rows); i++) {
        struct prediction p;
        engine_industry(*state, slice_of(rows[i]), &p);
        assert_int_equal(p.count, INDUSTRY_COUNT);
        if (p.sure)
            fail_msg("\"%s\" is surely %s", rows[i], p.guesses[0].label);
    }
}

static void prediction_allocates_nothing(void **state)
{
    struct prediction with, without;
    engine_industry(*state, SLICE("hago tortas"), &with);
    mem_fail_after(0);
    engine_industry(*state, SLICE("hago tortas"), &without);
    mem_fail_after(-1);
    assert_string_equal(with.guesses[0].label, without.guesses[0].label);
    assert_true(with.guesses[0].probability == without.guesses[0].probability);
}

static void industries_have_short_names(void **state)
{
    for (size_t i = 0; i < INDUSTRY_COUNT; i++) {
        const char *name = engine_industry_name(*state, "es", industries.words[i].key);
        assert_non_null(name);
        assert_in_range(utf8_count(slice_of(name)), 3, INDUSTRY_NAME_MAX);
    }
    assert_null(engine_industry_name(*state, "es", "agricultura"));
}

static void industries_out_of_form_are_faults(void **state)
{
    static const struct {
        const char *yaml, *part;
    } rows[] = {
        {"", "must hold one map"},
        {"industries:\n  agro: {name: Agro, about: Chacra, isic: 01}\n", "\"comercio\" is missing"},
        {"industries:\n  agroo: {name: Agro, about: Chacra, isic: 01}\n", "did you mean agro"},
        {"industries:\n  agro: {name: Una industria con nombre muy largo, about: Chacra, isic: 01}\n", "at most 24"},
        {"industries:\n  agro: {name: Agro, isic: 01}\n", "about must be a text"},
    };
    (void)state;
    for (size_t i = 0; i < COUNT(rows); i++) {
        struct industries out;
        struct faults faults;
        bool found = false;
        faults_init(&faults);
        assert_int_not_equal(industries_read("i.yaml", slice_of(rows[i].yaml), &faults, &out), OK);
        for (size_t k = 0; k < faults.count; k++)
            found = found || strstr(faults.items[k].text, rows[i].part);
        if (!found)
            fail_msg("no fault says \"%s\"", rows[i].part);
        faults_release(&faults);
    }
}

/* A folder of its own for what is to be damaged. */
struct place {
    char root[64], path[128];
};

static void put_file(struct place *place, const char *name, const char *bytes, size_t len)
{
    snprintf(place->path, sizeof(place->path), "%s/%s", place->root, name);
    FILE *file = fopen(place->path, "wb");
    assert_non_null(file);
    assert_int_equal(fwrite(bytes, 1, len, file), len);
    fclose(file);
}

static void a_damaged_registry_is_a_fault(void **state)
{
    static const struct {
        const char *champion, *part;
    } rows[] = {
        {NULL, "cannot be read"},      {"latest\n", "must hold a version"}, {"v1\n", "must hold a version"},
        {"v0002\n", "cannot be read"}, {"v0001\n", "not a whole model"},
    };
    struct place place = {.root = "/tmp/chaski-registry-XXXXXX"};
    char command[128];
    (void)state;
    assert_non_null(mkdtemp(place.root));
    snprintf(command, sizeof(command), "mkdir -p %s/industry/v0001", place.root);
    assert_int_equal(system(command), 0);
    put_file(&place, "industry/v0001/model.bin", "CHSKLIN1", 8);
    for (size_t i = 0; i < COUNT(rows); i++) {
        struct registry_model model;
        struct faults faults;
        faults_init(&faults);
        if (rows[i].champion)
            put_file(&place, "industry/champion", rows[i].champion, strlen(rows[i].champion));
        assert_int_not_equal(registry_load(place.root, "industry", FEATURES_SCHEME, &faults, &model), OK);
        assert_int_equal(faults.total, 1);
        assert_non_null(strstr(faults.items[0].text, rows[i].part));
        assert_null(model.weights);
        faults_release(&faults);
    }
    snprintf(command, sizeof(command), "rm -r %s", place.root);
    assert_int_equal(system(command), 0);
}

static void another_kind_of_model_is_a_fault(void **state)
{
    struct registry_model model;
    struct faults faults;
    (void)state;
    faults_init(&faults);
    assert_int_equal(registry_load("models/registry", "industry", FEATURES_SCHEME + 1, &faults, &model),
                     ERR_UNSUPPORTED);
    assert_int_equal(faults.total, 1);
    assert_non_null(strstr(faults.items[0].text, "train it again"));
    faults_release(&faults);
}

static void every_missing_part_is_told(void **state)
{
    struct faults faults;
    (void)state;
    faults_init(&faults);
    assert_null(engine_open("nowhere", "nowhere.yaml", "nowhere-else.yaml", &faults));
    assert_int_equal(faults.total, 6); /* four models, industries, catalogue */
    faults_release(&faults);
}

static void no_memory_fails_the_open_alone(void **state)
{
    struct engine *engine = NULL;
    (void)state;
    for (long successes = 0; successes < 60; successes++) {
        struct faults faults;
        faults_init(&faults);
        mem_fail_after(successes);
        engine = engine_open("models/registry", "models/industries.yaml", "models/catalogue.yaml", &faults);
        mem_fail_after(-1);
        assert_null(engine);
        assert_true(faults.total > 0);
        faults_release(&faults);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(plain_words_are_understood),       cmocka_unit_test(a_prediction_is_whole),
        cmocka_unit_test(text_without_words_is_never_sure), cmocka_unit_test(prediction_allocates_nothing),
        cmocka_unit_test(industries_have_short_names),      cmocka_unit_test(industries_out_of_form_are_faults),
        cmocka_unit_test(a_damaged_registry_is_a_fault),    cmocka_unit_test(another_kind_of_model_is_a_fault),
        cmocka_unit_test(every_missing_part_is_told),       cmocka_unit_test(no_memory_fails_the_open_alone),
        cmocka_unit_test(the_model_is_at_most_one_mebibyte),
    };
    return cmocka_run_group_tests_name("engine: industry", tests, open_engine, close_engine);
}
