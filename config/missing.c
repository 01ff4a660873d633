/* Which generated secrets are not there yet: the half of a first start that looks, and makes nothing. */
#include <errno.h>
#include <string.h>
#include <sys/stat.h>

#include "base/yaml.h"
#include "config/config.h"
#include "config/secret.h"
#include "config/settings.h"

#define ARENA_MAX ((size_t)128 * 1024 * 1024) /* bytes */

struct walk {
    config_env *env;
    config_missing *missing;
    void *ctx;
    struct arena *arena;
    struct slice state_dir; /* without a slash at the end */
};

/* Tells whether the path is STATE_DIR/secrets/NAME, by its letters. */
static bool is_ours(const struct walk *w, struct slice path)
{
    static const char folder[] = "/secrets/";
    size_t prefix = w->state_dir.len + strlen(folder);
    struct slice name = slice_part(path, prefix, path.len);
    return path.len > prefix && slice_eq(slice_part(path, 0, w->state_dir.len), w->state_dir) &&
           slice_starts(slice_part(path, w->state_dir.len, path.len), folder) && slice_find(name, '/') == name.len &&
           name.ptr[0] != '.';
}

static bool exists(const char *path)
{
    struct stat status;
    return lstat(path, &status) == 0 || errno != ENOENT;
}

/* Looks at one section's `x_file` settings. */
static enum error walk_section(const struct walk *w, const struct yaml_node *map, enum setting_scope scope,
                               unsigned provider, const char *channel)
{
    for (const struct setting_row *row = setting_rows; row->name; row++) {
        if (row->type != SETTING_SECRET || !setting_belongs(row, scope, provider))
            continue;
        const char *key = arena_printf(w->arena, "%s_file", row->name);
        const char *variable = secret_variable(w->arena, channel, row->name);
        if (!key || !variable)
            return ERR_NOMEM;
        const struct yaml_node *path = yaml_get(map, key);
        if (!path || path->kind != YAML_SCALAR || !is_ours(w, path->text) || exists(path->text.ptr) ||
            secret_from_environment(w->env, w->arena, channel, row->name))
            continue;
        enum error error = w->missing(w->ctx, path->text.ptr, variable);
        if (error)
            return error;
    }
    return OK;
}

static enum error walk_channels(const struct walk *w, const struct yaml_node *channels)
{
    enum error error = OK;
    for (size_t i = 0; channels && channels->kind == YAML_MAP && i < channels->count && !error; i++) {
        const struct yaml_pair *pair = &channels->pairs[i];
        const struct yaml_node *name = yaml_get(pair->value, "provider");
        const struct provider_row *provider = name ? provider_find(name->text) : NULL;
        if (provider)
            error = walk_section(w, pair->value, SCOPE_CHANNEL, provider->bit, pair->key->text.ptr);
    }
    return error;
}

static struct slice state_dir_of(const struct yaml_node *tree)
{
    const struct yaml_node *node = yaml_get(tree, "state_dir");
    struct slice dir = node ? node->text : slice_of(setting_find(SCOPE_TOP, 0, SLICE("state_dir"))->fallback);
    while (dir.len > 1 && dir.ptr[dir.len - 1] == '/')
        dir.len--;
    return dir;
}

enum error config_missing_secrets(const char *path, config_env *env, config_missing *missing, void *ctx)
{
    struct walk w = {.env = env, .missing = missing, .ctx = ctx, .arena = arena_new(ARENA_MAX)};
    struct yaml_node *tree = NULL;
    struct slice bytes;
    struct faults ignored;
    if (!w.arena)
        return ERR_NOMEM;
    faults_init(&ignored);
    enum error error = file_read(path, CONFIG_BYTES_MAX, w.arena, &bytes, NULL);
    if (!error)
        error = yaml_parse(path, bytes, w.arena, &ignored, &tree);
    if (!error) {
        w.state_dir = state_dir_of(tree);
        error = walk_section(&w, yaml_get(tree, "redis"), SCOPE_REDIS, 0, NULL);
        if (!error)
            error = walk_channels(&w, yaml_get(tree, "channels"));
    } else if (error != ERR_NOMEM) {
        error = OK;
    }
    faults_release(&ignored);
    arena_free(w.arena);
    return error;
}
