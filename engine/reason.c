#include "engine/reason.h"

#include <string.h>

#include "engine/tags.h"

const struct word ruc_reasons[] = {
    [REASON_RUC_HAVE] = {"have", "pide RUC, y ya lo tienes"},
    [REASON_RUC_STEP] = {"step", "es un paso para tener tu RUC"},
    [REASON_RUC_NONE] = {"none", "no pide RUC"},
    {NULL, NULL},
};
const struct word broad_reasons[] = {
    [REASON_BROAD_ALL] = {"all", "sirve a cualquier negocio"},
    [REASON_BROAD_TRADE] = {"trade", "sirve a tu rubro"},
    {NULL, NULL},
};

static const struct word *words_of(const char *kind)
{
    const struct {
        const char *kind;
        const struct word *words;
    } rows[] = {{"goal", goals.words},     {"tag", tags.words},  {"industry", industries.words},
                {"region", regions.words}, {"ruc", ruc_reasons}, {"stage", stages.words},
                {"broad", broad_reasons}};
    for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++)
        if (strcmp(kind, rows[i].kind) == 0)
            return rows[i].words;
    return NULL;
}

struct reason reason_find(const char *kind, const char *key)
{
    const struct word *word = words_of(kind);
    while (word && word->key && strcmp(word->key, key) != 0)
        word++;
    return (struct reason){kind, word && word->key ? word : NULL};
}

/* Puts a name in the place of the #, or behind. */
static void put_around(char *out, const char *reason, const char *name)
{
    struct slice whole = slice_of(reason);
    size_t mark = slice_find(whole, '#');
    const struct slice parts[] = {slice_part(whole, 0, mark), slice_of(name), slice_part(whole, mark + 1, whole.len)};
    for (size_t i = 0, used = 0; i < sizeof(parts) / sizeof(parts[0]) && used < ENGINE_TEXT; used += parts[i++].len)
        slice_fill(parts[i], out + used, ENGINE_TEXT - used);
}

void reason_say(const struct speech *speech, struct reason reason, char out[ENGINE_TEXT])
{
    const struct word *word = reason.word;
    if (strcmp(reason.kind, "region") == 0)
        put_around(out, speech_reason(speech, "region", "in", "atiende en #"), word->phrase);
    else
        slice_fill(slice_of(speech_reason(speech, reason.kind, word->key, word->phrase)), out, ENGINE_TEXT);
}
