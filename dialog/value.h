/* Canonical values: what DESIGN 1.4 writes down, read as numbers and spoken to a person.
 *
 * The other side of the recognisers: they turn words into values, this turns values into numbers that guards compare
 * and into words that a question can repeat. Knows no flow and no state; allocates only through the buffer it is
 * given. Proved by tests/unit/test_value.c. */
#ifndef DIALOG_VALUE_H
#define DIALOG_VALUE_H

#include "base/buf.h"
#include "dialog/recognise.h"
#include "dialog/tongue.h"

#define VALUE_UNKNOWN "UNKNOWN"
#define VALUE_REFUSED "REFUSED"
#define DAYS_OF_MONTH_WORKED 26.0 /* a day's sales times this are a month's. Source: peru.md part 5 */
#define WEEKS_OF_MONTH 4.33

/* Tells whether a value is written as the type's values are. Any text of words passes for TEXT and CHOICE. */
bool value_valid(enum slot_type type, struct slice value);

/* Gives a value as a number: soles a month, months, people, customers a week; the middle of a range. Returns false,
 * with *out unchanged, for a type without numbers, UNKNOWN, REFUSED, or an amount whose period is not known. */
bool value_number(enum slot_type type, struct slice value, double *out);

/* Tells whether the type has numbers that guards may compare. */
bool value_is_numeric(enum slot_type type);

/* Gives the words a closed type allows ("yes", "no", ...; ends with NULL), or NULL for a type whose values are open. */
const char *const *value_words(enum slot_type type);

/* Tells whether an amount lacks its period ("1500/?"). */
bool value_lacks_period(struct slice value);

/* Tells whether a word is a period: day, week, month, year. */
bool value_is_period(struct slice word);

/* Appends a value in a person's words ("S/ 1500 al mes", "2 años", "Cusco") of a language, at most value_spoken_max()
 * characters. A value it does not know is appended as it stands. */
void value_speak(const struct tongue *tongue, enum slot_type type, struct slice value, struct buf *out);

/* Gives the most characters that value_speak() appends for a type. */
size_t value_spoken_max(const struct tongue *tongue, enum slot_type type);

#endif
