#!/bin/sh
# Proves that no line of the sources is longer than 120 columns; a character of several bytes counts once.
set -eu
sh tests/check/files '*.c' '*.h' '*.mjs' '*.sh' | LC_ALL=C xargs awk '
    { gsub(/[\200-\277]/, "") }
    length($0) > 120 {
        printf "%s:%d:121: %d columns: break the line (120 at most)\n", FILENAME, FNR, length($0); bad = 1
    }
    END { exit bad }'
