/* Twilio's request signature: base64(HMAC-SHA1(auth token, URL and parameters)).
 *
 * The URL is the configured public address and the request's target as it arrived, never what Host says. A
 * POSTed form adds every decoded parameter, by name in byte order, a repeated name's distinct values in byte
 * order; a GET and a JSON body add none, the latter carrying its own SHA-256 in the URL. Twilio signs with or
 * without a port, so both forms are tried. Must not know: what the parameters mean. Failure
 * policy: whatever cannot be checked is refused. Source: providers.md part 2.2; npm twilio 6.2.0 is the
 * oracle. Proved by tests/unit/test_adapter_twilio.c (vectors T1 to T8). */
#ifndef ADAPTERS_TWILIO_SIGNATURE_H
#define ADAPTERS_TWILIO_SIGNATURE_H

#include "base/arena.h"
#include "base/form.h"
#include "adapters/adapter.h"

/* Tells whether the request's URL carries the hash of a JSON body: then the body is no form. */
bool twilio_is_json(const struct request *request);

/* Decodes the parameters that Twilio sent: the query of a GET, the form of a POST, none of a JSON body.
 * They are parsed once for a request that has a place for them. Returns OK, ERR_LIMIT (too many) or ERR_NOMEM. */
MUST_USE enum error twilio_params(const struct request *request, struct arena *arena, struct form *out);

/* Checks the signature against one auth token; `params` are those of twilio_params(). Returns OK, ERR_REFUSED or
 * ERR_NOMEM. */
MUST_USE enum error twilio_signature_check(const struct request *request, const struct form *params,
                                           const char *public_url, const char *token, struct arena *arena);

#endif
