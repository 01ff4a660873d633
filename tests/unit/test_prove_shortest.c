/* The prover's answers are the shortest: another search, breadth first and by the step alone, goes every way of fewer
 * answers from hello, and none of them comes to where the prover leads.
 *
 * An act is what the prover counts as one answer: words, a button, all tries without being understood, a command or
 * ATRAS. Of the prover it takes the values that a flow tells apart, and nothing of how it searches.
 * `test_prove_shortest [FLOWS]`. */
#include "tests/unit/prove_defects.h"
#include "tests/unit/languages_kit.h"

#include <stdlib.h>

#include "dialog/value.h"

#define PLACES_MAX 6000 /* of one search; with more of them it is given up */
#define ACTS_MAX 96
#define TABLE_SIZE 16384 /* a power of two */
#define WORDS_BYTES 256
#define NEEDS_MAX 16

static size_t flows_made = 96;
static char made_text[MADE_BYTES];

/* What the engine says in one step. */
static const struct {
    size_t labels, resources;
    bool sure;
} engine[] = {{0, 0, false}, {1, 1, true}, {3, 3, true}, {3, 1, false}, {1, 3, false}, {0, 3, false}, {3, 0, true}};

struct place {
    struct slice state; /* encoded */
    int64_t now_ms;
    size_t from;
    struct slice words; /* of the act that led here */
};

struct search {
    const struct flows *flows;
    const struct flow *flow;
    const struct proof *proof;
    struct arena *kept, *step;
    struct place places[PLACES_MAX];
    size_t count;
    uint64_t seen[TABLE_SIZE]; /* hashes of encoded states without their times; 0 free */
    struct state state;        /* of the act under way */
    int64_t now_ms;
    bool asked; /* the engine */
    bool full;
};

enum act_kind { ACT_WORDS, ACT_PRESS, ACT_GIVE_UP };

struct act {
    enum act_kind kind;
    char words[WORDS_BYTES];
};

static void advise(struct advice *advice, enum need need, size_t row)
{
    static const char *const keys[] = {"otros", "comercio", "restaurante"};
    memset(advice, 0, sizeof(*advice));
    advice->kind = need;
    advice->sure = engine[row].sure;
    advice->label_count = need == NEED_INDUSTRY ? engine[row].labels : 0;
    advice->resource_count = need == NEED_RESOURCES ? engine[row].resources : 0;
    memcpy(advice->stage, "growth", 7);
    for (size_t i = 0; i < COUNT(keys); i++) {
        state_keep(slice_of(keys[i]), advice->labels[i].key, ADVICE_KEY);
        state_keep(slice_of(keys[i]), advice->labels[i].name, ADVICE_KEY);
        state_keep(slice_of(keys[i]), advice->resources[i].id, ADVICE_KEY);
        state_keep(slice_of(keys[i]), advice->resources[i].text, ADVICE_TEXT);
    }
}

static void turn(struct search *s, enum event_kind kind, const char *words, const char *payload, size_t row)
{
    static struct advice advice;
    static struct outcome outcome;
    struct event event = {.kind = kind,
                          .from = SLICE("+51987654321"),
                          .id = SLICE("m"),
                          .text = slice_of(words),
                          .payload = slice_of(payload),
                          .follows = true};
    arena_reset(s->step);
    s->now_ms += 1000;
    for (size_t needs = 0; needs == 0 || outcome.need != NEED_NOTHING; needs++) {
        assert_true(needs < NEEDS_MAX);
        assert_int_equal(dialog_step(s->flows, &s->state, &event, CHANNEL_WHATSAPP, needs ? &advice : NULL, s->now_ms,
                                     s->step, &outcome),
                         OK);
        s->asked = s->asked || outcome.need != NEED_NOTHING;
        if (outcome.need != NEED_NOTHING)
            advise(&advice, outcome.need, row);
    }
}

static void press(struct search *s, const char *value, size_t row)
{
    char payload[WORDS_BYTES + DIALOG_NAME + 1];
    snprintf(payload, sizeof(payload), "%s:%s", s->state.at, value);
    turn(s, EVENT_CHOICE, "x", payload, row);
}

/* Does an act; who is asked back says yes, and who is handed over to staff is handed back. */
static void go(struct search *s, const struct act *act, size_t row)
{
    int at = s->state.at[0] ? flow_state_index(s->flow, slice_of(s->state.at)) : FLOW_NONE;
    unsigned tries = at == FLOW_NONE ? 0 : s->flow->states[at].tries;
    if (act->kind == ACT_PRESS)
        press(s, act->words, row);
    else if (act->kind == ACT_WORDS)
        turn(s, EVENT_TEXT, act->words, "", row);
    if (act->kind == ACT_GIVE_UP)
        s->state.misread = DIALOG_MISREAD_MAX; /* staff were asked already */
    for (unsigned i = 0; act->kind == ACT_GIVE_UP && i < tries; i++)
        turn(s, EVENT_TEXT, "%%", "", row);
    if (s->state.doubt.slot[0])
        press(s, "?yes", row);
    if (s->state.ticket.opened_ms)
        turn(s, EVENT_STAFF, "", "close search", row);
}

static void add(struct act *acts, size_t *count, enum act_kind kind, struct slice words)
{
    if (*count == ACTS_MAX || words.len >= WORDS_BYTES)
        return;
    acts[*count].kind = kind;
    snprintf(acts[(*count)++].words, WORDS_BYTES, "%.*s", (int)words.len, words.ptr);
}

/* Says a value in words. */
static void add_value(const struct search *s, enum slot_type type, struct slice value, struct act *acts, size_t *count)
{
    struct buf words;
    buf_init(&words, WORDS_BYTES);
    if (slice_is(value, VALUE_REFUSED))
        buf_adds(&words, "prefiero no decirlo");
    else if (type != TYPE_TEXT && slice_is(value, VALUE_UNKNOWN))
        buf_adds(&words, "no sé");
    else if (type == TYPE_TENURE && slice_is(value, "-1"))
        buf_adds(&words, "todavía no");
    else if (type == TYPE_TEXT || type == TYPE_RUC)
        buf_addslice(&words, value);
    else
        value_speak(s->flow->tongues[0], type, value, &words);
    if (!words.error)
        add(acts, count, ACT_WORDS, buf_slice(&words));
    buf_release(&words);
}

/* Lists what can be done where the state stands. */
static size_t acts_of(const struct search *s, struct act *acts)
{
    static const char *const commands[] = {"menu",   "ayuda", "mis datos", "corregir", "borrar",
                                           "asesor", "atras", "hola"};
    int index = s->state.at[0] ? flow_state_index(s->flow, slice_of(s->state.at)) : FLOW_NONE;
    const struct flow_state *at = index == FLOW_NONE ? NULL : &s->flow->states[index];
    size_t count = 0;
    for (size_t i = 0; at && i < at->option_count; i++) {
        const struct part *value = &at->options[i].value;
        bool label = value->kind != REF_WORDS && value->index < s->state.label_count;
        add(acts, &count, ACT_PRESS,
            value->kind == REF_WORDS ? value->words
            : label                  ? slice_of(s->state.labels[value->index].key)
                                     : SLICE("x"));
    }
    if (at && at->slot != FLOW_NONE)
        for (size_t i = 0; i < s->proof->values[at->slot].count; i++)
            add_value(s, s->flow->slots[at->slot].type, s->proof->values[at->slot].items[i], acts, &count);
    if (at)
        add(acts, &count, ACT_GIVE_UP, SLICE("x"));
    for (size_t i = 0; i < COUNT(commands); i++)
        add(acts, &count, ACT_WORDS, slice_of(commands[i]));
    for (size_t i = 0; i < s->flow->keyword_count; i++)
        add(acts, &count, ACT_WORDS, s->flow->keywords[i].example);
    return count;
}

/* Keeps where an act led, if nothing was there yet; times alone make no other place. */
static void keep_place(struct search *s, size_t from, const struct act *act)
{
    static struct state plain;
    struct buf code;
    plain = s->state;
    plain.last_ms = plain.asked_ms = 0;
    for (size_t i = 0; i < plain.timer_count; i++)
        plain.timers[i].due_ms = plain.timers[i].due_ms != 0;
    buf_init(&code, 1 << 16);
    state_encode(&plain, &code);
    uint64_t hash = 0xcbf29ce484222325u;
    for (size_t i = 0; i < code.len; i++)
        hash = (hash ^ (unsigned char)buf_text(&code)[i]) * 0x100000001b3u;
    hash |= 1;
    size_t at = hash % TABLE_SIZE;
    while (s->seen[at] && s->seen[at] != hash)
        at = (at + 1) % TABLE_SIZE;
    s->full = s->full || (!s->seen[at] && s->count == PLACES_MAX);
    if (!s->seen[at] && s->count < PLACES_MAX) {
        s->seen[at] = hash;
        buf_clear(&code);
        state_encode(&s->state, &code);
        struct slice words = slice_of(act->kind == ACT_GIVE_UP ? "(not understood)" : act->words);
        s->places[s->count] = (struct place){arena_copy(s->kept, buf_slice(&code)), s->now_ms, from,
                                             arena_copy(s->kept, words)};
        assert_non_null(s->places[s->count++].state.ptr);
    }
    buf_release(&code);
}

static bool is_at(const struct search *s, const char *name)
{
    return strcmp(s->state.at, name) == 0;
}

static void stand(struct search *s, size_t place)
{
    assert_int_equal(state_decode(s->places[place].state, &s->state), OK);
    s->now_ms = s->places[place].now_ms;
    s->asked = false;
}

/* Tells whether fewer than so many acts lead to a question. */
static bool is_nearer(struct search *s, const char *name, size_t length)
{
    static struct act acts[ACTS_MAX];
    const struct act hello = {ACT_WORDS, "hola"};
    bool found = false;
    arena_reset(s->kept);
    memset(s->seen, 0, sizeof(s->seen));
    s->count = 0;
    s->full = false;
    for (size_t row = 0; row < COUNT(engine) && length > 0; row++) {
        state_init(&s->state);
        state_keep(slice_of(s->flow->name), s->state.flow, sizeof(s->state.flow));
        state_keep(slice_of(s->flow->version), s->state.version, sizeof(s->state.version));
        s->now_ms = TALK_NOW;
        go(s, &hello, row);
        found = found || is_at(s, name);
        keep_place(s, SIZE_MAX, &hello);
    }
    for (size_t depth = 1, from = 0, end = s->count; depth < length && !found && !s->full; depth++) {
        for (; from < end && !found && !s->full; from++) {
            stand(s, from);
            size_t count = acts_of(s, acts);
            for (size_t i = 0; i < count && !found; i++)
                for (size_t row = 0; row < COUNT(engine) && (row == 0 || s->asked) && !found; row++) {
                    stand(s, from);
                    go(s, &acts[i], row);
                    found = is_at(s, name);
                    keep_place(s, from, &acts[i]);
                }
        }
        end = s->count;
    }
    return found;
}

/* Counts the answers of a path; SIZE_MAX where time or a dial is among them. */
static size_t answers_of(const char *path)
{
    size_t count = 0;
    if (strcmp(path, "hola") == 0)
        return 0;
    for (const char *at = path; at; at = strstr(at, " > "), at = at ? at + 3 : NULL) {
        const char *end = strstr(at, " > ");
        size_t len = end ? (size_t)(end - at) : strlen(at);
        bool found = len > 6 && at[0] == '(' && (strstr(at, "found") && strstr(at, "found") < at + len);
        if (at[0] == '(' && !found)
            return SIZE_MAX;
        count += at[0] != '(';
    }
    return count;
}

/* Gives the question that a finding is of; NULL where it is of none. */
static const struct flow_state *question_of(const struct flow *flow, const struct finding *finding)
{
    const struct flow_state *found = NULL;
    for (size_t i = 0; i < flow->state_count; i++) {
        const struct flow_state *state = &flow->states[i];
        if (strcmp(state->file, finding->file) == 0 && state->line <= finding->line &&
            (!found || state->line > found->line))
            found = state;
    }
    return found && found->ask ? found : NULL;
}

/* Rules whose path leads to whoever comes to the state. One of a timer may be of those alone for whom none holds. */
static bool leads_there(enum prove_rule rule)
{
    return rule == PROVE_NEVER || rule == PROVE_SCREEN || rule == PROVE_SEGMENTS || rule == PROVE_TYPE ||
           rule == PROVE_SHADOWED || rule == PROVE_TRAP || rule == PROVE_HIDDEN || rule == PROVE_FALLBACK;
}

static void none_is_shorter(void **state)
{
    static struct search s;
    size_t searched = 0, whole = 0, reached = 0, longest = 0;
    (void)state;
    s.kept = arena_new(1 << 28);
    s.step = arena_new(1 << 24);
    for (size_t i = 0; i < flows_made; i++) {
        struct made m = {.text = made_text};
        struct faults faults;
        struct proof proof;
        struct flows *flows = flows_new();
        struct arena *arena = arena_new(PROVE_ARENA_BYTES);
        faults_init(&faults);
        flows_speak(flows, kit_languages());
        made_flow(&m, 700000 + i, (enum defect)(1 + i % (DEFECT_COUNT - 1)), 0);
        bool good = !m.calls && flows_add(flows, "f.yaml", (struct slice){m.text, m.len}, &faults) == OK &&
                    flows_finish(flows, &faults) == OK && prove(flows, flows->items[0], arena, &proof) == OK;
        for (size_t j = 0; good && j < proof.count; j++) {
            const struct finding *finding = &proof.findings[j];
            const struct flow_state *at = question_of(flows->items[0], finding);
            size_t length = finding->path ? answers_of(finding->path) : SIZE_MAX;
            if (!at || !finding->path_sure || !leads_there(finding->rule) || length == SIZE_MAX)
                continue;
            s.flows = flows;
            s.flow = flows->items[0];
            s.proof = &proof;
            bool nearer = is_nearer(&s, at->name, length);
            for (size_t k = s.count - 1; nearer && k != SIZE_MAX; k = s.places[k].from)
                printf("  %.*s\n", (int)s.places[k].words.len, s.places[k].words.ptr);
            if (nearer)
                fail_msg("flow %zu, %s: fewer answers than '%s' lead to %s: %s", i, prove_rule_name(finding->rule),
                         finding->path, at->name, finding->text);
            searched++;
            whole += !s.full;
            bool full = s.full; /* one answer more, and it comes there: it does go where the prover goes */
            reached += !full && is_nearer(&s, at->name, length + 1);
            s.full = full;
            longest = !s.full && length > longest ? length : longest;
        }
        arena_free(arena);
        flows_free(flows);
        faults_release(&faults);
    }
    printf("shortest: %zu paths, %zu searched whole, of up to %zu answers: none shorter, %zu as short\n", searched,
           whole, longest, reached);
    assert_true(whole > 0 && longest > 1);
    assert_true(reached * 10 >= whole * 9);
    arena_free(s.kept);
    arena_free(s.step);
}

int main(int argc, char **argv)
{
    flows_made = argc > 1 ? (size_t)strtoul(argv[1], NULL, 10) : flows_made;
    const struct CMUnitTest tests[] = {cmocka_unit_test(none_is_shorter)};
    return cmocka_run_group_tests(tests, NULL, NULL);
}
