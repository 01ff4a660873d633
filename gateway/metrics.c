#include "gateway/metrics.h"

#include <dirent.h>
#include <fcntl.h>
#include <math.h>
#include <stdbool.h>
#include <string.h>
#include <sys/resource.h>
#include <unistd.h>

#include "base/slice.h"

#define LABELS_MAX 2
#define LABEL_BYTES 48 /* of one label's value, the NUL included; longer values are counted under "other" */
#define OTHER "other"

enum kind { COUNTER, GAUGE, HISTOGRAM };

static const char *const kind_names[] = {[COUNTER] = "counter", [GAUGE] = "gauge", [HISTOGRAM] = "histogram"};

static const struct {
    const char *name;
    enum kind kind;
    const char *labels[LABELS_MAX]; /* NULL where it has fewer */
    const char *help;
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
    [METRIC_OUTBOX_DEPTH] = {"chaski_outbox_messages", GAUGE, {NULL}, "Messages that wait to be sent."},
    [METRIC_OUTBOX_IN_DOUBT] = {"chaski_outbox_in_doubt_messages",
                                GAUGE,
                                {NULL},
                                "Messages whose fate the provider never told."},
    [METRIC_REDIS_UP] = {"chaski_redis_up", GAUGE, {NULL}, "Whether Redis answers."},
    [METRIC_REDIS_SECONDS] = {"chaski_redis_command_seconds", HISTOGRAM, {NULL}, "Round trip of one Redis command."},
    [METRIC_BUILD_INFO] = {"chaski_build_info", GAUGE, {"version"}, "Which version runs; always 1."},
};

/* In seconds. */
static const double bounds[] = {0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10};
#define BOUNDS (sizeof(bounds) / sizeof(bounds[0]))

/* One combination of label values. The last of a metric's series is for all that found no place. */
struct series {
    char labels[LABELS_MAX][LABEL_BYTES];
    double value;           /* of a histogram: the sum, in seconds */
    double buckets[BOUNDS]; /* observations at or below the bound and above the one before */
    double observations;    /* a histogram's */
};

static struct series table[METRIC_COUNT][METRIC_SERIES_MAX];
static size_t used[METRIC_COUNT]; /* series, the last one not counted */
static bool overflowed[METRIC_COUNT];

static bool has_labels(const struct series *series, const char *a, const char *b)
{
    return strcmp(series->labels[0], a) == 0 && strcmp(series->labels[1], b) == 0;
}

static struct series *other_series(enum metric metric)
{
    struct series *series = &table[metric][METRIC_SERIES_MAX - 1];
    overflowed[metric] = true;
    for (size_t i = 0; i < LABELS_MAX; i++)
        slice_copy(slice_of(rows[metric].labels[i] ? OTHER : ""), series->labels[i], LABEL_BYTES);
    return series;
}

/* Finds the series of these label values, making it where there is room. Never NULL. */
static struct series *find_series(enum metric metric, const char *a, const char *b)
{
    a = a ? a : "";
    b = b ? b : "";
    for (size_t i = 0; i < used[metric]; i++)
        if (has_labels(&table[metric][i], a, b))
            return &table[metric][i];
    struct series *series = &table[metric][used[metric]];
    if (used[metric] == METRIC_SERIES_MAX - 1 || !slice_copy(slice_of(a), series->labels[0], LABEL_BYTES) ||
        !slice_copy(slice_of(b), series->labels[1], LABEL_BYTES))
        return other_series(metric);
    used[metric]++;
    return series;
}

void metric_add(enum metric metric, const char *a, const char *b, double amount)
{
    find_series(metric, a, b)->value += amount;
}

void metric_set(enum metric metric, const char *a, const char *b, double value)
{
    find_series(metric, a, b)->value = value;
}

void metric_observe(enum metric metric, const char *a, double seconds)
{
    struct series *series = find_series(metric, a, NULL);
    size_t i = 0;
    while (i < BOUNDS && seconds > bounds[i])
        i++;
    if (i < BOUNDS)
        series->buckets[i]++;
    series->observations++;
    series->value += seconds;
}

void metrics_reset(void)
{
    memset(table, 0, sizeof(table));
    memset(used, 0, sizeof(used));
    memset(overflowed, 0, sizeof(overflowed));
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
    write_sample(out, metric, "_bucket", series, "+Inf", series->observations);
    write_sample(out, metric, "_sum", series, NULL, series->value);
    write_sample(out, metric, "_count", series, NULL, series->observations);
}

static void write_series(struct buf *out, enum metric metric, const struct series *series)
{
    if (rows[metric].kind == HISTOGRAM)
        write_histogram(out, metric, series);
    else
        write_sample(out, metric, "", series, NULL, series->value);
}

static void write_head(struct buf *out, const char *name, enum kind kind, const char *help)
{
    buf_addf(out, "# HELP %s %s\n# TYPE %s %s\n", name, help, name, kind_names[kind]);
}

static void write_metric(struct buf *out, enum metric metric)
{
    write_head(out, rows[metric].name, rows[metric].kind, rows[metric].help);
    if (!rows[metric].labels[0])
        find_series(metric, NULL, NULL); /* a metric without labels begins at 0, so that rates have a start */
    for (size_t i = 0; i < used[metric]; i++)
        write_series(out, metric, &table[metric][i]);
    if (overflowed[metric])
        write_series(out, metric, &table[metric][METRIC_SERIES_MAX - 1]);
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

static void write_process_value(struct buf *out, const char *name, enum kind kind, const char *help, double value)
{
    write_head(out, name, kind, help);
    buf_adds(out, name);
    write_value(out, value);
}

/* Writes what Prometheus' own client libraries tell of a process. Source: proc(5), /proc/[pid]/stat, whose
 * fields are counted here from behind the command's name, which may hold blanks. */
static void write_process(struct buf *out)
{
    char text[1024];
    double ticks = (double)sysconf(_SC_CLK_TCK);
    struct rlimit files = {0};
    struct slice stat = {text, read_proc("/proc/self/stat", text, sizeof(text))};
    for (size_t close_at; (close_at = slice_find(stat, ')')) < stat.len;)
        stat = slice_part(stat, close_at + 1, stat.len);
    stat = slice_trim(stat);
    double start = boot_time() + word_number(stat, 19) / ticks;
    write_process_value(out, "process_cpu_seconds_total", COUNTER, "User and system time spent.",
                        (word_number(stat, 11) + word_number(stat, 12)) / ticks);
    write_process_value(out, "process_start_time_seconds", GAUGE, "Start, in seconds since 1970.", start);
    write_process_value(out, "process_virtual_memory_bytes", GAUGE, "Virtual memory.", word_number(stat, 20));
    write_process_value(out, "process_resident_memory_bytes", GAUGE, "Resident memory.",
                        word_number(stat, 21) * (double)sysconf(_SC_PAGESIZE));
    write_process_value(out, "process_open_fds", GAUGE, "Open files.", count_files());
    if (getrlimit(RLIMIT_NOFILE, &files) == 0)
        write_process_value(out, "process_max_fds", GAUGE, "Limit of open files.", (double)files.rlim_cur);
}

void metrics_write(struct buf *out)
{
    metric_set(METRIC_BUILD_INFO, CHASKI_VERSION, NULL, 1);
    for (int metric = 0; metric < METRIC_COUNT; metric++)
        write_metric(out, (enum metric)metric);
    write_process(out);
}
