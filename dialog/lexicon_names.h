/* The names that a language's file may give words, forms and rows to: the closed set that the code knows.
 *
 * docs/languages.md tells what each means, and config/languages/es.yaml shows each in use. A class is a set of words
 * that the code asks a token for; a table is a list of rows that are tried in order. No word of any language is in the
 * code. Proved by tests/unit/test_lexicon.c. */
#ifndef DIALOG_LEXICON_NAMES_H
#define DIALOG_LEXICON_NAMES_H

/* Classes of words: CLASS(constant, name in the file). */
#define LEXICON_CLASSES(CLASS)                                                                                         \
    CLASS(ABOUT, "about")                                                                                              \
    CLASS(ABOVE, "above")                                                                                              \
    CLASS(ADDRESSED, "addressed")                                                                                      \
    CLASS(AND, "and")                                                                                                  \
    CLASS(AROUND_CORRECTION, "around_correction")                                                                      \
    CLASS(AT, "at")                                                                                                    \
    CLASS(BEFORE_AGE, "before_age")                                                                                    \
    CLASS(BEFORE_AMOUNT, "before_amount")                                                                              \
    CLASS(BEFORE_CLOCK, "before_clock")                                                                                \
    CLASS(BEFORE_CORRECTION, "before_correction")                                                                      \
    CLASS(BEFORE_HELPER, "before_helper")                                                                              \
    CLASS(BEFORE_SHORT_YEAR, "before_short_year")                                                                      \
    CLASS(BEFORE_WRITTEN_YEAR, "before_written_year")                                                                  \
    CLASS(BEFORE_YEAR, "before_year")                                                                                  \
    CLASS(BEFORE_YEARS, "before_years")                                                                                \
    CLASS(BELOW, "below")                                                                                              \
    CLASS(BETWEEN, "between")                                                                                          \
    CLASS(BETWEEN_TIMES, "between_times")                                                                              \
    CLASS(CAME_FROM, "came_from")                                                                                      \
    CLASS(BUT, "but")                                                                                                  \
    CLASS(CASES, "cases")                                                                                              \
    CLASS(CASE_DAYS, "case_days")                                                                                      \
    CLASS(CASE_WEEK, "case_week")                                                                                      \
    CLASS(CENTS, "cents")                                                                                              \
    CLASS(CHOICE_ENDS, "choice_ends")                                                                                  \
    CLASS(CHOICE_WORDS, "choice_words")                                                                                \
    CLASS(CLIENTS, "clients")                                                                                          \
    CLASS(CLOCK_UNITS, "clock_units")                                                                                  \
    CLASS(COIN_LETTERS, "coin_letters")                                                                                \
    CLASS(COIN_SIGNS, "coin_signs")                                                                                    \
    CLASS(CORRECTIONS, "corrections")                                                                                  \
    CLASS(COSTS, "costs")                                                                                              \
    CLASS(COUPLES, "couples")                                                                                          \
    CLASS(COURTESIES, "courtesies")                                                                                    \
    CLASS(CURRENCY, "currency")                                                                                        \
    CLASS(CUSTOMERS, "customers")                                                                                      \
    CLASS(DATE_MONTHS, "date_months")                                                                                  \
    CLASS(DAY_PARTS, "day_parts")                                                                                      \
    CLASS(DENIALS, "denials")                                                                                          \
    CLASS(DENIES, "denies")                                                                                            \
    CLASS(EACH_LETTERS, "each_letters")                                                                                \
    CLASS(EACH, "each")                                                                                                \
    CLASS(END_OF, "end_of")                                                                                            \
    CLASS(GUESSING, "guessing")                                                                                        \
    CLASS(HALF, "half")                                                                                                \
    CLASS(HALF_OR_SOME, "half_or_some")                                                                                \
    CLASS(HELPERS, "helpers")                                                                                          \
    CLASS(HIRED, "hired")                                                                                              \
    CLASS(HUNDRED, "hundred")                                                                                          \
    CLASS(I, "i")                                                                                                      \
    CLASS(IN, "in")                                                                                                    \
    CLASS(LABEL_NO, "label_no")                                                                                        \
    CLASS(LABEL_YES, "label_yes")                                                                                      \
    CLASS(LAST, "last")                                                                                                \
    CLASS(MEMBERS, "members")                                                                                          \
    CLASS(MORE, "more")                                                                                                \
    CLASS(MY, "my")                                                                                                    \
    CLASS(MYSELF, "myself")                                                                                            \
    CLASS(NEW_COINS, "new_coins")                                                                                      \
    CLASS(NOT_A_PERIOD, "not_a_period")                                                                                \
    CLASS(NOT_COUNTED, "not_counted")                                                                                  \
    CLASS(NOT_EVEN, "not_even")                                                                                        \
    CLASS(NOT_PRICED, "not_priced")                                                                                    \
    CLASS(NOT_SALES, "not_sales")                                                                                      \
    CLASS(NOT_THINGS, "not_things")                                                                                    \
    CLASS(NOT_TRADES, "not_trades")                                                                                    \
    CLASS(NOT_WEEKEND, "not_weekend")                                                                                  \
    CLASS(NUMBER_AND, "number_and")                                                                                    \
    CLASS(NUMBER_HALF, "number_half")                                                                                  \
    CLASS(NUMBER_SOME, "number_some")                                                                                  \
    CLASS(OF, "of")                                                                                                    \
    CLASS(OF_AGE, "of_age")                                                                                            \
    CLASS(OR_TO, "or_to")                                                                                              \
    CLASS(OWNER, "owner")                                                                                              \
    CLASS(PAST, "past")                                                                                                \
    CLASS(PARTNERS, "partners")                                                                                        \
    CLASS(PER, "per")                                                                                                  \
    CLASS(PER_ONE, "per_one")                                                                                          \
    CLASS(PER_THING, "per_thing")                                                                                      \
    CLASS(PERCENT, "percent")                                                                                          \
    CLASS(PERSON, "person")                                                                                            \
    CLASS(PLUS, "plus")                                                                                                \
    CLASS(PLUS_PEOPLE, "plus_people")                                                                                  \
    CLASS(QUESTIONS, "questions")                                                                                      \
    CLASS(SALUTATIONS, "salutations")                                                                                  \
    CLASS(SINCE, "since")                                                                                              \
    CLASS(SOME_MORE, "some_more")                                                                                      \
    CLASS(SOLES, "soles")                                                                                              \
    CLASS(STOPS, "stops")                                                                                              \
    CLASS(STREETS, "streets")                                                                                          \
    CLASS(THINGS_TOO, "things_too")                                                                                    \
    CLASS(TIMES, "times")                                                                                              \
    CLASS(TITLES, "titles")                                                                                            \
    CLASS(TO, "to")                                                                                                    \
    CLASS(TURNS, "turns")                                                                                              \
    CLASS(UNTIL, "until")                                                                                              \
    CLASS(VARIES, "varies")                                                                                            \
    CLASS(WE_ARE, "we_are")                                                                                            \
    CLASS(WITHIN, "within")                                                                                            \
    CLASS(WITH_CENTS, "with_cents")                                                                                    \
    CLASS(WITH_PEOPLE, "with_people")                                                                                  \
    CLASS(WORKS_IN, "works_in")

/* Tables: TABLE(constant, name in the file, what it holds, the values of its rows, parted by blanks).
 * FORMS have no value, NUMBERS any whole number; NAMES are rows of several names each, whose value is a code. */
#define LEXICON_TABLES(TABLE)                                                                                          \
    TABLE(COMMANDS, "commands", ROWS,                                                                                  \
          "start stop resume help menu back language mydata rectify erase agent greet thanks")                         \
    TABLE(YESNO, "yesno", ROWS, "yes no maybe")                                                                        \
    TABLE(TREND, "trend", ROWS, "up same down UNKNOWN")                                                                \
    TABLE(REGIMES, "regimes", ROWS, "NRUS RER RMT RG none UNKNOWN")                                                    \
    TABLE(GOALS, "goals", ROWS, "finance customers digital formalise export public_sales training debts other")        \
    TABLE(NOT_KNOWN, "not_known", ROWS, "UNKNOWN")                                                                     \
    TABLE(VARYING, "varying", ROWS, "UNKNOWN")                                                                         \
    TABLE(REFUSALS, "refusals", ROWS, "REFUSED")                                                                       \
    TABLE(AMOUNT_UNKNOWN, "amount_unknown", ROWS, "UNKNOWN")                                                           \
    TABLE(NO_SALES, "no_sales", ROWS, "0/month")                                                                       \
    TABLE(NO_CUSTOMERS, "no_customers", ROWS, "0/week 0/day UNKNOWN")                                                  \
    TABLE(CUSTOMERS_UNKNOWN, "customers_unknown", ROWS, "UNKNOWN")                                                     \
    TABLE(OWNING, "owning", ROWS, "yes no")                                                                            \
    TABLE(IDEAS, "ideas", ROWS, "-1")                                                                                  \
    TABLE(RECENTS, "recents", NUMBERS, "")                                                                             \
    TABLE(NOBODY_ELSE, "nobody_else", ROWS, "1")                                                                       \
    TABLE(ALONE, "alone", ROWS, "1 2 UNKNOWN")                                                                         \
    TABLE(WORKERS_UNKNOWN, "workers_unknown", ROWS, "UNKNOWN")                                                         \
    TABLE(COINS, "coins", NUMBERS, "")                                                                                 \
    TABLE(PERIODS, "periods", ROWS,                                                                                    \
          "day days daily week weeks weekly fortnight fortnights fortnightly month months monthly "                    \
          "year years yearly weekend")                                                                                 \
    TABLE(UNITS, "units", ROWS, "year month week day fortnight century decade lustrum semester trimester bimester")    \
    TABLE(MONTHS, "months", NUMBERS, "")                                                                               \
    TABLE(ORDINALS, "ordinals", NUMBERS, "")                                                                           \
    TABLE(STARTS, "starts", ROWS, "before_pandemic after_pandemic pandemic two_years_ago last_year this_year")         \
    TABLE(PARTS_OF_YEAR, "parts_of_year", NUMBERS, "")                                                                 \
    TABLE(MONTHS_AGO, "months_ago", NUMBERS, "")                                                                       \
    TABLE(PLACES, "places", NAMES, "")                                                                                 \
    TABLE(CUES, "cues", ROWS,                                                                                          \
          "tenure tenure_after tenure_alone tenure_loose money money_after money_alone money_loose "                   \
          "customers customers_after customers_alone customers_loose workers workers_after "                           \
          "workers_alone workers_loose ruc ruc_after ruc_alone ruc_loose region region_after "                         \
          "region_alone region_loose goal goal_after goal_alone goal_loose")                                           \
    TABLE(DOUBTS, "doubts", ROWS,                                                                                      \
          "money tenure workers customers yesno ruc regime region trend goal command")                                 \
    TABLE(ELSEWHERE, "elsewhere", FORMS, "")                                                                           \
    TABLE(OPENINGS, "openings", FORMS, "")                                                                             \
    TABLE(CLOSINGS, "closings", FORMS, "")                                                                             \
    TABLE(OTHER_MONEY, "other_money", FORMS, "")                                                                       \
    TABLE(BOUNDS, "bounds", FORMS, "")                                                                                 \
    TABLE(AMOUNT_DOUBTS, "amount_doubts", FORMS, "")                                                                   \
    TABLE(HELPS, "helps", FORMS, "")                                                                                   \
    TABLE(HELPING, "helping", FORMS, "")                                                                               \
    TABLE(IN_TOTAL, "in_total", FORMS, "")                                                                             \
    TABLE(BESIDES_ME, "besides_me", FORMS, "")                                                                         \
    TABLE(SOMETIMES, "sometimes", FORMS, "")                                                                           \
    TABLE(ALONE_AFTER_ALL, "alone_after_all", FORMS, "")                                                               \
    TABLE(LESS_THAN, "less_than", FORMS, "")                                                                           \
    TABLE(MORE_THAN, "more_than", FORMS, "")                                                                           \
    TABLE(ANNIVERSARY, "anniversary", FORMS, "")                                                                       \
    TABLE(AGE, "age", FORMS, "")                                                                                       \
    TABLE(OTHERS_AGE, "others_age", FORMS, "")                                                                         \
    TABLE(BEGAN_TWICE, "began_twice", FORMS, "")                                                                       \
    TABLE(MANY_YEARS, "many_years", FORMS, "")                                                                         \
    TABLE(DIVIDED, "divided", FORMS, "")                                                                               \
    TABLE(NOT_UNDERSTOOD, "not_understood", FORMS, "")                                                                 \
    TABLE(ANSWERS_FIRST, "answers_first", FORMS, "")                                                                   \
    TABLE(EITHER_OR, "either_or", FORMS, "")                                                                           \
    TABLE(RATHER_NOT, "rather_not", FORMS, "")                                                                         \
    TABLE(WORKING, "working", FORMS, "")                                                                               \
    TABLE(LONE, "lone", FORMS, "")                                                                                     \
    TABLE(ASKED_BACK, "asked_back", FORMS, "")                                                                         \
    TABLE(UNWANTED, "unwanted", FORMS, "")                                                                             \
    TABLE(UNSURE, "unsure", FORMS, "")                                                                                 \
    TABLE(ASKS_MEANING, "asks_meaning", FORMS, "")                                                                     \
    TABLE(ASKS_HELP, "asks_help", FORMS, "")                                                                           \
    TABLE(ASKING, "asking", FORMS, "")                                                                                 \
    TABLE(NOT_TENURE, "not_tenure", FORMS, "")                                                                         \
    TABLE(LABEL_UNKNOWN, "label_unknown", FORMS, "")                                                                   \
    TABLE(LABEL_REFUSED, "label_refused", FORMS, "")

#endif
