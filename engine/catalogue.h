/* The catalogue: what a business can be pointed to, as program staff keep it in models/catalogue.yaml.
 *
 * Read whole and checked whole at start or reload; never changes afterwards. Every fault names file, line, column,
 * rule and remedy, and all are found in one pass. Must not know: who gets what (recommend.h). Invariants: ids are
 * unique; texts are Spanish of at most 120 characters that a plain SMS can carry. Failure policy: one fault refuses
 * the file, so that nobody is sent half a catalogue. Proved by tests/unit/test_catalogue.c and
 * tests/fuzz/fuzz_catalogue.c. */
#ifndef ENGINE_CATALOGUE_H
#define ENGINE_CATALOGUE_H

#include "base/error.h"
#include "base/slice.h"
#include "engine/tags.h"
#include "engine/vocabulary.h"

#define CATALOGUE_RESOURCES_MAX 500
#define CATALOGUE_FILE_MAX (1024u * 1024) /* bytes */
#define RESOURCE_TEXT_MAX 120             /* characters */
#define RESOURCE_GOALS_MAX 5
#define RESOURCE_OPEN INT64_MAX
#define CATALOGUE_FIELDS 23 /* an entry's, also those that it may leave out */

struct yaml_node;

enum formality { FORMALITY_ANY, FORMALITY_WITH_RUC, FORMALITY_WITHOUT_RUC };

#define SIZES_MICRO 1u
#define SIZES_PEQUENA 2u
#define SIZES_ASSOCIATIONS 4u
#define SIZES_ANY 8u

/* One resource. Texts live as long as the catalogue. A set that says "all" has every bit. */
struct resource {
    const char *id;
    uint16_t number; /* engine_shown(): no other has it */
    const char *name;
    const char *provider;
    const char *text; /* what the owner is told */
    const char *contact;
    const char *regions_note; /* for staff; "" none */
    enum kind kind;
    unsigned stages;     /* bits by enum stage */
    unsigned industries; /* bits by the industries' numbers */
    unsigned regions;    /* bits by the regions' numbers */
    enum formality formality;
    unsigned sizes;                /* bits SIZES_… */
    unsigned requires;             /* bits by the tags' numbers; all must be stated */
    unsigned regimes;              /* bits by the regimes' numbers; every bit when the entry does not say */
    int goals[RESOURCE_GOALS_MAX]; /* enum goal, what it serves best first */
    size_t goal_count;
    double sales_month_max;        /* soles; below 0 no limit */
    double workers_min;            /* people; below 0 no limit */
    double workers_max;            /* people; below 0 no limit */
    int tenure_months_min;         /* below 0 no limit */
    int64_t checked_on_ms;         /* the day's beginning in Lima */
    int64_t valid_until_ms;        /* the first instant in Lima when it is no longer valid; RESOURCE_OPEN */
    char confidence;               /* 'A', 'B' or 'C' */
    const struct yaml_node *entry; /* as it was written: for catalogue_write.h */
};

struct catalogue;

/* Reads a catalogue from a file's bytes; `file` is for faults. Returns a whole catalogue, freed with
 * catalogue_free(), or NULL with at least one fault (also when memory ended). Copies what it keeps. */
struct catalogue *catalogue_read(const char *file, struct slice bytes, struct faults *faults);

/* As catalogue_read(), of CSV: a row of fields' names, and a row an entry. In `goals` and sets words are apart by
 * commas or semicolons, `sources` has one a line; an empty cell is a field left out. Faults name line and column. */
struct catalogue *catalogue_read_csv(const char *file, struct slice bytes, struct faults *faults);

/* As catalogue_read(), of entries that are JSON objects, in their order, as catalogue_put_entry() writes them. A
 * fault's file is "ID.FIELD", of what cannot be told so "ID". None at all is a catalogue, too: the last one may be
 * removed. */
struct catalogue *catalogue_read_entries(const struct slice *entries, size_t count, struct faults *faults);

/* Frees a catalogue; NULL is allowed. */
void catalogue_free(struct catalogue *catalogue);

/* Tells how many resources there are. */
size_t catalogue_count(const struct catalogue *catalogue);

/* Gives a resource by its place in the file, below catalogue_count(). */
const struct resource *catalogue_at(const struct catalogue *catalogue, size_t place);

/* Gives a resource by id or number, or NULL. */
const struct resource *catalogue_find(const struct catalogue *catalogue, struct slice id);
const struct resource *catalogue_numbered(const struct catalogue *catalogue, uint16_t number);

#endif
