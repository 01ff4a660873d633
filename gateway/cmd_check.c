#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/arena.h"
#include "base/mem.h"
#include "gateway/cli.h"
#include "gateway/environment.h"
#include "gateway/redis_url.h"
#include "gateway/secrets.h"
#include "gateway/world.h"

static const char more_help[] =
    "\n"
    "Looks at the configuration, flows, catalogue, models and every channel, and without --no-environment also\n"
    "whether state_dir can be written and Redis keeps what it is given. Each fault is one line on stderr,\n"
    "FILE:LINE:COLUMN: what is wrong, and how to mend it. Exit 0 when there is none, else 78.\n"
    "Secrets named inside state_dir/secrets are made if they are not there, as `serve` would;\n"
    "--no-environment makes nothing, and takes them as made.\n";

#define VARIABLES_MAX (CONFIG_CHANNELS_MAX * 4)

/* The variables of secrets that a first start would make. The environment is a function without a context, hence
 * static. */
static struct {
    const char *names[VARIABLES_MAX];
    size_t count;
    struct arena *arena;
} to_be_made;

static enum error remember_variable(void *ctx, const char *path, const char *variable)
{
    (void)ctx;
    (void)path;
    struct slice copy = arena_copy(to_be_made.arena, slice_of(variable));
    if (!copy.ptr || to_be_made.count == VARIABLES_MAX)
        return ERR_NOMEM;
    to_be_made.names[to_be_made.count++] = copy.ptr;
    return OK;
}

static const char *environment(const char *name)
{
    return getenv(name);
}

/* The environment with those secrets in it. */
static const char *environment_of_first_start(const char *name)
{
    const char *value = environment(name);
    for (size_t i = 0; i < to_be_made.count && !value; i++)
        if (strcmp(to_be_made.names[i], name) == 0)
            value = "made at the first start";
    return value;
}

/* Reads the configuration without making anything. */
static struct config *read_dry(const char *path, struct faults *faults)
{
    struct config *config = NULL;
    to_be_made.count = 0;
    to_be_made.arena = arena_new(64 * 1024);
    if (to_be_made.arena && !config_missing_secrets(path, environment, remember_variable, NULL))
        config = config_read(path, environment_of_first_start, faults);
    else
        faults_add(faults, path, 0, 0, "out of memory");
    arena_free(to_be_made.arena);
    return config;
}

static struct config *read_made(const char *path, struct faults *faults)
{
    return secrets_make(path, faults) ? NULL : config_read(path, environment, faults);
}

static void check_redis_url(const struct config *config, struct faults *faults)
{
    struct redis_url url;
    const char *why;
    if (redis_url_parse(slice_of(config->redis_url), &url, &why))
        config_fault(config, faults, "redis.url", "redis.url is wrong: %s", why);
}

static void tell_good(const struct config *config)
{
    printf("%s: good: %zu channel%s (", config->file, config->channel_count, config->channel_count == 1 ? "" : "s");
    for (size_t i = 0; i < config->channel_count; i++)
        printf("%s%s", i ? ", " : "", config->channels[i].name);
    printf("), flows %s, catalogue %s, models %s\n", config->flows, config->catalogue, config->models);
}

/* Checks everything. The world's parts are read as `serve` reads them. */
static void check(const char *path, bool no_environment, struct faults *faults, struct faults *warnings)
{
    struct world *world = mem_alloc(sizeof(*world));
    if (!world) {
        faults_add(faults, path, 0, 0, "out of memory");
        return;
    }
    world->config = (no_environment ? read_dry : read_made)(path, faults);
    if (world->config) {
        world_read_parts(world, WORLD_FLOWS | WORLD_ENGINE | WORLD_CHANNELS, faults);
        check_redis_url(world->config, faults);
        if (!no_environment)
            environment_check(world, faults, warnings);
        if (faults->total == 0)
            tell_good(world->config);
    }
    world_close(world);
}

static int run(const struct command *self, int argc, char **argv)
{
    const char *file = NULL;
    bool no_environment = false, sample = false;
    const struct option_row options[] = {
        {"config", 'c', "FILE", "the configuration (else $CHASKI_CONFIG, config/chaski.yaml, /etc/chaski/chaski.yaml)",
         &file, NULL},
        {"no-environment", 0, NULL, "look at files only: make nothing, ask no Redis", NULL, &no_environment},
        {"sample", 0, NULL, "print a sample of every setting, and look at nothing", NULL, &sample},
        {0},
    };
    struct faults faults, warnings;
    int code;
    if (cli_parse(self, options, argc, argv, NULL, 0, &code) < 0) {
        if (code == EXIT_GOOD)
            cli_put_prose(stdout, more_help);
        return code;
    }
    if (sample) {
        config_sample(stdout);
        return EXIT_GOOD;
    }
    faults_init(&faults);
    faults_init(&warnings);
    check(config_path(file, environment), no_environment, &faults, &warnings);
    faults_print(&faults, stderr);
    faults_print(&warnings, stderr);
    code = faults.total ? EXIT_CONFIG : EXIT_GOOD;
    faults_release(&faults);
    faults_release(&warnings);
    return code;
}

const struct command command_check = {"check", "[--no-environment] [--sample] [-c FILE]",
                                      "finds every fault of the configuration, and says how to mend it", run};
