/* The wall clock as a test says: every process that is started with this in LD_PRELOAD reads it shifted by the
 * milliseconds that lie, as eight bytes, in the file that SHIFTED_CLOCK names. The steady clock is left alone, so that
 * alarms go on as they do when a real clock is set. tests/blackbox/week.test.mjs builds it. */
#include <fcntl.h>
#include <stdint.h>
#include <stdlib.h>
#include <sys/mman.h>
#include <sys/syscall.h>
#include <sys/time.h>
#include <time.h>
#include <unistd.h>

static const volatile int64_t *shift_ms;

__attribute__((constructor)) static void begin(void)
{
    const char *path = getenv("SHIFTED_CLOCK");
    const int file = path ? open(path, O_RDONLY | O_CLOEXEC) : -1;
    void *map = file < 0 ? MAP_FAILED : mmap(NULL, sizeof(*shift_ms), PROT_READ, MAP_SHARED, file, 0);
    if (map != MAP_FAILED)
        shift_ms = map;
    if (file >= 0)
        close(file);
}

int clock_gettime(clockid_t which, struct timespec *out)
{
    const int result = (int)syscall(SYS_clock_gettime, which, out);
    if (result == 0 && shift_ms && (which == CLOCK_REALTIME || which == CLOCK_REALTIME_COARSE)) {
        const int64_t ns = out->tv_nsec + *shift_ms % 1000 * 1000000;
        out->tv_sec += *shift_ms / 1000 + ns / 1000000000;
        out->tv_nsec = ns % 1000000000;
    }
    return result;
}

int gettimeofday(struct timeval *out, void *zone)
{
    struct timespec now;
    (void)zone;
    const int result = clock_gettime(CLOCK_REALTIME, &now);
    out->tv_sec = now.tv_sec;
    out->tv_usec = now.tv_nsec / 1000;
    return result;
}

time_t time(time_t *out)
{
    struct timespec now;
    clock_gettime(CLOCK_REALTIME, &now);
    if (out)
        *out = now.tv_sec;
    return now.tv_sec;
}
