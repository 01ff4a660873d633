/* chaski outbox: what waits, what nobody knows the fate of, what failed for good; and what a person decides about it.
 */
#include <stdio.h>
#include <string.h>

#include "base/json.h"
#include "gateway/cli.h"
#include "gateway/cli_redis.h"
#include "gateway/clock.h"
#include "gateway/keys.h"
#include "gateway/outbox_entry.h"
#include "gateway/world.h"

#define PAGE 500 /* entries that are read at once */

/* What a list is made of. */
struct listing {
    struct cli_redis *redis;
    bool json;
    bool failed; /* Redis did not answer, and that was told */
    size_t count;
};

/* One of a shard's streams. */
struct stream_kind {
    const char *key, *word;
    bool waits; /* its entries' own ids name them; elsewhere the field `id` does */
};

static const struct stream_kind kinds[] = {
    {"outbox", "waiting", true}, {"bulk", "waiting", true}, {"doubt", "in-doubt", false}, {"dead", "dead", false}};

static struct slice text_of(const redisReply *reply)
{
    return reply->str ? (struct slice){reply->str, reply->len} : SLICE_NONE;
}

static struct slice field(const redisReply *fields, const char *name)
{
    for (size_t i = 0; i + 1 < fields->elements; i += 2)
        if (slice_is(text_of(fields->element[i]), name))
            return text_of(fields->element[i + 1]);
    return SLICE_NONE;
}

/* Writes a line of columns, or an object; people's words and numbers only in the object that was asked for. */
static void print_entry(struct listing *list, unsigned shard, const struct stream_kind *kind, const redisReply *item)
{
    const redisReply *fields = item->element[1];
    struct slice id = kind->waits ? text_of(item->element[0]) : field(fields, "id"), entry = field(fields, "entry");
    struct slice code = field(fields, "code"), class = field(fields, "class");
    cJSON *root = NULL;
    struct slice channel = SLICE_NONE;
    if (!json_parse(entry, ENTRY_BYTES_MAX, &root))
        channel = json_string(root, "channel");
    list->count++;
    if (list->json) {
        struct buf line;
        buf_init(&line, 2 * ENTRY_BYTES_MAX);
        buf_addf(&line, "{\"id\":\"%u-%.*s\",\"state\":\"%s\"", shard, (int)id.len, id.ptr, kind->word);
        json_put_name(&line, "class");
        json_put_string(&line, class);
        json_put_name(&line, "code");
        json_put_string(&line, code);
        json_put_name(&line, "entry");
        buf_addslice(&line, entry);
        buf_adds(&line, "}");
        puts(buf_text(&line));
        buf_release(&line);
    } else {
        printf("%u-%.*s\t%s\t%.*s\t%.*s\t%.*s\n", shard, (int)id.len, id.ptr, kind->word, (int)class.len,
               class.len ? class.ptr : "", (int)channel.len, channel.len ? channel.ptr : "", (int)code.len,
               code.len ? code.ptr : "");
    }
    cJSON_Delete(root);
}

/* Prints all of a stream, page by page. */
static void print_stream(struct listing *list, unsigned shard, const struct stream_kind *kind)
{
    char key[KEY_MAX], from[STORE_ID_MAX + 1] = "-", count[16];
    bool more = true;
    snprintf(count, sizeof(count), "%d", PAGE);
    while (more && !list->failed) {
        const struct slice args[] = {SLICE("XRANGE"), key_write(key, shard, kind->key, SLICE_NONE),
                                     slice_of(from),  SLICE("+"),
                                     SLICE("COUNT"),  slice_of(count)};
        redisReply *reply = cli_redis_command(list->redis, args, sizeof(args) / sizeof(args[0]));
        list->failed = !reply;
        if (!reply)
            return;
        for (size_t i = 0; i < reply->elements; i++) {
            const redisReply *item = reply->element[i];
            if (item->elements == 2 && item->element[1]->type == REDIS_REPLY_ARRAY)
                print_entry(list, shard, kind, item);
            snprintf(from, sizeof(from), "(%.31s", item->element[0]->str);
        }
        more = reply->elements == PAGE;
        freeReplyObject(reply);
    }
}

/* Reads the configuration and connects. Returns NULL after telling why. */
static struct cli_redis *connect_redis(const char *config, const char *command, struct world **world, int *code)
{
    *code = EXIT_CONFIG;
    *world = world_open_or_tell(config, 0, NULL);
    return *world ? cli_redis_open((*world)->config, command, code) : NULL;
}

static int run_list(const struct command *self, int argc, char **argv)
{
    const char *config = NULL;
    bool doubt = false, dead = false;
    struct listing list = {0};
    const struct option_row options[] = {
        {"config", 'c', "FILE", "the configuration", &config, NULL},
        {"in-doubt", 0, NULL, "only those whose fate the provider never told", NULL, &doubt},
        {"dead", 0, NULL, "only those that failed for good", NULL, &dead},
        {"json", 0, NULL, "an object a line, with the message itself", NULL, &list.json},
        {0},
    };
    struct world *world;
    int code;
    if (cli_parse(self, options, argc, argv, NULL, 0, &code) < 0)
        return code;
    list.redis = connect_redis(config, self->name, &world, &code);
    for (size_t i = 0; list.redis && i < sizeof(kinds) / sizeof(kinds[0]) && !list.failed; i++) {
        bool wanted = !doubt && !dead;
        wanted = wanted || (doubt && strcmp(kinds[i].key, "doubt") == 0) || (dead && strcmp(kinds[i].key, "dead") == 0);
        for (unsigned shard = 0; wanted && shard < SHARDS && !list.failed; shard++)
            print_stream(&list, shard, &kinds[i]);
    }
    if (list.redis)
        code = list.failed ? EXIT_SERVICE : EXIT_GOOD;
    if (code == EXIT_GOOD && !list.count && cli_is_fancy(stdout))
        fprintf(stderr, "nothing\n");
    cli_redis_close(list.redis);
    world_close(world);
    return code;
}

/* Asks chaski_resolve of one of the two streams that the message may go back to. */
static redisReply *resolve(struct cli_redis *redis, unsigned shard, const char *id, const char *verdict)
{
    char keys[4][KEY_MAX], now[24];
    snprintf(now, sizeof(now), "%lld", (long long)clock_ms());
    const struct slice args[] = {SLICE("FCALL"),
                                 SLICE("chaski_resolve"),
                                 SLICE("4"),
                                 key_write(keys[0], shard, "outbox", SLICE_NONE),
                                 key_sends(keys[1], shard, slice_of(id)),
                                 key_write(keys[2], shard, "dead", SLICE_NONE),
                                 key_write(keys[3], shard, "doubt", SLICE_NONE),
                                 slice_of(id),
                                 slice_of(verdict),
                                 slice_of(now)};
    return cli_redis_command(redis, args, sizeof(args) / sizeof(args[0]));
}

static int tell_resolved(const redisReply *reply, unsigned shard, const char *reference, const char *verdict)
{
    const char *word = reply->elements && reply->element[0]->str ? reply->element[0]->str : "";
    if (strcmp(word, "ok") == 0 && reply->elements > 1)
        printf("%s: sent again as %u-%s\n", reference, shard, reply->element[1]->str);
    else if (strcmp(word, "ok") == 0)
        printf("%s: %s\n", reference, strcmp(verdict, "sent") == 0 ? "counts as sent" : "dropped");
    else if (strcmp(word, "unknown") == 0)
        fprintf(stderr, "chaski outbox resolve: there is no message %s: `chaski outbox list` names them\n", reference);
    else
        fprintf(stderr, "chaski outbox resolve: message %s is %s: only what is in doubt or dead can be resolved\n",
                reference, word);
    return strcmp(word, "ok") == 0 ? EXIT_GOOD : EXIT_DATA;
}

static int run_resolve(const struct command *self, int argc, char **argv)
{
    static const char *const verdicts[] = {"sent", "resend", "drop"};
    const char *config = NULL, *words[2] = {NULL, NULL};
    const struct option_row options[] = {{"config", 'c', "FILE", "the configuration", &config, NULL}, {0}};
    struct world *world;
    char id[STORE_ID_MAX];
    unsigned shard;
    int code, count = cli_parse(self, options, argc, argv, words, 2, &code);
    bool known = false;
    if (count < 0)
        return code;
    for (size_t i = 0; count == 2 && i < 3; i++)
        known = known || strcmp(words[1], verdicts[i]) == 0;
    if (count != 2 || !known || !outbox_reference_read(slice_of(words[0]), &shard, id)) {
        fprintf(stderr, "chaski outbox resolve: give an id such as 17-1795402800000-0, and sent, resend or drop\n");
        return EXIT_USAGE;
    }
    struct cli_redis *redis = connect_redis(config, self->name, &world, &code);
    redisReply *reply = redis ? resolve(redis, shard, id, words[1]) : NULL;
    if (redis)
        code = reply ? tell_resolved(reply, shard, words[0], words[1]) : EXIT_SERVICE;
    if (reply)
        freeReplyObject(reply);
    cli_redis_close(redis);
    world_close(world);
    return code;
}

const struct command command_outbox_list = {"outbox list", "[--in-doubt] [--dead] [--json]",
                                            "lists what waits to be sent, what is in doubt, and what failed for good",
                                            run_list};
const struct command command_outbox_resolve = {"outbox resolve", "ID sent|resend|drop",
                                               "decides about a message that is in doubt or dead", run_resolve};
