/* One written value against one row of the settings table.
 *
 * A value is text until its row says otherwise: `no` is a word where a text is wanted, and a fault where a
 * boolean is. Must not know: files, the environment. Failure policy: a bad value is one fault that shows the
 * value (never a secret's), the rule and so the remedy. Proved by tests/unit/test_config.c. */
#ifndef CONFIG_SETTING_VALUE_H
#define CONFIG_SETTING_VALUE_H

#include "base/arena.h"
#include "base/buf.h"
#include "base/error.h"
#include "base/yaml.h"
#include "config/settings.h"

#define SETTING_VALUE_SHOWN 256 /* bytes of a value shown in a fault, and its NUL */

/* Writes text fit for a fault: at most 60 characters, controls as "?". */
void setting_value_show(struct slice text, char out[SETTING_VALUE_SHOWN]);

/* Appends what a row allows, as the end of "it must be …". */
void setting_value_rule(const struct setting_row *row, struct buf *out);

/* Reads a node as a row's value: the text itself, or a list joined by commas. Returns NULL after a fault, or
 * without memory. */
const char *setting_value_read(const struct setting_row *row, const struct yaml_node *node, const char *file,
                               struct arena *arena, struct faults *faults);

/* Tells whether text is fit to be a secret: not empty, not above 4096 bytes, no control character but those of a
 * key file's lines (LF). */
bool setting_value_is_secret(struct slice text);

/* Reads a decimal such as 0.5 or 20, without sign or exponent. Returns false, with *out unchanged, for anything
 * else. */
bool setting_value_decimal(struct slice text, double *out);

/* Reads hours of a day, "08:00-20:00", as minutes since midnight. Returns false, with nothing changed, for anything
 * else. */
bool setting_value_hours(struct slice text, int *from_min, int *to_min);

#endif
