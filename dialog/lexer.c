#include "dialog/lexer.h"

#include <string.h>

#include "base/utf8.h"

#define EXCHANGED_LETTERS 10 /* of the longest word that is looked up with its vowels exchanged */
#define CUT_LETTERS 16       /* and of one that dictation may have cut in two */

struct scan {
    struct slice rest;
    struct lexed *out;
    size_t sounds_used;
    bool glued;
};

static bool is_digit(char c)
{
    return c >= '0' && c <= '9';
}

static bool is_letter(char c)
{
    return c >= 'a' && c <= 'z';
}

static char ahead(const struct scan *scan, size_t i)
{
    return i < scan->rest.len ? scan->rest.ptr[i] : '\0';
}

static size_t count_digits(const struct scan *scan, size_t from)
{
    size_t n = 0;
    while (is_digit(ahead(scan, from + n)))
        n++;
    return n;
}

/* Tells whether the dot at i stands between the letters of an abbreviation ("s.j.l."). */
static bool abbreviates(const char *text, size_t len, size_t i)
{
    bool letter_before = i > 0 && is_letter(text[i - 1]) && (i < 2 || !is_letter(text[i - 2]));
    return letter_before && i + 1 < len && is_letter(text[i + 1]) && (i + 2 >= len || !is_letter(text[i + 2]));
}

static bool is_o(char c)
{
    return c == 'o' || c == 'O';
}

/* Gives how many letters o at i stand for zeros: "15OO", "3O", "2,ooo", but not "2o3", "8oz" or "2, o". It is asked
 * before folding, which makes an o of the ordinal's sign. */
static size_t count_zeros(const char *text, size_t len, size_t i)
{
    size_t end = i;
    while (end < len && is_o(text[end]))
        end++;
    char next = end < len ? (char)(text[end] | 0x20) : ' ';
    bool digit = i > 0 && is_digit(text[i - 1]);
    bool group = i > 1 && end - i == 3 && strchr(".,", text[i - 1]) && is_digit(text[i - 2]);
    return (digit || group) && !is_letter(next) && !(end < len && is_digit(text[end])) ? end - i : 0;
}

/* Tells from what stands before an o that it is no zero. */
static bool is_no_zero(char before)
{
    return !is_digit(before) && before != '.' && before != ',';
}

/* Gives a message with the o's that are zeros as such: itself where there are none, else in `out`. */
static struct slice write_zeros(struct slice message, char out[LEXER_BYTES])
{
    size_t len = message.len < LEXER_BYTES ? message.len : LEXER_BYTES;
    const char *text = message.ptr;
    for (size_t i = 1; i < len; i++) {
        size_t zeros = is_o(text[i]) && !is_no_zero(text[i - 1]) ? count_zeros(message.ptr, len, i) : 0;
        if (zeros == 0)
            continue;
        if (text != out)
            memcpy(out, text, len);
        text = out;
        memset(out + i, '0', zeros);
        i += zeros;
    }
    return (struct slice){text, len};
}

/* Takes out of folded text the apostrophes in words ("p'unchay"), which Quechua writes and phones do not, and the dots
 * in abbreviations. */
static size_t join_words(char out[LEXER_BYTES], size_t len)
{
    char text[LEXER_BYTES];
    size_t used = 0;
    if (!memchr(out, '.', len) && !memchr(out, '\'', len)) /* as nearly always */
        return len;
    memcpy(text, out, len);
    for (size_t i = 0; i < len; i++) {
        bool apostrophe = text[i] == '\'' && i > 0 && is_letter(text[i - 1]) && i + 1 < len && is_letter(text[i + 1]);
        bool dot = text[i] == '.' && abbreviates(text, len, i);
        if (!apostrophe && !dot)
            out[used++] = text[i];
    }
    out[used] = '\0';
    return used;
}

static struct token *add(struct scan *scan, enum token_kind kind, size_t len)
{
    struct token *token = &scan->out->tokens[scan->out->count++];
    *token = (struct token){.kind = kind, .text = {scan->rest.ptr, len}, .glued = scan->glued, .scale = 1};
    scan->rest = slice_part(scan->rest, len, scan->rest.len);
    scan->glued = true;
    return token;
}

/* Looks a token up that has no sound: a sign, or a number in figures. */
static void look_up(struct scan *scan, struct token *token)
{
    token->known = lexicon_known(scan->out->lexicon, token->text);
    lexicon_look(scan->out->lexicon, token, &scan->out->fits[token - scan->out->tokens]);
}

static void give_sound(struct scan *scan, struct token *token)
{
    const struct lexicon *lexicon = scan->out->lexicon;
    char *key = scan->out->sounds + scan->sounds_used;
    token->known = lexicon_known(lexicon, token->text);
    if (token->known) {
        token->sound = token->known->sound;
        token->class = token->known->class;
        token->stem = token->known->stem;
    } else {
        token->sound = (struct slice){key, lexicon_sound(lexicon, token->text, key)};
        token->class = sound_class(token->text);
        token->stem = stem_of(lexicon, token->sound);
        scan->sounds_used += token->sound.len;
    }
    lexicon_look(lexicon, token, &scan->out->fits[token - scan->out->tokens]);
}

bool token_is_strange(const struct token *token)
{
    return !token->known && token->slip_count == 0 && fits_nothing(token->fits);
}

/* Gives the vowel that who speaks Quechua says for another, which has but three; '\0' for any other letter. */
static char exchanged(char c)
{
    return c == 'e' ? 'i' : c == 'i' ? 'e' : c == 'o' ? 'u' : c == 'u' ? 'o' : '\0';
}

/* Finds the one word that a strange one is with a vowel exchanged, or else with two ("mesis", "sulis"). Returns NULL
 * for none, and where there are several. */
static const struct known *known_by_vowels(const struct lexicon *lexicon, struct slice text)
{
    char word[EXCHANGED_LETTERS];
    const struct known *found = NULL;
    bool plural =
        text.len > 3 && text.ptr[text.len - 1] == 's' && lexicon_known(lexicon, slice_part(text, 0, text.len - 1));
    if (text.len < 3 || text.len > EXCHANGED_LETTERS || plural) /* "menus" is not "menos" */
        return NULL;
    memcpy(word, text.ptr, text.len);
    for (int two = 0; two < 2 && !found; two++)
        for (size_t i = 0; i < text.len; i++) {
            char first = exchanged(word[i]);
            for (size_t j = two ? i + 1 : i; first && j < (two ? text.len : i + 1); j++) {
                char second = exchanged(word[j]);
                word[i] = first;
                word[j] = second ? second : word[j];
                const struct known *known = second ? lexicon_known(lexicon, (struct slice){word, text.len}) : NULL;
                word[i] = text.ptr[i];
                word[j] = text.ptr[j];
                if (known && found)
                    return NULL;
                found = known ? known : found;
            }
        }
    return found;
}

/* Looks a token up as a word of the lexicon that it is not written as. */
static void take_known(const struct lexicon *lexicon, struct token *token, const struct known *known, struct fits *fits)
{
    token->known = known;
    token->sound = known->sound;
    token->class = known->class;
    token->stem = known->stem;
    lexicon_look(lexicon, token, fits);
}

/* Joins the last word to the one before it where dictation has cut one in two: "cien to", "clien tes". */
static bool join_cut(struct scan *scan)
{
    struct lexed *out = scan->out;
    if (out->count < 2)
        return false;
    struct token *last = &out->tokens[out->count - 1], *before = last - 1;
    struct slice first = before->text, second = last->text;
    bool beside = first.ptr >= out->text && first.ptr < second.ptr && first.ptr + first.len + 1 == second.ptr;
    bool counts = before->known && before->known->part_count > 0;
    bool open = token_is_strange(before) || counts || first.len <= 2;
    char word[CUT_LETTERS];
    if (before->kind != TOKEN_WORD || !beside || !open || second.len < 2 || first.len + second.len > sizeof word ||
        first.len + second.len < 5)
        return false;
    memcpy(word, first.ptr, first.len);
    memcpy(word + first.len, second.ptr, second.len);
    const struct known *known = lexicon_known(out->lexicon, (struct slice){word, first.len + second.len});
    if (!known || (known->part_count > 0 ? !counts && !token_is_strange(before) : !token_is_strange(last)))
        return false; /* "de cena" is no ten */
    before->text.len += 1 + second.len;
    take_known(out->lexicon, before, known, &out->fits[out->count - 2]);
    out->count--;
    return true;
}

/* Takes a word that means nothing as it is written for one that it may be. */
static void mend_strange(struct scan *scan)
{
    struct token *token = &scan->out->tokens[scan->out->count - 1];
    const struct lexicon *lexicon = scan->out->lexicon;
    if (!lexicon->spelt_by_ear || join_cut(scan) || !token_is_strange(token))
        return;
    const struct known *known = known_by_vowels(lexicon, token->text);
    if (known) {
        token->exchanged = true;
        take_known(lexicon, token, known, &scan->out->fits[token - scan->out->tokens]);
    }
}

/* Gives the letters of the first of two words that are written as one; 0 when the word is whole. */
static size_t joined_at(const struct lexicon *lexicon, struct slice word)
{
    bool may = lexicon_may_mean_other(lexicon, word);
    for (size_t i = 0; may && i < lexicon->joined_count; i++) {
        const struct joined *joined = &lexicon->joined[i];
        size_t len = joined->first.len;
        if (word.ptr[0] != joined->first.ptr[0] || word.len <= len || memcmp(word.ptr, joined->first.ptr, len) != 0)
            continue;
        for (size_t j = 0; j < joined->count; j++)
            if (slice_eq(slice_part(word, len, word.len), joined->others[j]))
                return len;
    }
    return 0;
}

/* Writes an abbreviation out. */
static struct slice written_out(const struct lexicon *lexicon, struct slice word)
{
    bool may = lexicon_may_mean_other(lexicon, word);
    for (size_t i = 0; may && i < lexicon->abbreviation_count; i++) {
        struct slice written = lexicon->abbreviations[i].written;
        if (word.len == written.len && word.ptr[0] == written.ptr[0] && slice_eq(word, written))
            return lexicon->abbreviations[i].meant;
    }
    return word;
}

static void add_word(struct scan *scan, size_t len)
{
    const struct lexicon *lexicon = scan->out->lexicon;
    struct slice word = {scan->rest.ptr, len};
    size_t joined = scan->out->count + 1 < LEXER_TOKENS_MAX ? joined_at(lexicon, word) : 0;
    if (joined) {
        struct token *first = add(scan, TOKEN_WORD, joined);
        give_sound(scan, first);
        scan->glued = false;
        len -= joined;
    }
    struct token *token = add(scan, TOKEN_WORD, len);
    token->text = written_out(lexicon, token->text);
    give_sound(scan, token);
    mend_strange(scan);
}

/* What a run of digits and separators is, being read. */
struct digits {
    size_t len;         /* bytes taken */
    int64_t hundredths; /* so far */
    bool bad;           /* of no format, or too large */
};

static void take_group(const struct scan *scan, struct digits *digits, size_t at, size_t n)
{
    for (size_t i = 0; i < n && !digits->bad; i++) {
        digits->hundredths = digits->hundredths * 10 + (int64_t)(ahead(scan, at + i) - '0') * 100;
        digits->bad = digits->hundredths > LEXER_NUMBER_MAX;
    }
    digits->len = at + n;
}

/* Reads the separator at digits->len and the digits behind it. Returns false, with nothing taken, when the number
 * has ended. */
static bool take_separated(const struct scan *scan, struct digits *digits, size_t first_len)
{
    char separator = ahead(scan, digits->len);
    size_t at = digits->len + 1, n = count_digits(scan, at);
    bool whole_so_far = digits->hundredths % 100 == 0 && !digits->bad;
    bool groups = n == 3 && first_len <= 3 && ahead(scan, 0) != '0' && whole_so_far;
    if (n == 0 || !strchr(".,' ", separator ? separator : 'x'))
        return false;
    bool list = first_len == 3 && strncmp(scan->rest.ptr + at, "000", 3) != 0; /* "unos 500 600" */
    if (separator == ' ' && (!groups || list))
        return false;
    if (groups) {
        take_group(scan, digits, at, n);
    } else if ((n <= 2 || (n == 3 && digits->hundredths == 0)) && separator != '\'' && whole_so_far) {
        digits->hundredths += (ahead(scan, at) - '0') * 10 + (n > 1 ? ahead(scan, at + 1) - '0' : 0);
        digits->len = at + n;
        digits->bad = strchr(".,'", ahead(scan, digits->len) ? ahead(scan, digits->len) : 'x') &&
                      is_digit(ahead(scan, digits->len + 1));
    } else {
        digits->bad = true;
        digits->len = at + n;
    }
    return true;
}

static void add_number(struct scan *scan)
{
    struct digits digits = {0};
    size_t first_len = count_digits(scan, 0);
    take_group(scan, &digits, 0, first_len);
    if (first_len == 1 && ahead(scan, 0) == '1' && ahead(scan, 1) == '/' && ahead(scan, 2) == '2' &&
        !is_digit(ahead(scan, 3)) && ahead(scan, 3) != '/') {
        look_up(scan, add(scan, TOKEN_WORD, 3));
        return;
    }
    while (take_separated(scan, &digits, first_len))
        continue;
    struct token *token = add(scan, digits.bad ? TOKEN_WORD : TOKEN_NUMBER, digits.len);
    token->hundredths = digits.bad ? 0 : digits.hundredths;
    look_up(scan, token);
}

/* Adds a character that is neither letter nor digit, unless it is mere punctuation or an emoji's decoration. */
static void add_sign(struct scan *scan)
{
    struct slice rest = scan->rest;
    uint32_t c = 0;
    if (!utf8_next(&rest, &c))
        return;
    bool punctuation = c < 0x80 && strchr(" !?.;:\"'()[]{}<>*_~`|\\#@&^", (int)c);
    bool decoration = c == 0x200D || c == 0xFE0F || (c >= 0x1F3FB && c <= 0x1F3FF) || c == 0xA1 || c == 0xBF;
    bool glued = scan->glued && c != ' ';
    if (punctuation || decoration) {
        scan->rest = rest;
    } else {
        struct token *token = add(scan, TOKEN_SIGN, scan->rest.len - rest.len);
        token->pause = slice_is(token->text, ",") || slice_is(token->text, "-");
        look_up(scan, token);
    }
    scan->glued = glued;
}

static void add_next(struct scan *scan)
{
    size_t letters = 0;
    while (is_letter(ahead(scan, letters)))
        letters++;
    if (letters == 1 && ahead(scan, 0) == 's' && ahead(scan, 1) == '/') {
        bool dotted = ahead(scan, 2) == '.';
        add_word(scan, 2);
        scan->rest = slice_part(scan->rest, dotted, scan->rest.len);
    } else if (letters > 0) {
        add_word(scan, letters);
    } else if (is_digit(ahead(scan, 0))) {
        add_number(scan);
    } else {
        add_sign(scan);
    }
}

void lexed_begin_part(const struct lexed *whole, struct lexed *part)
{
    part->lexicon = whole->lexicon;
    part->may = whole->may;
    part->count = part->text_len = 0;
}

/* Adds the limbs up to the one that a bit is in. */
static void add_fits(struct fits *to, const struct fits *from, size_t bit)
{
    size_t last = bit / 64;
    for (size_t group = 0; group <= last / 64; group++) {
        uint64_t limbs = from->limbs[group];
        if (group == last / 64)
            limbs &= ~UINT64_C(0) >> (63 - last % 64);
        for (; limbs; limbs &= limbs - 1) {
            size_t limb = group * 64 + (size_t)__builtin_ctzll(limbs);
            fits_add(to, limb, from->bits[limb]);
        }
    }
}

/* Gathers which rows the tokens fit, so that a table is searched without looking at each. */
static void gather_rows(struct lexed *lexed)
{
    size_t end = lexed->lexicon->first_element, last = end ? end - 1 : 0; /* of classes and rows */
    fits_clear(&lexed->whole_may);
    add_fits(&lexed->whole_may, &lexed->lexicon->keyless, last);
    for (size_t i = 0; i < lexed->count; i++)
        add_fits(&lexed->whole_may, lexed->tokens[i].fits, last);
    lexed->may = &lexed->whole_may;
}

void lexed_mend(const struct lexed *whole, size_t at, const struct known *word, struct lexed *out)
{
    out->lexicon = whole->lexicon;
    out->count = whole->count;
    out->text_len = 0;
    memcpy(out->tokens, whole->tokens, whole->count * sizeof(whole->tokens[0]));
    struct token *token = &out->tokens[at];
    *token = (struct token){.kind = TOKEN_WORD, .text = word->text, .glued = token->glued, .scale = 1};
    take_known(out->lexicon, token, word, &out->fits[at]);
    lex_number_at(out, at);
    gather_rows(out);
}

static bool is_decoration(const struct token *token)
{
    return token->kind == TOKEN_SIGN && (unsigned char)token->text.ptr[0] >= 0x80 && token_is_strange(token);
}

/* Leaves out the emoji that mean nothing, unless there is nothing else: "gracias" with a heart is "gracias". */
static void leave_out_decoration(struct lexed *lexed)
{
    size_t kept = 0, decoration = 0;
    for (size_t i = 0; i < lexed->count; i++)
        decoration += is_decoration(&lexed->tokens[i]);
    if (decoration == 0 || decoration == lexed->count)
        return;
    for (size_t i = 0; i < lexed->count; i++)
        if (!is_decoration(&lexed->tokens[i]))
            lexed->tokens[kept++] = lexed->tokens[i];
    lexed->count = kept;
}

void lex(const struct lexicon *lexicon, struct slice message, struct lexed *out)
{
    char zeros[LEXER_BYTES];
    out->lexicon = lexicon;
    out->count = 0;
    out->text_len = join_words(out->text, utf8_fold(write_zeros(message, zeros), out->text, sizeof(out->text)));
    struct scan scan = {.rest = {out->text, out->text_len}, .out = out};
    while (scan.rest.len > 0 && out->count < LEXER_TOKENS_MAX)
        add_next(&scan);
    lex_numbers(out);
    leave_out_decoration(out);
    gather_rows(out);
}

const struct token *token_at(const struct lexed *lexed, size_t i)
{
    static const struct fits nothing;
    static const struct token none = {.kind = TOKEN_SIGN, .fits = &nothing};
    return i < lexed->count ? &lexed->tokens[i] : &none;
}

const struct token *token_before(const struct lexed *lexed, size_t i, size_t back)
{
    return token_at(lexed, i >= back ? i - back : lexed->count);
}
