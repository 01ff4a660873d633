/* chaski model promote, rollback: which version is in use, and why. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/civil.h"
#include "gateway/cli.h"
#include "gateway/clock.h"
#include "gateway/cmd_model.h"
#include "gateway/model_files.h"
#include "gateway/model_trial.h"
#include "gateway/ranker_trial.h"

#define EVIDENCE_MAX 400

/* A change of champion. */
struct change {
    const char *registry, *catalogue, *name, *why, *by;
    char from[REGISTRY_VERSION], to[REGISTRY_VERSION];
    char evidence[EVIDENCE_MAX]; /* what the two were found to be, in words */
    bool worse;                  /* the new one is, or nobody can tell */
    bool better;                 /* the new one is, on data given, by more than luck */
};

/* Weighs two rankers on the rows of a log. */
static int weigh_rankers(struct change *change, const char *rows)
{
    struct offline found;
    int code = ranker_trial(change->registry, change->catalogue, change->from, change->to, rows, &found);
    if (code != EXIT_GOOD)
        return code;
    change->worse = ranker_verdict(&found) == COMPARE_WORSE;
    change->better = ranker_verdict(&found) == COMPARE_BETTER;
    snprintf(change->evidence, sizeof(change->evidence),
             "on %zu rows of %zu people, of what %s shows %.4f is of use, of %s %.4f: %+.4f (%+.4f to %+.4f), covered "
             "%.2f: %s",
             found.rows, found.people, change->to, found.of[OFFLINE_SECOND].reward.value, change->from,
             found.of[OFFLINE_FIRST].reward.value, found.gain.value, found.gain.low, found.gain.high,
             found.of[OFFLINE_SECOND].covered, compare_text(ranker_verdict(&found)));
    return code;
}

/* Weighs the two on labelled texts. */
static int weigh_on_data(struct change *change, const char *const *data)
{
    struct trial trial;
    struct compare c;
    int code = trial_open(change->name, data, &trial);
    if (code == EXIT_GOOD)
        code = trial_compare(&trial, change->registry, change->name, change->from, change->to, &c);
    if (code == EXIT_GOOD) {
        change->worse = c.verdict == COMPARE_WORSE;
        change->better = c.verdict == COMPARE_BETTER;
        snprintf(change->evidence, sizeof(change->evidence),
                 "on %zu distinct texts the accuracy of %s less that of %s is %+.4f (%+.4f to %+.4f), p %.4g: %s",
                 c.rows, change->to, change->from, c.gain.value, c.gain.low, c.gain.high, c.p, compare_text(c.verdict));
    }
    trial_close(&trial);
    return code;
}

static bool same_data(const cJSON *a, const cJSON *b)
{
    return cJSON_Compare(json_array(a, "data"), json_array(b, "data"), true);
}

/* Weighs the two by what their cards say. Figures of other data say nothing of each other. */
static int weigh_cards(struct change *change)
{
    struct train_interval before, after;
    cJSON *old = model_read_card(change->registry, change->name, change->from);
    cJSON *new = old ? model_read_card(change->registry, change->name, change->to) : NULL;
    int code = new ? EXIT_GOOD : EXIT_DATA;
    const char *what = new ? model_headline(change->name, old, &before) : NULL;
    change->worse = true;
    if (!what || !model_headline(change->name, new, &after)) {
        snprintf(change->evidence, sizeof(change->evidence), "a card has no figure to compare");
    } else if (!same_data(old, new)) {
        snprintf(change->evidence, sizeof(change->evidence), "the two cards were measured on other data");
    } else {
        change->worse = after.value < before.low;
        snprintf(change->evidence, sizeof(change->evidence),
                 "by the cards, %s of %s is %.4f, of %s %.4f (%.4f to %.4f): %s", what, change->to, after.value,
                 change->from, before.value, before.low, before.high, change->worse ? "worse" : "not worse");
    }
    cJSON_Delete(old);
    cJSON_Delete(new);
    return code;
}

/* Writes into the new champion's card who made it one, when and why. */
static bool write_reason(const struct change *change)
{
    char path[REGISTRY_PATH_MAX], at[CIVIL_TEXT];
    cJSON *card = model_read_card(change->registry, change->name, change->to);
    cJSON *promoted = card ? cJSON_CreateObject() : NULL;
    civil_format(clock_ms(), at);
    bool good = promoted && cJSON_AddStringToObject(promoted, "at", at) &&
                cJSON_AddStringToObject(promoted, "by", change->by) &&
                cJSON_AddStringToObject(promoted, "why", change->why) &&
                cJSON_AddStringToObject(promoted, "before", change->from) &&
                cJSON_AddStringToObject(promoted, "evidence", change->evidence);
    cJSON_DeleteItemFromObjectCaseSensitive(card, "promoted");
    good = good && cJSON_AddItemToObject(card, "promoted", promoted);
    if (!good)
        cJSON_Delete(promoted);
    snprintf(path, sizeof(path), "%s/%s/%s/card.json", change->registry, change->name, change->to);
    good = good && model_write_card(path, card);
    cJSON_Delete(card);
    return good;
}

/* What was under trial is so no longer once it is in use. */
static void end_challenge(const struct change *change)
{
    char path[REGISTRY_PATH_MAX], version[REGISTRY_VERSION];
    model_alias(change->registry, change->name, "challenger", version);
    snprintf(path, sizeof(path), "%s/%s/challenger", change->registry, change->name);
    if (strcmp(version, change->to) == 0)
        unlink(path);
}

/* Makes the change: the reason first, the champion last, so that a crash between them changes nothing that serves. */
static int make_change(const struct change *change)
{
    if (!write_reason(change) || !model_set_alias(change->registry, change->name, "previous", change->from) ||
        !model_set_alias(change->registry, change->name, "champion", change->to))
        return EXIT_TEMPORARY;
    end_challenge(change);
    printf("%s: champion is %s, previous is %s\n", change->name, change->to, change->from);
    printf("%s\n", change->evidence);
    printf("A daemon takes it up with the next reload (SIGHUP), without losing a message.\n");
    return EXIT_GOOD;
}

static int weigh(struct change *change, const char *const *data)
{
    if (!data[0])
        return weigh_cards(change);
    return strcmp(change->name, "ranker") == 0 ? weigh_rankers(change, data[0]) : weigh_on_data(change, data);
}

/* Names the two versions, if both are there and are two. */
static int name_versions(struct change *change, const char *version)
{
    model_alias(change->registry, change->name, "champion", change->from);
    if (!model_has_version(change->registry, change->name, version) ||
        !model_has_version(change->registry, change->name, change->from))
        return EXIT_DATA;
    snprintf(change->to, sizeof(change->to), "%.7s", version);
    if (strcmp(change->from, change->to) == 0) {
        fprintf(stderr, "chaski model promote: %s is the champion already\n", version);
        return EXIT_DATA;
    }
    return EXIT_GOOD;
}

static int promote(struct change *change, const char *version, const char *const *data, bool force)
{
    int code = name_versions(change, version);
    if (code == EXIT_GOOD)
        code = weigh(change, data);
    if (code != EXIT_GOOD)
        return code;
    if (change->worse && !force) {
        fprintf(stderr, "chaski model promote: not done: %s; give --data FILE with other texts, or --force\n",
                change->evidence);
        return EXIT_DATA;
    }
    return make_change(change);
}

int model_promote_better(const struct model_registry *registry, const char *name, const char *version, const char *data,
                         bool allowed)
{
    const char *const files[] = {data, NULL};
    struct change change = {.registry = registry->dir,
                            .catalogue = registry->catalogue,
                            .name = name,
                            .why = "trained anew, and better (models_promote: better)",
                            .by = "chaski train"};
    int code = name_versions(&change, version);
    if (code == EXIT_GOOD)
        code = weigh(&change, files);
    if (code == EXIT_GOOD && change.better && allowed)
        return make_change(&change);
    if (code == EXIT_GOOD)
        printf("%s: champion stays %s: %s%s\n", name, change.from, change.evidence,
               change.better ? "; models_promote is never: promote it yourself" : "");
    return code;
}

static const char *who(const char *given)
{
    const char *user = getenv("USER");
    return given ? given : user && user[0] ? user : "unknown";
}

static int run_promote(const struct command *self, int argc, char **argv)
{
    const char *config = NULL, *given = NULL, *one_more = NULL, *by = NULL, *words[2] = {NULL},
               *data[TRAINER_FILES_MAX + 1] = {NULL};
    struct change change = {.why = NULL};
    bool force = false;
    const struct option_row options[] = {
        {"why", 0, "REASON", "why; it is written into the card", &change.why, NULL},
        {"by", 0, "NAME", "who decides (the user)", &by, NULL},
        {"data", 0, "FILE", "labelled texts to compare the two on; up to 16 times", &one_more, NULL},
        {"force", 0, NULL, "also when it is worse, or nobody can tell", NULL, &force},
        {"config", 'c', "FILE", "configuration: it names the registry", &config, NULL},
        {"registry", 0, "DIR", "the registry", &given, NULL},
        {0},
    };
    struct model_registry registry;
    int code, left = cli_take_each(argc, argv, "--data", data, TRAINER_FILES_MAX);
    int count = cli_parse(self, options, left, argv, words, 2, &code);
    if (count < 0)
        return code;
    if (!model_is_known(self->name, words[0]))
        return EXIT_USAGE;
    if (count < 2 || one_more || !change.why || !change.why[0]) {
        fprintf(stderr, "chaski model promote: needs a model, a version and --why REASON\n");
        return EXIT_USAGE;
    }
    if (!model_registry_open(given, config, &registry))
        return EXIT_CONFIG;
    change.registry = registry.dir;
    change.catalogue = registry.catalogue;
    change.name = words[0];
    change.by = who(by);
    code = promote(&change, words[1], data, force);
    model_registry_release(&registry);
    return code;
}

static int roll_back(struct change *change)
{
    model_alias(change->registry, change->name, "champion", change->from);
    model_alias(change->registry, change->name, "previous", change->to);
    if (!change->to[0]) {
        fprintf(stderr, "chaski model rollback: %s has no previous version\n", change->name);
        return EXIT_DATA;
    }
    snprintf(change->evidence, sizeof(change->evidence), "rolled back from %s", change->from);
    return model_has_version(change->registry, change->name, change->to) ? make_change(change) : EXIT_DATA;
}

static int run_rollback(const struct command *self, int argc, char **argv)
{
    const char *config = NULL, *given = NULL, *by = NULL, *name = NULL;
    struct change change = {.why = NULL};
    const struct option_row options[] = {
        {"why", 0, "REASON", "why; it is written into the card", &change.why, NULL},
        {"by", 0, "NAME", "who decides (the user)", &by, NULL},
        {"config", 'c', "FILE", "configuration: it names the registry", &config, NULL},
        {"registry", 0, "DIR", "the registry", &given, NULL},
        {0},
    };
    struct model_registry registry;
    int code;
    if (cli_parse(self, options, argc, argv, &name, 1, &code) < 0)
        return code;
    if (!model_is_known(self->name, name))
        return EXIT_USAGE;
    if (!change.why || !change.why[0]) {
        fprintf(stderr, "chaski model rollback: needs --why REASON\n");
        return EXIT_USAGE;
    }
    if (!model_registry_open(given, config, &registry))
        return EXIT_CONFIG;
    change.registry = registry.dir;
    change.name = name;
    change.by = who(by);
    code = roll_back(&change);
    model_registry_release(&registry);
    return code;
}

const struct command command_model_promote = {
    "model promote", "MODEL VERSION --why REASON [--data FILE] [--force] [--by NAME] [--registry DIR] [-c FILE]",
    "makes a version the champion, unless it is worse", run_promote};
const struct command command_model_rollback = {"model rollback",
                                               "MODEL --why REASON [--by NAME] [--registry DIR] [-c FILE]",
                                               "makes the previous version the champion again", run_rollback};
