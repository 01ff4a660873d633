/* Previews: what a notice says, costs and takes, per channel, before anybody gets it.
 *
 * People are looked at one by one (preview_add()), each goes by the first of the channels, in the order of preference,
 * that can reach her, and her message is written as it would go. Where not all were looked at, the figures of those
 * who were stand for all: `basis` tells. Without anybody each channel tells of a message to who told nothing, and the
 * first one that can begin a message is reckoned to reach all.
 * Pure: the instant is an argument; allocates from the arena alone. Must not know: Redis, how people are found. Failure
 * policy: ERR_NOMEM, and nothing is half told. Proved by tests/unit/test_preview.c. */
#ifndef GATEWAY_PREVIEW_H
#define GATEWAY_PREVIEW_H

#include "gateway/letters.h"
#include "gateway/limits.h"
#include "gateway/notice.h"
#include "gateway/profile.h"

#define PREVIEW_CHANNELS_MAX 4
#define PREVIEW_PEOPLE_MAX 256 /* looked at */
#define PREVIEW_SAMPLES_MAX (FLOW_LANGS_MAX + 2)

/* What the figures rest on. */
enum preview_basis {
    PREVIEW_EVERYBODY, /* each was looked at */
    PREVIEW_SAMPLE,    /* some were, and stand for all */
    PREVIEW_ASSUMED    /* nobody was: as to who told nothing */
};

/* Why somebody gets nothing. */
enum preview_reason {
    PREVIEW_UNKNOWN, /* there is no such person */
    PREVIEW_OPTED_OUT,
    PREVIEW_NEVER_WROTE,   /* was only imported */
    PREVIEW_NOT_CONFIRMED, /* said yes once, not twice */
    PREVIEW_NO_CONSENT,    /* to its purpose */
    PREVIEW_NO_CHANNEL,    /* WhatsApp alone is left, and she never wrote there */
    PREVIEW_NO_WINDOW,     /* or not within the day, and there is no template */
    PREVIEW_CAP            /* had her share of the month */
};
#define PREVIEW_REASONS 8

/* A message as it goes. */
struct preview_sample {
    const char *which; /* "bare": to who told nothing; "typical", "longest": of those looked at */
    struct slice language;
    struct notice_said said;
    bool open; /* WhatsApp: as free words, else as the template */
    int64_t price;
};

struct preview_channel {
    const struct channel *channel;
    uint64_t people;            /* who get it here */
    uint64_t templates;         /* of them, by the template */
    uint64_t segments;          /* in all; messages on WhatsApp */
    uint64_t shortened;         /* whose words would be too long */
    int64_t price;              /* in all; PRICE_UNKNOWN. Units: ten-thousandths of the currency */
    int64_t begins_ms, ends_ms; /* LIMIT_NEVER: not within ten years */
    uint64_t missed;            /* of people, whom the rate would reach only when nobody more gets it */
    struct preview_sample samples[PREVIEW_SAMPLES_MAX];
    size_t sample_count;
    struct letter letters[LETTERS_MAX]; /* SMS: of all languages' texts */
    size_t letter_count;
};

struct preview_result {
    enum preview_basis basis;
    uint64_t people, looked_at;         /* all, and those that the figures rest on */
    uint64_t excluded[PREVIEW_REASONS]; /* of all, each for one reason */
    struct preview_channel channels[PREVIEW_CHANNELS_MAX];
    size_t channel_count;
};

struct preview_person {
    struct slice number;
    const struct state *state;                /* good during the call; NULL: there is no such person */
    bool wrote;                               /* she ever did */
    bool capped;                              /* had her share of the month in which it is sent */
    enum profile_standing standing;           /* to its purpose */
    int64_t inbound_ms[PREVIEW_CHANNELS_MAX]; /* when she last wrote on each of the channels; 0 never */
};

struct preview;

/* Begins a preview of a checked notice on some channels in the order of preference, with their rules. Owner: borrows
 * all of them. `start_ms` is when it is to be sent, `until_ms` from when on nobody more gets it (0: no such time).
 * Returns NULL without memory. */
struct preview *preview_open(const struct notice *notice, const struct channel *const *channels,
                             const struct limit_rules *const *rules, size_t count, int64_t start_ms,
                             int64_t until_ms, struct arena *arena);

/* Looks at a person; beyond PREVIEW_PEOPLE_MAX nothing is done. Returns OK or ERR_NOMEM. */
MUST_USE enum error preview_add(struct preview *preview, const struct preview_person *person);

/* Reckons for `people` in all, those looked at among them. Returns OK or ERR_NOMEM. */
MUST_USE enum error preview_finish(struct preview *preview, uint64_t people, struct preview_result *out);

/* Gives names for programs: "everybody", "sample", "assumed"; "unknown", "opted_out", "no_consent", "no_channel",
 * "no_window", "never_wrote", "not_confirmed", "cap". */
const char *preview_basis_name(enum preview_basis basis);
const char *preview_reason_name(enum preview_reason reason);

#endif
