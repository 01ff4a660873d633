#!/bin/sh
# install-packages PACKAGE...: installs what is missing of these Debian packages, and says what it does. Quiet and
# quick when nothing is missing. Needs root or sudo only when something is. No service is started: what comes with one
# (redis-server, nginx, prometheus) is wanted here as a program, so invoke-rc.d is told no while apt runs, unless the
# machine has a policy of its own.
set -eu
missing=
for package in "$@"; do
    dpkg-query -W -f='${Status}' "$package" 2>/dev/null | grep -q 'install ok installed' || missing="$missing $package"
done
[ -n "$missing" ] || exit 0
as_root=
if [ "$(id -u)" != 0 ]; then
    command -v sudo >/dev/null || {
        echo "these packages are missing:$missing; run as root: apt-get install$missing" >&2
        exit 1
    }
    as_root=sudo
fi
echo "installing Debian packages:$missing"
export DEBIAN_FRONTEND=noninteractive
log=$(mktemp)
policy=/usr/sbin/policy-rc.d
ours=
undo() {
    [ -z "$ours" ] || $as_root rm -f "$policy"
    rm -f "$log"
}
trap undo EXIT
if [ ! -e "$policy" ]; then
    ours=yes
    printf '#!/bin/sh\nexit 101\n' | $as_root tee "$policy" >/dev/null
    $as_root chmod 755 "$policy"
fi
install() { $as_root apt-get install -y -qq --no-install-recommends $missing >"$log" 2>&1; }
# The package lists may be empty or old: fetch them once if the first try fails.
install || { $as_root apt-get update -qq >"$log" 2>&1 && install; } || { tail -n 20 "$log" >&2; exit 1; }
