#include "adapters/common.h"

#include "base/phone.h"
#include "base/utf8.h"

#define USER_ID_CHARS 128 /* letters, digits and dots behind the country and its dot */
#define CLEAN_USUAL 512   /* bytes of a text for which nothing is allocated */
#define DEGREE_DIGITS 15  /* as many as a double holds exactly */

bool adapter_settings_ok(const struct channel *channel, const struct setting_rule *rules, size_t count,
                         struct faults *faults)
{
    bool good = true;
    for (size_t i = 0; i < count; i++) {
        const struct setting_rule *rule = &rules[i];
        const char *value = channel_setting(channel, rule->name);
        if (value[0] == '\0' ? !rule->required : !rule->valid || rule->valid(value))
            continue;
        good = false;
        if (value[0] == '\0')
            faults_add(faults, "", 0, 0, "%s is missing: %s", rule->name, rule->must);
        else if (rule->secret)
            faults_add(faults, "", 0, 0, "%s is not of its form: %s", rule->name, rule->must);
        else
            faults_add(faults, "", 0, 0, "%s is \"%s\": %s", rule->name, value, rule->must);
    }
    return good;
}

bool adapter_is_base_url(const char *value)
{
    struct slice url = slice_of(value);
    size_t scheme = slice_starts(url, "https://") ? 8 : slice_starts(url, "http://") ? 7 : 0;
    if (scheme == 0 || url.len == scheme || url.ptr[scheme] == '/' || url.ptr[url.len - 1] == '/')
        return false;
    for (size_t i = 0; i < url.len; i++)
        if ((unsigned char)url.ptr[i] <= ' ' || (unsigned char)url.ptr[i] >= 0x7F || url.ptr[i] == '?' ||
            url.ptr[i] == '#')
            return false;
    return true;
}

const char *adapter_setting_or(const struct channel *channel, const char *name, const char *fallback)
{
    const char *value = channel_setting(channel, name);
    return value[0] ? value : fallback;
}

enum error adapter_take(struct buf *b, struct arena *arena, struct slice *out)
{
    enum error error = b->error;
    if (!error) {
        struct slice copy = arena_copy(arena, buf_slice(b));
        if (copy.ptr)
            *out = copy;
        else
            error = ERR_NOMEM;
    }
    buf_release(b);
    return error;
}

struct slice adapter_clean(struct slice raw, struct arena *arena)
{
    struct slice clean = SLICE_NONE;
    struct buf b;
    char room[CLEAN_USUAL];
    if (!raw.len)
        return SLICE("");
    buf_init_over(&b, room, sizeof(room), raw.len * 3); /* an ill-formed byte becomes the three of U+FFFD */
    utf8_clean(raw, &b);
    if (adapter_take(&b, arena, &clean))
        return SLICE_NONE;
    return clean;
}

enum error adapter_id(struct slice raw, struct arena *arena, struct slice *out)
{
    if (raw.len == 0 || raw.len > ADAPTER_ID_MAX)
        return ERR_SYNTAX;
    struct slice id = adapter_clean(raw, arena);
    if (!id.ptr)
        return ERR_NOMEM;
    if (id.len == 0)
        return ERR_SYNTAX;
    *out = id;
    return OK;
}

static bool is_upper(char c)
{
    return c >= 'A' && c <= 'Z';
}

static bool is_digit(char c)
{
    return c >= '0' && c <= '9';
}

bool adapter_is_user_id(struct slice text)
{
    if (text.len < 4 || text.len > 3 + USER_ID_CHARS)
        return false;
    if (!is_upper(text.ptr[0]) || !is_upper(text.ptr[1]) || text.ptr[2] != '.')
        return false;
    for (size_t i = 3; i < text.len; i++)
        if (!is_upper(text.ptr[i]) && !is_digit(text.ptr[i]) && text.ptr[i] != '.' &&
            !(text.ptr[i] >= 'a' && text.ptr[i] <= 'z'))
            return false;
    return true;
}

enum error adapter_address(struct slice raw, struct arena *arena, struct slice *out)
{
    char phone[PHONE_MAX];
    if (!adapter_is_user_id(raw)) {
        if (phone_normalise(raw, phone))
            return ERR_VALUE;
        raw = slice_of(phone);
    }
    struct slice copy = arena_copy(arena, raw);
    if (!copy.ptr)
        return ERR_NOMEM;
    *out = copy;
    return OK;
}

bool adapter_degrees(struct slice text, double limit, double *out)
{
    bool minus = text.len > 0 && text.ptr[0] == '-';
    struct slice digits = slice_part(text, minus ? 1 : 0, text.len);
    size_t point = slice_find(digits, '.');
    double whole = 0, scale = 1;
    size_t kept = 0;

    if (point == 0 || point + 1 == digits.len)
        return false;
    for (size_t i = 0; i < digits.len; i++) {
        if (i == point)
            continue;
        if (!is_digit(digits.ptr[i]) || (kept >= DEGREE_DIGITS && i < point))
            return false;
        if (kept >= DEGREE_DIGITS)
            continue;
        whole = whole * 10 + (digits.ptr[i] - '0');
        scale *= i > point ? 10 : 1;
        kept++;
    }
    double value = (minus ? -whole : whole) / scale;
    if (kept == 0 || value > limit || value < -limit)
        return false;
    *out = value;
    return true;
}

void adapter_put_plain(struct buf *out, const struct message *message)
{
    buf_addslice(out, message->text);
    if (message->kind == MESSAGE_TEXT)
        return;
    for (size_t i = 0; i < message->option_count; i++) {
        buf_addf(out, "\n%zu. ", i + 1);
        buf_addslice(out, message->options[i].title);
    }
}

struct event *adapter_one_event(struct arena *arena, struct decoded *out)
{
    struct event *event = arena_alloc(arena, sizeof(*event));
    *out = (struct decoded){.events = event, .count = event ? 1 : 0};
    return event;
}

enum error adapter_clean_event(struct event *event, struct arena *arena)
{
    const struct {
        struct slice *text;
        size_t chars;
    } rows[] = {
        {&event->text, ADAPTER_TEXT_CHARS},       {&event->payload, ADAPTER_PART_CHARS},
        {&event->name, ADAPTER_PART_CHARS},       {&event->media.id, ADAPTER_PART_CHARS},
        {&event->media.type, ADAPTER_PART_CHARS}, {&event->media.name, ADAPTER_PART_CHARS},
        {&event->reference, ADAPTER_PART_CHARS},  {&event->error, ADAPTER_PART_CHARS},
    };
    for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
        struct slice clean = adapter_clean(*rows[i].text, arena);
        if (!clean.ptr)
            return ERR_NOMEM;
        *rows[i].text = utf8_prefix(clean, rows[i].chars);
    }
    return OK;
}

enum send_class adapter_class_of(const struct code_class *rows, size_t count, int64_t code, enum send_class otherwise)
{
    for (size_t i = 0; i < count; i++)
        if (code >= rows[i].first && code <= rows[i].last)
            return rows[i].class;
    return otherwise;
}

enum send_class adapter_class_of_text(const struct code_class *rows, size_t count, struct slice code)
{
    uint64_t number;
    if (!slice_u64(code, INT64_MAX, &number))
        return SEND_MESSAGE;
    return adapter_class_of(rows, count, (int64_t)number, SEND_MESSAGE);
}

enum send_class adapter_class_of_status(int status)
{
    static const struct code_class rows[] = {
        {200, 299, SEND_OK},        {401, 401, SEND_CHANNEL},   {402, 402, SEND_CHANNEL}, {403, 404, SEND_CHANNEL},
        {408, 408, SEND_TRANSIENT}, {429, 429, SEND_THROTTLED}, {400, 499, SEND_MESSAGE}, {500, 599, SEND_TRANSIENT},
    };
    return adapter_class_of(rows, sizeof(rows) / sizeof(rows[0]), status, SEND_MALFORMED);
}

enum send_class adapter_class_of_unreadable(int status)
{
    enum send_class class = adapter_class_of_status(status);
    return class == SEND_OK || class == SEND_MESSAGE ? SEND_MALFORMED : class;
}

void adapter_result(int status, struct slice body, struct arena *arena, adapter_read *read, struct send_result *out)
{
    cJSON *root = NULL;
    *out = (struct send_result){.class = adapter_class_of_unreadable(status)};
    if (json_parse(body, ADAPTER_ANSWER_MAX, &root) == OK)
        read(root, status, arena, out);
    cJSON_Delete(root);
}

enum error adapter_sorry_503(const struct channel *channel, struct arena *arena, struct response *out)
{
    (void)channel;
    (void)arena;
    *out = (struct response){.status = 503, .content_type = "text/plain", .body = SLICE_NONE};
    return OK;
}
