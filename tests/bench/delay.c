/* How late this machine wakes a thread, whatever runs on it: what `make bench` puts beside p99 at half load.
 *
 * delay: for each line "SECONDS" of standard input one thread a CPU, bound to it, sleeps for 1 ms again and again for
 * so long; then prints one line of JSON: by how many microseconds each sleep came to its end too late, whether the
 * threads went before all others ("ahead": SCHED_FIFO, which needs the right to it), how many CPUs there are, and what
 * the line itself cost ("cpu_us": the threads are gone by then, and /proc tells of none of theirs).
 * Going ahead, a thread is late when the machine stood still, not when it was busy. Sleeps between lines; ends when
 * standard input does. */
#include <errno.h>
#include <pthread.h>
#include <sched.h>
#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <time.h>

#define CPUS_MAX 256
#define SLEEP_NS 1000000
#define SAMPLES_MAX 60000 /* a minute */

struct witness {
    int cpu;
    bool ahead;
    int64_t end_ns;
    size_t count;
    uint32_t late_us[SAMPLES_MAX];
};

static int64_t ns_of(clockid_t clock)
{
    struct timespec now;
    clock_gettime(clock, &now);
    return now.tv_sec * 1000000000LL + now.tv_nsec;
}

static int64_t now_ns(void)
{
    return ns_of(CLOCK_MONOTONIC);
}

static void *watch(void *ctx)
{
    struct witness *witness = ctx;
    const struct sched_param first = {.sched_priority = 1};
    cpu_set_t own;
    CPU_ZERO(&own);
    CPU_SET(witness->cpu, &own);
    pthread_setaffinity_np(pthread_self(), sizeof(own), &own);
    witness->ahead = pthread_setschedparam(pthread_self(), SCHED_FIFO, &first) == 0;
    for (int64_t now = now_ns(); now < witness->end_ns && witness->count < SAMPLES_MAX;) {
        int64_t due = now + SLEEP_NS;
        const struct timespec until = {due / 1000000000, due % 1000000000};
        while (clock_nanosleep(CLOCK_MONOTONIC, TIMER_ABSTIME, &until, NULL) == EINTR)
            ;
        now = now_ns();
        witness->late_us[witness->count++] = (uint32_t)((now - due) / 1000);
    }
    return NULL;
}

int main(void)
{
    static struct witness *witnesses[CPUS_MAX];
    pthread_t threads[CPUS_MAX];
    cpu_set_t cpus;
    int count = 0;
    char line[64];
    if (sched_getaffinity(0, sizeof(cpus), &cpus) != 0)
        return 2;
    for (int cpu = 0; cpu < CPU_SETSIZE && count < CPUS_MAX; cpu++) {
        if (!CPU_ISSET(cpu, &cpus))
            continue;
        if (!(witnesses[count] = calloc(1, sizeof(*witnesses[count]))))
            return 2;
        witnesses[count++]->cpu = cpu;
    }
    while (fgets(line, sizeof(line), stdin)) {
        bool ahead = true;
        int64_t before_ns = ns_of(CLOCK_PROCESS_CPUTIME_ID);
        const char *comma = "";
        for (int i = 0; i < count; i++) {
            witnesses[i]->count = 0;
            witnesses[i]->end_ns = now_ns() + (int64_t)(strtod(line, NULL) * 1e9);
            if (pthread_create(&threads[i], NULL, watch, witnesses[i]) != 0)
                return 2;
        }
        printf("{\"cpus\":%d,\"us\":[", count);
        for (int i = 0; i < count; i++) {
            pthread_join(threads[i], NULL);
            ahead = ahead && witnesses[i]->ahead;
            for (size_t at = 0; at < witnesses[i]->count; at++, comma = ",")
                printf("%s%u", comma, (unsigned)witnesses[i]->late_us[at]);
        }
        printf("],\"ahead\":%s,\"cpu_us\":%lld}\n", ahead ? "true" : "false",
               (long long)(ns_of(CLOCK_PROCESS_CPUTIME_ID) - before_ns) / 1000);
        fflush(stdout);
    }
    return 0;
}
