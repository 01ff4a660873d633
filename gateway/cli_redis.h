/* Redis for a command: connect, ask, be told, leave.
 *
 * What the daemon has as redis.h on its loop, a command has as plain calls that wait. It goes where redis.url says;
 * for `embedded` to the socket below state_dir, which is there while a daemon runs. Starts nothing, loads no
 * functions, checks no durability. Must not know: what lies in Redis. Failure policy: what goes wrong is told on
 * stderr, with the remedy, once, and without the URL or an argument (they hold passwords and numbers); the command
 * then ends with EXIT_SERVICE, or EXIT_CONFIG for a URL that is none. Proved by
 * tests/blackbox/outbox-command.test.mjs and replay.test.mjs. */
#ifndef GATEWAY_CLI_REDIS_H
#define GATEWAY_CLI_REDIS_H

#include <hiredis/hiredis.h>

#include "base/slice.h"
#include "config/config.h"

#define CLI_REDIS_DEADLINE_MS 5000 /* of connecting, and of each command */
#define CLI_REDIS_ARGS_MAX 64

struct cli_redis;

/* Connects, and greets the server as redis.url says. `command` is the command's name, for messages; the texts of both
 * must outlive the connection. Returns NULL after telling why, with *exit_code set. Blocks. */
struct cli_redis *cli_redis_open(const struct config *config, const char *command, int *exit_code);

/* Sends a command of binary-safe arguments and waits for its reply, the caller's (freeReplyObject). Returns NULL after
 * telling why when there is none, or when it is an error: end with EXIT_SERVICE then. Blocks. */
redisReply *cli_redis_command(struct cli_redis *redis, const struct slice *args, size_t count);

/* Leaves; NULL is allowed. */
void cli_redis_close(struct cli_redis *redis);

#endif
