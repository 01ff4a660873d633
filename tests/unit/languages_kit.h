/* The shipped languages, for tests that have words understood. */
#ifndef TESTS_LANGUAGES_KIT_H
#define TESTS_LANGUAGES_KIT_H

#include <stdio.h>
#include <stdlib.h>

#include "base/error.h"
#include "gateway/languages.h"

/* Gives the shipped languages, which are read once. Ends the test when they cannot be. */
static inline const struct languages *kit_languages(void)
{
    static const struct languages *languages;
    struct faults faults;
    if (languages)
        return languages;
    faults_init(&faults);
    languages = languages_beside("config/flows", &faults);
    faults_print(&faults, stdout);
    faults_release(&faults);
    if (!languages)
        abort();
    return languages;
}

/* Gives the shipped lexicon of Spanish. */
static inline const struct lexicon *kit_lexicon(void)
{
    return languages_lexicon(kit_languages(), "es");
}

#endif
