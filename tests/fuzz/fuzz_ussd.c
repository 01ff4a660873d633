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

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    static struct channel channel;
    struct header header;
    struct arena *arena = arena_new(FUZZ_ARENA);
    fuzz_open(&channel, "africastalking_ussd", settings);
    struct request request = fuzz_request(data, size, &header, "X-Any");
    fuzz_decode(&channel, &request, arena);
    check_screen(fuzz_speak(&channel, &request, arena));
    check_input(header.value, request.body);
    arena_free(arena);
    return 0;
}
