/* What the handler of previews is made of: api_preview.c (what is asked, and who is looked at) and
 * api_preview_answer.c, and nobody else. Proved by tests/blackbox/broadcast-preview.test.mjs. */
#ifndef GATEWAY_API_PREVIEW_PARTS_H
#define GATEWAY_API_PREVIEW_PARTS_H

#include "gateway/api_parts.h"
#include "gateway/audience_sample.h"
#include "gateway/preview.h"

/* A preview under way; all of it lies in call->arena, and is what call->own is. */
struct previewing {
    struct notice notice;
    const struct channel *channels[PREVIEW_CHANNELS_MAX];
    const struct limit_rules *rules[PREVIEW_CHANNELS_MAX];
    size_t channel_count;
    struct slice purpose;
    int64_t start_ms, until_ms; /* until_ms 0: no such time */
    struct preview *preview;
    struct state state;          /* of the person looked at */
    struct query *query;         /* who it is for; NULL: no audience is named */
    const struct slice *numbers; /* those to be looked at */
    size_t number_count, at;
    uint64_t people;             /* whom the figures are for, those looked at among them */
    struct audience_count count; /* of the audience; zeroed where none is named */
    char key[KEY_MAX], fields[PREVIEW_CHANNELS_MAX][CONFIG_CHANNEL_NAME + 3];
};

/* Appends faults as problems have them: {"field", "rule"}, joined by commas, each once, and the first
 * of very many. */
void preview_put_faults(const struct faults *faults, struct buf *out);

/* Reckons, and answers. */
void preview_answer(struct api_call *call);

#endif
