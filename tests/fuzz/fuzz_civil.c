/* Dates from outside: what is read is written and read again as the same instant; any instant has a date. */
#include <assert.h>
#include <string.h>

#include "base/civil.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void check_instant(int64_t ms, int offset_s)
{
    char text[CIVIL_TEXT];
    int64_t again;
    struct civil c = civil_from_ms(ms, offset_s);
    assert(c.month >= 1 && c.month <= 12 && c.day >= 1 && c.day <= 31 && c.weekday >= 0 && c.weekday <= 6);
    assert(civil_to_ms(&c, offset_s) == ms);
    civil_format(ms, text);
    assert(strlen(text) == CIVIL_TEXT - 1);
    assert(civil_parse(slice_of(text), &again) == OK);
    assert(again == ms || again <= INT64_C(-62167219200000) || again >= INT64_C(253402300799999));
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    int64_t ms = 0;
    struct civil c;
    if (civil_parse((struct slice){(const char *)data, size}, &ms) == OK)
        check_instant(ms, LIMA_OFFSET_S);
    if (size >= sizeof(ms) + sizeof(int)) {
        int offset_s;
        memcpy(&ms, data, sizeof(ms));
        memcpy(&offset_s, data + sizeof(ms), sizeof(offset_s));
        check_instant(ms, offset_s);
    }
    if (size >= sizeof(c)) {
        memcpy(&c, data, sizeof(c));
        ms = civil_to_ms(&c, c.weekday);
        check_instant(ms, 0);
    }
    return 0;
}
