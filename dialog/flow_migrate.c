/* `migrate`: where those go on who began with an older version. */
#include <string.h>

#include "dialog/flow_load.h"

#define MOVES_MAX 500

static bool is_name(const struct yaml_node *node)
{
    return node->kind == YAML_SCALAR && node->text.len > 0 && node->text.len < DIALOG_NAME;
}

static void load_moves(struct loader *l, struct migration *out, const struct yaml_node *node)
{
    if (!node)
        return;
    if (node->kind != YAML_MAP || node->count > MOVES_MAX) {
        yaml_fault(l->faults, l->file, node, "`states` must be a map of `old state: state of this version`");
        return;
    }
    struct move_of_state *moves = load_make(l, node->count, sizeof(*moves));
    for (size_t i = 0; moves && i < node->count; i++) {
        moves[i].from = node->pairs[i].key->text;
        moves[i].to = load_state_ref(l, node->pairs[i].value);
        moves[i].line = node->pairs[i].key->line;
        moves[i].column = node->pairs[i].key->column;
        if (!is_name(node->pairs[i].key))
            yaml_fault(l->faults, l->file, node->pairs[i].key, "a state has a name of at most %d characters",
                       DIALOG_NAME - 1);
        if (moves[i].to != FLOW_NONE && !l->states[moves[i].to].ask)
            yaml_fault(l->faults, l->file, node->pairs[i].value,
                       "nobody can wait at state %s, which asks nothing: name a question", l->states[moves[i].to].name);
    }
    out->moves = moves;
    out->move_count = moves ? node->count : 0;
}

static void load_dropped(struct loader *l, struct migration *out, const struct yaml_node *node)
{
    if (!node)
        return;
    if (node->kind != YAML_LIST || node->count > DIALOG_SLOTS_MAX) {
        yaml_fault(l->faults, l->file, node, "`drop` must list slots of the older version, as in [sales]");
        return;
    }
    struct slice *dropped = load_make(l, node->count, sizeof(*dropped));
    for (size_t i = 0; dropped && i < node->count; i++) {
        dropped[i] = node->items[i]->text;
        if (!is_name(node->items[i]))
            yaml_fault(l->faults, l->file, node->items[i], "a slot has a name of at most %d characters",
                       DIALOG_NAME - 1);
    }
    out->dropped = dropped;
    out->dropped_count = dropped ? node->count : 0;
}

static void load_migration(struct loader *l, const struct yaml_node *node, struct migration *out)
{
    static const char *const keys[] = {"from", "states", "drop", NULL};
    uint64_t number = 0;
    *out = (struct migration){.file = load_file(l, node), .line = node->line, .column = node->column};
    if (!load_keys(l, node, "a migration", keys))
        return;
    const struct yaml_node *from = load_scalar(l, node, "from");
    if (!from || !slice_u64(from->text, UINT32_MAX, &number) || number >= l->flow->number ||
        !slice_copy(from->text, out->from, sizeof(out->from)))
        yaml_fault(l->faults, l->file, from ? from : node,
                   "`from` must be the number of a version before this one, which is %s", l->flow->version);
    load_moves(l, out, yaml_get(node, "states"));
    load_dropped(l, out, yaml_get(node, "drop"));
}

void load_migrations(struct loader *l, const struct yaml_node *node)
{
    if (!node)
        return;
    if (node->kind != YAML_LIST || node->count > FLOW_FILES_MAX) {
        yaml_fault(l->faults, l->file, node, "`migrate` must be a list, as in [{from: 1, states: {old: new}}]");
        return;
    }
    struct migration *all = load_make(l, node->count, sizeof(*all));
    for (size_t i = 0; all && i < node->count; i++) {
        load_migration(l, node->items[i], &all[i]);
        for (size_t j = 0; j < i; j++)
            if (all[i].from[0] && strcmp(all[i].from, all[j].from) == 0)
                yaml_fault(l->faults, l->file, node->items[i], "version %s has a migration already: make one of both",
                           all[i].from);
    }
    l->flow->migrations = all;
    l->flow->migration_count = all ? node->count : 0;
}

const struct migration *flow_migration(const struct flow *flow, const char *version)
{
    for (size_t i = 0; i < flow->migration_count; i++)
        if (strcmp(flow->migrations[i].from, version) == 0)
            return &flow->migrations[i];
    return NULL;
}

static const struct move_of_state *move_named(const struct migration *migration, const char *state)
{
    for (size_t i = 0; i < migration->move_count; i++)
        if (slice_is(migration->moves[i].from, state))
            return &migration->moves[i];
    return NULL;
}

int migration_state(const struct flow *flow, const struct migration *migration, const char *state)
{
    const struct move_of_state *move = migration ? move_named(migration, state) : NULL;
    return move ? move->to : flow_state_index(flow, slice_of(state));
}

static bool drops(const struct migration *migration, const char *slot)
{
    for (size_t i = 0; i < migration->dropped_count; i++)
        if (slice_is(migration->dropped[i], slot))
            return true;
    return false;
}

/* Checks a migration against the version that it is from. */
static void check(const struct flow *flow, const struct migration *migration, const struct flow *old,
                  struct faults *faults)
{
    for (size_t i = 0; i < migration->move_count; i++)
        if (flow_state_index(old, migration->moves[i].from) == FLOW_NONE)
            faults_add(faults, migration->file, migration->moves[i].line, migration->moves[i].column,
                       "version %s has no state '%.*s' (%s): remove it", old->version,
                       (int)migration->moves[i].from.len, migration->moves[i].from.ptr, old->file);
    for (size_t i = 0; i < old->state_count; i++) {
        const struct flow_state *state = &old->states[i];
        int to = migration_state(flow, migration, state->name);
        if (state->ask && (to == FLOW_NONE || !flow->states[to].ask))
            faults_add(faults, migration->file, migration->line, migration->column,
                       "nothing is said of those who wait at question %s of version %s: add it to `states`",
                       state->name, old->version);
    }
    for (size_t i = 0; i < old->slot_count; i++) {
        int slot = flow_slot_index(flow, slice_of(old->slots[i].name));
        if (slot != FLOW_NONE && flow->slots[slot].type != old->slots[i].type && !drops(migration, old->slots[i].name))
            faults_add(faults, migration->file, migration->line, migration->column,
                       "slot %s was %s in version %s and is %s now: name it in `drop`", old->slots[i].name,
                       slot_type_name(old->slots[i].type), old->version, slot_type_name(flow->slots[slot].type));
    }
}

void flows_check_migrations(const struct flows *flows, struct faults *faults)
{
    for (size_t i = 0; i < flows->count; i++)
        for (size_t j = 0; j < flows->count; j++) {
            const struct flow *flow = flows->items[i], *old = flows->items[j];
            const struct migration *migration =
                strcmp(flow->name, old->name) == 0 ? flow_migration(flow, old->version) : NULL;
            if (migration)
                check(flow, migration, old, faults);
        }
}
