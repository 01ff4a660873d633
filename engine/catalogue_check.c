#include "engine/catalogue_check.h"

#include "base/json.h"
#include "base/sms.h"
#include "engine/catalogue_write.h"

#define DAY_MS (24 * 3600 * INT64_C(1000))
#define USSD_SCREEN 182 /* septets */

const char *const catalogue_state_words[] = {"good", "stale", "ending", "expired", NULL};

enum catalogue_state catalogue_state(const struct resource *resource, int64_t now_ms)
{
    const int64_t stale_days = resource->confidence == 'C' ? CATALOGUE_UNSURE_DAYS : CATALOGUE_STALE_DAYS;
    if (now_ms >= resource->valid_until_ms)
        return CATALOGUE_EXPIRED;
    if (resource->valid_until_ms != RESOURCE_OPEN &&
        now_ms >= resource->valid_until_ms - CATALOGUE_ENDING_DAYS * DAY_MS)
        return CATALOGUE_ENDING;
    if (now_ms < resource->checked_on_ms) /* nobody can have looked: the year may be a slip */
        return CATALOGUE_STALE;
    return now_ms >= resource->checked_on_ms + stale_days * DAY_MS ? CATALOGUE_STALE : CATALOGUE_GOOD;
}

struct catalogue_cost catalogue_cost(const struct resource *resource)
{
    struct catalogue_cost cost = {0};
    struct buf text, sent;
    buf_init(&text, 4096);
    buf_init(&sent, 8192);
    buf_addf(&text, "%s\n%s", resource->text, resource->contact);
    sms_transliterate(buf_slice(&text), &sent);
    if (!text.error && !sent.error) {
        const struct sms_size size = sms_measure(buf_slice(&sent));
        cost.septets = size.units;
        cost.segments = size.segments;
        cost.screens = (cost.septets + USSD_SCREEN - 1) / USSD_SCREEN;
    }
    buf_release(&text);
    buf_release(&sent);
    return cost;
}

static void put_field(struct buf *out, const struct resource *resource, const char *name)
{
    struct buf value;
    buf_init(&value, 4096);
    for (size_t i = 0; i < CATALOGUE_FIELDS; i++)
        if (strcmp(catalogue_field_name(i), name) == 0)
            catalogue_put_value(&value, resource, i);
    json_put_name(out, name);
    json_put_string(out, buf_slice(&value));
    buf_release(&value);
}

void catalogue_put_attention(struct buf *out, const struct resource *resource, enum catalogue_state state)
{
    static const char *const fields[] = {"checked_on", "valid_until", "confidence"};
    const struct catalogue_cost cost = catalogue_cost(resource);
    buf_addc(out, '{');
    put_field(out, resource, "id");
    put_field(out, resource, "name");
    json_put_name(out, "state");
    json_put_string(out, slice_of(catalogue_state_words[state]));
    for (size_t i = 0; i < sizeof(fields) / sizeof(fields[0]); i++)
        put_field(out, resource, fields[i]);
    buf_addf(out, ",\"septets\":%zu,\"segments\":%zu,\"screens\":%zu}", cost.septets, cost.segments, cost.screens);
}
