/* The sample conversation: a made-up owner who texts the daemon over its own webhook.
 *
 * What `make run` shows: each line of a script is signed and sent as Twilio sends an SMS, over HTTP, to the daemon
 * that is running, and the TwiML that comes back is printed as the owner would read it. Nothing is short-cut: the
 * daemon cannot tell it from Twilio. Must not know: turns, flows. Proved by tests/blackbox/sample.test.mjs. */
#ifndef GATEWAY_SAMPLE_H
#define GATEWAY_SAMPLE_H

#include "gateway/world.h"

#define SAMPLE_SCRIPT "config/sample_conversation.txt" /* one message of the owner a line; # begins a comment */

/* Plays the script to the first Twilio SMS channel of the world that answers synchronously, at
 * http://127.0.0.1:`port`, prints both sides, and then what a person could try. For a process of its own, with nothing
 * else on its hands. Returns OK at the script's end; an error, told on stderr or with a fault, when there is no such
 * channel, the script cannot be read, or a webhook is not answered with TwiML. Blocks. */
MUST_USE enum error sample_play(const struct world *world, int port, struct faults *faults);

#endif
