/* Sales: "s/1500 al mes", "entre 500 y 800 a la semana", "veinte soles el menu, sale 40 menus". */
#include "dialog/quantity.h"
#include "dialog/recognise_types.h"

#define DAYS_A_MONTH 26   /* as the question back shows it; peru.md part 5 */
#define MONTH_LEAST 10000 /* hundredths: below S/ 100 a month, or above S/ 200 000, is asked again */
#define MONTH_MOST 20000000
#define DOUBTFUL 0.6

#define TELL                                                                                                           \
    "dec*|dig*|dir*|pong*|pon*|cuent*|cont*|compart*|revel*|mencion*|coment*|inform*|respond*|brind*|public*|expon*|"  \
    "habl*|dar*|declar*|soltar*|suelt*|detall*|indic*"

static const struct pattern refusals[] = {
    {"prefiero|preferiria|prefiriria no", "REFUSED", 0.95},
    {"no quiero|deseo|quisiera|puedo|debo|pienso|voy "
     "decir*|decirle|responder*|contestar*|contar*|dar|darle|revelar*",
     "REFUSED", 0.9},
    {"no quiero|deseo|quisiera a? dar|brindar|compartir", "REFUSED", 0.9},
    {"no le|te|les|se? voy|vamos a decir*|responder*|contestar*|dar*", "REFUSED", 0.9},
    {"no le|te|les|lo|se|se digo|dire|=cuento|doy|comparto", "REFUSED", 0.9},
    {"no se le|te dice|dire|digo", "REFUSED", 0.9},
    {"no digo|dire|comparto|respondo|contesto", "REFUSED", 0.9},
    {"eso|esa|es|info* .. privad*|personal|confidencial|secreto|reservad*", "REFUSED", 0.9},
    {"^ privado|confidencial|secreto|personal|reservado $", "REFUSED", 0.85},
    {"para|por que quiere* saber", "REFUSED", 0.7},
    {"que le|les|te importa", "REFUSED", 0.85},
    {"prefer*|prefier*|mejor no? lo|la|los|las|me|me? reserv*|guard*|omit*|call*|pas*|salt*|abst*", "REFUSED", 0.9},
    {"seguridad|privacidad|precaucion .. no .. " TELL, "REFUSED", 0.88},
    {"mejor|prefer*|prefier* no lo|le|se|te|la|los? lo|la|los? " TELL, "REFUSED", 0.9},
    {"no lo|la|los|las|le|les|te|se? lo|la|los? digo|dire|diria|pongo|=cuento|contare|comparto|revelo|menciono|informo|"
     "respondo|publico|hablo|declaro",
     "REFUSED", 0.88},
    {"no me|nos|seria .. gust*|conv*|anim*|sient*|agrad*|parec*|prudent*|comod* .. " TELL, "REFUSED", 0.88},
    {"por|tema|temor|miedo a|de|por? mi|tema|la? de? seguridad|extors*|privacidad", "REFUSED", 0.8},
    {"no me? gusta|agrada|conviene decir*|contar*|dar*|compartir*|hablar", "REFUSED", 0.9},
    {"prefiero|mejor reserv*|guard*|omit*", "REFUSED", 0.9},
    {"^ eso no|nunca $", "REFUSED", 0.8},
    {"eso no|nunca", "REFUSED", 0.7},
    {"me reservo", "REFUSED", 0.9},
    {"no quiero|deseo|gracias $", "REFUSED", 0.8},
    {"^ no|paso|omitir|saltar $", "REFUSED", 0.6},
    {"paso|omitir|saltar esa|esta|pregunta", "REFUSED", 0.85},
};

static const struct pattern unknowns[] = {
    {"no .. podria|sabria|sabriamos decir*|precisar*|calcular*|responder*", "UNKNOWN", 0.85},
    {"no .. exactitud|exactamente|exacto|precis*|cuanto", "UNKNOWN", 0.8},
    NOT_KNOWN,
    {"no lo|la? llevo", "UNKNOWN", 0.9},
    {"no tengo idea|cuenta*|registro|control|apuntado|calculado|claro|exacto", "UNKNOWN", 0.9},
    {"lo|apenas|solo justo|necesario|suficiente|basico", "UNKNOWN", 0.85},
    {"para|pa comer|sobrevivir|vivir|subsistir|pasajes|mantener*", "UNKNOWN", 0.8},
    {"poco|poquito|poquit*|mucho|harto|bastante|regular", "UNKNOWN", 0.7},
    {"varia|variado|variable|irregular", "UNKNOWN", 0.8},
    {"manam|manan|mana yachani*", "UNKNOWN", 0.8},
    {"lleva|llevan|maneja|manejan|ve|sabe|apunta .. cuenta*|caja|plata|dinero", "UNKNOWN", 0.8},
    {"que sabe|lleva|maneja $", "UNKNOWN", 0.8},
    {"a veces .. a|otras|y veces|no", "UNKNOWN", 0.75},
    {"ni .. ni", "UNKNOWN", 0.7},
};

static const struct pattern nothings[] = {
    {"^ nada|ninguno|ninguna $", "0/month", 0.6},
    {"todavia|aun|manaraq no? .. vend*|gan*|ingres*|sac*|ventas|factur*|abr*|empie*|genero|nada", "0/month", 0.85},
    {"no .. vend*|gan*|sac*|factur*|genero .. nada|todavia|aun", "0/month", 0.85},
    {"sin ventas|ingresos", "0/month", 0.8},
    {"no hay|tengo ventas|ingresos", "0/month", 0.8},
    {"nada todavia|aun|aun|por", "0/month", 0.85},
    {"todavia|aun nada|no", "0/month", 0.75},
    {"recien abro|abri|abrire|abriremos|abrimos|empiezo|empece|inicio|comienzo|estoy|voy", "0/month", 0.6},
};

const struct pattern_table refusal_table = TABLE(TABLE_REFUSALS, refusals);
const struct pattern_table amount_unknown_table = TABLE(TABLE_AMOUNT_UNKNOWN, unknowns);
const struct pattern_table no_sales_table = TABLE(TABLE_NO_SALES, nothings);

/* What money was for, when it was not sold for it. */
static const char *const other_money[] = {
    "pierdo|perdi|perdemos|debo|deuda|gasto|gastos|gaste|inverti|invierto|inversion|alquiler|prestamo|cuota|"
    "capital",
    "pago|pagar|pague",
};

static const char *const bounds[] = {
    "mas|menos|menor|mayor de|que|a s/? #",
    "maximo|minimo|hasta|tope|menos|pasa s/|de? #",
    "por lo menos",
    "# soles? o|a|para|pa mas|menos",
    "al|como menos|maximo|minimo",
    "de # para|pa|hacia|a arriba|abajo|mas|adelante",
};

static bool mentions(const struct lexed *lexed, const char *const *forms, size_t count)
{
    for (size_t i = 0; i < count; i++)
        if (pattern_has(forms[i], lexed))
            return true;
    return false;
}

static int64_t a_month(int64_t hundredths, enum period period)
{
    switch (period) {
    case PERIOD_DAY:
        return hundredths * DAYS_A_MONTH;
    case PERIOD_WEEK:
        return hundredths * 433 / 100;
    case PERIOD_FORTNIGHT:
        return hundredths * 2;
    case PERIOD_YEAR:
        return hundredths / 12;
    default:
        return hundredths;
    }
}

/* Tells whether a micro or small firm can sell that; what has no period is only held to the upper bound. */
static bool is_plausible(const struct quantity *quantity, enum period period)
{
    int64_t low = a_month(quantity->low, period), high = a_month(quantity->high, period);
    bool enough = low >= MONTH_LEAST || low == 0;
    return high <= MONTH_MOST && (enough || (period == PERIOD_UNKNOWN && low >= 1000));
}

static double least(double a, double b)
{
    return a < b ? a : b;
}

/* Finds a price and a count, and gives their product. */
static bool find_product(const struct quantities *all, struct quantity *out)
{
    const struct quantity *price = NULL, *count = NULL;
    if (all->count != 2)
        return false;
    for (size_t i = 0; i < 2; i++) {
        const struct quantity *one = &all->items[i], *other = &all->items[1 - i];
        bool priced = one->priced || (one->maybe_priced && other->kind == QUANTITY_COUNT);
        bool counted = other->kind == QUANTITY_COUNT || (other->kind == QUANTITY_BARE && one->kind == QUANTITY_MONEY);
        if (priced && one->kind != QUANTITY_COUNT && counted && !other->priced) {
            price = one;
            count = other;
        }
    }
    if (!price || count->high > 100000000 || price->high > 100000000)
        return false;
    *out = *count;
    out->kind = QUANTITY_MONEY;
    out->low = count->low * price->low / 100;
    out->high = count->high * price->high / 100;
    out->confidence = least(price->confidence, count->confidence) * 0.9;
    return true;
}

/* Picks the quantity that the answer is: the monthly one of several, else the first. Returns false when there is
 * none. */
static bool pick(const struct lexed *lexed, const struct quantities *all, struct quantity *out)
{
    static const enum quantity_kind kinds[] = {QUANTITY_MONEY, QUANTITY_BARE, QUANTITY_COUNT};
    for (size_t k = 0; k < 3; k++) {
        size_t found = 0;
        enum period period_of_out = PERIOD_UNKNOWN;
        for (size_t i = 0; i < all->count; i++) {
            if (all->items[i].kind != kinds[k])
                continue;
            double unused = 1;
            enum period period = quantity_period(lexed, &all->items[i], &unused);
            if (found++ > 0 && (period != PERIOD_MONTH || period_of_out == PERIOD_MONTH))
                continue;
            *out = all->items[i];
            period_of_out = period;
        }
        if (found == 0)
            continue;
        if (found > 1)
            out->confidence = least(out->confidence, 0.5);
        for (size_t i = 0; i < all->count && kinds[k] == QUANTITY_MONEY; i++)
            if (all->items[i].kind == QUANTITY_BARE) /* it may be the amount too */
                out->confidence = least(out->confidence, 0.7);
        if (kinds[k] == QUANTITY_COUNT)
            out->confidence = least(out->confidence, DOUBTFUL);
        return true;
    }
    return false;
}

static enum error write_money(const struct lexed *lexed, struct quantity quantity, bool product, struct recognised *out)
{
    double confidence = quantity.confidence * (quantity.kind == QUANTITY_MONEY ? 0.95 : 0.9);
    enum period period = quantity_period(lexed, &quantity, &confidence);
    if (period == PERIOD_UNKNOWN) {
        confidence = least(confidence, product ? 0.7 : 0.85);
        period = product ? PERIOD_DAY : quantity.high == 0 ? PERIOD_MONTH : PERIOD_UNKNOWN;
    }
    if (!is_plausible(&quantity, period))
        confidence = least(confidence, DOUBTFUL);
    if (quantity.priced || mentions(lexed, other_money, sizeof other_money / sizeof other_money[0]))
        confidence = least(confidence, 0.4);
    if (mentions(lexed, bounds, sizeof bounds / sizeof bounds[0]))
        confidence = least(confidence, 0.7);
    if (mentions(lexed, (const char *const[]){"no se|sabria|llevo", "creo|depende|varia"}, 2))
        confidence = least(confidence, 0.8);
    out->confidence = confidence;
    return quantity_write(&quantity, period, out);
}

enum error recognise_money(const struct reading *reading, struct recognised *out)
{
    const struct lexed *lexed = reading->lexed;
    struct quantities all;
    struct quantity quantity;
    quantities_read(lexed, &all);
    for (size_t i = 0; i < all.count; i++)
        if (all.items[i].kind == QUANTITY_FOREIGN)
            return ERR_NOT_FOUND;
    if (all.too_many)
        return ERR_NOT_FOUND;
    if (find_product(&all, &quantity))
        return write_money(lexed, quantity, true, out);
    if (pick(lexed, &all, &quantity))
        return write_money(lexed, quantity, false, out);
    if (recognise_by(&no_sales_table, reading, out) == OK && out->confidence >= RECOGNISE_SURE)
        return OK;
    if (recognise_by(&refusal_table, reading, out) == OK && out->confidence >= RECOGNISE_SURE)
        return OK;
    if (recognise_by(&amount_unknown_table, reading, out) == OK)
        return OK;
    if (recognise_by(&refusal_table, reading, out) == OK)
        return OK;
    return recognise_by(&no_sales_table, reading, out);
}
