/* The simulation as one unit, so that a test program and a tool hold the same. */
#include "tests/sim/sim.c"
#include "tests/sim/sim_check.c"
#include "tests/sim/sim_loop.c"
#include "tests/sim/sim_people.c"
#include "tests/sim/sim_provider.c"
#include "tests/sim/sim_store.c"
#include "tests/sim/sim_baja.c"
