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

static const struct pattern owning[] = {
    {"no .. acuerdo|recuerdo|memoria|numero|mano", "yes", 0.7},
    {"^ si|claro .. pero|solo|no .. no", "yes", 0.7},
    {"^ nada|cero de? ruc", "no", 0.85},
    {"^ ni ruc", "no", 0.85},
    {"olvid*", "yes", 0.6},
    {"tramite|tramitando|sacando|proceso|sacar|sacarlo", "no", 0.75},
    {"voy|vamos|va|quiero|quisiera|queremos|pienso|pensamos|falta|estoy|estamos|recien|deseo .. "
     "tramitar*|sacar*|obtener*|inscribirme|inscribirnos|hacerlo|formalizarme|gestionar*|registrarme",
     "no", 0.8},
    {"de|dado baja", "no", 0.6},
    {"suspendid*|suspension", "no", 0.6},
    {"no|nunca|tampoco .. tengo|tenemos|tiene|tienen|cuento|contamos|saque|sacamos|sacado|saco|hay|lo|todavia|aun",
     "no", 0.93},
    {"no|ni|nunca .. formal*|registrad*|inscrit*|empadronad*|empresa|estoy|estamos|emito|emitimos|doy|damos", "no",
     0.9},
    {"^ mas adelante|tarde $", "no", 0.7},
    {"sin ruc", "no", 0.92},
    {"informal|informales", "no", 0.85},
    {"^ ninguno|ninguna $", "no", 0.85},
    {"si|ya|claro|tengo|tenemos|cuento|contamos|mi|es|saque|persona con? ruc|lo? 10|20", "yes", 0.9},
    {"ruc 10|20|15|17", "yes", 0.9},
    {"si|ya|claro .. tengo|tenemos|tiene|saque|cuento", "yes", 0.93},
    {"^ tengo|tenemos|cuento|contamos", "yes", 0.88},
    {"con ruc", "yes", 0.85},
    {"a|al nombre de", "yes", 0.8},
    {"tengo|tenemos|cuento|contamos|saque|sacamos $", "yes", 0.8},
    {"emito|emitimos|doy|damos|giro|entrego boleta*|factura*|comprobante*", "yes", 0.8},
    {"soy|somos|es|estoy|estamos formal*|empresa|sac|eirl|srl|registrad*|inscrit*", "yes", 0.85},
};

const struct pattern_table owning_table = TABLE(TABLE_OWNING, owning);

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

enum error recognise_ruc(const struct reading *reading, struct recognised *out)
{
    struct slice text = {reading->lexed->text, reading->lexed->text_len};
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
    bool divided = pattern_has("uno|una|unos|unas si|no y? el|la? otro|otra|otros|otras si|no", reading->lexed);
    if (reading_asks(reading) || reading_refuses(reading) || divided)
        return ERR_NOT_FOUND;
    if (recognise_by(&owning_table, reading, out) == OK)
        return OK;
    if (recognise_yesno(reading, out) != OK || slice_is(slice_of(out->value), "maybe"))
        return ERR_NOT_FOUND;
    return OK;
}
