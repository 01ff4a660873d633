#!/bin/sh
# Every mistake of tests/sim/mutants.txt has its one place in the sources, or `make mutants` would break nothing.
set -eu
cd "$(dirname "$0")/../.."
command -v python3 >/dev/null || { echo "mutants: not looked at, there is no python3 (make test installs it)"; exit 0; }
python3 tests/sim/mutants.py --look
