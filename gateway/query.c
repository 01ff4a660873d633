/* Queries, parsed: words, a descent over the grammar, and each test checked against its field as it is read. */
#include <stdarg.h>
#include <stdio.h>
#include <string.h>

#include "base/suggest.h"
#include "base/utf8.h"
#include "dialog/places.h"
#include "gateway/query_parts.h"

#define FIELDS_MAX 32
#define DAYS_MOST 8190
#define FOLDED 64

enum token { TOKEN_END, TOKEN_WORD, TOKEN_TEXT, TOKEN_SIGN, TOKEN_OPEN, TOKEN_CLOSE, TOKEN_COMMA, TOKEN_BAD };

struct parser {
    struct slice text, word; /* the whole; the token looked at, a TEXT without its quotes */
    enum token token;
    size_t at, next; /* where it begins, and what is behind it */
    unsigned depth;
    struct query *query;
    struct query_fault *fault;
};

#define NO_NODE QUERY_NODES_MAX /* a fault was told */

/* ---- faults ---- */

/* Tells a fault, unless one was told before it. Gives NO_NODE. */
static unsigned __attribute__((format(printf, 3, 4))) refuse(struct parser *p, size_t at, const char *format, ...)
{
    if (p->fault->column)
        return NO_NODE;
    va_list list;
    va_start(list, format);
    p->fault->column = utf8_count(slice_part(p->text, 0, at)) + 1;
    vsnprintf(p->fault->text, sizeof(p->fault->text), format, list);
    va_end(list);
    return NO_NODE;
}

#define SHOWN_MAX 40 /* characters of what was typed */

/* What was typed, for a sentence: two arguments of %.*s. */
static struct slice shown(const struct parser *p)
{
    return p->token == TOKEN_END ? SLICE("the end") : utf8_prefix(slice_part(p->text, p->at, p->next), SHOWN_MAX);
}

static unsigned expected(struct parser *p, const char *what)
{
    const struct slice found = shown(p);
    return refuse(p, p->at, "here is %.*s: %s", (int)found.len, found.ptr, what);
}

/* ---- words ---- */

static bool is_word_byte(char c)
{
    return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') || (c && strchr("_-+./", c)) ||
           (unsigned char)c >= 0x80;
}

static void take(struct parser *p, enum token token, size_t len)
{
    p->token = token;
    p->word = slice_part(p->text, p->at, p->at + len);
    p->next = p->at + len;
}

static void take_text(struct parser *p)
{
    const struct slice rest = slice_part(p->text, p->at + 1, p->text.len);
    const size_t end = slice_find(rest, '"');
    if (end == rest.len) {
        take(p, TOKEN_BAD, 1);
        refuse(p, p->at, "this quotation mark is not closed: put another behind the text");
        return;
    }
    take(p, TOKEN_TEXT, end + 2);
    p->word = slice_part(rest, 0, end);
}

static void advance(struct parser *p)
{
    p->at = p->next;
    while (p->at < p->text.len && strchr(" \t\r\n", p->text.ptr[p->at]) && p->text.ptr[p->at])
        p->at++;
    const struct slice rest = slice_part(p->text, p->at, p->text.len);
    size_t len = 0;
    while (len < rest.len && is_word_byte(rest.ptr[len]))
        len++;
    if (!rest.len)
        take(p, TOKEN_END, 0);
    else if (len)
        take(p, TOKEN_WORD, len);
    else if (*rest.ptr == '(')
        take(p, TOKEN_OPEN, 1);
    else if (*rest.ptr == ')')
        take(p, TOKEN_CLOSE, 1);
    else if (*rest.ptr == ',')
        take(p, TOKEN_COMMA, 1);
    else if (*rest.ptr == '"')
        take_text(p);
    else if (slice_starts(rest, "!=") || slice_starts(rest, "<=") || slice_starts(rest, ">="))
        take(p, TOKEN_SIGN, 2);
    else if (strchr("=<>", *rest.ptr) && *rest.ptr)
        take(p, TOKEN_SIGN, 1);
    else
        take(p, TOKEN_BAD, 1);
}

static bool is_keyword(const struct parser *p, const char *word)
{
    return p->token == TOKEN_WORD && slice_is_nocase(p->word, word);
}

static bool skip_keyword(struct parser *p, const char *word)
{
    bool is = is_keyword(p, word);
    if (is)
        advance(p);
    return is;
}

/* ---- the tree ---- */

static unsigned add(struct parser *p, const struct query_node *node)
{
    if (node->left == NO_NODE || node->right == NO_NODE)
        return NO_NODE;
    if (p->query->count == QUERY_NODES_MAX)
        return refuse(p, p->at, "the query is too long from here on: make two segments of it");
    p->query->nodes[p->query->count] = *node;
    return p->query->count++;
}

static unsigned add_pair(struct parser *p, enum query_kind kind, unsigned left, unsigned right)
{
    return add(p, &(struct query_node){.kind = kind, .left = left, .right = right});
}

static unsigned add_not(struct parser *p, unsigned of)
{
    return add(p, &(struct query_node){.kind = QUERY_NOT, .left = of});
}

static unsigned add_test(struct parser *p, enum query_kind kind, const struct profile_field *field, int64_t number)
{
    return add(p, &(struct query_node){.kind = kind, .field = field, .number = number});
}

static unsigned add_known(struct parser *p, const struct profile_field *field)
{
    return add_test(p, QUERY_AT_LEAST, field, 1);
}

/* Whom something is known of, but not that. */
static unsigned add_known_not(struct parser *p, const struct profile_field *field, unsigned of)
{
    unsigned known = add_known(p, field);
    return add_pair(p, QUERY_AND, known, add_not(p, of));
}

/* ---- values ---- */

static void list_words(const char *const *words, char out[QUERY_FAULT / 2])
{
    size_t len = 0;
    out[0] = '\0';
    for (size_t i = 0; words[i] && len + strlen(words[i]) + 3 < QUERY_FAULT / 2; i++)
        len += (size_t)snprintf(out + len, QUERY_FAULT / 2 - len, "%s%s", i ? ", " : "", words[i]);
}

static unsigned no_word(struct parser *p, const struct profile_field *field)
{
    const struct slice found = shown(p);
    const char *near = field->type == TYPE_REGION ? NULL : suggest(p->word, field->words); /* digits are all alike */
    char all[QUERY_FAULT / 2];
    list_words(field->words, all);
    return near ? refuse(p, p->at, "%.*s is no value of %s: did you mean %s? It has %s", (int)found.len, found.ptr,
                         field->name, near, all)
                : refuse(p, p->at, "%.*s is no value of %s: it has %s", (int)found.len, found.ptr, field->name, all);
}

/* A department may be said by its name. */
static uint32_t region_named(const struct profile_field *field, struct slice name)
{
    char said[FOLDED], known[FOLDED];
    utf8_fold(name, said, sizeof(said));
    for (uint32_t i = 0; field->words[i]; i++) {
        const char *place = place_name(slice_of(field->words[i]));
        utf8_fold(slice_of(place), known, sizeof(known));
        if (place && strcmp(said, known) == 0)
            return i + 1;
    }
    return 0;
}

static bool read_word(struct parser *p, const struct profile_field *field, int64_t *out)
{
    uint32_t number = profile_word(field, p->word);
    if (!number && field->type == TYPE_REGION)
        number = region_named(field, p->word);
    *out = number;
    if (number)
        return true;
    no_word(p, field);
    return false;
}

static bool read_number(struct parser *p, const struct profile_field *field, int64_t *out)
{
    struct slice digits = p->word;
    bool negative = slice_starts(digits, "-");
    uint64_t number = 0;
    bool is = slice_u64(slice_part(digits, negative, digits.len), UINT32_MAX, &number);
    *out = negative ? -(int64_t)number : (int64_t)number;
    if (is && *out >= field->least && *out < profile_most(field))
        return true;
    const struct slice found = shown(p);
    refuse(p, p->at, "%.*s cannot be compared with %s: give a whole number from %lld to %lld, %s", (int)found.len,
           found.ptr, field->name, (long long)field->least, (long long)profile_most(field) - 1, field->sentence);
    return false;
}

static bool read_days(struct parser *p, const struct profile_field *field, int64_t *out)
{
    const struct slice word = p->word;
    const struct slice unit = slice_part(word, word.len ? word.len - 1 : 0, word.len);
    uint64_t number = 0;
    bool weeks = slice_is(unit, "w"), is = weeks || slice_is(unit, "d");
    if (is && slice_u64(slice_part(word, 0, word.len - 1), DAYS_MOST / (weeks ? 7 : 1), &number)) {
        *out = (int64_t)number * (weeks ? 7 : 1);
        return true;
    }
    const struct slice found = shown(p);
    refuse(p, p->at, "%.*s cannot be compared with %s: give days or weeks that it is ago, as 30d or 4w", (int)found.len,
           found.ptr, field->name);
    return false;
}

/* Reads the value at hand as the field's number (a DAY's: days ago; a NUMBER's: the number itself). */
static bool read_value(struct parser *p, const struct profile_field *field, int64_t *out)
{
    if (p->token != TOKEN_WORD && p->token != TOKEN_TEXT) {
        expected(p, field->words ? "put a value here, of the field's" : "put a number here");
        return false;
    }
    bool is = field->kind == PROFILE_NUMBER ? read_number(p, field, out)
              : field->kind == PROFILE_DAY  ? read_days(p, field, out)
                                            : read_word(p, field, out);
    if (is)
        advance(p);
    return is;
}

/* ---- tests ---- */

static unsigned add_equal(struct parser *p, const struct profile_field *field, int64_t value)
{
    switch (field->kind) {
    case PROFILE_WORD:
        return add_test(p, QUERY_EQUAL, field, value);
    case PROFILE_FLAG:
        return add_test(p, QUERY_EQUAL, field, value == 1);
    case PROFILE_SET:
        return add_test(p, QUERY_ANY, field, value);
    case PROFILE_NUMBER:
        return add_test(p, QUERY_EQUAL, field, profile_count(field, value));
    case PROFILE_DAY:
        break;
    }
    unsigned since = add_test(p, QUERY_SINCE, field, value);
    return add_pair(p, QUERY_AND, since, add_not(p, add_test(p, QUERY_SINCE, field, value - 1)));
}

/* Tests of order come down to "that or more" of numbers, and to "not before that day" of days, which count backwards.
 */
static unsigned add_order(struct parser *p, const struct profile_field *field, struct slice sign, int64_t value)
{
    const bool less = sign.ptr[0] == '<', with = sign.len == 2;
    if (field->kind == PROFILE_DAY) {
        unsigned since = add_test(p, QUERY_SINCE, field, less == with ? value : value - 1);
        return less ? since : add_known_not(p, field, since);
    }
    int64_t number = profile_count(field, value) + (less == with);
    unsigned from = add_test(p, QUERY_AT_LEAST, field, number);
    return less ? add_known_not(p, field, from) : from;
}

static unsigned parse_comparison(struct parser *p, const struct profile_field *field)
{
    const struct slice sign = p->word;
    const size_t at = p->at;
    const bool ordered = field->kind == PROFILE_NUMBER || field->kind == PROFILE_DAY;
    int64_t value;
    advance(p);
    if (!slice_is(sign, "=") && !slice_is(sign, "!=") && !ordered)
        return refuse(p, at, "%s has no order: compare it with =, != or in (…)", field->name);
    if (!read_value(p, field, &value))
        return NO_NODE;
    if (slice_is(sign, "="))
        return add_equal(p, field, value);
    return slice_is(sign, "!=") ? add_not(p, add_equal(p, field, value)) : add_order(p, field, sign, value);
}

/* What follows "in": a list in brackets. */
static unsigned parse_list(struct parser *p, const struct profile_field *field)
{
    unsigned any = NO_NODE;
    int64_t value;
    if (p->token != TOKEN_OPEN)
        return expected(p, "put the values behind \"in\" in brackets, as in (a, b)");
    do {
        advance(p);
        if (!read_value(p, field, &value))
            return NO_NODE;
        unsigned one = add_equal(p, field, value);
        any = any == NO_NODE ? one : add_pair(p, QUERY_OR, any, one);
    } while (p->token == TOKEN_COMMA);
    if (p->token != TOKEN_CLOSE)
        return expected(p, "put a comma and a value, or the closing bracket of the list");
    advance(p);
    return any;
}

static unsigned no_field(struct parser *p)
{
    const char *names[FIELDS_MAX] = {NULL};
    const struct slice found = shown(p);
    char all[QUERY_FAULT / 2];
    for (size_t i = 0; profile_fields[i].name && i < FIELDS_MAX - 1; i++)
        names[i] = profile_fields[i].name;
    list_words(names, all);
    const char *near = suggest(p->word, names);
    return near ? refuse(p, p->at, "%.*s is no field: did you mean %s?", (int)found.len, found.ptr, near)
                : refuse(p, p->at, "%.*s is no field: there are %s", (int)found.len, found.ptr, all);
}

static unsigned parse_test(struct parser *p)
{
    if (p->token != TOKEN_WORD)
        return expected(p, "say who, as in: region = 08 and seen < 30d; all is everybody");
    const struct profile_field *field = profile_field(p->word);
    if (!field)
        return no_field(p);
    advance(p);
    if (p->token == TOKEN_SIGN)
        return parse_comparison(p, field);
    if (skip_keyword(p, "in"))
        return parse_list(p, field);
    if (skip_keyword(p, "known"))
        return add_known(p, field);
    if (skip_keyword(p, "unknown"))
        return add_not(p, add_known(p, field));
    if (skip_keyword(p, "not") && skip_keyword(p, "in"))
        return add_not(p, parse_list(p, field));
    return expected(p, "put =, !=, <, <=, >, >=, in (…), not in (…), known or unknown behind a field");
}

static unsigned parse_or(struct parser *p);

static unsigned parse_brackets(struct parser *p)
{
    const size_t at = p->at;
    advance(p);
    unsigned inside = parse_or(p);
    if (inside == NO_NODE)
        return NO_NODE;
    if (p->token != TOKEN_CLOSE && p->token != TOKEN_END)
        return expected(p, "join it with and, or; or close the bracket");
    if (p->token != TOKEN_CLOSE)
        return refuse(p, at, "this bracket is not closed: put ) behind what it holds");
    advance(p);
    return inside;
}

static unsigned parse_one(struct parser *p)
{
    unsigned made;
    if (p->depth == QUERY_DEPTH_MAX)
        return refuse(p, p->at, "brackets and nots are nested too deeply: %d at most", QUERY_DEPTH_MAX);
    p->depth++;
    if (skip_keyword(p, "not"))
        made = add_not(p, parse_one(p));
    else if (skip_keyword(p, "all"))
        made = add(p, &(struct query_node){.kind = QUERY_ALL});
    else
        made = p->token == TOKEN_OPEN ? parse_brackets(p) : parse_test(p);
    p->depth--;
    return made;
}

static unsigned parse_and(struct parser *p)
{
    unsigned made = parse_one(p);
    while (made != NO_NODE && skip_keyword(p, "and"))
        made = add_pair(p, QUERY_AND, made, parse_one(p));
    return made;
}

static unsigned parse_or(struct parser *p)
{
    unsigned made = parse_and(p);
    while (made != NO_NODE && skip_keyword(p, "or"))
        made = add_pair(p, QUERY_OR, made, parse_and(p));
    return made;
}

enum error query_parse(struct slice text, struct arena *arena, struct query **out, struct query_fault *fault)
{
    struct parser p = {.text = text, .fault = fault};
    fault->column = 0;
    fault->text[0] = '\0';
    if (text.len > QUERY_BYTES_MAX) {
        refuse(&p, 0, "the query has %zu bytes: %d at most", text.len, QUERY_BYTES_MAX);
        return ERR_SYNTAX;
    }
    if (!(p.query = arena_alloc(arena, sizeof(*p.query))))
        return ERR_NOMEM;
    advance(&p);
    p.query->root = parse_or(&p);
    if (p.token != TOKEN_END)
        expected(&p, "join it with and, or");
    if (fault->column)
        return ERR_SYNTAX;
    *out = p.query;
    return OK;
}
