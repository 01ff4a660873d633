/* Predicts with a model that liblinear's own program trained, read as one of ours: one label's number a line, for each
 * line of a dump in libsvm's format. `make parity` compares them with what liblinear's own program predicts.
 * usage: liblinear_parity MODEL DUMP */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "engine/liblinear_text.h"
#include "engine/features.h"
#include "engine/train_industry.h"

static struct slice read_whole(const char *path)
{
    FILE *file = fopen(path, "re");
    char *bytes = NULL;
    size_t room = 0;
    /* No NUL is in the file, so that it comes as one line. */
    ssize_t len = file ? getdelim(&bytes, &room, '\0', file) : -1;
    if (file)
        fclose(file);
    return len < 0 ? SLICE_NONE : (struct slice){bytes, (size_t)len};
}

static size_t read_row(char *line, struct feature features[FEATURES_MAX])
{
    size_t count = 0;
    char *word = strchr(line, ' ');
    while (word && count < FEATURES_MAX) {
        char *colon;
        unsigned long index = strtoul(word, &colon, 10);
        if (*colon != ':')
            break;
        features[count++] = (struct feature){(uint32_t)index - 1, strtof(colon + 1, &word)};
    }
    return count;
}

static void predict_rows(const struct linear *model, FILE *dump)
{
    static struct feature features[FEATURES_MAX];
    char *line = NULL;
    size_t room = 0;
    while (getline(&line, &room, dump) > 0) {
        double scores[ENGINE_LABELS_MAX];
        size_t best = 0;
        linear_scores(model, features, read_row(line, features), scores);
        for (size_t c = 1; c < linear_shape(model)->classes; c++)
            if (scores[c] > scores[best])
                best = c;
        printf("%zu\n", best);
    }
    free(line);
}

int main(int argc, char **argv)
{
    struct linear_shape shape = industry_shape();
    struct linear *model = NULL;
    struct faults faults;
    struct slice bytes = argc == 3 ? read_whole(argv[1]) : SLICE_NONE;
    FILE *dump = argc == 3 ? fopen(argv[2], "re") : NULL;
    faults_init(&faults);
    enum error error = dump && bytes.ptr ? liblinear_text_read(argv[1], bytes, &shape, &faults, &model) : ERR_IO;
    faults_print(&faults, stderr);
    if (error)
        fprintf(stderr, "liblinear_parity: %s: give a model and the dump it was trained on\n", error_text(error));
    else
        predict_rows(model, dump);
    if (dump)
        fclose(dump);
    linear_free(model);
    faults_release(&faults);
    free((char *)bytes.ptr);
    return error ? 1 : 0;
}
