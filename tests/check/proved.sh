#!/bin/sh
# Proves that each header's opening paragraph says "Proved by", that it names a test file there, and that every test
# which it names exists: a path below tests/ (perhaps a pattern), a bare test_*.c, fuzz_*.c or *.test.mjs, or a target
# as `make NAME`.
set -eu
sh tests/check/files '*.h' | grep -v '^tests/' | xargs awk '
    function flush_header() {
        at = index(text, "Proved by")
        if (name) print name "\t" (at ? substr(text, at) : "")
    }
    FNR == 1 { flush_header(); name = FILENAME; text = ""; open = 1 }
    open {
        line = $0; gsub(/^ ?\*|\*\/|\/\*/, " ", line)
        text = text " " line; gsub(/ +/, " ", text)
        if ($0 ~ /\*\//) open = 0
    }
    END { flush_header() }' | awk -F '\t' '
    {
        count = split($2, words, /[ `(),;]+/); files = 0
        for (i = 1; i <= count; i++) {
            word = words[i]; sub(/[.:]+$/, "", word)
            if (word ~ /^test_.*\.c$/) word = "tests/unit/" word
            if (word ~ /^fuzz_.*\.c$/) word = "tests/fuzz/" word
            if (word ~ /^[^\/]*\.test\.mjs$/) word = "tests/blackbox/" word
            if (words[i] == "make") word = "make " words[++i]
            if (word ~ /^tests\/|^make /) print $1 "\t" word
            files += word ~ /^tests\/.*\.(c|mjs)$/
        }
        if (!files) print $1 "\t"
    }' | {
    bad=0
    while IFS='	' read -r header test; do
        case $test in
        '') echo "$header:1:1: names no test: end the paragraph with \"Proved by tests/...\""; bad=1 ;;
        make\ *)
            grep -q "^${test#make }:" Makefile || { echo "$header:1:1: \`$test\` is no target: name one"; bad=1; }
            ;;
        *) for file in $test; do # a pattern that matches nothing stays as it is
            [ -e "$file" ] || { echo "$header:1:1: $test is not there: name the test that proves it"; bad=1; }
        done ;;
        esac
    done
    exit $bad
}
