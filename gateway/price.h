/* Prices: what a message costs on a channel, from the channel's settings.
 *
 * An SMS costs by the segment, a WhatsApp message by itself: free words at `price`, a template at its category's. A
 * number's beginning can have a price of its own, the longest that fits counts: for countries, since in Peru a number
 * tells only the operator that first had it (numbers are ported), and an operator's price cannot be known from it.
 * Sums are whole ten-thousandths of the currency. Must not know: budgets, texts. Proved by tests/unit/test_price.c. */
#ifndef GATEWAY_PRICE_H
#define GATEWAY_PRICE_H

#include "adapters/adapter.h"
#include "config/price_value.h"

enum price_kind { PRICE_WORDS, PRICE_UTILITY, PRICE_MARKETING };
#define PRICE_KINDS 3

#define PRICE_UNKNOWN (-1)

struct price_prefix {
    struct slice prefix;
    int64_t price;
};

struct price_table {
    int64_t each[PRICE_KINDS]; /* ten-thousandths of the currency; PRICE_UNKNOWN where it is not set */
    struct price_prefix prefixes[PRICE_PREFIXES_MAX];
    size_t prefix_count;
};

/* Reads a channel's prices. Owner: borrows of the channel's settings. */
void price_read(const struct channel *channel, struct price_table *out);

/* Gives what a message to a number (E.164) costs: `segments` of an SMS, 1 elsewhere. PRICE_UNKNOWN where the price is
 * not set. Units: ten-thousandths of the currency. */
int64_t price_of(const struct price_table *table, struct slice number, enum price_kind kind, unsigned segments);

/* Finds a template's category: "utility", "marketing". Returns false, with *out unchanged, for another word. */
bool price_kind_named(struct slice name, enum price_kind *out);

#endif
