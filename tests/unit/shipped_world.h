/* The flow and the models as shipped, opened once for a whole test program: what thinking and turns are tested over. */
#ifndef TESTS_SHIPPED_WORLD_H
#define TESTS_SHIPPED_WORLD_H

#include "tests/unit/unit.h"

#include "gateway/world.h"

static struct world *world;

/* A group's set-up. */
static inline int open_world(void **state)
{
    (void)state;
    world = world_open_or_tell("config/chaski.yaml", WORLD_FLOWS | WORLD_ENGINE, NULL);
    return world ? 0 : -1;
}

/* A group's tear-down. */
static inline int close_world(void **state)
{
    (void)state;
    world_close(world);
    return 0;
}

#endif
