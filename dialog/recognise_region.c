/* A place as its department, by INEI's code: departments, capitals, provinces, districts, and what people call them.
 *
 * Codes and capitals: peru.md part 3.1. Provinces, districts and slips were gathered for this table. */
#include "base/suggest.h"
#include "dialog/recognise_types.h"
#include "dialog/sound.h"

#define TOKENS_READ 40 /* nobody names a place behind forty words */
#define FOUND_MAX 8
#define EXACT_LETTERS 5 /* names up to here must be written so: "ilo" is no "hilo" */
#define CLEARLY 0.1     /* by so much one place must beat another */

/* How sure a name alone makes us. Names that several departments share are not sure enough to be taken unasked. */
#define DEPARTMENT 0.97
#define PROVINCE 0.92
#define DISTRICT 0.86
#define SHARED 0.6

static const struct {
    char code[3];
    double confidence;
    const char *names;
} places[] = {
    {"01", DEPARTMENT, "amazonas|amazona|chachapoyas"},
    {"01", PROVINCE,
     "bagua|bagua grande|utcubamba|luya|rodriguez de mendoza|bongara|condorcanqui|imaza|jumbilla|lamud|"
     "pedro ruiz"},
    {"01", SHARED, "chacha"},
    {"02", DEPARTMENT, "ancash|ancas|ankash|ancach|huaraz|huaras|waraz|guaraz"},
    {"02", PROVINCE,
     "chimbote|nuevo chimbote|casma|huarmey|huari|caraz|carhuaz|yungay|recuay|sihuas|pomabamba|huaylas|"
     "callejon de huaylas|bolognesi|chiquian|aija|corongo|pallasca|piscobamba|coishco"},
    {"03", DEPARTMENT, "apurimac|apurima|abancay"},
    {"03", PROVINCE,
     "andahuaylas|andaguaylas|cotabambas|aymaraes|antabamba|tambobamba|chalhuanca|talavera|las bambas|"
     "challhuahuacho|chincheros"},
    {"04", DEPARTMENT, "arequipa|aqp|arekipa|areqipa|ciudad blanca|blanca ciudad"},
    {"04", PROVINCE,
     "camana|mollendo|islay|caraveli|aplao|chivay|caylloma|cotahuasi|condesuyos|majes|el pedregal|"
     "pedregal|chala|acari|colca|valle del colca"},
    {"04", DISTRICT,
     "cayma|cerro colorado|paucarpata|yanahuara|characato|socabaya|jose luis bustamante|"
     "bustamante y rivero|jacobo hunter|hunter|mariano melgar|alto selva alegre|sachaca|tiabaya|la joya|"
     "uchumayo|andres avelino"},
    {"05", DEPARTMENT, "ayacucho|huamanga|wamanga|guamanga"},
    {"05", PROVINCE,
     "huanta|puquio|lucanas|parinacochas|coracora|la mar|cangallo|vilcashuaman|vilcas huaman|fajardo|"
     "huancapi|huancasancos|querobamba|jesus nazareno|quinua ayacucho"},
    {"05", 0.4, "vraem|vrae"}, /* four departments have a part of it */
    {"06", DEPARTMENT, "cajamarca|caxamarca|cajamarka"},
    {"06", PROVINCE, "jaen|chota|cutervo|bambamarca|celendin|cajabamba|hualgayoc|san ignacio|contumaza|banos del inca"},
    {"06", SHARED, "santa cruz|san pablo|san marcos"},
    {"07", DEPARTMENT, "callao|el callao|chim pum callao|provincia constitucional"},
    {"07", DISTRICT, "ventanilla|la perla|la punta|carmen de la legua|mi peru|ciudad pachacutec"},
    {"08", DEPARTMENT, "cusco|cuzco|qosqo|cosco|kusku|qusqu"},
    {"08", PROVINCE,
     "quillabamba|sicuani|espinar|la convencion|urubamba|ollantaytambo|pisac|calca|anta|canchis|"
     "quispicanchi|quispicanchis|urcos|chumbivilcas|acomayo|yanaoca|paruro|valle sagrado|machu picchu|"
     "machupicchu|echarate|pichari|kimbiri|quimbiri|yauri"},
    {"08", DISTRICT, "wanchaq|wanchac|huanchac|poroy|chinchero|oropesa|saylla|aguas calientes"},
    {"08", SHARED, "san sebastian|san jeronimo|santiago|santo tomas|izcuchaca"},
    {"09", DEPARTMENT, "huancavelica|huanca velica|wancavelica|guancavelica"},
    {"09", PROVINCE, "lircay|acobamba|pampas|tayacaja|angaraes|castrovirreyna|churcampa|huaytara|paucara|colcabamba"},
    {"10", DEPARTMENT, "huanuco|wanuco|guanuco"},
    {"10", PROVINCE,
     "tingo maria|leoncio prado|ambo|huacaybamba|huamalies|llata|dos de mayo|lauricocha|panao|pachitea|"
     "puerto inca|yarowilca|amarilis|pillco marca|aucayacu"},
    {"10", SHARED, "tingo|la union"},
    {"11", DEPARTMENT, "ica"},
    {"11", PROVINCE, "chincha|chincha alta|pisco|nazca|nasca|marcona|palpa|paracas"},
    {"11", DISTRICT, "parcona|la tinguina|subtanjalla|grocio prado|sunampe|san clemente|tupac amaru inca"},
    {"12", DEPARTMENT, "junin|huancayo|wancayo|guancayo"},
    {"12", PROVINCE,
     "la merced|satipo|tarma|la oroya|oroya|chanchamayo|jauja|chupaca|pichanaki|pichanaqui|perene|"
     "mazamari|pangoa|morococha|selva central|mantaro|valle del mantaro"},
    {"12", DISTRICT, "el tambo|pilcomayo|sicaya|concepcion|san ramon|rio negro|san agustin de cajas"},
    {"13", DEPARTMENT, "la libertad|lalibertad|trujillo|trux|truxillo|trujiyo"},
    {"13", PROVINCE,
     "otuzco|chepen|viru|huamachuco|pacasmayo|ascope|gran chimu|cascas|julcan|tayabamba|"
     "santiago de chuco|sanchez carrion"},
    {"13", DISTRICT,
     "la esperanza|el porvenir|florencia de mora|victor larco|huanchaco|laredo|moche|salaverry|"
     "casa grande|chocope|paijan|alto trujillo|san pedro de lloc|cartavio|chicama|malabrigo"},
    {"13", SHARED, "libertad|guadalupe|bolivar"},
    {"14", DEPARTMENT, "lambayeque|lambayaque|chiclayo|chiklayo"},
    {"14", PROVINCE,
     "ferrenafe|jayanca|motupe|jose leonardo ortiz|leonardo ortiz|moshoqueque|pimentel|monsefu|tuman|"
     "pomalca|olmos|incahuasi|inkawasi|illimo|tucume|reque|eten|puerto eten|cayalti|oyotun|mochumi|"
     "patapo|morrope|chongoyape"},
    {"15", DEPARTMENT,
     "lima|lima norte|lima sur|lima este|lima centro|lima metropolitana|lima provincias|region lima|"
     "cercado de lima|centro de lima|limaq"},
    {"15", PROVINCE,
     "huaral|huacho|huaura|barranca|canete|san vicente de canete|yauyos|canta|huarochiri|cajatambo|oyon|"
     "chancay|paramonga|matucana|sayan|santa eulalia|ricardo palma|vegueta|lunahuana|nuevo imperial"},
    {"15", DISTRICT,
     "ancon|ate|ate vitarte|vitarte|barranco|brena|carabayllo|chaclacayo|chorrillos|cieneguilla|comas|el "
     "agustino|"
     "agustino|jesus maria|la molina|lince|los olivos|lurigancho|chosica|huachipa|lurin|magdalena|magdalena "
     "del mar|"
     "pachacamac|pucusana|puente piedra|punta hermosa|punta negra|rimac|el rimac|san bartolo|san borja|"
     "san juan de lurigancho|sjl|san juan de miraflores|sjm|san martin de porres|smp|santa anita|santa maria "
     "del mar|"
     "surco|santiago de surco|surquillo|villa el salvador|ves|villa maria del triunfo|vmt|villa "
     "maria|barrios altos|"
     "gamarra|mesa redonda|caqueta|polvos azules|las malvinas|zarate|canto "
     "grande|huaycan|manchay|jicamarca|collique|"
     "unicachi|cono norte|cono sur|cono este|campoy|pamplona alta|santa clara|mercado de frutas"},
    {"15", 0.78, "miraflores|san isidro|pueblo libre|salamanca"},
    {"15", 0.7, "la victoria|independencia"}, /* of Lima to most; Chiclayo and Huaraz have theirs */
    {"15", SHARED, "san miguel|san luis|asia|chilca|cercado|cono"},
    {"16", DEPARTMENT, "loreto|iquitos|ikitos|iqitos"},
    {"16", PROVINCE,
     "maynas|yurimaguas|nauta|punchana|requena|contamana|caballococha|caballo cocha|ramon castilla|"
     "alto amazonas|datem del maranon|putumayo|tamshiyacu|mazan|pebas"},
    {"16", SHARED, "belen|san juan bautista"},
    {"17", DEPARTMENT, "madre de dios|mdd|puerto maldonado|pto maldonado|maldonado"},
    {"17", PROVINCE, "tambopata|tahuamanu|manu|iberia|inapari|laberinto|mazuko|mazuco|huepetuhe"},
    {"18", DEPARTMENT, "moquegua|moqegua|mokegua|moquehua"},
    {"18", PROVINCE, "ilo|samegua|mariscal nieto|omate|sanchez cerro|torata|carumas|pacocha|ichuna"},
    {"19", DEPARTMENT, "pasco|cerro de pasco"},
    {"19", PROVINCE,
     "oxapampa|villa rica|yanahuanca|daniel alcides carrion|pozuzo|puerto bermudez|chaupimarca|huayllay|"
     "yanacancha|ninacaca"},
    {"19", 0.76, "cerro"},
    {"20", DEPARTMENT, "piura|piura la vella"},
    {"20", PROVINCE,
     "sullana|talara|paita|catacaos|sechura|chulucanas|morropon|ayabaca|huancabamba|tambogrande|"
     "tambo grande|veintiseis de octubre|26 de octubre|mancora|los organos|la arena|las lomas|"
     "querecotillo|bajo piura|canchaque|marcavelica"},
    {"20", SHARED, "castilla"},
    {"21", DEPARTMENT, "puno|puni"},
    {"21", PROVINCE,
     "juliaca|juli|ilave|ilabe|azangaro|desaguadero|lampa|ayaviri|yunguyo|huancane|macusani|carabaya|"
     "sandia|san roman|chucuito|el collao|moho|putina|san antonio de putina|la rinconada|ananea|acora|"
     "capachica|taquile|pomata|zepita|nunoa|taraco|san gaban"},
    {"21", SHARED, "melgar|santa lucia"},
    {"22", DEPARTMENT, "san martin|sanmartin|moyobamba"},
    {"22", PROVINCE,
     "tarapoto|rioja|juanjui|tocache|lamas|picota|saposoa|huallaga|mariscal caceres|nueva cajamarca|"
     "banda de shilcayo|uchiza|soritor|san jose de sisa|tabalosos|chazuta"},
    {"22", SHARED, "bellavista|el dorado|morales"},
    {"23", DEPARTMENT, "tacna|tagna|tacana"},
    {"23", PROVINCE,
     "tarata|candarave|jorge basadre|locumba|ilabaya|ciudad nueva|alto de la alianza|alto alianza|"
     "gregorio albarracin|pocollay|calana|zofratacna"},
    {"24", DEPARTMENT, "tumbes|tumbis|tumbez"},
    {"24", PROVINCE, "zorritos|zarumilla|aguas verdes|contralmirante villar|papayal|punta sal|pampa grande"},
    {"24", SHARED, "la cruz|corrales"},
    {"25", DEPARTMENT, "ucayali|ucayaly|pucallpa|pucalpa|pukallpa"},
    {"25", PROVINCE,
     "atalaya|padre abad|aguaytia|coronel portillo|yarinacocha|yarina|manantay|calleria|campo verde|"
     "campoverde|purus|raymondi|curimana|san alejandro|irazola|neshuya|sepahua|masisea"},
};

#define PLACES (sizeof places / sizeof places[0])

/* What stands before a place where somebody no longer is, or before a street called after a place. */
static const char came_from[] =
    "naci|nacida|nacido|soy|somos|vengo|vine|familia|originario|originaria|natural|mama|papa";
static const char works_in[] =
    "vivo|vivimos|vendo|vendemos|trabajo|trabajamos|negocio|estoy|estamos|puesto|tienda|tengo|"
    "ahora|pero|resido|radico|local|atiendo";
static const char street[] = "av|avenida|jr|jiron|calle|plaza|urb|urbanizacion|psje|pasaje|parque|hospital|colegio";

struct place_found {
    const char *code;
    size_t first, end; /* tokens */
    double confidence; /* of the name */
    double weight;     /* the confidence, with what stands before the name */
};

static double weigh(const struct lexed *lexed, const struct place_found *found)
{
    double weight = found->confidence;
    for (size_t back = 1; back <= 3 && back <= found->first; back++) {
        const struct token *token = &lexed->tokens[found->first - back];
        if (token_is(token, works_in))
            return weight + 0.2;
        if (token_is(token, came_from))
            return weight - 0.2;
        if (back == 1 && token_is(token, street))
            return weight - 0.5;
    }
    return weight;
}

/* Keeps a find, unless a longer one covers its words; drops those that it covers itself. */
static void keep(struct place_found *all, size_t *count, struct place_found found)
{
    size_t kept = 0;
    for (size_t i = 0; i < *count; i++) {
        const struct place_found *other = &all[i];
        bool apart = found.first >= other->end || other->first >= found.end;
        size_t length = found.end - found.first, other_length = other->end - other->first;
        bool better = length > other_length || (length == other_length && found.confidence > other->confidence);
        if (!apart && !better)
            return;
        if (apart)
            all[kept++] = *other;
    }
    if (kept < FOUND_MAX)
        all[kept++] = found;
    *count = kept;
}

static void find_name(const struct lexed *lexed, size_t row, struct slice name, struct place_found *all, size_t *count)
{
    unsigned char class = sound_class(name);
    for (size_t i = 0; i < lexed->count; i++) {
        if (lexed->tokens[i].class != class && class >= 'a') /* not for "26 de octubre" */
            continue;
        struct place_found found = {.code = places[row].code, .first = i, .confidence = places[row].confidence};
        bool exact_only = name.len <= EXACT_LETTERS && lexed->tokens[i].text.len <= EXACT_LETTERS;
        if (exact_only && !slice_eq(name, lexed->tokens[i].text))
            continue;
        if (!pattern_at(name, lexed, i, &found.end, &found.confidence))
            continue;
        found.weight = weigh(lexed, &found);
        keep(all, count, found);
    }
}

/* Finds the names in one misspelt word that is the whole message. */
static enum error find_near(const struct token *word, struct recognised *out)
{
    const char *code = NULL;
    for (size_t row = 0; row < PLACES && word->text.len >= 4; row++) {
        struct slice names = slice_of(places[row].names), name;
        while (slice_cut(&names, '|', &name)) {
            bool near = name.len >= 4 && name.ptr[0] == word->text.ptr[0] && edit_distance(name, word->text, 1) <= 1;
            if (!near || places[row].confidence < DEPARTMENT)
                continue;
            if (code && !slice_is(slice_of(code), places[row].code))
                return ERR_NOT_FOUND;
            code = places[row].code;
        }
    }
    return code ? recognised_set(out, slice_of(code), 0.76) : ERR_NOT_FOUND;
}

static bool same_place(const struct place_found *a, const struct place_found *b)
{
    return slice_is(slice_of(a->code), b->code);
}

/* People of Callao say "Callao, Lima". */
static bool is_within(const struct place_found *inner, const struct place_found *outer)
{
    return slice_is(slice_of(inner->code), "07") && slice_is(slice_of(outer->code), "15");
}

static enum error choose(const struct place_found *all, size_t count, struct recognised *out)
{
    const struct place_found *best = &all[0];
    double confidence, rival = 0;
    for (size_t i = 1; i < count; i++)
        if (all[i].weight > best->weight + 1e-9 || is_within(&all[i], best))
            best = &all[i];
    confidence = best->confidence;
    for (size_t i = 0; i < count; i++) {
        if (same_place(&all[i], best))
            confidence = all[i].confidence > confidence ? all[i].confidence : confidence;
        else if (!is_within(best, &all[i]))
            rival = all[i].weight > rival ? all[i].weight : rival;
    }
    if (rival > 0)
        confidence = best->weight - rival >= CLEARLY ? (confidence < 0.85 ? confidence : 0.85) : 0.5;
    for (size_t i = 0; i < count && rival == 0; i++)
        if (is_within(best, &all[i]))
            confidence = 0.85;
    if (best->weight < best->confidence - 0.3)
        confidence = 0.5;
    return recognised_set(out, slice_of(best->code), confidence);
}

static uint32_t letter_bit(unsigned char class)
{
    return UINT32_C(1) << (class & 31);
}

/* Gives the sound classes of the tokens as bits; that of h and of no letter always, which find_name() looks at. */
static uint32_t letters_said(const struct lexed *lexed)
{
    uint32_t said = letter_bit(0);
    for (size_t i = 0; i < lexed->count; i++)
        said |= letter_bit(lexed->tokens[i].class);
    return said;
}

enum error recognise_region(const struct reading *reading, struct recognised *out)
{
    struct lexed lexed = *reading->lexed; /* fewer of the same tokens; they still point into the reading */
    struct place_found all[FOUND_MAX];
    size_t count = 0;
    if (lexed.count > TOKENS_READ)
        lexed.count = TOKENS_READ;
    uint32_t said = letters_said(&lexed);
    for (size_t row = 0; row < PLACES; row++) {
        struct slice names = slice_of(places[row].names), name;
        while (slice_cut(&names, '|', &name))
            if (said & letter_bit(sound_class_of(name.ptr[0])))
                find_name(&lexed, row, name, all, &count);
    }
    if (count > 0)
        return choose(all, count, out);
    return lexed.count == 1 && lexed.tokens[0].kind == TOKEN_WORD ? find_near(&lexed.tokens[0], out) : ERR_NOT_FOUND;
}
