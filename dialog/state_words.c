#include "dialog/state_words.h"

/* Words of the shipped flow and of the engine. A word's number is its place: whoever changes the list raises
 * STATE_EDITION. A flow whose names are not here works as well, and takes more room. */
/* clang-format off */
const char state_words[STATE_CODED][STATE_WORD_BYTES] = {
    "activity", "actividad", "avisos", "ayuda", "agro", "alimentos_fab", "avisos.pregunta",
    "borrar", "bienvenida", "bodega_alimentos", "consent", "customers", "confirma", "clasifica",
    "confirma_rubro", "clasifica_otra_vez", "clientes", "checkin", "comercio", "confeccion",
    "construccion", "contacto_1", "contacto_2", "contacto_3", "detalle", "dato", "despedida",
    "diagnostico", "down", "digital", "debts", "decline", "dos", "elige_rubro",
    "elige_otra_vez", "equipo", "equipo_previsto", "expire", "es", "export", "established",
    "estable", "finance", "formalise", "goal", "growth", "industry", "meta", "mas_contactos",
    "menu", "manufactura_artesania", "menu.opciones", "menu.avisos.pregunta", "misdatos",
    "misdatos.que_dato", "misdatos.borrar_todo", "notices", "no", "none", "NRUS", "outlook",
    "outcome", "opcion", "otra_vez", "otros", "other", "perfil", "public_sales", "por crecer",
    "ruc", "regime", "region", "rubro", "regimen", "recursos", "resultados", "remind",
    "REFUSED", "RER", "RMT", "RG", "restaurante", "reparacion", "riesgo", "sales", "stage",
    "sin_permiso", "sin_resultados", "seguimos", "saludo", "seguimiento", "same",
    "serv_personales", "startup", "seguir", "tenure", "trend", "tiempo", "tendencia",
    "transporte", "tec_prof", "turismo", "training", "tres", "useful", "util", "up",
    "UNKNOWN", "uno", "ventas", "vuelta", "workers", "yes", "quiere", "tag", "broad", "all",
    "trade", "have", "step",
};
/* clang-format on */

/* A test writes the table anew where the words are others (tests/unit/test_state.c). */
/* clang-format off */
const unsigned char state_word_slots[256] = {
    0, 0, 0, 0, 95, 0, 0, 0, 0, 55, 0, 99, 21, 0, 0, 0,
    0, 0, 0, 0, 0, 0, 56, 71, 0, 0, 24, 0, 0, 30, 105, 108,
    0, 0, 44, 0, 0, 82, 0, 27, 0, 106, 0, 0, 76, 0, 0, 0,
    74, 0, 11, 35, 0, 88, 0, 0, 0, 83, 0, 0, 0, 86, 57, 72,
    26, 110, 97, 0, 0, 39, 0, 0, 0, 0, 0, 0, 0, 0, 58, 42,
    0, 0, 73, 8, 61, 36, 14, 1, 0, 66, 0, 0, 0, 0, 0, 0,
    0, 0, 62, 69, 0, 0, 101, 52, 104, 0, 23, 65, 32, 43, 0, 0,
    0, 98, 112, 0, 13, 2, 45, 120, 77, 81, 0, 0, 0, 102, 34, 109,
    70, 0, 18, 0, 0, 89, 0, 37, 0, 64, 59, 0, 100, 16, 0, 118,
    0, 53, 48, 0, 63, 80, 12, 79, 19, 90, 111, 5, 0, 0, 0, 0,
    0, 6, 0, 0, 38, 54, 0, 20, 0, 0, 0, 113, 75, 0, 0, 0,
    93, 9, 0, 0, 0, 3, 0, 103, 92, 22, 46, 78, 114, 115, 119, 0,
    0, 0, 0, 40, 116, 0, 0, 15, 0, 68, 67, 0, 0, 0, 0, 31,
    28, 33, 29, 60, 0, 0, 17, 0, 0, 47, 0, 0, 0, 87, 0, 7,
    0, 0, 41, 0, 0, 0, 4, 0, 85, 0, 10, 94, 107, 0, 49, 91,
    0, 51, 0, 50, 25, 0, 84, 0, 0, 96, 117, 0, 0, 0, 0, 0,
};
/* clang-format on */

_Static_assert(sizeof(state_words) / sizeof(state_words[0]) == STATE_CODED && STATE_CODED <= 0x80,
               "a word's number fits its byte");

size_t state_coded_of(struct slice text)
{
    char padded[STATE_WORD_BYTES] = {0};
    struct state_key key;
    if (text.len == 0 || text.len >= sizeof(padded))
        return STATE_CODED;
    memcpy(padded, text.ptr, text.len);
    return state_key_of(padded, &key) && key.len == text.len ? state_word_of(key) : STATE_CODED;
}

struct slice state_coded(size_t number)
{
    return number < STATE_CODED ? slice_of(state_words[number]) : SLICE_NONE;
}
