/* Moving through a flow: entering states, asking, saying, learning. */
#include <string.h>

#include "dialog/guard.h"
#include "dialog/heard.h"
#include "dialog/state.h"
#include "dialog/step.h"
#include "dialog/substitute.h"

#define EFFECTS_FIRST 4 /* what most steps have room enough with */

/* Makes room for one more effect. */
static enum error make_room(struct step *step)
{
    struct outcome *out = step->out;
    size_t room = step->effect_room ? 2 * step->effect_room : EFFECTS_FIRST;
    if (out->effect_count < step->effect_room)
        return OK;
    if (room > DIALOG_EFFECTS_MAX)
        return ERR_LIMIT;
    struct effect *grown = arena_bytes(step->arena, room * sizeof(*grown));
    if (!grown)
        return ERR_NOMEM;
    if (out->effect_count)
        memcpy(grown, out->effects, out->effect_count * sizeof(*grown));
    out->effects = grown;
    step->effect_room = room;
    return OK;
}

struct effect *step_effect(struct step *step, enum effect_kind kind)
{
    enum error error = make_room(step);
    if (error) {
        step->error = step->error ? step->error : error;
        return NULL;
    }
    struct effect *effect = &step->out->effects[step->out->effect_count++];
    memset(effect, 0, offsetof(struct effect, options)); /* most of it, and few have any */
    effect->kind = kind;
    return effect;
}

struct slice step_copy(struct step *step, struct slice s)
{
    struct slice copy = arena_copy(step->arena, s);
    if (!copy.ptr)
        step->error = step->error ? step->error : ERR_NOMEM;
    return copy;
}

/* Makes the id of an option of a state. */
static struct slice option_id(struct step *step, const struct flow_state *at, struct slice value)
{
    struct slice id = arena_join(step->arena, (const struct slice[]){slice_of(at->name), SLICE(":"), value}, 3);
    if (!id.ptr)
        step->error = step->error ? step->error : ERR_NOMEM;
    return id;
}

void step_remind(struct step *step, unsigned told)
{
    struct state *state = step->state;
    bool resources = (told & TELLS_RESOURCES) && state->resource_count && !state->reminded;
    if (!step->reminder || !(resources || ((told & TELLS_NAMES) && state_lacks_names(state))))
        return;
    enum error error = step->reminder->remind(step->reminder->ctx, state, told);
    if (error && !step->error)
        step->error = error;
}

struct slice step_worded(struct step *step, const struct wording *wording, enum channel_kind channel)
{
    struct slice said = SLICE_NONE;
    if (wording->whole) /* as most are */
        return wording->source;
    step_remind(step, wording->tells);
    enum error error = substitute(step->flow, step->state, wording, channel, step->arena, &said);
    if (error && !step->error)
        step->error = error;
    return said;
}

static struct slice say_in(struct step *step, const struct text *text, enum channel_kind channel)
{
    return step_worded(step, flow_wording(step->flow, text, step->state->lang, channel), channel);
}

/* Adds what is said on this channel; where that is nothing, what is said on the widest. */
static struct effect *add_say(struct step *step, const struct text *text)
{
    struct slice said = say_in(step, text, step->channel);
    if (said.len == 0 && step->channel != CHANNEL_WHATSAPP)
        said = say_in(step, text, CHANNEL_WHATSAPP);
    struct effect *effect = said.len ? step_effect(step, EFFECT_SAY) : NULL;
    if (effect)
        effect->text = said;
    return effect;
}

void step_say(struct step *step, const struct text *text)
{
    if (text)
        add_say(step, text);
}

void step_phrase(struct step *step, enum phrase phrase)
{
    step_say(step, step->flow->phrases[phrase]);
}

/* Makes room for a fact by dropping one that this flow has no slot for: it stays outside, in the contact's facts. */
static void drop_foreign_fact(struct step *step)
{
    for (size_t i = 0; i < step->state->fact_count; i++) {
        const char *slot = step->state->facts[i].slot;
        if (flow_slot_index(step->flow, slice_of(slot)) == FLOW_NONE) {
            char name[DIALOG_NAME];
            memcpy(name, slot, sizeof(name));
            state_forget_fact(step->state, name);
            return;
        }
    }
}

void step_learn(struct step *step, unsigned slot, struct slice value, struct slice raw, double confidence)
{
    const struct slot *named = &step->flow->slots[slot];
    if (step->state->fact_count == DIALOG_SLOTS_MAX && state_fact(step->state, named->name).len == 0)
        drop_foreign_fact(step);
    if (!state_set_fact(step->state, named->name, value, confidence)) {
        step->error = step->error ? step->error : ERR_LIMIT;
        return;
    }
    step_note_words(step, slot);
    struct effect *effect = named->transient ? NULL : step_effect(step, EFFECT_FACT);
    if (!effect)
        return;
    effect->slot = slice_of(named->name);
    effect->value = step_copy(step, state_fact(step->state, named->name));
    effect->raw = step_copy(step, raw);
    effect->confidence = confidence;
}

void step_forget(struct step *step, unsigned slot)
{
    const struct slot *named = &step->flow->slots[slot];
    if (!state_forget_fact(step->state, named->name))
        return;
    if (named->heard) /* it is asked again, and may have been told */
        step->state->told_nothing = false;
    if (named->transient)
        return;
    struct effect *effect = step_effect(step, EFFECT_FORGET);
    if (effect)
        effect->slot = slice_of(named->name);
}

void step_drop_fact(struct step *step, struct slice slot)
{
    char name[DIALOG_NAME];
    if (!slice_copy(slot, name, sizeof(name)) || !state_forget_fact(step->state, name))
        return;
    struct effect *effect = step_effect(step, EFFECT_FORGET);
    if (effect)
        effect->slot = slot;
}

const struct flow_state *step_at(const struct step *step)
{
    const char *name = step->state->at;
    const struct flow *flow = step->flow;
    if (!name[0])
        return NULL;
    if ((size_t)*step->at < flow->state_count && state_same_name(flow->states[*step->at].name, name))
        return &flow->states[*step->at];
    int index = flow_state_index(flow, slice_of(name));
    if (index == FLOW_NONE)
        return NULL;
    *step->at = index;
    return &flow->states[index];
}

/* Gives a share of the engine's in hundredths: nobody asks for more, and a state has a byte for it. */
static double share(double value)
{
    return value >= 0 && value <= 1 ? (double)(unsigned)(value * 100 + 0.5) / 100 : 0;
}

/* Tells whether a slot's fact stays as it is: staff set it right, and it is the engine that would set it now. */
static bool is_settled(const struct step *step, unsigned slot)
{
    const struct fact *fact = step->advice ? state_fact_named(step->state, step->flow->slots[slot].name) : NULL;
    return fact && fact->staffs;
}

static void assign(struct step *step, const struct assign *assign)
{
    if (is_settled(step, assign->slot))
        return;
    step_remind(step, part_tells(&assign->value));
    struct slice value = part_value(step->flow, step->state, &assign->value);
    double confidence = 1;
    if (step->advice && assign->value.kind == REF_STAGE) {
        value = slice_of(step->advice->stage);
        confidence = share(step->advice->stage_probability);
    } else if (step->advice && assign->value.kind == REF_OUTLOOK) {
        value = slice_of(step->advice->outlook);
    } else if (step->advice && assign->value.kind == REF_LEVER) {
        value = slice_of(step->advice->lever);
    } else if (step->advice && assign->value.kind == REF_TRAINING) {
        const unsigned index = assign->value.index;
        value = index < step->advice->training_count ? slice_of(step->advice->trainings[index]) : SLICE_NONE;
    } else if (step->advice && assign->value.kind == REF_LABEL_KEY && value.len) {
        confidence = share(step->state->labels[assign->value.index].probability);
    }
    if (value.len)
        step_learn(step, assign->slot, step_copy(step, value), step->event->text, confidence);
}

static void forget_all(struct step *step, struct slot_list slots)
{
    for (size_t i = 0; i < slots.count; i++)
        step_forget(step, slots.items[i]);
}

static void assign_all(struct step *step, struct assigns assigns)
{
    for (size_t i = 0; i < assigns.count; i++)
        assign(step, &assigns.items[i]);
}

/* A transition's consequences: what is set is read before anything is forgotten. */
static void consequences(struct step *step, const struct transition *way)
{
    assign_all(step, way->set);
    forget_all(step, way->forget);
    step_say(step, way->say);
}

static const struct transition *choose(const struct step *step, const struct flow_state *from)
{
    bool sure = step->advice && step->advice->sure;
    size_t i = 0;
    while (i + 1 < from->next_count && !guard_holds(step->flow, step->state, from->next[i].when, sure))
        i++;
    step_note(step, EDGE_NEXT, from, (unsigned)i);
    return &from->next[i];
}

void step_close(struct step *step)
{
    struct state *state = step->state;
    memset(state->at, 0, sizeof(state->at));
    memset(state->below, 0, sizeof(state->below));
    state_forget_history(state);
    state_forget_doubt(state);
    state->tries = state->misread = 0;
    state->ticket.holds = false;
    state_touch_advice(state);
    if (step->flow->labels_for_session)
        state->label_count = 0;
    if (step->flow->resources_for_session)
        state->resource_count = 0;
}

void step_end(struct step *step)
{
    step_close(step);
    step_effect(step, EFFECT_END);
}

void step_begin(struct step *step)
{
    const struct flow *flow = step->flow;
    step->begun = true;
    if (step->state->fact_count == 0)
        step_go(step, flow->first);
    else
        step_go(step, step->moved ? flow->start : flow->returning);
}

/* Gives a bit of a text by its length and ends: what two texts that are the same share. */
static uint64_t likeness(struct slice text)
{
    unsigned ends = (unsigned char)text.ptr[0] * 5u + (unsigned char)text.ptr[text.len - 1] * 11u;
    return UINT64_C(1) << ((ends + text.len * 17u) & 63);
}

/* Channels refuse two buttons alike, and the engine's labels may say what an option of the flow says too. */
static bool offered(const struct message_option *options, size_t count, struct slice id, struct slice title)
{
    for (size_t i = 0; i < count; i++)
        if (slice_eq(options[i].id, id) || slice_eq(options[i].title, title))
            return true;
    return false;
}

/* Gives the value of an option that is on offer; empty for one that is not. */
static struct slice offered_value(struct step *step, const struct option *option)
{
    if ((option->follow && !step->event->follows) ||
        (option->when && !guard_holds(step->flow, step->state, option->when, false)))
        return SLICE_NONE;
    if (option->value.kind == REF_WORDS)
        return option->value.words;
    step_remind(step, part_tells(&option->value));
    return part_value(step->flow, step->state, &option->value);
}

size_t step_options(struct step *step, const struct flow_state *at, struct message_option *out)
{
    size_t count = 0;
    uint64_t ids = 0, titles = 0;
    for (size_t i = 0; i < at->option_count; i++) {
        const struct option *option = &at->options[i];
        struct slice value = offered_value(step, option);
        struct slice title = value.len ? say_in(step, option->title, step->channel) : SLICE_NONE;
        if (title.len == 0)
            continue;
        struct slice id = option->id.len ? option->id : option_id(step, at, value);
        if (!id.ptr)
            continue;
        const uint64_t id_bit = likeness(id), title_bit = likeness(title);
        if (((ids & id_bit) || (titles & title_bit)) && offered(out, count, id, title)) /* few share a bit */
            continue;
        ids |= id_bit;
        titles |= title_bit;
        struct message_option *made = &out[count++];
        made->id = id;
        made->title = title;
        made->description = option->description ? say_in(step, option->description, step->channel) : SLICE_NONE;
    }
    return count;
}

void step_ask_with(struct step *step, const struct flow_state *at, const struct text *text)
{
    const struct text *button = at->list_button ? at->list_button : step->flow->phrases[PHRASE_LIST_BUTTON];
    struct effect *effect = add_say(step, text);
    if (!effect)
        return;
    effect->option_count = step_options(step, at, effect->options);
    effect->letters = at->letters;
    effect->list_button = effect->option_count ? say_in(step, button, step->channel) : SLICE_NONE;
}

/* Asks a doubtful answer back: its period where that is what lacks, else whether it is right; or what was heard. */
static void ask_doubt(struct step *step, const struct flow_state *at)
{
    static const struct {
        enum phrase title;
        const char *value;
    } options[] = {{PHRASE_YES, "?yes"},   {PHRASE_NO, "?no"},       {PHRASE_DAY, "?day"},
                   {PHRASE_WEEK, "?week"}, {PHRASE_MONTH, "?month"}, {PHRASE_YEAR, "?year"}};
    struct slice doubt = slice_of(step->state->doubt.value);
    bool heard = heard_waits(step->state), period = !heard && doubt.len > 0 && doubt.ptr[doubt.len - 1] == '?';
    enum phrase phrase = heard ? PHRASE_HEARD : period ? PHRASE_PERIOD : PHRASE_CONFIRM;
    struct effect *effect = add_say(step, step->flow->phrases[phrase]);
    for (size_t i = period ? 2 : 0; effect && i < (period ? 6 : 2); i++) {
        effect->options[effect->option_count++] = (struct message_option){
            .id = option_id(step, at, slice_of(options[i].value)),
            .title = say_in(step, step->flow->phrases[options[i].title], step->channel),
        };
    }
    if (effect)
        effect->list_button = say_in(step, step->flow->phrases[PHRASE_LIST_BUTTON], step->channel);
}

void step_ask(struct step *step, int index)
{
    struct state *state = step->state;
    const struct flow_state *at = &step->flow->states[index];
    memcpy(state->at, at->name, sizeof(state->at));
    *step->at = index;
    state_forget_doubt(state);
    state->tries = 0;
    if (step_recall(step, at))
        ask_doubt(step, at);
    else
        step_ask_with(step, at, at->ask);
}

/* What became of a wish is told by a message of its own, which a screen cannot wait for. */
static bool is_answered_later(const struct step *step, const struct effect *effect)
{
    return effect->kind == EFFECT_TRAINING && step->channel != CHANNEL_USSD;
}

static bool said_something(const struct step *step)
{
    for (size_t i = 0; i < step->out->effect_count; i++)
        if (step->out->effects[i].kind == EFFECT_SAY || is_answered_later(step, &step->out->effects[i]))
            return true;
    return false;
}

/* Nothing is open: a person who has heard nothing yet in this step hears at least that. */
static void close_quietly(struct step *step)
{
    if (!said_something(step))
        step_phrase(step, PHRASE_CLOSED);
    step_end(step);
}

void step_ask_again(struct step *step)
{
    const struct flow_state *at = step_at(step);
    if (!at && step->state->fact_count == 0 && !step->begun && !step->state->opted_out)
        step_begin(step);
    else if (!at)
        close_quietly(step);
    else if (step->state->doubt.slot[0])
        ask_doubt(step, at);
    else
        step_ask_with(step, at, at->ask);
}

void step_come_back(struct step *step)
{
    const struct flow_state *at = step_at(step);
    if (step->switched || step->resumed)
        step_phrase(step, step->switched ? PHRASE_SWITCHED : PHRASE_RESUMED);
    /* A screen that was hung up is gone, and on another phone it never was: what stood before the question comes
     * again. */
    if ((step->switched || step->event->kind == EVENT_BEGIN) && at && at->ask && !step->state->doubt.slot[0])
        step_say(step, at->say);
    step_ask_again(step);
}

/* Goes back to the question that a command, or a dial, left open. */
static void resume(struct step *step)
{
    const struct flow_state *from = step_at(step);
    if (step->state->ticket.holds && step->flow->staff != FLOW_NONE) { /* BORRAR, meanwhile, and then rather not */
        if (!said_something(step))
            step_phrase(step, PHRASE_HELD);
        step_hold(step);
        return;
    }
    bool dialled = from && step->flow->redial == (int)(from - step->flow->states);
    int below = step->state->below[0] ? flow_state_index(step->flow, slice_of(step->state->below)) : FLOW_NONE;
    memset(step->state->below, 0, sizeof(step->state->below));
    memset(step->state->at, 0, sizeof(step->state->at));
    if (below == FLOW_NONE || !step->flow->states[below].ask) {
        step_ask_again(step);
        return;
    }
    const bool staffed = from && from->hands_over;
    const struct slice told = staffed ? step_copy(step, slice_of(step->state->doubt_raw)) : SLICE_NONE;
    if (dialled) /* what stood before the question went with the session that dropped */
        step_say(step, step->flow->states[below].say);
    step_ask(step, below);
    if (told.len && !step->state->doubt.slot[0]) /* told beside a doubt before staff had the word */
        state_keep(told, step->state->doubt_raw, sizeof(step->state->doubt_raw));
}

static void keep_advice(struct step *step, enum need need)
{
    static const struct advice nothing;
    const struct advice *advice = step->advice && step->advice->kind == need ? step->advice : &nothing;
    struct state *state = step->state;
    step->advice = advice;
    state_touch_advice(state);
    if (need == NEED_INDUSTRY) {
        state->label_count = advice->label_count < ADVICE_LABELS_MAX ? advice->label_count : ADVICE_LABELS_MAX;
        for (size_t i = 0; i < state->label_count; i++) {
            state_keep(slice_of(advice->labels[i].key), state->labels[i].key, ADVICE_KEY);
            state_keep(slice_of(advice->labels[i].name), state->labels[i].name, ADVICE_KEY);
            state->labels[i].probability = share(advice->labels[i].probability);
        }
    }
    if (need == NEED_RESOURCES) {
        state->reminded = true;
        state->resource_count =
            advice->resource_count < ADVICE_RESOURCES_MAX ? advice->resource_count : ADVICE_RESOURCES_MAX;
        for (size_t i = 0; i < state->resource_count; i++) {
            const struct advice_resource *from = &advice->resources[i];
            state_keep_shown(state, from->id);
            state_keep(slice_of(from->id), state->resources[i].id, ADVICE_KEY);
            state_keep(slice_of(from->why), state->resources[i].why, ADVICE_KEY);
            state_keep(slice_of(from->why_key), state->resources[i].why_key, ADVICE_KEY);
            state_keep(slice_of(from->text), state->resources[i].text, ADVICE_TEXT);
            state_keep(slice_of(from->reason), state->resources[i].reason, ADVICE_TEXT);
            state_keep(slice_of(from->contact), state->resources[i].contact, ADVICE_TEXT);
        }
    }
}

/* Gives words cut into tokens: mostly they are the event's, which were before. */
static const struct said *said_of(const struct step *step, struct slice words, struct lexed *lexed, struct said *room)
{
    const struct lexicon *lexicon = flow_lexicon(step->flow, step->state->lang);
    const struct said *said = slice_eq(words, step->event->text) ? step_said(step) : NULL;
    if (said && said->lexed->lexicon == lexicon) /* the answer may have chosen another language */
        return said;
    recognise_lex(lexicon, words, lexed, room);
    return room;
}

/* Gives words for the engine: what they tell beside the trade is left out. */
static struct slice words_of_need(struct step *step, struct slice words)
{
    struct lexed lexed;
    struct said said;
    struct buf left;
    char room[DIALOG_ACTIVITY * 2]; /* an abbreviation is written out */
    buf_init_over(&left, room, sizeof(room), sizeof(room));
    heard_leave(step->flow, said_of(step, words, &lexed, &said), step->now_ms, &left);
    struct slice given = step_copy(step, left.len && !left.error ? buf_slice(&left) : words);
    buf_release(&left);
    return given;
}

static void ask_engine(struct step *step, const struct flow_state *at)
{
    memcpy(step->state->at, at->name, sizeof(step->state->at));
    step->out->need = at->need;
    if (at->need_slot != FLOW_NONE)
        step->out->need_text = words_of_need(step, state_fact(step->state, step->flow->slots[at->need_slot].name));
}

static void erase(struct step *step)
{
    step_drop_timers(step);
    step_effect(step, EFFECT_ERASE);
    step_effect(step, EFFECT_END);
    state_init(step->state);
}

/* Sends a state's text by SMS, where the channel has one to send it by. */
static void follow(struct step *step, const struct text *text)
{
    struct slice said = text && step->event->follows ? say_in(step, text, CHANNEL_SMS) : SLICE_NONE;
    struct effect *effect = said.len ? step_effect(step, EFFECT_FOLLOW) : NULL;
    if (effect)
        effect->value = said;
}

/* The words that name a training: hers, or the first of what she chose. */
static struct slice naming(const struct step *step, const struct flow_state *at)
{
    struct slice chosen, word;
    if (at->training_slot == FLOW_NONE)
        return step->event->text;
    chosen = state_fact(step->state, step->flow->slots[at->training_slot].name);
    return slice_cut(&chosen, ' ', &word) ? word : SLICE_NONE;
}

/* Wishes something of a training, by the event's button or words. */
static void wish(struct step *step, const struct flow_state *at)
{
    struct slice payload = step->event->payload, head, id = SLICE_NONE;
    if (!slice_starts(payload, TRAINING_PAYLOAD) || !slice_cut(&payload, ':', &head) || !slice_cut(&payload, ':', &id))
        id = SLICE_NONE;
    const struct slice named = step_copy(step, id), words = step_copy(step, naming(step, at));
    struct effect *effect = step_effect(step, EFFECT_TRAINING);
    if (!effect)
        return;
    effect->slot = slice_of(at->training);
    effect->value = named;
    effect->raw = words;
}

/* Lives a state from behind its need. Returns where to go, or FLOW_NONE when the step is over. */
static int live(struct step *step, int index)
{
    const struct flow_state *at = &step->flow->states[index];
    assign_all(step, at->set);
    if (at->hands_over && step->lost)
        step_phrase(step, PHRASE_LOST);
    else
        step_say(step, at->say);
    follow(step, at->follow);
    struct effect *request = at->request && !at->hands_over ? step_effect(step, EFFECT_REQUEST) : NULL;
    if (request)
        request->slot = slice_of(at->request);
    if (at->training)
        wish(step, at);
    step_set_timers(step, index);
    if (at->erase)
        erase(step);
    else if (at->hands_over)
        step_hand_over(step);
    else if (at->ask)
        step_ask(step, index);
    else if (at->end)
        step_end(step);
    else {
        const struct transition *way = choose(step, at);
        consequences(step, way);
        step->advice = NULL;
        return way->to;
    }
    step->advice = NULL;
    return FLOW_NONE;
}

/* Enters a state. Returns where to go on, or FLOW_NONE when the step is over. */
static int enter(struct step *step, int index)
{
    const struct flow_state *at = &step->flow->states[index];
    const struct slot *slot = at->slot == FLOW_NONE ? NULL : &step->flow->slots[at->slot];
    if (!at->aside) {
        memset(step->state->below, 0, sizeof(step->state->below));
        step->state->ticket.holds = false;
    }
    if (slot && !slot->transient && !at->ask_known && state_fact(step->state, slot->name).len)
        return choose(step, at)->to;
    forget_all(step, at->forget);
    if (at->need != NEED_NOTHING) {
        ask_engine(step, at);
        return FLOW_NONE;
    }
    return live(step, index);
}

void step_go(struct step *step, int to)
{
    while (to >= 0 && !step->error) {
        if (++step->moves > STEP_MOVES_MAX)
            step->error = ERR_LIMIT;
        else
            to = enter(step, to);
    }
    if (to == TO_RESUME)
        resume(step);
}

void step_go_on(struct step *step)
{
    const struct flow_state *at = step_at(step);
    if (!at || at->need == NEED_NOTHING) {
        step_ask_again(step);
        return;
    }
    keep_advice(step, at->need);
    step_go(step, live(step, (int)(at - step->flow->states)));
}

void step_take(struct step *step, const struct transition *way)
{
    consequences(step, way);
    step_go(step, way->to);
}

void step_leave(struct step *step, const struct flow_state *from)
{
    step_take(step, choose(step, from));
}
