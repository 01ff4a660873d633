/* A training's people: who has a seat, who waits, who left, who came; and marking who came. */
#include <stdio.h>
#include <stdlib.h>

#include "base/phone.h"
#include "gateway/api_trainings.h"
#include "gateway/consent_row.h"

#define NUMBERS_MAX 500 /* people that are marked at once */

static const char *const roster_states[] = {"seat", "waiting", "left", "came", NULL};

const struct api_field api_training_people_query[] = {
    {"state", API_TEXT, false, 0, 0, roster_states, "only those", NULL},
    {"cursor", API_TEXT, false, 0, 512, NULL, "where the page begins: next of the page before", NULL},
    {"limit", API_WHOLE, false, 1, API_LIST_MAX, NULL, "items of a page; 50 where it is not given", NULL},
    {0}};

static const struct api_field person_fields[] = {
    {"number", API_TEXT, false, 0, 0, NULL, "who; not there for a role that may not send", NULL},
    {"person", API_TEXT, false, 0, 0, NULL, "what stands for the number, for such a role", NULL},
    {"state", API_TEXT, true, 0, 0, roster_states, "what she has", NULL},
    {"place", API_WHOLE, true, 0, 0, NULL, "her place in the order of signing up; 0: she never did", NULL},
    {"channel", API_TEXT, false, 0, 0, NULL, "where she is told of it", NULL},
    {0}};
const struct api_shape api_training_person = {"TrainingPerson", "Somebody of a training.", person_fields};

static const struct api_field attendance_fields[] = {
    {"numbers", API_LIST, true, 1, NUMBERS_MAX, NULL, "phone numbers", NULL},
    {"came", API_TRUTH, false, 0, 0, NULL, "false takes it back; true where it is not given", NULL},
    {0}};
const struct api_shape api_training_attendance = {"Attendance", "Who came.", attendance_fields};

static const struct api_field attended_fields[] = {
    {"marked", API_WHOLE, true, 0, 0, NULL, "how many were marked", NULL},
    {"unknown", API_LIST, true, 0, 0, NULL, "those of the numbers that are not among its people", NULL},
    {0}};
const struct api_shape api_training_attended = {"Attended", "What was marked.", attended_fields};

struct person {
    struct slice who, state, channel;
    uint64_t place;
};

static int by_place(const void *a, const void *b)
{
    const struct person *x = a, *y = b;
    return x->place != y->place ? (x->place > y->place) - (x->place < y->place) : slice_compare(x->who, y->who);
}

/* "STATE SEQ SHARD CHANNEL" */
static bool read_person(struct slice row, struct person *out)
{
    struct slice place, shard;
    if (!slice_cut(&row, ' ', &out->state) || !slice_cut(&row, ' ', &place) || !slice_cut(&row, ' ', &shard))
        return false;
    out->channel = row;
    return slice_u64(place, UINT32_MAX, &out->place);
}

/* Who may send may know who; others see what stands for her. */
static void put_who(const struct api_call *call, struct buf *out, struct slice who)
{
    unsigned char digest[SHA256_BYTES];
    char hex[2 * CONSENT_WHO + 1];
    if (call->role & (ROLE_SENDER | ROLE_EDITOR | ROLE_ADMIN)) {
        api_put_text(out, "number", who);
    } else if (hmac_sha256(call->api->key, who, digest)) {
        out->error = ERR_NOMEM;
    } else {
        hex_encode(digest, CONSENT_WHO, hex);
        api_put_text(out, "person", slice_of(hex));
    }
}

static void put_person(const struct api_call *call, struct buf *out, const struct person *person)
{
    buf_addc(out, '{');
    put_who(call, out, person->who);
    api_put_text(out, "state", person->state);
    json_put_name(out, "place");
    buf_addi(out, (int64_t)person->place);
    if (person->channel.len)
        api_put_text(out, "channel", person->channel);
    buf_addc(out, '}');
}

/* A cursor counts people, for a place may be nobody's: they are few, and it must not have a number in it. */
static void on_people(struct api_call *call, const redisReply *reply)
{
    struct person *people = arena_array(call->exchange->arena, reply->elements / 2 + 1, sizeof(*people));
    const struct slice state = api_query(call, "state");
    uint64_t from = 0;
    size_t count = 0;
    struct api_page page;
    char cursor[SLICE_DECIMAL_SIZE];
    if (!people || (api_query(call, "cursor").len && !slice_u64(api_query(call, "cursor"), UINT32_MAX, &from))) {
        api_field_problem(call, 400, "The cursor is none.", "cursor", "must be what an earlier page gave as next");
        return;
    }
    for (size_t i = 0; i + 1 < reply->elements; i += 2) {
        people[count].who = api_reply(reply->element[i]);
        if (read_person(api_reply(reply->element[i + 1]), &people[count]) &&
            (!state.len || slice_eq(state, people[count].state)))
            count++;
    }
    if (count)
        qsort(people, count, sizeof(*people), by_place);
    api_page_open(&page, api_limit(call));
    for (size_t i = from; i < count && !page.more; i++)
        if (api_page_takes(&page, slice_decimal((int64_t)i + 1, cursor)))
            put_person(call, &page.body, &people[i]);
    api_page_answer(call, &page);
}

static void on_noted(struct api_call *call, const redisReply *reply)
{
    (void)reply;
    const struct slice args[] = {SLICE("HGETALL"), training_key(call->own, "people")};
    api_redis(call, args, 2, on_people);
}

static void read_people(struct api_call *call)
{
    const struct training_call *own = call->own;
    api_note(call, "training.people", own->id, on_noted);
}

void api_training_people_list(struct api_call *call)
{
    training_find(call, read_people);
}

/* ---- who came ---- */

struct marking {
    char numbers[NUMBERS_MAX][PHONE_MAX];
    size_t count;
};

static void on_marked(struct api_call *call, const redisReply *reply)
{
    const struct training_call *own = call->own;
    const struct marking *marking = own->more;
    struct slice unknown[NUMBERS_MAX];
    struct buf body;
    size_t count = 0;
    for (; count < reply->elements && count < NUMBERS_MAX; count++)
        unknown[count] = api_reply(reply->element[count]);
    buf_init(&body, API_TEXT_MAX);
    buf_adds(&body, "{\"marked\":");
    buf_addi(&body, (int64_t)(marking->count - count));
    json_put_strings(&body, "unknown", unknown, count);
    buf_adds(&body, "}\n");
    api_answer(call, &body);
}

/* Reads the body's numbers. Returns false after answering. */
static bool read_numbers(struct api_call *call, struct marking *marking)
{
    const cJSON *item;
    cJSON_ArrayForEach(item, json_array(call->body, "numbers"))
    {
        if (marking->count < NUMBERS_MAX && cJSON_IsString(item) &&
            !phone_normalise(slice_of(item->valuestring), marking->numbers[marking->count++]))
            continue;
        api_field_problem(call, 422, "A number is none.", "numbers",
                          "must be as +51987654321, or nine digits of Peru, each");
        return false;
    }
    return true;
}

static void mark(struct api_call *call)
{
    struct training_call *own = call->own;
    struct marking *marking = own->more = arena_alloc(call->exchange->arena, sizeof(*marking));
    const bool came = !cJSON_IsFalse(cJSON_GetObjectItemCaseSensitive(call->body, "came"));
    struct slice args[9 + NUMBERS_MAX] = {
        SLICE("FCALL"),    SLICE("chaski_training_attend"), SLICE("2"), STAFF_TRAININGS, STAFF_AUDIT,
        slice_of(own->id), came ? SLICE("1") : SLICE("0")};
    struct buf line, more;
    char now[SLICE_DECIMAL_SIZE];
    if (!marking) {
        api_unavailable(call);
        return;
    }
    if (!read_numbers(call, marking))
        return;
    buf_init(&line, 1024);
    buf_init(&more, 64);
    buf_addf(&more, "{\"people\":\"%zu\"}", marking->count);
    api_put_act(call, came ? "training.attend" : "training.absent", own->id, buf_slice(&more), &line);
    args[7] = buf_slice(&line);
    args[8] = slice_decimal(call->exchange->request.now_ms, now);
    for (size_t i = 0; i < marking->count; i++)
        args[9 + i] = slice_of(marking->numbers[i]);
    if (line.error || more.error)
        api_unavailable(call);
    else
        api_redis(call, args, 9 + marking->count, on_marked);
    buf_release(&line);
    buf_release(&more);
}

void api_training_attend(struct api_call *call)
{
    training_find(call, mark);
}
