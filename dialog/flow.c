#include "dialog/flow.h"

#include <string.h>

#include "base/mem.h"

struct flows *flows_new(void)
{
    struct flows *flows = mem_alloc(sizeof(*flows));
    if (!flows)
        return NULL;
    flows->arena = arena_new(FLOW_ARENA_BYTES);
    if (!flows->arena || tongue_spanish(flows->arena, &flows->tongues[0])) {
        flows_free(flows);
        return NULL;
    }
    flows->tongue_count = 1;
    return flows;
}

enum error flows_add_language(struct flows *flows, const char *key, const char *file, struct slice yaml,
                              struct faults *faults)
{
    size_t at = 0;
    while (at < flows->tongue_count && strcmp(flows->tongues[at].key, key) != 0)
        at++;
    if (at == TONGUES_MAX || flows->on_count == TONGUES_MAX || !tongue_is_key(slice_of(key))) {
        faults_add(faults, file, 1, 1, "'%s' can be no language: use 2 to %d small letters, and at most %d languages",
                   key, TONGUE_KEY - 1, TONGUES_MAX);
        return ERR_VALUE;
    }
    struct slice name = arena_copy(flows->arena, slice_of(file));
    if (!name.ptr)
        return ERR_NOMEM;
    enum error error = tongue_read(name.ptr, key, yaml, flows->arena, faults, &flows->tongues[at]);
    if (error)
        return error;
    flows->tongue_count += at == flows->tongue_count;
    flows->on[flows->on_count++] = &flows->tongues[at];
    return OK;
}

enum error flows_add_spanish(struct flows *flows)
{
    if (flows->on_count == TONGUES_MAX)
        return ERR_LIMIT;
    flows->on[flows->on_count++] = &flows->tongues[0];
    return OK;
}

void flows_free(struct flows *flows)
{
    if (!flows)
        return;
    arena_free(flows->arena);
    mem_free(flows);
}

void flows_speak(struct flows *flows, const struct languages *languages)
{
    flows->languages = languages;
}

/* The main flow is the one marked so, or the only one there is. */
static void choose_main(struct flows *flows, struct faults *faults)
{
    bool several = false;
    flows->main_name = NULL;
    for (size_t i = 0; i < flows->count; i++) {
        const struct flow *flow = flows->items[i];
        several = several || strcmp(flow->name, flows->items[0]->name) != 0;
        if (flow->main && flows->main_name && strcmp(flow->name, flows->main_name) != 0)
            faults_add(faults, flow->file, 1, 1, "flow '%s' is main, and so is '%s': take `main` from one of them",
                       flow->name, flows->main_name);
        else if (flow->main)
            flows->main_name = flow->name;
    }
    if (!flows->main_name && several)
        faults_add(faults, flows->items[0]->file, 1, 1,
                   "there are several flows and none is main: write `main: true` into the one that first contacts get");
    if (!flows->main_name)
        flows->main_name = flows->count ? flows->items[0]->name : "";
}

enum error flows_finish(struct flows *flows, struct faults *faults)
{
    size_t before = faults->total;
    if (flows_link(flows, faults) == ERR_NOMEM)
        return ERR_NOMEM;
    if (flows->count == 0 && faults->total == before)
        faults_add(faults, NULL, 0, 0, "there is no flow: put at least one file into the folder that `flows` names");
    for (size_t i = 0; i < flows->count; i++) {
        const struct flow *a = flows->items[i];
        for (size_t j = 0; j < i; j++) {
            const struct flow *b = flows->items[j];
            if (strcmp(a->name, b->name) == 0 && a->number == b->number)
                faults_add(faults, a->file, 1, 1,
                           "flow '%s' version %s is also in %s: give one of them another version", a->name, a->version,
                           b->file);
        }
    }
    flows_check_migrations(flows, faults);
    choose_main(flows, faults);
    return faults->total == before ? OK : ERR_VALUE;
}

static const struct flow *find_version(const struct flows *flows, const char *name, const char *version)
{
    const struct flow *newest = NULL;
    for (size_t i = 0; i < flows->count; i++) {
        const struct flow *flow = flows->items[i];
        if (strcmp(flow->name, name) != 0)
            continue;
        if (flow->version[0] == version[0] && strcmp(flow->version, version) == 0)
            return flow;
        if (!newest || flow->number > newest->number)
            newest = flow;
    }
    return newest;
}

const struct flow *flows_find(const struct flows *flows, const char *name, const char *version)
{
    const struct flow *found = find_version(flows, name, version);
    return found || !flows->main_name ? found : find_version(flows, flows->main_name, "");
}

const struct lexicon *flow_lexicon(const struct flow *flow, const char *lang)
{
    const struct language *language = languages_named(flow->all->languages, slice_of(lang));
    return language && language->lexicon ? language->lexicon
                                         : languages_lexicon(flow->all->languages, flow->langs[0]);
}

/* Gives where a name, which is not empty, is looked for first. */
static size_t slot_of(struct slice name)
{
    size_t ends = (unsigned char)name.ptr[0] * 7u + (unsigned char)name.ptr[name.len - 1] * 13u;
    return (ends + (unsigned char)name.ptr[name.len / 2] * 17u + name.len * 31u) & (FLOW_STATE_SLOTS - 1);
}

void flow_note_states(struct flow *flow)
{
    for (size_t i = 0; i < flow->state_count; i++) {
        struct slice name = slice_of(flow->states[i].name);
        size_t at = name.len ? slot_of(name) : 0;
        while (name.len && flow->state_slots[at])
            at = (at + 1) & (FLOW_STATE_SLOTS - 1);
        if (name.len)
            flow->state_slots[at] = (uint16_t)(i + 1);
    }
}

int flow_state_index(const struct flow *flow, struct slice name)
{
    if (name.len == 0 || name.len >= DIALOG_NAME)
        return FLOW_NONE;
    for (size_t at = slot_of(name); flow->state_slots[at]; at = (at + 1) & (FLOW_STATE_SLOTS - 1)) {
        const char *own = flow->states[flow->state_slots[at] - 1].name;
        if (own[name.len] == '\0' && memcmp(own, name.ptr, name.len) == 0)
            return flow->state_slots[at] - 1;
    }
    return FLOW_NONE;
}

int flow_slot_index(const struct flow *flow, struct slice name)
{
    for (size_t i = 0; i < flow->slot_count; i++)
        if (slice_is(name, flow->slots[i].name))
            return (int)i;
    return FLOW_NONE;
}

const struct flow_timer *flow_timer_named(const struct flow *flow, struct slice name)
{
    for (size_t i = 0; i < flow->timer_count; i++)
        if (slice_is(name, flow->timers[i].name))
            return &flow->timers[i];
    return NULL;
}

/* A language that is none of the flow's is spoken as its first. */
static int index_of(const struct flow *flow, const char *lang)
{
    for (size_t i = 1; i < flow->lang_count; i++)
        if (flow->langs[i][0] == lang[0] && strcmp(flow->langs[i], lang) == 0)
            return (int)i;
    return 0;
}

const struct tongue *flow_tongue(const struct flow *flow, const char *lang)
{
    return flow->tongues[index_of(flow, lang)];
}

const struct wording *flow_wording(const struct flow *flow, const struct text *text, const char *lang,
                                   enum channel_kind channel)
{
    unsigned said = text->said[index_of(flow, lang)][channel];
    return text->variants[said / VARIANT_COUNT][said % VARIANT_COUNT];
}
