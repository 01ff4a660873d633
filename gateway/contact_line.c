#include "gateway/contact_line.h"

#include <string.h>

#define NUMBER_DIGITS 6
#define NUMBER_NONE "000000"
#define INBOUND_NONE "-"
#define HOUR_MS INT64_C(3600000)
#define FIRST_LOOK_MS (16 * HOUR_MS)
#define HOURS_MAX (INT64_C(1) << 32)

static bool take_number(struct slice *rest, uint64_t *out)
{
    struct slice word;
    return slice_cut(rest, ' ', &word) && slice_u64(word, INT64_MAX, out);
}

static bool take_instant(struct slice *rest, int64_t *out)
{
    uint64_t number;
    if (!take_number(rest, &number))
        return false;
    *out = (int64_t)number;
    return true;
}

static bool take_small(struct slice *rest, uint32_t *out)
{
    uint64_t number;
    if (!take_number(rest, &number) || number > UINT32_MAX)
        return false;
    *out = (uint32_t)number;
    return true;
}

/* Reads how many hours after `since_ms` an instant is. */
static bool take_hours(struct slice *rest, int64_t since_ms, int64_t *out)
{
    int64_t hours;
    if (!take_instant(rest, &hours) || hours > HOURS_MAX || since_ms > INT64_MAX - hours * HOUR_MS)
        return false;
    *out = since_ms + hours * HOUR_MS;
    return true;
}

/* Reads "CHANNEL=MS,...". */
static bool take_inbound(struct slice *rest, struct contact_line *out)
{
    struct slice word, one;
    if (!slice_cut(rest, ' ', &word) || !word.len)
        return false;
    if (slice_is(word, INBOUND_NONE))
        return true;
    while (word.ptr) {
        struct contact_inbound *inbound = &out->inbound[out->inbound_count];
        uint64_t ms;
        if (out->inbound_count == CONTACT_LINE_CHANNELS_MAX || !slice_cut(&word, ',', &one) ||
            !slice_cut(&one, '=', &inbound->channel) || !inbound->channel.len || !slice_u64(one, INT64_MAX, &ms))
            return false;
        inbound->ms = (int64_t)ms;
        out->inbound_count++;
    }
    return true;
}

static bool take_name(struct slice *rest, struct contact_line *out)
{
    return take_number(rest, &out->version) && take_instant(rest, &out->born_ms) && take_small(rest, &out->edits);
}

/* Reads what is behind a line's name. */
static enum error read_rest(struct slice rest, struct contact_line *out)
{
    if (!take_hours(&rest, out->born_ms, &out->tend_ms) || !take_small(&rest, &out->number) ||
        !take_small(&rest, &out->traits) || !take_small(&rest, &out->open) || !take_inbound(&rest, out) ||
        !take_instant(&rest, &out->place_ms))
        return ERR_SYNTAX;
    while (rest.ptr) {
        struct contact_timer timer;
        if (!slice_cut(&rest, ' ', &timer.name) || !timer.name.len || !slice_cut(&rest, ' ', &timer.channel) ||
            !timer.channel.len || !take_instant(&rest, &timer.due_ms) || out->timer_count == CONTACT_LINE_TIMERS_MAX)
            return ERR_SYNTAX;
        out->timers[out->timer_count++] = timer;
    }
    return OK;
}

enum error contact_line_fields(struct slice name, struct slice kept, struct contact_line *out, struct slice *state)
{
    struct slice rest = name;
    out->version = 0;
    out->born_ms = out->tend_ms = out->place_ms = 0;
    out->edits = out->number = out->traits = out->open = 0;
    out->inbound_count = out->timer_count = 0;
    if (name.len && (!take_name(&rest, out) || !rest.ptr))
        return ERR_SYNTAX;
    if (name.len && !rest.len) /* else the whole line is there */
        slice_cut(&kept, '\n', &rest);
    if (state)
        *state = kept;
    return name.len ? read_rest(rest, out) : OK;
}

enum error contact_line_read(struct slice text, struct contact_line *out)
{
    return contact_line_fields(text, SLICE_NONE, out, NULL);
}

struct slice contact_line_name(struct slice text)
{
    struct slice rest = text, word;
    for (int i = 0; i < 3; i++) /* version, born, edits */
        if (!slice_cut(&rest, ' ', &word))
            return SLICE_NONE;
    return rest.ptr ? slice_part(text, 0, (size_t)(rest.ptr - text.ptr)) : SLICE_NONE;
}

int64_t contact_line_inbound(const struct contact_line *line, struct slice channel)
{
    for (size_t i = 0; i < line->inbound_count; i++)
        if (slice_eq(line->inbound[i].channel, channel))
            return line->inbound[i].ms;
    return 0;
}

/* Drops the timer of that name; `due_ms` not 0: only the one of that instant. */
static void drop_timer(struct contact_line *line, struct slice name, int64_t due_ms)
{
    for (size_t i = 0; i < line->timer_count; i++) {
        if (!slice_eq(line->timers[i].name, name) || (due_ms && due_ms != line->timers[i].due_ms))
            continue;
        line->timer_count--;
        memmove(&line->timers[i], &line->timers[i + 1], (line->timer_count - i) * sizeof(line->timers[0]));
        return;
    }
}

static bool is_word(struct slice text)
{
    return text.len && slice_find(text, ' ') == text.len;
}

static enum error set_timer(struct contact_line *line, const struct commit *c, const struct store_timer *timer)
{
    drop_timer(line, timer->name, 0);
    if (!timer->due_ms)
        return OK;
    if (!is_word(timer->name) || !is_word(c->channel))
        return ERR_VALUE;
    if (line->timer_count == CONTACT_LINE_TIMERS_MAX)
        return ERR_LIMIT;
    line->timers[line->timer_count++] = (struct contact_timer){timer->name, c->channel, timer->due_ms};
    return OK;
}

/* Puts a message of hers at the end; where there is no room, in place of what lies at the beginning. */
static enum error set_inbound(struct contact_line *line, struct slice channel, int64_t ms)
{
    size_t at = 0;
    if (!is_word(channel) || slice_find(channel, ',') < channel.len || slice_find(channel, '=') < channel.len)
        return ERR_VALUE;
    while (at < line->inbound_count && !slice_eq(line->inbound[at].channel, channel))
        at++;
    if (at == line->inbound_count && at == CONTACT_LINE_CHANNELS_MAX)
        at = 0;
    if (at < line->inbound_count) {
        line->inbound_count--;
        memmove(&line->inbound[at], &line->inbound[at + 1], (line->inbound_count - at) * sizeof(line->inbound[0]));
    }
    line->inbound[line->inbound_count++] = (struct contact_inbound){channel, ms};
    return OK;
}

static int64_t first_due(const struct contact_line *line)
{
    int64_t first_ms = 0;
    for (size_t i = 0; i < line->timer_count; i++)
        if (!first_ms || line->timers[i].due_ms < first_ms)
            first_ms = line->timers[i].due_ms;
    return first_ms;
}

uint32_t contact_line_traits(uint32_t traits, const struct commit *c)
{
    const struct profile_signs signs = {.wrote = c->inbound_ms != 0,
                                        .kind = c->kind,
                                        .at_ms = c->inbound_ms,
                                        .language = c->language,
                                        .opted = c->opt == OPT_OUT  ? 1
                                                 : c->opt == OPT_IN ? -1
                                                                    : 0};
    const uint32_t before = traits;
    for (size_t i = 0; i < c->consent_count; i++)
        traits = profile_consent(traits, before, c->consents[i].purpose, c->consents[i].value);
    return profile_traits(traits, &signs);
}

/* Counts the hours from one instant on after which another is there, or just past. */
static int64_t hours_until(int64_t from_ms, int64_t to_ms)
{
    return to_ms > from_ms ? (to_ms - from_ms + HOUR_MS - 1) / HOUR_MS : 0;
}

enum error contact_line_commit(struct contact_line *line, const struct commit *c)
{
    line->version = c->expected + 1;
    line->edits = 0;
    line->born_ms = c->born_ms ? c->born_ms : c->now_ms;
    if (line->tend_ms <= c->now_ms)
        line->tend_ms = line->born_ms + hours_until(line->born_ms, c->now_ms + CONTACT_LINE_TEND_MS) * HOUR_MS;
    line->traits = contact_line_traits(line->traits, c);
    enum error error = c->inbound_ms ? set_inbound(line, c->channel, c->inbound_ms) : OK;
    if (c->fired.name.len)
        drop_timer(line, c->fired.name, c->fired.due_ms);
    for (size_t i = 0; !error && i < c->timer_count; i++)
        error = set_timer(line, c, &c->timers[i]);
    if (error)
        return error;
    if (c->opt == OPT_OUT)
        line->timer_count = 0;
    int64_t first_ms = first_due(line);
    bool fired = c->fired.name.len > 0; /* its place is in the past, where it would be looked at once more */
    if (fired || !first_ms || !line->place_ms || first_ms < line->place_ms)
        line->place_ms = first_ms;
    if (!c->expected && first_ms > c->now_ms + FIRST_LOOK_MS)
        line->place_ms = c->now_ms + FIRST_LOOK_MS;
    return OK;
}

static bool put_text(struct slice *room, char **to, struct slice text)
{
    if (text.len > room->len)
        return false;
    slice_pack(to, text);
    room->len -= text.len;
    return true;
}

static bool put_number(struct slice *room, char **to, const char *before, int64_t number)
{
    char text[SLICE_DECIMAL_SIZE];
    return put_text(room, to, slice_of(before)) && put_text(room, to, slice_decimal(number, text));
}

/* None yet takes NUMBER_DIGITS, so that there is room for the one that the store gives. */
static bool put_place(struct slice *room, char **to, uint32_t number)
{
    char text[SLICE_DECIMAL_SIZE];
    struct slice digits = slice_decimal(number, text);
    size_t zeros = number ? 0 : NUMBER_DIGITS - digits.len;
    return put_text(room, to, SLICE(" ")) && put_text(room, to, slice_part(SLICE(NUMBER_NONE), 0, zeros)) &&
           put_text(room, to, digits);
}

static bool put_inbound(struct slice *room, char **to, const struct contact_line *line)
{
    bool fits = put_text(room, to, line->inbound_count ? SLICE(" ") : SLICE(" " INBOUND_NONE));
    for (size_t i = 0; fits && i < line->inbound_count; i++)
        fits = put_text(room, to, i ? SLICE(",") : SLICE("")) && put_text(room, to, line->inbound[i].channel) &&
               put_number(room, to, "=", line->inbound[i].ms);
    return fits;
}

enum error contact_line_write(const struct contact_line *line, char out[CONTACT_LINE_MAX], struct slice *written)
{
    struct slice room = {out, CONTACT_LINE_MAX};
    char *to = out;
    bool fits = put_number(&room, &to, "", (int64_t)line->version) && put_number(&room, &to, " ", line->born_ms) &&
                put_number(&room, &to, " ", line->edits) &&
                put_number(&room, &to, " ", hours_until(line->born_ms, line->tend_ms)) &&
                put_place(&room, &to, line->number) && put_number(&room, &to, " ", line->traits) &&
                put_number(&room, &to, " ", line->open) && put_inbound(&room, &to, line) &&
                put_number(&room, &to, " ", line->place_ms);
    for (size_t i = 0; fits && i < line->timer_count; i++) {
        const struct contact_timer *timer = &line->timers[i];
        fits = put_text(&room, &to, SLICE(" ")) && put_text(&room, &to, timer->name) &&
               put_text(&room, &to, SLICE(" ")) && put_text(&room, &to, timer->channel) &&
               put_number(&room, &to, " ", timer->due_ms);
    }
    if (!fits)
        return ERR_LIMIT;
    *written = (struct slice){out, (size_t)(to - out)};
    return OK;
}

bool contact_line_number(char *line, size_t len, uint32_t number)
{
    struct slice rest = {line, len}, word;
    char text[SLICE_DECIMAL_SIZE];
    const struct slice digits = slice_decimal(number, text);
    for (int i = 0; i < 4; i++) /* version, born, edits, tend */
        if (!slice_cut(&rest, ' ', &word))
            return false;
    if (!slice_starts(rest, NUMBER_NONE " ") || digits.len > NUMBER_DIGITS)
        return false;
    memcpy(line + (rest.ptr - line) + NUMBER_DIGITS - digits.len, digits.ptr, digits.len);
    return true;
}
