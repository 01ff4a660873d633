/* Reads any bytes as a model; what is accepted must predict without harm and be written as it was read. */
#include <stdlib.h>
#include <string.h>

#include "engine/linear.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

/* Makes the checksum right, so that what lies behind it is reached. */
static void mend(uint8_t *bytes, size_t size)
{
    uint64_t hash = 0xcbf29ce484222325u;
    for (size_t i = 0; i + 8 < size; i++)
        hash = (hash ^ bytes[i]) * 0x100000001b3u;
    for (size_t i = 0; i < 8; i++)
        bytes[size - 8 + i] = (uint8_t)(hash >> (8 * i));
}

static void use(const struct linear *model)
{
    struct feature features[] = {{0, 1}, {1, -2}, {77, 0.5f}, {UINT32_MAX, 1}};
    struct prediction p;
    linear_predict(model, features, 4, &p);
    if (p.count != linear_shape(model)->classes)
        abort();
    for (size_t i = 0; i < p.count; i++)
        if (strlen(p.guesses[i].label) >= ENGINE_KEY || linear_class(model, slice_of(p.guesses[i].label)) >= p.count)
            abort();
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    struct linear *model = NULL;
    struct faults faults;
    uint8_t *bytes = malloc(size + 1);
    memcpy(bytes, data, size);
    if (size > 64 && data[size - 1] % 2)
        mend(bytes, size);
    faults_init(&faults);
    enum error error = linear_read("fuzz", (struct slice){(const char *)bytes, size}, &faults, &model);
    if ((error == OK) != (faults.total == 0))
        abort();
    if (!error) {
        struct buf again;
        use(model);
        buf_init(&again, LINEAR_FILE_MAX);
        linear_write(model, &again);
        if (again.len != size)
            abort();
        buf_release(&again);
        linear_free(model);
    }
    faults_release(&faults);
    free(bytes);
    return 0;
}
