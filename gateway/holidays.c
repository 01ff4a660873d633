#include "gateway/holidays.h"

#include <stdio.h>

#include "base/civil.h"
#include "base/suggest.h"
#include "base/yaml.h"

#define ARENA_MAX (1024u * 1024)
#define DAY_MS INT64_C(86400000)
#define LEAP_YEAR "2024-" /* has every day that a year can have */

struct reading {
    const char *file;
    struct faults *faults;
    struct holidays read;
    unsigned lines[HOLIDAYS_MAX]; /* of read.items */
};

/* Gives a date in days since 1970. Days that a month has not carry over. */
static int64_t day_number(int year, int month, int day)
{
    const struct civil c = {.year = year, .month = month, .day = day};
    return civil_to_ms(&c, 0) / DAY_MS;
}

/* Gives a year's Easter Sunday in days since 1970. Source: the Gregorian computus. */
static int64_t easter(int year)
{
    int golden = year % 19, century = year / 100;
    int moon = (19 * golden + century - century / 4 - (8 * century + 13) / 25 + 15) % 30;
    int full = moon - (moon / 28) * (1 - (29 / (moon + 1)) * ((21 - golden) / 11)); /* from 21 March */
    int weekday = (year + year / 4 + full + 2 - century + century / 4) % 7;         /* of the full moon; 0 Sunday */
    return day_number(year, 3, 28 + full - weekday);
}

bool holidays_has(const struct holidays *holidays, int year, int month, int day)
{
    if (!holidays || year < HOLIDAY_FIRST_YEAR || year > HOLIDAY_LAST_YEAR)
        return false;
    const int64_t from_easter = day_number(year, month, day) - easter(year);
    for (size_t i = 0; i < holidays->count; i++) {
        const struct holiday *item = &holidays->items[i];
        bool holds = year >= item->first_year && year <= item->last_year;
        if (holds && (item->month ? item->month == month && item->day == day : item->day == from_easter))
            return true;
    }
    return false;
}

/* Gives a row's text, or an empty one; where it is no text, adds the fault. */
static struct slice text_of(struct reading *r, const struct yaml_node *row, const char *key)
{
    const struct yaml_node *node = yaml_get(row, key);
    if (node && node->kind == YAML_SCALAR && node->text.len)
        return node->text;
    if (node)
        yaml_fault(r->faults, r->file, node, "%s must be a text: write it, or leave it out", key);
    return SLICE_NONE;
}

static bool read_day(struct reading *r, const struct yaml_node *row, struct slice text, struct holiday *out)
{
    enum { MONTH_AND_DAY = 5, DATE = 10 };
    char whole[sizeof(LEAP_YEAR) + DATE];
    int64_t ms;
    bool fits = text.len == MONTH_AND_DAY || text.len == DATE;
    snprintf(whole, sizeof(whole), "%s%.*s", text.len == MONTH_AND_DAY ? LEAP_YEAR : "", fits ? (int)text.len : 0,
             text.ptr);
    const enum error error = fits ? civil_parse(slice_of(whole), &ms) : ERR_SYNTAX;
    const struct civil c = civil_from_ms(error ? 0 : ms, 0);
    if (error || (text.len == DATE && c.year < HOLIDAY_FIRST_YEAR)) {
        yaml_fault(r->faults, r->file, yaml_get(row, "day"),
                   "there is no day \"%.*s\": write 12-25 for every year, or 2027-03-19 for one day alone",
                   (int)text.len, text.ptr);
        return false;
    }
    if (text.len == DATE)
        out->first_year = out->last_year = (short)c.year;
    out->month = (short)c.month;
    out->day = (short)c.day;
    return true;
}

static bool read_easter(struct reading *r, const struct yaml_node *row, struct slice text, struct holiday *out)
{
    uint64_t days;
    const bool before = text.ptr[0] == '-';
    if (!slice_u64(slice_part(text, before, text.len), HOLIDAY_EASTER_MOST, &days)) {
        yaml_fault(r->faults, r->file, yaml_get(row, "easter"),
                   "easter is \"%.*s\": it counts days from Easter Sunday, -%d to %d; Good Friday is -2", (int)text.len,
                   text.ptr, HOLIDAY_EASTER_MOST, HOLIDAY_EASTER_MOST);
        return false;
    }
    out->month = 0;
    out->day = (short)(before ? -(int)days : (int)days);
    return true;
}

/* Reads `from` or `to` where it is there. */
static bool read_year(struct reading *r, const struct yaml_node *row, const char *key, short *out)
{
    const struct yaml_node *node = yaml_get(row, key);
    uint64_t year;
    if (!node)
        return true;
    if (node->kind == YAML_SCALAR && slice_u64(node->text, HOLIDAY_LAST_YEAR, &year) && year >= HOLIDAY_FIRST_YEAR) {
        *out = (short)year;
        return true;
    }
    yaml_fault(r->faults, r->file, node, "%s must be a year, %d to %d: the %s one in which the day is a holiday", key,
               HOLIDAY_FIRST_YEAR, HOLIDAY_LAST_YEAR, key[0] == 'f' ? "first" : "last");
    return false;
}

static bool has_only_known_keys(struct reading *r, const struct yaml_node *row)
{
    static const char *const keys[] = {"day", "easter", "from", "to", "name", "law", NULL};
    bool good = true;
    for (size_t i = 0; i < row->count; i++) {
        const struct yaml_node *key = row->pairs[i].key;
        const char *near = suggest(key->text, keys);
        bool known = near && slice_is(key->text, near);
        if (!known)
            yaml_fault(r->faults, r->file, key,
                       "a holiday has no \"%s\"%s%s: use day or easter, from, to, name and law", key->text.ptr,
                       near ? "; did you mean " : "", near ? near : "");
        good = good && known;
    }
    return good;
}

static bool read_row(struct reading *r, const struct yaml_node *row, struct holiday *out)
{
    if (row->kind != YAML_MAP) {
        yaml_fault(r->faults, r->file, row, "a holiday must be a map: write {day: 12-25, name: Navidad}");
        return false;
    }
    const size_t before = r->faults->total;
    const bool has_day = yaml_get(row, "day"), has_easter = yaml_get(row, "easter");
    const struct slice day = text_of(r, row, "day"), easter_text = text_of(r, row, "easter");
    (void)has_only_known_keys(r, row);
    (void)text_of(r, row, "law");
    if (!text_of(r, row, "name").len && !yaml_get(row, "name"))
        yaml_fault(r->faults, r->file, row, "the holiday has no name: write one, for who reads this file");
    if (has_day == has_easter)
        yaml_fault(r->faults, r->file, row, "the holiday has %s: give one of them, day or easter",
                   has_day ? "a day and easter" : "no day");
    *out = (struct holiday){.first_year = HOLIDAY_FIRST_YEAR, .last_year = HOLIDAY_LAST_YEAR};
    bool years = read_year(r, row, "from", &out->first_year) & read_year(r, row, "to", &out->last_year);
    if (years && out->first_year > out->last_year)
        yaml_fault(r->faults, r->file, yaml_get(row, "from"), "from is %d and to is %d: the first year comes first",
                   out->first_year, out->last_year);
    if (day.len > 5 && (yaml_get(row, "from") || yaml_get(row, "to")))
        yaml_fault(r->faults, r->file, row, "a single day has no from or to: remove them, or write its month and day");
    if (r->faults->total > before)
        return false;
    return day.len ? read_day(r, row, day, out) : read_easter(r, row, easter_text, out);
}

static bool is_same_day(const struct holiday *a, const struct holiday *b)
{
    return a->month == b->month && a->day == b->day && a->first_year <= b->last_year && b->first_year <= a->last_year;
}

static void add(struct reading *r, const struct yaml_node *row, const struct holiday *holiday)
{
    struct holidays *read = &r->read;
    for (size_t i = 0; i < read->count; i++) {
        if (is_same_day(&read->items[i], holiday)) {
            yaml_fault(r->faults, r->file, row, "the same day is in line %u: remove one of them", r->lines[i]);
            return;
        }
    }
    r->lines[read->count] = row->line;
    read->items[read->count++] = *holiday;
}

static void read_all(struct reading *r, const struct yaml_node *root)
{
    const struct yaml_node *list = yaml_get(root, "holidays");
    if (!list || list->kind != YAML_LIST || list->count == 0 || root->count > 1) {
        faults_add(r->faults, r->file, root ? root->line : 1, root ? root->column : 1,
                   "must hold one list, holidays, and nothing else: write a row of day or easter and name for each");
        return;
    }
    if (list->count > HOLIDAYS_MAX) {
        yaml_fault(r->faults, r->file, list, "there are %zu holidays: at most %d fit; remove days that are long past",
                   list->count, HOLIDAYS_MAX);
        return;
    }
    for (size_t i = 0; i < list->count; i++) {
        struct holiday holiday;
        if (read_row(r, list->items[i], &holiday))
            add(r, list->items[i], &holiday);
    }
}

enum error holidays_read(const char *file, struct slice bytes, struct faults *faults, struct holidays *out)
{
    struct reading reading = {.file = file, .faults = faults};
    struct yaml_node *root = NULL;
    const size_t before = faults->total;
    struct arena *arena = arena_new(ARENA_MAX);
    enum error error = arena ? yaml_parse(file, bytes, arena, faults, &root) : ERR_NOMEM;
    if (error == ERR_NOMEM && faults->total == before)
        faults_add(faults, file, 0, 0, "there is no memory to read it");
    if (!error) {
        read_all(&reading, root);
        error = faults->total > before ? ERR_VALUE : OK;
    }
    if (!error)
        *out = reading.read;
    arena_free(arena);
    return error;
}
