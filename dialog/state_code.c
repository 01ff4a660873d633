/* A state as bytes: `S`, the version of the format, then the fields in the order of put_state().
 *
 * What most states hold is short and always the same, and a million states lie in Redis: a text that is in the list of
 * words takes one byte, another the bytes that it has and one for their number; a number takes a byte for each seven
 * bits; a share in hundredths takes one byte. Each state has one encoding, and what is no such encoding is refused. */
#include "dialog/state.h"

#include <math.h>

#include "base/utf8.h"

#define STATE_MAGIC 'S'
#define STATE_LAYOUT 6
#define STATE_VERSION (STATE_LAYOUT + STATE_EDITION) /* each only ever rises, and so does their sum */

/* Of a text's first byte: how many bytes follow; or that two bytes tell it; or, with the high bit, a word's number. */
#define TEXT_SHORT_MAX 0x7E
#define TEXT_LONG 0x7F
#define TEXT_WORD 0x80u
#define SHARE_WHOLE 101 /* of a share's byte: eight more have it; below, it is hundredths */

/* A field takes at most two bytes more than its memory, and each of those has more memory than that to spare. */
_Static_assert(sizeof(struct state) + 512 < DIALOG_STATE_BYTES, "a whole state fits its encoding's limit");

#define COUNT(array) (sizeof(array) / sizeof((array)[0]))
#define HISTORY_MAX (sizeof(((struct state *)0)->history) / DIALOG_NAME)
#define W(word)                                                                                                        \
    {                                                                                                                  \
        (word), sizeof(word) - 1                                                                                       \
    }

/* Words of the shipped flow and of the engine. A word's number is its place: whoever changes the list raises
 * STATE_EDITION. A flow whose names are not here works as well, and takes more room. */
/* clang-format off */
static const struct slice words[] = {
    W("activity"), W("actividad"), W("avisos"), W("ayuda"), W("agro"), W("alimentos_fab"), W("avisos.pregunta"),
    W("borrar"), W("bienvenida"), W("bodega_alimentos"), W("consent"), W("customers"), W("confirma"), W("clasifica"),
    W("confirma_rubro"), W("clasifica_otra_vez"), W("clientes"), W("checkin"), W("comercio"), W("confeccion"),
    W("construccion"), W("contacto_1"), W("contacto_2"), W("contacto_3"), W("detalle"), W("dato"), W("despedida"),
    W("diagnostico"), W("down"), W("digital"), W("debts"), W("decline"), W("dos"), W("elige_rubro"),
    W("elige_otra_vez"), W("equipo"), W("equipo_previsto"), W("expire"), W("es"), W("export"), W("established"),
    W("estable"), W("finance"), W("formalise"), W("goal"), W("growth"), W("industry"), W("meta"), W("mas_contactos"),
    W("menu"), W("manufactura_artesania"), W("menu.opciones"), W("menu.avisos.pregunta"), W("misdatos"),
    W("misdatos.que_dato"), W("misdatos.borrar_todo"), W("notices"), W("no"), W("none"), W("NRUS"), W("outlook"),
    W("outcome"), W("opcion"), W("otra_vez"), W("otros"), W("other"), W("perfil"), W("public_sales"), W("por crecer"),
    W("ruc"), W("regime"), W("region"), W("rubro"), W("regimen"), W("recursos"), W("resultados"), W("remind"),
    W("REFUSED"), W("RER"), W("RMT"), W("RG"), W("restaurante"), W("reparacion"), W("riesgo"), W("sales"), W("stage"),
    W("sin_permiso"), W("sin_resultados"), W("seguimos"), W("saludo"), W("seguimiento"), W("same"),
    W("serv_personales"), W("startup"), W("seguir"), W("tenure"), W("trend"), W("tiempo"), W("tendencia"),
    W("transporte"), W("tec_prof"), W("turismo"), W("training"), W("tres"), W("useful"), W("util"), W("up"),
    W("UNKNOWN"), W("uno"), W("ventas"), W("vuelta"), W("workers"), W("yes"),
};
/* clang-format on */

/* Where a word is: its number and 1 in the first place that was free from its key on; 0 nothing. A test writes the
 * table anew where the words are others (tests/unit/test_state.c). */
/* clang-format off */
static const unsigned char word_slots[256] = {
    0, 55, 0, 46, 0, 0, 0, 67, 0, 0, 43, 53, 0, 0, 9, 85,
    0, 0, 10, 29, 38, 64, 76, 0, 0, 62, 45, 30, 23, 49, 28, 50,
    83, 0, 26, 69, 0, 35, 47, 0, 25, 32, 0, 87, 44, 0, 111, 0,
    110, 0, 0, 18, 73, 108, 0, 66, 0, 15, 0, 0, 96, 0, 0, 61,
    0, 0, 0, 88, 0, 92, 86, 113, 0, 0, 0, 48, 0, 24, 0, 16,
    0, 0, 0, 0, 109, 56, 0, 0, 0, 80, 0, 12, 0, 0, 0, 0,
    0, 1, 0, 0, 0, 0, 0, 90, 65, 0, 11, 58, 0, 42, 0, 0,
    0, 0, 7, 0, 0, 0, 68, 0, 2, 0, 0, 60, 84, 0, 0, 0,
    0, 78, 82, 0, 0, 0, 0, 0, 0, 0, 14, 51, 0, 0, 0, 39,
    91, 19, 0, 0, 0, 0, 95, 0, 20, 94, 0, 0, 27, 0, 31, 0,
    0, 0, 0, 5, 0, 101, 0, 100, 0, 0, 0, 0, 41, 104, 0, 72,
    70, 0, 102, 0, 0, 0, 34, 107, 59, 52, 57, 0, 0, 0, 0, 79,
    0, 0, 98, 93, 0, 77, 0, 106, 0, 8, 54, 74, 99, 0, 0, 4,
    21, 103, 0, 0, 0, 0, 81, 0, 105, 0, 0, 0, 75, 0, 0, 0,
    17, 0, 0, 13, 0, 6, 0, 0, 3, 37, 97, 22, 33, 36, 0, 0,
    0, 0, 0, 40, 63, 112, 71, 0, 0, 0, 0, 0, 0, 0, 0, 89,
};
/* clang-format on */

_Static_assert(COUNT(words) == STATE_CODED, "others count them too");
_Static_assert(STATE_CODED <= 0x80, "a word's number fits its byte");

static unsigned char key_of(const char *word, size_t len)
{
    return (unsigned char)(35 * word[0] + 39 * word[1] + 49 * word[len - 1] + 28 * (int)len);
}

/* Gives a word's number, or COUNT(words). */
static size_t word_of(const char *text, size_t len)
{
    if (len < 2)
        return COUNT(words);
    for (unsigned char at = key_of(text, len); word_slots[at]; at++) {
        size_t word = word_slots[at] - 1u;
        if (words[word].len == len && memcmp(words[word].ptr, text, len) == 0)
            return word;
    }
    return COUNT(words);
}

size_t state_coded_of(struct slice text)
{
    return text.len ? word_of(text.ptr, text.len) : STATE_CODED;
}

struct slice state_coded(size_t number)
{
    return number < STATE_CODED ? words[number] : SLICE_NONE;
}

struct writer {
    char *at;
};

static void put_byte(struct writer *out, unsigned byte)
{
    *out->at++ = (char)(unsigned char)byte;
}

static void put_bytes(struct writer *out, const char *bytes, size_t len)
{
    memcpy(out->at, bytes, len);
    out->at += len;
}

/* Seven bits a byte, the lowest first; the high bit says that more follow. */
static void put_number(struct writer *out, uint64_t value)
{
    for (; value >= 0x80; value >>= 7)
        put_byte(out, (unsigned)(value & 0x7F) | 0x80);
    put_byte(out, (unsigned)value);
}

static void put_text(struct writer *out, const char *text, size_t size)
{
    if (!text[0]) {
        put_byte(out, 0);
        return;
    }
    size_t len = strnlen(text, size - 1), word = word_of(text, len);
    if (word < COUNT(words)) {
        put_byte(out, TEXT_WORD | (unsigned)word);
        return;
    }
    if (len <= TEXT_SHORT_MAX) {
        put_byte(out, (unsigned)len);
    } else {
        put_byte(out, TEXT_LONG);
        put_byte(out, (unsigned)(len >> 8));
        put_byte(out, len & 0xFF);
    }
    put_bytes(out, text, len);
}

/* Gives the hundredths that a share is, exactly; SHARE_WHOLE when it is no such number. */
static unsigned hundredths_of(double share)
{
    unsigned hundredths = share >= 0 && share <= 1 ? (unsigned)(share * 100 + 0.5) : SHARE_WHOLE;
    return hundredths <= 100 && (double)hundredths / 100 == share ? hundredths : SHARE_WHOLE;
}

/* Adding zero turns a negative zero into the plain one: equal numbers have equal bytes. */
static void put_share(struct writer *out, double share)
{
    unsigned hundredths = hundredths_of(share += 0.0);
    put_byte(out, hundredths);
    if (hundredths != SHARE_WHOLE)
        return;
    uint64_t bits;
    memcpy(&bits, &share, sizeof(bits));
    for (unsigned shift = 0; shift < 64; shift += 8)
        put_byte(out, bits >> shift & 0xFF);
}

#define PUT(out, member) put_text(out, member, sizeof(member))

static void put_fact(struct writer *out, const struct fact *fact)
{
    PUT(out, fact->slot);
    PUT(out, fact->value);
    put_share(out, fact->confidence);
}

static void put_advice(struct writer *out, const struct state *state)
{
    put_number(out, state->label_count);
    for (size_t i = 0; i < state->label_count; i++) {
        PUT(out, state->labels[i].key);
        PUT(out, state->labels[i].name);
        put_share(out, state->labels[i].probability);
    }
    put_number(out, state->resource_count);
    for (size_t i = 0; i < state->resource_count; i++) {
        PUT(out, state->resources[i].id);
        PUT(out, state->resources[i].text);
        PUT(out, state->resources[i].reason);
        PUT(out, state->resources[i].contact);
    }
    put_number(out, state->shown_count);
    for (size_t i = 0; i < state->shown_count; i++) {
        put_byte(out, state->shown[i] >> 8);
        put_byte(out, state->shown[i] & 0xFFu);
    }
}

static void put_state(struct writer *out, const struct state *state)
{
    PUT(out, state->flow);
    PUT(out, state->version);
    PUT(out, state->at);
    PUT(out, state->below);
    PUT(out, state->lang);
    PUT(out, state->doubt_raw);
    PUT(out, state->pending);
    if (state->pending[0]) {
        put_number(out, state->page_from);
        put_number(out, state->page_to);
    }
    put_number(out, state->last_channel | (unsigned)state->opted_out << 2 | (unsigned)state->pending_ends << 3 |
                        (unsigned)state->told_nothing << 4);
    put_number(out, state->tries);
    put_number(out, (uint64_t)state->last_ms);
    put_number(out, (uint64_t)state->asked_ms);
    put_number(out, state->history_count);
    for (size_t i = 0; i < state->history_count; i++)
        PUT(out, state->history[i]);
    put_number(out, state->fact_count);
    for (size_t i = 0; i < state->fact_count; i++)
        put_fact(out, &state->facts[i]);
    put_fact(out, &state->doubt);
    put_advice(out, state);
    put_number(out, state->timer_count);
    for (size_t i = 0; i < state->timer_count; i++) {
        PUT(out, state->timers[i].name);
        PUT(out, state->timers[i].spent);
        put_number(out, (uint64_t)state->timers[i].due_ms);
    }
}

void state_encode(const struct state *state, struct buf *out)
{
    char bytes[DIALOG_STATE_BYTES];
    struct writer writer = {bytes};
    put_byte(&writer, STATE_MAGIC);
    put_byte(&writer, STATE_VERSION);
    put_state(&writer, state);
    buf_add(out, bytes, (size_t)(writer.at - bytes));
}

/* Bytes being read. What is wrong sticks in `bad`, and leaves nothing to read: all that is read after it is zero. */
struct reader {
    const char *at, *end;
    bool bad;
};

static void refuse(struct reader *in)
{
    in->bad = true;
    in->at = in->end;
}

static unsigned get_byte(struct reader *in)
{
    if (in->at < in->end)
        return (unsigned char)*in->at++;
    refuse(in);
    return 0;
}

/* Reads on in a number of several bytes. */
static uint64_t get_long(struct reader *in, unsigned byte, uint64_t max)
{
    uint64_t value = byte & 0x7F;
    for (unsigned shift = 7; byte & 0x80; shift += 7) {
        byte = get_byte(in);
        bool over = shift > 63 || (shift == 63 && byte > 1), idle = byte == 0;
        if (over || idle) {
            refuse(in);
            return 0;
        }
        value |= (uint64_t)(byte & 0x7F) << shift;
    }
    if (value <= max)
        return value;
    refuse(in);
    return 0;
}

static inline uint64_t get_number(struct reader *in, uint64_t max)
{
    unsigned byte = get_byte(in);
    return byte < 0x80 && byte <= max ? byte : get_long(in, byte, max);
}

static double get_share(struct reader *in)
{
    unsigned hundredths = get_byte(in);
    double share = (double)hundredths / 100;
    bool good = hundredths <= SHARE_WHOLE;
    if (hundredths == SHARE_WHOLE) {
        uint64_t bits = 0;
        for (unsigned shift = 0; shift < 64; shift += 8)
            bits |= (uint64_t)get_byte(in) << shift;
        memcpy(&share, &bits, sizeof(share));
        good = share >= 0 && share <= 1 && !signbit(share) && hundredths_of(share) == SHARE_WHOLE;
    }
    if (good)
        return share;
    refuse(in);
    return 0;
}

/* Reads a text that is written out; an empty one where it has its shorter form, for then it is no encoding of ours. */
static struct slice get_written(struct reader *in, unsigned head)
{
    size_t len = head;
    if (head == TEXT_LONG) {
        len = get_byte(in) << 8;
        len |= get_byte(in);
    }
    struct slice text = {in->at, len};
    if (len > (size_t)(in->end - in->at) || (head == TEXT_LONG && len <= TEXT_SHORT_MAX) || !utf8_valid(text) ||
        memchr(text.ptr, '\0', text.len) || word_of(text.ptr, text.len) < COUNT(words))
        return SLICE_NONE;
    in->at += len;
    return text;
}

static void get_text(struct reader *in, char *out, size_t size)
{
    unsigned head = get_byte(in);
    out[0] = '\0';
    if (head == 0)
        return;
    struct slice text = head >= TEXT_WORD ? state_coded(head - TEXT_WORD) : get_written(in, head);
    if (text.len == 0 || text.len >= size) {
        refuse(in);
        return;
    }
    memcpy(out, text.ptr, text.len);
    out[text.len] = '\0';
}

#define GET(in, member) get_text(in, member, sizeof(member))

static void get_fact(struct reader *in, struct fact *fact)
{
    GET(in, fact->slot);
    GET(in, fact->value);
    fact->confidence = get_share(in);
}

static void get_facts(struct reader *in, struct state *state)
{
    size_t count = get_number(in, DIALOG_SLOTS_MAX);
    for (size_t i = 0; i < count && !in->bad; i++) {
        get_fact(in, &state->facts[i]);
        if (state->facts[i].slot[0] == '\0' || state_fact_named(state, state->facts[i].slot))
            refuse(in);
        state->fact_count = i + 1;
    }
    get_fact(in, &state->doubt);
}

static void get_advice(struct reader *in, struct state *state)
{
    state->label_count = get_number(in, ADVICE_LABELS_MAX);
    for (size_t i = 0; i < state->label_count; i++) {
        GET(in, state->labels[i].key);
        GET(in, state->labels[i].name);
        state->labels[i].probability = get_share(in);
    }
    state->resource_count = get_number(in, ADVICE_RESOURCES_MAX);
    for (size_t i = 0; i < state->resource_count; i++) {
        GET(in, state->resources[i].id);
        GET(in, state->resources[i].text);
        GET(in, state->resources[i].reason);
        GET(in, state->resources[i].contact);
    }
    state->shown_count = get_number(in, DIALOG_SHOWN_MAX);
    for (size_t i = 0; i < state->shown_count; i++) {
        unsigned high = get_byte(in);
        state->shown[i] = (uint16_t)(high << 8 | get_byte(in));
    }
}

static void get_timers(struct reader *in, struct state *state)
{
    size_t count = get_number(in, DIALOG_TIMERS_MAX);
    for (size_t i = 0; i < count && !in->bad; i++) {
        struct timer *timer = &state->timers[i];
        GET(in, timer->name);
        GET(in, timer->spent);
        timer->due_ms = (int64_t)get_number(in, INT64_MAX);
        if (timer->name[0] == '\0' || state_timer(state, slice_of(timer->name)))
            refuse(in);
        state->timer_count = i + 1;
    }
}

/* A screen shows a part of the text, and never all of it. */
static void get_pages(struct reader *in, struct state *state)
{
    size_t len = strlen(state->pending);
    if (!len)
        return;
    state->page_from = (uint16_t)get_number(in, len);
    state->page_to = (uint16_t)get_number(in, len);
    if (state->page_from >= state->page_to)
        refuse(in);
}

static void get_state(struct reader *in, struct state *state)
{
    if (get_byte(in) != STATE_MAGIC || get_byte(in) != STATE_VERSION)
        refuse(in);
    GET(in, state->flow);
    GET(in, state->version);
    GET(in, state->at);
    GET(in, state->below);
    GET(in, state->lang);
    GET(in, state->doubt_raw);
    GET(in, state->pending);
    get_pages(in, state);
    unsigned flags = (unsigned)get_number(in, 0x1F);
    if ((flags & 3) > CHANNEL_WHATSAPP)
        refuse(in);
    state->last_channel = (enum channel_kind)(flags & 3);
    state->opted_out = flags & 4;
    state->pending_ends = flags & 8;
    state->told_nothing = flags & 16;
    state->tries = (unsigned)get_number(in, UINT32_MAX);
    state->last_ms = (int64_t)get_number(in, UINT64_MAX);
    state->asked_ms = (int64_t)get_number(in, UINT64_MAX);
    state->history_count = get_number(in, HISTORY_MAX);
    for (size_t i = 0; i < state->history_count; i++)
        GET(in, state->history[i]);
    get_facts(in, state);
    get_advice(in, state);
    get_timers(in, state);
}

enum error state_decode(struct slice bytes, struct state *out)
{
    struct reader in = {bytes.ptr, bytes.len ? bytes.ptr + bytes.len : bytes.ptr, false};
    state_init(out);
    get_state(&in, out);
    if (!in.bad && in.at == in.end)
        return OK;
    state_init(out);
    return ERR_SYNTAX;
}
