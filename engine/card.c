#include "engine/card.h"

#include "base/json.h"

/* Begins a member on a line of its own. Only whether something stands before it in its object matters. */
static void member(struct buf *out, const char *name)
{
    bool first = out->len == 0 || out->ptr[out->len - 1] == '{' || out->ptr[out->len - 1] == '[';
    if (!first)
        buf_addc(out, ',');
    if (out->len > 0)
        buf_addc(out, '\n');
    if (name) {
        json_put_string(out, slice_of(name));
        buf_adds(out, ": ");
    }
}

void card_open(struct buf *out, const char *name)
{
    member(out, name);
    buf_addc(out, '{');
}

void card_close(struct buf *out)
{
    buf_adds(out, "}");
}

void card_open_list(struct buf *out, const char *name)
{
    member(out, name);
    buf_addc(out, '[');
}

void card_close_list(struct buf *out)
{
    buf_adds(out, "]");
}

void card_text(struct buf *out, const char *name, const char *text)
{
    member(out, name);
    json_put_string(out, slice_of(text));
}

void card_number(struct buf *out, const char *name, double number)
{
    member(out, name);
    buf_addf(out, "%.4f", number);
}

void card_count(struct buf *out, const char *name, size_t count)
{
    member(out, name);
    buf_addf(out, "%zu", count);
}

void card_interval(struct buf *out, const char *name, const struct train_interval *interval)
{
    member(out, name);
    buf_addf(out, "{\"value\": %.4f, \"low\": %.4f, \"high\": %.4f}", interval->value, interval->low, interval->high);
}
