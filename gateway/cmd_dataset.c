/* chaski dataset: what use taught, as files to learn from. */
#include <errno.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>

#include "base/civil.h"
#include "base/json.h"
#include "base/mem.h"
#include "gateway/cli.h"
#include "gateway/cli_redis.h"
#include "gateway/contact_line.h"
#include "gateway/clock.h"
#include "gateway/dataset.h"
#include "gateway/keys.h"
#include "gateway/secrets.h"
#include "gateway/world.h"

#define ARENA_MAX (8 * 1024 * 1024) /* of one turn */
#define PAGE_ENTRIES 200
#define PATH_SIZE 4096
#define MANIFEST_MAX (64 * 1024)

static const char more_help[] =
    "\n"
    "NAME is ranker, growth, industry, stage or trainings. A data set goes into DIR/NAME/HASH/: rows.tsv, "
    "and manifest.json, which says of\n"
    "what it was made and who was left out. HASH is of the rows: the same rows are the "
    "same version. Journals are kept\n"
    "for 90 days; --with takes the rows of an earlier rows.tsv too, of people who are "
    "still there: who was erased, left or\n"
    "took back the permission has none. Exit: 65 when there are no rows.\n";

struct building {
    struct cli_redis *redis;
    enum dataset_kind kind;
    struct slice person_key;
    struct dataset_person *person;
    struct arena *arena;  /* of one turn */
    struct buf rows;      /* lines of all people */
    struct buf present;   /* digests of the people who may have rows, each DATASET_WHO bytes with its NUL */
    const char *with;     /* an earlier rows.tsv; NULL: none */
    struct slice earlier; /* its bytes; owned */
    size_t people, without_permission, turns, old_turns, kept_rows, left_rows;
};

/* A digest of this purpose alone, so that rows cannot be laid beside a log. */
static enum error write_who(const struct building *b, struct slice contact, char out[DATASET_WHO])
{
    unsigned char digest[SHA256_BYTES];
    char named[CONTACT_MAX + 16];
    int len = snprintf(named, sizeof(named), "dataset %.*s", (int)contact.len, contact.ptr);
    if (len < 0 || (size_t)len >= sizeof(named) ||
        hmac_sha256(b->person_key, (struct slice){named, (size_t)len}, digest))
        return ERR_NOMEM;
    hex_encode(digest, (DATASET_WHO - 1) / 2, out);
    return OK;
}

static int tell(const char *what, enum error error)
{
    fprintf(stderr, "chaski dataset build: %s: %s\n", what, error_text(error));
    return error == ERR_NOMEM ? EXIT_TEMPORARY : EXIT_DATA;
}

/* Takes a page of turns, each "MS ENTRY". An entry of another format teaches nothing. */
static int take_page(struct building *b, const redisReply *page)
{
    for (size_t i = 0; i < page->elements; i++) {
        struct slice rest = {page->element[i]->str, page->element[i]->len}, at;
        struct journal_entry entry;
        arena_reset(b->arena);
        enum error error = slice_cut(&rest, ' ', &at) ? journal_read(rest, b->arena, &entry) : ERR_SYNTAX;
        if (error == ERR_NOMEM)
            return tell("a turn", error);
        b->turns++;
        b->old_turns += error != OK;
        if (!error)
            dataset_turn(b->person, &entry);
    }
    return EXIT_GOOD;
}

static int take_turns(struct building *b, struct slice contact)
{
    char key[KEY_MAX], from[24], to[24];
    int code = EXIT_GOOD;
    size_t got = PAGE_ENTRIES;
    struct slice turns = key_write(key, shard_of(contact), "turns", contact);
    for (size_t at = 0; got == PAGE_ENTRIES && !code; at += PAGE_ENTRIES) {
        snprintf(from, sizeof(from), "%zu", at);
        snprintf(to, sizeof(to), "%zu", at + PAGE_ENTRIES - 1);
        const struct slice args[] = {SLICE("LRANGE"), turns, slice_of(from), slice_of(to)};
        redisReply *page = cli_redis_command(b->redis, args, sizeof(args) / sizeof(args[0]));
        if (!page)
            return EXIT_SERVICE;
        got = page->type == REDIS_REPLY_ARRAY ? page->elements : 0;
        code = take_page(b, page);
        freeReplyObject(page);
    }
    return code;
}

static struct slice text_of(const redisReply *reply)
{
    return (struct slice){reply->str, reply->str ? reply->len : 0};
}

/* Takes a person by the fields of her hash that hold her line and her state. */
static int take_person(struct building *b, struct slice contact, const redisReply *fields)
{
    char who[DATASET_WHO];
    struct contact_line line;
    struct state state;
    struct slice held;
    enum error error = write_who(b, contact, who);
    if (error)
        return tell("a person", error);
    if (contact_line_fields(text_of(fields->element[0]), text_of(fields->element[1]), &line, &held) ||
        state_decode(held, &state))
        state_init(&state);
    dataset_begin(b->person, b->kind, who, &state, &b->rows);
    b->people++;
    if (!b->person->allowed) {
        b->without_permission++;
        return EXIT_GOOD;
    }
    buf_add(&b->present, who, sizeof(who));
    int code = take_turns(b, contact);
    error = dataset_end(b->person);
    return code ? code : error ? tell("the rows", error) : EXIT_GOOD;
}

/* Takes the person whose hash lies under a key "ck:{sN}:contact:WHO". */
static int take_key(struct building *b, struct slice key)
{
    static const char mark[] = ":contact:";
    const char *found = memmem(key.ptr, key.len, mark, sizeof(mark) - 1);
    if (!found)
        return EXIT_GOOD;
    size_t start = (size_t)(found - key.ptr) + sizeof(mark) - 1;
    const struct slice args[] = {SLICE("HMGET"), key, SLICE("v"), SLICE("s")};
    redisReply *reply = cli_redis_command(b->redis, args, sizeof(args) / sizeof(args[0]));
    if (!reply)
        return EXIT_SERVICE;
    int code = EXIT_GOOD;
    if (reply->type == REDIS_REPLY_ARRAY && reply->elements == 2 && reply->element[0]->type == REDIS_REPLY_STRING)
        code = take_person(b, slice_part(key, start, key.len), reply);
    freeReplyObject(reply);
    return code;
}

/* One node of a cluster has some of the shards: rows of the other people would be missing, and nobody would see it. */
static int refuse_cluster(struct building *b)
{
    const struct slice args[] = {SLICE("INFO"), SLICE("cluster")};
    redisReply *reply = cli_redis_command(b->redis, args, sizeof(args) / sizeof(args[0]));
    if (!reply)
        return EXIT_SERVICE;
    bool alone = !strstr(reply->type == REDIS_REPLY_STRING ? reply->str : "", "cluster_enabled:1");
    freeReplyObject(reply);
    if (!alone)
        fprintf(stderr, "chaski dataset build: this Redis is a node of a cluster and has only some of the people: "
                        "cluster:// is not in this version\n");
    return alone ? EXIT_GOOD : EXIT_CONFIG;
}

/* Goes through everybody. A person who is told twice gives the same rows twice, which are kept once. */
static int take_everybody(struct building *b)
{
    char cursor[24] = "0";
    int code = EXIT_GOOD;
    do {
        const struct slice args[] = {SLICE("SCAN"),  slice_of(cursor), SLICE("MATCH"), SLICE("ck:{s*}:contact:*"),
                                     SLICE("COUNT"), SLICE("1000")};
        redisReply *page = cli_redis_command(b->redis, args, sizeof(args) / sizeof(args[0]));
        if (!page)
            return EXIT_SERVICE;
        snprintf(cursor, sizeof(cursor), "%s", page->elements == 2 ? page->element[0]->str : "0");
        for (size_t i = 0; page->elements == 2 && i < page->element[1]->elements && !code; i++) {
            const redisReply *key = page->element[1]->element[i];
            code = take_key(b, (struct slice){key->str, key->len});
        }
        freeReplyObject(page);
    } while (strcmp(cursor, "0") != 0 && !code);
    return code;
}

static bool is_present(const struct building *b, struct slice who)
{
    for (size_t at = 0; at < b->present.len; at += DATASET_WHO)
        if (slice_is(who, b->present.ptr + at))
            return true;
    return false;
}

/* Adds the rows of an earlier data set whose people are still there. */
static int take_earlier(struct building *b)
{
    struct slice rest, line, who;
    if (!b->with)
        return EXIT_GOOD;
    enum error error = cli_read_file(b->with, DATASET_BYTES_MAX, &b->earlier);
    rest = b->earlier;
    if (!error && (!slice_cut(&rest, '\n', &line) || !slice_is(line, dataset_columns(b->kind))))
        error = ERR_VALUE;
    if (error) {
        fprintf(stderr, "chaski dataset build: --with %s: %s: give a rows.tsv of `chaski dataset build %s`\n", b->with,
                error == ERR_IO ? strerror(errno) : error_text(error), dataset_name(b->kind));
        return EXIT_DATA;
    }
    while (slice_cut(&rest, '\n', &line)) {
        struct slice cells = line;
        if (!line.len || !slice_cut(&cells, '\t', &who))
            continue;
        bool kept = is_present(b, who);
        b->kept_rows += kept;
        b->left_rows += !kept;
        if (kept) {
            buf_addslice(&b->rows, line);
            buf_addc(&b->rows, '\n');
        }
    }
    return b->rows.error ? tell("the rows", b->rows.error) : EXIT_GOOD;
}

/* Sorts what was gathered. Returns how many rows there are. */
static enum error sort_rows(struct building *b, struct buf *out, size_t *rows)
{
    struct slice rest = buf_slice(&b->rows), line;
    size_t count = 0, room = 0;
    for (size_t i = 0; i < b->rows.len; i++)
        room += b->rows.ptr[i] == '\n';
    struct slice *lines = mem_alloc((room + 1) * sizeof(*lines));
    if (!lines)
        return ERR_NOMEM;
    while (count < room && slice_cut(&rest, '\n', &line))
        lines[count++] = line;
    *rows = dataset_write(b->kind, lines, count, out);
    mem_free(lines);
    return out->error;
}

static void put_count(struct buf *out, const char *name, size_t count)
{
    json_put_name(out, name);
    buf_addf(out, "%zu", count);
}

static void put_manifest(const struct building *b, const char *hash, size_t rows, size_t bytes, struct buf *out)
{
    char at[CIVIL_TEXT];
    civil_format(clock_ms(), at);
    buf_addc(out, '{');
    json_put_name(out, "name");
    json_put_string(out, slice_of(dataset_name(b->kind)));
    json_put_name(out, "sha256");
    json_put_string(out, slice_of(hash));
    json_put_name(out, "built_at");
    json_put_string(out, slice_of(at));
    json_put_name(out, "columns");
    json_put_string(out, slice_of(dataset_columns(b->kind)));
    put_count(out, "rows", rows);
    put_count(out, "bytes", bytes);
    put_count(out, "people_looked_at", b->people);
    put_count(out, "people_without_permission_or_gone", b->without_permission);
    put_count(out, "turns_read", b->turns);
    put_count(out, "turns_of_another_format", b->old_turns);
    put_count(out, "rows_taken_from_an_earlier_set", b->kept_rows);
    put_count(out, "rows_left_out_of_people_no_longer_there", b->left_rows);
    json_put_name(out, "consent");
    json_put_string(out, SLICE("only people whose permissions to keep their answers and to use them in studies stand"));
    buf_adds(out, "}\n");
}

static bool write_file(const char *path, struct slice bytes)
{
    FILE *file = fopen(path, "wbe");
    bool good = file && fwrite(bytes.ptr, 1, bytes.len, file) == bytes.len;
    if (file && fclose(file))
        good = false;
    if (!good)
        fprintf(stderr, "%s: cannot be written: %s\n", path, strerror(errno));
    return good;
}

/* Makes DIR/NAME/HASH. */
static bool make_folders(const char *out, const char *name, const char *hash, char path[PATH_SIZE])
{
    snprintf(path, PATH_SIZE, "%s", out);
    bool good = mkdir(path, 0700) == 0 || errno == EEXIST;
    snprintf(path, PATH_SIZE, "%s/%s", out, name);
    good = good && (mkdir(path, 0700) == 0 || errno == EEXIST);
    snprintf(path, PATH_SIZE, "%s/%s/%.16s", out, name, hash);
    good = good && (mkdir(path, 0700) == 0 || errno == EEXIST);
    if (!good)
        fprintf(stderr, "%s: cannot be made: %s\n", path, strerror(errno));
    return good;
}

static int write_set(const struct building *b, struct slice rows, size_t count, const char *out)
{
    unsigned char digest[SHA256_BYTES];
    char hash[SHA256_HEX], folder[PATH_SIZE], path[PATH_SIZE + 16];
    struct buf manifest;
    if (sha256(rows, digest))
        return tell("the rows", ERR_NOMEM);
    hex_encode(digest, sizeof(digest), hash);
    if (!make_folders(out, dataset_name(b->kind), hash, folder))
        return EXIT_TEMPORARY;
    buf_init(&manifest, MANIFEST_MAX);
    put_manifest(b, hash, count, rows.len, &manifest);
    snprintf(path, sizeof(path), "%s/rows.tsv", folder);
    bool good = write_file(path, rows);
    snprintf(path, sizeof(path), "%s/manifest.json", folder);
    good = good && !manifest.error && write_file(path, buf_slice(&manifest));
    buf_release(&manifest);
    if (good)
        printf("%s/rows.tsv: %zu rows of %zu people\n", folder, count, b->people - b->without_permission);
    return good ? EXIT_GOOD : EXIT_TEMPORARY;
}

static int build(struct building *b, const char *out)
{
    struct buf sorted;
    size_t rows = 0;
    int code = refuse_cluster(b);
    if (!code)
        code = take_everybody(b);
    if (!code)
        code = take_earlier(b);
    if (code)
        return code;
    buf_init(&sorted, DATASET_BYTES_MAX);
    enum error error = sort_rows(b, &sorted, &rows);
    if (error)
        code = tell("the rows", error);
    else if (!rows)
        code = tell("nobody taught anything yet", ERR_NOT_FOUND);
    else
        code = write_set(b, buf_slice(&sorted), rows, out);
    buf_release(&sorted);
    return code;
}

static int build_from(struct building *b, const struct config *config, const char *out)
{
    struct faults faults;
    struct secrets secrets;
    int code = EXIT_CONFIG;
    faults_init(&faults);
    if (secrets_read(config->state_dir, &secrets, &faults)) {
        faults_print(&faults, stderr);
        faults_release(&faults);
        return code;
    }
    faults_release(&faults);
    b->person_key = secrets_person_key(&secrets);
    b->arena = arena_new(ARENA_MAX);
    b->person = mem_alloc(sizeof(*b->person));
    buf_init(&b->rows, DATASET_BYTES_MAX);
    buf_init(&b->present, DATASET_BYTES_MAX);
    if (!b->arena || !b->person)
        code = tell("the start", ERR_NOMEM);
    else if ((b->redis = cli_redis_open(config, "dataset build", &code)))
        code = build(b, out);
    cli_redis_close(b->redis);
    mem_free((char *)b->earlier.ptr);
    buf_release(&b->present);
    buf_release(&b->rows);
    mem_free(b->person);
    arena_free(b->arena);
    return code;
}

static int run_build(const struct command *self, int argc, char **argv)
{
    const char *name = NULL, *config = NULL, *out = "var/datasets";
    struct building b = {0};
    const struct option_row options[] = {
        {"with", 0, "FILE", "an earlier rows.tsv, whose rows are kept where their people are still there", &b.with,
         NULL},
        {"out", 0, "DIR", "the folder that gets it (var/datasets)", &out, NULL},
        {"config", 'c', "FILE", "the configuration", &config, NULL},
        {0},
    };
    int code, count = cli_parse(self, options, argc, argv, &name, 1, &code);
    if (count < 0) {
        if (code == EXIT_GOOD)
            cli_put_prose(stdout, more_help);
        return code;
    }
    if (count != 1 || !dataset_kind(slice_of(name), &b.kind)) {
        fprintf(stderr, "chaski dataset build: name what it is for: ranker, growth, industry, stage, trainings\n");
        return EXIT_USAGE;
    }
    struct world *world = world_open_or_tell(config, 0, NULL);
    if (!world)
        return EXIT_CONFIG;
    code = build_from(&b, world->config, out);
    world_close(world);
    return code;
}

const struct command command_dataset_build = {"dataset build", "NAME [--with FILE] [--out DIR] [-c FILE]",
                                              "makes a data set of what use taught: answers, check-ins, trades, stages",
                                              run_build};

static bool read_rows(const char *path, struct slice *out)
{
    enum error error = cli_read_file(path, DATASET_BYTES_MAX, out);
    if (error)
        fprintf(stderr, "chaski dataset diff: %s cannot be read: %s\n", path,
                error == ERR_IO ? strerror(errno) : error_text(error));
    return !error;
}

static int tell_difference(struct slice before, struct slice after)
{
    struct dataset_difference d;
    enum error error = dataset_compare(before, after, &d);
    if (error) {
        fprintf(stderr, "chaski dataset diff: %s: give two rows.tsv of one NAME\n", error_text(error));
        return error == ERR_NOMEM ? EXIT_TEMPORARY : EXIT_DATA;
    }
    printf("rows\t%zu\t%zu\t%zu gone, %zu added, %zu changed\n", d.rows_before, d.rows_after, d.gone, d.added,
           d.changed);
    printf("people\t%zu\t%zu\t%zu gone, %zu added\n", d.people_before, d.people_after, d.people_gone, d.people_added);
    for (size_t i = 0; i < d.origin_count; i++)
        printf("origin %.*s\t%zu\t%zu\n", (int)d.origins[i].name.len, d.origins[i].name.ptr, d.origins[i].before,
               d.origins[i].after);
    return EXIT_GOOD;
}

static int run_diff(const struct command *self, int argc, char **argv)
{
    const char *words[2] = {NULL, NULL};
    const struct option_row options[] = {{0}};
    struct slice before = SLICE_NONE, after = SLICE_NONE;
    int code, count = cli_parse(self, options, argc, argv, words, 2, &code);
    if (count < 0)
        return code;
    if (count != 2) {
        fprintf(stderr, "chaski dataset diff: give two files, the earlier first\n");
        return EXIT_USAGE;
    }
    code = read_rows(words[0], &before) && read_rows(words[1], &after) ? tell_difference(before, after) : EXIT_DATA;
    mem_free((char *)before.ptr);
    mem_free((char *)after.ptr);
    return code;
}

const struct command command_dataset_diff = {"dataset diff", "BEFORE AFTER",
                                             "tells which rows and people two data sets do not share", run_diff};
