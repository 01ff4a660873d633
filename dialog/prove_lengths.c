/* Lengths: what is longer than a channel takes in one go, and the most that each turn sends. */
#include "base/sms.h"
#include "dialog/prove_says.h"
#include "dialog/render.h"

#define PAGE_UNITS 175 /* of one that another follows: "98 Mas" stands below */

static const char *const channel_names[] = {[CHANNEL_SMS] = "SMS", [CHANNEL_USSD] = "USSD", [CHANNEL_WHATSAPP] = "-"};
static const char *const variants[] = {[CHANNEL_SMS] = "sms", [CHANNEL_USSD] = "ussd", [CHANNEL_WHATSAPP] = ""};

/* Says that something can grow too long; `what` begins the sentence. Returns whether it did. */
static bool find_long(struct says *s, const struct wording *at, const char *what, struct size size, int state)
{
    struct prover *p = s->p;
    bool ussd = s->channel == CHANNEL_USSD;
    size_t room = ussd ? USSD_SEPTETS_MAX : SMS_SEGMENTS_BUDGET * SMS_GSM7_PART;
    if (size.most <= room)
        return false;
    size_t each = ussd ? PAGE_UNITS : SMS_GSM7_PART, count = (size.most + each - 1) / each;
    const struct seen *seen = state >= 0 ? &p->first.seen[state] : NULL;
    uint32_t node = !seen ? 0 : seen->waited ? seen->waited : seen->entered;
    const char *text =
        prove_text(p,
                   "%s can grow to %zu septets on %s, where %zu are %s: that is %zu %s; shorten it, or "
                   "give it a shorter `%s.%s`",
                   what, size.most, channel_names[s->channel], room, ussd ? "a page" : "the budget of a message", count,
                   ussd ? "pages" : "segments", s->lang, variants[s->channel]);
    struct finding *finding = prove_find(p, ussd ? PROVE_SCREEN : PROVE_SEGMENTS, false, at->file, at->line, at->column,
                                         text, &p->first, node);
    if (finding) {
        finding->lang = s->lang_index;
        finding->channel = (int)s->channel;
    }
    return true;
}

static const struct wording *wording_of(const struct says *s, const struct text *text)
{
    return flow_wording(s->p->flow, text, s->lang, s->channel);
}

/* A session keeps so many bytes of what does not fit the first page; more is lost. */
static void find_lost(struct says *s, int index, struct size size)
{
    struct prover *p = s->p;
    const struct flow_state *state = &p->flow->states[index];
    if (s->channel != CHANNEL_USSD || size.most < DIALOG_PENDING)
        return;
    const char *text = prove_text(p,
                                  "what one turn says up to state %s can grow to %zu septets, and a USSD session keeps "
                                  "%d: the rest would be lost; let a question stand between the texts, or shorten them",
                                  state->name, size.most, DIALOG_PENDING - 1);
    const struct seen *seen = &p->first.seen[index];
    struct finding *finding = prove_find(p, PROVE_LOST, true, state->file, state->line, state->column, text, &p->first,
                                         seen->waited ? seen->waited : seen->entered);
    if (finding)
        finding->channel = CHANNEL_USSD;
}

static void check_state(struct says *s, int index)
{
    const struct flow_state *state = &s->p->flow->states[index];
    struct size whole = says_and(s->before[index], s->own[index]);
    bool found = false;
    if (state->follow && s->channel == CHANNEL_SMS)
        find_long(s, wording_of(s, state->follow), "this text, which follows by SMS,", says_text(s, state->follow),
                  index);
    if (!state->say && !state->ask)
        return;
    const struct wording *own = wording_of(s, state->ask ? state->ask : state->say);
    if (state->ask && state->say)
        found = find_long(s, wording_of(s, state->say), "this text", s->said[index], index);
    if (!found)
        found = find_long(s, own,
                          !state->ask           ? "this text"
                          : state->say          ? "this question with its options and what is said before it"
                          : state->option_count ? "this question with its options"
                                                : "this question",
                          s->own[index], index);
    if (!found && state->ask)
        found = find_long(s, own, "what one turn says up to this question, the answer to the one before included,",
                          whole, index);
    for (size_t i = 0; i < state->retry_count && !found; i++) {
        struct size again = says_text(s, state->retry[i]);
        again.most += s->own[index].most - s->said[index].most - says_text(s, state->ask).most;
        const struct wording *retry = wording_of(s, state->retry[i]);
        find_long(s, retry, "this text with the question's options", again, index);
    }
    find_lost(s, index, whole);
}

static void check_others(struct says *s)
{
    const struct flow *flow = s->p->flow;
    for (size_t i = 0; i < flow->alert_count; i++) {
        const struct wording *say = wording_of(s, flow->alerts[i].say);
        find_long(s, say, "this text", says_text(s, flow->alerts[i].say), FLOW_NONE);
    }
    for (int i = 0; i < PHRASE_COUNT; i++) {
        const struct wording *say = flow->phrases[i] ? wording_of(s, flow->phrases[i]) : NULL;
        if (say)
            find_long(s, say, "this text", says_text(s, flow->phrases[i]), FLOW_NONE);
    }
}

/* The most that each turn sends, by the state at which it ends waiting; the last row for an end. */
static void bound_turns(struct says *s)
{
    const struct flow *flow = s->p->flow;
    struct prove_turn *turns = prove_make(s->p, flow->state_count + 1, sizeof(*turns));
    struct size ended = says_and(s->resumed, says_text(s, flow->phrases[PHRASE_CLOSED]));
    if (!turns)
        return;
    for (size_t i = 0; i < flow->state_count; i++) {
        const struct flow_state *state = &flow->states[i];
        struct size before = state->aside ? s->before[i] : says_or(s->before[i], s->resumed);
        struct size here = says_or(s->own[i], says_and(s->said[i], s->again[i]));
        if (state->hands_over) { /* on its way there, back there from a command, and each word while it lasts */
            before = says_or(s->before[i], s->resumed);
            here = says_or(s->own[i], says_text(s, flow->phrases[PHRASE_HELD]));
        }
        if (state->ask || state->hands_over)
            turns[i] = says_turn(s, says_and(s->opening, says_and(before, here)));
        if (state->end)
            ended = says_or(ended, says_and(s->before[i], s->own[i]));
    }
    turns[flow->state_count] = says_turn(s, says_and(s->opening, ended));
    s->p->out->turns[s->lang_index][s->channel] = turns;
}

void prove_lengths(struct prover *p)
{
    for (size_t lang = 0; lang < p->flow->lang_count && !p->out_of_memory; lang++)
        for (int channel = 0; channel < PROVE_CHANNELS && !p->out_of_memory; channel++) {
            struct says s;
            says_begin(&s, p, lang, (enum channel_kind)channel);
            bool narrow = channel != CHANNEL_WHATSAPP;
            for (size_t i = 0; narrow && i < p->flow->state_count && !p->out_of_memory; i++)
                if (p->exact[i].entered || p->exact[i].waited)
                    check_state(&s, (int)i);
            if (narrow && !p->out_of_memory)
                check_others(&s);
            if (!p->out_of_memory)
                bound_turns(&s);
            if (!p->out_of_memory)
                prove_costs(&s);
            says_end(&s);
        }
}
