#include "base/csv.h"

#define BOM "\xEF\xBB\xBF"

/* Tells whether a spreadsheet could take the cell for a formula, or for one that was written by csv_put(). */
static bool is_formula(struct slice text)
{
    size_t at = 0;
    while (at < text.len && text.ptr[at] == '\'')
        at++;
    return at < text.len && memchr("=+-@\t\r", text.ptr[at], 6) != NULL;
}

void csv_put(struct buf *out, struct slice text, bool first)
{
    buf_adds(out, first ? "\"" : ",\"");
    if (is_formula(text))
        buf_addc(out, '\'');
    for (size_t i = 0; i < text.len; i++) {
        if (text.ptr[i] == '"')
            buf_addc(out, '"');
        buf_addc(out, text.ptr[i]);
    }
    buf_addc(out, '"');
}

void csv_end(struct buf *out)
{
    buf_adds(out, "\r\n");
}

void csv_begin(struct csv_reader *reader, struct slice bytes)
{
    size_t begin = slice_starts(bytes, BOM) ? sizeof(BOM) - 1 : 0;
    bytes = slice_part(bytes, begin, bytes.len);
    const struct slice first = slice_part(bytes, 0, slice_find(bytes, '\n'));
    bool semicolons = slice_find(first, ';') < slice_find(first, ',');
    *reader = (struct csv_reader){bytes, semicolons ? ';' : ',', 1, 1};
}

static char peek(const struct csv_reader *reader, size_t ahead)
{
    return ahead < reader->rest.len ? reader->rest.ptr[ahead] : '\0';
}

/* Moves behind the next byte. */
static void step(struct csv_reader *reader)
{
    const char byte = *reader->rest.ptr;
    reader->rest = slice_part(reader->rest, 1, reader->rest.len);
    if (byte == '\n') {
        reader->line++;
        reader->column = 1;
    } else if (((unsigned char)byte & 0xC0) != 0x80) { /* bytes inside a character are no column */
        reader->column++;
    }
}

/* Tells whether the row ends here, by LF, CR LF or the end. */
static bool at_row_end(const struct csv_reader *reader)
{
    return reader->rest.len == 0 || peek(reader, 0) == '\n' || (peek(reader, 0) == '\r' && peek(reader, 1) == '\n');
}

static bool at_cell_end(const struct csv_reader *reader)
{
    return at_row_end(reader) || peek(reader, 0) == reader->separator;
}

/* Writes what is in quotes behind `out` and gives its end, or NULL where it never ends. */
static char *read_quoted(struct csv_reader *reader, char *out)
{
    const char *const begin = out;
    step(reader);
    while (reader->rest.len) {
        char byte = peek(reader, 0);
        if (byte == '\0')
            return NULL;
        if (byte == '"')
            step(reader);
        if (byte == '"' && peek(reader, 0) != '"')
            return at_cell_end(reader) ? out : NULL;
        while (byte == '\n' && out > begin && out[-1] == '\r')
            out--; /* a line break is LF, however it was written */
        *out++ = byte;
        step(reader);
    }
    return NULL;
}

static char *read_plain(struct csv_reader *reader, char *out)
{
    while (!at_cell_end(reader)) {
        if (peek(reader, 0) == '"' || peek(reader, 0) == '\0')
            return NULL;
        *out++ = peek(reader, 0);
        step(reader);
    }
    return out;
}

/* Counts the bytes that a cell can have at most: up to the end of its line, or of its quotes. */
static size_t longest(const struct csv_reader *reader)
{
    const struct slice rest = reader->rest;
    size_t at = 1;
    if (peek(reader, 0) != '"')
        return slice_find(rest, '\n');
    for (; at < rest.len && (rest.ptr[at] != '"' || peek(reader, at + 1) == '"'); at++)
        at += rest.ptr[at] == '"';
    return at;
}

static enum error read_cell(struct csv_reader *reader, struct arena *arena, struct csv_cell *out)
{
    char *begin = arena_bytes(arena, longest(reader) + 1);
    if (!begin)
        return ERR_NOMEM;
    *out = (struct csv_cell){.line = reader->line, .column = reader->column};
    char *end = peek(reader, 0) == '"' ? read_quoted(reader, begin) : read_plain(reader, begin);
    if (!end)
        return ERR_SYNTAX;
    *end = '\0';
    out->text = (struct slice){begin, (size_t)(end - begin)};
    if (slice_starts(out->text, "'") && is_formula(out->text))
        out->text = slice_part(out->text, 1, out->text.len);
    return OK;
}

static void skip_row_end(struct csv_reader *reader)
{
    if (peek(reader, 0) == '\r')
        step(reader);
    if (reader->rest.len)
        step(reader);
}

enum error csv_row(struct csv_reader *reader, struct arena *arena, struct csv_cell out[CSV_CELLS_MAX], size_t *count)
{
    while (reader->rest.len && at_row_end(reader))
        skip_row_end(reader);
    if (!reader->rest.len)
        return ERR_NOT_FOUND;
    for (*count = 0;; step(reader)) {
        if (*count == CSV_CELLS_MAX)
            return ERR_LIMIT;
        enum error error = read_cell(reader, arena, &out[*count]);
        if (error)
            return error;
        ++*count;
        if (at_row_end(reader))
            break;
    }
    skip_row_end(reader);
    return OK;
}
