/* The industries: models/industries.yaml as a table.
 *
 * Keys are the model's labels, names are what owners read. Read whole and checked whole: every key of the vocabulary
 * once, nothing else. Failure policy: each fault has file:line:col and remedy. Proved by
 * tests/unit/test_engine_industry.c. */
#ifndef ENGINE_INDUSTRIES_H
#define ENGINE_INDUSTRIES_H

#include "base/error.h"
#include "base/slice.h"
#include "engine/vocabulary.h"

#define INDUSTRY_NAME_MAX 24  /* characters: a row of a WhatsApp list */
#define INDUSTRY_ABOUT_MAX 72 /* characters: its second line */
#define INDUSTRY_ISIC_MAX 80

struct industry {
    char name[INDUSTRY_NAME_MAX * 4 + 1];
    char about[INDUSTRY_ABOUT_MAX * 4 + 1];
    char isic[INDUSTRY_ISIC_MAX]; /* divisions and groups, for people */
};

struct industries {
    struct industry items[INDUSTRY_COUNT]; /* by word_number(&industries, key) */
};

/* Reads the file's bytes. Returns OK, or ERR_SYNTAX, ERR_VALUE or ERR_NOMEM with faults and *out unchanged. */
MUST_USE enum error industries_read(const char *file, struct slice bytes, struct faults *faults,
                                    struct industries *out);

#endif
