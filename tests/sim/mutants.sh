#!/bin/sh
# Breaks the protocol in each of the ways of mutants.txt, in a copy of the tree, and runs the simulation until a seed
# catches it. Usage: mutants.sh [NAME]. Rows of mutants.txt: "name|file",
# then the text before, "=>", the text after, "--".
set -eu
: "${CC:=cc}"
here=$(cd "$(dirname "$0")/../.." && pwd)
copy=$(mktemp -d "${TMPDIR:-/tmp}/chaski-mutants-XXXXXX")
trap 'rm -rf "$copy"' EXIT
cd "$here"
tar cf - --exclude=./build --exclude=./.git --exclude=./node_modules . | (cd "$copy" && tar xf -)
cd "$copy"
make QUIET=1 CC="$CC" build/tools/sim >/dev/null
exec python3 tests/sim/mutants.py "$CC" "${1:-}"
