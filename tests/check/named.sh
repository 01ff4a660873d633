#!/bin/sh
# Proves that what the documents name is there: in code (backticks, fences, indented lines), each path below a folder
# of ours, each file by its ending, each `make TARGET` and each `chaski COMMAND`. NAME stands for any name; an ending
# may be left out (gateway/http).
set -eu
files=$(sh tests/check/files)
words() { # prints FILE LINE KIND WORD for each thing that is named
    awk '
        function code(text, line,    n, i, word, parts, first, follower) {
            n = split(text, parts, /[ \t]+/); first = 1
            for (i = 1; i <= n; i++) {
                word = parts[i]; gsub(/[,;:.)]+$/, "", word); gsub(/^\(/, "", word)
                if (word == "") continue
                if (word == "|" || word == "&&") { first = 1; continue }
                follower = parts[i + 1] ~ /^[a-z]+$/ ? parts[i + 1] : ""
                if (first && follower && word == "make") print FILENAME, line, "target", follower
                if (first && follower && word ~ /^(build\/)?chaski$/) print FILENAME, line, "command", follower
                if (word ~ /^[A-Za-z0-9_-][A-Za-z0-9_.*-]*(\/[A-Za-z0-9_.*-]+)*\/?$/) print FILENAME, line, "path", word
                first = 0
            }
        }
        FNR == 1 { inside = block = blank = 0 }
        {
            n = split($0, pieces, "`")
            block = !inside && n == 1 && /^    / && (block || blank)
            blank = /^[ \t]*$/
            if (block) code($0, FNR)
            for (i = 1; i <= n; i++) { if (inside) code(pieces[i], FNR); if (i < n) inside = !inside }
        }' "$@"
}
folders=$(echo "$files" | sed -n 's|/.*||p' | sort -u | tr '\n' '|' | sed 's/|$//')
named() { # whether a path is there: as a pattern over the files, NAME being anything
    pattern=$(echo "$1" | sed 's|/$||; s|\.|\\.|g; s|NAME|*|g; s|\*|[^/]*|g')
    case $1 in */*) start='^' ;; *) start='(^|/)' ;; esac
    echo "$files" | grep -qE "$start$pattern(\\.[a-z0-9]+)?(/|\$)"
}
words $(echo "$files" | grep '\.md$') | sort -u | {
    bad=0 count=0
    while read -r file line kind word; do
        case $kind in
        target) grep -qE "^$word:" Makefile && ok=1 || ok=0 ;;
        command) ls "gateway/cmd_$word.c" "gateway/cmd_$word"_*.c 2>/dev/null | grep -q . && ok=1 || ok=0 ;;
        path)
            echo "$word" | grep -qE "^($folders)/|^[^/]+\\.(c|h|sh|mjs|lua|md)\$" || continue
            named "$word" && ok=1 || ok=0 ;;
        esac
        count=$((count + 1))
        [ $ok = 1 ] || { echo "$file:$line:1: there is no $kind \"$word\": correct the document"; bad=1; }
    done
    echo "named: $count things that the documents name"
    exit $bad
}
