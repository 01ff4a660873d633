/* What the recognisers share among themselves: one function a type, on a message already cut into tokens.
 *
 * Each returns OK with value and confidence set, or ERR_NOT_FOUND, and may leave *out half written then: recognise()
 * hands it on only on OK. None allocates, and none reads anything but the reading. Nobody outside
 * dialog/recognise*.c includes this. Proved by tests/unit/test_recognise_*.c. */
#ifndef DIALOG_RECOGNISE_TYPES_H
#define DIALOG_RECOGNISE_TYPES_H

#include "dialog/lexer.h"
#include "dialog/pattern.h"
#include "dialog/recognise.h"

/* A message, as the recognisers see it. */
struct reading {
    struct slice text;    /* as written, cut to RECOGNISE_BYTES_MAX */
    struct slice choices; /* labels "a|b|c"; empty for other types */
    int64_t now_ms;       /* when it was written */
    const struct lexed *lexed;
    const struct recognise_index *index; /* of all tables; NULL: found anew */
};

/* Where a table lies in the index. */
enum table_place {
    TABLE_COMMANDS,
    TABLE_YESNO,
    TABLE_TREND,
    TABLE_REGIMES,
    TABLE_GOALS,
    TABLE_REFUSALS,
    TABLE_AMOUNT_UNKNOWN,
    TABLE_NO_SALES,
    TABLE_NO_CUSTOMERS,
    TABLE_CUSTOMERS_UNKNOWN,
    TABLE_OWNING,
    TABLE_IDEAS,
    TABLE_RECENTS,
    TABLE_NOBODY_ELSE,
    TABLE_ALONE,
    TABLE_WORKERS_UNKNOWN,
    TABLE_COUNT
};

/* A table of patterns that a recogniser goes through. */
struct pattern_table {
    enum table_place place;
    size_t count;
    const struct pattern *rows;
};

#define TABLE(place, rows)                                                                                             \
    {                                                                                                                  \
        (place), sizeof(rows) / sizeof(rows)[0], (rows)                                                                \
    }

/* Ways not to know, whatever was asked: rows of every table whose question may be answered so. */
#define NOT_KNOWN                                                                                                      \
    {"no|nunca|jamas lo|la|los|las|me|le|te|les|se? lo|la|los|las? "                                                   \
     "=se|sabria|sabemos|recuerdo|acuerdo|calculo|apunto|anoto",                                                       \
     "UNKNOWN", 0.9},                                                                                                  \
        {"se me|nos|le olvid*|paso|borr*|fue", "UNKNOWN", 0.8}, {"me olvid*|olvide", "UNKNOWN", 0.8},                  \
        {"ni yo mismo|misma|lo? =se|sabria", "UNKNOWN", 0.85},                                                         \
        {"no|nunca|jamas lo|la|los|las|me? he|hemos|habia|habre "                                                      \
         "sacado|calculado|contado|sumado|apuntado|anotado|fijado|llevado",                                            \
         "UNKNOWN", 0.9},                                                                                              \
        {"no|nunca|ni tengo|llevo|saco|hago|hay|llevamos la|el|una|ni? menor|minima|mas? "                             \
         "idea|cuenta*|registro|control|apunte*",                                                                      \
         "UNKNOWN", 0.9},                                                                                              \
        {"no|ni|nunca .. cuenta*|registro|control llev*|teng*|sac*|hag*|hac*|anot*", "UNKNOWN", 0.88},                 \
        {"no estoy|toy|estamos muy|tan? segur*", "UNKNOWN", 0.85}, {"ni idea|=se|cuenta", "UNKNOWN", 0.9},             \
        {"no|nunca me|nos han|ha|dij* dicho|explicado|informado|cual|cuanto", "UNKNOWN", 0.8},                         \
        {"desconozco|desconocemos|ignoro", "UNKNOWN", 0.9},                                                            \
    {                                                                                                                  \
        "quien|sabra|sabe|solo dios|sabe", "UNKNOWN", 0.85                                                             \
    }

/* Sets the value and the confidence. Returns ERR_NOT_FOUND when the value is empty or too long to be kept. */
MUST_USE enum error recognised_set(struct recognised *out, struct slice value, double confidence);

/* The tables. */
extern const struct pattern_table command_table, yesno_table, trend_table, regime_table, goal_table, refusal_table,
    amount_unknown_table, no_sales_table, no_customers_table, customers_unknown_table, owning_table, ideas_table,
    recents_table, nobody_else_table, alone_table, workers_unknown_table;

/* Finds the first row of a table, from `from` on, that matches the tokens. Returns false when none does. */
bool pattern_table_find(const struct pattern_table *table, size_t from, const struct recognise_index *index,
                        const struct lexed *lexed, struct pattern_match *out);

/* Answers with the first row of a table that matches. Returns ERR_NOT_FOUND when none does. */
MUST_USE enum error recognise_by(const struct pattern_table *table, const struct reading *reading,
                                 struct recognised *out);

/* Tells whether a message only asks back, as "¿cuánto cuesta?" does: its words are no yes, and above all no consent.
 * One that answers first may go on to ask. */
bool reading_asks(const struct reading *reading);

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
