/* USSD by history: what is new in a session whose gateway sends all input so far each time.
 *
 * Africa's Talking joins every input of a session with "*": "", "1", "1*2". The last piece alone cannot tell
 * a repeated request from a second "1", and an input may hold "*" itself, so what is new is what stands
 * behind the text that was stored with the session's last turn. On a session's first request there is nothing
 * stored: a text that is not empty was dialled with the code. Pure. Source: providers.md part 3.4. Proved by
 * tests/unit/test_adapter_ussd.c. */
#ifndef ADAPTERS_USSD_H
#define ADAPTERS_USSD_H

#include "base/slice.h"

enum ussd_input {
    USSD_SAME,    /* the request came again: show the stored screen, change nothing */
    USSD_NEW,     /* the person answered: *input is the answer, which may be empty and may hold "*" */
    USSD_DIVERGED /* not a continuation of what was stored: never guess, begin anew */
};

/* Finds what is new in `now`, given the text `stored` of the same session's last turn. *input is a part of
 * `now`, and empty unless USSD_NEW. */
enum ussd_input ussd_new_input(struct slice stored, struct slice now, struct slice *input);

#endif
