#include "gateway/preview.h"

#include <stdlib.h>

#include "gateway/bulk_time.h"

/* Of those looked at, on one channel. */
struct part_of {
    struct preview_sample *said; /* PREVIEW_PEOPLE_MAX */
    size_t count;
    uint64_t templates, segments, shortened;
    int64_t price; /* of them all; PRICE_UNKNOWN sticks */
};

struct preview {
    const struct notice *notice;
    const struct channel *const *channels;
    const struct limit_rules *const *rules;
    size_t count;
    int64_t start_ms, until_ms; /* until_ms 0: no such time */
    struct arena *arena;
    struct part_of parts[PREVIEW_CHANNELS_MAX];
    uint64_t looked_at, excluded[PREVIEW_REASONS];
};

const char *preview_basis_name(enum preview_basis basis)
{
    static const char *const names[] = {
        [PREVIEW_EVERYBODY] = "everybody", [PREVIEW_SAMPLE] = "sample", [PREVIEW_ASSUMED] = "assumed"};
    return names[basis];
}

const char *preview_reason_name(enum preview_reason reason)
{
    static const char *const names[] = {
        [PREVIEW_UNKNOWN] = "unknown",         [PREVIEW_OPTED_OUT] = "opted_out",
        [PREVIEW_NEVER_WROTE] = "never_wrote", [PREVIEW_NOT_CONFIRMED] = "not_confirmed",
        [PREVIEW_NO_CONSENT] = "no_consent",   [PREVIEW_NO_CHANNEL] = "no_channel",
        [PREVIEW_NO_WINDOW] = "no_window",     [PREVIEW_CAP] = "cap"};
    return names[reason];
}

struct preview *preview_open(const struct notice *notice, const struct channel *const *channels,
                             const struct limit_rules *const *rules, size_t count, int64_t start_ms,
                             int64_t until_ms, struct arena *arena)
{
    struct preview *preview = arena_alloc(arena, sizeof(*preview));
    if (!preview)
        return NULL;
    *preview = (struct preview){.notice = notice,
                                .channels = channels,
                                .rules = rules,
                                .count = count,
                                .start_ms = start_ms,
                                .until_ms = until_ms,
                                .arena = arena};
    for (size_t i = 0; i < count; i++) {
        preview->parts[i].said = arena_array(arena, PREVIEW_PEOPLE_MAX, sizeof(struct preview_sample));
        if (!preview->parts[i].said)
            return NULL;
    }
    return preview;
}

/* Writes what a person of a state gets on a channel. */
static enum error say(const struct preview *preview, size_t i, const struct state *state, struct slice number,
                      bool open, struct preview_sample *out)
{
    enum error error = notice_render(preview->notice, preview->channels[i], state, preview->arena, &out->said);
    if (error)
        return error;
    out->language = arena_copy(preview->arena, slice_of(state->lang));
    out->open = open;
    out->price = notice_price(preview->notice, preview->channels[i], &out->said, number, open);
    return out->language.ptr ? OK : ERR_NOMEM;
}

static void add_price(int64_t *sum, int64_t price)
{
    *sum = *sum == PRICE_UNKNOWN || price == PRICE_UNKNOWN ? PRICE_UNKNOWN : *sum + price;
}

/* Counts who is excluded whatever the channel. Returns whether she is not. */
static bool may_be_written_to(struct preview *preview, const struct preview_person *person)
{
    if (!person->state)
        preview->excluded[PREVIEW_UNKNOWN]++;
    else if (person->state->opted_out)
        preview->excluded[PREVIEW_OPTED_OUT]++;
    else if (!person->wrote)
        preview->excluded[PREVIEW_NEVER_WROTE]++;
    else if (person->standing == STANDING_PENDING)
        preview->excluded[PREVIEW_NOT_CONFIRMED]++;
    else if (person->standing == STANDING_NONE)
        preview->excluded[PREVIEW_NO_CONSENT]++;
    else
        return true;
    return false;
}

enum error preview_add(struct preview *preview, const struct preview_person *person)
{
    if (preview->looked_at == PREVIEW_PEOPLE_MAX)
        return OK;
    preview->looked_at++;
    bool shut = false;
    if (!may_be_written_to(preview, person))
        return OK;
    for (size_t i = 0; i < preview->count; i++) {
        struct part_of *part = &preview->parts[i];
        struct preview_sample *said = &part->said[part->count];
        enum notice_way way =
            notice_way(preview->notice, preview->channels[i], person->inbound_ms[i], preview->start_ms);
        shut = shut || way == NOTICE_SHUT;
        if (way == NOTICE_NEVER || way == NOTICE_SHUT)
            continue;
        if (person->capped) {
            preview->excluded[PREVIEW_CAP]++;
            return OK;
        }
        enum error error = say(preview, i, person->state, person->number, way == NOTICE_WORDS, said);
        if (error)
            return error;
        part->count++;
        part->templates += way == NOTICE_TEMPLATE;
        part->segments += said->said.segments;
        part->shortened += said->said.shortened;
        add_price(&part->price, said->price);
        return OK;
    }
    preview->excluded[shut ? PREVIEW_NO_WINDOW : PREVIEW_NO_CHANNEL]++;
    return OK;
}

/* ---- reckoning ---- */

static size_t length_of(const struct preview_sample *sample)
{
    return sample->said.size.units ? sample->said.size.units : sample->said.message.text.len;
}

static int by_length(const void *a, const void *b)
{
    size_t first = length_of(a), second = length_of(b);
    return (first > second) - (first < second);
}

static void add_sample(struct preview_channel *out, const struct preview_sample *sample, const char *which)
{
    struct preview_sample *added = &out->samples[out->sample_count++];
    *added = *sample;
    added->which = which;
}

/* Adds the letters of a text that were not told yet. */
static enum error add_letters(const struct preview *preview, const struct state *state, struct preview_channel *out)
{
    struct slice words;
    struct letter letters[LETTERS_MAX];
    size_t count = 0;
    enum error error = notice_words(preview->notice, out->channel->kind, state, preview->arena, &words);
    if (!error)
        error = letters_find(words, out->channel, letters, &count);
    for (size_t i = 0; !error && i < count && out->letter_count < LETTERS_MAX; i++) {
        bool told = false;
        for (size_t j = 0; j < out->letter_count; j++)
            told = told || strcmp(out->letters[j].text, letters[i].text) == 0;
        if (!told)
            out->letters[out->letter_count++] = letters[i];
    }
    return error;
}

/* Adds, for each language that the notice has, what who told nothing reads. */
static enum error add_bare(const struct preview *preview, size_t i, struct preview_channel *out)
{
    const struct flow *flow = preview->notice->flow;
    struct state *state = arena_alloc(preview->arena, sizeof(*state));
    enum error error = state ? OK : ERR_NOMEM;
    for (size_t lang = 0; !error && lang < flow->lang_count; lang++) {
        struct preview_sample sample = {0};
        if (!preview->notice->text->variants[lang][VARIANT_PLAIN])
            continue;
        slice_copy(slice_of(flow->langs[lang]), state->lang, sizeof(state->lang));
        error = say(preview, i, state, SLICE(""), out->channel->kind != CHANNEL_WHATSAPP || !preview->notice->template,
                    &sample);
        if (!error)
            add_sample(out, &sample, "bare");
        if (!error && out->channel->kind == CHANNEL_SMS)
            error = add_letters(preview, state, out);
    }
    return error;
}

/* Gives `part` of what was looked at, for all. Rounded up: what it costs is never told too low. */
static uint64_t scaled(uint64_t part, uint64_t looked_at, uint64_t people)
{
    return looked_at ? (uint64_t)((part * (__uint128_t)people + looked_at - 1) / looked_at) : 0;
}

static void reckon(const struct preview *preview, size_t i, uint64_t people, struct preview_channel *out)
{
    const struct part_of *part = &preview->parts[i];
    const uint64_t of = preview->looked_at;
    out->people = scaled(part->count, of, people);
    out->templates = scaled(part->templates, of, people);
    out->segments = scaled(part->segments, of, people);
    out->shortened = scaled(part->shortened, of, people);
    out->price = part->price == PRICE_UNKNOWN ? PRICE_UNKNOWN : (int64_t)scaled((uint64_t)part->price, of, people);
}

/* Nobody was looked at: all get on the first channel what who told nothing gets. */
static void assume(const struct preview *preview, uint64_t people, struct preview_channel *out)
{
    const struct preview_sample *bare = &out->samples[0];
    out->people = people;
    out->segments = people * bare->said.segments;
    out->templates = out->channel->kind == CHANNEL_WHATSAPP && preview->notice->template ? people : 0;
    out->price = bare->price == PRICE_UNKNOWN ? PRICE_UNKNOWN : bare->price * (int64_t)people;
}

/* Gives how many of `people` have got it once `fit` of the `parts` that make up theirs have gone. Rounded down: who has
 * a part of it has not got it. */
static uint64_t reached(uint64_t fit, uint64_t parts, uint64_t people)
{
    return fit < parts ? (uint64_t)(fit * (__uint128_t)people / parts) : people;
}

/* Tells how many of a channel's people are missed. They stay in its figures: which of them it is, nobody knows yet. */
static void tell_missed(const struct preview *preview, size_t i, struct preview_channel *out)
{
    const struct limit_rules *rules = preview->rules[i];
    if (!preview->until_ms)
        return;
    const uint64_t fit = bulk_fits(rules, 0, preview->start_ms, preview->until_ms);
    uint64_t got = reached(fit, out->segments, out->people);
    if (rules->daily_tier > 0 && out->templates) {
        const uint64_t days = bulk_fits(rules, (uint64_t)rules->daily_tier, preview->start_ms, preview->until_ms);
        const uint64_t by_tier = reached(days, out->templates, out->people);
        got = by_tier < got ? by_tier : got;
    }
    out->missed = out->people - got;
}

static void tell_time(const struct preview *preview, size_t i, struct preview_channel *out)
{
    const struct limit_rules *rules = preview->rules[i];
    out->begins_ms = bulk_begins(rules, preview->start_ms);
    out->ends_ms = bulk_ends(rules, out->segments, 0, preview->start_ms);
    if (rules->daily_tier > 0 && out->templates) {
        int64_t tier_ms = bulk_ends(rules, out->templates, (uint64_t)rules->daily_tier, preview->start_ms);
        out->ends_ms = tier_ms > out->ends_ms ? tier_ms : out->ends_ms;
    }
}

enum error preview_finish(struct preview *preview, uint64_t people, struct preview_result *out)
{
    const uint64_t looked_at = preview->looked_at;
    *out = (struct preview_result){.basis = !looked_at           ? PREVIEW_ASSUMED
                                            : looked_at < people ? PREVIEW_SAMPLE
                                                                 : PREVIEW_EVERYBODY,
                                   .people = people,
                                   .looked_at = looked_at,
                                   .channel_count = preview->count};
    for (int reason = 0; reason < PREVIEW_REASONS; reason++)
        out->excluded[reason] = scaled(preview->excluded[reason], looked_at, people);
    for (size_t i = 0; i < preview->count; i++) {
        struct preview_channel *channel = &out->channels[i];
        struct part_of *part = &preview->parts[i];
        channel->channel = preview->channels[i];
        enum error error = add_bare(preview, i, channel);
        if (error)
            return error;
        qsort(part->said, part->count, sizeof(part->said[0]), by_length);
        if (part->count) {
            add_sample(channel, &part->said[part->count / 2], "typical");
            add_sample(channel, &part->said[part->count - 1], "longest");
        }
        reckon(preview, i, people, channel);
        if (!looked_at && i == 0)
            assume(preview, people, channel);
        tell_time(preview, i, channel);
        tell_missed(preview, i, channel);
    }
    return OK;
}
