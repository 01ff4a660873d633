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

static enum error read_item(struct outbox_entry *entry, const struct store_entry *item)
{
    if (!slice_copy(item->id, entry->id, sizeof(entry->id)) || !message_class_find(item->class, &entry->class))
        return ERR_SYNTAX;
    enum error error = read_fields(entry, item->json);
    if (item->again_ms)
        entry->at_ms = item->again_ms;
    return error;
}

struct outbox_entry *outbox_entry_read(const struct store_entry *item, enum store_stream stream, enum error *error)
{
    struct arena *arena = arena_new(4 * ENTRY_BYTES_MAX);
    struct outbox_entry *entry = arena ? arena_alloc(arena, sizeof(*entry)) : NULL;
    *error = ERR_NOMEM;
    if (!entry) {
        arena_free(arena);
        return NULL;
    }
    entry->arena = arena;
    entry->shard = item->shard;
    entry->stream = stream;
    *error = read_item(entry, item);
    if (*error) {
        arena_free(arena);
        return NULL;
    }
    snprintf(entry->reference, sizeof(entry->reference), "%u-%s", entry->shard, entry->id);
    return entry;
}

void outbox_entry_free(struct outbox_entry *entry)
{
    if (entry)
        arena_free(entry->arena);
}

bool outbox_reference_read(struct slice reference, unsigned *shard, char id[STORE_ID_MAX])
{
    struct slice rest = reference, head, ms, part;
    uint64_t number;
    if (!slice_cut(&rest, '-', &head) || !slice_u64(head, SHARDS - 1, &number) || !slice_copy(rest, id, STORE_ID_MAX))
        return false;
    *shard = (unsigned)number;
    struct slice tail = rest;
    return slice_cut(&tail, '-', &ms) && slice_u64(ms, UINT64_MAX / 10 - 1, &number) && slice_cut(&tail, '-', &part) &&
           slice_u64(part, UINT64_MAX / 10 - 1, &number) && !tail.ptr;
}
