#!/bin/sh
# Runs every check of this folder and counts them: what `make check` does, without network or root.
set -eu
cd "$(dirname "$0")/../.."
failed=0 count=0
for check in tests/check/*.sh; do
    [ "$check" != tests/check/run.sh ] || continue
    count=$((count + 1))
    sh "$check" || { echo "FAILED $check"; failed=$((failed + 1)); }
done
echo "check: $((count - failed)) of $count passed"
[ $failed = 0 ]
