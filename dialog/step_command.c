/* Commands: words that work in every state. */
#include <string.h>

#include "dialog/lexer.h"
#include "dialog/state.h"
#include "dialog/step.h"

/* The law: it works at once, without a reason or a second step, for every purpose. What was consented to is taken
 * back, one by one, so that the log shows it. */
static void opt_out(struct step *step, int unused)
{
    (void)unused;
    if (step->state->opted_out)
        return;
    for (size_t i = 0; i < step->flow->state_count; i++) {
        const struct flow_state *asked = &step->flow->states[i];
        const struct slot *slot = asked->consent.len ? &step->flow->slots[asked->slot] : NULL;
        if (!slot || slot->transient || !slice_is(state_fact(step->state, slot->name), "yes"))
            continue;
        step_learn(step, (unsigned)asked->slot, SLICE("no"), step->event->text, 1);
        struct effect *effect = step_effect(step, EFFECT_CONSENT);
        if (!effect)
            return;
        effect->slot = asked->consent;
        effect->value = SLICE("no");
        effect->raw = step->event->text;
        effect->confidence = 1;
    }
    step_close_ticket(step, SLICE_NONE);
    step_effect(step, EFFECT_OPT_OUT);
    step_phrase(step, PHRASE_OPTED_OUT);
    step->state->opted_out = true;
    step_end(step);
}

/* ALTA: comes back in, or simply goes on. */
static void start(struct step *step, int unused)
{
    (void)unused;
    if (step->state->opted_out) {
        step->state->opted_out = false;
        step_effect(step, EFFECT_OPT_IN);
        step_phrase(step, PHRASE_OPTED_IN);
        step_close(step);
    }
    if (step_is_held(step))
        step_go_on_without_staff(step);
    else if (step->state->at[0])
        step_ask_again(step);
    else
        step_begin(step);
}

/* "No entiendo", "¿qué es eso?": about the question, not about what Chaski is. */
static bool asks_meaning(const struct step *step)
{
    const struct lexed *lexed = step_said(step)->lexed;
    return lexicon_has(TABLE_ASKS_MEANING, lexed) && !lexicon_has(TABLE_ASKS_HELP, lexed);
}

/* Lays the open question below, unless one lies there already, and goes to the command's own state. */
static void aside(struct step *step, int command)
{
    const struct flow_state *at = step_at(step);
    if (command == FLOW_HELP && at && at->ask && !step->resumed && !step->switched && asks_meaning(step)) {
        step_explain(step);
        return;
    }
    if (at && !at->aside)
        memcpy(step->state->below, step->state->at, sizeof(step->state->below));
    step_go(step, step->flow->commands[command]);
}

static void take_keyword(struct step *step, const struct keyword *keyword)
{
    const struct flow_state *at = step_at(step);
    step_note(step, EDGE_KEYWORD, NULL, (unsigned)(keyword - step->flow->keywords));
    if (at && !at->aside)
        memcpy(step->state->below, step->state->at, sizeof(step->state->below));
    step_go(step, keyword->to);
}

/* Finds the first keyword that is said; of those about a training, where they alone count. */
static const struct keyword *said_keyword(const struct step *step, bool wishes)
{
    const struct pattern_keys *keys = wishes ? step->flow->wish_keys : NULL;
    bool may_be = step->event->text.len && (!keys || pattern_keys_may(keys, step_said(step)->lexed));
    for (size_t i = 0; may_be && i < step->flow->keyword_count; i++) {
        const struct keyword *keyword = &step->flow->keywords[i];
        if ((keyword->wish || !wishes) && step_says(step, keyword->words))
            return keyword;
    }
    return NULL;
}

bool step_keyword(struct step *step)
{
    const struct keyword *keyword = said_keyword(step, false);
    if (keyword)
        take_keyword(step, keyword);
    return keyword;
}

bool step_wish(struct step *step, struct slice wish)
{
    const struct keyword *keyword = wish.len ? NULL : said_keyword(step, true);
    for (size_t i = 0; i < step->flow->keyword_count && wish.len && !keyword; i++)
        if (step->flow->keywords[i].wish && slice_is(wish, step->flow->keywords[i].wish))
            keyword = &step->flow->keywords[i];
    if (keyword)
        take_keyword(step, keyword);
    return keyword;
}

/* Back to the question before; out of a doubt or a command first. */
static void back(struct step *step, int unused)
{
    struct state *state = step->state;
    const struct flow_state *at = step_at(step);
    char name[DIALOG_NAME];
    int index = FLOW_NONE;
    (void)unused;
    if (at && at->aside) {
        step_go(step, TO_RESUME);
        return;
    }
    if (at && state->doubt.slot[0]) {
        step_ask(step, (int)(at - step->flow->states));
        return;
    }
    while (at && index == FLOW_NONE && state_pop_history(state, name))
        if (strcmp(name, at->name) != 0)
            index = flow_state_index(step->flow, slice_of(name));
    if (index != FLOW_NONE && step->flow->states[index].ask) {
        step_ask(step, index);
        return;
    }
    step_phrase(step, PHRASE_NOTHING_BACK);
    step_ask_again(step);
}

static void greet(struct step *step, int unused)
{
    (void)unused;
    if (!step->state->at[0]) {
        step_begin(step);
        return;
    }
    step->heed = HEED_NEITHER;
    if (step->switched || step->resumed) {
        step_come_back(step);
        return;
    }
    step_phrase(step, PHRASE_GREETED);
    step_ask_again(step);
}

/* Says a phrase, then asks what is open again. */
static void remark(struct step *step, int phrase)
{
    if (!step->state->at[0] && step->state->fact_count == 0) {
        step_begin(step);
        return;
    }
    step_phrase(step, (enum phrase)phrase);
    step_ask_again(step);
}

/* Lets choose a language, where there are several. */
static void language(struct step *step, int unused)
{
    (void)unused;
    if (step->flow->commands[FLOW_LANGUAGE] == FLOW_NONE)
        remark(step, PHRASE_LANGUAGE);
    else
        aside(step, FLOW_LANGUAGE);
}

static const struct {
    const char *word;
    void (*run)(struct step *step, int argument);
    int argument;
} commands[] = {
    {"stop", opt_out, 0},
    {"start", start, 0},
    {"resume", start, 0},
    {"menu", aside, FLOW_MENU},
    {"help", aside, FLOW_HELP},
    {"mydata", aside, FLOW_MYDATA},
    {"rectify", aside, FLOW_RECTIFY},
    {"erase", aside, FLOW_ERASE},
    {"agent", aside, FLOW_AGENT},
    {"back", back, 0},
    {"greet", greet, 0},
    {"thanks", remark, PHRASE_THANKED},
    {"language", language, 0},
};

_Static_assert(sizeof(commands) / sizeof(commands[0]) == EDGE_COMMANDS, "each command is an edge");

const char *edge_command(unsigned number)
{
    return commands[number].word;
}

bool step_command(struct step *step, struct slice command)
{
    for (size_t i = 0; i < sizeof(commands) / sizeof(commands[0]); i++) {
        if (slice_is(command, commands[i].word)) {
            step_note(step, EDGE_COMMAND, NULL, (unsigned)i);
            commands[i].run(step, commands[i].argument);
            return true;
        }
    }
    return false;
}
