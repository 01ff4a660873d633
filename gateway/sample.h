/* The sample conversation: a made-up owner who texts the daemon over its own webhook.
 *
 * What `make run` shows: each line of a script is signed and sent as Twilio sends an SMS, over HTTP, to the daemon
 * that is running, and the TwiML that comes back is printed as the owner would read it. Nothing is short-cut: the
 * daemon cannot tell it from Twilio. Must not know: turns, flows. Proved by tests/blackbox/sample.test.mjs. */
#ifndef GATEWAY_SAMPLE_H
#define GATEWAY_SAMPLE_H

#include "gateway/sender.h"
#include "gateway/world.h"

#define SAMPLE_SCRIPT "config/sample_conversation.txt" /* one message of the owner a line; # begins a comment */

struct sample;

/* Called once, when the script is at its end (OK) or a webhook was not answered with TwiML. */
typedef void sample_done(void *ctx, enum error error);

/* Plays the script to the first Twilio SMS channel of the world that answers synchronously, at
 * http://127.0.0.1:`port`. Returns NULL with a fault when there is no such channel or the script cannot be read. */
struct sample *sample_start(struct sender *sender, const struct world *world, int port, int64_t now_ms,
                            sample_done *done, void *ctx, struct faults *faults);

/* Lets go: it says and sends nothing more and never calls back. NULL is allowed. */
void sample_abandon(struct sample *sample);

/* Frees it; free the sender before, which may hold a call of its own. NULL is allowed. */
void sample_free(struct sample *sample);

#endif
