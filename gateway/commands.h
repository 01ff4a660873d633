/* The table of commands, and the groups that their first words make.
 *
 * A command is found by its words; "flow" alone is the group of "flow check", "flow draw" and so on. Must not know:
 * what any of them does. Proved by tests/blackbox/gateway-cli.test.mjs. */
#ifndef GATEWAY_COMMANDS_H
#define GATEWAY_COMMANDS_H

#include <stddef.h>

#include "gateway/cli.h"

/* All commands, ended by NULL; those of a group stand together. */
extern const struct command *const commands[];

/* Finds the command that the words begin with. Returns the number of words its name takes, 0 when there is none. */
int commands_find(int argc, char **argv, const struct command **out);

/* Gives the rest of a command's name behind its group ("check" of "flow check"), or NULL when it is in another. */
const char *commands_within(const struct command *command, const char *group);

/* Tells whether any command is in the group. */
bool commands_is_group(const char *word);

#endif
