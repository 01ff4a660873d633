#include "engine/size.h"

#include <stddef.h>

#include "base/civil.h"

#define MICRO_UIT 150
#define PEQUENA_UIT 1700

static const struct {
    int year;
    double soles;
} uit[] = {
    {2020, 4300}, {2021, 4400}, {2022, 4600}, {2023, 4950}, {2024, 5150}, {2025, 5350}, {2026, 5500},
};

double uit_soles(int64_t day_ms)
{
    int year = civil_from_ms(day_ms, LIMA_OFFSET_S).year;
    double soles = uit[0].soles;
    for (size_t i = 0; i < sizeof(uit) / sizeof(uit[0]) && uit[i].year <= year; i++)
        soles = uit[i].soles;
    return soles;
}

enum size size_of(double sales_month, int64_t day_ms)
{
    double units = sales_month * 12 / uit_soles(day_ms);
    if (sales_month < 0)
        return SIZE_UNKNOWN;
    if (units <= MICRO_UIT)
        return SIZE_MICRO;
    return units <= PEQUENA_UIT ? SIZE_PEQUENA : SIZE_LARGER;
}
