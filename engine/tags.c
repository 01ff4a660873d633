#include "engine/tags.h"

#include <ctype.h>
#include <endian.h>
#include <string.h>

#include "base/utf8.h"

#define TEXT_MAX 1024 /* bytes folded */

static const struct word tag_words[] = {
    {"women", "es para mujeres emprendedoras"},
    {"rural", "es para zonas rurales"},
    {"association", "es para asociaciones"},
    {"craft", "es para artesanas y artesanos"},
    {"fishing", "es para la pesca y la acuicultura"},
    {"youth", "es para jóvenes"},
    {"native_language", "está en quechua y aimara"},
    {"remype", "estás en el REMYPE"},
    {"vraem", "atiende en el VRAEM"},
    {"extortion", "por lo que nos contaste"},
    {"disaster", "por lo que nos contaste"},
    {"family_violence", "por lo que nos contaste"},
    {"data_misuse", "por lo que nos contaste"},
    {"supplier_abuse", "por lo que nos contaste"},
    {NULL, NULL},
};
const struct vocabulary tags = {"tag", tag_words, sizeof(tag_words) / sizeof(tag_words[0]) - 1};

/* Folded words, each after a blank and of at least four bytes; with a blank behind, the whole word: " pesca " is not in
 * " vendo pescado frito ". They are narrow on purpose: "ropa de mujer", "pan artesanal" and "Madre de Dios" state
 * nothing about the owner. */
static const struct {
    const char *tag;
    const char *words[18];
} rows[] = {
    {"women",
     {" soy mujer ", " somos mujeres ", " mujer emprendedora", " mujeres emprendedoras", " asociacion de mujeres",
      " grupo de mujeres", " club de madres", " soy madre", " madre soltera", " ama de casa", " artesana ",
      " artesanas ", " productoras ", " socias ", " olla comun", " comedor popular", " vaso de leche"}},
    {"rural", {" rural", " chacra", " caserio", " comunidad campesina", " comunidad nativa", " parcela", " anexo "}},
    {"association",
     {" asociac", " somos una cooperativa", " nuestra cooperativa", " comunidad campesina", " comunidad nativa"}},
    {"craft",
     {" artesano", " artesana ", " artesanas ", " artesania", " retablo", " telar", " ceramic", " alfarer", " tallad",
      " orfebre", " filigrana", " mates burilados", " bordad", " a mano ", " platero"}},
    {"fishing",
     {" pesca ", " pescador", " acuicult", " acuicol", " trucha", " tilapia", " paiche", " concha de abanico",
      " conchas de abanico", " langostino", " maricultura"}},
    {"youth", {" soy joven ", " somos jovenes ", " jovenes emprendedor"}},
    {"native_language", {" quechua", " aimara", " aymara", " runasimi", " runa simi"}},
    {"remype", {" remype"}},
    {"vraem", {" vrae ", " vraem ", " pichari", " kimbiri", " quimbiri", " llochegua", " sivia "}},
    {"extortion", {" extors", " cobro de cupo", " cobran cupo", " piden cupo", " me amenaza", " nos amenaza"}},
    {"disaster",
     {" huaico", " huayco", " inund", " desborde", " terremoto", " incendio", " fenomeno del nino", " derrumbe",
      " se quemo "}},
    {"family_violence", {" violencia familiar", " mi esposo me pega", " mi pareja me pega", " me maltrata"}},
    {"data_misuse", {" usan mis datos", " mal uso de mis datos"}},
    {"supplier_abuse", {" spam ", " me estaf", " nos estaf"}},
};

#define BEGINNING 4 /* bytes of a phrase behind its first blank, at least */

/* Words that were said, each after a blank, and what follows each blank, as bits: most phrases begin otherwise. */
struct said {
    char text[TEXT_MAX + 2 + BEGINNING];
    uint64_t beginnings;
};

/* Gives the bit of a beginning; some share one. */
static uint64_t beginning(const char *words)
{
    uint32_t bytes;
    memcpy(&bytes, words, BEGINNING);
    return UINT64_C(1) << (le32toh(bytes) * UINT32_C(0x9E3779B1) >> 26);
}

/* Folds text to words parted and surrounded by single blanks. */
static void words_of(struct slice text, struct said *out)
{
    char folded[TEXT_MAX], *words = out->text;
    size_t len = utf8_fold(text, folded, sizeof(folded)), used = 0;
    words[used++] = ' ';
    for (size_t i = 0; i < len; i++) {
        bool blank = (unsigned char)folded[i] < 0x80 && !isalnum((unsigned char)folded[i]);
        if (!blank || words[used - 1] != ' ')
            words[used++] = blank ? ' ' : folded[i];
    }
    if (words[used - 1] != ' ')
        words[used++] = ' ';
    memset(words + used, '\0', BEGINNING);
    out->beginnings = 0;
    for (size_t i = 1; i < used; i++)
        if (words[i - 1] == ' ')
            out->beginnings |= beginning(words + i);
}

/* Tells whether a phrase, which begins with a blank, was said. */
static bool says(const struct said *said, const char *phrase)
{
    return (said->beginnings & beginning(phrase + 1)) && strstr(said->text, phrase);
}

unsigned tags_stated(struct slice text)
{
    struct said said;
    unsigned stated = 0;
    words_of(text, &said);
    for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++)
        for (const char *const *word = rows[i].words; *word; word++)
            if (says(&said, *word))
                stated |= 1u << word_number(&tags, slice_of(rows[i].tag));
    return stated;
}

/* Who says so has no fixed place, whatever else is said: a "puesto ambulante" is none. */
static const char *const no_place[] = {
    " ambulant",
    " carretilla",
    " triciclo",
    " carrito",
    " en la calle ",
    " en las calles ",
    " por las calles ",
    " casa en casa ",
    " puerta a puerta ",
    " puerta en puerta ",
    " en ferias ",
    " de feria en feria ",
    " en los buses ",
    " en los micros ",
    " en la vereda ",
    " sin local ",
    " sin tienda ",
    " sin puesto ",
    " no tengo local ",
    " no tengo tienda ",
    " no tengo puesto ",
    " no tengo un local ",
    " no tengo una tienda ",
    " no tengo un puesto ",
};

/* These may speak of a shop that is no place. */
static const char *const not_here[] = {" virtual",   " online ",  " on line ", " internet",
                                       " en linea ", " facebook", " tiktok"};

static const char *const fixed_place[] = {
    " mi tienda ",      " una tienda ",    " mi bodega ",     " una bodega ", " mi local ",      " un local ",
    " mi taller ",      " un taller ",     " mi puesto ",     " un puesto ",  " en el mercado ", " mi restaurante ",
    " un restaurante ", " mi restaurant ", " un restaurant ", " polleria ",   " cevicheria ",    " picanteria ",
    " chifa ",          " jugueria ",      " panaderia ",     " mi salon ",   " un salon ",      " peluqueria ",
    " barberia ",       " botica ",        " farmacia ",      " ferreteria ", " libreria ",      " lavanderia ",
    " minimarket ",     " un hotel ",      " un hostal ",     " hospedaje ",  " cochera ",
};

static bool says_any(const struct said *said, const char *const *words, size_t count)
{
    for (size_t i = 0; i < count; i++)
        if (says(said, words[i]))
            return true;
    return false;
}

#define SAYS(said, words) says_any(said, words, sizeof(words) / sizeof((words)[0]))

int place_stated(struct slice text)
{
    struct said said;
    words_of(text, &said);
    if (SAYS(&said, no_place))
        return 0;
    return SAYS(&said, fixed_place) && !SAYS(&said, not_here) ? 1 : -1;
}
