#include <string.h>

#include "gateway/script_cover_parts.h"

/* The conversations, and one of them as it would be with steps left out. */
struct shrinking {
    struct cover_walk *walk;
    struct cover_talk *talks;
    size_t talk_count;
    size_t edges;
    struct arena *near;
    struct cover_talk *trial;
};

/* Has a conversation as its acts say, and notes the edges gone. Returns what script_step() does: ERR_NOT_FOUND and
 * ERR_UNAVAILABLE where an act cannot be done any more. */
static enum error have(const struct shrinking *shrinking, struct cover_talk *talk)
{
    struct cover_place place = cover_begin(talk);
    enum error error = OK;
    arena_reset(shrinking->near);
    memset(talk->gone, 0, shrinking->edges * sizeof(*talk->gone));
    for (size_t i = 0; i < talk->count && !error; i++) {
        error = cover_go(shrinking->walk, &place, &talk->acts[i]);
        if (!error)
            error = cover_keep(shrinking->walk, shrinking->near, &place);
        const struct trail *trail = &shrinking->walk->trail;
        for (size_t j = 0; j < trail->count && !error; j++)
            talk->gone[trail->taken[j]] = true;
    }
    return error;
}

/* Tells whether the trial and the conversations other than one go along all that they go along with it. */
static bool suffices(const struct shrinking *shrinking, const struct cover_talk *talk)
{
    bool all = true;
    for (size_t e = 0; e < shrinking->edges && all; e++) {
        all = !talk->gone[e] || shrinking->trial->gone[e];
        for (size_t i = 0; i < shrinking->talk_count && !all; i++)
            all = &shrinking->talks[i] != talk && shrinking->talks[i].gone[e];
    }
    return all;
}

/* Leaves `count` acts from `from` on out, where the rest suffices: *less tells. */
static enum error leave_out(const struct shrinking *shrinking, struct cover_talk *talk, size_t from, size_t count,
                            bool *less)
{
    struct cover_talk *trial = shrinking->trial;
    size_t behind = talk->count - from - count;
    trial->channel = talk->channel;
    trial->count = talk->count - count;
    memcpy(trial->acts, talk->acts, from * sizeof(*talk->acts));
    memcpy(trial->acts + from, talk->acts + from + count, behind * sizeof(*talk->acts));
    enum error error = have(shrinking, trial);
    *less = !error && suffices(shrinking, talk);
    if (*less) {
        talk->count = trial->count;
        memcpy(talk->acts, trial->acts, trial->count * sizeof(*talk->acts));
        memcpy(talk->gone, trial->gone, shrinking->edges * sizeof(*talk->gone));
    }
    return error == ERR_NOT_FOUND || error == ERR_UNAVAILABLE ? OK : error;
}

/* Leaves out what can be of a conversation: first the whole, then its halves, at last single acts. */
static enum error shrink_one(const struct shrinking *shrinking, struct cover_talk *talk, bool *less)
{
    enum error error = OK;
    for (size_t count = talk->count; count > 0 && !error; count /= 2) {
        for (size_t from = 0; from + count <= talk->count && !error;) {
            bool gone = false;
            error = leave_out(shrinking, talk, from, count, &gone);
            *less |= gone;
            from += gone ? 0 : count;
        }
    }
    return error;
}

/* Leaves whole conversations out, the shortest first. */
static enum error leave_out_talks(const struct shrinking *shrinking)
{
    enum error error = OK;
    for (size_t length = 1; length <= COVER_STEPS_MAX; length++) {
        for (size_t i = 0; i < shrinking->talk_count && !error; i++) {
            bool gone = false;
            if (shrinking->talks[i].count == length)
                error = leave_out(shrinking, &shrinking->talks[i], 0, length, &gone);
        }
    }
    return error;
}

enum error cover_shrink(struct cover_walk *walk, struct cover_talk *talks, size_t talk_count, struct arena *near,
                        struct arena *arena)
{
    struct shrinking shrinking = {.walk = walk,
                                  .talks = talks,
                                  .talk_count = talk_count,
                                  .edges = walk->trail.edges->count,
                                  .near = near,
                                  .trial = arena_alloc(arena, sizeof(*shrinking.trial))};
    if (!shrinking.trial)
        return ERR_NOMEM;
    shrinking.trial->gone = arena_array(arena, shrinking.edges + 1, sizeof(bool));
    enum error error = shrinking.trial->gone ? leave_out_talks(&shrinking) : ERR_NOMEM;
    for (bool less = true; less && !error;) {
        less = false;
        for (size_t i = 0; i < talk_count && !error; i++)
            error = shrink_one(&shrinking, &talks[i], &less);
    }
    return error;
}
