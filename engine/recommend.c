#include "engine/recommend.h"

#include <string.h>

#include "engine/business.h"
#include "engine/ranker.h"
#include "engine/reason.h"
#include "engine/size.h"

/* What each part of the score may add; they sum to 1. The goal outweighs any other two, because it is what the owner
 * asked for. */
#define WEIGHT_GOAL 0.42
#define WEIGHT_STAGE 0.18
#define WEIGHT_INDUSTRY 0.16
#define WEIGHT_REGION 0.08
#define WEIGHT_CONFIDENCE 0.08
#define WEIGHT_FORMALITY 0.08

#define GOAL_FIRST 1.0   /* it serves the owner's goal before all others */
#define GOAL_ALSO 0.75   /* it serves the goal too */
#define GOAL_BROAD 0.15  /* per goal served, when the owner's is unknown: then broad help is best, to 4 goals */
#define GOAL_BESIDE 0.06 /* per goal served, when the owner's is another: what is left to fill a page */
#define GOAL_BROAD_MOST 4
#define INDUSTRY_BESIDE 0.5 /* of what an industry of one's own is worth, when the goal is another */
#define STAGE_FOR_ALL 0.8   /* of what a resource for just these stages gets */
#define FOR_ALL 0.3         /* industry, region: a resource for all */
#define FOR_FEW 1.0         /* for at most FEW */
#define FOR_SOME 0.6        /* for more than FEW, but not all */
#define FEW 3
#define NAMED_MOST 4 /* a resource for more industries than these was not made for the owner's */

struct candidate {
    const struct resource *resource;
    double score;                /* what is told: by the rules, or a probability */
    double value;                /* what orders now: the score, or a draw */
    struct ranker_belief belief; /* with a ranker */
    unsigned shown;              /* how lately it was shown: 0 never, as far as is known; the highest last */
    bool taken;
    unsigned drawn; /* how many pages of RECOMMEND_DRAWS had it */
};

struct candidates {
    struct candidate items[CATALOGUE_RESOURCES_MAX];
    size_t count;
};

static bool has(unsigned set, int number)
{
    return number != WORD_NONE && (set & 1u << number);
}

static bool is_all(unsigned set, const struct vocabulary *vocabulary)
{
    return set == (1u << vocabulary->count) - 1;
}

void profile_make(const struct business *business, const struct prediction *stage, int64_t day_ms, struct profile *out)
{
    static const unsigned bit_of[] = {
        [SIZE_UNKNOWN] = SIZES_MICRO, [SIZE_MICRO] = SIZES_MICRO, [SIZE_PEQUENA] = SIZES_PEQUENA, [SIZE_LARGER] = 0};
    int goal = word_number(&goals, slice_of(business->goal));
    *out = (struct profile){
        .industry = word_number(&industries, slice_of(business->industry)),
        .region = word_number(&regions, slice_of(business->region)),
        .regime = word_number(&regimes, slice_of(business->regime)),
        .goal = goal == GOAL_OTHER ? WORD_NONE : goal,
        .has_ruc = business_ruc(business),
        .tags = tags_stated(slice_of(business->activity)),
        .size = bit_of[size_of(business->sales_month, day_ms)],
        .sales_month = business->sales_month,
        .workers = business->workers,
        .tenure_months = business->tenure_months,
        .day_ms = day_ms,
    };
    for (size_t i = 0; i < stage->count; i++) {
        int number = word_number(&stages, slice_of(stage->guesses[i].label));
        if (number != WORD_NONE)
            out->stage[number] = stage->guesses[i].probability;
    }
    for (int i = 0; stage->count == 0 && i < STAGE_COUNT; i++)
        out->stage[i] = 1.0 / STAGE_COUNT;
}

/* Adds the probability of the stages that a resource is for, leaving out those that the business is hardly in. */
static double stage_mass(const struct resource *r, const struct profile *p)
{
    double mass = 0;
    for (int i = 0; i < STAGE_COUNT; i++)
        if (has(r->stages, i) && p->stage[i] >= RECOMMEND_STAGE_LEAST)
            mass += p->stage[i];
    return mass > 1 ? 1 : mass;
}

static bool stage_fits(const struct resource *r, const struct profile *p)
{
    return stage_mass(r, p) > 0;
}

static bool industry_fits(const struct resource *r, const struct profile *p)
{
    return is_all(r->industries, &industries) || has(r->industries, p->industry);
}

static bool region_fits(const struct resource *r, const struct profile *p)
{
    return is_all(r->regions, &regions) || has(r->regions, p->region);
}

static bool formality_fits(const struct resource *r, const struct profile *p)
{
    return r->formality == FORMALITY_ANY || p->has_ruc < 0 || (r->formality == FORMALITY_WITH_RUC) == p->has_ruc;
}

static bool regime_fits(const struct resource *r, const struct profile *p)
{
    return p->regime == WORD_NONE || has(r->regimes, p->regime);
}

static bool size_fits(const struct resource *r, const struct profile *p)
{
    if (r->sizes & (SIZES_ANY | p->size))
        return true;
    return p->tags && (r->sizes & SIZES_ASSOCIATIONS) && has(p->tags, word_number(&tags, SLICE("association")));
}

static bool tags_fit(const struct resource *r, const struct profile *p)
{
    return (r->requires & p->tags) == r->requires;
}

static bool limits_fit(const struct resource *r, const struct profile *p)
{
    return !(r->sales_month_max >= 0 && p->sales_month > r->sales_month_max) &&
           !(p->workers >= 0 && r->workers_min >= 0 && p->workers < r->workers_min) &&
           !(p->workers >= 0 && r->workers_max >= 0 && p->workers > r->workers_max) &&
           !(r->tenure_months_min >= 0 && p->tenure_months != TENURE_UNKNOWN &&
             p->tenure_months < r->tenure_months_min);
}

static bool date_fits(const struct resource *r, const struct profile *p)
{
    return p->day_ms < r->valid_until_ms;
}

bool recommend_eligible(const struct resource *resource, const struct profile *profile)
{
    const struct resource *r = resource;
    const struct profile *p = profile;
    return date_fits(r, p) && region_fits(r, p) && industry_fits(r, p) && formality_fits(r, p) && regime_fits(r, p) &&
           size_fits(r, p) && tags_fit(r, p) && limits_fit(r, p) && stage_fits(r, p);
}

static bool serves(const struct resource *r, int goal)
{
    for (size_t i = 0; i < r->goal_count; i++)
        if (r->goals[i] == goal)
            return true;
    return false;
}

/* Whoever tells of an emergency needs that number before anything else, whatever the goal. */
static double goal_part(const struct resource *r, const struct profile *p)
{
    if (r->kind == KIND_EMERGENCY && r->requires)
        return GOAL_FIRST;
    double breadth = (double)(r->goal_count < GOAL_BROAD_MOST ? r->goal_count : GOAL_BROAD_MOST);
    if (p->goal == WORD_NONE)
        return GOAL_BROAD * breadth;
    if (r->goal_count > 0 && r->goals[0] == p->goal)
        return GOAL_FIRST;
    return serves(r, p->goal) ? GOAL_ALSO : GOAL_BESIDE * breadth;
}

static double stage_part(const struct resource *r, const struct profile *p)
{
    return stage_mass(r, p) * (is_all(r->stages, &stages) ? STAGE_FOR_ALL : 1);
}

/* The fewer a resource is for, the likelier that it was made for this business. */
static double special(unsigned set, const struct vocabulary *vocabulary)
{
    if (is_all(set, vocabulary))
        return FOR_ALL;
    return __builtin_popcount(set) <= FEW ? FOR_FEW : FOR_SOME;
}

/* A tag is as good as an industry of one's own: the owner said in words that this is she. */
static double industry_part(const struct resource *r, const struct profile *p)
{
    double part = r->requires ? FOR_FEW : special(r->industries, &industries);
    bool beside = p->goal != WORD_NONE && !serves(r, p->goal) && r->kind != KIND_EMERGENCY;
    return beside ? part * INDUSTRY_BESIDE : part;
}

static double region_part(const struct resource *r, const struct profile *p)
{
    (void)p;
    return special(r->regions, &regions);
}

static double confidence_part(const struct resource *r, const struct profile *p)
{
    (void)p;
    return r->confidence == 'A' ? 1 : r->confidence == 'B' ? 0.6 : 0.2;
}

/* For those without RUC the next step towards one is worth something; what asks for a RUC is worth nothing here while
 * nobody knows of one. */
static double formality_part(const struct resource *r, const struct profile *p)
{
    if (r->formality == FORMALITY_ANY)
        return 0.5;
    if (p->has_ruc < 0)
        return 0;
    return !p->has_ruc && r->kind == KIND_FORMALISATION ? 1 : 0.5;
}

double recommend_score(const struct resource *resource, const struct profile *profile)
{
    static const struct {
        double weight;
        double (*part)(const struct resource *r, const struct profile *p); /* 0 to 1 */
    } rows[] = {
        {WEIGHT_GOAL, goal_part},     {WEIGHT_STAGE, stage_part},           {WEIGHT_INDUSTRY, industry_part},
        {WEIGHT_REGION, region_part}, {WEIGHT_CONFIDENCE, confidence_part}, {WEIGHT_FORMALITY, formality_part},
    };
    double score = 0;
    for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++)
        score += rows[i].weight * rows[i].part(resource, profile);
    return score;
}

/* Gives a word of a list as a reason. */
static struct reason of_list(const char *kind, const struct vocabulary *list, int number)
{
    return (struct reason){kind, &list->words[number]};
}

static const struct reason no_reason = {NULL, NULL};

static struct reason goal_reason(const struct resource *r, const struct profile *p)
{
    return p->goal != WORD_NONE && serves(r, p->goal) ? of_list("goal", &goals, p->goal) : no_reason;
}

static struct reason tag_reason(const struct resource *r, const struct profile *p)
{
    (void)p;
    for (size_t i = 0; i < tags.count; i++)
        if (has(r->requires, (int)i))
            return of_list("tag", &tags, (int)i);
    return no_reason;
}

static struct reason industry_reason(const struct resource *r, const struct profile *p)
{
    bool named = p->industry != WORD_NONE && __builtin_popcount(r->industries) <= NAMED_MOST;
    return named ? of_list("industry", &industries, p->industry) : no_reason;
}

static struct reason region_reason(const struct resource *r, const struct profile *p)
{
    bool some = p->region != WORD_NONE && !is_all(r->regions, &regions);
    return some ? of_list("region", &regions, p->region) : no_reason;
}

static struct reason ruc_reason(const struct resource *r, const struct profile *p)
{
    if (p->has_ruc == 1 && r->formality == FORMALITY_WITH_RUC)
        return (struct reason){"ruc", &ruc_reasons[REASON_RUC_HAVE]};
    if (p->has_ruc == 0 && r->formality == FORMALITY_WITHOUT_RUC && r->kind == KIND_FORMALISATION)
        return (struct reason){"ruc", &ruc_reasons[REASON_RUC_STEP]};
    if (p->has_ruc == 0 && r->formality != FORMALITY_WITH_RUC)
        return (struct reason){"ruc", &ruc_reasons[REASON_RUC_NONE]};
    return no_reason;
}

static struct reason stage_reason(const struct resource *r, const struct profile *p)
{
    for (int i = 0; i < STAGE_COUNT; i++)
        if (!is_all(r->stages, &stages) && has(r->stages, i) && p->stage[i] > 0.5)
            return of_list("stage", &stages, i);
    return no_reason;
}

static struct reason broad_reason(const struct resource *r, const struct profile *p)
{
    bool all = is_all(r->industries, &industries);
    if (!all && !has(r->industries, p->industry))
        return no_reason;
    return (struct reason){"broad", &broad_reasons[all ? REASON_BROAD_ALL : REASON_BROAD_TRADE]};
}

/* Says why, strongest first. Nothing is without a reason: the last row holds for all that are eligible. */
static void explain(const struct resource *r, const struct profile *p, struct recommendation *out)
{
    static struct reason (*const rows[])(const struct resource *r, const struct profile *p) = {
        goal_reason, tag_reason, industry_reason, region_reason, ruc_reason, stage_reason, broad_reason,
    };
    size_t count = 0;
    for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]) && count < ENGINE_REASONS; i++) {
        const struct reason reason = rows[i](r, p);
        if (!reason.kind)
            continue;
        reason_say(p->speech, reason, out->reasons[count]);
        out->whys[count++] = (struct engine_why){reason.kind, reason.word->key};
    }
}

/* Finds the best that is left, not of a kind that is in `full`, what was shown behind what was not, and what was shown
 * later behind what was shown before it; of equals the one that stands first in the file, so that staff can choose.
 * Returns NULL when there is none. */
static struct candidate *best_left(struct candidates *all, unsigned full)
{
    struct candidate *best = NULL;
    for (size_t i = 0; i < all->count; i++) {
        struct candidate *c = &all->items[i];
        if (c->taken || has(full, (int)c->resource->kind))
            continue;
        if (!best || (c->shown == best->shown ? c->value > best->value : c->shown < best->shown))
            best = c;
    }
    return best;
}

/* Takes up to `max` candidates into `page`, never three of a kind while there is another. Returns how many. */
static size_t take_page(struct candidates *all, struct candidate *page[RECOMMEND_PAGE], size_t max)
{
    unsigned of_kind[KIND_COUNT] = {0}, full = 0;
    size_t count = 0;
    for (; count < max && count < RECOMMEND_PAGE; count++) {
        struct candidate *best = best_left(all, full);
        if (!best && !(best = best_left(all, 0)))
            break;
        best->taken = true;
        page[count] = best;
        if (++of_kind[best->resource->kind] == RECOMMEND_SAME_KIND)
            full |= 1u << best->resource->kind;
    }
    return count;
}

static void draw_all(struct candidates *all, uint64_t seed)
{
    for (size_t i = 0; i < all->count; i++)
        all->items[i].value = ranker_draw(&all->items[i].belief, seed, all->items[i].resource);
}

/* Draws pages with other seeds, to count how often each candidate would have been in one. Takes nothing. */
static void count_draws(struct candidates *all, uint64_t seed, size_t max)
{
    for (uint64_t i = 1; i <= RECOMMEND_DRAWS; i++) {
        struct candidate *page[RECOMMEND_PAGE];
        draw_all(all, ranker_seed(seed, i));
        size_t count = take_page(all, page, max);
        for (size_t k = 0; k < count; k++) {
            page[k]->taken = false;
            page[k]->drawn++;
        }
    }
}

/* A page is chosen by its draws, and said with the likeliest first. */
static void order_page(struct candidate *page[RECOMMEND_PAGE], size_t count)
{
    for (size_t i = 1; i < count; i++) {
        struct candidate *moved = page[i];
        size_t at = i;
        for (; at > 0 && page[at - 1]->shown == moved->shown && page[at - 1]->score < moved->score; at--)
            page[at] = page[at - 1];
        page[at] = moved;
    }
}

static unsigned last_shown(const struct recommend_ask *ask, const struct resource *r)
{
    for (size_t i = ask->shown_count; i > 0; i--)
        if (ask->shown[i - 1] == r->number)
            return (unsigned)i;
    return 0;
}

static void gather(const struct catalogue *catalogue, const struct linear *ranker, const struct profile *profile,
                   const struct recommend_ask *ask, struct candidates *out)
{
    out->count = 0;
    for (size_t i = 0; i < catalogue_count(catalogue); i++) {
        const struct resource *r = catalogue_at(catalogue, i);
        if (!recommend_eligible(r, profile))
            continue;
        struct candidate *c = &out->items[out->count++];
        *c = (struct candidate){.resource = r, .shown = last_shown(ask, r)};
        c->score = c->value = recommend_score(r, profile);
        if (!ranker)
            continue;
        c->belief = ranker_believe(ranker, profile, r, c->score);
        c->value = c->belief.odds;
        c->score = ranker_probability(c->belief.odds);
    }
}

static void tell(const struct candidate *c, const struct profile *profile, bool drawn, struct recommendation *out)
{
    const struct resource *r = c->resource;
    *out = (struct recommendation){.score = c->score,
                                   .text = speech_text(profile->speech, r->id, r->text),
                                   .contact = speech_contact(profile->speech, r->id, r->contact)};
    if (drawn)
        out->propensity = (double)(c->drawn + 1) / (RECOMMEND_DRAWS + 1); /* the draw that chose it counts too */
    slice_fill(slice_of(r->id), out->id, sizeof(out->id));
    explain(r, profile, out);
}

size_t recommend(const struct recommender *with, const struct prediction *stage, const struct business *business,
                 const struct recommend_ask *ask, struct recommendation *out, size_t max)
{
    struct candidates all;
    struct profile profile;
    struct candidate *page[RECOMMEND_PAGE];
    bool drawn = with->ranker && ask->seed, counted = drawn && !ask->page_alone;
    size_t given = 0, taken;

    profile_make(business, stage, ask->today_ms, &profile);
    profile.speech = with->speech;
    gather(with->catalogue, with->ranker, &profile, ask, &all);
    if (counted)
        count_draws(&all, ask->seed, max);
    if (drawn)
        draw_all(&all, ask->seed);
    while (given < max && (taken = take_page(&all, page, max - given)) > 0) {
        order_page(page, taken);
        for (size_t i = 0; i < taken; i++)
            tell(page[i], &profile, counted, &out[given++]);
    }
    return given;
}

double recommend_chance(const struct recommender *with, const struct profile *profile, const struct recommend_ask *ask,
                        const struct resource *resource)
{
    struct candidates all;
    struct candidate *page[RECOMMEND_PAGE];
    double chance = 0;
    gather(with->catalogue, with->ranker, profile, ask, &all);
    if (with->ranker && ask->seed)
        count_draws(&all, ask->seed, RECOMMEND_PAGE);
    else
        for (size_t i = 0, count = take_page(&all, page, RECOMMEND_PAGE); i < count; i++)
            page[i]->drawn = RECOMMEND_DRAWS;
    for (size_t i = 0; i < all.count; i++)
        if (all.items[i].resource == resource)
            chance = (double)all.items[i].drawn / RECOMMEND_DRAWS;
    return chance;
}
