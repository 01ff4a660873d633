/* Reading scripts: YAML to conversations, each fault with its place. */
#include <string.h>

#include "base/civil.h"
#include "base/crypto.h"
#include "base/suggest.h"
#include "dialog/state.h"
#include "gateway/script.h"
#include "gateway/script_advice.h"

#define NOW_MS 1795435200000 /* 2026-11-23T12:00:00Z: when a conversation begins that does not say it */
#define NAME_BYTES 160

struct reading {
    const char *file;
    struct arena *arena;
    struct faults *faults;
    bool out_of_memory;
};

static const char *const file_keys[] = {"flow_test", "flow",      "about",     "channel",       "industry", "languages",
                                        "profile",   "resources", "trainings", "conversations", NULL};
static const char *const conversation_keys[] = {"name",    "about",     "channel", "at",        "state", "industry",
                                                "profile", "resources", "texts",   "trainings", "steps", NULL};
static const char *const step_keys[] = {"say",    "press", "payload", "photo",    "place",   "do",        "wait",
                                        "down",   "note",  "channel", "industry", "profile", "resources", "trainings",
                                        "texts",
                                        "expect", "does",  "facts",   "asks",     "staff",   NULL};

/* Names each key that is none of the known. Returns false when the node is no map. */
static bool check_keys(struct reading *reading, const struct yaml_node *map, const char *const *known, const char *what)
{
    if (map->kind != YAML_MAP) {
        yaml_fault(reading->faults, reading->file, map, "%s is no map: write its keys as in docs/flows.md", what);
        return false;
    }
    for (size_t i = 0; i < map->count; i++) {
        const struct yaml_node *key = map->pairs[i].key;
        bool found = false;
        for (size_t k = 0; known[k] && !found; k++)
            found = slice_is(key->text, known[k]);
        const char *near = found ? NULL : suggest(key->text, known);
        if (!found)
            yaml_fault(reading->faults, reading->file, key, "%s has no key \"%.*s\"%s%s", what,
                       (int)(key->text.len < 40 ? key->text.len : 40), key->text.ptr,
                       near ? ": did you mean " : ": remove it", near ? near : "");
    }
    return true;
}

static bool is_scalar(struct reading *reading, const struct yaml_node *node, const char *what)
{
    if (node->kind == YAML_SCALAR)
        return true;
    yaml_fault(reading->faults, reading->file, node, "%s is no text: write one value", what);
    return false;
}

static const struct channel_traits *read_channel(struct reading *reading, const struct yaml_node *node)
{
    struct channel_traits *traits = arena_alloc(reading->arena, sizeof(*traits));
    reading->out_of_memory = reading->out_of_memory || !traits;
    if (!traits || !is_scalar(reading, node, "channel"))
        return NULL;
    if (script_channel(node->text, traits))
        return traits;
    yaml_fault(reading->faults, reading->file, node,
               "channel is \"%.*s\": it must be sms, ussd, whatsapp or whatsapp-plain", (int)node->text.len,
               node->text.ptr);
    return NULL;
}

/* Reads what the engine is said to find, where the map says it. */
static void read_pins(struct reading *reading, const struct yaml_node *map, struct script_pins *pins)
{
    static const struct {
        const char *key;
        enum need need;
    } rows[] = {{"industry", NEED_INDUSTRY},
                {"profile", NEED_PROFILE},
                {"resources", NEED_RESOURCES},
                {"trainings", NEED_TRAININGS},
                {"texts", NEED_TEXTS}};
    for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
        const struct yaml_node *node = yaml_get(map, rows[i].key);
        struct advice *advice = node ? arena_alloc(reading->arena, sizeof(*advice)) : NULL;
        reading->out_of_memory = reading->out_of_memory || (node && !advice);
        if (!advice)
            continue;
        advice->kind = rows[i].need;
        script_read_advice(reading->file, node, reading->faults, advice);
        *(rows[i].need == NEED_INDUSTRY    ? &pins->industry
          : rows[i].need == NEED_PROFILE   ? &pins->profile
          : rows[i].need == NEED_TRAININGS ? &pins->trainings
          : rows[i].need == NEED_RESOURCES ? &pins->resources
                                           : &pins->texts) = advice;
    }
}

static void read_place(struct reading *reading, const struct yaml_node *node, struct script_step *step)
{
    struct slice rest = node->text, first;
    if (!slice_cut(&rest, ' ', &first) || !script_number(first, &step->latitude) ||
        !script_number(slice_trim(rest), &step->longitude) || step->latitude < -90 || step->latitude > 90 ||
        step->longitude < -180 || step->longitude > 180)
        yaml_fault(reading->faults, reading->file, node,
                   "place is no place: write latitude and longitude in degrees, as -13.5 -71.9");
}

static void read_deed(struct reading *reading, const struct yaml_node *node, struct script_step *step)
{
    static const struct {
        const char *words;
        enum script_act act;
    } deeds[] = {
        {"dial", SCRIPT_DIAL}, {"hang up", SCRIPT_HANG_UP}, {"photo", SCRIPT_PHOTO}, {"sticker", SCRIPT_STICKER}};
    for (size_t i = 0; i < sizeof(deeds) / sizeof(deeds[0]); i++)
        if (slice_is(node->text, deeds[i].words)) {
            step->act = deeds[i].act;
            step->text = SLICE_NONE;
            return;
        }
    yaml_fault(reading->faults, reading->file, node,
               "nobody can do \"%.*s\": it must be dial, hang up, photo or sticker", (int)node->text.len,
               node->text.ptr);
}

static void check_staff(struct reading *reading, const struct yaml_node *node)
{
    static const char *const acts[] = {"take ", "answer ", "close ", "end ", "correct "};
    for (size_t i = 0; i < sizeof(acts) / sizeof(acts[0]); i++)
        if (slice_starts(node->text, acts[i]))
            return;
    yaml_fault(reading->faults, reading->file, node,
               "staff do no such thing: write take NAME, answer NAME WORDS, close NAME or end NAME");
}

static void read_act(struct reading *reading, const struct yaml_node *node, enum script_act act, bool is_do,
                     struct script_step *step)
{
    if (!is_scalar(reading, node, "what is done"))
        return;
    step->act = act;
    step->text = node->text;
    if (is_do)
        read_deed(reading, node, step);
    else if (act == SCRIPT_STAFF)
        check_staff(reading, node);
    else if (act == SCRIPT_PLACE)
        read_place(reading, node, step);
    else if ((act == SCRIPT_WAIT || act == SCRIPT_DOWN) && !script_span(node->text, &step->span_ms))
        yaml_fault(reading->faults, reading->file, node,
                   "a time is a whole number and s, m, h or d, up to 3660d, as 20h");
    else if ((act == SCRIPT_PRESS || act == SCRIPT_PAYLOAD) && !node->text.len)
        yaml_fault(reading->faults, reading->file, node, "nothing is pressed: write a button's title");
}

/* One message: its words whole, or what it must have. */
static void check_words(struct reading *reading, const struct yaml_node *node)
{
    static const char *const keys[] = {"has", NULL};
    if (node->kind == YAML_SCALAR)
        return;
    const struct yaml_node *has = yaml_get(node, "has");
    if (!check_keys(reading, node, keys, "a message") || !has)
        return;
    for (size_t i = 0; has->kind == YAML_LIST && i < has->count; i++)
        is_scalar(reading, has->items[i], "a message's part");
    if (has->kind == YAML_MAP)
        yaml_fault(reading->faults, reading->file, has, "`has` takes a text, or a list of texts");
}

static void check_wishes(struct reading *reading, const struct script_step *step)
{
    const struct yaml_node *expect = step->expect.node, *does = step->does.node, *facts = step->facts.node;
    for (size_t i = 0; expect && expect->kind == YAML_LIST && i < expect->count; i++)
        check_words(reading, expect->items[i]);
    if (expect && expect->kind != YAML_LIST)
        check_words(reading, expect);
    if (does && does->kind != YAML_LIST)
        yaml_fault(reading->faults, reading->file, does, "`does` is no list: write [] for nothing");
    for (size_t i = 0; does && does->kind == YAML_LIST && i < does->count; i++)
        is_scalar(reading, does->items[i], "what is done");
    if (facts && facts->kind != YAML_MAP)
        yaml_fault(reading->faults, reading->file, facts, "`facts` is no map: write {sales: 1500/month}");
    for (size_t i = 0; facts && facts->kind == YAML_MAP && i < facts->count; i++)
        is_scalar(reading, facts->pairs[i].value, "a fact");
    if (step->asks.node)
        is_scalar(reading, step->asks.node, "asks");
}

static struct script_wish wish(const struct yaml_node *map, const char *key)
{
    for (size_t i = 0; map->kind == YAML_MAP && i < map->count; i++)
        if (slice_is(map->pairs[i].key->text, key))
            return (struct script_wish){map->pairs[i].key, map->pairs[i].value};
    return (struct script_wish){NULL, NULL};
}

static void read_step(struct reading *reading, const struct yaml_node *node, struct script_step *step)
{
    static const struct {
        const char *key;
        enum script_act act;
        bool is_do;
    } acts[] = {{"say", SCRIPT_SAY, false},     {"press", SCRIPT_PRESS, false}, {"payload", SCRIPT_PAYLOAD, false},
                {"photo", SCRIPT_PHOTO, false}, {"place", SCRIPT_PLACE, false}, {"do", SCRIPT_NOTHING, true},
                {"wait", SCRIPT_WAIT, false},   {"down", SCRIPT_DOWN, false},   {"staff", SCRIPT_STAFF, false}};
    const char *before = NULL;
    if (!check_keys(reading, node, step_keys, "a step"))
        return;
    step->node = node;
    for (size_t i = 0; i < sizeof(acts) / sizeof(acts[0]); i++) {
        const struct yaml_node *act = yaml_get(node, acts[i].key);
        if (act && before)
            yaml_fault(reading->faults, reading->file, act, "one step is one thing: put `%s` into another than `%s`",
                       acts[i].key, before);
        else if (act)
            read_act(reading, act, acts[i].act, acts[i].is_do, step);
        before = act ? acts[i].key : before;
    }
    const struct yaml_node *channel = yaml_get(node, "channel");
    if (channel)
        step->channel = read_channel(reading, channel);
    read_pins(reading, node, &step->pins);
    step->expect = wish(node, "expect");
    step->does = wish(node, "does");
    step->facts = wish(node, "facts");
    step->asks = wish(node, "asks");
    check_wishes(reading, step);
    if (step->act == SCRIPT_NOTHING && (step->expect.node || step->does.node))
        yaml_fault(reading->faults, reading->file, node, "nothing is done here that something could come of");
}

static void read_start(struct reading *reading, const struct yaml_node *node, struct script_conversation *out)
{
    unsigned char bytes[DIALOG_STATE_BYTES];
    struct state *state = arena_alloc(reading->arena, sizeof(*state));
    const struct yaml_node *at = yaml_get(node, "at"), *encoded = yaml_get(node, "state");
    size_t len = 0;
    out->at_ms = NOW_MS;
    reading->out_of_memory = reading->out_of_memory || !state;
    if (at && is_scalar(reading, at, "at") && civil_parse(at->text, &out->at_ms))
        yaml_fault(reading->faults, reading->file, at, "at is no time: write it as 2026-11-23T12:00:00Z");
    if (!state || !encoded || !is_scalar(reading, encoded, "state"))
        return;
    if (!base64_decode(encoded->text, bytes, sizeof(bytes), &len) ||
        state_decode((struct slice){(const char *)bytes, len}, state)) {
        yaml_fault(reading->faults, reading->file, encoded, "state is none that `chaski replay --repro` writes");
        return;
    }
    out->state = arena_copy(reading->arena, (struct slice){(const char *)bytes, len});
    reading->out_of_memory = reading->out_of_memory || !out->state.ptr;
}

static void read_steps(struct reading *reading, const struct yaml_node *list, struct script_conversation *out)
{
    if (list->kind != YAML_LIST || list->count == 0 || list->count > SCRIPT_STEPS_MAX) {
        yaml_fault(reading->faults, reading->file, list, "steps is no list of 1 to %d steps", SCRIPT_STEPS_MAX);
        return;
    }
    struct script_step *steps = arena_array(reading->arena, list->count, sizeof(*steps));
    reading->out_of_memory = reading->out_of_memory || !steps;
    for (size_t i = 0; steps && i < list->count; i++)
        read_step(reading, list->items[i], &steps[i]);
    out->steps = steps;
    out->step_count = steps ? list->count : 0;
}

static void read_conversation(struct reading *reading, const struct yaml_node *node, const struct yaml_node *top,
                              struct script_conversation *out)
{
    static const struct channel_traits sms = {.kind = CHANNEL_SMS};
    const struct yaml_node *channel = yaml_get(node, "channel"), *name = yaml_get(node, "name");
    const struct yaml_node *steps = yaml_get(node, "steps");
    const struct channel_traits *traits = &sms;
    if (!check_keys(reading, node, conversation_keys, "a conversation"))
        return;
    out->line = node->line;
    out->column = node->column;
    if (!name || name->kind != YAML_SCALAR || !name->text.len || name->text.len > NAME_BYTES)
        yaml_fault(reading->faults, reading->file, name ? name : node,
                   "a conversation has a name of 1 to %d bytes: say what it shows", NAME_BYTES);
    else
        out->name = name->text;
    channel = channel ? channel : yaml_get(top, "channel");
    if (channel)
        traits = read_channel(reading, channel);
    out->channel = traits ? *traits : sms;
    read_pins(reading, top, &out->pins);
    read_pins(reading, node, &out->pins);
    read_start(reading, node, out);
    if (steps)
        read_steps(reading, steps, out);
    else
        yaml_fault(reading->faults, reading->file, node, "a conversation has steps: write who says what");
}

/* Reads [en, es] as "en,es". */
static const char *read_languages(struct reading *reading, const struct yaml_node *list)
{
    const char *joined = "";
    if (list && list->kind != YAML_LIST)
        yaml_fault(reading->faults, reading->file, list, "`languages` is no list: write it as [en, es]");
    for (size_t i = 0; list && list->kind == YAML_LIST && i < list->count && joined; i++)
        if (is_scalar(reading, list->items[i], "a language"))
            joined = arena_printf(reading->arena, "%s%s%s", joined, joined[0] ? "," : "", list->items[i]->text.ptr);
    reading->out_of_memory = reading->out_of_memory || !joined;
    return joined ? joined : "";
}

static void read_top(struct reading *reading, const struct yaml_node *top, struct script *out)
{
    const struct yaml_node *version = yaml_get(top, "flow_test"), *flow = yaml_get(top, "flow");
    const struct yaml_node *list = yaml_get(top, "conversations");
    if (!check_keys(reading, top, file_keys, "a file of conversations"))
        return;
    if (!version || version->kind != YAML_SCALAR || !slice_is(version->text, "1"))
        yaml_fault(reading->faults, reading->file, version ? version : top, "write flow_test: 1 at the top");
    if (flow && is_scalar(reading, flow, "flow"))
        out->flow = flow->text;
    out->languages = read_languages(reading, yaml_get(top, "languages"));
    if (!list || list->kind != YAML_LIST || list->count == 0 || list->count > SCRIPT_CONVERSATIONS_MAX) {
        yaml_fault(reading->faults, reading->file, list ? list : top, "conversations is no list of 1 to %d of them",
                   SCRIPT_CONVERSATIONS_MAX);
        return;
    }
    struct script_conversation *items = arena_array(reading->arena, list->count, sizeof(*items));
    reading->out_of_memory = reading->out_of_memory || !items;
    for (size_t i = 0; items && i < list->count; i++)
        read_conversation(reading, list->items[i], top, &items[i]);
    out->conversations = items;
    out->count = items ? list->count : 0;
}

enum error script_read(const char *file, struct slice bytes, struct arena *arena, struct faults *faults,
                       struct script *out)
{
    struct reading reading = {.file = file, .arena = arena, .faults = faults};
    struct yaml_node *top = NULL;
    size_t before = faults->total;
    *out = (struct script){.file = file, .languages = ""};
    enum error error = yaml_parse(file, bytes, arena, faults, &top);
    if (error)
        return error;
    if (top)
        read_top(&reading, top, out);
    else
        faults_add(faults, file, 1, 1, "the file is empty: write flow_test: 1 and conversations");
    if (reading.out_of_memory)
        return ERR_NOMEM;
    return faults->total > before ? ERR_VALUE : OK;
}

unsigned script_next_line(const struct script *script, size_t conversation, size_t step)
{
    if (step + 1 < script->conversations[conversation].step_count)
        return script->conversations[conversation].steps[step + 1].node->line;
    return conversation + 1 < script->count ? script->conversations[conversation + 1].line : 0;
}
