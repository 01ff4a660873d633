#include "gateway/master.h"

#include <errno.h>
#include <sched.h>
#include <stdio.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/prctl.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#include "base/crypto.h"
#include "gateway/cli.h"
#include "gateway/clock.h"
#include "gateway/embedded_redis.h"
#include "gateway/listen.h"
#include "gateway/log.h"
#include "gateway/metrics.h"
#include "gateway/redis_url.h"
#include "gateway/restart.h"
#include "gateway/sample.h"
#include "gateway/secrets.h"
#include "gateway/roster.h"
#include "gateway/shards.h"
#include "gateway/worker.h"

#define SEATS (2 * CONFIG_WORKERS_MAX) /* a reload has two crews at once */
#define LISTEN_PATIENCE_MS 1000
#define RELOAD_MS 10000    /* in which all fresh workers must be ready */
#define GRACE_MS 1000      /* beyond DRAIN_MS, before a worker that does not end is killed */
#define FORK_AGAIN_MS 1000 /* after the system had no process left */
#define LOOK_MS 1000       /* between two measurements of this process, when nothing happens */

enum seat_state {
    FREE,
    WAITING, /* for its time to be started again */
    STARTING,
    SERVING,
    LEAVING /* told to end */
};

/* A place for a worker; it counts in the metrics' slot of the seat's number + 1. */
struct seat {
    enum seat_state state;
    pid_t process; /* 0 while FREE and WAITING */
    unsigned crew;
    char word[SHARDS_WORD], word_before[SHARDS_WORD]; /* the process's, and that of the one before it; "" none */
    int64_t since_ms, due_ms; /* started; to be started (WAITING) or killed (LEAVING); steady clock */
    struct restart restart;
};

struct master {
    const struct master_options *options;
    struct faults faults;
    struct world *world;   /* what is served */
    struct world *fresh;   /* what is about to be; NULL unless a reload is under way */
    int64_t reload_due_ms; /* when the fresh workers must be ready */
    struct secrets secrets;
    struct redis_url url;
    struct embedded_redis *embedded; /* NULL: Redis is somebody else's */
    char redis_socket[REDIS_HOST];   /* the embedded one's; "" none */
    int listener, port;              /* -1 when closed */
    struct seat seats[SEATS];
    struct roster roster;
    char dead[SEATS][SHARDS_WORD]; /* words of the daemon before, by seat, until somebody takes their place */
    unsigned crew;                 /* whose seats serve m->world; that of m->fresh is the next */
    pid_t player;                  /* the sample's process; 0 none */
    sigset_t signals;
    int exit_code;
    bool reload_wanted, was_ready, ending;
};

/* Processor cores that this process may use. */
static int count_cores(void)
{
    cpu_set_t cores;
    int count = sched_getaffinity(0, sizeof(cores), &cores) == 0 ? CPU_COUNT(&cores) : 1;
    return count < 1 ? 1 : count > CONFIG_WORKERS_MAX ? CONFIG_WORKERS_MAX : count;
}

static int workers_wanted(const struct master *m, const struct config *config)
{
    int workers = m->options->workers ? m->options->workers : m->options->auto_workers ? 0 : config->workers;
    return workers ? workers : count_cores();
}

static struct world *read_world(const struct master *m, struct faults *faults)
{
    if (secrets_make(m->options->config, faults))
        return NULL;
    return world_open(m->options->config, WORLD_FLOWS | WORLD_ENGINE | WORLD_CHANNELS, faults);
}

/* Tells what is served, in the log's level and in the metrics. */
static void note_world(const struct master *m)
{
    log_open((enum log_level)m->world->config->log, secrets_person_key(&m->secrets));
    metric_set(METRIC_RELOAD_GOOD, NULL, NULL, 1);
    metric_set(METRIC_RELOAD_TIME, NULL, NULL, (double)(clock_ms() / 1000));
    metric_set(METRIC_RELAXED, NULL, NULL, m->world->config->durability == DURABILITY_RELAXED);
}

static int configure(struct master *m)
{
    const char *why;
    m->world = read_world(m, &m->faults);
    if (!m->world || secrets_read(m->world->config->state_dir, &m->secrets, &m->faults))
        return EXIT_CONFIG;
    if (redis_url_parse(slice_of(m->world->config->redis_url), &m->url, &why)) {
        faults_add(&m->faults, m->world->config->file, 0, 0, "redis.url: %s", why);
        return EXIT_CONFIG;
    }
    return EXIT_GOOD;
}

/* From here on the handled signals wait for sigtimedwait(). SIGCHLD must not be ignored, or nobody is left to wait
 * for. */
static void block_signals(struct master *m)
{
    static const int handled[] = {SIGTERM, SIGINT, SIGHUP, SIGCHLD};
    sigemptyset(&m->signals);
    for (size_t i = 0; i < sizeof(handled) / sizeof(handled[0]); i++) {
        signal(handled[i], SIG_DFL);
        sigaddset(&m->signals, handled[i]);
    }
    sigaddset(&m->signals, WORKER_IS_READY);
    sigprocmask(SIG_BLOCK, &m->signals, NULL);
}

static int prepare(struct master *m)
{
    prctl(PR_SET_DUMPABLE, 0); /* a core file would hold secrets and what people wrote */
    if (metrics_share(SEATS + 1)) {
        faults_add(&m->faults, "", 0, 0, "out of memory at start");
        return EXIT_TEMPORARY;
    }
    note_world(m);
    if (m->url.place == REDIS_EMBEDDED) {
        m->embedded = embedded_redis_start(m->world->config->state_dir, &m->faults);
        if (!m->embedded)
            return EXIT_SERVICE;
        slice_copy(slice_of(embedded_redis_socket(m->embedded)), m->redis_socket, sizeof(m->redis_socket));
    }
    m->roster = roster_open(m->world->config->state_dir, m->dead, SEATS);
    m->listener = listen_open(m->world->config->listen, LISTEN_PATIENCE_MS, &m->faults);
    if (m->listener < 0)
        return EXIT_SERVICE;
    m->port = listen_port(m->listener);
    block_signals(m);
    return EXIT_GOOD;
}

/* What a forked process does first: it dies with the master, and leaves it what is its own. Ctrl-C and the end of a
 * terminal reach every process of a group; they are the master's to handle. */
static void become_child(struct master *m, pid_t master)
{
    prctl(PR_SET_PDEATHSIG, SIGKILL);
    prctl(PR_SET_DUMPABLE, 0);
    if (getppid() != master)
        _exit(EXIT_INTERNAL);
    signal(SIGINT, SIG_IGN);
    signal(SIGHUP, SIG_IGN);
    if (m->embedded)
        embedded_redis_forget(m->embedded);
}

static _Noreturn void run_worker(struct master *m, const struct seat *seat, const struct world *world)
{
    const struct worker_options options = {
        .world = world,
        .url = &m->url,
        .redis_socket = m->redis_socket[0] ? m->redis_socket : NULL,
        .person_key = secrets_person_key(&m->secrets),
        .listener = m->listener,
        .word = seat->word,
        .word_before = seat->word_before,
    };
    metrics_take((size_t)(seat - m->seats) + 1);
    log_open((enum log_level)world->config->log, secrets_person_key(&m->secrets));
    int code = worker_run(&options);
    fflush(NULL);
    _exit(code);
}

/* WORKER_RETIRE need not be blocked in the master, which nobody sends it; a worker must not see it before it can. */
static pid_t fork_child(struct master *m)
{
    sigset_t retire, before;
    pid_t master = getpid();
    fflush(NULL);
    sigemptyset(&retire);
    sigaddset(&retire, WORKER_RETIRE);
    sigprocmask(SIG_BLOCK, &retire, &before);
    pid_t child = fork();
    if (child == 0)
        become_child(m, master);
    else
        sigprocmask(SIG_SETMASK, &before, NULL);
    return child;
}

static void start_worker(struct master *m, struct seat *seat, const struct world *world)
{
    int64_t now_ms = clock_steady_ms();
    unsigned char chance[(SHARDS_WORD - 1) / 2];
    size_t place = (size_t)(seat - m->seats);
    memcpy(seat->word_before, seat->word[0] ? seat->word : m->dead[place], SHARDS_WORD);
    m->dead[place][0] = '\0';
    random_bytes(chance, sizeof(chance));
    hex_encode(chance, sizeof(chance), seat->word);
    roster_note(&m->roster, place, seat->word);
    pid_t child = fork_child(m);
    if (child == 0)
        run_worker(m, seat, world);
    if (child < 0) {
        log_event(LOG_ERROR, "a worker cannot be started, and is tried again", "why=\"%s\"", strerror(errno));
        seat->state = WAITING;
        seat->due_ms = now_ms + FORK_AGAIN_MS;
        return;
    }
    seat->state = STARTING;
    seat->process = child;
    seat->since_ms = now_ms;
    log_event(LOG_INFO, "a worker starts", "process=%ld", (long)child);
}

static struct seat *find_seat(struct master *m, pid_t process)
{
    for (size_t i = 0; i < SEATS; i++)
        if (m->seats[i].process == process)
            return &m->seats[i];
    return NULL;
}

static int count_seats(const struct master *m, unsigned crew, enum seat_state state)
{
    int count = 0;
    for (size_t i = 0; i < SEATS; i++)
        count += m->seats[i].state == state && m->seats[i].crew == crew;
    return count;
}

static int count_free(const struct master *m)
{
    int count = 0;
    for (size_t i = 0; i < SEATS; i++)
        count += m->seats[i].state == FREE;
    return count;
}

static void start_crew(struct master *m, unsigned crew, const struct world *world)
{
    int missing = workers_wanted(m, world->config);
    for (size_t i = 0; i < SEATS && missing > 0; i++) {
        if (m->seats[i].state != FREE)
            continue;
        m->seats[i] = (struct seat){.crew = crew};
        start_worker(m, &m->seats[i], world);
        missing--;
    }
}

static void tell_to_leave(struct seat *seat, int number)
{
    if (seat->process) {
        kill(seat->process, number);
        seat->state = LEAVING;
        seat->due_ms = clock_steady_ms() + DRAIN_MS + GRACE_MS;
    } else {
        seat->state = FREE;
    }
}

static void dismiss_crew(struct master *m, unsigned crew)
{
    for (size_t i = 0; i < SEATS; i++)
        if (m->seats[i].crew == crew && m->seats[i].state != LEAVING)
            tell_to_leave(&m->seats[i], WORKER_RETIRE);
}

/* The old crew serves on. */
static void give_up_reload(struct master *m, const char *why)
{
    log_event(LOG_ERROR, "the new configuration is not served; the one before is", "why=\"%s\"", why);
    metric_set(METRIC_RELOAD_GOOD, NULL, NULL, 0);
    if (!m->fresh)
        return;
    dismiss_crew(m, m->crew + 1);
    world_close(m->fresh);
    m->fresh = NULL;
    m->crew += 2; /* numbers of their own for those that come next */
    for (size_t i = 0; i < SEATS; i++)
        if (m->seats[i].crew == m->crew - 2)
            m->seats[i].crew = m->crew;
}

/* All fresh workers are ready: they serve from now on, and the old ones finish what they have. */
static void finish_reload(struct master *m)
{
    dismiss_crew(m, m->crew);
    world_close(m->world);
    m->world = m->fresh;
    m->fresh = NULL;
    m->crew++;
    note_world(m);
    log_event(LOG_INFO, "the new configuration is served", "workers=%d channels=%zu", count_seats(m, m->crew, SERVING),
              m->world->channel_count);
}

/* Adds a fault for each setting that is bound to what the master holds open. */
static void check_unchanged(const struct config *old, const struct config *fresh, struct faults *faults)
{
    const struct {
        const char *name, *old, *fresh;
    } rows[] = {
        {"listen", old->listen, fresh->listen},
        {"redis.url", old->redis_url, fresh->redis_url},
        {"state_dir", old->state_dir, fresh->state_dir},
    };
    for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++)
        if (strcmp(rows[i].old, rows[i].fresh) != 0)
            config_fault(fresh, faults, rows[i].name, "%s is not what it was at the start: it needs a restart",
                         rows[i].name);
}

static void log_faults(const struct faults *faults)
{
    char text[LOG_LINE_MAX];
    for (size_t i = 0; i < faults->count; i++) {
        const struct fault *fault = &faults->items[i];
        log_event(LOG_ERROR, "a fault in the new configuration", "at=%s:%u:%u why=%s", fault->file, fault->line,
                  fault->column, log_value(slice_of(fault->text), text, sizeof(text)));
    }
}

static void reload(struct master *m)
{
    struct faults faults;
    m->reload_wanted = false;
    faults_init(&faults);
    m->fresh = read_world(m, &faults);
    if (m->fresh)
        check_unchanged(m->world->config, m->fresh->config, &faults);
    if (faults.total) {
        log_faults(&faults);
        world_close(m->fresh);
        m->fresh = NULL;
        give_up_reload(m, "it has faults");
    } else if (!m->fresh) {
        give_up_reload(m, "out of memory");
    } else {
        m->reload_due_ms = clock_steady_ms() + RELOAD_MS;
        start_crew(m, m->crew + 1, m->fresh);
    }
    faults_release(&faults);
}

/* Forks the process that plays the sample. */
static void start_player(struct master *m)
{
    m->player = fork_child(m);
    if (m->player > 0)
        return;
    if (m->player < 0) {
        m->player = 0;
        log_event(LOG_ERROR, "the sample cannot be played", "why=\"%s\"", strerror(errno));
        return;
    }
    sigset_t none;
    struct faults faults;
    sigemptyset(&none);
    sigprocmask(SIG_SETMASK, &none, NULL);
    close(m->listener);
    faults_init(&faults);
    enum error error = sample_play(m->world, m->port, &faults);
    faults_print(&faults, stderr);
    fflush(NULL);
    _exit(error ? EXIT_INTERNAL : EXIT_GOOD);
}

static void on_worker_ready(struct master *m, pid_t process)
{
    struct seat *seat = process > 0 ? find_seat(m, process) : NULL;
    if (!seat || seat->state != STARTING)
        return;
    seat->state = SERVING;
    int wanted = workers_wanted(m, (m->fresh ? m->fresh : m->world)->config);
    if (m->fresh && count_seats(m, m->crew + 1, SERVING) == wanted)
        finish_reload(m);
    if (m->was_ready || m->ending || count_seats(m, m->crew, SERVING) < wanted)
        return;
    m->was_ready = true;
    log_event(LOG_INFO, "ready", "listen=%s port=%d workers=%d channels=%zu", m->world->config->listen, m->port, wanted,
              m->world->channel_count);
    if (m->options->sample)
        start_player(m);
}

/* Everybody is to finish; who does not is killed. A second call ends them at once. */
static void end(struct master *m)
{
    int64_t now_ms = clock_steady_ms();
    if (!m->ending) {
        log_event(LOG_INFO, "draining", "%s", "");
        listen_forget(m->listener);
        close(m->listener);
        m->listener = -1;
        if (m->player)
            kill(m->player, SIGKILL);
    }
    for (size_t i = 0; i < SEATS; i++) {
        if (m->ending && m->seats[i].process) {
            kill(m->seats[i].process, WORKER_END);
            m->seats[i].due_ms = now_ms + GRACE_MS;
        } else {
            tell_to_leave(&m->seats[i], WORKER_END);
        }
    }
    m->ending = true;
    m->reload_wanted = false;
    world_close(m->fresh);
    m->fresh = NULL;
}

static void on_player_ended(struct master *m, int status)
{
    m->player = 0;
    if (m->ending)
        return;
    if (!WIFEXITED(status) || WEXITSTATUS(status) != EXIT_GOOD) {
        m->exit_code = EXIT_INTERNAL;
        end(m);
    } else if (m->options->once) {
        end(m);
    } else {
        printf("\nServing on %s until Ctrl-C.\n", m->world->config->listen);
        fflush(stdout);
    }
}

static void on_worker_ended(struct master *m, struct seat *seat, int status)
{
    int64_t now_ms = clock_steady_ms();
    pid_t process = seat->process;
    metrics_leave((size_t)(seat - m->seats) + 1);
    seat->process = 0;
    if (seat->state == LEAVING) {
        seat->state = FREE;
    } else if (seat->crew != m->crew) {
        seat->state = FREE;
        log_event(LOG_ERROR, "a fresh worker ended by itself", "process=%ld status=%d", (long)process, status);
        give_up_reload(m, "a fresh worker ended");
    } else {
        int64_t wait_ms = restart_wait_ms(&seat->restart, now_ms - seat->since_ms);
        seat->state = WAITING;
        seat->due_ms = now_ms + wait_ms;
        metric_add(METRIC_WORKER_RESTARTS, NULL, NULL, 1);
        log_event(LOG_ERROR, "a worker ended by itself and is started again", "process=%ld status=%d wait_ms=%lld",
                  (long)process, status, (long long)wait_ms);
    }
}

/* Waits for whoever has ended: signals of the same kind merge, so one may stand for several. */
static void reap(struct master *m)
{
    int status;
    for (pid_t process; (process = waitpid(-1, &status, WNOHANG)) > 0;) {
        struct seat *seat = find_seat(m, process);
        if (m->embedded && embedded_redis_ended(m->embedded, process, status, clock_steady_ms()))
            continue;
        if (process == m->player)
            on_player_ended(m, status);
        else if (seat)
            on_worker_ended(m, seat, status);
    }
}

static void on_signal(struct master *m, int number, const siginfo_t *info)
{
    if (number == SIGTERM || number == SIGINT)
        end(m);
    else if (number == SIGHUP)
        m->reload_wanted = !m->ending;
    else if (number == WORKER_IS_READY)
        on_worker_ready(m, info->si_pid);
}

/* Does what is due by the clock. */
static void on_time(struct master *m)
{
    int64_t now_ms = clock_steady_ms();
    if (m->embedded)
        embedded_redis_start_again(m->embedded, now_ms);
    if (m->fresh && now_ms >= m->reload_due_ms)
        give_up_reload(m, "the fresh workers were not ready in time");
    for (size_t i = 0; i < SEATS; i++) {
        struct seat *seat = &m->seats[i];
        if (seat->state == WAITING && now_ms >= seat->due_ms) {
            start_worker(m, seat, seat->crew == m->crew ? m->world : m->fresh);
        } else if (seat->state == LEAVING && now_ms >= seat->due_ms) {
            log_event(LOG_ERROR, "a worker does not end and is killed", "process=%ld", (long)seat->process);
            kill(seat->process, SIGKILL);
            seat->due_ms = now_ms + GRACE_MS;
        }
    }
    if (m->reload_wanted && !m->fresh && count_free(m) >= CONFIG_WORKERS_MAX)
        reload(m);
    metric_set(METRIC_WORKERS, NULL, NULL, count_seats(m, m->crew, STARTING) + count_seats(m, m->crew, SERVING));
    metrics_measure_process();
}

static void bring_forward(int64_t *next_ms, int64_t due_ms)
{
    if (due_ms && due_ms < *next_ms)
        *next_ms = due_ms;
}

/* How long the next signal may be waited for. */
static struct timespec time_left(const struct master *m)
{
    int64_t now_ms = clock_steady_ms(), next_ms = now_ms + LOOK_MS;
    for (size_t i = 0; i < SEATS; i++)
        if (m->seats[i].state == WAITING || m->seats[i].state == LEAVING)
            bring_forward(&next_ms, m->seats[i].due_ms);
    if (m->embedded)
        bring_forward(&next_ms, embedded_redis_due_ms(m->embedded));
    if (m->fresh)
        bring_forward(&next_ms, m->reload_due_ms);
    int64_t left_ms = next_ms > now_ms ? next_ms - now_ms : 0;
    return (struct timespec){left_ms / 1000, left_ms % 1000 * 1000000};
}

static bool is_over(const struct master *m)
{
    return m->ending && !m->player && count_free(m) == SEATS;
}

static int work(struct master *m)
{
    m->exit_code = EXIT_GOOD;
    start_crew(m, m->crew, m->world);
    log_event(LOG_INFO, "serving", "version=%s listen=%s port=%d", CHASKI_VERSION, m->world->config->listen, m->port);
    while (!is_over(m)) {
        struct timespec left = time_left(m);
        siginfo_t info;
        int number = sigtimedwait(&m->signals, &info, &left);
        if (number > 0)
            on_signal(m, number, &info);
        reap(m);
        on_time(m);
    }
    log_event(LOG_INFO, "ended", "%s", "");
    return m->exit_code;
}

static void clean_up(struct master *m)
{
    if (m->listener >= 0) {
        listen_forget(m->listener);
        close(m->listener);
    }
    if (m->embedded)
        embedded_redis_stop(m->embedded);
    world_close(m->fresh);
    world_close(m->world);
    faults_print(&m->faults, stderr);
    faults_release(&m->faults);
}

int master_run(const struct master_options *options)
{
    struct master m = {.options = options, .listener = -1, .roster = {-1}};
    faults_init(&m.faults);
    int code = configure(&m);
    if (!code)
        code = prepare(&m);
    if (!code)
        code = work(&m);
    clean_up(&m);
    return code;
}
