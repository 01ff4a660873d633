/* The machine around a configuration: may we write where we must, and does Redis keep what it is given?
 *
 * What `chaski check` looks at beyond files of ours. Starts nothing that stays and changes nothing; waits at most
 * ENVIRONMENT_WAIT_MS for Redis at each step. Failure policy: every trouble is a fault at the setting that it
 * concerns, with the remedy. Proved by tests/blackbox/check.test.mjs. */
#ifndef GATEWAY_ENVIRONMENT_H
#define GATEWAY_ENVIRONMENT_H

#include "gateway/world.h"

#define ENVIRONMENT_WAIT_MS 2000

/* Looks whether state_dir can be written, and whether Redis is there, is 7.0 or later, and writes down what it
 * answers; and whether the catalogue that staff edited there, which an engine is left with, is good and is what the
 * flows say. Adds faults, and to `warnings` what is only weak: each begins with "warning: ". Blocks. */
void environment_check(const struct world *world, struct faults *faults, struct faults *warnings);

#endif
