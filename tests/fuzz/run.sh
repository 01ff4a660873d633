#!/bin/sh
# run.sh BUILD SECONDS [NAME]: runs the fuzz targets of BUILD/targets (libFuzzer, AddressSanitizer and
# UndefinedBehaviorSanitizer), JOBS of them at a time, SECONDS each; ends with 1 when one found something. Inputs to
# begin with are in corpus/NAME, and those that the Makefile makes in BUILD/seeds/NAME; what a target discovers goes to
# BUILD/corpus/NAME, what it says to BUILD/NAME.log. With SEED set each run draws from that seed, and what was
# discovered is neither read nor kept: a run that found nothing finds nothing when it is repeated.
set -eu
cd "$(dirname "$0")/../.."
build=$1 seconds=$2 only=${3:-}
[ -z "$only" ] || [ -x "$build/targets/$only" ] || { echo "fuzz: there is no tests/fuzz/fuzz_$only.c" >&2; exit 1; }

run_one='
    build=$0 seconds=$1 name=$2 corpus=$0/corpus/$2 seeds= seed=0
    if [ -n "${SEED:-}" ]; then corpus=$build/seeded/$name seed=$SEED; rm -rf "$corpus"; fi
    mkdir -p "$corpus"
    for dir in "tests/fuzz/corpus/$name" "$build/seeds/$name"; do [ ! -d "$dir" ] || seeds="$seeds $dir"; done
    if "$build/targets/$name" -max_total_time="$seconds" -seed="$seed" -print_final_stats=1 -verbosity=0 \
        -artifact_prefix="$build/$name." "$corpus" $seeds >"$build/$name.log" 2>&1
    then
        inputs=$(sed -n "s/.*number_of_executed_units: *//p" "$build/$name.log")
        echo "fuzz $name: $inputs inputs in $seconds s, nothing found"
    else tail -n 30 "$build/$name.log"; echo "fuzz $name: FOUND something: $build/$name.log"; exit 1
    fi'
names=${only:-$(sh tests/check/files 'tests/fuzz/fuzz_*.c' | tr ' ' '\n' | sed 's|.*/fuzz_||; s|\.c$||')}
# shellcheck disable=SC2086
printf '%s\n' $names | xargs -P "${JOBS:-2}" -I '{}' sh -c "$run_one" "$build" "$seconds" '{}' || exit 1
echo "fuzz: $(printf '%s\n' $names | wc -l) targets"
