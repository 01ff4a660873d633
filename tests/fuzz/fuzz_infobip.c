/* Any bytes as a hop of Infobip: an answer always has its four members and shows on every phone, and a hop placed over
 * any stored session has an id and is bounded; placed again at once over what it left, it is a repeat of itself. */
#include "adapters/ussd.h"
#include "base/sms.h"
#include "tests/fuzz/adapter_fuzz.h"

#define NOW_MS 1795402800000

static const struct setting settings[] = {{"hook_secret", "quipu"}, {NULL, NULL}};

static void check_screen(struct slice answer)
{
    cJSON *root;
    uint32_t c;
    int64_t code;
    if (answer.len == 0)
        return;
    fuzz_require(json_parse(answer, answer.len, &root) == OK);
    struct slice screen = json_string(root, "ussdMenu");
    fuzz_require(screen.ptr && json_string(root, "responseMessage").ptr);
    fuzz_require(json_int(root, "responseExitCode", &code) && code == 200);
    fuzz_require(cJSON_IsBool(cJSON_GetObjectItemCaseSensitive(root, "shouldClose")));
    while (utf8_next(&screen, &c))
        fuzz_require(gsm7_cost(c) > 0 && c != '\r');
    cJSON_Delete(root);
}

static void check_place(struct slice stored, const struct event *event, struct arena *arena)
{
    struct ussd_hop hop, again;
    fuzz_require(event->last_input && event->session.len);
    fuzz_require(ussd_place(event->session, stored, event, NOW_MS, arena, &hop) == OK);
    fuzz_require(hop.id.len && hop.kept.len);
    fuzz_require(hop.kind == USSD_REPEAT || hop.kept.len <= USSD_HISTORY_MAX + event->text.len + 128);
    fuzz_require(hop.kind == USSD_INPUT ? slice_eq(hop.input, event->text) : hop.input.len == 0);
    fuzz_require(ussd_place(event->session, hop.kept, event, NOW_MS + 1, arena, &again) == OK);
    if (hop.kind == USSD_REPEAT)
        return; /* over what may stand for an instant just beyond the window */
    fuzz_require(again.kind == (event->kind == EVENT_BEGIN ? USSD_BEGIN : USSD_REPEAT));
    fuzz_require(slice_eq(again.id, hop.id));
}

static void check(const struct fuzz_outcome *outcome)
{
    check_screen(outcome->answer);
    fuzz_require(outcome->decoded->count <= 1);
    if (outcome->decoded->count)
        check_place(outcome->signature, &outcome->decoded->events[0], outcome->arena);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    static const struct fuzz_adapter infobip = {"infobip_ussd", settings, "Authorization", check};
    return fuzz_run(&infobip, data, size);
}
