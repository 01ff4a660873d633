/* Broadcasts: drafts. Made, changed. */
#include <math.h>
#include <stdio.h>
#include <stdlib.h>

#include "base/phone.h"
#include "gateway/api_broadcasts_parts.h"
#include "gateway/broadcast_say.h"
#include "gateway/training.h"

#define NOTICE_MAX (32 * 1024)        /* bytes of what is said */
#define CHECK_ARENA (8 * 1024 * 1024) /* bytes: a notice read */

/* Reads from when until when it goes. Returns false after answering. */
static bool read_times(struct api_call *call, struct broadcast *b)
{
    const int64_t now_ms = call->exchange->request.now_ms;
    if (!api_time(call, "start_at", 0, &b->start_ms) || !api_time(call, "until_at", 0, &b->until_ms))
        return false;
    if (!b->until_ms || (b->until_ms > b->start_ms && b->until_ms > now_ms) ||
        !(api_text(call, "start_at").ptr || api_text(call, "until_at").ptr))
        return true;
    api_field_problem(call, 422, "It would go to nobody.", "until_at", "must be later than now, and than start_at");
    return false;
}

/* Appends a member of the body to a notice, as JSON. */
static void put_member(const struct api_call *call, const char *name, struct buf *out)
{
    const cJSON *member = cJSON_GetObjectItemCaseSensitive(call->body, name);
    char *text = member ? cJSON_PrintUnformatted(member) : NULL;
    if (member && !text)
        out->error = ERR_NOMEM;
    if (text) {
        json_put_name(out, name);
        buf_adds(out, text);
    }
    cJSON_free(text);
}

/* What is said: where either is given, both are. Returns false after answering. */
static bool read_words(struct api_call *call, struct broadcast *b)
{
    struct buf out;
    if (!json_object(call->body, "texts") && !json_object(call->body, "template"))
        return true;
    buf_init(&out, NOTICE_MAX);
    buf_addc(&out, '{');
    put_member(call, "texts", &out);
    put_member(call, "template", &out);
    buf_addc(&out, '}');
    b->notice = out.error ? SLICE_NONE : arena_copy(call->exchange->arena, buf_slice(&out));
    if (out.error == ERR_LIMIT)
        api_field_problem(call, 422, "It says too much.", "texts", "must have at most 32 KB in all");
    else if (!b->notice.ptr)
        api_unavailable(call);
    buf_release(&out);
    return b->notice.ptr != NULL;
}

static void put_faults(const struct faults *faults, struct buf *out)
{
    for (size_t i = 0; i < faults->count; i++) {
        buf_adds(out, i ? ",{" : "{");
        api_put_text(out, "field", slice_of(faults->items[i].file));
        api_put_text(out, "rule", slice_of(faults->items[i].text));
        buf_addc(out, '}');
    }
}

/* Holds a cap against the prices that it needs. Returns false after answering. */
static bool check_budget(struct api_call *call, const struct broadcast *b, const struct notice *notice)
{
    for (size_t i = 0; b->budget && i < b->channel_count; i++) {
        const struct channel *channel = world_channel(call->api->world, b->channels[i]);
        struct price_table prices;
        price_read(channel, &prices);
        if (prices.each[PRICE_WORDS] != PRICE_UNKNOWN &&
            (!notice->template || channel->kind != CHANNEL_WHATSAPP || prices.each[notice->category] != PRICE_UNKNOWN))
            continue;
        api_field_problem(call, 422, "What it costs is not known.", "budget",
                          "needs a price of each of its channels in the configuration");
        return false;
    }
    return true;
}

/* Checks the whole of what is to go. Returns false after answering. */
static bool check_notice(struct api_call *call, const struct broadcast *b)
{
    struct faults faults;
    struct notice notice;
    struct buf problems;
    call->arena = arena_new(CHECK_ARENA);
    faults_init(&faults);
    buf_init(&problems, API_TEXT_MAX);
    const enum error error =
        call->arena ? broadcast_notice(call->api->world, b, call->arena, &faults, &notice) : ERR_NOMEM;
    put_faults(&faults, &problems);
    bool good = !error && !faults.total;
    if (error == ERR_NOMEM)
        api_unavailable(call);
    else if (!good)
        api_problem(call, 422, "The notice cannot go as it is.", buf_text(&problems));
    else
        good = check_budget(call, b, &notice);
    buf_release(&problems);
    faults_release(&faults);
    return good;
}

static bool can_send(const struct channel *channel)
{
    return channel && channel->adapter->call && channel->kind != CHANNEL_USSD;
}

static bool read_channels(struct api_call *call, struct broadcast *b)
{
    const cJSON *list = json_array(call->body, "channels"), *item;
    if (!list)
        return true;
    b->channel_count = 0;
    cJSON_ArrayForEach(item, list)
    {
        const struct slice name = slice_of(item->valuestring);
        bool twice = false;
        for (size_t i = 0; i < b->channel_count; i++)
            twice = twice || slice_eq(b->channels[i], name);
        if (twice || !can_send(world_channel(call->api->world, name))) {
            api_field_problem(call, 422, "A channel is none, or is there twice.", "channels",
                              "must be channels of the configuration that send by themselves, each once");
            return false;
        }
        b->channels[b->channel_count++] = name;
    }
    return true;
}

/* Reads who gets it by what is known of people. Returns false after answering. */
static bool read_audience(struct api_call *call, struct broadcast *b)
{
    const struct slice text = api_text(call, "audience");
    struct query_fault fault = {0};
    struct query *query;
    if (!text.ptr)
        return true;
    if (b->is_list) {
        api_field_problem(call, 422, "It goes to a list of numbers.", "audience", "cannot be given beside numbers");
        return false;
    }
    enum error error = query_parse(text, call->exchange->arena, &query, &fault);
    if (error == ERR_SYNTAX) {
        const char *rule = arena_printf(call->exchange->arena, "column %zu: %s", fault.column, fault.text);
        api_field_problem(call, 422, "The audience is none.", "audience", rule ? rule : fault.text);
    } else if (error) {
        api_unavailable(call);
    } else { /* only now: once it is answered the call is gone, and the broadcast with it */
        b->audience = text;
    }
    return !error;
}

/* Puts the body's fields over the broadcast. Returns false after answering. */
static bool read_fields(struct api_call *call, struct broadcast *b)
{
    const cJSON *budget = cJSON_GetObjectItemCaseSensitive(call->body, "budget");
    if (api_text(call, "name").ptr)
        b->name = api_text(call, "name");
    if (api_text(call, "purpose").ptr)
        b->purpose = api_text(call, "purpose");
    if (budget)
        b->budget = (int64_t)llround(budget->valuedouble * BROADCAST_PEN);
    return read_times(call, b) && read_words(call, b) && read_channels(call, b) && read_audience(call, b) &&
           check_notice(call, b);
}

static bool changes_only_budget(const struct api_call *call)
{
    return cJSON_GetArraySize(call->body) == 1 && cJSON_GetObjectItemCaseSensitive(call->body, "budget");
}

static void change(struct api_call *call)
{
    struct casting *casting = call->own;
    const bool late = casting->b.state == BROADCAST_SENDING || casting->b.state == BROADCAST_PAUSED;
    if (!api_matches(call, casting->record) || !read_fields(call, &casting->b))
        return;
    if ((late && changes_only_budget(call)) ||
        broadcast_apply(&casting->b, BROADCAST_EDIT, call->exchange->request.now_ms, 0))
        cast_write(call, "broadcast.change");
    else
        api_problem(
            call, 422,
            "Once it is confirmed it is not changed any more: undo that first. While it is sent, its budget may be.",
            "");
}

void api_broadcasts_change(struct api_call *call)
{
    cast_find(call, change);
}

/* ---- people given one by one ---- */

struct number {
    unsigned shard;
    char text[PHONE_MAX];
};

/* The people of a new one, by shard. */
struct numbers {
    struct slice shards[SHARDS]; /* names, each ended by a line end; empty: nobody */
    unsigned next;               /* the shard to write */
    char keys[3][KEY_MAX];
};

static int by_shard(const void *a, const void *b)
{
    const struct number *x = a, *y = b;
    return x->shard != y->shard ? (x->shard > y->shard) - (x->shard < y->shard) : strcmp(x->text, y->text);
}

/* Reads the body's numbers, sorted. Returns how many, or SIZE_MAX after answering. */
static size_t read_numbers(struct api_call *call, struct number **out)
{
    const cJSON *list = json_array(call->body, "numbers"), *item;
    size_t count = 0;
    struct number *all = arena_array(call->exchange->arena, (size_t)cJSON_GetArraySize(list) + 1, sizeof(*all));
    if (!all) {
        api_unavailable(call);
        return SIZE_MAX;
    }
    cJSON_ArrayForEach(item, list)
    {
        if (phone_normalise(slice_of(item->valuestring), all[count].text)) {
            api_field_problem(call, 422, "A number is none.", "numbers",
                              "must be as +51987654321, or nine digits of Peru, each");
            return SIZE_MAX;
        }
        all[count].shard = shard_of(slice_of(all[count].text));
        count++;
    }
    qsort(all, count, sizeof(*all), by_shard);
    *out = all;
    return count;
}

/* Puts each number into its shard, once. Returns false after answering. */
static bool sort_numbers(struct api_call *call, struct numbers *numbers)
{
    struct number *all = NULL;
    const size_t count = read_numbers(call, &all);
    struct buf names;
    if (count == SIZE_MAX)
        return false;
    buf_init(&names, API_BODY_MAX);
    for (size_t i = 0; i < count; i++) {
        if (!i || strcmp(all[i].text, all[i - 1].text) != 0)
            buf_addf(&names, "%s\n", all[i].text);
        if (i + 1 < count && all[i + 1].shard == all[i].shard)
            continue;
        numbers->shards[all[i].shard] = arena_copy(call->exchange->arena, buf_slice(&names));
        if (names.error || !numbers->shards[all[i].shard].ptr) {
            buf_release(&names);
            api_unavailable(call);
            return false;
        }
        buf_clear(&names);
    }
    buf_release(&names);
    return true;
}

static void fill_next(struct api_call *call);

static void on_filled(struct api_call *call, const redisReply *reply)
{
    (void)reply;
    fill_next(call);
}

/* Writes the shards one after the other, then the record: what has no record is nobody's broadcast. */
static void fill_next(struct api_call *call)
{
    struct casting *casting = call->own;
    struct numbers *numbers = casting->more;
    char name[3][BROADCAST_ID + 16];
    while (numbers->next < SHARDS && !numbers->shards[numbers->next].len)
        numbers->next++;
    if (numbers->next == SHARDS) {
        cast_write(call, "broadcast.create");
        return;
    }
    const unsigned shard = numbers->next++;
    snprintf(name[0], sizeof(name[0]), "%s:people", casting->id);
    snprintf(name[1], sizeof(name[1]), "%s:sums", casting->id);
    const struct slice args[] = {SLICE("FCALL"),
                                 SLICE("chaski_cast_fill"),
                                 SLICE("3"),
                                 key_write(numbers->keys[0], shard, "cast", slice_of(name[0])),
                                 key_write(numbers->keys[1], shard, "cast", slice_of(name[1])),
                                 key_write(numbers->keys[2], shard, "casts", SLICE_NONE),
                                 slice_of(casting->id),
                                 numbers->shards[shard]};
    api_redis(call, args, sizeof(args) / sizeof(args[0]), on_filled);
}

static void on_numbered(struct api_call *call, const redisReply *reply)
{
    struct casting *casting = call->own;
    char text[SLICE_DECIMAL_SIZE];
    if (reply->type != REDIS_REPLY_INTEGER || reply->integer > BROADCAST_ID_MAX ||
        !slice_copy(slice_decimal(reply->integer, text), casting->id, sizeof(casting->id))) {
        api_unavailable(call);
        return;
    }
    fill_next(call);
}

void api_broadcasts_create(struct api_call *call)
{
    struct casting *casting = call->own = arena_alloc(call->exchange->arena, sizeof(*casting));
    struct numbers *numbers = arena_alloc(call->exchange->arena, sizeof(*numbers));
    const struct slice args[] = {SLICE("INCR"), SLICE("ck:{staff}:casts:newest")};
    const int64_t now_ms = call->exchange->request.now_ms;
    if (!casting || !numbers) {
        api_unavailable(call);
        return;
    }
    casting->more = numbers;
    casting->b = (struct broadcast){.created_ms = now_ms,
                                    .since_ms = now_ms,
                                    .people = -1,
                                    .is_list = json_array(call->body, "numbers") != NULL,
                                    .purpose = SLICE(PURPOSE_NOTICES),
                                    .by = slice_of(call->who)};
    casting->b.audience = casting->b.confirmed_by = casting->b.reason = SLICE("");
    casting->b.training = api_text(call, "training").ptr ? api_text(call, "training") : SLICE("");
    if (casting->b.training.len && !training_is_id(casting->b.training))
        api_field_problem(call, 422, "There is no such training.", "training", "must be a training's id");
    else if (!casting->b.is_list && !api_text(call, "audience").ptr)
        api_field_problem(call, 422, "It goes to nobody.", "audience", "must be given, or numbers in its place");
    else if (read_fields(call, &casting->b) && sort_numbers(call, numbers))
        api_redis(call, args, 2, on_numbered);
}
