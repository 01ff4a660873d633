/* Reads any bytes as a catalogue, in each of its notations; what is accepted must be fit to recommend from, and come
 * back from what is written of it. */
#include <stdlib.h>

#include "engine/business.h"
#include "engine/catalogue_write.h"
#include "engine/recommend.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void put_all(const struct catalogue *catalogue, struct buf *out)
{
    buf_init(out, 16 * 1024 * 1024);
    for (size_t i = 0; i < catalogue_count(catalogue); i++)
        catalogue_put_entry(out, catalogue_at(catalogue, i));
}

static void write_and_read(const struct catalogue *made, bool csv)
{
    struct faults faults;
    struct buf text, before, after;
    buf_init(&text, CATALOGUE_FILE_MAX);
    faults_init(&faults);
    (csv ? catalogue_put_csv : catalogue_put_yaml)(&text, made);
    struct catalogue *again = (csv ? catalogue_read_csv : catalogue_read)("again", buf_slice(&text), &faults);
    if (!again && !text.error)
        abort();
    put_all(made, &before);
    if (again) {
        put_all(again, &after);
        if (!slice_eq(buf_slice(&before), buf_slice(&after)))
            abort();
        buf_release(&after);
    }
    buf_release(&text);
    buf_release(&before);
    catalogue_free(again);
    faults_release(&faults);
}

static void look_at(struct catalogue *made, const struct faults *faults)
{
    struct business business;
    struct prediction stage = {0};
    const struct recommend_ask ask = {.today_ms = 1795420800000};
    struct recommendation given[RECOMMEND_PAGE];
    if ((made == NULL) != (faults->total > 0))
        abort();
    if (!made)
        return;
    business_init(&business);
    if (recommend(&(struct recommender){made, NULL, NULL}, &stage, &business, &ask, given, RECOMMEND_PAGE) >
        catalogue_count(made))
        abort();
    write_and_read(made, true);
    write_and_read(made, false);
    catalogue_free(made);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    const struct slice bytes = {(const char *)data, size};
    for (int form = 0; form < 3; form++) {
        struct faults faults;
        faults_init(&faults);
        look_at(form == 0   ? catalogue_read("fuzz", bytes, &faults)
                : form == 1 ? catalogue_read_csv("fuzz", bytes, &faults)
                            : catalogue_read_entries(&bytes, 1, &faults),
                &faults);
        faults_release(&faults);
    }
    return 0;
}
