/* Errors as values, and faults as sentences.
 *
 * A function that can fail returns enum error: OK is 0, every failure is negative and says what kind of thing
 * went wrong, so that a caller can choose (refuse, retry, give up) without reading text. A fault is what a
 * person is told: place, value, rule, remedy. The lowest level that knows the place adds the fault, once.
 * Proved by tests/unit/test_error.c. */
#ifndef BASE_ERROR_H
#define BASE_ERROR_H

#include <stddef.h>
#include <stdio.h>

enum error {
    OK = 0,
    ERR_NOMEM = -1,       /* no memory: this message fails, the process goes on */
    ERR_LIMIT = -2,       /* a named limit was reached */
    ERR_SYNTAX = -3,      /* the bytes are not of their format */
    ERR_VALUE = -4,       /* well formed, but not an allowed value */
    ERR_NOT_FOUND = -5,   /* no such thing */
    ERR_CONFLICT = -6,    /* somebody else changed it first: read again */
    ERR_REFUSED = -7,     /* signature, password or permission is wrong */
    ERR_UNAVAILABLE = -8, /* a service does not answer: try later */
    ERR_IO = -9,          /* the operating system said no; errno tells */
    ERR_UNSUPPORTED = -10 /* a valid thing that we do not do */
};

#define MUST_USE __attribute__((warn_unused_result))

/* Gives a short English phrase for an error, for logs. Never NULL. */
const char *error_text(enum error error);

struct fault {
    char *file;      /* owned; "" where there is no file */
    unsigned line;   /* from 1; 0 unknown */
    unsigned column; /* from 1, in characters; 0 unknown */
    char *text;      /* owned: what is wrong, and how to mend it */
};

#define FAULTS_MAX 1000 /* further faults are only counted */

struct faults {
    struct fault *items; /* owned */
    size_t count;        /* items kept */
    size_t total;        /* items found: above count when the limit or memory ended */
};

/* Prepares an empty list. */
void faults_init(struct faults *faults);

/* Frees the list and leaves it empty. */
void faults_release(struct faults *faults);

/* Adds a fault, copying `file` (NULL: none) and the formatted sentence. Out of memory only raises `total`.
 * Limits: a sentence of 1023 bytes; a longer one is cut between characters. */
void faults_add(struct faults *faults, const char *file, unsigned line, unsigned column, const char *format, ...)
    __attribute__((format(printf, 5, 6)));

/* Writes each fault as `file:line:col: text`, without what is unknown, in the order found, and a last line
 * where some were left out. */
void faults_print(const struct faults *faults, FILE *out);

#endif
