/* The choice of one label: by its words, its number, its letter or its place. */
#include <stdio.h>
#include <string.h>

#include "base/suggest.h"
#include "dialog/recognise_types.h"

#define LABELS_MAX 26

#define PLAIN_BYTES 128 /* of a plain form and its NUL; the rest of a longer one is not compared */

struct labels {
    struct slice written[LABELS_MAX]; /* as the flow has them */
    char plain[LABELS_MAX][PLAIN_BYTES];
    int sides[LABELS_MAX];         /* side_of() */
    const char *means[LABELS_MAX]; /* "yes", "no", "unknown" or "refused"; NULL: something else */
    bool denies[LABELS_MAX];       /* its own words deny: "No vendo" */
    size_t count;
};

/* What was said, plain. */
struct plain_said {
    char whole[PLAIN_BYTES];
    char affirmed[PLAIN_BYTES]; /* without what a denial takes back: nothing of "no vendo mas", "puno" of "no cusco,
                                   puno" */
};

/* Marks the tokens that a denial takes back: those behind it, up to where the clause ends, and with a clause that ends
 * in one ("cusco no") the whole of it. Returns whether anything is denied. */
static bool mark_denied(const struct lexed *lexed, bool denied[LEXER_TOKENS_MAX])
{
    bool denying = false, any = false;
    size_t clause = 0;
    for (size_t i = 0; i < lexed->count; i++) {
        bool turns = reading_turns_at(lexed, i), denial = token_is(&lexed->tokens[i], WORDS_DENIALS);
        clause = turns ? i + 1 : clause;
        for (size_t back = i; denial && reading_turns_at(lexed, i + 1) && back > clause; back--)
            denied[back - 1] = true;
        denying = denial || (denying && !turns);
        denied[i] = denying;
        any = any || denying;
    }
    return any;
}

/* Writes words and numbers with one blank between, without signs and currency, so that "mas de 5,000" is "Más de S/
 * 5000"; none that is left out. */
static void write_plain(const struct lexed *lexed, const bool *left_out, char out[PLAIN_BYTES])
{
    size_t used = 0;
    out[0] = '\0';
    for (size_t i = 0; i < lexed->count; i++) {
        const struct token *token = &lexed->tokens[i];
        bool number = token->kind == TOKEN_NUMBER && token->hundredths % 100 == 0;
        if (token->kind == TOKEN_SIGN || token_is(token, WORDS_CURRENCY) || (left_out && left_out[i]))
            continue;
        const char *blank = used > 0 ? " " : "";
        int len =
            number ? snprintf(out + used, PLAIN_BYTES - used, "%s%lld", blank, (long long)(token->hundredths / 100))
                   : snprintf(out + used, PLAIN_BYTES - used, "%s%.*s", blank, (int)token->text.len, token->text.ptr);
        used += len > 0 ? (size_t)len : 0;
        if (used >= PLAIN_BYTES)
            return;
    }
}

/* Tells which side of its number a band lies on: -1 below, 1 above, 0 neither. */
static int side_of(const struct lexed *lexed)
{
    for (size_t i = 0; i < lexed->count; i++)
        if (token_is(&lexed->tokens[i], WORDS_BELOW) || token_is(&lexed->tokens[i], WORDS_ABOVE))
            return token_is(&lexed->tokens[i], WORDS_BELOW) ? -1 : 1;
    return 0;
}

/* Tells whether words that are not denied name both sides, and so choose neither: "mas o menos". */
static bool names_both_sides(const struct lexed *lexed, const bool denied[LEXER_TOKENS_MAX])
{
    bool below = false, above = false;
    for (size_t i = 0; i < lexed->count; i++) {
        below = below || (!denied[i] && token_is(&lexed->tokens[i], WORDS_BELOW));
        above = above || (!denied[i] && token_is(&lexed->tokens[i], WORDS_ABOVE));
    }
    return below && above;
}

/* Tells what a label means that is one of the usual four. */
static const char *meaning_of(const struct lexed *lexed)
{
    if (lexicon_has(TABLE_LABEL_UNKNOWN, lexed))
        return "unknown";
    if (lexicon_has(TABLE_LABEL_REFUSED, lexed))
        return "refused";
    if (lexed->count != 1)
        return NULL;
    return token_is(&lexed->tokens[0], WORDS_LABEL_YES)  ? "yes"
           : token_is(&lexed->tokens[0], WORDS_LABEL_NO) ? "no"
                                                         : NULL;
}

static void read_labels(const struct lexicon *lexicon, struct slice choices, struct labels *out)
{
    struct lexed lexed;
    struct slice label;
    out->count = 0;
    while (out->count < LABELS_MAX && slice_cut(&choices, '|', &label)) {
        out->written[out->count] = slice_trim(label);
        lex(lexicon, slice_part(label, 0, RECOGNISE_VALUE), &lexed);
        bool denied[LEXER_TOKENS_MAX];
        write_plain(&lexed, NULL, out->plain[out->count]);
        out->denies[out->count] = mark_denied(&lexed, denied);
        out->sides[out->count] = side_of(&lexed);
        out->means[out->count] = meaning_of(&lexed);
        out->count++;
    }
}

/* Gives what a label is compared with: a denial takes nothing back of one that denies itself. */
static struct slice said_for(const struct labels *labels, size_t label, const struct plain_said *said)
{
    return slice_of(labels->denies[label] ? said->whole : said->affirmed);
}

/* Finds the one label for which `fits` holds. Returns the number of labels, when none or several do. */
static size_t only_one(const struct labels *labels, const struct plain_said *said,
                       bool (*fits)(struct slice label, struct slice said))
{
    size_t found = labels->count;
    for (size_t i = 0; i < labels->count; i++) {
        if (!fits(slice_of(labels->plain[i]), said_for(labels, i, said)))
            continue;
        if (found < labels->count)
            return labels->count;
        found = i;
    }
    return found;
}

static bool is_same(struct slice label, struct slice said)
{
    return slice_eq(label, said);
}

static bool is_nearly_same(struct slice label, struct slice said)
{
    unsigned slips = said.len < 4 ? 0 : said.len < 10 ? 1 : 2;
    return edit_distance(label, said, slips) <= slips;
}

static bool is_whole(struct slice text, size_t start, size_t end)
{
    return (start == 0 || text.ptr[start - 1] == ' ') && (end == text.len || text.ptr[end] == ' ');
}

/* Tells whether `inner` stands in `outer` at word boundaries. Both are short: PLAIN_BYTES. */
static bool holds_words(struct slice outer, struct slice inner)
{
    if (inner.len == 0)
        return false;
    for (size_t i = 0; i + inner.len <= outer.len; i++)
        if (memcmp(outer.ptr + i, inner.ptr, inner.len) == 0 && is_whole(outer, i, i + inner.len))
            return true;
    return false;
}

static bool said_holds_label(struct slice label, struct slice said)
{
    return holds_words(said, label);
}

static bool label_holds_said(struct slice label, struct slice said)
{
    return said.len >= 3 && holds_words(label, said);
}

static bool label_starts_so(struct slice label, struct slice said)
{
    return said.len >= 3 && label.len > said.len && memcmp(label.ptr, said.ptr, said.len) == 0;
}

/* "textiles" for "textil" */
static bool label_begins_said(struct slice label, struct slice said)
{
    return label.len >= 4 && said.len > label.len && said.len <= label.len + 2 &&
           memcmp(label.ptr, said.ptr, label.len) == 0;
}

/* "hijo" for "hija" */
static bool same_but_gender(const struct lexicon *lexicon, struct slice a, struct slice b)
{
    struct slice of_a, of_b;
    return ends_as(lexicon, ENDINGS_ALIKE, a, &of_a) && ends_as(lexicon, ENDINGS_ALIKE, b, &of_b) &&
           slice_eq(slice_part(a, 0, a.len - of_a.len), slice_part(b, 0, b.len - of_b.len));
}

/* "carpintero" for "carpinteria", "transportista" for "transporte": they begin alike, and differ in their endings. */
static bool same_stem(struct slice a, struct slice b)
{
    size_t same = 0;
    while (same < a.len && same < b.len && a.ptr[same] == b.ptr[same])
        same++;
    return same >= 6 && a.len - same <= 4 && b.len - same <= 4;
}

/* The words that could name a label: not the ones that every answer begins with. */
static bool shares_a_word(const struct lexicon *lexicon, struct slice label, struct slice said)
{
    struct slice word;
    while (slice_cut(&said, ' ', &word)) {
        char key[SOUND_BYTES];
        unsigned slips = word.len < 6 ? 0 : 1;
        struct slice rest = label, of_label;
        struct stem stem = stem_of(lexicon, (struct slice){key, lexicon_sound(lexicon, word, key)}); /* "bodeguita" */
        while (word.len >= 4 && slice_cut(&rest, ' ', &of_label))
            if (of_label.len >= 4 &&
                (edit_distance(word, of_label, slips) <= slips || same_but_gender(lexicon, word, of_label) ||
                 same_stem(word, of_label) || (stem.sound.len && stem_is_of(lexicon, &stem, of_label))))
                return true;
    }
    return false;
}

/* Tells whether all that was said are words of the label: "contacto 1" for "Contacto del 1". */
static bool label_has_words(struct slice label, struct slice said)
{
    struct slice word;
    size_t words = 0;
    while (slice_cut(&said, ' ', &word)) {
        if (!holds_words(label, word))
            return false;
        words++;
    }
    return words > 1;
}

/* Takes the next number of a plain form off *rest. Returns an empty slice when there is none. */
static struct slice next_number(struct slice *rest)
{
    struct slice word;
    while (slice_cut(rest, ' ', &word))
        if (word.len > 0 && word.ptr[0] >= '0' && word.ptr[0] <= '9')
            return word;
    return SLICE_NONE;
}

/* "entre 1000 y 3000" is "S/ 1000 a 3000": the ends of a band, in their order. */
static bool same_band(struct slice label, struct slice said)
{
    size_t numbers = 0;
    for (;;) {
        struct slice one = next_number(&label), other = next_number(&said);
        if (!slice_eq(one, other))
            return false;
        if (one.len == 0)
            return numbers == 2;
        numbers++;
    }
}

static int64_t number_of(struct slice digits)
{
    int64_t number = 0;
    for (size_t i = 0; i < digits.len && i < 12; i++)
        number = number * 10 + (digits.ptr[i] - '0');
    return number;
}

/* "menos de mil" is "Hasta 1000", and 2500 lies in "1000 a 3000": the band that an amount, or an end with its side, is
 * in. A small number is the place of a label instead, and never comes here. */
static bool in_band(struct slice label, int side, struct slice said, int said_side)
{
    struct slice rest = label, amount = next_number(&said), first = next_number(&rest), last = next_number(&rest);
    if (amount.len < 2 || first.len == 0 || next_number(&said).len > 0 || (last.len == 0 && side == 0))
        return false;
    int64_t number = number_of(amount), low = number_of(first), high = last.len ? number_of(last) : low;
    if (said_side != 0)
        return side == said_side && number == low && last.len == 0;
    return last.len ? number > low && number < high : side < 0 ? number < low : number > low;
}

/* Finds the one label whose band an amount is in. Returns the number of labels, when none or several are. */
static size_t only_band(const struct labels *labels, const struct plain_said *said, int side)
{
    size_t found = labels->count;
    for (size_t i = 0; i < labels->count; i++) {
        if (!in_band(slice_of(labels->plain[i]), labels->sides[i], said_for(labels, i, said), side))
            continue;
        if (found < labels->count)
            return labels->count;
        found = i;
    }
    return found;
}

static const struct {
    bool (*fits)(struct slice label, struct slice said);
    double confidence;
} ways[] = {
    {is_same, 0.98},         {same_band, 0.9},          {is_nearly_same, 0.88},   {said_holds_label, 0.9},
    {label_starts_so, 0.85}, {label_begins_said, 0.85}, {label_holds_said, 0.85}, {label_has_words, 0.85},
};

/* Finds the one label that shares a word with what was said. Returns the number of labels, when none or several do. */
static size_t only_sharing(const struct lexicon *lexicon, const struct labels *labels, const struct plain_said *said)
{
    size_t found = labels->count;
    for (size_t i = 0; i < labels->count; i++) {
        if (!shares_a_word(lexicon, slice_of(labels->plain[i]), said_for(labels, i, said)))
            continue;
        if (found < labels->count)
            return labels->count;
        found = i;
    }
    return found;
}

/* Gives the place, from 1, that a token names; 0 for none. The letters are only read where a letter was asked for. */
static size_t place_of(const struct lexed *lexed, const struct token *token, size_t count, bool letters)
{
    const struct lexicon_row *ordinal = lexicon_row_of(TABLE_ORDINALS, lexed, token);
    if (ordinal)
        return (size_t)ordinal->number;
    if (token_is(token, WORDS_LAST))
        return count;
    if (token->kind == TOKEN_NUMBER && token->hundredths % 100 == 0 && token->hundredths >= 100)
        return (size_t)(token->hundredths / 100);
    if (letters && token->kind == TOKEN_WORD && token->text.len == 1)
        return (size_t)(token->text.ptr[0] - 'a') + 1;
    return 0;
}

/* Gives the number of tokens before the "por favor" at the end. */
static size_t count_without_courtesy(const struct lexed *lexed)
{
    size_t count = lexed->count;
    while (count > 1 && token_is(&lexed->tokens[count - 1], WORDS_CHOICE_ENDS))
        count--;
    return count;
}

/* Finds the place that a message of nothing but a place names: "2", "la b", "opcion 3", "el ultimo". Returns 0 for
 * none. */
static size_t find_place(const struct lexed *lexed, size_t count)
{
    size_t place = 0;
    for (size_t i = 0; i < lexed->count; i++) {
        const struct token *token = &lexed->tokens[i];
        bool last = i + 1 == count_without_courtesy(lexed);
        size_t own = place_of(lexed, token, count, last);
        bool idle = own == 0 || (token->kind == TOKEN_WORD && !last && token_is(token, WORDS_CHOICE_WORDS));
        if (idle && (token->kind == TOKEN_SIGN || token_is(token, WORDS_CHOICE_WORDS)))
            continue;
        if (own == 0 || place != 0)
            return 0;
        place = own;
    }
    return place;
}

/* Finds the label of a meaning. Returns the number of labels when there is none. */
static size_t label_meaning(const struct labels *labels, const char *meaning)
{
    size_t i = 0;
    while (i < labels->count && !(labels->means[i] && strcmp(labels->means[i], meaning) == 0))
        i++;
    return i;
}

/* "claro" chooses "Si" where the labels are "Si" and "No", "ni idea" where one is "No se", and "no quiero decir" where
 * one is "Prefiero no decirlo". */
static size_t by_meaning(const struct reading *reading, const struct labels *labels, double *confidence)
{
    static const struct {
        const char *meaning;
        enum table said;
    } rows[] = {{"unknown", TABLE_NOT_KNOWN}, {"refused", TABLE_REFUSALS}};
    struct recognised meant;
    struct row_match match;
    for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++) {
        size_t label = label_meaning(labels, rows[i].meaning);
        if (label < labels->count && lexicon_find(rows[i].said, 0, reading->lexed, &match)) {
            *confidence = match.confidence;
            return label;
        }
    }
    if (recognise_yesno(reading, &meant) != OK)
        return labels->count;
    *confidence = meant.confidence;
    return label_meaning(labels, meant.value);
}

/* "el 12" for "Jueves 12" */
static bool has_number(struct slice label, struct slice said)
{
    struct slice number = next_number(&said);
    return number.len > 0 && holds_words(label, number);
}

/* A number that is the place of no label may be an amount, 2500 in "1000 a 3000", or a label's own. */
static enum error by_place(const struct labels *labels, const struct plain_said *said, int side, size_t place,
                           struct recognised *out)
{
    if (place <= labels->count)
        return recognised_set(out, labels->written[place - 1], 0.95);
    size_t band = only_band(labels, said, side);
    size_t found = band < labels->count ? band : only_one(labels, said, has_number);
    return found < labels->count ? recognised_set(out, labels->written[found], 0.85) : ERR_NOT_FOUND;
}

/* Tells whether a clause says something and then a denial that goes on: "lunes no puedo". What is denied there may be
 * what was named. */
static bool denies_behind(const struct lexed *lexed)
{
    size_t clause = 0;
    for (size_t i = 0; i + 1 < lexed->count; i++) {
        clause = reading_turns_at(lexed, i) ? i + 1 : clause;
        if (i > clause && token_is(&lexed->tokens[i], WORDS_DENIALS) && !reading_turns_at(lexed, i + 1))
            return true;
    }
    return false;
}

static enum error choose(const struct reading *reading, const struct labels *labels, struct recognised *out)
{
    struct plain_said said;
    bool denied[LEXER_TOKENS_MAX];
    mark_denied(reading->lexed, denied);
    write_plain(reading->lexed, NULL, said.whole);
    write_plain(reading->lexed, denied, said.affirmed);
    int side = side_of(reading->lexed);
    if (said.whole[0] == '\0')
        return ERR_NOT_FOUND;
    size_t chosen = only_one(labels, &said, is_same);
    if (chosen < labels->count)
        return recognised_set(out, labels->written[chosen], 0.98);
    size_t place = find_place(reading->lexed, labels->count);
    if (place > 0)
        return by_place(labels, &said, side, place, out);
    for (size_t i = 0; i < sizeof ways / sizeof ways[0]; i++) {
        chosen = only_one(labels, &said, ways[i].fits);
        if (chosen < labels->count)
            return recognised_set(out, labels->written[chosen], ways[i].confidence);
    }
    chosen = only_band(labels, &said, side);
    if (chosen < labels->count)
        return recognised_set(out, labels->written[chosen], 0.85);
    chosen = labels->count;
    if (!names_both_sides(reading->lexed, denied))
        chosen = only_sharing(reading->lexed->lexicon, labels, &said);
    if (chosen < labels->count)
        return recognised_set(out, labels->written[chosen], 0.76);
    double confidence = 0;
    chosen = by_meaning(reading, labels, &confidence);
    return chosen < labels->count ? recognised_set(out, labels->written[chosen], confidence) : ERR_NOT_FOUND;
}

enum error recognise_choice(const struct reading *reading, struct recognised *out)
{
    struct labels labels;
    read_labels(reading->lexed->lexicon, reading->choices, &labels);
    enum error error = choose(reading, &labels, out);
    bool doubtful = !error && out->confidence > 0.7 && denies_behind(reading->lexed);
    for (size_t i = 0; doubtful && i < labels.count; i++)
        if (slice_is(labels.written[i], out->value) && !labels.denies[i])
            out->confidence = 0.7;
    return error;
}
