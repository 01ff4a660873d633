/* Scripts and their flows, loaded: for the commands that play them.
 *
 * A desk holds one flow at a time, the edges of it that were gone along, and the engine, which is opened only where a
 * script does not say itself what the engine finds. The flow is the one given, else the one that the script names
 * beside its own folder, else the configuration's. Failure policy: what is wrong is told on stderr, once, and the code
 * to end with is given. Proved by tests/blackbox/flow-test.test.mjs. */
#ifndef GATEWAY_SCRIPT_FILE_H
#define GATEWAY_SCRIPT_FILE_H

#include "gateway/flow_file.h"
#include "gateway/script_play.h"
#include "gateway/world.h"

#define SCRIPT_PATH_BYTES 4096
#define SCRIPT_LANGS_BYTES 128

struct script_desk {
    const char *command;     /* "flow test": what stands before messages */
    const char *config_file; /* NULL: the usual places */
    const char *flow_file;   /* given for all; NULL: as scripts say */
    const char *languages;   /* given for all, "es,en"; NULL: as scripts say */
    struct world *engine_world, *flow_world;
    char engine_langs[SCRIPT_LANGS_BYTES]; /* that the engine was opened with; "": the configuration's */
    char flow_path[SCRIPT_PATH_BYTES];     /* of the flow at hand; "": the configuration's */
    char flow_langs[SCRIPT_LANGS_BYTES];   /* that it was loaded with; "": its own */
    struct flow_file file;
    const struct flows *flows; /* NULL: none is at hand */
    const struct flow *flow;
    struct arena *arena; /* of what follows */
    const struct edges *edges;
    bool *gone; /* of each edge */
    struct trail trail;
};

/* A script, read. */
struct script_file {
    struct slice bytes; /* owned */
    struct arena *arena;
    struct script script;
};

/* Reads a script. Returns EXIT_GOOD, or after telling why EXIT_DATA or EXIT_TEMPORARY; script_file_close() in any
 * case. */
int script_file_open(struct script_file *file, const char *command, const char *path);

/* As above, from bytes that become the file's own. */
int script_file_take(struct script_file *file, const char *command, const char *path, struct slice bytes);

/* Frees it. */
void script_file_close(struct script_file *file);

/* Has the flow at hand that a script is for, and the engine where it needs one. Returns EXIT_GOOD, or after telling why
 * EXIT_DATA, EXIT_CONFIG or EXIT_TEMPORARY. */
int script_desk_for(struct script_desk *desk, const struct script *script);

/* Has a flow at hand by its path, with languages ("es,en"; "": its own). Returns as above. */
int script_desk_flow(struct script_desk *desk, const char *path, const char *languages);

/* Has the engine at hand. Returns as above. */
int script_desk_engine(struct script_desk *desk);

/* Gives the engine, or NULL where none was needed. */
const struct engine *script_engine(const struct script_desk *desk);

/* Counts the edges of the flow at hand that were gone along. */
size_t script_desk_gone(const struct script_desk *desk);

/* Takes what the trail noted as gone along, and empties it. */
void script_desk_note(struct script_desk *desk);

/* Frees what the desk holds. */
void script_desk_close(struct script_desk *desk);

#endif
