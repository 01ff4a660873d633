#include "dialog/quantity.h"

#include <stdio.h>

#include "dialog/pattern.h"

/* Names of money, what one is worth in hundredths of a sol, and how sure that is.
 * Source: peru.md part 5 (a luca is one sol in Peru; the others are colour, to be confirmed). */
static const struct {
    const char *words;
    int64_t hundredths; /* 0: another currency */
    double confidence;
} coins[] = {
    {"s/|sol|soles|solcito*|pen|nuevos", 100, 1.0},
    {"luca|lucas|luquita|luquitas|luka|lukas", 100, 0.9},
    {"mango|mangos|coco|cocos|bolo|bolos", 100, 0.6},
    {"ferro|ferros|ferrito*", 10, 0.5},
    {"china|chinas", 50, 0.5},
    {"quina|quinas", 500, 0.4},
    {"gamba|gambas", 10000, 0.6},
    {"dolar|dolares|$|usd|verdes|euro|euros|bolivianos|reales", 0, 0},
};

/* Words that name a period. A noun counts time when a number stands before it ("3 meses"), an adverb does not. */
static const struct {
    const char *words;
    enum period period;
    bool plural; /* behind a number, a duration */
    bool noun;
    int days; /* of one */
    double confidence;
} periods[] = {
    {"dia|punchaw|punchay|punchawpi", PERIOD_DAY, false, true, 1, 1.0},
    {"dias", PERIOD_DAY, true, true, 1, 1.0},
    {"diario|diarios|diaria|diarias|diariamente|diarito|jornal|jornada", PERIOD_DAY, false, false, 1, 1.0},
    {"noche|turno", PERIOD_DAY, false, false, 1, 0.85},
    {"semana|semanita", PERIOD_WEEK, false, true, 7, 1.0},
    {"semanas", PERIOD_WEEK, true, true, 7, 1.0},
    {"semanal|semanales|semanalmente|sem", PERIOD_WEEK, false, false, 7, 1.0},
    {"quincena|quincenita", PERIOD_FORTNIGHT, false, true, 15, 0.9},
    {"quincenas", PERIOD_FORTNIGHT, true, true, 15, 0.9},
    {"quincenal|quincenales|quincenalmente", PERIOD_FORTNIGHT, false, false, 15, 0.9},
    {"mes|killa|killapi", PERIOD_MONTH, false, true, 30, 1.0},
    {"meses", PERIOD_MONTH, true, true, 30, 1.0},
    {"mensual|mensuales|mensualmente|mensualidad", PERIOD_MONTH, false, false, 30, 1.0},
    {"ano|wata|watapi", PERIOD_YEAR, false, true, 365, 1.0},
    {"anos", PERIOD_YEAR, true, true, 365, 1.0},
    {"anual|anuales|anualmente", PERIOD_YEAR, false, false, 365, 1.0},
    {"domingo|domingos|sabado|sabados|findes", PERIOD_WEEK, false, false, 7, 0.7},
};

#define PERIODS (sizeof periods / sizeof periods[0])

static const char *const period_names[] = {"?", "day", "week", "month", "month", "year"};

/* Words behind a number that do not say what is counted. */
static const char no_things[] =
    "y|o|u|a|al|por|cada|de|del|la|el|los|las|en|mas|menos|nomas|nada|solo|aprox*"
    "|aproximadamente|masomenos|pues|"
    "entre|como|casi|maximo|minimo|hasta|tal|vez|creo|pero|depende|segun|limpio|"
    "limpios|libre|libres|neto|ganancia|"
    "venta|en|bruto|todo|todos|todas|total|que|si|no|es|son|ya|gracias|amigo|"
    "amiga|senor|senora|senorita|porque|cuando|"
    "pico|fijo|promedio|asi|porfa|sapa|me|le|se|saco|gano|vendo|hago|puede|"
    "podria|normal|normalmente|c|bien|ahi|para|"
    "bueno|buenos|dependiendo|mayormente|sin|contando|incluyendo|conmigo|digo|perdon|perdone|disculpa|"
    "disculpe|corrijo|quise|mentira|ah|ay|uy|mejor|sino|con";

static size_t period_row(const struct token *token)
{
    size_t i = 0;
    if (token->kind != TOKEN_WORD)
        return PERIODS;
    while (i < PERIODS && !token_is(token, periods[i].words))
        i++;
    return i;
}

static bool counts_time(const struct lexed *lexed, size_t number)
{
    size_t row = period_row(token_at(lexed, number + 1));
    if (row == PERIODS)
        return token_is(token_at(lexed, number + 1), "hora|horas|hrs|minuto|minutos|am|pm|veces|decada|decadas");
    return periods[row].noun && (periods[row].plural || token_at(lexed, number)->hundredths <= 100);
}

static bool is_year(const struct lexed *lexed, size_t number)
{
    const struct token *token = token_at(lexed, number);
    return token->style == NUMBER_DIGITS && token->text.len == 4 && token->hundredths >= 190000 &&
           token->hundredths < 210000 && token_is(token_before(lexed, number, 1), "en|desde|del|ano|enero|marzo");
}

/* Tells whether the number at i measures something that is no amount and no count. */
static bool is_beside_the_point(const struct lexed *lexed, size_t i)
{
    const struct token *token = token_at(lexed, i);
    const struct token *after = token_at(lexed, i + 1), *second = token_at(lexed, i + 2);
    bool percent = slice_is(after->text, "%") || token_is(after, "porciento") ||
                   (token_is(after, "por") && slice_starts(second->text, "cien"));
    bool clock = token_is(token_before(lexed, i, 1), "las") && token->hundredths <= 2400;
    bool hundred = token_is(token_before(lexed, i, 1), "por") && slice_starts(token->text, "cien") &&
                   token_before(lexed, i, 2)->kind == TOKEN_NUMBER; /* "cien por ciento" */
    bool phone = token->style == NUMBER_DIGITS && token->text.len == 9 && token->text.ptr[0] == '9';
    bool thanks = token_is(after, "gracias|disculpas|perdones|bendiciones");
    bool days = token_is(after, "de") && token_is(second, "enero|febrero|marzo|abril|mayo|junio|julio|agosto|octubre");
    return percent || clock || days || hundred || phone || thanks || counts_time(lexed, i) || is_year(lexed, i);
}

static bool name_coin(const struct token *token, struct quantity *quantity)
{
    bool letter = token->glued && slice_is(token->text, "s"); /* "1500s" */
    for (size_t i = 0; i < sizeof coins / sizeof coins[0]; i++) {
        if (!token_is(token, coins[i].words) && !(letter && i == 0))
            continue;
        quantity->kind = coins[i].hundredths ? QUANTITY_MONEY : QUANTITY_FOREIGN;
        quantity->low = quantity->low * coins[i].hundredths / 100;
        quantity->high = quantity->low;
        quantity->confidence *= coins[i].confidence;
        return true;
    }
    return false;
}

static bool names_things(const struct token *token)
{
    return token->kind == TOKEN_WORD && token->text.len > 1 && token->sound.len > 0 && !token_is(token, no_things) &&
           period_row(token) == PERIODS;
}

/* Takes "con cincuenta" behind "1550 soles". */
static void take_cents(const struct lexed *lexed, struct quantity *quantity)
{
    const struct token *cents = token_at(lexed, quantity->end + 1), *noun = token_at(lexed, quantity->end + 2);
    bool named = token_is(noun, "centimos|centavos");
    bool whole = cents->kind == TOKEN_NUMBER && cents->hundredths % 100 == 0 && cents->hundredths < 10000;
    if (!whole || quantity->low % 100 != 0 || !token_is(token_at(lexed, quantity->end), "con|y"))
        return;
    if (!named && (token_is(token_at(lexed, quantity->end), "y") || names_things(noun)))
        return;
    quantity->low += cents->hundredths / 100;
    quantity->high = quantity->low;
    quantity->end += 2 + named;
}

/* Reads the number at i with the unit beside it. */
static struct quantity read_one(const struct lexed *lexed, size_t i)
{
    const struct token *token = token_at(lexed, i), *before = token_before(lexed, i, 1);
    struct quantity quantity = {.low = token->hundredths, .high = token->hundredths, .first = i, .end = i + 1};
    quantity.confidence = token->slang ? 0.5 : token->rough ? 0.9 : 1.0;
    size_t behind = token_is(token_at(lexed, i + 1), "de") ? i + 2 : i + 1; /* "un millon de soles" */
    bool sign_before = slice_is(before->text, "s/") || slice_is(before->text, "$") || slice_is(before->text, "soles") ||
                       (slice_is(before->text, "s") && token->glued);
    if (sign_before && name_coin(slice_is(before->text, "s") ? token_at(lexed, lexed->count) : before, &quantity)) {
        quantity.first = i - 1;
        if (token_is(token_at(lexed, i + 1), "sol|soles"))
            quantity.end = i + 2;
    } else if (sign_before) {
        quantity.kind = QUANTITY_MONEY;
    } else if (name_coin(token_at(lexed, behind), &quantity)) {
        quantity.end = behind + 1;
        quantity.end += token_is(token_at(lexed, behind), "nuevos") && token_is(token_at(lexed, behind + 1), "soles");
        take_cents(lexed, &quantity);
    } else if (names_things(token_at(lexed, behind)) && (behind == i + 1 || token->scale > 1)) {
        quantity.kind = QUANTITY_COUNT;
        quantity.end = behind + 1;
    } else if (names_things(token_at(lexed, i + 1))) {
        quantity.kind = QUANTITY_COUNT;
        quantity.end = i + 2;
    }
    return quantity;
}

/* Tells whether the words from `first` to before `end` set one time beside another: "a veces 100 a veces 200". */
static bool now_and_then(const struct lexed *lexed, size_t first, size_t end)
{
    bool times = false;
    if (end <= first || end - first > 5)
        return false;
    for (size_t i = first; i < end; i++) {
        times = times || token_is(&lexed->tokens[i], "veces|otras|otros|ratos");
        if (!token_is(&lexed->tokens[i], "a|en|hay|y|otras|otros|veces|ratos|dias|que|,"))
            return false;
    }
    return times;
}

bool quantity_taken_back(const struct lexed *lexed, size_t end, size_t first)
{
    static const char around[] = "no|ay|ah|uy|son|es|eran|era|que|mejor|unos|unas|como|sino|,|-";
    bool denied = false, only = true, corrected = false;
    if (first < end || first - end > 6)
        return false;
    for (size_t i = end; i < first; i++) {
        const struct token *token = &lexed->tokens[i];
        corrected = corrected || token_is(token, "digo|perdon|perdone|perdona|disculpa|disculpe|corrijo|mentira|"
                                                 "equivoque|quise|dicho");
        denied = denied || token_is(token, "no|sino");
        only = only && token_is(token, around);
    }
    return corrected || (denied && only);
}

/* Tells whether what stands between two quantities makes them the ends of one range. */
static bool spans(const struct lexed *lexed, const struct quantity *low, const struct quantity *high)
{
    bool nothing_between =
        high->first == low->end && low->kind == QUANTITY_BARE && token_at(lexed, low->first)->scale == 1;
    if (nothing_between && high->kind != QUANTITY_FOREIGN) /* "unos 500 600" */
        return low->low < high->low && high->low <= 2 * low->low;
    if (now_and_then(lexed, low->end, high->first))
        return low->kind == high->kind || low->kind == QUANTITY_BARE || high->kind == QUANTITY_BARE;
    if (high->first != low->end + 1)
        return false;
    const struct token *between = token_at(lexed, low->end);
    const struct token *before = token_before(lexed, low->first, 1);
    const struct token *earlier = token_before(lexed, low->first, 2);
    bool linked = token_is(between, "a|o|u|hasta|-|/");
    bool between_two = token_is(between, "y") && (token_is(before, "entre") || token_is(earlier, "entre"));
    bool guessed = token_is(between, "y") && low->kind == QUANTITY_BARE && high->kind != QUANTITY_COUNT &&
                   token_is(before, "unos|unas|como|de|por") && low->low < high->low && high->low <= 2 * low->low;
    bool listed = slice_is(between->text, ",") && low->low < high->low && high->low <= 2 * low->low;
    bool same_thing = low->kind == high->kind || low->kind == QUANTITY_BARE || high->kind == QUANTITY_BARE;
    bool sold_at = low->kind == QUANTITY_COUNT && high->kind != QUANTITY_COUNT; /* "40 menus a 8" */
    return same_thing && !sold_at && (linked || between_two || guessed || listed);
}

/* Makes one range of two quantities; "2 o 3 mil" is 2000 to 3000. */
static void join(const struct lexed *lexed, struct quantity *low, const struct quantity *high, size_t high_number)
{
    int64_t scale = token_at(lexed, high_number)->scale;
    if (scale > 1 && low->low < 100000 && low->low * scale < high->high && low->low < scale * 100)
        low->low *= scale;
    if (low->kind == QUANTITY_BARE)
        low->kind = high->kind;
    low->confidence = (low->confidence < high->confidence ? low->confidence : high->confidence) * 0.95;
    low->high = high->high;
    low->end = high->end;
    if (low->low > low->high) {
        int64_t swapped = low->low;
        low->low = low->high;
        low->high = swapped;
        low->confidence *= 0.7;
    }
}

/* Tells whether a quantity is the price of one of something. */
static bool is_price(const struct lexed *lexed, const struct quantity *quantity)
{
    const struct token *after = token_at(lexed, quantity->end), *second = token_at(lexed, quantity->end + 1);
    if (slice_is(after->text, "c") && slice_is(second->text, "/"))
        return period_row(token_at(lexed, quantity->end + 2)) == PERIODS;
    if (token_is(after, "el|la|cada|por|los|las") && second->kind == TOKEN_WORD && period_row(second) == PERIODS)
        return !token_is(second, "que|lo|ahi|todo|todos|verdad|mayoria|menos");
    if (token_is(after, "cada|la|por") && second->kind == TOKEN_NUMBER && second->style == NUMBER_ARTICLE)
        return true;
    return token_is(token_before(lexed, quantity->first, 1), "cuesta|cuestan|precio|vale|valen");
}

void quantities_read(const struct lexed *lexed, struct quantities *out)
{
    *out = (struct quantities){0};
    for (size_t i = 0; i < lexed->count; i++) {
        const struct token *token = token_at(lexed, i);
        bool taken = out->count > 0 && i < out->items[out->count - 1].end; /* the cents of the one before */
        if (token->kind != TOKEN_NUMBER || taken)
            continue;
        struct quantity quantity = read_one(lexed, i);
        bool of_range = token_is(token_at(lexed, i + 1), "o|a|u") && token_at(lexed, i + 2)->kind == TOKEN_NUMBER;
        bool none = token_is(token_before(lexed, i, 1), "ni"); /* "ni un sol" */
        bool article = token->style == NUMBER_ARTICLE && (none || (quantity.kind != QUANTITY_MONEY && !of_range));
        if (article || (quantity.kind != QUANTITY_MONEY && is_beside_the_point(lexed, i)))
            continue;
        struct quantity *last = out->count > 0 ? &out->items[out->count - 1] : NULL;
        if (last && quantity_taken_back(lexed, last->end, quantity.first)) {
            *last = quantity;
            last->confidence *= 0.95;
        } else if (last && last->low == last->high && spans(lexed, last, &quantity)) {
            join(lexed, last, &quantity, i);
        } else if (out->count < QUANTITIES_MAX) {
            out->items[out->count++] = quantity;
        } else {
            out->too_many = true;
        }
    }
    for (size_t i = 0; i < out->count; i++) {
        struct quantity *item = &out->items[i];
        item->priced = item->low == item->high && is_price(lexed, item);
        item->maybe_priced = item->low == item->high && token_is(token_before(lexed, item->first, 1), "a");
    }
}

/* "cada 15 dias" */
static enum period period_of_days(int64_t days)
{
    static const struct {
        int from, to;
        enum period period;
    } rows[] = {
        {1, 1, PERIOD_DAY},     {7, 8, PERIOD_WEEK},     {14, 16, PERIOD_FORTNIGHT},
        {28, 31, PERIOD_MONTH}, {365, 366, PERIOD_YEAR},
    };
    for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++)
        if (days >= rows[i].from && days <= rows[i].to)
            return rows[i].period;
    return PERIOD_UNKNOWN;
}

static enum period period_at(const struct lexed *lexed, size_t i, double *confidence)
{
    const struct token *before = token_before(lexed, i, 1), *earlier = token_before(lexed, i, 2);
    size_t row = period_row(token_at(lexed, i));
    if (row == PERIODS || token_is(before, "buen|buenos|buenas|medio|otro|ese|aquel"))
        return PERIOD_UNKNOWN;
    *confidence = periods[row].confidence;
    if (row == PERIODS - 1 && token_is(before, "a|al|de|hasta|desde|menos|excepto|sin")) /* "de lunes a sabado" */
        return PERIOD_UNKNOWN;
    if (token_is(before, "de") && token_is(earlier, "fin|fines"))
        *confidence = 0.7;
    if (periods[row].plural && before->kind == TOKEN_NUMBER)
        return token_is(earlier, "cada") ? period_of_days(before->hundredths / 100 * periods[row].days)
                                         : PERIOD_UNKNOWN;
    return periods[row].period;
}

/* "al dia 100 y al mes 3000": a period right before the quantity, with none right behind it. */
static enum period period_right_before(const struct lexed *lexed, const struct quantity *quantity, double *confidence)
{
    static const char fillers[] = "saco|gano|vendo|hago|son|unos|unas|como|salen|sale|entra|entran|es|de|vienen|=s/";
    double unused = 1.0;
    size_t at = quantity->first;
    for (size_t i = quantity->end; i < quantity->end + 3 && i < lexed->count && !token_is(&lexed->tokens[i], "y|,");
         i++)
        if (lexed->tokens[i].kind == TOKEN_NUMBER || period_at(lexed, i, &unused) != PERIOD_UNKNOWN)
            return PERIOD_UNKNOWN;
    if (at > 0 && token_is(&lexed->tokens[at - 1], fillers))
        at--;
    return at > 0 ? period_at(lexed, at - 1, confidence) : PERIOD_UNKNOWN;
}

enum period quantity_period(const struct lexed *lexed, const struct quantity *quantity, double *confidence)
{
    double share = 1.0;
    bool several = false;
    enum period chosen = period_right_before(lexed, quantity, &share);
    for (size_t step = 0; step < lexed->count; step++) { /* from behind the quantity on, then round from the start */
        size_t i = (quantity->end + step) % lexed->count;
        double own = 1.0;
        enum period period = period_at(lexed, i, &own);
        if (chosen == PERIOD_UNKNOWN && period != PERIOD_UNKNOWN) {
            chosen = period;
            share = own;
        } else if (period != PERIOD_UNKNOWN && period != chosen) {
            several = true;
        }
    }
    for (size_t i = 0; i < lexed->count; i++)
        if (token_is(&lexed->tokens[i], "vez|veces")) /* "3 veces por semana 100" */
            share = 0.6;
    *confidence *= several ? 0.75 * share : share;
    return chosen;
}

static void write_amount(int64_t hundredths, char *out, size_t size)
{
    long long whole = (long long)(hundredths / 100);
    int cents = (int)(hundredths % 100);
    if (cents)
        snprintf(out, size, "%lld.%02d", whole, cents);
    else
        snprintf(out, size, "%lld", whole);
}

enum error quantity_write(const struct quantity *quantity, enum period period, struct recognised *out)
{
    char low[24], high[24];
    int64_t times = period == PERIOD_FORTNIGHT ? 2 : 1;
    write_amount(quantity->low * times, low, sizeof low);
    write_amount(quantity->high * times, high, sizeof high);
    bool range = quantity->low != quantity->high;
    int len = snprintf(out->value, sizeof out->value, "%s%s%s/%s", low, range ? ".." : "", range ? high : "",
                       period_names[period]);
    return len > 0 && (size_t)len < sizeof out->value ? OK : ERR_LIMIT;
}
