/* Trainings: made, changed, cancelled. */
#include <stdio.h>

#include "base/utf8.h"
#include "gateway/api_trainings.h"

/* clang-format off */
#define CHANGEABLE(needed) \
    {"title", API_TEXT, needed, 1, TRAINING_TITLE_MAX, NULL, "what it is about, on one line", NULL}, \
        {"starts_at", API_TEXT, needed, 1, 40, NULL, "when it begins, in Lima unless it has a zone", NULL}, \
        {"deadline_at", API_TEXT, false, 0, 40, NULL, "until when one can sign up; empty: until it begins", NULL}, \
        {"place", API_TEXT, false, 0, TRAINING_PLACE_MAX, NULL, "where it is", NULL}, \
        {"link", API_TEXT, false, 0, TRAINING_PLACE_MAX, NULL, "where it is, where that is no place", NULL}, \
        {"seats", API_WHOLE, needed, 1, TRAINING_SEATS_MAX, NULL, "how many there are", NULL}, \
        {"audience", API_TEXT, false, 0, QUERY_BYTES_MAX, NULL, "to whom: a query; empty: to everybody", NULL}, \
    { \
        "texts", API_MAP, false, 0, 0, NULL, "what people are told, in place of what is usual, by its name", NULL \
    }
/* clang-format on */

static const struct api_field new_fields[] = {
    {"code", API_TEXT, true, 2, TRAINING_CODE - 1, NULL, "the word that people sign up by, as CAJA", NULL},
    CHANGEABLE(true),
    {0}};
const struct api_shape api_new_training = {"NewTraining", "A training to be made.", new_fields};

static const struct api_field change_fields[] = {CHANGEABLE(false), {0}};
const struct api_shape api_training_change = {"TrainingChange", "What is to be another of a training.", change_fields};

/* Reads a line, where it is given. Returns false after answering. */
static bool read_line(struct api_call *call, const char *name, struct slice *out)
{
    const struct slice text = slice_trim(api_text(call, name));
    struct buf clean;
    if (!api_text(call, name).ptr)
        return true;
    buf_init(&clean, API_BODY_MAX);
    utf8_clean(text, &clean);
    *out = clean.error ? SLICE_NONE : arena_copy(call->exchange->arena, buf_slice(&clean));
    buf_release(&clean);
    if (!out->ptr)
        api_unavailable(call);
    else if (slice_find(*out, '\n') < out->len)
        api_field_problem(call, 422, "It has several lines.", name, "must be one line");
    else
        return true;
    return false;
}

/* Reads one text of staff's. Returns false after answering. */
static bool read_text(struct api_call *call, const cJSON *member, struct training *t)
{
    const struct slice text = slice_of(cJSON_IsString(member) ? member->valuestring : "");
    const char *field = arena_printf(call->exchange->arena, "texts.%s", member->string);
    struct slice bad = SLICE_NONE;
    size_t at = 0;
    while (training_texts[at] && !slice_is(slice_of(member->string), training_texts[at]))
        at++;
    if (!field)
        api_unavailable(call);
    else if (!training_texts[at] || !cJSON_IsString(member))
        api_field_problem(call, 422, "There is no such text.", field,
                          "must be a text, under seat, waiting, moved, left, closed, none, cancelled, changed, "
                          "reminder, came, wrong_code, certificate, which or nothing");
    else if (utf8_count(text) > TRAINING_TEXT_MAX)
        api_field_problem(call, 422, "The text is too long.", field, "must have at most 320 characters");
    else if (!training_text_good(text, &bad))
        api_field_problem(call, 422, "It names what there is not.", field,
                          "may have {{title}}, {{when}}, {{where}}, {{code}}, {{number}} and {{proof}}");
    else {
        t->texts[at] = text;
        return true;
    }
    return false;
}

static bool read_texts(struct api_call *call, struct training *t)
{
    const cJSON *texts = json_object(call->body, "texts"), *member;
    cJSON_ArrayForEach(member, texts) if (!read_text(call, member, t)) return false;
    return true;
}

/* Holds each text against what it comes to with the longest values. Returns false after answering. */
static bool check_texts(struct api_call *call, const struct training *t)
{
    const char *text = NULL;
    enum error error = training_fits(t, call->exchange->arena, &text);
    const char *field = error ? arena_printf(call->exchange->arena, "texts.%s", text) : NULL;
    if (!error)
        return true;
    if (error != ERR_LIMIT || !field)
        api_unavailable(call);
    else
        api_field_problem(call, 422, "The text comes to too much.", field,
                          "must have at most 2048 bytes with the values in it");
    return false;
}

/* Holds the whole together. Returns false after answering. */
static bool check(struct api_call *call, const struct training *t)
{
    const char *field = NULL, *rule = NULL;
    if (!t->title.len)
        field = "title", rule = "must have words";
    else if (!t->place.len && !t->link.len)
        field = "place", rule = "must be given, or link in its place";
    else if (t->deadline_ms > t->starts_ms)
        field = "deadline_at", rule = "must not be later than starts_at";
    if (!field)
        return check_texts(call, t) && (!t->audience.len || api_audience(call, t->audience) != NULL);
    api_field_problem(call, 422, "The training cannot be so.", field, rule);
    return false;
}

/* Puts the body's fields over the training. Returns false after answering. */
static bool read_fields(struct api_call *call, struct training *t)
{
    const int64_t before = t->starts_ms;
    if (!api_time(call, "starts_at", 0, &t->starts_ms))
        return false;
    if (t->deadline_ms == before)
        t->deadline_ms = t->starts_ms;
    json_int(call->body, "seats", &t->seats);
    return api_time(call, "deadline_at", t->starts_ms, &t->deadline_ms) && read_line(call, "title", &t->title) &&
           read_line(call, "place", &t->place) && read_line(call, "link", &t->link) &&
           read_line(call, "audience", &t->audience) && read_texts(call, t) && check(call, t);
}

/* ---- making ---- */

static void on_numbered(struct api_call *call, const redisReply *reply)
{
    struct training_call *own = call->own;
    char text[SLICE_DECIMAL_SIZE];
    if (reply->type != REDIS_REPLY_INTEGER || reply->integer > TRAINING_ID_MAX ||
        !slice_copy(slice_decimal(reply->integer, text), own->id, sizeof(own->id)))
        api_unavailable(call);
    else
        training_save(call, "training.create");
}

/* Two that one can sign up for must not have the same code. */
static void on_others(struct api_call *call, const redisReply *reply)
{
    const struct training_call *own = call->own;
    const struct slice args[] = {SLICE("INCR"), SLICE("ck:{staff}:trainings:newest")};
    for (size_t i = 1; i < reply->elements; i += 2) {
        struct training other;
        if (training_read(api_reply(reply->element[i]), call->exchange->arena, &other) ||
            !slice_eq(other.code, own->t.code) || other.cancelled || other.starts_ms <= call->exchange->request.now_ms)
            continue;
        api_field_problem(call, 409, "A training that is still to come has this code.", "code",
                          "must be a word that none of those has");
        return;
    }
    api_redis(call, args, 2, on_numbered);
}

void api_trainings_create(struct api_call *call)
{
    struct training_call *own = call->own = arena_alloc(call->exchange->arena, sizeof(*own));
    const struct slice args[] = {SLICE("HGETALL"), STAFF_TRAININGS};
    unsigned char chance[TRAINING_DOOR - 1];
    const int64_t now_ms = call->exchange->request.now_ms;
    char *door = arena_alloc(call->exchange->arena, TRAINING_DOOR);
    if (!own || !door) {
        api_unavailable(call);
        return;
    }
    random_bytes(chance, sizeof(chance));
    training_make_door(chance, door);
    own->t = (struct training){
        .created_ms = now_ms, .by = slice_of(call->who), .code = api_text(call, "code"), .door = slice_of(door)};
    own->t.place = own->t.link = own->t.audience = SLICE("");
    if (!training_is_code(own->t.code))
        api_field_problem(call, 422, "The code is none.", "code",
                          "must be 2 to 8 capital letters and digits, a letter first");
    else if (!read_fields(call, &own->t))
        return;
    else if (own->t.starts_ms <= now_ms)
        api_field_problem(call, 422, "It has begun already.", "starts_at", "must be to come");
    else
        api_redis(call, args, 2, on_others);
}

/* ---- changing ---- */

static void change(struct api_call *call)
{
    struct training_call *own = call->own;
    if (!api_matches(call, own->record))
        return;
    if (own->t.cancelled)
        api_problem(call, 409, "It is cancelled.", "");
    else if (read_fields(call, &own->t))
        training_save(call, "training.change");
}

void api_trainings_change(struct api_call *call)
{
    training_find(call, change);
}

static void cancel(struct api_call *call)
{
    struct training_call *own = call->own;
    if (own->t.cancelled || own->t.starts_ms <= call->exchange->request.now_ms) {
        api_problem(call, 409, own->t.cancelled ? "It is cancelled." : "It has begun.", "");
        return;
    }
    own->t.cancelled = true;
    training_save(call, "training.cancel");
}

void api_trainings_cancel(struct api_call *call)
{
    training_find(call, cancel);
}
