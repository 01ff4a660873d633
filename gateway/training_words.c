/* What people are told about a training, where staff wrote nothing else. */
#include <inttypes.h>
#include <stdio.h>
#include <string.h>

#include "base/civil.h"
#include "gateway/training.h"

const char *const training_texts[] = {"seat",       "waiting",     "moved",   "left",     "closed",
                                      "none",       "cancelled",   "changed", "reminder", "came",
                                      "wrong_code", "certificate", "which",   "nothing",  NULL};

enum tongue_of { IN_SPANISH, IN_ENGLISH, LANGUAGES };

static const char *const languages[LANGUAGES] = {[IN_SPANISH] = "es", [IN_ENGLISH] = "en"};

static const char *const texts[LANGUAGES][TRAINING_TEXTS] = {
    [IN_SPANISH] =
        {
            [TRAINING_SEAT] = "Tienes lugar: {{title}}, {{when}}, {{where}}. Si no puedes ir, responde NO VOY.",
            [TRAINING_WAITING] = "{{title}}, {{when}}: ya no hay lugares. Estás en la lista de espera, número "
                                 "{{number}}. Te aviso si se libera uno.",
            [TRAINING_MOVED] =
                "Se liberó un lugar y es tuyo: {{title}}, {{when}}, {{where}}. Si no puedes ir, responde "
                "NO VOY.",
            [TRAINING_LEFT] = "Listo, ya no estás en {{title}}.",
            [TRAINING_CLOSED] = "La inscripción de {{title}} ya cerró.",
            [TRAINING_NONE] = "No estás en ninguna capacitación.",
            [TRAINING_CANCELLED] = "Se canceló {{title}}, {{when}}. Disculpa.",
            [TRAINING_CHANGED] = "Cambio: {{title}} es ahora {{when}}, {{where}}. Si no puedes ir, responde NO VOY.",
            [TRAINING_REMINDER] =
                "Recuerda: {{title}}, {{when}}, {{where}}. Si no puedes ir, responde NO VOY y tu lugar "
                "será de otra persona.",
            [TRAINING_CAME] = "Gracias por venir a {{title}}.",
            [TRAINING_WRONG_CODE] = "Ese código no es de una capacitación de hoy. Míralo en la puerta y envíalo así: "
                                    "ASISTENCIA y el código.",
            [TRAINING_CERTIFICATE] = "Constancia: participaste en {{title}}, {{when}}. Número {{proof}}.",
            [TRAINING_WHICH] = "¿A cuál te apunto? Responde ME APUNTO y su palabra:\n{{list}}",
            [TRAINING_NOTHING] = "Hoy no hay capacitaciones con inscripción abierta.",
        },
    [IN_ENGLISH] =
        {
            [TRAINING_SEAT] = "You have a seat: {{title}}, {{when}}, {{where}}. If you cannot come, answer NOT GOING.",
            [TRAINING_WAITING] = "{{title}}, {{when}}: all seats are taken. You are on the waiting list, number "
                                 "{{number}}. I will tell you when one is free.",
            [TRAINING_MOVED] = "A seat is free and it is yours: {{title}}, {{when}}, {{where}}. If you cannot come, "
                               "answer NOT GOING.",
            [TRAINING_LEFT] = "Done, you are not in {{title}} any more.",
            [TRAINING_CLOSED] = "It is too late to sign up for {{title}}.",
            [TRAINING_NONE] = "You are in no training.",
            [TRAINING_CANCELLED] = "{{title}}, {{when}}, is cancelled. Sorry.",
            [TRAINING_CHANGED] = "Change: {{title}} is now {{when}}, {{where}}. If you cannot come, answer NOT GOING.",
            [TRAINING_REMINDER] = "Remember: {{title}}, {{when}}, {{where}}. If you cannot come, answer NOT GOING and "
                                  "your seat goes to somebody else.",
            [TRAINING_CAME] = "Thank you for coming to {{title}}.",
            [TRAINING_WRONG_CODE] =
                "That code is of no training of today. Read it at the door and send: ATTENDANCE and the "
                "code.",
            [TRAINING_CERTIFICATE] = "Certificate: you took part in {{title}}, {{when}}. Number {{proof}}.",
            [TRAINING_WHICH] = "Which one? Answer SIGN ME UP and its word:\n{{list}}",
            [TRAINING_NOTHING] = "No training can be signed up for today.",
        },
};

static const char *const days[LANGUAGES][7] = {
    [IN_SPANISH] = {"domingo", "lunes", "martes", "miércoles", "jueves", "viernes", "sábado"},
    [IN_ENGLISH] = {"Sunday", "Monday", "Tuesday", "Wednesday", "Thursday", "Friday", "Saturday"},
};

static enum tongue_of language_of(const char *key)
{
    for (size_t i = 0; i < LANGUAGES; i++)
        if (strcmp(key, languages[i]) == 0)
            return (enum tongue_of)i;
    return IN_SPANISH;
}

/* "viernes 5/12, 15:00" */
static void put_when(struct buf *out, int64_t ms, enum tongue_of language)
{
    const struct civil at = civil_from_ms(ms, LIMA_OFFSET_S);
    buf_addf(out, "%s %d/%d, %d:%02d", days[language][at.weekday], at.day, at.month, at.hour, at.minute);
}

void training_list_name(const struct training *t, char out[TRAINING_LIST])
{
    static const char *const names[] = {"dom", "lun", "mar", "mie", "jue", "vie", "sab"};
    const struct civil at = civil_from_ms(t->starts_ms, LIMA_OFFSET_S);
    snprintf(out, TRAINING_LIST, "%.*s %s %u/%u %u:%02u", (int)t->code.len, t->code.ptr, names[at.weekday],
             (unsigned)at.day % 100, (unsigned)at.month % 100, (unsigned)at.hour % 100, (unsigned)at.minute % 100);
}

struct saying {
    const struct training *training;
    enum tongue_of language;
    const struct training_values *values;
};

/* Writes what a {{name}} stands for. Returns false for a name that is none. */
static bool put_value(struct buf *out, struct slice name, const struct saying *s)
{
    const struct training *t = s->training;
    if (slice_is(name, "title"))
        buf_addslice(out, t->title);
    else if (slice_is(name, "when"))
        put_when(out, t->starts_ms, s->language);
    else if (slice_is(name, "where"))
        buf_addslice(out, t->place.len ? t->place : t->link);
    else if (slice_is(name, "code"))
        buf_addslice(out, t->code);
    else if (slice_is(name, "number"))
        buf_addi(out, s->values->number);
    else if (slice_is(name, "proof"))
        buf_addslice(out, s->values->proof);
    else if (slice_is(name, "list"))
        buf_addslice(out, s->values->list);
    else
        return false;
    return true;
}

/* Writes a text with what its names stand for. Returns false, with *bad, where it names what there is not. */
static bool put_text(struct buf *out, struct slice text, const struct saying *s, struct slice *bad)
{
    for (size_t at = 0; at < text.len;) {
        size_t open = at, close;
        while (open < text.len && !slice_starts(slice_part(text, open, text.len), "{{"))
            open++;
        buf_addslice(out, slice_part(text, at, open));
        for (close = open; close < text.len && !slice_starts(slice_part(text, close, text.len), "}}");)
            close++;
        const struct slice name = slice_trim(slice_part(text, open + 2, close));
        if (open < text.len && !put_value(out, name, s)) {
            *bad = name;
            return false;
        }
        at = close + 2;
    }
    return true;
}

bool training_text_good(struct slice text, struct slice *bad)
{
    static const struct training none = {0};
    static const struct training_values values = {0};
    const struct saying saying = {&none, IN_SPANISH, &values};
    struct buf out;
    buf_init(&out, TRAINING_SAID_MAX);
    const bool good = put_text(&out, text, &saying, bad);
    buf_release(&out);
    return good;
}

enum error training_fill(const struct training *t, struct slice words, const char *language,
                         const struct training_values *values, struct arena *arena, struct slice *out)
{
    const struct saying saying = {t, language_of(language), values};
    struct slice bad;
    struct buf said;
    buf_init(&said, TRAINING_SAID_MAX);
    (void)put_text(&said, words, &saying, &bad); /* what staff wrote was looked at when they did */
    enum error error = said.error;
    *out = error ? SLICE_NONE : arena_copy(arena, buf_slice(&said));
    buf_release(&said);
    return error || out->ptr ? error : ERR_NOMEM;
}

enum error training_fits(const struct training *t, struct arena *arena, const char **text)
{
    static const char proof[] = "999999-4294967295";
    char list[TRAINING_LIST_MAX * TRAINING_LIST];
    memset(list, 'x', sizeof(list));
    const struct training_values longest = {.number = UINT32_MAX, .proof = SLICE(proof), .list = {list, sizeof(list)}};
    enum error error = OK;
    for (size_t i = 0; i < TRAINING_TEXTS && !error; i++) {
        const struct arena_mark mark = arena_mark(arena);
        struct slice said;
        error = training_say(t, (enum training_text)i, "es", &longest, arena, &said);
        arena_rewind(arena, mark);
        *text = training_texts[i];
    }
    return error;
}

enum error training_say(const struct training *t, enum training_text text, const char *language,
                        const struct training_values *values, struct arena *arena, struct slice *out)
{
    const char *usual = texts[language_of(language)][text];
    return training_fill(t, t->texts[text].len ? t->texts[text] : slice_of(usual), language, values, arena, out);
}
