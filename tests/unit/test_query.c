/* Queries: what is understood, what is refused and where, hostile bytes, and that the bits of many and the numbers of
 * one say the same. */
#include "tests/unit/unit.h"

#include <stdio.h>
#include <string.h>

#include "base/arena.h"
#include "base/mem.h"
#include "gateway/query.h"

#define TODAY 1000
#define NOW_MS (INT64_C(1704085200000) + (TODAY - 1) * PROFILE_DAY_MS) /* midnight in Lima */
#define ARENA_BYTES (1 << 20)

static struct arena *arena;

static int make_arena(void **state)
{
    (void)state;
    return (arena = arena_new(ARENA_BYTES)) ? 0 : -1;
}

static int free_arena(void **state)
{
    (void)state;
    arena_free(arena);
    return 0;
}

static struct query *parsed(const char *text)
{
    struct query *query;
    struct query_fault fault;
    arena_reset(arena);
    if (query_parse(slice_of(text), arena, &query, &fault))
        fail_msg("\"%s\", column %zu: %s", text, fault.column, fault.text);
    return query;
}

/* Somebody as "slot=value …"; "wrote=KIND:DAYS-AGO", "consent=PURPOSE", "out", "lang=es" and "first=DAYS-AGO" are
 * traits. */
static struct profile somebody(const char *text)
{
    struct profile p = {{0}};
    struct slice rest = slice_of(text), word, name;
    struct profile_signs signs = {0};
    p.columns[COLUMN_TRAITS] = profile_traits(0, &signs);
    while (slice_cut(&rest, ' ', &word)) {
        struct slice value = word;
        slice_cut(&value, '=', &name);
        signs = (struct profile_signs){0};
        uint64_t days = 0;
        if (slice_is(name, "wrote")) {
            struct slice kind;
            slice_cut(&value, ':', &kind);
            slice_u64(value, 9999, &days);
            signs.wrote = true;
            signs.kind = slice_is(kind, "sms") ? CHANNEL_SMS : slice_is(kind, "ussd") ? CHANNEL_USSD : CHANNEL_WHATSAPP;
            signs.at_ms = NOW_MS - (int64_t)days * PROFILE_DAY_MS;
        } else if (slice_is(name, "consent")) {
            p.columns[COLUMN_TRAITS] = profile_consent(p.columns[COLUMN_TRAITS], UINT32_MAX, value, SLICE("yes"));
        } else if (slice_is(name, "lang")) {
            signs.language = value;
        } else if (slice_is(name, "out")) {
            signs.opted = 1;
        } else if (slice_is(name, "first")) {
            slice_u64(value, 9999, &days);
            p.columns[COLUMN_FIRST_SEEN] = profile_day(NOW_MS - (int64_t)days * PROFILE_DAY_MS);
        } else {
            profile_learn(&p, name, value);
        }
        p.columns[COLUMN_TRAITS] = profile_traits(p.columns[COLUMN_TRAITS], &signs);
    }
    return p;
}

static void a_query_finds_whom_it_means(void **state)
{
    static const struct {
        const char *who, *query;
        bool is;
    } rows[] = {
        {"", "all", true},
        {"stage=growth industry=restaurante region=08 wrote=whatsapp:29",
         "stage = growth and industry in (restaurante, bodega_alimentos) and region = 08 and channel = whatsapp and "
         "seen < 30d and trained = no",
         true},
        {"stage=growth industry=restaurante region=08 wrote=whatsapp:29 trained=yes",
         "stage = growth and industry in (restaurante, bodega_alimentos) and region = 08 and channel = whatsapp and "
         "seen < 30d and trained = no",
         false},
        {"stage=growth", "stage != growth", false},
        {"stage=decline", "stage != growth", true},
        {"", "stage != growth", true},
        {"", "stage = growth", false},
        {"", "stage known", false},
        {"", "stage unknown", true},
        {"stage=odd", "stage known", true},
        {"stage=odd", "stage in (startup, growth, established, decline)", false},
        {"regime=UNKNOWN", "regime unknown", true},
        {"region=08", "region = Cusco", true},
        {"region=22", "region = \"San Martín\"", true},
        {"region=22", "region not in (cusco, 15)", true},
        {"outlook=por", "outlook = \"por crecer\"", false},
        {"ruc=20100070970", "ruc = yes", true},
        {"ruc=no", "ruc = yes", false},
        {"workers=5", "workers >= 5", true},
        {"workers=5", "workers > 5", false},
        {"workers=5", "workers <= 5", true},
        {"workers=5", "workers < 5", false},
        {"workers=5", "workers = 5", true},
        {"workers=5", "workers != 5", false},
        {"workers=5", "workers in (4, 5)", true},
        {"workers=0", "workers < 1", true},
        {"", "workers < 5", false},
        {"", "workers >= 0", false},
        {"workers=UNKNOWN", "workers unknown", true},
        {"workers=4..8", "workers = 6", true},
        {"workers=9999", "workers > 8189", true},
        {"tenure=-1", "tenure < 0", true},
        {"tenure=-1", "tenure = -1", true},
        {"tenure=0", "tenure < 0", false},
        {"sales=1500/month", "sales >= 1500", true},
        {"sales=50/day", "sales > 1299 and sales < 1301", true},
        {"sales=REFUSED", "sales known", false},
        {"wrote=sms:0", "seen < 1d", true},
        {"wrote=sms:1", "seen < 1d", false},
        {"wrote=sms:1", "seen <= 1d", true},
        {"wrote=sms:1", "seen = 1d", true},
        {"wrote=sms:2", "seen = 1d", false},
        {"wrote=sms:0", "seen = 1d", false},
        {"wrote=sms:28", "seen >= 4w", true},
        {"wrote=sms:28", "seen > 4w", false},
        {"wrote=sms:28", "seen < 8000d", true},
        {"wrote=sms:3 wrote=sms:9", "seen = 3d", true},
        {"first=100", "first_seen > 90d", true},
        {"wrote=sms:0 wrote=ussd:0", "channel = ussd and channel = sms and channel != whatsapp", true},
        {"wrote=sms:0", "channel in (ussd, whatsapp)", false},
        {"consent=respuestas", "consent = respuestas and not consent = avisos_capacitacion", true},
        {"lang=qu", "language = qu", true},
        {"lang=xx", "language known and language not in (es, qu, quz, ay, en)", true},
        {"out", "opted_out = yes", true},
        {"", "opted_out = no", true},
        {"stage=growth region=15", "stage = growth or stage = decline and region = 08", true},
        {"stage=growth region=15", "(stage = growth or stage = decline) and region = 08", false},
        {"stage=growth", "NOT (stage = growth) OR All", true},
        {"stage=growth", "not not stage=growth", true},
    };
    (void)state;
    for (size_t i = 0; i < COUNT(rows); i++) {
        const struct profile p = somebody(rows[i].who);
        if (query_matches(parsed(rows[i].query), &p, TODAY) != rows[i].is)
            fail_msg("\"%s\" with \"%s\": %d", rows[i].query, rows[i].who, !rows[i].is);
    }
}

static void a_fault_names_its_column_and_its_remedy(void **state)
{
    static const struct {
        const char *query;
        size_t column;
        const char *says;
    } rows[] = {
        {"", 1, "all is everybody"},
        {"  ", 3, "the end"},
        {"stge = growth", 1, "did you mean stage?"},
        {"zzz = growth", 1, "there are stage, outlook"},
        {"stage = growht", 9, "did you mean growth?"},
        {"stage = zzz", 9, "it has startup, growth, established, decline"},
        {"stage growth", 7, "put =, !="},
        {"stage", 6, "the end"},
        {"stage =", 8, "put a value here"},
        {"stage = = growth", 9, "put a value here"},
        {"stage < growth", 7, "no order"},
        {"stage = growth region = 08", 16, "join it with and, or"},
        {"stage = growth and", 19, "say who"},
        {"stage in growth", 10, "in brackets"},
        {"stage in (growth", 17, "closing bracket"},
        {"stage in ()", 11, "put a value here"},
        {"stage not growth", 11, "not in"},
        {"(stage = growth", 1, "not closed"},
        {"((stage = growth)", 1, "not closed"},
        {"stage = growth)", 15, "join it"},
        {"region = \"San Martín\" and ño = 1", 27, "ño is no field"},
        {"region = 26", 10, "it has 01, 02"},
        {"region = \"08", 10, "quotation mark"},
        {"workers = many", 11, "a whole number from 0 to 8189"},
        {"workers = -1", 11, "from 0"},
        {"workers = 1.5", 11, "whole number"},
        {"workers > 99999999999999999999", 11, "whole number"},
        {"tenure = -2", 10, "from -1"},
        {"seen < 30", 8, "as 30d or 4w"},
        {"seen < d", 8, "as 30d"},
        {"seen < 9999d", 8, "as 30d"},
        {"seen in (30)", 10, "as 30d"},
        {"consent = avisos", 11, "avisos_capacitacion"},
        {"trained = maybe", 11, "yes, no"},
        {"stage = growth; drop", 15, "join it"},
    };
    (void)state;
    for (size_t i = 0; i < COUNT(rows); i++) {
        struct query *query;
        struct query_fault fault;
        arena_reset(arena);
        assert_int_equal(query_parse(slice_of(rows[i].query), arena, &query, &fault), ERR_SYNTAX);
        if (fault.column != rows[i].column || !strstr(fault.text, rows[i].says))
            fail_msg("\"%s\": column %zu: %s", rows[i].query, fault.column, fault.text);
    }
}

static void what_is_too_long_or_too_deep_is_refused(void **state)
{
    char text[QUERY_BYTES_MAX + 64];
    struct query *query;
    struct query_fault fault;
    (void)state;
    for (size_t depth = 1; depth < 200; depth++) {
        size_t len = 0;
        for (size_t i = 0; i < depth; i++)
            text[len++] = '(';
        len += (size_t)snprintf(text + len, 8, "all");
        for (size_t i = 0; i < depth; i++)
            text[len++] = ')';
        arena_reset(arena);
        assert_int_equal(query_parse((struct slice){text, len}, arena, &query, &fault),
                         depth < QUERY_DEPTH_MAX ? OK : ERR_SYNTAX);
    }
    size_t len = 0;
    while (len + 7 < QUERY_BYTES_MAX)
        len += (size_t)snprintf(text + len, sizeof(text) - len, "all or ");
    snprintf(text + len, sizeof(text) - len, "all");
    assert_int_equal(query_parse(slice_of(text), arena, &query, &fault), ERR_SYNTAX);
    assert_non_null(strstr(fault.text, "too long"));
    memset(text, ' ', sizeof(text));
    assert_int_equal(query_parse((struct slice){text, QUERY_BYTES_MAX + 1}, arena, &query, &fault), ERR_SYNTAX);
    assert_int_equal(fault.column, 1);
}

/* ---- chance ---- */

static uint64_t chance = 20261128;

static unsigned pick(unsigned below)
{
    chance = chance * 6364136223846793005u + 1442695040888963407u;
    return (unsigned)(chance >> 33) % below;
}

static const char *const pieces[] = {
    "stage",   "industry", "region",  "workers",  "seen", "first_seen", "channel", "consent",
    "trained", "sales",    "tenure",  "growth",   "08",   "Cusco",      "5",       "-1",
    "30d",     "4w",       "sms",     "yes",      "no",   "and",        "or",      "not",
    "in",      "known",    "unknown", "all",      "(",    ")",          ",",       "=",
    "!=",      "<",        "<=",      ">",        ">=",   "\"",         "\"a b\"", "!",
    "\\",      "ñ",        "\xff",    "\xc3",     "'",    ";",          "\n",      "9999999999999999999",
    "--",      "()",       "(((",     "language", "es",   "{}",         "%s%n",    "🦙",
    "AND",     "d"};

static void put_test(char *out, size_t size)
{
    const struct profile_field *field;
    size_t count = 0;
    while (profile_fields[count].name)
        count++;
    field = &profile_fields[pick((unsigned)count)];
    if (!pick(6)) {
        snprintf(out, size, "%s %s", field->name, pick(2) ? "known" : "unknown");
    } else if (field->words) {
        size_t words = 0;
        while (field->words[words])
            words++;
        snprintf(out, size, "%s %s \"%s\"", field->name, pick(2) ? "=" : "!=", field->words[pick((unsigned)words)]);
    } else {
        static const char *const signs[] = {"=", "!=", "<", "<=", ">", ">="};
        bool days = field->kind == PROFILE_DAY;
        snprintf(out, size, "%s %s %u%s", field->name, signs[pick(6)], pick(days ? 12 : 40), days ? "d" : "");
    }
}

static void put_query(char *out, size_t size, unsigned depth)
{
    char left[900], right[900];
    unsigned kind = depth ? pick(4) : 3;
    if (kind == 3) {
        put_test(out, size);
        return;
    }
    put_query(left, sizeof(left), depth - 1);
    put_query(right, sizeof(right), depth - 1);
    if (kind == 2)
        snprintf(out, size, "not (%s)", left);
    else
        snprintf(out, size, "(%s) %s (%s)", left, kind ? "and" : "or", right);
}

/* Whatever comes: a query or a fault with a place within the text and a sentence, and nothing read beyond its end. */
static void hostile_text_gets_a_query_or_a_fault(void **state)
{
    struct query *query;
    struct query_fault fault;
    size_t good = 0;
    (void)state;
    for (int i = 0; i < 20000; i++) {
        char text[512];
        size_t len = 0;
        if (i % 4 == 0) {
            for (size_t most = pick(200); len < most; len++)
                text[len] = (char)pick(256);
        } else if (i % 4 == 1) { /* most one byte off */
            put_query(text, sizeof(text), 2);
            len = strlen(text);
            if (pick(4))
                text[pick((unsigned)len)] = (char)pick(128);
        } else {
            for (unsigned n = pick(24); n > 0 && len < sizeof(text) - 32; n--)
                len += (size_t)snprintf(text + len, 32, "%s%s", pieces[pick(COUNT(pieces))], pick(5) ? " " : "");
        }
        char *exact = mem_copy(text, len); /* a sanitizer sees what is read behind it */
        assert_non_null(exact);
        arena_reset(arena);
        enum error error = query_parse((struct slice){exact, len}, arena, &query, &fault);
        mem_free(exact);
        assert_true(error == OK || error == ERR_SYNTAX);
        assert_int_equal(error == ERR_SYNTAX, fault.column > 0);
        assert_true(fault.column <= len + 1 && (error == OK || strlen(fault.text) > 10));
        good += error == OK;
    }
    assert_true(good > 500);
}

static struct profile anybody(void)
{
    struct profile p = {{0}};
    for (const struct profile_field *f = profile_fields; f->name; f++)
        if (pick(3))
            p.columns[f->column] |= pick(1u << (f->bits < 6 ? f->bits : 6)) << f->shift;
    const struct profile_signs signs = {.wrote = pick(2), .kind = pick(3), .at_ms = NOW_MS - pick(12) * PROFILE_DAY_MS};
    p.columns[COLUMN_TRAITS] = profile_traits(pick(1u << 9), &signs);
    p.columns[COLUMN_FIRST_SEEN] = pick(3) ? TODAY - pick(12) : 0;
    return p;
}

#define PEOPLE (2 * QUERY_GROUP + 77)

static struct profile people[PEOPLE];
static char strings[PROFILE_COLUMNS][PEOPLE * PROFILE_BYTES_MAX];
static struct slice slices[PROFILE_COLUMNS];

/* Writes everybody's numbers as turns would; one in ten is nobody. */
static void write_people(void)
{
    memset(strings, 0, sizeof(strings));
    memset(slices, 0, sizeof(slices));
    for (uint32_t i = 0; i < PEOPLE; i++) {
        people[i] = anybody();
        if (!pick(10))
            memset(&people[i], 0, sizeof(people[i]));
        for (unsigned c = 0; c < PROFILE_COLUMNS; c++) {
            const unsigned bytes = profile_columns[c].bytes;
            if (!people[i].columns[c])
                continue;
            profile_write((enum profile_column)c, people[i].columns[c], strings[c] + i * bytes);
            slices[c] = (struct slice){strings[c], (i + 1) * bytes};
        }
    }
}

static void many_at_once_and_one_by_one_agree(void **state)
{
    static struct query_group group;
    char text[QUERY_BYTES_MAX];
    size_t matched = 0;
    (void)state;
    for (int round = 0; round < 400; round++) {
        if (round % 40 == 0)
            write_people();
        put_query(text, sizeof(text), 3);
        const struct query *query = parsed(text);
        const uint32_t today = TODAY - pick(3);
        for (uint32_t first = 0; first < PEOPLE; first += QUERY_GROUP) {
            uint64_t out[QUERY_WORDS];
            query_load(&group, query_columns(query), slices, first / QUERY_GROUP);
            query_match(query, &group, today, out);
            query_in_order(out);
            const unsigned char *bytes = (const unsigned char *)out;
            for (uint32_t i = 0; i < QUERY_GROUP; i++) {
                bool there = first + i < PEOPLE && people[first + i].columns[COLUMN_TRAITS];
                bool is = bytes[i / 8] >> (7 - i % 8) & 1;
                if (is != (there && query_matches(query, &people[first + i], today)))
                    fail_msg("\"%s\", number %u: %d by the bits", text, first + i, is);
                matched += is;
            }
        }
    }
    assert_true(matched > 10000);
}

static void a_lack_of_memory_is_told(void **state)
{
    struct query *query;
    struct query_fault fault;
    (void)state;
    for (long n = 0;; n++) {
        mem_fail_after(n);
        struct arena *poor = arena_new(ARENA_BYTES);
        enum error error = poor ? query_parse(SLICE("stage = growth and seen < 3d"), poor, &query, &fault) : ERR_NOMEM;
        mem_fail_after(-1);
        arena_free(poor);
        if (!error)
            break;
        assert_int_equal(error, ERR_NOMEM);
        assert_true(n < 10);
    }
}

static void a_query_tells_what_it_reads(void **state)
{
    static const struct {
        const char *text;
        bool reads;
    } rows[] = {{"outlook = riesgo", true},
                {"not (region = 08 or outlook in (estable, \"por crecer\"))", true},
                {"outlook unknown", true},
                {"stage = growth", false}, /* of the same column */
                {"all", false}};
    (void)state;
    for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
        struct query_fault fault;
        struct query *query;
        assert_int_equal(query_parse(slice_of(rows[i].text), arena, &query, &fault), OK);
        assert_int_equal(query_reads(query, profile_field(SLICE("outlook"))), rows[i].reads);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_query_finds_whom_it_means),
        cmocka_unit_test(a_fault_names_its_column_and_its_remedy),
        cmocka_unit_test(what_is_too_long_or_too_deep_is_refused),
        cmocka_unit_test(hostile_text_gets_a_query_or_a_fault),
        cmocka_unit_test(many_at_once_and_one_by_one_agree),
        cmocka_unit_test(a_query_tells_what_it_reads),
        cmocka_unit_test(a_lack_of_memory_is_told),
    };
    return cmocka_run_group_tests_name("query", tests, make_arena, free_arena);
}
