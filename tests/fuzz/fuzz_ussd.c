/* Any bytes as a hop of Africa's Talking: a screen always has its prefix and shows on every phone, and the new input is
 * exactly what stands behind the stored text. */
#include "adapters/ussd.h"
#include "base/sms.h"
#include "tests/fuzz/adapter_fuzz.h"

static const struct setting settings[] = {{"service_code", "*384*1#"}, {"hook_secret", "quipu"}, {NULL, NULL}};

static void check_screen(struct slice screen)
{
    uint32_t c;
    if (screen.len == 0)
        return;
    fuzz_require(slice_starts(screen, "CON ") || slice_starts(screen, "END "));
    while (utf8_next(&screen, &c))
        fuzz_require(gsm7_cost(c) > 0 && c != '\r');
}

static void check_input(struct slice stored, struct slice now)
{
    struct slice input;
    enum ussd_input what = ussd_new_input(stored, now, &input);
    fuzz_require((what == USSD_SAME) == slice_eq(stored, now));
    fuzz_require(what == USSD_NEW || input.len == 0);
    if (what != USSD_NEW)
        return;
    size_t before = now.len - input.len;
    fuzz_require(slice_eq(slice_part(now, before, now.len), input));
    fuzz_require(before == (stored.len ? stored.len + 1 : 0));
    fuzz_require(slice_eq(slice_part(now, 0, stored.len), stored));
}

static void check(const struct fuzz_outcome *outcome)
{
    check_screen(outcome->answer);
    check_input(outcome->signature, outcome->request->body);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    static const struct fuzz_adapter ussd = {"africastalking_ussd", settings, "X-Any", check};
    return fuzz_run(&ussd, data, size);
}
