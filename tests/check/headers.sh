#!/bin/sh
# Proves that each header compiles alone.
set -eu
bad=0
for header in $(sh tests/check/files '*.h' | grep -v '^tests/'); do
    printf '#include "%s"\n' "$header" |
        ${CC:-gcc} -std=c11 -D_GNU_SOURCE -I. $CHECK_CFLAGS -Wall -Wextra -Werror -fsyntax-only -x c - || {
        echo "$header:1:1: does not compile alone: include what it uses"
        bad=1
    }
done
exit $bad
