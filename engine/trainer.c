#include "engine/trainer.h"

#include <string.h>

#include "base/crypto.h"
#include "base/json.h"

#define CARD_MAX (1024u * 1024) /* bytes */

void train_result_init(struct train_result *result)
{
    result->model = NULL;
    buf_init(&result->card, CARD_MAX);
    buf_init(&result->summary, CARD_MAX);
}

void train_result_release(struct train_result *result)
{
    linear_free(result->model);
    result->model = NULL;
    buf_release(&result->card);
    buf_release(&result->summary);
}

static struct slice last_part(const char *path)
{
    const char *slash = strrchr(path, '/');
    return slice_of(slash ? slash + 1 : path);
}

void train_put_files(const char *name, const struct train_file *files, size_t count, struct buf *out)
{
    json_put_name(out, name);
    buf_addc(out, '[');
    for (size_t i = 0; i < count; i++) {
        unsigned char digest[SHA256_BYTES];
        char hex[SHA256_HEX];
        if (sha256(files[i].bytes, digest)) {
            out->error = ERR_NOMEM;
            return;
        }
        hex_encode(digest, sizeof(digest), hex);
        buf_adds(out, i ? ", {" : "{");
        json_put_name(out, "file");
        json_put_string(out, last_part(files[i].path));
        json_put_name(out, "sha256");
        json_put_string(out, slice_of(hex));
        json_put_name(out, "bytes");
        buf_addf(out, "%zu}", files[i].bytes.len);
    }
    buf_addc(out, ']');
}
