#include "base/civil.h"

#include <stdio.h>
#include <string.h>

#define DAY_S 86400
#define ERA_YEARS 400 /* the calendar repeats after these, and a multiple of 7 days */
#define ERA_DAYS 146097
#define EPOCH_DAYS 719468                      /* from 0000-03-01 to 1970-01-01 */
#define TEXT_FIRST_MS INT64_C(-62167219200000) /* 0000-01-01T00:00:00.000Z */
#define TEXT_LAST_MS INT64_C(253402300799999)  /* 9999-12-31T23:59:59.999Z */

/* Divides towards minus infinity; *rest is from 0 to below `by`. */
static int64_t floor_divide(int64_t value, int64_t by, int64_t *rest)
{
    int64_t quotient = value / by;
    *rest = value % by;
    if (*rest < 0) {
        *rest += by;
        quotient--;
    }
    return quotient;
}

/* Counts days from 1970-01-01. Years are taken from March on, so that the leap day comes last. */
static int64_t days_of(int64_t year, int64_t month, int64_t day)
{
    int64_t month_of_year, year_of_era;
    year += floor_divide(month - 3, 12, &month_of_year); /* 0 is March */
    int64_t era = floor_divide(year, ERA_YEARS, &year_of_era);
    int64_t day_of_year = (153 * month_of_year + 2) / 5; /* 153 days in five months, March to July */
    int64_t day_of_era = year_of_era * 365 + year_of_era / 4 - year_of_era / 100 + day_of_year;
    return era * ERA_DAYS + day_of_era + day - 1 - EPOCH_DAYS;
}

static void set_date(struct civil *c, int64_t days)
{
    int64_t day_of_era, weekday;
    int64_t era = floor_divide(days + EPOCH_DAYS, ERA_DAYS, &day_of_era);
    int64_t leaps = day_of_era / 1460 - day_of_era / 36524 + day_of_era / (ERA_DAYS - 1);
    int64_t year_of_era = (day_of_era - leaps) / 365;
    int64_t day_of_year = day_of_era - (365 * year_of_era + year_of_era / 4 - year_of_era / 100);
    int64_t month_of_year = (5 * day_of_year + 2) / 153;
    bool is_next_year = month_of_year >= 10; /* January and February */
    c->year = (int)(era * ERA_YEARS + year_of_era + is_next_year);
    c->month = (int)(is_next_year ? month_of_year - 9 : month_of_year + 3);
    c->day = (int)(day_of_year - (153 * month_of_year + 2) / 5 + 1);
    floor_divide(days + 4, 7, &weekday); /* 1970-01-01 was a Thursday */
    c->weekday = (int)weekday;
}

struct civil civil_from_ms(int64_t ms, int offset_s)
{
    struct civil c = {0};
    int64_t millisecond, second;
    int64_t seconds = floor_divide(ms, 1000, &millisecond) + offset_s;
    set_date(&c, floor_divide(seconds, DAY_S, &second));
    c.hour = (int)(second / 3600);
    c.minute = (int)(second / 60 % 60);
    c.second = (int)(second % 60);
    c.millisecond = (int)millisecond;
    return c;
}

int64_t civil_to_ms(const struct civil *c, int offset_s)
{
    int64_t ms, days = days_of(c->year, c->month, c->day), millisecond = c->millisecond;
    int64_t seconds = days * DAY_S + (int64_t)c->hour * 3600 + (int64_t)c->minute * 60 + c->second - offset_s;
    if (seconds < 0) { /* towards zero, so that no step on the way is farther out than the result */
        seconds++;
        millisecond -= 1000;
    }
    if (__builtin_mul_overflow(seconds, 1000, &ms) || __builtin_add_overflow(ms, millisecond, &ms))
        return seconds < 0 ? INT64_MIN : INT64_MAX;
    return ms;
}

/* Writes exactly `count` decimal digits. Returns what is behind them. */
static char *put_digits(char *out, int value, int count)
{
    for (int i = count - 1; i >= 0; i--) {
        out[i] = (char)('0' + value % 10);
        value /= 10;
    }
    return out + count;
}

void civil_format(int64_t ms, char out[CIVIL_TEXT])
{
    if (ms < TEXT_FIRST_MS)
        ms = TEXT_FIRST_MS;
    if (ms > TEXT_LAST_MS)
        ms = TEXT_LAST_MS;
    struct civil c = civil_from_ms(ms, 0);
    const struct {
        int value, digits;
        char behind;
    } fields[] = {
        {c.year, 4, '-'},   {c.month, 2, '-'},  {c.day, 2, 'T'},         {c.hour, 2, ':'},
        {c.minute, 2, ':'}, {c.second, 2, '.'}, {c.millisecond, 3, 'Z'},
    };
    for (size_t i = 0; i < sizeof(fields) / sizeof(fields[0]); i++) {
        out = put_digits(out, fields[i].value, fields[i].digits);
        *out++ = fields[i].behind;
    }
    *out = '\0';
}

/* Takes exactly `count` decimal digits off *rest. */
static bool take_digits(struct slice *rest, size_t count, int *value)
{
    uint64_t read;
    if (rest->len < count || !slice_u64(slice_part(*rest, 0, count), 9999, &read))
        return false;
    *value = (int)read;
    *rest = slice_part(*rest, count, rest->len);
    return true;
}

/* Takes one character off *rest if it is among `any`. */
static bool take_any(struct slice *rest, const char *any)
{
    if (rest->len == 0 || rest->ptr[0] == '\0' || !strchr(any, rest->ptr[0]))
        return false;
    *rest = slice_part(*rest, 1, rest->len);
    return true;
}

/* Takes the digits behind a point; those past milliseconds are dropped. */
static bool take_fraction(struct slice *rest, int *millisecond)
{
    int digit, weight = 100;
    if (!take_any(rest, "."))
        return true;
    if (!take_digits(rest, 1, &digit))
        return false;
    do {
        *millisecond += digit * weight;
        weight /= 10;
    } while (take_digits(rest, 1, &digit));
    return true;
}

/* Takes Z, +hh:mm, +hhmm or nothing. *minutes are east of UTC; ERR_VALUE when out of range. */
static enum error take_zone(struct slice *rest, int *minutes)
{
    int hour, minute;
    bool is_west = rest->len > 0 && rest->ptr[0] == '-';
    *minutes = 0;
    if (rest->len == 0 || take_any(rest, "Zz"))
        return OK;
    if (!take_any(rest, "+-") || !take_digits(rest, 2, &hour))
        return ERR_SYNTAX;
    take_any(rest, ":");
    if (!take_digits(rest, 2, &minute))
        return ERR_SYNTAX;
    if (hour > 23 || minute > 59)
        return ERR_VALUE;
    *minutes = (hour * 60 + minute) * (is_west ? -1 : 1);
    return OK;
}

/* Tells whether the fields are a date and a time that exist. */
static bool is_real(const struct civil *c)
{
    if (c->month < 1 || c->month > 12 || c->hour > 23 || c->minute > 59 || c->second > 59)
        return false;
    return c->day >= 1 && c->day <= days_of(c->year, c->month + 1, 1) - days_of(c->year, c->month, 1);
}

enum error civil_parse(struct slice text, int64_t *out_ms)
{
    struct civil c = {0};
    struct slice rest = text;
    enum error zone = OK;
    int offset_min = 0;
    if (!take_digits(&rest, 4, &c.year) || !take_any(&rest, "-") || !take_digits(&rest, 2, &c.month) ||
        !take_any(&rest, "-") || !take_digits(&rest, 2, &c.day))
        return ERR_SYNTAX;
    if (rest.len > 0) {
        if (!take_any(&rest, "Tt ") || !take_digits(&rest, 2, &c.hour) || !take_any(&rest, ":") ||
            !take_digits(&rest, 2, &c.minute) || !take_any(&rest, ":") || !take_digits(&rest, 2, &c.second) ||
            !take_fraction(&rest, &c.millisecond))
            return ERR_SYNTAX;
        zone = take_zone(&rest, &offset_min);
    }
    if (zone == ERR_SYNTAX || rest.len > 0)
        return ERR_SYNTAX;
    if (zone || !is_real(&c))
        return ERR_VALUE;
    *out_ms = civil_to_ms(&c, offset_min * 60);
    return OK;
}

enum error civil_parse_lima(struct slice text, int64_t *out_ms)
{
    static const char *const tails[] = {"-05:00", ":00-05:00", "T00:00:00-05:00", ""};
    enum error error = ERR_SYNTAX;
    for (size_t i = 0; i < sizeof(tails) / sizeof(tails[0]) && error && text.len <= 40; i++) {
        char whole[64];
        int len = snprintf(whole, sizeof(whole), "%.*s%s", (int)text.len, text.len ? text.ptr : "", tails[i]);
        enum error one = civil_parse((struct slice){whole, (size_t)len}, out_ms);
        error = error == ERR_VALUE && one ? error : one; /* a date that does not exist is told before a shape */
    }
    return error;
}
