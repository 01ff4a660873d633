#include "gateway/ranker_trial.h"

#include <errno.h>
#include <stdio.h>
#include <string.h>

#include "base/mem.h"
#include "engine/ranker.h"
#include "engine/registry.h"
#include "gateway/cli.h"

#define TRIAL_SEED 1 /* of the pages and the bootstrap */

/* What is read for a trial. */
struct bench {
    struct slice rows, resources; /* owned bytes */
    struct catalogue *catalogue;
    struct registry_model first, second;
};

static bool read_bytes(const char *path, struct slice *out)
{
    enum error error = cli_read_file(path, TRAINER_FILE_MAX, out);
    if (error)
        fprintf(stderr, "%s: cannot be read (%s)\n", path, error == ERR_IO ? strerror(errno) : error_text(error));
    return !error;
}

static bool load(const char *registry, const char *version, struct faults *faults, struct registry_model *out)
{
    if (registry_load_version(registry, "ranker", version, RANKER_SCHEME, faults, out))
        return false;
    if (ranker_is(out->weights))
        return true;
    faults_add(faults, registry, 0, 0, "ranker %s has not the outputs of a ranker: train it again", version);
    return false;
}

int ranker_trial(const char *registry, const char *catalogue, const char *first, const char *second, const char *rows,
                 struct offline *out)
{
    struct bench bench = {.catalogue = NULL};
    struct faults faults;
    enum error error = ERR_VALUE;
    faults_init(&faults);
    bool good = read_bytes(rows, &bench.rows) && read_bytes(catalogue, &bench.resources) &&
                (bench.catalogue = catalogue_read(catalogue, bench.resources, &faults)) &&
                load(registry, first, &faults, &bench.first) &&
                (!second || load(registry, second, &faults, &bench.second));
    if (good) {
        const struct train_file file = {rows, bench.rows};
        error = offline_evaluate(&file, bench.catalogue, bench.first.weights, bench.second.weights, TRIAL_SEED, &faults,
                                 out);
    }
    faults_print(&faults, stderr);
    faults_release(&faults);
    registry_release(&bench.first);
    registry_release(&bench.second);
    catalogue_free(bench.catalogue);
    mem_free((char *)bench.resources.ptr);
    mem_free((char *)bench.rows.ptr);
    return !error ? EXIT_GOOD : error == ERR_NOMEM ? EXIT_TEMPORARY : EXIT_DATA;
}

enum compare_verdict ranker_verdict(const struct offline *found)
{
    if (found->gain.low > 0 && found->of[OFFLINE_SECOND].covered >= OFFLINE_COVERED_LEAST)
        return COMPARE_BETTER;
    return found->gain.high < 0 ? COMPARE_WORSE : COMPARE_NO_DIFFERENCE;
}

void ranker_print(const struct offline *found, const char *first, const char *second, bool json)
{
    const char *const names[OFFLINE_POLICIES] = {
        [OFFLINE_LOGGED] = "logged", [OFFLINE_RULES] = "rules", [OFFLINE_FIRST] = first, [OFFLINE_SECOND] = second};
    const char *than = second ? first : "logged", *which = second ? second : first;
    const char *verdict = second ? compare_text(ranker_verdict(found)) : "";
    if (json)
        printf("{\"rows\":%zu,\"people\":%zu,\"gone\":%zu,\"policies\":[", found->rows, found->people, found->gone);
    else
        printf("%zu rows of %zu people; %zu of resources that the catalogue has no longer\n", found->rows,
               found->people, found->gone);
    for (size_t p = 0; p < OFFLINE_POLICIES && names[p]; p++) {
        const struct offline_value *v = &found->of[p];
        if (json)
            printf("%s{\"policy\":\"%s\",\"reward\":%.4f,\"low\":%.4f,\"high\":%.4f,\"effective_rows\":%.1f,"
                   "\"covered\":%.4f}",
                   p ? "," : "", names[p], v->reward.value, v->reward.low, v->reward.high, v->effective, v->covered);
        else
            printf("%s\t%.4f (%.4f to %.4f) of what it shows is of use; worth %.0f rows, covered %.2f\n", names[p],
                   v->reward.value, v->reward.low, v->reward.high, v->effective, v->covered);
    }
    if (json)
        printf("],\"gain\":%.4f,\"low\":%.4f,\"high\":%.4f,\"verdict\":\"%s\"}\n", found->gain.value, found->gain.low,
               found->gain.high, verdict);
    else
        printf("%s less %s: %+.4f (%+.4f to %+.4f)%s%s\n", which, than, found->gain.value, found->gain.low,
               found->gain.high, second ? ": " : "", verdict);
}
