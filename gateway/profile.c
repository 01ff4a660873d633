#include "gateway/profile.h"

#include "base/civil.h"
#include "dialog/value.h"

#define FIRST_DAY 19723 /* 2024-01-01, in days from 1970: nobody was seen before, and 13 bits last until 2046 */
#define DAY_BITS 13

/* Of traits: where each of them lies. */
enum {
    OUT_AT,
    LANGUAGE_AT,
    CHANNEL_AT = LANGUAGE_AT + 3,
    CONSENT_AT = CHANNEL_AT + 3,
    SEEN_AT = CONSENT_AT + 4,
    TRAITS_BITS = SEEN_AT + DAY_BITS,
    PENDING_AT = TRAITS_BITS, /* beyond the column: behind the day of FIRST_SEEN */
    PENDING_BITS = 2
};

_Static_assert(TRAITS_BITS <= 8 * PROFILE_BYTES_MAX, "traits fit a column");

const struct profile_column_row profile_columns[PROFILE_COLUMNS] = {
    [COLUMN_TRAITS] = {"traits", 3},     [COLUMN_FIRST_SEEN] = {"first_seen", 2}, [COLUMN_STAGE] = {"stage", 1},
    [COLUMN_INDUSTRY] = {"industry", 1}, [COLUMN_REGION] = {"region", 1},         [COLUMN_GOAL] = {"goal", 1},
    [COLUMN_WORKERS] = {"workers", 2},   [COLUMN_TENURE] = {"tenure", 2},         [COLUMN_SALES] = {"sales", 3},
};

static const char *const stages[] = {"startup", "growth", "established", "decline", NULL};
static const char *const industries[] = {"bodega_alimentos",
                                         "comercio",
                                         "restaurante",
                                         "agro",
                                         "alimentos_fab",
                                         "confeccion",
                                         "manufactura_artesania",
                                         "construccion",
                                         "transporte",
                                         "reparacion",
                                         "tec_prof",
                                         "serv_personales",
                                         "turismo",
                                         "otros",
                                         NULL};
static const char *const regions[] = {"01", "02", "03", "04", "05", "06", "07", "08", "09", "10", "11", "12", "13",
                                      "14", "15", "16", "17", "18", "19", "20", "21", "22", "23", "24", "25", NULL};
static const char *const goals[] = {"finance",      "customers", "digital", "formalise", "export",
                                    "public_sales", "training",  "debts",   "other",     NULL};
static const char *const yes_no[] = {"yes", "no", NULL};
static const char *const regimes[] = {"NRUS", "RER", "RMT", "RG", "none", NULL};
static const char *const trends[] = {"up", "same", "down", NULL};
static const char *const outlooks[] = {"riesgo", "estable", "por crecer", NULL};
static const char *const languages[] = {"es", "qu", "quz", "ay", "en", NULL};
static const char *const channels[] = {
    [CHANNEL_SMS] = "sms", [CHANNEL_USSD] = "ussd", [CHANNEL_WHATSAPP] = "whatsapp", NULL};
static const char *const purposes[] = {"respuestas", PURPOSE_NOTICES, PURPOSE_OFFERS, PURPOSE_STUDY, NULL};
const char *const profile_bulk_purposes[] = {PURPOSE_NOTICES, PURPOSE_OFFERS, NULL};

/* clang-format off */
#define WORD_OF(name, column, at, bits, words, type, sentence) \
    {name, column, at, bits, PROFILE_WORD, words, type, 0, sentence}
#define NUMBER_OF(name, column, bits, type, least, sentence) \
    {name, column, 0, bits, PROFILE_NUMBER, NULL, type, least, sentence}
#define TRAIT(name, at, bits, kind, words, sentence) \
    {name, COLUMN_TRAITS, at, bits, kind, words, TYPE_TEXT, 0, sentence}
/* clang-format on */

const struct profile_field profile_fields[] = {
    WORD_OF("stage", COLUMN_STAGE, 0, 3, stages, TYPE_TEXT, "the stage of the business"),
    WORD_OF("outlook", COLUMN_STAGE, 3, 3, outlooks, TYPE_TEXT, "what the models expect"),
    WORD_OF("ruc", COLUMN_STAGE, 6, 2, yes_no, TYPE_RUC, "whether the owner says to have a RUC"),
    WORD_OF("industry", COLUMN_INDUSTRY, 0, 5, industries, TYPE_TEXT, "its industry, by its key"),
    WORD_OF("trend", COLUMN_INDUSTRY, 5, 3, trends, TYPE_TREND, "how sales go"),
    WORD_OF("region", COLUMN_REGION, 0, 5, regions, TYPE_REGION, "the department, by INEI's two digits"),
    WORD_OF("goal", COLUMN_GOAL, 0, 4, goals, TYPE_GOAL, "what the owner needs most"),
    WORD_OF("regime", COLUMN_GOAL, 4, 3, regimes, TYPE_REGIME, "the tax regime"),
    {"trained", COLUMN_GOAL, 7, 1, PROFILE_FLAG, yes_no, TYPE_YESNO, 0, "whether the owner was in a training"},
    NUMBER_OF("workers", COLUMN_WORKERS, 13, TYPE_WORKERS, 0, "people who work there"),
    NUMBER_OF("tenure", COLUMN_TENURE, 11, TYPE_TENURE, -1, "months since it opened, -1 not yet"),
    NUMBER_OF("sales", COLUMN_SALES, 24, TYPE_MONEY, 0, "soles a month"),
    TRAIT("opted_out", OUT_AT, 1, PROFILE_FLAG, yes_no, "whether nothing may be sent (BAJA)"),
    TRAIT("language", LANGUAGE_AT, 3, PROFILE_WORD, languages, "the language that is spoken"),
    TRAIT("channel", CHANNEL_AT, 3, PROFILE_SET, channels, "on what the person ever wrote"),
    TRAIT("consent", CONSENT_AT, 4, PROFILE_SET, purposes, "what the person agreed to, and did not take back"),
    TRAIT("seen", SEEN_AT, DAY_BITS, PROFILE_DAY, NULL, "days since the last message"),
    {"pending", COLUMN_FIRST_SEEN, DAY_BITS, PENDING_BITS, PROFILE_SET, profile_bulk_purposes, TYPE_TEXT, 0,
     "what the person said yes to once, and has to confirm"},
    {"first_seen", COLUMN_FIRST_SEEN, 0, DAY_BITS, PROFILE_DAY, NULL, TYPE_TEXT, 0, "days since the first message"},
    {0},
};

static uint32_t highest(const struct profile_field *field)
{
    return (UINT32_C(1) << field->bits) - 1;
}

const struct profile_field *profile_field(struct slice name)
{
    for (const struct profile_field *field = profile_fields; field->name; field++)
        if (slice_is(name, field->name))
            return field;
    return NULL;
}

uint32_t profile_number(const struct profile *profile, const struct profile_field *field)
{
    return profile->columns[field->column] >> field->shift & highest(field);
}

uint32_t profile_word(const struct profile_field *field, struct slice word)
{
    for (uint32_t i = 0; field->words && field->words[i]; i++)
        if (slice_is(word, field->words[i]))
            return field->kind == PROFILE_SET ? UINT32_C(1) << i : i + 1;
    return 0;
}

int64_t profile_most(const struct profile_field *field)
{
    return (int64_t)highest(field) - 1 + field->least;
}

uint32_t profile_count(const struct profile_field *field, int64_t number)
{
    if (number < field->least)
        return 1;
    return number > profile_most(field) ? highest(field) : (uint32_t)(number - field->least) + 1;
}

uint32_t profile_day(int64_t ms)
{
    int64_t day = (ms + LIMA_OFFSET_S * INT64_C(1000)) / PROFILE_DAY_MS - FIRST_DAY + 1;
    return day < 1 ? 1 : day >= 1 << DAY_BITS ? (1 << DAY_BITS) - 1 : (uint32_t)day;
}

/* A RUC's own digits say that there is one. */
static struct slice as_word(const struct profile_field *field, struct slice value)
{
    bool is_ruc = field->type == TYPE_RUC && value.len && value.ptr[0] >= '0' && value.ptr[0] <= '9';
    return is_ruc ? SLICE("yes") : value;
}

static uint32_t number_of(const struct profile_field *field, struct slice value)
{
    double number;
    if (!value.len || slice_is(value, VALUE_UNKNOWN) || slice_is(value, VALUE_REFUSED))
        return 0;
    if (field->kind == PROFILE_NUMBER)
        return value_number(field->type, value, &number) ? profile_count(field, (int64_t)number) : 0;
    uint32_t word = profile_word(field, as_word(field, value));
    if (field->kind == PROFILE_FLAG)
        return word == 1;
    return word ? word : highest(field);
}

static uint32_t put(uint32_t whole, unsigned at, unsigned bits, uint32_t number)
{
    uint32_t mask = ((UINT32_C(1) << bits) - 1) << at;
    return (whole & ~mask) | (number << at & mask);
}

enum profile_column profile_column_of(struct slice slot)
{
    const struct profile_field *field = profile_field(slot);
    return field && field->column > COLUMN_FIRST_SEEN ? field->column : PROFILE_COLUMNS;
}

void profile_learn(struct profile *profile, struct slice slot, struct slice value)
{
    const struct profile_field *field = profile_field(slot);
    if (!field || field->column <= COLUMN_FIRST_SEEN)
        return;
    uint32_t *column = &profile->columns[field->column];
    *column = put(*column, field->shift, field->bits, number_of(field, value));
}

struct slice profile_write(enum profile_column column, uint32_t number, char out[PROFILE_BYTES_MAX])
{
    const unsigned bytes = profile_columns[column].bytes;
    for (unsigned i = 0; i < bytes; i++)
        out[i] = (char)(number >> 8 * (bytes - 1 - i));
    return (struct slice){out, bytes};
}

void profile_doubt(struct profile *before, const struct profile *now)
{
    for (unsigned c = COLUMN_FIRST_SEEN + 1; c < PROFILE_COLUMNS; c++)
        before->columns[c] = now->columns[c] ^ ((UINT32_C(1) << 8 * profile_columns[c].bytes) - 1);
}

/* ---- traits ---- */

static uint32_t put_language(uint32_t traits, struct slice language)
{
    enum { BITS = CHANNEL_AT - LANGUAGE_AT };
    uint32_t number = (UINT32_C(1) << BITS) - 1; /* one that is not in the table */
    for (uint32_t i = 0; languages[i]; i++)
        if (slice_is(language, languages[i]))
            number = i + 1;
    return put(traits, LANGUAGE_AT, BITS, number);
}

uint32_t profile_traits(uint32_t traits, const struct profile_signs *signs)
{
    if (signs->opted)
        traits = put(traits, OUT_AT, 1, signs->opted > 0);
    if (signs->opted > 0)
        traits = put(put(traits, CONSENT_AT, SEEN_AT - CONSENT_AT, 0), PENDING_AT, PENDING_BITS, 0);
    if (signs->language.len)
        traits = put_language(traits, signs->language);
    const uint32_t seen = traits >> SEEN_AT & ((UINT32_C(1) << DAY_BITS) - 1);
    if (!signs->wrote) /* who is there was seen, if only before the first day */
        return seen ? traits : put(traits, SEEN_AT, DAY_BITS, 1);
    traits |= UINT32_C(1) << (CHANNEL_AT + signs->kind);
    uint32_t day = profile_day(signs->at_ms);
    return day > seen ? put(traits, SEEN_AT, DAY_BITS, day) : traits;
}

/* Where a name is in a table; -1: it is in none. */
static int place_in(const char *const *names, struct slice name)
{
    for (int i = 0; names[i]; i++)
        if (slice_is(name, names[i]))
            return i;
    return -1;
}

uint32_t profile_consent(uint32_t traits, uint32_t before, struct slice purpose, struct slice value)
{
    const int place = place_in(purposes, purpose), bulk = place_in(profile_bulk_purposes, purpose);
    const bool yes = slice_is(value, "yes"), asked = yes || slice_is(value, "pending");
    if (place < 0)
        return traits;
    const unsigned at = CONSENT_AT + (unsigned)place;
    if (bulk < 0)
        return put(traits, at, 1, yes);
    const unsigned pending_at = PENDING_AT + (unsigned)bulk;
    const bool agreed = asked && (traits >> at & 1 || (yes && before >> pending_at & 1));
    return put(put(traits, at, 1, agreed), pending_at, 1, asked && !agreed);
}

enum profile_standing profile_standing(uint32_t traits, struct slice purpose)
{
    const int place = place_in(purposes, purpose), bulk = place_in(profile_bulk_purposes, purpose);
    if (place >= 0 && traits >> (CONSENT_AT + place) & 1)
        return STANDING_AGREED;
    return bulk >= 0 && traits >> (PENDING_AT + bulk) & 1 ? STANDING_PENDING : STANDING_NONE;
}

bool profile_wrote(uint32_t traits)
{
    return (traits >> CHANNEL_AT & ((UINT32_C(1) << (CONSENT_AT - CHANNEL_AT)) - 1)) != 0;
}

void profile_put_line(struct profile *profile, uint32_t traits, int64_t born_ms)
{
    profile->columns[COLUMN_TRAITS] = traits & ((UINT32_C(1) << TRAITS_BITS) - 1);
    profile->columns[COLUMN_FIRST_SEEN] = profile_day(born_ms) | traits >> PENDING_AT << DAY_BITS;
}
