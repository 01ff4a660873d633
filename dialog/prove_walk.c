/* Walks: what conversations there are, in order of the answers that they take. */
#include <string.h>

#include "dialog/prove_parts.h"

/* A move under way: the spots that it can lead to. */
struct going {
    struct walk *walk;
    uint32_t from;
    struct move move;
    unsigned cost; /* answers: 0 or 1 */
};

void prove_walk_make(struct prover *p, struct walk *walk, uint32_t room)
{
    uint32_t size = 64;
    while (size < 2 * room)
        size *= 2;
    *walk = (struct walk){.p = p, .room = room, .table_size = size, .exact = true};
    walk->nodes = prove_make(p, room, sizeof(*walk->nodes));
    walk->table = prove_make(p, size, sizeof(*walk->table));
    walk->seen = prove_make(p, p->flow->state_count, sizeof(*walk->seen));
    walk->now = prove_make(p, 2 * (size_t)room, sizeof(*walk->now));
    walk->later = prove_make(p, 2 * (size_t)room, sizeof(*walk->later));
}

/* What makes two spots alike: all of it, but in an exact walk only what is asked about. */
static struct spot key_of(const struct walk *walk, const struct spot *spot)
{
    const struct prover *p = walk->p;
    struct spot key = *spot;
    if (!walk->exact)
        return key;
    uint32_t told = walk->followed;
    uint8_t keeps = p->needs;
    if (spot->state >= 0) {
        const struct flow_state *state = &p->flow->states[spot->state];
        told |= p->sites[spot->state].slots | (state->slot == FLOW_NONE ? 0 : SLOT_BIT(state->slot));
        if (spot->phase == WAITING)
            told |= p->timer_slots;
        keeps = p->keeps[spot->state];
    }
    for (unsigned i = 0; i < DIALOG_SLOTS_MAX; i++) {
        if (spot->phase == AT_REST && spot->class_of[i] != CLASS_NONE)
            key.sure = 1; /* she is known, and comes back */
        if (!(told & SLOT_BIT(i)))
            key.class_of[i] = CLASS_ANY;
    }
    if (spot->below != FLOW_NONE)
        key.below = BELOW_SOME;
    if (!(keeps & 1))
        key.found &= 0xF0;
    if (!(keeps & 2))
        key.found &= 0x0F;
    return key;
}

static uint32_t hash_of(const struct spot *key)
{
    uint64_t words[sizeof(*key) / sizeof(uint64_t)], hash = 0;
    memcpy(words, key, sizeof(words));
    for (size_t i = 0; i < sizeof(words) / sizeof(words[0]); i++) {
        hash = (hash ^ words[i]) * 0x9e3779b97f4a7c15u;
        hash ^= hash >> 29;
    }
    return (uint32_t)(hash >> 16);
}
_Static_assert(sizeof(struct spot) == 40, "spots are hashed and compared as bytes");

/* Moves that a person makes by answering, and what comes of them in the same step. */
static const bool answers[] = {
    [MOVE_NONE] = true, [MOVE_ANSWER] = true, [MOVE_OTHERWISE] = true, [MOVE_ENGINE] = true, [MOVE_SILENCE] = false};

/* Moves that nobody makes. One by a timer that comes once belongs to no round. */
static bool is_silent(const struct walk *walk, struct move move)
{
    const struct flow_timer *timers = walk->p->flow->timers;
    if (move.kind == MOVE_TIMER)
        return timers[move.argument].again || timers[move.argument].end;
    return move.kind == MOVE_NONE || move.kind == MOVE_ENGINE || move.kind == MOVE_SILENCE;
}

static void add_edge(struct walk *walk, uint32_t from, uint32_t to, struct move move)
{
    if (!walk->edges || !from || !(walk->silent ? is_silent(walk, move) : answers[move.kind]))
        return;
    if (walk->edge_count == walk->edge_room)
        walk->full = true;
    else
        walk->edges[walk->edge_count++] = (struct edge){from, to};
}

static void wait_for_turn(struct walk *walk, uint32_t index, unsigned cost)
{
    uint32_t *queue = cost ? walk->later : walk->now;
    uint32_t *count = cost ? &walk->later_count : &walk->now_count;
    if (*count < 2 * walk->room)
        queue[(*count)++] = index;
    else
        walk->full = true;
}

/* Comes to a spot: a new one waits to be gone on from; one that is known by more answers is known by less from now. */
static void arrive(const struct going *going, const struct spot *spot)
{
    struct walk *walk = going->walk;
    struct spot key = key_of(walk, spot);
    unsigned depth = walk->nodes[going->from].depth + going->cost;
    uint32_t place = hash_of(&key) & (walk->table_size - 1);
    while (walk->table[place]) {
        uint32_t known = walk->table[place];
        struct node *node = &walk->nodes[known];
        struct spot other = key_of(walk, &node->spot);
        if (memcmp(&other, &key, sizeof(key)) == 0) {
            add_edge(walk, going->from, known, going->move);
            if (node->done || node->depth <= depth)
                return;
            node->spot = *spot;
            node->parent = going->from;
            node->depth = (uint16_t)depth;
            node->kind = (uint8_t)going->move.kind;
            node->argument = (uint16_t)going->move.argument;
            wait_for_turn(walk, known, going->cost);
            return;
        }
        place = (place + 1) & (walk->table_size - 1);
    }
    if (walk->count == walk->room) {
        walk->full = true;
        return;
    }
    walk->table[place] = walk->count;
    walk->nodes[walk->count] = (struct node){.spot = *spot,
                                             .parent = going->from,
                                             .depth = (uint16_t)depth,
                                             .kind = (uint8_t)going->move.kind,
                                             .argument = (uint16_t)going->move.argument};
    add_edge(walk, going->from, walk->count, going->move);
    wait_for_turn(walk, walk->count++, going->cost);
}

static bool follows(const struct walk *walk, unsigned slot)
{
    return walk->exact || (walk->followed & SLOT_BIT(slot));
}

static void learn(const struct walk *walk, struct spot *spot, unsigned slot, unsigned class)
{
    spot->class_of[slot] = (uint8_t)(follows(walk, slot) ? class : CLASS_ANY);
}

static void forget(const struct walk *walk, struct spot *spot, struct slot_list slots)
{
    for (size_t i = 0; i < slots.count; i++)
        learn(walk, spot, slots.items[i], CLASS_NONE);
}

/* Lets a slot of each spot have each of its new values. Returns the number of spots. */
static size_t branch(struct walk *walk, struct spot *spots, size_t count, const struct assign *assign)
{
    size_t before = count;
    if (!follows(walk, assign->slot))
        return count;
    for (size_t i = 0; i < before; i++) {
        uint64_t classes = prove_assigned(walk->p, assign->slot, &assign->value, &spots[i]);
        uint64_t first = classes & -classes;
        struct spot from = spots[i];
        for (unsigned class = 0; class <= CLASSES_MAX; class ++) {
            if (!(classes >> class & 1))
                continue;
            bool in_place = CLASS_BIT(class) == first;
            if (!in_place && count == SPOTS_MAX) {
                walk->full = true;
                break;
            }
            struct spot *to = in_place ? &spots[i] : &spots[count++];
            *to = from;
            if (class != CLASS_NONE) /* nothing to say: nothing is set */
                learn(walk, to, assign->slot, class);
        }
    }
    return count;
}

static size_t assign_all(struct walk *walk, struct spot *spots, size_t count, struct assigns assigns)
{
    for (size_t i = 0; i < assigns.count; i++)
        count = branch(walk, spots, count, &assigns.items[i]);
    return count;
}

static struct spot first_contact(const struct walk *walk)
{
    struct spot spot = {.state = FLOW_NONE, .below = FLOW_NONE, .phase = AT_REST};
    for (unsigned i = 0; i < DIALOG_SLOTS_MAX; i++)
        spot.class_of[i] = (uint8_t)(follows(walk, i) ? CLASS_NONE : CLASS_ANY);
    if (!walk->exact && !walk->finds)
        spot.found = FOUND_ANY;
    return spot;
}

static void rest(const struct going *going, struct spot spot, int below)
{
    spot.phase = AT_REST;
    spot.state = FLOW_NONE;
    spot.below = (int16_t)below;
    spot.sure = 0;
    arrive(going, &spot);
}

static void enter(const struct going *going, struct spot spot, int state)
{
    spot.phase = ENTERING;
    spot.state = (int16_t)state;
    spot.sure = 0;
    if (!going->walk->p->flow->states[state].aside)
        spot.below = FLOW_NONE;
    arrive(going, &spot);
}

static void wait_at(const struct going *going, struct spot spot, int state)
{
    spot.phase = WAITING;
    spot.state = (int16_t)state;
    spot.sure = 0;
    arrive(going, &spot);
}

/* Goes where a transition leads. What a command has changed when it goes back is done in come_back_changed(). */
static void follow(const struct going *going, const struct spot *spot, int to)
{
    struct node *from = &going->walk->nodes[going->from];
    if (to >= 0) {
        from->leads_out = from->leads_out || to == going->walk->p->flow->commands[FLOW_MENU];
        enter(going, *spot, to);
        return;
    }
    from->leads_out = true;
    if (spot->below == FLOW_NONE)
        rest(going, *spot, FLOW_NONE);
    if (spot->below >= 0) {
        struct spot back = *spot;
        back.below = FLOW_NONE;
        wait_at(going, back, spot->below);
    }
    if (spot->below == BELOW_SOME && going->walk->silent)
        rest(going, *spot, BELOW_SOME); /* for time it is all one what waits */
}

/* Takes a transition from a spot, with its consequences. */
static void take(const struct going *going, const struct spot *spot, const struct transition *way)
{
    struct spot spots[SPOTS_MAX];
    spots[0] = *spot;
    size_t count = assign_all(going->walk, spots, 1, way->set);
    for (size_t i = 0; i < count; i++) {
        forget(going->walk, &spots[i], way->forget);
        follow(going, &spots[i], way->to);
    }
}

/* Chooses among a state's transitions, all that may be. */
static void leave(const struct going *going, const struct spot *spot)
{
    const struct prover *p = going->walk->p;
    const struct flow_state *state = &p->flow->states[spot->state];
    struct noted *noted = &going->walk->noted[spot->state];
    bool decided = false;
    for (size_t i = 0; i < state->next_count; i++) {
        enum truth truth = prove_truth(p->sites[spot->state].next[i], spot);
        if (truth == NO)
            continue;
        noted->held[i] = true;
        if (decided || p->dead[spot->state][i])
            continue;
        noted->taken[i] = true;
        decided = truth == YES;
        if (spot->phase == SKIPPING)
            follow(going, spot, state->next[i].to);
        else
            take(going, spot, &state->next[i]);
    }
}

static void set_timers(const struct walk *walk, struct spot *spot)
{
    const struct flow *flow = walk->p->flow;
    for (size_t i = 0; i < flow->timer_count && (walk->exact || walk->silent); i++) {
        enum truth truth = flow->timers[i].from == spot->state ? prove_truth(walk->p->timers[i], spot) : NO;
        if (walk->exact ? truth == YES : truth != NO && flow->timers[i].again)
            spot->timers = (uint8_t)(spot->timers | 1u << i);
    }
}

/* Lives a state from behind its need. */
static void live(const struct going *going, const struct spot *spot, uint8_t sure)
{
    struct walk *walk = going->walk;
    const struct flow_state *state = &walk->p->flow->states[spot->state];
    struct spot spots[SPOTS_MAX];
    spots[0] = *spot;
    size_t count = assign_all(walk, spots, 1, state->set);
    for (size_t i = 0; i < count; i++) {
        set_timers(walk, &spots[i]);
        if (state->erase) {
            struct spot first = first_contact(walk);
            rest(going, first, FLOW_NONE);
        } else if (state->ask) {
            wait_at(going, spots[i], spot->state);
        } else if (state->end) {
            rest(going, spots[i], FLOW_NONE);
        } else {
            spots[i].phase = LEAVING;
            spots[i].sure = sure;
            arrive(going, &spots[i]);
        }
    }
    struct node *from = &walk->nodes[going->from];
    from->leads_out = from->leads_out || state->erase || state->end;
}

/* The engine finds from none to three labels, sure of them or not; from none to three resources. */
static void need(struct going *going, const struct spot *spot)
{
    const struct prover *p = going->walk->p;
    const struct flow_state *state = &p->flow->states[spot->state];
    bool labels = state->need == NEED_INDUSTRY, resources = state->need == NEED_RESOURCES;
    bool told = spot->found != FOUND_ANY && ((labels && (p->needs & 1)) || (resources && (p->needs & 2)));
    unsigned most = told ? ADVICE_LABELS_MAX : 0;
    for (unsigned count = 0; count <= most; count++) {
        struct spot after = *spot;
        if (told)
            after.found = (uint8_t)(labels ? (spot->found & 0xF0u) | count : (spot->found & 0x0Fu) | count << 4);
        for (unsigned sure = 0; sure <= labels; sure++) {
            going->move = (struct move){MOVE_ENGINE, after.found | sure << 8};
            live(going, &after, (uint8_t)sure);
        }
    }
}

static void from_entering(struct going *going, const struct spot *spot)
{
    struct walk *walk = going->walk;
    const struct flow_state *state = &walk->p->flow->states[spot->state];
    struct spot after = *spot;
    walk->noted[spot->state].entered = true;
    bool passes = state->slot != FLOW_NONE && !state->ask_known && !walk->p->flow->slots[state->slot].transient;
    unsigned known = passes ? spot->class_of[state->slot] : CLASS_NONE;
    if (known != CLASS_NONE) {
        after.phase = SKIPPING;
        arrive(going, &after);
        if (known != CLASS_ANY)
            return;
        after.phase = ENTERING;
    }
    forget(walk, &after, state->forget);
    if (state->need == NEED_NOTHING)
        live(going, &after, 0);
    else
        need(going, &after);
}

/* BAJA takes every consent back; with ALTA the person begins anew. */
static void opt_out(struct going *going, const struct spot *spot)
{
    const struct prover *p = going->walk->p;
    struct spot after = *spot;
    bool changed = false;
    for (size_t i = 0; i < p->flow->state_count; i++) {
        const struct flow_state *state = &p->flow->states[i];
        if (state->consent.len == 0 || p->flow->slots[state->slot].transient ||
            !follows(going->walk, (unsigned)state->slot))
            continue;
        const struct domain *domain = &p->domains[state->slot];
        unsigned yes = prove_class_of(domain, SLICE("yes")), no = prove_class_of(domain, SLICE("no"));
        changed = changed || (after.class_of[state->slot] == yes && yes != no);
        if (after.class_of[state->slot] == yes)
            after.class_of[state->slot] = (uint8_t)no;
    }
    if (!changed)
        return;
    after.timers = 0;
    going->move = (struct move){MOVE_BAJA, 0};
    rest(going, after, FLOW_NONE);
}

static int below_of(const struct walk *walk, const struct spot *spot)
{
    if (spot->state == FLOW_NONE || walk->p->flow->states[spot->state].aside)
        return spot->below;
    return walk->exact ? spot->state : BELOW_SOME;
}

/* What can be done at any time: commands, and nothing at all. */
static void interrupt(struct going *going, const struct spot *spot)
{
    struct walk *walk = going->walk;
    const struct flow *flow = walk->p->flow;
    struct spot after = *spot;
    after.below = (int16_t)below_of(walk, spot);
    for (unsigned i = 0; i < FLOW_COMMAND_COUNT; i++) {
        going->move = (struct move){MOVE_COMMAND, i};
        if (flow->commands[i] != FLOW_NONE)
            enter(going, after, flow->commands[i]);
    }
    for (unsigned i = 0; i < flow->keyword_count; i++) {
        if (walk->exact && spot->phase != AT_REST && !(walk->p->interrupts[spot->state] >> i & 1))
            continue; /* it is an answer there */
        going->move = (struct move){MOVE_COMMAND, FLOW_COMMAND_COUNT + i};
        enter(going, after, flow->keywords[i].to);
    }
    opt_out(going, spot);
    bool ends = false;
    for (unsigned i = 0; i < flow->timer_count; i++) {
        going->move = (struct move){MOVE_TIMER, i};
        enum truth truth = prove_truth(walk->p->timers[i], spot);
        bool must_be_set = walk->exact || (walk->silent && flow->timers[i].again);
        if (flow->timers[i].to >= 0 && truth != NO && (!must_be_set || (spot->timers >> i & 1))) {
            struct spot led = after;
            led.timers = (uint8_t)(led.timers & ~(1u << i));
            enter(going, led, flow->timers[i].to);
        }
        if (!flow->timers[i].end || spot->phase != WAITING || truth == NO)
            continue;
        ends = ends || truth == YES;
        rest(going, after, after.below);
    }
    if (spot->phase == WAITING && !ends)
        walk->noted[spot->state].timeless = true;
    going->move = (struct move){MOVE_SILENCE, 0};
    if (spot->phase == WAITING)
        rest(going, *spot, FLOW_NONE);
}

static int answered_last(const struct walk *walk, uint32_t index);

/* Who dials again after a while is asked whether to go on: at a question that something was answered before. */
static void dial_again(struct going *going, const struct spot *spot)
{
    const struct walk *walk = going->walk;
    const struct flow *flow = walk->p->flow;
    const struct flow_state *at = &flow->states[spot->state];
    bool under_way = !at->aside && !at->quiet && (!walk->exact || answered_last(walk, going->from) != FLOW_NONE);
    if (flow->redial == FLOW_NONE || !under_way)
        return;
    struct spot after = *spot;
    after.below = (int16_t)below_of(walk, spot);
    going->move = (struct move){MOVE_REDIAL, 0};
    enter(going, after, flow->redial);
}

static void from_rest(struct going *going, const struct spot *spot)
{
    const struct flow *flow = going->walk->p->flow;
    bool some = false, perhaps = false;
    for (size_t i = 0; i < flow->slot_count; i++) {
        some = some || (spot->class_of[i] != CLASS_NONE && spot->class_of[i] != CLASS_ANY);
        perhaps = perhaps || spot->class_of[i] == CLASS_ANY;
    }
    going->cost = 1;
    going->move = (struct move){MOVE_BEGIN, 0};
    if (!some)
        enter(going, *spot, flow->first);
    if (some || perhaps)
        enter(going, *spot, flow->returning);
    interrupt(going, spot);
}

/* The question that ATRAS leads to from a node of an exact walk: the one that was answered last, if this is still the
 * same session and it was not gone back already. */
static int answered_last(const struct walk *walk, uint32_t index)
{
    int at = walk->nodes[index].spot.state;
    while (walk->nodes[index].parent) {
        const struct node *node = &walk->nodes[index], *from = &walk->nodes[node->parent];
        if (node->kind == MOVE_BACK || from->spot.phase == AT_REST)
            return FLOW_NONE;
        bool answered = node->kind == MOVE_ANSWER || node->kind == MOVE_OTHERWISE;
        if (answered && from->spot.state != at && !walk->p->flow->states[from->spot.state].aside)
            return from->spot.state;
        index = node->parent;
    }
    return FLOW_NONE;
}

static void go_back(struct going *going, const struct spot *spot)
{
    struct walk *walk = going->walk;
    const struct flow *flow = walk->p->flow;
    going->move = (struct move){MOVE_BACK, 0};
    if (flow->states[spot->state].aside) {
        follow(going, spot, TO_RESUME);
        return;
    }
    int last = walk->exact ? answered_last(walk, going->from) : FLOW_NONE;
    if (last != FLOW_NONE)
        wait_at(going, *spot, last);
    for (size_t i = 0; i < flow->state_count && !walk->exact; i++)
        if (walk->p->asked[i] && (walk->p->before[spot->state][i / 64] >> (i % 64) & 1))
            wait_at(going, *spot, (int)i);
}

/* A command can change facts before it goes back to the question: in a walk that allows too much, each that it can. */
static void come_back_changed(struct going *going, const struct spot *spot)
{
    const struct walk *walk = going->walk;
    uint32_t changes = walk->p->aside_changes & walk->followed;
    going->move = (struct move){MOVE_COMMAND, 0};
    for (unsigned slot = 0; slot < walk->p->flow->slot_count && !walk->exact; slot++)
        for (unsigned class = 0; (changes & SLOT_BIT(slot)) && class < walk->p->domains[slot].class_count; class ++) {
            struct spot after = *spot;
            after.class_of[slot] = (uint8_t) class;
            arrive(going, &after);
        }
}

/* What an answer tells beside itself becomes known with it, and before it what words tell that are none. In a walk that
 * allows too much: any of it, one by one. */
static void hear_beside(struct going *going, const struct spot *spot)
{
    const struct walk *walk = going->walk;
    const struct prover *p = walk->p;
    bool hears = !walk->exact && p->flow->states[spot->state].hears;
    for (unsigned slot = 0; hears && slot < p->flow->slot_count; slot++) {
        bool may = p->flow->slots[slot].heard && (walk->followed & SLOT_BIT(slot));
        if (!may || spot->class_of[slot] != CLASS_NONE)
            continue;
        for (unsigned class = 1; class < p->domains[slot].class_count; class ++) {
            struct spot after = *spot;
            after.class_of[slot] = (uint8_t) class;
            arrive(going, &after);
        }
    }
}

static void from_waiting(struct going *going, const struct spot *spot)
{
    struct walk *walk = going->walk;
    const struct flow_state *state = &walk->p->flow->states[spot->state];
    uint64_t classes = prove_answers(walk->p, spot->state, spot, walk->noted);
    walk->noted[spot->state].waited = true;
    going->cost = 1;
    for (unsigned class = 1; class <= CLASSES_MAX; class ++) {
        if (!(classes >> class & 1))
            continue;
        struct spot after = *spot;
        after.phase = LEAVING;
        learn(walk, &after, (unsigned)state->slot, class);
        going->move = (struct move){MOVE_ANSWER, class};
        arrive(going, &after);
        if (!follows(walk, (unsigned)state->slot))
            break;
    }
    struct spot stuck = *spot;
    stuck.phase = STUCK;
    going->move = (struct move){MOVE_NONE, 0};
    arrive(going, &stuck);
    bool leads_out = walk->nodes[going->from].leads_out;
    interrupt(going, spot);
    dial_again(going, spot);
    go_back(going, spot);
    walk->nodes[going->from].leads_out = leads_out; /* what answers alone do */
    come_back_changed(going, spot);
    hear_beside(going, spot);
}

/* Wrong answers take more than one, so that a right one is the shorter way where both lead on. */
static void give_up(struct going *going, const struct spot *spot)
{
    struct spot at = *spot;
    at.phase = WAITING;
    going->cost = 1;
    going->move = (struct move){MOVE_OTHERWISE, 0};
    take(going, &at, going->walk->p->flow->states[spot->state].otherwise);
}

static void note_first(struct walk *walk, uint32_t index, bool bare, bool timeless)
{
    const struct spot *spot = &walk->nodes[index].spot;
    struct seen *seen = spot->state >= 0 ? &walk->seen[spot->state] : NULL;
    if (!seen)
        return;
    if (spot->phase == ENTERING && !seen->entered)
        seen->entered = index;
    if (spot->phase == WAITING && !seen->waited)
        seen->waited = index;
    if (bare && !seen->bare)
        seen->bare = index;
    if (timeless && !seen->timeless)
        seen->timeless = index;
}

static void go_on(struct walk *walk, uint32_t index)
{
    struct going going = {.walk = walk, .from = index};
    struct spot spot = walk->nodes[index].spot;
    struct noted *noted = spot.state >= 0 ? &walk->noted[spot.state] : NULL;
    bool bare = noted && noted->bare, timeless = noted && noted->timeless;
    walk->nodes[index].done = true;
    if (spot.phase == AT_REST)
        from_rest(&going, &spot);
    else if (spot.phase == ENTERING)
        from_entering(&going, &spot);
    else if (spot.phase == WAITING)
        from_waiting(&going, &spot);
    else if (spot.phase == STUCK)
        give_up(&going, &spot);
    else {
        hear_beside(&going, &spot);
        leave(&going, &spot);
    }
    note_first(walk, index, noted && noted->bare && !bare, noted && noted->timeless && !timeless);
}

void prove_walk(struct walk *walk)
{
    if (walk->p->out_of_memory)
        return;
    struct spot first = first_contact(walk);
    struct going going = {.walk = walk};
    memset(walk->table, 0, walk->table_size * sizeof(*walk->table));
    walk->nodes[0] = (struct node){.done = true};
    walk->count = 1;
    walk->edge_count = walk->now_count = walk->later_count = 0;
    walk->full = false;
    memset(walk->seen, 0, walk->p->flow->state_count * sizeof(*walk->seen));
    arrive(&going, &first);
    while (walk->now_count > 0) {
        for (uint32_t i = 0; i < walk->now_count; i++)
            if (!walk->nodes[walk->now[i]].done)
                go_on(walk, walk->now[i]);
        uint32_t *queue = walk->now;
        walk->now = walk->later;
        walk->now_count = walk->later_count;
        walk->later = queue;
        walk->later_count = 0;
    }
}

void prove_first(struct prover *p)
{
    p->first.noted = p->exact;
    prove_walk(&p->first);
    p->out->whole = !p->first.full;
}
