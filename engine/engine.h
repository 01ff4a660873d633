/* The engine: understanding and advice from models on this machine.
 *
 * One handle holds all models, the industries' names and the catalogue; it is read at start-up (or reload), checked
 * whole, and never changes while it is used. Prediction allocates nothing, takes microseconds, and runs the same
 * normalisation as training. Must not know: dialogue, channels, Redis. Failure policy: a missing or damaged model is
 * a fault at start, never at prediction. Proved by tests/unit/test_engine_*.c. */
#ifndef ENGINE_ENGINE_H
#define ENGINE_ENGINE_H

#include "base/crypto.h"
#include "base/error.h"
#include "base/slice.h"

#define ENGINE_LABELS_MAX 16
#define ENGINE_KEY 40
#define ENGINE_REASONS 3
#define ENGINE_TEXT 256

struct engine;

/* Reads models (a registry directory: NAME/champion names a version vNNNN), models' industries file and the
 * catalogue. Paths are files' paths. `engine_open` gives a whole engine or NULL with faults; free with
 * engine_close(). Blocks on the disk. */
struct engine *engine_open(const char *registry_dir, const char *industries_file, const char *catalogue_file,
                           struct faults *faults);
void engine_close(struct engine *engine);

struct catalogue;

/* Gives the catalogue in use. */
const struct catalogue *engine_catalogue(const struct engine *engine);

/* Changes the catalogue in use, and its digest, for another: *catalogue and `digest` are the one before afterwards, for
 * whoever wants it back. What was recommended and not yet copied points into that one. */
void engine_swap_catalogue(struct engine *engine, struct catalogue **catalogue, char digest[DIGEST_TEXT]);

#define ENGINE_LANGUAGES_MAX 8

/* Lets the engine speak a language beside Spanish, from its file (engine/speech.h). Returns false with a fault; then it
 * goes on in those that it has. Blocks on the disk. */
bool engine_speak(struct engine *engine, const char *language, const char *file, struct faults *faults);

#define ENGINE_MODELS_MAX 7

/* One of the files that the engine's answers come from. */
struct engine_model {
    char name[ENGINE_KEY];    /* a model's version, "industry v0001"; or "catalogue", "industries" */
    char digest[DIGEST_TEXT]; /* of the file's bytes */
};

/* Tells which files are in use. Returns how many were written. */
size_t engine_models(const struct engine *engine, struct engine_model out[ENGINE_MODELS_MAX]);

struct guess {
    char label[ENGINE_KEY];
    double probability; /* calibrated, 0 to 1 */
};

struct prediction {
    struct guess guesses[ENGINE_LABELS_MAX]; /* best first */
    size_t count;
    bool sure;                                /* at or above the model's own threshold */
    char reasons[ENGINE_REASONS][ENGINE_KEY]; /* words that weighed most for the best label; "" when fewer */
    char version[ENGINE_KEY];                 /* "industry v0001" */
};

/* Facts about a business, each with a sentinel for unknown. */
struct business {
    int tenure_months;  /* -1 not yet open; TENURE_UNKNOWN */
    double sales_month; /* soles a month; below 0 unknown or refused */
    bool sales_refused;
    char trend[8];             /* up same down; "" unknown */
    double customers_week;     /* below 0 unknown */
    double workers;            /* owner included; below 0 unknown */
    int has_ruc;               /* 1 yes, 0 no, -1 unknown */
    int fixed_place;           /* 1 yes, 0 no, -1 not told as a fact; see business_place() */
    char regime[8];            /* NRUS RER RMT RG none; "" unknown */
    char region[4];            /* INEI two digits; "" unknown */
    char goal[16];             /* "" unknown */
    char industry[ENGINE_KEY]; /* key; "" unknown */
    char activity[301];        /* the owner's words; "" unknown */
};
#define TENURE_UNKNOWN (-1000)

/* Makes a business of which nothing is known. */
void business_init(struct business *business);

/* Sets one fact from its slot's name and canonical value (DESIGN 1.4). Slots that mean nothing here are ignored.
 * Returns ERR_VALUE, with nothing changed, when the value is not of the slot's type. Days become months by 26, weeks
 * by 4.33. */
MUST_USE enum error business_set(struct business *business, struct slice slot, struct slice value);

/* Predicts the industry from words. Never fails: for text without a known feature, the base rates, unsure. */
void engine_industry(const struct engine *engine, struct slice text, struct prediction *out);

/* As engine_industry(), and gives no reasons: who does not tell them need not find them. */
void engine_industry_only(const struct engine *engine, struct slice text, struct prediction *out);

/* Gives the stage: the documented rule where its facts are whole, else the model's P(stage | what is known). */
void engine_stage(const struct engine *engine, const struct business *business, struct prediction *out);

#define ENGINE_QUESTIONS_MAX 5

/* A fact that nobody asked yet, and what its answer would tell. */
struct engine_question {
    const char *slot; /* a name of DESIGN 1.4; the engine's */
    double bits;      /* of the stage, expected; from 0 */
};

/* Tells which facts that are unknown would tell most of the stage, most first. Returns how many: 0 where the stage is
 * decided. */
size_t engine_questions(const struct engine *engine, const struct business *business,
                        struct engine_question out[ENGINE_QUESTIONS_MAX]);

/* Gives the outlook: labels riesgo, estable, "por crecer". For staff; wherever it is shown, engine_outlook_auc() is
 * too.
 */
void engine_growth(const struct engine *engine, const struct business *business, struct prediction *out);

struct engine_interval {
    double value, low, high; /* 95 % */
};

/* Tells how well the two models behind the outlook order firms that know as much as this one does of its place: areas
 * under the curve, 0.5 is chance. */
void engine_outlook_auc(const struct engine *engine, const struct business *business, struct engine_interval *closing,
                        struct engine_interval *growth);

/* A thing that an owner can change and that goes with survival; not known to cause it. */
struct engine_lever {
    char key[ENGINE_KEY];            /* place, formalise, training */
    struct engine_interval survival; /* how many more of a hundred firms that have it live after 14 months */
};

/* Gives the lever that goes with survival most, among those whose interval lies above 0 and that this business is known
 * to lack. Returns false, with *out unchanged, when there is none. */
bool engine_lever(const struct engine *engine, const struct business *business, struct engine_lever *out);

/* Gives an industry's name (at most 24 characters) in a language, Spanish where that is not spoken; NULL for a key that
 * is none. */
const char *engine_industry_name(const struct engine *engine, const char *language, const char *key);

/* Gives a resource's contact in a language, in Spanish where that is not spoken, or NULL for an id that is none. */
const char *engine_resource_contact(const struct engine *engine, const char *language, struct slice id);

/* A resource, as it is told; the engine's. */
struct engine_told {
    const char *id;             /* "": none has the number any more */
    const char *text, *contact; /* "" of an entry that is past its day */
};

/* Gives what is told of the resource with a number (engine_shown()) on a day. */
struct engine_told engine_resource(const struct engine *engine, const char *language, uint16_t number,
                                   int64_t today_ms);

/* What is remembered of a reason, to find its words again. */
struct engine_why {
    const char *kind, *key; /* of a recommendation: constant; NULL: there is no such reason */
};

/* Writes a reason's words (ENGINE_TEXT bytes at most, with their NUL) in a language; none for one that is none. */
void engine_reason(const struct engine *engine, const char *language, struct engine_why why, char out[ENGINE_TEXT]);

/* What is asked for, beside the facts. */
struct recommend_ask {
    const char *language;  /* of texts and reasons; NULL, or one that is not spoken: Spanish */
    int64_t today_ms;      /* drops what is out of date */
    uint64_t seed;         /* of the draws by which the ranker explores; 0: none, the likeliest are given */
    const uint16_t *shown; /* engine_shown() of resources that this owner got before; NULL: none */
    size_t shown_count;
    bool page_alone; /* nobody will ask how likely the page was: propensities are left 0 */
};

struct recommendation {
    char id[ENGINE_KEY];
    double score; /* 0 to 1, best first in each three: by the rules, or the ranker's probability that it is of use */
    double propensity; /* how likely this page would have it, over all draws; 0 where nothing was drawn */
    char reasons[ENGINE_REASONS][ENGINE_TEXT]; /* strongest first; "" when fewer */
    struct engine_why whys[ENGINE_REASONS];    /* of each */
    const char *text;                          /* what it is, with accents, at most 120 characters; the engine's */
    const char *contact;                       /* the engine's */
};

/* Gives the number by which a resource that was shown is remembered: short, so that two may share one. */
uint16_t engine_shown(struct slice id);

/* Recommends up to `max` resources, best first: hard eligibility, then score, never three of one kind, those shown
 * before behind the others. An industry that is unknown is taken from the activity when the model is sure of it.
 * Returns how many were written. */
size_t engine_recommend(const struct engine *engine, const struct business *business, const struct recommend_ask *ask,
                        struct recommendation *out, size_t max);

#endif
