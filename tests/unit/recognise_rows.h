/* Rows of the recognisers' tests: what was written, the value expected, and whether it may be taken unasked.
 *
 * All texts are made up for these tests. They are dated 23 November 2026, noon in Lima. */
#ifndef TESTS_RECOGNISE_ROWS_H
#define TESTS_RECOGNISE_ROWS_H

#include <string.h>

#include "tests/unit/unit.h"

#include "base/mem.h"
#include "dialog/recognise.h"
#include "tests/unit/languages_kit.h"

#define ROWS_WRITTEN_MS (1795453200 * INT64_C(1000)) /* 2026-11-23T17:00:00Z */

enum sureness { SURE, DOUBTFUL };

struct recognise_row {
    const char *text;
    const char *value; /* NULL: must not be understood */
    enum sureness sureness;
};

/* Checks every row, with the allocator failing throughout: recognisers have no need of it. */
static inline void check_rows(enum slot_type type, const char *choices, const struct recognise_row *rows, size_t count)
{
    const struct lexicon *lexicon = kit_lexicon();
    mem_fail_after(0);
    for (size_t i = 0; i < count; i++) {
        struct recognised found = {"(nothing)", -1};
        enum error error = recognise(lexicon, type, slice_of(choices), slice_of(rows[i].text), ROWS_WRITTEN_MS, &found);
        const char *value = rows[i].value ? rows[i].value : "(nothing)";
        if (strcmp(found.value, value) != 0 ||
            (found.confidence >= RECOGNISE_SURE) != (rows[i].value && !rows[i].sureness))
            fail_msg("\"%s\" gave %s %.2f, not %s %s", rows[i].text, found.value, found.confidence, value,
                     !rows[i].value             ? ""
                     : rows[i].sureness == SURE ? "for sure"
                                                : "in doubt");
        assert_int_equal(error, rows[i].value ? OK : ERR_NOT_FOUND);
    }
    mem_fail_after(-1);
}

#define CHECK_ROWS(type, choices, rows) check_rows((type), (choices), (rows), COUNT(rows))

#endif
