#include "gateway/training.h"

#include <string.h>

#include "base/civil.h"
#include "gateway/bulk_time.h"

#define DAY_MS INT64_C(86400000)
#define DAYS_BACK 7
#define REMINDER_HOUR 10
#define COUNT_OF(rows) (sizeof(rows) / sizeof((rows)[0]))

bool training_is_id(struct slice text)
{
    uint64_t number;
    return text.len && text.len < TRAINING_ID && text.ptr[0] != '0' && slice_u64(text, TRAINING_ID_MAX, &number);
}

static bool is_letter(char c)
{
    return c >= 'A' && c <= 'Z';
}

static bool is_digit(char c)
{
    return c >= '0' && c <= '9';
}

bool training_is_code(struct slice text)
{
    if (text.len < 2 || text.len >= TRAINING_CODE || !is_letter(text.ptr[0]))
        return false;
    for (size_t i = 0; i < text.len; i++)
        if (!is_letter(text.ptr[i]) && !is_digit(text.ptr[i]))
            return false;
    return true;
}

/* A letter first and a digit last, so that it is neither a word nor an amount. */
void training_make_door(const unsigned char chance[TRAINING_DOOR - 1], char out[TRAINING_DOOR])
{
    static const char letters[] = "ABCDEFGHJKLMNPQRSTUVWXYZ", digits[] = "23456789";
    for (size_t i = 0; i + 1 < TRAINING_DOOR; i++)
        out[i] = i + 2 < TRAINING_DOOR ? letters[chance[i] % (sizeof(letters) - 1)]
                                       : digits[chance[i] % (sizeof(digits) - 1)];
    out[TRAINING_DOOR - 1] = '\0';
}

/* ---- the record ---- */

/* The fields that are numbers, and those that are texts. */
static const struct {
    const char *name;
    size_t at;
} numbers[] = {{"created", offsetof(struct training, created_ms)},
               {"starts", offsetof(struct training, starts_ms)},
               {"deadline", offsetof(struct training, deadline_ms)},
               {"seats", offsetof(struct training, seats)},
               {"certified", offsetof(struct training, certified_ms)}},
  words[] = {{"by", offsetof(struct training, by)},       {"code", offsetof(struct training, code)},
             {"title", offsetof(struct training, title)}, {"place", offsetof(struct training, place)},
             {"link", offsetof(struct training, link)},   {"audience", offsetof(struct training, audience)},
             {"door", offsetof(struct training, door)}};

static enum error copy_text(struct slice text, struct arena *arena, struct slice *out)
{
    *out = text.ptr ? arena_copy(arena, text) : SLICE("");
    return out->ptr ? OK : ERR_NOMEM;
}

static enum error read_fields(const cJSON *root, struct arena *arena, struct training *out)
{
    const cJSON *own = json_object(root, "texts");
    enum error error = OK;
    for (size_t i = 0; i < COUNT_OF(numbers); i++)
        if (!json_int(root, numbers[i].name, (int64_t *)((char *)out + numbers[i].at)))
            return ERR_SYNTAX;
    for (size_t i = 0; i < COUNT_OF(words) && !error; i++)
        error = copy_text(json_string(root, words[i].name), arena, (struct slice *)((char *)out + words[i].at));
    for (size_t i = 0; i < TRAINING_TEXTS && !error; i++)
        error = copy_text(json_string(own, training_texts[i]), arena, &out->texts[i]);
    out->cancelled = cJSON_IsTrue(cJSON_GetObjectItemCaseSensitive(root, "cancelled"));
    return error ? error : training_is_code(out->code) && out->seats > 0 ? OK : ERR_SYNTAX;
}

enum error training_read(struct slice record, struct arena *arena, struct training *out)
{
    cJSON *root;
    *out = (struct training){0};
    enum error error = json_parse(record, TRAINING_RECORD_MAX, &root);
    if (error)
        return error == ERR_NOMEM ? error : ERR_SYNTAX;
    error = read_fields(root, arena, out);
    cJSON_Delete(root);
    return error;
}

void training_write(const struct training *t, struct buf *out)
{
    buf_addc(out, '{');
    for (size_t i = 0; i < COUNT_OF(numbers); i++) {
        json_put_name(out, numbers[i].name);
        buf_addi(out, *(const int64_t *)((const char *)t + numbers[i].at));
    }
    for (size_t i = 0; i < COUNT_OF(words); i++) {
        json_put_name(out, words[i].name);
        json_put_string(out, *(const struct slice *)((const char *)t + words[i].at));
    }
    json_put_name(out, "texts");
    buf_addc(out, '{');
    for (size_t i = 0; i < TRAINING_TEXTS; i++) {
        if (!t->texts[i].len)
            continue;
        json_put_name(out, training_texts[i]);
        json_put_string(out, t->texts[i]);
    }
    buf_addc(out, '}');
    json_put_name(out, "cancelled");
    buf_adds(out, t->cancelled ? "true}" : "false}");
}

/* ---- a wish ---- */

enum error training_wish_read(struct slice json, struct arena *arena, struct training_wish *out)
{
    static const char *const names[] = {"verb", "training", "channel", "words"};
    struct slice *const to[] = {&out->verb, &out->training, &out->channel, &out->words};
    cJSON *root = NULL;
    *out = (struct training_wish){0};
    enum error error = json_parse(json, TRAINING_WISH_MAX, &root);
    if (error)
        return error == ERR_NOMEM ? error : ERR_SYNTAX;
    for (size_t i = 0; i < COUNT_OF(names) && !error; i++)
        error = copy_text(json_string(root, names[i]), arena, to[i]);
    cJSON_Delete(root);
    return error;
}

/* ---- what follows from it ---- */

bool training_is_open(const struct training *t, int64_t now_ms)
{
    return !t->cancelled && now_ms < t->deadline_ms && now_ms < t->starts_ms;
}

bool training_names(struct slice text, struct slice code)
{
    for (size_t at = 0; at < text.len;) {
        size_t end = at;
        while (end < text.len && (is_letter(text.ptr[end] & (char)0xDF) || is_digit(text.ptr[end])))
            end++;
        const struct slice word = slice_part(text, at, end);
        char small[TRAINING_CODE];
        if (code.len && word.len == code.len && slice_copy(code, small, sizeof(small)) && slice_is_nocase(word, small))
            return true;
        at = end + 1;
    }
    return false;
}

int64_t training_remind_ms(const struct limit_rules *rules, int64_t starts_ms)
{
    struct civil day = civil_from_ms(starts_ms, LIMA_OFFSET_S);
    day.hour = REMINDER_HOUR;
    day.minute = day.second = day.millisecond = 0;
    const int64_t same_day = civil_to_ms(&day, LIMA_OFFSET_S);
    for (int back = 1; back <= DAYS_BACK; back++)
        if (bulk_begins(rules, same_day - back * DAY_MS) == same_day - back * DAY_MS)
            return same_day - back * DAY_MS;
    return same_day - DAY_MS;
}
