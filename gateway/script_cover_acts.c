/* What a person can do where a conversation stands. */
#include "dialog/value.h"
#include "gateway/script_cover_parts.h"

#define NONSENSE "???"
#define FIRST_MARK_BYTES 3

struct listing {
    const struct cover_wanted *wanted;
    const struct cover_place *place;
    struct arena *arena;
    struct cover_act *out;
    size_t count;
};

static void add(struct listing *listing, enum script_act act, struct slice text, bool quiet)
{
    if (listing->count < COVER_ACTS_MAX)
        listing->out[listing->count++] = (struct cover_act){.act = act, .text = text, .quiet = quiet};
}

static void add_copy(struct listing *listing, enum script_act act, struct slice text)
{
    struct slice copy = arena_copy(listing->arena, text);
    if (copy.ptr)
        add(listing, act, copy, false);
}

/* Gives the mark that a line of options begins with: "1" or "A"; empty when it begins otherwise. */
static struct slice mark_of(struct slice line)
{
    size_t len = slice_find(line, ' ');
    bool digits = len > 0 && len < FIRST_MARK_BYTES;
    for (size_t i = 0; i < len && digits; i++)
        digits = line.ptr[i] >= '0' && line.ptr[i] <= '9';
    bool letter = len == 1 && line.ptr[0] >= 'A' && line.ptr[0] <= 'J';
    return len < line.len && (digits || letter) ? slice_part(line, 0, len) : SLICE_NONE;
}

/* What the last message offers: buttons, or marks before the lines of its options. */
static void add_offers(struct listing *listing)
{
    const struct cover_place *place = listing->place;
    struct slice rest = place->last, line;
    for (size_t i = 0; i < place->option_count; i++)
        add(listing, SCRIPT_PRESS, slice_of(place->options[i].title), false);
    while (!place->option_count && slice_cut(&rest, '\n', &line))
        if (mark_of(line).len)
            add_copy(listing, SCRIPT_SAY, mark_of(line));
}

/* Values of the slot that is asked, in a person's words. */
static void add_values(struct listing *listing)
{
    const struct flow *flow = listing->wanted->edges->flow;
    int slot = flow_slot_index(flow, slice_of(listing->place->asks));
    if (slot == FLOW_NONE || flow->slots[slot].type == TYPE_CHOICE)
        return;
    enum slot_type type = flow->slots[slot].type;
    const struct prove_values *values = &listing->wanted->proof->values[slot];
    for (size_t i = 0; i < values->count; i++) {
        struct slice value = values->items[i];
        struct buf words;
        buf_init(&words, DIALOG_ACTIVITY);
        if (slice_is(value, VALUE_REFUSED))
            buf_adds(&words, "prefiero no decirlo");
        else if (type == TYPE_TEXT)
            buf_adds(&words, slice_is(value, "palabras") ? "vendo comida" : value.ptr);
        else if (slice_is(value, VALUE_UNKNOWN))
            buf_adds(&words, "no s\xc3\xa9");
        else if (type == TYPE_TENURE && slice_is(value, "-1"))
            buf_adds(&words, "todav\xc3\xad"
                             "a no");
        else if (type == TYPE_RUC)
            buf_addslice(&words, value);
        else
            value_speak(listing->wanted->edges->flow->tongues[0], type, value, &words);
        if (words.len)
            add_copy(listing, SCRIPT_SAY, buf_slice(&words));
        buf_release(&words);
    }
}

/* Time: until the timer that is due first; and long enough for every silence to have its end. */
static void add_waits(struct listing *listing)
{
    static const int64_t units[] = {86400000, 3600000, 60000, 1000};
    const struct cover_place *place = listing->place;
    int64_t first_ms = 0;
    for (size_t i = 0; i < place->timer_count; i++) {
        int64_t ahead_ms = place->timers[i].due_ms - place->now_ms;
        first_ms = first_ms == 0 || ahead_ms < first_ms ? ahead_ms : first_ms;
    }
    for (size_t i = 0; i < sizeof(units) / sizeof(units[0]) && first_ms > 0; i++) {
        if (first_ms < units[i] && i + 1 < sizeof(units) / sizeof(units[0]))
            continue;
        add(listing, SCRIPT_WAIT, SLICE_NONE, false);
        listing->out[listing->count - 1].span_ms = (first_ms + units[i] - 1) / units[i] * units[i];
        return;
    }
}

/* A USSD session that drops, and is dialled again after a while. */
static void add_redial(struct listing *listing)
{
    const struct flow *flow = listing->wanted->edges->flow;
    if (listing->place->channel.kind != CHANNEL_USSD || flow->redial == FLOW_NONE)
        return;
    add(listing, listing->place->paused ? SCRIPT_DIAL : SCRIPT_WAIT, SLICE_NONE, false);
    listing->out[listing->count - 1].span_ms = flow->redial_after_ms;
}

static void add_commands(struct listing *listing)
{
    static const struct {
        const char *words;
        bool quiet;
    } rows[] = {{"ayuda", true},      {"gracias", true},   {"idioma", true}, {"hola", true},   {"asesor", false},
                {"mis datos", false}, {"corregir", false}, {"menu", false},  {"atras", false}, {"seguir", true},
                {"borrar", false},    {"baja", false},     {"alta", false}};
    for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++)
        add(listing, SCRIPT_SAY, slice_of(rows[i].words), rows[i].quiet);
}

/* Gives words that say what a form says: its first alternatives, without its marks. */
static struct slice words_of(const char *form, struct arena *arena)
{
    struct slice rest = slice_of(form), token;
    struct buf words;
    buf_init(&words, FLOW_FORM_BYTES);
    while (slice_cut(&rest, ' ', &token)) {
        token = slice_part(token, 0, slice_find(token, '|'));
        if (slice_is(token, "^") || slice_is(token, "$") || slice_is(token, ".."))
            continue;
        if (words.len)
            buf_addc(&words, ' ');
        for (size_t i = 0; i < token.len; i++)
            if (!strchr("^$=*?", token.ptr[i]))
                buf_addc(&words, token.ptr[i]);
    }
    struct slice copy = arena_copy(arena, buf_slice(&words));
    buf_release(&words);
    return copy;
}

static void add_alerts(struct listing *listing)
{
    const struct flow *flow = listing->wanted->edges->flow;
    for (size_t i = 0; i < flow->alert_count; i++) {
        struct slice words = words_of(flow->alerts[i].words.items[0], listing->arena);
        if (words.len)
            add(listing, SCRIPT_SAY, words, true);
    }
}

static void add_keywords(struct listing *listing)
{
    const struct flow *flow = listing->wanted->edges->flow;
    for (size_t i = 0; i < flow->keyword_count; i++)
        add(listing, SCRIPT_SAY, flow->keywords[i].example, false);
}

size_t cover_acts(const struct cover_wanted *wanted, const struct cover_place *place, struct arena *arena,
                  struct cover_act *out)
{
    struct listing listing = {.wanted = wanted, .place = place, .arena = arena, .out = out};
    if (place->channel.kind == CHANNEL_USSD && place->rests) {
        add(&listing, SCRIPT_DIAL, SLICE_NONE, false);
        add_waits(&listing);
        return listing.count;
    }
    if (place->rests)
        add(&listing, SCRIPT_SAY, SLICE("hola"), false);
    else
        add(&listing, SCRIPT_SAY, SLICE(NONSENSE), false);
    add_offers(&listing);
    add_values(&listing);
    add_waits(&listing);
    add_redial(&listing);
    add_commands(&listing);
    add_alerts(&listing);
    add_keywords(&listing);
    return listing.count;
}

struct script_pins cover_pins(enum cover_engine engine)
{
    static const struct advice sure = {.kind = NEED_INDUSTRY,
                                       .sure = true,
                                       .label_count = 1,
                                       .labels = {{"restaurante", "Comida y restaurante", 0.9}}},
                               unsure = {.kind = NEED_INDUSTRY,
                                         .label_count = 3,
                                         .labels = {{"comercio", "Comercio", 0.4},
                                                    {"bodega_alimentos", "Bodega y alimentos", 0.3},
                                                    {"confeccion", "Confecci\xc3\xb3n y calzado", 0.1}}},
                               nothing = {.kind = NEED_INDUSTRY},
                               profile = {.kind = NEED_PROFILE,
                                          .stage = "growth",
                                          .stage_probability = 0.8,
                                          .outlook = "estable"},
                               none = {.kind = NEED_RESOURCES},
                               single = {.kind = NEED_RESOURCES,
                                         .resource_count = 1,
                                         .resources = {{.id = "yape",
                                                        .text = "Cobra con Yape o Plin: gratis y sin comisi\xc3\xb3n.",
                                                        .reason = "porque vendes a diario",
                                                        .contact = "yape.com.pe"}}},
                               dates = {.kind = NEED_TRAININGS,
                                        .training_count = 3,
                                        .trainings = {"CAJA vie 4/12 15:00", "WEB lun 7/12 10:00",
                                                      "PRECIOS mar 8/12 18:30"}};
    static const struct script_pins pins[COVER_ENGINES] = {
        [COVER_SURE] = {.industry = &sure, .profile = &profile},
        [COVER_UNSURE] = {.industry = &unsure},
        [COVER_NO_TRADE] = {.industry = &nothing},
        [COVER_NO_RESOURCES] = {.resources = &none},
        [COVER_ONE_RESOURCE] = {.resources = &single},
        [COVER_TRAININGS] = {.trainings = &dates},
    };
    return pins[engine];
}
