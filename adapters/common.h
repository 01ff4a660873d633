/* What the adapters share, seen by nobody else.
 *
 * Settings checked by rows, text cleaned at the border into the request's arena, people's addresses in their
 * one written form, and the tables that turn a provider's error code into the closed taxonomy of sends. Must
 * not know: any one provider. Failure policy: a function that writes to the arena says ERR_NOMEM (or a NULL
 * ptr) and leaves its output alone. Proved by tests/unit/test_adapter_common.c and through every adapter's
 * own test. */
#ifndef ADAPTERS_COMMON_H
#define ADAPTERS_COMMON_H

#include "adapters/adapter.h"
#include "base/buf.h"
#include "base/json.h"

/* Bytes of a webhook's body where the provider names no larger one. */
#define ADAPTER_WEBHOOK_MAX (64 * 1024)

#define ADAPTER_ANSWER_MAX (256 * 1024) /* bytes of a provider's answer that are read */
#define ADAPTER_ID_MAX 256              /* bytes of a provider's message id, session id or user id */

/* Code points of an event that are kept: a phone lets people write more (WhatsApp 65,536) than a turn's journal entry
 * holds, and a message that can never be kept would come again for days, with everybody's who share its body. */
#define ADAPTER_TEXT_CHARS 4096
#define ADAPTER_PART_CHARS 1024 /* of its payload, name, media, reference and error, each */

extern const struct adapter adapter_africastalking_ussd;
extern const struct adapter adapter_infobip_ussd;
extern const struct adapter adapter_simulator;
extern const struct adapter adapter_twilio;
extern const struct adapter adapter_whatsapp_cloud;

/* What open() asks of one setting. */
struct setting_rule {
    const char *name;
    bool required;
    bool secret;                      /* its value appears in no fault */
    bool (*valid)(const char *value); /* NULL: any text will do */
    const char *must;                 /* ends the fault's sentence: "it must be …", "copy it from …" */
};

/* Checks a channel's settings by rows, adding a fault for each that is missing or wrong. Returns whether all
 * are good. */
bool adapter_settings_ok(const struct channel *channel, const struct setting_rule *rules, size_t count,
                         struct faults *faults);

/* Tells whether a setting is an http or https address with no slash at its end. */
bool adapter_is_base_url(const char *value);

/* Gives the channel's setting, or `fallback` where it is not set. */
const char *adapter_setting_or(const struct channel *channel, const char *name, const char *fallback);

/* Copies text into the arena, cleaned by utf8_clean(). Returns a slice with a ptr, or a NULL ptr without
 * memory. */
struct slice adapter_clean(struct slice raw, struct arena *arena);

/* Copies a provider's id into *out, cleaned. Returns ERR_SYNTAX when nothing is left of it or it is above
 * ADAPTER_ID_MAX, ERR_NOMEM. */
MUST_USE enum error adapter_id(struct slice raw, struct arena *arena, struct slice *out);

/* Hands a buffer's bytes over to the arena and releases the buffer, in every case. Returns the buffer's error
 * or ERR_NOMEM. */
MUST_USE enum error adapter_take(struct buf *b, struct arena *arena, struct slice *out);

/* Tells whether text is a WhatsApp business-scoped user id: two capitals, a dot, 1 to 128 letters, digits or
 * dots. Source: providers.md part 1.4. */
bool adapter_is_user_id(struct slice text);

/* Writes a person's address: a user id as it is, a number as E.164. Returns ERR_VALUE for a short code or a
 * name, which cannot be talked with, ERR_NOMEM. */
MUST_USE enum error adapter_address(struct slice raw, struct arena *arena, struct slice *out);

/* Reads decimal degrees ("-12.0464") within +-limit. Returns false for anything else. */
bool adapter_degrees(struct slice text, double limit, double *out);

/* Appends a message for a channel without buttons: its text, then its options as numbered lines. */
void adapter_put_plain(struct buf *out, const struct message *message);

/* Makes one event in the arena, and *out an answer to it. Returns NULL without memory. */
struct event *adapter_one_event(struct arena *arena, struct decoded *out);

/* A run of a provider's error codes, and how a send that ended with one of them is classed. */
struct code_class {
    int64_t first, last;
    enum send_class class;
};

/* Cleans an event's text, payload, name, media, reference and error into the arena, so that it may outlive
 * the request's decoded parts. Limits: what is beyond ADAPTER_TEXT_CHARS and ADAPTER_PART_CHARS is cut off.
 * Returns OK or ERR_NOMEM. */
MUST_USE enum error adapter_clean_event(struct event *event, struct arena *arena);

/* Gives the class of a code, or `otherwise` where no row has it. */
enum send_class adapter_class_of(const struct code_class *rows, size_t count, int64_t code, enum send_class otherwise);

/* Gives the class of a code written in digits; MESSAGE for what is none, or has no row. Does failure()'s work. */
enum send_class adapter_class_of_text(const struct code_class *rows, size_t count, struct slice code);

/* Gives the class that an HTTP status alone stands for: OK (2xx), THROTTLED, TRANSIENT, CHANNEL or MESSAGE;
 * MALFORMED for what no API answers. */
enum send_class adapter_class_of_status(int status);

/* As above, for an answer that is not of the provider's format: a page of its edge. MALFORMED where the
 * status does not say that nothing was sent. */
enum send_class adapter_class_of_unreadable(int status);

/* Reads a provider's answer, which is JSON, into *out, whose class is until then that of an unreadable answer. */
typedef void adapter_read(const cJSON *root, int status, struct arena *arena, struct send_result *out);

/* Does result()'s work: parses an answer of at most ADAPTER_ANSWER_MAX bytes and has it read; what is no JSON is
 * classed by its status alone. */
void adapter_result(int status, struct slice body, struct arena *arena, adapter_read *read, struct send_result *out);

/* Writes the empty 503 with which an adapter of an asynchronous channel says sorry: the provider comes again,
 * or gives up. */
enum error adapter_sorry_503(const struct channel *channel, struct arena *arena, struct response *out);

#endif
