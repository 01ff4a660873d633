/* The parts of the API, shared by its files and by nobody else: api.c (a request's way), api_route.c (paths),
 * api_body.c (what is taken), api_answer.c (what is answered), api_done.c (Idempotency-Key), api_openapi.c, and one
 * file a subject with its handlers, which api_routes.c lists.
 *
 * Invariants: a call is answered exactly once, by one of api_answer(), api_answer_item(), api_problem() and
 * api_unavailable(); it lies in its exchange's arena and is gone then. A handler that waits for Redis does so with
 * api_redis(). Failure policy: as api.h. Proved by tests/unit/test_api.c. */
#ifndef GATEWAY_API_PARTS_H
#define GATEWAY_API_PARTS_H

#include "base/form.h"
#include "base/json.h"
#include "base/phone.h"
#include "gateway/api.h"
#include "gateway/consent_row.h"
#include "gateway/keys.h"
#include "gateway/slow_hash.h"
#include "gateway/staff.h"
#include "gateway/store.h"

#define API_PATH_PARTS 3 /* {…} of one path */
#define API_LIST_MAX 200 /* items of one page */
#define API_LIST_USUAL 50
#define API_ANSWER_MAX 1000        /* characters of what staff write to a person: six segments, in UCS-2 fifteen */
#define API_TEXT_MAX (1024 * 1024) /* bytes of an answer's body */

#define STAFF_USERS SLICE("ck:{staff}:users")
#define STAFF_TOKENS SLICE("ck:{staff}:tokens")
#define STAFF_AUDIT SLICE("ck:{staff}:audit")
#define STAFF_SEGMENTS SLICE("ck:{staff}:segments")

enum api_type { API_TEXT, API_WHOLE, API_NUMBER, API_TRUTH, API_TIME, API_MAP, API_LIST };

struct api_shape;

/* One field of a body, an answer or a query. */
struct api_field {
    const char *name; /* NULL: behind the last */
    enum api_type type;
    bool required;             /* of an answer: always there */
    int64_t min, max;          /* characters of a TEXT, value of a WHOLE; max 0: no bound */
    const char *const *values; /* the only ones, ended by NULL; NULL: any */
    const char *sentence;
    const struct api_shape *of; /* what a LIST has, or a MAP is; NULL: texts */
};

/* An object: what its fields are. */
struct api_shape {
    const char *name;
    const char *sentence;
    const struct api_field *fields;
};

struct api_call;

/* An answer. */
struct api_response {
    int status;
    const char *type;           /* static, or in the arena; NULL: there is no body */
    struct slice body, headers; /* further header lines, each with its CR LF */
};

struct api_route {
    const char *method, *path;             /* below /api/v1; "{name}" stands for one part */
    const char *id, *sentence;             /* of the operation, for OpenAPI */
    unsigned roles;                        /* who may; 0: anybody, without a token */
    int status;                            /* of what went well */
    const struct api_field *query;         /* NULL: none */
    const struct api_shape *body, *answer; /* NULL: none */
    bool is_list;                          /* answers {"items": [answer …], "next": cursor or null} */
    bool is_versioned;                     /* its answer has an ETag; with PATCH, PUT, DELETE: If-Match is needed */
    bool is_secret;                        /* its answer is shown once, and not kept for a repeat */
    bool is_file;                          /* its answer is a file from a provider, of whatever type */
    void (*run)(struct api_call *call);
};

/* What a preview takes and answers: api_preview_shapes.c. */
extern const struct api_shape api_notice_draft, api_notice_preview, api_notice_template;

/* The table, ended by a row without a method, in the order of the document. */
extern const struct api_route api_routes[];

/* What most lists are asked with. */
extern const struct api_field api_page_query[];

/* Shapes that lie beside their handlers. */
extern const struct api_shape api_channel_tested, api_media;
extern const struct api_shape api_import_file, api_import_result, api_index_rebuild, api_index_rebuilt;
extern const struct api_shape api_catalogue_entry, api_catalogue_attention, api_catalogue_change, api_catalogue_version,
    api_catalogue_file, api_catalogue_upload, api_catalogue_restored;
extern const struct api_shape api_training, api_new_training, api_training_change, api_training_person,
    api_training_attendance, api_training_attended;
extern const struct api_field api_training_people_query[];
extern const struct api_field api_catalogue_check_query[], api_catalogue_diff_query[], api_catalogue_export_query[];

struct api {
    struct turns *turns;
    const struct world *world;
    struct redis *redis;
    struct store *store;
    struct slice key;
    struct slow_hash *slow;
    struct webhooks *webhooks;
    struct sender *sender; /* to providers; NULL: none is called */
    unsigned fetches;      /* files that are being fetched from them */
    struct merger *merger;
};

/* Gives a reply's text, good as long as the reply; empty where it is none. */
static inline struct slice api_reply(const redisReply *reply)
{
    return reply->type == REDIS_REPLY_STRING ? (struct slice){reply->str, reply->len} : SLICE_NONE;
}

/* Goes on with a call once a command has its reply, good during the call. */
typedef void api_then(struct api_call *call, const redisReply *reply);

struct api_call {
    struct api *api;
    struct http_exchange *exchange;
    const struct api_route *route;
    struct slice path[API_PATH_PARTS]; /* what stands at {…}, decoded */
    struct form query;
    struct arena *arena;  /* the handler's, where its exchange's is too small; freed with the call; NULL: none */
    cJSON *body, *owned;  /* what was sent, and what the handler made; freed with the call; NULL: none */
    char who[STAFF_NAME]; /* "" before the token is known, and on a route for anybody */
    unsigned role;
    bool is_operator;             /* of this machine: no user */
    char token[SHA256_HEX];       /* digest of the token used; "" an operator's */
    char from[64];                /* where the request came from; "" unknown */
    struct slice done_key;             /* where the answer is kept; empty: nowhere */
    char done_digest[SHA256_HEX];      /* of what was asked */
    unsigned char done_seal[SEAL_KEY]; /* what seals the answer that is kept */
    void (*begin)(struct api_call *);
    struct api_response *kept; /* the answer, while it is being kept */
    api_then *then;            /* gets the reply under way */
    void *own;                 /* the handler's */
};

/* Finds the route of a method and of what follows "/api/v1", filling `path` with parts still encoded. Returns NULL,
 * with the methods that the path has appended to `allow` (nothing: there is no such path). */
const struct api_route *api_find(struct slice method, struct slice rest, struct slice path[API_PATH_PARTS],
                                 struct buf *allow);

/* Decodes what a path's part stands for. Returns false for bad escapes, without memory, and for what is not UTF-8. */
bool api_decode(struct slice part, struct arena *arena, struct slice *out);

/* Checks a body against its shape, or a query. Returns true when it is good; else problems are appended, each
 * {"field", "rule"}, joined by commas. */
bool api_check_body(const cJSON *body, const struct api_shape *shape, struct buf *problems);
bool api_check_query(const struct form *query, const struct api_field *fields, struct buf *problems);

/* Sends a command; `then` gets its reply. What has none, or an error, is answered 503. */
void api_redis(struct api_call *call, const struct slice *args, size_t count, api_then *then);

/* Changes a record and writes the line about it, in one: `field` of `records` from `before` to `after` (empty: none).
 * `then` gets nil where it is done, and else the record as it is. `what` names the act ("user.create"), `whom` whom it
 * concerns (never a phone number), `more` is a JSON object of what else is to be known (empty: none). */
void api_act(struct api_call *call, struct slice records, const char *field, struct slice before, struct slice after,
             const char *what, const char *whom, struct slice more, api_then *then);

/* Appends a line of the audit log, for a Function that writes it beside what else it does. */
void api_put_act(const struct api_call *call, const char *what, const char *whom, struct slice more, struct buf *out);

/* The person that a path is about. */
#define API_WHO (2 * CONSENT_WHO + 1)
struct api_person {
    unsigned shard;
    char number[PHONE_MAX];
    unsigned char digest[CONSENT_WHO]; /* what stands for her where her number must not be */
    char who[API_WHO];                 /* the same, in hex */
};

/* Reads who is meant by the path's first part. Returns false after answering. */
bool api_person_read(struct api_call *call, struct api_person *out);

/* Writes down what is about to be done, or read, where the act itself lies in another slot; then calls `then`. */
void api_note(struct api_call *call, const char *what, const char *whom, api_then *then);

/* Answers with the route's status and a body, which is released; a body that failed is answered 503. */
void api_answer(struct api_call *call, struct buf *body);

/* As above, of a thing that has a version: `record` is what its ETag is made of. */
void api_answer_item(struct api_call *call, struct buf *body, struct slice record);

/* Answers with a file of a type, and further header lines, each with its CR LF. */
void api_answer_file(struct api_call *call, const char *type, struct slice body, struct slice headers);

/* A page of a list while it is written: its first `limit` items, and where the next page begins. */
struct api_page {
    struct buf body;
    size_t limit, count;
    struct buf last; /* the cursor of the last item */
    bool more;       /* there are items behind it */
};

/* Begins one. */
void api_page_open(struct api_page *page, size_t limit);

/* Tells whether the page takes another item, whose cursor this is: the caller then appends it to page->body. */
bool api_page_takes(struct api_page *page, struct slice cursor);

/* Ends its text, for who answers with that later. */
void api_page_close(struct api_page *page);

/* Answers with the page. */
void api_page_answer(struct api_call *call, struct api_page *page);

/* Puts a record on a page: asks api_page_takes() with `id` for one that belongs to the list, and passes over others. */
typedef void api_put_record(struct api_call *call, struct api_page *page, struct slice id, struct slice record);

/* Answers with a page of a hash's records, in the order of their fields; `reply` is HGETALL's. An id is a field's
 * first `id_len` bytes at most. */
void api_page_records(struct api_call *call, const redisReply *reply, size_t id_len, api_put_record *put);

/* Answers without a body. */
void api_answer_nothing(struct api_call *call);

/* Answers with a problem: `detail` is a sentence; `problems` are fields' ("": none), as api_check_body() writes. */
void api_problem(struct api_call *call, int status, const char *detail, const char *problems);

/* As above, for one field. */
void api_field_problem(struct api_call *call, int status, const char *detail, const char *field, const char *rule);

/* As api_problem() with 429, telling how long to wait. Units: milliseconds. */
void api_wait_problem(struct api_call *call, int64_t wait_ms, const char *detail);

/* Answers that Redis is away. */
void api_unavailable(struct api_call *call);

/* Sends what api_answer() and api_problem() made, and ends the call. For api_answer.c and api_done.c. */
void api_send(struct api_call *call, const struct api_response *response);

/* Looks whether a POST that names an Idempotency-Key was done before; if so, its answer is repeated, else `begin` is
 * called. */
void api_done_look(struct api_call *call, void (*begin)(struct api_call *));

/* Keeps an answer for repeats, sealed, then sends it. */
void api_done_keep(struct api_call *call, const struct api_response *response);

/* Tells whether a record has the version that If-Match names; else the call is answered (412, or 428 without one). */
bool api_matches(struct api_call *call, struct slice record);

/* Writes the ETag of a record, with its quotes. */
void api_etag(struct slice record, char out[DIGEST_TEXT + 2]);

/* Gives a body's text, and a query's; empty where there is none. */
struct slice api_text(const struct api_call *call, const char *name);
struct slice api_query(const struct api_call *call, const char *name);

/* Reads a body's instant, where it is given: without a zone it is Lima's; empty it is `otherwise`. Returns false after
 * answering 422. */
bool api_time(struct api_call *call, const char *field, int64_t otherwise, int64_t *out_ms);

/* Gives how many items a page is to have. */
size_t api_limit(const struct api_call *call);

/* Appends `"name":"2026-11-28T10:00:00.000Z"`, with its comma. */
void api_put_time(struct buf *out, const char *name, int64_t ms);

/* Appends `"name":"text"`, with its comma. */
void api_put_text(struct buf *out, const char *name, struct slice text);

struct query;

/* Reads a query of the audience; an empty text is everybody. NULL after answering 422 with column and remedy, or 503.
 * It lies in the exchange's arena. */
struct query *api_audience(struct api_call *call, struct slice text);

/* Appends a turn of the journal as an object: what came and what was answered. */
struct journal_entry;
void api_put_turn(struct buf *out, int64_t at_ms, const struct journal_entry *entry);

/* Appends, with its comma, what came besides words, where it can be fetched; nothing else. */
void api_put_media(struct buf *out, const struct journal_entry *entry);

/* Appends one of a person's facts as an object; where staff set it right, with what the model says. */
struct engine;
struct facts;
struct origin;
void api_put_fact(struct buf *out, const struct engine *engine, const struct facts *facts, const struct origin *fact);

/* Gives of facts what the engine can read. */
struct business api_business_of(const struct facts *facts);

/* An outlook never stands without how little it tells, nor does a choice of people by it. Appends `"auc":"words"`, with
 * its comma: where there is an outlook among facts, as it holds for what is known of her; where a query reads it, as it
 * holds for whom nothing else is known of. */
#define OUTLOOK_SLOT "outlook"
void api_put_auc(struct buf *out, const struct engine *engine, const struct facts *facts);
void api_put_query_auc(struct buf *out, const struct engine *engine, const struct query *query);

/* Appends a query's text under a name, with what comes with it. */
void api_put_query(struct buf *out, const struct api_call *call, const char *name, struct slice text);

/* Makes a token of a user, writes down the act and answers with it. */
void api_token_give(struct api_call *call, const char *user, struct slice label, int64_t expires_ms, const char *what);

/* Revokes a token whose record was read, writes down the act and answers with nothing. */
void api_token_revoke(struct api_call *call, struct slice digest, struct slice record, const char *user);

/* The handlers, a file a subject: each answers its call, or has somebody answer it. */
void api_catalogue_list(struct api_call *call);
void api_catalogue_create(struct api_call *call);
void api_catalogue_show(struct api_call *call);
void api_catalogue_replace(struct api_call *call);
void api_catalogue_remove(struct api_call *call);
void api_catalogue_check(struct api_call *call);
void api_catalogue_diff(struct api_call *call);
void api_catalogue_export(struct api_call *call);
void api_catalogue_import(struct api_call *call);
void api_catalogue_restore(struct api_call *call);
void api_catalogue_versions(struct api_call *call);
void api_channels_list(struct api_call *call);
void api_channels_test(struct api_call *call);
void api_notices_preview(struct api_call *call);
void api_audience_count(struct api_call *call);
void api_audience_rebuild(struct api_call *call);
void api_contacts_import(struct api_call *call);
void api_contacts_list(struct api_call *call);
void api_contacts_show(struct api_call *call);
void api_contacts_erase(struct api_call *call);
void api_turns_list(struct api_call *call);
void api_media_show(struct api_call *call);
void api_consents_list(struct api_call *call);
void api_facts_show(struct api_call *call);
void api_facts_correct(struct api_call *call);
void api_requests_list(struct api_call *call);
void api_requests_create(struct api_call *call);
void api_requests_done(struct api_call *call);
void api_segments_list(struct api_call *call);
void api_segments_create(struct api_call *call);
void api_segments_show(struct api_call *call);
void api_segments_change(struct api_call *call);
void api_segments_delete(struct api_call *call);
void api_tickets_list(struct api_call *call);
void api_tickets_show(struct api_call *call);
void api_tickets_assign(struct api_call *call);
void api_tickets_answer(struct api_call *call);
void api_tickets_close(struct api_call *call);
void api_trainings_list(struct api_call *call);
void api_trainings_create(struct api_call *call);
void api_trainings_show(struct api_call *call);
void api_trainings_change(struct api_call *call);
void api_trainings_cancel(struct api_call *call);
void api_training_people_list(struct api_call *call);
void api_training_attend(struct api_call *call);

#endif
