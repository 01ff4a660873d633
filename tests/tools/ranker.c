/* Does the ranker learn? Owners made up with tastes that are known here answer about what it shows them; it is trained
 * on the answers again and again, and what it gives is held against what the best choice would give.
 * Run from the repository: build/tools/ranker [ANSWERS [SEED]]; `make ranker` writes models/ranker_simulation.json.
 * Exit 1 when in any of the worlds what it gives at last, exploring, is below nine tenths of the best. */
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/buf.h"
#include "base/civil.h"
#include "engine/business.h"
#include "engine/card.h"
#include "engine/ranker.h"
#include "engine/stage.h"
#include "engine/trainers.h"

#define PAGE RECOMMEND_PAGE
#define OWNERS 1000 /* fresh ones, that each model is measured on */
#define DAY "2026-11-23"
#define TABLE_MAX (64u * 1024 * 1024)
#define STOPS 8
#define WORLDS 5 /* each of other tastes */
#define ASKED 0.9

struct owner {
    struct business facts;
    struct prediction stage;
    struct profile profile;
};

/* What owners of a world like, as log-odds. Nothing of it is known to the ranker. */
struct tastes {
    double resource[CATALOGUE_RESOURCES_MAX];
    double goal_kind[GOAL_COUNT + 1][KIND_COUNT];
    double industry_kind[INDUSTRY_COUNT + 1][KIND_COUNT];
    double region_kind[REGION_COUNT + 1][KIND_COUNT];
};

struct world {
    struct catalogue *catalogue;
    struct slice catalogue_bytes;
    struct tastes tastes;
    struct train_random random;
    int64_t day_ms;
    double fixed[CATALOGUE_RESOURCES_MAX];        /* how much a resource is liked by those who may have it */
    struct owner *owners;                         /* that measure */
    double best, best_fixed, by_rules, at_random; /* useful resources a page */
    struct buf answers;                           /* the trainer's table */
    double shown, liked; /* over all answers so far: what the best page would have given, and what was given */
};

/* One stop of the curve. */
struct stop {
    size_t answers;
    double exploring, likeliest; /* share of the best page's reward */
};

static double draw(struct train_random *random)
{
    return (double)(train_draw(random) >> 11) / 9007199254740992.0;
}

static double draw_normal(struct train_random *random, double spread)
{
    double a = draw(random), b = draw(random);
    return spread * sqrt(-2 * log(1 - a)) * cos(2 * 3.14159265358979 * b);
}

static void draw_tastes(struct world *w)
{
    struct tastes *t = &w->tastes;
    for (size_t i = 0; i < CATALOGUE_RESOURCES_MAX; i++)
        t->resource[i] = draw_normal(&w->random, 0.8);
    for (size_t k = 0; k < KIND_COUNT; k++) {
        for (size_t g = 0; g <= GOAL_COUNT; g++)
            t->goal_kind[g][k] = draw_normal(&w->random, 0.7);
        for (size_t i = 0; i <= INDUSTRY_COUNT; i++)
            t->industry_kind[i][k] = draw_normal(&w->random, 0.7);
        for (size_t r = 0; r <= REGION_COUNT; r++)
            t->region_kind[r][k] = draw_normal(&w->random, 0.4);
    }
}

/* How likely this owner finds that of use: her tastes, and that it serves what she wants. */
static double chance(const struct world *w, const struct owner *o, size_t place)
{
    const struct resource *r = catalogue_at(w->catalogue, place);
    const struct profile *p = &o->profile;
    int goal = p->goal == WORD_NONE ? GOAL_COUNT : p->goal, region = p->region == WORD_NONE ? REGION_COUNT : p->region;
    int industry = p->industry == WORD_NONE ? INDUSTRY_COUNT : p->industry;
    double odds = -1.2 + w->tastes.resource[place] + w->tastes.goal_kind[goal][r->kind] +
                  w->tastes.industry_kind[industry][r->kind] + w->tastes.region_kind[region][r->kind];
    for (size_t i = 0; i < r->goal_count; i++)
        odds += r->goals[i] == goal ? 0.8 : 0;
    return 1 / (1 + exp(-odds));
}

static void set(struct business *b, const char *slot, const char *value)
{
    if (business_set(b, slice_of(slot), slice_of(value)))
        abort();
}

static const char *pick(const struct vocabulary *v, struct train_random *random)
{
    return v->words[train_draw_below(random, v->count)].key;
}

static void draw_owner(struct world *w, struct owner *out)
{
    static const char *const sales[] = {"600/month", "1500/month", "3000/month", "6000/month", "20000/month"};
    struct train_random *random = &w->random;
    char tenure[8];
    business_init(&out->facts);
    snprintf(tenure, sizeof(tenure), "%zu", train_draw_below(random, 120));
    set(&out->facts, "tenure", tenure);
    set(&out->facts, "trend", pick(&trends, random));
    set(&out->facts, "sales", sales[train_draw_below(random, sizeof(sales) / sizeof(sales[0]))]);
    set(&out->facts, "ruc", train_draw_below(random, 10) < 3 ? "yes" : "no");
    set(&out->facts, "industry", pick(&industries, random));
    set(&out->facts, "goal", pick(&goals, random));
    set(&out->facts, "region", train_draw_below(random, 3) ? pick(&regions, random) : "15");
    stage_predict(NULL, "", &out->facts, &out->stage); /* the facts are whole: the rule decides */
    profile_make(&out->facts, &out->stage, w->day_ms, &out->profile);
}

/* Takes the three with the highest values, never three of a kind while there is another. Returns the chances' sum. */
static double take(const struct world *w, const struct owner *o, const double *values)
{
    bool taken[CATALOGUE_RESOURCES_MAX] = {false};
    unsigned of_kind[KIND_COUNT] = {0};
    double sum = 0;
    for (size_t given = 0, strict = 1; given < PAGE;) {
        size_t best = CATALOGUE_RESOURCES_MAX;
        for (size_t i = 0; i < catalogue_count(w->catalogue); i++) {
            const struct resource *r = catalogue_at(w->catalogue, i);
            if (taken[i] || (strict && of_kind[r->kind] == RECOMMEND_SAME_KIND) || !recommend_eligible(r, &o->profile))
                continue;
            if (best == CATALOGUE_RESOURCES_MAX || values[i] > values[best])
                best = i;
        }
        if (best == CATALOGUE_RESOURCES_MAX && !strict--)
            break;
        if (best == CATALOGUE_RESOURCES_MAX)
            continue;
        taken[best] = true;
        of_kind[catalogue_at(w->catalogue, best)->kind]++;
        sum += chance(w, o, best);
        given++;
    }
    return sum;
}

static double best_page(const struct world *w, const struct owner *o)
{
    double values[CATALOGUE_RESOURCES_MAX];
    for (size_t i = 0; i < catalogue_count(w->catalogue); i++)
        values[i] = chance(w, o, i);
    return take(w, o, values);
}

static double random_page(struct world *w, const struct owner *o)
{
    double values[CATALOGUE_RESOURCES_MAX];
    for (size_t i = 0; i < catalogue_count(w->catalogue); i++)
        values[i] = draw(&w->random);
    return take(w, o, values);
}

static size_t place_of(const struct world *w, const char *id)
{
    size_t i = 0;
    while (strcmp(catalogue_at(w->catalogue, i)->id, id) != 0)
        i++;
    return i;
}

/* What the recommender gives. */
static size_t page_of(const struct world *w, const struct linear *model, const struct owner *o, uint64_t seed,
                      struct recommendation page[PAGE], double *sum)
{
    const struct recommend_ask ask = {.today_ms = w->day_ms, .seed = seed};
    size_t count = recommend(&(struct recommender){w->catalogue, model, NULL}, &o->stage, &o->facts, &ask, page, PAGE);
    *sum = 0;
    for (size_t i = 0; i < count; i++)
        *sum += chance(w, o, place_of(w, page[i].id));
    return count;
}

static void find_fixed(struct world *w)
{
    for (size_t i = 0; i < catalogue_count(w->catalogue); i++) {
        double sum = 0, count = 0;
        for (size_t k = 0; k < OWNERS; k++)
            if (recommend_eligible(catalogue_at(w->catalogue, i), &w->owners[k].profile)) {
                sum += chance(w, &w->owners[k], i);
                count++;
            }
        w->fixed[i] = count > 0 ? sum / count : 0;
    }
}

static void measure_others(struct world *w)
{
    struct recommendation page[PAGE];
    double sum;
    for (size_t i = 0; i < OWNERS; i++) {
        w->best += best_page(w, &w->owners[i]) / OWNERS;
        w->best_fixed += take(w, &w->owners[i], w->fixed) / OWNERS;
        w->at_random += random_page(w, &w->owners[i]) / OWNERS;
        page_of(w, NULL, &w->owners[i], 0, page, &sum);
        w->by_rules += sum / OWNERS;
    }
}

static void measure(const struct world *w, const struct linear *model, struct stop *out)
{
    struct recommendation page[PAGE];
    double exploring = 0, likeliest = 0, sum;
    for (size_t i = 0; i < OWNERS; i++) {
        page_of(w, model, &w->owners[i], i + 1, page, &sum);
        exploring += sum;
        page_of(w, model, &w->owners[i], 0, page, &sum);
        likeliest += sum;
    }
    out->exploring = exploring / OWNERS / w->best;
    out->likeliest = likeliest / OWNERS / w->best;
}

/* One more owner sees a page and says of each resource whether it is of use. */
static void answer(struct world *w, const struct linear *model, size_t number)
{
    struct recommendation page[PAGE];
    struct owner o;
    double sum;
    draw_owner(w, &o);
    size_t count = page_of(w, model, &o, train_draw(&w->random) | 1, page, &sum);
    w->shown += best_page(w, &o);
    w->liked += sum;
    for (size_t i = 0; i < count; i++) {
        size_t place = place_of(w, page[i].id);
        buf_addf(&w->answers, "%s\t%d\t%.4f\tp%zu\t" DAY "\t%s\t%s\t%s\t%s\t%s\t%.0f/month\n", page[i].id,
                 draw(&w->random) < chance(w, &o, place), page[i].propensity > 0 ? page[i].propensity : 1.0, number,
                 o.stage.guesses[0].label, o.facts.goal, o.facts.industry, o.facts.region,
                 o.facts.has_ruc ? "yes" : "no", o.facts.sales_month);
    }
}

static struct linear *learn(struct world *w)
{
    struct train_job job = {.data = {{"answers.tsv", buf_slice(&w->answers)}},
                            .data_count = 1,
                            .own = {{"models/catalogue.yaml", w->catalogue_bytes}},
                            .version = "v0001",
                            .seed = 1};
    struct faults faults;
    struct train_result result;
    faults_init(&faults);
    if (trainer_ranker.run(&job, &faults, &result)) {
        faults_print(&faults, stderr);
        exit(1);
    }
    struct linear *model = result.model;
    result.model = NULL;
    train_result_release(&result);
    faults_release(&faults);
    return model;
}

static void run(struct world *w, const size_t stops[STOPS], struct stop curve[STOPS])
{
    struct linear *model = NULL;
    buf_adds(&w->answers, "resource\tuseful\tpropensity\twho\tat\tstage\tgoal\tindustry\tregion\truc\tsales\n");
    for (size_t s = 0, done = 0; s < STOPS; s++) {
        for (; done < stops[s]; done++)
            answer(w, model, done);
        if (done > 0) {
            linear_free(model);
            model = learn(w);
        }
        curve[s].answers = done;
        measure(w, model, &curve[s]);
        fprintf(stderr, "%zu answers: %.3f\n", done, curve[s].exploring);
    }
    linear_free(model);
}

static void put_curve(const struct world *w, const struct stop curve[STOPS], struct buf *out)
{
    card_open_list(out, "curve");
    for (size_t s = 0; s < STOPS; s++) {
        card_open(out, NULL);
        card_count(out, "answers", curve[s].answers);
        card_number(out, "exploring", curve[s].exploring);
        card_number(out, "likeliest", curve[s].likeliest);
        card_number(out, "regret", (1 - curve[s].exploring) * w->best);
        card_number(out, "gain_over_the_best_fixed_list", curve[s].exploring * w->best - w->best_fixed);
        card_number(out, "gain_over_chance", curve[s].exploring * w->best - w->at_random);
        card_close(out);
    }
    card_close_list(out);
}

static void put_world(const struct world *w, uint64_t seed, const struct stop curve[STOPS], struct buf *out)
{
    card_open(out, NULL);
    card_count(out, "seed", seed);
    card_number(out, "useful_of_the_best_page", w->best);
    card_number(out, "at_random", w->at_random / w->best);
    card_number(out, "best_fixed_list", w->best_fixed / w->best);
    card_number(out, "rules_alone", w->by_rules / w->best);
    card_number(out, "over_all_answers_while_learning", w->liked / w->shown);
    put_curve(w, curve, out);
    card_close(out);
}

static void open_card(size_t answers, struct buf *out)
{
    buf_init(out, 64 * 1024);
    card_open(out, NULL);
    card_text(out, "what",
              "The ranker before made-up owners whose tastes are known: it says that the learning works, not what "
              "owners like. Rewards are the expected number of useful resources a page of three, of 1000 fresh owners, "
              "as a share of what the best page of those that the rules allow would give; regret and gains are such "
              "resources a page. An answer is what one owner says of the three on her page.");
    card_text(out, "command", "make ranker");
    card_count(out, "answers", answers);
    card_open_list(out, "worlds");
}

static bool read_catalogue(struct world *w)
{
    static char bytes[CATALOGUE_FILE_MAX];
    struct faults faults;
    FILE *in = fopen("models/catalogue.yaml", "rbe");
    if (!in)
        return false;
    w->catalogue_bytes = (struct slice){bytes, fread(bytes, 1, sizeof(bytes), in)};
    fclose(in);
    faults_init(&faults);
    w->catalogue = catalogue_read("models/catalogue.yaml", w->catalogue_bytes, &faults);
    faults_print(&faults, stderr);
    faults_release(&faults);
    return w->catalogue && civil_parse(SLICE(DAY), &w->day_ms) == OK;
}

/* Lets it learn in a world of other tastes, and says so. Returns whether it came near enough to the best. */
static bool try_world(struct world *w, size_t answers, uint64_t seed, struct buf *out)
{
    size_t stops[STOPS];
    struct stop curve[STOPS] = {{0}};
    *w = (struct world){.catalogue = w->catalogue,
                        .catalogue_bytes = w->catalogue_bytes,
                        .day_ms = w->day_ms,
                        .owners = w->owners,
                        .random = {seed}};
    for (size_t s = 0; s < STOPS; s++)
        stops[s] = answers * s * s / ((STOPS - 1) * (STOPS - 1));
    buf_init(&w->answers, TABLE_MAX);
    draw_tastes(w);
    for (size_t i = 0; i < OWNERS; i++)
        draw_owner(w, &w->owners[i]);
    find_fixed(w);
    measure_others(w);
    fprintf(stderr, "seed %llu, the best fixed list %.3f, chance %.3f\n", (unsigned long long)seed,
            w->best_fixed / w->best, w->at_random / w->best);
    run(w, stops, curve);
    put_world(w, seed, curve, out);
    buf_release(&w->answers);
    return curve[STOPS - 1].exploring >= ASKED;
}

int main(int argc, char **argv)
{
    size_t answers = argc > 1 ? strtoul(argv[1], NULL, 10) : 5000;
    uint64_t seed = argc > 2 ? strtoull(argv[2], NULL, 10) : 1;
    struct world w = {0};
    struct buf out;
    bool good = true;
    if (!read_catalogue(&w) || !(w.owners = malloc(OWNERS * sizeof(*w.owners))))
        return 1;
    open_card(answers, &out);
    for (uint64_t i = 0; i < WORLDS; i++)
        good &= try_world(&w, answers, seed + i, &out);
    card_close_list(&out);
    card_close(&out);
    printf("%s\n", buf_text(&out));
    buf_release(&out);
    catalogue_free(w.catalogue);
    free(w.owners);
    return good ? 0 : 1;
}
