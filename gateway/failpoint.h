/* Failpoints: named places where a test has the process killed.
 *
 * Only a build with -DCHASKI_FAILPOINTS (`make failpoints`, under build/faults) has them; in every other build
 * FAILPOINT() is nothing, and no name is left in the program. CHASKI_FAILPOINT in the environment says where, as items
 * with commas between: NAME (the first pass), NAME:7 (the 7th pass of this process), NAME:0.01 (each pass, with that
 * probability); NAME may end in * for every name that begins so. CHASKI_FAILPOINT_SEED makes chance repeatable. At the
 * pass the process writes "failpoint NAME" to its error output and sends itself SIGKILL: nothing is flushed, closed or
 * told. A name that is not in the table of failpoint.c ends the process with a sentence: a misspelt point must not pass
 * for one that was survived. Must not know: what happens at a point. Proved by tests/blackbox/faults.test.mjs and `make
 * faults`. */
#ifndef GATEWAY_FAILPOINT_H
#define GATEWAY_FAILPOINT_H

#ifdef CHASKI_FAILPOINTS

/* Passes a point; does not return when the environment says that the process dies here. */
void failpoint_pass(const char *name);

#define FAILPOINT(name) failpoint_pass(name)
#else
#define FAILPOINT(name) ((void)0)
#endif

#endif
