#include "gateway/consent_row.h"

#include <string.h>

#include "gateway/packed_id.h"

#define AT_BYTES 6

enum { FORMS = 3 };
enum form { PLAIN, RUN, RUN_AND_LAST };

/* Ids as most are: a short beginning, and a run of so many bytes. */
#define USUAL 120
#define USUAL_FIRST 8
#define USUAL_RUN 16

static void put_number(struct buf *out, size_t number)
{
    for (; number > 0x7F; number >>= 7)
        buf_addc(out, (char)(number | 0x80));
    buf_addc(out, (char)number);
}

enum error consent_row_write(const struct consent_row *row, struct buf *out)
{
    struct id_cut cut = id_cut(row->message_id);
    enum form form = cut.last.len ? RUN_AND_LAST : cut.run.len ? RUN : PLAIN;
    buf_add(out, row->who, CONSENT_WHO);
    for (unsigned i = AT_BYTES; i--;)
        buf_addc(out, (char)(row->at_ms >> 8 * i & 0xFF));
    size_t head = cut.first.len * FORMS + form;
    bool usual = form == RUN && cut.run.len == 2 * USUAL_RUN && cut.first.len < USUAL_FIRST;
    put_number(out, usual ? USUAL + cut.first.len : head < USUAL ? head : head + USUAL_FIRST);
    buf_addslice(out, cut.first);
    if (usual) {
        id_pack_run(out, cut.run);
    } else if (form != PLAIN) {
        put_number(out, cut.run.len / 2);
        id_pack_run(out, cut.run);
    }
    if (form == RUN_AND_LAST) {
        put_number(out, cut.last.len);
        buf_addslice(out, cut.last);
    }
    return out->error;
}

/* Takes bytes off; false, with nothing taken, where there are fewer. */
static bool take(struct slice *rest, size_t len, struct slice *out)
{
    if (rest->len < len)
        return false;
    *out = slice_part(*rest, 0, len);
    *rest = slice_part(*rest, len, rest->len);
    return true;
}

static bool take_number(struct slice *rest, size_t *out)
{
    struct slice byte;
    *out = 0;
    for (unsigned shift = 0; shift < 32 && take(rest, 1, &byte); shift += 7) {
        *out |= (size_t)((unsigned char)byte.ptr[0] & 0x7F) << shift;
        if (!((unsigned char)byte.ptr[0] & 0x80))
            return true;
    }
    return false;
}

/* Takes a length, and so many bytes. */
static bool take_part(struct slice *rest, struct slice *out)
{
    size_t len;
    return take_number(rest, &len) && take(rest, len, out);
}

/* Takes an id's parts, by the number that it begins with. */
static bool take_id(struct slice *rest, size_t head, struct id_cut *cut)
{
    if (head >= USUAL && head < USUAL + USUAL_FIRST)
        return take(rest, head - USUAL, &cut->first) && take(rest, USUAL_RUN, &cut->run);
    head -= head < USUAL ? 0 : USUAL_FIRST;
    return take(rest, head / FORMS, &cut->first) && (head % FORMS < RUN || take_part(rest, &cut->run)) &&
           (head % FORMS != RUN_AND_LAST || take_part(rest, &cut->last));
}

enum error consent_row_read(struct slice bytes, struct arena *arena, struct consent_row *out)
{
    struct slice rest = bytes, who, at;
    size_t head;
    struct id_cut cut = {0};
    if (!take(&rest, CONSENT_WHO, &who) || !take(&rest, AT_BYTES, &at) || !take_number(&rest, &head))
        return ERR_SYNTAX;
    if (!take_id(&rest, head, &cut) || !slice_u64(rest, INT64_MAX, &out->text))
        return ERR_SYNTAX;
    memcpy(out->who, who.ptr, CONSENT_WHO);
    out->at_ms = 0;
    for (size_t i = 0; i < AT_BYTES; i++)
        out->at_ms = out->at_ms << 8 | (unsigned char)at.ptr[i];
    return id_join(arena, SLICE_NONE, &cut, &out->message_id);
}
