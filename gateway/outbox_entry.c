#include "gateway/outbox_entry.h"

#include <string.h>

#include "base/json_walk.h"
#include "base/mem.h"
#include "base/utf8.h"
#include "gateway/keys.h"

/* An entry being read: where its escaped texts are put, none of which is longer unescaped. The others are parts of the
 * JSON that the entry keeps. */
struct reading {
    struct outbox_entry *entry;
    char *room;
    bool timed, bad;
};

/* Where a text of an object is put. */
struct text_row {
    const char *name;
    struct slice *to;
};

static struct slice text_of(struct reading *r, const struct json_value *value)
{
    if (value->kind != JSON_STRING)
        return SLICE_NONE;
    if (!value->escaped)
        return value->text;
    struct slice text = json_unescape(value, r->room);
    r->room += value->text.len;
    return text;
}

/* Takes a member that is one of some texts. Returns whether it was. */
static bool take_text(struct reading *r, struct slice name, const struct json_value *value, const struct text_row *rows,
                      size_t count)
{
    for (size_t i = 0; i < count; i++) {
        if (!slice_is(name, rows[i].name))
            continue;
        *rows[i].to = text_of(r, value);
        return true;
    }
    return false;
}

/* What is not well formed spoils the entry. */
static void end_walk(struct reading *r, const struct json_walk *walk)
{
    r->bad = r->bad || !json_walk_whole(walk);
}

static void read_option(struct reading *r, struct slice object, struct message_option *out)
{
    const struct text_row rows[] = {{"id", &out->id}, {"title", &out->title}, {"description", &out->description}};
    struct json_walk walk = json_walk_into(object);
    struct json_value value;
    for (struct slice name; json_walk_next(&walk, &name, &value);)
        take_text(r, name, &value, rows, sizeof(rows) / sizeof(rows[0]));
    end_walk(r, &walk);
}

static void read_options(struct reading *r, struct slice list)
{
    struct message *message = &r->entry->message;
    struct json_walk walk = json_walk_into(list);
    struct json_value value;
    for (struct slice name; json_walk_next(&walk, &name, &value);)
        if (message->option_count < MESSAGE_ROWS_MAX)
            read_option(r, value.text, &message->options[message->option_count++]);
    end_walk(r, &walk);
}

static void read_list(struct reading *r, struct slice object)
{
    const struct text_row button = {"button", &r->entry->message.list_button};
    struct json_walk walk = json_walk_into(object);
    struct json_value value;
    for (struct slice name; json_walk_next(&walk, &name, &value);)
        if (!take_text(r, name, &value, &button, 1) && slice_is(name, "rows") && value.kind == JSON_LIST)
            read_options(r, value.text);
    end_walk(r, &walk);
}

static void read_params(struct reading *r, struct slice list)
{
    struct message_template *template = &r->entry->template;
    struct json_walk walk = json_walk_into(list);
    struct json_value value;
    for (struct slice name; json_walk_next(&walk, &name, &value);)
        if (template->param_count < TEMPLATE_PARAMS_MAX)
            template->params[template->param_count++] = text_of(r, &value);
    end_walk(r, &walk);
}

static void read_template(struct reading *r, struct slice object)
{
    struct message_template *template = &r->entry->template;
    const struct text_row rows[] = {{"name", &template->name}, {"language", &template->language}};
    struct json_walk walk = json_walk_into(object);
    struct json_value value;
    for (struct slice name; json_walk_next(&walk, &name, &value);) {
        if (take_text(r, name, &value, rows, sizeof(rows) / sizeof(rows[0])))
            continue;
        if (slice_is(name, "params") && value.kind == JSON_LIST)
            read_params(r, value.text);
        else if (slice_is(name, "buttons"))
            template->buttons = slice_is(value.text, "true");
    }
    end_walk(r, &walk);
    r->entry->message.template = template;
}

/* Takes a member that is no text. */
static void take_part(struct reading *r, struct slice name, const struct json_value *value)
{
    struct outbox_entry *entry = r->entry;
    uint64_t at_ms;
    if (slice_is(name, "until") && value->kind == JSON_NUMBER && slice_u64(value->text, INT64_MAX, &at_ms)) {
        entry->until_ms = (int64_t)at_ms;
    } else if (slice_is(name, "at") && value->kind == JSON_NUMBER && slice_u64(value->text, INT64_MAX, &at_ms)) {
        entry->at_ms = (int64_t)at_ms;
        r->timed = true;
    } else if (slice_is(name, "buttons") && value->kind == JSON_LIST) {
        entry->message.kind = MESSAGE_BUTTONS;
        read_options(r, value->text);
    } else if (slice_is(name, "list") && value->kind == JSON_OBJECT) {
        entry->message.kind = MESSAGE_LIST;
        read_list(r, value->text);
    } else if (slice_is(name, "template") && value->kind == JSON_OBJECT) {
        read_template(r, value->text);
    }
}

static enum error read_fields(struct reading *r)
{
    struct outbox_entry *entry = r->entry;
    const struct text_row rows[] = {{"channel", &entry->channel}, {"to", &entry->to}, {"text", &entry->message.text}};
    struct json_walk walk = json_walk_into(entry->json);
    struct json_value value;
    for (struct slice name; json_walk_next(&walk, &name, &value);)
        if (!take_text(r, name, &value, rows, sizeof(rows) / sizeof(rows[0])))
            take_part(r, name, &value);
    end_walk(r, &walk);
    return !r->bad && r->timed && entry->channel.len && entry->to.len && entry->message.text.ptr ? OK : ERR_SYNTAX;
}

static enum error read_item(struct outbox_entry *entry, const struct store_entry *item)
{
    struct reading reading = {.entry = entry, .room = (char *)(entry + 1)};
    if (!slice_copy(item->id, entry->id, sizeof(entry->id)) || !message_class_find(item->class, &entry->class))
        return ERR_SYNTAX;
    if (!utf8_valid(item->json))
        return ERR_SYNTAX;
    entry->json.ptr = memcpy(reading.room, item->json.ptr, item->json.len);
    entry->json.len = item->json.len;
    reading.room += item->json.len;
    enum error error = read_fields(&reading);
    if (item->again_ms)
        entry->at_ms = item->again_ms;
    return error;
}

/* "SHARD-ID". */
static void write_reference(struct outbox_entry *entry)
{
    char number[SLICE_DECIMAL_SIZE], *to = entry->reference;
    slice_pack(&to, slice_decimal(entry->shard, number));
    *to++ = '-';
    slice_pack(&to, slice_of(entry->id));
    *to = '\0';
}

/* Bytes behind the struct: its JSON, and what is escaped there as it reads unescaped. */
static size_t room_for(struct slice json)
{
    return memchr(json.ptr, '\\', json.len) ? 2 * json.len : json.len;
}

struct outbox_entry *outbox_entry_read(const struct store_entry *item, enum store_stream stream, enum error *error)
{
    *error = item->json.len ? ERR_LIMIT : ERR_SYNTAX;
    if (!item->json.len || item->json.len > ENTRY_BYTES_MAX)
        return NULL;
    struct outbox_entry *entry = mem_alloc(sizeof(*entry) + room_for(item->json));
    *error = ERR_NOMEM;
    if (!entry)
        return NULL;
    entry->shard = item->shard;
    entry->stream = stream;
    *error = read_item(entry, item);
    if (*error) {
        mem_free(entry);
        return NULL;
    }
    write_reference(entry);
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
