/* What a person sent besides words: fetched from the provider while somebody of the staff waits for it, and handed on.
 *
 * Nothing of it is kept: not on disk, not in Redis, not beyond the answer in memory. What is fetched is named by the
 * person's own journal, never by who asks. A worker fetches FETCHES_MAX at a time, each of which may hold API_MEDIA_MAX
 * bytes in a buffer that grows by doubling; and only as long as what clients have not taken, with what is being
 * fetched, cannot pass UNSENT_MAX: however slowly they read, it is that much and no more. A fetch whose client has left
 * keeps its place until the provider has answered or its time is up, for nobody looks at a socket while its request is
 * handled (http.h). */
#include <stdio.h>
#include <string.h>

#include "gateway/api_shapes.h"
#include "gateway/download.h"
#include "gateway/journal.h"
#include "gateway/log.h"
#include "gateway/sender.h"

#define ENTRY_ARENA (1024 * 1024) /* bytes, of one turn */
#define FETCHES_MAX 2             /* of one worker at a time */
#define CALLS_MAX 3               /* of one fetch: a provider says where it lies, and there it is, perhaps next door */
#define AGAIN_MS 2000             /* when to come again where too many are fetched, or not taken */
#define UNSENT_MAX (4 * (size_t)API_MEDIA_MAX) /* bytes of answers of one worker that clients have not taken */
#define TURNS_PAGE 100                         /* entries of the journal that are read at once, the newest first */
_Static_assert(UNSENT_MAX >= (size_t)FETCHES_MAX * API_MEDIA_MAX, "where all is taken, only FETCHES_MAX counts");

static const struct api_field media_fields[] = {SHOWN("id", API_TEXT, "what to fetch it by"),
                                                ONE_OF("kind", journal_media_kinds, "what it is"),
                                                MAYBE("type", API_TEXT, "its MIME type, as the provider says"),
                                                MAYBE("name", API_TEXT, "the file's name, as the person says"),
                                                {0}};
const struct api_shape api_media = {"Media", "A recording, a picture or another file that a person sent.",
                                    media_fields};

struct fetch {
    struct api_person person;
    char key[KEY_MAX];
    size_t read; /* entries of the journal, from the newest on */
    struct media media;
    const char *name; /* the channel's, as the journal has it */
    const struct channel *channel;
    struct media_step step;
    unsigned asked;
};

/* Media have no id of their own that may be shown: the provider's is half of what is needed to get at them. */
static bool write_id(const struct journal_entry *entry, char out[DIGEST_TEXT])
{
    char room[256];
    struct buf text;
    buf_init_over(&text, room, sizeof(room), JOURNAL_ENTRY_MAX);
    buf_addslice(&text, entry->channel);
    buf_addc(&text, ':');
    buf_addslice(&text, entry->event.id);
    const bool good = !text.error && !digest_write(buf_slice(&text), out);
    buf_release(&text);
    return good;
}

void api_put_media(struct buf *out, const struct journal_entry *entry)
{
    const struct media *media = &entry->event.media;
    const char *kind = journal_word(JOURNAL_MEDIA, media->kind);
    char id[DIGEST_TEXT];
    if (!media->id.len)
        return;
    if (!write_id(entry, id)) {
        out->error = ERR_NOMEM;
        return;
    }
    json_put_name(out, "media");
    buf_addc(out, '{');
    api_put_text(out, "id", slice_of(id));
    api_put_text(out, "kind", slice_of(kind));
    if (media->type.len)
        api_put_text(out, "type", media->type);
    if (media->name.len)
        api_put_text(out, "name", media->name);
    buf_addc(out, '}');
}

/* ---- the ends ---- */

/* Why there is no file, as the caller and the log are told. */
struct reason {
    int status;
    const char *detail, *rule;
};

static const struct reason gone = {410,
                                   "The provider has it no more: WhatsApp keeps what people send for seven days, "
                                   "others until it is deleted there.",
                                   "must still be with the provider"};
static const struct reason refused = {
    502, "The provider does not take the channel's credentials for it: `chaski channel test` tells more.",
    "must be of a channel whose credentials are good"};
static const struct reason elsewhere = {
    502, "The provider says that it lies at an address which is not the provider's own: it was not fetched.",
    "must lie with the provider"};
static const struct reason large = {502, "It is larger than 16 MiB, which is as much as is handed on.",
                                    "must have at most 16 MiB"};
static const struct reason other = {
    502, "What came is not what the provider says it is: its size or its SHA-256 is another. Try again.",
    "must be what the provider says it is"};
static const struct reason trouble = {502, "The provider has a fault of its own: try again later.",
                                      "must be given by the provider"};
static const struct reason away = {502, "The provider cannot be reached: try again later.", "must be within reach"};
static const struct reason silent = {504, "The provider did not give all of it, or not in time: try again.",
                                     "must be given wholly and in time"};
_Static_assert(API_MEDIA_MAX == 16 * 1024 * 1024, "the reason above names the limit");

/* `what` is what the transport says; "" where the provider answered. */
static void fail(struct api_call *call, const struct reason *reason, const char *what)
{
    const struct fetch *fetch = call->own;
    log_event(LOG_WARNING, "what a person sent could not be fetched",
              "channel=%s status=%d why=\"it %s\" call=%u trouble=\"%s\"", fetch->name, reason->status, reason->rule,
              fetch->asked, what);
    call->api->fetches--;
    api_field_problem(call, reason->status, reason->detail, "media", reason->rule);
}

static void give_up(struct api_call *call)
{
    call->api->fetches--;
    api_unavailable(call);
}

static bool is_as_stated(const struct media_step *step, struct slice body)
{
    unsigned char digest[SHA256_BYTES];
    if (step->size && step->size != body.len)
        return false;
    return !step->has_digest || (!sha256(body, digest) && memcmp(digest, step->digest, sizeof(digest)) == 0);
}

/* The journal's type goes first: it is of the message itself. */
static void hand_on(struct api_call *call, const struct sender_answer *answer)
{
    const struct fetch *fetch = call->own;
    const struct slice types[] = {fetch->media.type, fetch->step.type, answer->type};
    const char *kind = journal_word(JOURNAL_MEDIA, fetch->media.kind);
    char type[DOWNLOAD_TYPE], name[64 + DIGEST_TEXT];
    struct buf headers;
    size_t at = 0;
    while (at < 2 && !types[at].len)
        at++;
    download_type(types[at], type);
    snprintf(name, sizeof(name), "%s-%.*s.%s", kind, (int)call->path[1].len, call->path[1].ptr, download_ending(type));
    buf_init(&headers, API_BODY_MAX);
    download_put_disposition(&headers, fetch->media.name, name);
    buf_adds(&headers, "Content-Security-Policy: sandbox; default-src 'none'\r\n");
    call->api->fetches--;
    if (headers.error)
        api_unavailable(call);
    else
        api_answer_file(call, type, answer->body, buf_slice(&headers));
    buf_release(&headers);
}

/* ---- the calls ---- */

static void on_answer(void *ctx, const struct sender_answer *answer);

static void ask(struct api_call *call, struct http_call *http)
{
    struct fetch *fetch = call->own;
    http->file_max = API_MEDIA_MAX;
    fetch->asked++;
    if (sender_call(call->api->sender, http, on_answer, call))
        give_up(call);
}

static void go_on(struct api_call *call, const struct sender_answer *answer)
{
    static const struct reason *const reasons[] = {
        [MEDIA_GONE] = &gone, [MEDIA_REFUSED] = &refused, [MEDIA_ELSEWHERE] = &elsewhere, [MEDIA_TROUBLE] = &trouble};
    struct fetch *fetch = call->own;
    struct media_step *step = &fetch->step;
    if (step->fate == MEDIA_CALL && fetch->asked == CALLS_MAX)
        step->fate = MEDIA_TROUBLE;
    if (step->fate != MEDIA_CALL && step->fate != MEDIA_FILE)
        fail(call, reasons[step->fate], "");
    else if (step->size > API_MEDIA_MAX || (step->fate == MEDIA_FILE && answer->cut))
        fail(call, &large, "");
    else if (step->fate == MEDIA_CALL)
        ask(call, &step->call);
    else if (!is_as_stated(step, answer->body))
        fail(call, &other, "");
    else
        hand_on(call, answer);
}

static void on_answer(void *ctx, const struct sender_answer *answer)
{
    struct api_call *call = ctx;
    struct fetch *fetch = call->own;
    const struct media_answer given = {fetch->asked, answer->status, answer->location, answer->body};
    if (answer->fate != SENDER_ANSWERED)
        fail(call, answer->fate == SENDER_NOT_SENT ? &away : &silent, answer->trouble);
    else if (answer->cut == ERR_NOMEM)
        give_up(call);
    else if (fetch->channel->adapter->media_next(fetch->channel, &given, call->exchange->arena, &fetch->step))
        give_up(call);
    else
        go_on(call, answer);
}

/* Tells whether a file would stay within the bound when those that are being fetched are not taken either. */
static bool has_room(const struct api_call *call)
{
    const size_t fetched = ((size_t)call->api->fetches + 1) * API_MEDIA_MAX;
    return http_unsent(call->exchange) <= UNSENT_MAX - fetched;
}

static void begin(struct api_call *call)
{
    struct fetch *fetch = call->own;
    struct http_call http;
    fetch->channel = world_channel(call->api->world, slice_of(fetch->name));
    const char *detail = arena_printf(call->exchange->arena,
                                      "It came on the channel %s, which the configuration does not have any more, or "
                                      "not as it was.",
                                      fetch->name);
    const enum error error =
        fetch->channel && fetch->channel->adapter->media
            ? fetch->channel->adapter->media(fetch->channel, fetch->media.id, call->exchange->arena, &http)
            : ERR_VALUE;
    if (!detail || error == ERR_NOMEM || !call->api->sender) {
        api_unavailable(call);
    } else if (error) {
        api_field_problem(call, 409, detail, "media", "must be of a channel that is configured");
    } else if (call->api->fetches == FETCHES_MAX) {
        api_wait_problem(call, AGAIN_MS, "Other files are being fetched: try again in a moment.");
    } else if (!has_room(call)) {
        api_wait_problem(call, AGAIN_MS,
                         "Other files are still being taken by who asked for them: try again in a moment.");
    } else {
        call->api->fetches++;
        ask(call, &http);
    }
}

/* ---- which ---- */

/* Copies what is needed of an entry. Returns false without memory. */
static bool take(struct api_call *call, const struct journal_entry *entry)
{
    struct fetch *fetch = call->own;
    struct arena *arena = call->exchange->arena;
    const struct media *media = &entry->event.media;
    fetch->media = (struct media){media->kind, arena_copy(arena, media->id), arena_copy(arena, media->type),
                                  arena_copy(arena, media->name)};
    fetch->name = arena_printf(arena, "%.*s", (int)entry->channel.len, entry->channel.ptr);
    return fetch->media.id.ptr && fetch->name;
}

/* Finds a person's turn by the id that it is shown with. */
static bool find(struct api_call *call, const redisReply *turns, struct arena *arena, struct journal_entry *out)
{
    for (size_t i = turns->elements; i-- > 0;) {
        struct slice rest = api_reply(turns->element[i]), at;
        char id[DIGEST_TEXT];
        arena_reset(arena);
        if (slice_cut(&rest, ' ', &at) && !journal_read(rest, arena, out) && out->event.media.id.len &&
            write_id(out, id) && slice_is(call->path[1], id))
            return true;
    }
    return false;
}

static void read_turns(struct api_call *call, const redisReply *reply);

static void on_turns(struct api_call *call, const redisReply *reply)
{
    struct fetch *fetch = call->own;
    struct arena *arena = arena_new(ENTRY_ARENA);
    struct journal_entry entry;
    const bool is_there = arena && find(call, reply, arena, &entry);
    const bool is_taken = is_there && take(call, &entry);
    arena_free(arena);
    fetch->read += TURNS_PAGE;
    if (is_taken)
        begin(call);
    else if (!arena || is_there)
        api_unavailable(call);
    else if (reply->elements == TURNS_PAGE)
        read_turns(call, NULL);
    else
        api_problem(call, 404, "There is no such file among what this person sent in the last 90 days.", "");
}

/* Reads a page, counted from the end: what comes meanwhile has the next one begin with entries that were seen, and none
 * is passed over. */
static void read_turns(struct api_call *call, const redisReply *reply)
{
    struct fetch *fetch = call->own;
    char from[SLICE_DECIMAL_SIZE], to[SLICE_DECIMAL_SIZE];
    const struct slice args[] = {
        SLICE("LRANGE"), key_write(fetch->key, fetch->person.shard, "turns", slice_of(fetch->person.number)),
        slice_decimal(-(int64_t)(fetch->read + TURNS_PAGE), from), slice_decimal(-(int64_t)fetch->read - 1, to)};
    (void)reply;
    api_redis(call, args, 4, on_turns);
}

void api_media_show(struct api_call *call)
{
    struct fetch *fetch = call->own = arena_alloc(call->exchange->arena, sizeof(*fetch));
    if (!fetch)
        api_unavailable(call);
    else if (api_person_read(call, &fetch->person))
        api_note(call, "contact.media", fetch->person.who, read_turns);
}
