/* WhatsApp's window: until when free words go to somebody who wrote, and the approved template that goes after it.
 *
 * What staff answer, and what is told of trainings, is one text that nobody knows beforehand: a channel's settings
 * answer_template, training_template and reminder_template each name a template of the category utility, and what
 * fills its parameters, in their order: "aviso_capacitacion title when where". Without words behind the name it has one
 * parameter, `text`: all of what would be said in free words. A message that has a template goes in free words while
 * the window is open (gateway/limits.h decides, at the instant of sending). Must not know: Redis, people. Failure
 * policy: a setting that is none is a fault at start. Source: providers.md part 1.8. Pure. Proved by
 * tests/unit/test_window.c and tests/blackbox/window.test.mjs. */
#ifndef GATEWAY_WINDOW_H
#define GATEWAY_WINDOW_H

#include "adapters/adapter.h"

#define WINDOW_TEXT_CHARS 700 /* of the parameter `text`: a body of 1024 holds it beside the others */
#define WINDOW_NONE INT64_MAX

/* What a template stands for; a reminder has training's where it has none of its own. */
enum window_words { WINDOW_ANSWER, WINDOW_TRAINING, WINDOW_REMINDER };
#define WINDOW_WORDS 3

/* What may fill a parameter; of an answer only the text. */
enum window_param { WINDOW_TEXT, WINDOW_TITLE, WINDOW_WHEN, WINDOW_WHERE, WINDOW_CODE };
#define WINDOW_PARAMS 5

/* Tells until when free words go to somebody who last wrote on the channel at `inbound_ms` (0 never): WINDOW_NONE where
 * the channel has no window; 0 where it never opened. Units: ms since 1970. */
int64_t window_until_ms(const struct channel *channel, int64_t inbound_ms);

/* Gives the setting's name: "answer_template". */
const char *window_setting(enum window_words words);

/* Tells whether the channel has such a template, and can send it. */
bool window_has(const struct channel *channel, enum window_words words);

/* Writes into `out`, of `size` bytes, why a channel's setting cannot be used, with the remedy. Returns false where it
 * can, or is not there. */
bool window_fault(const struct channel *channel, enum window_words words, char *out, size_t size);

/* Fills the template: *out is in the arena and borrows of the channel; NULL where the channel has none. Returns OK or
 * ERR_NOMEM. */
MUST_USE enum error window_template(const struct channel *channel, enum window_words words,
                                    const struct slice values[WINDOW_PARAMS], struct arena *arena,
                                    const struct message_template **out);

#endif
