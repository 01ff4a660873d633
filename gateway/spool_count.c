#include "gateway/spool_count.h"

#include <fcntl.h>
#include <stdatomic.h>
#include <sys/file.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <time.h>
#include <unistd.h>

#define MAP_MAGIC 0x31306b7370616863u /* another layout gets another one */
#define SLOTS 256
#define ALONE_TRIES 200 /* of 1 ms */

/* A process holds its row by a lock on the byte of the row's number: the system lets go of it when the process dies,
 * and no process id that was given out again can stand for a dead one. */
struct row {
    _Atomic uint64_t oldest; /* sequence of its oldest webhook under way; UINT64_MAX: none */
};

/* Bytes that nobody has written yet are 0. */
struct spool_map {
    _Atomic uint64_t magic;
    _Atomic uint64_t sequence; /* the last one given */
    _Atomic int64_t files, bytes;
    _Atomic int64_t slots[SLOTS]; /* files by channel */
    struct row rows[SPOOL_ROWS];
};

static struct flock lock_of(size_t row)
{
    return (struct flock){.l_type = F_WRLCK, .l_whence = SEEK_SET, .l_start = (off_t)row, .l_len = 1};
}

/* Tells whether another process holds the row. */
static bool is_held(const struct spool_count *count, size_t row)
{
    struct flock lock = lock_of(row);
    return fcntl(count->fd, F_OFD_GETLK, &lock) || lock.l_type != F_UNLCK;
}

static size_t hold_row(struct spool_count *count)
{
    for (size_t i = 0; i < SPOOL_ROWS; i++) {
        struct flock lock = lock_of(i);
        if (fcntl(count->fd, F_OFD_SETLK, &lock))
            continue;
        atomic_store(&count->map->rows[i].oldest, UINT64_MAX);
        return i;
    }
    return SPOOL_ROWS;
}

/* A file of another layout is begun again in its place: other processes may have it mapped. */
static void begin_map(struct spool_map *map)
{
    if (atomic_load(&map->magic) == MAP_MAGIC)
        return;
    atomic_store(&map->sequence, 0);
    atomic_store(&map->files, 0);
    atomic_store(&map->bytes, 0);
    for (size_t i = 0; i < SLOTS; i++)
        atomic_store(&map->slots[i], 0);
    for (size_t i = 0; i < SPOOL_ROWS; i++)
        atomic_store(&map->rows[i].oldest, UINT64_MAX);
    atomic_store(&map->magic, MAP_MAGIC);
}

/* The bytes are asked of the disk now: a page that finds no room when it is touched would end the process. */
static bool has_room(int fd)
{
    struct stat stat;
    if (fstat(fd, &stat))
        return false;
    return stat.st_size >= (off_t)sizeof(struct spool_map) || posix_fallocate(fd, 0, sizeof(struct spool_map)) == 0;
}

enum error spool_count_open(struct spool_count *count, int dir, const char *name)
{
    *count = (struct spool_count){.fd = openat(dir, name, O_RDWR | O_CREAT | O_CLOEXEC | O_NOFOLLOW, 0600)};
    if (count->fd < 0 || flock(count->fd, LOCK_EX) || !has_room(count->fd)) {
        spool_count_close(count);
        return ERR_IO;
    }
    void *map = mmap(NULL, sizeof(struct spool_map), PROT_READ | PROT_WRITE, MAP_SHARED, count->fd, 0);
    if (map == MAP_FAILED) {
        spool_count_close(count);
        return ERR_IO;
    }
    count->map = map;
    begin_map(count->map);
    count->row = hold_row(count);
    spool_count_unlock(count);
    return OK;
}

void spool_count_close(struct spool_count *count)
{
    if (count->map && count->row < SPOOL_ROWS)
        atomic_store(&count->map->rows[count->row].oldest, UINT64_MAX);
    if (count->map)
        munmap(count->map, sizeof(*count->map));
    if (count->fd >= 0)
        close(count->fd);
    *count = (struct spool_count){.fd = -1};
}

bool spool_count_lock(struct spool_count *count, enum spool_hold hold)
{
    const struct timespec wait = {0, 1000000};
    if (hold == SPOOL_TOGETHER)
        return flock(count->fd, LOCK_SH) == 0;
    for (int i = 0; i < ALONE_TRIES; i++) {
        if (flock(count->fd, LOCK_EX | LOCK_NB) == 0)
            return true;
        nanosleep(&wait, NULL);
    }
    return false;
}

void spool_count_unlock(struct spool_count *count)
{
    flock(count->fd, LOCK_UN);
}

static void tell_oldest(struct spool_count *count, uint64_t sequence)
{
    if (count->row < SPOOL_ROWS)
        atomic_store(&count->map->rows[count->row].oldest, sequence);
}

void spool_count_arrive(struct spool_count *count, struct spool_place *place)
{
    *place = (struct spool_place){.older = count->newest};
    if (!count->map)
        return;
    /* Told before the sequence is taken, so that no barrier is drawn in between. */
    if (!count->oldest)
        tell_oldest(count, atomic_load(&count->map->sequence) + 1);
    place->sequence = atomic_fetch_add(&count->map->sequence, 1) + 1;
    *(count->newest ? &count->newest->newer : &count->oldest) = place;
    count->newest = place;
}

void spool_count_leave(struct spool_count *count, struct spool_place *place)
{
    if (!place->sequence)
        return;
    *(place->older ? &place->older->newer : &count->oldest) = place->newer;
    *(place->newer ? &place->newer->older : &count->newest) = place->older;
    place->sequence = 0;
    if (count->map)
        tell_oldest(count, count->oldest ? count->oldest->sequence : UINT64_MAX);
}

uint64_t spool_count_barrier(struct spool_count *count)
{
    uint64_t barrier = atomic_load(&count->map->sequence) + 1;
    for (size_t i = 0; i < SPOOL_ROWS; i++) {
        struct row *row = &count->map->rows[i];
        uint64_t oldest = atomic_load(&row->oldest);
        if (oldest >= barrier)
            continue;
        if (i == count->row || is_held(count, i))
            barrier = oldest;
        else
            atomic_compare_exchange_strong(&row->oldest, &oldest, UINT64_MAX); /* who told it is dead */
    }
    return barrier;
}

static _Atomic int64_t *slot_of(const struct spool_count *count, struct slice channel)
{
    return &count->map->slots[slice_hash(channel) % SLOTS];
}

static void add(struct spool_count *count, struct slice channel, int64_t files, int64_t bytes)
{
    atomic_fetch_add(&count->map->files, files);
    atomic_fetch_add(&count->map->bytes, bytes);
    atomic_fetch_add(slot_of(count, channel), files);
}

void spool_count_add(struct spool_count *count, struct slice channel, int64_t bytes)
{
    add(count, channel, 1, bytes);
}

void spool_count_take(struct spool_count *count, struct slice channel, int64_t bytes)
{
    add(count, channel, -1, -bytes);
}

void spool_count_clear(struct spool_count *count)
{
    atomic_store(&count->map->files, 0);
    atomic_store(&count->map->bytes, 0);
    for (size_t i = 0; i < SLOTS; i++)
        atomic_store(&count->map->slots[i], 0);
}

void spool_count_above(struct spool_count *count, uint64_t sequence)
{
    uint64_t last = atomic_load(&count->map->sequence);
    while (last < sequence && !atomic_compare_exchange_weak(&count->map->sequence, &last, sequence))
        continue;
}

int64_t spool_count_files(const struct spool_count *count)
{
    int64_t files = count->map ? atomic_load(&count->map->files) : 0;
    return files > 0 ? files : 0;
}

int64_t spool_count_bytes(const struct spool_count *count)
{
    return count->map ? atomic_load(&count->map->bytes) : 0;
}

bool spool_count_holds(const struct spool_count *count, struct slice channel)
{
    return count->map && atomic_load(slot_of(count, channel)) > 0;
}
