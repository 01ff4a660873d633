/* Quantities in a message: amounts and counts, alone or as a range, and how often.
 *
 * What money and customers have in common: "entre 500 y 800 soles a la semana", "unos 20 al dia". Numbers that measure
 * something else (a duration, a percentage, a year, a time of day) are left out.
 * Must not know: which question was asked. Bounded by LEXER_TOKENS_MAX; nothing fails: what does not fit is left out.
 * Proved by tests/unit/test_recognise_money.c and test_recognise_count.c. */
#ifndef DIALOG_QUANTITY_H
#define DIALOG_QUANTITY_H

#include "base/error.h"
#include "dialog/lexer.h"
#include "dialog/recognise.h"

#define QUANTITIES_MAX 8

enum period { PERIOD_UNKNOWN, PERIOD_DAY, PERIOD_WEEK, PERIOD_FORTNIGHT, PERIOD_MONTH, PERIOD_YEAR };

enum quantity_kind {
    QUANTITY_BARE,   /* a number and nothing that says of what */
    QUANTITY_MONEY,  /* of soles, by one of their names */
    QUANTITY_COUNT,  /* of things: "40 menus" */
    QUANTITY_FOREIGN /* of another currency */
};

struct quantity {
    enum quantity_kind kind;
    int64_t low, high; /* hundredths; equal unless a range; hundredths of soles for money */
    size_t first, end; /* tokens: from first to before end, its unit included */
    double confidence; /* 0 to 1: what slang and loose writing leave of it */
    bool priced;       /* for one of something: "20 soles el menu" */
    bool past;         /* said of how it was: "antes vendia 200" */
    bool denied;       /* "no somos 4" */
    bool of_days;      /* its ends are of two kinds of days: "entre semana 20 y domingo 60" */
    bool maybe_priced; /* "a 20 soles": for one of something, if anything else is counted */
};

struct quantities {
    struct quantity items[QUANTITIES_MAX]; /* in the order written */
    size_t count;
    bool too_many; /* more than QUANTITIES_MAX: nothing should be concluded */
};

/* Finds the quantities of a message. */
void quantities_read(const struct lexed *lexed, struct quantities *out);

/* Tells whether the words between two numbers, from `end` to before `first`, take the first one back: "20, digo 25",
 * "20 no, 25". */
bool quantity_taken_back(const struct lexed *lexed, size_t end, size_t first);

/* Tells whether a denial is of the number at token `first`: "no somos 4", "no llego a 500"; not "no, 4", "no 4" (which
 * may well be an answer and a number), "no mas de 4". Nothing before `from` is of it. */
bool quantity_denied(const struct lexed *lexed, size_t first, size_t from);

/* Tells whether a "but" and another number stand behind token `end`: "4 pero uno se fue". */
bool quantity_qualified(const struct lexed *lexed, size_t end);

/* Tells whether two quantities, the other behind the one, are of two cases: "en dia bueno 150, malo 60". *days: of
 * two kinds of days. (quantity_cases.c) */
bool quantity_cases(const struct lexed *lexed, const struct quantity *one, const struct quantity *other, bool *days);

/* Gives how often a quantity is meant: the nearest period named behind it, else before it.
 * Takes from *confidence where more than one is named, or a vague one ("los domingos"). */
enum period quantity_period(const struct lexed *lexed, const struct quantity *quantity, double *confidence);

/* Writes "800/week", "500..800/week", "1500.50/?"; a fortnight as twice as much a month. Returns ERR_LIMIT when the
 * value does not fit. */
MUST_USE enum error quantity_write(const struct quantity *quantity, enum period period, struct recognised *out);

#endif
