#include "tests/unit/unit.h"

#include <stdio.h>
#include <string.h>

#include "base/civil.h"
#include "base/json.h"
#include "base/utf8.h"
#include "engine/business.h"
#include "engine/recommend.h"
#include "engine/train.h"

#define PAGE RECOMMEND_PAGE

static struct catalogue *catalogue;
static char bytes[CATALOGUE_FILE_MAX];

static int read_real_catalogue(void **state)
{
    struct faults faults;
    FILE *in = fopen("models/catalogue.yaml", "rb");
    (void)state;
    if (!in)
        return -1;
    struct slice text = {bytes, fread(bytes, 1, sizeof(bytes), in)};
    fclose(in);
    faults_init(&faults);
    catalogue = catalogue_read("models/catalogue.yaml", text, &faults);
    faults_print(&faults, stdout);
    faults_release(&faults);
    return catalogue ? 0 : -1;
}

static int free_catalogue(void **state)
{
    (void)state;
    catalogue_free(catalogue);
    return 0;
}

static int64_t day(const char *text)
{
    int64_t ms = 0;
    assert_int_equal(civil_parse(slice_of(text), &ms), OK);
    return ms + 17 * 3600 * INT64_C(1000); /* noon in Lima */
}

/* A stage prediction from "growth", or none from "". */
static struct prediction staged(const char *stage)
{
    struct prediction p = {0};
    if (*stage) {
        p.count = 1;
        p.guesses[0].probability = 1;
        snprintf(p.guesses[0].label, sizeof(p.guesses[0].label), "%s", stage);
    }
    return p;
}

static struct business business_of(const char *json)
{
    char why[BUSINESS_WHY_MAX] = "";
    struct business b;
    cJSON *tree = NULL;
    assert_int_equal(json_parse(slice_of(json), 4096, &tree), OK);
    if (business_from_json(tree, &b, why) != OK)
        fail_msg("%s: %s", json, why);
    cJSON_Delete(tree);
    return b;
}

/* What the rules give on a day, with no ranker and nothing shown before. */
static size_t recommend_on(const struct prediction *stage, const struct business *b, int64_t now,
                           struct recommendation *out, size_t max)
{
    const struct recommend_ask ask = {.today_ms = now};
    return recommend(&(struct recommender){catalogue, NULL, NULL}, stage, b, &ask, out, max);
}

static bool is_among(const char *id, const struct recommendation *given, size_t count)
{
    for (size_t i = 0; i < count; i++)
        if (strcmp(id, given[i].id) == 0)
            return true;
    return false;
}

/* Checks each of the blank-separated ids. Returns how many are not as they must be, having told of them. */
static size_t check_ids(const char *name, const char *ids, bool wanted, const struct recommendation *given,
                        size_t count)
{
    struct slice rest = slice_of(ids), one;
    char id[ENGINE_KEY];
    size_t wrong = 0;
    while (*ids && slice_cut(&rest, ' ', &one)) {
        assert_true(slice_copy(one, id, sizeof(id)));
        assert_non_null(catalogue_find(catalogue, one));
        if (is_among(id, given, count) != wanted) {
            print_message("%s: %s %s\n", name, id, wanted ? "is missing" : "must not be there");
            wrong++;
            for (size_t i = 0; i < count; i++)
                print_message("  %.3f %s (%s; %s; %s)\n", given[i].score, given[i].id, given[i].reasons[0],
                              given[i].reasons[1], given[i].reasons[2]);
        }
    }
    return wrong;
}

static const struct {
    const char *name, *facts, *stage, *in, *out;
} three_rows[] = {
    {"nothing known", "{}", "", "cde", "constitucion linea-111 linea-100"},
    {"bodega in Lima, no RUC, wants credit",
     "{\"industry\":\"bodega_alimentos\",\"region\":\"15\",\"ruc\":\"no\",\"goal\":\"finance\",\"tenure\":60,"
     "\"sales\":\"4500/month\",\"trend\":\"same\",\"workers\":2}",
     "established", "cajas impulso-myperu", "proinnovate factoring fae-texco fondo-crecer"},
    {"bodega wants customers",
     "{\"industry\":\"bodega_alimentos\",\"goal\":\"customers\",\"ruc\":\"no\",\"region\":\"20\"}", "growth", "abp",
     "peru-compras menores-8uit"},
    {"weaver in Cusco wants to export",
     "{\"activity\":\"soy artesana, tejo a "
     "mano\",\"industry\":\"confeccion\",\"region\":\"08\",\"goal\":\"export\",\"ruc\":\"yes\"}",
     "growth", "exporta-facil ruta-exportadora", "cite-huallaga pai"},
    {"artisan wants customers",
     "{\"activity\":\"retablos y artesanía\",\"industry\":\"manufactura_artesania\",\"region\":\"05\","
     "\"goal\":\"customers\",\"ruc\":\"no\"}",
     "growth", "cite-artesania", "menores-8uit abp"},
    {"tailor sells to the State",
     "{\"industry\":\"confeccion\",\"region\":\"15\",\"goal\":\"public_sales\",\"ruc\":\"yes\",\"tenure\":50}",
     "established", "compras-myperu", "ruc-inscripcion abp"},
    {"tailor too young for the State's uniforms",
     "{\"industry\":\"confeccion\",\"goal\":\"public_sales\",\"ruc\":\"yes\",\"tenure\":18}", "growth", "peru-compras",
     "compras-myperu"},
    {"wants to sell to the State without RUC",
     "{\"goal\":\"public_sales\",\"ruc\":\"no\",\"industry\":\"confeccion\",\"tenure\":50}", "established",
     "ruc-inscripcion", "rnp menores-8uit peru-compras compras-myperu"},
    {"informal wants papers",
     "{\"goal\":\"formalise\",\"ruc\":\"no\",\"industry\":\"bodega_alimentos\",\"sales\":\"3000/month\"}",
     "established", "nrus", "regimen-mype remype sire"},
    {"informal, too big for NRUS",
     "{\"goal\":\"formalise\",\"ruc\":\"no\",\"industry\":\"bodega_alimentos\",\"sales\":\"9000/month\"}",
     "established", "ruc-inscripcion", "nrus"},
    {"in NRUS, customers ask for invoices",
     "{\"goal\":\"formalise\",\"regime\":\"NRUS\",\"industry\":\"comercio\",\"sales\":\"7000/month\"}", "growth",
     "regimen-especial", "ruc-inscripcion nrus sire factoring"},
    {"in trouble",
     "{\"trend\":\"down\",\"goal\":\"debts\",\"tenure\":60,\"industry\":\"comercio\",\"region\":\"20\",\"ruc\":\"no\"}",
     "decline", "impulso-myperu cde", "sbs-reprograma cajas mibanco factoring proinnovate"},
    {"in trouble by the rains",
     "{\"activity\":\"bodega, el huaico la inundo\",\"goal\":\"debts\",\"industry\":\"bodega_alimentos\"}", "decline",
     "sbs-reprograma", ""},
    {"in trouble, bodega with RUC",
     "{\"trend\":\"down\",\"goal\":\"debts\",\"industry\":\"bodega_alimentos\",\"ruc\":\"yes\"}", "decline",
     "impulso-myperu", "sbs-reprograma cajas mibanco proinnovate"},
    {"threatened",
     "{\"activity\":\"tengo una combi y me cobran "
     "cupo\",\"industry\":\"transporte\",\"region\":\"15\",\"goal\":\"finance\"}",
     "growth", "linea-111", ""},
    {"an idea, no RUC, wants papers", "{\"tenure\":-1,\"ruc\":\"no\",\"goal\":\"formalise\"}", "startup",
     "ruc-inscripcion", "regimen-mype remype"},
    {"an idea cannot borrow", "{\"tenure\":-1,\"ruc\":\"no\",\"goal\":\"finance\"}", "startup", "",
     "cajas mibanco impulso-myperu credito-mujer"},
    {"new bodega may borrow", "{\"tenure\":20,\"ruc\":\"no\",\"goal\":\"finance\",\"industry\":\"bodega_alimentos\"}",
     "startup", "cajas", "credito-mujer unica"},
    {"programmer with an idea", "{\"tenure\":3,\"goal\":\"finance\",\"industry\":\"tec_prof\"}", "startup",
     "startup-peru", ""},
    {"woman of the soup kitchen in Ayacucho",
     "{\"activity\":\"somos mujeres de la olla común\",\"industry\":\"restaurante\","
     "\"region\":\"05\",\"ruc\":\"no\",\"tenure\":-1,\"goal\":\"finance\"}",
     "startup", "mi-emprendimiento-mujer", "crece-emprendedora"},
    {"farmer",
     "{\"activity\":\"siembro papa en mi "
     "chacra\",\"industry\":\"agro\",\"region\":\"12\",\"ruc\":\"no\",\"goal\":\"finance\"}",
     "established", "fifppa", "agromujer agroperu agroideas fondepes-credito"},
    {"farmers' association",
     "{\"activity\":\"somos una asociación de productores de café\",\"industry\":\"agro\",\"region\":\"22\","
     "\"ruc\":\"yes\",\"goal\":\"finance\"}",
     "growth", "agroperu", "agromujer fondepes-credito"},
    {"cacao in Huánuco wants training", "{\"industry\":\"agro\",\"region\":\"10\",\"goal\":\"training\"}", "growth",
     "cite-huallaga", "cite-moquegua cite-vrae fondepes-cursos"},
    {"fisher with RUC",
     "{\"activity\":\"soy pescador\",\"industry\":\"agro\",\"region\":\"20\",\"goal\":\"finance\",\"ruc\":\"yes\"}",
     "established", "fondepes-credito", "agroideas agromujer"},
    {"taxi in Lima", "{\"industry\":\"transporte\",\"region\":\"15\",\"goal\":\"finance\"}", "established", "fise-gnv",
     "fae-texco"},
    {"taxi in Loreto", "{\"industry\":\"transporte\",\"region\":\"16\",\"goal\":\"finance\"}", "established", "cajas",
     "fise-gnv"},
    {"builder", "{\"industry\":\"construccion\",\"goal\":\"training\"}", "growth", "sencico", "senati lindley"},
    {"stall wants to be digital", "{\"industry\":\"comercio\",\"goal\":\"digital\",\"ruc\":\"no\"}", "established",
     "yape", "see-sol sire app-emprender"},
    {"hotel in Cusco, funds", "{\"industry\":\"turismo\",\"region\":\"08\",\"goal\":\"finance\"}", "startup",
     "turismo-emprende", "fifppa"},
    {"too large for micro credit", "{\"goal\":\"export\",\"sales\":\"200000/month\",\"ruc\":\"yes\"}", "established",
     "pai", "menores-8uit yape"},
    {"Quechua courses only when asked for in words", "{\"goal\":\"training\",\"region\":\"08\"}", "startup",
     "becas-romero", "becas-quechua"},
    {"Quechua said", "{\"goal\":\"training\",\"region\":\"08\",\"activity\":\"hablamos quechua\"}", "startup",
     "becas-quechua", ""},
};

static void the_first_three_fit(void **state)
{
    size_t wrong = 0;
    (void)state;
    for (size_t i = 0; i < COUNT(three_rows); i++) {
        struct recommendation given[PAGE];
        struct business b = business_of(three_rows[i].facts);
        struct prediction stage = staged(three_rows[i].stage);
        size_t count = recommend_on(&stage, &b, day("2026-11-23"), given, PAGE);
        assert_int_equal(count, PAGE);
        wrong += check_ids(three_rows[i].name, three_rows[i].in, true, given, count);
        wrong += check_ids(three_rows[i].name, three_rows[i].out, false, given, count);
    }
    assert_int_equal(wrong, 0);
}

static const char *pick(const char *const *words, size_t count, struct train_random *random)
{
    return words[train_draw_below(random, count)];
}

static const char *pick_word(const struct vocabulary *v, struct train_random *random)
{
    size_t i = train_draw_below(random, v->count + 1);
    return i == v->count ? "UNKNOWN" : v->words[i].key;
}

static void put(struct business *b, const char *slot, const char *value)
{
    assert_int_equal(business_set(b, slice_of(slot), slice_of(value)), OK);
}

/* Makes up a business: every fact may be unknown. */
static struct business draw_business(struct train_random *random)
{
    static const char *const said[] = {"",
                                       "tengo un negocio",
                                       "soy artesana de telar",
                                       "somos asociación de pescadores",
                                       "siembro en mi chacra",
                                       "hablo quechua",
                                       "me cobran cupo",
                                       "somos jóvenes emprendedores"};
    static const char *const tenures[] = {"UNKNOWN", "-1", "0", "5", "6", "23", "24", "60", "400"};
    static const char *const sales[] = {"UNKNOWN",    "REFUSED",     "0/month",      "900/month",   "8000/month",
                                        "8001/month", "50000/month", "100000/month", "900000/month"};
    static const char *const workers[] = {"UNKNOWN", "1", "2", "10", "11", "2..5"};
    static const char *const rucs[] = {"UNKNOWN", "yes", "no", "maybe"};
    struct business b;
    business_init(&b);
    put(&b, "activity", pick(said, COUNT(said), random));
    put(&b, "tenure", pick(tenures, COUNT(tenures), random));
    put(&b, "sales", pick(sales, COUNT(sales), random));
    put(&b, "workers", pick(workers, COUNT(workers), random));
    put(&b, "ruc", pick(rucs, COUNT(rucs), random));
    put(&b, "regime", pick_word(&regimes, random));
    put(&b, "region", pick_word(&regions, random));
    put(&b, "industry", pick_word(&industries, random));
    put(&b, "goal", pick_word(&goals, random));
    return b;
}

static struct prediction draw_stage(struct train_random *random)
{
    struct prediction p = {.count = train_draw_below(random, 8) ? STAGE_COUNT : 0};
    double left = 1;
    for (size_t i = 0; i < p.count; i++) {
        double share = i + 1 == p.count ? left : left * (double)train_draw_below(random, 101) / 100;
        p.guesses[i].probability = share;
        snprintf(p.guesses[i].label, sizeof(p.guesses[i].label), "%s", stages.words[i].key);
        left -= share;
    }
    return p;
}

static bool names(unsigned set, const struct vocabulary *v, const char *key)
{
    int number = word_number(v, slice_of(key));
    return number != WORD_NONE && (set & 1u << number);
}

/* The rules once more, written another way, straight from the facts. */
static void check_fits(const struct resource *r, const struct business *b, const struct prediction *stage, int64_t now)
{
    unsigned said = tags_stated(slice_of(b->activity));
    double mass = stage->count ? 0 : 1;
    assert_true(r->valid_until_ms > now);
    assert_true(r->regions == (1u << REGION_COUNT) - 1 || names(r->regions, &regions, b->region));
    assert_true(r->industries == (1u << INDUSTRY_COUNT) - 1 || names(r->industries, &industries, b->industry));
    assert_false(r->formality == FORMALITY_WITH_RUC && business_ruc(b) == 0);
    assert_false(r->formality == FORMALITY_WITHOUT_RUC && business_ruc(b) == 1);
    assert_true(b->regime[0] == '\0' || names(r->regimes, &regimes, b->regime));
    assert_true((r->requires & ~said) == 0);
    if (b->sales_month > 68750)
        assert_true(r->sizes &
                    (SIZES_ANY | SIZES_PEQUENA | (names(said, &tags, "association") ? SIZES_ASSOCIATIONS : 0)));
    if (r->sizes == SIZES_ASSOCIATIONS)
        assert_true(names(said, &tags, "association"));
    if (r->sales_month_max >= 0)
        assert_true(b->sales_month <= r->sales_month_max);
    if (r->workers_min >= 0 && b->workers >= 0)
        assert_true(b->workers >= r->workers_min);
    if (r->tenure_months_min >= 0 && b->tenure_months != TENURE_UNKNOWN)
        assert_true(b->tenure_months >= r->tenure_months_min);
    for (size_t i = 0; i < stage->count; i++)
        if (names(r->stages, &stages, stage->guesses[i].label) &&
            stage->guesses[i].probability >= RECOMMEND_STAGE_LEAST)
            mass += stage->guesses[i].probability;
    assert_true(mass > 0);
}

/* Counts how many eligible resources are of another kind than the page's two of a kind, and not given yet. */
static bool another_kind_was_left(const struct business *b, const struct prediction *stage, int64_t now, enum kind kind,
                                  const struct recommendation *given, size_t before)
{
    struct profile profile;
    profile_make(b, stage, now, &profile);
    for (size_t i = 0; i < catalogue_count(catalogue); i++) {
        const struct resource *r = catalogue_at(catalogue, i);
        if (r->kind != kind && recommend_eligible(r, &profile) && !is_among(r->id, given, before))
            return true;
    }
    return false;
}

static void check_answer(const struct business *b, const struct prediction *stage, int64_t now)
{
    struct recommendation given[2 * PAGE], again[2 * PAGE];
    size_t count = recommend_on(stage, b, now, given, COUNT(given));
    assert_in_range(count, 1, COUNT(given));
    assert_int_equal(recommend_on(stage, b, now, again, COUNT(again)), count);
    assert_memory_equal(given, again, count * sizeof(*given));
    for (size_t i = 0, page = 0; i < count; i++) {
        const struct resource *r = catalogue_find(catalogue, slice_of(given[i].id));
        assert_non_null(r);
        check_fits(r, b, stage, now);
        assert_false(is_among(given[i].id, given, i));
        assert_true(given[i].score >= 0 && given[i].score <= 1);
        assert_true(given[i].reasons[0][0] != '\0');
        for (size_t k = 0; k < ENGINE_REASONS; k++)
            assert_true(utf8_count(slice_of(given[i].reasons[k])) <= RECOMMEND_REASON_MAX);
        page = i - i % PAGE;
        size_t same = 0;
        for (size_t k = page; k < i; k++)
            same += catalogue_find(catalogue, slice_of(given[k].id))->kind == r->kind;
        if (same >= RECOMMEND_SAME_KIND)
            assert_false(another_kind_was_left(b, stage, now, r->kind, given, i));
    }
}

static void no_rule_is_ever_broken(void **state)
{
    const uint64_t seed = 20261123;
    struct train_random random = {seed};
    static const char *const days[] = {"2022-06-01", "2026-11-23", "2026-12-31", "2027-01-01", "2030-01-01"};
    (void)state;
    print_message("seed %llu\n", (unsigned long long)seed);
    for (size_t i = 0; i < 20000; i++) {
        struct business b = draw_business(&random);
        struct prediction stage = draw_stage(&random);
        check_answer(&b, &stage, day(pick(days, COUNT(days), &random)));
    }
}

/* An owner's answers, one after the other, as the conversation remembers them. */
#define REMEMBERED 12
#define ANSWERS 8

static size_t count_eligible(const struct business *b, const struct prediction *stage, int64_t now)
{
    struct profile profile;
    size_t count = 0;
    profile_make(b, stage, now, &profile);
    for (size_t i = 0; i < catalogue_count(catalogue); i++)
        count += recommend_eligible(catalogue_at(catalogue, i), &profile);
    return count;
}

static void remember(uint16_t shown[REMEMBERED], size_t *count, const struct recommendation *given, size_t page)
{
    for (size_t i = 0; i < page; i++) {
        if (*count == REMEMBERED)
            memmove(shown, shown + 1, --*count * sizeof(*shown));
        shown[(*count)++] = engine_shown(slice_of(given[i].id));
    }
}

/* Asks again and again. What two answers share is only what had to be: all that is left, of a few. */
static void check_answers_differ(const struct business *b, const struct prediction *stage, int64_t now)
{
    uint16_t shown[REMEMBERED];
    size_t shown_count = 0, eligible = count_eligible(b, stage, now);
    struct recommendation given[PAGE], before[PAGE];
    for (size_t answer = 0; answer < ANSWERS; answer++) {
        const struct recommend_ask ask = {.today_ms = now, .shown = shown, .shown_count = shown_count};
        size_t count = recommend(&(struct recommender){catalogue, NULL, NULL}, stage, b, &ask, given, PAGE), same = 0;
        assert_int_equal(count, eligible < PAGE ? eligible : PAGE);
        for (size_t i = 0; answer && i < count; i++)
            same += is_among(given[i].id, before, count);
        if (answer && eligible > PAGE)
            assert_true(same < PAGE);
        if (answer && eligible >= REMEMBERED)
            assert_int_equal(same, 0);
        remember(shown, &shown_count, given, count);
        memcpy(before, given, sizeof(before));
    }
}

static void the_same_three_do_not_come_again_while_there_are_others(void **state)
{
    const uint64_t seed = 20261128;
    struct train_random random = {seed};
    (void)state;
    print_message("seed %llu\n", (unsigned long long)seed);
    for (size_t i = 0; i < 2000; i++) {
        struct business b = draw_business(&random);
        struct prediction stage = draw_stage(&random);
        check_answers_differ(&b, &stage, day("2026-11-23"));
    }
}

static void an_entry_is_offered_to_the_end_of_its_last_day(void **state)
{
    static const struct {
        const char *day;
        bool offered;
    } rows[] = {{"2026-12-31T12:00:00Z", true}, {"2027-01-01T04:59:59.999Z", true}, {"2027-01-01T05:00:00Z", false}};
    struct business b = business_of("{\"goal\":\"finance\",\"trend\":\"down\"}");
    struct prediction stage = staged("decline");
    (void)state;
    for (size_t i = 0; i < COUNT(rows); i++) {
        struct recommendation given[PAGE];
        int64_t now = 0;
        assert_int_equal(civil_parse(slice_of(rows[i].day), &now), OK);
        size_t count = recommend_on(&stage, &b, now, given, PAGE);
        assert_int_equal(is_among("impulso-myperu", given, count), rows[i].offered);
    }
}

static void reasons_say_what_is_true_of_this_owner(void **state)
{
    static const struct {
        const char *facts, *stage, *id, *reasons[ENGINE_REASONS];
    } rows[] = {
        {"{\"goal\":\"finance\",\"ruc\":\"no\",\"industry\":\"comercio\"}",
         "established",
         "cajas",
         {"porque buscas crédito o capital", "no pide RUC", "sirve a negocios con camino hecho"}},
        {"{\"goal\":\"training\",\"industry\":\"agro\",\"region\":\"10\"}",
         "growth",
         "cite-huallaga",
         {"porque quieres capacitarte", "es para el agro, la crianza y la pesca", "atiende en Huánuco"}},
        {"{\"goal\":\"formalise\",\"ruc\":\"no\"}",
         "startup",
         "ruc-inscripcion",
         {"porque quieres formalizarte", "es un paso para tener tu RUC", "sirve para empezar"}},
        {"{\"goal\":\"public_sales\",\"ruc\":\"yes\"}",
         "established",
         "rnp",
         {"porque quieres venderle al Estado", "pide RUC, y ya lo tienes", "sirve a negocios con camino hecho"}},
        {"{}", "", "cde", {"sirve a cualquier negocio", "", ""}},
    };
    (void)state;
    for (size_t i = 0; i < COUNT(rows); i++) {
        struct recommendation given[PAGE];
        struct business b = business_of(rows[i].facts);
        struct prediction stage = staged(rows[i].stage);
        size_t count = recommend_on(&stage, &b, day("2026-11-23"), given, PAGE), at = 0;
        while (at < count && strcmp(given[at].id, rows[i].id) != 0)
            at++;
        assert_in_range(at, 0, count - 1);
        for (size_t k = 0; k < ENGINE_REASONS; k++)
            assert_string_equal(given[at].reasons[k], rows[i].reasons[k]);
        assert_true(utf8_count(slice_of(given[at].text)) <= RESOURCE_TEXT_MAX);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(the_first_three_fit),
        cmocka_unit_test(no_rule_is_ever_broken),
        cmocka_unit_test(the_same_three_do_not_come_again_while_there_are_others),
        cmocka_unit_test(an_entry_is_offered_to_the_end_of_its_last_day),
        cmocka_unit_test(reasons_say_what_is_true_of_this_owner),
    };
    return cmocka_run_group_tests(tests, read_real_catalogue, free_catalogue);
}
