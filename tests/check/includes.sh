#!/bin/sh
# Proves who may include whom (DESIGN section 3): base <- dialog, engine, config <- adapters <- gateway; nobody
# includes gateway. Adapters see base and only the event and message types of dialog; dialog, engine and config do not
# know each other.
set -eu
sh tests/check/files '*.c' '*.h' | grep -v '^tests/' | xargs awk '
    FNR == 1 { folder = FILENAME; sub(/\/.*/, "", folder) }
    /^#include "/ {
        path = $2; gsub(/"/, "", path)
        other = path; sub(/\/.*/, "", other)
        if (path !~ /\//) next                      # made by the Makefile
        allowed = other == folder || other == "base"
        if (folder == "base") allowed = other == "base"
        if (folder == "adapters" && (path == "dialog/event.h" || path == "dialog/message.h")) allowed = 1
        if (folder == "gateway") allowed = 1
        if (allowed) next
        printf "%s:%d:1: %s may not include %s: ARCHITECTURE.md tells the rule\n", FILENAME, FNR, folder, path
        bad = 1
    }
    END { exit bad }'
