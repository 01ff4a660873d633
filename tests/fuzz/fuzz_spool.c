/* Any bytes as a spooled file. What is read writes back to a file that reads the same. A file is its payload behind a
 * right digest here, else nothing but the digest would be fuzzed; the bytes as they are must be refused or whole. */
#include <stdio.h>
#include <stdlib.h>

#include "base/crypto.h"
#include "gateway/spool_file.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void require(bool holds)
{
    if (!holds)
        abort();
}

static void check_again(const struct spool_message *m, struct arena *arena)
{
    struct spool_message again;
    struct buf bytes;
    buf_init(&bytes, 2 * SPOOL_FILE_MAX);
    enum error error = spool_file_write(m, arena, &bytes);
    require(error == OK || error == ERR_LIMIT);
    if (!error) {
        require(spool_file_read(buf_slice(&bytes), arena, &again) == OK);
        require(slice_eq(again.request.body, m->request.body) && again.sequence == m->sequence);
        require(slice_eq(again.request.path, m->request.path) && slice_eq(again.channel, m->channel));
    }
    buf_release(&bytes);
}

static void read_one(struct slice bytes)
{
    struct arena *arena = arena_new(64 * 1024 * 1024);
    struct spool_message m;
    enum error error = spool_file_read(bytes, arena, &m);
    require(error == OK || error == ERR_SYNTAX);
    if (!error)
        check_again(&m, arena);
    arena_free(arena);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    unsigned char digest[SHA256_BYTES];
    char hex[SHA256_HEX];
    struct slice payload = {(const char *)data, size};
    struct buf file;
    read_one(payload);
    require(sha256(payload, digest) == OK);
    hex_encode(digest, sizeof(digest), hex);
    buf_init(&file, size + 256);
    buf_addf(&file, "chaski spool 1 %zu %s\n", size, hex);
    buf_addslice(&file, payload);
    read_one(buf_slice(&file));
    buf_release(&file);
    return 0;
}
