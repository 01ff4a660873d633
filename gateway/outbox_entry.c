#include "gateway/outbox_entry.h"

#include <stdio.h>
#include <string.h>

#include "base/json.h"
#include "base/mem.h"
#include "gateway/keys.h"

/* Where an entry's texts are put. They are parts of its JSON, and none is longer unescaped. */
struct place {
    char *at;
    size_t left;
};

static struct slice put(struct place *place, struct slice text)
{
    char *copy = place->at;
    if (!text.ptr || text.len > place->left)
        return SLICE_NONE;
    memcpy(copy, text.ptr, text.len);
    place->at += text.len;
    place->left -= text.len;
    return (struct slice){copy, text.len};
}

static struct slice text_of(struct place *place, const cJSON *object, const char *name)
{
    return put(place, json_string(object, name));
}

static void read_options(struct place *place, const cJSON *list, struct message *out)
{
    const cJSON *item;
    cJSON_ArrayForEach(item, list)
    {
        if (out->option_count == MESSAGE_ROWS_MAX)
            return;
        out->options[out->option_count++] = (struct message_option){
            .id = text_of(place, item, "id"),
            .title = text_of(place, item, "title"),
            .description = text_of(place, item, "description"),
        };
    }
}

static void read_template(struct place *place, const cJSON *object, struct message_template *out)
{
    const cJSON *item;
    out->name = text_of(place, object, "name");
    out->language = text_of(place, object, "language");
    out->buttons = cJSON_IsTrue(cJSON_GetObjectItemCaseSensitive(object, "buttons"));
    cJSON_ArrayForEach(item, json_array(object, "params"))
    {
        if (out->param_count == TEMPLATE_PARAMS_MAX || !cJSON_IsString(item))
            return;
        out->params[out->param_count++] = put(place, slice_of(item->valuestring));
    }
}

static void read_message(struct place *place, const cJSON *root, struct message *out)
{
    const cJSON *buttons = json_array(root, "buttons"), *list = json_object(root, "list");
    out->kind = buttons ? MESSAGE_BUTTONS : list ? MESSAGE_LIST : MESSAGE_TEXT;
    out->text = text_of(place, root, "text");
    if (buttons)
        read_options(place, buttons, out);
    if (list) {
        out->list_button = text_of(place, list, "button");
        read_options(place, json_array(list, "rows"), out);
    }
}

static enum error read_fields(struct outbox_entry *entry, struct place *place, struct slice json)
{
    cJSON *root;
    enum error error = json_parse(json, ENTRY_BYTES_MAX, &root);
    if (error)
        return error;
    entry->json = put(place, json);
    entry->channel = text_of(place, root, "channel");
    entry->to = text_of(place, root, "to");
    bool timed = json_int(root, "at", &entry->at_ms);
    read_message(place, root, &entry->message);
    const cJSON *template = json_object(root, "template");
    if (template) {
        read_template(place, template, &entry->template);
        entry->message.template = &entry->template;
    }
    cJSON_Delete(root);
    return timed && entry->channel.len && entry->to.len && entry->message.text.ptr ? OK : ERR_SYNTAX;
}

static enum error read_item(struct outbox_entry *entry, struct place *place, const struct store_entry *item)
{
    if (!slice_copy(item->id, entry->id, sizeof(entry->id)) || !message_class_find(item->class, &entry->class))
        return ERR_SYNTAX;
    enum error error = read_fields(entry, place, item->json);
    if (item->again_ms)
        entry->at_ms = item->again_ms;
    return error;
}

struct outbox_entry *outbox_entry_read(const struct store_entry *item, enum store_stream stream, enum error *error)
{
    size_t bytes = item->json.len <= ENTRY_BYTES_MAX ? 2 * item->json.len : 0; /* longer: refused when it is parsed */
    struct outbox_entry *entry = mem_alloc(sizeof(*entry) + bytes);
    *error = ERR_NOMEM;
    if (!entry)
        return NULL;
    struct place place = {(char *)(entry + 1), bytes};
    entry->shard = item->shard;
    entry->stream = stream;
    *error = read_item(entry, &place, item);
    if (*error) {
        mem_free(entry);
        return NULL;
    }
    snprintf(entry->reference, sizeof(entry->reference), "%u-%s", entry->shard, entry->id);
    return entry;
}

void outbox_entry_free(struct outbox_entry *entry)
{
    mem_free(entry);
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
