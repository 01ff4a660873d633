#include "engine/catalogue_write.h"

#include "base/csv.h"
#include "base/json.h"
#include "engine/catalogue_parts.h"

#define VALUE_MAX (64u * 1024) /* bytes of one field */

static const struct yaml_node *value_of(const struct resource *resource, size_t number)
{
    return yaml_get(resource->entry, catalogue_field(number));
}

/* A single value is written as a list of one. */
static size_t piece_count(const struct yaml_node *value)
{
    return value->kind == YAML_SCALAR ? 1 : value->count;
}

static struct slice piece_at(const struct yaml_node *value, size_t at)
{
    return value->kind == YAML_SCALAR ? value->text : value->items[at]->text;
}

const char *catalogue_field_name(size_t number)
{
    return catalogue_field(number);
}

static void put_joined(struct buf *out, const struct yaml_node *value, const char *between)
{
    for (size_t i = 0; value && i < piece_count(value); i++) {
        if (i)
            buf_adds(out, between);
        buf_addslice(out, piece_at(value, i));
    }
}

void catalogue_put_value(struct buf *out, const struct resource *resource, size_t number)
{
    put_joined(out, value_of(resource, number), ", ");
}

/* ---- JSON ---- */

static void put_json(struct buf *out, enum catalogue_form form, const struct yaml_node *value)
{
    if (form == CATALOGUE_NUMBER) {
        struct slice digits = value->text; /* JSON has no zeros in front */
        while (digits.len > 1 && digits.ptr[0] == '0')
            digits = slice_part(digits, 1, digits.len);
        buf_addslice(out, digits);
        return;
    }
    if (form < CATALOGUE_LIST) {
        json_put_string(out, value->text);
        return;
    }
    buf_addc(out, '[');
    for (size_t i = 0; i < piece_count(value); i++) {
        if (i)
            buf_addc(out, ',');
        json_put_string(out, piece_at(value, i));
    }
    buf_addc(out, ']');
}

void catalogue_put_entry(struct buf *out, const struct resource *resource)
{
    buf_addc(out, '{');
    for (size_t i = 0; i < CATALOGUE_FIELDS; i++) {
        const struct yaml_node *value = value_of(resource, i);
        if (!value)
            continue;
        json_put_name(out, catalogue_field(i));
        put_json(out, catalogue_form(i), value);
    }
    buf_addc(out, '}');
}

/* ---- CSV ---- */

void catalogue_put_csv(struct buf *out, const struct catalogue *catalogue)
{
    struct buf cell;
    buf_init(&cell, VALUE_MAX);
    for (size_t i = 0; i < CATALOGUE_FIELDS; i++)
        csv_put(out, slice_of(catalogue_field(i)), i == 0);
    csv_end(out);
    for (size_t at = 0; at < catalogue_count(catalogue); at++) {
        for (size_t i = 0; i < CATALOGUE_FIELDS; i++) {
            buf_clear(&cell);
            put_joined(&cell, value_of(catalogue_at(catalogue, at), i),
                       catalogue_form(i) == CATALOGUE_LINES ? "\n" : ", ");
            if (cell.error)
                out->error = cell.error;
            csv_put(out, buf_slice(&cell), i == 0);
        }
        csv_end(out);
    }
    buf_release(&cell);
}

/* ---- YAML ---- */

/* Codes that begin with a zero are put into quotes, as people do: other readers take them for numbers. */
static void put_word(struct buf *out, struct slice word)
{
    if (word.len && word.ptr[0] >= '0' && word.ptr[0] <= '9' && word.len < 3)
        json_put_string(out, word);
    else
        buf_addslice(out, word);
}

static void put_words(struct buf *out, enum catalogue_form form, const struct yaml_node *value)
{
    const size_t count = piece_count(value);
    const bool bare = form == CATALOGUE_SET && count == 1;
    buf_adds(out, bare ? "" : "[");
    for (size_t i = 0; i < count; i++) {
        buf_adds(out, i ? ", " : "");
        put_word(out, piece_at(value, i));
    }
    buf_adds(out, bare ? "\n" : "]\n");
}

static void put_yaml(struct buf *out, enum catalogue_form form, const struct yaml_node *value)
{
    switch (form) {
    case CATALOGUE_TEXT: /* a JSON string is one of YAML's, too */
        json_put_string(out, value->text);
        buf_addc(out, '\n');
        break;
    case CATALOGUE_WORD:
    case CATALOGUE_NUMBER:
        buf_addslice(out, value->text);
        buf_addc(out, '\n');
        break;
    case CATALOGUE_LIST:
    case CATALOGUE_SET:
        put_words(out, form, value);
        break;
    case CATALOGUE_LINES:
        for (size_t i = 0; i < piece_count(value); i++) {
            buf_adds(out, "\n      - ");
            json_put_string(out, piece_at(value, i));
        }
        buf_addc(out, '\n');
        break;
    }
}

void catalogue_put_yaml(struct buf *out, const struct catalogue *catalogue)
{
    buf_adds(out, "resources:\n");
    for (size_t at = 0; at < catalogue_count(catalogue); at++) {
        bool first = true;
        for (size_t i = 0; i < CATALOGUE_FIELDS; i++) {
            const struct yaml_node *value = value_of(catalogue_at(catalogue, at), i);
            if (!value)
                continue;
            buf_addf(out, "%s%s:%s", first ? "\n  - " : "    ", catalogue_field(i),
                     catalogue_form(i) == CATALOGUE_LINES ? "" : " ");
            put_yaml(out, catalogue_form(i), value);
            first = false;
        }
    }
}

/* ---- what differs ---- */

static bool differs(const struct resource *a, const struct resource *b, size_t number, struct buf *one, struct buf *two)
{
    const struct yaml_node *x = value_of(a, number), *y = value_of(b, number);
    if (!x || !y)
        return x != y;
    buf_clear(one);
    buf_clear(two);
    put_json(one, catalogue_form(number), x);
    put_json(two, catalogue_form(number), y);
    return !slice_eq(buf_slice(one), buf_slice(two));
}

enum error catalogue_compare(const struct catalogue *before, const struct catalogue *after,
                             void (*each)(void *ctx, const struct catalogue_change *change), void *ctx)
{
    struct buf one, two;
    enum error error = OK;
    buf_init(&one, VALUE_MAX);
    buf_init(&two, VALUE_MAX);
    for (size_t at = 0; at < catalogue_count(after); at++) {
        const struct resource *is = catalogue_at(after, at);
        const struct resource *was = before ? catalogue_find(before, slice_of(is->id)) : NULL;
        if (!was)
            each(ctx, &(struct catalogue_change){NULL, is, CATALOGUE_FIELDS});
        for (size_t i = 0; was && i < CATALOGUE_FIELDS; i++) {
            if (differs(was, is, i, &one, &two) && !one.error && !two.error)
                each(ctx, &(struct catalogue_change){was, is, i});
            if (one.error || two.error)
                error = ERR_NOMEM;
        }
    }
    for (size_t at = 0; before && at < catalogue_count(before); at++)
        if (!catalogue_find(after, slice_of(catalogue_at(before, at)->id)))
            each(ctx, &(struct catalogue_change){catalogue_at(before, at), NULL, CATALOGUE_FIELDS});
    buf_release(&one);
    buf_release(&two);
    return error;
}
