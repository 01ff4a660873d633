/* The rules of a channel's limits: from its settings, and from what its kind of channel obeys anyway.
 *
 * Must not know: states, time. Proved by tests/unit/test_limit_rules.c. */
#ifndef GATEWAY_LIMIT_RULES_H
#define GATEWAY_LIMIT_RULES_H

#include "adapters/adapter.h"
#include "config/config.h"
#include "gateway/limits.h"

/* Fills the rules of an opened channel. The holidays are borrowed. */
void limit_rules_read(const struct config *config, const struct channel *channel, const struct holidays *holidays,
                      struct limit_rules *out);

#endif
