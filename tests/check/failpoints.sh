#!/bin/sh
# Proves that each FAILPOINT("NAME") of the sources is a row of gateway/failpoint.c once, and each row is placed: a
# build with failpoints ends at a name that it does not know, wherever that is passed.
set -eu
# shellcheck disable=SC2046
placed=$(grep -hoE 'FAILPOINT\("[^"]+"\)' $(sh tests/check/files '*.c') | cut -d '"' -f 2 | sort -u)
rows=$(sed -n 's/^    {"\([a-z_.]*\)", ".*/\1/p' gateway/failpoint.c | sort)
[ "$placed" = "$rows" ] || {
    printf '%s\n%s\n' "$placed" "$rows" | sort | uniq -u | while read -r name; do
        echo "gateway/failpoint.c:1:1: '$name' is not both a row of the table and a FAILPOINT() of the sources"
    done
    exit 1
}
