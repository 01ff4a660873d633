/* Tickets of the API, shared by api_tickets.c (looking), api_tickets_closed.c, api_ticket_acts.c (acting) and
 * api_ticket_way.c (how an answer goes).
 *
 * A ticket is named "SHARD-MS-WHO": where it lies, when it was opened, and some of the digest that stands for the
 * person; so that no path has a number in it. Its line among the open ones of its shard (gateway/record.c) tells all
 * but its age. Failure policy: as api.h. Proved by tests/blackbox/api-tickets.test.mjs. */
#ifndef GATEWAY_API_TICKETS_H
#define GATEWAY_API_TICKETS_H

#include "gateway/api_parts.h"
#include "gateway/window.h"

#define TICKET_ID_MAX 48 /* bytes of a ticket's name and its NUL */

/* Which ticket, and where it lies. Borrows the path. */
struct ticket_name {
    unsigned shard;
    struct slice field; /* "MS-WHO" */
    int64_t opened_ms;
};

/* Reads a ticket's name. Returns false for anything else. */
bool ticket_name_read(struct slice text, struct ticket_name *out);

/* Reads a line; the caller's (cJSON_Delete). Returns NULL for what is none, and without memory. */
cJSON *ticket_line_read(struct slice line);

/* Appends the members of a ticket, without braces. */
void ticket_put(struct buf *out, const struct ticket_name *name, const cJSON *line);

/* Asks for her line, which says when she last wrote on each channel, and calls `then` with it. `ask` outlives it. */
struct ticket_inbound {
    char key[KEY_MAX];
};
void ticket_ask_inbound(struct api_call *call, struct ticket_inbound *ask, unsigned shard, struct slice number,
                        api_then *then);

/* How an answer goes to a ticket's person now. */
struct ticket_way {
    const struct channel *own;     /* the ticket's, where she wrote; NULL: it is not configured any more */
    const struct channel *channel; /* by which it goes; NULL: it cannot, `why` tells it */
    bool words;                    /* free words; else the channel's answer_template */
    int64_t until_ms;              /* until when its own channel takes free words: window_until_ms() */
    const char *why;
};

/* Finds it: on her own channel, in free words or by its template, else by SMS where she has written by SMS before. */
void ticket_way_find(const struct api_call *call, struct slice channel, const redisReply *inbound,
                     struct ticket_way *out);

/* Tells whether a line is of those that the query asks for: taken by whom. */
bool ticket_is_wanted(const struct api_call *call, const cJSON *line);

/* Answers with a page of those that are closed. */
void api_tickets_closed(struct api_call *call);

/* Answers that there is no such ticket. */
void ticket_missing(struct api_call *call);

/* Writes what stands for a person in the audit log. Returns false without memory. */
bool ticket_whom(const struct api_call *call, struct slice contact, char out[SHA256_HEX]);

#endif
