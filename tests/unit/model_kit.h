/* What the tests of stage and growth share: a shipped model, a label's chance, a training run and files that it
 * refuses. */
#ifndef TESTS_MODEL_KIT_H
#define TESTS_MODEL_KIT_H

#include <stdio.h>
#include <string.h>

#include "tests/unit/unit.h"

#include "engine/registry.h"
#include "engine/trainers.h"

/* Loads a model as shipped. Returns 0, or an error after telling the faults. */
static inline int kit_load(const char *name, uint32_t scheme, struct registry_model *out)
{
    struct faults faults;
    faults_init(&faults);
    enum error error = registry_load("models/registry", name, scheme, &faults, out);
    faults_print(&faults, stdout);
    faults_release(&faults);
    return error;
}

/* Gives a label's probability; the label must be there. */
static inline double kit_chance(const struct prediction *p, const char *label)
{
    for (size_t i = 0; i < p->count; i++)
        if (strcmp(p->guesses[i].label, label) == 0)
            return p->guesses[i].probability;
    fail_msg("there is no %s", label);
    return 0;
}

/* Runs a trainer over one file's bytes, always with the same seed. */
static inline enum error kit_train(const struct trainer *trainer, struct slice bytes, struct faults *faults,
                                   struct train_result *out)
{
    struct train_job job = {.data = {{"facts.tsv", bytes}}, .data_count = 1, .version = "v0001", .seed = 7};
    return trainer->run(&job, faults, out);
}

/* A file that cannot be learned from, and how the first fault begins. */
struct refused_file {
    const char *text, *fault;
};

/* Checks that a trainer refuses each file with its fault, and gives nothing. */
static inline void kit_expect_refused(const struct trainer *trainer, const struct refused_file *rows, size_t count)
{
    for (size_t i = 0; i < count; i++) {
        struct faults faults;
        struct train_result result;
        faults_init(&faults);
        assert_int_not_equal(kit_train(trainer, slice_of(rows[i].text), &faults, &result), OK);
        assert_null(result.model);
        assert_true(faults.count > 0 && strncmp(faults.items[0].text, rows[i].fault, strlen(rows[i].fault)) == 0);
        faults_release(&faults);
    }
}

#endif
