#include "gateway/cli_help.h"

#include <stdbool.h>

#include "base/slice.h"
#include "base/utf8.h"

#define WIDTH 80

/* A line being filled. */
struct line {
    FILE *out;
    size_t at, indent;
    bool begun; /* a word stands in it */
};

/* Cuts the first word off, up to a blank outside brackets. Returns false at the end. */
static bool cut_word(struct slice *rest, struct slice *word)
{
    size_t end = 0, depth = 0;
    *rest = slice_trim(*rest);
    for (; end < rest->len && (depth || rest->ptr[end] != ' '); end++)
        depth += rest->ptr[end] == '[' ? 1 : rest->ptr[end] == ']' && depth ? (size_t)-1 : 0;
    *word = slice_part(*rest, 0, end);
    *rest = slice_part(*rest, end, rest->len);
    return word->len > 0;
}

static void put_words(struct line *line, struct slice text)
{
    struct slice word;
    while (cut_word(&text, &word)) {
        size_t width = utf8_count(word);
        if (line->begun && line->at + 1 + width > WIDTH) {
            fprintf(line->out, "\n%*s", (int)line->indent, "");
            line->at = line->indent;
            line->begun = false;
        }
        fprintf(line->out, "%s%.*s", line->begun ? " " : "", (int)word.len, word.ptr);
        line->at += width + line->begun;
        line->begun = true;
    }
}

static void end_line(struct line *line)
{
    if (line->begun)
        fputc('\n', line->out);
    *line = (struct line){.out = line->out};
}

static size_t skip_blanks(struct slice text, size_t at)
{
    while (at < text.len && text.ptr[at] == ' ')
        at++;
    return at;
}

/* Finds where an item's text begins: behind the blanks that follow its name, two or more, or at its name. */
static size_t item_text(struct slice item)
{
    size_t name = skip_blanks(item, 0);
    for (size_t at = name; at + 1 < item.len; at++)
        if (item.ptr[at] == ' ' && item.ptr[at + 1] == ' ')
            return skip_blanks(item, at);
    return name;
}

static void put_item(struct line *line, struct slice item)
{
    size_t text = item_text(item);
    end_line(line);
    fprintf(line->out, "%.*s", (int)text, item.ptr);
    line->at = line->indent = text;
    put_words(line, slice_part(item, text, item.len));
    end_line(line);
}

void cli_put_wrapped(FILE *out, const char *text, size_t at, size_t indent)
{
    struct line line = {.out = out, .at = at, .indent = indent};
    put_words(&line, slice_of(text));
    fputc('\n', out);
}

void cli_put_prose(FILE *out, const char *text)
{
    struct line line = {.out = out};
    struct slice rest = slice_of(text), piece;
    while (slice_cut(&rest, '\n', &piece)) {
        if (!piece.len && !rest.len)
            break; /* behind the last line end */
        if (!piece.len) {
            end_line(&line);
            fputc('\n', out);
        } else if (piece.ptr[0] == ' ') {
            put_item(&line, piece);
        } else {
            put_words(&line, piece);
        }
    }
    end_line(&line);
}
