#include "gateway/slow_hash.h"

#include <pthread.h>
#include <signal.h>
#include <sodium.h>
#include <sys/eventfd.h>
#include <unistd.h>

#include "base/mem.h"

struct job {
    struct job *next;
    bool makes; /* else it compares */
    bool is;
    char password[PASSWORD_MAX];
    size_t password_len;
    char hash[PASSWORD_HASH];
    slow_hash_done *done;
    void *ctx;
};

struct queue {
    struct job *first, **last;
};

struct slow_hash {
    pthread_t thread;
    pthread_mutex_t lock; /* of what follows */
    pthread_cond_t something;
    struct queue waiting, finished;
    size_t count; /* of both, and of the one under way */
    bool ends, runs;
    int bell; /* rung when a job is finished */
    struct event *rung;
};

static void queue_init(struct queue *queue)
{
    queue->first = NULL;
    queue->last = &queue->first;
}

static void queue_put(struct queue *queue, struct job *job)
{
    job->next = NULL;
    *queue->last = job;
    queue->last = &job->next;
}

static struct job *queue_take(struct queue *queue)
{
    struct job *job = queue->first;
    if (job && !(queue->first = job->next))
        queue->last = &queue->first;
    return job;
}

static void work(struct job *job)
{
    const struct slice password = {job->password, job->password_len};
    if (!job->makes)
        job->is = password_is(password, job->hash);
    else if (password_hash(password, job->hash))
        job->hash[0] = '\0';
}

static void *run(void *ctx)
{
    struct slow_hash *slow = ctx;
    const uint64_t one = 1;
    pthread_mutex_lock(&slow->lock);
    while (!slow->ends) {
        struct job *job = queue_take(&slow->waiting);
        if (!job) {
            pthread_cond_wait(&slow->something, &slow->lock);
            continue;
        }
        pthread_mutex_unlock(&slow->lock);
        work(job);
        pthread_mutex_lock(&slow->lock);
        queue_put(&slow->finished, job);
        if (write(slow->bell, &one, sizeof(one)) < 0)
            continue; /* the counter is full: it has rung */
    }
    pthread_mutex_unlock(&slow->lock);
    return NULL;
}

static void finish(struct job *job, bool worked)
{
    sodium_memzero(job->password, sizeof(job->password));
    job->done(job->ctx, worked && job->is, worked && job->makes ? job->hash : "");
    sodium_memzero(job->hash, sizeof(job->hash));
    mem_free(job);
}

static void on_rung(evutil_socket_t fd, short what, void *ctx)
{
    struct slow_hash *slow = ctx;
    uint64_t times;
    (void)what;
    if (read(fd, &times, sizeof(times)) < 0)
        return;
    for (;;) {
        pthread_mutex_lock(&slow->lock);
        struct job *job = queue_take(&slow->finished);
        slow->count -= job != NULL;
        pthread_mutex_unlock(&slow->lock);
        if (!job)
            return;
        finish(job, true);
    }
}

struct slow_hash *slow_hash_open(struct event_base *base)
{
    struct slow_hash *slow = mem_alloc(sizeof(*slow));
    if (!slow)
        return NULL;
    pthread_mutex_init(&slow->lock, NULL);
    pthread_cond_init(&slow->something, NULL);
    queue_init(&slow->waiting);
    queue_init(&slow->finished);
    slow->bell = eventfd(0, EFD_NONBLOCK | EFD_CLOEXEC);
    slow->rung = slow->bell >= 0 ? event_new(base, slow->bell, EV_READ | EV_PERSIST, on_rung, slow) : NULL;
    if (slow->rung && event_add(slow->rung, NULL) == 0)
        return slow;
    slow_hash_close(slow);
    return NULL;
}

/* Begins the thread, which takes no signals: they are the loop's. */
static bool begin(struct slow_hash *slow)
{
    sigset_t all, before;
    if (slow->runs)
        return true;
    sigfillset(&all);
    pthread_sigmask(SIG_SETMASK, &all, &before);
    slow->runs = pthread_create(&slow->thread, NULL, run, slow) == 0;
    pthread_sigmask(SIG_SETMASK, &before, NULL);
    return slow->runs;
}

static enum error put(struct slow_hash *slow, struct slice password, struct job *job)
{
    enum error error = password.len > PASSWORD_MAX ? ERR_LIMIT : begin(slow) ? OK : ERR_UNAVAILABLE;
    if (!error) {
        pthread_mutex_lock(&slow->lock);
        if (slow->count == SLOW_HASH_WAITING) {
            error = ERR_UNAVAILABLE;
        } else {
            memcpy(job->password, password.ptr ? password.ptr : "", password.len);
            job->password_len = password.len;
            slow->count++;
            queue_put(&slow->waiting, job);
            pthread_cond_signal(&slow->something);
        }
        pthread_mutex_unlock(&slow->lock);
    }
    if (error)
        mem_free(job);
    return error;
}

enum error slow_hash_compare(struct slow_hash *slow, struct slice password, struct slice hash, slow_hash_done *done,
                             void *ctx)
{
    struct job *job = mem_alloc(sizeof(*job));
    if (!job)
        return ERR_NOMEM;
    job->done = done;
    job->ctx = ctx;
    if (!slice_copy(hash, job->hash, sizeof(job->hash))) {
        mem_free(job);
        return ERR_LIMIT;
    }
    return put(slow, password, job);
}

enum error slow_hash_make(struct slow_hash *slow, struct slice password, slow_hash_done *done, void *ctx)
{
    struct job *job = mem_alloc(sizeof(*job));
    if (!job)
        return ERR_NOMEM;
    job->makes = true;
    job->done = done;
    job->ctx = ctx;
    return put(slow, password, job);
}

void slow_hash_close(struct slow_hash *slow)
{
    struct job *job;
    if (!slow)
        return;
    pthread_mutex_lock(&slow->lock);
    slow->ends = true;
    pthread_cond_signal(&slow->something);
    pthread_mutex_unlock(&slow->lock);
    if (slow->runs)
        pthread_join(slow->thread, NULL);
    while ((job = queue_take(&slow->finished)) || (job = queue_take(&slow->waiting)))
        finish(job, false);
    if (slow->rung)
        event_free(slow->rung);
    if (slow->bell >= 0)
        close(slow->bell);
    pthread_cond_destroy(&slow->something);
    pthread_mutex_destroy(&slow->lock);
    mem_free(slow);
}
