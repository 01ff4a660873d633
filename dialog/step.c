/* The step: which kind of event it is, whether the person may be answered, whether it is a command or an answer. */
#include "dialog/step.h"

#include <string.h>

#include "base/utf8.h"
#include "dialog/state.h"
#include "dialog/value.h"

#define COMMAND_SURE RECOGNISE_SURE

void step_note(const struct step *step, enum edge_kind kind, const struct flow_state *from, unsigned index)
{
    trail_note(step->trail, step->flow, kind, from ? (int)(from - step->flow->states) : FLOW_NONE, index);
}

const struct said *step_said(const struct step *step)
{
    struct step_words *words = step->words;
    if (!words->said.lexed) {
        recognise_lex(flow_lexicon(step->flow, step->state->lang), step->event->text, &words->lexed, &words->said);
        words->glance = pattern_glance(&words->lexed);
    }
    return &words->said;
}

/* Reads a whole message as a command; empty when it is none. The word is copied into `out`. */
static struct slice command_in(const struct step *step, const struct said *said, struct recognised *out)
{
    if (said->text.len == 0 || recognise_said(TYPE_COMMAND, SLICE_NONE, said, step->now_ms, out) != OK ||
        out->confidence < COMMAND_SURE)
        return SLICE_NONE;
    return slice_of(out->value);
}

static bool payload_stops(const struct step *step)
{
    struct lexed lexed;
    struct said said;
    struct recognised found;
    recognise_lex(flow_lexicon(step->flow, step->state->lang), step->event->payload, &lexed, &said);
    return slice_is(command_in(step, &said, &found), "stop");
}

/* Tells whether an option's mark stands on the pages that wait: who has not seen the option cannot mean it. */
static bool marks_unseen(struct slice pending, const char *mark)
{
    struct slice line;
    while (slice_cut(&pending, '\n', &line))
        if (mark[0] >= '0' && mark[0] <= '9' && slice_starts(line, mark) &&
            slice_part(line, strlen(mark), line.len).len && line.ptr[strlen(mark)] == ' ')
            return true;
    return false;
}

/* Tells whether an input is the line that turns a page: its number, both, or (`alone`) its word alone. */
static bool says_line(const char *input, const char *number, struct slice word, bool alone)
{
    char folded[TONGUE_PAGE_CHARS * 4 + 1];
    size_t len = strlen(number);
    utf8_fold(word, folded, sizeof(folded));
    if (strncmp(input, number, len) == 0)
        return input[len] == '\0' || (input[len] == ' ' && strcmp(input + len + 1, folded) == 0);
    return alone && strcmp(input, folded) == 0;
}

/* Tells which page an input turns to; PAGE_FIRST where it turns none. */
static enum page_turn turn_to(const struct state *state, const struct tongue *tongue, const char *input)
{
    struct slice text = slice_of(state->pending);
    bool more = state_has_more_pages(state);
    bool next = says_line(input, "98", tongue->phrases[SAY_MORE], true);
    if (state->page_from > 0 && says_line(input, "0", tongue->phrases[SAY_BACK], false))
        return PAGE_BACK;
    return more && (next || marks_unseen(slice_part(text, state->page_to, text.len), input)) ? PAGE_NEXT : PAGE_FIRST;
}

/* USSD: shows another page, as it was rendered. Returns false when the input asks for something else. */
static bool show_page(struct step *step)
{
    char folded[16];
    struct state *state = step->state;
    enum page_turn turn = PAGE_FIRST;
    if (state->pending[0] && step->channel == CHANNEL_USSD && step->event->kind == EVENT_TEXT) {
        utf8_fold(step->event->text, folded, sizeof(folded));
        turn = turn_to(state, flow_tongue(step->flow, state->lang), folded);
    }
    if (turn == PAGE_FIRST) {
        state_forget_pages(state);
        return false;
    }
    step->heed = HEED_NEITHER;
    struct slice whole = step_copy(step, slice_of(state->pending));
    struct effect *effect = step_effect(step, EFFECT_SAY);
    if (effect) {
        effect->text = whole;
        effect->page = turn;
    }
    step->out->ended = state->pending_ends;
    return true;
}

/* Whoever is out gets an answer to the rights the law gives and to ALTA, on USSD to all else too (a screen must come),
 * else silence. A dial leaves the session open: where else would she type ALTA? */
static bool may_answer(struct step *step, struct slice command)
{
    static const char *const rights[] = {"start", "mydata", "rectify", "erase"};
    if (!step->state->opted_out)
        return true;
    for (size_t i = 0; i < sizeof(rights) / sizeof(rights[0]); i++)
        if (slice_is(command, rights[i]))
            return true;
    if (command.len == 0 && step->state->at[0] && step->event->kind != EVENT_BEGIN)
        return true;
    if (slice_is(command, "help") || step->channel == CHANNEL_USSD)
        step_phrase(step, PHRASE_OPTED_HELP);
    step->listens = step->channel == CHANNEL_USSD && step->event->kind == EVENT_BEGIN;
    if (step->listens && step->state->at[0]) /* what the last session asked is not what this screen asks */
        step_end(step);
    return false;
}

/* Finds the first of the flow's alerts that the words call for. */
static const struct alert *alert_in(const struct step *step)
{
    const struct lexed *lexed = step_said(step)->lexed;
    const struct pattern_keys *keys = step->flow->alert_keys;
    bool may_be = keys && pattern_keys_may(keys, lexed);
    for (size_t i = 0; may_be && i < step->flow->alert_count; i++)
        if (step_says(step, step->flow->alerts[i].words))
            return &step->flow->alerts[i];
    return NULL;
}

/* An answer is one to the question that was asked: where a new version of the flow asks another, that comes first. */
static void answer(struct step *step)
{
    if (step->moved)
        step_ask_again(step);
    else
        step_answer(step);
}

static void say_alert(struct step *step, const struct alert *alert)
{
    struct effect *request = alert->request ? step_effect(step, EFFECT_REQUEST) : NULL;
    if (request)
        request->slot = slice_of(alert->request);
    step_note(step, EDGE_ALERT, NULL, (unsigned)(alert - step->flow->alerts));
    step_say(step, alert->say);
}

/* What a button under an invitation to a training wishes: "training:ID:join" has it behind the id. */
static struct slice wish_of(struct slice payload)
{
    struct slice head, id;
    if (!slice_starts(payload, TRAINING_PAYLOAD) || !slice_cut(&payload, ':', &head) || !slice_cut(&payload, ':', &id))
        return SLICE_NONE;
    return payload;
}

/* Tells what "1" or "2" wishes of the training that she was invited to since she last wrote; empty: nothing, for it
 * answers something else. */
static struct slice wish_by_number(const struct step *step)
{
    const struct slice text = slice_trim(step->event->text), since = wish_of(step->event->payload);
    uint64_t ms;
    if (step->event->kind != EVENT_TEXT || !slice_u64(since, INT64_MAX, &ms) || (int64_t)ms <= step->heard_ms)
        return SLICE_NONE;
    return slice_is(text, "1") ? SLICE("join") : slice_is(text, "2") ? SLICE("leave") : SLICE_NONE;
}

/* Answers what the law lets everybody ask. Who is out, or waits for staff, hears nothing more. */
static void say_right(struct step *step, const struct alert *alert)
{
    say_alert(step, alert);
    if (!step->state->opted_out && step->state->at[0] && !step_is_held(step))
        step_ask_again(step);
}

/* Words, or the caption of a picture. One who may be in danger of her life is answered first, even on her way out. */
static void on_words(struct step *step)
{
    struct recognised found;
    const struct alert *alert = alert_in(step);
    if (alert && alert->wait) {
        say_alert(step, alert);
        return;
    }
    struct slice command = command_in(step, step_said(step), &found);
    if (alert && alert->request && !slice_is(command, "stop")) {
        say_right(step, alert);
        return;
    }
    if (!may_answer(step, command))
        return;
    const struct slice wish = wish_by_number(step);
    if (wish.len && step_wish(step, wish))
        return;
    bool chosen = !slice_is(command, "stop") && step_names_option(step);
    if (slice_is(command, "help") && !chosen && step_keyword(step)) /* "repite" means what the flow has of that */
        return;
    if (command.len && !chosen && step_command(step, command))
        return;
    if (alert) {
        say_alert(step, alert);
        step_ask_again(step);
    } else if (!step->state->at[0]) {
        if (!step_keyword(step))
            step_begin(step);
    } else if (chosen || !step_wish(step, SLICE_NONE)) {
        answer(step);
    }
}

/* Tells whether a USSD input is the 0 that leads back: where one chooses, and no number is an answer. */
static bool leads_back(const struct step *step)
{
    if (step->channel != CHANNEL_USSD || !slice_is(slice_trim(step->event->text), "0"))
        return false;
    const struct flow_state *at = step_at(step);
    bool chooses = at && at->ask && at->option_count && !value_is_numeric(step->flow->slots[at->slot].type);
    return chooses || (at && step->state->doubt.slot[0]);
}

static void on_text(struct step *step)
{
    if (show_page(step))
        return;
    if (!leads_back(step))
        on_words(step);
    else if (may_answer(step, SLICE("back")))
        step_command(step, SLICE("back"));
}

/* A button or row of ours: it names the state that it was made for. */
static void on_choice(struct step *step)
{
    struct slice payload = step->event->payload;
    size_t colon = slice_find(payload, ':');
    struct slice state = slice_part(payload, 0, colon);
    struct recognised found;
    bool ours = colon < payload.len && flow_state_index(step->flow, state) != FLOW_NONE;
    bool stops = slice_is(command_in(step, step_said(step), &found), "stop") || payload_stops(step);
    if (stops && may_answer(step, SLICE("stop")))
        step_command(step, SLICE("stop"));
    else if (stops)
        return;
    else if (wish_of(payload).len && may_answer(step, SLICE_NONE) && step_wish(step, wish_of(payload)))
        return;
    else if (!ours || step_is_held(step)) /* no question is open meanwhile, but words may be for the flow: "Seguir" */
        on_words(step);
    else if (!may_answer(step, SLICE_NONE))
        return;
    else if (slice_is(state, step->state->at))
        answer(step);
    else if (!step->state->at[0])
        step_begin(step);
    else {
        step_phrase(step, PHRASE_OLD_BUTTON);
        step_ask_again(step);
    }
}

/* Something that is no words: kindly asks to write. Who sends such a thing again and again may not be able to, and is
 * handed over to staff. */
static void on_other(struct step *step)
{
    if (!may_answer(step, SLICE_NONE))
        return;
    if (!step->state->at[0]) {
        step_begin(step);
        return;
    }
    if (step->state->misread == DIALOG_MISREAD_MAX) /* only a person takes these in, again too */
        step->state->misread = 0;
    if (step_at(step) && step_misread(step))
        return;
    step_phrase(step, PHRASE_NOT_WORDS);
    step_ask_again(step);
}

static void on_media(struct step *step)
{
    if (slice_trim(step->event->text).len)
        on_words(step);
    else
        on_other(step);
}

static void on_location(struct step *step)
{
    const struct flow_state *at = step_at(step);
    bool asked = at && at->slot != FLOW_NONE && step->flow->slots[at->slot].type == TYPE_REGION;
    if (asked && !step->switched && may_answer(step, SLICE_NONE))
        answer(step);
    else
        on_other(step);
}

/* Tells whether the open question is one to come back to: something was answered before it, and it belongs to no
 * command. */
static bool is_under_way(const struct step *step)
{
    const struct flow_state *at = step_at(step);
    return at && at->ask && !at->aside && !at->quiet && step->state->history_count > 0;
}

static void ask_whether_to_go_on(struct step *step)
{
    step_note(step, EDGE_REDIAL, NULL, 0);
    memcpy(step->state->below, step->state->at, sizeof(step->state->below));
    step_go(step, step->flow->redial);
}

/* A session that dropped and is dialled again at once goes on without a question; after a while the person may have
 * come for something else. */
static void on_begin(struct step *step)
{
    step->heed = HEED_NEITHER;
    if (!may_answer(step, SLICE_NONE))
        return;
    if (!step->state->at[0]) {
        step_begin(step);
        return;
    }
    if (step->paused && is_under_way(step))
        ask_whether_to_go_on(step);
    else
        step_come_back(step);
}

/* Tells whether what comes while a person of the staff is to answer is for the flow all the same: danger, which they
 * see too; what the law gives; the wish to go on without them. */
static bool is_for_flow(struct step *step)
{
    static const char *const words[] = {"stop", "erase", "mydata", "resume"};
    struct recognised found;
    enum event_kind kind = step->event->kind;
    bool speaks = kind == EVENT_TEXT || kind == EVENT_CHOICE || kind == EVENT_MEDIA; /* a dial may have words too */
    const struct alert *alert = speaks ? alert_in(step) : NULL;
    struct slice command = speaks ? command_in(step, step_said(step), &found) : SLICE_NONE;
    if (alert && alert->wait) {
        step_wait_for_staff(step);
        return true;
    }
    for (size_t i = 0; i < sizeof(words) / sizeof(words[0]); i++)
        if (slice_is(command, words[i]))
            return true;
    if (alert && alert->request)
        return true;
    return kind == EVENT_CHOICE && payload_stops(step);
}

static const struct {
    void (*run)(struct step *step); /* NULL: nobody waits for an answer */
    bool by_person;                 /* who is here, and whose timers this turn decides */
} on_event[] = {
    [EVENT_TEXT] = {on_text, true},         [EVENT_CHOICE] = {on_choice, true},     [EVENT_MEDIA] = {on_media, true},
    [EVENT_LOCATION] = {on_location, true}, [EVENT_UNSUPPORTED] = {on_other, true}, [EVENT_BEGIN] = {on_begin, true},
    [EVENT_ABORT] = {NULL, false},          [EVENT_STATUS] = {NULL, false},         [EVENT_IGNORED] = {NULL, false},
    [EVENT_TIMER] = {step_timer, false},    [EVENT_STAFF] = {step_staff, false},
};

/* Notes that the person is here, after what silence and on which channel. */
static void note_presence(struct step *step)
{
    struct state *state = step->state;
    int64_t heard_ms = state->asked_ms > state->last_ms ? state->asked_ms : state->last_ms;
    step->heard_ms = heard_ms;
    int64_t silence = heard_ms ? step->now_ms - heard_ms : 0;
    if ((state->at[0] || state->below[0]) && silence >= step->flow->expire_after_ms)
        step_close(step);
    step->resumed = state->at[0] && silence >= step->flow->resume_after_ms;
    step->switched = state->at[0] && state->last_ms && step->channel != state->last_channel;
    step->paused = state->at[0] && step->flow->redial != FLOW_NONE && silence >= step->flow->redial_after_ms;
    state->last_ms = step->now_ms;
    state->last_channel = step->channel;
    state->asked_ms = 0;
    if (step->event->kind != EVENT_TEXT || step->channel != CHANNEL_USSD)
        state_forget_pages(state);
}

static void run(struct step *step)
{
    bool known = (size_t)step->event->kind < sizeof(on_event) / sizeof(on_event[0]);
    bool by_person = known && on_event[step->event->kind].by_person;
    if (step->advice) {
        step_go_on(step);
    } else if (known && on_event[step->event->kind].run) {
        if (by_person)
            note_presence(step);
        if (by_person && step_is_held(step) && !is_for_flow(step))
            step_wait_for_staff(step);
        else
            on_event[step->event->kind].run(step);
        if (by_person && step->heed == HEED_UNDERSTOOD)
            step->state->misread = 0;
    }
    if (by_person && step->out->need == NEED_NOTHING)
        step_keep_timers(step);
}

/* Fills in what the caller wants to know about where the conversation stands now. */
static void conclude(struct step *step)
{
    struct outcome *out = step->out;
    const struct flow_state *at = step_at(step);
    if (out->need != NEED_NOTHING)
        return;
    step_name_template(step);
    if (at && at->past_labels)
        state_forget_names(step->state);
    out->ended = out->ended || (!at && !step->listens);
    if (at && at->slot != FLOW_NONE)
        out->awaiting = slice_of(step->flow->slots[at->slot].name);
}

enum error dialog_step_along(const struct flows *flows, struct state *state, const struct event *event,
                             enum channel_kind channel, const struct advice *advice, int64_t now_ms,
                             struct arena *arena, const struct step_company *company, struct outcome *out)
{
    struct step_words words;
    struct offer offer;
    int at = 0;
    struct step step = {.at = &at,
                        .words = &words,
                        .offer = &offer,
                        .event = event,
                        .state = state,
                        .channel = channel,
                        .advice = advice,
                        .now_ms = now_ms,
                        .arena = arena,
                        .trail = company->trail,
                        .reminder = company->reminder,
                        .out = out};
    words.said.lexed = NULL;
    offer.at = NULL;
    out->flow = NULL;
    out->effects = NULL;
    out->effect_count = 0;
    out->need = NEED_NOTHING;
    out->need_text = out->awaiting = SLICE_NONE;
    out->ended = state->at[0] == '\0';
    if (event->kind == EVENT_TIMER && !advice && step_timer_stale(state, event))
        return OK;
    out->ended = false;
    if (!step_find_flow(&step, flows))
        return ERR_LIMIT;
    run(&step);
    conclude(&step);
    out->flow = state->flow[0] ? step.flow : NULL; /* who is forgotten is in none */
    return step.error;
}

enum error dialog_step(const struct flows *flows, struct state *state, const struct event *event,
                       enum channel_kind channel, const struct advice *advice, int64_t now_ms, struct arena *arena,
                       struct outcome *out)
{
    static const struct step_company nobody;
    return dialog_step_along(flows, state, event, channel, advice, now_ms, arena, &nobody, out);
}
