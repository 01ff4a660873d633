/* What a script says that the engine finds.
 *
 * Internal to gateway/script_*.c. Each may be `none`, or `engine` for the real one (the kind is then NEED_NOTHING). A
 * trade is `none`, its key alone (the engine is sure of it), or {sure, trades}; a profile is `none` or {stage,
 * probability, outlook, lever}; resources are `none` or a list of {id, text, reason, contact}; trainings `none` or a
 * list of texts. Limits: those of dialog/advice.h. Proved by tests/unit/test_script.c. */
#ifndef GATEWAY_SCRIPT_ADVICE_H
#define GATEWAY_SCRIPT_ADVICE_H

#include "base/yaml.h"
#include "dialog/advice.h"

/* Fills in an advice, zeroed but for its kind; what it cannot be is a fault. */
void script_read_advice(const char *file, const struct yaml_node *node, struct faults *faults, struct advice *out);

/* Reads a decimal number with a minus or a point or not. Returns false, with *out unchanged, for anything else. */
bool script_number(struct slice text, double *out);

#endif
