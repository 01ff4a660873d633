/* Plain forms: what stands for a character that GSM 7-bit has not, where a reader loses nothing.
 *
 * One table. A character is in it only where no word becomes another one: ñ has no plain form (año is not ano), and
 * none is needed, since GSM 7-bit has it. Every plain form is of characters that cost one septet each. Proved by
 * tests/unit/test_sms.c. */
#ifndef BASE_SMS_PLAIN_H
#define BASE_SMS_PLAIN_H

#include <stddef.h>
#include <stdint.h>

/* Gives the plain form of a character as UTF-8, "" where it is invisible; NULL where it has none. */
const char *sms_plain_form(uint32_t code_point);

#endif
