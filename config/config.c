#include "config/config.h"

#include <errno.h>
#include <stdarg.h>
#include <string.h>
#include <unistd.h>

#include "base/address.h"
#include "base/arena.h"
#include "base/yaml.h"
#include "config/secret.h"
#include "config/section.h"
#include "config/setting_value.h"
#include "config/settings.h"

#define ARENA_MAX ((size_t)128 * 1024 * 1024) /* bytes: far above what CONFIG_BYTES_MAX of YAML can need */

/* Reads a setting by name outside channels; the name must have a row. */
static const char *read_named(struct reading *r, const struct section *s, const char *name)
{
    return section_read(r, s, setting_find(s->scope, s->provider, slice_of(name)));
}

/* Gives the place of a value in a choice, from 0. */
static int choice_index(const struct setting_row *row, const char *value)
{
    struct slice rest = slice_of(row->choices), word;
    for (int i = 0; slice_cut(&rest, '|', &word); i++)
        if (slice_is(word, value))
            return i;
    return 0;
}

static int read_choice(struct reading *r, const struct section *s, const char *name)
{
    return choice_index(setting_find(s->scope, s->provider, slice_of(name)), read_named(r, s, name));
}

/* Splits "a,b" into an array ended by NULL. */
static const char **split_list(struct reading *r, const char *joined)
{
    struct slice rest = slice_of(joined), item;
    size_t count = 0;
    for (const char *c = joined; *c; c++)
        count += *c == ',';
    const char **items = arena_array(r->arena, count + 2, sizeof(*items));
    for (size_t i = 0; items && joined[0] && slice_cut(&rest, ',', &item); i++)
        if (!(items[i] = arena_copy(r->arena, item).ptr))
            items = NULL;
    if (!items)
        r->error = ERR_NOMEM;
    return items;
}

static void read_top(struct reading *r, const struct section *top)
{
    struct config *config = r->config;
    uint64_t workers = 0;
    double cap = 0, hold = 0;
    config->listen = read_named(r, top, "listen");
    config->allow_direct = strcmp(read_named(r, top, "allow_direct"), "true") == 0;
    config->public_url = read_named(r, top, "public_url");
    config->trusted_proxies = split_list(r, read_named(r, top, "trusted_proxies"));
    slice_u64(slice_of(read_named(r, top, "workers")), INT32_MAX, &workers);
    config->workers = (int)workers;
    config->state_dir = read_named(r, top, "state_dir");
    config->log = (enum config_log)read_choice(r, top, "log");
    setting_value_hours(slice_of(read_named(r, top, "bulk_hours")), &config->bulk_from_min, &config->bulk_to_min);
    config->bulk_days = (enum config_days)read_choice(r, top, "bulk_days");
    setting_value_decimal(slice_of(read_named(r, top, "monthly_cap")), &cap);
    config->monthly_cap = (int)cap;
    config->notice_sender = read_named(r, top, "notice_sender");
    config->notice_leave = read_named(r, top, "notice_leave");
    config->currency = read_named(r, top, "currency");
    setting_value_decimal(slice_of(read_named(r, top, "broadcast_hold")), &hold);
    config->broadcast_hold_s = (int)hold;
    config->flows = read_named(r, top, "flows");
    config->languages = split_list(r, read_named(r, top, "languages"));
    config->unreviewed_languages = strcmp(read_named(r, top, "unreviewed_languages"), "allow") == 0;
    config->catalogue = read_named(r, top, "catalogue");
    config->models = read_named(r, top, "models");
    config->models_promote = strcmp(read_named(r, top, "models_promote"), "better") == 0;
}

const struct yaml_pair *top_map(struct reading *r, const char *name, const char *remedy)
{
    const struct yaml_pair *pair = map_find(r->tree, slice_of(name));
    if (!pair || pair->value->kind == YAML_MAP)
        return pair;
    yaml_fault(r->faults, r->file, pair->value, "%s must be a map: %s", name, remedy);
    return NULL;
}

static void read_redis(struct reading *r)
{
    const struct yaml_pair *pair = top_map(r, "redis", "write `redis:` and below it, indented, `url: embedded`");
    struct section redis = {.scope = SCOPE_REDIS, .map = pair ? pair->value : NULL, .at = pair ? pair->key : r->tree};
    section_check_keys(r, &redis);
    r->config->redis_url = read_named(r, &redis, "url");
    r->config->durability = (enum durability)read_choice(r, &redis, "durability");
}

static void read_webhooks(struct reading *r)
{
    const struct yaml_pair *pair = top_map(r, "webhooks", "write `webhooks:` and below it, indented, `allow: [HOST]`");
    const struct section webhooks = {
        .scope = SCOPE_WEBHOOKS, .map = pair ? pair->value : NULL, .at = pair ? pair->key : r->tree};
    double give_up = 0, disable = 0;
    section_check_keys(r, &webhooks);
    r->config->webhook_allow = split_list(r, read_named(r, &webhooks, "allow"));
    setting_value_decimal(slice_of(read_named(r, &webhooks, "give_up")), &give_up);
    setting_value_decimal(slice_of(read_named(r, &webhooks, "disable_after")), &disable);
    r->config->webhook_give_up_s = (int)give_up;
    r->config->webhook_disable_s = (int)disable;
}

static void check_listen(struct reading *r)
{
    struct listen_address listen;
    if (r->config->allow_direct || !listen_address_parse(slice_of(r->config->listen), &listen))
        return;
    if (!listen.unix_path[0] && !address_is_loopback(&listen.ip))
        yaml_fault(r->faults, r->file, yaml_get(r->tree, "listen"),
                   "listen is %s, which other machines reach: listen on 127.0.0.1 behind a proxy, or set "
                   "allow_direct: "
                   "true",
                   r->config->listen);
}

/* Puts the faults from `first` on into the order of the file. They are few, mostly sorted, and equal places
 * keep their order. */
static void sort_faults(struct faults *faults, size_t first)
{
    for (size_t i = first + 1; i < faults->count; i++) {
        struct fault moving = faults->items[i];
        size_t at = i;
        for (; at > first; at--) {
            const struct fault *before = &faults->items[at - 1];
            if (before->line < moving.line || (before->line == moving.line && before->column <= moving.column))
                break;
            faults->items[at] = *before;
        }
        faults->items[at] = moving;
    }
}

/* Reads the file's bytes as a tree. Returns an error after a fault. */
static enum error read_tree(struct reading *r)
{
    struct slice bytes;
    struct yaml_node *tree = NULL;
    enum error error = file_read(r->file, CONFIG_BYTES_MAX, r->arena, &bytes, NULL);
    if (error) {
        faults_add(r->faults, r->file, 0, 0,
                   "the configuration cannot be read (%s): name a readable file of at most 1 MiB with -c FILE or "
                   "CHASKI_CONFIG",
                   error == ERR_VALUE ? "not a regular file"
                   : error == ERR_IO  ? strerror(errno)
                                      : error_text(error));
        return error;
    }
    error = yaml_parse(r->file, bytes, r->arena, r->faults, &tree);
    if (error)
        return error;
    if (!tree || tree->kind != YAML_MAP) {
        faults_add(r->faults, r->file, 1, 1,
                   "the file has no settings: write `channels:` first; `chaski check --sample` shows every setting");
        return ERR_VALUE;
    }
    r->tree = tree;
    return OK;
}

static void read_all(struct reading *r)
{
    struct section top = {.scope = SCOPE_TOP, .map = r->tree, .at = r->tree};
    section_check_keys(r, &top);
    read_top(r, &top);
    read_redis(r);
    read_webhooks(r);
    channels_read(r);
    check_listen(r);
}

struct config *config_read(const char *path, config_env *env, struct faults *faults)
{
    size_t first = faults->count, found = faults->total;
    struct reading r = {.file = path, .env = env, .arena = arena_new(ARENA_MAX), .faults = faults};
    r.config = r.arena ? arena_alloc(r.arena, sizeof(*r.config)) : NULL;
    if (r.config && !read_tree(&r)) {
        *r.config = (struct config){.file = arena_printf(r.arena, "%s", path), .arena = r.arena, .tree = r.tree};
        read_all(&r);
    }
    if (!r.config || r.error || (r.tree && !r.config->file))
        faults_add(faults, path, 0, 0, "out of memory");
    sort_faults(faults, first);
    if (faults->total == found && r.tree)
        return r.config;
    if (faults->total == found)
        faults_add(faults, path, 0, 0, "out of memory");
    arena_free(r.arena);
    return NULL;
}

void config_free(struct config *config)
{
    if (config)
        arena_free(config->arena);
}

const char *config_path(const char *given, config_env *env)
{
    static const char local[] = "config/chaski.yaml", system_wide[] = "/etc/chaski/chaski.yaml";
    const char *named = env ? env("CHASKI_CONFIG") : NULL;
    if (given)
        return given;
    if (named && named[0])
        return named;
    return access(local, F_OK) == 0 ? local : system_wide;
}

const char *config_setting(const struct config_channel *channel, const char *name)
{
    for (size_t i = 0; i < channel->setting_count; i++)
        if (strcmp(channel->settings[i].name, name) == 0)
            return channel->settings[i].value;
    return "";
}

void config_fault(const struct config *config, struct faults *faults, const char *setting, const char *format, ...)
{
    char text[1024];
    va_list args;
    struct slice rest = slice_of(setting), name;
    const struct yaml_node *map = config->tree, *at = config->tree;
    va_start(args, format);
    vsnprintf(text, sizeof(text), format, args);
    va_end(args);
    while (slice_cut(&rest, '.', &name)) {
        const struct yaml_pair *pair = map_find(map, name);
        if (!pair)
            break;
        at = pair->value->kind == YAML_MAP ? pair->key : pair->value;
        map = pair->value;
    }
    yaml_fault(faults, config->file, at, "%s", text);
}
