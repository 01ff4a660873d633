#include "base/sms_policy.h"

static const char *const manners[] = {[SMS_PLAIN] = "plain", [SMS_CHEAPEST] = "cheapest", [SMS_EXACT] = "exact"};

unsigned sms_policy_segments(const struct sms_policy *policy)
{
    return policy->segments_max ? policy->segments_max : SMS_SEGMENTS_BUDGET;
}

bool sms_manner_named(struct slice name, enum sms_manner *out)
{
    for (size_t i = 0; i < sizeof(manners) / sizeof(manners[0]); i++) {
        if (slice_is(name, manners[i])) {
            *out = (enum sms_manner)i;
            return true;
        }
    }
    return false;
}

bool sms_policy_same(const struct sms_policy *a, const struct sms_policy *b)
{
    return a->manner == b->manner && a->spanish_shift == b->spanish_shift && a->wide_reference == b->wide_reference &&
           a->segments_max == b->segments_max;
}

static bool is_default(const struct sms_policy *policy)
{
    return sms_policy_same(policy, &(struct sms_policy){.manner = SMS_PLAIN});
}

void sms_policy_put(const struct sms_policy *policy, struct buf *out)
{
    if (is_default(policy))
        return;
    buf_adds(out, manners[policy->manner]);
    buf_adds(out, policy->spanish_shift ? " es" : "");
    buf_adds(out, policy->wide_reference ? " wide" : "");
    if (policy->segments_max)
        buf_addf(out, " %u", policy->segments_max);
}

bool sms_policy_parse(struct slice words, struct sms_policy *out)
{
    struct sms_policy policy = {.manner = SMS_PLAIN};
    struct slice rest = words, word = SLICE_NONE;
    uint64_t segments = 0;
    if (words.len) {
        if (!slice_cut(&rest, ' ', &word) || !sms_manner_named(word, &policy.manner))
            return false;
        bool more = slice_cut(&rest, ' ', &word);
        if (more && (policy.spanish_shift = slice_is(word, "es")))
            more = slice_cut(&rest, ' ', &word);
        if (more && (policy.wide_reference = slice_is(word, "wide")))
            more = slice_cut(&rest, ' ', &word);
        if (more && (!slice_u64(word, SMS_SEGMENTS_MAX, &segments) || segments == 0 || word.ptr[0] == '0' || rest.ptr))
            return false;
        policy.segments_max = (unsigned)segments;
        if (is_default(&policy))
            return false;
    }
    *out = policy;
    return true;
}
