/* The trainers that learn from facts: stage, closing, growth, ranker. Not linked into serving.
 *
 * `stage` learns P(stage | what is known) from the definition (stage.h) over real owners' facts. The rows have no
 * labels: they say which facts go together. What they do not say is made up, with the job's seed, and called so in
 * the card: the trend, the share not yet open, the share without sales. The rule labels each whole fact set; then
 * facts are taken away at random. Tested on departments that training never saw. Staff's corrections (further data
 * files) are the only labels: they count beside the rule's.
 *
 * `closing` and `growth` learn from a panel of a few hundred firms, so every figure is cross-validated: each firm's
 * score comes from models that never saw it, and the probabilities are set on those scores. Where they order firms no
 * better than chance, the model gives its base rate. The panel's courses (a trial's two arms) are features in
 * training and zero in every figure, as in use.
 *
 * `ranker` learns from owners' answers: a row a resource that was shown, with the facts, the propensity with
 * which it was shown, and whether it was of use. A person's answers lie in one fold.
 *
 * Each reads the first data file of its job. Proved by tests/unit/test_engine_stage.c,
 * tests/unit/test_engine_growth.c
 * and tests/unit/test_ranker.c. */
#ifndef ENGINE_TRAINERS_H
#define ENGINE_TRAINERS_H

#include "engine/trainer.h"

extern const struct trainer trainer_stage, trainer_closing, trainer_growth, trainer_ranker;

#endif
