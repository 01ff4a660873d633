#!/bin/sh
# run.sh SECONDS [NAME]: builds each fuzz target with libFuzzer, AddressSanitizer and UndefinedBehaviorSanitizer and
# runs it; ends with 1 at the first finding. Seeds are in corpus/NAME; what it discovers goes to
# build/fuzz/NAME.corpus.
set -eu
cd "$(dirname "$0")/../.."
seconds=$1 only=${2:-}
command -v clang >/dev/null || { echo "make fuzz needs clang: apt-get install clang libclang-rt-14-dev" >&2; exit 1; }
mkdir -p build/fuzz
sources=$(sh tests/check/files 'base/*.c' 'dialog/*.c' 'engine/*.c' 'config/*.c' 'adapters/*.c' \
    gateway/gate.c gateway/redis_url.c gateway/outbox_entry.c gateway/keys.c gateway/spool_file.c \
    gateway/journal.c gateway/journal_read.c gateway/facts.c \
    gateway/limits.c gateway/limits_text.c gateway/message_class.c gateway/holiday.c)
ran=0
for target in tests/fuzz/fuzz_*.c; do
    name=${target#tests/fuzz/fuzz_}; name=${name%.c}
    [ -z "$only" ] || [ "$only" = "$name" ] || continue
    # shellcheck disable=SC2086
    clang -g -O1 -fsanitize=fuzzer,address,undefined -fno-sanitize-recover=all -I. -D_GNU_SOURCE $CHECK_CFLAGS \
        -o "build/fuzz/$name" "$target" $sources $LIBS
    mkdir -p "build/fuzz/$name.corpus"
    seeds=; [ ! -d "tests/fuzz/corpus/$name" ] || seeds=tests/fuzz/corpus/$name
    # shellcheck disable=SC2086
    build/fuzz/$name -max_total_time="$seconds" -print_final_stats=1 -verbosity=0 "build/fuzz/$name.corpus" $seeds \
        >"build/fuzz/$name.log" 2>&1 || {
        tail -n 30 "build/fuzz/$name.log"
        echo "fuzz $name: FOUND something" >&2
        exit 1
    }
    echo "fuzz $name: $(grep -o 'number_of_executed_units: [0-9]*' "build/fuzz/$name.log") in $seconds s, nothing found"
    ran=$((ran + 1))
done
echo "fuzz: $ran targets"
