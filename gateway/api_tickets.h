/* Tickets of the API, shared by api_tickets.c (looking) and api_ticket_acts.c (acting).
 *
 * A ticket is named "SHARD-MS-WHO": where it lies, when it was opened, and some of the digest that stands for the
 * person; so that no path has a number in it. Its line among the open ones of its shard (gateway/record.c) tells all
 * but its age. Failure policy: as api.h. Proved by tests/blackbox/api-tickets.test.mjs. */
#ifndef GATEWAY_API_TICKETS_H
#define GATEWAY_API_TICKETS_H

#include "gateway/api_parts.h"

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

/* Tells why no answer can go out now to somebody who last wrote at `inbound_ms` (0 never); NULL where one can. */
const char *ticket_cannot_answer(const struct channel *channel, int64_t inbound_ms, int64_t now_ms);

/* Answers that there is no such ticket. */
void ticket_missing(struct api_call *call);

/* Writes what stands for a person in the audit log. Returns false without memory. */
bool ticket_whom(const struct api_call *call, struct slice contact, char out[SHA256_HEX]);

#endif
