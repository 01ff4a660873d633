/* Data sets as files: rows sorted, each once, and two of them compared. */
#include <stdlib.h>
#include <string.h>

#include "base/mem.h"
#include "gateway/dataset.h"

/* Gives what tells a row apart; the whole line where it has too few cells. */
static struct slice key_of(struct slice line)
{
    struct slice rest = line, cell;
    for (size_t i = 0; i < DATASET_KEY_COLUMNS; i++)
        if (!slice_cut(&rest, '\t', &cell))
            return line;
    return (struct slice){line.ptr, (size_t)(cell.ptr + cell.len - line.ptr)};
}

static int compare_slices(struct slice a, struct slice b)
{
    size_t least = a.len < b.len ? a.len : b.len;
    int order = least ? memcmp(a.ptr, b.ptr, least) : 0;
    return order ? order : (a.len > b.len) - (a.len < b.len);
}

/* By key, then as they are. */
static int by_key(const void *a, const void *b)
{
    struct slice x = *(const struct slice *)a, y = *(const struct slice *)b;
    int order = compare_slices(key_of(x), key_of(y));
    return order ? order : compare_slices(x, y);
}

size_t dataset_write(enum dataset_kind kind, struct slice *lines, size_t count, struct buf *out)
{
    size_t rows = 0;
    buf_adds(out, dataset_columns(kind));
    buf_addc(out, '\n');
    if (count)
        qsort(lines, count, sizeof(*lines), by_key);
    for (size_t i = 0; i < count; i++) {
        if (i && slice_eq(key_of(lines[i]), key_of(lines[i - 1])))
            continue;
        buf_addslice(out, lines[i]);
        buf_addc(out, '\n');
        rows++;
    }
    return rows;
}

struct lines {
    struct slice head;   /* the columns */
    struct slice *items; /* owned; sorted */
    size_t count;
};

static enum error read_lines(struct slice file, struct lines *out)
{
    struct slice rest = file, line;
    size_t room = 0;
    for (size_t i = 0; i < file.len; i++)
        room += file.ptr[i] == '\n';
    *out = (struct lines){.items = mem_alloc((room + 1) * sizeof(*out->items))};
    if (!out->items)
        return ERR_NOMEM;
    if (!slice_cut(&rest, '\n', &out->head))
        return ERR_VALUE;
    while (slice_cut(&rest, '\n', &line)) {
        if (!line.len)
            continue;
        if (slice_eq(key_of(line), line))
            return ERR_VALUE;
        out->items[out->count++] = line;
    }
    if (out->count)
        qsort(out->items, out->count, sizeof(*out->items), by_key);
    return OK;
}

static struct slice person_of(struct slice line)
{
    struct slice rest = line, who = SLICE_NONE;
    return slice_cut(&rest, '\t', &who) ? who : line;
}

static size_t count_people(const struct lines *lines)
{
    size_t people = 0;
    for (size_t i = 0; i < lines->count; i++)
        people += i == 0 || !slice_eq(person_of(lines->items[i]), person_of(lines->items[i - 1]));
    return people;
}

/* Counts the people of `a` of whom there is no row in `b`: both are sorted by person. */
static size_t count_missing(const struct lines *a, const struct lines *b)
{
    size_t missing = 0, at = 0;
    for (size_t i = 0; i < a->count; i++) {
        struct slice who = person_of(a->items[i]);
        if (i && slice_eq(who, person_of(a->items[i - 1])))
            continue;
        while (at < b->count && compare_slices(person_of(b->items[at]), who) < 0)
            at++;
        missing += at == b->count || !slice_eq(person_of(b->items[at]), who);
    }
    return missing;
}

static void compare_rows(const struct lines *before, const struct lines *after, struct dataset_difference *out)
{
    size_t i = 0, k = 0;
    while (i < before->count || k < after->count) {
        int order = i == before->count  ? 1
                    : k == after->count ? -1
                                        : compare_slices(key_of(before->items[i]), key_of(after->items[k]));
        if (order == 0)
            out->changed += !slice_eq(before->items[i], after->items[k]);
        out->gone += order < 0;
        out->added += order > 0;
        i += order <= 0;
        k += order >= 0;
    }
}

/* Gives a line's cell in the column `origin`; empty where there is none. */
static struct slice origin_of(struct slice head, struct slice line)
{
    struct slice name, cell;
    while (slice_cut(&head, '\t', &name) && slice_cut(&line, '\t', &cell))
        if (slice_is(name, "origin"))
            return cell;
    return SLICE_NONE;
}

static void count_origins(const struct lines *lines, bool after, struct dataset_difference *out)
{
    for (size_t i = 0; i < lines->count; i++) {
        struct slice origin = origin_of(lines->head, lines->items[i]);
        size_t at = 0;
        while (at < out->origin_count && !slice_eq(out->origins[at].name, origin))
            at++;
        if (!origin.len || at == DATASET_ORIGINS)
            continue;
        if (at == out->origin_count)
            out->origins[out->origin_count++].name = origin;
        *(after ? &out->origins[at].after : &out->origins[at].before) += 1;
    }
}

enum error dataset_compare(struct slice before, struct slice after, struct dataset_difference *out)
{
    struct lines a, b = {.items = NULL};
    enum error error = read_lines(before, &a);
    if (!error)
        error = read_lines(after, &b);
    if (!error && !slice_eq(a.head, b.head))
        error = ERR_VALUE;
    if (!error) {
        *out = (struct dataset_difference){.rows_before = a.count, .rows_after = b.count};
        out->people_before = count_people(&a);
        out->people_after = count_people(&b);
        out->people_gone = count_missing(&a, &b);
        out->people_added = count_missing(&b, &a);
        compare_rows(&a, &b, out);
        count_origins(&a, false, out);
        count_origins(&b, true, out);
    }
    mem_free(a.items);
    mem_free(b.items);
    return error;
}
