/* Any bytes as a configuration file: it is whole, or it has faults; and every fault names the file. */
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <unistd.h>

#include "config/config.h"

static const char *environment(const char *name)
{
    return strcmp(name, "CHASKI_SMS_AUTH_TOKEN") == 0 ? "a secret" : NULL;
}

static enum error look(void *ctx, const char *path, const char *variable)
{
    (void)ctx;
    return path[0] && strncmp(variable, "CHASKI_", 7) == 0 ? OK : ERR_VALUE;
}

static void check(const char *path)
{
    struct faults faults;
    faults_init(&faults);
    struct config *config = config_read(path, environment, &faults);
    if (!config == !faults.total)
        abort();
    for (size_t i = 0; i < faults.count; i++)
        if (strcmp(faults.items[i].file, path) != 0 || !faults.items[i].text[0])
            abort();
    for (size_t i = 0; config && i < config->channel_count; i++)
        if (!config->channels[i].provider || config_setting(&config->channels[i], "none")[0])
            abort();
    if (config_missing_secrets(path, environment, look, NULL))
        abort();
    config_free(config);
    faults_release(&faults);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    char path[64];
    int fd = memfd_create("chaski.yaml", MFD_CLOEXEC);
    if (fd < 0 || write(fd, data, size) != (ssize_t)size)
        abort();
    snprintf(path, sizeof(path), "/proc/self/fd/%d", fd);
    check(path);
    close(fd);
    return 0;
}
