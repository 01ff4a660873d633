/* What `make bench-audience` measures: counting, selecting and naming among many people, over a real redis-server.
 *
 * audience [PEOPLE [ROUNDS]]
 * Makes up that many people, writes their columns and names as turns do (strings that grow person by person), and then
 * asks as the API does. Each count is compared with one person after the other, and ends it with 1 when it differs,
 * as does a query whose fastest count takes more than COUNT_MS. Index memory is what Redis says of each of the index's
 * keys. */
#include <event2/event.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

#include "base/mem.h"
#include "gateway/audience_sample.h"
#include "gateway/clock.h"
#include "gateway/embedded_redis.h"
#include "gateway/preview.h"
#include "gateway/redis.h"

#define NOW_MS INT64_C(1795402800000)
#define NAME 16
#define ROUNDS_MAX 1000
#define COUNT_MS 50.0 /* that a count of a million people may take */

/* People of a shard, in the order of their numbers. */
struct crowd {
    struct profile *profiles;
    char (*names)[NAME];
    size_t count, room;
};

static struct crowd crowds[SHARDS];
static struct event_base *base;
static struct arena *arena;
static redisContext *plain; /* for filling and asking Redis about itself */
static uint64_t chance = 20261128;

static unsigned pick(unsigned below)
{
    chance = chance * 6364136223846793005u + 1442695040888963407u;
    return (unsigned)(chance >> 33) % below;
}

static void die(const char *what)
{
    fprintf(stderr, "audience: %s\n", what);
    exit(1);
}

/* ---- people ---- */

static struct profile anybody(void)
{
    struct profile p = {{0}};
    const struct profile_signs signs = {.wrote = true,
                                        .kind = (enum channel_kind)pick(3),
                                        .at_ms = NOW_MS - pick(200) * PROFILE_DAY_MS,
                                        .language = pick(8) ? SLICE("es") : SLICE("qu"),
                                        .opted = !pick(30)};
    uint32_t traits = profile_consent(profile_traits(0, &signs), 0, SLICE("respuestas"), SLICE("yes"));
    p.columns[COLUMN_TRAITS] =
        profile_consent(traits, UINT32_MAX, SLICE(PURPOSE_NOTICES), pick(2) ? SLICE("yes") : SLICE("no"));
    p.columns[COLUMN_FIRST_SEEN] = profile_day(NOW_MS - (200 + pick(500)) * PROFILE_DAY_MS);
    for (const struct profile_field *f = profile_fields; f->name; f++) {
        char number[24];
        size_t words = 0;
        while (f->words && f->words[words])
            words++;
        if (f->column <= COLUMN_FIRST_SEEN || !pick(8))
            continue;
        snprintf(number, sizeof(number), f->type == TYPE_MONEY ? "%u/month" : "%u",
                 1 + pick(f->type == TYPE_MONEY ? 20000 : 120));
        profile_learn(&p, slice_of(f->name), words ? slice_of(f->words[pick((unsigned)words)]) : slice_of(number));
    }
    return p;
}

static void add_person(size_t i)
{
    char name[NAME];
    snprintf(name, sizeof(name), "+519%08zu", i % 100000000);
    struct crowd *crowd = &crowds[shard_of(slice_of(name))];
    if (crowd->count == crowd->room) {
        crowd->room = crowd->room ? 2 * crowd->room : 1024;
        crowd->profiles = mem_resize(crowd->profiles, crowd->room * sizeof(*crowd->profiles));
        crowd->names = mem_resize(crowd->names, crowd->room * sizeof(*crowd->names));
        if (!crowd->profiles || !crowd->names)
            die("no memory");
    }
    crowd->profiles[crowd->count] = anybody();
    memcpy(crowd->names[crowd->count++], name, NAME);
}

/* ---- Redis ---- */

static void drain(size_t *sent)
{
    for (; *sent; --*sent) {
        redisReply *reply;
        if (redisGetReply(plain, (void **)&reply) != REDIS_OK || reply->type == REDIS_REPLY_ERROR)
            die("Redis refuses");
        freeReplyObject(reply);
    }
}

static void give(size_t *sent, size_t count, const char **words, const size_t *lens)
{
    redisAppendCommandArgv(plain, (int)count, words, lens);
    if (++*sent == 256)
        drain(sent);
}

/* Writes a person's number in a column. */
static void give_number(size_t *sent, unsigned shard, enum profile_column column, size_t person)
{
    char bytes[PROFILE_BYTES_MAX], key[KEY_MAX], at[24];
    const struct slice value = profile_write(column, crowds[shard].profiles[person].columns[column], bytes);
    const struct slice name = key_write(key, shard, "index", slice_of(profile_columns[column].name));
    const int len = snprintf(at, sizeof(at), "%zu", person * value.len);
    give(sent, 4, (const char *[]){"SETRANGE", name.ptr, at, value.ptr},
         (const size_t[]){8, name.len, (size_t)len, value.len});
}

static void fill(void)
{
    size_t sent = 0;
    for (unsigned shard = 0; shard < SHARDS; shard++) {
        const struct crowd *crowd = &crowds[shard];
        char key[KEY_MAX];
        const struct slice people = key_write(key, shard, "index", SLICE("people"));
        for (size_t i = 0; i < crowd->count; i++)
            give(&sent, 3, (const char *[]){"RPUSH", people.ptr, crowd->names[i] + 1},
                 (const size_t[]){5, people.len, strlen(crowd->names[i]) - 1});
        for (size_t i = 0; i < crowd->count; i++)
            for (unsigned column = 0; column < PROFILE_COLUMNS; column++)
                if (crowd->profiles[i].columns[column])
                    give_number(&sent, shard, (enum profile_column)column, i);
    }
    drain(&sent);
}

static double ask_number(const char *command, const char *behind)
{
    redisReply *reply = redisCommand(plain, command);
    const char *found = reply && reply->str ? strstr(reply->str, behind) : NULL;
    const double number = found ? strtod(found + strlen(behind), NULL) : reply ? (double)reply->integer : 0;
    freeReplyObject(reply);
    return number;
}

static double redis_cpu_ms(void)
{
    return 1000 * (ask_number("INFO cpu", "used_cpu_user:") + ask_number("INFO cpu", "used_cpu_sys:"));
}

static double memory_of(const char *kind, const char *name)
{
    double sum = 0;
    for (unsigned shard = 0; shard < SHARDS; shard++) {
        char key[KEY_MAX], command[KEY_MAX + 64];
        const struct slice written = key_write(key, shard, kind, slice_of(name));
        snprintf(command, sizeof(command), "MEMORY USAGE %.*s SAMPLES 0", (int)written.len, written.ptr);
        sum += ask_number(command, "?");
    }
    return sum;
}

/* ---- asking ---- */

static double own_cpu_ms(void)
{
    struct timespec used;
    clock_gettime(CLOCK_PROCESS_CPUTIME_ID, &used);
    return 1e3 * (double)used.tv_sec + (double)used.tv_nsec / 1e6;
}

static double wall_ms(void)
{
    struct timespec now;
    clock_gettime(CLOCK_MONOTONIC, &now);
    return 1e3 * (double)now.tv_sec + (double)now.tv_nsec / 1e6;
}

static struct audience_count counted;
static bool answered;

static void on_counted(void *ctx, enum error error, const struct audience_count *count)
{
    (void)ctx;
    if (error)
        die("the count failed");
    counted = *count;
    answered = true;
    event_base_loopbreak(base);
}

static uint64_t count_one_by_one(const struct query *query)
{
    uint64_t matched = 0;
    for (unsigned shard = 0; shard < SHARDS; shard++)
        for (size_t i = 0; i < crowds[shard].count; i++)
            matched += query_matches(query, &crowds[shard].profiles[i], profile_day(NOW_MS));
    return matched;
}

static int by_size(const void *a, const void *b)
{
    const double x = *(const double *)a, y = *(const double *)b;
    return (x > y) - (x < y);
}

static void wait_for_answer(void)
{
    while (!answered)
        event_base_dispatch(base);
    answered = false;
}

static double slowest_ms; /* of each query's fastest count: what else the machine does only adds */

static void bench_count(struct store *store, const char *text, size_t rounds)
{
    static double times[ROUNDS_MAX];
    const struct audience_rules rules = {
        .purpose = SLICE(PURPOSE_NOTICES), .kinds = 1u << CHANNEL_SMS | 1u << CHANNEL_WHATSAPP, .now_ms = NOW_MS};
    struct query *query;
    struct query_fault fault;
    if (query_parse(slice_of(text), arena, &query, &fault))
        die(fault.text);
    const double redis = redis_cpu_ms(), own = own_cpu_ms();
    for (size_t i = 0; i < rounds; i++) {
        const double begun = wall_ms();
        if (audience_count(store, query, &rules, on_counted, NULL))
            die("the count failed");
        wait_for_answer();
        times[i] = wall_ms() - begun;
    }
    const double own_each = (own_cpu_ms() - own) / (double)rounds,
                 redis_each = (redis_cpu_ms() - redis) / (double)rounds;
    qsort(times, rounds, sizeof(*times), by_size);
    printf("  %6.1f ms median, %.1f to %.1f in %zu; CPU ms: daemon %.1f, Redis %.1f; %llu of %llu, %llu to write to: "
           "%s\n",
           times[rounds / 2], times[0], times[rounds - 1], rounds, own_each, redis_each,
           (unsigned long long)counted.matched, (unsigned long long)counted.people,
           (unsigned long long)counted.recipients, text);
    slowest_ms = times[0] > slowest_ms ? times[0] : slowest_ms;
    if (counted.matched != count_one_by_one(query))
        die("the count is not exact");
}

/* ---- whom a preview looks at ---- */

static size_t sampled;

static void on_sampled(void *ctx, enum error error, const struct audience_sample *sample)
{
    (void)ctx;
    if (error)
        die("the sample failed");
    sampled = sample->contact_count;
    answered = true;
    event_base_loopbreak(base);
}

static void bench_preview(struct store *store, const char *text, size_t rounds)
{
    static double times[ROUNDS_MAX];
    const struct audience_rules rules = {.purpose = SLICE(PURPOSE_NOTICES),
                                         .kinds = 1u << CHANNEL_SMS | 1u << CHANNEL_WHATSAPP,
                                         .template = true,
                                         .now_ms = NOW_MS};
    struct query *query;
    struct query_fault fault;
    if (query_parse(slice_of(text), arena, &query, &fault))
        die(fault.text);
    for (size_t i = 0; i < rounds; i++) {
        struct arena *own = arena_new(1 << 20);
        const double begun = wall_ms();
        if (!own || audience_sample(store, query, &rules, PREVIEW_PEOPLE_MAX, own, on_sampled, NULL))
            die("the sample failed");
        wait_for_answer();
        times[i] = wall_ms() - begun;
        arena_free(own);
    }
    qsort(times, rounds, sizeof(*times), by_size);
    printf("  %6.1f ms median, %.1f to %.1f in %zu, to count and to find the %zu whom a preview looks at: %s\n",
           times[rounds / 2], times[0], times[rounds - 1], rounds, sampled, text);
}

/* ---- a page of names ---- */

static size_t named;
static char *selected;
static size_t selected_len;

static void on_selected(void *ctx, enum error error, struct slice bits)
{
    (void)ctx;
    if (error || !(selected = mem_resize(selected, bits.len + 1)))
        die("the selection failed");
    memcpy(selected, bits.ptr, bits.len);
    selected_len = bits.len;
    answered = true;
    event_base_loopbreak(base);
}

static void on_named(void *ctx, enum error error, const struct slice *contacts, const uint32_t *numbers, size_t count)
{
    (void)ctx;
    (void)contacts;
    (void)numbers;
    if (error)
        die("the names failed");
    named += count;
    answered = true;
    event_base_loopbreak(base);
}

static void bench_names(struct store *store)
{
    struct query *query;
    struct query_fault fault;
    if (query_parse(SLICE("region = 08 and stage = growth"), arena, &query, &fault))
        die(fault.text);
    const double begun = wall_ms();
    for (unsigned shard = 0; shard < SHARDS; shard++) {
        if (audience_select(store, shard, query, NULL, NOW_MS, on_selected, NULL))
            die("the selection failed");
        wait_for_answer();
        for (uint32_t next = 0; next != AUDIENCE_NOBODY;) {
            if (audience_people(store, shard, next, AUDIENCE_PEOPLE_MAX, (struct slice){selected, selected_len}, &next,
                                on_named, NULL))
                die("the names failed");
            wait_for_answer();
        }
    }
    printf("  %6.1f ms for all %zu names of: region = 08 and stage = growth\n", wall_ms() - begun, named);
}

static void print_memory(size_t people)
{
    double columns = 0;
    const double names = memory_of("index", "people");
    for (unsigned c = 0; c < PROFILE_COLUMNS; c++)
        columns += memory_of("index", profile_columns[c].name);
    printf("  index memory: %.1f MB, %.1f bytes a person: columns %.1f, who has which number %.1f\n",
           (columns + names) / 1e6, (columns + names) / (double)people, columns / (double)people,
           names / (double)people);
}

static void on_redis(void *ctx, bool up)
{
    (void)ctx;
    if (up)
        event_base_loopbreak(base);
}

int main(int argc, char **argv)
{
    const size_t people = argc > 1 ? strtoul(argv[1], NULL, 10) : 1000000;
    const size_t rounds = argc > 2 ? strtoul(argv[2], NULL, 10) : 21;
    char dir[] = "/tmp/chaski-bench-XXXXXX", command[64];
    struct faults faults;
    if (!people || !rounds || rounds > ROUNDS_MAX || !mkdtemp(dir))
        die("usage: audience [PEOPLE [ROUNDS]]");
    signal(SIGPIPE, SIG_IGN);
    faults_init(&faults);
    struct embedded_redis *server = embedded_redis_start(dir, &faults);
    if (!server || !(plain = redisConnectUnix(embedded_redis_socket(server))) || plain->err)
        die("no redis-server");
    freeReplyObject(redisCommand(plain, "CONFIG SET appendfsync no")); /* while it is filled */
    for (size_t i = 0; i < people; i++)
        add_person(i);
    fill();
    freeReplyObject(redisCommand(plain, "CONFIG SET appendfsync always"));
    base = event_base_new();
    arena = arena_new(1 << 20);
    const struct redis_options options = {.unix_path = embedded_redis_socket(server)};
    struct redis *redis = redis_open(base, &options, on_redis, NULL);
    struct store *store = redis ? store_redis_new(redis, SLICE("key")) : NULL;
    if (!arena || !store)
        die("no memory");
    while (!redis_up(redis))
        event_base_dispatch(base);
    printf("%zu people in %d shards\n", people, SHARDS);
    bench_count(store, "all", rounds);
    bench_count(store,
                "stage = growth and industry in (restaurante, bodega_alimentos) and region = 08 and channel = whatsapp "
                "and seen < 30d and trained = no",
                rounds);
    bench_count(store, "sales >= 3000 and workers > 2 and tenure > 12 and (language = qu or region in (08, 21))",
                rounds);
    bench_preview(store, "region = 08 and stage = growth", rounds);
    bench_names(store);
    print_memory(people);
    store_close(store);
    redis_close(redis);
    redisFree(plain);
    embedded_redis_stop(server);
    snprintf(command, sizeof(command), "rm -rf %s", dir);
    if (system(command))
        return 1;
    if (slowest_ms > COUNT_MS)
        fprintf(stderr, "audience: a count took %.1f ms at its fastest, and may take %.0f\n", slowest_ms, COUNT_MS);
    return slowest_ms > COUNT_MS;
}
