/* What commands that make a broadcast share: cmd_broadcast_create.c has the first, which chaski training invite uses
 * too, cmd_broadcast_preview.c the second.
 *
 * Must not know: what is said. Failure policy: as cli_api.h. Proved by tests/blackbox/broadcast.test.mjs and
 * tests/blackbox/trainings.test.mjs. */
#ifndef GATEWAY_CMD_BROADCAST_H
#define GATEWAY_CMD_BROADCAST_H

#include "gateway/cli_api.h"

/* Makes a broadcast of a draft, the caller's, which may be changed: counts its people, has their number typed unless
 * `yes`, confirms it and prints it; or, with `dry_run`, tells what it would say and cost. Returns an exit code. */
int cmd_broadcast_send(const struct command *self, const struct cli_asking *asking, cJSON *draft, bool dry_run,
                       bool yes);

/* Prints a preview for people, or as JSON where that was asked for. */
void cmd_broadcast_tell(const struct cli_asking *asking, const cJSON *preview);

#endif
