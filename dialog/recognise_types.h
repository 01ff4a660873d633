/* What the recognisers share among themselves: one function a type, on a message already cut into tokens.
 *
 * Each returns OK with value and confidence set, or ERR_NOT_FOUND, and may leave *out half written then: recognise()
 * hands it on only on OK. None allocates, and none reads anything but the reading. Nobody outside
 * dialog/recognise*.c includes this. Proved by tests/unit/test_recognise_*.c. */
#ifndef DIALOG_RECOGNISE_TYPES_H
#define DIALOG_RECOGNISE_TYPES_H

#include "dialog/lexer.h"
#include "dialog/recognise.h"

/* A message, as the recognisers see it. */
struct reading {
    struct slice text;    /* as written, cut to RECOGNISE_BYTES_MAX */
    struct slice choices; /* labels "a|b|c"; empty for other types */
    int64_t now_ms;       /* when it was written */
    const struct lexed *lexed;
    const struct lexed *whole; /* with what greets and addresses; its `text` is the message, folded */
};

/* Reads what was said once, without asking what else it may mean. `whole` has the text. */
MUST_USE enum error recognise_once(enum slot_type type, struct slice choices, const struct said *said,
                                   const struct lexed *whole, int64_t now_ms, struct recognised *out);

/* Counts what only greets and addresses at both ends of what was cut into tokens. */
void recognise_count_courtesies(struct said *said);

/* Asks back a value that would be another if a word that is none, or is one but for a slip, were the word that it is
 * one edit from: "900 a la semaa". Bounded: few words, and few that each may be. */
void recognise_doubt(enum slot_type type, struct slice choices, const struct said *said, int64_t now_ms,
                     struct recognised *out);

/* Sets the value and the confidence. Returns ERR_NOT_FOUND when the value is empty or too long to be kept. */
MUST_USE enum error recognised_set(struct recognised *out, struct slice value, double confidence);

/* Answers with the first row of a table that matches. Returns ERR_NOT_FOUND when none does. */
MUST_USE enum error recognise_by(enum table table, const struct reading *reading, struct recognised *out);

/* Tells whether a message only asks back, as "¿cuánto cuesta?" does: its words are no yes, and above all no consent.
 * One that answers first may go on to ask. */
bool reading_asks(const struct reading *reading);

/* Tells whether a clause ends before the token at i: at a sign, a "but", "sino". */
bool reading_turns_at(const struct lexed *lexed, size_t i);

/* Tells whether the word at i is what somebody says not to be: "no soy informal". */
bool reading_denies_being(const struct lexed *lexed, size_t i);

/* Tells whether a message says that the person would rather not tell. */
bool reading_refuses(const struct reading *reading);

/* Tells whether a message tells nothing of its own: a refusal, a mere question, a lone yes or no. */
bool reading_evades(const struct reading *reading);

/* Reads sales: an amount, a price times a count, none, not known, or not told. */
MUST_USE enum error recognise_money(const struct reading *reading, struct recognised *out);
/* Reads how long a business has been open. */
MUST_USE enum error recognise_tenure(const struct reading *reading, struct recognised *out);
/* Reads how many people work in it. */
MUST_USE enum error recognise_workers(const struct reading *reading, struct recognised *out);
/* Reads how many customers come, and how often. */
MUST_USE enum error recognise_customers(const struct reading *reading, struct recognised *out);
/* Reads yes, no, perhaps. */
MUST_USE enum error recognise_yesno(const struct reading *reading, struct recognised *out);
/* Reads a RUC number, or whether there is one. */
MUST_USE enum error recognise_ruc(const struct reading *reading, struct recognised *out);
/* Reads a tax regime. */
MUST_USE enum error recognise_regime(const struct reading *reading, struct recognised *out);
/* Reads a place as its department. */
MUST_USE enum error recognise_region(const struct reading *reading, struct recognised *out);
/* Reads where sales are going. */
MUST_USE enum error recognise_trend(const struct reading *reading, struct recognised *out);
/* Reads what is wanted most. */
MUST_USE enum error recognise_goal(const struct reading *reading, struct recognised *out);
/* Reads a command that is the whole message. */
MUST_USE enum error recognise_command(const struct reading *reading, struct recognised *out);
/* Reads the choice of one label. */
MUST_USE enum error recognise_choice(const struct reading *reading, struct recognised *out);

#endif
