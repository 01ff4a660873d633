/* Profiles: what people can be found by, as numbers that lie in columns.
 *
 * A profile has a number a column; each column is one string a shard (`ck:{sN}:index:COLUMN`), everybody's number
 * behind the one before, so that a turn writes what it changed by one short command; who compares turns them into
 * bitmaps, a row for each bit, and looks at 512 people at once (query.h). The first column, `traits`, is what a turn
 * tells by itself: that the person is there, opted out, language, kinds of channel, consents, the day of the last
 * message; it is kept in the contact's line, and with it the consents that wait for a second yes, which lie in the
 * column of the first day. The others are facts. Which facts, and what their numbers mean, is the
 * table `profile_fields`: who changes a row has the index made anew (the columns of an older table mean something
 * else). Must not know: the store, Redis. Pure. Proved by tests/unit/test_profile.c. */
#ifndef GATEWAY_PROFILE_H
#define GATEWAY_PROFILE_H

#include "base/slice.h"
#include "dialog/event.h"
#include "dialog/recognise.h"

#define PROFILE_BYTES_MAX 3 /* of a number of a column */
#define PROFILE_DAY_MS INT64_C(86400000)

enum profile_column {
    COLUMN_TRAITS,
    COLUMN_FIRST_SEEN,
    COLUMN_STAGE, /* with what is learned together with it, or seldom */
    COLUMN_INDUSTRY,
    COLUMN_REGION,
    COLUMN_GOAL,
    COLUMN_WORKERS,
    COLUMN_TENURE,
    COLUMN_SALES,
    PROFILE_COLUMNS
};

struct profile {
    uint32_t columns[PROFILE_COLUMNS]; /* 0: nothing is known */
};

/* The name of a column in its key, and how many bytes its numbers have, the high one first. */
struct profile_column_row {
    const char *name;
    unsigned bytes;
};
extern const struct profile_column_row profile_columns[PROFILE_COLUMNS];

/* What a field's number means. 0 is always: not known. */
enum profile_kind {
    PROFILE_WORD,   /* the place of one of `words`, from 1; the highest: a value that is not among them */
    PROFILE_NUMBER, /* a whole number, cut; `least` is 1; what is above the highest is the highest */
    PROFILE_DAY,    /* a day in Lima, from PROFILE_FIRST_DAY on; asked for by how long it is ago */
    PROFILE_SET,    /* a bit for each of `words`: several may be */
    PROFILE_FLAG    /* 1 is yes; 0 is no, and asking for no finds who is not known too */
};

struct profile_field {
    const char *name; /* as queries have it; of a fact: its slot's name too */
    enum profile_column column;
    unsigned shift, bits; /* where in the column's number */
    enum profile_kind kind;
    const char *const *words; /* ended by NULL; NULL: none */
    enum slot_type type;      /* of a fact's value */
    int64_t least;            /* of a NUMBER */
    const char *sentence;
};

/* The table, ended by a row without a name. */
extern const struct profile_field profile_fields[];

/* Finds a field by its name; NULL when there is none. */
const struct profile_field *profile_field(struct slice name);

/* Gives a field's number in a profile. */
uint32_t profile_number(const struct profile *profile, const struct profile_field *field);

/* Gives the number that stands for a word (a SET's bit), 0 for none of the field's. */
uint32_t profile_word(const struct profile_field *field, struct slice word);

/* Gives the number that stands for a whole number, within the field's bounds. */
uint32_t profile_count(const struct profile_field *field, int64_t number);

/* Gives the greatest number that a field can stand for, as people write it. */
int64_t profile_most(const struct profile_field *field);

/* Gives the number of an instant's day in Lima, within what a DAY can tell. */
uint32_t profile_day(int64_t ms);

/* Tells the column of a slot's fact; PROFILE_COLUMNS where it is in none. */
enum profile_column profile_column_of(struct slice slot);

/* Sets what is known of a slot; an empty value forgets it. A slot that no field is of changes nothing. */
void profile_learn(struct profile *profile, struct slice slot, struct slice value);

/* Makes of what facts were one that differs from what they are in every bit, so that all of them are written: where
 * nobody knows any more what they were. */
void profile_doubt(struct profile *before, const struct profile *now);

/* What a turn tells of a person by itself. */
struct profile_signs {
    bool wrote; /* the person did, on a channel of this kind, then */
    enum channel_kind kind;
    int64_t at_ms;
    struct slice language; /* empty: as before */
    int opted;             /* 1 out, -1 in again, 0 as before */
};

/* Gives the traits after a turn. The last day stays the last, whatever the clocks of providers say. Who opts out takes
 * every consent back. */
uint32_t profile_traits(uint32_t traits, const struct profile_signs *signs);

/* How somebody stands to a purpose. */
enum profile_standing {
    STANDING_NONE,    /* never agreed, or took it back */
    STANDING_PENDING, /* said yes once to what needs it twice */
    STANDING_AGREED
};

/* The purposes of which messages go to many: each needs a yes in two messages of the person. Ended by NULL. */
#define PURPOSE_NOTICES "avisos_capacitacion"
#define PURPOSE_OFFERS "ofertas_aliados"
#define PURPOSE_STUDY "estudio" /* one yes is enough: nothing is sent for it */
extern const char *const profile_bulk_purposes[];

/* Gives the traits after an answer to a purpose: yes, pending (a first yes) or anything else, which takes it back.
 * `before` are those before the message: two answers in one message do not confirm each other. A purpose that is in no
 * table changes nothing. */
uint32_t profile_consent(uint32_t traits, uint32_t before, struct slice purpose, struct slice value);

/* Tells how somebody of these traits stands to a purpose. */
enum profile_standing profile_standing(uint32_t traits, struct slice purpose);

/* Tells whether the person ever wrote; who was only imported did not. */
bool profile_wrote(uint32_t traits);

/* Sets the columns of what the contact's line knows: its traits, and the instant that the contact is from. */
void profile_put_line(struct profile *profile, uint32_t traits, int64_t born_ms);

/* Writes a number as it lies in its column. */
struct slice profile_write(enum profile_column column, uint32_t number, char out[PROFILE_BYTES_MAX]);

#endif
