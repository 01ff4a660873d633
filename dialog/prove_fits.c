/* What fits: values in their slots, periods, refusals; and texts in their languages. */
#include <string.h>

#include "dialog/prove_parts.h"
#include "dialog/value.h"

/* Where a value stands, for the finding. */
struct place {
    const char *file;
    unsigned line, column;
    int state; /* whose first visit leads there */
};

/* Tells what a reference can give that the slot cannot have; NULL when all can be. */
static const char *misfit(struct prover *p, const struct slot *slot, const struct part *value)
{
    const struct slot *other = value->kind == REF_SLOT ? &p->flow->slots[value->index] : NULL;
    bool open = slot->type == TYPE_TEXT || slot->type == TYPE_CHOICE;
    double number;
    switch (value->kind) {
    case REF_WORDS:
        if (!value_number(slot->type, value->words, &number))
            return NULL;
        if (slot->has_min && number < slot->min)
            return prove_text(p, "'%.*s' is below the `min` of slot %s", (int)value->words.len, value->words.ptr,
                              slot->name);
        if (slot->has_max && number > slot->max)
            return prove_text(p, "'%.*s' is above the `max` of slot %s", (int)value->words.len, value->words.ptr,
                              slot->name);
        return NULL;
    case REF_SLOT:
        if (open || other->type == slot->type || other->type == TYPE_CHOICE)
            return NULL;
        return prove_text(p, "{{%s}} is %s, and slot %s is %s", other->name, slot_type_name(other->type), slot->name,
                          slot_type_name(slot->type));
    case REF_STAGE:
    case REF_OUTLOOK:
    case REF_LEVER:
    case REF_TRAINING:
    case REF_LABEL_KEY:
    case REF_RESOURCE_ID:
        return open ? NULL
                    : prove_text(p, "the engine's words are text, and slot %s is %s", slot->name,
                                 slot_type_name(slot->type));
    default:
        return slot->type == TYPE_TEXT ? NULL
                                       : prove_text(p, "words to be read are no value of slot %s, which is %s",
                                                    slot->name, slot_type_name(slot->type));
    }
}

static uint32_t way_to(const struct prover *p, int state)
{
    const struct seen *seen = &p->first.seen[state];
    return seen->entered ? seen->entered : seen->waited;
}

static void check_value(struct prover *p, const struct place *place, unsigned slot, const struct part *value)
{
    const char *why = misfit(p, &p->flow->slots[slot], value);
    if (why)
        prove_find(p, PROVE_TYPE, true, place->file, place->line, place->column,
                   prove_text(p, "%s: give it a value that fits, or change the slot", why), &p->first,
                   way_to(p, place->state));
}

static void check_assigns(struct prover *p, const struct place *place, struct assigns assigns)
{
    for (size_t i = 0; i < assigns.count; i++)
        check_value(p, place, assigns.items[i].slot, &assigns.items[i].value);
}

static void check_way(struct prover *p, int state, const struct transition *way)
{
    const struct place place = {way->file, way->line, way->column, state};
    check_assigns(p, &place, way->set);
}

static void check_question(struct prover *p, int index)
{
    const struct flow_state *state = &p->flow->states[index];
    const struct slot *slot = &p->flow->slots[state->slot];
    bool has_period = slot->type == TYPE_MONEY || slot->type == TYPE_CUSTOMERS;
    const struct place place = {state->file, state->line, state->column, index};
    if (state->period.len && !has_period)
        prove_find(p, PROVE_TYPE, true, place.file, place.line, place.column,
                   prove_text(p, "slot %s is %s and has no period: take `period` or `assume` away from state %s",
                              slot->name, slot_type_name(slot->type), state->name),
                   &p->first, way_to(p, index));
    if (state->refusal && slot->type != TYPE_MONEY)
        prove_find(p, PROVE_TYPE, false, place.file, place.line, place.column,
                   prove_text(p,
                              "nobody's words are read as a refusal to tell %s, which is %s: `refusal` of state %s is "
                              "never said",
                              slot->name, slot_type_name(slot->type), state->name),
                   &p->first, way_to(p, index));
    for (size_t i = 0; i < state->option_count; i++) {
        const struct option *option = &state->options[i];
        const struct place at = {option->file, option->line, option->column, index};
        check_value(p, &at, (unsigned)state->slot, &option->value);
    }
}

static void check_need(struct prover *p, int index)
{
    const struct flow_state *state = &p->flow->states[index];
    if (state->need_slot == FLOW_NONE || p->flow->slots[state->need_slot].type == TYPE_TEXT)
        return;
    const struct slot *slot = &p->flow->slots[state->need_slot];
    prove_find(p, PROVE_TYPE, true, state->file, state->line, state->column,
               prove_text(p, "the engine reads a trade out of words, and slot %s is %s: name a text with `of`",
                          slot->name, slot_type_name(slot->type)),
               &p->first, way_to(p, index));
}

static void check_slots(struct prover *p)
{
    for (size_t i = 0; i < p->flow->slot_count; i++) {
        const struct slot *slot = &p->flow->slots[i];
        bool outside =
            slot->has_usual && ((slot->has_min && slot->usual_max < slot->min) ||
                                (slot->has_max && slot->usual_min > slot->max) || slot->usual_min > slot->usual_max);
        if (outside)
            prove_find(p, PROVE_TYPE, true, slot->file, slot->line, slot->column,
                       prove_text(p,
                                  "no value of slot %s is both allowed and usual, so that each is asked back: "
                                  "correct usual_min and usual_max",
                                  slot->name),
                       NULL, 0);
    }
}

/* A text of a language that its file calls partial is no finding of its own: how many lack is said once. */
static void check_translations(struct prover *p)
{
    const struct flow *flow = p->flow;
    size_t partly[FLOW_LANGS_MAX] = {0};
    struct finding *finding;
    for (const struct lacking *lacks = flow->lacking; lacks && !p->out_of_memory; lacks = lacks->next) {
        const char *lang = flow->langs[lacks->lang], *said = flow->langs[flow->falls_back[lacks->lang]];
        if (flow->tongues[lacks->lang]->partial) {
            partly[lacks->lang]++;
            continue;
        }
        finding = prove_find(p, PROVE_TRANSLATION, false, lacks->file, lacks->line, lacks->column,
                             prove_text(p,
                                        "the text '%s' has no '%s', and is said in '%s': translate it, or have "
                                        "the language marked `partial: true`",
                                        lacks->place, lang, said),
                             NULL, 0);
        if (finding)
            finding->lang = (int)lacks->lang;
    }
    for (size_t i = 1; i < flow->lang_count && !p->out_of_memory; i++) {
        finding =
            !partly[i]
                ? NULL
                : prove_find(p, PROVE_TRANSLATION, false, flow->file, 1, 1,
                             prove_text(p,
                                        "%zu texts have no '%s', which is partial, and are said in "
                                        "'%s': `chaski flow texts --language %s` lists them",
                                        partly[i], flow->langs[i], flow->langs[flow->falls_back[i]], flow->langs[i]),
                             NULL, 0);
        if (finding)
            finding->lang = (int)i;
    }
}

void prove_fits(struct prover *p)
{
    const struct flow *flow = p->flow;
    check_slots(p);
    for (int i = 0; i < (int)flow->state_count; i++) {
        const struct flow_state *state = &flow->states[i];
        const struct place place = {state->file, state->line, state->column, i};
        check_assigns(p, &place, state->set);
        for (size_t j = 0; j < state->next_count; j++)
            check_way(p, i, &state->next[j]);
        if (state->ask) {
            check_question(p, i);
            check_way(p, i, state->otherwise);
        }
        check_need(p, i);
    }
    check_translations(p);
}
