/* GSM 7-bit: which characters its alphabets have, and what septets they are.
 *
 * The default alphabet with its extension table, and the Spanish national language single shift table, which stands in
 * place of the extension table where a message's header says so: it has the accented vowels that the default alphabet
 * lacks. Tables and look-ups; knows nothing of messages. Source: 3GPP TS 23.038, parts 6.2.1, 6.2.1.1 and A.2.2, as
 * printed in providers.md parts 10.1 to 10.3. Proved by tests/unit/test_gsm7.c and tests/fuzz/fuzz_sms.c. */
#ifndef BASE_GSM7_H
#define BASE_GSM7_H

#include "base/slice.h"

#define GSM7_ESCAPE 0x1B /* what follows is of the extension table, or of the shift's */

/* Gives a code point's septets: 1, 2 for the extension table, 0 where it has none. */
unsigned gsm7_cost(uint32_t code_point);

/* As gsm7_cost(), under the Spanish single shift: á í ó ú Á Í Ó Ú ç cost 2 as well. */
unsigned gsm7_cost_spanish(uint32_t code_point);

/* Gives the bytes at the start of the text that are ASCII of one septet each: what most of a text is made of. */
size_t gsm7_ascii_run(struct slice text);

/* Writes a code point's septets, an octet each; under the Spanish single shift if so asked. Returns how many: 1, 2
 * with the escape first, 0 where it has none. */
size_t gsm7_encode(uint32_t code_point, bool spanish_shift, uint8_t out[2]);

#endif
