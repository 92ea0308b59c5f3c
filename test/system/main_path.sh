#!/bin/bash
# The main path, as anybody may run it, and no complaint of a sanitizer in any
# log of its programs.  usage: main_path.sh BUILD-DIRECTORY; 77: not root.
set -u
here=$(cd "$(dirname "$0")" && pwd)
if [ "$(id -u)" != 0 ]; then
	echo "skipped: teep-agentd needs root"
	exit 77
fi
out=$(mktemp)
kept=
trap 'rm -rf "$out" $kept' EXIT
TAMARIND_KEEP=1 "$here/../../scenarios/main-path/run" "$1" --once | tee "$out"
status=${PIPESTATUS[0]}
kept=$(sed -n 's,^kept: \(/tmp/tamarind\.[A-Za-z0-9]*\)$,\1,p' "$out")
if [ -z "$kept" ]; then
	echo "the main path says not where its logs are"
	exit 1
fi
if grep -E 'Sanitizer|runtime error' "$kept"/*.log; then
	exit 1
fi
exit "$status"
