/* What a silence, or a month after a visit, brings about: the timers of a flow, and what is asked who dials again. */
#include "dialog/flow_load.h"

#define AFTER_MIN_MS 1000LL
#define REDIAL_AFTER_MS 600000LL
#define AGAIN_MIN_MS 86400000LL
#define AFTER_MAX_MS (366 * 86400000LL)

static int64_t load_after(struct loader *l, const struct yaml_node *map)
{
    const struct yaml_node *node = yaml_get(map, "after");
    size_t before = l->faults->total;
    int64_t after_ms = load_span(l, map, "after", AFTER_MIN_MS);
    if (!node)
        yaml_fault(l->faults, l->file, map, "this timer never fires: say with `after` how long it waits, as in 20h");
    else if (l->faults->total == before && (after_ms < AFTER_MIN_MS || after_ms > AFTER_MAX_MS))
        yaml_fault(l->faults, l->file, node, "'after' is '%.*s': a timer waits from 1s to 366d", (int)node->text.len,
                   node->text.ptr);
    return after_ms;
}

/* Where a timer or a dial leads is an aside, so that the open question is kept, and what it asks is asked once. */
static int load_destination(struct loader *l, const struct yaml_node *node, const char *what)
{
    int to = node ? load_state_ref(l, node) : FLOW_NONE;
    if (to == FLOW_NONE)
        return to;
    if (!l->states[to].aside)
        yaml_fault(l->faults, l->file, node,
                   "%s leads to state %s, which would lose the open question: give it `aside: true`", what,
                   l->states[to].name);
    if (l->states[to].ask && !l->states[to].quiet)
        yaml_fault(l->faults, l->file, node,
                   "%s asks the question of state %s, and a timer would ask it again: give it `quiet: true`", what,
                   l->states[to].name);
    return to;
}

/* Each kind of timer does one thing. */
static void check_does(struct loader *l, const struct yaml_node *map, const struct flow_timer *timer)
{
    bool says = yaml_get(map, "say"), leads = yaml_get(map, "to");
    if (timer->from == FROM_ANSWER && (leads || says + timer->end != 1))
        yaml_fault(l->faults, l->file, map,
                   "a timer `from: answer` either says something (`say`) or ends the session (`end: true`): give one "
                   "of the two, and no `to`");
    if (timer->from == FROM_TICKET && (leads || timer->end || !says))
        yaml_fault(l->faults, l->file, map,
                   "a timer `from: ticket` tells that nobody of the staff has answered yet: give it `say`, and neither "
                   "`to` nor `end`");
    if (timer->from >= 0 && (says || timer->end || !leads))
        yaml_fault(l->faults, l->file, map,
                   "a timer from a state leads to a state: give it `to`, and neither `say` nor `end`");
    if (timer->end && yaml_get(map, "template"))
        yaml_fault(l->faults, l->file, map, "a timer that ends the session says nothing: leave its `template` out");
    if (timer->again && (timer->from < 0 || timer->after_ms < AGAIN_MIN_MS))
        yaml_fault(l->faults, l->file, map,
                   "`again` is for a timer from a state, and nobody is written to each hour: let it wait 1d or more");
}

static void load_timer(struct loader *l, const struct yaml_node *map, struct flow_timer *out)
{
    static const char *const keys[] = {"after", "from", "when", "say", "end", "to", "template", "again", NULL};
    *out = (struct flow_timer){
        .from = FLOW_NONE, .to = FLOW_NONE, .file = load_file(l, map), .line = map->line, .column = map->column};
    if (!load_keys(l, map, "a timer", keys))
        return;
    const struct yaml_node *from = load_scalar(l, map, "from");
    out->after_ms = load_after(l, map);
    if (from && slice_is(from->text, "answer"))
        out->from = FROM_ANSWER;
    else if (from && slice_is(from->text, "ticket"))
        out->from = FROM_TICKET;
    else if (from)
        out->from = load_state_ref(l, from);
    else
        yaml_fault(l->faults, l->file, map,
                   "this timer is never set: say with `from` what it counts from, `answer`, "
                   "`ticket` or the name of a state");
    out->when = load_guard(l, yaml_get(map, "when"), false);
    out->say = load_said(l, map, "say");
    out->end = load_flag(l, map, "end");
    out->again = load_flag(l, map, "again");
    out->to = load_destination(l, load_scalar(l, map, "to"), "a timer");
    out->template = load_template(l, yaml_get(map, "template"), SCOPE_TEXT);
    check_does(l, map, out);
}

void load_redial(struct loader *l, const struct yaml_node *node)
{
    static const char *const keys[] = {"after", "to", NULL};
    struct flow *flow = l->flow;
    if (!node || !load_keys(l, node, "`redial`", keys))
        return;
    const struct yaml_node *to = load_scalar(l, node, "to");
    flow->redial_after_ms = load_span(l, node, "after", REDIAL_AFTER_MS);
    flow->redial = load_destination(l, to, "`redial`");
    if (!to)
        yaml_fault(l->faults, l->file, node,
                   "`redial` leads nowhere: name with `to` the question that asks whether to go on");
    else if (flow->redial != FLOW_NONE && !flow->states[flow->redial].ask)
        yaml_fault(l->faults, l->file, to, "`redial` leads to state %s, which asks nothing: give it `ask` and options",
                   flow->states[flow->redial].name);
    if (flow->redial_after_ms >= flow->expire_after_ms)
        yaml_fault(l->faults, l->file, node,
                   "`redial` waits as long as `expire_after`: no question would be open by then; let it wait less");
}

/* A reminder of a session that has ended by then is a mistake. */
static void check_order(struct loader *l, const struct yaml_node *node, const struct flow_timer *timers)
{
    for (size_t i = 0; i < node->count; i++)
        for (size_t j = 0; j < node->count; j++)
            if (timers[i].from == FROM_ANSWER && timers[i].say && timers[j].end &&
                timers[i].after_ms >= timers[j].after_ms)
                yaml_fault(l->faults, l->file, node->pairs[i].key,
                           "timer %s never speaks, because %s has ended the session by then: let it wait less",
                           timers[i].name, timers[j].name);
}

void load_timers(struct loader *l, const struct yaml_node *node)
{
    if (!node)
        return;
    if (node->kind != YAML_MAP || node->count > DIALOG_TIMERS_MAX) {
        yaml_fault(l->faults, l->file, node, "`timers` must be a map of at most %d named timers", DIALOG_TIMERS_MAX);
        return;
    }
    struct flow_timer *timers = load_make(l, node->count, sizeof(*timers));
    for (size_t i = 0; timers && i < node->count; i++) {
        load_timer(l, node->pairs[i].value, &timers[i]);
        load_name(l, node->pairs[i].key, "timer", timers[i].name);
    }
    if (timers)
        check_order(l, node, timers);
    l->flow->timers = timers;
    l->flow->timer_count = timers ? node->count : 0;
}
