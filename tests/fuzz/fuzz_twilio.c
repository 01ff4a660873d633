/* Any bytes as a webhook of Twilio: what is decoded is fit to keep, and TwiML holds nothing that XML has not. */
#include "tests/fuzz/adapter_fuzz.h"

static const struct setting settings[] = {{"account_sid", "AC00000000000000000000000000000001"},
                                          {"auth_token", "12345678901234567890123456789012"},
                                          {"auth_token_secondary", "another"},
                                          {"from", "whatsapp:+5117654321"},
                                          {NULL, NULL}};

static void check_xml(struct slice document)
{
    struct slice rest = document;
    uint32_t c;
    while (utf8_next(&rest, &c))
        fuzz_require((c >= 0x20 || c == '\n' || c == '\t') && c != 0xFFFE && c != 0xFFFF);
}

static void check(const struct fuzz_outcome *outcome)
{
    check_xml(outcome->answer);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    static const struct fuzz_adapter twilio = {"twilio", settings, "X-Twilio-Signature", check};
    return fuzz_run(&twilio, data, size);
}
