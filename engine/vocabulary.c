#include "engine/vocabulary.h"

#include "base/suggest.h"

#define WORDS_MAX 64
#define TABLE(name, sentence, rows)                                                                                    \
    const struct vocabulary name = {sentence, rows, sizeof(rows) / sizeof((rows)[0]) - 1}

static const struct word stage_words[] = {
    {"startup", "sirve para empezar"},
    {"growth", "sirve a negocios que crecen"},
    {"established", "sirve a negocios con camino hecho"},
    {"decline", "ayuda cuando bajan las ventas"},
    {NULL, NULL},
};
TABLE(stages, "stage", stage_words);

static const struct word goal_words[] = {
    {"finance", "porque buscas crédito o capital"},
    {"customers", "porque quieres más clientes"},
    {"digital", "porque quieres usar herramientas digitales"},
    {"formalise", "porque quieres formalizarte"},
    {"export", "porque quieres exportar"},
    {"public_sales", "porque quieres venderle al Estado"},
    {"training", "porque quieres capacitarte"},
    {"debts", "porque quieres ordenar tus deudas"},
    {"other", ""},
    {NULL, NULL},
};
TABLE(goals, "goal", goal_words);

static const struct word industry_words[] = {
    {"bodega_alimentos", "es para bodegas y venta de alimentos"},
    {"comercio", "es para comercios"},
    {"restaurante", "es para negocios de comida"},
    {"agro", "es para el agro, la crianza y la pesca"},
    {"alimentos_fab", "es para quienes elaboran alimentos"},
    {"confeccion", "es para textil, confección y calzado"},
    {"manufactura_artesania", "es para talleres y artesanía"},
    {"construccion", "es para construcción"},
    {"transporte", "es para transportistas"},
    {"reparacion", "es para talleres de reparación"},
    {"serv_personales", "es para negocios de servicios"},
    {"tec_prof", "es para servicios técnicos y profesionales"},
    {"turismo", "es para turismo y hospedaje"},
    {"otros", "es para negocios como el tuyo"},
    {NULL, NULL},
};
TABLE(industries, "industry", industry_words);

static const struct word region_words[] = {
    {"01", "Amazonas"},  {"02", "Áncash"},        {"03", "Apurímac"},    {"04", "Arequipa"},     {"05", "Ayacucho"},
    {"06", "Cajamarca"}, {"07", "Callao"},        {"08", "Cusco"},       {"09", "Huancavelica"}, {"10", "Huánuco"},
    {"11", "Ica"},       {"12", "Junín"},         {"13", "La Libertad"}, {"14", "Lambayeque"},   {"15", "Lima"},
    {"16", "Loreto"},    {"17", "Madre de Dios"}, {"18", "Moquegua"},    {"19", "Pasco"},        {"20", "Piura"},
    {"21", "Puno"},      {"22", "San Martín"},    {"23", "Tacna"},       {"24", "Tumbes"},       {"25", "Ucayali"},
    {NULL, NULL},
};
TABLE(regions, "region", region_words);

static const struct word regime_words[] = {
    {"NRUS", "Nuevo RUS"},     {"RER", "Régimen Especial"}, {"RMT", "Régimen MYPE Tributario"},
    {"RG", "Régimen General"}, {"none", "sin régimen"},     {NULL, NULL},
};
TABLE(regimes, "regime", regime_words);

static const struct word trend_words[] = {
    {"up", "suben"},
    {"same", "siguen igual"},
    {"down", "bajan"},
    {NULL, NULL},
};
TABLE(trends, "trend", trend_words);

static const struct word kind_words[] = {
    {"formalisation", "trámite"},
    {"training", "capacitación"},
    {"finance", "crédito o fondo"},
    {"market_access", "acceso a mercados"},
    {"technical_assistance", "asistencia"},
    {"digital_tool", "herramienta digital"},
    {"emergency", "emergencia"},
    {NULL, NULL},
};
TABLE(kinds, "kind", kind_words);

int word_number(const struct vocabulary *vocabulary, struct slice key)
{
    for (size_t i = 0; i < vocabulary->count; i++)
        if (slice_is(key, vocabulary->words[i].key))
            return (int)i;
    return WORD_NONE;
}

const char *word_suggest(const struct vocabulary *vocabulary, struct slice key)
{
    const char *known[WORDS_MAX + 1] = {NULL};
    for (size_t i = 0; i < vocabulary->count && i < WORDS_MAX; i++)
        known[i] = vocabulary->words[i].key;
    return suggest(key, known);
}
