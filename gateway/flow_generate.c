#include "gateway/flow_generate.h"

#include <stdlib.h>
#include <string.h>

#include "base/mem.h"
#include "gateway/cli.h"
#include "gateway/script_cover.h"
#include "gateway/script_record.h"

#define PROVE_BYTES (128 * 1024 * 1024)

/* Writes how the flow is called from the folder of the file that is made. */
static bool path_between(const char *file, const char *flow, char out[SCRIPT_PATH_BYTES])
{
    char whole[SCRIPT_PATH_BYTES];
    size_t len = 0;
    if (file[0] == '/' || strstr(file, "..")) {
        char *resolved = realpath(flow, NULL);
        bool good = resolved && slice_copy(slice_of(resolved), whole, sizeof(whole));
        free(resolved);
        return good && slice_copy(slice_of(whole), out, SCRIPT_PATH_BYTES);
    }
    for (const char *at = file; (at = strchr(at, '/')) && flow[0] != '/' && len + 4 < SCRIPT_PATH_BYTES; at++) {
        memcpy(out + len, "../", 3);
        len += 3;
    }
    return slice_copy(slice_of(flow), out + len, SCRIPT_PATH_BYTES - len);
}

static void tell_found(const struct cover_wanted *wanted, const struct cover_found *found)
{
    struct buf name;
    for (uint32_t i = 0; i < wanted->edges->count; i++) {
        if (found->gone[i] || !cover_feasible(wanted, i))
            continue;
        struct edge_told told = edge_tell(wanted->edges, i);
        buf_init(&name, SCRIPT_BYTES);
        edge_put(wanted->edges, i, &name);
        printf("%s:%u:%u: not covered: %s\n", wanted->edges->flow->file, told.line, told.column, buf_text(&name));
        buf_release(&name);
    }
    printf("flow %s: %zu edges, %zu of them feasible, %zu covered, by %zu conversations of %zu steps (at least %zu "
           "would be needed)\n",
           wanted->edges->flow->name, found->edges, found->feasible, found->covered, found->talks, found->steps,
           found->least);
}

/* Finds the conversations. */
static enum error find(const struct script_desk *desk, const char *flow_path, bool quiet, struct buf *out)
{
    struct arena *arena = arena_new(COVER_ARENA_BYTES), *proving = arena_new(PROVE_BYTES);
    struct proof proof;
    struct cover_found found;
    struct cover_wanted wanted = {.flows = desk->flows, .engine = script_engine(desk), .edges = desk->edges};
    enum error error = arena && proving ? prove(desk->flows, desk->flow, proving, &proof) : ERR_NOMEM;
    wanted.proof = &proof;
    wanted.flow_path = flow_path;
    if (!error)
        error = script_cover(&wanted, arena, out, &found);
    if (!error && !quiet)
        tell_found(&wanted, &found);
    arena_free(proving);
    arena_free(arena);
    return error;
}

/* Plays a script as it was found, and records what comes. */
static enum error fill_in(const struct script_desk *desk, const struct script_file *file, struct script_record *record)
{
    struct script_player player;
    struct script_came *came = arena_alloc(file->arena, sizeof(*came));
    enum error error = came ? script_player_open(&player, desk->flows, script_engine(desk)) : ERR_NOMEM;
    if (error)
        return error;
    for (size_t i = 0; i < file->script.count && !error; i++) {
        const struct script_conversation *conversation = &file->script.conversations[i];
        error = script_begin(&player, conversation);
        for (size_t j = 0; j < conversation->step_count && !error; j++) {
            error = script_step(&player, &conversation->steps[j], came);
            if (!error)
                error =
                    script_record_step(record, &conversation->steps[j], came, script_next_line(&file->script, i, j));
        }
    }
    script_record_end(record);
    script_player_close(&player);
    return error ? error : record->out.error;
}

/* Hands over a buffer's bytes, in memory of their own. */
static enum error hand_over(struct buf *from, struct slice *out)
{
    char *bytes = mem_alloc(from->len + 1);
    if (!bytes)
        return ERR_NOMEM;
    memcpy(bytes, buf_text(from), from->len + 1);
    *out = (struct slice){bytes, from->len};
    return OK;
}

static int told(const char *command, const char *flow_path, enum error error)
{
    if (!error)
        return EXIT_GOOD;
    fprintf(stderr, "chaski %s: no conversations can be made for %s: %s\n", command, flow_path, error_text(error));
    return error == ERR_NOMEM ? EXIT_TEMPORARY : EXIT_DATA;
}

int flow_generate(struct script_desk *desk, const char *path, const char *flow_path, bool quiet, struct slice *out)
{
    char named[SCRIPT_PATH_BYTES];
    struct buf steps;
    struct script_file file;
    struct script_record record;
    struct slice bytes = SLICE_NONE;
    int code = script_desk_flow(desk, flow_path, desk->languages ? desk->languages : "");
    if (!code)
        code = script_desk_engine(desk);
    if (!code && !path_between(path, flow_path, named))
        code = told(desk->command, flow_path, ERR_LIMIT);
    if (code)
        return code;
    buf_init(&steps, SCRIPT_BYTES);
    enum error error = find(desk, named, quiet, &steps);
    if (!error)
        error = hand_over(&steps, &bytes);
    buf_release(&steps);
    if (error)
        return told(desk->command, flow_path, error);
    code = script_file_take(&file, desk->command, path, bytes);
    script_record_init(&record, bytes);
    if (!code)
        error = fill_in(desk, &file, &record);
    if (!code && !error)
        error = hand_over(&record.out, out);
    script_record_release(&record);
    script_file_close(&file);
    return code ? code : told(desk->command, flow_path, error);
}
