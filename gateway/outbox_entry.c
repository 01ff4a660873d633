#include "gateway/outbox_entry.h"

#include <stdio.h>
#include <string.h>

#include "base/json.h"
#include "base/mem.h"
#include "gateway/keys.h"

/* Copies a member's text into the arena. */
static struct slice text_of(struct arena *arena, const cJSON *object, const char *name)
{
    struct slice text = json_string(object, name);
    return text.ptr ? arena_copy(arena, text) : SLICE_NONE;
}

static void read_options(struct arena *arena, const cJSON *list, struct message *out)
{
    const cJSON *item;
    cJSON_ArrayForEach(item, list)
    {
        if (out->option_count == MESSAGE_ROWS_MAX)
            return;
        out->options[out->option_count++] = (struct message_option){
            .id = text_of(arena, item, "id"),
            .title = text_of(arena, item, "title"),
            .description = text_of(arena, item, "description"),
        };
    }
}

static void read_message(struct arena *arena, const cJSON *root, struct message *out)
{
    const cJSON *buttons = json_array(root, "buttons"), *list = json_object(root, "list");
    out->kind = buttons ? MESSAGE_BUTTONS : list ? MESSAGE_LIST : MESSAGE_TEXT;
    out->text = text_of(arena, root, "text");
    if (buttons)
        read_options(arena, buttons, out);
    if (list) {
        out->list_button = text_of(arena, list, "button");
        read_options(arena, json_array(list, "rows"), out);
    }
}

static enum error read_fields(struct outbox_entry *entry, struct slice json)
{
    cJSON *root;
    enum error error = json_parse(json, ENTRY_BYTES_MAX, &root);
    if (error)
        return error;
    entry->json = arena_copy(entry->arena, json);
    entry->channel = text_of(entry->arena, root, "channel");
    entry->to = text_of(entry->arena, root, "to");
    bool timed = json_int(root, "at", &entry->at_ms);
    read_message(entry->arena, root, &entry->message);
    cJSON_Delete(root);
    return timed && entry->json.ptr && entry->channel.len && entry->to.len && entry->message.text.ptr ? OK : ERR_SYNTAX;
}

struct outbox_entry *outbox_entry_read(unsigned shard, struct slice id, struct slice class, struct slice json,
                                       enum error *error)
{
    struct arena *arena = arena_new(4 * ENTRY_BYTES_MAX);
    struct outbox_entry *entry = arena ? arena_alloc(arena, sizeof(*entry)) : NULL;
    *error = ERR_NOMEM;
    if (!entry) {
        arena_free(arena);
        return NULL;
    }
    entry->arena = arena;
    entry->shard = shard;
    entry->confirmation = slice_is(class, "confirmation");
    *error = slice_copy(id, entry->id, sizeof(entry->id)) ? read_fields(entry, json) : ERR_SYNTAX;
    if (*error) {
        arena_free(arena);
        return NULL;
    }
    snprintf(entry->reference, sizeof(entry->reference), "%u-%s", shard, entry->id);
    return entry;
}

void outbox_entry_free(struct outbox_entry *entry)
{
    if (entry)
        arena_free(entry->arena);
}

bool outbox_reference_read(struct slice reference, unsigned *shard, char id[32])
{
    struct slice rest = reference, head, ms, part;
    uint64_t number;
    if (!slice_cut(&rest, '-', &head) || !slice_u64(head, SHARDS - 1, &number) || !slice_copy(rest, id, 32))
        return false;
    *shard = (unsigned)number;
    struct slice tail = rest;
    return slice_cut(&tail, '-', &ms) && slice_u64(ms, UINT64_MAX / 10 - 1, &number) && slice_cut(&tail, '-', &part) &&
           slice_u64(part, UINT64_MAX / 10 - 1, &number) && !tail.ptr;
}
