/* Answers: what the person did, taken as the value of the open question's slot. */
#include <string.h>

#include "base/utf8.h"
#include "dialog/guard.h"
#include "dialog/heard.h"
#include "dialog/places.h"
#include "dialog/state.h"
#include "dialog/step.h"
#include "dialog/substitute.h"
#include "dialog/value.h"

#define GUESSED_PLACE 0.5  /* confidence of a department by a location: always asked back */
#define GUESSED_LETTER 0.5 /* of "2" where B was offered: it may be an amount */
#define ASKED_TWICE 0.9    /* of an amount whose period was told, and that is unusual then */
#define FOLDED 128
#define TITLES_BYTES 1024

enum reading {
    READ_NOTHING, /* not understood */
    READ_INVALID, /* understood, and not allowed */
    READ_DOUBT,   /* to be asked back */
    READ_VALUE
};

struct answer {
    struct slice value; /* in the arena, or the flow's */
    struct slice raw;
    double confidence;
};

/* Gives the part of a payload behind "STATE:", or an empty slice when it is of another state. */
static struct slice payload_value(struct slice payload, const char *state)
{
    size_t colon = slice_find(payload, ':');
    return slice_is(slice_part(payload, 0, colon), state) ? slice_part(payload, colon + 1, payload.len) : SLICE_NONE;
}

/* Reads "2", "2.", "(2)", "b)" as a place among `count`. Returns count when it is none. */
static size_t mark_of(struct slice text, bool letters, size_t count)
{
    uint64_t number;
    while (text.len && strchr("(\"' \t\n", text.ptr[0]))
        text = slice_part(text, 1, text.len);
    while (text.len && strchr(").-,:;!\"' \t\n", text.ptr[text.len - 1]))
        text = slice_part(text, 0, text.len - 1);
    if (letters && text.len == 1) {
        char c = (char)(text.ptr[0] | 0x20);
        return c >= 'a' && (size_t)(c - 'a') < count ? (size_t)(c - 'a') : count;
    }
    if (!letters && slice_u64(text, count, &number) && number > 0)
        return (size_t)number - 1;
    return count;
}

/* Finds an option by what its title says, through the recogniser of choices. Returns count when none is meant. */
static size_t title_of(const struct step *step, const struct message_option *options, size_t count, double *confidence)
{
    char titles[TITLES_BYTES];
    char folded[MESSAGE_ROWS_MAX][FOLDED];
    size_t used = 0;
    struct recognised found;
    for (size_t i = 0; i < count; i++) {
        size_t len = utf8_fold(options[i].title, folded[i], FOLDED);
        for (size_t j = 0; j < len; j++)
            if (folded[i][j] == '|')
                folded[i][j] = ' ';
        if (len == 0 || used + len + 1 > sizeof(titles))
            return count;
        if (used)
            titles[used++] = '|';
        memcpy(titles + used, folded[i], len);
        used += len;
    }
    if (count == 0 ||
        recognise_said(TYPE_CHOICE, (struct slice){titles, used}, step_said(step), step->now_ms, &found) != OK)
        return count;
    *confidence = found.confidence;
    for (size_t i = 0; i < count; i++)
        if (strcmp(folded[i], found.value) == 0)
            return i;
    return count;
}

/* Gives what a text's byte folds to where it is an ASCII letter or digit; NUL where it is anything else. */
static char plain_at(struct slice text, size_t i)
{
    char c = i < text.len ? text.ptr[i] : '\0', small = (char)(c | 0x20);
    return c >= '0' && c <= '9' ? c : (c & 0x40) && small >= 'a' && small <= 'z' ? small : '\0';
}

/* Tells from their first two letters that two texts do not fold to the same. */
static bool begin_otherwise(struct slice one, struct slice other)
{
    for (size_t i = 0; i < 2; i++) {
        char a = plain_at(one, i), b = plain_at(other, i);
        if (!a || !b)
            return false;
        if (a != b)
            return true;
    }
    return false;
}

/* Finds the option whose title the words are, letter for letter but for case and marks. Returns count when there is
 * none. */
static size_t exact_title(const struct step *step, const struct message_option *options, size_t count)
{
    char title[FOLDED], words[FOLDED];
    struct slice said = step->event->text;
    bool folded = false;
    for (size_t i = 0; i < count; i++) {
        if (begin_otherwise(options[i].title, said))
            continue;
        if (!folded)
            utf8_fold(said, words, sizeof(words));
        folded = true;
        utf8_fold(options[i].title, title, sizeof(title));
        if (strcmp(title, words) == 0)
            return i;
    }
    return count;
}

bool step_says(const struct step *step, struct forms forms)
{
    return forms.count && pattern_has_any(forms.patterns, forms.count, step_said(step)->lexed, &step->words->glance);
}

/* Gives what is on offer at the open question, which nothing has changed yet. */
static const struct offer *offer_at(struct step *step, const struct flow_state *at)
{
    struct offer *offer = step->offer;
    if (offer->at != at) {
        offer->at = at;
        offer->count = step_options(step, at, offer->options);
    }
    return offer;
}

static struct slice option_value(const struct flow_state *at, const struct message_option *option)
{
    return payload_value(option->id, at->name);
}

/* Finds the option on offer that has a form of words for what was said. Returns count when there is none. */
static size_t words_of(const struct step *step, const struct flow_state *at, const struct message_option *options,
                       size_t count)
{
    for (size_t i = 0; i < at->option_count; i++) {
        struct slice value = part_value(step->flow, step->state, &at->options[i].value);
        for (size_t j = 0; step_says(step, at->options[i].words) && j < count; j++)
            if (slice_eq(option_value(at, &options[j]), value))
                return j;
    }
    return count;
}

bool step_names_option(struct step *step)
{
    const struct flow_state *at = step_at(step);
    if (!at || !at->ask || !at->option_count || step->state->doubt.slot[0])
        return false;
    const struct offer *offer = offer_at(step, at);
    if (exact_title(step, offer->options, offer->count) < offer->count)
        return true;
    return at->language && /* "quechua" asks for the choice too */
           words_of(step, at, offer->options, offer->count) < offer->count;
}

/* The person's own words, fit to keep: one line, and they tell something. */
static enum reading read_words(struct step *step, struct answer *out)
{
    char words[DIALOG_ACTIVITY];
    if (recognise_evades(step_said(step)))
        return READ_NOTHING;
    state_keep(slice_trim(step->event->text), words, sizeof(words));
    for (char *c = words; *c; c++)
        if (*c == '\n' || *c == '\t')
            *c = ' ';
    out->value = step_copy(step, slice_of(words));
    out->confidence = 1;
    return READ_VALUE;
}

/* Gives an amount with another period, in the arena: "1500/?" and "month" give "1500/month". */
static struct slice with_period(struct step *step, struct slice value, struct slice period)
{
    struct slice whole = arena_join(
        step->arena, (const struct slice[]){slice_part(value, 0, slice_find(value, '/')), SLICE("/"), period}, 3);
    if (!whole.ptr)
        step->error = step->error ? step->error : ERR_NOMEM;
    return whole;
}

static bool outside(const struct slot *slot, double number)
{
    return (slot->has_min && number < slot->min) || (slot->has_max && number > slot->max);
}

/* Judges a recognised value: allowed, plausible, whole, sure. */
static enum reading judge(struct step *step, const struct flow_state *at, const struct slot *slot, struct answer *out)
{
    enum reading reading = out->confidence >= RECOGNISE_SURE ? READ_VALUE : READ_DOUBT;
    double number;
    if (slice_is(out->value, VALUE_REFUSED))
        return at->refusal ? reading : READ_NOTHING;
    bool unreadable =
        value_is_numeric(slot->type) && !value_valid(slot->type, out->value); /* more digits than we say */
    if (slice_is(out->value, "INVALID") || unreadable)
        return READ_INVALID;
    if (slot->type == TYPE_YESNO && slice_is(out->value, "maybe"))
        return READ_NOTHING;
    if (value_lacks_period(out->value)) {
        if (!at->assume_period)
            reading = READ_DOUBT;
        if (at->period.len == 0)
            return READ_DOUBT;
        out->value = with_period(step, out->value, at->period);
    }
    if (!value_number(slot->type, out->value, &number))
        return reading;
    if (outside(slot, number))
        return READ_INVALID;
    return slot->has_usual && (number < slot->usual_min || number > slot->usual_max) ? READ_DOUBT : reading;
}

static enum reading read_value(struct step *step, const struct flow_state *at, const struct slot *slot,
                               struct answer *out)
{
    struct recognised found;
    if (recognise_said(slot->type, SLICE_NONE, step_said(step), step->now_ms, &found) != OK)
        return READ_NOTHING;
    out->value = step_copy(step, slice_of(found.value));
    out->confidence = found.confidence;
    return judge(step, at, slot, out);
}

static enum reading read_option(struct step *step, const struct flow_state *at, struct answer *out)
{
    const struct offer *offer = offer_at(step, at);
    const struct message_option *options = offer->options;
    size_t count = offer->count, chosen = count;
    struct slice pressed =
        step->event->kind == EVENT_CHOICE ? payload_value(step->event->payload, at->name) : SLICE_NONE;
    bool closed = step->flow->slots[at->slot].type == TYPE_CHOICE || step->flow->slots[at->slot].type == TYPE_TEXT;
    out->confidence = 1;
    for (size_t i = 0; pressed.len && i < count; i++)
        if (slice_eq(option_value(at, &options[i]), pressed))
            chosen = i;
    if (chosen == count)
        chosen = mark_of(step->event->text, at->letters, count);
    if (chosen == count)
        chosen = exact_title(step, options, count);
    if (chosen == count)
        chosen = words_of(step, at, options, count);
    if (chosen == count && at->letters) {
        chosen = mark_of(step->event->text, false, count);
        out->confidence = chosen < count ? GUESSED_LETTER : out->confidence;
    }
    if (chosen == count && closed)
        chosen = title_of(step, options, count, &out->confidence);
    if (chosen == count)
        return READ_NOTHING;
    out->value = option_value(at, &options[chosen]);
    return out->confidence >= RECOGNISE_SURE ? READ_VALUE : READ_DOUBT;
}

static enum reading read_title(struct step *step, const struct flow_state *at, struct answer *out)
{
    const struct offer *offer = offer_at(step, at);
    size_t chosen = title_of(step, offer->options, offer->count, &out->confidence);
    if (chosen == offer->count)
        return READ_NOTHING;
    out->value = option_value(at, &offer->options[chosen]);
    return out->confidence >= RECOGNISE_SURE ? READ_VALUE : READ_DOUBT;
}

static enum reading read_place(const struct step *step, const struct slot *slot, struct answer *out)
{
    const char *code = place_nearest(step->event->latitude, step->event->longitude);
    if (slot->type != TYPE_REGION || !code)
        return READ_NOTHING;
    out->value = slice_of(code);
    out->confidence = GUESSED_PLACE;
    return READ_DOUBT;
}

/* Reads the event as a value for the question: an option's mark first, then the slot's type, then an option's words. */
static enum reading read_answer(struct step *step, const struct flow_state *at, struct answer *out)
{
    const struct slot *slot = &step->flow->slots[at->slot];
    enum reading reading = READ_NOTHING;
    *out = (struct answer){.raw = step->event->text};
    if (step->event->kind == EVENT_LOCATION)
        return read_place(step, slot, out);
    if (at->option_count)
        reading = read_option(step, at, out);
    if (reading != READ_NOTHING || slot->type == TYPE_CHOICE)
        return reading;
    if (slot->type == TYPE_TEXT)
        return at->option_count ? READ_NOTHING : read_words(step, out);
    reading = read_value(step, at, slot, out);
    return reading == READ_NOTHING && at->option_count ? read_title(step, at, out) : reading;
}

static struct slice raw_of(struct step *step, const struct flow_state *at, struct slice words)
{
    return at->raw ? step_worded(step, at->raw, step->channel) : words;
}

/* Logs a consent with the exact question that was asked on this channel. A yes that is not kept waits for another. */
static void log_consent(struct step *step, const struct flow_state *at, struct slice value)
{
    const bool pending = step->flow->slots[at->slot].transient && slice_is(value, "yes");
    const struct wording *question = flow_wording(step->flow, at->ask, step->state->lang, step->channel);
    struct effect *effect = step_effect(step, EFFECT_CONSENT);
    if (!effect)
        return;
    effect->slot = at->consent;
    effect->value = pending ? SLICE("pending") : value;
    effect->confidence = 1;
    effect->raw = step_worded(step, question, step->channel);
}

/* Notes which option has the value that was answered, chosen or said in other words. */
static void note_option(const struct step *step, const struct flow_state *at, struct slice value)
{
    for (size_t i = 0; step->trail && i < at->option_count; i++) {
        if (!slice_eq(part_value(step->flow, step->state, &at->options[i].value), value) ||
            !guard_holds(step->flow, step->state, at->options[i].when, false))
            continue;
        step_note(step, EDGE_OPTION, at, (unsigned)i);
        return;
    }
}

/* Puts an answer behind the words that its slot holds already, where the question adds and both fit. */
static struct slice added_to(struct step *step, const struct flow_state *at, struct slice said)
{
    const struct slice known = state_fact(step->state, step->flow->slots[at->slot].name);
    if (!at->adds || !known.len || slice_eq(known, said) || known.len + said.len + 2 >= DIALOG_ACTIVITY)
        return said;
    struct slice both = arena_join(step->arena, (const struct slice[]){known, SLICE(". "), said}, 3);
    if (!both.ptr)
        step->error = step->error ? step->error : ERR_NOMEM;
    return both;
}

static void accept(struct step *step, const struct flow_state *at, const struct answer *answer)
{
    struct state *state = step->state;
    struct slice value = added_to(step, at, answer->value);
    state_forget_doubt(state);
    state->tries = 0;
    note_option(step, at, value);
    step_learn(step, (unsigned)at->slot, value, raw_of(step, at, answer->raw), answer->confidence);
    if (at->consent.len)
        log_consent(step, at, value);
    if (at->language) {
        state_keep(value, state->lang, sizeof(state->lang));
        state->told_nothing = false; /* in the words of another language they may */
    }
    if (!at->aside)
        state_push_history(state, at->name);
    if (slice_is(value, VALUE_REFUSED))
        step_say(step, at->refusal);
    step_leave(step, at);
}

/* Gives an answer's words, with those of one before that was in doubt behind them, where they tell something yet. */
static struct slice told_by(struct step *step, const struct flow_state *at, struct slice raw)
{
    if (!step_keeps_told(step, at))
        return raw;
    struct slice told =
        arena_join(step->arena, (const struct slice[]){raw, SLICE(", "), slice_of(step->state->doubt_raw)}, 3);
    if (!told.ptr)
        step->error = step->error ? step->error : ERR_NOMEM;
    return told;
}

/* Takes an answer; what is told beside it is asked back first. */
static void take(struct step *step, const struct flow_state *at, const struct answer *answer, struct slice told)
{
    if (!step_ask_heard(step, at, answer->value, told))
        accept(step, at, answer);
}

static void ask_back(struct step *step, const struct flow_state *at, const struct answer *answer)
{
    struct state *state = step->state;
    struct slice raw = told_by(step, at, answer->raw);
    step->heed = HEED_NEITHER; /* her answer to it tells */
    state_keep(slice_of(step->flow->slots[at->slot].name), state->doubt.slot, sizeof(state->doubt.slot));
    state_keep(answer->value, state->doubt.value, sizeof(state->doubt.value));
    state->doubt.confidence = answer->confidence;
    state_keep(raw, state->doubt_raw, sizeof(state->doubt_raw));
    step_ask_again(step);
}

/* Gives the question up: the way out. What was told beside it is asked back before. */
static void leave_unanswered(struct step *step, const struct flow_state *at)
{
    struct state *state = step->state;
    if (step_ask_kept(step, at)) {
        state->tries = at->tries - 1;
        return;
    }
    state->tries = 0;
    state_forget_doubt(state);
    if (state->misread == DIALOG_MISREAD_MAX) /* staff were asked about this question, not about the next */
        state->misread = 0;
    if (!at->aside)
        state_push_history(state, at->name);
    step_note(step, EDGE_OTHERWISE, at, 0);
    step_take(step, at->otherwise);
}

/* Counts a try. Returns false where it was the last, and the question is given up. */
static bool try_left(struct step *step, const struct flow_state *at)
{
    if (++step->state->tries >= at->tries) {
        leave_unanswered(step, at);
        return false;
    }
    step_note(step, EDGE_RETRY, at, step->state->tries - 1);
    return true;
}

/* A wrong answer: one try less, a text with more of an example, and after the last the way out. */
static void try_again(struct step *step, const struct flow_state *at, const struct text *text)
{
    const struct state *state = step->state;
    size_t last = at->retry_count - 1;
    if (!try_left(step, at))
        return;
    if (state->doubt.slot[0])
        step_ask_again(step);
    else
        step_ask_with(step, at, text ? text : at->retry[state->tries - 1 < last ? state->tries - 1 : last]);
}

/* Who comes back, or on another phone, and is not understood, may not see what is asked: she is shown, and nothing is
 * counted. Returns whether that was so. */
static bool shown_again(struct step *step)
{
    if (!step->switched && !(step->resumed && step->state->tries == 0))
        return false;
    step->heed = HEED_NEITHER;
    step_come_back(step);
    return true;
}

static void wrong(struct step *step, const struct flow_state *at, const struct text *text)
{
    if (!shown_again(step))
        try_again(step, at, text);
}

/* A message of which nothing could be made. */
static void not_understood(struct step *step, const struct flow_state *at)
{
    if (!shown_again(step) && !step_misread(step))
        try_again(step, at, NULL);
}

void step_explain(struct step *step)
{
    not_understood(step, step_at(step));
}

/* Reads which of the doubt's options is meant: a word of YESNO, or a period; empty when none. */
static struct slice read_doubt(struct step *step, const struct flow_state *at, bool period)
{
    static const char *const words[2][4] = {{"yes", "no"}, {"day", "week", "month", "year"}};
    static const enum phrase titles[] = {PHRASE_DAY, PHRASE_WEEK, PHRASE_MONTH, PHRASE_YEAR};
    size_t count = period ? 4 : 2, chosen;
    double confidence = 1;
    struct recognised found;
    struct slice pressed =
        step->event->kind == EVENT_CHOICE ? payload_value(step->event->payload, at->name) : SLICE_NONE;
    for (size_t i = 0; pressed.len > 1 && i < count; i++)
        if (slice_is(slice_part(pressed, 1, pressed.len), words[period][i]))
            return slice_of(words[period][i]);
    chosen = mark_of(step->event->text, false, count);
    if (chosen < count)
        return slice_of(words[period][chosen]);
    if (!period) {
        bool understood = recognise_said(TYPE_YESNO, SLICE_NONE, step_said(step), step->now_ms, &found) == OK &&
                          strcmp(found.value, "maybe") != 0;
        return understood ? step_copy(step, slice_of(found.value)) : SLICE_NONE;
    }
    struct message_option options[4] = {{.title = SLICE_NONE}};
    for (size_t i = 0; i < count; i++)
        options[i].title =
            flow_wording(step->flow, step->flow->phrases[titles[i]], step->state->lang, step->channel)->source;
    chosen = title_of(step, options, count, &confidence);
    return chosen < count ? slice_of(words[period][chosen]) : SLICE_NONE;
}

static void take_doubt(struct step *step, const struct flow_state *at, struct slice period)
{
    const struct state *state = step->state;
    struct slice value = slice_of(state->doubt.value);
    struct answer answer = {
        .value = period.len ? with_period(step, value, period) : step_copy(step, value),
        .raw = step_copy(step, slice_of(state->doubt_raw)),
        .confidence = 1,
    };
    double number;
    const struct slot *slot = &step->flow->slots[at->slot];
    bool numbered = period.len && value_number(slot->type, answer.value, &number);
    if (numbered && outside(slot, number)) { /* without its period nobody could tell */
        step_drop_doubt(step, at);
        wrong(step, at, at->invalid);
    } else if (numbered && slot->has_usual && (number < slot->usual_min || number > slot->usual_max)) {
        answer.confidence = ASKED_TWICE;
        state_forget_doubt(step->state);
        ask_back(step, at, &answer);
    } else if (step_keeps_told(step, at)) {
        take(step, at, &answer, answer.raw);
    } else {
        accept(step, at, &answer);
    }
}

/* An answer to what was heard: yes takes it, no leaves it to be asked for, and words that set it right ask it back once
 * more. The answer that told it is taken in any case; where what told it was none, the question is asked again. */
static void answer_heard(struct step *step, const struct flow_state *at)
{
    struct state *state = step->state;
    const unsigned misread = state->misread;
    bool pressed = step->event->kind == EVENT_CHOICE || mark_of(step->event->text, false, 2) < 2;
    bool corrected = !pressed && step_correct_heard(step, at);
    struct slice meant = corrected ? SLICE_NONE : read_doubt(step, at, false);
    if (!corrected && !meant.len) {
        if (shown_again(step))
            return;
        step_count_misread(step);
    }
    /* the third in a row is for staff: her answer is not left in doubt for that */
    if (!meant.len && ++state->tries < at->tries && state->misread < DIALOG_MISREAD_MAX - 1) {
        step_ask_again(step);
        return;
    }
    struct answer answer = {
        .value = step_copy(step, slice_of(state->doubt.value)),
        .raw = step_copy(step, slice_of(state->doubt_raw)),
        .confidence = 1,
    };
    if (corrected || slice_is(meant, "yes"))
        step_learn_heard(step, at);
    if (answer.value.len) {
        accept(step, at, &answer);
        return;
    }
    /* what she neither took nor denied waits for her while staff have the word */
    struct slice told = meant.len ? SLICE_NONE : answer.raw;
    state_forget_doubt(state);
    if (!step_lose(step, misread))
        try_again(step, at, NULL);
    else
        state_keep(told, state->doubt_raw, sizeof(state->doubt_raw));
}

/* Tells whether words say the doubtful number again: "todavía no" is no denial of "aún no abre". */
static bool says_again(struct step *step, const struct flow_state *at)
{
    struct answer answer;
    const struct slot *slot = &step->flow->slots[at->slot];
    return slot->type == TYPE_TENURE && step->event->kind == EVENT_TEXT &&
           read_value(step, at, slot, &answer) == READ_VALUE && slice_is(answer.value, step->state->doubt.value);
}

/* Another answer that is not sure either, in place of one that is asked back: it takes a try, so that nobody is asked
 * back for ever. */
static void ask_back_instead(struct step *step, const struct flow_state *at, const struct answer *answer)
{
    step->heed = HEED_NEITHER;
    if (try_left(step, at))
        ask_back(step, at, answer);
}

/* A no to a doubt: what was read in her answer is not what she meant. Words of before are no message in this row. */
static void deny(struct step *step, const struct flow_state *at)
{
    bool recalled = step_is_recalled(step);
    step_drop_doubt(step, at);
    if (recalled)
        wrong(step, at, NULL);
    else
        not_understood(step, at);
}

/* An answer to a doubt: yes, no, a period, or another answer to the question itself. */
static void answer_doubt(struct step *step, const struct flow_state *at)
{
    struct state *state = step->state;
    size_t len = strlen(state->doubt.value);
    bool period = len > 0 && state->doubt.value[len - 1] == '?';
    struct answer answer;
    struct slice meant = says_again(step, at) ? SLICE("yes") : read_doubt(step, at, period);
    if (slice_is(meant, "no")) {
        deny(step, at);
        return;
    }
    if (meant.len) {
        take_doubt(step, at, period ? meant : SLICE_NONE);
        return;
    }
    enum reading reading = read_answer(step, at, &answer);
    bool same = reading == READ_DOUBT && slice_is(answer.value, state->doubt.value);
    if (reading == READ_VALUE)
        take(step, at, &answer, told_by(step, at, answer.raw));
    else if (same && !period && !at->consent.len) /* says it again: that is a yes, but never a consent */
        take_doubt(step, at, SLICE_NONE);
    else if (reading == READ_DOUBT && !same)
        ask_back_instead(step, at, &answer);
    else if (reading == READ_INVALID || step_keep_told(step, at))
        wrong(step, at, NULL);
    else
        not_understood(step, at);
}

void step_answer(struct step *step)
{
    const struct flow_state *at = step_at(step);
    struct answer answer;
    if (!at || !at->ask) {
        step_begin(step);
        return;
    }
    step->aside = at->aside;
    if (heard_waits(step->state)) {
        answer_heard(step, at);
        return;
    }
    if (step->state->doubt.slot[0]) {
        answer_doubt(step, at);
        return;
    }
    switch (read_answer(step, at, &answer)) {
    case READ_VALUE:
        take(step, at, &answer, told_by(step, at, answer.raw));
        break;
    case READ_DOUBT:
        ask_back(step, at, &answer);
        break;
    case READ_INVALID:
        wrong(step, at, at->invalid);
        break;
    case READ_NOTHING:
        if (!step_keyword(step) && !step_ask_told(step, at))
            not_understood(step, at);
        break;
    }
}
