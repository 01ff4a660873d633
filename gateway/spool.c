#include "gateway/spool.h"

#include <fcntl.h>
#include <inttypes.h>
#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/mem.h"
#include "gateway/clock.h"
#include "gateway/failpoint.h"
#include "gateway/log.h"
#include "gateway/metrics.h"
#include "gateway/spool_folder.h"

#define LOOK_MS 100    /* between two looks at the count */
#define PAUSE_MS 300   /* after a replay that found Redis away */
#define OPEN_MS 5000   /* between two tries to open the folder */
#define BATCH 1024     /* files that one listing of the folder gives */
#define STUBBORN_MAX 5 /* tries of a file that fails for want of memory, or by conflicts, with Redis there */

/* A replay under way. */
struct job {
    struct spool *spool;
    struct spool_entry entry;
    struct spool_message message;
    struct arena *arena;
};

struct spool {
    struct event_base *base;
    const char *state_dir;
    struct spool_user user;
    int dir, lock; /* -1: not open */
    struct spool_count count;
    struct event *look;
    struct spool_entry batch[2 * BATCH]; /* the oldest files, sorted once a listing has ended */
    size_t batch_count, batch_next;
    uint64_t batch_barrier; /* files at or above it were not listed */
    size_t listed;          /* files that the last listing saw, whatever their sequence */
    size_t under_way;
    int64_t open_again_ms, pause_until_ms; /* steady clock */
    uint64_t stubborn;                     /* sequence of the file that failed last, though Redis was there */
    int stubborn_tries;
    int64_t files_max, bytes_max;
    const char *refusing; /* why the last webhook was not taken; NULL: it was */
    bool holds_lock, advancing, draining, told_waiting;
};

static void advance(struct spool *spool);

static void see_counted(void *ctx, const struct spool_entry *entry)
{
    struct spool *spool = ctx;
    spool_count_add(&spool->count, slice_of(entry->channel), (int64_t)entry->bytes);
    spool_count_above(&spool->count, entry->sequence);
}

/* Nobody adds a file or takes one away meanwhile. Where others never let go, the old count stays. */
static void count_anew(struct spool *spool)
{
    if (!spool_count_lock(&spool->count, SPOOL_ALONE))
        return;
    spool_folder_sweep(spool->dir);
    spool_count_clear(&spool->count);
    if (spool_folder_list(spool->dir, see_counted, spool))
        log_event(LOG_ERROR, "the spool's folder cannot be read", "folder=%s/spool", spool->state_dir);
    spool_count_unlock(&spool->count);
}

static void close_folder(struct spool *spool)
{
    spool_count_close(&spool->count);
    if (spool->lock >= 0)
        close(spool->lock);
    if (spool->dir >= 0)
        close(spool->dir);
    spool->dir = spool->lock = -1;
    spool->holds_lock = false;
}

static bool open_parts(struct spool *spool)
{
    char path[PATH_MAX];
    int len = snprintf(path, sizeof(path), "%s/spool", spool->state_dir);
    if (len < 0 || (size_t)len >= sizeof(path))
        return false;
    mkdir(spool->state_dir, 0700); /* what it cannot make, the next line finds */
    spool->dir = spool_folder_open(path);
    if (spool->dir < 0)
        return false;
    spool->lock = openat(spool->dir, "lock", O_RDWR | O_CREAT | O_CLOEXEC | O_NOFOLLOW, 0600);
    return spool->lock >= 0 && spool_count_open(&spool->count, spool->dir, "count") == OK;
}

/* Tells whether the folder is open, trying again now and then where it is not. */
static bool is_open(struct spool *spool)
{
    int64_t now_ms = clock_steady_ms();
    if (spool->count.map || now_ms < spool->open_again_ms)
        return spool->count.map != NULL;
    bool again = spool->open_again_ms != 0;
    spool->open_again_ms = now_ms + OPEN_MS;
    if (!open_parts(spool)) {
        close_folder(spool);
        if (!again)
            log_event(LOG_ERROR, "the spool cannot be used: while Redis is away, providers get 503",
                      "folder=%s/spool remedy=\"make it writable\"", spool->state_dir);
        return false;
    }
    count_anew(spool);
    if (again)
        log_event(LOG_INFO, "the spool can be used", "folder=%s/spool", spool->state_dir);
    return true;
}

static void pause_replays(struct spool *spool, int64_t pause_ms)
{
    spool->pause_until_ms = clock_steady_ms() + pause_ms;
    spool->batch_next = spool->batch_count; /* the next listing begins at the oldest again */
}

static void count_out(struct spool *spool, const struct spool_entry *entry)
{
    spool_count_take(&spool->count, slice_of(entry->channel), (int64_t)entry->bytes);
}

/* Takes a committed file away. One that stays is replayed again, which changes nothing. */
static void remove_file(struct spool *spool, const struct spool_entry *entry)
{
    if (!spool_count_lock(&spool->count, SPOOL_TOGETHER))
        return;
    FAILPOINT("spool.committed");
    if (spool_folder_remove(spool->dir, entry) == OK) {
        count_out(spool, entry);
    } else {
        log_event(LOG_ERROR, "a replayed file of the spool cannot be removed",
                  "folder=%s/spool remedy=\"make it writable\"", spool->state_dir);
        pause_replays(spool, OPEN_MS);
    }
    spool_count_unlock(&spool->count);
}

static void set_aside(struct spool *spool, const struct spool_entry *entry, const char *where, enum error error)
{
    char name[SPOOL_NAME];
    spool_entry_name(entry, name);
    if (!spool_count_lock(&spool->count, SPOOL_TOGETHER))
        return;
    bool moved = spool_folder_move(spool->dir, entry, where) == OK;
    if (moved)
        count_out(spool, entry);
    spool_count_unlock(&spool->count);
    if (moved) {
        metric_add(METRIC_SPOOL_DAMAGED, NULL, NULL, 1);
        log_event(LOG_ERROR, "a spooled webhook was set aside",
                  "file=%s/spool/%s/%s why=\"%s\" remedy=\"look into it; moved back to the spool it is tried again\"",
                  spool->state_dir, where, name, error_text(error));
    } else {
        log_event(LOG_ERROR, "a spooled webhook cannot be set aside",
                  "file=%s/spool/%s why=\"%s\" remedy=\"make the folder writable\"", spool->state_dir, name,
                  error_text(error));
        pause_replays(spool, OPEN_MS);
    }
}

/* Tells whether a failure is to be tried again, not the message's own. */
static bool is_passing(struct spool *spool, const struct spool_entry *entry, enum error error)
{
    if (error == ERR_UNAVAILABLE)
        return true;
    if (error != ERR_NOMEM && error != ERR_CONFLICT)
        return false;
    spool->stubborn_tries = spool->stubborn == entry->sequence ? spool->stubborn_tries + 1 : 1;
    spool->stubborn = entry->sequence;
    return spool->stubborn_tries < STUBBORN_MAX;
}

static void settle(struct spool *spool, const struct spool_entry *entry, enum error error)
{
    if (!error)
        remove_file(spool, entry);
    else if (is_passing(spool, entry, error))
        pause_replays(spool, PAUSE_MS);
    else
        set_aside(spool, entry, "failed", error);
}

static void on_replayed(void *ctx, enum error error)
{
    struct job *job = ctx;
    struct spool *spool = job->spool;
    struct spool_entry entry = job->entry;
    arena_free(job->arena); /* the job lies there */
    spool->under_way--;
    settle(spool, &entry, error);
    if (!spool->advancing)
        advance(spool);
}

static struct job *job_new(struct spool *spool, const struct spool_entry *entry)
{
    struct arena *arena = arena_new(SPOOL_ARENA_MAX);
    struct job *job = arena ? arena_alloc(arena, sizeof(*job)) : NULL;
    if (!job) {
        arena_free(arena);
        return NULL;
    }
    *job = (struct job){.spool = spool, .entry = *entry, .arena = arena};
    return job;
}

/* Reads a file, which must be what its name tells. */
static enum error read_message(struct job *job)
{
    struct slice bytes;
    enum error error = spool_folder_read(job->spool->dir, &job->entry, job->arena, &bytes);
    if (!error)
        error = spool_file_read(bytes, job->arena, &job->message);
    if (!error && (job->message.sequence != job->entry.sequence || !slice_is(job->message.channel, job->entry.channel)))
        error = ERR_SYNTAX;
    return error;
}

/* Starts one replay. Returns false when it must wait, and those behind it. */
static bool start_job(struct spool *spool, const struct spool_entry *entry)
{
    struct job *job = job_new(spool, entry);
    if (!job) {
        pause_replays(spool, PAUSE_MS);
        return false;
    }
    enum error error = read_message(job);
    bool damaged = error == ERR_SYNTAX || error == ERR_IO, gone = error == ERR_NOT_FOUND;
    if (!error) {
        spool->under_way++;
        error = spool->user.start(spool->user.ctx, &job->message, job->arena, on_replayed, job);
        if (!error)
            return true;
        spool->under_way--;
    }
    arena_free(job->arena);
    if (error == ERR_CONFLICT && spool->under_way)
        return false;
    if (damaged)
        set_aside(spool, entry, "damaged", error);
    else
        settle(spool, entry, gone ? OK : error);
    return true;
}

static int by_sequence(const void *a, const void *b)
{
    const struct spool_entry *left = a, *right = b;
    return left->sequence < right->sequence ? -1 : left->sequence > right->sequence;
}

/* Keeps the oldest BATCH of what is listed: when twice as many have come, the newer half goes. */
static void see_listed(void *ctx, const struct spool_entry *entry)
{
    struct spool *spool = ctx;
    spool->listed++;
    if (entry->sequence >= spool->batch_barrier)
        return;
    if (spool->batch_count == 2 * BATCH) {
        qsort(spool->batch, spool->batch_count, sizeof(spool->batch[0]), by_sequence);
        spool->batch_count = BATCH;
    }
    spool->batch[spool->batch_count++] = *entry;
}

/* Lists the oldest files. The barrier is drawn first: whatever is below it and not committed has its name by now. */
static bool list(struct spool *spool)
{
    spool->batch_count = spool->batch_next = spool->listed = 0;
    spool->batch_barrier = spool_count_barrier(&spool->count);
    if (spool_folder_list(spool->dir, see_listed, spool)) {
        pause_replays(spool, PAUSE_MS);
        return false;
    }
    qsort(spool->batch, spool->batch_count, sizeof(spool->batch[0]), by_sequence);
    if (spool->batch_count > BATCH)
        spool->batch_count = BATCH;
    if (!spool->listed)
        count_anew(spool); /* a process died between the count and the file */
    return spool->batch_count > 0;
}

static bool may_replay(const struct spool *spool)
{
    return spool->holds_lock && !spool->draining && spool_count_files(&spool->count) &&
           clock_steady_ms() >= spool->pause_until_ms && spool->user.ready(spool->user.ctx);
}

static void advance(struct spool *spool)
{
    spool->advancing = true;
    while (may_replay(spool) && spool->under_way < SPOOL_WINDOW) {
        if (spool->batch_next == spool->batch_count && (spool->under_way || !list(spool)))
            break;
        const struct spool_entry entry = spool->batch[spool->batch_next];
        if (!start_job(spool, &entry))
            break;
        if (spool->batch_next < spool->batch_count)
            spool->batch_next++;
    }
    spool->advancing = false;
}

static void try_lock(struct spool *spool)
{
    if (spool->holds_lock || spool->draining || flock(spool->lock, LOCK_EX | LOCK_NB))
        return;
    spool->holds_lock = true;
    count_anew(spool); /* whoever held it may have died in between */
}

static void let_go(struct spool *spool)
{
    if (spool->holds_lock && spool->draining && !spool->under_way) {
        flock(spool->lock, LOCK_UN);
        spool->holds_lock = false;
    }
}

/* One process tells for all, so that a sum over processes is right. */
static void tell(struct spool *spool)
{
    int64_t files = spool_count_files(&spool->count);
    metric_set(METRIC_SPOOL_MESSAGES, NULL, NULL, spool->holds_lock ? (double)files : 0);
    if (!spool->holds_lock || spool->told_waiting == (files > 0))
        return;
    spool->told_waiting = files > 0;
    log_event(files ? LOG_WARNING : LOG_INFO, files ? "webhooks wait in the spool" : "the spool is empty again",
              "messages=%" PRId64, files);
}

static void on_look(evutil_socket_t fd, short what, void *ctx)
{
    struct spool *spool = ctx;
    (void)fd;
    (void)what;
    if (!is_open(spool))
        return;
    try_lock(spool);
    advance(spool);
    let_go(spool);
    tell(spool);
}

struct spool *spool_open(struct event_base *base, const char *state_dir, const struct spool_user *user)
{
    struct timeval look = {0, LOOK_MS * 1000};
    struct spool *spool = mem_alloc(sizeof(*spool));
    if (!spool)
        return NULL;
    *spool = (struct spool){.base = base,
                            .state_dir = state_dir,
                            .user = *user,
                            .dir = -1,
                            .lock = -1,
                            .count = {.fd = -1},
                            .files_max = SPOOL_FILES_MAX,
                            .bytes_max = SPOOL_BYTES_MAX};
    spool->look = event_new(base, -1, EV_PERSIST, on_look, spool);
    if (!spool->look || event_add(spool->look, &look)) {
        spool_close(spool);
        return NULL;
    }
    if (is_open(spool))
        try_lock(spool);
    return spool;
}

void spool_close(struct spool *spool)
{
    if (!spool)
        return;
    if (spool->look)
        event_free(spool->look);
    close_folder(spool);
    mem_free(spool);
}

void spool_drain(struct spool *spool)
{
    spool->draining = true;
    let_go(spool);
}

size_t spool_in_flight(const struct spool *spool)
{
    return spool->under_way;
}

void spool_redis_up(struct spool *spool)
{
    spool->pause_until_ms = 0;
    if (spool->count.map && !spool->advancing)
        advance(spool);
}

void spool_arrive(struct spool *spool, struct spool_place *place)
{
    spool_count_arrive(&spool->count, place);
}

void spool_leave(struct spool *spool, struct spool_place *place)
{
    spool_count_leave(&spool->count, place);
}

bool spool_holds(const struct spool *spool, struct slice channel)
{
    return spool_count_holds(&spool->count, channel);
}

static const char *why_full(const struct spool *spool, uint64_t bytes)
{
    if (spool_count_files(&spool->count) >= spool->files_max)
        return "it holds as many webhooks as it may: bring Redis back";
    if (spool_count_bytes(&spool->count) + (int64_t)bytes > spool->bytes_max)
        return "it holds as many bytes as it may: bring Redis back";
    if (!spool_folder_has_room(spool->dir, SPOOL_FREE_PERCENT))
        return "less than 5 % of the disk are free: free space on the disk of state_dir";
    return NULL;
}

/* Tells once what keeps webhooks out, until one is taken again. */
static enum error refuse(struct spool *spool, enum error error, const char *why)
{
    if (spool->refusing != why)
        log_event(LOG_ERROR, "the spool takes nothing", "why=\"%s\"", why);
    spool->refusing = why;
    return error;
}

/* Counted before it is written, so that who comes meanwhile goes behind it. */
static enum error add_file(struct spool *spool, const struct spool_entry *entry, struct slice bytes)
{
    struct slice channel = slice_of(entry->channel);
    const char *full = why_full(spool, entry->bytes);
    if (full)
        return refuse(spool, ERR_LIMIT, full);
    spool_count_add(&spool->count, channel, (int64_t)entry->bytes);
    if (spool_folder_write(spool->dir, entry, bytes)) {
        spool_count_take(&spool->count, channel, (int64_t)entry->bytes);
        return refuse(spool, ERR_IO, "a file cannot be written: make room on the disk of state_dir, and it writable");
    }
    spool->refusing = NULL;
    metric_add(METRIC_SPOOLED, entry->channel, NULL, 1);
    return OK;
}

static enum error put(struct spool *spool, const struct spool_place *place, struct slice channel,
                      const struct request *request, struct arena *arena)
{
    struct buf bytes;
    const struct spool_message message = {channel, place->sequence, *request};
    struct spool_entry entry = {.sequence = place->sequence};
    if (!slice_copy(channel, entry.channel, sizeof(entry.channel)))
        return ERR_LIMIT;
    buf_init(&bytes, SPOOL_FILE_MAX + SPOOL_NAME);
    enum error error = spool_file_write(&message, arena, &bytes);
    entry.bytes = bytes.len;
    if (!error && !spool_count_lock(&spool->count, SPOOL_TOGETHER))
        error = ERR_IO;
    if (!error) {
        error = add_file(spool, &entry, buf_slice(&bytes));
        spool_count_unlock(&spool->count);
    }
    buf_release(&bytes);
    return error;
}

enum error spool_put(struct spool *spool, struct spool_place *place, struct slice channel,
                     const struct request *request, struct arena *arena)
{
    if (!is_open(spool))
        return ERR_IO;
    if (!place->sequence)
        spool_arrive(spool, place); /* the folder could not be used when it came */
    enum error error = put(spool, place, channel, request, arena);
    spool_leave(spool, place);
    return error;
}

int64_t spool_messages(const struct spool *spool)
{
    return spool_count_files(&spool->count);
}

void spool_set_limits(struct spool *spool, int64_t files, int64_t bytes)
{
    spool->files_max = files;
    spool->bytes_max = bytes;
}
