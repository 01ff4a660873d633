/* Places: where in a flow file words stand that a person reads, or that a person's words are compared with.
 *
 * A place is called by its way through the file: `bienvenida.ask`, `ventas.retry.1`, `meta.options.finance` (its
 * title), `perfil.next.1.say`, `texts.closed`, `slots.stage.names.growth`, `alerts.1.say`, `timers.remind.say`,
 * `avisos.with.question`; lists count from 1, options go by their value. So a translation can lie in a file of its own
 * (flow_translate.c). Works on trees, before anything is compiled; what is not as it should be is passed over, for the
 * loader says so. Internal to dialog/flow_*.c. Proved by tests/unit/test_translate.c. */
#ifndef DIALOG_FLOW_PLACES_H
#define DIALOG_FLOW_PLACES_H

#include "dialog/flow_link.h"

#define PLACE_BYTES 160 /* of a name and its NUL */

enum place_kind {
    PLACE_TEXT,
    PLACE_FORMS, /* a list of forms of dialog/pattern.h */
    PLACE_CODE   /* the code that a template's language has at its provider */
};

struct place {
    enum place_kind kind;
    char name[PLACE_BYTES];
    struct yaml_node **node; /* the value, in its map or list: may be put another in its place; NULL: it is not there */
    struct yaml_node *map;   /* FORMS that are not there: where they may be put, as `words`; else NULL */
};

/* Called with each place; the place is good during the call. */
typedef void place_visit(void *ctx, const struct place *place);

/* Visits every place of a file's tree, in the file's order. `flows` has the files that its calls may name. */
void flow_places(const struct flows *flows, const struct flow_source *source, place_visit *visit, void *ctx);

#endif
