#include "gateway/metrics.h"

#include <dirent.h>
#include <fcntl.h>
#include <math.h>
#include <stdbool.h>
#include <stddef.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/resource.h>
#include <unistd.h>

#include "base/slice.h"

#define LABELS_MAX 2
#define LABEL_BYTES 48 /* of one label's value, the NUL included; longer values are counted under "other" */
#define OTHER "other"

enum kind { COUNTER, GAUGE, HISTOGRAM };

static const char *const kind_names[] = {[COUNTER] = "counter", [GAUGE] = "gauge", [HISTOGRAM] = "histogram"};

/* What one value is made of those of several processes. Counters and histograms are always a SUM. */
enum rule { SUM, LEAST, GREATEST };

static const struct {
    const char *name;
    enum kind kind;
    const char *labels[LABELS_MAX]; /* NULL where it has fewer */
    const char *help;
    enum rule rule;
} rows[METRIC_COUNT] = {
    [METRIC_HTTP_REQUESTS] = {"chaski_http_requests_total", COUNTER, {"code"}, "Requests answered, by status."},
    [METRIC_HTTP_REFUSED] = {"chaski_http_refused_total", COUNTER, {"reason"}, "Requests refused by the gate."},
    [METRIC_HTTP_CROWDED] = {"chaski_http_crowded_total",
                             COUNTER,
                             {NULL},
                             "Connections closed to make room for new ones."},
    [METRIC_WEBHOOKS] = {"chaski_webhooks_total", COUNTER, {"channel", "outcome"}, "Webhooks, by what became of them."},
    [METRIC_TURNS] = {"chaski_turns_total", COUNTER, {"channel"}, "Turns committed."},
    [METRIC_TURN_CONFLICTS] = {"chaski_turn_conflicts_total",
                               COUNTER,
                               {NULL},
                               "Turns computed again because somebody else changed the contact first."},
    [METRIC_TURN_SECONDS] = {"chaski_turn_seconds", HISTOGRAM, {"channel"}, "Time from a webhook to its answer."},
    [METRIC_SENDS] = {"chaski_sends_total", COUNTER, {"channel", "outcome"}, "Calls to providers, by how they ended."},
    [METRIC_RECEIPTS] = {"chaski_receipts_total", COUNTER, {"channel", "status"}, "Delivery receipts, by status."},
    [METRIC_FAILURES] = {"chaski_receipt_failures_total",
                         COUNTER,
                         {"channel", "outcome"},
                         "Delivery receipts that tell of a failure, by what it means."},
    [METRIC_OUTBOX_DEPTH] = {"chaski_outbox_messages", GAUGE, {NULL}, "Messages that wait to be sent.", SUM},
    [METRIC_OUTBOX_IN_DOUBT] =
        {"chaski_outbox_in_doubt_messages", GAUGE, {NULL}, "Messages whose fate the provider never told.", SUM},
    [METRIC_OUTBOX_DEAD] = {"chaski_outbox_dead_messages", GAUGE, {NULL}, "Messages that failed for good.", SUM},
    [METRIC_SHARDS] = {"chaski_shards", GAUGE, {NULL}, "Shards whose messages and timers are worked on.", SUM},
    [METRIC_SEEN] = {"chaski_read_receipts_total",
                     COUNTER,
                     {"outcome"},
                     "Messages of people marked as read at the provider, by how that ended."},
    [METRIC_LIMITED] = {"chaski_limited_total",
                        COUNTER,
                        {"channel", "reason"},
                        "Messages that a limit put off or kept from going, but for the channel's rate."},
    [METRIC_TIMERS] = {"chaski_timers_total", COUNTER, {"outcome"}, "Timers that came due, by what became of them."},
    [METRIC_REDIS_UP] = {"chaski_redis_up", GAUGE, {NULL}, "Whether Redis answers every worker.", LEAST},
    [METRIC_REDIS_WEAK] = {"chaski_redis_weak",
                           GAUGE,
                           {NULL},
                           "Whether Redis is set less well than it should be; /readyz tells how.",
                           GREATEST},
    [METRIC_REDIS_SECONDS] = {"chaski_redis_command_seconds", HISTOGRAM, {NULL}, "Round trip of one Redis command."},
    [METRIC_SPOOL_MESSAGES] =
        {"chaski_spool_messages", GAUGE, {NULL}, "Webhooks on disk that wait for Redis.", GREATEST},
    [METRIC_SPOOLED] = {"chaski_spooled_total", COUNTER, {"channel"}, "Webhooks put on disk while Redis was away."},
    [METRIC_SPOOL_DAMAGED] = {"chaski_spool_damaged_total",
                              COUNTER,
                              {NULL},
                              "Spooled webhooks set aside: damaged, or failed for a reason of their own."},
    [METRIC_MODEL_ANSWERS] =
        {"chaski_model_answers_total",
         COUNTER,
         {"model", "outcome"},
         "What models were asked, by whether they were sure; of stage also what the rule answered."},
    [METRIC_MODEL_SHADOW] = {"chaski_model_challenger_total",
                             COUNTER,
                             {"challenger", "outcome"},
                             "What a version under trial would have answered, held against the one in use."},
    [METRIC_MODEL_SEEN] = {"chaski_model_seen_total",
                           COUNTER,
                           {"feature", "bin"},
                           "What models were asked and what they answered, in the bins of the reference."},
    [METRIC_MODEL_REFERENCE] = {"chaski_model_reference_share",
                                GAUGE,
                                {"feature", "bin"},
                                "The distribution that the cards of the models in use hold that against.",
                                GREATEST},
    [METRIC_MODEL_TRADES] = {"chaski_model_trades_total",
                             COUNTER,
                             {"outcome"},
                             "What owners said of the industry that the model had found: confirmed, corrected, none."},
    [METRIC_PARTNER_CALLS] = {"chaski_partner_calls_total",
                              COUNTER,
                              {"outcome"},
                              "Events told to partners' webhooks, by how that ended."},
    [METRIC_PARTNERS_OFF] = {"chaski_partners_off",
                             GAUGE,
                             {NULL},
                             "Partners' webhooks that were switched off because they failed.",
                             GREATEST},
    [METRIC_CATALOGUE] = {"chaski_catalogue_version",
                                  GAUGE,
                                  {NULL},
                                  "Version of the catalogue that every worker has; 0: the file's.",
                                  LEAST},
    [METRIC_CATALOGUE_GOOD] = {"chaski_catalogue_good",
                               GAUGE,
                               {NULL},
                               "Whether the catalogue that staff edited has no fault and flows say what it says.",
                               LEAST},
    [METRIC_CATALOGUE_STATE] = {"chaski_catalogue_entries",
                                GAUGE,
                                {"state"},
                                "Entries of the catalogue: good, stale, ending soon, expired.",
                                GREATEST},
    [METRIC_REQUESTS_OVERDUE] = {"chaski_requests_overdue",
                                 GAUGE,
                                 {NULL},
                                 "Requests about personal data whose time by law is over.",
                                 SUM},
    [METRIC_BUILD_INFO] = {"chaski_build_info", GAUGE, {"version"}, "Which version runs; always 1.", GREATEST},
    [METRIC_WORKERS] = {"chaski_workers", GAUGE, {NULL}, "Worker processes that serve.", GREATEST},
    [METRIC_WORKER_RESTARTS] = {"chaski_worker_restarts_total",
                                COUNTER,
                                {NULL},
                                "Workers started again after they ended by themselves."},
    [METRIC_RELOAD_GOOD] = {"chaski_config_last_reload_successful",
                            GAUGE,
                            {NULL},
                            "Whether the configuration that was read last is the one that is served.",
                            GREATEST},
    [METRIC_RELOAD_TIME] = {"chaski_config_last_reload_success_timestamp_seconds",
                            GAUGE,
                            {NULL},
                            "When the served configuration was read, in seconds since 1970.",
                            GREATEST},
    [METRIC_RELAXED] = {"chaski_durability_relaxed",
                        GAUGE,
                        {NULL},
                        "Whether a power cut may lose the last second (redis.durability: relaxed).",
                        GREATEST},
    [METRIC_CPU_SECONDS] = {"process_cpu_seconds_total",
                            COUNTER,
                            {NULL},
                            "User and system time spent by the master and all workers."},
    [METRIC_START_TIME] =
        {"process_start_time_seconds", GAUGE, {NULL}, "Start of the oldest process, in seconds since 1970.", LEAST},
    [METRIC_VIRTUAL_BYTES] =
        {"process_virtual_memory_bytes", GAUGE, {NULL}, "Virtual memory, summed over the processes.", SUM},
    [METRIC_RESIDENT_BYTES] = {"process_resident_memory_bytes",
                               GAUGE,
                               {NULL},
                               "Resident memory, summed over the processes; pages that they share count in each.",
                               SUM},
    [METRIC_OPEN_FILES] = {"process_open_fds", GAUGE, {NULL}, "Open files, summed over the processes.", SUM},
    [METRIC_MAX_FILES] = {"process_max_fds", GAUGE, {NULL}, "Limits of open files, summed over the processes.", SUM},
};

/* In seconds. */
static const double bounds[] = {0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10};
#define BOUNDS (sizeof(bounds) / sizeof(bounds[0]))

/* One combination of label values. The last of a metric's series is for all that found no place. */
struct series {
    char labels[LABELS_MAX][LABEL_BYTES];
    double value;               /* of a histogram: the sum, in seconds */
    double buckets[BOUNDS + 1]; /* observations at or below the bound and above the one before; the last has no bound */
};

/* How much of a metric's series is in use. A series is whole before it is counted here, so that a reader, or the next
 * owner of a slot whose worker was killed, finds whole ones only. */
struct family {
    uint32_t used;       /* series, the last one not counted */
    uint32_t overflowed; /* bool: the last one is in use */
};

/* What one process counts. Only its owner writes it; every process reads it. */
struct slot {
    uint32_t live; /* bool: has an owner, so that its gauges mean something */
    struct family families[METRIC_COUNT];
    struct series series[METRIC_COUNT][METRIC_SERIES_MAX];
};

static struct slot single; /* the only one until metrics_share() */
static struct slot *slots = &single;
static size_t slot_count = 1;
static struct slot *own = &single;
static double cpu_counted_seconds; /* of this process, put into its slot so far */

/* Values are written and read by different processes; each is stored and loaded whole. */
static double load(const double *from)
{
    double value;
    __atomic_load(from, &value, __ATOMIC_RELAXED);
    return value;
}

static void store(double *to, double value)
{
    __atomic_store(to, &value, __ATOMIC_RELAXED);
}

static uint32_t look(const uint32_t *at)
{
    return __atomic_load_n(at, __ATOMIC_ACQUIRE);
}

static void publish(uint32_t *at, uint32_t value)
{
    __atomic_store_n(at, value, __ATOMIC_RELEASE);
}

static bool has_labels(const struct series *series, const char *a, const char *b)
{
    return strcmp(series->labels[0], a) == 0 && strcmp(series->labels[1], b) == 0;
}

static struct series *other_series(struct family *family, struct series *series, enum metric metric)
{
    struct series *other = &series[METRIC_SERIES_MAX - 1];
    for (size_t i = 0; i < LABELS_MAX && !family->overflowed; i++)
        slice_copy(slice_of(rows[metric].labels[i] ? OTHER : ""), other->labels[i], LABEL_BYTES);
    publish(&family->overflowed, true);
    return other;
}

/* Finds the series of these label values, making it where there is room. Never NULL. */
static struct series *find_series(struct family *family, struct series *series, enum metric metric, const char *a,
                                  const char *b)
{
    a = a ? a : "";
    b = b ? b : "";
    for (size_t i = 0; i < family->used; i++)
        if (has_labels(&series[i], a, b))
            return &series[i];
    struct series *found = &series[family->used];
    if (family->used == METRIC_SERIES_MAX - 1 || !slice_copy(slice_of(a), found->labels[0], LABEL_BYTES) ||
        !slice_copy(slice_of(b), found->labels[1], LABEL_BYTES))
        return other_series(family, series, metric);
    publish(&family->used, family->used + 1);
    return found;
}

static struct series *own_series(enum metric metric, const char *a, const char *b)
{
    return find_series(&own->families[metric], own->series[metric], metric, a, b);
}

void metric_add(enum metric metric, const char *a, const char *b, double amount)
{
    struct series *series = own_series(metric, a, b);
    store(&series->value, load(&series->value) + amount);
}

void metric_set(enum metric metric, const char *a, const char *b, double value)
{
    store(&own_series(metric, a, b)->value, value);
}

void metric_observe(enum metric metric, const char *a, double seconds)
{
    struct series *series = own_series(metric, a, NULL);
    size_t i = 0;
    while (i < BOUNDS && seconds > bounds[i])
        i++;
    store(&series->buckets[i], load(&series->buckets[i]) + 1);
    store(&series->value, load(&series->value) + seconds);
}

enum error metrics_share(size_t count)
{
    struct slot *shared =
        mmap(NULL, count * sizeof(*shared), PROT_READ | PROT_WRITE, MAP_SHARED | MAP_ANONYMOUS | MAP_NORESERVE, -1, 0);
    if (shared == MAP_FAILED)
        return ERR_NOMEM;
    metrics_reset();
    slots = own = shared;
    slot_count = count;
    publish(&own->live, true);
    return OK;
}

void metrics_take(size_t slot)
{
    own = &slots[slot];
    cpu_counted_seconds = 0;
    for (int metric = 0; metric < METRIC_COUNT; metric++) {
        if (rows[metric].kind != GAUGE)
            continue;
        publish(&own->families[metric].used, 0);
        publish(&own->families[metric].overflowed, false);
        memset(own->series[metric], 0, sizeof(own->series[metric]));
    }
    publish(&own->live, true);
}

void metrics_leave(size_t slot)
{
    publish(&slots[slot].live, false);
}

void metrics_reset(void)
{
    if (slots != &single)
        munmap(slots, slot_count * sizeof(*slots));
    memset(&single, 0, sizeof(single));
    slots = own = &single;
    slot_count = 1;
    single.live = true;
    cpu_counted_seconds = 0;
}

/* Puts one process's series to those of the others. */
static void merge_series(enum metric metric, struct series *into, const struct series *from, bool first)
{
    double value = load(&from->value);
    if (rows[metric].rule == SUM)
        value += into->value;
    else if (!first && (rows[metric].rule == LEAST ? into->value < value : into->value > value))
        value = into->value;
    into->value = value;
    for (size_t i = 0; i < BOUNDS + 1; i++)
        into->buckets[i] += load(&from->buckets[i]);
}

/* Makes one family of a metric of those of all slots. The counters of a slot without an owner still count. */
static void merge(enum metric metric, struct family *family, struct series *into)
{
    *family = (struct family){0};
    memset(into, 0, METRIC_SERIES_MAX * sizeof(*into));
    for (size_t i = 0; i < slot_count; i++) {
        const struct slot *slot = &slots[i];
        const struct series *series = slot->series[metric];
        if (rows[metric].kind == GAUGE && !look(&slot->live) && slot != own)
            continue;
        size_t used = look(&slot->families[metric].used);
        for (size_t k = 0; k < used; k++) {
            struct family before = *family;
            struct series *sum = find_series(family, into, metric, series[k].labels[0], series[k].labels[1]);
            merge_series(metric, sum, &series[k],
                         before.used != family->used || before.overflowed != family->overflowed);
        }
        if (look(&slot->families[metric].overflowed)) {
            bool first = !family->overflowed;
            merge_series(metric, other_series(family, into, metric), &series[METRIC_SERIES_MAX - 1], first);
        }
    }
}

static void write_escaped(struct buf *out, const char *value)
{
    for (; *value; value++) {
        if (*value == '\n')
            buf_adds(out, "\\n");
        else if (*value == '\\' || *value == '"')
            buf_addf(out, "\\%c", *value);
        else
            buf_addc(out, *value);
    }
}

/* Whole numbers in full, others to nine digits; the decimal point is a point, as nothing here calls for a
 * locale. */
static void write_value(struct buf *out, double value)
{
    if (value == floor(value) && fabs(value) < 1e15)
        buf_addf(out, " %.0f\n", value);
    else
        buf_addf(out, " %.9g\n", value);
}

/* Writes `name_suffix{labels,le="bound"} value`; `le` may be NULL. */
static void write_sample(struct buf *out, enum metric metric, const char *suffix, const struct series *series,
                         const char *le, double value)
{
    char before = '{';
    buf_adds(out, rows[metric].name);
    buf_adds(out, suffix);
    for (size_t i = 0; i < LABELS_MAX && rows[metric].labels[i]; i++) {
        buf_addf(out, "%c%s=\"", before, rows[metric].labels[i]);
        write_escaped(out, series->labels[i]);
        buf_addc(out, '"');
        before = ',';
    }
    if (le)
        buf_addf(out, "%cle=\"%s\"", before, le);
    if (le || before == ',')
        buf_addc(out, '}');
    write_value(out, value);
}

static void write_histogram(struct buf *out, enum metric metric, const struct series *series)
{
    double total = 0;
    for (size_t i = 0; i < BOUNDS; i++) {
        char le[24];
        snprintf(le, sizeof(le), "%g", bounds[i]);
        total += series->buckets[i];
        write_sample(out, metric, "_bucket", series, le, total);
    }
    total += series->buckets[BOUNDS];
    write_sample(out, metric, "_bucket", series, "+Inf", total);
    write_sample(out, metric, "_sum", series, NULL, series->value);
    write_sample(out, metric, "_count", series, NULL, total);
}

static void write_series(struct buf *out, enum metric metric, const struct series *series)
{
    if (rows[metric].kind == HISTOGRAM)
        write_histogram(out, metric, series);
    else
        write_sample(out, metric, "", series, NULL, series->value);
}

static void write_metric(struct buf *out, enum metric metric)
{
    static struct series merged[METRIC_SERIES_MAX];
    struct family family;
    merge(metric, &family, merged);
    buf_addf(out, "# HELP %s %s\n# TYPE %s %s\n", rows[metric].name, rows[metric].help, rows[metric].name,
             kind_names[rows[metric].kind]);
    if (!rows[metric].labels[0])
        find_series(&family, merged, metric, NULL, NULL); /* one without labels begins at 0: rates have a start */
    for (size_t i = 0; i < family.used; i++)
        write_series(out, metric, &merged[i]);
    if (family.overflowed)
        write_series(out, metric, &merged[METRIC_SERIES_MAX - 1]);
}

/* Reads a small file of /proc into `text`, with a NUL. Gives its length, 0 when it cannot be read. */
static size_t read_proc(const char *path, char *text, size_t size)
{
    size_t len = 0;
    ssize_t got = 0;
    int fd = open(path, O_RDONLY | O_CLOEXEC);
    if (fd < 0)
        return 0;
    while (len < size - 1 && (got = read(fd, text + len, size - 1 - len)) > 0)
        len += (size_t)got;
    close(fd);
    text[len] = '\0';
    return len;
}

/* Gives the n-th (from 0) number among the words of `text`, 0 when there is none. */
static double word_number(struct slice text, size_t n)
{
    struct slice word = SLICE_NONE;
    uint64_t number = 0;
    for (size_t i = 0; i <= n; i++)
        if (!slice_cut(&text, ' ', &word))
            return 0;
    return slice_u64(slice_trim(word), UINT64_MAX, &number) ? (double)number : 0;
}

/* Gives the machine's start in seconds since 1970, 0 when unknown: the line "btime N" of /proc/stat. */
static double boot_time(void)
{
    static char text[256 * 1024];
    struct slice rest = {text, read_proc("/proc/stat", text, sizeof(text))}, line;
    while (slice_cut(&rest, '\n', &line))
        if (slice_starts(line, "btime "))
            return word_number(line, 1);
    return 0;
}

static double count_files(void)
{
    double count = 0;
    DIR *folder = opendir("/proc/self/fd");
    if (!folder)
        return 0;
    for (struct dirent *entry; (entry = readdir(folder));)
        count += entry->d_name[0] != '.';
    closedir(folder);
    return count - 1; /* the folder itself was open */
}

/* Source: proc(5), /proc/[pid]/stat, whose fields are counted here from behind the command's name, which may hold
 * blanks. */
void metrics_measure_process(void)
{
    char text[1024];
    double ticks = (double)sysconf(_SC_CLK_TCK);
    struct rlimit files = {0};
    struct slice stat = {text, read_proc("/proc/self/stat", text, sizeof(text))};
    for (size_t close_at; (close_at = slice_find(stat, ')')) < stat.len;)
        stat = slice_part(stat, close_at + 1, stat.len);
    stat = slice_trim(stat);
    double cpu_seconds = (word_number(stat, 11) + word_number(stat, 12)) / ticks;
    if (cpu_seconds > cpu_counted_seconds) {
        metric_add(METRIC_CPU_SECONDS, NULL, NULL, cpu_seconds - cpu_counted_seconds);
        cpu_counted_seconds = cpu_seconds;
    }
    if (load(&own_series(METRIC_START_TIME, NULL, NULL)->value) == 0)
        metric_set(METRIC_START_TIME, NULL, NULL, boot_time() + word_number(stat, 19) / ticks);
    metric_set(METRIC_VIRTUAL_BYTES, NULL, NULL, word_number(stat, 20));
    metric_set(METRIC_RESIDENT_BYTES, NULL, NULL, word_number(stat, 21) * (double)sysconf(_SC_PAGESIZE));
    metric_set(METRIC_OPEN_FILES, NULL, NULL, count_files());
    if (getrlimit(RLIMIT_NOFILE, &files) == 0)
        metric_set(METRIC_MAX_FILES, NULL, NULL, (double)files.rlim_cur);
}

void metrics_write(struct buf *out)
{
    metric_set(METRIC_BUILD_INFO, CHASKI_VERSION, NULL, 1);
    metrics_measure_process();
    for (int metric = 0; metric < METRIC_COUNT; metric++)
        write_metric(out, (enum metric)metric);
}
