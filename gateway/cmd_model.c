/* chaski model list, show, evaluate, compare: what versions there are, and how good they are. */
#include "gateway/cmd_model.h"

#include <errno.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/suggest.h"
#include "gateway/cli.h"
#include "gateway/model_files.h"
#include "gateway/model_trial.h"
#include "gateway/ranker_trial.h"
#include "gateway/world.h"

#define VERSIONS_MAX 9999
#define MODEL_ALIASES 40         /* bytes of all three and their commas */
#define SUMMARY_MAX (64u * 1024) /* bytes */

const char *const model_names[MODEL_NAMES] = {"industry", "stage", "closing", "growth", "ranker"};

/* Where a card keeps the figure that speaks for its model. */
static const struct {
    const char *path[4]; /* members, one inside the other */
    const char *what;
} headlines[MODEL_NAMES] = {
    {{"metrics", "survey", "measured", "accuracy"}, "accuracy"},
    {{"tested", "accuracy"}, "accuracy"},
    {{"auc"}, "AUC"},
    {{"auc"}, "AUC"},
    {{"cross_validated", "auc"}, "AUC"},
};

bool model_is_known(const char *command, const char *name)
{
    const char *known[MODEL_NAMES + 1] = {NULL};
    for (size_t i = 0; i < MODEL_NAMES; i++) {
        known[i] = model_names[i];
        if (name && strcmp(name, known[i]) == 0)
            return true;
    }
    const char *near = name ? suggest(slice_of(name), known) : NULL;
    fprintf(stderr, "chaski %s: needs a model: industry, stage, closing, growth or ranker", command);
    fprintf(stderr, near ? "; did you mean %s?\n" : "\n", near);
    return false;
}

static void version_path(const char *registry, const char *name, const char *version, char path[REGISTRY_PATH_MAX])
{
    snprintf(path, REGISTRY_PATH_MAX, "%s/%s/%s/model.bin", registry, name, version);
}

bool model_has_version(const char *registry, const char *name, const char *version)
{
    char path[REGISTRY_PATH_MAX];
    struct stat status;
    if (registry_is_version(slice_of(version))) {
        version_path(registry, name, version, path);
        if (stat(path, &status) == 0)
            return true;
    }
    fprintf(stderr, "chaski model: %s/%s has no version \"%s\": `chaski model list` tells which there are\n", registry,
            name, version);
    return false;
}

bool model_registry_open(const char *given, const char *config, struct model_registry *out)
{
    out->dir = given;
    out->world = given ? NULL : world_open_or_tell(config, 0, NULL);
    if (out->world)
        out->dir = out->world->config->models;
    out->catalogue = out->world ? out->world->config->catalogue : "models/catalogue.yaml";
    return out->dir != NULL;
}

void model_registry_release(struct model_registry *registry)
{
    world_close(registry->world);
}

const char *model_headline(const char *name, const cJSON *card, struct train_interval *out)
{
    size_t row = 0;
    while (row < MODEL_NAMES && strcmp(model_names[row], name) != 0)
        row++;
    if (row == MODEL_NAMES)
        return NULL;
    for (size_t i = 0; i < 4 && headlines[row].path[i]; i++)
        card = json_object(card, headlines[row].path[i]);
    const cJSON *value = cJSON_GetObjectItemCaseSensitive(card, "value");
    const cJSON *low = cJSON_GetObjectItemCaseSensitive(card, "low");
    const cJSON *high = cJSON_GetObjectItemCaseSensitive(card, "high");
    if (!cJSON_IsNumber(value) || !cJSON_IsNumber(low) || !cJSON_IsNumber(high))
        return NULL;
    *out = (struct train_interval){value->valuedouble, low->valuedouble, high->valuedouble};
    return headlines[row].what;
}

/* Gives the aliases that name a version, as words. */
static void aliases_of(const char *registry, const char *name, const char *version, char out[MODEL_ALIASES])
{
    static const char *const aliases[] = {"champion", "previous", "challenger"};
    char named[REGISTRY_VERSION];
    out[0] = '\0';
    for (size_t i = 0; i < sizeof(aliases) / sizeof(aliases[0]); i++) {
        model_alias(registry, name, aliases[i], named);
        if (strcmp(named, version) == 0)
            snprintf(out + strlen(out), MODEL_ALIASES - strlen(out), "%s%s", out[0] ? "," : "", aliases[i]);
    }
}

static void list_version(const char *registry, const char *name, const char *version, long long bytes, bool json)
{
    char aliases[MODEL_ALIASES];
    struct train_interval figure = {0, 0, 0};
    cJSON *card = model_read_card(registry, name, version);
    const char *what = card ? model_headline(name, card, &figure) : NULL;
    aliases_of(registry, name, version, aliases);
    if (json)
        printf("{\"model\":\"%s\",\"version\":\"%s\",\"aliases\":\"%s\",\"figure\":\"%s\",\"value\":%.4f,\"low\":%.4f,"
               "\"high\":%.4f,\"bytes\":%lld}\n",
               name, version, aliases, what ? what : "", figure.value, figure.low, figure.high, bytes);
    else
        printf("%s\t%s\t%s\t%s %.4f (%.4f to %.4f)\t%lld bytes\n", name, version, aliases[0] ? aliases : "-",
               what ? what : "-", figure.value, figure.low, figure.high, bytes);
    cJSON_Delete(card);
}

static void list_model(const char *registry, const char *name, bool json)
{
    char version[REGISTRY_VERSION], path[REGISTRY_PATH_MAX];
    struct stat status;
    for (unsigned i = 1; i <= VERSIONS_MAX; i++) {
        snprintf(version, sizeof(version), "v%04u", i);
        version_path(registry, name, version, path);
        if (stat(path, &status) == 0)
            list_version(registry, name, version, (long long)status.st_size, json);
    }
}

static int run_list(const struct command *self, int argc, char **argv)
{
    const char *config = NULL, *given = NULL;
    bool json = false;
    const struct option_row options[] = {
        {"config", 'c', "FILE", "configuration: it names the registry", &config, NULL},
        {"registry", 0, "DIR", "the registry", &given, NULL},
        {"json", 0, NULL, "one object a line", NULL, &json},
        {0},
    };
    struct model_registry registry;
    int code;
    if (cli_parse(self, options, argc, argv, NULL, 0, &code) < 0)
        return code;
    if (!model_registry_open(given, config, &registry))
        return EXIT_CONFIG;
    bool found = access(registry.dir, R_OK) == 0;
    if (!found)
        fprintf(stderr, "chaski model list: %s cannot be read (%s): name the registry with --registry DIR\n",
                registry.dir, strerror(errno));
    for (size_t i = 0; found && i < MODEL_NAMES; i++)
        list_model(registry.dir, model_names[i], json);
    model_registry_release(&registry);
    return found ? EXIT_GOOD : EXIT_DATA;
}

/* Gives the version that is meant: the one given, else the champion. Returns false after telling that there is none. */
static bool pick_version(const char *registry, const char *name, const char *given, char version[REGISTRY_VERSION])
{
    if (given && !model_has_version(registry, name, given))
        return false;
    if (given)
        snprintf(version, REGISTRY_VERSION, "%.7s", given);
    else
        model_alias(registry, name, "champion", version);
    return given || model_has_version(registry, name, version);
}

static int run_show(const struct command *self, int argc, char **argv)
{
    const char *config = NULL, *given = NULL, *words[2] = {NULL};
    const struct option_row options[] = {
        {"config", 'c', "FILE", "configuration: it names the registry", &config, NULL},
        {"registry", 0, "DIR", "the registry", &given, NULL},
        {0},
    };
    struct model_registry registry;
    char version[REGISTRY_VERSION];
    int code;
    if (cli_parse(self, options, argc, argv, words, 2, &code) < 0)
        return code;
    if (!model_is_known(self->name, words[0]))
        return EXIT_USAGE;
    if (!model_registry_open(given, config, &registry))
        return EXIT_CONFIG;
    cJSON *card = NULL;
    if (pick_version(registry.dir, words[0], words[1], version))
        card = model_read_card(registry.dir, words[0], version);
    char *text = card ? cJSON_Print(card) : NULL;
    if (text)
        puts(text);
    cJSON_free(text);
    cJSON_Delete(card);
    model_registry_release(&registry);
    return text ? EXIT_GOOD : EXIT_DATA;
}

static void print_metrics(const struct linear_shape *shape, const struct train_metrics *m, bool json)
{
    struct buf out;
    buf_init(&out, SUMMARY_MAX);
    train_put_metrics(shape, m, &out);
    if (json)
        puts(buf_text(&out));
    else
        printf(
            "%zu distinct texts\naccuracy %.4f (%.4f to %.4f)\ntop three %.4f (%.4f to %.4f)\ncalibration error %.4f\n"
            "sure of %.4f, right in %.4f of those\n",
            m->rows, m->accuracy.value, m->accuracy.low, m->accuracy.high, m->top3.value, m->top3.low, m->top3.high,
            m->ece, m->sure_share, m->sure_accuracy);
    buf_release(&out);
}

static void print_compare(const char *first, const char *second, const struct compare *c, bool json)
{
    if (json)
        printf("{\"rows\":%zu,\"both\":%zu,\"first\":\"%s\",\"only_first\":%zu,\"second\":\"%s\",\"only_second\":%zu,"
               "\"gain\":%.4f,\"low\":%.4f,\"high\":%.4f,\"p\":%.6g,\"verdict\":\"%s\"}\n",
               c->rows, c->counts[COMPARE_BOTH], first, c->counts[COMPARE_FIRST], second, c->counts[COMPARE_SECOND],
               c->gain.value, c->gain.low, c->gain.high, c->p, compare_text(c->verdict));
    else
        printf("%zu distinct texts: both right %zu, only %s %zu, only %s %zu, neither %zu\n"
               "%s less %s: %+.4f (%+.4f to %+.4f), p %.4g: %s\n",
               c->rows, c->counts[COMPARE_BOTH], first, c->counts[COMPARE_FIRST], second, c->counts[COMPARE_SECOND],
               c->counts[COMPARE_NEITHER], second, first, c->gain.value, c->gain.low, c->gain.high, c->p,
               compare_text(c->verdict));
}

static int try_rankers(const struct model_registry *registry, const char *first, const char *second,
                       const char *const *data, bool json)
{
    struct offline found;
    if (data[1]) {
        fprintf(stderr,
                "chaski model: a ranker is tried on one rows.tsv: `chaski dataset build ranker --with` joins\n");
        return EXIT_USAGE;
    }
    int code = ranker_trial(registry->dir, registry->catalogue, first, second, data[0], &found);
    if (code == EXIT_GOOD)
        ranker_print(&found, first, second, json);
    return code;
}

/* Measures one version, or compares two. */
static int try_versions(const struct model_registry *where, const char *const words[3], const char *const *data,
                        bool json)
{
    const char *registry = where->dir;
    struct trial trial;
    struct linear_shape shape;
    struct train_metrics metrics;
    struct compare compare;
    char version[REGISTRY_VERSION];
    if (!pick_version(registry, words[0], words[1], version) ||
        (words[2] && !model_has_version(registry, words[0], words[2])))
        return EXIT_DATA;
    if (strcmp(words[0], "ranker") == 0)
        return try_rankers(where, version, words[2], data, json);
    int code = trial_open(words[0], data, &trial);
    if (code == EXIT_GOOD && words[2]) {
        code = trial_compare(&trial, registry, words[0], version, words[2], &compare);
        if (code == EXIT_GOOD)
            print_compare(version, words[2], &compare, json);
    } else if (code == EXIT_GOOD) {
        code = trial_measure(&trial, registry, words[0], version, &shape, &metrics);
        if (code == EXIT_GOOD)
            print_metrics(&shape, &metrics, json);
    }
    trial_close(&trial);
    return code;
}

static int run_trial(const struct command *self, int argc, char **argv, int wanted)
{
    const char *config = NULL, *given = NULL, *one_more = NULL, *words[3] = {NULL},
               *data[TRAINER_FILES_MAX + 1] = {NULL};
    bool json = false;
    const struct option_row options[] = {
        {"data", 0, "FILE",
         "a table of texts and industries that were not trained on, up to 16 times; of ranker a rows.tsv", &one_more,
         NULL},
        {"config", 'c', "FILE", "configuration: it names the registry", &config, NULL},
        {"registry", 0, "DIR", "the registry", &given, NULL},
        {"json", 0, NULL, "one object", NULL, &json},
        {0},
    };
    struct model_registry registry;
    int code, left = cli_take_each(argc, argv, "--data", data, TRAINER_FILES_MAX);
    int count = cli_parse(self, options, left, argv, words, wanted, &code);
    if (count < 0)
        return code;
    if (count && !model_is_known(self->name, words[0]))
        return EXIT_USAGE;
    if (!data[0] || one_more || count < 1 || (wanted == 3 && count < 3)) {
        fprintf(stderr, "chaski %s: needs %s and at least one --data FILE (16 at most)\n", self->name,
                wanted == 3 ? "a model, two versions" : "a model");
        return EXIT_USAGE;
    }
    if (!model_registry_open(given, config, &registry))
        return EXIT_CONFIG;
    code = try_versions(&registry, words, data, json);
    model_registry_release(&registry);
    return code;
}

static int run_evaluate(const struct command *self, int argc, char **argv)
{
    return run_trial(self, argc, argv, 2);
}

static int run_compare(const struct command *self, int argc, char **argv)
{
    return run_trial(self, argc, argv, 3);
}

const struct command command_model_list = {"model list", "[--registry DIR] [-c FILE] [--json]",
                                           "lists the versions of each model: aliases, main figure, size", run_list};
const struct command command_model_show = {"model show", "MODEL [VERSION] [--registry DIR] [-c FILE]",
                                           "prints a version's card (the champion's)", run_show};
const struct command command_model_evaluate = {"model evaluate",
                                               "MODEL [VERSION] --data FILE [--registry DIR] [-c FILE] [--json]",
                                               "measures a version on labelled texts, a ranker on a log", run_evaluate};
const struct command command_model_compare = {"model compare",
                                              "MODEL FIRST SECOND --data FILE [--registry DIR] [-c FILE] [--json]",
                                              "tells whether two versions differ by more than luck", run_compare};
