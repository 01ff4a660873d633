/* Reads any bytes as liblinear's model: what is taken has scores that are numbers. */
#include <math.h>
#include <stdlib.h>

#include "engine/liblinear_text.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    static const struct linear_shape shape = {
        .name = "fuzz", .dimension = 5, .classes = 3, .labels = {"a", "b", "c"}, .temperature = 1};
    const struct feature features[] = {{0, 1}, {4, 0.5f}};
    double scores[ENGINE_LABELS_MAX];
    struct faults faults;
    struct linear *model = NULL;
    faults_init(&faults);
    if (liblinear_text_read("fuzz", (struct slice){(const char *)data, size}, &shape, &faults, &model) == OK) {
        linear_scores(model, features, 2, scores);
        for (size_t c = 0; c < shape.classes; c++)
            if (isnan(scores[c]))
                abort();
    } else if (faults.total == 0) {
        abort();
    }
    linear_free(model);
    faults_release(&faults);
    return 0;
}
