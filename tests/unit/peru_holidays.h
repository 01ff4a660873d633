/* The holidays that ship, for tests: `peru` is them once peru_holidays_load() has read models/holidays.yaml. */
#ifndef TESTS_UNIT_PERU_HOLIDAYS_H
#define TESTS_UNIT_PERU_HOLIDAYS_H

#include <stdio.h>

#include "gateway/holidays.h"

static struct holidays peru;

/* Returns true, or false with the faults on standard output. */
static bool peru_holidays_load(void)
{
    char bytes[16384];
    struct faults faults;
    FILE *file = fopen("models/holidays.yaml", "r");
    size_t len = file ? fread(bytes, 1, sizeof(bytes), file) : 0;
    if (file)
        fclose(file);
    faults_init(&faults);
    enum error error = holidays_read("models/holidays.yaml", (struct slice){bytes, len}, &faults, &peru);
    faults_print(&faults, stdout);
    faults_release(&faults);
    return !error;
}

#endif
