#include "gateway/webhook_event.h"

#include "base/json.h"
#include "gateway/contact_line.h"

#define DATA_MAX (16 * 1024)
#define DATA_USUAL 1024 /* bytes for which nothing is allocated */

const char *const webhook_types[] = {"contact.updated", "contact.withdrawn", "diagnosis.done",
                                     "training.signed_up", NULL};

enum webhook_type webhook_type_of(struct slice name)
{
    unsigned type = 0;
    while (type < WEBHOOK_TYPES && !slice_is(name, webhook_types[type]))
        type++;
    return (enum webhook_type)type;
}

uint32_t webhook_purpose(struct slice name)
{
    return profile_word(profile_field(SLICE("consent")), name);
}

const char *const *webhook_purposes(void)
{
    return profile_field(SLICE("consent"))->words;
}

uint32_t webhook_allowed(uint32_t traits)
{
    const struct profile profile = {.columns = {[COLUMN_TRAITS] = traits}};
    return profile_number(&profile, profile_field(SLICE("opted_out")))
               ? 0
               : profile_number(&profile, profile_field(SLICE("consent")));
}

/* Tells whether a slot's fact is told: one of a closed set of words, and nothing that models expect of her. */
static bool is_told(struct slice slot)
{
    const enum profile_column column = profile_column_of(slot);
    return column > COLUMN_FIRST_SEEN && column < PROFILE_COLUMNS && !slice_is(slot, "outlook");
}

static bool is_last(const struct thought *t, size_t at)
{
    for (size_t i = at + 1; i < t->effect_count; i++)
        if ((t->effects[i].kind == EFFECT_FACT || t->effects[i].kind == EFFECT_FORGET) &&
            slice_eq(t->effects[i].slot, t->effects[at].slot))
            return false;
    return true;
}

/* Appends the members of what was learned, or with FORGET the names of what was taken back. Returns how many. */
static size_t put_facts(struct buf *out, const struct thought *t, enum effect_kind kind)
{
    size_t count = 0;
    for (size_t i = 0; i < t->effect_count; i++) {
        const struct effect *effect = &t->effects[i];
        char slot[64];
        if (effect->kind != kind || !is_told(effect->slot) || !is_last(t, i) ||
            !slice_copy(effect->slot, slot, sizeof(slot)))
            continue;
        const bool number = slice_is(effect->slot, "ruc") && !slice_is(effect->value, "no");
        if (kind == EFFECT_FACT) {
            json_put_name(out, slot);
            json_put_string(out, number ? SLICE("yes") : effect->value);
        } else {
            buf_adds(out, count ? "," : "");
            json_put_string(out, effect->slot);
        }
        count++;
    }
    return count;
}

/* Returns whether there is anything to tell. */
static bool put_updated(struct buf *out, const struct thought *t)
{
    buf_adds(out, "{\"facts\":{");
    size_t count = put_facts(out, t, EFFECT_FACT);
    buf_adds(out, "},\"forgotten\":[");
    count += put_facts(out, t, EFFECT_FORGET);
    buf_adds(out, "]}");
    return count > 0;
}

static bool put_diagnosed(struct buf *out, const struct thought *t)
{
    const struct advice *profile = NULL, *resources = NULL;
    for (size_t i = 0; i < t->advice_count; i++) {
        profile = t->advices[i].kind == NEED_PROFILE ? &t->advices[i] : profile;
        resources = t->advices[i].kind == NEED_RESOURCES ? &t->advices[i] : resources;
    }
    if (!resources)
        return false;
    struct slice ids[ADVICE_RESOURCES_MAX];
    for (size_t i = 0; i < resources->resource_count; i++)
        ids[i] = slice_of(resources->resources[i].id);
    buf_addc(out, '{');
    if (profile && profile->stage[0]) {
        json_put_name(out, "stage");
        json_put_string(out, slice_of(profile->stage));
    }
    json_put_strings(out, "resources", ids, resources->resource_count);
    buf_addc(out, '}');
    return true;
}

static enum error add(struct commit *c, enum webhook_type type, uint32_t purposes, struct slice data,
                      struct arena *arena)
{
    const struct slice kept = arena_copy(arena, data);
    if (!kept.ptr)
        return ERR_NOMEM;
    c->events[c->event_count++] = (struct store_event){slice_of(webhook_types[type]), kept, purposes};
    return OK;
}

/* Adds an event that `put` writes, where somebody wants it and there is something to tell. */
static enum error add_put(struct commit *c, enum webhook_type type, uint32_t purposes,
                          bool (*put)(struct buf *out, const struct thought *t), const struct thought *t,
                          struct arena *arena)
{
    char room[DATA_USUAL];
    struct buf data;
    enum error error = OK;
    if (!purposes)
        return OK;
    buf_init_over(&data, room, sizeof(room), DATA_MAX);
    if (put(&data, t))
        error = data.error ? data.error : add(c, type, purposes, buf_slice(&data), arena);
    buf_release(&data);
    return error;
}

/* What the person agrees to before the commit and after it. */
struct agreed {
    uint32_t before, now;
};

static enum error read_agreed(const struct commit *c, struct agreed *out)
{
    struct contact_line line;
    enum error error = contact_line_read(c->held, &line);
    if (error)
        return error;
    out->before = webhook_allowed(line.traits);
    out->now = c->erase ? 0 : webhook_allowed(contact_line_traits(line.traits, c));
    return OK;
}

static enum error add_withdrawn(const struct webhook_wants *wants, const struct agreed *agreed, struct arena *arena,
                                struct commit *c)
{
    const uint32_t lost = agreed->before & ~agreed->now & wants->purposes[WEBHOOK_WITHDRAWN];
    if (!lost)
        return OK;
    return add(c, WEBHOOK_WITHDRAWN, lost, c->erase ? SLICE("{\"why\":\"erased\"}") : SLICE("{\"why\":\"consent\"}"),
               arena);
}

enum error webhook_tell_erased(const struct webhook_wants *wants, struct arena *arena, struct commit *c)
{
    struct agreed agreed;
    if (!wants)
        return OK;
    enum error error = read_agreed(c, &agreed);
    return error ? error : add_withdrawn(wants, &agreed, arena, c);
}

/* The payload is "tell TEXT TRAINING" (gateway/trainer_tell.c). */
static enum error add_signed_up(const struct event *event, uint32_t purposes, struct arena *arena, struct commit *c)
{
    struct slice training = event->payload, verb, text;
    if (!purposes || event->kind != EVENT_STAFF || !slice_cut(&training, ' ', &verb) || !slice_is(verb, "tell") ||
        !slice_cut(&training, ' ', &text) || !training.len)
        return OK;
    const bool seat = slice_is(text, "seat") || slice_is(text, "moved");
    if (!seat && !slice_is(text, "waiting"))
        return OK;
    struct buf data;
    buf_init(&data, DATA_USUAL);
    buf_addc(&data, '{');
    json_put_name(&data, "training");
    json_put_string(&data, training);
    json_put_name(&data, "place");
    json_put_string(&data, seat ? SLICE("seat") : text);
    buf_addc(&data, '}');
    const enum error error = data.error ? data.error : add(c, WEBHOOK_SIGNED_UP, purposes, buf_slice(&data), arena);
    buf_release(&data);
    return error;
}

enum error webhook_tell(const struct webhook_wants *wants, const struct event *event, const struct thought *t,
                        struct arena *arena, struct commit *c)
{
    struct agreed agreed;
    enum error error = read_agreed(c, &agreed);
    if (!error)
        error = add_withdrawn(wants, &agreed, arena, c);
    if (!error)
        error = add_put(c, WEBHOOK_UPDATED, agreed.now & wants->purposes[WEBHOOK_UPDATED], put_updated, t, arena);
    if (!error)
        error = add_put(c, WEBHOOK_DIAGNOSED, agreed.now & wants->purposes[WEBHOOK_DIAGNOSED], put_diagnosed, t, arena);
    if (!error)
        error = add_signed_up(event, agreed.now & wants->purposes[WEBHOOK_SIGNED_UP], arena, c);
    return error;
}
