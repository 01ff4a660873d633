/* The RUC: eleven digits with a check digit, or whether there is one.
 *
 * A RUC that begins with 10 holds its owner's identity number: the value is for the fact alone, and goes into no text.
 * Source: peru.md part 1.4. */
#include "base/utf8.h"
#include "dialog/recognise_types.h"

#define RUC_DIGITS 11
#define RUNS_MAX 8

/* A run of digits in the message, as written: separators between them left out. */
struct run {
    char digits[24]; /* as many as fit */
    size_t count;    /* of digits written */
};

static bool is_digit(char c)
{
    return c >= '0' && c <= '9';
}

static int check_digit(const char *digits)
{
    static const int weights[RUC_DIGITS - 1] = {5, 4, 3, 2, 7, 6, 5, 4, 3, 2};
    int sum = 0;
    for (size_t i = 0; i < RUC_DIGITS - 1; i++)
        sum += weights[i] * (digits[i] - '0');
    return (11 - sum % 11) % 10;
}

/* Gives how sure a run is a RUC: 0 when it is none. 16 is seen, but unusual. */
static double judge(const struct run *run)
{
    static const struct {
        char prefix[3];
        double confidence;
    } kinds[] = {{"10", 0.99}, {"20", 0.99}, {"15", 0.95}, {"17", 0.95}, {"16", 0.6}};
    if (run->count != RUC_DIGITS || check_digit(run->digits) != run->digits[RUC_DIGITS - 1] - '0')
        return 0;
    for (size_t i = 0; i < sizeof kinds / sizeof kinds[0]; i++)
        if (run->digits[0] == kinds[i].prefix[0] && run->digits[1] == kinds[i].prefix[1])
            return kinds[i].confidence;
    return 0;
}

/* Takes the next run of digits off *rest; `joined` lets blanks, dashes, dots and slashes stand between them. */
static bool next_run(struct slice *rest, bool joined, struct run *run)
{
    size_t i = 0;
    *run = (struct run){.count = 0};
    while (i < rest->len && !is_digit(rest->ptr[i]))
        i++;
    for (; i < rest->len; i++) {
        char c = rest->ptr[i];
        bool separator = joined && (c == ' ' || c == '-' || c == '.' || c == '/' || c == ',');
        if (!is_digit(c) && !separator)
            break;
        if (is_digit(c) && run->count < sizeof run->digits)
            run->digits[run->count] = c;
        run->count += is_digit(c);
    }
    *rest = slice_part(*rest, i, rest->len);
    return run->count > 0;
}

/* Looks for a RUC. Returns its confidence, 0 for none, and the length of the longest run in *longest. */
static double find_ruc(struct slice text, bool joined, struct run *out, size_t *longest)
{
    struct run run;
    while (next_run(&text, joined, &run)) {
        double confidence = judge(&run);
        if (run.count > *longest)
            *longest = run.count;
        if (confidence > 0) {
            *out = run;
            return confidence;
        }
    }
    return 0;
}

/* Tells whether owning itself is what is not known: "no se si tengo" is no no. "No se, no tengo" is one. */
static bool wonders(const struct lexed *lexed)
{
    struct row_match unknown;
    return lexicon_find(TABLE_NOT_KNOWN, 0, lexed, &unknown) && token_is(token_at(lexed, unknown.end), WORDS_LABEL_YES);
}

/* Tells whether a clause of several words ends in a denial: "a mi nombre no, a nombre de mi esposo". */
static bool denies_clause(const struct lexed *lexed)
{
    for (size_t i = 1; i + 1 < lexed->count; i++)
        if (token_is(&lexed->tokens[i], WORDS_DENIALS) && reading_turns_at(lexed, i + 1))
            return true;
    return false;
}

enum error recognise_ruc(const struct reading *reading, struct recognised *out)
{
    struct slice text = {reading->whole->text, reading->whole->text_len};
    struct run run;
    size_t longest = 0;
    double confidence = find_ruc(text, false, &run, &longest);
    if (confidence == 0)
        confidence = find_ruc(text, true, &run, &longest);
    if (confidence > 0)
        return recognised_set(out, (struct slice){run.digits, RUC_DIGITS}, confidence);
    bool digits_alone = reading->lexed->count == 1 && longest >= 5;
    if (longest >= 8 || digits_alone)
        return recognised_set(out, SLICE("INVALID"), longest >= 10 && longest <= 12 ? 0.95 : 0.85);
    bool divided = lexicon_has(TABLE_DIVIDED, reading->lexed);
    if (reading_asks(reading) || reading_refuses(reading) || divided)
        return ERR_NOT_FOUND;
    if (wonders(reading->lexed))
        return ERR_NOT_FOUND;
    struct row_match owning;
    if (lexicon_find(TABLE_OWNING, 0, reading->lexed, &owning)) {
        bool denied = reading_denies_being(reading->lexed, owning.first); /* "no soy informal" */
        bool mixed = slice_is(owning.row->value, "yes") && denies_clause(reading->lexed) && owning.confidence > 0.6;
        return recognised_set(out, owning.row->value, denied ? 0.5 : mixed ? 0.6 : owning.confidence);
    }
    if (recognise_yesno(reading, out) != OK || slice_is(slice_of(out->value), "maybe"))
        return ERR_NOT_FOUND;
    return OK;
}
