/* A real redis-server for a test, the embedded one, in a folder of its own; an event loop, and waiting without
 * sleep. */
#ifndef TESTS_REDIS_KIT_H
#define TESTS_REDIS_KIT_H

#include <event2/event.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/wait.h>

#include "tests/unit/unit.h"

#include "gateway/clock.h"
#include "gateway/embedded_redis.h"
#include "gateway/log.h"

#define PATIENCE_MS 15000

/* Turns the loop until the condition holds. */
#define WAIT_FOR(condition)                                                                                            \
    do {                                                                                                               \
        int64_t deadline_ms = clock_steady_ms() + PATIENCE_MS;                                                         \
        while (!(condition)) {                                                                                         \
            if (clock_steady_ms() > deadline_ms)                                                                       \
                fail_msg("not in time: %s", #condition);                                                               \
            turn();                                                                                                    \
        }                                                                                                              \
    } while (0)

static char dir[64];
static char socket_path[108]; /* outlives the server that it was asked of */
static struct embedded_redis *server;
static struct event_base *base; /* the test's to make and to free */

static inline void turn(void)
{
    struct timeval look = {0, 10000};
    event_base_loopexit(base, &look);
    event_base_dispatch(base);
}

/* Starts the server over what the folder holds. */
static inline void start_server(void)
{
    struct faults faults;
    faults_init(&faults);
    server = embedded_redis_start(dir, &faults);
    faults_print(&faults, stderr);
    faults_release(&faults);
    assert_non_null(server);
    slice_copy(slice_of(embedded_redis_socket(server)), socket_path, sizeof(socket_path));
}

/* Waits for the end of the server, and starts it again as the daemon's master does. */
static inline void start_server_again(void)
{
    int status;
    pid_t ended = waitpid(-1, &status, 0);
    assert_true(embedded_redis_ended(server, ended, status, 0));
    assert_true(embedded_redis_due_ms(server) > 0);
    embedded_redis_start_again(server, embedded_redis_due_ms(server));
}

/* Ends the server and leaves the folder. */
static inline void stop_server(void)
{
    if (server)
        embedded_redis_stop(server);
    server = NULL;
}

/* Makes the folder and starts the server. A group's set-up, or part of a test's. */
static inline int make_server(void **state)
{
    (void)state;
    signal(SIGPIPE, SIG_IGN); /* as the daemon does */
    log_open(LOG_ERROR, SLICE("0123456789abcdef"));
    snprintf(dir, sizeof(dir), "/tmp/chaski-unit-XXXXXX");
    assert_non_null(mkdtemp(dir));
    start_server();
    return 0;
}

/* Ends the server and removes the folder. */
static inline int remove_server(void **state)
{
    char command[96];
    (void)state;
    stop_server();
    snprintf(command, sizeof(command), "rm -rf %s", dir);
    return system(command);
}

#endif
