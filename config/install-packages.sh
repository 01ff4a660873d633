#!/bin/sh
# install-packages PACKAGE...: installs what is missing of these Debian packages, and says what it does. Quiet and quick when nothing is
# missing. Needs root or sudo only when something is.
set -eu
missing=
for package in "$@"; do
    dpkg-query -W -f='${Status}' "$package" 2>/dev/null | grep -q 'install ok installed' || missing="$missing $package"
done
[ -n "$missing" ] || exit 0
as_root=
if [ "$(id -u)" != 0 ]; then
    command -v sudo >/dev/null || { echo "these packages are missing:$missing; run as root: apt-get install$missing" >&2; exit 1; }
    as_root=sudo
fi
echo "installing Debian packages:$missing"
export DEBIAN_FRONTEND=noninteractive
install() { $as_root apt-get install -y -qq --no-install-recommends $missing >"$log" 2>&1; }
log=$(mktemp)
trap 'rm -f "$log"' EXIT
# The package lists may be empty or old: fetch them once if the first try fails.
install || { $as_root apt-get update -qq >"$log" 2>&1 && install; } || { tail -n 20 "$log" >&2; exit 1; }
