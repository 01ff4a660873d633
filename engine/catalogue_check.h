/* What staff must look at in the catalogue: entries past their day, those that end soon, those nobody checked for long;
 * and what each costs on a phone.
 *
 * That a text fits is proved when it is read (catalogue.h): at most 120 septets, so that the prover of flows reckons
 * with every entry that there can be. Must not know: clocks, files. Nothing here fails. Proved by
 * tests/unit/test_catalogue_check.c. */
#ifndef ENGINE_CATALOGUE_CHECK_H
#define ENGINE_CATALOGUE_CHECK_H

#include "base/buf.h"
#include "engine/catalogue.h"

#define CATALOGUE_ENDING_DAYS 30 /* before an entry ends, from when on it is told */
#define CATALOGUE_STALE_DAYS 180 /* after which somebody should look again */
#define CATALOGUE_UNSURE_DAYS 90 /* the same, of entries with confidence C */

enum catalogue_state { CATALOGUE_GOOD, CATALOGUE_STALE, CATALOGUE_ENDING, CATALOGUE_EXPIRED };

/* Their words, by number, ended by NULL. */
extern const char *const catalogue_state_words[];

/* Tells how an entry stands at an instant: the worst that holds. One checked later than that is stale, too. An entry is
 * expired exactly when it is recommended to nobody any more. */
enum catalogue_state catalogue_state(const struct resource *resource, int64_t now_ms);

/* What text and contact cost where they are sent together, a line each. */
struct catalogue_cost {
    size_t septets;  /* as GSM-7, after transliteration */
    size_t segments; /* of an SMS that has nothing else */
    size_t screens;  /* of USSD, 182 characters each */
};

/* Reckons it; all 0 where memory ended. */
struct catalogue_cost catalogue_cost(const struct resource *resource);

/* Appends all of that as a JSON object: id, name, state, checked_on, valid_until, confidence, septets, segments,
 * screens. */
void catalogue_put_attention(struct buf *out, const struct resource *resource, enum catalogue_state state);

#endif
