#include "gateway/catalogue_kept.h"

#include "engine/catalogue_write.h"

#define ENTRY_BYTES (64u * 1024)

/* Gives the reply's value of a field; empty where there is none. */
static struct slice value_of(const redisReply *reply, struct slice field)
{
    for (size_t i = 0; i + 1 < reply->elements; i += 2)
        if (slice_eq((struct slice){reply->element[i]->str, reply->element[i]->len}, field))
            return (struct slice){reply->element[i + 1]->str, reply->element[i + 1]->len};
    return SLICE_NONE;
}

enum error catalogue_kept_read(const redisReply *reply, struct arena *arena, struct catalogue_kept *out)
{
    struct slice order, id;
    out->count = 0;
    if (!slice_u64(value_of(reply, SLICE("#version")), INT64_MAX, &out->version))
        out->version = 0;
    order = value_of(reply, SLICE("#order"));
    while (out->version && order.len && slice_cut(&order, ' ', &id)) {
        struct slice text = value_of(reply, id);
        if (!text.len)
            continue;
        if (!(id = arena_copy(arena, id)).ptr || !(text = arena_copy(arena, text)).ptr)
            return ERR_NOMEM;
        enum error error = catalogue_kept_put(out, id, text);
        if (error)
            return error;
    }
    return OK;
}

enum error catalogue_kept_of(const struct catalogue *catalogue, struct arena *arena, struct catalogue_kept *out)
{
    struct buf text;
    enum error error = OK;
    buf_init(&text, ENTRY_BYTES);
    out->version = 0;
    out->count = catalogue_count(catalogue);
    for (size_t i = 0; i < out->count && !error; i++) {
        buf_clear(&text);
        catalogue_put_entry(&text, catalogue_at(catalogue, i));
        out->items[i].id = arena_copy(arena, slice_of(catalogue_at(catalogue, i)->id));
        out->items[i].text = arena_copy(arena, buf_slice(&text));
        if (text.error || !out->items[i].id.ptr || !out->items[i].text.ptr)
            error = ERR_NOMEM;
    }
    buf_release(&text);
    return error;
}

static size_t place_of(const struct catalogue_kept *kept, struct slice id)
{
    size_t at = 0;
    while (at < kept->count && !slice_eq(kept->items[at].id, id))
        at++;
    return at;
}

const struct catalogue_item *catalogue_kept_find(const struct catalogue_kept *kept, struct slice id)
{
    const size_t at = place_of(kept, id);
    return at < kept->count ? &kept->items[at] : NULL;
}

enum error catalogue_kept_put(struct catalogue_kept *kept, struct slice id, struct slice text)
{
    const size_t at = place_of(kept, id);
    if (at == CATALOGUE_RESOURCES_MAX)
        return ERR_LIMIT;
    kept->items[at] = (struct catalogue_item){id, text};
    kept->count += at == kept->count;
    return OK;
}

void catalogue_kept_remove(struct catalogue_kept *kept, struct slice id)
{
    const size_t at = place_of(kept, id);
    if (at == kept->count)
        return;
    kept->count--;
    memmove(&kept->items[at], &kept->items[at + 1], (kept->count - at) * sizeof(kept->items[0]));
}

enum error catalogue_kept_undo(struct catalogue_kept *kept, struct slice order, struct slice before,
                               struct arena *arena)
{
    struct slice line, id;
    enum error error = OK;
    struct catalogue_kept *was = arena_bytes(arena, sizeof(*was));
    if (!was || !(order = arena_copy(arena, order)).ptr || !(before = arena_copy(arena, before)).ptr)
        return ERR_NOMEM;
    while (!error && before.len && slice_cut(&before, '\n', &line)) {
        if (!slice_cut(&line, ' ', &id))
            continue;
        if (line.len)
            error = catalogue_kept_put(kept, id, line);
        else
            catalogue_kept_remove(kept, id);
    }
    was->version = kept->version - 1;
    was->count = 0;
    while (!error && order.len && slice_cut(&order, ' ', &id)) {
        const struct catalogue_item *item = catalogue_kept_find(kept, id);
        if (item)
            error = catalogue_kept_put(was, id, item->text);
    }
    if (!error)
        *kept = *was;
    return error;
}

struct catalogue *catalogue_kept_make(const struct catalogue_kept *kept, struct faults *faults)
{
    struct slice texts[CATALOGUE_RESOURCES_MAX];
    for (size_t i = 0; i < kept->count; i++)
        texts[i] = kept->items[i].text;
    return catalogue_read_entries(texts, kept->count, faults);
}

void catalogue_kept_put_order(struct buf *out, const struct catalogue_kept *kept)
{
    for (size_t i = 0; i < kept->count; i++) {
        if (i)
            buf_addc(out, ' ');
        buf_addslice(out, kept->items[i].id);
    }
}

static void put_line(struct buf *out, struct slice id, struct slice text)
{
    buf_addslice(out, id);
    buf_addc(out, ' ');
    buf_addslice(out, text);
    buf_addc(out, '\n');
}

void catalogue_kept_put_changes(struct buf *out, const struct catalogue_kept *before,
                                const struct catalogue_kept *after)
{
    for (size_t i = 0; i < after->count; i++) {
        const struct catalogue_item *was = catalogue_kept_find(before, after->items[i].id);
        if (!was || !slice_eq(was->text, after->items[i].text))
            put_line(out, after->items[i].id, after->items[i].text);
    }
    for (size_t i = 0; i < before->count; i++)
        if (!catalogue_kept_find(after, before->items[i].id))
            put_line(out, before->items[i].id, SLICE_NONE);
}
