/* How long a business has been open: "hace 2 anos", "desde el 2019", "ano y medio", "es una idea nomas".
 *
 * What is said of a start ("desde el 2019", "desde enero") is counted from the beginning of the span named. */
#include <stdio.h>

#include "base/civil.h"
#include "dialog/quantity.h"
#include "dialog/recognise_types.h"

#define SPANS_MAX 8
#define MONTHS_MOST (100 * 12) /* no business of ours is older */
#define EARLIEST_YEAR 1930
#define WHOLE_LIFE 240

/* Units of time; one is so many hundredths of a month, or so many days where a month is too long. */
static const struct {
    const char *words;
    int64_t months, days;
} units[] = {
    {"ano|anos|=ans|=anos|=anso|=anoss|anito|anitos|anazos|anyo|anyos|=aos|anhos|wata|watam|watan|watana", 12, 0},
    {"mes|meses|=mese|=mess|mesecitos|mesesitos|mesecito|killa|killam", 1, 0},
    {"semana|semanas|semanita|semanitas", 0, 7},
    {"dia|dias|diitas|diitas|punchaw", 0, 1},
    {"quincena|quincenas", 0, 15},
    {"siglo|siglos", 1200, 0},
    {"decada|decadas", 120, 0},
    {"lustro|lustros", 60, 0},
    {"semestre|semestres", 6, 0},
    {"trimestre|trimestres", 3, 0},
    {"bimestre|bimestres", 2, 0},
};

#define UNITS (sizeof units / sizeof units[0])

static const char *const months[] = {
    "enero|=ene",         "febrero|=feb",   "marzo|=mar",
    "abril|=abr",         "=mayo",          "junio|=jun",
    "julio|=jul|patrias", "agosto|=ago",    "septiembre|setiembre|=set|=sep",
    "octubre|=oct",       "noviembre|=nov", "diciembre|=dic|navidad",
};

static const struct pattern ideas[] = {
    {"es|solo|tengo|tenemos|en|aun|todavia un|una|mi? idea|proyecto|planes|mente", "-1", 0.85},
    {"^ idea|proyecto", "-1", 0.85},
    {"todavia|aun|manaraq|ni no|ni|siquiera? se|me|lo? "
     "abr*|empiez*|empez*|empec*|inici*|comien*|comen*|arran*|funcion*|vend*|lo|he|hemos|esta",
     "-1", 0.85},
    {"todavia|aun|manaraqmi|manaraq no? nada? $", "-1", 0.8},
    {"no .. abierto|empezado|iniciado|comenzado|abro|empiezo|inicio|comienzo|arranco|existe", "-1", 0.85},
    {"por|sin abrir|inaugurar|estrenar|iniciar|empezar|comenzar|arrancar", "-1", 0.85},
    {"quiero|queremos|pienso|pensamos|pensando|planeo|planeando|voy|vamos|espero|sueno|quisiera|deseo "
     "con|en|a? "
     "abrir|empezar|iniciar|poner|comenzar|emprender|hacer|tener|arrancar|formar|montar",
     "-1", 0.85},
    {"estoy|estamos pensando|planeando|viendo|evaluando|averiguando|juntando|planificando|buscando|ahorrando|alistando|"
     "preparando|implementando|acondicionando|construyendo|armando|equipando|tramitando",
     "-1", 0.8},
    {"falta|faltan|faltaria|punto .. abrir|empezar|iniciar|inaugurar|arrancar|comenzar|estrenar", "-1", 0.85},
    {"sacando|tramitando|gestionando los|la|mis|mi|el? permiso*|licencia*|papel*|documento*|ruc", "-1", 0.8},
    {"en|de planes|mente|cabeza|proyecto|papel", "-1", 0.8},
    {"recien voy|vamos|quiero|pienso|pensando|planeo", "-1", 0.85},
    {"el|la proximo|proxima|otro mes|ano|semana abro|empiezo|inicio", "-1", 0.85},
    {"=abro|abrire|abriremos|empezare|=empiezo|=inicio|iniciare el|la|en|dentro|proximo|proxima|manana", "-1", 0.8},
    {"en|el|la|este|para .. abro|abrire|abriremos|empezare|empezaremos|iniciare|iniciaremos $", "-1", 0.8},
    {"proximo|proxima|entrante mes|semana|ano|quincena", "-1", 0.8},
    {"mes|semana|ano que viene|entra", "-1", 0.8},
    {"dentro de #", "-1", 0.8},
    {"proximamente|pronto|prontito", "-1", 0.8},
    {"idea|proyecto|plan|planes|ganas|sueno de", "-1", 0.8},
    {"aun|todavia no tengo negocio|nada|empresa|local|puesto", "-1", 0.85},
    {"no tengo negocio", "-1", 0.85},
};

const struct pattern_table ideas_table = TABLE(TABLE_IDEAS, ideas);

static const struct pattern recents[] = {
    {"acabo|acabamos|acabe de", "0", 0.9},
    {"recien|resien|recientemente|recientito|reciencito .. "
     "empez*|empiez*|empec*|abr*|inici*|comen*|comien*|nomas|estoy|"
     "aper*|arran*",
     "0", 0.9},
    {"recien|reciencito", "0", 0.85},
    {"empezando|iniciando|comenzando|arrancando", "0", 0.85},
    {"hoy|ayer|anteayer|antier|anoche", "0", 0.85},
    {"este|esta mes|semana|quincena", "0", 0.85},
    {"la|esta semana pasada", "0", 0.9},
    {"unos|pocos|algunos|hace dias|diitas", "0", 0.8},
    {"desde el lunes|martes|miercoles|jueves|viernes|sabado|domingo", "0", 0.85},
    {"soy|somos|es|negocio nuev*", "0", 0.75},
    {"^ nuev* $", "0", 0.75},
    {"estoy|estamos empezando|abriendo|comenzando", "0", 0.85},
    {"toda|todita la|mi|una vida", "240", 0.6},
    {"desde siempre|chico|chica|nino|nina|pequeno|pequena|joven|jovencit*", "240", 0.6},
    {"^ siempre", "240", 0.5},
    {"media vida", "240", 0.5},
    {"cuarto de siglo", "300", 0.75},
    {"desde que era|fui|soy .. nino|nina|chico|chica|joven|pequeno|pequena", "240", 0.6},
    {"hace poco|poquito", "3", 0.5},
};

const struct pattern_table recents_table = TABLE(TABLE_RECENTS, recents);

/* A stretch of time that the message names. */
struct span {
    int64_t hundredths; /* of a month */
    size_t first, end;  /* tokens, from first to before end */
    double confidence;
};

static size_t unit_of(const struct token *token)
{
    size_t i = 0;
    if (token->kind != TOKEN_WORD)
        return UNITS;
    while (i < UNITS && !token_is(token, units[i].words))
        i++;
    return i;
}

static int64_t in_months(int64_t hundredths, size_t unit)
{
    return units[unit].months ? hundredths * units[unit].months : hundredths * units[unit].days / 30;
}

/* Takes what may stand behind a unit: "y medio", "y 3 meses", "con 3 meses", "y pico". */
static void extend(const struct lexed *lexed, struct span *span, size_t unit)
{
    const struct token *next = token_at(lexed, span->end), *second = token_at(lexed, span->end + 1);
    bool joined = token_is(next, "y|i|con|mas");
    if (slice_is(next->text, "1/2")) {
        span->hundredths += in_months(100, unit) / 2;
        span->end += 1;
        return;
    }
    if (joined && token_is(second, "medio|media|1/2") && unit_of(token_at(lexed, span->end + 2)) == UNITS) {
        span->hundredths += in_months(100, unit) / 2;
        span->end += 2;
        return;
    }
    if (joined && token_is(second, "pico|picos|tantos|algo|tanto|medios")) {
        span->end += 2;
        return;
    }
    size_t at = span->end + joined;
    const struct token *number = token_at(lexed, at);
    size_t smaller = unit_of(token_at(lexed, at + 1));
    if (number->kind == TOKEN_NUMBER && smaller < UNITS && in_months(100, smaller) < in_months(100, unit)) {
        span->hundredths += in_months(number->hundredths, smaller);
        span->end = at + 2;
    }
}

/* Reads "2 a 3 anos" or "entre 2 y 3 anos", whose second number is at i, as the middle. */
static void widen(const struct lexed *lexed, struct span *span, size_t i, size_t unit)
{
    const struct token *link = token_before(lexed, i, 1), *low = token_before(lexed, i, 2);
    bool linked = token_is(link, "a|o|u|-|/") || (token_is(link, "y") && token_is(token_before(lexed, i, 3), "entre"));
    if (i < 2 || !linked || low->kind != TOKEN_NUMBER || low->hundredths >= token_at(lexed, i)->hundredths)
        return;
    span->hundredths = (span->hundredths + in_months(low->hundredths, unit)) / 2;
    span->first = i - 2;
    span->confidence = 0.75;
}

/* Reads the stretch of time that begins at i. Returns false when none does. */
static bool read_span(const struct lexed *lexed, size_t i, struct span *out)
{
    const struct token *token = token_at(lexed, i), *next = token_at(lexed, i + 1);
    bool of = token->kind == TOKEN_NUMBER && token_is(next, "de"); /* "un par de meses" */
    bool half = token_is(token, "medio|media|1/2") && unit_of(next) < UNITS;
    bool counted = token_at(lexed, i + 2)->kind == TOKEN_NUMBER && unit_of(token_at(lexed, i + 3)) < UNITS;
    bool bare_unit = unit_of(token) < UNITS && token_is(next, "y") &&
                     (counted || token_is(token_at(lexed, i + 2), "medio|media|pico|tanto|1/2"));
    size_t unit = bare_unit ? unit_of(token) : unit_of(of ? token_at(lexed, i + 2) : next);
    if (!bare_unit && !half && (token->kind != TOKEN_NUMBER || unit == UNITS))
        return false;
    int64_t number = half ? 50 : bare_unit ? 100 : token->hundredths;
    struct span span = {in_months(number, unit), i, i + (bare_unit ? 1 : 2 + of), 0.95};
    extend(lexed, &span, unit);
    widen(lexed, &span, i, unit);
    *out = span;
    return true;
}

/* Tells whether a stretch is an age or lies ahead, and so is not how long the business has been open. */
static bool is_beside_the_point(const struct lexed *lexed, const struct span *span)
{
    const struct token *before = token_before(lexed, span->first, 1), *after = token_at(lexed, span->end);
    bool age =
        (token_is(before, "los|mis") && !token_is(token_before(lexed, span->first, 2), "para|pa|por|hacia|casi|son")) ||
        (token_is(after, "de") && token_is(token_at(lexed, span->end + 1), "edad"));
    bool ahead =
        token_is(before, "en") || (token_is(before, "de") && token_is(token_before(lexed, span->first, 2), "dentro"));
    bool every = token_is(before, "cada");
    return age || ahead || every;
}

static size_t read_spans(const struct lexed *lexed, struct span spans[SPANS_MAX])
{
    size_t count = 0;
    for (size_t i = 0; i < lexed->count && count < SPANS_MAX;) {
        struct span span;
        bool found = read_span(lexed, i, &span);
        if (found && count > 0 && quantity_taken_back(lexed, spans[count - 1].end, span.first))
            count--;
        if (found && !is_beside_the_point(lexed, &span))
            spans[count++] = span;
        i = found ? span.end : i + 1;
    }
    return count;
}

/* Finds the word after which the owner speaks of themselves ("de mi mama era, yo hace 5"). Returns its index, or 0. */
static size_t own_part(const struct lexed *lexed)
{
    for (size_t i = 1; i < lexed->count; i++)
        if (token_is(token_at(lexed, i), "yo") && i + 1 < lexed->count)
            return i;
    return 0;
}

static enum error set_months(int64_t count, double confidence, struct recognised *out)
{
    if (count < 0 || count > MONTHS_MOST)
        return ERR_NOT_FOUND;
    out->confidence = confidence;
    snprintf(out->value, sizeof out->value, "%d", (int)count);
    return OK;
}

/* Reads "yo 5", where the years of somebody else were told before. Returns false when there is no such number. */
static bool read_own_years(const struct lexed *lexed, size_t own, struct span *out)
{
    for (size_t i = own + 1; own > 0 && i < own + 4 && i < lexed->count; i++) {
        const struct token *token = token_at(lexed, i);
        if (token->kind != TOKEN_NUMBER || token->style == NUMBER_ARTICLE || token->hundredths > 7000)
            continue;
        *out = (struct span){token->hundredths * 12, i, i + 1, 0.75};
        return true;
    }
    return false;
}

static enum error read_durations(const struct lexed *lexed, struct recognised *out)
{
    struct span spans[SPANS_MAX];
    size_t count = read_spans(lexed, spans), own = own_part(lexed), chosen = 0;
    if (count == 0)
        return ERR_NOT_FOUND;
    while (chosen + 1 < count && spans[chosen].first < own)
        chosen++;
    if (spans[chosen].first < own && read_own_years(lexed, own, &spans[chosen]))
        count = 1;
    double confidence = spans[chosen].confidence;
    if (count > 1)
        confidence = own && spans[chosen].first > own ? 0.75 : 0.5;
    if (pattern_has("menos|menor de|que", lexed)) {
        confidence = 0.7;
        if (spans[chosen].hundredths <= 1200) /* under a year: the middle of it */
            spans[chosen].hundredths /= 2;
    } else if (pattern_has("mas|mayor de|que", lexed)) {
        confidence = confidence < 0.8 ? confidence : 0.8;
    } else if (pattern_has("cumplo|cumplimos|cumplir|cumple", lexed)) {
        confidence = 0.8;
    }
    bool perhaps_age = spans[chosen].hundredths >= 18 * 1200 && pattern_has("^ yo? tengo # anos $", lexed);
    bool began_twice = pattern_has("cerre|cerramos|reabri|reabrimos|volvi|volvimos|retome", lexed);
    if (spans[chosen].hundredths > 70 * 1200 || perhaps_age || began_twice)
        confidence = 0.5;
    return set_months(spans[chosen].hundredths / 100, confidence, out);
}

/* A start, as far as it is named. */
struct start {
    int year, month; /* month from 1 */
    double confidence;
};

static int month_of(const struct token *token)
{
    for (int i = 0; i < 12; i++)
        if (token->kind == TOKEN_WORD && token_is(token, months[i]))
            return i + 1;
    return 0;
}

/* Finds a year in figures or words. Returns 0 when there is none. */
static int find_year(const struct lexed *lexed, const struct civil *now)
{
    for (size_t i = 0; i < lexed->count; i++) {
        const struct token *token = token_at(lexed, i);
        int year = (int)(token->hundredths / 100);
        bool written_as_year = token->style == NUMBER_DIGITS && token->scale == 1
                                   ? token->text.len == 4
                                   : i == 0 || token_is(token_before(lexed, i, 1), "el|en|desde|del|ano|de");
        if (token->kind == TOKEN_NUMBER && token->hundredths % 100 == 0 && year >= EARLIEST_YEAR && year <= now->year &&
            written_as_year && unit_of(token_at(lexed, i + 1)) == UNITS)
            return year;
    }
    return 0;
}

/* Finds "desde el 98". Returns 0 when there is none. */
static int find_short_year(const struct lexed *lexed, const struct civil *now)
{
    for (size_t i = 2; i < lexed->count; i++) {
        const struct token *token = token_at(lexed, i);
        int year = (int)(token->hundredths / 100);
        if (token->kind != TOKEN_NUMBER || token->text.len != 2 || token->style != NUMBER_DIGITS ||
            i + 1 < lexed->count || !token_is(token_before(lexed, i, 1), "el|ano|del|los"))
            continue;
        if (year <= now->year % 100)
            return 2000 + year;
        return year >= EARLIEST_YEAR % 100 ? 1900 + year : 0;
    }
    return 0;
}

/* Names of starts, so many whole years before this one, or in a certain month. */
static const struct {
    const char *form;
    int years_back; /* from this year's; -1: `year` and `month` are meant */
    int year, month;
    double confidence;
} named_starts[] = {
    {"antes de la? pandemia|covid", -1, 2019, 1, 0.6},
    {"despues de la? pandemia|covid", -1, 2022, 1, 0.5},
    {"pandemia|covid|cuarentena|coronavirus", -1, 2020, 3, 0.75}, /* Peru's state of emergency began on 15 March 2020 */
    {"ano antepasado", 2, 0, 1, 0.75},
    {"ano pasado|anterior", 1, 0, 1, 0.75},
    {"este|mismo|presente ano", 0, 0, 1, 0.75},
};

/* The month that a part of a year is counted from. */
static const struct {
    const char *form;
    int month;
} parts_of_year[] = {
    {"inicio|inicios|principio|principios|comienzo|comienzos de|del", 1},
    {"mediados|mitad de|del", 7},
    {"fin|fines|final|finales de|del", 11},
};

static int part_of_year(const struct lexed *lexed)
{
    for (size_t i = 0; i < sizeof parts_of_year / sizeof parts_of_year[0]; i++)
        if (pattern_has(parts_of_year[i].form, lexed))
            return parts_of_year[i].month;
    return 0;
}

/* Puts together when a business began from the names of months and years. Returns false when none is named. */
static bool find_start(const struct lexed *lexed, const struct civil *now, struct start *out)
{
    struct start start = {.year = find_year(lexed, now), .confidence = 0.85};
    for (size_t i = 0; i < lexed->count && !start.month; i++) {
        bool numeric = slice_is(token_at(lexed, i + 1)->text, "/") && start.year; /* "03/2023" */
        int64_t month = numeric ? token_at(lexed, i)->hundredths / 100 : month_of(token_at(lexed, i));
        start.month = month >= 1 && month <= 12 ? (int)month : 0;
    }
    for (size_t i = 0; i < sizeof named_starts / sizeof named_starts[0] && !start.year; i++) {
        if (!pattern_has(named_starts[i].form, lexed))
            continue;
        start.year = named_starts[i].years_back < 0 ? named_starts[i].year : now->year - named_starts[i].years_back;
        start.month = start.month ? start.month : named_starts[i].month;
        start.confidence = named_starts[i].confidence;
    }
    if (start.month && !start.year)
        start.year = start.month <= now->month ? now->year : now->year - 1;
    if (!start.year) {
        start.year = find_short_year(lexed, now);
        start.confidence = 0.6;
    }
    if (!start.month)
        start.month = part_of_year(lexed);
    start.month = start.month ? start.month : 1;
    *out = start;
    return start.year != 0;
}

static enum error read_start(const struct lexed *lexed, int64_t now_ms, struct recognised *out)
{
    struct civil now = civil_from_ms(now_ms, LIMA_OFFSET_S);
    struct start start;
    if (pattern_has("mes pasado|anterior", lexed))
        return set_months(1, 0.85, out);
    if (pattern_has("mes antepasado", lexed))
        return set_months(2, 0.85, out);
    if (!find_start(lexed, &now, &start))
        return ERR_NOT_FOUND;
    return set_months((now.year - start.year) * 12 + now.month - start.month, start.confidence, out);
}

/* Reads a number without a unit: years, with "hace" before it; alone it is asked back. */
static enum error read_bare(const struct lexed *lexed, struct recognised *out)
{
    bool years = pattern_has("muchos|varios|bastantes|hartos anos", lexed); /* "hace muchos años, como 30 sera" */
    for (size_t i = 0; i < lexed->count; i++) {
        const struct token *token = token_at(lexed, i);
        if (years && token->kind == TOKEN_NUMBER && token->style != NUMBER_ARTICLE && token->hundredths <= 7000)
            return set_months(token->hundredths * 12 / 100, 0.7, out);
        bool since = token_is(token_before(lexed, i, 1), "hace|ase|haze|llevo|va|van");
        bool alone = lexed->count == 1 && token->style != NUMBER_ARTICLE;
        if (token->kind == TOKEN_NUMBER && token->style != NUMBER_ARTICLE && (since || alone) &&
            token->hundredths <= 7000)
            return set_months(token->hundredths * 12 / 100, since ? 0.75 : 0.5, out);
    }
    return ERR_NOT_FOUND;
}

enum error recognise_tenure(const struct reading *reading, struct recognised *out)
{
    const struct lexed *lexed = reading->lexed;
    if (recognise_by(&ideas_table, reading, out) == OK)
        return OK;
    if (read_durations(lexed, out) == OK)
        return OK;
    if (read_start(lexed, reading->now_ms, out) == OK)
        return OK;
    if (read_bare(lexed, out) == OK)
        return OK;
    return recognise_by(&recents_table, reading, out);
}
