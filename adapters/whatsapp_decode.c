#include "adapters/whatsapp_decode.h"

#include "adapters/common.h"
#include "adapters/media.h"
#include "base/json.h"
#include "base/utf8.h"

#define COUNT(array) (sizeof(array) / sizeof((array)[0]))
#define SECONDS_BELOW 1000000000000 /* a timestamp from here on is in milliseconds already */
#define NUMBER_MAX 32               /* characters of a sender's number */

/* One POST being read. */
struct reading {
    struct arena *arena;
    const char *phone_number_id; /* ours */
    struct event *events;        /* room for all updates */
    size_t count;                /* events begun */
};

static struct event *next_event(struct reading *r, enum event_kind kind)
{
    struct event *event = &r->events[r->count++];
    event->kind = kind;
    return event;
}

static size_t items(const cJSON *object, const char *name)
{
    const cJSON *array = json_array(object, name);
    return array ? (size_t)cJSON_GetArraySize(array) : 0;
}

/* How many updates a change carries; one that carries none is an update itself. */
static size_t updates_of_change(const cJSON *change)
{
    const cJSON *value = json_object(change, "value");
    size_t count = items(value, "messages") + items(value, "statuses") + items(value, "errors");
    return count ? count : 1;
}

static size_t updates_of(const cJSON *root)
{
    const cJSON *entry, *change;
    size_t count = 0;
    cJSON_ArrayForEach(entry, json_array(root, "entry")) cJSON_ArrayForEach(change, json_array(entry, "changes"))
        count += updates_of_change(change);
    return count;
}

/* Seconds as Meta's pages have it, milliseconds as it has been seen to come. */
static int64_t timestamp_ms(const cJSON *update)
{
    int64_t at;
    if (!json_int(update, "timestamp", &at) || at < 0)
        return 0;
    return at < SECONDS_BELOW ? at * 1000 : at;
}

/* Writes the first that names somebody: a number (which comes without its plus), or a user id. ERR_VALUE when
 * none does. */
static enum error read_person(const cJSON *update, const char *number_name, const char *user_name, struct arena *arena,
                              struct slice *out)
{
    struct slice number = json_string(update, number_name);
    if (number.len == 0)
        number = json_string(update, user_name);
    if (number.len == 0 || (number.len > NUMBER_MAX && !adapter_is_user_id(number)))
        return ERR_VALUE;
    if (!adapter_is_user_id(number) && number.ptr[0] != '+') {
        number = slice_of(arena_printf(arena, "+%.*s", (int)number.len, number.ptr));
        if (!number.ptr)
            return ERR_NOMEM;
    }
    return adapter_address(number, arena, out);
}

/* Contacts stand beside the messages in no promised order: they pair by number or by user id. */
static struct slice name_of_sender(const cJSON *value, const cJSON *message)
{
    struct slice from = json_string(message, "from"), user = json_string(message, "from_user_id");
    const cJSON *contact;
    size_t looked_at = 0;
    cJSON_ArrayForEach(contact, json_array(value, "contacts"))
    {
        struct slice wa_id = json_string(contact, "wa_id"), user_id = json_string(contact, "user_id");
        if ((wa_id.len > 0 && slice_eq(wa_id, from)) || (user_id.len > 0 && slice_eq(user_id, user)) ||
            (user_id.len > 0 && slice_eq(user_id, from)))
            return json_string(json_object(contact, "profile"), "name");
        if (++looked_at >= WHATSAPP_UPDATES_MAX)
            break;
    }
    return SLICE_NONE;
}

bool whatsapp_is_media_id(struct slice id)
{
    for (size_t i = 0; i < id.len; i++)
        if (!((id.ptr[i] >= '0' && id.ptr[i] <= '9') || (id.ptr[i] >= 'a' && id.ptr[i] <= 'z') ||
              (id.ptr[i] >= 'A' && id.ptr[i] <= 'Z') || id.ptr[i] == '_' || id.ptr[i] == '-'))
            return false;
    return id.len > 0 && id.len <= WHATSAPP_MEDIA_ID_MAX;
}

/* Each reader looks at the member that is named like the type, and leaves EVENT_UNSUPPORTED where it finds
 * nothing. */
typedef void reader(const cJSON *message, const char *type, struct event *event);

static void read_text(const cJSON *message, const char *type, struct event *event)
{
    struct slice body = json_string(json_object(message, type), "body");
    if (!body.ptr)
        return;
    event->kind = EVENT_TEXT;
    event->text = body;
}

static void read_choice(const cJSON *choice, const char *payload, const char *text, struct event *event)
{
    event->payload = json_string(choice, payload);
    event->text = json_string(choice, text);
    event->kind = event->payload.len > 0 ? EVENT_CHOICE : event->text.len > 0 ? EVENT_TEXT : EVENT_UNSUPPORTED;
}

static void read_button(const cJSON *message, const char *type, struct event *event)
{
    read_choice(json_object(message, type), "payload", "text", event);
}

static void read_interactive(const cJSON *message, const char *type, struct event *event)
{
    const cJSON *body = json_object(message, type);
    const cJSON *flow = json_object(body, "nfm_reply");
    const cJSON *choice = json_object(body, "button_reply");
    if (flow) { /* a form filled in: its answers are a JSON text, not words */
        event->kind = EVENT_TEXT;
        event->text = json_string(flow, "body");
        event->payload = json_string(flow, "response_json");
        return;
    }
    read_choice(choice ? choice : json_object(body, "list_reply"), "id", "title", event);
}

static bool read_degrees(const cJSON *place, const char *name, double limit, double *out)
{
    const cJSON *member = cJSON_GetObjectItemCaseSensitive(place, name);
    if (!cJSON_IsNumber(member))
        return adapter_degrees(json_string(place, name), limit, out);
    if (!(member->valuedouble >= -limit && member->valuedouble <= limit))
        return false;
    *out = member->valuedouble;
    return true;
}

static void read_location(const cJSON *message, const char *type, struct event *event)
{
    const cJSON *place = json_object(message, type);
    double latitude, longitude;
    if (!place || !read_degrees(place, "latitude", 90, &latitude) || !read_degrees(place, "longitude", 180, &longitude))
        return;
    event->kind = EVENT_LOCATION;
    event->latitude = latitude;
    event->longitude = longitude;
    event->text = json_string(place, "name");
    if (event->text.len == 0)
        event->text = json_string(place, "address");
}

static enum media_kind kind_of_type(const char *type)
{
    static const struct {
        const char *type;
        enum media_kind kind;
    } rows[] = {{"image", MEDIA_IMAGE}, {"video", MEDIA_VIDEO}, {"document", MEDIA_DOCUMENT},
                {"audio", MEDIA_AUDIO}, {"voice", MEDIA_AUDIO}, {"sticker", MEDIA_STICKER}};
    for (size_t i = 0; i < COUNT(rows); i++)
        if (slice_is(slice_of(type), rows[i].type))
            return rows[i].kind;
    return MEDIA_OTHER;
}

static void read_media(const cJSON *message, const char *type, struct event *event)
{
    const cJSON *media = json_object(message, type);
    const struct slice id = json_string(media, "id");
    event->kind = EVENT_MEDIA;
    event->text = json_string(media, "caption");
    event->media.kind = kind_of_type(type);
    event->media.id = whatsapp_is_media_id(id) ? id : SLICE_NONE;
    media_describe(&event->media, json_string(media, "mime_type"), json_string(media, "filename"));
}

/* A shared contact is no answer to anything, but the name is worth keeping. */
static void read_contacts(const cJSON *message, const char *type, struct event *event)
{
    const cJSON *first = cJSON_GetArrayItem(json_array(message, type), 0);
    event->text = json_string(json_object(first, "name"), "formatted_name");
}

static void read_nothing(const cJSON *message, const char *type, struct event *event)
{
    (void)message;
    (void)type;
    (void)event;
}

/* What people send, and who reads it. A type that has no row (reaction, order, system, and those of tomorrow)
 * is no turn. */
static const struct {
    const char *type;
    reader *read;
} type_rows[] = {
    {"text", read_text},   {"button", read_button}, {"interactive", read_interactive}, {"location", read_location},
    {"image", read_media}, {"video", read_media},   {"document", read_media},          {"audio", read_media},
    {"voice", read_media}, {"sticker", read_media}, {"contacts", read_contacts},       {"unsupported", read_nothing},
};

static void read_by_type(const cJSON *message, struct event *event)
{
    struct slice type = json_string(message, "type");
    for (size_t i = 0; i < COUNT(type_rows); i++) {
        if (!slice_is(type, type_rows[i].type))
            continue;
        event->kind = EVENT_UNSUPPORTED;
        type_rows[i].read(message, type_rows[i].type, event);
        return;
    }
}

static enum error read_message(struct reading *r, const cJSON *value, const cJSON *message)
{
    struct event *event = next_event(r, EVENT_IGNORED);
    enum error error = adapter_id(json_string(message, "id"), r->arena, &event->id);
    if (!error)
        error = read_person(message, "from", "from_user_id", r->arena, &event->from);
    if (error == ERR_NOMEM)
        return error;
    event->at_ms = timestamp_ms(message);
    if (!error && !cJSON_GetObjectItemCaseSensitive(message, "group_id")) {
        event->name = name_of_sender(value, message);
        read_by_type(message, event);
    }
    return adapter_clean_event(event, r->arena);
}

static const struct {
    const char *status;
    enum delivery delivery;
} status_rows[] = {
    {"sent", DELIVERY_SENT},     {"delivered", DELIVERY_DELIVERED}, {"read", DELIVERY_READ},
    {"played", DELIVERY_PLAYED}, {"failed", DELIVERY_FAILED},
};

static enum error read_code(const cJSON *item, struct arena *arena, struct slice *out)
{
    int64_t code;
    if (!json_int(item, "code", &code))
        return OK;
    *out = slice_of(arena_printf(arena, "%lld", (long long)code));
    return out->ptr ? OK : ERR_NOMEM;
}

static enum error read_status(struct reading *r, const cJSON *item)
{
    struct event *event = next_event(r, EVENT_IGNORED);
    enum error error = adapter_id(json_string(item, "id"), r->arena, &event->id);
    if (error == ERR_NOMEM)
        return error;
    for (size_t i = 0; i < COUNT(status_rows) && !error; i++)
        if (slice_is(json_string(item, "status"), status_rows[i].status)) {
            event->kind = EVENT_STATUS;
            event->delivery = status_rows[i].delivery;
        }
    error = read_person(item, "recipient_id", "recipient_user_id", r->arena, &event->from);
    if (error != ERR_NOMEM)
        error = read_code(cJSON_GetArrayItem(json_array(item, "errors"), 0), r->arena, &event->error);
    if (error)
        return error;
    event->at_ms = timestamp_ms(item);
    event->reference = json_string(item, "biz_opaque_callback_data");
    return adapter_clean_event(event, r->arena);
}

static bool is_for_us(const cJSON *change, const char *phone_number_id)
{
    const cJSON *metadata = json_object(json_object(change, "value"), "metadata");
    return slice_is(json_string(change, "field"), "messages") &&
           slice_is(json_string(metadata, "phone_number_id"), phone_number_id);
}

static enum error read_change(struct reading *r, const cJSON *change)
{
    const cJSON *value = json_object(change, "value"), *item;
    size_t end = r->count + updates_of_change(change);
    enum error error = OK;
    if (is_for_us(change, r->phone_number_id)) {
        cJSON_ArrayForEach(item, json_array(value, "messages")) error = error ? error : read_message(r, value, item);
        cJSON_ArrayForEach(item, json_array(value, "statuses")) error = error ? error : read_status(r, item);
        cJSON_ArrayForEach(item, json_array(value, "errors")) error =
            error ? error : read_code(item, r->arena, &next_event(r, EVENT_IGNORED)->error);
    }
    while (!error && r->count < end)
        next_event(r, EVENT_IGNORED);
    return error;
}

static enum error read_root(const cJSON *root, struct reading *r, struct decoded *out)
{
    const cJSON *entry, *change;
    bool ours = slice_is(json_string(root, "object"), "whatsapp_business_account");
    size_t updates = ours ? updates_of(root) : 1;
    enum error error = OK;
    if (updates > WHATSAPP_UPDATES_MAX)
        return ERR_LIMIT;
    r->events = arena_array(r->arena, updates, sizeof(*r->events));
    if (!r->events)
        return ERR_NOMEM;
    if (!ours)
        next_event(r, EVENT_IGNORED);
    else
        cJSON_ArrayForEach(entry, json_array(root, "entry")) cJSON_ArrayForEach(change, json_array(entry, "changes"))
            error = error ? error : read_change(r, change);
    if (!error)
        *out = (struct decoded){.events = r->events, .count = r->count};
    return error;
}

/* Reads the body's JSON, with U+FFFD for bytes that are no UTF-8: Meta signed them, and what is refused comes
 * again for seven days with everybody's messages in it, while a replaced byte costs one character. */
static enum error parse(struct slice body, cJSON **root)
{
    struct buf mended;
    if (body.len > WHATSAPP_BODY_MAX)
        return ERR_LIMIT;
    if (utf8_valid(body))
        return json_parse(body, WHATSAPP_BODY_MAX, root);
    buf_init(&mended, 3 * WHATSAPP_BODY_MAX); /* one byte becomes three */
    utf8_clean(body, &mended);
    enum error error = mended.error;
    if (!error)
        error = json_parse(buf_slice(&mended), 3 * WHATSAPP_BODY_MAX, root);
    buf_release(&mended);
    return error;
}

enum error whatsapp_decode(struct slice body, const char *phone_number_id, struct arena *arena, struct decoded *out)
{
    struct reading r = {.arena = arena, .phone_number_id = phone_number_id};
    cJSON *root = NULL;
    enum error error = parse(body, &root);
    if (!error)
        error = cJSON_IsObject(root) ? read_root(root, &r, out) : ERR_SYNTAX;
    cJSON_Delete(root);
    return error == ERR_VALUE ? ERR_SYNTAX : error;
}
