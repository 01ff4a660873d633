/* Generating: a file of conversations that cover a flow, with what really comes of each step.
 *
 * What script_cover() finds is read back as any script is, played, and recorded. Failure policy: what is wrong is told
 * on stderr. Proved by tests/blackbox/flow-test.test.mjs. */
#ifndef GATEWAY_FLOW_GENERATE_H
#define GATEWAY_FLOW_GENERATE_H

#include "gateway/script_file.h"

/* Makes the bytes of a file at `path`, which is not written, for the flow at `flow_path`, and tells on stdout (unless
 * `quiet`) what is covered and what is not. Returns an exit code, and with EXIT_GOOD the bytes, the caller's. */
int flow_generate(struct script_desk *desk, const char *path, const char *flow_path, bool quiet, struct slice *out);

#endif
