/* The catalogue's inside: what its notations share. Every notation is made into the same tree, and read by the same
 * table of fields, so that none can take what another refuses.
 *
 * For the files engine/catalogue_*.c alone; everybody else has catalogue.h. Proved by tests/unit/test_catalogue.c and
 * tests/unit/test_catalogue_forms.c. */
#ifndef ENGINE_CATALOGUE_PARTS_H
#define ENGINE_CATALOGUE_PARTS_H

#include "base/yaml.h"
#include "engine/catalogue.h"

#define CATALOGUE_TREE_MAX (32u * 1024 * 1024) /* bytes */

/* How a field is written. */
enum catalogue_form {
    CATALOGUE_TEXT,
    CATALOGUE_WORD, /* plain: a key, a day */
    CATALOGUE_NUMBER,
    CATALOGUE_LIST, /* words, always a list */
    CATALOGUE_SET,  /* words, or "all" */
    CATALOGUE_LINES /* texts */
};

/* Tell of a field by its number, below CATALOGUE_FIELDS, in the order that entries are written in. */
const char *catalogue_field(size_t number);
enum catalogue_form catalogue_form(size_t number);
bool catalogue_requires(size_t number);

/* Finds a field's number; CATALOGUE_FIELDS where there is none of the name. */
size_t catalogue_field_number(struct slice key);

/* Adds a fault for a name that no field has. */
void catalogue_fault_key(const char *file, const struct yaml_node *key, struct faults *faults);

/* Adds a fault for missing memory. */
void catalogue_fault_memory(const char *file, struct faults *faults);

/* Reads the entries of a tree, which lies in `tree`: that is the catalogue's from now on, or freed. Returns as
 * catalogue_read(). */
struct catalogue *catalogue_make(const char *file, struct arena *tree, struct yaml_node *const *entries, size_t count,
                                 struct faults *faults);

/* Tells whether a word is a good link, or none at all: what begins with a scheme must be http or https, name a host of
 * letters, digits, dots and -, and have visible ASCII only. */
bool catalogue_is_link(struct slice word);

#endif
