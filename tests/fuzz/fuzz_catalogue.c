/* Reads any bytes as a catalogue; what is accepted must be fit to recommend from. */
#include <stdlib.h>

#include "engine/business.h"
#include "engine/recommend.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    struct faults faults;
    struct business business;
    struct prediction stage = {0};
    const struct recommend_ask ask = {.today_ms = 1795420800000};
    struct recommendation given[RECOMMEND_PAGE];
    faults_init(&faults);
    struct catalogue *made = catalogue_read("fuzz", (struct slice){(const char *)data, size}, &faults);
    if ((made == NULL) != (faults.total > 0))
        abort();
    business_init(&business);
    if (made && recommend(&(struct recommender){made, NULL, NULL}, &stage, &business, &ask, given, RECOMMEND_PAGE) >
                    catalogue_count(made))
        abort();
    catalogue_free(made);
    faults_release(&faults);
    return 0;
}
