/* A state as bytes: `S`, the version of the format, then the fields in the order of put_state().
 *
 * What most states hold is short and always the same, and a million states lie in Redis: a text that is in the list of
 * words takes one byte, another the bytes that it has and one for their number; a number takes a byte for each seven
 * bits; a share in hundredths takes one byte. Each state has one encoding, and what is no such encoding is refused. */
#include "dialog/state.h"

#include <endian.h>
#include <math.h>

#include "base/utf8.h"
#include "dialog/state_words.h"

#define STATE_MAGIC 'S'
#define STATE_LAYOUT 7
#define STATE_VERSION (STATE_LAYOUT + STATE_EDITION) /* each only ever rises, and so does their sum */

/* Of a text's first byte: how many bytes follow; or that two bytes tell it; or, with the high bit, a word's number. */
#define TEXT_SHORT_MAX 0x7E
#define TEXT_LONG 0x7F
#define TEXT_WORD 0x80u
#define SHARE_WHOLE 101 /* of a share's byte: eight more have it; below, it is hundredths */
#define SHARE_STAFFS 102 /* in the place of a fact's: a sure one of the staff's */

/* A field takes at most two bytes more than its memory, and each of those has more memory than that to spare. */
_Static_assert(sizeof(struct state) + 512 < DIALOG_STATE_BYTES, "a whole state fits its encoding's limit");

#define HISTORY_MAX (sizeof(((struct state *)0)->history) / DIALOG_NAME)
struct writer {
    char *at;
    struct slice before; /* what the state was read from; empty: nothing is taken from it */
};

static void put_byte(struct writer *out, unsigned byte)
{
    *out->at++ = (char)(unsigned char)byte;
}

static void put_bytes(struct writer *out, const char *bytes, size_t len)
{
    memcpy(out->at, bytes, len);
    out->at += len;
}

/* Seven bits a byte, the lowest first; the high bit says that more follow. */
static void put_number(struct writer *out, uint64_t value)
{
    for (; value >= 0x80; value >>= 7)
        put_byte(out, (unsigned)(value & 0x7F) | 0x80);
    put_byte(out, (unsigned)value);
}

static void put_written(struct writer *out, struct slice text)
{
    size_t word = state_coded_of(text);
    if (word < STATE_CODED) {
        put_byte(out, TEXT_WORD | (unsigned)word);
        return;
    }
    if (text.len <= TEXT_SHORT_MAX) {
        put_byte(out, (unsigned)text.len);
    } else {
        put_byte(out, TEXT_LONG);
        put_byte(out, (unsigned)(text.len >> 8));
        put_byte(out, text.len & 0xFF);
    }
    put_bytes(out, text.ptr, text.len);
}

/* Puts a text whose place is long enough for a word; a short one with what is behind it, over which the next goes. */
static void put_some(struct writer *out, const char *text, size_t size)
{
    struct state_key key;
    size_t word;
    if (!state_key_of(text, &key)) {
        put_written(out, (struct slice){text, strnlen(text, size - 1)});
    } else if ((word = state_word_of(key)) < STATE_CODED) {
        put_byte(out, TEXT_WORD | (unsigned)word);
    } else {
        put_byte(out, (unsigned)key.len);
        memcpy(out->at, text, STATE_WORD_BYTES);
        out->at += key.len;
    }
}

static inline void put_text(struct writer *out, const char *text, size_t size)
{
    if (!text[0])
        put_byte(out, 0);
    else if (size < STATE_WORD_BYTES)
        put_written(out, (struct slice){text, strnlen(text, size - 1)});
    else
        put_some(out, text, size);
}

/* Gives the hundredths that a share is, exactly; SHARE_WHOLE when it is no such number. */
static unsigned hundredths_of(double share)
{
    unsigned hundredths = share >= 0 && share <= 1 ? (unsigned)(share * 100 + 0.5) : SHARE_WHOLE;
    return hundredths <= 100 && (double)hundredths / 100 == share ? hundredths : SHARE_WHOLE;
}

/* Adding zero turns a negative zero into the plain one: equal numbers have equal bytes. */
static void put_odd_share(struct writer *out, double share)
{
    unsigned hundredths = hundredths_of(share += 0.0);
    put_byte(out, hundredths);
    if (hundredths != SHARE_WHOLE)
        return;
    uint64_t bits;
    memcpy(&bits, &share, sizeof(bits));
    bits = htole64(bits);
    put_bytes(out, (const char *)&bits, sizeof(bits));
}

static inline void put_share(struct writer *out, double share)
{
    if (share == 1)
        put_byte(out, 100);
    else
        put_odd_share(out, share);
}

#define PUT(out, member) put_text(out, member, sizeof(member))

static void put_fact(struct writer *out, const struct fact *fact)
{
    PUT(out, fact->slot);
    PUT(out, fact->value);
    if (fact->staffs)
        put_byte(out, SHARE_STAFFS);
    else
        put_share(out, fact->confidence);
}

/* Puts the entries of a list that are as they were. Returns how many. */
static size_t put_kept(struct writer *out, const struct state_kept *kept)
{
    if (!kept->count || (size_t)kept->from + kept->len > out->before.len)
        return 0;
    put_bytes(out, out->before.ptr + kept->from, kept->len);
    return kept->count;
}

static void put_advice(struct writer *out, const struct state *state)
{
    if (put_kept(out, &state->kept_advice))
        return;
    put_number(out, state->label_count);
    for (size_t i = 0; i < state->label_count; i++) {
        PUT(out, state->labels[i].key);
        PUT(out, state->labels[i].name);
        put_share(out, state->labels[i].probability);
    }
    put_number(out, state->resource_count);
    for (size_t i = 0; i < state->resource_count; i++) {
        PUT(out, state->resources[i].why);
        PUT(out, state->resources[i].why_key);
    }
    put_number(out, state->shown_count);
    for (size_t i = 0; i < state->shown_count; i++) {
        put_byte(out, state->shown[i] >> 8);
        put_byte(out, state->shown[i] & 0xFFu);
    }
}

static void put_ticket(struct writer *out, const struct ticket *ticket)
{
    if (!ticket->opened_ms)
        return;
    put_number(out, (uint64_t)ticket->opened_ms);
    put_number(out, (uint64_t)ticket->waits_ms);
    put_number(out, ticket->waiting);
    put_number(out, (unsigned)ticket->holds | (unsigned)ticket->lost << 1);
    PUT(out, ticket->taken);
}

static void put_state(struct writer *out, const struct state *state)
{
    PUT(out, state->flow);
    PUT(out, state->version);
    PUT(out, state->at);
    PUT(out, state->below);
    PUT(out, state->lang);
    PUT(out, state->doubt_raw);
    PUT(out, state->pending);
    if (state->pending[0]) {
        put_number(out, state->page_from);
        put_number(out, state->page_to);
    }
    put_number(out, state->last_channel | (unsigned)state->opted_out << 2 | (unsigned)state->pending_ends << 3 |
                        (unsigned)state->told_nothing << 4 | (unsigned)(state->ticket.opened_ms != 0) << 5 |
                        state->misread << 6);
    put_number(out, state->tries);
    put_number(out, (uint64_t)state->last_ms);
    put_number(out, (uint64_t)state->asked_ms);
    put_number(out, state->history_count);
    for (size_t i = put_kept(out, &state->kept_history); i < state->history_count; i++)
        PUT(out, state->history[i]);
    put_number(out, state->fact_count);
    for (size_t i = put_kept(out, &state->kept_facts); i < state->fact_count; i++)
        put_fact(out, &state->facts[i]);
    put_fact(out, &state->doubt);
    put_advice(out, state);
    put_number(out, state->timer_count);
    for (size_t i = 0; i < state->timer_count; i++) {
        PUT(out, state->timers[i].name);
        PUT(out, state->timers[i].spent);
        put_number(out, (uint64_t)state->timers[i].due_ms);
    }
    put_ticket(out, &state->ticket);
}

void state_encode(const struct state *state, struct buf *out)
{
    state_encode_over(state, SLICE_NONE, out);
}

void state_encode_over(const struct state *state, struct slice before, struct buf *out)
{
    char bytes[DIALOG_STATE_BYTES];
    struct writer writer = {bytes, before};
    put_byte(&writer, STATE_MAGIC);
    put_byte(&writer, STATE_VERSION);
    put_state(&writer, state);
    buf_add(out, bytes, (size_t)(writer.at - bytes));
}

/* Bytes being read. What is wrong sticks in `bad`, and leaves nothing to read: all that is read after it is zero. */
struct reader {
    const char *start, *at, *end;
    bool bad;
};

static void refuse(struct reader *in)
{
    in->bad = true;
    in->at = in->end;
}

static unsigned get_byte(struct reader *in)
{
    if (in->at < in->end)
        return (unsigned char)*in->at++;
    refuse(in);
    return 0;
}

/* Gives the byte that is read next; 0 at the end. */
static inline unsigned next_byte(const struct reader *in)
{
    return in->at < in->end ? (unsigned char)*in->at : 0;
}

#define NUMBER_BYTES 10 /* of the longest number */

/* Reads on in a number of several bytes. */
static uint64_t get_long(struct reader *in, unsigned byte, uint64_t max)
{
    uint64_t value = byte & 0x7F;
    const char *at = in->at, *end = in->end - at < NUMBER_BYTES - 1 ? in->end : at + NUMBER_BYTES - 1;
    for (unsigned shift = 7; byte & 0x80 && at < end; shift += 7) {
        byte = (unsigned char)*at++;
        value |= (uint64_t)(byte & 0x7F) << shift;
    }
    bool over = at - in->at == NUMBER_BYTES - 1 && byte > 1; /* its last byte has one bit of the 64 */
    in->at = at;
    if (value <= max && byte && !over && !(byte & 0x80))
        return value;
    refuse(in);
    return 0;
}

static inline uint64_t get_number(struct reader *in, uint64_t max)
{
    unsigned byte = get_byte(in);
    return byte < 0x80 && byte <= max ? byte : get_long(in, byte, max);
}

/* Reads a share that is no hundredths. */
static double get_whole_share(struct reader *in)
{
    double share;
    uint64_t bits = 0;
    if (in->end - in->at < (ptrdiff_t)sizeof(bits)) {
        refuse(in);
        return 0;
    }
    memcpy(&bits, in->at, sizeof(bits));
    in->at += sizeof(bits);
    bits = le64toh(bits);
    memcpy(&share, &bits, sizeof(share));
    if (share >= 0 && share <= 1 && !signbit(share) && hundredths_of(share) == SHARE_WHOLE)
        return share;
    refuse(in);
    return 0;
}

static inline double get_share(struct reader *in)
{
    unsigned hundredths = get_byte(in);
    if (hundredths == 100)
        return 1; /* as nearly always */
    if (hundredths < SHARE_WHOLE)
        return (double)hundredths / 100;
    if (hundredths == SHARE_WHOLE)
        return get_whole_share(in);
    refuse(in);
    return 0;
}

/* Reads a text that is written out into a place that it fits. Refuses what has a shorter form, for that is no encoding
 * of ours. */
static bool get_written(struct reader *in, size_t len, char *out, size_t size)
{
    struct state_key key;
    if (size >= STATE_WORD_BYTES && len < STATE_WORD_BYTES && in->end - in->at >= STATE_WORD_BYTES)
        memcpy(out, in->at, STATE_WORD_BYTES); /* of one size, whatever is behind */
    else
        memcpy(out, in->at, len);
    out[len] = '\0';
    in->at += len;
    struct slice text = {out, len};
    if (size < STATE_WORD_BYTES || !state_key_of(out, &key))
        return !memchr(out, '\0', len) && utf8_valid(text) && state_coded_of(text) == STATE_CODED;
    return key.len == len && (state_key_is_ascii(&key) || utf8_valid(text)) && state_word_of(key) == STATE_CODED;
}

/* Reads a text's length; no text has the longest. */
static size_t get_length(struct reader *in, unsigned head)
{
    if (head != TEXT_LONG)
        return head;
    size_t len = get_byte(in) << 8;
    len |= get_byte(in);
    return len > TEXT_SHORT_MAX ? len : SIZE_MAX;
}

/* Reads a text that is written out; a word that does not fit, or is none, is refused. */
static void get_other(struct reader *in, char *out, size_t size)
{
    unsigned head = get_byte(in);
    size_t len = head < TEXT_WORD ? get_length(in, head) : SIZE_MAX;
    if (len < size && len <= (size_t)(in->end - in->at) && get_written(in, len, out, size))
        return;
    out[0] = '\0';
    refuse(in);
}

static inline void get_text(struct reader *in, char *out, size_t size)
{
    unsigned head = next_byte(in), number = head - TEXT_WORD;
    if (number < STATE_CODED && (size >= STATE_WORD_BYTES || !state_words[number][size - 1])) {
        memcpy(out, state_words[number], size < STATE_WORD_BYTES ? size : STATE_WORD_BYTES);
        in->at++;
    } else if (head > 0) {
        get_other(in, out, size);
    } else {
        out[0] = '\0';
        get_byte(in);
    }
}

#define GET(in, member) get_text(in, member, sizeof(member))

static void get_fact(struct reader *in, struct fact *fact)
{
    GET(in, fact->slot);
    GET(in, fact->value);
    fact->staffs = next_byte(in) == SHARE_STAFFS;
    fact->confidence = fact->staffs ? get_byte(in) == SHARE_STAFFS : get_share(in);
}

/* Notes where the entries of a list were read, from `from` to here; an encoding that is longer than any of ours is
 * refused in the end. */
static struct state_kept kept_of(const struct reader *in, const char *from, size_t count)
{
    return (struct state_kept){(uint16_t)count, (uint16_t)(from - in->start), (uint16_t)(in->at - from)};
}

/* Slots of facts that were read: those that are words, as bits. */
struct slots {
    uint64_t words[2];
};

/* Tells whether no fact before is of the slot at `head` too. */
static bool is_first(struct slots *slots, unsigned head, struct state *state, const char *slot)
{
    if (head < TEXT_WORD)
        return !state_fact_named(state, slot);
    uint64_t *words = &slots->words[head / 64 & 1], bit = UINT64_C(1) << head % 64;
    bool first = !(*words & bit);
    *words |= bit;
    return first;
}

static void get_facts(struct reader *in, struct state *state)
{
    struct slots slots = {{0}};
    size_t count = get_number(in, DIALOG_SLOTS_MAX);
    const char *from = in->at;
    for (size_t i = 0; i < count && !in->bad; i++) {
        struct fact *fact = &state->facts[i];
        unsigned head = next_byte(in);
        get_fact(in, fact);
        if (fact->slot[0] == '\0' || !is_first(&slots, head, state, fact->slot))
            refuse(in);
        state->fact_count = i + 1;
    }
    state->kept_facts = kept_of(in, from, count);
    get_fact(in, &state->doubt);
}

static void get_advice(struct reader *in, struct state *state)
{
    const char *from = in->at;
    state->label_count = get_number(in, ADVICE_LABELS_MAX);
    for (size_t i = 0; i < state->label_count; i++) {
        GET(in, state->labels[i].key);
        GET(in, state->labels[i].name);
        state->labels[i].probability = get_share(in);
    }
    state->resource_count = get_number(in, ADVICE_RESOURCES_MAX);
    for (size_t i = 0; i < state->resource_count; i++) {
        struct advice_resource *resource = &state->resources[i];
        GET(in, resource->why);
        GET(in, resource->why_key);
        resource->id[0] = resource->text[0] = resource->reason[0] = resource->contact[0] = '\0';
    }
    state->shown_count = get_number(in, DIALOG_SHOWN_MAX);
    for (size_t i = 0; i < state->shown_count; i++) {
        unsigned high = get_byte(in);
        state->shown[i] = (uint16_t)(high << 8 | get_byte(in));
    }
    if (state->shown_count < state->resource_count)
        refuse(in); /* what is remembered was shown last */
    state->kept_advice = kept_of(in, from, 1);
}

static void get_timers(struct reader *in, struct state *state)
{
    size_t count = get_number(in, DIALOG_TIMERS_MAX);
    for (size_t i = 0; i < count && !in->bad; i++) {
        struct timer *timer = &state->timers[i];
        GET(in, timer->name);
        GET(in, timer->spent);
        timer->due_ms = (int64_t)get_number(in, INT64_MAX);
        if (timer->name[0] == '\0' || state_timer_named(state, timer->name))
            refuse(in);
        state->timer_count = i + 1;
    }
}

static void get_ticket(struct reader *in, struct ticket *ticket)
{
    ticket->opened_ms = (int64_t)get_number(in, INT64_MAX);
    ticket->waits_ms = (int64_t)get_number(in, INT64_MAX);
    ticket->waiting = (unsigned)get_number(in, UINT32_MAX);
    unsigned flags = (unsigned)get_number(in, 3);
    ticket->holds = flags & 1;
    ticket->lost = flags & 2;
    GET(in, ticket->taken);
    if (!ticket->opened_ms)
        refuse(in);
}

/* A screen shows a part of the text, and never all of it. */
static void get_pages(struct reader *in, struct state *state)
{
    size_t len = strlen(state->pending);
    if (!len)
        return;
    state->page_from = (uint16_t)get_number(in, len);
    state->page_to = (uint16_t)get_number(in, len);
    if (state->page_from >= state->page_to)
        refuse(in);
}

static void get_state(struct reader *in, struct state *state)
{
    if (get_byte(in) != STATE_MAGIC || get_byte(in) != STATE_VERSION)
        refuse(in);
    GET(in, state->flow);
    GET(in, state->version);
    GET(in, state->at);
    GET(in, state->below);
    GET(in, state->lang);
    GET(in, state->doubt_raw);
    GET(in, state->pending);
    get_pages(in, state);
    unsigned flags = (unsigned)get_number(in, 0xFF);
    if ((flags & 3) > CHANNEL_WHATSAPP)
        refuse(in);
    state->last_channel = (enum channel_kind)(flags & 3);
    state->opted_out = flags & 4;
    state->pending_ends = flags & 8;
    state->told_nothing = flags & 16;
    state->misread = flags >> 6;
    state->tries = (unsigned)get_number(in, UINT32_MAX);
    state->last_ms = (int64_t)get_number(in, UINT64_MAX);
    state->asked_ms = (int64_t)get_number(in, UINT64_MAX);
    state->history_count = get_number(in, HISTORY_MAX);
    const char *from = in->at;
    for (size_t i = 0; i < state->history_count; i++)
        GET(in, state->history[i]);
    state->kept_history = kept_of(in, from, state->history_count);
    get_facts(in, state);
    get_advice(in, state);
    get_timers(in, state);
    if (flags & 32)
        get_ticket(in, &state->ticket);
}

enum error state_decode(struct slice bytes, struct state *out)
{
    struct reader in = {bytes.ptr, bytes.ptr, bytes.len ? bytes.ptr + bytes.len : bytes.ptr, false};
    state_init(out);
    get_state(&in, out);
    if (!in.bad && in.at == in.end)
        return OK;
    state_init(out);
    return ERR_SYNTAX;
}
