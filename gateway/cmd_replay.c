/* chaski replay: recorded turns computed again, from a file or from a contact's journal. */
#include <errno.h>
#include <stdio.h>
#include <string.h>

#include "base/phone.h"
#include "gateway/cli.h"
#include "gateway/cli_redis.h"
#include "gateway/keys.h"
#include "gateway/replay_show.h"
#include "gateway/repro.h"
#include "gateway/world.h"

#define REPLAY_ARENA_MAX (8 * 1024 * 1024) /* of one turn */
#define REPLAY_SHOWN_MAX (1024 * 1024)
#define PAGE_ENTRIES 200

static const char more_help[] =
    "\n"
    "Each line of FILE (- is standard input) is one journal entry, as --entries prints them. Turns are computed from\n"
    "the first one whose state before is known, with what the engine said then, so that a difference is the flow's or\n"
    "the program's; with --engine the models of today are asked. Exit: 0 when effects, words and states are the same;\n"
    "65 at the first difference, which is shown, for bad input, and when nothing could be replayed; 69 when Redis is\n"
    "not there.\n";

struct work {
    struct replay replay;
    struct repro repro;
    struct arena *arena;
    struct buf shown;  /* the first difference */
    bool json, lists, writes; /* lists: the entries are wanted; writes: a scenario is */
    bool differs;
    unsigned long entries, same, unknown, old;
};

static int tell_error(const struct work *work, enum error error)
{
    if (error == ERR_NOMEM) {
        fprintf(stderr, "chaski replay: entry %lu: %s\n", work->entries, error_text(error));
        return EXIT_TEMPORARY;
    }
    fprintf(stderr,
            "chaski replay: entry %lu is no journal entry (%s): give the entries as `chaski replay --entries` prints "
            "them, one a line\n",
            work->entries, error_text(error));
    return EXIT_DATA;
}

static int replay_entry(struct work *work, const struct journal_entry *entry)
{
    struct replayed got;
    enum error error = replay_turn(&work->replay, entry, work->arena, &got);
    if (error) {
        fprintf(stderr, "chaski replay: entry %lu: the turn fails: %s\n", work->entries, error_text(error));
        return error == ERR_NOMEM ? EXIT_TEMPORARY : EXIT_DATA;
    }
    if (got.verdict == REPLAY_UNKNOWN) {
        work->unknown++;
    } else if (got.verdict == REPLAY_SAME) {
        work->same++;
    } else {
        work->differs = true;
        if (work->json)
            replay_show_json(&work->shown, work->entries, entry, &got);
        else
            replay_show(&work->shown, work->entries, entry, &got);
    }
    return EXIT_GOOD;
}

static int list_entry(const struct work *work, const struct journal_entry *entry)
{
    struct buf line;
    buf_init(&line, REPLAY_SHOWN_MAX);
    journal_write(&line, entry);
    if (!line.error)
        puts(buf_text(&line));
    int code = line.error ? tell_error(work, line.error) : EXIT_GOOD;
    buf_release(&line);
    return code;
}

static int take_entry(void *ctx, struct slice bytes)
{
    struct work *work = ctx;
    struct journal_entry entry;
    if (!slice_trim(bytes).len || (work->differs && !work->writes))
        return EXIT_GOOD;
    arena_reset(work->arena);
    work->entries++;
    enum error error = journal_read(bytes, work->arena, &entry);
    if (error == ERR_UNSUPPORTED) {
        work->old++;
        work->replay.known = false;
        return EXIT_GOOD;
    }
    if (error)
        return tell_error(work, error);
    if (work->lists)
        return list_entry(work, &entry);
    if (work->writes)
        repro_turn(&work->repro, &entry);
    return work->differs ? EXIT_GOOD : replay_entry(work, &entry);
}

static int take_file(struct work *work, const char *path)
{
    FILE *in = strcmp(path, "-") == 0 ? stdin : fopen(path, "rbe");
    if (!in) {
        fprintf(stderr, "chaski replay: %s cannot be opened: %s\n", path, strerror(errno));
        return EXIT_DATA;
    }
    int code = cli_each_line(in, take_entry, work);
    if (in != stdin)
        fclose(in);
    return code;
}

/* Takes a page of the list of turns, each "MS ENTRY". */
static int take_page(struct work *work, const redisReply *page)
{
    int code = EXIT_GOOD;
    for (size_t i = 0; page->type == REDIS_REPLY_ARRAY && i < page->elements && !code; i++) {
        struct slice rest = {page->element[i]->str, page->element[i]->len}, at;
        code = slice_cut(&rest, ' ', &at) ? take_entry(work, rest) : tell_error(work, ERR_SYNTAX);
    }
    return code;
}

static int take_journal(struct work *work, const struct config *config, struct slice contact)
{
    char key[KEY_MAX], from[24], to[24];
    int code;
    size_t got = PAGE_ENTRIES;
    struct cli_redis *redis = cli_redis_open(config, "replay", &code);
    if (!redis)
        return code;
    code = EXIT_GOOD;
    struct slice turns = key_write(key, shard_of(contact), "turns", contact);
    for (size_t at = 0; got == PAGE_ENTRIES && !code; at += PAGE_ENTRIES) {
        snprintf(from, sizeof(from), "%zu", at);
        snprintf(to, sizeof(to), "%zu", at + PAGE_ENTRIES - 1);
        const struct slice args[] = {SLICE("LRANGE"), turns, slice_of(from), slice_of(to)};
        redisReply *page = cli_redis_command(redis, args, sizeof(args) / sizeof(args[0]));
        code = page ? take_page(work, page) : EXIT_SERVICE;
        got = page ? page->elements : 0;
        if (page)
            freeReplyObject(page);
    }
    cli_redis_close(redis);
    if (!code && !work->entries) {
        fprintf(stderr, "chaski replay: there is no journal of this contact: it was never seen, or was "
                        "erased\n");
        return EXIT_DATA;
    }
    return code;
}

static int write_scenario(const struct work *work, const char *path)
{
    if (!work->repro.begun) {
        fprintf(stderr, "chaski replay: no scenario: the state before no turn is known\n");
        return EXIT_DATA;
    }
    FILE *out = work->repro.out.error ? NULL : fopen(path, "wbe");
    bool good = out && fwrite(work->repro.out.ptr, 1, work->repro.out.len, out) == work->repro.out.len;
    if (out && fclose(out))
        good = false;
    if (!good) {
        fprintf(stderr, "chaski replay: %s cannot be written: %s\n", path,
                work->repro.out.error ? error_text(work->repro.out.error) : strerror(errno));
        return EXIT_TEMPORARY;
    }
    return EXIT_GOOD;
}

static int report_json(const struct work *work)
{
    printf("{\"same\":%s,\"entries\":%lu,\"same_turns\":%lu,\"unknown_turns\":%lu,\"old_entries\":%lu,"
           "\"difference\":%s}\n",
           work->differs || !work->same ? "false" : "true", work->entries, work->same, work->unknown, work->old,
           work->differs ? buf_text(&work->shown) : "null");
    return work->differs || !work->same ? EXIT_DATA : EXIT_GOOD;
}

static int report(const struct work *work)
{
    if (work->old)
        fprintf(stderr,
                "chaski replay: %lu entries are of another format than this version's, and cannot be replayed\n",
                work->old);
    if (work->unknown)
        fprintf(stderr, "chaski replay: %lu turns could not be computed: the state before them is not known\n",
                work->unknown);
    if (work->lists)
        return EXIT_GOOD;
    if (work->json)
        return report_json(work);
    fputs(buf_text(&work->shown), stdout);
    if (work->differs)
        return EXIT_DATA;
    if (!work->same) {
        fprintf(stderr, "chaski replay: nothing could be replayed\n");
        return EXIT_DATA;
    }
    printf("%lu turns, each the same\n", work->same);
    return EXIT_GOOD;
}

/* A number in any usual form; or a provider's user id, which begins with a letter. */
static bool read_contact(const char *given, char out[CONTACT_MAX])
{
    char number[PHONE_MAX];
    if (phone_normalise(slice_of(given), number) == OK)
        return slice_copy(slice_of(number), out, CONTACT_MAX);
    bool letter = (given[0] >= 'A' && given[0] <= 'Z') || (given[0] >= 'a' && given[0] <= 'z');
    return letter && slice_copy(slice_of(given), out, CONTACT_MAX);
}

static int work_through(struct work *work, const struct world *world, bool engine, const char *file,
                        const char *contact, const char *repro)
{
    work->arena = arena_new(REPLAY_ARENA_MAX);
    work->writes = repro != NULL;
    buf_init(&work->shown, REPLAY_SHOWN_MAX);
    replay_init(&work->replay, &world->mind, engine);
    repro_init(&work->repro);
    int code = !work->arena ? EXIT_TEMPORARY
               : file       ? take_file(work, file)
                            : take_journal(work, world->config, slice_of(contact));
    if (!code && work->shown.error)
        code = tell_error(work, ERR_NOMEM);
    if (!code && repro)
        code = write_scenario(work, repro);
    if (!code)
        code = report(work);
    repro_release(&work->repro);
    replay_release(&work->replay);
    buf_release(&work->shown);
    arena_free(work->arena);
    return code;
}

static int run(const struct command *self, int argc, char **argv)
{
    const char *number = NULL, *repro = NULL, *config = NULL, *file = NULL;
    char contact[CONTACT_MAX];
    bool engine = false;
    struct work work = {.json = false};
    const struct option_row options[] = {
        {"contact", 0, "NUMBER", "the journal of this contact, in the Redis of redis.url", &number, NULL},
        {"engine", 0, NULL, "ask today's models instead of what was recorded", NULL, &engine},
        {"entries", 0, NULL, "print the entries instead, one JSON object a line", NULL, &work.lists},
        {"json", 0, NULL, "one JSON object instead of text", NULL, &work.json},
        {"repro", 0, "FILE", "write the conversation down for `chaski flow test`", &repro, NULL},
        {"config", 'c', "FILE", "the configuration", &config, NULL},
        {0},
    };
    int code, count = cli_parse(self, options, argc, argv, &file, 1, &code);
    if (count < 0) {
        if (code == EXIT_GOOD)
            cli_put_prose(stdout, more_help);
        return code;
    }
    if ((count == 1) == (number != NULL)) {
        fprintf(stderr, "chaski replay: give a FILE of journal entries (- is standard input), or --contact NUMBER\n");
        return EXIT_USAGE;
    }
    if (number && !read_contact(number, contact)) {
        fprintf(stderr,
                "chaski replay: --contact: give a phone number such as +51987654321, or a provider's user id\n");
        return EXIT_USAGE;
    }
    struct world *world = world_open_or_tell(config, WORLD_FLOWS | (engine ? WORLD_ENGINE : 0), NULL);
    if (!world)
        return EXIT_CONFIG;
    code = work_through(&work, world, engine, count == 1 ? file : NULL, contact, repro);
    world_close(world);
    return code;
}

const struct command command_replay = {"replay", "FILE | --contact NUMBER [--engine] [--json] [--repro FILE]",
                                       "runs recorded turns again and shows the first difference", run};
