/* Rendering: what was said, as messages of one kind of channel. What render.c and render_narrow.c share.
 *
 * Internal. Everything lies in the arena; nothing here knows flows. Proved by tests/unit/test_render.c
 * and test_long_texts.c. */
#ifndef DIALOG_RENDER_H
#define DIALOG_RENDER_H

#include "dialog/dialog.h"

/* Of a WhatsApp text without buttons, at its narrowest provider. Source: providers.md part 2.6. */
#define PLAIN_CHARS_MAX 1600

#define RENDER_USUAL 2048 /* bytes that most answers have at most */

/* Messages being made. */
struct rendering {
    struct arena *arena;
    struct message *messages;
    size_t count, room; /* messages; room grows */
    size_t text_chars;  /* WhatsApp: most characters of a plain text */
    const struct sms_policy *sms;
    const struct tongue *tongue; /* NULL: Spanish */
    enum error error;            /* sticks */
};

/* Adds a text message, copying the text. Returns NULL with `error` set. */
struct message *render_add(struct rendering *r, enum message_kind kind, struct slice text);

/* Appends text as USSD and a plain SMS can show it: transliterated, and whatever GSM-7 still lacks (an emoji that
 * somebody sent) left out. Returns its septets; RENDER_UNMEASURED where nobody counted them. */
#define RENDER_UNMEASURED SIZE_MAX
size_t render_narrow(struct slice text, struct buf *out);

/* Appends the options of a SAY, a line each, marked 1, 2, ... or A, B, ... */
void render_options(const struct effect *say, struct buf *out);

/* Renders all SAYs for SMS, and for one USSD page with the rest in state->pending. */
void render_sms(struct rendering *r, const struct effect *effects, size_t count);
void render_ussd(struct rendering *r, const struct effect *effects, size_t count, size_t page_units, bool ended,
                 struct state *state);

#endif
