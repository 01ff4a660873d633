/* Who works in a business, the owner included: "yo solo", "mi esposo y yo", "dos chicos me ayudan", "10 en
 * planilla". */
#include <stdio.h>

#include "dialog/quantity.h"
#include "dialog/recognise_types.h"

#define MANY 500 /* above this, ask again */

/* People who help, one of each; plurals are these with s or es. */
static const char helper_nouns[] = "hermano|hermana|hermanito|hermanita|esposo|esposa|marido|mujer|hijo|hija|"
                                   "hijito|hijita|mama|mami|papa|papi|tio|tia|"
                                   "primo|prima|sobrino|sobrina|=cunado|=cunada|ayudante|ayudanta|asistente|"
                                   "socio|socia|pareja|conviviente|vecina|vecino|"
                                   "empleado|empleada|trabajador|trabajadora|operario|operaria|aprendiz|mozo|"
                                   "moza|mesero|mesera|cocinero|cocinera|"
                                   "cajero|cajera|chofer|vendedor|vendedora|nuera|yerno|suegra|suegro|abuela|"
                                   "abuelo|padre|madre|nieto|nieta|novia|"
                                   "novio|companero|companera|peon|obrero|obrera|colaborador|colaboradora|="
                                   "familiar|=familiares|comadre|compadre|costurera|"
                                   "costurero|panadero|tecnico|estilista|vigilante|repartidor|motorizado|"
                                   "practicante|jornalero|tejedora|artesano|"
                                   "artesana|pareja|madrina|padrino|ahijado|ahijada|senora";

/* As the above, but also what one calls the person one writes to: only after "mi", "un", a number. */
static const char address_nouns[] =
    "amigo|amiga|senor|senorita|joven|chico|chica|muchacho|muchacha|maestro|persona|senito";

/* What stands before a helper's own name: one person and not two. */
static const char titles[] = "senora|senor|senorita|joven|chico|chica|pareja";

/* People counted with the owner among them, unless they are said to help. */
static const char member_nouns[] =
    "persona|personas|runa|runakuna|gente|integrante|integrantes|miembro|miembros|trabajamos";

static const char pairs_of_people[] = "papas|padres|suegros|abuelos|esposos|papis";

/* Behind a number without a noun: these are hired. */
static const char hired_words[] =
    "planilla|fijo|fijos|fijas|eventual|eventuales|contratado|contratados|contratadas|temporal|temporales|"
    "permanentes|"
    "estable|estables|cargo|ayudando|apoyando|trabajando|recibo|recibos|honorarios|destajo|jornal";

/* That what is counted helps the owner, or is the owner's among others. Help is asked first: "trabajan conmigo". */
static const char *const helps[] = {
    "me|nos ayuda*|apoya*|colabora*|acompana*|asiste*|atiende*",
    "tengo|contrato|contrate|contratamos|empleo|cargo|pago",
    "trabajan|trabaja|laboran conmigo",
    "sin contar*|incluir*|mi",
};
static const char in_total[] =
    "total|todos|contando*|contandome|incluy*|incluid*|conmigo|migo|somos|somo|seriamos|trabajamos";

static const struct pattern nobody_else[] = {
    {"no tengo|hay|cuento|contrato|trabajo con? a? "
     "trabajador*|emplead*|ayudant*|personal|nadie|ninguno|a|gente",
     "1", 0.9},
    {"sin trabajador*|emplead*|ayudant*|personal|nadie|ayuda", "1", 0.9},
};

const struct pattern_table nobody_else_table = TABLE(TABLE_NOBODY_ELSE, nobody_else);

static const struct pattern alone[] = {
    {"no estoy|trabajo solo|sola", "UNKNOWN", 0.5},
    {"yo solo|sola|solito|solita|nomas|mismo|misma|no|unico|unica", "1", 0.95},
    {"solo|solamente|unicamente|nomas|soy yo", "1", 0.95},
    {"mi sola|solo|unica persona", "1", 0.95},
    {"solo|sola|solito|solita|solitaria|unipersonal|unico|unica", "1", 0.9},
    {"nadie|nadies|naiden|naides|ninguno|ninguna|ningun", "1", 0.9},
    {"sapallay*|sapalla", "1", 0.9},
    {"^ yo|yop $", "1", 0.9},
    {"^ solo? uno|una|un $", "1", 0.8},
    {"mi persona|alma|sombra", "1", 0.9},
    {"yo atiendo|trabajo|hago|manejo|cocino|vendo|me", "1", 0.85},
    {"hago todo yo?", "1", 0.85},
    {"ambos|ambas", "2", 0.85},
    {"conmigo|mismo|misma nomas|nada", "1", 0.85},
};

const struct pattern_table alone_table = TABLE(TABLE_ALONE, alone);

static const struct pattern unknowns[] = {
    NOT_KNOWN,
    {"no estoy", "UNKNOWN", 0.85},
    {"no .. fijo|fija|exacto|exacta", "UNKNOWN", 0.8},
    {"depende|varia|variable|eventual|eventuales|segun", "UNKNOWN", 0.8},
    {"cuando|si hay|sale|necesito|tengo", "UNKNOWN", 0.75},
    {"llamo|busco|jalo|contrato|consigo gente|personal|ayuda|apoyo", "UNKNOWN", 0.75},
    {"segun|por la|el|hay? temporada|campana|trabajo|pedido|obra", "UNKNOWN", 0.8},
    {"toda|mi|la familia", "UNKNOWN", 0.75},
    {"varios|varias|algunos|muchos|pocos", "UNKNOWN", 0.75},
};

const struct pattern_table workers_unknown_table = TABLE(TABLE_WORKERS_UNKNOWN, unknowns);

/* What has been counted so far. */
struct headcount {
    int64_t low, high; /* hundredths, without the owner unless `total` */
    bool any;
    bool total; /* the owner is in it */
    double confidence;
};

/* Gives the word without its plural ending. Returns false when it has none. */
static bool singular_of(const struct token *token, const char *nouns, struct token *out)
{
    *out = *token;
    for (size_t cut = 1; cut <= 2 && token->text.len > 4; cut++) {
        if (token->text.ptr[token->text.len - 1] != 's')
            return false;
        out->text.len = token->text.len - cut;
        out->sound.len = token->sound.len > cut ? token->sound.len - cut : 0;
        out->stem = sound_stem(out->sound);
        if (token_is(out, nouns))
            return true;
    }
    return false;
}

static bool is_helper(const struct token *token, bool *plural)
{
    struct token singular;
    *plural = false;
    if (token->kind != TOKEN_WORD)
        return false;
    *plural = singular_of(token, helper_nouns, &singular) || singular_of(token, address_nouns, &singular);
    return *plural || token_is(token, helper_nouns) || token_is(token, address_nouns);
}

/* Tells from its ending that a word is what somebody does: "cosedoras", "barberos", "manicurista". */
static bool is_trade(const struct token *token)
{
    static const char *const endings[] = {"dor", "dora", "ero", "era", "ista", "ante", "ario", "aria"};
    struct slice word = token->text;
    if (token->kind != TOKEN_WORD || word.len < 6)
        return false;
    word.len -= word.ptr[word.len - 1] == 's';
    if (slice_starts(slice_part(word, word.len - 1, word.len), "e") && word.len > 3 && word.ptr[word.len - 2] == 'r')
        word.len--; /* "soldadores" */
    for (size_t i = 0; i < sizeof endings / sizeof endings[0]; i++) {
        struct slice ending = slice_of(endings[i]);
        if (word.len > ending.len && slice_eq(slice_part(word, word.len - ending.len, word.len), ending))
            return true;
    }
    return false;
}

static void count_in(struct headcount *heads, int64_t low, int64_t high, double confidence)
{
    heads->low += low;
    heads->high += high;
    heads->any = true;
    if (confidence < heads->confidence)
        heads->confidence = confidence;
}

/* Tells whether a bare number stands beside the owner: "yo y 2 mas", "3 y yo". */
static bool stands_beside_owner(const struct lexed *lexed, const struct quantity *quantity)
{
    bool before = token_is(token_before(lexed, quantity->first, 1), "y|mas|con") &&
                  token_is(token_before(lexed, quantity->first, 2), "yo|persona|dueno|duena|propietario|propietaria");
    size_t next = quantity->end + token_is(token_at(lexed, quantity->end), "mas");
    return before || (token_is(token_at(lexed, next), "y|mas|con") &&
                      (token_is(token_at(lexed, next + 1), "yo|conmigo") ||
                       (token_is(token_at(lexed, next + 1), "mi") && !token_is(token_at(lexed, next), "con"))));
}

static bool says_help(const struct lexed *lexed)
{
    for (size_t i = 0; i < sizeof helps / sizeof helps[0]; i++)
        if (pattern_has(helps[i], lexed))
            return true;
    return false;
}

/* Adds what a number counts: people with the owner, people besides, or nothing that matters here. */
static void count_quantity(const struct lexed *lexed, const struct quantity *quantity, struct headcount *heads)
{
    const struct token *noun = token_at(lexed, quantity->end - 1);
    const struct token *after = token_at(lexed, quantity->end), *second = token_at(lexed, quantity->end + 1);
    bool plural, of_things = quantity->kind == QUANTITY_COUNT;
    bool hired =
        (of_things && token_is(noun, hired_words)) || token_is(after, hired_words) || token_is(second, hired_words);
    bool members = of_things && token_is(noun, member_nouns);
    bool helpers = of_things && !members && (is_helper(noun, &plural) || is_trade(noun));
    bool said_to_help = says_help(lexed), beside = stands_beside_owner(lexed, quantity);
    bool besides_me = pattern_has("trabajan|trabaja|laboran|sin conmigo|contar*|incluir*|mi", lexed);
    bool total = !besides_me && (pattern_has(in_total, lexed) || pattern_has("nosotros|entre|los|las #", lexed));
    if (quantity->kind == QUANTITY_MONEY || (of_things && !hired && !members && !helpers && !besides_me && !total))
        return;
    if (total && !beside && !heads->total) {
        *heads = (struct headcount){quantity->low, quantity->high, true, true, 0.9};
    } else if (heads->total) {
        return;
    } else if (hired || helpers || said_to_help || beside || heads->any) {
        bool partners = of_things && token_is(noun, "socio|socios|socias"); /* the owner may be one of them */
        count_in(heads, quantity->low, quantity->high, partners ? 0.7 : members ? 0.8 : 0.85);
    } else {
        *heads = (struct headcount){quantity->low, quantity->high, true, true, members ? 0.8 : 0.85};
    }
}

/* Adds the people named one by one: "mi mama, mi hermana y yo". */
static void count_named(const struct lexed *lexed, struct headcount *heads)
{
    for (size_t i = 0; i < lexed->count && !heads->total; i++) {
        const struct token *token = token_at(lexed, i), *before = token_before(lexed, i, 1);
        bool plural, owner = token_is(token, "persona") && token_is(before, "mi");
        bool counted = before->kind == TOKEN_NUMBER && before->style != NUMBER_ARTICLE;
        bool same = i > 0 && token_is(before, titles) && is_helper(token, &plural); /* "mi senora esposa" */
        if (owner || counted || same || !is_helper(token, &plural))
            continue;
        bool introduced = token_is(before, "mi|mis|un|una|con|el|la|otro|otra|su|nuestro|nuestra|unos|unas");
        if (plural && token_is(token, pairs_of_people) && introduced)
            count_in(heads, 200, 200, 0.8);
        else if (plural && introduced)
            count_in(heads, 200, 200, 0.5);
        else if (!plural && (introduced || token_is(token, helper_nouns)))
            count_in(heads, 100, 100, 0.85);
    }
}

static enum error write_heads(const struct headcount *heads, struct recognised *out)
{
    int64_t owner = heads->total ? 0 : 100;
    int64_t low = (heads->low + owner) / 100, high = (heads->high + owner) / 100;
    bool odd = heads->low % 100 != 0 || heads->high % 100 != 0;
    if (odd)
        return ERR_NOT_FOUND;
    out->confidence = heads->confidence;
    if (high > MANY)
        out->confidence = 0.5;
    if (low == 0)
        low = 1;
    if (high < low)
        high = low;
    if (low == high)
        snprintf(out->value, sizeof out->value, "%lld", (long long)low);
    else
        snprintf(out->value, sizeof out->value, "%lld..%lld", (long long)low, (long long)high);
    return OK;
}

enum error recognise_workers(const struct reading *reading, struct recognised *out)
{
    const struct lexed *lexed = reading->lexed;
    struct headcount heads = {.confidence = 0.9};
    struct quantities all;
    if (recognise_by(&nobody_else_table, reading, out) == OK)
        return OK;
    quantities_read(lexed, &all);
    for (size_t i = 0; i < all.count && !all.too_many; i++)
        count_quantity(lexed, &all.items[i], &heads);
    count_named(lexed, &heads);
    if (pattern_has("a veces|ratos|ocasiones", lexed) && heads.confidence > 0.7)
        heads.confidence = 0.7;
    if (!heads.total && pattern_has("yo|trabajo|atiendo sola|solo|solita|solito|nomas", lexed))
        heads.confidence = 0.5; /* "mi esposo trabaja en otra cosa, yo sola" */
    if (heads.any)
        return write_heads(&heads, out);
    if (recognise_by(&alone_table, reading, out) == OK)
        return OK;
    return recognise_by(&workers_unknown_table, reading, out);
}
