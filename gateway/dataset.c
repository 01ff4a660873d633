#include "gateway/dataset.h"

#include <string.h>

#include "base/civil.h"
#include "base/utf8.h"
#include "dialog/state.h"
#include "engine/tags.h"

#define DAY_MS INT64_C(86400000)
#define FOLDED_MAX 4096 /* bytes of a message that are looked at */
#define FACTS "stage\tgoal\tindustry\tregion\truc\tregime\tsales\ttenure\tworkers\ttrend\ttags"

static const struct {
    const char *name, *columns;
} sets[DATASET_KINDS] = {
    [DATASET_RANKER] = {"ranker", "who\tat\tresource\tuseful\torigin\tpropensity\tranker\tshown\t" FACTS},
    [DATASET_GROWTH] = {"growth", "who\tat\toutcome\torigin\tasked_at\t" FACTS},
    [DATASET_INDUSTRY] = {"industry", "who\tat\tindustry\torigin\ttext"},
    [DATASET_STAGE] = {"stage", "who\tat\tcorrected\torigin\t" FACTS},
    [DATASET_TRAININGS] = {"trainings", "who\tat\tsigned_up\torigin\t" FACTS},
};

/* The facts of a row, in the order of the columns between `stage` and `tags`. */
static const char *const fact_columns[] = {"goal",  "industry", "region",  "ruc",  "regime",
                                           "sales", "tenure",   "workers", "trend"};

const char *dataset_name(enum dataset_kind kind)
{
    return sets[kind].name;
}

const char *dataset_columns(enum dataset_kind kind)
{
    return sets[kind].columns;
}

bool dataset_kind(struct slice name, enum dataset_kind *out)
{
    for (size_t i = 0; i < DATASET_KINDS; i++) {
        if (slice_is(name, sets[i].name)) {
            *out = (enum dataset_kind)i;
            return true;
        }
    }
    return false;
}

void dataset_begin(struct dataset_person *person, enum dataset_kind kind, const char *who, const struct state *held,
                   struct buf *rows)
{
    memset(person, 0, sizeof(*person));
    person->kind = kind;
    person->allowed =
        !held->opted_out && slice_is(state_fact(held, "consent"), "yes") && slice_is(state_fact(held, "study"), "yes");
    state_init(&person->now);
    slice_copy(slice_of(who), person->who, sizeof(person->who));
    person->rows = rows;
}

static void put_day(struct buf *out, int64_t ms)
{
    char text[CIVIL_TEXT];
    civil_format(ms + LIMA_OFFSET_S * INT64_C(1000), text);
    buf_add(out, text, sizeof("2026-11-23") - 1);
}

/* A cell holds no tab and no line's end. */
static void put_cell(struct buf *out, struct slice text)
{
    buf_addc(out, '\t');
    for (size_t i = 0; i < text.len; i++)
        buf_addc(out, (unsigned char)text.ptr[i] < ' ' ? ' ' : text.ptr[i]);
}

static void begin_row(struct dataset_person *person, int64_t at_ms)
{
    person->last_row = person->rows->len;
    buf_adds(person->rows, person->who);
    buf_addc(person->rows, '\t');
    put_day(person->rows, at_ms);
    person->row_count++;
}

/* A RUC's number would name its owner: that she has one is enough. */
static struct slice fact_cell(const struct state *then, const char *slot)
{
    struct slice value = state_fact(then, slot);
    bool number = strcmp(slot, "ruc") == 0 && value.len > 0 && value.ptr[0] >= '0' && value.ptr[0] <= '9';
    return number ? SLICE("yes") : value;
}

/* What her words state, in place of her words. */
static void put_tags(struct buf *out, struct slice words)
{
    unsigned stated = tags_stated(words);
    char before = '\t';
    if (!stated)
        buf_addc(out, '\t');
    for (size_t i = 0; i < tags.count; i++) {
        if (!(stated & 1u << i))
            continue;
        buf_addf(out, "%c%s", before, tags.words[i].key);
        before = ',';
    }
}

/* The numbers of what she had been shown before (state.shown). */
static void put_shown(struct buf *out, const struct state *then)
{
    if (!then->shown_count)
        buf_addc(out, '\t');
    for (size_t i = 0; i < then->shown_count; i++)
        buf_addf(out, "%c%u", i ? ',' : '\t', (unsigned)then->shown[i]);
}

static void end_row(struct dataset_person *person, const struct state *then)
{
    put_cell(person->rows, slice_of(person->stage));
    for (size_t i = 0; i < sizeof(fact_columns) / sizeof(fact_columns[0]); i++)
        put_cell(person->rows, fact_cell(then, fact_columns[i]));
    put_tags(person->rows, state_fact(then, "activity"));
    buf_addc(person->rows, '\n');
}

static void put_resource(struct dataset_person *person, size_t at, bool any_asked)
{
    const struct dataset_answer *answer = &person->answer;
    bool helped = strcmp(answer->useful, "no") != 0, said = strcmp(answer->useful, "yes") == 0;
    bool useful = helped && (answer->asked[at] || (said && !any_asked));
    double propensity = answer->advice.propensities[at];
    begin_row(person, answer->at_ms);
    put_cell(person->rows, slice_of(answer->advice.resources[at].id));
    put_cell(person->rows, useful ? SLICE("1") : SLICE("0"));
    put_cell(person->rows, answer->useful[0] ? SLICE("said") : SLICE("asked"));
    buf_addf(person->rows, "\t%.4f", propensity > 0 ? propensity : 1);
    put_cell(person->rows, slice_of(answer->ranker));
    put_shown(person->rows, &answer->then);
    end_row(person, &answer->then);
}

/* Writes what was said of the answer that is open; nothing where nothing was. */
static void close_answer(struct dataset_person *person)
{
    struct dataset_answer *answer = &person->answer;
    bool any_asked = false;
    for (size_t i = 0; i < answer->advice.resource_count; i++)
        any_asked = any_asked || answer->asked[i];
    bool spoken = answer->at_ms && (any_asked || answer->useful[0]);
    if (spoken && person->kind == DATASET_RANKER && person->allowed)
        for (size_t i = 0; i < answer->advice.resource_count; i++)
            put_resource(person, i, any_asked);
    answer->at_ms = 0;
}

/* Keeps which ranker ordered; none where the rules did. */
static void note_ranker(struct dataset_answer *answer, const struct journal_entry *entry)
{
    static const struct slice name = SLICE("ranker ");
    for (size_t i = 0; i < entry->model_count; i++)
        if (slice_eq(slice_part(entry->models[i].name, 0, name.len), name))
            slice_copy(entry->models[i].name, answer->ranker, sizeof(answer->ranker));
}

static void open_answer(struct dataset_person *person, const struct advice *advice, const struct journal_entry *entry)
{
    close_answer(person);
    person->answer = (struct dataset_answer){.at_ms = entry->at_ms, .advice = *advice, .then = person->now};
    note_ranker(&person->answer, entry);
    for (size_t i = 0; i < advice->resource_count; i++)
        state_keep_shown(&person->now, advice->resources[i].id);
}

static bool says(const struct journal_entry *entry, struct slice contact)
{
    char wanted[ADVICE_TEXT], said[FOLDED_MAX];
    size_t len = utf8_fold(contact, wanted, sizeof(wanted));
    for (size_t i = 0; len > 0 && i < entry->message_count; i++) {
        utf8_fold(entry->messages[i].text, said, sizeof(said));
        if (strstr(said, wanted))
            return true;
    }
    return false;
}

/* A contact is said only to whoever asks for it. */
static void note_asked(struct dataset_person *person, const struct journal_entry *entry)
{
    struct dataset_answer *answer = &person->answer;
    for (size_t i = 0; answer->at_ms && i < answer->advice.resource_count; i++)
        answer->asked[i] = answer->asked[i] || says(entry, slice_of(answer->advice.resources[i].contact));
}

static bool is_staffs(const struct journal_entry *entry)
{
    return entry->event.kind == EVENT_STAFF;
}

static void put_outcome(struct dataset_person *person, struct slice outcome, const struct journal_entry *entry)
{
    begin_row(person, entry->at_ms);
    put_cell(person->rows, outcome);
    put_cell(person->rows, is_staffs(entry) ? SLICE("staff") : SLICE("checkin"));
    buf_addc(person->rows, '\t');
    if (person->answer.at_ms)
        put_day(person->rows, person->answer.at_ms);
    end_row(person, person->answer.at_ms ? &person->answer.then : &person->now);
}

/* Takes back the last row where staff now say something else about the same thing. */
static void set_right(struct dataset_person *person, uint32_t about)
{
    if (!person->row_count || person->last_about != about)
        return;
    person->rows->len = person->last_row;
    person->row_count--;
}

/* The trade is the owner's own word where the turn asked the engine for none: she confirmed it or chose it. "otros" is
 * also what is written down when she gave up; of staff it is a label. */
static void put_trade(struct dataset_person *person, struct slice trade, const struct journal_entry *entry)
{
    struct slice words = state_fact(&person->now, "activity");
    bool asked = false, staffs = is_staffs(entry);
    uint32_t about = slice_hash(words);
    for (size_t i = 0; i < entry->advice_count; i++)
        asked = asked || entry->advices[i].kind == NEED_INDUSTRY;
    if (asked || !words.len || (slice_is(trade, "otros") && !staffs))
        return;
    if (staffs)
        set_right(person, about);
    begin_row(person, entry->at_ms);
    put_cell(person->rows, trade);
    put_cell(person->rows, staffs                             ? SLICE("staff")
                           : slice_is(trade, person->named) ? SLICE("confirmed")
                                                            : SLICE("corrected"));
    put_cell(person->rows, words);
    buf_addc(person->rows, '\n');
    person->last_about = about;
}

/* The flow sets the stage by itself in every answer; only what staff set is a label. */
static void put_stage(struct dataset_person *person, struct slice stage, const struct journal_entry *entry)
{
    uint32_t about = (uint32_t)(entry->at_ms / DAY_MS);
    if (!is_staffs(entry))
        return;
    set_right(person, about);
    begin_row(person, entry->at_ms);
    put_cell(person->rows, stage);
    put_cell(person->rows, SLICE("staff"));
    end_row(person, &person->now);
    person->last_about = about;
}

static void put_sign_up(struct dataset_person *person, struct slice wants, int64_t at_ms)
{
    bool signs = slice_is(wants, "yes");
    if (!signs && !slice_is(wants, "no"))
        return;
    begin_row(person, at_ms);
    put_cell(person->rows, signs ? SLICE("1") : SLICE("0"));
    put_cell(person->rows, signs ? SLICE("signed_up") : SLICE("declined"));
    end_row(person, &person->now);
}

static void take_fact(struct dataset_person *person, const struct effect *effect, const struct journal_entry *entry)
{
    char slot[DIALOG_NAME];
    bool trend = slice_is(effect->value, "up") || slice_is(effect->value, "same") || slice_is(effect->value, "down");
    if (!slice_copy(effect->slot, slot, sizeof(slot)))
        return;
    if (slice_is(effect->slot, "useful") && person->answer.at_ms && !is_staffs(entry))
        slice_copy(effect->value, person->answer.useful, sizeof(person->answer.useful));
    if (slice_is(effect->slot, "outcome") && trend && person->kind == DATASET_GROWTH && person->allowed)
        put_outcome(person, effect->value, entry);
    if (slice_is(effect->slot, "industry") && person->kind == DATASET_INDUSTRY && person->allowed)
        put_trade(person, effect->value, entry);
    if (slice_is(effect->slot, "stage") && person->kind == DATASET_STAGE && person->allowed)
        put_stage(person, effect->value, entry);
    if (slice_is(effect->slot, "notices") && person->kind == DATASET_TRAININGS && person->allowed)
        put_sign_up(person, effect->value, entry->at_ms);
    state_set_fact(&person->now, slot, effect->value, effect->confidence);
}

static void take_effect(struct dataset_person *person, const struct effect *effect, const struct journal_entry *entry)
{
    char slot[DIALOG_NAME];
    if (effect->kind == EFFECT_FACT)
        take_fact(person, effect, entry);
    else if (effect->kind == EFFECT_FORGET && slice_copy(effect->slot, slot, sizeof(slot)))
        state_forget_fact(&person->now, slot);
}

void dataset_turn(struct dataset_person *person, const struct journal_entry *entry)
{
    if (entry->state.len && state_decode(entry->state, &person->now))
        state_init(&person->now); /* of another format: what comes is told from here on */
    if (person->answer.at_ms && entry->at_ms - person->answer.at_ms > DATASET_ANSWER_MS &&
        person->kind != DATASET_GROWTH)
        close_answer(person);
    note_asked(person, entry);
    for (size_t i = 0; i < entry->effect_count; i++)
        take_effect(person, &entry->effects[i], entry);
    for (size_t i = 0; i < entry->advice_count; i++) {
        const struct advice *advice = &entry->advices[i];
        if (advice->kind == NEED_INDUSTRY)
            slice_copy(slice_of(advice->label_count ? advice->labels[0].key : ""), person->named,
                       sizeof(person->named));
        if (advice->kind == NEED_PROFILE)
            memcpy(person->stage, advice->stage, sizeof(person->stage));
        if (advice->kind == NEED_RESOURCES)
            open_answer(person, advice, entry);
    }
}

enum error dataset_end(struct dataset_person *person)
{
    close_answer(person);
    return person->rows->error;
}
