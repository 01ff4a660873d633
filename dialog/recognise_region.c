/* A place as its department, by INEI's code: departments, capitals, provinces, districts, and what people call them.
 *
 * Codes and capitals: peru.md part 3.1. Provinces, districts and slips were gathered for this table. */
#include "base/suggest.h"
#include "dialog/recognise_types.h"

#define TOKENS_READ 40 /* nobody names a place behind forty words */
#define FOUND_MAX 8
#define EXACT_LETTERS 5 /* names up to here must be written so: "ilo" is no "hilo" */
#define CLEARLY 0.1     /* by so much one place must beat another */
#define THING 0.6       /* most that a name is sure which may be a thing: "vendo sandia" */
#define ELSEWHERE 0.5   /* what a name loses before which a form says that the business is not there */
#define BEFORE_NAME 8   /* tokens that such a form may have */

#define DEPARTMENT 0.97 /* and above: names whose slips are forgiven where they are all that is said */

struct place_found {
    struct slice code;
    size_t first, end; /* tokens */
    double confidence; /* of the name */
    double weight;     /* the confidence, with what stands before the name */
};

/* Tells whether a form right before a name says that the business is not there: "mi hijo vive en", "lejos de", "av". */
static bool is_elsewhere(const struct lexed *lexed, const struct place_found *found)
{
    size_t count, end = 0;
    const struct lexicon_row *rows = lexicon_rows(lexed->lexicon, TABLE_ELSEWHERE, &count);
    double unused = 1;
    for (size_t i = lexicon_next(TABLE_ELSEWHERE, 0, lexed); i < count; i = lexicon_next(TABLE_ELSEWHERE, i + 1, lexed))
        for (size_t back = 1; back <= BEFORE_NAME && back <= found->first; back++)
            if (lexicon_row_at(&rows[i], lexed, found->first - back, &end, &unused) && end == found->first &&
                (!rows[i].from_start || back == found->first))
                return true;
    return false;
}

/* Tells whether a name may as well be a thing's, or somebody's: it is no more said than "vendo sandia". */
static bool may_be_thing(const struct lexed *lexed, const struct place_found *found)
{
    const struct token *last = token_at(lexed, found->end - 1), *before = token_before(lexed, found->first, 1);
    bool alone = found->first == 0 && found->end == lexed->count;
    return token_is(last, WORDS_THINGS_TOO) && !alone && !token_is(before, WORDS_IN);
}

static double weigh(const struct lexed *lexed, const struct place_found *found)
{
    double weight = found->confidence;
    if (is_elsewhere(lexed, found))
        return weight - ELSEWHERE;
    for (size_t back = 1; back <= 3 && back <= found->first; back++) {
        const struct token *token = &lexed->tokens[found->first - back];
        bool denied = found->first > back && token_is(token_before(lexed, found->first, back + 1), WORDS_DENIALS);
        bool works = token_is(token, WORDS_WORKS_IN), came = token_is(token, WORDS_CAME_FROM);
        if (denied && (works || came)) /* "no soy de lima" */
            return weight - 0.5;
        if (works || came)
            return weight + (works ? 0.2 : -0.2);
        if (back == 1 && token_is(token, WORDS_STREETS))
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

/* Finds a name wherever the message has it. */
static void find_name(const struct lexed *lexed, const struct lexicon_row *row, struct place_found *all, size_t *count)
{
    for (size_t i = 0; i < lexed->count && i < TOKENS_READ; i++) {
        struct place_found found = {.code = row->value, .first = i, .confidence = row->confidence};
        bool exact_only = row->form.len <= EXACT_LETTERS && lexed->tokens[i].text.len <= EXACT_LETTERS;
        if ((exact_only && !slice_eq(row->form, lexed->tokens[i].text)) ||
            !lexicon_row_at(row, lexed, i, &found.end, &found.confidence) || found.end > TOKENS_READ)
            continue;
        if (may_be_thing(lexed, &found) && found.confidence > THING)
            found.confidence = THING;
        found.weight = weigh(lexed, &found);
        keep(all, count, found);
    }
}

/* Finds the names in one misspelt word that is the whole message. */
static enum error find_near(const struct lexed *lexed, struct recognised *out)
{
    struct slice code = SLICE_NONE, word = lexed->tokens[0].text;
    size_t count;
    const struct lexicon_row *rows = lexicon_rows(lexed->lexicon, TABLE_PLACES, &count);
    for (size_t i = 0; i < count && word.len >= 4; i++) {
        struct slice name = rows[i].form;
        if (rows[i].confidence < DEPARTMENT || name.len < 4 || name.ptr[0] != word.ptr[0] ||
            edit_distance(name, word, 1) > 1)
            continue;
        if (code.len && !slice_eq(code, rows[i].value))
            return ERR_NOT_FOUND;
        code = rows[i].value;
    }
    return code.len ? recognised_set(out, code, 0.76) : ERR_NOT_FOUND;
}

static bool same_place(const struct place_found *a, const struct place_found *b)
{
    return slice_eq(a->code, b->code);
}

/* Tells whether two places are told apart: "Lima o Callao". */
static bool are_either(const struct lexed *lexed, const struct place_found *a, const struct place_found *b)
{
    const struct place_found *first = a->first < b->first ? a : b, *last = first == a ? b : a;
    return last->first == first->end + 1 && token_is(token_at(lexed, first->end), WORDS_OR_TO);
}

/* People of Callao say "Callao, Lima". */
static bool is_within(const struct lexed *lexed, const struct place_found *inner, const struct place_found *outer)
{
    return slice_is(inner->code, "07") && slice_is(outer->code, "15") && !are_either(lexed, inner, outer);
}

static enum error choose(const struct lexed *lexed, const struct place_found *all, size_t count,
                         struct recognised *out)
{
    const struct place_found *best = &all[0];
    double confidence, rival = 0;
    for (size_t i = 1; i < count; i++)
        if (all[i].weight > best->weight + 1e-9 || is_within(lexed, &all[i], best))
            best = &all[i];
    confidence = best->confidence;
    for (size_t i = 0; i < count; i++) {
        if (same_place(&all[i], best))
            confidence = all[i].confidence > confidence ? all[i].confidence : confidence;
        else if (!is_within(lexed, best, &all[i]))
            rival = all[i].weight > rival ? all[i].weight : rival;
    }
    if (rival > 0)
        confidence = best->weight - rival >= CLEARLY ? (confidence < 0.85 ? confidence : 0.85) : 0.5;
    for (size_t i = 0; i < count && rival == 0; i++)
        if (is_within(lexed, best, &all[i]))
            confidence = 0.85;
    if (best->weight < best->confidence - 0.3)
        confidence = 0.5;
    return recognised_set(out, best->code, confidence);
}

enum error recognise_region(const struct reading *reading, struct recognised *out)
{
    const struct lexed *lexed = reading->lexed;
    struct place_found all[FOUND_MAX];
    size_t found = 0, count;
    const struct lexicon_row *rows = lexicon_rows(lexed->lexicon, TABLE_PLACES, &count);
    for (size_t i = lexicon_next(TABLE_PLACES, 0, lexed); i < count; i = lexicon_next(TABLE_PLACES, i + 1, lexed))
        find_name(lexed, &rows[i], all, &found);
    if (found > 0)
        return choose(lexed, all, found, out);
    return lexed->count == 1 && lexed->tokens[0].kind == TOKEN_WORD ? find_near(lexed, out) : ERR_NOT_FOUND;
}
