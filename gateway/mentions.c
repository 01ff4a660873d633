#include "gateway/mentions.h"

#include <string.h>

#include "base/buf.h"

#define WORDS_BYTES (256 * 1024)
#define PIECE_BYTES 256

/* What a state or an alert can say, on one kind of channel in one language. */
struct saying {
    const struct flow *flow;
    const char *lang;
    enum channel_kind channel;
    struct buf words;
};

static void add(struct saying *saying, const struct text *text)
{
    if (!text)
        return;
    buf_addslice(&saying->words, flow_wording(saying->flow, text, saying->lang, saying->channel)->source);
    buf_addc(&saying->words, '\n');
}

/* Finds a piece of the contact that is not said; an empty slice when all is. The pieces stand between ";". */
static struct slice unsaid(struct saying *saying, const char *contact)
{
    struct slice rest = slice_of(contact), piece;
    char text[PIECE_BYTES];
    while (slice_cut(&rest, ';', &piece)) {
        piece = slice_trim(piece);
        if (slice_copy(piece, text, sizeof(text)) && !strstr(buf_text(&saying->words), text))
            return piece;
    }
    return SLICE_NONE;
}

static void check(struct saying *saying, struct mentions mentions, const struct engine *engine, struct faults *faults)
{
    for (size_t i = 0; i < mentions.count; i++) {
        const struct mention *mention = &mentions.items[i];
        const char *contact = engine_resource_contact(engine, saying->lang, mention->id);
        struct slice lacks = contact ? unsaid(saying, contact) : SLICE_NONE;
        if (lacks.len)
            faults_add(faults, mention->file, mention->line, mention->column,
                       "the contact of %.*s in the catalogue has '%.*s', and no text here says it: correct the text, "
                       "or the catalogue",
                       (int)mention->id.len, mention->id.ptr, (int)lacks.len, lacks.ptr);
    }
}

static void check_ids(struct mentions mentions, const struct engine *engine, struct faults *faults)
{
    for (size_t i = 0; i < mentions.count; i++) {
        const struct mention *mention = &mentions.items[i];
        if (!engine_resource_contact(engine, NULL, mention->id))
            faults_add(faults, mention->file, mention->line, mention->column,
                       "the catalogue has no resource '%.*s': correct the id, or take it and what is said of it away",
                       (int)mention->id.len, mention->id.ptr);
    }
}

static void check_state(struct saying *saying, const struct flow_state *state, const struct engine *engine,
                        struct faults *faults)
{
    buf_clear(&saying->words);
    add(saying, state->say);
    add(saying, state->ask);
    for (size_t i = 0; i < state->next_count; i++)
        add(saying, state->next[i].say);
    check(saying, state->mentions, engine, faults);
}

static void check_alert(struct saying *saying, const struct alert *alert, const struct engine *engine,
                        struct faults *faults)
{
    buf_clear(&saying->words);
    add(saying, alert->say);
    check(saying, alert->mentions, engine, faults);
}

/* The first language and kind of channel in which something lacks is told, and no other. */
static void check_all(struct saying *saying, const struct engine *engine, struct faults *faults)
{
    const struct flow *flow = saying->flow;
    size_t before = faults->total;
    for (size_t lang = 0; lang < flow->lang_count && faults->total == before; lang++)
        for (int kind = CHANNEL_SMS; kind <= CHANNEL_WHATSAPP && faults->total == before; kind++) {
            saying->lang = flow->langs[lang];
            saying->channel = (enum channel_kind)kind;
            for (size_t i = 0; i < flow->state_count; i++)
                check_state(saying, &flow->states[i], engine, faults);
            for (size_t i = 0; i < flow->alert_count; i++)
                check_alert(saying, &flow->alerts[i], engine, faults);
        }
}

void mentions_check(const struct flow *flow, const struct engine *engine, struct faults *faults)
{
    struct saying saying = {.flow = flow};
    for (size_t i = 0; i < flow->state_count; i++)
        check_ids(flow->states[i].mentions, engine, faults);
    for (size_t i = 0; i < flow->alert_count; i++)
        check_ids(flow->alerts[i].mentions, engine, faults);
    buf_init(&saying.words, WORDS_BYTES);
    check_all(&saying, engine, faults);
    if (saying.words.error)
        faults_add(faults, flow->file, 0, 0, "what it mentions of the catalogue cannot be checked: out of memory");
    buf_release(&saying.words);
}
