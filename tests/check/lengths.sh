#!/bin/sh
# Proves that no function is longer than 80 lines and no file longer than 900; names the functions over 40 in a count.
set -eu
sh tests/check/files '*.c' '*.h' | xargs awk '
    function close_file() {
        if (lines <= 900) return
        printf "%s:%d:1: %d lines: split the file (900 at most)\n", name, lines, lines; bad = 1
    }
    function close_function(long) {
        total++
        if (long > 40) over++
        if (long <= 80) return
        printf "%s:%d:1: %d lines in one function: split it (80 at most)\n", FILENAME, start, long; bad = 1
    }
    FNR == 1 { if (name) close_file(); name = FILENAME; start = 0 }
    { lines = FNR }
    (/^\{/ && before ~ /\)$/) || /^[A-Za-z_].*\)[ \t]*\{[ \t]*$/ { start = FNR }
    { before = $0 }
    /^\}/ { if (start) close_function(FNR - start); start = 0 }
    END { close_file(); printf "lengths: %d functions, %d above 40 lines\n", total, over; exit bad || !total }'
