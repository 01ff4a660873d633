/* Trainings: whatever is taken for a record is written and read again as the same, and each of its texts is said within
 * its bounds in each language; whatever is taken for a wish is within its own; a text of staff's that is good names
 * only what there is. The first byte tells which of the three comes. */
#include <assert.h>
#include <string.h>

#include "gateway/training.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void say_all(const struct training *t, struct arena *arena)
{
    static const char *const languages[] = {"es", "en", "qu"};
    static const struct training_values values = {
        .number = 10000, .proof = SLICE("999999-4294967295"), .list = SLICE("CAJA vie 4/12 15:00")};
    char name[TRAINING_LIST];
    const char *text = NULL;
    struct slice said;
    enum error fits = training_fits(t, arena, &text);
    assert(fits == OK || fits == ERR_LIMIT);
    for (size_t i = 0; i < TRAINING_TEXTS * 3; i++) {
        enum error error = training_say(t, (enum training_text)(i / 3), languages[i % 3], &values, arena, &said);
        assert(error == OK ? said.len <= TRAINING_SAID_MAX : error == ERR_LIMIT);
        assert(error == OK || fits == ERR_LIMIT || i % 3);
    }
    training_list_name(t, name);
    assert(strlen(name) < TRAINING_LIST);
}

static void try_record(struct slice bytes, struct arena *arena)
{
    static const struct limit_rules hours = {.burst = 1, .bulk_from_min = 480, .bulk_to_min = 1200, .bulk_days = 0x7E};
    struct training t, again;
    struct buf out, second;
    enum error error = training_read(bytes, arena, &t);
    assert(error == OK || error == ERR_SYNTAX);
    if (error)
        return;
    assert(training_is_code(t.code) && t.seats > 0);
    assert(training_names(t.code, t.code));
    buf_init(&out, 4 * TRAINING_RECORD_MAX);
    buf_init(&second, 4 * TRAINING_RECORD_MAX);
    training_write(&t, &out);
    if (!out.error && out.len <= TRAINING_RECORD_MAX) {
        assert(training_read(buf_slice(&out), arena, &again) == OK);
        training_write(&again, &second);
        assert(slice_eq(buf_slice(&out), buf_slice(&second)));
    }
    assert(training_remind_ms(&hours, t.starts_ms) < t.starts_ms);
    say_all(&t, arena);
    buf_release(&out);
    buf_release(&second);
}

static void try_wish(struct slice bytes, struct arena *arena)
{
    struct training_wish wish;
    enum error error = training_wish_read(bytes, arena, &wish);
    assert(error == OK || error == ERR_SYNTAX);
    if (error)
        return;
    assert(wish.verb.ptr && wish.training.ptr && wish.channel.ptr && wish.words.ptr);
    assert(wish.verb.len + wish.training.len + wish.channel.len + wish.words.len < TRAINING_WISH_MAX);
    (void)training_is_id(wish.training);
    (void)training_names(wish.words, SLICE("CAJA"));
}

static void try_text(struct slice text)
{
    struct slice bad = SLICE_NONE;
    if (!training_text_good(text, &bad))
        assert(bad.ptr >= text.ptr && bad.ptr + bad.len <= text.ptr + text.len);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    struct arena *arena = arena_new(4 << 20);
    assert(arena);
    const struct slice rest = {(const char *)data + (size > 0), size - (size > 0)};
    if (size && data[0] == 'r')
        try_record(rest, arena);
    else if (size && data[0] == 'w')
        try_wish(rest, arena);
    else if (size)
        try_text(rest);
    arena_free(arena);
    return 0;
}
