/* Reading a flow file: what its parts share.
 *
 * Internal to dialog/flow_*.c and guard.c. A loader goes on after a fault, so that one run finds them all; what could
 * not be read is NULL, 0 or FLOW_NONE and its flow is never used. Memory that is missing sticks in `out_of_memory`.
 * Proved by tests/unit/test_flow.c. */
#ifndef DIALOG_FLOW_LOAD_H
#define DIALOG_FLOW_LOAD_H

#include "base/yaml.h"
#include "dialog/flow.h"

struct flow_source;

/* A name that stands for a slot within one call. */
struct alias {
    const struct alias *next;
    const char *scope; /* the name of the state that calls */
    struct slice name, slot;
};

struct loader {
    const struct flows *flows; /* languages, and how they are spoken */
    const char *file;          /* where a node has none of its own */
    struct arena *arena;
    struct faults *faults;
    struct flow *flow;
    struct slot *slots;        /* flow->slots, while they are made */
    struct flow_state *states; /* flow->states, while they are made */
    const struct alias *aliases;
    const struct lacking *lacking; /* what translations lack */
    const struct wording *tells;   /* the first that says what a resource is; NULL: none does */
    const char *scope;             /* of the state that is being read: of its name what stands before the last dot */
    bool linked;                   /* names of states may have dots */
    bool out_of_memory;
};

/* What a text may refer to beside slots, labels and resources; in a notice to facts alone, and with what to say where
 * one is not known. */
enum scope { SCOPE_TEXT, SCOPE_DOUBT, SCOPE_ADVICE, SCOPE_TRAININGS, SCOPE_NOTICE };

/* Hands out zeroed room for `count` items in the flows' arena, or NULL with out_of_memory set. */
void *load_make(struct loader *l, size_t count, size_t size);

/* Finds each key of a map among `known` (ends with NULL), or adds a fault with the nearest one. `what` names the map
 * in the fault. Returns false when `node` is no map. */
bool load_keys(struct loader *l, const struct yaml_node *node, const char *what, const char *const *known);

/* Gives the nearest known name as " (did you mean 'x'?)", or "". The result lies in the arena. */
const char *load_hint(struct loader *l, struct slice word, const char *const *known);

/* Gives the program's name for what a slot is called in a scope: another only within a call. */
struct slice load_alias(const struct loader *l, const char *scope, struct slice name);
void load_add_alias(struct loader *l, const char *scope, struct slice name, struct slice slot);

/* Gives the index of a slot by the name it has in the state that is being read, or FLOW_NONE. */
int load_slot_index(const struct loader *l, struct slice name);

/* Gives the index of a computed number, or FLOW_NONE. */
int load_computed_index(const struct loader *l, struct slice name);

/* Reads `compute`; there may be none. */
void load_computed(struct loader *l, const struct yaml_node *node);

/* Reads a whole number of a map; false when it is not there, or after a fault. */
bool load_number(struct loader *l, const struct yaml_node *map, const char *key, double *out);

/* Gives the file that a node was written in. */
const char *load_file(const struct loader *l, const struct yaml_node *node);

/* Makes one tree of a main flow with `uses` and of what it uses: one file each. NULL without memory; what is wrong is a
 * fault. */
struct yaml_node *load_linked(struct loader *l, struct flow_source *sources, size_t count,
                              const struct flow_source *main);

/* Looks up a slot or a state that a scalar names, adding a fault with the nearest name. Returns FLOW_NONE then. */
int load_slot_ref(struct loader *l, const struct yaml_node *node);
int load_state_ref(struct loader *l, const struct yaml_node *node);

/* Gives a map's scalar; NULL when it is not there, or not a scalar (then with a fault). */
const struct yaml_node *load_scalar(struct loader *l, const struct yaml_node *map, const char *key);

/* Reads `key: true|false`; false when it is not there. */
bool load_flag(struct loader *l, const struct yaml_node *map, const char *key);

/* Takes a name into its place: lower-case letters, digits and _, beginning with a letter; else adds a fault. */
void load_name(struct loader *l, const struct yaml_node *node, const char *what, char out[DIALOG_NAME]);

/* Reads a span of time: digits and one of s, m, h, d. Gives `otherwise` when it is not there, or after a fault.
 * Units: milliseconds. */
int64_t load_span(struct loader *l, const struct yaml_node *map, const char *key, int64_t otherwise);

/* Reads a text: a scalar in the flow's own language, or a map of languages and variants. NULL for a NULL node. */
const struct text *load_text(struct loader *l, const struct yaml_node *node, enum scope scope);

/* Compiles one wording. */
const struct wording *load_wording(struct loader *l, const struct yaml_node *node, enum scope scope);

/* Reads a value: words, or exactly one {{reference}}. */
struct part load_part(struct loader *l, const struct yaml_node *node, enum scope scope);

/* Adds a fault when a text can grow above `chars` characters in any wording. */
void load_text_limit(struct loader *l, const struct text *text, size_t chars, const char *what, const char *remedy);

/* Adds a fault when an option's title can grow longer than a button, or a row of a list; a wording for SMS or USSD
 * alone, where it is a line of text, is as long as a row at most. */
void load_title_limit(struct loader *l, const struct text *title, bool list);

/* Adds a fault for each wording that SMS or USSD would show and that has a character outside GSM-7. */
void load_text_narrow(struct loader *l, const struct text *text);

/* Compiles a guard. `sure` tells whether the engine's certainty may be asked about. NULL for a NULL node or after a
 * fault. */
const struct guard *load_guard(struct loader *l, const struct yaml_node *node, bool sure);

/* Reads a list of forms of dialog/pattern.h, each bounded so that it costs little. None for a NULL node. */
struct forms load_forms(struct loader *l, const struct yaml_node *node);

/* Reads a state's or an alert's `mentions`; none for a NULL node. */
struct mentions load_mentions(struct loader *l, const struct yaml_node *node);

/* Reads `alerts`; there may be none. */
void load_alerts(struct loader *l, const struct yaml_node *node);

/* Reads what staff are asked for under `request`: one of `words`, which ends with NULL; NULL where it is not there. */
const char *load_request(struct loader *l, const struct yaml_node *map, const char *const *words);

/* Reads `keywords`; there may be none. */
void load_keywords(struct loader *l, const struct yaml_node *node);

/* Reads `timers`; there may be none. */
void load_timers(struct loader *l, const struct yaml_node *node);

/* Reads `redial`; there may be none. */
void load_redial(struct loader *l, const struct yaml_node *node);

/* Reads the `template` of a timer or a notice; NULL for a NULL node. */
const struct flow_template *load_template(struct loader *l, const struct yaml_node *node, enum scope scope);

/* Reads `migrate`; there may be none. */
void load_migrations(struct loader *l, const struct yaml_node *node);

/* Reads a text of the conversation: bounded for every channel, and cheap on the narrow ones. NULL when not there. */
const struct text *load_said(struct loader *l, const struct yaml_node *map, const char *key);

/* Reads a whole flow from its tree. */
void load_flow(struct loader *l, const struct yaml_node *root);

/* Reads slots; states with their transitions; phrases. Each adds its faults. */
void load_slots(struct loader *l, const struct yaml_node *node);
void load_states(struct loader *l, const struct yaml_node *node);

/* Tells whether a state, or a flow in what belongs to no state, reads what the engine said last to `of` (NEED_INDUSTRY
 * its labels, NEED_RESOURCES its resources). */
bool load_state_reads(const struct flow_state *state, enum need of);
bool load_flow_reads(const struct flow *flow, enum need of);

/* Checks what only the whole flow shows: states nobody reaches, rounds that never wait, values that no option gives. */
void load_check(struct loader *l);

#endif
