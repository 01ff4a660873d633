/* The store in memory, what people are found by: the twin of gateway/lua/index.lua. Columns are written when they
 * are asked for. */
#include <string.h>

#include "base/mem.h"
#include "gateway/contact_line.h"
#include "gateway/store_memory_parts.h"

bool memory_people_reserve(struct store_memory *self, unsigned shard)
{
    struct memory_people *people = &self->shards[shard].people;
    if (people->count < people->room)
        return true;
    size_t room = people->room ? 2 * people->room : 16;
    struct memory_contact **list = mem_resize(people->list, room * sizeof(*list));
    if (!list)
        return false;
    people->list = list;
    people->room = room;
    return true;
}

void memory_people_add(struct store_memory *self, struct memory_contact *contact)
{
    struct memory_people *people = &self->shards[shard_of(slice_of(contact->name))].people;
    contact->number = (uint32_t)people->count;
    people->list[people->count++] = contact;
}

void memory_people_forget(struct store_memory *self, const struct memory_contact *contact)
{
    self->shards[shard_of(slice_of(contact->name))].people.list[contact->number] = NULL;
}

void memory_people_free(struct store_memory *self)
{
    for (unsigned shard = 0; shard < SHARDS; shard++)
        mem_free(self->shards[shard].people.list);
}

void memory_profile_commit(struct memory_contact *contact, const struct commit *c)
{
    uint32_t *columns = contact->profile.columns;
    contact->traits = contact_line_traits(contact->traits, c);
    profile_put_line(&contact->profile, contact->traits, contact->born_ms);
    for (unsigned i = COLUMN_FIRST_SEEN + 1; i < PROFILE_COLUMNS; i++) {
        if (c->known_before.columns[i] != c->known.columns[i])
            columns[i] = c->known.columns[i];
    }
}

/* Writes a column's string. NULL without memory. */
static char *write_column(const struct memory_people *people, enum profile_column column, size_t *len)
{
    const unsigned bytes = profile_columns[column].bytes;
    char number[PROFILE_BYTES_MAX], *out = mem_alloc(people->count * bytes + 1);
    *len = people->count * bytes;
    for (size_t i = 0; out && i < people->count; i++)
        if (people->list[i])
            memcpy(out + i * bytes, profile_write(column, people->list[i]->profile.columns[column], number).ptr, bytes);
    return out;
}

enum error memory_columns(struct store *store, unsigned shard, const enum profile_column *columns, size_t count,
                          store_columns_read *done, void *ctx)
{
    const struct memory_people *people = &((struct store_memory *)store)->shards[shard].people;
    char *made[PROFILE_COLUMNS] = {NULL};
    struct slice slices[PROFILE_COLUMNS];
    enum error error = OK;
    for (size_t i = 0; i < count && !error; i++) {
        size_t len;
        made[i] = write_column(people, columns[i], &len);
        slices[i] = (struct slice){made[i], len};
        error = made[i] ? OK : ERR_NOMEM;
    }
    if (!error)
        done(ctx, OK, slices, count);
    for (size_t i = 0; i < count; i++)
        mem_free(made[i]);
    return error;
}

enum error memory_people_read(struct store *store, unsigned shard, uint32_t from, size_t most, store_people_read *done,
                              void *ctx)
{
    const struct memory_people *people = &((struct store_memory *)store)->shards[shard].people;
    struct slice contacts[STORE_PEOPLE_MAX];
    size_t count = 0;
    for (; count < most && from + count < people->count; count++) {
        const struct memory_contact *contact = people->list[from + count];
        contacts[count] = contact ? slice_of(contact->name) : SLICE_NONE;
    }
    done(ctx, OK, contacts, count);
    return OK;
}
