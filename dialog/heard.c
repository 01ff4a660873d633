#include "dialog/heard.h"

#include "base/utf8.h"
#include "dialog/hear.h"
#include "dialog/value.h"

#define SPOKEN_BYTES 256
#define LEFT_LETTERS 4 /* of one word at least, where a text is to tell of a trade */

bool heard_waits(const struct state *state)
{
    return state->doubt.slot[0] && state->doubt.confidence >= HEARD_CONFIDENCE;
}

/* Gives the characters of a value as it is spoken; more than any may have when it is too long to tell. */
static size_t spoken_chars(const struct slot *slot, const struct recognised *found, const struct tongue *tongue)
{
    struct buf spoken;
    char room[SPOKEN_BYTES];
    buf_init_over(&spoken, room, sizeof(room), sizeof(room));
    value_speak(tongue, slot->type, slice_of(found->value), &spoken);
    size_t chars = spoken.error ? SPOKEN_BYTES : utf8_count(buf_slice(&spoken));
    buf_release(&spoken);
    return chars;
}

/* Tells whether a value is usual for its slot, and short enough to be asked back. */
static bool may_be_heard(const struct slot *slot, const struct recognised *found, const struct tongue *tongue)
{
    double number;
    if (value_number(slot->type, slice_of(found->value), &number)) {
        bool outside = (slot->has_min && number < slot->min) || (slot->has_max && number > slot->max);
        if (outside || (slot->has_usual && (number < slot->usual_min || number > slot->usual_max)))
            return false;
    }
    return spoken_chars(slot, found, tongue) <= HEARD_CHARS;
}

/* Finds the sign that joins a correction to what it corrects; `end` when there is none. */
static size_t join_at(const struct lexed *lexed, size_t first)
{
    size_t at = first;
    while (at < lexed->count && !slice_is(lexed->tokens[at].text, "+"))
        at++;
    return at;
}

/* Reads one slot from the latest words that tell of it. What is behind the last join was said unasked for; what
 * stands before one sets something right. */
static bool read_slot(const struct slot *slot, const struct said *said, const struct tongue *tongue, int64_t now_ms,
                      struct recognised *out)
{
    const struct lexed *lexed = said->lexed;
    bool found = false;
    for (size_t first = 0; first < lexed->count && !found;) {
        size_t end = join_at(lexed, first);
        bool loosely = end < lexed->count;
        found = hear(slot->type, said, first, end, loosely, now_ms, out) == OK && may_be_heard(slot, out, tongue);
        first = end + 1;
    }
    return found;
}

void heard_read(const struct flow *flow, const struct state *state, int own, struct slice words, int64_t now_ms,
                struct heard *out)
{
    struct lexed lexed;
    struct said said;
    recognise_lex(flow_lexicon(flow, state->lang), words, &lexed, &said);
    heard_read_said(flow, state, own, &said, now_ms, out);
}

void heard_read_said(const struct flow *flow, const struct state *state, int own, const struct said *said,
                     int64_t now_ms, struct heard *out)
{
    const unsigned told = hear_types(said->lexed);
    const bool corrected = join_at(said->lexed, 0) < said->lexed->count; /* then no cue is needed */
    const struct tongue *tongue = flow_tongue(flow, state->lang);
    size_t left = HEARD_ALL_CHARS;
    out->count = 0;
    for (unsigned i = 0; i < flow->slot_count && out->count < HEARD_MAX; i++) {
        const struct slot *slot = &flow->slots[i];
        struct heard_fact *fact = &out->items[out->count];
        bool may = corrected || told >> slot->type & 1;
        if (!may || !slot->heard || (int)i == own || state_fact(state, slot->name).len ||
            !read_slot(slot, said, tongue, now_ms, &fact->found))
            continue;
        size_t chars = spoken_chars(slot, &fact->found, tongue);
        if (chars > left)
            continue;
        left -= chars;
        fact->slot = i;
        out->count++;
    }
}

bool heard_of_slot(const struct flow *flow, const struct state *state, unsigned slot, struct slice words,
                   int64_t now_ms, struct recognised *out)
{
    const struct slot *named = &flow->slots[slot];
    struct lexed lexed;
    struct said said;
    if (!named->heard || state_fact(state, named->name).len)
        return false;
    recognise_lex(flow_lexicon(flow, state->lang), words, &lexed, &said);
    return read_slot(named, &said, flow_tongue(flow, state->lang), now_ms, out);
}

/* Tells whether the tokens that are not left out still say something. */
static bool says_something(const struct lexed *lexed, uint64_t out)
{
    for (size_t i = 0; i < lexed->count; i++)
        if (!(out >> i & 1) && lexed->tokens[i].kind == TOKEN_WORD && lexed->tokens[i].text.len >= LEFT_LETTERS)
            return true;
    return false;
}

void heard_leave(const struct flow *flow, const struct said *said, int64_t now_ms, struct buf *out)
{
    const struct lexed *lexed = said->lexed;
    uint64_t told = 0;
    const unsigned types = hear_types(lexed);
    for (unsigned i = 0; i < flow->slot_count; i++)
        if (flow->slots[i].heard && types >> flow->slots[i].type & 1)
            told |= hear_tokens(flow->slots[i].type, said, now_ms);
    bool whole = lexed->count < LEXER_TOKENS_MAX; /* else the rest was not read */
    for (size_t i = 0; told && whole && says_something(lexed, told) && i < lexed->count; i++) {
        if (told >> i & 1)
            continue;
        if (!lexed->tokens[i].glued && out->len)
            buf_addc(out, ' ');
        buf_addslice(out, lexed->tokens[i].text);
    }
}

size_t heard_spoken_max(size_t name_chars)
{
    return HEARD_MAX * (name_chars + sizeof(HEARD_IS) - 1) + HEARD_ALL_CHARS +
           (HEARD_MAX - 1) * (sizeof(HEARD_BETWEEN) - 1);
}

void heard_speak(const struct flow *flow, const struct state *state, enum channel_kind channel, struct buf *out)
{
    struct heard heard;
    int own = flow_slot_index(flow, slice_of(state->doubt.slot));
    heard_read(flow, state, own, slice_of(state->doubt_raw), state->last_ms, &heard);
    for (size_t i = 0; i < heard.count; i++) {
        const struct slot *slot = &flow->slots[heard.items[i].slot];
        buf_adds(out, i ? HEARD_BETWEEN : "");
        buf_addslice(out, flow_wording(flow, slot->heard, state->lang, channel)->source);
        buf_adds(out, HEARD_IS);
        value_speak(flow_tongue(flow, state->lang), slot->type, slice_of(heard.items[i].found.value), out);
    }
}
