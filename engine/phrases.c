#include "engine/phrases.h"

#include <string.h>

#include "base/mem.h"
#include "engine/train.h"

#define HEAD_PERCENT 15
#define TAIL_PERCENT 35
#define SLIP_PERCENT 15

/* A line of either file: its first two columns, and the rest of a lexicon's line. */
struct line {
    struct slice kind, second, entries;
};

struct expansion {
    struct line *patterns; /* owned */
    size_t pattern_count;
    struct train_random random;
    phrases_emit *emit;
    void *ctx;
};

static bool skippable(struct slice line)
{
    return line.len == 0 || line.ptr[0] == '#';
}

/* Cuts a line into `columns` (2 or 3). Returns false when it has fewer, more, or an empty one. */
static bool cut_line(struct slice text, int columns, struct line *out)
{
    struct slice parts[3] = {SLICE_NONE, SLICE_NONE, SLICE_NONE};
    for (int i = 0; i < columns; i++)
        if (!slice_cut(&text, '\t', &parts[i]) || parts[i].len == 0)
            return false;
    *out = (struct line){parts[0], parts[1], parts[2]};
    return !text.ptr;
}

static enum error read_patterns(const struct phrases_source *source, struct faults *faults, struct expansion *e)
{
    struct slice rest = source->patterns, text;
    unsigned number = 0;
    enum error error = OK;
    while (slice_cut(&rest, '\n', &text)) {
        number++;
        if (skippable(text))
            continue;
        if (e->pattern_count == PHRASES_LINES_MAX || !cut_line(text, 2, &e->patterns[e->pattern_count])) {
            faults_add(faults, source->patterns_file, number, 1,
                       "must be kind, a tab and a sentence, and there may be %d such lines", PHRASES_LINES_MAX);
            error = ERR_SYNTAX;
        } else {
            e->pattern_count++;
        }
    }
    return error;
}

/* Draws one pattern of a kind, or gives SLICE_NONE when the kind has none. */
static struct slice draw_pattern(struct expansion *e, struct slice kind)
{
    size_t first = 0, count = 0;
    for (size_t i = 0; i < e->pattern_count; i++) {
        if (!slice_eq(e->patterns[i].kind, kind))
            continue;
        if (count++ == 0)
            first = i;
    }
    if (!count)
        return SLICE_NONE;
    size_t drawn = train_draw_below(&e->random, count);
    for (size_t i = first;; i++)
        if (slice_eq(e->patterns[i].kind, kind) && drawn-- == 0)
            return e->patterns[i].second;
}

/* Appends a pattern with its {x} or {lugar} filled. */
static void fill(struct buf *out, struct slice pattern, struct slice value)
{
    size_t open = slice_find(pattern, '{'), close = slice_find(pattern, '}');
    buf_addslice(out, slice_part(pattern, 0, open));
    if (open < pattern.len) {
        buf_addslice(out, value);
        buf_addslice(out, slice_part(pattern, close + 1, pattern.len));
    }
}

static bool happens(struct expansion *e, unsigned percent)
{
    return train_draw_below(&e->random, 100) < percent;
}

/* Lets a finger slip: leaves out, doubles or swaps one letter in the middle of a sentence. Only ASCII, so that UTF-8
 * stays whole. */
static void slip(struct expansion *e, struct buf *text)
{
    if (text->len < 6)
        return;
    size_t at = 2 + train_draw_below(&e->random, text->len - 4);
    char *p = text->ptr + at;
    if ((unsigned char)p[0] >= 0x80 || (unsigned char)p[1] >= 0x80 || p[0] == ' ' || p[1] == ' ')
        return;
    char first = p[0];
    switch (train_draw_below(&e->random, 3)) {
    case 0:
        memmove(p, p + 1, text->len - at);
        text->len--;
        break;
    case 1:
        p[0] = p[1];
        p[1] = first;
        break;
    default:
        p[1] = first;
    }
}

static enum error emit_entry(struct expansion *e, const struct line *line, struct slice entry, bool bare)
{
    struct buf text;
    buf_init(&text, PHRASES_TEXT_MAX);
    if (bare) {
        buf_addslice(&text, entry);
    } else {
        if (happens(e, HEAD_PERCENT)) {
            buf_addslice(&text, draw_pattern(e, SLICE("head")));
            buf_addc(&text, ' ');
        }
        fill(&text, draw_pattern(e, line->kind), entry);
        if (happens(e, TAIL_PERCENT)) {
            buf_addc(&text, ' ');
            fill(&text, draw_pattern(e, SLICE("tail")), draw_pattern(e, SLICE("lugar")));
        }
        if (!text.error && happens(e, SLIP_PERCENT))
            slip(e, &text);
    }
    struct phrase phrase = {buf_slice(&text), entry, line->second};
    enum error error = text.error ? text.error : e->emit(e->ctx, &phrase);
    buf_release(&text);
    return error;
}

static enum error expand_line(struct expansion *e, const struct line *line, unsigned per_entry)
{
    struct slice rest = line->entries, entry;
    while (slice_cut(&rest, ',', &entry)) {
        entry = slice_trim(entry);
        for (unsigned i = 0; entry.len && i < per_entry; i++) {
            enum error error = emit_entry(e, line, entry, i == 0);
            if (error)
                return error;
        }
    }
    return OK;
}

static enum error expand_lexicon(const struct phrases_source *source, unsigned per_entry, struct faults *faults,
                                 struct expansion *e)
{
    struct slice rest = source->lexicon, text;
    unsigned number = 0;
    enum error error = OK;
    while (!error && slice_cut(&rest, '\n', &text)) {
        struct line line;
        number++;
        if (skippable(text))
            continue;
        if (!cut_line(text, 3, &line) || !draw_pattern(e, line.kind).ptr) {
            faults_add(faults, source->lexicon_file, number, 1,
                       "must be a kind that has sentences, a tab, an industry, a tab and entries");
            return ERR_SYNTAX;
        }
        error = expand_line(e, &line, per_entry);
    }
    return error;
}

enum error phrases_expand(const struct phrases_source *source, unsigned per_entry, uint64_t seed, struct faults *faults,
                          phrases_emit *emit, void *ctx)
{
    struct expansion e = {.random = {seed}, .emit = emit, .ctx = ctx};
    e.patterns = mem_alloc(PHRASES_LINES_MAX * sizeof(*e.patterns));
    if (!e.patterns)
        return ERR_NOMEM;
    enum error error = read_patterns(source, faults, &e);
    if (!error)
        error = expand_lexicon(source, per_entry, faults, &e);
    mem_free(e.patterns);
    return error;
}
