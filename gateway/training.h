/* A training: when and where, for whom, how many seats; as a value, and the words that people get about it.
 *
 * The record that lies in Redis. Who has a seat, who waits and who came is the roster's (gateway/lua/training.lua), not
 * this record's. Texts are the deployment's own where the record has some, else those of a table in training_words.c;
 * in both {{title}}, {{when}}, {{where}}, {{code}}, {{number}}, {{proof}} and {{list}} stand for what is known. Pure:
 * time is an argument. Must not know: Redis, HTTP, the conversation. Failure policy: a record that is none is refused
 * whole. Proved by tests/unit/test_training.c and fuzz_training.c. */
#ifndef GATEWAY_TRAINING_H
#define GATEWAY_TRAINING_H

#include "base/arena.h"
#include "base/buf.h"
#include "base/error.h"
#include "base/json.h"
#include "gateway/limits.h"
#include "gateway/query.h"

#define TRAINING_ID 8 /* bytes of an id, which is a number from 1 on, and its NUL */
#define TRAINING_ID_MAX 999999
#define TRAINING_CODE 9        /* bytes of a code and its NUL */
#define TRAINING_TITLE_MAX 60  /* characters */
#define TRAINING_PLACE_MAX 100 /* characters of a place, and of a link */
#define TRAINING_SEATS_MAX 10000
#define TRAINING_TEXT_MAX 320 /* characters of a text that staff wrote */
#define TRAINING_RECORD_MAX (32 * 1024)
#define TRAINING_WISH_MAX 2048 /* bytes of a wish */
#define TRAINING_SAID_MAX 2048 /* bytes of what one person is told */
#define TRAINING_DOOR 5        /* bytes of the code that is shown at the door, and its NUL */
#define TRAINING_LIST 25       /* bytes of its name in a list, "CAJA vie 5/12 15:00", and the NUL */
#define TRAINING_LIST_MAX 6    /* names of one list */

/* What people are told, each once by the act that it tells of. */
enum training_text {
    TRAINING_SEAT,    /* she has one */
    TRAINING_WAITING, /* all are taken: {{number}} tells how many wait before her, and she */
    TRAINING_MOVED,   /* one became free, and is hers */
    TRAINING_LEFT,    /* she has none any more */
    TRAINING_CLOSED,  /* it is too late to sign up */
    TRAINING_NONE,    /* she is in none that she could leave */
    TRAINING_CANCELLED,
    TRAINING_CHANGED, /* it is at another time, or elsewhere */
    TRAINING_REMINDER,
    TRAINING_CAME,       /* the code at the door was right */
    TRAINING_WRONG_CODE, /* it was not */
    TRAINING_CERTIFICATE,
    TRAINING_WHICH,   /* she named none, and there are several: {{list}} has them */
    TRAINING_NOTHING, /* there is none that she could sign up for */
    TRAINING_TEXTS
};

/* The texts' names, ended by NULL, in their order. */
extern const char *const training_texts[];

struct training {
    bool cancelled;
    int64_t created_ms, starts_ms;
    int64_t deadline_ms; /* of signing up */
    int64_t seats;
    int64_t certified_ms; /* when certificates were given out; 0: not yet */
    struct slice by;      /* name of a user */
    struct slice code;    /* the word that she signs up by: capital letters and digits, a letter first */
    struct slice title, place, link;
    struct slice audience;              /* a query; empty: everybody */
    struct slice door;                  /* what is shown at the door */
    struct slice texts[TRAINING_TEXTS]; /* staff's own; empty: the table's */
};

/* Reads an id, a number in its shortest form. Returns false for what is none. */
bool training_is_id(struct slice text);

/* Tells whether a word can be a code. */
bool training_is_code(struct slice text);

/* Makes what is shown at the door of chance bytes: TRAINING_DOOR - 1 letters and digits that are not mistaken for each
 * other, of both. */
void training_make_door(const unsigned char chance[TRAINING_DOOR - 1], char out[TRAINING_DOOR]);

/* Reads a record; texts lie in the arena. Returns OK, ERR_SYNTAX or ERR_NOMEM. */
MUST_USE enum error training_read(struct slice record, struct arena *arena, struct training *out);

/* Appends a record. Failure sticks in out->error. */
void training_write(const struct training *training, struct buf *out);

/* What a turn wishes of a training, as its commit leaves it in the person's shard. */
struct training_wish {
    struct slice verb;     /* join, leave, came or erase */
    struct slice training; /* its id, where the turn knew it */
    struct slice channel;  /* that she is to be told on */
    struct slice words;    /* that she said it in */
};

/* Reads a wish; its texts lie in the arena, and are empty where it has none. Returns OK, ERR_SYNTAX or ERR_NOMEM. */
MUST_USE enum error training_wish_read(struct slice json, struct arena *arena, struct training_wish *out);

/* Tells whether somebody can still sign up. */
bool training_is_open(const struct training *training, int64_t now_ms);

/* Tells whether words have the code, or what is shown at the door, as a word of theirs. */
bool training_names(struct slice words, struct slice code);

/* Gives the instant of the reminder: ten in the morning, in Lima, of the last day before the training on which bulk may
 * go then; of the day before where there is none in a week. */
int64_t training_remind_ms(const struct limit_rules *rules, int64_t starts_ms);

/* Writes its name in a list. */
void training_list_name(const struct training *training, char out[TRAINING_LIST]);

/* What stands for {{number}}, {{proof}} and {{list}}. */
struct training_values {
    int64_t number;
    struct slice proof, list;
};

/* Tells whether a text of staff's names only what there is; else *bad is the first that it does not know. */
bool training_text_good(struct slice text, struct slice *bad);

/* Writes words with what their {{names}} stand for, as below. */
MUST_USE enum error training_fill(const struct training *training, struct slice words, const char *language,
                                  const struct training_values *values, struct arena *arena, struct slice *out);

/* Writes a text in a language ("es"; what the table lacks is said in Spanish) into the arena. Returns OK, ERR_NOMEM, or
 * ERR_LIMIT where it comes to more than TRAINING_SAID_MAX. */
MUST_USE enum error training_say(const struct training *training, enum training_text text, const char *language,
                                 const struct training_values *values, struct arena *arena, struct slice *out);

/* Tells whether each text can be said, however long the values are that stand for {{number}}, {{proof}} and {{list}}.
 * Returns OK, ERR_NOMEM, or ERR_LIMIT with the name of the first that comes to more than TRAINING_SAID_MAX. */
MUST_USE enum error training_fits(const struct training *training, struct arena *arena, const char **text);

#endif
