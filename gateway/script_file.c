#include "gateway/script_file.h"

#include <string.h>

#include "base/mem.h"
#include "gateway/cli.h"

#define DESK_ARENA_BYTES (4 * 1024 * 1024)

int script_file_take(struct script_file *file, const char *command, const char *path, struct slice bytes)
{
    struct faults faults;
    *file = (struct script_file){.bytes = bytes, .arena = arena_new(SCRIPT_ARENA_BYTES)};
    if (!file->arena)
        return EXIT_TEMPORARY;
    faults_init(&faults);
    enum error error = script_read(path, bytes, file->arena, &faults, &file->script);
    faults_print(&faults, stderr);
    if (error && !faults.total)
        fprintf(stderr, "chaski %s: %s: %s\n", command, path, error_text(error));
    faults_release(&faults);
    return error == ERR_NOMEM ? EXIT_TEMPORARY : error ? EXIT_DATA : EXIT_GOOD;
}

int script_file_open(struct script_file *file, const char *command, const char *path)
{
    struct slice bytes;
    enum error error = cli_read_file(path, SCRIPT_BYTES, &bytes);
    *file = (struct script_file){.arena = NULL};
    if (!error)
        return script_file_take(file, command, path, bytes);
    fprintf(stderr, "chaski %s: %s cannot be read (%s): see that it is a file of at most %d bytes\n", command, path,
            error_text(error), SCRIPT_BYTES);
    return error == ERR_NOMEM ? EXIT_TEMPORARY : EXIT_DATA;
}

void script_file_close(struct script_file *file)
{
    arena_free(file->arena);
    mem_free((char *)file->bytes.ptr);
    *file = (struct script_file){.arena = NULL};
}

static void put_flow_away(struct script_desk *desk)
{
    flow_file_release(&desk->file);
    arena_free(desk->arena);
    memset(&desk->file, 0, sizeof(desk->file));
    desk->arena = NULL;
    desk->flows = NULL;
    desk->flow = NULL;
    desk->edges = NULL;
}

static int number_edges(struct script_desk *desk)
{
    desk->flow = flows_find(desk->flows, "", "");
    desk->arena = arena_new(DESK_ARENA_BYTES);
    desk->edges = desk->arena && desk->flow ? edges_of(desk->flow, desk->arena) : NULL;
    desk->gone = desk->edges ? arena_array(desk->arena, desk->edges->count + 1, sizeof(bool)) : NULL;
    desk->trail = (struct trail){.edges = desk->edges};
    if (desk->gone)
        return EXIT_GOOD;
    put_flow_away(desk);
    return EXIT_TEMPORARY;
}

static int load(struct script_desk *desk, const char *path)
{
    enum error error = flow_file_load(&desk->file, path, desk->flow_langs[0] ? desk->flow_langs : NULL, NULL, NULL);
    if (error)
        fprintf(stderr, "chaski %s: %s cannot be read (%s): see that it is a flow of at most %d bytes\n", desk->command,
                path, error_text(error), FLOW_FILE_BYTES);
    else if (!desk->file.good)
        faults_print(&desk->file.faults, stderr);
    desk->flows = error || !desk->file.good ? NULL : desk->file.flows;
    if (desk->flows)
        return number_edges(desk);
    put_flow_away(desk);
    return error == ERR_NOMEM ? EXIT_TEMPORARY : EXIT_DATA;
}

int script_desk_flow(struct script_desk *desk, const char *path, const char *languages)
{
    if (desk->flows && strcmp(desk->flow_path, path) == 0 && strcmp(desk->flow_langs, languages) == 0)
        return EXIT_GOOD;
    put_flow_away(desk);
    if (!slice_copy(slice_of(languages), desk->flow_langs, sizeof(desk->flow_langs)))
        return EXIT_DATA;
    if (!slice_copy(slice_of(path), desk->flow_path, sizeof(desk->flow_path)))
        return EXIT_DATA;
    if (path[0])
        return load(desk, path);
    if (!desk->flow_world)
        desk->flow_world = world_open_or_tell(desk->config_file, WORLD_FLOWS, NULL);
    if (!desk->flow_world)
        return EXIT_CONFIG;
    desk->flows = desk->flow_world->mind.flows;
    return number_edges(desk);
}

int script_desk_engine(struct script_desk *desk)
{
    if (desk->engine_world && strcmp(desk->engine_langs, desk->flow_langs) != 0) {
        world_close(desk->engine_world);
        desk->engine_world = NULL;
    }
    memcpy(desk->engine_langs, desk->flow_langs, sizeof(desk->engine_langs));
    if (!desk->engine_world)
        desk->engine_world =
            world_open_or_tell(desk->config_file, WORLD_ENGINE, desk->flow_langs[0] ? desk->flow_langs : NULL);
    return desk->engine_world ? EXIT_GOOD : EXIT_CONFIG;
}

/* Writes the path of the flow that a script names: from its own folder on. */
static bool path_of(const struct script *script, char out[SCRIPT_PATH_BYTES])
{
    const char *slash = strrchr(script->file, '/');
    size_t folder = slash && script->flow.len && script->flow.ptr[0] != '/' ? (size_t)(slash - script->file) + 1 : 0;
    if (folder + script->flow.len >= SCRIPT_PATH_BYTES)
        return false;
    memcpy(out, script->file, folder);
    memcpy(out + folder, script->flow.len ? script->flow.ptr : "", script->flow.len);
    out[folder + script->flow.len] = '\0';
    return true;
}

static bool pinned(const struct advice *advice)
{
    return advice && advice->kind != NEED_NOTHING;
}

/* Tells whether some conversation leaves it to the engine what it finds, or a trade's name. */
static bool needs_engine(const struct script *script)
{
    for (size_t i = 0; i < script->count; i++) {
        const struct script_pins *pins = &script->conversations[i].pins;
        if (!pinned(pins->industry) || !pinned(pins->profile) || !pinned(pins->resources))
            return true;
        if (pins->industry->label_count && !pins->industry->labels[0].name[0])
            return true;
    }
    return false;
}

int script_desk_for(struct script_desk *desk, const struct script *script)
{
    char path[SCRIPT_PATH_BYTES];
    if (desk->flow_file ? !slice_copy(slice_of(desk->flow_file), path, sizeof(path)) : !path_of(script, path)) {
        fprintf(stderr, "chaski %s: %s: the path of its flow is too long\n", desk->command, script->file);
        return EXIT_DATA;
    }
    int code = script_desk_flow(desk, path, desk->languages ? desk->languages : script->languages);
    return code || !needs_engine(script) ? code : script_desk_engine(desk);
}

const struct engine *script_engine(const struct script_desk *desk)
{
    return desk->engine_world ? desk->engine_world->mind.engine : NULL;
}

void script_desk_note(struct script_desk *desk)
{
    for (size_t i = 0; i < desk->trail.count; i++)
        desk->gone[desk->trail.taken[i]] = true;
    desk->trail.count = 0;
}

size_t script_desk_gone(const struct script_desk *desk)
{
    size_t count = 0;
    for (uint32_t i = 0; desk->edges && i < desk->edges->count; i++)
        count += desk->gone[i];
    return count;
}

void script_desk_close(struct script_desk *desk)
{
    put_flow_away(desk);
    world_close(desk->engine_world);
    world_close(desk->flow_world);
}
