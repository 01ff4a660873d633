#include "gateway/embedded_redis.h"

#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/file.h>
#include <sys/prctl.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/un.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#include "base/mem.h"
#include "gateway/clock.h"
#include "gateway/log.h"

#define RESTART_MS 500
#define FILES_MAX 4096 /* closed one by one where the system has no close_range() */

struct embedded_redis {
    char dir[PATH_MAX];
    char socket[sizeof(((struct sockaddr_un *)NULL)->sun_path)];
    int lock;        /* file descriptor that holds the directory for this daemon; -1 none */
    int server_lock; /* held by the server too: its end, not the daemon's, frees it; -1 none */
    pid_t child;     /* 0 when it does not run */
    bool repair;     /* the AOF, before the next start */
    int64_t due_ms;  /* of the next start, by the steady clock; 0 none */
};

static void pause_ms(long ms)
{
    struct timespec wait = {ms / 1000, ms % 1000 * 1000000};
    nanosleep(&wait, NULL);
}

/* Every setting on which the promise "accepted means on disk" rests, as arguments: there is no file to edit by
 * mistake. */
static void exec_server(const struct embedded_redis *redis)
{
    /* clang-format off */
    const char *const args[] = {
        "redis-server", "--port", "0", "--unixsocket", redis->socket, "--unixsocketperm", "700", "--dir", redis->dir,
        "--appendonly", "yes", "--appendfsync", "always", "--maxmemory-policy", "noeviction", "--save", "",
        "--daemonize", "no", "--logfile", "redis.log", "--loglevel", "notice", "--databases", "1",
        "--auto-aof-rewrite-min-size", "16mb", "--stop-writes-on-bgsave-error", "yes",
        "--aof-load-truncated", "no", /* "yes" can leave half of a torn transaction, and read it the next time */
        "--hash-max-listpack-value", "4096", /* a contact lies in one block: a sixth less memory */
        "--hash-max-listpack-entries", "128", /* a larger block costs a walk over it each time; unsaid it is 512 */
        "--stream-node-max-bytes", "1024",   /* an entry that goes costs a walk over its node */
        "--lazyfree-lazy-expire", "yes",     /* a day of sends that is over is freed beside the serving */
        "--latency-tracking", "no",          /* a histogram of each command: we keep one of our calls */
        NULL,
    };
    /* clang-format on */
    execvp(args[0], (char *const *)args);
    _exit(127);
}

/* Leaves the server no file of ours but the lock: a provider's connection that it held open would never end. Returns
 * -1 when it cannot. */
static int keep_only_lock(int lock)
{
    const int kept = STDERR_FILENO + 1;
    if (lock != kept && dup2(lock, kept) < 0)
        return -1;
    if (close_range((unsigned)kept + 1, UINT_MAX, 0))
        for (int fd = kept + 1; fd < FILES_MAX; fd++)
            close(fd);
    return fcntl(kept, F_SETFD, 0);
}

/* In the child: cuts a torn transaction off the AOF's end, wholly; redis-server refuses to start over it. It was never
 * acknowledged. The tool asks before it cuts. */
static void repair_aof(const struct embedded_redis *redis)
{
    int answer[2];
    pid_t tool = chdir(redis->dir) || pipe2(answer, O_CLOEXEC) ? -1 : fork();
    if (tool == 0) {
        int log = open("redis.log", O_WRONLY | O_CREAT | O_APPEND, 0600);
        if (dup2(answer[0], STDIN_FILENO) >= 0 && dup2(log, STDOUT_FILENO) >= 0)
            execlp("redis-check-aof", "redis-check-aof", "--fix", "appendonlydir/appendonly.aof.manifest",
                   (char *)NULL);
        _exit(127);
    }
    if (tool > 0 && write(answer[1], "y\n", 2) == 2)
        waitpid(tool, NULL, 0);
}

static enum error spawn(struct embedded_redis *redis, bool repair)
{
    pid_t parent = getpid();
    pid_t child = fork();
    if (child < 0)
        return ERR_IO;
    if (child == 0) {
        sigset_t none;
        sigemptyset(&none);
        sigprocmask(SIG_SETMASK, &none, NULL);
        signal(SIGPIPE, SIG_DFL);
        /* A group of its own keeps Ctrl-C for the daemon, which ends us in order; the death signal covers a daemon
         * that was killed. */
        setpgid(0, 0);
        prctl(PR_SET_PDEATHSIG, SIGTERM);
        if (getppid() != parent || keep_only_lock(redis->server_lock))
            _exit(1);
        if (repair)
            repair_aof(redis);
        exec_server(redis);
    }
    redis->child = child;
    return OK;
}

static bool answers(const struct embedded_redis *redis)
{
    struct sockaddr_un address = {.sun_family = AF_UNIX};
    char reply[8] = "";
    memcpy(address.sun_path, redis->socket, sizeof(address.sun_path));
    int fd = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0);
    if (fd < 0)
        return false;
    struct timeval patience = {1, 0};
    setsockopt(fd, SOL_SOCKET, SO_RCVTIMEO, &patience, sizeof(patience));
    bool good = connect(fd, (struct sockaddr *)&address, sizeof(address)) == 0 && write(fd, "PING\r\n", 6) == 6 &&
                read(fd, reply, sizeof(reply) - 1) == 7 && memcmp(reply, "+PONG", 5) == 0;
    close(fd);
    return good;
}

/* Tells whether a server ended because of what it found, as over a torn AOF. */
static bool refused(int status)
{
    return WIFEXITED(status) && WEXITSTATUS(status) == 1;
}

static enum error wait_until_ready(struct embedded_redis *redis, struct faults *faults)
{
    int64_t deadline_ms = clock_steady_ms() + EMBEDDED_START_MS;
    bool repaired = false;
    int status;
    while (!answers(redis)) {
        if (waitpid(redis->child, &status, WNOHANG) == redis->child) {
            redis->child = 0;
            if (!repaired && refused(status) && spawn(redis, true) == OK) {
                repaired = true;
                continue;
            }
            if (WIFEXITED(status) && WEXITSTATUS(status) == 127)
                faults_add(faults, "", 0, 0,
                           "redis-server is not installed: `apt-get install redis-server`, or give redis.url");
            else
                faults_add(faults, "", 0, 0, "redis-server ended at once: its reason is in %s/redis.log", redis->dir);
            return ERR_UNAVAILABLE;
        }
        if (clock_steady_ms() > deadline_ms) {
            faults_add(faults, "", 0, 0, "redis-server did not answer within %d s: see %s/redis.log",
                       EMBEDDED_START_MS / 1000, redis->dir);
            return ERR_UNAVAILABLE;
        }
        pause_ms(20);
    }
    return OK;
}

static int open_lock(const struct embedded_redis *redis, const char *name)
{
    char path[PATH_MAX + 16];
    snprintf(path, sizeof(path), "%s/%s", redis->dir, name);
    return open(path, O_RDWR | O_CREAT | O_CLOEXEC, 0600);
}

/* Waits for the server of a daemon that was killed: two at once would write one AOF. */
static enum error wait_for_server_before(struct embedded_redis *redis, struct faults *faults)
{
    int64_t deadline_ms = clock_steady_ms() + EMBEDDED_STOP_MS;
    redis->server_lock = open_lock(redis, "server.lock");
    while (redis->server_lock < 0 || flock(redis->server_lock, LOCK_EX | LOCK_NB)) {
        if (redis->server_lock < 0 || clock_steady_ms() > deadline_ms) {
            faults_add(faults, "", 0, 0,
                       "a redis-server of before still runs in %s: end it (its socket is redis.sock there)",
                       redis->dir);
            return ERR_CONFLICT;
        }
        pause_ms(20);
    }
    return OK;
}

/* Makes the directory and takes its locks, which a crash releases by itself. */
static enum error hold_directory(struct embedded_redis *redis, const char *state_dir, struct faults *faults)
{
    char path[PATH_MAX + 16];
    if ((mkdir(state_dir, 0700) && errno != EEXIST) || !realpath(state_dir, path)) {
        faults_add(faults, "", 0, 0, "state_dir %s cannot be made: %s; make it, or name another", state_dir,
                   strerror(errno));
        return ERR_IO;
    }
    int len = snprintf(redis->dir, sizeof(redis->dir), "%s/redis", path);
    if (len < 0 || (size_t)len >= sizeof(redis->dir) || (mkdir(redis->dir, 0700) && errno != EEXIST)) {
        faults_add(faults, "", 0, 0, "%s/redis cannot be made: %s; mend its owner or mode", path, strerror(errno));
        return ERR_IO;
    }
    len = snprintf(redis->socket, sizeof(redis->socket), "%s/redis.sock", redis->dir);
    if (len < 0 || (size_t)len >= sizeof(redis->socket)) {
        faults_add(faults, "", 0, 0, "the path %s/redis.sock is longer than %zu bytes: use a shorter state_dir",
                   redis->dir, sizeof(redis->socket) - 1);
        return ERR_LIMIT;
    }
    redis->lock = open_lock(redis, "lock");
    if (redis->lock < 0 || flock(redis->lock, LOCK_EX | LOCK_NB)) {
        faults_add(faults, "", 0, 0, "another chaski runs on state_dir %s: end it, or give this one its own state_dir",
                   state_dir);
        return ERR_CONFLICT;
    }
    return wait_for_server_before(redis, faults);
}

struct embedded_redis *embedded_redis_start(const char *state_dir, struct faults *faults)
{
    struct embedded_redis *redis = mem_alloc(sizeof(*redis));
    if (!redis)
        return NULL;
    redis->lock = redis->server_lock = -1;
    if (hold_directory(redis, state_dir, faults) || spawn(redis, false) || wait_until_ready(redis, faults)) {
        embedded_redis_stop(redis);
        return NULL;
    }
    return redis;
}

const char *embedded_redis_socket(const struct embedded_redis *redis)
{
    return redis->socket;
}

enum error embedded_redis_find(const char *state_dir, char *out, size_t size)
{
    char path[PATH_MAX];
    if (!realpath(state_dir, path))
        return ERR_NOT_FOUND;
    int len = snprintf(out, size, "%s/redis/redis.sock", path);
    return len > 0 && (size_t)len < size ? OK : ERR_LIMIT;
}

bool embedded_redis_ended(struct embedded_redis *redis, pid_t process, int status, int64_t now_ms)
{
    if (!redis->child || process != redis->child)
        return false;
    redis->child = 0;
    redis->due_ms = now_ms + RESTART_MS;
    redis->repair = refused(status);
    log_event(LOG_ERROR, "redis-server ended and is started again", "status=%d", status);
    return true;
}

int64_t embedded_redis_due_ms(const struct embedded_redis *redis)
{
    return redis->due_ms;
}

void embedded_redis_start_again(struct embedded_redis *redis, int64_t now_ms)
{
    if (!redis->due_ms || now_ms < redis->due_ms)
        return;
    redis->due_ms = 0;
    if (spawn(redis, redis->repair)) {
        log_event(LOG_ERROR, "redis-server cannot be started, and is tried again", "why=\"%s\"", strerror(errno));
        redis->due_ms = now_ms + RESTART_MS;
    }
}

void embedded_redis_forget(struct embedded_redis *redis)
{
    redis->child = 0;
    embedded_redis_stop(redis);
}

void embedded_redis_stop(struct embedded_redis *redis)
{
    int64_t deadline_ms = clock_steady_ms() + EMBEDDED_STOP_MS;
    if (redis->child) {
        kill(redis->child, SIGTERM);
        while (waitpid(redis->child, NULL, WNOHANG) == 0) {
            if (clock_steady_ms() > deadline_ms)
                kill(redis->child, SIGKILL);
            pause_ms(10);
        }
    }
    if (redis->server_lock >= 0)
        close(redis->server_lock);
    if (redis->lock >= 0)
        close(redis->lock);
    mem_free(redis);
}
