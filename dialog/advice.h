/* Advice: what the engine found, in the conversation's words.
 *
 * The conversation and the engine do not know each other. A step that wants understanding returns a need; the turn asks
 * the engine and steps again with the advice, so that a recorded conversation replays with the same answers.
 * Plain values, fixed size. Proved by tests/unit/test_step.c (advice taken) and test_think.c (advice given). */
#ifndef DIALOG_ADVICE_H
#define DIALOG_ADVICE_H

#include <stdbool.h>
#include <stddef.h>

#define ADVICE_LABELS_MAX 3
#define ADVICE_RESOURCES_MAX 3
#define ADVICE_TRAININGS_MAX 3
#define ADVICE_KEY 40   /* bytes of a key and its NUL */
#define ADVICE_TEXT 256 /* bytes of a sentence and its NUL */

enum need {
    NEED_NOTHING,
    NEED_INDUSTRY,  /* what trade is this text? */
    NEED_PROFILE,   /* which stage, which outlook, for these facts? */
    NEED_RESOURCES, /* what would help, for these facts? */
    NEED_TRAININGS, /* which trainings could she sign up for now? */
    NEED_TEXTS /* what does it say of the resources that were given before? Never a state's own need: it is asked by
                  the turn, for a step that says them again (struct reminder) */
};

struct advice_label {
    char key[ADVICE_KEY];  /* an industry's key, as models/industries.yaml has it */
    char name[ADVICE_KEY]; /* its Spanish name, at most 24 characters so that it fits a list row */
    double probability;
};

struct advice_resource {
    char id[ADVICE_KEY];
    char text[ADVICE_TEXT];   /* what it is, in Spanish, at most 120 characters */
    char reason[ADVICE_TEXT]; /* why this one, for this person, in Spanish, at most 60 characters */
    char contact[ADVICE_TEXT];
    char why[ADVICE_KEY]; /* the reason, as the engine finds its words again: kind and key; both may be "" */
    char why_key[ADVICE_KEY];
};

/* What is large comes last, and is told by its counts: an advice without any costs little. */
struct advice {
    enum need kind;
    size_t label_count, resource_count, training_count;
    bool sure;                /* INDUSTRY: above the model's own threshold */
    char stage[ADVICE_KEY];   /* PROFILE: startup, growth, established, decline */
    double stage_probability; /* PROFILE */
    char outlook[ADVICE_KEY]; /* PROFILE: riesgo, estable, por crecer; for staff, never said to an owner as a verdict */
    char lever[ADVICE_KEY]; /* PROFILE: place, formalise or training: what she lacks that goes with survival; "" none */
    char version[ADVICE_KEY];                      /* the model's or rule's version */
    double propensities[ADVICE_RESOURCES_MAX];     /* RESOURCES: how likely each was given; 0 where nothing was drawn */
    struct advice_label labels[ADVICE_LABELS_MAX]; /* INDUSTRY: best first */
    struct advice_resource resources[ADVICE_RESOURCES_MAX]; /* RESOURCES: best first; TEXTS: those of the state, in its
                                                               order, and nothing said of what is gone */
    char trainings[ADVICE_TRAININGS_MAX][ADVICE_KEY]; /* TRAININGS: the next to begin first, as "CAJA vie 5/12 15:00":
                                                         the word that she signs up by, and when */
};

#endif
