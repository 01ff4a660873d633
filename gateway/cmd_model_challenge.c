/* chaski model challenge, unchallenge: which version answers in the shadow of the one in use. */
#include <errno.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "gateway/cli.h"
#include "gateway/cmd_model.h"
#include "gateway/model_files.h"

static int challenge(const char *registry, const char *name, const char *version)
{
    char champion[REGISTRY_VERSION];
    if (!model_has_version(registry, name, version))
        return EXIT_DATA;
    model_alias(registry, name, "champion", champion);
    if (strcmp(champion, version) == 0) {
        fprintf(stderr, "chaski model challenge: %s is the champion: name another version\n", version);
        return EXIT_DATA;
    }
    if (!model_set_alias(registry, name, "challenger", version))
        return EXIT_TEMPORARY;
    printf("%s: challenger is %s, champion %s\n", name, version, champion[0] ? champion : "none");
    printf("A daemon asks it beside the champion from the next reload (SIGHUP) on; no answer changes.\n");
    return EXIT_GOOD;
}

static int unchallenge(const char *registry, const char *name)
{
    char path[REGISTRY_PATH_MAX];
    snprintf(path, sizeof(path), "%s/%s/challenger", registry, name);
    if (unlink(path) == 0) {
        printf("%s: has no challenger from the next reload (SIGHUP) on\n", name);
        return EXIT_GOOD;
    }
    fprintf(stderr, "chaski model unchallenge: %s: %s\n", path,
            errno == ENOENT ? "there is no challenger" : strerror(errno));
    return errno == ENOENT ? EXIT_DATA : EXIT_TEMPORARY;
}

static int run(const struct command *self, int argc, char **argv, int wanted)
{
    const char *config = NULL, *given = NULL, *words[2] = {NULL};
    const struct option_row options[] = {
        {"config", 'c', "FILE", "configuration: it names the registry", &config, NULL},
        {"registry", 0, "DIR", "the registry", &given, NULL},
        {0},
    };
    struct model_registry registry;
    int code, count = cli_parse(self, options, argc, argv, words, wanted, &code);
    if (count < 0)
        return code;
    if (!model_is_known(self->name, words[0]))
        return EXIT_USAGE;
    if (count < wanted) {
        fprintf(stderr, "chaski %s: needs a model and the version that challenges\n", self->name);
        return EXIT_USAGE;
    }
    if (!model_registry_open(given, config, &registry))
        return EXIT_CONFIG;
    code = words[1] ? challenge(registry.dir, words[0], words[1]) : unchallenge(registry.dir, words[0]);
    model_registry_release(&registry);
    return code;
}

static int run_challenge(const struct command *self, int argc, char **argv)
{
    return run(self, argc, argv, 2);
}

static int run_unchallenge(const struct command *self, int argc, char **argv)
{
    return run(self, argc, argv, 1);
}

const struct command command_model_challenge = {"model challenge", "MODEL VERSION [--registry DIR] [-c FILE]",
                                                "lets a version answer in the champion's shadow, for the metrics alone",
                                                run_challenge};
const struct command command_model_unchallenge = {"model unchallenge", "MODEL [--registry DIR] [-c FILE]",
                                                  "ends such a challenge", run_unchallenge};
