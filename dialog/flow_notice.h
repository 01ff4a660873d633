/* Notices over a flow: words for many people, compiled as the flow's own are.
 *
 * A notice's text is written as texts of flows are: in the flow's languages, with wordings for kinds of channel, and
 * {{slot}} speaks a fact. Behind a bar stands what is said to who has not told it: {{activity|tu negocio}}; with
 * nothing behind the bar nothing is said, and without a bar the line is left out. What somebody does not know, or
 * would not tell, counts as not told. Only facts and computed numbers can be named: what a conversation has on offer
 * is of that conversation. Must not know: channels' settings, who gets it. Failure policy: every fault is found in one
 * go, at the node's file, line and column. Proved by tests/unit/test_notice.c. */
#ifndef DIALOG_FLOW_NOTICE_H
#define DIALOG_FLOW_NOTICE_H

#include "base/yaml.h"
#include "dialog/flow.h"

#define NOTICE_TEXT_CHARS 1600 /* at its longest: what the narrowest provider takes. Source: providers.md part 2.6 */

/* Reads a text (a map of languages and variants, or words alone) over the flow's slots. Returns OK; ERR_VALUE with
 * faults; or ERR_NOMEM. The result lies in the arena and borrows of node and flow. */
MUST_USE enum error flow_notice_text(const struct flow *flow, const struct yaml_node *node, struct arena *arena,
                                     struct faults *faults, const struct text **out);

/* Reads a template of WhatsApp, as timers name them. Returns as above. */
MUST_USE enum error flow_notice_template(const struct flow *flow, const struct yaml_node *node, struct arena *arena,
                                         struct faults *faults, const struct flow_template **out);

#endif
