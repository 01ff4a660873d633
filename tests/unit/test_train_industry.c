#include "tests/unit/unit.h"

#include <stdio.h>
#include <string.h>

#include "base/json.h"
#include "engine/industries.h"
#include "engine/trainer.h"

/* Everything here is made up: three departments, three industries, answers put together from a few words. */
static const char *const words[3][4] = {{"papa", "cuyes", "vacas", "maiz"},
                                        {"ropa", "libros", "celulares", "flores"},
                                        {"puertas", "ollas", "velas", "muebles"}};
static const char *const verbs[3][3] = {{"CULTIVO DE", "CRIANZA DE", "COSECHA DE"},
                                        {"VENTA DE", "COMERCIO DE", "TIENDA DE"},
                                        {"FABRICACION DE", "TALLER DE", "ELABORACION DE"}};
static const char *const labels[3] = {"agro", "comercio", "manufactura_artesania"};
static const char *const departments[3] = {"Este", "Norte", "Sur"};

static const char lexicon[] =
    "grow\tagro\tquinua, habas, ovejas, trigo, cebada, alpacas, patos, conejos, ajos, uvas, peras, higos\n"
    "sell\tcomercio\tzapatos, gorras, relojes, cuadernos, lentes, radios, pelotas, bolsos, discos, cables, "
    "focos, clavos\n";
static const char patterns[] = "grow\tsiembro {x}\nsell\tvendo {x}\nhead\thola\ntail\ten {lugar}\nlugar\tlima\n";
static const char phrases[] = "text\tindustry\nsiembro papa\tagro\nvendo ropa\tcomercio\n";

static char table[16384];
static char industries_yaml[16384];

static size_t read_industries(void)
{
    FILE *file = fopen("models/industries.yaml", "rb");
    assert_non_null(file);
    size_t len = fread(industries_yaml, 1, sizeof(industries_yaml), file);
    fclose(file);
    return len;
}

/* Each department says each thing with another verb, so that its texts are its own. */
static size_t write_table(size_t department_count)
{
    size_t len = (size_t)snprintf(table, sizeof(table), "text\tindustry\tstatus\tdepartment\n");
    for (size_t d = 0; d < department_count; d++)
        for (size_t c = 0; c < 3; c++)
            for (size_t w = 0; w < 4; w++)
                len += (size_t)snprintf(table + len, sizeof(table) - len, "%s %s\t%s\t%d\t%s\n", verbs[c][(d + w) % 3],
                                        words[c][w], labels[c], w % 2 ? 3 : 1, departments[d]);
    return len;
}

static void fill_job(struct train_job *job, size_t department_count)
{
    memset(job, 0, sizeof(*job));
    job->data[0] = (struct train_file){"survey.tsv", {table, write_table(department_count)}};
    job->data_count = 1;
    job->own[0] = (struct train_file){"industries.yaml", {industries_yaml, read_industries()}};
    job->own[1] = (struct train_file){"peru.tsv", slice_of(lexicon)};
    job->own[2] = (struct train_file){"phrases.tsv", slice_of(patterns)};
    job->own[3] = (struct train_file){"industry_phrases.tsv", slice_of(phrases)};
    job->version = "v0001";
    job->seed = 1;
}

static void run(const struct train_job *job, struct train_result *result)
{
    struct faults faults;
    faults_init(&faults);
    train_result_init(result);
    enum error error = trainer_industry.run(job, &faults, result);
    faults_print(&faults, stderr);
    assert_int_equal(error, OK);
    assert_int_equal(faults.total, 0);
    faults_release(&faults);
}

static void the_same_job_gives_the_same_bytes(void **state)
{
    struct train_job job;
    struct train_result results[2];
    struct buf models[2];
    (void)state;
    fill_job(&job, 3);
    for (size_t i = 0; i < 2; i++) {
        run(&job, &results[i]);
        buf_init(&models[i], LINEAR_FILE_MAX);
        linear_write(results[i].model, &models[i]);
        assert_int_equal(models[i].error, OK);
    }
    assert_true(slice_eq(buf_slice(&models[0]), buf_slice(&models[1])));
    assert_string_equal(buf_text(&results[0].card), buf_text(&results[1].card));
    assert_string_equal(buf_text(&results[0].summary), buf_text(&results[1].summary));
    for (size_t i = 0; i < 2; i++) {
        buf_release(&models[i]);
        train_result_release(&results[i]);
    }
}

static void the_card_tells_all_and_quotes_nothing(void **state)
{
    struct train_job job;
    struct train_result result;
    cJSON *card = NULL;
    (void)state;
    fill_job(&job, 3);
    run(&job, &result);
    assert_int_equal(json_parse(buf_slice(&result.card), 1024 * 1024, &card), OK);
    static const char *const members[] = {"splits", "metrics", "rows", "training", "features"};
    for (size_t i = 0; i < COUNT(members); i++)
        assert_non_null(json_object(card, members[i]));
    assert_int_equal(cJSON_GetArraySize(json_array(json_object(card, "splits"), "each")), 3);
    assert_int_equal(cJSON_GetArraySize(json_array(card, "labels")), INDUSTRY_COUNT);
    assert_int_equal(json_string(cJSON_GetArrayItem(json_array(card, "data"), 0), "sha256").len, 64);
    assert_null(strstr(buf_text(&result.card), "CRIANZA"));
    cJSON_Delete(card);
    train_result_release(&result);
}

static void what_cannot_be_measured_is_refused(void **state)
{
    struct train_job job;
    struct train_result result;
    struct faults faults;
    (void)state;
    fill_job(&job, 2);
    faults_init(&faults);
    train_result_init(&result);
    assert_int_equal(trainer_industry.run(&job, &faults, &result), ERR_VALUE);
    assert_int_equal(faults.total, 1);
    assert_non_null(strstr(faults.items[0].text, "at least 3"));
    assert_null(result.model);
    faults_release(&faults);
    train_result_release(&result);
}

static void rows_of_later_days_are_counted(void **state)
{
    static const struct {
        const char *file, *since;
        bool dated;
        size_t rows;
        const char *newest;
    } rows[] = {
        {"", "", false, 0, ""},
        {"text\tindustry\nx\ty\n", "", false, 0, ""},
        {"who\tat\n", "", true, 0, ""},
        {"who\tat\na\t2026-11-02\nb\t2026-11-01\n", "", true, 2, "2026-11-02"},
        {"who\tat\na\t2026-11-02\nb\t2026-11-03", "2026-11-02", true, 1, "2026-11-03"},
        {"at\twho\n2026-11-02\ta\nno day at all\tb\n\n2026-10-02\tc\n", "2026-10-01", true, 2, "2026-11-02"},
    };
    (void)state;
    for (size_t i = 0; i < COUNT(rows); i++) {
        size_t count = 0;
        char newest[TRAIN_DAY] = "";
        assert_int_equal(train_rows_after(slice_of(rows[i].file), rows[i].since, &count, newest), rows[i].dated);
        assert_int_equal(count, rows[i].rows);
        assert_string_equal(newest, rows[i].newest);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(the_same_job_gives_the_same_bytes),
        cmocka_unit_test(the_card_tells_all_and_quotes_nothing),
        cmocka_unit_test(what_cannot_be_measured_is_refused),
        cmocka_unit_test(rows_of_later_days_are_counted),
    };
    return cmocka_run_group_tests_name("train: industry", tests, NULL, NULL);
}
