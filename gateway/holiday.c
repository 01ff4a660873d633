#include "gateway/holiday.h"

#include <stddef.h>

static const struct {
    int month, day;
    int first_year; /* 0: older than any message */
} fixed[] = {
    {1, 1, 0},     /* New Year */
    {5, 1, 0},     /* Labour Day */
    {6, 7, 2024},  /* battle of Arica and the flag: Ley 31788 */
    {6, 29, 0},    /* Saints Peter and Paul */
    {7, 23, 2024}, /* the air force and captain Quiñones: Ley 31822 */
    {7, 28, 0},    /* independence */
    {7, 29, 0},    /* independence, the second day */
    {8, 6, 2022},  /* battle of Junín: Ley 31530 */
    {8, 30, 0},    /* Saint Rose of Lima */
    {10, 8, 0},    /* naval battle of Angamos */
    {11, 1, 0},    /* All Saints */
    {12, 8, 0},    /* Immaculate Conception */
    {12, 9, 2022}, /* battle of Ayacucho: Ley 31381 */
    {12, 25, 0},   /* Christmas */
};

/* Gives Easter Sunday in days from the 1st of March (0). Source: the Gregorian computus. */
static int easter(int year)
{
    int golden = year % 19, century = year / 100;
    int moon = (19 * golden + century - century / 4 - (8 * century + 13) / 25 + 15) % 30;
    int full = moon - (moon / 28) * (1 - (29 / (moon + 1)) * ((21 - golden) / 11)); /* from 21 March */
    int weekday = (year + year / 4 + full + 2 - century + century / 4) % 7;         /* of the full moon; 0 Sunday */
    return 27 + full - weekday;
}

/* Tells whether it is Maundy Thursday or Good Friday, the two before Easter Sunday. */
static bool is_holy(int year, int month, int day)
{
    int from_march = (month == 3 ? 0 : 31) + day - 1, sunday = easter(year);
    return (month == 3 || month == 4) && (from_march == sunday - 3 || from_march == sunday - 2);
}

bool holiday_pe(int year, int month, int day)
{
    for (size_t i = 0; i < sizeof(fixed) / sizeof(fixed[0]); i++)
        if (fixed[i].month == month && fixed[i].day == day)
            return year >= fixed[i].first_year;
    return year >= 1583 && is_holy(year, month, day);
}
