/* The holidays' file: any bytes either make a table that can be asked about any date, or give at least one fault. */
#include <assert.h>

#include "base/civil.h"
#include "gateway/holidays.h"
#include "gateway/workday.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    static struct holidays holidays;
    static const int years[] = {-1, 0, 1583, 1818, 2026, 2027, 9999, 10000};
    struct faults faults;
    faults_init(&faults);
    enum error error = holidays_read("x.yaml", (struct slice){(const char *)data, size}, &faults, &holidays);
    assert((error == OK) == (faults.total == 0));
    for (size_t i = 0; !error && i < sizeof(years) / sizeof(years[0]); i++) {
        const struct civil day = {.year = years[i], .month = 3, .day = 22};
        for (int month = 1; month <= 12; month++)
            (void)holidays_has(&holidays, years[i], month, 31);
        assert(workday_after(&holidays, civil_to_ms(&day, 0), 8) > civil_to_ms(&day, 0));
    }
    for (size_t i = 0; !error && i < holidays.count; i++) {
        const struct holiday *item = &holidays.items[i];
        assert(item->first_year <= item->last_year && item->day >= (item->month ? 1 : -HOLIDAY_EASTER_MOST));
        assert(!item->month || item->day == 29 || holidays_has(&holidays, item->first_year, item->month, item->day));
    }
    faults_release(&faults);
    return 0;
}
