/* How WhatsApp names a message template, for all that read one: a flow, and a channel's settings. Must not know what a
 * template says. Pure, cannot fail. Source: Meta's message templates, providers' reference. Proved by
 * tests/unit/test_flow.c and tests/unit/test_window.c. */
#ifndef DIALOG_TEMPLATE_NAME_H
#define DIALOG_TEMPLATE_NAME_H

#include <stdbool.h>

#include "base/slice.h"

#define TEMPLATE_NAME_BYTES 128
#define TEMPLATE_LANGUAGE_BYTES 8 /* of a language's code and its NUL */

/* Tells whether a name is one: 1 to TEMPLATE_NAME_BYTES small letters, digits and underscores. */
bool template_is_name(struct slice name);

/* Tells whether a code is a language's: "es", "fil", "es_PE". */
bool template_is_language(struct slice code);

#endif
