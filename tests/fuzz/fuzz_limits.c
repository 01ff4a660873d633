/* The limits: a text that is taken is the only spelling of its state; whatever the states, rules and clock are, an
 * answer does not overflow, and the states it gives can be written and read again. */
#include <assert.h>
#include <string.h>

#include "gateway/holidays.h"
#include "gateway/limits.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void check_texts(const struct limit_channel *channel, const struct limit_person *person)
{
    static struct limit_channel channel_read;
    static struct limit_person person_read;
    char text[LIMIT_CHANNEL_TEXT];
    size_t len = limit_channel_encode(channel, text);
    assert(len < LIMIT_CHANNEL_TEXT);
    assert(limit_channel_decode((struct slice){text, len}, &channel_read) == OK);
    len = limit_person_encode(person, text);
    assert(len < LIMIT_PERSON_TEXT);
    assert(limit_person_decode((struct slice){text, len}, &person_read) == OK);
}

/* The input: rules, message and clock as bytes, then a channel's line and a person's. */
int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    static struct limit_channel channel;
    static struct limit_person person;
    static struct limit_answer answer;
    static const struct holidays christmas = {1, {{12, 25, HOLIDAY_FIRST_YEAR, HOLIDAY_LAST_YEAR}}};
    struct {
        int64_t segment_us, burst, pair_ms, pair_burst, window_ms, daily_tier, cap, segments, due_ms, now_ms, until_ms;
        int32_t from_min, to_min;
        uint8_t days, holidays, class, template;
    } in = {0};
    size_t head = size < sizeof(in) ? size : sizeof(in);
    struct slice lines = {(const char *)data + head, size - head}, line;
    memcpy(&in, data, head);
    if (lines.len == 0 || !slice_cut(&lines, '\n', &line) || limit_channel_decode(line, &channel) != OK ||
        limit_person_decode(lines, &person) != OK)
        return 0;
    const struct limit_rules rules = {
        in.segment_us, in.burst,    in.pair_ms, in.pair_burst, in.window_ms,
        in.daily_tier, in.from_min, in.to_min,  in.days,       in.holidays & 1 ? &christmas : NULL,
        in.cap};
    const struct limit_message message = {(enum message_class)(in.class % MESSAGE_CLASSES), in.segments,
                                          in.template & 1, in.due_ms, in.until_ms};
    check_texts(&channel, &person);
    limit_admit(&rules, &channel, &person, &message, in.now_ms, &answer);
    assert((answer.at_ms == LIMIT_NEVER) <= (answer.reason != LIMIT_NONE));
    check_texts(&answer.channel, &answer.person);
    if (answer.at_ms != LIMIT_NEVER && answer.at_ms > in.now_ms) /* it is the earliest: asked then, it goes */
        limit_admit(&rules, &channel, &person, &message, answer.at_ms, &answer);
    check_texts(&answer.channel, &answer.person);
    limit_refund(&answer.channel, answer.refund_ms);
    limit_inbound(&answer.person, in.due_ms, in.now_ms);
    limit_mend_channel(&rules, &answer.channel, in.now_ms);
    limit_mend_person(&rules, &answer.person, in.now_ms);
    check_texts(&answer.channel, &answer.person);
    return 0;
}
