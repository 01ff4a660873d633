#include "gateway/world.h"

#include <dirent.h>
#include <errno.h>
#include <limits.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/mem.h"
#include "gateway/cli.h"
#include "gateway/language_files.h"
#include "gateway/languages.h"
#include "gateway/mentions.h"
#include "gateway/window.h"

static const char *environment(const char *name)
{
    return getenv(name);
}

#define HOLIDAYS_BYTES_MAX (256 * 1024)

/* Variables of secrets that are not made yet; config_env has no context, and a command reads one configuration. */
static char missing[CONFIG_CHANNELS_MAX * 4][96];
static size_t missing_count;

static enum error note_missing(void *ctx, const char *path, const char *variable)
{
    (void)ctx;
    (void)path;
    if (missing_count < sizeof(missing) / sizeof(missing[0]))
        snprintf(missing[missing_count++], sizeof(missing[0]), "%s", variable);
    return OK;
}

/* Who opens no channel needs no secret: before the first start made them, any text will do. */
static const char *environment_without_secrets(const char *name)
{
    const char *value = getenv(name);
    for (size_t i = 0; !value && i < missing_count; i++)
        if (strcmp(missing[i], name) == 0)
            value = "not made yet: `chaski serve` makes it";
    return value;
}

static struct config *read_config(const char *path, bool with_secrets, struct faults *faults)
{
    missing_count = 0;
    if (with_secrets)
        return config_read(path, environment, faults);
    enum error error = config_missing_secrets(path, environment, note_missing, NULL);
    if (error) {
        faults_add(faults, path, 0, 0, "the configuration cannot be read: %s", error_text(error));
        return NULL;
    }
    return config_read(path, environment_without_secrets, faults);
}

static int is_flow_file(const struct dirent *entry)
{
    size_t len = strlen(entry->d_name);
    return entry->d_name[0] != '.' && len > 5 && strcmp(entry->d_name + len - 5, ".yaml") == 0;
}

static void read_flow(struct flows *flows, const char *path, struct faults *faults)
{
    struct slice bytes;
    enum error error = cli_read_file(path, FLOW_BYTES_MAX, &bytes);
    if (error) {
        faults_add(faults, path, 0, 0,
                   "the flow cannot be read (%s): check the file's mode and size (at most %d bytes)", error_text(error),
                   FLOW_BYTES_MAX);
        return;
    }
    size_t before = faults->total;
    if (flows_add(flows, path, bytes, faults) && faults->total == before)
        faults_add(faults, path, 0, 0, "the flow was refused: out of memory");
    mem_free((char *)bytes.ptr);
}

/* Reads every *.yaml of a folder, by name, so that the same files give the same faults in the same order. Returns how
 * many there are, or -1 with errno set. */
static int read_folder(struct flows *flows, const char *dir, struct faults *faults)
{
    struct dirent **entries = NULL;
    char path[PATH_MAX];
    int count = scandir(dir, &entries, is_flow_file, alphasort);
    language_files_translations(flows, dir, faults);
    for (int i = 0; i < count; i++) {
        snprintf(path, sizeof(path), "%s/%s", dir, entries[i]->d_name);
        read_flow(flows, path, faults);
        free(entries[i]); /* scandir's own */
    }
    free(entries);
    return count;
}

static int is_folder(const struct dirent *entry)
{
    return entry->d_name[0] != '.';
}

/* Reads the folders in `old`: each holds a program as it was, whole, for the sessions that began with it. */
static void read_old_flows(struct flows *flows, const char *dir, struct faults *faults)
{
    struct dirent **entries = NULL;
    char old[PATH_MAX], path[PATH_MAX];
    snprintf(old, sizeof(old), "%s/old", dir);
    int count = scandir(old, &entries, is_folder, alphasort);
    for (int i = 0; i < count; i++) {
        size_t before = faults->total;
        int len = snprintf(path, sizeof(path), "%s/%s", old, entries[i]->d_name);
        if (len > 0 && (size_t)len < sizeof(path) && read_folder(flows, path, faults) <= 0)
            faults_add(faults, path, 0, 0,
                       "no flow is here: each folder in `old` holds all *.yaml files of a version as it was");
        if (flows_link(flows, faults) && faults->total == before)
            faults_add(faults, path, 0, 0, "the flows were refused: out of memory");
        free(entries[i]);
    }
    free(entries);
}

static void language_fault(const struct config *config, struct faults *faults, const char *format, ...)
    __attribute__((format(printf, 3, 4)));

/* Adds a fault of the languages, where they were named. */
static void language_fault(const struct config *config, struct faults *faults, const char *format, ...)
{
    char text[PATH_MAX + 256];
    va_list list;
    va_start(list, format);
    vsnprintf(text, sizeof(text), format, list);
    va_end(list);
    if (config->languages_from)
        faults_add(faults, config->languages_from, 0, 0, "%s", text);
    else
        config_fault(config, faults, "languages", "%s", text);
}

/* Switches on the languages that are named. */
static void read_languages(struct flows *flows, const struct config *config, struct faults *faults)
{
    char path[PATH_MAX];
    for (size_t i = 0; config->languages[i]; i++) {
        struct slice key = slice_of(config->languages[i]);
        size_t before = faults->total;
        bool twice = false;
        for (size_t j = 0; j < i && !twice; j++)
            twice = strcmp(config->languages[j], config->languages[i]) == 0;
        if (twice) {
            language_fault(config, faults, "languages names %s twice: once is enough", key.ptr);
            continue;
        }
        enum error error = language_file_add(flows, config->flows, key, faults);
        if (error == ERR_NOT_FOUND && language_file_path(config->flows, key, path, sizeof(path)))
            language_fault(config, faults, "languages has %s, and there is no %s: write it, or remove %s", key.ptr,
                           path, key.ptr);
        else if (error && faults->total == before)
            language_fault(config, faults, "%s cannot be spoken: %s", key.ptr, error_text(error));
        else if (!error && !flows->on[flows->on_count - 1]->reviewed && !config->unreviewed_languages)
            language_fault(config, faults,
                           "languages has %s, which nobody has reviewed: have a speaker review it and write `reviewed: "
                           "true` into its file, or set unreviewed_languages: allow",
                           key.ptr);
    }
}

static struct flows *read_flows(const struct config *config, const struct languages *languages, struct faults *faults)
{
    const char *dir = config->flows;
    struct flows *flows = flows_new();
    if (!flows) {
        faults_add(faults, dir, 0, 0, "the flows were refused: out of memory");
        return NULL;
    }
    flows_speak(flows, languages);
    read_languages(flows, config, faults);
    read_old_flows(flows, dir, faults);
    int count = read_folder(flows, dir, faults);
    if (count <= 0)
        faults_add(faults, dir, 0, 0, "no flow is here (%s): `flows` must name a directory with *.yaml files",
                   count < 0 ? strerror(errno) : "no *.yaml file");
    if (count > 0 && flows_finish(flows, faults) && faults->total == 0)
        faults_add(faults, dir, 0, 0, "the flows were refused: out of memory");
    return flows;
}

/* Names a file in the folder of the catalogue. */
static void beside_catalogue(const struct config *config, const char *name, char out[PATH_MAX])
{
    const char *slash = strrchr(config->catalogue, '/');
    int folder = slash ? (int)(slash - config->catalogue + 1) : 0;
    snprintf(out, PATH_MAX, "%.*s%s", folder, config->catalogue, name);
}

static struct engine *read_engine(const struct config *config, struct faults *faults)
{
    char path[PATH_MAX], name[64];
    beside_catalogue(config, "industries.yaml", path);
    struct engine *engine = engine_open(config->models, path, config->catalogue, faults);
    for (size_t i = 0; engine && config->languages[i]; i++) {
        int len = snprintf(name, sizeof(name), "languages/%s.yaml", config->languages[i]);
        beside_catalogue(config, name, path);
        if (len > 0 && (size_t)len < sizeof(name) && access(path, F_OK) == 0)
            (void)engine_speak(engine, config->languages[i], path, faults);
    }
    return engine;
}

/* Where there is no catalogue, that alone is told. */
static void read_holidays(struct world *world, struct faults *faults)
{
    char path[PATH_MAX];
    struct slice bytes;
    if (access(world->config->catalogue, F_OK) != 0)
        return;
    beside_catalogue(world->config, "holidays.yaml", path);
    enum error error = cli_read_file(path, HOLIDAYS_BYTES_MAX, &bytes);
    if (error) {
        faults_add(faults, path, 0, 0,
                   "the holidays cannot be read (%s): put the file that came with Chaski beside the catalogue",
                   error_text(error));
        return;
    }
    size_t before = faults->total;
    if (holidays_read(path, bytes, faults, &world->holidays) && faults->total == before)
        faults_add(faults, path, 0, 0, "the holidays were refused: out of memory");
    mem_free((char *)bytes.ptr);
}

static void open_channel(struct world *world, size_t at, struct faults *faults)
{
    const struct config_channel *from = &world->config->channels[at];
    struct channel *channel = &world->channels[at];
    struct faults own;
    *channel = (struct channel){
        .name = from->name,
        .adapter = adapter_named(from->provider),
        .public_url = world->config->public_url,
        .settings = world->settings[at],
        .setting_count = from->setting_count,
        .rate = from->rate,
    };
    for (size_t i = 0; i < from->setting_count; i++)
        world->settings[at][i] = (struct setting){from->settings[i].name, from->settings[i].value};
    channel->sms = adapter_sms_policy(channel);
    channel->page_units = adapter_page_units(channel);
    if (!channel->adapter) {
        faults_add(faults, world->config->file, from->line, from->column, "provider %s has no adapter in this version",
                   from->provider);
        return;
    }
    faults_init(&own);
    if (channel->adapter->open(channel, &own) && own.total == 0)
        faults_add(&own, "", 0, 0, "the channel's settings were refused");
    limit_rules_read(world->config, channel, &world->holidays, &world->rules[at]);
    for (size_t i = 0; i < own.count; i++)
        faults_add(faults, world->config->file, from->line, from->column, "channel %s: %s", from->name,
                   own.items[i].text);
    faults_release(&own);
}

/* Finds the SMS channel of each `follow_by`. */
static void link_followers(struct world *world, struct faults *faults)
{
    char setting[CONFIG_CHANNEL_NAME + 32];
    for (size_t i = 0; i < world->channel_count; i++) {
        struct channel *channel = &world->channels[i];
        const char *name = channel_setting(channel, "follow_by");
        const struct channel *follow = world_channel(world, slice_of(name));
        if (!name[0])
            continue;
        snprintf(setting, sizeof(setting), "channels.%s.follow_by", channel->name);
        if (!follow)
            config_fault(world->config, faults, setting, "channel %s has follow_by %s, and there is no such channel",
                         channel->name, name);
        else if (follow->kind != CHANNEL_SMS || !follow->adapter || !follow->adapter->call)
            config_fault(world->config, faults, setting,
                         "channel %s has follow_by %s, which sends no SMS: name a channel that does", channel->name,
                         name);
        else
            channel->follow = follow;
    }
}

/* Refuses templates that a channel could not send. */
static void check_windows(const struct world *world, struct faults *faults)
{
    char setting[CONFIG_CHANNEL_NAME + 32], why[256];
    for (size_t i = 0; i < world->channel_count; i++) {
        const struct channel *channel = &world->channels[i];
        for (enum window_words words = 0; words < WINDOW_WORDS && channel->adapter; words++) {
            const char *name = window_setting(words);
            snprintf(setting, sizeof(setting), "channels.%s.%s", channel->name, name);
            if (window_fault(channel, words, why, sizeof(why)))
                config_fault(world->config, faults, setting, "channel %s has %s %s: %s", channel->name, name,
                             channel_setting(channel, name), why);
        }
    }
}

/* What versions of before say is theirs. */
static bool is_newest(const struct flows *flows, const struct flow *flow)
{
    for (size_t i = 0; i < flows->count; i++)
        if (strcmp(flows->items[i]->name, flow->name) == 0 && flows->items[i]->number > flow->number)
            return false;
    return true;
}

void world_check_mentions(const struct world *world, struct faults *faults)
{
    const struct flows *flows = world->mind.flows;
    for (size_t i = 0; i < flows->count; i++)
        if (is_newest(flows, flows->items[i]))
            mentions_check(flows->items[i], world->mind.engine, faults);
}

/* Tells whether what a setting names is there. What is not is the setting's fault: it stands where somebody wrote it.
 */
static bool is_there(const struct config *config, const char *setting, const char *path, const char *remedy,
                     struct faults *faults)
{
    if (access(path, R_OK) == 0)
        return true;
    config_fault(config, faults, setting, "%s is %s, which cannot be read (%s): %s", setting, path, strerror(errno),
                 remedy);
    return false;
}

static bool flows_are_there(const struct config *config, struct faults *faults)
{
    return is_there(config, "flows", config->flows, "it must name a directory with *.yaml files", faults);
}

static bool engine_is_there(const struct config *config, struct faults *faults)
{
    bool catalogue = is_there(config, "catalogue", config->catalogue, "give the path of a file that is there", faults);
    return is_there(config, "models", config->models,
                    "it must name a registry: `chaski train` makes one, or take it from the release", faults) &&
           catalogue;
}

void world_read_parts(struct world *world, unsigned parts, struct faults *faults)
{
    if (parts & WORLD_FLOWS && flows_are_there(world->config, faults)) {
        world->languages = languages_beside(world->config->flows, faults);
        world->mind.flows = read_flows(world->config, world->languages, faults);
    }
    if (parts & WORLD_ENGINE && engine_is_there(world->config, faults))
        world->mind.engine = read_engine(world->config, faults);
    if (world->mind.flows && world->mind.engine && faults->total == 0)
        world_check_mentions(world, faults);
    if (parts & WORLD_CHANNELS) {
        read_holidays(world, faults);
        world->channel_count = world->config->channel_count;
        for (size_t i = 0; i < world->channel_count; i++)
            open_channel(world, i, faults);
        link_followers(world, faults);
        check_windows(world, faults);
    }
}

/* Speaks these languages alone ("es,en"), reviewed or not. */
static void speak_only(struct config *config, const char *languages, struct faults *faults)
{
    const char **keys = arena_array(config->arena, TONGUES_MAX + 1, sizeof(*keys));
    struct slice rest = slice_of(languages), key;
    bool whole = keys != NULL;
    for (size_t i = 0; whole && i < TONGUES_MAX && slice_cut(&rest, ',', &key); i++)
        whole = (keys[i] = arena_copy(config->arena, slice_trim(key)).ptr) != NULL;
    if (!whole)
        faults_add(faults, config->file, 0, 0, "out of memory");
    config->languages = whole ? keys : config->languages;
    config->unreviewed_languages = true;
    config->languages_from = "--lang";
}

struct world *world_open(const char *config_file, unsigned parts, struct faults *faults)
{
    return world_open_in(config_file, parts, NULL, faults);
}

struct world *world_open_in(const char *config_file, unsigned parts, const char *languages, struct faults *faults)
{
    struct world *world = mem_alloc(sizeof(*world));
    if (!world) {
        faults_add(faults, "", 0, 0, "out of memory");
        return NULL;
    }
    world->config = read_config(config_path(config_file, environment), parts & WORLD_CHANNELS, faults);
    if (world->config && languages)
        speak_only(world->config, languages, faults);
    if (world->config)
        world_read_parts(world, parts, faults);
    if (faults->total) {
        world_close(world);
        return NULL;
    }
    return world;
}

struct world *world_open_or_tell(const char *config_file, unsigned parts, const char *languages)
{
    struct faults faults;
    faults_init(&faults);
    struct world *world = world_open_in(config_file, parts, languages, &faults);
    faults_print(&faults, stderr);
    faults_release(&faults);
    return world;
}

void world_close(struct world *world)
{
    if (!world)
        return;
    flows_free((struct flows *)world->mind.flows);
    languages_free(world->languages);
    engine_close((struct engine *)world->mind.engine);
    config_free(world->config);
    mem_free(world);
}

const struct channel *world_channel(const struct world *world, struct slice name)
{
    for (size_t i = 0; i < world->channel_count; i++)
        if (slice_is(name, world->channels[i].name))
            return &world->channels[i];
    return NULL;
}

const struct limit_rules *world_rules(const struct world *world, const struct channel *channel)
{
    return &world->rules[channel - world->channels];
}
