/* Adapters: one file a provider, bytes <-> events and messages.
 *
 * An adapter is a const table of functions and facts. It MUST authenticate on the raw bytes before it parses them; it
 * MUST compare secrets with bytes_equal(); it MUST tolerate unknown and missing fields; it MUST NOT block, open
 * sockets, read a clock or keep anything of a request after it returns. Facts of a protocol (limits, status codes)
 * are rows in its file. It knows base and the event and message types of dialog, nothing else.
 * Source: reference providers.md, part 0 and the provider's own. Proved by tests/unit/test_adapter_*.c. */
#ifndef ADAPTERS_ADAPTER_H
#define ADAPTERS_ADAPTER_H

#include "base/arena.h"
#include "base/error.h"
#include "base/sms_policy.h"
#include "dialog/event.h"
#include "dialog/message.h"

struct form;

struct header {
    struct slice name; /* as received */
    struct slice value;
};

enum method { METHOD_GET, METHOD_POST, METHOD_PUT /* only where adapter.subpaths */, METHOD_PATCH, METHOD_DELETE };

/* A webhook request as it arrived. Slices are borrowed for the call. */
struct request {
    enum method method;
    struct slice target; /* path and query, untouched: "/hooks/sms?key=a%20b" */
    struct slice path;   /* the part before "?" */
    struct slice query;  /* the part after "?", undecoded; empty if none */
    struct slice body;   /* raw bytes */
    const struct header *headers;
    size_t header_count;
    int64_t now_ms;
    struct form *form; /* where its parameters are kept once somebody has parsed them (fields NULL: nobody has), in the
                          arena of the request; NULL: they are parsed for each who asks */
};

/* An answer to a webhook. */
struct response {
    int status;
    const char *content_type; /* static */
    struct slice body;        /* in the arena */
};

/* A channel's settings as strings: what the settings table calls them, "" where not set. */
struct setting {
    const char *name;
    const char *value;
};

struct channel {
    const char *name; /* "sms": the path is /hooks/NAME */
    const struct adapter *adapter;
    enum channel_kind kind; /* filled by open() */
    bool interactive;       /* filled by open(): buttons and lists may be sent */
    bool sync;              /* filled by open(): the webhook's answer carries the reply */
    const char *public_url; /* scheme://host[:port] that providers call, no slash at the end */
    const struct setting *settings;
    size_t setting_count;
    size_t page_units;            /* USSD: septets of a screen; 0: USSD_SEPTETS_MAX */
    const struct channel *follow; /* USSD: the SMS channel on which what a session gives goes on; NULL: none */
    double rate;                  /* messages/s that the provider takes; 0: no limit of ours */
    struct sms_policy sms;        /* SMS: how texts are written and priced: adapter_sms_policy() of the settings */
};

/* What became of a webhook's bytes. */
struct decoded {
    struct event *events; /* in the arena */
    size_t count;
    const struct channel *as; /* the channel to take the events on, in the arena; NULL: the one that was asked. The
                                 simulator plays phones of other kinds so */
    bool answered;            /* a handshake: send `answer`, no events */
    struct response answer;
};

/* An HTTP call to a provider. Slices and header texts lie in the arena. */
#define CALL_HEADERS_MAX 8
struct http_call {
    enum method method;
    const char *url;
    const char *headers[CALL_HEADERS_MAX]; /* "Name: value"; secrets among them: never logged */
    size_t header_count;
    const char *user, *password; /* Basic authentication; NULL none */
    struct slice body;
    bool guarded;    /* the address is somebody's word: only public machines are connected to (base/outside.h) */
    size_t file_max; /* the answer is a file of at most so many bytes; 0: it is short, as nearly all are */
};

/* The closed taxonomy of how a send ended. Source: providers.md part 0.9. */
enum send_class {
    SEND_OK,
    SEND_TRANSIENT, /* try again with back-off */
    SEND_THROTTLED, /* not processed: try again after send_retry_after_ms() */
    SEND_LATER,     /* try again in an hour or more */
    SEND_MESSAGE,   /* this message will never go */
    SEND_RECIPIENT, /* this person cannot be reached here */
    SEND_CHANNEL,   /* nothing goes on this channel until somebody mends it */
    SEND_MALFORMED, /* the answer is not of the provider's format: treated as unknown outcome */
    SEND_UNKNOWN    /* no answer after the request was written: in doubt */
};

/* Ids beyond the first that an answer may give, where the provider names each part of a long message. Source:
 * providers.md part 10.4: carriers dislike more than 6 to 10 parts. */
#define SEND_MORE_IDS_MAX 9

/* A message in parts counts as delivered when every part is, and as failed when any part failed. Twilio (SMS in
 * segments) and Meta give one id, and their receipts tell of the whole message: `more_count` is 0 with them, and
 * `parts` is what was paid for. A provider that answers an id a part fills `more_ids`, and its receipts come by
 * those ids, or name the part in event.part. */
struct send_result {
    enum send_class class;
    struct slice provider_id; /* OK: the provider's id of the message, or of its first part; may be empty */
    struct slice more_ids[SEND_MORE_IDS_MAX]; /* OK: ids of the parts behind the first, in order */
    size_t more_count;                        /* of more_ids; 0 where one id stands for the whole message */
    unsigned parts;         /* OK: segments the provider counted; 0 where it does not say (it cannot: Twilio's
                               messaging services learn it later) */
    struct slice code;      /* the provider's error code as text, for logs and ledgers */
    int64_t retry_after_ms; /* THROTTLED: 0 when the provider does not say */
    unsigned retry_growth;  /* THROTTLED: each try waits so many times longer than the one before; 0 or 1: none */
};

#define SEND_RETRY_AFTER_MAX_MS 3600000 /* no growth goes beyond an hour */

/* Tells how long to wait after a send that ended with `result`, when `earlier` tries of the same message ended so
 * before it: retry_after_ms * retry_growth^earlier, at most SEND_RETRY_AFTER_MAX_MS where it grows. Returns 0 where
 * the provider does not say. Units: milliseconds. Source: providers.md part 1.8 (131056: 4^X s, X = 0, 1, 2 ...). */
int64_t send_retry_after_ms(const struct send_result *result, unsigned earlier);

/* Media are fetched by calls, each read before the next is made, until there is the file or a reason why there is none.
 * No address of a webhook is ever called: a reference is what stands below the channel's own base address, and an
 * address that an answer gives is called only where it is the provider's own (adapters/media.h). */
enum media_fate {
    MEDIA_CALL,      /* media_step.call comes next */
    MEDIA_FILE,      /* the body of the answer is the file */
    MEDIA_GONE,      /* the provider has it no more */
    MEDIA_REFUSED,   /* the provider does not take the channel's credentials for it */
    MEDIA_ELSEWHERE, /* it is said to lie at an address that is not the provider's: not called */
    MEDIA_TROUBLE    /* the provider has a fault, or answers what it never answers */
};

/* A provider's answer to a media call. */
struct media_answer {
    unsigned asked; /* which call it answers, from 1 */
    int status;
    struct slice location; /* its Location header, as it stands; empty if none */
    struct slice body;
};

/* What an answer came to. What the provider stated of the file stays from one answer to the next. */
struct media_step {
    enum media_fate fate;
    struct http_call call;
    struct slice type; /* MIME type; empty: not stated */
    uint64_t size;     /* bytes; 0: not stated */
    bool has_digest;   /* SHA-256 of the file is stated: */
    unsigned char digest[32];
};

struct adapter {
    const char *provider; /* "twilio" */
    size_t body_max;      /* bytes of a webhook's body: 3 MiB on WhatsApp, 64 KiB elsewhere */
    bool subpaths;        /* paths below /hooks/CHANNEL/ come here too, and PUTs; else only "" and "/status" do */
    const char *asks;     /* what a 401 asks for, as WWW-Authenticate says it; NULL: a signature has no such name */
    bool retries;         /* the provider comes again when it is not answered 2xx; where it does not, and can be sent
                             to by call(), what Redis cannot take is spooled */
    bool refers;          /* every receipt names our reference: of a message's own address for them, say. What can come
                             without it is found by the provider's id, which is then kept for that */

    /* Checks the settings and fills kind, interactive and sync. Adds faults (file "" and line 0: the caller knows the
     * place). Returns ERR_VALUE when any setting is missing or wrong. */
    enum error (*open)(struct channel *channel, struct faults *faults);

    /* Decides, on raw bytes, whether the provider sent this. Returns OK, ERR_REFUSED (401), ERR_NOMEM. */
    enum error (*authenticate)(const struct channel *channel, const struct request *request, struct arena *arena);

    /* Turns an authenticated request into events or an answered handshake. Returns OK, ERR_SYNTAX (400), ERR_REFUSED
     * (403: a handshake with a wrong token, a call for a service code that is not this channel's), ERR_LIMIT (413),
     * ERR_UNSUPPORTED (405: a method that is not taken), ERR_NOMEM. */
    enum error (*decode)(const struct channel *channel, const struct request *request, struct arena *arena,
                         struct decoded *out);

    /* Writes the webhook's answer: with the messages where channel->sync, else the empty acknowledgement (count is
     * 0). */
    enum error (*answer)(const struct channel *channel, const struct message *messages, size_t count,
                         struct arena *arena, struct response *out);

    /* Tells whether this channel can send a template. NULL: none. */
    bool (*sends_template)(const struct channel *channel, const struct message_template *template);

    /* Writes the call that sends one message; NULL where there is no sending (USSD). `reference` is our outbox id,
     * put in the provider's reference field where it has one. A message with a template is sent as that template. */
    enum error (*call)(const struct channel *channel, struct slice to, const struct message *message,
                       struct slice reference, struct arena *arena, struct http_call *out);

    /* Writes the call that tells the person that an inbound message was read. NULL: none. */
    enum error (*seen)(const struct channel *channel, const struct event *event, struct arena *arena,
                       struct http_call *out);

    /* Writes the first call by which a person's media are fetched. Returns ERR_VALUE for an id that is none of this
     * adapter's, ERR_NOMEM. NULL: the provider carries none. */
    enum error (*media)(const struct channel *channel, struct slice id, struct arena *arena, struct http_call *out);

    /* Reads the answer to a media call; *step is what the answer before came to, zeroed before the first. Returns OK or
     * ERR_NOMEM: whatever the provider says is a fate. NULL where media is. */
    enum error (*media_next)(const struct channel *channel, const struct media_answer *answer, struct arena *arena,
                             struct media_step *step);

    /* Writes a call that changes nothing, and that the provider answers with 2xx where the channel's credentials, and
     * the sender they are for, are good. NULL: none. */
    enum error (*probe)(const struct channel *channel, struct arena *arena, struct http_call *out);

    /* Reads the provider's answer to a call(); what it gives lies in the body or the arena. Never fails: what it
     * cannot read is SEND_MALFORMED. NULL where call is. */
    void (*result)(const struct channel *channel, int status, struct slice body, struct arena *arena,
                   struct send_result *out);

    /* Gives the class of an error code that a FAILED receipt carries (event.error), to be counted: many codes come only
     * there. A code that is empty or not known is SEND_MESSAGE: the provider gave up on it. NULL where call is. */
    enum send_class (*failure)(struct slice code);

    /* Serialises the answer given when Redis is away or the turn failed: USSD always ends with a text; others 503. */
    enum error (*sorry)(const struct channel *channel, struct arena *arena, struct response *out);
};

/* Gives the adapter of a provider's name, or NULL. */
const struct adapter *adapter_named(const char *provider);

/* Gives all adapters' provider names, ended by NULL. */
const char *const *adapter_names(void);

/* Gives a channel's setting, "" where it is not set. */
const char *channel_setting(const struct channel *channel, const char *name);

/* Reads from a channel's settings (sms_text, national_shift, sms_segments) how its SMS are written; the default for
 * what its provider has no setting for. */
struct sms_policy adapter_sms_policy(const struct channel *channel);

/* Reads a USSD channel's setting screen. Units: septets; 0 elsewhere. */
size_t adapter_page_units(const struct channel *channel);

/* Tells whether a message has a template that its channel can send. */
bool adapter_sends_template(const struct channel *channel, const struct message *message);

/* Tells what sending a message on a channel costs of its rate: on SMS the segments of the text as it stands,
 * options written as lines, in the encoding that the channel's policy takes for it; 1 elsewhere. Returns at least 1;
 * without memory a bound that is never too little. Pure. Proved by tests/unit/test_adapter_common.c. */
unsigned adapter_cost(const struct channel *channel, const struct message *message);

/* Gives a request's header by name, case ignored; NULL ptr when absent or given twice. */
struct slice request_header(const struct request *request, const char *name);

/* Checks the channel's hook_secret, if it has one, against the query parameter "key", in constant time. Returns OK,
 * ERR_REFUSED or ERR_NOMEM. */
MUST_USE enum error hook_secret_check(const struct channel *channel, const struct request *request,
                                      struct arena *arena);

#endif
