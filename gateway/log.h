/* The log: one event, one line, in logfmt on stderr.
 *
 * `level=info msg="turn done" channel=sms contact=3f9a…` — a phone number, a message's text or a secret never enters
 * a line: people appear as a keyed hash (log_person), and values are quoted and escaped so that nothing from outside
 * can forge a line. Limits: a line is cut at LOG_LINE_MAX bytes. Proved by tests/unit/test_log.c. */
#ifndef GATEWAY_LOG_H
#define GATEWAY_LOG_H

#include <stdint.h>

#include "base/slice.h"

#define LOG_LINE_MAX 1024
#define LOG_PERSON 17 /* bytes of a person's keyed hash as hex and its NUL */

enum log_level { LOG_DEBUG, LOG_INFO, LOG_WARNING, LOG_ERROR };

/* Sets the lowest level that is written, and the key of people's hashes (copied; at least 16 random bytes). */
void log_open(enum log_level level, struct slice key);

/* Writes one line: a sentence in English, then name=value pairs in printf form, e.g. log_event(LOG_INFO, "turn done",
 * "channel=%s ms=%d", …). The pairs' text must come from us; what came from outside goes through log_value(). */
void log_event(enum log_level level, const char *message, const char *pairs, ...) __attribute__((format(printf, 3, 4)));

/* Writes a keyed hash that stands for a person, the same for the same person while the key lives. */
const char *log_person(struct slice who, char out[LOG_PERSON]);

/* Quotes and escapes text from outside for a pair's value: controls, quotes, bytes above ASCII; cut at `size`. */
const char *log_value(struct slice text, char *out, size_t size);

#endif
