/* One flow file with those that make a program with it: for the commands that look at flows.
 *
 * Those lie beside it, each under its flow's name. No other flow is there, so that its main flow is the main one
 * whatever it says. Failure policy: what is wrong with a file or with reading it is a fault. Proved by
 * tests/blackbox/flow.test.mjs. */
#ifndef GATEWAY_FLOW_FILE_H
#define GATEWAY_FLOW_FILE_H

#include "dialog/flow.h"

struct flow_file {
    struct flows *flows;         /* owned; NULL without memory */
    struct languages *languages; /* owned; those of the flows */
    struct faults faults;
    bool good; /* flows->items[0] is the flow */
};

/* Loads a file, with languages ("es,en"; NULL: those that it names itself) switched on, reviewed or not, and tells of
 * its texts (`tell` may be NULL); flow_file_release() in any case. Returns ERR_NOT_FOUND or ERR_IO when it cannot be
 * read, or ERR_NOMEM; else OK, and file->good or file->faults tell the rest. */
MUST_USE enum error flow_file_load(struct flow_file *file, const char *path, const char *languages,
                                   flow_text_told *tell, void *tell_ctx);

/* Frees what was loaded. */
void flow_file_release(struct flow_file *file);

#endif
