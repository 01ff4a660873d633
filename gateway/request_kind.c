#include "gateway/request_kind.h"

#include "gateway/workday.h"

const struct request_kind request_kinds[REQUEST_KINDS] = {
    {"information", 8, "to be told who keeps her data, what for, how long and who sees them"},
    {"mydata", 20, "to see what is kept of her"},
    {"rectify", 10, "to have it corrected"},
    {"erase", 10, "to have it erased, where she asked otherwise than by text"},
};

const char *const request_kind_words[] = {"information", "mydata", "rectify", "erase", NULL};

const struct request_kind *request_kind(struct slice word)
{
    for (int i = 0; i < REQUEST_KINDS; i++)
        if (slice_is(word, request_kinds[i].word))
            return &request_kinds[i];
    return NULL;
}

int64_t request_late_ms(const struct request_kind *kind, const struct holidays *holidays, int64_t at_ms)
{
    return workday_after(holidays, at_ms, kind->days);
}
