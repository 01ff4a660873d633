/* Sizes: how much texts, questions and turns can be on one kind of channel. */
#include "dialog/expr.h"
#include "dialog/prove_says.h"

#include "base/sms.h"
#include "base/utf8.h"
#include "dialog/heard.h"
#include "dialog/render.h"
#include "dialog/value.h"

#define TEXT_BYTES_MAX 65536
#define WORDS_SEPTETS 6 /* of one character of a person's: "㎯" is sent as "rad/s2" */
#define WORDS_HOPS 2    /* of slots that hand them on */
#define TITLE_UNITS 3   /* before an option's title: line end, mark, blank; one more for the tenth */
#define OPTIONS_ONE_DIGIT 9
#define PAGE_LEAST 52  /* of a USSD page that another follows: half of what fits without a long word */
#define PAGE_KEPT 26   /* of the one before a question that is kept whole */
#define PART_UNITS 152 /* of an SMS among several, without an escape pair that does not fit */
#define WHOLE_UNITS (SMS_SEGMENTS_BUDGET * PART_UNITS) /* of a text that is never cut, in the default policy */
#define SPILL_LEAST 190    /* of an SMS cut off a long text: half of a whole one, without a long word */
#define SPILL_BRACKETED 60 /* ... when the line before the cut stays with its bracket */

static size_t larger(size_t a, size_t b)
{
    return a > b ? a : b;
}

struct size says_and(struct size a, struct size b)
{
    size_t between = a.texts && b.texts ? 2 : 0; /* line ends: one on SMS and USSD, two on WhatsApp */
    return (struct size){
        .least = a.least + b.least,
        .most = a.most + b.most + between,
        .texts = a.texts + b.texts,
        .longest = larger(a.longest, b.longest),
        .followed = a.followed + b.followed,
        .bracketed = a.bracketed || b.bracketed,
    };
}

struct size says_or(struct size a, struct size b)
{
    return (struct size){
        .least = a.least < b.least ? a.least : b.least,
        .most = larger(a.most, b.most),
        .texts = larger(a.texts, b.texts),
        .longest = larger(a.longest, b.longest),
        .followed = larger(a.followed, b.followed),
        .bracketed = a.bracketed || b.bracketed,
    };
}

static size_t measure_words(struct says *s, struct slice words)
{
    if (words.len == 0)
        return 0;
    if (s->channel == CHANNEL_WHATSAPP)
        return utf8_count(words);
    buf_clear(&s->scratch);
    render_narrow(words, &s->scratch);
    s->p->out_of_memory = s->p->out_of_memory || s->scratch.error;
    return sms_measure(buf_slice(&s->scratch)).units;
}

/* Tells whether a slot can hold a person's own words: a question takes them, or another slot hands them on. */
static bool holds_words(const struct prover *p, size_t slot, unsigned hops)
{
    for (size_t i = 0; i < p->flow->state_count && p->flow->slots[slot].type == TYPE_TEXT; i++) {
        const struct flow_state *state = &p->flow->states[i];
        if (state->slot == (int)slot && state->option_count == 0)
            return true;
        for (size_t j = 0; j < state->set.count && hops; j++)
            if (state->set.items[j].slot == slot && state->set.items[j].value.kind == REF_SLOT &&
                holds_words(p, state->set.items[j].value.index, hops - 1))
                return true;
        for (size_t j = 0; j <= state->next_count && hops; j++) {
            const struct transition *way = j < state->next_count ? &state->next[j] : state->otherwise;
            for (size_t k = 0; way && k < way->set.count; k++)
                if (way->set.items[k].slot == slot && way->set.items[k].value.kind == REF_SLOT &&
                    holds_words(p, way->set.items[k].value.index, hops - 1))
                    return true;
        }
    }
    return false;
}

/* The longest name of a slot's values, and at least so many units. */
static size_t names_most(struct says *s, const struct slot *slot, size_t most)
{
    for (size_t i = 0; i < slot->name_count; i++)
        most =
            larger(most, measure_words(s, flow_wording(s->p->flow, slot->names[i].text, s->lang, s->channel)->source));
    return most;
}

/* The most that a slot's value can be when it is spoken; `each` for a character of words that nobody chose. */
static size_t spoken_most(struct says *s, const struct slot *slot, size_t each)
{
    const size_t chars = slot->chars ? slot->chars : value_spoken_max(flow_tongue(s->p->flow, s->lang), slot->type);
    return names_most(s, slot, chars * each);
}

static size_t reference_most(const struct says *s, const struct part *part)
{
    switch (part->kind) {
    case REF_SLOT:
        return s->spoken[part->index];
    case REF_DOUBT:
        return s->doubted;
    case REF_HEARD:
        return heard_spoken_max(s->heard);
    case REF_LABEL_NAME:
        return LABEL_NAME_CHARS;
    case REF_RESOURCE_TEXT:
        return RESOURCE_TEXT_CHARS + (s->channel == CHANNEL_WHATSAPP ? RESOURCE_BOLD_CHARS : 0);
    case REF_RESOURCE_REASON:
        return RESOURCE_REASON_CHARS;
    case REF_RESOURCE_CONTACT:
        return RESOURCE_CONTACT_CHARS;
    case REF_COMPUTED:
        return expr_chars_max(s->p->flow->computed[part->index].is);
    case REF_WORDS:
        return 0;
    default:
        return ADVICE_KEY;
    }
}

static bool has_bracketed_line(struct slice words)
{
    struct slice line;
    while (slice_cut(&words, '\n', &line))
        if (slice_starts(line, "("))
            return true;
    return false;
}

/* A line in which a reference lacks is left out: of such a text nothing is sure to be said. */
struct size says_text(struct says *s, const struct text *text)
{
    struct size size = {0};
    if (!text || s->p->out_of_memory)
        return size;
    const struct wording *wording = flow_wording(s->p->flow, text, s->lang, s->channel);
    bool refers = false;
    for (size_t i = 0; i < wording->part_count; i++) {
        const struct part *part = &wording->parts[i];
        size.most += part->kind == REF_WORDS ? measure_words(s, part->words) : reference_most(s, part);
        refers = refers || part->kind != REF_WORDS;
    }
    size.least = refers ? 0 : size.most;
    size.texts = 1;
    size.longest = size.most;
    size.bracketed = has_bracketed_line(wording->source);
    return size;
}

/* A question's text with its options: lines of it, but for WhatsApp's buttons, which are no less. */
static struct size with_options(struct says *s, const struct flow_state *state, const struct text *text)
{
    struct size size = says_text(s, text);
    for (size_t i = 0; size.texts && i < state->option_count; i++)
        size.most += says_text(s, state->options[i].title).most + TITLE_UNITS + (i >= OPTIONS_ONE_DIGIT);
    size.longest = size.most;
    return size;
}

/* A doubtful answer is asked back with yes and no, or with four periods. */
static struct size doubt(struct says *s)
{
    const struct text *const *phrases = s->p->flow->phrases;
    struct size confirm = says_text(s, phrases[PHRASE_CONFIRM]), period = says_text(s, phrases[PHRASE_PERIOD]);
    confirm.most += says_text(s, phrases[PHRASE_YES]).most + says_text(s, phrases[PHRASE_NO]).most + 2 * TITLE_UNITS;
    for (int i = PHRASE_DAY; i <= PHRASE_YEAR; i++)
        period.most += says_text(s, phrases[i]).most + TITLE_UNITS;
    struct size heard = says_text(s, phrases[PHRASE_HEARD]);
    if (heard.texts)
        heard.most += says_text(s, phrases[PHRASE_YES]).most + says_text(s, phrases[PHRASE_NO]).most + 2 * TITLE_UNITS;
    struct size size = heard.texts ? says_or(heard, says_or(confirm, period)) : says_or(confirm, period);
    size.longest = size.most;
    return size;
}

/* What was told before is asked back in the place of its question. */
static struct size recalled(struct says *s, const struct slot *slot)
{
    const struct text *const *phrases = s->p->flow->phrases;
    size_t doubted = s->doubted;
    s->doubted = names_most(s, slot, HEARD_CHARS);
    struct size size = says_text(s, phrases[PHRASE_CONFIRM]);
    s->doubted = doubted;
    size.most += says_text(s, phrases[PHRASE_YES]).most + says_text(s, phrases[PHRASE_NO]).most + 2 * TITLE_UNITS;
    size.longest = size.most;
    return size;
}

static struct prove_turn turn_of_sms(struct size size);

/* Segments of a text that follows a USSD turn by SMS. */
static size_t measure_followed(struct says *s, const struct text *text)
{
    if (!text || s->channel != CHANNEL_USSD)
        return 0;
    s->channel = CHANNEL_SMS;
    struct size size = says_text(s, text);
    s->channel = CHANNEL_USSD;
    return turn_of_sms(size).segments;
}

static void measure_state(struct says *s, size_t index)
{
    const struct flow_state *state = &s->p->flow->states[index];
    s->said[index] = says_text(s, state->say);
    s->said[index].followed = measure_followed(s, state->follow);
    s->own[index] = s->said[index];
    if (state->hands_over)
        s->own[index] = says_or(s->own[index], says_text(s, s->p->flow->phrases[PHRASE_LOST]));
    if (!state->ask)
        return;
    s->own[index] = says_and(s->said[index], with_options(s, state, state->ask));
    if (s->p->flow->slots[state->slot].heard)
        s->own[index] = says_or(s->own[index], says_and(s->said[index], recalled(s, &s->p->flow->slots[state->slot])));
    s->again[index] = says_or(doubt(s), with_options(s, state, state->ask));
    for (size_t i = 0; i < state->retry_count; i++)
        s->again[index] = says_or(s->again[index], with_options(s, state, state->retry[i]));
    if (state->invalid)
        s->again[index] = says_or(s->again[index], with_options(s, state, state->invalid));
}

/* Carries what was said to where a transition leads. Returns whether that is more than was known. */
static bool carry(struct says *s, int to, struct size said)
{
    struct size *known = to >= 0 ? &s->before[to] : &s->resumed;
    struct size more = says_or(*known, said);
    bool grown = more.most > known->most || more.texts > known->texts || more.longest > known->longest ||
                 more.followed > known->followed || more.bracketed != known->bracketed;
    *known = more;
    return grown;
}

static bool carry_on(struct says *s, size_t index)
{
    const struct flow_state *state = &s->p->flow->states[index];
    struct size lived = says_and(s->before[index], s->said[index]), none = {0};
    struct size answered = says_text(s, state->refusal);
    bool passed = state->ask && !state->ask_known && !s->p->flow->slots[state->slot].transient;
    bool grown = false;
    for (size_t i = 0; i < state->next_count; i++) {
        const struct transition *way = &state->next[i];
        struct size said = way->say ? says_text(s, way->say) : none;
        if (s->p->dead[index][i])
            continue;
        grown |= carry(s, way->to, says_and(state->ask ? answered : lived, said));
        grown |= passed && carry(s, way->to, s->before[index]);
    }
    if (state->ask)
        grown |= carry(s, state->otherwise->to, says_text(s, state->otherwise->say));
    return grown;
}

static struct size measure_opening(struct says *s)
{
    const struct flow *flow = s->p->flow;
    struct size size = {0};
    for (int i = 0; i <= PHRASE_CLOSED; i++)
        size = says_or(size, says_text(s, flow->phrases[i]));
    for (size_t i = 0; i < flow->alert_count; i++)
        size = says_or(size, says_text(s, flow->alerts[i].say));
    for (size_t i = 0; i < flow->timer_count; i++)
        size = says_or(size, says_text(s, flow->timers[i].say));
    return size;
}

void says_begin(struct says *s, struct prover *p, size_t lang, enum channel_kind channel)
{
    size_t count = p->flow->state_count;
    *s = (struct says){.p = p, .lang = p->flow->langs[lang], .channel = channel, .lang_index = (int)lang};
    buf_init(&s->scratch, TEXT_BYTES_MAX);
    s->spoken = prove_make(p, p->flow->slot_count, sizeof(*s->spoken));
    s->said = prove_make(p, count, sizeof(*s->said));
    s->own = prove_make(p, count, sizeof(*s->own));
    s->again = prove_make(p, count, sizeof(*s->again));
    s->before = prove_make(p, count, sizeof(*s->before));
    for (size_t i = 0; i < p->flow->slot_count && !p->out_of_memory; i++) {
        bool words = channel != CHANNEL_WHATSAPP && holds_words(p, i, WORDS_HOPS);
        s->spoken[i] = spoken_most(s, &p->flow->slots[i], words ? WORDS_SEPTETS : 1);
        s->doubted = larger(s->doubted, spoken_most(s, &p->flow->slots[i], 1));
        s->heard = larger(s->heard, says_text(s, p->flow->slots[i].heard).most);
    }
    for (size_t i = 0; i < count && !p->out_of_memory; i++)
        measure_state(s, i);
    bool grown = true;
    for (size_t round = 0; grown && round <= count && !p->out_of_memory; round++) {
        grown = false;
        for (size_t i = 0; i < count; i++)
            grown |= carry_on(s, i);
    }
    s->opening = measure_opening(s);
}

void says_end(struct says *s)
{
    buf_release(&s->scratch);
}

/* Texts that fit one SMS together are one; else each costs its own parts at most, and one that is cut a part more for
 * each cut. */
static struct prove_turn turn_of_sms(struct size size)
{
    size_t least = size.bracketed ? SPILL_BRACKETED : SPILL_LEAST;
    size_t cuts = size.longest > WHOLE_UNITS ? size.most / least : 0;
    struct prove_turn turn = {.units = size.most, .messages = 1, .segments = 1};
    if (size.most <= SMS_GSM7_SINGLE)
        return turn;
    turn.messages = size.texts + cuts;
    turn.segments = size.most / PART_UNITS + size.texts + cuts;
    return turn;
}

struct prove_turn says_turn(const struct says *s, struct size size)
{
    struct prove_turn turn = {.units = size.most, .followed = size.followed};
    if (size.texts == 0)
        return turn;
    if (s->channel == CHANNEL_SMS)
        return turn_of_sms(size);
    if (s->channel == CHANNEL_WHATSAPP)
        turn.messages = size.texts;
    else if (size.most <= USSD_SEPTETS_MAX)
        turn.messages = 1;
    else
        turn.messages = 2 + (size.most - PAGE_KEPT) / PAGE_LEAST;
    turn.segments = turn.messages;
    return turn;
}

size_t says_segments_least(const struct says *s, size_t units)
{
    if (s->channel != CHANNEL_SMS || units <= SMS_GSM7_SINGLE)
        return 1;
    return (units + SMS_GSM7_SINGLE - 1) / SMS_GSM7_SINGLE;
}
