/* Insight: what staff see of a business, as JSON and as a line's words.
 *
 * A prediction never stands alone here: a stage comes with the question that would tell most, an outlook with how
 * little its models tell (areas under the curve) and with the lever that an owner may be told. Must not know: where it
 * is shown, dialogue. Failure policy: the buffer keeps its own error. Proved by tests/blackbox/classify.test.mjs,
 * tests/blackbox/recommend.test.mjs, tests/blackbox/api-facts.test.mjs and tests/blackbox/api-audience.test.mjs. */
#ifndef GATEWAY_INSIGHT_H
#define GATEWAY_INSIGHT_H

#include "base/buf.h"
#include "engine/engine.h"

/* Appends the members of an object for the best `top` labels of a prediction: guesses, sure, reasons, version. */
void insight_put_prediction(const struct prediction *prediction, size_t top, struct buf *out);

/* Appends members beside a stage: next_question ({slot, bits}, null where the stage is decided) and questions, all of
 * them, most first. */
void insight_put_questions(const struct engine *engine, const struct business *business, struct buf *out);

/* Appends members beside an outlook: auc ({closing, growth, chance}) and lever ({key, more_live_of_100}, or null). */
void insight_put_outlook(const struct engine *engine, const struct business *business, struct buf *out);

/* Appends the same in words, within brackets: the question, where there is one; the areas under the curve. */
void insight_say_question(const struct engine *engine, const struct business *business, struct buf *out);
void insight_say_auc(const struct engine *engine, const struct business *business, struct buf *out);

/* Appends the areas in words, as they are. */
void insight_put_auc_words(const struct engine *engine, const struct business *business, struct buf *out);

#endif
