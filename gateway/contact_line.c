#include "gateway/contact_line.h"

#include <string.h>

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

enum error contact_line_read(struct slice text, struct contact_line *out)
{
    struct slice rest = text;
    out->version = 0;
    out->born_ms = out->tend_ms = out->place_ms = 0;
    out->timer_count = 0;
    if (!text.len)
        return OK;
    if (!take_number(&rest, &out->version) || !take_instant(&rest, &out->born_ms) ||
        !take_instant(&rest, &out->tend_ms) || !take_instant(&rest, &out->place_ms))
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

static int64_t first_due(const struct contact_line *line)
{
    int64_t first_ms = 0;
    for (size_t i = 0; i < line->timer_count; i++)
        if (!first_ms || line->timers[i].due_ms < first_ms)
            first_ms = line->timers[i].due_ms;
    return first_ms;
}

enum error contact_line_commit(struct contact_line *line, const struct commit *c)
{
    line->version = c->expected + 1;
    line->born_ms = c->born_ms ? c->born_ms : c->now_ms;
    if (line->tend_ms <= c->now_ms)
        line->tend_ms = c->now_ms + CONTACT_LINE_TEND_MS;
    if (c->fired.name.len)
        drop_timer(line, c->fired.name, c->fired.due_ms);
    for (size_t i = 0; i < c->timer_count; i++) {
        enum error error = set_timer(line, c, &c->timers[i]);
        if (error)
            return error;
    }
    if (c->opt == OPT_OUT)
        line->timer_count = 0;
    int64_t first_ms = first_due(line);
    bool fired = c->fired.name.len > 0; /* its place is in the past, where it would be looked at once more */
    if (fired || !first_ms || !line->place_ms || first_ms < line->place_ms)
        line->place_ms = first_ms;
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

enum error contact_line_write(const struct contact_line *line, char out[CONTACT_LINE_MAX], struct slice *written)
{
    struct slice room = {out, CONTACT_LINE_MAX};
    char *to = out;
    bool fits = put_number(&room, &to, "", (int64_t)line->version) && put_number(&room, &to, " ", line->born_ms) &&
                put_number(&room, &to, " ", line->tend_ms) && put_number(&room, &to, " ", line->place_ms);
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
