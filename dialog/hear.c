#include "dialog/hear.h"

#include "dialog/recognise_types.h"
#include "dialog/value.h"

#define PART_TOKENS 9 /* of a cue and what it speaks of */
#define ALONE_TOKENS 4
#define READS_MAX 6 /* parts of one message that are read for a type */
#define SPAN "=ano|anos|anitos|anito|mes|meses|mesesitos|semana|semanas"
#define GOING                                                                                                          \
    "negocio|rubro|puesto|tienda|bodega|local|restaurante|empresa|taller|vendiendo|trabajando|"                        \
    "funcionando|atendiendo|abierto|abierta|cosiendo|haciendo|dedicandome|esto"
#define SELLING "vendo|vendemos|vende|gano|ganamos|saco|sacamos|facturo|facturamos|ingresos|ingreso|ventas|venta"
#define HELPER                                                                                                         \
    "trabajador*|ayudant*|emplead*|operari*|costurer*|mozo|mozos|mesero*|cociner*|chofer*|vendedor*|obrero*|"          \
    "colaborador*"
#define CLIENT "client*|casero*|caserit*|comensal*|pasajero*|paciente*|alumno*|pedido*|persona*"

/* Where what is told begins, and where the cue is one. */
enum how {
    FROM,  /* the cue is of it */
    AFTER, /* behind the cue */
    ALONE, /* the cue is of it, and it stands between commas with nothing else */
    LOOSE  /* FROM, where something is set right */
};

/* Words that say what is told, and of what type. */
struct cue {
    enum slot_type type;
    const char *form;
    enum how how;
};

static const struct cue cues[] = {
    {TYPE_TENURE, "hace|ase|hase|ace|llevo|llevamos|desde ya|hace|mas|casi|unos|como? de|unos? # " SPAN, FROM},
    {TYPE_TENURE, "hace|ase|hase|ace|desde un? ano|anito y? medio|pico?", FROM},
    {TYPE_TENURE, "desde|en el|del? ano? #", FROM},
    {TYPE_TENURE,
     "desde el|enero|febrero|marzo|abril|mayo|junio|julio|agosto|setiembre|septiembre|octubre|noviembre|diciembre "
     "ano? pasado|del|de? #?",
     FROM},
    {TYPE_TENURE, "desde la pandemia|cuarentena", FROM},
    {TYPE_TENURE, "tengo|tenemos|tiene|voy|vamos|van|con ya|como|casi|mas|unos? de|unos? # " SPAN " .. " GOING, FROM},
    {TYPE_TENURE, "# " SPAN " y? medio? de|en|con|que? el|la|mi|este|esta|al? " GOING, FROM},
    {TYPE_TENURE, "abri|abrimos|empece|empezamos|inicie|iniciamos|aperture en|el|hace .. # .?", FROM},
    {TYPE_TENURE, "recien|resien .. abr*|empe*|empie*|inici*|comen*|comien*", FROM},
    {TYPE_TENURE, "acabo|acabamos de abrir|empezar|iniciar|comenzar", FROM},
    {TYPE_TENURE, "quiero|queremos|pienso|pensamos|quisiera|planeo|deseo|voy|vamos a? abrir|poner|empezar|iniciar",
     FROM},
    {TYPE_TENURE, "# " SPAN, ALONE},
    {TYPE_TENURE, "# " SPAN, LOOSE},
    {TYPE_TENURE, "desde|hace|recien", LOOSE},
    {TYPE_MONEY, SELLING " .. # .?", FROM},
    {TYPE_MONEY, "# soles|sol|lucas|solcito*|al|por|a|mensual*|semanal*|diario*", LOOSE},
    {TYPE_MONEY, "=s/ #", LOOSE},
    {TYPE_CUSTOMERS, "atiendo|atendemos|vienen|llegan|tengo|tenemos|visitan|compran .. # " CLIENT, FROM},
    {TYPE_CUSTOMERS, "# " CLIENT " .. dia|semana|mes|diari*|semanal*|mensual*", FROM},
    {TYPE_CUSTOMERS, "# " CLIENT, LOOSE},
    {TYPE_WORKERS, "trabajo|trabajamos|atiendo|atendemos|manejo|estoy yo? solo|sola|solito|solita|con", FROM},
    {TYPE_WORKERS, "yo solo|sola|solito|solita", FROM},
    {TYPE_WORKERS, "somos # .?", FROM},
    {TYPE_WORKERS, "trabajamos # .?", FROM},
    {TYPE_WORKERS, "tengo|tenemos|con|contrato|sin|somos #? " HELPER, FROM},
    {TYPE_WORKERS, "# " HELPER, FROM},
    {TYPE_WORKERS, "# persona|personas|" HELPER, LOOSE},
    {TYPE_WORKERS, "solo|sola|somos|con mi|yo?", LOOSE},
    {TYPE_RUC, "no? tengo|tenemos|cuento|contamos|saque con? mi? =ruc", FROM},
    {TYPE_RUC, "con|sin|no =ruc", FROM},
    {TYPE_RUC, "soy|somos|estoy|trabajo informal*", FROM},
    {TYPE_RUC, "=ruc", LOOSE},
    {TYPE_REGION, "en|aqui|soy|somos|vivo|vivimos|desde en|de?", AFTER},
    {TYPE_REGION, ".", ALONE},

    {TYPE_GOAL, "necesito|necesitamos|quisiera|busco|buscamos|deseo|falta", FROM},
};

#define CUES (sizeof cues / sizeof cues[0])

/* Words at which something else begins to be told. */
static const char turns[] =
    "hace|ase|hase|llevo|desde|vendo|vendemos|gano|ganamos|saco|somos|atiendo|trabajo|trabajamos|"
    "vivo|estoy|quiero|necesito|quisiera|busco|pero|porque|vienen|tengo|tenemos|facturo";

bool hear_knows(enum slot_type type)
{
    for (size_t i = 0; i < CUES; i++)
        if (cues[i].type == type)
            return true;
    return false;
}

static bool is_stop(const struct token *token)
{
    return token->kind == TOKEN_SIGN && token->text.len == 1 && token->text.ptr[0] == ',';
}

/* Gives where what begins at `first` is told to its end: at a comma, or where something else begins. */
static size_t part_end(const struct lexed *lexed, size_t first, size_t end)
{
    size_t at = first + 1;
    while (at < end && at - first < PART_TOKENS && !is_stop(&lexed->tokens[at]) &&
           !(at > first + 1 && lexed->tokens[at].kind == TOKEN_WORD && token_is(&lexed->tokens[at], turns)))
        at++;
    return at;
}

/* Tells whether a value is one to be taken unasked for: sure, whole, and something. */
static bool is_told(enum slot_type type, const struct recognised *found)
{
    struct slice value = slice_of(found->value);
    bool nothing = slice_is(value, VALUE_UNKNOWN) || slice_is(value, VALUE_REFUSED) || slice_is(value, "INVALID");
    double number, sure = type == TYPE_REGION ? 0.85 : type == TYPE_GOAL ? 0.88 : RECOGNISE_SURE;
    if (nothing || found->confidence < sure || !value_valid(type, value))
        return false;
    if (type == TYPE_RUC) /* the number itself is asked for: it names a person */
        return value.len < 11;
    return !value_is_numeric(type) || value_number(type, value, &number);
}

/* What is counted must be what was asked about: "vendo 200 panes" is no amount of money. */
static bool fits_type(enum slot_type type, const struct lexed *part)
{
    static const char bought[] = "pago|debo|deuda|invert*|gast*|alquiler|cuesta|cuestan|precio|capital|prestamo";
    for (size_t i = 0; i < part->count && type == TYPE_MONEY; i++)
        if (token_is(&part->tokens[i], bought) || token_is(&part->tokens[i], CLIENT))
            return false;
    return type != TYPE_TENURE ||
           !(pattern_has("los|mis # " SPAN, part) ||
             pattern_has("otr*|segund*|sucursal|mas|nuevo|nueva local|tienda|puesto|bodega", part));
}

/* Tokens of a message. */
struct part {
    size_t first, end;
};

static enum error read_part(enum slot_type type, const struct said *said, size_t first, size_t end, int64_t now_ms,
                            struct recognised *out)
{
    struct lexed part;
    struct recognised found;
    part.count = 0;
    part.text_len = 0; /* whoever looks for digits in the text finds none: what they name is asked for */
    for (size_t i = first; i < end; i++)
        part.tokens[part.count++] = said->lexed->tokens[i];
    const struct token *last = &said->lexed->tokens[end - 1];
    const char *from = said->lexed->tokens[first].text.ptr, *to = last->text.ptr + last->text.len;
    struct slice text = {from, to > from ? (size_t)(to - from) : 0};
    struct said words = {.text = type == TYPE_GOAL ? SLICE_NONE : text, .lexed = &part, .index = said->index};
    if (!fits_type(type, &part) || recognise_said(type, SLICE_NONE, &words, now_ms, &found) != OK ||
        !is_told(type, &found))
        return ERR_NOT_FOUND;
    *out = found;
    return OK;
}

/* Gives the part of the message that a cue at one token is of. Returns false when there is none. */
static bool find_part(const struct cue *cue, const struct lexed *lexed, size_t at, size_t end, struct part *out)
{
    size_t behind = at;
    double confidence = 1;
    bool denied = at > 0 && token_is(&lexed->tokens[at - 1], "no|ni|nunca") && cue->type != TYPE_RUC;
    bool begun = at > 0 && is_stop(&lexed->tokens[at - 1]);
    if (denied || (cue->how == ALONE && !begun) || !pattern_at(slice_of(cue->form), lexed, at, &behind, &confidence) ||
        behind > end)
        return false;
    out->first = cue->how == AFTER ? behind : at;
    if (out->first >= end)
        return false;
    size_t last = part_end(lexed, out->first, end);
    out->end = last > behind ? last : behind;
    return cue->how != ALONE || ((last == end || is_stop(&lexed->tokens[last])) && last - at <= ALONE_TOKENS);
}

/* Reads what begins at the first token, to the end: who sets right says little else. */
static enum error hear_all(enum slot_type type, const struct said *said, size_t first, size_t end, int64_t now_ms,
                           struct recognised *out)
{
    while (first < end && token_is(&said->lexed->tokens[first], "no|es|son|en|de|era|estoy|mejor"))
        first++;
    if (first == end)
        return ERR_NOT_FOUND;
    return read_part(type, said, first, part_end(said->lexed, first, end), now_ms, out);
}

enum error hear(enum slot_type type, const struct said *said, size_t first, size_t end, bool loosely, int64_t now_ms,
                struct recognised *out)
{
    unsigned reads = 0;
    for (size_t i = 0; i < CUES; i++)
        for (size_t at = first; at < end && cues[i].type == type && (loosely || cues[i].how != LOOSE); at++) {
            struct part part;
            if (!find_part(&cues[i], said->lexed, at, end, &part))
                continue;
            if (read_part(type, said, part.first, part.end, now_ms, out) == OK)
                return OK;
            if (++reads == READS_MAX)
                return ERR_NOT_FOUND;
        }
    return loosely && type == TYPE_REGION ? hear_all(type, said, first, end, now_ms, out) : ERR_NOT_FOUND;
}
