#include "gateway/workday.h"

#include "base/civil.h"
#include "gateway/holidays.h"

int64_t workday_after(const struct holidays *holidays, int64_t ms, unsigned days)
{
    enum { SUNDAY = 0, SATURDAY = 6 };
    struct civil day = civil_from_ms(ms, LIMA_OFFSET_S);
    day.hour = day.minute = day.second = day.millisecond = 0;
    while (days) {
        day.day++;
        day = civil_from_ms(civil_to_ms(&day, LIMA_OFFSET_S), LIMA_OFFSET_S);
        days -=
            day.weekday != SUNDAY && day.weekday != SATURDAY && !holidays_has(holidays, day.year, day.month, day.day);
    }
    day.day++;
    return civil_to_ms(&day, LIMA_OFFSET_S);
}
