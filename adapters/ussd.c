#include "adapters/ussd.h"

enum ussd_input ussd_new_input(struct slice stored, struct slice now, struct slice *input)
{
    *input = SLICE_NONE;
    if (slice_eq(stored, now))
        return USSD_SAME;
    if (stored.len == 0) {
        *input = now;
        return USSD_NEW;
    }
    if (now.len <= stored.len || !slice_eq(slice_part(now, 0, stored.len), stored) || now.ptr[stored.len] != '*')
        return USSD_DIVERGED;
    *input = slice_part(now, stored.len + 1, now.len);
    return USSD_NEW;
}
