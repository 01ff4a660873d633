#include "gateway/roster.h"

#include <fcntl.h>
#include <limits.h>
#include <stdio.h>
#include <string.h>
#include <sys/file.h>
#include <unistd.h>

/* A word as it was written: hexadecimal digits, whole. */
static bool is_word(const char word[SHARDS_WORD])
{
    return strspn(word, "0123456789abcdef") == SHARDS_WORD - 1;
}

struct roster roster_open(const char *state_dir, char words[][SHARDS_WORD], size_t count)
{
    char path[PATH_MAX];
    snprintf(path, sizeof(path), "%s/processes", state_dir);
    struct roster roster = {open(path, O_RDWR | O_CREAT | O_CLOEXEC | O_NOFOLLOW, 0600)};
    memset(words, 0, count * sizeof(words[0]));
    if (roster.file >= 0 && flock(roster.file, LOCK_EX | LOCK_NB))
        roster_close(&roster);
    for (size_t i = 0; roster.file >= 0 && i < count; i++) {
        ssize_t got = pread(roster.file, words[i], SHARDS_WORD, (off_t)(i * SHARDS_WORD));
        if (got != SHARDS_WORD || words[i][SHARDS_WORD - 1] || !is_word(words[i]))
            words[i][0] = '\0';
    }
    return roster;
}

void roster_note(const struct roster *roster, size_t place, const char word[SHARDS_WORD])
{
    if (roster->file >= 0 && pwrite(roster->file, word, SHARDS_WORD, (off_t)(place * SHARDS_WORD)) != SHARDS_WORD)
        return; /* who comes after waits for the lease */
}

void roster_close(struct roster *roster)
{
    if (roster->file >= 0)
        close(roster->file);
    roster->file = -1;
}
