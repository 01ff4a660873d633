#include "config/config.h"

#include <stdarg.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/address.h"
#include "base/arena.h"
#include "base/suggest.h"
#include "base/yaml.h"
#include "config/secret.h"
#include "config/settings.h"
#include "config/value.h"

#define ARENA_MAX ((size_t)128 * 1024 * 1024) /* bytes: far above what CONFIG_BYTES_MAX of YAML can need */
#define WORDS_MAX 64

/* One reading of one file. */
struct reading {
    const char *file;
    config_env *env;
    struct arena *arena;
    struct faults *faults;
    const struct yaml_node *tree;
    struct config *config;
    enum error error; /* ERR_NOMEM sticks; everything else is a fault */
};

/* One map of settings in the file. */
struct section {
    enum setting_scope scope;
    unsigned provider;           /* a provider_bit; 0 outside channels */
    const char *channel;         /* its name; NULL outside channels */
    const struct yaml_node *map; /* NULL where it is not in the file */
    const struct yaml_node *at;  /* where to say that something is missing */
};

/* Says where a section is, as the subject of a sentence. */
static const char *section_name(struct reading *r, const struct section *s)
{
    if (s->scope == SCOPE_TOP)
        return "the top level";
    if (s->scope == SCOPE_REDIS)
        return "redis";
    const char *name = arena_printf(r->arena, "channel %s", s->channel);
    return name ? name : "the channel";
}

static const struct yaml_pair *find_pair(const struct yaml_node *map, struct slice key)
{
    for (size_t i = 0; map && map->kind == YAML_MAP && i < map->count; i++)
        if (slice_eq(map->pairs[i].key->text, key))
            return &map->pairs[i];
    return NULL;
}

/* Known words of one section, for "did you mean". */
struct words {
    const char *items[WORDS_MAX + 1]; /* ended by NULL */
    size_t count;
};

static void add_word(struct words *words, const char *word)
{
    if (word && words->count < WORDS_MAX)
        words->items[words->count++] = word;
}

static void known_words(struct reading *r, const struct section *s, struct words *out)
{
    *out = (struct words){.count = 0};
    for (const struct setting_row *row = setting_rows; row->name; row++) {
        if (!setting_belongs(row, s->scope, s->provider))
            continue;
        add_word(out, row->name);
        if (row->type == SETTING_SECRET)
            add_word(out, arena_printf(r->arena, "%s_file", row->name));
    }
    add_word(out, s->scope == SCOPE_CHANNEL ? "provider" : NULL);
    add_word(out, s->scope == SCOPE_TOP ? "redis" : NULL);
    add_word(out, s->scope == SCOPE_TOP ? "channels" : NULL);
}

static const char *provider_name(unsigned bit)
{
    const struct provider_row *row = provider_rows;
    while (row->name && !(row->bit & bit))
        row++;
    return row->name;
}

/* Finds a row of that name in another section; NULL when there is none. */
static const struct setting_row *find_elsewhere(const struct section *s, struct slice key)
{
    for (const struct setting_row *row = setting_rows; row->name; row++)
        if (slice_is(key, row->name) && !setting_belongs(row, s->scope, s->provider))
            return row;
    return NULL;
}

static void fault_of_key(struct reading *r, const struct section *s, const struct yaml_node *key,
                         const struct words *words)
{
    char shown[VALUE_SHOWN];
    const char *near = suggest(key->text, words->items);
    const struct setting_row *row = find_elsewhere(s, key->text);
    value_show(key->text, shown);
    if (row && row->scope == SCOPE_CHANNEL && s->scope == SCOPE_CHANNEL)
        yaml_fault(r->faults, r->file, key,
                   "%s is a setting of %s, and %s is of %s: remove it, or change the provider", row->name,
                   provider_name(row->providers), section_name(r, s), provider_name(s->provider));
    else if (row && !near)
        yaml_fault(r->faults, r->file, key, "%s is no setting of %s: it belongs %s", row->name,
                   section_name(r, s),
                   row->scope == SCOPE_TOP     ? "at the top level"
                   : row->scope == SCOPE_REDIS ? "below redis:"
                                               : "into a channel");
    else if (near)
        yaml_fault(r->faults, r->file, key, "%s has no setting \"%s\"; did you mean \"%s\"?",
                   section_name(r, s), shown, near);
    else
        yaml_fault(r->faults, r->file, key,
                   "%s has no setting \"%s\": remove it (`chaski check --sample` shows every setting)",
                   section_name(r, s), shown);
}

/* Refuses keys that are no setting of the section. */
static void check_keys(struct reading *r, const struct section *s)
{
    struct words words;
    known_words(r, s, &words);
    for (size_t i = 0; s->map && i < s->map->count; i++) {
        const struct yaml_node *key = s->map->pairs[i].key;
        bool known = false;
        for (size_t w = 0; w < words.count && !known; w++)
            known = slice_is(key->text, words.items[w]);
        if (!known)
            fault_of_key(r, s, key, &words);
    }
}

/* Reads a node as a row's value. Returns "" after a fault, so that reading can go on. */
static const char *read_node(struct reading *r, const struct setting_row *row, const struct yaml_node *node)
{
    size_t found = r->faults->total;
    const char *value = value_read(row, node, r->file, r->arena, r->faults);
    if (!value && r->faults->total == found)
        r->error = ERR_NOMEM;
    return value ? value : "";
}

static const char *read_secret_file(struct reading *r, const char *name, const struct yaml_node *node)
{
    const struct setting_row row = {.name = name, .type = SETTING_PATH};
    size_t found = r->faults->total;
    const char *secret =
        read_node(r, &row, node)[0] ? secret_from_file(node, r->file, r->arena, r->faults) : NULL;
    if (!secret && r->faults->total == found)
        r->error = ERR_NOMEM;
    return secret ? secret : "";
}

static const char *absent(struct reading *r, const struct section *s, const struct setting_row *row)
{
    if (!row->required || (row->instead && yaml_get(s->map, row->instead)))
        return row->fallback ? row->fallback : "";
    if (row->type == SETTING_SECRET) {
        const char *variable = secret_variable(r->arena, s->channel, row->name);
        yaml_fault(r->faults, r->file, s->at,
                   "%s has no %s: write %s or %s_file, or set %s in the environment", section_name(r, s),
                   row->name, row->name, row->name, variable ? variable : "its variable");
    } else {
        yaml_fault(r->faults, r->file, s->at, "%s has no %s: write it%s%s (%s)", section_name(r, s),
                   row->name, row->instead ? " or " : "", row->instead ? row->instead : "", row->sentence);
    }
    return "";
}

static const char *read_secret(struct reading *r, const struct section *s, const struct setting_row *row)
{
    const char *file_name = arena_printf(r->arena, "%s_file", row->name);
    const char *given = secret_from_environment(r->env, r->arena, s->channel, row->name);
    if (!file_name) {
        r->error = ERR_NOMEM;
        return "";
    }
    const struct yaml_node *plain = yaml_get(s->map, row->name), *file = yaml_get(s->map, file_name);
    if (plain && file)
        yaml_fault(r->faults, r->file, file, "%s and %s are both given: keep one of them", row->name,
                   file_name);
    if (given && !value_is_secret(slice_of(given)))
        yaml_fault(
            r->faults, r->file, s->at,
            "%s in the environment has control characters or is above 4096 bytes: set it to the secret alone",
            secret_variable(r->arena, s->channel, row->name));
    if (given)
        return given;
    if (plain)
        return read_node(r, row, plain);
    return file ? read_secret_file(r, file_name, file) : absent(r, s, row);
}

static const char *read_setting(struct reading *r, const struct section *s, const struct setting_row *row)
{
    const struct yaml_node *node = yaml_get(s->map, row->name);
    if (row->type == SETTING_SECRET)
        return read_secret(r, s, row);
    return node ? read_node(r, row, node) : absent(r, s, row);
}

/* Reads a setting by name outside channels; the name must have a row. */
static const char *read_named(struct reading *r, const struct section *s, const char *name)
{
    return read_setting(r, s, setting_find(s->scope, s->provider, slice_of(name)));
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
    config->listen = read_named(r, top, "listen");
    config->allow_direct = strcmp(read_named(r, top, "allow_direct"), "true") == 0;
    config->public_url = read_named(r, top, "public_url");
    config->trusted_proxies = split_list(r, read_named(r, top, "trusted_proxies"));
    slice_u64(slice_of(read_named(r, top, "workers")), INT32_MAX, &workers);
    config->workers = (int)workers;
    config->state_dir = read_named(r, top, "state_dir");
    config->log = (enum config_log)read_choice(r, top, "log");
    config->flows = read_named(r, top, "flows");
    config->catalogue = read_named(r, top, "catalogue");
    config->models = read_named(r, top, "models");
}

/* Finds a map at the top level. Returns NULL when it is not there, or is not a map (then with a fault). */
static const struct yaml_pair *find_map(struct reading *r, const char *name, const char *remedy)
{
    const struct yaml_pair *pair = find_pair(r->tree, slice_of(name));
    if (!pair || pair->value->kind == YAML_MAP)
        return pair;
    yaml_fault(r->faults, r->file, pair->value, "%s must be a map: %s", name, remedy);
    return NULL;
}

static void read_redis(struct reading *r)
{
    const struct yaml_pair *pair =
        find_map(r, "redis", "write `redis:` and below it, indented, `url: embedded`");
    struct section redis = {
        .scope = SCOPE_REDIS, .map = pair ? pair->value : NULL, .at = pair ? pair->key : r->tree};
    check_keys(r, &redis);
    r->config->redis_url = read_named(r, &redis, "url");
    r->config->durability = (enum durability)read_choice(r, &redis, "durability");
}

/* Appends the providers of this version, separated by commas. */
static const char *providers_here(struct reading *r)
{
    const char *list = "";
    for (const struct provider_row *row = provider_rows; row->name && list; row++)
        if (row->bit)
            list = arena_printf(r->arena, "%s%s%s", list, list[0] ? ", " : "", row->name);
    return list ? list : "others";
}

static const char *suggest_provider(struct slice word)
{
    struct words words = {.count = 0};
    for (const struct provider_row *row = provider_rows; row->name; row++)
        add_word(&words, row->bit ? row->name : NULL);
    return suggest(word, words.items);
}

/* Finds the channel's provider among those of this version. Returns NULL after a fault. */
static const struct provider_row *read_provider(struct reading *r, const struct yaml_pair *pair)
{
    const struct yaml_node *node = yaml_get(pair->value, "provider");
    char shown[VALUE_SHOWN];
    if (!node || node->kind != YAML_SCALAR || node->text.len == 0) {
        yaml_fault(r->faults, r->file, node ? node : pair->key,
                   "channel %s has no provider: write provider: and one of %s", pair->key->text.ptr,
                   providers_here(r));
        return NULL;
    }
    const struct provider_row *row = provider_find(node->text);
    if (row && row->bit)
        return row;
    const char *near = row ? NULL : suggest_provider(node->text);
    value_show(node->text, shown);
    if (row)
        yaml_fault(r->faults, r->file, node,
                   "provider %s is not in this version; it has %s: choose one of them", shown,
                   providers_here(r));
    else if (near)
        yaml_fault(r->faults, r->file, node, "there is no provider \"%s\"; did you mean \"%s\"?", shown,
                   near);
    else
        yaml_fault(r->faults, r->file, node, "there is no provider \"%s\": this version has %s", shown,
                   providers_here(r));
    return NULL;
}

static bool is_channel_name(struct slice name)
{
    for (size_t i = 0; i < name.len; i++) {
        char c = name.ptr[i];
        if (!((c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') || c == '-' ||
              c == '_'))
            return false;
    }
    return name.len > 0 && name.len < CONFIG_CHANNEL_NAME;
}

/* Reads every setting that the provider has, in the table's order. */
static void read_channel_settings(struct reading *r, const struct section *s, struct config_channel *channel)
{
    for (const struct setting_row *row = setting_rows; row->name; row++) {
        if (!setting_belongs(row, SCOPE_CHANNEL, s->provider) ||
            channel->setting_count == CONFIG_SETTINGS_MAX)
            continue;
        channel->settings[channel->setting_count++] =
            (struct config_setting){row->name, read_setting(r, s, row), row->type == SETTING_SECRET};
    }
    value_decimal(slice_of(config_setting(channel, "rate")), &channel->rate);
}

/* Refuses a simulator where other machines could reach it. */
static void check_simulator(struct reading *r, const struct section *s, const struct config_channel *channel)
{
    struct listen_address listen;
    if (s->provider == ON_SIMULATOR && listen_address_parse(slice_of(r->config->listen), &listen) &&
        !listen.unix_path[0] && !address_is_loopback(&listen.ip))
        yaml_fault(r->faults, r->file, s->at,
                   "channel %s is a simulator, which trusts everybody, and listen is %s: remove the channel, "
                   "or listen "
                   "on 127.0.0.1 or a unix socket",
                   channel->name, r->config->listen);
}

/* Refuses a name that differs from an earlier one only where the environment's variables do not. */
static void check_variable(struct reading *r, const struct yaml_node *key)
{
    const char *own = secret_variable(r->arena, key->text.ptr, "");
    for (size_t i = 0; own && i < r->config->channel_count; i++) {
        const char *other = secret_variable(r->arena, r->config->channels[i].name, "");
        if (other && strcmp(own, other) == 0)
            yaml_fault(r->faults, r->file, key,
                       "channel %s and channel %s have the same variables (%s…): rename one", key->text.ptr,
                       r->config->channels[i].name, own);
    }
}

static void read_channel(struct reading *r, const struct yaml_pair *pair)
{
    struct config *config = r->config;
    char shown[VALUE_SHOWN];
    value_show(pair->key->text, shown);
    if (!is_channel_name(pair->key->text)) {
        yaml_fault(r->faults, r->file, pair->key,
                   "the channel's name \"%s\" is part of a path: it must be 1 to 32 letters, digits, - and _",
                   shown);
        return;
    }
    if (pair->value->kind != YAML_MAP) {
        yaml_fault(r->faults, r->file, pair->key,
                   "channel %s has no settings: write `provider: …` below it, indented", shown);
        return;
    }
    const struct provider_row *provider = read_provider(r, pair);
    if (!provider)
        return;
    if (config->channel_count == CONFIG_CHANNELS_MAX) {
        yaml_fault(r->faults, r->file, pair->key, "too many channels: at most %d are taken",
                   CONFIG_CHANNELS_MAX);
        return;
    }
    check_variable(r, pair->key);
    struct section section = {SCOPE_CHANNEL, provider->bit, pair->key->text.ptr, pair->value, pair->key};
    struct config_channel *channel = &config->channels[config->channel_count++];
    *channel = (struct config_channel){
        .name = pair->key->text.ptr,
        .provider = provider->name,
        .line = pair->key->line,
        .column = pair->key->column,
    };
    check_keys(r, &section);
    read_channel_settings(r, &section, channel);
    check_simulator(r, &section, channel);
}

static void read_channels(struct reading *r)
{
    const char *remedy = "write `channels:` and below it, indented, `sms: {provider: twilio, …}`";
    const struct yaml_pair *pair = find_map(r, "channels", remedy);
    if (!find_pair(r->tree, SLICE("channels")) || (pair && pair->value->count == 0))
        yaml_fault(r->faults, r->file, pair ? pair->key : r->tree, "there are no channels: %s", remedy);
    for (size_t i = 0; pair && i < pair->value->count; i++)
        read_channel(r, &pair->value->pairs[i]);
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
            if (before->line < moving.line ||
                (before->line == moving.line && before->column <= moving.column))
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
        faults_add(
            r->faults, r->file, 0, 0,
            "the configuration cannot be read (%s): name a readable file of at most 1 MiB with -c FILE or "
            "CHASKI_CONFIG",
            error_text(error));
        return error;
    }
    error = yaml_parse(r->file, bytes, r->arena, r->faults, &tree);
    if (error)
        return error;
    if (!tree || tree->kind != YAML_MAP) {
        faults_add(
            r->faults, r->file, 1, 1,
            "the file has no settings: write `channels:` first; `chaski check --sample` shows every setting");
        return ERR_VALUE;
    }
    r->tree = tree;
    return OK;
}

static void read_all(struct reading *r)
{
    struct section top = {.scope = SCOPE_TOP, .map = r->tree, .at = r->tree};
    check_keys(r, &top);
    read_top(r, &top);
    read_redis(r);
    read_channels(r);
    check_listen(r);
}

struct config *config_read(const char *path, config_env *env, struct faults *faults)
{
    size_t first = faults->count, found = faults->total;
    struct reading r = {.file = path, .env = env, .arena = arena_new(ARENA_MAX), .faults = faults};
    r.config = r.arena ? arena_alloc(r.arena, sizeof(*r.config)) : NULL;
    if (r.config && !read_tree(&r)) {
        *r.config =
            (struct config){.file = arena_printf(r.arena, "%s", path), .arena = r.arena, .tree = r.tree};
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

void config_fault(const struct config *config, struct faults *faults, const char *setting, const char *format,
                  ...)
{
    char text[1024];
    va_list args;
    struct slice rest = slice_of(setting), name;
    const struct yaml_node *map = config->tree, *at = config->tree;
    va_start(args, format);
    vsnprintf(text, sizeof(text), format, args);
    va_end(args);
    while (slice_cut(&rest, '.', &name)) {
        const struct yaml_pair *pair = find_pair(map, name);
        if (!pair)
            break;
        at = pair->value->kind == YAML_MAP ? pair->key : pair->value;
        map = pair->value;
    }
    yaml_fault(faults, config->file, at, "%s", text);
}
