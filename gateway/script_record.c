#include "gateway/script_record.h"

#include "gateway/script_compare.h"

void script_record_init(struct script_record *record, struct slice bytes)
{
    *record = (struct script_record){.bytes = bytes, .line = 1};
    buf_init(&record->out, SCRIPT_BYTES);
}

void script_record_release(struct script_record *record)
{
    buf_release(&record->out);
}

void script_put_expect(struct buf *out, const struct slice *messages, size_t count, unsigned indent)
{
    buf_adds(out, count == 0 ? "expect: []" : count == 1 ? "expect: " : "expect:");
    if (count == 1)
        script_put_text(out, messages[0], indent + 2);
    for (size_t i = 0; count > 1 && i < count; i++) {
        buf_addf(out, "\n%*s- ", (int)indent + 2, "");
        script_put_text(out, messages[i], indent + 4);
    }
    buf_addc(out, '\n');
}

void script_put_does(struct buf *out, const struct slice *deeds, size_t count)
{
    buf_adds(out, "does: [");
    for (size_t i = 0; i < count; i++) {
        buf_adds(out, i ? ", " : "");
        script_put_text(out, deeds[i], 0);
    }
    buf_adds(out, "]\n");
}

/* Gives the byte where a line begins that is not before the one copied next. */
static size_t start_of(const struct script_record *record, unsigned line)
{
    size_t at = record->at;
    for (unsigned now = record->line; now < line && at < record->bytes.len; now++)
        at += slice_find(slice_part(record->bytes, at, record->bytes.len), '\n') + 1;
    return at < record->bytes.len ? at : record->bytes.len;
}

static void skip_to(struct script_record *record, unsigned line)
{
    record->at = start_of(record, line);
    record->line = line;
}

static void copy_to(struct script_record *record, unsigned line)
{
    size_t end = start_of(record, line);
    buf_addslice(&record->out, slice_part(record->bytes, record->at, end));
    if (end == record->bytes.len && end > record->at && record->bytes.ptr[end - 1] != '\n')
        buf_addc(&record->out, '\n');
    skip_to(record, line);
}

/* Gives the line behind the last that belongs to a value: without empty lines, and comments that stand no deeper than
 * its key. */
static unsigned end_of(const struct script_record *record, unsigned from, unsigned before, unsigned column)
{
    unsigned end = from + 1, line = from;
    size_t at = start_of(record, from);
    while (at < record->bytes.len && (!before || line < before)) {
        struct slice rest = slice_part(record->bytes, at, record->bytes.len);
        struct slice text = slice_part(rest, 0, slice_find(rest, '\n'));
        size_t blanks = 0;
        while (blanks < text.len && (text.ptr[blanks] == ' ' || text.ptr[blanks] == '\r'))
            blanks++;
        line++;
        at += text.len + 1;
        if (blanks < text.len && (text.ptr[blanks] != '#' || blanks >= column))
            end = line;
    }
    return end;
}

/* Tells whether each of a step's keys has a line of its own. */
static bool in_lines(const struct yaml_node *step)
{
    for (size_t i = 1; i < step->count; i++)
        if (step->pairs[i].key->line == step->pairs[i - 1].key->line)
            return false;
    return step->count > 0;
}

/* Where a key's value ends: the next key, or the next step. */
static unsigned next_of(const struct yaml_node *step, const struct yaml_node *key, unsigned next_line)
{
    for (size_t i = 0; i + 1 < step->count; i++)
        if (step->pairs[i].key == key)
            return step->pairs[i + 1].key->line;
    return next_line;
}

static void put(struct script_record *record, const struct script_came *came, bool words, unsigned indent)
{
    if (words)
        script_put_expect(&record->out, came->messages, came->message_count, indent);
    else
        script_put_does(&record->out, came->does, came->does_count);
}

/* Writes a key's value anew. What stands before the key in its line stays. */
static void replace(struct script_record *record, const struct script_step *step, const struct script_came *came,
                    bool words, unsigned next_line)
{
    const struct yaml_node *key = words ? step->expect.key : step->does.key;
    copy_to(record, key->line);
    unsigned end = end_of(record, key->line, next_of(step->node, key, next_line), key->column);
    buf_addslice(&record->out, slice_part(record->bytes, record->at, record->at + key->column - 1));
    put(record, came, words, key->column - 1);
    skip_to(record, end);
}

static void append(struct script_record *record, const struct script_step *step, const struct script_came *came,
                   unsigned next_line)
{
    const struct yaml_node *key = step->node->pairs[0].key;
    unsigned indent = key->column - 1;
    copy_to(record, end_of(record, key->line, next_line, key->column));
    for (int words = 1; words >= 0; words--) {
        buf_addf(&record->out, "%*s", (int)indent, "");
        put(record, came, words, indent);
    }
}

enum error script_record_step(struct script_record *record, const struct script_step *step,
                              const struct script_came *came, unsigned next_line)
{
    bool silent = !step->expect.node && !step->does.node && !step->facts.node && !step->asks.node;
    bool words = !script_same_words(step, came), deeds = !script_same_deeds(step, came);
    bool came_any = came->message_count || came->does_count;
    bool writes = silent ? step->act != SCRIPT_NOTHING && (came_any || step->act < SCRIPT_HANG_UP) : words || deeds;
    if (!writes)
        return OK;
    if (!in_lines(step->node))
        return ERR_UNSUPPORTED;
    record->changed++;
    if (silent) {
        append(record, step, came, next_line);
        return record->out.error;
    }
    bool words_first = !words || !deeds || step->expect.key->line < step->does.key->line;
    for (int i = 0; i < 2; i++)
        if (i == (words_first ? 0 : 1) ? words : deeds)
            replace(record, step, came, i == (words_first ? 0 : 1), next_line);
    return record->out.error;
}

void script_record_end(struct script_record *record)
{
    buf_addslice(&record->out, slice_part(record->bytes, record->at, record->bytes.len));
    record->at = record->bytes.len;
}
