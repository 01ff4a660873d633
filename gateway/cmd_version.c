#include <event2/event.h>
#include <hiredis/hiredis.h>
#include <stdio.h>

#include "gateway/cli.h"

static int run(const struct command *self, int argc, char **argv)
{
    static const struct option_row options[] = {{0}};
    int code;
    if (cli_parse(self, options, argc, argv, NULL, 0, &code) < 0)
        return code;
    printf("chaski %s (libevent %s, hiredis %d.%d.%d)\n", CHASKI_VERSION, event_get_version(), HIREDIS_MAJOR,
           HIREDIS_MINOR, HIREDIS_PATCH);
    return EXIT_GOOD;
}

const struct command command_version = {"version", "", "tells which chaski this is", run};
