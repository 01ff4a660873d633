#!/bin/sh
# Proves that functions which overflow, guess or hide state are absent, that only base/mem.c and base/blocks.c
# allocate, and that nothing below gateway/ reads a clock, a random source or the environment.
set -eu
files() { sh tests/check/files "$@" | grep -v '^tests/'; }
bad=0
refuse() { # words, why, files on stdin; fails when one is there
    xargs -r grep -nE "(^|[^a-zA-Z0-9_>.\"/-])($1)[[:space:]]*\\(" /dev/null |
        grep -vE ':[0-9]+:[[:space:]]*(/?\*|//)' | sed "s|\$|   <- $2|" | { ! grep .; }
}
files '*.c' '*.h' |
    refuse 'strcpy|strcat|sprintf|vsprintf|gets|strtok|alloca|[fs]?scanf' 'banned: use slices, buffers and snprintf' ||
    bad=1
files '*.c' '*.h' |
    refuse 'atoi|atol|atof|rand|srand|setlocale|system|popen' 'banned: it guesses, or keeps a state that nobody sees' ||
    bad=1
files '*.c' '*.h' | grep -vE '^base/(mem|blocks)\.c$' |
    refuse 'malloc|calloc|realloc|strdup|strndup|asprintf' 'allocate through base/mem.h, an arena or a buffer' || bad=1
files 'base/*.c' 'dialog/*.c' 'engine/*.c' 'adapters/*.c' 'config/*.c' |
    refuse 'time|clock|clock_gettime|gettimeofday|localtime|gmtime|mktime|getenv|random|drand48|getpid' \
        'time, chance and environment are arguments below gateway/' || bad=1
files 'dialog/*.c' | grep -vE '^dialog/(flow|language\.c)' |
    refuse 'mem_alloc|mem_resize|mem_copy|fopen|open|read|write|printf|random_bytes' \
        'dialogue code is pure: an arena, no I/O' || bad=1
exit $bad
