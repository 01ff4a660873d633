#include "engine/trainer.h"

#include <string.h>

#include "base/crypto.h"
#include "base/json.h"
#include "engine/card.h"

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

enum error train_end_card(const char *name, const struct linear *model, const struct train_metrics *metrics,
                          struct train_result *out)
{
    buf_addf(&out->card, ",\n\"%s\": ", name);
    train_put_metrics(linear_shape(model), metrics, &out->card);
    card_close(&out->card);
    buf_addc(&out->card, '\n');
    return out->card.error ? out->card.error : out->summary.error;
}

enum error train_end(const struct train_job *job, struct linear *model, enum error error, const char *needs,
                     struct faults *faults, struct train_result *out)
{
    out->model = model;
    if (error && faults->total == 0)
        faults_add(faults, job->data[0].path, 0, 0, "nothing could be learned from it (%s): it needs rows %s",
                   error_text(error), needs);
    if (error)
        train_result_release(out);
    return error;
}

static struct slice last_part(const char *path)
{
    const char *slash = strrchr(path, '/');
    return slice_of(slash ? slash + 1 : path);
}

/* Gives the place of a column, SIZE_MAX where there is none. */
static size_t column_of(struct slice line, const char *name)
{
    struct slice cell;
    for (size_t i = 0; line.len && slice_cut(&line, '\t', &cell); i++)
        if (slice_is(cell, name))
            return i;
    return SIZE_MAX;
}

static struct slice cell_at(struct slice line, size_t column)
{
    struct slice cell = SLICE_NONE;
    for (size_t i = 0; i <= column; i++)
        if (!slice_cut(&line, '\t', &cell))
            return SLICE_NONE;
    return cell;
}

bool train_rows_after(struct slice bytes, const char *since, size_t *rows, char newest[TRAIN_DAY])
{
    struct slice line;
    char day[TRAIN_DAY];
    if (!slice_cut(&bytes, '\n', &line))
        return false;
    size_t column = column_of(line, "at");
    if (column == SIZE_MAX)
        return false;
    *rows = 0;
    newest[0] = '\0';
    while (bytes.len && slice_cut(&bytes, '\n', &line)) {
        if (!slice_copy(cell_at(line, column), day, sizeof(day)))
            continue;
        *rows += day[0] && strcmp(day, since) > 0;
        if (strcmp(day, newest) > 0)
            memcpy(newest, day, sizeof(day));
    }
    return true;
}

static void put_rows(struct slice bytes, struct buf *out)
{
    char newest[TRAIN_DAY];
    size_t rows;
    if (!train_rows_after(bytes, "", &rows, newest))
        return;
    json_put_name(out, "rows");
    buf_addf(out, "%zu", rows);
    json_put_name(out, "newest");
    json_put_string(out, slice_of(newest));
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
        buf_addf(out, "%zu", files[i].bytes.len);
        put_rows(files[i].bytes, out);
        buf_addc(out, '}');
    }
    buf_addc(out, ']');
}
