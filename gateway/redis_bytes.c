#include "gateway/redis_bytes.h"

static void put_number(struct buf *out, char kind, size_t number)
{
    buf_addc(out, kind);
    buf_addi(out, (int64_t)number);
    buf_add(out, "\r\n", 2);
}

void redis_put_head(struct buf *out, size_t count)
{
    put_number(out, '*', count);
}

void redis_put_argument(struct buf *out, struct slice text)
{
    put_number(out, '$', text.len);
    buf_addslice(out, text);
    buf_add(out, "\r\n", 2);
}
