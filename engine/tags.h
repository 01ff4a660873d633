/* Tags: what an owner says of herself and her trade beyond the facts that are asked.
 *
 * Some resources are only for women, artisans, fishers, associations, people in the country and so on. Nobody is
 * asked for that as a fact; the owner's own words state it, or it stays unknown and the resource is not offered. One
 * row per tag has the beginnings of folded words that state it. Must not know: the catalogue's entries. Proved by
 * tests/unit/test_tags.c. */
#ifndef ENGINE_TAGS_H
#define ENGINE_TAGS_H

#include "engine/vocabulary.h"

extern const struct vocabulary tags; /* phrase: the reason for a resource that requires the tag */

/* Gives the tags that the text states, as bits by word number. "no" before a word is not understood: tags only widen
 * what is offered. */
unsigned tags_stated(struct slice text);

/* Tells whether the text says that the business has a fixed place (a shop, a workshop, a stall): 1, or that it has none
 * (it walks, or stands in the street): 0; -1: neither. Selling at home or by internet says neither. */
int place_stated(struct slice text);

#endif
