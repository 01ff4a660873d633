#include "gateway/flow_diff.h"

#include "base/json.h"
#include "gateway/cli.h"
#include "gateway/script_show.h"

#define SHOWN_BYTES (1024 * 1024)
#define MARGIN 14

/* A conversation in both flows. */
struct pair {
    struct flow_diff *diff;
    const struct script *script;
    const struct script_conversation *conversation;
    struct script_player old_player, new_player;
    struct script_came old, new;
    size_t step;
    bool changed;
};

static struct slice joined(const struct slice *items, size_t count, const char *between, struct buf *out)
{
    for (size_t i = 0; i < count; i++) {
        buf_adds(out, i ? between : "");
        buf_addslice(out, items[i]);
    }
    return buf_slice(out);
}

/* Tells whether a change is told for the first time. */
static bool is_fresh(struct flow_diff *diff, struct slice old, struct slice new)
{
    uint32_t hash = slice_hash(old) * 31 + slice_hash(new);
    for (size_t i = 0; i < diff->told_count; i++)
        if (diff->told[i] == hash)
            return false;
    if (diff->told_count < FLOW_DIFF_CHANGES_MAX)
        diff->told[diff->told_count++] = hash;
    return true;
}

static void tell_json(const struct pair *pair, const char *aspect, struct slice old, struct slice new, struct buf *out)
{
    const struct yaml_node *at = pair->conversation->steps[pair->step].node;
    buf_adds(out, "{\"file\":");
    json_put_string(out, slice_of(pair->script->file));
    buf_adds(out, ",\"name\":");
    json_put_string(out, pair->conversation->name);
    buf_addf(out, ",\"line\":%u,\"column\":%u,\"step\":%zu,\"aspect\":\"%s\",\"old\":", at->line, at->column,
             pair->step + 1, aspect);
    json_put_string(out, old);
    buf_adds(out, ",\"new\":");
    json_put_string(out, new);
    buf_adds(out, "}\n");
}

static void tell_text(const struct pair *pair, const char *aspect, struct slice old, struct slice new, struct buf *out)
{
    const struct script_step *step = &pair->conversation->steps[pair->step];
    if (!pair->changed)
        buf_addf(out, "%.*s\n", (int)pair->conversation->name.len, pair->conversation->name.ptr);
    if (pair->script->file[0])
        buf_addf(out, "  %s:%u:%u: step %zu, ", pair->script->file, step->node->line, step->node->column,
                 pair->step + 1);
    else
        buf_addf(out, "  step %zu, ", pair->step + 1);
    script_show_act(out, step);
    buf_addf(out, ": %s\n    ", aspect);
    script_show_change(out, old, new, pair->diff->fancy, MARGIN - 10);
    buf_addc(out, '\n');
}

static void tell(struct pair *pair, const char *aspect, struct slice old, struct slice new)
{
    struct buf out;
    if (slice_eq(old, new))
        return;
    pair->diff->changed_steps++;
    if (is_fresh(pair->diff, old, new)) {
        buf_init(&out, SHOWN_BYTES);
        if (pair->diff->json)
            tell_json(pair, aspect, old, new, &out);
        else
            tell_text(pair, aspect, old, new, &out);
        fputs(buf_text(&out), stdout);
        buf_release(&out);
        pair->changed = true;
    }
}

/* Tells what a step gave otherwise, and whether it did. */
static bool compare(struct pair *pair)
{
    struct buf old, new;
    size_t before = pair->diff->changed_steps;
    buf_init(&old, SHOWN_BYTES);
    buf_init(&new, SHOWN_BYTES);
    tell(pair, "words", joined(pair->old.messages, pair->old.message_count, "\n\n", &old),
         joined(pair->new.messages, pair->new.message_count, "\n\n", &new));
    buf_clear(&old);
    buf_clear(&new);
    tell(pair, "what is done", joined(pair->old.does, pair->old.does_count, ", ", &old),
         joined(pair->new.does, pair->new.does_count, ", ", &new));
    tell(pair, "what is asked", pair->old.asks, pair->new.asks);
    buf_release(&old);
    buf_release(&new);
    if (pair->diff->changed_steps > before)
        pair->diff->changed_steps = before + 1;
    return pair->diff->changed_steps > before;
}

/* What the person does in the new flow: a button that is called otherwise there is pressed all the same. */
static struct script_step same_step(const struct pair *pair, const struct script_step *step, char id[], size_t id_bytes)
{
    struct script_step same = *step;
    const struct script_player *old = &pair->old_player, *new = &pair->new_player;
    size_t at = 0;
    if (step->act != SCRIPT_PRESS)
        return same;
    for (size_t i = 0; i < new->option_count; i++)
        if (slice_is(step->text, new->options[i].title))
            return same;
    while (at < old->option_count && !slice_is(step->text, old->options[at].title))
        at++;
    for (size_t i = 0; at < old->option_count && i < new->option_count; i++) {
        if (strcmp(old->options[at].id, new->options[i].id) != 0 ||
            !slice_copy(slice_of(old->options[at].id), id, id_bytes))
            continue;
        same.act = SCRIPT_PAYLOAD;
        same.text = slice_of(id);
    }
    return same;
}

static struct slice outcome(enum error error)
{
    return error == ERR_NOT_FOUND ? SLICE("there is no such button") : SLICE("the person can do this");
}

/* Has a conversation in both flows, until the person cannot say the same any more. */
static enum error have(struct pair *pair)
{
    const struct script_conversation *conversation = pair->conversation;
    bool changed = false, together = true;
    enum error error = script_begin(&pair->old_player, conversation);
    error = error ? error : script_begin(&pair->new_player, conversation);
    for (pair->step = 0; pair->step < conversation->step_count && together && !error; pair->step++) {
        const struct script_step *step = &conversation->steps[pair->step];
        char id[sizeof(pair->old_player.options[0].id)];
        struct script_step same = same_step(pair, step, id, sizeof(id));
        enum error first = script_step(&pair->old_player, step, &pair->old);
        enum error second = script_step(&pair->new_player, &same, &pair->new);
        pair->diff->steps++;
        script_desk_note(&pair->diff->new);
        if (first && first != ERR_NOT_FOUND)
            return first;
        if (second && second != ERR_NOT_FOUND)
            return second;
        if (first || second) {
            tell(pair, "what the person does", outcome(first), outcome(second));
            changed = changed || first != second;
            break;
        }
        changed = compare(pair) || changed;
        together = slice_eq(pair->old.asks, pair->new.asks);
    }
    pair->diff->changed += changed;
    pair->diff->conversations++;
    if (pair->changed && !together && !pair->diff->json)
        puts("  from here on the conversations go apart");
    return error;
}

int flow_diff_script(struct flow_diff *diff, const struct script *script)
{
    struct arena *arena = arena_new(sizeof(struct pair) + 64);
    struct pair *pair = arena ? arena_alloc(arena, sizeof(*pair)) : NULL;
    const struct engine *engine = script_engine(&diff->old);
    enum error error = pair ? script_player_open(&pair->old_player, diff->old.flows, engine) : ERR_NOMEM;
    if (!error && (error = script_player_open(&pair->new_player, diff->new.flows, engine)))
        script_player_close(&pair->old_player);
    if (!error) {
        pair->diff = diff;
        pair->script = script;
        pair->new_player.trail = &diff->new.trail;
        for (size_t i = 0; i < script->count && !error; i++) {
            pair->conversation = &script->conversations[i];
            pair->changed = false;
            error = have(pair);
        }
        script_player_close(&pair->old_player);
        script_player_close(&pair->new_player);
    }
    arena_free(arena);
    if (error)
        fprintf(stderr, "chaski %s: %s cannot be compared: %s\n", diff->old.command, script->file, error_text(error));
    return !error ? EXIT_GOOD : error == ERR_NOMEM ? EXIT_TEMPORARY : EXIT_DATA;
}

void flow_diff_summarise(const struct flow_diff *diff)
{
    if (diff->json)
        printf("{\"conversations\":%zu,\"changed\":%zu,\"steps\":%zu,\"changed_steps\":%zu,\"changes\":%zu}\n",
               diff->conversations, diff->changed, diff->steps, diff->changed_steps, diff->told_count);
    else
        printf("%zu conversations, %zu changed: at %zu of %zu steps, %zu different changes; %zu of the %u edges of the "
               "new flow were gone along\n",
               diff->conversations, diff->changed, diff->changed_steps, diff->steps, diff->told_count,
               script_desk_gone(&diff->new), diff->new.edges->count);
}
