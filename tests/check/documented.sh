#!/bin/sh
# Proves that each header opens with a paragraph of prose and that each prototype is documented: the block of lines
# that it stands in, from blank line to blank line, begins with a comment.
set -eu
sh tests/check/files '*.h' | grep -v '^tests/' | xargs awk '
    FNR == 1 { commented = 0; inside = 0; depth = 0 }
    FNR == 1 && !/^\/\*/ {
        printf "%s:1:1: begin with a paragraph: what the module is for and must not know\n", FILENAME; bad = 1
    }
    /^[ \t]*$/ && !inside { commented = 0 }
    {
        line = $0
        if (inside) { if (line ~ /\*\//) inside = 0; next }
        if (line ~ /^\/\*/) { commented = 1; if (line !~ /\*\//) inside = 1; next }
        if (depth == 0 && line ~ /^[a-z_].*[a-z0-9_ *]\(/ && line !~ /^typedef .*\(\*/ && line !~ /=/ && !commented) {
            printf "%s:%d:1: no comment above this prototype: a verb sentence, then Returns, Owner, Units …\n",
                FILENAME, FNR
            bad = 1
        }
        opens = gsub(/\{/, "{", line); closes = gsub(/\}/, "}", line); depth += opens - closes
    }
    END { exit bad }'
